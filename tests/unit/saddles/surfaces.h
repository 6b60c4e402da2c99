#ifndef PEL_TEST_SURFACES_H
#define PEL_TEST_SURFACES_H

/* Surfaces in closed form that several tests climb about on. */

#include <pelrate/art.h>
#include <pelrate/surface.h>

#include <math.h>
#include <stddef.h>

/* Mueller & Brown, Theor. Chim. Acta 53:75 (1979), energies times 0.01. Stationary points
 * of the original: minima (-0.558, 1.442) -146.700, (0.623, 0.028) -108.167, (-0.050,
 * 0.467) -80.768; saddles (-0.822, 0.624) -40.665, (0.212, 0.293) -72.249. */
static inline pel_status muller_brown(void *context, const double x[], double *energy,
                                      double gradient[], struct pel_error *err)
{
    static const double A[4] = {-200, -100, -170, 15}, a[4] = {-1, -1, -6.5, 0.7},
                        b[4] = {0, 0, 11, 0.6}, c[4] = {-10, -10, -6.5, 0.7},
                        x0[4] = {1, 0, -0.5, -1}, y0[4] = {0, 0.5, 1.5, 1};
    (void)context;
    (void)err;
    *energy = gradient[0] = gradient[1] = 0.0;
    for (int k = 0; k < 4; k++) {
        const double dx = x[0] - x0[k], dy = x[1] - y0[k];
        const double e =
            0.01 * A[k] * exp(a[k] * dx * dx + b[k] * dx * dy + c[k] * dy * dy);
        *energy += e;
        gradient[0] += e * (2 * a[k] * dx + b[k] * dy);
        gradient[1] += e * (b[k] * dx + 2 * c[k] * dy);
    }
    return PEL_OK;
}

/* Steps for surfaces whose features are about 1 wide. */
static inline struct pel_art_settings small_steps(void)
{
    struct pel_art_settings s = pel_art_defaults();
    s.push_step_A = 0.05;
    s.push_relax_steps = 1;
    s.climb_step_A = 0.05;
    s.perp_step_A = 0.05;
    s.lanczos_step_A = 1e-4;
    s.push_over_A = 0.02;
    s.connect_distance_A = 0.01;
    s.saddle_force_eV_per_A = 1e-7;
    s.minimum_force_eV_per_A = 1e-7;
    s.rough_force_eV_per_A = 1e-3;
    return s;
}

#endif

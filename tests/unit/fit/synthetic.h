#ifndef PEL_TEST_SYNTHETIC_H
#define PEL_TEST_SYNTHETIC_H

/* Random energies of known densities, from the keyed streams: the same on every machine.
 */

#include <pelrate/random.h>

#include <math.h>
#include <string.h>

/* Gamma deviate of scale 1 (Marsaglia and Tsang, ACM TOMS 26, 363 (2000)), shape >= 1/3.
 */
static inline double synthetic_gamma(struct pel_random *r, double shape)
{
    const double d = shape - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        const double z = pel_random_normal(r), v = 1.0 + c * z;
        if (v <= 0.0) continue;
        const double v3 = v * v * v, u = pel_random_uniform(r);
        if (log(u) < 0.5 * z * z + d * (1.0 - v3 + log(v3))) return d * v3;
    }
}

/* One energy of a family, by its definition and not by the library's density. */
static inline double synthetic_energy(struct pel_random *r, const char *family,
                                      const double p[])
{
    if (strcmp(family, "shifted_gamma") == 0)
        return p[0] + p[2] * synthetic_gamma(r, p[1]);
    if (strcmp(family, "gamma") == 0) return p[1] * synthetic_gamma(r, p[0]);
    if (strcmp(family, "weibull") == 0)
        return p[1] * pow(-log(pel_random_uniform(r)), 1.0 / p[0]);
    if (strcmp(family, "lognormal") == 0) return exp(p[0] + p[1] * pel_random_normal(r));
    if (strcmp(family, "exponential") == 0) return -p[0] * log(pel_random_uniform(r));
    for (;;) { /* truncated_normal */
        const double e = p[0] + p[1] * pel_random_normal(r);
        if (e > 0.0) return e;
    }
}

#endif

#include "md_priv.h"

#include <math.h>
#include <pelrate/constants.h>

/* bath[0..2]: positions xi_k of the chain [1]; bath[3..5]: their velocities [1/ps].
 * Masses: Q_1 = g kT tau^2, Q_2 = Q_3 = kT tau^2 [eV ps^2], g degrees of freedom. */
enum { CHAIN = 3, YOSHIDA = 3 };

static void chain_masses(const struct pel_md *md, double mass[CHAIN])
{
    const double tau = md->settings.thermostat_time_ps;
    const double kT = PEL_KB * md->settings.temperature_K;
    mass[0] = pel_md_degrees(md) * kT * tau * tau;
    for (int k = 1; k < CHAIN; k++)
        mass[k] = kT * tau * tau;
}

/* Acceleration of link k [1/ps^2] while the atoms have kinetic energy kinetic [eV]. */
static double chain_force(const struct pel_md *md, const double mass[CHAIN],
                          double kinetic, int k)
{
    const double kT = PEL_KB * md->settings.temperature_K;
    const double *speed = md->bath + CHAIN;
    if (k == 0) return (2.0 * kinetic - pel_md_degrees(md) * kT) / mass[0];
    return (mass[k - 1] * speed[k - 1] * speed[k - 1] - kT) / mass[k];
}

/* Martyna et al. 1996, Eq. (29) and its listing, one multiple step: each weight w takes
 * the chain from its end to the atoms, scales the atoms, and goes back to the end. */
static void outer(struct pel_md *md, double dt_ps)
{
    const double cube = cbrt(2.0);
    const double weight[YOSHIDA] = {1.0 / (2.0 - cube), -cube / (2.0 - cube),
                                    1.0 / (2.0 - cube)};
    double mass[CHAIN];
    chain_masses(md, mass);
    double *position = md->bath, *speed = md->bath + CHAIN;
    double kinetic = pel_md_kinetic_energy(md);
    double scale = 1.0;

    for (int w = 0; w < YOSHIDA; w++) {
        const double t = weight[w] * dt_ps;
        for (int k = CHAIN - 1; k >= 0; k--) {
            /* the last link has no neighbour to slow it */
            const double drag = k + 1 < CHAIN ? exp(-0.25 * t * speed[k + 1]) : 1.0;
            speed[k] *= drag;
            speed[k] += 0.5 * t * chain_force(md, mass, kinetic, k);
            speed[k] *= drag;
        }
        const double factor = exp(-t * speed[0]);
        scale *= factor;
        kinetic *= factor * factor;
        for (int k = 0; k < CHAIN; k++)
            position[k] += t * speed[k];
        for (int k = 0; k < CHAIN; k++) {
            const double drag = k + 1 < CHAIN ? exp(-0.25 * t * speed[k + 1]) : 1.0;
            speed[k] *= drag;
            speed[k] += 0.5 * t * chain_force(md, mass, kinetic, k);
            speed[k] *= drag;
        }
    }
    pel_md_scale_velocities(md, scale);
}

static double energy(const struct pel_md *md)
{
    double mass[CHAIN];
    chain_masses(md, mass);
    const double kT = PEL_KB * md->settings.temperature_K;
    const double *position = md->bath, *speed = md->bath + CHAIN;
    double sum = pel_md_degrees(md) * kT * position[0];
    for (int k = 1; k < CHAIN; k++)
        sum += kT * position[k];
    for (int k = 0; k < CHAIN; k++)
        sum += 0.5 * mass[k] * speed[k] * speed[k];
    return sum;
}

const struct pel_thermostat pel_thermostat_nose_hoover = {
    .name = "nose-hoover",
    .doc =
        "A chain of three Nose-Hoover thermostats: deterministic, samples the canonical "
        "distribution of an ergodic system, leaves diffusion alone. The time is that of "
        "the chain's masses, Q = g kT time^2.",
    .references = "Martyna, Tuckerman, Tobias & Klein, Mol. Phys. 87, 1117 (1996)",
    .outer = outer,
    .energy = energy,
};

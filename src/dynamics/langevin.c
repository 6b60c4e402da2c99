#include "md_priv.h"

#include <math.h>
#include <pelrate/constants.h>

/* bath[0]: heat that has gone to the bath so far [eV] */

/* The O of BAOAB: the exact solution of dv = -v dt/tau + noise over dt. One friction for
 * all atoms, so taking out the velocity of the centre of mass afterwards gives the exact
 * solution on the subspace of zero momentum. */
static void middle(struct pel_md *md, double dt_ps)
{
    double *v = md->structure->v;
    const double before = pel_md_kinetic_energy(md);
    const double keep = exp(-dt_ps / md->settings.thermostat_time_ps);
    const double kT = PEL_KB * md->settings.temperature_K;
    const double noise = sqrt(kT / PEL_MVV_EV * (1.0 - keep * keep));
    for (size_t i = 0; i < md->structure->n; i++) {
        const double width = noise / sqrt(md->mass[i]);
        for (int a = 0; a < 3; a++)
            v[3 * i + a] = keep * v[3 * i + a] + width * pel_random_normal(&md->random);
    }
    pel_md_stop_centre(md);
    md->bath[0] += before - pel_md_kinetic_energy(md);
}

static double energy(const struct pel_md *md)
{
    return md->bath[0];
}

const struct pel_thermostat pel_thermostat_langevin = {
    .name = "langevin",
    .doc =
        "Langevin dynamics in the BAOAB splitting: friction 1/time on every atom and the "
        "noise that belongs to it. Samples the canonical distribution; slows diffusion. "
        "The centre of mass stays at rest.",
    .references = "Leimkuhler & Matthews, Appl. Math. Res. Express 2013, 34 (2013)",
    .middle = middle,
    .energy = energy,
};

#include <pelrate/md.h>

#include <math.h>
#include <pelrate/constants.h>
#include <string.h>

const struct pel_barostat pel_barostat_none = {
    .name = "none",
    .doc = "The volume is constant.",
    .references = "",
};

/* Bernetti & Bussi (2020), Eq. 5, with Ito's correction for lambda = sqrt(V):
 *   d lambda = -(beta lambda / 2 tau) (P0 - P - kT / 2V) dt + sqrt(kT beta / 2 tau) dW
 * beta: compressibility [A^3/eV]; tau: time [ps]; P: pressure with the kinetic energy of
 * the moment [eV/A^3]. Departures: one step of Euler's scheme for several steps of MD,
 * which broadens the volume distribution by about dt / 2 tau. */
static double rescaling_factor(struct pel_md *md, double dt_ps)
{
    const struct pel_md_settings *s = &md->settings;
    const double beta = s->compressibility_per_bar * PEL_EV_PER_A3_BAR;
    const double tau = s->barostat_time_ps;
    const double kT = PEL_KB * s->temperature_K;
    const double volume = md->structure->cell.volume;
    const double excess = (pel_md_pressure(md) - s->pressure_bar) / PEL_EV_PER_A3_BAR;

    const double lambda = sqrt(volume);
    const double drift = 0.5 * beta / tau * lambda * (excess + 0.5 * kT / volume) * dt_ps;
    const double noise = sqrt(0.5 * kT * beta / tau * dt_ps);
    const double next = lambda + drift + noise * pel_random_normal(&md->random);
    return cbrt(next / lambda * (next / lambda));
}

const struct pel_barostat pel_barostat_rescaling = {
    .name = "cell-rescaling",
    .doc = "Stochastic cell rescaling, isotropic: a first-order relaxation of the volume "
           "with the noise that makes the ensemble isothermal-isobaric.",
    .references = "Bernetti & Bussi, J. Chem. Phys. 153, 114107 (2020)",
    .scales_velocities = 1,
    .needs_temperature = 1,
    .factor = rescaling_factor,
};

/* Berendsen et al. (1984), Eq. 21: mu = (1 - beta dt (P0 - P) / tau)^(1/3). */
static double berendsen_factor(struct pel_md *md, double dt_ps)
{
    const struct pel_md_settings *s = &md->settings;
    const double excess = pel_md_pressure(md) - s->pressure_bar;
    return cbrt(1.0 + s->compressibility_per_bar * excess * dt_ps / s->barostat_time_ps);
}

const struct pel_barostat pel_barostat_berendsen = {
    .name = "berendsen",
    .doc =
        "Weak coupling: brings the pressure to its target smoothly; volume fluctuations "
        "are too small.",
    .references = "Berendsen et al., J. Chem. Phys. 81, 3684 (1984)",
    .factor = berendsen_factor,
};

static const struct pel_barostat *const barostats[] = {
    &pel_barostat_none,
    &pel_barostat_rescaling,
    &pel_barostat_berendsen,
};

const struct pel_barostat *pel_barostat_at(size_t k)
{
    return k < sizeof barostats / sizeof *barostats ? barostats[k] : NULL;
}

pel_status pel_barostat_find(const char *name, const struct pel_barostat **out,
                             struct pel_error *err)
{
    *out = NULL;
    for (size_t k = 0; pel_barostat_at(k) != NULL; k++)
        if (strcmp(name, pel_barostat_at(k)->name) == 0) {
            *out = pel_barostat_at(k);
            return PEL_OK;
        }
    char known[PEL_ERROR_TEXT / 2] = "";
    for (size_t k = 0; pel_barostat_at(k) != NULL; k++) {
        if (k > 0) strncat(known, ", ", sizeof known - strlen(known) - 1);
        strncat(known, pel_barostat_at(k)->name, sizeof known - strlen(known) - 1);
    }
    return pel_error_set(err, PEL_EARG, "unknown barostat \"%.40s\", expected one of %s",
                         name, known);
}

#include <pelrate/closure.h>

#include <math.h>
#include <string.h>

static void log_mean_balance(const struct pel_average *a, struct pel_closure_balance *out)
{
    out->e_x = -a->ln_z / a->beta;
    out->e_r = a->e_r;
    out->e = -a->ln_z_e / a->beta - a->e_r_e;
    out->b = (a->ln_z / a->beta - a->ln_z_b) / a->beta;
}

static void log_mean_gains(const struct pel_raster_row *row, double gain[])
{
    for (size_t j = 0; j < row->n; j++)
        gain[j] = -row->ln_z[j] * row->kT[j] - row->e_r;
}

static void kinetic_balance(const struct pel_average *a, struct pel_closure_balance *out)
{
    out->e_x = -a->ln_z_b;
    out->e_r = a->e_r;
    out->e = -a->ln_z_be - a->e_r_e;
    out->b = -a->ln_z_bb;
}

static void kinetic_gains(const struct pel_raster_row *row, double gain[])
{
    for (size_t j = 0; j < row->n; j++)
        gain[j] = -row->ln_z_b[j] - row->e_r;
}

static void joint_balance(const struct pel_average *a, struct pel_closure_balance *out)
{
    out->e_x = -a->ln_z_b;
    out->e_r = a->e_rb;
    out->e = -a->ln_z_be - a->e_rb_e;
    out->b = -a->ln_z_bb - a->e_rb_b;
}

static void joint_gains(const struct pel_raster_row *row, double gain[])
{
    for (size_t j = 0; j < row->n; j++)
        gain[j] = row->e_rb != NULL ? -row->ln_z_b[j] - row->e_rb[j] : NAN;
}

static const struct pel_closure closures[] = {
    {.name = "log-mean",
     .doc =
         "de/dt = (nu M/N) Z (E_log - <E_R>) with E_log = -kT ln Z: Eqs. 1 and 2 of Liu "
         "et al. (2020), to the letter for one atom and one path.",
     .events_only = 0,
     .balance = log_mean_balance,
     .gains = log_mean_gains,
     .gains_want = PEL_RASTER_PLAIN},
    {.name = "kinetic",
     .doc =
         "de/dt = (nu M/N) Z (E_kin - <E_R>) with E_kin = -d ln Z/d beta: the exact mean "
         "drift of a kinetic Monte Carlo that draws E_A and E_R independently.",
     .events_only = 0,
     .balance = kinetic_balance,
     .gains = kinetic_gains,
     .gains_want = PEL_RASTER_WEIGHTED},
    {.name = "joint",
     .doc =
         "de/dt = (nu M/N) <exp(-beta E_A)(E_A - E_R)> over the joint events: no "
         "assumption that E_A and E_R are independent. Needs pairs: a landscape of "
         "events, or a joint histogram. Between levels ln Z and the Boltzmann-weighted E_R are interpolated.",
     .events_only = 1,
     .balance = joint_balance,
     .gains = joint_gains,
     .gains_want = PEL_RASTER_WEIGHTED},
    {.name = "committor",
     .doc =
         "A hop counts with the probability that it is not undone at once, p = K/(K + nu "
         "exp(-beta E_R)), with K = z nu <p exp(-beta E_A)> over z paths onward, a fixed "
         "point; trapped where z <exp(-beta (E_A - E_R))> is not above 1. Needs pairs: a "
         "landscape of events, or a joint histogram.",
     .events_only = 1,
     .balance = joint_balance,
     .needs_z = 1},
    {.name = "two-level",
     .doc =
         "Events with both barriers below a given energy are pairs of states in "
         "equilibrium, without drift; the others as joint. Needs pairs: a landscape of "
         "events, or a joint histogram.",
     .events_only = 1,
     .balance = joint_balance,
     .needs_pair_eV = 1},
};

size_t pel_closure_count(void)
{
    return sizeof closures / sizeof closures[0];
}

const struct pel_closure *pel_closure_at(size_t k)
{
    return k < pel_closure_count() ? &closures[k] : NULL;
}

pel_status pel_closure_find(const char *name, const struct pel_closure **out,
                            struct pel_error *err)
{
    *out = NULL;
    for (size_t k = 0; k < pel_closure_count(); k++)
        if (strcmp(closures[k].name, name) == 0) {
            *out = &closures[k];
            return PEL_OK;
        }
    return pel_error_set(err, PEL_EARG,
                         "closure '%s' is not known, expected log-mean, kinetic, joint, "
                         "committor or two-level",
                         name);
}

#include "rate_priv.h"

#include "rate_priv.h"
#include "treated_priv.h"

#include <pelrate/constants.h>
#include <pelrate/root.h>

#include <math.h>
#include <stdlib.h>

struct pel_rate {
    const struct pel_landscape *landscape; /* borrowed */
    const struct pel_closure *closure;     /* borrowed */
    enum pel_landscape_range range;
    double ln_prefactor;                   /* ln(nu M / N) [ln 1/s] */
    double ln_paths_per_atom;              /* ln(M / N) */
    struct pel_landscape_scratch *scratch; /* owned */
    struct pel_treated *treated;           /* owned; NULL: averages of the landscape do */
};

pel_status pel_rate_create(const struct pel_landscape *landscape,
                           const struct pel_closure *closure,
                           enum pel_landscape_range range, struct pel_rate **out,
                           struct pel_error *err)
{
    *out = NULL;
    if (closure->events_only && !pel_landscape_has_pairs(landscape))
        return pel_error_set(
            err, PEL_EARG,
            "closure %s needs a landscape of kind events or a joint histogram (pairs of "
            "E_A and E_R), this one is of kind %s",
            closure->name, pel_landscape_kind_name(pel_landscape_kind(landscape)));
    if (closure->needs_z && closure->z == NULL)
        return pel_error_set(err, PEL_EARG,
                             "closure %s needs z, the number of paths onward",
                             closure->name);
    if (closure->needs_pair_eV && !(closure->pair_eV > 0.0 && isfinite(closure->pair_eV)))
        return pel_error_set(
            err, PEL_EARG,
            "closure %s needs the energy below which both barriers of a pair "
            "lie, a number > 0",
            closure->name);
    const int treats = closure->needs_z || closure->needs_pair_eV;
    if (treats && pel_landscape_head(landscape)->equilibrium != NULL)
        return pel_error_set(err, PEL_EARG,
                             "closure %s cannot be used with an equilibrium line, which "
                             "replaces the relaxation energies of the events",
                             closure->name);
    struct pel_rate *rate = calloc(1, sizeof *rate);
    if (rate == NULL) return pel_error_set(err, PEL_ENOMEM, "rate: out of memory");
    pel_status status = pel_landscape_scratch_create(landscape, &rate->scratch, err);
    if (status == PEL_OK && treats)
        status = pel_treated_create(landscape, closure, &rate->treated, err);
    if (status != PEL_OK) {
        pel_rate_free(rate);
        return status;
    }
    const struct pel_landscape_head *head = pel_landscape_head(landscape);
    rate->landscape = landscape;
    rate->closure = closure;
    rate->range = range;
    rate->ln_prefactor = log(head->attempt_frequency_Hz * head->paths / head->atoms);
    rate->ln_paths_per_atom = log(head->paths / head->atoms);
    *out = rate;
    return PEL_OK;
}

void pel_rate_free(struct pel_rate *rate)
{
    if (rate == NULL) return;
    pel_treated_free(rate->treated);
    pel_landscape_scratch_free(rate->scratch);
    free(rate);
}

const struct pel_landscape *pel_rate_landscape(const struct pel_rate *rate)
{
    return rate->landscape;
}

const struct pel_closure *pel_rate_closure(const struct pel_rate *rate)
{
    return rate->closure;
}

enum pel_landscape_range pel_rate_range(const struct pel_rate *rate)
{
    return rate->range;
}

pel_status pel_rate_evaluate(struct pel_rate *rate, double e_is, double temperature,
                             struct pel_rate_point *out, struct pel_error *err)
{
    return pel_rate_evaluate_in(rate, rate->range, e_is, temperature, out, err);
}

pel_status pel_rate_evaluate_in(struct pel_rate *rate, enum pel_landscape_range range,
                                double e_is, double temperature,
                                struct pel_rate_point *out, struct pel_error *err)
{
    if (!(temperature > 0.0 && isfinite(temperature)))
        return pel_error_set(err, PEL_EARG, "temperature is %g K, expected a number > 0",
                             temperature);
    const double beta = 1.0 / (PEL_KB * temperature);
    struct pel_average a;
    const pel_status status =
        pel_landscape_average(rate->landscape, e_is, beta, range, rate->scratch, &a, err);
    if (status != PEL_OK) return status;
    struct pel_closure_balance balance;
    rate->closure->balance(&a, &balance);
    /* What counts as a hop: every one, or those that the treatment leaves. */
    double ln_count = a.ln_z, ln_count_b = a.ln_z_b, ln_count_e = a.ln_z_e;
    struct pel_treated_average treated = {.ln_open = NAN};
    if (rate->treated != NULL) {
        pel_treated_average(rate->treated, e_is, beta, &treated);
        ln_count = treated.ln_z;
        ln_count_b = treated.ln_z_b;
        ln_count_e = treated.ln_z_e;
        balance = (struct pel_closure_balance){.e_x = treated.e_a,
                                               .e_r = treated.e_r,
                                               .e = treated.gain_e,
                                               .b = treated.gain_b};
    }

    /* f = hops * gain, hops = (nu M/N) Z, gain = E_x - E_R; beta' = -beta/T. */
    const double gain = balance.e_x - balance.e_r;
    const double ln_hops = rate->ln_prefactor + ln_count;
    const double hops = exp(ln_hops), beta_T = -beta / temperature;
    const double ln_z_T = ln_count_b * beta_T, gain_T = balance.b * beta_T;
    *out = (struct pel_rate_point){
        .e_is = e_is,
        .temperature = temperature,
        .ln_z = a.ln_z,
        .e_log = -a.ln_z / beta,
        .e_kin = -a.ln_z_b,
        .e_r = balance.e_r,
        .e_x = balance.e_x,
        .rate = hops * gain,
        .ln_abs_rate = ln_hops + log(fabs(gain)),
        .sign = (gain > 0.0) - (gain < 0.0),
        .d_rate_d_e = hops * (ln_count_e * gain + balance.e),
        .d_rate_d_T = hops * (ln_z_T * gain + gain_T),
        .hop_slope_T = ln_z_T * gain + gain_T,
        .d_ln_rate_d_T = ln_z_T + gain_T / gain,
        .d_ln_rate_d_e = ln_count_e + balance.e / gain,
        .ln_open = treated.ln_open,
        .e_pairs = exp(rate->ln_paths_per_atom) * treated.e_pairs,
        .extrapolated = a.extrapolated,
    };
    return PEL_OK;
}

int pel_rate_has_threshold(const struct pel_rate *rate)
{
    return rate->closure->needs_z;
}

void pel_rate_threshold(struct pel_rate *rate, double e_is, double temperature,
                        struct pel_rate_threshold *out)
{
    const double beta = 1.0 / (PEL_KB * temperature);
    struct pel_treated_threshold t;
    pel_treated_threshold(rate->treated, e_is, beta, &t);
    const double scale = exp(rate->ln_prefactor + t.ln_slope);
    *out = (struct pel_rate_threshold){
        .ln_open = t.ln_open,
        .ln_open_T = -t.ln_open_b * beta / temperature,
        .ln_open_e = t.ln_open_e,
        .rate = scale * t.ln_open * t.gain,
        .d_rate_d_e = scale * (t.ln_open_e * t.gain +
                               t.ln_open * (t.gain_e + t.gain * t.ln_slope_e)),
        .sign = (t.gain > 0.0) - (t.gain < 0.0),
    };
}

/* Energy balance of a hop over e_is at one temperature: the sign of f
 * without underflow. */
struct balance_at {
    struct pel_rate *rate;
    double temperature;
};

static int evaluate_balance(double e_is, void *context, double *f)
{
    const struct balance_at *at = context;
    struct pel_rate_point point;
    if (pel_rate_evaluate(at->rate, e_is, at->temperature, &point, NULL) != PEL_OK)
        return -1;
    *f = point.e_x - point.e_r;
    return 0;
}

/* Energies between which changes of sign are looked for. */
#define STEADY_SCAN 256

pel_status pel_rate_steady_e_is(struct pel_rate *rate, double temperature, double *e_is,
                                struct pel_error *err)
{
    const double lo = pel_landscape_e_is_min(rate->landscape);
    const double hi = pel_landscape_e_is_max(rate->landscape);
    struct pel_rate_point top, bottom;
    pel_status status = pel_rate_evaluate(rate, hi, temperature, &top, err);
    if (status == PEL_OK) status = pel_rate_evaluate(rate, lo, temperature, &bottom, err);
    if (status != PEL_OK) return status;
    struct balance_at at = {.rate = rate, .temperature = temperature};
    /* From above: the first interval with f > 0 below and f <= 0 above holds a stable
     * one. */
    double above = hi, f_above = top.e_x - top.e_r;
    for (int k = STEADY_SCAN - 1; k >= 0 && hi > lo; k--) {
        const double e = lo + (hi - lo) * k / STEADY_SCAN;
        double f;
        if (evaluate_balance(e, &at, &f) != 0)
            return pel_rate_evaluate(rate, e, temperature, &top, err);
        if (f >= 0.0 && f_above <= 0.0 && f > f_above) {
            struct pel_root_settings set = pel_root_settings_defaults();
            /* A steady state is followed from there: as exact as can be. */
            set.xrtol = 1e-15;
            return pel_root_find(evaluate_balance, &at, e, above, &set, e_is, NULL, err);
        }
        above = e;
        f_above = f;
    }
    /* Ends that differ are the wrong way round: a steady state between them is left. */
    const char *const does[] = {"ages", "rejuvenates"};
    const int low = bottom.sign >= 0, high = top.sign >= 0;
    return pel_error_set(
        err, PEL_ENOROOT,
        "no steady state at %.6g K between e_is = %.9g and %.9g eV/atom: the "
        "glass %s at %s%s%s",
        temperature, lo, hi, does[low], low == high ? "both ends" : "the lower end and ",
        low == high ? "" : does[high], low == high ? "" : " at the upper");
}

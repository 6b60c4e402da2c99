#include "landscape_priv.h"

#include <pelrate/constants.h>
#include <pelrate/exponentials.h>
#include <pelrate/steffen.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* e_is this far outside the range [eV/atom] is inside: rounding, and what an integrator
 * that starts on the edge may do. Far below anything physical. */
#define RANGE_SLACK 1e-11

/* Temperatures that are remembered. A map and its curves come back to the same few
 * hundred temperatures for every E_IS; a ramp never does, and loses nothing. */
#define SLOTS 512

/* Values at the levels for one beta, filled when first asked for. */
struct slot {
    double beta;                     /* [1/eV]; 0: nothing filled */
    int *filled;                     /* [n] */
    double *ln_z, *ln_z_b, *ln_z_bb; /* [n] */
    double *e_rb, *e_rb_b;           /* [n], of pairs */
};

struct pel_landscape_scratch {
    struct slot slots[SLOTS];
    int *filled;    /* [SLOTS * n] owned */
    double *values; /* [SLOTS * 5 n] owned */
};

pel_status pel_landscape_scratch_create(const struct pel_landscape *landscape,
                                        struct pel_landscape_scratch **out,
                                        struct pel_error *err)
{
    *out = NULL;
    const size_t n = landscape->n_levels;
    struct pel_landscape_scratch *s = calloc(1, sizeof *s);
    if (s != NULL && n > 0) {
        s->filled = calloc(SLOTS * n, sizeof *s->filled);
        s->values = calloc(SLOTS * 5 * n, sizeof *s->values);
    }
    if (s == NULL || (n > 0 && (s->filled == NULL || s->values == NULL))) {
        pel_landscape_scratch_free(s);
        return pel_error_set(err, PEL_ENOMEM, "landscape: out of memory");
    }
    for (size_t k = 0; k < SLOTS && n > 0; k++) {
        double *values = s->values + 5 * n * k;
        s->slots[k] = (struct slot){.filled = s->filled + n * k,
                                    .ln_z = values,
                                    .ln_z_b = values + n,
                                    .ln_z_bb = values + 2 * n,
                                    .e_rb = values + 3 * n,
                                    .e_rb_b = values + 4 * n};
    }
    *out = s;
    return PEL_OK;
}

void pel_landscape_scratch_free(struct pel_landscape_scratch *scratch)
{
    if (scratch == NULL) return;
    free(scratch->filled);
    free(scratch->values);
    free(scratch);
}

/* The slot of a beta; one that held another is emptied. */
static struct slot *find_slot(struct pel_landscape_scratch *scratch, size_t n,
                              double beta)
{
    uint64_t bits;
    memcpy(&bits, &beta, sizeof bits);
    bits *= 0x9e3779b97f4a7c15u; /* spreads the low bits of the mantissa upwards */
    struct slot *slot = &scratch->slots[bits >> 55];
    if (slot->beta != beta) {
        memset(slot->filled, 0, n * sizeof *slot->filled);
        slot->beta = beta;
    }
    return slot;
}

void pel_landscape_level_average(const struct pel_landscape *l, size_t level, double beta,
                                 struct pel_level_average *out)
{
    const struct level *at = &l->levels[level];
    if (l->kind == PEL_LANDSCAPE_EVENTS) {
        /* E_kin, <E_R exp(-beta E_A)>/Z and their derivatives by beta, which are minus a
         * variance and a covariance: of the same exponentials. */
        struct pel_tilt t;
        pel_exponentials_samples(at->n_events, l->rising_a + at->first,
                                 l->rising_r + at->first, beta, &t);
        *out = (struct pel_level_average){.ln_z = t.ln_sum - log((double)at->n_events),
                                          .ln_z_b = -t.mean,
                                          .ln_z_bb = t.spread,
                                          .e_rb = t.other,
                                          .e_rb_b = -t.shared};
        return;
    }
    struct pel_ln_z z;
    pel_spectrum_ln_z(at->spectrum[PEL_ACTIVATION], beta, &z);
    *out = (struct pel_level_average){
        .ln_z = z.value, .ln_z_b = z.b, .ln_z_bb = z.bb, .e_rb = NAN, .e_rb_b = NAN};
    if (l->pairs) pel_landscape_weigh_cells(at, beta, &out->e_rb, &out->e_rb_b);
}

static void fill_level(const struct pel_landscape *l, size_t k, double beta,
                       struct slot *s)
{
    if (s->filled[k]) return;
    struct pel_level_average a;
    pel_landscape_level_average(l, k, beta, &a);
    s->ln_z[k] = a.ln_z;
    s->ln_z_b[k] = a.ln_z_b;
    s->ln_z_bb[k] = a.ln_z_bb;
    s->e_rb[k] = a.e_rb;
    s->e_rb_b[k] = a.e_rb_b;
    s->filled[k] = 1;
}

/* sum w[j] y[first + j] */
static double weigh(const struct pel_steffen *st, const double w[4], const double y[])
{
    double sum = 0.0;
    for (size_t j = 0; j < st->n; j++)
        sum += w[j] * y[st->first + j];
    return sum;
}

/* Between levels. The weights follow from ln Z itself; applied to its derivatives by beta
 * they give the derivatives of the interpolated ln Z (steffen.h). */
static void average_levels(const struct pel_landscape *l, double e_is, double beta,
                           struct pel_landscape_scratch *scratch, struct pel_average *out)
{
    struct slot *s = find_slot(scratch, l->n_levels, beta);
    struct pel_steffen st;
    pel_steffen_stencil(l->n_levels, l->e_is, e_is, &st);
    for (size_t j = 0; j < st.n; j++)
        fill_level(l, st.first + j, beta, s);
    pel_steffen_weights(l->n_levels, l->e_is, s->ln_z, e_is, &st);
    out->ln_z = weigh(&st, st.w, s->ln_z);
    out->ln_z_b = weigh(&st, st.w, s->ln_z_b);
    out->ln_z_bb = weigh(&st, st.w, s->ln_z_bb);
    out->ln_z_e = weigh(&st, st.d, s->ln_z);
    out->ln_z_be = weigh(&st, st.d, s->ln_z_b);
    pel_steffen_weights(l->n_levels, l->e_is, l->mean_e_r, e_is, &st);
    out->e_r = weigh(&st, st.w, l->mean_e_r);
    out->e_r_e = weigh(&st, st.d, l->mean_e_r);
    if (!l->pairs) return;
    pel_steffen_weights(l->n_levels, l->e_is, s->e_rb, e_is, &st);
    out->e_rb = weigh(&st, st.w, s->e_rb);
    out->e_rb_b = weigh(&st, st.w, s->e_rb_b);
    out->e_rb_e = weigh(&st, st.d, s->e_rb);
}

double pel_landscape_mean_e_r(const struct pel_landscape *l, double e_is)
{
    struct pel_steffen st;
    pel_steffen_weights(l->n_levels, l->e_is, l->mean_e_r, e_is, &st);
    return weigh(&st, st.w, l->mean_e_r);
}

/* Parameters of one spectrum at e_is, and their slopes. */
static pel_status parameters(const struct pel_landscape *l, int which, double e_is,
                             const struct pel_family **family, double p[], double slope[],
                             struct pel_error *err)
{
    struct pel_error why = {0};
    const struct conditional *c = &l->conditional[which];
    const double x = e_is - l->reference;
    *family = c->family;
    for (size_t k = 0; k < c->family->n_parameters; k++) {
        p[k] = c->c[k][0] + x * (c->c[k][1] + x * c->c[k][2]);
        slope[k] = c->c[k][1] + 2.0 * x * c->c[k][2];
    }
    if (pel_family_check(c->family, p, &why) != PEL_OK)
        return pel_error_set(err, PEL_ERANGE, "%s spectrum at e_is = %.9g eV/atom: %s",
                             pel_landscape_spectrum_names[which], e_is, why.text);
    return PEL_OK;
}

/* slopes: NULL, or receives the derivatives by the families' parameters. */
static pel_status average_families(const struct pel_landscape *l, double e_is,
                                   double beta, struct pel_average *out,
                                   struct pel_landscape_slopes *slopes,
                                   struct pel_error *err)
{
    const struct pel_family *family;
    double p[PEL_FAMILY_PARAMETERS], slope[PEL_FAMILY_PARAMETERS];
    struct pel_landscape_slopes own;
    struct pel_landscape_slopes *by = slopes != NULL ? slopes : &own;
    pel_status status = parameters(l, PEL_ACTIVATION, e_is, &family, p, slope, err);
    if (status != PEL_OK) return status;
    struct pel_ln_z z;
    family->ln_z(p, beta, &z, by->ln_z, by->ln_z_b);
    out->ln_z = z.value;
    out->ln_z_b = z.b;
    out->ln_z_bb = z.bb;
    for (size_t k = 0; k < family->n_parameters; k++) {
        out->ln_z_e += by->ln_z[k] * slope[k];
        out->ln_z_be += by->ln_z_b[k] * slope[k];
    }
    status = parameters(l, PEL_RELAXATION, e_is, &family, p, slope, err);
    if (status != PEL_OK) return status;
    out->e_r = family->mean(p, by->e_r);
    for (size_t k = 0; k < family->n_parameters; k++)
        out->e_r_e += by->e_r[k] * slope[k];
    return PEL_OK;
}

/* The spectra as they are. */
static pel_status average_spectra(const struct pel_landscape *l, double e_is, double beta,
                                  struct pel_landscape_scratch *scratch,
                                  struct pel_average *out,
                                  struct pel_landscape_slopes *slopes,
                                  struct pel_error *err)
{
    *out = (struct pel_average){.beta = beta, .e_rb = NAN, .e_rb_b = NAN, .e_rb_e = NAN};
    if (l->kind == PEL_LANDSCAPE_PARAMETRIC)
        return average_families(l, e_is, beta, out, slopes, err);
    average_levels(l, e_is, beta, scratch, out);
    return PEL_OK;
}

/* ---- equilibrium line -------------------------------------------------------------- */

/* What the balance of a closure is in given averages, and its derivatives. */
struct gain {
    double value; /* E_x - E_R [eV] */
    double b, e;  /* by beta [eV^2], by e_is [eV/(eV/atom)] */
};

static struct gain gain_of(enum pel_equilibrium_closure closure,
                           const struct pel_average *a)
{
    if (closure == PEL_EQUILIBRIUM_LOG_MEAN)
        return (struct gain){.value = -a->ln_z / a->beta - a->e_r,
                             .b = (a->ln_z / a->beta - a->ln_z_b) / a->beta,
                             .e = -a->ln_z_e / a->beta - a->e_r_e};
    const int joint = closure == PEL_EQUILIBRIUM_JOINT;
    return (struct gain){.value = -a->ln_z_b - (joint ? a->e_rb : a->e_r),
                         .b = -a->ln_z_bb - (joint ? a->e_rb_b : 0.0),
                         .e = -a->ln_z_be - (joint ? a->e_rb_e : a->e_r_e)};
}

/* The balance on the line at e_is, and its derivatives there. */
static pel_status gain_on_line(const struct pel_landscape *l, double e_is,
                               struct pel_landscape_scratch *scratch, struct gain *gain,
                               double *T, double *T_e, struct pel_error *err)
{
    const struct pel_equilibrium *line = l->head.equilibrium;
    pel_equilibrium_temperature(line, e_is, T, T_e);
    if (!(*T > 0.0))
        return pel_error_set(err, PEL_ERANGE,
                             "the equilibrium line comes to %.6g K at e_is = %.9g "
                             "eV/atom",
                             *T, e_is);
    struct pel_average on;
    const pel_status status =
        average_spectra(l, e_is, 1.0 / (PEL_KB * *T), scratch, &on, NULL, err);
    if (status == PEL_OK) *gain = gain_of(pel_equilibrium_closure(line), &on);
    return status;
}

/* Move the relaxation energies so that the balance vanishes on the line. */
static pel_status move_to_line(const struct pel_landscape *l, double e_is,
                               struct pel_landscape_scratch *scratch,
                               struct pel_average *out, struct pel_error *err)
{
    struct gain gain = {0};
    double T, T_e;
    const pel_status status = gain_on_line(l, e_is, scratch, &gain, &T, &T_e, err);
    if (status != PEL_OK) return status;
    const double slope = gain.e - gain.b * T_e / (PEL_KB * T * T);
    out->e_r += gain.value;
    out->e_r_e += slope;
    out->e_rb += gain.value;
    out->e_rb_e += slope;
    return PEL_OK;
}

pel_status pel_landscape_shift(const struct pel_landscape *landscape, double e_is,
                               struct pel_landscape_scratch *scratch, double *shift,
                               struct pel_error *err)
{
    *shift = 0.0;
    if (landscape->head.equilibrium == NULL) return PEL_OK;
    if (!isfinite(e_is))
        return pel_error_set(err, PEL_EARG, "e_is is not a finite number");
    struct gain gain = {0};
    double T, T_e;
    const pel_status status =
        gain_on_line(landscape, e_is, scratch, &gain, &T, &T_e, err);
    if (status == PEL_OK) *shift = gain.value;
    return status;
}

/* What a hop gains must rise by so much with ln T [eV]: below it rounding moves the
 * steady state. */
#define LINE_RISE 1e-7
/* Points between the ends of the landscape at which a line is looked at. */
#define LINE_POINTS 64

pel_status pel_landscape_check_line(const struct pel_landscape *l, struct pel_error *err)
{
    const struct pel_equilibrium *line = l->head.equilibrium;
    if (line == NULL) return PEL_OK;
    if (pel_equilibrium_closure(line) == PEL_EQUILIBRIUM_JOINT && !l->pairs)
        return pel_error_set(
            err, PEL_EARG,
            "an equilibrium line of closure joint needs pairs of E_A and "
            "E_R: a landscape of kind events, or a joint histogram");
    const double *e = pel_equilibrium_energies(line);
    const size_t n = pel_equilibrium_points(line);
    if (!(l->e_is_min >= e[0] - RANGE_SLACK && l->e_is_max <= e[n - 1] + RANGE_SLACK))
        return pel_error_set(err, PEL_EARG,
                             "the equilibrium line covers e_is from %.9g to %.9g "
                             "eV/atom, expected it to cover the landscape, %.9g to %.9g",
                             e[0], e[n - 1], l->e_is_min, l->e_is_max);
    struct pel_landscape_scratch *scratch = NULL;
    pel_status status = pel_landscape_scratch_create(l, &scratch, err);
    for (int k = 0; status == PEL_OK && k <= LINE_POINTS; k++) {
        const double at =
            l->e_is_min + (l->e_is_max - l->e_is_min) * k / (double)LINE_POINTS;
        struct gain gain = {0};
        double T, T_e;
        status = gain_on_line(l, at, scratch, &gain, &T, &T_e, err);
        /* Steady on the line, and approached: rejuvenating above it, ageing below. */
        if (status == PEL_OK &&
            !(isfinite(gain.value) && -gain.b / (PEL_KB * T) > LINE_RISE))
            status = pel_error_set(
                err, PEL_EARG,
                "no steady state can lie at %.6g K for e_is = %.9g eV/atom: what a hop "
                "gains does not rise with the temperature there (closure %s)",
                T, at, pel_equilibrium_closure_name(pel_equilibrium_closure(line)));
    }
    pel_landscape_scratch_free(scratch);
    return status;
}

pel_status pel_landscape_check_range(const struct pel_landscape *landscape, double e_is,
                                     enum pel_landscape_range range, int *extrapolated,
                                     struct pel_error *err)
{
    *extrapolated = 0;
    if (!isfinite(e_is))
        return pel_error_set(err, PEL_EARG, "e_is is not a finite number");
    const double lo = landscape->e_is_min, hi = landscape->e_is_max;
    if (e_is >= lo - RANGE_SLACK && e_is <= hi + RANGE_SLACK) return PEL_OK;
    *extrapolated = 1;
    if (range != PEL_RANGE_STRICT) return PEL_OK;
    if (landscape->n_levels == 1)
        return pel_error_set(err, PEL_ERANGE,
                             "e_is = %.9g eV/atom: the landscape has one level only, at "
                             "%.9g eV/atom",
                             e_is, lo);
    return pel_error_set(err, PEL_ERANGE,
                         "e_is = %.9g eV/atom is outside the range [%.9g, %.9g] of the "
                         "landscape",
                         e_is, lo, hi);
}

pel_status pel_landscape_average_slopes(
    const struct pel_landscape *landscape, double e_is, double beta,
    enum pel_landscape_range range, struct pel_landscape_scratch *scratch,
    struct pel_average *out, struct pel_landscape_slopes *slopes, struct pel_error *err)
{
    if (!(beta > 0.0 && isfinite(beta)))
        return pel_error_set(err, PEL_EARG, "beta is %g 1/eV, expected a number > 0",
                             beta);
    int outside;
    pel_status status = pel_landscape_check_range(landscape, e_is, range, &outside, err);
    if (status == PEL_OK)
        status = average_spectra(landscape, e_is, beta, scratch, out, slopes, err);
    if (status != PEL_OK) return status;
    out->extrapolated = outside;
    return landscape->head.equilibrium != NULL
               ? move_to_line(landscape, e_is, scratch, out, err)
               : PEL_OK;
}

pel_status pel_landscape_average(const struct pel_landscape *landscape, double e_is,
                                 double beta, enum pel_landscape_range range,
                                 struct pel_landscape_scratch *scratch,
                                 struct pel_average *out, struct pel_error *err)
{
    return pel_landscape_average_slopes(landscape, e_is, beta, range, scratch, out, NULL,
                                        err);
}

#include <pelrate/barriers.h>

#include <pelrate/constants.h>
#include <pelrate/root.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of a family; more would be a mistake. */
static const double most_bands = 1e7;

struct band {
    double lo, hi; /* [eV]; equal: a single energy */
    double share;  /* [1] */
};

struct pel_barriers {
    size_t n, capacity;
    struct band *band; /* [n] owned */
};

struct pel_barriers_settings pel_barriers_settings_defaults(void)
{
    return (struct pel_barriers_settings){.width_eV = 5e-4, .tail = 1e-12};
}

void pel_barriers_free(struct pel_barriers *barriers)
{
    if (barriers == NULL) return;
    free(barriers->band);
    free(barriers);
}

size_t pel_barriers_bands(const struct pel_barriers *barriers)
{
    return barriers->n;
}

void pel_barriers_band(const struct pel_barriers *barriers, size_t i, double *lo_eV,
                       double *hi_eV, double *share)
{
    *lo_eV = barriers->band[i].lo;
    *hi_eV = barriers->band[i].hi;
    *share = barriers->band[i].share;
}

static int by_lo(const void *a, const void *b)
{
    const struct band *x = a, *y = b;
    return (x->lo > y->lo) - (x->lo < y->lo);
}

/* Bands without a share say nothing. */
static int add(struct pel_barriers *b, double lo, double hi, double share)
{
    if (!(share > 0.0)) return 0;
    if (b->n == b->capacity) {
        const size_t capacity = b->capacity > 0 ? 2 * b->capacity : 256;
        struct band *band = realloc(b->band, capacity * sizeof *band);
        if (band == NULL) return -1;
        b->band = band;
        b->capacity = capacity;
    }
    b->band[b->n++] = (struct band){.lo = lo, .hi = hi, .share = share};
    return 0;
}

/* ---- from a landscape -------------------------------------------------------------- */

static pel_status add_level(struct pel_barriers *b, const struct pel_landscape *landscape,
                            size_t level, double share, struct pel_error *err)
{
    const size_t before = b->n;
    int failed = 0;
    if (pel_landscape_kind(landscape) == PEL_LANDSCAPE_HISTOGRAM) {
        struct pel_histogram h;
        const pel_status status =
            pel_landscape_histogram(landscape, level, PEL_ACTIVATION, &h, err);
        if (status != PEL_OK) return status;
        for (size_t i = 0; !failed && i < h.n; i++)
            failed = add(b, h.lo_eV[i], h.hi_eV[i],
                         share * h.density[i] * (h.hi_eV[i] - h.lo_eV[i]));
    } else {
        size_t n;
        const double *e, *e_r;
        const pel_status status =
            pel_landscape_pairs(landscape, level, &n, &e, &e_r, err);
        if (status != PEL_OK) return status;
        for (size_t i = 0; !failed && i < n; i++)
            failed = add(b, e[i], e[i], share / (double)n);
    }
    if (failed) return pel_error_set(err, PEL_ENOMEM, "barriers");
    if (b->n > before) qsort(b->band + before, b->n - before, sizeof *b->band, by_lo);
    return PEL_OK;
}

/* The level at e_is, or the two beside it. */
static pel_status add_levels(struct pel_barriers *b,
                             const struct pel_landscape *landscape, double e_is,
                             struct pel_error *err)
{
    size_t k = 0;
    while (k + 1 < pel_landscape_levels(landscape) &&
           pel_landscape_level_e_is(landscape, k + 1) <= e_is)
        k++;
    const double here = pel_landscape_level_e_is(landscape, k);
    if (here == e_is || k + 1 == pel_landscape_levels(landscape))
        return add_level(b, landscape, k, 1.0, err);
    const double next = pel_landscape_level_e_is(landscape, k + 1),
                 s = (e_is - here) / (next - here);
    const pel_status status = add_level(b, landscape, k, 1.0 - s, err);
    return status == PEL_OK ? add_level(b, landscape, k + 1, s, err) : status;
}

static pel_status add_family(struct pel_barriers *b,
                             const struct pel_landscape *landscape, double e_is,
                             const struct pel_barriers_settings *set,
                             struct pel_error *err)
{
    const struct pel_family *family;
    double p[PEL_FAMILY_PARAMETERS];
    pel_status status =
        pel_landscape_parameters(landscape, e_is, PEL_ACTIVATION, &family, p, err);
    if (status == PEL_OK) status = pel_family_check(family, p, err);
    if (status != PEL_OK) return status;
    if (strcmp(family->name, "delta") == 0)
        return add(b, p[0], p[0], 1.0) == 0 ? PEL_OK
                                            : pel_error_set(err, PEL_ENOMEM, "barriers");
    double top = 1.0;
    while (family->cumulative(p, top) < 1.0 - set->tail &&
           top / set->width_eV < most_bands)
        top *= 1.5;
    const double n = ceil(top / set->width_eV);
    if (!(n <= most_bands))
        return pel_error_set(
            err, PEL_EARG,
            "%s at %g eV/atom reaches beyond %g eV: more than %g bands of "
            "%g eV",
            family->name, e_is, top, most_bands, set->width_eV);
    double below = family->cumulative(p, 0.0);
    for (size_t i = 0; i < (size_t)n; i++) {
        const double lo = (double)i * set->width_eV, hi = (double)(i + 1) * set->width_eV,
                     at = family->cumulative(p, hi);
        if (add(b, lo, hi, at - below) != 0)
            return pel_error_set(err, PEL_ENOMEM, "barriers");
        below = at;
    }
    return PEL_OK;
}

pel_status pel_barriers_create(const struct pel_landscape *landscape, double e_is,
                               const struct pel_barriers_settings *settings,
                               struct pel_barriers **out, struct pel_error *err)
{
    *out = NULL;
    const struct pel_barriers_settings set =
        settings != NULL ? *settings : pel_barriers_settings_defaults();
    if (!(set.width_eV > 0.0 && set.tail > 0.0 && set.tail < 1.0))
        return pel_error_set(err, PEL_EARG,
                             "barriers: bands of %g eV, tail %g, expected "
                             "numbers > 0",
                             set.width_eV, set.tail);
    if (!(e_is >= pel_landscape_e_is_min(landscape) &&
          e_is <= pel_landscape_e_is_max(landscape)))
        return pel_error_set(
            err, PEL_ERANGE,
            "E_IS %.9g eV/atom is outside %.9g to %.9g eV/atom, which the "
            "landscape covers",
            e_is, pel_landscape_e_is_min(landscape), pel_landscape_e_is_max(landscape));
    struct pel_barriers *b = calloc(1, sizeof *b);
    if (b == NULL) return pel_error_set(err, PEL_ENOMEM, "barriers");
    const pel_status status = pel_landscape_kind(landscape) == PEL_LANDSCAPE_PARAMETRIC
                                  ? add_family(b, landscape, e_is, &set, err)
                                  : add_levels(b, landscape, e_is, err);
    double total = 0.0;
    for (size_t i = 0; i < b->n; i++)
        total += b->band[i].share;
    for (size_t i = 0; i < b->n; i++)
        b->band[i].share /= total;
    if (status != PEL_OK) {
        pel_barriers_free(b);
        return status;
    }
    *out = b;
    return PEL_OK;
}

/* ---- the answer -------------------------------------------------------------------- */

static double ln_2_cosh(double x)
{
    return fabs(x) + log1p(exp(-2.0 * fabs(x)));
}

/* With x = ln(omega tau), at one energy: loss = 1/(2 cosh x), storage = 1/(1 + e^2x). */
static void at_energy(double x, double *storage, double *loss)
{
    const double q = exp(-fabs(x)), d = 1.0 / (1.0 + q * q);
    *loss = q * d;
    *storage = x > 0.0 ? q * q * d : d;
}

/* Over a band, d ln tau = dE / kT turns both into closed forms: int loss dx = arctan e^x,
 * int storage dx = (x - ln(2 cosh x)) / 2. */
static void over_band(double x_lo, double x_hi, double *storage, double *loss)
{
    const double half = 0.5 * (x_hi - x_lo), middle = 0.5 * (x_hi + x_lo);
    const double large = 20.0; /* sinh would overflow, and nothing cancels */
    *loss = half > large ? atan(exp(x_hi)) - atan(exp(x_lo))
                         : atan(sinh(half) / cosh(middle));
    *storage = half - 0.5 * (ln_2_cosh(x_hi) - ln_2_cosh(x_lo));
}

void pel_barriers_wave(const struct pel_barriers *barriers, double omega_rad_per_s,
                       double temperature_K, double attempt_frequency_Hz,
                       struct pel_barriers_wave *out)
{
    *out = (struct pel_barriers_wave){
        .storage = NAN, .loss = NAN, .storage_T = NAN, .loss_T = NAN};
    const double T = temperature_K, kT = PEL_KB * T;
    if (!(omega_rad_per_s > 0.0 && T > 0.0 && attempt_frequency_Hz > 0.0)) return;
    const double x0 = log(omega_rad_per_s) - log(attempt_frequency_Hz);
    struct pel_barriers_wave sum = {0};
    for (size_t i = 0; i < barriers->n; i++) {
        const struct band *b = &barriers->band[i];
        const double e_lo = b->lo / kT, e_hi = b->hi / kT;
        double storage, loss, s_lo, l_lo, s_hi, l_hi;
        at_energy(x0 + e_lo, &s_lo, &l_lo);
        if (b->lo == b->hi) {
            sum.storage += b->share * s_lo;
            sum.loss += b->share * l_lo;
            /* d/dx: storage -> -2 loss^2, loss -> loss (2 storage - 1); dx/dT = -e/T */
            sum.storage_T += b->share * 2.0 * l_lo * l_lo * e_lo / T;
            sum.loss_T -= b->share * l_lo * (2.0 * s_lo - 1.0) * e_lo / T;
            continue;
        }
        at_energy(x0 + e_hi, &s_hi, &l_hi);
        over_band(x0 + e_lo, x0 + e_hi, &storage, &loss);
        const double per = b->share / (e_hi - e_lo); /* d(e_hi - e_lo)/dT = -(...)/T */
        sum.storage += per * storage;
        sum.loss += per * loss;
        sum.storage_T += per * (storage - s_hi * e_hi + s_lo * e_lo) / T;
        sum.loss_T += per * (loss - l_hi * e_hi + l_lo * e_lo) / T;
    }
    *out = sum;
}

void pel_barriers_modulus(const struct pel_barriers_wave *wave, double strength,
                          double *storage, double *loss, double *loss_T)
{
    const double s = 1.0 + strength * wave->storage, l = strength * wave->loss,
                 square = s * s + l * l;
    *storage = s / square;
    *loss = l / square;
    *loss_T =
        strength *
        (wave->loss_T - 2.0 * l / square * (s * wave->storage_T + l * wave->loss_T)) /
        square;
}

double pel_barriers_density(const struct pel_barriers *barriers, double tau_s,
                            double temperature_K, double attempt_frequency_Hz,
                            double smear_eV)
{
    const double kT = PEL_KB * temperature_K,
                 e = kT * (log(tau_s) + log(attempt_frequency_Hz));
    double sum = 0.0;
    for (size_t i = 0; i < barriers->n; i++) {
        const struct band *b = &barriers->band[i];
        if (b->lo < b->hi) {
            if (e >= b->lo && e < b->hi) sum += b->share / (b->hi - b->lo);
        } else if (smear_eV > 0.0) {
            const double z = (e - b->lo) / smear_eV;
            sum += b->share * exp(-0.5 * z * z) / (smear_eV * sqrt(2.0 * PEL_PI));
        }
    }
    return kT * log(10.0) * sum;
}

/* ---- peak -------------------------------------------------------------------------- */

struct at_frequency {
    const struct pel_barriers *barriers;
    double omega, nu, strength;
    double loss; /* of the last evaluation */
};

static int slope(double T, void *context, double *f)
{
    struct at_frequency *at = context;
    struct pel_barriers_wave wave;
    double storage;
    pel_barriers_wave(at->barriers, at->omega, T, at->nu, &wave);
    pel_barriers_modulus(&wave, at->strength, &storage, &at->loss, f);
    return 0;
}

pel_status pel_barriers_peak(const struct pel_barriers *barriers, double frequency_Hz,
                             double attempt_frequency_Hz, double strength, double T_lo_K,
                             double T_hi_K, double *temperature_K, double *loss,
                             struct pel_error *err)
{
    enum { SCAN = 400 };
    *temperature_K = *loss = NAN;
    if (!(frequency_Hz > 0.0 && isfinite(frequency_Hz) && attempt_frequency_Hz > 0.0 &&
          strength > 0.0 && T_lo_K > 0.0 && T_hi_K > T_lo_K && isfinite(T_hi_K)))
        return pel_error_set(
            err, PEL_EARG,
            "peak at %g Hz, strength %g, %g to %g K, expected numbers > 0 "
            "and a range",
            frequency_Hz, strength, T_lo_K, T_hi_K);
    struct at_frequency at = {.barriers = barriers,
                              .omega = 2.0 * PEL_PI * frequency_Hz,
                              .nu = attempt_frequency_Hz,
                              .strength = strength};
    double T = T_lo_K, before;
    slope(T, &at, &before);
    for (int i = 1; i <= SCAN; i++) {
        const double next = T_lo_K * pow(T_hi_K / T_lo_K, (double)i / SCAN);
        double after, top, zero;
        slope(next, &at, &after);
        if (before > 0.0 && after <= 0.0 &&
            pel_root_find(slope, &at, T, next, NULL, &top, NULL, NULL) == PEL_OK) {
            slope(top, &at, &zero);
            if (!(at.loss <= *loss)) {
                *loss = at.loss;
                *temperature_K = top;
            }
        }
        T = next;
        before = after;
    }
    if (!isnan(*temperature_K)) return PEL_OK;
    return pel_error_set(err, PEL_ENOROOT,
                         "E'' has no maximum between %g and %g K at %g Hz", T_lo_K,
                         T_hi_K, frequency_Hz);
}

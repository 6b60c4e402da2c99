#include <pelrate/ratemap.h>

#include "hull_priv.h"

#include <math.h>
#include <pelrate/random.h>
#include <pelrate/root.h>
#include <pelrate/statistics.h>
#include <pelrate/thinplate.h>
#include <stdlib.h>
#include <string.h>

/* Relative precision of a replicate's curve: its band is far wider. */
static const double replicate_rtol = 1e-6;

struct pel_ratemap {
    struct pel_ratemap_settings settings;
    struct pel_ratemap_report report;
    struct pel_thinplate *plate; /* on temperature / T_scale and E_IS / e_scale; owned */
    double *coefficients; /* [(1 + n_replicates) * size] the surface, then its replicates;
                             owned */
    struct hull hull;     /* owned */
};

struct pel_ratemap_settings pel_ratemap_settings_defaults(void)
{
    return (struct pel_ratemap_settings){.smoothing = NAN,
                                         .T_scale_K = NAN,
                                         .e_scale = NAN,
                                         .scale = PEL_RATEMAP_LINEAR,
                                         .unit = NAN,
                                         .n_replicates = 200,
                                         .seed = 1,
                                         .share = 0.6827,
                                         .T_join_K = 1.0,
                                         .n_scan = 120,
                                         .rtol = 1e-9,
                                         .most_knots = 10000};
}

void pel_ratemap_free(struct pel_ratemap *map)
{
    if (map == NULL) return;
    pel_thinplate_free(map->plate);
    pel_hull_release(&map->hull);
    free(map->coefficients);
    free(map);
}

struct pel_ratemap_report pel_ratemap_report(const struct pel_ratemap *map)
{
    return map->report;
}

size_t pel_ratemap_replicates(const struct pel_ratemap *map)
{
    return map->settings.n_replicates;
}

/* NaN, or a number above 0. */
static int positive_if_given(double x)
{
    return isnan(x) || (x > 0.0 && isfinite(x));
}

static pel_status check(const struct pel_ratemap_settings *set, size_t n,
                        struct pel_error *err)
{
    if (!((isnan(set->smoothing) ||
           (set->smoothing >= 0.0 && isfinite(set->smoothing))) &&
          positive_if_given(set->T_scale_K) && positive_if_given(set->e_scale) &&
          positive_if_given(set->unit)))
        return pel_error_set(
            err, PEL_EARG,
            "surface: smoothing %g, scales %g K and %g eV/atom, unit %g "
            "eV/atom/s, expected a smoothing of 0 or more and the others "
            "above 0",
            set->smoothing, set->T_scale_K, set->e_scale, set->unit);
    if (!(set->share > 0.0 && set->share < 1.0 && set->T_join_K >= 0.0 &&
          set->n_scan >= 2 && set->rtol > 0.0))
        return pel_error_set(err, PEL_EARG,
                             "surface: share %g, temperatures joined within %g K, %zu "
                             "intervals, tolerance %g, out of their range",
                             set->share, set->T_join_K, set->n_scan, set->rtol);
    if (n < 3 || n > set->most_knots)
        return pel_error_set(err, PEL_EARG, "surface: %zu rates, expected 3 to %zu%s", n,
                             set->most_knots,
                             n < 3 ? "" : " (average them over wider bins)");
    return PEL_OK;
}

/* Copies of the table's columns and what the spline is made of. */
struct knots {
    double *T, *e, *z, *weight; /* [n]; one block, owned by T */
    double unit_variance; /* of a value of weight 1, by the standard errors; NaN: none */
};

static double median(size_t n, const double x[], double scratch[])
{
    for (size_t i = 0; i < n; i++)
        scratch[i] = fabs(x[i]);
    pel_statistics_sort(n, scratch);
    return pel_statistics_quantile(n, scratch, 0.5);
}

static pel_status prepare(struct pel_ratemap *map, const struct pel_rates *rates,
                          struct knots *knots, struct pel_error *err)
{
    const size_t n = rates->n;
    const struct pel_ratemap_settings *set = &map->settings;
    double *memory = malloc(4 * n * sizeof *memory);
    if (memory == NULL) return pel_error_set(err, PEL_ENOMEM, "surface of %zu rates", n);
    *knots = (struct knots){memory, memory + n, memory + 2 * n, memory + 3 * n, NAN};
    struct pel_ratemap_report *r = &map->report;
    *r = (struct pel_ratemap_report){.knots = n,
                                     .T_min_K = INFINITY,
                                     .T_max_K = -INFINITY,
                                     .e_min = INFINITY,
                                     .e_max = -INFINITY,
                                     .scatter = NAN,
                                     .unit = NAN};
    for (size_t i = 0; i < n; i++) {
        const struct pel_mined *row = &rates->rows[i];
        knots->T[i] = row->temperature_K;
        knots->e[i] = row->e_is;
        knots->z[i] = row->rate;
        r->T_min_K = fmin(r->T_min_K, row->temperature_K);
        r->T_max_K = fmax(r->T_max_K, row->temperature_K);
        r->e_min = fmin(r->e_min, row->e_is);
        r->e_max = fmax(r->e_max, row->e_is);
    }
    if (!(r->T_max_K > r->T_min_K && r->e_max > r->e_min))
        return pel_error_set(err, PEL_EARG,
                             "surface: all %zu rates are at one %s, expected several", n,
                             r->T_max_K > r->T_min_K ? "E_IS" : "temperature");
    r->T_scale_K =
        isnan(set->T_scale_K) ? pel_statistics_sd(n, knots->T, NULL) : set->T_scale_K;
    r->e_scale =
        isnan(set->e_scale) ? pel_statistics_sd(n, knots->e, NULL) : set->e_scale;
    if (set->scale == PEL_RATEMAP_SIGNED_LOG) {
        r->unit = isnan(set->unit) ? median(n, knots->z, knots->weight) : set->unit;
        if (!(r->unit > 0.0))
            return pel_error_set(err, PEL_EARG,
                                 "surface: half of the rates are 0, expected a unit for "
                                 "their logarithm");
    }
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        const struct pel_mined *row = &rates->rows[i];
        double error = rates->has_errors ? row->standard_error : 1.0;
        if (set->scale == PEL_RATEMAP_SIGNED_LOG) {
            if (rates->has_errors) error /= hypot(row->rate, r->unit);
            knots->z[i] = asinh(row->rate / r->unit);
        }
        knots->weight[i] = rates->has_errors ? 1.0 / (error * error) : (double)row->count;
        sum += knots->weight[i] / (double)n;
        knots->T[i] /= r->T_scale_K;
        knots->e[i] /= r->e_scale;
    }
    if (!(sum > 0.0 && isfinite(sum)))
        return pel_error_set(err, PEL_EARG,
                             "surface: standard errors too small to weight by");
    for (size_t i = 0; i < n; i++)
        knots->weight[i] /= sum;
    if (rates->has_errors) knots->unit_variance = 1.0 / sum;
    return PEL_OK;
}

/* The surface, then its replicates. */
static pel_status fit(struct pel_ratemap *map, const struct knots *knots,
                      const struct pel_progress *progress, struct pel_error *err)
{
    const size_t n = map->report.knots, replicates = map->settings.n_replicates;
    struct pel_thinplate_fit surface = {0};
    pel_status status =
        pel_thinplate_create(n, knots->T, knots->e, knots->weight, &map->plate, err);
    if (status == PEL_OK && pel_progress_report(progress, 1.0, 2.0, "spline") != PEL_OK)
        status = pel_error_set(err, PEL_ESTOPPED, "interrupted at the spline");
    if (status == PEL_OK)
        status = pel_thinplate_run(map->plate, knots->z, map->settings.smoothing, NULL,
                                   &surface, err);
    if (status != PEL_OK) return status;
    map->report.smoothing = surface.smoothing;
    map->report.parameters = surface.parameters;
    const double expected = knots->unit_variance;
    map->report.scatter = sqrt(surface.variance / expected);
    double variance = fmax(surface.variance, expected); /* of two, one may be NaN */
    if (isnan(variance)) variance = 0.0;

    const size_t size = pel_thinplate_size(map->plate);
    map->coefficients = malloc((1 + replicates) * size * sizeof(double));
    if (map->coefficients == NULL) {
        status =
            pel_error_set(err, PEL_ENOMEM, "%zu replicates of %zu rates", replicates, n);
    } else {
        struct pel_random random;
        pel_random_init(&random, map->settings.seed, 0, 0);
        memcpy(map->coefficients, surface.coefficients, size * sizeof(double));
        status = pel_thinplate_bootstrap(map->plate, &surface, variance,
                                         isnan(map->settings.smoothing), NULL, &random,
                                         replicates, map->coefficients + size, err);
    }
    pel_thinplate_fit_release(&surface);
    return status;
}

pel_status pel_ratemap_create(const struct pel_rates *rates,
                              const struct pel_ratemap_settings *settings,
                              const struct pel_progress *progress,
                              struct pel_ratemap **out, struct pel_error *err)
{
    *out = NULL;
    const struct pel_ratemap_settings set =
        settings != NULL ? *settings : pel_ratemap_settings_defaults();
    pel_status status = check(&set, rates->n, err);
    if (status != PEL_OK) return status;
    struct pel_ratemap *map = calloc(1, sizeof *map);
    if (map == NULL)
        return pel_error_set(err, PEL_ENOMEM, "surface of %zu rates", rates->n);
    map->settings = set;
    struct knots knots = {0};
    status = prepare(map, rates, &knots, err);
    if (status == PEL_OK) status = fit(map, &knots, progress, err);
    if (status == PEL_OK) status = pel_hull_create(&map->hull, rates, set.T_join_K, err);
    free(knots.T);
    if (status != PEL_OK) {
        pel_ratemap_free(map);
        return status;
    }
    *out = map;
    return PEL_OK;
}

/* The rate that a value of the spline stands for. */
static double rate_of(const struct pel_ratemap *map, double z)
{
    return map->settings.scale == PEL_RATEMAP_SIGNED_LOG ? map->report.unit * sinh(z) : z;
}

static void basis_at(const struct pel_ratemap *map, double e_is, double T, double basis[],
                     double d_T[])
{
    pel_thinplate_basis(map->plate, T / map->report.T_scale_K, e_is / map->report.e_scale,
                        basis, d_T, NULL);
}

static double sum_of(const struct pel_ratemap *map, const double basis[], size_t r)
{
    return pel_thinplate_sum(map->plate, basis,
                             map->coefficients + r * pel_thinplate_size(map->plate));
}

/* The band of values[n], those that are numbers; sorts them. */
static void set_band(const struct pel_ratemap *map, size_t n, double values[],
                     struct pel_ratemap_value *out)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) values[m++] = values[i];
    pel_statistics_sort(m, values);
    const double share = map->settings.share;
    out->low = pel_statistics_quantile(m, values, 0.5 * (1.0 - share));
    out->high = pel_statistics_quantile(m, values, 0.5 * (1.0 + share));
    out->share = n > 0 ? (double)m / (double)n : NAN;
}

pel_status pel_ratemap_rate(const struct pel_ratemap *map, double e_is,
                            double temperature_K, struct pel_ratemap_value *rate,
                            double replicates[], int *extrapolated, struct pel_error *err)
{
    const size_t n = map->settings.n_replicates;
    if (!isfinite(e_is) || !(temperature_K > 0.0 && isfinite(temperature_K)))
        return pel_error_set(
            err, PEL_EARG,
            "surface at %g eV/atom and %g K, expected finite numbers and "
            "a temperature above 0",
            e_is, temperature_K);
    double *basis = malloc((pel_thinplate_size(map->plate) + n + 1) * sizeof *basis);
    if (basis == NULL) return pel_error_set(err, PEL_ENOMEM, "surface");
    double *values = basis + pel_thinplate_size(map->plate);
    basis_at(map, e_is, temperature_K, basis, NULL);
    rate->value = rate_of(map, sum_of(map, basis, 0));
    for (size_t r = 0; r < n; r++)
        values[r] = rate_of(map, sum_of(map, basis, r + 1));
    if (replicates != NULL) memcpy(replicates, values, n * sizeof *values);
    set_band(map, n, values, rate);
    if (extrapolated != NULL)
        *extrapolated = !pel_hull_inside(&map->hull, e_is, temperature_K);
    free(basis);
    return PEL_OK;
}

double pel_ratemap_surface(const struct pel_ratemap *map, double e_is,
                           double temperature_K)
{
    double *basis = malloc(pel_thinplate_size(map->plate) * sizeof *basis);
    if (basis == NULL) return NAN;
    basis_at(map, e_is, temperature_K, basis, NULL);
    const double rate = rate_of(map, sum_of(map, basis, 0));
    free(basis);
    return rate;
}

int pel_ratemap_is_inside(const struct pel_ratemap *map, double e_is,
                          double temperature_K)
{
    return pel_hull_inside(&map->hull, e_is, temperature_K);
}

/* One function of temperature: the spline, or its slope, of one replicate. */
struct along {
    const struct pel_ratemap *map;
    double e_is;
    size_t replicate;
    int slope;
    double *basis; /* scratch */
};

static int value_at(double T, void *context, double *f)
{
    const struct along *a = context;
    basis_at(a->map, a->e_is, T, a->slope ? NULL : a->basis, a->slope ? a->basis : NULL);
    *f = sum_of(a->map, a->basis, a->replicate);
    return 0;
}

static double refine(struct along *along, int slope, double lo, double hi)
{
    struct pel_root_settings root = pel_root_settings_defaults();
    root.xrtol = along->replicate == 0 ? along->map->settings.rtol : replicate_rtol;
    double T = NAN;
    along->slope = slope;
    if (pel_root_find(value_at, along, lo, hi, &root, &T, NULL, NULL) != PEL_OK)
        return NAN;
    return T;
}

/* The curves of one replicate from its values z and slopes s at n + 1 temperatures, which
 * are stride apart in memory. */
static void find_curves(struct along *along, size_t n, const double T[], const double z[],
                        const double s[], size_t stride, double *T_max, double *T_ss)
{
    *T_max = *T_ss = NAN;
    size_t fastest = 0;
    for (size_t k = 1; k <= n; k++)
        if (z[k * stride] < z[fastest * stride]) fastest = k;
    if (!(z[fastest * stride] < 0.0)) return;
    const size_t left = s[fastest * stride] >= 0.0 ? fastest - 1 : fastest;
    if ((fastest > 0 || s[0] < 0.0) && left < n && s[left * stride] < 0.0 &&
        s[(left + 1) * stride] >= 0.0)
        *T_max = refine(along, 1, T[left], T[left + 1]);
    for (size_t k = fastest + 1; k <= n; k++)
        if (z[k * stride] > 0.0) {
            *T_ss = refine(along, 0, T[k - 1], T[k]);
            return;
        }
}

/* Values and slopes of all replicates on the way from T_lo to T_hi; each basis serves all
 * of them. Then each one's curves. */
static void follow(const struct pel_ratemap *map, struct pel_ratemap_curve *out,
                   double memory[])
{
    const size_t size = pel_thinplate_size(map->plate), n = map->settings.n_scan;
    const size_t sets = map->settings.n_replicates + 1;
    double *basis = memory, *slope = basis + size, *T = slope + size, *z = T + n + 1;
    double *s = z + (n + 1) * sets, *T_max = s + (n + 1) * sets;
    double *T_ss = T_max + sets, *rate = T_ss + sets;
    for (size_t k = 0; k <= n; k++) {
        const double part = (double)k / (double)n;
        T[k] = (1.0 - part) * out->T_lo_K + part * out->T_hi_K;
        basis_at(map, out->e_is, T[k], basis, slope);
        for (size_t r = 0; r < sets; r++) {
            z[k * sets + r] = sum_of(map, basis, r);
            s[k * sets + r] = sum_of(map, slope, r);
        }
    }
    for (size_t r = 0; r < sets; r++) {
        struct along along = {map, out->e_is, r, 0, basis};
        find_curves(&along, n, T, z + r, s + r, sets, &T_max[r], &T_ss[r]);
        rate[r] = NAN;
        if (isnan(T_max[r])) continue;
        value_at(T_max[r], &(struct along){map, out->e_is, r, 0, basis}, &rate[r]);
        rate[r] = rate_of(map, rate[r]);
    }
    out->T_max_K.value = T_max[0];
    out->T_ss_K.value = T_ss[0];
    out->rate_at_T_max.value = rate[0];
    set_band(map, sets - 1, T_max + 1, &out->T_max_K);
    set_band(map, sets - 1, T_ss + 1, &out->T_ss_K);
    set_band(map, sets - 1, rate + 1, &out->rate_at_T_max);
}

pel_status pel_ratemap_curve(const struct pel_ratemap *map, double e_is,
                             struct pel_ratemap_curve *out, struct pel_error *err)
{
    const struct pel_ratemap_value none = {NAN, NAN, NAN, NAN};
    *out = (struct pel_ratemap_curve){.e_is = e_is,
                                      .T_lo_K = NAN,
                                      .T_hi_K = NAN,
                                      .T_max_K = none,
                                      .rate_at_T_max = none,
                                      .T_ss_K = none};
    if (!isfinite(e_is))
        return pel_error_set(err, PEL_EARG, "surface at %g eV/atom", e_is);
    double lo, hi;
    if (pel_hull_range(&map->hull, e_is, &lo, &hi) != 0) return PEL_OK;
    out->T_lo_K = lo;
    out->T_hi_K = hi;
    const size_t n = map->settings.n_scan + 1, sets = map->settings.n_replicates + 1;
    double *memory =
        malloc((2 * pel_thinplate_size(map->plate) + n + 2 * n * sets + 3 * sets) *
               sizeof(double));
    if (memory == NULL) return pel_error_set(err, PEL_ENOMEM, "surface");
    follow(map, out, memory);
    free(memory);
    return PEL_OK;
}

#include <pelrate/compare.h>

#include <math.h>
#include <pelrate/map.h>
#include <pelrate/statistics.h>
#include <stdlib.h>

struct pel_compare_settings pel_compare_settings_defaults(void)
{
    return (struct pel_compare_settings){.share = 0.6827};
}

static pel_status rate_of_landscape(void *context, double e_is, double temperature_K,
                                    double *ln_abs_rate, int *sign, int *resolved,
                                    struct pel_error *err)
{
    struct pel_rate_point at;
    (void)resolved; /* it always knows */
    const pel_status status = pel_rate_evaluate(context, e_is, temperature_K, &at, err);
    if (status != PEL_OK) return status;
    *ln_abs_rate = at.ln_abs_rate;
    *sign = at.sign;
    return PEL_OK;
}

static pel_status curve_of_landscape(void *context, double e_is, double *T_max_K,
                                     double *T_ss_K, struct pel_error *err)
{
    struct pel_map_curve curve;
    const pel_status status = pel_map_curve(context, e_is, NULL, &curve, err);
    if (status != PEL_OK) return status;
    *T_max_K = curve.T_max_K;
    *T_ss_K = curve.T_ss_K;
    return PEL_OK;
}

struct pel_compare_theory pel_compare_of_rate(struct pel_rate *rate)
{
    return (struct pel_compare_theory){rate, rate_of_landscape, curve_of_landscape};
}

static pel_status rate_of_map(void *context, double e_is, double temperature_K,
                              double *ln_abs_rate, int *sign, int *resolved,
                              struct pel_error *err)
{
    const struct pel_compare_map *map = context;
    return pel_mapgrid_rate(map->grid, map->replicate, e_is, temperature_K, ln_abs_rate,
                            sign, resolved, err);
}

static pel_status curve_of_map(void *context, double e_is, double *T_max_K,
                               double *T_ss_K, struct pel_error *err)
{
    const struct pel_compare_map *map = context;
    struct pel_agemap_value T_max, T_ss;
    (void)err;
    pel_mapgrid_curve(map->grid, e_is, &T_max, &T_ss);
    *T_max_K = T_max.value;
    *T_ss_K = T_ss.value;
    return PEL_OK;
}

struct pel_compare_theory pel_compare_of_map(struct pel_compare_map *map)
{
    return (struct pel_compare_theory){map, rate_of_map, curve_of_map};
}

/* A resolved point of the common region. */
struct point {
    size_t i;     /* of the map */
    double log10; /* |rate| of the theory; -inf: 0 */
    int sign;     /* of the theory */
};

/* Whether the measurement would have seen such a rate: twice the further end of its band.
 * Without a band nothing is known. */
static int is_too_fast(const struct pel_agemap *map, size_t i, double ln_abs_rate)
{
    const double bound = fmax(fabs(map->low[i]), fabs(map->high[i]));
    return bound > 0.0 && ln_abs_rate > log(2.0 * bound);
}

static pel_status collect(const struct pel_agemap *map,
                          const struct pel_compare_theory *theory, struct point points[],
                          struct pel_comparison *out, struct pel_error *err)
{
    struct pel_error why = {0};
    for (size_t i = 0; i < map->n; i++) {
        double ln = NAN;
        int sign = 0, known = 1;
        if (map->extrapolated[i]) continue;
        const pel_status status =
            theory->rate(theory->context, map->e_is[i], map->temperature_K[i], &ln, &sign,
                         &known, &why);
        if (status == PEL_ERANGE) continue;
        if (status != PEL_OK) return pel_error_set(err, status, "%s", why.text);
        out->points++;
        if (!pel_agemap_is_resolved(map, i)) {
            out->too_fast += is_too_fast(map, i, ln) != 0;
            continue;
        }
        if (!known) continue;
        points[out->resolved++] =
            (struct point){.i = i, .log10 = ln / log(10.0), .sign = sign};
        out->zero += !isfinite(ln);
    }
    if (out->points == 0)
        return pel_error_set(err, PEL_ERANGE, "no point of the map in common%s%s",
                             why.text[0] != '\0' ? ": " : "", why.text);
    return PEL_OK;
}

/* The three measures against one version of the map: the map itself, or a replicate. */
static void measure(size_t n, const struct point points[], const double rates[],
                    size_t stride, double *rms, double *mean, double *agreement)
{
    double sum = 0.0, squares = 0.0;
    size_t used = 0, same = 0;
    for (size_t k = 0; k < n; k++) {
        const double measured = rates[points[k].i * stride];
        same += points[k].sign * measured > 0.0;
        if (!isfinite(points[k].log10) || measured == 0.0) continue;
        const double difference = points[k].log10 - log10(fabs(measured));
        sum += difference;
        squares += difference * difference;
        used++;
    }
    *rms = used > 0 ? sqrt(squares / (double)used) : NAN;
    *mean = used > 0 ? sum / (double)used : NAN;
    *agreement = n > 0 ? (double)same / (double)n : NAN;
}

/* Of what may be just below 0; NaN stays NaN. */
static double root_of(double square)
{
    return square < 0.0 ? 0.0 : sqrt(square);
}

/* The replicates hold the noise of the map once more, and miss the theory by more than the
 * map does: their spread is laid about what the map says. Both in the given power of the
 * measure, which is not below 0 nor above highest. */
static void set_band(size_t n, double values[], double share, int power, double highest,
                     struct pel_compare_value *out)
{
    size_t m = 0;
    double mean = 0.0;
    for (size_t k = 0; k < n; k++) {
        if (isnan(values[k])) continue;
        values[m] = power == 2 ? values[k] * values[k] : values[k];
        mean += values[m++];
    }
    mean /= (double)m;
    const double centre = power == 2 ? out->value * out->value : out->value;
    pel_statistics_sort(m, values);
    const double ends[] = {
        centre - mean + pel_statistics_quantile(m, values, 0.5 * (1.0 - share)),
        centre - mean + pel_statistics_quantile(m, values, 0.5 * (1.0 + share))};
    double *const to[] = {&out->low, &out->high};
    for (int k = 0; k < 2; k++) {
        *to[k] = power == 2 ? root_of(ends[k]) : ends[k];
        if (*to[k] > highest) *to[k] = highest;
    }
}

static double noise_of(const struct pel_agemap *map, size_t n,
                       const struct point points[])
{
    double squares = 0.0;
    size_t used = 0;
    for (size_t k = 0; k < n; k++)
        for (size_t r = 0; r < map->n_replicates; r++) {
            const double rate = map->rate[points[k].i];
            const double replicate = map->replicates[points[k].i * map->n_replicates + r];
            if (replicate == 0.0) continue;
            squares += pow(log10(fabs(replicate / rate)), 2);
            used++;
        }
    return used > 0 ? sqrt(squares / (double)used) : NAN;
}

/* Of one curve: the band of the difference is that of the measurement, turned round. */
static struct pel_compare_value subtract(double theory,
                                         const struct pel_agemap_value *measured)
{
    return (struct pel_compare_value){theory - measured->value, theory - measured->high,
                                      theory - measured->low};
}

static void add(double difference, size_t *n, double *sum, double *squares)
{
    if (isnan(difference)) return;
    (*n)++;
    *sum += difference;
    *squares += difference * difference;
}

static pel_status compare_curves(const struct pel_agemap *map,
                                 const struct pel_compare_theory *theory,
                                 struct pel_comparison *out,
                                 struct pel_compare_curve curves[], struct pel_error *err)
{
    double sum[2] = {0.0}, squares[2] = {0.0};
    for (size_t i = 0; i < map->n_curves; i++) {
        struct pel_compare_curve curve = {
            .e_is = map->curve_e_is[i], .T_max_K = NAN, .T_ss_K = NAN};
        const pel_status status = theory->curve(theory->context, curve.e_is,
                                                &curve.T_max_K, &curve.T_ss_K, err);
        if (status != PEL_OK && status != PEL_ERANGE) return status;
        curve.T_max_difference_K = subtract(curve.T_max_K, &map->T_max[i]);
        curve.T_ss_difference_K = subtract(curve.T_ss_K, &map->T_ss[i]);
        add(curve.T_max_difference_K.value, &out->n_T_max, &sum[0], &squares[0]);
        add(curve.T_ss_difference_K.value, &out->n_T_ss, &sum[1], &squares[1]);
        if (curves != NULL) curves[i] = curve;
    }
    /* 0 / 0 is NaN: there are none. */
    out->T_max_mean_K = sum[0] / (double)out->n_T_max;
    out->T_max_rms_K = sqrt(squares[0] / (double)out->n_T_max);
    out->T_ss_mean_K = sum[1] / (double)out->n_T_ss;
    out->T_ss_rms_K = sqrt(squares[1] / (double)out->n_T_ss);
    return PEL_OK;
}

pel_status pel_compare_run(const struct pel_agemap *map,
                           const struct pel_compare_theory *theory,
                           const struct pel_compare_settings *settings,
                           struct pel_comparison *out, struct pel_compare_curve curves[],
                           struct pel_error *err)
{
    const double share =
        settings != NULL ? settings->share : pel_compare_settings_defaults().share;
    *out = (struct pel_comparison){0};
    if (!(share > 0.0 && share < 1.0))
        return pel_error_set(err, PEL_EARG, "share is %g, expected 0 to 1", share);
    const size_t n_replicates = map->n_replicates;
    struct point *points = malloc(map->n * sizeof *points);
    double *values = malloc(3 * (n_replicates + 1) * sizeof *values);
    pel_status status = PEL_OK;
    if (points == NULL || values == NULL)
        status = pel_error_set(err, PEL_ENOMEM, "comparison");
    if (status == PEL_OK) status = collect(map, theory, points, out, err);
    if (status == PEL_OK) {
        double *rms = values, *mean = rms + n_replicates + 1;
        double *agreement = mean + n_replicates + 1;
        const size_t n = out->resolved;
        for (size_t r = 0; r < n_replicates; r++)
            measure(n, points, map->replicates + r, n_replicates, &rms[r], &mean[r],
                    &agreement[r]);
        measure(n, points, map->rate, 1, &out->rms.value, &out->mean.value,
                &out->agreement.value);
        set_band(n_replicates, rms, share, 2, INFINITY, &out->rms);
        set_band(n_replicates, mean, share, 1, INFINITY, &out->mean);
        set_band(n_replicates, agreement, share, 1, 1.0, &out->agreement);
        out->noise = noise_of(map, n, points);
        status = compare_curves(map, theory, out, curves, err);
    }
    free(points);
    free(values);
    return status;
}

#include <pelrate/compare.h>

#include <math.h>
#include <pelrate/landscape.h>
#include <pelrate/map.h>
#include <pelrate/statistics.h>
#include <stdlib.h>

struct pel_compare_settings pel_compare_settings_defaults(void)
{
    return (struct pel_compare_settings){.share = 0.6827};
}

/* A resolved point of the common region. */
struct point {
    size_t i;     /* of the map */
    double log10; /* |rate| of the theory; -inf: 0 */
    int sign;     /* of the theory */
};

static int is_resolved(const struct pel_agemap *map, size_t i)
{
    if (map->rate[i] == 0.0) return 0;
    if (isnan(map->low[i]) || isnan(map->high[i])) return 1;
    return map->low[i] * map->high[i] > 0.0;
}

static pel_status collect(const struct pel_agemap *map, struct pel_rate *rate,
                          struct point points[], struct pel_comparison *out,
                          struct pel_error *err)
{
    for (size_t i = 0; i < map->n; i++) {
        struct pel_rate_point at;
        if (map->extrapolated[i]) continue;
        const pel_status status =
            pel_rate_evaluate(rate, map->e_is[i], map->temperature_K[i], &at, err);
        if (status == PEL_ERANGE) continue;
        if (status != PEL_OK) return status;
        out->points++;
        if (!is_resolved(map, i)) continue;
        points[out->resolved++] =
            (struct point){.i = i, .log10 = at.ln_abs_rate / log(10.0), .sign = at.sign};
        out->zero += !isfinite(at.ln_abs_rate);
    }
    if (out->points == 0) {
        const struct pel_landscape *l = pel_rate_landscape(rate);
        return pel_error_set(err, PEL_ERANGE,
                             "the map and the landscape (%.6g to %.6g eV/atom) have no "
                             "point in common",
                             pel_landscape_e_is_min(l), pel_landscape_e_is_max(l));
    }
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

static pel_status compare_curves(const struct pel_agemap *map, struct pel_rate *rate,
                                 struct pel_comparison *out,
                                 struct pel_compare_curve curves[], struct pel_error *err)
{
    double sum[2] = {0.0}, squares[2] = {0.0};
    for (size_t i = 0; i < map->n_curves; i++) {
        struct pel_map_curve theory;
        struct pel_compare_curve curve = {.e_is = map->curve_e_is[i]};
        const pel_status status =
            pel_map_curve(rate, map->curve_e_is[i], NULL, &theory, err);
        if (status != PEL_OK && status != PEL_ERANGE) return status;
        if (status == PEL_ERANGE) theory.T_max_K = theory.T_ss_K = NAN;
        curve.T_max_K = theory.T_max_K;
        curve.T_ss_K = theory.T_ss_K;
        curve.T_max_difference_K = subtract(theory.T_max_K, &map->T_max[i]);
        curve.T_ss_difference_K = subtract(theory.T_ss_K, &map->T_ss[i]);
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

pel_status pel_compare_run(const struct pel_agemap *map, struct pel_rate *rate,
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
    if (status == PEL_OK) status = collect(map, rate, points, out, err);
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
        status = compare_curves(map, rate, out, curves, err);
    }
    free(points);
    free(values);
    return status;
}

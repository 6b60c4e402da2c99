#include <pelrate/bins.h>

#include <pelrate/special.h>
#include <pelrate/statistics.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BINS = 100000 };

double pel_bins_edge(const struct pel_bins *bins, size_t k)
{
    return bins->origin + (double)k * bins->width;
}

size_t pel_bins_find(const struct pel_bins *bins, double value)
{
    if (!(value >= bins->origin && value <= pel_bins_edge(bins, bins->n))) return bins->n;
    size_t k = (size_t)((value - bins->origin) / bins->width);
    /* The edges as they are written decide, not the rounded quotient. */
    while (k > 0 && value < pel_bins_edge(bins, k))
        k--;
    while (k + 1 < bins->n && value >= pel_bins_edge(bins, k + 1))
        k++;
    return k < bins->n ? k : bins->n - 1;
}

pel_status pel_bins_count(const struct pel_bins *bins, size_t n, const double values[],
                          const double weight[], double count[], double sum[],
                          struct pel_error *err)
{
    memset(count, 0, bins->n * sizeof *count);
    if (sum != NULL) memset(sum, 0, bins->n * sizeof *sum);
    for (size_t i = 0; i < n; i++) {
        const size_t k = pel_bins_find(bins, values[i]);
        if (k == bins->n)
            return pel_error_set(err, PEL_EARG, "bins: %g eV is outside [%g, %g] eV",
                                 values[i], bins->origin, pel_bins_edge(bins, bins->n));
        count[k] += 1.0;
        if (sum != NULL) sum[k] += weight != NULL ? weight[i] : 1.0;
    }
    return PEL_OK;
}

/* Number of values, and the highest. */
static pel_status survey(double origin, size_t n_groups, const size_t n[],
                         const double *const values[], size_t *total, double *highest,
                         struct pel_error *err)
{
    *total = 0;
    *highest = -INFINITY;
    if (!isfinite(origin))
        return pel_error_set(err, PEL_EARG, "bins: origin is not finite");
    for (size_t g = 0; g < n_groups; g++)
        for (size_t i = 0; i < n[g]; i++) {
            const double value = values[g][i];
            if (!(value >= origin && isfinite(value)))
                return pel_error_set(
                    err, PEL_EARG, "bins: value %g eV, expected a finite one from %g eV",
                    value, origin);
            (*total)++;
            if (value > *highest) *highest = value;
        }
    if (*total == 0) return pel_error_set(err, PEL_EARG, "bins: no values");
    return PEL_OK;
}

static pel_status cover(double origin, double width, double highest, struct pel_bins *out,
                        struct pel_error *err)
{
    const double n = (highest - origin) / width;
    if (!(width > 0.0 && n < MOST_BINS))
        return pel_error_set(err, PEL_EARG,
                             "bins: a width of %g eV up to %g eV, expected one > 0 that "
                             "makes at most %d bins",
                             width, highest, MOST_BINS);
    *out = (struct pel_bins){.origin = origin, .width = width, .n = (size_t)n};
    /* The highest value stays below the last edge, as the others do below theirs. */
    while (!(highest < pel_bins_edge(out, out->n)))
        out->n++;
    return PEL_OK;
}

pel_status pel_bins_of_width(double origin, double width, size_t n_groups,
                             const size_t n[], const double *const values[],
                             struct pel_bins *out, struct pel_error *err)
{
    size_t total;
    double highest;
    *out = (struct pel_bins){0};
    const pel_status status = survey(origin, n_groups, n, values, &total, &highest, err);
    return status == PEL_OK ? cover(origin, width, highest, out, err) : status;
}

static pel_status freedman_diaconis(size_t n_groups, const size_t n[],
                                    const double *const values[], double *width,
                                    struct pel_error *err)
{
    size_t most = 0, used = 0;
    for (size_t g = 0; g < n_groups; g++)
        if (n[g] > most) most = n[g];
    double *sorted = malloc(most * sizeof *sorted);
    double *widths = malloc(n_groups * sizeof *widths);
    if (sorted == NULL || widths == NULL) {
        free(sorted);
        free(widths);
        return pel_error_set(err, PEL_ENOMEM, "bins for %zu values", most);
    }
    for (size_t g = 0; g < n_groups; g++) {
        if (n[g] < 2) continue;
        memcpy(sorted, values[g], n[g] * sizeof *sorted);
        pel_statistics_sort(n[g], sorted);
        const double iqr = pel_statistics_quantile(n[g], sorted, 0.75) -
                           pel_statistics_quantile(n[g], sorted, 0.25);
        if (iqr > 0.0) widths[used++] = 2.0 * iqr / cbrt((double)n[g]);
    }
    pel_statistics_sort(used, widths);
    *width = pel_statistics_quantile(used, widths, 0.5);
    free(sorted);
    free(widths);
    if (*width > 0.0) return PEL_OK;
    return pel_error_set(err, PEL_EARG, "bins: the values do not spread, give a width");
}

static pel_status knuth(double origin, double highest, size_t max_bins, size_t n_groups,
                        const size_t n[], const double *const values[], double *width,
                        struct pel_error *err)
{
    double *count = malloc(max_bins * sizeof *count);
    if (count == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu bins", max_bins);
    double best = -INFINITY;
    pel_status status = PEL_OK;
    for (size_t m = 1; status == PEL_OK && m <= max_bins; m++) {
        const struct pel_bins bins = {origin, (highest - origin) / (double)m, m};
        const double M = (double)m;
        double ln_p = 0.0;
        for (size_t g = 0; status == PEL_OK && g < n_groups; g++) {
            const double N = (double)n[g];
            if (n[g] == 0) continue;
            /* The last edge may round to just below the highest value. */
            memset(count, 0, m * sizeof *count);
            for (size_t i = 0; i < n[g]; i++) {
                const size_t k = pel_bins_find(&bins, values[g][i]);
                count[k < m ? k : m - 1] += 1.0;
            }
            ln_p += N * log(M) + pel_special_ln_gamma(0.5 * M) -
                    M * pel_special_ln_gamma(0.5) - pel_special_ln_gamma(N + 0.5 * M);
            for (size_t k = 0; k < m; k++)
                ln_p += pel_special_ln_gamma(count[k] + 0.5);
        }
        if (ln_p > best) {
            best = ln_p;
            *width = bins.width;
        }
    }
    free(count);
    return status;
}

pel_status pel_bins_by_rule(enum pel_bins_rule rule, double origin, size_t max_bins,
                            size_t n_groups, const size_t n[],
                            const double *const values[], struct pel_bins *out,
                            struct pel_error *err)
{
    size_t total;
    double highest, width = NAN;
    *out = (struct pel_bins){0};
    pel_status status = survey(origin, n_groups, n, values, &total, &highest, err);
    if (status != PEL_OK) return status;
    if (max_bins < 1 || max_bins > MOST_BINS)
        return pel_error_set(err, PEL_EARG, "bins: at most %zu bins, expected 1 to %d",
                             max_bins, MOST_BINS);
    if (!(highest > origin))
        return pel_error_set(err, PEL_EARG,
                             "bins: the values do not spread, give a width");
    status = rule == PEL_BINS_KNUTH
                 ? knuth(origin, highest, max_bins, n_groups, n, values, &width, err)
                 : freedman_diaconis(n_groups, n, values, &width, err);
    if (status != PEL_OK) return status;
    return cover(origin, width, highest, out, err);
}

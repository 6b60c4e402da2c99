#include <pelrate/spread.h>

#include <pelrate/statistics.h>

#include <math.h>
#include <stdlib.h>

/* So many values at most: a gigabyte of them. */
#define MOST_VALUES ((size_t)1 << 27)

struct pel_spread_settings pel_spread_settings_defaults(void)
{
    return (struct pel_spread_settings){.replicates = 200, .seed = 1, .share = 0.6827};
}

static pel_status check(const struct pel_spread_settings *s, size_t n,
                        struct pel_error *err)
{
    if (s->replicates < 2)
        return pel_error_set(
            err, PEL_EARG, "%zu bootstrap replicates, expected 2 or more", s->replicates);
    if (!(s->share > 0.0 && s->share < 1.0))
        return pel_error_set(err, PEL_EARG,
                             "share of replicates in a band is %g, expected 0 to 1",
                             s->share);
    if (n > 0 && s->replicates > MOST_VALUES / n)
        return pel_error_set(err, PEL_EARG,
                             "bands of %zu numbers from %zu replicates, expected at most "
                             "%zu numbers in all",
                             n, s->replicates, MOST_VALUES);
    return PEL_OK;
}

/* One replicate's values, `stride` apart. */
static pel_status replicate(const struct pel_rate *rate, uint64_t seed, size_t number,
                            size_t n, pel_spread_function function, void *context,
                            double row[], size_t stride, double values[],
                            struct pel_error *err)
{
    struct pel_landscape *drawn = NULL;
    struct pel_rate *again = NULL;
    pel_status status =
        pel_landscape_redraw(pel_rate_landscape(rate), seed, number, &drawn, err);
    if (status == PEL_OK)
        status = pel_rate_create(drawn, pel_rate_closure(rate), pel_rate_range(rate),
                                 &again, err);
    if (status == PEL_OK) status = function(again, context, row, err);
    for (size_t i = 0; status == PEL_OK && i < n; i++)
        values[i * stride] = row[i];
    pel_rate_free(again);
    pel_landscape_free(drawn);
    return status;
}

/* The values that are there, closed up; their band, if half of all have one. */
static void find_band(size_t n, double values[], double share, double *lo, double *hi)
{
    size_t there = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) values[there++] = values[i];
    *lo = *hi = NAN;
    if (2 * there >= n) pel_statistics_band(there, values, share, lo, hi);
}

pel_status pel_spread_run(const struct pel_rate *rate,
                          const struct pel_spread_settings *settings, size_t n,
                          pel_spread_function function, void *context,
                          const struct pel_progress *progress, double lo[], double hi[],
                          struct pel_spread_report *report, struct pel_error *err)
{
    const struct pel_spread_settings set =
        settings != NULL ? *settings : pel_spread_settings_defaults();
    struct pel_spread_report done = {.replicates = set.replicates};
    pel_status status = check(&set, n, err);
    if (status == PEL_OK)
        status = pel_landscape_can_redraw(pel_rate_landscape(rate), err);
    if (status == PEL_OK)
        status =
            pel_landscape_fewest_samples(pel_rate_landscape(rate), &done.samples, err);
    if (status != PEL_OK) return status;
    const size_t most = set.replicates;
    double *row = malloc((n + 1) * sizeof *row);
    double *values = malloc((n * most + 1) * sizeof *values);
    if (row == NULL || values == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "bands of %zu replicates", most);
        goto end;
    }
    size_t good = 0;
    struct pel_error why = {0};
    for (size_t r = 0; r < most; r++) {
        status = pel_progress_report(progress, (double)r, (double)most, "bootstrap");
        if (status != PEL_OK) {
            pel_error_set(err, status, "interrupted after %zu of %zu replicates", r,
                          most);
            goto end;
        }
        const pel_status made = replicate(rate, set.seed, r, n, function, context, row,
                                          most, values + good, &why);
        if (made == PEL_ENOMEM || made == PEL_ESTOPPED) {
            status = pel_error_set(err, made, "%s", why.text);
            goto end;
        }
        if (made == PEL_OK)
            good++;
        else
            done.failed++;
    }
    if (2 * good < most) {
        status = pel_error_set(err, PEL_ENOCONV,
                               "%zu of %zu bootstrap replicates have no result: %s",
                               done.failed, most, why.text);
        goto end;
    }
    const double share = pel_statistics_bootstrap_share(set.share, done.samples);
    for (size_t i = 0; i < n; i++)
        find_band(good, values + i * most, share, &lo[i], &hi[i]);
    pel_progress_report(progress, (double)most, (double)most, "bootstrap");
    if (report != NULL) *report = done;
end:
    free(row);
    free(values);
    return status;
}

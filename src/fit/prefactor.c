#include "fit_priv.h"

#include <pelrate/constants.h>
#include <pelrate/coverage.h>
#include <pelrate/special.h>
#include <pelrate/statistics.h>

#include <math.h>
#include <stdlib.h>

/* Of the events [first, first + n) of a pool; scratch[4 n]. */
static struct pel_fit_frequencies measure(const struct pel_pool *pool, size_t first,
                                          size_t n, double scratch[])
{
    struct pel_fit_frequencies f = {.mean_Hz = NAN,
                                    .sd_log10 = NAN,
                                    .pearson = NAN,
                                    .pearson_p = NAN,
                                    .at_600K_Hz = NAN};
    double *ln_nu = scratch, *e_a = scratch + n, *w = scratch + 2 * n, *at = w + n;
    for (size_t i = first; i < first + n; i++) {
        if (isnan(pool->attempt_frequency[i])) continue;
        ln_nu[f.n] = log(pool->attempt_frequency[i]);
        e_a[f.n] = pool->e_a[i];
        w[f.n] = pool->weight[i];
        f.n++;
    }
    if (f.n == 0) return f;
    f.mean_Hz = exp(pel_statistics_mean(f.n, ln_nu, w));
    f.sd_log10 = pel_statistics_sd(f.n, ln_nu, w) / log(10.0);
    f.pearson = pel_statistics_pearson(f.n, e_a, ln_nu);
    f.pearson_p = pel_statistics_correlation_p(f.n, f.pearson);
    const double beta = 1.0 / (PEL_KB * PEL_FIT_E_LOG_K);
    for (size_t i = 0; i < f.n; i++)
        at[i] = log(w[i]) - beta * e_a[i];
    const double ln_z = pel_special_ln_sum_exp(f.n, at);
    for (size_t i = 0; i < f.n; i++)
        at[i] += ln_nu[i];
    f.at_600K_Hz = exp(pel_special_ln_sum_exp(f.n, at) - ln_z);
    return f;
}

static pel_status use_frequency(struct pel_fit *fit, const struct pel_pool *pool,
                                struct pel_error *err)
{
    double *scratch = malloc((4 * pool->n + 1) * sizeof *scratch);
    if (scratch == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu events", pool->n);
    fit->frequencies = measure(pool, 0, pool->n, scratch);
    for (size_t l = 0; l < pool->n_levels; l++)
        fit->levels[l].frequencies =
            measure(pool, pool->levels[l].first, pool->levels[l].counts.kept, scratch);
    free(scratch);
    fit->attempt_frequency_Hz = fit->settings.attempt_frequency_Hz;
    if (fit->settings.frequency_from == PEL_FIT_FREQUENCY_ASSUMED) return PEL_OK;
    if (fit->frequencies.n == 0)
        return pel_error_set(err, PEL_EARG,
                             "no event has a measured attempt frequency, expected the "
                             "column attempt_frequency_Hz");
    fit->attempt_frequency_Hz = fit->frequencies.mean_Hz;
    return PEL_OK;
}

/* Whether coverage can be said of all samples of a level. */
static int is_complete(const struct pel_pool *pool, const struct pel_pool_level *level)
{
    int complete = 1;
    for (size_t s = 0; s < level->n_samples; s++)
        complete = complete && pool->samples[level->first_sample + s].complete;
    return complete;
}

static pel_status use_paths(struct pel_fit *fit, const struct pel_pool *pool,
                            struct pel_error *err)
{
    const int wanted = fit->settings.paths_from == PEL_FIT_PATHS_CHAO1;
    double chao1 = 0.0;
    for (size_t l = 0; l < pool->n_levels; l++) {
        const struct pel_pool_level *level = &pool->levels[l];
        struct pel_fit_level *out = &fit->levels[l];
        const double n = (double)level->n_samples;
        out->paths_found = (double)level->counts.kept / n;
        out->paths_chao1 = out->paths_chao1_sd = NAN;
        if (!wanted && !is_complete(pool, level)) continue;
        struct pel_coverage coverage;
        const pel_status status =
            pel_coverage_of_level(pool, l, INFINITY, &coverage, err);
        if (status != PEL_OK) return status;
        out->paths_chao1 = coverage.chao1 / n;
        out->paths_chao1_sd = coverage.chao1_sd / n;
        chao1 += coverage.chao1;
    }
    switch (fit->settings.paths_from) {
    case PEL_FIT_PATHS_FOUND:
        fit->paths = (double)pool->counts.kept / (double)pool->n_samples;
        break;
    case PEL_FIT_PATHS_CHAO1:
        fit->paths = chao1 / (double)pool->n_samples;
        break;
    case PEL_FIT_PATHS_GIVEN:
        fit->paths = fit->settings.paths;
        break;
    }
    return PEL_OK;
}

pel_status pel_fit_prefactor(struct pel_fit *fit, const struct pel_pool *pool,
                             struct pel_error *err)
{
    const pel_status status = use_paths(fit, pool, err);
    return status == PEL_OK ? use_frequency(fit, pool, err) : status;
}

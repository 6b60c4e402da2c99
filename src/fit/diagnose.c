#include "fit_priv.h"

#include <pelrate/constants.h>
#include <pelrate/special.h>
#include <pelrate/statistics.h>

#include <math.h>
#include <stdlib.h>

double pel_fit_n_eff_temperature(size_t k)
{
    static const double temperatures[PEL_FIT_N_EFF] = {300.0, 600.0, 900.0};
    return k < PEL_FIT_N_EFF ? temperatures[k] : NAN;
}

struct pel_likelihood_level pel_fit_events(const struct pel_pool *pool, size_t level,
                                           enum pel_landscape_spectrum which)
{
    const struct pel_pool_level *l = &pool->levels[level];
    return (struct pel_likelihood_level){
        .e_is = l->e_is,
        .n = l->counts.kept,
        .energy = (which == PEL_ACTIVATION ? pool->e_a : pool->e_r) + l->first,
        .weight = pool->weight + l->first};
}

/* What the kept events of one level say; scratch[n]. */
static pel_status describe(const struct pel_pool *pool, size_t l, double scratch[],
                           struct pel_fit_level *out, struct pel_error *err)
{
    const struct pel_pool_level *level = &pool->levels[l];
    const size_t n = level->counts.kept;
    const double *e_a = pool->e_a + level->first, *e_r = pool->e_r + level->first;
    const double *w = pool->weight + level->first;

    out->mean_e_a = pel_statistics_mean(n, e_a, w);
    out->sd_e_a = pel_statistics_sd(n, e_a, w);
    out->mean_e_r = pel_statistics_mean(n, e_r, w);
    out->sd_e_r = pel_statistics_sd(n, e_r, w);
    out->min_e_a = INFINITY;
    double downhill = 0.0, total = 0.0;
    for (size_t i = 0; i < n; i++) {
        out->min_e_a = fmin(out->min_e_a, e_a[i]);
        total += w[i];
        if (e_r[i] > e_a[i]) downhill += w[i];
    }
    out->downhill = downhill / total;

    out->pearson = pel_statistics_pearson(n, e_a, e_r);
    out->pearson_p = pel_statistics_correlation_p(n, out->pearson);
    const pel_status status = pel_statistics_spearman(n, e_a, e_r, &out->spearman, err);
    if (status != PEL_OK) return status;
    out->spearman_p = pel_statistics_correlation_p(n, out->spearman);

    for (size_t k = 0; k < PEL_FIT_N_EFF; k++) {
        const double beta = 1.0 / (PEL_KB * pel_fit_n_eff_temperature(k));
        for (size_t i = 0; i < n; i++)
            scratch[i] = log(w[i]) - beta * e_a[i];
        out->n_eff[k] = pel_statistics_n_eff(n, scratch);
    }
    for (size_t s = 0; s < level->n_samples; s++)
        scratch[s] = pool->samples[level->first_sample + s].e_is;
    out->e_is_sd = pel_statistics_sd(level->n_samples, scratch, NULL);
    out->force_calls_per_distinct =
        level->counts.distinct > 0
            ? (double)level->counts.force_calls / (double)level->counts.distinct
            : NAN;
    return PEL_OK;
}

/* E_log of the weighted events, and of the landscape made from them; and how far it is to
 * the equilibrium line. */
static pel_status compare(const struct pel_fit *fit, const struct pel_pool *pool,
                          size_t l, struct pel_landscape_scratch *memory,
                          double scratch[], struct pel_fit_level *out,
                          struct pel_error *err)
{
    const struct pel_likelihood_level level = pel_fit_events(pool, l, PEL_ACTIVATION);
    const double beta = 1.0 / (PEL_KB * PEL_FIT_E_LOG_K);
    double total = 0.0;
    for (size_t i = 0; i < level.n; i++) {
        scratch[i] = log(level.weight[i]) - beta * level.energy[i];
        total += level.weight[i];
    }
    out->e_log_events = -(pel_special_ln_sum_exp(level.n, scratch) - log(total)) / beta;
    struct pel_average average;
    const pel_status status = pel_landscape_average(
        fit->landscape, level.e_is, beta, PEL_RANGE_STRICT, memory, &average, err);
    if (status != PEL_OK) return status;
    out->e_log_fit = -average.ln_z / beta;
    return pel_landscape_shift(fit->landscape, level.e_is, memory, &out->e_r_shift, err);
}

/* Distance to the chosen family of a spectrum; the weights make fewer events of many. */
static pel_status distance(const struct pel_fit *fit, const struct pel_pool *pool,
                           size_t l, enum pel_landscape_spectrum which, double scratch[],
                           double *ks, double *p, struct pel_error *err)
{
    *ks = *p = NAN;
    if (fit->n_trials[which] == 0) return PEL_OK;
    const struct pel_likelihood_level level = pel_fit_events(pool, l, which);
    const pel_status status =
        pel_likelihood_distance(&fit->trials[which][0].fit, &level, ks, err);
    if (status != PEL_OK) return status;
    for (size_t i = 0; i < level.n; i++)
        scratch[i] = log(level.weight[i]);
    *p = pel_statistics_kolmogorov_p(pel_statistics_n_eff(level.n, scratch), *ks);
    return PEL_OK;
}

pel_status pel_fit_diagnose(struct pel_fit *fit, const struct pel_pool *pool,
                            struct pel_error *err)
{
    double *scratch = malloc((pool->n + pool->n_samples) * sizeof *scratch);
    if (scratch == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu events", pool->n);
    struct pel_landscape_scratch *memory = NULL;
    pel_status status = pel_landscape_scratch_create(fit->landscape, &memory, err);
    for (size_t l = 0; status == PEL_OK && l < fit->n_levels; l++) {
        struct pel_fit_level *out = &fit->levels[l];
        status = describe(pool, l, scratch, out, err);
        if (status == PEL_OK) status = compare(fit, pool, l, memory, scratch, out, err);
        if (status == PEL_OK)
            status = distance(fit, pool, l, PEL_ACTIVATION, scratch, &out->ks_activation,
                              &out->ks_activation_p, err);
        if (status == PEL_OK)
            status = distance(fit, pool, l, PEL_RELAXATION, scratch, &out->ks_relaxation,
                              &out->ks_relaxation_p, err);
    }
    pel_landscape_scratch_free(memory);
    free(scratch);
    return status;
}

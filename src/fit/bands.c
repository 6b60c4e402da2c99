#include "fit_priv.h"

#include <pelrate/constants.h>
#include <pelrate/statistics.h>

#include <math.h>
#include <stdlib.h>

struct pel_fit_bands_settings pel_fit_bands_settings_defaults(void)
{
    return (struct pel_fit_bands_settings){.replicates = 200, .seed = 1, .share = 0.6827};
}

enum { QUANTITIES = 3 };

/* e_log, e_kin and e_r of a landscape at each level of the pool and each temperature:
 * values[(level * n_temperatures + t) * QUANTITIES + quantity], `stride` apart. */
static pel_status evaluate(const struct pel_landscape *landscape,
                           const struct pel_pool *pool,
                           const struct pel_fit_bands_settings *s, size_t stride,
                           double values[], struct pel_error *err)
{
    struct pel_landscape_scratch *scratch = NULL;
    pel_status status = pel_landscape_scratch_create(landscape, &scratch, err);
    for (size_t t = 0; status == PEL_OK && t < s->n_temperatures; t++) {
        const double beta = 1.0 / (PEL_KB * s->temperature[t]);
        for (size_t l = 0; status == PEL_OK && l < pool->n_levels; l++) {
            struct pel_average average;
            status = pel_landscape_average(landscape, pool->levels[l].e_is, beta,
                                           PEL_RANGE_STRICT, scratch, &average, err);
            double *at = values + (l * s->n_temperatures + t) * QUANTITIES * stride;
            at[0] = -average.ln_z / beta;
            at[stride] = -average.ln_z_b;
            at[2 * stride] = average.e_r;
        }
    }
    pel_landscape_scratch_free(scratch);
    return status;
}

/* Fit to one resampled pool what was fitted to the whole: kind, bins and families are
 * decided already. */
static pel_status replicate(const struct pel_fit *fit, const struct pel_pool *pool,
                            const struct pel_fit_bands_settings *s, size_t number,
                            size_t stride, double values[], struct pel_error *err)
{
    struct pel_fit_settings settings = fit->settings;
    settings.min_events = 1;
    settings.paths_from = PEL_FIT_PATHS_GIVEN;
    settings.paths = fit->paths;
    settings.frequency_from = PEL_FIT_FREQUENCY_ASSUMED;
    settings.attempt_frequency_Hz = fit->attempt_frequency_Hz;
    for (size_t k = 0; k < 2 && settings.kind == PEL_LANDSCAPE_HISTOGRAM; k++)
        settings.bin_width_eV[k] = fit->bins[k].width;
    if (settings.kind == PEL_LANDSCAPE_PARAMETRIC) {
        settings.degree = (int)fit->degree;
        settings.activation = fit->trials[PEL_ACTIVATION][0].family;
        settings.relaxation = fit->trials[PEL_RELAXATION][0].family;
    }
    struct pel_pool *drawn = NULL;
    struct pel_fit *again = NULL;
    pel_status status = pel_pool_resample(pool, s->seed, number, &drawn, err);
    if (status == PEL_OK) status = pel_fit_create(drawn, &settings, &again, err);
    if (status == PEL_OK)
        status = evaluate(again->landscape, pool, s, stride, values, err);
    pel_fit_free(again);
    pel_pool_free(drawn);
    return status;
}

static pel_status check(const struct pel_fit_bands_settings *s, struct pel_error *err)
{
    if (s->replicates < 2)
        return pel_error_set(
            err, PEL_EARG, "%zu bootstrap replicates, expected 2 or more", s->replicates);
    if (!(s->share > 0.0 && s->share < 1.0))
        return pel_error_set(err, PEL_EARG,
                             "share of replicates in a band is %g, expected 0 to 1",
                             s->share);
    if (s->n_temperatures == 0)
        return pel_error_set(err, PEL_EARG, "no temperatures for the bands");
    for (size_t t = 0; t < s->n_temperatures; t++)
        if (!(s->temperature[t] > 0.0 && isfinite(s->temperature[t])))
            return pel_error_set(err, PEL_EARG,
                                 "temperature of a band is %g K, expected more than 0",
                                 s->temperature[t]);
    return PEL_OK;
}

/* - the fit itself at every point
 * - replicates: resample, fit, evaluate; values of one quantity lie together
 * - quantiles */
pel_status pel_fit_bands(const struct pel_fit *fit, const struct pel_pool *pool,
                         const struct pel_fit_bands_settings *settings,
                         const struct pel_progress *progress, struct pel_fit_band bands[],
                         size_t *failed, struct pel_error *err)
{
    *failed = 0;
    pel_status status = check(settings, err);
    if (status != PEL_OK) return status;
    const size_t points = pool->n_levels * settings->n_temperatures;
    const size_t most = settings->replicates;
    double *own = malloc(points * QUANTITIES * sizeof *own);
    double *values = malloc(points * QUANTITIES * most * sizeof *values);
    if (own == NULL || values == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "bands of %zu replicates", most);
        goto done;
    }
    status = evaluate(fit->landscape, pool, settings, 1, own, err);
    size_t good = 0;
    struct pel_error why = {0};
    for (size_t r = 0; status == PEL_OK && r < most; r++) {
        status = pel_progress_report(progress, (double)r, (double)most, "bootstrap");
        if (status != PEL_OK) {
            pel_error_set(err, status, "interrupted after %zu of %zu replicates", r,
                          most);
            break;
        }
        const pel_status made =
            replicate(fit, pool, settings, r, most, values + good, &why);
        if (made == PEL_ENOMEM)
            status = pel_error_set(err, made, "%s", why.text);
        else if (made == PEL_OK)
            good++;
        else
            ++*failed;
    }
    if (status == PEL_OK && 2 * good < most)
        status = pel_error_set(err, PEL_ENOCONV,
                               "%zu of %zu bootstrap replicates could not be fitted: %s",
                               *failed, most, why.text);
    if (status != PEL_OK) goto done;
    for (size_t i = 0; i < points; i++) {
        struct pel_fit_band *b = &bands[i];
        double *at = values + i * QUANTITIES * most;
        *b = (struct pel_fit_band){
            .e_is = pool->levels[i / settings->n_temperatures].e_is,
            .temperature = settings->temperature[i % settings->n_temperatures],
            .e_log = own[i * QUANTITIES],
            .e_kin = own[i * QUANTITIES + 1],
            .e_r = own[i * QUANTITIES + 2]};
        const double share = pel_statistics_bootstrap_share(
            settings->share, pool->levels[i / settings->n_temperatures].n_samples);
        pel_statistics_band(good, at, share, &b->e_log_lo, &b->e_log_hi);
        pel_statistics_band(good, at + most, share, &b->e_kin_lo, &b->e_kin_hi);
        pel_statistics_band(good, at + 2 * most, share, &b->e_r_lo, &b->e_r_hi);
    }
    pel_progress_report(progress, (double)most, (double)most, "bootstrap");
done:
    free(own);
    free(values);
    return status;
}

#include "fit_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pel_fit_settings pel_fit_settings_defaults(void)
{
    return (struct pel_fit_settings){.kind = PEL_LANDSCAPE_HISTOGRAM,
                                     .attempt_frequency_Hz = 1e13,
                                     .min_events = 10,
                                     .bins = PEL_BINS_FREEDMAN_DIACONIS,
                                     .max_bins = 200,
                                     .degree = -1,
                                     .minimum = pel_minimum_settings_defaults()};
}

void pel_fit_free(struct pel_fit *fit)
{
    if (fit == NULL) return;
    pel_landscape_free(fit->landscape);
    free(fit->levels);
    free(fit);
}

static pel_status no_memory(struct pel_error *err)
{
    return pel_error_set(err, PEL_ENOMEM, "fit of a landscape");
}

static pel_status check(const struct pel_fit_settings *s, const struct pel_pool *pool,
                        struct pel_error *err)
{
    if (!(s->attempt_frequency_Hz > 0.0 && isfinite(s->attempt_frequency_Hz)))
        return pel_error_set(err, PEL_EARG,
                             "attempt frequency is %g Hz, expected more than 0",
                             s->attempt_frequency_Hz);
    if (s->paths_from == PEL_FIT_PATHS_GIVEN && !(s->paths > 0.0 && isfinite(s->paths)))
        return pel_error_set(err, PEL_EARG, "number of paths is %g, expected more than 0",
                             s->paths);
    for (size_t k = 0; k < 2; k++)
        if (!(s->bin_width_eV[k] >= 0.0 && isfinite(s->bin_width_eV[k])))
            return pel_error_set(
                err, PEL_EARG,
                "bin width is %g eV, expected more than 0 (or 0: by the rule)",
                s->bin_width_eV[k]);
    for (size_t l = 0; l < pool->n_levels; l++) {
        const struct pel_pool_level *level = &pool->levels[l];
        if (level->counts.kept < s->min_events || level->counts.kept == 0)
            return pel_error_set(
                err, PEL_EARG,
                "%zu events at %.6g eV/atom (%zu samples, %zu distinct, %zu removed by "
                "the selection), expected at least %zu in each level",
                level->counts.kept, level->e_is, level->n_samples, level->counts.distinct,
                level->counts.below_e_a + level->counts.below_e_r,
                s->min_events > 0 ? s->min_events : 1);
    }
    if (s->treatment.kind != PEL_TREATMENT_UNSAID && s->kind != PEL_LANDSCAPE_EVENTS &&
        !s->joint)
        return pel_error_set(err, PEL_EARG,
                             "treatment %s needs pairs of E_A and E_R: the events kind, "
                             "or a joint histogram",
                             pel_landscape_treatment_name(s->treatment.kind));
    if (s->joint && s->kind != PEL_LANDSCAPE_HISTOGRAM)
        return pel_error_set(err, PEL_EARG,
                             "a joint histogram belongs to the histogram kind");
    if (s->kind != PEL_LANDSCAPE_PARAMETRIC) return PEL_OK;
    /* Degree 0 of one level is a density, but no landscape: it has no range. */
    if (pool->n_levels < 2)
        return pel_error_set(err, PEL_EARG,
                             "one level, expected at least two for a parametric "
                             "landscape");
    if (s->degree > 2 || s->degree >= (int)pool->n_levels)
        return pel_error_set(err, PEL_EARG,
                             "degree %d with %zu levels, expected 0 to 2 and less than "
                             "the number of levels",
                             s->degree, pool->n_levels);
    const struct pel_family *given[] = {s->activation, s->relaxation};
    for (size_t k = 0; k < 2; k++)
        if (given[k] != NULL && !pel_likelihood_has(given[k]))
            return pel_error_set(err, PEL_EARG, "family %s cannot be fitted",
                                 given[k]->name);
    return PEL_OK;
}

/* ---- histogram --------------------------------------------------------------------- */

/* Edges, densities and counts of all levels for one spectrum, in one block:
 * lo[n], hi[n], then density[n] and count[n] of each level. */
static pel_status fill_bins(struct pel_fit *fit, const struct pel_pool *pool,
                            enum pel_landscape_spectrum which, double floor,
                            double **block, struct pel_error *err)
{
    const struct pel_fit_settings *s = &fit->settings;
    size_t *n = malloc(pool->n_levels * sizeof *n);
    const double **values = malloc(pool->n_levels * sizeof *values);
    pel_status status = n != NULL && values != NULL ? PEL_OK : no_memory(err);
    struct pel_bins *bins = &fit->bins[which];
    if (status == PEL_OK) {
        for (size_t l = 0; l < pool->n_levels; l++) {
            const struct pel_likelihood_level level = pel_fit_events(pool, l, which);
            n[l] = level.n;
            values[l] = level.energy;
        }
        const double width = s->bin_width_eV[which];
        status = width > 0.0 ? pel_bins_of_width(floor, width, pool->n_levels, n, values,
                                                 bins, err)
                             : pel_bins_by_rule(s->bins, floor, s->max_bins,
                                                pool->n_levels, n, values, bins, err);
    }
    free(n);
    free(values);
    if (status != PEL_OK) return status;

    *block = malloc((2 + 2 * pool->n_levels) * bins->n * sizeof **block);
    if (*block == NULL) return no_memory(err);
    double *lo = *block, *hi = lo + bins->n, *at = hi + bins->n;
    for (size_t k = 0; k < bins->n; k++) {
        lo[k] = pel_bins_edge(bins, k);
        hi[k] = pel_bins_edge(bins, k + 1);
    }
    for (size_t l = 0; status == PEL_OK && l < pool->n_levels; l++, at += 2 * bins->n) {
        const struct pel_likelihood_level level = pel_fit_events(pool, l, which);
        double *density = at, *count = at + bins->n, total = 0.0;
        status = pel_bins_count(bins, level.n, level.energy, level.weight, count, density,
                                err);
        for (size_t k = 0; k < bins->n; k++)
            total += density[k];
        /* The width as the edges have it, so that the density integrates to one. */
        for (size_t k = 0; k < bins->n; k++)
            density[k] /= total * (hi[k] - lo[k]);
    }
    return status;
}

static struct pel_histogram histogram(const struct pel_bins *bins, const double *block,
                                      size_t level)
{
    const double *at = block + (2 + 2 * level) * bins->n;
    return (struct pel_histogram){.n = bins->n,
                                  .lo_eV = block,
                                  .hi_eV = block + bins->n,
                                  .density = at,
                                  .count = at + bins->n};
}

/* Cells of a joint histogram, all levels together. */
#define MOST_CELLS 20000000

/* Density and count of all cells of all levels, in one block: those of a level one after
 * the other. */
static pel_status fill_cells(struct pel_fit *fit, const struct pel_pool *pool,
                             struct pel_landscape_cells cells[], double **block,
                             struct pel_error *err)
{
    const struct pel_bins *a = &fit->bins[PEL_ACTIVATION],
                          *r = &fit->bins[PEL_RELAXATION];
    const size_t n = a->n * r->n;
    if (n > MOST_CELLS / pool->n_levels)
        return pel_error_set(err, PEL_EARG,
                             "joint histogram of %zu times %zu bins at %zu levels, "
                             "expected %d cells at most",
                             a->n, r->n, pool->n_levels, MOST_CELLS);
    *block = calloc(2 * n * pool->n_levels, sizeof **block);
    if (*block == NULL) return no_memory(err);
    for (size_t l = 0; l < pool->n_levels; l++) {
        const struct pel_likelihood_level e_a = pel_fit_events(pool, l, PEL_ACTIVATION);
        const struct pel_likelihood_level e_r = pel_fit_events(pool, l, PEL_RELAXATION);
        double *density = *block + 2 * n * l, *count = density + n, total = 0.0;
        for (size_t k = 0; k < e_a.n; k++) {
            const size_t cell =
                pel_bins_find(a, e_a.energy[k]) * r->n + pel_bins_find(r, e_r.energy[k]);
            const double weight = e_a.weight != NULL ? e_a.weight[k] : 1.0;
            density[cell] += weight;
            count[cell] += 1.0;
            total += weight;
        }
        for (size_t i = 0; i < a->n; i++)
            for (size_t j = 0; j < r->n; j++)
                density[i * r->n + j] /= total *
                                         (pel_bins_edge(a, i + 1) - pel_bins_edge(a, i)) *
                                         (pel_bins_edge(r, j + 1) - pel_bins_edge(r, j));
        cells[l] = (struct pel_landscape_cells){.density = density, .count = count};
    }
    return PEL_OK;
}

static pel_status make_histogram(struct pel_fit *fit, const struct pel_pool *pool,
                                 const struct pel_landscape_head *head,
                                 struct pel_error *err)
{
    double *blocks[3] = {NULL, NULL, NULL};
    struct pel_landscape_level *levels = calloc(pool->n_levels, sizeof *levels);
    struct pel_landscape_cells *cells = calloc(pool->n_levels, sizeof *cells);
    pel_status status = levels != NULL && cells != NULL ? PEL_OK : no_memory(err);
    if (status == PEL_OK)
        status = fill_bins(fit, pool, PEL_ACTIVATION, pool->min_e_a_eV, &blocks[0], err);
    if (status == PEL_OK)
        status = fill_bins(fit, pool, PEL_RELAXATION, pool->min_e_r_eV, &blocks[1], err);
    if (status == PEL_OK) {
        for (size_t l = 0; l < pool->n_levels; l++)
            levels[l] = (struct pel_landscape_level){
                .e_is_eV_per_atom = pool->levels[l].e_is,
                .activation = histogram(&fit->bins[PEL_ACTIVATION], blocks[0], l),
                .relaxation = histogram(&fit->bins[PEL_RELAXATION], blocks[1], l)};
        if (fit->settings.joint) status = fill_cells(fit, pool, cells, &blocks[2], err);
    }
    if (status == PEL_OK)
        status = pel_landscape_create_joint(head, pool->n_levels, levels,
                                            fit->settings.joint ? cells : NULL,
                                            &fit->landscape, err);
    free(levels);
    free(cells);
    free(blocks[2]);
    free(blocks[0]);
    free(blocks[1]);
    return status;
}

/* ---- parametric -------------------------------------------------------------------- */

static int by_aic(const void *a, const void *b)
{
    const struct pel_fit_trial *x = a, *y = b;
    if (x->converged != y->converged) return y->converged - x->converged;
    if (!x->converged) return 0;
    return (x->fit.aic > y->fit.aic) - (x->fit.aic < y->fit.aic);
}

/* Fit the given family, or all of them, to one spectrum; best first. */
static pel_status try_families(struct pel_fit *fit, const struct pel_pool *pool,
                               enum pel_landscape_spectrum which,
                               const struct pel_family *given, struct pel_error *err)
{
    struct pel_likelihood_level *levels = calloc(pool->n_levels, sizeof *levels);
    if (levels == NULL) return no_memory(err);
    for (size_t l = 0; l < pool->n_levels; l++)
        levels[l] = pel_fit_events(pool, l, which);
    pel_status status = PEL_OK;
    struct pel_error why = {0};
    for (size_t k = 0; status == PEL_OK && k < pel_family_count(); k++) {
        const struct pel_family *family = pel_family_at(k);
        if (!pel_likelihood_has(family) || (given != NULL && family != given)) continue;
        if (fit->n_trials[which] == PEL_FIT_FAMILIES) break;
        struct pel_fit_trial *trial = &fit->trials[which][fit->n_trials[which]++];
        trial->family = family;
        why = (struct pel_error){0};
        const pel_status found =
            pel_likelihood_maximise(family, fit->degree, pool->n_levels, levels,
                                    &fit->settings.minimum, &trial->fit, &why);
        trial->converged = found == PEL_OK;
        /* A family that does not fit is a result; anything else is an error. */
        if (found == PEL_ENOCONV)
            snprintf(trial->reason, sizeof trial->reason, "%.150s", why.text);
        else if (found != PEL_OK)
            status = pel_error_set(err, found, "%s", why.text);
    }
    free(levels);
    if (status != PEL_OK) return status;
    qsort(fit->trials[which], fit->n_trials[which], sizeof fit->trials[which][0], by_aic);
    if (fit->n_trials[which] > 0 && fit->trials[which][0].converged) return PEL_OK;
    return pel_error_set(err, PEL_ENOCONV, "%s spectrum: no family could be fitted: %s",
                         which == PEL_ACTIVATION ? "activation" : "relaxation", why.text);
}

static pel_status make_parametric(struct pel_fit *fit, const struct pel_pool *pool,
                                  const struct pel_landscape_head *head,
                                  struct pel_error *err)
{
    fit->degree = fit->settings.degree >= 0 ? (size_t)fit->settings.degree : 1;
    pel_status status =
        try_families(fit, pool, PEL_ACTIVATION, fit->settings.activation, err);
    if (status == PEL_OK)
        status = try_families(fit, pool, PEL_RELAXATION, fit->settings.relaxation, err);
    if (status != PEL_OK) return status;

    struct pel_landscape_row rows[2 * PEL_FAMILY_PARAMETERS];
    size_t n = 0;
    for (int which = 0; which < 2; which++) {
        const struct pel_likelihood *best = &fit->trials[which][0].fit;
        for (size_t k = 0; k < best->family->n_parameters; k++, n++) {
            rows[n] = (struct pel_landscape_row){
                .spectrum = which == 0 ? PEL_ACTIVATION : PEL_RELAXATION,
                .family = best->family->name,
                .parameter = best->family->parameter[k].name};
            memcpy(rows[n].c, best->c[k], sizeof rows[n].c);
        }
    }
    return pel_landscape_create_parametric(
        head, fit->trials[0][0].fit.reference_e_is, pool->levels[0].e_is,
        pool->levels[pool->n_levels - 1].e_is, n, rows, &fit->landscape, err);
}

/* ---- events ------------------------------------------------------------------------ */

static pel_status make_events(struct pel_fit *fit, const struct pel_pool *pool,
                              const struct pel_landscape_head *head,
                              struct pel_error *err)
{
    for (size_t i = 0; i < pool->n; i++)
        if (!(pool->weight[i] == 1.0))
            return pel_error_set(err, PEL_EARG,
                                 "events of different weights, expected each the same: "
                                 "a landscape of events has no weights");
    const char **sample = malloc(pool->n * sizeof *sample);
    double *e_is = malloc(pool->n * sizeof *e_is);
    pel_status status = sample != NULL && e_is != NULL ? PEL_OK : no_memory(err);
    for (size_t s = 0; status == PEL_OK && s < pool->n_samples; s++)
        for (size_t i = 0; i < pool->samples[s].counts.kept; i++) {
            sample[pool->samples[s].first + i] = pool->samples[s].name;
            e_is[pool->samples[s].first + i] = pool->levels[pool->samples[s].level].e_is;
        }
    if (status == PEL_OK)
        status = pel_landscape_create_events(head, pool->n, sample, e_is, pool->e_a,
                                             pool->e_r, &fit->landscape, err);
    free(sample);
    free(e_is);
    return status;
}

static pel_status make(struct pel_fit *fit, const struct pel_pool *pool,
                       struct pel_error *err)
{
    const struct pel_landscape_head head = {.name = fit->settings.name,
                                            .atoms = pool->atoms,
                                            .paths = fit->paths,
                                            .attempt_frequency_Hz =
                                                fit->attempt_frequency_Hz,
                                            .molar_mass_g_per_mol = pool->molar_mass,
                                            .equilibrium = fit->settings.equilibrium,
                                            .treatment = fit->settings.treatment};
    switch (fit->settings.kind) {
    case PEL_LANDSCAPE_HISTOGRAM:
        return make_histogram(fit, pool, &head, err);
    case PEL_LANDSCAPE_PARAMETRIC:
        return make_parametric(fit, pool, &head, err);
    case PEL_LANDSCAPE_EVENTS:
        break;
    }
    return make_events(fit, pool, &head, err);
}

pel_status pel_fit_create(const struct pel_pool *pool,
                          const struct pel_fit_settings *settings, struct pel_fit **out,
                          struct pel_error *err)
{
    *out = NULL;
    const struct pel_fit_settings defaults = pel_fit_settings_defaults();
    if (settings == NULL) settings = &defaults;
    pel_status status = check(settings, pool, err);
    if (status != PEL_OK) return status;
    struct pel_fit *fit = calloc(1, sizeof *fit);
    if (fit == NULL) return no_memory(err);
    fit->settings = *settings;
    fit->n_levels = pool->n_levels;
    fit->levels = calloc(pool->n_levels, sizeof *fit->levels);
    status = fit->levels != NULL ? pel_fit_prefactor(fit, pool, err) : no_memory(err);
    if (status == PEL_OK) status = make(fit, pool, err);
    if (status == PEL_OK) status = pel_fit_diagnose(fit, pool, err);
    if (status != PEL_OK) {
        pel_fit_free(fit);
        return status;
    }
    *out = fit;
    return PEL_OK;
}

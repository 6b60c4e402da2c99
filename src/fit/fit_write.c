#include "fit_priv.h"

#include <pelrate/provenance.h>
#include <pelrate/table.h>

#include <math.h>
#include <string.h>

static const char *const grouping_names[] = {"each sample a level", "gap", "edges",
                                             "groups"};

static void put_selection(const struct pel_pool *pool,
                          const struct pel_pool_settings *selection, FILE *stream)
{
    const struct pel_pool_counts *c = &pool->counts;
    pel_provenance_put(stream, "fit_sampler_settings", "%s", pool->settings);
    pel_provenance_put(stream, "fit_sampler_settings_pooled", "%zu", pool->n_settings);
    pel_provenance_put(stream, "fit_searches", "%zu", c->searches);
    pel_provenance_put(stream, "fit_valid", "%zu", c->valid);
    pel_provenance_put(stream, "fit_distinct", "%zu", c->distinct);
    pel_provenance_put(stream, "fit_min_e_a_eV", "%.17g", pool->min_e_a_eV);
    pel_provenance_put(stream, "fit_removed_below_min_e_a", "%zu", c->below_e_a);
    pel_provenance_put(stream, "fit_min_e_r_eV", "%.17g", pool->min_e_r_eV);
    pel_provenance_put(stream, "fit_removed_below_min_e_r", "%zu", c->below_e_r);
    pel_provenance_put(stream, "fit_kept", "%zu", c->kept);
    pel_provenance_put(stream, "fit_grouping", "%s", grouping_names[selection->grouping]);
    if (selection->grouping == PEL_POOL_GAP)
        pel_provenance_put(stream, "fit_level_gap_eV_per_atom", "%.17g",
                           selection->gap_eV_per_atom);
    if (selection->grouping == PEL_POOL_EDGES) {
        fputs("# fit_level_edges_eV_per_atom:", stream);
        for (size_t i = 0; i < selection->n_edges; i++)
            fprintf(stream, " %.17g", selection->edges_eV_per_atom[i]);
        fputc('\n', stream);
    }
    pel_provenance_put(stream, "fit_level_e_is", "mean over the samples of the level");
    pel_provenance_put(stream, "fit_weighting",
                       pool->weighting == PEL_POOL_EACH_EVENT
                           ? "each event the same"
                           : "each sample of a level the same");
}

/* A number, or "none" where it is not defined. */
static void put_value(FILE *stream, const char *name, double value)
{
    if (isnan(value))
        fprintf(stream, " %s=none", name);
    else
        fprintf(stream, " %s=%.6g", name, value);
}

static void put_frequencies(FILE *stream, const struct pel_fit_frequencies *f)
{
    fprintf(stream, " attempt_frequencies=%zu", f->n);
    put_value(stream, "attempt_frequency_Hz", f->mean_Hz);
    put_value(stream, "attempt_frequency_sd_log10", f->sd_log10);
    put_value(stream, "attempt_frequency_600K_Hz", f->at_600K_Hz);
    put_value(stream, "attempt_frequency_pearson", f->pearson);
    put_value(stream, "attempt_frequency_pearson_p", f->pearson_p);
}

static void put_level(const struct pel_fit *fit, const struct pel_pool *pool, size_t l,
                      FILE *stream)
{
    const struct pel_pool_level *level = &pool->levels[l];
    const struct pel_fit_level *d = &fit->levels[l];
    fprintf(stream, "# fit_level_%zu: e_is_eV_per_atom=%.17g samples=", l + 1,
            level->e_is);
    for (size_t s = 0; s < level->n_samples; s++) {
        /* A line break cannot come from the record; a comma separates. */
        const struct pel_pool_sample *sample = &pool->samples[level->first_sample + s];
        fprintf(stream, "%s%s", s > 0 ? "," : "", sample->name);
    }
    fprintf(stream, " searches=%zu valid=%zu distinct=%zu kept=%zu",
            level->counts.searches, level->counts.valid, level->counts.distinct,
            level->counts.kept);
    put_value(stream, "mean_e_a_eV", d->mean_e_a);
    put_value(stream, "mean_e_r_eV", d->mean_e_r);
    put_value(stream, "pearson", d->pearson);
    put_value(stream, "pearson_p", d->pearson_p);
    put_value(stream, "spearman", d->spearman);
    put_value(stream, "spearman_p", d->spearman_p);
    for (size_t k = 0; k < PEL_FIT_N_EFF; k++)
        fprintf(stream, " n_eff_%gK=%.6g", pel_fit_n_eff_temperature(k), d->n_eff[k]);
    put_value(stream, "e_log_600K_events_eV", d->e_log_events);
    put_value(stream, "e_log_600K_fit_eV", d->e_log_fit);
    if (fit->settings.equilibrium != NULL)
        put_value(stream, "e_r_moved_by_eV", d->e_r_shift);
    put_value(stream, "paths_found", d->paths_found);
    put_value(stream, "paths_chao1", d->paths_chao1);
    put_value(stream, "paths_chao1_sd", d->paths_chao1_sd);
    if (d->frequencies.n > 0) put_frequencies(stream, &d->frequencies);
    if (fit->settings.kind == PEL_LANDSCAPE_PARAMETRIC) {
        put_value(stream, "ks_activation", d->ks_activation);
        put_value(stream, "ks_activation_p", d->ks_activation_p);
        put_value(stream, "ks_relaxation", d->ks_relaxation);
        put_value(stream, "ks_relaxation_p", d->ks_relaxation_p);
    }
    fputc('\n', stream);
}

static void put_how(const struct pel_fit *fit, const struct pel_pool *pool, FILE *stream)
{
    if (fit->settings.equilibrium != NULL)
        pel_provenance_put(
            stream, "fit_equilibrium_line",
            "<E_R> is what makes closure %s steady on it; P(E_R) gives its shape alone",
            pel_equilibrium_closure_name(
                pel_equilibrium_closure(fit->settings.equilibrium)));
    static const char *const spectra[] = {"activation", "relaxation"};
    static const char *const paths[] = {
        "mean number of kept events per sample, a lower bound",
        "Chao1 of the kept events, mean over the samples, a lower bound", "given"};
    pel_provenance_put(stream, "fit_paths", "%s", paths[fit->settings.paths_from]);
    if (fit->settings.frequency_from == PEL_FIT_FREQUENCY_ASSUMED) {
        pel_provenance_put(stream, "fit_attempt_frequency", "assumed");
    } else {
        fprintf(stream,
                "# fit_attempt_frequency: measured, geometric mean over %zu of %zu "
                "events:",
                fit->frequencies.n, pool->n);
        put_frequencies(stream, &fit->frequencies);
        fputc('\n', stream);
    }
    for (int which = 0; which < 2; which++) {
        if (fit->settings.kind == PEL_LANDSCAPE_HISTOGRAM) {
            const char *rule = fit->settings.bin_width_eV[which] > 0.0 ? "given"
                               : fit->settings.bins == PEL_BINS_KNUTH
                                   ? "Knuth"
                                   : "Freedman-Diaconis";
            fprintf(stream,
                    "# fit_bins_%s: width_eV=%.17g origin_eV=%.17g n=%zu rule=%s\n",
                    spectra[which], fit->bins[which].width, fit->bins[which].origin,
                    fit->bins[which].n, rule);
        }
        if (fit->settings.kind != PEL_LANDSCAPE_PARAMETRIC) continue;
        const struct pel_likelihood *best = &fit->trials[which][0].fit;
        fprintf(stream,
                "# fit_family_%s: %s degree=%zu ln_likelihood=%.10g gradient=%.3g "
                "at_border=%d\n",
                spectra[which], best->family->name, best->degree, best->ln_likelihood,
                best->report.gradient, best->at_border);
        fprintf(stream, "# fit_aic_%s:", spectra[which]);
        for (size_t k = 0; k < fit->n_trials[which]; k++) {
            const struct pel_fit_trial *trial = &fit->trials[which][k];
            if (trial->converged)
                fprintf(stream, " %s=%.6f", trial->family->name, trial->fit.aic);
            else
                fprintf(stream, " %s=failed", trial->family->name);
        }
        fputc('\n', stream);
    }
    if (fit->settings.kind == PEL_LANDSCAPE_PARAMETRIC)
        pel_provenance_put(stream, "fit_ks_p",
                           "optimistic, the parameters were fitted to the same events");
}

pel_status pel_fit_write(const struct pel_fit *fit, const struct pel_pool *pool,
                         const struct pel_pool_settings *selection, FILE *stream,
                         struct pel_error *err)
{
    put_selection(pool, selection, stream);
    put_how(fit, pool, stream);
    for (size_t l = 0; l < fit->n_levels; l++)
        put_level(fit, pool, l, stream);
    return pel_landscape_write(fit->landscape, stream, err);
}

void pel_fit_write_report(const struct pel_fit *fit, const struct pel_pool *pool,
                          FILE *stream)
{
    fputs(
        "level,e_is_eV_per_atom,e_is_sd_eV_per_atom,samples,searches,valid,distinct,"
        "below_min_e_a,below_min_e_r,kept,force_calls_per_distinct,mean_e_a_eV,sd_e_a_eV,"
        "min_e_a_eV,mean_e_r_eV,sd_e_r_eV,downhill_share,pearson,pearson_p,spearman,"
        "spearman_p,n_eff_300K,n_eff_600K,n_eff_900K,ks_activation,ks_activation_p,"
        "ks_relaxation,ks_relaxation_p,e_log_600K_events_eV,e_log_600K_fit_eV,"
        "paths_found,paths_chao1,paths_chao1_sd,attempt_frequencies,"
        "attempt_frequency_Hz,attempt_frequency_sd_log10,attempt_frequency_600K_Hz,"
        "attempt_frequency_pearson,attempt_frequency_pearson_p\n",
        stream);
    for (size_t l = 0; l < fit->n_levels; l++) {
        const struct pel_pool_level *level = &pool->levels[l];
        const struct pel_fit_level *d = &fit->levels[l];
        const double row[] = {(double)(l + 1),
                              level->e_is,
                              d->e_is_sd,
                              (double)level->n_samples,
                              (double)level->counts.searches,
                              (double)level->counts.valid,
                              (double)level->counts.distinct,
                              (double)level->counts.below_e_a,
                              (double)level->counts.below_e_r,
                              (double)level->counts.kept,
                              d->force_calls_per_distinct,
                              d->mean_e_a,
                              d->sd_e_a,
                              d->min_e_a,
                              d->mean_e_r,
                              d->sd_e_r,
                              d->downhill,
                              d->pearson,
                              d->pearson_p,
                              d->spearman,
                              d->spearman_p,
                              d->n_eff[0],
                              d->n_eff[1],
                              d->n_eff[2],
                              d->ks_activation,
                              d->ks_activation_p,
                              d->ks_relaxation,
                              d->ks_relaxation_p,
                              d->e_log_events,
                              d->e_log_fit,
                              d->paths_found,
                              d->paths_chao1,
                              d->paths_chao1_sd,
                              (double)d->frequencies.n,
                              d->frequencies.mean_Hz,
                              d->frequencies.sd_log10,
                              d->frequencies.at_600K_Hz,
                              d->frequencies.pearson,
                              d->frequencies.pearson_p};
        pel_table_put_row(stream, sizeof row / sizeof row[0], row);
    }
}

void pel_fit_write_bands(size_t n, const struct pel_fit_band bands[], FILE *stream)
{
    fputs("e_is_eV_per_atom,temperature_K,e_log_eV,e_log_lo_eV,e_log_hi_eV,e_kin_eV,"
          "e_kin_lo_eV,e_kin_hi_eV,e_r_eV,e_r_lo_eV,e_r_hi_eV\n",
          stream);
    for (size_t i = 0; i < n; i++) {
        const struct pel_fit_band *b = &bands[i];
        const double row[] = {b->e_is,     b->temperature, b->e_log,    b->e_log_lo,
                              b->e_log_hi, b->e_kin,       b->e_kin_lo, b->e_kin_hi,
                              b->e_r,      b->e_r_lo,      b->e_r_hi};
        pel_table_put_row(stream, sizeof row / sizeof row[0], row);
    }
}

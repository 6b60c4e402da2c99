#include "command.h"
#include "fit_plot.h"
#include "selection.h"

#include <math.h>
#include <pelrate/fit.h>
#include <pelrate/provenance.h>
#include <pelrate/table.h>
#include <pelrate/text.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const char details[] =
    "From activated events (`pelrate events --csv`) to a landscape that every other command\n"
    "reads. Only distinct valid events count. Nothing is filtered unless --min-e-a or\n"
    "--min-e-r say so; what they remove is counted in the header, level by level.\n"
    "\n"
    "Levels: each sample is one, unless --level-gap, --level-edges or --level-groups (a CSV\n"
    "with columns sample,level) put several together; E_IS of a level is the mean over its\n"
    "samples. Events of different sampler settings are refused without --pool-settings.\n"
    "\n"
    "Kinds: histogram (common even bins), parametric (maximum likelihood over all levels,\n"
    "each parameter a polynomial in E_IS; families gamma, weibull, lognormal,\n"
    "truncated_normal, shifted_gamma, exponential; auto takes the lowest AIC) and events (as\n"
    "they are: for closures that need to know which E_A goes with which E_R: joint,\n"
    "committor, two-level). A histogram with --joint knows it too: densities over bins of E_A\n"
    "times bins of E_R.\n"
    "\n"
    "Paths and attempt frequency: a landscape has one of each, for all levels. --paths found\n"
    "is the mean number of kept events per sample, which grows with the effort as long as\n"
    "searches find new ones; chao1 is what `pelrate coverage` says there are at least, the\n"
    "mean over the samples, of kept events; a number N of atoms is the equation of Liu et al.\n"
    "(2020) to the letter. --attempt-frequency-Hz measured is the geometric mean over the\n"
    "events that have one in their record; its spread, its correlation with E_A and the one\n"
    "frequency that gives their rate at 600 K are in the header. --report has all of these\n"
    "level by level.\n"
    "\n"
    "--equilibrium-line FILE (temperature_K,e_is_eV_per_atom, from MD or experiment, over\n"
    "the whole range of the levels): <E_R>(E_IS) such that the steady state lies exactly on\n"
    "it, for the closure --equilibrium-closure. The landscape carries the line; the header\n"
    "says how far <E_R> of the events is from it.\n"
    "\n"
    "--treatment committor --z Z, or two-level --pair-barrier E, of events that flip to and\n"
    "fro: recorded in the landscape. Commands use that closure unless their --closure says\n"
    "otherwise; the other two treatments are none and floors (--min-e-a, --min-e-r).\n"
    "\n"
    "--report: a row a level with counts, means, correlations of (E_A, E_R), n_eff, goodness\n"
    "of fit. --bands: e_is_eV_per_atom,temperature_K and E_log, E_kin, <E_R> with the ends of\n"
    "their bands from --bootstrap replicates over samples.\n"
    "\n"
    "Example: the shipped events of Cu56Zr44, without the hops that go straight back\n"
    "  $ pelrate fit data/cuzr/events.csv --level-edges -4.679,-4.6715 --bin-width 0.05,0.05 --min-e-r 0.1 --report levels.csv -o landscape.csv\n";
/* clang-format on */

/* What was asked for. */
struct job {
    const char *kind, *family, *families[2], *bins, *weight, *paths, *frequency, *report,
        *bands;
    const char *line, *line_closure, *treatment;
    struct pel_equilibrium *equilibrium; /* owned */
    struct cli_list widths, temperatures;
    long long degree, min_events, bootstrap;
    struct cli_selection selection;
    struct pel_fit_settings settings;
    struct pel_fit_bands_settings band_settings;
    size_t n_inputs;
    const char *const *inputs; /* events, then the groups */
};

static int check_kind(const struct cli *cli, struct job *job)
{
    const enum pel_landscape_kind kinds[] = {
        PEL_LANDSCAPE_HISTOGRAM, PEL_LANDSCAPE_PARAMETRIC, PEL_LANDSCAPE_EVENTS};
    size_t k = 0;
    while (k < 3 && strcmp(job->kind, pel_landscape_kind_name(kinds[k])) != 0)
        k++;
    if (k == 3)
        return cli_usage(cli, "--kind: '%s', expected histogram, parametric or events",
                         job->kind);
    job->settings.kind = kinds[k];

    const struct pel_family **family[] = {&job->settings.activation,
                                          &job->settings.relaxation};
    static const char *const option[] = {"activation-family", "relaxation-family"};
    for (size_t i = 0; i < 2; i++) {
        const char *name = job->families[i] != NULL ? job->families[i] : job->family;
        if (name == NULL || strcmp(name, "auto") == 0) continue;
        *family[i] = pel_family_find(name);
        if (pel_likelihood_has(*family[i])) continue;
        return cli_usage(cli,
                         "--%s: '%s', expected auto, gamma, weibull, lognormal, "
                         "truncated_normal, shifted_gamma or exponential",
                         job->families[i] != NULL ? option[i] : "family", name);
    }
    if (job->settings.kind != PEL_LANDSCAPE_PARAMETRIC &&
        (job->family != NULL || job->families[0] != NULL || job->families[1] != NULL ||
         job->degree >= 0))
        return cli_usage(cli, "families and --degree belong to --kind parametric");
    if (job->settings.joint && job->settings.kind != PEL_LANDSCAPE_HISTOGRAM)
        return cli_usage(cli, "--joint belongs to --kind histogram");
    if (job->degree > 2)
        return cli_usage(cli, "--degree: %lld, expected 0, 1 or 2", job->degree);
    job->settings.degree = job->degree >= 0 ? (int)job->degree : -1;
    return CLI_DONE;
}

/* The treatment that is recorded, with the one parameter that belongs to it. */
static int check_treatment(const struct cli *cli, struct job *job)
{
    struct pel_landscape_treatment *t = &job->settings.treatment;
    struct pel_error err = {0};
    if (job->treatment != NULL &&
        pel_landscape_treatment_find(job->treatment, &t->kind, &err) != PEL_OK)
        return cli_usage(cli, "--treatment: %s", err.text);
    if (isnan(t->z) == (t->kind == PEL_TREATMENT_COMMITTOR))
        return cli_usage(cli, "--treatment committor and --z belong together");
    if (isnan(t->pair_eV) == (t->kind == PEL_TREATMENT_TWO_LEVEL))
        return cli_usage(cli, "--treatment two-level and --pair-barrier belong together");
    if (isnan(t->z)) t->z = 0.0;
    if (isnan(t->pair_eV)) t->pair_eV = 0.0;
    if (t->kind != PEL_TREATMENT_UNSAID && job->settings.kind != PEL_LANDSCAPE_EVENTS &&
        !job->settings.joint)
        return cli_usage(cli, "--treatment needs --kind events, or --joint");
    return CLI_DONE;
}

/* Whether the closure of the equilibrium line can be had. */
static int check_line(const struct cli *cli, const struct job *job)
{
    if (job->line == NULL)
        return job->line_closure == NULL
                   ? CLI_DONE
                   : cli_usage(cli, "--equilibrium-closure belongs to "
                                    "--equilibrium-line");
    enum pel_equilibrium_closure closure;
    struct pel_error err = {0};
    if (job->line_closure == NULL) return CLI_DONE;
    if (pel_equilibrium_closure_find(job->line_closure, &closure, &err) != PEL_OK)
        return cli_usage(cli, "--equilibrium-closure: %s", err.text);
    if (closure == PEL_EQUILIBRIUM_JOINT && job->settings.kind != PEL_LANDSCAPE_EVENTS &&
        !job->settings.joint)
        return cli_usage(cli,
                         "--equilibrium-closure joint needs --kind events, or --joint");
    return CLI_DONE;
}

static pel_status read_line(struct job *job, struct pel_error *err)
{
    if (job->line == NULL) return PEL_OK;
    enum pel_equilibrium_closure closure = PEL_EQUILIBRIUM_LOG_MEAN;
    pel_status status = PEL_OK;
    if (job->line_closure != NULL)
        status = pel_equilibrium_closure_find(job->line_closure, &closure, err);
    if (status == PEL_OK)
        status = pel_equilibrium_read(job->line, closure, &job->equilibrium, err);
    job->settings.equilibrium = job->equilibrium;
    return status;
}

/* The line is read too, after the events and the groups. */
static const char *const *with_line(struct cli *cli, struct job *job)
{
    if (job->inputs == NULL || job->line == NULL) return job->inputs;
    const char **all = cli_own(cli, calloc(job->n_inputs + 1, sizeof *all));
    if (all == NULL) return NULL;
    for (size_t i = 0; i < job->n_inputs; i++)
        all[i] = job->inputs[i];
    all[job->n_inputs++] = job->line;
    return all;
}

/* Where paths and attempt frequency come from. */
static int check_prefactor(const struct cli *cli, struct job *job)
{
    struct pel_fit_settings *s = &job->settings;
    if (job->paths != NULL && strcmp(job->paths, "chao1") == 0) {
        s->paths_from = PEL_FIT_PATHS_CHAO1;
    } else if (job->paths != NULL && strcmp(job->paths, "found") != 0) {
        s->paths_from = PEL_FIT_PATHS_GIVEN;
        if (pel_text_to_double(job->paths, &s->paths) != 0 || !(s->paths > 0.0))
            return cli_usage(cli, "--paths: '%s', expected found, chao1 or a number > 0",
                             job->paths);
    }
    if (job->frequency != NULL && strcmp(job->frequency, "measured") == 0) {
        s->frequency_from = PEL_FIT_FREQUENCY_MEASURED;
    } else if (job->frequency != NULL &&
               (pel_text_to_double(job->frequency, &s->attempt_frequency_Hz) != 0 ||
                !(s->attempt_frequency_Hz > 0.0))) {
        return cli_usage(cli,
                         "--attempt-frequency-Hz: '%s', expected measured or a number > "
                         "0",
                         job->frequency);
    }
    return CLI_DONE;
}

static int check(struct cli *cli, struct job *job)
{
    struct pel_fit_settings *s = &job->settings;
    int exit_status = check_kind(cli, job);
    if (exit_status == CLI_DONE) exit_status = cli_selection_check(cli, &job->selection);
    if (exit_status == CLI_DONE) exit_status = check_prefactor(cli, job);
    if (exit_status == CLI_DONE) exit_status = check_line(cli, job);
    if (exit_status == CLI_DONE) exit_status = check_treatment(cli, job);
    if (exit_status != CLI_DONE) return exit_status;
    if (strcmp(job->weight, "sample") == 0)
        job->selection.selection.weighting = PEL_POOL_PER_SAMPLE;
    else if (strcmp(job->weight, "event") != 0)
        return cli_usage(cli, "--weight: '%s', expected event or sample", job->weight);
    if (strcmp(job->bins, "knuth") == 0)
        s->bins = PEL_BINS_KNUTH;
    else if (strcmp(job->bins, "fd") != 0)
        return cli_usage(cli, "--bins: '%s', expected fd or knuth", job->bins);
    if (job->widths.n > 2)
        return cli_usage(cli, "--bin-width: %zu widths, expected one or two",
                         job->widths.n);
    for (size_t i = 0; job->widths.n > 0 && i < 2; i++) {
        s->bin_width_eV[i] = job->widths.values[i < job->widths.n ? i : 0];
        if (!(s->bin_width_eV[i] > 0.0))
            return cli_usage(cli, "--bin-width: %g eV, expected more than 0",
                             s->bin_width_eV[i]);
    }
    if (job->min_events < 1)
        return cli_usage(cli, "--min-events: %lld, expected 1 or more", job->min_events);
    s->min_events = (size_t)job->min_events;
    if ((job->bootstrap > 0) != (job->bands != NULL))
        return cli_usage(cli, "--bootstrap and --bands go together");
    if (job->bands != NULL) {
        if (job->bootstrap < 2 || job->bootstrap > 100000)
            return cli_usage(cli, "--bootstrap: %lld, expected 2 to 100000",
                             job->bootstrap);
        static const double usual[] = {300.0, 400.0, 500.0, 600.0, 700.0, 800.0, 900.0};
        job->band_settings.replicates = (size_t)job->bootstrap;
        job->band_settings.seed = (uint64_t)cli->seed;
        job->band_settings.n_temperatures = sizeof usual / sizeof usual[0];
        job->band_settings.temperature = usual;
        if (job->temperatures.n > 0) {
            job->band_settings.n_temperatures = job->temperatures.n;
            job->band_settings.temperature = job->temperatures.values;
        }
        for (size_t i = 0; i < job->band_settings.n_temperatures; i++)
            if (!(job->band_settings.temperature[i] > 0.0))
                return cli_usage(cli, "--temperature: %g K, expected above 0",
                                 job->band_settings.temperature[i]);
    } else if (job->temperatures.n > 0) {
        return cli_usage(cli, "--temperature belongs to --bands");
    }
    const char *const paths[] = {job->report, job->bands};
    return cli_outputs_check(cli, 2, paths);
}

static pel_status write_landscape(const struct cli *cli, const struct job *job,
                                  const struct pel_fit *fit, const struct pel_pool *pool,
                                  struct pel_error *err)
{
    struct pel_output *output;
    pel_status status = cli_open(cli, cli->output, PEL_LANDSCAPE_FORMAT, job->n_inputs,
                                 job->inputs, &output, err);
    if (status != PEL_OK) return status;
    status = pel_fit_write(fit, pool, &job->selection.selection,
                           pel_output_stream(output), err);
    /* A stream that failed fails again here, with the name of the file and the reason. */
    if (status == PEL_OK || status == PEL_EIO) return pel_output_commit(output, err);
    pel_output_discard(output);
    return status;
}

static pel_status write_report(const struct cli *cli, const struct job *job,
                               const struct pel_fit *fit, const struct pel_pool *pool,
                               struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status = cli_open(cli, job->report, PEL_FIT_REPORT_FORMAT,
                                       job->n_inputs, job->inputs, &output, err);
    if (status != PEL_OK) return status;
    pel_fit_write_report(fit, pool, pel_output_stream(output));
    return pel_output_commit(output, err);
}

static pel_status write_bands(struct cli *cli, const struct job *job,
                              const struct pel_fit *fit, const struct pel_pool *pool,
                              struct pel_error *err)
{
    const size_t n = fit->n_levels * job->band_settings.n_temperatures;
    struct pel_fit_band *bands = cli_own(cli, calloc(n, sizeof *bands));
    if (bands == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu bands", n);
    size_t failed = 0;
    cli_progress_start(cli, "fit");
    pel_status status = pel_fit_bands(fit, pool, &job->band_settings, &cli->progress,
                                      bands, &failed, err);
    cli_progress_end(cli);
    struct pel_output *output;
    if (status == PEL_OK)
        status = cli_open(cli, job->bands, PEL_FIT_BANDS_FORMAT, job->n_inputs,
                          job->inputs, &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    pel_provenance_put(stream, "replicates", "%zu", job->band_settings.replicates);
    pel_provenance_put(stream, "replicates_failed", "%zu", failed);
    pel_provenance_put(stream, "share", "%.17g", job->band_settings.share);
    pel_fit_write_bands(n, bands, stream);
    status = pel_output_commit(output, err);
    if (status == PEL_OK && failed > 0)
        cli_note(cli, "%zu of %zu bootstrap replicates could not be fitted, left out",
                 failed, job->band_settings.replicates);
    return status;
}

/* What everybody who uses the landscape should have read. */
static void tell(const struct cli *cli, const struct pel_fit *fit,
                 const struct pel_pool *pool)
{
    size_t correlated = 0, alone = 0;
    double apart = 0.0;
    for (size_t l = 0; l < fit->n_levels; l++) {
        const struct pel_pool_level *level = &pool->levels[l];
        const struct pel_fit_level *d = &fit->levels[l];
        cli_note(cli,
                 "%.6g eV/atom: %zu sample%s, %zu searches, %zu valid, %zu distinct, %zu "
                 "kept; E_A %.3g, E_R %.3g eV; Pearson %.2f, Spearman %.2f; n_eff %.3g, "
                 "%.3g, %.3g at 300, 600, 900 K",
                 level->e_is, level->n_samples, level->n_samples == 1 ? "" : "s",
                 level->counts.searches, level->counts.valid, level->counts.distinct,
                 level->counts.kept, d->mean_e_a, d->mean_e_r, d->pearson, d->spearman,
                 d->n_eff[0], d->n_eff[1], d->n_eff[2]);
        if (fabs(d->e_log_fit - d->e_log_events) > fabs(apart))
            apart = d->e_log_fit - d->e_log_events;
        correlated += d->pearson_p < 0.01;
        alone += level->n_samples == 1;
    }
    static const char *const spectra[] = {"activation", "relaxation"};
    for (size_t which = 0; which < 2; which++)
        for (size_t k = 0; k < fit->n_trials[which]; k++) {
            const struct pel_fit_trial *trial = &fit->trials[which][k];
            if (!trial->converged)
                cli_note(cli, "%s: %s", spectra[which], trial->reason);
            else
                cli_note(cli, "%s: %s, AIC %+.2f%s%s", spectra[which],
                         trial->family->name,
                         trial->fit.aic - fit->trials[which][0].fit.aic,
                         trial->fit.at_border ? ", at the border of its domain" : "",
                         k == 0 ? " (taken)" : "");
        }
    if (pool->counts.below_e_a + pool->counts.below_e_r > 0)
        cli_note(cli,
                 "the selection removed %zu of %zu distinct events (E_A: %zu, E_R: %zu)",
                 pool->counts.below_e_a + pool->counts.below_e_r, pool->counts.distinct,
                 pool->counts.below_e_a, pool->counts.below_e_r);
    if (fit->settings.kind != PEL_LANDSCAPE_EVENTS)
        cli_note(
            cli,
            "E_log at %g K: that of the landscape is up to %+.2g eV from that of the "
            "events themselves",
            PEL_FIT_E_LOG_K, apart);
    if (fit->settings.equilibrium != NULL) {
        double low = INFINITY, high = -INFINITY;
        for (size_t l = 0; l < fit->n_levels; l++) {
            low = fmin(low, fit->levels[l].e_r_shift);
            high = fmax(high, fit->levels[l].e_r_shift);
        }
        cli_note(
            cli,
            "the equilibrium line moves <E_R> of the levels by %+.3g to %+.3g eV; it "
            "holds for closure %s",
            low, high,
            pel_equilibrium_closure_name(
                pel_equilibrium_closure(fit->settings.equilibrium)));
    }
    cli_note(cli, "paths %.4g a cell, attempt frequency %.3g Hz", fit->paths,
             fit->attempt_frequency_Hz);
    if (fit->settings.frequency_from == PEL_FIT_FREQUENCY_MEASURED)
        cli_note(
            cli,
            "attempt frequencies of %zu of %zu events: log10 spread %.2f, Pearson with "
            "E_A %.2f; %.3g Hz give their rate at 600 K",
            fit->frequencies.n, pool->n, fit->frequencies.sd_log10,
            fit->frequencies.pearson, fit->frequencies.at_600K_Hz);
    if (correlated > 0 && !pel_landscape_has_pairs(fit->landscape))
        cli_note(
            cli,
            "E_A and E_R are correlated in %zu of %zu levels (p < 0.01); the closures "
            "log-mean and kinetic take them as independent",
            correlated, fit->n_levels);
    if (alone > 0)
        cli_note(cli,
                 "%zu of %zu levels rest on one sample: its lowest barriers are luck",
                 alone, fit->n_levels);
}

static pel_status make(struct cli *cli, struct job *job, const char *const *paths,
                       size_t n_paths, struct pel_pool **pool, struct pel_fit **fit,
                       struct pel_error *err)
{
    pel_status status = read_line(job, err);
    if (status == PEL_OK)
        status = cli_selection_pool(cli, &job->selection, n_paths, paths, pool, err);
    if (status == PEL_OK) status = pel_fit_create(*pool, &job->settings, fit, err);
    if (status == PEL_OK) status = write_landscape(cli, job, *fit, *pool, err);
    if (status == PEL_OK && job->report != NULL)
        status = write_report(cli, job, *fit, *pool, err);
    if (status == PEL_OK && job->bands != NULL)
        status = write_bands(cli, job, *fit, *pool, err);
    if (status == PEL_OK && cli->plot != NULL)
        status = cli_fit_plot(cli, *fit, *pool, err);
    if (status == PEL_OK) tell(cli, *fit, *pool);
    return status;
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.kind = "histogram",
                      .bins = "fd",
                      .weight = "event",
                      .degree = -1,
                      .selection = cli_selection_defaults(),
                      .settings = pel_fit_settings_defaults(),
                      .band_settings = pel_fit_bands_settings_defaults()};
    job.settings.treatment.z = job.settings.treatment.pair_eV = NAN; /* not given */
    job.min_events = (long long)job.settings.min_events;
    const struct cli_option options[] = {
        {"kind", CLI_TEXT, &job.kind, "KIND",
         "histogram (default), parametric or events"},
        CLI_SELECTION_OPTIONS(&job.selection),
        {"weight", CLI_TEXT, &job.weight, "event|sample",
         "what counts the same within a level (default: event)"},
        {"min-events", CLI_INTEGER, &job.min_events, "N",
         "a level with fewer is an error (default: 10)"},
        {"bins", CLI_TEXT, &job.bins, "fd|knuth",
         "rule of the bin width: Freedman-Diaconis (default) or Knuth"},
        {"bin-width", CLI_LIST, &job.widths, "W[,W]",
         "width of the bins of E_A and of E_R (eV)"},
        {"joint", CLI_FLAG, &job.settings.joint, NULL,
         "histogram: which E_A goes with which E_R, in cells of both bins"},
        {"family", CLI_TEXT, &job.family, "NAME",
         "of both spectra; auto (default): lowest AIC"},
        {"activation-family", CLI_TEXT, &job.families[0], "NAME", "of P(E_A) alone"},
        {"relaxation-family", CLI_TEXT, &job.families[1], "NAME", "of P(E_R) alone"},
        {"degree", CLI_INTEGER, &job.degree, "0|1|2",
         "of the parameters as polynomials in E_IS (default: 1)"},
        {"attempt-frequency-Hz", CLI_TEXT, &job.frequency, "measured|NU",
         "per path (Hz; default: 1e13)"},
        {"paths", CLI_TEXT, &job.paths, "found|chao1|M",
         "escape paths of the cell (default: found)"},
        {"equilibrium-line", CLI_TEXT, &job.line, "FILE",
         "where the glass is steady: temperature_K,e_is_eV_per_atom"},
        {"equilibrium-closure", CLI_TEXT, &job.line_closure, "NAME",
         "for which closure: log-mean (default), kinetic or joint"},
        {"treatment", CLI_TEXT, &job.treatment, "NAME",
         "of reversible events, recorded: committor or two-level"},
        {"z", CLI_NUMBER, &job.settings.treatment.z, "Z", "committor: paths onward"},
        {"pair-barrier", CLI_NUMBER, &job.settings.treatment.pair_eV, "E",
         "two-level: pairs have both barriers below this (eV)"},
        {"name", CLI_TEXT, &job.settings.name, "TEXT", "name of the landscape"},
        {"report", CLI_TEXT, &job.report, "FILE", "write the table of levels here"},
        {"bootstrap", CLI_INTEGER, &job.bootstrap, "N", "replicates for --bands"},
        {"bands", CLI_TEXT, &job.bands, "FILE", "write bands of the averages here"},
        {"temperature", CLI_LIST, &job.temperatures, "T[,T...]",
         "of the bands (K; default: 300:900:7)"},
        {0}};
    const char *const *operands;
    size_t n;
    int finished;
    int exit_status =
        cli_parse(cli, options, CLI_WITH_OUTPUT | CLI_WITH_PLOT | CLI_WITH_SEED, argc,
                  argv, 1, (size_t)argc, &n, &operands, &finished);
    if (exit_status != CLI_DONE || finished) return exit_status;
    exit_status = check(cli, &job);
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    struct pel_pool *pool = NULL;
    struct pel_fit *fit = NULL;
    job.inputs = cli_selection_inputs(cli, &job.selection, n, operands, &job.n_inputs);
    job.inputs = with_line(cli, &job);
    pel_status status = job.inputs != NULL
                            ? make(cli, &job, operands, n, &pool, &fit, &err)
                            : pel_error_set(&err, PEL_ENOMEM, "out of memory");
    pel_fit_free(fit);
    pel_pool_free(pool);
    pel_equilibrium_free(job.equilibrium);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_fit = {"fit", "landscapes from activated events",
                                    "EVENTS...", details, run};

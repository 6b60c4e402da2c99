#include "calibrate_plot.h"
#include "command.h"

#include <math.h>
#include <pelrate/calibrate.h>
#include <pelrate/closure.h>
#include <pelrate/landscape.h>
#include <pelrate/measured.h>
#include <pelrate/provenance.h>
#include <pelrate/table.h>
#include <pelrate/text.h>
#include <stdlib.h>
#include <string.h>

static const char details[] =
    "Fits parameters of a parametric landscape, and the attempt frequency, to measured DSC\n"
    "scans: several at once, each with its own rates. Names are those of the file,\n"
    "SPECTRUM.PARAMETER.cK (activation.offset.c0; .c0 may be left out), and\n"
    "attempt_frequency_Hz. Without --free: c0 and c1 of the first activation parameter in eV,\n"
    "c1 of the first relaxation parameter, and the attempt frequency. Scans do not see the\n"
    "zero of E_IS: with c1 in both spectra, c0 of both spectra cannot be free together, and\n"
    "the report says so.\n\n"
    "A scan file has columns temperature_K or temperature_C, and one of heat_flow_W_per_g,\n"
    "_mW_per_mg, _mW_per_g, _W_per_mol or _mW (with mass_mg); columns cool_K_per_s and\n"
    "heat_K_per_s make each pair of values a scan. Header keys cool_K_per_s, heat_K_per_s (or\n"
    "_K_per_min), start_K, bottom_K, exo (up or down), mass_mg; options give what a header\n"
    "lacks. Without bottom_K heating starts at the first row. Files of `pelrate dsc` are read\n"
    "as they are.\n\n"
    "Output: the fitted landscape. --report: parameter,unit,value,lower_95,upper_95,\n"
    "identifiable, the limits by profile: the smallest chi2 that the others reach while a\n"
    "parameter is held. Identifiable is yes, one-sided or no; a limit that does not exist is\n"
    "empty. --curves: scan,temperature_K, heat_flow_W_per_g,fitted_W_per_g,baseline_W_per_g,\n"
    "exo up.\n\n"
    "Example: scans of the landscape R1, fitted from an offset that is 2 % off\n"
    "  $ pelrate dsc data/reference/r1.landscape.csv --cool 20,2000 --end 800 -o made.csv\n"
    "  $ sed s/,0.55,/,0.561,/ data/reference/r1.landscape.csv > guess.csv\n"
    "  $ pelrate calibrate guess.csv --dsc made.csv --free activation.offset --starts 1 --draws 1 --report report.csv -o fitted.csv\n";

/* What the user wants, and what became of it. */
struct job {
    const char *closure_name;
    struct cli_texts dsc, names, bound_texts;
    struct cli_list cool; /* as given, in unit */
    double heat;          /* as given, in unit */
    const char *unit, *exo, *baseline;
    const char *report, *curves; /* files; NULL: not wanted */
    struct pel_measured_given given;
    struct pel_calibrate_settings set;
    long long starts, draws;

    const struct pel_closure *closure;
    struct pel_landscape *landscape; /* owned */
    size_t n;
    struct pel_coefficient *c;  /* [n] owned by the cli */
    double *lower, *upper;      /* [n] owned by the cli */
    struct pel_measured **file; /* [dsc.n], owned */
    size_t n_scans;
    struct pel_calibrate_scan *scans; /* [n_scans] owned by the cli */
    const char **inputs;              /* [1 + dsc.n] owned by the cli */
    struct pel_calibrate *fit;        /* owned */
};

static int check(struct cli *cli, struct job *job)
{
    static const char *const baselines[] = {"none", "offset", "slope", "step"};
    const char *const paths[] = {job->report, job->curves};
    double per_second = 1.0;
    if (strcmp(job->unit, "K/min") == 0)
        per_second = 1.0 / 60.0;
    else if (strcmp(job->unit, "K/s") != 0)
        return cli_usage(cli, "--unit: '%s', expected K/s or K/min", job->unit);
    if (job->exo != NULL) {
        job->given.exo = strcmp(job->exo, "up") == 0     ? 1
                         : strcmp(job->exo, "down") == 0 ? -1
                                                         : 0;
        if (job->given.exo == 0)
            return cli_usage(cli, "--exo: '%s', expected up or down", job->exo);
    }
    if (job->dsc.n == 0) return cli_usage(cli, "--dsc is missing");
    if (job->cool.n > 1 && job->cool.n != job->dsc.n)
        return cli_usage(cli, "--cool: %zu rates for %zu files, expected one of each",
                         job->cool.n, job->dsc.n);
    for (size_t i = 0; i < job->cool.n; i++) {
        if (!(job->cool.values[i] > 0.0))
            return cli_usage(cli, "--cool: %g, expected rates above 0",
                             job->cool.values[i]);
        job->cool.values[i] *= per_second;
    }
    if (!isnan(job->heat) && !(job->heat > 0.0))
        return cli_usage(cli, "--heat: %g, expected a rate above 0", job->heat);
    job->given.heat_K_per_s = job->heat * per_second;
    const struct {
        const char *name;
        double value;
    } positive[] = {{"start", job->given.start_K},
                    {"bottom", job->given.bottom_K},
                    {"mass-mg", job->given.mass_mg},
                    {"step-width", job->set.step_width_K}};
    for (size_t i = 0; i < sizeof positive / sizeof positive[0]; i++)
        if (!isnan(positive[i].value) && !(positive[i].value > 0.0))
            return cli_usage(cli, "--%s: %g, expected a number above 0", positive[i].name,
                             positive[i].value);
    size_t kind = 0;
    while (kind < 4 && strcmp(job->baseline, baselines[kind]) != 0)
        kind++;
    if (kind == 4)
        return cli_usage(cli, "--baseline: '%s', expected none, offset, slope or step",
                         job->baseline);
    job->set.baseline = (enum pel_calibrate_baseline)kind;
    if (job->set.baseline == PEL_CALIBRATE_STEP && isnan(job->set.step_K))
        return cli_usage(cli, "--baseline step needs --step");
    if (!(job->starts >= 1 && job->starts <= 1000))
        return cli_usage(cli, "--starts: %lld, expected 1 to 1000", job->starts);
    if (!(job->draws >= job->starts && job->draws <= 1000000))
        return cli_usage(cli,
                         "--draws: %lld, expected as many as --starts, at most "
                         "1000000",
                         job->draws);
    if (!(job->set.spread > 0.0 && job->set.spread < 1.0))
        return cli_usage(cli, "--spread: %g, expected within 0 and 1", job->set.spread);
    job->set.starts = (size_t)job->starts;
    job->set.draws = (size_t)job->draws;
    job->set.seed = (uint64_t)cli->seed;
    return cli_outputs_check(cli, 2, paths);
}

/* ---- input ------------------------------------------------------------------------- */

/* --free, or the choice that suits most scans. */
static pel_status choose(struct cli *cli, struct job *job, struct pel_error *err)
{
    job->n = job->names.n > 0 ? job->names.n : 4;
    job->c = cli_own(cli, calloc(job->n, sizeof *job->c));
    job->lower = cli_own(cli, calloc(job->n, sizeof *job->lower));
    job->upper = cli_own(cli, calloc(job->n, sizeof *job->upper));
    if (job->c == NULL || job->lower == NULL || job->upper == NULL)
        return pel_error_set(err, PEL_ENOMEM, "parameters");
    for (size_t k = 0; k < job->n; k++)
        job->lower[k] = job->upper[k] = NAN;
    if (job->names.n == 0) {
        /* Asked for by name first: it says why a landscape has none. */
        struct pel_coefficient any;
        const pel_status status =
            pel_coefficient_find(job->landscape, "attempt_frequency_Hz", &any, err);
        if (status == PEL_OK) job->n = pel_calibrate_choice(job->landscape, job->c);
        return status;
    }
    for (size_t k = 0; k < job->n; k++) {
        const pel_status status =
            pel_coefficient_find(job->landscape, job->names.values[k], &job->c[k], err);
        if (status != PEL_OK) return status;
    }
    return PEL_OK;
}

/* --bounds NAME:LOW:HIGH,... */
static pel_status take_bounds(struct cli *cli, struct job *job, struct pel_error *err)
{
    for (size_t i = 0; i < job->bound_texts.n; i++) {
        const char *text = job->bound_texts.values[i];
        char *copy = cli_own(cli, malloc(strlen(text) + 1));
        if (copy == NULL) return pel_error_set(err, PEL_ENOMEM, "bounds");
        strcpy(copy, text);
        char *low = strchr(copy, ':');
        char *high = low != NULL ? strchr(low + 1, ':') : NULL;
        double values[2];
        if (high != NULL) *low = *high = '\0';
        if (high == NULL || pel_text_to_double(low + 1, &values[0]) != 0 ||
            pel_text_to_double(high + 1, &values[1]) != 0)
            return pel_error_set(err, PEL_EARG, "--bounds: '%s', expected NAME:LOW:HIGH",
                                 text);
        struct pel_coefficient c;
        const pel_status status = pel_coefficient_find(job->landscape, copy, &c, err);
        if (status != PEL_OK) return status;
        size_t k = 0;
        while (k < job->n && strcmp(job->c[k].name, c.name) != 0)
            k++;
        if (k == job->n)
            return pel_error_set(err, PEL_EARG, "--bounds: %s is not free (--free)",
                                 c.name);
        job->lower[k] = values[0];
        job->upper[k] = values[1];
    }
    job->set.lower = job->lower;
    job->set.upper = job->upper;
    return PEL_OK;
}

static pel_status read_scans(struct cli *cli, struct job *job, struct pel_error *err)
{
    const double molar_mass = pel_landscape_head(job->landscape)->molar_mass_g_per_mol;
    job->file = cli_own(cli, calloc(job->dsc.n, sizeof(struct pel_measured *)));
    if (job->file == NULL) return pel_error_set(err, PEL_ENOMEM, "scans");
    for (size_t i = 0; i < job->dsc.n; i++) {
        struct pel_measured_given given = job->given;
        if (job->cool.n > 0)
            given.cool_K_per_s = job->cool.values[job->cool.n > 1 ? i : 0];
        const pel_status status =
            pel_measured_read(job->dsc.values[i], &given, molar_mass, &job->file[i], err);
        if (status != PEL_OK) return status;
        job->n_scans += job->file[i]->n;
    }
    job->scans = cli_own(cli, calloc(job->n_scans, sizeof *job->scans));
    if (job->scans == NULL) return pel_error_set(err, PEL_ENOMEM, "scans");
    size_t at = 0;
    for (size_t i = 0; i < job->dsc.n; i++)
        for (size_t k = 0; k < job->file[i]->n; k++) {
            const struct pel_measured_scan *m = &job->file[i]->scan[k];
            job->scans[at++] =
                (struct pel_calibrate_scan){.name = job->dsc.values[i],
                                            .n = m->n,
                                            .T_K = m->T_K,
                                            .heat_flow = m->heat_flow,
                                            .cool_K_per_s = m->cool_K_per_s,
                                            .heat_K_per_s = m->heat_K_per_s,
                                            .start_K = m->start_K,
                                            .bottom_K = m->bottom_K};
        }
    return PEL_OK;
}

static pel_status open_all(struct cli *cli, struct job *job, const char *path,
                           struct pel_error *err)
{
    job->inputs = cli_own(cli, calloc(1 + job->dsc.n, sizeof *job->inputs));
    if (job->inputs == NULL) return pel_error_set(err, PEL_ENOMEM, "inputs");
    job->inputs[0] = path;
    for (size_t i = 0; i < job->dsc.n; i++)
        job->inputs[1 + i] = job->dsc.values[i];
    pel_status status = pel_closure_find(
        job->closure_name != NULL ? job->closure_name : "log-mean", &job->closure, err);
    if (status == PEL_OK) status = pel_landscape_read(path, &job->landscape, err);
    if (status == PEL_OK) status = choose(cli, job, err);
    if (status == PEL_OK) status = take_bounds(cli, job, err);
    if (status == PEL_OK) status = read_scans(cli, job, err);
    return status;
}

/* ---- output ------------------------------------------------------------------------ */

static void put_number(FILE *stream, const char *key, double value)
{
    char text[PEL_TEXT_DOUBLE];
    pel_provenance_put(stream, key, "%s", pel_text_double(text, value));
}

/* How the fit was made and how good it is; keys that begin with fit_ may stand in the
 * landscape too. */
static void put_keys(FILE *stream, const struct job *job)
{
    const struct pel_calibrate *fit = job->fit;
    pel_provenance_put(stream, "fit_closure", "%s", job->closure->name);
    pel_provenance_put(stream, "fit_baseline", "%s", job->baseline);
    pel_provenance_put(stream, "fit_points", "%zu", fit->points);
    for (size_t s = 0; s < fit->n_scans; s++) {
        char key[48];
        snprintf(key, sizeof key, "fit_scan_%zu", s + 1);
        pel_provenance_put(stream, key,
                           "%s cool_K_per_s=%.9g heat_K_per_s=%.9g start_K=%.9g "
                           "bottom_K=%.9g points=%zu scatter_W_per_g=%.6g",
                           job->scans[s].name, job->scans[s].cool_K_per_s,
                           job->scans[s].heat_K_per_s, job->scans[s].start_K,
                           job->scans[s].bottom_K, job->scans[s].n, fit->sigma[s]);
    }
    put_number(stream, "fit_residual_autocorrelation", fit->autocorrelation);
    put_number(stream, "fit_limits_widened_by", fit->widening);
    pel_provenance_put(stream, "fit_starts", "%zu of %zu ended at the smallest chi2",
                       fit->agreeing, fit->improved);
    pel_provenance_put(stream, "fit_candidates", "%zu of %zu could be computed",
                       fit->candidates, job->set.draws);
    pel_provenance_put(stream, "fit_scans_reach_eV_per_atom", "%.9g %.9g", fit->e_lowest,
                       fit->e_highest);
}

static pel_status write_landscape(const struct cli *cli, const struct job *job,
                                  struct pel_error *err)
{
    struct pel_output *output;
    pel_status status = cli_open(cli, cli->output, PEL_LANDSCAPE_FORMAT, 1 + job->dsc.n,
                                 job->inputs, &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    put_keys(stream, job);
    for (size_t k = 0; k < job->fit->n; k++) {
        const struct pel_calibrate_parameter *p = &job->fit->parameter[k];
        char key[48], text[3][PEL_TEXT_DOUBLE];
        snprintf(key, sizeof key, "fit_parameter_%zu", k + 1);
        pel_provenance_put(stream, key, "%s=%s lower_95=%s upper_95=%s identifiable=%s",
                           p->name, pel_text_double(text[0], p->value),
                           isnan(p->lower) ? "none" : pel_text_double(text[1], p->lower),
                           isnan(p->upper) ? "none" : pel_text_double(text[2], p->upper),
                           pel_calibrate_verdict_name(p->verdict));
    }
    status = pel_landscape_write(job->fit->landscape, stream, err);
    if (status != PEL_OK) {
        pel_output_discard(output);
        return status;
    }
    return pel_output_commit(output, err);
}

static pel_status write_report(const struct cli *cli, const struct job *job,
                               struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status = cli_open(cli, job->report, "pelrate-calibration 1",
                                       1 + job->dsc.n, job->inputs, &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    put_keys(stream, job);
    fputs("parameter,unit,value,lower_95,upper_95,identifiable\n", stream);
    for (size_t k = 0; k < job->fit->n; k++) {
        const struct pel_calibrate_parameter *p = &job->fit->parameter[k];
        fprintf(stream, "%s,%s,", p->name, p->unit);
        const double numbers[] = {p->value, p->lower, p->upper};
        for (int i = 0; i < 3; i++) {
            if (!isnan(numbers[i])) pel_table_put_number(stream, numbers[i]);
            fputc(',', stream);
        }
        fprintf(stream, "%s\n", pel_calibrate_verdict_name(p->verdict));
    }
    return pel_output_commit(output, err);
}

static pel_status write_curves(const struct cli *cli, const struct job *job,
                               struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status = cli_open(cli, job->curves, "pelrate-calibration-curves 1",
                                       1 + job->dsc.n, job->inputs, &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    put_keys(stream, job);
    pel_provenance_put(stream, "exo", "up");
    fputs("scan,temperature_K,heat_flow_W_per_g,fitted_W_per_g,baseline_W_per_g\n",
          stream);
    for (size_t s = 0; s < job->n_scans; s++)
        for (size_t i = 0; i < job->scans[s].n; i++) {
            const double row[] = {(double)(s + 1), job->scans[s].T_K[i],
                                  job->scans[s].heat_flow[i], job->fit->fitted[s][i],
                                  job->fit->baseline[s][i]};
            pel_table_put_row(stream, sizeof row / sizeof row[0], row);
        }
    return pel_output_commit(output, err);
}

/* What the user must know about parameters that the scans do not determine. */
static void tell_parameter(const struct cli *cli, const struct pel_calibrate *fit,
                           size_t k)
{
    const struct pel_calibrate_parameter *p = &fit->parameter[k];
    if (p->verdict == PEL_CALIBRATE_DETERMINED) return;
    const struct pel_calibrate_parameter *other = &fit->parameter[p->partner];
    char with[160] = "";
    if (other != p)
        snprintf(with, sizeof with,
                 " while %s makes up for it: leave one of the two out of --free",
                 other->name);
    if (p->verdict == PEL_CALIBRATE_UNDETERMINED)
        cli_note(
            cli,
            "%s is not determined by these scans: as far as it was looked for (%.6g to "
            "%.6g %s) they fit as well%s",
            p->name, p->bound_lower, p->bound_upper, p->unit, with);
    else if (isnan(p->upper))
        cli_note(
            cli,
            "%s has no upper limit from these scans: up to %.6g %s they fit as well%s",
            p->name, p->bound_upper, p->unit, with);
    else
        cli_note(cli,
                 "%s has no lower limit from these scans: down to %.6g %s they fit as "
                 "well%s",
                 p->name, p->bound_lower, p->unit, with);
}

static void tell(const struct cli *cli, const struct job *job)
{
    const struct pel_calibrate *fit = job->fit;
    const struct pel_landscape *before = job->landscape, *after = fit->landscape;
    for (size_t k = 0; k < fit->n; k++)
        tell_parameter(cli, fit, k);
    if (fit->widening > 1.0)
        cli_note(
            cli,
            "neighbouring residuals are correlated (%.2f): the limits are %.2f times "
            "as wide as for independent ones; the model misses something, or the "
            "instrument smooths",
            fit->autocorrelation, fit->widening);
    if (fit->agreeing == 1 && fit->improved > 1)
        cli_note(cli,
                 "only 1 of %zu starts ended at the smallest chi2: try more --starts and "
                 "--draws",
                 fit->improved);
    if (pel_landscape_e_is_min(before) != pel_landscape_e_is_min(after) ||
        pel_landscape_e_is_max(before) != pel_landscape_e_is_max(after))
        cli_note(cli,
                 "the fitted landscape covers %.6g to %.6g eV/atom, that given %.6g to "
                 "%.6g: the scans reach %.6g to %.6g, and beyond the ends a parameter "
                 "leaves its domain or nothing was asked for",
                 pel_landscape_e_is_min(after), pel_landscape_e_is_max(after),
                 pel_landscape_e_is_min(before), pel_landscape_e_is_max(before),
                 fit->e_lowest, fit->e_highest);
    if (cli->verbose)
        cli_note(cli, "%zu of %zu candidates, %zu of %zu starts agree, %zu evaluations",
                 fit->candidates, job->set.draws, fit->agreeing, fit->improved,
                 fit->evaluations);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.heat = NAN,
                      .unit = "K/s",
                      .baseline = "none",
                      .given = pel_measured_nothing(),
                      .set = pel_calibrate_settings_defaults()};
    job.starts = (long long)job.set.starts;
    job.draws = (long long)job.set.draws;
    const struct cli_option options[] = {
        {"dsc", CLI_TEXTS, &job.dsc, "SCAN[,SCAN...]", "files of measured scans"},
        {"free", CLI_TEXTS, &job.names, "NAME[,NAME...]",
         "parameters to fit (default: see below)"},
        {"bounds", CLI_TEXTS, &job.bound_texts, "NAME:LOW:HIGH[,...]",
         "where to look (default: 0 to twice the value)"},
        {"report", CLI_TEXT, &job.report, "FILE", "write values and limits here"},
        {"curves", CLI_TEXT, &job.curves, "FILE", "write scans and fits here"},
        {"cool", CLI_LIST, &job.cool, "R[,R...]",
         "cooling rate, or one a file (K/s, see --unit)"},
        {"heat", CLI_NUMBER, &job.heat, "R", "heating rate (K/s, see --unit)"},
        {"unit", CLI_TEXT, &job.unit, "UNIT",
         "of --cool and --heat: K/s (default) or K/min"},
        {"start", CLI_NUMBER, &job.given.start_K, "T",
         "cooling started here, in equilibrium (K)"},
        {"bottom", CLI_NUMBER, &job.given.bottom_K, "T",
         "cooling ended and heating started here (K)"},
        {"exo", CLI_TEXT, &job.exo, "up|down", "where exothermic heat flow points"},
        {"mass-mg", CLI_NUMBER, &job.given.mass_mg, "m", "of the sample (mg)"},
        {"from", CLI_NUMBER, &job.given.from_K, "T", "leave out what is below (K)"},
        {"to", CLI_NUMBER, &job.given.to_K, "T", "leave out what is above (K)"},
        {"baseline", CLI_TEXT, &job.baseline, "KIND",
         "of each scan: none (default), offset, slope or step"},
        {"step", CLI_NUMBER, &job.set.step_K, "T", "middle of the step (K)"},
        {"step-width", CLI_NUMBER, &job.set.step_width_K, "w",
         "of the step 1/(1+exp((T0-T)/w)) (K; default: 10)"},
        {"starts", CLI_INTEGER, &job.starts, "n", "descents (default: 3)"},
        {"draws", CLI_INTEGER, &job.draws, "n",
         "candidates that starts are chosen from (default: 200)"},
        {"spread", CLI_NUMBER, &job.set.spread, "x",
         "candidates lie within this part of the values (default: 0.25)"},
        {"closure", CLI_TEXT, &job.closure_name, "NAME", "log-mean (default) or kinetic"},
        {0}};
    const char *const *operands;
    size_t n;
    int finished;
    int exit_status =
        cli_parse(cli, options, CLI_WITH_OUTPUT | CLI_WITH_PLOT | CLI_WITH_SEED, argc,
                  argv, 1, 1, &n, &operands, &finished);
    if (exit_status != CLI_DONE || finished) return exit_status;
    exit_status = check(cli, &job);
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    pel_status status = open_all(cli, &job, operands[0], &err);
    if (status == PEL_OK) {
        cli_progress_start(cli, "calibrate");
        status = pel_calibrate_run(job.landscape, job.closure, job.n, job.c, job.n_scans,
                                   job.scans, &job.set, &cli->progress, &job.fit, &err);
        cli_progress_end(cli);
    }
    if (status == PEL_OK) status = write_landscape(cli, &job, &err);
    if (status == PEL_OK && job.report != NULL) status = write_report(cli, &job, &err);
    if (status == PEL_OK && job.curves != NULL) status = write_curves(cli, &job, &err);
    if (status == PEL_OK && cli->plot != NULL)
        status = cli_calibrate_plot(cli, job.fit, job.scans, job.closure->name, &err);
    if (status == PEL_OK) tell(cli, &job);
    pel_calibrate_free(job.fit);
    for (size_t i = 0; job.file != NULL && i < job.dsc.n; i++)
        pel_measured_free(job.file[i]);
    pel_landscape_free(job.landscape);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_calibrate = {
    "calibrate", "a landscape from measured DSC scans, and how sure its parameters are",
    "LANDSCAPE", details, run};

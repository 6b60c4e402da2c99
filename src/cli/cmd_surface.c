#include "command.h"
#include "surface.h"

#include <math.h>
#include <pelrate/provenance.h>
#include <pelrate/ratemap.h>
#include <pelrate/rates.h>
#include <pelrate/table.h>
#include <stdlib.h>
#include <string.h>

static const char details[] =
    "A surface through mined rates (Liu et al. 2020, Fig. 3): a thin-plate smoothing "
    "spline\nover E_IS and temperature, weighted by the standard errors, smoothed by "
    "generalised\ncross-validation or as told, with bands from a bootstrap.\n\n"
    "Columns: e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s, its band "
    "rate_low_...,\nrate_high_..., extrapolated (1: no rates around), and replicate_1,... "
    "(rates, for\n`pelrate compare`). --curves, refined by root finding: T_max_K, the "
    "rate there, T_ss_K,\neach with the band and the share of replicates that have it; "
    "empty where there is none.\n--scans: the rate with its band at the temperatures of "
    "the grid, at a few E_IS.\n\n"
    "Example: rates mined from the synthetic curves of M1, and their surface\n"
    "  $ pelrate mine data/reference/m1.curves.csv -o rates.csv\n"
    "  $ pelrate surface rates.csv --temperature 500:900:41 --e-is -4.678:-4.667:23 "
    "--curves curves.csv -o map.csv --plot map.svg\n";

struct job {
    struct pel_ratemap_settings settings;
    const char *scale, *curves, *scans; /* NULL: not given */
    long long bootstrap, keep;
    struct pel_rates *rates;    /* owned */
    struct pel_ratemap *map;    /* owned */
    struct cli_surface surface; /* with the map */
    size_t extrapolated;        /* rows */
};

/* Levels of the scans that nobody asked for. */
enum { SCANS = 5 };

static pel_status find_curves(struct cli *cli, struct job *job, struct pel_error *err)
{
    struct cli_surface *s = &job->surface;
    if (s->scan_e_is.n == 0) {
        const double lo = s->e_is.values[0], hi = s->e_is.values[s->e_is.n - 1];
        s->scan_e_is.n = s->e_is.n < SCANS ? s->e_is.n : SCANS;
        s->scan_e_is.values = cli_own(cli, calloc(SCANS, sizeof(double)));
        if (s->scan_e_is.values == NULL) return pel_error_set(err, PEL_ENOMEM, "scans");
        for (size_t k = 0; k < s->scan_e_is.n; k++)
            s->scan_e_is.values[k] =
                lo + (hi - lo) * ((double)k + 0.5) / (double)s->scan_e_is.n;
    }
    s->curve = cli_own(cli, calloc(s->e_is.n, sizeof *s->curve));
    s->scan_curve = cli_own(cli, calloc(s->scan_e_is.n, sizeof *s->scan_curve));
    if (s->curve == NULL || s->scan_curve == NULL)
        return pel_error_set(err, PEL_ENOMEM, "curves");
    pel_status status = PEL_OK;
    cli_progress_start(cli, "curves");
    for (size_t i = 0; status == PEL_OK && i < s->e_is.n; i++) {
        status = pel_ratemap_curve(job->map, s->e_is.values[i], &s->curve[i], err);
        if (status == PEL_OK &&
            pel_progress_report(&cli->progress, (double)(i + 1), (double)s->e_is.n,
                                "curves") != PEL_OK)
            status = pel_error_set(err, PEL_ESTOPPED, "interrupted at the curves");
    }
    cli_progress_end(cli);
    for (size_t i = 0; status == PEL_OK && i < s->scan_e_is.n; i++)
        status =
            pel_ratemap_curve(job->map, s->scan_e_is.values[i], &s->scan_curve[i], err);
    return status;
}

static void put_keys(FILE *stream, const struct job *job)
{
    const struct pel_ratemap_report r = pel_ratemap_report(job->map);
    pel_provenance_put(stream, "rates", "%zu", r.knots);
    pel_provenance_put(stream, "scale", "%s", isnan(r.unit) ? "linear" : "signed-log");
    if (!isnan(r.unit))
        pel_provenance_put(stream, "unit_eV_per_atom_per_s", "%.6g", r.unit);
    pel_provenance_put(stream, "smoothing", "%.6g (%s)", r.smoothing,
                       isnan(job->settings.smoothing) ? "cross-validated" : "given");
    pel_provenance_put(stream, "effective_parameters", "%.4g", r.parameters);
    pel_provenance_put(stream, "scatter_over_standard_error", "%.4g", r.scatter);
    pel_provenance_put(stream, "temperature_scale_K", "%.6g", r.T_scale_K);
    pel_provenance_put(stream, "e_is_scale_eV_per_atom", "%.6g", r.e_scale);
    pel_provenance_put(stream, "replicates", "%zu", pel_ratemap_replicates(job->map));
    pel_provenance_put(stream, "band_share", "%.6g", job->settings.share);
}

static double member_of(const struct pel_ratemap_curve *curve, size_t k)
{
    const double all[] = {curve->e_is,
                          curve->T_max_K.value,
                          curve->T_max_K.low,
                          curve->T_max_K.high,
                          curve->T_max_K.share,
                          curve->rate_at_T_max.value,
                          curve->rate_at_T_max.low,
                          curve->rate_at_T_max.high,
                          curve->T_ss_K.value,
                          curve->T_ss_K.low,
                          curve->T_ss_K.high,
                          curve->T_ss_K.share};
    return all[k];
}

static const char *const members[] = {"e_is_eV_per_atom",
                                      "T_max_K",
                                      "T_max_low_K",
                                      "T_max_high_K",
                                      "T_max_share",
                                      "rate_at_T_max_eV_per_atom_per_s",
                                      "rate_at_T_max_low_eV_per_atom_per_s",
                                      "rate_at_T_max_high_eV_per_atom_per_s",
                                      "T_ss_K",
                                      "T_ss_low_K",
                                      "T_ss_high_K",
                                      "T_ss_share"};
enum { N_MEMBERS = sizeof members / sizeof members[0] };

/* The curves in the head of the map, a list for each member, so that one file holds all
 * that is compared. */
static void put_curve_keys(FILE *stream, const struct cli_surface *s)
{
    for (size_t k = 0; k < N_MEMBERS; k++) {
        fprintf(stream, "# curve_%s:", members[k]);
        for (size_t i = 0; i < s->e_is.n; i++) {
            fputc(' ', stream);
            if (isnan(member_of(&s->curve[i], k)))
                fputs("nan", stream);
            else
                pel_table_put_number(stream, member_of(&s->curve[i], k));
        }
        fputc('\n', stream);
    }
}

static pel_status open_table(const struct cli *cli, const struct job *job,
                             const char *path, const char *format,
                             struct pel_output **output, struct pel_error *err)
{
    const pel_status status = cli_open(cli, path, format, 1, cli->operands, output, err);
    if (status == PEL_OK) put_keys(pel_output_stream(*output), job);
    return status;
}

/* One row: the rate at a point with its band, and n of its replicates. */
static pel_status put_rate(FILE *stream, struct job *job, double e_is, double T, size_t n,
                           double replicates[], int *extrapolated, struct pel_error *err)
{
    struct pel_ratemap_value rate;
    const pel_status status =
        pel_ratemap_rate(job->map, e_is, T, &rate, replicates, extrapolated, err);
    if (status != PEL_OK) return status;
    const double row[] = {e_is, T, rate.value, rate.low, rate.high};
    for (size_t k = 0; k < sizeof row / sizeof row[0]; k++) {
        if (!isnan(row[k])) pel_table_put_number(stream, row[k]);
        fputc(',', stream);
    }
    fprintf(stream, "%d", *extrapolated);
    /* Six digits: they serve for spreads alone. */
    for (size_t k = 0; k < n; k++)
        fprintf(stream, ",%.6g", replicates[k]);
    fputc('\n', stream);
    return PEL_OK;
}

static const char columns[] =
    "e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s,rate_low_eV_per_atom_per_s,"
    "rate_high_eV_per_atom_per_s,extrapolated";

static pel_status write_map(struct cli *cli, struct job *job, struct pel_error *err)
{
    struct pel_output *output;
    const struct cli_surface *s = &job->surface;
    const size_t n = pel_ratemap_replicates(job->map);
    const size_t keep = (size_t)job->keep < n ? (size_t)job->keep : n;
    double *replicates = cli_own(cli, calloc(n + 1, sizeof *replicates));
    if (replicates == NULL) return pel_error_set(err, PEL_ENOMEM, "replicates");
    pel_status status =
        open_table(cli, job, cli->output, "pelrate-surface 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    put_curve_keys(stream, s);
    fputs(columns, stream);
    for (size_t k = 1; k <= keep; k++)
        fprintf(stream, ",replicate_%zu", k);
    fputc('\n', stream);
    for (size_t i = 0; status == PEL_OK && i < s->e_is.n; i++)
        for (size_t j = 0; status == PEL_OK && j < s->temperature.n; j++) {
            int extrapolated = 0;
            status = put_rate(stream, job, s->e_is.values[i], s->temperature.values[j],
                              keep, replicates, &extrapolated, err);
            job->extrapolated += extrapolated != 0;
        }
    if (status == PEL_OK) return pel_output_commit(output, err);
    pel_output_discard(output);
    return status;
}

static pel_status write_scans(struct cli *cli, struct job *job, struct pel_error *err)
{
    struct pel_output *output;
    const struct cli_surface *s = &job->surface;
    double *replicates =
        cli_own(cli, calloc(pel_ratemap_replicates(job->map) + 1, sizeof *replicates));
    if (replicates == NULL) return pel_error_set(err, PEL_ENOMEM, "replicates");
    pel_status status =
        open_table(cli, job, job->scans, "pelrate-surface-scans 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    fprintf(stream, "%s\n", columns);
    for (size_t i = 0; status == PEL_OK && i < s->scan_e_is.n; i++)
        for (size_t j = 0; status == PEL_OK && j < s->temperature.n; j++) {
            int extrapolated;
            status =
                put_rate(stream, job, s->scan_e_is.values[i], s->temperature.values[j], 0,
                         replicates, &extrapolated, err);
        }
    if (status == PEL_OK) return pel_output_commit(output, err);
    pel_output_discard(output);
    return status;
}

static pel_status write_curves(const struct cli *cli, const struct job *job,
                               struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status =
        open_table(cli, job, job->curves, "pelrate-surface-curves 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    for (size_t k = 0; k < N_MEMBERS; k++)
        fprintf(stream, "%s%s", k > 0 ? "," : "", members[k]);
    fputc('\n', stream);
    for (size_t i = 0; i < job->surface.e_is.n; i++) {
        double row[N_MEMBERS];
        for (size_t k = 0; k < N_MEMBERS; k++)
            row[k] = member_of(&job->surface.curve[i], k);
        pel_table_put_row(stream, N_MEMBERS, row);
    }
    return pel_output_commit(output, err);
}

static void tell(const struct cli *cli, const struct job *job)
{
    const struct pel_ratemap_report r = pel_ratemap_report(job->map);
    const struct cli_surface *s = &job->surface;
    size_t no_max = 0, no_steady = 0;
    for (size_t i = 0; i < s->e_is.n; i++) {
        no_max += isnan(s->curve[i].T_max_K.value) != 0;
        no_steady += isnan(s->curve[i].T_ss_K.value) != 0;
    }
    if (!job->rates->has_errors)
        cli_note(cli, "the rates have no standard errors: weighted by their counts");
    if (r.scatter > 2.0)
        cli_note(
            cli,
            "the rates scatter %.3g times as much about the surface as their standard "
            "errors say: E_IS and T do not tell all, or the surface is too smooth",
            r.scatter);
    if (job->extrapolated > 0)
        cli_note(cli, "%zu of %zu rows are extrapolated: no rates around",
                 job->extrapolated, s->e_is.n * s->temperature.n);
    if (no_max > 0)
        cli_note(cli,
                 "no temperature of fastest ageing among the rates at %zu of %zu E_IS",
                 no_max, s->e_is.n);
    if (no_steady > 0)
        cli_note(cli, "no steady state among the rates at %zu of %zu E_IS", no_steady,
                 s->e_is.n);
    if (cli->verbose)
        cli_note(cli,
                 "%zu rates, %.4g effective parameters, smoothing %.4g, scatter %.3g",
                 r.knots, r.parameters, r.smoothing, r.scatter);
}

static int check(struct cli *cli, struct job *job)
{
    const char *const more[] = {job->curves, job->scans};
    struct pel_ratemap_settings *set = &job->settings;
    if (job->surface.temperature.n == 0)
        return cli_usage(cli, "--temperature is missing");
    if (job->surface.e_is.n == 0) return cli_usage(cli, "--e-is is missing");
    for (size_t j = 0; j < job->surface.temperature.n; j++)
        if (!(job->surface.temperature.values[j] > 0.0))
            return cli_usage(cli, "--temperature: %g K, expected above 0 K",
                             job->surface.temperature.values[j]);
    if (job->scale != NULL && strcmp(job->scale, "signed-log") == 0)
        set->scale = PEL_RATEMAP_SIGNED_LOG;
    else if (job->scale != NULL && strcmp(job->scale, "linear") != 0)
        return cli_usage(cli, "--scale: '%s', expected linear or signed-log", job->scale);
    if (set->smoothing < 0.0) return cli_usage(cli, "--smoothing: expected 0 or more");
    if (set->T_scale_K <= 0.0 || set->e_scale <= 0.0 || set->unit <= 0.0)
        return cli_usage(cli, "--temperature-scale, --e-is-scale and --unit: expected "
                              "numbers above 0");
    if (job->bootstrap < 0 || job->bootstrap == 1 || job->bootstrap > 100000)
        return cli_usage(cli, "--bootstrap: %lld, expected 0 (no bands) or 2 to 100000",
                         job->bootstrap);
    if (job->keep < 0) return cli_usage(cli, "--keep: expected 0 or more");
    if (cli->seed < 0) return cli_usage(cli, "--seed: expected 0 or more");
    if (cli->plot != NULL &&
        (job->surface.temperature.values[0] ==
             job->surface.temperature.values[job->surface.temperature.n - 1] ||
         job->surface.e_is.values[0] ==
             job->surface.e_is.values[job->surface.e_is.n - 1]))
        return cli_usage(cli, "--plot needs more than one temperature and E_IS");
    set->n_replicates = (size_t)job->bootstrap;
    set->seed = (uint64_t)cli->seed;
    return cli_outputs_check(cli, 2, more);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.settings = pel_ratemap_settings_defaults(), .keep = 40};
    job.bootstrap = (long long)job.settings.n_replicates;
    const struct cli_option options[] = {
        {"temperature", CLI_LIST, &job.surface.temperature, "A:B:n",
         "n temperatures from A to B (K), or a list A,B,..."},
        {"e-is", CLI_LIST, &job.surface.e_is, "A:B:n",
         "n values of E_IS from A to B (eV/atom), or a list"},
        {"smoothing", CLI_NUMBER, &job.settings.smoothing, "L",
         "of the spline (default: cross-validated; 0: through all rates)"},
        {"temperature-scale", CLI_NUMBER, &job.settings.T_scale_K, "T",
         "what the spline takes for as far (K; default: standard deviation)"},
        {"e-is-scale", CLI_NUMBER, &job.settings.e_scale, "x",
         "as this (eV/atom; default: standard deviation)"},
        {"scale", CLI_TEXT, &job.scale, "NAME",
         "linear: the spline is the rate (default); signed-log: its signed logarithm"},
        {"unit", CLI_NUMBER, &job.settings.unit, "x",
         "below it signed-log is linear (eV/atom/s; default: median rate)"},
        {"bootstrap", CLI_INTEGER, &job.bootstrap, "N",
         "replicates for the bands (default: 200)"},
        {"keep", CLI_INTEGER, &job.keep, "N",
         "replicates written into the map (default: 40)"},
        {"curves", CLI_TEXT, &job.curves, "FILE", "write T_max and T_ss over E_IS here"},
        {"scans", CLI_TEXT, &job.scans, "FILE", "write horizontal scans here"},
        {"scan-e-is", CLI_LIST, &job.surface.scan_e_is, "A,B,...",
         "E_IS of the scans (eV/atom; default: 5 levels)"},
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
    pel_status status = pel_rates_read(operands[0], &job.rates, &err);
    if (status == PEL_OK) {
        cli_progress_start(cli, "spline");
        status =
            pel_ratemap_create(job.rates, &job.settings, &cli->progress, &job.map, &err);
        cli_progress_end(cli);
    }
    if (status == PEL_EARG) { /* the options were looked at: it is the table */
        char text[PEL_ERROR_TEXT];
        snprintf(text, sizeof text, "%s", err.text);
        status = pel_error_at(&err, PEL_EFORMAT, operands[0], 0, "%s", text);
    }
    job.surface.map = job.map;
    if (status == PEL_OK) status = find_curves(cli, &job, &err);
    if (status == PEL_OK) status = write_map(cli, &job, &err);
    if (status == PEL_OK && job.curves != NULL) status = write_curves(cli, &job, &err);
    if (status == PEL_OK && job.scans != NULL) status = write_scans(cli, &job, &err);
    if (status == PEL_OK && cli->plot != NULL)
        status = cli_surface_plot(cli, &job.surface, &err);
    if (status == PEL_OK) tell(cli, &job);
    pel_ratemap_free(job.map);
    pel_rates_free(job.rates);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_surface = {
    "surface", "map of mined rates, with its two curves and bands", "RATES", details,
    run};

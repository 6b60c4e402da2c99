#include "command.h"
#include "plot.h"
#include "theory.h"

#include <math.h>
#include <pelrate/dsc.h>
#include <pelrate/provenance.h>
#include <pelrate/rate.h>
#include <pelrate/table.h>
#include <pelrate/text.h>
#include <stdlib.h>
#include <string.h>

static const char details[] =
    "Calorimetry: cool from the steady state at --start to --bottom, then heat to "
    "--end.\n"
    "The heat flow is the excess over that of the vibrations, -(de/dt) per mass; its "
    "sign is\n"
    "in the header and on the picture.\n\n"
    "Columns: "
    "cool_K_per_s,time_s,temperature_K,e_is_eV_per_atom,de_dT_eV_per_atom_per_K,\n"
    "heat_flow_W_per_g, the heating scans one after the other (and extrapolated with\n"
    "--extrapolate). --peaks: "
    "cool_K_per_s,e_glass_eV_per_atom,fictive_temperature_K,onset_K,"
    "\npeak_K,peak_heat_flow_W_per_g,end_K,enthalpy_J_per_g,enthalpy_kJ_per_mol,\n"
    "endotherm_peak_K; a field is empty where there is no such thing.\n\n"
    "Example: the glasses of 20, 200 and 2000 K/s, scanned at 1 K/s\n"
    "  $ pelrate dsc data/reference/r1.landscape.csv --cool 20,200,2000 --heat 1 "
    "--start 900 --bottom 300 --end 900 --peaks peaks.csv -o scans.csv\n";

/* The scans of one command. */
struct job {
    struct cli_list cool; /* as given, in unit */
    double heat;          /* as given, in unit */
    const char *unit;     /* of both */
    const char *exo;      /* "up", "down" */
    const char *peaks;    /* file; NULL: not wanted */
    double e_start;       /* [eV/atom]; NaN: the steady state */
    struct pel_dsc_settings settings;
    struct pel_dsc **scan; /* [cool.n], owned */
    size_t rows, extrapolated;
};

static int check(struct cli *cli, struct job *job)
{
    const struct pel_dsc_settings *s = &job->settings;
    const char *const paths[] = {job->peaks};
    double per_second = 1.0;
    if (strcmp(job->unit, "K/min") == 0)
        per_second = 1.0 / 60.0;
    else if (strcmp(job->unit, "K/s") != 0)
        return cli_usage(cli, "--unit: '%s', expected K/s or K/min", job->unit);
    if (strcmp(job->exo, "up") == 0)
        job->settings.sign = PEL_DSC_EXO_UP;
    else if (strcmp(job->exo, "down") == 0)
        job->settings.sign = PEL_DSC_EXO_DOWN;
    else
        return cli_usage(cli, "--exo: '%s', expected up or down", job->exo);
    if (job->cool.n == 0) return cli_usage(cli, "--cool is missing");
    for (size_t i = 0; i < job->cool.n; i++)
        if (!(job->cool.values[i] > 0.0))
            return cli_usage(cli, "--cool: %g, expected rates above 0",
                             job->cool.values[i]);
    if (!(job->heat > 0.0))
        return cli_usage(cli, "--heat: %g, expected a rate above 0", job->heat);
    if (!(s->bottom_K > 0.0 && s->bottom_K < s->start_K && s->bottom_K < s->end_K))
        return cli_usage(cli,
                         "--bottom: %g K, expected above 0 and below --start and --end",
                         s->bottom_K);
    for (size_t i = 0; i < job->cool.n; i++)
        job->cool.values[i] *= per_second;
    job->settings.heat_K_per_s = job->heat * per_second;
    job->settings.e_start = job->e_start;
    return cli_outputs_check(cli, 1, paths);
}

static pel_status scan_all(struct cli *cli, struct cli_theory *theory, struct job *job,
                           struct pel_error *err)
{
    job->scan = cli_own(cli, calloc(job->cool.n, sizeof(struct pel_dsc *)));
    if (job->scan == NULL) return pel_error_set(err, PEL_ENOMEM, "scans");
    for (size_t i = 0; i < job->cool.n; i++) {
        struct pel_dsc_settings settings = job->settings;
        settings.cool_K_per_s = job->cool.values[i];
        cli_progress_start(cli, "dsc");
        const pel_status status =
            pel_dsc_run(theory->rate, &settings, &cli->progress, &job->scan[i], err);
        cli_progress_end(cli);
        if (status != PEL_OK) return status;
        for (size_t k = 0; k < job->scan[i]->n; k++)
            job->extrapolated += job->scan[i]->rows[k].extrapolated != 0;
        job->rows += job->scan[i]->n;
        cli_theory_stats(cli, job->scan[i]->n, &job->scan[i]->stats);
    }
    return PEL_OK;
}

static void put_key(FILE *stream, const char *key, double value)
{
    char text[PEL_TEXT_DOUBLE];
    pel_provenance_put(stream, key, "%s", pel_text_double(text, value));
}

/* Both tables say how the glasses were treated. */
static pel_status open_table(const struct cli *cli, const struct cli_theory *theory,
                             const struct job *job, const char *path, const char *format,
                             struct pel_output **out, struct pel_error *err)
{
    const pel_status status =
        cli_theory_output(cli, theory, path, NULL, format, out, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(*out);
    put_key(stream, "heat_K_per_s", job->settings.heat_K_per_s);
    put_key(stream, "start_K", job->settings.start_K);
    put_key(stream, "bottom_K", job->settings.bottom_K);
    put_key(stream, "end_K", job->settings.end_K);
    pel_provenance_put(stream, "exo", "%s", job->exo);
    return PEL_OK;
}

static pel_status write_scans(const struct cli *cli, const struct cli_theory *theory,
                              const struct job *job, struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status =
        open_table(cli, theory, job, cli->output, "pelrate-dsc 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    cli_theory_columns(theory, stream,
                       "cool_K_per_s,time_s,temperature_K,e_is_eV_per_atom,"
                       "de_dT_eV_per_atom_per_K,heat_flow_W_per_g");
    for (size_t i = 0; i < job->cool.n; i++) {
        for (size_t k = 0; k < job->scan[i]->n; k++) {
            const struct pel_dsc_row *r = &job->scan[i]->rows[k];
            const double row[] = {
                job->cool.values[i], r->time_s, r->temperature_K, r->e_is, r->de_dT,
                r->heat_flow};
            cli_theory_row(theory, stream, sizeof row / sizeof row[0], row,
                           r->extrapolated);
        }
    }
    return pel_output_commit(output, err);
}

static pel_status write_peaks(const struct cli *cli, const struct cli_theory *theory,
                              const struct job *job, struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status =
        open_table(cli, theory, job, job->peaks, "pelrate-dsc-peaks 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    cli_theory_columns(theory, stream,
                       "cool_K_per_s,e_glass_eV_per_atom,fictive_temperature_K,onset_K,"
                       "peak_K,peak_heat_flow_W_per_g,end_K,enthalpy_J_per_g,"
                       "enthalpy_kJ_per_mol,endotherm_peak_K");
    for (size_t i = 0; i < job->cool.n; i++) {
        const struct pel_dsc_peaks *p = &job->scan[i]->peaks;
        const double row[] = {job->cool.values[i],
                              p->e_glass,
                              p->fictive_temperature_K,
                              p->onset_K,
                              p->peak_K,
                              p->peak_heat_flow,
                              p->end_K,
                              p->enthalpy_J_per_g,
                              p->enthalpy_kJ_per_mol,
                              p->endotherm_peak_K};
        int extrapolated = 0;
        for (size_t k = 0; k < job->scan[i]->n; k++)
            extrapolated |= job->scan[i]->rows[k].extrapolated;
        cli_theory_row(theory, stream, sizeof row / sizeof row[0], row, extrapolated);
    }
    return pel_output_commit(output, err);
}

/* The scans over each other, slow cooling in blue, fast in red;
 * their exotherms marked. */
static void put_curves(FILE *script, const struct job *job)
{
    for (size_t i = 0; i < job->cool.n; i++) {
        fprintf(script, "$scan%zu << EOD\n", i);
        for (size_t k = 0; k < job->scan[i]->n; k++) {
            const struct pel_dsc_row *r = &job->scan[i]->rows[k];
            const double row[] = {r->temperature_K, r->heat_flow,
                                  r->extrapolated ? NAN : r->heat_flow};
            cli_plot_row(script, 3, row);
        }
        fputs("EOD\n", script);
    }
    fputs("$peaks << EOD\n", script);
    for (size_t i = 0; i < job->cool.n; i++) {
        const struct pel_dsc_peaks *p = &job->scan[i]->peaks;
        const double row[] = {p->peak_K, p->peak_heat_flow, p->endotherm_peak_K,
                              p->endotherm_heat_flow};
        cli_plot_row(script, 4, row);
    }
    fputs("EOD\n", script);
}

/* Which corner on the left is free: the scans start at zero and reach further on one side
 * later. */
static int key_is_low(const struct job *job)
{
    double low = 0.0, high = 0.0;
    for (size_t i = 0; i < job->cool.n; i++) {
        for (size_t k = 0; k < job->scan[i]->n; k++) {
            low = fmin(low, job->scan[i]->rows[k].heat_flow);
            high = fmax(high, job->scan[i]->rows[k].heat_flow);
        }
    }
    return -low > high;
}

static pel_status draw(const struct cli *cli, const struct cli_theory *theory,
                       const struct job *job, struct pel_error *err)
{
    struct cli_plot *plot;
    const pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    const int up = job->settings.sign == PEL_DSC_EXO_UP;
    char more[64];
    snprintf(more, sizeof more, "heating at %.6g K/s", job->settings.heat_K_per_s);
    cli_theory_title(theory, script, "DSC", more);
    put_curves(script, job);
    fprintf(script,
            "set xlabel 'temperature (K)'\n"
            "set ylabel 'excess heat flow (W/g),  %s'\n"
            "set key %s Left reverse title 'cooled at' left\n"
            "set grid lc rgb '#e4e4e4' lt 1\nset xzeroaxis lt 1 lc rgb '#808080'\n"
            "set xrange [%.9g:%.9g]\nset offsets 0,0,graph 0.04,graph 0.04\n"
            "plot \\\n",
            up ? "exo →" : "← exo", key_is_low(job) ? "bottom left" : "top left",
            job->settings.bottom_K, job->settings.end_K);
    for (size_t i = 0; i < job->cool.n; i++)
        fprintf(
            script,
            "  $scan%zu using 1:2 with lines lw 1.5 dt (12,8) lc rgb '%s' notitle, \\\n"
            "  $scan%zu using 1:3 with lines lw 2.5 lc rgb '%s' notitle, \\\n",
            i, cli_plot_colour(i, job->cool.n), i, cli_plot_colour(i, job->cool.n));
    if (job->extrapolated > 0)
        fputs("  NaN with lines lw 1.5 dt (12,8) lc rgb '#606060' title 'extrapolated', "
              "\\\n",
              script);
    for (size_t i = 0; i < job->cool.n; i++) {
        const double peak_K = job->scan[i]->peaks.peak_K;
        fprintf(script,
                "  $peaks every ::%zu::%zu using 1:2 with linespoints lw 2.5 pt 7 ps 0.9 "
                "lc rgb '%s' title '%.6g K/s",
                i, i, cli_plot_colour(i, job->cool.n), job->cool.values[i]);
        if (isfinite(peak_K)) fprintf(script, ", peak at %.1f K", peak_K);
        fprintf(script, "'%s\n", i + 1 < job->cool.n ? ", \\" : "");
    }
    return cli_plot_draw(plot, err);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct cli_theory theory = {0};
    struct job job = {.unit = "K/s",
                      .exo = "up",
                      .e_start = NAN,
                      .settings = pel_dsc_settings_defaults()};
    job.heat = job.settings.heat_K_per_s;
    const struct cli_option options[] = {
        {"cool", CLI_LIST, &job.cool, "R[,R...]", "cooling rates (K/s, see --unit)"},
        {"heat", CLI_NUMBER, &job.heat, "R",
         "heating rate (K/s, see --unit; default: 1)"},
        {"unit", CLI_TEXT, &job.unit, "UNIT",
         "of --cool and --heat: K/s (default) or K/min"},
        {"start", CLI_NUMBER, &job.settings.start_K, "T",
         "cooling starts here (K; default: 900)"},
        {"bottom", CLI_NUMBER, &job.settings.bottom_K, "T",
         "cooling ends and heating starts here (K; default: 300)"},
        {"end", CLI_NUMBER, &job.settings.end_K, "T",
         "heating ends here (K; default: 900)"},
        {"e-is", CLI_NUMBER, &job.e_start, "X",
         "E_IS at --start (eV/atom; default: the steady state)"},
        {"exo", CLI_TEXT, &job.exo, "up|down",
         "where exothermic heat flow points (default: up)"},
        {"peaks", CLI_TEXT, &job.peaks, "FILE", "write onset, peak, end, enthalpy here"},
        {"rtol", CLI_NUMBER, &job.settings.ageing.rtol, "x",
         "relative tolerance of the integration (default: 1e-8)"},
        CLI_THEORY_OPTIONS(&theory),
        {0}};
    const char *const *operands;
    size_t n;
    int finished;
    int exit_status = cli_parse(cli, options, CLI_WITH_OUTPUT | CLI_WITH_PLOT, argc, argv,
                                1, 1, &n, &operands, &finished);
    if (exit_status != CLI_DONE || finished) return exit_status;
    exit_status = check(cli, &job);
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    pel_status status = cli_theory_open(&theory, operands[0], &err);
    if (status == PEL_OK) status = scan_all(cli, &theory, &job, &err);
    if (status == PEL_OK) status = write_scans(cli, &theory, &job, &err);
    if (status == PEL_OK && job.peaks != NULL)
        status = write_peaks(cli, &theory, &job, &err);
    if (status == PEL_OK && cli->plot != NULL) status = draw(cli, &theory, &job, &err);
    if (status == PEL_OK) cli_theory_note(cli, &theory, job.extrapolated, job.rows);
    for (size_t i = 0; job.scan != NULL && i < job.cool.n; i++)
        pel_dsc_free(job.scan[i]);
    cli_theory_close(&theory);
    if (status == PEL_OK) return CLI_DONE;
    exit_status = cli_fail(cli, &err);
    if (status == PEL_ENOROOT && isnan(job.e_start))
        cli_note(cli, "without a steady state at --start, give E_IS there with --e-is");
    return exit_status;
}

const struct cli_command cli_dsc = {
    "dsc", "calorimetry: scans and peaks of cooled glasses", "LANDSCAPE", details, run};

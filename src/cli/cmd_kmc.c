#include "command.h"
#include "plot.h"
#include "theory.h"

#include <pelrate/kmc.h>
#include <pelrate/landscape.h>
#include <pelrate/programme.h>
#include <pelrate/provenance.h>
#include <pelrate/table.h>
#include <pelrate/text.h>

#include <math.h>
#include <string.h>

static const char details[] =
    "Kinetic Monte Carlo of the hops that the landscape describes: the referee of the closures,\n"
    "which put the mean hop in their place. --cells cells share one E_IS; the more, the less it\n"
    "fluctuates (the rate equation is the limit of many). Either --temperature and --time, or\n"
    "--programme, as for anneal; ramps are exact: no temperature is frozen over a wait.\n\n"
    "Modes: independent (E_A with its Boltzmann weight, E_R from its own spectrum; mean drift:\n"
    "closure kinetic), joint (pairs of events; closure joint), paths (drawn once for every\n"
    "state, with the way back of each hop: no closure has it).\n\n"
    "Columns: time_s,temperature_K,e_is_eV_per_atom,standard_error_eV_per_atom (and\n"
    "extrapolated with --extrapolate), means over the replicas. The result does not depend on\n"
    "--threads.\n\n"
    "Example: R1 with 20000 atoms, a second at 700 K\n"
    "  $ pelrate kmc data/reference/r1.landscape.csv --cells 20000 --e-is -4.672 --temperature 700 --time 1 --replicas 20\n";

struct job {
    const char *path;      /* of the landscape */
    const char *mode;      /* --mode */
    const char *programme; /* file; NULL: not given */
    double e_is;           /* [eV/atom]; NaN: not given */
    double temperature_K;  /* NaN: not given */
    double time_s;         /* NaN: not given */
    double max_hops;
    long long cells, replicas, region;
    int extrapolate;
    struct pel_kmc_settings settings;
    struct pel_landscape *landscape; /* owned */
    struct pel_kmc *kmc;             /* owned */
};

static pel_status simulate(struct cli *cli, struct job *job, struct pel_error *err)
{
    struct pel_programme *programme = NULL;
    pel_status status =
        job->programme != NULL
            ? pel_programme_read(job->programme, &programme, err)
            : pel_programme_isothermal(job->temperature_K, job->time_s, &programme, err);
    if (status != PEL_OK) return status;
    cli_progress_start(cli, "kmc");
    status = pel_kmc_run(job->landscape, programme, job->e_is, &job->settings,
                         &cli->progress, &job->kmc, err);
    cli_progress_end(cli);
    pel_programme_free(programme);
    return status;
}

static pel_status write_table(const struct cli *cli, const struct job *job,
                              struct pel_error *err)
{
    const char *const inputs[] = {job->path, job->programme};
    struct pel_output *output;
    const pel_status status =
        cli_open(cli, cli->output, "pelrate-kmc 1", job->programme != NULL ? 2 : 1,
                 inputs, &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    char low[PEL_TEXT_DOUBLE], high[PEL_TEXT_DOUBLE];
    pel_provenance_put(stream, "landscape", "%s (%s)",
                       pel_landscape_head(job->landscape)->name,
                       pel_landscape_kind_name(pel_landscape_kind(job->landscape)));
    pel_provenance_put(stream, "landscape_e_is_eV_per_atom", "%s %s",
                       pel_text_double(low, pel_landscape_e_is_min(job->landscape)),
                       pel_text_double(high, pel_landscape_e_is_max(job->landscape)));
    pel_provenance_put(stream, "mode", "%s", job->settings.mode->name);
    pel_provenance_put(stream, "cells", "%lld", job->cells);
    if (job->settings.mode->keeps_paths)
        pel_provenance_put(stream, "region", "%lld%s", job->region,
                           job->region == 0 ? " (all paths of a cell)" : "");
    pel_provenance_put(stream, "replicas", "%lld", job->replicas);
    pel_provenance_put(stream, "hops", "%llu", (unsigned long long)job->kmc->hops);
    fprintf(stream,
            "time_s,temperature_K,e_is_eV_per_atom,standard_error_eV_per_atom%s\n",
            job->extrapolate ? ",extrapolated" : "");
    for (size_t i = 0; i < job->kmc->n; i++) {
        const struct pel_kmc_row *r = &job->kmc->rows[i];
        const double row[] = {r->time_s, r->temperature_K, r->e_is, r->standard_error,
                              r->extrapolated != 0};
        pel_table_put_row(stream, job->extrapolate ? 5 : 4, row);
    }
    return pel_output_commit(output, err);
}

/* Mean and the band of three standard errors over time, logarithmic in a hold. */
static pel_status draw(const struct cli *cli, const struct job *job,
                       struct pel_error *err)
{
    struct cli_plot *plot;
    const pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    const int isothermal = job->programme == NULL;
    char title[512], below[256];
    snprintf(title, sizeof title, "Kinetic Monte Carlo: %s",
             pel_landscape_head(job->landscape)->name);
    snprintf(below, sizeof below, "%s landscape, mode %s, %lld cells, %lld replicas",
             pel_landscape_kind_name(pel_landscape_kind(job->landscape)),
             job->settings.mode->name, job->cells, job->replicas);
    if (isothermal) {
        const size_t n = strlen(below);
        snprintf(below + n, sizeof below - n, "; %.6g K", job->temperature_K);
    }
    cli_plot_title(script, title, below);
    fputs("$history << EOD\n", script);
    for (size_t i = 0; i < job->kmc->n; i++) {
        const struct pel_kmc_row *r = &job->kmc->rows[i];
        const double row[] = {isothermal && r->time_s <= 0.0 ? NAN : r->time_s,
                              r->temperature_K, r->e_is,
                              isnan(r->standard_error) ? 0.0 : 3.0 * r->standard_error};
        cli_plot_row(script, sizeof row / sizeof row[0], row);
    }
    fputs("EOD\nset autoscale xfix\nset grid lc rgb '#e4e4e4' lt 1\nset key top right\n"
          "set offsets 0,0,graph 0.04,graph 0.04\nset lmargin at screen 0.135\nset "
          "rmargin at screen 0.965\n",
          script);
    if (isothermal)
        fputs("set bmargin at screen 0.12\nset tmargin at screen 0.88\nset logscale x\n"
              "set format x '10^{%L}'\nset xlabel 'time (s)'\n",
              script);
    else
        fputs("set multiplot\nset bmargin at screen 0.41\nset tmargin at screen 0.88\n"
              "set format x ''\n",
              script);
    fputs(
        "set ylabel '{/:Italic E}_{IS} (eV/atom)'\nset format y '%.4f'\n"
        "plot $history using 1:($3-$4):($3+$4) with filledcurves fc rgb '#c6dbef' title "
        "'3 standard errors', \\\n"
        "  $history using 1:3 with lines lw 2.5 lc rgb '#2c7fb8' title 'mean'\n",
        script);
    if (!isothermal)
        fputs("unset title\nset bmargin at screen 0.12\nset tmargin at screen 0.38\n"
              "set format x '%g'\nset format y '%g'\nset xlabel 'time (s)'\n"
              "set ylabel 'temperature (K)'\n"
              "plot $history using 1:2 with lines lw 2.5 lc rgb '#d7301f' notitle\n"
              "unset multiplot\n",
              script);
    return cli_plot_draw(plot, err);
}

static int check(struct cli *cli, struct job *job)
{
    const int status = cli_history_check(cli, job->e_is, job->programme,
                                         job->temperature_K, job->time_s);
    if (status != CLI_DONE) return status;
    if (job->cells < 1) return cli_usage(cli, "--cells: %lld, expected >= 1", job->cells);
    if (job->region < 0)
        return cli_usage(cli, "--region: %lld, expected >= 1", job->region);
    if (job->replicas < 1)
        return cli_usage(cli, "--replicas: %lld, expected >= 1", job->replicas);
    if (!(job->max_hops >= 1.0 && job->max_hops <= 1e18))
        return cli_usage(cli, "--max-hops: %g, expected 1 to 1e18", job->max_hops);
    return cli_outputs_check(cli, 0, NULL);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.e_is = NAN,
                      .temperature_K = NAN,
                      .time_s = NAN,
                      .cells = 1,
                      .replicas = 100,
                      .max_hops = 1e11,
                      .settings = pel_kmc_settings_defaults()};
    const struct cli_option options[] = {
        {"e-is", CLI_NUMBER, &job.e_is, "X", "E_IS at the start (eV/atom)"},
        {"temperature", CLI_NUMBER, &job.temperature_K, "T",
         "hold at this temperature (K)"},
        {"time", CLI_NUMBER, &job.time_s, "t", "for this time (s)"},
        {"programme", CLI_TEXT, &job.programme, "FILE", "temperature programme (CSV)"},
        {"mode", CLI_TEXT, &job.mode, "NAME", "independent (default), joint or paths"},
        {"cells", CLI_INTEGER, &job.cells, "n",
         "cells of the landscape that share E_IS (default: 1)"},
        {"region", CLI_INTEGER, &job.region, "n",
         "mode paths: paths that a hop renews, way back included (default: all of a cell)"},
        {"replicas", CLI_INTEGER, &job.replicas, "n", "independent runs (default: 100)"},
        {"max-hops", CLI_NUMBER, &job.max_hops, "n",
         "more hops in a replica are an error (default: 1e11)"},
        {"extrapolate", CLI_FLAG, &job.extrapolate, NULL,
         "go beyond the sampled E_IS; rows say extrapolated"},
        {0}};
    const char *const *operands;
    size_t n;
    int finished;
    int exit_status = cli_parse(
        cli, options, CLI_WITH_OUTPUT | CLI_WITH_PLOT | CLI_WITH_SEED | CLI_WITH_THREADS,
        argc, argv, 1, 1, &n, &operands, &finished);
    if (exit_status != CLI_DONE || finished) return exit_status;
    exit_status = check(cli, &job);
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    pel_status status = PEL_OK;
    job.path = operands[0];
    job.settings.cells = (uint64_t)job.cells;
    job.settings.region = (uint64_t)job.region;
    job.settings.replicas = (uint64_t)job.replicas;
    job.settings.max_hops = (uint64_t)job.max_hops;
    job.settings.seed = (uint64_t)cli->seed;
    job.settings.threads = (size_t)cli->threads;
    job.settings.range = job.extrapolate ? PEL_RANGE_EXTRAPOLATE : PEL_RANGE_STRICT;
    if (job.mode != NULL) status = pel_kmc_mode_find(job.mode, &job.settings.mode, &err);
    if (status == PEL_OK && job.region != 0 && !job.settings.mode->keeps_paths)
        return cli_usage(cli, "--region belongs to --mode paths");
    if (status == PEL_OK) status = pel_landscape_read(job.path, &job.landscape, &err);
    if (status == PEL_OK) status = simulate(cli, &job, &err);
    if (status == PEL_OK) status = write_table(cli, &job, &err);
    if (status == PEL_OK && cli->plot != NULL) status = draw(cli, &job, &err);
    if (status == PEL_OK && cli->verbose)
        cli_note(cli, "%llu hops, %llu proposals, %zu rows",
                 (unsigned long long)job.kmc->hops,
                 (unsigned long long)job.kmc->proposals, job.kmc->n);
    pel_kmc_free(job.kmc);
    pel_landscape_free(job.landscape);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_kmc = {
    "kmc", "kinetic Monte Carlo of the hops: the referee of the closures", "LANDSCAPE",
    details, run};

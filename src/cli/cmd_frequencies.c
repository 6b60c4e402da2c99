#include "stored.h"

#include <pelrate/frequency.h>
#include <pelrate/provenance.h>
#include <pelrate/table.h>
#include <pelrate/text.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What `pelrate frequencies` was asked for, and where it is. */
struct job {
    long long events;
    struct cli_interaction interaction;
    struct pel_vineyard_settings settings;
    struct pel_catalogue *catalogue;
    FILE *stream;
};

/* Numbers of some events, for one row of the table. */
struct sums {
    size_t n, n_alloc;             /* with frequencies */
    size_t failed;                 /* without */
    double *log_nu, *log_back, *e; /* [n_alloc] ln of both frequencies; E_A [eV]; owned */
    double region;                 /* sum of atoms of the regions */
};

/* The frequencies of one sample meet its searches. */
struct joining {
    struct sums *here, *all;
    struct cli_frequencies frequencies;
};

static pel_status add(struct sums *sums, const struct pel_catalogue_frequency *row,
                      double e_a, struct pel_error *err)
{
    if (isnan(row->frequency_Hz)) {
        sums->failed++;
        return PEL_OK;
    }
    if (sums->n == sums->n_alloc) {
        const size_t wanted = 2 * sums->n_alloc + 64;
        double *more = malloc(3 * wanted * sizeof *more);
        if (more == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu events", wanted);
        if (sums->n > 0) {
            memcpy(more, sums->log_nu, sums->n * sizeof *more);
            memcpy(more + wanted, sums->log_back, sums->n * sizeof *more);
            memcpy(more + 2 * wanted, sums->e, sums->n * sizeof *more);
        }
        free(sums->log_nu);
        sums->log_nu = more;
        sums->log_back = more + wanted;
        sums->e = more + 2 * wanted;
        sums->n_alloc = wanted;
    }
    sums->log_nu[sums->n] = log(row->frequency_Hz);
    sums->log_back[sums->n] = log(row->reverse_frequency_Hz);
    sums->e[sums->n++] = e_a;
    sums->region += (double)row->region_atoms;
    return PEL_OK;
}

static pel_status join(void *context, const struct pel_catalogue_search *search,
                       struct pel_error *err)
{
    struct joining *joining = context;
    const struct pel_catalogue_frequency *row =
        cli_frequencies_of(&joining->frequencies, search->search);
    if (row == NULL) return PEL_OK;
    const pel_status status = add(joining->here, row, search->e_a_eV, err);
    return status == PEL_OK ? add(joining->all, row, search->e_a_eV, err) : status;
}

static int by_value(const void *a, const void *b)
{
    const double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

static double median(double values[], size_t n)
{
    if (n == 0) return NAN;
    qsort(values, n, sizeof *values, by_value);
    return 0.5 * (values[(n - 1) / 2] + values[n / 2]);
}

/* Moments of ln nu against E_A; the sums are of no use afterwards. */
static void put_row(FILE *stream, const char *name, double e_is, struct sums *sums)
{
    const double n = (double)sums->n;
    double mean = 0.0, mean_e = 0.0, var = 0.0, var_e = 0.0, cov = 0.0;
    for (size_t k = 0; k < sums->n; k++) {
        mean += sums->log_nu[k] / n;
        mean_e += sums->e[k] / n;
    }
    for (size_t k = 0; k < sums->n; k++) {
        const double d = sums->log_nu[k] - mean, e = sums->e[k] - mean_e;
        var += d * d;
        var_e += e * e;
        cov += d * e;
    }
    const int some = sums->n > 1;
    const double numbers[] = {e_is,
                              n,
                              (double)sums->failed,
                              exp(median(sums->log_nu, sums->n)),
                              some ? sqrt(var / (n - 1.0)) : NAN,
                              some ? cov / sqrt(var * var_e) : NAN,
                              some ? cov / var_e : NAN,
                              exp(median(sums->log_back, sums->n)),
                              sums->n > 0 ? sums->region / n : NAN};
    pel_table_put_text(stream, name);
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        fputc(',', stream);
        if (!isnan(numbers[k])) pel_table_put_number(stream, numbers[k]);
    }
    fputc('\n', stream);
}

static pel_status put_table(struct job *job, struct pel_error *err)
{
    size_t n = 0;
    struct sums all = {0};
    pel_status status = pel_catalogue_samples(job->catalogue, &n, err);
    fputs("sample,e_is_eV_per_atom,events,failed,median_attempt_frequency_Hz,"
          "sd_ln_attempt_frequency,correlation_ln_attempt_frequency_e_a,"
          "slope_ln_attempt_frequency_e_a_per_eV,median_reverse_attempt_frequency_Hz,"
          "mean_region_atoms\n",
          job->stream);
    for (size_t k = 0; status == PEL_OK && k < n; k++) {
        struct sums here = {0};
        struct joining joining = {.here = &here, .all = &all};
        struct pel_catalogue_sample sample;
        status = pel_catalogue_sample(job->catalogue, k, &sample, err);
        if (status == PEL_OK)
            status = cli_frequencies_read(job->catalogue, k, &joining.frequencies, err);
        if (status == PEL_OK)
            status = pel_catalogue_walk(job->catalogue, k, join, &joining, err);
        if (status == PEL_OK)
            put_row(job->stream, sample.name, sample.e_is_eV_per_atom, &here);
        pel_catalogue_sample_free(&sample);
        cli_frequencies_free(&joining.frequencies);
        free(here.log_nu);
    }
    if (status == PEL_OK) put_row(job->stream, "all", NAN, &all);
    free(all.log_nu);
    return status;
}

static pel_status compute(struct cli *cli, struct job *job, struct pel_error *err)
{
    struct pel_potential *potential = NULL;
    struct pel_frequency_report report = {0};
    pel_status status =
        cli_stored_potential(cli, job->catalogue, &job->interaction, &potential, err);
    if (status != PEL_OK) return status;
    cli_progress_start(cli, "frequencies");
    status =
        pel_frequency_run(job->catalogue, potential, &job->settings, (size_t)job->events,
                          (size_t)cli->threads, &cli->progress, &report, err);
    cli_progress_end(cli);
    pel_potential_free(potential);
    if (status == PEL_OK || status == PEL_ESTOPPED)
        cli_note(cli,
                 "%zu distinct events: %zu were stored, %zu new, %zu without a frequency",
                 report.events, report.stored, report.done, report.failed);
    return status;
}

static int finish(struct cli *cli, struct job *job)
{
    struct pel_error err = {0};
    struct pel_output *output = NULL;
    pel_status status = compute(cli, job, &err);
    if (status == PEL_OK)
        status =
            cli_open(cli, cli->output, "pelrate-frequencies 1", 0, NULL, &output, &err);
    if (status != PEL_OK) return cli_fail(cli, &err);
    char text[PEL_FREQUENCY_SETTINGS];
    job->stream = pel_output_stream(output);
    pel_provenance_put(job->stream, "frequency_settings", "%s",
                       pel_frequency_settings(&job->settings, text));
    status = put_table(job, &err);
    if (status == PEL_OK)
        status = pel_output_commit(output, &err);
    else
        pel_output_discard(output);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.settings = pel_vineyard_defaults()};
    long long cell = (long long)job.settings.cell_atoms;
    char most[96], moved[96], shell[96], force[96];
    snprintf(most, sizeof most, "cells of up to N atoms are taken whole (default: %lld)",
             cell);
    snprintf(moved, sizeof moved,
             "larger: an atom that moves more is in the region (default: %g)",
             job.settings.moved_A);
    snprintf(shell, sizeof shell, "... and atoms this close to one (default: %g)",
             job.settings.shell_A);
    snprintf(force, sizeof force,
             "points with larger forces are converged first (default: %g)",
             job.settings.force_eV_per_A);
    const struct cli_option options[] = {
        {"events", CLI_INTEGER, &job.events, "N",
         "the first N distinct events of each sample (default: all)"},
        {"cell-atoms", CLI_INTEGER, &cell, "N", most},
        {"moved-A", CLI_NUMBER, &job.settings.moved_A, "A", moved},
        {"shell-A", CLI_NUMBER, &job.settings.shell_A, "A", shell},
        {"force-eV-per-A", CLI_NUMBER, &job.settings.force_eV_per_A, "eV/A", force},
        CLI_INTERACTION_OPTIONS(&job.interaction),
        {0}};
    const char *const *paths;
    size_t n;
    int finished;
    int status = cli_parse(cli, options, CLI_WITH_OUTPUT | CLI_WITH_THREADS, argc, argv,
                           1, 1, &n, &paths, &finished);
    if (status != CLI_DONE || finished) return status;
    status = cli_interaction_check(cli, &job.interaction);
    if (status != CLI_DONE) return status;
    if (cell < 0) return cli_usage(cli, "--cell-atoms: expected 0 or more");
    job.settings.cell_atoms = (size_t)cell;
    if (job.events < 0) return cli_usage(cli, "--events: expected 0 or more");
    if (!(job.settings.moved_A > 0.0) || !(job.settings.shell_A >= 0.0) ||
        !(job.settings.force_eV_per_A > 0.0))
        return cli_usage(cli,
                         "--moved-A, --shell-A, --force-eV-per-A: expected more than "
                         "0 (a shell may be 0)");
    status = cli_outputs_check(cli, 0, NULL);
    if (status != CLI_DONE) return status;
    struct pel_error err = {0};
    /* With its own settings: nothing is searched here. */
    if (cli_stored_open_like(paths[0], paths[0], &job.catalogue, &err) != PEL_OK)
        return cli_fail(cli, &err);
    status = finish(cli, &job);
    pel_catalogue_close(job.catalogue);
    return status;
}

const struct cli_command cli_frequencies = {
    .name = "frequencies",
    .summary = "attempt frequencies of the events of a catalogue, from Hessians",
    .operands = "EVENTS.db",
    .details =
        "Harmonic transition-state theory (Vineyard 1957): the product of the normal\n"
        "frequencies at the minimum over that of the real ones at the saddle, forward and\n"
        "back, from the Hessians of the whole cell (about 6 s of a core for 2000 atoms); in\n"
        "larger cells from those of the atoms that move and a shell around them, all "
        "others\n"
        "held, which is off by about 1 in ln nu. Each frequency is stored in the catalogue "
        "at\n"
        "once; a run that was stopped goes on where it was, and\n"
        "`pelrate events --csv` then writes them. Only distinct valid events are taken.\n"
        "\n"
        "The table has one row a sample and one of all:\n"
        "sample,e_is_eV_per_atom,events,failed,median_attempt_frequency_Hz,\n"
        "sd_ln_attempt_frequency,correlation_ln_attempt_frequency_e_a,\n"
        "slope_ln_attempt_frequency_e_a_per_eV,median_reverse_attempt_frequency_Hz,\n"
        "mean_region_atoms\n"
        "\n"
        "  $ pelrate glass --composition Cu56Zr44 --atoms 108 --cool 2000 "
        "--potential /usr/share/lammps/potentials/CuZr_mm.eam.fs -o g.xyz\n"
        "  $ pelrate sample g.xyz --elements Cu,Zr --searches 4 "
        "--potential /usr/share/lammps/potentials/CuZr_mm.eam.fs -o events.db\n"
        "  $ pelrate frequencies events.db "
        "--potential /usr/share/lammps/potentials/CuZr_mm.eam.fs\n",
    .run = run,
};

#include "sampling.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What `pelrate sample` was asked to do. */
struct job {
    const char *output;
    long long events;
    long long searches;
    struct cli_sampling sampling;
};

static int sample(struct cli *cli, struct job *job, size_t n, const char *const *paths)
{
    struct pel_error err = {0};
    struct pel_catalogue *catalogue = NULL;
    if (cli_sampling_read(cli, &job->sampling, n, paths, NULL, &err) != PEL_OK)
        return cli_fail(cli, &err);
    const int is_new = access(job->output, F_OK) != 0;
    if (cli_sampling_open(&job->sampling, job->output, &catalogue, &err) != PEL_OK)
        return cli_fail(cli, &err);

    struct pel_campaign campaign = cli_sampling_campaign(cli, &job->sampling);
    campaign.events = (size_t)job->events;
    campaign.searches = (size_t)job->searches;
    struct pel_campaign_report report;
    cli_progress_start(cli, "sample");
    const pel_status status =
        pel_campaign_run(&campaign, catalogue, &cli->progress, &report, &err);
    cli_progress_end(cli);
    pel_catalogue_close(catalogue);
    cli_sampling_note(cli, status, &report);
    /* Refused before the first search: an empty catalogue is of no use. */
    if (status == PEL_EARG && is_new && report.searches == 0) remove(job->output);
    if (status != PEL_OK) return cli_fail(cli, &err);
    if (report.short_of > 0)
        cli_note(cli, "%zu of %zu samples reached --searches before --events",
                 report.short_of, n);
    return CLI_DONE;
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {0};
    const struct cli_option own[] = {
        {"output", CLI_TEXT, &job.output, "FILE.db",
         "the event catalogue; goes on where it was if it exists (required)"},
        {"events", CLI_INTEGER, &job.events, "N",
         "distinct valid events to find in each glass"},
        {"searches", CLI_INTEGER, &job.searches, "N", "most searches in each glass"}};
    const struct cli_option *options =
        cli_sampling_options(cli, &job.sampling, sizeof own / sizeof *own, own);
    if (options == NULL) {
        struct pel_error err;
        pel_error_set(&err, PEL_ENOMEM, "options");
        return cli_fail(cli, &err);
    }
    const char *const *paths;
    size_t n;
    int finished;
    int status = cli_parse(cli, options, CLI_WITH_SEED | CLI_WITH_THREADS, argc, argv, 1,
                           100000, &n, &paths, &finished);
    if (status != CLI_DONE || finished) return status;
    if (job.output == NULL) return cli_usage(cli, "--output FILE.db is missing");
    if (strcmp(job.output, "-") == 0)
        return cli_usage(cli, "--output: a catalogue is a file, expected its name");
    status = cli_sampling_check(cli, &job.sampling);
    if (status != CLI_DONE) return status;
    if (job.events < 0 || job.searches < 0 || (job.events == 0 && job.searches == 0))
        return cli_usage(cli, "expected --events N or --searches N, with N of 1 or more");
    status = sample(cli, &job, n, paths);
    cli_sampling_free(&job.sampling);
    return status;
}

const struct cli_command cli_sample = {
    .name = "sample",
    .summary = "find activated events of glasses by ART nouveau",
    .operands = "GLASS...",
    .details =
        "Each glass (extended XYZ or LAMMPS data) is minimised at fixed cell; from its\n"
        "minimum, searches push an atom and its neighbours at random, climb along the\n"
        "lowest mode to a saddle and relax both sides. An event counts when the saddle has\n"
        "exactly one negative eigenvalue, one side is the initial minimum again, and E_A\n"
        "and E_R are positive. Every search is stored at once, failed ones with their\n"
        "reason; a run that was stopped or killed goes on where it was when it is started\n"
        "again. The events found depend on the seed and the settings, not on --threads.\n"
        "The settings decide the spectrum: a catalogue takes one set of them.\n"
        "All vectors are measured whole (3N coordinates). See also: pelrate events.\n"
        "\n"
        "  $ pelrate glass --composition Cu56Zr44 --atoms 108 --cool 2000 "
        "--potential /usr/share/lammps/potentials/CuZr_mm.eam.fs -o g.xyz\n"
        "  $ pelrate sample g.xyz --elements Cu,Zr --events 5 "
        "--potential /usr/share/lammps/potentials/CuZr_mm.eam.fs -o events.db\n",
    .run = run,
};

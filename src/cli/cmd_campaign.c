#include "sampling.h"

#include <pelrate/plan.h>
#include <pelrate/ranks.h>
#include <pelrate/table.h>
#include <pelrate/text.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* How often progress.csv is written anew [s]. */
static const double refresh_s = 10.0;

/* The files of the folder. */
enum file { CATALOGUE, PLAN, PROGRESS, LOG, EVENTS, SAMPLES, N_FILES };
static const char *const file_names[N_FILES] = {
    "events.db", "plan.csv", "progress.csv", "campaign.log", "events.csv", "samples.csv"};

/* What `pelrate campaign` was asked to do, and how far it is. */
struct job {
    struct cli *cli;
    struct pel_ranks *ranks; /* NULL: this process alone */
    struct pel_plan *plan;
    const char *folder;
    char *files[N_FILES]; /* owned by the cli */
    struct cli_sampling sampling;
    const char **paths, **names;        /* [plan->n]; owned by the cli */
    struct pel_campaign_goal *goals;    /* [plan->n]; owned by the cli */
    struct pel_campaign_counts *counts; /* [plan->n]; owned by the cli */
    struct pel_progress bar;            /* what is shown */
    int plan_is_kept;                   /* the copy in the folder is this one */
    struct timespec start;
    double written;           /* progress.csv, seconds after start */
    double first;             /* done when the searches began; -1 before */
    double done, total, left; /* left: seconds, -1 unknown */
};

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) +
           1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static void now_text(size_t size, char text[])
{
    const time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts) == NULL ||
        strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        text[0] = '\0';
}

/* A line for the log. It is a convenience: that it cannot be written stops nothing, as
 * whatever else is wrong with the folder is said by those who need it. */
static void put_log(const struct job *job, const char *what)
{
    char now[32];
    FILE *stream = fopen(job->files[LOG], "a");
    if (stream == NULL) return;
    now_text(sizeof now, now);
    fprintf(stream, "%s %s\n", now, what);
    fclose(stream);
}

/* --- progress --- */

static void put_progress(const struct job *job, FILE *stream, const char *state)
{
    char now[32];
    now_text(sizeof now, now);
    pel_provenance_put(stream, "state", "%s", state);
    pel_provenance_put(stream, "updated", "%s", now);
    pel_provenance_put(stream, "elapsed_s", "%.0f", seconds_since(&job->start));
    pel_provenance_put(stream, "done_percent", "%.2f",
                       job->total > 0.0 ? 100.0 * job->done / job->total : 0.0);
    if (job->left >= 0.0) pel_provenance_put(stream, "left_s", "%.0f", job->left);
    fputs(
        "sample,level,searches,most_searches,valid,distinct,events,force_calls,work,finished"
        "\n",
        stream);
    for (size_t k = 0; k < job->plan->n; k++) {
        const struct pel_campaign_counts *counts = &job->counts[k];
        pel_table_put_text(stream, job->names[k]);
        fputc(',', stream);
        pel_table_put_text(stream, job->plan->samples[k].level);
        fprintf(stream, ",%zu,", counts->searches);
        if (job->goals[k].searches > 0) fprintf(stream, "%zu", job->goals[k].searches);
        fprintf(stream, ",%zu,%zu,", counts->valid, counts->distinct);
        if (job->goals[k].events > 0) fprintf(stream, "%zu", job->goals[k].events);
        fprintf(stream, ",%zu,%.1f,%d\n", counts->force_calls, counts->work,
                counts->finished);
    }
}

static pel_status write_progress(struct job *job, const char *state,
                                 struct pel_error *err)
{
    struct pel_output *output = NULL;
    pel_status status = cli_open(job->cli, job->files[PROGRESS], "pelrate-progress 1", 0,
                                 NULL, &output, err);
    if (status != PEL_OK) return status;
    put_progress(job, pel_output_stream(output), state);
    return pel_output_commit(output, err);
}

/* The plan as it is now, byte by byte, in the folder: what a later one is compared with. */
static pel_status keep_plan(const struct job *job, struct pel_error *err)
{
    struct pel_output *output = NULL;
    char block[4096];
    size_t n;
    FILE *from = fopen(job->plan->path, "r");
    if (from == NULL)
        return pel_error_at(err, PEL_EOPEN, job->plan->path, 0, "cannot open: %s",
                            strerror(errno));
    pel_status status =
        pel_output_open(job->files[PLAN], PEL_OUTPUT_REPLACE, &output, err);
    while (status == PEL_OK && (n = fread(block, 1, sizeof block, from)) > 0)
        fwrite(block, 1, n, pel_output_stream(output));
    if (status == PEL_OK && ferror(from)) {
        pel_output_discard(output);
        status = pel_error_at(err, PEL_EIO, job->plan->path, 0, "cannot read");
    } else if (status == PEL_OK) {
        status = pel_output_commit(output, err);
    }
    fclose(from);
    return status;
}

static int report(void *context, double done, double total, const char *text)
{
    struct job *job = context;
    const double elapsed = seconds_since(&job->start);
    if (total > 0.0) {
        if (job->first < 0.0) job->first = done;
        job->done = done;
        job->total = total;
        job->left =
            done > job->first ? elapsed * (total - done) / (done - job->first) : -1.0;
        /* That these cannot be written does not stop the searches: the catalogue, which
         * matters, says so itself; and the end writes them again. */
        if (!job->plan_is_kept) job->plan_is_kept = keep_plan(job, NULL) == PEL_OK;
        if (elapsed - job->written > refresh_s) {
            job->written = elapsed;
            write_progress(job, "running", NULL);
        }
    }
    return job->bar.report(job->bar.context, done, total, text);
}

/* --- before, while and after --- */

/* The plan, and whether the folder's campaign may go on with it. */
static pel_status read_plan(struct job *job, const char *path, struct pel_error *err)
{
    struct pel_plan *before = NULL;
    struct stat info;
    pel_status status = pel_plan_read(path, &job->plan, err);
    if (status != PEL_OK || stat(job->files[PLAN], &info) != 0) return status;
    status = pel_plan_read(job->files[PLAN], &before, err);
    if (status == PEL_OK) status = pel_plan_compare(before, job->plan, err);
    pel_plan_free(before);
    return status;
}

static pel_status make_lists(struct job *job, struct pel_error *err)
{
    const size_t n = job->plan->n;
    struct cli *cli = job->cli;
    job->paths = cli_own(cli, calloc(n, sizeof *job->paths));
    job->names = cli_own(cli, calloc(n, sizeof *job->names));
    job->goals = cli_own(cli, calloc(n, sizeof *job->goals));
    job->counts = cli_own(cli, calloc(n, sizeof *job->counts));
    if (job->paths == NULL || job->names == NULL || job->goals == NULL ||
        job->counts == NULL)
        return pel_error_set(err, PEL_ENOMEM, "plan of %zu samples", n);
    for (size_t k = 0; k < n; k++) {
        job->paths[k] = job->plan->samples[k].path;
        job->names[k] = job->plan->samples[k].name;
        job->goals[k] = job->plan->samples[k].goal;
    }
    return PEL_OK;
}

/* The folder and its catalogue, of rank 0 alone. */
static pel_status open_folder(struct job *job, struct pel_catalogue **catalogue,
                              struct pel_error *err)
{
    if (mkdir(job->folder, 0777) != 0 && errno != EEXIST)
        return pel_error_at(err, PEL_EIO, job->folder, 0, "cannot be made: %s",
                            strerror(errno));
    pel_status status =
        cli_sampling_open(&job->sampling, job->files[CATALOGUE], catalogue, err);
    if (status != PEL_OK) return status;
    put_log(job, job->cli->command_line);
    return PEL_OK;
}

static pel_status prepare(struct job *job, const char *plan,
                          struct pel_catalogue **catalogue, struct pel_error *err)
{
    pel_status status = PEL_OK;
    for (int k = 0; k < N_FILES; k++) {
        const size_t size = strlen(job->folder) + strlen(file_names[k]) + 2;
        job->files[k] = cli_own(job->cli, malloc(size));
        if (job->files[k] == NULL) return pel_error_set(err, PEL_ENOMEM, "names");
        snprintf(job->files[k], size, "%s/%s", job->folder, file_names[k]);
    }
    status = read_plan(job, plan, err);
    if (status == PEL_OK) status = make_lists(job, err);
    if (status == PEL_OK)
        status = cli_sampling_read(job->cli, &job->sampling, job->plan->n, job->paths,
                                   job->names, err);
    if (status == PEL_OK && pel_ranks_rank(job->ranks) == 0)
        status = open_folder(job, catalogue, err);
    return status;
}

/* What the campaign is for, as tables. */
static pel_status export(struct job *job, struct pel_catalogue *catalogue,
                         struct pel_error *err)
{
    pel_status status = PEL_OK;
    if (!job->plan_is_kept) status = keep_plan(job, err);
    if (status == PEL_OK)
        status = cli_events_export(job->cli, catalogue, 1, job->files[EVENTS], err);
    if (status == PEL_OK)
        status = cli_events_export(job->cli, catalogue, 0, job->files[SAMPLES], err);
    if (status == PEL_OK) status = write_progress(job, "finished", err);
    return status;
}

static int search(struct job *job, struct pel_catalogue *catalogue)
{
    struct cli *cli = job->cli;
    struct pel_error err = {0};
    struct pel_campaign campaign = cli_sampling_campaign(cli, &job->sampling);
    struct pel_campaign_report done;
    campaign.goals = job->goals;
    campaign.counts = job->counts;
    campaign.ranks = job->ranks;
    cli_progress_start(cli, "campaign");
    job->bar = cli->progress;
    const struct pel_progress progress = {.context = job, .report = report};
    pel_status status = pel_campaign_run(&campaign, catalogue, &progress, &done, &err);
    cli_progress_end(cli);
    if (pel_ranks_rank(job->ranks) > 0) return status == PEL_OK ? CLI_DONE : CLI_FAILED;
    cli_sampling_note(cli, status, &done);
    if (status == PEL_OK) {
        if (done.short_of > 0)
            cli_note(cli, "%zu of %zu samples reached their searches before their events",
                     done.short_of, job->plan->n);
        status = export(job, catalogue, &err);
    } else {
        write_progress(job, status == PEL_ESTOPPED ? "stopped" : "failed", NULL);
    }
    put_log(job, status == PEL_OK ? "finished" : err.text);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

/* Whether an MPI launcher has started this process, and others beside it. */
static int is_launched(void)
{
    static const char *const signs[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"};
    for (size_t k = 0; k < sizeof signs / sizeof *signs; k++) {
        const char *value = getenv(signs[k]);
        long long number = 0;
        if (value == NULL) continue;
        /* Alone, a program without MPI is as good. */
        if (pel_ranks_available()) return 1;
        if (strstr(signs[k], "SIZE") != NULL && pel_text_to_long(value, &number) == 0 &&
            number > 1)
            return 1;
    }
    return 0;
}

static int run_job(struct cli *cli, struct job *job, int argc, const char **argv)
{
    struct pel_error err = {0};
    const struct cli_option *options = cli_sampling_options(cli, &job->sampling, 0, NULL);
    if (options == NULL) {
        pel_error_set(&err, PEL_ENOMEM, "options");
        return cli_fail(cli, &err);
    }
    const char *const *operands;
    size_t n;
    int finished;
    int status = cli_parse(cli, options, CLI_WITH_SEED | CLI_WITH_THREADS, argc, argv, 2,
                           2, &n, &operands, &finished);
    if (status != CLI_DONE || finished) return status;
    status = cli_sampling_check(cli, &job->sampling);
    if (status != CLI_DONE) return status;
    if (pel_ranks_count(job->ranks) > 1 && cli->threads > 1)
        return cli_usage(cli, "--threads: ranks have one each, start more of them");
    /* What the folder holds was written by the campaign, which writes it again. */
    cli->force = 1;
    job->folder = operands[1];
    struct pel_catalogue *catalogue = NULL;
    pel_status ready = prepare(job, operands[0], &catalogue, &err);
    ready = pel_ranks_agree(job->ranks, ready, &err);
    status = ready == PEL_OK ? search(job, catalogue) : cli_fail(cli, &err);
    pel_catalogue_close(catalogue);
    return status;
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.cli = cli, .first = -1.0, .left = -1.0};
    struct pel_error err = {0};
    clock_gettime(CLOCK_MONOTONIC, &job.start);
    if (is_launched() && pel_ranks_join(&job.ranks, &err) != PEL_OK)
        return cli_fail(cli, &err);
    /* One of them speaks for all. */
    if (pel_ranks_rank(job.ranks) > 0 && freopen("/dev/null", "w", stderr) == NULL)
        cli->quiet = 1;
    const int status = run_job(cli, &job, argc, argv);
    cli_sampling_free(&job.sampling);
    pel_plan_free(job.plan);
    pel_ranks_leave(job.ranks);
    return status;
}

const struct cli_command cli_campaign = {
    .name = "campaign",
    .summary = "sample many glasses by a plan, on threads or machines",
    .operands = "PLAN.csv FOLDER",
    .details =
        "Searches as `pelrate sample` does, for each glass of a plan as much as the plan\n"
        "says. PLAN.csv has a row a sample, with the columns structure (a file, relative\n"
        "to the plan) and searches (most of them) or events (distinct ones to find) or\n"
        "both; and name and level, if wanted. FOLDER receives\n"
        "\n"
        "  events.db      the catalogue: every search, stored as soon as it is finished\n"
        "  plan.csv       the plan\n"
        "  progress.csv   how far each sample is, rewritten every 10 s\n"
        "  campaign.log   when it was started, and how that ended\n"
        "  events.csv, samples.csv   at the end: what `pelrate events` says\n"
        "\n"
        "The same line given again goes on after any stop, a kill or a full disk, and\n"
        "finds the same events. The plan may be given more samples and higher numbers\n"
        "then; any other change is refused. With MPI, `mpirun -n 8 pelrate campaign ...`\n"
        "shares the work among 8 ranks, of which the first one writes; the events are the\n"
        "same.\n"
        "\n"
        "  $ pelrate glass --composition Cu56Zr44 --atoms 108 --cool 2000 "
        "--potential /usr/share/lammps/potentials/CuZr_mm.eam.fs -o g.xyz\n"
        "  $ printf 'structure,searches\\ng.xyz,4\\n' >plan.csv\n"
        "  $ pelrate campaign plan.csv cuzr --elements Cu,Zr "
        "--potential /usr/share/lammps/potentials/CuZr_mm.eam.fs\n",
    .run = run,
};

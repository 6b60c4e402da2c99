#include "interaction.h"

#include <pelrate/campaign.h>
#include <pelrate/event.h>
#include <pelrate/provenance.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What `pelrate sample` was asked to do, and what it holds. */
struct job {
    const char *output;
    struct cli_interaction interaction;
    struct cli_texts elements;
    long long events;
    long long searches;
    struct pel_sampler_settings settings;
    const char **values; /* [pel_sampler_count()] options of the sampler, NULL: default */
    size_t n;            /* glasses */
    struct pel_structure **structures; /* [n] */
    char (*names)[PEL_ERROR_FILE];     /* [n] */
    char (*hashes)[PEL_HASH];          /* [n] */
    const char **name_list;            /* [n] into names */
    const char **hash_list;            /* [n] into hashes */
    struct pel_potential *potential;
    struct pel_catalogue *catalogue;
};

static void release(struct job *job)
{
    pel_catalogue_close(job->catalogue);
    pel_potential_free(job->potential);
    for (size_t k = 0; job->structures != NULL && k < job->n; k++)
        pel_structure_free(job->structures[k]);
    free(job->structures);
    free(job->names);
    free(job->hashes);
    free(job->name_list);
    free(job->hash_list);
}

/* "glasses/q10.data" is sample "q10". */
static void name_of(const char *path, char name[PEL_ERROR_FILE])
{
    const char *base = strrchr(path, '/');
    snprintf(name, PEL_ERROR_FILE, "%s", base != NULL ? base + 1 : path);
    char *dot = strrchr(name, '.');
    if (dot != NULL && dot != name) *dot = '\0';
}

static pel_status read_inputs(struct cli *cli, struct job *job, const char *const *paths,
                              struct pel_error *err)
{
    pel_status status = cli_interaction_open(cli, &job->interaction, job->elements.n,
                                             job->elements.values, &job->potential, err);
    for (size_t k = 0; status == PEL_OK && k < job->n; k++) {
        status = pel_structure_read(paths[k], job->elements.n, job->elements.values,
                                    &job->structures[k], err);
        if (status == PEL_OK)
            status = pel_provenance_hash_file(paths[k], job->hashes[k], err);
        name_of(paths[k], job->names[k]);
        /* An event record has no room for more, and cut names could be the same. */
        if (status == PEL_OK && strlen(job->names[k]) >= PEL_EVENT_NAME)
            status =
                pel_error_at(err, PEL_EARG, paths[k], 0,
                             "a sample's name of %zu characters, expected %d or less",
                             strlen(job->names[k]), PEL_EVENT_NAME - 1);
        job->name_list[k] = job->names[k];
        job->hash_list[k] = job->hashes[k];
    }
    return status;
}

static pel_status open_catalogue(struct job *job, struct pel_error *err)
{
    char elements[PEL_MAX_SPECIES * PEL_ELEMENT_NAME + 1] = "";
    const char *identity = pel_potential_identity(job->potential);
    if (identity[0] == '\0')
        return pel_error_set(err, PEL_EARG,
                             "--potential: no regular file, whose hash the catalogue "
                             "would hold");
    for (size_t k = 0; k < job->elements.n; k++) {
        const size_t used = strlen(elements);
        snprintf(elements + used, sizeof elements - used, "%s%s", k > 0 ? "," : "",
                 job->elements.values[k]);
    }
    return pel_campaign_open(job->output, &job->settings, identity, elements, 0, NULL,
                             &job->catalogue, err);
}

static int sample(struct cli *cli, struct job *job, const char *const *paths)
{
    struct pel_error err = {0};
    job->structures = calloc(job->n, sizeof *job->structures);
    job->names = calloc(job->n, sizeof *job->names);
    job->hashes = calloc(job->n, sizeof *job->hashes);
    job->name_list = calloc(job->n, sizeof *job->name_list);
    job->hash_list = calloc(job->n, sizeof *job->hash_list);
    if (job->structures == NULL || job->names == NULL || job->hashes == NULL ||
        job->name_list == NULL || job->hash_list == NULL) {
        pel_error_set(&err, PEL_ENOMEM, "%zu glasses", job->n);
        return cli_fail(cli, &err);
    }
    if (read_inputs(cli, job, paths, &err) != PEL_OK) return cli_fail(cli, &err);
    const int is_new = access(job->output, F_OK) != 0;
    if (open_catalogue(job, &err) != PEL_OK) return cli_fail(cli, &err);

    const struct pel_campaign campaign = {
        .potential = job->potential,
        .settings = &job->settings,
        .n_samples = job->n,
        .structures = (const struct pel_structure *const *)job->structures,
        .names = job->name_list,
        .hashes = job->hash_list,
        .events = (size_t)job->events,
        .searches = (size_t)job->searches,
        .threads = (size_t)cli->threads};
    struct pel_campaign_report report;
    cli_progress_start(cli, "sample");
    const pel_status status =
        pel_campaign_run(&campaign, job->catalogue, &cli->progress, &report, &err);
    cli_progress_end(cli);
    const double per_valid =
        (double)report.force_calls / (double)(report.valid + !report.valid);
    /* Which events are distinct is known once a batch is whole: not after a stop. */
    if (status == PEL_OK)
        cli_note(cli,
                 "%zu searches (%zu new), %zu valid events, %zu distinct, %.0f force "
                 "calls per valid event",
                 report.searches, report.new_searches, report.valid, report.distinct,
                 per_valid);
    else if (report.searches > 0)
        cli_note(cli, "%zu searches (%zu new), %zu valid events so far", report.searches,
                 report.new_searches, report.valid);
    if (status == PEL_EARG && is_new && report.searches == 0) {
        /* Refused before the first search: an empty catalogue is of no use. */
        pel_catalogue_close(job->catalogue);
        job->catalogue = NULL;
        remove(job->output);
    }
    if (status != PEL_OK) return cli_fail(cli, &err);
    if (report.short_of > 0)
        cli_note(cli, "%zu of %zu samples reached --searches before --events",
                 report.short_of, job->n);
    return CLI_DONE;
}

/* The options of the command, then one for each setting of the sampler: "push_step_A" is
 * --push-step-A. The seed is one of the common options. */
static struct cli_option *make_options(struct cli *cli, struct job *job)
{
    const struct cli_option own[] = {
        {"output", CLI_TEXT, &job->output, "FILE.db",
         "the event catalogue; goes on where it was if it exists (required)"},
        CLI_INTERACTION_OPTIONS(&job->interaction),
        {"elements", CLI_TEXTS, &job->elements, "E1,E2",
         "species of the atom types in their order (required)"},
        {"events", CLI_INTEGER, &job->events, "N",
         "distinct valid events to find in each glass"},
        {"searches", CLI_INTEGER, &job->searches, "N", "most searches in each glass"}};
    const size_t n_own = sizeof own / sizeof *own, n = pel_sampler_count();
    struct cli_option *options = cli_own(cli, calloc(n_own + n + 1, sizeof *options));
    char(*names)[48] = cli_own(cli, calloc(n, sizeof *names));
    char(*helps)[128] = cli_own(cli, calloc(n, sizeof *helps));
    job->values = cli_own(cli, calloc(n, sizeof *job->values));
    if (options == NULL || names == NULL || helps == NULL || job->values == NULL)
        return NULL;
    memcpy(options, own, sizeof own);
    size_t at = n_own;
    for (size_t k = 0; k < n; k++) {
        const struct pel_sampler_setting *setting = pel_sampler_setting(k);
        if (strcmp(setting->key, "seed") == 0) continue;
        char value[PEL_SAMPLER_VALUE];
        snprintf(names[k], sizeof names[k], "%s", setting->key);
        for (char *c = names[k]; *c != '\0'; c++)
            if (*c == '_') *c = '-';
        snprintf(helps[k], sizeof helps[k], "%s (default: %s)", setting->help,
                 pel_sampler_value(&job->settings, k, value));
        options[at++] = (struct cli_option){names[k], CLI_TEXT, &job->values[k],
                                            setting->unit, helps[k]};
    }
    return options;
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.settings = pel_sampler_defaults()};
    struct pel_error err = {0};
    const struct cli_option *options = make_options(cli, &job);
    if (options == NULL) {
        pel_error_set(&err, PEL_ENOMEM, "options");
        return cli_fail(cli, &err);
    }
    const char *const *paths;
    int finished;
    int status = cli_parse(cli, options, CLI_WITH_SEED | CLI_WITH_THREADS, argc, argv, 1,
                           100000, &job.n, &paths, &finished);
    if (status != CLI_DONE || finished) return status;
    if (job.output == NULL) return cli_usage(cli, "--output FILE.db is missing");
    if (strcmp(job.output, "-") == 0)
        return cli_usage(cli, "--output: a catalogue is a file, expected its name");
    status = cli_interaction_check(cli, &job.interaction);
    if (status != CLI_DONE) return status;
    if (job.elements.n == 0) return cli_usage(cli, "--elements E1,E2 is missing");
    if (job.events < 0 || job.searches < 0 || (job.events == 0 && job.searches == 0))
        return cli_usage(cli, "expected --events N or --searches N, with N of 1 or more");
    if (cli->seed < 0) return cli_usage(cli, "--seed: expected 0 or more");
    job.settings.seed = (uint64_t)cli->seed;
    for (size_t k = 0; k < pel_sampler_count(); k++)
        if (job.values[k] != NULL &&
            pel_sampler_set(&job.settings, k, job.values[k], &err) != PEL_OK)
            return cli_usage(cli, "%s", err.text);
    status = sample(cli, &job, paths);
    release(&job);
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

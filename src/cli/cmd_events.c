#include "events_verify.h"
#include "sampling.h"

#include <pelrate/distinct.h>
#include <pelrate/event.h>
#include <pelrate/provenance.h>
#include <pelrate/table.h>
#include <pelrate/text.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What `pelrate events` was asked for, and where it is. */
struct job {
    int csv, distinct_only;
    long long verify; /* events to recompute; -1: none */
    struct cli_interaction interaction;
    struct pel_catalogue *catalogue;
    struct pel_distinct *distinct; /* of the sample under way */
    struct pel_catalogue_sample sample;
    struct cli_frequencies frequencies; /* of the sample under way */
    FILE *stream;
    /* of the sample under way */
    size_t searches, force_calls, count[PEL_ART_N_STATUS];
    double sum_e_a, sum_e_r; /* over distinct valid events [eV] */
};

/* Settings that say how much was searched, not what is found: events that differ in them
 * alone belong together. */
static int is_of_campaign(const char *key)
{
    return strcmp(key, "seed") == 0 || strcmp(key, "batch") == 0;
}

static void put_settings(FILE *stream, const struct pel_catalogue *catalogue)
{
    const size_t n = pel_catalogue_settings(catalogue);
    fputs("# settings:", stream);
    for (size_t k = 0; k < n; k++) {
        const struct pel_catalogue_setting setting = pel_catalogue_setting(catalogue, k);
        if (!is_of_campaign(setting.key))
            fprintf(stream, " %s=%s;", setting.key, setting.value);
    }
    fputc('\n', stream);
    for (size_t k = 0; k < n; k++) {
        const struct pel_catalogue_setting setting = pel_catalogue_setting(catalogue, k);
        pel_provenance_put(stream, setting.key, "%s", setting.value);
    }
}

static void put_event(struct job *job, const struct pel_catalogue_search *search,
                      int64_t duplicate_of)
{
    const int is_valid = search->status == PEL_ART_VALID;
    const struct pel_catalogue_frequency *frequency =
        cli_frequencies_of(&job->frequencies, search->search);
    struct pel_event event = {
        .e_is = job->sample.e_is_eV_per_atom,
        .search = (int64_t)search->search,
        .atom = search->atom,
        .e_a = search->e_a_eV,
        .e_r = search->e_r_eV,
        .eigenvalue = search->eigenvalue_eV_per_A2,
        .force_calls = (int64_t)search->force_calls,
        .displacement = search->displacement_A,
        .moved_atoms = is_valid ? (int64_t)search->moved_atoms : -1,
        .duplicate_of = duplicate_of,
        .full_calls = (int64_t)search->full_calls,
        .work = search->work,
        .attempt_frequency = frequency != NULL ? frequency->frequency_Hz : NAN,
        .reverse_attempt_frequency =
            frequency != NULL ? frequency->reverse_frequency_Hz : NAN};
    snprintf(event.sample, sizeof event.sample, "%s", job->sample.name);
    snprintf(event.status, sizeof event.status, "%s",
             pel_art_status_word(search->status));
    pel_event_put(job->stream, &event);
}

static pel_status visit(void *context, const struct pel_catalogue_search *search,
                        struct pel_error *err)
{
    struct job *job = context;
    int64_t duplicate_of = -1;
    const pel_status status = pel_distinct_add(job->distinct, search, &duplicate_of, err);
    if (status != PEL_OK) return status;
    const int is_distinct = search->status == PEL_ART_VALID && duplicate_of < 0;
    job->searches++;
    job->force_calls += search->force_calls;
    job->count[search->status]++;
    if (is_distinct) {
        job->sum_e_a += search->e_a_eV;
        job->sum_e_r += search->e_r_eV;
    }
    if (job->csv && (is_distinct || !job->distinct_only))
        put_event(job, search, duplicate_of);
    return PEL_OK;
}

/* Names of the columns of the summary; one more for each reason of failure. */
static void put_summary_names(FILE *stream)
{
    fputs("sample,atoms,e_is_eV_per_atom,lowest_eigenvalue_eV_per_A2,searches,valid,"
          "distinct,"
          "valid_percent,calls_per_valid,calls_per_distinct,mean_e_a_eV,mean_e_r_eV",
          stream);
    for (int k = PEL_ART_VALID + 1; k < PEL_ART_N_STATUS; k++) {
        char name[PEL_EVENT_STATUS];
        snprintf(name, sizeof name, "%s", pel_art_status_word((enum pel_art_status)k));
        for (char *c = name; *c != '\0'; c++)
            if (*c == ' ' || *c == '-') *c = '_';
        fprintf(stream, ",%s", name);
    }
    fputc('\n', stream);
}

static void put_summary(const struct job *job)
{
    const double valid = (double)job->count[PEL_ART_VALID],
                 calls = (double)job->force_calls;
    const double distinct = (double)pel_distinct_count(job->distinct);
    const struct pel_catalogue_sample *sample = &job->sample;
    const double numbers[] = {(double)sample->atoms,
                              sample->e_is_eV_per_atom,
                              sample->eigenvalue_eV_per_A2,
                              (double)job->searches,
                              valid,
                              distinct,
                              job->searches > 0 ? 100.0 * valid / (double)job->searches
                                                : NAN,
                              valid > 0.0 ? calls / valid : NAN,
                              distinct > 0.0 ? calls / distinct : NAN,
                              distinct > 0.0 ? job->sum_e_a / distinct : NAN,
                              distinct > 0.0 ? job->sum_e_r / distinct : NAN};
    pel_table_put_text(job->stream, sample->name);
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        fputc(',', job->stream);
        if (!isnan(numbers[k])) pel_table_put_number(job->stream, numbers[k]);
    }
    for (int k = PEL_ART_VALID + 1; k < PEL_ART_N_STATUS; k++)
        fprintf(job->stream, ",%zu", job->count[k]);
    fputc('\n', job->stream);
}

static pel_status put_samples(struct job *job, size_t n, struct pel_error *err)
{
    pel_status status = PEL_OK;
    for (size_t k = 0; status == PEL_OK && k < n; k++) {
        job->searches = job->force_calls = 0;
        memset(job->count, 0, sizeof job->count);
        job->sum_e_a = job->sum_e_r = 0.0;
        status = pel_distinct_create(cli_stored_number(job->catalogue, "same_energy_eV"),
                                     cli_stored_number(job->catalogue, "same_distance_A"),
                                     &job->distinct, err);
        if (status == PEL_OK)
            status = pel_catalogue_sample(job->catalogue, k, &job->sample, err);
        if (status == PEL_OK)
            status = cli_frequencies_read(job->catalogue, k, &job->frequencies, err);
        if (status == PEL_OK)
            status = pel_catalogue_walk(job->catalogue, k, visit, job, err);
        cli_frequencies_free(&job->frequencies);
        if (status == PEL_OK && !job->csv) put_summary(job);
        pel_catalogue_sample_free(&job->sample);
        pel_distinct_free(job->distinct);
        job->distinct = NULL;
    }
    return status;
}

/* The same for every sample: the campaign takes glasses of one size into a catalogue. */
static pel_status put_common(struct job *job, size_t n, struct pel_error *err)
{
    if (n == 0) return PEL_OK;
    struct pel_catalogue_sample first;
    pel_status status = pel_catalogue_sample(job->catalogue, 0, &first, err);
    if (status != PEL_OK) return status;
    pel_provenance_put(job->stream, "atoms", "%zu", first.atoms);
    char text[PEL_TEXT_DOUBLE];
    pel_provenance_put(job->stream, "molar_mass_g_per_mol", "%s",
                       pel_text_double(text, first.molar_mass_g_per_mol));
    pel_catalogue_sample_free(&first);
    return PEL_OK;
}

static pel_status export(const struct cli *cli, struct job *job, const char *path,
                         struct pel_error *err)
{
    struct pel_output *output = NULL;
    size_t n = 0;
    pel_status status = pel_catalogue_samples(job->catalogue, &n, err);
    /* The catalogue is no hashed input: where SQLite puts its pages depends on the order
     * in which searches ended, what is exported does not. */
    if (status == PEL_OK)
        status =
            cli_open(cli, path, job->csv ? "pelrate-events 1" : "pelrate-event-summary 1",
                     0, NULL, &output, err);
    if (status != PEL_OK) return status;
    job->stream = pel_output_stream(output);
    status = put_common(job, n, err);
    put_settings(job->stream, job->catalogue);
    if (job->csv)
        pel_event_put_names(job->stream);
    else
        put_summary_names(job->stream);
    if (status == PEL_OK) status = put_samples(job, n, err);
    if (status == PEL_OK)
        status = pel_output_commit(output, err);
    else
        pel_output_discard(output);
    return status;
}

pel_status cli_events_export(const struct cli *cli, struct pel_catalogue *catalogue,
                             int csv, const char *path, struct pel_error *err)
{
    struct job job = {.catalogue = catalogue, .csv = csv};
    struct cli without_seed = *cli; /* it stands among the settings */
    without_seed.common = 0;
    return export(&without_seed, &job, path, err);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.verify = -1};
    const struct cli_option options[] = {
        {"csv", CLI_FLAG, &job.csv, NULL, "one row a search instead of one a sample"},
        {"distinct", CLI_FLAG, &job.distinct_only, NULL,
         "with --csv: distinct valid events only"},
        {"verify", CLI_INTEGER, &job.verify, "N",
         "recompute N valid events drawn by --seed, 0: all; needs --potential"},
        CLI_INTERACTION_OPTIONS(&job.interaction),
        {0}};
    const char *const *paths;
    size_t n;
    int finished;
    int status =
        cli_parse(cli, options, CLI_WITH_OUTPUT | CLI_WITH_SEED | CLI_WITH_THREADS, argc,
                  argv, 1, 1, &n, &paths, &finished);
    if (status != CLI_DONE || finished) return status;
    if (job.distinct_only && !job.csv) return cli_usage(cli, "--distinct needs --csv");
    if (job.verify != -1) {
        if (job.verify < 0) return cli_usage(cli, "--verify: expected 0 or more");
        if (job.csv) return cli_usage(cli, "--verify and --csv exclude each other");
        status = cli_interaction_check(cli, &job.interaction);
        if (status != CLI_DONE) return status;
    }
    /* What is exported depends on the seed of the searches, which the settings tell. */
    if (job.verify < 0) cli->common &= ~(unsigned)CLI_WITH_SEED;
    status = cli_outputs_check(cli, 0, NULL);
    if (status != CLI_DONE) return status;
    struct pel_error err = {0};
    if (pel_catalogue_read(paths[0], &job.catalogue, &err) != PEL_OK)
        return cli_fail(cli, &err);
    if (job.verify >= 0) {
        status =
            cli_events_verify(cli, job.catalogue, &job.interaction, (size_t)job.verify);
        pel_catalogue_close(job.catalogue);
        return status;
    }
    const pel_status done = export(cli, &job, cli->output, &err);
    pel_catalogue_close(job.catalogue);
    return done == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_events = {
    .name = "events",
    .summary = "what is in an event catalogue, and its export as CSV",
    .operands = "EVENTS.db",
    .details =
        "One row a sample: searches, valid and distinct events, force calls for each of\n"
        "them (failed searches charged), mean E_A and E_R of the distinct events, and "
        "how\n"
        "many searches failed for each reason. With --csv one row a search, failures "
        "too:\n"
        "sample,e_is_eV_per_atom,search,atom,status,e_a_eV,e_r_eV,eigenvalue_eV_per_A2,\n"
        "force_calls,displacement_A,moved_atoms,duplicate_of,full_calls,work,\n"
        "attempt_frequency_Hz,reverse_attempt_frequency_Hz; this is\n"
        "what `pelrate fit` reads (work: the cost in evaluations of the whole cell).\n"
        "The rows depend on the seed and the settings alone, not on threads or\n"
        "interruptions.\n"
        "\n"
        "--verify N recomputes N valid events from what is stored, far below the "
        "tolerances\n"
        "that found them: minima and saddle by Newton's method to 1e-8 eV/A, the signs of\n"
        "all eigenvalues of the Hessian there, E_A and E_R to 1e-6 eV, and where steepest\n"
        "descent from the saddle ends. One row an event, and exit status 1 where fewer "
        "than\n"
        "99 % pass; the elements are those of the catalogue. Columns:\n"
        "sample,search,pass,reason,e_a_eV,e_a_difference_eV,e_r_eV,e_r_difference_eV,\n"
        "max_force_{initial,saddle,final}_eV_per_A,moved_{saddle,final}_A,\n"
        "negative_eigenvalues,negative_eigenvalues_{initial,final},method,\n"
        "eigenvalue_eV_per_A2,connected_{initial,final}_A,force_calls (differences: less\n"
        "the stored value; moved: from the stored point).\n"
        "\n"
        "  $ pelrate glass --composition Cu56Zr44 --atoms 108 --cool 2000 "
        "--potential /usr/share/lammps/potentials/CuZr_mm.eam.fs -o g.xyz\n"
        "  $ pelrate sample g.xyz --elements Cu,Zr --searches 4 "
        "--potential /usr/share/lammps/potentials/CuZr_mm.eam.fs -o events.db\n"
        "  $ pelrate events events.db --csv -o events.csv\n",
    .run = run,
};

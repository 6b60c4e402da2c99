#include "stored.h"

#include <pelrate/distinct.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Which events are the same, as one number. */
struct verdicts {
    struct pel_distinct *distinct;
    uint64_t digest;
};

static pel_status judge(void *context, const struct pel_catalogue_search *search,
                        struct pel_error *err)
{
    struct verdicts *verdicts = context;
    int64_t duplicate_of = -1;
    const pel_status status =
        pel_distinct_add(verdicts->distinct, search, &duplicate_of, err);
    verdicts->digest = verdicts->digest * 6364136223846793005u + (uint64_t)duplicate_of;
    return status;
}

static pel_status judge_all(struct pel_catalogue *catalogue, uint64_t *digest,
                            struct pel_error *err)
{
    struct verdicts verdicts = {0};
    size_t n = 0;
    pel_status status = pel_catalogue_samples(catalogue, &n, err);
    for (size_t k = 0; status == PEL_OK && k < n; k++) {
        status = pel_distinct_create(cli_stored_number(catalogue, "same_energy_eV"),
                                     cli_stored_number(catalogue, "same_distance_A"),
                                     &verdicts.distinct, err);
        if (status == PEL_OK)
            status = pel_catalogue_walk(catalogue, k, judge, &verdicts, err);
        pel_distinct_free(verdicts.distinct);
        verdicts.distinct = NULL;
    }
    *digest = verdicts.digest;
    return status;
}

/* Leave out what moved little, unless that would change which events are the same. */
static pel_status make_thin(struct pel_catalogue *catalogue, double moved_over,
                            struct pel_error *err)
{
    uint64_t before, after;
    pel_status status = judge_all(catalogue, &before, err);
    if (status == PEL_OK) status = pel_catalogue_thin(catalogue, moved_over, err);
    if (status == PEL_OK) status = judge_all(catalogue, &after, err);
    if (status == PEL_OK && before != after)
        status = pel_error_set(err, PEL_EARG,
                               "--moved-over: with displacements over %g A alone other "
                               "events would be the same, expected a smaller length",
                               moved_over);
    return status;
}

/* moved_over: leave out displacements of this and less [A]; 0: keep all. */
static pel_status merge(const struct cli *cli, const char *path, size_t n,
                        const char *const inputs[], double moved_over,
                        struct pel_error *err)
{
    struct pel_catalogue *catalogue = NULL;
    struct pel_catalogue_merged sum = {0}, one;
    pel_status status = cli_stored_open_like(inputs[0], path, &catalogue, err);
    for (size_t k = 0; status == PEL_OK && k < n; k++) {
        status = pel_catalogue_merge(catalogue, inputs[k], &one, err);
        sum.samples += one.samples;
        sum.searches += one.searches;
        sum.same += one.same;
    }
    if (status == PEL_OK && moved_over > 0.0)
        status = make_thin(catalogue, moved_over, err);
    pel_catalogue_close(catalogue);
    if (status == PEL_OK)
        cli_note(cli, "%zu samples, %zu searches; %zu were there more than once",
                 sum.samples, sum.searches, sum.same);
    return status;
}

/* Give the whole catalogue its name; link() fails where there is one of that name. */
static pel_status take_place(const struct cli *cli, const char *from,
                             struct pel_error *err)
{
    if (!cli->force) {
        if (link(from, cli->output) == 0) {
            remove(from);
            return PEL_OK;
        }
        if (errno == EEXIST)
            return pel_error_at(err, PEL_EEXIST, cli->output, 0,
                                "exists already, expected a new name (or --force)");
    }
    if (rename(from, cli->output) == 0) return PEL_OK;
    return pel_error_at(err, PEL_EIO, cli->output, 0, "cannot write: %s",
                        strerror(errno));
}

static int run(struct cli *cli, int argc, const char **argv)
{
    double moved_over = 0.0;
    const struct cli_option options[] = {
        {"output", CLI_TEXT, &cli->output, "FILE.db", "the united catalogue (required)"},
        {"force", CLI_FLAG, &cli->force, NULL, "replace it if it exists"},
        {"moved-over", CLI_NUMBER, &moved_over, "A",
         "keep displacements of atoms that moved more only, for a small file"},
        {0}};
    const char *const *inputs;
    size_t n;
    int finished;
    int status = cli_parse(cli, options, 0, argc, argv, 1, 10000, &n, &inputs, &finished);
    if (status != CLI_DONE || finished) return status;
    if (cli->output == NULL) return cli_usage(cli, "--output FILE.db is missing");
    if (strcmp(cli->output, "-") == 0)
        return cli_usage(cli, "--output: a catalogue is a file, expected its name");
    if (!(moved_over >= 0.0)) return cli_usage(cli, "--moved-over: expected 0 or more");
    status = cli_outputs_check(cli, 0, NULL);
    if (status != CLI_DONE) return status;
    const size_t size = strlen(cli->output) + 48;
    char *path = cli_own(cli, malloc(size)), *journal = cli_own(cli, malloc(size));
    struct pel_error err = {0};
    if (path == NULL || journal == NULL) {
        pel_error_set(&err, PEL_ENOMEM, "names");
        return cli_fail(cli, &err);
    }
    snprintf(path, size, "%s.tmp-%ld", cli->output, (long)getpid());
    snprintf(journal, size, "%s-journal", path);
    pel_status done = merge(cli, path, n, inputs, moved_over, &err);
    if (done == PEL_OK) done = take_place(cli, path, &err);
    if (done == PEL_OK) return CLI_DONE;
    remove(path);
    remove(journal);
    return cli_fail(cli, &err);
}

const struct cli_command cli_merge = {
    .name = "merge",
    .summary = "unite event catalogues of the same settings",
    .operands = "EVENTS.db...",
    .details =
        "Campaigns of the same settings, on several machines or over several glasses, as\n"
        "one: a glass is known by the hash of its file, a search by its number. What is\n"
        "there more than once has to be the same each time, or nothing is written.\n"
        "Attempt frequencies come along. The samples keep the order in which they come;\n"
        "`pelrate sample` and `pelrate campaign` go on with the result; not so with one\n"
        "that --moved-over has made small, to be handed on: there, atoms that moved less\n"
        "have displacement 0; the energies are those that were found, and the same events\n"
        "are distinct, or it is refused.\n"
        "\n"
        "  $ pelrate glass --composition Cu56Zr44 --atoms 108 --cool 2000 "
        "--potential /usr/share/lammps/potentials/CuZr_mm.eam.fs -o a.xyz\n"
        "  $ pelrate glass --composition Cu56Zr44 --atoms 108 --cool 2000 --seed 2 "
        "--potential /usr/share/lammps/potentials/CuZr_mm.eam.fs -o b.xyz\n"
        "  $ pelrate sample a.xyz --elements Cu,Zr --searches 2 "
        "--potential /usr/share/lammps/potentials/CuZr_mm.eam.fs -o a.db\n"
        "  $ pelrate sample b.xyz --elements Cu,Zr --searches 2 "
        "--potential /usr/share/lammps/potentials/CuZr_mm.eam.fs -o b.db\n"
        "  $ pelrate merge a.db b.db -o both.db\n",
    .run = run,
};

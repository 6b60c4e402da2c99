#include "command.h"

#include <pelrate/catalogue.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All of the first catalogue's settings, as pel_catalogue_open wants them. */
static pel_status open_like(const char *first, const char *path,
                            struct pel_catalogue **out, struct pel_error *err)
{
    struct pel_catalogue *like = NULL;
    *out = NULL;
    pel_status status = pel_catalogue_read(first, &like, err);
    if (status != PEL_OK) return status;
    const size_t n = pel_catalogue_settings(like);
    struct pel_catalogue_setting *settings = calloc(n + 1, sizeof *settings);
    if (settings == NULL) status = pel_error_set(err, PEL_ENOMEM, "%zu settings", n);
    for (size_t k = 0; status == PEL_OK && k < n; k++)
        settings[k] = pel_catalogue_setting(like, k);
    if (status == PEL_OK) status = pel_catalogue_open(path, n, settings, out, err);
    free(settings);
    pel_catalogue_close(like);
    return status;
}

static pel_status merge(const struct cli *cli, const char *path, size_t n,
                        const char *const inputs[], struct pel_error *err)
{
    struct pel_catalogue *catalogue = NULL;
    struct pel_catalogue_merged sum = {0}, one;
    pel_status status = open_like(inputs[0], path, &catalogue, err);
    for (size_t k = 0; status == PEL_OK && k < n; k++) {
        status = pel_catalogue_merge(catalogue, inputs[k], &one, err);
        sum.samples += one.samples;
        sum.searches += one.searches;
        sum.same += one.same;
    }
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
    const struct cli_option options[] = {
        {"output", CLI_TEXT, &cli->output, "FILE.db", "the united catalogue (required)"},
        {"force", CLI_FLAG, &cli->force, NULL, "replace it if it exists"},
        {0}};
    const char *const *inputs;
    size_t n;
    int finished;
    int status = cli_parse(cli, options, 0, argc, argv, 1, 10000, &n, &inputs, &finished);
    if (status != CLI_DONE || finished) return status;
    if (cli->output == NULL) return cli_usage(cli, "--output FILE.db is missing");
    if (strcmp(cli->output, "-") == 0)
        return cli_usage(cli, "--output: a catalogue is a file, expected its name");
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
    pel_status done = merge(cli, path, n, inputs, &err);
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
        "`pelrate sample` and `pelrate campaign` go on with the result.\n"
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

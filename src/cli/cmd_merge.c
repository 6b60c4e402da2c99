#include "stored.h"

#include <pelrate/distinct.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* So often events are given their displacements back until the same ones are distinct. */
enum { MOST_ROUNDS = 20 };

/* Which events are the same: the verdict on each search, in the order of samples and
 * searches. */
struct verdict {
    struct pel_catalogue_key key;
    int64_t duplicate_of; /* search of the same sample; -1: of none */
};
struct verdicts {
    struct pel_distinct *distinct; /* of the sample under way */
    size_t sample, n, n_alloc;
    struct verdict *list; /* owned */
};

static pel_status judge(void *context, const struct pel_catalogue_search *search,
                        struct pel_error *err)
{
    struct verdicts *v = context;
    if (v->n == v->n_alloc) {
        const size_t more = v->n_alloc > 0 ? 2 * v->n_alloc : 1024;
        struct verdict *grown = realloc(v->list, more * sizeof *grown);
        if (grown == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu searches", more);
        v->list = grown;
        v->n_alloc = more;
    }
    struct verdict *verdict = &v->list[v->n++];
    verdict->key = (struct pel_catalogue_key){v->sample, search->search};
    return pel_distinct_add(v->distinct, search, &verdict->duplicate_of, err);
}

static pel_status judge_all(struct pel_catalogue *catalogue, struct verdicts *v,
                            struct pel_error *err)
{
    size_t n = 0;
    v->n = 0;
    pel_status status = pel_catalogue_samples(catalogue, &n, err);
    for (v->sample = 0; status == PEL_OK && v->sample < n; v->sample++) {
        status = pel_distinct_create(cli_stored_number(catalogue, "same_energy_eV"),
                                     cli_stored_number(catalogue, "same_distance_A"),
                                     &v->distinct, err);
        if (status == PEL_OK)
            status = pel_catalogue_walk(catalogue, v->sample, judge, v, err);
        pel_distinct_free(v->distinct);
        v->distinct = NULL;
    }
    return status;
}

/* The events that keep all their displacements, so that the same ones are distinct. */
struct whole {
    size_t n;
    struct pel_catalogue_key *keys; /* owned */
};

static pel_status keep_whole(struct whole *whole, size_t sample, int64_t search,
                             struct pel_error *err)
{
    if (search < 0) return PEL_OK;
    for (size_t k = 0; k < whole->n; k++)
        if (whole->keys[k].sample == sample && whole->keys[k].search == (size_t)search)
            return PEL_OK;
    struct pel_catalogue_key *grown =
        realloc(whole->keys, (whole->n + 1) * sizeof *grown);
    if (grown == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu events", whole->n);
    whole->keys = grown;
    grown[whole->n++] = (struct pel_catalogue_key){sample, (size_t)search};
    return PEL_OK;
}

/* Events of which the verdict has changed, and those that they were or are the same as. */
static pel_status keep_changed(const struct verdicts *before,
                               const struct verdicts *after, struct whole *whole,
                               struct pel_error *err)
{
    pel_status status = PEL_OK;
    for (size_t k = 0; status == PEL_OK && k < before->n; k++) {
        const struct verdict *was = &before->list[k], *is = &after->list[k];
        if (was->duplicate_of == is->duplicate_of) continue;
        status = keep_whole(whole, was->key.sample, (int64_t)was->key.search, err);
        if (status == PEL_OK)
            status = keep_whole(whole, was->key.sample, was->duplicate_of, err);
        if (status == PEL_OK)
            status = keep_whole(whole, was->key.sample, is->duplicate_of, err);
    }
    return status;
}

struct merging {
    const char *path; /* of the new catalogue */
    size_t n;
    const char *const *inputs;
    double moved_over; /* leave out displacements of this and less [A]; 0: keep all */
    struct pel_catalogue_merged sum;
    struct verdicts before, after;
    struct whole whole;
};

/* All inputs in one new catalogue. */
static pel_status unite(struct merging *m, struct pel_catalogue **out,
                        struct pel_error *err)
{
    struct pel_catalogue_merged one;
    m->sum = (struct pel_catalogue_merged){0};
    pel_status status = cli_stored_open_like(m->inputs[0], m->path, out, err);
    for (size_t k = 0; status == PEL_OK && k < m->n; k++) {
        status = pel_catalogue_merge(*out, m->inputs[k], &one, err);
        m->sum.samples += one.samples;
        m->sum.searches += one.searches;
        m->sum.same += one.same;
    }
    return status;
}

/* The same, thin but for whole; *changed receives whether other events are distinct. */
static pel_status unite_thin(struct merging *m, int *changed, struct pel_error *err)
{
    struct pel_catalogue *catalogue = NULL;
    const size_t n_before = m->whole.n;
    pel_status status = unite(m, &catalogue, err);
    if (status == PEL_OK) status = judge_all(catalogue, &m->before, err);
    if (status == PEL_OK)
        status =
            pel_catalogue_thin(catalogue, m->moved_over, m->whole.n, m->whole.keys, err);
    if (status == PEL_OK) status = judge_all(catalogue, &m->after, err);
    if (status == PEL_OK) status = keep_changed(&m->before, &m->after, &m->whole, err);
    pel_catalogue_close(catalogue);
    *changed = m->whole.n > n_before;
    return status;
}

static pel_status merge(const struct cli *cli, struct merging *m, struct pel_error *err)
{
    struct pel_catalogue *catalogue = NULL;
    pel_status status = PEL_OK;
    int changed = m->moved_over > 0.0;
    if (!changed) {
        status = unite(m, &catalogue, err);
        pel_catalogue_close(catalogue);
    }
    for (int round = 0; status == PEL_OK && changed; round++) {
        if (round == MOST_ROUNDS)
            return pel_error_set(err, PEL_EARG,
                                 "--moved-over: with displacements over %g A alone other "
                                 "events would be the same, expected a smaller length",
                                 m->moved_over);
        if (round > 0) remove(m->path);
        status = unite_thin(m, &changed, err);
    }
    if (status != PEL_OK) return status;
    cli_note(cli, "%zu samples, %zu searches; %zu were there more than once",
             m->sum.samples, m->sum.searches, m->sum.same);
    if (m->whole.n > 0)
        cli_note(cli,
                 "%zu events keep all their displacements: without, others would be the "
                 "same",
                 m->whole.n);
    return PEL_OK;
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
    struct merging merging = {
        .path = path, .n = n, .inputs = inputs, .moved_over = moved_over};
    pel_status done = merge(cli, &merging, &err);
    free(merging.before.list);
    free(merging.after.list);
    free(merging.whole.keys);
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
        "are distinct: those that need all their displacements for that keep them.\n"
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

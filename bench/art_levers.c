/* What a setting of the search is worth: searches of one glass with settings changed on
 * the command line, the same pushes every time.
 *
 *   art_levers POTENTIALS STRUCTURE FIRST SEARCHES [KEY=VALUE ...]
 *
 * POTENTIALS holds CuZr_mm.eam.fs; STRUCTURE is a glass of Cu and Zr (minimised first);
 * KEY is any setting of `pelrate sample`, or rows=1 for a row a search. Prints one row of
 * CSV; its first line names the columns. `work` is in force calls of the whole glass, those
 * of some atoms alone at their share; a search costs the same on every machine, so that
 * the rows of two variants may be compared whatever else is running. `push` to `relax` are
 * evaluations a search, local ones counted as one. */

#include <pelrate/distinct.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "search_priv.h"

/* Edges of the histogram of E_A [eV]. */
static const double edge_eV[] = {0.05, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0};
enum { N_EDGES = sizeof edge_eV / sizeof *edge_eV };

struct tally {
    size_t searches, status[PEL_ART_N_STATUS];
    size_t calls, push, climb, order, relax; /* evaluations, local ones too */
    double work, work_valid; /* cost in evaluations of the whole glass; of valid ones */
    double e_a, e_a2, e_r, moved; /* sums over distinct events */
    size_t distinct, histogram[N_EDGES + 1];
};

/* Everything a variant works with. */
struct bench {
    const struct pel_structure *structure;
    struct pel_sampler_settings settings;
    const struct pel_potential *potential;
    struct pel_distinct *distinct;
    struct pel_catalogue_sample minimum; /* owned */
    int rows;
    struct tally tally;
};

static pel_status count(struct bench *b, size_t search, const struct pel_art_result *r,
                        struct pel_error *err)
{
    struct tally *t = &b->tally;
    t->searches++;
    t->status[r->status]++;
    t->calls += r->force_calls;
    t->work += r->work;
    t->push += r->push_calls;
    t->climb += r->climb_calls;
    t->order += r->order_calls;
    t->relax += r->relax_calls;
    if (r->status == PEL_ART_VALID) t->work_valid += r->work;
    struct pel_catalogue_search row = {.search = search,
                                       .status = r->status,
                                       .e_a_eV = r->e_a_eV,
                                       .e_r_eV = r->e_r_eV,
                                       .n = r->n};
    int64_t same = -1;
    pel_status status = PEL_OK;
    if (r->status == PEL_ART_VALID) {
        row.saddle = malloc(r->n * sizeof *row.saddle);
        row.final = malloc(r->n * sizeof *row.final);
        if (row.saddle == NULL || row.final == NULL)
            status = pel_error_set(err, PEL_ENOMEM, "event");
        for (size_t i = 0; status == PEL_OK && i < r->n; i++) {
            row.saddle[i] = (float)(r->saddle[i] - b->minimum.x[i]);
            row.final[i] = (float)(r->final[i] - b->minimum.x[i]);
        }
    }
    if (status == PEL_OK) status = pel_distinct_add(b->distinct, &row, &same, err);
    pel_catalogue_search_free(&row);
    if (r->status == PEL_ART_VALID && same < 0) {
        size_t bin = 0;
        while (bin < N_EDGES && r->e_a_eV >= edge_eV[bin])
            bin++;
        t->histogram[bin]++;
        t->distinct++;
        t->e_a += r->e_a_eV;
        t->e_a2 += r->e_a_eV * r->e_a_eV;
        t->e_r += r->e_r_eV;
        t->moved += (double)r->moved_atoms;
    }
    if (b->rows)
        printf(
            "# %zu,%s,%lld,%.6f,%.6f,%.4f,%.4f,%zu,%.0f,%zu,%zu,%zu,%zu,%zu,%zu,%.2g\n",
            search, pel_art_status_word(r->status), (long long)same, r->e_a_eV, r->e_r_eV,
            r->eigenvalue_eV_per_A2, r->second_eV_per_A2, r->moved_atoms, r->work,
            r->force_calls, r->push_calls, r->climb_calls, r->order_calls, r->relax_calls,
            r->climbs, r->max_force_eV_per_A);
    return status;
}

static pel_status search_once(struct bench *b, size_t search, struct pel_error *err)
{
    struct pel_random random;
    struct pel_art_result result = {0};
    size_t atom;
    pel_random_init(&random, b->settings.seed, 0, search);
    pel_status status = pel_art_result_init(&result, 3 * b->structure->n, err);
    if (status == PEL_OK)
        status = pel_search_find(b->potential, &b->settings, b->structure, &b->minimum, 0,
                                 NULL, &random, &atom, &result, err);
    if (status == PEL_OK) status = count(b, search, &result, err);
    pel_art_result_free(&result);
    return status;
}

static void print(const struct bench *b, int argc, char *argv[], double seconds)
{
    const struct tally *t = &b->tally;
    const double searches = (double)t->searches, distinct = (double)t->distinct;
    const size_t valid = t->status[PEL_ART_VALID];
    const double mean = t->e_a / distinct;
    printf("variant,searches,valid,distinct,work_per_valid,work_per_distinct,"
           "work_of_a_valid,work_of_a_failure,calls,push,climb,order,relax,mean_e_a_eV,"
           "sd_e_a_eV,mean_e_r_eV,mean_moved,cpu_s,histogram,ends\n");
    for (int k = 5; k < argc; k++)
        printf("%s%s", k > 5 ? " " : "", argv[k]);
    if (argc <= 5) printf("defaults");
    printf(",%zu,%zu,%zu,%.0f,%.0f,%.0f,%.0f", t->searches, valid, t->distinct,
           t->work / (double)valid, t->work / distinct, t->work_valid / (double)valid,
           (t->work - t->work_valid) / (searches - (double)valid));
    printf(",%.0f,%.0f,%.0f,%.0f,%.0f", (double)t->calls / searches,
           (double)t->push / searches, (double)t->climb / searches,
           (double)t->order / searches, (double)t->relax / searches);
    printf(",%.3f,%.3f,%.3f,%.1f,%.0f,", mean,
           sqrt(fmax(0.0, t->e_a2 / distinct - mean * mean)), t->e_r / distinct,
           t->moved / distinct, seconds);
    for (size_t k = 0; k <= N_EDGES; k++)
        printf("%s%zu", k > 0 ? " " : "", t->histogram[k]);
    printf(",");
    const char *between = "";
    for (size_t k = 0; k < PEL_ART_N_STATUS; k++) {
        if (t->status[k] == 0) continue;
        printf("%s%s %zu", between, pel_art_status_word((enum pel_art_status)k),
               t->status[k]);
        between = "; ";
    }
    printf("\n");
}

static pel_status set(struct bench *b, const char *argument, struct pel_error *err)
{
    char key[64];
    const char *equals = strchr(argument, '=');
    if (equals == NULL || (size_t)(equals - argument) >= sizeof key)
        return pel_error_set(err, PEL_EARG, "%s: expected KEY=VALUE", argument);
    memcpy(key, argument, (size_t)(equals - argument));
    key[equals - argument] = '\0';
    if (strcmp(key, "rows") == 0) {
        b->rows = 1;
        return PEL_OK;
    }
    return pel_sampler_set(&b->settings, pel_sampler_find(key), equals + 1, err);
}

int main(int argc, char *argv[])
{
    static const char *const elements[] = {"Cu", "Zr"};
    struct pel_error err = {0};
    struct pel_structure *structure = NULL;
    struct pel_potential *potential = NULL;
    struct bench b = {.settings = pel_sampler_defaults()};
    char path[1024];
    pel_status status = PEL_OK;
    if (argc < 5) {
        fprintf(stderr, "usage: art_levers POTENTIALS STRUCTURE FIRST SEARCHES "
                        "[KEY=VALUE ...]\n");
        return 2;
    }
    for (int k = 5; status == PEL_OK && k < argc; k++)
        status = set(&b, argv[k], &err);
    snprintf(path, sizeof path, "%s/CuZr_mm.eam.fs", argv[1]);
    if (status == PEL_OK)
        status = pel_potential_read(path, NULL, 2, elements, &potential, &err);
    if (status == PEL_OK)
        status = pel_structure_read(argv[2], 2, elements, &structure, &err);
    if (status == PEL_OK)
        status = pel_distinct_create(b.settings.same_energy_eV,
                                     b.settings.same_distance_A, &b.distinct, &err);
    if (status != PEL_OK) goto done;
    b.structure = structure;
    b.potential = potential;
    status = pel_search_prepare(potential, &b.settings, structure, &b.minimum, &err);
    const size_t first = strtoul(argv[3], NULL, 10),
                 searches = strtoul(argv[4], NULL, 10);
    const clock_t begun = clock();
    for (size_t k = first; status == PEL_OK && k < first + searches; k++)
        status = search_once(&b, k, &err);
    if (status == PEL_OK)
        print(&b, argc, argv, (double)(clock() - begun) / CLOCKS_PER_SEC);
done:
    if (status != PEL_OK) fprintf(stderr, "art_levers: %s\n", err.text);
    pel_distinct_free(b.distinct);
    pel_catalogue_sample_free(&b.minimum);
    pel_structure_free(structure);
    pel_potential_free(potential);
    return status == PEL_OK ? 0 : 1;
}

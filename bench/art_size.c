/* What an event costs against the size of the cell: the same glass of 500 atoms, repeated
 * along its edges, searched from with the atoms near the push alone until the climb
 * converges (local_radius_A as it is) and with all atoms at once (0).
 *
 *   art_size POTENTIALS SOURCE [SEARCHES [MOST [KEY=VALUE ...]]]
 *
 * POTENTIALS holds CuZr_mm.eam.fs, SOURCE is the root of the source tree, SEARCHES those
 * from each cell (default 24), MOST the largest number of atoms (default 16000), KEY=VALUE
 * a setting of the sampler. The pushes differ from size to size: the atom that is drawn
 * does. Failures are charged. Calls count local and full evaluations alike; work counts
 * local ones by their share of the pairs. The number of full evaluations does not grow
 * with the size; each of them does.
 *
 * What the steps towards these settings were worth: the shipped r10-s2, first searches,
 * calls / work for each valid event (all of them distinct), valid of searches:
 *
 *   all atoms at once (data/cuzr of ten glasses)      4295 / 4295 a distinct one of 300
 *   atoms within 8 A first                            2426 / 1255   15 of 40
 *   lost after 6 positive eigenvalues, not 25         2231 /  804    9 of 40
 *   searches back instead of flips taken back         1810 /  551   11 of 40
 *   pushes on, lost after 2                           1833 /  718   17 of 40
 *   the side that leads home judged first             1608 /  610   11 of 24
 *   ... within 6.5 A; within 10 A                     1938 /  685; 2061 / 760
 *   modes from few vectors (climb), no pushes on      1404 /  630   10 of 24
 *   soft pushes, tighter tolerances, steepest path    1387 /  641   10 of 23
 *   both sides down the steepest path, to 1e-4 eV/A   3094 / 1999   78 of 300 (69 distinct:
 *                                                     a distinct one; settled r10-s2)
 *
 * Flips taken back connected 1 of 7 saddles, for two more climbs each, so that is not done.
 *
 * Exit status 77: the potential is not there. */

#include <pelrate/distinct.h>
#include <pelrate/random.h>
#include <pelrate/structure.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "search_priv.h"

enum { SKIPPED = 77 };

/* Processor time: what a busy machine lends to others does not count. */
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static struct pel_structure *repeat(const struct pel_structure *s, const size_t copies[3],
                                    struct pel_error *err)
{
    struct pel_structure *big = NULL;
    double h[3][3];
    for (size_t d = 0; d < 3; d++)
        for (size_t k = 0; k < 3; k++)
            h[d][k] = s->cell.h[d][k] * (double)copies[d];
    if (pel_structure_create(copies[0] * copies[1] * copies[2] * s->n, &big, err) !=
        PEL_OK)
        return NULL;
    if (pel_cell_init(&big->cell, (const double(*)[3])h, s->cell.origin, err) != PEL_OK) {
        pel_structure_free(big);
        return NULL;
    }
    big->n_species = s->n_species;
    memcpy(big->species, s->species, sizeof s->species);
    memcpy(big->mass, s->mass, sizeof s->mass);
    for (size_t at = 0; at < big->n; at++) {
        const size_t copy = at / s->n, i = at % s->n;
        const size_t place[3] = {copy % copies[0], copy / copies[0] % copies[1],
                                 copy / copies[0] / copies[1]};
        big->type[at] = s->type[i];
        for (size_t k = 0; k < 3; k++) {
            big->x[3 * at + k] = s->x[3 * i + k];
            for (size_t d = 0; d < 3; d++)
                big->x[3 * at + k] += (double)place[d] * s->cell.h[d][k];
        }
    }
    return big;
}

static pel_status measure(const struct pel_potential *potential,
                          const struct pel_sampler_settings *settings,
                          const struct pel_structure *s, size_t searches,
                          struct pel_error *err)
{
    struct pel_catalogue_sample minimum = {0};
    struct pel_art_result result = {0};
    size_t calls = 0, full = 0, valid = 0;
    double work = 0.0;
    pel_status status = pel_search_prepare(potential, settings, s, &minimum, err);
    if (status == PEL_OK) status = pel_art_result_init(&result, 3 * s->n, err);
    const double begin = seconds();
    for (size_t k = 0; status == PEL_OK && k < searches; k++) {
        struct pel_random random;
        size_t atom;
        pel_random_init(&random, settings->seed, s->n, k);
        status = pel_search_find(potential, settings, s, &minimum, 0, NULL, &random,
                                 &atom, &result, err);
        calls += result.force_calls;
        full += result.full_calls;
        work += result.work;
        valid += result.status == PEL_ART_VALID;
    }
    const double each = 1.0 / (double)(valid > 0 ? valid : 1);
    if (status == PEL_OK)
        printf("%zu,%g,%zu,%zu,%.0f,%.0f,%.0f,%.2f\n", s->n, settings->local_radius_A,
               searches, valid, (double)calls * each, (double)full * each, work * each,
               (seconds() - begin) * each);
    fflush(stdout);
    pel_art_result_free(&result);
    pel_catalogue_sample_free(&minimum);
    return status;
}

int main(int argc, char **argv)
{
    static const size_t copies[][3] = {{1, 1, 1}, {2, 1, 1}, {2, 2, 1},
                                       {2, 2, 2}, {4, 2, 2}, {4, 4, 2}};
    const char *const elements[] = {"Cu", "Zr"};
    char path[4096];
    struct pel_error err = {0};
    struct pel_potential *potential = NULL;
    struct pel_structure *small = NULL, *big = NULL;
    struct pel_sampler_settings settings = pel_sampler_defaults();
    if (argc < 3) {
        fprintf(stderr, "usage: %s POTENTIALS SOURCE [SEARCHES [MOST [KEY=VALUE ...]]]\n",
                argv[0]);
        return 2;
    }
    const size_t searches = argc > 3 ? (size_t)atoi(argv[3]) : 24;
    const size_t most = argc > 4 ? (size_t)atoi(argv[4]) : 16000;
    snprintf(path, sizeof path, "%s/CuZr_mm.eam.fs", argv[1]);
    if (access(path, R_OK) != 0) {
        fprintf(stderr, "%s is not there\n", path);
        return SKIPPED;
    }
    pel_status status = pel_potential_read(path, NULL, 2, elements, &potential, &err);
    snprintf(path, sizeof path, "%s/tests/reference/lammps/s500_is.data", argv[2]);
    if (status == PEL_OK) status = pel_structure_read(path, 2, elements, &small, &err);
    for (int k = 5; status == PEL_OK && k < argc; k++) {
        char *value = strchr(argv[k], '=');
        if (value == NULL) continue;
        *value = '\0';
        status = pel_sampler_set(&settings, pel_sampler_find(argv[k]), value + 1, &err);
    }
    puts("atoms,local_radius_A,searches,valid,calls_per_valid,full_calls_per_valid,"
         "work_per_valid,cpu_s_per_valid");
    const double radius[2] = {settings.local_radius_A, 0.0};
    for (size_t k = 0; status == PEL_OK && k < sizeof copies / sizeof *copies; k++) {
        if (small->n * copies[k][0] * copies[k][1] * copies[k][2] > most) break;
        big = repeat(small, copies[k], &err);
        if (big == NULL) break;
        for (size_t j = 0; status == PEL_OK && j < 2; j++) {
            settings.local_radius_A = radius[j];
            status = measure(potential, &settings, big, searches, &err);
        }
        pel_structure_free(big);
    }
    pel_structure_free(small);
    pel_potential_free(potential);
    if (err.status != PEL_OK) fprintf(stderr, "art_size: %s\n", err.text);
    return err.status == PEL_OK ? 0 : 1;
}

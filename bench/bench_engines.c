/* What an evaluation of forces costs with each engine, beside our own kernel: the table
 * CuZr_mm.eam.fs, which is also a model of the KIM API.
 *
 *   bench_engines POTENTIALS SOURCE WORKER
 *
 * POTENTIALS holds CuZr_mm.eam.fs, SOURCE is the root of the source tree, WORKER is
 * pelrate-lammps ("": none). Processor time, ours and that of the worker, in microseconds
 * per atom and evaluation, for two ways of life: atoms that shake while the cell stands
 * (searches), and a cell that changes at every step (molecular dynamics with a barostat).
 * Exit status 77: the potential is not there. */

#include <pelrate/potential.h>
#include <pelrate/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { SHORT = 20, LONG = 120, SKIPPED = 77, COPIES = 4 };
static const double SKIN = 0.5; /* [A] */

/* Processor time of this process and of its children that have ended [s]. */
static double seconds(void)
{
    double sum = 0.0;
    static const int who[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
    for (int k = 0; k < 2; k++) {
        struct rusage used;
        getrusage(who[k], &used);
        sum += (double)used.ru_utime.tv_sec + 1e-6 * (double)used.ru_utime.tv_usec +
               (double)used.ru_stime.tv_sec + 1e-6 * (double)used.ru_stime.tv_usec;
    }
    return sum;
}

/* COPIES of a structure in a row. */
static struct pel_structure *repeat(const struct pel_structure *s, struct pel_error *err)
{
    struct pel_structure *big = NULL;
    double h[3][3];
    memcpy(h, s->cell.h, sizeof h);
    for (int k = 0; k < 3; k++)
        h[0][k] *= COPIES;
    if (pel_structure_create(COPIES * s->n, &big, err) != PEL_OK) return NULL;
    if (pel_cell_init(&big->cell, (const double(*)[3])h, s->cell.origin, err) != PEL_OK) {
        pel_structure_free(big);
        return NULL;
    }
    big->n_species = s->n_species;
    memcpy(big->species, s->species, sizeof s->species);
    for (size_t at = 0; at < big->n; at++) {
        big->type[at] = s->type[at % s->n];
        for (int k = 0; k < 3; k++)
            big->x[3 * at + (size_t)k] =
                s->x[3 * (at % s->n) + (size_t)k] + (double)(at / s->n) * s->cell.h[0][k];
    }
    return big;
}

/* Processor time of n evaluations, start and end of the engine included [s]. */
static pel_status run(const struct pel_potential_source *source,
                      const struct pel_structure *s, int n, int strain, double *time,
                      double *energy, struct pel_error *err)
{
    struct pel_potential *potential = NULL;
    struct pel_forces *forces = NULL;
    struct pel_random random;
    double *x = malloc(3 * s->n * sizeof *x), *f = malloc(3 * s->n * sizeof *f);
    struct pel_forces_result result = {.force = f};
    const double start = seconds();
    pel_random_init(&random, 1, 2, 3);
    pel_status status = pel_potential_open(source, &potential, err);
    if (status == PEL_OK) status = pel_forces_create(potential, s, SKIN, &forces, err);
    for (int k = 0; status == PEL_OK && k < n; k++) {
        const double scale = 1.0 + (strain ? 1e-5 * k : 0.0);
        struct pel_cell cell;
        double h[3][3];
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                h[a][b] = s->cell.h[a][b] * scale;
        status = pel_cell_init(&cell, (const double(*)[3])h, s->cell.origin, err);
        for (size_t i = 0; i < 3 * s->n; i++)
            x[i] = s->cell.origin[i % 3] + (s->x[i] - s->cell.origin[i % 3]) * scale +
                   0.02 * pel_random_normal(&random);
        if (status == PEL_OK)
            status = pel_forces_evaluate(forces, &cell, x, &result, err);
    }
    *energy = result.energy;
    pel_forces_free(forces);
    pel_potential_free(potential);
    *time = seconds() - start;
    free(x);
    free(f);
    return status;
}

int main(int argc, char **argv)
{
    static const char *const elements[] = {"Cu", "Zr"};
    static const char *const life[] = {"cell stands", "cell changes"};
    char path[2048], table[2048], commands[4096];
    if (argc != 4) return 2;
    snprintf(table, sizeof table, "%s/CuZr_mm.eam.fs", argv[1]);
    if (access(table, R_OK) != 0) return SKIPPED;
    snprintf(commands, sizeof commands, "pair_style eam/fs; pair_coeff * * %s Cu Zr",
             table);
    const struct pel_potential_source sources[] = {
        {.file = table, .n_elements = 2, .elements = elements},
        {.engine = "lammps",
         .commands = commands,
         .worker = argv[3],
         .n_elements = 2,
         .elements = elements},
        {.engine = "kim",
         .model = "EAM_Dynamo_MendelevSordeletKramer_2007_CuZr__MO_120596890176_005",
         .n_elements = 2,
         .elements = elements}};
    struct pel_error err = {0};
    struct pel_structure *s = NULL;
    snprintf(path, sizeof path, "%s/tests/reference/lammps/s500_is.data", argv[2]);
    pel_status status = pel_structure_read(path, 2, elements, &s, &err);
    struct pel_structure *big = status == PEL_OK ? repeat(s, &err) : NULL;
    for (int way = 0; big != NULL && way < 2; way++) {
        double ours = 0.0;
        for (size_t k = 0; k < sizeof sources / sizeof *sources; k++) {
            const char *name = pel_potential_engine_name(k);
            double little = 0.0, much = 0.0, energy = 0.0;
            status = run(&sources[k], big, SHORT, way, &little, &energy, &err);
            if (status == PEL_OK)
                status = run(&sources[k], big, LONG, way, &much, &energy, &err);
            if (status != PEL_OK) {
                printf("%-12s %-8s not here: %s\n", life[way], name, err.text);
                continue;
            }
            const double each = (much - little) / (LONG - SHORT);
            if (k == 0) ours = each;
            printf("%-12s %-8s %zu atoms  %6.2f us/atom  %5.2f x builtin  start %.2f s  "
                   "%.9f eV\n",
                   life[way], name, big->n, each / (double)big->n * 1e6, each / ours,
                   little - SHORT * each, energy);
        }
    }
    if (big == NULL) fprintf(stderr, "%s\n", err.text);
    pel_structure_free(big);
    pel_structure_free(s);
    return big == NULL;
}

/* How the cost of forces grows with the number of atoms, and what threads do to it:
 * Cu-Zr on a body-centred lattice, every atom displaced at random, 500 to a million atoms.
 *
 *   bench_scaling POTENTIALS [LARGEST [THREADS]]
 *
 * POTENTIALS holds CuZr_mm.eam.fs, LARGEST is the largest number of atoms (default: a
 * million; 2 GB), THREADS that of threads (default: 2). A row: atoms, threads,
 * microseconds an atom of one evaluation with a list that is still good and of making the
 * list, best of several; megabytes for a thousand atoms of all that an evaluation needs
 * beside positions and forces; the speed-up of an evaluation. Processor time for one
 * thread, for two what the clock on the wall says: a busy machine shows there, the more
 * the longer an evaluation takes. Exit status 77: the potential is not there. */

#include <pelrate/potential.h>
#include <pelrate/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SKIPPED = 77 };
static const double SKIN = 0.6;     /* [A] */
static const double LATTICE = 3.26; /* of a cell of two atoms [A]: the glass's density */
static const double DISPLACEMENT = 0.2; /* standard deviation [A] */
static const double ATOMS_TIMED = 1e6;  /* evaluations are repeated until so many atoms */

static double seconds(int threads)
{
    struct timespec now;
    clock_gettime(threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Memory in use [byte]. */
static double resident(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL && fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    if (file != NULL) fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static struct pel_structure *lattice(size_t cells, struct pel_error *err)
{
    struct pel_structure *s = NULL;
    struct pel_random random;
    const double length = LATTICE * (double)cells, origin[3] = {0.0, 0.0, 0.0};
    const double h[3][3] = {{length, 0.0, 0.0}, {0.0, length, 0.0}, {0.0, 0.0, length}};
    if (pel_structure_create(2 * cells * cells * cells, &s, err) != PEL_OK) return NULL;
    if (pel_cell_init(&s->cell, h, origin, err) != PEL_OK) {
        pel_structure_free(s);
        return NULL;
    }
    pel_random_init(&random, 7, 1, 1);
    s->n_species = 2;
    strcpy(s->species[0], "Cu");
    strcpy(s->species[1], "Zr");
    for (size_t i = 0; i < s->n; i++) {
        const size_t n = i / 2;
        const size_t at[3] = {n / cells / cells, n / cells % cells, n % cells};
        s->id[i] = (int64_t)i + 1;
        s->type[i] = pel_random_uniform(&random) < 0.44;
        for (size_t k = 0; k < 3; k++)
            s->x[3 * i + k] = LATTICE * ((double)at[k] + 0.5 * (double)(i % 2)) +
                              DISPLACEMENT * pel_random_normal(&random);
    }
    return s;
}

static pel_status row(const struct pel_potential *potential,
                      const struct pel_structure *s, int most, struct pel_error *err)
{
    struct pel_forces *forces = NULL;
    struct pel_forces_result result = {.force = malloc(3 * s->n * sizeof(double))};
    const double n = (double)s->n, before = resident();
    double memory = 0.0, first = 0.0;
    pel_status status = PEL_ENOMEM;
    if (result.force == NULL) return pel_error_set(err, PEL_ENOMEM, "forces");
    memset(result.force, 0, 3 * s->n * sizeof *result.force);
    status = pel_forces_create(potential, s, SKIN, &forces, err);
    for (int threads = 1; threads <= most && status == PEL_OK; threads++) {
        double once = INFINITY, fresh = INFINITY, timed = 0.0;
        status = pel_forces_set_threads(forces, threads, err);
        for (int k = 0; status == PEL_OK && (k < 6 || timed < ATOMS_TIMED); k++) {
            const int build = k % 5 == 0;
            if (build) pel_forces_reset(forces);
            const double start = seconds(threads);
            status = pel_forces_evaluate(forces, &s->cell, s->x, &result, err);
            const double took = 1e6 * (seconds(threads) - start) / n;
            if (build)
                fresh = fmin(fresh, took);
            else
                once = fmin(once, took);
            timed += n;
        }
        if (threads == 1) {
            memory = resident() - before;
            first = once;
        }
        if (status == PEL_OK)
            printf("%8zu atoms  %d threads  %6.3f us/atom an evaluation  %6.3f a list  "
                   "%5.2f MB/1000 atoms  speed-up %.2f\n",
                   s->n, threads, once, fresh - once, memory / n / 1e3, first / once);
    }
    pel_forces_free(forces);
    free(result.force);
    return status;
}

int main(int argc, char **argv)
{
    static const char *const elements[] = {"Cu", "Zr"};
    static const size_t cells[] = {6, 10, 13, 20, 27, 37, 50, 79};
    const double largest = argc > 2 ? atof(argv[2]) : 1e6;
    const int most = argc > 3 ? atoi(argv[3]) : 2;
    struct pel_error err = {0};
    struct pel_potential *potential = NULL;
    char path[1024];
    if (argc < 2) {
        fprintf(stderr, "usage: bench_scaling POTENTIALS [LARGEST [THREADS]]\n");
        return 2;
    }
    snprintf(path, sizeof path, "%s/CuZr_mm.eam.fs", argv[1]);
    if (access(path, R_OK) != 0) {
        printf("skipped: no %s (Debian: lammps-data)\n", path);
        return SKIPPED;
    }
    pel_status status = pel_potential_read(path, NULL, 2, elements, &potential, &err);
    for (size_t k = 0; k < sizeof cells / sizeof *cells && status == PEL_OK; k++) {
        if (2.0 * pow((double)cells[k], 3.0) > largest) break;
        struct pel_structure *s = lattice(cells[k], &err);
        if (s == NULL) status = PEL_ENOMEM;
        if (status == PEL_OK) status = row(potential, s, most, &err);
        fflush(stdout);
        pel_structure_free(s);
    }
    pel_potential_free(potential);
    if (status != PEL_OK) fprintf(stderr, "bench_scaling: %s\n", err.text);
    return status == PEL_OK ? 0 : 1;
}

/* Time of molecular dynamics: embedded-atom forces, neighbour list and a velocity-Verlet
 * step on one core, 2000 atoms of Cu56Zr44, NVE with 2 fs, as a glass at 300 K and as a
 * melt at 2000 K.
 *
 *   bench_forces POTENTIALS SOURCE [WRITE]
 *
 * with every kernel that this processor runs; then how far the best one is from a floor.
 * An evaluation is bound by moves of 32 bytes between memory (mostly the second level of
 * cache: the tables that a glass reads take 0.6 MB) and registers, not by arithmetic:
 *
 *   a pair beyond the densities    4: where the other atom is, a table, its force to and
 *                                  fro; some 45 operations
 *   a pair with densities          8 (types alike) or 9: two or three functions of the
 *                                  tables, and in the second pass place and slope of the
 *                                  other atom and its force to and fro; 1.3 for the 20
 *                                  bytes that the first pass leaves to the second; some
 *                                  110 operations
 *
 * at two moves a cycle, cycles counted by a chain of operations that wait for each
 * other.
 *
 * POTENTIALS holds CuZr_mm.eam.fs, SOURCE is the root of the source tree; WRITE: also put
 * the two structures there as LAMMPS data files, for lammps_forces.sh. Prints
 * microseconds of processor time per atom and step, best of three. Exit status 77: the potential is not
 * there. */

#include <pelrate/constants.h>
#include <pelrate/minimise.h>
#include <pelrate/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STEPS = 300, REPEATS = 3, COPIES = 2, SKIPPED = 77 };
static const double TIME_STEP = 0.002; /* [ps] */
static const double SKIN = 0.6;        /* [A] */

/* Processor time: what a busy machine lends to others does not count. */
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* COPIES x COPIES x 1 of a structure, without velocities. */
static struct pel_structure *replicate(const struct pel_structure *s,
                                       struct pel_error *err)
{
    struct pel_structure *big = NULL;
    double h[3][3];
    memcpy(h, s->cell.h, sizeof h);
    for (int d = 0; d < 2; d++)
        for (int k = 0; k < 3; k++)
            h[d][k] *= COPIES;
    if (pel_structure_create(COPIES * COPIES * s->n, &big, err) != PEL_OK) return NULL;
    if (pel_cell_init(&big->cell, (const double(*)[3])h, s->cell.origin, err) != PEL_OK) {
        pel_structure_free(big);
        return NULL;
    }
    big->n_species = s->n_species;
    memcpy(big->species, s->species, sizeof s->species);
    memcpy(big->mass, s->mass, sizeof s->mass);
    for (size_t at = 0; at < big->n; at++) {
        const size_t copy = at / s->n, i = at % s->n;
        big->type[at] = s->type[i];
        for (int k = 0; k < 3; k++)
            big->x[3 * at + k] = s->x[3 * i + k] +
                                 (double)(copy / COPIES) * s->cell.h[0][k] +
                                 (double)(copy % COPIES) * s->cell.h[1][k];
    }
    return big;
}

static int heat(struct pel_structure *s, double temperature_K)
{
    struct pel_random random;
    pel_random_init(&random, 2024, 1, 1);
    s->v = malloc(3 * s->n * sizeof *s->v);
    if (s->v == NULL) return -1;
    for (size_t i = 0; i < 3 * s->n; i++)
        s->v[i] = pel_random_normal(&random) *
                  sqrt(PEL_KB * temperature_K / (PEL_MVV_EV * s->mass[s->type[i / 3]]));
    return 0;
}

static double kinetic(const struct pel_structure *s)
{
    double sum = 0.0;
    for (size_t i = 0; i < 3 * s->n; i++)
        sum += 0.5 * PEL_MVV_EV * s->mass[s->type[i / 3]] * s->v[i] * s->v[i];
    return sum;
}

/* Velocity Verlet; fills the seconds it took and the drift of the energy [eV/atom]. */
static pel_status run(struct pel_forces *forces, struct pel_structure *s, double *f,
                      double *took, double *drift, struct pel_error *err)
{
    struct pel_forces_result result = {.force = f};
    pel_status status = pel_forces_evaluate(forces, &s->cell, s->x, &result, err);
    if (status != PEL_OK) return status;
    const double before = result.energy + kinetic(s), start = seconds();
    for (int step = 0; step < STEPS; step++) {
        for (int half = 0; half < 2; half++) {
            for (size_t i = 0; i < 3 * s->n; i++) {
                s->v[i] +=
                    0.5 * TIME_STEP * f[i] / (PEL_MVV_EV * s->mass[s->type[i / 3]]);
                if (half == 0) s->x[i] += TIME_STEP * s->v[i];
            }
            if (half == 1) break;
            status = pel_forces_evaluate(forces, &s->cell, s->x, &result, err);
            if (status != PEL_OK) return status;
        }
    }
    *took = seconds() - start;
    *drift = (result.energy + kinetic(s) - before) / (double)s->n;
    return PEL_OK;
}

static pel_status measure(const struct pel_potential *potential, const char *source,
                          const char *name, double temperature_K, const char *write,
                          struct pel_error *err)
{
    static const char *const elements[] = {"Cu", "Zr"};
    char path[1024];
    struct pel_structure *one = NULL, *s = NULL;
    struct pel_forces *forces = NULL;
    double *f = NULL, best = INFINITY, drift = 0.0;
    snprintf(path, sizeof path, "%s/tests/reference/lammps/s500_%s.data", source, name);
    pel_status status = pel_structure_read(path, 2, elements, &one, err);
    if (status != PEL_OK) return status;
    s = replicate(one, err);
    pel_structure_free(one);
    if (s == NULL) return PEL_ENOMEM;
    f = malloc(3 * s->n * sizeof *f);
    status = f == NULL || heat(s, temperature_K) != 0 ? PEL_ENOMEM : PEL_OK;
    if (status == PEL_OK && write != NULL) {
        snprintf(path, sizeof path, "%s/%s.data", write, name);
        FILE *file = fopen(path, "w");
        status = file == NULL ? PEL_EIO : pel_structure_write_lammps(s, file, NULL, err);
        if (file != NULL) fclose(file);
    }
    if (status == PEL_OK) status = pel_forces_create(potential, s, SKIN, &forces, err);
    for (int repeat = 0; repeat < REPEATS && status == PEL_OK; repeat++) {
        double took;
        status = run(forces, s, f, &took, &drift, err);
        best = fmin(best, took / STEPS / (double)s->n * 1e6);
    }
    if (status == PEL_OK)
        printf(
            "pelrate  %-5s %zu atoms  %.3f us/atom-step  (%s, skin %.1f A, a list every %.1f "
            "steps, drift %.1e eV/atom)\n",
            name, s->n, best, pel_potential_kernel(potential), SKIN,
            (double)(REPEATS * STEPS) / (double)pel_forces_builds(forces), drift);
    free(f);
    pel_forces_free(forces);
    pel_structure_free(s);
    return status;
}

/* Ranges of CuZr_mm.eam.fs [A]: where the densities of Cu-Cu, Cu-Zr, Zr-Zr end, and
 * where everything does. */
static const double INNER[3] = {6.0, 6.0, 5.6}, OUTER[3] = {6.0, 7.6, 7.6};

/* Cycles a second: a shift, then an exclusive or, one cycle each. */
static double clock_rate(void)
{
    enum { ROUNDS = 2000000 };
    static const double CYCLES = 2.0; /* of a round */
    double best = 0.0;
    for (int k = 0; k < 20; k++) {
        const double start = seconds();
        uint64_t n = (uint64_t)(start * 1e9) | 1u;
        for (uint64_t i = 0; i < ROUNDS; i++)
            n = (n << 1) ^ (i + 12345u);
        const double took = seconds() - start;
        if (n == 42) printf("\n"); /* so that it has to be worked out */
        best = fmax(best, CYCLES * ROUNDS / took);
    }
    return best;
}

/* Pairs and moves of one evaluation of s, per atom: inner, outer, moves. */
static void count_pairs(const struct pel_structure *s, double count[3])
{
    count[0] = count[1] = count[2] = 0.0;
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < i; j++) {
            double d[3];
            for (size_t c = 0; c < 3; c++)
                d[c] = s->x[3 * i + c] - s->x[3 * j + c];
            pel_cell_minimum_image(&s->cell, d);
            const double r = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
            const int pair = s->type[i] + s->type[j];
            if (r < INNER[pair]) {
                count[0] += 1.0;
                count[2] += (pair == 1 ? 9.0 : 8.0) + 1.3;
            } else if (r < OUTER[pair]) {
                count[1] += 1.0;
                count[2] += 4.0;
            }
        }
    for (int k = 0; k < 3; k++)
        count[k] /= (double)s->n;
}

static pel_status compare_with_floor(const struct pel_potential *potential,
                                     const char *source, struct pel_error *err)
{
    static const char *const elements[] = {"Cu", "Zr"};
    char path[1024];
    struct pel_structure *s = NULL;
    struct pel_forces *forces = NULL;
    double count[3], best = INFINITY;
    snprintf(path, sizeof path, "%s/tests/reference/lammps/s500_is.data", source);
    pel_status status = pel_structure_read(path, 2, elements, &s, err);
    if (status != PEL_OK) return status;
    struct pel_forces_result result = {.force = malloc(3 * s->n * sizeof(double))};
    status = result.force == NULL ? PEL_ENOMEM
                                  : pel_forces_create(potential, s, SKIN, &forces, err);
    for (int k = 0; k < 1000 && status == PEL_OK; k++) {
        const double start = seconds();
        status = pel_forces_evaluate(forces, &s->cell, s->x, &result, err);
        best = fmin(best, seconds() - start);
    }
    count_pairs(s, count);
    const double rate = clock_rate(), took = best / (double)s->n * 1e6;
    const double least = count[2] / 2.0 / rate * 1e6;
    const double operations = 110.0 * count[0] + 45.0 * count[1];
    if (status == PEL_OK) {
        printf(
            "floor    is    %.0f pairs an atom with densities and %.0f beyond: %.0f moves "
            "of 32 bytes, %.0f operations; %.3f us at %.2f GHz\n",
            count[0], count[1], count[2], operations, least, rate / 1e9);
        printf("         is    %.3f us/atom one evaluation (%s): %.1f times the floor, "
               "%.0f GB/s, %.1f GFlop/s\n",
               took, pel_potential_kernel(potential), took / least,
               32.0 * count[2] / took / 1e3, operations / took / 1e3);
    }
    free(result.force);
    pel_forces_free(forces);
    pel_structure_free(s);
    return status;
}

int main(int argc, char **argv)
{
    static const char *const elements[] = {"Cu", "Zr"};
    struct pel_error err = {0};
    struct pel_potential *potential = NULL;
    char path[1024];
    if (argc < 3) {
        fprintf(stderr, "usage: bench_forces POTENTIALS SOURCE [WRITE]\n");
        return 2;
    }
    snprintf(path, sizeof path, "%s/CuZr_mm.eam.fs", argv[1]);
    if (access(path, R_OK) != 0) {
        printf("skipped: no %s (Debian: lammps-data)\n", path);
        return SKIPPED;
    }
    const char *write = argc > 3 ? argv[3] : NULL;
    pel_status status = pel_potential_read(path, NULL, 2, elements, &potential, &err);
    for (size_t k = 0; status == PEL_OK && pel_potential_kernel_name(k) != NULL; k++) {
        status = pel_potential_set_kernel(potential, pel_potential_kernel_name(k), &err);
        /* Twice 300 K: half of it goes into the vibrations' potential energy. */
        if (status == PEL_OK)
            status = measure(potential, argv[2], "is", 600.0, write, &err);
        if (status == PEL_OK)
            status = measure(potential, argv[2], "melt", 2000.0, write, &err);
    }
    if (status == PEL_OK) status = pel_potential_set_kernel(potential, NULL, &err);
    if (status == PEL_OK) status = compare_with_floor(potential, argv[2], &err);
    pel_potential_free(potential);
    if (status != PEL_OK) fprintf(stderr, "bench_forces: %s\n", err.text);
    return status == PEL_OK ? 0 : 1;
}

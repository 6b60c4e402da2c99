/* Time of molecular dynamics: embedded-atom forces, neighbour list and a velocity-Verlet
 * step on one core, 2000 atoms of Cu56Zr44, NVE with 2 fs, as a glass at 300 K and as a
 * melt at 2000 K.
 *
 *   bench_forces POTENTIALS SOURCE [WRITE]
 *
 * POTENTIALS holds CuZr_mm.eam.fs, SOURCE is the root of the source tree; WRITE: also put
 * the two structures there as LAMMPS data files, for lammps_forces.sh. Prints
 * microseconds per atom and step, best of three. Exit status 77: the potential is not
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

enum { STEPS = 500, REPEATS = 3, COPIES = 2, SKIPPED = 77 };
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
            "pelrate  %-5s %zu atoms  %.3f us/atom-step  (skin %.1f A, a list every %.1f "
            "steps, drift %.1e eV/atom)\n",
            name, s->n, best, SKIN,
            (double)(REPEATS * STEPS) / (double)pel_forces_builds(forces), drift);
    free(f);
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
    /* Twice 300 K: half of it goes into the vibrations' potential energy. */
    if (status == PEL_OK) status = measure(potential, argv[2], "is", 600.0, write, &err);
    if (status == PEL_OK)
        status = measure(potential, argv[2], "melt", 2000.0, write, &err);
    pel_potential_free(potential);
    if (status != PEL_OK) fprintf(stderr, "bench_forces: %s\n", err.text);
    return status == PEL_OK ? 0 : 1;
}

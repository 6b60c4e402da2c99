/* Local forces: their cost beside that of the whole cell, for spheres of moving atoms, in
 * cells of several sizes (the glass, and copies of it side by side).
 *
 *   bench_local POTENTIALS GLASS
 *
 * POTENTIALS holds CuZr_mm.eam.fs, GLASS is a structure of Cu and Zr. A row: moving atoms,
 * share of the pairs, processor time of an evaluation of the whole cell and of the moving
 * atoms (best of several), their ratio, and what making the local forces costs, in
 * evaluations of the whole cell. Exit status 77: the potential is not there. */

#include <pelrate/local.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SKIPPED = 77, REPEATS = 200, CREATIONS = 10 };
static const double SKIN = 0.6; /* [A] */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* copies^3 of a structure. */
static struct pel_structure *replicate(const struct pel_structure *s, size_t copies,
                                       struct pel_error *err)
{
    struct pel_structure *big = NULL;
    double h[3][3];
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            h[i][k] = (double)copies * s->cell.h[i][k];
    if (pel_structure_create(copies * copies * copies * s->n, &big, err) != PEL_OK)
        return NULL;
    if (pel_cell_init(&big->cell, (const double(*)[3])h, s->cell.origin, err) != PEL_OK) {
        pel_structure_free(big);
        return NULL;
    }
    big->n_species = s->n_species;
    memcpy(big->species, s->species, sizeof s->species);
    for (size_t at = 0; at < big->n; at++) {
        const size_t copy = at / s->n, i = at % s->n;
        const double n[3] = {(double)(copy / copies / copies),
                             (double)(copy / copies % copies), (double)(copy % copies)};
        big->id[at] = (int64_t)at + 1;
        big->type[at] = s->type[i];
        for (size_t k = 0; k < 3; k++)
            big->x[3 * at + k] = s->x[3 * i + k] + n[0] * s->cell.h[0][k] +
                                 n[1] * s->cell.h[1][k] + n[2] * s->cell.h[2][k];
    }
    return big;
}

/* The atoms within radius of atom 0. */
static size_t sphere(const struct pel_structure *s, double radius, size_t moving[])
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        double d[3] = {s->x[3 * i] - s->x[0], s->x[3 * i + 1] - s->x[1],
                       s->x[3 * i + 2] - s->x[2]};
        pel_cell_minimum_image(&s->cell, d);
        if (d[0] * d[0] + d[1] * d[1] + d[2] * d[2] < radius * radius) moving[n++] = i;
    }
    return n;
}

static pel_status row(const struct pel_potential *potential,
                      const struct pel_structure *s, double radius, struct pel_error *err)
{
    struct pel_forces *forces = NULL;
    struct pel_local *local = NULL;
    size_t *moving = malloc(s->n * sizeof *moving);
    double *x = malloc(3 * s->n * sizeof *x), *f = malloc(3 * s->n * sizeof *f);
    double whole = INFINITY, part = INFINITY, creation = INFINITY;
    pel_status status = PEL_ENOMEM;
    if (moving == NULL || x == NULL || f == NULL) goto done;
    const size_t n = sphere(s, radius, moving);
    status = pel_forces_create(potential, s, SKIN, &forces, err);
    for (int k = 0; k < CREATIONS && status == PEL_OK; k++) {
        const double start = seconds();
        pel_local_free(local);
        status = pel_local_create(potential, s, s->x, n, moving, SKIN, &local, err);
        creation = fmin(creation, seconds() - start);
    }
    for (size_t k = 0; k < n; k++)
        memcpy(x + 3 * k, s->x + 3 * moving[k], 3 * sizeof *x);
    struct pel_forces_result result = {.force = f};
    for (size_t k = 0; k < REPEATS && status == PEL_OK; k++) {
        double energy, start = seconds();
        const struct pel_surface *surface = pel_local_surface(local);
        x[k % (3 * n)] += 1e-3;
        status = surface->evaluate(surface->context, x, &energy, f, err);
        part = fmin(part, seconds() - start);
        start = seconds();
        if (status == PEL_OK && k % (1 + s->n / 4000) == 0) {
            status = pel_forces_evaluate(forces, &s->cell, s->x, &result, err);
            whole = fmin(whole, seconds() - start);
        }
    }
    if (status == PEL_OK)
        printf("%6zu atoms  %4.0f A  %5zu moving  %6.4f of the pairs  %8.3f ms whole  "
               "%7.3f ms local  %6.4f of the time  %4.1f evaluations to make\n",
               s->n, radius, n, pel_local_share(local), 1e3 * whole, 1e3 * part,
               part / whole, creation / whole);
done:
    pel_local_free(local);
    pel_forces_free(forces);
    free(moving);
    free(x);
    free(f);
    return status;
}

int main(int argc, char **argv)
{
    static const char *const elements[] = {"Cu", "Zr"};
    struct pel_error err = {0};
    struct pel_potential *potential = NULL;
    struct pel_structure *glass = NULL;
    char path[1024];
    if (argc < 3) {
        fprintf(stderr, "usage: bench_local POTENTIALS GLASS\n");
        return 2;
    }
    snprintf(path, sizeof path, "%s/CuZr_mm.eam.fs", argv[1]);
    if (access(path, R_OK) != 0) {
        printf("skipped: no %s (Debian: lammps-data)\n", path);
        return SKIPPED;
    }
    pel_status status = pel_potential_read(path, NULL, 2, elements, &potential, &err);
    if (status == PEL_OK) status = pel_structure_read(argv[2], 2, elements, &glass, &err);
    for (size_t copies = 1; copies <= 2 && status == PEL_OK; copies++) {
        struct pel_structure *s = replicate(glass, copies, &err);
        if (s == NULL) status = PEL_ENOMEM;
        for (double radius = 6.0; radius < 13.0 && status == PEL_OK; radius += 2.0)
            status = row(potential, s, radius, &err);
        pel_structure_free(s);
    }
    pel_structure_free(glass);
    pel_potential_free(potential);
    if (status != PEL_OK) fprintf(stderr, "bench_local: %s\n", err.text);
    return status == PEL_OK ? 0 : 1;
}

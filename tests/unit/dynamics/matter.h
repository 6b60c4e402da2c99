/* Matter in closed form for the tests of the dynamics: no table, no neighbour list. */
#ifndef TEST_MATTER_H
#define TEST_MATTER_H

#include <pelrate/md.h>

#include <math.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* A crystal of side^3 atoms on a simple cubic lattice, bonds to the six neighbours:
 *   E = sum over bonds of k/2 |u|^2 + g/4 |u|^4 + h/3 (u . n)^3,  u = d - a n,
 * d the bond's vector, n its direction in the lattice, a its natural length. The springs
 * act on vectors, so that the lattice resists shear; the cubic and quartic terms couple
 * the modes. Forces sum to zero. Two species of different mass. */
struct matter {
    int side;
    double k, g, h;      /* [eV/A^2], [eV/A^4], [eV/A^3] */
    double a;            /* [A] */
    double well;         /* spring of each atom to its start: an outer field [eV/A^2] */
    const double *start; /* [3n] */
};

static inline pel_status matter_evaluate(void *context, const struct pel_cell *cell,
                                         const double x[],
                                         struct pel_forces_result *result,
                                         struct pel_error *err)
{
    (void)err;
    const struct matter *m = context;
    const int L = m->side;
    const size_t n = (size_t)(L * L * L);
    double energy = 0.0, *f = result->force;
    memset(f, 0, 3 * n * sizeof *f);
    memset(result->virial, 0, sizeof result->virial);
    for (int i = 0; i < L * L * L && m->k > 0.0; i++) {
        const int at[3] = {i % L, i / L % L, i / L / L};
        for (int axis = 0; axis < 3; axis++) {
            int to[3] = {at[0], at[1], at[2]};
            to[axis] = (at[axis] + 1) % L;
            const int j = to[0] + L * (to[1] + L * to[2]);
            double d[3], u[3], u2 = 0.0;
            const double length = sqrt(cell->h[axis][0] * cell->h[axis][0] +
                                       cell->h[axis][1] * cell->h[axis][1] +
                                       cell->h[axis][2] * cell->h[axis][2]);
            double along = 0.0;
            for (int c = 0; c < 3; c++) {
                d[c] = x[3 * j + c] - x[3 * i + c] +
                       (to[axis] == 0 ? cell->h[axis][c] : 0.0);
                u[c] = d[c] - m->a * cell->h[axis][c] / length;
                u2 += u[c] * u[c];
                along += u[c] * cell->h[axis][c] / length;
            }
            energy += 0.5 * m->k * u2 + 0.25 * m->g * u2 * u2 +
                      m->h * along * along * along / 3;
            double pull[3];
            for (int c = 0; c < 3; c++) {
                pull[c] = (m->k + m->g * u2) * u[c] +
                          m->h * along * along * cell->h[axis][c] / length;
                f[3 * i + c] += pull[c];
                f[3 * j + c] -= pull[c];
            }
            static const int p[6] = {0, 1, 2, 0, 0, 1}, q[6] = {0, 1, 2, 1, 2, 2};
            for (int v = 0; v < 6; v++)
                result->virial[v] -= d[p[v]] * pull[q[v]];
        }
    }
    for (size_t i = 0; i < 3 * n && m->well > 0.0; i++) {
        const double u = x[i] - m->start[i];
        energy += 0.5 * m->well * u * u;
        f[i] -= m->well * u;
    }
    result->energy = energy;
    return PEL_OK;
}

static inline struct pel_structure *matter_structure(int side, double spacing,
                                                     double tilt)
{
    const size_t n = (size_t)(side * side * side);
    struct pel_structure *s = NULL;
    assert_int_equal(pel_structure_create(n, &s, NULL), PEL_OK);
    const double edge = spacing * side;
    const double h[3][3] = {
        {edge, 0, 0}, {tilt * edge, edge, 0}, {-0.3 * tilt * edge, tilt * edge, edge}};
    const double origin[3] = {0.37, -1.91, 2.23};
    assert_int_equal(pel_cell_init(&s->cell, h, origin, NULL), PEL_OK);
    s->n_species = 2;
    strcpy(s->species[0], "Cu");
    strcpy(s->species[1], "Zr");
    s->mass[0] = 63.546;
    s->mass[1] = 91.224;
    for (size_t i = 0; i < n; i++) {
        const int k = (int)i;
        const double at[3] = {k % side, k / side % side, k / side / side};
        s->id[i] = (int64_t)i + 1;
        s->type[i] = (7 * k) % 11 < 5;
        for (int c = 0; c < 3; c++)
            s->x[3 * i + (size_t)c] =
                origin[c] + (at[0] * h[0][c] + at[1] * h[1][c] + at[2] * h[2][c]) / side;
    }
    return s;
}

static inline struct pel_md *matter_md(struct matter *m, const struct pel_structure *s,
                                       const struct pel_md_settings *settings,
                                       uint64_t seed)
{
    struct pel_random random;
    pel_random_init(&random, seed, 0, 0);
    struct pel_md *md = NULL;
    struct pel_error err = {0};
    const struct pel_md_forces source = {.context = m, .evaluate = matter_evaluate};
    if (pel_md_create(source, s, settings, &random, &md, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return md;
}

static inline void matter_run(struct pel_md *md, unsigned long long steps)
{
    struct pel_error err = {0};
    if (pel_md_run(md, steps, &err) != PEL_OK) fail_msg("%s", err.text);
}

/* Mean, variance, and standard error of the mean from blocks. */
struct blocks {
    double sum, sum2;
    size_t n, size;
    double block, block_sum, block_sum2;
    size_t n_blocks;
};

static inline void blocks_add(struct blocks *b, double value)
{
    b->sum += value;
    b->sum2 += value * value;
    b->block += value / (double)b->size;
    if (++b->n % b->size == 0) {
        b->block_sum += b->block;
        b->block_sum2 += b->block * b->block;
        b->block = 0.0;
        b->n_blocks++;
    }
}

static inline double blocks_mean(const struct blocks *b)
{
    return b->sum / (double)b->n;
}

static inline double blocks_variance(const struct blocks *b)
{
    return b->sum2 / (double)b->n - blocks_mean(b) * blocks_mean(b);
}

static inline double blocks_error(const struct blocks *b)
{
    const double n = (double)b->n_blocks, mean = b->block_sum / n;
    return sqrt((b->block_sum2 / n - mean * mean) / (n - 1.0));
}

#endif /* TEST_MATTER_H */

#ifndef PEL_TEST_ENGINE_COMMON_H
#define PEL_TEST_ENGINE_COMMON_H

/* What the tests of the engines share: two potentials beside each other. */

#include "atoms_common.h"

#include "../cuzr.h"

/* Forces of one potential on one structure, with room for all that they give. */
struct side {
    struct pel_forces *forces;
    struct pel_forces_result result;
};

static inline struct side side_of(const struct pel_potential *potential,
                                  const struct pel_structure *s, double skin)
{
    struct pel_error err = {0};
    struct side side = {.result = {.force = calloc(3 * s->n, sizeof(double)),
                                   .atom_energy = calloc(s->n, sizeof(double))}};
    ASSERT_OK(pel_forces_create(potential, s, skin, &side.forces, &err), err);
    return side;
}

static inline void side_free(struct side *side)
{
    pel_forces_free(side->forces);
    free(side->result.force);
    free(side->result.atom_energy);
}

/* How well two engines must agree: a share of the largest of each kind of number. */
static inline void sides_agree(struct side *a, struct side *b,
                               const struct pel_structure *s, int atoms, double tolerance)
{
    struct pel_error err = {0};
    double *room[2] = {a->result.atom_energy, b->result.atom_energy};
    if (!atoms) a->result.atom_energy = b->result.atom_energy = NULL;
    ASSERT_OK(pel_forces_evaluate(a->forces, &s->cell, s->x, &a->result, &err), err);
    ASSERT_OK(pel_forces_evaluate(b->forces, &s->cell, s->x, &b->result, &err), err);
    a->result.atom_energy = room[0];
    b->result.atom_energy = room[1];
    double virial = 1.0, force = 1.0;
    for (int k = 0; k < 6; k++)
        virial = fmax(virial, fabs(a->result.virial[k]));
    for (size_t i = 0; i < 3 * s->n; i++)
        force = fmax(force, fabs(a->result.force[i]));
    ASSERT_NEAR(b->result.energy, a->result.energy,
                tolerance * fmax(1.0, fabs(a->result.energy)));
    for (int k = 0; k < 6; k++)
        ASSERT_NEAR(b->result.virial[k], a->result.virial[k],
                    tolerance * virial * sqrt((double)s->n));
    for (size_t i = 0; i < 3 * s->n; i++)
        ASSERT_NEAR(b->result.force[i], a->result.force[i], tolerance * force);
    for (size_t i = 0; atoms && i < s->n; i++)
        ASSERT_NEAR(b->result.atom_energy[i], a->result.atom_energy[i], tolerance * 10.0);
}

/* Turn a structure and its cell by a general rotation. */
static inline void turn_structure(struct pel_structure *s)
{
    static const double q[4] = {0.7013, 0.3931, -0.2711, 0.5288};
    const double length = sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    const double w = q[0] / length, x = q[1] / length, y = q[2] / length,
                 z = q[3] / length;
    const double r[3][3] = {
        {1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)},
        {2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)},
        {2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)}};
    double h[3][3];
    struct pel_error err = {0};
    for (int k = 0; k < 3; k++)
        for (int d = 0; d < 3; d++)
            h[k][d] = r[d][0] * s->cell.h[k][0] + r[d][1] * s->cell.h[k][1] +
                      r[d][2] * s->cell.h[k][2];
    for (size_t i = 0; i < s->n; i++) {
        double v[3], o[3];
        for (int d = 0; d < 3; d++)
            v[d] = s->x[3 * i + (size_t)d] - s->cell.origin[d];
        for (int d = 0; d < 3; d++)
            o[d] = r[d][0] * v[0] + r[d][1] * v[1] + r[d][2] * v[2];
        for (int d = 0; d < 3; d++)
            s->x[3 * i + (size_t)d] = s->cell.origin[d] + o[d];
    }
    const double origin[3] = {s->cell.origin[0], s->cell.origin[1], s->cell.origin[2]};
    ASSERT_OK(pel_cell_init(&s->cell, (const double(*)[3])h, origin, &err), err);
}

/* Strain cell and atoms: a little of everything. */
static inline void strain_structure(struct pel_structure *s, double size)
{
    const double e[3][3] = {{1 + 0.7 * size, 0.3 * size, -0.2 * size},
                            {0.1 * size, 1 - 0.9 * size, 0.4 * size},
                            {-0.6 * size, 0.2 * size, 1 + 0.5 * size}};
    double h[3][3];
    struct pel_error err = {0};
    for (int k = 0; k < 3; k++)
        for (int d = 0; d < 3; d++)
            h[k][d] = s->cell.h[k][0] * e[0][d] + s->cell.h[k][1] * e[1][d] +
                      s->cell.h[k][2] * e[2][d];
    for (size_t i = 0; i < s->n; i++) {
        const double v[3] = {s->x[3 * i], s->x[3 * i + 1], s->x[3 * i + 2]};
        for (size_t d = 0; d < 3; d++)
            s->x[3 * i + d] = v[0] * e[0][d] + v[1] * e[1][d] + v[2] * e[2][d];
    }
    const double origin[3] = {s->cell.origin[0], s->cell.origin[1], s->cell.origin[2]};
    ASSERT_OK(pel_cell_init(&s->cell, (const double(*)[3])h, origin, &err), err);
}

static inline void shake_structure(struct pel_structure *s, double size, uint64_t seed)
{
    struct pel_random random;
    pel_random_init(&random, seed, 1, 2);
    for (size_t i = 0; i < 3 * s->n; i++)
        s->x[i] += size * pel_random_normal(&random);
}

static inline struct pel_potential *open_source(const struct pel_potential_source *source)
{
    struct pel_error err = {0};
    struct pel_potential *potential = NULL;
    ASSERT_OK(pel_potential_open(source, &potential, &err), err);
    return potential;
}

/* Through everything that MD, relaxation and searches do, in one object each. */
static inline void agree_on_the_way(const struct pel_potential *p,
                                    const struct pel_potential *q,
                                    struct pel_structure *s, double tolerance)
{
    struct side a = side_of(p, s, 0.5), b = side_of(q, s, 0.5);
    sides_agree(&a, &b, s, 1, tolerance);
    for (int k = 0; k < 12; k++) { /* atoms move: lists go on, then are built anew */
        shake_structure(s, 0.05, 7 + (uint64_t)k);
        sides_agree(&a, &b, s, k == 5, tolerance);
    }
    assert_true(pel_forces_builds(b.forces) > 1);
    for (int k = 0; k < 3; k++) { /* the cell changes */
        strain_structure(s, 0.004);
        sides_agree(&a, &b, s, 0, tolerance);
        shake_structure(s, 0.02, 70 + (uint64_t)k);
        sides_agree(&a, &b, s, 0, tolerance);
    }
    for (size_t i = 0; i < s->n; i += 3) /* the same atoms elsewhere */
        for (int d = 0; d < 3; d++)
            s->x[3 * i + (size_t)d] += 3.0 * s->cell.h[0][d] - 2.0 * s->cell.h[2][d];
    sides_agree(&a, &b, s, 0, tolerance);
    turn_structure(s);
    sides_agree(&a, &b, s, 1, tolerance);
    pel_forces_reset(b.forces);
    sides_agree(&a, &b, s, 0, tolerance);
    assert_true(pel_forces_calls(b.forces) == 22);
    side_free(&a);
    side_free(&b);
}

#endif /* PEL_TEST_ENGINE_COMMON_H */

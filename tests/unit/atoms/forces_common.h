#ifndef PEL_TEST_FORCES_COMMON_H
#define PEL_TEST_FORCES_COMMON_H

#include "atoms_common.h"

static inline struct pel_forces *forces_of(const struct pel_potential *potential,
                                           const struct pel_structure *s, double skin)
{
    struct pel_error err = {0};
    struct pel_forces *forces = NULL;
    ASSERT_OK(pel_forces_create(potential, s, skin, &forces, &err), err);
    return forces;
}

/* Everything about a structure, from a fresh object; arrays to be freed. */
static inline struct pel_forces_result everything(const struct pel_potential *potential,
                                                  const struct pel_structure *s,
                                                  double skin)
{
    struct pel_error err = {0};
    struct pel_forces *forces = forces_of(potential, s, skin);
    struct pel_forces_result result = {.force = calloc(3 * s->n, sizeof(double)),
                                       .atom_energy = calloc(s->n, sizeof(double))};
    ASSERT_OK(pel_forces_evaluate(forces, &s->cell, s->x, &result, &err), err);
    pel_forces_free(forces);
    return result;
}

static inline void discard(struct pel_forces_result *result)
{
    free(result->force);
    free(result->atom_energy);
}

#endif /* PEL_TEST_FORCES_COMMON_H */

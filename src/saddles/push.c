#include <pelrate/push.h>

#include <math.h>
#include <string.h>

#include "vector_priv.h"

static pel_status check_radius(double radius_A, struct pel_error *err)
{
    return radius_A > 0.0 && isfinite(radius_A)
               ? PEL_OK
               : pel_error_set(err, PEL_EARG, "push radius %g A is not positive",
                               radius_A);
}

static void push_around(struct pel_random *random, const struct pel_structure *structure,
                        const double x[], double radius_A, size_t atom,
                        double direction[])
{
    const size_t n = structure->n;
    memset(direction, 0, 3 * n * sizeof *direction);
    for (size_t i = 0; i < n; i++) {
        double d[3];
        for (size_t c = 0; c < 3; c++)
            d[c] = x[3 * i + c] - x[3 * atom + c];
        pel_cell_minimum_image(&structure->cell, d);
        if (!(vector_dot(3, d, d) <= radius_A * radius_A)) continue;
        for (size_t c = 0; c < 3; c++)
            direction[3 * i + c] = pel_random_normal(random);
    }
    vector_normalise(3 * n, direction);
}

pel_status pel_push_local(struct pel_random *random,
                          const struct pel_structure *structure, const double x[],
                          double radius_A, size_t *atom, double direction[],
                          struct pel_error *err)
{
    const pel_status status = check_radius(radius_A, err);
    if (status != PEL_OK) return status;
    *atom = (size_t)pel_random_below(random, structure->n);
    push_around(random, structure, x, radius_A, *atom, direction);
    return PEL_OK;
}

pel_status pel_push_among(struct pel_random *random,
                          const struct pel_structure *structure, const double x[],
                          double radius_A, size_t n_centres, const size_t centres[],
                          size_t *atom, double direction[], struct pel_error *err)
{
    const pel_status status = check_radius(radius_A, err);
    if (status != PEL_OK) return status;
    if (n_centres == 0) return pel_error_set(err, PEL_EARG, "no atom to push");
    *atom = centres[pel_random_below(random, n_centres)];
    if (*atom >= structure->n)
        return pel_error_set(err, PEL_EARG, "atom %zu to push, expected one of %zu",
                             *atom, structure->n);
    push_around(random, structure, x, radius_A, *atom, direction);
    return PEL_OK;
}

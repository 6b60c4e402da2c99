#include <pelrate/push.h>

#include <math.h>
#include <string.h>

#include "vector_priv.h"

pel_status pel_push_local(struct pel_random *random,
                          const struct pel_structure *structure, const double x[],
                          double radius_A, size_t *atom, double direction[],
                          struct pel_error *err)
{
    if (!(radius_A > 0.0) || !isfinite(radius_A))
        return pel_error_set(err, PEL_EARG, "push radius %g A is not positive", radius_A);
    const size_t n = structure->n;
    *atom = (size_t)pel_random_below(random, n);
    memset(direction, 0, 3 * n * sizeof *direction);
    for (size_t i = 0; i < n; i++) {
        double d[3];
        for (size_t c = 0; c < 3; c++)
            d[c] = x[3 * i + c] - x[3 * *atom + c];
        pel_cell_minimum_image(&structure->cell, d);
        if (!(vector_dot(3, d, d) <= radius_A * radius_A)) continue;
        for (size_t c = 0; c < 3; c++)
            direction[3 * i + c] = pel_random_normal(random);
    }
    vector_normalise(3 * n, direction);
    return PEL_OK;
}

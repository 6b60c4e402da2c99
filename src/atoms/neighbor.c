#include "neighborbuild_priv.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

pel_status pel_neighbor_create(size_t n, const int type[], int n_types,
                               const double inner[], const double outer[], double skin,
                               struct pel_neighbor **out, struct pel_error *err)
{
    *out = NULL;
    const size_t pairs = (size_t)n_types * (size_t)n_types;
    if (n > 1u << 26) return pel_error_set(err, PEL_EARG, "%zu atoms are too many", n);
    assert(n_types <= PEL_NEIGHBOR_TYPES);
    struct pel_neighbor *list = calloc(1, sizeof *list);
    if (list == NULL) goto nomem;
    list->n = list->n_rows = list->n_given = n;
    list->n_types = n_types;
    list->skin = skin;
    list->inner = calloc(pairs, sizeof *list->inner);
    list->outer = calloc(pairs, sizeof *list->outer);
    list->type_of = calloc(n, sizeof *list->type_of);
    list->order = calloc(n, sizeof *list->order);
    list->type = calloc(n, sizeof *list->type);
    list->first = calloc(2 * (size_t)n_types * n + 1, sizeof *list->first);
    list->x_built = calloc(n, 3 * sizeof *list->x_built);
    list->image = calloc(n, 3 * sizeof *list->image);
    list->work = pel_neighbor_work_create(n);
    list->threads = 1;
    if (list->inner == NULL || list->outer == NULL || list->type_of == NULL ||
        list->order == NULL || list->type == NULL || list->first == NULL ||
        list->x_built == NULL || list->image == NULL || list->work == NULL)
        goto nomem;
    memcpy(list->type_of, type, n * sizeof *type);
    memcpy(list->inner, inner, pairs * sizeof *inner);
    memcpy(list->outer, outer, pairs * sizeof *outer);
    for (size_t k = 0; k < pairs; k++)
        list->range = fmax(list->range, outer[k]);
    *out = list;
    return PEL_OK;

nomem:
    pel_neighbor_free(list);
    return pel_error_set(err, PEL_ENOMEM, "neighbour list of %zu atoms", n);
}

pel_status pel_neighbor_limit(struct pel_neighbor *list, size_t n_moving,
                              const size_t moving[], struct pel_error *err)
{
    if (list->moving == NULL) list->moving = malloc(list->n_given);
    if (list->moving == NULL)
        return pel_error_set(err, PEL_ENOMEM, "neighbour list of %zu atoms", n_moving);
    memset(list->moving, 0, list->n_given);
    for (size_t k = 0; k < n_moving; k++)
        list->moving[moving[k]] = 1;
    list->valid = 0;
    return PEL_OK;
}

void pel_neighbor_free(struct pel_neighbor *list)
{
    if (list == NULL) return;
    pel_neighbor_work_free(list->work);
    free(list->shifts);
    free(list->inner);
    free(list->outer);
    free(list->type_of);
    free(list->order);
    free(list->type);
    free(list->owner);
    free(list->shift);
    free(list->x);
    free(list->first);
    free(list->neighbors);
    free(list->x_built);
    free(list->image);
    free(list->moving);
    free(list);
}

/* Upper bound of how much a distance can have shrunk through the change of cell alone:
 * |d_then| <= stretch |d_now| for vectors fixed in the cell. Spectral norm of the way
 * back, bounded by 1 + the Frobenius norm of its difference from the identity. */
static double stretch_of(const struct pel_cell *then, const struct pel_cell *now)
{
    if (memcmp(then->h, now->h, sizeof now->h) == 0) return 1.0;
    double sum = 0.0;
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            double a = i == k ? -1.0 : 0.0;
            for (int l = 0; l < 3; l++)
                a += now->inverse[i][l] * then->h[l][k];
            sum += a * a;
        }
    return 1.0 + sqrt(sum);
}

/* Positions of the first count atoms from x; the largest squared displacement [A^2]
 * since the list was built beyond what the cell carries along. */
static double refresh(struct pel_neighbor *list, const struct pel_cell *cell,
                      const double x[], size_t count)
{
    const struct pel_cell *then = &list->built;
    const int same = memcmp(then->h, cell->h, sizeof cell->h) == 0;
    double carry[3][3]; /* a position then, times this, is where the cell carried it */
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            carry[i][k] = 0.0;
            for (int l = 0; l < 3; l++)
                carry[i][k] += then->inverse[i][l] * cell->h[l][k];
        }
    double largest = 0.0;
    int finite = 1;
#pragma omp parallel for schedule(static) num_threads(list->threads)                      \
    reduction(max : largest) reduction(& : finite) if (list->threads > 1)
    for (size_t k = 0; k < count; k++) {
        const double *from = x + 3 * (size_t)list->order[k];
        const double *n = list->image + 3 * k, *was = list->x_built + 3 * k;
        double *to = list->x + 4 * k, u2 = 0.0, base[3];
        if (same) {
            for (int c = 0; c < 3; c++)
                base[c] = was[c];
        } else {
            double d[3];
            for (int c = 0; c < 3; c++)
                d[c] = was[c] - then->origin[c];
            for (int c = 0; c < 3; c++)
                base[c] = cell->origin[c] + d[0] * carry[0][c] + d[1] * carry[1][c] +
                          d[2] * carry[2][c];
        }
        for (int c = 0; c < 3; c++) {
            to[c] = from[c] -
                    (n[0] * cell->h[0][c] + n[1] * cell->h[1][c] + n[2] * cell->h[2][c]);
            u2 += (to[c] - base[c]) * (to[c] - base[c]);
        }
        to[3] = 0.0;
        finite &= u2 < INFINITY;
        if (u2 > largest) largest = u2;
    }
    return finite ? largest : INFINITY;
}

static void refresh_ghosts(struct pel_neighbor *list, const struct pel_cell *cell)
{
#pragma omp parallel for schedule(static)                                                \
    num_threads(list->threads) if (list->threads > 1)
    for (size_t g = list->n; g < list->n_all; g++) {
        const double *n = list->shifts[list->shift[g]];
        const double *from = list->x + 4 * (size_t)list->owner[g];
        double *to = list->x + 4 * g;
        for (int c = 0; c < 3; c++)
            to[c] = from[c] +
                    (n[0] * cell->h[0][c] + n[1] * cell->h[1][c] + n[2] * cell->h[2][c]);
        to[3] = 0.0;
    }
}

pel_status pel_neighbor_update(struct pel_neighbor *list, const struct pel_cell *cell,
                               const double x[], size_t *bad, struct pel_error *err)
{
    int fresh = 0;
    if (list->valid) {
        /* A pair that is within range now was, then, within
         * (range + 2 displacements) * stretch: is that still inside range + skin? */
        const double moved = sqrt(refresh(list, cell, x, list->n_rows));
        const double reach = (list->range + 2.0 * moved) * stretch_of(&list->built, cell);
        fresh = reach <= list->range + list->skin;
    }
    if (!fresh) {
        const pel_status status = pel_neighbor_build(list, cell, x, bad, err);
        if (status != PEL_OK) return status;
        refresh(list, cell, x, list->n);
    }
    refresh_ghosts(list, cell);
    return PEL_OK;
}

#include "near_priv.h"

#include <pelrate/local.h>

#include <stdlib.h>

#include "vector_priv.h"

/* Skin of the lists of the moving atoms [A]. */
static const double skin_A = 0.8;

struct near_atoms {
    struct pel_art_near near;              /* what the search sees of this */
    struct pel_surface surface;            /* the same whatever the others stand at */
    const struct pel_potential *potential; /* borrowed */
    const struct pel_structure *structure; /* borrowed */
    size_t n_moving;                       /* atoms */
    size_t *moving, *index;                /* [n_moving], [3 n_moving]; owned */
    struct pel_local *local;               /* owned */
};

static pel_status evaluate(void *context, const double x[], double *energy,
                           double gradient[], struct pel_error *err)
{
    struct near_atoms *near = context;
    const struct pel_surface *surface = pel_local_surface(near->local);
    return surface->evaluate(surface->context, x, energy, gradient, err);
}

static pel_status stand(void *context, const double x[], struct pel_error *err)
{
    struct near_atoms *near = context;
    pel_local_free(near->local);
    pel_status status =
        pel_local_create(near->potential, near->structure, x, near->n_moving,
                         near->moving, skin_A, &near->local, err);
    if (status == PEL_OK) near->near.share = pel_local_share(near->local);
    return status;
}

/* Atoms of x within the radius of one. */
static void choose(struct near_atoms *near, const double x[], size_t atom,
                   double radius_A)
{
    const struct pel_structure *structure = near->structure;
    for (size_t i = 0; i < structure->n; i++) {
        double d[3];
        for (size_t c = 0; c < 3; c++)
            d[c] = x[3 * i + c] - x[3 * atom + c];
        pel_cell_minimum_image(&structure->cell, d);
        if (!(vector_dot(3, d, d) <= radius_A * radius_A)) continue;
        for (size_t c = 0; c < 3; c++)
            near->index[3 * near->n_moving + c] = 3 * i + c;
        near->moving[near->n_moving++] = i;
    }
}

pel_status pel_near_create(const struct pel_potential *potential,
                           const struct pel_structure *structure, const double x[],
                           size_t atom, double radius_A, struct near_atoms **out,
                           struct pel_error *err)
{
    *out = NULL;
    if (!pel_potential_has_local(potential)) return PEL_OK;
    const size_t n = structure->n;
    struct near_atoms *near = calloc(1, sizeof *near);
    pel_status status = near != NULL ? PEL_OK : PEL_ENOMEM;
    if (status == PEL_OK) {
        near->potential = potential;
        near->structure = structure;
        near->moving = calloc(n, sizeof *near->moving);
        near->index = calloc(3 * n, sizeof *near->index);
        if (near->moving == NULL || near->index == NULL) status = PEL_ENOMEM;
    }
    if (status != PEL_OK) {
        pel_near_free(near);
        return pel_error_set(err, PEL_ENOMEM, "atoms near one of %zu", n);
    }
    choose(near, x, atom, radius_A);
    if (2 * near->n_moving > n) {
        pel_near_free(near);
        return PEL_OK;
    }
    near->surface = (struct pel_surface){
        .n = 3 * near->n_moving, .context = near, .evaluate = evaluate};
    near->near = (struct pel_art_near){
        .surface = &near->surface, .index = near->index, .context = near, .stand = stand};
    *out = near;
    return PEL_OK;
}

void pel_near_free(struct near_atoms *near)
{
    if (near == NULL) return;
    pel_local_free(near->local);
    free(near->moving);
    free(near->index);
    free(near);
}

const struct pel_art_near *pel_near_surface(const struct near_atoms *near)
{
    return near != NULL ? &near->near : NULL;
}

#include <pelrate/local.h>

#include "potential_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pel_local {
    const struct pel_potential *potential; /* borrowed */
    struct pel_surface surface;            /* of the moving atoms; context: this */
    struct pel_cell cell;
    struct pel_neighbor *list; /* limited to the moving atoms; owned */
    void *work;                /* of the kernel; owned */
    size_t n, n_moving;        /* atoms */
    size_t *moving;            /* [n_moving]; owned */
    int *slot;                 /* [n] place in moving; -1: stands; owned */
    int64_t *id;               /* [n] for messages; owned */
    int *type;                 /* [n] species of the potential; owned */
    double *x;                 /* [3n] reference; moving atoms now [A]; owned */
    double *inner, *outer;     /* [species * species] ranges [A]; owned */
    unsigned char *known;      /* [n] background is; owned */
    double *background;        /* [2n] of the standing atoms; owned */
    size_t n_alloc;            /* capacity of the next two [atoms and ghosts] */
    double *force;             /* [4 n_alloc] list order [eV/A]; owned */
    double *listed;            /* [2 n_alloc] background in list order; owned */
    size_t builds;             /* of the list that `listed` belongs to */
    double reference;          /* energy that counts as 0 [eV] */
    double share;              /* of the pairs [1] */
    size_t calls;              /* evaluations so far */
};

static pel_status no_memory(const struct pel_local *l, struct pel_error *err)
{
    return pel_error_set(err, PEL_ENOMEM, "local forces on %zu atoms", l->n_moving);
}

static pel_status reserve(struct pel_local *l, size_t wanted, struct pel_error *err)
{
    if (wanted <= l->n_alloc) return PEL_OK;
    /* On whole lines of memory, which hold two atoms each. */
    const size_t room = (wanted + wanted / 4 + 1) / 2 * 2;
    free(l->force);
    free(l->listed);
    l->force = aligned_alloc(64, 4 * room * sizeof *l->force);
    l->listed = malloc(2 * room * sizeof *l->listed);
    l->n_alloc = l->force != NULL && l->listed != NULL ? room : 0;
    return l->n_alloc > 0 ? PEL_OK : no_memory(l, err);
}

static pel_status update(const struct pel_local *l, struct pel_neighbor *list,
                         const size_t *index, const double x[], struct pel_error *err)
{
    size_t bad = l->n;
    const pel_status status = pel_neighbor_update(list, &l->cell, x, &bad, err);
    if (status == PEL_EARG && bad < l->n)
        return pel_error_set(err, PEL_EARG, "position of atom %lld is not finite",
                             (long long)l->id[index != NULL ? index[bad] : bad]);
    return status;
}

/* Standing atoms alone, and what they make at the n_wanted of them whose background is
 * not known yet: wanted[] are indices of all atoms. */
static pel_status learn(struct pel_local *l, size_t n_wanted, const size_t wanted[],
                        struct pel_error *err)
{
    const size_t n = l->n - l->n_moving;
    pel_status status = PEL_ENOMEM;
    struct pel_neighbor *list = NULL;
    size_t *index = malloc(n * sizeof *index), *rows = malloc(n * sizeof *rows);
    int *type = malloc(n * sizeof *type);
    double *x = malloc(3 * n * sizeof *x), *background = NULL;
    int64_t *id = malloc(n * sizeof *id);
    if (index == NULL || rows == NULL || type == NULL || x == NULL || id == NULL)
        goto nomem;
    size_t count = 0, found = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (l->slot[i] >= 0) continue;
        index[count] = i;
        type[count] = l->type[i];
        id[count] = l->id[i];
        memcpy(x + 3 * count, l->x + 3 * i, 3 * sizeof *x);
        if (found < n_wanted && wanted[found] == i) rows[found++] = count;
        count++;
    }
    /* Densities end at the inner range: pairs beyond it are of no interest. */
    status = pel_neighbor_create(n, type, (int)l->potential->n, l->inner, l->inner, 0.0,
                                 &list, err);
    if (status == PEL_OK) status = pel_neighbor_limit(list, n_wanted, rows, err);
    if (status == PEL_OK) status = update(l, list, index, x, err);
    if (status == PEL_OK) status = reserve(l, list->n_all, err);
    if (status != PEL_OK) goto done;
    background = malloc(2 * list->n * sizeof *background);
    if (background == NULL) goto nomem;
    memset(l->force, 0, 4 * list->n_all * sizeof *l->force);
    struct pel_kernel_result made = {.force = l->force, .close = {-1, -1}};
    status = l->potential->method->background(l->potential, list, PEL_CLOSEST, l->work,
                                              &made, background, err);
    if (status == PEL_OK && made.close[0] >= 0)
        status = pel_potential_overlap(list, made.close, id, PEL_CLOSEST, err);
    if (status != PEL_OK) goto done;
    for (size_t k = 0; k < list->n_rows; k++) {
        const size_t i = index[list->order[k]];
        memcpy(l->background + 2 * i, background + 2 * k, 2 * sizeof *background);
        l->known[i] = 1;
    }
    goto done;

nomem:
    status = no_memory(l, err);
done:
    pel_neighbor_free(list);
    free(index);
    free(rows);
    free(type);
    free(x);
    free(id);
    free(background);
    return status;
}

static int ascending(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* After the list was built: the background of all its atoms, in its order. */
static pel_status renew_background(struct pel_local *l, struct pel_error *err)
{
    const struct pel_neighbor *list = l->list;
    size_t n_wanted = 0;
    size_t *wanted = malloc((list->n + 1) * sizeof *wanted);
    if (wanted == NULL) return no_memory(l, err);
    for (size_t k = list->n_rows; k < list->n; k++)
        if (!l->known[list->order[k]]) wanted[n_wanted++] = (size_t)list->order[k];
    qsort(wanted, n_wanted, sizeof *wanted, ascending);
    pel_status status = n_wanted > 0 ? learn(l, n_wanted, wanted, err) : PEL_OK;
    free(wanted);
    if (status == PEL_OK) status = reserve(l, list->n_all, err);
    if (status != PEL_OK) return status;
    /* Moving atoms feel nothing that is not in the list: their background is 0. */
    for (size_t k = 0; k < list->n; k++)
        memcpy(l->listed + 2 * k, l->background + 2 * (size_t)list->order[k],
               2 * sizeof *l->listed);
    l->builds = list->builds;
    return PEL_OK;
}

static pel_status evaluate(void *context, const double x[], double *energy,
                           double gradient[], struct pel_error *err)
{
    struct pel_local *l = context;
    struct pel_neighbor *list = l->list;
    l->calls++;
    for (size_t k = 0; k < l->n_moving; k++)
        memcpy(l->x + 3 * l->moving[k], x + 3 * k, 3 * sizeof *x);
    pel_status status = update(l, list, NULL, l->x, err);
    if (status == PEL_OK && l->builds != list->builds) status = renew_background(l, err);
    if (status != PEL_OK) return status;

    double *f = l->force;
    memset(f, 0, 4 * list->n_all * sizeof *f);
    struct pel_kernel_result made = {
        .force = f, .close = {-1, -1}, .background = l->listed};
    status = l->potential->method->compute(l->potential, list, PEL_CLOSEST, l->work,
                                           &made, err);
    if (status != PEL_OK) return status;
    if (made.close[0] >= 0)
        return pel_potential_overlap(list, made.close, l->id, PEL_CLOSEST, err);
    *energy = made.energy - l->reference;
    for (size_t g = list->n; g < list->n_all; g++)
        for (size_t c = 0; c < 3; c++)
            f[4 * (size_t)list->owner[g] + c] += f[4 * g + c];
    for (size_t k = 0; k < list->n_rows; k++)
        for (size_t c = 0; c < 3; c++)
            gradient[3 * (size_t)l->slot[list->order[k]] + c] = -f[4 * k + c];
    return PEL_OK;
}

/* Pairs of the list over those of the whole cell. */
static double share_of(const struct pel_neighbor *list)
{
    const size_t pairs = (size_t)list->first[2 * (size_t)list->n_types * list->n_rows];
    size_t among = 0; /* both of them moving */
    for (size_t p = 0; p < pairs; p++)
        among += (size_t)list->owner[list->neighbors[p]] < list->n_rows;
    const double ends = (double)(pairs + among); /* neighbours of the moving atoms */
    if (!(ends > 0.0)) return (double)list->n_rows / (double)list->n_given;
    return 2.0 * (double)pairs / ends * (double)list->n_rows / (double)list->n_given;
}

static pel_status check(const struct pel_potential *potential, size_t n, size_t n_moving,
                        const size_t moving[], double skin_A, struct pel_error *err)
{
    if (potential->method->background == NULL)
        return pel_error_set(err, PEL_EARG, "a potential of style %s has no local forces",
                             potential->method->name);
    if (!(skin_A >= 0.0) || !isfinite(skin_A))
        return pel_error_set(err, PEL_EARG, "skin is %g A, expected 0 or more", skin_A);
    if (n_moving == 0) return pel_error_set(err, PEL_EARG, "no atom moves");
    for (size_t k = 0; k < n_moving; k++) {
        if (moving[k] >= n)
            return pel_error_set(err, PEL_EARG,
                                 "moving atom has index %zu, expected less than %zu",
                                 moving[k], n);
        if (k > 0 && moving[k] <= moving[k - 1])
            return pel_error_set(
                err, PEL_EARG, "moving atoms are not in increasing order: %zu after %zu",
                moving[k], moving[k - 1]);
    }
    return PEL_OK;
}

pel_status pel_local_create(const struct pel_potential *potential,
                            const struct pel_structure *structure, const double x[],
                            size_t n_moving, const size_t moving[], double skin_A,
                            struct pel_local **out, struct pel_error *err)
{
    *out = NULL;
    const size_t n = structure->n, pairs = potential->n * potential->n;
    double *at = NULL, *gradient = NULL;
    pel_status status = check(potential, n, n_moving, moving, skin_A, err);
    if (status != PEL_OK) return status;
    struct pel_local *l = calloc(1, sizeof *l);
    if (l == NULL) return pel_error_set(err, PEL_ENOMEM, "local forces");
    l->potential = potential;
    l->surface =
        (struct pel_surface){.n = 3 * n_moving, .context = l, .evaluate = evaluate};
    l->cell = structure->cell;
    l->n = n;
    l->n_moving = n_moving;
    l->work = potential->method->work_create();
    l->moving = malloc(n_moving * sizeof *l->moving);
    l->slot = malloc(n * sizeof *l->slot);
    l->id = malloc(n * sizeof *l->id);
    l->type = malloc(n * sizeof *l->type);
    l->x = malloc(3 * n * sizeof *l->x);
    l->inner = malloc(pairs * sizeof *l->inner);
    l->outer = malloc(pairs * sizeof *l->outer);
    l->known = calloc(n, sizeof *l->known);
    l->background = calloc(n, 2 * sizeof *l->background);
    at = malloc(3 * n_moving * sizeof *at);
    gradient = malloc(3 * n_moving * sizeof *gradient);
    if (l->work == NULL || l->moving == NULL || l->slot == NULL || l->id == NULL ||
        l->type == NULL || l->x == NULL || l->inner == NULL || l->outer == NULL ||
        l->known == NULL || l->background == NULL || at == NULL || gradient == NULL) {
        status = no_memory(l, err);
        goto done;
    }
    memcpy(l->moving, moving, n_moving * sizeof *moving);
    memcpy(l->id, structure->id, n * sizeof *l->id);
    memcpy(l->x, x, 3 * n * sizeof *x);
    memset(l->slot, 0xff, n * sizeof *l->slot);
    for (size_t k = 0; k < n_moving; k++) {
        l->slot[moving[k]] = (int)k;
        memcpy(at + 3 * k, x + 3 * moving[k], 3 * sizeof *x);
    }
    status = pel_potential_match(potential, structure, l->type, l->inner, l->outer, err);
    if (status == PEL_OK)
        status = pel_neighbor_create(n, l->type, (int)potential->n, l->inner, l->outer,
                                     skin_A, &l->list, err);
    if (status == PEL_OK) status = pel_neighbor_limit(l->list, n_moving, moving, err);
    double energy = 0.0;
    if (status == PEL_OK) status = evaluate(l, at, &energy, gradient, err);
    if (status != PEL_OK) goto done;
    l->reference = energy;
    l->share = share_of(l->list);
    l->calls = 0;
    *out = l;

done:
    free(at);
    free(gradient);
    if (status != PEL_OK) pel_local_free(l);
    return status;
}

void pel_local_free(struct pel_local *local)
{
    if (local == NULL) return;
    local->potential->method->work_free(local->work);
    pel_neighbor_free(local->list);
    free(local->moving);
    free(local->slot);
    free(local->id);
    free(local->type);
    free(local->x);
    free(local->inner);
    free(local->outer);
    free(local->known);
    free(local->background);
    free(local->force);
    free(local->listed);
    free(local);
}

const struct pel_surface *pel_local_surface(struct pel_local *local)
{
    return &local->surface;
}

double pel_local_share(const struct pel_local *local)
{
    return local->share;
}

size_t pel_local_calls(const struct pel_local *local)
{
    return local->calls;
}

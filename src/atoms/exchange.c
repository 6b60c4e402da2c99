#include <pelrate/exchange.h>

#include "potential_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a place and a neighbour of it are to each other if a stands at the place and b at
 * the neighbour; kept for all a and b, because a place is asked for again and again. */
struct terms {
    double energy; /* of the pair [eV] */
    double here;   /* density that the neighbour makes at the place */
    double there;  /* density that the place makes at the neighbour */
};

/* What a place was before a tentative change. */
struct undo {
    int place;
    double density, embedding;
};

struct pel_exchange {
    const struct pel_potential *potential; /* borrowed */
    struct pel_neighbor *list;             /* owned */
    size_t n;
    size_t n_species;              /* in the structure */
    size_t known[PEL_MAX_SPECIES]; /* [n_species] what the potential calls them */
    int64_t *id;                   /* [n] ids, for messages; owned */
    int *type_of;                  /* [n] species of each atom; owned */
    int *type;                     /* [n] species at each place; owned */
    int *atom;                     /* [n] atom at each place; owned */
    double *density;               /* [n] owned */
    double *embedding;             /* [n] [eV]; owned */
    double *change;                /* [n] of the density, 0 between calls; owned */
    char *seen;                    /* [n] whether a place is among touched; owned */
    int *touched;                  /* [n] places whose density changes; owned */
    size_t *first;       /* [n + 1] where the neighbours of a place start; owned */
    int *near;           /* [near_alloc] neighbouring places, images one by one; owned */
    struct terms *terms; /* [near_alloc][n_species][n_species]; owned */
    size_t near_alloc;
    struct undo *undo; /* [2 n + 2] in the order of the changes; owned */
    size_t n_undo;     /* 0: nothing is tentative */
    size_t pair[2];    /* the places of the tentative change */
};

pel_status pel_exchange_create(const struct pel_potential *potential,
                               const struct pel_structure *structure,
                               struct pel_exchange **out, struct pel_error *err)
{
    *out = NULL;
    if (potential->method->pair_curves == NULL)
        return pel_error_set(err, PEL_EARG, "%s cannot tell what an exchange costs",
                             potential->method->name);
    const size_t n = structure->n;
    double inner[PEL_MAX_SPECIES * PEL_MAX_SPECIES],
        outer[PEL_MAX_SPECIES * PEL_MAX_SPECIES];
    pel_status status = PEL_ENOMEM;
    struct pel_exchange *e = calloc(1, sizeof *e);
    int *alike = calloc(n, sizeof *alike);
    if (e == NULL || alike == NULL) goto nomem;
    e->potential = potential;
    e->n = n;
    e->id = malloc(n * sizeof *e->id);
    e->type_of = malloc(n * sizeof *e->type_of);
    e->type = malloc(n * sizeof *e->type);
    e->atom = malloc(n * sizeof *e->atom);
    e->density = malloc(n * sizeof *e->density);
    e->embedding = malloc(n * sizeof *e->embedding);
    e->change = calloc(n, sizeof *e->change);
    e->seen = calloc(n, sizeof *e->seen);
    e->touched = malloc(n * sizeof *e->touched);
    e->first = calloc(n + 1, sizeof *e->first);
    e->undo = malloc((2 * n + 2) * sizeof *e->undo);
    if (e->id == NULL || e->type_of == NULL || e->type == NULL || e->atom == NULL ||
        e->density == NULL || e->embedding == NULL || e->change == NULL ||
        e->seen == NULL || e->touched == NULL || e->first == NULL || e->undo == NULL)
        goto nomem;
    e->n_species = structure->n_species;
    memcpy(e->type_of, structure->type, n * sizeof *e->type_of);
    memcpy(e->id, structure->id, n * sizeof *e->id);
    status = pel_potential_match(potential, structure, e->type, inner, outer, err);
    if (status != PEL_OK) goto fail;
    for (size_t i = 0; i < n; i++)
        e->known[e->type_of[i]] = (size_t)e->type[i];
    /* Whatever stands there, a place has the same neighbours: one type for the list. */
    status = pel_neighbor_create(n, alike, 1, &potential->cutoff, &potential->cutoff, 0.0,
                                 &e->list, err);
    if (status != PEL_OK) goto fail;
    free(alike);
    *out = e;
    return PEL_OK;

nomem:
    pel_error_set(err, PEL_ENOMEM, "exchanges of %zu atoms", n);
fail:
    free(alike);
    pel_exchange_free(e);
    return status;
}

void pel_exchange_free(struct pel_exchange *e)
{
    if (e == NULL) return;
    pel_neighbor_free(e->list);
    free(e->id);
    free(e->type_of);
    free(e->type);
    free(e->atom);
    free(e->density);
    free(e->embedding);
    free(e->change);
    free(e->seen);
    free(e->touched);
    free(e->first);
    free(e->near);
    free(e->terms);
    free(e->undo);
    free(e);
}

/* The terms of a pair of places, both ways. */
static void fill_terms(const struct pel_exchange *e, double r, struct terms *at_i,
                       struct terms *at_j)
{
    const size_t n = e->n_species;
    struct pel_pair_curves curves;
    for (size_t a = 0; a < n; a++)
        for (size_t b = a; b < n; b++) {
            e->potential->method->pair_curves(e->potential, e->known[a], e->known[b], r,
                                              &curves);
            const double at_a = curves.at_a[0], at_b = curves.at_b[0];
            const struct terms a_seen = {curves.energy[0], at_a, at_b};
            const struct terms b_seen = {curves.energy[0], at_b, at_a};
            at_i[a * n + b] = at_j[a * n + b] = a_seen;
            at_i[b * n + a] = at_j[b * n + a] = b_seen;
        }
}

static pel_status reserve(struct pel_exchange *e, size_t n_entries, struct pel_error *err)
{
    if (n_entries <= e->near_alloc) return PEL_OK;
    const size_t room = n_entries + n_entries / 8;
    free(e->near);
    free(e->terms);
    e->near = malloc(room * sizeof *e->near);
    e->terms = malloc(room * e->n_species * e->n_species * sizeof *e->terms);
    e->near_alloc = e->near != NULL && e->terms != NULL ? room : 0;
    if (e->near_alloc == 0)
        return pel_error_set(err, PEL_ENOMEM, "%zu neighbours", n_entries);
    return PEL_OK;
}

/* The half list of atoms and ghosts as a full list of places. */
static pel_status spread(struct pel_exchange *e, struct pel_error *err)
{
    const struct pel_neighbor *list = e->list;
    const size_t block = e->n_species * e->n_species;
    pel_status status = reserve(e, 2 * (size_t)list->first[2 * list->n], err);
    if (status != PEL_OK) return status;
    /* Twice over all pairs: count, then fill from the back of each place's room. */
    size_t *first = e->first;
    memset(first, 0, (e->n + 1) * sizeof *first);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t k = 0; k < list->n; k++)
            for (int at = list->first[2 * k]; at < list->first[2 * k + 2]; at++) {
                const size_t m = (size_t)list->neighbors[at];
                const size_t i = (size_t)list->order[k];
                const size_t j = (size_t)list->order[list->owner[m]];
                if (pass == 0) {
                    first[i]++;
                    first[j]++;
                    continue;
                }
                double r2 = 0.0;
                for (size_t c = 0; c < 3; c++) {
                    const double d = list->x[4 * k + c] - list->x[4 * m + c];
                    r2 += d * d;
                }
                const size_t at_i = --first[i], at_j = --first[j];
                e->near[at_i] = (int)j;
                e->near[at_j] = (int)i;
                fill_terms(e, sqrt(r2), &e->terms[block * at_i], &e->terms[block * at_j]);
            }
        if (pass == 1) break;
        size_t sum = 0;
        for (size_t i = 0; i < e->n; i++)
            first[i] = sum += first[i];
        first[e->n] = sum;
    }
    return PEL_OK;
}

static double embedding_of(const struct pel_exchange *e, int type, double density)
{
    double curve[3];
    e->potential->method->embedding_curve(e->potential, e->known[type], density, curve);
    return curve[0];
}

pel_status pel_exchange_place(struct pel_exchange *e, const struct pel_cell *cell,
                              const double x[], struct pel_error *err)
{
    size_t bad = e->n;
    e->n_undo = 0;
    /* Afresh, so that the same positions give the same bits whatever was before. */
    e->list->valid = 0;
    pel_status status = pel_neighbor_update(e->list, cell, x, &bad, err);
    if (status == PEL_EARG && bad < e->n)
        return pel_error_set(err, PEL_EARG, "position of atom %lld is not finite",
                             (long long)e->id[bad]);
    if (status == PEL_OK) status = spread(e, err);
    if (status != PEL_OK) return status;
    const size_t n = e->n_species;
    for (size_t i = 0; i < e->n; i++) {
        e->type[i] = e->type_of[i];
        e->atom[i] = (int)i;
    }
    for (size_t i = 0; i < e->n; i++) {
        double density = 0.0;
        for (size_t at = e->first[i]; at < e->first[i + 1]; at++)
            density +=
                e->terms[(at * n + (size_t)e->type[i]) * n + (size_t)e->type[e->near[at]]]
                    .here;
        e->density[i] = density;
        e->embedding[i] = embedding_of(e, e->type[i], density);
    }
    return PEL_OK;
}

static double set_density(struct pel_exchange *e, size_t i, double density)
{
    e->undo[e->n_undo++] = (struct undo){(int)i, e->density[i], e->embedding[i]};
    const double before = e->embedding[i];
    e->density[i] = density;
    e->embedding[i] = embedding_of(e, e->type[i], density);
    return e->embedding[i] - before;
}

/* Make what stands at place i another species; returns the change of the energy [eV]. */
static double transmute(struct pel_exchange *e, size_t i, int to)
{
    const size_t n = e->n_species, a = (size_t)e->type[i], b = (size_t)to;
    double energy = 0.0, density = 0.0;
    size_t n_touched = 0;
    for (size_t at = e->first[i]; at < e->first[i + 1]; at++) {
        const size_t k = (size_t)e->near[at], t = (size_t)e->type[k];
        const struct terms *terms = &e->terms[at * n * n];
        if (k == i) { /* an image of its own; each pair of them comes twice */
            energy += 0.5 * (terms[b * n + b].energy - terms[a * n + a].energy);
            density += terms[b * n + b].here;
            continue;
        }
        energy += terms[b * n + t].energy - terms[a * n + t].energy;
        density += terms[b * n + t].here;
        const double change = terms[b * n + t].there - terms[a * n + t].there;
        if (change == 0.0) continue;
        if (!e->seen[k]) e->touched[n_touched++] = (int)k;
        e->seen[k] = 1;
        e->change[k] += change;
    }
    for (size_t m = 0; m < n_touched; m++) {
        const size_t k = (size_t)e->touched[m];
        energy += set_density(e, k, e->density[k] + e->change[k]);
        e->change[k] = 0.0;
        e->seen[k] = 0;
    }
    e->type[i] = to;
    return energy + set_density(e, i, density);
}

/* Back to what was kept last. */
static void forget(struct pel_exchange *e)
{
    if (e->n_undo == 0) return;
    while (e->n_undo > 0) {
        const struct undo *u = &e->undo[--e->n_undo];
        e->density[u->place] = u->density;
        e->embedding[u->place] = u->embedding;
    }
    for (int k = 0; k < 2; k++)
        e->type[e->pair[k]] = e->type_of[e->atom[e->pair[k]]];
}

double pel_exchange_try(struct pel_exchange *e, size_t i, size_t j)
{
    forget(e);
    const int type_i = e->type[i], type_j = e->type[j];
    e->pair[0] = i;
    e->pair[1] = j;
    /* One after the other: the second sees the first as it then is. */
    return transmute(e, i, type_j) + transmute(e, j, type_i);
}

void pel_exchange_keep(struct pel_exchange *e)
{
    if (e->n_undo == 0) return;
    const size_t i = e->pair[0], j = e->pair[1];
    const int atom = e->atom[i];
    e->atom[i] = e->atom[j];
    e->atom[j] = atom;
    e->n_undo = 0;
}

size_t pel_exchange_atom(const struct pel_exchange *e, size_t i)
{
    return (size_t)e->atom[i];
}

size_t pel_exchange_atoms(const struct pel_exchange *e)
{
    return e->n;
}

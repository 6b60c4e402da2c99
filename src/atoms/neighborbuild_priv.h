#ifndef PEL_NEIGHBORBUILD_PRIV_H
#define PEL_NEIGHBORBUILD_PRIV_H

#include "neighbor_priv.h"

/* What one slab of bins makes, and its scratch. */
struct slab {
    size_t from, to; /* bins */
    size_t row;      /* the first of its rows */

    size_t entries_alloc, n_entries;
    int *entries; /* neighbours of its rows: an atom, or -1 - k: ghost k of the next */
    size_t ghosts_alloc, n_ghosts;
    size_t *ghosts; /* shift * n + atom; later the number that it gets */

    /* Candidates: everything that the atoms of one bin may see. */
    size_t candidates_alloc;
    double *cx, *cy, *cz; /* positions, shifted [A] */
    double *distance2;    /* from the atom at hand [A^2] */
    int *candidate;       /* atom */
    int *candidate_shift; /* shift, as in ghost_of */
    int *near;            /* candidates in the largest range */
    int *hits;            /* [segments][candidates_alloc] neighbours of one atom */
    int failed;           /* out of memory */
};

struct pel_neighbor_work {
    double *wrapped; /* [3n] wrapped positions, caller's order [A] */
    double *image;   /* [3n] images, caller's order */
    int *bin;        /* [n] bin of each atom, caller's order */
    int *bin_first;  /* [bins + 1] */
    size_t bins_alloc;
    int *ghost_of; /* [shifts * n] ghost of an atom under a shift; -1: none yet */
    size_t ghost_of_alloc;
    struct slab *slabs;
    size_t n_slabs;
};

/* Scratch of building; NULL: out of memory. */
struct pel_neighbor_work *pel_neighbor_work_create(size_t n);
void pel_neighbor_work_free(struct pel_neighbor_work *work);

/* Build the list anew; positions of atoms and ghosts are the caller's to fill. Errors: as
 * pel_neighbor_update. */
pel_status pel_neighbor_build(struct pel_neighbor *list, const struct pel_cell *cell,
                              const double x[], size_t *bad, struct pel_error *err);

#endif /* PEL_NEIGHBORBUILD_PRIV_H */

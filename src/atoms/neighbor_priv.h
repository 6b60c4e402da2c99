#ifndef PEL_NEIGHBOR_PRIV_H
#define PEL_NEIGHBOR_PRIV_H

#include <pelrate/cell.h>

enum {
    PEL_NEIGHBOR_TYPES = 16, /* at most */
    PEL_NEIGHBOR_SLACK = 16  /* entries after the last one */
};

/* Which atoms are near which: a half list (every pair once) with skin, in any periodic
 * cell.
 *
 * The list has its own numbering: atoms sorted by where they are, so that neighbours in
 * space are neighbours in memory, followed by ghosts, the periodic images that some atom
 * sees. A pair is (atom, atom or ghost) and its distance a plain difference. An image and
 * its opposite are the same pair: only one of the two becomes a ghost. Cells smaller than
 * the range give several ghosts of one atom, its own images among them.
 *
 * The neighbours of an atom come in segments: by type, and within a type first those that
 * were within the inner range (plus skin) at the time of building, then the rest.
 *
 * A list limited to some moving atoms holds the pairs with at least one of them: those
 * come first in its numbering and alone have neighbours, in all directions; then come
 * the standing atoms that one of them sees, then ghosts; no others. */
struct pel_neighbor {
    size_t n;       /* atoms of the list */
    size_t n_all;   /* atoms and ghosts */
    size_t n_rows;  /* atoms that have neighbours of their own: the first ones; n unless
                      the list is limited */
    size_t n_given; /* atoms of the caller; n unless the list is limited */
    unsigned char *moving; /* [n_given] caller's order, 0: stands; NULL: not limited;
                              owned */
    int n_types;           /* types */
    double skin;           /* extra range [A] */
    double range;          /* largest outer range, without skin [A] */
    double *inner; /* [n_types * n_types] inner range of a pair of types [A]; owned */
    double *outer; /* [n_types * n_types] outer range, >= inner [A]; owned */
    int *type_of;  /* [n] types in the caller's order; owned */

    int *order; /* [n] caller's index of atom k of the list; owned */
    int *type;  /* [n] type of atom k of the list; owned */
    int *owner; /* [n_all] atom behind a ghost (for atoms: itself); owned */
    int *shift; /* [n_all] index into shifts, atoms: no meaning; owned */
    double *x;  /* [4 n_all] positions, stride 4, fourth 0 [A]; owned */
    int *
        first; /* [2 n_types n_rows + 1] where a segment starts; segment 2 t + (0 inner, 1
                       outer) of atom k is 2 (k n_types + t) + ...; owned */
    int *neighbors; /* [first[last]] atoms or ghosts, and after the last one
                       PEL_NEIGHBOR_SLACK times atom 0: may be read, mean nothing; owned */

    int valid;             /* whether the list can be trusted at all */
    size_t builds;         /* how often it was built */
    struct pel_cell built; /* cell at that time */
    double *x_built; /* [3 n] wrapped positions at that time, list order [A]; owned */
    double *image;   /* [3 n] cell vectors that wrapping subtracts, list order; owned */

    struct pel_neighbor_work *work; /* scratch of building; owned */
    int threads;                    /* that build and refresh it; 1 at first */
    double (*shifts)[3];            /* the cell vectors of a shift, as numbers; owned */
    size_t shifts_alloc;            /* its capacity */
    size_t n_alloc;                 /* capacity of owner, shift [atoms] */
    size_t x_alloc;                 /* capacity of x [atoms] */
    size_t pairs_alloc;             /* capacity of neighbors */
};

/* A list for n atoms of types type[n] (copied) with ranges [A] inner <= outer for each
 * pair of types [n_types * n_types], symmetric. Errors: PEL_ENOMEM; PEL_EARG more atoms
 * than an int can number. */
pel_status pel_neighbor_create(size_t n, const int type[], int n_types,
                               const double inner[], const double outer[], double skin,
                               struct pel_neighbor **out, struct pel_error *err);
void pel_neighbor_free(struct pel_neighbor *list);

/* Limit a list to the pairs of some moving atoms (indices of the caller, n_moving of
 * them); the others must then keep the places that they have in the next update. Errors:
 * PEL_ENOMEM. */
pel_status pel_neighbor_limit(struct pel_neighbor *list, size_t n_moving,
                              const size_t moving[], struct pel_error *err);

/* Bring positions up to date with x[3n] [A] (caller's order); build the list anew if a
 * pair within the outer range might be missing from it. Errors: PEL_EARG a position is
 * not finite (atom: *bad, caller's index); PEL_ENOMEM. */
pel_status pel_neighbor_update(struct pel_neighbor *list, const struct pel_cell *cell,
                               const double x[], size_t *bad, struct pel_error *err);

#endif /* PEL_NEIGHBOR_PRIV_H */

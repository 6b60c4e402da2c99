#ifndef PEL_IMAGE_LIST_PRIV_H
#define PEL_IMAGE_LIST_PRIV_H

#include <pelrate/cell.h>

/* All atoms and their periodic images around the cell, with full neighbour lists: what
 * engines want that know nothing of periodic cells. (Our own kernels have a leaner list,
 * neighbor_priv.h: every pair once and only the images that somebody sees.)
 *
 * Particles 0 to n - 1 are the atoms in the caller's order, wrapped into the cell; the
 * others are images within `reach` of it. Of the lists, list k of a particle holds those
 * nearer than cutoff[k], and some that are a little further. */
struct pel_image_list {
    size_t n;       /* atoms */
    size_t n_all;   /* atoms and images */
    double reach;   /* how far around the cell images are needed [A] */
    double skin;    /* extra range [A] */
    int n_lists;    /* lists of each particle */
    double *cutoff; /* [n_lists] [A]; owned */
    int *of_images; /* [n_lists] whether images have such a list too; owned */

    double *x;  /* [3 n_all] [A]; owned */
    int *owner; /* [n_all] atom behind an image; owned */
    int *image; /* [3 n_all] whole cell vectors between an image and its atom; owned */
    int *first; /* [n_lists (n_all + 1)] where the list of a particle starts, list after
                    list; owned */
    int *neighbors; /* owned */
    size_t n_close; /* pairs that may come nearer than closest before the next list */
    int *close;     /* [2 n_close] owned */

    int valid;             /* whether the list can be trusted */
    size_t builds;         /* how often it was built */
    struct pel_cell built; /* cell at that time */
    double *x_built;       /* [3n] positions at that time, as given [A]; owned */
    double *shift;         /* [3n] cell vectors that wrapping subtracts [A]; owned */
    size_t n_alloc, pairs_alloc, close_alloc;
};

/* A list for n atoms. Errors: PEL_ENOMEM, PEL_EARG too many atoms. */
pel_status pel_image_list_create(size_t n, double reach, double skin, int n_lists,
                                 const double cutoff[], const int of_images[],
                                 struct pel_image_list **out, struct pel_error *err);
void pel_image_list_free(struct pel_image_list *list);

/* Bring it up to date with x[3n] [A]; build it anew if the cell is another one or an atom
 * has moved further than half the skin. close[2] receives two atoms (caller's indices)
 * that are nearer than closest [A], or -1. Errors: PEL_EARG a position is not finite
 * (atom: *bad); more particles than an int can number; PEL_ENOMEM. */
pel_status pel_image_list_update(struct pel_image_list *list, const struct pel_cell *cell,
                                 const double x[], double closest, int close[2],
                                 size_t *bad, struct pel_error *err);

/* Neighbours of a particle in list k; NULL and 0 where it has none. */
const int *pel_image_list_of(const struct pel_image_list *list, int k, size_t particle,
                             int *n);

#endif /* PEL_IMAGE_LIST_PRIV_H */

#ifndef PEL_AGEMAP_H
#define PEL_AGEMAP_H

#include <pelrate/status.h>
#include <stddef.h>

/* A map of the ageing rate as a file holds it: that of molecular dynamics, written by
 * `pelrate surface`, or any table of e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s
 * (such as that of `pelrate map`, without bands and curves). */

/* Of one kind of curve at one E_IS; NaN where there is none. */
struct pel_agemap_value {
    double value, low, high; /* [K] */
};

struct pel_agemap {
    size_t n;              /* points, >= 1 */
    double *e_is;          /* [n] [eV/atom]; all arrays owned */
    double *temperature_K; /* [n] [K] */
    double *rate;          /* [n] [eV/atom/s] */
    double *low, *high;    /* [n] its band; NaN: none [eV/atom/s] */
    int *extrapolated;     /* [n] */
    size_t n_replicates;   /* of the whole map */
    double *replicates;    /* [n * n_replicates] those of a point together [eV/atom/s] */
    size_t n_curves;       /* E_IS of the curves */
    double *curve_e_is;    /* [n_curves] [eV/atom] */
    struct pel_agemap_value *T_max; /* [n_curves] */
    struct pel_agemap_value *T_ss;  /* [n_curves] */
};

/* Read a map.
 *   out   receives it; release it with pel_agemap_free()
 * Errors: as pel_table_read; PEL_EFORMAT a column is missing, a number is none or out of
 * its range, no rows, a point twice, a band whose ends are exchanged, lists of the curves that differ in length. On error *out is NULL. */
PEL_API pel_status pel_agemap_read(const char *path, struct pel_agemap **out,
                                   struct pel_error *err);
/* Whether the sign of the rate is known at point i: it is not 0, and its band, if there is one,
 * does not hold 0. */
PEL_API int pel_agemap_is_resolved(const struct pel_agemap *map, size_t i);

/* Release a map. NULL is allowed. */
PEL_API void pel_agemap_free(struct pel_agemap *map);

#endif /* PEL_AGEMAP_H */

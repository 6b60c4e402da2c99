#ifndef PEL_MINING_HULL_PRIV_H
#define PEL_MINING_HULL_PRIV_H

#include <pelrate/rates.h>

/* Where rates are: at each temperature from the lowest to the highest E_IS, and linearly
 * between neighbouring temperatures. */
struct hull {
    size_t n;        /* temperatures */
    double *T;       /* [n] rising [K]; owned, with what follows */
    double *lo, *hi; /* [n] [eV/atom] */
};

/* Of rates; temperatures within join [K] of the lowest among them are one. Errors: PEL_ENOMEM. */
pel_status pel_hull_create(struct hull *hull, const struct pel_rates *rates, double join,
                           struct pel_error *err);
void pel_hull_release(struct hull *hull);

int pel_hull_inside(const struct hull *hull, double e_is, double T);

/* The lowest and highest temperature inside at an E_IS. Returns 0, or -1: none. */
int pel_hull_range(const struct hull *hull, double e_is, double *T_lo, double *T_hi);

#endif /* PEL_MINING_HULL_PRIV_H */

#ifndef PEL_EQUILIBRATION_H
#define PEL_EQUILIBRATION_H

#include <pelrate/curve.h>

/* Whether a liquid was in equilibrium, and which E_IS it then has: curves of one
 * temperature that came from above (a hotter liquid, of higher E_IS) and from below (a
 * glass of lower E_IS) are held against two tests,
 *
 *   two halves   the mean of the second half of the curves is that of the first,
 *   two sides    the mean of what came from above is that of what came from below,
 *
 * each within `limit` standard errors. A test with a large error proves nothing, so the
 * error of each mean must be small as well.
 *
 * Standard errors come from the spread about a straight line in time, common to the curves
 * of a side, and the integrated autocorrelation time of that spread (window of five times
 * itself: Sokal, in Functional Integration (Springer, 1997), p. 131). With the line taken
 * out, a drift does not pass for a slow fluctuation; of fluctuations nearly as slow as the
 * curves too little is left, which refuses too much rather than too little. Two curves a
 * side of 45 points whose neighbours are correlated by 0.7, in equilibrium: errors 20 % too
 * small, 8 % refused; without correlation less than 3 %. */

struct pel_equilibration_settings {
    double discard;   /* share of each curve, from its beginning, that is not looked at: 0
                         to below 1 */
    double limit;     /* standard errors that differences may have, > 0 */
    double max_error; /* standard error that a side's mean may have [eV/atom], > 0 */
    int one_side;     /* 1: a temperature that was reached from one side alone may do; 0:
                         it does not */
};

/* A quarter, three standard errors, 1 meV/atom, both sides. */
PEL_API struct pel_equilibration_settings pel_equilibration_defaults(void);

/* Curves of one temperature from one side. */
struct pel_equilibration_side {
    size_t curves;       /* 0: none, and all that follows is NaN or 0 */
    size_t points;       /* looked at */
    double e_is;         /* their mean [eV/atom] */
    double error;        /* its standard error [eV/atom] */
    double n_eff;        /* independent values that they are worth */
    double halves;       /* mean of the second half minus that of the first [eV/atom] */
    double halves_error; /* its standard error [eV/atom] */
    int steady;          /* 1: halves agree and the error is small enough */
};

enum { PEL_ABOVE, PEL_BELOW, PEL_SIDES };

/* One temperature. */
struct pel_equilibration_point {
    double temperature_K;                          /* [K] */
    struct pel_equilibration_side side[PEL_SIDES]; /* from above, from below */
    double sides; /* mean from above minus that from below [eV/atom]; NaN: one side */
    double sides_error; /* its standard error [eV/atom]; NaN */
    int equilibrium;    /* 1: every test was passed */
    double e_is;        /* of the liquid: sides weighted by their errors [eV/atom] */
    double error;       /* its standard error [eV/atom] */
};

struct pel_equilibration {
    size_t n;                              /* temperatures, >= 1 */
    struct pel_equilibration_point *point; /* [n] rising temperature; owned */
};

/* Test the curves. One came from above if its ramp began at a higher temperature, or if its
 * start_e_is is not below the mean of what is looked at; else from below.
 *   out   receives the result; release it with pel_equilibration_free()
 * Errors: PEL_EARG a setting out of range; PEL_EFORMAT a curve without start_e_is, or with
 * fewer than 8 points to look at (its file and line are named); PEL_ENOMEM. On error *out
 * is NULL. */
PEL_API pel_status
pel_equilibration_run(const struct pel_curves *curves, const char *const paths[],
                      const struct pel_equilibration_settings *settings,
                      struct pel_equilibration **out, struct pel_error *err);

/* Release a result. NULL is allowed. */
PEL_API void pel_equilibration_free(struct pel_equilibration *equilibration);

#endif /* PEL_EQUILIBRATION_H */

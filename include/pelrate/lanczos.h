#ifndef PEL_LANCZOS_H
#define PEL_LANCZOS_H

#include <pelrate/surface.h>

/* The lowest eigenvalue of the Hessian at a point of a surface, and its eigenvector (the
 * lowest mode), from gradients alone.
 *
 * Lanczos process with full re-orthogonalisation (C. Lanczos, J. Res. Natl. Bur. Stand.
 * 45:255 (1950); for saddle searches Malek & Mousseau, PRE 62:7723 (2000)). The Hessian
 * is seen only through differences of the gradient g along a unit vector v:
 *
 *   forward   H v = (g(x + d v) - g(x)) / d             one evaluation a vector
 *   central   H v = (g(x + d v) - g(x - d v)) / 2d      two evaluations a vector */
struct pel_lanczos_settings {
    double step_A;      /* d, length of the whole difference vector [A], > 0 */
    int central;        /* 0: forward, 1: central differences */
    size_t min_vectors; /* fewest vectors of the Krylov space, >= 1 */
    size_t max_vectors; /* most, >= min_vectors */
    double tolerance;   /* stop when one more vector lowers the eigenvalue by no more than
                           this times (|eigenvalue| + floor), >= 0 [1] */
    double floor;     /* |eigenvalue| below which changes do not matter, >= 0 [eV/A^2] */
    int translations; /* 1: coordinates are atoms, x y z each: rigid translations (zero
                         modes of a periodic cell) are projected out; n % 3 must be 0 */
    int rotations;    /* 1: rigid rotations about the centroid as well (a free cluster has
                         them as zero modes too); asks for translations */
};
PEL_API struct pel_lanczos_settings pel_lanczos_defaults(void);

struct pel_lanczos_report {
    double eigenvalue;  /* lowest Ritz value: an upper bound of the true one [eV/A^2] */
    double second;      /* second-lowest Ritz value: an upper bound of the second-lowest
                           eigenvalue; NaN for a space of one vector [eV/A^2] */
    double highest;     /* highest Ritz value: a lower bound of the highest [eV/A^2] */
    double change;      /* what the last vector lowered it by [eV/A^2] */
    double residual;    /* |H v - eigenvalue v| of the mode, estimated [eV/A^2] */
    size_t vectors;     /* size of the Krylov space */
    size_t evaluations; /* of the surface */
    int converged;      /* by tolerance, or because the space was exhausted */
};

/* Lowest eigenpair at x.
 *
 *   x           [n] the point [A]; not changed
 *   gradient    [n] gradient at x [eV/A]; NULL: evaluated here where it is needed (by
 *               forward differences only)
 *   mode        [n] in: where to start (the mode of the point before makes it cheap; any
 *               length, not 0 after projection); out: the mode, of unit length, with a
 *               positive product with the start
 *   report      receives what was found; may not be NULL
 *
 * Errors: PEL_EARG    a setting out of range, no coordinates or not those of atoms, a
 *                     start that vanishes
 *         PEL_ENOMEM
 * and those of the surface. Not converging within max_vectors is no error:
 * report->converged says so. */
PEL_API pel_status pel_lanczos_lowest(const struct pel_surface *surface,
                                      const struct pel_lanczos_settings *settings,
                                      const double x[], const double gradient[],
                                      double mode[], struct pel_lanczos_report *report,
                                      struct pel_error *err);

#endif /* PEL_LANCZOS_H */

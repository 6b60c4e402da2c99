#ifndef PEL_SINGULAR_PRIV_H
#define PEL_SINGULAR_PRIV_H

#include <stddef.h>

enum pel_singular_method {
    PEL_SINGULAR_JACOBI, /* one-sided Jacobi: small values to a relative accuracy, but it
                            gives up at times */
    PEL_SINGULAR_GOLUB /* Golub & Reinsch: small values to the rounding of the largest */
};

/* Singular values and right vectors of A.
 *   A        [m * n] row-major, m >= n >= 1, all finite
 *   first    the method to begin with; should it give up, those after it are tried
 *   values   [n] receives them, decreasing
 *   vectors  [n * n] row-major, vector l in column l
 * Returns 0; non-zero: no memory, or all methods gave up. */
int pel_singular_decompose(size_t m, size_t n, const double A[],
                           enum pel_singular_method first, double values[],
                           double vectors[]);

#endif /* PEL_SINGULAR_PRIV_H */

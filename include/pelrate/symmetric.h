#ifndef PEL_SYMMETRIC_H
#define PEL_SYMMETRIC_H

#include <pelrate/status.h>
#include <stddef.h>

/* Dense symmetric matrices: signs of the eigenvalues and determinant, by factorisation;
 * eigenvalues where they are wanted themselves. A matrix a[n * n] is whole or its lower
 * triangle alone, element (i, k), k <= i, at a[i * n + k]. */

/* What a factorisation tells. By Sylvester's law of inertia the signs are those of the
 * eigenvalues. */
struct pel_symmetric_inertia {
    size_t negative;    /* eigenvalues below 0 */
    size_t zero;        /* exactly 0 */
    size_t positive;    /* above 0 */
    double log_abs_det; /* ln |product of all that are not 0| */
};

/* Inertia and determinant of a matrix, by P A P^T = L D L^T with blocks of one and two
 * rows (Bunch & Kaufman, Math. Comp. 31:163 (1977); LAPACK's dsytrf). n^3 / 3 products.
 *
 *   n         rows, >= 1
 *   a         [n * n] in: the matrix; out: of no use
 *   inertia   receives the result; may not be NULL
 *
 * Errors: PEL_EARG n = 0, or an element that is not finite; PEL_ENOMEM. */
PEL_API pel_status pel_symmetric_inertia(size_t n, double a[],
                                         struct pel_symmetric_inertia *inertia,
                                         struct pel_error *err);

/* All eigenvalues, and eigenvectors where wanted (LAPACK's dsyevd). About 10 times the
 * cost of an inertia.
 *
 *   values    [n] receives the eigenvalues, lowest first
 *   vectors   0: eigenvalues only, a is of no use afterwards; 1: a receives them, a[k * n
 *             + i] component i of the k-th, of unit length
 *
 * Errors: as above; PEL_ENOCONV the iteration failed. */
PEL_API pel_status pel_symmetric_eigen(size_t n, double a[], double values[], int vectors,
                                       struct pel_error *err);

#endif /* PEL_SYMMETRIC_H */

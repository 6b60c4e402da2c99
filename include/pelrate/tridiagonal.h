#ifndef PEL_TRIDIAGONAL_H
#define PEL_TRIDIAGONAL_H

#include <pelrate/status.h>
#include <stddef.h>

/* Eigenvalues and eigenvectors of a small symmetric tridiagonal matrix, as the Lanczos
 * process makes them (a few tens of rows).
 *
 *   n          rows, at least 1
 *   diagonal   [n]
 *   off        [n - 1] the elements beside the diagonal; not read when n = 1
 *   values     [n] receives the eigenvalues, lowest first; may not be NULL
 *   vectors    [n * n] receives the eigenvectors: vectors[k * n + i] is component i of
 *              the k-th; of unit length; may be NULL
 *
 * Errors: PEL_EARG n = 0 or an element that is not finite; PEL_ENOMEM. */
PEL_API pel_status pel_tridiagonal_eigen(size_t n, const double diagonal[],
                                         const double off[], double values[],
                                         double vectors[], struct pel_error *err);

#endif /* PEL_TRIDIAGONAL_H */

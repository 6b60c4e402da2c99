#ifndef PEL_THINPLATE_PRIV_H
#define PEL_THINPLATE_PRIV_H

/* What the files of thinplate.h share: thinplate.c factorises the plate and evaluates it,
 * thinplate_fit.c puts it through values. Not for users. */

#include <pelrate/thinplate.h>

/* Planes in two dimensions: 1, x, y. */
enum { PLANE = 3 };

/* With S = sqrt(w), K_ij = phi(|p_i - p_j|) and T the planes at the points: S T = Q R,
 * Q^T S K S Q has the blocks B (first 3 rows) and M below, M = U D U^T with D
 * tridiagonal. c = S Q [0; U g], and (D + L) g = U^T (Q^T S z)_below. */
struct pel_thinplate {
    size_t n;               /* points */
    size_t free;            /* n - 3: rows of M */
    double *x, *y;          /* [n] owned */
    double *root_w;         /* [n] S, owned */
    double mean[2], per[2]; /* planes are 1, (x - mean) / per, ... */
    double *matrix;         /* [n * n] columns; U as dsytrd leaves it, owned */
    double *q, *q_tau;      /* [n * 3], [3] Q and R as dgeqrf leaves them, owned */
    double *u_tau;          /* [free] owned */
    double *border;         /* [3 * free] B, column after column, owned */
    double *diagonal, *off; /* [free] D, owned */
    double *eigenvalues;    /* [free] of D, lowest first, owned */
};

/* What LAPACK's info, which is not 0, comes to.
 *   what  what gave it: a routine, mostly
 *   n     points of the plate
 * Returns PEL_ENOMEM or PEL_ENOCONV, with err set. */
pel_status pel_thinplate_failed(int info, const char *what, size_t n,
                                struct pel_error *err);

#endif /* PEL_THINPLATE_PRIV_H */

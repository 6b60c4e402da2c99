#include "lapack_priv.h"

#include <pelrate/symmetric.h>

#include <lapacke.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

/* Columns of scratch that dsytrf works on at once: what LAPACK itself asks for. */
enum { block_columns = 64 };

/* LAPACK counts in int. Columns before rows and 'U': the lower triangle of rows. */
static pel_status check(size_t n, const double a[], struct pel_error *err)
{
    if (n == 0 || n > INT_MAX / block_columns)
        return pel_error_set(err, PEL_EARG, "a matrix of %zu rows", n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k <= i; k++)
            if (!isfinite(a[i * n + k]))
                return pel_error_set(err, PEL_EARG, "element %zu, %zu is not finite", i,
                                     k);
    return PEL_OK;
}

static void count(struct pel_symmetric_inertia *inertia, double value)
{
    if (value == 0.0) {
        inertia->zero++;
        return;
    }
    if (value < 0.0)
        inertia->negative++;
    else
        inertia->positive++;
    inertia->log_abs_det += log(fabs(value));
}

/* The two eigenvalues of a block of D with rows (p, q) and (q, r); it was chosen because q
 * is large, so that they differ in sign or are well conditioned. */
static void count_block(struct pel_symmetric_inertia *inertia, double p, double q,
                        double r)
{
    const double mean = 0.5 * (p + r), half = hypot(0.5 * (p - r), q);
    const double larger = mean >= 0.0 ? mean + half : mean - half;
    const double det = p * r - q * q;
    count(inertia, larger);
    count(inertia, larger != 0.0 ? det / larger : 0.0);
}

pel_status pel_symmetric_inertia(size_t n, double a[],
                                 struct pel_symmetric_inertia *inertia,
                                 struct pel_error *err)
{
    *inertia = (struct pel_symmetric_inertia){0};
    const pel_status status = check(n, a, err);
    if (status != PEL_OK) return status;
    int *pivots = malloc(n * sizeof *pivots);
    double *work = malloc(n * block_columns * sizeof *work);
    if (pivots == NULL || work == NULL) {
        free(pivots);
        free(work);
        return pel_error_set(err, PEL_ENOMEM, "matrix of %zu rows", n);
    }
    /* Above 0: a pivot is exactly 0, which is no failure of ours. */
    const int is_alone = pel_lapack_begin();
    LAPACKE_dsytrf_work(LAPACK_COL_MAJOR, 'U', (int)n, a, (int)n, pivots, work,
                        (int)n * block_columns);
    pel_lapack_end(is_alone);
    for (size_t i = n; i-- > 0;) {
        if (pivots[i] > 0) {
            count(inertia, a[i * n + i]);
        } else { /* rows i and i - 1 are one block */
            count_block(inertia, a[i * n + i], a[i * n + i - 1], a[(i - 1) * n + i - 1]);
            i--;
        }
    }
    free(pivots);
    free(work);
    return PEL_OK;
}

pel_status pel_symmetric_eigen(size_t n, double a[], double values[], int vectors,
                               struct pel_error *err)
{
    const pel_status status = check(n, a, err);
    if (status != PEL_OK) return status;
    const int is_alone = pel_lapack_begin();
    const int info = LAPACKE_dsyevd(LAPACK_COL_MAJOR, vectors ? 'V' : 'N', 'U', (int)n, a,
                                    (int)n, values);
    pel_lapack_end(is_alone);
    if (info == LAPACK_WORK_MEMORY_ERROR)
        return pel_error_set(err, PEL_ENOMEM, "matrix of %zu rows", n);
    if (info != 0)
        return pel_error_set(err, PEL_ENOCONV,
                             "%d eigenvalues of a matrix of %zu rows did not converge",
                             info, n);
    return PEL_OK;
}

#include "singular_priv.h"

#include "gsl_priv.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>

int pel_singular_decompose(size_t m, size_t n, const double A[],
                           enum pel_singular_method first, double values[],
                           double vectors[])
{
    pel_gsl_quiet();
    gsl_matrix *QR = gsl_matrix_alloc(m, n), *R = gsl_matrix_calloc(n, n);
    gsl_vector *tau = gsl_vector_alloc(n);
    int code = 1;
    if (QR != NULL && R != NULL && tau != NULL) {
        gsl_vector_view s = gsl_vector_view_array(values, n);
        gsl_matrix_view V = gsl_matrix_view_array(vectors, n, n);
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++)
                gsl_matrix_set(QR, i, j, A[i * n + j]);
        /* R has the singular values of A. */
        const int is_triangular = gsl_linalg_QR_decomp(QR, tau) == GSL_SUCCESS;
        for (int method = (int)first;
             is_triangular && code != GSL_SUCCESS && method <= PEL_SINGULAR_GOLUB;
             method++) {
            for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < n; j++)
                    gsl_matrix_set(R, i, j, j >= i ? gsl_matrix_get(QR, i, j) : 0.0);
            /* tau has done its work and is the other method's scratch. */
            code = method == PEL_SINGULAR_JACOBI
                       ? gsl_linalg_SV_decomp_jacobi(R, &V.matrix, &s.vector)
                       : gsl_linalg_SV_decomp(R, &V.matrix, &s.vector, tau);
        }
    }
    gsl_matrix_free(QR);
    gsl_matrix_free(R);
    gsl_vector_free(tau);
    return code != GSL_SUCCESS;
}

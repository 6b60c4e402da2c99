#include <pelrate/tridiagonal.h>

#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>

/* The dense solver of GSL: at a few tens of rows its cost is far below one gradient, and
 * it is the well-tried one. */
pel_status pel_tridiagonal_eigen(size_t n, const double diagonal[], const double off[],
                                 double values[], double vectors[], struct pel_error *err)
{
    if (n == 0) return pel_error_set(err, PEL_EARG, "a matrix of no rows");
    for (size_t i = 0; i < n; i++)
        if (!isfinite(diagonal[i]) || (i + 1 < n && !isfinite(off[i])))
            return pel_error_set(err, PEL_EARG, "row %zu of the matrix is not finite", i);

    /* matrix, its eigenvectors, and the four work arrays of the solver: our own memory in
     * the solver's struct, because GSL's allocators end the program
     * when there is none. */
    double *memory = calloc(2 * n * n + 4 * n, sizeof *memory);
    if (memory == NULL) return pel_error_set(err, PEL_ENOMEM, "matrix of %zu rows", n);
    double *work = memory + 2 * n * n;
    gsl_eigen_symmv_workspace space = {
        .size = n, .d = work, .sd = work + n, .gc = work + 2 * n, .gs = work + 3 * n};
    gsl_matrix_view a = gsl_matrix_view_array(memory, n, n);
    gsl_matrix_view v = gsl_matrix_view_array(memory + n * n, n, n);
    gsl_vector_view w = gsl_vector_view_array(values, n);
    for (size_t i = 0; i < n; i++) {
        gsl_matrix_set(&a.matrix, i, i, diagonal[i]);
        if (i + 1 < n) {
            gsl_matrix_set(&a.matrix, i, i + 1, off[i]);
            gsl_matrix_set(&a.matrix, i + 1, i, off[i]);
        }
    }
    gsl_eigen_symmv(&a.matrix, &w.vector, &v.matrix, &space);
    gsl_eigen_symmv_sort(&w.vector, &v.matrix, GSL_EIGEN_SORT_VAL_ASC);
    if (vectors != NULL)
        for (size_t k = 0; k < n; k++)
            for (size_t i = 0; i < n; i++)
                vectors[k * n + i] = gsl_matrix_get(&v.matrix, i, k);
    free(memory);
    return PEL_OK;
}

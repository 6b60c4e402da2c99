#include "num/singular_priv.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "../near.h"

/* Vectors orthonormal, |A v| = s, values decreasing, and s_0^2 + ... = |A|^2. */
static void is_decomposition(size_t m, size_t n, const double A[], const double s[],
                             const double V[])
{
    double squares = 0.0, sum = 0.0;
    for (size_t i = 0; i < m * n; i++)
        squares += A[i] * A[i];
    const double size = sqrt(squares);
    for (size_t l = 0; l < n; l++) {
        assert_true(s[l] >= 0.0 && (l == 0 || s[l] <= s[l - 1]));
        sum += s[l] * s[l];
        for (size_t k = 0; k < n; k++) {
            /* v_k . v_l, and A v_k . A v_l */
            double dot = 0.0, image = 0.0;
            for (size_t j = 0; j < n; j++)
                dot += V[j * n + k] * V[j * n + l];
            for (size_t i = 0; i < m; i++) {
                double a = 0.0, b = 0.0;
                for (size_t j = 0; j < n; j++) {
                    a += A[i * n + j] * V[j * n + k];
                    b += A[i * n + j] * V[j * n + l];
                }
                image += a * b;
            }
            NEAR_ABS(dot, k == l ? 1.0 : 0.0, 1e-13);
            NEAR_ABS(image, k == l ? s[l] * s[l] : 0.0, 1e-13 * size * size);
        }
    }
    NEAR_REL(sum, squares, 1e-13);
}

static void either_method_finds_the_singular_values(void **state)
{
    (void)state;
    enum { M = 6, MOST = 4 };
    /* Regular: (1, t, t^2, t^3). Of rank 2: a column twice over, one of zeros, as in the
     * valley above. Of rank 1 with a single column. */
    for (int which = 0; which < 3; which++) {
        const size_t n = which == 2 ? 1 : MOST, rank = which == 0   ? 4
                                                       : which == 1 ? 2
                                                                    : 1;
        double A[M * MOST], s[2][MOST], V[2][MOST * MOST];
        for (size_t i = 0; i < M; i++)
            for (size_t j = 0; j < n; j++) {
                const double t = 0.2 + 0.3 * (double)i;
                A[i * n + j] = which != 1 ? pow(t, (double)j)
                               : j == 1   ? -t * exp(-t)
                               : j == 3   ? 0.0
                                          : (1.0 + (double)j) * exp(-t);
            }
        for (int method = PEL_SINGULAR_JACOBI; method <= PEL_SINGULAR_GOLUB; method++) {
            assert_int_equal(pel_singular_decompose(M, n, A,
                                                    (enum pel_singular_method)method,
                                                    s[method], V[method]),
                             0);
            is_decomposition(M, n, A, s[method], V[method]);
            for (size_t l = 0; l < n; l++)
                assert_true(l < rank ? s[method][l] > 1e-3 * s[method][0]
                                     : s[method][l] < 1e-14 * s[method][0]);
        }
        for (size_t l = 0; l < rank; l++) {
            double dot = 0.0; /* the same vector, but for its sign */
            NEAR_REL(s[0][l], s[1][l], 1e-12);
            for (size_t j = 0; j < n; j++)
                dot += V[0][j * n + l] * V[1][j * n + l];
            NEAR_ABS(fabs(dot), 1.0, 1e-12);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(either_method_finds_the_singular_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

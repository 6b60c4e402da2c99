#include <pelrate/constants.h>
#include <pelrate/tridiagonal.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* a on the diagonal and b beside it: eigenvalue k is a + 2b cos(pi k/(n+1)), component i
 * of its vector sin(pi i k/(n+1)) (any book). */
static void eigenpairs_of_a_chain(void **state)
{
    (void)state;
    enum { n = 17 };
    const double a = 1.37, b = -0.83;
    double diagonal[n], off[n], values[n], vectors[n * n];
    for (size_t i = 0; i < n; i++) {
        diagonal[i] = a;
        off[i] = b;
    }
    assert_int_equal(pel_tridiagonal_eigen(n, diagonal, off, values, vectors, NULL),
                     PEL_OK);
    for (size_t k = 0; k < n; k++) {
        const double angle = PEL_PI * (double)(k + 1) / (n + 1);
        assert_true(fabs(values[k] - (a + 2.0 * b * cos(angle))) < 1e-13);
        const double norm = sqrt(2.0 / (n + 1));
        const double sign = vectors[k * n] < 0.0 ? -1.0 : 1.0;
        for (size_t i = 0; i < n; i++)
            assert_true(fabs(sign * vectors[k * n + i] -
                             norm * sin(angle * (double)(i + 1))) < 1e-12);
    }
}

/* An irregular matrix: A v = value v, lowest first, and vectors may be left out. */
static void residuals_vanish(void **state)
{
    (void)state;
    enum { n = 6 };
    const double diagonal[n] = {0.31, -4.07, 22.9, 1.113, -0.577, 7.01};
    const double off[n - 1] = {1.71, -0.023, 5.9, 0.37, -2.2};
    double values[n], vectors[n * n], alone[n];
    assert_int_equal(pel_tridiagonal_eigen(n, diagonal, off, values, vectors, NULL),
                     PEL_OK);
    assert_int_equal(pel_tridiagonal_eigen(n, diagonal, off, alone, NULL, NULL), PEL_OK);
    for (size_t k = 0; k < n; k++) {
        const double *v = vectors + k * n;
        assert_true(alone[k] == values[k]);
        assert_true(k == 0 || values[k] >= values[k - 1]);
        for (size_t i = 0; i < n; i++) {
            double sum = (diagonal[i] - values[k]) * v[i];
            if (i > 0) sum += off[i - 1] * v[i - 1];
            if (i + 1 < n) sum += off[i] * v[i + 1];
            assert_true(fabs(sum) < 1e-12);
        }
    }
}

static void one_row(void **state)
{
    (void)state;
    const double diagonal = -2.75;
    double value, vector;
    assert_int_equal(pel_tridiagonal_eigen(1, &diagonal, NULL, &value, &vector, NULL),
                     PEL_OK);
    assert_true(value == -2.75 && fabs(vector) == 1.0);
}

static void bad_arguments(void **state)
{
    (void)state;
    struct pel_error err;
    double values[2] = {1.0, 2.0};
    assert_int_equal(pel_tridiagonal_eigen(0, values, NULL, values, NULL, &err),
                     PEL_EARG);
    const double diagonal[2] = {1.0, NAN}, off[1] = {0.5}, fine[2] = {1.0, 2.0};
    assert_int_equal(pel_tridiagonal_eigen(2, diagonal, off, values, NULL, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "row 1 of the matrix is not finite");
    const double infinite[1] = {INFINITY};
    assert_int_equal(pel_tridiagonal_eigen(2, fine, infinite, values, NULL, &err),
                     PEL_EARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eigenpairs_of_a_chain),
        cmocka_unit_test(residuals_vanish),
        cmocka_unit_test(one_row),
        cmocka_unit_test(bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

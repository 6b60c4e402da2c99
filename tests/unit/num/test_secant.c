#include <pelrate/random.h>
#include <pelrate/secant.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { n = 5 };
/* A quadratic form: its diagonal; the rest couples all coordinates. */
static const double stiff[n] = {3.1, 0.47, 11.9, 1.73, 7.7};

static void multiply(const double x[], double y[])
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    for (size_t i = 0; i < n; i++)
        y[i] = stiff[i] * x[i] + 0.21 * sum;
}

/* The secant equation of the newest pair holds whatever came before. */
static void newest_pair_is_honoured(void **state)
{
    (void)state;
    struct pel_secant *secant = NULL;
    struct pel_random random;
    pel_random_init(&random, 7, 0, 0);
    assert_int_equal(pel_secant_create(n, 3, &secant, NULL), PEL_OK);
    for (int pair = 0; pair < 7; pair++) {
        double step[n], change[n], direction[n];
        for (size_t i = 0; i < n; i++)
            step[i] = pel_random_normal(&random);
        multiply(step, change);
        assert_int_equal(pel_secant_add(secant, step, change), 1);
        pel_secant_direction(secant, change, 1.0, direction);
        for (size_t i = 0; i < n; i++)
            assert_true(fabs(direction[i] + step[i]) < 1e-12);
    }
    pel_secant_free(secant);
}

/* Steps that are conjugate to each other: n pairs give the inverse itself. */
static void conjugate_pairs_give_the_newton_step(void **state)
{
    (void)state;
    struct pel_secant *secant = NULL;
    double steps[n][n], changes[n][n];
    assert_int_equal(pel_secant_create(n, n, &secant, NULL), PEL_OK);
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < n; i++)
            steps[k][i] = i == k;
        for (size_t j = 0; j < k; j++) {
            double top = 0.0, bottom = 0.0;
            for (size_t i = 0; i < n; i++) {
                top += steps[k][i] * changes[j][i];
                bottom += steps[j][i] * changes[j][i];
            }
            for (size_t i = 0; i < n; i++)
                steps[k][i] -= top / bottom * steps[j][i];
        }
        multiply(steps[k], changes[k]);
        assert_int_equal(pel_secant_add(secant, steps[k], changes[k]), 1);
    }
    const double x[n] = {0.83, -1.94, 0.117, 2.3, -0.66};
    double gradient[n], direction[n];
    multiply(x, gradient);
    pel_secant_direction(secant, gradient, 1.0, direction);
    for (size_t i = 0; i < n; i++)
        assert_true(fabs(direction[i] + x[i]) < 1e-12);
    pel_secant_reset(secant);
    pel_secant_direction(secant, gradient, 0.25, direction);
    for (size_t i = 0; i < n; i++)
        assert_true(direction[i] == -0.25 * gradient[i]);
    pel_secant_free(secant);
}

static void pairs_without_curvature_are_left_out(void **state)
{
    (void)state;
    struct pel_secant *secant = NULL;
    const double step[2] = {1.0, 0.5}, against[2] = {-1.0, 0.5}, across[2] = {0.5, -1.0};
    const double broken[2] = {NAN, 1.0}, gradient[2] = {0.3, -0.7};
    double direction[2];
    assert_int_equal(pel_secant_create(2, 4, &secant, NULL), PEL_OK);
    assert_int_equal(pel_secant_add(secant, step, against), 0);
    assert_int_equal(pel_secant_add(secant, step, across), 0);
    assert_int_equal(pel_secant_add(secant, step, broken), 0);
    pel_secant_direction(secant, gradient, 2.0, direction);
    assert_true(direction[0] == -0.6 && direction[1] == 1.4);
    pel_secant_free(secant);
}

static void bad_arguments(void **state)
{
    (void)state;
    struct pel_secant *secant = (struct pel_secant *)state;
    assert_int_equal(pel_secant_create(0, 3, &secant, NULL), PEL_EARG);
    assert_null(secant);
    assert_int_equal(pel_secant_create(3, 0, &secant, NULL), PEL_EARG);
    pel_secant_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newest_pair_is_honoured),
        cmocka_unit_test(conjugate_pairs_give_the_newton_step),
        cmocka_unit_test(pairs_without_curvature_are_left_out),
        cmocka_unit_test(bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

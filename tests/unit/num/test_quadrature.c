#include <pelrate/quadrature.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

static int inverse_root(double x, void *context, double *f)
{
    (void)context;
    *f = 1.0 / sqrt(x);
    return 0;
}

static int steep(double x, void *context, double *f)
{
    (void)context;
    *f = exp(23.7 * x);
    return 0;
}

static int inverse(double x, void *context, double *f)
{
    (void)context;
    *f = 1.0 / x;
    return 0;
}

static int fails(double x, void *context, double *f)
{
    (void)context;
    *f = x;
    return x > 0.7 ? -1 : 0;
}

static void integrates_ten_decades_and_end_singularities(void **state)
{
    (void)state;
    double value = 0.0;
    struct pel_quadrature_report report;
    assert_int_equal(
        pel_quadrature_integrate(steep, NULL, -0.31, 0.93, NULL, &value, &report, NULL),
        PEL_OK);
    NEAR_REL(value, (exp(23.7 * 0.93) - exp(-23.7 * 0.31)) / 23.7, 1e-12);
    assert_true(report.evaluations >= 21 && report.error < 1e-9 * value);
    assert_int_equal(
        pel_quadrature_integrate(inverse_root, NULL, 0.0, 2.3, NULL, &value, NULL, NULL),
        PEL_OK);
    NEAR_REL(value, 2.0 * sqrt(2.3), 1e-10);
    /* Backwards is the negative. */
    assert_int_equal(
        pel_quadrature_integrate(steep, NULL, 0.93, -0.31, NULL, &value, NULL, NULL),
        PEL_OK);
    assert_true(value < 0.0);
}

static void every_error_says_why(void **state)
{
    (void)state;
    double value = 5.0;
    struct pel_error err = {0};
    assert_int_equal(
        pel_quadrature_integrate(inverse, NULL, 0.0, INFINITY, NULL, &value, NULL, &err),
        PEL_EARG);
    assert_int_equal(
        pel_quadrature_integrate(inverse, NULL, 0.0, 1.0, NULL, &value, NULL, &err),
        PEL_ENOCONV); /* diverges */
    assert_int_equal(
        pel_quadrature_integrate(fails, NULL, 0.0, 1.0, NULL, &value, NULL, &err),
        PEL_ENOCONV);
    assert_non_null(
        strstr(err.text, "quadrature: the function cannot be evaluated at 0."));
    struct pel_quadrature_settings none = pel_quadrature_settings_defaults();
    none.intervals = 0;
    assert_int_equal(
        pel_quadrature_integrate(steep, NULL, 0.0, 1.0, &none, &value, NULL, &err),
        PEL_EARG);
    assert_true(value == 5.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integrates_ten_decades_and_end_singularities),
        cmocka_unit_test(every_error_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

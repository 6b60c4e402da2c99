#include <pelrate/root.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

static int cosine_minus_x(double x, void *context, double *f)
{
    ++*(int *)context;
    *f = cos(x) - x;
    return 0;
}

static int only_below_one(double x, void *context, double *f)
{
    (void)context;
    if (x > 1.0) return -1;
    *f = x - 3.0;
    return 0;
}

static int fails_inside(double x, void *context, double *f)
{
    (void)context;
    *f = x > 0.4 && x < 0.9 ? NAN : x - 0.5;
    return 0;
}

static void finds_a_root_to_the_last_digits(void **state)
{
    (void)state;
    int calls = 0;
    double x = 0.0;
    struct pel_root_report report;
    assert_int_equal(
        pel_root_find(cosine_minus_x, &calls, -1.3, 2.7, NULL, &x, &report, NULL),
        PEL_OK);
    NEAR_REL(x, 0.73908513321516064166, 4e-16); /* Dottie's number */
    assert_true(report.width <= 1e-13);
    assert_true(fabs(report.residual) < 1e-15);
    assert_true(report.iterations > 2 && calls < 40);
}

static void a_root_on_an_end_is_a_root(void **state)
{
    (void)state;
    double x = 0.0;
    struct pel_root_report report;
    assert_int_equal(pel_root_find(fails_inside, NULL, 0.0, 0.3, NULL, &x, NULL, NULL),
                     PEL_ENOROOT);
    int calls = 0;
    assert_int_equal(
        pel_root_find(only_below_one, &calls, 0.0, 0.5, NULL, &x, NULL, NULL),
        PEL_ENOROOT);
    struct pel_root_settings coarse = pel_root_settings_defaults();
    coarse.xatol = 0.5;
    assert_int_equal(
        pel_root_find(cosine_minus_x, &calls, 0.0, 1.0, &coarse, &x, &report, NULL),
        PEL_OK);
    assert_true(report.width <= 0.5 + 1e-12);
}

static void every_error_says_why(void **state)
{
    (void)state;
    int calls = 0;
    double x = -7.0;
    struct pel_error err = {0};
    assert_int_equal(
        pel_root_find(cosine_minus_x, &calls, 1.0, 1.0, NULL, &x, NULL, &err), PEL_EARG);
    assert_string_equal(err.text, "root: bracket [1, 1] is not an interval");
    assert_int_equal(
        pel_root_find(cosine_minus_x, &calls, 1.0, NAN, NULL, &x, NULL, &err), PEL_EARG);
    assert_int_equal(
        pel_root_find(cosine_minus_x, &calls, 1.0, 2.0, NULL, &x, NULL, &err),
        PEL_ENOROOT);
    assert_non_null(strstr(err.text, "no change of sign between 1 (-0.459698) and 2"));
    assert_int_equal(
        pel_root_find(only_below_one, &calls, 0.0, 2.0, NULL, &x, NULL, &err),
        PEL_ENOCONV);
    assert_string_equal(err.text, "root: the function cannot be evaluated at 0 or 2");
    assert_int_equal(pel_root_find(fails_inside, NULL, 0.0, 1.0, NULL, &x, NULL, &err),
                     PEL_ENOCONV);
    assert_string_equal(err.text, "root: the function cannot be evaluated within [0, 1]");
    struct pel_root_settings hasty = pel_root_settings_defaults();
    hasty.max_iterations = 2;
    assert_int_equal(
        pel_root_find(cosine_minus_x, &calls, -1.3, 2.7, &hasty, &x, NULL, &err),
        PEL_ENOCONV);
    assert_non_null(strstr(err.text, "not found within 2 iterations"));
    assert_true(x == -7.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_root_to_the_last_digits),
        cmocka_unit_test(a_root_on_an_end_is_a_root),
        cmocka_unit_test(every_error_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/line.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../near.h"

static void the_line_and_its_errors(void **state)
{
    (void)state;
    /* y = 2 + 3 x + (1, -1, -1, 1)/10: residuals without constant and slope. */
    const double x[] = {0.0, 1.0, 2.0, 3.0}, y[] = {2.1, 4.9, 7.9, 11.1};
    struct pel_line line;
    assert_int_equal(pel_line_fit(4, x, y, &line, NULL), PEL_OK);
    NEAR_REL(line.intercept, 2.0, 1e-14);
    NEAR_REL(line.slope, 3.0, 1e-14);
    const double s = sqrt(0.04 / 2.0);
    NEAR_REL(line.rms, s, 1e-12);
    NEAR_REL(line.slope_se, s / sqrt(5.0), 1e-12);
    NEAR_REL(line.intercept_se, s * sqrt(1.0 / 4.0 + 1.5 * 1.5 / 5.0), 1e-12);
    assert_int_equal(pel_line_fit(2, x, y, &line, NULL), PEL_OK);
    NEAR_REL(line.slope, 2.8, 1e-14);
    assert_true(isnan(line.slope_se) && isnan(line.rms));
}

static void bad_points_are_refused(void **state)
{
    (void)state;
    const double x[] = {1.0, 1.0, NAN}, y[] = {2.0, 3.0, 4.0};
    struct pel_line line;
    assert_int_equal(pel_line_fit(1, x, y, &line, NULL), PEL_EARG);
    assert_int_equal(pel_line_fit(2, x, y, &line, NULL), PEL_EARG);
    assert_int_equal(pel_line_fit(3, x, y, &line, NULL), PEL_EARG);
    assert_true(isnan(line.slope));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_line_and_its_errors),
                                       cmocka_unit_test(bad_points_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

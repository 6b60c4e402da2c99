#include "base/decimal_priv.h"

#include <pelrate/random.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What it stands for. Returns whether pel_decimal_print did it itself. */
static int check(double value)
{
    char want[32], got[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(want, sizeof want, "%.*g", digits, value);
        if (strtod(want, NULL) == value) break;
    }
    if (pel_decimal_print(got, value) != 0) return 0;
    if (strcmp(got, want) != 0) fail_msg("%a: %s, expected %s", value, got, want);
    return 1;
}

static void prints_what_printf_does(void **state)
{
    (void)state;
    struct pel_random random;
    pel_random_init(&random, 3, 0, 0);
    size_t done = 0, n = 0;
    for (int i = 0; i < 60000; i++) {
        const double u = pel_random_uniform(&random), v = pel_random_uniform(&random);
        const double values[] = {
            (u - 0.5) * pow(10.0, 54.0 * v - 38.0),     /* all magnitudes */
            round(1e6 * u) / pow(10.0, floor(9.0 * v)), /* decimals of a few digits */
            -4.7 + 1e-4 * floor(400.0 * u),             /* sums of such */
            300.0 + 900.0 * floor(1e3 * u) / 999.0,
            nextafter(round(1e5 * u) / 1e5, v < 0.5 ? 0.0 : 1.0), /* and neighbours */
            ldexp(1.0 + floor(16.0 * v), (int)(100.0 * u) - 60)};
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++, n++)
            done += (size_t)check(values[k]);
    }
    assert_true(done > n * 95 / 100);
}

static void edges(void **state)
{
    (void)state;
    const double values[] = {0.0,
                             -0.0,
                             1.0,
                             -1.0,
                             9.5,
                             0.1,
                             0.3,
                             1e15,
                             1e16,
                             123456789012345678.0,
                             99999999999999.99,
                             999999999999999.9,
                             9999999999999998.0,
                             0.99999999999999989,
                             1e-4,
                             9.9999999999999991e-5,
                             0.00012345678901234567,
                             1e-5,
                             1e-38,
                             1e-39,
                             5e-324,
                             1e300,
                             2.2250738585072014e-308,
                             4503599627370496.5,
                             0.1 + 0.2};
    for (size_t k = 0; k < sizeof values / sizeof values[0]; k++)
        check(values[k]);
    char text[32];
    assert_int_equal(pel_decimal_print(text, NAN), -1);
    assert_int_equal(pel_decimal_print(text, INFINITY), -1);
    assert_int_equal(pel_decimal_print(text, 1e300), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_what_printf_does),
        cmocka_unit_test(edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

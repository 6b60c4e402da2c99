#include <pelrate/constants.h>
#include <pelrate/random.h>
#include <pelrate/text.h>

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void numbers_read_back_the_same(void **state)
{
    (void)state;
    char buffer[PEL_TEXT_DOUBLE];
    struct pel_random random;
    pel_random_init(&random, 3, 1, 4);
    for (int i = 0; i < 20000; i++) {
        const uint64_t bits = pel_random_bits(&random);
        double x;
        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x)) continue;
        double back = 0.0;
        assert_int_equal(pel_text_to_double(pel_text_double(buffer, x), &back), 0);
        assert_true(back == x);
    }
    const double edges[] = {0.1,    1.0 / 3.0, DBL_MAX, -DBL_MAX, DBL_MIN,
                            5e-324, PEL_KB,    -4.67,   1e22,     0.0};
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        assert_true(strtod(pel_text_double(buffer, edges[i]), NULL) == edges[i]);
    assert_string_equal(pel_text_double(buffer, 0.1), "0.1");
    assert_string_equal(pel_text_double(buffer, -4.67), "-4.67");
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    const char *const bad[] = {"",     " ",   "abc", "1.5x", "nan",   "NaN", "inf",
                               "-inf", "1,5", "1 2", "--1",  "1e999", "0x"};
    double value = 42.5;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(pel_text_to_double(bad[i], &value), -1);
    assert_true(value == 42.5);
    assert_int_equal(pel_text_to_double(" -1.25e-3 ", &value), 0);
    assert_true(value == -1.25e-3);
}

static void integers_are_whole(void **state)
{
    (void)state;
    long long value = 17;
    const char *const bad[] = {"", "1.0", "1e3", "9223372036854775808", "x", "3 4"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(pel_text_to_long(bad[i], &value), -1);
    assert_true(value == 17);
    assert_int_equal(pel_text_to_long("-9223372036854775808", &value), 0);
    assert_true(value == INT64_MIN);
}

/* The derived constants against the same numbers from CODATA's own table. */
static void constants_agree_with_codata(void **state)
{
    (void)state;
    assert_true(fabs(PEL_EV_J_PER_MOL - 96485.33212) < 5e-6);  /* Faraday [C/mol] */
    assert_true(fabs(PEL_KB * PEL_EV - 1.380649e-23) < 1e-32); /* k_B [J/K] */
    assert_true(fabs(PEL_DALTON * PEL_AVOGADRO - 1e-3) < 1e-12);
    assert_true(fabs(PEL_MVV_EV - 1.0364269656e-4) < 1e-13);
    assert_true(fabs(PEL_EV_PER_A3_BAR - 1.602176634e6) < 1e-3);
    /* The foreign one differs as documented: 1.1e-6. */
    assert_true(fabs(PEL_LAMMPS_METAL_KB / PEL_KB - 1.0 - 1.13e-6) < 1e-8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_read_back_the_same),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(integers_are_whole),
        cmocka_unit_test(constants_agree_with_codata),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

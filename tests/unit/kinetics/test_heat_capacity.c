#include <pelrate/constants.h>
#include <pelrate/heat_capacity.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../near.h"

static const double mass = 75.7;

static struct pel_heat_capacity parse(const char *text)
{
    struct pel_heat_capacity model;
    struct pel_error err = {0};
    if (pel_heat_capacity_parse(text, mass, &model, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return model;
}

static void limits_are_those_of_the_models(void **state)
{
    (void)state;
    const double limit = 3.0 * 8.314462618 / mass; /* 3 R, J/g/K */
    const struct pel_heat_capacity law = parse("dulong-petit");
    const struct pel_heat_capacity einstein = parse("einstein:200");
    const struct pel_heat_capacity debye = parse("debye:250");
    NEAR_REL(pel_heat_capacity_at(&law, 1.0), limit, 1e-9);
    NEAR_REL(pel_heat_capacity_at(&einstein, 1e7), limit, 1e-8);
    NEAR_REL(pel_heat_capacity_at(&debye, 1e7), limit, 1e-8);
    /* x = 1: Einstein's function is e/(e - 1)^2. */
    NEAR_REL(pel_heat_capacity_at(&einstein, 200.0),
             limit * exp(1.0) / (expm1(1.0) * expm1(1.0)), 1e-9);
    /* Debye's T^3 law, 12 pi^4/5 R (T/theta)^3; and x^2/20 off the limit above. */
    NEAR_REL(pel_heat_capacity_at(&debye, 2.5),
             limit * 4.0 * pow(PEL_PI, 4.0) / 5.0 * 1e-6, 1e-6);
    NEAR_REL(pel_heat_capacity_at(&debye, 2500.0), limit * (1.0 - 0.01 / 20.0), 1e-6);
    /* Nothing overflows at 1 K. */
    NEAR_ABS(pel_heat_capacity_at(&einstein, 0.1), 0.0, 1e-300);
    assert_true(pel_heat_capacity_at(&debye, 0.01) > 0.0);
}

static void bad_words_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",        "debye",     "debye:",       "debye:0",
                                      "debye:-", "debye:nan", "einstein:-30", "dulong"};
    struct pel_heat_capacity model;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(pel_heat_capacity_parse(bad[i], mass, &model, NULL), PEL_EARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(limits_are_those_of_the_models),
                                       cmocka_unit_test(bad_words_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

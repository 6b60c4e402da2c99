#include <pelrate/closure.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "../near.h"

static const struct pel_average average = {.beta = 19.3,
                                           .ln_z = -17.1,
                                           .ln_z_b = -0.613,
                                           .ln_z_bb = 0.0417,
                                           .ln_z_e = 311.0,
                                           .ln_z_be = 21.7,
                                           .e_r = 1.231,
                                           .e_r_e = -57.3,
                                           .e_rb = 0.517,
                                           .e_rb_b = -0.0123,
                                           .e_rb_e = 13.9};

static void balances_are_the_designs(void **state)
{
    (void)state;
    struct pel_closure_balance b;
    const struct pel_closure *c;
    assert_int_equal(pel_closure_find("log-mean", &c, NULL), PEL_OK);
    assert_ptr_equal(c, pel_closure_at(0));
    c->balance(&average, &b);
    NEAR_REL(b.e_x, 17.1 / 19.3, 1e-15);
    NEAR_REL(b.e_r, 1.231, 1e-15);
    NEAR_REL(b.e, -311.0 / 19.3 + 57.3, 1e-14);
    NEAR_REL(b.b, -17.1 / (19.3 * 19.3) + 0.613 / 19.3, 1e-14);
    assert_int_equal(pel_closure_find("kinetic", &c, NULL), PEL_OK);
    c->balance(&average, &b);
    NEAR_REL(b.e_x - b.e_r, 0.613 - 1.231, 1e-15);
    NEAR_REL(b.e, -21.7 + 57.3, 1e-14);
    NEAR_REL(b.b, -0.0417, 1e-14);
    assert_int_equal(c->events_only, 0);
    assert_int_equal(pel_closure_find("joint", &c, NULL), PEL_OK);
    c->balance(&average, &b);
    NEAR_REL(b.e_x - b.e_r, 0.613 - 0.517, 1e-14);
    NEAR_REL(b.e, -21.7 - 13.9, 1e-14);
    NEAR_REL(b.b, -0.0417 + 0.0123, 1e-14);
    assert_int_equal(c->events_only, 1);
}

static void an_unknown_closure_is_an_error(void **state)
{
    (void)state;
    const struct pel_closure *c = pel_closure_at(0);
    struct pel_error err = {0};
    assert_int_equal(pel_closure_find("logmean", &c, &err), PEL_EARG);
    assert_null(c);
    assert_string_equal(err.text,
                        "closure 'logmean' is not known, expected log-mean, kinetic, "
                        "joint, committor or two-level");
    assert_null(pel_closure_at(pel_closure_count()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(balances_are_the_designs),
        cmocka_unit_test(an_unknown_closure_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/hierarchy.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"
#include "sets.h"

static void times_are_those_of_the_equations(void **state)
{
    (void)state;
    const struct pel_hierarchy h = {
        .chi = 0.41, .tau0_s = 3e-13, .glass_K = 432.0, .chi_slope_per_K = 0.0017};
    struct pel_hierarchy_times t;
    pel_hierarchy_at(&h, 400.0, log(0.02), -0.07, 0, &t);
    const double mol = 3e-13 * pow(0.02 / 3e-13, 1.0 / 0.41);
    NEAR_REL(t.chi, 0.41, 1e-15);
    NEAR_REL(exp(t.ln_vp), mol, 1e-12);
    NEAR_REL(exp(t.ln_an), mol * pow(0.41, 1.0 / 0.41), 1e-12);
    NEAR_REL(t.ln_vp_by_T, -0.07 / 0.41, 1e-14);
    NEAR_REL(t.ln_an_by_T, -0.07 / 0.41, 1e-14);
    /* Above T_g chi grows, and the times fall faster. */
    pel_hierarchy_at(&h, 452.0, log(0.02), -0.07, 0, &t);
    NEAR_REL(t.chi, 0.444, 1e-14);
    NEAR_REL(exp(t.ln_vp), 3e-13 * pow(0.02 / 3e-13, 1.0 / 0.444), 1e-12);
    assert_true(t.ln_vp_by_T < -0.07 / 0.444);
    /* ... up to 1, where everything is elementary. */
    pel_hierarchy_at(&h, 900.0, log(0.02), -0.07, 0, &t);
    assert_true(t.chi == 1.0);
    NEAR_REL(exp(t.ln_vp), 0.02, 1e-13);
    NEAR_REL(exp(t.ln_an), 0.02, 1e-13);
}

static double ln_beta(double T)
{
    return log(0.15) + 1.08 / 8.6e-5 * (1.0 / T - 1.0 / 403.0);
}

static void derivatives_agree_with_differences(void **state)
{
    (void)state;
    const struct pel_hierarchy h = {
        .chi = 0.41, .tau0_s = 3e-13, .glass_K = 432.0, .chi_slope_per_K = 0.0017};
    const double d = 1e-3;
    for (double T = 305.7; T < 900.0; T += 37.3) {
        struct pel_hierarchy_times t, up, down;
        pel_hierarchy_at(&h, T, ln_beta(T), -1.08 / 8.6e-5 / (T * T), 0, &t);
        pel_hierarchy_at(&h, T + d, ln_beta(T + d), 0.0, 0, &up);
        pel_hierarchy_at(&h, T - d, ln_beta(T - d), 0.0, 0, &down);
        NEAR_REL(t.ln_vp_by_T, (up.ln_vp - down.ln_vp) / (2.0 * d), 1e-7);
        NEAR_REL(t.ln_an_by_T, (up.ln_an - down.ln_an) / (2.0 * d), 1e-7);
    }
    /* Both sides of T_g. */
    struct pel_hierarchy_times below, above;
    pel_hierarchy_at(&h, 432.0, ln_beta(432.0), -0.067, 1, &below);
    pel_hierarchy_at(&h, 432.0, ln_beta(432.0), -0.067, 0, &above);
    assert_true(below.ln_vp == above.ln_vp && below.chi == 0.41);
    NEAR_REL(below.ln_vp_by_T, -0.067 / 0.41, 1e-14);
    assert_true(above.ln_vp_by_T < 1.2 * below.ln_vp_by_T);
}

/* Eqs. 18 and 20 do not hold for Table 1 with one tau_0. */
static void table_1_wants_a_tau0_for_each_sample(void **state)
{
    (void)state;
    const double want_chi[4] = {0.4046, 0.4037, 0.4202, 0.4377};
    const double want_tau0[4] = {8.88e-8, 1.405e-7, 4.69e-8, 6.89e-9};
    double least = INFINITY, most = 0.0;
    for (int k = 0; k < 4; k++) {
        const struct pel_qpd q = table_1(k);
        const double beta = q.part[0].tau_s, an = q.part[1].tau_s, vp = q.part[2].tau_s;
        double chi, tau0;
        assert_int_equal(pel_hierarchy_solve(beta, an, vp, &chi, &tau0, NULL), PEL_OK);
        NEAR_ABS(chi, want_chi[k], 1e-4);
        NEAR_REL(tau0, want_tau0[k], 1e-3);
        least = fmin(least, tau0);
        most = fmax(most, tau0);
        /* They do give the three times back. */
        const struct pel_hierarchy h = {
            .chi = chi, .tau0_s = tau0, .glass_K = INFINITY, .chi_slope_per_K = 0.0};
        struct pel_hierarchy_times t;
        pel_hierarchy_at(&h, 403.0, log(beta), 0.0, 0, &t);
        NEAR_REL(exp(t.ln_an), an, 1e-10);
        NEAR_REL(exp(t.ln_vp), vp, 1e-10);
        /* With the tau_0 of vibrations Eq. 18 wants another chi, and Eq. 20 then another
         * tau_an / tau_vp than the table has. */
        const double chi_18 = log(beta / 1e-13) / log(vp / 1e-13);
        assert_true(chi_18 > 0.565 && chi_18 < 0.585);
        NEAR_ABS(pow(chi_18, 1.0 / chi_18), 0.38, 0.02);
        assert_true(an / vp < 0.16 && an / vp > 0.10);
    }
    assert_true(most / least > 5.0);
}

static void a_stress_takes_the_barrier_away(void **state)
{
    (void)state;
    double left;
    assert_int_equal(pel_hierarchy_barrier(1.1, 0.0, 1500.0, &left, NULL), PEL_OK);
    assert_true(left == 1.1);
    assert_int_equal(pel_hierarchy_barrier(1.1, 600.0, 1500.0, &left, NULL), PEL_OK);
    NEAR_REL(left, 1.1 * pow(0.6, 1.5), 1e-14);
    struct pel_error err = {0};
    assert_int_equal(pel_hierarchy_barrier(1.1, 1500.0, 1500.0, &left, &err), PEL_EARG);
    assert_string_equal(err.text, "stress is 1500 MPa, expected 0 to below the 1500 MPa "
                                  "that take the barriers away");
    assert_int_equal(pel_hierarchy_barrier(1.1, -1.0, 1500.0, &left, &err), PEL_EARG);
    assert_int_equal(pel_hierarchy_barrier(1.1, NAN, 1500.0, &left, &err), PEL_EARG);
}

static void every_error_says_why(void **state)
{
    (void)state;
    double chi, tau0;
    struct pel_error err = {0};
    const double bad[][3] = {{0.0, 1e6, 1e7},  {0.1, 1e7, 1e6}, {0.1, 1e6, 0.01},
                             {0.1, -1.0, 1e6}, {NAN, 1e6, 1e7}, {0.1, 1e6, INFINITY}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(
            pel_hierarchy_solve(bad[i][0], bad[i][1], bad[i][2], &chi, &tau0, &err),
            PEL_EARG);
    assert_non_null(strstr(err.text, "expected 0 < tau_beta < tau_vp"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_those_of_the_equations),
        cmocka_unit_test(derivatives_agree_with_differences),
        cmocka_unit_test(table_1_wants_a_tau0_for_each_sample),
        cmocka_unit_test(a_stress_takes_the_barrier_away),
        cmocka_unit_test(every_error_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

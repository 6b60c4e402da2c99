#include <pelrate/constants.h>
#include <pelrate/random.h>
#include <pelrate/rate.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"
#include "fixtures.h"

/* Events of three levels, correlated pairs. */
static struct pel_landscape *make_events(void)
{
    enum { N = 90 };
    double e_is[N], e_a[N], e_r[N];
    struct pel_random random;
    pel_random_init(&random, 8, 1, 1);
    for (int i = 0; i < N; i++) {
        e_is[i] = -4.70 + 0.015 * (i % 3);
        e_a[i] = (1.1 - 20.0 * (e_is[i] + 4.68)) * exp(0.3 * pel_random_normal(&random));
        e_r[i] = 0.2 + 0.6 * e_a[i] * exp(0.2 * pel_random_normal(&random));
    }
    const struct pel_landscape_head head = {.atoms = 2000.0,
                                            .paths = 640.0,
                                            .attempt_frequency_Hz = 4.7e12,
                                            .molar_mass_g_per_mol = 75.7};
    struct pel_landscape *l = NULL;
    assert_int_equal(
        pel_landscape_create_events(&head, N, NULL, e_is, e_a, e_r, &l, NULL), PEL_OK);
    return l;
}

static void log_mean_is_the_papers_equation(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    for (double T = 40.0; T < 5000.0; T *= 1.37) {
        const double e = -4.6781, x = e + 4.67, kT = PEL_KB * T;
        const double e_a = 0.55 - 60.0 * x + 4.0 * kT * log(1.0 + 0.15 / kT);
        const double e_r = 0.9 - 57.0 * x;
        const struct pel_rate_point p = point_at(rate, e, T);
        NEAR_REL(p.e_log, e_a, 1e-13);
        NEAR_REL(p.e_r, e_r, 1e-13);
        NEAR_REL(p.e_kin, 0.55 - 60.0 * x + 4.0 * 0.15 / (1.0 + 0.15 / kT), 1e-13);
        NEAR_REL(p.rate, 1e13 * exp(-e_a / kT) * (e_a - e_r), 1e-11);
        NEAR_REL(p.ln_abs_rate, log(1e13) - e_a / kT + log(fabs(e_a - e_r)), 1e-13);
        assert_int_equal(p.sign, e_a > e_r ? 1 : -1);
        assert_int_equal(p.extrapolated, 0);
    }
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static void paths_over_atoms_multiply(void **state)
{
    (void)state;
    struct pel_landscape *l = make_events();
    struct pel_rate *rate = make_rate(l, "joint", PEL_RANGE_STRICT);
    const struct pel_rate_point p = point_at(rate, -4.6913, 655.0);
    NEAR_REL(p.rate, 4.7e12 * 640.0 / 2000.0 * exp(p.ln_z) * (p.e_x - p.e_r), 1e-13);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static void derivatives_are_central_differences(void **state)
{
    (void)state;
    struct pel_landscape *l[2] = {read_r1(), make_events()};
    for (int k = 0; k < 2; k++)
        for (size_t c = 0; c < pel_closure_count(); c++) {
            const struct pel_closure *closure = pel_closure_at(c);
            if (closure->events_only && k == 0) continue;
            /* test_committor.c */
            if (closure->needs_z || closure->needs_pair_eV) continue;
            struct pel_rate *rate = make_rate(l[k], closure->name, PEL_RANGE_EXTRAPOLATE);
            for (double T = 61.0; T < 4000.0; T *= 1.61)
                for (double e = -4.705; e < -4.665; e += 0.00337) {
                    const double hT = 1e-5 * T, he = 1e-8;
                    const struct pel_rate_point p = point_at(rate, e, T);
                    struct pel_rate_point up = point_at(rate, e, T + hT);
                    struct pel_rate_point down = point_at(rate, e, T - hT);
                    const double scale = fabs(p.rate) + fabs(p.d_rate_d_T) * T;
                    NEAR_ABS(p.d_rate_d_T, (up.rate - down.rate) / (2.0 * hT),
                             1e-5 * scale / T + 1e-300);
                    if (p.sign == up.sign && p.sign == down.sign)
                        NEAR_ABS(p.d_ln_rate_d_T,
                                 (up.ln_abs_rate - down.ln_abs_rate) / (2.0 * hT),
                                 1e-5 * fabs(p.d_ln_rate_d_T) + 1e-9);
                    assert_true((p.hop_slope_T > 0.0) == (p.d_rate_d_T > 0.0) ||
                                p.d_rate_d_T == 0.0);
                    up = point_at(rate, e + he, T);
                    down = point_at(rate, e - he, T);
                    NEAR_ABS(p.d_rate_d_e, (up.rate - down.rate) / (2.0 * he),
                             1e-4 * fabs(p.d_rate_d_e) + 1e-6 * fabs(p.rate) / he * 1e-6 +
                                 1e-300);
                    if (p.sign == up.sign && p.sign == down.sign)
                        NEAR_ABS(p.d_ln_rate_d_e,
                                 (up.ln_abs_rate - down.ln_abs_rate) / (2.0 * he),
                                 1e-4 * fabs(p.d_ln_rate_d_e) + 1e-3);
                }
            pel_rate_free(rate);
        }
    for (int k = 0; k < 2; k++)
        pel_landscape_free(l[k]);
}

static void rate_keeps_its_logarithm_at_one_kelvin(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    const struct pel_rate_point p = point_at(rate, -4.68, 1.0);
    assert_true(p.rate == 0.0);
    assert_int_equal(p.sign, -1);
    const double kT = PEL_KB;
    NEAR_REL(p.ln_abs_rate,
             log(1e13) - (1.15 / kT + 4.0 * log(1.0 + 0.15 / kT)) +
                 log(1.47 - 1.15 - 4.0 * kT * log(1.0 + 0.15 / kT)),
             1e-13);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static void steady_state_is_where_the_rate_vanishes(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    for (double T = 630.0; T < 1200.0; T += 71.0) {
        double e;
        assert_int_equal(pel_rate_steady_e_is(rate, T, &e, NULL), PEL_OK);
        /* E_log = E_R: 0.55 - 60 x + g = 0.9 - 57 x */
        const double kT = PEL_KB * T, g = 4.0 * kT * log(1.0 + 0.15 / kT);
        NEAR_REL(e, -4.67 + (0.55 + g - 0.9) / 3.0, 1e-15);
        /* Stable: comes back from both sides. */
        assert_int_equal(point_at(rate, e + 1e-6, T).sign, -1);
        assert_int_equal(point_at(rate, e - 1e-6, T).sign, 1);
    }
    struct pel_error err = {0};
    double e = 7.0;
    assert_int_equal(pel_rate_steady_e_is(rate, 300.0, &e, &err), PEL_ENOROOT);
    assert_string_equal(err.text,
                        "no steady state at 300 K between e_is = -4.7 and -4.661 "
                        "eV/atom: the glass ages at both ends");
    assert_int_equal(pel_rate_steady_e_is(rate, -3.0, &e, &err), PEL_EARG);
    assert_true(e == 7.0);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static void every_error_says_why(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *rate = (void *)1;
    struct pel_error err = {0};
    const struct pel_closure *joint;
    assert_int_equal(pel_closure_find("joint", &joint, NULL), PEL_OK);
    assert_int_equal(pel_rate_create(l, joint, PEL_RANGE_STRICT, &rate, &err), PEL_EARG);
    assert_null(rate);
    assert_string_equal(
        err.text, "closure joint needs a landscape of kind events or a joint "
                  "histogram (pairs of E_A and E_R), this one is of kind parametric");
    rate = make_rate(l, "kinetic", PEL_RANGE_STRICT);
    struct pel_rate_point p;
    const double bad[] = {0.0, -1.0, NAN, INFINITY};
    for (int i = 0; i < 4; i++)
        assert_int_equal(pel_rate_evaluate(rate, -4.68, bad[i], &p, &err), PEL_EARG);
    assert_int_equal(pel_rate_evaluate(rate, -4.68, -1.0, &p, &err), PEL_EARG);
    assert_string_equal(err.text, "temperature is -1 K, expected a number > 0");
    assert_int_equal(pel_rate_evaluate(rate, -4.6, 500.0, &p, &err), PEL_ERANGE);
    assert_string_equal(pel_rate_closure(rate)->name, "kinetic");
    assert_ptr_equal(pel_rate_landscape(rate), l);
    assert_int_equal(pel_rate_range(rate), PEL_RANGE_STRICT);
    pel_rate_free(rate);
    pel_rate_free(NULL);
    pel_landscape_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_mean_is_the_papers_equation),
        cmocka_unit_test(paths_over_atoms_multiply),
        cmocka_unit_test(derivatives_are_central_differences),
        cmocka_unit_test(rate_keeps_its_logarithm_at_one_kelvin),
        cmocka_unit_test(steady_state_is_where_the_rate_vanishes),
        cmocka_unit_test(every_error_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

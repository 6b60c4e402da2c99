#include <pelrate/constants.h>
#include <pelrate/map.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"
#include "fixtures.h"

static const struct pel_landscape_head head = {.atoms = 1.0,
                                               .paths = 1.0,
                                               .attempt_frequency_Hz = 1e13,
                                               .molar_mass_g_per_mol = 75.7};

static struct pel_landscape *make(const char *activation, const char *parameter,
                                  double value, double e_r)
{
    const struct pel_landscape_row rows[] = {
        {PEL_ACTIVATION, activation, parameter, {value, 0.0, 0.0}},
        {PEL_RELAXATION, "delta", "value", {e_r, 0.0, 0.0}}};
    struct pel_landscape *l = NULL;
    assert_int_equal(
        pel_landscape_create_parametric(&head, -4.67, -4.7, -4.6, 2, rows, &l, NULL),
        PEL_OK);
    return l;
}

static void curves_solve_their_equations(void **state)
{
    (void)state;
    /* Exponential barriers: E_log = kT ln(1 + q/kT), Z = kT/(kT + q). f ~ Z (E_log - E_R)
     * is steady where E_log = E_R, and fastest where Z' (E_log - E_R) + Z E_log' = 0. */
    const double q = 0.83, e_r = 0.217;
    struct pel_landscape *l = make("exponential", "scale", q, e_r);
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    struct pel_map_curve c;
    assert_int_equal(pel_map_curve(rate, -4.65, NULL, &c, NULL), PEL_OK);
    assert_int_equal(c.T_max_status, PEL_OK);
    assert_int_equal(c.T_ss_status, PEL_OK);
    assert_int_equal(c.crossings, 1);
    double kT = PEL_KB * c.T_ss_K;
    NEAR_REL(kT * log1p(q / kT), e_r, 1e-11);
    kT = PEL_KB * c.T_max_K;
    const double z = kT / (kT + q), e_log = kT * log1p(q / kT);
    const double dz = q / ((kT + q) * (kT + q)), de = log1p(q / kT) - q / (kT + q);
    NEAR_ABS(dz * (e_log - e_r) + z * de, 0.0, 1e-11);
    NEAR_REL(c.rate_at_T_max, 1e13 * z * (e_log - e_r), 1e-12);
    assert_true(c.T_max_K < c.T_ss_K);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static void missing_curves_are_nan_with_a_status(void **state)
{
    (void)state;
    struct pel_map_curve c;
    /* One barrier below E_R: ageing at every temperature, ever faster. */
    struct pel_landscape *l = make("delta", "value", 0.8, 1.1);
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    assert_int_equal(pel_map_curve(rate, -4.65, NULL, &c, NULL), PEL_OK);
    assert_true(isnan(c.T_max_K) && isnan(c.T_ss_K) && isnan(c.rate_at_T_max));
    assert_int_equal(c.T_max_status, PEL_ENOROOT);
    assert_int_equal(c.T_ss_status, PEL_ENOROOT);
    assert_int_equal(c.crossings, 0);
    pel_rate_free(rate);
    pel_landscape_free(l);
    /* ... above E_R: rejuvenation at every temperature. */
    l = make("delta", "value", 1.2, 1.1);
    rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    assert_int_equal(pel_map_curve(rate, -4.65, NULL, &c, NULL), PEL_OK);
    assert_true(isnan(c.T_max_K) && isnan(c.T_ss_K));
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static void two_steady_states_give_the_one_above_t_max(void **state)
{
    (void)state;
    /* Joint events at one level: an easy hop uphill (flicker) rules at low temperature, a
     * downhill one in between, a high uphill one at high temperature. */
    double e_is[6], e_a[6], e_r[6];
    const double a[6] = {0.20, 0.90, 1.60, 1.60, 1.60, 1.60};
    const double r[6] = {0.1999, 1.20, 0.10, 0.10, 0.10, 0.10};
    for (int i = 0; i < 6; i++)
        e_is[i] = -4.67, e_a[i] = a[i], e_r[i] = r[i];
    struct pel_landscape *l = NULL;
    assert_int_equal(
        pel_landscape_create_events(&head, 6, NULL, e_is, e_a, e_r, &l, NULL), PEL_OK);
    struct pel_rate *rate = make_rate(l, "joint", PEL_RANGE_STRICT);
    struct pel_map_curve c;
    assert_int_equal(pel_map_curve(rate, -4.67, NULL, &c, NULL), PEL_OK);
    assert_int_equal(c.crossings, 2);
    assert_int_equal(c.T_max_status, PEL_OK);
    assert_int_equal(c.T_ss_status, PEL_OK);
    assert_true(c.T_ss_K > c.T_max_K);
    double sum = 0.0;
    for (int i = 0; i < 6; i++)
        sum += exp(-a[i] / (PEL_KB * c.T_ss_K)) * (a[i] - r[i]);
    NEAR_ABS(sum, 0.0, 1e-13);
    struct pel_rate_point below, at, above;
    assert_int_equal(pel_rate_evaluate(rate, -4.67, c.T_max_K * 0.999, &below, NULL),
                     PEL_OK);
    assert_int_equal(pel_rate_evaluate(rate, -4.67, c.T_max_K, &at, NULL), PEL_OK);
    assert_int_equal(pel_rate_evaluate(rate, -4.67, c.T_max_K * 1.001, &above, NULL),
                     PEL_OK);
    assert_true(at.rate < below.rate && at.rate < above.rate && at.rate < 0.0);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static int stop_at_three(void *context, double done, double total, const char *text)
{
    (void)text;
    assert_true(total == 40.0);
    *(double *)context = done;
    return done >= 3.0;
}

static void the_map_is_the_rate_on_a_grid(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    enum { NE = 23, NT = 40 };
    static double e[NE], T[NT];
    static struct pel_rate_point points[NE * NT];
    for (int i = 0; i < NE; i++)
        e[i] = -4.70 + 0.0017 * i;
    for (int j = 0; j < NT; j++)
        T[j] = 200.0 + 30.0 * j;
    assert_int_equal(pel_map_run(rate, NE, e, NT, T, NULL, points, NULL), PEL_OK);
    for (int i = 0; i < NE; i++) {
        int changes = 0;
        for (int j = 0; j < NT; j++) {
            struct pel_rate_point p;
            assert_int_equal(pel_rate_evaluate(rate, e[i], T[j], &p, NULL), PEL_OK);
            assert_true(points[i * NT + j].rate == p.rate);
            assert_true(points[i * NT + j].e_is == e[i]);
            if (j > 0 && points[i * NT + j].sign != points[i * NT + j - 1].sign)
                changes++;
        }
        /* Liu et al. (2020): from ageing to rejuvenation once. */
        assert_int_equal(changes, 1);
    }
    double done = 0.0;
    const struct pel_progress progress = {.context = &done, .report = stop_at_three};
    struct pel_error err = {0};
    assert_int_equal(pel_map_run(rate, NE, e, NT, T, &progress, points, &err),
                     PEL_ESTOPPED);
    assert_true(done == 3.0);
    e[5] = -4.5;
    assert_int_equal(pel_map_run(rate, NE, e, NT, T, NULL, points, &err), PEL_ERANGE);
    struct pel_map_curve c;
    assert_int_equal(pel_map_curve(rate, -4.5, NULL, &c, &err), PEL_ERANGE);
    struct pel_map_settings set = pel_map_settings_defaults();
    set.T_max_K = 10.0;
    assert_int_equal(pel_map_curve(rate, -4.68, &set, &c, &err), PEL_EARG);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves_solve_their_equations),
        cmocka_unit_test(missing_curves_are_nan_with_a_status),
        cmocka_unit_test(two_steady_states_give_the_one_above_t_max),
        cmocka_unit_test(the_map_is_the_rate_on_a_grid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/dsc.h>
#include <pelrate/sensitivity.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"
#include "fixtures.h"

enum { MAX = 25, TEMPERATURES = 60 };

/* R1 with curvature where it has none, so that every coefficient matters. */
static struct pel_landscape *make_curved(void)
{
    const struct pel_landscape_head head = {.atoms = 1.0,
                                            .paths = 1.0,
                                            .attempt_frequency_Hz = 1.3e13,
                                            .molar_mass_g_per_mol = 75.72432};
    const struct pel_landscape_row rows[] = {
        {PEL_ACTIVATION, "shifted_gamma", "offset", {0.55, -60.0, 90.0}},
        {PEL_ACTIVATION, "shifted_gamma", "shape", {4.0, 3.0, -40.0}},
        {PEL_ACTIVATION, "shifted_gamma", "scale", {0.15, 0.2, 3.0}},
        {PEL_RELAXATION, "exponential", "scale", {0.9, -57.0, 110.0}}};
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    if (pel_landscape_create_parametric(&head, -4.67, -4.70, -4.662, 4, rows, &l, &err) !=
        PEL_OK)
        fail_msg("%s", err.text);
    return l;
}

static size_t all_coefficients(const struct pel_landscape *l, struct pel_coefficient c[])
{
    const size_t n = pel_coefficient_count(l);
    for (size_t k = 0; k < n; k++)
        c[k] = pel_coefficient_at(l, k);
    return n;
}

/* The landscape with one coefficient moved. */
static struct pel_landscape *moved(const struct pel_landscape *l,
                                   const struct pel_coefficient *c, double by)
{
    const double to = pel_coefficient_value(l, c) + by;
    const double window[2] = {pel_landscape_e_is_min(l), pel_landscape_e_is_max(l)};
    struct pel_landscape *m = NULL;
    struct pel_error err = {0};
    if (pel_coefficient_replace(l, 1, c, &to, window, &m, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return m;
}

static void derivatives_of_the_rate_are_those_of_differences(void **state)
{
    (void)state;
    static const char *const closures[] = {"log-mean", "kinetic"};
    struct pel_landscape *l = make_curved();
    struct pel_coefficient c[MAX];
    const size_t n = all_coefficients(l, c);
    for (int i = 0; i < 2; i++) {
        struct pel_rate *rate = make_rate(l, closures[i], PEL_RANGE_STRICT);
        for (double T = 290.0; T < 1000.0; T *= 1.37) {
            struct pel_rate_point point, side[2];
            double by[MAX];
            assert_int_equal(
                pel_sensitivity_rate(rate, -4.6837, T, n, c, &point, by, NULL), PEL_OK);
            for (size_t k = 0; k < n; k++) {
                const double h = 1e-5 * pel_coefficient_scale(l, &c[k]);
                for (int s = 0; s < 2; s++) {
                    struct pel_landscape *m = moved(l, &c[k], s == 0 ? -h : h);
                    struct pel_rate *r = make_rate(m, closures[i], PEL_RANGE_STRICT);
                    assert_int_equal(pel_rate_evaluate(r, -4.6837, T, &side[s], NULL),
                                     PEL_OK);
                    pel_rate_free(r);
                    pel_landscape_free(m);
                }
                NEAR_ABS(by[k], (side[1].rate - side[0].rate) / (2.0 * h),
                         1e-7 * fabs(by[k]) + 1e-9 * fabs(point.rate) / h);
            }
        }
        pel_rate_free(rate);
    }
    pel_landscape_free(l);
}

struct answer {
    double rate[TEMPERATURES], by[TEMPERATURES * MAX];
    struct pel_sensitivity scan;
};

static void scan(const struct pel_landscape *l, size_t n,
                 const struct pel_coefficient c[],
                 const struct pel_sensitivity_settings *set, const double T[],
                 struct answer *out)
{
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    struct pel_error err = {0};
    out->scan = (struct pel_sensitivity){.rate = out->rate, .by = out->by};
    if (pel_sensitivity_scan(rate, n, c, set, TEMPERATURES, T, NULL, &out->scan, &err) !=
        PEL_OK)
        fail_msg("%s", err.text);
    pel_rate_free(rate);
}

static double largest(size_t n, const double x[], size_t stride)
{
    double most = 0.0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i * stride]));
    return most;
}

/* The whole scan, cooling included, each coefficient moved to either side. */
static void derivatives_of_a_scan_are_those_of_differences(void **state)
{
    (void)state;
    struct pel_landscape *l = make_curved();
    struct pel_coefficient c[MAX];
    const size_t n = all_coefficients(l, c);
    struct pel_sensitivity_settings set = pel_sensitivity_settings_defaults();
    set.cool_K_per_s = 37.0;
    set.heat_K_per_s = 0.9;
    set.start_K = 850.0;
    set.bottom_K = 310.0;
    double T[TEMPERATURES];
    for (int j = 0; j < TEMPERATURES; j++)
        T[j] = 310.0 + 8.7 * j; /* the bottom itself to 823 K, beyond the overshoot */
    static struct answer at, side[4];
    /* From the steady state, which moves with the coefficients, and from one energy. */
    for (int fixed = 0; fixed < 2; fixed++) {
        set.e_start = fixed ? -4.6763 : NAN;
        set.rtol = 1e-8;
        set.atol = 1e-12;
        scan(l, n, c, &set, T, &at);
        for (size_t k = 0; k < n; k++) {
            /* Differences that change the scan by 3e-4 and 6e-4 of its height,
             * extrapolated: the overshoot is a sharp function of the slopes. */
            const double most = largest(TEMPERATURES, at.by + k, n);
            assert_true(most > 0.0);
            const double h = 3e-4 * largest(TEMPERATURES, at.rate, 1) / most;
            for (int s = 0; s < 4; s++) {
                const double by = (s % 2 == 0 ? -h : h) * (s < 2 ? 1.0 : 2.0);
                struct pel_landscape *m = moved(l, &c[k], by);
                set.rtol = 1e-11;
                set.atol = 1e-15;
                scan(m, 0, NULL, &set, T, &side[s]);
                pel_landscape_free(m);
            }
            for (int j = 0; j < TEMPERATURES; j++) {
                const double one = (side[1].rate[j] - side[0].rate[j]) / (2.0 * h);
                const double two = (side[3].rate[j] - side[2].rate[j]) / (4.0 * h);
                NEAR_ABS(at.by[(size_t)j * n + k], (4.0 * one - two) / 3.0, 5e-5 * most);
            }
        }
    }
    pel_landscape_free(l);
}

/* Without coefficients: the scan of dsc.h, at the temperatures asked for. */
static void values_are_those_of_dsc(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    struct pel_dsc *dsc = NULL;
    assert_int_equal(pel_dsc_run(rate, NULL, NULL, &dsc, NULL), PEL_OK);
    double T[TEMPERATURES];
    size_t row[TEMPERATURES];
    for (size_t j = 0; j < TEMPERATURES; j++) {
        row[j] = (j + 1) * (dsc->n - 1) / TEMPERATURES;
        T[j] = dsc->rows[row[j]].temperature_K;
    }
    struct pel_coefficient c[MAX];
    const size_t n = all_coefficients(l, c);
    static struct answer a;
    struct pel_sensitivity_settings set = pel_sensitivity_settings_defaults();
    set.rtol = 1e-8;
    for (int with = 0; with < 2; with++) {
        scan(l, with ? n : 0, c, &set, T, &a);
        for (size_t j = 0; j < TEMPERATURES; j++)
            NEAR_ABS(a.rate[j], dsc->rows[row[j]].rate,
                     1e-5 * fabs(dsc->rows[row[j]].rate) + 1e-9);
        NEAR_ABS(a.scan.e_glass, dsc->peaks.e_glass, 1e-9);
        assert_true(a.scan.e_lowest < a.scan.e_glass &&
                    a.scan.e_highest > a.scan.e_glass);
        assert_true(a.scan.steps > 100);
    }
    pel_dsc_free(dsc);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static int stop(void *context, double done, double total, const char *text)
{
    (void)context, (void)done, (void)total, (void)text;
    return 1;
}

static void every_error_says_why(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    struct pel_sensitivity_settings set = pel_sensitivity_settings_defaults();
    struct pel_error err = {0};
    double q[3], T[3] = {400.0, 500.0, 600.0};
    struct pel_sensitivity out = {.rate = q};
    set.heat_K_per_s = NAN;
    assert_int_equal(pel_sensitivity_scan(rate, 0, NULL, &set, 3, T, NULL, &out, &err),
                     PEL_EARG);
    set = pel_sensitivity_settings_defaults();
    set.bottom_K = 950.0;
    assert_int_equal(pel_sensitivity_scan(rate, 0, NULL, &set, 3, T, NULL, &out, &err),
                     PEL_EARG);
    set.bottom_K = 450.0;
    assert_int_equal(pel_sensitivity_scan(rate, 0, NULL, &set, 3, T, NULL, &out, &err),
                     PEL_EARG);
    assert_string_equal(err.text,
                        "temperature 1 is 400 K, expected increasing ones from 450 K on");
    set = pel_sensitivity_settings_defaults();
    assert_int_equal(pel_sensitivity_scan(rate, 0, NULL, &set, 0, T, NULL, &out, &err),
                     PEL_EARG);
    set.start_K = 1400.0;
    assert_int_equal(pel_sensitivity_scan(rate, 0, NULL, &set, 3, T, NULL, &out, &err),
                     PEL_ENOROOT);
    set = pel_sensitivity_settings_defaults();
    set.rtol = 0.0;
    assert_int_equal(pel_sensitivity_scan(rate, 0, NULL, &set, 3, T, NULL, &out, &err),
                     PEL_EARG);
    set = pel_sensitivity_settings_defaults();
    set.max_steps = 3;
    assert_int_equal(pel_sensitivity_scan(rate, 0, NULL, &set, 3, T, NULL, &out, &err),
                     PEL_ENOCONV);
    const struct pel_progress impatient = {.report = stop};
    assert_int_equal(
        pel_sensitivity_scan(rate, 0, NULL, NULL, 3, T, &impatient, &out, &err),
        PEL_ESTOPPED);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derivatives_of_the_rate_are_those_of_differences),
        cmocka_unit_test(derivatives_of_a_scan_are_those_of_differences),
        cmocka_unit_test(values_are_those_of_dsc),
        cmocka_unit_test(every_error_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

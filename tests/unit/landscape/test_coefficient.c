#include <pelrate/coefficient.h>
#include <pelrate/constants.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

static const struct pel_landscape_head head = {.name = "made up",
                                               .atoms = 1987.0,
                                               .paths = 431.0,
                                               .attempt_frequency_Hz = 7.3e12,
                                               .molar_mass_g_per_mol = 75.7};
static const double reference = -4.68, low = -4.70, high = -4.66;

static struct pel_landscape *make(size_t n, const struct pel_landscape_row rows[])
{
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    if (pel_landscape_create_parametric(&head, reference, low, high, n, rows, &l, &err) !=
        PEL_OK)
        fail_msg("%s", err.text);
    return l;
}

/* All seven families, two at a time. */
static const struct pel_landscape_row pairs[][5] = {
    {{PEL_ACTIVATION, "shifted_gamma", "offset", {0.61, -7.3, 31.0}},
     {PEL_ACTIVATION, "shifted_gamma", "shape", {3.7, 11.0, 0.0}},
     {PEL_ACTIVATION, "shifted_gamma", "scale", {0.17, -1.3, 0.0}},
     {PEL_RELAXATION, "weibull", "shape", {1.9, 3.0, 0.0}},
     {PEL_RELAXATION, "weibull", "scale", {0.71, -9.0, 3.0}}},
    {{PEL_ACTIVATION, "weibull", "shape", {2.3, 9.0, 0.0}},
     {PEL_ACTIVATION, "weibull", "scale", {1.31, -11.0, 0.0}},
     {PEL_RELAXATION, "truncated_normal", "mean", {0.4, -17.0, 0.0}},
     {PEL_RELAXATION, "truncated_normal", "sd", {0.37, 2.0, 0.0}}},
    {{PEL_ACTIVATION, "lognormal", "log_mean", {0.13, -9.0, 0.0}},
     {PEL_ACTIVATION, "lognormal", "log_sd", {0.41, 2.0, 0.0}},
     {PEL_RELAXATION, "gamma", "shape", {2.1, 7.0, 0.0}},
     {PEL_RELAXATION, "gamma", "scale", {0.33, -3.0, 0.0}}},
    {{PEL_ACTIVATION, "truncated_normal", "mean", {1.3, -21.0, 0.0}},
     {PEL_ACTIVATION, "truncated_normal", "sd", {0.31, 1.0, 0.0}},
     {PEL_RELAXATION, "exponential", "scale", {0.9, -17.0, 0.0}}},
    {{PEL_ACTIVATION, "gamma", "shape", {5.1, 21.0, 0.0}},
     {PEL_ACTIVATION, "gamma", "scale", {0.23, -2.0, 0.0}},
     {PEL_RELAXATION, "lognormal", "log_mean", {-0.4, -11.0, 0.0}},
     {PEL_RELAXATION, "lognormal", "log_sd", {0.5, 1.0, 0.0}}},
    {{PEL_ACTIVATION, "exponential", "scale", {0.43, -5.0, 0.0}},
     {PEL_RELAXATION, "delta", "value", {0.7, -13.0, 0.0}}},
    {{PEL_ACTIVATION, "delta", "value", {1.17, -13.0, 0.0}},
     {PEL_RELAXATION, "shifted_gamma", "offset", {0.2, -5.0, 0.0}},
     {PEL_RELAXATION, "shifted_gamma", "shape", {1.7, 3.0, 0.0}},
     {PEL_RELAXATION, "shifted_gamma", "scale", {0.4, -7.0, 0.0}}}};
static const size_t n_rows[] = {5, 4, 4, 3, 4, 2, 4};
enum {
    PAIRS = sizeof n_rows / sizeof n_rows[0],
    MAX = 2 * 3 * PEL_FAMILY_PARAMETERS + 1
};

static void average(const struct pel_landscape *l, double e_is, double beta, size_t n,
                    const struct pel_coefficient c[], struct pel_average *out,
                    struct pel_coefficient_slope by[])
{
    struct pel_landscape_scratch *scratch = NULL;
    struct pel_error err = {0};
    assert_int_equal(pel_landscape_scratch_create(l, &scratch, NULL), PEL_OK);
    if (pel_coefficient_average(l, e_is, beta, PEL_RANGE_STRICT, scratch, n, c, out, by,
                                &err) != PEL_OK)
        fail_msg("%s", err.text);
    pel_landscape_scratch_free(scratch);
}

/* Every coefficient of every family against central differences of the averages of a
 * landscape made again with a value on either side. */
static void derivatives_are_those_of_differences(void **state)
{
    (void)state;
    for (int i = 0; i < PAIRS; i++) {
        struct pel_landscape *l = make(n_rows[i], pairs[i]);
        struct pel_coefficient c[MAX];
        struct pel_coefficient_slope by[MAX], none[1];
        const size_t n = pel_coefficient_count(l);
        assert_int_equal(n, 3 * n_rows[i] + 1);
        for (size_t k = 0; k < n; k++)
            c[k] = pel_coefficient_at(l, k);
        for (double T = 317.0; T < 1500.0; T *= 1.61) {
            const double e_is = -4.6731, beta = 1.0 / (PEL_KB * T);
            struct pel_average a, side[2];
            average(l, e_is, beta, n, c, &a, by);
            for (size_t k = 0; k < n; k++) {
                const double value = pel_coefficient_value(l, &c[k]);
                const double h = 1e-5 * pel_coefficient_scale(l, &c[k]);
                for (int s = 0; s < 2; s++) {
                    struct pel_landscape *moved = NULL;
                    const double to = value + (s == 0 ? -h : h);
                    assert_int_equal(pel_coefficient_replace(l, 1, &c[k], &to,
                                                             (double[]){low, high},
                                                             &moved, NULL),
                                     PEL_OK);
                    average(moved, e_is, beta, 0, NULL, &side[s], none);
                    pel_landscape_free(moved);
                }
                NEAR_ABS(by[k].ln_z, (side[1].ln_z - side[0].ln_z) / (2.0 * h),
                         1e-8 * fabs(by[k].ln_z) + 1e-10 * fabs(a.ln_z) / h);
                NEAR_ABS(by[k].ln_z_b, (side[1].ln_z_b - side[0].ln_z_b) / (2.0 * h),
                         1e-8 * fabs(by[k].ln_z_b) + 1e-10 * fabs(a.ln_z_b) / h);
                NEAR_ABS(by[k].e_r, (side[1].e_r - side[0].e_r) / (2.0 * h),
                         1e-8 * fabs(by[k].e_r) + 1e-12 * fabs(a.e_r) / h);
                /* Each belongs to one spectrum; the attempt frequency to neither. */
                if (c[k].spectrum == PEL_RELAXATION ||
                    c[k].parameter == PEL_FAMILY_PARAMETERS)
                    assert_true(by[k].ln_z == 0.0 && by[k].ln_z_b == 0.0);
            }
        }
        pel_landscape_free(l);
    }
}

static void names_find_them(void **state)
{
    (void)state;
    struct pel_landscape *l = make(n_rows[0], pairs[0]);
    struct pel_error err = {0};
    struct pel_coefficient c;
    for (size_t k = 0; k < pel_coefficient_count(l); k++) {
        const struct pel_coefficient want = pel_coefficient_at(l, k);
        assert_int_equal(pel_coefficient_find(l, want.name, &c, NULL), PEL_OK);
        assert_memory_equal(&c, &want, sizeof c);
    }
    assert_int_equal(pel_coefficient_find(l, "activation.scale", &c, NULL), PEL_OK);
    assert_string_equal(c.name, "activation.scale.c0");
    assert_string_equal(c.unit, "eV");
    assert_true(pel_coefficient_value(l, &c) == 0.17);
    assert_int_equal(pel_coefficient_find(l, "activation.offset.c2", &c, NULL), PEL_OK);
    assert_string_equal(c.unit, "eV/(eV/atom)^2");
    assert_true(pel_coefficient_value(l, &c) == 31.0);
    assert_int_equal(pel_coefficient_find(l, "activation.shape.c2", &c, NULL), PEL_OK);
    NEAR_REL(pel_coefficient_scale(l, &c), 3.7 / (0.04 * 0.04), 1e-9);
    assert_int_equal(pel_coefficient_find(l, "attempt_frequency_Hz", &c, NULL), PEL_OK);
    assert_true(pel_coefficient_value(l, &c) == 7.3e12);
    assert_int_equal(pel_coefficient_find(l, "relaxation.offset", &c, &err), PEL_EARG);
    assert_string_equal(
        err.text, "parameter 'relaxation.offset' is not known, expected one of "
                  "activation.offset.c0, activation.shape.c0, activation.scale.c0, "
                  "relaxation.shape.c0, relaxation.scale.c0, attempt_frequency_Hz; or "
                  ".c1, .c2");
    assert_int_equal(pel_coefficient_find(l, "attempt_frequenc", &c, &err), PEL_EARG);
    pel_landscape_free(l);
}

/* The range of a landscape made again: as far as the parameters stay in their domains. */
static void range_ends_where_a_domain_does(void **state)
{
    (void)state;
    const struct pel_landscape_row rows[] = {
        {PEL_ACTIVATION, "shifted_gamma", "offset", {0.6, -25.0, 0.0}},
        {PEL_ACTIVATION, "shifted_gamma", "shape", {4.0, 0.0, 0.0}},
        {PEL_ACTIVATION, "shifted_gamma", "scale", {0.15, 0.0, 0.0}},
        {PEL_RELAXATION, "exponential", "scale", {0.9, -40.0, 0.0}}};
    struct pel_landscape *l = make(4, rows), *m = NULL;
    const double window[2] = {low, high};
    struct pel_coefficient c[2];
    struct pel_error err = {0};
    assert_int_equal(pel_coefficient_find(l, "activation.offset.c1", &c[0], NULL),
                     PEL_OK);
    assert_int_equal(pel_coefficient_find(l, "attempt_frequency_Hz", &c[1], NULL),
                     PEL_OK);
    /* Nothing in the way: the window itself, the rest unchanged. */
    assert_int_equal(pel_coefficient_replace(l, 2, c, (double[]){-20.0, 3e13},
                                             (double[]){-4.69, -4.665}, &m, NULL),
                     PEL_OK);
    assert_true(pel_landscape_e_is_min(m) == -4.69 &&
                pel_landscape_e_is_max(m) == -4.665);
    assert_true(pel_landscape_head(m)->attempt_frequency_Hz == 3e13);
    assert_true(pel_landscape_head(m)->paths == 431.0);
    assert_string_equal(pel_landscape_head(m)->name, "made up");
    assert_true(pel_coefficient_value(m, &c[0]) == -20.0);
    assert_true(pel_coefficient_value(l, &c[0]) == -25.0);
    pel_landscape_free(m);
    /* 0.6 - 50 x >= 0 up to x = 0.012 */
    assert_int_equal(
        pel_coefficient_replace(l, 1, c, (double[]){-50.0}, window, &m, NULL), PEL_OK);
    assert_true(pel_landscape_e_is_min(m) == low);
    NEAR_ABS(pel_landscape_e_is_max(m), reference + 0.012, 1e-7);
    pel_landscape_free(m);
    /* A parabola with two roots within the window: the longer of the two ends. */
    assert_int_equal(pel_coefficient_find(l, "activation.shape.c1", &c[0], NULL), PEL_OK);
    assert_int_equal(pel_coefficient_find(l, "activation.shape.c2", &c[1], NULL), PEL_OK);
    /* 4 (1 - x/0.005)(1 - x/0.010) */
    assert_int_equal(pel_coefficient_replace(l, 2, c,
                                             (double[]){-4.0 * (1.0 / 0.005 + 1.0 / 0.01),
                                                        4.0 / (0.005 * 0.01)},
                                             window, &m, NULL),
                     PEL_OK);
    assert_true(pel_landscape_e_is_min(m) == low);
    NEAR_ABS(pel_landscape_e_is_max(m), reference + 0.005, 1e-7);
    pel_landscape_free(m);

    assert_int_equal(pel_coefficient_find(l, "relaxation.scale", &c[0], NULL), PEL_OK);
    assert_int_equal(pel_coefficient_replace(l, 1, c, (double[]){-2.0}, window, &m, &err),
                     PEL_ERANGE);
    assert_null(m);
    assert_string_equal(err.text,
                        "no e_is between -4.7 and -4.66 eV/atom has all parameters in "
                        "their domains: exponential: scale is -2, expected a number > 0");
    assert_int_equal(pel_coefficient_replace(l, 1, c, (double[]){NAN}, window, &m, &err),
                     PEL_EARG);
    assert_int_equal(pel_coefficient_replace(l, 1, c, (double[]){1.0},
                                             (double[]){high, low}, &m, &err),
                     PEL_EARG);
    assert_int_equal(pel_coefficient_find(l, "attempt_frequency_Hz", &c[0], NULL),
                     PEL_OK);
    assert_int_equal(pel_coefficient_replace(l, 1, c, (double[]){-1.0}, window, &m, &err),
                     PEL_EARG);
    assert_string_equal(err.text,
                        "attempt_frequency_Hz is -1, expected a positive number");
    pel_landscape_free(l);
}

static void other_kinds_have_none(void **state)
{
    (void)state;
    struct pel_landscape *l = NULL, *m = (void *)1;
    struct pel_error err = {0};
    struct pel_coefficient c;
    struct pel_average a;
    struct pel_coefficient_slope by[1];
    const double e[2] = {-4.69, -4.67}, b[2] = {0.7, 0.9};
    assert_int_equal(pel_landscape_create_events(&head, 2, NULL, e, b, b, &l, NULL),
                     PEL_OK);
    assert_int_equal(pel_coefficient_count(l), 0);
    assert_int_equal(pel_coefficient_find(l, "activation.scale", &c, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "a landscape of kind events has no parameters, expected "
                        "one of kind parametric");
    assert_int_equal(pel_coefficient_replace(l, 0, NULL, NULL, e, &m, &err), PEL_EARG);
    assert_null(m);
    assert_int_equal(pel_coefficient_average(l, -4.68, 20.0, PEL_RANGE_STRICT, NULL, 0,
                                             NULL, &a, by, &err),
                     PEL_EARG);
    pel_landscape_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derivatives_are_those_of_differences),
        cmocka_unit_test(names_find_them),
        cmocka_unit_test(range_ends_where_a_domain_does),
        cmocka_unit_test(other_kinds_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

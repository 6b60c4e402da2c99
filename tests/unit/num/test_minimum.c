#include <pelrate/minimum.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* Rosenbrock's valley in three variables (four have a second minimum), minimum 0 at (1,
 * 1, 1). */
static int valley(size_t n, const double x[], void *context, double *f, double g[])
{
    size_t *calls = context;
    if (calls != NULL) ++*calls;
    *f = 0.0;
    for (size_t i = 0; g != NULL && i < n; i++)
        g[i] = 0.0;
    for (size_t i = 0; i + 1 < n; i++) {
        const double a = 1.0 - x[i], b = x[i + 1] - x[i] * x[i];
        *f += a * a + 100.0 * b * b;
        if (g == NULL) continue;
        g[i] += -2.0 * a - 400.0 * b * x[i];
        g[i + 1] += 200.0 * b;
    }
    return 0;
}

static void finds_the_end_of_a_curved_valley(void **state)
{
    (void)state;
    double x[] = {-1.27, 1.13, 0.41};
    size_t calls = 0;
    struct pel_minimum_report report;
    assert_int_equal(pel_minimum_find(valley, &calls, 3, x, NULL, &report, NULL), PEL_OK);
    for (size_t i = 0; i < 3; i++)
        assert_true(fabs(x[i] - 1.0) < 1e-8);
    assert_int_equal(report.rule, PEL_MINIMUM_GRADIENT);
    assert_true(report.gradient <= 1e-9 && report.f < 1e-16);
    assert_int_equal(report.evaluations, calls);
    assert_true(report.iterations > 0 && report.iterations < 300);
}

/* -ln of a gamma density that is steep on one side of a border: x > 0 only. */
static int bordered(size_t n, const double x[], void *context, double *f, double g[])
{
    (void)n;
    (void)context;
    if (!(x[0] > 0.0)) return 1;
    *f = 3.7 * x[0] - 0.9 * log(x[0]);
    if (g != NULL) g[0] = 3.7 - 0.9 / x[0];
    return 0;
}

static void stays_inside_the_domain(void **state)
{
    (void)state;
    /* A first step of 5 from 6 runs across the border. */
    struct pel_minimum_settings settings = pel_minimum_settings_defaults();
    settings.first_step = 8.0;
    double x = 6.1;
    assert_int_equal(pel_minimum_find(bordered, NULL, 1, &x, &settings, NULL, NULL),
                     PEL_OK);
    assert_true(fabs(x - 0.9 / 3.7) < 1e-8);
}

/* |x| has no gradient that vanishes: the report must say so. */
static int edge(size_t n, const double x[], void *context, double *f, double g[])
{
    (void)n;
    (void)context;
    *f = fabs(x[0] - 0.3) + 2.0 * fabs(x[1] + 1.1);
    if (g != NULL) g[0] = x[0] > 0.3 ? 1.0 : -1.0;
    if (g != NULL) g[1] = x[1] > -1.1 ? 2.0 : -2.0;
    return 0;
}

static void a_kink_is_no_minimum_with_a_gradient(void **state)
{
    (void)state;
    double x[] = {1.37, 0.61};
    struct pel_minimum_report report;
    struct pel_error err = {0};
    assert_int_equal(pel_minimum_find(edge, NULL, 2, x, NULL, &report, &err),
                     PEL_ENOCONV);
    assert_non_null(strstr(err.text, "no minimum after"));
    assert_true(report.gradient >= 1.0);
    /* The best point that was seen all the same. */
    assert_true(fabs(x[0] - 0.3) < 1e-2 && fabs(x[1] + 1.1) < 1e-2);
}

static int nan_everywhere(size_t n, const double x[], void *context, double *f,
                          double g[])
{
    (void)n;
    (void)x;
    (void)context;
    *f = NAN;
    if (g != NULL) g[0] = NAN;
    return 0;
}

static void errors(void **state)
{
    (void)state;
    double x = -1.0;
    struct pel_error err = {0};
    assert_int_equal(pel_minimum_find(bordered, NULL, 1, &x, NULL, NULL, &err), PEL_EARG);
    assert_string_equal(err.text, "minimum: the start is outside the domain");
    assert_true(x == -1.0);
    assert_int_equal(pel_minimum_find(nan_everywhere, NULL, 1, &x, NULL, NULL, &err),
                     PEL_EARG);
    assert_int_equal(pel_minimum_find(bordered, NULL, 0, &x, NULL, NULL, &err), PEL_EARG);
    struct pel_minimum_settings settings = pel_minimum_settings_defaults();
    settings.gradient = NAN;
    assert_int_equal(pel_minimum_find(bordered, NULL, 1, &x, &settings, NULL, &err),
                     PEL_EARG);
    settings = pel_minimum_settings_defaults();
    settings.max_iterations = 3;
    double far[] = {-1.2, 1.0};
    struct pel_minimum_report report;
    assert_int_equal(pel_minimum_find(valley, NULL, 2, far, &settings, &report, &err),
                     PEL_ENOCONV);
    assert_int_equal(report.iterations, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_end_of_a_curved_valley),
        cmocka_unit_test(stays_inside_the_domain),
        cmocka_unit_test(a_kink_is_no_minimum_with_a_gradient),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

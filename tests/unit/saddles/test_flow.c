#include <pelrate/flow.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"
#include "surfaces.h"

static const struct pel_surface muller = {.n = 2, .evaluate = muller_brown};

/* The path by steps so small that nothing else is needed. */
static double crawl(double x[2])
{
    const double h = 2e-5;
    double length = 0.0, energy, g[2];
    for (long k = 0; k < 2000000; k++) {
        muller_brown(NULL, x, &energy, g, NULL);
        const double norm = hypot(g[0], g[1]);
        if (norm < 1e-3) break;
        for (int c = 0; c < 2; c++)
            x[c] -= h * g[c];
        length += h * norm;
    }
    return length;
}

/* From both sides of both saddles, and from a slope: the right minimum, along a path of
 * the right length. */
static void follows_the_path(void **state)
{
    (void)state;
    static const double starts[5][2] = {
        {-0.82, 0.626}, {-0.824, 0.622}, {0.22, 0.29}, {0.205, 0.296}, {-1.4, 0.3}};
    struct pel_flow_settings settings = pel_flow_defaults();
    settings.stiffness_eV_per_A2 = 40.0;
    settings.path_error_A = 1e-4;
    for (int k = 0; k < 5; k++) {
        double x[2] = {starts[k][0], starts[k][1]}, slow[2] = {x[0], x[1]};
        struct pel_flow_report report;
        assert_int_equal(pel_flow(&muller, &settings, x, &report, NULL), PEL_OK);
        const double length = crawl(slow);
        assert_true(report.converged && report.max_force < 1e-3);
        NEAR_ABS(x[0], slow[0], 1e-3);
        NEAR_ABS(x[1], slow[1], 1e-3);
        NEAR_REL(report.length_A, length, 0.01);
        assert_true(report.evaluations < 2000);
    }
}

/* x(t) = x0 exp(-d t): a smaller bound follows the curve x1 ~ x0^(d1 / d0) better, with
 * an error that goes with its power 2/3: second order. */
static pel_status bowl(void *context, const double x[], double *energy, double gradient[],
                       struct pel_error *err)
{
    const double *d = context;
    (void)err;
    *energy = 0.5 * (d[0] * x[0] * x[0] + d[1] * x[1] * x[1]);
    gradient[0] = d[0] * x[0];
    gradient[1] = d[1] * x[1];
    return PEL_OK;
}

static double off_the_curve(double bound)
{
    double d[2] = {1.0, 3.0}, x[2] = {1.0, 1.0};
    const struct pel_surface surface = {.n = 2, .context = d, .evaluate = bowl};
    struct pel_flow_settings settings = pel_flow_defaults();
    struct pel_flow_report report;
    settings.path_error_A = bound;
    settings.stiffness_eV_per_A2 = 3.0;
    settings.force_tolerance = 0.3;
    assert_int_equal(pel_flow(&surface, &settings, x, &report, NULL), PEL_OK);
    assert_true(report.converged);
    return fabs(x[1] - x[0] * x[0] * x[0]);
}

static void a_tighter_bound_follows_better(void **state)
{
    (void)state;
    const double rough = off_the_curve(1e-3), fine = off_the_curve(1e-6);
    assert_true(rough < 1e-2 && fine < 2e-5);
    assert_true(fine < rough / 60.0);
}

/* What plain steps of 1 / stiffness would need 60000 evaluations for. */
static void stiffness_is_cheap(void **state)
{
    (void)state;
    double d[2] = {100.0, 0.02}, x[2] = {0.7, 3.0};
    const struct pel_surface surface = {.n = 2, .context = d, .evaluate = bowl};
    struct pel_flow_settings settings = pel_flow_defaults();
    struct pel_flow_report report;
    assert_int_equal(pel_flow(&surface, &settings, x, &report, NULL), PEL_OK);
    assert_true(report.converged);
    assert_true(report.evaluations < 3000);
    NEAR_REL(report.length_A, 3.0 + 0.7, 0.2);
    assert_true(x[1] <= 0.05 && x[1] > 0.03);
    settings.max_evaluations = 50;
    x[1] = 3.0;
    assert_int_equal(pel_flow(&surface, &settings, x, &report, NULL), PEL_OK);
    assert_false(report.converged);
    assert_true(report.evaluations <= 50 + settings.max_stages);
    /* A stiffness that is too low shows as rising energy, and steps are cut. */
    settings = pel_flow_defaults();
    settings.stiffness_eV_per_A2 = 10.0;
    x[0] = 0.7;
    assert_int_equal(pel_flow(&surface, &settings, x, &report, NULL), PEL_OK);
    assert_true(report.energy < 0.5 * 100.0 * 0.49);
}

static int is_low(void *context, const double x[])
{
    return x[1] < *(const double *)context;
}

static void the_caller_may_end_the_path(void **state)
{
    (void)state;
    double d[2] = {1.0, 0.5}, x[2] = {0.7, 3.0}, low = 1.0;
    const struct pel_surface surface = {.n = 2, .context = d, .evaluate = bowl};
    struct pel_flow_settings settings = pel_flow_defaults();
    struct pel_flow_report report;
    settings.stiffness_eV_per_A2 = 1.0;
    settings.arrived = is_low;
    settings.context = &low;
    assert_int_equal(pel_flow(&surface, &settings, x, &report, NULL), PEL_OK);
    assert_true(report.arrived && !report.converged);
    assert_true(x[1] < 1.0 && x[1] > 0.3);
}

static void refusals(void **state)
{
    (void)state;
    const struct pel_flow_settings good = pel_flow_defaults();
    struct pel_flow_settings bad[5] = {good, good, good, good, good};
    struct pel_flow_report report;
    struct pel_error err;
    double x[2] = {0.0, 0.0};
    bad[0].force_tolerance = NAN;
    bad[1].path_error_A = 0.0;
    bad[2].stiffness_eV_per_A2 = -1.0;
    bad[3].max_stages = 1;
    bad[4].max_evaluations = 0;
    for (int k = 0; k < 5; k++)
        assert_int_equal(pel_flow(&muller, &bad[k], x, &report, &err), PEL_EARG);
    const struct pel_surface none = {.n = 0, .evaluate = muller_brown};
    assert_int_equal(pel_flow(&none, &good, x, &report, &err), PEL_EARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_path),
        cmocka_unit_test(a_tighter_bound_follows_better),
        cmocka_unit_test(stiffness_is_cheap),
        cmocka_unit_test(the_caller_may_end_the_path),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

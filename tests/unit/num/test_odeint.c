#include <pelrate/odeint.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

/* Two coupled linear equations, eigenvalues -1 and -1e6: y = a e^-t (1, 1) + b e^-1e6t
 * (1, -1) */
static int stiff_rhs(double t, const double y[], double dydt[], void *context)
{
    (void)t, (void)context;
    const double sum = -(y[0] + y[1]), difference = -1e6 * (y[0] - y[1]);
    dydt[0] = 0.5 * (sum + difference);
    dydt[1] = 0.5 * (sum - difference);
    return 0;
}

static int stiff_jacobian(double t, const double y[], double j[], void *context)
{
    (void)t, (void)y, (void)context;
    j[0] = j[3] = 0.5 * (-1.0 - 1e6);
    j[1] = j[2] = 0.5 * (-1.0 + 1e6);
    return 0;
}

static double final_error(double rtol, size_t *steps)
{
    const struct pel_odeint_system system = {
        .n = 2, .rhs = stiff_rhs, .jacobian = stiff_jacobian};
    struct pel_odeint_settings set = pel_odeint_settings_defaults();
    set.rtol = rtol;
    set.atol = 1e-14;
    struct pel_odeint *ode = NULL;
    const double y0[2] = {1.7, 0.3};
    double y[2], t = 0.0, h;
    assert_int_equal(pel_odeint_create(&system, &set, 0.0, y0, 2.5, &ode, NULL), PEL_OK);
    while (t < 2.5)
        assert_int_equal(pel_odeint_step(ode, &t, &h, y, NULL), PEL_OK);
    assert_true(t == 2.5);
    const struct pel_odeint_stats stats = pel_odeint_stats(ode);
    assert_true(stats.jacobians >= stats.steps); /* one a step at least */
    *steps = stats.steps;
    /* Dense output within the last step: value and slope. */
    double mid[2], slope[2];
    assert_int_equal(pel_odeint_dense(ode, t - 0.5 * h, 0, mid, NULL), PEL_OK);
    assert_int_equal(pel_odeint_dense(ode, t - 0.5 * h, 1, slope, NULL), PEL_OK);
    NEAR_REL(slope[0], -mid[0], 1e4 * rtol);
    struct pel_error err = {0};
    assert_int_equal(pel_odeint_dense(ode, t - 3.0 * h, 0, mid, &err), PEL_EARG);
    assert_non_null(strstr(err.text, "is not within the last step"));
    assert_int_equal(pel_odeint_dense(ode, t, 2, mid, &err), PEL_EARG);
    assert_int_equal(pel_odeint_step(ode, &t, &h, y, &err), PEL_EARG);
    pel_odeint_free(ode);
    return fabs(y[0] / exp(-2.5) - 1.0);
}

static void error_follows_the_tolerance(void **state)
{
    (void)state;
    size_t coarse_steps, fine_steps;
    const double coarse = final_error(1e-5, &coarse_steps);
    const double fine = final_error(1e-9, &fine_steps);
    assert_true(coarse < 3e-4);
    assert_true(fine < 3e-8);
    assert_true(fine < 0.01 * coarse);
    assert_true(fine_steps > coarse_steps);
}

/* The trap of odeint.h in its smallest form: y follows g(t) with a rate that falls by 30
 * decades; y must freeze where the rate has gone, not go on along g. */
static double log_rate(double t)
{
    return 25.0 - 90.0 * t;
}

static int freezing_rhs(double t, const double y[], double dydt[], void *context)
{
    ++*(int *)context;
    dydt[0] = -exp(log_rate(t)) * (y[0] + t);
    return 0;
}

static int freezing_jacobian(double t, const double y[], double j[], void *context)
{
    (void)y, (void)context;
    j[0] = -exp(log_rate(t));
    return 0;
}

static void freezes_when_the_rate_has_gone(void **state)
{
    (void)state;
    /* Exact: with s = int_0^t r, y(end) = -int_0^end exp(-(S - s(u))) r u du; by Simpson.
     */
    const double end = 1.0;
    const int n = 400000;
    double sum = 0.0;
    const double tail = exp(25.0) / 90.0;
    for (int i = 0; i <= n; i++) {
        const double u = end * i / n;
        /* S - s(u) = (e^{25-90u} - e^{25-90}) / 90 */
        const double left = tail * (exp(-90.0 * u) - exp(-90.0 * end));
        const double w = i == 0 || i == n ? 1.0 : (i % 2 ? 4.0 : 2.0);
        sum += w * exp(-left + log_rate(u)) * u;
    }
    const double exact = -sum * end / n / 3.0;
    int calls = 0;
    const struct pel_odeint_system system = {
        .n = 1, .rhs = freezing_rhs, .jacobian = freezing_jacobian, .context = &calls};
    struct pel_odeint *ode = NULL;
    const double y0 = 0.0;
    double y = 0.0, t = 0.0, h;
    assert_int_equal(pel_odeint_create(&system, NULL, 0.0, &y0, end, &ode, NULL), PEL_OK);
    while (t < end)
        assert_int_equal(pel_odeint_step(ode, &t, &h, &y, NULL), PEL_OK);
    NEAR_REL(y, exact, 1e-6);
    assert_true(y > -0.4); /* g(end) = -1 */
    pel_odeint_free(ode);
}

static int explosive_rhs(double t, const double y[], double dydt[], void *context)
{
    (void)t, (void)context;
    dydt[0] = y[0] * y[0];
    return 0;
}

static int explosive_jacobian(double t, const double y[], double j[], void *context)
{
    (void)t, (void)context;
    j[0] = 2.0 * y[0];
    return 0;
}

static int refusing_rhs(double t, const double y[], double dydt[], void *context)
{
    (void)y, (void)context;
    dydt[0] = 1.0;
    return t > 0.5 ? 1 : 0;
}

static int zero_jacobian(double t, const double y[], double j[], void *context)
{
    (void)t, (void)y, (void)context;
    j[0] = 0.0;
    return 0;
}

static pel_status run_to_the_end(struct pel_odeint *ode, double end,
                                 struct pel_error *err)
{
    double t = 0.0, h, y;
    pel_status status = PEL_OK;
    while (t < end && status == PEL_OK)
        status = pel_odeint_step(ode, &t, &h, &y, err);
    return status;
}

static void every_error_says_why(void **state)
{
    (void)state;
    struct pel_error err = {0};
    struct pel_odeint *ode = NULL;
    double y0 = 1.0;
    struct pel_odeint_system system = {
        .n = 1, .rhs = explosive_rhs, .jacobian = explosive_jacobian};
    assert_int_equal(pel_odeint_create(&system, NULL, 0.0, &y0, 0.0, &ode, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "integration from 0 to 0: not an interval");
    assert_null(ode);
    const double bad = NAN;
    assert_int_equal(pel_odeint_create(&system, NULL, 0.0, &bad, 1.0, &ode, &err),
                     PEL_EARG);
    struct pel_odeint_settings set = pel_odeint_settings_defaults();
    set.rtol = -1.0;
    assert_int_equal(pel_odeint_create(&system, &set, 0.0, &y0, 1.0, &ode, &err),
                     PEL_EARG);
    system.rhs = NULL;
    assert_int_equal(pel_odeint_create(&system, NULL, 0.0, &y0, 1.0, &ode, &err),
                     PEL_EARG);

    system.rhs = explosive_rhs; /* y = 1/(1 - t): no solution beyond t = 1 */
    assert_int_equal(pel_odeint_create(&system, NULL, 0.0, &y0, 2.0, &ode, &err), PEL_OK);
    assert_int_equal(run_to_the_end(ode, 2.0, &err), PEL_ENOCONV);
    assert_non_null(strstr(err.text, "integration at t = "));
    pel_odeint_free(ode);

    set = pel_odeint_settings_defaults();
    set.max_steps = 7;
    assert_int_equal(pel_odeint_create(&system, &set, 0.0, &y0, 0.9, &ode, &err), PEL_OK);
    assert_int_equal(run_to_the_end(ode, 0.9, &err), PEL_ENOCONV);
    assert_non_null(strstr(err.text, "more than 7 steps"));
    assert_int_equal(pel_odeint_stats(ode).steps, 7);
    /* A restart counts anew for the limit, and goes on in the sums. */
    assert_int_equal(pel_odeint_restart(ode, 0.0, &y0, 0.9, &err), PEL_OK);
    assert_int_equal(run_to_the_end(ode, 0.9, &err), PEL_ENOCONV);
    assert_int_equal(pel_odeint_stats(ode).steps, 14);
    assert_int_equal(pel_odeint_stats(ode).restarts, 1);
    assert_int_equal(pel_odeint_restart(ode, 1.0, &y0, 0.9, &err), PEL_EARG);
    pel_odeint_free(ode);

    system.rhs = refusing_rhs;
    system.jacobian = zero_jacobian;
    assert_int_equal(pel_odeint_create(&system, NULL, 0.0, &y0, 1.0, &ode, &err), PEL_OK);
    assert_int_equal(run_to_the_end(ode, 1.0, &err), PEL_ENOCONV);
    pel_odeint_free(ode);
    pel_odeint_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_follows_the_tolerance),
        cmocka_unit_test(freezes_when_the_rate_has_gone),
        cmocka_unit_test(every_error_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

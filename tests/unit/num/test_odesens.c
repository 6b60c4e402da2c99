#include <pelrate/odesens.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

/* Logistic growth y' = p0 y (1 - y/p1), y(0) = p2:
 * y = p1 p2 E/(p1 + p2 (E - 1)), E = e^(p0 t): all three derivatives in closed form. */
static const double logistic_p[3] = {1.37, 2.9, 0.23};

static int logistic_rhs(double t, const double y[], double dydt[], void *context)
{
    (void)t;
    const double *p = context;
    dydt[0] = p[0] * y[0] * (1.0 - y[0] / p[1]);
    return 0;
}

static int logistic_jacobian(double t, const double y[], double j[], void *context)
{
    (void)t;
    const double *p = context;
    j[0] = p[0] * (1.0 - 2.0 * y[0] / p[1]);
    return 0;
}

static int logistic_by(double t, const double y[], double by[], void *context)
{
    (void)t;
    const double *p = context;
    by[0] = y[0] * (1.0 - y[0] / p[1]);
    by[1] = p[0] * y[0] * y[0] / (p[1] * p[1]);
    by[2] = 0.0; /* the start alone */
    return 0;
}

static void logistic_solution(const double p[3], double t, double *y, double s[3])
{
    const double E = exp(p[0] * t), below = p[1] + p[2] * (E - 1.0);
    *y = p[1] * p[2] * E / below;
    s[0] = p[1] * p[2] * E * t * (p[1] - p[2]) / (below * below);
    s[1] = p[2] * p[2] * E * (E - 1.0) / (below * below);
    s[2] = p[1] * p[1] * E / (below * below);
}

static const struct pel_odesens_system logistic = {.ode = {.n = 1,
                                                           .rhs = logistic_rhs,
                                                           .jacobian = logistic_jacobian,
                                                           .context = (void *)logistic_p},
                                                   .m = 3,
                                                   .by_parameter = logistic_by,
                                                   .scale = logistic_p};

static void closed_forms_on_both_sides_of_a_restart(void **state)
{
    (void)state;
    struct pel_odesens *sens = NULL;
    const double y0 = logistic_p[2], s0[3] = {0.0, 0.0, 1.0};
    assert_int_equal(pel_odesens_create(&logistic, NULL, 0.0, &y0, s0, 1.1, &sens, NULL),
                     PEL_OK);
    double t = 0.0, h, y, s[3], want_y, want[3], rate, rates[3], mid;
    double worst = 0.0;
    while (t < 1.1) {
        assert_int_equal(pel_odesens_step(sens, &t, &h, &y, NULL), PEL_OK);
        assert_int_equal(pel_odesens_dense(sens, t - 0.3 * h, 0, &mid, s, NULL), PEL_OK);
        logistic_solution(logistic_p, t - 0.3 * h, &want_y, want);
        for (int k = 0; k < 3; k++)
            worst = fmax(worst, fabs(s[k] - want[k]) / (1.0 + fabs(want[k])));
    }
    assert_true(worst > 0.0 && worst < 1e-6);
    assert_int_equal(pel_odesens_dense(sens, t, 0, &y, s, NULL), PEL_OK);
    assert_int_equal(pel_odesens_restart(sens, t, &y, s, 2.7, NULL), PEL_OK);
    while (t < 2.7)
        assert_int_equal(pel_odesens_step(sens, &t, &h, &y, NULL), PEL_OK);
    assert_true(t == 2.7);
    assert_int_equal(pel_odesens_dense(sens, t, 0, &y, s, NULL), PEL_OK);
    assert_int_equal(pel_odesens_dense(sens, t, 1, &rate, rates, NULL), PEL_OK);
    logistic_solution(logistic_p, t, &want_y, want);
    NEAR_REL(y, want_y, 1e-7);
    for (int k = 0; k < 3; k++)
        NEAR_REL(s[k], want[k], 1e-6);
    /* Their rates obey the sensitivity equation. */
    double j, by[3];
    logistic_jacobian(t, &y, &j, (void *)logistic_p);
    logistic_by(t, &y, by, (void *)logistic_p);
    for (int k = 0; k < 3; k++)
        NEAR_ABS(rates[k], j * s[k] + by[k], 1e-5);
    assert_int_equal(pel_odesens_stats(sens).restarts, 1);
    struct pel_error err = {0};
    assert_int_equal(pel_odesens_dense(sens, t + 1.0, 0, &y, s, &err), PEL_EARG);
    assert_int_equal(pel_odesens_step(sens, &t, &h, &y, &err), PEL_EARG);
    pel_odesens_free(sens);
}

/* Two coupled equations whose eigenvalues are -p0 and -p1 = -1e6, that relax towards
 * (p2, p2) t: rows and columns of the Jacobian, and stiffness. In u = y0 + y1, v = y0 -
 * y1: u' = -p0 (u - 2 p2 t), v' = -p1 v. */
static const double stiff_p[3] = {0.83, 1e6, 0.31};

static int stiff_rhs(double t, const double y[], double dydt[], void *context)
{
    const double *p = context;
    const double du = -p[0] * (y[0] + y[1] - 2.0 * p[2] * t), dv = -p[1] * (y[0] - y[1]);
    dydt[0] = 0.5 * (du + dv);
    dydt[1] = 0.5 * (du - dv);
    return 0;
}

static int stiff_jacobian(double t, const double y[], double j[], void *context)
{
    (void)t, (void)y;
    const double *p = context;
    j[0] = j[3] = 0.5 * (-p[0] - p[1]);
    j[1] = j[2] = 0.5 * (-p[0] + p[1]);
    return 0;
}

static int stiff_by(double t, const double y[], double by[], void *context)
{
    const double *p = context;
    const double u = y[0] + y[1], v = y[0] - y[1];
    by[0] = by[1] = -0.5 * (u - 2.0 * p[2] * t);
    by[2] = -0.5 * v;
    by[3] = 0.5 * v;
    by[4] = by[5] = p[0] * t;
    return 0;
}

static void stiff_and_coupled(void **state)
{
    (void)state;
    const struct pel_odesens_system system = {.ode = {.n = 2,
                                                      .rhs = stiff_rhs,
                                                      .jacobian = stiff_jacobian,
                                                      .context = (void *)stiff_p},
                                              .m = 3,
                                              .by_parameter = stiff_by,
                                              .scale = stiff_p};
    struct pel_odesens *sens = NULL;
    const double y0[2] = {1.7, 0.3}, s0[6] = {0.0};
    assert_int_equal(pel_odesens_create(&system, NULL, 0.0, y0, s0, 2.5, &sens, NULL),
                     PEL_OK);
    double t = 0.0, h, y[2], s[6];
    while (t < 2.5)
        assert_int_equal(pel_odesens_step(sens, &t, &h, y, NULL), PEL_OK);
    assert_int_equal(pel_odesens_dense(sens, t, 0, y, s, NULL), PEL_OK);
    /* u = 2 p2 (t - 1/p0) + (2 + 2 p2/p0) e^(-p0 t), u(0) = 2 */
    const double p0 = stiff_p[0], p2 = stiff_p[2], E = exp(-p0 * t);
    NEAR_REL(y[0] + y[1], 2.0 * p2 * (t - 1.0 / p0) + 2.0 * (1.0 + p2 / p0) * E, 1e-6);
    const double by_p0 = 2.0 * p2 / (p0 * p0) * (1.0 - E) - 2.0 * t * (1.0 + p2 / p0) * E;
    NEAR_REL(s[0], 0.5 * by_p0, 1e-6);
    NEAR_REL(s[1], 0.5 * by_p0, 1e-6);
    NEAR_ABS(s[2], 0.0, 1e-12);
    NEAR_REL(s[4], t - 1.0 / p0 + E / p0, 1e-6);
    NEAR_REL(s[5], t - 1.0 / p0 + E / p0, 1e-6);
    assert_true(pel_odesens_stats(sens).steps < 1000);
    pel_odesens_free(sens);
}

static void every_error_says_why(void **state)
{
    (void)state;
    struct pel_error err = {0};
    struct pel_odesens *sens = (void *)1;
    const double y0 = 1.0;
    double s0[3] = {0.0};
    struct pel_odesens_system system = logistic;
    system.m = 0;
    assert_int_equal(pel_odesens_create(&system, NULL, 0.0, &y0, s0, 1.0, &sens, &err),
                     PEL_EARG);
    assert_null(sens);
    system = logistic;
    const double scale[3] = {1.0, 0.0, 1.0};
    system.scale = scale;
    assert_int_equal(pel_odesens_create(&system, NULL, 0.0, &y0, s0, 1.0, &sens, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "integration: size of parameter 1 is 0, expected > 0");
    system = logistic;
    s0[2] = NAN;
    assert_int_equal(pel_odesens_create(&system, NULL, 0.0, &y0, s0, 1.0, &sens, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "integration: sensitivity 2 is not finite");
    s0[2] = 1.0;
    assert_int_equal(pel_odesens_create(&system, NULL, 0.0, &y0, s0, 0.0, &sens, &err),
                     PEL_EARG);
    assert_int_equal(pel_odesens_create(&system, NULL, 0.0, &y0, s0, 1.0, &sens, &err),
                     PEL_OK);
    assert_int_equal(pel_odesens_restart(sens, 1.0, &y0, s0, 0.5, &err), PEL_EARG);
    s0[0] = INFINITY;
    assert_int_equal(pel_odesens_restart(sens, 1.0, &y0, s0, 1.5, &err), PEL_EARG);
    pel_odesens_free(sens);
    pel_odesens_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_forms_on_both_sides_of_a_restart),
        cmocka_unit_test(stiff_and_coupled),
        cmocka_unit_test(every_error_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

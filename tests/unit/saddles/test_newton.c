#include <pelrate/newton.h>
#include <pelrate/random.h>

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

/* The stationary points of the surface, minima and saddles alike, to all digits that a
 * gradient of 1e-10 gives. */
static void minima_and_saddles(void **state)
{
    (void)state;
    static const double points[5][2] = {{-0.5582236346330, 1.4417258418045},
                                        {0.6234994049309, 0.0280377585286},
                                        {-0.0500108229982, 0.4666941048660},
                                        {-0.8220015587327, 0.6243128028149},
                                        {0.2124865820007, 0.2929883251073}};
    struct pel_newton_settings settings = pel_newton_defaults();
    settings.force_tolerance = 1e-10;
    for (int k = 0; k < 5; k++) {
        double x[2] = {points[k][0] + 0.013, points[k][1] - 0.017};
        struct pel_newton_report report;
        assert_int_equal(pel_newton(&muller, &settings, x, &report, NULL), PEL_OK);
        assert_true(report.converged && report.max_force < 1e-10);
        NEAR_ABS(x[0], points[k][0], 1e-9);
        NEAR_ABS(x[1], points[k][1], 1e-9);
        assert_true(report.steps <= 8);
        assert_true(report.evaluations < 60);
    }
}

/* H = diagonal of both signs, seen through a rotation; linear in one Newton step once the
 * forcing is tight. */
enum { rows = 40 };
struct quadratic {
    double d[rows], axis[rows]; /* eigenvalues, direction of the reflection */
    size_t atoms;               /* 1: independent of the mean of x y z */
};

static void reflect(const double axis[], double v[])
{
    double product = 0.0, length = 0.0;
    for (size_t i = 0; i < rows; i++) {
        product += axis[i] * v[i];
        length += axis[i] * axis[i];
    }
    for (size_t i = 0; i < rows; i++)
        v[i] -= 2.0 * product / length * axis[i];
}

static pel_status quadratic(void *context, const double x[], double *energy,
                            double gradient[], struct pel_error *err)
{
    const struct quadratic *q = context;
    (void)err;
    memcpy(gradient, x, rows * sizeof *x);
    reflect(q->axis, gradient);
    *energy = 0.0;
    for (size_t i = 0; i < rows; i++) {
        gradient[i] -= 0.1 * (double)i;
        *energy += 0.5 * q->d[i] * gradient[i] * gradient[i];
        gradient[i] *= q->d[i];
    }
    reflect(q->axis, gradient);
    return PEL_OK;
}

static void an_indefinite_quadratic(void **state)
{
    (void)state;
    struct quadratic q = {.atoms = 0};
    struct pel_random random;
    pel_random_init(&random, 4, 4, 4);
    for (size_t i = 0; i < rows; i++) {
        q.d[i] = i < 3 ? -0.4 - 0.3 * (double)i : 0.05 + 1.7 * (double)(i - 3);
        q.axis[i] = pel_random_normal(&random);
    }
    const struct pel_surface surface = {.n = rows, .context = &q, .evaluate = quadratic};
    struct pel_newton_settings settings = pel_newton_defaults();
    struct pel_newton_report report;
    settings.max_step_A = 100.0;
    double x[rows] = {0.0};
    assert_int_equal(pel_newton(&surface, &settings, x, &report, NULL), PEL_OK);
    assert_true(report.converged);
    reflect(q.axis, x);
    for (size_t i = 0; i < rows; i++)
        NEAR_ABS(x[i], 0.1 * (double)i, 1e-8 / 0.05);
    NEAR_ABS(report.energy, 0.0, 1e-14);
    /* A few linear systems of at most `rows` products, which rounding prolongs. */
    assert_true(report.evaluations < 8 * rows);

    /* A bound on the step is kept. */
    settings.max_step_A = 0.01;
    settings.max_steps = 3;
    memset(x, 0, sizeof x);
    assert_int_equal(pel_newton(&surface, &settings, x, &report, NULL), PEL_OK);
    assert_false(report.converged);
    assert_int_equal(report.steps, 3);
    for (size_t i = 0; i < rows; i++)
        assert_true(fabs(x[i]) <= 0.03 + 1e-12);
}

/* Two atoms on a spring (Morse), free in space: the translation is not resisted, and not
 * taken. */
static pel_status dimer(void *context, const double x[], double *energy,
                        double gradient[], struct pel_error *err)
{
    const double d[3] = {x[0] - x[3], x[1] - x[4], x[2] - x[5]};
    const double r = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    const double e = exp(-1.3 * (r - 2.5));
    (void)context;
    (void)err;
    *energy = (1.0 - e) * (1.0 - e);
    for (int c = 0; c < 3; c++) {
        gradient[c] = 2.0 * (1.0 - e) * 1.3 * e * d[c] / r;
        gradient[3 + c] = -gradient[c];
    }
    return PEL_OK;
}

static void translations_stay_out(void **state)
{
    (void)state;
    const struct pel_surface surface = {.n = 6, .evaluate = dimer};
    struct pel_newton_settings settings = pel_newton_defaults();
    struct pel_newton_report report;
    settings.translations = 1;
    double x[6] = {0.4, 0.1, -0.3, 2.4, 1.2, 0.9};
    const double middle = 0.5 * (x[0] + x[3]);
    assert_int_equal(pel_newton(&surface, &settings, x, &report, NULL), PEL_OK);
    assert_true(report.converged);
    NEAR_ABS(hypot(hypot(x[0] - x[3], x[1] - x[4]), x[2] - x[5]), 2.5, 1e-8);
    NEAR_ABS(0.5 * (x[0] + x[3]), middle, 1e-12);
}

static pel_status broken(void *context, const double x[], double *energy,
                         double gradient[], struct pel_error *err)
{
    (void)context;
    (void)x;
    (void)energy;
    (void)gradient;
    return pel_error_set(err, PEL_EIO, "broken");
}

static void refusals(void **state)
{
    (void)state;
    struct pel_error err;
    struct pel_newton_report report;
    const struct pel_newton_settings good = pel_newton_defaults();
    struct pel_newton_settings bad[6] = {good, good, good, good, good, good};
    double x[2] = {0.0, 0.0};
    bad[0].force_tolerance = 0.0;
    bad[1].max_step_A = NAN;
    bad[2].difference_A = -1.0;
    bad[3].forcing = 1.0;
    bad[4].max_steps = 0;
    bad[5].translations = 1;
    for (int k = 0; k < 6; k++)
        assert_int_equal(pel_newton(&muller, &bad[k], x, &report, &err), PEL_EARG);
    const struct pel_surface none = {.n = 0, .evaluate = muller_brown},
                             no = {.n = 2, .evaluate = broken};
    assert_int_equal(pel_newton(&none, &good, x, &report, &err), PEL_EARG);
    assert_int_equal(pel_newton(&no, &good, x, &report, &err), PEL_EIO);
    assert_string_equal(err.text, "broken");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minima_and_saddles),
        cmocka_unit_test(an_indefinite_quadratic),
        cmocka_unit_test(translations_stay_out),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

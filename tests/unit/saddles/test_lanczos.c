#include <pelrate/lanczos.h>
#include <pelrate/random.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "surfaces.h"

enum { most = 60 };

/* A quadratic form sum_k value_k (q_k . x)^2 / 2 + third (q_0 . x)^3 / 6 of known
 * eigenpairs. */
struct form {
    size_t n;
    double value[most], q[most][most], third;
    size_t calls;
};

static pel_status evaluate_form(void *context, const double x[], double *energy,
                                double gradient[], struct pel_error *err)
{
    struct form *form = context;
    (void)err;
    form->calls++;
    *energy = 0.0;
    memset(gradient, 0, form->n * sizeof *gradient);
    for (size_t k = 0; k < form->n; k++) {
        double along = 0.0;
        for (size_t i = 0; i < form->n; i++)
            along += form->q[k][i] * x[i];
        const double cubic = k == 0 ? form->third : 0.0;
        *energy += form->value[k] * along * along / 2 + cubic * along * along * along / 6;
        for (size_t i = 0; i < form->n; i++)
            gradient[i] +=
                (form->value[k] * along + cubic * along * along / 2) * form->q[k][i];
    }
    return PEL_OK;
}

static struct pel_surface make_form(struct form *form, size_t n, uint64_t seed)
{
    struct pel_random random;
    pel_random_init(&random, seed, 0, 0);
    *form = (struct form){.n = n};
    for (size_t k = 0; k < n; k++) {
        form->value[k] = k == 0 ? -1.37 : 0.9 + 23.0 * pel_random_uniform(&random);
        for (size_t i = 0; i < n; i++)
            form->q[k][i] = pel_random_normal(&random);
        for (int pass = 0; pass < 2; pass++)
            for (size_t j = 0; j < k; j++) {
                double dot = 0.0;
                for (size_t i = 0; i < n; i++)
                    dot += form->q[k][i] * form->q[j][i];
                for (size_t i = 0; i < n; i++)
                    form->q[k][i] -= dot * form->q[j][i];
            }
        double norm = 0.0;
        for (size_t i = 0; i < n; i++)
            norm += form->q[k][i] * form->q[k][i];
        for (size_t i = 0; i < n; i++)
            form->q[k][i] /= sqrt(norm);
    }
    return (struct pel_surface){.n = n, .context = form, .evaluate = evaluate_form};
}

static double overlap(size_t n, const double a[], const double b[])
{
    double dot = 0.0;
    for (size_t i = 0; i < n; i++)
        dot += a[i] * b[i];
    return dot;
}

static void random_start(size_t n, double mode[], uint64_t seed)
{
    struct pel_random random;
    pel_random_init(&random, seed, 1, 0);
    for (size_t i = 0; i < n; i++)
        mode[i] = pel_random_normal(&random);
}

/* n = 50: eigenvalue and vector of a dense form as it was made; second-lowest too. */
static void a_form_of_known_eigenpairs(void **state)
{
    (void)state;
    static struct form form;
    const struct pel_surface surface = make_form(&form, 50, 3);
    struct pel_lanczos_settings settings = pel_lanczos_defaults();
    settings.max_vectors = settings.min_vectors = 50;
    settings.tolerance = 0.0;
    double x[most], mode[most], second = INFINITY;
    random_start(50, x, 8);
    for (size_t k = 1; k < 50; k++)
        second = fmin(second, form.value[k]);
    for (int central = 0; central < 2; central++) {
        settings.central = central;
        form.calls = 0;
        struct pel_lanczos_report report;
        random_start(50, mode, 5);
        assert_int_equal(
            pel_lanczos_lowest(&surface, &settings, x, NULL, mode, &report, NULL),
            PEL_OK);
        assert_true(report.converged);
        assert_true(fabs(report.eigenvalue - -1.37) < 1e-8);
        assert_true(fabs(report.second - second) < 1e-7);
        assert_true(fabs(fabs(overlap(50, mode, form.q[0])) - 1.0) < 1e-9);
        assert_true(fabs(overlap(50, mode, mode) - 1.0) < 1e-13);
        assert_int_equal(report.evaluations, form.calls);
        assert_int_equal(form.calls, central ? 2 * report.vectors : report.vectors + 1);
    }
}

/* A warm start converges at once, a cold one in fewer vectors than there are coordinates;
 * every Ritz value is an upper bound. */
static void a_warm_start_is_cheap(void **state)
{
    (void)state;
    static struct form form;
    const struct pel_surface surface = make_form(&form, most, 11);
    struct pel_lanczos_settings settings = pel_lanczos_defaults();
    settings.max_vectors = most;
    settings.tolerance = 1e-4;
    double x[most] = {0.0}, mode[most], gradient[most], energy;
    struct pel_lanczos_report cold, warm;
    random_start(most, mode, 6);
    assert_int_equal(pel_lanczos_lowest(&surface, &settings, x, NULL, mode, &cold, NULL),
                     PEL_OK);
    assert_true(cold.converged && cold.vectors > 8 && cold.vectors < 50);
    assert_true(cold.eigenvalue > -1.37 && cold.eigenvalue < -1.36);
    evaluate_form(&form, x, &energy, gradient, NULL);
    assert_int_equal(
        pel_lanczos_lowest(&surface, &settings, x, gradient, mode, &warm, NULL), PEL_OK);
    assert_int_equal(warm.vectors, settings.min_vectors);
    assert_int_equal(warm.evaluations, warm.vectors);
    assert_true(warm.eigenvalue <= cold.eigenvalue + 1e-9 &&
                warm.eigenvalue > -1.37 - 1e-9);
    assert_true(warm.residual < cold.residual);
}

/* A cubic term: the forward difference errs in proportion to the step, the central one
 * not at all. */
static void order_of_the_differences(void **state)
{
    (void)state;
    static struct form form;
    const struct pel_surface surface = make_form(&form, 7, 21);
    form.third = 0.83;
    struct pel_lanczos_settings settings = pel_lanczos_defaults();
    settings.min_vectors = settings.max_vectors = 1;
    double x[7] = {0.0}, error[2][2];
    for (int central = 0; central < 2; central++)
        for (int half = 0; half < 2; half++) {
            double mode[7];
            struct pel_lanczos_report report;
            memcpy(mode, form.q[0], sizeof mode);
            settings.central = central;
            settings.step_A = half ? 0.01 : 0.02;
            assert_int_equal(
                pel_lanczos_lowest(&surface, &settings, x, NULL, mode, &report, NULL),
                PEL_OK);
            error[central][half] = report.eigenvalue - -1.37;
        }
    assert_true(fabs(error[0][0] - 0.83 * 0.02 / 2) < 1e-10);
    assert_true(fabs(error[0][0] / error[0][1] - 2.0) < 1e-6);
    assert_true(fabs(error[1][0]) < 1e-11 && fabs(error[1][1]) < 1e-11);
}

/* Two atoms and a spring in three dimensions, pulled by nothing: translations are the
 * only zero modes that are taken out; what is left along the bond is 2k. */
static pel_status evaluate_pair(void *context, const double x[], double *energy,
                                double gradient[], struct pel_error *err)
{
    const double k = *(const double *)context;
    (void)err;
    *energy = 0.0;
    for (int c = 0; c < 3; c++) {
        const double d = x[3 + c] - x[c], stiff = k * (1.0 + 0.5 * c);
        *energy += 0.5 * stiff * d * d;
        gradient[3 + c] = stiff * d;
        gradient[c] = -gradient[3 + c];
    }
    return PEL_OK;
}

static void translations_are_taken_out(void **state)
{
    (void)state;
    double k = 1.9;
    const struct pel_surface surface = {.n = 6, .context = &k, .evaluate = evaluate_pair};
    struct pel_lanczos_settings settings = pel_lanczos_defaults();
    settings.min_vectors = 3;
    settings.tolerance = 1e-12;
    const double x[6] = {0.1, 0.2, -0.4, 0.7, 1.1, 0.3};
    double mode[6] = {1.0, 0.3, -0.2, 2.0, 0.5, 0.9};
    struct pel_lanczos_report report;
    assert_int_equal(
        pel_lanczos_lowest(&surface, &settings, x, NULL, mode, &report, NULL), PEL_OK);
    assert_true(fabs(report.eigenvalue) < 1e-9); /* a translation */
    settings.translations = 1;
    double other[6] = {1.0, 0.3, -0.2, 2.0, 0.5, 0.9};
    assert_int_equal(
        pel_lanczos_lowest(&surface, &settings, x, NULL, other, &report, NULL), PEL_OK);
    assert_true(report.converged && report.vectors <= 3);
    assert_true(fabs(report.eigenvalue - 2.0 * k) < 1e-9);
    assert_true(fabs(other[0] + other[3]) < 1e-9 &&
                fabs(fabs(other[0]) - sqrt(0.5)) < 1e-9);
}

/* A form of atoms whose translations cost nothing and all else about the same: rounding
 * brings translations back with each vector, 0 being far from the other eigenvalues. They
 * must not be taken for the lowest mode. */
static void translations_stay_out(void **state)
{
    (void)state;
    static struct form form;
    const struct pel_surface surface = make_form(&form, most, 17);
    struct pel_lanczos_settings settings = pel_lanczos_defaults();
    settings.min_vectors = settings.max_vectors = 40;
    settings.tolerance = 0.0;
    settings.translations = settings.central = 1;
    /* Projected from both sides, and the values in a narrow band. */
    for (size_t k = 0; k < most; k++) {
        form.value[k] = 20.0 + 0.05 * (double)k;
        for (size_t c = 0; c < 3; c++) {
            double mean = 0.0;
            for (size_t i = c; i < most; i += 3)
                mean += 3.0 / most * form.q[k][i];
            for (size_t i = c; i < most; i += 3)
                form.q[k][i] -= mean;
        }
    }
    double x[most] = {0.0}, mode[most], net[3] = {0.0};
    struct pel_lanczos_report report;
    random_start(most, mode, 2);
    assert_int_equal(
        pel_lanczos_lowest(&surface, &settings, x, NULL, mode, &report, NULL), PEL_OK);
    assert_true(report.vectors > 20);
    assert_true(report.eigenvalue > 20.0 - 1e-9 && report.second > 20.0 - 1e-9);
    assert_true(report.highest < 20.0 + 0.05 * most);
    for (size_t i = 0; i < most; i++)
        net[i % 3] += mode[i];
    for (int c = 0; c < 3; c++)
        assert_true(fabs(net[c]) < 1e-7);
}

/* Three atoms and springs of length 1, an equilateral triangle anywhere: rotations cost
 * nothing; the lowest eigenvalue without them is 3k/2. */
static pel_status evaluate_triangle(void *context, const double x[], double *energy,
                                    double gradient[], struct pel_error *err)
{
    const double k = *(const double *)context;
    (void)err;
    *energy = 0.0;
    memset(gradient, 0, 9 * sizeof *gradient);
    for (int i = 0; i < 3; i++) {
        const int a = 3 * i, b = 3 * ((i + 1) % 3);
        const double d[3] = {x[b] - x[a], x[b + 1] - x[a + 1], x[b + 2] - x[a + 2]};
        const double r = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
        *energy += 0.5 * k * (r - 1.0) * (r - 1.0);
        for (int c = 0; c < 3; c++) {
            gradient[b + c] += k * (r - 1.0) * d[c] / r;
            gradient[a + c] -= k * (r - 1.0) * d[c] / r;
        }
    }
    return PEL_OK;
}

static void rotations_are_taken_out(void **state)
{
    (void)state;
    double k = 2.3;
    const struct pel_surface surface = {
        .n = 9, .context = &k, .evaluate = evaluate_triangle};
    struct pel_lanczos_settings settings = pel_lanczos_defaults();
    settings.tolerance = 1e-12;
    settings.translations = settings.central = 1;
    settings.step_A = 1e-3;
    const double u[3] = {0.6, 0.0, 0.8}, v[3] = {0.64, 0.6, -0.48};
    double x[9], mode[9];
    for (int c = 0; c < 3; c++) {
        x[c] = 5.0;
        x[3 + c] = 5.0 + u[c];
        x[6 + c] = 5.0 + 0.5 * u[c] + sqrt(0.75) * v[c];
    }
    struct pel_lanczos_report report;
    random_start(9, mode, 4);
    assert_int_equal(
        pel_lanczos_lowest(&surface, &settings, x, NULL, mode, &report, NULL), PEL_OK);
    assert_true(fabs(report.eigenvalue) < 1e-5);
    settings.rotations = 1;
    random_start(9, mode, 4);
    assert_int_equal(
        pel_lanczos_lowest(&surface, &settings, x, NULL, mode, &report, NULL), PEL_OK);
    assert_true(report.converged && report.vectors <= 3);
    assert_true(fabs(report.eigenvalue - 1.5 * k) < 1e-5);
    assert_true(fabs(report.highest - 3.0 * k) < 1e-5);
    settings.translations = 0;
    assert_int_equal(
        pel_lanczos_lowest(&surface, &settings, x, NULL, mode, &report, NULL), PEL_EARG);
}

/* The sign follows the start. */
static void the_sign_is_that_of_the_start(void **state)
{
    (void)state;
    const struct pel_surface surface = {.n = 2, .evaluate = muller_brown};
    struct pel_lanczos_settings settings = pel_lanczos_defaults();
    settings.central = 1;
    settings.step_A = 1e-4;
    const double x[2] = {-0.822, 0.624};
    double mode[2] = {0.3, 0.8}, back[2] = {-0.3, -0.8};
    struct pel_lanczos_report report;
    assert_int_equal(
        pel_lanczos_lowest(&surface, &settings, x, NULL, mode, &report, NULL), PEL_OK);
    assert_true(report.eigenvalue < 0.0 && report.second > 0.0);
    assert_int_equal(
        pel_lanczos_lowest(&surface, &settings, x, NULL, back, &report, NULL), PEL_OK);
    assert_true(fabs(mode[0] + back[0]) < 1e-6 && fabs(mode[1] + back[1]) < 1e-6);
}

static pel_status refuse(void *context, const double x[], double *energy,
                         double gradient[], struct pel_error *err)
{
    (void)context;
    (void)x;
    (void)energy;
    (void)gradient;
    return pel_error_set(err, PEL_EARG, "overlapping atoms");
}

static void bad_arguments(void **state)
{
    (void)state;
    const struct pel_surface surface = {.n = 2, .evaluate = muller_brown};
    const struct pel_surface broken = {.n = 2, .evaluate = refuse};
    const double x[2] = {0.0, 0.0};
    double mode[2] = {1.0, 0.0}, nothing[2] = {0.0, 0.0};
    struct pel_lanczos_report report;
    struct pel_error err;
    struct pel_lanczos_settings s = pel_lanczos_defaults();
    assert_int_equal(pel_lanczos_lowest(&surface, &s, x, NULL, nothing, &report, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "the starting vector vanishes");
    assert_int_equal(pel_lanczos_lowest(&broken, &s, x, NULL, mode, &report, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "overlapping atoms");
    s.step_A = NAN;
    assert_int_equal(pel_lanczos_lowest(&surface, &s, x, NULL, mode, &report, &err),
                     PEL_EARG);
    s = pel_lanczos_defaults();
    s.max_vectors = 2;
    assert_int_equal(pel_lanczos_lowest(&surface, &s, x, NULL, mode, &report, &err),
                     PEL_EARG);
    s = pel_lanczos_defaults();
    s.tolerance = -1.0;
    assert_int_equal(pel_lanczos_lowest(&surface, &s, x, NULL, mode, &report, &err),
                     PEL_EARG);
    s = pel_lanczos_defaults();
    s.translations = 1;
    assert_int_equal(pel_lanczos_lowest(&surface, &s, x, NULL, mode, &report, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "2 coordinates are not those of atoms");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_form_of_known_eigenpairs),
        cmocka_unit_test(a_warm_start_is_cheap),
        cmocka_unit_test(order_of_the_differences),
        cmocka_unit_test(translations_are_taken_out),
        cmocka_unit_test(translations_stay_out),
        cmocka_unit_test(rotations_are_taken_out),
        cmocka_unit_test(the_sign_is_that_of_the_start),
        cmocka_unit_test(bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/leastsquares.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

/* NIST Statistical Reference Datasets, nonlinear regression, Misra1a:
 * y = b1 (1 - exp(-b2 x)), certified to eleven digits. */
enum { MISRA = 14 };
static const double misra_x[MISRA] = {77.6,  114.9, 141.1, 190.8, 239.9, 289.0, 332.8,
                                      378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0};
static const double misra_y[MISRA] = {10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02,
                                      44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78};

static int misra(size_t n, const double x[], size_t m, void *context, double r[])
{
    (void)n;
    if (context != NULL) ++*(int *)context;
    for (size_t i = 0; i < m; i++)
        r[i] = x[0] * -expm1(-x[1] * misra_x[i]) - misra_y[i];
    return 0;
}

static int misra_slopes(size_t n, const double x[], size_t m, void *context, double J[])
{
    (void)context;
    for (size_t i = 0; i < m; i++) {
        J[i * n] = -expm1(-x[1] * misra_x[i]);
        J[i * n + 1] = x[0] * misra_x[i] * exp(-x[1] * misra_x[i]);
    }
    return 0;
}

static void is_misra(const double x[], const double covariance[],
                     const struct pel_leastsquares_report *report, double tolerance)
{
    NEAR_REL(x[0], 2.3894212918e2, tolerance);
    NEAR_REL(x[1], 5.5015643181e-4, tolerance);
    NEAR_REL(sqrt(covariance[0]), 2.7070075241, 10.0 * tolerance);
    NEAR_REL(sqrt(covariance[3]), 7.2668688436e-6, 10.0 * tolerance);
    NEAR_REL(report->chi2, 1.2455138894e-1, 1e-9);
    assert_int_equal(report->rank, 2);
    assert_int_equal(report->n_free, 2);
    assert_true(report->condition > 10.0 && report->condition < 1e6);
}

static void a_certified_fit_with_and_without_derivatives(void **state)
{
    (void)state;
    /* Both starts of NIST, free and inside bounds of every sort. */
    const double starts[2][2] = {{500.0, 1e-4}, {250.0, 5e-4}};
    const double lower[2] = {0.0, -INFINITY}, upper[2] = {INFINITY, 0.31};
    const double wide_lower[2] = {10.0, 1e-5}, wide_upper[2] = {1000.0, 2e-3};
    for (int with = 0; with < 2; with++)
        for (int bounds = 0; bounds < 3; bounds++)
            for (int s = 0; s < 2; s++) {
                const struct pel_leastsquares_problem problem = {
                    .m = MISRA,
                    .n = 2,
                    .residual = misra,
                    .jacobian = with ? misra_slopes : NULL,
                    .lower = bounds == 0   ? NULL
                             : bounds == 1 ? lower
                                           : wide_lower,
                    .upper = bounds == 0   ? NULL
                             : bounds == 1 ? upper
                                           : wide_upper};
                double x[2] = {starts[s][0], starts[s][1]}, covariance[4];
                enum pel_leastsquares_state what[2];
                struct pel_leastsquares_report report;
                assert_int_equal(pel_leastsquares_fit(&problem, NULL, x, covariance, what,
                                                      &report, NULL),
                                 PEL_OK);
                is_misra(x, covariance, &report, with ? 5e-9 : 2e-8);
                NEAR_REL(covariance[1], covariance[2], 1e-9);
                assert_int_equal(what[0], PEL_LEASTSQUARES_FREE);
                assert_int_equal(what[1], PEL_LEASTSQUARES_FREE);
                assert_true(report.iterations > 2 && report.iterations < 60);
                assert_true(report.chi2_start > report.chi2);
                assert_true(report.jacobians > 0 ? with : !with);
            }
}

/* A straight line a + b t. */
enum { LINE = 5 };
static const double line_t[LINE] = {0.3, 1.1, 1.9, 3.2, 4.4};
static const double line_y[LINE] = {1.21, 1.58, 2.31, 2.97, 3.89};

static int line(size_t n, const double x[], size_t m, void *context, double r[])
{
    (void)n, (void)context;
    for (size_t i = 0; i < m; i++)
        r[i] = x[0] + x[1] * line_t[i] - line_y[i];
    return 0;
}

static void a_straight_line_has_its_textbook_errors(void **state)
{
    (void)state;
    const double w[LINE] = {4.0, 1.0, 0.0, 2.5, 0.7};
    double sw = 0.0, st = 0.0, sy = 0.0, stt = 0.0, sty = 0.0;
    for (int i = 0; i < LINE; i++) {
        sw += w[i], st += w[i] * line_t[i], sy += w[i] * line_y[i];
        stt += w[i] * line_t[i] * line_t[i], sty += w[i] * line_t[i] * line_y[i];
    }
    const double det = sw * stt - st * st, b = (sw * sty - st * sy) / det,
                 a = (sy - b * st) / sw;
    const struct pel_leastsquares_problem problem = {
        .m = LINE, .n = 2, .residual = line, .weight = w};
    struct pel_leastsquares_settings set = pel_leastsquares_settings_defaults();
    double x[2] = {0.0, 0.0}, covariance[4];
    struct pel_leastsquares_report report;
    set.errors = PEL_LEASTSQUARES_WEIGHTS;
    assert_int_equal(
        pel_leastsquares_fit(&problem, &set, x, covariance, NULL, &report, NULL), PEL_OK);
    NEAR_REL(x[0], a, 1e-8);
    NEAR_REL(x[1], b, 1e-8);
    NEAR_REL(covariance[0], stt / det, 1e-8);
    NEAR_REL(covariance[1], -st / det, 1e-8);
    NEAR_REL(covariance[3], sw / det, 1e-8);
    const double known = covariance[3], chi2 = report.chi2;
    set.errors = PEL_LEASTSQUARES_SCATTER;
    assert_int_equal(
        pel_leastsquares_fit(&problem, &set, x, covariance, NULL, &report, NULL), PEL_OK);
    NEAR_REL(covariance[3], known * chi2 / 3.0, 1e-8);
}

/* A valley: three of the four parameters count, of two of them only the sum. */
static int valley(size_t n, const double x[], size_t m, void *context, double r[])
{
    (void)n, (void)context;
    for (size_t i = 0; i < m; i++)
        r[i] = (x[0] + 2.0 * x[2]) * exp(-line_t[i] * x[1]) - line_y[i];
    return 0;
}

static void what_the_data_do_not_say_is_not_given_a_number(void **state)
{
    (void)state;
    const struct pel_leastsquares_problem problem = {
        .m = LINE, .n = 4, .residual = valley};
    double x[4] = {0.7, -0.1, 0.2, 3.1}, covariance[16];
    enum pel_leastsquares_state what[4];
    struct pel_leastsquares_report report;
    assert_int_equal(
        pel_leastsquares_fit(&problem, NULL, x, covariance, what, &report, NULL), PEL_OK);
    assert_int_equal(what[0], PEL_LEASTSQUARES_UNDETERMINED);
    assert_int_equal(what[1], PEL_LEASTSQUARES_FREE);
    assert_int_equal(what[2], PEL_LEASTSQUARES_UNDETERMINED);
    assert_int_equal(what[3], PEL_LEASTSQUARES_UNDETERMINED);
    assert_int_equal(report.rank, 2);
    assert_true(report.condition > 1e9);
    for (int j = 0; j < 4; j++)
        assert_true(j == 1
                        ? covariance[5] > 0.0 && covariance[5] < 1.0
                        : isinf(covariance[j * 4 + j]) && isnan(covariance[j * 4 + 1]));

    /* The same with the sum told apart by a fixed parameter. */
    const double lower[4] = {-INFINITY, -INFINITY, 0.2, 3.1};
    const double upper[4] = {INFINITY, INFINITY, 0.2, 3.1};
    struct pel_leastsquares_problem fixed = problem;
    fixed.lower = lower;
    fixed.upper = upper;
    double y[4] = {0.7, -0.1, 0.0, 0.0}, error[16];
    assert_int_equal(pel_leastsquares_fit(&fixed, NULL, y, error, what, &report, NULL),
                     PEL_OK);
    NEAR_REL(y[1], x[1], 1e-7);
    NEAR_REL(y[0] + 0.4, x[0] + 2.0 * x[2], 1e-7);
    NEAR_REL(error[5], covariance[5], 1e-5);
    assert_true(y[2] == 0.2 && y[3] == 3.1);
    assert_int_equal(what[0], PEL_LEASTSQUARES_FREE);
    assert_int_equal(what[2], PEL_LEASTSQUARES_FIXED);
    assert_true(error[10] == 0.0 && error[2] == 0.0);
    assert_int_equal(report.n_free, 2);
    assert_true(report.condition < 100.0);
}

static void a_minimum_on_a_bound_is_found_on_it(void **state)
{
    (void)state;
    /* The line with its slope kept below what the data want: a is then the mean of
     * y - b t. From starts on either bound, outside, and far away. */
    const double lower[2] = {-10.0, 0.1}, upper[2] = {10.0, 0.4};
    const struct pel_leastsquares_problem problem = {
        .m = LINE, .n = 2, .residual = line, .lower = lower, .upper = upper};
    double a = 0.0;
    for (int i = 0; i < LINE; i++)
        a += (line_y[i] - 0.4 * line_t[i]) / LINE;
    const double starts[4][2] = {{0.0, 0.1}, {0.0, 0.4}, {-20.0, 3.0}, {9.9, 0.25}};
    for (int s = 0; s < 4; s++) {
        double x[2] = {starts[s][0], starts[s][1]}, covariance[4];
        enum pel_leastsquares_state what[2];
        struct pel_leastsquares_report report;
        assert_int_equal(
            pel_leastsquares_fit(&problem, NULL, x, covariance, what, &report, NULL),
            PEL_OK);
        assert_true(x[1] == 0.4);
        NEAR_REL(x[0], a, 1e-9);
        assert_int_equal(what[0], PEL_LEASTSQUARES_FREE);
        assert_int_equal(what[1], PEL_LEASTSQUARES_UPPER);
        assert_true(isnan(covariance[3]) && isnan(covariance[1]));
        /* sd of a mean, one parameter fitted */
        NEAR_REL(covariance[0], report.chi2 / 4.0 / LINE, 1e-8);
        assert_true(report.iterations < 60);
    }
    /* Both on bounds, one of them one-sided; nothing is free any more. */
    const double low[2] = {2.0, -INFINITY}, high[2] = {INFINITY, 0.1};
    struct pel_leastsquares_problem corner = problem;
    corner.lower = low;
    corner.upper = high;
    double x[2] = {7.0, -1.0}, covariance[4];
    enum pel_leastsquares_state what[2];
    struct pel_leastsquares_report report;
    assert_int_equal(
        pel_leastsquares_fit(&corner, NULL, x, covariance, what, &report, NULL), PEL_OK);
    assert_true(x[1] == 0.1);
    assert_int_equal(what[1], PEL_LEASTSQUARES_UPPER);
    NEAR_REL(x[0], a + 0.3 * 10.9 / LINE, 1e-9);
}

/* Powell's valley of Rosenbrock: (10 (y - x^2), 1 - x), and outside for x < -2. */
static int banana(size_t n, const double x[], size_t m, void *context, double r[])
{
    (void)n, (void)m;
    if (context != NULL && x[0] > *(double *)context) return 1;
    r[0] = 10.0 * (x[1] - x[0] * x[0]);
    r[1] = 1.0 - x[0];
    return 0;
}

static void an_exact_fit_is_exact(void **state)
{
    (void)state;
    const struct pel_leastsquares_problem problem = {.m = 2, .n = 2, .residual = banana};
    double x[2] = {-1.2, 1.0};
    struct pel_leastsquares_report report;
    assert_int_equal(pel_leastsquares_fit(&problem, NULL, x, NULL, NULL, &report, NULL),
                     PEL_OK);
    NEAR_REL(x[0], 1.0, 1e-10);
    NEAR_REL(x[1], 1.0, 1e-10);
    NEAR_REL(report.chi2_start, 24.2, 1e-12);
    assert_true(report.chi2 < 1e-20 && report.iterations < 60);
}

static void it_stays_out_of_where_it_must_not_go(void **state)
{
    (void)state;
    double wall = 0.7;
    const struct pel_leastsquares_problem problem = {
        .m = 2, .n = 2, .residual = banana, .context = &wall};
    double x[2] = {-1.2, 1.0};
    struct pel_leastsquares_report report;
    assert_int_equal(pel_leastsquares_fit(&problem, NULL, x, NULL, NULL, &report, NULL),
                     PEL_OK);
    assert_true(x[0] <= 0.7 && x[0] > 0.5);
    assert_true(report.rule == PEL_LEASTSQUARES_PROGRESS ||
                report.rule == PEL_LEASTSQUARES_STEP);
    assert_true(report.gradient > 1e-3); /* and says that this is no minimum */
}

static int no_slopes(size_t n, const double x[], size_t m, void *context, double J[])
{
    (void)n, (void)x, (void)m, (void)context, (void)J;
    return 1;
}

static void every_error_says_why(void **state)
{
    (void)state;
    double x[2] = {500.0, 1e-4}, wall = -3.0;
    struct pel_error err = {0};
    const struct pel_leastsquares_problem good = {
        .m = MISRA, .n = 2, .residual = misra, .jacobian = misra_slopes};
    struct pel_leastsquares_problem p = good;
    p.m = 1;
    assert_int_equal(pel_leastsquares_fit(&p, NULL, x, NULL, NULL, NULL, &err), PEL_EARG);
    assert_non_null(strstr(err.text, "1 residuals and 2 parameters"));
    p = good;
    p.n = 0;
    assert_int_equal(pel_leastsquares_fit(&p, NULL, x, NULL, NULL, NULL, &err), PEL_EARG);
    p = good;
    const double lower[2] = {0.0, 1.0}, upper[2] = {0.0, 0.5};
    p.lower = lower;
    p.upper = upper;
    assert_int_equal(pel_leastsquares_fit(&p, NULL, x, NULL, NULL, NULL, &err), PEL_EARG);
    assert_non_null(strstr(err.text, "bounds 1 and 0.5 of parameter 1"));
    p = good;
    double w[MISRA] = {1.0, -1.0};
    p.weight = w;
    assert_int_equal(pel_leastsquares_fit(&p, NULL, x, NULL, NULL, NULL, &err), PEL_EARG);
    assert_non_null(strstr(err.text, "weight 1 is -1"));
    double odd[2] = {NAN, 1.0};
    assert_int_equal(pel_leastsquares_fit(&good, NULL, odd, NULL, NULL, NULL, &err),
                     PEL_EARG);
    struct pel_leastsquares_settings set = pel_leastsquares_settings_defaults();
    set.inside = 0.7;
    assert_int_equal(pel_leastsquares_fit(&good, &set, x, NULL, NULL, NULL, &err),
                     PEL_EARG);
    p = (struct pel_leastsquares_problem){
        .m = 2, .n = 2, .residual = banana, .context = &wall};
    double out[2] = {-1.2, 1.0};
    assert_int_equal(pel_leastsquares_fit(&p, NULL, out, NULL, NULL, NULL, &err),
                     PEL_EARG);
    assert_non_null(strstr(err.text, "the start is outside the domain"));
    p = good;
    p.jacobian = no_slopes;
    assert_int_equal(pel_leastsquares_fit(&p, NULL, x, NULL, NULL, NULL, &err),
                     PEL_ENOCONV);
    set = pel_leastsquares_settings_defaults();
    set.max_iterations = 3;
    struct pel_leastsquares_report report;
    assert_int_equal(pel_leastsquares_fit(&good, &set, x, NULL, NULL, &report, &err),
                     PEL_ENOCONV);
    assert_non_null(strstr(err.text, "no minimum after 3 iterations"));
    assert_int_equal(report.iterations, 3);
    assert_true(report.chi2 < report.chi2_start && x[0] != 500.0);
}

static void names_of_states(void **state)
{
    (void)state;
    const char *const names[] = {"free", "lower", "upper", "fixed", "undetermined"};
    for (int s = PEL_LEASTSQUARES_FREE; s <= PEL_LEASTSQUARES_UNDETERMINED; s++)
        assert_string_equal(pel_leastsquares_state_name((enum pel_leastsquares_state)s),
                            names[s]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certified_fit_with_and_without_derivatives),
        cmocka_unit_test(a_straight_line_has_its_textbook_errors),
        cmocka_unit_test(what_the_data_do_not_say_is_not_given_a_number),
        cmocka_unit_test(a_minimum_on_a_bound_is_found_on_it),
        cmocka_unit_test(an_exact_fit_is_exact),
        cmocka_unit_test(it_stays_out_of_where_it_must_not_go),
        cmocka_unit_test(every_error_says_why),
        cmocka_unit_test(names_of_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/constants.h>
#include <pelrate/statistics.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK_REL(value, want, tolerance)                                                \
    do {                                                                                 \
        const double v_ = (value), w_ = (want);                                          \
        if (!(fabs(v_ - w_) <= (tolerance)*fabs(w_)))                                    \
            fail_msg(#value " = %.17g, want %.17g, rel %.3g", v_, w_,                    \
                     fabs(v_ / w_ - 1.0));                                               \
    } while (0)

static const double x[] = {0.31, 1.72, 0.05, 2.44, 0.93, 1.18, 0.47};
static const double y[] = {0.22, 0.91, 0.58, 1.37, 0.14, 1.66, 0.39};

/* By the definitions, in exact fractions of the decimal numbers. */
static void moments_follow_their_definitions(void **state)
{
    (void)state;
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < 7; i++)
        sum += x[i];
    for (size_t i = 0; i < 7; i++)
        squares += (x[i] - sum / 7.0) * (x[i] - sum / 7.0);
    CHECK_REL(pel_statistics_mean(7, x, NULL), sum / 7.0, 1e-15);
    CHECK_REL(pel_statistics_sd(7, x, NULL), sqrt(squares / 6.0), 1e-14);
    /* Equal weights change nothing; a weight of 0 removes a value. */
    const double equal[] = {0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7};
    CHECK_REL(pel_statistics_mean(7, x, equal), sum / 7.0, 1e-14);
    CHECK_REL(pel_statistics_sd(7, x, equal), sqrt(squares / 6.0), 1e-14);
    const double less[] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0};
    CHECK_REL(pel_statistics_mean(7, x, less), (sum - 0.47) / 6.0, 1e-14);
    CHECK_REL(pel_statistics_sd(7, x, less), pel_statistics_sd(6, x, NULL), 1e-14);
    assert_true(isnan(pel_statistics_mean(0, x, NULL)));
    assert_true(isnan(pel_statistics_sd(1, x, NULL)));
}

static void quantiles_lie_between_order_statistics(void **state)
{
    (void)state;
    double s[7];
    for (size_t i = 0; i < 7; i++)
        s[i] = x[i];
    pel_statistics_sort(7, s);
    assert_true(s[0] == 0.05 && s[3] == 0.93 && s[6] == 2.44);
    CHECK_REL(pel_statistics_quantile(7, s, 0.5), 0.93, 1e-15);
    /* (7-1) 0.3 = 1.8: between the second and third lowest. */
    CHECK_REL(pel_statistics_quantile(7, s, 0.3), 0.31 + 0.8 * (0.47 - 0.31), 1e-14);
    CHECK_REL(pel_statistics_quantile(7, s, 1.0), 2.44, 1e-15);
    assert_true(isnan(pel_statistics_quantile(0, s, 0.5)));
    assert_true(isnan(pel_statistics_quantile(7, s, NAN)));
    assert_true(isnan(pel_statistics_quantile(7, s, 1.01)));
}

static void correlations_follow_their_definitions(void **state)
{
    (void)state;
    double mx = 0.0, my = 0.0, xy = 0.0, xx = 0.0, yy = 0.0, rho;
    for (size_t i = 0; i < 7; i++) {
        mx += x[i] / 7.0;
        my += y[i] / 7.0;
    }
    for (size_t i = 0; i < 7; i++) {
        xy += (x[i] - mx) * (y[i] - my);
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
    }
    CHECK_REL(pel_statistics_pearson(7, x, y), xy / sqrt(xx * yy), 1e-13);
    /* Ranks of x 2 6 1 7 4 5 3, of y 2 5 4 6 1 7 3: sum d^2 = 0+1+9+1+9+4+0 = 24,
     * rho = 1 - 6 24/(7 48). */
    assert_int_equal(pel_statistics_spearman(7, x, y, &rho, NULL), PEL_OK);
    CHECK_REL(rho, 1.0 - 6.0 * 24.0 / (7.0 * 48.0), 1e-13);
    /* A monotone change of scale leaves ranks as they are. */
    double z[7];
    for (size_t i = 0; i < 7; i++)
        z[i] = exp(3.0 * y[i]);
    double again;
    pel_statistics_spearman(7, x, z, &again, NULL);
    CHECK_REL(again, rho, 1e-14);
}

/* a: 1.5 twice; ranks 1, 2.5, 2.5, 4, 5. b: 0.2 three times; ranks 2, 2, 2, 4, 5.
 * Deviations from 3: -2, -.5, -.5, 1, 2 and -1, -1, -1, 1, 2:
 * rho = (2 + .5 + .5 + 1 + 4)/sqrt(9.5 * 8). */
static void ties_share_their_mean_rank(void **state)
{
    (void)state;
    const double a[] = {1.1, 1.5, 1.5, 1.9, 7.3}, b[] = {0.2, 0.2, 0.2, 0.6, 0.9};
    double rho;
    assert_int_equal(pel_statistics_spearman(5, a, b, &rho, NULL), PEL_OK);
    CHECK_REL(rho, 8.0 / sqrt(9.5 * 8.0), 1e-13);
}

static void what_is_not_defined_is_nan(void **state)
{
    (void)state;
    const double constant[] = {0.1, 0.1, 0.1};
    double rho = 0.0;
    assert_true(isnan(pel_statistics_pearson(3, x, constant)));
    assert_int_equal(pel_statistics_spearman(3, x, constant, &rho, NULL), PEL_OK);
    assert_true(isnan(rho));
    assert_true(isnan(pel_statistics_pearson(1, x, y)));
    assert_true(isnan(pel_statistics_correlation_p(2, 0.5)));
    assert_true(isnan(pel_statistics_correlation_p(9, NAN)));
}

/* With 4 pairs, t has two degrees of freedom and p = 1 - |r| exactly; with 3 it has one
 * and p = 1 - (2/pi) asin |r|. */
static void probability_of_a_correlation(void **state)
{
    (void)state;
    CHECK_REL(pel_statistics_correlation_p(4, 0.37), 0.63, 1e-13);
    CHECK_REL(pel_statistics_correlation_p(4, -0.37), 0.63, 1e-13);
    CHECK_REL(pel_statistics_correlation_p(3, 0.61), 1.0 - 2.0 / PEL_PI * asin(0.61),
              1e-13);
    assert_true(pel_statistics_correlation_p(5, 1.0) == 0.0);
    assert_true(pel_statistics_correlation_p(5, 0.0) == 1.0);
}

/* Both series of the theta function, summed far; large n, where Stephens' correction is
 * small but known. */
static void kolmogorov_by_both_series(void **state)
{
    (void)state;
    for (double z = 0.3; z < 3.0; z += 0.0917) {
        const double n = 1e12, d = z / (sqrt(n) + 0.12 + 0.11 / sqrt(n));
        double series = 0.0, dual = 0.0;
        for (int k = 1; k <= 200; k++)
            series += (k % 2 == 1 ? 2.0 : -2.0) * exp(-2.0 * k * k * z * z);
        for (int k = 1; k <= 399; k += 2)
            dual += exp(-k * k * PEL_PI * PEL_PI / (8.0 * z * z));
        dual = 1.0 - sqrt(2.0 * PEL_PI) / z * dual;
        assert_true(fabs(series - dual) < 1e-12);
        assert_true(fabs(pel_statistics_kolmogorov_p(n, d) - dual) < 1e-12);
    }
    /* Tabulated: 5 % point of 20 values 0.294 (Massey 1951). */
    assert_true(fabs(pel_statistics_kolmogorov_p(20.0, 0.294) - 0.05) < 0.002);
    assert_true(pel_statistics_kolmogorov_p(20.0, 0.0) == 1.0);
    assert_true(isnan(pel_statistics_kolmogorov_p(20.0, NAN)));
}

static void effective_number(void **state)
{
    (void)state;
    const double equal[] = {-1234.5, -1234.5, -1234.5, -1234.5};
    CHECK_REL(pel_statistics_n_eff(4, equal), 4.0, 1e-15);
    /* weights 1 and r: (1 + r)^2/(1 + r^2), far below the smallest double. */
    const double two[] = {-5000.0, -5000.0 + log(0.3)};
    CHECK_REL(pel_statistics_n_eff(2, two), 1.3 * 1.3 / 1.09, 1e-12);
    const double one[] = {0.0, -900.0, -INFINITY};
    CHECK_REL(pel_statistics_n_eff(3, one), 1.0, 1e-15);
    assert_true(pel_statistics_n_eff(0, one) == 0.0);
    assert_true(pel_statistics_n_eff(1, &one[2]) == 0.0);
}

/* Of n normal deviates: t s/sqrt(n) in units of s sqrt((n-1)/n)/sqrt(n), what replicates
 * scatter by. Two degrees of freedom at one half: t = sqrt(2/3). */
static void share_of_a_bootstrap(void **state)
{
    (void)state;
    const double t = sqrt(2.0 / 3.0);
    CHECK_REL(pel_statistics_bootstrap_share(0.5, 3), erf(sqrt(1.5) * t / sqrt(2.0)),
              1e-12);
    CHECK_REL(pel_statistics_bootstrap_share(0.6827, 1000000), 0.6827, 1e-5);
    assert_true(pel_statistics_bootstrap_share(0.95, 4) > 0.99);
    assert_true(pel_statistics_bootstrap_share(0.6827, 2) == 0.6827);
    assert_true(pel_statistics_bootstrap_share(0.6827, 0) == 0.6827);
}

/* Student's t: one degree of freedom is Cauchy's, two have a closed form, many are normal. */
static void student_t_of_a_confidence(void **state)
{
    (void)state;
    const double confidence = 0.9371;
    CHECK_REL(pel_statistics_student_t(1.0, confidence),
              tan(0.5 * 3.14159265358979323846 * confidence), 1e-9);
    CHECK_REL(pel_statistics_student_t(2.0, confidence),
              confidence * sqrt(2.0 / ((1.0 - confidence) * (1.0 + confidence))), 1e-9);
    CHECK_REL(pel_statistics_student_t(1e9, 0.95), 1.959963984540054, 1e-6);
    assert_true(isnan(pel_statistics_student_t(0.0, 0.95)));
    assert_true(isnan(pel_statistics_student_t(3.0, 1.0)));
    assert_true(isnan(pel_statistics_student_t(3.0, NAN)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_follow_their_definitions),
        cmocka_unit_test(quantiles_lie_between_order_statistics),
        cmocka_unit_test(correlations_follow_their_definitions),
        cmocka_unit_test(ties_share_their_mean_rank),
        cmocka_unit_test(what_is_not_defined_is_nan),
        cmocka_unit_test(probability_of_a_correlation),
        cmocka_unit_test(kolmogorov_by_both_series),
        cmocka_unit_test(effective_number),
        cmocka_unit_test(share_of_a_bootstrap),
        cmocka_unit_test(student_t_of_a_confidence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

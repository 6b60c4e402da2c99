#include <pelrate/special.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "../near.h"

static void gamma_functions_have_their_known_values(void **state)
{
    (void)state;
    NEAR_REL(pel_special_ln_gamma(0.5), 0.5 * log(3.14159265358979323846), 1e-14);
    NEAR_REL(pel_special_ln_gamma(7.0), log(720.0), 1e-14);
    NEAR_REL(pel_special_digamma(1.0), -0.57721566490153286061, 1e-14);
    NEAR_REL(pel_special_gamma_p(1.0, 0.83), 1.0 - exp(-0.83), 1e-14);
    NEAR_REL(pel_special_gamma_p(3.0, 2.2), 1.0 - exp(-2.2) * (1.0 + 2.2 + 2.42), 1e-13);
    /* An underflow that GSL's default handler would answer with abort(). */
    assert_true(pel_special_gamma_p(200.0, 1e-6) < 1e-300);
}

/* Q(x) exp(x^2/2) sqrt(2 pi) = int_0^inf exp(-x t - t^2/2) dt by Simpson's rule in long
 * double: another route than the continued fraction. */
static long double mills(double x)
{
    const int n = 200000;
    const long double end = 14.0L / (1.0L + fmaxl(0.0L, (long double)x) / 3.0L);
    const long double h = end / n;
    long double sum = 0.0L;
    for (int i = 0; i <= n; i++) {
        const long double t = h * i, w = i == 0 || i == n ? 1.0L : (i % 2 ? 4.0L : 2.0L);
        sum += w * expl(-t * x - 0.5L * t * t);
    }
    return sum * h / 3.0L;
}

static void normal_tail_has_all_its_digits(void **state)
{
    (void)state;
    const double at[] = {-6.2, -1.3, 0.0, 0.7, 2.9, 3.999, 4.001, 7.3, 31.0};
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        const double x = at[i];
        struct pel_normal_tail tail;
        pel_special_normal_tail(x, &tail);
        if (x > -2.0) {
            NEAR_REL(tail.hazard, (double)(1.0L / mills(x)), 2e-14);
            const double excess = (double)(1.0L / mills(x) - (long double)x);
            NEAR_REL(tail.excess, excess, 1e-11);
        }
        NEAR_REL(tail.spread, 1.0 - tail.hazard * tail.excess, 1e-10);
        NEAR_ABS(exp(tail.ln_q), 1.0 - pel_special_normal_cdf(x), 2e-16);
        /* d ln Q/dx = -h, d(h - x)/dx = -spread */
        const double h = 1e-5;
        struct pel_normal_tail up, down;
        pel_special_normal_tail(x + h, &up);
        pel_special_normal_tail(x - h, &down);
        NEAR_REL((up.ln_q - down.ln_q) / (2.0 * h), -tail.hazard, 3e-8);
        NEAR_REL((up.excess - down.excess) / (2.0 * h), -tail.spread, 1e-6);
    }
    /* Far out: asymptotic series. */
    struct pel_normal_tail far;
    const double x = 3481.3;
    pel_special_normal_tail(x, &far);
    NEAR_REL(far.excess, 1.0 / x - 2.0 / (x * x * x), 1e-13);
    NEAR_REL(far.spread, 1.0 / (x * x) - 6.0 / (x * x * x * x) + 50.0 / pow(x, 6.0),
             1e-14);
}

static void normal_tail_joins_its_two_forms(void **state)
{
    (void)state;
    struct pel_normal_tail a, b;
    pel_special_normal_tail(nextafter(4.0, 0.0), &a);
    pel_special_normal_tail(4.0, &b);
    NEAR_REL(a.ln_q, b.ln_q, 1e-15);
    NEAR_REL(a.hazard, b.hazard, 5e-15);
    NEAR_REL(a.excess, b.excess, 1e-13);
    NEAR_REL(a.spread, b.spread, 1e-12);
}

static void logarithms_do_not_overflow(void **state)
{
    (void)state;
    const double a[4] = {-100000.0, -100000.0 + log(2.0), -100003.0, -INFINITY};
    NEAR_REL(pel_special_ln_sum_exp(4, a), -100000.0 + log(3.0 + exp(-3.0)), 1e-15);
    assert_true(pel_special_ln_sum_exp(0, a) == -INFINITY);
    assert_true(pel_special_ln_sum_exp(1, a + 3) == -INFINITY);
    NEAR_REL(pel_special_ln_1m_exp(1e-13), log(1e-13), 1e-14);
    NEAR_REL(pel_special_ln_1m_exp(41.0), -exp(-41.0), 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gamma_functions_have_their_known_values),
        cmocka_unit_test(normal_tail_has_all_its_digits),
        cmocka_unit_test(normal_tail_joins_its_two_forms),
        cmocka_unit_test(logarithms_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

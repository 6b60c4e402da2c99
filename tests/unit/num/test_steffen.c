#include <pelrate/steffen.h>

#include <pelrate/random.h>

#include <gsl/gsl_interp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "../near.h"

enum { N = 9 };

/* Knots at uneven distances, data with plateaus, jumps, turns and smooth parts: every
 * branch of the limiter. */
static void draw(struct pel_random *random, double x[N], double y[N])
{
    x[0] = -4.7 + pel_random_uniform(random);
    for (int i = 1; i < N; i++)
        x[i] = x[i - 1] + 0.02 + pel_random_uniform(random);
    y[0] = pel_random_normal(random);
    for (int i = 1; i < N; i++) {
        const double kind = pel_random_uniform(random);
        y[i] = y[i - 1] + (kind < 0.2   ? 0.0
                           : kind < 0.7 ? 0.3 * (x[i] - x[i - 1])
                                        : 3.0 * pel_random_normal(random));
    }
}

static double apply(const struct pel_steffen *st, const double w[], const double y[])
{
    double sum = 0.0;
    for (size_t j = 0; j < st->n; j++)
        sum += w[j] * y[st->first + j];
    return sum;
}

/* From values and slopes at both ends of the piece. */
static double by_piece(const struct pel_steffen_piece *p, const double x[],
                       const double y[])
{
    struct pel_steffen at[2];
    pel_steffen_weights(N, x, y, x[p->lower], &at[0]);
    pel_steffen_weights(N, x, y, x[p->upper], &at[1]);
    return p->y[0] * y[p->lower] + p->y[1] * y[p->upper] +
           p->s[0] * apply(&at[0], at[0].d, y) + p->s[1] * apply(&at[1], at[1].d, y);
}

static void agrees_with_gsl_inside(void **state)
{
    (void)state;
    struct pel_random random;
    pel_random_init(&random, 11, 0, 0);
    for (int trial = 0; trial < 300; trial++) {
        double x[N], y[N];
        draw(&random, x, y);
        gsl_interp *gsl = gsl_interp_alloc(gsl_interp_steffen, N);
        gsl_interp_init(gsl, x, y, N);
        for (int k = 0; k < 40; k++) {
            const double at = x[0] + (x[N - 1] - x[0]) * pel_random_uniform(&random);
            struct pel_steffen st;
            pel_steffen_weights(N, x, y, at, &st);
            NEAR_ABS(apply(&st, st.w, y), gsl_interp_eval(gsl, x, y, at, NULL), 1e-13);
            NEAR_ABS(apply(&st, st.d, y), gsl_interp_eval_deriv(gsl, x, y, at, NULL),
                     2e-11);
            struct pel_steffen_piece piece;
            pel_steffen_piece(N, x, at, &piece);
            NEAR_ABS(by_piece(&piece, x, y), apply(&st, st.w, y), 1e-13);
            double slopes[N], own = 0.0;
            pel_steffen_slopes(N, x, 1, y, y, slopes);
            for (int i = 0; i < N; i++) {
                pel_steffen_weights(N, x, y, x[i], &st);
                own = apply(&st, st.d, y);
                NEAR_ABS(slopes[i], own, 1e-13 * (1.0 + fabs(own)));
            }
            const double outside = k % 2 ? 2.0 * x[0] - at : 2.0 * x[N - 1] - at;
            pel_steffen_weights(N, x, y, outside, &st);
            pel_steffen_piece(N, x, outside, &piece);
            NEAR_ABS(by_piece(&piece, x, y), apply(&st, st.w, y), 1e-11);
        }
        gsl_interp_free(gsl);
    }
}

static void weights_differentiate_through_the_data(void **state)
{
    (void)state;
    /* y depends on a parameter b; the weights applied to dy/db are d/db of the
     * interpolant. */
    const double x[5] = {-4.70, -4.693, -4.681, -4.677, -4.664};
    const double rate[5] = {3.1, 2.2, 1.9, 0.7, 0.4}, step = 1e-5;
    double y[3][5], dy[5];
    for (int i = 0; i < 5; i++) {
        for (int s = 0; s < 3; s++)
            y[s][i] = exp(rate[i] * (0.37 + (s - 1) * step));
        dy[i] = rate[i] * y[1][i];
    }
    for (double at = -4.707; at < -4.657; at += 0.000713) {
        struct pel_steffen st[3];
        for (int s = 0; s < 3; s++)
            pel_steffen_weights(5, x, y[s], at, &st[s]);
        const double by_b =
            (apply(&st[2], st[2].w, y[2]) - apply(&st[0], st[0].w, y[0])) / (2.0 * step);
        NEAR_REL(apply(&st[1], st[1].w, dy), by_b, 1e-7);
    }
}

static void is_c1_monotone_and_linear_outside(void **state)
{
    (void)state;
    const double x[4] = {0.0, 1.0, 1.3, 4.0}, y[4] = {5.0, 2.0, 1.9, -8.0};
    struct pel_steffen a, b;
    for (int i = 1; i < 3; i++) {
        pel_steffen_weights(4, x, y, x[i] - 1e-12, &a);
        pel_steffen_weights(4, x, y, x[i] + 1e-12, &b);
        NEAR_ABS(apply(&a, a.w, y), y[i], 1e-10);
        NEAR_ABS(apply(&a, a.d, y), apply(&b, b.d, y), 1e-9);
    }
    double before = INFINITY;
    for (double at = -1.0; at < 5.0; at += 0.01) {
        pel_steffen_weights(4, x, y, at, &a);
        assert_true(apply(&a, a.w, y) < before);
        before = apply(&a, a.w, y);
    }
    pel_steffen_weights(4, x, y, -2.0, &a);
    NEAR_REL(apply(&a, a.w, y), 5.0 + 2.0 * 3.0, 1e-15);
    NEAR_REL(apply(&a, a.d, y), -3.0, 1e-15);
    pel_steffen_weights(4, x, y, 6.7, &a);
    NEAR_REL(apply(&a, a.w, y), -8.0 - 2.7 * 9.9 / 2.7, 1e-14);
    /* Few points: constant, straight line. */
    pel_steffen_weights(1, x, y, 77.0, &a);
    assert_true(apply(&a, a.w, y) == 5.0 && apply(&a, a.d, y) == 0.0);
    pel_steffen_weights(2, x, y, 0.25, &a);
    NEAR_REL(apply(&a, a.w, y), 4.25, 1e-15);
    NEAR_REL(apply(&a, a.d, y), -3.0, 1e-15);
}

static void reads_only_the_stencil(void **state)
{
    (void)state;
    const double x[6] = {0.0, 1.0, 2.0, 3.0, 4.0, 5.0};
    double y[6] = {NAN, NAN, 1.0, 3.0, 4.0, 4.5};
    struct pel_steffen st;
    pel_steffen_stencil(6, x, 3.4, &st);
    assert_int_equal(st.first, 2);
    assert_int_equal(st.n, 4);
    pel_steffen_weights(6, x, y, 3.4, &st);
    assert_true(isfinite(apply(&st, st.w, y)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_gsl_inside),
        cmocka_unit_test(weights_differentiate_through_the_data),
        cmocka_unit_test(is_c1_monotone_and_linear_outside),
        cmocka_unit_test(reads_only_the_stencil),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/random.h>
#include <pelrate/statistics.h>
#include <pelrate/thinplate.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

enum { N = 83, SIZE = N + 3 };

/* Points strewn over [-1.3, 2.1] x [4, 7], weights over a factor of 50. */
static struct strewn {
    double x[N], y[N], w[N], z[N];
} strewn;

static double wavy(double x, double y)
{
    return sin(1.3 * x) * cos(0.9 * y) + 0.2 * x * y;
}

static void strew(uint64_t seed, double noise)
{
    struct pel_random random;
    pel_random_init(&random, seed, 3, 1);
    for (int i = 0; i < N; i++) {
        strewn.x[i] = -1.3 + 3.4 * pel_random_uniform(&random);
        strewn.y[i] = 4.0 + 3.0 * pel_random_uniform(&random);
        strewn.w[i] = pow(50.0, pel_random_uniform(&random));
        strewn.z[i] = wavy(strewn.x[i], strewn.y[i]) +
                      noise * pel_random_normal(&random) / sqrt(strewn.w[i]);
    }
}

static struct pel_thinplate *make(const double w[])
{
    struct pel_thinplate *plate = NULL;
    struct pel_error err = {0};
    if (pel_thinplate_create(N, strewn.x, strewn.y, w, &plate, &err) != PEL_OK)
        fail_msg("%s", err.text);
    assert_int_equal(pel_thinplate_size(plate), SIZE);
    return plate;
}

static struct pel_thinplate_fit fit_to(const struct pel_thinplate *plate,
                                       const double z[], double smoothing)
{
    struct pel_thinplate_fit fit;
    struct pel_error err = {0};
    if (pel_thinplate_run(plate, z, smoothing, NULL, &fit, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return fit;
}

static double value(const struct pel_thinplate *plate, const double c[], double x,
                    double y)
{
    double basis[SIZE];
    pel_thinplate_basis(plate, x, y, basis, NULL, NULL);
    return pel_thinplate_sum(plate, basis, c);
}

static void planes_come_back_exactly(void **state)
{
    (void)state;
    strew(1, 0.0);
    struct pel_thinplate *plate = make(strewn.w);
    double z[N];
    for (int i = 0; i < N; i++)
        z[i] = 3.7 - 0.41 * strewn.x[i] + 2.9 * strewn.y[i];
    const double smoothing[] = {0.0, 1e-6, 0.03, 17.0, 1e9, NAN};
    for (int s = 0; s < 6; s++) {
        struct pel_thinplate_fit fit = fit_to(plate, z, smoothing[s]);
        /* Inside, and far outside. */
        for (int k = 0; k < 20; k++) {
            const double x = -5.0 + 0.7 * k, y = 11.0 - 0.4 * k;
            NEAR_ABS(value(plate, fit.coefficients, x, y), 3.7 - 0.41 * x + 2.9 * y,
                     1e-8);
        }
        assert_true(fit.rss < 1e-18);
        pel_thinplate_fit_release(&fit);
    }
    pel_thinplate_free(plate);
}

static void no_smoothing_goes_through_the_points(void **state)
{
    (void)state;
    strew(2, 0.0);
    for (int weighted = 0; weighted < 2; weighted++) {
        struct pel_thinplate *plate = make(weighted ? strewn.w : NULL);
        struct pel_thinplate_fit fit = fit_to(plate, strewn.z, 0.0);
        for (int i = 0; i < N; i++)
            NEAR_ABS(value(plate, fit.coefficients, strewn.x[i], strewn.y[i]),
                     strewn.z[i], 1e-9);
        assert_true(fit.parameters == N && fit.rss == 0.0 && isnan(fit.variance));
        pel_thinplate_fit_release(&fit);
        pel_thinplate_free(plate);
    }
}

/* What minimises sum w (z - f)^2 + L c^T K c with c orthogonal to planes satisfies
 * w (z - f) = L c, and J = c^T K c is what a sum over a fine grid gives. */
static void the_fit_solves_its_equations(void **state)
{
    (void)state;
    strew(3, 0.3);
    struct pel_thinplate *plate = make(strewn.w);
    const double smoothing[] = {1e-5, 0.02, 4.0};
    for (int s = 0; s < 3; s++) {
        struct pel_thinplate_fit fit = fit_to(plate, strewn.z, smoothing[s]);
        const double *c = fit.coefficients;
        double sum[3] = {0}, size = 0.0, rss = 0.0;
        for (int i = 0; i < N; i++) {
            const double rest = strewn.z[i] - value(plate, c, strewn.x[i], strewn.y[i]);
            NEAR_ABS(strewn.w[i] * rest, smoothing[s] * c[i], 1e-9);
            sum[0] += c[i];
            sum[1] += c[i] * strewn.x[i];
            sum[2] += c[i] * strewn.y[i];
            size += fabs(c[i]);
            rss += strewn.w[i] * rest * rest;
        }
        for (int k = 0; k < 3; k++)
            NEAR_ABS(sum[k], 0.0, 1e-12 * size);
        NEAR_REL(fit.rss, rss, 1e-9);
        NEAR_REL(fit.variance, rss / (N - fit.parameters), 1e-9);
        NEAR_REL(fit.gcv, N * rss / pow(N - fit.parameters, 2), 1e-9);
        pel_thinplate_fit_release(&fit);
    }
    pel_thinplate_free(plate);
}

/* The bending energy that L weighs is the integral that the header names: of a bump made
 * of four points, c^T K c against a sum over a grid (what lies outside decays as 1/r^4). */
static void bending_energy(void **state)
{
    (void)state;
    const double x[5] = {-0.5, 0.5, -0.5, 0.5, 0.1}, y[5] = {-0.5, -0.5, 0.5, 0.5, 0.02};
    struct pel_thinplate *plate = NULL;
    assert_int_equal(pel_thinplate_create(5, x, y, NULL, &plate, NULL), PEL_OK);
    const double z[5] = {0.0, 0.1, 0.0, -0.2, 1.0};
    struct pel_thinplate_fit fit = fit_to(plate, z, 0.0);
    double energy = 0.0, basis[8], integral = 0.0;
    for (int i = 0; i < 5; i++) {
        pel_thinplate_basis(plate, x[i], y[i], basis, NULL, NULL);
        for (int j = 0; j < 5; j++)
            energy += fit.coefficients[i] * fit.coefficients[j] * basis[j];
    }
    const double h = 0.05, half = 12.0;
    for (double u = -half + 0.5 * h; u < half; u += h)
        for (double v = -half + 0.5 * h; v < half; v += h) {
            double dx[2][8], dy[2][8], at[4];
            pel_thinplate_basis(plate, u - 0.5 * h, v, NULL, dx[0], dy[0]);
            pel_thinplate_basis(plate, u + 0.5 * h, v, NULL, dx[1], dy[1]);
            for (int k = 0; k < 2; k++) {
                at[k] = pel_thinplate_sum(plate, dx[k], fit.coefficients);
                at[2 + k] = pel_thinplate_sum(plate, dy[k], fit.coefficients);
            }
            const double xx = (at[1] - at[0]) / h, xy = (at[3] - at[2]) / h;
            double below[8], above[8];
            pel_thinplate_basis(plate, u, v - 0.5 * h, NULL, NULL, below);
            pel_thinplate_basis(plate, u, v + 0.5 * h, NULL, NULL, above);
            const double yy = (pel_thinplate_sum(plate, above, fit.coefficients) -
                               pel_thinplate_sum(plate, below, fit.coefficients)) /
                              h;
            integral += (xx * xx + 2.0 * xy * xy + yy * yy) * h * h;
        }
    NEAR_REL(integral, energy, 0.02);
    pel_thinplate_fit_release(&fit);
    pel_thinplate_free(plate);
}

/* d f_i / d z_i by fits to unit vectors, and each f_i is linear in z. */
static void effective_parameters_are_the_trace(void **state)
{
    (void)state;
    strew(4, 0.3);
    struct pel_thinplate *plate = make(strewn.w);
    const double smoothing = 0.07;
    struct pel_thinplate_fit whole = fit_to(plate, strewn.z, smoothing);
    double trace = 0.0, sum[N] = {0};
    for (int i = 0; i < N; i++) {
        double unit[N] = {0};
        unit[i] = 1.0;
        struct pel_thinplate_fit fit = fit_to(plate, unit, smoothing);
        trace += value(plate, fit.coefficients, strewn.x[i], strewn.y[i]);
        for (int j = 0; j < N; j++)
            sum[j] +=
                strewn.z[i] * value(plate, fit.coefficients, strewn.x[j], strewn.y[j]);
        pel_thinplate_fit_release(&fit);
    }
    NEAR_REL(whole.parameters, trace, 1e-9);
    for (int j = 0; j < N; j++)
        NEAR_ABS(value(plate, whole.coefficients, strewn.x[j], strewn.y[j]), sum[j],
                 1e-9);
    pel_thinplate_fit_release(&whole);
    pel_thinplate_free(plate);
}

static void cross_validation_is_least_where_it_says(void **state)
{
    (void)state;
    strew(5, 0.4);
    struct pel_thinplate *plate = make(strewn.w);
    struct pel_thinplate_fit best = fit_to(plate, strewn.z, NAN);
    double truth[2] = {0};
    for (double factor = 1e-3; factor < 2e3; factor *= 1.7) {
        struct pel_thinplate_fit fit = fit_to(plate, strewn.z, best.smoothing * factor);
        assert_true(fit.gcv >= best.gcv * (1.0 - 1e-6));
        pel_thinplate_fit_release(&fit);
    }
    /* The noise that was put in is found again (its own error is 13 %), and the fit is
     * closer to the truth than the values are. */
    NEAR_REL(sqrt(best.variance), 0.4, 0.3);
    for (int i = 0; i < N; i++) {
        const double f = wavy(strewn.x[i], strewn.y[i]);
        truth[0] += strewn.w[i] *
                    pow(value(plate, best.coefficients, strewn.x[i], strewn.y[i]) - f, 2);
        truth[1] += strewn.w[i] * pow(strewn.z[i] - f, 2);
    }
    assert_true(truth[0] < 0.6 * truth[1]);
    pel_thinplate_fit_release(&best);
    pel_thinplate_free(plate);
}

static void derivatives(void **state)
{
    (void)state;
    strew(6, 0.0);
    struct pel_thinplate *plate = make(NULL);
    const double h = 1e-5;
    for (int k = 0; k < 12; k++) {
        const double x = -1.0 + 0.23 * k, y = 6.7 - 0.2 * k;
        double dx[SIZE], dy[SIZE], lo[SIZE], hi[SIZE];
        pel_thinplate_basis(plate, x, y, NULL, dx, dy);
        pel_thinplate_basis(plate, x - h, y, lo, NULL, NULL);
        pel_thinplate_basis(plate, x + h, y, hi, NULL, NULL);
        for (int i = 0; i < SIZE; i++)
            NEAR_ABS(dx[i], (hi[i] - lo[i]) / (2.0 * h), 1e-8);
        pel_thinplate_basis(plate, x, y - h, lo, NULL, NULL);
        pel_thinplate_basis(plate, x, y + h, hi, NULL, NULL);
        for (int i = 0; i < SIZE; i++)
            NEAR_ABS(dy[i], (hi[i] - lo[i]) / (2.0 * h), 1e-8);
    }
    /* On a point itself. */
    double basis[SIZE], dx[SIZE], dy[SIZE];
    pel_thinplate_basis(plate, strewn.x[3], strewn.y[3], basis, dx, dy);
    assert_true(basis[3] == 0.0 && dx[3] == 0.0 && dy[3] == 0.0);
    pel_thinplate_free(plate);
}

/* Replicates scatter about the fit with variance A_ii / w_i at point i, A the influence
 * matrix; without noise they are the fit. */
static void replicates(void **state)
{
    (void)state;
    enum { M = 4000 };
    strew(7, 0.3);
    struct pel_thinplate *plate = make(strewn.w);
    struct pel_thinplate_fit fit = fit_to(plate, strewn.z, 0.05);
    double *c = malloc(M * SIZE * sizeof *c), *at = malloc(M * sizeof *at);
    struct pel_random random;
    pel_random_init(&random, 9, 0, 0);
    const double x = 0.3, y = 5.1;
    assert_int_equal(
        pel_thinplate_bootstrap(plate, &fit, 0.0, 0, NULL, &random, 2, c, NULL), PEL_OK);
    for (int r = 0; r < 2; r++)
        NEAR_REL(value(plate, c + r * SIZE, x, y), value(plate, fit.coefficients, x, y),
                 1e-9);

    assert_int_equal(
        pel_thinplate_bootstrap(plate, &fit, 0.3, 0, NULL, &random, M, c, NULL), PEL_OK);
    for (int i = 0; i < N; i += 9) {
        double unit[N] = {0};
        unit[i] = 1.0;
        struct pel_thinplate_fit one = fit_to(plate, unit, 0.05);
        const double influence = value(plate, one.coefficients, strewn.x[i], strewn.y[i]);
        const double sd = sqrt(0.3 * influence / strewn.w[i]);
        for (int r = 0; r < M; r++)
            at[r] = value(plate, c + r * SIZE, strewn.x[i], strewn.y[i]);
        NEAR_REL(pel_statistics_sd(M, at, NULL), sd, 0.05);
        NEAR_ABS(pel_statistics_mean(M, at, NULL),
                 value(plate, fit.coefficients, strewn.x[i], strewn.y[i]),
                 5.0 * sd / sqrt(M));
        pel_thinplate_fit_release(&one);
    }

    /* With smoothing chosen anew: as many smoothings as replicates, and reproducible. */
    double *first = malloc(3 * SIZE * sizeof *first);
    for (int turn = 0; turn < 2; turn++) {
        pel_random_init(&random, 11, 0, 0);
        assert_int_equal(pel_thinplate_bootstrap(plate, &fit, 0.3, 1, NULL, &random, 3,
                                                 turn == 0 ? first : c, NULL),
                         PEL_OK);
    }
    assert_memory_equal(first, c, 3 * SIZE * sizeof *first);
    assert_true(value(plate, c, x, y) != value(plate, c + SIZE, x, y));
    free(first);
    free(at);
    free(c);
    pel_thinplate_fit_release(&fit);
    pel_thinplate_free(plate);
}

/* Three points are a plane and nothing else. */
static void three_points(void **state)
{
    (void)state;
    const double x[3] = {0.1, 1.7, 0.4}, y[3] = {2.0, 2.2, 5.0}, z[3] = {1.0, -2.0, 4.0};
    struct pel_thinplate *plate = NULL;
    assert_int_equal(pel_thinplate_create(3, x, y, NULL, &plate, NULL), PEL_OK);
    struct pel_thinplate_fit fit = fit_to(plate, z, NAN);
    for (int i = 0; i < 3; i++)
        NEAR_ABS(value(plate, fit.coefficients, x[i], y[i]), z[i], 1e-12);
    assert_true(fit.parameters == 3.0 && isnan(fit.variance));
    double c[6];
    struct pel_random random;
    pel_random_init(&random, 1, 1, 1);
    assert_int_equal(
        pel_thinplate_bootstrap(plate, &fit, 0.0, 1, NULL, &random, 1, c, NULL), PEL_OK);
    NEAR_ABS(value(plate, c, x[0], y[0]), z[0], 1e-12);
    pel_thinplate_fit_release(&fit);
    pel_thinplate_free(plate);
}

static void refusals(void **state)
{
    (void)state;
    struct pel_error err;
    struct pel_thinplate *plate = NULL;
    double x[4] = {0, 1, 2, 5}, y[4] = {0, 2, 4, 10}, w[4] = {1, 1, 1, 1};
    assert_int_equal(pel_thinplate_create(2, x, y, w, &plate, &err), PEL_EARG);
    assert_int_equal(pel_thinplate_create(4, x, y, w, &plate, &err), PEL_EARG);
    assert_string_equal(err.text, "thin plate: all 4 points are on one line");
    y[3] = NAN;
    assert_int_equal(pel_thinplate_create(4, x, y, w, &plate, &err), PEL_EARG);
    y[3] = 7.0;
    w[2] = 0.0;
    assert_int_equal(pel_thinplate_create(4, x, y, w, &plate, &err), PEL_EARG);
    w[2] = NAN;
    assert_int_equal(pel_thinplate_create(4, x, y, w, &plate, &err), PEL_EARG);
    w[2] = 1.0;
    x[2] = x[0], y[2] = y[0];
    assert_int_equal(pel_thinplate_create(4, x, y, w, &plate, &err), PEL_EARG);
    assert_string_equal(err.text, "thin plate: points 0 and 2 are the same");
    assert_null(plate);
    x[2] = 2.0;
    assert_int_equal(pel_thinplate_create(4, x, y, w, &plate, &err), PEL_OK);
    struct pel_thinplate_fit fit;
    double z[4] = {1, 2, NAN, 1};
    assert_int_equal(pel_thinplate_run(plate, z, 0.1, NULL, &fit, &err), PEL_EARG);
    assert_null(fit.coefficients);
    z[2] = 0.0;
    assert_int_equal(pel_thinplate_run(plate, z, -0.1, NULL, &fit, &err), PEL_EARG);
    assert_int_equal(pel_thinplate_run(plate, z, INFINITY, NULL, &fit, &err), PEL_EARG);
    struct pel_thinplate_settings set = pel_thinplate_settings_defaults();
    set.n_scan = 2;
    assert_int_equal(pel_thinplate_run(plate, z, NAN, &set, &fit, &err), PEL_EARG);
    assert_int_equal(pel_thinplate_run(plate, z, 0.1, NULL, &fit, &err), PEL_OK);
    struct pel_random random;
    pel_random_init(&random, 1, 1, 1);
    double c[7];
    assert_int_equal(
        pel_thinplate_bootstrap(plate, &fit, NAN, 1, NULL, &random, 1, c, &err),
        PEL_EARG);
    pel_thinplate_fit_release(&fit);
    pel_thinplate_free(plate);
    pel_thinplate_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planes_come_back_exactly),
        cmocka_unit_test(no_smoothing_goes_through_the_points),
        cmocka_unit_test(the_fit_solves_its_equations),
        cmocka_unit_test(bending_energy),
        cmocka_unit_test(effective_parameters_are_the_trace),
        cmocka_unit_test(cross_validation_is_least_where_it_says),
        cmocka_unit_test(derivatives),
        cmocka_unit_test(replicates),
        cmocka_unit_test(three_points),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

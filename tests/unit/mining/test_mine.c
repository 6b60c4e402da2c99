#include <pelrate/mine.h>
#include <pelrate/random.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

/* Curves whose points a function gives. */
static struct pel_curves *make(size_t n_curves, size_t n, double step,
                               double (*e_is)(double time_ps))
{
    struct pel_curves *curves = calloc(1, sizeof *curves);
    curves->curve = calloc(n_curves, sizeof *curves->curve);
    curves->n = n_curves;
    curves->atoms = NAN;
    for (size_t i = 0; i < n_curves; i++) {
        struct pel_curve *c = &curves->curve[i];
        *c = (struct pel_curve){.replica = (long long)i, .temperature_K = 700.0, .n = n};
        c->time_ps = malloc(n * sizeof(double));
        c->e_is = malloc(n * sizeof(double));
        for (size_t k = 0; k < n; k++) {
            c->time_ps[k] = step * (double)k;
            c->e_is[k] = e_is(c->time_ps[k]);
        }
        curves->points += n;
    }
    return curves;
}

static struct pel_mine *dig(const struct pel_curves *curves,
                            const struct pel_mine_settings *set)
{
    struct pel_mine *mine = NULL;
    struct pel_error err = {0};
    if (pel_mine_run(curves, set, &mine, &err) != PEL_OK) fail_msg("%s", err.text);
    return mine;
}

static const double k_per_ps = 0.0037, e_end = -4.69, e_above = 0.02;

static double exponential(double t)
{
    return e_end + e_above * exp(-k_per_ps * t);
}

/* The chord of an exponential is tanh(kD/2) / (kD/2) of the rate half-way. */
static void bias_of_a_chord_on_an_exponential(void **state)
{
    (void)state;
    struct pel_mine_settings set = pel_mine_settings_defaults();
    set.bin = 0.0;
    double last = 0.0;
    for (double step = 200.0; step > 10.0; step *= 0.5) {
        struct pel_curves *curves = make(1, 9, step, exponential);
        struct pel_mine *mine = dig(curves, &set);
        assert_int_equal(mine->n, 8);
        const double half = 0.5 * k_per_ps * step;
        double miss = 0.0;
        for (size_t i = 0; i < mine->n; i++) {
            const double truth = -k_per_ps * 1e12 * (mine->rows[i].e_is - e_end);
            NEAR_REL(mine->rows[i].rate / truth, tanh(half) / half, 1e-9);
            miss = mine->rows[i].rate / truth - 1.0;
            assert_int_equal(mine->rows[i].count, 1);
            assert_true(mine->rows[i].temperature_K == 700.0);
        }
        /* Second order in the interval, with the factor that the header gives. */
        if (step < 100.0) {
            NEAR_REL(last / miss, 4.0, 0.02);
            NEAR_REL(miss, -pow(k_per_ps * step, 2) / 12.0, 0.02);
        }
        last = miss;
        pel_mine_free(mine);
        pel_curves_free(curves);
    }
}

static const double s_eV = 0.0021, fast = 4.0e-5; /* f = -fast exp(e / s) */

static double logarithmic(double t)
{
    return -s_eV * log(1.0 + fast * t / s_eV);
}

/* A glass that ages with the logarithm of time: -(f D / s)^2 / 24 of the rate. */
static void bias_of_a_chord_on_a_logarithm(void **state)
{
    (void)state;
    struct pel_mine_settings set = pel_mine_settings_defaults();
    set.bin = 0.0;
    struct pel_curves *curves = make(1, 30, 5.0, logarithmic);
    struct pel_mine *mine = dig(curves, &set);
    for (size_t i = 0; i < mine->n; i++) {
        const double f = -fast * exp(mine->rows[i].e_is / s_eV);
        const double miss = mine->rows[i].rate * 1e-12 / f - 1.0;
        NEAR_REL(miss, -pow(f * 5.0 / s_eV, 2) / 24.0, 0.02);
    }
    pel_mine_free(mine);
    pel_curves_free(curves);
}

static double parabola(double t)
{
    return -4.68 - 3e-5 * t + 2e-8 * t * t;
}

/* On a parabola every symmetric slope is that of its middle; a line is booked at the mean
 * of its points. */
static void windows_and_lines(void **state)
{
    (void)state;
    struct pel_curves *curves = make(2, 14, 10.0, parabola);
    const struct {
        enum pel_mine_method method;
        double window, from;
        size_t n, points, unused;
    } cases[] = {
        {PEL_MINE_ENDS, 0.0, 0.0, 13, 2, 0},  {PEL_MINE_ENDS, 30.0, 0.0, 4, 4, 1},
        {PEL_MINE_ENDS, 25.0, 20.0, 3, 4, 2}, {PEL_MINE_LINE, 0.0, 0.0, 6, 3, 1},
        {PEL_MINE_LINE, 40.0, 0.0, 3, 5, 1},  {PEL_MINE_LINE, 20.0, 35.0, 4, 3, 1}};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        const struct pel_mine_settings set = {.method = cases[k].method,
                                              .window_ps = cases[k].window,
                                              .from_ps = cases[k].from};
        struct pel_mine *mine = dig(curves, &set);
        assert_int_equal(mine->n, cases[k].n);
        assert_int_equal(mine->slopes, 2 * cases[k].n);
        assert_int_equal(mine->unused, 2 * cases[k].unused);
        const double half = 5.0 * (double)(cases[k].points - 1);
        for (size_t i = 0; i < mine->n; i++) {
            /* Lowest E_IS first: the latest window. */
            const double first = ceil(cases[k].from / 10.0) * 10.0;
            const double middle = first + half * (double)(2 * (mine->n - i) - 1);
            double e = 0.5 * (parabola(middle - half) + parabola(middle + half));
            if (cases[k].method == PEL_MINE_LINE) {
                e = 0.0;
                for (double t = middle - half; t < middle + half + 1.0; t += 10.0)
                    e += parabola(t) / (double)cases[k].points;
            }
            NEAR_REL(mine->rows[i].rate, 1e12 * (-3e-5 + 4e-8 * middle), 1e-9);
            NEAR_ABS(mine->rows[i].e_is, e, 1e-14);
            assert_int_equal(mine->rows[i].count, 2);
        }
        pel_mine_free(mine);
    }
    pel_curves_free(curves);
}

static double straight(double t)
{
    return -4.68 - 1.7e-6 * t;
}

/* The errors are those that rates really have, whichever noise the curves carry: the
 * points scatter, or E_IS walks, or both. */
static void errors_are_honest(void **state)
{
    (void)state;
    const double scatter[] = {3e-4, 0.0, 2e-4}, walk[] = {0.0, 4e-5, 3e-5};
    for (int k = 0; k < 3; k++)
        for (int line = 0; line < 2; line++) {
            struct pel_curves *curves = make(60, 120, 50.0, straight);
            struct pel_random random;
            pel_random_init(&random, 5, (uint64_t)k, (uint64_t)line);
            for (size_t i = 0; i < curves->n; i++) {
                double sum = 0.0;
                for (size_t j = 0; j < curves->curve[i].n; j++) {
                    if (j > 0) sum += walk[k] * sqrt(50.0) * pel_random_normal(&random);
                    curves->curve[i].e_is[j] +=
                        sum + scatter[k] * pel_random_normal(&random);
                }
            }
            struct pel_mine_settings set = pel_mine_settings_defaults();
            set.method = line ? PEL_MINE_LINE : PEL_MINE_ENDS;
            set.window_ps = line ? 200.0 : 0.0;
            struct pel_mine *mine = dig(curves, &set);
            assert_int_equal(mine->n_noises, 1);
            assert_true(mine->noise[0].residuals > 60 * 116 && !mine->noise[0].borrowed);
            NEAR_ABS(mine->noise[0].point, scatter[k], 1.2e-4);
            NEAR_ABS(pow(mine->noise[0].point, 2), pow(scatter[k], 2), 1.2e-8);
            NEAR_ABS(pow(mine->noise[0].walk, 2) * 50.0, pow(walk[k], 2) * 50.0, 2e-8);
            double chi2 = 0.0, plain = 0.0;
            size_t n = 0;
            for (size_t i = 0; i < mine->n; i++) {
                const struct pel_mined *row = &mine->rows[i];
                if (row->count < 20) continue;
                chi2 += pow((row->rate + 1.7e6) / row->standard_error, 2);
                plain += row->standard_error;
                n++;
            }
            assert_true(n > 30);
            NEAR_ABS(chi2 / (double)n, 1.0, 6.0 / sqrt((double)n));
            assert_true(plain > 0.0);
            pel_mine_free(mine);
            pel_curves_free(curves);
        }
}

/* A run of slopes in one bin is one long chord, and its error is that chord's. */
static void neighbours_telescope(void **state)
{
    (void)state;
    enum { N = 400 };
    struct pel_curves *curves = make(1, N, 50.0, straight);
    struct pel_random random;
    pel_random_init(&random, 6, 1, 1);
    for (size_t j = 0; j < N; j++)
        curves->curve[0].e_is[j] = -4.6805 + 1e-5 * pel_random_normal(&random);
    struct pel_mine_settings set = pel_mine_settings_defaults();
    set.bin = 1.0;
    struct pel_mine *mine = dig(curves, &set);
    assert_int_equal(mine->n, 1);
    assert_int_equal(mine->rows[0].count, N - 1);
    const double *e = curves->curve[0].e_is, length = 50.0 * (N - 1);
    NEAR_REL(mine->rows[0].rate, (e[N - 1] - e[0]) / length * 1e12, 1e-9);
    NEAR_REL(mine->noise[0].point, 1e-5, 0.1);
    const double p = mine->noise[0].point, w = mine->noise[0].walk;
    NEAR_REL(mine->rows[0].standard_error,
             sqrt(2.0 * p * p + w * w * length) / length * 1e12, 1e-9);
    pel_mine_free(mine);
    pel_curves_free(curves);
}

/* Intervals that differ: the noise is the same noise. */
static void uneven_times(void **state)
{
    (void)state;
    struct pel_curves *curves = make(400, 60, 50.0, straight);
    struct pel_random random;
    pel_random_init(&random, 8, 1, 1);
    for (size_t i = 0; i < curves->n; i++) {
        double time = 0.0, sum = 0.0;
        for (size_t j = 0; j < 60; j++) {
            const double step = 20.0 + 60.0 * pel_random_uniform(&random);
            if (j > 0) sum += 3e-5 * sqrt(step) * pel_random_normal(&random);
            time += j > 0 ? step : 0.0;
            curves->curve[i].time_ps[j] = time;
            curves->curve[i].e_is[j] =
                straight(time) + sum + 2e-4 * pel_random_normal(&random);
        }
    }
    struct pel_mine *mine = dig(curves, NULL);
    NEAR_REL(mine->noise[0].point, 2e-4, 0.02);
    NEAR_REL(mine->noise[0].walk, 3e-5, 0.05);
    pel_mine_free(mine);
    pel_curves_free(curves);
}

/* Two points tell a slope and nothing of its error; few residuals borrow. */
static void few_points(void **state)
{
    (void)state;
    struct pel_curves *curves = make(3, 2, 50.0, straight);
    struct pel_mine *mine = dig(curves, NULL);
    assert_true(mine->n == 1 && mine->rows[0].count == 3);
    assert_true(isnan(mine->rows[0].standard_error) && isnan(mine->noise[0].point));
    NEAR_REL(mine->rows[0].rate, -1.7e6, 1e-6);
    pel_mine_free(mine);
    pel_curves_free(curves);

    curves = make(2, 50, 50.0, straight);
    struct pel_random random;
    pel_random_init(&random, 8, 1, 2);
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < 50; j++)
            curves->curve[i].e_is[j] += 1e-4 * pel_random_normal(&random);
    curves->curve[1].temperature_K = 600.0;
    curves->curve[1].n = 5;
    mine = dig(curves, NULL);
    assert_int_equal(mine->n_noises, 2);
    assert_true(mine->noise[0].temperature_K == 600.0 && mine->noise[0].borrowed);
    assert_true(!mine->noise[1].borrowed && mine->noise[0].point > 0.0);
    for (size_t i = 0; i < mine->n; i++)
        assert_true(mine->rows[i].standard_error > 0.0);
    pel_mine_free(mine);
    pel_curves_free(curves);
}

static void refusals(void **state)
{
    (void)state;
    struct pel_curves *curves = make(1, 5, 50.0, straight);
    struct pel_mine *mine = NULL;
    struct pel_error err;
    struct pel_mine_settings set = pel_mine_settings_defaults();
    set.window_ps = 201.0;
    assert_int_equal(pel_mine_run(curves, &set, &mine, &err), PEL_ERANGE);
    assert_string_equal(err.text, "no curve has a window of 201 ps after 0 ps");
    set.window_ps = NAN;
    assert_int_equal(pel_mine_run(curves, &set, &mine, &err), PEL_EARG);
    set = pel_mine_settings_defaults();
    set.bin = -1.0;
    assert_int_equal(pel_mine_run(curves, &set, &mine, &err), PEL_EARG);
    set = pel_mine_settings_defaults();
    set.from_ps = 200.0;
    assert_int_equal(pel_mine_run(curves, &set, &mine, &err), PEL_ERANGE);
    assert_null(mine);
    enum pel_mine_method method;
    assert_int_equal(pel_mine_method_find("line", &method, &err), PEL_OK);
    assert_int_equal(method, PEL_MINE_LINE);
    assert_string_equal(pel_mine_method_name(PEL_MINE_ENDS), "ends");
    assert_int_equal(pel_mine_method_find("lines", &method, &err), PEL_EARG);
    pel_mine_free(NULL);
    pel_curves_free(curves);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bias_of_a_chord_on_an_exponential),
        cmocka_unit_test(bias_of_a_chord_on_a_logarithm),
        cmocka_unit_test(windows_and_lines),
        cmocka_unit_test(errors_are_honest),
        cmocka_unit_test(neighbours_telescope),
        cmocka_unit_test(uneven_times),
        cmocka_unit_test(few_points),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

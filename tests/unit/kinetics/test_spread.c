#include <pelrate/constants.h>
#include <pelrate/map.h>
#include <pelrate/spread.h>
#include <pelrate/statistics.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"
#include "fixtures.h"
#include "truth.h"

static pel_status averages(struct pel_rate *rate, void *context, double values[],
                           struct pel_error *err)
{
    (void)context;
    struct pel_rate_point p;
    const pel_status status = pel_rate_evaluate(rate, truth_e[1], 700.0, &p, err);
    values[0] = p.e_r;
    values[1] = p.e_log;
    values[2] = NAN;
    return status;
}

/* <E_R> is a plain mean: its band is its standard error to both sides. Of ten samples it is
 * that which their ten means show, times Student's t. */
static void the_band_of_a_mean_is_its_standard_error(void **state)
{
    (void)state;
    const double error = 1.55 / sqrt(90.0) / sqrt(1000.0);
    /* t of 9 degrees of freedom at 68.27 %, and the mean of the standard deviation of ten
     * values over the true one. */
    const struct {
        size_t samples, events, draws;
        double wider;
    } cases[] = {{1, 1000, 1, 1.0}, {10, 100, 12, 1.0594 * 0.9727}};
    for (size_t c = 0; c < 2; c++) {
        double half = 0.0;
        for (uint64_t d = 0; d < cases[c].draws; d++) {
            struct pel_landscape *l =
                truth_draw(3 + d, cases[c].samples, cases[c].events, 0.0);
            struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
            const struct pel_spread_settings set = {
                .replicates = 300, .seed = 4, .share = 0.6827};
            double lo[3], hi[3];
            struct pel_error err = {0};
            if (pel_spread_run(rate, &set, 3, averages, NULL, NULL, lo, hi, NULL, &err) !=
                PEL_OK)
                fail_msg("%s", err.text);
            half += 0.5 * (hi[0] - lo[0]) / (double)cases[c].draws;
            pel_rate_free(rate);
            pel_landscape_free(l);
        }
        NEAR_REL(half, error * cases[c].wider, 0.2);

        struct pel_landscape *l = truth_draw(3, cases[c].samples, 20, 0.0);
        struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
        const struct pel_spread_settings set = {
            .replicates = 40, .seed = 4, .share = 0.6827};
        double lo[3], hi[3];
        struct pel_spread_report report;
        assert_int_equal(
            pel_spread_run(rate, &set, 3, averages, NULL, NULL, lo, hi, &report, NULL),
            PEL_OK);
        assert_int_equal(report.failed, 0);
        assert_int_equal(report.samples, cases[c].samples > 1 ? cases[c].samples : 0);
        assert_true(isnan(lo[2]) && isnan(hi[2]));
        /* The seed decides, nothing else. */
        double again_lo[3], again_hi[3];
        assert_int_equal(pel_spread_run(rate, &set, 3, averages, NULL, NULL, again_lo,
                                        again_hi, NULL, NULL),
                         PEL_OK);
        assert_memory_equal(lo, again_lo, sizeof lo);
        assert_memory_equal(hi, again_hi, sizeof hi);
        pel_rate_free(rate);
        pel_landscape_free(l);
    }
}

/* A level of two bins: the share in one is binomial. */
static void bins_are_drawn_by_their_counts(void **state)
{
    (void)state;
    const double lo[] = {0.0, 1.0}, hi[] = {1.0, 3.0}, density[] = {0.7, 0.15};
    const double count[] = {70.0, 30.0}, none[] = {NAN, NAN};
    struct pel_landscape_level level = {.e_is_eV_per_atom = -4.7,
                                        .activation = {2, lo, hi, density, count},
                                        .relaxation = {2, lo, hi, density, count}};
    struct pel_landscape *l = NULL, *drawn = NULL;
    assert_int_equal(pel_landscape_create_histogram(&truth_head, 1, &level, &l, NULL),
                     PEL_OK);
    double sum = 0.0, squares = 0.0;
    enum { N = 400 };
    for (uint64_t r = 0; r < N; r++) {
        assert_int_equal(pel_landscape_redraw(l, 1, r, &drawn, NULL), PEL_OK);
        struct pel_histogram h;
        assert_int_equal(pel_landscape_histogram(drawn, 0, PEL_ACTIVATION, &h, NULL),
                         PEL_OK);
        assert_true(h.count[0] + h.count[1] == 100.0);
        NEAR_ABS(h.density[0] + 2.0 * h.density[1], 1.0, 1e-14);
        NEAR_ABS(h.density[0], 0.01 * h.count[0], 1e-14);
        sum += h.count[0];
        squares += h.count[0] * h.count[0];
        pel_landscape_free(drawn);
    }
    NEAR_ABS(sum / N, 70.0, 4.0 * sqrt(21.0 / N));
    NEAR_REL(squares / N - sum * sum / N / N, 21.0, 0.25);
    pel_landscape_free(l);

    struct pel_error err = {0};
    level.relaxation.count = none;
    assert_int_equal(pel_landscape_create_histogram(&truth_head, 1, &level, &l, NULL),
                     PEL_OK);
    assert_int_equal(pel_landscape_redraw(l, 1, 0, &drawn, &err), PEL_EARG);
    assert_null(drawn);
    assert_non_null(strstr(err.text, "unknown number"));
    pel_landscape_free(l);
    l = make_linear();
    assert_int_equal(pel_landscape_redraw(l, 1, 0, &drawn, &err), PEL_EARG);
    assert_non_null(strstr(err.text, "parametric"));
    pel_landscape_free(l);
}

/* Whole samples come, more than once, or stay away. */
static void samples_are_drawn_whole(void **state)
{
    (void)state;
    enum { N = 12 };
    const char *sample[N];
    double e[N], e_a[N], e_r[N];
    for (size_t i = 0; i < N; i++) {
        /* a: 2 events, b: 4, c: 6; interleaved. */
        const int which = i < 2 ? 0 : i < 6 ? 1 : 2;
        const size_t at = i * 5 % N;
        sample[at] = which == 0 ? "a" : which == 1 ? "b" : "c";
        e[at] = -4.7;
        e_a[at] = 1.0 + which;
        e_r[at] = 1.0 + which + 0.01 * (double)i;
    }
    struct pel_landscape *l = NULL, *drawn = NULL;
    assert_int_equal(
        pel_landscape_create_events(&truth_head, N, sample, e, e_a, e_r, &l, NULL),
        PEL_OK);
    size_t sizes[40] = {0}, different = 0;
    for (uint64_t r = 0; r < 500; r++) {
        assert_int_equal(pel_landscape_redraw(l, 9, r, &drawn, NULL), PEL_OK);
        const size_t n = (size_t)pel_landscape_level_events(drawn, 0);
        assert_true(n >= 6 && n <= 18 && n % 2 == 0);
        /* The three differ by whole eV, and their events by little: as many a, b and c as
         * whole samples have, each event as often as its sample. */
        size_t n_pairs;
        const double *pair_a, *pair_r;
        assert_int_equal(pel_landscape_pairs(drawn, 0, &n_pairs, &pair_a, &pair_r, NULL),
                         PEL_OK);
        size_t times[N] = {0};
        for (size_t i = 0; i < n; i++)
            times[(size_t)(100.0 * (pair_r[i] - floor(pair_r[i])) + 0.5)]++;
        for (size_t i = 1; i < N; i++)
            if (i != 2 && i != 6) assert_int_equal(times[i], times[i - 1]);
        different += sizes[n]++ == 0;
        pel_landscape_free(drawn);
    }
    assert_int_equal(different, 7); /* 6, 8, ..., 18 */
    /* 6 = a a a and 18 = c c c: 1/27 of 500 each. */
    assert_true(sizes[6] > 4 && sizes[6] < 45 && sizes[18] > 4 && sizes[18] < 45);
    pel_landscape_free(l);
}

/* The bands of 80 drawn landscapes against the known one: the share of them that covers the
 * mean and the averages of a spectrum of enough events is that of the band, for events of
 * one sample, for four samples alike, and (the mean alone: E_log of samples that differ is
 * another one) for four and for ten that differ. (bench/bands_coverage.c counts more of it.) */
static void bands_cover_the_truth(void **state)
{
    (void)state;
    struct pel_landscape *truth = truth_make();
    assert_non_null(truth);
    struct pel_rate *known = make_rate(truth, "log-mean", PEL_RANGE_STRICT);
    double want[3], lo[3], hi[3];
    assert_int_equal(averages(known, NULL, want, NULL), PEL_OK);
    enum { N = 80 };
    const struct {
        double share;
        size_t samples, events, values;
        double tau;
    } cases[] = {{0.6827, 1, 300, 2, 0.0},
                 {0.6827, 4, 75, 2, 0.0},
                 {0.6827, 4, 75, 1, 0.1},
                 {0.9, 10, 30, 1, 0.1}};
    for (size_t s = 0; s < sizeof cases / sizeof cases[0]; s++) {
        size_t covered[2] = {0};
        const double share = cases[s].share;
        for (uint64_t k = 0; k < N; k++) {
            struct pel_landscape *l =
                truth_draw(100 + k, cases[s].samples, cases[s].events, cases[s].tau);
            struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
            const struct pel_spread_settings set = {
                .replicates = 60, .seed = k, .share = share};
            assert_int_equal(
                pel_spread_run(rate, &set, 3, averages, NULL, NULL, lo, hi, NULL, NULL),
                PEL_OK);
            for (size_t i = 0; i < 2; i++)
                covered[i] += lo[i] <= want[i] && want[i] <= hi[i];
            pel_rate_free(rate);
            pel_landscape_free(l);
        }
        const double error = sqrt(share * (1.0 - share) / N);
        for (size_t i = 0; i < cases[s].values; i++)
            NEAR_ABS((double)covered[i] / N, share, 3.0 * error);
    }
    pel_rate_free(known);
    pel_landscape_free(truth);
}

static pel_status fails(struct pel_rate *rate, void *context, double values[],
                        struct pel_error *err)
{
    (void)rate;
    size_t *calls = context;
    values[0] = (double)*calls;
    return ++*calls % 3 == 0 ? pel_error_set(err, PEL_ENOROOT, "every third") : PEL_OK;
}

static pel_status always_fails(struct pel_rate *rate, void *context, double values[],
                               struct pel_error *err)
{
    (void)rate, (void)context, (void)values;
    return pel_error_set(err, PEL_ENOROOT, "always");
}

static int stop(void *context, double done, double total, const char *what)
{
    (void)context, (void)total, (void)what;
    return done >= 3.0;
}

static void faults_are_told(void **state)
{
    (void)state;
    struct pel_landscape *l = truth_draw(1, 1, 20, 0.0);
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    struct pel_spread_settings set = pel_spread_settings_defaults();
    struct pel_spread_report report;
    struct pel_error err = {0};
    double lo[3], hi[3];
    size_t calls = 0;
    set.replicates = 30;
    assert_int_equal(
        pel_spread_run(rate, &set, 1, fails, &calls, NULL, lo, hi, &report, &err),
        PEL_OK);
    assert_int_equal(report.failed, 10);
    assert_true(lo[0] > 0.0 && hi[0] < 29.0);
    assert_int_equal(
        pel_spread_run(rate, &set, 1, always_fails, NULL, NULL, lo, hi, NULL, &err),
        PEL_ENOCONV);
    assert_non_null(strstr(err.text, "always"));
    const struct pel_progress progress = {.report = stop};
    assert_int_equal(
        pel_spread_run(rate, &set, 3, averages, NULL, &progress, lo, hi, NULL, &err),
        PEL_ESTOPPED);
    set.replicates = 1;
    assert_int_equal(
        pel_spread_run(rate, &set, 3, averages, NULL, NULL, lo, hi, NULL, &err),
        PEL_EARG);
    set.replicates = 10;
    set.share = NAN;
    assert_int_equal(
        pel_spread_run(rate, &set, 3, averages, NULL, NULL, lo, hi, NULL, &err),
        PEL_EARG);
    set.share = 0.5;
    assert_int_equal(pel_spread_run(rate, &set, (size_t)1 << 40, averages, NULL, NULL, lo,
                                    hi, NULL, &err),
                     PEL_EARG);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_band_of_a_mean_is_its_standard_error),
        cmocka_unit_test(bins_are_drawn_by_their_counts),
        cmocka_unit_test(samples_are_drawn_whole),
        cmocka_unit_test(bands_cover_the_truth), cmocka_unit_test(faults_are_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

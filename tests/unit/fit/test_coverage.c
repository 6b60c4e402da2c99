#include <pelrate/coverage.h>
#include <pelrate/random.h>

#include "glasses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../near.h"

enum { most_paths = 2000 };

/* By hand: 7 paths, f1 = 3, f2 = 2, n = 3 + 4 + 3 + 5 = 15. */
static const size_t by_hand[][2] = {{1, 0}, {0, 1}, {1, 0}, {1, 1},
                                    {0, 2}, {2, 1}, {5, 0}, {0, 0}};

static void estimates_by_hand(void **state)
{
    (void)state;
    struct pel_coverage c;
    pel_coverage_of(41, 8, by_hand, &c);
    assert_int_equal(c.searches, 41);
    assert_int_equal(c.valid, 15);
    assert_int_equal(c.distinct, 7);
    assert_int_equal(c.singletons, 3);
    assert_int_equal(c.doubletons, 2);
    assert_int_equal(c.even, 5);
    assert_int_equal(c.odd, 4);
    assert_int_equal(c.both, 2);
    NEAR_ABS(c.found_share, 0.8, 1e-15);
    /* 14/15 * 3 * 2 / (2 * 3) */
    NEAR_ABS(c.chao1, 7.0 + 14.0 / 15.0, 1e-14);
    const double a = 14.0 / 15.0;
    const double variance =
        a * 1.0 + a * a * 3.0 * 25.0 / 36.0 + a * a * 9.0 * 2.0 * 4.0 / 324.0;
    NEAR_ABS(c.chao1_sd, sqrt(variance), 1e-14);
    const double k = exp(1.959963984540054 * sqrt(log(1.0 + variance / (a * a))));
    NEAR_ABS(c.chao1_lo, 7.0 + a / k, 1e-13);
    NEAR_ABS(c.chao1_hi, 7.0 + a * k, 1e-13);
    NEAR_ABS(c.recapture, 6.0 * 5.0 / 3.0 - 1.0, 1e-14);
    NEAR_ABS(c.recapture_sd, sqrt(6.0 * 5.0 * 3.0 * 2.0 / (9.0 * 4.0)), 1e-14);
}

static void ends_of_the_range(void **state)
{
    (void)state;
    struct pel_coverage c;
    pel_coverage_of(5, 0, by_hand, &c);
    assert_true(isnan(c.found_share) && c.chao1 == 0.0 && c.chao1_hi == 0.0 &&
                c.recapture == 0.0 && c.recapture_sd == 0.0);
    /* Nothing found twice: as many as draws, or any number more. */
    static const size_t once[][2] = {{1, 0}, {0, 1}, {1, 0}, {0, 1}};
    pel_coverage_of(4, 4, once, &c);
    assert_true(c.found_share == 0.0);
    NEAR_ABS(c.chao1, 4.0 + 0.75 * 6.0, 1e-14);
    NEAR_ABS(c.chao1_sd * c.chao1_sd,
             0.75 * 6.0 + 0.5625 * 49.0 - 0.5625 * 256.0 / (4.0 * 8.5), 1e-12);
    /* Everything found again and again: nothing is missing, and the error says so. */
    static const size_t often[][2] = {{8, 9}, {10, 7}, {9, 9}};
    pel_coverage_of(52, 3, often, &c);
    assert_true(c.chao1 == 3.0 && c.found_share == 1.0 && c.recapture == 3.0 &&
                c.recapture_sd == 0.0);
    assert_true(c.chao1_lo == 3.0 && c.chao1_hi > 3.0 && c.chao1_hi < 3.02);
}

/* n draws among n_paths of probabilities p (which sum to 1). */
static void draw(uint64_t seed, size_t n, size_t n_paths, const double p[],
                 struct pel_coverage *c)
{
    static size_t hits[most_paths][2];
    struct pel_random random;
    pel_random_init(&random, 20261120, seed, 0);
    memset(hits, 0, sizeof hits);
    for (size_t k = 0; k < n; k++) {
        double u = pel_random_uniform(&random);
        size_t i = 0;
        while (i + 1 < n_paths && u >= p[i])
            u -= p[i++];
        hits[i][k % 2]++;
    }
    pel_coverage_of(n, n_paths, (const size_t(*)[2])hits, c);
}

/* Equal probabilities: both estimators hit the number, on average within their error, and
 * the intervals hold it as often as they say. */
static void equal_probabilities(void **state)
{
    (void)state;
    enum { paths = 150, draws = 330, seeds = 600 };
    static double p[paths];
    double sum = 0.0, sum2 = 0.0, again = 0.0, again2 = 0.0, sd = 0.0, again_sd = 0.0;
    size_t held = 0, again_held = 0;
    for (size_t i = 0; i < paths; i++)
        p[i] = 1.0 / paths;
    for (size_t seed = 0; seed < seeds; seed++) {
        struct pel_coverage c;
        draw(seed, draws, paths, p, &c);
        sum += c.chao1;
        sum2 += c.chao1 * c.chao1;
        sd += c.chao1_sd;
        again += c.recapture;
        again2 += c.recapture * c.recapture;
        again_sd += c.recapture_sd;
        held += c.chao1_lo <= paths && paths <= c.chao1_hi;
        again_held += fabs(c.recapture - paths) <= 1.959963984540054 * c.recapture_sd;
    }
    const double mean = sum / seeds, again_mean = again / seeds;
    const double spread = sqrt(sum2 / seeds - mean * mean);
    const double again_spread = sqrt(again2 / seeds - again_mean * again_mean);
    /* Four errors of the mean. */
    assert_true(fabs(mean - paths) < 4.0 * spread / sqrt(seeds));
    assert_true(fabs(again_mean - paths) < 4.0 * again_spread / sqrt(seeds));
    /* The standard deviations are those seen, to a tenth. */
    NEAR_ABS(sd / seeds, spread, 0.1 * spread);
    NEAR_ABS(again_sd / seeds, again_spread, 0.1 * again_spread);
    /* 0.95 of 600: 570, standard deviation 5.3; the normal interval of the recapture is a
     * little short for its skew. */
    assert_in_range(held, 552, 588);
    assert_in_range(again_held, 546, 588);
}

/* Very unequal probabilities, as those of real events: both lie above what was found and
 * below what is there. */
static void unequal_probabilities_give_lower_bounds(void **state)
{
    (void)state;
    enum { paths = 1500, draws = 300, seeds = 200 };
    static double p[paths];
    struct pel_random random;
    double total = 0.0, chao1 = 0.0, recapture = 0.0, found = 0.0;
    pel_random_init(&random, 7, 0, 0);
    for (size_t i = 0; i < paths; i++)
        total += p[i] = exp(2.5 * pel_random_normal(&random));
    for (size_t i = 0; i < paths; i++)
        p[i] /= total;
    for (size_t seed = 0; seed < seeds; seed++) {
        struct pel_coverage c;
        draw(seed, draws, paths, p, &c);
        chao1 += c.chao1 / seeds;
        recapture += c.recapture / seeds;
        found += (double)c.distinct / seeds;
        assert_true(c.chao1_lo >= (double)c.distinct);
    }
    assert_true(found < 0.15 * paths);
    assert_true(chao1 > 1.5 * found && chao1 < 0.7 * paths);
    assert_true(recapture > found && recapture < 0.7 * paths);
}

static struct glasses glasses;

/* Sample a: 12 searches, path 1 (0.3 eV) found by 1, 4, 6; path 2 (0.9 eV) by 2; path 5
 * (0.2 eV) by 5, 9. Sample b: 3 searches, one path. */
static struct pel_pool *make_pool(void)
{
    static const struct {
        const char *status;
        double e_a;
        int64_t duplicate_of;
    } a[] = {{"not converged", NAN, -1}, {PEL_EVENT_VALID, 0.3, -1},
             {PEL_EVENT_VALID, 0.9, -1}, {"curvature lost", NAN, -1},
             {PEL_EVENT_VALID, 0.3, 1},  {PEL_EVENT_VALID, 0.2, -1},
             {PEL_EVENT_VALID, 0.3, 1},  {"not converged", NAN, -1},
             {"not converged", NAN, -1}, {PEL_EVENT_VALID, 0.2, 5},
             {"not converged", NAN, -1}, {"not converged", NAN, -1}};
    glasses_begin(&glasses, "x=1");
    for (size_t i = 0; i < sizeof a / sizeof *a; i++) {
        struct pel_event *event =
            glasses_add(&glasses, "a", -4.68, a[i].status, a[i].e_a, 0.5);
        event->search = (int64_t)i;
        event->duplicate_of = a[i].duplicate_of;
    }
    for (int64_t i = 0; i < 3; i++) {
        struct pel_event *event =
            glasses_add(&glasses, "b", -4.67, PEL_EVENT_VALID, 1.2, 0.4);
        event->search = i;
        event->duplicate_of = i > 0 ? 0 : -1;
    }
    struct pel_pool_settings settings = pel_pool_settings_defaults();
    settings.grouping = PEL_POOL_GAP;
    settings.gap_eV_per_atom = 0.1;
    const struct pel_event_list *const lists[] = {&glasses.list};
    static const char *const names[] = {"events.csv"};
    struct pel_pool *pool = NULL;
    assert_int_equal(pel_pool_create(1, lists, names, &settings, &pool, NULL), PEL_OK);
    return pool;
}

static void samples_and_levels(void **state)
{
    (void)state;
    struct pel_pool *pool = make_pool();
    struct pel_coverage a, b, level, tail;
    assert_int_equal(pel_coverage_of_sample(pool, 0, INFINITY, &a, NULL), PEL_OK);
    assert_int_equal(pel_coverage_of_sample(pool, 1, INFINITY, &b, NULL), PEL_OK);
    assert_int_equal(a.searches, 12);
    assert_int_equal(a.valid, 6);
    assert_int_equal(a.distinct, 3);
    assert_int_equal(a.singletons, 1);
    assert_int_equal(a.doubletons, 1);
    assert_int_equal(a.even, 2); /* paths 1 (by 4 and 6) and 2 */
    assert_int_equal(a.odd, 2);  /* paths 1 and 5 */
    assert_int_equal(a.both, 1);
    assert_int_equal(b.valid, 3);
    assert_int_equal(pel_coverage_of_level(pool, 0, INFINITY, &level, NULL), PEL_OK);
    assert_int_equal(level.searches, 15);
    assert_int_equal(level.distinct, 4);
    NEAR_ABS(level.found_share, 1.0 - 1.0 / 9.0, 1e-15);
    NEAR_ABS(level.chao1, a.chao1 + b.chao1, 1e-15);
    NEAR_ABS(level.chao1_sd, hypot(a.chao1_sd, b.chao1_sd), 1e-15);
    NEAR_ABS(level.recapture, 3.5 + 1.0, 1e-15);
    assert_true(level.chao1_lo >= 4.0 && level.chao1_hi > level.chao1);
    assert_int_equal(pel_coverage_of_sample(pool, 0, 0.5, &tail, NULL), PEL_OK);
    assert_int_equal(tail.searches, 12);
    assert_int_equal(tail.valid, 5);
    assert_int_equal(tail.distinct, 2);
    assert_int_equal(tail.singletons, 0);
    pel_pool_free(pool);
}

/* The same shuffled by hand: the expectation is the mean over orders. */
static void discovery(void **state)
{
    (void)state;
    enum { all = 12, orders = 20000 };
    struct pel_pool *pool = make_pool();
    struct pel_coverage_point points[all], few[5];
    assert_int_equal(pel_coverage_discovery(pool, 0, INFINITY, all, points, NULL),
                     PEL_OK);
    static const size_t distinct[all] = {0, 1, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3};
    static const int path_of[all] = {-1, 0, 1, -1, 0, 2, 0, -1, -1, 2, -1, -1};
    double seen[all] = {0};
    struct pel_random random;
    pel_random_init(&random, 3, 1, 4);
    for (int k = 0; k < orders; k++) {
        size_t order[all];
        int found[3] = {0}, n = 0;
        for (size_t i = 0; i < all; i++)
            order[i] = i;
        for (size_t i = 0; i < all; i++) {
            const size_t j = i + pel_random_below(&random, all - i), o = order[j];
            order[j] = order[i];
            order[i] = o;
            if (path_of[o] >= 0 && !found[path_of[o]]++) n++;
            seen[i] += (double)n / orders;
        }
    }
    for (size_t i = 0; i < all; i++) {
        assert_int_equal(points[i].searches, i + 1);
        assert_int_equal(points[i].distinct, distinct[i]);
        /* Four errors of a mean of 20000, each of spread below 0.9. */
        NEAR_ABS(points[i].expected, seen[i], 0.025);
    }
    NEAR_ABS(points[0].expected, 6.0 / 12.0, 1e-14);
    NEAR_ABS(points[all - 1].expected, 3.0, 1e-14);
    assert_int_equal(pel_coverage_discovery(pool, 0, 0.5, 5, few, NULL), PEL_OK);
    static const size_t at[] = {2, 4, 7, 9, 12}, low[] = {1, 1, 2, 2, 2};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(few[i].searches, at[i]);
        assert_int_equal(few[i].distinct, low[i]);
    }
    pel_pool_free(pool);
}

static void what_cannot_be_said(void **state)
{
    (void)state;
    struct pel_pool *pool = make_pool();
    struct pel_coverage c;
    struct pel_coverage_point points[13];
    struct pel_error err;
    assert_int_equal(pel_coverage_of_sample(pool, 2, 1.0, &c, &err), PEL_EARG);
    assert_int_equal(pel_coverage_of_level(pool, 1, 1.0, &c, &err), PEL_EARG);
    assert_int_equal(pel_coverage_discovery(pool, 0, 1.0, 0, points, &err), PEL_EARG);
    assert_int_equal(pel_coverage_discovery(pool, 0, 1.0, 13, points, &err), PEL_EARG);
    assert_string_equal(err.text, "13 points, expected 1 to 12");
    pel_pool_free(pool);

    /* Distinct events alone: what was found twice is not in the file. */
    pool = make_pool();
    pel_pool_free(pool);
    const struct pel_event_list *const lists[] = {&glasses.list};
    static const char *const names[] = {"events.csv"};
    size_t n = 0;
    for (size_t i = 0; i < glasses.list.n; i++)
        if (pel_event_is_distinct(&glasses.events[i]))
            glasses.events[n++] = glasses.events[i];
    glasses.list.n = n;
    assert_int_equal(pel_pool_create(1, lists, names, NULL, &pool, NULL), PEL_OK);
    assert_int_equal(pel_coverage_of_sample(pool, 0, 1.0, &c, &err), PEL_EFORMAT);
    assert_non_null(strstr(err.text, "sample 'a': searches are missing"));
    assert_int_equal(pel_coverage_of_level(pool, 0, 1.0, &c, &err), PEL_EFORMAT);
    assert_int_equal(pel_coverage_discovery(pool, 0, 1.0, 1, points, &err), PEL_EFORMAT);
    pel_pool_free(pool);

    /* A duplicate of nothing. */
    glasses_begin(&glasses, "x=1");
    for (int64_t i = 0; i < 3; i++) {
        struct pel_event *event =
            glasses_add(&glasses, "a", -4.68, PEL_EVENT_VALID, 0.7, 0.6);
        event->search = i;
        event->duplicate_of = i == 2 ? 1 : -1;
    }
    assert_int_equal(pel_pool_create(1, lists, names, NULL, &pool, NULL), PEL_OK);
    assert_int_equal(pel_coverage_of_sample(pool, 0, 1.0, &c, NULL), PEL_OK);
    pel_pool_free(pool);
    glasses.events[2].duplicate_of = 17;
    assert_int_equal(pel_pool_create(1, lists, names, NULL, &pool, NULL), PEL_OK);
    assert_int_equal(pel_coverage_of_sample(pool, 0, 1.0, &c, &err), PEL_EFORMAT);
    pel_pool_free(pool);

    /* A search without a number. */
    glasses.events[2].duplicate_of = 1;
    glasses.events[0].search = -1;
    assert_int_equal(pel_pool_create(1, lists, names, NULL, &pool, NULL), PEL_OK);
    assert_int_equal(pel_coverage_of_sample(pool, 0, 1.0, &c, &err), PEL_EFORMAT);
    assert_int_equal(pel_coverage_discovery(pool, 0, 1.0, 1, points, &err), PEL_EFORMAT);
    pel_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates_by_hand),
        cmocka_unit_test(ends_of_the_range),
        cmocka_unit_test(equal_probabilities),
        cmocka_unit_test(unequal_probabilities_give_lower_bounds),
        cmocka_unit_test(samples_and_levels),
        cmocka_unit_test(discovery),
        cmocka_unit_test(what_cannot_be_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/constants.h>
#include <pelrate/coverage.h>
#include <pelrate/fit.h>

#include "glasses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../near.h"

static struct glasses glasses;

static struct pel_event *add(const char *sample, double e_is, int64_t search, double e_a,
                             double nu, int64_t duplicate_of)
{
    struct pel_event *event =
        glasses_add(&glasses, sample, e_is, PEL_EVENT_VALID, e_a, 0.3);
    event->search = search;
    event->attempt_frequency = nu;
    event->duplicate_of = duplicate_of;
    return event;
}

/* Two levels, the first of two samples. */
static void fill(void)
{
    glasses_begin(&glasses, "s=1");
    add("a", -4.69, 0, 0.30, 2e12, -1);
    add("a", -4.69, 1, 0.71, 9e12, -1);
    add("a", -4.69, 2, 0.45, NAN, -1);
    add("a", -4.69, 3, 0.30, 7e15, 0); /* of a duplicate: does not count */
    add("a", -4.69, 4, 0.01, 5e9, -1); /* below the floor */
    add("b", -4.69, 0, 0.52, 4e12, -1);
    add("c", -4.67, 0, 0.63, 6e12, -1);
    add("c", -4.67, 1, 0.94, 3e13, -1);
    add("c", -4.67, 2, 0.80, NAN, -1);
}

static struct pel_pool *pool_of(enum pel_pool_weighting weighting)
{
    const struct pel_event_list *lists[] = {&glasses.list};
    static const char *const names[] = {"glasses.csv"};
    struct pel_pool_settings settings = pel_pool_settings_defaults();
    settings.min_e_a_eV = 0.1;
    settings.weighting = weighting;
    struct pel_pool *pool = NULL;
    assert_int_equal(pel_pool_create(1, lists, names, &settings, &pool, NULL), PEL_OK);
    return pool;
}

static struct pel_fit_settings settings_of_tests(void)
{
    struct pel_fit_settings settings = pel_fit_settings_defaults();
    settings.min_events = 1;
    settings.bin_width_eV[0] = settings.bin_width_eV[1] = 0.25;
    return settings;
}

static void paths_by_each_way(void **state)
{
    (void)state;
    fill();
    struct pel_pool *pool = pool_of(PEL_POOL_EACH_EVENT);
    struct pel_fit_settings settings = settings_of_tests();
    struct pel_fit *fit = NULL;
    assert_int_equal(pel_fit_create(pool, &settings, &fit, NULL), PEL_OK);
    NEAR_ABS(fit->paths, 7.0 / 3.0, 1e-15);
    NEAR_ABS(fit->levels[0].paths_found, 2.0, 1e-15);
    /* a: f1 = 2, f2 = 1, n = 4; b: f1 = 1. The flicker below the floor is no path. */
    const double a = 3.0 + 3.0 / 4.0 * 2.0 / 4.0, b = 1.0,
                 c = 3.0 + 2.0 / 3.0 * 6.0 / 2.0;
    NEAR_ABS(fit->levels[0].paths_chao1, (a + b) / 2.0, 1e-14);
    NEAR_ABS(fit->levels[1].paths_chao1, c, 1e-14);
    struct pel_coverage coverage;
    assert_int_equal(pel_coverage_of_level(pool, 1, INFINITY, &coverage, NULL), PEL_OK);
    assert_true(fit->levels[1].paths_chao1_sd == coverage.chao1_sd);
    pel_fit_free(fit);

    settings.paths_from = PEL_FIT_PATHS_CHAO1;
    assert_int_equal(pel_fit_create(pool, &settings, &fit, NULL), PEL_OK);
    NEAR_ABS(fit->paths, (a + b + c) / 3.0, 1e-14);
    assert_true(pel_landscape_head(fit->landscape)->paths == fit->paths);
    pel_fit_free(fit);
    settings.paths_from = PEL_FIT_PATHS_GIVEN;
    settings.paths = 2000.0;
    assert_int_equal(pel_fit_create(pool, &settings, &fit, NULL), PEL_OK);
    assert_true(fit->paths == 2000.0);
    pel_fit_free(fit);
    pel_pool_free(pool);

    /* A search is missing: found is still known, Chao1 is not. */
    glasses.events[7].search = 5;
    pool = pool_of(PEL_POOL_EACH_EVENT);
    settings.paths_from = PEL_FIT_PATHS_FOUND;
    assert_int_equal(pel_fit_create(pool, &settings, &fit, NULL), PEL_OK);
    assert_true(isnan(fit->levels[1].paths_chao1) && !isnan(fit->levels[0].paths_chao1));
    pel_fit_free(fit);
    settings.paths_from = PEL_FIT_PATHS_CHAO1;
    assert_int_equal(pel_fit_create(pool, &settings, &fit, NULL), PEL_EFORMAT);
    assert_null(fit);
    pel_pool_free(pool);
}

static void frequencies_by_hand(void **state)
{
    (void)state;
    fill();
    struct pel_pool *pool = pool_of(PEL_POOL_EACH_EVENT);
    struct pel_fit_settings settings = settings_of_tests();
    settings.frequency_from = PEL_FIT_FREQUENCY_MEASURED;
    struct pel_fit *fit = NULL;
    assert_int_equal(pel_fit_create(pool, &settings, &fit, NULL), PEL_OK);
    const double nu[] = {2e12, 9e12, 4e12, 6e12, 3e13},
                 e[] = {0.30, 0.71, 0.52, 0.63, 0.94};
    double sum = 0.0, top = 0.0, bottom = 0.0, squares = 0.0;
    for (size_t i = 0; i < 5; i++) {
        sum += log(nu[i]);
        top += nu[i] * exp(-e[i] / (PEL_KB * 600.0));
        bottom += exp(-e[i] / (PEL_KB * 600.0));
    }
    for (size_t i = 0; i < 5; i++)
        squares += pow(log10(nu[i]) - sum / 5.0 / log(10.0), 2.0);
    const struct pel_fit_frequencies *f = &fit->frequencies;
    assert_int_equal(f->n, 5);
    NEAR_REL(f->mean_Hz, exp(sum / 5.0), 1e-13);
    NEAR_REL(f->sd_log10, sqrt(squares / 4.0), 1e-12);
    NEAR_REL(f->at_600K_Hz, top / bottom, 1e-12);
    assert_true(f->pearson > 0.9 && f->pearson_p < 0.05);
    assert_true(fit->attempt_frequency_Hz == f->mean_Hz);
    assert_true(pel_landscape_head(fit->landscape)->attempt_frequency_Hz == f->mean_Hz);
    assert_int_equal(fit->levels[0].frequencies.n, 3);
    NEAR_REL(fit->levels[1].frequencies.mean_Hz, sqrt(6e12 * 3e13), 1e-13);
    pel_fit_free(fit);
    pel_pool_free(pool);

    /* Each sample the same: b's one event weighs as much as a's three. */
    pool = pool_of(PEL_POOL_PER_SAMPLE);
    assert_int_equal(pel_fit_create(pool, &settings, &fit, NULL), PEL_OK);
    NEAR_REL(fit->levels[0].frequencies.mean_Hz,
             exp((log(2e12) / 3.0 + log(9e12) / 3.0 + log(4e12)) / (5.0 / 3.0)), 1e-13);
    pel_fit_free(fit);
    pel_pool_free(pool);
}

static void none_measured(void **state)
{
    (void)state;
    fill();
    for (size_t i = 0; i < glasses.list.n; i++)
        glasses.events[i].attempt_frequency = NAN;
    struct pel_pool *pool = pool_of(PEL_POOL_EACH_EVENT);
    struct pel_fit_settings settings = settings_of_tests();
    struct pel_fit *fit = NULL;
    struct pel_error err;
    assert_int_equal(pel_fit_create(pool, &settings, &fit, NULL), PEL_OK);
    assert_true(fit->attempt_frequency_Hz == 1e13 && fit->frequencies.n == 0 &&
                isnan(fit->frequencies.mean_Hz) &&
                isnan(fit->levels[0].frequencies.at_600K_Hz));
    pel_fit_free(fit);
    settings.frequency_from = PEL_FIT_FREQUENCY_MEASURED;
    assert_int_equal(pel_fit_create(pool, &settings, &fit, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "no event has a measured attempt frequency, expected the "
                        "column attempt_frequency_Hz");
    pel_pool_free(pool);
}

/* Frequencies and hits go along when a pool is drawn again. */
static void resampled(void **state)
{
    (void)state;
    fill();
    struct pel_pool *pool = pool_of(PEL_POOL_EACH_EVENT), *drawn = NULL;
    assert_int_equal(pel_pool_resample(pool, 3, 1, &drawn, NULL), PEL_OK);
    for (size_t i = 0; i < drawn->n; i++) {
        size_t k = 0;
        while (k < pool->n && pool->e_a[k] != drawn->e_a[i])
            k++;
        assert_true(k < pool->n && pool->search[k] == drawn->search[i]);
        assert_true(pool->attempt_frequency[k] == drawn->attempt_frequency[i] ||
                    isnan(pool->attempt_frequency[k]));
        assert_int_equal(pool->hits[k][0], drawn->hits[i][0]);
        assert_int_equal(pool->hits[k][1], drawn->hits[i][1]);
    }
    pel_pool_free(drawn);
    pel_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_by_each_way),
        cmocka_unit_test(frequencies_by_hand),
        cmocka_unit_test(none_measured),
        cmocka_unit_test(resampled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

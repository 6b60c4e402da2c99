#include <pelrate/constants.h>
#include <pelrate/fit.h>
#include <pelrate/statistics.h>

#include "glasses.h"
#include "synthetic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct glasses glasses;
static const char *const names[] = {"glasses.csv"};

static struct pel_pool *draw(uint64_t seed)
{
    glasses_begin(&glasses, "s=1");
    for (size_t g = 0; g < 4; g++) {
        struct pel_random random;
        pel_random_init(&random, seed, g, 0);
        char sample[8];
        snprintf(sample, sizeof sample, "g%zu", g);
        for (size_t i = 0; i < 100; i++) {
            const double e_a =
                synthetic_energy(&random, "gamma", (const double[]){5.3, 0.23});
            const double e_r =
                synthetic_energy(&random, "exponential", (const double[]){0.47});
            glasses_add(&glasses, sample, g < 2 ? -4.69 - 1e-4 * (double)g : -4.67,
                        PEL_EVENT_VALID, e_a, e_r);
        }
    }
    const struct pel_event_list *lists[] = {&glasses.list};
    struct pel_pool_settings selection = pel_pool_settings_defaults();
    selection.grouping = PEL_POOL_GAP;
    selection.gap_eV_per_atom = 0.005;
    struct pel_pool *pool = NULL;
    assert_int_equal(pel_pool_create(1, lists, names, &selection, &pool, NULL), PEL_OK);
    return pool;
}

/* <E_R> of 200 exponential deviates: the width of its band is that of a mean, whose
 * standard error is known: 2 * 0.47/sqrt(200), within the error of both bootstraps. */
static void the_band_of_a_mean_is_its_standard_error(void **state)
{
    (void)state;
    const double temperature[] = {641.0, 977.0};
    for (int kind = 0; kind < 3; kind++) {
        struct pel_pool *pool = draw(8);
        struct pel_fit_settings settings = pel_fit_settings_defaults();
        settings.kind = (enum pel_landscape_kind)kind;
        settings.activation = pel_family_find("gamma");
        settings.relaxation = pel_family_find("exponential");
        struct pel_fit *fit = NULL;
        assert_int_equal(pel_fit_create(pool, &settings, &fit, NULL), PEL_OK);
        struct pel_fit_bands_settings s = pel_fit_bands_settings_defaults();
        s.replicates = 150;
        s.n_temperatures = 2;
        s.temperature = temperature;
        struct pel_fit_band bands[4], again[4];
        size_t failed = 99;
        struct pel_error err = {0};
        if (pel_fit_bands(fit, pool, &s, NULL, bands, &failed, &err) != PEL_OK)
            fail_msg("%s", err.text);
        assert_int_equal(failed, 0);
        for (size_t i = 0; i < 4; i++) {
            const struct pel_fit_band *b = &bands[i];
            assert_true(b->e_is == pool->levels[i / 2].e_is);
            assert_true(b->temperature == temperature[i % 2]);
            assert_true(b->e_r_lo < b->e_r && b->e_r < b->e_r_hi);
            assert_true(b->e_log_lo < b->e_log && b->e_log < b->e_log_hi);
            assert_true(b->e_kin_lo < b->e_kin_hi && b->e_kin_lo < b->e_log);
            const double width = b->e_r_hi - b->e_r_lo, want = 2.0 * 0.47 / sqrt(200.0);
            if (!(width > 0.5 * want && width < 2.0 * want))
                fail_msg("kind %d: band %g, standard error twice %g", kind, width, want);
        }
        /* The seed decides, nothing else. */
        assert_int_equal(pel_fit_bands(fit, pool, &s, NULL, again, &failed, NULL),
                         PEL_OK);
        assert_memory_equal(bands, again, sizeof bands);
        s.seed = 2;
        assert_int_equal(pel_fit_bands(fit, pool, &s, NULL, again, &failed, NULL),
                         PEL_OK);
        assert_true(again[0].e_log_lo != bands[0].e_log_lo);
        assert_true(again[0].e_log == bands[0].e_log);
        pel_fit_free(fit);
        pel_pool_free(pool);
    }
}

/* <E_R> of events is a plain mean: the band by hand from the same resampled pools. */
static void bands_are_quantiles_of_the_replicates(void **state)
{
    (void)state;
    struct pel_pool *pool = draw(21);
    struct pel_fit_settings settings = pel_fit_settings_defaults();
    settings.kind = PEL_LANDSCAPE_EVENTS;
    struct pel_fit *fit = NULL;
    assert_int_equal(pel_fit_create(pool, &settings, &fit, NULL), PEL_OK);
    enum { REPLICATES = 41 };
    const double temperature = 600.0;
    struct pel_fit_bands_settings s = pel_fit_bands_settings_defaults();
    s.replicates = REPLICATES;
    s.seed = 99;
    s.n_temperatures = 1;
    s.temperature = &temperature;
    s.share = 0.8;
    struct pel_fit_band bands[2];
    size_t failed;
    assert_int_equal(pel_fit_bands(fit, pool, &s, NULL, bands, &failed, NULL), PEL_OK);
    double mean[REPLICATES];
    for (uint64_t r = 0; r < REPLICATES; r++) {
        struct pel_pool *drawn = NULL;
        assert_int_equal(pel_pool_resample(pool, 99, r, &drawn, NULL), PEL_OK);
        mean[r] = pel_statistics_mean(200, drawn->e_r + drawn->levels[1].first, NULL);
        pel_pool_free(drawn);
    }
    pel_statistics_sort(REPLICATES, mean);
    /* (41 - 1) 0.1 = 4 and (41 - 1) 0.9 = 36: the 5th lowest and the 5th highest. */
    assert_true(fabs(bands[1].e_r_lo - mean[4]) < 1e-12);
    assert_true(fabs(bands[1].e_r_hi - mean[36]) < 1e-12);
    pel_fit_free(fit);
    pel_pool_free(pool);
}

static int stop_at_third(void *context, double done, double total, const char *text)
{
    (void)context;
    (void)text;
    assert_true(total == 10.0);
    return done >= 3.0;
}

static void errors(void **state)
{
    (void)state;
    struct pel_pool *pool = draw(8);
    struct pel_fit *fit = NULL;
    assert_int_equal(pel_fit_create(pool, NULL, &fit, NULL), PEL_OK);
    struct pel_fit_band bands[4];
    size_t failed;
    struct pel_error err = {0};
    const double good[] = {600.0}, bad[] = {NAN};
    struct pel_fit_bands_settings s = pel_fit_bands_settings_defaults();
    assert_int_equal(pel_fit_bands(fit, pool, &s, NULL, bands, &failed, &err), PEL_EARG);
    assert_string_equal(err.text, "no temperatures for the bands");
    s.n_temperatures = 1;
    s.temperature = bad;
    assert_int_equal(pel_fit_bands(fit, pool, &s, NULL, bands, &failed, &err), PEL_EARG);
    s.temperature = good;
    s.replicates = 1;
    assert_int_equal(pel_fit_bands(fit, pool, &s, NULL, bands, &failed, &err), PEL_EARG);
    s.replicates = 10;
    s.share = 1.0;
    assert_int_equal(pel_fit_bands(fit, pool, &s, NULL, bands, &failed, &err), PEL_EARG);
    s.share = 0.9;
    const struct pel_progress progress = {.report = stop_at_third};
    assert_int_equal(pel_fit_bands(fit, pool, &s, &progress, bands, &failed, &err),
                     PEL_ESTOPPED);
    assert_string_equal(err.text, "interrupted after 3 of 10 replicates");
    /* Fits that cannot succeed: nothing but failures. */
    pel_fit_free(fit);
    struct pel_fit_settings settings = pel_fit_settings_defaults();
    settings.kind = PEL_LANDSCAPE_PARAMETRIC;
    assert_int_equal(pel_fit_create(pool, &settings, &fit, NULL), PEL_OK);
    fit->settings.minimum.max_iterations = 1;
    assert_int_equal(pel_fit_bands(fit, pool, &s, NULL, bands, &failed, &err),
                     PEL_ENOCONV);
    assert_int_equal(failed, 10);
    assert_non_null(
        strstr(err.text, "10 of 10 bootstrap replicates could not be fitted"));
    pel_fit_free(fit);
    pel_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_band_of_a_mean_is_its_standard_error),
        cmocka_unit_test(bands_are_quantiles_of_the_replicates),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

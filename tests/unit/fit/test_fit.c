#include <pelrate/constants.h>
#include <pelrate/fit.h>
#include <pelrate/provenance.h>

#include "glasses.h"
#include "synthetic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static struct glasses glasses;
static const char *const names[] = {"glasses.csv"};
static const double e_is[] = {-4.6913, -4.6827, -4.6741};
enum { LEVELS = 3 };

/* Three glasses of n events: E_A gamma, E_R weibull, both drifting with E_IS and
 * independent; duplicates and failures in between. */
static void draw(size_t n, uint64_t seed)
{
    glasses_begin(&glasses, "potential=mm; push_A=0.5");
    const char *const sample[] = {"slow", "middle", "fast"};
    for (size_t l = 0; l < LEVELS; l++) {
        struct pel_random random;
        pel_random_init(&random, seed, l, 0);
        const double a[] = {4.7 - 0.9 * (double)l, 0.31};
        const double r[] = {2.3 - 0.3 * (double)l, 0.61};
        for (size_t i = 0; i < n; i++) {
            const double e_a = synthetic_energy(&random, "gamma", a);
            const double e_r = synthetic_energy(&random, "weibull", r);
            glasses_add(&glasses, sample[l], e_is[l], PEL_EVENT_VALID, e_a, e_r);
            if (i % 4 == 0)
                glasses_add(&glasses, sample[l], e_is[l], "not converged", NAN, NAN);
            if (i % 8 == 0)
                glasses_add(&glasses, sample[l], e_is[l], PEL_EVENT_VALID, e_a, e_r)
                    ->duplicate_of = 1;
        }
    }
}

static struct pel_pool *pool_of(const struct pel_pool_settings *settings)
{
    const struct pel_event_list *lists[] = {&glasses.list};
    struct pel_pool *pool = NULL;
    struct pel_error err = {0};
    if (pel_pool_create(1, lists, names, settings, &pool, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return pool;
}

static struct pel_fit *fit_of(const struct pel_pool *pool,
                              const struct pel_fit_settings *settings)
{
    struct pel_fit *fit = NULL;
    struct pel_error err = {0};
    if (pel_fit_create(pool, settings, &fit, &err) != PEL_OK) fail_msg("%s", err.text);
    return fit;
}

static struct pel_average average_of(const struct pel_landscape *landscape, double e,
                                     double temperature)
{
    struct pel_landscape_scratch *scratch = NULL;
    struct pel_average average;
    struct pel_error err = {0};
    assert_int_equal(pel_landscape_scratch_create(landscape, &scratch, NULL), PEL_OK);
    if (pel_landscape_average(landscape, e, 1.0 / (PEL_KB * temperature),
                              PEL_RANGE_STRICT, scratch, &average, &err) != PEL_OK)
        fail_msg("%s", err.text);
    pel_landscape_scratch_free(scratch);
    return average;
}

static void close_to(double value, double want, double tolerance, const char *what)
{
    if (!(fabs(value - want) <= tolerance))
        fail_msg("%s: %.17g, want %.17g", what, value, want);
}

static void a_histogram_integrates_to_one_and_counts_add_up(void **state)
{
    (void)state;
    draw(237, 11);
    struct pel_pool_settings selection = pel_pool_settings_defaults();
    selection.min_e_a_eV = 0.413;
    selection.min_e_r_eV = 0.077;
    struct pel_pool *pool = pool_of(&selection);
    assert_true(pool->counts.below_e_a > 0 && pool->counts.below_e_r > 0);
    for (int rule = 0; rule < 3; rule++) {
        struct pel_fit_settings settings = pel_fit_settings_defaults();
        settings.bins = rule == 1 ? PEL_BINS_KNUTH : PEL_BINS_FREEDMAN_DIACONIS;
        if (rule == 2) settings.bin_width_eV[PEL_ACTIVATION] = 0.0713;
        struct pel_fit *fit = fit_of(pool, &settings);
        if (rule == 2) assert_true(fit->bins[PEL_ACTIVATION].width == 0.0713);
        assert_int_equal(pel_landscape_levels(fit->landscape), LEVELS);
        for (size_t l = 0; l < LEVELS; l++)
            for (int which = 0; which < 2; which++) {
                struct pel_histogram h;
                assert_int_equal(
                    pel_landscape_histogram(fit->landscape, l,
                                            (enum pel_landscape_spectrum)which, &h, NULL),
                    PEL_OK);
                double one = 0.0, count = 0.0;
                for (size_t k = 0; k < h.n; k++) {
                    one += h.density[k] * (h.hi_eV[k] - h.lo_eV[k]);
                    count += h.count[k];
                }
                close_to(one, 1.0, 1e-13, "integral");
                assert_true(count == (double)pool->levels[l].counts.kept);
                /* Nothing below the floor of the selection. */
                assert_true(h.lo_eV[0] == (which == 0 ? 0.413 : 0.077));
            }
        pel_fit_free(fit);
    }
    pel_pool_free(pool);
}

/* Bins of 0.25 eV: E_A 0.3, 0.4, 0.9 -> densities 2/3/0.25, 0, 1/3/0.25 from 0.25 on. */
static void exact_bins(void **state)
{
    (void)state;
    glasses_begin(&glasses, "s=1");
    const double e_a[] = {0.3, 0.4, 0.9}, e_r[] = {0.1, 0.6, 0.3};
    for (size_t i = 0; i < 3; i++)
        glasses_add(&glasses, "g", -4.68, PEL_EVENT_VALID, e_a[i], e_r[i]);
    struct pel_pool *pool = pool_of(NULL);
    struct pel_fit_settings settings = pel_fit_settings_defaults();
    settings.min_events = 3;
    settings.bin_width_eV[0] = 0.25;
    settings.bin_width_eV[1] = 0.5;
    struct pel_fit *fit = fit_of(pool, &settings);
    struct pel_histogram h;
    assert_int_equal(pel_landscape_histogram(fit->landscape, 0, PEL_ACTIVATION, &h, NULL),
                     PEL_OK);
    assert_int_equal(h.n, 4);
    const double want[] = {0.0, 8.0 / 3.0, 0.0, 4.0 / 3.0},
                 count[] = {0.0, 2.0, 0.0, 1.0};
    for (size_t k = 0; k < 4; k++) {
        close_to(h.density[k], want[k], 1e-15, "density");
        assert_true(h.count[k] == count[k] && h.lo_eV[k] == 0.25 * (double)k);
    }
    /* Z of two boxes in closed form. */
    const double beta = 1.0 / (PEL_KB * 641.3);
    const double z = 8.0 / 3.0 * (exp(-0.25 * beta) - exp(-0.5 * beta)) / beta +
                     4.0 / 3.0 * (exp(-0.75 * beta) - exp(-1.0 * beta)) / beta;
    const struct pel_average average = average_of(fit->landscape, -4.68, 641.3);
    close_to(average.ln_z, log(z), 1e-12, "ln Z");
    close_to(average.e_r, (0.25 * 2.0 + 0.75) / 3.0, 1e-14, "<E_R>");
    pel_fit_free(fit);
    pel_pool_free(pool);
}

static void events_give_plain_sums_at_the_level(void **state)
{
    (void)state;
    draw(73, 5);
    struct pel_pool_settings selection = pel_pool_settings_defaults();
    selection.grouping = PEL_POOL_GAP;
    selection.gap_eV_per_atom = 0.0086001; /* all three: steps 8.6 meV */
    struct pel_pool *pool = pool_of(&selection);
    assert_int_equal(pool->n_levels, 1);
    struct pel_fit_settings settings = pel_fit_settings_defaults();
    settings.kind = PEL_LANDSCAPE_EVENTS;
    struct pel_fit *fit = fit_of(pool, &settings);
    const double e = (e_is[0] + e_is[1] + e_is[2]) / 3.0, beta = 1.0 / (PEL_KB * 873.0);
    double z = 0.0, e_r = 0.0;
    for (size_t i = 0; i < pool->n; i++) {
        z += exp(-beta * pool->e_a[i]) / (double)pool->n;
        e_r += pool->e_r[i] / (double)pool->n;
    }
    assert_int_equal(pel_landscape_levels(fit->landscape), 1);
    const struct pel_average average = average_of(fit->landscape, e, 873.0);
    close_to(average.ln_z, log(z), 1e-12, "ln Z");
    close_to(average.e_r, e_r, 1e-13, "<E_R>");
    pel_fit_free(fit);
    pel_pool_free(pool);
}

static void parametric_finds_family_and_averages(void **state)
{
    (void)state;
    draw(2000, 23);
    struct pel_pool *pool = pool_of(NULL);
    struct pel_fit_settings settings = pel_fit_settings_defaults();
    settings.kind = PEL_LANDSCAPE_PARAMETRIC;
    struct pel_fit *fit = fit_of(pool, &settings);
    assert_int_equal(fit->degree, 1);
    assert_string_equal(fit->trials[PEL_ACTIVATION][0].family->name, "gamma");
    assert_string_equal(fit->trials[PEL_RELAXATION][0].family->name, "weibull");
    for (int which = 0; which < 2; which++) {
        assert_int_equal(fit->n_trials[which], 6);
        for (size_t k = 1; k < fit->n_trials[which]; k++)
            assert_true(!fit->trials[which][k].converged ||
                        fit->trials[which][k].fit.aic >
                            fit->trials[which][k - 1].fit.aic);
    }
    /* The truth at the middle level: shape 3.8, scale 0.31. ln Z at 900 K to the error of
     * 2000 events a level. */
    const double beta = 1.0 / (PEL_KB * 900.0);
    const struct pel_average average = average_of(fit->landscape, e_is[1], 900.0);
    close_to(average.ln_z, -3.8 * log1p(0.31 * beta), 0.25, "ln Z");
    close_to(average.e_r, 0.61 * tgamma(1.5), 0.01, "<E_R>");
    for (size_t l = 0; l < LEVELS; l++) {
        assert_true(fit->levels[l].ks_activation < 0.04);
        assert_true(fit->levels[l].ks_activation_p > 0.01);
        assert_true(fit->levels[l].ks_relaxation_p > 0.01);
        assert_true(fabs(fit->levels[l].pearson) < 0.07);
        assert_true(fit->levels[l].pearson_p > 0.001);
    }
    pel_fit_free(fit);
    /* A given family is the only one that is tried. */
    settings.activation = pel_family_find("lognormal");
    settings.degree = 2;
    fit = fit_of(pool, &settings);
    assert_int_equal(fit->n_trials[PEL_ACTIVATION], 1);
    assert_string_equal(fit->trials[PEL_ACTIVATION][0].family->name, "lognormal");
    assert_int_equal(fit->trials[PEL_RELAXATION][0].fit.degree, 2);
    pel_fit_free(fit);
    pel_pool_free(pool);
}

/* Two events a level, everything by hand. */
static void diagnostics_by_hand(void **state)
{
    (void)state;
    glasses_begin(&glasses, "s=1");
    glasses_add(&glasses, "g", -4.69, PEL_EVENT_VALID, 0.30, 0.70);
    glasses_add(&glasses, "g", -4.69, PEL_EVENT_VALID, 0.34, 0.10);
    glasses_add(&glasses, "g", -4.69, PEL_EVENT_VALID, 0.52, 0.40);
    glasses_add(&glasses, "g", -4.69, "not converged", NAN, NAN);
    struct pel_pool *pool = pool_of(NULL);
    struct pel_fit_settings settings = pel_fit_settings_defaults();
    settings.kind = PEL_LANDSCAPE_EVENTS;
    settings.min_events = 3;
    struct pel_fit *fit = fit_of(pool, &settings);
    const struct pel_fit_level *d = &fit->levels[0];
    close_to(d->mean_e_a, 1.16 / 3.0, 1e-15, "mean");
    close_to(d->mean_e_r, 0.4, 1e-15, "mean");
    close_to(d->sd_e_r, 0.3, 1e-15, "sd");
    assert_true(d->min_e_a == 0.30);
    close_to(d->downhill, 1.0 / 3.0, 1e-15, "downhill");
    /* Ranks 1 2 3 and 3 1 2: sum d^2 = 4 + 1 + 1. */
    close_to(d->spearman, 1.0 - 6.0 * 6.0 / 24.0, 1e-14, "spearman");
    for (size_t k = 0; k < PEL_FIT_N_EFF; k++) {
        const double kt = PEL_KB * pel_fit_n_eff_temperature(k);
        const double a = exp(-0.04 / kt), b = exp(-0.22 / kt), s = 1.0 + a + b;
        close_to(d->n_eff[k], s * s / (1.0 + a * a + b * b), 1e-12, "n_eff");
    }
    assert_true(pel_fit_n_eff_temperature(0) == 300.0 &&
                pel_fit_n_eff_temperature(2) == 900.0);
    close_to(d->force_calls_per_distinct, (2000.0 + 6.0) / 3.0, 1e-12, "force calls");
    const double kt = PEL_KB * PEL_FIT_E_LOG_K;
    const double z = (exp(-0.30 / kt) + exp(-0.34 / kt) + exp(-0.52 / kt)) / 3.0;
    close_to(d->e_log_events, -kt * log(z), 1e-14, "E_log");
    close_to(d->e_log_fit, d->e_log_events, 1e-14, "E_log");
    assert_true(isnan(d->e_is_sd) && isnan(d->ks_activation));
    assert_true(fit->paths == 3.0);
    assert_true(pel_landscape_head(fit->landscape)->atoms == 2000.0);
    pel_fit_free(fit);
    settings.paths_from = PEL_FIT_PATHS_GIVEN;
    settings.paths = 1.0;
    settings.attempt_frequency_Hz = 2.7e12;
    fit = fit_of(pool, &settings);
    assert_true(pel_landscape_head(fit->landscape)->paths == 1.0);
    assert_true(pel_landscape_head(fit->landscape)->attempt_frequency_Hz == 2.7e12);
    pel_fit_free(fit);
    pel_pool_free(pool);
}

/* What is written reads back to the same averages, whatever the kind. */
static void a_written_landscape_reads_back_the_same(void **state)
{
    (void)state;
    draw(151, 31);
    struct pel_pool_settings selection = pel_pool_settings_defaults();
    selection.min_e_a_eV = 0.0513;
    struct pel_pool *pool = pool_of(&selection);
    for (int kind = 0; kind < 3; kind++) {
        struct pel_fit_settings settings = pel_fit_settings_defaults();
        settings.kind = (enum pel_landscape_kind)kind;
        settings.name = "a glass";
        struct pel_fit *fit = fit_of(pool, &settings);
        char path[] = "/tmp/pelrate-fit-XXXXXX";
        FILE *stream = fdopen(mkstemp(path), "w");
        assert_int_equal(
            pel_provenance_begin(stream, PEL_LANDSCAPE_FORMAT, NULL, 0, NULL, NULL),
            PEL_OK);
        assert_int_equal(pel_fit_write(fit, pool, &selection, stream, NULL), PEL_OK);
        fclose(stream);
        struct pel_landscape *read = NULL;
        struct pel_error err = {0};
        if (pel_landscape_read(path, &read, &err) != PEL_OK) fail_msg("%s", err.text);
        assert_int_equal(pel_landscape_kind(read), kind);
        assert_string_equal(pel_landscape_head(read)->name, "a glass");
        for (double T = 130.0; T < 1500.0; T *= 1.37)
            for (double e = e_is[0]; e <= e_is[2]; e += 0.0013) {
                const struct pel_average a = average_of(fit->landscape, e, T);
                const struct pel_average b = average_of(read, e, T);
                close_to(b.ln_z, a.ln_z, 1e-12 * (1.0 + fabs(a.ln_z)), "ln Z");
                close_to(b.e_r, a.e_r, 1e-13, "<E_R>");
            }
        pel_landscape_free(read);
        unlink(path);
        pel_fit_free(fit);
    }
    pel_pool_free(pool);
}

static void errors(void **state)
{
    (void)state;
    draw(12, 3);
    struct pel_pool_settings selection = pel_pool_settings_defaults();
    selection.min_e_a_eV = 1.0;
    struct pel_pool *pool = pool_of(&selection);
    struct pel_fit *fit = NULL;
    struct pel_error err = {0};
    struct pel_fit_settings settings = pel_fit_settings_defaults();
    settings.min_events = 12;
    assert_int_equal(pel_fit_create(pool, &settings, &fit, &err), PEL_EARG);
    assert_null(fit);
    char want[256];
    snprintf(want, sizeof want,
             "%zu events at -4.6913 eV/atom (1 samples, 12 distinct, %zu removed by the "
             "selection), expected at least 12 in each level",
             pool->levels[0].counts.kept, pool->levels[0].counts.below_e_a);
    assert_string_equal(err.text, want);
    pel_pool_free(pool);

    pool = pool_of(NULL);
    const struct pel_fit_settings defaults = pel_fit_settings_defaults();
    const double bad[] = {NAN, -1.0, INFINITY};
    for (size_t i = 0; i < 3; i++) {
        settings = defaults;
        settings.attempt_frequency_Hz = bad[i];
        assert_int_equal(pel_fit_create(pool, &settings, &fit, &err), PEL_EARG);
        settings = defaults;
        settings.paths_from = PEL_FIT_PATHS_GIVEN;
        settings.paths = bad[i];
        assert_int_equal(pel_fit_create(pool, &settings, &fit, &err), PEL_EARG);
        settings = defaults;
        settings.bin_width_eV[1] = bad[i];
        assert_int_equal(pel_fit_create(pool, &settings, &fit, &err), PEL_EARG);
    }
    settings = defaults;
    settings.kind = PEL_LANDSCAPE_PARAMETRIC;
    settings.degree = 3;
    assert_int_equal(pel_fit_create(pool, &settings, &fit, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "degree 3 with 3 levels, expected 0 to 2 and less than the "
                        "number of levels");
    settings.degree = -1;
    settings.relaxation = pel_family_find("delta");
    assert_int_equal(pel_fit_create(pool, &settings, &fit, &err), PEL_EARG);
    assert_string_equal(err.text, "family delta cannot be fitted");
    /* Shifted gamma on a density that decays from zero: the only one, so it is an error.
     */
    pel_pool_free(pool);

    glasses.list.n /= 3; /* one glass */
    pool = pool_of(NULL);
    settings = defaults;
    settings.kind = PEL_LANDSCAPE_PARAMETRIC;
    assert_int_equal(pel_fit_create(pool, &settings, &fit, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "one level, expected at least two for a parametric landscape");
    pel_pool_free(pool);

    draw(12, 3);
    selection = pel_pool_settings_defaults();
    selection.grouping = PEL_POOL_GAP;
    selection.gap_eV_per_atom = 1.0;
    selection.weighting = PEL_POOL_PER_SAMPLE;
    selection.min_e_a_eV = 1.0;
    pool = pool_of(&selection);
    settings = defaults;
    settings.kind = PEL_LANDSCAPE_EVENTS;
    assert_int_equal(pel_fit_create(pool, &settings, &fit, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "events of different weights, expected each the same: a "
                        "landscape of events has no weights");
    pel_pool_free(pool);
    pel_fit_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_histogram_integrates_to_one_and_counts_add_up),
        cmocka_unit_test(exact_bins),
        cmocka_unit_test(events_give_plain_sums_at_the_level),
        cmocka_unit_test(parametric_finds_family_and_averages),
        cmocka_unit_test(diagnostics_by_hand),
        cmocka_unit_test(a_written_landscape_reads_back_the_same),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/gumbel.h>

#include <pelrate/constants.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

static struct pel_relaxation *make(double tau, double B, double accuracy, size_t refine)
{
    struct pel_gumbel_settings set = pel_gumbel_settings_defaults();
    set.accuracy = accuracy;
    set.refine = refine;
    struct pel_relaxation *r = NULL;
    assert_int_equal(pel_gumbel_create(tau, B, &set, &r, NULL), PEL_OK);
    return r;
}

static void weights_are_those_of_the_equation(void **state)
{
    (void)state;
    const double tau = 2.34e7, B = 0.46;
    struct pel_relaxation *r = NULL;
    assert_int_equal(pel_gumbel_create(tau, B, NULL, &r, NULL), PEL_OK);
    const size_t n = pel_relaxation_units(r);
    double sum = 0.0, norm = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double u = B * log(pel_relaxation_tau(r, i) / tau);
        norm += exp(u - exp(u));
        sum += pel_relaxation_weight(r, i);
    }
    NEAR_REL(sum, 1.0, 1e-14);
    size_t top = 0;
    for (size_t i = 0; i < n; i++) {
        const double u = B * log(pel_relaxation_tau(r, i) / tau);
        NEAR_ABS(pel_relaxation_weight(r, i), exp(u - exp(u)) / norm, 1e-15);
        if (pel_relaxation_weight(r, i) > pel_relaxation_weight(r, top)) top = i;
    }
    /* The mode in ln tau is at tau; x is 1 there. */
    NEAR_REL(pel_relaxation_tau(r, top), tau, 1e-14);
    NEAR_REL(pel_gumbel_density(tau, B, tau), B / exp(1.0), 1e-15);
    /* What the width means: the mean time is tau Gamma(1 + 1/B). */
    double mean = 0.0;
    for (size_t i = 0; i < n; i++)
        mean += pel_relaxation_weight(r, i) * pel_relaxation_tau(r, i);
    NEAR_REL(mean, tau * tgamma(1.0 + 1.0 / B), 1e-7);
    pel_relaxation_free(r);
}

/* Largest change of any quantity over thirty decades of time between two spectra. */
static double change(const struct pel_relaxation *a, const struct pel_relaxation *b)
{
    double most = 0.0;
    for (double t = 1e-15; t < 1e15; t *= 1.93) {
        struct pel_relaxation_step p, q;
        struct pel_relaxation_wave v, w;
        pel_relaxation_step(a, t, &p);
        pel_relaxation_step(b, t, &q);
        pel_relaxation_wave(a, t, &v);
        pel_relaxation_wave(b, t, &w);
        most = fmax(most, fabs(p.value - q.value));
        most = fmax(most, fabs(p.slope - q.slope));
        most = fmax(most, fabs(v.storage - w.storage));
        most = fmax(most, fabs(v.loss - w.loss));
    }
    return most;
}

static void doubling_the_density_changes_nothing(void **state)
{
    (void)state;
    const double widths[] = {0.06, 0.13, 0.28, 0.46, 0.71, 0.93, 1.0};
    const double accuracies[] = {1e-4, 1e-8, 1e-10, 1e-12};
    for (size_t k = 0; k < sizeof widths / sizeof *widths; k++)
        for (size_t a = 0; a < sizeof accuracies / sizeof *accuracies; a++) {
            struct pel_relaxation *once = make(1.0, widths[k], accuracies[a], 1),
                                  *twice = make(1.0, widths[k], accuracies[a], 2);
            const double most = change(once, twice);
            assert_true(most < accuracies[a]);
            /* The bound is not far from the truth: it would fail with a coarser grid. */
            if (widths[k] == 1.0 && accuracies[a] > 1e-9)
                assert_true(most > 1e-4 * accuracies[a]);
            pel_relaxation_free(once);
            pel_relaxation_free(twice);
        }
    struct pel_relaxation *wide = make(1.0, 0.5, 1e-10, 1),
                          *narrow = make(1.0, 0.51, 1e-10, 1);
    assert_true(change(wide, narrow) > 1e-3);
    pel_relaxation_free(wide);
    pel_relaxation_free(narrow);
}

static void the_step_solves_its_bound(void **state)
{
    (void)state;
    for (double accuracy = 1e-14; accuracy <= 1e-2; accuracy *= 10.0) {
        const double h = pel_gumbel_step(accuracy), r = PEL_PI / h;
        NEAR_REL(2.0 * exp(2.0) * r * r * exp(-PEL_PI * r), accuracy, 1e-9);
    }
    assert_true(pel_gumbel_step(1e-12) < pel_gumbel_step(1e-8));
}

static void short_times_go_as_a_power(void **state)
{
    (void)state;
    /* P(tau' < tau) = 1 - exp(-(tau'/tau)^B), so that for t << tau the step is
     * Gamma(1 - B) (t / tau)^B to first order. */
    const double B = 0.36;
    struct pel_relaxation *r = make(0.15, B, 1e-12, 1);
    struct pel_relaxation_step step;
    const double t = 0.15e-15, x = pow(1e-15, B);
    pel_relaxation_step(r, t, &step);
    NEAR_REL(step.value, tgamma(1.0 - B) * x - 0.5 * tgamma(1.0 - 2.0 * B) * x * x, 1e-6);
    NEAR_REL(step.slope, B * step.value, 1e-4);
    pel_relaxation_free(r);
}

static void every_error_says_why(void **state)
{
    (void)state;
    struct pel_relaxation *r = NULL;
    struct pel_error err = {0};
    const double taus[] = {0.0, -1.0, NAN, INFINITY};
    for (int i = 0; i < 4; i++)
        assert_int_equal(pel_gumbel_create(taus[i], 0.5, NULL, &r, &err), PEL_EARG);
    assert_string_equal(err.text, "relaxation time is inf s, expected a number > 0");
    const double widths[] = {0.0, -0.2, 1.0000001, NAN};
    for (int i = 0; i < 4; i++)
        assert_int_equal(pel_gumbel_create(1.0, widths[i], NULL, &r, &err), PEL_EARG);
    assert_string_equal(err.text, "B is nan, expected a number in (0, 1]");
    assert_int_equal(pel_gumbel_create(1.0, 0.01, NULL, &r, &err), PEL_EARG);
    assert_non_null(strstr(err.text, "expected a larger B"));
    struct pel_gumbel_settings set = pel_gumbel_settings_defaults();
    set.accuracy = 0.0;
    assert_int_equal(pel_gumbel_create(1.0, 0.5, &set, &r, &err), PEL_EARG);
    set = pel_gumbel_settings_defaults();
    set.refine = 0;
    assert_int_equal(pel_gumbel_create(1.0, 0.5, &set, &r, &err), PEL_EARG);
    assert_null(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_those_of_the_equation),
        cmocka_unit_test(doubling_the_density_changes_nothing),
        cmocka_unit_test(the_step_solves_its_bound),
        cmocka_unit_test(short_times_go_as_a_power),
        cmocka_unit_test(every_error_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

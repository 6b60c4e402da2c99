#include <pelrate/relaxation.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

static struct pel_relaxation *three(void)
{
    /* Out of order on purpose, weights not normalised. */
    const double tau[3] = {31.7, 0.0042, 1.9e6}, w[3] = {0.9, 1.7, 0.55};
    struct pel_relaxation *r = NULL;
    assert_int_equal(pel_relaxation_create(3, tau, w, &r, NULL), PEL_OK);
    return r;
}

static void units_are_sorted_and_normalised(void **state)
{
    (void)state;
    struct pel_relaxation *r = three();
    assert_int_equal(pel_relaxation_units(r), 3);
    assert_true(pel_relaxation_tau(r, 0) == 0.0042 && pel_relaxation_tau(r, 2) == 1.9e6);
    NEAR_REL(pel_relaxation_weight(r, 0), 1.7 / 3.15, 1e-15);
    NEAR_REL(pel_relaxation_weight(r, 2), 0.55 / 3.15, 1e-15);
    pel_relaxation_free(r);
}

static void steps_are_sums_of_exponentials(void **state)
{
    (void)state;
    struct pel_relaxation *r = three();
    for (double t = 1e-12; t < 1e13; t *= 2.713) {
        double value = 0.0, slope = 0.0, spread = 0.0;
        for (size_t i = 0; i < 3; i++) {
            const double s = t / pel_relaxation_tau(r, i),
                         w = pel_relaxation_weight(r, i);
            value -= w * expm1(-s);
            slope += w * s * exp(-s);
            spread += w * s * exp(-s) * log(pel_relaxation_tau(r, i));
        }
        struct pel_relaxation_step step;
        pel_relaxation_step(r, t, &step);
        /* Relative where all units are slow, else absolute of shares of one. */
        NEAR_ABS(step.value, value, 2e-15);
        NEAR_ABS(step.slope, slope, 2e-15);
        NEAR_ABS(step.spread, spread, 1e-13);
        if (t < 1e-6) NEAR_REL(step.value, value, 1e-13);
    }
    struct pel_relaxation_step step;
    pel_relaxation_step(r, 0.0, &step);
    assert_true(step.value == 0.0 && step.slope == 0.0);
    pel_relaxation_step(r, INFINITY, &step);
    NEAR_REL(step.value, 1.0, 1e-15);
    assert_true(step.slope == 0.0);
    pel_relaxation_step(r, -1.0, &step);
    assert_true(isnan(step.value) && isnan(step.slope));
    pel_relaxation_step(r, NAN, &step);
    assert_true(isnan(step.value));
    pel_relaxation_free(r);
}

static void derivatives_agree_with_differences(void **state)
{
    (void)state;
    struct pel_relaxation *r = three();
    const double h = 1e-5;
    for (double t = 1e-5; t < 1e8; t *= 3.31) {
        struct pel_relaxation_step at, up, down;
        pel_relaxation_step(r, t, &at);
        pel_relaxation_step(r, t * exp(h), &up);
        pel_relaxation_step(r, t * exp(-h), &down);
        NEAR_ABS(at.slope, (up.value - down.value) / (2.0 * h), 1e-10);
        struct pel_relaxation_wave wave, high, low;
        pel_relaxation_wave(r, 1.0 / t, &wave);
        pel_relaxation_wave(r, exp(h) / t, &high);
        pel_relaxation_wave(r, exp(-h) / t, &low);
        NEAR_ABS(wave.storage_slope, (high.storage - low.storage) / (2.0 * h), 1e-10);
        NEAR_ABS(wave.loss_slope, (high.loss - low.loss) / (2.0 * h), 1e-10);
    }
    pel_relaxation_free(r);
}

static void a_debye_unit_peaks_at_omega_tau_one(void **state)
{
    (void)state;
    struct pel_relaxation *r = NULL;
    const double tau = 0.0317;
    assert_int_equal(pel_relaxation_debye(tau, &r, NULL), PEL_OK);
    struct pel_relaxation_wave wave;
    pel_relaxation_wave(r, 1.0 / tau, &wave);
    NEAR_REL(wave.loss, 0.5, 1e-15);
    NEAR_REL(wave.storage, 0.5, 1e-15);
    NEAR_ABS(wave.loss_slope, 0.0, 1e-15);
    NEAR_REL(wave.storage_slope, -0.5, 1e-15);
    /* The slope changes its sign within a part in 1e6. */
    pel_relaxation_wave(r, (1.0 - 1e-6) / tau, &wave);
    assert_true(wave.loss_slope > 0.0);
    pel_relaxation_wave(r, (1.0 + 1e-6) / tau, &wave);
    assert_true(wave.loss_slope < 0.0);
    /* Far out, where s^2 would overflow. */
    pel_relaxation_wave(r, 1e200 / tau, &wave);
    NEAR_REL(wave.loss, 1e-200, 1e-14);
    pel_relaxation_wave(r, 0.0, &wave);
    assert_true(wave.storage == 1.0 && wave.loss == 0.0);
    pel_relaxation_wave(r, -1.0, &wave);
    assert_true(isnan(wave.storage) && isnan(wave.loss_slope));
    pel_relaxation_free(r);
}

static void every_error_says_why(void **state)
{
    (void)state;
    struct pel_relaxation *r = NULL;
    struct pel_error err = {0};
    const double tau[2] = {1.3, -2.0}, odd[2] = {1.3, NAN}, w[2] = {1.0, 1.0},
                 bad[2] = {1.0, -0.1}, none[2] = {0.0, 0.0};
    assert_int_equal(pel_relaxation_create(0, tau, w, &r, &err), PEL_EARG);
    assert_int_equal(pel_relaxation_create(2, tau, w, &r, &err), PEL_EARG);
    assert_string_equal(err.text, "relaxation: time 1 is -2 s, expected a number > 0");
    assert_int_equal(pel_relaxation_create(2, odd, w, &r, &err), PEL_EARG);
    assert_int_equal(pel_relaxation_create(1, tau, bad + 1, &r, &err), PEL_EARG);
    assert_non_null(strstr(err.text, "weight 0 is -0.1"));
    assert_int_equal(pel_relaxation_create(1, tau, none, &r, &err), PEL_EARG);
    assert_non_null(strstr(err.text, "add up to 0"));
    assert_null(r);
    pel_relaxation_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_are_sorted_and_normalised),
        cmocka_unit_test(steps_are_sums_of_exponentials),
        cmocka_unit_test(derivatives_agree_with_differences),
        cmocka_unit_test(a_debye_unit_peaks_at_omega_tau_one),
        cmocka_unit_test(every_error_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

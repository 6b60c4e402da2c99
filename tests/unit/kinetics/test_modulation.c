#include <pelrate/constants.h>
#include <pelrate/modulation.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

static const double mass = 75.7, period = 60.0, underlying = 0.05, sine = 0.5;
enum { ROWS = 12001 };
static struct pel_ageing_row rows[ROWS];

static struct pel_programme *modulated(void)
{
    struct pel_programme *programme = NULL;
    assert_int_equal(pel_programme_modulated(500.0, 530.0, underlying, sine, period, 200,
                                             &programme, NULL),
                     PEL_OK);
    return programme;
}

/* A history made by hand: E_IS follows the temperature by `follows` [eV/atom/K], behind its
 * sine by `lag` [rad], and falls by `falls` [eV/atom/s] besides. */
static struct pel_ageing by_hand(double follows, double lag, double falls)
{
    const double omega = 2.0 * PEL_PI / period, duration = 600.0;
    for (size_t i = 0; i < ROWS; i++) {
        const double t = duration * (double)i / (ROWS - 1);
        rows[i] = (struct pel_ageing_row){
            .time_s = t,
            .e_is = -4.68 - falls * t +
                    follows * (underlying * t + sine * sin(omega * t - lag)),
            .rate =
                -falls + follows * (underlying + sine * omega * cos(omega * t - lag))};
    }
    return (struct pel_ageing){.n = ROWS, .rows = rows};
}

static struct pel_modulation_row *split(const struct pel_ageing *ageing,
                                        const struct pel_heat_capacity *vibrations,
                                        size_t *n)
{
    struct pel_programme *programme = modulated();
    struct pel_modulation_row *out = NULL;
    struct pel_error err = {0};
    if (pel_modulation_split(ageing, programme, vibrations, mass, period, &out, n,
                             &err) != PEL_OK)
        fail_msg("%s", err.text);
    pel_programme_free(programme);
    return out;
}

/* Vibrations alone are reversing; what falls steadily is not; both add up. */
static void parts_add_up(void **state)
{
    (void)state;
    struct pel_heat_capacity law;
    assert_int_equal(pel_heat_capacity_parse("dulong-petit", mass, &law, NULL), PEL_OK);
    const double J_per_g = PEL_EV_J_PER_MOL / mass, falls = 2e-7;
    const double cp = pel_heat_capacity_at(&law, 500.0);
    const struct pel_ageing ageing = by_hand(0.0, 0.0, falls);
    size_t n;
    struct pel_modulation_row *r = split(&ageing, &law, &n);
    assert_int_equal(n, (600 - 60) / 15 + 1);
    for (size_t i = 0; i < n; i++) {
        NEAR_REL(r[i].time_s, 30.0 + 15.0 * (double)i, 1e-12);
        NEAR_REL(r[i].rate_K_per_s, underlying, 1e-9);
        NEAR_REL(r[i].amplitude_K_per_s, sine * 2.0 * PEL_PI / period, 1e-3);
        NEAR_REL(r[i].temperature_K, 500.0 + underlying * r[i].time_s, 1e-6);
        NEAR_REL(r[i].reversing_cp_J_per_g_K, cp, 1e-9);
        NEAR_ABS(r[i].phase_rad, 0.0, 1e-9);
        NEAR_REL(r[i].reversing_W_per_g, -cp * underlying, 1e-8);
        NEAR_REL(r[i].non_reversing_W_per_g, falls * J_per_g, 1e-7);
        NEAR_REL(r[i].total_W_per_g, falls * J_per_g - cp * underlying, 1e-8);
    }
    free(r);
}

/* In equilibrium E_IS is reversing; what lags has a phase, and a modulus that does not see
 * it. The straight lines of the programme fall short of the sine by 1e-4. */
static void what_lags_has_a_phase(void **state)
{
    (void)state;
    const double J_per_g = PEL_EV_J_PER_MOL / mass, follows = 2e-6;
    static const double lags[] = {0.0, 0.4, 1.3};
    for (size_t k = 0; k < 3; k++) {
        const struct pel_ageing ageing = by_hand(follows, lags[k], 0.0);
        size_t n;
        struct pel_modulation_row *r = split(&ageing, NULL, &n);
        for (size_t i = 0; i < n; i++) {
            NEAR_REL(r[i].reversing_cp_J_per_g_K, follows * J_per_g, 1e-3);
            NEAR_ABS(r[i].phase_rad, -lags[k], 1e-6);
            NEAR_ABS(r[i].non_reversing_W_per_g, 0.0,
                     1e-3 * follows * J_per_g * underlying);
        }
        free(r);
    }
}

static void no_modulation_is_told(void **state)
{
    (void)state;
    const struct pel_ageing ageing = by_hand(0.0, 0.0, 1e-7);
    struct pel_programme *programme = modulated(), *plain = NULL;
    assert_int_equal(pel_programme_ramp(500.0, 530.0, underlying, &plain, NULL), PEL_OK);
    struct pel_modulation_row *r = NULL;
    struct pel_error err = {0};
    size_t n = 7;
    assert_int_equal(
        pel_modulation_split(&ageing, plain, NULL, mass, period, &r, &n, &err), PEL_EARG);
    assert_non_null(strstr(err.text, "no modulation"));
    assert_null(r);
    assert_int_equal(n, 0);
    const double bad[] = {0.0, -1.0, NAN, 601.0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(
            pel_modulation_split(&ageing, programme, NULL, mass, bad[i], &r, &n, &err),
            PEL_EARG);
    assert_int_equal(
        pel_modulation_split(&ageing, programme, NULL, mass, 1e-4, &r, &n, &err),
        PEL_EARG);
    assert_non_null(strstr(err.text, "rows"));
    pel_programme_free(programme);
    pel_programme_free(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parts_add_up),
                                       cmocka_unit_test(what_lags_has_a_phase),
                                       cmocka_unit_test(no_modulation_is_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

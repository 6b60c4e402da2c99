#include <pelrate/constants.h>
#include <pelrate/dsc.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"
#include "fixtures.h"

static struct pel_dsc *run(struct pel_rate *rate, const struct pel_dsc_settings *settings)
{
    struct pel_dsc *dsc = NULL;
    struct pel_error err = {0};
    if (pel_dsc_run(rate, settings, NULL, &dsc, &err) != PEL_OK) fail_msg("%s", err.text);
    return dsc;
}

static void heat_flow_is_the_energy_that_is_lost(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    struct pel_dsc_settings set = pel_dsc_settings_defaults();
    set.cool_K_per_s = 431.0;
    set.heat_K_per_s = 2.7;
    struct pel_dsc *dsc = run(rate, &set);
    const double J_per_g = PEL_EV_J_PER_MOL / 75.72432;
    double released = 0.0, all = 0.0, lowest = dsc->rows[0].e_is;
    for (size_t i = 0; i < dsc->n; i++) {
        const struct pel_dsc_row *row = &dsc->rows[i];
        NEAR_REL(row->heat_flow, -row->rate * J_per_g, 1e-15);
        NEAR_REL(row->de_dT, row->rate / 2.7, 1e-15);
        NEAR_REL(row->temperature_K, 300.0 + 2.7 * row->time_s, 1e-13);
        lowest = fmin(lowest, row->e_is);
        if (i == 0) continue;
        const struct pel_dsc_row *last = row - 1;
        const double part =
            0.5 * (row->heat_flow + last->heat_flow) * (row->time_s - last->time_s);
        all += part;
        if (row->heat_flow > 0.0 || last->heat_flow > 0.0) released += part;
    }
    /* The area under the exotherm is the enthalpy, the whole area the change of e. */
    NEAR_REL(released, dsc->peaks.enthalpy_J_per_g, 2e-4);
    NEAR_REL(all, (dsc->rows[0].e_is - dsc->rows[dsc->n - 1].e_is) * J_per_g, 2e-4);
    NEAR_REL(dsc->peaks.enthalpy_J_per_g, (dsc->peaks.e_glass - lowest) * J_per_g, 1e-12);
    NEAR_REL(dsc->peaks.enthalpy_kJ_per_mol, dsc->peaks.enthalpy_J_per_g * 75.72432e-3,
             1e-12);
    assert_true(dsc->peaks.e_glass == dsc->rows[0].e_is);
    double e_ss;
    assert_int_equal(
        pel_rate_steady_e_is(rate, dsc->peaks.fictive_temperature_K, &e_ss, NULL),
        PEL_OK);
    NEAR_REL(e_ss, dsc->peaks.e_glass, 1e-11);
    const struct pel_dsc_peaks *p = &dsc->peaks;
    assert_true(300.0 < p->onset_K && p->onset_K < p->peak_K && p->peak_K < p->end_K);
    assert_true(p->end_K < p->endotherm_peak_K && p->endotherm_peak_K < 900.0);
    assert_true(p->peak_heat_flow > 0.0 && p->endotherm_heat_flow < 0.0);
    for (size_t i = 0; i < dsc->n; i++) {
        assert_true(dsc->rows[i].heat_flow <= p->peak_heat_flow * (1.0 + 1e-4));
        assert_true(dsc->rows[i].heat_flow >= p->endotherm_heat_flow * (1.0 + 1e-3));
    }
    pel_dsc_free(dsc);

    /* Exo down: the same scan upside down. */
    struct pel_dsc *up = run(rate, &set);
    set.sign = PEL_DSC_EXO_DOWN;
    struct pel_dsc *down = run(rate, &set);
    assert_int_equal(up->n, down->n);
    for (size_t i = 0; i < up->n; i++)
        assert_true(up->rows[i].heat_flow == -down->rows[i].heat_flow &&
                    up->rows[i].rate == down->rows[i].rate);
    assert_true(up->peaks.peak_heat_flow == -down->peaks.peak_heat_flow);
    assert_true(up->peaks.endotherm_heat_flow == -down->peaks.endotherm_heat_flow);
    assert_true(up->peaks.onset_K == down->peaks.onset_K);
    assert_true(up->peaks.enthalpy_J_per_g == down->peaks.enthalpy_J_per_g);
    pel_dsc_free(up);
    pel_dsc_free(down);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

/* One barrier, heated at R: x = e - e_steady obeys dx/dT = -(lambda/R) x; the exotherm
 * peaks where d(lambda x)/dT = 0, that is where lambda/R = E/(k T^2): Kissinger's
 * equation. */
static void one_barrier_peaks_where_kissinger_says(void **state)
{
    (void)state;
    struct pel_landscape *l = make_linear();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    struct pel_dsc_settings set = pel_dsc_settings_defaults();
    set.cool_K_per_s = 1e9; /* keeps what it starts with */
    set.start_K = 310.0;
    set.bottom_K = 250.0;
    set.end_K = 700.0;
    set.e_start = linear_steady + 0.021;
    for (double R = 0.1; R < 20.0; R *= 3.1) {
        set.heat_K_per_s = R;
        struct pel_dsc *dsc = run(rate, &set);
        const double T = dsc->peaks.peak_K, kT = PEL_KB * T;
        const double lambda = linear_nu * linear_slope * exp(-linear_barrier / kT);
        NEAR_REL(lambda / R * kT * T, linear_barrier, 3e-3); /* 0.05 K */
        NEAR_REL(dsc->peaks.e_glass, linear_steady + 0.021, 1e-12);
        NEAR_REL(dsc->peaks.enthalpy_kJ_per_mol, 0.021 * PEL_EV_J_PER_MOL * 1e-3, 1e-5);
        /* Nothing is steady at one temperature only, and nothing overshoots. */
        assert_true(isnan(dsc->peaks.fictive_temperature_K));
        /* The onset: the tangent at the inflection, from the closed form of the exotherm.
         */
        double steepest = 0.0, onset = NAN, before = 0.0;
        for (double t = 350.0; t < T; t += 0.01) {
            /* x = exp(-int lambda/R dT), integral of an Arrhenius rate by Simpson from
             * 300 K */
            double sum = 0.0;
            const int n = 200;
            if (t < T - 40.0) {
                before = 0.0;
                continue;
            }
            for (int i = 0; i <= n; i++) {
                const double u = 300.0 + (t - 300.0) * i / n;
                const double w = i == 0 || i == n ? 1.0 : (i % 2 ? 4.0 : 2.0);
                sum += w * linear_nu * linear_slope *
                       exp(-linear_barrier / (PEL_KB * u)) / R;
            }
            const double x = exp(-sum * (t - 300.0) / n / 3.0);
            const double flow =
                x * linear_nu * linear_slope * exp(-linear_barrier / (PEL_KB * t));
            if (before > 0.0 && (flow - before) / 0.01 > steepest) {
                steepest = (flow - before) / 0.01;
                onset = t - 0.005 - 0.5 * (flow + before) / steepest;
            }
            before = flow;
        }
        NEAR_ABS(dsc->peaks.onset_K, onset, 0.05);
        pel_dsc_free(dsc);
    }
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static void a_scan_that_ends_before_the_peak_has_none(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    struct pel_dsc_settings set = pel_dsc_settings_defaults();
    set.end_K = 550.0; /* the exotherm peaks at 624 K */
    struct pel_dsc *dsc = run(rate, &set);
    assert_true(isnan(dsc->peaks.peak_K) && isnan(dsc->peaks.onset_K));
    assert_true(isnan(dsc->peaks.endotherm_peak_K) && isnan(dsc->peaks.end_K));
    assert_true(dsc->peaks.enthalpy_J_per_g > 0.0);
    pel_dsc_free(dsc);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

/* Far below the transition the heat flow is rounding, which has a highest point too. */
static void noise_is_no_peak(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    struct pel_dsc_settings set = pel_dsc_settings_defaults();
    set.end_K = 301.0;
    struct pel_dsc *dsc = run(rate, &set);
    assert_true(isnan(dsc->peaks.peak_K) && isnan(dsc->peaks.onset_K));
    assert_true(isnan(dsc->peaks.peak_heat_flow) && isnan(dsc->peaks.end_K));
    assert_true(dsc->peaks.enthalpy_J_per_g < 1e-9);
    pel_dsc_free(dsc);
    /* Heated in a picosecond it gains nothing to speak of: no overshoot either. */
    set = pel_dsc_settings_defaults();
    set.cool_K_per_s = 1e-6;
    set.heat_K_per_s = 1e15;
    dsc = run(rate, &set);
    assert_true(isnan(dsc->peaks.endotherm_peak_K) && isnan(dsc->peaks.peak_K));
    pel_dsc_free(dsc);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static void every_error_says_why(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    struct pel_dsc_settings set = pel_dsc_settings_defaults();
    struct pel_dsc *dsc = (void *)1;
    struct pel_error err = {0};
    set.cool_K_per_s = 0.0;
    assert_int_equal(pel_dsc_run(rate, &set, NULL, &dsc, &err), PEL_EARG);
    assert_null(dsc);
    assert_string_equal(err.text,
                        "rates of cooling 0 K/s and heating 1 K/s, expected numbers > 0");
    set = pel_dsc_settings_defaults();
    set.bottom_K = 950.0;
    assert_int_equal(pel_dsc_run(rate, &set, NULL, &dsc, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "temperatures start 900 K, bottom 950 K, end 900 K, expected 0 "
                        "< bottom < start and bottom < end");
    set.bottom_K = -5.0;
    assert_int_equal(pel_dsc_run(rate, &set, NULL, &dsc, &err), PEL_EARG);
    set = pel_dsc_settings_defaults();
    set.start_K = 1400.0;
    assert_int_equal(pel_dsc_run(rate, &set, NULL, &dsc, &err), PEL_ENOROOT);
    assert_string_equal(
        err.text, "no steady state at 1400 K between e_is = -4.7 and -4.661 eV/atom: the "
                  "glass rejuvenates at both ends");
    set = pel_dsc_settings_defaults();
    set.end_K = 1400.0;
    assert_int_equal(pel_dsc_run(rate, &set, NULL, &dsc, &err), PEL_ERANGE);
    set = pel_dsc_settings_defaults();
    set.e_start = -4.5;
    assert_int_equal(pel_dsc_run(rate, &set, NULL, &dsc, &err), PEL_ERANGE);
    assert_null(dsc);
    pel_dsc_free(NULL);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

/* R1's barriers over a liquid whose E_IS is a straight line of the temperature: its excess
 * heat capacity is one number, and equal areas give T_ss(e_glass), whatever the rates. */
static struct pel_landscape *make_straight(void)
{
    const double T[] = {300.0, 1000.0}, e[] = {-4.71, -4.668};
    const struct pel_landscape_row rows[] = {
        {PEL_ACTIVATION, "shifted_gamma", "offset", {0.55, -60.0, 0.0}},
        {PEL_ACTIVATION, "shifted_gamma", "shape", {4.0, 0.0, 0.0}},
        {PEL_ACTIVATION, "shifted_gamma", "scale", {0.15, 0.0, 0.0}},
        {PEL_RELAXATION, "delta", "value", {1.0, 0.0, 0.0}}};
    struct pel_equilibrium *line = NULL;
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    assert_int_equal(
        pel_equilibrium_create(PEL_EQUILIBRIUM_LOG_MEAN, 2, T, e, &line, NULL), PEL_OK);
    const struct pel_landscape_head head = {.atoms = 1.0,
                                            .paths = 1.0,
                                            .attempt_frequency_Hz = 1e13,
                                            .molar_mass_g_per_mol = 75.7,
                                            .equilibrium = line};
    if (pel_landscape_create_parametric(&head, -4.67, -4.71, -4.668, 4, rows, &l, &err) !=
        PEL_OK)
        fail_msg("%s", err.text);
    pel_equilibrium_free(line);
    return l;
}

static void equal_areas_give_the_steady_state(void **state)
{
    (void)state;
    struct pel_landscape *l = make_straight();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    const double cool[] = {0.3, 20.0, 2000.0}, heat[] = {0.2, 3.0};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 2; k++) {
            struct pel_dsc_settings set = pel_dsc_settings_defaults();
            set.cool_K_per_s = cool[i];
            set.heat_K_per_s = heat[k];
            struct pel_dsc *dsc = run(rate, &set);
            const struct pel_dsc_peaks *p = &dsc->peaks;
            NEAR_ABS(p->fictive_temperature_K,
                     300.0 + (p->e_glass + 4.71) / (4.71 - 4.668) * 700.0, 1e-6);
            NEAR_ABS(p->equal_area_K, p->fictive_temperature_K, 0.2);
            pel_dsc_free(dsc);
        }
    /* A scan that ends before the liquid is reached has none. */
    struct pel_dsc_settings set = pel_dsc_settings_defaults();
    set.end_K = 600.0;
    struct pel_dsc *dsc = run(rate, &set);
    assert_true(isnan(dsc->peaks.equal_area_K));
    assert_true(isfinite(dsc->peaks.fictive_temperature_K));
    pel_dsc_free(dsc);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

/* Annealing on the way down is the same as running its programme. */
static void annealing_is_part_of_the_cooling(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    struct pel_dsc_settings set = pel_dsc_settings_defaults();
    struct pel_dsc *plain = run(rate, &set);
    set.anneal_K = 560.0;
    set.anneal_s = 600.0;
    struct pel_dsc *annealed = run(rate, &set);
    const struct pel_programme_row rows[] = {
        {.target_K = 900.0}, {560.0, 20.0, 600.0}, {300.0, 20.0, 0.0}};
    struct pel_programme *programme = NULL;
    struct pel_ageing *run_down = NULL;
    double e;
    assert_int_equal(pel_programme_create(3, rows, &programme, NULL), PEL_OK);
    assert_int_equal(pel_rate_steady_e_is(rate, 900.0, &e, NULL), PEL_OK);
    assert_int_equal(pel_ageing_run(rate, programme, e, NULL, NULL, &run_down, NULL),
                     PEL_OK);
    NEAR_ABS(annealed->peaks.e_glass, run_down->rows[run_down->n - 1].e_is, 1e-9);
    assert_true(annealed->peaks.e_glass < plain->peaks.e_glass - 5e-4);
    assert_true(annealed->peaks.enthalpy_J_per_g < 0.6 * plain->peaks.enthalpy_J_per_g);
    pel_ageing_free(run_down);
    pel_programme_free(programme);
    pel_dsc_free(plain);
    pel_dsc_free(annealed);
    struct pel_dsc *none = NULL;
    set.anneal_K = 950.0;
    assert_int_equal(pel_dsc_run(rate, &set, NULL, &none, NULL), PEL_EARG);
    set.anneal_s = NAN;
    assert_int_equal(pel_dsc_run(rate, &set, NULL, &none, NULL), PEL_EARG);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heat_flow_is_the_energy_that_is_lost),
        cmocka_unit_test(one_barrier_peaks_where_kissinger_says),
        cmocka_unit_test(a_scan_that_ends_before_the_peak_has_none),
        cmocka_unit_test(noise_is_no_peak),
        cmocka_unit_test(equal_areas_give_the_steady_state),
        cmocka_unit_test(annealing_is_part_of_the_cooling),
        cmocka_unit_test(every_error_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/ageing.h>
#include <pelrate/constants.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"
#include "fixtures.h"

static struct pel_ageing *run(struct pel_rate *rate,
                              const struct pel_programme *programme, double e_is,
                              const struct pel_ageing_settings *settings)
{
    struct pel_ageing *a = NULL;
    struct pel_error err = {0};
    if (pel_ageing_run(rate, programme, e_is, settings, NULL, &a, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return a;
}

static struct pel_ageing *hold(struct pel_rate *rate, double T, double time, double e_is,
                               const struct pel_ageing_settings *settings)
{
    struct pel_programme *p = NULL;
    assert_int_equal(pel_programme_isothermal(T, time, &p, NULL), PEL_OK);
    struct pel_ageing *a = run(rate, p, e_is, settings);
    pel_programme_free(p);
    return a;
}

static struct pel_ageing *ramp(struct pel_rate *rate, double from, double to,
                               double K_per_s, double e_is,
                               const struct pel_ageing_settings *settings)
{
    struct pel_programme *p = NULL;
    assert_int_equal(pel_programme_ramp(from, to, K_per_s, &p, NULL), PEL_OK);
    struct pel_ageing *a = run(rate, p, e_is, settings);
    pel_programme_free(p);
    return a;
}

/* lambda(T) of make_linear */
static double linear_lambda(double T)
{
    return linear_nu * linear_slope * exp(-linear_barrier / (PEL_KB * T));
}

static void one_barrier_decays_exponentially(void **state)
{
    (void)state;
    struct pel_landscape *l = make_linear();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    for (double T = 450.0; T < 800.0; T += 113.0) {
        const double lambda = linear_lambda(T), start = linear_steady + 0.0137;
        struct pel_ageing *a = hold(rate, T, 9.0 / lambda, start, NULL);
        for (size_t i = 0; i < a->n; i++) {
            const double decay = exp(-lambda * a->rows[i].time_s);
            NEAR_ABS(a->rows[i].e_is, linear_steady + 0.0137 * decay, 2e-10);
            NEAR_ABS(a->rows[i].rate, -lambda * 0.0137 * decay, 1e-5 * lambda * 0.0137);
            assert_true(a->rows[i].temperature_K == T);
        }
        pel_ageing_free(a);
    }
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static void error_scales_with_the_tolerance(void **state)
{
    (void)state;
    struct pel_landscape *l = make_linear();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    const double T = 611.0, lambda = linear_lambda(T), x0 = 0.0137;
    double error[3];
    size_t steps[3];
    for (int k = 0; k < 3; k++) {
        struct pel_ageing_settings set = pel_ageing_settings_defaults();
        set.rtol = pow(10.0, -4 - 2 * k);
        struct pel_ageing *a = hold(rate, T, 3.0 / lambda, linear_steady + x0, &set);
        error[k] = 0.0;
        for (size_t i = 0; i < a->n; i++)
            error[k] = fmax(error[k], fabs(a->rows[i].e_is - linear_steady -
                                           x0 * exp(-lambda * a->rows[i].time_s)));
        steps[k] = a->stats.steps;
        assert_true(error[k] < 2.0 * set.rtol * x0); /* what the setting promises */
        pel_ageing_free(a);
    }
    assert_true(error[1] < 0.1 * error[0] && error[2] < 0.1 * error[1]);
    assert_true(steps[0] < steps[1] && steps[1] < steps[2]);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

/* The finest of what a hold asks for: the same from quadrature, over many decades of
 * time. */
static void check_flight(struct pel_rate *rate, double T, double start, double decades)
{
    struct pel_ageing *a = hold(rate, T, 1e7, start, NULL);
    double first = 0.0, last = 0.0;
    for (size_t i = 1; i < a->n; i++) {
        /* Below 1e-6 eV/atom of change, the absolute tolerance 1e-12 is more than 1e-6 of
         * it. */
        if (fabs(a->rows[i].e_is - start) < 2e-6) continue;
        double t;
        struct pel_error err = {0};
        if (pel_ageing_time_of_flight(rate, T, start, a->rows[i].e_is, &t, &err) !=
            PEL_OK)
            fail_msg("%s", err.text);
        NEAR_REL(a->rows[i].time_s, t, 1e-6);
        if (first == 0.0) first = t;
        last = t;
    }
    assert_true(log10(last / first) > decades);
    pel_ageing_free(a);
}

/* R1's spectra at seven levels, binned. */
static struct pel_landscape *make_binned(void)
{
    enum { LEVELS = 7, BINS = 500 };
    static double lo[2][BINS], hi[2][BINS], density[LEVELS][2][BINS];
    static const double end[2] = {8.0, 50.0}; /* relaxation energies have a long tail */
    struct pel_landscape_level levels[LEVELS];
    const struct pel_family *gamma = pel_family_find("shifted_gamma");
    for (int k = 0; k < LEVELS; k++) {
        const double x = -0.030 + 0.006 * k;
        const double p[2][3] = {{0.55 - 60.0 * x, 4.0, 0.15}, {0.0, 1.0, 0.9 - 57.0 * x}};
        struct pel_histogram h[2];
        for (int s = 0; s < 2; s++) {
            for (int i = 0; i < BINS; i++) {
                lo[s][i] = end[s] * i / BINS;
                hi[s][i] = end[s] * (i + 1) / BINS;
                density[k][s][i] = (gamma->cumulative(p[s], hi[s][i]) -
                                    gamma->cumulative(p[s], lo[s][i])) /
                                   gamma->cumulative(p[s], end[s]) /
                                   (hi[s][i] - lo[s][i]);
            }
            h[s] = (struct pel_histogram){
                .n = BINS, .lo_eV = lo[s], .hi_eV = hi[s], .density = density[k][s]};
        }
        levels[k] = (struct pel_landscape_level){-4.67 + x, h[0], h[1]};
    }
    const struct pel_landscape_head head = {.atoms = 1.0,
                                            .paths = 1.0,
                                            .attempt_frequency_Hz = 1e13,
                                            .molar_mass_g_per_mol = 75.7};
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    if (pel_landscape_create_histogram(&head, LEVELS, levels, &l, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return l;
}

static void a_hold_agrees_with_the_time_of_flight_over_ten_decades(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    check_flight(rate, 450.0, -4.665, 15.0);
    check_flight(rate, 550.0, -4.665, 15.0);
    check_flight(rate, 400.0, -4.6713, 12.0);
    pel_rate_free(rate);
    rate = make_rate(l, "kinetic", PEL_RANGE_STRICT);
    check_flight(rate, 350.0, -4.6671, 10.0);
    pel_rate_free(rate);
    pel_landscape_free(l);
    l = make_binned();
    rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    check_flight(rate, 510.0, -4.6651, 10.0);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

/* An independent integrator: GSL's implicit Bulirsch-Stoer in temperature, f and its
 * derivatives written down here from the equations of R1. */
static int r1_slope(double T, const double y[], double dydT[], void *params)
{
    const double per_K = *(const double *)params, kT = PEL_KB * T, x = y[0];
    const double e_a = 0.55 - 60.0 * x + 4.0 * kT * log1p(0.15 / kT);
    dydT[0] = 1e13 * exp(-e_a / kT) * (e_a - 0.9 + 57.0 * x) * per_K;
    return GSL_SUCCESS;
}

static int r1_jacobian(double T, const double y[], double *dfdy, double dfdT[],
                       void *params)
{
    const double per_K = *(const double *)params, kT = PEL_KB * T, x = y[0];
    const double g = 4.0 * kT * log1p(0.15 / kT), e_a = 0.55 - 60.0 * x + g;
    const double gain = e_a - 0.9 + 57.0 * x, hops = 1e13 * exp(-e_a / kT) * per_K;
    dfdy[0] = hops * (60.0 / kT * gain - 3.0);
    const double g_T = PEL_KB * (4.0 * log1p(0.15 / kT) - 4.0 * 0.15 / (kT + 0.15));
    dfdT[0] = hops * ((e_a / (kT * T) - g_T / kT) * gain + g_T);
    return GSL_SUCCESS;
}

static double r1_by_gsl(double from, double to, double K_per_s, double e_is)
{
    double per_K = (to > from ? 1.0 : -1.0) / K_per_s, T = from, y = e_is + 4.67;
    const gsl_odeiv2_system system = {r1_slope, r1_jacobian, 1, &per_K};
    gsl_odeiv2_driver *driver = gsl_odeiv2_driver_alloc_y_new(
        &system, gsl_odeiv2_step_bsimp, to > from ? 1e-7 : -1e-7, 1e-12, 1e-11);
    assert_int_equal(gsl_odeiv2_driver_apply(driver, &T, to, &y), GSL_SUCCESS);
    gsl_odeiv2_driver_free(driver);
    return y - 4.67;
}

static void the_glass_transition_agrees_with_another_integrator(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    double before = -5.0, start;
    assert_int_equal(pel_rate_steady_e_is(rate, 900.0, &start, NULL), PEL_OK);
    /* Ten decades of cooling rate: CVODE with its default frequencies stays on the steady
     * state somewhere among these (odeint.h). */
    for (int k = -3; k <= 7; k++) {
        const double K_per_s = pow(10.0, k);
        struct pel_ageing *a = ramp(rate, 900.0, 300.0, K_per_s, start, NULL);
        const double e_glass = a->rows[a->n - 1].e_is;
        NEAR_ABS(e_glass, r1_by_gsl(900.0, 300.0, K_per_s, start), 2e-8);
        assert_true(e_glass > before + 5e-4); /* faster cooling, higher glass */
        before = e_glass;
        assert_true(a->stats.steps < 2000);
        assert_true(a->stats.jacobians >= a->stats.steps);
        pel_ageing_free(a);
    }
    /* And up again, through the overshoot. */
    struct pel_ageing *a = ramp(rate, 300.0, 690.0, 1.0, -4.6874199, NULL);
    NEAR_ABS(a->rows[a->n - 1].e_is, r1_by_gsl(300.0, 690.0, 1.0, -4.6874199), 2e-8);
    pel_ageing_free(a);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static void rates_are_those_of_the_trajectory(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    struct pel_ageing *a = ramp(rate, 300.0, 900.0, 1.0, -4.6847, NULL);
    size_t steady = 0;
    for (size_t i = 1; i + 1 < a->n; i++) {
        const struct pel_ageing_row *r = a->rows;
        /* Far from the steady state the rate is f(e, T) ... */
        struct pel_rate_point p;
        assert_int_equal(pel_rate_evaluate(rate, r[i].e_is, r[i].temperature_K, &p, NULL),
                         PEL_OK);
        if (fabs(p.d_rate_d_e) < 1e-2)
            NEAR_ABS(r[i].rate, p.rate, 1e-4 * fabs(p.rate) + 1e-12);
        /* ... on it, the slope of the steady state, although f is noise. */
        if (r[i].temperature_K > 800.0) {
            double up, down;
            assert_int_equal(
                pel_rate_steady_e_is(rate, r[i].temperature_K + 1.0, &up, NULL), 0);
            assert_int_equal(
                pel_rate_steady_e_is(rate, r[i].temperature_K - 1.0, &down, NULL), 0);
            NEAR_REL(r[i].rate, 0.5 * (up - down), 1e-3);
            steady++;
        }
        /* Between rows: nothing missed. */
        const double h = r[i].time_s - r[i - 1].time_s;
        assert_true(h > 0.0 && r[i].temperature_K - r[i - 1].temperature_K <= 1.0 + 1e-9);
        assert_true(fabs(r[i].e_is - r[i - 1].e_is) <= 2e-4 * 1.0001);
        NEAR_ABS(r[i].e_is - r[i - 1].e_is, 0.5 * h * (r[i].rate + r[i - 1].rate),
                 0.03 * h * (fabs(r[i].rate) + fabs(r[i - 1].rate)) + 1e-9);
    }
    assert_true(steady > 50);
    assert_true(a->rows[0].time_s == 0.0 && a->rows[a->n - 1].temperature_K == 900.0);
    NEAR_REL(a->rows[a->n - 1].time_s, 600.0, 1e-15);
    pel_ageing_free(a);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static void rows_are_as_dense_as_asked_for(void **state)
{
    (void)state;
    struct pel_landscape *l = make_linear();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    /* An integrator that takes long steps, and one wish at a time. */
    struct pel_ageing_settings loose = pel_ageing_settings_defaults();
    loose.rtol = 1e-6;
    loose.max_dT_K = 1e9;
    loose.max_de = 1e9;
    loose.rows_per_decade = 1e-3;
    loose.rate_tolerance = 1e9;
    const double start = linear_steady + 0.0137;
    struct pel_ageing *few = ramp(rate, 400.0, 700.0, 0.7, start, &loose);
    assert_int_equal(few->n, few->stats.steps + 1); /* the integrator's own */

    struct pel_ageing_settings set = loose;
    set.rate_tolerance = 5e-4;
    struct pel_ageing *a = ramp(rate, 400.0, 700.0, 0.7, start, &set);
    assert_true(a->n > 3 * few->n / 2);
    double largest = 0.0;
    for (size_t i = 0; i < a->n; i++)
        largest = fmax(largest, fabs(a->rows[i].rate));
    for (size_t i = 1; i < a->n; i++) {
        /* The straight line between two rows, against f half-way (well-conditioned here).
         */
        const struct pel_ageing_row *p = &a->rows[i - 1], *q = &a->rows[i];
        const double T = 0.5 * (p->temperature_K + q->temperature_K);
        const double x = 0.5 * (p->e_is + q->e_is) - linear_steady -
                         0.125 * (q->rate - p->rate) * (q->time_s - p->time_s);
        if (q->e_is - linear_steady < 1e-5) break; /* f is a small difference there */
        const double scale = fmax(fmax(fabs(p->rate), fabs(q->rate)), 1e-3 * largest);
        NEAR_ABS(0.5 * (p->rate + q->rate), -linear_lambda(T) * x, 1.5e-3 * scale);
    }
    pel_ageing_free(a);

    set = loose;
    set.max_de = 1e-5;
    a = ramp(rate, 400.0, 700.0, 0.7, start, &set);
    for (size_t i = 1; i < a->n; i++)
        assert_true(fabs(a->rows[i].e_is - a->rows[i - 1].e_is) <= 1.0000001e-5);
    pel_ageing_free(a);

    set = loose;
    set.max_dT_K = 0.25;
    a = ramp(rate, 400.0, 700.0, 0.7, start, &set);
    for (size_t i = 1; i < a->n; i++)
        assert_true(a->rows[i].temperature_K - a->rows[i - 1].temperature_K <= 0.2500001);
    pel_ageing_free(a);

    set = loose;
    set.rows_per_decade = 50.0;
    a = hold(rate, 450.0, 1e5, start, &set);
    for (size_t i = 2; i < a->n; i++)
        assert_true(log10(a->rows[i].time_s / a->rows[i - 1].time_s) <= 1.0001 / 50.0);
    pel_ageing_free(a);
    pel_ageing_free(few);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static void corners_join_their_segments(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    const struct pel_programme_row rows[] = {{.target_K = 850.0},
                                             {.target_K = 600.0, .rate_K_per_s = 130.0},
                                             {.target_K = 600.0, .hold_s = 40.0},
                                             {.target_K = 720.0, .rate_K_per_s = 3.0},
                                             {.target_K = 350.0, .rate_K_per_s = 1e4}};
    struct pel_programme *p = NULL;
    assert_int_equal(pel_programme_create(5, rows, &p, NULL), PEL_OK);
    struct pel_ageing *whole = run(rate, p, -4.672, NULL);
    assert_int_equal(whole->stats.segments, 4);
    struct pel_ageing *parts[4];
    parts[0] = ramp(rate, 850.0, 600.0, 130.0, -4.672, NULL);
    double e = parts[0]->rows[parts[0]->n - 1].e_is;
    parts[1] = hold(rate, 600.0, 40.0, e, NULL);
    e = parts[1]->rows[parts[1]->n - 1].e_is;
    parts[2] = ramp(rate, 600.0, 720.0, 3.0, e, NULL);
    e = parts[2]->rows[parts[2]->n - 1].e_is;
    parts[3] = ramp(rate, 720.0, 350.0, 1e4, e, NULL);
    e = parts[3]->rows[parts[3]->n - 1].e_is;
    NEAR_ABS(whole->rows[whole->n - 1].e_is, e, 1e-9);
    size_t corner = 0;
    for (size_t i = 1; i < whole->n; i++) {
        assert_true(whole->rows[i].time_s > whole->rows[i - 1].time_s);
        NEAR_REL(whole->rows[i].temperature_K,
                 pel_programme_temperature(p, whole->rows[i].time_s), 1e-9);
        if (whole->rows[i].time_s == pel_programme_corner_time(p, corner + 1)) corner++;
    }
    assert_int_equal(corner, 4); /* a row exactly on each */
    for (int k = 0; k < 4; k++)
        pel_ageing_free(parts[k]);
    pel_ageing_free(whole);
    pel_programme_free(p);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

/* What happens in a ramp of a nanosecond does not depend on how long the glass lay before
 * at a temperature at which nothing happens. */
static void a_fast_ramp_after_years_is_the_same_ramp(void **state)
{
    (void)state;
    struct pel_landscape *l = make_linear();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    double end[2][2];
    for (int k = 0; k < 2; k++) {
        const struct pel_programme_row rows[] = {
            {.target_K = 40.0, .hold_s = k == 0 ? 0.0 : 1e10},
            {.target_K = 1500.0, .rate_K_per_s = 1e12},
            {.target_K = 641.0, .rate_K_per_s = 1e10, .hold_s = 1e-4}};
        struct pel_programme *p = NULL;
        struct pel_ageing *a = NULL;
        struct pel_error err = {0};
        assert_int_equal(pel_programme_create(3, rows, &p, NULL), PEL_OK);
        if (pel_ageing_run(rate, p, -4.62, NULL, NULL, &a, &err) != PEL_OK)
            fail_msg("%s", err.text);
        assert_int_equal(a->stats.segments, 3 + k);
        size_t hottest = 0;
        for (size_t i = 0; i < a->n; i++)
            if (a->rows[i].temperature_K > a->rows[hottest].temperature_K) hottest = i;
        end[k][0] = a->rows[hottest].e_is;
        end[k][1] = a->rows[a->n - 1].e_is;
        assert_true(a->rows[hottest].temperature_K == 1500.0);
        pel_ageing_free(a);
        pel_programme_free(p);
    }
    assert_true(end[0][0] < -4.6201);          /* something happens in the ramp up */
    assert_true(end[0][1] < end[0][0] - 1e-4); /* and afterwards */
    NEAR_ABS(end[1][0], end[0][0], 1e-9);
    NEAR_ABS(end[1][1], end[0][1], 1e-9);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static void extrapolated_rows_say_so(void **state)
{
    (void)state;
    struct pel_landscape *l = make_linear();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_EXTRAPOLATE);
    const double T = 611.0, lambda = linear_lambda(T),
                 x0 = 0.0937; /* the range ends at 0.0713 */
    struct pel_ageing *a = hold(rate, T, 5.0 / lambda, linear_steady + x0, NULL);
    for (size_t i = 0; i < a->n; i++) {
        assert_int_equal(a->rows[i].extrapolated, a->rows[i].e_is > -4.61 + 1e-11);
        NEAR_ABS(a->rows[i].e_is, linear_steady + x0 * exp(-lambda * a->rows[i].time_s),
                 2e-9);
    }
    assert_int_equal(a->rows[0].extrapolated, 1);
    assert_int_equal(a->rows[a->n - 1].extrapolated, 0);
    pel_ageing_free(a);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static int stop(void *context, double done, double total, const char *text)
{
    (void)done, (void)total, (void)text;
    return ++*(int *)context > 2;
}

static void every_error_says_why(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *strict = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    struct pel_rate *beyond = make_rate(l, "log-mean", PEL_RANGE_EXTRAPOLATE);
    struct pel_programme *p = NULL;
    struct pel_ageing *a = (void *)1;
    struct pel_error err = {0};
    assert_int_equal(pel_programme_isothermal(600.0, 1e9, &p, NULL), PEL_OK);
    /* Starting outside. */
    assert_int_equal(pel_ageing_run(strict, p, -4.6, NULL, NULL, &a, &err), PEL_ERANGE);
    assert_null(a);
    assert_string_equal(err.text,
                        "e_is = -4.6 eV/atom is outside the range [-4.7, -4.661] of "
                        "the landscape");
    pel_programme_free(p);
    /* Leaving at the top: 1300 K, steady far above the range. */
    assert_int_equal(pel_programme_ramp(1000.0, 1400.0, 25.0, &p, NULL), PEL_OK);
    assert_int_equal(pel_ageing_run(strict, p, -4.6711, NULL, NULL, &a, &err),
                     PEL_ERANGE);
    assert_null(a);
    const char *start =
        "e_is leaves the range [-4.7, -4.661] eV/atom of the landscape at its "
        "upper end, at t = ";
    if (strncmp(err.text, start, strlen(start)) != 0) fail_msg("%s", err.text);
    double t = 0.0, T = 0.0;
    assert_int_equal(sscanf(err.text + strlen(start), "%lf s, T = %lf K", &t, &T), 2);
    NEAR_REL(T, 1000.0 + 25.0 * t, 1e-5);
    double e_edge;
    assert_int_equal(pel_rate_steady_e_is(strict, T - 0.01, &e_edge, NULL), PEL_OK);
    NEAR_ABS(e_edge, -4.661, 1e-5); /* it followed the steady state to the edge */
    /* (R1 does not go far: its offset vanishes.) */
    assert_int_equal(pel_ageing_run(beyond, p, -4.6711, NULL, NULL, &a, &err),
                     PEL_ERANGE);
    assert_non_null(strstr(err.text, "activation spectrum at e_is = -4.6608"));
    assert_non_null(strstr(err.text, "shifted_gamma: offset is -"));
    pel_programme_free(p);
    /* Rows, steps, settings, interruption. */
    assert_int_equal(pel_programme_isothermal(600.0, 1e9, &p, NULL), PEL_OK);
    struct pel_ageing_settings set = pel_ageing_settings_defaults();
    set.max_rows = 10;
    assert_int_equal(pel_ageing_run(strict, p, -4.67, &set, NULL, &a, &err), PEL_ENOCONV);
    assert_non_null(strstr(err.text, "more than 10 rows at t = "));
    set = pel_ageing_settings_defaults();
    set.max_steps = 10;
    assert_int_equal(pel_ageing_run(strict, p, -4.67, &set, NULL, &a, &err), PEL_ENOCONV);
    assert_non_null(strstr(err.text, "more than 10 steps"));
    set = pel_ageing_settings_defaults();
    set.rtol = NAN;
    assert_int_equal(pel_ageing_run(strict, p, -4.67, &set, NULL, &a, &err), PEL_EARG);
    assert_string_equal(err.text, "ageing: every setting must be > 0");
    int calls = 0;
    const struct pel_progress progress = {.context = &calls, .report = stop};
    assert_int_equal(pel_ageing_run(strict, p, -4.67, NULL, &progress, &a, &err),
                     PEL_ESTOPPED);
    assert_int_equal(calls, 3);
    assert_null(a);
    pel_programme_free(p);
    /* Time of flight the wrong way, and through a steady state. */
    assert_int_equal(pel_ageing_time_of_flight(strict, 600.0, -4.68, -4.67, &t, &err),
                     PEL_ENOROOT);
    const char *wrong =
        "e_is does not go from -4.68 to -4.67 eV/atom at 600 K: the rate at";
    assert_memory_equal(err.text, wrong, strlen(wrong));
    assert_int_equal(pel_ageing_time_of_flight(strict, 800.0, -4.67, -4.69, &t, &err),
                     PEL_ENOROOT);
    assert_int_equal(pel_ageing_time_of_flight(strict, 800.0, -4.67, -4.8, &t, &err),
                     PEL_ERANGE);
    assert_int_equal(pel_ageing_time_of_flight(strict, 800.0, -4.67, -4.67, &t, &err),
                     PEL_OK);
    assert_true(t == 0.0);
    pel_rate_free(strict);
    pel_rate_free(beyond);
    pel_ageing_free(NULL);
    pel_landscape_free(l);
}

/* One barrier: e - e_steady decays exponentially, and so does what lies between rows. */
static void histories_are_read_between_their_rows(void **state)
{
    (void)state;
    struct pel_landscape *l = make_linear();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    struct pel_programme *programme = NULL;
    struct pel_ageing *run = NULL;
    const double T = 500.0, start = linear_steady + 0.01;
    const double lambda = linear_nu * exp(-linear_barrier / (PEL_KB * T)) * linear_slope;
    assert_int_equal(pel_programme_isothermal(T, 3.0 / lambda, &programme, NULL), PEL_OK);
    assert_int_equal(pel_ageing_run(rate, programme, start, NULL, NULL, &run, NULL),
                     PEL_OK);
    for (int k = 1; k < 50; k++) {
        const double t = 3.0 / lambda * k / 50.0;
        NEAR_ABS(pel_ageing_e_is(run, t), linear_steady + 0.01 * exp(-lambda * t), 1e-7);
    }
    assert_true(pel_ageing_e_is(run, -1.0) == start);
    assert_true(pel_ageing_e_is(run, 1e30) == run->rows[run->n - 1].e_is);
    assert_true(pel_ageing_e_is(run, run->rows[3].time_s) == run->rows[3].e_is);
    pel_ageing_free(run);
    pel_programme_free(programme);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_barrier_decays_exponentially),
        cmocka_unit_test(error_scales_with_the_tolerance),
        cmocka_unit_test(a_hold_agrees_with_the_time_of_flight_over_ten_decades),
        cmocka_unit_test(the_glass_transition_agrees_with_another_integrator),
        cmocka_unit_test(rates_are_those_of_the_trajectory),
        cmocka_unit_test(rows_are_as_dense_as_asked_for),
        cmocka_unit_test(corners_join_their_segments),
        cmocka_unit_test(a_fast_ramp_after_years_is_the_same_ramp),
        cmocka_unit_test(extrapolated_rows_say_so),
        cmocka_unit_test(histories_are_read_between_their_rows),
        cmocka_unit_test(every_error_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

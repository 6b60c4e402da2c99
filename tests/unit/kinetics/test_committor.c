#include <pelrate/ageing.h>
#include <pelrate/committor.h>
#include <pelrate/constants.h>
#include <pelrate/map.h>
#include <pelrate/random.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../../src/kinetics/rate_priv.h"
#include "../near.h"
#include "fixtures.h"

static const double level[3] = {-4.70, -4.687, -4.671};

/* Flickers, broad barriers and some downhill events, at three levels. */
static struct pel_landscape *make_events(void)
{
    enum { N = 90 };
    double e_is[N], e_a[N], e_r[N];
    struct pel_random random;
    pel_random_init(&random, 31, 1, 1);
    for (int i = 0; i < N; i++) {
        const int k = i % 3, flicker = i % 5 == 0;
        e_is[i] = level[k];
        e_a[i] =
            (flicker ? 0.06 : 0.9 - 0.17 * k) * exp(0.3 * pel_random_normal(&random));
        e_r[i] = flicker ? 0.04 * exp(0.3 * pel_random_normal(&random))
                         : e_a[i] * (0.4 + 0.7 * pel_random_uniform(&random));
    }
    const struct pel_landscape_head head = {.atoms = 2000.0,
                                            .paths = 640.0,
                                            .attempt_frequency_Hz = 4.7e12,
                                            .molar_mass_g_per_mol = 75.7};
    struct pel_landscape *l = NULL;
    assert_int_equal(
        pel_landscape_create_events(&head, N, NULL, e_is, e_a, e_r, &l, NULL), PEL_OK);
    return l;
}

static struct pel_committor_z *constant(double z)
{
    struct pel_committor_z *made = NULL;
    const double e = -4.7;
    assert_int_equal(pel_committor_z_create(1, &e, &z, &made, NULL), PEL_OK);
    return made;
}

/* The closures, kept for as long as their rates. */
static struct pel_closure committor, two_level;

static struct pel_rate *make(const struct pel_landscape *l,
                             const struct pel_committor_z *z, double pair_eV)
{
    const struct pel_closure *c = NULL;
    struct pel_closure *own = z != NULL ? &committor : &two_level;
    struct pel_rate *rate = NULL;
    struct pel_error err = {0};
    assert_int_equal(pel_closure_find(z != NULL ? "committor" : "two-level", &c, NULL),
                     PEL_OK);
    *own = *c;
    own->z = z;
    own->pair_eV = pair_eV;
    if (pel_rate_create(l, own, PEL_RANGE_EXTRAPOLATE, &rate, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return rate;
}

/* At a level, by plain iteration of the two equations, from far above. */
static void the_fixed_point_of_plain_iteration(void **state)
{
    (void)state;
    struct pel_landscape *l = make_events();
    const double zs[3] = {1.3, 4.0, 60.0};
    int open = 0;
    for (int i = 0; i < 3; i++) {
        struct pel_committor_z *z = constant(zs[i]);
        struct pel_rate *rate = make(l, z, 0.0);
        for (size_t k = 0; k < 3; k++)
            for (double T = 300.0; T < 1500.0; T *= 1.37) {
                const double beta = 1.0 / (PEL_KB * T);
                const double *e_a, *e_r;
                size_t n;
                assert_int_equal(pel_landscape_pairs(l, k, &n, &e_a, &e_r, NULL), PEL_OK);
                double K = 1e3, drift = 0.0, branching = 0.0;
                for (int step = 0; step < 100000; step++) {
                    double sum = 0.0;
                    for (size_t j = 0; j < n; j++)
                        sum += K / (K + exp(-beta * e_r[j])) * exp(-beta * e_a[j]) /
                               (double)n;
                    if (fabs(zs[i] * sum / K - 1.0) < 1e-14) break;
                    K = zs[i] * sum;
                }
                for (size_t j = 0; j < n; j++) {
                    const double p = K / (K + exp(-beta * e_r[j]));
                    drift += p * exp(-beta * e_a[j]) * (e_a[j] - e_r[j]) / (double)n;
                    branching += zs[i] * exp(-beta * (e_a[j] - e_r[j])) / (double)n;
                }
                const struct pel_rate_point p = point_at(rate, level[k], T);
                NEAR_ABS(p.ln_open, log(branching), 1e-12);
                if (branching <= 1.0) {
                    assert_true(p.rate == 0.0 && p.sign == 0 &&
                                p.ln_abs_rate == -INFINITY);
                } else if (branching > 1.02) { /* iteration is slow at the threshold */
                    NEAR_REL(p.rate, 4.7e12 * 640.0 / 2000.0 * drift, 1e-8);
                    open++;
                }
            }
        pel_rate_free(rate);
        pel_committor_z_free(z);
    }
    assert_true(open > 20);
    pel_landscape_free(l);
}

/* The rate neither jumps where its sums are taken in another way (towards low temperature), nor
 * with e: there is one root everywhere. */
static void the_rate_is_continuous(void **state)
{
    (void)state;
    struct pel_landscape *l = make_events();
    struct pel_committor_z *z = constant(4.7);
    struct pel_rate *rate = make(l, z, 0.0);
    for (int along = 0; along < 2; along++) {
        struct pel_rate_point last =
            point_at(rate, along ? -4.6999 : -4.6933, along ? 777.0 : 30.0);
        for (int i = 1; i < 3000; i++) {
            const struct pel_rate_point p =
                along ? point_at(rate, -4.6999 + 0.0288 * i / 3000.0, 777.0)
                      : point_at(rate, -4.6933, 30.0 * pow(40.0, i / 3000.0));
            const double step =
                along ? 0.0288 / 3000.0 : p.temperature - last.temperature;
            const double slope = along ? fmax(fabs(p.d_rate_d_e), fabs(last.d_rate_d_e))
                                       : fmax(fabs(p.d_rate_d_T), fabs(last.d_rate_d_T));
            /* From the threshold on the rate rises steeper than any later slope tells. */
            if (p.sign != 0 && last.sign != 0)
                NEAR_ABS(p.rate, last.rate,
                         1.5 * slope * step + 1e-9 * fmax(fabs(p.rate), fabs(last.rate)));
            last = p;
        }
    }
    pel_rate_free(rate);
    pel_committor_z_free(z);
    pel_landscape_free(l);
}

/* Many paths onward: nothing is undone. With no pairs, two-level is joint too. */
static void the_limits_are_the_joint_closure(void **state)
{
    (void)state;
    struct pel_landscape *l = make_events();
    struct pel_committor_z *z = constant(1e300);
    struct pel_rate *many = make(l, z, 0.0), *none = make(l, NULL, 1e-9);
    struct pel_rate *joint = make_rate(l, "joint", PEL_RANGE_EXTRAPOLATE);
    for (double T = 250.0; T < 3000.0; T *= 1.43) {
        for (int k = 0; k < 3; k++) { /* between levels they are interpolated otherwise */
            const struct pel_rate_point a = point_at(many, level[k], T);
            const struct pel_rate_point want = point_at(joint, level[k], T);
            NEAR_REL(a.ln_abs_rate, want.ln_abs_rate, 1e-11);
            NEAR_REL(a.d_rate_d_T, want.d_rate_d_T, 1e-8);
            assert_int_equal(a.sign, want.sign);
        }
        for (double e = -4.71; e < -4.66; e += 0.0037) {
            const struct pel_rate_point b = point_at(none, e, T),
                                        want = point_at(joint, e, T);
            NEAR_REL(b.ln_abs_rate, want.ln_abs_rate, 1e-11);
            assert_int_equal(b.sign, want.sign);
            NEAR_REL(b.d_rate_d_e, want.d_rate_d_e, 1e-8);
            NEAR_REL(b.d_rate_d_T, want.d_rate_d_T, 1e-8);
            assert_int_equal(b.extrapolated, want.extrapolated);
        }
    }
    pel_rate_free(many);
    pel_rate_free(none);
    pel_rate_free(joint);
    pel_committor_z_free(z);
    pel_landscape_free(l);
}

static void derivatives_are_central_differences(void **state)
{
    (void)state;
    struct pel_landscape *l = make_events();
    const double ze[3] = {-4.699, -4.68, -4.675}, zz[3] = {3.1, 2.2, 5.9};
    struct pel_committor_z *z = NULL;
    assert_int_equal(pel_committor_z_create(3, ze, zz, &z, NULL), PEL_OK);
    struct pel_rate *rates[2] = {make(l, z, 0.0), make(l, NULL, 0.1)};
    int checked = 0;
    for (int k = 0; k < 2; k++)
        for (double T = 61.0; T < 3000.0; T *= 1.47)
            for (double e = -4.7053; e < -4.667; e += 0.00337) {
                const double hT = 1e-5 * T, he = 1e-8;
                const struct pel_rate_point p = point_at(rates[k], e, T);
                const struct pel_rate_point T1 = point_at(rates[k], e, T + hT);
                const struct pel_rate_point T0 = point_at(rates[k], e, T - hT);
                const struct pel_rate_point e1 = point_at(rates[k], e + he, T);
                const struct pel_rate_point e0 = point_at(rates[k], e - he, T);
                if (p.sign == 0 || p.ln_abs_rate < -600.0) continue;
                if (T1.sign != p.sign || T0.sign != p.sign || e1.sign != p.sign ||
                    e0.sign != p.sign)
                    continue;
                NEAR_ABS(p.d_ln_rate_d_T, (T1.ln_abs_rate - T0.ln_abs_rate) / (2.0 * hT),
                         2e-5 * fabs(p.d_ln_rate_d_T) + 1e-7);
                NEAR_ABS(p.d_ln_rate_d_e, (e1.ln_abs_rate - e0.ln_abs_rate) / (2.0 * he),
                         1e-4 * fabs(p.d_ln_rate_d_e) + 1e-2);
                NEAR_REL(p.d_rate_d_e, p.rate * p.d_ln_rate_d_e, 1e-9);
                assert_true((p.hop_slope_T > 0.0) == (p.d_rate_d_T > 0.0));
                checked++;
            }
    assert_true(checked > 100);
    for (int k = 0; k < 2; k++)
        pel_rate_free(rates[k]);
    pel_committor_z_free(z);
    pel_landscape_free(l);
}

/* One event up by D at each level: open while z exp(-beta D) > 1, so from T = D/(k ln z) up;
 * K/nu = z exp(-beta E_A) - exp(-beta E_R). */
static void the_threshold_has_a_closed_form(void **state)
{
    (void)state;
    const double e_is[2] = {-4.7, -4.69}, e_a[2] = {0.81, 0.73}, e_r[2] = {0.69, 0.55};
    const struct pel_landscape_head head = {.atoms = 100.0,
                                            .paths = 3.0,
                                            .attempt_frequency_Hz = 1e13,
                                            .molar_mass_g_per_mol = 75.7};
    struct pel_landscape *l = NULL;
    assert_int_equal(
        pel_landscape_create_events(&head, 2, NULL, e_is, e_a, e_r, &l, NULL), PEL_OK);
    struct pel_committor_z *z = constant(6.5);
    struct pel_rate *rate = make(l, z, 0.0);
    for (int k = 0; k < 2; k++) {
        const double T = (e_a[k] - e_r[k]) / (PEL_KB * log(6.5));
        struct pel_map_curve curve;
        assert_int_equal(pel_map_curve(rate, e_is[k], NULL, &curve, NULL), PEL_OK);
        assert_true(curve.trapped_from_K == 30.0);
        NEAR_REL(curve.trapped_to_K, T, 1e-10);
        assert_int_equal(point_at(rate, e_is[k], T * (1.0 - 1e-9)).sign, 0);
        for (double up = 1.0 + 1e-6; up < 3.0; up = 1.0 + 2.1 * (up - 1.0)) {
            const double beta = 1.0 / (PEL_KB * T * up);
            const double lost = exp(-beta * (e_r[k] - e_a[k])) / 6.5; /* below 1 */
            const double K = 6.5 * exp(-beta * e_a[k]) * (1.0 - lost);
            const struct pel_rate_point p = point_at(rate, e_is[k], T * up);
            NEAR_REL(p.rate, 1e13 * 3.0 / 100.0 * K / 6.5 * (e_a[k] - e_r[k]),
                     1e-8 / (up - 1.0) * 1e-6 + 1e-8);
        }
    }
    pel_rate_free(rate);
    pel_committor_z_free(z);
    /* One path only leads uphill and back: trapped at every temperature. */
    z = constant(1.0);
    rate = make(l, z, 0.0);
    struct pel_map_curve curve;
    assert_int_equal(pel_map_curve(rate, -4.695, NULL, &curve, NULL), PEL_OK);
    assert_true(curve.trapped_from_K == 30.0 && curve.trapped_to_K == 5000.0);
    assert_int_equal(curve.T_max_status, PEL_ENOROOT);
    pel_rate_free(rate);
    pel_committor_z_free(z);
    pel_landscape_free(l);
}

static void pairs_are_in_equilibrium(void **state)
{
    (void)state;
    const double e_is[3] = {-4.7, -4.7, -4.7}, e_a[3] = {0.09, 0.07, 0.9},
                 e_r[3] = {0.05, 0.03, 1.1};
    const struct pel_landscape_head head = {.atoms = 100.0,
                                            .paths = 30.0,
                                            .attempt_frequency_Hz = 1e13,
                                            .molar_mass_g_per_mol = 75.7};
    struct pel_landscape *l = NULL;
    assert_int_equal(
        pel_landscape_create_events(&head, 3, NULL, e_is, e_a, e_r, &l, NULL), PEL_OK);
    struct pel_rate *rate = make(l, NULL, 0.095);
    const struct pel_rate_point p = point_at(rate, -4.7, 500.0);
    const double beta = 1.0 / (PEL_KB * 500.0);
    NEAR_REL(p.rate, 1e13 * 30.0 / 100.0 / 3.0 * exp(-beta * 0.9) * (0.9 - 1.1), 1e-12);
    NEAR_REL(p.e_pairs, 30.0 / 100.0 / 3.0 * 2.0 * 0.04 / (1.0 + exp(beta * 0.04)),
             1e-12);
    assert_true(isnan(p.ln_open));
    pel_rate_free(rate);
    /* Nothing left. */
    const struct pel_closure *c;
    struct pel_error err = {0};
    assert_int_equal(pel_closure_find("two-level", &c, NULL), PEL_OK);
    two_level = *c;
    assert_int_equal(pel_rate_create(l, &two_level, PEL_RANGE_STRICT, &rate, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "closure two-level needs the energy below which both "
                                  "barriers of a pair lie, a number > 0");
    two_level.pair_eV = 2.0;
    assert_int_equal(pel_rate_create(l, &two_level, PEL_RANGE_STRICT, &rate, &err),
                     PEL_EARG);
    assert_string_equal(err.text,
                        "level -4.7 eV/atom: all 3 events have both barriers below "
                        "2 eV, nothing is left but two-level pairs");
    assert_int_equal(pel_closure_find("committor", &c, NULL), PEL_OK);
    assert_int_equal(pel_rate_create(l, c, PEL_RANGE_STRICT, &rate, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "closure committor needs z, the number of paths onward");
    assert_null(rate);
    pel_landscape_free(l);
}

/* Ageing with the committor: the integrator against the time of flight. */
static void ageing_agrees_with_the_time_of_flight(void **state)
{
    (void)state;
    struct pel_landscape *l = make_events();
    struct pel_committor_z *z = constant(8.0);
    struct pel_rate *rate = make(l, z, 0.0);
    const double T = 700.0, e = -4.689;
    const struct pel_rate_point p = point_at(rate, e, T);
    assert_true(p.sign != 0);
    struct pel_programme *hold = NULL;
    struct pel_ageing *ageing = NULL;
    assert_int_equal(pel_programme_isothermal(T, 2e-3 / fabs(p.rate), &hold, NULL),
                     PEL_OK);
    assert_int_equal(pel_ageing_run(rate, hold, e, NULL, NULL, &ageing, NULL), PEL_OK);
    const struct pel_ageing_row *last = &ageing->rows[ageing->n - 1];
    double time;
    assert_int_equal(pel_ageing_time_of_flight(rate, T, e, last->e_is, &time, NULL),
                     PEL_OK);
    NEAR_REL(time, last->time_s, 1e-5);
    pel_ageing_free(ageing);
    pel_programme_free(hold);
    pel_rate_free(rate);
    pel_committor_z_free(z);
    pel_landscape_free(l);
}

/* One event at each of two levels, E_A - E_R = lower and upper [eV]: between them it is
 * linear in e, and the threshold is where it is k_B T ln z. Slow hops: the rate far from the
 * threshold is far above what a ramp asks for. */
static struct pel_landscape *make_edge(double lower, double upper)
{
    const double e_is[2] = {-4.7, -4.69}, e_r[2] = {0.4, 0.4};
    const double e_a[2] = {0.4 + lower, 0.4 + upper};
    const struct pel_landscape_head head = {.atoms = 100.0,
                                            .paths = 3.0,
                                            .attempt_frequency_Hz = 1e13,
                                            .molar_mass_g_per_mol = 75.7};
    struct pel_landscape *l = NULL;
    assert_int_equal(
        pel_landscape_create_events(&head, 2, NULL, e_is, e_a, e_r, &l, NULL), PEL_OK);
    return l;
}

static struct pel_ageing *ramp_there_and_back(struct pel_rate *rate, double e,
                                              double from_K, double to_K, double K_per_s)
{
    const struct pel_programme_row rows[3] = {
        {.target_K = from_K},
        {.target_K = to_K, .rate_K_per_s = K_per_s, .hold_s = 7.0},
        {.target_K = from_K, .rate_K_per_s = K_per_s}};
    struct pel_programme *p = NULL;
    struct pel_ageing *run = NULL;
    struct pel_error err = {0};
    assert_int_equal(pel_programme_create(3, rows, &p, NULL), PEL_OK);
    if (pel_ageing_run(rate, p, e, NULL, NULL, &run, &err) != PEL_OK)
        fail_msg("%s", err.text);
    pel_programme_free(p);
    return run;
}

/* Driven onto the threshold the glass slides along it while it leads on, and rests when it
 * comes back: uphill on heating (z > 1), downhill on cooling (z < 1). */
static void a_glass_slides_along_the_threshold(void **state)
{
    (void)state;
    for (int down = 0; down < 2; down++) {
        struct pel_landscape *l = down ? make_edge(-0.02, -0.17) : make_edge(0.03, 0.19);
        const double D0 = down ? 0.02 : 0.03, D1 = down ? 0.17 : 0.19;
        const double zz = down ? 0.05 : 6.5, k = PEL_KB * fabs(log(zz));
        const double from = down ? 593.0 : 307.0, to = down ? 311.0 : 737.0;
        struct pel_committor_z *z = constant(zz);
        struct pel_rate *rate = make(l, z, 0.0);
        const double end = -4.7 + 0.01 * (k * to - D0) / (D1 - D0);
        const double start = -4.7 + 0.01 * (k * from - D0) / (D1 - D0);
        struct pel_ageing *run =
            ramp_there_and_back(rate, start + (down ? 0.5e-3 : -0.5e-3), from, to, 3.1);
        size_t slides = 0, rests = 0;
        int back = 0;
        for (size_t i = 0; i < run->n; i++) {
            const struct pel_ageing_row *row = &run->rows[i];
            const double there = -4.7 + 0.01 * (k * row->temperature_K - D0) / (D1 - D0);
            if (row->temperature_K == to) back = 1;
            if (back) {
                NEAR_ABS(row->e_is, end, 3e-11);
                rests++;
            } else if (fabs(row->temperature_K - from) > 60.0) {
                /* The distance to the threshold is the rate over df/de. */
                NEAR_ABS(row->e_is, there, 3e-11);
                NEAR_REL(row->rate, 0.01 * k / (D1 - D0) * (down ? -3.1 : 3.1), 1e-4);
                slides++;
            }
        }
        assert_true(slides > 100 && rests > 100);
        assert_true(run->stats.steps < 2000);
        pel_ageing_free(run);
        pel_rate_free(rate);
        pel_committor_z_free(z);
        pel_landscape_free(l);
    }
}

/* Driven away from the threshold: at rest until the temperature of its E_IS, then off. */
static void a_trapped_glass_is_freed_at_the_threshold(void **state)
{
    (void)state;
    struct pel_landscape *l = make_edge(0.19, 0.03);
    struct pel_committor_z *z = constant(6.5);
    struct pel_rate *rate = make(l, z, 0.0);
    const double e = -4.6957, T = (0.19 - 16.0 * (e + 4.7)) / (PEL_KB * log(6.5));
    struct pel_ageing *run = ramp_there_and_back(rate, e, 300.0, T - 1e-6, 1e-3);
    for (size_t i = 0; i < run->n; i++)
        assert_true(run->rows[i].e_is == e && run->rows[i].rate == 0.0);
    assert_true(run->stats.steps == 0);
    pel_ageing_free(run);
    run = NULL;
    /* A little further it runs off, through the upper end. */
    const struct pel_programme_row rows[2] = {
        {.target_K = 300.0}, {.target_K = T + 1.0, .rate_K_per_s = 1e-3}};
    struct pel_programme *p = NULL;
    struct pel_error err = {0};
    assert_int_equal(pel_programme_create(2, rows, &p, NULL), PEL_OK);
    assert_int_equal(pel_ageing_run(rate, p, e, NULL, NULL, &run, &err), PEL_ERANGE);
    const char *where = strstr(err.text, "T = ");
    assert_non_null(where);
    NEAR_ABS(strtod(where + 4, NULL), T, 1e-3); /* as printed */
    pel_programme_free(p);
    pel_rate_free(rate);
    pel_committor_z_free(z);
    pel_landscape_free(l);
}

/* What the integrator follows beyond the threshold leaves it with the slope of the rate. */
static void the_continuation_is_smooth(void **state)
{
    (void)state;
    struct pel_landscape *l = make_events();
    const double ze[2] = {-4.70, -4.671}, zz[2] = {0.9, 3.3};
    struct pel_committor_z *z = NULL;
    assert_int_equal(pel_committor_z_create(2, ze, zz, &z, NULL), PEL_OK);
    struct pel_rate *rate = make(l, z, 0.0);
    size_t met = 0;
    for (double T = 400.0; T < 2000.0; T *= 1.31)
        for (double e = -4.6991; e < -4.672; e += 0.0013) {
            struct pel_rate_threshold t, up, down;
            pel_rate_threshold(rate, e, T, &t);
            NEAR_ABS(t.ln_open, point_at(rate, e, T).ln_open, 1e-12);
            pel_rate_threshold(rate, e + 1e-8, T, &up);
            pel_rate_threshold(rate, e - 1e-8, T, &down);
            NEAR_REL(t.ln_open_e, (up.ln_open - down.ln_open) / 2e-8, 1e-5);
            NEAR_REL(t.d_rate_d_e, (up.rate - down.rate) / 2e-8, 1e-5);
            pel_rate_threshold(rate, e, T * (1.0 + 1e-6), &up);
            pel_rate_threshold(rate, e, T * (1.0 - 1e-6), &down);
            NEAR_REL(t.ln_open_T, (up.ln_open - down.ln_open) / (2e-6 * T), 1e-5);
            /* To the threshold by Newton's method, and a little to its open side. */
            double x = e;
            for (int i = 0; i < 50; i++) {
                pel_rate_threshold(rate, x, T, &t);
                x -= fmax(fmin(t.ln_open / t.ln_open_e, 1e-3), -1e-3);
            }
            if (!(fabs(t.ln_open) < 1e-11 && x > -4.699 && x < -4.672)) continue;
            const double h = t.ln_open_e > 0.0 ? 1e-9 : -1e-9;
            const struct pel_rate_point p = point_at(rate, x + h, T);
            NEAR_REL(p.d_rate_d_e, t.d_rate_d_e, 1e-3);
            NEAR_REL(p.rate, h * t.d_rate_d_e, 1e-3);
            assert_int_equal(p.sign, t.sign);
            met++;
        }
    assert_true(met > 50);
    pel_rate_free(rate);
    pel_committor_z_free(z);
    pel_landscape_free(l);
}

static void z_over_e_is(void **state)
{
    (void)state;
    const double e[3] = {-4.7, -4.69, -4.675}, zz[3] = {2.0, 3.5, 3.0};
    struct pel_committor_z *z = NULL;
    struct pel_error err = {0};
    double slope;
    assert_int_equal(pel_committor_z_create(3, e, zz, &z, NULL), PEL_OK);
    for (int i = 0; i < 3; i++)
        NEAR_REL(exp(pel_committor_ln_z(z, e[i], &slope)), zz[i], 1e-14);
    NEAR_REL(exp(pel_committor_ln_z(z, -5.0, &slope)), 2.0, 1e-14);
    assert_true(slope == 0.0);
    NEAR_REL(exp(pel_committor_ln_z(z, -4.0, &slope)), 3.0, 1e-14);
    assert_true(slope == 0.0);
    const double up = pel_committor_ln_z(z, -4.6961 + 1e-7, &slope);
    const double down = pel_committor_ln_z(z, -4.6961 - 1e-7, &slope);
    pel_committor_ln_z(z, -4.6961, &slope);
    NEAR_REL(slope, (up - down) / 2e-7, 1e-6);
    pel_committor_z_free(z);
    const double flat[2] = {-4.7, -4.7}, bad[2] = {1.0, 0.0};
    assert_int_equal(pel_committor_z_create(2, flat, zz, &z, &err), PEL_EARG);
    assert_int_equal(pel_committor_z_create(2, e, bad, &z, &err), PEL_EARG);
    assert_string_equal(err.text, "z is 0, expected a number > 0");
    assert_int_equal(pel_committor_z_create(0, e, zz, &z, &err), PEL_EARG);
    assert_null(z);
    pel_committor_z_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fixed_point_of_plain_iteration),
        cmocka_unit_test(the_rate_is_continuous),
        cmocka_unit_test(the_limits_are_the_joint_closure),
        cmocka_unit_test(derivatives_are_central_differences),
        cmocka_unit_test(the_threshold_has_a_closed_form),
        cmocka_unit_test(pairs_are_in_equilibrium),
        cmocka_unit_test(ageing_agrees_with_the_time_of_flight),
        cmocka_unit_test(a_glass_slides_along_the_threshold),
        cmocka_unit_test(a_trapped_glass_is_freed_at_the_threshold),
        cmocka_unit_test(the_continuation_is_smooth),
        cmocka_unit_test(z_over_e_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

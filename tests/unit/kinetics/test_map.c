#include <pelrate/constants.h>
#include <pelrate/equilibrium.h>
#include <pelrate/map.h>
#include <pelrate/raster.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"
#include "fixtures.h"

static const struct pel_landscape_head head = {.atoms = 1.0,
                                               .paths = 1.0,
                                               .attempt_frequency_Hz = 1e13,
                                               .molar_mass_g_per_mol = 75.7};

static struct pel_landscape *make(const char *activation, const char *parameter,
                                  double value, double e_r)
{
    const struct pel_landscape_row rows[] = {
        {PEL_ACTIVATION, activation, parameter, {value, 0.0, 0.0}},
        {PEL_RELAXATION, "delta", "value", {e_r, 0.0, 0.0}}};
    struct pel_landscape *l = NULL;
    assert_int_equal(
        pel_landscape_create_parametric(&head, -4.67, -4.7, -4.6, 2, rows, &l, NULL),
        PEL_OK);
    return l;
}

static void curves_solve_their_equations(void **state)
{
    (void)state;
    /* Exponential barriers: E_log = kT ln(1 + q/kT), Z = kT/(kT + q). f ~ Z (E_log - E_R)
     * is steady where E_log = E_R, and fastest where Z' (E_log - E_R) + Z E_log' = 0. */
    const double q = 0.83, e_r = 0.217;
    struct pel_landscape *l = make("exponential", "scale", q, e_r);
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    struct pel_map_curve c;
    assert_int_equal(pel_map_curve(rate, -4.65, NULL, &c, NULL), PEL_OK);
    assert_int_equal(c.T_max_status, PEL_OK);
    assert_int_equal(c.T_ss_status, PEL_OK);
    assert_int_equal(c.crossings, 1);
    double kT = PEL_KB * c.T_ss_K;
    NEAR_REL(kT * log1p(q / kT), e_r, 1e-11);
    double steady = 0.0;
    assert_int_equal(pel_map_steady(rate, -4.65, NULL, &steady, NULL), PEL_OK);
    assert_true(steady == c.T_ss_K);
    kT = PEL_KB * c.T_max_K;
    const double z = kT / (kT + q), e_log = kT * log1p(q / kT);
    const double dz = q / ((kT + q) * (kT + q)), de = log1p(q / kT) - q / (kT + q);
    NEAR_ABS(dz * (e_log - e_r) + z * de, 0.0, 1e-11);
    NEAR_REL(c.rate_at_T_max, 1e13 * z * (e_log - e_r), 1e-12);
    assert_true(c.T_max_K < c.T_ss_K);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static void missing_curves_are_nan_with_a_status(void **state)
{
    (void)state;
    struct pel_map_curve c;
    /* One barrier below E_R: ageing at every temperature, ever faster. */
    struct pel_landscape *l = make("delta", "value", 0.8, 1.1);
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    assert_int_equal(pel_map_curve(rate, -4.65, NULL, &c, NULL), PEL_OK);
    assert_true(isnan(c.T_max_K) && isnan(c.T_ss_K) && isnan(c.rate_at_T_max));
    assert_int_equal(c.T_max_status, PEL_ENOROOT);
    assert_int_equal(c.T_ss_status, PEL_ENOROOT);
    assert_int_equal(c.crossings, 0);
    double steady = 0.0;
    assert_int_equal(pel_map_steady(rate, -4.65, NULL, &steady, NULL), PEL_OK);
    assert_true(isnan(steady));
    pel_rate_free(rate);
    pel_landscape_free(l);
    /* ... above E_R: rejuvenation at every temperature. */
    l = make("delta", "value", 1.2, 1.1);
    rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    assert_int_equal(pel_map_curve(rate, -4.65, NULL, &c, NULL), PEL_OK);
    assert_true(isnan(c.T_max_K) && isnan(c.T_ss_K));
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static void two_steady_states_give_the_one_above_t_max(void **state)
{
    (void)state;
    /* Joint events at one level: an easy hop uphill (flicker) rules at low temperature, a
     * downhill one in between, a high uphill one at high temperature. */
    double e_is[6], e_a[6], e_r[6];
    const double a[6] = {0.20, 0.90, 1.60, 1.60, 1.60, 1.60};
    const double r[6] = {0.1999, 1.20, 0.10, 0.10, 0.10, 0.10};
    for (int i = 0; i < 6; i++)
        e_is[i] = -4.67, e_a[i] = a[i], e_r[i] = r[i];
    struct pel_landscape *l = NULL;
    assert_int_equal(
        pel_landscape_create_events(&head, 6, NULL, e_is, e_a, e_r, &l, NULL), PEL_OK);
    struct pel_rate *rate = make_rate(l, "joint", PEL_RANGE_STRICT);
    struct pel_map_curve c;
    assert_int_equal(pel_map_curve(rate, -4.67, NULL, &c, NULL), PEL_OK);
    assert_int_equal(c.crossings, 2);
    assert_int_equal(c.T_max_status, PEL_OK);
    assert_int_equal(c.T_ss_status, PEL_OK);
    assert_true(c.T_ss_K > c.T_max_K);
    double sum = 0.0;
    for (int i = 0; i < 6; i++)
        sum += exp(-a[i] / (PEL_KB * c.T_ss_K)) * (a[i] - r[i]);
    NEAR_ABS(sum, 0.0, 1e-13);
    struct pel_rate_point below, at, above;
    assert_int_equal(pel_rate_evaluate(rate, -4.67, c.T_max_K * 0.999, &below, NULL),
                     PEL_OK);
    assert_int_equal(pel_rate_evaluate(rate, -4.67, c.T_max_K, &at, NULL), PEL_OK);
    assert_int_equal(pel_rate_evaluate(rate, -4.67, c.T_max_K * 1.001, &above, NULL),
                     PEL_OK);
    assert_true(at.rate < below.rate && at.rate < above.rate && at.rate < 0.0);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static int stop_at_three(void *context, double done, double total, const char *text)
{
    (void)text;
    assert_true(total == 40.0);
    *(double *)context = done;
    return done >= 3.0;
}

static void the_map_is_the_rate_on_a_grid(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    enum { NE = 23, NT = 40 };
    static double e[NE], T[NT];
    static struct pel_rate_point points[NE * NT];
    for (int i = 0; i < NE; i++)
        e[i] = -4.70 + 0.0017 * i;
    for (int j = 0; j < NT; j++)
        T[j] = 200.0 + 30.0 * j;
    assert_int_equal(pel_map_run(rate, NE, e, NT, T, NULL, points, NULL), PEL_OK);
    for (int i = 0; i < NE; i++) {
        int changes = 0;
        for (int j = 0; j < NT; j++) {
            struct pel_rate_point p;
            assert_int_equal(pel_rate_evaluate(rate, e[i], T[j], &p, NULL), PEL_OK);
            assert_true(points[i * NT + j].rate == p.rate);
            assert_true(points[i * NT + j].e_is == e[i]);
            if (j > 0 && points[i * NT + j].sign != points[i * NT + j - 1].sign)
                changes++;
        }
        /* Liu et al. (2020): from ageing to rejuvenation once. */
        assert_int_equal(changes, 1);
    }
    double done = 0.0;
    const struct pel_progress progress = {.context = &done, .report = stop_at_three};
    struct pel_error err = {0};
    assert_int_equal(pel_map_run(rate, NE, e, NT, T, &progress, points, &err),
                     PEL_ESTOPPED);
    assert_true(done == 3.0);
    e[5] = -4.5;
    assert_int_equal(pel_map_run(rate, NE, e, NT, T, NULL, points, &err), PEL_ERANGE);
    struct pel_map_curve c;
    assert_int_equal(pel_map_curve(rate, -4.5, NULL, &c, &err), PEL_ERANGE);
    struct pel_map_settings set = pel_map_settings_defaults();
    set.T_max_K = 10.0;
    assert_int_equal(pel_map_curve(rate, -4.68, &set, &c, &err), PEL_EARG);
    assert_int_equal(pel_map_steady(rate, -4.68, &set, &done, &err), PEL_EARG);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

/* ---- rates alone ------------------------------------------------------------------- */

enum { LEVELS = 5, BINS = 60, PAIRS = 90 };

/* Levels whose ln Z is not monotone in E_IS, so that the limiter of the interpolation has
 * something to do. */
static double energy_of_level(int k)
{
    return -4.70 + 0.007 * k + 0.001 * (k % 2);
}

static struct pel_landscape *make_bins(int levels, const struct pel_landscape_head *h)
{
    static double edge[BINS + 1], uneven[BINS + 1], a[LEVELS][BINS], r[LEVELS][BINS];
    struct pel_landscape_level level[LEVELS];
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    for (int i = 0; i <= BINS; i++) {
        edge[i] = 0.05 * i;
        uneven[i] = 0.05 * i + 0.01 * (i % 2);
    }
    for (int k = 0; k < levels; k++) {
        const double *edges = k == 3 ? uneven : edge;
        double sum_a = 0.0, sum_r = 0.0;
        for (int i = 0; i < BINS; i++) {
            const double x = edge[i] - 1.2 + 0.1 * k - 0.05 * (k % 3);
            a[k][i] = exp(-4.0 * x * x) + 1e-4 * (i % 5);
            r[k][i] = exp(-edge[i] / (0.9 - 0.11 * k));
            sum_a += a[k][i] * (edges[i + 1] - edges[i]);
            sum_r += r[k][i] * (edge[i + 1] - edge[i]);
        }
        for (int i = 0; i < BINS; i++) {
            a[k][i] /= sum_a;
            r[k][i] /= sum_r;
        }
        level[k] = (struct pel_landscape_level){
            .e_is_eV_per_atom = energy_of_level(k),
            .activation = {.n = BINS,
                           .lo_eV = edges,
                           .hi_eV = edges + 1,
                           .density = a[k]},
            .relaxation = {.n = BINS, .lo_eV = edge, .hi_eV = edge + 1, .density = r[k]}};
    }
    if (pel_landscape_create_histogram(h, (size_t)levels, level, &l, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return l;
}

static struct pel_landscape *make_pairs(const struct pel_landscape_head *h)
{
    enum { N = LEVELS * PAIRS };
    static double e_is[N], e_a[N], e_r[N];
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    for (int i = 0; i < N; i++) {
        const int k = i % LEVELS;
        e_is[i] = energy_of_level(k);
        e_a[i] = 0.02 + 0.7 * fmod(i * 0.6180339887, 1.0) * fmod(i * 0.414213562, 4.0);
        e_r[i] = 0.01 + (0.9 - 0.1 * k) * fmod(i * 0.732050807, 1.7) + 0.2 * e_a[i];
    }
    if (pel_landscape_create_events(h, N, NULL, e_is, e_a, e_r, &l, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return l;
}

enum { MAP_E = 41, MAP_T = 57 };

/* pel_map_rates against pel_map_run, which evaluates point by point. Near the steady
 * state a rate is the difference of what is climbed and released: those set the scale. */
static void compare_with_points(const struct pel_landscape *l, const char *closure)
{
    static double e[MAP_E], T[MAP_T], rates[MAP_E * MAP_T];
    static struct pel_rate_point points[MAP_E * MAP_T];
    int extrapolated[MAP_E];
    struct pel_rate *rate = make_rate(l, closure, PEL_RANGE_EXTRAPOLATE);
    const double lo = pel_landscape_e_is_min(l), hi = pel_landscape_e_is_max(l);
    for (int i = 0; i < MAP_E; i++)
        e[i] = lo + (hi - lo + 1e-3) * (i - 3) / (MAP_E - 7);
    e[10] = pel_landscape_levels(l) > 1 ? pel_landscape_level_e_is(l, 1) : lo;
    for (int j = 0; j < MAP_T; j++)
        T[j] = 60.0 + 60.0 * j;
    assert_int_equal(pel_map_run(rate, MAP_E, e, MAP_T, T, NULL, points, NULL), PEL_OK);
    assert_int_equal(
        pel_map_rates(rate, MAP_E, e, MAP_T, T, NULL, rates, extrapolated, NULL), PEL_OK);
    int outside = 0;
    for (int k = 0; k < MAP_E * MAP_T; k++) {
        const struct pel_rate_point *p = &points[k];
        const double hops = exp(p->ln_abs_rate) / fabs(p->e_x - p->e_r);
        NEAR_ABS(rates[k], p->rate, 1e-12 * hops * (fabs(p->e_x) + fabs(p->e_r)));
        assert_true(extrapolated[k / MAP_T] == p->extrapolated);
        outside += p->extrapolated;
    }
    assert_true(outside > 0 && outside < MAP_E * MAP_T);
    pel_rate_free(rate);
}

static void rates_alone_agree_with_every_point(void **state)
{
    (void)state;
    const double T[] = {500.0, 650.0, 800.0}, e[] = {-4.70, -4.685, -4.66};
    struct pel_landscape_head on_line = head;
    struct pel_equilibrium *line = NULL;
    assert_int_equal(
        pel_equilibrium_create(PEL_EQUILIBRIUM_KINETIC, 3, T, e, &line, NULL), PEL_OK);
    on_line.equilibrium = line;
    const struct pel_landscape_head *const heads[] = {&head, &on_line};
    for (int h = 0; h < 2; h++) {
        struct pel_landscape *l = make_bins(LEVELS, heads[h]);
        compare_with_points(l, "log-mean");
        compare_with_points(l, "kinetic");
        pel_landscape_free(l);
        l = make_pairs(heads[h]);
        compare_with_points(l, "log-mean");
        compare_with_points(l, "kinetic");
        compare_with_points(l, "joint");
        pel_landscape_free(l);
    }
    pel_equilibrium_free(line);
    struct pel_landscape *l = make_bins(2, &head);
    compare_with_points(l, "log-mean");
    pel_landscape_free(l);
    l = make("exponential", "scale", 0.83, 0.217); /* point by point there too */
    compare_with_points(l, "log-mean");
    pel_landscape_free(l);
}

static void rates_of_one_level_do_not_depend_on_e_is(void **state)
{
    (void)state;
    struct pel_landscape *l = make_bins(1, &head);
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_EXTRAPOLATE);
    const double e[] = {energy_of_level(0), -4.5}, T[] = {400.0, 900.0};
    double rates[4];
    assert_int_equal(pel_map_rates(rate, 2, e, 2, T, NULL, rates, NULL, NULL), PEL_OK);
    assert_true(rates[0] == rates[2] && rates[1] == rates[3]);
    struct pel_rate_point p;
    assert_int_equal(pel_rate_evaluate(rate, e[0], T[0], &p, NULL), PEL_OK);
    NEAR_REL(rates[0], p.rate, 1e-12);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

static void rates_alone_refuse_what_points_do(void **state)
{
    (void)state;
    struct pel_landscape *l = make_bins(LEVELS, &head);
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    double e[] = {-4.69, -4.68}, T[40], rates[80];
    for (int j = 0; j < 40; j++)
        T[j] = 300.0 + j;
    struct pel_error err = {0};
    e[1] = -4.5;
    assert_int_equal(pel_map_rates(rate, 2, e, 40, T, NULL, rates, NULL, &err),
                     PEL_ERANGE);
    e[1] = NAN;
    assert_int_equal(pel_map_rates(rate, 2, e, 40, T, NULL, rates, NULL, &err), PEL_EARG);
    e[1] = -4.68;
    T[7] = NAN;
    assert_int_equal(pel_map_rates(rate, 2, e, 40, T, NULL, rates, NULL, &err), PEL_EARG);
    T[7] = 0.0;
    assert_int_equal(pel_map_rates(rate, 2, e, 40, T, NULL, rates, NULL, &err), PEL_EARG);
    T[7] = 307.0;
    double done = 0.0, many[40];
    for (int i = 0; i < 40; i++)
        many[i] = -4.69;
    const struct pel_progress progress = {.context = &done, .report = stop_at_three};
    assert_int_equal(pel_map_rates(rate, 40, many, 2, T, &progress, rates, NULL, &err),
                     PEL_ESTOPPED);
    assert_true(done == 3.0);
    struct pel_raster *raster = NULL;
    const double beta[] = {0.0};
    assert_int_equal(pel_raster_create(l, PEL_RASTER_PLAIN, 1, beta, &raster, &err),
                     PEL_EARG);
    assert_int_equal(pel_raster_create(l, PEL_RASTER_PLAIN, 0, NULL, &raster, &err),
                     PEL_EARG);
    assert_null(raster);
    pel_rate_free(rate);
    pel_landscape_free(l);
    l = read_r1();
    assert_int_equal(pel_raster_create(l, PEL_RASTER_PLAIN, 1, T, &raster, &err),
                     PEL_EARG);
    pel_landscape_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves_solve_their_equations),
        cmocka_unit_test(missing_curves_are_nan_with_a_status),
        cmocka_unit_test(two_steady_states_give_the_one_above_t_max),
        cmocka_unit_test(the_map_is_the_rate_on_a_grid),
        cmocka_unit_test(rates_alone_agree_with_every_point),
        cmocka_unit_test(rates_of_one_level_do_not_depend_on_e_is),
        cmocka_unit_test(rates_alone_refuse_what_points_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

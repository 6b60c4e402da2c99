#include <pelrate/ageing.h>
#include <pelrate/constants.h>
#include <pelrate/kmc.h>
#include <pelrate/random.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"
#include "fixtures.h"

/* Two levels of events and one between, correlated as real ones are. */
static struct pel_landscape *make_events(void)
{
    enum { N = 240 };
    static double e_is[N], e_a[N], e_r[N];
    struct pel_random random;
    pel_random_init(&random, 21, 0, 0);
    for (int i = 0; i < N; i++) {
        const int level = i % 3;
        e_is[i] = -4.70 + 0.011 * level;
        e_a[i] = 0.35 + 0.9 * pel_random_uniform(&random) - 0.12 * level;
        e_r[i] = 0.6 + 0.8 * e_a[i] * pel_random_uniform(&random) + 0.2 * level;
    }
    const struct pel_landscape_head head = {.name = "made up",
                                            .atoms = 640.0,
                                            .paths = 57.0,
                                            .attempt_frequency_Hz = 4.7e12,
                                            .molar_mass_g_per_mol = 75.7};
    struct pel_landscape *l = NULL;
    assert_int_equal(
        pel_landscape_create_events(&head, N, NULL, e_is, e_a, e_r, &l, NULL), PEL_OK);
    return l;
}

static struct pel_landscape *make_histogram(void)
{
    const double lo[3] = {0.2, 0.31, 0.9}, hi[3] = {0.31, 0.74, 1.3};
    const double d0[3] = {1.0, 1.17, 0.9672500000000001};
    const double d1[3] = {3.0, 0.9, 0.7074999999999999};
    const double rlo[1] = {0.5}, rhi[1] = {1.1}, r0[1] = {1.0 / 0.6};
    const double qlo[1] = {0.6}, qhi[1] = {1.7}, q0[1] = {1.0 / 1.1};
    const struct pel_landscape_head head = {.name = "bins",
                                            .atoms = 640.0,
                                            .paths = 57.0,
                                            .attempt_frequency_Hz = 4.7e12,
                                            .molar_mass_g_per_mol = 75.7};
    const struct pel_landscape_level levels[2] = {
        {-4.70, {3, lo, hi, d0, NULL}, {1, rlo, rhi, r0, NULL}},
        {-4.68, {3, lo, hi, d1, NULL}, {1, qlo, qhi, q0, NULL}}};
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    if (pel_landscape_create_histogram(&head, 2, levels, &l, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return l;
}

static struct pel_kmc *run(const struct pel_landscape *l,
                           const struct pel_programme *programme, double e,
                           const struct pel_kmc_settings *set)
{
    struct pel_kmc *kmc = NULL;
    struct pel_error err = {0};
    if (pel_kmc_run(l, programme, e, set, NULL, &kmc, &err) != PEL_OK)
        fail_msg("%s", err.text);
    assert_true(kmc->rows[0].time_s == 0.0 && kmc->rows[0].e_is == e);
    NEAR_REL(kmc->rows[kmc->n - 1].time_s, pel_programme_duration(programme), 1e-14);
    for (size_t i = 1; i < kmc->n; i++)
        assert_true(kmc->rows[i].time_s > kmc->rows[i - 1].time_s);
    return kmc;
}

/* One barrier, E_R linear in e: each hop multiplies e - e_steady by 1 - slope/N, hops are a
 * Poisson process of the rate R(T) whatever e is, and the mean is exact for any N:
 *     <e - e_steady> = (e_0 - e_steady) exp(-slope/N int R dt). */
static void one_barrier_decays_in_closed_form(void **state)
{
    (void)state;
    struct pel_landscape *l = make_linear();
    struct pel_kmc_settings set = pel_kmc_settings_defaults();
    set.cells = 30;
    set.replicas = 400;
    const double e = linear_steady + 0.03, T = 641.3;
    const double rate = linear_nu * exp(-linear_barrier / (PEL_KB * T)) * 30.0;
    struct pel_programme *hold;
    assert_int_equal(
        pel_programme_isothermal(T, 3.0 * 30.0 / linear_slope / rate, &hold, NULL),
        PEL_OK);
    struct pel_kmc *kmc = run(l, hold, e, &set);
    for (size_t i = 1; i < kmc->n; i++) {
        const struct pel_kmc_row *row = &kmc->rows[i];
        const double want = 0.03 * exp(-linear_slope / 30.0 * rate * row->time_s);
        NEAR_ABS(row->e_is - linear_steady, want, 4.0 * row->standard_error + 1e-15);
        assert_true(row->temperature_K == T);
    }
    /* So many hops were to be expected. */
    const double hops = 400.0 * rate * pel_programme_duration(hold);
    NEAR_ABS((double)kmc->hops, hops, 4.0 * sqrt(hops));
    assert_int_equal(kmc->hops, kmc->proposals);
    pel_kmc_free(kmc);
    pel_programme_free(hold);
    pel_landscape_free(l);
}

/* The same up and down a ramp over which the rate changes by decades: thinning is exact
 * with any window. Waits are as long as the whole ramp at its cold end. */
static void ramps_are_exact_with_any_window(void **state)
{
    (void)state;
    struct pel_landscape *l = make_linear();
    const struct pel_programme_row rows[4] = {
        {420.0, 0.0, 0.0}, {540.0, 200.0, 0.01}, {400.0, 330.0, 0.2}, {402.0, 3.0, 0.0}};
    struct pel_programme *programme;
    assert_int_equal(pel_programme_create(4, rows, &programme, NULL), PEL_OK);
    for (int k = 0; k < 2; k++) {
        struct pel_kmc_settings set = pel_kmc_settings_defaults();
        set.cells = 30;
        set.replicas = 1500;
        set.window = k == 0 ? 0.2 : 2.5;
        set.max_dT_K = 9.7;
        const double e = linear_steady + 0.05;
        struct pel_kmc *kmc = run(l, programme, e, &set);
        /* int R dt by the trapezoid rule between rows, finely divided. */
        double hops = 0.0;
        for (size_t i = 1; i < kmc->n; i++) {
            const struct pel_kmc_row *a = &kmc->rows[i - 1], *b = &kmc->rows[i];
            for (int j = 0; j < 400; j++) {
                const double T = a->temperature_K +
                                 (b->temperature_K - a->temperature_K) * (j + 0.5) / 400;
                hops += 30.0 * linear_nu * exp(-linear_barrier / (PEL_KB * T)) *
                        (b->time_s - a->time_s) / 400;
            }
            const double want = 0.05 * exp(-linear_slope / 30.0 * hops);
            NEAR_ABS(b->e_is - linear_steady, want, 4.2 * b->standard_error + 1e-13);
        }
        NEAR_ABS((double)kmc->hops, 1500.0 * hops, 4.0 * sqrt(1500.0 * hops));
        assert_true(kmc->hops < kmc->proposals);
        pel_kmc_free(kmc);
    }
    pel_programme_free(programme);
    pel_landscape_free(l);
}

/* The last e of the rate equation. */
static double age(const struct pel_landscape *l, const char *closure,
                  const struct pel_programme *programme, double e)
{
    struct pel_rate *rate = make_rate(l, closure, PEL_RANGE_EXTRAPOLATE);
    struct pel_ageing *ageing = NULL;
    struct pel_error err = {0};
    if (pel_ageing_run(rate, programme, e, NULL, NULL, &ageing, &err) != PEL_OK)
        fail_msg("%s", err.text);
    const double last = ageing->rows[ageing->n - 1].e_is;
    pel_ageing_free(ageing);
    pel_rate_free(rate);
    return last;
}

/* Change of e [eV/atom] over a programme: 3 standard errors and 1 % of the closure that is
 * exact. */
static void agrees(const struct pel_landscape *l, const char *mode, const char *closure,
                   const struct pel_programme *programme, double e, uint64_t cells,
                   uint64_t replicas)
{
    struct pel_kmc_settings set = pel_kmc_settings_defaults();
    assert_int_equal(pel_kmc_mode_find(mode, &set.mode, NULL), PEL_OK);
    set.cells = cells;
    set.replicas = replicas;
    struct pel_kmc *kmc = run(l, programme, e, &set);
    const struct pel_kmc_row *last = &kmc->rows[kmc->n - 1];
    const double want = age(l, closure, programme, e) - e, got = last->e_is - e;
    NEAR_ABS(got, want, 3.0 * last->standard_error);
    NEAR_REL(got, want, 0.01);
    pel_kmc_free(kmc);
}

static struct pel_programme *hold_at(double T, double t)
{
    struct pel_programme *programme = NULL;
    assert_int_equal(pel_programme_isothermal(T, t, &programme, NULL), PEL_OK);
    return programme;
}

/* How long [s] until e has moved by so much [eV/atom] at T [K]. */
static double time_of(const struct pel_landscape *l, const char *closure, double T,
                      double e, double by)
{
    struct pel_rate *rate = make_rate(l, closure, PEL_RANGE_STRICT);
    struct pel_rate_point p;
    assert_int_equal(pel_rate_evaluate(rate, e, T, &p, NULL), PEL_OK);
    pel_rate_free(rate);
    return by / fabs(p.rate);
}

static void independent_is_the_kinetic_closure(void **state)
{
    (void)state;
    struct pel_landscape *l[3] = {read_r1(), make_events(), make_histogram()};
    for (int k = 0; k < 3; k++)
        for (int j = 0; j < 3; j++) {
            const double T = 480.0 + 170.0 * j, e = -4.6977 + 0.0061 * j;
            struct pel_programme *hold = hold_at(T, time_of(l[k], "kinetic", T, e, 1e-3));
            agrees(l[k], "independent", "kinetic", hold, e, k == 0 ? 6000000 : 20000,
                   k == 0 ? 400 : 60);
            pel_programme_free(hold);
        }
    for (int k = 0; k < 3; k++)
        pel_landscape_free(l[k]);
}

static void joint_is_the_joint_closure(void **state)
{
    (void)state;
    struct pel_landscape *l = make_events();
    for (int j = 0; j < 4; j++) {
        const double T = 410.0 + 170.0 * j, e = -4.6981 + 0.0047 * j;
        struct pel_programme *hold = hold_at(T, time_of(l, "joint", T, e, 1e-3));
        agrees(l, "joint", "joint", hold, e, 20000, 60);
        pel_programme_free(hold);
    }
    pel_landscape_free(l);
}

/* Up through the temperatures where a glass starts to move: time-dependent rates of all
 * three kinds against the rate equation. */
static void ramps_are_those_of_the_rate_equation(void **state)
{
    (void)state;
    struct pel_landscape *l[3] = {read_r1(), make_events(), make_histogram()};
    const char *const modes[3] = {"independent", "joint", "independent"};
    const char *const closures[3] = {"kinetic", "joint", "kinetic"};
    const double from[3] = {420.0, 90.0, 40.0}, to[3] = {655.0, 142.0, 83.0};
    const double at[3] = {-4.6807, -4.6923, -4.6871};
    for (int k = 0; k < 3; k++) {
        struct pel_programme *ramp = NULL;
        assert_int_equal(pel_programme_ramp(from[k], to[k], 30.0, &ramp, NULL), PEL_OK);
        agrees(l[k], modes[k], closures[k], ramp, at[k], k == 0 ? 2000000 : 9000, 60);
        pel_programme_free(ramp);
        pel_landscape_free(l[k]);
    }
}

/* The difference that is left with few cells falls as one over their number. */
static void finite_cells_converge_to_the_rate_equation(void **state)
{
    (void)state;
    struct pel_landscape *l = read_r1();
    struct pel_programme *hold = hold_at(700.0, 1e-3);
    const double want = age(l, "kinetic", hold, -4.672);
    double off[2];
    for (int k = 0; k < 2; k++) {
        struct pel_kmc_settings set = pel_kmc_settings_defaults();
        set.cells = k == 0 ? 20000 : 100000;
        set.replicas = k == 0 ? 1500 : 3000;
        struct pel_kmc *kmc = run(l, hold, -4.672, &set);
        off[k] = kmc->rows[kmc->n - 1].e_is - want;
        assert_true(fabs(off[k]) > 5.0 * kmc->rows[kmc->n - 1].standard_error);
        pel_kmc_free(kmc);
    }
    assert_true(off[0] / off[1] > 3.8 && off[0] / off[1] < 6.2);
    pel_programme_free(hold);
    pel_landscape_free(l);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    struct pel_landscape *l = make_events();
    struct pel_programme *hold = hold_at(600.0, time_of(l, "joint", 600.0, -4.69, 1e-3));
    struct pel_kmc_settings set = pel_kmc_settings_defaults();
    struct pel_kmc *kmc[3];
    set.replicas = 300;
    set.cells = 40;
    for (int k = 0; k < 3; k++) {
        set.threads = k == 0 ? 1 : 3;
        if (k == 2) set.seed = 2;
        kmc[k] = run(l, hold, -4.69, &set);
    }
    for (size_t i = 0; i < kmc[0]->n; i++) {
        assert_true(kmc[0]->rows[i].e_is == kmc[1]->rows[i].e_is);
        assert_true(i == 0 ||
                    kmc[0]->rows[i].standard_error == kmc[1]->rows[i].standard_error);
    }
    assert_true(kmc[0]->rows[kmc[0]->n - 1].e_is != kmc[2]->rows[kmc[2]->n - 1].e_is);
    for (int k = 0; k < 3; k++)
        pel_kmc_free(kmc[k]);
    pel_programme_free(hold);
    pel_landscape_free(l);
}

static int refuse(void *context, double done, double total, const char *text)
{
    (void)total, (void)text;
    return done >= *(const double *)context;
}

static void every_error_says_why(void **state)
{
    (void)state;
    struct pel_landscape *l = make_events(), *bins = make_histogram(),
                         *line = make_linear();
    struct pel_programme *hold = hold_at(600.0, 1e-9), *longer = hold_at(600.0, 1e-5);
    struct pel_kmc_settings set = pel_kmc_settings_defaults();
    struct pel_kmc *kmc = (void *)1;
    struct pel_error err = {0};
    assert_int_equal(pel_kmc_run(l, hold, NAN, &set, NULL, &kmc, &err), PEL_EARG);
    assert_null(kmc);
    assert_int_equal(pel_kmc_run(l, hold, -4.6, &set, NULL, &kmc, &err), PEL_ERANGE);
    assert_string_equal(err.text,
                        "e_is = -4.6 eV/atom is outside the range [-4.7, -4.678] "
                        "of the landscape");
    assert_int_equal(pel_kmc_mode_find("joint", &set.mode, NULL), PEL_OK);
    assert_int_equal(pel_kmc_run(bins, hold, -4.69, &set, NULL, &kmc, &err), PEL_EARG);
    assert_string_equal(
        err.text, "mode joint needs a landscape of kind events or a joint "
                  "histogram (pairs of E_A and E_R), this one is of kind histogram");
    /* One atom: its first hop leaves the range. */
    set = pel_kmc_settings_defaults();
    assert_int_equal(
        pel_kmc_run(line, hold, linear_steady + 0.06, &set, NULL, &kmc, &err),
        PEL_OK); /* too short for a hop */
    pel_kmc_free(kmc);
    struct pel_programme *hot = hold_at(2000.0, 1e-5);
    assert_int_equal(pel_kmc_run(line, hot, linear_steady + 0.06, &set, NULL, &kmc, &err),
                     PEL_ERANGE);
    assert_non_null(strstr(err.text, " reaches e_is = -4.9"));
    set.range = PEL_RANGE_EXTRAPOLATE;
    set.max_hops = 50;
    assert_int_equal(pel_kmc_run(l, longer, -4.69, &set, NULL, &kmc, &err), PEL_ENOCONV);
    assert_non_null(strstr(err.text, "replica 0: more than 50 hops at "));
    set.max_rows = 3;
    assert_int_equal(pel_kmc_run(l, longer, -4.69, &set, NULL, &kmc, &err), PEL_ENOCONV);
    set = pel_kmc_settings_defaults();
    set.range = PEL_RANGE_EXTRAPOLATE;
    double limit = 7.0;
    const struct pel_progress progress = {&limit, refuse};
    assert_int_equal(pel_kmc_run(l, hold, -4.69, &set, &progress, &kmc, &err),
                     PEL_ESTOPPED);
    assert_null(kmc);
    /* Also within a replica. */
    limit = 0.0;
    assert_int_equal(pel_kmc_run(l, hold, -4.69, &set, &progress, &kmc, &err),
                     PEL_ESTOPPED);
    const struct pel_kmc_settings good = pel_kmc_settings_defaults();
    set.cells = 0;
    assert_int_equal(pel_kmc_run(l, hold, -4.69, &set, NULL, &kmc, &err), PEL_EARG);
    set = good;
    set.window = NAN;
    assert_int_equal(pel_kmc_run(l, hold, -4.69, &set, NULL, &kmc, &err), PEL_EARG);
    assert_int_equal(pel_kmc_mode_find("psychic", &set.mode, &err), PEL_EARG);
    assert_null(pel_kmc_mode_at(pel_kmc_mode_count()));
    pel_programme_free(hold);
    pel_programme_free(longer);
    pel_programme_free(hot);
    pel_landscape_free(l);
    pel_landscape_free(bins);
    pel_landscape_free(line);
    pel_kmc_free(NULL);
}

/* A programme through the cold ends, and a hold there hops never. */
static void nothing_happens_at_ten_kelvin(void **state)
{
    (void)state;
    struct pel_landscape *l = make_histogram();
    const struct pel_programme_row rows[3] = {
        {1.0, 0.0, 3e7}, {30.0, 1e-3, 1e7}, {2.0, 1e3, 0.0}};
    struct pel_programme *programme;
    assert_int_equal(pel_programme_create(3, rows, &programme, NULL), PEL_OK);
    struct pel_kmc *kmc = run(l, programme, -4.69, NULL);
    assert_int_equal(kmc->hops, 0);
    assert_true(kmc->rows[kmc->n - 1].e_is == -4.69);
    pel_kmc_free(kmc);
    pel_programme_free(programme);
    pel_landscape_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_barrier_decays_in_closed_form),
        cmocka_unit_test(ramps_are_exact_with_any_window),
        cmocka_unit_test(independent_is_the_kinetic_closure),
        cmocka_unit_test(joint_is_the_joint_closure),
        cmocka_unit_test(ramps_are_those_of_the_rate_equation),
        cmocka_unit_test(finite_cells_converge_to_the_rate_equation),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(every_error_says_why),
        cmocka_unit_test(nothing_happens_at_ten_kelvin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

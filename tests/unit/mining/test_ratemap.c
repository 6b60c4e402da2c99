#include <pelrate/random.h>
#include <pelrate/ratemap.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

/* Rates on T = 500, 540, ... 900 K and E_IS = -4.69 ... -4.66 eV/atom. */
enum { N_T = 11, N_E = 13, N = N_T * N_E };

static struct pel_mined rows[N];
static size_t lines[N];
static struct pel_rates table = {N, rows, lines, 1};

/* Fastest at T_max = 700 + 2000 x, zero at T_ss = 850 + 3000 x, x = e + 4.675: a parabola
 * in T through both, times a factor of e. */
static double smooth(double e, double T)
{
    const double x = e + 4.675, T_max = 700.0 + 2000.0 * x, T_ss = 850.0 + 3000.0 * x;
    return 2e6 * (1.0 + 20.0 * x) *
           ((T - T_max) * (T - T_max) / ((T_ss - T_max) * (T_ss - T_max)) - 1.0);
}

static void fill(double noise, uint64_t seed)
{
    struct pel_random random;
    pel_random_init(&random, seed, 1, 1);
    for (int j = 0; j < N_T; j++)
        for (int i = 0; i < N_E; i++) {
            struct pel_mined *row = &rows[j * N_E + i];
            *row = (struct pel_mined){.e_is = -4.69 + 0.0025 * i,
                                      .temperature_K = 500.0 + 40.0 * j,
                                      .standard_error = noise > 0.0 ? noise : 1.0,
                                      .count = 1};
            row->rate = smooth(row->e_is, row->temperature_K) +
                        noise * pel_random_normal(&random);
        }
    table.has_errors = 1;
    table.n = N;
}

static struct pel_ratemap *make(const struct pel_ratemap_settings *set)
{
    struct pel_ratemap *map = NULL;
    struct pel_error err = {0};
    if (pel_ratemap_create(&table, set, NULL, &map, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return map;
}

/* A plane is a plane whatever the smoothing; no smoothing goes through the rates. */
static void planes_and_points(void **state)
{
    (void)state;
    fill(0.0, 1);
    struct pel_ratemap_settings set = pel_ratemap_settings_defaults();
    set.n_replicates = 0;
    set.smoothing = 0.0;
    struct pel_ratemap *map = make(&set);
    for (int i = 0; i < N; i += 7)
        NEAR_REL(pel_ratemap_surface(map, rows[i].e_is, rows[i].temperature_K),
                 rows[i].rate, 1e-6);
    pel_ratemap_free(map);
    for (int i = 0; i < N; i++)
        rows[i].rate =
            3e5 - 2e3 * (rows[i].temperature_K - 600.0) + 4e7 * (rows[i].e_is + 4.68);
    const double smoothing[] = {1e-4, 10.0, NAN};
    for (int k = 0; k < 3; k++) {
        set.smoothing = smoothing[k];
        map = make(&set);
        for (double T = 450.0; T < 950.0; T += 37.0)
            NEAR_ABS(pel_ratemap_surface(map, -4.671, T),
                     3e5 - 2e3 * (T - 600.0) + 4e7 * 0.009, 1.0);
        struct pel_ratemap_value rate;
        int extrapolated;
        assert_int_equal(
            pel_ratemap_rate(map, -4.671, 700.0, &rate, NULL, &extrapolated, NULL),
            PEL_OK);
        assert_true(isnan(rate.low) && isnan(rate.share) && !extrapolated);
        pel_ratemap_free(map);
    }
}

/* T_max and T_ss of a surface that is known, from rates without noise. */
static void curves_of_a_known_surface(void **state)
{
    (void)state;
    fill(0.0, 1);
    struct pel_ratemap_settings set = pel_ratemap_settings_defaults();
    set.n_replicates = 0;
    set.smoothing = 0.0;
    for (int log = 0; log < 2; log++) {
        set.scale = log ? PEL_RATEMAP_SIGNED_LOG : PEL_RATEMAP_LINEAR;
        set.unit = log ? 2e6 : NAN;
        struct pel_ratemap *map = make(&set);
        for (double e = -4.685; e < -4.664; e += 0.0017) {
            struct pel_ratemap_curve c;
            assert_int_equal(pel_ratemap_curve(map, e, &c, NULL), PEL_OK);
            const double x = e + 4.675;
            NEAR_ABS(c.T_max_K.value, 700.0 + 2000.0 * x, 3.0);
            NEAR_ABS(c.T_ss_K.value, 850.0 + 3000.0 * x, 1.0);
            NEAR_REL(c.rate_at_T_max.value, -2e6 * (1.0 + 20.0 * x), 0.01);
            assert_true(c.T_lo_K == 500.0 && c.T_hi_K == 900.0);
            /* They are where they claim to be. */
            const double h = 1e-3, T = c.T_max_K.value;
            assert_true(fabs(pel_ratemap_surface(map, e, c.T_ss_K.value)) < 1e-2);
            const double slope = (pel_ratemap_surface(map, e, T + h) -
                                  pel_ratemap_surface(map, e, T - h)) /
                                 (2.0 * h);
            assert_true(fabs(slope) < 1e-2);
            NEAR_REL(c.rate_at_T_max.value, pel_ratemap_surface(map, e, T), 1e-9);
        }
        /* Above the rates there is nothing to look for. */
        struct pel_ratemap_curve c;
        assert_int_equal(pel_ratemap_curve(map, -4.65, &c, NULL), PEL_OK);
        assert_true(isnan(c.T_lo_K) && isnan(c.T_max_K.value) && isnan(c.T_ss_K.value));
        pel_ratemap_free(map);
    }
}

/* Bands hold the truth about as often as they say: over many noises, rates on a grid and
 * both curves. */
static void bands_cover(void **state)
{
    (void)state;
    enum { TURNS = 12 };
    size_t inside = 0, n = 0, curve_inside = 0, n_curve = 0;
    double scatter = 0.0;
    for (uint64_t turn = 0; turn < TURNS; turn++) {
        fill(4e5, turn);
        struct pel_ratemap_settings set = pel_ratemap_settings_defaults();
        set.n_replicates = 60;
        set.n_scan = 40;
        set.seed = turn;
        struct pel_ratemap *map = make(&set);
        scatter += pel_ratemap_report(map).scatter / TURNS;
        for (double e = -4.688; e < -4.662; e += 0.006)
            for (double T = 520.0; T < 890.0; T += 60.0) {
                struct pel_ratemap_value rate;
                assert_int_equal(pel_ratemap_rate(map, e, T, &rate, NULL, NULL, NULL),
                                 PEL_OK);
                const double truth = smooth(e, T);
                inside += truth >= rate.low && truth <= rate.high;
                n++;
            }
        for (double e = -4.684; e < -4.666; e += 0.006) {
            struct pel_ratemap_curve c;
            assert_int_equal(pel_ratemap_curve(map, e, &c, NULL), PEL_OK);
            const double T_max = 700.0 + 2000.0 * (e + 4.675);
            const double T_ss = 850.0 + 3000.0 * (e + 4.675);
            curve_inside += T_max >= c.T_max_K.low && T_max <= c.T_max_K.high;
            curve_inside += T_ss >= c.T_ss_K.low && T_ss <= c.T_ss_K.high;
            assert_true(c.T_ss_K.share > 0.5);
            n_curve += 2;
        }
        pel_ratemap_free(map);
    }
    const double share = (double)inside / (double)n;
    const double curve_share = (double)curve_inside / (double)n_curve;
    print_message("bands hold %.3f of %zu rates, %.3f of %zu curve points\n", share, n,
                  curve_share, n_curve);
    NEAR_ABS(share, 0.68, 0.13);
    NEAR_ABS(curve_share, 0.68, 0.16);
    NEAR_ABS(scatter, 1.0, 0.1);
}

/* Reproducible; replicates lie about the surface; a constant error of one row weighs. */
static void replicates_and_weights(void **state)
{
    (void)state;
    fill(2e5, 3);
    struct pel_ratemap_settings set = pel_ratemap_settings_defaults();
    set.n_replicates = 80;
    double replicates[2][80], mean = 0.0;
    struct pel_ratemap_value rate[2];
    for (int k = 0; k < 2; k++) {
        struct pel_ratemap *map = make(&set);
        assert_int_equal(pel_ratemap_replicates(map), 80);
        assert_int_equal(
            pel_ratemap_rate(map, -4.672, 655.0, &rate[k], replicates[k], NULL, NULL),
            PEL_OK);
        pel_ratemap_free(map);
    }
    assert_memory_equal(replicates[0], replicates[1], sizeof replicates[0]);
    for (int r = 0; r < 80; r++)
        mean += replicates[0][r] / 80.0;
    assert_true(rate[0].low < rate[0].value && rate[0].value < rate[0].high);
    NEAR_ABS(mean, rate[0].value, rate[0].high - rate[0].low);
    assert_true(rate[0].share == 1.0);

    /* A rate that is off, and says so, does nothing. */
    struct pel_ratemap *before = make(&set);
    rows[70].rate += 1e8;
    rows[70].standard_error = 1e10;
    struct pel_ratemap *after = make(&set);
    NEAR_ABS(pel_ratemap_surface(after, rows[70].e_is, rows[70].temperature_K),
             pel_ratemap_surface(before, rows[70].e_is, rows[70].temperature_K), 3e5);
    pel_ratemap_free(before);
    pel_ratemap_free(after);

    /* Without errors the scatter is that of the rates. */
    fill(2e5, 3);
    for (int i = 0; i < N; i++)
        rows[i].standard_error = NAN;
    table.has_errors = 0;
    struct pel_ratemap *map = make(&set);
    assert_true(isnan(pel_ratemap_report(map).scatter));
    assert_int_equal(pel_ratemap_rate(map, -4.672, 655.0, &rate[1], NULL, NULL, NULL),
                     PEL_OK);
    NEAR_REL(rate[1].value, rate[0].value, 1e-6);
    NEAR_REL(rate[1].high - rate[1].low, rate[0].high - rate[0].low, 0.2);
    pel_ratemap_free(map);
}

/* Around: between the lowest and highest E_IS of neighbouring temperatures. */
static void where_rates_are(void **state)
{
    (void)state;
    fill(0.0, 1);
    /* Two temperatures, one with a shorter row; a third in two halves 0.4 K apart. */
    size_t n = 0;
    for (int i = 0; i < 5; i++)
        rows[n++] = (struct pel_mined){-4.69 + 0.005 * i, 600.0, -1.0, 1.0, 1};
    for (int i = 0; i < 3; i++)
        rows[n++] = (struct pel_mined){-4.69 + 0.005 * i, 700.0, -2.0, 1.0, 1};
    for (int i = 0; i < 4; i++)
        rows[n++] =
            (struct pel_mined){-4.69 + 0.005 * i, 799.8 + 0.4 * (i % 2), 1.0, 1.0, 1};
    table.n = n;
    struct pel_ratemap_settings set = pel_ratemap_settings_defaults();
    set.n_replicates = 0;
    struct pel_ratemap *map = make(&set);
    assert_true(pel_ratemap_is_inside(map, -4.672, 600.0));
    assert_true(pel_ratemap_is_inside(map, -4.6741, 640.0));
    assert_false(pel_ratemap_is_inside(map, -4.6735, 640.0));
    assert_true(pel_ratemap_is_inside(map, -4.6801, 700.0));
    assert_false(pel_ratemap_is_inside(map, -4.679, 700.0));
    assert_true(pel_ratemap_is_inside(map, -4.676, 790.0));
    assert_false(pel_ratemap_is_inside(map, -4.68, 599.0));
    assert_false(pel_ratemap_is_inside(map, -4.68, 801.0));
    assert_false(pel_ratemap_is_inside(map, -4.6901, 650.0));
    struct pel_ratemap_curve c;
    assert_int_equal(pel_ratemap_curve(map, -4.676, &c, NULL), PEL_OK);
    NEAR_ABS(c.T_lo_K, 600.0, 1e-9);
    NEAR_ABS(c.T_hi_K, 800.0, 1e-9);
    pel_ratemap_free(map);
}

static int stop(void *context, double done, double total, const char *text)
{
    (void)context, (void)done, (void)total, (void)text;
    return 1;
}

static void refusals(void **state)
{
    (void)state;
    struct pel_ratemap *map = NULL;
    struct pel_error err;
    struct pel_ratemap_settings set = pel_ratemap_settings_defaults();
    fill(1e5, 2);
    set.most_knots = 100;
    assert_int_equal(pel_ratemap_create(&table, &set, NULL, &map, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "surface: 143 rates, expected 3 to 100 (average them over "
                        "wider bins)");
    set = pel_ratemap_settings_defaults();
    table.n = 2;
    assert_int_equal(pel_ratemap_create(&table, &set, NULL, &map, &err), PEL_EARG);
    table.n = N_E; /* one temperature */
    assert_int_equal(pel_ratemap_create(&table, &set, NULL, &map, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "surface: all 13 rates are at one temperature, expected several");
    table.n = N;
    set.smoothing = -1.0;
    assert_int_equal(pel_ratemap_create(&table, &set, NULL, &map, &err), PEL_EARG);
    set = pel_ratemap_settings_defaults();
    set.T_scale_K = 0.0;
    assert_int_equal(pel_ratemap_create(&table, &set, NULL, &map, &err), PEL_EARG);
    set = pel_ratemap_settings_defaults();
    set.share = 1.0;
    assert_int_equal(pel_ratemap_create(&table, &set, NULL, &map, &err), PEL_EARG);
    set = pel_ratemap_settings_defaults();
    const struct pel_progress progress = {.report = stop};
    assert_int_equal(pel_ratemap_create(&table, &set, &progress, &map, &err),
                     PEL_ESTOPPED);
    rows[3] = rows[2];
    assert_int_equal(pel_ratemap_create(&table, &set, NULL, &map, &err), PEL_EARG);
    assert_null(map);
    fill(0.0, 1);
    for (int i = 0; i < N; i++)
        rows[i].rate = 0.0;
    set.scale = PEL_RATEMAP_SIGNED_LOG;
    assert_int_equal(pel_ratemap_create(&table, &set, NULL, &map, &err), PEL_EARG);
    pel_ratemap_free(NULL);
    fill(1e5, 2);
    set = pel_ratemap_settings_defaults();
    set.n_replicates = 0;
    map = make(&set);
    struct pel_ratemap_value rate;
    struct pel_ratemap_curve curve;
    assert_int_equal(pel_ratemap_rate(map, NAN, 700.0, &rate, NULL, NULL, &err),
                     PEL_EARG);
    assert_int_equal(pel_ratemap_rate(map, -4.67, 0.0, &rate, NULL, NULL, &err),
                     PEL_EARG);
    assert_int_equal(pel_ratemap_curve(map, NAN, &curve, &err), PEL_EARG);
    pel_ratemap_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planes_and_points), cmocka_unit_test(curves_of_a_known_surface),
        cmocka_unit_test(bands_cover),       cmocka_unit_test(replicates_and_weights),
        cmocka_unit_test(where_rates_are),   cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

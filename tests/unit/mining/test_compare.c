#include <pelrate/compare.h>
#include <pelrate/constants.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../io/scratch.h"
#include "../near.h"

/* One barrier, and a relaxation energy that falls with E_IS: the rate is
 * nu exp(-E_A / kT) * slope * (steady - e), the same sign at all temperatures. */
static const double barrier = 0.9, slope = 20.0, steady = -4.68, nu = 1e13;

static struct pel_landscape *make_landscape(void)
{
    const struct pel_landscape_head head = {.atoms = 1.0,
                                            .paths = 1.0,
                                            .attempt_frequency_Hz = nu,
                                            .molar_mass_g_per_mol = 75.7};
    const struct pel_landscape_row rows[2] = {
        {PEL_ACTIVATION, "delta", "value", {barrier, 0.0, 0.0}},
        {PEL_RELAXATION, "delta", "value", {barrier, slope, 0.0}}};
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    if (pel_landscape_create_parametric(&head, steady, -4.70, -4.66, 2, rows, &l, &err) !=
        PEL_OK)
        fail_msg("%s", err.text);
    return l;
}

static double rate_of(double e, double T)
{
    return nu * exp(-barrier / (PEL_KB * T)) * slope * (steady - e);
}

static struct pel_rate *make_rate(const struct pel_landscape *l)
{
    const struct pel_closure *closure;
    struct pel_rate *rate = NULL;
    assert_int_equal(pel_closure_find("log-mean", &closure, NULL), PEL_OK);
    assert_int_equal(pel_rate_create(l, closure, PEL_RANGE_STRICT, &rate, NULL), PEL_OK);
    return rate;
}

static struct pel_agemap *read_map(const char *text)
{
    struct pel_agemap *map = NULL;
    struct pel_error err = {0};
    if (pel_agemap_read(scratch_write("map.csv", text), &map, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return map;
}

/* Six points: two of the theory itself, one ten times as fast, one of the other sign, one
 * whose band holds 0, one extrapolated, one outside the landscape. */
static void by_hand(void **state)
{
    (void)state;
    static const struct {
        double e, T, factor, low, high;
        int extrapolated;
    } points[] = {{-4.67, 700, 1, 0.9, 1.1, 0},   {-4.69, 800, 1, 0.9, 1.1, 0},
                  {-4.67, 800, 10, 9, 11, 0},     {-4.675, 600, -1, -2, -0.5, 0},
                  {-4.675, 650, 0.5, -0.5, 2, 0}, {-4.675, 700, 3, 2, 4, 1},
                  {-4.65, 700, 1, 0.9, 1.1, 0}};
    char text[4096];
    int at = snprintf(text, sizeof text,
                      "# curve_e_is_eV_per_atom: -4.68 -4.67\n"
                      "# curve_T_max_K: 700 nan\n# curve_T_max_low_K: 690 nan\n"
                      "# curve_T_max_high_K: 705 nan\n# curve_T_ss_K: nan 800\n"
                      "# curve_T_ss_low_K: nan 790\n# curve_T_ss_high_K: nan 805\n"
                      "e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s,"
                      "rate_low_eV_per_atom_per_s,rate_high_eV_per_atom_per_s,"
                      "extrapolated,replicate_1,replicate_2,replicate_3\n");
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        const double r = rate_of(points[i].e, points[i].T);
        const double ends[] = {points[i].low * r, points[i].high * r};
        at +=
            snprintf(text + at, sizeof text - (size_t)at,
                     "%.17g,%.17g,%.17g,%.17g,%.17g,%d,%.17g,%.17g,%.17g\n", points[i].e,
                     points[i].T, points[i].factor * r, fmin(ends[0], ends[1]),
                     fmax(ends[0], ends[1]), points[i].extrapolated, points[i].factor * r,
                     points[i].factor * r * 10.0, points[i].factor * r * 0.1);
    }
    struct pel_agemap *map = read_map(text);
    assert_true(map->n == 7 && map->n_replicates == 3 && map->n_curves == 2);
    struct pel_landscape *l = make_landscape();
    struct pel_rate *rate = make_rate(l);
    const struct pel_compare_theory theory = pel_compare_of_rate(rate);
    struct pel_comparison c;
    struct pel_compare_curve curves[2];
    const struct pel_compare_settings set = {.share = 0.5};
    struct pel_error err = {0};
    if (pel_compare_run(map, &theory, &set, &c, curves, &err) != PEL_OK)
        fail_msg("%s", err.text);
    assert_int_equal(c.points, 5);
    assert_int_equal(c.resolved, 4);
    assert_int_equal(c.zero, 0);
    assert_int_equal(c.too_fast, 0);
    /* Differences 0, 0, -1, 0 decades. */
    NEAR_REL(c.rms.value, 0.5, 1e-9);
    NEAR_REL(c.mean.value, -0.25, 1e-9);
    NEAR_REL(c.agreement.value, 0.75, 1e-12);
    /* Replicates: the same, all ten times as fast (-1, -1, -2, -1), all a tenth. */
    NEAR_REL(c.noise, sqrt(2.0 / 3.0), 1e-9);
    NEAR_REL(c.mean.low, -0.75, 1e-9);
    NEAR_REL(c.mean.high, 0.25, 1e-9);
    const double squares[] = {0.25, 7.0 / 4.0, 3.0 / 4.0};
    const double mean = (squares[0] + squares[1] + squares[2]) / 3.0;
    NEAR_REL(c.rms.high, sqrt(0.25 - mean + 1.25), 1e-9);
    NEAR_REL(c.rms.low, 0.0, 1e-9);
    NEAR_REL(c.agreement.low, 0.75, 1e-12);
    /* The theory has neither curve. */
    assert_true(c.n_T_max == 0 && c.n_T_ss == 0 && isnan(c.T_max_mean_K));
    assert_true(isnan(curves[0].T_max_difference_K.value) && curves[1].e_is == -4.67);
    pel_rate_free(rate);
    pel_landscape_free(l);
    pel_agemap_free(map);
}

/* Where the theory stands still there is no logarithm. */
static void a_theory_that_stands_still(void **state)
{
    (void)state;
    struct pel_agemap *map = read_map(
        "e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s\n-4.68,700,-1e5\n");
    assert_true(map->n_replicates == 0 && map->n_curves == 0 && isnan(map->low[0]));
    struct pel_landscape *l = make_landscape();
    struct pel_rate *rate = make_rate(l);
    const struct pel_compare_theory theory = pel_compare_of_rate(rate);
    struct pel_comparison c;
    assert_int_equal(pel_compare_run(map, &theory, NULL, &c, NULL, NULL), PEL_OK);
    assert_true(c.points == 1 && c.resolved == 1 && c.zero == 1);
    assert_true(isnan(c.rms.value) && isnan(c.rms.low) && c.agreement.value == 0.0);
    assert_true(isnan(c.noise));
    pel_agemap_free(map);

    struct pel_error err;
    map = read_map(
        "e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s\n-4.5,700,-1e5\n");
    assert_int_equal(pel_compare_run(map, &theory, NULL, &c, NULL, &err), PEL_ERANGE);
    assert_string_equal(
        err.text, "no point of the map in common: e_is = -4.5 eV/atom is outside the "
                  "range [-4.7, -4.66] of the landscape");
    const struct pel_compare_settings set = {.share = 1.0};
    assert_int_equal(pel_compare_run(map, &theory, &set, &c, NULL, &err), PEL_EARG);
    pel_agemap_free(map);
    pel_agemap_free(NULL);
    pel_rate_free(rate);
    pel_landscape_free(l);
}

/* A map against itself and against a replicate of it, at its own points. */
static void a_second_map(void **state)
{
    (void)state;
    struct pel_agemap *map =
        read_map("e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s,"
                 "rate_low_eV_per_atom_per_s,rate_high_eV_per_atom_per_s,replicate_1\n"
                 "-4.68,700,-1e5,-2e5,-5e4,-1e6\n-4.68,800,2e4,-1e4,5e4,1e9\n"
                 "-4.67,700,-3e5,-4e5,-2e5,-3e6\n-4.67,800,-7e5,-8e5,-6e5,7e5\n");
    struct pel_mapgrid *grid = NULL;
    assert_int_equal(pel_mapgrid_create(map, &grid, NULL), PEL_OK);
    struct pel_compare_map of = {.grid = grid};
    struct pel_compare_theory theory = pel_compare_of_map(&of);
    struct pel_comparison c;
    assert_int_equal(pel_compare_run(map, &theory, NULL, &c, NULL, NULL), PEL_OK);
    assert_true(c.points == 4 && c.resolved == 3 && c.zero == 0 && c.too_fast == 0);
    NEAR_ABS(c.rms.value, 0.0, 1e-12);
    NEAR_REL(c.agreement.value, 1.0, 1e-12);
    /* The replicate: one, one and no decade off, one sign of three wrong; at the point that is
     * not resolved 1e9, where twice 5e4 would have been seen. */
    of.replicate = 1;
    assert_int_equal(pel_compare_run(map, &theory, NULL, &c, NULL, NULL), PEL_OK);
    NEAR_REL(c.rms.value, sqrt(2.0 / 3.0), 1e-12);
    NEAR_REL(c.mean.value, 2.0 / 3.0, 1e-12);
    NEAR_REL(c.agreement.value, 2.0 / 3.0, 1e-12);
    assert_int_equal(c.too_fast, 1);
    pel_mapgrid_free(grid);
    pel_agemap_free(map);
}

#define HEAD "e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s"

static void bad_maps(void **state)
{
    (void)state;
    if (chdir(scratch_folder) != 0) fail();
    const struct {
        const char *text, *message;
    } cases[] = {
        {HEAD "\n", "bad.csv:1: no rows, expected a map"},
        {HEAD "\n-4.6,0,1\n", "bad.csv:2: temperature_K is 0, expected a number above 0"},
        {HEAD "\n-4.6,700,inf\n",
         "bad.csv:2: rate_eV_per_atom_per_s is 'inf', expected a finite number"},
        {HEAD "\n-4.6,700,1\n-4.5,700,1\n-4.6,700,2\n",
         "bad.csv:4: E_IS -4.6 eV/atom at 700 K stands in line 2 too, expected each point "
         "once"},
        {HEAD ",rate_low_eV_per_atom_per_s,rate_high_eV_per_atom_per_s\n-4.6,700,1,2,1\n",
         "bad.csv:2: the band of the rate is 2 to 1, expected it to rise"},
        {"# curve_e_is_eV_per_atom: -4.6 -4.5\n# curve_T_max_K: 700\n" HEAD
         "\n-4.6,700,1\n",
         "bad.csv: key curve_T_max_K has 1 numbers, expected 2 as curve_e_is_eV_per_atom"},
        {"# curve_e_is_eV_per_atom: -4.6 x\n" HEAD "\n-4.6,700,1\n",
         "bad.csv: key curve_e_is_eV_per_atom, number 2 is 'x', expected a finite number or "
         "nan"},
        {HEAD ",replicate_1\n-4.6,700,1,\n",
         "bad.csv:2: replicate_1 is '', expected a finite number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scratch_write("bad.csv", cases[i].text);
        struct pel_agemap *map = NULL;
        struct pel_error err = {0};
        assert_int_equal(pel_agemap_read("bad.csv", &map, &err), PEL_EFORMAT);
        assert_string_equal(err.text, cases[i].message);
        assert_null(map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(a_theory_that_stands_still),
        cmocka_unit_test(a_second_map),
        cmocka_unit_test(bad_maps),
    };
    return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}

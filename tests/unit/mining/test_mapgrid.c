#include <pelrate/mapgrid.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../io/scratch.h"
#include "../near.h"

#define HEAD                                                                             \
    "e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s,"                             \
    "rate_low_eV_per_atom_per_s,rate_high_eV_per_atom_per_s,extrapolated,replicate_1\n"

static struct pel_agemap *read_map(const char *text)
{
    struct pel_agemap *map = NULL;
    struct pel_error err = {0};
    if (pel_agemap_read(scratch_write("map.csv", text), &map, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return map;
}

/* Two E_IS, three temperatures, in no order. */
static struct pel_agemap *make_map(void)
{
    return read_map("# curve_e_is_eV_per_atom: -4.68 -4.66\n"
                    "# curve_T_max_K: 700 720\n# curve_T_max_low_K: 690 700\n"
                    "# curve_T_max_high_K: 710 740\n# curve_T_ss_K: nan 800\n"
                    "# curve_T_ss_low_K: nan 790\n# curve_T_ss_high_K: nan 805\n" HEAD
                    "-4.66,600,-1e6,-2e6,-5e5,0,-2e6\n"
                    "-4.68,600,-1e4,-2e4,-5e3,0,-3e4\n"
                    "-4.68,800,1e3,5e2,2e3,1,7\n"
                    "-4.66,700,-4e6,-5e6,-3e6,0,-1e6\n"
                    "-4.68,700,2e4,-1e4,5e4,0,2e4\n"
                    "-4.66,800,0,-1,1,0,7\n");
}

static struct pel_mapgrid *make_grid(const struct pel_agemap *map)
{
    struct pel_mapgrid *grid = NULL;
    struct pel_error err = {0};
    if (pel_mapgrid_create(map, &grid, &err) != PEL_OK) fail_msg("%s", err.text);
    assert_ptr_equal(pel_mapgrid_map(grid), map);
    return grid;
}

static double rate_at(const struct pel_mapgrid *grid, size_t replicate, double e,
                      double T, int *resolved)
{
    double ln;
    int sign;
    struct pel_error err = {0};
    if (pel_mapgrid_rate(grid, replicate, e, T, &ln, &sign, resolved, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return sign == 0 ? 0.0 : sign * exp(ln);
}

static void rates(void **state)
{
    (void)state;
    struct pel_agemap *map = make_map();
    struct pel_mapgrid *grid = make_grid(map);
    int resolved;
    /* On a point; between two of one sign the geometric mean, weighted. */
    NEAR_REL(rate_at(grid, 0, -4.68, 600, &resolved), -1e4, 1e-12);
    assert_int_equal(resolved, 1);
    NEAR_REL(rate_at(grid, 0, -4.67, 600, &resolved), -1e5, 1e-9);
    NEAR_REL(rate_at(grid, 0, -4.66, 650, &resolved), -2e6, 1e-9);
    NEAR_REL(rate_at(grid, 0, -4.66, 625, NULL), -1e6 * sqrt(2.0), 1e-9);
    NEAR_REL(rate_at(grid, 1, -4.66, 600, NULL), -2e6, 1e-12);
    assert_int_equal(resolved, 1);
    /* Of two signs the mean; where one sign is not known, it is not. */
    NEAR_REL(rate_at(grid, 0, -4.68, 650, &resolved), 5e3, 1e-9);
    assert_int_equal(resolved, 0);
    NEAR_REL(rate_at(grid, 0, -4.67, 650, &resolved), 0.25 * (-1e4 + 2e4 - 1e6 - 4e6),
             1e-9);
    /* A rate of 0 is 0, and takes its part in a mean. */
    double ln;
    int sign;
    assert_int_equal(pel_mapgrid_rate(grid, 0, -4.66, 800, &ln, &sign, &resolved, NULL),
                     PEL_OK);
    assert_true(isinf(ln) && ln < 0 && sign == 0 && resolved == 0);
    NEAR_REL(rate_at(grid, 0, -4.66, 750, NULL), -2e6, 1e-9);
    pel_mapgrid_free(grid);
    pel_agemap_free(map);
}

static void outside(void **state)
{
    (void)state;
    struct pel_agemap *map = make_map();
    struct pel_mapgrid *grid = make_grid(map);
    const double points[][2] = {{-4.6801, 650}, {-4.6599, 650}, {-4.67, 599},
                                {-4.67, 801},   {NAN, 650},     {-4.67, NAN},
                                {-4.68, 799},   {-4.67, 750}};
    double ln;
    int sign;
    for (size_t k = 0; k < sizeof points / sizeof points[0]; k++)
        assert_int_equal(
            pel_mapgrid_rate(grid, 0, points[k][0], points[k][1], &ln, &sign, NULL, NULL),
            PEL_ERANGE);
    assert_int_equal(pel_mapgrid_rate(grid, 2, -4.67, 650, &ln, &sign, NULL, NULL),
                     PEL_EARG);
    pel_mapgrid_free(grid);
    pel_agemap_free(map);
}

static void curves(void **state)
{
    (void)state;
    struct pel_agemap *map = make_map();
    struct pel_mapgrid *grid = make_grid(map);
    struct pel_agemap_value T_max, T_ss;
    pel_mapgrid_curve(grid, -4.675, &T_max, &T_ss);
    NEAR_REL(T_max.value, 705.0, 1e-12);
    NEAR_REL(T_max.low, 692.5, 1e-12);
    NEAR_REL(T_max.high, 717.5, 1e-12);
    assert_true(isnan(T_ss.value));
    pel_mapgrid_curve(grid, -4.66, &T_max, &T_ss);
    NEAR_REL(T_ss.value, 800.0, 1e-12);
    pel_mapgrid_curve(grid, -4.65, &T_max, &T_ss);
    assert_true(isnan(T_max.value) && isnan(T_ss.high));
    pel_mapgrid_free(grid);
    pel_agemap_free(map);
}

#define SHORT "e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s\n"

static void no_grid(void **state)
{
    (void)state;
    const struct {
        const char *text, *message;
    } cases[] = {
        {SHORT "-4.68,600,1\n-4.68,700,1\n-4.66,600,1\n",
         "3 points of 2 E_IS and 2 temperatures, expected a full grid"},
        {"# curve_e_is_eV_per_atom: -4.6 -4.6\n# curve_T_max_K: 1 1\n"
         "# curve_T_max_low_K: 1 1\n# curve_T_max_high_K: 1 1\n# curve_T_ss_K: 1 1\n"
         "# curve_T_ss_low_K: 1 1\n# curve_T_ss_high_K: 1 1\n" SHORT "-4.68,600,1\n",
         "E_IS of the curves: -4.6 after -4.6, expected them to rise"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pel_agemap *map = read_map(cases[i].text);
        struct pel_mapgrid *grid = NULL;
        struct pel_error err = {0};
        assert_int_equal(pel_mapgrid_create(map, &grid, &err), PEL_EARG);
        assert_string_equal(err.text, cases[i].message);
        assert_null(grid);
        pel_agemap_free(map);
    }
    /* A file has no point twice; a map made otherwise may. */
    double e[] = {-4.68, -4.68, -4.66, -4.66}, T[] = {600, 700, 600, 600};
    const struct pel_agemap made = {.n = 4, .e_is = e, .temperature_K = T};
    struct pel_mapgrid *none = NULL;
    struct pel_error err = {0};
    assert_int_equal(pel_mapgrid_create(&made, &none, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "E_IS -4.66 eV/atom at 600 K twice, expected a full grid");
    assert_null(none);
    /* One point is a grid. */
    struct pel_agemap *map = read_map(SHORT "-4.68,600,-1\n");
    struct pel_mapgrid *grid = make_grid(map);
    NEAR_REL(rate_at(grid, 0, -4.68, 600, NULL), -1.0, 1e-12);
    pel_mapgrid_free(grid);
    pel_agemap_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates),
        cmocka_unit_test(outside),
        cmocka_unit_test(curves),
        cmocka_unit_test(no_grid),
    };
    return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}

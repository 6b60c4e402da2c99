#include "saddles/art_priv.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* A valley along x with minima at 0 and 3, a saddle at 2, y^2 across, and on the slope home
 * a narrow dent, deep enough to hold (0: none). */
struct valley {
    double dent;
};
static const double dent_at = 1.0, dent_width = 0.03;

static double height(const struct valley *v, double x)
{
    const double u = (x - dent_at) / dent_width;
    return x * x * x * x / 4.0 - 5.0 / 3.0 * x * x * x + 3.0 * x * x -
           v->dent * exp(-0.5 * u * u);
}

static double slope(const struct valley *v, double x)
{
    const double u = (x - dent_at) / dent_width;
    return x * (x - 2.0) * (x - 3.0) + v->dent * u / dent_width * exp(-0.5 * u * u);
}

static pel_status evaluate(void *context, const double x[], double *energy,
                           double gradient[], struct pel_error *err)
{
    const struct valley *v = context;
    (void)err;
    *energy = height(v, x[0]) + x[1] * x[1];
    gradient[0] = slope(v, x[0]);
    gradient[1] = 2.0 * x[1];
    return PEL_OK;
}

/* Its steepest flank rises by 5 eV/A where the slope falls by 2. */
static const struct valley plain = {0.0}, dented = {0.25};

/* The bottom of the dent, by bisection. */
static double bottom(void)
{
    double low = dent_at - dent_width, high = dent_at;
    for (int k = 0; k < 60; k++) {
        const double x = 0.5 * (low + high);
        if (slope(&dented, x) < 0.0)
            low = x;
        else
            high = x;
    }
    return low;
}

static struct pel_art_settings settings_of(double descent_error)
{
    struct pel_art_settings s = pel_art_defaults();
    s.descent_error_A = descent_error;
    s.connect_distance_A = 0.01;
    s.minimum_force_eV_per_A = 1e-7;
    return s;
}

/* Judge the saddle at 2 as an event of the minimum at `home`, towards which x rises or
 * falls. */
static void judge(const struct valley *v, double home, double descent_error,
                  int home_alone, struct pel_art_result *result)
{
    const struct pel_surface surface = {
        .n = 2, .context = (void *)v, .evaluate = evaluate};
    const struct pel_art_settings s = settings_of(descent_error);
    const double initial[2] = {home, 0.0};
    struct art_search search;
    assert_int_equal(pel_art_result_init(result, 2, NULL), PEL_OK);
    pel_art_blank(result);
    assert_int_equal(pel_art_begin(&search, &surface, 1.0, &s, result, NULL), PEL_OK);
    search.initial = initial;
    search.initial_energy = height(v, home);
    search.stiffness = 300.0; /* of the dent */
    search.mode[0] = 1.0;
    result->saddle[0] = 2.0;
    result->saddle[1] = 0.0;
    result->e_a_eV = height(v, 2.0) - search.initial_energy;
    assert_int_equal(home_alone ? pel_art_judge_home(&search, NULL, NULL)
                                : pel_art_judge_sides(&search, NULL),
                     PEL_OK);
    pel_art_end(&search);
}

/* Both ends right, from either of them. */
static void a_plain_saddle_is_an_event(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        const double home = k == 0 ? 3.0 : 0.0, other = 3.0 - home;
        struct pel_art_result result;
        judge(&plain, home, 0.01, 0, &result);
        assert_int_equal(result.status, PEL_ART_VALID);
        assert_true(fabs(result.final[0] - other) < 1e-6);
        assert_true(fabs(result.final[1]) < 1e-6);
        assert_true(fabs(result.displacement_A - 3.0) < 1e-6);
        assert_true(fabs(result.e_r_eV - (height(&plain, 2.0) - height(&plain, other))) <
                    1e-9);
        assert_int_equal(result.moved_atoms, 1);
        pel_art_result_free(&result);
    }
}

/* A minimiser comes home over the small basin; the steepest path ends in it, and tells
 * where the search ought to have started. */
static void a_small_basin_on_the_way_home(void **state)
{
    (void)state;
    struct pel_art_result result;
    judge(&dented, 0.0, 0.01, 1, &result);
    assert_int_equal(result.status, PEL_ART_VALID); /* which is why it is not enough */
    pel_art_result_free(&result);
    judge(&dented, 0.0, 0.01, 0, &result);
    assert_int_equal(result.status, PEL_ART_NOT_CONNECTED);
    assert_true(fabs(result.near_A - bottom()) < 1e-3);
    assert_true(fabs(result.e_near_eV - height(&dented, bottom())) < 1e-8);
    pel_art_result_free(&result);
}

/* The same basin as the final state: the steepest path finds it, a minimiser does not. */
static void a_small_basin_on_the_other_side(void **state)
{
    (void)state;
    struct pel_art_result result;
    judge(&dented, 3.0, 0.01, 0, &result);
    assert_int_equal(result.status, PEL_ART_VALID);
    assert_true(fabs(result.final[0] - bottom()) < 1e-4);
    pel_art_result_free(&result);
    judge(&dented, 3.0, 0.0, 0, &result);
    assert_int_equal(result.status, PEL_ART_VALID);
    assert_true(fabs(result.final[0]) < 1e-4);
    pel_art_result_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_saddle_is_an_event),
        cmocka_unit_test(a_small_basin_on_the_way_home),
        cmocka_unit_test(a_small_basin_on_the_other_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

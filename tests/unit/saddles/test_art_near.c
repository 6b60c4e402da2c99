#include <pelrate/art.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "surfaces.h"

/* A double well in x whose floor bends z along: minima (-1, 0, -b), (1, 0, b), saddle 1
 * above them at the origin. Near the push are x and y; z stands. */
static const double bend = 0.3;

static pel_status bent_well(void *context, const double x[], double *energy, double g[],
                            struct pel_error *err)
{
    size_t *calls = context;
    (void)err;
    ++*calls;
    const double d = x[2] - bend * x[0];
    *energy = pow(x[0] * x[0] - 1, 2) + 2 * x[1] * x[1] + 5 * d * d;
    g[0] = 4 * x[0] * (x[0] * x[0] - 1) - 10 * bend * d;
    g[1] = 4 * x[1];
    g[2] = 10 * d;
    return PEL_OK;
}

struct standing {
    size_t calls, calls_below, stands, refuse_at;
    double z;
};

static pel_status evaluate_near(void *context, const double x[], double *energy,
                                double g[], struct pel_error *err)
{
    struct standing *standing = context;
    double whole[3] = {x[0], x[1], standing->z}, slope[3];
    standing->calls++;
    pel_status status = bent_well(&standing->calls_below, whole, energy, slope, err);
    *energy += 17.0; /* its zero is its own */
    g[0] = slope[0];
    g[1] = slope[1];
    return status;
}

static pel_status stand(void *context, const double x[], struct pel_error *err)
{
    struct standing *standing = context;
    if (++standing->stands == standing->refuse_at)
        return pel_error_set(err, PEL_EARG, "no room to stand");
    standing->z = x[2];
    return PEL_OK;
}

static struct pel_art_result search_near(struct standing *standing, size_t *calls,
                                         const struct pel_art_settings *s)
{
    const size_t index[2] = {0, 1};
    const struct pel_surface whole = {.n = 3, .context = calls, .evaluate = bent_well};
    const struct pel_surface part = {
        .n = 2, .context = standing, .evaluate = evaluate_near};
    const struct pel_art_near near = {.surface = &part,
                                      .index = index,
                                      .share = 0.125,
                                      .context = standing,
                                      .stand = stand};
    const double start[3] = {-1, 0, -bend}, push[3] = {0.9, 0.3, 0.0};
    struct pel_art_result result;
    assert_int_equal(pel_art_result_init(&result, 3, NULL), PEL_OK);
    assert_int_equal(pel_art_search(&whole, &near, s, start, 0.0, push, &result, NULL),
                     PEL_OK);
    return result;
}

static void what_is_near_climbs_first(void **state)
{
    (void)state;
    struct pel_art_settings s = small_steps();
    struct standing standing = {0};
    size_t calls = 0;
    struct pel_art_result r = search_near(&standing, &calls, &s);
    assert_int_equal(r.status, PEL_ART_VALID);
    /* The event is that of the whole surface: with z standing the saddle is higher. */
    assert_true(fabs(r.e_a_eV - 1.0) < 1e-10 && fabs(r.e_r_eV - 1.0) < 1e-10);
    assert_true(fabs(r.saddle[0]) < 1e-6 && fabs(r.saddle[2]) < 1e-6);
    assert_true(fabs(r.final[0] - 1.0) < 1e-6 && fabs(r.final[2] - bend) < 1e-6);
    /* Everything is charged: what was evaluated, and each time the others were stood. */
    assert_int_equal(r.full_calls, calls);
    assert_int_equal(r.force_calls, calls + standing.calls + standing.stands);
    assert_true(standing.calls > 2 * s.push_relax_steps && standing.stands == 2);
    assert_true(fabs(r.work - ((double)r.full_calls +
                               0.125 * (double)(r.force_calls - r.full_calls))) < 1e-9);
    assert_int_equal(r.force_calls,
                     r.push_calls + r.climb_calls + r.order_calls + r.relax_calls);
    pel_art_result_free(&r);

    /* A limit of calls holds for both. */
    s.max_force_calls = standing.calls / 2;
    standing = (struct standing){0};
    r = search_near(&standing, &calls, &s);
    assert_int_equal(r.status, PEL_ART_CALLS);
    pel_art_result_free(&r);
    s = small_steps();
    for (size_t at = 1; at <= 2; at++) {
        standing = (struct standing){.refuse_at = at};
        r = search_near(&standing, &calls, &s);
        assert_int_equal(r.status, PEL_ART_BROKEN);
        pel_art_result_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_near_climbs_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/art.h>
#include <pelrate/random.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "surfaces.h"

/* Minimum and saddle coordinates to more digits than the paper gives: Newton's method on
 * the formula, by hand. */
struct point {
    double x[2], energy;
};

static struct point newton(double x, double y)
{
    struct point p = {.x = {x, y}};
    for (int k = 0; k < 50; k++) {
        const double d = 1e-5;
        double e, g[2], gx[2], gy[2];
        muller_brown(NULL, (double[]){p.x[0] + d, p.x[1]}, &e, gx, NULL);
        muller_brown(NULL, (double[]){p.x[0], p.x[1] + d}, &e, gy, NULL);
        muller_brown(NULL, p.x, &p.energy, g, NULL);
        const double h[2][2] = {{(gx[0] - g[0]) / d, (gy[0] - g[0]) / d},
                                {(gx[1] - g[1]) / d, (gy[1] - g[1]) / d}};
        const double det = h[0][0] * h[1][1] - h[0][1] * h[1][0];
        p.x[0] -= (h[1][1] * g[0] - h[0][1] * g[1]) / det;
        p.x[1] -= (h[0][0] * g[1] - h[1][0] * g[0]) / det;
    }
    return p;
}

static int is_at(const double x[], const struct point *p)
{
    return hypot(x[0] - p->x[0], x[1] - p->x[1]) < 1e-4;
}

/* From each minimum, in many directions: every valid event is one of the two that the
 * surface has, with energies to 1e-8, and both of the middle minimum are found. */
static void saddles_of_muller_and_brown(void **state)
{
    (void)state;
    const struct point minima[3] = {newton(-0.558, 1.442), newton(0.623, 0.028),
                                    newton(-0.050, 0.467)};
    const struct point saddles[2] = {newton(-0.822, 0.624), newton(0.212, 0.293)};
    assert_true(fabs(minima[0].energy - -1.46700) < 1e-5);
    assert_true(fabs(saddles[0].energy - -0.40665) < 1e-5);
    assert_true(fabs(saddles[1].energy - -0.72249) < 1e-5);
    const int leads_to[2][2] = {{0, 2}, {2, 1}}; /* minima on both sides of a saddle */

    const struct pel_surface surface = {.n = 2, .evaluate = muller_brown};
    const struct pel_art_settings settings = small_steps();
    struct pel_art_result result;
    assert_int_equal(pel_art_result_init(&result, 2, NULL), PEL_OK);
    size_t found[3][2] = {{0}};
    for (int m = 0; m < 3; m++)
        for (int k = 0; k < 24; k++) {
            const double angle = 0.137 + k * 2.0 * 3.14159265358979 / 24;
            const double push[2] = {cos(angle), sin(angle)};
            assert_int_equal(pel_art_search(&surface, NULL, &settings, minima[m].x,
                                            minima[m].energy, push, &result, NULL),
                             PEL_OK);
            assert_int_equal(result.force_calls, result.push_calls + result.climb_calls +
                                                     result.order_calls +
                                                     result.relax_calls);
            if (result.status != PEL_ART_VALID) continue;
            const int s = is_at(result.saddle, &saddles[1]);
            assert_true(s == 1 || is_at(result.saddle, &saddles[0]));
            const int other = leads_to[s][0] == m ? leads_to[s][1] : leads_to[s][0];
            assert_true(leads_to[s][0] == m || leads_to[s][1] == m);
            assert_true(is_at(result.final, &minima[other]));
            assert_true(fabs(result.e_a_eV - (saddles[s].energy - minima[m].energy)) <
                        1e-8);
            assert_true(fabs(result.e_r_eV - (saddles[s].energy - minima[other].energy)) <
                        1e-8);
            assert_true(result.eigenvalue_eV_per_A2 < 0.0 &&
                        result.second_eV_per_A2 > 0.0);
            assert_true(fabs(result.displacement_A -
                             pel_art_distance(2, minima[m].x, minima[other].x, 0)) <
                        1e-4);
            found[m][s]++;
        }
    pel_art_result_free(&result);
    assert_true(found[0][0] > 0 && found[1][1] > 0 && found[2][0] > 0 && found[2][1] > 0);
    assert_true(found[0][0] + found[1][1] + found[2][0] + found[2][1] > 36);
}

/* Families of surfaces for what can go wrong. */
struct wrong {
    enum {
        WELL,   /* (x^2 - 1)^2 + 2 y^2: minima at x = +-1, saddle of height 1 at 0 */
        BOWL,   /* x^2 + y^2: no way out */
        RIPPLE, /* x^2/2 + A (1 - cos b x), A b^2 = 3: steepens, bends, rises on: no
                   saddle */
        LOG,    /* 4 log(1 + x^2) + y^2: rises for ever with negative curvature */
        PEAK,   /* (x^2 - 1)^2 + y^2 (3 x^2 - 1): second-order at 0 */
        FLICKER /* (x^2 - 1)^2 + h ((y/w)^2 - 1)^2: a soft spot in y with wells at +-w,
                   which has nothing to do with the way over x = 0 */
    } kind;
    size_t calls;       /* so far */
    size_t change_at;   /* after so many calls (0: never) ... */
    double then_offset; /* ... the energy is higher by this, */
    int then_bowl;      /* ... the surface is x^2 + y^2, */
    int then_broken;    /* ... evaluation fails, */
    int then_nan;       /* ... or gives NaN */
};

static const double flicker_height = 0.02, flicker_width = 0.3;

static pel_status evaluate_wrong(void *context, const double x[], double *energy,
                                 double g[], struct pel_error *err)
{
    struct wrong *w = context;
    const double r2 = x[0] * x[0] + x[1] * x[1], b = 3.0;
    const int changed = w->change_at > 0 && ++w->calls > w->change_at;
    switch (changed && w->then_bowl ? BOWL : w->kind) {
    case WELL:
        *energy = pow(x[0] * x[0] - 1, 2) + 2 * x[1] * x[1];
        g[0] = 4 * x[0] * (x[0] * x[0] - 1);
        g[1] = 4 * x[1];
        break;
    case BOWL:
        *energy = r2;
        g[0] = 2 * x[0];
        g[1] = 2 * x[1];
        break;
    case RIPPLE:
        *energy = x[0] * x[0] / 2 + 3.0 / (b * b) * (1 - cos(b * x[0])) + x[1] * x[1];
        g[0] = x[0] + 3.0 / b * sin(b * x[0]);
        g[1] = 2 * x[1];
        break;
    case LOG:
        *energy = 4 * log(1 + x[0] * x[0]) + x[1] * x[1];
        g[0] = 8 * x[0] / (1 + x[0] * x[0]);
        g[1] = 2 * x[1];
        break;
    case PEAK:
        *energy = pow(x[0] * x[0] - 1, 2) + x[1] * x[1] * (3 * x[0] * x[0] - 1);
        g[0] = 4 * x[0] * (x[0] * x[0] - 1) + 6 * x[0] * x[1] * x[1];
        g[1] = 2 * x[1] * (3 * x[0] * x[0] - 1);
        break;
    case FLICKER: {
        const double u = x[1] / flicker_width;
        *energy = pow(x[0] * x[0] - 1, 2) + flicker_height * pow(u * u - 1, 2);
        g[0] = 4 * x[0] * (x[0] * x[0] - 1);
        g[1] = 4 * flicker_height * u * (u * u - 1) / flicker_width;
        break;
    }
    }
    if (changed) {
        *energy += w->then_offset;
        if (w->then_nan) *energy = NAN;
        if (w->then_broken) return pel_error_set(err, PEL_EARG, "overlapping atoms");
    }
    return PEL_OK;
}

/* One search from (x, y) with a given energy; NaN: the true one. */
static struct pel_art_result search(struct wrong *wrong, const struct pel_art_settings *s,
                                    double x, double y, double energy, double px,
                                    double py)
{
    const struct pel_surface surface = {
        .n = 2, .context = wrong, .evaluate = evaluate_wrong};
    double start[2] = {x, y}, push[2] = {px, py}, true_energy = NAN, g[2];
    struct pel_art_result result;
    struct pel_error err = {0};
    assert_int_equal(evaluate_wrong(wrong, start, &true_energy, g, NULL), PEL_OK);
    wrong->calls = 0;
    assert_int_equal(pel_art_result_init(&result, 2, NULL), PEL_OK);
    assert_int_equal(pel_art_search(&surface, NULL, s, start,
                                    isnan(energy) ? true_energy : energy, push, &result,
                                    &err),
                     PEL_OK);
    assert_int_equal(err.status, PEL_OK);
    return result;
}

static enum pel_art_status verdict(struct wrong wrong, const struct pel_art_settings *s,
                                   double x, double y, double energy, double px,
                                   double py)
{
    struct pel_art_result result = search(&wrong, s, x, y, energy, px, py);
    const enum pel_art_status status = result.status;
    if (status != PEL_ART_VALID) assert_true(isnan(result.displacement_A));
    pel_art_result_free(&result);
    return status;
}

static void a_double_well_is_valid(void **state)
{
    (void)state;
    struct pel_art_settings s = small_steps();
    struct wrong well = {.kind = WELL};
    struct pel_art_result r = search(&well, &s, -1, 0, NAN, 0.9, 0.3);
    assert_int_equal(r.status, PEL_ART_VALID);
    assert_true(fabs(r.e_a_eV - 1.0) < 1e-10 && fabs(r.e_r_eV - 1.0) < 1e-10);
    assert_true(fabs(r.eigenvalue_eV_per_A2 - -4.0) < 1e-6);
    assert_true(fabs(r.second_eV_per_A2 - 4.0) < 1e-6);
    assert_true(fabs(r.displacement_A - 2.0) < 1e-6);
    assert_int_equal(r.moved_atoms, 1); /* of two coordinates */
    assert_true(hypot(r.saddle[0], r.saddle[1]) < 1e-6 && fabs(r.final[0] - 1.0) < 1e-6);
    pel_art_result_free(&r);
}

/* The push carries y over its low barrier: the saddle at (0, w) leads back to (-1, w),
 * not to the start at (-1, -w). The way home from there has the saddle of the flicker. */
static void a_flip_elsewhere_is_gone_back_from(void **state)
{
    (void)state;
    struct pel_art_settings s = small_steps();
    s.climb_threshold_eV_per_A2 = -1.5; /* beyond the curvature of the soft spot, -0.9 */
    struct wrong flicker = {.kind = FLICKER};
    s.return_tries = 0;
    struct pel_art_result r = search(&flicker, &s, -1, -flicker_width, NAN, 0.8, 0.6);
    assert_int_equal(r.status, PEL_ART_NOT_CONNECTED);
    assert_true(fabs(r.near_A - 2 * flicker_width) < 0.05 && fabs(r.e_near_eV) < 1e-3);
    const size_t calls = r.force_calls;
    pel_art_result_free(&r);

    s.return_tries = 1;
    r = search(&flicker, &s, -1, -flicker_width, NAN, 0.8, 0.6);
    assert_int_equal(r.status, PEL_ART_VALID);
    assert_true(fabs(r.saddle[0] + 1.0) < 1e-3 && fabs(r.saddle[1]) < 1e-3);
    assert_true(fabs(r.final[1] - flicker_width) < 1e-3 && isnan(r.near_A));
    assert_true(r.force_calls > calls); /* the second climb is charged too */
    assert_int_equal(r.force_calls,
                     r.push_calls + r.climb_calls + r.order_calls + r.relax_calls);
    pel_art_result_free(&r);
}

/* The same push, turned towards the softest mode, finds the flicker instead. */
static void a_push_can_follow_the_softest_mode(void **state)
{
    (void)state;
    struct pel_art_settings s = small_steps();
    s.climb_threshold_eV_per_A2 = -0.03;
    struct wrong flicker = {.kind = FLICKER};
    struct pel_art_result r = search(&flicker, &s, -1, -flicker_width, NAN, 1.0, 0.01);
    assert_int_equal(r.status, PEL_ART_VALID);
    assert_true(fabs(r.e_a_eV - 1.0) < 1e-6);
    pel_art_result_free(&r);
    s.soft_vectors = 2;
    r = search(&flicker, &s, -1, -flicker_width, NAN, 1.0, 0.01);
    assert_int_equal(r.status, PEL_ART_VALID);
    assert_true(fabs(r.e_a_eV - flicker_height) < 1e-6);
    pel_art_result_free(&r);
}

static void every_reason_of_failure(void **state)
{
    (void)state;
    const struct pel_art_settings s = small_steps();
    struct pel_art_settings t;
    const struct wrong well = {.kind = WELL};

    assert_int_equal(verdict((struct wrong){.kind = BOWL}, &s, 0, 0, NAN, 1, 0.2),
                     PEL_ART_NOT_LEFT);
    assert_int_equal(verdict((struct wrong){.kind = RIPPLE}, &s, 0, 0, NAN, 1, 0.2),
                     PEL_ART_LOST);
    t = s;
    t.max_climbs = 1;
    assert_int_equal(verdict(well, &t, -1, 0, NAN, 0.9, 0.3), PEL_ART_NOT_CONVERGED);
    t = s;
    t.max_force_calls = 20;
    assert_int_equal(verdict(well, &t, -1, 0, NAN, 0.9, 0.3), PEL_ART_CALLS);
    t = s;
    t.max_barrier_eV = 0.9;
    assert_int_equal(verdict(well, &t, -1, 0, NAN, 0.9, 0.3), PEL_ART_TOO_HIGH);
    t = s;
    t.max_barrier_eV = 1e3;
    assert_int_equal(verdict((struct wrong){.kind = LOG}, &t, 0, 0, NAN, 1, 0.2),
                     PEL_ART_NOT_CONVERGED);
    /* Pushed along x alone no gradient along y ever shows that y goes downhill too. */
    assert_int_equal(verdict((struct wrong){.kind = PEAK}, &s, -1, 0, NAN, 1, 0),
                     PEL_ART_ORDER);
    assert_int_equal(verdict(well, &s, -1, 0, 1.5, 0.9, 0.3), PEL_ART_BELOW);
    /* Started off the minimum: the saddle is right, but nothing leads back to the start.
     */
    t = s;
    t.return_tries = 0;
    assert_int_equal(verdict(well, &t, -1.15, 0, NAN, 0.9, 0.3), PEL_ART_NOT_CONNECTED);
    /* Minima 2 apart are the same where 3 is near enough. */
    t = s;
    t.connect_distance_A = 3;
    assert_int_equal(verdict(well, &t, -1, 0, NAN, 0.9, 0.3), PEL_ART_SAME);
}

/* What only a surface that changes its mind can show: when, the searches above tell. */
static void a_surface_that_changes(void **state)
{
    (void)state;
    const struct pel_art_settings s = small_steps();
    struct wrong well = {.kind = WELL};
    struct pel_art_result r = search(&well, &s, -1, 0, NAN, 0.9, 0.3);
    const size_t climbed = r.push_calls, all = r.force_calls;
    pel_art_result_free(&r);

    size_t no_saddle = 0, flat = 0;
    struct wrong w;
    for (size_t when = climbed; when < all; when++) {
        w = (struct wrong){.kind = WELL, .change_at = when, .then_bowl = 1};
        no_saddle += verdict(w, &s, -1, 0, NAN, 0.9, 0.3) == PEL_ART_NOT_SADDLE;
        w = (struct wrong){.kind = WELL, .change_at = when, .then_offset = 3.0};
        flat += verdict(w, &s, -1, 0, NAN, 0.9, 0.3) == PEL_ART_FLAT;
    }
    assert_true(no_saddle > 0 && flat > 0);
    for (size_t when = 1; when < all; when += 1 + when / 4) {
        w = (struct wrong){.kind = WELL, .change_at = when, .then_broken = 1};
        assert_int_equal(verdict(w, &s, -1, 0, NAN, 0.9, 0.3), PEL_ART_BROKEN);
        w = (struct wrong){.kind = WELL, .change_at = when, .then_nan = 1};
        assert_int_equal(verdict(w, &s, -1, 0, NAN, 0.9, 0.3), PEL_ART_BROKEN);
    }
}

/* The same arguments give the same bits. */
static void a_search_is_deterministic(void **state)
{
    (void)state;
    const struct pel_art_settings s = small_steps();
    struct wrong well = {.kind = WELL};
    struct pel_art_result a = search(&well, &s, -1, 0, NAN, 0.7, 0.41);
    struct pel_art_result b = search(&well, &s, -1, 0, NAN, 0.7, 0.41);
    assert_true(a.e_a_eV == b.e_a_eV && a.force_calls == b.force_calls);
    assert_memory_equal(a.saddle, b.saddle, 2 * sizeof *a.saddle);
    assert_memory_equal(a.final, b.final, 2 * sizeof *a.final);
    pel_art_result_free(&a);
    pel_art_result_free(&b);
}

/* From points around both saddles of Mueller and Brown, with and without a mode. */
static void a_point_near_a_saddle_converges(void **state)
{
    (void)state;
    const struct point saddles[2] = {newton(-0.822, 0.624), newton(0.212, 0.293)};
    const struct pel_surface surface = {.n = 2, .evaluate = muller_brown};
    const struct pel_art_settings settings = small_steps();
    struct pel_art_result result, again;
    assert_int_equal(pel_art_result_init(&result, 2, NULL), PEL_OK);
    assert_int_equal(pel_art_result_init(&again, 2, NULL), PEL_OK);
    size_t above = 0;
    for (int k = 0; k < 32; k++) {
        const struct point *p = &saddles[k % 2];
        const double angle = 0.31 + k * 3.14159265358979 / 16;
        const double x[2] = {p->x[0] + 0.06 * cos(angle), p->x[1] + 0.06 * sin(angle)};
        const double mode[2] = {-3.0, 2.0};
        double energy, g[2];
        muller_brown(NULL, x, &energy, g, NULL);
        assert_int_equal(
            pel_art_saddle(&surface, &settings, x, k < 16 ? NULL : mode, &result, NULL),
            PEL_OK);
        assert_int_equal(result.status, PEL_ART_VALID);
        assert_true(is_at(result.saddle, p));
        assert_true(fabs(result.e_a_eV - (p->energy - energy)) < 1e-8);
        assert_true(result.max_force_eV_per_A <= settings.saddle_force_eV_per_A);
        assert_true(result.eigenvalue_eV_per_A2 < 0.0 && result.second_eV_per_A2 > 0.0);
        assert_true(isnan(result.e_r_eV) && isnan(result.final[0]));
        assert_int_equal(result.force_calls, result.climb_calls + result.order_calls);
        assert_true(result.climb_calls < 60);
        above += result.e_a_eV < 0.0;
        assert_int_equal(
            pel_art_saddle(&surface, &settings, x, k < 16 ? NULL : mode, &again, NULL),
            PEL_OK);
        assert_memory_equal(again.saddle, result.saddle, 2 * sizeof *again.saddle);
    }
    assert_true(above > 4 && above < 28); /* starts on both sides of the height */
    pel_art_result_free(&result);
    pel_art_result_free(&again);
}

static void a_point_near_no_saddle_tells(void **state)
{
    (void)state;
    struct wrong wrong = {.kind = BOWL};
    const struct pel_surface surface = {
        .n = 2, .context = &wrong, .evaluate = evaluate_wrong};
    struct pel_art_settings s = small_steps();
    const double x[2] = {0.3, 0.2}, none[2] = {0.0, 0.0};
    struct pel_art_result result;
    struct pel_error err;
    assert_int_equal(pel_art_result_init(&result, 2, NULL), PEL_OK);
    assert_int_equal(pel_art_saddle(&surface, &s, x, NULL, &result, &err), PEL_OK);
    assert_int_equal(result.status, PEL_ART_LOST);
    assert_int_equal(result.order_calls, 0);
    wrong.kind = LOG; /* uphill for ever */
    assert_int_equal(pel_art_saddle(&surface, &s, x, NULL, &result, &err), PEL_OK);
    assert_int_not_equal(result.status, PEL_ART_VALID);
    wrong.kind = PEAK; /* symmetric: the second negative direction is not disturbed */
    const double top[2] = {0.02, 0.0}, along[2] = {1.0, 0.0};
    assert_int_equal(pel_art_saddle(&surface, &s, top, along, &result, &err), PEL_OK);
    assert_int_equal(result.status, PEL_ART_ORDER);
    wrong.kind = WELL;
    s.max_force_calls = 5;
    assert_int_equal(pel_art_saddle(&surface, &s, x, NULL, &result, &err), PEL_OK);
    assert_int_equal(result.status, PEL_ART_CALLS);
    assert_int_equal(result.force_calls, 5);
    s = small_steps();
    assert_int_equal(pel_art_saddle(&surface, &s, x, none, &result, &err), PEL_EARG);
    s.climb_step_A = -1;
    assert_int_equal(pel_art_saddle(&surface, &s, x, NULL, &result, &err), PEL_EARG);
    pel_art_result_free(&result);
}

static void distances(void **state)
{
    (void)state;
    const double a[6] = {0.1, 0.2, 0.3, 1.1, -0.7, 2.2};
    double b[6];
    for (int i = 0; i < 6; i++)
        b[i] = a[i] + 0.5 * (i % 3 + 1);
    assert_true(pel_art_distance(6, a, b, 1) < 1e-15);
    assert_true(fabs(pel_art_distance(6, a, b, 0) - sqrt(2 * (0.25 + 1.0 + 2.25))) <
                1e-14);
    b[0] += 0.3; /* half of it is translation */
    assert_true(fabs(pel_art_distance(6, a, b, 1) - 0.3 / sqrt(2.0)) < 1e-14);
}

static void every_status_has_a_word(void **state)
{
    (void)state;
    for (int k = 0; k < PEL_ART_N_STATUS; k++) {
        const char *word = pel_art_status_word((enum pel_art_status)k);
        assert_string_not_equal(word, "unknown");
        assert_true(strlen(word) < 32); /* fits the event record */
        assert_string_not_equal(pel_art_status_text((enum pel_art_status)k), "unknown");
        for (int j = 0; j < k; j++)
            assert_string_not_equal(word, pel_art_status_word((enum pel_art_status)j));
    }
    assert_string_equal(pel_art_status_word(PEL_ART_VALID), "valid");
    assert_string_equal(pel_art_status_word((enum pel_art_status)99), "unknown");
    assert_string_equal(pel_art_status_text((enum pel_art_status)99), "unknown");
}

static void bad_arguments(void **state)
{
    (void)state;
    struct wrong well = {.kind = WELL};
    const struct pel_surface surface = {
        .n = 2, .context = &well, .evaluate = evaluate_wrong};
    const double start[2] = {-1, 0}, push[2] = {1, 0}, none[2] = {0, 0};
    struct pel_art_result result;
    struct pel_error err;
    assert_int_equal(pel_art_result_init(&result, 0, &err), PEL_EARG);
    assert_int_equal(pel_art_result_init(&result, 3, &err), PEL_OK);
    struct pel_art_settings s = small_steps();
    assert_int_equal(pel_art_search(&surface, NULL, &s, start, 0, push, &result, &err),
                     PEL_EARG);
    pel_art_result_free(&result);
    pel_art_result_free(NULL);
    assert_int_equal(pel_art_result_init(&result, 2, &err), PEL_OK);
    assert_int_equal(pel_art_search(&surface, NULL, &s, start, 0, none, &result, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "the push has no direction");
    s.push_step_A = NAN;
    assert_int_equal(pel_art_search(&surface, NULL, &s, start, 0, push, &result, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "push_step_A = nan must be positive and finite");
    s = small_steps();
    s.climb_threshold_eV_per_A2 = 0.5;
    assert_int_equal(pel_art_search(&surface, NULL, &s, start, 0, push, &result, &err),
                     PEL_EARG);
    s = small_steps();
    s.hold_ratio = -1;
    assert_int_equal(pel_art_search(&surface, NULL, &s, start, 0, push, &result, &err),
                     PEL_EARG);
    s = small_steps();
    s.push_growth = NAN;
    assert_int_equal(pel_art_search(&surface, NULL, &s, start, 0, push, &result, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "push_growth = nan must not be negative");
    s = small_steps();
    s.climb_max_vectors = 2;
    assert_int_equal(pel_art_search(&surface, NULL, &s, start, 0, push, &result, &err),
                     PEL_EARG);
    s = small_steps();
    s.lanczos_max_vectors = 1;
    assert_int_equal(pel_art_search(&surface, NULL, &s, start, 0, push, &result, &err),
                     PEL_EARG);
    s = small_steps();
    s.atoms = 1;
    assert_int_equal(pel_art_search(&surface, NULL, &s, start, 0, push, &result, &err),
                     PEL_EARG);
    pel_art_result_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saddles_of_muller_and_brown),
        cmocka_unit_test(a_double_well_is_valid),
        cmocka_unit_test(a_flip_elsewhere_is_gone_back_from),
        cmocka_unit_test(a_push_can_follow_the_softest_mode),
        cmocka_unit_test(every_reason_of_failure),
        cmocka_unit_test(a_surface_that_changes),
        cmocka_unit_test(a_search_is_deterministic),
        cmocka_unit_test(a_point_near_a_saddle_converges),
        cmocka_unit_test(a_point_near_no_saddle_tells),
        cmocka_unit_test(distances),
        cmocka_unit_test(every_status_has_a_word),
        cmocka_unit_test(bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/constants.h>
#include <pelrate/coverage.h>
#include <pelrate/returns.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

static struct pel_successor rows[64];
static struct pel_successor_list list = {.rows = rows};

static struct pel_successor *add(const char *sample, int64_t hop, double e_is, double e_a,
                                 double e_r, int64_t search, enum pel_successor_kind kind,
                                 double next_e_a)
{
    struct pel_successor *row = &rows[list.n++];
    *row = (struct pel_successor){
        .event = {.search = search, .e_a = next_e_a, .e_r = 0.1, .duplicate_of = -1},
        .first_search = hop,
        .first_e_is = e_is,
        .first_e_a = e_a,
        .first_e_r = e_r,
        .drift = 0.01,
        .overlap = 0.1,
        .kind = kind};
    snprintf(row->first_sample, sizeof row->first_sample, "%s", sample);
    snprintf(row->event.sample, sizeof row->event.sample, "%s/%lld", sample,
             (long long)hop);
    snprintf(row->event.status, sizeof row->event.status, "%s",
             kind == PEL_SUCCESSOR_NONE ? "too high" : PEL_EVENT_VALID);
    return row;
}

/* Two samples; the first has two states. */
static void fill(void)
{
    list.n = 0;
    const double e1 = -4.67, e2 = -4.68;
    add("a", 3, e1, 0.6, 0.25, 0, PEL_SUCCESSOR_BACK, 0.25);
    add("a", 3, e1, 0.6, 0.25, 1, PEL_SUCCESSOR_ONWARD, 0.31);
    add("a", 3, e1, 0.6, 0.25, 2, PEL_SUCCESSOR_BACK, 0.25)->event.duplicate_of = 0;
    add("a", 3, e1, 0.6, 0.25, 3, PEL_SUCCESSOR_ONWARD, 0.42)->overlap = 0.0;
    add("a", 3, e1, 0.6, 0.25, 4, PEL_SUCCESSOR_NONE, NAN);
    add("a", 3, e1, 0.6, 0.25, 5, PEL_SUCCESSOR_BACK_OTHER, 0.37);
    /* Judged on the other side of a threshold: the original counts. */
    add("a", 3, e1, 0.6, 0.25, 6, PEL_SUCCESSOR_ELSEWHERE, 0.31)->event.duplicate_of = 1;
    add("a", 9, e1, 0.2, 0.05, 0, PEL_SUCCESSOR_ELSEWHERE, 0.01);
    add("a", 9, e1, 0.2, 0.05, 1, PEL_SUCCESSOR_ONWARD, 0.03);
    add("a", 9, e1, 0.2, 0.05, 2, PEL_SUCCESSOR_ELSEWHERE, 0.01)->event.duplicate_of = 0;
    add("b", 0, e2, 1.1, 0.4, 0, PEL_SUCCESSOR_NONE, NAN);
    add("b", 0, e2, 1.1, 0.4, 1, PEL_SUCCESSOR_NONE, NAN);
}

static double rate(double e, double t)
{
    return exp(-e / (PEL_KB * t));
}

static void states_by_hand(void **state)
{
    (void)state;
    fill();
    struct pel_returns *r = NULL;
    assert_int_equal(pel_returns_create(&list, 0, NULL, &r, NULL), PEL_OK);
    assert_int_equal(r->n, 3);
    const struct pel_returns_state *s = &r->states[0];
    assert_string_equal(s->sample, "a");
    assert_int_equal(s->search, 3);
    assert_int_equal(s->searches, 7);
    assert_int_equal(s->valid, 6);
    assert_int_equal(s->distinct, 4);
    assert_int_equal(s->back, 3);
    assert_true(s->back_share == 0.5 && s->way_back_found);
    assert_int_equal(s->z_found, 2);
    assert_int_equal(s->elsewhere, 0);
    assert_int_equal(s->z_touching, 1); /* of the two onward, one touches nothing */
    /* f1 = 1: nothing beyond. */
    assert_true(s->z_chao1 == 2.0);
    for (size_t t = 0; t < PEL_RETURNS_TEMPERATURES; t++) {
        const double T = pel_returns_temperature(t);
        const double back = rate(0.25, T) + rate(0.37, T),
                     onward = rate(0.31, T) + rate(0.42, T);
        NEAR_REL(s->back_rate_share[t], back / (back + onward), 1e-12);
        NEAR_REL(r->states[1].back_rate_share[t],
                 rate(0.05, T) / (rate(0.05, T) + rate(0.03, T)), 1e-12);
        /* Nothing found: the way back is all that is known. */
        assert_true(r->states[2].back_rate_share[t] == 1.0);
    }
    assert_int_equal(r->states[1].elsewhere, 1);
    assert_true(r->states[1].back_share == 0.0 && !r->states[1].way_back_found);
    assert_true(isnan(r->states[2].back_share) && r->states[2].z_chao1 == 0.0);
    assert_true(isnan(pel_returns_temperature(3)));
    pel_returns_free(r);
}

static void levels_by_hand(void **state)
{
    (void)state;
    fill();
    struct pel_returns *r = NULL;
    assert_int_equal(pel_returns_create(&list, 0, NULL, &r, NULL), PEL_OK);
    assert_int_equal(r->n_levels, 2);
    assert_int_equal(r->states[0].level, 1);
    assert_int_equal(r->states[2].level, 0);
    const struct pel_returns_level *v = &r->levels[1];
    assert_true(v->e_is == -4.67 && r->levels[0].e_is == -4.68);
    assert_int_equal(v->samples, 1);
    assert_int_equal(v->states, 2);
    assert_int_equal(v->searches, 10);
    assert_int_equal(v->valid, 9);
    NEAR_ABS(v->back_share, 3.0 / 9.0, 1e-15);
    /* Residuals 3 - 6/3 = 1 and 0 - 3/3 = -1. */
    NEAR_ABS(v->back_share_error, sqrt(2.0 * 2.0) / 9.0, 1e-15);
    assert_true(v->way_back_found == 0.5);
    NEAR_ABS(v->z_found, 1.5, 1e-15);
    NEAR_ABS(v->z_found_error, 0.5, 1e-15);
    NEAR_ABS(v->z_touching, 1.5, 1e-15);
    for (size_t t = 0; t < PEL_RETURNS_TEMPERATURES; t++) {
        const double T = pel_returns_temperature(t), w0 = rate(0.6, T), w1 = rate(0.2, T);
        const double b0 = r->states[0].back_rate_share[t],
                     b1 = r->states[1].back_rate_share[t];
        NEAR_REL(v->back[t], 0.5 * (b0 + b1), 1e-13);
        NEAR_REL(v->back_error[t], 0.5 * fabs(b0 - b1), 1e-12);
        NEAR_REL(v->hops_back[t], (w0 * b0 + w1 * b1) / (w0 + w1), 1e-12);
        NEAR_REL(v->n_eff[t], (w0 + w1) * (w0 + w1) / (w0 * w0 + w1 * w1), 1e-12);
    }
    assert_true(isnan(r->levels[0].back_share) && isnan(r->levels[0].z_found_error));
    pel_returns_free(r);

    /* Edges put both samples into one level, or into two. */
    const double edges[] = {-4.69, -4.675, -4.6};
    assert_int_equal(pel_returns_create(&list, 1, edges, &r, NULL), PEL_OK);
    assert_int_equal(r->n_levels, 1);
    assert_int_equal(r->levels[0].samples, 2);
    assert_int_equal(r->levels[0].states, 3);
    NEAR_ABS(r->levels[0].e_is, -4.675, 1e-14);
    pel_returns_free(r);
    assert_int_equal(pel_returns_create(&list, 3, edges, &r, NULL), PEL_OK);
    assert_int_equal(r->n_levels, 2);
    pel_returns_free(r);
}

/* z by Chao1 is that of the paths onward alone. */
static void onward_paths_are_estimated(void **state)
{
    (void)state;
    list.n = 0;
    for (int64_t k = 0; k < 5; k++)
        add("a", 1, -4.6, 0.5, 0.5, k, PEL_SUCCESSOR_ONWARD, 0.1 * (double)(k + 1));
    add("a", 1, -4.6, 0.5, 0.5, 5, PEL_SUCCESSOR_ONWARD, 0.1)->event.duplicate_of = 0;
    add("a", 1, -4.6, 0.5, 0.5, 6, PEL_SUCCESSOR_BACK, 0.5);
    add("a", 1, -4.6, 0.5, 0.5, 7, PEL_SUCCESSOR_ELSEWHERE, 0.5);
    struct pel_returns *r = NULL;
    assert_int_equal(pel_returns_create(&list, 0, NULL, &r, NULL), PEL_OK);
    /* f1 = 4, f2 = 1, n = 6. */
    NEAR_ABS(r->states[0].z_chao1, 5.0 + 5.0 / 6.0 * 12.0 / 4.0, 1e-14);
    assert_int_equal(r->states[0].z_found, 5);
    pel_returns_free(r);
}

static void bad_lists(void **state)
{
    (void)state;
    struct pel_returns *r = NULL;
    struct pel_error err;
    const double edges[] = {-4.6, -4.7};
    fill();
    assert_int_equal(pel_returns_create(&list, 2, edges, &r, &err), PEL_EARG);
    rows[2].event.duplicate_of = 4; /* a failed search */
    assert_int_equal(pel_returns_create(&list, 0, NULL, &r, &err), PEL_EFORMAT);
    assert_string_equal(err.text,
                        "state 'a/3': search 2 repeats search 4, which is no valid one");
    fill();
    rows[1].first_e_r = 0.7;
    assert_int_equal(pel_returns_create(&list, 0, NULL, &r, &err), PEL_EFORMAT);
    fill();
    rows[11] = rows[0];
    assert_int_equal(pel_returns_create(&list, 0, NULL, &r, &err), PEL_EFORMAT);
    assert_non_null(strstr(err.text, "comes twice"));
    list.n = 0;
    assert_int_equal(pel_returns_create(&list, 0, NULL, &r, &err), PEL_EARG);
    assert_null(r);
    pel_returns_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_by_hand),
        cmocka_unit_test(levels_by_hand),
        cmocka_unit_test(onward_paths_are_estimated),
        cmocka_unit_test(bad_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "saddles/agenda_priv.h"

#include <pelrate/distinct.h>
#include <pelrate/random.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* A made-up glass: how search s of sample k ends is told by (k, s) alone; some searches
 * fail, the others find one of a few events, the frequent ones again and again. */
enum { batch = 5, most_samples = 4, most_searches = 400 };

static struct pel_catalogue_search outcome(size_t k, size_t s)
{
    struct pel_random random;
    pel_random_init(&random, 71, k, s);
    struct pel_catalogue_search row = {.search = s,
                                       .status = PEL_ART_LOST,
                                       .force_calls = 100 + s,
                                       .work = 0.5 * (double)s};
    if (pel_random_uniform(&random) < 0.35) return row;
    /* Between two events 1 eV, and 1 A. */
    const double event = floor(60.0 * pow(pel_random_uniform(&random), 2.0));
    row.status = PEL_ART_VALID;
    row.e_a_eV = 1.0 + event;
    row.e_r_eV = 0.5;
    row.n = 3;
    row.saddle = calloc(3, sizeof *row.saddle);
    row.final = calloc(3, sizeof *row.final);
    assert_true(row.saddle != NULL && row.final != NULL);
    row.final[1] = (float)event;
    return row;
}

/* How many searches the rule of campaign.h makes: batch after batch. */
static size_t by_the_rule(size_t k, struct pel_campaign_goal goal, size_t begun)
{
    struct pel_distinct *distinct = NULL;
    assert_int_equal(pel_distinct_create(0.01, 0.2, &distinct, NULL), PEL_OK);
    size_t s = 0;
    for (; goal.searches == 0 || s < goal.searches; s++) {
        if (s % batch == 0 && s >= begun && goal.events > 0 &&
            pel_distinct_count(distinct) >= goal.events)
            break;
        struct pel_catalogue_search row = outcome(k, s);
        int64_t duplicate;
        assert_int_equal(pel_distinct_add(distinct, &row, &duplicate, NULL), PEL_OK);
        pel_catalogue_search_free(&row);
    }
    pel_distinct_free(distinct);
    return s;
}

/* What a run has made of each sample, and how busy it was. */
struct made {
    unsigned char there[most_samples][most_searches];
    double busy, span; /* of all workers, as sums of their times */
};

struct worker {
    int is_busy;
    size_t k, search;
    double until;
};

/* Work it off with workers that take random times; stop after `stop` searches (0: at the
 * end). What made has already is told first. */
static void work_off(size_t n, const struct pel_campaign_goal goals[], size_t workers,
                     uint64_t seed, size_t stop, struct made *made)
{
    struct pel_agenda *agenda = NULL;
    struct worker crew[64] = {0};
    struct pel_random random;
    double now = 0.0;
    size_t done = 0;
    pel_random_init(&random, seed, 0, 0);
    assert_int_equal(pel_agenda_create(n, goals, batch, 0.01, 0.2, &agenda, NULL),
                     PEL_OK);
    for (size_t k = 0; k < n; k++)
        for (size_t s = 0; s < most_searches; s++)
            if (made->there[k][s]) {
                struct pel_catalogue_search row = outcome(k, s);
                assert_int_equal(pel_agenda_take(agenda, k, &row, NULL), PEL_OK);
                assert_null(row.saddle);
            }
    for (;;) {
        enum pel_agenda_answer answer = PEL_AGENDA_JOB;
        for (size_t w = 0; w < workers && answer == PEL_AGENDA_JOB; w++) {
            if (crew[w].is_busy) continue;
            answer = pel_agenda_next(agenda, &crew[w].k, &crew[w].search);
            if (answer != PEL_AGENDA_JOB) break;
            assert_true(crew[w].k < n && crew[w].search < most_searches);
            assert_false(made->there[crew[w].k][crew[w].search]);
            const double time = 0.5 + pel_random_uniform(&random);
            crew[w].is_busy = 1;
            crew[w].until = now + time;
            made->busy += time;
        }
        size_t first = workers;
        for (size_t w = 0; w < workers; w++)
            if (crew[w].is_busy &&
                (first == workers || crew[w].until < crew[first].until))
                first = w;
        if (first == workers) {
            assert_int_equal(answer, PEL_AGENDA_DONE);
            break;
        }
        struct pel_catalogue_search row = outcome(crew[first].k, crew[first].search);
        now = crew[first].until;
        crew[first].is_busy = 0;
        made->there[crew[first].k][crew[first].search] = 1;
        assert_int_equal(pel_agenda_take(agenda, crew[first].k, &row, NULL), PEL_OK);
        if (++done == stop) break;
    }
    made->span += now * (double)workers;
    for (size_t k = 0; k < n && done != stop; k++) {
        const struct pel_campaign_counts counts = pel_agenda_counts(agenda, k);
        assert_true(counts.finished && pel_agenda_fraction(agenda, k) == 1.0);
        assert_true(counts.work ==
                    0.25 * (double)(counts.searches * (counts.searches - 1)));
        assert_true(counts.distinct >= goals[k].events ||
                    counts.searches >= goals[k].searches);
    }
    pel_agenda_free(agenda);
}

static void check_made(size_t n, const struct pel_campaign_goal goals[],
                       const struct made *made, const size_t begun[])
{
    for (size_t k = 0; k < n; k++) {
        const size_t expected = by_the_rule(k, goals[k], begun != NULL ? begun[k] : 0);
        for (size_t s = 0; s < most_searches; s++)
            assert_int_equal(made->there[k][s], s < expected);
    }
}

static const struct pel_campaign_goal goals_of_tests[most_samples] = {
    {20, 0}, {12, 0}, {30, 61}, {0, 23}};

/* The searches made are those of the rule, whoever works and however long each takes. */
static void the_rule_holds(void **state)
{
    (void)state;
    const size_t workers[] = {1, 2, 3, 7, 40};
    for (size_t i = 0; i < sizeof workers / sizeof *workers; i++)
        for (uint64_t seed = 1; seed < 6; seed++) {
            struct made made = {0};
            work_off(most_samples, goals_of_tests, workers[i], seed, 0, &made);
            check_made(most_samples, goals_of_tests, &made, NULL);
        }
}

/* Stopped after any number of searches, with holes among those that were made, it ends
 * with the same ones. */
static void interruptions_do_not_matter(void **state)
{
    (void)state;
    for (size_t stop = 1; stop < 120; stop += 7) {
        struct made made = {0};
        work_off(most_samples, goals_of_tests, 6, stop, stop, &made);
        work_off(most_samples, goals_of_tests, 3, 1, 5, &made);
        work_off(most_samples, goals_of_tests, 2, 2, 0, &made);
        check_made(most_samples, goals_of_tests, &made, NULL);
    }
}

/* Higher goals go on from the lower ones; lower goals end the batch that has begun. */
static void goals_may_change(void **state)
{
    (void)state;
    const struct pel_campaign_goal low[1] = {{8, 0}}, high[1] = {{20, 0}};
    struct made made = {0};
    work_off(1, low, 4, 1, 0, &made);
    check_made(1, low, &made, NULL);
    work_off(1, high, 4, 1, 0, &made);
    check_made(1, high, &made, NULL);

    struct made stopped = {0};
    work_off(1, high, 1, 1, 23, &stopped);
    const size_t begun[1] = {25};
    work_off(1, low, 4, 1, 0, &stopped);
    check_made(1, low, &stopped, begun);

    /* The same where it is a later batch that has begun. */
    struct made holes = {0};
    const size_t later[1] = {30};
    memset(holes.there[0], 1, 15);
    holes.there[0][27] = 1;
    work_off(1, low, 4, 1, 0, &holes);
    check_made(1, low, &holes, later);
}

/* Cores wait little: only where a last batch alone is open, and with several samples
 * hardly ever. */
static void few_wait(void **state)
{
    (void)state;
    struct made alone = {0}, many = {0};
    const struct pel_campaign_goal one[1] = {{40, 0}};
    work_off(1, one, 4, 3, 0, &alone);
    work_off(most_samples, goals_of_tests, 4, 3, 0, &many);
    print_message("idle: %.1f %% of one sample, %.1f %% of four\n",
                  100.0 * (1.0 - alone.busy / alone.span),
                  100.0 * (1.0 - many.busy / many.span));
    assert_true(alone.busy > 0.95 * alone.span);
    assert_true(many.busy > 0.95 * many.span);
}

static void a_search_twice(void **state)
{
    (void)state;
    struct pel_agenda *agenda = NULL;
    struct pel_error err;
    const struct pel_campaign_goal goal = {0, 9};
    assert_int_equal(pel_agenda_create(1, &goal, batch, 0.01, 0.2, &agenda, NULL),
                     PEL_OK);
    for (size_t s = 0; s < 8; s += 7) {
        struct pel_catalogue_search row = outcome(0, s), again = outcome(0, s);
        assert_int_equal(pel_agenda_take(agenda, 0, &row, &err), PEL_OK);
        assert_int_equal(pel_agenda_take(agenda, 0, &again, &err), PEL_EFORMAT);
        pel_catalogue_search_free(&again);
    }
    assert_string_equal(err.text, "search 7 of sample 0 is there twice");
    /* As a damaged catalogue may have it. */
    struct pel_catalogue_search far = outcome(0, 3);
    for (size_t cut = 1; cut < 300; cut *= 2) {
        far.search = SIZE_MAX / cut;
        assert_int_equal(pel_agenda_take(agenda, 0, &far, &err), PEL_ENOMEM);
    }
    pel_catalogue_search_free(&far);
    pel_agenda_free(agenda);
    assert_int_equal(pel_agenda_create(1, &goal, batch, 0.0, 0.2, &agenda, &err),
                     PEL_EARG);
    assert_null(agenda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rule_holds),   cmocka_unit_test(interruptions_do_not_matter),
        cmocka_unit_test(goals_may_change), cmocka_unit_test(few_wait),
        cmocka_unit_test(a_search_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

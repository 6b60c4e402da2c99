#include "saddles/crew_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* A desk with searches 0 .. total - 1 of sample 3; after the first half it lets everybody
 * wait until all that was given out is back. */
struct desk {
    size_t total, given, taken, waited;
    size_t fails; /* this search has an error */
    unsigned char back[200];
    pel_status status;
    char text[PEL_ERROR_TEXT];
};

static enum pel_agenda_answer next(void *context, size_t *k, size_t *search)
{
    struct desk *desk = context;
    if (desk->status != PEL_OK || desk->taken == desk->total) return PEL_AGENDA_DONE;
    if (desk->given == desk->total ||
        (desk->given == desk->total / 2 && desk->taken < desk->given)) {
        desk->waited++;
        return PEL_AGENDA_WAIT;
    }
    *k = 3;
    *search = desk->given++;
    return PEL_AGENDA_JOB;
}

static pel_status work(const void *context, size_t k, size_t search,
                       struct pel_catalogue_search *row, struct pel_error *err)
{
    const struct desk *desk = context;
    if (search == desk->fails)
        return pel_error_set(err, PEL_ENOCONV, "search %zu fails", search);
    *row = (struct pel_catalogue_search){.sample = k, .search = search, .n = 2};
    row->saddle = calloc(2, sizeof *row->saddle);
    row->final = calloc(2, sizeof *row->final);
    row->final[1] = (float)search;
    return PEL_OK;
}

static void take(void *context, size_t k, pel_status status,
                 struct pel_catalogue_search *row, const struct pel_error *err)
{
    struct desk *desk = context;
    desk->taken++;
    if (status != PEL_OK) {
        desk->status = status;
        strcpy(desk->text, err->text);
    } else if (k == 3 && row->final[1] == (float)row->search) {
        desk->back[row->search]++;
    }
    pel_catalogue_search_free(row);
}

static struct pel_crew crew_of(struct desk *desk, size_t threads)
{
    return (struct pel_crew){
        .context = desk, .next = next, .work = work, .take = take, .threads = threads};
}

/* Every search is made once, and comes back with what it found. */
static void all_is_done_once(void **state)
{
    (void)state;
    for (size_t threads = 0; threads < 5; threads++) {
        struct desk desk = {.total = 101, .fails = SIZE_MAX};
        const struct pel_crew crew = crew_of(&desk, threads);
        pel_crew_run(&crew);
        assert_int_equal(desk.taken, 101);
        for (size_t s = 0; s < 101; s++)
            assert_int_equal(desk.back[s], 1);
    }
}

/* An error comes back with its text, and ends the work of all. */
static void an_error_ends_it(void **state)
{
    (void)state;
    for (size_t threads = 1; threads < 4; threads++) {
        struct desk desk = {.total = 101, .fails = 17};
        const struct pel_crew crew = crew_of(&desk, threads);
        pel_crew_run(&crew);
        assert_int_equal(desk.status, PEL_ENOCONV);
        assert_string_equal(desk.text, "search 17 fails");
        assert_int_equal(desk.taken, desk.given); /* nobody is left behind */
        assert_true(desk.given >= 18 && desk.given < 101);
    }
}

/* A process by itself is rank 0 of 1, and agrees with itself. */
static void alone(void **state)
{
    (void)state;
    struct pel_error err = {0};
    assert_int_equal(pel_ranks_rank(NULL), 0);
    assert_int_equal(pel_ranks_count(NULL), 1);
    assert_int_equal(pel_ranks_agree(NULL, PEL_OK, &err), PEL_OK);
    assert_int_equal(pel_ranks_agree(NULL, PEL_EIO, &err), PEL_EIO);
    pel_ranks_leave(NULL);
    if (!pel_ranks_available()) {
        struct pel_ranks *ranks;
        assert_int_equal(pel_ranks_join(&ranks, &err), PEL_EARG);
        assert_null(ranks);
        assert_string_equal(err.text, "pelrate was built without MPI");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_done_once),
        cmocka_unit_test(an_error_ends_it),
        cmocka_unit_test(alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/successor.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "scratch.h"

#define NAMES                                                                            \
    "sample,e_is_eV_per_atom,search,atom,status,e_a_eV,e_r_eV,eigenvalue_eV_per_A2,"     \
    "force_calls,displacement_A,moved_atoms,duplicate_of,first_sample,first_search,"     \
    "first_e_is_eV_per_atom,first_e_a_eV,first_e_r_eV,drift_A,kind,overlap,residual\n"

static struct pel_successor example(enum pel_successor_kind kind)
{
    struct pel_successor row = {.event = {.sample = "g, 1/17",
                                          .e_is = -4.6789012345678901,
                                          .search = 3,
                                          .atom = 17,
                                          .status = PEL_EVENT_VALID,
                                          .e_a = 0.123456789012345678,
                                          .e_r = 0.7,
                                          .eigenvalue = -1.25,
                                          .force_calls = 612,
                                          .displacement = 2.5,
                                          .moved_atoms = 14,
                                          .duplicate_of = 1},
                                .first_sample = "g, 1",
                                .first_search = 17,
                                .first_e_is = -4.68,
                                .first_e_a = 0.9,
                                .first_e_r = 0.1,
                                .drift = 0.003,
                                .kind = kind,
                                .overlap = 0.75,
                                .residual = 0.01};
    if (kind != PEL_SUCCESSOR_NONE) return row;
    strcpy(row.event.status, "curvature lost");
    row.event.e_a = row.event.e_r = row.overlap = row.residual = NAN;
    row.event.duplicate_of = row.event.moved_atoms = -1;
    return row;
}

static int is_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void a_list_written_reads_back_the_same(void **state)
{
    (void)state;
    const char *path = scratch_path("list.csv");
    FILE *stream = fopen(path, "w");
    fputs("# format: pelrate-successors 1\n", stream);
    pel_successor_put_names(stream);
    for (int kind = 0; kind < PEL_SUCCESSOR_N; kind++) {
        const struct pel_successor row = example((enum pel_successor_kind)kind);
        pel_successor_put(stream, &row);
    }
    fclose(stream);
    assert_non_null(strstr(scratch_read(path), "\n" NAMES));
    struct pel_successor_list *list = NULL;
    assert_int_equal(pel_successor_list_read(path, &list, NULL), PEL_OK);
    assert_int_equal(list->n, PEL_SUCCESSOR_N);
    for (size_t k = 0; k < list->n; k++) {
        const struct pel_successor a = example((enum pel_successor_kind)k),
                                   *b = &list->rows[k];
        assert_string_equal(a.event.sample, b->event.sample);
        assert_string_equal(a.event.status, b->event.status);
        assert_string_equal(a.first_sample, b->first_sample);
        assert_true(a.event.e_is == b->event.e_is && is_same(a.event.e_a, b->event.e_a) &&
                    is_same(a.event.e_r, b->event.e_r) &&
                    a.event.eigenvalue == b->event.eigenvalue &&
                    a.event.displacement == b->event.displacement);
        assert_true(a.event.search == b->event.search && a.event.atom == b->event.atom &&
                    a.event.force_calls == b->event.force_calls &&
                    a.event.moved_atoms == b->event.moved_atoms &&
                    a.event.duplicate_of == b->event.duplicate_of &&
                    a.first_search == b->first_search);
        assert_true(a.first_e_is == b->first_e_is && a.first_e_a == b->first_e_a &&
                    a.first_e_r == b->first_e_r && a.drift == b->drift &&
                    is_same(a.overlap, b->overlap) && is_same(a.residual, b->residual));
        assert_int_equal(a.kind, b->kind);
    }
    pel_successor_list_free(list);
}

static void kinds_have_words(void **state)
{
    (void)state;
    size_t back = 0;
    for (int kind = 0; kind < PEL_SUCCESSOR_N; kind++) {
        assert_non_null(pel_successor_word((enum pel_successor_kind)kind));
        assert_non_null(pel_successor_text((enum pel_successor_kind)kind));
        back += (size_t)pel_successor_is_back((enum pel_successor_kind)kind);
    }
    assert_int_equal(back, 3);
    assert_false(pel_successor_is_back(PEL_SUCCESSOR_ONWARD));
    assert_null(pel_successor_word(PEL_SUCCESSOR_N));
    assert_null(pel_successor_text(PEL_SUCCESSOR_N));
}

static void bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *complaint;
    } cases[] = {
        {"sample\na\n", "no column 'e_is_eV_per_atom'"},
        {NAMES "a/1,-4,0,1,valid,0.1,0.2,-1,9,1,1,,a,1,-4,0.3,0.4,0,sideways,1,0\n",
         "kind is 'sideways', expected back, onward, elsewhere, ... or nothing"},
        {NAMES "a/1,-4,0,1,valid,0.1,x,-1,9,1,1,,a,1,-4,0.3,0.4,0,back,1,0\n",
         "e_r_eV is 'x'"},
        {NAMES "a/1,-4,0,1,valid,0.1,-0.2,-1,9,1,1,,a,1,-4,0.3,0.4,0,back,1,0\n",
         "barriers that are not positive"},
        {NAMES "a/1,-4,0,1,valid,0.1,0.2,-1,9,1,1,,a,1,-4,,0.4,0,back,1,0\n",
         "barriers that are not positive"},
        {NAMES "a/1,-4,0,1,valid,0.1,0.2,-1,9,1,1,,a,1,-4,0.3,0.4,0,,1,0\n",
         "status 'valid' with kind ''"},
        {NAMES "a/1,-4,0,1,too high,,,-1,9,1,1,,a,1,-4,0.3,0.4,0,back,1,0\n",
         "status 'too high' with kind 'back'"},
        {NAMES ",-4,0,1,valid,0.1,0.2,-1,9,1,1,,a,1,-4,0.3,0.4,0,back,1,0\n",
         "sample is '', expected a text that is not empty or too long"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct pel_successor_list *list = NULL;
        struct pel_error err = {0};
        const char *path = scratch_write("bad.csv", cases[k].text);
        assert_int_equal(pel_successor_list_read(path, &list, &err), PEL_EFORMAT);
        assert_null(list);
        if (strstr(err.text, cases[k].complaint) == NULL) print_error("%s\n", err.text);
        assert_non_null(strstr(err.text, cases[k].complaint));
    }
    struct pel_successor_list *list = NULL;
    assert_int_equal(pel_successor_list_read(scratch_path("none.csv"), &list, NULL),
                     PEL_EOPEN);
    pel_successor_list_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_list_written_reads_back_the_same, scratch_begin,
                                        scratch_end),
        cmocka_unit_test(kinds_have_words),
        cmocka_unit_test_setup_teardown(bad_files, scratch_begin, scratch_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

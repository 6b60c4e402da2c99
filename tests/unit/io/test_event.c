#include <pelrate/event.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "scratch.h"

#define KEYS "# atoms: 500\n# molar_mass_g_per_mol: 75.7\n# settings: push=0.5\n"
#define REQUIRED                                                                         \
    "sample,e_is_eV_per_atom,search,atom,status,e_a_eV,e_r_eV,eigenvalue_eV_per_A2,"     \
    "force_calls,displacement_A,moved_atoms,duplicate_of"
#define NAMES                                                                            \
    REQUIRED ",full_calls,work,attempt_frequency_Hz,reverse_attempt_frequency_Hz\n"
#define OLD REQUIRED "\n"

static const struct pel_event examples[] = {
    {"glass-1, a", -4.6789012345678901, 0, 17, PEL_EVENT_VALID, 0.1234567890123456789,
     0.7, -1.25, 612, 2.5, 14, -1, 101, 214.5, 3.5e12, 7.1e13},
    {"glass-1, a", -4.6789012345678901, 1, 3, "not converged", NAN, NAN, NAN, 801, NAN,
     -1, -1, 801, 801.0, NAN, NAN},
    {"glass-1, a", -4.6789012345678901, 2, 5, PEL_EVENT_VALID, 0.12345, 0.7, -1.25, 500,
     2.5, 14, 0, -1, NAN, NAN, NAN},
};

static void a_list_written_reads_back_the_same(void **state)
{
    (void)state;
    const char *path = scratch_path("events.csv");
    FILE *stream = fopen(path, "w");
    fputs(KEYS, stream);
    pel_event_put_names(stream);
    for (size_t i = 0; i < 3; i++)
        pel_event_put(stream, &examples[i]);
    fclose(stream);
    assert_non_null(strstr(scratch_read(path), "\n" NAMES));

    struct pel_event_list *list = NULL;
    assert_int_equal(pel_event_list_read(path, &list, NULL), PEL_OK);
    assert_int_equal(list->n, 3);
    assert_true(list->atoms == 500.0 && list->molar_mass == 75.7);
    assert_string_equal(list->settings, "push=0.5");
    assert_int_equal(list->lines[2], 7);
    for (size_t i = 0; i < 3; i++) {
        const struct pel_event *a = &examples[i], *b = &list->events[i];
        assert_string_equal(a->sample, b->sample);
        assert_string_equal(a->status, b->status);
        assert_true(a->e_is == b->e_is);
        assert_true(a->e_a == b->e_a || (isnan(a->e_a) && isnan(b->e_a)));
        assert_true(a->displacement == b->displacement ||
                    (isnan(a->displacement) && isnan(b->displacement)));
        assert_int_equal(a->search, b->search);
        assert_int_equal(a->atom, b->atom);
        assert_int_equal(a->force_calls, b->force_calls);
        assert_int_equal(a->moved_atoms, b->moved_atoms);
        assert_int_equal(a->duplicate_of, b->duplicate_of);
        assert_int_equal(a->full_calls, b->full_calls);
        assert_true(a->work == b->work || (isnan(a->work) && isnan(b->work)));
        assert_true(a->attempt_frequency == b->attempt_frequency ||
                    (isnan(a->attempt_frequency) && isnan(b->attempt_frequency)));
        assert_true(
            a->reverse_attempt_frequency == b->reverse_attempt_frequency ||
            (isnan(a->reverse_attempt_frequency) && isnan(b->reverse_attempt_frequency)));
    }
    assert_true(pel_event_is_distinct(&list->events[0]));
    assert_false(pel_event_is_distinct(&list->events[1]));
    assert_false(pel_event_is_distinct(&list->events[2]));
    pel_event_list_free(list);
    pel_event_list_free(NULL);
}

static void columns_that_came_later_may_be_missing(void **state)
{
    (void)state;
    const char *path =
        scratch_write("old.csv", KEYS OLD "a,-4.6,0,1,valid,0.5,0.25,-1,7,1,1,\n");
    struct pel_event_list *list = NULL;
    assert_int_equal(pel_event_list_read(path, &list, NULL), PEL_OK);
    assert_int_equal(list->n, 1);
    assert_int_equal(list->events[0].force_calls, 7);
    assert_int_equal(list->events[0].full_calls, -1);
    assert_true(isnan(list->events[0].work));
    assert_true(isnan(list->events[0].attempt_frequency));
    pel_event_list_free(list);
}

static void faults_are_named(void **state)
{
    (void)state;
    const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"# molar_mass_g_per_mol: 75.7\n# settings: x\n" OLD,
         ":3: no key 'atoms' in the header, expected '# atoms: number'"},
        {"# molar_mass_g_per_mol: 75.7\n# atoms: 5\n" OLD,
         ":3: no key 'settings' in the header, expected the sampler's settings"},
        {KEYS "sample,search\n",
         ":4: no column 'e_is_eV_per_atom', expected one of that name"},
        {KEYS OLD "a,-4.6,0,1,valid,x,0.5,-1,1,1,1,\n",
         ":5: e_a_eV is 'x', expected a finite number"},
        {KEYS OLD "a,-4.6,0,1,valid,,0.5,-1,1,1,1,\n",
         ":5: a valid event with e_a_eV '' and e_r_eV '0.5', expected both > 0"},
        {KEYS OLD "a,-4.6,0,1,valid,0.5,-0.5,-1,1,1,1,\n",
         ":5: a valid event with e_a_eV '0.5' and e_r_eV '-0.5', expected both > 0"},
        {KEYS OLD "a,-4.6,0.5,1,valid,0.5,0.5,-1,1,1,1,\n",
         ":5: search is '0.5', expected an integer"},
        {KEYS REQUIRED ",attempt_frequency_Hz\n"
                       "a,-4.6,0,1,valid,0.5,0.5,-1,1,1,1,,0\n",
         ":5: attempt_frequency_Hz is '0', expected more than 0"},
        {KEYS REQUIRED ",reverse_attempt_frequency_Hz\n"
                       "a,-4.6,0,1,valid,0.5,0.5,-1,1,1,1,,-3\n",
         ":5: reverse_attempt_frequency_Hz is '-3', expected more than 0"},
        {KEYS OLD ",-4.6,0,1,valid,0.5,0.5,-1,1,1,1,\n",
         ":5: sample is '', expected 1 to 63 characters"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = scratch_write("bad.csv", cases[i].text);
        struct pel_event_list *list = (struct pel_event_list *)&list;
        struct pel_error err = {0};
        assert_int_equal(pel_event_list_read(path, &list, &err), PEL_EFORMAT);
        assert_null(list);
        assert_string_equal(err.text + strlen(path), cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_written_reads_back_the_same),
        cmocka_unit_test(columns_that_came_later_may_be_missing),
        cmocka_unit_test(faults_are_named),
    };
    return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}

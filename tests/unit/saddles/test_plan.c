#include <pelrate/plan.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char path[2][64];

static int begin(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        strcpy(path[k], "/tmp/pelrate-plan-XXXXXX");
        const int file = mkstemp(path[k]);
        if (file < 0) return 1;
        close(file);
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    return unlink(path[0]) + unlink(path[1]);
}

static pel_status read_text(int k, const char *text, struct pel_plan **plan,
                            struct pel_error *err)
{
    FILE *stream = fopen(path[k], "w");
    assert_non_null(stream);
    fputs(text, stream);
    fclose(stream);
    return pel_plan_read(path[k], plan, err);
}

static void a_plan_is_read(void **state)
{
    (void)state;
    struct pel_plan *plan = NULL;
    assert_int_equal(read_text(0,
                               "# by: hand\nevents,level,structure,name,searches\n"
                               "70,\"slow, cold\",glasses/q1.5.xyz,,264\n"
                               ",,/far/q2.data,two,17\n9,,q3,,\n",
                               &plan, NULL),
                     PEL_OK);
    assert_int_equal(plan->n, 3);
    const struct pel_plan_sample *s = plan->samples;
    assert_string_equal(s[0].name, "q1.5");
    assert_string_equal(s[0].level, "slow, cold");
    assert_string_equal(s[0].structure, "glasses/q1.5.xyz");
    assert_string_equal(s[0].path, "/tmp/glasses/q1.5.xyz");
    assert_true(s[0].goal.events == 70 && s[0].goal.searches == 264 && s[0].line == 3);
    assert_string_equal(s[1].name, "two");
    assert_string_equal(s[1].path, "/far/q2.data");
    assert_true(s[1].goal.events == 0 && s[1].goal.searches == 17 && s[1].line == 4);
    assert_string_equal(s[2].name, "q3");
    assert_true(s[2].goal.events == 9 && s[2].goal.searches == 0 && s[2].line == 5);
    pel_plan_free(plan);
    assert_int_equal(pel_plan_read("/tmp/no such plan", &plan, NULL), PEL_EOPEN);
    assert_null(plan);
    pel_plan_free(NULL);
}

/* before, after, and what of it is refused (NULL: nothing). */
static const char *const changes[][3] = {
    {"a,5,", "a,5,", NULL},
    {"a,5,", "a,6,", NULL},
    {"a,5,", "b,1,\na,5,", NULL},
    {"a,5,3", "a,,3", NULL}, /* no limit is more than any */
    {"a,5,3", "a,5,", NULL},
    {"a,5,", "a,4,", ":2: searches of sample 'a' is 4, expected no less than before (5)"},
    {"a,,5", "a,,4", ":2: events of sample 'a' is 4, expected no less than before (5)"},
    {"a,,5", "b,2,\na,9,5",
     ":3: searches of sample 'a' is 9, expected no less than before (none)"},
    {"a,9,", "a,9,5",
     ":2: events of sample 'a' is 5, expected no less than before (none)"},
    {"a,9,\nb,9,", "a,9,", ": sample 'b' is not there any more"},
    {"x/a,9,", "a,9,", ":2: structure of sample 'a' is 'a', expected 'x/a' as before"},
};

static void a_plan_may_grow(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof changes / sizeof *changes; k++) {
        struct pel_plan *before = NULL, *after = NULL;
        struct pel_error err = {0};
        char text[128], what[256];
        snprintf(text, sizeof text, "structure,searches,events\n%s\n", changes[k][0]);
        assert_int_equal(read_text(0, text, &before, NULL), PEL_OK);
        snprintf(text, sizeof text, "structure,searches,events\n%s\n", changes[k][1]);
        assert_int_equal(read_text(1, text, &after, NULL), PEL_OK);
        const pel_status status = pel_plan_compare(before, after, &err);
        assert_int_equal(status, changes[k][2] != NULL ? PEL_EMISMATCH : PEL_OK);
        if (status != PEL_OK) {
            snprintf(what, sizeof what, "%s%s", path[1], changes[k][2]);
            assert_memory_equal(err.text, what, strlen(what));
        }
        pel_plan_free(before);
        pel_plan_free(after);
    }
}

static void names(void **state)
{
    (void)state;
    char name[8];
    pel_plan_name("far/away/q10.data", sizeof name, name);
    assert_string_equal(name, "q10");
    pel_plan_name(".hidden", sizeof name, name);
    assert_string_equal(name, ".hidden");
    pel_plan_name("a-long-name", sizeof name, name);
    assert_string_equal(name, "a-long-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_plan_is_read, begin, end),
        cmocka_unit_test_setup_teardown(a_plan_may_grow, begin, end),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

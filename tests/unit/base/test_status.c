#include <pelrate/status.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void every_status_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int a = PEL_OK; a <= PEL_ESTOPPED; a++) {
        assert_string_not_equal(pel_status_text((pel_status)a), "unknown status");
        for (int b = PEL_OK; b < a; b++)
            assert_string_not_equal(pel_status_text((pel_status)a),
                                    pel_status_text((pel_status)b));
    }
    assert_string_equal(pel_status_text((pel_status)4711), "unknown status");
}

static void an_error_carries_status_and_text(void **state)
{
    (void)state;
    struct pel_error err = {.line = 99, .file = "old"};
    assert_int_equal(pel_error_set(&err, PEL_ENOCONV, "step %d of %d", 3, 7),
                     PEL_ENOCONV);
    assert_int_equal(err.status, PEL_ENOCONV);
    assert_string_equal(err.text, "step 3 of 7");
    assert_string_equal(err.file, "");
    assert_int_equal(err.line, 0);
    assert_int_equal(pel_error_set(NULL, PEL_EARG, "nobody listens"), PEL_EARG);
}

static void an_input_error_carries_its_place(void **state)
{
    (void)state;
    struct pel_error err;
    assert_int_equal(pel_error_at(&err, PEL_EFORMAT, "a.csv", 12, "x is %s", "bad"),
                     PEL_EFORMAT);
    assert_string_equal(err.text, "a.csv:12: x is bad");
    assert_string_equal(err.file, "a.csv");
    assert_int_equal(err.line, 12);
    pel_error_at(&err, PEL_EOPEN, "a.csv", 0, "cannot open");
    assert_string_equal(err.text, "a.csv: cannot open");
}

static void a_long_message_is_cut_and_ends(void **state)
{
    (void)state;
    char path[2 * PEL_ERROR_TEXT];
    memset(path, 'p', sizeof path);
    path[sizeof path - 1] = '\0';
    struct pel_error err;
    pel_error_at(&err, PEL_EFORMAT, path, 5, "never seen");
    assert_int_equal(strlen(err.text), PEL_ERROR_TEXT - 1);
    assert_int_equal(strlen(err.file), PEL_ERROR_FILE - 1);
    pel_error_set(&err, PEL_EARG, "%s", path);
    assert_int_equal(strlen(err.text), PEL_ERROR_TEXT - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_text_of_its_own),
        cmocka_unit_test(an_error_carries_status_and_text),
        cmocka_unit_test(an_input_error_carries_its_place),
        cmocka_unit_test(a_long_message_is_cut_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

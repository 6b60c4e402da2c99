#include <pelrate/table.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "scratch.h"

static void reads_keys_names_rows_and_their_lines(void **state)
{
    (void)state;
    const char *path = scratch_write("t.csv", "# format: x 1\n"
                                              "# just a remark, no key: at all\n"
                                              "# atoms:  1024 \n"
                                              "a,b_K,name\n"
                                              "\n"
                                              "1.5,-2e-3,\"q, \"\"r\"\"\"\n"
                                              "# note: in the middle\n"
                                              "7,8,\"two\nlines\"\n"
                                              "9,10,end");
    struct pel_table *table = NULL;
    struct pel_error err = {0};
    assert_int_equal(pel_table_read(path, &table, &err), PEL_OK);
    assert_int_equal(pel_table_rows(table), 3);
    assert_int_equal(pel_table_columns(table), 3);
    assert_string_equal(pel_table_column_name(table, 1), "b_K");
    assert_int_equal(pel_table_header_line(table), 4);
    assert_int_equal(pel_table_keys(table), 3);
    assert_string_equal(pel_table_key(table, "atoms"), "1024");
    assert_string_equal(pel_table_key(table, "note"), "in the middle");
    assert_null(pel_table_key(table, "just"));
    assert_int_equal(pel_table_key_line(table, 1), 3);
    assert_string_equal(pel_table_text(table, 0, 2), "q, \"r\"");
    assert_string_equal(pel_table_text(table, 1, 2), "two\nlines");
    assert_int_equal(pel_table_line(table, 0), 6);
    assert_int_equal(pel_table_line(table, 1), 8);
    assert_int_equal(pel_table_line(table, 2), 10);
    double x = 0.0;
    assert_int_equal(pel_table_number(table, 0, 1, &x, &err), PEL_OK);
    assert_true(x == -2e-3);
    assert_int_equal(pel_table_key_number(table, "atoms", &x, &err), PEL_OK);
    assert_true(x == 1024.0);
    size_t column = 99;
    pel_table_find(table, "name", &column);
    assert_int_equal(column, 2);
    pel_table_find(table, "nothing", &column);
    assert_int_equal(column, 3);
    pel_table_free(table);
}

static void every_fault_names_file_line_and_wish(void **state)
{
    (void)state;
    const struct {
        const char *text;
        const char *message; /* behind the path */
    } cases[] = {
        {"", ": the file ends, expected a row of column names"},
        {"# a: b\n", ":1: the file ends, expected a row of column names"},
        {"a,b,a\n", ":1: column 'a' twice, expected different names"},
        {"a,,c\n", ":1: column 2 has no name, expected a row of column names"},
        {"a,b\n1,2\n3\n", ":3: 1 fields, expected 2"},
        {"a,b\n1,2,3\n", ":2: 3 fields, expected 2"},
        {"# k: 1\n# k: 2\na\n", ":2: key 'k' twice, expected once (first on line 1)"},
        {"a\n1\n\"open\n", ":3: a quote is not closed, expected one before the end"},
        {"a\n\"x\"y\n", ":2: error parsing data while strict checking enabled, expected "
                        "comma-separated fields"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = scratch_write("bad.csv", cases[i].text);
        struct pel_table *table = (struct pel_table *)&table;
        struct pel_error err = {0};
        assert_int_equal(pel_table_read(path, &table, &err), PEL_EFORMAT);
        assert_null(table);
        assert_string_equal(err.text + strlen(path), cases[i].message);
        assert_string_equal(err.file, path);
    }
    struct pel_table *table;
    struct pel_error err = {0};
    const char *path = scratch_path("absent.csv");
    assert_int_equal(pel_table_read(path, &table, &err), PEL_EOPEN);
    assert_string_equal(err.text + strlen(path),
                        ": cannot open: No such file or directory");
    /* A folder opens but does not read: still the wrong input, not a failing disk. */
    assert_int_equal(pel_table_read(scratch_folder, &table, &err), PEL_EOPEN);
}

static void fields_that_are_no_numbers_are_refused(void **state)
{
    (void)state;
    const char *path =
        scratch_write("n.csv", "# atoms: many\nx_K,n\nnan,1\n,2.5\n1e3,7\n");
    struct pel_table *table = NULL;
    struct pel_error err = {0};
    assert_int_equal(pel_table_read(path, &table, &err), PEL_OK);
    double x = 5.5;
    long long n = 3;
    assert_int_equal(pel_table_number(table, 0, 0, &x, &err), PEL_EFORMAT);
    assert_string_equal(err.text + strlen(path),
                        ":3: x_K is 'nan', expected a finite number");
    assert_int_equal(pel_table_number(table, 1, 0, &x, &err), PEL_EFORMAT);
    assert_string_equal(err.text + strlen(path),
                        ":4: x_K is '', expected a finite number");
    assert_int_equal(pel_table_integer(table, 1, 1, &n, &err), PEL_EFORMAT);
    assert_string_equal(err.text + strlen(path), ":4: n is '2.5', expected an integer");
    assert_int_equal(pel_table_key_number(table, "atoms", &x, &err), PEL_EFORMAT);
    assert_string_equal(err.text + strlen(path),
                        ":1: atoms is 'many', expected a finite number");
    assert_int_equal(pel_table_key_number(table, "paths", &x, &err), PEL_EFORMAT);
    assert_string_equal(err.text + strlen(path),
                        ":2: no key 'paths' in the header, expected '# paths: number'");
    size_t column;
    assert_int_equal(pel_table_column(table, "y", &column, &err), PEL_EFORMAT);
    assert_string_equal(err.text + strlen(path),
                        ":2: no column 'y', expected one of that name");
    assert_true(x == 5.5 && n == 3);
    assert_int_equal(pel_table_integer(table, 2, 1, &n, &err), PEL_OK);
    assert_int_equal(n, 7);
    pel_table_free(table);
}

static void a_byte_order_mark_is_no_part_of_the_text(void **state)
{
    (void)state;
    const char *path = scratch_write("bom.csv", "\xef\xbb\xbf# atoms: 5\nx_K,n\n1,2\n");
    struct pel_table *table = NULL;
    assert_int_equal(pel_table_read(path, &table, NULL), PEL_OK);
    assert_string_equal(pel_table_key(table, "atoms"), "5");
    pel_table_free(table);
    path = scratch_write("bom.csv", "\xef\xbb\xbfx_K,n\r\n1,2\r\n");
    assert_int_equal(pel_table_read(path, &table, NULL), PEL_OK);
    assert_string_equal(pel_table_column_name(table, 0), "x_K");
    assert_string_equal(pel_table_text(table, 0, 1), "2");
    pel_table_free(table);
}

static void a_byte_of_value_zero_does_not_end_a_number(void **state)
{
    (void)state;
    const char *path = scratch_path("nul.csv");
    FILE *stream = fopen(path, "w");
    fwrite("x_K\n300\n4\0"
           "20\n",
           1, 12, stream);
    fclose(stream);
    struct pel_table *table = NULL;
    struct pel_error err;
    assert_int_equal(pel_table_read(path, &table, &err), PEL_EFORMAT);
    assert_string_equal(err.text + strlen(path),
                        ":3: a byte of value zero, expected text");
    assert_null(table);
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    const char *path = scratch_path("w.csv");
    FILE *stream = fopen(path, "w");
    fputs("text,a,b\n", stream);
    pel_table_put_text(stream, "comma, \"quote\"");
    fputc(',', stream);
    pel_table_put_row(stream, 2, (const double[]){0.1, NAN});
    pel_table_put_text(stream, "#not a key: x");
    fputc(',', stream);
    pel_table_put_row(stream, 2, (const double[]){-1e-300, 1.0 / 3.0});
    fclose(stream);
    struct pel_table *table = NULL;
    assert_int_equal(pel_table_read(path, &table, NULL), PEL_OK);
    assert_int_equal(pel_table_rows(table), 2);
    assert_string_equal(pel_table_text(table, 0, 0), "comma, \"quote\"");
    assert_string_equal(pel_table_text(table, 0, 1), "0.1");
    assert_string_equal(pel_table_text(table, 0, 2), "");
    assert_string_equal(pel_table_text(table, 1, 0), "#not a key: x");
    double x = 0.0;
    assert_int_equal(pel_table_number(table, 1, 2, &x, NULL), PEL_OK);
    assert_true(x == 1.0 / 3.0);
    pel_table_free(table);
    pel_table_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_keys_names_rows_and_their_lines),
        cmocka_unit_test(every_fault_names_file_line_and_wish),
        cmocka_unit_test(fields_that_are_no_numbers_are_refused),
        cmocka_unit_test(a_byte_order_mark_is_no_part_of_the_text),
        cmocka_unit_test(a_byte_of_value_zero_does_not_end_a_number),
        cmocka_unit_test(what_is_written_reads_back),
    };
    return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}

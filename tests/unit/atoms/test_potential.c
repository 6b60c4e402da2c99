#include "atoms_common.h"

static const char *const FORM[] = {"Aa", "Bb"};

static void reads_and_describes(void **state)
{
    (void)state;
    struct pel_potential *p = form_potential();
    assert_string_equal(pel_potential_style(p), "eam/fs");
    assert_int_equal(pel_potential_species(p), 2);
    assert_string_equal(pel_potential_element(p, 1), "Bb");
    ASSERT_NEAR(pel_potential_mass(p, 1), 91.246, 1e-12);
    ASSERT_NEAR(pel_potential_cutoff(p), FORM_CUT, 1e-12);
    pel_potential_free(p);
    pel_potential_free(NULL);

    assert_string_equal(pel_potential_style_name(0), "eam/fs");
    assert_string_equal(pel_potential_style_name(1), "eam/alloy");
    assert_null(pel_potential_style_name(2));
    assert_non_null(pel_potential_style_doc(1));
    assert_null(pel_potential_style_doc(7));
}

/* Elements in another order, or one of them: the same interactions under other numbers.
 */
static void style_and_order_are_the_callers(void **state)
{
    (void)state;
    static const char *const turned[] = {"Bb", "Aa"};
    char path[64];
    struct pel_error err = {0};
    struct pel_potential *p = NULL;
    write_form_potential(path, 0);
    ASSERT_OK(pel_potential_read(path, NULL, 2, turned, &p, &err), err);
    assert_string_equal(pel_potential_style(p), "eam/alloy");
    assert_string_equal(pel_potential_element(p, 0), "Bb");
    ASSERT_NEAR(pel_potential_mass(p, 0), 91.246, 1e-12);
    pel_potential_free(p);
    ASSERT_OK(pel_potential_read(path, "eam/alloy", 1, turned, &p, &err), err);
    assert_int_equal(pel_potential_species(p), 1);
    pel_potential_free(p);
    /* Read as the other style, the tables run out of step at the line of the second
     * element: three lines of comment, names, grid, a line and two tables of 801 lines
     * each. */
    assert_int_equal(pel_potential_read(path, "eam/fs", 2, turned, &p, &err),
                     PEL_EFORMAT);
    assert_null(p);
    assert_int_equal(err.line, 5 + 1 + 2 * 801 + 1);
    assert_string_equal(
        err.text + strlen(path),
        ":1609: value 4 of 4001 of density of Aa at Bb is \"fcc\", expected a "
        "finite number");
    remove(path);
}

/* n lines, the last cut in the middle. */
static const char *const SMALL = "one\ntwo\nthree\n"  /* 1-3 */
                                 "2 Aa Bb\n"          /* 4 */
                                 "5 0.5 6 0.75 3.5\n" /* 5 */
                                 "29 63.5 3.6 fcc\n"  /* 6 */
                                 "0 1 2\n3 4\n"       /* 7-8: F */
                                 "1 2 3 4 5 6\n"      /* 9: density of Aa at Aa */
                                 "1 2 3 4 5 7\n"      /* 10: at Bb */
                                 "40 91.2 3.6 hcp\n"  /* 11 */
                                 "0 1 2 3 4.5\n"      /* 12 */
                                 "1 2 3\n4 5 8\n"     /* 13-14 */
                                 "1 2 3 4 5 9\n"      /* 15 */
                                 "9 8 7 6 5 4\n"      /* 16: Aa Aa */
                                 "9 8 7 6 5 3\n"      /* 17: Bb Aa */
                                 "9 8 7 6 5 2\n";     /* 18: Bb Bb */

static void says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *what, *by, *message;
    } cases[] = {
        {"three\n2 Aa Bb", "three\n",
         ":4: the number of elements is missing, expected an "
         "integer"},
        {"2 Aa Bb", "3 Aa Bb", ":4: 2 names of elements, expected 3"},
        {"2 Aa Bb", "2 Aa Cc",
         ":4: element Bb is not in this potential, expected one of: Aa "
         "Cc"},
        {"5 0.5 6 0.75 3.5", "5 0.5 6 0.75",
         ":5: the cutoff is missing, expected a number"},
        {"5 0.5 6 0.75 3.5", "5 -0.5 6 0.75 3.5", ":5: d_rho is not positive"},
        {"5 0.5 6 0.75 3.5", "5 0.5 6 0 3.5", ":5: d_r is not positive"},
        {"5 0.5 6 0.75 3.5", "5 0.5 6 0.75 -3.5", ":5: the cutoff is not positive"},
        {"5 0.5 6 0.75 3.5", "4 0.5 6 0.75 3.5",
         ":5: tables of 4 and 6 points, expected at least 5"},
        {"5 0.5 6 0.75 3.5", "5 0.5 6000000 0.75 3.5",
         ":5: n_r is 6000000, more than this file can hold"},
        {"29 63.5", "29 light", ":6: mass is \"light\", expected a finite number"},
        {"29 63.5", "29 -63.5", ":6: mass is not positive, expected g/mol"},
        {"3 4\n1 2 3 4 5 6", "3 x\n1 2 3 4 5 6",
         ":8: value 5 of 5 of F(rho) of Aa is \"x\", expected a finite number"},
        {"3 4\n1 2 3 4 5 6", "3 4 5\n1 2 3 4 5 6",
         ":8: \"5\" after the last of 5 values of F(rho) of Aa, expected a new line"},
        {"4 5 8", "4 nan 8",
         ":14: value 5 of 6 of density of Bb at Aa is \"nan\", expected a finite number"},
        {"9 8 7 6 5 2\n", "9 8 7",
         ":18: the file ends after 3 of 6 values of r phi of Bb and Bb"},
        {"9 8 7 6 5 3\n9 8 7 6 5 2\n", "",
         ":16: the file ends after 0 of 6 values of r phi of Bb and Aa"},
        {"40 91.2 3.6 hcp\n", "Zr 91.2\n",
         ":11: atomic number is \"Zr\", expected an integer of at least 0 and at most "
         "1000"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char path[64], content[1024];
        struct pel_potential *p = NULL;
        struct pel_error err = {0};
        const char *at = strstr(SMALL, cases[k].what);
        assert_non_null(at);
        snprintf(content, sizeof content, "%.*s%s%s", (int)(at - SMALL), SMALL,
                 cases[k].by, at + strlen(cases[k].what));
        write_temporary(path, ".fs", content);
        assert_int_equal(pel_potential_read(path, NULL, 2, FORM, &p, &err), PEL_EFORMAT);
        assert_null(p);
        if (strcmp(err.text + strlen(path), cases[k].message) != 0)
            fail_msg("case %zu: %s", k, err.text);
        remove(path);
    }
}

/* Whatever the byte where a file is cut, it is an error and not a crash. */
static void any_cut_is_an_error(void **state)
{
    (void)state;
    const size_t whole = strlen(SMALL);
    for (size_t keep = 0; keep + 2 < whole; keep++) {
        char path[64], content[1024];
        struct pel_potential *p = NULL;
        struct pel_error err = {0};
        snprintf(content, sizeof content, "%.*s", (int)keep, SMALL);
        write_temporary(path, ".fs", content);
        assert_int_equal(pel_potential_read(path, NULL, 2, FORM, &p, &err), PEL_EFORMAT);
        assert_null(p);
        remove(path);
    }
}

static void refuses_bad_calls(void **state)
{
    (void)state;
    static const char *const twice[] = {"Aa", "Aa"};
    struct pel_error err;
    struct pel_potential *p = NULL;
    char path[64];
    assert_int_equal(pel_potential_read("/nonexistent/x.fs", NULL, 2, FORM, &p, &err),
                     PEL_EOPEN);
    assert_string_equal(err.text,
                        "/nonexistent/x.fs: cannot be opened: No such file or directory");
    assert_int_equal(pel_potential_read("x", "meam", 2, FORM, &p, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "unknown potential style \"meam\", expected eam/fs or eam/alloy");
    assert_int_equal(pel_potential_read("x.fs", NULL, 0, FORM, &p, &err), PEL_EARG);
    write_temporary(path, ".fs", SMALL);
    assert_int_equal(pel_potential_read(path, NULL, 2, twice, &p, &err), PEL_EARG);
    assert_string_equal(err.text, "element Aa is named twice");
    remove(path);
    assert_null(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_describes),
        cmocka_unit_test(style_and_order_are_the_callers),
        cmocka_unit_test(says_what_is_wrong_and_where),
        cmocka_unit_test(any_cut_is_an_error),
        cmocka_unit_test(refuses_bad_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

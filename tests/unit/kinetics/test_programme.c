#include <pelrate/programme.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "../io/scratch.h"
#include "../near.h"

static void corners_and_temperatures(void **state)
{
    (void)state;
    const struct pel_programme_row rows[] = {
        {.target_K = 900.0, .rate_K_per_s = 0.0, .hold_s = 3.5},
        {.target_K = 300.0, .rate_K_per_s = 20.0, .hold_s = 0.0},
        {.target_K = 300.0, .rate_K_per_s = 0.0, .hold_s = 60.0},
        {.target_K = 641.0, .rate_K_per_s = 0.5, .hold_s = 10.0},
    };
    struct pel_programme *p = NULL;
    assert_int_equal(pel_programme_create(4, rows, &p, NULL), PEL_OK);
    const double t[] = {0.0, 3.5, 33.5, 93.5, 775.5, 785.5};
    const double T[] = {900.0, 900.0, 300.0, 300.0, 641.0, 641.0};
    assert_int_equal(pel_programme_corners(p), 6);
    for (size_t k = 0; k < 6; k++) {
        NEAR_REL(pel_programme_corner_time(p, k), t[k], 1e-15);
        assert_true(pel_programme_corner_temperature(p, k) == T[k]);
        NEAR_REL(pel_programme_temperature(p, t[k]), T[k], 1e-15);
    }
    assert_true(isnan(pel_programme_corner_time(p, 6)));
    NEAR_REL(pel_programme_duration(p), 785.5, 1e-15);
    NEAR_REL(pel_programme_temperature(p, 13.5), 700.0, 1e-14);
    NEAR_REL(pel_programme_temperature(p, 60.0), 300.0, 1e-15);
    NEAR_REL(pel_programme_temperature(p, 193.5), 350.0, 1e-14);
    assert_true(pel_programme_temperature(p, -5.0) == 900.0);
    assert_true(pel_programme_temperature(p, 1e9) == 641.0);
    pel_programme_free(p);

    assert_int_equal(pel_programme_isothermal(650.0, 3600.0, &p, NULL), PEL_OK);
    assert_int_equal(pel_programme_corners(p), 2);
    assert_true(pel_programme_temperature(p, 17.0) == 650.0);
    pel_programme_free(p);
    assert_int_equal(pel_programme_ramp(900.0, 300.0, 2000.0, &p, NULL), PEL_OK);
    NEAR_REL(pel_programme_duration(p), 0.3, 1e-15);
    NEAR_REL(pel_programme_temperature(p, 0.1), 700.0, 1e-14);
    pel_programme_free(p);
    pel_programme_free(NULL);
}

static void a_fast_ramp_after_a_long_hold_keeps_its_duration(void **state)
{
    (void)state;
    /* 4e-10 s are less than the rounding of 1e10 s. */
    const struct pel_programme_row rows[] = {
        {.target_K = 300.0, .hold_s = 1e10},
        {.target_K = 700.0, .rate_K_per_s = 1e12, .hold_s = 2.5},
    };
    struct pel_programme *p = NULL;
    assert_int_equal(pel_programme_create(2, rows, &p, NULL), PEL_OK);
    assert_int_equal(pel_programme_corners(p), 4);
    const double T[] = {300.0, 300.0, 700.0, 700.0};
    const double lasts[] = {NAN, 1e10, 4e-10, 2.5};
    for (size_t k = 0; k < 4; k++) {
        assert_true(pel_programme_corner_temperature(p, k) == T[k]);
        if (k > 0) NEAR_REL(pel_programme_segment(p, k), lasts[k], 1e-15);
    }
    assert_true(isnan(pel_programme_segment(p, 0)) && isnan(pel_programme_segment(p, 4)));
    assert_true(pel_programme_temperature(p, 9.9e9) == 300.0);
    assert_true(pel_programme_temperature(p, 1e10 + 1.0) == 700.0);
    pel_programme_free(p);
}

static void reads_a_file(void **state)
{
    (void)state;
    const char *path = scratch_write("p.csv", "# a programme\n"
                                              "# made: by hand\n"
                                              "hold_s,target_K,rate_K_per_s,remark\n"
                                              "0,900,,start\n"
                                              "100,600.5,3,\n");
    struct pel_programme *p = NULL;
    assert_int_equal(pel_programme_read(path, &p, NULL), PEL_OK);
    assert_int_equal(pel_programme_corners(p), 3);
    NEAR_REL(pel_programme_duration(p), 299.5 / 3.0 + 100.0, 1e-15);
    pel_programme_free(p);
}

static void every_fault_names_file_line_and_wish(void **state)
{
    (void)state;
#define COLUMNS "target_K,rate_K_per_s,hold_s\n"
    const struct {
        const char *text, *message;
    } cases[] = {
        {COLUMNS "900,,0\n-10,5,0\n",
         ":3: target_K is -10, expected a temperature above 0 K"},
        {COLUMNS "900,,0\n0,5,0\n",
         ":3: target_K is 0, expected a temperature above 0 K"},
        {COLUMNS "900,,0\n300,0,0\n", ":3: rate_K_per_s is 0 from 900 K to 300 K, "
                                      "expected a number > 0 (the target gives the "
                                      "direction)"},
        {COLUMNS "900,,0\n300,-20,0\n", ":3: rate_K_per_s is -20 from 900 K to 300 K, "
                                        "expected a number > 0 (the target gives "
                                        "the direction)"},
        {COLUMNS "900,,-3\n", ":2: hold_s is -3, expected a number >= 0"},
        {COLUMNS "900,,0\n", ":2: the programme lasts 0 s, expected a finite time > 0"},
        {COLUMNS, ":1: no rows, expected at least one"},
        {COLUMNS "900,,0\n300,,0\n", NULL},
        {COLUMNS "900,,0\n300,fast,0\n", NULL},
        {COLUMNS "nan,,0\n", NULL},
        {"target_K,hold_s\n900,0\n", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = scratch_write("bad.csv", cases[i].text);
        struct pel_programme *p = (void *)1;
        struct pel_error err = {0};
        assert_int_equal(pel_programme_read(path, &p, &err), PEL_EFORMAT);
        assert_null(p);
        assert_true(err.line > 0);
        if (cases[i].message == NULL) continue;
        char expected[512];
        snprintf(expected, sizeof expected, "%s%s", path, cases[i].message);
        if (strcmp(err.text, expected) != 0)
            fail_msg("\ngot      %s\nexpected %s", err.text, expected);
    }
    struct pel_programme *p = (void *)1;
    struct pel_error err = {0};
    assert_int_equal(pel_programme_read(scratch_path("absent"), &p, &err), PEL_EOPEN);
    assert_int_equal(pel_programme_create(0, NULL, &p, &err), PEL_EARG);
    assert_int_equal(pel_programme_ramp(300.0, -20.0, 1.0, &p, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "row 2: target_K is -20, expected a temperature above 0 K");
    assert_int_equal(pel_programme_ramp(300.0, 300.0, 1.0, &p, &err), PEL_EARG);
    assert_int_equal(pel_programme_isothermal(300.0, NAN, &p, &err), PEL_EARG);
    assert_int_equal(pel_programme_isothermal(NAN, 1.0, &p, &err), PEL_EARG);
    assert_null(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corners_and_temperatures),
        cmocka_unit_test(a_fast_ramp_after_a_long_hold_keeps_its_duration),
        cmocka_unit_test(reads_a_file),
        cmocka_unit_test(every_fault_names_file_line_and_wish),
    };
    return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}

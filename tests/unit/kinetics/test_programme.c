#include <pelrate/programme.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <pelrate/constants.h>

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

/* From 4e201 K to 3000 K the difference of the two has no digit of the lower. */
static void temperatures_stay_between_their_corners(void **state)
{
    (void)state;
    const struct pel_programme_row rows[] = {{3.9e201, 0.0, 0.0}, {3000.0, 1e199, 10.0}};
    struct pel_programme *p = NULL;
    assert_int_equal(pel_programme_create(2, rows, &p, NULL), PEL_OK);
    const double end = pel_programme_corner_time(p, 1);
    for (int k = 0; k <= 1000; k++) {
        const double T = pel_programme_temperature(p, end * k / 1000.0);
        assert_true(T >= 3000.0 && T <= 3.9e201);
    }
    assert_true(pel_programme_temperature(p, end) == 3000.0);
    pel_programme_free(p);
    /* A hold at a temperature that has few digits left. */
    const struct pel_programme_row cold[] = {{9.05e-322, 0.0, 2.0}};
    assert_int_equal(pel_programme_create(1, cold, &p, NULL), PEL_OK);
    for (int k = 0; k <= 16; k++)
        assert_true(pel_programme_temperature(p, k / 8.0) == 9.05e-322);
    pel_programme_free(p);
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

/* The sine through its points, and nothing else between start and end. */
static void a_modulated_programme_follows_its_sine(void **state)
{
    (void)state;
    struct pel_programme *p = NULL;
    for (int down = 0; down < 2; down++) {
        const double from = down ? 700.0 : 560.0, to = down ? 560.0 : 700.0;
        assert_int_equal(pel_programme_modulated(from, to, 0.05, 0.7, 61.0, 24, &p, NULL),
                         PEL_OK);
        const double lasts = 140.0 / 0.05, step = 61.0 / 24.0;
        NEAR_REL(pel_programme_duration(p), lasts, 1e-12);
        for (size_t k = 0; step * (double)k < lasts; k++) {
            const double t = step * (double)k;
            NEAR_ABS(pel_programme_temperature(p, t),
                     from + (down ? -0.05 : 0.05) * t +
                         0.7 * sin(2.0 * PEL_PI * t / 61.0),
                     1e-9);
        }
        /* Between them the amplitude is lost by the versed sine of half a piece. */
        double lost = 0.0;
        for (size_t k = 0; k < 4000; k++) {
            const double t = 1220.0 * (double)k / 4000.0;
            lost = fmax(lost, fabs(from + (down ? -0.05 : 0.05) * t +
                                   0.7 * sin(2.0 * PEL_PI * t / 61.0) -
                                   pel_programme_temperature(p, t)));
        }
        assert_true(lost < 0.7 * 0.5 * (PEL_PI / 24.0) * (PEL_PI / 24.0) * 1.05);
        assert_true(lost > 0.7 * 0.5 * (PEL_PI / 24.0) * (PEL_PI / 24.0) * 0.8);
        pel_programme_free(p);
    }
}

static void steps_end_where_they_should(void **state)
{
    (void)state;
    struct pel_programme *p = NULL;
    assert_int_equal(pel_programme_stepwise(600.0, 560.0, 15.0, 2.0, 30.0, &p, NULL),
                     PEL_OK);
    const double T[] = {600, 600, 585, 585, 570, 570, 560, 560};
    assert_int_equal(pel_programme_corners(p), 8);
    for (size_t k = 0; k < 8; k++)
        assert_true(pel_programme_corner_temperature(p, k) == T[k]);
    NEAR_REL(pel_programme_duration(p), 4.0 * 30.0 + 20.0, 1e-14);
    pel_programme_free(p);
    /* Whole steps, whatever rounding says of 0.1. */
    assert_int_equal(pel_programme_stepwise(300.0, 301.0, 0.1, 1.0, 1.0, &p, NULL),
                     PEL_OK);
    assert_int_equal(pel_programme_corners(p), 22);
    pel_programme_free(p);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct pel_programme *made[3], *again = NULL;
    assert_int_equal(
        pel_programme_modulated(500.0, 530.0, 0.1, 0.3, 60.0, 9, &made[0], NULL), PEL_OK);
    assert_int_equal(pel_programme_stepwise(700.0, 650.0, 7.0, 3.0, 9.5, &made[1], NULL),
                     PEL_OK);
    assert_int_equal(pel_programme_isothermal(555.5, 1e6, &made[2], NULL), PEL_OK);
    for (size_t i = 0; i < 3; i++) {
        const char *path = scratch_path("written.csv");
        FILE *stream = fopen(path, "w");
        assert_non_null(stream);
        assert_int_equal(pel_programme_write(made[i], stream, NULL), PEL_OK);
        fclose(stream);
        struct pel_error err = {0};
        if (pel_programme_read(path, &again, &err) != PEL_OK) fail_msg("%s", err.text);
        assert_int_equal(pel_programme_corners(again), pel_programme_corners(made[i]));
        for (size_t k = 0; k < pel_programme_corners(again); k++) {
            NEAR_REL(pel_programme_corner_time(again, k),
                     pel_programme_corner_time(made[i], k), 1e-13);
            assert_true(pel_programme_corner_temperature(again, k) ==
                        pel_programme_corner_temperature(made[i], k));
        }
        pel_programme_free(again);
        pel_programme_free(made[i]);
    }
}

static void minutes_are_read(void **state)
{
    (void)state;
    struct pel_programme *p = NULL;
    struct pel_error err = {0};
    const char *path = scratch_write("minutes.csv", "target_K,rate_K_per_min,hold_min\n"
                                                    "300,,2\n900,20,0.5\n");
    if (pel_programme_read(path, &p, &err) != PEL_OK) fail_msg("%s", err.text);
    NEAR_REL(pel_programme_duration(p), 120.0 + 1800.0 + 30.0, 1e-14);
    pel_programme_free(p);
    path = scratch_write("mixed.csv", "target_K,rate_K_per_min,hold_s\n300,,2\n");
    assert_int_equal(pel_programme_read(path, &p, &err), PEL_OK);
    NEAR_REL(pel_programme_duration(p), 2.0, 1e-14);
    pel_programme_free(p);
    path = scratch_write("both.csv",
                         "target_K,rate_K_per_min,rate_K_per_s,hold_s\n300,,,2\n");
    assert_int_equal(pel_programme_read(path, &p, &err), PEL_EFORMAT);
    assert_null(p);
    assert_non_null(strstr(err.text, ":1: columns 'rate_K_per_s' and 'rate_K_per_min'"));
}

static void programmes_that_cannot_be_made(void **state)
{
    (void)state;
    struct pel_programme *p = (void *)1;
    static const double bad[][5] = {{0, 500, 1, 1, 60},    {500, 500, 1, 1, 60},
                                    {400, 500, 0, 1, 60},  {400, 500, NAN, 1, 60},
                                    {400, 500, 1, 0, 60},  {400, 500, 1, NAN, 60},
                                    {400, 500, 1, 1, -1},  {400, 500, 1e-9, 1, 60},
                                    {1, 500, 0.01, 2, 60}, {400, INFINITY, 1, 1, 60}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const double *b = bad[i];
        assert_int_equal(
            pel_programme_modulated(b[0], b[1], b[2], b[3], b[4], 32, &p, NULL),
            PEL_EARG);
        assert_null(p);
        if (i == 8) continue; /* below 0 K by its amplitude alone */
        if (i == 7)
            assert_int_equal(
                pel_programme_stepwise(400.0, 500.0, 1e-5, 1.0, 1.0, &p, NULL), PEL_EARG);
        else
            assert_int_equal(
                pel_programme_stepwise(b[0], b[1], b[3], b[2], b[4], &p, NULL), PEL_EARG);
    }
    assert_int_equal(pel_programme_modulated(400.0, 500.0, 1.0, 1.0, 60.0, 3, &p, NULL),
                     PEL_EARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corners_and_temperatures),
        cmocka_unit_test(temperatures_stay_between_their_corners),
        cmocka_unit_test(a_fast_ramp_after_a_long_hold_keeps_its_duration),
        cmocka_unit_test(reads_a_file),
        cmocka_unit_test(every_fault_names_file_line_and_wish),
        cmocka_unit_test(a_modulated_programme_follows_its_sine),
        cmocka_unit_test(steps_end_where_they_should),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(minutes_are_read),
        cmocka_unit_test(programmes_that_cannot_be_made),
    };
    return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}

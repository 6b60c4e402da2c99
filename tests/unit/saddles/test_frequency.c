#include <pelrate/frequency.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../io/scratch.h"

/* Rows of frequencies in a catalogue; what is computed is tested with test_vineyard and
 * `pelrate frequencies`. */

static char file[128];

static int begin_file(void **state)
{
    const int failed = scratch_begin(state);
    snprintf(file, sizeof file, "%s", scratch_path("events.db"));
    return failed;
}

static struct pel_catalogue *make(void)
{
    const struct pel_catalogue_setting settings[] = {{"same_energy_eV", "0.005"},
                                                     {"same_distance_A", "0.2"}};
    struct pel_catalogue *c = NULL;
    assert_int_equal(pel_catalogue_open(file, 2, settings, &c, NULL), PEL_OK);
    return c;
}

struct seen {
    size_t n;
    struct pel_catalogue_frequency rows[8];
    size_t stop_at;
};

static pel_status see(void *context, const struct pel_catalogue_frequency *row,
                      struct pel_error *err)
{
    struct seen *seen = context;
    if (seen->n == seen->stop_at) return pel_error_set(err, PEL_ERANGE, "enough");
    seen->rows[seen->n++] = *row;
    return PEL_OK;
}

static struct pel_catalogue_frequency row_of(size_t sample, size_t search, double hz)
{
    struct pel_catalogue_frequency row = {.sample = sample,
                                          .search = search,
                                          .status = "done",
                                          .frequency_Hz = hz,
                                          .reverse_frequency_Hz = 3.0 * hz,
                                          .region_atoms = 17 + search,
                                          .settings = "shell_A=5"};
    return row;
}

static void what_goes_in_comes_out(void **state)
{
    (void)state;
    struct pel_catalogue *c = make();
    struct pel_error err;
    const struct pel_catalogue_frequency rows[] = {row_of(0, 9, 1.25e13),
                                                   row_of(0, 2, NAN), row_of(1, 9, 7e11)};
    for (size_t k = 0; k < 3; k++)
        assert_int_equal(pel_catalogue_add_frequency(c, &rows[k], NULL), PEL_OK);
    assert_int_equal(pel_catalogue_add_frequency(c, &rows[0], &err), PEL_EEXIST);
    pel_catalogue_close(c);

    assert_int_equal(pel_catalogue_read(file, &c, NULL), PEL_OK);
    struct seen seen = {.stop_at = 8};
    assert_int_equal(pel_catalogue_walk_frequencies(c, 0, see, &seen, NULL), PEL_OK);
    assert_int_equal(seen.n, 2);
    assert_true(seen.rows[0].search == 2 && isnan(seen.rows[0].frequency_Hz) &&
                isnan(seen.rows[0].reverse_frequency_Hz));
    assert_true(seen.rows[1].search == 9 && seen.rows[1].frequency_Hz == 1.25e13 &&
                seen.rows[1].reverse_frequency_Hz == 3.75e13);
    assert_int_equal(seen.rows[1].region_atoms, 26);
    assert_string_equal(seen.rows[1].status, "done");
    assert_string_equal(seen.rows[1].settings, "shell_A=5");
    seen = (struct seen){.stop_at = 1};
    assert_int_equal(pel_catalogue_walk_frequencies(c, 0, see, &seen, &err), PEL_ERANGE);
    assert_int_equal(seen.n, 1);
    assert_int_equal(pel_catalogue_add_frequency(c, &rows[0], &err), PEL_EIO);
    pel_catalogue_close(c);
}

static void settings_as_text(void **state)
{
    (void)state;
    char text[PEL_FREQUENCY_SETTINGS];
    const struct pel_vineyard_settings settings = {
        .moved_A = 0.25, .shell_A = 6.5, .force_eV_per_A = 1e-4, .cell_atoms = 900};
    assert_string_equal(
        pel_frequency_settings(&settings, text),
        "cell_atoms=900; moved_A=0.25; shell_A=6.5; force_eV_per_A=0.0001");
}

/* Nothing to do is no error. */
static void an_empty_catalogue(void **state)
{
    (void)state;
    struct pel_catalogue *c = make();
    const struct pel_vineyard_settings settings = pel_vineyard_defaults();
    struct pel_frequency_report report;
    assert_int_equal(pel_frequency_run(c, NULL, &settings, 0, 1, NULL, &report, NULL),
                     PEL_OK);
    assert_true(report.events == 0 && report.done == 0 && report.failed == 0);
    pel_catalogue_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_goes_in_comes_out, begin_file, scratch_end),
        cmocka_unit_test(settings_as_text),
        cmocka_unit_test_setup_teardown(an_empty_catalogue, begin_file, scratch_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

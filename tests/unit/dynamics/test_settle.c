#include <pelrate/composition.h>
#include <pelrate/quench.h>
#include <pelrate/settle.h>

#include <math.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cuzr.h"

/* A random alloy: what lies below it is far from settled. */
static struct pel_structure *alloy(const struct pel_potential *p, size_t n)
{
    struct pel_composition c;
    struct pel_structure *s = NULL;
    struct pel_random random;
    pel_random_init(&random, 97, 0, 0);
    assert_int_equal(pel_composition_parse("Cu56Zr44", &c, NULL), PEL_OK);
    assert_int_equal(pel_composition_structure(&c, n, 18.0, p, &random, &s, NULL),
                     PEL_OK);
    return s;
}

static struct pel_settle_settings quick(void)
{
    struct pel_settle_settings s = pel_settle_defaults();
    s.patience = 3;
    s.max_kicks = 12;
    s.temperature_K = 500.0; /* so few atoms have no soft spot that 60 K would flip */
    s.time_ps = 0.3;
    s.minimise.force_tolerance = 1e-3;
    return s;
}

static double energy_of(const struct pel_potential *p, const struct pel_structure *s,
                        double *max_force)
{
    struct pel_forces *forces = NULL;
    double *force = calloc(3 * s->n, sizeof *force);
    struct pel_forces_result r = {.force = force};
    assert_int_equal(pel_forces_create(p, s, 0.3, &forces, NULL), PEL_OK);
    assert_int_equal(pel_forces_evaluate(forces, &s->cell, s->x, &r, NULL), PEL_OK);
    *max_force = 0.0;
    for (size_t k = 0; k < 3 * s->n; k++)
        *max_force = fmax(*max_force, fabs(force[k]));
    free(force);
    pel_forces_free(forces);
    return r.energy;
}

/* Settle a fresh alloy; progress may be NULL. */
static pel_status settle(const struct pel_potential *p, struct pel_structure *s,
                         const struct pel_settle_settings *settings, uint64_t seed,
                         const struct pel_progress *progress,
                         struct pel_settle_report *report, struct pel_error *err)
{
    struct pel_forces *forces = NULL;
    struct pel_random random;
    pel_random_init(&random, seed, 0, 0);
    assert_int_equal(pel_forces_create(p, s, 0.6, &forces, NULL), PEL_OK);
    const pel_status status =
        pel_settle(forces, s, settings, &random, progress, report, err);
    if (status == PEL_OK) assert_true(report->evaluations == pel_forces_calls(forces));
    pel_forces_free(forces);
    return status;
}

static void test_it_goes_down_and_says_how_far(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *plain = alloy(p, 61), *s = alloy(p, 61), *same = alloy(p, 61);
    struct pel_settle_settings settings = quick();
    struct pel_settle_report report, none, again;
    struct pel_error err = {0};

    /* a gain that nothing reaches: minimised, and nothing more */
    settings.min_gain_eV = 1e6;
    assert_int_equal(settle(p, plain, &settings, 1, NULL, &none, &err), PEL_OK);
    assert_int_equal(none.moves, 0);
    assert_int_equal(none.kicks, 3);
    assert_int_equal(none.settled, 1);
    assert_true(none.gain_eV == 0.0);

    settings.min_gain_eV = 1e-3;
    assert_int_equal(settle(p, s, &settings, 1, NULL, &report, &err), PEL_OK);
    assert_in_range(report.moves, 1, 12);
    assert_in_range(report.kicks, report.moves, 12);
    if (report.kicks < 12) assert_int_equal(report.settled, 1);
    assert_true(report.gain_eV >= 1e-3 * (double)report.moves);
    assert_true(fabs(none.minimise.energy - report.gain_eV - report.minimise.energy) <
                1e-9);
    double max_force;
    assert_true(fabs(energy_of(p, s, &max_force) - report.minimise.energy) < 1e-9);
    assert_true(max_force < 1e-3);
    assert_null(s->v);

    /* the same seed, the same kicks */
    assert_int_equal(settle(p, same, &settings, 1, NULL, &again, &err), PEL_OK);
    assert_memory_equal(same->x, s->x, 183 * sizeof(double));
    assert_int_equal(again.kicks, report.kicks);
    pel_structure_free(plain);
    pel_structure_free(s);
    pel_structure_free(same);
    pel_potential_free(p);
}

static int stop_at_second(void *context, double done, double total, const char *text)
{
    (void)context;
    (void)total;
    assert_string_equal(text, "settle");
    return done >= 2.0;
}

static void test_it_can_be_stopped(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *s = alloy(p, 61);
    const struct pel_settle_settings settings = quick();
    const struct pel_progress progress = {NULL, stop_at_second};
    struct pel_settle_report report;
    struct pel_error err = {0};
    assert_int_equal(settle(p, s, &settings, 1, &progress, &report, &err), PEL_ESTOPPED);
    assert_string_equal(err.text, "interrupted after 2 kicks");
    assert_int_equal(report.kicks, 2);
    assert_int_equal(report.settled, 0);
    double max_force;
    assert_true(fabs(energy_of(p, s, &max_force) - report.minimise.energy) < 1e-9);
    pel_structure_free(s);
    pel_potential_free(p);
}

static void test_bad_settings_are_refused(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *s = alloy(p, 61);
    const struct {
        size_t offset;
        double value;
        const char *text;
    } cases[] = {
        {offsetof(struct pel_settle_settings, temperature_K), 0.0,
         "temperature of a kick must be positive, got 0 K"},
        {offsetof(struct pel_settle_settings, time_ps), NAN,
         "time of a kick must be positive, got nan ps"},
        {offsetof(struct pel_settle_settings, timestep_ps), -1.0,
         "time step of a kick must be positive, got -1 ps"},
        {offsetof(struct pel_settle_settings, friction_time_ps), INFINITY,
         "time of a kick's bath must be positive, got inf ps"},
        {offsetof(struct pel_settle_settings, min_gain_eV), 0.0,
         "gain that counts must be positive, got 0 eV"},
    };
    struct pel_settle_report report;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pel_settle_settings settings = quick();
        memcpy((char *)&settings + cases[i].offset, &cases[i].value, sizeof(double));
        struct pel_error err = {0};
        assert_int_equal(settle(p, s, &settings, 1, NULL, &report, &err), PEL_EARG);
        assert_string_equal(err.text, cases[i].text);
    }
    struct pel_settle_settings settings = quick();
    settings.patience = 0;
    struct pel_error err = {0};
    assert_int_equal(settle(p, s, &settings, 1, NULL, &report, &err), PEL_EARG);
    assert_string_equal(err.text, "settling needs one kick at least");
    pel_structure_free(s);
    pel_potential_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_goes_down_and_says_how_far),
        cmocka_unit_test(test_it_can_be_stopped),
        cmocka_unit_test(test_bad_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

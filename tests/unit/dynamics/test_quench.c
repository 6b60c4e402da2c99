#include <pelrate/composition.h>
#include <pelrate/constants.h>
#include <pelrate/quench.h>

#include <math.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cuzr.h"

static struct pel_structure *alloy(const struct pel_potential *p, size_t n, uint64_t seed)
{
    struct pel_composition c;
    struct pel_structure *s = NULL;
    struct pel_random random;
    pel_random_init(&random, seed, 0, 0);
    assert_int_equal(pel_composition_parse("Cu56Zr44", &c, NULL), PEL_OK);
    assert_int_equal(pel_composition_structure(&c, n, 18.0, p, &random, &s, NULL),
                     PEL_OK);
    return s;
}

static void test_a_random_alloy(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    const size_t sizes[] = {2, 9, 61, 108, 500};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        const size_t n = sizes[k];
        struct pel_structure *s = alloy(p, n, 71), *same = alloy(p, n, 71);
        struct pel_structure *other = alloy(p, n, 73);
        assert_int_equal(s->n, n);
        assert_true(fabs(s->cell.volume / (double)n - 18.0) < 1e-10);
        size_t copper = 0;
        double nearest = INFINITY;
        for (size_t i = 0; i < n; i++) {
            copper += s->type[i] == 0;
            assert_int_equal(s->id[i], i + 1);
            for (size_t j = 0; j < i; j++) {
                double d[3];
                for (size_t c = 0; c < 3; c++)
                    d[c] = s->x[3 * i + c] - s->x[3 * j + c];
                pel_cell_minimum_image(&s->cell, d);
                nearest = fmin(nearest, sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]));
            }
        }
        assert_int_equal(copper, (size_t)lround(0.56 * (double)n));
        assert_true(nearest > 1.2);
        assert_true(fabs(s->mass[0] - 63.55) < 0.1 && fabs(s->mass[1] - 91.22) < 0.1);
        assert_memory_equal(s->x, same->x, 3 * n * sizeof(double));
        assert_memory_not_equal(s->x, other->x, 3 * n * sizeof(double));
        pel_structure_free(s);
        pel_structure_free(same);
        pel_structure_free(other);
    }
    struct pel_composition c;
    struct pel_structure *s = (struct pel_structure *)&c;
    struct pel_random random;
    struct pel_error err = {0};
    pel_random_init(&random, 1, 0, 0);
    assert_int_equal(pel_composition_parse("Cu50Al50", &c, NULL), PEL_OK);
    assert_int_equal(pel_composition_structure(&c, 20, 18.0, p, &random, &s, &err),
                     PEL_EARG);
    assert_null(s);
    assert_string_equal(err.text, "the potential knows no Al");
    assert_int_equal(pel_composition_structure(&c, 20, NAN, p, &random, &s, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "volume of an atom must be positive, got nan A^3");
    pel_potential_free(p);
}

/* Fast enough for a test, with everything that a long one has. */
static struct pel_quench_settings fast(void)
{
    struct pel_quench_settings s = pel_quench_defaults();
    s.seed = 79;
    s.melt_time_ps = 0.31;
    s.cool_K_per_ps = 2700.0;
    s.row_interval_ps = 0.05;
    s.minimise.force_tolerance = 1e-3;
    return s;
}

/* A progress that asks to stop after a number of calls. */
static int stop_after(void *context, double done, double total, const char *text)
{
    (void)done;
    (void)total;
    (void)text;
    int *left = context;
    return --*left < 0;
}

static struct pel_quench *quench(const struct pel_potential *p,
                                 const struct pel_quench_settings *settings)
{
    struct pel_structure *s = alloy(p, 61, settings->seed);
    struct pel_quench *q = NULL;
    struct pel_error err = {0};
    if (pel_quench_create(p, s, settings, &q, &err) != PEL_OK) fail_msg("%s", err.text);
    pel_structure_free(s);
    return q;
}

static void finish(struct pel_quench *q, struct pel_quench_report *report)
{
    struct pel_error err = {0};
    if (pel_quench_run(q, NULL, report, &err) != PEL_OK) fail_msg("%s", err.text);
}

static void test_a_glass_is_made(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    const struct pel_quench_settings settings = fast();
    struct pel_quench *q = quench(p, &settings);
    struct pel_quench_report report;
    assert_int_equal(pel_quench_melt(q, NULL, NULL), PEL_OK);
    size_t n;
    const struct pel_quench_row *rows = pel_quench_rows(q, &n);
    assert_int_equal(n, 7); /* 0.31 ps in rows of 0.05 */
    assert_non_null(pel_quench_structure(q)->v);
    finish(q, &report);

    /* 1700 K at 2700 K/ps: 0.62963 ps, 315 steps of 2 fs after 155 of the melt */
    assert_int_equal(report.steps, 470);
    rows = pel_quench_rows(q, &n);
    assert_int_equal(n, 20);
    assert_true(fabs(rows[n - 1].time_ps - 0.94) < 1e-12);
    assert_true(rows[0].target_K == 2000.0 && rows[n - 1].target_K == 300.0);
    assert_true(fabs(rows[10].target_K - (2000.0 - 2700.0 * 0.19)) < 1e-9);
    assert_true(rows[n - 1].temperature_K < 900.0 && rows[3].temperature_K > 1200.0);

    const struct pel_structure *glass = pel_quench_structure(q);
    assert_null(glass->v);
    assert_true(report.minimise.converged);
    assert_true(report.e_is_eV_per_atom > -4.72 && report.e_is_eV_per_atom < -4.56);
    assert_true(fabs(report.pressure_bar) < 1.0);
    assert_true(report.density_g_per_cm3 > 6.9 && report.density_g_per_cm3 < 7.6);
    /* u per A^3 is 1.66053906660 g/cm^3 */
    const double mass = 34 * glass->mass[0] + 27 * glass->mass[1];
    assert_true(
        fabs(report.density_g_per_cm3 * glass->cell.volume / (mass * 1.66053906660) -
             1.0) < 1e-12);
    /* what is reported is what the structure has */
    struct pel_forces *forces = NULL;
    assert_int_equal(pel_forces_create(p, glass, 0.3, &forces, NULL), PEL_OK);
    double f[183], largest = 0.0;
    struct pel_forces_result r = {.force = f};
    assert_int_equal(pel_forces_evaluate(forces, &glass->cell, glass->x, &r, NULL),
                     PEL_OK);
    for (int i = 0; i < 183; i++)
        largest = fmax(largest, fabs(f[i]));
    assert_true(largest < 1e-3);
    assert_true(fabs(r.energy / 61 - report.e_is_eV_per_atom) < 1e-12);
    for (size_t i = 0; i < glass->n; i++)
        for (int c = 0; c < 3; c++)
            assert_true(glass->x[3 * i + (size_t)c] >= -1e-9 &&
                        glass->x[3 * i + (size_t)c] <= glass->cell.h[c][c] + 1e-9);
    pel_forces_free(forces);
    pel_quench_free(q);
    pel_quench_free(NULL);
    pel_potential_free(p);
}

/* Interrupted at any row, in melt or cooling, and resumed: the same bits. */
static void resumes_bit_by_bit(struct pel_quench_settings settings)
{
    struct pel_potential *p = cuzr_potential(2);
    char path[] = "/tmp/pelrate-quench-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);

    struct pel_quench *whole = quench(p, &settings);
    struct pel_quench_report want, found;
    finish(whole, &want);
    size_t n_want, n_found;
    const struct pel_quench_row *rows = pel_quench_rows(whole, &n_want);

    settings.checkpoint_path = path;
    settings.checkpoint_interval_ps = 0.1;
    const int stops[] = {0, 3, 7, 15};
    for (size_t k = 0; k < sizeof stops / sizeof *stops; k++) {
        int left = stops[k];
        const struct pel_progress progress = {&left, stop_after};
        struct pel_quench *q = quench(p, &settings);
        struct pel_error err = {0};
        assert_int_equal(pel_quench_run(q, &progress, &found, &err), PEL_ESTOPPED);
        pel_quench_free(q);
        if (pel_quench_resume(p, path, &settings, &q, &err) != PEL_OK)
            fail_msg("%s", err.text);
        finish(q, &found);
        assert_memory_equal(&found.e_is_eV_per_atom, &want.e_is_eV_per_atom,
                            sizeof(double));
        assert_memory_equal(pel_quench_structure(q)->x, pel_quench_structure(whole)->x,
                            183 * sizeof(double));
        const struct pel_quench_row *again = pel_quench_rows(q, &n_found);
        assert_int_equal(n_found, n_want);
        assert_memory_equal(again, rows, n_want * sizeof *rows);
        pel_quench_free(q);

        /* the last writing of a run that was killed, not asked, is as good */
        assert_int_equal(pel_quench_resume(p, path, &settings, &q, &err), PEL_OK);
        finish(q, &found);
        assert_memory_equal(&found.e_is_eV_per_atom, &want.e_is_eV_per_atom,
                            sizeof(double));
        pel_quench_free(q);
    }
    pel_quench_free(whole);
    remove(path);
    pel_potential_free(p);
}

static void test_nose_hoover_resumes(void **state)
{
    (void)state;
    struct pel_quench_settings settings = fast();
    settings.md.thermostat = &pel_thermostat_nose_hoover;
    resumes_bit_by_bit(settings);
}

static void test_langevin_resumes(void **state)
{
    (void)state;
    struct pel_quench_settings settings = fast();
    settings.md.thermostat = &pel_thermostat_langevin;
    resumes_bit_by_bit(settings);
}

static void test_exchanges_and_anneal_resume(void **state)
{
    (void)state;
    struct pel_quench_settings settings = fast();
    settings.anneal_temperature_K = 900.0;
    settings.anneal_time_ps = 0.12;
    settings.swap_tries = 40;
    settings.swap_interval_ps = 0.02;
    settings.settle.patience = 1;
    settings.settle.time_ps = 0.05;
    resumes_bit_by_bit(settings);
}

/* The programme with a pause in it, step by step, and the exchanges that were due. */
static void test_an_anneal_on_the_way(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_quench_settings settings = fast();
    settings.anneal_temperature_K = 973.0;
    settings.anneal_time_ps = 0.2;
    settings.swap_tries = 30;
    settings.swap_interval_ps = 0.04;
    struct pel_quench *q = quench(p, &settings);
    struct pel_quench_report report;
    finish(q, &report);
    /* 155 steps of melt; 1027 K at 5.4 K a step: 191; 100 of anneal; 673 K: 125 */
    assert_int_equal(report.steps, 155 + 191 + 100 + 125);
    size_t n;
    const struct pel_quench_row *rows = pel_quench_rows(q, &n);
    double tried = 0.0, accepted = 0.0;
    for (size_t k = 0; k < n; k++) {
        const double step = round(rows[k].time_ps / 0.002);
        double target = 2000.0;
        if (step > 155) target = fmax(2000.0 - 5.4 * (step - 155), 973.0);
        if (step > 446) target = fmax(973.0 - 5.4 * (step - 446), 300.0);
        assert_true(fabs(rows[k].target_K - target) < 1e-9);
        tried += rows[k].swaps_tried;
        accepted += rows[k].swaps_accepted;
    }
    assert_true(tried == 28 * 30.0); /* 571 steps, every 20 */
    assert_int_equal(report.swaps.tried, 840);
    assert_true(accepted == (double)report.swaps.accepted && accepted > 0.0);
    pel_quench_free(q);

    /* no cooling at all: the melt itself is minimised */
    settings = fast();
    settings.end_temperature_K = settings.melt_temperature_K;
    q = quench(p, &settings);
    finish(q, &report);
    assert_int_equal(report.steps, 155);
    assert_true(report.e_is_eV_per_atom > -4.70);
    pel_quench_free(q);
    pel_potential_free(p);
}

/* Resuming a file with one line changed, or without what follows it. */
static void test_bad_checkpoints_are_refused(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_quench_settings settings = fast();
    settings.label = "a label\nof two lines";
    char path[] = "/tmp/pelrate-quench-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    struct pel_quench *q = quench(p, &settings);
    assert_int_equal(pel_quench_melt(q, NULL, NULL), PEL_OK);
    assert_int_equal(pel_quench_save(q, path, NULL), PEL_OK);
    struct pel_error err = {0};
    assert_int_equal(pel_quench_save(q, "/no/such/folder/x", &err), PEL_EIO);
    pel_quench_free(q);
    assert_int_equal(pel_quench_resume(p, path, &settings, &q, &err), PEL_OK);
    pel_quench_free(q);

    struct pel_quench_settings others = settings;
    others.cool_K_per_ps = 2701.0;
    assert_int_equal(pel_quench_resume(p, path, &others, &q, &err), PEL_EMISMATCH);
    assert_null(q);
    assert_non_null(strstr(err.text, "was made with 'cool_K_per_ps 2700', this run has "
                                     "'cool_K_per_ps 2701'"));
    others = settings;
    others.label = "another";
    assert_int_equal(pel_quench_resume(p, path, &others, &q, &err), PEL_EMISMATCH);
    others = settings;
    others.seed = 80;
    assert_int_equal(pel_quench_resume(p, path, &others, &q, &err), PEL_EMISMATCH);
    assert_int_equal(err.line, 23);

    /* every way of being cut short, and every line spoilt */
    char text[200000];
    FILE *stream = fopen(path, "r");
    const size_t size = fread(text, 1, sizeof text, stream);
    fclose(stream);
    assert_true(size > 1000 && size < sizeof text);
    size_t line = 1;
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\n') continue;
        /* beyond the head every twentieth line is enough */
        if (line < 50 || line % 20 == 0 || i > size - 300) {
            for (int spoilt = 0; spoilt < 2; spoilt++) {
                size_t begin = i;
                while (begin > 0 && text[begin - 1] != '\n')
                    begin--;
                stream = fopen(path, "w");
                fwrite(text, 1, begin, stream);
                if (spoilt) {
                    fputs("x", stream);
                    fwrite(text + begin + 1, 1, size - begin - 1, stream);
                }
                fclose(stream);
                const pel_status status = pel_quench_resume(p, path, &settings, &q, &err);
                if (status != PEL_EFORMAT && status != PEL_EMISMATCH)
                    fail_msg("line %zu %s: %s", line, spoilt ? "spoilt" : "cut",
                             pel_status_text(status));
                assert_null(q);
                if (err.line != line) fail_msg("line %zu: said %s", line, err.text);
            }
        }
        line++;
    }
    remove(path);
    assert_int_equal(pel_quench_resume(p, path, &settings, &q, &err), PEL_EOPEN);
    pel_potential_free(p);
}

static void test_bad_settings_are_refused(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *s = alloy(p, 61, 1);
    const struct {
        size_t offset;
        double value;
        const char *text;
    } cases[] = {
        {offsetof(struct pel_quench_settings, cool_K_per_ps), -1.0,
         "cooling rate must be positive, got -1 K/ps"},
        {offsetof(struct pel_quench_settings, cool_K_per_ps), NAN,
         "cooling rate must be positive, got nan K/ps"},
        {offsetof(struct pel_quench_settings, melt_time_ps), -0.5,
         "time in the melt must be 0 or more, got -0.5 ps"},
        {offsetof(struct pel_quench_settings, end_temperature_K), 2500.0,
         "the end temperature (2500 K) is above that of the melt (2000 K)"},
        {offsetof(struct pel_quench_settings, end_temperature_K), 0.0,
         "end temperature must be positive, got 0 K"},
        {offsetof(struct pel_quench_settings, md.timestep_ps), 0.0,
         "time step must be positive, got 0 ps"},
        {offsetof(struct pel_quench_settings, anneal_time_ps), -1.0,
         "time of the anneal must be 0 or more, got -1 ps"},
        {offsetof(struct pel_quench_settings, swap_interval_ps), 0.0,
         "time between exchanges must be positive, got 0 ps"},
        {offsetof(struct pel_quench_settings, row_interval_ps), INFINITY,
         "time between rows must be positive, got inf ps"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pel_quench_settings settings = pel_quench_defaults();
        memcpy((char *)&settings + cases[i].offset, &cases[i].value, sizeof(double));
        struct pel_quench *q = (struct pel_quench *)s;
        struct pel_error err = {0};
        assert_int_equal(pel_quench_create(p, s, &settings, &q, &err), PEL_EARG);
        assert_null(q);
        assert_string_equal(err.text, cases[i].text);
    }
    struct pel_quench_settings settings = pel_quench_defaults();
    settings.anneal_time_ps = 1.0;
    settings.anneal_temperature_K = 2100.0;
    struct pel_quench *q = NULL;
    struct pel_error err = {0};
    assert_int_equal(pel_quench_create(p, s, &settings, &q, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "the anneal (2100 K) must be between the end (300 K) and "
                        "the melt (2000 K)");
    settings = pel_quench_defaults();
    settings.threads = 0;
    assert_int_equal(pel_quench_create(p, s, &settings, &q, &err), PEL_EARG);
    assert_string_equal(err.text, "0 threads, expected 1 or more");
    pel_structure_free(s);
    pel_potential_free(p);
}

/* 500 atoms of a glass at 300 K, 2 fs: the bound is 5e-5 eV/atom/ns; the
 * slope of a straight line through 8 ps has an error of about 1.5e-5 here. */
static void test_energy_does_not_drift(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *s = cuzr_structure("s500_is");
    struct pel_error err = {0};
    struct pel_forces *forces = NULL;
    assert_int_equal(pel_forces_create(p, s, 0.6, &forces, &err), PEL_OK);
    struct pel_md_settings settings = pel_md_defaults();
    settings.thermostat = &pel_thermostat_nve;
    struct pel_random random;
    pel_random_init(&random, 83, 0, 0);
    struct pel_md *md = NULL;
    assert_int_equal(
        pel_md_create(pel_md_forces_of(forces), s, &settings, &random, &md, &err),
        PEL_OK);
    pel_md_draw_velocities(md, 600.0);
    assert_int_equal(pel_md_run(md, 500, &err), PEL_OK);
    const double temperature = pel_md_temperature(md);
    assert_true(temperature > 240.0 && temperature < 360.0);

    double st = 0, se = 0, stt = 0, ste = 0;
    const int n = 4000;
    const double start = pel_md_total_energy(md);
    for (int i = 0; i < n; i++) {
        assert_int_equal(pel_md_run(md, 1, &err), PEL_OK);
        const double t = 1e-3 * pel_md_time(md); /* ns */
        const double e = (pel_md_total_energy(md) - start) / (double)s->n;
        st += t;
        se += e;
        stt += t * t;
        ste += t * e;
    }
    const double drift = (n * ste - st * se) / (n * stt - st * st);
    print_message("NVE drift %.2g eV/atom/ns at %.0f K\n", drift, temperature);
    assert_true(fabs(drift) < 5e-5);
    pel_md_free(md);
    pel_forces_free(forces);
    pel_structure_free(s);
    pel_potential_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_random_alloy),
        cmocka_unit_test(test_a_glass_is_made),
        cmocka_unit_test(test_nose_hoover_resumes),
        cmocka_unit_test(test_langevin_resumes),
        cmocka_unit_test(test_exchanges_and_anneal_resume),
        cmocka_unit_test(test_an_anneal_on_the_way),
        cmocka_unit_test(test_bad_checkpoints_are_refused),
        cmocka_unit_test(test_bad_settings_are_refused),
        cmocka_unit_test(test_energy_does_not_drift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/composition.h>
#include <pelrate/isotherm.h>
#include <pelrate/quench.h>

#include <math.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cuzr.h"

enum { ATOMS = 61 };

static struct pel_structure *make(const struct pel_potential *p, int molten)
{
    struct pel_composition c;
    struct pel_structure *s = NULL, *out = NULL;
    struct pel_random random;
    struct pel_error err = {0};
    pel_random_init(&random, 83, 0, 0);
    assert_int_equal(pel_composition_parse("Cu56Zr44", &c, NULL), PEL_OK);
    assert_int_equal(pel_composition_structure(&c, ATOMS, 18.0, p, &random, &s, NULL),
                     PEL_OK);
    struct pel_quench_settings settings = pel_quench_defaults();
    settings.melt_time_ps = 0.3;
    settings.cool_K_per_ps = 2500.0;
    struct pel_quench *q = NULL;
    assert_int_equal(pel_quench_create(p, s, &settings, &q, NULL), PEL_OK);
    if (pel_quench_melt(q, NULL, &err) != PEL_OK ||
        (!molten && pel_quench_run(q, NULL, NULL, &err) != PEL_OK))
        fail_msg("%s", err.text);
    assert_int_equal(pel_structure_copy(pel_quench_structure(q), &out, NULL), PEL_OK);
    pel_quench_free(q);
    pel_structure_free(s);
    return out;
}

/* A small glass, made as fast as can be, and the melt that it comes from: made once. */
static struct pel_structure *made[2];

static int release(void **state)
{
    (void)state;
    pel_structure_free(made[0]);
    pel_structure_free(made[1]);
    return 0;
}

static struct pel_structure *small(const struct pel_potential *p, int molten)
{
    struct pel_structure *copy = NULL;
    if (made[molten] == NULL) made[molten] = make(p, molten);
    assert_int_equal(pel_structure_copy(made[molten], &copy, NULL), PEL_OK);
    return copy;
}
/* Fast enough for a test, with everything that a long one has; no interval is a multiple
 * of another. */
static struct pel_isotherm_settings fast(void)
{
    struct pel_isotherm_settings s = pel_isotherm_defaults();
    s.seed = 89;
    s.replicas = 2;
    s.temperature_K = 870.0;
    s.ramp_time_ps = 0.11;
    s.time_ps = 0.42;
    s.is_interval_ps = 0.14;
    s.row_interval_ps = 0.05;
    s.keep_rows = 1;
    s.minimise.force_tolerance = 1e-3;
    s.threads = 1;
    s.checkpoint_interval_ps = 0.2;
    return s;
}

static struct pel_isotherm *anneal(const struct pel_potential *p,
                                   const struct pel_structure *start,
                                   const struct pel_isotherm_settings *settings)
{
    struct pel_isotherm *isotherm = NULL;
    struct pel_error err = {0};
    if (pel_isotherm_create(p, start, settings, &isotherm, &err) != PEL_OK ||
        pel_isotherm_run(isotherm, NULL, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return isotherm;
}

/* Replica i of one is replica i of the other, to the last bit. */
static void same_replica(const struct pel_isotherm *a, const struct pel_isotherm *b,
                         size_t i)
{
    size_t n_a, n_b;
    const struct pel_isotherm_point *p = pel_isotherm_points(a, i, &n_a);
    const struct pel_isotherm_point *q = pel_isotherm_points(b, i, &n_b);
    assert_int_equal(n_a, n_b);
    assert_memory_equal(p, q, n_a * sizeof *p);
    const struct pel_isotherm_row *r = pel_isotherm_rows(a, i, &n_a);
    const struct pel_isotherm_row *t = pel_isotherm_rows(b, i, &n_b);
    assert_int_equal(n_a, n_b);
    if (n_a > 0) assert_memory_equal(r, t, n_a * sizeof *r);
}

/* What a viewer was shown, checked there and then. */
struct shown {
    struct pel_forces *forces;
    size_t count;
    double pressure_bar; /* largest */
    double e_is[3][8];   /* of replica, in the order of time */
    size_t n[3];
};

static pel_status look(void *context, size_t replica,
                       const struct pel_isotherm_point *point,
                       const struct pel_structure *structure, struct pel_error *err)
{
    struct shown *shown = context;
    double f[3 * ATOMS];
    struct pel_forces_result r = {.force = f};
    assert_null(structure->v);
    assert_int_equal(
        pel_forces_evaluate(shown->forces, &structure->cell, structure->x, &r, err),
        PEL_OK);
    for (int i = 0; i < 3 * ATOMS; i++)
        assert_true(fabs(f[i]) < 1e-3);
    assert_true(fabs(r.energy / ATOMS - point->e_is_eV_per_atom) < 1e-12);
    assert_true(fabs(structure->cell.volume / ATOMS - point->is_volume_A3_per_atom) <
                1e-12);
    shown->pressure_bar = fmax(shown->pressure_bar, fabs(point->is_pressure_bar));
    shown->e_is[replica][shown->n[replica]++] = point->e_is_eV_per_atom;
    shown->count++;
    return PEL_OK;
}

static void test_curves_are_what_they_say(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *glass = small(p, 0);
    struct pel_isotherm_settings settings = fast();
    struct shown shown = {0};
    assert_int_equal(pel_forces_create(p, glass, 0.3, &shown.forces, NULL), PEL_OK);
    settings.viewer = (struct pel_isotherm_viewer){&shown, look};
    struct pel_isotherm *isotherm = anneal(p, glass, &settings);

    /* 55 steps of ramp, 3 x 70 steps, each replica */
    assert_int_equal(pel_isotherm_steps(isotherm), 2 * 265);
    assert_int_equal(pel_isotherm_atoms(isotherm), ATOMS);
    const struct pel_isotherm_start *start = pel_isotherm_start(isotherm);
    assert_true(start->ramp_from_K == 300.0 && start->drawn_K == 600.0);
    struct pel_forces_result is = {0};
    assert_int_equal(pel_forces_evaluate(shown.forces, &glass->cell, glass->x, &is, NULL),
                     PEL_OK);
    assert_true(fabs(start->e_is_eV_per_atom - is.energy / ATOMS) < 1e-7);

    assert_int_equal(shown.count, 8);
    assert_true(shown.pressure_bar < 1.0);
    const struct pel_isotherm_point *first = NULL;
    for (size_t k = 1; k <= 2; k++) {
        size_t n, n_rows;
        const struct pel_isotherm_point *points = pel_isotherm_points(isotherm, k, &n);
        const struct pel_isotherm_row *rows = pel_isotherm_rows(isotherm, k, &n_rows);
        assert_int_equal(n, 4);
        for (size_t i = 0; i < n; i++) {
            assert_true(fabs(points[i].time_ps - 0.14 * (double)i) < 1e-12);
            assert_true(points[i].e_is_eV_per_atom == shown.e_is[k][i]);
            assert_true(points[i].e_is_eV_per_atom > -4.75 &&
                        points[i].e_is_eV_per_atom < -4.55);
            assert_true(points[i].energy_eV_per_atom > points[i].e_is_eV_per_atom + 0.05);
        }
        assert_true(points[3].temperature_K > 500.0 && points[3].temperature_K < 1200.0);
        if (first != NULL)
            assert_true(first[3].e_is_eV_per_atom != points[3].e_is_eV_per_atom);
        first = points;

        /* Rows end every 25 steps and at snapshots: 25 50 55 | 75 100 125 | ... | 265. */
        static const int ends[] = {25,  50,  55,  75,  100, 125, 150,
                                   175, 195, 200, 225, 250, 265};
        assert_int_equal(n_rows, 13);
        double sum = 0.0, weight = 0.0;
        for (size_t i = 0; i < n_rows; i++) {
            assert_true(fabs(rows[i].time_ps - 0.002 * (ends[i] - 55)) < 1e-12);
            const double share = fmin((double)ends[i] / 55.0, 1.0);
            assert_true(fabs(rows[i].target_K - (300.0 + 570.0 * share)) < 1e-9);
            assert_true(rows[i].potential_eV_per_atom < rows[i].energy_eV_per_atom);
            if (ends[i] > 195) { /* the last snapshot's means are those of its rows */
                const double steps = ends[i] - ends[i - 1];
                sum += steps * rows[i].pressure_bar;
                weight += steps;
            }
        }
        assert_true(weight == 70.0);
        assert_true(fabs(sum / weight - points[3].pressure_bar) < 1e-6);
    }
    /* calling again finds nothing to do */
    assert_int_equal(pel_isotherm_run(isotherm, NULL, NULL), PEL_OK);
    assert_int_equal(pel_isotherm_steps(isotherm), 2 * 265);
    pel_isotherm_free(isotherm);
    pel_isotherm_free(NULL);
    pel_forces_free(shown.forces);
    pel_structure_free(glass);
    pel_potential_free(p);
}

/* In the cold nothing ages: every IS is the one it set out from. */
static void test_a_cold_glass_stays(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *glass = small(p, 0);
    struct pel_isotherm_settings settings = fast();
    settings.temperature_K = 4.0;
    settings.ramp_time_ps = 0.0;
    settings.minimise.force_tolerance = 1e-4;
    for (int constant_volume = 0; constant_volume < 2; constant_volume++) {
        if (constant_volume) {
            settings.md.barostat = &pel_barostat_none;
            settings.relax = PEL_RELAX_FIXED;
        }
        struct pel_isotherm *isotherm = anneal(p, glass, &settings);
        const struct pel_isotherm_start *start = pel_isotherm_start(isotherm);
        assert_true(start->ramp_from_K == 4.0 && start->drawn_K == 8.0);
        size_t n;
        const struct pel_isotherm_point *points = pel_isotherm_points(isotherm, 1, &n);
        assert_int_equal(n, 4);
        /* without ramp the first is the start itself, at the temperature drawn */
        assert_true(fabs(points[0].temperature_K - 8.0) < 1e-9);
        for (size_t i = 0; i < n; i++) {
            assert_true(fabs(points[i].e_is_eV_per_atom - start->e_is_eV_per_atom) <
                        1e-7);
            if (constant_volume)
                assert_true(fabs(points[i].is_volume_A3_per_atom -
                                 glass->cell.volume / ATOMS) < 1e-9);
        }
        pel_isotherm_free(isotherm);
    }
    pel_structure_free(glass);
    pel_potential_free(p);
}

/* A melt brings its temperature along, and velocities are drawn at it, not at twice. */
static void test_a_melt_is_cooled(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *melt = small(p, 1);
    struct pel_isotherm_settings settings = fast();
    settings.time_ps = settings.is_interval_ps;
    struct pel_isotherm *isotherm = anneal(p, melt, &settings);
    const struct pel_isotherm_start *start = pel_isotherm_start(isotherm);
    assert_true(start->ramp_from_K > 1300.0 && start->ramp_from_K < 2700.0);
    assert_true(start->drawn_K == start->ramp_from_K);
    size_t n;
    const struct pel_isotherm_row *rows = pel_isotherm_rows(isotherm, 1, &n);
    const double after_25 =
        start->ramp_from_K + 25.0 / 55.0 * (870.0 - start->ramp_from_K);
    assert_true(fabs(rows[0].target_K - after_25) < 1e-9);
    pel_isotherm_free(isotherm);

    settings.ramp_from_K = 1111.0;
    isotherm = anneal(p, melt, &settings);
    assert_true(pel_isotherm_start(isotherm)->ramp_from_K == 1111.0);
    assert_true(pel_isotherm_start(isotherm)->drawn_K == 1111.0);
    pel_isotherm_free(isotherm);
    pel_structure_free(melt);
    pel_potential_free(p);
}

static void test_replicas_depend_on_their_number_alone(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *glass = small(p, 0);
    struct pel_isotherm_settings settings = fast();
    settings.replicas = 3;
    struct pel_isotherm *three = anneal(p, glass, &settings);
    static const struct {
        size_t replicas;
        int threads;
        double checkpoint_interval_ps;
    } others[] = {{1, 1, 0.2}, {3, 3, 0.07}, {2, 5, 1.0}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        settings.replicas = others[i].replicas;
        settings.threads = others[i].threads;
        settings.checkpoint_interval_ps = others[i].checkpoint_interval_ps;
        struct pel_isotherm *other = anneal(p, glass, &settings);
        for (size_t k = 1; k <= others[i].replicas; k++)
            same_replica(three, other, k);
        pel_isotherm_free(other);
    }
    pel_isotherm_free(three);
    pel_structure_free(glass);
    pel_potential_free(p);
}

/* A progress that asks to stop after a number of calls. */
static int stop_after(void *context, double done, double total, const char *text)
{
    (void)text;
    assert_true(done >= 0.0 && done <= total + 1e-9);
    int *left = context;
    return --*left < 0;
}

/* Interrupted anywhere, in ramp or anneal, and resumed: the same bits. */
static void resumes_bit_by_bit(struct pel_isotherm_settings settings)
{
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *glass = small(p, 0);
    char path[] = "/tmp/pelrate-isotherm-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    struct pel_isotherm *whole = anneal(p, glass, &settings);

    settings.checkpoint_path = path;
    const int stops[] = {0, 9, 24};
    for (size_t k = 0; k < sizeof stops / sizeof *stops; k++) {
        int left = stops[k];
        const struct pel_progress progress = {&left, stop_after};
        struct pel_isotherm *part = NULL;
        struct pel_error err = {0};
        assert_int_equal(pel_isotherm_create(p, glass, &settings, &part, NULL), PEL_OK);
        assert_int_equal(pel_isotherm_run(part, &progress, &err), PEL_ESTOPPED);
        assert_non_null(strstr(err.text, "kept in "));
        assert_true(pel_isotherm_steps(part) < pel_isotherm_steps(whole));
        /* the same object goes on, and so does the file */
        if (k == 1) {
            assert_int_equal(pel_isotherm_run(part, NULL, NULL), PEL_OK);
            same_replica(whole, part, 1);
            same_replica(whole, part, 2);
        }
        pel_isotherm_free(part);
        if (pel_isotherm_resume(p, path, &settings, &part, &err) != PEL_OK ||
            pel_isotherm_run(part, NULL, &err) != PEL_OK)
            fail_msg("%s", err.text);
        same_replica(whole, part, 1);
        same_replica(whole, part, 2);
        assert_memory_equal(pel_isotherm_start(whole), pel_isotherm_start(part),
                            sizeof(struct pel_isotherm_start));
        pel_isotherm_free(part);
    }
    pel_isotherm_free(whole);
    remove(path);
    pel_structure_free(glass);
    pel_potential_free(p);
}

static void test_constant_pressure_resumes(void **state)
{
    (void)state;
    resumes_bit_by_bit(fast());
}

static void test_langevin_at_constant_volume_resumes(void **state)
{
    (void)state;
    struct pel_isotherm_settings settings = fast();
    settings.md.thermostat = &pel_thermostat_langevin;
    settings.md.barostat = &pel_barostat_none;
    settings.relax = PEL_RELAX_FIXED;
    settings.threads = 2;
    settings.keep_rows = 0;
    resumes_bit_by_bit(settings);
}

/* A run that is made longer is a long run. */
static void test_a_run_can_be_made_longer(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *glass = small(p, 0);
    char path[] = "/tmp/pelrate-isotherm-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    struct pel_isotherm_settings settings = fast();
    struct pel_isotherm *whole = anneal(p, glass, &settings), *part = NULL;
    settings.checkpoint_path = path;
    settings.time_ps = 0.14;
    pel_isotherm_free(anneal(p, glass, &settings));
    settings.time_ps = 0.42;
    struct pel_error err = {0};
    if (pel_isotherm_resume(p, path, &settings, &part, &err) != PEL_OK ||
        pel_isotherm_run(part, NULL, &err) != PEL_OK)
        fail_msg("%s", err.text);
    same_replica(whole, part, 1);
    same_replica(whole, part, 2);
    pel_isotherm_free(part);
    /* but not shorter */
    settings.time_ps = 0.28;
    assert_int_equal(pel_isotherm_resume(p, path, &settings, &part, &err), PEL_EMISMATCH);
    assert_null(part);
    assert_non_null(strstr(err.text, "is at 0.42 ps already, this run ends at 0.28 ps"));
    pel_isotherm_free(whole);
    remove(path);
    pel_structure_free(glass);
    pel_potential_free(p);
}

/* Resuming a file with one line changed, or without what follows it. */
static void test_bad_checkpoints_are_refused(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *glass = small(p, 0);
    char path[] = "/tmp/pelrate-isotherm-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    struct pel_isotherm_settings settings = fast();
    settings.label = "a label\nof two lines";
    settings.time_ps = 0.14;
    struct pel_isotherm *isotherm = anneal(p, glass, &settings);
    struct pel_error err = {0};
    assert_int_equal(pel_isotherm_save(isotherm, path, NULL), PEL_OK);
    assert_int_equal(pel_isotherm_save(isotherm, "/no/such/folder/x", &err), PEL_EIO);
    pel_isotherm_free(isotherm);
    assert_int_equal(pel_isotherm_resume(p, path, &settings, &isotherm, &err), PEL_OK);
    pel_isotherm_free(isotherm);

    struct pel_isotherm_settings others = settings;
    others.temperature_K = 871.0;
    assert_int_equal(pel_isotherm_resume(p, path, &others, &isotherm, &err),
                     PEL_EMISMATCH);
    assert_null(isotherm);
    assert_non_null(strstr(err.text, "was made with 'temperature_K 870', this run has "
                                     "'temperature_K 871'"));
    others = settings;
    others.label = "another";
    assert_int_equal(pel_isotherm_resume(p, path, &others, &isotherm, &err),
                     PEL_EMISMATCH);
    others = settings;
    others.replicas = 3;
    assert_int_equal(pel_isotherm_resume(p, path, &others, &isotherm, &err),
                     PEL_EMISMATCH);
    others = settings;
    others.seed = 90;
    assert_int_equal(pel_isotherm_resume(p, path, &others, &isotherm, &err),
                     PEL_EMISMATCH);

    /* every way of being cut short, and every line spoilt */
    static char text[200000];
    FILE *stream = fopen(path, "r");
    const size_t size = fread(text, 1, sizeof text, stream);
    fclose(stream);
    assert_true(size > 1000 && size < sizeof text);
    size_t line = 1;
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\n') continue;
        /* beyond the head of the first replica every twentieth line is enough */
        if (line < 55 || line % 20 == 0 || i > size - 300) {
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
                const pel_status status =
                    pel_isotherm_resume(p, path, &settings, &isotherm, &err);
                if (status != PEL_EFORMAT && status != PEL_EMISMATCH)
                    fail_msg("line %zu %s: %s", line, spoilt ? "spoilt" : "cut",
                             pel_status_text(status));
                assert_null(isotherm);
                if (err.line != line) fail_msg("line %zu: said %s", line, err.text);
            }
        }
        line++;
    }
    remove(path);
    assert_int_equal(pel_isotherm_resume(p, path, &settings, &isotherm, &err), PEL_EOPEN);
    pel_structure_free(glass);
    pel_potential_free(p);
}

static pel_status refuse(void *context, size_t replica,
                         const struct pel_isotherm_point *point,
                         const struct pel_structure *structure, struct pel_error *err)
{
    (void)context;
    (void)structure;
    if (replica == 2 && point->time_ps > 0.2)
        return pel_error_set(err, PEL_EIO, "no room");
    return PEL_OK;
}

static void test_what_fails_names_the_replica(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *glass = small(p, 0);
    struct pel_isotherm_settings settings = fast();
    settings.viewer = (struct pel_isotherm_viewer){NULL, refuse};
    settings.threads = 2;
    struct pel_isotherm *isotherm = NULL;
    struct pel_error err = {0};
    assert_int_equal(pel_isotherm_create(p, glass, &settings, &isotherm, NULL), PEL_OK);
    assert_int_equal(pel_isotherm_run(isotherm, NULL, &err), PEL_EIO);
    assert_string_equal(err.text, "replica 2: no room");
    pel_isotherm_free(isotherm);

    settings = fast();
    settings.minimise.max_evaluations = 3;
    assert_int_equal(pel_isotherm_create(p, glass, &settings, &isotherm, &err), PEL_OK);
    assert_int_equal(pel_isotherm_run(isotherm, NULL, &err), PEL_ENOCONV);
    assert_int_equal(strncmp(err.text, "replica 1: ", 11), 0);
    pel_isotherm_free(isotherm);
    pel_structure_free(glass);
    pel_potential_free(p);
}

static void test_bad_settings_are_refused(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *glass = small(p, 0);
    static const struct {
        size_t offset;
        double value;
        const char *text;
    } cases[] = {
        {offsetof(struct pel_isotherm_settings, temperature_K), NAN,
         "temperature must be positive, got nan K"},
        {offsetof(struct pel_isotherm_settings, temperature_K), 0.0,
         "temperature must be positive, got 0 K"},
        {offsetof(struct pel_isotherm_settings, ramp_from_K), -1.0,
         "start of the ramp must be positive, got -1 K"},
        {offsetof(struct pel_isotherm_settings, ramp_time_ps), -0.5,
         "time of the ramp must be 0 or more, got -0.5 ps"},
        {offsetof(struct pel_isotherm_settings, time_ps), INFINITY,
         "time must be 0 or more, got inf ps"},
        {offsetof(struct pel_isotherm_settings, time_ps), 0.43,
         "the time (0.43 ps) must be a multiple of the time between snapshots (0.14 ps)"},
        {offsetof(struct pel_isotherm_settings, is_interval_ps), 0.0,
         "time between snapshots must be positive, got 0 ps"},
        {offsetof(struct pel_isotherm_settings, md.timestep_ps), 0.0,
         "time step must be positive, got 0 ps"},
        {offsetof(struct pel_isotherm_settings, row_interval_ps), NAN,
         "time between rows must be positive, got nan ps"},
        {offsetof(struct pel_isotherm_settings, checkpoint_interval_ps), 0.0,
         "time between checkpoints must be positive, got 0 ps"},
        {offsetof(struct pel_isotherm_settings, pressure_tolerance_bar), 0.0,
         "tolerance of the pressure must be positive, got 0 bar"},
    };
    struct pel_error err = {0};
    struct pel_isotherm *isotherm = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pel_isotherm_settings settings = fast();
        memcpy((char *)&settings + cases[i].offset, &cases[i].value, sizeof(double));
        assert_int_equal(pel_isotherm_create(p, glass, &settings, &isotherm, &err),
                         PEL_EARG);
        assert_null(isotherm);
        assert_string_equal(err.text, cases[i].text);
    }
    struct pel_isotherm_settings settings = fast();
    settings.replicas = 0;
    assert_int_equal(pel_isotherm_create(p, glass, &settings, &isotherm, &err), PEL_EARG);
    settings = fast();
    settings.threads = -1;
    assert_int_equal(pel_isotherm_create(p, glass, &settings, &isotherm, &err), PEL_EARG);
    /* nothing to do is no error: the snapshot at time 0 */
    settings = fast();
    settings.time_ps = 0.0;
    isotherm = anneal(p, glass, &settings);
    size_t n;
    pel_isotherm_points(isotherm, 2, &n);
    assert_int_equal(n, 1);
    pel_isotherm_free(isotherm);
    pel_structure_free(glass);
    pel_potential_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_curves_are_what_they_say),
        cmocka_unit_test(test_a_cold_glass_stays),
        cmocka_unit_test(test_a_melt_is_cooled),
        cmocka_unit_test(test_replicas_depend_on_their_number_alone),
        cmocka_unit_test(test_constant_pressure_resumes),
        cmocka_unit_test(test_langevin_at_constant_volume_resumes),
        cmocka_unit_test(test_a_run_can_be_made_longer),
        cmocka_unit_test(test_bad_checkpoints_are_refused),
        cmocka_unit_test(test_what_fails_names_the_replica),
        cmocka_unit_test(test_bad_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}

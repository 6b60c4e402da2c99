#include <pelrate/constants.h>
#include <pelrate/dsc.h>
#include <pelrate/equilibrium.h>
#include <pelrate/map.h>
#include <pelrate/random.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../io/scratch.h"
#include "../near.h"
#include "fixtures.h"

/* A line as molecular dynamics gives one: uneven, and not smooth. */
static const double line_T[] = {412.0, 553.0, 601.5, 700.0, 745.0, 912.0, 1130.0};
static const double line_e[] = {-4.7111, -4.7013, -4.6991, -4.684,
                                -4.6812, -4.6644, -4.6389};
enum { LINE = sizeof line_T / sizeof line_T[0] };

static struct pel_equilibrium *make_line(enum pel_equilibrium_closure closure)
{
    struct pel_equilibrium *line = NULL;
    struct pel_error err = {0};
    if (pel_equilibrium_create(closure, LINE, line_T, line_e, &line, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return line;
}

static struct pel_landscape_head head_with(const struct pel_equilibrium *line)
{
    return (struct pel_landscape_head){.atoms = 2000.0,
                                       .paths = 314.0,
                                       .attempt_frequency_Hz = 1e13,
                                       .molar_mass_g_per_mol = 75.7,
                                       .equilibrium = line};
}

static struct pel_landscape *make_parametric(const struct pel_equilibrium *line)
{
    const struct pel_landscape_head head = head_with(line);
    const struct pel_landscape_row rows[] = {
        {PEL_ACTIVATION, "shifted_gamma", "offset", {0.31, -9.0, 0.0}},
        {PEL_ACTIVATION, "shifted_gamma", "shape", {4.2, -12.0, 0.0}},
        {PEL_ACTIVATION, "shifted_gamma", "scale", {0.33, 0.0, 0.4}},
        {PEL_RELAXATION, "gamma", "shape", {2.7, 3.0, 0.0}},
        {PEL_RELAXATION, "gamma", "scale", {0.4, 0.0, 0.0}}};
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    if (pel_landscape_create_parametric(&head, -4.68, -4.70, -4.65, 5, rows, &l, &err) !=
        PEL_OK)
        fail_msg("%s", err.text);
    return l;
}

enum { LEVELS = 5, BINS = 23, EVENTS = 90 };
static const double level_e[LEVELS] = {-4.701, -4.6913, -4.6877, -4.67, -4.652};

static struct pel_landscape *make_histogram(const struct pel_equilibrium *line)
{
    static double lo[BINS], hi[BINS], density[2][LEVELS][BINS];
    struct pel_landscape_level levels[LEVELS];
    const struct pel_landscape_head head = head_with(line);
    for (size_t b = 0; b < BINS; b++) {
        lo[b] = 0.1 * (double)b;
        hi[b] = 0.1 * (double)(b + 1);
    }
    for (size_t l = 0; l < LEVELS; l++) {
        for (size_t s = 0; s < 2; s++) {
            double sum = 0.0;
            for (size_t b = 0; b < BINS; b++) {
                const double x = 0.5 * (lo[b] + hi[b]),
                             m = s == 0 ? 1.4 - 8.0 * (level_e[l] + 4.68) : 1.1;
                density[s][l][b] = exp(-(x - m) * (x - m) / 0.18) + 1e-4 * (double)b;
                sum += density[s][l][b] * (hi[b] - lo[b]);
            }
            for (size_t b = 0; b < BINS; b++)
                density[s][l][b] /= sum;
        }
        levels[l] = (struct pel_landscape_level){
            .e_is_eV_per_atom = level_e[l],
            .activation = {BINS, lo, hi, density[0][l], NULL},
            .relaxation = {BINS, lo, hi, density[1][l], NULL}};
    }
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    if (pel_landscape_create_histogram(&head, LEVELS, levels, &l, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return l;
}

static struct pel_landscape *make_events(const struct pel_equilibrium *line)
{
    static double e[LEVELS * EVENTS], e_a[LEVELS * EVENTS], e_r[LEVELS * EVENTS];
    const struct pel_landscape_head head = head_with(line);
    struct pel_random random;
    pel_random_init(&random, 5, 0, 0);
    for (size_t i = 0; i < LEVELS * EVENTS; i++) {
        e[i] = level_e[i % LEVELS];
        e_a[i] = 0.4 + 1.3 * pel_random_uniform(&random) - 4.0 * (e[i] + 4.68);
        e_r[i] = 0.05 + 0.2 * e_a[i] + pel_random_uniform(&random);
    }
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    if (pel_landscape_create_events(&head, LEVELS * EVENTS, NULL, e, e_a, e_r, &l,
                                    &err) != PEL_OK)
        fail_msg("%s", err.text);
    return l;
}

typedef struct pel_landscape *(*maker)(const struct pel_equilibrium *);
static const maker makers[] = {make_parametric, make_histogram, make_events};

/* The round trip: T_ss of the landscape is the line, between levels as well as on them,
 * and the steady state at a temperature of the line is its E_IS. */
static void the_steady_state_is_the_line(void **state)
{
    (void)state;
    size_t tried = 0;
    for (size_t m = 0; m < 3; m++)
        for (int c = PEL_EQUILIBRIUM_LOG_MEAN; c <= PEL_EQUILIBRIUM_JOINT; c++) {
            const enum pel_equilibrium_closure closure = (enum pel_equilibrium_closure)c;
            if (closure == PEL_EQUILIBRIUM_JOINT && makers[m] != make_events) continue;
            struct pel_equilibrium *line = make_line(closure);
            struct pel_landscape *l = makers[m](line);
            struct pel_rate *rate =
                make_rate(l, pel_equilibrium_closure_name(closure), PEL_RANGE_STRICT);
            const double lo = pel_landscape_e_is_min(l), hi = pel_landscape_e_is_max(l);
            for (int k = 0; k <= 60; k++) {
                const double e = lo + (hi - lo) * k / 60.0;
                double T, back;
                struct pel_map_curve curve;
                struct pel_error err = {0};
                pel_equilibrium_temperature(line, e, &T, NULL);
                if (pel_map_curve(rate, e, NULL, &curve, &err) != PEL_OK)
                    fail_msg("%s", err.text);
                /* The joint closure may be steady at other temperatures as well. */
                struct pel_rate_point on;
                assert_int_equal(pel_rate_evaluate(rate, e, T, &on, &err), PEL_OK);
                NEAR_ABS(on.e_x - on.e_r, 0.0, 1e-13);
                assert_true(on.hop_slope_T > 0.0);
                if (closure != PEL_EQUILIBRIUM_JOINT || curve.crossings == 1)
                    NEAR_ABS(curve.T_ss_K, T, 1e-8);
                if (k == 0 || k == 60) continue;
                if (pel_rate_steady_e_is(rate, T, &back, &err) != PEL_OK)
                    fail_msg("%s", err.text);
                NEAR_ABS(back, e, 1e-12);
                tried++;
            }
            pel_rate_free(rate);
            pel_landscape_free(l);
            pel_equilibrium_free(line);
        }
    assert_int_equal(tried, 7 * 59);
}

/* The points of the line themselves. */
static void the_line_goes_through_its_points(void **state)
{
    (void)state;
    struct pel_equilibrium *line = make_line(PEL_EQUILIBRIUM_KINETIC);
    assert_int_equal(pel_equilibrium_points(line), LINE);
    for (size_t i = 0; i < LINE; i++) {
        double T;
        pel_equilibrium_temperature(line, line_e[i], &T, NULL);
        NEAR_ABS(T, line_T[i], 1e-10);
    }
    for (int k = 0; k < 40; k++) {
        const double e = -4.72 + 0.0021 * k, h = 1e-6;
        double T, up, down, slope;
        pel_equilibrium_temperature(line, e, &T, &slope);
        pel_equilibrium_temperature(line, e + h, &up, NULL);
        pel_equilibrium_temperature(line, e - h, &down, NULL);
        assert_true(slope > 0.0);
        NEAR_REL((up - down) / (2.0 * h), slope, 1e-3);
    }
    pel_equilibrium_free(line);
}

/* df/de is what the integrator takes for its Newton steps. */
static void derivatives_are_differences(void **state)
{
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        struct pel_equilibrium *line =
            make_line(m == 2 ? PEL_EQUILIBRIUM_JOINT : PEL_EQUILIBRIUM_LOG_MEAN);
        struct pel_landscape *l = makers[m](line);
        struct pel_rate *rate =
            make_rate(l, m == 2 ? "joint" : "log-mean", PEL_RANGE_STRICT);
        for (int k = 1; k < 17; k++) {
            const double e = -4.6997 + 0.0027 * k, T = 450.0 + 31.0 * k;
            const double h = 1e-7, hT = 1e-3;
            struct pel_rate_point at, up, down;
            assert_int_equal(pel_rate_evaluate(rate, e, T, &at, NULL), PEL_OK);
            assert_int_equal(pel_rate_evaluate(rate, e + h, T, &up, NULL), PEL_OK);
            assert_int_equal(pel_rate_evaluate(rate, e - h, T, &down, NULL), PEL_OK);
            const double scale = fabs(at.d_rate_d_e) + 10.0 * fabs(at.rate);
            NEAR_ABS((up.rate - down.rate) / (2.0 * h), at.d_rate_d_e, 2e-5 * scale);
            assert_int_equal(pel_rate_evaluate(rate, e, T + hT, &up, NULL), PEL_OK);
            assert_int_equal(pel_rate_evaluate(rate, e, T - hT, &down, NULL), PEL_OK);
            NEAR_ABS((up.rate - down.rate) / (2.0 * hT), at.d_rate_d_T,
                     1e-5 * fabs(at.d_rate_d_T) + 1e-9 * fabs(at.rate));
        }
        pel_rate_free(rate);
        pel_landscape_free(l);
        pel_equilibrium_free(line);
    }
}

/* What the line moves is the same energy for all closures, and no more than that. */
static void the_shift_is_what_the_averages_contain(void **state)
{
    (void)state;
    struct pel_equilibrium *line = make_line(PEL_EQUILIBRIUM_LOG_MEAN);
    struct pel_landscape *moved = make_events(line), *plain = make_events(NULL);
    struct pel_landscape_scratch *sm = NULL, *sp = NULL;
    assert_int_equal(pel_landscape_scratch_create(moved, &sm, NULL), PEL_OK);
    assert_int_equal(pel_landscape_scratch_create(plain, &sp, NULL), PEL_OK);
    for (int k = 0; k < 20; k++) {
        const double e = -4.7 + 0.0024 * k, beta = 1.0 / (PEL_KB * (400.0 + 20.0 * k));
        struct pel_average a, b;
        double shift = NAN, none = NAN;
        assert_int_equal(
            pel_landscape_average(moved, e, beta, PEL_RANGE_STRICT, sm, &a, NULL),
            PEL_OK);
        assert_int_equal(
            pel_landscape_average(plain, e, beta, PEL_RANGE_STRICT, sp, &b, NULL),
            PEL_OK);
        assert_int_equal(pel_landscape_shift(moved, e, sm, &shift, NULL), PEL_OK);
        assert_int_equal(pel_landscape_shift(plain, e, sp, &none, NULL), PEL_OK);
        assert_true(none == 0.0 && fabs(shift) > 1e-3);
        assert_true(a.ln_z == b.ln_z && a.ln_z_be == b.ln_z_be);
        NEAR_ABS(a.e_r - b.e_r, shift, 1e-14);
        NEAR_ABS(a.e_rb - b.e_rb, shift, 1e-14);
        assert_true(a.e_rb_b == b.e_rb_b);
    }
    pel_landscape_scratch_free(sm);
    pel_landscape_scratch_free(sp);
    pel_landscape_free(moved);
    pel_landscape_free(plain);
    pel_equilibrium_free(line);
}

/* A file keeps the line to the last digit. */
static void files_carry_the_line(void **state)
{
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        struct pel_equilibrium *line = make_line(PEL_EQUILIBRIUM_KINETIC);
        struct pel_landscape *l = makers[m](line), *back = NULL;
        const char *path = scratch_path("a.landscape.csv");
        FILE *stream = fopen(path, "w");
        assert_non_null(stream);
        fprintf(stream, "# format: %s\n", PEL_LANDSCAPE_FORMAT);
        assert_int_equal(pel_landscape_write(l, stream, NULL), PEL_OK);
        fclose(stream);
        struct pel_error err = {0};
        if (pel_landscape_read(path, &back, &err) != PEL_OK) fail_msg("%s", err.text);
        const struct pel_equilibrium *got = pel_landscape_head(back)->equilibrium;
        assert_non_null(got);
        assert_int_equal(pel_equilibrium_closure(got), PEL_EQUILIBRIUM_KINETIC);
        assert_int_equal(pel_equilibrium_points(got), LINE);
        assert_memory_equal(pel_equilibrium_temperatures(got), line_T, sizeof line_T);
        assert_memory_equal(pel_equilibrium_energies(got), line_e, sizeof line_e);
        pel_landscape_free(back);
        pel_landscape_free(l);
        pel_equilibrium_free(line);
    }
}

/* Cooled without end, the glass that is steady at first ends on the line's lower part;
 * where it is fast it is on the line at every temperature. */
static void a_liquid_follows_the_line(void **state)
{
    (void)state;
    struct pel_equilibrium *line = make_line(PEL_EQUILIBRIUM_LOG_MEAN);
    struct pel_landscape *l = make_parametric(line);
    struct pel_rate *rate = make_rate(l, "log-mean", PEL_RANGE_STRICT);
    struct pel_programme *programme = NULL;
    struct pel_ageing *run = NULL;
    struct pel_error err = {0};
    assert_int_equal(pel_programme_ramp(980.0, 950.0, 1e-3, &programme, NULL), PEL_OK);
    double e, T;
    assert_int_equal(pel_rate_steady_e_is(rate, 980.0, &e, NULL), PEL_OK);
    if (pel_ageing_run(rate, programme, e, NULL, NULL, &run, &err) != PEL_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < run->n; i++) {
        pel_equilibrium_temperature(line, run->rows[i].e_is, &T, NULL);
        NEAR_ABS(T, run->rows[i].temperature_K, 1e-3);
    }
    pel_ageing_free(run);
    pel_programme_free(programme);
    pel_rate_free(rate);
    pel_landscape_free(l);
    pel_equilibrium_free(line);
}

static void bad_lines_are_refused(void **state)
{
    (void)state;
    struct pel_equilibrium *line = (struct pel_equilibrium *)1;
    struct pel_error err = {0};
    const struct {
        double T[3], e[3];
        const char *says;
    } bad[] = {{{500, 600, 600}, {-4.7, -4.69, -4.68}, "twice"},
               {{500, 600, 700}, {-4.7, -4.69, -4.69}, "rise"},
               {{500, 600, 700}, {-4.7, -4.68, -4.69}, "rise"},
               {{500, 0, 700}, {-4.7, -4.69, -4.68}, "expected a number > 0"},
               {{500, NAN, 700}, {-4.7, -4.69, -4.68}, "expected a number > 0"},
               {{500, 600, 700}, {-4.7, NAN, -4.68}, "not finite"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(pel_equilibrium_create(PEL_EQUILIBRIUM_LOG_MEAN, 3, bad[i].T,
                                                bad[i].e, &line, &err),
                         PEL_EARG);
        assert_null(line);
        if (strstr(err.text, bad[i].says) == NULL) fail_msg("%s", err.text);
    }
    assert_int_equal(pel_equilibrium_create(PEL_EQUILIBRIUM_LOG_MEAN, 1, bad[0].T,
                                            bad[0].e, &line, &err),
                     PEL_EARG);
    enum pel_equilibrium_closure closure;
    assert_int_equal(pel_equilibrium_closure_find("committor", &closure, &err), PEL_EARG);

    /* Points in any order are points. */
    const double T[] = {700, 500, 600}, e[] = {-4.6, -4.8, -4.65};
    assert_int_equal(
        pel_equilibrium_create(PEL_EQUILIBRIUM_LOG_MEAN, 3, T, e, &line, &err), PEL_OK);
    assert_true(pel_equilibrium_temperatures(line)[0] == 500.0);

    /* Landscapes that cannot be steady on it. */
    struct pel_landscape_head head = head_with(line);
    struct pel_landscape *l = (struct pel_landscape *)1;
    const struct pel_landscape_row one[] = {
        {PEL_ACTIVATION, "delta", "value", {1.0, 0.0, 0.0}},
        {PEL_RELAXATION, "delta", "value", {1.0, 0.0, 0.0}}};
    assert_int_equal(
        pel_landscape_create_parametric(&head, -4.7, -4.7, -4.65, 2, one, &l, &err),
        PEL_EARG);
    assert_null(l);
    assert_non_null(strstr(err.text, "no steady state can lie"));
    assert_int_equal(
        pel_landscape_create_parametric(&head, -4.7, -4.7, -4.55, 2, one, &l, &err),
        PEL_EARG);
    assert_non_null(strstr(err.text, "covers e_is"));
    pel_equilibrium_free(line);

    line = make_line(PEL_EQUILIBRIUM_JOINT);
    head = head_with(line);
    const struct pel_landscape_row wide[] = {
        {PEL_ACTIVATION, "exponential", "scale", {1.0, 0.0, 0.0}},
        {PEL_RELAXATION, "delta", "value", {1.0, 0.0, 0.0}}};
    assert_int_equal(
        pel_landscape_create_parametric(&head, -4.7, -4.7, -4.65, 2, wide, &l, &err),
        PEL_EARG);
    assert_non_null(strstr(err.text, "joint"));
    pel_equilibrium_free(line);
}

static void lines_are_read_with_their_faults(void **state)
{
    (void)state;
    const struct {
        const char *text;
        pel_status status;
        const char *says;
    } files[] = {
        {"# source: MD\ntemperature_K,e_is_eV_per_atom,sd\n900,-4.66,1\n500,-4.7,2\n",
         PEL_OK, ""},
        {"temperature_K,e_is_eV_per_atom\n500,-4.7\n", PEL_EFORMAT, ":2:"},
        {"temperature_K,e_is_eV_per_atom\n", PEL_EFORMAT, ":1:"},
        {"temperature_K,e_is_eV_per_atom\n500,-4.7\n900,-4.8\n700,-4.69\n", PEL_EFORMAT,
         ":3:"},
        {"temperature_K,e_is_eV_per_atom\n500,-4.7\n600,x\n", PEL_EFORMAT, ":3:"},
        {"temperature_K,e_is\n500,-4.7\n600,-4.6\n", PEL_EFORMAT, "e_is_eV_per_atom"},
        {"", PEL_EFORMAT, "column names"}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const char *path = scratch_write("line.csv", files[i].text);
        struct pel_equilibrium *line = NULL;
        struct pel_error err = {0};
        assert_int_equal(
            pel_equilibrium_read(path, PEL_EQUILIBRIUM_LOG_MEAN, &line, &err),
            files[i].status);
        if (strstr(err.text, files[i].says) == NULL) fail_msg("%s", err.text);
        assert_true((line == NULL) == (files[i].status != PEL_OK));
        pel_equilibrium_free(line);
    }
    struct pel_equilibrium *line = NULL;
    assert_int_equal(
        pel_equilibrium_read("no such file", PEL_EQUILIBRIUM_LOG_MEAN, &line, NULL),
        PEL_EOPEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_steady_state_is_the_line),
        cmocka_unit_test(the_line_goes_through_its_points),
        cmocka_unit_test(derivatives_are_differences),
        cmocka_unit_test(the_shift_is_what_the_averages_contain),
        cmocka_unit_test(files_carry_the_line),
        cmocka_unit_test(a_liquid_follows_the_line),
        cmocka_unit_test(bad_lines_are_refused),
        cmocka_unit_test(lines_are_read_with_their_faults)};
    return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}

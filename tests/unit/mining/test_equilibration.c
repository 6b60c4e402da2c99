#include <pelrate/equilibration.h>
#include <pelrate/random.h>

#include <math.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { N = 60, MAX = 8 };

/* Curves around a mean: noise with correlation phi between neighbours, spread sd, and a
 * drift over the whole curve. */
static struct pel_curve curve(double temperature_K, double start, double mean, double sd,
                              double phi, double drift, struct pel_random *random)
{
    struct pel_curve c = {.replica = 1,
                          .line = 7,
                          .temperature_K = temperature_K,
                          .start_e_is = start,
                          .ramp_from_K = NAN,
                          .n = N,
                          .time_ps = malloc(N * sizeof(double)),
                          .e_is = malloc(N * sizeof(double))};
    assert_true(c.time_ps != NULL && c.e_is != NULL);
    double x = sd * pel_random_normal(random);
    for (size_t i = 0; i < N; i++) {
        c.time_ps[i] = 10.0 * (double)i;
        c.e_is[i] = mean + x + drift * (double)i / N;
        x = phi * x + sd * sqrt(1.0 - phi * phi) * pel_random_normal(random);
    }
    return c;
}

static void release(size_t n, struct pel_curve curves[])
{
    for (size_t i = 0; i < n; i++) {
        free(curves[i].time_ps);
        free(curves[i].e_is);
    }
}

static const char *const paths[] = {"a.csv"};

static struct pel_equilibration *test(size_t n, struct pel_curve curves[],
                                      const struct pel_equilibration_settings *settings)
{
    struct pel_curves all = {.n = n, .curve = curves, .points = n * N, .atoms = NAN};
    struct pel_equilibration *out = NULL;
    struct pel_error err = {0};
    if (pel_equilibration_run(&all, paths, settings, &out, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return out;
}

/* Two curves a side of an equilibrium liquid, many times: the error is the scatter of the
 * means, and few are refused. */
static void errors_are_honest(double phi, double least_share, double least_passed)
{
    const struct pel_equilibration_settings settings = pel_equilibration_defaults();
    const int runs = 400;
    double square = 0.0, told = 0.0;
    int passed = 0;
    for (int run = 0; run < runs; run++) {
        struct pel_random random;
        pel_random_init(&random, 97, (uint64_t)run, 0);
        struct pel_curve c[4];
        for (int k = 0; k < 4; k++)
            c[k] = curve(1200.0, k % 2 ? -4.70 : -4.64, -4.67, 1e-3, phi, 0.0, &random);
        struct pel_equilibration *out = test(4, c, &settings);
        assert_int_equal(out->n, 1);
        const struct pel_equilibration_point *p = &out->point[0];
        assert_true(p->side[PEL_ABOVE].curves == 2 && p->side[PEL_BELOW].curves == 2);
        assert_int_equal(p->side[PEL_ABOVE].points, 90); /* a quarter is left out */
        passed += p->equilibrium;
        square += (p->e_is + 4.67) * (p->e_is + 4.67) / runs;
        told += p->error * p->error / runs;
        pel_equilibration_free(out);
        release(4, c);
    }
    const double share = sqrt(told / square);
    if (!(share > least_share && share < 1.15)) fail_msg("phi %g: %g", phi, share);
    if (passed <= runs * least_passed)
        fail_msg("phi %g: %d passed, share %g", phi, passed, share);
}

static void test_errors_are_honest(void **state)
{
    (void)state;
    errors_are_honest(0.0, 0.85, 0.97);
    errors_are_honest(0.7, 0.75, 0.88);
}

static void test_what_is_not_equilibrium_is_told(void **state)
{
    (void)state;
    const struct pel_equilibration_settings settings = pel_equilibration_defaults();
    struct pel_random random;
    pel_random_init(&random, 101, 0, 0);
    const struct {
        double above, below; /* means */
        double drift, sd;
        int steady;
    } cases[] = {
        {-4.67, -4.67, 0.0, 1e-3, 1},   /* equilibrium */
        {-4.668, -4.672, 0.0, 1e-3, 1}, /* steady, but the sides differ */
        {-4.67, -4.67, -4e-3, 1e-3, 0}, /* both sides drift */
        {-4.67, -4.67, 0.0, 2e-2, 0},   /* the noise hides everything */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pel_curve c[2];
        c[0] = curve(900.0, -4.64, cases[i].above, cases[i].sd, 0.3, cases[i].drift,
                     &random);
        c[1] = curve(900.0, -4.70, cases[i].below, cases[i].sd, 0.3, cases[i].drift,
                     &random);
        struct pel_equilibration *out = test(2, c, &settings);
        const struct pel_equilibration_point *p = &out->point[0];
        if (p->side[0].steady != cases[i].steady || p->side[1].steady != cases[i].steady)
            fail_msg("case %zu", i);
        assert_int_equal(p->equilibrium, i == 0);
        assert_true(fabs(p->sides - (cases[i].above - cases[i].below)) <
                    5.0 * p->sides_error);
        pel_equilibration_free(out);
        release(2, c);
    }
}

/* By hand: no correlation to speak of, means and halves exactly. */
static void test_means_and_halves(void **state)
{
    (void)state;
    double time[2][8], e[2][8];
    struct pel_curve c[2];
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < 8; i++) {
            time[k][i] = i;
            e[k][i] = -4.0 + 0.001 * (i % 2) + 0.002 * (i >= 4);
        }
        c[k] = (struct pel_curve){.temperature_K = k ? 800.0 : 900.0,
                                  .start_e_is = k ? -3.9 : -4.1,
                                  .n = 8,
                                  .time_ps = time[k],
                                  .e_is = e[k]};
    }
    struct pel_equilibration_settings settings = pel_equilibration_defaults();
    settings.discard = 0.0;
    struct pel_equilibration *out = test(2, c, &settings);
    assert_int_equal(out->n, 2);
    assert_true(out->point[0].temperature_K == 800.0);
    assert_int_equal(out->point[0].side[PEL_ABOVE].curves, 1);
    assert_int_equal(out->point[1].side[PEL_BELOW].curves, 1);
    assert_int_equal(out->point[1].side[PEL_ABOVE].curves, 0);
    assert_true(isnan(out->point[1].side[PEL_ABOVE].e_is) && isnan(out->point[1].sides));
    for (int i = 0; i < 2; i++) {
        const struct pel_equilibration_side *side =
            &out->point[i].side[i == 0 ? PEL_ABOVE : PEL_BELOW];
        assert_true(fabs(side->e_is + 3.9985) < 1e-12);
        assert_true(fabs(side->halves - 0.002) < 1e-12);
        assert_true(out->point[i].e_is == side->e_is);
        assert_true(fabs(out->point[i].error - side->error) < 1e-15);
        assert_int_equal(out->point[i].equilibrium, 0); /* one side */
    }
    pel_equilibration_free(out);
    pel_equilibration_free(NULL);
    /* a hotter start counts as above, whatever its energy */
    c[0].ramp_from_K = 2000.0;
    out = test(2, c, &settings);
    assert_int_equal(out->point[1].side[PEL_ABOVE].curves, 1);
    pel_equilibration_free(out);
    c[0].ramp_from_K = 300.0;
    settings.one_side = 1;
    settings.limit = 1e3;
    out = test(2, c, &settings);
    assert_true(out->point[0].equilibrium && out->point[1].equilibrium);
    pel_equilibration_free(out);
}

static void test_bad_input_is_refused(void **state)
{
    (void)state;
    struct pel_random random;
    pel_random_init(&random, 103, 0, 0);
    struct pel_curve c[1] = {curve(900.0, -4.64, -4.67, 1e-3, 0.0, 0.0, &random)};
    struct pel_curves all = {.n = 1, .curve = c, .points = N, .atoms = NAN};
    struct pel_equilibration *out = (struct pel_equilibration *)c;
    struct pel_error err = {0};
    struct pel_equilibration_settings s = pel_equilibration_defaults();
    s.discard = 1.0;
    assert_int_equal(pel_equilibration_run(&all, paths, &s, &out, &err), PEL_EARG);
    assert_null(out);
    s = pel_equilibration_defaults();
    s.limit = NAN;
    assert_int_equal(pel_equilibration_run(&all, paths, &s, &out, &err), PEL_EARG);
    s = pel_equilibration_defaults();
    s.max_error = 0.0;
    assert_int_equal(pel_equilibration_run(&all, paths, &s, &out, &err), PEL_EARG);
    s = pel_equilibration_defaults();
    s.discard = 0.9;
    assert_int_equal(pel_equilibration_run(&all, paths, &s, &out, &err), PEL_EFORMAT);
    assert_string_equal(err.text,
                        "a.csv:7: replica 1 has 6 points to look at, expected 8 or more");
    assert_int_equal(err.line, 7);
    s = pel_equilibration_defaults();
    c[0].start_e_is = NAN;
    assert_int_equal(pel_equilibration_run(&all, paths, &s, &out, &err), PEL_EFORMAT);
    assert_non_null(strstr(err.text, "no key 'start_e_is_eV_per_atom'"));
    release(1, c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors_are_honest),
        cmocka_unit_test(test_what_is_not_equilibrium_is_told),
        cmocka_unit_test(test_means_and_halves),
        cmocka_unit_test(test_bad_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "matter.h"

#include <pelrate/constants.h>

static const struct matter crystal = {
    .side = 3, .k = 2.3, .g = 1.7, .h = -0.9, .a = 2.71};

static struct pel_md_settings constant_energy(double timestep_ps)
{
    struct pel_md_settings settings = pel_md_defaults();
    settings.thermostat = &pel_thermostat_nve;
    settings.timestep_ps = timestep_ps;
    return settings;
}

/* The matter of these tests must obey its own energy, or nothing below means anything. */
static void test_matter_is_consistent(void **state)
{
    (void)state;
    struct matter m = crystal;
    struct pel_structure *s = matter_structure(m.side, 2.83, 0.11);
    struct pel_random random;
    pel_random_init(&random, 5, 0, 0);
    double force[81], other[81];
    struct pel_forces_result r = {.force = force}, up = {.force = other}, down = up;
    for (size_t i = 0; i < 3 * s->n; i++)
        s->x[i] += 0.2 * pel_random_normal(&random);
    matter_evaluate(&m, &s->cell, s->x, &r, NULL);
    for (size_t i = 0; i < 3 * s->n; i += 7) {
        const double keep = s->x[i], step = 1e-5;
        s->x[i] = keep + step;
        matter_evaluate(&m, &s->cell, s->x, &up, NULL);
        s->x[i] = keep - step;
        matter_evaluate(&m, &s->cell, s->x, &down, NULL);
        s->x[i] = keep;
        assert_true(fabs(force[i] + (up.energy - down.energy) / (2 * step)) < 1e-8);
    }
    pel_structure_free(s);
}

/* Largest error of the energy over 0.4 ps with one time step. */
static double energy_error(double timestep_ps)
{
    struct matter m = crystal;
    struct pel_structure *s = matter_structure(m.side, 2.76, 0.07);
    struct pel_md_settings settings = constant_energy(timestep_ps);
    struct pel_md *md = matter_md(&m, s, &settings, 11);
    pel_md_draw_velocities(md, 613.0);
    const double start = pel_md_total_energy(md);
    double worst = 0.0;
    const int steps = (int)lround(0.4 / timestep_ps);
    for (int i = 0; i < steps; i++) {
        matter_run(md, 1);
        worst = fmax(worst, fabs(pel_md_total_energy(md) - start));
    }
    pel_md_free(md);
    pel_structure_free(s);
    return worst;
}

static void test_order_is_two(void **state)
{
    (void)state;
    const double ratio = energy_error(0.004) / energy_error(0.002);
    if (!(ratio > 3.7 && ratio < 4.3)) fail_msg("ratio %g, expected 4", ratio);
}

static void test_time_runs_back(void **state)
{
    (void)state;
    struct matter m = crystal;
    struct pel_structure *s = matter_structure(m.side, 2.76, 0.07);
    struct pel_md_settings settings = constant_energy(0.0031);
    struct pel_md *md = matter_md(&m, s, &settings, 13);
    pel_md_draw_velocities(md, 417.0);
    matter_run(md, 200);
    double moved = 0.0, back = 0.0;
    for (size_t i = 0; i < 3 * s->n; i++) {
        moved = fmax(moved, fabs(md->structure->x[i] - s->x[i]));
        md->structure->v[i] = -md->structure->v[i];
    }
    matter_run(md, 200);
    for (size_t i = 0; i < 3 * s->n; i++)
        back = fmax(back, fabs(md->structure->x[i] - s->x[i]));
    assert_true(moved > 0.05);
    assert_true(back < 1e-10);
    pel_md_free(md);
    pel_structure_free(s);
}

static void test_momentum_stays_zero(void **state)
{
    (void)state;
    struct matter m = crystal;
    struct pel_structure *s = matter_structure(m.side, 2.76, 0.07);
    for (size_t k = 0; pel_thermostat_at(k) != NULL; k++) {
        struct pel_md_settings settings = pel_md_defaults();
        settings.thermostat = pel_thermostat_at(k);
        settings.barostat = &pel_barostat_rescaling;
        settings.temperature_K = 731.0;
        struct pel_md *md = matter_md(&m, s, &settings, 17);
        pel_md_draw_velocities(md, 731.0);
        matter_run(md, 300);
        for (int c = 0; c < 3; c++) {
            double sum = 0.0, size = 0.0;
            for (size_t i = 0; i < s->n; i++) {
                sum += md->mass[i] * md->structure->v[3 * i + (size_t)c];
                size += md->mass[i] * fabs(md->structure->v[3 * i + (size_t)c]);
            }
            assert_true(fabs(sum) < 1e-12 * size);
        }
        pel_md_free(md);
    }
    pel_structure_free(s);
}

static void test_velocities_are_drawn_right(void **state)
{
    (void)state;
    struct matter m = {.side = 10};
    struct pel_structure *s = matter_structure(m.side, 2.76, 0.0);
    struct pel_md_settings settings = constant_energy(0.002);
    struct pel_md *md = matter_md(&m, s, &settings, 19);
    pel_md_draw_velocities(md, 1234.5);
    assert_true(fabs(pel_md_temperature(md) / 1234.5 - 1.0) < 1e-12);
    assert_true(pel_md_degrees(md) == 2997.0);
    /* each species at its own share (1000 atoms, 3 sigma of a chi-square) and Gaussian */
    double kinetic[2] = {0}, count[2] = {0}, fourth = 0.0;
    for (size_t i = 0; i < 3 * s->n; i++) {
        const double e = md->mass[i / 3] * PEL_MVV_EV * md->structure->v[i] *
                         md->structure->v[i] / (PEL_KB * 1234.5);
        kinetic[s->type[i / 3]] += e;
        count[s->type[i / 3]] += 1.0;
        fourth += e * e / (3.0 * (double)s->n);
    }
    for (int k = 0; k < 2; k++)
        assert_true(fabs(kinetic[k] / count[k] - 1.0) < 3.0 * sqrt(2.0 / count[k]));
    /* kurtosis 3, its standard error sqrt(24 / n) */
    assert_true(fabs(fourth - 3.0) < 3.0 * sqrt(24.0 / 3000.0));
    pel_md_draw_velocities(md, 0.0);
    assert_true(pel_md_kinetic_energy(md) == 0.0);
    pel_md_free(md);
    pel_structure_free(s);
}

/* One kg m^2/s^2 per m^3 is a pascal: the kinetic pressure by hand in SI. */
static void test_pressure_has_its_unit(void **state)
{
    (void)state;
    struct matter m = {.side = 2};
    struct pel_structure *s = matter_structure(m.side, 3.17, 0.0);
    struct pel_md_settings settings = constant_energy(0.002);
    settings.outer_field = 1; /* leave the velocities as they are */
    s->v = calloc(3 * s->n, sizeof(double));
    double tensor[6], want[6] = {0};
    const double volume = 8 * 3.17 * 3.17 * 3.17 * 1e-30;
    for (size_t i = 0; i < s->n; i++) {
        const double v[3] = {3.1 + (double)i, -1.7 * (double)i, 0.9};
        const double kg = s->mass[s->type[i]] * PEL_DALTON;
        const int p[6] = {0, 1, 2, 0, 0, 1}, q[6] = {0, 1, 2, 1, 2, 2};
        for (int k = 0; k < 6; k++)
            want[k] += kg * v[p[k]] * v[q[k]] * 1e4 / volume / 1e5;
        memcpy(&s->v[3 * i], v, sizeof v);
    }
    struct pel_md *md = matter_md(&m, s, &settings, 23);
    pel_md_pressure_tensor(md, tensor);
    for (int k = 0; k < 6; k++)
        assert_true(fabs(tensor[k] - want[k]) < 1e-9 * want[0]);
    assert_true(fabs(pel_md_pressure(md) - (want[0] + want[1] + want[2]) / 3) <
                1e-9 * want[0]);
    pel_md_free(md);

    /* and the virial's: a stretched crystal at rest pulls, k u d per bond */
    m = (struct matter){.side = 2, .k = 1.3, .a = 3.0};
    free(s->v);
    s->v = NULL;
    md = matter_md(&m, s, &settings, 23);
    const double pull = -1.3 * 0.17 * 3.17 * 8 / (volume * 1e30) * PEL_EV_PER_A3_BAR;
    pel_md_pressure_tensor(md, tensor);
    for (int k = 0; k < 3; k++)
        assert_true(fabs(tensor[k] / pull - 1.0) < 1e-12);
    assert_true(fabs(pel_md_pressure(md) / pull - 1.0) < 1e-12);
    pel_md_free(md);
    pel_structure_free(s);
}

static void test_a_seed_decides_everything(void **state)
{
    (void)state;
    struct matter m = crystal;
    struct pel_structure *s = matter_structure(m.side, 2.76, 0.07);
    struct pel_md_settings settings = pel_md_defaults();
    settings.thermostat = &pel_thermostat_langevin;
    settings.barostat = &pel_barostat_rescaling;
    struct pel_md *md[3];
    for (int i = 0; i < 3; i++) {
        md[i] = matter_md(&m, s, &settings, i < 2 ? 29 : 31);
        pel_md_draw_velocities(md[i], 300.0);
        matter_run(md[i], 57);
    }
    const size_t size = 3 * s->n * sizeof(double);
    assert_memory_equal(md[0]->structure->x, md[1]->structure->x, size);
    assert_memory_equal(md[0]->structure->v, md[1]->structure->v, size);
    assert_memory_not_equal(md[0]->structure->x, md[2]->structure->x, size);
    assert_true(fabs(pel_md_time(md[0]) - 0.114) < 1e-15);
    for (int i = 0; i < 3; i++)
        pel_md_free(md[i]);
    pel_structure_free(s);
}

static void refused(struct pel_md_settings settings, const struct pel_structure *s,
                    const char *text)
{
    struct matter m = crystal;
    struct pel_random random;
    pel_random_init(&random, 1, 0, 0);
    struct pel_md *md = (struct pel_md *)&m;
    struct pel_error err = {0};
    const struct pel_md_forces source = {.context = &m, .evaluate = matter_evaluate};
    assert_int_equal(pel_md_create(source, s, &settings, &random, &md, &err), PEL_EARG);
    assert_null(md);
    assert_string_equal(err.text, text);
}

static void test_bad_settings_are_refused(void **state)
{
    (void)state;
    struct pel_structure *s = matter_structure(3, 2.76, 0.0);
    const struct pel_md_settings good = pel_md_defaults();
    struct pel_md_settings bad = good;
    bad.timestep_ps = NAN;
    refused(bad, s, "time step must be positive, got nan ps");
    bad = good;
    bad.thermostat_time_ps = 0.0;
    refused(bad, s, "time of the thermostat must be positive, got 0 ps");
    bad = good;
    bad.temperature_K = -3.0;
    refused(bad, s, "temperature must be 0 K or more, got -3 K");
    bad.temperature_K = 0.0;
    refused(bad, s, "nose-hoover and none need a temperature above 0 K");
    bad = good;
    bad.thermostat = NULL;
    refused(bad, s, "a thermostat and a barostat must be given");
    bad = good;
    bad.barostat = &pel_barostat_berendsen;
    bad.barostat_time_ps = -1.0;
    refused(bad, s, "time of the barostat must be positive, got -1 ps");
    bad.barostat_time_ps = 1.0;
    bad.compressibility_per_bar = NAN;
    refused(bad, s, "compressibility must be positive, got nan per bar");
    bad.compressibility_per_bar = 1e-6;
    bad.pressure_bar = INFINITY;
    refused(bad, s, "pressure must be finite, got inf bar");
    bad.pressure_bar = 0.0;
    bad.barostat_interval = 0;
    refused(bad, s, "steps between two rescalings must be at least 1");
    s->mass[1] = 0.0;
    refused(good, s, "mass of Zr must be positive, got 0 g/mol");
    pel_structure_free(s);
    s = matter_structure(1, 2.76, 0.0);
    refused(good, s, "one atom whose momentum is zero cannot move: need two");
    pel_structure_free(s);
    pel_md_free(NULL);
}

static void test_a_run_that_explodes_says_so(void **state)
{
    (void)state;
    struct matter m = crystal;
    struct pel_structure *s = matter_structure(m.side, 2.76, 0.07);
    struct pel_md_settings settings = constant_energy(0.5);
    struct pel_md *md = matter_md(&m, s, &settings, 37);
    pel_md_draw_velocities(md, 500.0);
    struct pel_error err = {0};
    assert_int_equal(pel_md_run(md, 1000, &err), PEL_ENOCONV);
    assert_non_null(strstr(err.text, "no longer finite at step"));
    assert_int_equal(pel_md_set_temperature(md, NAN, &err), PEL_EARG);
    pel_md_free(md);
    pel_structure_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matter_is_consistent),
        cmocka_unit_test(test_order_is_two),
        cmocka_unit_test(test_time_runs_back),
        cmocka_unit_test(test_momentum_stays_zero),
        cmocka_unit_test(test_velocities_are_drawn_right),
        cmocka_unit_test(test_pressure_has_its_unit),
        cmocka_unit_test(test_a_seed_decides_everything),
        cmocka_unit_test(test_bad_settings_are_refused),
        cmocka_unit_test(test_a_run_that_explodes_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

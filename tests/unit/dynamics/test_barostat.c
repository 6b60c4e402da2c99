#include "matter.h"

#include <pelrate/constants.h>

/* An ideal gas of N atoms whose momentum is free has p(V) ~ V^N exp(-P V / kT): mean
 * (N+1) kT/P, relative variance 1/(N+1). Euler's scheme broadens it by about dt / 2 tau.
 */
static void test_rescaling_has_the_ideal_gas(void **state)
{
    (void)state;
    struct matter m = {.side = 3};
    struct pel_structure *s = matter_structure(m.side, 3.0, 0.2);
    struct pel_md_settings settings = pel_md_defaults();
    const double temperature = 1371.0, pressure = 3210.0;
    settings.outer_field = 1;
    settings.thermostat = &pel_thermostat_langevin;
    settings.thermostat_time_ps = 0.02;
    settings.temperature_K = temperature;
    settings.barostat = &pel_barostat_rescaling;
    settings.pressure_bar = pressure;
    settings.compressibility_per_bar = 1.0 / pressure;
    settings.barostat_time_ps = 0.3;
    settings.barostat_interval = 1;
    struct pel_md *md = matter_md(&m, s, &settings, 53);
    pel_md_draw_velocities(md, temperature);
    matter_run(md, 5000);
    const double want = 28.0 * PEL_KB * temperature / pressure * PEL_EV_PER_A3_BAR;
    struct blocks volume = {.size = 10000}, square = volume, excess = volume;
    for (int i = 0; i < 600000; i++) {
        matter_run(md, 1);
        const double v = md->structure->cell.volume / want;
        blocks_add(&volume, v);
        blocks_add(&square, (v - 1.0) * (v - 1.0) * 28.0);
        blocks_add(&excess, pel_md_pressure(md) / pressure - 1.0);
    }
    assert_true(blocks_error(&volume) < 0.01);
    if (!(fabs(blocks_mean(&volume) - 1.0) < 4.0 * blocks_error(&volume) + 0.005))
        fail_msg("volume %g +- %g", blocks_mean(&volume), blocks_error(&volume));
    assert_true(blocks_error(&square) < 0.05);
    if (!(fabs(blocks_mean(&square) - 1.0) < 4.0 * blocks_error(&square) + 0.01))
        fail_msg("variance %g +- %g", blocks_mean(&square), blocks_error(&square));
    if (!(fabs(blocks_mean(&excess)) < 4.0 * blocks_error(&excess) + 0.005))
        fail_msg("pressure off by %g +- %g", blocks_mean(&excess), blocks_error(&excess));
    pel_md_free(md);
    pel_structure_free(s);
}

/* A tilted crystal keeps its shape, its mean pressure comes to the target, and the volume
 * fluctuates as the ensemble of its barostat has it: dV/dP from two pressures. */
static void crystal_at(const struct pel_barostat *barostat, double pressure,
                       struct blocks *volume, struct blocks *excess)
{
    struct matter m = {.side = 3, .k = 2.3, .g = 9.7, .h = -2.9, .a = 2.71};
    struct pel_structure *s = matter_structure(m.side, 2.78, 0.13);
    struct pel_md_settings settings = pel_md_defaults();
    settings.thermostat_time_ps = 0.05;
    settings.temperature_K = 900.0;
    settings.thermostat = &pel_thermostat_langevin;
    settings.barostat = barostat;
    settings.pressure_bar = pressure;
    settings.barostat_time_ps = 0.4;
    settings.barostat_interval = 3;
    struct pel_md *md = matter_md(&m, s, &settings, 59);
    pel_md_draw_velocities(md, 1800.0);
    matter_run(md, 5000);
    for (int i = 0; i < 250000; i++) {
        matter_run(md, 1);
        blocks_add(volume, md->structure->cell.volume);
        blocks_add(excess, pel_md_pressure(md) - pressure);
    }
    const double scale = cbrt(md->structure->cell.volume / s->cell.volume);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            assert_true(fabs(md->structure->cell.h[a][b] - scale * s->cell.h[a][b]) <
                        1e-9);
    pel_md_free(md);
    pel_structure_free(s);
}

static void test_rescaling_holds_a_crystal(void **state)
{
    (void)state;
    const double pressure[2] = {-4000.0, 16000.0};
    struct blocks volume[2] = {{.size = 10000}, {.size = 10000}},
                  excess[2] = {{.size = 10000}, {.size = 10000}};
    for (int i = 0; i < 2; i++) {
        crystal_at(&pel_barostat_rescaling, pressure[i], &volume[i], &excess[i]);
        assert_true(blocks_error(&excess[i]) < 1000.0);
        if (!(fabs(blocks_mean(&excess[i])) < 4.0 * blocks_error(&excess[i])))
            fail_msg("pressure %g off by %g +- %g", pressure[i], blocks_mean(&excess[i]),
                     blocks_error(&excess[i]));
    }
    /* var V = -kT dV/dP, 4 sigma of some 25 % */
    const double slope = (blocks_mean(&volume[0]) - blocks_mean(&volume[1])) /
                         (pressure[1] - pressure[0]) * PEL_EV_PER_A3_BAR;
    const double want = PEL_KB * 900.0 * slope;
    const double found =
        0.5 * (blocks_variance(&volume[0]) + blocks_variance(&volume[1]));
    if (!(found > 0.75 * want && found < 1.33 * want))
        fail_msg("variance of the volume %g A^6, expected %g", found, want);
}

static void test_berendsen_brings_the_pressure(void **state)
{
    (void)state;
    struct blocks volume = {.size = 10000}, excess = {.size = 10000};
    crystal_at(&pel_barostat_berendsen, 7000.0, &volume, &excess);
    if (!(fabs(blocks_mean(&excess)) < 4.0 * blocks_error(&excess) + 20.0))
        fail_msg("off by %g +- %g bar", blocks_mean(&excess), blocks_error(&excess));
}

/* All of space is scaled about the cell's corner: atoms at rest keep their fractional
 * coordinates; free ones keep velocity times length under the method that preserves phase
 * space, and their velocity under the one that does not. */
static void test_what_is_scaled(void **state)
{
    (void)state;
    for (int moving = 0; moving < 2; moving++)
        for (size_t k = 1; pel_barostat_at(k) != NULL; k++) {
            struct matter m = {.side = 3};
            struct pel_structure *s = matter_structure(m.side, 2.78, 0.13);
            struct pel_md_settings settings = pel_md_defaults();
            settings.thermostat = &pel_thermostat_nve;
            settings.barostat = pel_barostat_at(k);
            settings.pressure_bar = 60000.0;
            struct pel_md *md = matter_md(&m, s, &settings, 79);
            if (moving) pel_md_draw_velocities(md, 500.0);
            const double v = md->structure->v[17];
            matter_run(md, 300);
            const double scale = cbrt(md->structure->cell.volume / s->cell.volume);
            assert_true(fabs(scale - 1.0) > 1e-3);
            const double power = k == 1 ? scale : 1.0;
            assert_true(fabs(md->structure->v[17] * power - v) <= 1e-11 * fabs(v));
            for (size_t i = 0; i < 3 * s->n && !moving; i++) {
                const double corner = s->cell.origin[i % 3];
                assert_true(fabs(md->structure->x[i] - corner -
                                 scale * (s->x[i] - corner)) < 1e-9);
            }
            pel_md_free(md);
            pel_structure_free(s);
        }
}

static void test_work_is_accounted_for(void **state)
{
    (void)state;
    struct matter m = {.side = 3, .k = 2.3, .g = 1.7, .h = -0.9, .a = 2.71};
    struct pel_structure *s = matter_structure(m.side, 2.78, 0.13);
    struct pel_md_settings settings = pel_md_defaults();
    settings.barostat = &pel_barostat_rescaling;
    struct pel_md *md = matter_md(&m, s, &settings, 61);
    pel_md_draw_velocities(md, 500.0);
    const double conserved = pel_md_conserved(md), energy = pel_md_total_energy(md);
    matter_run(md, 2000);
    assert_true(fabs(pel_md_total_energy(md) - energy) > 0.1);
    assert_true(fabs(pel_md_conserved(md) - conserved) < 0.01);
    pel_md_free(md);
    pel_structure_free(s);
}

static void test_a_collapse_is_an_error(void **state)
{
    (void)state;
    struct matter m = {.side = 3, .k = 2.3, .a = 2.71};
    struct pel_structure *s = matter_structure(m.side, 4.5, 0.0);
    struct pel_md_settings settings = pel_md_defaults();
    settings.barostat = &pel_barostat_berendsen;
    settings.barostat_time_ps = 1e-4;
    struct pel_md *md = matter_md(&m, s, &settings, 67);
    pel_md_draw_velocities(md, 300.0);
    struct pel_error err = {0};
    assert_int_equal(pel_md_run(md, 100, &err), PEL_ENOCONV);
    assert_non_null(strstr(err.text, "berendsen would scale the volume by"));
    pel_md_free(md);
    pel_structure_free(s);
}

static void test_names(void **state)
{
    (void)state;
    const struct pel_barostat *found = NULL;
    assert_int_equal(pel_barostat_find("cell-rescaling", &found, NULL), PEL_OK);
    assert_ptr_equal(found, &pel_barostat_rescaling);
    struct pel_error err = {0};
    assert_int_equal(pel_barostat_find("mtk", &found, &err), PEL_EARG);
    assert_null(found);
    assert_string_equal(err.text,
                        "unknown barostat \"mtk\", expected one of none, cell-rescaling, "
                        "berendsen");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rescaling_has_the_ideal_gas),
        cmocka_unit_test(test_rescaling_holds_a_crystal),
        cmocka_unit_test(test_berendsen_brings_the_pressure),
        cmocka_unit_test(test_what_is_scaled),
        cmocka_unit_test(test_work_is_accounted_for),
        cmocka_unit_test(test_a_collapse_is_an_error),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

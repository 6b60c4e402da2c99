#include "matter.h"

#include <pelrate/constants.h>

static const double temperature_K = 871.0;

/* Kinetic energy of the canonical distribution: mean g kT / 2, variance g (kT)^2 / 2, for
 * g degrees of freedom; the errors of both are measured from blocks. */
static void kinetic_is_canonical(const struct pel_thermostat *thermostat, double bias)
{
    struct matter m = {.side = 3, .k = 2.3, .g = 9.7, .h = -2.9, .a = 2.71};
    struct pel_structure *s = matter_structure(m.side, 2.71, 0.07);
    struct pel_md_settings settings = pel_md_defaults();
    settings.thermostat = thermostat;
    settings.temperature_K = temperature_K;
    settings.thermostat_time_ps = 0.05;
    settings.timestep_ps = 0.003;
    struct pel_md *md = matter_md(&m, s, &settings, 41);
    pel_md_draw_velocities(md, 2.0 * temperature_K);
    matter_run(md, 5000);
    const double unit = 0.5 * pel_md_degrees(md) * PEL_KB * temperature_K;
    struct blocks mean = {.size = 1500}, square = {.size = 1500};
    for (int i = 0; i < 60000; i++) {
        matter_run(md, 1);
        const double k = pel_md_kinetic_energy(md) / unit;
        blocks_add(&mean, k);
        blocks_add(&square, (k - 1.0) * (k - 1.0) * 0.5 * pel_md_degrees(md));
    }
    if (!(fabs(blocks_mean(&mean) - 1.0) < 4.0 * blocks_error(&mean) + bias))
        fail_msg("mean %g +- %g", blocks_mean(&mean), blocks_error(&mean));
    /* an error that is too large would let anything pass */
    assert_true(blocks_error(&mean) < 0.005);
    if (!(fabs(blocks_mean(&square) - 1.0) < 4.0 * blocks_error(&square) + bias))
        fail_msg("variance %g +- %g", blocks_mean(&square), blocks_error(&square));
    assert_true(blocks_error(&square) < 0.06);
    pel_md_free(md);
    pel_structure_free(s);
}

/* BAOAB's kinetic energy is low by (omega dt)^2 / 4: 2e-3 for the stiffest mode here. */
static void test_langevin_is_canonical(void **state)
{
    (void)state;
    kinetic_is_canonical(&pel_thermostat_langevin, 3e-3);
}

static void test_nose_hoover_is_canonical(void **state)
{
    (void)state;
    kinetic_is_canonical(&pel_thermostat_nose_hoover, 3e-3);
}

/* For harmonic wells BAOAB samples positions exactly at any time step (Leimkuhler &
 * Matthews 2013, Section 4): potential energy 3N kT / 2, with omega dt = 0.6 here, where
 * plain splittings are off by (omega dt)^2 / 4 = 9 % and more. */
static void test_baoab_has_exact_positions(void **state)
{
    (void)state;
    struct pel_structure *s = matter_structure(4, 2.71, 0.0);
    struct matter m = {.side = 4, .well = 5.9, .start = s->x};
    s->mass[1] = s->mass[0];
    struct pel_md_settings settings = pel_md_defaults();
    settings.thermostat = &pel_thermostat_langevin;
    settings.temperature_K = temperature_K;
    settings.outer_field = 1;
    settings.timestep_ps = 0.6 / sqrt(5.9 / (s->mass[0] * PEL_MVV_EV));
    settings.thermostat_time_ps = 3.0 * settings.timestep_ps;
    struct pel_md *md = matter_md(&m, s, &settings, 43);
    assert_true(pel_md_degrees(md) == 192.0);
    matter_run(md, 100);
    struct blocks potential = {.size = 200}, kinetic = {.size = 200};
    const double unit = 0.5 * 192 * PEL_KB * temperature_K;
    for (int i = 0; i < 40000; i++) {
        matter_run(md, 1);
        blocks_add(&potential, md->potential_energy / unit);
        blocks_add(&kinetic, pel_md_kinetic_energy(md) / unit);
    }
    assert_true(blocks_error(&potential) < 0.003);
    if (!(fabs(blocks_mean(&potential) - 1.0) < 4.0 * blocks_error(&potential)))
        fail_msg("potential %g +- %g", blocks_mean(&potential), blocks_error(&potential));
    const double want = 1.0 - 0.36 / 4.0;
    if (!(fabs(blocks_mean(&kinetic) - want) < 4.0 * blocks_error(&kinetic)))
        fail_msg("kinetic %g +- %g, expected %g", blocks_mean(&kinetic),
                 blocks_error(&kinetic), want);
    pel_md_free(md);
    pel_structure_free(s);
}

/* Largest change of the conserved quantity over 1 ps. */
static double conserved_error(const struct pel_thermostat *thermostat, double timestep_ps)
{
    struct matter m = {.side = 3, .k = 2.3, .g = 1.7, .h = -0.9, .a = 2.71};
    struct pel_structure *s = matter_structure(m.side, 2.73, 0.07);
    struct pel_md_settings settings = pel_md_defaults();
    settings.thermostat = thermostat;
    settings.temperature_K = temperature_K;
    settings.thermostat_time_ps = 0.05;
    settings.timestep_ps = timestep_ps;
    struct pel_md *md = matter_md(&m, s, &settings, 47);
    pel_md_draw_velocities(md, 611.0);
    const double start = pel_md_conserved(md);
    double worst = 0.0, energy = 0.0;
    const double before = pel_md_total_energy(md);
    for (int i = 0; i < (int)lround(1.0 / timestep_ps); i++) {
        matter_run(md, 1);
        worst = fmax(worst, fabs(pel_md_conserved(md) - start));
        energy = fmax(energy, fabs(pel_md_total_energy(md) - before));
    }
    /* the energy itself goes up and down by much more */
    assert_true(energy > 30.0 * worst);
    pel_md_free(md);
    pel_structure_free(s);
    return worst;
}

static void test_nose_hoover_conserves_to_order_two(void **state)
{
    (void)state;
    const double ratio = conserved_error(&pel_thermostat_nose_hoover, 0.004) /
                         conserved_error(&pel_thermostat_nose_hoover, 0.002);
    if (!(ratio > 3.6 && ratio < 4.4)) fail_msg("ratio %g, expected 4", ratio);
}

/* d/dt of the chain over free atoms (Martyna et al. 1996, Eq. (12)), for K and the three
 * speeds; masses g kT tau^2, kT tau^2, kT tau^2. */
static void chain_slope(const double y[4], double g, double kT, double tau,
                        double slope[4])
{
    const double Q[3] = {g * kT * tau * tau, kT * tau * tau, kT * tau * tau};
    slope[0] = -2.0 * y[1] * y[0];
    slope[1] = (2.0 * y[0] - g * kT) / Q[0] - y[1] * y[2];
    slope[2] = (Q[0] * y[1] * y[1] - kT) / Q[1] - y[2] * y[3];
    slope[3] = (Q[1] * y[2] * y[2] - kT) / Q[2];
}

static void test_nose_hoover_solves_its_equations(void **state)
{
    (void)state;
    struct matter m = {.side = 2};
    struct pel_structure *s = matter_structure(m.side, 2.73, 0.07);
    struct pel_md_settings settings = pel_md_defaults();
    settings.temperature_K = temperature_K;
    settings.thermostat_time_ps = 0.07;
    settings.timestep_ps = 0.001;
    struct pel_md *md = matter_md(&m, s, &settings, 71);
    pel_md_draw_velocities(md, 1700.0);
    const double g = pel_md_degrees(md), kT = PEL_KB * temperature_K;
    double y[4] = {pel_md_kinetic_energy(md), 0.0, 0.0, 0.0};
    matter_run(md, 400);

    const double h =
        2e-5; /* Runge and Kutta's fourth order: exact beside what is tested */
    for (int i = 0; i < 20000; i++) {
        double k[4][4], at[4];
        for (int stage = 0; stage < 4; stage++) {
            const double c = stage == 0 ? 0.0 : stage == 3 ? h : 0.5 * h;
            for (int j = 0; j < 4; j++)
                at[j] = y[j] + (stage > 0 ? c * k[stage - 1][j] : 0.0);
            chain_slope(at, g, kT, settings.thermostat_time_ps, k[stage]);
        }
        for (int j = 0; j < 4; j++)
            y[j] += h / 6.0 * (k[0][j] + 2.0 * k[1][j] + 2.0 * k[2][j] + k[3][j]);
    }
    const double kinetic = pel_md_kinetic_energy(md);
    if (!(fabs(kinetic / y[0] - 1.0) < 1e-4))
        fail_msg("K %g, expected %g", kinetic, y[0]);
    for (int j = 1; j < 4; j++)
        if (!(fabs(md->bath[2 + j] - y[j]) < 1e-3 * (1.0 + fabs(y[j]))))
            fail_msg("speed %d: %g, expected %g", j, md->bath[2 + j], y[j]);
    pel_md_free(md);
    pel_structure_free(s);
}

static void test_nose_hoover_runs_back(void **state)
{
    (void)state;
    struct matter m = {.side = 3, .k = 2.3, .g = 1.7, .h = -0.9, .a = 2.71};
    struct pel_structure *s = matter_structure(m.side, 2.73, 0.07);
    struct pel_md_settings settings = pel_md_defaults();
    settings.temperature_K = temperature_K;
    struct pel_md *md = matter_md(&m, s, &settings, 73);
    pel_md_draw_velocities(md, 611.0);
    matter_run(md, 150);
    for (size_t i = 0; i < 3 * s->n; i++)
        md->structure->v[i] = -md->structure->v[i];
    for (int k = 3; k < 6; k++)
        md->bath[k] = -md->bath[k];
    matter_run(md, 150);
    for (size_t i = 0; i < 3 * s->n; i++)
        assert_true(fabs(md->structure->x[i] - s->x[i]) < 1e-9);
    pel_md_free(md);
    pel_structure_free(s);
}

static void test_langevin_accounts_for_its_heat(void **state)
{
    (void)state;
    const double coarse = conserved_error(&pel_thermostat_langevin, 0.004);
    const double fine = conserved_error(&pel_thermostat_langevin, 0.002);
    /* two noises, hence only roughly four */
    if (!(coarse / fine > 2.0 && coarse / fine < 8.0))
        fail_msg("%g and %g", coarse, fine);
}

static void test_names(void **state)
{
    (void)state;
    const struct pel_thermostat *found = NULL;
    assert_int_equal(pel_thermostat_find("langevin", &found, NULL), PEL_OK);
    assert_ptr_equal(found, &pel_thermostat_langevin);
    struct pel_error err = {0};
    assert_int_equal(pel_thermostat_find("andersen", &found, &err), PEL_EARG);
    assert_null(found);
    assert_string_equal(err.text, "unknown thermostat \"andersen\", expected one of nve, "
                                  "langevin, nose-hoover");
    for (size_t k = 0; pel_thermostat_at(k) != NULL; k++) {
        assert_true(strlen(pel_thermostat_at(k)->doc) > 20);
        assert_true(strlen(pel_thermostat_at(k)->references) > 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_langevin_is_canonical),
        cmocka_unit_test(test_nose_hoover_is_canonical),
        cmocka_unit_test(test_baoab_has_exact_positions),
        cmocka_unit_test(test_nose_hoover_conserves_to_order_two),
        cmocka_unit_test(test_nose_hoover_solves_its_equations),
        cmocka_unit_test(test_nose_hoover_runs_back),
        cmocka_unit_test(test_langevin_accounts_for_its_heat),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

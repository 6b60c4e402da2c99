#include "atoms_common.h"

#include <pelrate/constants.h>
#include <pelrate/minimise.h>

#include "atoms/relax_priv.h"

static struct pel_forces *forces_of(const struct pel_potential *p,
                                    const struct pel_structure *s)
{
    struct pel_error err = {0};
    struct pel_forces *forces = NULL;
    ASSERT_OK(pel_forces_create(p, s, 0.5, &forces, &err), err);
    return forces;
}

static double energy_at(struct pel_forces *forces, const struct pel_cell *cell,
                        const double x[])
{
    struct pel_error err = {0};
    struct pel_forces_result result = {0};
    ASSERT_OK(pel_forces_evaluate(forces, cell, x, &result, &err), err);
    return result.energy;
}

/* Dense enough that no void lets the pressure vanish by itself. */
static const double DENSE[3][3] = {{9.7, 0.0, 0.0}, {2.9, 9.3, 0.0}, {-2.7, 3.3, 9.1}};

/* Energy of one atom in a face-centred cubic crystal of lattice constant a. */
static double fcc(const struct pel_potential *p, double a, struct pel_structure **out)
{
    const double h[3][3] = {
        {0.0, 0.5 * a, 0.5 * a}, {0.5 * a, 0.0, 0.5 * a}, {0.5 * a, 0.5 * a, 0.0}};
    struct pel_structure *s = random_structure(1, h, 0.0, 1);
    s->type[0] = 1;
    struct pel_forces *forces = forces_of(p, s);
    const double energy = energy_at(forces, &s->cell, s->x);
    pel_forces_free(forces);
    if (out != NULL)
        *out = s;
    else
        pel_structure_free(s);
    return energy;
}

/* The lattice constant of lowest energy, by golden section. */
static double best_fcc(const struct pel_potential *p, double low, double high)
{
    const double golden = 0.5 * (sqrt(5.0) - 1.0);
    while (high - low > 1e-7) {
        const double a = high - golden * (high - low), b = low + golden * (high - low);
        if (fcc(p, a, NULL) < fcc(p, b, NULL))
            high = b;
        else
            low = a;
    }
    return 0.5 * (low + high);
}

static void isotropic_finds_the_lattice_constant(void **state)
{
    struct pel_potential *p = *state;
    struct pel_minimise_settings settings = pel_minimise_defaults();
    struct pel_minimise_report report;
    struct pel_error err = {0};
    struct pel_structure *s;
    const double a = best_fcc(p, 3.0, 5.0);
    fcc(p, 1.04 * a, &s);
    struct pel_forces *forces = forces_of(p, s);
    ASSERT_OK(pel_minimise_structure(forces, s, PEL_RELAX_ISOTROPIC, 0.1, &settings,
                                     &report, &err),
              err);
    assert_true(report.converged);
    ASSERT_NEAR(cbrt(4.0 * s->cell.volume), a, 1e-5);
    ASSERT_NEAR(s->cell.h[0][0], 0.0, 0.0);
    ASSERT_NEAR(s->cell.h[2][1], s->cell.h[0][2], 1e-14);
    ASSERT_NEAR(
        (report.pressure_bar[0] + report.pressure_bar[1] + report.pressure_bar[2]) / 3,
        0.0, 0.1);
    pel_forces_free(forces);
    pel_structure_free(s);
}

/* A glass: pressures vanish component by component; the energy is below that of every
 * cell strained a little from it, and the same strain is what each pressure was the slope
 * of. */
static void full_relaxes_every_component(void **state)
{
    struct pel_potential *p = *state;
    for (int m = 0; m < 2; m++) {
        struct pel_minimise_settings settings = pel_minimise_defaults();
        struct pel_minimise_report report;
        struct pel_error err = {0};
        struct pel_structure *s = random_structure(60, DENSE, 1.8, 111);
        struct pel_forces *forces = forces_of(p, s);
        settings.method = m == 0 ? "lbfgs" : "fire";
        settings.force_tolerance = 1e-6;
        settings.max_evaluations = 40000;
        ASSERT_OK(pel_minimise_structure(forces, s, PEL_RELAX_FULL, 0.1, &settings,
                                         &report, &err),
                  err);
        assert_true(report.converged && report.max_force < 1.1e-6);
        for (int c = 0; c < 6; c++)
            ASSERT_NEAR(report.pressure_bar[c], 0.0, 0.11);
        ASSERT_NEAR(s->cell.origin[1], 2.21, 0.0);
        const double lowest = energy_at(forces, &s->cell, s->x);
        ASSERT_NEAR(report.energy, lowest, 1e-10);
        double *x = calloc(3 * s->n, sizeof *x);
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++)
                for (int sign = -1; sign <= 1; sign += 2) {
                    const double e = sign * 1e-3;
                    struct pel_cell cell;
                    double h[3][3];
                    memcpy(h, s->cell.h, sizeof h);
                    for (int k = 0; k < 3; k++)
                        h[k][b] += e * s->cell.h[k][a];
                    ASSERT_OK(
                        pel_cell_init(&cell, (const double(*)[3])h, s->cell.origin, &err),
                        err);
                    memcpy(x, s->x, 3 * s->n * sizeof *x);
                    for (size_t i = 0; i < s->n; i++)
                        x[3 * i + b] += e * (s->x[3 * i + a] - s->cell.origin[a]);
                    assert_true(energy_at(forces, &cell, x) > lowest);
                }
        free(x);
        pel_forces_free(forces);
        pel_structure_free(s);
    }
}

/* Each freedom more can only lower the energy, from one and the same minimum. */
static void more_freedom_less_energy(void **state)
{
    struct pel_potential *p = *state;
    struct pel_minimise_settings settings = pel_minimise_defaults();
    struct pel_minimise_report report[3];
    struct pel_error err = {0};
    struct pel_structure *s = random_structure(60, DENSE, 1.8, 121);
    struct pel_forces *forces = forces_of(p, s);
    static const enum pel_relax_cell steps[] = {PEL_RELAX_FIXED, PEL_RELAX_ISOTROPIC,
                                                PEL_RELAX_FULL};
    double h[3][3];
    memcpy(h, s->cell.h, sizeof h);
    for (int k = 0; k < 3; k++) {
        ASSERT_OK(
            pel_minimise_structure(forces, s, steps[k], 1.0, &settings, &report[k], &err),
            err);
        const double ratio = s->cell.h[0][0] / h[0][0];
        if (k == 0) assert_memory_equal(s->cell.h, h, sizeof h);
        if (k == 1)
            for (int i = 0; i < 9; i++)
                ASSERT_NEAR((&s->cell.h[0][0])[i], ratio * (&h[0][0])[i], 1e-12);
    }
    assert_true(report[1].energy < report[0].energy - 1e-3);
    assert_true(report[2].energy < report[1].energy - 1e-3);
    pel_forces_free(forces);
    pel_structure_free(s);
}

static void refuses_and_reports(void **state)
{
    struct pel_potential *p = *state;
    struct pel_minimise_settings settings = pel_minimise_defaults();
    struct pel_minimise_report report;
    struct pel_error err;
    struct pel_structure *s = random_structure(60, DENSE, 1.8, 131);
    struct pel_structure *other = random_structure(50, TILTED, 1.9, 131);
    struct pel_forces *forces = forces_of(p, s);
    assert_int_equal(pel_minimise_structure(forces, other, PEL_RELAX_FULL, 1.0, &settings,
                                            &report, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "forces of 60 atoms for a structure of 50");
    assert_int_equal(
        pel_minimise_structure(forces, s, PEL_RELAX_FULL, 0.0, &settings, &report, &err),
        PEL_EARG);
    assert_string_equal(err.text, "pressure tolerance is 0 bar, expected > 0");
    settings.max_evaluations = 12;
    const double before = energy_at(forces, &s->cell, s->x);
    assert_int_equal(
        pel_minimise_structure(forces, s, PEL_RELAX_FULL, 1.0, &settings, &report, &err),
        PEL_ENOCONV);
    assert_int_equal(report.stop, PEL_MINIMISE_EVALUATIONS);
    assert_true(report.energy < before);
    ASSERT_NEAR(energy_at(forces, &s->cell, s->x), report.energy, 1e-9);
    pel_forces_free(forces);
    pel_structure_free(s);
    pel_structure_free(other);
}

/* Positions and strains against central differences, away from the starting cell. */
static void gradient_is_the_derivative(void **state)
{
    struct pel_potential *p = *state;
    struct pel_structure *s = random_structure(30, DENSE, 2.0, 141);
    struct pel_forces *forces = forces_of(p, s);
    struct pel_error err = {0};
    const size_t n3 = 3 * s->n;
    double *y = calloc(n3 + 6, sizeof *y), *g = calloc(n3 + 6, sizeof *g);
    double *unused = calloc(n3 + 6, sizeof *unused), *x = calloc(n3, sizeof *x);
    for (int strains = 1; strains <= 6; strains += 5) {
        struct pel_strained strained = {.forces = forces,
                                        .cell = &s->cell,
                                        .n = s->n,
                                        .strains = strains,
                                        .scale = 7.3,
                                        .x = x};
        double energy, up, down;
        memcpy(y, s->x, n3 * sizeof *y);
        for (int k = 0; k < strains; k++)
            y[n3 + k] = 0.1 * sin(3.0 + 2.0 * k);
        ASSERT_OK(pel_strained_evaluate(&strained, y, &energy, g, &err), err);
        for (size_t i = 0; i < n3 + strains;
             i = i < n3 && i + 7 >= n3 ? n3 : i + (i < n3 ? 7 : 1)) {
            const double was = y[i], step = 1e-4;
            y[i] = was + step;
            ASSERT_OK(pel_strained_evaluate(&strained, y, &up, unused, &err), err);
            y[i] = was - step;
            ASSERT_OK(pel_strained_evaluate(&strained, y, &down, unused, &err), err);
            y[i] = was;
            ASSERT_NEAR(g[i], (up - down) / (2.0 * step), 2e-6);
            if (i >= n3) assert_true(fabs(g[i]) > 1e-3); /* or it tests nothing */
        }
    }
    free(y);
    free(g);
    free(unused);
    free(x);
    pel_forces_free(forces);
    pel_structure_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(isotropic_finds_the_lattice_constant),
        cmocka_unit_test(full_relaxes_every_component),
        cmocka_unit_test(more_freedom_less_energy),
        cmocka_unit_test(gradient_is_the_derivative),
        cmocka_unit_test(refuses_and_reports),
    };
    return cmocka_run_group_tests(tests, form_set_up, form_tear_down);
}

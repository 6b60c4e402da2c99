#include <pelrate/composition.h>
#include <pelrate/constants.h>
#include <pelrate/quench.h>
#include <pelrate/swap.h>

#include <math.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cuzr.h"

static struct pel_structure *alloy(const struct pel_potential *p, const char *composition,
                                   size_t n)
{
    struct pel_composition c;
    struct pel_structure *s = NULL;
    struct pel_random random;
    pel_random_init(&random, 89, 0, 0);
    assert_int_equal(pel_composition_parse(composition, &c, NULL), PEL_OK);
    assert_int_equal(pel_composition_structure(&c, n, 18.0, p, &random, &s, NULL),
                     PEL_OK);
    return s;
}

struct liquid {
    struct pel_forces *forces;
    struct pel_exchange *exchange;
    struct pel_md *md;
    struct pel_random random;
};

/* A liquid at constant volume, made from a structure. */
static struct liquid liquid(const struct pel_potential *p, const struct pel_structure *s,
                            double temperature_K, uint64_t seed)
{
    struct liquid l = {0};
    struct pel_error err = {0};
    struct pel_md_settings settings = pel_md_defaults();
    settings.thermostat = &pel_thermostat_langevin;
    settings.temperature_K = temperature_K;
    pel_random_init(&l.random, seed, 0, 0);
    assert_int_equal(pel_forces_create(p, s, 0.6, &l.forces, &err), PEL_OK);
    assert_int_equal(pel_exchange_create(p, s, &l.exchange, &err), PEL_OK);
    assert_int_equal(
        pel_md_create(pel_md_forces_of(l.forces), s, &settings, &l.random, &l.md, &err),
        PEL_OK);
    pel_md_draw_velocities(l.md, temperature_K);
    return l;
}

static void release(struct liquid *l)
{
    pel_md_free(l->md);
    pel_exchange_free(l->exchange);
    pel_forces_free(l->forces);
}

/* Two atoms of a dimer cannot tell which is where: every exchange costs nothing and is
 * accepted. What a pass does to a trajectory, then, in numbers. */
static void test_the_books(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *s = alloy(p, "Cu50Zr50", 2);
    struct liquid l = liquid(p, s, 700.0, 3);
    struct pel_error err = {0};
    struct pel_swap_count count = {5, 3};
    const double kinetic = pel_md_kinetic_energy(l.md),
                 conserved = pel_md_conserved(l.md);
    double x[6], v[6];
    memcpy(x, l.md->structure->x, sizeof x);
    memcpy(v, l.md->structure->v, sizeof v);
    assert_int_equal(pel_swap_run(l.md, l.exchange, 7, &l.random, &count, &err), PEL_OK);
    assert_int_equal(count.tried, 12);
    assert_int_equal(count.accepted, 10);
    /* an odd number of exchanges: the two have changed places, with their velocities */
    assert_memory_equal(l.md->structure->x, x + 3, 3 * sizeof *x);
    assert_memory_equal(l.md->structure->x + 3, x, 3 * sizeof *x);
    assert_memory_equal(l.md->structure->v, v, sizeof v);
    assert_true(pel_md_kinetic_energy(l.md) == kinetic);
    assert_true(fabs(pel_md_conserved(l.md) - conserved) < 1e-10);
    release(&l);
    pel_structure_free(s);
    pel_potential_free(p);
}

/* A pass of many tries: energy and forces are those of the new places, the work is what
 * was put in, momentum and temperature stay. */
static void test_a_pass_keeps_its_promises(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *s = alloy(p, "Cu56Zr44", 108);
    struct liquid l = liquid(p, s, 2000.0, 5);
    struct pel_error err = {0};
    assert_int_equal(pel_md_run(l.md, 300, &err), PEL_OK);
    struct pel_swap_count count = {0};
    const double kinetic = pel_md_kinetic_energy(l.md),
                 conserved = pel_md_conserved(l.md);
    const double before = l.md->potential_energy;
    assert_int_equal(pel_swap_run(l.md, l.exchange, 2000, &l.random, &count, &err),
                     PEL_OK);
    assert_int_equal(count.tried, 2000);
    assert_in_range(count.accepted, 5, 400);
    assert_true(pel_md_kinetic_energy(l.md) == kinetic);
    assert_true(fabs(l.md->potential_energy - before) > 1e-3);
    assert_true(fabs(pel_md_conserved(l.md) - conserved) < 1e-9);

    struct pel_forces *fresh = NULL;
    double force[324];
    struct pel_forces_result r = {.force = force};
    assert_int_equal(pel_forces_create(p, l.md->structure, 0.3, &fresh, &err), PEL_OK);
    assert_int_equal(
        pel_forces_evaluate(fresh, &l.md->structure->cell, l.md->structure->x, &r, &err),
        PEL_OK);
    assert_true(fabs(r.energy - l.md->potential_energy) < 1e-9);
    for (int i = 0; i < 324; i++)
        assert_true(fabs(force[i] - l.md->force[i]) < 1e-9);
    pel_forces_free(fresh);
    release(&l);
    pel_structure_free(s);
    pel_potential_free(p);
}

/* Mean and its standard error from ten blocks. */
static void block_mean(int n, const double values[], double *mean, double *error)
{
    double block[10] = {0}, sum = 0.0, squares = 0.0;
    for (int i = 0; i < n; i++)
        block[10 * i / n] += 10.0 * values[i] / n;
    for (int b = 0; b < 10; b++)
        sum += block[b] / 10.0;
    for (int b = 0; b < 10; b++)
        squares += (block[b] - sum) * (block[b] - sum);
    *mean = sum;
    *error = sqrt(squares / 90.0);
}

/* In a hot liquid, which dynamics alone equilibrates too, exchanges change no mean:
 * detailed balance. Accepting what should be refused raises the energy at once. */
static void test_the_ensemble_is_the_same(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *s = alloy(p, "Cu56Zr44", 61);
    double mean[2], error[2];
    for (int swaps = 0; swaps < 2; swaps++) {
        struct liquid l = liquid(p, s, 2400.0, 7);
        struct pel_error err = {0};
        struct pel_swap_count count = {0};
        enum { ROWS = 500 };
        double energy[ROWS];
        assert_int_equal(pel_md_run(l.md, 1500, &err), PEL_OK);
        for (int k = 0; k < ROWS; k++) {
            assert_int_equal(pel_md_run(l.md, 20, &err), PEL_OK);
            if (swaps)
                assert_int_equal(
                    pel_swap_run(l.md, l.exchange, 60, &l.random, &count, &err), PEL_OK);
            energy[k] = l.md->potential_energy;
        }
        block_mean(ROWS, energy, &mean[swaps], &error[swaps]);
        if (swaps) assert_true(count.accepted > 300);
        release(&l);
    }
    print_message("%.3f +- %.3f eV without, %.3f +- %.3f with exchanges\n", mean[0],
                  error[0], mean[1], error[1]);
    assert_true(error[0] < 0.5 && error[1] < 0.5);
    assert_true(fabs(mean[1] - mean[0]) <
                4.0 * sqrt(error[0] * error[0] + error[1] * error[1]));
    pel_structure_free(s);
    pel_potential_free(p);
}

static void test_errors(void **state)
{
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    struct pel_structure *s = alloy(p, "Cu50Zr50", 8);
    struct pel_structure *other = alloy(p, "Cu50Zr50", 10);
    struct liquid l = liquid(p, s, 700.0, 11), m = liquid(p, other, 700.0, 11);
    struct pel_swap_count count = {0};
    struct pel_error err = {0};
    assert_int_equal(pel_swap_run(l.md, m.exchange, 7, &l.random, &count, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "exchanges of 10 atoms, the trajectory has 8");
    l.md->settings.temperature_K = 0.0;
    assert_int_equal(pel_swap_run(l.md, l.exchange, 7, &l.random, &count, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "exchanges need a temperature above 0 K, got 0 K");
    for (size_t i = 0; i < 8; i++)
        l.md->structure->type[i] = 1;
    l.md->settings.temperature_K = 700.0;
    assert_int_equal(pel_swap_run(l.md, l.exchange, 7, &l.random, &count, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "exchanges need two species, all atoms are Zr");
    assert_int_equal(count.tried, 0);
    release(&l);
    release(&m);
    pel_structure_free(s);
    pel_structure_free(other);
    pel_potential_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_books),
        cmocka_unit_test(test_a_pass_keeps_its_promises),
        cmocka_unit_test(test_the_ensemble_is_the_same),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

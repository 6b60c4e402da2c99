#include <pelrate/exchange.h>

#include "atoms_common.h"

#include "../cuzr.h"

/* Energy of a structure with its atoms at given places, under the full forces. */
static double energy_of(const struct pel_potential *potential,
                        const struct pel_structure *s, const double x[])
{
    struct pel_error err = {0};
    struct pel_forces *forces = NULL;
    struct pel_forces_result result = {0};
    ASSERT_OK(pel_forces_create(potential, s, 0.0, &forces, &err), err);
    ASSERT_OK(pel_forces_evaluate(forces, &s->cell, x, &result, &err), err);
    pel_forces_free(forces);
    return result.energy;
}

/* Many exchanges, like and unlike, kept and not, each against two full evaluations. */
static void agrees(const struct pel_potential *potential, const struct pel_structure *s,
                   int n_tries, uint64_t seed)
{
    struct pel_error err = {0};
    struct pel_exchange *exchange = NULL;
    struct pel_random random;
    pel_random_init(&random, seed, 1, 2);
    ASSERT_OK(pel_exchange_create(potential, s, &exchange, &err), err);
    assert_int_equal(pel_exchange_atoms(exchange), s->n);
    ASSERT_OK(pel_exchange_place(exchange, &s->cell, s->x, &err), err);
    double *now = malloc(3 * s->n * sizeof *now), *then = malloc(3 * s->n * sizeof *now);
    memcpy(now, s->x, 3 * s->n * sizeof *now);
    double energy = energy_of(potential, s, now), changed = 0.0;
    for (int k = 0; k < n_tries; k++) {
        const size_t i = pel_random_below(&random, s->n);
        size_t j = pel_random_below(&random, s->n - 1);
        if (j >= i) j++;
        const double cost = pel_exchange_try(exchange, i, j);
        const size_t a = pel_exchange_atom(exchange, i),
                     b = pel_exchange_atom(exchange, j);
        memcpy(then, now, 3 * s->n * sizeof *now);
        memcpy(&then[3 * a], &now[3 * b], 3 * sizeof *now);
        memcpy(&then[3 * b], &now[3 * a], 3 * sizeof *now);
        const double after = energy_of(potential, s, then);
        ASSERT_NEAR(cost, after - energy, 1e-10);
        changed = fmax(changed, fabs(cost));
        if (k % 3 != 1) continue;
        pel_exchange_keep(exchange);
        assert_int_equal(pel_exchange_atom(exchange, i), b);
        memcpy(now, then, 3 * s->n * sizeof *now);
        energy = after;
    }
    /* the books say who stands where, whatever was tried in vain */
    for (size_t place = 0; place < s->n; place++)
        assert_memory_equal(&now[3 * pel_exchange_atom(exchange, place)],
                            &s->x[3 * place], 3 * sizeof *now);
    assert_true(changed > 0.1);
    /* placed again, everything is as at the start */
    ASSERT_OK(pel_exchange_place(exchange, &s->cell, s->x, &err), err);
    for (size_t place = 0; place < s->n; place++)
        assert_int_equal(pel_exchange_atom(exchange, place), place);
    free(now);
    free(then);
    pel_exchange_free(exchange);
}

static void test_differences_are_those_of_the_full_energy(void **state)
{
    (void)state;
    struct pel_potential *potential = form_potential();
    struct pel_structure *s = random_structure(61, TILTED, 1.7, 3);
    agrees(potential, s, 60, 11);
    pel_structure_free(s);
    pel_potential_free(potential);
}

/* Every atom sees itself and the others several times. */
static void test_a_cell_smaller_than_the_range(void **state)
{
    (void)state;
    struct pel_potential *potential = form_potential();
    const double h[3][3] = {{4.1, 0.0, 0.0}, {0.9, 3.7, 0.0}, {-0.7, 0.3, 4.9}};
    struct pel_structure *s = random_structure(5, h, 1.3, 7);
    s->type[0] = 0;
    s->type[1] = 1;
    agrees(potential, s, 60, 13);
    pel_structure_free(s);
    pel_potential_free(potential);
}

static void test_a_metal(void **state)
{
    (void)state;
    struct pel_potential *potential = cuzr_potential(2);
    struct pel_structure *s = cuzr_structure("s500_melt");
    agrees(potential, s, 30, 17);
    pel_structure_free(s);
    pel_potential_free(potential);
}

static void test_errors(void **state)
{
    (void)state;
    struct pel_potential *potential = form_potential();
    struct pel_structure *s = random_structure(17, TILTED, 1.7, 5);
    struct pel_exchange *exchange = NULL;
    struct pel_error err = {0};
    strcpy(s->species[1], "Xx");
    s->type[3] = 1;
    for (size_t i = 0; i < 3; i++)
        s->type[i] = 0;
    exchange = (struct pel_exchange *)&err;
    assert_int_equal(pel_exchange_create(potential, s, &exchange, &err), PEL_EARG);
    assert_null(exchange);
    assert_string_equal(err.text, "atom 11 is Xx, which the potential does not have");
    strcpy(s->species[1], "Bb");
    ASSERT_OK(pel_exchange_create(potential, s, &exchange, &err), err);
    s->x[7] = NAN;
    assert_int_equal(pel_exchange_place(exchange, &s->cell, s->x, &err), PEL_EARG);
    assert_string_equal(err.text, "position of atom 8 is not finite");
    pel_exchange_free(exchange);
    pel_exchange_free(NULL);
    pel_structure_free(s);
    pel_potential_free(potential);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_differences_are_those_of_the_full_energy),
        cmocka_unit_test(test_a_cell_smaller_than_the_range),
        cmocka_unit_test(test_a_metal),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

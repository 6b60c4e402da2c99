#include "atoms_common.h"

#include "../cuzr.h"

#include <pelrate/local.h>

/* Local forces against those of the whole cell. */

struct both {
    struct pel_structure *s;
    struct pel_forces *whole;
    struct pel_local *local;
    double *x, *force;    /* [3n] */
    double *y, *gradient; /* [3 n_moving] */
    size_t *moving, n_moving;
    double reference; /* of the whole cell [eV] */
};

static double whole_energy(struct both *b)
{
    struct pel_error err = {0};
    struct pel_forces_result result = {.force = b->force};
    ASSERT_OK(pel_forces_evaluate(b->whole, &b->s->cell, b->x, &result, &err), err);
    return result.energy;
}

static double local_energy(struct both *b)
{
    struct pel_error err = {0};
    const struct pel_surface *surface = pel_local_surface(b->local);
    double energy;
    for (size_t k = 0; k < b->n_moving; k++)
        memcpy(b->y + 3 * k, b->x + 3 * b->moving[k], 3 * sizeof *b->x);
    assert_int_equal(surface->n, 3 * b->n_moving);
    ASSERT_OK(surface->evaluate(surface->context, b->y, &energy, b->gradient, &err), err);
    return energy;
}

/* Both, of a structure that this owns from now on; atoms first, first + step, ... move. */
static struct both both_of(const struct pel_potential *p, struct pel_structure *s,
                           size_t first, size_t step, size_t n_moving, double skin)
{
    struct pel_error err = {0};
    struct both b = {.s = s, .n_moving = n_moving};
    b.x = malloc(3 * s->n * sizeof *b.x);
    b.force = malloc(3 * s->n * sizeof *b.force);
    b.y = malloc(3 * n_moving * sizeof *b.y);
    b.gradient = malloc(3 * n_moving * sizeof *b.gradient);
    b.moving = malloc(n_moving * sizeof *b.moving);
    memcpy(b.x, s->x, 3 * s->n * sizeof *b.x);
    for (size_t k = 0; k < n_moving; k++)
        b.moving[k] = first + k * step;
    assert_true(b.moving[n_moving - 1] < s->n);
    ASSERT_OK(pel_forces_create(p, s, skin, &b.whole, &err), err);
    ASSERT_OK(pel_local_create(p, s, b.x, n_moving, b.moving, skin, &b.local, &err), err);
    b.reference = whole_energy(&b);
    return b;
}

static void discard(struct both *b)
{
    pel_local_free(b->local);
    pel_forces_free(b->whole);
    pel_structure_free(b->s);
    free(b->x);
    free(b->force);
    free(b->y);
    free(b->gradient);
    free(b->moving);
}

/* scale: of the sums of energies that are compared [eV]. */
static void agree(struct both *b, double tolerance)
{
    const double whole = whole_energy(b) - b->reference;
    ASSERT_NEAR(local_energy(b), whole, tolerance);
    for (size_t k = 0; k < b->n_moving; k++)
        for (size_t c = 0; c < 3; c++)
            ASSERT_NEAR(b->gradient[3 * k + c], -b->force[3 * b->moving[k] + c],
                        tolerance);
}

static void move(struct both *b, double size, struct pel_random *random)
{
    for (size_t k = 0; k < b->n_moving; k++)
        for (size_t c = 0; c < 3; c++)
            b->x[3 * b->moving[k] + c] =
                b->s->x[3 * b->moving[k] + c] + size * pel_random_normal(random);
}

/* Energies, gradients and zero of a few sets of moving atoms; the tolerance is that of
 * the whole cell's energy, whose last digit is 1e-13 of it. */
static void check(const struct pel_potential *p, const struct pel_structure *like,
                  size_t first, size_t step, size_t n_moving, double size,
                  double tolerance)
{
    struct pel_error err = {0};
    struct pel_random random;
    struct pel_structure *s = NULL;
    pel_random_init(&random, 17, first, step);
    ASSERT_OK(pel_structure_copy(like, &s, &err), err);
    struct both b = both_of(p, s, first, step, n_moving, 0.5);
    assert_int_equal(pel_local_calls(b.local), 0);
    ASSERT_NEAR(local_energy(&b), 0.0, 1e-11);
    assert_int_equal(pel_local_calls(b.local), 1);
    agree(&b, tolerance);
    for (int k = 0; k < 4; k++) {
        move(&b, size, &random);
        agree(&b, tolerance);
    }
    discard(&b);
}

/* Cells of every kind: large, and so small that an atom sees itself several times. */
static void equals_the_whole_cell(void **state)
{
    static const double small[3][3] = {{5.1, 0.4, 0.0},
                                       {1.9, 5.3, 0.0},
                                       {-1.7, 1.3, 4.9}},
                        tiny[3][3] = {{2.9, 0.0, 0.0}, {0.3, 2.7, 0.0}, {-0.4, 0.5, 2.8}},
                        large[3][3] = {
                            {29.0, 0.0, 0.0}, {6.9, 17.3, 0.0}, {-8.7, 2.3, 15.9}};
    struct pel_structure *s = random_structure(60, TILTED, 1.9, 51);
    check(*state, s, 7, 1, 1, 0.1, 1e-10);
    check(*state, s, 3, 11, 5, 0.1, 1e-10);
    check(*state, s, 0, 1, 60, 0.05, 1e-10);
    pel_structure_free(s);
    s = random_structure(5, small, 1.9, 52);
    check(*state, s, 2, 1, 1, 0.2, 1e-10);
    check(*state, s, 0, 2, 3, 0.1, 1e-10);
    check(*state, s, 0, 1, 5, 0.1, 1e-10);
    pel_structure_free(s);
    s = random_structure(1, tiny, 1.9, 53);
    check(*state, s, 0, 1, 1, 0.3, 1e-10);
    pel_structure_free(s);
    s = random_structure(300, large, 1.9, 54);
    check(*state, s, 30, 1, 1, 0.1, 1e-10);
    check(*state, s, 100, 3, 40, 0.1, 1e-10);
    pel_structure_free(s);
}

/* Against its own energies. */
static void gradient_is_the_slope(void **state)
{
    struct both b = both_of(*state, random_structure(60, TILTED, 1.9, 61), 1, 5, 12, 0.4);
    const double step = 1e-4;
    double at[36];
    local_energy(&b);
    memcpy(at, b.gradient, sizeof at);
    for (size_t i = 0; i < 36; i++) {
        double *x = &b.x[3 * b.moving[i / 3] + i % 3];
        const double was = *x;
        *x = was + step;
        const double up = local_energy(&b);
        *x = was - step;
        const double down = local_energy(&b);
        *x = was;
        ASSERT_NEAR(at[i], (up - down) / (2.0 * step), 1e-6);
    }
    discard(&b);
}

/* An atom that wanders through the whole cell and out of it: new standing atoms come into
 * sight, old ones are left behind, and the energy stays that of the whole cell. */
static void follows_an_atom_that_leaves(void **state)
{
    static const double large[3][3] = {
        {23.0, 0.0, 0.0}, {4.9, 22.3, 0.0}, {-3.7, 5.3, 21.9}};
    struct both b = both_of(*state, random_structure(120, large, 2.6, 71), 40, 1, 2, 0.3);
    double last = 0.0;
    size_t steps = 0;
    for (double t = 0.0; t < 30.0; t += 0.05) {
        b.x[120] = b.s->x[120] + t;
        b.x[121] = b.s->x[121] + 0.3 * t;
        b.x[122] = b.s->x[122] - 0.6 * t;
        struct pel_forces_result result = {.force = b.force};
        struct pel_error err = {0};
        /* On its way it runs into others, which is no test of anything. */
        if (pel_forces_evaluate(b.whole, &b.s->cell, b.x, &result, &err) != PEL_OK)
            continue;
        if (fabs(result.energy - b.reference) > 1e3) continue;
        agree(&b, 1e-9);
        last = result.energy - b.reference;
        steps++;
    }
    assert_true(steps > 400);
    assert_true(fabs(last) > 1e-3);
    memcpy(b.x, b.s->x, 3 * b.s->n * sizeof *b.x);
    ASSERT_NEAR(local_energy(&b), 0.0, 1e-10);
    discard(&b);
}

/* Few atoms in a large cell cost little, all cost all; fewer cost less. */
static void share_of_the_pairs(void **state)
{
    static const double large[3][3] = {
        {29.0, 0.0, 0.0}, {0.0, 29.0, 0.0}, {0.0, 0.0, 29.0}};
    static const size_t numbers[] = {1, 30, 600, 1000};
    struct pel_structure *like = random_structure(1000, large, 1.9, 81);
    double last = 0.0;
    for (size_t k = 0; k < 4; k++) {
        struct pel_error err = {0};
        struct pel_structure *s = NULL;
        ASSERT_OK(pel_structure_copy(like, &s, &err), err);
        struct both b = both_of(*state, s, 0, 1, numbers[k], 0.3);
        const double share = pel_local_share(b.local);
        assert_true(share > last);
        last = share;
        /* A pair is missing only if both its atoms stand. */
        const double still = 1.0 - (double)numbers[k] / 1000.0;
        ASSERT_NEAR(share, 1.0 - still * still, 0.03);
        discard(&b);
    }
    ASSERT_NEAR(last, 1.0, 1e-12);
    pel_structure_free(like);
}

static void refuses_impossible_input(void **state)
{
    struct pel_potential *p = *state;
    struct pel_structure *s = random_structure(30, TILTED, 1.5, 95);
    struct pel_error err;
    struct pel_local *local = NULL;
    static const size_t good[] = {3, 12}, high[] = {3, 30}, twice[] = {12, 12},
                        down[] = {12, 3};
    assert_int_equal(pel_local_create(p, s, s->x, 0, good, 0.5, &local, &err), PEL_EARG);
    assert_string_equal(err.text, "no atom moves");
    assert_int_equal(pel_local_create(p, s, s->x, 2, high, 0.5, &local, &err), PEL_EARG);
    assert_string_equal(err.text, "moving atom has index 30, expected less than 30");
    assert_int_equal(pel_local_create(p, s, s->x, 2, twice, 0.5, &local, &err), PEL_EARG);
    assert_int_equal(pel_local_create(p, s, s->x, 2, down, 0.5, &local, &err), PEL_EARG);
    assert_string_equal(err.text, "moving atoms are not in increasing order: 3 after 12");
    assert_int_equal(pel_local_create(p, s, s->x, 2, good, -0.5, &local, &err), PEL_EARG);
    assert_int_equal(pel_local_create(p, s, s->x, 2, good, NAN, &local, &err), PEL_EARG);
    strcpy(s->species[1], "Cc");
    assert_int_equal(pel_local_create(p, s, s->x, 2, good, 0.5, &local, &err), PEL_EARG);
    strcpy(s->species[1], "Bb");
    const double keep = s->x[14];
    s->x[14] = NAN;
    assert_int_equal(pel_local_create(p, s, s->x, 2, good, 0.5, &local, &err), PEL_EARG);
    assert_string_equal(err.text, "position of atom 14 is not finite");
    s->x[14] = keep;
    assert_null(local);

    /* Two standing atoms on top of each other, in sight of the moving one. */
    static const size_t one[] = {2};
    double *x = malloc(90 * sizeof *x);
    memcpy(x, s->x, 90 * sizeof *x);
    for (int k = 0; k < 3; k++) {
        x[12 + k] = x[6 + k] + (k == 0 ? 2.0 : 0.0);
        x[15 + k] = x[12 + k] + (k == 1 ? 0.05 : 0.0);
    }
    assert_int_equal(pel_local_create(p, s, x, 1, one, 0.5, &local, &err), PEL_EARG);
    assert_string_equal(err.text, "overlapping atoms: 14 and 17 are closer than 0.1 A");
    assert_null(local);
    free(x);

    ASSERT_OK(pel_local_create(p, s, s->x, 2, good, 0.5, &local, &err), err);
    const struct pel_surface *surface = pel_local_surface(local);
    double y[6], gradient[6], energy;
    memcpy(y, s->x + 9, 3 * sizeof *y);
    memcpy(y + 3, s->x + 36, 3 * sizeof *y);
    y[4] = INFINITY;
    assert_int_equal(surface->evaluate(surface->context, y, &energy, gradient, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "position of atom 38 is not finite");
    for (int k = 0; k < 3; k++)
        y[3 + k] = s->x[15 + k] + s->cell.h[1][k];
    assert_int_equal(surface->evaluate(surface->context, y, &energy, gradient, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "overlapping atoms: 17 and 38 are closer than 0.1 A");
    memcpy(y + 3, s->x + 36, 3 * sizeof *y);
    ASSERT_OK(surface->evaluate(surface->context, y, &energy, gradient, &err), err);
    ASSERT_NEAR(energy, 0.0, 1e-11);
    pel_local_free(local);
    pel_local_free(NULL);
    pel_structure_free(s);
}

/* The real potential, a glass and a sheared cell: 2e-13 of 2330 eV. */
static void equals_the_whole_glass(void **state)
{
    static const char *const names[] = {"s500_is", "s500_shear"};
    (void)state;
    struct pel_potential *p = cuzr_potential(2);
    for (size_t k = 0; k < 2; k++) {
        struct pel_structure *s = cuzr_structure(names[k]);
        check(p, s, 11, 1, 1, 0.2, 5e-10);
        check(p, s, 2, 61, 7, 0.2, 5e-10);
        check(p, s, 100, 1, 150, 0.1, 5e-10);
        check(p, s, 0, 1, 500, 0.1, 5e-10);
        pel_structure_free(s);
    }
    pel_potential_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_whole_cell),
        cmocka_unit_test(gradient_is_the_slope),
        cmocka_unit_test(follows_an_atom_that_leaves),
        cmocka_unit_test(share_of_the_pairs),
        cmocka_unit_test(refuses_impossible_input),
        cmocka_unit_test(equals_the_whole_glass),
    };
    return cmocka_run_group_tests(tests, form_set_up, form_tear_down);
}

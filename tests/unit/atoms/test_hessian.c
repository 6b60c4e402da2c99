#include <pelrate/hessian.h>

#include "atoms_common.h"

#include "../near.h"

static const double SMALL[3][3] = {{4.1, 0.0, 0.0}, {0.7, 4.4, 0.0}, {-0.3, 0.6, 4.7}};

static void forces_at(struct pel_forces *forces, const struct pel_structure *s,
                      const double x[], double f[])
{
    struct pel_error err = {0};
    struct pel_forces_result result = {.force = f};
    ASSERT_OK(pel_forces_evaluate(forces, &s->cell, x, &result, &err), err);
}

/* Column by column against central differences of the forces; the tables are smooth to
 * 1e-4 eV/A^2 and the differences to 1e-6. */
static void against_differences(const double h[3][3], size_t n, double apart,
                                uint64_t seed)
{
    struct pel_error err = {0};
    struct pel_potential *potential = form_potential();
    struct pel_structure *s = random_structure(n, h, apart, seed);
    struct pel_forces *forces = NULL;
    struct pel_hessian *hessian = NULL;
    const size_t m = 3 * n;
    double *dense = malloc(m * m * sizeof *dense),
           *memory = malloc(5 * m * sizeof *memory);
    double *ahead = memory, *behind = memory + m, *x = memory + 2 * m,
           *unit = memory + 3 * m, *column = memory + 4 * m;
    ASSERT_OK(pel_forces_create(potential, s, 0.3, &forces, &err), err);
    ASSERT_OK(pel_hessian_create(potential, s, s->x, &hessian, &err), err);
    ASSERT_OK(pel_hessian_dense(hessian, n, NULL, dense, &err), err);
    double largest = 0.0, off = 0.0;
    const double step = 1e-4;
    memcpy(x, s->x, m * sizeof *x);
    for (size_t k = 0; k < m; k++) {
        x[k] = s->x[k] + step;
        forces_at(forces, s, x, ahead);
        x[k] = s->x[k] - step;
        forces_at(forces, s, x, behind);
        x[k] = s->x[k];
        memset(unit, 0, m * sizeof *unit);
        unit[k] = 1.0;
        pel_hessian_times(hessian, unit, column);
        for (size_t i = 0; i < m; i++) {
            const double want = (behind[i] - ahead[i]) / (2.0 * step);
            NEAR_ABS(dense[i * m + k], want, 1e-4 * (1.0 + fabs(want)));
            NEAR_ABS(column[i], dense[i * m + k], 1e-12 * (1.0 + fabs(want)));
            NEAR_ABS(dense[i * m + k], dense[k * m + i], 1e-12 * (1.0 + fabs(want)));
            largest = fmax(largest, fabs(want));
            if (i / 3 != k / 3) off = fmax(off, fabs(want));
        }
    }
    assert_true(largest > 1.0 && off > 0.1);
    pel_hessian_free(hessian);
    pel_forces_free(forces);
    pel_structure_free(s);
    pel_potential_free(potential);
    free(dense);
    free(memory);
}

static void columns_are_differences_of_forces(void **state)
{
    (void)state;
    against_differences(TILTED, 60, 2.1, 3);
}

/* Every atom sees itself and the others several times. */
static void in_a_cell_smaller_than_the_range(void **state)
{
    (void)state;
    against_differences(SMALL, 3, 1.9, 5);
}

/* Rigid translations cost nothing, and the block of some atoms is a part of the whole. */
static void translations_and_blocks(void **state)
{
    (void)state;
    struct pel_error err = {0};
    struct pel_potential *potential = form_potential();
    enum { n = 40, m = 3 * n, n_block = 4 };
    const size_t block[n_block] = {3, 4, 17, 39};
    struct pel_structure *s = random_structure(n, TILTED, 2.2, 8);
    struct pel_hessian *hessian = NULL;
    static double dense[m * m], part[9 * n_block * n_block], v[m], w[m];
    ASSERT_OK(pel_hessian_create(potential, s, s->x, &hessian, &err), err);
    ASSERT_OK(pel_hessian_dense(hessian, n, NULL, dense, &err), err);
    ASSERT_OK(pel_hessian_dense(hessian, n_block, block, part, &err), err);
    for (size_t i = 0; i < 3 * n_block; i++)
        for (size_t k = 0; k < 3 * n_block; k++)
            NEAR_ABS(part[i * 3 * n_block + k],
                     dense[(3 * block[i / 3] + i % 3) * m + 3 * block[k / 3] + k % 3],
                     1e-12);
    for (size_t i = 0; i < m; i++)
        v[i] = i % 3 == 0 ? 0.37 : i % 3 == 1 ? -1.9 : 0.71;
    pel_hessian_times(hessian, v, w);
    for (size_t i = 0; i < m; i++)
        NEAR_ABS(w[i], 0.0, 1e-11);

    const size_t down[2] = {5, 4}, beyond[1] = {n};
    assert_int_equal(pel_hessian_dense(hessian, 2, down, part, &err), PEL_EARG);
    assert_int_equal(pel_hessian_dense(hessian, 1, beyond, part, &err), PEL_EARG);
    assert_int_equal(pel_hessian_dense(hessian, 0, NULL, part, &err), PEL_EARG);
    assert_int_equal(pel_hessian_dense(hessian, n + 1, NULL, dense, &err), PEL_EARG);
    pel_hessian_free(hessian);
    pel_structure_free(s);
    pel_potential_free(potential);
}

static void refusals(void **state)
{
    (void)state;
    struct pel_error err = {0};
    struct pel_potential *potential = form_potential();
    struct pel_structure *s = random_structure(5, TILTED, 2.2, 9);
    struct pel_hessian *hessian = NULL;
    s->id[2] = 77;
    s->x[7] = NAN;
    assert_int_equal(pel_hessian_create(potential, s, s->x, &hessian, &err), PEL_EARG);
    assert_string_equal(err.text, "position of atom 77 is not finite");
    s->x[7] = 1.0;
    s->type[2] = 0;
    strcpy(s->species[0], "Xx");
    assert_int_equal(pel_hessian_create(potential, s, s->x, &hessian, &err), PEL_EARG);
    assert_null(hessian);
    assert_non_null(strstr(err.text, "is Xx, which the potential does not have"));
    pel_structure_free(s);
    pel_potential_free(potential);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_differences_of_forces),
        cmocka_unit_test(in_a_cell_smaller_than_the_range),
        cmocka_unit_test(translations_and_blocks),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

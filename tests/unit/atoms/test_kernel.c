/* Ways to sum the same forces: kernels of this processor, threads. */

#include "forces_common.h"

/* Every kernel that this processor runs against plain C, the same table and the same
 * lists: rows of every length, cells of every size. */
static void kernels_agree(void **state)
{
    static const double large[3][3] = {{29.0, 0.0, 0.0},
                                       {6.9, 27.3, 0.0},
                                       {-8.7, 2.3, 25.9}},
                        tiny[3][3] = {{2.9, 0.0, 0.0}, {0.3, 2.7, 0.0}, {-0.4, 0.5, 2.8}};
    struct pel_potential *p = *state;
    struct pel_error err = {0};
    struct pel_structure *structures[] = {
        random_structure(1, tiny, 0.0, 5), random_structure(60, TILTED, 1.9, 51),
        random_structure(700, large, 1.9, 52), random_structure(20, large, 1.9, 53)};
    for (size_t k = 0; pel_potential_kernel_name(k) != NULL; k++) {
        const char *name = pel_potential_kernel_name(k);
        assert_non_null(pel_potential_kernel_doc(k));
        for (size_t at = 0; at < 4; at++) {
            const struct pel_structure *s = structures[at];
            ASSERT_OK(pel_potential_set_kernel(p, "portable", &err), err);
            assert_string_equal(pel_potential_kernel(p), "portable");
            struct pel_forces_result plain = everything(p, s, 0.4);
            ASSERT_OK(pel_potential_set_kernel(p, name, &err), err);
            assert_string_equal(pel_potential_kernel(p), name);
            struct pel_forces_result fast = everything(p, s, 0.4);
            double largest = 1.0;
            for (size_t i = 0; i < 3 * s->n; i++)
                largest = fmax(largest, fabs(plain.force[i]));
            ASSERT_NEAR(fast.energy, plain.energy, 1e-12 * fabs(plain.energy));
            for (size_t i = 0; i < 3 * s->n; i++)
                ASSERT_NEAR(fast.force[i], plain.force[i], 1e-12 * largest);
            for (size_t i = 0; i < s->n; i++)
                ASSERT_NEAR(fast.atom_energy[i], plain.atom_energy[i],
                            1e-12 * fabs(plain.atom_energy[i]));
            for (int c = 0; c < 6; c++)
                ASSERT_NEAR(fast.virial[c], plain.virial[c],
                            1e-12 * largest * (double)s->n);
            discard(&plain);
            discard(&fast);
        }
        /* The errors too. */
        struct pel_structure *s = random_structure(30, TILTED, 1.5, 95);
        struct pel_forces *forces = forces_of(p, s, 0.5);
        struct pel_forces_result result = {0};
        for (int c = 0; c < 3; c++)
            s->x[36 + c] = s->x[12 + c] + s->cell.h[2][c] + 0.05;
        assert_int_equal(pel_forces_evaluate(forces, &s->cell, s->x, &result, &err),
                         PEL_EARG);
        assert_string_equal(err.text,
                            "overlapping atoms: 14 and 38 are closer than 0.1 A");
        pel_forces_free(forces);
        pel_structure_free(s);
    }
    assert_int_equal(pel_potential_set_kernel(p, "abacus", &err), PEL_EARG);
    assert_string_equal(err.text, "this processor has no kernel \"abacus\", expected "
                                  "portable or another one of its list");
    ASSERT_OK(pel_potential_set_kernel(p, NULL, &err), err);
    assert_string_equal(pel_potential_kernel(p), pel_potential_kernel_name(0));
    for (size_t at = 0; at < 4; at++)
        pel_structure_free(structures[at]);
}

/* 2 cells^3 atoms near the places of a body-centred lattice in a tilted cell. */
static struct pel_structure *crystal(int cells)
{
    static const double vectors[3][3] = {
        {2.9, 0.0, 0.0}, {0.4, 3.0, 0.0}, {-0.3, 0.5, 3.1}};
    struct pel_error err = {0};
    struct pel_structure *s = NULL;
    double h[3][3];
    const double origin[3] = {0.3, -0.2, 5.0};
    for (int i = 0; i < 9; i++)
        (&h[0][0])[i] = cells * (&vectors[0][0])[i];
    ASSERT_OK(pel_structure_create(2 * (size_t)(cells * cells * cells), &s, &err), err);
    ASSERT_OK(pel_cell_init(&s->cell, (const double(*)[3])h, origin, &err), err);
    s->n_species = 2;
    strcpy(s->species[0], "Aa");
    strcpy(s->species[1], "Bb");
    for (size_t i = 0; i < s->n; i++) {
        const size_t n = i / 2;
        const double u[3] = {
            (double)(n / (size_t)(cells * cells)) + 0.5 * (double)(i % 2),
            (double)(n / (size_t)cells % (size_t)cells) + 0.5 * (double)(i % 2),
            (double)(n % (size_t)cells) + 0.5 * (double)(i % 2)};
        s->id[i] = (int64_t)i + 1;
        s->type[i] = sin(3.7 * (double)i) > 0.1;
        for (size_t k = 0; k < 3; k++)
            s->x[3 * i + k] = origin[k] + u[0] * vectors[0][k] + u[1] * vectors[1][k] +
                              u[2] * vectors[2][k] +
                              0.2 * sin(11.3 * (double)(3 * i + k));
    }
    return s;
}

/* Enough atoms for several blocks: any number of threads gives the same bits, also after
 * the atoms have moved, and the sums are right: those of plain C on another list. */
static void threads_change_nothing(void **state)
{
    struct pel_potential *p = *state;
    struct pel_error err = {0};
    struct pel_structure *s = crystal(14);
    const size_t n = s->n;
    double *x = malloc(3 * n * sizeof *x);
    struct pel_forces_result first[2] = {{0}};
    for (int threads = 1; threads <= 5; threads += 2) {
        struct pel_forces *forces = forces_of(p, s, 0.3);
        ASSERT_OK(pel_forces_set_threads(forces, threads, &err), err);
        for (size_t step = 0; step < 2; step++) {
            for (size_t i = 0; i < 3 * n; i++)
                x[i] = s->x[i] + 0.2 * (double)step * sin(7.0 * (double)i);
            struct pel_forces_result got = {.force = calloc(3 * n, sizeof(double)),
                                            .atom_energy = calloc(n, sizeof(double))};
            ASSERT_OK(pel_forces_evaluate(forces, &s->cell, x, &got, &err), err);
            if (threads == 1) {
                first[step] = got;
                continue;
            }
            assert_memory_equal(got.force, first[step].force, 3 * n * sizeof(double));
            assert_memory_equal(got.atom_energy, first[step].atom_energy,
                                n * sizeof(double));
            assert_memory_equal(got.virial, first[step].virial, sizeof got.virial);
            assert_memory_equal(&got.energy, &first[step].energy, sizeof got.energy);
            discard(&got);
        }
        assert_int_equal(pel_forces_builds(forces), 2);
        pel_forces_free(forces);
    }
    memcpy(s->x, x, 3 * n * sizeof *x);
    ASSERT_OK(pel_potential_set_kernel(p, "portable", &err), err);
    struct pel_forces_result plain = everything(p, s, 0.0);
    ASSERT_OK(pel_potential_set_kernel(p, NULL, &err), err);
    ASSERT_NEAR(plain.energy, first[1].energy, 1e-12 * fabs(plain.energy));
    for (size_t i = 0; i < 3 * n; i++)
        ASSERT_NEAR(plain.force[i], first[1].force[i], 1e-10);
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += first[1].atom_energy[i];
    ASSERT_NEAR(sum, plain.energy, 1e-12 * fabs(plain.energy));
    discard(&plain);
    discard(&first[0]);
    discard(&first[1]);
    struct pel_forces *forces = forces_of(p, s, 0.3);
    assert_int_equal(pel_forces_set_threads(forces, 0, &err), PEL_EARG);
    assert_string_equal(err.text, "0 threads, expected 1 or more");
    pel_forces_free(forces);
    pel_structure_free(s);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_agree),
        cmocka_unit_test(threads_change_nothing),
    };
    return cmocka_run_group_tests(tests, form_set_up, form_tear_down);
}

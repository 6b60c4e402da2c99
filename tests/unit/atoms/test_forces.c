#include "forces_common.h"

/* The definition of the energy, image by image, with the functions themselves. */
static double closed_form(const struct pel_structure *s, int images, double *atom_energy)
{
    double total = 0.0;
    for (size_t i = 0; i < s->n; i++) {
        double rho = 0.0, pair = 0.0;
        for (size_t j = 0; j < s->n; j++)
            for (int a = -images; a <= images; a++)
                for (int b = -images; b <= images; b++)
                    for (int c = -images; c <= images; c++) {
                        double x[3], y[3], d2 = 0.0;
                        if (i == j && a == 0 && b == 0 && c == 0) continue;
                        memcpy(x, s->x + 3 * i, sizeof x);
                        memcpy(y, s->x + 3 * j, sizeof y);
                        pel_cell_wrap(&s->cell, x, NULL);
                        pel_cell_wrap(&s->cell, y, NULL);
                        for (int k = 0; k < 3; k++) {
                            const double d = x[k] - y[k] + a * s->cell.h[0][k] +
                                             b * s->cell.h[1][k] + c * s->cell.h[2][k];
                            d2 += d * d;
                        }
                        if (d2 >= FORM_CUT * FORM_CUT) continue;
                        rho += form_density(s->type[j], s->type[i], sqrt(d2));
                        pair += 0.5 * form_pair(s->type[i], s->type[j], sqrt(d2));
                    }
        assert_true(rho < 0.9 * FORM_N_RHO * FORM_D_RHO);
        atom_energy[i] = form_embedding(s->type[i], rho) + pair;
        total += atom_energy[i];
    }
    return total;
}

/* The table's spline is accurate to h^4: 1e-3^4 times a fourth derivative of some 10. */
static void agrees_with_the_closed_form(void **state)
{
    struct pel_potential *p = *state;
    static const struct {
        double h[3][3];
        size_t n;
        int images;
    } cells[] = {
        {{{13.1, 0.0, 0.0}, {4.9, 12.3, 0.0}, {-3.7, 5.3, 11.9}}, 60, 2},
        {{{5.1, 0.4, 0.0}, {1.9, 5.3, 0.0}, {-1.7, 1.3, 4.9}}, 5, 3},
        {{{2.9, 0.0, 0.0}, {0.3, 2.7, 0.0}, {-0.4, 0.5, 2.8}}, 1, 4},
    };
    for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) {
        struct pel_structure *s = random_structure(cells[k].n, cells[k].h, 1.9, 51 + k);
        double *atom = calloc(s->n, sizeof *atom);
        struct pel_forces_result got = everything(p, s, 0.4);
        ASSERT_NEAR(got.energy, closed_form(s, cells[k].images, atom), 1e-7);
        double sum = 0.0;
        for (size_t i = 0; i < s->n; i++) {
            ASSERT_NEAR(got.atom_energy[i], atom[i], 1e-8);
            sum += got.atom_energy[i];
        }
        ASSERT_NEAR(sum, got.energy, 1e-11);
        discard(&got);
        free(atom);
        pel_structure_free(s);
    }
}

/* The same files in LAMMPS 29 Sep 2021 (units metal, box tilt large, run 0): which of the
 * two densities of a mixed pair is felt by whom is a matter of its format. */
static void agrees_with_lammps_on_who_feels_what(void **state)
{
    static const char *const names[] = {"Aa", "Bb"};
    static const double wanted[2] = {-14.1976063815227, -17.1073052540571};
    (void)state;
    struct pel_structure *s = random_structure(60, TILTED, 1.9, 51);
    for (int fs = 0; fs < 2; fs++) {
        char path[64];
        struct pel_potential *p = NULL;
        struct pel_error err = {0};
        write_form_potential(path, fs);
        ASSERT_OK(pel_potential_read(path, NULL, 2, names, &p, &err), err);
        remove(path);
        struct pel_forces_result got = everything(p, s, 0.4);
        ASSERT_NEAR(got.energy, wanted[fs], 1e-11);
        discard(&got);
        pel_potential_free(p);
    }
    pel_structure_free(s);
}

/* Beyond its table F goes on along the slope at its end, which is the last difference. */
static void embedding_goes_on_straight(void **state)
{
    static const double tiny[3][3] = {{0.8, 0.0, 0.0}, {0.2, 0.7, 0.0}, {-0.3, 0.4, 0.9}};
    struct pel_potential *p = *state;
    struct pel_structure *s = random_structure(1, tiny, 0.0, 5);
    s->type[0] = 1;
    double rho = 0.0, pair = 0.0;
    for (int a = -14; a <= 14; a++)
        for (int b = -14; b <= 14; b++)
            for (int c = -9; c <= 9; c++) {
                double d2 = 0.0;
                for (int k = 0; k < 3; k++) {
                    const double d = a * tiny[0][k] + b * tiny[1][k] + c * tiny[2][k];
                    d2 += d * d;
                }
                if (d2 == 0.0 || d2 >= FORM_CUT * FORM_CUT) continue;
                rho += form_density(1, 1, sqrt(d2));
                pair += 0.5 * form_pair(1, 1, sqrt(d2));
            }
    const double end = (FORM_N_RHO - 1) * FORM_D_RHO;
    const double slope =
        (form_embedding(1, end) - form_embedding(1, end - FORM_D_RHO)) / FORM_D_RHO;
    assert_true(rho > 1.3 * end);
    struct pel_forces_result got = everything(p, s, 0.4);
    ASSERT_NEAR(got.energy, form_embedding(1, end) + slope * (rho - end) + pair, 1e-6);
    discard(&got);
    pel_structure_free(s);
}

static double energy_at(struct pel_forces *forces, const struct pel_cell *cell,
                        const double x[])
{
    struct pel_error err = {0};
    struct pel_forces_result result = {0};
    ASSERT_OK(pel_forces_evaluate(forces, cell, x, &result, &err), err);
    return result.energy;
}

static void check_derivatives(const struct pel_potential *p, struct pel_structure *s,
                              size_t every, double step)
{
    struct pel_error err = {0};
    struct pel_forces *forces = forces_of(p, s, 0.5);
    struct pel_forces_result at = everything(p, s, 0.5);
    for (size_t i = 0; i < 3 * s->n; i += every) {
        const double was = s->x[i];
        s->x[i] = was + step;
        const double up = energy_at(forces, &s->cell, s->x);
        s->x[i] = was - step;
        const double down = energy_at(forces, &s->cell, s->x);
        s->x[i] = was;
        ASSERT_NEAR(at.force[i], -(up - down) / (2.0 * step), 1e-6);
    }
    /* Strain the cell and all that is in it: dE/d e_ab = -W_ab. */
    static const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};
    double *x = calloc(3 * s->n, sizeof *x);
    for (int c = 0; c < 6; c++)
        for (int transposed = 0; transposed < (c < 3 ? 1 : 2); transposed++) {
            const int a = transposed ? column[c] : row[c],
                      b = transposed ? row[c] : column[c];
            double energy[2];
            for (int sign = 0; sign < 2; sign++) {
                const double e = sign ? step : -step;
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
                energy[sign] = energy_at(forces, &cell, x);
            }
            const double slope = (energy[1] - energy[0]) / (2.0 * step);
            ASSERT_NEAR(at.virial[c], -slope, 2e-7 * (double)s->n);
        }
    free(x);
    discard(&at);
    pel_forces_free(forces);
}

static void forces_and_virial_are_derivatives(void **state)
{
    struct pel_potential *p = *state;
    static const double small[3][3] = {
        {5.1, 0.4, 0.0}, {1.9, 5.3, 0.0}, {-1.7, 1.3, 4.9}};
    struct pel_structure *s = random_structure(60, TILTED, 1.9, 61);
    check_derivatives(p, s, 1, 1e-4);
    pel_structure_free(s);
    s = random_structure(5, small, 1.9, 62);
    check_derivatives(p, s, 1, 1e-4);
    pel_structure_free(s);
}

static void assert_same_energies(const struct pel_forces_result *a,
                                 const struct pel_forces_result *b, size_t n)
{
    ASSERT_NEAR(a->energy, b->energy, 1e-11 * (double)n);
    for (size_t i = 0; i < n; i++)
        ASSERT_NEAR(a->atom_energy[i], b->atom_energy[i], 1e-10);
}

static void invariances(void **state)
{
    struct pel_potential *p = *state;
    struct pel_structure *s = random_structure(80, TILTED, 1.9, 71), *t;
    struct pel_error err = {0};
    struct pel_forces_result was = everything(p, s, 0.5), is;
    double total[3] = {0.0, 0.0, 0.0};
    for (size_t i = 0; i < 3 * s->n; i++)
        total[i % 3] += was.force[i];
    for (int k = 0; k < 3; k++)
        ASSERT_NEAR(total[k], 0.0, 1e-11);

    /* Translation, and any skin. */
    ASSERT_OK(pel_structure_copy(s, &t, &err), err);
    for (size_t i = 0; i < s->n; i++)
        for (int k = 0; k < 3; k++)
            t->x[3 * i + k] += 3.71 - 2.3 * k;
    is = everything(p, t, 0.0);
    assert_same_energies(&is, &was, s->n);
    for (size_t i = 0; i < 3 * s->n; i++)
        ASSERT_NEAR(is.force[i], was.force[i], 1e-10);
    for (int c = 0; c < 6; c++)
        ASSERT_NEAR(is.virial[c], was.virial[c], 1e-9);
    discard(&is);
    pel_structure_free(t);

    /* Other vectors of the same lattice: (a, b + a, c - 2 b). */
    ASSERT_OK(pel_structure_copy(s, &t, &err), err);
    double h[3][3];
    for (int k = 0; k < 3; k++) {
        h[0][k] = s->cell.h[0][k];
        h[1][k] = s->cell.h[1][k] + s->cell.h[0][k];
        h[2][k] = s->cell.h[2][k] - 2.0 * s->cell.h[1][k];
    }
    ASSERT_OK(pel_cell_init(&t->cell, (const double(*)[3])h, s->cell.origin, &err), err);
    is = everything(p, t, 0.5);
    assert_same_energies(&is, &was, s->n);
    for (size_t i = 0; i < 3 * s->n; i++)
        ASSERT_NEAR(is.force[i], was.force[i], 1e-10);
    for (int c = 0; c < 6; c++)
        ASSERT_NEAR(is.virial[c], was.virial[c], 1e-9);
    discard(&is);
    pel_structure_free(t);

    /* Rotation by 0.7 rad about an odd axis (Rodrigues). */
    const double axis[3] = {2.0 / 7.0, 3.0 / 7.0, 6.0 / 7.0}, angle = 0.7;
    double turn[3][3];
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            const double skew = i == k             ? 0.0
                                : (i + 1) % 3 == k ? axis[(k + 1) % 3]
                                                   : -axis[(i + 1) % 3];
            turn[i][k] = (i == k) * cos(angle) + axis[i] * axis[k] * (1.0 - cos(angle)) +
                         skew * sin(angle);
        }
    ASSERT_OK(pel_structure_copy(s, &t, &err), err);
    double origin[3] = {0.0, 0.0, 0.0};
    memset(h, 0, sizeof h);
    for (int k = 0; k < 3; k++)
        for (int l = 0; l < 3; l++) {
            for (int i = 0; i < 3; i++)
                h[i][k] += s->cell.h[i][l] * turn[l][k];
            origin[k] += s->cell.origin[l] * turn[l][k];
        }
    ASSERT_OK(pel_cell_init(&t->cell, (const double(*)[3])h, origin, &err), err);
    for (size_t i = 0; i < s->n; i++)
        for (int k = 0; k < 3; k++) {
            t->x[3 * i + k] = 0.0;
            for (int l = 0; l < 3; l++)
                t->x[3 * i + k] += s->x[3 * i + l] * turn[l][k];
        }
    is = everything(p, t, 0.5);
    assert_same_energies(&is, &was, s->n);
    for (size_t i = 0; i < s->n; i++)
        for (int k = 0; k < 3; k++) {
            double f = 0.0;
            for (int l = 0; l < 3; l++)
                f += was.force[3 * i + l] * turn[l][k];
            ASSERT_NEAR(is.force[3 * i + k], f, 1e-10);
        }
    ASSERT_NEAR(is.virial[0] + is.virial[1] + is.virial[2],
                was.virial[0] + was.virial[1] + was.virial[2], 1e-9);
    discard(&is);
    pel_structure_free(t);

    /* Permutation, here back to front. */
    ASSERT_OK(pel_structure_copy(s, &t, &err), err);
    for (size_t i = 0; i < s->n; i++) {
        const size_t j = s->n - 1 - i;
        t->type[i] = s->type[j];
        memcpy(t->x + 3 * i, s->x + 3 * j, 3 * sizeof *s->x);
    }
    is = everything(p, t, 0.5);
    ASSERT_NEAR(is.energy, was.energy, 1e-10);
    for (size_t i = 0; i < s->n; i++) {
        ASSERT_NEAR(is.atom_energy[i], was.atom_energy[s->n - 1 - i], 1e-11);
        for (int k = 0; k < 3; k++)
            ASSERT_NEAR(is.force[3 * i + k], was.force[3 * (s->n - 1 - i) + k], 1e-10);
    }
    discard(&is);
    pel_structure_free(t);
    discard(&was);
    pel_structure_free(s);
}

/* A cell smaller than the range is the same crystal as 3 x 3 x 3 of it. */
static void small_cell_equals_its_supercell(void **state)
{
    struct pel_potential *p = *state;
    static const double small[3][3] = {
        {4.1, 0.4, 0.0}, {1.9, 3.3, 0.2}, {-1.7, 1.3, 3.9}};
    struct pel_structure *s = random_structure(4, small, 1.7, 81), *big;
    struct pel_error err = {0};
    double h[3][3];
    for (int i = 0; i < 9; i++)
        (&h[0][0])[i] = 3.0 * (&s->cell.h[0][0])[i];
    ASSERT_OK(pel_structure_create(27 * s->n, &big, &err), err);
    ASSERT_OK(pel_cell_init(&big->cell, (const double(*)[3])h, s->cell.origin, &err),
              err);
    big->n_species = 2;
    memcpy(big->species, s->species, sizeof s->species);
    for (size_t c = 0; c < 27; c++)
        for (size_t i = 0; i < s->n; i++) {
            const size_t at = c * s->n + i;
            big->type[at] = s->type[i];
            for (int k = 0; k < 3; k++)
                big->x[3 * at + k] = s->x[3 * i + k] + (double)(c / 9) * s->cell.h[0][k] +
                                     (double)(c / 3 % 3) * s->cell.h[1][k] +
                                     (double)(c % 3) * s->cell.h[2][k];
        }
    struct pel_forces_result few = everything(p, s, 0.5), many = everything(p, big, 0.5);
    for (size_t at = 0; at < big->n; at++) {
        ASSERT_NEAR(many.atom_energy[at], few.atom_energy[at % s->n], 1e-11);
        for (int k = 0; k < 3; k++)
            ASSERT_NEAR(many.force[3 * at + k], few.force[3 * (at % s->n) + k], 1e-11);
    }
    for (int c = 0; c < 6; c++)
        ASSERT_NEAR(many.virial[c], 27.0 * few.virial[c], 1e-9);
    discard(&few);
    discard(&many);
    pel_structure_free(s);
    pel_structure_free(big);
}

/* The same bits for the same history; after a reset, whatever happened before. */
static void reset_forgets_the_past(void **state)
{
    struct pel_potential *p = *state;
    struct pel_structure *s = random_structure(80, TILTED, 1.9, 91);
    struct pel_error err = {0};
    struct pel_forces *fresh = forces_of(p, s, 0.6), *used = forces_of(p, s, 0.6);
    double *a = calloc(3 * s->n, sizeof *a), *b = calloc(3 * s->n, sizeof *b);
    double *moved = calloc(3 * s->n, sizeof *moved);
    for (size_t i = 0; i < 3 * s->n; i++)
        moved[i] = s->x[i] + 0.1 * sin(7.0 * (double)i);
    energy_at(used, &s->cell, moved);
    energy_at(used, &s->cell, s->x);
    assert_int_equal(pel_forces_calls(used), 2);
    assert_int_equal(pel_forces_builds(used), 1);
    assert_int_equal(pel_forces_atoms(used), 80);
    struct pel_forces_result one = {.force = a}, two = {.force = b};
    ASSERT_OK(pel_forces_evaluate(fresh, &s->cell, s->x, &one, &err), err);
    pel_forces_reset(used);
    ASSERT_OK(pel_forces_evaluate(used, &s->cell, s->x, &two, &err), err);
    assert_int_equal(pel_forces_builds(used), 2);
    assert_memory_equal(a, b, 3 * s->n * sizeof *a);
    assert_memory_equal(&one.energy, &two.energy, sizeof one.energy);
    assert_memory_equal(one.virial, two.virial, sizeof one.virial);
    free(a);
    free(b);
    free(moved);
    pel_forces_free(fresh);
    pel_forces_free(used);
    pel_structure_free(s);
}

static void refuses_impossible_input(void **state)
{
    struct pel_potential *p = *state;
    struct pel_structure *s = random_structure(30, TILTED, 1.5, 95);
    struct pel_error err;
    struct pel_forces *forces = NULL;
    struct pel_forces_result result = {0};
    assert_int_equal(pel_forces_create(p, s, -0.1, &forces, &err), PEL_EARG);
    assert_int_equal(pel_forces_create(p, s, NAN, &forces, &err), PEL_EARG);
    assert_null(forces);
    size_t first = 0;
    while (s->type[first] != 1)
        first++;
    strcpy(s->species[1], "Cc");
    char text[128];
    snprintf(text, sizeof text, "atom %lld is Cc, which the potential does not have",
             (long long)s->id[first]);
    assert_int_equal(pel_forces_create(p, s, 0.5, &forces, &err), PEL_EARG);
    assert_string_equal(err.text, text);
    strcpy(s->species[1], "Bb");

    forces = forces_of(p, s, 0.5);
    const double keep[3] = {s->x[36], s->x[37], s->x[38]};
    s->x[37] = NAN;
    assert_int_equal(pel_forces_evaluate(forces, &s->cell, s->x, &result, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "position of atom 38 is not finite");
    s->x[37] = -INFINITY;
    assert_int_equal(pel_forces_evaluate(forces, &s->cell, s->x, &result, &err),
                     PEL_EARG);
    for (int k = 0; k < 3; k++)
        s->x[36 + k] = s->x[12 + k] + s->cell.h[2][k] + 0.05;
    assert_int_equal(pel_forces_evaluate(forces, &s->cell, s->x, &result, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "overlapping atoms: 14 and 38 are closer than 0.1 A");
    for (int k = 0; k < 3; k++)
        s->x[36 + k] = s->x[12 + k];
    assert_int_equal(pel_forces_evaluate(forces, &s->cell, s->x, &result, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "overlapping atoms: 14 and 38 are closer than 0.1 A");
    memcpy(s->x + 36, keep, sizeof keep);
    assert_int_equal(pel_forces_evaluate(forces, &s->cell, s->x, &result, &err), PEL_OK);
    pel_forces_free(forces);
    pel_forces_free(NULL);
    pel_structure_free(s);

    static const double thin[3][3] = {{9.0, 0.0, 0.0}, {0.0, 0.06, 0.0}, {0.0, 0.0, 7.0}};
    s = random_structure(1, thin, 0.0, 96);
    forces = forces_of(p, s, 0.0);
    assert_int_equal(pel_forces_evaluate(forces, &s->cell, s->x, &result, &err),
                     PEL_EARG);
    assert_string_equal(
        err.text, "overlapping atoms: 2 and 2 (its own image) are closer than 0.1 A");
    pel_forces_free(forces);
    pel_structure_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_closed_form),
        cmocka_unit_test(agrees_with_lammps_on_who_feels_what),
        cmocka_unit_test(embedding_goes_on_straight),
        cmocka_unit_test(forces_and_virial_are_derivatives),
        cmocka_unit_test(invariances),
        cmocka_unit_test(small_cell_equals_its_supercell),
        cmocka_unit_test(reset_forgets_the_past),
        cmocka_unit_test(refuses_impossible_input),
    };
    return cmocka_run_group_tests(tests, form_set_up, form_tear_down);
}

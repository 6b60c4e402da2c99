#include "atoms_common.h"

/* Against LAMMPS on the same file of the same potential:
 * tests/reference/lammps/README.md. */

static struct pel_potential *cuzr;
static char folder[256];

static int set_up(void **state)
{
    (void)state;
    static const char *const names[] = {"Cu", "Zr"};
    const char *where = getenv("PEL_POTENTIALS"), *source = getenv("PEL_SOURCE");
    char path[512];
    struct pel_error err = {0};
    if (where == NULL || source == NULL) return 0;
    snprintf(path, sizeof path, "%s/CuZr_mm.eam.fs", where);
    snprintf(folder, sizeof folder, "%s/tests/reference/lammps", source);
    if (access(path, R_OK) != 0) {
        print_message("no %s: install lammps-data to compare with LAMMPS\n", path);
        return 0;
    }
    if (pel_potential_read(path, NULL, 2, names, &cuzr, &err) == PEL_OK) return 0;
    print_error("%s\n", err.text);
    return -1;
}

static int tear_down(void **state)
{
    (void)state;
    pel_potential_free(cuzr);
    return 0;
}

static FILE *reference(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) fail_msg("%s cannot be opened", path);
    return file;
}

/* Numbers after a key at the start of a line. */
static void numbers_of(const char *name, const char *key, int n, double values[])
{
    FILE *file = reference(name);
    char line[1024];
    int found = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, strlen(key)) != 0) continue;
        char *text = line + strlen(key);
        for (found = 0; found < n; found++)
            values[found] = strtod(text, &text);
    }
    fclose(file);
    assert_int_equal(found, n);
}

static void compare_structure(const char *name)
{
    static const char *const names[] = {"Cu", "Zr"};
    struct pel_error err = {0};
    struct pel_structure *s = NULL;
    struct pel_forces *forces = NULL;
    char path[1024], file_name[64], line[1024];
    double energy, virial[6];
    snprintf(path, sizeof path, "%s/%s.data", folder, name);
    ASSERT_OK(pel_structure_read(path, 2, names, &s, &err), err);
    ASSERT_OK(pel_forces_create(cuzr, s, 0.6, &forces, &err), err);
    assert_int_equal(s->n, 500);
    struct pel_forces_result got = {.force = calloc(3 * s->n, sizeof(double)),
                                    .atom_energy = calloc(s->n, sizeof(double))};
    ASSERT_OK(pel_forces_evaluate(forces, &s->cell, s->x, &got, &err), err);

    snprintf(file_name, sizeof file_name, "%s_mm.global.txt", name);
    numbers_of(file_name, "E_total_eV", 1, &energy);
    numbers_of(file_name, "virial_eV_xx_yy_zz_xy_xz_yz", 6, virial);
    ASSERT_NEAR(got.energy, energy, 1e-12 * fabs(energy));
    for (int c = 0; c < 6; c++)
        ASSERT_NEAR(got.virial[c], virial[c], 1e-9);

    snprintf(file_name, sizeof file_name, "%s_mm.atoms.txt", name);
    FILE *file = reference(file_name);
    while (fgets(line, sizeof line, file) != NULL &&
           strncmp(line, "ITEM: ATOMS id type", 19))
        continue;
    for (size_t i = 0; i < s->n; i++) {
        long id, type;
        double x[3], e, f[3];
        assert_non_null(fgets(line, sizeof line, file));
        assert_int_equal(sscanf(line, "%ld %ld %lf %lf %lf %lf %lf %lf %lf", &id, &type,
                                x, x + 1, x + 2, &e, f, f + 1, f + 2),
                         9);
        assert_int_equal(s->id[i], id);
        assert_int_equal(s->type[i], type - 1);
        ASSERT_NEAR(got.atom_energy[i], e, 1e-12);
        for (int k = 0; k < 3; k++)
            ASSERT_NEAR(got.force[3 * i + k], f[k], 1e-10);
    }
    fclose(file);
    free(got.force);
    free(got.atom_energy);
    pel_forces_free(forces);
    pel_structure_free(s);
}

/* With every kernel of this processor. */
static void compare_kernels(const char *name)
{
    struct pel_error err = {0};
    for (size_t k = 0; pel_potential_kernel_name(k) != NULL; k++) {
        ASSERT_OK(pel_potential_set_kernel(cuzr, pel_potential_kernel_name(k), &err),
                  err);
        compare_structure(name);
    }
    ASSERT_OK(pel_potential_set_kernel(cuzr, NULL, &err), err);
}

static void melt_agrees(void **state)
{
    (void)state;
    if (cuzr == NULL) skip();
    compare_kernels("s500_melt");
}

static void inherent_structure_agrees(void **state)
{
    (void)state;
    if (cuzr == NULL) skip();
    compare_kernels("s500_is");
}

static void sheared_agrees(void **state)
{
    (void)state;
    if (cuzr == NULL) skip();
    compare_kernels("s500_shear");
}

/* Two atoms from 1.5 A to beyond the cutoff: every table on its own, extrapolation of F
 * beyond its table included. */
static void dimers_agree(void **state)
{
    (void)state;
    if (cuzr == NULL) skip();
    static const double box[3][3] = {
        {40.0, 0.0, 0.0}, {0.0, 40.0, 0.0}, {0.0, 0.0, 40.0}};
    struct pel_error err = {0};
    FILE *file = reference("dimer_mm.txt");
    char line[256];
    int rows = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        int a, b;
        double r, energy, force;
        if (sscanf(line, "%d %d %lf %lf %lf", &a, &b, &r, &energy, &force) != 5) continue;
        struct pel_structure *s = random_structure(2, box, 9.0, 3);
        struct pel_forces *forces = NULL;
        strcpy(s->species[0], "Cu");
        strcpy(s->species[1], "Zr");
        s->type[0] = a - 1;
        s->type[1] = b - 1;
        const double x[6] = {11.3, 12.9, 17.1, 11.3 + r, 12.9, 17.1};
        double f[6];
        struct pel_forces_result got = {.force = f};
        ASSERT_OK(pel_forces_create(cuzr, s, 0.3, &forces, &err), err);
        ASSERT_OK(pel_forces_evaluate(forces, &s->cell, x, &got, &err), err);
        ASSERT_NEAR(got.energy, energy, 1e-12 * fmax(1.0, fabs(energy)));
        ASSERT_NEAR(f[3], force, 1e-10 * fmax(1.0, fabs(force)));
        ASSERT_NEAR(f[0], -f[3], 0.0);
        pel_forces_free(forces);
        pel_structure_free(s);
        rows++;
    }
    fclose(file);
    assert_int_equal(rows, 69);
}

/* Ranges of pairs end where the tables do: science of this potential, and two thirds of
 * the speed. */
static void knows_its_ranges(void **state)
{
    (void)state;
    if (cuzr == NULL) skip();
    ASSERT_NEAR(pel_potential_cutoff(cuzr), 7.6, 1e-9);
    ASSERT_NEAR(pel_potential_mass(cuzr, 1), 91.224, 0.02);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(melt_agrees),      cmocka_unit_test(inherent_structure_agrees),
        cmocka_unit_test(sheared_agrees),   cmocka_unit_test(dimers_agree),
        cmocka_unit_test(knows_its_ranges),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

#include "atoms_common.h"

static struct pel_structure *through_file(const struct pel_structure *s,
                                          const char *comment, char first_line[256])
{
    struct pel_error err = {0};
    struct pel_structure *back = NULL;
    char path[64];
    write_temporary(path, ".data", "");
    FILE *file = fopen(path, "w+");
    ASSERT_OK(pel_structure_write_lammps(s, file, comment, &err), err);
    rewind(file);
    if (first_line != NULL) assert_non_null(fgets(first_line, 256, file));
    fclose(file);
    ASSERT_OK(pel_structure_read(path, 0, NULL, &back, &err), err);
    remove(path);
    return back;
}

static void give_velocities(struct pel_structure *s)
{
    struct pel_random random;
    pel_random_init(&random, 8, 8, 8);
    s->v = calloc(s->n, 3 * sizeof *s->v);
    for (size_t i = 0; i < 3 * s->n; i++)
        s->v[i] = 3.0 * pel_random_normal(&random);
}

static void round_trip_keeps_every_bit(void **state)
{
    (void)state;
    struct pel_structure *s = random_structure(61, TILTED, 1.5, 22);
    give_velocities(s);
    /* Such an origin that every length of the box can be written as hi - lo. */
    for (int k = 0; k < 3; k++)
        s->cell.origin[k] = -0.25;
    struct pel_structure *back = through_file(s, "made by a test", NULL);
    assert_int_equal(back->n, s->n);
    assert_memory_equal(back->x, s->x, 3 * s->n * sizeof *s->x);
    assert_memory_equal(back->v, s->v, 3 * s->n * sizeof *s->v);
    assert_memory_equal(back->id, s->id, s->n * sizeof *s->id);
    assert_memory_equal(back->type, s->type, s->n * sizeof *s->type);
    assert_memory_equal(back->cell.h, s->cell.h, sizeof s->cell.h);
    assert_memory_equal(back->cell.origin, s->cell.origin, sizeof s->cell.origin);
    assert_string_equal(back->species[1], "Bb");
    ASSERT_NEAR(back->mass[1], 91.224, 0.0);
    pel_structure_free(back);
    pel_structure_free(s);
}

static double distance(const struct pel_structure *s, size_t i, size_t j)
{
    double d[3];
    for (int k = 0; k < 3; k++)
        d[k] = s->x[3 * i + k] - s->x[3 * j + k];
    pel_cell_minimum_image(&s->cell, d);
    return sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}

/* A cell that LAMMPS cannot take comes back turned, with tilts that it accepts and with
 * all distances, periodic ones, as they were. */
static void turns_a_general_cell(void **state)
{
    (void)state;
    static const double odd[3][3] = {
        {13.1, 1.3, -2.2}, {9.4, 14.2, 0.9}, {-7.6, 9.8, 14.3}};
    struct pel_structure *s = random_structure(40, odd, 1.5, 23);
    char line[256];
    give_velocities(s);
    struct pel_structure *back = through_file(s, NULL, line);
    assert_non_null(strstr(line, "; rotated about the corner of the cell to a along x"));
    double(*h)[3] = back->cell.h;
    ASSERT_NEAR(back->cell.volume, s->cell.volume, 1e-9);
    assert_true(h[0][1] == 0.0 && h[0][2] == 0.0 && h[1][2] == 0.0);
    assert_true(fabs(h[1][0]) <= 0.5 * h[0][0] && fabs(h[2][0]) <= 0.5 * h[0][0] &&
                fabs(h[2][1]) <= 0.5 * h[1][1]);
    for (size_t i = 0; i < s->n; i++) {
        double v2 = 0.0, w2 = 0.0, vd = 0.0, wd = 0.0;
        for (size_t j = 0; j < i; j++)
            ASSERT_NEAR(distance(back, i, j), distance(s, i, j), 1e-11);
        for (int k = 0; k < 3; k++) {
            v2 += s->v[3 * i + k] * s->v[3 * i + k];
            w2 += back->v[3 * i + k] * back->v[3 * i + k];
            vd += s->v[3 * i + k] * (s->x[3 * i + k] - s->x[k]);
            wd += back->v[3 * i + k] * (back->x[3 * i + k] - back->x[k]);
        }
        ASSERT_NEAR(w2, v2, 1e-11);
        ASSERT_NEAR(wd, vd, 1e-9); /* velocities turn with the positions */
    }
    pel_structure_free(back);
    pel_structure_free(s);
}

static const char *const WHOLE = "LAMMPS data file\n"       /* 1 */
                                 "\n"                       /* 2 */
                                 "3 atoms # all\n"          /* 3 */
                                 "2 atom types\n"           /* 4 */
                                 "\n"                       /* 5 */
                                 "-0.5 8.5 xlo xhi\n"       /* 6 */
                                 "0 8 ylo yhi\n"            /* 7 */
                                 "1 8 zlo zhi\n"            /* 8 */
                                 "1 2 3 xy xz yz\n"         /* 9 */
                                 "\n"                       /* 10 */
                                 "Masses\n"                 /* 11 */
                                 "\n"                       /* 12 */
                                 "1 63.5 # Cu\n"            /* 13 */
                                 "2 91.25 # Zr\n"           /* 14 */
                                 "\n"                       /* 15 */
                                 "Pair Coeffs # hybrid\n"   /* 16 */
                                 "\n"                       /* 17 */
                                 "1 0.5 2.5\n"              /* 18 */
                                 "2 0.5 2.5\n"              /* 19 */
                                 "\n"                       /* 20 */
                                 "Atoms # atomic\n"         /* 21 */
                                 "\n"                       /* 22 */
                                 "7 2 1.5 2.5 3.5 1 0 -2\n" /* 23 */
                                 "4 1 -1.5 2.5 3.5\n"       /* 24 */
                                 "12 2 4.5 2.5 3.5 0 1 0\n" /* 25 */
                                 "\n"                       /* 26 */
                                 "Velocities\n"             /* 27 */
                                 "\n"                       /* 28 */
                                 "12 .7 .8 .9\n"            /* 29 */
                                 "4 .4 .5 .6\n"             /* 30 */
                                 "7 .1 .2 .3\n";            /* 31 */

/* WHOLE with one text replaced (the first place where it stands). */
static void edited(char out[1024], const char *what, const char *by)
{
    const char *at = strstr(WHOLE, what);
    assert_non_null(at);
    snprintf(out, 1024, "%.*s%s%s", (int)(at - WHOLE), WHOLE, by, at + strlen(what));
}

static void reads_sections_and_images(void **state)
{
    (void)state;
    char path[64];
    struct pel_structure *s = NULL;
    struct pel_error err = {0};
    write_temporary(path, ".data", WHOLE);
    ASSERT_OK(pel_structure_read(path, 0, NULL, &s, &err), err);
    assert_int_equal(s->id[1], 7);
    assert_int_equal(s->type[0], 0);
    assert_string_equal(s->species[1], "Zr");
    ASSERT_NEAR(s->mass[0], 63.5, 0.0);
    /* 1 a - 2 c = (9, 0, 0) - 2 (2, 3, 7) */
    ASSERT_NEAR(s->x[3], 1.5 + 9.0 - 4.0, 0.0);
    ASSERT_NEAR(s->x[4], 2.5 - 6.0, 0.0);
    ASSERT_NEAR(s->x[5], 3.5 - 14.0, 0.0);
    ASSERT_NEAR(s->x[6], 5.5, 0.0);
    ASSERT_NEAR(s->x[7], 10.5, 0.0);
    ASSERT_NEAR(s->v[3], 0.1, 0.0);
    ASSERT_NEAR(s->cell.origin[2], 1.0, 0.0);
    pel_structure_free(s);
    /* Names from the caller, against masses that are not commented. */
    char content[1024];
    static const char *const el[] = {"Ag", "Zr", "Cu"};
    edited(content, "# Cu", "");
    FILE *file = fopen(path, "w");
    fputs(content, file);
    fclose(file);
    ASSERT_OK(pel_structure_read(path, 3, el, &s, &err), err);
    assert_string_equal(s->species[0], "Ag");
    assert_int_equal(s->n_species, 2);
    pel_structure_free(s);
    remove(path);
}

static void says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *what, *by, *message;
    } cases[] = {
        {"3 atoms", "three atoms",
         ":3: the number of atoms is \"three\", expected an integer of at least 1"},
        {"3 atoms # all", "", ":11: the header ends without \"N atoms\""},
        {"3 atoms", "4 atoms",
         ":27: \"Velocities\" after 3 rows of Atoms, expected 4 rows"},
        {"3 atoms", "2 atoms",
         ":25: \"12 2 4.5 2.5 3.5 0 1 0\" is one row too many, "
         "expected Masses, Atoms or Velocities"},
        {"3 atoms", "3.5 atoms",
         ":3: the number of atoms is \"3.5\", expected an integer of at least 1"},
        {"2 atom types\n", "\n", ":11: the header ends without \"N atom types\""},
        {"2 atom types", "17 atom types",
         ":4: the number of atom types is \"17\", expected an integer of at least 1 and "
         "at most 16"},
        {"0 8 ylo yhi", "", ":11: the header ends without \"lo hi ylo yhi\""},
        {"0 8 ylo yhi", "8 0 ylo yhi", ":7: ylo yhi: hi is not above lo"},
        {"0 8 ylo yhi", "0 eight ylo yhi",
         ":7: ylo yhi is \"eight\", expected a finite number"},
        {"1 2 3 xy xz yz", "1 2 xy xz yz", ":9: xy xz yz is missing, expected a number"},
        {"1 2 3 xy xz yz", "2 bonds",
         ":9: a count of what atom_style atomic has not is \"2\", expected an integer "
         "of at least 0 and at most 0"},
        {"1 2 3 xy xz yz", "12 unknowns",
         ":9: \"12 unknowns\" is no known header line or section, expected \"N atoms\", "
         "\"N "
         "atom types\", \"lo hi xlo xhi\", Masses, Atoms, ..."},
        {"1 63.5", "1 heavy", ":13: mass is \"heavy\", expected a finite number"},
        {"1 63.5", "1 -63.5", ":13: mass is not positive, expected g/mol"},
        {"2 91.25", "1 91.25", ":14: the mass of a type comes twice"},
        {"2 91.25", "3 91.25",
         ":14: atom type is \"3\", expected an integer of at least 1 and at most 2"},
        {"# Cu", "# Ag",
         ":13: type 1 is Ag in this file, but element 1 of those named is Cu"},
        {"# atomic", "# full", ":21: atom style \"full\", expected atomic"},
        {"7 2 1.5", "7 3 1.5",
         ":23: atom type is \"3\", expected an integer of at least 1 and at most 2"},
        {"7 2 1.5", "7 2 inf", ":23: position is \"inf\", expected a finite number"},
        {"1 0 -2", "1 0", ":23: image flag is missing, expected an integer"},
        {"1 0 -2", "1 0 -2 9", ":23: \"9\" is one column too many"},
        {"12 2 4.5", "7 2 4.5",
         ":25: atom 7 comes a second time (first on line 23), expected every id once"},
        {"12 .7", "13 .7", ":29: atom 13 of Velocities is not in Atoms"},
        {"7 .1 .2 .3\n", "", ":30: the file ends after 2 of 3 rows of Velocities"},
        {"7 .1 .2 .3", "7 .1 .2", ":31: velocity is missing, expected a number"},
        {"Velocities", "Speeds",
         ":27: \"Speeds\" is no known section, expected Masses, Atoms or Velocities"},
        {"Atoms # atomic", "Velocities",
         ":21: Velocities before Atoms, expected Atoms first"},
    };
    static const char *const el[] = {"Cu", "Zr"};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char path[64], content[1024];
        struct pel_structure *s = NULL;
        struct pel_error err = {0};
        edited(content, cases[k].what, cases[k].by);
        write_temporary(path, ".data", content);
        assert_int_equal(pel_structure_read(path, 2, el, &s, &err), PEL_EFORMAT);
        assert_null(s);
        if (strncmp(err.text, path, strlen(path)) != 0 ||
            strcmp(err.text + strlen(path), cases[k].message) != 0)
            fail_msg("case %zu: %s", k, err.text);
        remove(path);
    }
}

static void needs_one_name_a_type(void **state)
{
    (void)state;
    static const struct {
        const char *what, *by, *message;
        size_t n_elements;
    } cases[] = {
        {"# Zr", "",
         ": atom type 2 has no element, expected \"2 mass # Cu\" in Masses or the "
         "elements named by the user",
         0},
        {"# Zr", "# Cu",
         ": atom types 1 and 2 are both Cu, expected one type per element", 0},
        {"# Zr", "# Zr", ":4: 2 atom types, but only 1 elements were named", 1},
    };
    static const char *const el[] = {"Cu"};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char path[64], content[1024];
        struct pel_structure *s = NULL;
        struct pel_error err = {0};
        edited(content, cases[k].what, cases[k].by);
        write_temporary(path, ".data", content);
        assert_int_equal(pel_structure_read(path, cases[k].n_elements, el, &s, &err),
                         PEL_EFORMAT);
        if (strcmp(err.text + strlen(path), cases[k].message) != 0)
            fail_msg("case %zu: %s", k, err.text);
        remove(path);
    }
}

static void writer_refuses(void **state)
{
    (void)state;
    struct pel_structure *s = random_structure(5, TILTED, 1.5, 4);
    struct pel_error err;
    FILE *file = fopen("/dev/full", "w");
    setvbuf(file, NULL, _IONBF, 0);
    assert_int_equal(pel_structure_write_lammps(s, file, NULL, &err), PEL_EIO);
    fclose(file);
    file = fopen("/dev/null", "w");
    s->mass[1] = 0.0;
    assert_int_equal(pel_structure_write_lammps(s, file, NULL, &err), PEL_EARG);
    assert_string_equal(err.text, "species Bb has no mass");
    s->mass[1] = 91.0;
    assert_int_equal(pel_structure_write_lammps(s, file, "a\nb", &err), PEL_EARG);
    s->x[0] = INFINITY;
    assert_int_equal(pel_structure_write_lammps(s, file, NULL, &err), PEL_EARG);
    fclose(file);
    pel_structure_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip_keeps_every_bit),
        cmocka_unit_test(turns_a_general_cell),
        cmocka_unit_test(reads_sections_and_images),
        cmocka_unit_test(says_what_is_wrong_and_where),
        cmocka_unit_test(needs_one_name_a_type),
        cmocka_unit_test(writer_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

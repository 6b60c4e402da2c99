#include "atoms_common.h"

static void assert_same(const struct pel_structure *a, const struct pel_structure *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->n_species, b->n_species);
    assert_memory_equal(a->x, b->x, 3 * a->n * sizeof *a->x);
    assert_memory_equal(a->id, b->id, a->n * sizeof *a->id);
    assert_memory_equal(a->type, b->type, a->n * sizeof *a->type);
    assert_memory_equal(a->cell.h, b->cell.h, sizeof a->cell.h);
    assert_memory_equal(a->cell.origin, b->cell.origin, sizeof a->cell.origin);
    assert_int_equal(a->v != NULL, b->v != NULL);
    if (a->v != NULL) assert_memory_equal(a->v, b->v, 3 * a->n * sizeof *a->v);
    for (size_t k = 0; k < a->n_species; k++)
        assert_string_equal(a->species[k], b->species[k]);
}

static void round_trip(const struct pel_structure *s, const char *keys)
{
    static const char *const names[] = {"Aa", "Bb"};
    struct pel_error err = {0};
    struct pel_structure *back = NULL;
    char path[64];
    write_temporary(path, ".xyz", "");
    FILE *file = fopen(path, "w");
    ASSERT_OK(pel_structure_write_extxyz(s, file, keys, &err), err);
    fclose(file);
    ASSERT_OK(pel_structure_read(path, 2, names, &back, &err), err);
    remove(path);
    assert_same(s, back);
    pel_structure_free(back);
}

static void round_trip_keeps_every_bit(void **state)
{
    (void)state;
    static const double odd[3][3] = {
        {13.1, 1.3, -2.2}, {-3.4, 1.0 / 0.07, 0.9}, {2.6, -1.8, 14.3}};
    struct pel_structure *s = random_structure(61, odd, 1.5, 21);
    s->x[7] = 1e-300;
    s->x[8] = -0.0;
    round_trip(s, NULL);
    s->v = calloc(s->n, 3 * sizeof *s->v);
    struct pel_random random;
    pel_random_init(&random, 8, 8, 8);
    for (size_t i = 0; i < 3 * s->n; i++)
        s->v[i] = 3.0 * pel_random_normal(&random);
    round_trip(s, "energy=-12.5 config_type=\"as made\"");
    pel_structure_free(s);
}

static const char *const HEAD = "Lattice=\"9 0 0 1 8 0 2 3 7\" ";

/* Atoms out of order, other properties between, names of another program. */
static void reads_what_others_write(void **state)
{
    (void)state;
    const char *content =
        "3\r\n"
        "Time=3.5 flag pbc=\"T T T\" origin='0.5 -1 2' Lattice=\"9 0 0 1 8 0 2 3 7\" "
        "Properties=id:I:1:species:S:1:tags:I:2:pos:R:3:vel:R:3:mass:R:1\r\n"
        "7 Zr 0 0 1.5 2.5 3.5 .1 .2 .3 91.25\r\n"
        "4 Cu 0 0 -1.5 2.5 3.5 .4 .5 .6 63.5\r\n"
        "12 Zr 0 0 4.5 2.5 3.5 .7 .8 .9 91.25\r\n"
        "further frames are not read";
    char path[64];
    struct pel_structure *s = NULL;
    struct pel_error err = {0};
    write_temporary(path, ".xyz", content);
    ASSERT_OK(pel_structure_read(path, 0, NULL, &s, &err), err);
    remove(path);
    assert_int_equal(s->n, 3);
    assert_int_equal(s->id[0], 4);
    assert_int_equal(s->id[2], 12);
    assert_string_equal(s->species[0], "Zr"); /* first to appear */
    assert_int_equal(s->type[0], 1);
    ASSERT_NEAR(s->x[0], -1.5, 0.0);
    ASSERT_NEAR(s->v[8], 0.9, 0.0);
    ASSERT_NEAR(s->mass[0], 91.25, 0.0);
    ASSERT_NEAR(s->cell.h[2][1], 3.0, 0.0);
    ASSERT_NEAR(s->cell.origin[1], -1.0, 0.0);
    pel_structure_free(s);
}

static void says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second; /* second starts with Lattice where it has a % */
        const char *rows;
        const char *message;
    } cases[] = {
        {"2", "%", "Cu 1 2 3\n", ":3: the file ends after 1 atoms, expected 2"},
        {"0", "%", "",
         ":1: the number of atoms is \"0\", expected an integer of at least 1"},
        {"1", "Lattice=\"9 0 0 1 8 0 2 3\"", "Cu 1 2 3\n",
         ":2: Lattice is missing, expected a number"},
        {"1", "Lattice=\"9 0 0 1 8 0 2 3 7 1\"", "Cu 1 2 3\n",
         ":2: Lattice has too many numbers, expected 9"},
        {"1", "Lattice=\"9 0 0 1 8 0 2 three 7\"", "Cu 1 2 3\n",
         ":2: Lattice is \"three\", expected a finite number"},
        {"1", "Lattice=\"9 0 0 1 8 0 2 3 7", "Cu 1 2 3\n",
         ":2: the value of Lattice has no closing \""},
        {"1", "Lattice=\"9 0 0 1 8 0 2 3 -7\"", "Cu 1 2 3\n",
         ":2: cell volume a.(b x c) is -504 A^3, expected a positive one (right-handed "
         "cell "
         "vectors)"},
        {"1", "%pbc=\"T T F\"", "Cu 1 2 3\n",
         ":2: not periodic in every direction, expected pbc=\"T T T\""},
        {"1", "%Properties=species:S:1:pos:R:2", "Cu 1 2\n",
         ":2: property pos is R:2, expected R:3"},
        {"1", "%Properties=species:S:1:pos:R", "Cu 1 2 3\n",
         ":2: property pos of Properties is malformed, expected name:kind:columns with "
         "kind "
         "S, R, I or L"},
        {"1", "%Properties=pos:R:3", "1 2 3\n",
         ":2: Properties lacks species or pos, expected "
         "Properties=species:S:1:pos:R:3..."},
        {"1", "%", "Cu 1 2\n", ":3: 3 columns, expected 4 (atom 1 of 1)"},
        {"1", "%", "Cu 1 2 3 4\n", ":3: 5 columns, expected 4 (atom 1 of 1)"},
        {"2", "%", "Cu 1 2 3\nCu 1 nan 3\n",
         ":4: pos is \"nan\", expected a finite number"},
        {"2", "%", "Cu 1 2 3\nNi 1 2 3\n",
         ":4: species Ni is not among the given elements"},
        {"1", "%", "Copperish 1 2 3\n",
         ":3: species \"Copperish\" is too long, expected at most 7 characters"},
        {"3", "%Properties=species:S:1:pos:R:3:id:I:1",
         "Cu 1 2 3 8\nCu 2 2 3 9\nCu 3 2 3 8\n",
         ":5: atom 8 comes a second time (first on line 3), expected every id once"},
        {"1", "%Properties=species:S:1:pos:R:3:id:I:1", "Cu 1 2 3 2.5\n",
         ":3: id is \"2.5\", expected an integer of at least 0"},
        {"1", "%Properties=species:S:1:pos:R:3:mass:R:1", "Cu 1 2 3 -1\n",
         ":3: mass is not positive, expected g/mol"},
    };
    static const char *const el[] = {"Cu", "Zr"};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char path[64], content[512];
        const char *second = cases[k].second;
        struct pel_structure *s = NULL;
        struct pel_error err = {0};
        snprintf(content, sizeof content, "%s\n%s%s\n%s", cases[k].first,
                 *second == '%' ? HEAD : "", *second == '%' ? second + 1 : second,
                 cases[k].rows);
        write_temporary(path, ".xyz", content);
        assert_int_equal(pel_structure_read(path, 2, el, &s, &err), PEL_EFORMAT);
        assert_null(s);
        if (strncmp(err.text, path, strlen(path)) != 0 ||
            strcmp(err.text + strlen(path), cases[k].message) != 0)
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
    assert_non_null(file);
    setvbuf(file, NULL, _IONBF, 0);
    assert_int_equal(pel_structure_write_extxyz(s, file, NULL, &err), PEL_EIO);
    fclose(file);
    file = fopen("/dev/null", "w");
    assert_int_equal(pel_structure_write_extxyz(s, file, "a=1\nb=2", &err), PEL_EARG);
    assert_string_equal(err.text, "a line break in the comment of a structure");
    s->x[4] = NAN;
    assert_int_equal(pel_structure_write_extxyz(s, file, NULL, &err), PEL_EARG);
    assert_string_equal(err.text, "position or velocity of atom 5 is not finite");
    s->x[4] = 1.0;
    s->type[2] = 2;
    assert_int_equal(pel_structure_write_extxyz(s, file, NULL, &err), PEL_EARG);
    assert_string_equal(err.text, "atom 8 has type 2 of 2 species");
    s->type[2] = 1;
    s->species[1][0] = '\0';
    assert_int_equal(pel_structure_write_extxyz(s, file, NULL, &err), PEL_EARG);
    assert_string_equal(err.text, "species 2 has no usable name");
    s->n_species = 0;
    assert_int_equal(pel_structure_write_extxyz(s, file, NULL, &err), PEL_EARG);
    fclose(file);
    pel_structure_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip_keeps_every_bit),
        cmocka_unit_test(reads_what_others_write),
        cmocka_unit_test(says_what_is_wrong_and_where),
        cmocka_unit_test(writer_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

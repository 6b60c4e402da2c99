#include "atoms_common.h"

#include <pelrate/element.h>

static void creates_copies_and_frees(void **state)
{
    (void)state;
    struct pel_error err;
    struct pel_structure *s = NULL, *copy = NULL;
    assert_int_equal(pel_structure_create(0, &s, &err), PEL_EARG);
    assert_string_equal(err.text, "a structure needs at least one atom");
    assert_null(s);
    s = random_structure(23, TILTED, 1.5, 3);
    s->v = calloc(s->n, 3 * sizeof *s->v);
    for (size_t i = 0; i < 3 * s->n; i++)
        s->v[i] = 0.017 * (double)i - 0.3;
    ASSERT_OK(pel_structure_copy(s, &copy, &err), err);
    assert_ptr_not_equal(copy->x, s->x);
    assert_memory_equal(copy->x, s->x, 3 * s->n * sizeof *s->x);
    assert_memory_equal(copy->v, s->v, 3 * s->n * sizeof *s->v);
    assert_memory_equal(copy->id, s->id, s->n * sizeof *s->id);
    assert_memory_equal(copy->type, s->type, s->n * sizeof *s->type);
    assert_memory_equal(&copy->cell, &s->cell, sizeof s->cell);
    assert_string_equal(copy->species[1], "Bb");
    pel_structure_free(copy);
    pel_structure_free(s);
    pel_structure_free(NULL);
}

static void knows_the_elements(void **state)
{
    (void)state;
    ASSERT_NEAR(pel_element_mass("Cu"), 63.546, 0.0);
    ASSERT_NEAR(pel_element_mass("Zr"), 91.224, 0.0);
    ASSERT_NEAR(pel_element_mass("Nd"), 144.24, 0.0);
    ASSERT_NEAR(pel_element_mass("cu"), 0.0, 0.0);
    ASSERT_NEAR(pel_element_mass(""), 0.0, 0.0);
    static const char *const glass[] = {"Mg", "Al", "Si", "P",  "Ti", "V",  "Cr", "Mn",
                                        "Fe", "Co", "Ni", "Cu", "Zn", "Y",  "Zr", "Nb",
                                        "Mo", "Pd", "Ag", "Sn", "La", "Ce", "Nd", "Gd",
                                        "Hf", "Ta", "W",  "Pt", "Au", "Be", "B",  "C"};
    for (size_t k = 0; k < sizeof glass / sizeof *glass; k++)
        assert_true(pel_element_mass(glass[k]) > 9.0);
}

/* Which of the two formats a file is, the content decides. */
static void tells_the_formats_apart(void **state)
{
    (void)state;
    static const char *const el[] = {"Cu", "Zr"};
    static const struct {
        const char *content;
        pel_status status;
        const char *message; /* after the path */
    } cases[] = {
        {"1\nLattice=\"9 0 0 0 9 0 0 0 9\"\nCu 1 2 3\n", PEL_OK, NULL},
        {"17\n\n1 atoms\n1 atom types\n0 9 xlo xhi\n0 9 ylo yhi\n0 9 zlo zhi\n\nAtoms\n\n"
         "1 1 1 2 3\n",
         PEL_OK, NULL},
        {"1\n\nCu 1 2 3\n", PEL_EFORMAT,
         ":2: no Lattice=\"...\", expected the nine numbers of a cell"},
        {"1\nplain xyz\nCu 1 2 3\n", PEL_EFORMAT,
         ":2: no Lattice=\"...\", expected the nine numbers of a cell"},
        {"", PEL_EFORMAT, ":1: an empty file, expected extended XYZ or LAMMPS data"},
        {"1\n", PEL_EFORMAT,
         ":1: the file ends here, expected a line with Lattice=\"...\""},
        {"nothing\n", PEL_EFORMAT, ":1: the file ends without a section Atoms"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char path[64];
        struct pel_structure *s = NULL;
        struct pel_error err = {0};
        write_temporary(path, "", cases[k].content);
        const pel_status status = pel_structure_read(path, 2, el, &s, &err);
        if (status != cases[k].status) fail_msg("case %zu: %s", k, err.text);
        if (status == PEL_OK) {
            ASSERT_NEAR(s->x[2], 3.0, 0.0);
        } else {
            assert_null(s);
            if (strcmp(err.text + strlen(path), cases[k].message) != 0)
                fail_msg("case %zu: %s", k, err.text);
        }
        pel_structure_free(s);
        remove(path);
    }
}

static void refuses_bad_calls(void **state)
{
    (void)state;
    struct pel_structure *s = NULL;
    struct pel_error err;
    const char *many[17];
    for (int k = 0; k < 17; k++)
        many[k] = "Cu";
    assert_int_equal(pel_structure_read("/nonexistent/x", 0, NULL, &s, &err), PEL_EOPEN);
    assert_string_equal(err.text,
                        "/nonexistent/x: cannot be opened: No such file or directory");
    assert_int_equal(pel_structure_read("x", 17, many, &s, &err), PEL_EARG);
    assert_int_equal(pel_structure_read("x", 2, many, &s, &err), PEL_EARG);
    assert_string_equal(err.text, "element Cu is named twice");
    const char *bad[] = {"Copper is red"};
    assert_int_equal(pel_structure_read("x", 1, bad, &s, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "\"Copper is red\" cannot be an element, expected 1 to 7 "
                        "characters without blanks");
    assert_null(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(creates_copies_and_frees),
        cmocka_unit_test(knows_the_elements),
        cmocka_unit_test(tells_the_formats_apart),
        cmocka_unit_test(refuses_bad_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

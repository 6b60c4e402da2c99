#include <pelrate/composition.h>

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

static void test_texts(void **state)
{
    (void)state;
    const struct {
        const char *text;
        size_t n;
        const char *first;
        double share;
    } cases[] = {
        {"Cu56Zr44", 2, "Cu", 0.56},
        {"Cu0.56Zr0.44", 2, "Cu", 0.56},
        {"CuZr", 2, "Cu", 0.5},
        {"Zr3Al", 2, "Zr", 0.75},
        {"Ni", 1, "Ni", 1.0},
        {"W.25C.75", 2, "W", 0.25},
        {"Zr46Cu30.14Ag7.36Al8Be8.5", 5, "Zr", 0.46},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pel_composition c;
        assert_int_equal(pel_composition_parse(cases[i].text, &c, NULL), PEL_OK);
        assert_int_equal(c.n, cases[i].n);
        assert_string_equal(c.element[0], cases[i].first);
        assert_true(fabs(c.fraction[0] - cases[i].share) < 1e-15);
    }
}

static void test_bad_texts(void **state)
{
    (void)state;
    const struct {
        const char *text, *error;
    } cases[] = {
        {"", "the composition is empty, expected something like Cu56Zr44"},
        {"cu56Zr44",
         "composition 'cu56Zr44': expected an element at 'cu56Zr44', as in Cu56Zr44"},
        {"Cu56 Zr44",
         "composition 'Cu56 Zr44': expected an element at ' Zr44', as in Cu56Zr44"},
        {"Cu-5Zr", "composition 'Cu-5Zr': expected an element at '-5Zr', as in Cu56Zr44"},
        {"Cu56Zr44Cu1", "composition 'Cu56Zr44Cu1': Cu is there twice"},
        {"Cu0Zr44", "composition 'Cu0Zr44': the amount of Cu must be positive"},
        {"Cu5.6.1Zr", "composition 'Cu5.6.1Zr': '5.6.1' is not a number"},
        {"Cu.Zr", "composition 'Cu.Zr': '.' is not a number"},
        {"Cu11111111111111111111111111111111111",
         "composition 'Cu11111111111111111111111111111111111"
         "': the amount of Cu is too long"},
        {"HLiBCNOFPSKVYIWUHeBe",
         "composition 'HLiBCNOFPSKVYIWUHeBe': more than 16 elements"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pel_composition c;
        struct pel_error err = {0};
        assert_int_equal(pel_composition_parse(cases[i].text, &c, &err), PEL_EARG);
        assert_string_equal(err.text, cases[i].error);
        assert_int_equal(c.n, 0);
    }
}

static void test_counts(void **state)
{
    (void)state;
    const struct {
        const char *text;
        size_t n, counts[4];
    } cases[] = {
        {"Cu56Zr44", 1000, {560, 440}},   {"Cu56Zr44", 107, {60, 47}},
        {"Cu1Zr1Al1", 100, {34, 33, 33}}, {"Cu0.1Zr0.2Al0.7", 10, {1, 2, 7}},
        {"Cu47.7Zr52.3", 13, {6, 7}},     {"Cu10Zr45Al45", 7, {1, 3, 3}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pel_composition c;
        size_t counts[PEL_MAX_SPECIES];
        assert_int_equal(pel_composition_parse(cases[i].text, &c, NULL), PEL_OK);
        assert_int_equal(pel_composition_counts(&c, cases[i].n, counts, NULL), PEL_OK);
        for (size_t k = 0; k < c.n; k++)
            assert_int_equal(counts[k], cases[i].counts[k]);
    }
    struct pel_composition c;
    size_t counts[PEL_MAX_SPECIES];
    struct pel_error err = {0};
    assert_int_equal(pel_composition_parse("Cu99Zr1", &c, NULL), PEL_OK);
    assert_int_equal(pel_composition_counts(&c, 20, counts, &err), PEL_EARG);
    assert_string_equal(err.text, "20 atoms are too few: Zr (1 %) would have none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_bad_texts),
        cmocka_unit_test(test_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

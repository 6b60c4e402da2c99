#include <pelrate/push.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { n = 60 };

/* Atoms anywhere in a tilted cell, some of them outside of it. */
static struct pel_structure *make_structure(void)
{
    const double h[3][3] = {{9.1, 0.0, 0.0}, {3.7, 8.3, 0.0}, {-2.1, 1.9, 11.3}};
    struct pel_structure *structure = NULL;
    struct pel_random random;
    assert_int_equal(pel_structure_create(n, &structure, NULL), PEL_OK);
    assert_int_equal(pel_cell_init(&structure->cell, h, NULL, NULL), PEL_OK);
    pel_random_init(&random, 5, 5, 5);
    for (size_t i = 0; i < 3 * n; i++)
        structure->x[i] = 25.0 * (pel_random_uniform(&random) - 0.5);
    return structure;
}

/* Pushed are the atoms within the radius by minimum image, found here by going through
 * the images; the whole is a unit vector. */
static void neighbours_and_nobody_else(void **state)
{
    (void)state;
    struct pel_structure *s = make_structure();
    double push[3 * n];
    size_t pushed_together = 0;
    for (uint64_t search = 0; search < 20; search++) {
        struct pel_random random;
        size_t atom = n;
        pel_random_init(&random, 1, 2, search);
        assert_int_equal(pel_push_local(&random, s, s->x, 3.3, &atom, push, NULL),
                         PEL_OK);
        assert_true(atom < n);
        double length = 0.0;
        for (size_t i = 0; i < n; i++) {
            double nearest = INFINITY;
            for (int u = -6; u <= 6; u++)
                for (int v = -6; v <= 6; v++)
                    for (int w = -6; w <= 6; w++) {
                        double r2 = 0.0;
                        for (size_t c = 0; c < 3; c++) {
                            const double d = s->x[3 * i + c] - s->x[3 * atom + c] +
                                             u * s->cell.h[0][c] + v * s->cell.h[1][c] +
                                             w * s->cell.h[2][c];
                            r2 += d * d;
                        }
                        nearest = fmin(nearest, sqrt(r2));
                    }
            double size = 0.0;
            for (size_t c = 0; c < 3; c++)
                size += push[3 * i + c] * push[3 * i + c];
            assert_int_equal(size > 0.0, nearest <= 3.3);
            pushed_together += size > 0.0;
            length += size;
        }
        assert_true(fabs(length - 1.0) < 1e-12);
    }
    assert_true(pushed_together > 40); /* more than the atoms in the centres */
    pel_structure_free(s);
}

static void the_stream_decides(void **state)
{
    (void)state;
    struct pel_structure *s = make_structure();
    double push[3 * n], again[3 * n], other[3 * n];
    size_t atom, same, chosen[n] = {0}, different = 0;
    for (uint64_t search = 0; search < 600; search++) {
        struct pel_random random;
        pel_random_init(&random, 9, 0, search);
        assert_int_equal(pel_push_local(&random, s, s->x, 4.0, &atom, push, NULL),
                         PEL_OK);
        pel_random_init(&random, 9, 0, search);
        assert_int_equal(pel_push_local(&random, s, s->x, 4.0, &same, again, NULL),
                         PEL_OK);
        assert_int_equal(atom, same);
        assert_memory_equal(push, again, sizeof push);
        pel_random_init(&random, 9, 1, search);
        assert_int_equal(pel_push_local(&random, s, s->x, 4.0, &same, other, NULL),
                         PEL_OK);
        assert_memory_not_equal(push, other, sizeof push);
        chosen[atom]++;
    }
    for (size_t i = 0; i < n; i++)
        different += chosen[i] > 0;
    assert_true(different == n); /* 600 draws of 60: a miss has probability 0.003 */
    pel_structure_free(s);
}

/* Each of the given centres comes up, and no other; the push itself is the local one. */
static void among_the_centres(void **state)
{
    (void)state;
    struct pel_structure *s = make_structure();
    const size_t centres[] = {7, 2, 11};
    size_t hits[3] = {0}, atom;
    double push[3 * n];
    struct pel_random random;
    pel_random_init(&random, 5, 3, 1);
    for (int k = 0; k < 300; k++) {
        assert_int_equal(
            pel_push_among(&random, s, s->x, 3.3, 3, centres, &atom, push, NULL), PEL_OK);
        size_t which = 0;
        while (which < 3 && centres[which] != atom)
            which++;
        assert_true(which < 3);
        hits[which]++;
        assert_true(push[3 * atom] != 0.0);
    }
    /* 100 of 300 expected, standard deviation 8.2. */
    for (int k = 0; k < 3; k++)
        assert_true(hits[k] > 60 && hits[k] < 140);
    pel_structure_free(s);
}

static void bad_arguments(void **state)
{
    (void)state;
    struct pel_structure *s = make_structure();
    struct pel_random random;
    struct pel_error err;
    double push[3 * n];
    size_t atom;
    pel_random_init(&random, 1, 1, 1);
    assert_int_equal(pel_push_local(&random, s, s->x, 0.0, &atom, push, &err), PEL_EARG);
    assert_string_equal(err.text, "push radius 0 A is not positive");
    assert_int_equal(pel_push_local(&random, s, s->x, NAN, &atom, push, &err), PEL_EARG);
    const size_t beyond = n;
    assert_int_equal(pel_push_among(&random, s, s->x, 0.0, 1, &beyond, &atom, push, &err),
                     PEL_EARG);
    assert_int_equal(pel_push_among(&random, s, s->x, 3.3, 0, &beyond, &atom, push, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "no atom to push");
    assert_int_equal(pel_push_among(&random, s, s->x, 3.3, 1, &beyond, &atom, push, &err),
                     PEL_EARG);
    pel_structure_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_and_nobody_else),
        cmocka_unit_test(the_stream_decides),
        cmocka_unit_test(among_the_centres),
        cmocka_unit_test(bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

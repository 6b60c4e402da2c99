#include "atoms_common.h"

#include "atoms/neighbor_priv.h"

static const double INNER[4] = {2.9, 3.7, 3.7, 3.1}, OUTER[4] = {4.1, 5.3, 5.3, 3.1};

/* One pair: two ids in order, distance, whether in the inner segment. */
struct pair {
    int a, b, inner;
    double distance;
};

static int by_pair(const void *p, const void *q)
{
    const struct pair *a = p, *b = q;
    if (a->a != b->a) return a->a < b->a ? -1 : 1;
    if (a->b != b->b) return a->b < b->b ? -1 : 1;
    return a->distance < b->distance ? -1 : a->distance > b->distance;
}

/* All pairs of the list closer than outer + extra. */
static size_t listed(const struct pel_neighbor *list, double extra, struct pair *pairs)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++)
        for (int s = 0; s < 2 * list->n_types; s++) {
            const int *first = list->first + 2 * (size_t)list->n_types * i + s;
            for (int k = first[0]; k < first[1]; k++) {
                const int j = list->neighbors[k], owner = list->owner[j];
                double d2 = 0.0;
                for (int c = 0; c < 3; c++) {
                    const double d = list->x[4 * i + c] - list->x[4 * j + c];
                    d2 += d * d;
                }
                const int a = list->order[i], b = list->order[owner];
                assert_int_equal(list->type[owner], s / 2);
                assert_int_equal(list->type_of[b], s / 2);
                const double range = OUTER[2 * list->type[i] + s / 2] + extra;
                if (!(d2 < range * range)) continue;
                assert_true(n < 200000);
                pairs[n++] =
                    (struct pair){a < b ? a : b, a < b ? b : a, s % 2 == 0, sqrt(d2)};
            }
        }
    qsort(pairs, n, sizeof *pairs, by_pair);
    return n;
}

/* The same by looking at every image of every pair. */
static size_t brute(const struct pel_structure *s, double extra, int images,
                    struct pair *pairs)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j <= i; j++) {
            double x[3], y[3];
            memcpy(x, s->x + 3 * i, sizeof x);
            memcpy(y, s->x + 3 * j, sizeof y);
            pel_cell_wrap(&s->cell, x, NULL);
            pel_cell_wrap(&s->cell, y, NULL);
            for (int a = -images; a <= images; a++)
                for (int b = -images; b <= images; b++)
                    for (int c = -images; c <= images; c++) {
                        /* Of an atom and its own images, each pair has two signs. */
                        if (i == j &&
                            (a < 0 || (a == 0 && (b < 0 || (b == 0 && c <= 0)))))
                            continue;
                        double d2 = 0.0;
                        for (int k = 0; k < 3; k++) {
                            const double d = x[k] - y[k] + a * s->cell.h[0][k] +
                                             b * s->cell.h[1][k] + c * s->cell.h[2][k];
                            d2 += d * d;
                        }
                        const int pair = 2 * s->type[i] + s->type[j];
                        const double range = OUTER[pair] + extra,
                                     inner = INNER[pair] + extra;
                        if (!(d2 < range * range)) continue;
                        assert_true(n < 200000);
                        pairs[n++] =
                            (struct pair){(int)j, (int)i, d2 < inner * inner, sqrt(d2)};
                    }
        }
    qsort(pairs, n, sizeof *pairs, by_pair);
    return n;
}

static struct pair *found, *wanted;

static void compare(const struct pel_neighbor *list, const struct pel_structure *s,
                    double extra, int images, int segments)
{
    const size_t n = listed(list, extra, found), m = brute(s, extra, images, wanted);
    if (n != m) fail_msg("%zu pairs, want %zu (%zu atoms, extra %g)", n, m, s->n, extra);
    assert_true(n > 0);
    for (size_t k = 0; k < n; k++) {
        assert_int_equal(found[k].a, wanted[k].a);
        assert_int_equal(found[k].b, wanted[k].b);
        ASSERT_NEAR(found[k].distance, wanted[k].distance, 1e-10);
        if (segments) assert_int_equal(found[k].inner, wanted[k].inner);
    }
}

static struct pel_neighbor *make(const struct pel_structure *s, double skin)
{
    struct pel_error err = {0};
    struct pel_neighbor *list = NULL;
    size_t bad = 0;
    ASSERT_OK(pel_neighbor_create(s->n, s->type, 2, INNER, OUTER, skin, &list, &err),
              err);
    ASSERT_OK(pel_neighbor_update(list, &s->cell, s->x, &bad, &err), err);
    return list;
}

/* From cells of many bins to cells smaller than the range, straight and strongly tilted.
 */
static void finds_every_pair_once(void **state)
{
    (void)state;
    static const struct {
        double h[3][3];
        size_t n;
        int images;
    } cells[] = {
        {{{21.3, 0.0, 0.0}, {0.0, 19.7, 0.0}, {0.0, 0.0, 23.9}}, 300, 1},
        {{{13.1, 0.0, 0.0}, {4.9, 12.3, 0.0}, {-3.7, 5.3, 11.9}}, 120, 2},
        {{{9.1, 1.3, -2.2}, {-3.4, 9.7, 0.9}, {12.6, -1.8, 8.3}}, 40, 4},
        {{{4.1, 0.0, 0.0}, {7.9, 4.3, 0.0}, {-6.7, 9.1, 3.7}}, 7, 13},
        {{{2.7, 0.0, 0.0}, {0.3, 2.6, 0.0}, {-0.4, 0.5, 2.8}}, 1, 4},
        {{{31.7, 0.0, 0.0}, {0.0, 3.07, 0.0}, {2.2, 0.7, 5.9}}, 25, 4},
    };
    for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) {
        struct pel_structure *s = random_structure(cells[k].n, cells[k].h, 0.0, 31 + k);
        for (int skin = 0; skin < 2; skin++) {
            struct pel_neighbor *list = make(s, 0.7 * skin);
            compare(list, s, 0.7 * skin, cells[k].images, 1);
            pel_neighbor_free(list);
        }
        pel_structure_free(s);
    }
}

/* Mostly empty space must not be filled with bins. */
static void empty_space_is_cheap(void **state)
{
    (void)state;
    static const double vast[3][3] = {{3e4, 0.0, 0.0}, {0.0, 2e4, 0.0}, {0.0, 0.0, 4e4}};
    struct pel_structure *s = random_structure(50, vast, 0.0, 37);
    for (int k = 0; k < 3; k++)
        s->x[3 * 17 + k] = s->x[3 * 29 + k] + 1.1;
    struct pel_neighbor *list = make(s, 0.5);
    compare(list, s, 0.5, 1, 1);
    pel_neighbor_free(list);
    pel_structure_free(s);
}

/* While atoms move and the cell changes: no pair within range is ever missing, the list
 * is kept while that is certain, and built anew when it is not. */
static void is_rebuilt_when_it_must_be(void **state)
{
    (void)state;
    const double skin = 0.8;
    struct pel_structure *s = random_structure(150, TILTED, 1.2, 41);
    struct pel_neighbor *list = make(s, skin);
    struct pel_error err = {0};
    struct pel_random random;
    size_t bad = 0;
    pel_random_init(&random, 4, 4, 4);
    assert_int_equal(list->builds, 1);

    /* One atom by a hair less than half the skin: kept; a hair more: built. */
    s->x[12] += 0.499 * skin;
    ASSERT_OK(pel_neighbor_update(list, &s->cell, s->x, &bad, &err), err);
    assert_int_equal(list->builds, 1);
    compare(list, s, 0.0, 2, 0);
    s->x[12] += 0.002 * skin;
    ASSERT_OK(pel_neighbor_update(list, &s->cell, s->x, &bad, &err), err);
    assert_int_equal(list->builds, 2);

    /* A small strain that carries the atoms along is no reason to build. */
    double h[3][3];
    memcpy(h, s->cell.h, sizeof h);
    for (int k = 0; k < 3; k++)
        h[2][k] *= 1.01;
    struct pel_cell strained;
    ASSERT_OK(pel_cell_init(&strained, (const double(*)[3])h, s->cell.origin, &err), err);
    for (size_t i = 0; i < s->n; i++) {
        double u[3] = {0.0, 0.0, 0.0};
        for (int d = 0; d < 3; d++)
            for (int k = 0; k < 3; k++)
                u[d] += (s->x[3 * i + k] - s->cell.origin[k]) * s->cell.inverse[k][d];
        for (int k = 0; k < 3; k++)
            s->x[3 * i + k] =
                s->cell.origin[k] + u[0] * h[0][k] + u[1] * h[1][k] + u[2] * h[2][k];
    }
    s->cell = strained;
    ASSERT_OK(pel_neighbor_update(list, &s->cell, s->x, &bad, &err), err);
    assert_int_equal(list->builds, 2);
    compare(list, s, 0.0, 2, 0);

    /* Pressed together by more than the skin allows, though no atom moves in the cell. */
    const double press = 0.84;
    for (int i = 0; i < 9; i++)
        (&h[0][0])[i] *= press;
    ASSERT_OK(pel_cell_init(&s->cell, (const double(*)[3])h, s->cell.origin, &err), err);
    for (size_t i = 0; i < 3 * s->n; i++)
        s->x[i] = s->cell.origin[i % 3] + press * (s->x[i] - s->cell.origin[i % 3]);
    ASSERT_OK(pel_neighbor_update(list, &s->cell, s->x, &bad, &err), err);
    assert_int_equal(list->builds, 3);
    compare(list, s, 0.0, 2, 0);

    /* A long walk with a breathing cell. */
    for (int step = 0; step < 60; step++) {
        for (size_t i = 0; i < 3 * s->n; i++)
            s->x[i] += 0.03 * pel_random_normal(&random);
        for (int i = 0; i < 3; i++)
            for (int k = 0; k <= i; k++)
                h[i][k] *= 1.0 + 0.004 * pel_random_normal(&random);
        ASSERT_OK(pel_cell_init(&s->cell, (const double(*)[3])h, s->cell.origin, &err),
                  err);
        ASSERT_OK(pel_neighbor_update(list, &s->cell, s->x, &bad, &err), err);
        compare(list, s, 0.0, 2, 0);
    }
    assert_in_range(list->builds, 5, 60);

    /* An atom put back by a cell vector is still the same atom; a position that is none
     * is an error, and the list recovers. */
    for (int k = 0; k < 3; k++)
        s->x[30 + k] -= s->cell.h[1][k];
    ASSERT_OK(pel_neighbor_update(list, &s->cell, s->x, &bad, &err), err);
    compare(list, s, 0.0, 2, 0);
    const double was = s->x[31];
    s->x[31] = NAN;
    assert_int_equal(pel_neighbor_update(list, &s->cell, s->x, &bad, &err), PEL_EARG);
    assert_int_equal(bad, 10);
    s->x[31] = was;
    ASSERT_OK(pel_neighbor_update(list, &s->cell, s->x, &bad, &err), err);
    compare(list, s, 0.0, 2, 0);
    pel_neighbor_free(list);
    pel_structure_free(s);
}

static int set_up(void **state)
{
    (void)state;
    found = calloc(200000, sizeof *found);
    wanted = calloc(200000, sizeof *wanted);
    return found == NULL || wanted == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    free(found);
    free(wanted);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_every_pair_once),
        cmocka_unit_test(empty_space_is_cheap),
        cmocka_unit_test(is_rebuilt_when_it_must_be),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

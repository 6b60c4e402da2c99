/* Atoms with their images and full neighbour lists, against all pairs of all images. */

#include "atoms_common.h"

#include "atoms/image_list_priv.h"

static const double REACH = 5.3, SKIN = 0.6;
static const double CUTOFFS[2] = {4.1, 5.3};
static const int OF_IMAGES[2] = {1, 0};

static struct pel_image_list *list_of(const struct pel_structure *s, double skin)
{
    struct pel_error err = {0};
    struct pel_image_list *list = NULL;
    ASSERT_OK(
        pel_image_list_create(s->n, REACH, skin, 2, CUTOFFS, OF_IMAGES, &list, &err),
        err);
    return list;
}

static void update(struct pel_image_list *list, const struct pel_structure *s)
{
    struct pel_error err = {0};
    int close[2];
    size_t bad = s->n;
    ASSERT_OK(pel_image_list_update(list, &s->cell, s->x, 0.1, close, &bad, &err), err);
    assert_int_equal(close[0], -1);
}

static double distance2(const struct pel_image_list *list, size_t i, const double y[3])
{
    double d2 = 0.0;
    for (size_t d = 0; d < 3; d++)
        d2 += (list->x[3 * i + d] - y[d]) * (list->x[3 * i + d] - y[d]);
    return d2;
}

/* Each image stands where it should; every image of an atom that an atom sees is there;
 * each list holds every particle within its cut-off. */
static void check(const struct pel_image_list *list, const struct pel_structure *s,
                  int images)
{
    for (size_t i = 0; i < list->n_all; i++) {
        const size_t owner = (size_t)list->owner[i];
        double d[3];
        for (size_t k = 0; k < 3; k++)
            d[k] = list->x[3 * i + k] - s->x[3 * owner + k];
        for (int k = 0; k < 3; k++) { /* whole cell vectors apart */
            double whole = 0.0;
            for (int c = 0; c < 3; c++)
                whole += d[c] * s->cell.inverse[c][k];
            ASSERT_NEAR(whole, nearbyint(whole), 1e-9);
        }
    }
    for (size_t i = 0; i < list->n; i++)
        for (size_t j = 0; j < list->n; j++) {
            int seen = 0, there = 0;
            for (int a = -images; a <= images; a++)
                for (int b = -images; b <= images; b++)
                    for (int c = -images; c <= images; c++) {
                        double y[3];
                        for (int k = 0; k < 3; k++)
                            y[k] = list->x[3 * j + (size_t)k] + a * s->cell.h[0][k] +
                                   b * s->cell.h[1][k] + c * s->cell.h[2][k];
                        const double d2 = distance2(list, i, y);
                        seen += d2 > 1e-12 && d2 < REACH * REACH;
                    }
            for (size_t g = 0; g < list->n_all; g++)
                there += (size_t)list->owner[g] == j && g != i &&
                         distance2(list, i, list->x + 3 * g) < REACH * REACH;
            assert_int_equal(there, seen);
        }
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < list->n_all; i++) {
            int n, wanted = 0, within = 0;
            const int *near = pel_image_list_of(list, k, i, &n);
            if (i >= list->n && !OF_IMAGES[k]) {
                assert_int_equal(n, 0);
                continue;
            }
            for (size_t j = 0; j < list->n_all; j++)
                wanted += j != i &&
                          distance2(list, i, list->x + 3 * j) < CUTOFFS[k] * CUTOFFS[k];
            for (int p = 0; p < n; p++) {
                const double d2 = distance2(list, i, list->x + 3 * (size_t)near[p]);
                assert_true((size_t)near[p] != i);
                within += d2 < CUTOFFS[k] * CUTOFFS[k];
                assert_true(d2 < pow(CUTOFFS[k] + 2.0 * list->skin, 2) + 1e-9);
            }
            assert_int_equal(within, wanted);
        }
}

/* Each atom by less than half the skin, in any direction. */
static void move_a_little(struct pel_structure *s, double skin, uint64_t seed)
{
    struct pel_random random;
    pel_random_init(&random, seed, 3, 4);
    for (size_t i = 0; i < s->n; i++) {
        double d[3], length = 0.0;
        for (int k = 0; k < 3; k++) {
            d[k] = pel_random_normal(&random);
            length += d[k] * d[k];
        }
        for (int k = 0; k < 3; k++)
            s->x[3 * i + (size_t)k] += 0.499 * skin * d[k] / sqrt(length);
    }
}

static void holds_what_is_near(void **state)
{
    static const struct {
        double h[3][3];
        size_t n;
        int images;
    } cells[] = {
        {{{13.1, 0.0, 0.0}, {4.9, 12.3, 0.0}, {-3.7, 5.3, 11.9}}, 60, 2},
        {{{13.1, 0.0, 0.0}, {11.9, 12.3, 0.0}, {-23.7, 35.3, 11.9}}, 60, 5},
        {{{5.1, 0.4, 0.0}, {1.9, 5.3, 0.3}, {-1.7, 1.3, 4.9}}, 5, 3},
        {{{2.9, 0.0, 0.0}, {0.3, 2.7, 0.0}, {-0.4, 0.5, 2.8}}, 1, 4},
    };
    (void)state;
    for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) {
        struct pel_structure *s = random_structure(cells[k].n, cells[k].h, 1.9, 31 + k);
        struct pel_image_list *list = list_of(s, SKIN);
        update(list, s);
        check(list, s, cells[k].images);
        move_a_little(s, SKIN, 4 + k);
        update(list, s);
        assert_int_equal(list->builds, 1); /* the old list still does */
        check(list, s, cells[k].images);
        move_a_little(s, SKIN, 14 + k);
        move_a_little(s, SKIN, 24 + k);
        update(list, s);
        check(list, s, cells[k].images);
        /* Another cell, the same positions. */
        double h[3][3];
        struct pel_error err = {0};
        const size_t builds = list->builds;
        memcpy(h, s->cell.h, sizeof h);
        h[1][0] += 0.01;
        ASSERT_OK(pel_cell_init(&s->cell, (const double(*)[3])h, s->cell.origin, &err),
                  err);
        update(list, s);
        assert_int_equal(list->builds, builds + 1);
        check(list, s, cells[k].images);
        pel_image_list_free(list);
        pel_structure_free(s);
    }
}

/* An atom at a face and an image right across: just out of reach, and then within. */
static void reaches_as_far_as_atoms_may_move(void **state)
{
    static const double h[3][3] = {{21, 0, 0}, {0, 17, 0}, {0, 0, 18}};
    (void)state;
    struct pel_structure *s = random_structure(2, h, 1.0, 44);
    struct pel_image_list *list = list_of(s, SKIN);
    for (size_t d = 0; d < 3; d++)
        s->x[d] = s->x[3 + d] = s->cell.origin[d] + 0.05;
    s->x[3] += 21.0 - REACH - 0.45;
    update(list, s);
    check(list, s, 1);
    s->x[0] -= 0.28;
    s->x[3] += 0.28;
    update(list, s);
    assert_int_equal(list->builds, 1);
    check(list, s, 1);
    pel_image_list_free(list);
    pel_structure_free(s);
}

static void without_skin_it_is_always_new(void **state)
{
    (void)state;
    struct pel_structure *s = random_structure(60, TILTED, 1.9, 41);
    struct pel_image_list *list = list_of(s, 0.0);
    for (size_t k = 1; k < 4; k++) {
        update(list, s);
        assert_int_equal(list->builds, k);
        check(list, s, 2);
        s->x[k] += 0.3;
    }
    pel_image_list_free(list);
    pel_structure_free(s);
}

/* Also when they come together after the list was built. */
static void tells_atoms_that_overlap(void **state)
{
    (void)state;
    struct pel_structure *s = random_structure(60, TILTED, 1.9, 42);
    struct pel_image_list *list = list_of(s, SKIN);
    struct pel_error err = {0};
    int close[2];
    size_t bad = s->n;
    for (size_t d = 0; d < 3; d++) /* the image of one beside the other */
        s->x[3 * 4 + d] = s->x[3 * 11 + d] + s->cell.h[1][d] + (d == 0 ? 0.35 : 0.0);
    update(list, s);
    s->x[3 * 4] -= 0.13;
    s->x[3 * 11] += 0.13;
    ASSERT_OK(pel_image_list_update(list, &s->cell, s->x, 0.1, close, &bad, &err), err);
    assert_int_equal(list->builds, 1);
    assert_int_equal(close[0], 4);
    assert_int_equal(close[1], 11);
    pel_image_list_free(list);
    pel_structure_free(s);
}

static void refuses_what_cannot_be(void **state)
{
    (void)state;
    struct pel_structure *s = random_structure(9, TILTED, 1.9, 43);
    struct pel_image_list *list = list_of(s, SKIN);
    struct pel_error err = {0};
    int close[2];
    size_t bad = s->n;
    s->x[3 * 7 + 1] = INFINITY;
    assert_int_equal(pel_image_list_update(list, &s->cell, s->x, 0.1, close, &bad, &err),
                     PEL_EARG);
    assert_int_equal(bad, 7);
    s->x[3 * 7 + 1] = 0.0;
    static const double flat[3][3] = {{9, 0, 0}, {0, 9, 0}, {0, 0, 1e-7}};
    bad = s->n;
    ASSERT_OK(pel_cell_init(&s->cell, flat, NULL, &err), err);
    assert_int_equal(pel_image_list_update(list, &s->cell, s->x, 0.1, close, &bad, &err),
                     PEL_EARG);
    assert_int_equal(bad, s->n);
    pel_image_list_free(list);
    pel_image_list_free(NULL);
    pel_structure_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_what_is_near),
        cmocka_unit_test(reaches_as_far_as_atoms_may_move),
        cmocka_unit_test(without_skin_it_is_always_new),
        cmocka_unit_test(tells_atoms_that_overlap),
        cmocka_unit_test(refuses_what_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

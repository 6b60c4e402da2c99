#include "atoms_common.h"

static const double ODD[3][3] = {{7.1, 1.3, -2.2}, {-3.4, 9.7, 0.9}, {2.6, -1.8, 8.3}};
static const double ORIGIN[3] = {0.31, -4.7, 12.9};

static void inverse_volume_heights(void **state)
{
    (void)state;
    struct pel_cell cell;
    assert_int_equal(pel_cell_init(&cell, ODD, ORIGIN, NULL), PEL_OK);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            double sum = 0.0;
            for (int l = 0; l < 3; l++)
                sum += ODD[i][l] * cell.inverse[l][k];
            ASSERT_NEAR(sum, i == k ? 1.0 : 0.0, 1e-15);
        }
    /* Sarrus. */
    const double(*h)[3] = ODD;
    const double volume = h[0][0] * h[1][1] * h[2][2] + h[0][1] * h[1][2] * h[2][0] +
                          h[0][2] * h[1][0] * h[2][1] - h[0][2] * h[1][1] * h[2][0] -
                          h[0][1] * h[1][0] * h[2][2] - h[0][0] * h[1][2] * h[2][1];
    ASSERT_NEAR(cell.volume, volume, 1e-12);
    const double flat[3][3] = {{5.3, 0.0, 0.0}, {2.9, 4.1, 0.0}, {0.7, 1.9, 3.7}};
    double heights[3];
    assert_int_equal(pel_cell_init(&cell, flat, NULL, NULL), PEL_OK);
    pel_cell_heights(&cell, heights);
    ASSERT_NEAR(heights[2], 3.7, 1e-14);
    ASSERT_NEAR(heights[1], 4.1 * 3.7 / hypot(3.7, 1.9), 1e-14);
}

static void wraps_by_whole_vectors(void **state)
{
    (void)state;
    struct pel_cell cell;
    struct pel_random random;
    assert_int_equal(pel_cell_init(&cell, ODD, ORIGIN, NULL), PEL_OK);
    pel_random_init(&random, 11, 0, 0);
    for (int trial = 0; trial < 300; trial++) {
        double r[3], was[3];
        int image[3];
        for (int k = 0; k < 3; k++)
            was[k] = r[k] = 90.0 * pel_random_normal(&random);
        pel_cell_wrap(&cell, r, image);
        for (int i = 0; i < 3; i++) {
            double s = 0.0, back = r[i];
            for (int k = 0; k < 3; k++) {
                s += (r[k] - ORIGIN[k]) * cell.inverse[k][i];
                back += image[k] * ODD[k][i];
            }
            assert_true(s > -1e-12 && s < 1.0 + 1e-12);
            ASSERT_NEAR(back, was[i], 1e-12);
        }
        double again[3] = {r[0], r[1], r[2]};
        pel_cell_wrap(&cell, again, NULL);
        for (int k = 0; k < 3; k++)
            ASSERT_NEAR(again[k], r[k], 1e-11);
    }
}

/* Against a search over far more images than can matter, in a cell so tilted that the
 * nearest image is not the one with the smallest fractional coordinates. */
static void minimum_image_is_the_shortest(void **state)
{
    (void)state;
    static const double leaning[3][3] = {
        {6.1, 0.0, 0.0}, {17.9, 5.3, 0.0}, {-11.7, 14.1, 4.7}};
    struct pel_cell cell;
    struct pel_random random;
    assert_int_equal(pel_cell_init(&cell, leaning, NULL, NULL), PEL_OK);
    pel_random_init(&random, 12, 0, 0);
    for (int trial = 0; trial < 100; trial++) {
        double d[3], best = INFINITY;
        for (int k = 0; k < 3; k++)
            d[k] = 8.0 * pel_random_normal(&random);
        for (int a = -60; a <= 60; a++)
            for (int b = -18; b <= 18; b++)
                for (int c = -7; c <= 7; c++) {
                    double sum = 0.0;
                    for (int k = 0; k < 3; k++) {
                        const double e = d[k] + a * leaning[0][k] + b * leaning[1][k] +
                                         c * leaning[2][k];
                        sum += e * e;
                    }
                    best = fmin(best, sum);
                }
        pel_cell_minimum_image(&cell, d);
        ASSERT_NEAR(d[0] * d[0] + d[1] * d[1] + d[2] * d[2], best, 1e-10);
    }
}

static void refuses_what_is_no_cell(void **state)
{
    (void)state;
    struct pel_cell cell;
    struct pel_error err;
    const double left[3][3] = {{0.0, 2.3, 0.0}, {3.1, 0.0, 0.0}, {0.0, 0.0, 4.7}};
    assert_int_equal(pel_cell_init(&cell, left, NULL, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "cell volume a.(b x c) is -33.511 A^3, expected a positive "
                        "one (right-handed cell vectors)");
    const double nan_[3][3] = {{2.3, 0.0, 0.0}, {0.0, NAN, 0.0}, {0.0, 0.0, 4.7}};
    assert_int_equal(pel_cell_init(&cell, nan_, NULL, &err), PEL_EARG);
    assert_string_equal(err.text, "cell vector b is not finite");
    const double flat[3][3] = {{2.3, 0.0, 0.0}, {4.6, 0.0, 0.0}, {0.0, 0.0, 4.7}};
    assert_int_equal(pel_cell_init(&cell, flat, NULL, &err), PEL_EARG);
    const double origin[3] = {0.0, INFINITY, 0.0};
    assert_int_equal(pel_cell_init(&cell, ODD, origin, &err), PEL_EARG);
    assert_string_equal(err.text, "the origin of the cell is not finite");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inverse_volume_heights),
        cmocka_unit_test(wraps_by_whole_vectors),
        cmocka_unit_test(minimum_image_is_the_shortest),
        cmocka_unit_test(refuses_what_is_no_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

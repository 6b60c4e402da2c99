#include <pelrate/distinct.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* Feed one search; its verdict. */
static int64_t feed(struct pel_distinct *distinct, size_t number, double e_a, double e_r,
                    float saddle, float final)
{
    float s[3] = {saddle, 0.5f, -0.25f}, f[3] = {0.125f, final, 1.0f};
    const struct pel_catalogue_search search = {.search = number,
                                                .status = PEL_ART_VALID,
                                                .e_a_eV = e_a,
                                                .e_r_eV = e_r,
                                                .n = 3,
                                                .saddle = s,
                                                .final = f};
    int64_t duplicate = -7;
    assert_int_equal(pel_distinct_add(distinct, &search, &duplicate, NULL), PEL_OK);
    return duplicate;
}

static void all_four_must_agree(void **state)
{
    (void)state;
    struct pel_distinct *d = NULL;
    assert_int_equal(pel_distinct_create(0.01, 0.2, &d, NULL), PEL_OK);
    assert_int_equal(feed(d, 3, 1.0, 0.5, 2.0f, 4.0f), -1);
    assert_int_equal(feed(d, 4, 1.009, 0.491, 2.49f, 3.81f), 3);
    assert_int_equal(feed(d, 5, 1.011, 0.5, 2.0f, 4.0f), -1);
    assert_int_equal(feed(d, 6, 1.0, 0.511, 2.0f, 4.0f), -1);
    assert_int_equal(feed(d, 7, 1.0, 0.5, 2.51f, 4.0f), -1);
    assert_int_equal(feed(d, 9, 1.0, 0.5, 2.0f, 3.79f), -1);
    assert_int_equal(feed(d, 12, 1.0, 0.5, 2.51f, 4.0f), 7);
    assert_int_equal(pel_distinct_count(d), 5);
    pel_distinct_free(d);
}

static void failures_count_for_nothing(void **state)
{
    (void)state;
    struct pel_distinct *d = NULL;
    assert_int_equal(pel_distinct_create(0.01, 0.2, &d, NULL), PEL_OK);
    const struct pel_catalogue_search lost = {
        .search = 0, .status = PEL_ART_LOST, .e_a_eV = NAN, .e_r_eV = NAN};
    int64_t duplicate = 5;
    assert_int_equal(pel_distinct_add(d, &lost, &duplicate, NULL), PEL_OK);
    assert_int_equal(duplicate, -1);
    assert_int_equal(pel_distinct_count(d), 0);
    assert_int_equal(feed(d, 1, 1.0, 0.5, 2.0f, 4.0f), -1);
    pel_distinct_free(d);
}

/* Many, so that the list grows. */
static void many(void **state)
{
    (void)state;
    struct pel_distinct *d = NULL;
    assert_int_equal(pel_distinct_create(0.01, 0.2, &d, NULL), PEL_OK);
    for (size_t k = 0; k < 300; k++)
        assert_int_equal(feed(d, k, 0.1 + 0.02 * (double)k, 0.5, 0.0f, 0.0f), -1);
    for (size_t k = 0; k < 300; k++)
        assert_int_equal(feed(d, 300 + k, 0.1 + 0.02 * (double)k, 0.5, 0.0f, 0.0f),
                         (int64_t)k);
    assert_int_equal(pel_distinct_count(d), 300);
    pel_distinct_free(d);
}

static void bad_arguments(void **state)
{
    (void)state;
    struct pel_distinct *d = NULL;
    struct pel_error err;
    int64_t duplicate;
    assert_int_equal(pel_distinct_create(0.0, 0.2, &d, &err), PEL_EARG);
    assert_null(d);
    assert_int_equal(pel_distinct_create(0.01, NAN, &d, &err), PEL_EARG);
    assert_int_equal(pel_distinct_create(0.01, 0.2, &d, &err), PEL_OK);
    assert_int_equal(feed(d, 5, 1.0, 0.5, 2.0f, 4.0f), -1);
    const struct pel_catalogue_search again = {.search = 5, .status = PEL_ART_LOST};
    assert_int_equal(pel_distinct_add(d, &again, &duplicate, &err), PEL_EARG);
    assert_string_equal(err.text, "search 5 after search 5");
    pel_distinct_free(d);
    pel_distinct_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_four_must_agree),
        cmocka_unit_test(failures_count_for_nothing),
        cmocka_unit_test(many),
        cmocka_unit_test(bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

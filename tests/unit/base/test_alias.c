#include <pelrate/alias.h>
#include <pelrate/random.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "../near.h"

enum { DRAWS = 1000000 };

static void draws_follow_the_weights(void **state)
{
    (void)state;
    const double weights[] = {0.31, 0.0, 7.93, 1e-3, 2.17, 0.0, 1.11, 1e-300, 0.4};
    enum { N = sizeof weights / sizeof weights[0] };
    struct pel_alias alias;
    struct pel_random random;
    double sum = 0.0, count[N] = {0};
    assert_int_equal(pel_alias_init(&alias, N, NULL), PEL_OK);
    pel_alias_fill(&alias, weights);
    pel_random_init(&random, 3, 1, 4);
    for (int i = 0; i < DRAWS; i++)
        count[pel_alias_draw(&alias, pel_random_bits(&random))]++;
    for (int i = 0; i < N; i++)
        sum += weights[i];
    for (int i = 0; i < N; i++) {
        const double p = weights[i] / sum;
        NEAR_ABS(count[i], DRAWS * p, 5.0 * sqrt(DRAWS * p * (1.0 - p)) + 0.5);
    }
    pel_alias_free(&alias);
}

/* What the slots hold adds up to the weights: no statistics needed. */
static void slots_add_up_to_the_weights(void **state)
{
    (void)state;
    enum { N = 1237 };
    double weights[N], sum = 0.0, got[N] = {0};
    struct pel_random random;
    pel_random_init(&random, 7, 7, 7);
    for (int i = 0; i < N; i++)
        sum += weights[i] = exp(20.0 * pel_random_uniform(&random));
    struct pel_alias alias;
    assert_int_equal(pel_alias_init(&alias, N, NULL), PEL_OK);
    pel_alias_fill(&alias, weights);
    for (int i = 0; i < N; i++) {
        got[i] += alias.share[i] * 0x1p-32;
        got[alias.other[i]] += 1.0 - alias.share[i] * 0x1p-32;
    }
    for (int i = 0; i < N; i++)
        NEAR_ABS(got[i], N * weights[i] / sum, 1e-9);
    pel_alias_free(&alias);
}

static void one_thing_is_always_drawn(void **state)
{
    (void)state;
    struct pel_alias alias;
    const double weight = 1e-200;
    assert_int_equal(pel_alias_init(&alias, 1, NULL), PEL_OK);
    pel_alias_fill(&alias, &weight);
    assert_int_equal(pel_alias_draw(&alias, 0), 0);
    assert_int_equal(pel_alias_draw(&alias, UINT64_MAX), 0);
    pel_alias_free(&alias);
}

static void nothing_is_refused(void **state)
{
    (void)state;
    struct pel_alias alias;
    struct pel_error err = {0};
    assert_int_equal(pel_alias_init(&alias, 0, &err), PEL_EARG);
    assert_string_equal(err.text, "alias of 0 things, expected 1 to 2^32");
    pel_alias_free(&alias);
    pel_alias_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_follow_the_weights),
        cmocka_unit_test(slots_add_up_to_the_weights),
        cmocka_unit_test(one_thing_is_always_drawn),
        cmocka_unit_test(nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

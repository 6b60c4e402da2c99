#include <pelrate/random.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

/* xoshiro256** from the state {1, 2, 3, 4}: first outputs of the published algorithm,
 * worked out by hand: rotl(2*5, 7)*9 = 11520; then s1 = 0 gives 0; and so on. */
static void follows_the_published_generator(void **state)
{
    (void)state;
    struct pel_random random = {.s = {1, 2, 3, 4}};
    const uint64_t want[] = {11520u, 0u, 1509978240u, 1215971899390074240u};
    for (size_t i = 0; i < 4; i++)
        assert_true(pel_random_bits(&random) == want[i]);
}

static void a_key_fixes_the_stream_and_every_part_counts(void **state)
{
    (void)state;
    const uint64_t keys[][3] = {{7, 3, 5}, {7, 3, 6}, {7, 4, 5}, {8, 3, 5}, {7, 5, 3},
                                {3, 7, 5}, {5, 3, 7}, {0, 0, 0}, {0, 0, 1}, {0, 1, 0}};
    enum { N = sizeof keys / sizeof keys[0] };
    uint64_t first[N];
    for (int i = 0; i < N; i++) {
        struct pel_random a, b;
        pel_random_init(&a, keys[i][0], keys[i][1], keys[i][2]);
        pel_random_init(&b, keys[i][0], keys[i][1], keys[i][2]);
        first[i] = pel_random_bits(&a);
        assert_true(first[i] == pel_random_bits(&b));
        for (int j = 0; j < i; j++)
            assert_true(first[i] != first[j]);
    }
}

static void neighbouring_streams_are_uncorrelated(void **state)
{
    (void)state;
    enum { STREAMS = 40000 };
    double sum = 0.0;
    double last = 0.5;
    for (uint64_t search = 0; search < STREAMS; search++) {
        struct pel_random random;
        pel_random_init(&random, 20261120u, 2, search);
        const double u = pel_random_uniform(&random);
        sum += (u - 0.5) * (last - 0.5);
        last = u;
    }
    /* Each product has variance 1/144: five standard deviations of the mean. */
    assert_true(fabs(sum / STREAMS) < 5.0 / 12.0 / sqrt(STREAMS));
}

static void uniform_has_its_moments_and_bounds(void **state)
{
    (void)state;
    enum { N = 200000 };
    struct pel_random random;
    pel_random_init(&random, 1, 0, 0);
    double sum = 0.0, square = 0.0;
    for (int i = 0; i < N; i++) {
        const double u = pel_random_uniform(&random);
        assert_true(u > 0.0 && u < 1.0);
        sum += u;
        square += u * u;
    }
    assert_true(fabs(sum / N - 0.5) < 5.0 * sqrt(1.0 / 12.0 / N));
    assert_true(fabs(square / N - 1.0 / 3.0) < 5.0 * sqrt(4.0 / 45.0 / N));
}

static void normal_has_its_moments(void **state)
{
    (void)state;
    enum { N = 200000 };
    struct pel_random random;
    pel_random_init(&random, 1, 2, 3);
    double m1 = 0.0, m2 = 0.0, m4 = 0.0;
    for (int i = 0; i < N; i++) {
        const double x = pel_random_normal(&random);
        m1 += x / N;
        m2 += x * x / N;
        m4 += x * x * x * x / N;
    }
    assert_true(fabs(m1) < 5.0 / sqrt(N));
    assert_true(fabs(m2 - 1.0) < 5.0 * sqrt(2.0 / N));
    assert_true(fabs(m4 - 3.0) < 5.0 * sqrt(96.0 / N));
}

static void below_reaches_every_value_evenly(void **state)
{
    (void)state;
    enum { N = 70000, K = 7 };
    struct pel_random random;
    pel_random_init(&random, 4, 4, 4);
    int count[K] = {0};
    for (int i = 0; i < N; i++)
        count[pel_random_below(&random, K)]++;
    double chi2 = 0.0;
    for (int k = 0; k < K; k++)
        chi2 += (count[k] - N / (double)K) * (count[k] - N / (double)K) / (N / (double)K);
    assert_true(chi2 < 27.9); /* 6 degrees of freedom, p = 1e-4 */
    assert_true(pel_random_below(&random, 1) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_published_generator),
        cmocka_unit_test(a_key_fixes_the_stream_and_every_part_counts),
        cmocka_unit_test(neighbouring_streams_are_uncorrelated),
        cmocka_unit_test(uniform_has_its_moments_and_bounds),
        cmocka_unit_test(normal_has_its_moments),
        cmocka_unit_test(below_reaches_every_value_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

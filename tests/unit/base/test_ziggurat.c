#include <pelrate/ziggurat.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../near.h"

enum { DRAWS = 400000 };

/* The layers close: the last one, from the edge below the top, has the area of the rest. */
static void layers_have_one_area(void **state)
{
    (void)state;
    struct pel_ziggurat z;
    pel_ziggurat_init(&z);
    const int top = PEL_ZIGGURAT_LAYERS - 1;
    const double v[2] = {z.normal_x[0] * z.normal_f[1],
                         z.exponential_x[0] * z.exponential_f[1]};
    NEAR_REL(z.normal_x[top] * (1.0 - z.normal_f[top]), v[0], 1e-9);
    NEAR_REL(z.exponential_x[top] * (1.0 - z.exponential_f[top]), v[1], 1e-9);
    for (int i = 1; i <= PEL_ZIGGURAT_LAYERS; i++) {
        assert_true(z.normal_x[i] < z.normal_x[i - 1]);
        assert_true(z.exponential_x[i] < z.exponential_x[i - 1]);
        NEAR_REL(exp(-0.5 * z.normal_x[i] * z.normal_x[i]), z.normal_f[i], 1e-13);
        NEAR_REL(exp(-z.exponential_x[i]), z.exponential_f[i], 1e-13);
    }
}

static int increasing(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov's distance of draws from a distribution, times sqrt(n): above 2.2 once in
 * ten thousand. */
static double distance(double x[], int n, double (*cdf)(double))
{
    double worst = 0.0;
    qsort(x, (size_t)n, sizeof *x, increasing);
    for (int i = 0; i < n; i++) {
        const double f = cdf(x[i]);
        worst = fmax(worst, fmax(fabs(f - (double)i / n), fabs(f - (i + 1.0) / n)));
    }
    return worst * sqrt(n);
}

static double normal_cdf(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}

static double exponential_cdf(double x)
{
    return -expm1(-x);
}

/* Shape 3: Erlang. */
static double gamma3_cdf(double x)
{
    return 1.0 - exp(-x) * (1.0 + x + 0.5 * x * x);
}

/* Shape 1/2: half the square of a normal. */
static double gamma_half_cdf(double x)
{
    return erf(sqrt(x));
}

static void draws_have_their_distribution(void **state)
{
    (void)state;
    struct pel_ziggurat z;
    struct pel_random random;
    pel_ziggurat_init(&z);
    pel_random_init(&random, 11, 2, 5);
    double *x = calloc(DRAWS, sizeof *x);
    assert_non_null(x);
    int beyond[2] = {0};
    for (int i = 0; i < DRAWS; i++) {
        x[i] = pel_ziggurat_normal(&z, &random);
        beyond[0] += fabs(x[i]) > z.normal_x[1];
    }
    assert_true(distance(x, DRAWS, normal_cdf) < 2.2);
    for (int i = 0; i < DRAWS; i++) {
        x[i] = pel_ziggurat_exponential(&z, &random);
        assert_true(x[i] > 0.0);
        beyond[1] += x[i] > z.exponential_x[1];
    }
    assert_true(distance(x, DRAWS, exponential_cdf) < 2.2);
    /* The tails were reached, about as often as they should be. */
    const double want[2] = {DRAWS * erfc(z.normal_x[1] / sqrt(2.0)),
                            DRAWS * exp(-z.exponential_x[1])};
    for (int k = 0; k < 2; k++)
        NEAR_ABS(beyond[k], want[k], 5.0 * sqrt(want[k]));
    for (int i = 0; i < DRAWS; i++)
        x[i] = pel_ziggurat_gamma(&z, &random, 3.0);
    assert_true(distance(x, DRAWS, gamma3_cdf) < 2.2);
    for (int i = 0; i < DRAWS; i++)
        x[i] = pel_ziggurat_gamma(&z, &random, 0.5);
    assert_true(distance(x, DRAWS, gamma_half_cdf) < 2.2);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_have_one_area),
        cmocka_unit_test(draws_have_their_distribution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

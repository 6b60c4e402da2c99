#include <pelrate/random.h>
#include <pelrate/symmetric.h>

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

/* Q D Q^T with Q a product of reflections at random vectors. */
static void rotated(size_t n, const double d[], double a[], uint64_t seed)
{
    struct pel_random random;
    double v[64], w[64];
    pel_random_init(&random, seed, 1, 2);
    memset(a, 0, n * n * sizeof *a);
    for (size_t i = 0; i < n; i++)
        a[i * n + i] = d[i];
    for (int turn = 0; turn < 3; turn++) {
        double sum = 0.0;
        for (size_t i = 0; i < n; i++) {
            v[i] = pel_random_normal(&random);
            sum += v[i] * v[i];
        }
        for (int side = 0; side < 2; side++)
            for (size_t i = 0; i < n; i++) {
                w[i] = 0.0;
                for (size_t k = 0; k < n; k++)
                    w[i] += v[k] * (side ? a[i * n + k] : a[k * n + i]);
                for (size_t k = 0; k < n; k++)
                    *(side ? &a[i * n + k] : &a[k * n + i]) -= 2.0 * v[k] * w[i] / sum;
            }
    }
}

static void known_eigenvalues(void **state)
{
    (void)state;
    enum { n = 41 };
    double d[n], a[n * n], b[n * n], values[n], log_det = 0.0;
    size_t negative = 0;
    for (size_t i = 0; i < n; i++) {
        d[i] = -3.7 + 0.31 * (double)i + 0.003 * (double)(i * i);
        negative += d[i] < 0.0;
        log_det += log(fabs(d[i]));
    }
    rotated(n, d, a, 17);
    /* Only the lower triangle is read. */
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++)
            a[i * n + k] = 1e30;
    memcpy(b, a, sizeof a);
    struct pel_symmetric_inertia inertia;
    assert_int_equal(pel_symmetric_inertia(n, b, &inertia, NULL), PEL_OK);
    assert_int_equal(inertia.negative, negative);
    assert_int_equal(inertia.zero, 0);
    assert_int_equal(inertia.positive, n - negative);
    NEAR_ABS(inertia.log_abs_det, log_det, 1e-11 * fabs(log_det));

    memcpy(b, a, sizeof a);
    assert_int_equal(pel_symmetric_eigen(n, b, values, 1, NULL), PEL_OK);
    for (size_t k = 0; k < n; k++) {
        NEAR_ABS(values[k], d[k], 1e-12);
        for (size_t i = 0; i < n; i++) {
            double sum = 0.0;
            for (size_t j = 0; j < n; j++)
                sum += (j <= i ? a[i * n + j] : a[j * n + i]) * b[k * n + j];
            NEAR_ABS(sum, d[k] * b[k * n + i], 1e-12);
        }
    }
    assert_int_equal(pel_symmetric_eigen(n, a, values, 0, NULL), PEL_OK);
    NEAR_ABS(values[7], d[7], 1e-12);
}

/* Blocks of two rows: no pivot on the diagonal at all, and a block of both signs. */
static void matrices_without_a_diagonal(void **state)
{
    (void)state;
    double swap[4] = {0, 2.5, 2.5, 0}, three[9] = {0, 1, 2, 1, 0, 3, 2, 3, 0},
           one[1] = {-7.0};
    struct pel_symmetric_inertia inertia;
    assert_int_equal(pel_symmetric_inertia(2, swap, &inertia, NULL), PEL_OK);
    assert_int_equal(inertia.negative, 1);
    assert_int_equal(inertia.positive, 1);
    NEAR_ABS(inertia.log_abs_det, log(6.25), 1e-15);
    assert_int_equal(pel_symmetric_inertia(3, three, &inertia, NULL), PEL_OK);
    assert_int_equal(inertia.negative, 2); /* determinant 12, trace 0 */
    NEAR_ABS(inertia.log_abs_det, log(12.0), 1e-14);
    assert_int_equal(pel_symmetric_inertia(1, one, &inertia, NULL), PEL_OK);
    assert_int_equal(inertia.negative, 1);
    NEAR_ABS(inertia.log_abs_det, log(7.0), 1e-15);
}

static void singular(void **state)
{
    (void)state;
    double a[9] = {2, 0, 0, 0, 0, 0, 0, 0, -3};
    struct pel_symmetric_inertia inertia;
    assert_int_equal(pel_symmetric_inertia(3, a, &inertia, NULL), PEL_OK);
    assert_int_equal(inertia.zero, 1);
    assert_int_equal(inertia.negative, 1);
    assert_int_equal(inertia.positive, 1);
    NEAR_ABS(inertia.log_abs_det, log(6.0), 1e-15);
}

enum { n_threads = 4, n_times = 8, large = 500 };

struct task {
    const double *a;
    double want;
    int wrong;
};

static void *factorise_often(void *context)
{
    struct task *task = context;
    double *b = malloc(large * large * sizeof *b);
    for (int k = 0; k < n_times; k++) {
        struct pel_symmetric_inertia inertia;
        memcpy(b, task->a, large * large * sizeof *b);
        if (pel_symmetric_inertia(large, b, &inertia, NULL) != PEL_OK ||
            !(fabs(inertia.log_abs_det - task->want) < 1e-8))
            task->wrong++;
    }
    free(b);
    return NULL;
}

/* Libraries that are not made for it would give each other's numbers. */
static void many_threads_at_once(void **state)
{
    (void)state;
    double *a[n_threads];
    struct task tasks[n_threads];
    pthread_t threads[n_threads];
    for (size_t t = 0; t < n_threads; t++) {
        struct pel_symmetric_inertia inertia;
        double *b = malloc(large * large * sizeof *b);
        a[t] = malloc(large * large * sizeof *a[t]);
        for (size_t i = 0; i < large; i++)
            for (size_t k = 0; k < large; k++)
                a[t][i * large + k] =
                    cos((double)(i + k + t)) + (i == k ? 3.0 + (double)t : 0.0);
        memcpy(b, a[t], large * large * sizeof *b);
        assert_int_equal(pel_symmetric_inertia(large, b, &inertia, NULL), PEL_OK);
        free(b);
        tasks[t] = (struct task){.a = a[t], .want = inertia.log_abs_det};
    }
    for (size_t t = 0; t < n_threads; t++)
        assert_int_equal(pthread_create(&threads[t], NULL, factorise_often, &tasks[t]),
                         0);
    for (size_t t = 0; t < n_threads; t++) {
        assert_int_equal(pthread_join(threads[t], NULL), 0);
        assert_int_equal(tasks[t].wrong, 0);
        free(a[t]);
    }
}

static void refusals(void **state)
{
    (void)state;
    double a[4] = {1, 0, NAN, 1}, values[2];
    struct pel_symmetric_inertia inertia;
    struct pel_error err;
    assert_int_equal(pel_symmetric_inertia(0, a, &inertia, &err), PEL_EARG);
    assert_int_equal(pel_symmetric_inertia(2, a, &inertia, &err), PEL_EARG);
    assert_string_equal(err.text, "element 1, 0 is not finite");
    assert_int_equal(pel_symmetric_eigen(2, a, values, 0, &err), PEL_EARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_eigenvalues),
        cmocka_unit_test(matrices_without_a_diagonal),
        cmocka_unit_test(singular),
        cmocka_unit_test(many_threads_at_once),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "num/exponentials_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../near.h"

/* A number in [lo, hi] that looks random. */
static double draw(uint64_t *state, double lo, double hi)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return lo + (hi - lo) * ((double)(*state >> 11) * 0x1p-53);
}

static void agree_with_libm(void **state)
{
    (void)state;
    enum { N = 1013 }; /* no multiple of anything */
    static double x[N], y[N];
    const struct pel_exponentials_version *v;
    for (size_t k = 0; (v = pel_exponentials_version(k)) != NULL; k++) {
        uint64_t seed = 7;
        for (int round = 0; round < 40; round++) {
            const double wide = round % 2 ? 700.0 : 1.5;
            for (int i = 0; i < N; i++)
                x[i] = draw(&seed, -wide, wide);
            v->of(N, x, y);
            for (int i = 0; i < N; i++)
                NEAR_REL((double)((long double)y[i] / expl((long double)x[i])), 1.0,
                         4e-16);
        }
    }
}

static void ends_of_the_range(void **state)
{
    (void)state;
    const double x[] = {0.0,   -0.0,     -745.0, -746.0, -1e300, -INFINITY, 709.7,
                        711.0, INFINITY, NAN,    -720.5, 1e-300, -1e-17};
    enum { N = sizeof x / sizeof x[0] };
    const struct pel_exponentials_version *v;
    for (size_t k = 0; (v = pel_exponentials_version(k)) != NULL; k++) {
        double y[N];
        v->of(N, x, y);
        for (int i = 0; i < N; i++) {
            if (isnan(x[i]))
                assert_true(isnan(y[i]));
            else if (exp(x[i]) == 0.0 || isinf(exp(x[i])))
                assert_true(y[i] == exp(x[i]));
            else
                NEAR_ABS(y[i], exp(x[i]), fmax(4e-16 * exp(x[i]), 0x1p-1074));
        }
        v->of(N, x, y); /* in place */
        double z[N];
        for (int i = 0; i < N; i++)
            z[i] = x[i];
        v->of(N, z, z);
        for (int i = 0; i < N; i++)
            assert_true(z[i] == y[i] || isnan(z[i]));
    }
}

/* The same moments, one after the other, in long double. */
static struct pel_tilt moments(size_t n, const double w[], const double a[],
                               const double r[], double beta)
{
    long double sum = 0, ma = 0, mr = 0, saa = 0, sar = 0;
    for (size_t i = 0; i < n; i++) {
        const long double p =
            (w ? w[i] : 1.0L) * expl(-(long double)beta * ((long double)a[i] - a[0]));
        sum += p;
        ma += p * a[i];
        mr += p * r[i];
    }
    ma /= sum;
    mr /= sum;
    for (size_t i = 0; i < n; i++) {
        const long double p =
            (w ? w[i] : 1.0L) * expl(-(long double)beta * ((long double)a[i] - a[0]));
        saa += p * (a[i] - ma) * (a[i] - ma);
        sar += p * (a[i] - ma) * (r[i] - mr);
    }
    return (struct pel_tilt){.ln_sum = (double)(logl(sum) - (long double)beta * a[0]),
                             .mean = (double)ma,
                             .spread = (double)(saa / sum),
                             .other = (double)mr,
                             .shared = (double)(sar / sum)};
}

static int rising(const void *p, const void *q)
{
    const double a = *(const double *)p, b = *(const double *)q;
    return (a > b) - (a < b);
}

/* From 1 K to infinite temperature [1/eV]. */
static const double betas[] = {11604.5, 386.8, 38.7, 13.4, 2.9, 0.1, 0.0};
enum { N_BETAS = sizeof betas / sizeof betas[0] };

static void moments_of_samples(void **state)
{
    (void)state;
    enum { MOST = 4443 };
    static double a[MOST], r[MOST];
    const size_t sizes[] = {1, 2, 7, 8, 9, 63, 64, 65, 740, MOST};
    const struct pel_exponentials_version *v;
    uint64_t seed = 11;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        const size_t n = sizes[s];
        for (size_t i = 0; i < n; i++) {
            a[i] = 0.003 + draw(&seed, 0.0, 2.0) * draw(&seed, 0.0, 2.0);
            r[i] = draw(&seed, 0.01, 3.0);
        }
        qsort(a, n, sizeof *a, rising);
        for (int b = 0; b < N_BETAS; b++) {
            const struct pel_tilt want = moments(n, NULL, a, r, betas[b]);
            for (size_t k = 0; (v = pel_exponentials_version(k)) != NULL; k++) {
                struct pel_tilt got;
                v->samples(n, a, r, betas[b], &got);
                NEAR_ABS(got.ln_sum, want.ln_sum, 1e-13 + 1e-15 * fabs(want.ln_sum));
                NEAR_REL(got.mean, want.mean, 1e-13);
                NEAR_REL(got.other, want.other, 1e-13);
                NEAR_ABS(got.spread, want.spread, 1e-13 * (want.spread + 1e-3));
                NEAR_ABS(got.shared, want.shared, 1e-12 * (want.spread + 1e-3));
            }
        }
    }
    struct pel_tilt alone;
    pel_exponentials_samples(3, a, NULL, 10.0, &alone);
    assert_true(isnan(alone.other) && isnan(alone.shared) && alone.spread > 0.0);
}

static void equal_samples_do_not_spread(void **state)
{
    (void)state;
    enum { N = 150 };
    double a[N], r[N];
    struct pel_tilt t;
    for (int i = 0; i < N; i++) {
        a[i] = 0.7231;
        r[i] = 0.1 * (i % 5);
    }
    pel_exponentials_samples(N, a, r, 38.7, &t);
    NEAR_ABS(t.ln_sum, log(150.0) - 38.7 * 0.7231, 1e-13);
    NEAR_ABS(t.mean, 0.7231, 1e-16);
    assert_true(t.spread == 0.0);
    NEAR_ABS(t.other, 0.2, 1e-15);
    NEAR_ABS(t.shared, 0.0, 1e-16);
}

static void moments_of_a_lattice(void **state)
{
    (void)state;
    enum { MOST = 1001 };
    static double w[MOST], a[MOST];
    const size_t sizes[] = {1, 2, 7, 8, 9, 63, 64, 72, 73, 200, MOST};
    const struct pel_exponentials_version *v;
    uint64_t seed = 13;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        const size_t n = sizes[s];
        for (size_t i = 0; i < n; i++) {
            /* Weights over many magnitudes, the lowest bins nearly empty, others quite. */
            w[i] = pow(10.0, draw(&seed, -9.0, 0.0)) * (i % 7 == 3 ? 0.0 : 1.0);
            if (i < 5) w[i] = 1e-12;
            a[i] = 0.05 + (double)i * 0.02;
        }
        for (int b = 0; b < N_BETAS; b++) {
            const struct pel_tilt want = moments(n, w, a, a, betas[b]);
            for (size_t k = 0; (v = pel_exponentials_version(k)) != NULL; k++) {
                struct pel_tilt got;
                v->lattice(n, w, 0.05, 0.02, betas[b], &got);
                const double allowed = 2e-15 + 1e-16 * (double)n;
                NEAR_ABS(got.ln_sum, want.ln_sum, allowed + 1e-15 * fabs(want.ln_sum));
                NEAR_REL(got.mean, want.mean, allowed);
                NEAR_ABS(got.spread, want.spread, 4.0 * allowed * (want.spread + 1e-3));
                double many[45], ln_sum[45], mean[45];
                for (int m = 0; m < 45; m++)
                    many[m] = m % 3 == 1 ? betas[b] : 7.0 * m;
                v->lattices(n, w, 0.05, 0.02, 45, many, ln_sum, mean);
                for (int m = 1; m < 45; m += 3) {
                    NEAR_ABS(ln_sum[m], want.ln_sum, allowed + 1e-15 * fabs(want.ln_sum));
                    NEAR_REL(mean[m], want.mean, 2.0 * allowed);
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agree_with_libm),
        cmocka_unit_test(ends_of_the_range),
        cmocka_unit_test(moments_of_samples),
        cmocka_unit_test(equal_samples_do_not_spread),
        cmocka_unit_test(moments_of_a_lattice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "landscape/spectrum_priv.h"

#include <pelrate/constants.h>
#include <pelrate/random.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

enum { MAX_BINS = 4096 };

struct bins {
    size_t n;
    double lo[MAX_BINS], hi[MAX_BINS], density[MAX_BINS];
};

static struct pel_histogram as_histogram(const struct bins *b)
{
    return (struct pel_histogram){
        .n = b->n, .lo_eV = b->lo, .hi_eV = b->hi, .density = b->density};
}

/* Bins of a family, exact by its distribution function, normalised over them. */
static void bin_family(const char *name, const double p[], double from, double to,
                       size_t n, struct bins *b)
{
    const struct pel_family *f = pel_family_find(name);
    const double whole = f->cumulative(p, to) - f->cumulative(p, from);
    b->n = n;
    for (size_t i = 0; i < n; i++) {
        b->lo[i] = from + (to - from) * (double)i / (double)n;
        b->hi[i] = from + (to - from) * (double)(i + 1) / (double)n;
        b->density[i] = (f->cumulative(p, b->hi[i]) - f->cumulative(p, b->lo[i])) /
                        whole / (b->hi[i] - b->lo[i]);
    }
}

/* Z of the binned density as the plain sum of the definition, in long double (whose range
 * holds exp(-11000)): no logarithms of bins, no series. */
static long double binned_z(const struct bins *b, double beta, long double *mean)
{
    long double z = 0.0L, zm = 0.0L;
    const long double be = beta;
    for (size_t i = 0; i < b->n; i++) {
        const long double lo = b->lo[i], w = (long double)b->hi[i] - lo,
                          d = b->density[i];
        const long double part = d * expl(-be * lo) * -expm1l(-be * w) / be;
        z += part;
        zm += part * (lo + 1.0L / be) - d * w * expl(-be * (lo + w)) / be;
    }
    *mean = zm / z;
    return z;
}

static void check_bins(const struct bins *b, double mean_tolerance)
{
    const double temperatures[] = {1.0, 30.0, 300.0, 3000.0, 5000.0};
    const struct pel_histogram h = as_histogram(b);
    struct pel_spectrum *s = NULL;
    struct pel_error err = {0};
    assert_int_equal(pel_spectrum_histogram(&h, &s, &err), PEL_OK);
    for (int t = 0; t < 5; t++) {
        const double beta = 1.0 / (PEL_KB * temperatures[t]);
        struct pel_ln_z z;
        long double mean;
        const long double exact = logl(binned_z(b, beta, &mean));
        pel_spectrum_ln_z(s, beta, &z);
        NEAR_REL(z.value, (double)exact, 1e-13);
        NEAR_REL(-z.b, (double)mean, mean_tolerance);
    }
    pel_spectrum_free(s);
}

static void binned_densities_are_exact_to_1e_13(void **state)
{
    (void)state;
    static struct bins b;
    const double exponential[1] = {0.5137}, gamma[2] = {3.71, 0.2713};
    const double shifted[3] = {0.5517, 4.13, 0.1513};
    bin_family("exponential", exponential, 0.0, 8.1, 357, &b);
    check_bins(&b, 1e-13);
    bin_family("gamma", gamma, 0.0, 7.3, 211, &b);
    check_bins(&b, 1e-13);
    bin_family("shifted_gamma", shifted, 0.5517, 4.9, 97, &b);
    check_bins(&b, 1e-13);
}

static void tiny_and_huge_bins_keep_their_digits(void **state)
{
    (void)state;
    static struct bins b;
    const double exponential[1] = {0.5137};
    /* beta times width from 1e-7 ... (a single bin of 1e-7 eV far below kT) */
    b.n = 1;
    b.lo[0] = 0.75;
    b.hi[0] = 0.75 + 0x1p-23;
    b.density[0] = 0x1p23;
    struct pel_histogram h = as_histogram(&b);
    struct pel_spectrum *s = NULL;
    struct pel_ln_z z;
    assert_int_equal(pel_spectrum_histogram(&h, &s, NULL), PEL_OK);
    const double beta = 1.0 / (PEL_KB * 873.0), w = b.hi[0] - b.lo[0];
    pel_spectrum_ln_z(s, beta, &z);
    NEAR_REL(z.value, -beta * (b.lo[0] + 0.5 * w) + beta * beta * w * w / 24.0, 1e-15);
    NEAR_REL(-z.b, b.lo[0] + 0.5 * w - beta * w * w / 12.0, 1e-15);
    NEAR_REL(z.bb, w * w / 12.0, 1e-12);
    pel_spectrum_free(s);
    /* ... to 4e4 (one bin of 4 eV at 1 K) */
    bin_family("exponential", exponential, 0.0, 4.0, 1, &b);
    check_bins(&b, 1e-13);
    /* Zero beta: Z = 1, mean of the density. */
    bin_family("exponential", exponential, 0.0, 8.1, 357, &b);
    h = as_histogram(&b);
    assert_int_equal(pel_spectrum_histogram(&h, &s, NULL), PEL_OK);
    pel_spectrum_ln_z(s, 0.0, &z);
    NEAR_ABS(z.value, 0.0, 1e-14);
    NEAR_REL(-z.b, pel_spectrum_mean(s), 1e-14);
    pel_spectrum_free(s);
}

static void one_bin_has_its_exact_moments(void **state)
{
    (void)state;
    /* Across the joints of series and closed forms. */
    const double lo[1] = {0.5}, hi[1] = {0.75}, density[1] = {4.0};
    const struct pel_histogram h = {.n = 1, .lo_eV = lo, .hi_eV = hi, .density = density};
    struct pel_spectrum *s = NULL;
    assert_int_equal(pel_spectrum_histogram(&h, &s, NULL), PEL_OK);
    for (double x = 0.11; x < 900.0; x *= 1.0717) {
        struct pel_ln_z z;
        const double beta = x / 0.25;
        const long double y = (long double)beta * 0.25L, sh = 2.0L * sinhl(0.5L * y);
        pel_spectrum_ln_z(s, beta, &z);
        NEAR_REL(-z.b, (double)(0.5L + 0.25L * (1.0L / y - 1.0L / expm1l(y))), 1e-15);
        NEAR_REL(z.bb, (double)(0.0625L * (1.0L / (y * y) - 1.0L / (sh * sh))), 1e-13);
    }
    pel_spectrum_free(s);
}

static void derivatives_are_central_differences(void **state)
{
    (void)state;
    static struct bins b;
    const double gamma[2] = {3.71, 0.2713};
    bin_family("gamma", gamma, 0.0, 7.3, 61, &b);
    const struct pel_histogram h = as_histogram(&b);
    struct pel_spectrum *s[3];
    assert_int_equal(pel_spectrum_histogram(&h, &s[0], NULL), PEL_OK);
    const double samples[5] = {1.37, 0.413, 0.77, 2.19, 0.4131};
    assert_int_equal(pel_spectrum_samples(5, samples, &s[1], NULL), PEL_OK);
    assert_int_equal(pel_spectrum_family(pel_family_find("gamma"), gamma, &s[2], NULL),
                     PEL_OK);
    assert_string_equal(pel_spectrum_name(s[0]), "histogram");
    assert_string_equal(pel_spectrum_name(s[1]), "samples");
    assert_string_equal(pel_spectrum_name(s[2]), "gamma");
    for (int k = 0; k < 3; k++) {
        for (double beta = 1.3; beta < 2000.0; beta *= 1.7) {
            const double d = 1e-4 * beta;
            struct pel_ln_z z, up, down;
            pel_spectrum_ln_z(s[k], beta, &z);
            pel_spectrum_ln_z(s[k], beta + d, &up);
            pel_spectrum_ln_z(s[k], beta - d, &down);
            NEAR_REL(z.b, (up.value - down.value) / (2.0 * d), 1e-7);
            NEAR_ABS(z.bb, (up.b - down.b) / (2.0 * d), 1e-6 * z.bb + 1e-13);
            assert_true(z.bb >= 0.0);
        }
        pel_spectrum_free(s[k]);
    }
}

static void bins_converge_with_the_second_power_of_their_width(void **state)
{
    (void)state;
    static struct bins b;
    const double gamma[2] = {3.71, 0.2713}, beta = 1.0 / (PEL_KB * 650.0);
    struct pel_ln_z exact, z;
    pel_family_find("gamma")->ln_z(gamma, beta, &exact, NULL, NULL);
    double error[3];
    for (int k = 0; k < 3; k++) {
        bin_family("gamma", gamma, 0.0, 12.0, (size_t)(1000 << k), &b);
        const struct pel_histogram h = as_histogram(&b);
        struct pel_spectrum *s = NULL;
        assert_int_equal(pel_spectrum_histogram(&h, &s, NULL), PEL_OK);
        pel_spectrum_ln_z(s, beta, &z);
        error[k] = fabs(z.value - exact.value);
        pel_spectrum_free(s);
    }
    assert_true(error[0] < 1e-2);
    NEAR_REL(error[0] / error[1], 4.0, 0.1);
    NEAR_REL(error[1] / error[2], 4.0, 0.1);
}

static void samples_are_a_plain_mean(void **state)
{
    (void)state;
    struct pel_random random;
    pel_random_init(&random, 3, 1, 4);
    double e[200];
    for (int i = 0; i < 200; i++)
        e[i] = 0.3 + 2.0 * pel_random_uniform(&random);
    struct pel_spectrum *s = NULL;
    assert_int_equal(pel_spectrum_samples(200, e, &s, NULL), PEL_OK);
    for (double T = 20.0; T < 5000.0; T *= 2.1) {
        const double beta = 1.0 / (PEL_KB * T);
        long double sum = 0.0L, climbed = 0.0L, mean = 0.0L;
        for (int i = 0; i < 200; i++) {
            sum += expl(-(long double)beta * e[i]);
            climbed += e[i] * expl(-(long double)beta * e[i]);
            mean += e[i];
        }
        struct pel_ln_z z;
        pel_spectrum_ln_z(s, beta, &z);
        NEAR_REL(z.value, (double)logl(sum / 200.0L), 1e-14);
        NEAR_REL(-z.b, (double)(climbed / sum), 1e-14);
        NEAR_REL(pel_spectrum_mean(s), (double)(mean / 200.0L), 1e-14);
    }
    pel_spectrum_free(s);
}

static void compare_with_plain(const struct pel_spectrum *s)
{
    for (double T = 1.0; T < 6000.0; T *= 1.31) {
        const double beta = 1.0 / (PEL_KB * T);
        struct pel_ln_z fast, plain;
        pel_spectrum_ln_z(s, beta, &fast);
        pel_spectrum_ln_z_plain(s, beta, &plain);
        NEAR_REL(fast.value, plain.value, 1e-12);
        NEAR_REL(fast.b, plain.b, 1e-12);
        NEAR_ABS(fast.bb, plain.bb, 1e-12 * plain.b * plain.b);
        NEAR_ABS(fast.bb, plain.bb, 1e-9 * plain.bb + 1e-30); /* one barrier rules */
    }
}

static void sums_of_many_exponentials_agree_with_plain_ones(void **state)
{
    (void)state;
    /* Bins from decimal edges, with gaps, empty ones, and weights of many magnitudes; then
     * with one edge moved, so that they are not even any more. */
    enum { BINS = 187 };
    double lo[BINS], hi[BINS], density[BINS], e[BINS];
    struct pel_random random;
    pel_random_init(&random, 5, 0, 0);
    for (int moved = 0; moved < 2; moved++) {
        double sum = 0.0;
        size_t n = 0;
        for (int i = 0; i < BINS; i++) {
            if (i % 11 == 4) continue;
            lo[n] = 0.075 + 0.025 * i;
            hi[n] = 0.075 + 0.025 * (i + 1);
            if (moved && i == 60) hi[n] -= 1e-3;
            density[n] =
                i % 13 == 2 ? 0.0 : pow(10.0, -6.0 * pel_random_uniform(&random));
            sum += density[n] * (hi[n] - lo[n]);
            n++;
        }
        for (size_t i = 0; i < n; i++)
            density[i] /= sum;
        const struct pel_histogram h = {
            .n = n, .lo_eV = lo, .hi_eV = hi, .density = density};
        struct pel_spectrum *s = NULL;
        assert_int_equal(pel_spectrum_histogram(&h, &s, NULL), PEL_OK);
        compare_with_plain(s);
        pel_spectrum_free(s);
    }
    for (size_t n = 1; n <= BINS; n += 31) {
        for (size_t i = 0; i < n; i++)
            e[i] = 0.01 + 3.0 * pel_random_uniform(&random) * pel_random_uniform(&random);
        struct pel_spectrum *s = NULL;
        assert_int_equal(pel_spectrum_samples(n, e, &s, NULL), PEL_OK);
        if (n > 1) compare_with_plain(s);
        pel_spectrum_free(s);
    }
}

static void every_error_says_why(void **state)
{
    (void)state;
    struct pel_error err = {0};
    struct pel_spectrum *s = (void *)1;
    const struct {
        double lo[2], hi[2], density[2];
        const char *message;
    } bad[] = {
        {{0.0, 0.5}, {0.5, 1.0}, {1.0, -1.0}, "density -1 of bin 2, expected >= 0"},
        {{0.0, 0.5}, {0.5, 1.0}, {1.0, NAN}, "density nan of bin 2, expected >= 0"},
        {{0.5, 0.0}, {1.0, 0.5}, {1.0, 1.0}, "bin 2 starts at 0 eV"},
        {{0.0, 0.4}, {0.5, 0.9}, {1.0, 1.0}, "bin 2 starts at 0.4 eV"},
        {{0.0, 0.5}, {0.0, 1.5}, {1.0, 1.0}, "bin 1 from 0 to 0 eV"},
        {{-0.5, 0.5}, {0.5, 1.0}, {1.0, 1.0}, "bin 1 from -0.5 to 0.5 eV"},
        {{0.0, 0.5}, {0.5, INFINITY}, {1.0, 1.0}, "bin 2 from 0.5 to inf eV"},
        {{0.0, 0.5}, {0.5, 1.0}, {1.0, 1.0001}, "sum of density x width is 1.00005"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct pel_histogram h = {
            .n = 2, .lo_eV = bad[i].lo, .hi_eV = bad[i].hi, .density = bad[i].density};
        assert_int_equal(pel_spectrum_histogram(&h, &s, &err), PEL_EARG);
        assert_null(s);
        if (strncmp(err.text, bad[i].message, strlen(bad[i].message)) != 0)
            fail_msg("'%s' does not start with '%s'", err.text, bad[i].message);
    }
    const double lo[1] = {0.0}, hi[1] = {1.0}, one[1] = {1.0}, count[1] = {-2.0};
    struct pel_histogram h = {
        .n = 1, .lo_eV = lo, .hi_eV = hi, .density = one, .count = count};
    assert_int_equal(pel_spectrum_histogram(&h, &s, &err), PEL_EARG);
    assert_string_equal(err.text, "count -2 of bin 1, expected >= 0");
    h.n = 0;
    assert_int_equal(pel_spectrum_histogram(&h, &s, &err), PEL_EARG);
    const double zero[2] = {1.0, 0.0};
    assert_int_equal(pel_spectrum_samples(2, zero, &s, &err), PEL_EARG);
    assert_string_equal(err.text, "sample 2 is 0 eV, expected > 0");
    assert_int_equal(pel_spectrum_samples(0, zero, &s, &err), PEL_EARG);
    assert_int_equal(pel_spectrum_family(pel_family_find("gamma"), zero, &s, &err),
                     PEL_EARG);
    pel_spectrum_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binned_densities_are_exact_to_1e_13),
        cmocka_unit_test(tiny_and_huge_bins_keep_their_digits),
        cmocka_unit_test(one_bin_has_its_exact_moments),
        cmocka_unit_test(derivatives_are_central_differences),
        cmocka_unit_test(bins_converge_with_the_second_power_of_their_width),
        cmocka_unit_test(samples_are_a_plain_mean),
        cmocka_unit_test(sums_of_many_exponentials_agree_with_plain_ones),
        cmocka_unit_test(every_error_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

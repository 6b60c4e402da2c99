#include <pelrate/bins.h>

#include "synthetic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static const double low[] = {0.0713, 0.4417, 0.2961, 0.8873}, high[] = {0.5131, 1.2093};
static const size_t n[] = {4, 2};
static const double *const values[] = {low, high};

static void every_value_lies_between_the_edges_of_its_bin(void **state)
{
    (void)state;
    struct pel_random random;
    pel_random_init(&random, 3, 1, 4);
    struct pel_bins bins;
    assert_int_equal(pel_bins_of_width(0.037, 0.0713, 2, n, values, &bins, NULL), PEL_OK);
    assert_true(pel_bins_edge(&bins, bins.n) > 1.2093);
    assert_true(pel_bins_edge(&bins, bins.n - 1) <= 1.2093);
    for (int i = 0; i < 20000; i++) {
        const double x = 0.037 + 1.2 * pel_random_uniform(&random);
        const size_t k = pel_bins_find(&bins, x);
        if (k == bins.n) continue;
        assert_true(pel_bins_edge(&bins, k) <= x && x < pel_bins_edge(&bins, k + 1));
    }
    /* The edges themselves, where a rounded quotient would miss. */
    for (size_t k = 0; k < bins.n; k++) {
        assert_int_equal(pel_bins_find(&bins, pel_bins_edge(&bins, k)), k);
        assert_int_equal(
            pel_bins_find(&bins, nextafter(pel_bins_edge(&bins, k + 1), 0.0)), k);
    }
    assert_int_equal(pel_bins_find(&bins, pel_bins_edge(&bins, bins.n)), bins.n - 1);
    assert_int_equal(pel_bins_find(&bins, 0.0369), bins.n);
    assert_int_equal(pel_bins_find(&bins, NAN), bins.n);
}

static void counts_add_up(void **state)
{
    (void)state;
    struct pel_bins bins;
    assert_int_equal(pel_bins_of_width(0.0, 0.25, 2, n, values, &bins, NULL), PEL_OK);
    assert_int_equal(bins.n, 5);
    double count[5], sum[5];
    const double weight[] = {0.31, 1.7, 0.9, 1.09};
    assert_int_equal(pel_bins_count(&bins, 4, low, weight, count, sum, NULL), PEL_OK);
    const double want[] = {1.0, 2.0, 0.0, 1.0, 0.0},
                 want_sum[] = {0.31, 2.6, 0.0, 1.09, 0.0};
    for (size_t k = 0; k < 5; k++) {
        assert_true(count[k] == want[k]);
        assert_true(fabs(sum[k] - want_sum[k]) < 1e-15);
    }
    const double outside = 1.26;
    struct pel_error err = {0};
    assert_int_equal(pel_bins_count(&bins, 1, &outside, NULL, count, NULL, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "bins: 1.26 eV is outside [0, 1.25] eV");
}

/* Quartiles of four values 0.0713 0.2961 0.4417 0.8873 at positions 0.75 and 2.25;
 * of two, a quarter in from the ends. The median of two widths is their mean. */
static void freedman_diaconis(void **state)
{
    (void)state;
    struct pel_bins bins;
    assert_int_equal(
        pel_bins_by_rule(PEL_BINS_FREEDMAN_DIACONIS, 0.0, 100, 2, n, values, &bins, NULL),
        PEL_OK);
    const double q1 = 0.0713 + 0.75 * (0.2961 - 0.0713);
    const double q3 = 0.4417 + 0.25 * (0.8873 - 0.4417);
    const double a = 2.0 * (q3 - q1) / cbrt(4.0), b = (1.2093 - 0.5131) / cbrt(2.0);
    assert_true(fabs(bins.width - 0.5 * (a + b)) < 1e-14);
}

/* The posterior by a direct sum, with lgamma of the C library. */
static void knuth_is_the_most_probable_number(void **state)
{
    (void)state;
    enum { N = 300, MOST = 60 };
    static double group[2][N];
    const size_t sizes[] = {N, N / 2};
    const double *const both[] = {group[0], group[1]};
    double highest = 0.0;
    for (size_t g = 0; g < 2; g++) {
        struct pel_random random;
        pel_random_init(&random, 91, g, 0);
        for (size_t i = 0; i < sizes[g]; i++) {
            group[g][i] = synthetic_energy(&random, "gamma", (const double[]){4.3, 0.21});
            highest = fmax(highest, group[g][i]);
        }
    }
    struct pel_bins bins;
    assert_int_equal(
        pel_bins_by_rule(PEL_BINS_KNUTH, 0.0, MOST, 2, sizes, both, &bins, NULL), PEL_OK);
    double best = -INFINITY, width = 0.0;
    for (int m = 1; m <= MOST; m++) {
        double ln_p = 0.0;
        for (size_t g = 0; g < 2; g++) {
            double count[MOST] = {0};
            for (size_t i = 0; i < sizes[g]; i++) {
                const int k = (int)(group[g][i] / highest * m);
                count[k < m ? k : m - 1] += 1.0;
            }
            const double s = (double)sizes[g];
            ln_p += s * log(m) + lgamma(0.5 * m) - m * lgamma(0.5) - lgamma(s + 0.5 * m);
            for (int k = 0; k < m; k++)
                ln_p += lgamma(count[k] + 0.5);
        }
        if (ln_p > best) {
            best = ln_p;
            width = highest / m;
        }
    }
    assert_true(fabs(bins.width - width) < 1e-13);
    assert_true(bins.n >= 5 && bins.n <= 40);
    assert_true(pel_bins_edge(&bins, bins.n) > highest);
}

static void errors(void **state)
{
    (void)state;
    struct pel_bins bins;
    struct pel_error err = {0};
    assert_int_equal(pel_bins_of_width(0.1, 0.2, 2, n, values, &bins, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "bins: value 0.0713 eV, expected a finite one from 0.1 eV");
    assert_int_equal(pel_bins_of_width(0.0, 0.0, 2, n, values, &bins, &err), PEL_EARG);
    assert_int_equal(pel_bins_of_width(0.0, NAN, 2, n, values, &bins, &err), PEL_EARG);
    assert_int_equal(pel_bins_of_width(0.0, 1e-9, 2, n, values, &bins, &err), PEL_EARG);
    assert_int_equal(pel_bins_of_width(NAN, 0.1, 2, n, values, &bins, &err), PEL_EARG);
    assert_int_equal(pel_bins_of_width(0.0, 0.1, 0, n, values, &bins, &err), PEL_EARG);
    assert_string_equal(err.text, "bins: no values");
    const double same[] = {0.3, 0.3, 0.3}, *const one[] = {same};
    const size_t three = 3;
    assert_int_equal(pel_bins_by_rule(PEL_BINS_FREEDMAN_DIACONIS, 0.0, 50, 1, &three, one,
                                      &bins, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "bins: the values do not spread, give a width");
    assert_int_equal(
        pel_bins_by_rule(PEL_BINS_KNUTH, 0.3, 50, 1, &three, one, &bins, &err), PEL_EARG);
    assert_int_equal(
        pel_bins_by_rule(PEL_BINS_KNUTH, 0.0, 0, 1, &three, one, &bins, &err), PEL_EARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_lies_between_the_edges_of_its_bin),
        cmocka_unit_test(counts_add_up),
        cmocka_unit_test(freedman_diaconis),
        cmocka_unit_test(knuth_is_the_most_probable_number),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/fragility.h>

#include <pelrate/constants.h>
#include <pelrate/random.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

/* The numbers that follow from the paper: B = 5907 K, T_0 = 278 K, tau(566.67 K) = 5e-4 s. */
static void numbers_of_the_paper(void **state)
{
    (void)state;
    const struct pel_vft vft = pel_vft_through(5907.0, 278.0, 566.67, 5e-4);
    NEAR_REL(exp(vft.ln_tau0), 6.49e-13, 1e-3);
    const double glass = pel_vft_temperature(&vft, PEL_FRAGILITY_GLASS_TAU);
    NEAR_ABS(glass, 458.8, 0.05);
    NEAR_ABS(pel_fragility_alpha(&vft, glass), 36.0, 0.05);
    NEAR_REL(pel_vft_tau(&vft, 566.67), 5e-4, 1e-12);
    NEAR_REL(pel_vft_tau(&vft, glass), 100.0, 1e-11);
    /* m_beta is linear through the origin; 8 to 14 for E_beta of 0.73 to 1.27 eV. */
    const double slope = 1.0 / (PEL_KB * glass * log(10.0));
    for (double e = 0.08; e <= 2.081; e += 0.25)
        NEAR_REL(pel_fragility_beta(e, glass), slope * e, 1e-14);
    NEAR_ABS(pel_fragility_beta(1.08, glass), 11.9, 0.05);
    NEAR_ABS(8.0 / slope, 0.728, 1e-3);
    NEAR_ABS(14.0 / slope, 1.275, 1e-3);
    /* The alpha peak of 1 Hz, which the paper's DMA shows below 473 K, is not there. */
    NEAR_ABS(pel_vft_temperature(&vft, 1.0 / (2.0 * PEL_PI)), 503.3, 0.1);
}

static void fragilities_are_slopes(void **state)
{
    (void)state;
    const struct pel_vft vft = pel_vft_through(5907.0, 278.0, 566.67, 5e-4);
    const double T_g = 455.1, d = 1e-6; /* in T_g / T */
    NEAR_REL(pel_fragility_alpha(&vft, T_g),
             (log10(pel_vft_tau(&vft, T_g / (1.0 + d))) -
              log10(pel_vft_tau(&vft, T_g / (1.0 - d)))) /
                 (2.0 * d),
             1e-8);
    const struct pel_arrhenius law = pel_arrhenius_through(0.93, 566.67, 5e-4);
    NEAR_REL(pel_fragility_beta(0.93, T_g),
             (log10(pel_arrhenius_tau(&law, T_g / (1.0 + d))) -
              log10(pel_arrhenius_tau(&law, T_g / (1.0 - d)))) /
                 (2.0 * d),
             1e-8);
}

static void the_family_meets_in_its_point(void **state)
{
    (void)state;
    const struct pel_vft vft = pel_vft_through(5907.0, 278.0, 566.67, 5e-4);
    for (double e = 0.08; e <= 2.081; e += 0.2) {
        const struct pel_arrhenius law = pel_arrhenius_through(e, 566.67, 5e-4);
        NEAR_REL(pel_arrhenius_tau(&law, 566.67), 5e-4, 1e-12);
        /* It meets tau_alpha there, and once more where the closed form says: the point is
         * known to be a root of the quadratic. */
        const double over = 566.67 - 278.0, b = 5907.0 * PEL_KB;
        const double other = e * 278.0 * over / (e * over - b * 566.67);
        double T[2];
        const size_t n = pel_fragility_crossings(&law, &vft, T);
        assert_int_equal(n, other > 278.0 ? 2 : 1);
        const int is_first = n == 1 || other > 566.67;
        NEAR_REL(T[is_first ? 0 : 1], 566.67, 1e-10);
        if (n == 2) NEAR_REL(T[is_first ? 1 : 0], other, 1e-9);
        for (size_t i = 0; i < n; i++)
            NEAR_REL(pel_arrhenius_tau(&law, T[i]), pel_vft_tau(&vft, T[i]), 1e-9);
        /* On cooling the beta relaxation is the faster one as long as E_beta is below the
         * apparent energy of the alpha relaxation, 1.96 eV there: 2.08 eV, the upper end
         * of the paper's family, is not. */
        NEAR_ABS(pel_vft_energy(&vft, 566.67), 1.96, 5e-3);
        assert_int_equal(pel_arrhenius_tau(&law, 560.0) < pel_vft_tau(&vft, 560.0),
                         e < 1.96);
        /* It grows on cooling: the sign of Eq. 14 as printed would have it fall. */
        assert_true(pel_arrhenius_tau(&law, 400.0) > pel_arrhenius_tau(&law, 500.0));
    }
    /* Laws that never meet. */
    const struct pel_arrhenius fast = {.energy_eV = 0.2, .ln_tau0 = vft.ln_tau0 - 3.0};
    double T[2];
    assert_int_equal(pel_fragility_crossings(&fast, &vft, T), 0);
}

static void peaks_give_their_energy_back(void **state)
{
    (void)state;
    /* The frequencies of the paper. */
    const double f[] = {1.0, 2.0, 4.0, 8.0, 16.0};
    double T[5];
    for (int i = 0; i < 5; i++) /* f_0 = 3.1e13 Hz, 0.97 eV */
        T[i] = 0.97 / (PEL_KB * (log(3.1e13) - log(f[i])));
    struct pel_arrhenius_fit fit;
    assert_int_equal(pel_arrhenius_fit(5, f, T, &fit, NULL), PEL_OK);
    NEAR_REL(fit.law.energy_eV, 0.97, 1e-11);
    NEAR_REL(fit.ln_f0, log(3.1e13), 1e-11);
    NEAR_REL(pel_arrhenius_tau(&fit.law, T[2]), 1.0 / (2.0 * PEL_PI * 4.0), 1e-10);
    NEAR_ABS(fit.energy_error_eV, 0.0, 1e-6);
    /* Two points: a line, and no word about its error. */
    assert_int_equal(pel_arrhenius_fit(2, f, T, &fit, NULL), PEL_OK);
    NEAR_REL(fit.law.energy_eV, 0.97, 1e-10);
    assert_true(isnan(fit.energy_error_eV) && isnan(fit.scatter));
}

static void errors_cover_the_truth(void **state)
{
    (void)state;
    /* Scatter of 0.05 in ln f; standard errors hold in two of three cases, three of them
     * in nearly all. */
    struct pel_random random;
    pel_random_init(&random, 5, 1, 1);
    int within = 0, far = 0;
    for (int k = 0; k < 300; k++) {
        double f[9], T[9];
        for (int i = 0; i < 9; i++) {
            T[i] = 350.0 + 6.0 * i;
            f[i] = exp(log(3.1e13) - 0.97 / (PEL_KB * T[i]) +
                       0.05 * pel_random_normal(&random));
        }
        struct pel_arrhenius_fit fit;
        assert_int_equal(pel_arrhenius_fit(9, f, T, &fit, NULL), PEL_OK);
        const double off = fabs(fit.law.energy_eV - 0.97) / fit.energy_error_eV;
        within += off < 1.0;
        far += off > 3.5;
        assert_true(fit.correlation > 0.999 && fit.correlation < 1.0);
    }
    assert_true(within > 170 && within < 220); /* 0.65 for t with 7 degrees of freedom */
    assert_true(far < 12);
}

static void a_vft_law_is_found(void **state)
{
    (void)state;
    const struct pel_vft vft = pel_vft_through(5907.0, 278.0, 566.67, 5e-4);
    double T[12], tau[12];
    for (int i = 0; i < 12; i++) {
        T[i] = 445.0 + 9.3 * i;
        tau[i] = pel_vft_tau(&vft, T[i]);
    }
    struct pel_vft_fit fit;
    assert_int_equal(pel_vft_fit(12, T, tau, &fit, NULL), PEL_OK);
    NEAR_REL(fit.law.B_K, 5907.0, 1e-6);
    NEAR_REL(fit.law.T0_K, 278.0, 1e-6);
    NEAR_REL(fit.law.ln_tau0, vft.ln_tau0, 1e-6);
    assert_false(fit.at_zero);
    /* Noise: inside three standard errors, which are no smaller than they should be. */
    struct pel_random random;
    pel_random_init(&random, 7, 1, 1);
    for (int i = 0; i < 12; i++)
        tau[i] *= exp(0.03 * pel_random_normal(&random));
    assert_int_equal(pel_vft_fit(12, T, tau, &fit, NULL), PEL_OK);
    assert_true(fabs(fit.law.T0_K - 278.0) < 3.0 * fit.error[1]);
    assert_true(fabs(fit.law.B_K - 5907.0) < 3.0 * fit.error[0]);
    assert_true(fit.error[1] > 0.3 && fit.error[1] < 30.0);
    assert_true(fit.scatter > 0.01 && fit.scatter < 0.06);
    /* Arrhenius times, bent the other way by a little: T_0 = 0, and said so. */
    for (int i = 0; i < 12; i++)
        tau[i] =
            1e-13 * exp(1.5 / (PEL_KB * T[i]) - 1e-5 * (T[i] - 500.0) * (T[i] - 500.0));
    assert_int_equal(pel_vft_fit(12, T, tau, &fit, NULL), PEL_OK);
    assert_int_equal(fit.at_zero, 1);
    assert_true(fit.law.T0_K == 0.0 && isnan(fit.error[1]));
    NEAR_REL(fit.law.B_K * PEL_KB, 1.5, 0.02);
}

static void every_error_says_why(void **state)
{
    (void)state;
    struct pel_error err = {0};
    struct pel_arrhenius_fit a;
    struct pel_vft_fit v;
    const double up[] = {1.0, 2.0, 3.0}, down[] = {3.0, 2.0, 1.0},
                 same[] = {4.0, 4.0, 4.0}, bad[] = {1.0, -2.0, 3.0};
    assert_int_equal(pel_arrhenius_fit(1, up, up, &a, &err), PEL_EARG);
    assert_int_equal(pel_arrhenius_fit(3, up, same, &a, &err), PEL_EARG);
    assert_int_equal(pel_arrhenius_fit(3, up, bad, &a, &err), PEL_EARG);
    assert_string_equal(err.text, "peak 1 at 2 Hz and -2 K, expected numbers > 0");
    assert_int_equal(pel_arrhenius_fit(3, down, up, &a, &err), PEL_EARG);
    assert_int_equal(pel_vft_fit(3, same, down, &v, &err), PEL_EARG);
    assert_int_equal(pel_vft_fit(2, up, down, &v, &err), PEL_EARG);
    assert_int_equal(pel_vft_fit(3, up, up, &v, &err), PEL_EARG);
    assert_int_equal(pel_vft_fit(3, up, bad, &v, &err), PEL_EARG);
    const struct pel_vft vft = pel_vft_through(5907.0, 278.0, 566.67, 5e-4);
    assert_true(isinf(pel_vft_tau(&vft, 278.0)) &&
                isnan(pel_vft_temperature(&vft, 1e-14)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_the_paper),
        cmocka_unit_test(fragilities_are_slopes),
        cmocka_unit_test(the_family_meets_in_its_point),
        cmocka_unit_test(peaks_give_their_energy_back),
        cmocka_unit_test(errors_cover_the_truth),
        cmocka_unit_test(a_vft_law_is_found),
        cmocka_unit_test(every_error_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

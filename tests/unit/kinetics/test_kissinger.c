#include <pelrate/constants.h>
#include <pelrate/kissinger.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

/* One barrier, first order: the peak is where E q/(k_B T^2) = nu exp(-E/k_B T), which is
 * Kissinger's line exactly. Ozawa's, from Doyle's integral, is off by a per cent. */
static void one_barrier_comes_back(void **state)
{
    (void)state;
    const double E = 1.87, nu = 1e13, q0[] = {0.01, 0.1, 1.0, 10.0, 100.0};
    double T[5], q[5];
    for (size_t i = 0; i < 5; i++) {
        double at = 700.0;
        for (int k = 0; k < 200; k++)
            at = E / (PEL_KB * log(nu * PEL_KB * at * at / (E * q0[i])));
        T[i] = at;
        q[i] = q0[i];
    }
    struct pel_kissinger fit;
    assert_int_equal(pel_kissinger_fit(5, q, T, &fit, NULL), PEL_OK);
    assert_int_equal(fit.n, 5);
    NEAR_REL(fit.kissinger_eV, E, 1e-10);
    NEAR_ABS(fit.kissinger_se, 0.0, 1e-9);
    NEAR_REL(fit.ozawa_eV, E, 0.012);
    assert_true(fit.ozawa_se > 0.0 && fit.ozawa_se < 1e-2);

    /* Scatter shows in the error; what is missing is passed over. */
    T[2] = NAN;
    T[3] += 1.0;
    assert_int_equal(pel_kissinger_fit(5, q, T, &fit, NULL), PEL_OK);
    assert_int_equal(fit.n, 4);
    assert_true(fit.kissinger_se > 1e-3);
    assert_true(fabs(fit.kissinger_eV - E) < 4.0 * fit.kissinger_se);
}

static void faults_are_told(void **state)
{
    (void)state;
    struct pel_kissinger fit;
    struct pel_error err = {0};
    const double q[] = {1.0, 2.0, 0.0}, T[] = {600.0, NAN, 700.0}, same[] = {5.0, 5.0};
    assert_int_equal(pel_kissinger_fit(2, q, T, &fit, &err), PEL_EARG);
    assert_int_equal(fit.n, 1);
    assert_true(isnan(fit.kissinger_eV));
    assert_int_equal(pel_kissinger_fit(3, q, T, &fit, &err), PEL_EARG);
    assert_non_null(strstr(err.text, "heating rate of 0 K/s"));
    assert_int_equal(pel_kissinger_fit(2, q, same, &fit, &err), PEL_EARG);
    assert_int_equal(pel_kissinger_fit(0, q, T, &fit, &err), PEL_EARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_barrier_comes_back),
                                       cmocka_unit_test(faults_are_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/work.h>

#include <pelrate/constants.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"
#include "sets.h"

static void a_cycle_is_the_area_of_the_ellipse(void **state)
{
    (void)state;
    /* sigma = e0 (E' sin wt + E'' cos wt), epsilon = e0 sin wt: closed integral of
     * sigma d epsilon over one cycle, in J/m^3. */
    const double storage = 31.7, loss = 1.37, e0 = 0.0021;
    enum { N = 64 };
    double area = 0.0;
    for (int i = 0; i < N; i++) {
        const double wt = 2.0 * PEL_PI * i / N;
        area +=
            e0 * (storage * sin(wt) + loss * cos(wt)) * e0 * cos(wt) * 2.0 * PEL_PI / N;
    }
    NEAR_REL(pel_work_cycle(loss, e0), area * 1e9, 1e-12);
}

static void a_ramp_adds_up_its_cycles(void **state)
{
    (void)state;
    const struct pel_qpd qpd = table_1(0);
    struct pel_dma *dma = NULL;
    assert_int_equal(pel_dma_create(&qpd, NULL, &dma, NULL), PEL_OK);
    struct pel_work_programme programme = pel_work_programme_defaults();
    programme.start_K = 297.0;
    programme.strain = 0.0013;
    programme.rate_K_per_s = 0.07;
    const double T[] = {297.0, 333.3, 361.9, 383.0};
    struct pel_work_point points[4];
    assert_int_equal(pel_work_ramp(dma, &programme, 0.3, 4, T, points, NULL), PEL_OK);
    assert_true(points[0].sum_J_per_m3 == 0.0 && points[0].cycles == 0.0);
    for (int i = 1; i < 4; i++) {
        /* Midpoints, far finer than E'' varies. */
        enum { N = 20000 };
        double sum = 0.0;
        for (int k = 0; k < N; k++) {
            struct pel_dma_point p;
            const double at = 297.0 + (T[i] - 297.0) * (k + 0.5) / N;
            if (N > 2000 && k % 20 != 10) continue; /* every twentieth: 1000 of them */
            pel_dma_at(dma, 0.3, at, &p, NULL);
            sum += PEL_PI * p.loss_GPa * 1e9 * 0.0013 * 0.0013 * 0.3 / 0.07 *
                   (T[i] - 297.0) / (N / 20);
        }
        NEAR_REL(points[i].sum_J_per_m3, sum, 1e-4);
        NEAR_REL(points[i].cycles, 0.3 * (T[i] - 297.0) / 0.07, 1e-12);
        NEAR_REL(points[i].power_W_per_m3, 0.3 * points[i].cycle_J_per_m3, 1e-14);
        assert_true(points[i].sum_J_per_m3 > points[i - 1].sum_J_per_m3);
    }
    /* Rows do not matter to the sum. */
    struct pel_work_point last;
    assert_int_equal(pel_work_ramp(dma, &programme, 0.3, 1, &T[3], &last, NULL), PEL_OK);
    NEAR_REL(last.sum_J_per_m3, points[3].sum_J_per_m3, 1e-9);
    pel_dma_free(dma);
}

static void exponents_are_slopes(void **state)
{
    (void)state;
    const double f[] = {0.01, 0.13, 2.7, 11.0};
    double w[4], a, error;
    for (int i = 0; i < 4; i++)
        w[i] = 42.0 * pow(f[i], 0.837);
    assert_int_equal(pel_work_exponent(4, f, w, &a, &error, NULL), PEL_OK);
    NEAR_REL(a, 0.837, 1e-13);
    NEAR_ABS(error, 0.0, 1e-7);
    assert_int_equal(pel_work_exponent(2, f, w, &a, &error, NULL), PEL_OK);
    NEAR_REL(a, 0.837, 1e-13);
    assert_true(isnan(error));
}

static void every_error_says_why(void **state)
{
    (void)state;
    struct pel_qpd qpd = table_1(0);
    struct pel_dma *dma = NULL;
    assert_int_equal(pel_dma_create(&qpd, NULL, &dma, NULL), PEL_OK);
    struct pel_error err = {0};
    struct pel_work_point points[2];
    struct pel_work_programme p = pel_work_programme_defaults();
    const double falling[] = {350.0, 340.0}, early[] = {290.0, 340.0},
                 good[] = {310.0, 340.0}, odd[] = {310.0, NAN};
    assert_int_equal(pel_work_ramp(dma, &p, 1.0, 2, falling, points, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "work: temperature 1 is 340 K, expected above the 350 K "
                        "before it");
    assert_int_equal(pel_work_ramp(dma, &p, 1.0, 2, early, points, &err), PEL_EARG);
    assert_int_equal(pel_work_ramp(dma, &p, 1.0, 2, odd, points, &err), PEL_EARG);
    assert_int_equal(pel_work_ramp(dma, &p, -1.0, 2, good, points, &err), PEL_EARG);
    p.strain = 0.0;
    assert_int_equal(pel_work_ramp(dma, &p, 1.0, 2, good, points, &err), PEL_EARG);
    double a, error;
    const double f[] = {1.0, 1.0}, w[] = {1.0, 2.0}, bad[] = {1.0, -2.0};
    assert_int_equal(pel_work_exponent(2, f, w, &a, &error, &err), PEL_EARG);
    assert_int_equal(pel_work_exponent(1, f, w, &a, &error, &err), PEL_EARG);
    assert_int_equal(pel_work_exponent(2, w, bad, &a, &error, &err), PEL_EARG);
    assert_int_equal(pel_work_exponent(0, f, w, &a, &error, &err), PEL_EARG);
    pel_dma_free(dma);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cycle_is_the_area_of_the_ellipse),
        cmocka_unit_test(a_ramp_adds_up_its_cycles),
        cmocka_unit_test(exponents_are_slopes),
        cmocka_unit_test(every_error_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

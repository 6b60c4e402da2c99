#include <pelrate/barriers.h>

#include <pelrate/constants.h>

#include <complex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

static const struct pel_landscape_head head = {.atoms = 2000.0,
                                               .paths = 300.0,
                                               .attempt_frequency_Hz = 3e12,
                                               .molar_mass_g_per_mol = 75.7};
static const double nu = 3e12;

static struct pel_landscape *histogram(void)
{
    static const double lo[3] = {0.2, 0.5, 0.9}, hi[3] = {0.5, 0.7, 1.6},
                        p[3] = {0.8, 1.55, 0.45 / 0.7};
    static const double q[3] = {0.3, 1.2, 0.67 / 0.7};
    const struct pel_histogram a = {.n = 3, .lo_eV = lo, .hi_eV = hi, .density = p},
                               b = {.n = 3, .lo_eV = lo, .hi_eV = hi, .density = q};
    const struct pel_landscape_level levels[2] = {{-4.70, a, a}, {-4.60, b, b}};
    struct pel_landscape *l = NULL;
    assert_int_equal(pel_landscape_create_histogram(&head, 2, levels, &l, NULL), PEL_OK);
    return l;
}

static struct pel_landscape *family(const char *name, size_t n,
                                    const char *const parameter[], const double value[],
                                    double slope)
{
    struct pel_landscape_row rows[5];
    for (size_t i = 0; i < n; i++)
        rows[i] = (struct pel_landscape_row){
            PEL_ACTIVATION, name, parameter[i], {value[i], i == 0 ? slope : 0.0, 0.0}};
    rows[n] =
        (struct pel_landscape_row){PEL_RELAXATION, "delta", "value", {0.5, 0.0, 0.0}};
    struct pel_landscape *l = NULL;
    assert_int_equal(pel_landscape_create_parametric(&head, -4.65, -4.70, -4.60, n + 1,
                                                     rows, &l, NULL),
                     PEL_OK);
    return l;
}

static struct pel_barriers *at(const struct pel_landscape *l, double e_is)
{
    struct pel_barriers *b = NULL;
    struct pel_error err = {0};
    if (pel_barriers_create(l, e_is, NULL, &b, &err) != PEL_OK) fail_msg("%s", err.text);
    return b;
}

static void a_histogram_is_integrated_exactly(void **state)
{
    (void)state;
    struct pel_landscape *l = histogram();
    struct pel_barriers *b = at(l, -4.70);
    assert_int_equal(pel_barriers_bands(b), 3);
    for (double T = 40.0; T < 1500.0; T *= 1.7)
        for (double omega = 1e-3; omega < 1e6; omega *= 300.0) {
            struct pel_barriers_wave wave;
            pel_barriers_wave(b, omega, T, nu, &wave);
            double storage = 0.0, loss = 0.0;
            for (size_t i = 0; i < 3; i++) {
                double lo, hi, share;
                enum { N = 20000 };
                pel_barriers_band(b, i, &lo, &hi, &share);
                for (int k = 0; k < N; k++) {
                    const double e = lo + (hi - lo) * (k + 0.5) / N,
                                 s = omega / nu * exp(e / (PEL_KB * T));
                    storage += share / N / (1.0 + s * s);
                    loss += share / N * s / (1.0 + s * s);
                }
            }
            NEAR_ABS(wave.storage, storage, 1e-7);
            NEAR_ABS(wave.loss, loss, 1e-7);
        }
    pel_barriers_free(b);
    /* Half-way between two levels half of each. */
    b = at(l, -4.65);
    assert_int_equal(pel_barriers_bands(b), 6);
    struct pel_barriers *low = at(l, -4.70), *high = at(l, -4.60);
    struct pel_barriers_wave mixed, x, y;
    pel_barriers_wave(b, 6.0, 333.0, nu, &mixed);
    pel_barriers_wave(low, 6.0, 333.0, nu, &x);
    pel_barriers_wave(high, 6.0, 333.0, nu, &y);
    NEAR_REL(mixed.loss, 0.5 * (x.loss + y.loss), 1e-12);
    pel_barriers_free(b);
    pel_barriers_free(low);
    pel_barriers_free(high);
    pel_landscape_free(l);
}

static void events_are_plain_sums(void **state)
{
    (void)state;
    const double e_is[4] = {-4.7, -4.7, -4.6, -4.7}, e_a[4] = {0.61, 0.33, 1.4, 0.95},
                 e_r[4] = {0.2, 0.3, 0.4, 0.5};
    struct pel_landscape *l = NULL;
    assert_int_equal(
        pel_landscape_create_events(&head, 4, NULL, e_is, e_a, e_r, &l, NULL), PEL_OK);
    struct pel_barriers *b = at(l, -4.7);
    assert_int_equal(pel_barriers_bands(b), 3);
    struct pel_barriers_wave wave;
    pel_barriers_wave(b, 2.7, 377.0, nu, &wave);
    double complex sum = 0.0;
    for (int i = 0; i < 4; i++)
        if (e_is[i] == -4.7)
            sum += 1.0 / 3.0 / (1.0 + I * 2.7 / nu * exp(e_a[i] / (PEL_KB * 377.0)));
    NEAR_REL(wave.storage, creal(sum), 1e-12);
    NEAR_REL(wave.loss, -cimag(sum), 1e-12);
    double storage, loss, slope;
    pel_barriers_modulus(&wave, 0.3, &storage, &loss, &slope);
    NEAR_REL(storage, creal(1.0 / (1.0 + 0.3 * sum)), 1e-12);
    NEAR_REL(loss, cimag(1.0 / (1.0 + 0.3 * sum)), 1e-11);
    assert_true(pel_barriers_density(b, 1.0, 300.0, nu, 0.0) == 0.0);
    assert_true(pel_barriers_density(b, 1.0, 300.0, nu, 0.05) > 0.0);
    pel_barriers_free(b);
    pel_landscape_free(l);
}

static void one_barrier_is_a_debye_peak(void **state)
{
    (void)state;
    const char *const value[] = {"value"};
    const double e[] = {0.83};
    struct pel_landscape *l = family("delta", 1, value, e, 2.0);
    struct pel_barriers *b = at(l, -4.64); /* 0.85 eV there */
    double T, loss;
    /* For a small strength E'' peaks where J'' does, at omega tau = 1. */
    assert_int_equal(pel_barriers_peak(b, 1.3, nu, 1e-9, 100.0, 900.0, &T, &loss, NULL),
                     PEL_OK);
    NEAR_REL(2.0 * PEL_PI * 1.3 / nu * exp(0.85 / (PEL_KB * T)), 1.0, 1e-6);
    NEAR_REL(loss, 0.5e-9, 1e-6);
    struct pel_error err = {0};
    assert_int_equal(pel_barriers_peak(b, 1.3, nu, 0.1, 500.0, 900.0, &T, &loss, &err),
                     PEL_ENOROOT);
    assert_string_equal(err.text, "E'' has no maximum between 500 and 900 K at 1.3 Hz");
    assert_int_equal(pel_barriers_peak(b, 0.0, nu, 0.1, 50.0, 900.0, &T, &loss, &err),
                     PEL_EARG);
    pel_barriers_free(b);
    pel_landscape_free(l);
}

static void families_are_cut_finely_enough(void **state)
{
    (void)state;
    const char *const names[] = {"shape", "scale", "log_mean", "log_sd", "mean", "sd"};
    const double gamma[] = {4.2, 0.17}, lognormal[] = {-0.4, 0.5}, normal[] = {0.8, 0.3},
                 weibull[] = {2.3, 0.9};
    struct pel_landscape *ls[4] = {family("gamma", 2, names, gamma, 0.0),
                                   family("lognormal", 2, names + 2, lognormal, 0.0),
                                   family("truncated_normal", 2, names + 4, normal, 0.0),
                                   family("weibull", 2, names, weibull, 0.0)};
    for (int k = 0; k < 4; k++) {
        struct pel_barriers_settings fine = pel_barriers_settings_defaults();
        fine.width_eV *= 0.5;
        struct pel_barriers *b = at(ls[k], -4.65), *half = NULL;
        assert_int_equal(pel_barriers_create(ls[k], -4.65, &fine, &half, NULL), PEL_OK);
        double total = 0.0, lo, hi, share;
        for (size_t i = 0; i < pel_barriers_bands(b); i++) {
            pel_barriers_band(b, i, &lo, &hi, &share);
            total += share;
        }
        NEAR_REL(total, 1.0, 1e-12);
        for (double T = 100.0; T < 1200.0; T *= 1.5) {
            struct pel_barriers_wave x, y;
            pel_barriers_wave(b, 6.283, T, nu, &x);
            pel_barriers_wave(half, 6.283, T, nu, &y);
            NEAR_ABS(x.loss, y.loss, 1e-6);
            NEAR_ABS(x.storage, y.storage, 1e-6);
        }
        pel_barriers_free(b);
        pel_barriers_free(half);
        pel_landscape_free(ls[k]);
    }
}

static void derivatives_agree_with_differences(void **state)
{
    (void)state;
    const double e_is[2] = {-4.7, -4.7}, e_a[2] = {0.61, 0.93}, e_r[2] = {0.2, 0.3};
    struct pel_landscape *ls[2] = {histogram(), NULL};
    assert_int_equal(
        pel_landscape_create_events(&head, 2, NULL, e_is, e_a, e_r, &ls[1], NULL),
        PEL_OK);
    for (int k = 0; k < 2; k++) {
        struct pel_barriers *b = at(ls[k], -4.7);
        for (double T = 90.0; T < 900.0; T *= 1.31) {
            const double d = 1e-4 * T;
            struct pel_barriers_wave w, up, down;
            double s, l, slope, l_up, l_down;
            pel_barriers_wave(b, 17.0, T, nu, &w);
            pel_barriers_wave(b, 17.0, T + d, nu, &up);
            pel_barriers_wave(b, 17.0, T - d, nu, &down);
            NEAR_ABS(w.storage_T, (up.storage - down.storage) / (2.0 * d), 1e-7);
            NEAR_ABS(w.loss_T, (up.loss - down.loss) / (2.0 * d), 1e-7);
            pel_barriers_modulus(&up, 0.7, &s, &l_up, &slope);
            pel_barriers_modulus(&down, 0.7, &s, &l_down, &slope);
            pel_barriers_modulus(&w, 0.7, &s, &l, &slope);
            NEAR_ABS(slope, (l_up - l_down) / (2.0 * d), 1e-7);
        }
        pel_barriers_free(b);
        pel_landscape_free(ls[k]);
    }
}

static void density_of_times_is_that_of_barriers(void **state)
{
    (void)state;
    struct pel_landscape *l = histogram();
    struct pel_barriers *b = at(l, -4.7);
    const double T = 350.0;
    double sum = 0.0;
    for (double x = -14.0; x < 20.0; x += 0.001)
        sum += 0.001 * pel_barriers_density(b, pow(10.0, x), T, nu, 0.0);
    NEAR_REL(sum, 1.0, 1e-3);
    /* At 0.6 eV the density is 1.55 / eV. */
    const double tau = exp(0.6 / (PEL_KB * T)) / nu;
    NEAR_REL(pel_barriers_density(b, tau, T, nu, 0.0), 1.55 * PEL_KB * T * log(10.0),
             1e-12);
    pel_barriers_free(b);
    pel_landscape_free(l);
}

static void shipped_landscapes_of_all_kinds(void **state)
{
    (void)state;
    const char *source = getenv("PEL_SOURCE");
    assert_non_null(source);
    const char *const names[] = {
        "reference/r1.landscape.csv", "cuzr/histogram.landscape.csv",
        "cuzr/parametric.landscape.csv", "cuzr/events.landscape.csv"};
    for (int k = 0; k < 4; k++) {
        char path[512];
        snprintf(path, sizeof path, "%s/data/%s", source, names[k]);
        struct pel_landscape *l = NULL;
        assert_int_equal(pel_landscape_read(path, &l, NULL), PEL_OK);
        const double lo = pel_landscape_e_is_min(l), hi = pel_landscape_e_is_max(l);
        double peak[2], loss;
        for (int end = 0; end < 2; end++) {
            struct pel_barriers *b = at(l, end ? hi : lo);
            assert_int_equal(
                pel_barriers_peak(b, 1.0, pel_landscape_head(l)->attempt_frequency_Hz,
                                  0.2, 50.0, 2000.0, &peak[end], &loss, NULL),
                PEL_OK);
            assert_true(loss > 0.001 && loss < 0.1);
            pel_barriers_free(b);
        }
        /* A rejuvenated glass, higher in E_IS, relaxes at lower temperature. */
        if (k == 0) assert_true(peak[1] < peak[0] - 10.0);
        struct pel_barriers *none = NULL;
        struct pel_error err = {0};
        assert_int_equal(pel_barriers_create(l, hi + 0.1, NULL, &none, &err), PEL_ERANGE);
        assert_non_null(strstr(err.text, "which the landscape covers"));
        assert_int_equal(pel_barriers_create(l, NAN, NULL, &none, &err), PEL_ERANGE);
        struct pel_barriers_settings bad = pel_barriers_settings_defaults();
        bad.width_eV = 0.0;
        assert_int_equal(pel_barriers_create(l, lo, &bad, &none, &err), PEL_EARG);
        assert_null(none);
        pel_landscape_free(l);
    }
    struct pel_barriers_wave wave;
    struct pel_landscape *l = histogram();
    struct pel_barriers *b = at(l, -4.7);
    pel_barriers_wave(b, 1.0, -5.0, nu, &wave);
    assert_true(isnan(wave.loss));
    pel_barriers_free(b);
    pel_landscape_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_histogram_is_integrated_exactly),
        cmocka_unit_test(events_are_plain_sums),
        cmocka_unit_test(one_barrier_is_a_debye_peak),
        cmocka_unit_test(families_are_cut_finely_enough),
        cmocka_unit_test(derivatives_agree_with_differences),
        cmocka_unit_test(density_of_times_is_that_of_barriers),
        cmocka_unit_test(shipped_landscapes_of_all_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/dma.h>

#include <pelrate/constants.h>
#include <pelrate/creep.h>
#include <pelrate/quadrature.h>

#include <complex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"
#include "sets.h"

static struct pel_dma *make(const struct pel_qpd *qpd)
{
    struct pel_dma *dma = NULL;
    struct pel_error err = {0};
    if (pel_dma_create(qpd, NULL, &dma, &err) != PEL_OK) fail_msg("%s", err.text);
    return dma;
}

static struct pel_dma_point at(const struct pel_dma *dma, double f, double T)
{
    struct pel_dma_point point;
    assert_int_equal(pel_dma_at(dma, f, T, &point, NULL), PEL_OK);
    return point;
}

static void moduli_are_the_inverse_of_the_compliance(void **state)
{
    (void)state;
    const struct pel_qpd qpd = table_1(1);
    struct pel_dma *dma = make(&qpd);
    for (double f = 1e-12; f < 1e12; f *= 37.0) {
        const struct pel_dma_point p = at(dma, f, NAN);
        const double complex J = p.storage_per_GPa - I * p.loss_per_GPa, E = 1.0 / J;
        NEAR_REL(p.storage_GPa, creal(E), 1e-13);
        NEAR_REL(p.loss_GPa, cimag(E), 1e-12);
        NEAR_REL(p.tan_delta, cimag(E) / creal(E), 1e-12);
        assert_true(p.loss_GPa > 0.0 && p.storage_per_GPa > qpd.elastic_per_GPa);
    }
    const struct pel_dma_point fast = at(dma, 1e30, NAN), slow = at(dma, 1e-30, NAN);
    NEAR_REL(fast.storage_GPa, 1.0 / 0.0301, 1e-9);
    NEAR_REL(fast.unrelaxed_GPa, 1.0 / 0.0301, 1e-14);
    NEAR_REL(slow.storage_per_GPa, 0.0301 + 0.0077 + 0.33 + 0.61, 1e-9);
    pel_dma_free(dma);
}

static void j_obeys_kramers_and_kronig(void **state)
{
    (void)state;
    /* J'(w) - J_el = 2/pi int [v J''(v) - w J''(w)] / (v^2 - w^2) dv; in ln v, on nodes
     * half a step beside w, where the integrand is smooth. */
    struct pel_qpd qpd = table_1(0);
    struct pel_dma *dma = make(&qpd);
    const double f[] = {1e-10, 3e-8, 1e-4, 0.7, 51.0, 1e5};
    for (size_t k = 0; k < sizeof f / sizeof *f; k++) {
        const double h = 0.05;
        const struct pel_dma_point here = at(dma, f[k], NAN);
        double sum = 0.0;
        for (int i = -1800; i < 1800; i++) {
            const double y = (i + 0.5) * h, r = exp(y); /* v / w */
            const struct pel_dma_point p = at(dma, f[k] * r, NAN);
            sum += h * r * (r * p.loss_per_GPa - here.loss_per_GPa) / (r * r - 1.0);
        }
        const double J = here.storage_per_GPa - qpd.elastic_per_GPa;
        NEAR_REL(2.0 / PEL_PI * sum, J, 1e-6);
    }
    pel_dma_free(dma);
}

/* ---- time and frequency are two sides of one spectrum ------------------------------- */

struct transform {
    const struct pel_creep *creep;
    double p;
};

/* p int J(t) exp(-p t) dt, by parts: J(0) + int (dJ/d ln t) exp(-p t) d ln t. */
static int real_transform(double ln_t, void *context, double *f)
{
    const struct transform *tr = context;
    struct pel_creep_point point;
    pel_creep_at(tr->creep, exp(ln_t), &point);
    *f = point.slope * exp(-tr->p * exp(ln_t));
    return 0;
}

/* The same at i omega, real part, over a piece of time. */
static int cosine(double t, void *context, double *f)
{
    const struct transform *tr = context;
    struct pel_creep_point point;
    pel_creep_at(tr->creep, t, &point);
    *f = point.slope / t * cos(tr->p * t);
    return 0;
}

static int sine(double t, void *context, double *f)
{
    const struct transform *tr = context;
    struct pel_creep_point point;
    pel_creep_at(tr->creep, t, &point);
    *f = point.slope / t * sin(tr->p * t);
    return 0;
}

/* Sum of an alternating series by repeated means of its partial sums (Euler). */
static double euler(size_t n, double partial[])
{
    for (size_t m = n - 1; m > 0; m--)
        for (size_t i = 0; i < m; i++)
            partial[i] = 0.5 * (partial[i] + partial[i + 1]);
    return partial[0];
}

static double oscillating(pel_quadrature_function f, struct transform *tr, double phase)
{
    enum { PIECES = 40, SKIP = 6 };
    struct pel_quadrature_settings set = pel_quadrature_settings_defaults();
    set.rtol = 1e-9;
    set.atol = 1e-14;
    double sum = 0.0, partial[PIECES - SKIP];
    for (int k = 0; k < PIECES; k++) {
        const double a = k == 0 ? 0.0 : (k - 1 + phase) * PEL_PI / tr->p,
                     b = (k + phase) * PEL_PI / tr->p;
        double piece;
        if (k == 0) {
            /* Down to where nothing is left, even in ln t. */
            const double h = 0.01;
            piece = 0.0;
            for (double y = log(b) - 0.5 * h; y > log(b) - 150.0; y -= h) {
                double value;
                f(exp(y), tr, &value);
                piece += h * value * exp(y);
            }
        } else {
            assert_int_equal(
                pel_quadrature_integrate(f, tr, a, b, &set, &piece, NULL, NULL), PEL_OK);
        }
        sum += piece;
        if (k >= SKIP) partial[k - SKIP] = sum;
    }
    return euler(PIECES - SKIP, partial);
}

static void time_and_frequency_agree(void **state)
{
    (void)state;
    const struct pel_qpd qpd = table_1(2);
    struct pel_dma *dma = make(&qpd);
    struct pel_creep *creep = NULL;
    assert_int_equal(pel_creep_create(&qpd, NULL, &creep, NULL), PEL_OK);
    struct pel_relaxation *spectra[PEL_QPD_COMPONENTS];
    assert_int_equal(pel_qpd_spectra(&qpd, NULL, spectra, NULL), PEL_OK);
    /* Laplace transform of J(t) on the real axis against the sum over units there. */
    for (double p = 1e-11; p < 1e7; p *= 113.0) {
        struct transform tr = {.creep = creep, .p = p};
        double sum = qpd.elastic_per_GPa, want = qpd.elastic_per_GPa, value;
        for (double y = -120.0 - log(p); y < 5.0 - log(p); y += 0.02) {
            real_transform(y, &tr, &value);
            sum += 0.02 * value;
        }
        for (int c = 0; c < PEL_QPD_COMPONENTS; c++)
            for (size_t i = 0; i < pel_relaxation_units(spectra[c]); i++)
                want += qpd.part[c].compliance_per_GPa *
                        pel_relaxation_weight(spectra[c], i) /
                        (1.0 + p * qpd.part[c].tau_s * pel_relaxation_tau(spectra[c], i));
        NEAR_REL(sum, want, 1e-8);
    }
    /* ... and on the imaginary one against J*. */
    const double f[] = {3e-9, 2e-3, 1.3, 440.0};
    for (size_t k = 0; k < sizeof f / sizeof *f; k++) {
        struct transform tr = {.creep = creep, .p = 2.0 * PEL_PI * f[k]};
        const struct pel_dma_point point = at(dma, f[k], NAN);
        NEAR_REL(oscillating(cosine, &tr, 0.5),
                 point.storage_per_GPa - qpd.elastic_per_GPa, 2e-5);
        NEAR_REL(oscillating(sine, &tr, 1.0), point.loss_per_GPa, 2e-5);
    }
    for (int c = 0; c < PEL_QPD_COMPONENTS; c++)
        pel_relaxation_free(spectra[c]);
    pel_creep_free(creep);
    pel_dma_free(dma);
}

/* ---- temperature -------------------------------------------------------------------- */

static void temperature_moves_the_times(void **state)
{
    (void)state;
    struct pel_qpd qpd = table_1(0);
    qpd.glass_K = 458.8;
    qpd.chi_slope_per_K = 0.002;
    struct pel_dma *dma = make(&qpd);
    const struct pel_dma_point given = at(dma, 1.0, NAN), same = at(dma, 1.0, 403.0);
    NEAR_REL(same.loss_GPa, given.loss_GPa, 1e-9);
    for (int c = 0; c < PEL_QPD_COMPONENTS; c++)
        NEAR_REL(same.tau_s[c], qpd.part[c].tau_s, 1e-9);
    const struct pel_dma_point cold = at(dma, 1.0, 351.0), hot = at(dma, 1.0, 470.0);
    NEAR_REL(cold.tau_s[0], 0.15 * exp(1.08 / PEL_KB * (1.0 / 351.0 - 1.0 / 403.0)),
             1e-12);
    /* Frozen, the higher times have the apparent energy E_beta / chi. */
    NEAR_REL(log(cold.tau_s[2] / 2.19e8), log(cold.tau_s[0] / 0.15) / cold.chi, 1e-9);
    NEAR_REL(cold.tau_s[1] / cold.tau_s[2], 2.34e7 / 2.19e8, 1e-9);
    NEAR_REL(hot.chi, cold.chi + 0.002 * (470.0 - 458.8), 1e-12);
    /* Derivatives by temperature and frequency. */
    for (double T = 301.3; T < 530.0; T += 11.7) {
        const double d = 1e-4;
        const struct pel_dma_point p = at(dma, 0.7, T), up = at(dma, 0.7, T + d),
                                   down = at(dma, 0.7, T - d);
        NEAR_ABS(p.loss_by_T, (up.loss_GPa - down.loss_GPa) / (2.0 * d),
                 1e-7 * (p.loss_GPa + fabs(p.loss_by_T)));
        const struct pel_dma_point high = at(dma, 0.7 * exp(d), T),
                                   low = at(dma, 0.7 * exp(-d), T);
        NEAR_ABS(p.loss_by_ln_f, (high.loss_GPa - low.loss_GPa) / (2.0 * d),
                 1e-7 * p.loss_GPa);
    }
    pel_dma_free(dma);
}

static void a_debye_peak_is_where_it_must_be(void **state)
{
    (void)state;
    /* B = 1 is the narrowest; its own peak, then the closed form of one component: E'' of
     * a small compliance peaks where J'' does. Against a scan a hundred times finer. */
    struct pel_qpd qpd = pel_qpd_none();
    qpd.elastic_per_GPa = 0.03;
    qpd.part[0] = (struct pel_qpd_part){1.0, 0.15, 1e-9};
    qpd.temperature_K = 403.0;
    qpd.activation_energy_eV = 0.97;
    struct pel_dma *dma = make(&qpd);
    size_t n = 4;
    struct pel_dma_peak peaks[4];
    assert_int_equal(pel_dma_frequency_peaks(dma, 403.0, 1e-6, 1e6, 50, &n, peaks, NULL),
                     PEL_OK);
    assert_int_equal(n, 1);
    const double f_peak = peaks[0].at, top = peaks[0].loss_GPa;
    for (double x = -0.1; x < 0.1; x += 0.001)
        assert_true(at(dma, f_peak * exp(x), 403.0).loss_GPa <= top);
    NEAR_ABS(at(dma, f_peak, 403.0).loss_by_ln_f, 0.0, 1e-12 * top);
    /* Over temperature the same product of frequency and time. */
    for (double f = 0.01; f < 200.0; f *= 10.0) {
        n = 4;
        assert_int_equal(pel_dma_peaks(dma, f, 250.0, 600.0, 40, &n, peaks, NULL),
                         PEL_OK);
        assert_int_equal(n, 1);
        assert_int_equal(peaks[0].corner, 0);
        NEAR_REL(f * at(dma, f, peaks[0].at).tau_s[0], f_peak * 0.15, 1e-7);
        NEAR_REL(peaks[0].loss_GPa, top, 1e-9);
    }
    /* No room: counted all the same. */
    n = 0;
    assert_int_equal(pel_dma_peaks(dma, 1.0, 250.0, 600.0, 40, &n, NULL, NULL), PEL_OK);
    assert_int_equal(n, 1);
    n = 4;
    assert_int_equal(pel_dma_peaks(dma, 1.0, 250.0, 260.0, 40, &n, peaks, NULL), PEL_OK);
    assert_int_equal(n, 0);
    pel_dma_free(dma);
}

static void a_jump_of_the_slope_is_a_corner(void **state)
{
    (void)state;
    /* Where chi reaches 1 the higher times stop falling faster than tau_beta. Here E''
     * rises before, by their part, and falls behind, by that of the beta relaxation: the
     * top is the corner itself, where no derivative is zero. */
    struct pel_qpd qpd = table_1(0);
    qpd.part[0].B = 0.2;
    for (int c = 1; c < PEL_QPD_COMPONENTS; c++) {
        qpd.part[c].B = 0.4;
        qpd.part[c].compliance_per_GPa = 0.1;
    }
    qpd.glass_K = 420.0;
    qpd.chi_slope_per_K = 0.01;
    struct pel_dma *dma = make(&qpd);
    const double corner = 420.0 + (1.0 - pel_dma_hierarchy(dma).chi) / 0.01;
    size_t n = 8, corners = 0;
    struct pel_dma_peak peaks[8];
    const double f = 0.01 * pow(3.0, 14.0);
    assert_int_equal(pel_dma_peaks(dma, f, 300.0, 600.0, 60, &n, peaks, NULL), PEL_OK);
    for (size_t i = 0; i < n; i++) {
        if (!peaks[i].corner) continue;
        corners++;
        NEAR_REL(peaks[i].at, corner, 1e-14);
        assert_true(at(dma, f, corner - 1e-3).loss_by_T > 0.0);
        assert_true(at(dma, f, corner).loss_by_T < 0.0);
        assert_true(at(dma, f, corner - 1e-2).loss_GPa < peaks[i].loss_GPa);
        assert_true(at(dma, f, corner + 1e-2).loss_GPa < peaks[i].loss_GPa);
    }
    assert_int_equal(corners, 1);
    pel_dma_free(dma);
}

static void a_stress_moves_the_peak_down(void **state)
{
    (void)state;
    struct pel_qpd qpd = table_1(0);
    struct pel_error err = {0};
    struct pel_dma_settings set = pel_dma_settings_defaults();
    struct pel_dma *dma = NULL;
    set.stress_MPa = 300.0;
    assert_int_equal(pel_dma_create(&qpd, &set, &dma, &err), PEL_EARG);
    assert_string_equal(err.text, "no stress barrier");
    qpd.barrier_stress_MPa = 2000.0;
    assert_int_equal(pel_dma_create(&qpd, &set, &dma, &err), PEL_OK);
    const double left = 1.08 * pow(1.0 - 300.0 / 2000.0, 1.5);
    const double tau0 = 0.15 * exp(-1.08 / (PEL_KB * 403.0));
    const struct pel_dma_point p = at(dma, 1.0, 377.0);
    NEAR_REL(p.tau_s[0], tau0 * exp(left / (PEL_KB * 377.0)), 1e-9);
    pel_dma_free(dma);
    set.stress_MPa = 2000.0;
    assert_int_equal(pel_dma_create(&qpd, &set, &dma, &err), PEL_EARG);
    set.stress_MPa = -1.0;
    assert_int_equal(pel_dma_create(&qpd, &set, &dma, &err), PEL_EARG);
    assert_null(dma);
}

static void every_error_says_why(void **state)
{
    (void)state;
    struct pel_error err = {0};
    struct pel_dma *dma = NULL;
    struct pel_qpd qpd = table_1(3);
    qpd.glass_K = 430.0;
    assert_int_equal(pel_dma_create(&qpd, NULL, &dma, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "glass temperature without hierarchy chi_slope, expected "
                        "both or neither");
    qpd = table_1(3);
    qpd.chi = 0.4;
    assert_int_equal(pel_dma_create(&qpd, NULL, &dma, &err), PEL_EARG);
    qpd = table_1(3);
    qpd.part[1].tau_s = 1e9;
    assert_int_equal(pel_dma_create(&qpd, NULL, &dma, &err), PEL_EARG);
    qpd = table_1(3);
    qpd.elastic_per_GPa = NAN;
    assert_int_equal(pel_dma_create(&qpd, NULL, &dma, &err), PEL_EARG);
    /* Without an energy: the set's own temperature only, where no hierarchy is asked. */
    qpd = table_1(3);
    qpd.activation_energy_eV = NAN;
    dma = make(&qpd);
    struct pel_dma_point p;
    size_t n = 0;
    assert_int_equal(pel_dma_at(dma, 1.0, NAN, &p, &err), PEL_OK);
    NEAR_REL(p.tau_s[0], 0.03, 1e-14);
    assert_true(isnan(p.chi) && p.loss_by_T == 0.0);
    assert_int_equal(pel_dma_at(dma, 1.0, 400.0, &p, &err), PEL_EARG);
    assert_int_equal(pel_dma_at(dma, 0.0, NAN, &p, &err), PEL_EARG);
    assert_int_equal(pel_dma_at(dma, NAN, NAN, &p, &err), PEL_EARG);
    pel_dma_free(dma);
    qpd = table_1(3);
    dma = make(&qpd);
    assert_int_equal(pel_dma_at(dma, 1.0, -3.0, &p, &err), PEL_EARG);
    assert_int_equal(pel_dma_peaks(dma, 1.0, 500.0, 400.0, 10, &n, NULL, &err), PEL_EARG);
    assert_int_equal(pel_dma_peaks(dma, 1.0, 300.0, 400.0, 0, &n, NULL, &err), PEL_EARG);
    assert_int_equal(pel_dma_peaks(dma, -1.0, 300.0, 400.0, 10, &n, NULL, &err),
                     PEL_EARG);
    assert_int_equal(pel_dma_frequency_peaks(dma, 400.0, 10.0, 1.0, 10, &n, NULL, &err),
                     PEL_EARG);
    pel_dma_free(dma);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moduli_are_the_inverse_of_the_compliance),
        cmocka_unit_test(j_obeys_kramers_and_kronig),
        cmocka_unit_test(time_and_frequency_agree),
        cmocka_unit_test(temperature_moves_the_times),
        cmocka_unit_test(a_debye_peak_is_where_it_must_be),
        cmocka_unit_test(a_jump_of_the_slope_is_a_corner),
        cmocka_unit_test(a_stress_moves_the_peak_down),
        cmocka_unit_test(every_error_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

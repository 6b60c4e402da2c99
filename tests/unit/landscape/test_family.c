#include <pelrate/constants.h>
#include <pelrate/spectrum.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

static const double temperatures[] = {1.0, 30.0, 300.0, 735.0, 3000.0, 5000.0};
enum { N_T = sizeof temperatures / sizeof temperatures[0] };

static const struct {
    const char *family;
    double p[PEL_FAMILY_PARAMETERS];
    double offset; /* lower end of the support [eV] */
} cases[] = {
    {"shifted_gamma", {0.5517, 4.13, 0.1513}, 0.5517},
    {"shifted_gamma", {0.0, 0.731, 0.87}, 0.0},
    {"gamma", {2.37, 0.417}, 0.0},
    {"weibull", {0.683, 0.91}, 0.0},
    {"weibull", {1.0, 0.77}, 0.0},
    {"weibull", {2.91, 1.43}, 0.0},
    {"weibull", {14.7, 1.21}, 0.0},
    {"lognormal", {0.137, 0.291}, 0.0},
    {"lognormal", {-1.13, 1.37}, 0.0},
    {"truncated_normal", {1.493, 0.307}, 0.0},
    {"truncated_normal", {0.113, 0.421}, 0.0},
    {"truncated_normal", {-0.537, 0.611}, 0.0},
    {"exponential", {0.613}, 0.0},
};
enum { N_CASES = sizeof cases / sizeof cases[0] };

/* int P(E) E^power exp(-beta E) dE, scaled by exp(-*ln_scale), by the trapezoid rule in
 * v = ln(E - offset), from the density: another route than any of the transforms. */
static long double integrate(const struct pel_family *f, const double p[], double offset,
                             double beta, int power, double *ln_scale)
{
    const double from = -70.0, to = 14.0;
    const int n = 90000;
    *ln_scale = -INFINITY;
    for (int i = 0; i < 400; i++) {
        const double v = from + (to - from) * i / 400, e = offset + exp(v);
        const double a = f->ln_density(p, e) + v - beta * e;
        if (a > *ln_scale) *ln_scale = a;
    }
    long double sum = 0.0L;
    for (int i = 0; i <= n; i++) {
        const long double v = from + (to - from) * (long double)i / n;
        const long double e = offset + expl(v);
        /* E - offset must not be lost in E: densities are asked for at offset + x. */
        const long double a = f->ln_density(p, (double)e) + v - beta * e - *ln_scale;
        if (a > -60.0L) sum += expl(a) * (power == 1 ? e : 1.0L);
    }
    return sum * (to - from) / n;
}

static void ln_z_is_the_transform_of_the_density(void **state)
{
    (void)state;
    for (int c = 0; c < N_CASES; c++) {
        const struct pel_family *f = pel_family_find(cases[c].family);
        assert_non_null(f);
        for (int t = 0; t < N_T; t++) {
            /* A shifted density close to its offset is not resolved by a double E. */
            if (cases[c].offset > 0.0 && temperatures[t] < 100.0) continue;
            const double beta = 1.0 / (PEL_KB * temperatures[t]);
            struct pel_ln_z z;
            f->ln_z(cases[c].p, beta, &z, NULL, NULL);
            double ln_scale;
            const long double z0 =
                integrate(f, cases[c].p, cases[c].offset, beta, 0, &ln_scale);
            NEAR_ABS(z.value, (double)(logl(z0) + ln_scale),
                     3e-13 * (1.0 + fabs(z.value)));
            const long double z1 =
                integrate(f, cases[c].p, cases[c].offset, beta, 1, &ln_scale);
            NEAR_REL(-z.b, (double)(z1 / z0), 1e-11);
        }
    }
}

static void closed_forms_at_one_kelvin(void **state)
{
    (void)state;
    const double beta = 1.0 / PEL_KB;
    struct pel_ln_z z;
    const double gamma[3] = {0.5517, 4.13, 0.1513};
    pel_family_find("shifted_gamma")->ln_z(gamma, beta, &z, NULL, NULL);
    NEAR_REL(z.value, -beta * 0.5517 - 4.13 * log1p(0.1513 * beta), 1e-15);
    /* Deep in the tail a truncated normal is its density at 0 over beta, corrected. */
    const double normal[2] = {1.493, 0.307};
    const struct pel_family *f = pel_family_find("truncated_normal");
    f->ln_z(normal, beta, &z, NULL, NULL);
    const double m = 1.493 / (0.307 * 0.307), x = beta - m; /* density slope in ln */
    NEAR_REL(z.value,
             f->ln_density(normal, 0.0) - log(x) + log1p(-1.0 / (x * x * 0.307 * 0.307)),
             1e-10);
    const double delta[1] = {1.37};
    pel_family_find("delta")->ln_z(delta, beta, &z, NULL, NULL);
    assert_true(z.value == -beta * 1.37 && z.b == -1.37 && z.bb == 0.0);
    /* weibull of shape 1 is exponential; of shape 2, beta -> 0, Z = 1. */
    const double one[2] = {1.0, 0.77}, two[2] = {2.0, 0.9};
    for (int t = 0; t < N_T; t++) {
        const double b = 1.0 / (PEL_KB * temperatures[t]);
        pel_family_find("weibull")->ln_z(one, b, &z, NULL, NULL);
        NEAR_REL(z.value, -log1p(0.77 * b), 2e-14);
        NEAR_REL(-z.b, 0.77 / (1.0 + 0.77 * b), 1e-13);
        NEAR_REL(z.bb, pow(0.77 / (1.0 + 0.77 * b), 2.0), 1e-12);
    }
    pel_family_find("weibull")->ln_z(two, 0.0, &z, NULL, NULL);
    NEAR_ABS(z.value, 0.0, 1e-14);
    /* int_0^inf 2 w e^{-w^2 - b w} dw = 1 - (sqrt(pi)/2) b e^{b^2/4} erfc(b/2) */
    const double b = 2.3 / 0.9;
    pel_family_find("weibull")->ln_z(two, b, &z, NULL, NULL);
    NEAR_REL(z.value,
             log(1.0 - 0.5 * sqrt(PEL_PI) * 2.3 * exp(2.3 * 2.3 / 4.0) * erfc(1.15)),
             1e-13);
}

static void derivatives_are_central_differences(void **state)
{
    (void)state;
    for (int c = 0; c < N_CASES; c++) {
        const struct pel_family *f = pel_family_find(cases[c].family);
        for (int t = 0; t < N_T; t++) {
            const double beta = 1.0 / (PEL_KB * temperatures[t]), h = 1e-4 * beta;
            struct pel_ln_z z, up, down;
            double d[PEL_FAMILY_PARAMETERS], bd[PEL_FAMILY_PARAMETERS];
            f->ln_z(cases[c].p, beta, &z, d, bd);
            f->ln_z(cases[c].p, beta + h, &up, NULL, NULL);
            f->ln_z(cases[c].p, beta - h, &down, NULL, NULL);
            NEAR_REL(z.b, (up.value - down.value) / (2.0 * h), 1e-7);
            NEAR_REL(z.bb, (up.b - down.b) / (2.0 * h), 1e-6);
            for (size_t k = 0; k < f->n_parameters; k++) {
                double q[PEL_FAMILY_PARAMETERS];
                memcpy(q, cases[c].p, sizeof q);
                const double step = 1e-5 * (q[k] != 0.0 ? fabs(q[k]) : 0.1);
                q[k] = cases[c].p[k] + step;
                f->ln_z(q, beta, &up, NULL, NULL);
                q[k] = cases[c].p[k] - step;
                f->ln_z(q, beta, &down, NULL, NULL);
                const double noise = 1e-15 * fabs(z.value) / step;
                NEAR_ABS(d[k], (up.value - down.value) / (2.0 * step),
                         1e-7 * fabs(d[k]) + 10.0 * noise + 1e-9);
                NEAR_ABS(bd[k], (up.b - down.b) / (2.0 * step),
                         1e-6 * fabs(bd[k]) + 1e-9 * fabs(z.b) / fabs(q[k] + 0.1));
            }
        }
    }
}

static void means_and_their_derivatives(void **state)
{
    (void)state;
    for (int c = 0; c < N_CASES; c++) {
        const struct pel_family *f = pel_family_find(cases[c].family);
        double ln_scale, d[PEL_FAMILY_PARAMETERS];
        const long double z1 =
            integrate(f, cases[c].p, cases[c].offset, 0.0, 1, &ln_scale);
        const double mean = f->mean(cases[c].p, d);
        NEAR_REL(mean, (double)(z1 * expl((long double)ln_scale)), 1e-10);
        for (size_t k = 0; k < f->n_parameters; k++) {
            double q[PEL_FAMILY_PARAMETERS];
            memcpy(q, cases[c].p, sizeof q);
            const double step = 1e-5 * (q[k] != 0.0 ? fabs(q[k]) : 0.1);
            q[k] = cases[c].p[k] + step;
            const double up = f->mean(q, NULL);
            q[k] = cases[c].p[k] - step;
            NEAR_REL(d[k], (up - f->mean(q, NULL)) / (2.0 * step), 1e-6);
        }
    }
}

static void cumulative_is_the_integral_of_the_density(void **state)
{
    (void)state;
    for (int c = 0; c < N_CASES; c++) {
        const struct pel_family *f = pel_family_find(cases[c].family);
        const double *p = cases[c].p;
        for (double e = cases[c].offset + 0.03; e < 3.0; e += 0.217) {
            const double h = 1e-5;
            const double slope =
                (f->cumulative(p, e + h) - f->cumulative(p, e - h)) / (2.0 * h);
            NEAR_ABS(slope, exp(f->ln_density(p, e)), 1e-6);
        }
        assert_true(f->cumulative(p, -0.1) == 0.0);
        NEAR_ABS(f->cumulative(p, 900.0), 1.0, 1e-6);
        assert_true(f->ln_density(p, -0.1) == -INFINITY);
    }
    const double delta[1] = {0.4};
    assert_true(pel_family_find("delta")->cumulative(delta, 0.39) == 0.0);
    assert_true(pel_family_find("delta")->cumulative(delta, 0.41) == 1.0);
    assert_true(pel_family_find("delta")->mean(delta, NULL) == 0.4);
}

/* Mean and variance of draws at a temperature are the derivatives of ln Z there; at beta =
 * 0 the draws have the distribution itself. */
static void draws_have_the_moments_of_the_transform(void **state)
{
    (void)state;
    enum { DRAWS = 40000 };
    struct pel_ziggurat ziggurat;
    struct pel_random random;
    pel_ziggurat_init(&ziggurat);
    for (int c = 0; c < N_CASES; c++) {
        const struct pel_family *f = pel_family_find(cases[c].family);
        for (int t = -1; t < N_T; t++) {
            const double beta = t < 0 ? 0.0 : 1.0 / (PEL_KB * temperatures[t]);
            struct pel_ln_z z;
            f->ln_z(cases[c].p, beta, &z, NULL, NULL);
            pel_random_init(&random, 5, (uint64_t)c, (uint64_t)(t + 1));
            double mean = 0.0, spread = 0.0, fourth = 0.0, below = 0.0;
            const double middle = -z.b;
            for (int i = 1; i <= DRAWS; i++) {
                const double ln_z = f->draw_needs_ln_z ? z.value : NAN;
                const double e = f->draw(cases[c].p, beta, ln_z, &ziggurat, &random);
                assert_true(e >= cases[c].offset);
                const double d = e - middle;
                mean += d / DRAWS;
                spread += d * d / DRAWS;
                fourth += d * d * d * d / DRAWS;
                below += e < middle;
            }
            NEAR_ABS(middle + mean, middle, 5.0 * sqrt(z.bb / DRAWS) + 1e-12 * middle);
            /* The fourth moment of a lognormal is not known from so few draws. */
            if (t >= 0)
                NEAR_ABS(spread, z.bb,
                         6.0 * sqrt(fmax(fourth, z.bb * z.bb) / DRAWS) +
                             1e-12 * middle * middle);
            else
                NEAR_ABS(below, DRAWS * f->cumulative(cases[c].p, middle),
                         5.0 * sqrt(0.25 * DRAWS));
        }
    }
    const double value = 0.731;
    assert_true(pel_family_find("delta")->draw(&value, 3.0, NAN, &ziggurat, &random) ==
                value);
}

static void domains_are_checked(void **state)
{
    (void)state;
    struct pel_error err = {0};
    const double bad_shape[3] = {0.1, 0.0, 0.2}, bad_offset[3] = {-0.1, 1.0, 0.2};
    const double nan_mean[2] = {NAN, 0.3}, zero_offset[3] = {0.0, 1.0, 0.2};
    const struct pel_family *f = pel_family_find("shifted_gamma");
    assert_int_equal(pel_family_check(f, bad_shape, &err), PEL_EARG);
    assert_string_equal(err.text, "shifted_gamma: shape is 0, expected a number > 0");
    assert_int_equal(pel_family_check(f, bad_offset, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "shifted_gamma: offset is -0.1, expected a number >= 0");
    assert_int_equal(pel_family_check(f, zero_offset, &err), PEL_OK);
    assert_int_equal(
        pel_family_check(pel_family_find("truncated_normal"), nan_mean, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "truncated_normal: mean is nan, expected a finite number");
    const double far_mean[2] = {1e16, 0.5}, large_mean[2] = {700.0, 0.5};
    f = pel_family_find("lognormal");
    assert_int_equal(pel_family_check(f, far_mean, &err), PEL_EARG);
    assert_string_equal(err.text,
                        "lognormal: log_mean is 1e+16, expected a number <= 700");
    assert_int_equal(pel_family_check(f, large_mean, &err), PEL_OK);
    struct pel_ln_z z;
    f->ln_z(large_mean, 38.7, &z, NULL, NULL);
    assert_true(z.value < -1e5 && isfinite(z.value) && isfinite(z.b));
    assert_null(pel_family_find("gumbel"));
    assert_null(pel_family_at(pel_family_count()));
    for (size_t k = 0; k < pel_family_count(); k++) {
        const struct pel_family *g = pel_family_at(k);
        assert_ptr_equal(pel_family_find(g->name), g);
        assert_true(g->doc[0] != '\0' && g->n_parameters <= PEL_FAMILY_PARAMETERS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ln_z_is_the_transform_of_the_density),
        cmocka_unit_test(closed_forms_at_one_kelvin),
        cmocka_unit_test(derivatives_are_central_differences),
        cmocka_unit_test(means_and_their_derivatives),
        cmocka_unit_test(cumulative_is_the_integral_of_the_density),
        cmocka_unit_test(draws_have_the_moments_of_the_transform),
        cmocka_unit_test(domains_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

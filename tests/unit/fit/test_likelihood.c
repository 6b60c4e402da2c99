#include <pelrate/likelihood.h>

#include "synthetic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* True parameters at the lowest and at the highest of the levels: linear between. */
static const struct {
    const char *family;
    double low[PEL_FAMILY_PARAMETERS], high[PEL_FAMILY_PARAMETERS];
} truths[] = {
    {"shifted_gamma", {0.31, 3.7, 0.217}, {0.13, 2.3, 0.171}},
    {"gamma", {4.1, 0.337}, {2.3, 0.291}},
    {"weibull", {2.9, 1.61}, {1.7, 0.83}},
    {"lognormal", {0.31, 0.37}, {-0.43, 0.61}},
    {"truncated_normal", {1.71, 0.33}, {0.47, 0.53}},
    {"exponential", {0.93}, {0.37}},
};
enum { TRUTHS = sizeof truths / sizeof truths[0], LEVELS = 4, MOST = 4000 };
static const double e_is[LEVELS] = {-4.6913, -4.6827, -4.6741, -4.6612};

static double between(double low, double high, double e)
{
    return low + (high - low) * (e - e_is[0]) / (e_is[LEVELS - 1] - e_is[0]);
}

static double energies[LEVELS][MOST];

/* n events a level of truth t, in the static block. */
static void draw(size_t t, size_t n, uint64_t seed, struct pel_likelihood_level levels[])
{
    for (size_t l = 0; l < LEVELS; l++) {
        struct pel_random random;
        pel_random_init(&random, seed, t, l);
        double p[PEL_FAMILY_PARAMETERS];
        for (size_t k = 0; k < PEL_FAMILY_PARAMETERS; k++)
            p[k] = between(truths[t].low[k], truths[t].high[k], e_is[l]);
        for (size_t i = 0; i < n; i++)
            energies[l][i] = synthetic_energy(&random, truths[t].family, p);
        levels[l] =
            (struct pel_likelihood_level){.e_is = e_is[l], .n = n, .energy = energies[l]};
    }
}

/* ln L of a fit by the density of the family. */
static double ln_likelihood(const struct pel_likelihood *fit, size_t n_levels,
                            const struct pel_likelihood_level levels[])
{
    double sum = 0.0;
    for (size_t l = 0; l < n_levels; l++) {
        double p[PEL_FAMILY_PARAMETERS];
        pel_likelihood_parameters(fit, levels[l].e_is, p);
        for (size_t i = 0; i < levels[l].n; i++)
            sum += (levels[l].weight != NULL ? levels[l].weight[i] : 1.0) *
                   fit->family->ln_density(p, levels[l].energy[i]);
    }
    return sum;
}

/* The error of each end value is judged by its own standard error, which the curvature of
 * ln L along that coefficient with all others free would give; the profile is bounded
 * from the likelihood ratio instead: 2 (ln L(fit) - ln L(truth)) follows chi^2 with
 * n_free degrees of freedom, and 4 times n_free + 12 is beyond 1e-4 for all of them. */
static void parameters_are_recovered(void **state)
{
    (void)state;
    for (size_t t = 0; t < TRUTHS; t++) {
        struct pel_likelihood_level levels[LEVELS];
        draw(t, MOST, 77, levels);
        struct pel_likelihood fit;
        struct pel_error err = {0};
        const struct pel_family *family = pel_family_find(truths[t].family);
        if (pel_likelihood_maximise(family, 1, LEVELS, levels, NULL, &fit, &err) !=
            PEL_OK)
            fail_msg("%s: %s", truths[t].family, err.text);
        struct pel_likelihood truth = fit;
        for (size_t k = 0; k < family->n_parameters; k++) {
            truth.c[k][1] = (truths[t].high[k] - truths[t].low[k]) / (e_is[3] - e_is[0]);
            truth.c[k][0] =
                between(truths[t].low[k], truths[t].high[k], fit.reference_e_is);
        }
        const double ratio =
            2.0 * (fit.ln_likelihood - ln_likelihood(&truth, LEVELS, levels));
        if (!(ratio > 0.0 && ratio < 2.0 * (double)fit.n_free + 14.0))
            fail_msg("%s: likelihood ratio %g with %zu free", truths[t].family, ratio,
                     fit.n_free);
        double low[PEL_FAMILY_PARAMETERS], high[PEL_FAMILY_PARAMETERS];
        pel_likelihood_parameters(&fit, e_is[0], low);
        pel_likelihood_parameters(&fit, e_is[3], high);
        for (size_t k = 0; k < family->n_parameters; k++)
            if (!(fabs(low[k] - truths[t].low[k]) <
                      0.12 * fabs(truths[t].low[k]) + 0.02 &&
                  fabs(high[k] - truths[t].high[k]) <
                      0.12 * fabs(truths[t].high[k]) + 0.02))
                fail_msg("%s, %s: %g..%g, want %g..%g", truths[t].family,
                         family->parameter[k].name, low[k], high[k], truths[t].low[k],
                         truths[t].high[k]);
    }
}

static void the_maximum_is_stationary(void **state)
{
    (void)state;
    for (size_t t = 0; t < TRUTHS; t++)
        for (size_t degree = 0; degree <= 2; degree++) {
            struct pel_likelihood_level levels[LEVELS];
            draw(t, 300, 1031, levels);
            struct pel_likelihood fit;
            struct pel_error err = {0};
            const struct pel_family *family = pel_family_find(truths[t].family);
            if (pel_likelihood_maximise(family, degree, LEVELS, levels, NULL, &fit,
                                        &err) != PEL_OK)
                fail_msg("%s: %s", truths[t].family, err.text);
            assert_int_equal(fit.n_free, family->n_parameters * (degree + 1));
            const double best = ln_likelihood(&fit, LEVELS, levels);
            assert_true(fabs(best - fit.ln_likelihood) < 1e-8 * fabs(best));
            assert_true(fabs(fit.aic - 2.0 * (double)fit.n_free + 2.0 * best) < 1e-6);
            /* Any coefficient moved either way makes it worse, by ~ step^2. */
            for (size_t k = 0; k < family->n_parameters; k++)
                for (size_t j = 0; j <= degree; j++)
                    for (int sign = -1; sign <= 1; sign += 2) {
                        struct pel_likelihood moved = fit;
                        moved.c[k][j] += sign * 1e-3 / pow(0.01, (double)j);
                        const double at = ln_likelihood(&moved, LEVELS, levels);
                        if (!(at < best))
                            fail_msg("%s, %s, c%zu: ln L rises by %g", truths[t].family,
                                     family->parameter[k].name, j, at - best);
                    }
        }
}

/* Closed forms: exponential, mean; lognormal, moments of the logarithm. Weighted. */
static void closed_forms_of_one_level(void **state)
{
    (void)state;
    const double e[] = {0.317, 1.113, 0.731, 2.171, 0.093},
                 w[] = {0.7, 1.9, 1.1, 0.4, 0.9};
    const struct pel_likelihood_level level = {
        .e_is = -4.671, .n = 5, .energy = e, .weight = w};
    struct pel_likelihood fit;
    double sum = 0.0, mean = 0.0, ln_mean = 0.0, ln_var = 0.0;
    for (size_t i = 0; i < 5; i++) {
        sum += w[i];
        mean += w[i] * e[i];
        ln_mean += w[i] * log(e[i]);
    }
    mean /= sum;
    ln_mean /= sum;
    for (size_t i = 0; i < 5; i++)
        ln_var += w[i] * (log(e[i]) - ln_mean) * (log(e[i]) - ln_mean) / sum;
    assert_int_equal(pel_likelihood_maximise(pel_family_find("exponential"), 0, 1, &level,
                                             NULL, &fit, NULL),
                     PEL_OK);
    assert_true(fabs(fit.c[0][0] - mean) < 1e-8);
    assert_true(fit.c[0][1] == 0.0 && fit.c[0][2] == 0.0 && fit.reference_e_is == -4.671);
    assert_int_equal(pel_likelihood_maximise(pel_family_find("lognormal"), 0, 1, &level,
                                             NULL, &fit, NULL),
                     PEL_OK);
    assert_true(fabs(fit.c[0][0] - ln_mean) < 1e-8);
    assert_true(fabs(fit.c[1][0] - sqrt(ln_var)) < 1e-8);
}

static void aic_picks_the_true_family(void **state)
{
    (void)state;
    for (size_t t = 0; t < TRUTHS; t++) {
        struct pel_likelihood_level levels[LEVELS];
        draw(t, MOST, 4099, levels);
        const char *best = "";
        double lowest = INFINITY;
        for (size_t k = 0; k < pel_family_count(); k++) {
            struct pel_likelihood fit;
            if (!pel_likelihood_has(pel_family_at(k))) continue;
            struct pel_error err = {0};
            if (pel_likelihood_maximise(pel_family_at(k), 1, LEVELS, levels, NULL, &fit,
                                        &err) != PEL_OK)
                fail_msg("%s on %s: %s", pel_family_at(k)->name, truths[t].family,
                         err.text);
            if (fit.aic < lowest) {
                lowest = fit.aic;
                best = pel_family_at(k)->name;
            }
        }
        assert_string_equal(best, truths[t].family);
    }
}

/* Slopes so steep that an unguarded line would cross zero inside the range. */
static void positive_parameters_stay_positive(void **state)
{
    (void)state;
    static const double scales[LEVELS] = {0.0031, 0.0042, 0.37, 1.93};
    struct pel_likelihood_level levels[LEVELS];
    for (size_t l = 0; l < LEVELS; l++) {
        struct pel_random random;
        pel_random_init(&random, 5, 5, l);
        for (size_t i = 0; i < 200; i++)
            energies[l][i] = synthetic_energy(&random, "exponential", &scales[l]);
        levels[l] = (struct pel_likelihood_level){
            .e_is = e_is[l], .n = 200, .energy = energies[l]};
    }
    const char *const names[] = {"exponential", "gamma", "shifted_gamma"};
    for (size_t f = 0; f < 3; f++)
        for (size_t degree = 1; degree <= 2; degree++) {
            struct pel_likelihood fit;
            struct pel_error err = {0};
            if (pel_likelihood_maximise(pel_family_find(names[f]), degree, LEVELS, levels,
                                        NULL, &fit, &err) != PEL_OK)
                fail_msg("%s", err.text);
            for (double t = 0.0; t <= 1.0; t += 1.0 / 64.0) {
                double p[PEL_FAMILY_PARAMETERS];
                pel_likelihood_parameters(&fit, e_is[0] + t * (e_is[3] - e_is[0]), p);
                if (pel_family_check(fit.family, p, &err) != PEL_OK)
                    fail_msg("degree %zu at %g: %s", degree, t, err.text);
            }
        }
}

/* Below shape 1 the likelihood of a shifted gamma is unbounded, and held at 1 it has its
 * maximum in a corner. At degree 0 that corner is known: offset at the lowest event,
 * scale the mean above it. */
static void shifted_gamma_of_a_decaying_density(void **state)
{
    (void)state;
    struct pel_random random;
    pel_random_init(&random, 19, 0, 0);
    double mean = 0.0, least = INFINITY;
    enum { N = 400 };
    /* Shape 0.6: far from anything that a shape above 1 can describe. */
    for (size_t i = 0; i < N; i++) {
        energies[0][i] = 0.3 + 0.5 * synthetic_gamma(&random, 0.6);
        mean += energies[0][i] / N;
        least = fmin(least, energies[0][i]);
    }
    struct pel_likelihood_level one = {.e_is = -4.67, .n = N, .energy = energies[0]};
    struct pel_likelihood fit;
    struct pel_error err = {0};
    const struct pel_family *family = pel_family_find("shifted_gamma");
    if (pel_likelihood_maximise(family, 0, 1, &one, NULL, &fit, &err) != PEL_OK)
        fail_msg("%s", err.text);
    assert_true(fit.at_border);
    assert_true(fit.c[0][0] < least && fit.c[0][0] > least - 1e-4);
    assert_true(fit.c[1][0] >= 1.0 && fit.c[1][0] < 1.0 + 1e-3);
    assert_true(fabs(fit.c[2][0] - (mean - least)) < 1e-3);
    const double corner = -N * (log(mean - least) + 1.0);
    if (!(fit.ln_likelihood < corner && fit.ln_likelihood > corner - 0.01))
        fail_msg("ln L %.9g, in the corner %.9g", fit.ln_likelihood, corner);

    /* Several levels, the offset a line below all events. */
    struct pel_likelihood_level levels[LEVELS];
    for (size_t l = 0; l < LEVELS; l++) {
        for (size_t i = 0; i < N; i++)
            energies[l][i] = 0.2 + 0.1 * (double)l + 0.5 * synthetic_gamma(&random, 0.7);
        levels[l] =
            (struct pel_likelihood_level){.e_is = e_is[l], .n = N, .energy = energies[l]};
    }
    if (pel_likelihood_maximise(family, 1, LEVELS, levels, NULL, &fit, &err) != PEL_OK)
        fail_msg("%s", err.text);
    assert_true(fit.at_border);
    double nearest = INFINITY;
    for (size_t l = 0; l < LEVELS; l++) {
        double p[PEL_FAMILY_PARAMETERS];
        pel_likelihood_parameters(&fit, e_is[l], p);
        for (size_t i = 0; i < N; i++) {
            assert_true(energies[l][i] > p[0]);
            nearest = fmin(nearest, energies[l][i] - p[0]);
        }
        assert_true(p[0] > 0.1 && p[1] >= 1.0 && p[1] < 1.1);
    }
    assert_true(nearest < 1e-4);
}

static void distance_to_the_fitted_distribution(void **state)
{
    (void)state;
    struct pel_likelihood fit = {.family = pel_family_find("exponential"),
                                 .c = {{0.7, 0.0, 0.0}}};
    /* Three events; F at them 0.2, 0.45, 0.9: jumps at 0, 1/3, 2/3, 1. Largest: before
     * the third, 0.9 - 2/3. */
    const double e[] = {-0.7 * log(0.1), -0.7 * log(0.8), -0.7 * log(0.55)};
    struct pel_likelihood_level level = {.e_is = -4.6, .n = 3, .energy = e};
    double d;
    assert_int_equal(pel_likelihood_distance(&fit, &level, &d, NULL), PEL_OK);
    assert_true(fabs(d - (0.9 - 2.0 / 3.0)) < 1e-14);
    /* Weights 2, 1, 1 on the three: jumps at 0, 1/4, 1/2, 1: 0.9 - 0.5. */
    const double w[] = {2.0, 1.0, 1.0};
    level.weight = w;
    assert_int_equal(pel_likelihood_distance(&fit, &level, &d, NULL), PEL_OK);
    assert_true(fabs(d - 0.4) < 1e-14);
}

static void errors(void **state)
{
    (void)state;
    const double e[] = {0.3, 0.9, 0.4}, same[] = {0.5, 0.5}, bad[] = {0.3, NAN};
    struct pel_likelihood_level levels[] = {{.e_is = -4.7, .n = 3, .energy = e},
                                            {.e_is = -4.6, .n = 3, .energy = e}};
    const struct pel_family *gamma = pel_family_find("gamma");
    struct pel_likelihood fit;
    struct pel_error err = {0};
    assert_int_equal(
        pel_likelihood_maximise(pel_family_find("delta"), 0, 2, levels, NULL, &fit, &err),
        PEL_EARG);
    assert_string_equal(err.text, "likelihood: family delta cannot be fitted");
    assert_int_equal(pel_likelihood_maximise(gamma, 2, 2, levels, NULL, &fit, &err),
                     PEL_EARG);
    assert_int_equal(pel_likelihood_maximise(gamma, 0, 0, levels, NULL, &fit, &err),
                     PEL_EARG);
    levels[1].e_is = -4.7;
    assert_int_equal(pel_likelihood_maximise(gamma, 1, 2, levels, NULL, &fit, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "likelihood: level 1: E_IS does not increase");
    levels[0] = (struct pel_likelihood_level){.e_is = -4.7, .n = 2, .energy = same};
    assert_int_equal(pel_likelihood_maximise(gamma, 0, 1, levels, NULL, &fit, &err),
                     PEL_EARG);
    assert_string_equal(err.text,
                        "likelihood: the energies do not differ, nothing to fit");
    levels[0].energy = bad;
    assert_int_equal(pel_likelihood_maximise(gamma, 0, 1, levels, NULL, &fit, &err),
                     PEL_EARG);
    levels[0].n = 0;
    assert_int_equal(pel_likelihood_maximise(gamma, 0, 1, levels, NULL, &fit, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "likelihood: level 0 has no events");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_recovered),
        cmocka_unit_test(the_maximum_is_stationary),
        cmocka_unit_test(closed_forms_of_one_level),
        cmocka_unit_test(aic_picks_the_true_family),
        cmocka_unit_test(positive_parameters_stay_positive),
        cmocka_unit_test(shifted_gamma_of_a_decaying_density),
        cmocka_unit_test(distance_to_the_fitted_distribution),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

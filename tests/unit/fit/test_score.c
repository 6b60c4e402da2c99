#include "fit/score_priv.h"

#include "synthetic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct {
    const char *family;
    double p[PEL_FAMILY_PARAMETERS];
} cases[] = {
    {"shifted_gamma", {0.137, 2.71, 0.193}},
    {"gamma", {0.83, 0.417}},
    {"gamma", {3.79, 0.211}},
    {"weibull", {1.93, 0.871}},
    {"weibull", {0.77, 0.523}},
    {"lognormal", {-0.413, 0.637}},
    {"truncated_normal", {1.217, 0.419}},
    {"truncated_normal", {-0.573, 0.831}}, /* most of it cut off */
    {"exponential", {0.719}},
};
enum { CASES = sizeof cases / sizeof cases[0], EVENTS = 37 };

static void draw(size_t c, double e[], double w[])
{
    struct pel_random random;
    pel_random_init(&random, 20261, c, 0);
    for (size_t i = 0; i < EVENTS; i++) {
        e[i] = synthetic_energy(&random, cases[c].family, cases[c].p);
        w[i] = 0.1 + pel_random_uniform(&random);
    }
}

static void the_sum_is_that_of_the_density_of_the_family(void **state)
{
    (void)state;
    for (size_t c = 0; c < CASES; c++) {
        const struct pel_family *family = pel_family_find(cases[c].family);
        const struct pel_score *score = pel_score_find(family);
        double e[EVENTS], w[EVENTS], g[PEL_FAMILY_PARAMETERS], want = 0.0, plain = 0.0;
        draw(c, e, w);
        for (size_t i = 0; i < EVENTS; i++) {
            want += w[i] * family->ln_density(cases[c].p, e[i]);
            plain += family->ln_density(cases[c].p, e[i]);
        }
        const double sum = score->sum(cases[c].p, EVENTS, e, w, g);
        if (!(fabs(sum - want) <= 1e-12 * EVENTS))
            fail_msg("%s: %.17g, want %.17g", cases[c].family, sum, want);
        assert_true(fabs(score->sum(cases[c].p, EVENTS, e, NULL, g) - plain) <=
                    1e-12 * EVENTS);
    }
}

/* Central differences with Richardson's step: error ~ h^4. */
static void the_score_is_its_gradient(void **state)
{
    (void)state;
    for (size_t c = 0; c < CASES; c++) {
        const struct pel_family *family = pel_family_find(cases[c].family);
        const struct pel_score *score = pel_score_find(family);
        double e[EVENTS], w[EVENTS], g[PEL_FAMILY_PARAMETERS],
            unused[PEL_FAMILY_PARAMETERS];
        draw(c, e, w);
        score->sum(cases[c].p, EVENTS, e, w, g);
        for (size_t k = 0; k < family->n_parameters; k++) {
            double slope[2];
            for (int half = 0; half < 2; half++) {
                const double h = half ? 5e-4 : 1e-3;
                double up[PEL_FAMILY_PARAMETERS], down[PEL_FAMILY_PARAMETERS];
                memcpy(up, cases[c].p, sizeof up);
                memcpy(down, cases[c].p, sizeof down);
                up[k] += h;
                down[k] -= h;
                /* No event may fall below the offset on the way. */
                if (strcmp(cases[c].family, "shifted_gamma") == 0)
                    for (size_t i = 0; i < EVENTS; i++)
                        if (e[i] < cases[c].p[0] + 0.05) e[i] = cases[c].p[0] + 0.05;
                score->sum(cases[c].p, EVENTS, e, w, g);
                slope[half] = (score->sum(up, EVENTS, e, w, unused) -
                               score->sum(down, EVENTS, e, w, unused)) /
                              (2.0 * h);
            }
            const double difference = (4.0 * slope[1] - slope[0]) / 3.0;
            if (!(fabs(g[k] - difference) <= 1e-6 * (1.0 + fabs(g[k]))))
                fail_msg("%s, %s: %.12g, differences %.12g", cases[c].family,
                         family->parameter[k].name, g[k], difference);
        }
    }
}

static void starts_lie_in_the_domain_with_all_events(void **state)
{
    (void)state;
    const struct pel_score_moments odd[] = {{1.37, 0.41, 0.27, 0.31, 0.53},
                                            {0.11, 0.97, -3.1, 1.7, 0.0013},
                                            {2.03, 0.017, 0.71, 0.0083, 1.99}};
    for (size_t k = 0; k < pel_family_count(); k++) {
        const struct pel_family *family = pel_family_at(k);
        const struct pel_score *score = pel_score_find(family);
        assert_true((score == NULL) == (strcmp(family->name, "delta") == 0));
        if (score == NULL) continue;
        for (size_t m = 0; m < 3; m++) {
            double p[PEL_FAMILY_PARAMETERS];
            score->start(&odd[m], p);
            assert_int_equal(pel_family_check(family, p, NULL), PEL_OK);
            for (size_t j = 0; j < family->n_parameters; j++)
                assert_true(p[j] > score->floor[j] &&
                            score->floor[j] >= family->parameter[j].lower);
            assert_true(isfinite(family->ln_density(p, odd[m].lowest)));
        }
    }
}

static void an_event_below_the_offset_is_impossible(void **state)
{
    (void)state;
    const struct pel_score *score = pel_score_find(pel_family_find("shifted_gamma"));
    const double p[] = {0.3, 2.1, 0.2}, e[] = {0.7, 0.299};
    double g[3];
    assert_true(score->sum(p, 2, e, NULL, g) == -INFINITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sum_is_that_of_the_density_of_the_family),
        cmocka_unit_test(the_score_is_its_gradient),
        cmocka_unit_test(starts_lie_in_the_domain_with_all_events),
        cmocka_unit_test(an_event_below_the_offset_is_impossible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/creep.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

/* S1 of Table 1 with compliances of odd values. */
static struct pel_qpd s1(void)
{
    struct pel_qpd qpd = pel_qpd_none();
    qpd.elastic_per_GPa = 0.0301;
    qpd.part[PEL_QPD_BETA] = (struct pel_qpd_part){0.36, 0.15, 0.0077};
    qpd.part[PEL_QPD_ANELASTIC] = (struct pel_qpd_part){0.46, 2.34e7, 0.33};
    qpd.part[PEL_QPD_VISCOPLASTIC] = (struct pel_qpd_part){0.58, 2.19e8, 0.61};
    return qpd;
}

static void limits_and_the_sum(void **state)
{
    (void)state;
    const struct pel_qpd qpd = s1();
    struct pel_creep *creep = NULL;
    assert_int_equal(pel_creep_create(&qpd, NULL, &creep, NULL), PEL_OK);
    struct pel_creep_point p, before = {0};
    pel_creep_at(creep, 0.0, &p);
    assert_true(p.total == qpd.elastic_per_GPa && p.slope == 0.0);
    pel_creep_at(creep, INFINITY, &p);
    NEAR_REL(p.total, 0.0301 + 0.0077 + 0.33 + 0.61, 1e-14);
    for (double t = 1e-6; t < 1e14; t *= 1.7) { /* twenty decades */
        pel_creep_at(creep, t, &p);
        NEAR_REL(p.total, p.elastic + p.part[0] + p.part[1] + p.part[2], 1e-15);
        assert_true(p.total >= before.total * (1.0 - 1e-14));
        before = p;
    }
    pel_creep_at(creep, 1e30, &p);
    NEAR_REL(p.total, 0.0301 + 0.0077 + 0.33 + 0.61, 1e-9);
    pel_creep_at(creep, -1.0, &p);
    assert_true(isnan(p.total));
    NEAR_REL(pel_creep_strain(0.04, 25.0), 1e-3, 1e-15);
    pel_creep_free(creep);
}

static void a_stretched_exponential_it_is_not(void **state)
{
    (void)state;
    /* Independent of the grid: int density(ln tau) (1 - exp(-t/tau)) d ln tau by a fine
     * midpoint rule, component by component. */
    const struct pel_qpd qpd = s1();
    struct pel_creep *creep = NULL;
    assert_int_equal(pel_creep_create(&qpd, NULL, &creep, NULL), PEL_OK);
    const double times[] = {3e-4, 0.7, 912.0, 4.4e6, 7e8};
    for (int k = 0; k < 5; k++) {
        struct pel_creep_point p;
        pel_creep_at(creep, times[k], &p);
        for (int c = 0; c < PEL_QPD_COMPONENTS; c++) {
            const struct pel_qpd_part *part = &qpd.part[c];
            const double d = 0.01;
            double sum = 0.0;
            for (int i = -12000; i < 2500; i++) {
                const double tau = part->tau_s * exp((i + 0.37) * d);
                sum -= d * pel_gumbel_density(part->tau_s, part->B, tau) *
                       expm1(-times[k] / tau);
            }
            NEAR_ABS(p.part[c], part->compliance_per_GPa * sum,
                     1e-10 * part->compliance_per_GPa);
        }
    }
    pel_creep_free(creep);
}

static void a_component_that_is_not_there_is_zero(void **state)
{
    (void)state;
    struct pel_qpd qpd = s1();
    qpd.part[PEL_QPD_ANELASTIC] = pel_qpd_none().part[0];
    struct pel_creep *creep = NULL;
    assert_int_equal(pel_creep_create(&qpd, NULL, &creep, NULL), PEL_OK);
    struct pel_creep_point p;
    pel_creep_at(creep, 1e5, &p);
    assert_true(p.part[PEL_QPD_ANELASTIC] == 0.0 && p.part[PEL_QPD_VISCOPLASTIC] > 0.0);
    pel_creep_free(creep);
}

static void every_error_says_why(void **state)
{
    (void)state;
    struct pel_creep *creep = NULL;
    struct pel_error err = {0};
    struct pel_qpd qpd = pel_qpd_none();
    assert_int_equal(pel_creep_create(&qpd, NULL, &creep, &err), PEL_EARG);
    qpd = s1();
    qpd.elastic_per_GPa = NAN;
    assert_int_equal(pel_creep_create(&qpd, NULL, &creep, &err), PEL_EARG);
    assert_string_equal(err.text, "no elastic compliance");
    qpd = s1();
    qpd.part[1].compliance_per_GPa = NAN;
    assert_int_equal(pel_creep_create(&qpd, NULL, &creep, &err), PEL_EARG);
    assert_string_equal(err.text, "no anelastic compliance");
    qpd = s1();
    qpd.part[2].B = NAN;
    assert_int_equal(pel_creep_create(&qpd, NULL, &creep, &err), PEL_EARG);
    qpd.part[2].B = 1.2;
    assert_int_equal(pel_creep_create(&qpd, NULL, &creep, &err), PEL_EARG);
    assert_non_null(strstr(err.text, "B is 1.2"));
    assert_null(creep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_and_the_sum),
        cmocka_unit_test(a_stretched_exponential_it_is_not),
        cmocka_unit_test(a_component_that_is_not_there_is_zero),
        cmocka_unit_test(every_error_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#ifndef PEL_TEST_KINETICS_FIXTURES_H
#define PEL_TEST_KINETICS_FIXTURES_H

/* Landscapes of the kinetics tests. Include after cmocka.h. */

#include <pelrate/rate.h>

#include <stdio.h>
#include <stdlib.h>

/* R1 (data/reference), or the test is skipped where the source tree is not told. */
static inline struct pel_landscape *read_r1(void)
{
    const char *source = getenv("PEL_SOURCE");
    if (source == NULL) skip();
    char path[4096];
    snprintf(path, sizeof path, "%s/data/reference/r1.landscape.csv", source);
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    if (pel_landscape_read(path, &l, &err) != PEL_OK) fail_msg("%s", err.text);
    return l;
}

/* One barrier e_a [eV], and a relaxation energy that falls linearly with e_is: with N = M
 * = 1 the rate is -lambda (e - e_steady) with one lambda(T): everything has a closed
 * form. E_R = e_a - slope (e_is - e_steady), slope > 0 */
static const double linear_barrier = 1.137, linear_slope = 6.3, linear_steady = -4.6813;
static const double linear_nu = 3.1e12;

static inline struct pel_landscape *make_linear(void)
{
    const struct pel_landscape_head head = {.atoms = 1.0,
                                            .paths = 1.0,
                                            .attempt_frequency_Hz = linear_nu,
                                            .molar_mass_g_per_mol = 75.7};
    const struct pel_landscape_row rows[2] = {
        {PEL_ACTIVATION, "delta", "value", {linear_barrier, 0.0, 0.0}},
        {PEL_RELAXATION, "delta", "value", {linear_barrier, linear_slope, 0.0}}};
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    /* E_A - E_R = -slope x: ageing above e_steady. */
    if (pel_landscape_create_parametric(&head, linear_steady, -4.75, -4.61, 2, rows, &l,
                                        &err) != PEL_OK)
        fail_msg("%s", err.text);
    return l;
}

static inline struct pel_rate *make_rate(const struct pel_landscape *l,
                                         const char *closure,
                                         enum pel_landscape_range range)
{
    const struct pel_closure *c = NULL;
    struct pel_rate *rate = NULL;
    struct pel_error err = {0};
    if (pel_closure_find(closure, &c, &err) != PEL_OK ||
        pel_rate_create(l, c, range, &rate, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return rate;
}

/* A rate at e_is [eV/atom] and T [K] that must be there. */
static inline struct pel_rate_point point_at(struct pel_rate *rate, double e, double T)
{
    struct pel_rate_point p;
    struct pel_error err = {0};
    if (pel_rate_evaluate(rate, e, T, &p, &err) != PEL_OK) fail_msg("%s", err.text);
    return p;
}

#endif

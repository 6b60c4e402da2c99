#include <pelrate/constants.h>
#include <pelrate/landscape.h>
#include <pelrate/random.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"

static const struct pel_landscape_head head = {.name = "made up",
                                               .atoms = 1987.0,
                                               .paths = 431.0,
                                               .attempt_frequency_Hz = 7.3e12,
                                               .molar_mass_g_per_mol = 75.7};

enum { LEVELS = 5, BINS = 40 };
static const double level_e[LEVELS] = {-4.7011, -4.6893, -4.6797, -4.6713, -4.6641};

/* Five levels of binned gammas whose means rise unevenly with falling E_IS. */
static struct pel_landscape *make_histogram(void)
{
    static double lo[LEVELS][2][BINS], hi[LEVELS][2][BINS], density[LEVELS][2][BINS];
    static const double scale[LEVELS] = {0.47, 0.45, 0.31, 0.30, 0.19};
    struct pel_landscape_level levels[LEVELS];
    const struct pel_family *gamma = pel_family_find("gamma");
    for (int k = 0; k < LEVELS; k++) {
        struct pel_histogram *h[2] = {&levels[k].activation, &levels[k].relaxation};
        levels[k].e_is_eV_per_atom = level_e[k];
        for (int s = 0; s < 2; s++) {
            const double p[2] = {s == 0 ? 4.2 : 1.3,
                                 s == 0 ? scale[k] : 1.1 - 0.9 * scale[k]};
            const double end = 8.0;
            for (int i = 0; i < BINS; i++) {
                lo[k][s][i] = end * i / BINS;
                hi[k][s][i] = end * (i + 1) / BINS;
                density[k][s][i] = (gamma->cumulative(p, hi[k][s][i]) -
                                    gamma->cumulative(p, lo[k][s][i])) /
                                   gamma->cumulative(p, end) /
                                   (hi[k][s][i] - lo[k][s][i]);
            }
            *h[s] = (struct pel_histogram){.n = BINS,
                                           .lo_eV = lo[k][s],
                                           .hi_eV = hi[k][s],
                                           .density = density[k][s]};
        }
    }
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    if (pel_landscape_create_histogram(&head, LEVELS, levels, &l, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return l;
}

enum { EVENTS = 300 };

/* Events of five levels, E_A and E_R correlated, in a shuffled order. */
static struct pel_landscape *make_events(double e_is[], double e_a[], double e_r[])
{
    struct pel_random random;
    pel_random_init(&random, 5, 0, 0);
    for (int i = 0; i < EVENTS; i++) {
        const int k = (int)pel_random_below(&random, LEVELS);
        const double mean = 0.6 - 25.0 * (level_e[k] + 4.66);
        e_is[i] = level_e[k];
        e_a[i] = mean * exp(0.4 * pel_random_normal(&random));
        e_r[i] = 0.5 * e_a[i] * exp(0.3 * pel_random_normal(&random));
    }
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    if (pel_landscape_create_events(&head, EVENTS, NULL, e_is, e_a, e_r, &l, &err) !=
        PEL_OK)
        fail_msg("%s", err.text);
    return l;
}

static struct pel_landscape *make_parametric(void)
{
    const struct pel_landscape_row rows[] = {
        {PEL_RELAXATION, "weibull", "scale", {0.9, -41.0, 210.0}},
        {PEL_ACTIVATION, "shifted_gamma", "scale", {0.15, -0.7, 11.0}},
        {PEL_ACTIVATION, "shifted_gamma", "offset", {0.55, -12.0, 55.0}},
        {PEL_RELAXATION, "weibull", "shape", {1.4, 3.0, 0.0}},
        {PEL_ACTIVATION, "shifted_gamma", "shape", {4.0, 7.0, 0.0}},
    };
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    if (pel_landscape_create_parametric(&head, -4.67, -4.7011, -4.6641, 5, rows, &l,
                                        &err) != PEL_OK)
        fail_msg("%s", err.text);
    return l;
}

static struct pel_average average_at(const struct pel_landscape *l,
                                     struct pel_landscape_scratch *scratch, double e,
                                     double beta)
{
    struct pel_average a;
    struct pel_error err = {0};
    if (pel_landscape_average(l, e, beta, PEL_RANGE_EXTRAPOLATE, scratch, &a, &err) !=
        PEL_OK)
        fail_msg("%s", err.text);
    return a;
}

/* Every derivative of struct pel_average against differences of what it is the derivative
 * of, inside, at the levels and outside. */
static void check_derivatives(const struct pel_landscape *l)
{
    struct pel_landscape_scratch *scratch = NULL;
    assert_int_equal(pel_landscape_scratch_create(l, &scratch, NULL), PEL_OK);
    const double temperatures[] = {3.0, 77.0, 412.0, 903.0, 4700.0};
    for (int t = 0; t < 5; t++)
        for (double e = -4.7071; e < -4.6581; e += 0.00171) {
            const double beta = 1.0 / (PEL_KB * temperatures[t]);
            const double hb = 1e-5 * beta, he = 1e-8;
            const struct pel_average a = average_at(l, scratch, e, beta);
            struct pel_average up = average_at(l, scratch, e, beta + hb);
            struct pel_average down = average_at(l, scratch, e, beta - hb);
            NEAR_REL(a.ln_z_b, (up.ln_z - down.ln_z) / (2.0 * hb), 1e-8);
            NEAR_ABS(a.ln_z_bb, (up.ln_z_b - down.ln_z_b) / (2.0 * hb),
                     1e-6 * fabs(a.ln_z_bb) + 1e-9);
            if (!isnan(a.e_rb))
                NEAR_ABS(a.e_rb_b, (up.e_rb - down.e_rb) / (2.0 * hb),
                         1e-6 * fabs(a.e_rb_b) + 1e-8);
            up = average_at(l, scratch, e + he, beta);
            down = average_at(l, scratch, e - he, beta);
            const double noise = 1e-15 * fabs(a.ln_z) / he;
            NEAR_ABS(a.ln_z_e, (up.ln_z - down.ln_z) / (2.0 * he),
                     2e-5 * fabs(a.ln_z_e) + 10.0 * noise);
            NEAR_ABS(a.ln_z_be, (up.ln_z_b - down.ln_z_b) / (2.0 * he),
                     2e-5 * fabs(a.ln_z_be) + 1e-5);
            NEAR_ABS(a.e_r_e, (up.e_r - down.e_r) / (2.0 * he),
                     2e-5 * fabs(a.e_r_e) + 1e-6);
            if (!isnan(a.e_rb))
                NEAR_ABS(a.e_rb_e, (up.e_rb - down.e_rb) / (2.0 * he),
                         2e-5 * fabs(a.e_rb_e) + 1e-5);
            assert_int_equal(a.extrapolated, e < -4.7011 || e > -4.6641);
        }
    pel_landscape_scratch_free(scratch);
}

static void derivatives_are_central_differences(void **state)
{
    (void)state;
    double e_is[EVENTS], e_a[EVENTS], e_r[EVENTS];
    struct pel_landscape *l[3] = {make_histogram(), make_events(e_is, e_a, e_r),
                                  make_parametric()};
    for (int k = 0; k < 3; k++) {
        assert_int_equal(pel_landscape_kind(l[k]), k == 0   ? PEL_LANDSCAPE_HISTOGRAM
                                                   : k == 1 ? PEL_LANDSCAPE_EVENTS
                                                            : PEL_LANDSCAPE_PARAMETRIC);
        check_derivatives(l[k]);
        pel_landscape_free(l[k]);
    }
}

static void at_a_level_it_is_the_level(void **state)
{
    (void)state;
    double e_is[EVENTS], e_a[EVENTS], e_r[EVENTS];
    struct pel_landscape *l = make_events(e_is, e_a, e_r);
    struct pel_landscape_scratch *scratch = NULL;
    assert_int_equal(pel_landscape_scratch_create(l, &scratch, NULL), PEL_OK);
    assert_int_equal(pel_landscape_levels(l), LEVELS);
    assert_true(pel_landscape_e_is_min(l) == level_e[0]);
    assert_true(pel_landscape_e_is_max(l) == level_e[LEVELS - 1]);
    double events = 0.0;
    for (size_t k = 0; k < LEVELS; k++) {
        events += pel_landscape_level_events(l, k);
        assert_true(pel_landscape_level_e_is(l, k) == level_e[k]);
        const double beta = 1.0 / (PEL_KB * 611.0);
        long double z = 0.0L, za = 0.0L, zr = 0.0L, r = 0.0L, n = 0.0L;
        for (int i = 0; i < EVENTS; i++) {
            if (e_is[i] != level_e[k]) continue;
            const long double w = expl(-(long double)beta * e_a[i]);
            z += w, za += w * e_a[i], zr += w * e_r[i], r += e_r[i], n += 1.0L;
        }
        const struct pel_average a = average_at(l, scratch, level_e[k], beta);
        NEAR_REL(a.ln_z, (double)logl(z / n), 1e-14);
        NEAR_REL(-a.ln_z_b, (double)(za / z), 1e-14);
        NEAR_REL(a.e_rb, (double)(zr / z), 1e-14);
        NEAR_REL(a.e_r, (double)(r / n), 1e-14);
        /* joint drift = Z (E_kin - E_RB) */
        NEAR_REL(exp(a.ln_z) * (-a.ln_z_b - a.e_rb), (double)((za - zr) / n), 1e-12);
    }
    assert_true(events == EVENTS);
    assert_true(isnan(pel_landscape_level_events(l, LEVELS)));
    pel_landscape_scratch_free(scratch);
    pel_landscape_free(l);
}

/* When it is cold only the lowest barrier counts, wherever it stands among the events. */
static void in_the_cold_the_joint_mean_is_that_of_the_lowest_event(void **state)
{
    (void)state;
    const double e_is[] = {-4.68, -4.68, -4.68}, e_r[] = {0.83, 0.31, 0.57};
    for (int lowest = 0; lowest < 3; lowest++) {
        double e_a[] = {1.9, 1.7, 1.8};
        e_a[lowest] = 0.4;
        struct pel_landscape *l = NULL;
        struct pel_landscape_scratch *scratch = NULL;
        assert_int_equal(
            pel_landscape_create_events(&head, 3, NULL, e_is, e_a, e_r, &l, NULL),
            PEL_OK);
        assert_int_equal(pel_landscape_scratch_create(l, &scratch, NULL), PEL_OK);
        const struct pel_average a = average_at(l, scratch, -4.68, 1.0 / (PEL_KB * 15.0));
        NEAR_REL(a.e_rb, e_r[lowest], 1e-15);
        NEAR_ABS(a.e_rb_b, 0.0, 1e-15);
        NEAR_REL(-a.ln_z_b, 0.4, 1e-15);
        pel_landscape_scratch_free(scratch);
        pel_landscape_free(l);
    }
}

static void parametric_is_its_family_at_the_polynomials(void **state)
{
    (void)state;
    struct pel_landscape *l = make_parametric();
    struct pel_landscape_scratch *scratch = NULL;
    assert_int_equal(pel_landscape_scratch_create(l, &scratch, NULL), PEL_OK);
    const double e = -4.6871, x = e + 4.67, beta = 1.0 / (PEL_KB * 733.0);
    const struct pel_average a = average_at(l, scratch, e, beta);
    const double o = 0.55 - 12.0 * x + 55.0 * x * x, k = 4.0 + 7.0 * x;
    const double s = 0.15 - 0.7 * x + 11.0 * x * x;
    NEAR_REL(a.ln_z, -beta * o - k * log(1.0 + s * beta), 1e-13);
    NEAR_REL(a.e_r,
             (0.9 - 41.0 * x + 210.0 * x * x) * tgamma(1.0 + 1.0 / (1.4 + 3.0 * x)),
             1e-12);
    const struct pel_family *family = NULL;
    double p[PEL_FAMILY_PARAMETERS];
    assert_int_equal(pel_landscape_parameters(l, e, PEL_ACTIVATION, &family, p, NULL),
                     PEL_OK);
    assert_string_equal(family->name, "shifted_gamma");
    NEAR_REL(p[0], o, 1e-14);
    NEAR_REL(p[2], s, 1e-14);
    assert_int_equal(pel_landscape_levels(l), 0);
    assert_string_equal(pel_landscape_head(l)->name, "made up");
    pel_landscape_scratch_free(scratch);
    pel_landscape_free(l);
}

static void no_underflow_from_1_to_5000_kelvin(void **state)
{
    (void)state;
    double e_is[EVENTS], e_a[EVENTS], e_r[EVENTS];
    struct pel_landscape *l[3] = {make_histogram(), make_events(e_is, e_a, e_r),
                                  make_parametric()};
    for (int k = 0; k < 3; k++) {
        struct pel_landscape_scratch *scratch = NULL;
        assert_int_equal(pel_landscape_scratch_create(l[k], &scratch, NULL), PEL_OK);
        double before = -INFINITY;
        for (double T = 1.0; T <= 5000.0; T *= 1.3) {
            const double beta = 1.0 / (PEL_KB * T);
            const struct pel_average a = average_at(l[k], scratch, -4.6833, beta);
            assert_true(isfinite(a.ln_z) && isfinite(a.ln_z_b) && isfinite(a.ln_z_e));
            if (k == 1)
                assert_true(isfinite(a.e_rb) && isfinite(a.e_rb_b) && isfinite(a.e_rb_e));
            assert_true(a.ln_z < 0.0 && a.ln_z > before);     /* Z rises with T */
            assert_true(-a.ln_z_b <= -a.ln_z / beta + 1e-12); /* E_kin <= E_log */
            before = a.ln_z;
        }
        pel_landscape_scratch_free(scratch);
        pel_landscape_free(l[k]);
    }
}

static void outside_the_range_is_an_error_that_names_it(void **state)
{
    (void)state;
    struct pel_landscape *l = make_histogram();
    struct pel_landscape_scratch *scratch = NULL;
    assert_int_equal(pel_landscape_scratch_create(l, &scratch, NULL), PEL_OK);
    struct pel_average a;
    struct pel_error err = {0};
    assert_int_equal(
        pel_landscape_average(l, -4.66, 20.0, PEL_RANGE_STRICT, scratch, &a, &err),
        PEL_ERANGE);
    assert_string_equal(err.text, "e_is = -4.66 eV/atom is outside the range [-4.7011, "
                                  "-4.6641] of the landscape");
    assert_int_equal(
        pel_landscape_average(l, NAN, 20.0, PEL_RANGE_EXTRAPOLATE, scratch, &a, &err),
        PEL_EARG);
    assert_int_equal(
        pel_landscape_average(l, -4.68, 0.0, PEL_RANGE_STRICT, scratch, &a, &err),
        PEL_EARG);
    assert_int_equal(
        pel_landscape_average(l, -4.68, NAN, PEL_RANGE_STRICT, scratch, &a, &err),
        PEL_EARG);
    /* On the edges it is inside. */
    assert_int_equal(
        pel_landscape_average(l, -4.7011, 20.0, PEL_RANGE_STRICT, scratch, &a, &err),
        PEL_OK);
    assert_int_equal(a.extrapolated, 0);
    /* Beyond, ln Z goes on as a straight line. */
    const struct pel_average edge = average_at(l, scratch, -4.7011, 20.0);
    const struct pel_average far = average_at(l, scratch, -4.7211, 20.0);
    NEAR_REL(far.ln_z, edge.ln_z - 0.02 * edge.ln_z_e, 1e-12);
    NEAR_REL(far.e_r, edge.e_r - 0.02 * edge.e_r_e, 1e-12);
    pel_landscape_scratch_free(scratch);
    pel_landscape_free(l);

    /* Parametric: the offset 0.55 - 12 x + 55 x^2 stays positive, the scale of the
     * weibull 0.9 - 41 x + 210 x^2 does not. */
    l = make_parametric();
    assert_int_equal(pel_landscape_scratch_create(l, &scratch, NULL), PEL_OK);
    assert_int_equal(
        pel_landscape_average(l, -4.60, 20.0, PEL_RANGE_EXTRAPOLATE, scratch, &a, &err),
        PEL_ERANGE);
    assert_string_equal(err.text,
                        "activation spectrum at e_is = -4.6 eV/atom: shifted_gamma: "
                        "offset is -0.0205, expected a number >= 0");
    pel_landscape_scratch_free(scratch);
    pel_landscape_free(l);

    /* One level: a value there, an error elsewhere, constant when extrapolated. */
    const double e_is[3] = {-4.67, -4.67, -4.67}, e_a[3] = {1.0, 1.3, 0.7},
                 e_r[3] = {1, 2, 3};
    assert_int_equal(
        pel_landscape_create_events(&head, 3, NULL, e_is, e_a, e_r, &l, NULL), PEL_OK);
    assert_int_equal(pel_landscape_scratch_create(l, &scratch, NULL), PEL_OK);
    assert_int_equal(
        pel_landscape_average(l, -4.67, 20.0, PEL_RANGE_STRICT, scratch, &a, &err),
        PEL_OK);
    const double ln_z = a.ln_z;
    assert_int_equal(
        pel_landscape_average(l, -4.68, 20.0, PEL_RANGE_STRICT, scratch, &a, &err),
        PEL_ERANGE);
    assert_string_equal(err.text,
                        "e_is = -4.68 eV/atom: the landscape has one level only, at "
                        "-4.67 eV/atom");
    a = average_at(l, scratch, -4.68, 20.0);
    assert_true(a.ln_z == ln_z && a.ln_z_e == 0.0 && a.extrapolated == 1);
    pel_landscape_scratch_free(scratch);
    pel_landscape_free(l);
}

static void expect(pel_status status, const struct pel_error *err, const char *message)
{
    assert_int_equal(status, PEL_EARG);
    if (strcmp(err->text, message) != 0)
        fail_msg("\ngot      %s\nexpected %s", err->text, message);
}

static void what_is_no_landscape_is_refused(void **state)
{
    (void)state;
    struct pel_error err = {0};
    struct pel_landscape *l = (void *)1;
    struct pel_landscape_head bad = head;
    const double e[2] = {-4.67, -4.68}, good[2] = {1.0, 1.2}, zero[2] = {1.0, 0.0};
    bad.atoms = 0.0;
    expect(pel_landscape_create_events(&bad, 2, NULL, e, good, good, &l, &err), &err,
           "number of atoms is 0, expected a number > 0");
    assert_null(l);
    bad = head;
    bad.molar_mass_g_per_mol = NAN;
    expect(pel_landscape_create_events(&bad, 2, NULL, e, good, good, &l, &err), &err,
           "molar mass is nan, expected a number > 0");
    bad = head;
    bad.name = "two\nlines";
    expect(pel_landscape_create_events(&bad, 2, NULL, e, good, good, &l, &err), &err,
           "the name of a landscape is one line");
    expect(pel_landscape_create_events(&head, 0, NULL, e, good, good, &l, &err), &err,
           "a landscape needs at least one event");
    expect(pel_landscape_create_events(&head, 2, NULL, e, zero, good, &l, &err), &err,
           "event 2: e_a is 0 eV, expected > 0");
    expect(pel_landscape_create_events(&head, 2, NULL, e, good, zero, &l, &err), &err,
           "event 2: e_r is 0 eV, expected > 0");
    const double nan[2] = {-4.67, NAN};
    expect(pel_landscape_create_events(&head, 2, NULL, nan, good, good, &l, &err), &err,
           "event 2: e_is is not a finite number");

    const double lo[1] = {0.0}, hi[1] = {2.0}, density[1] = {0.5}, wrong[1] = {0.6};
    const struct pel_histogram h = {.n = 1, .lo_eV = lo, .hi_eV = hi, .density = density};
    const struct pel_histogram w = {.n = 1, .lo_eV = lo, .hi_eV = hi, .density = wrong};
    struct pel_landscape_level levels[2] = {{-4.67, h, h}, {-4.67, h, h}};
    expect(
        pel_landscape_create_histogram(&head, 2, levels, &l, &err), &err,
        "level 2 is at -4.6699999999999999 eV/atom, expected levels strictly increasing");
    expect(pel_landscape_create_histogram(&head, 0, levels, &l, &err), &err,
           "a landscape needs at least one level");
    levels[1] = (struct pel_landscape_level){-4.5, h, w};
    expect(pel_landscape_create_histogram(&head, 2, levels, &l, &err), &err,
           "level -4.5 eV/atom, relaxation: sum of density x width is 1.2, expected 1 "
           "within "
           "1e-06");

    struct pel_landscape_row rows[3] = {
        {PEL_ACTIVATION, "gamma", "shape", {2.0, 0.0, 0.0}},
        {PEL_ACTIVATION, "gamma", "scale", {0.3, 0.0, 0.0}},
        {PEL_RELAXATION, "exponential", "scale", {1.0, 0, 0}}};
    const double c = -4.67, a = -4.70, b = -4.66;
    assert_int_equal(pel_landscape_create_parametric(&head, c, a, b, 3, rows, &l, &err),
                     PEL_OK);
    pel_landscape_free(l);
    expect(pel_landscape_create_parametric(&head, c, b, a, 3, rows, &l, &err), &err,
           "range of e_is [-4.66, -4.7] eV/atom around -4.67, expected finite numbers, "
           "lower < "
           "upper");
    expect(pel_landscape_create_parametric(&head, c, a, b, 2, rows, &l, &err), &err,
           "no relaxation spectrum");
    expect(pel_landscape_create_parametric(&head, c, a, b, 2, rows + 1, &l, &err), &err,
           "activation: parameter shape of gamma is missing");
    rows[1].parameter = "shape";
    expect(pel_landscape_create_parametric(&head, c, a, b, 3, rows, &l, &err), &err,
           "activation: parameter shape of gamma is given twice");
    rows[1].parameter = "offset";
    expect(pel_landscape_create_parametric(&head, c, a, b, 3, rows, &l, &err), &err,
           "activation: parameter 'offset' is not one of gamma (shape, scale)");
    rows[1].family = "weibull", rows[1].parameter = "scale";
    expect(pel_landscape_create_parametric(&head, c, a, b, 3, rows, &l, &err), &err,
           "activation: family weibull after gamma, expected one family");
    rows[1].family = "gauss";
    expect(pel_landscape_create_parametric(&head, c, a, b, 3, rows, &l, &err), &err,
           "activation: family 'gauss' is not known, expected shifted_gamma, gamma, "
           "weibull, "
           "lognormal, truncated_normal, exponential or delta");
    rows[1].family = "gamma";
    /* A parabola that is negative only at its vertex, inside. */
    rows[1].c[0] = 0.3, rows[1].c[1] = 60.0, rows[1].c[2] = 2500.0;
    expect(pel_landscape_create_parametric(&head, c, a, b, 3, rows, &l, &err), &err,
           "activation: scale of gamma is -0.06 at e_is = -4.682 eV/atom, expected > 0 "
           "in the "
           "whole range [-4.7, -4.66]");
    rows[1].c[1] = NAN;
    expect(pel_landscape_create_parametric(&head, c, a, b, 3, rows, &l, &err), &err,
           "activation: gamma scale: c1 is not a finite number");

    struct pel_histogram out;
    const struct pel_family *family;
    double p[PEL_FAMILY_PARAMETERS];
    l = make_parametric();
    expect(pel_landscape_histogram(l, 0, PEL_ACTIVATION, &out, &err), &err,
           "no histogram of level 0 in a landscape of kind parametric");
    pel_landscape_free(l);
    l = make_histogram();
    expect(pel_landscape_parameters(l, -4.67, PEL_ACTIVATION, &family, p, &err), &err,
           "no parameters in a landscape of kind histogram");
    assert_int_equal(pel_landscape_histogram(l, 4, PEL_RELAXATION, &out, &err), PEL_OK);
    assert_int_equal(out.n, BINS);
    assert_true(isnan(pel_landscape_level_events(l, 0))); /* no counts were given */
    pel_landscape_free(l);
    pel_landscape_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derivatives_are_central_differences),
        cmocka_unit_test(at_a_level_it_is_the_level),
        cmocka_unit_test(in_the_cold_the_joint_mean_is_that_of_the_lowest_event),
        cmocka_unit_test(parametric_is_its_family_at_the_polynomials),
        cmocka_unit_test(no_underflow_from_1_to_5000_kelvin),
        cmocka_unit_test(outside_the_range_is_an_error_that_names_it),
        cmocka_unit_test(what_is_no_landscape_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

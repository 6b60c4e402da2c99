#include "atoms_common.h"

#include <pelrate/minimise.h>

/* sum_i k_i (y_i)^2 / 2 with y = x - centre turned by a plane rotation of neighbours, k
 * from 0.05 to 50: stiff and soft directions as in a glass. */
enum { BOWL_N = 40 };
struct bowl {
    int slope_sign; /* 1, or -1 for a gradient that is wrong on purpose */
    size_t calls;
    double last[BOWL_N]; /* where it was asked last */
    double longest;      /* largest move of a coordinate between two calls */
    double offset;       /* added to the energy */
    double lowest;       /* energy ever returned */
    double noise;        /* amplitude of what rounding does to the energy */
};

static double bowl_k(int i)
{
    return 0.05 * pow(1000.0, i / (double)(BOWL_N - 1));
}

static pel_status bowl(void *context, const double x[], double *energy, double gradient[],
                       struct pel_error *err)
{
    struct bowl *b = context;
    const double c = cos(0.6), s = sin(0.6);
    (void)err;
    *energy = b->offset - 3.7;
    for (int i = 0; i < BOWL_N; i += 2) {
        const double u = x[i] - 0.31 * i, v = x[i + 1] + 1.7;
        const double p = c * u - s * v, q = s * u + c * v;
        const double kp = bowl_k(i), kq = bowl_k(i + 1);
        *energy += 0.5 * kp * p * p + 0.5 * kq * q * q;
        gradient[i] = b->slope_sign * (c * kp * p + s * kq * q);
        gradient[i + 1] = b->slope_sign * (-s * kp * p + c * kq * q);
    }
    for (int i = 0; i < BOWL_N; i++) {
        if (b->calls > 0) b->longest = fmax(b->longest, fabs(x[i] - b->last[i]));
        b->last[i] = x[i];
    }
    *energy += b->noise * sin(1e9 * (x[0] + x[1]));
    b->lowest = b->calls == 0 ? *energy : fmin(b->lowest, *energy);
    b->calls++;
    return PEL_OK;
}

static const char *const METHODS[] = {"lbfgs", "fire"};

static void finds_the_bottom_of_a_bowl(void **state)
{
    (void)state;
    static const size_t budget[] = {450, 3000};
    for (int m = 0; m < 2; m++) {
        struct bowl b = {.slope_sign = 1};
        struct pel_surface surface = {BOWL_N, &b, bowl};
        struct pel_minimise_settings settings = pel_minimise_defaults();
        struct pel_minimise_report report;
        struct pel_error err = {0};
        double x[BOWL_N];
        settings.method = METHODS[m];
        settings.force_tolerance = 1e-9;
        settings.max_step = 0.2;
        for (int i = 0; i < BOWL_N; i++)
            x[i] = 0.31 * i + sin(5.0 * i);
        ASSERT_OK(pel_minimise(&surface, &settings, x, &report, &err), err);
        assert_true(report.converged && report.stop == PEL_MINIMISE_CONVERGED);
        assert_true(report.max_force < 1e-9);
        assert_int_equal(report.evaluations, b.calls);
        assert_in_range(report.evaluations, 20, budget[m]);
        assert_in_range(report.iterations, 20, report.evaluations);
        ASSERT_NEAR(report.energy, -3.7, 1e-12);
        /* x is off by at most force / smallest stiffness. */
        for (int i = 0; i < BOWL_N; i++)
            ASSERT_NEAR(x[i], i % 2 == 0 ? 0.31 * i : -1.7, 1e-7);
        /* A step, and one back and forth where it was refused. */
        assert_true(b.longest <= 0.2 * (1.0 + 1e-12));
        assert_true(b.longest > 0.05);
    }
}

/* With an energy so large that its rounding hides the last decrease, the slope leads on.
 */
static void rounding_of_the_energy_is_no_obstacle(void **state)
{
    (void)state;
    struct bowl b = {.slope_sign = 1, .offset = 1e6, .noise = 1e-8};
    struct pel_surface surface = {BOWL_N, &b, bowl};
    struct pel_minimise_settings settings = pel_minimise_defaults();
    struct pel_minimise_report report;
    struct pel_error err = {0};
    double x[BOWL_N];
    settings.force_tolerance = 1e-7;
    for (int i = 0; i < BOWL_N; i++)
        x[i] = 0.31 * i + sin(5.0 * i);
    ASSERT_OK(pel_minimise(&surface, &settings, x, &report, &err), err);
}

/* Rosenbrock's valley, bent and narrow. */
static pel_status valley(void *context, const double x[], double *energy,
                         double gradient[], struct pel_error *err)
{
    (void)context;
    (void)err;
    const double a = 1.3 - x[0], b = x[1] - x[0] * x[0];
    *energy = a * a + 70.0 * b * b;
    gradient[0] = -2.0 * a - 280.0 * b * x[0];
    gradient[1] = 140.0 * b;
    return PEL_OK;
}

static void follows_a_bent_valley(void **state)
{
    (void)state;
    for (int m = 0; m < 2; m++) {
        struct pel_surface surface = {2, NULL, valley};
        struct pel_minimise_settings settings = pel_minimise_defaults();
        struct pel_minimise_report report;
        struct pel_error err = {0};
        double x[2] = {-1.2, 1.1};
        settings.method = METHODS[m];
        settings.force_tolerance = 1e-8;
        settings.max_evaluations = 20000;
        ASSERT_OK(pel_minimise(&surface, &settings, x, &report, &err), err);
        ASSERT_NEAR(x[0], 1.3, 1e-6);
        ASSERT_NEAR(x[1], 1.69, 1e-6);
    }
}

/* Two wells of different depth; whoever starts in the shallow one ends there. */
static pel_status wells(void *context, const double x[], double *energy,
                        double gradient[], struct pel_error *err)
{
    (void)context;
    (void)err;
    const double u = x[0] * x[0] - 1.0;
    *energy = u * u + 0.2 * x[0] + 3.0 * x[1] * x[1];
    gradient[0] = 4.0 * x[0] * u + 0.2;
    gradient[1] = 6.0 * x[1];
    return PEL_OK;
}

static void stays_in_its_basin(void **state)
{
    (void)state;
    struct pel_random random;
    pel_random_init(&random, 3, 3, 3);
    for (int trial = 0; trial < 200; trial++) {
        struct pel_surface surface = {2, NULL, wells};
        struct pel_minimise_settings settings = pel_minimise_defaults();
        struct pel_error err = {0};
        /* The top between them is at x = 0.0503. */
        double x[2] = {0.08 + 1.5 * pel_random_uniform(&random),
                       2.0 * pel_random_normal(&random)};
        ASSERT_OK(pel_minimise(&surface, &settings, x, NULL, &err), err);
        ASSERT_NEAR(x[0], 0.9740, 1e-3);
    }
}

static void says_why_it_stopped(void **state)
{
    (void)state;
    for (int m = 0; m < 2; m++)
        for (size_t budget = 1; budget < 400; budget += 1 + budget / 30) {
            struct bowl b = {.slope_sign = 1};
            struct pel_surface surface = {BOWL_N, &b, bowl};
            struct pel_minimise_settings settings = pel_minimise_defaults();
            struct pel_minimise_report report;
            struct pel_error err;
            double x[BOWL_N], energy, gradient[BOWL_N];
            settings.method = METHODS[m];
            settings.max_evaluations = budget;
            settings.max_step = 0.5;
            settings.force_tolerance = 1e-12;
            for (int i = 0; i < BOWL_N; i++)
                x[i] = 0.31 * i + 3.0 * sin(5.0 * i);
            assert_int_equal(pel_minimise(&surface, &settings, x, &report, &err),
                             PEL_ENOCONV);
            assert_int_equal(report.stop, PEL_MINIMISE_EVALUATIONS);
            assert_int_equal(report.evaluations, budget);
            assert_false(report.converged);
            /* The lowest point that was seen is left, and the report is about it. */
            ASSERT_NEAR(report.energy, b.lowest, 0.0);
            assert_int_equal(bowl(&b, x, &energy, gradient, NULL), PEL_OK);
            ASSERT_NEAR(report.energy, energy, 0.0);
            double largest = 0.0;
            for (int i = 0; i < BOWL_N; i++)
                largest = fmax(largest, fabs(gradient[i]));
            ASSERT_NEAR(report.max_force, largest, 0.0);
            char text[128];
            snprintf(text, sizeof text,
                     "no minimum after %zu evaluations: largest force %g, expected below "
                     "1e-12",
                     budget, largest);
            assert_string_equal(err.text, text);
        }
    /* A gradient that points the wrong way leaves nothing to go. */
    struct bowl b = {.slope_sign = -1};
    struct pel_surface surface = {BOWL_N, &b, bowl};
    struct pel_minimise_settings settings = pel_minimise_defaults();
    struct pel_minimise_report report;
    struct pel_error err;
    double x[BOWL_N] = {0.7};
    assert_int_equal(pel_minimise(&surface, &settings, x, &report, &err), PEL_ENOCONV);
    assert_int_equal(report.stop, PEL_MINIMISE_STALLED);
    ASSERT_NEAR(x[0], 0.7, 0.0);
}

static pel_status breaks(void *context, const double x[], double *energy,
                         double gradient[], struct pel_error *err)
{
    int *left = context;
    if ((*left)-- == 0) return pel_error_set(err, PEL_EARG, "broken on purpose");
    return valley(NULL, x, energy, gradient, err);
}

static pel_status nowhere(void *context, const double x[], double *energy,
                          double gradient[], struct pel_error *err)
{
    valley(context, x, energy, gradient, err);
    *energy = NAN;
    return PEL_OK;
}

static void refuses_bad_calls(void **state)
{
    (void)state;
    struct pel_surface surface = {2, NULL, valley};
    const struct pel_minimise_settings good = pel_minimise_defaults();
    struct pel_error err;
    double x[2] = {-1.2, 1.1};
    struct pel_minimise_settings bad = good;
    bad.method = "newton";
    assert_int_equal(pel_minimise(&surface, &bad, x, NULL, &err), PEL_EARG);
    assert_string_equal(err.text, "unknown minimiser \"newton\", expected lbfgs or fire");
    bad = good;
    bad.method = NULL;
    assert_int_equal(pel_minimise(&surface, &bad, x, NULL, &err), PEL_EARG);
    bad = good;
    bad.force_tolerance = NAN;
    assert_int_equal(pel_minimise(&surface, &bad, x, NULL, &err), PEL_EARG);
    bad = good;
    bad.max_step = 0.0;
    assert_int_equal(pel_minimise(&surface, &bad, x, NULL, &err), PEL_EARG);
    bad = good;
    bad.memory = 0;
    assert_int_equal(pel_minimise(&surface, &bad, x, NULL, &err), PEL_EARG);
    bad = good;
    bad.max_evaluations = 0;
    assert_int_equal(pel_minimise(&surface, &bad, x, NULL, &err), PEL_EARG);
    ASSERT_NEAR(x[0], -1.2, 0.0);
    assert_string_equal(pel_minimise_method_name(0), "lbfgs");
    assert_string_equal(pel_minimise_method_name(1), "fire");
    assert_null(pel_minimise_method_name(2));
    assert_non_null(pel_minimise_method_doc(1));
    assert_null(pel_minimise_method_doc(2));

    for (int m = 0; m < 2; m++)
        for (int calls = 0; calls < 4; calls++) {
            int left = calls;
            struct pel_surface broken = {2, &left, breaks};
            bad = good;
            bad.method = METHODS[m];
            assert_int_equal(pel_minimise(&broken, &bad, x, NULL, &err), PEL_EARG);
            assert_string_equal(err.text, "broken on purpose");
            broken.evaluate = nowhere;
            assert_int_equal(pel_minimise(&broken, &bad, x, NULL, &err), PEL_EARG);
            assert_string_equal(err.text, "the energy is not finite");
            assert_true(isfinite(x[0]) && isfinite(x[1]));
        }
}

/* The surface of atoms is energy and minus force. */
static void atoms_are_a_surface(void **state)
{
    (void)state;
    struct pel_potential *p = form_potential();
    struct pel_structure *s = random_structure(60, TILTED, 1.9, 101);
    struct pel_forces *forces = NULL;
    struct pel_atoms_surface atoms;
    struct pel_minimise_settings settings = pel_minimise_defaults();
    struct pel_minimise_report report;
    struct pel_error err = {0};
    double energy, *g = calloc(3 * s->n, sizeof *g), *f = calloc(3 * s->n, sizeof *f);
    struct pel_forces_result result = {.force = f};
    ASSERT_OK(pel_forces_create(p, s, 0.5, &forces, &err), err);
    pel_atoms_surface_init(&atoms, forces, &s->cell, s->n);
    assert_int_equal(atoms.surface.n, 3 * s->n);
    ASSERT_OK(atoms.surface.evaluate(atoms.surface.context, s->x, &energy, g, &err), err);
    ASSERT_OK(pel_forces_evaluate(forces, &s->cell, s->x, &result, &err), err);
    ASSERT_NEAR(energy, result.energy, 0.0);
    for (size_t i = 0; i < 3 * s->n; i++)
        ASSERT_NEAR(g[i], -f[i], 0.0);
    /* The tightest that rounding allows is still met. */
    settings.force_tolerance = 1e-9;
    const double before = energy;
    ASSERT_OK(pel_minimise(&atoms.surface, &settings, s->x, &report, &err), err);
    assert_true(report.energy < before - 1.0);
    ASSERT_OK(pel_forces_evaluate(forces, &s->cell, s->x, &result, &err), err);
    for (size_t i = 0; i < 3 * s->n; i++)
        ASSERT_NEAR(f[i], 0.0, 2e-9);
    s->x[5] = NAN;
    assert_int_equal(pel_minimise(&atoms.surface, &settings, s->x, &report, &err),
                     PEL_EARG);
    free(g);
    free(f);
    pel_forces_free(forces);
    pel_structure_free(s);
    pel_potential_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_bottom_of_a_bowl),
        cmocka_unit_test(rounding_of_the_energy_is_no_obstacle),
        cmocka_unit_test(follows_a_bent_valley),
        cmocka_unit_test(stays_in_its_basin),
        cmocka_unit_test(says_why_it_stopped),
        cmocka_unit_test(refuses_bad_calls),
        cmocka_unit_test(atoms_are_a_surface),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pelrate/art.h>
#include <pelrate/constants.h>
#include <pelrate/minimise.h>
#include <pelrate/push.h>
#include <pelrate/symmetric.h>
#include <pelrate/vineyard.h>

#include "../atoms/atoms_common.h"

#include "../near.h"

/* 1 eV/A^2 and 1 g/mol in SI, from the definitions. */
static double si_hertz(double eV_per_A2, double g_per_mol)
{
    return sqrt(eV_per_A2 * 1.602176634e-19 / 1e-20 /
                (g_per_mol * 1e-3 / 6.02214076e23)) /
           (2.0 * PEL_PI);
}

/* A particle on a line: the frequency at the minimum, whatever the barrier is like. */
static void one_particle(void **state)
{
    (void)state;
    const double stiff = 3.7, down = 0.9, mass = 63.5;
    NEAR_REL(pel_vineyard_frequency(log(stiff), log(down), down / mass),
             si_hertz(stiff, mass), 1e-8);
    assert_true(isnan(pel_vineyard_frequency(0.0, 0.0, -1.0)));
    assert_true(isnan(pel_vineyard_frequency(0.0, 0.0, NAN)));
}

enum { rows = 24 };

static double mass_of(size_t i)
{
    return i / 3 % 2 ? 91.2 : 63.5;
}

/* Frequencies of all real modes [Hz], and their product's logarithm. */
static double log_product(const double h[], size_t n, const double mass[],
                          size_t negative)
{
    double *a = malloc(n * n * sizeof *a), *values = malloc(n * sizeof *values);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            a[i * n + k] = h[i * n + k] / sqrt(mass[i] * mass[k]);
    assert_int_equal(pel_symmetric_eigen(n, a, values, 0, NULL), PEL_OK);
    double sum = 0.0;
    size_t below = 0;
    for (size_t k = 0; k < n; k++) {
        if (values[k] < -1e-7) below++;
        if (values[k] > 1e-7) sum += log(si_hertz(values[k], 1.0));
    }
    assert_int_equal(below, negative);
    free(a);
    free(values);
    return sum;
}

/* A chain with fixed ends, frequencies 2 sqrt(k/m) sin(pi j / 2 (n + 1)) where all masses
 * are one; at the saddle one of its springs pushes. With different masses: the product of
 * all frequencies, mode by mode. */
static void a_chain(void **state)
{
    (void)state;
    double minimum[rows * rows] = {0}, saddle[rows * rows] = {0}, mass[rows];
    const double k = 2.3, soft = -0.31;
    for (size_t s = 0; s <= rows; s++) { /* spring s joins s - 1 and s */
        const double at[2] = {k, s == 9 ? soft : k};
        double *h[2] = {minimum, saddle};
        for (int p = 0; p < 2; p++) {
            if (s > 0) h[p][(s - 1) * rows + s - 1] += at[p];
            if (s < rows) h[p][s * rows + s] += at[p];
            if (s > 0 && s < rows) {
                h[p][(s - 1) * rows + s] -= at[p];
                h[p][s * rows + s - 1] -= at[p];
            }
        }
    }
    double product = 0.0;
    for (size_t i = 0; i < rows; i++) {
        mass[i] = 50.0;
        product += log(2.0 * si_hertz(k, 50.0) *
                       sin(PEL_PI * (double)(i + 1) / (2.0 * (rows + 1.0))));
    }
    NEAR_REL(log_product(minimum, rows, mass, 0), product, 1e-9);

    for (size_t i = 0; i < rows; i++)
        mass[i] = mass_of(i);
    const double want =
        log_product(minimum, rows, mass, 0) - log_product(saddle, rows, mass, 1);
    double weighted[rows * rows], values[rows];
    for (size_t i = 0; i < rows * rows; i++)
        weighted[i] = saddle[i] / sqrt(mass[i / rows] * mass[i % rows]);
    assert_int_equal(pel_symmetric_eigen(rows, weighted, values, 0, NULL), PEL_OK);
    struct pel_symmetric_inertia a, b;
    assert_int_equal(pel_symmetric_inertia(rows, minimum, &a, NULL), PEL_OK);
    assert_int_equal(pel_symmetric_inertia(rows, saddle, &b, NULL), PEL_OK);
    NEAR_ABS(log(pel_vineyard_frequency(a.log_abs_det, b.log_abs_det, -values[0])), want,
             1e-9);
}

/* An event of a small glass. */
struct hop {
    struct pel_potential *potential;
    struct pel_structure *structure;
    struct pel_forces *forces;
    struct pel_art_result art;
};
enum { atoms = 40, n = 3 * atoms };
static const double DENSE[3][3] = {{8.6, 0.0, 0.0}, {1.1, 8.4, 0.0}, {-0.7, 0.9, 8.5}};

static void find_hop(struct hop *hop)
{
    struct pel_error err = {0};
    hop->potential = form_potential();
    hop->structure = random_structure(atoms, DENSE, 1.9, 21);
    struct pel_structure *s = hop->structure;
    struct pel_minimise_settings minimise = pel_minimise_defaults();
    struct pel_minimise_report report;
    minimise.force_tolerance = 1e-6;
    ASSERT_OK(pel_forces_create(hop->potential, s, 0.5, &hop->forces, &err), err);
    ASSERT_OK(pel_minimise_structure(hop->forces, s, PEL_RELAX_FIXED, 1.0, &minimise,
                                     &report, &err),
              err);
    struct pel_atoms_surface surface;
    pel_atoms_surface_init(&surface, hop->forces, &s->cell, atoms);
    struct pel_art_settings art = pel_art_defaults();
    art.atoms = 1;
    art.climb_threshold_eV_per_A2 = -0.05;
    ASSERT_OK(pel_art_result_init(&hop->art, n, &err), err);
    for (uint64_t k = 0; k < 60; k++) {
        struct pel_random random;
        double push[n];
        pel_random_init(&random, 3, 0, k);
        for (size_t i = 0; i < n; i++)
            push[i] = i / 3 % 8 == k % 8 ? pel_random_normal(&random) : 0.0;
        ASSERT_OK(pel_art_search(&surface.surface, NULL, &art, s->x, report.energy, push,
                                 &hop->art, &err),
                  err);
        if (hop->art.status == PEL_ART_VALID) return;
    }
    fail_msg("no event found");
}

static void drop_hop(struct hop *hop)
{
    pel_art_result_free(&hop->art);
    pel_forces_free(hop->forces);
    pel_structure_free(hop->structure);
    pel_potential_free(hop->potential);
}

/* The whole Hessian by central differences of the forces. */
static void differences(const struct hop *hop, const double at[], double h[])
{
    double x[n], ahead[n], behind[n];
    struct pel_error err = {0};
    const double step = 2e-4;
    memcpy(x, at, sizeof x);
    for (size_t k = 0; k < n; k++) {
        struct pel_forces_result result = {.force = ahead};
        x[k] = at[k] + step;
        ASSERT_OK(
            pel_forces_evaluate(hop->forces, &hop->structure->cell, x, &result, &err),
            err);
        result.force = behind;
        x[k] = at[k] - step;
        ASSERT_OK(
            pel_forces_evaluate(hop->forces, &hop->structure->cell, x, &result, &err),
            err);
        x[k] = at[k];
        for (size_t i = 0; i < n; i++)
            h[i * n + k] = (behind[i] - ahead[i]) / (2.0 * step);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            h[i * n + k] = h[k * n + i] = 0.5 * (h[i * n + k] + h[k * n + i]);
}

static int moves(const double *const points[3], size_t atom, double far)
{
    for (int p = 0; p < 3; p++) {
        double mean[3] = {0.0, 0.0, 0.0}, sum = 0.0;
        const double *a = points[p], *b = points[(p + 1) % 3];
        for (size_t i = 0; i < n; i++)
            mean[i % 3] += (b[i] - a[i]) / atoms;
        for (size_t c = 0; c < 3; c++)
            sum += pow(b[3 * atom + c] - a[3 * atom + c] - mean[c], 2.0);
        if (sqrt(sum) > far) return 1;
    }
    return 0;
}

/* The determinants of the blocks of the atoms that move. */
static void check_part(const struct hop *hop, const double *const points[3], double far,
                       const struct pel_vineyard_result *part)
{
    static double h[n * n], block[n * n];
    struct pel_symmetric_inertia inertia[3];
    size_t list[n], m = 0;
    for (size_t i = 0; i < n - 3; i++) /* the last atom is always held */
        if (moves(points, i / 3, far)) list[m++] = i;
    assert_int_equal(part->region_atoms, m / 3);
    assert_true(m >= 3 && m < n - 6);
    for (int p = 0; p < 3; p++) {
        differences(hop, points[p], h);
        for (size_t i = 0; i < m; i++)
            for (size_t k = 0; k < m; k++)
                block[i * m + k] = h[list[i] * n + list[k]];
        assert_int_equal(pel_symmetric_inertia(m, block, &inertia[p], NULL), PEL_OK);
    }
    if (inertia[0].negative + inertia[2].negative > 0 || inertia[1].negative != 1) {
        assert_int_equal(part->status, PEL_VINEYARD_INDEX);
        assert_true(isnan(part->frequency_Hz));
        return;
    }
    assert_int_equal(part->status, PEL_VINEYARD_DONE);
    NEAR_ABS(log(part->frequency_Hz / part->unstable_Hz),
             0.5 * (inertia[0].log_abs_det - inertia[1].log_abs_det), 2e-3);
    NEAR_ABS(log(part->reverse_frequency_Hz / part->unstable_Hz),
             0.5 * (inertia[2].log_abs_det - inertia[1].log_abs_det), 2e-3);
}

/* Prepare, compute, release. */
static void event_of(const struct hop *hop, const struct pel_vineyard_settings *settings,
                     const double initial[], const double saddle[], const double final[],
                     struct pel_vineyard_result *result)
{
    struct pel_error err = {0};
    struct pel_vineyard *v = NULL;
    ASSERT_OK(
        pel_vineyard_create(hop->potential, hop->structure, settings, initial, &v, &err),
        err);
    ASSERT_OK(pel_vineyard_event(v, saddle, final, result, &err), err);
    pel_vineyard_free(v);
}

/* Over the whole cell: the product over all modes but the translations. */
static void the_whole_cell_mode_by_mode(void **state)
{
    (void)state;
    struct hop hop;
    find_hop(&hop);
    const double *x = hop.structure->x;
    static double h[n * n];
    double mass[n], product[3];
    const double *const points[3] = {x, hop.art.saddle, hop.art.final};
    struct pel_vineyard_settings settings = pel_vineyard_defaults();
    struct pel_vineyard_result result, moved, part;
    for (size_t i = 0; i < n; i++)
        mass[i] = hop.structure->mass[hop.structure->type[i / 3]];
    for (int p = 0; p < 3; p++) {
        differences(&hop, points[p], h);
        product[p] = log_product(h, n, mass, p == 1);
    }
    event_of(&hop, &settings, x, hop.art.saddle, hop.art.final, &result);
    assert_int_equal(result.status, PEL_VINEYARD_DONE);
    assert_int_equal(result.region_atoms, atoms - 1);
    NEAR_ABS(log(result.frequency_Hz), product[0] - product[1], 2e-3);
    NEAR_ABS(log(result.reverse_frequency_Hz), product[2] - product[1], 2e-3);
    assert_true(fabs(product[0] - product[2]) > 0.01);
    assert_true(result.unstable_Hz > 1e11 && result.unstable_Hz < 1e14);

    /* Wherever the points are. */
    double shifted[3][n];
    for (int p = 0; p < 3; p++)
        for (size_t i = 0; i < n; i++)
            shifted[p][i] = points[p][i] + 0.7 * (double)(p * p) + 3.1 * (double)(i % 3);
    event_of(&hop, &settings, shifted[0], shifted[1], shifted[2], &moved);
    NEAR_REL(moved.frequency_Hz, result.frequency_Hz, 1e-6);
    NEAR_REL(moved.reverse_frequency_Hz, result.reverse_frequency_Hz, 1e-6);
    assert_int_equal(moved.core_atoms, result.core_atoms);

    /* A part of it: the atoms that move, all others held. */
    double most = 0.0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(hop.art.final[i] - x[i]));
    settings.cell_atoms = atoms - 1;
    settings.shell_A = 0.0;
    settings.moved_A = 0.2 * most;
    event_of(&hop, &settings, x, hop.art.saddle, hop.art.final, &part);
    check_part(&hop, points, settings.moved_A, &part);

    /* A region that takes in everything is the whole cell. */
    settings.shell_A = 100.0;
    event_of(&hop, &settings, x, hop.art.saddle, hop.art.final, &moved);
    NEAR_REL(moved.frequency_Hz, result.frequency_Hz, 1e-7);
    NEAR_REL(moved.reverse_frequency_Hz, result.reverse_frequency_Hz, 1e-7);

    settings = pel_vineyard_defaults();
    /* A saddle that is none. */
    event_of(&hop, &settings, x, hop.art.final, hop.art.final, &part);
    assert_int_equal(part.status, PEL_VINEYARD_INDEX);
    event_of(&hop, &settings, x, x, x, &part);
    assert_int_equal(part.status, PEL_VINEYARD_POINT); /* nothing moves */
    drop_hop(&hop);
}

static void refusals(void **state)
{
    (void)state;
    struct pel_error err = {0};
    struct pel_potential *potential = form_potential();
    struct pel_structure *s = random_structure(5, TILTED, 2.2, 2);
    const struct pel_vineyard_settings good = pel_vineyard_defaults();
    struct pel_vineyard_settings bad[3] = {good, good, good};
    struct pel_vineyard *v = NULL;
    bad[0].moved_A = 0.0;
    bad[1].shell_A = NAN;
    bad[2].force_eV_per_A = -1.0;
    for (int k = 0; k < 3; k++)
        assert_int_equal(pel_vineyard_create(potential, s, &bad[k], s->x, &v, &err),
                         PEL_EARG);
    s->mass[1] = 0.0;
    assert_int_equal(pel_vineyard_create(potential, s, &good, s->x, &v, &err), PEL_EARG);
    assert_null(v);
    assert_string_equal(err.text, "the mass of Bb is not known");
    pel_structure_free(s);
    pel_potential_free(potential);
}

static void every_status_has_a_word(void **state)
{
    (void)state;
    for (int k = 0; k < PEL_VINEYARD_N_STATUS; k++) {
        assert_string_not_equal(pel_vineyard_status_word((enum pel_vineyard_status)k),
                                "unknown");
        assert_string_not_equal(pel_vineyard_status_text((enum pel_vineyard_status)k),
                                "unknown");
    }
    assert_string_equal(pel_vineyard_status_word(PEL_VINEYARD_N_STATUS), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_particle),
        cmocka_unit_test(a_chain),
        cmocka_unit_test(the_whole_cell_mode_by_mode),
        cmocka_unit_test(refusals),
        cmocka_unit_test(every_status_has_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

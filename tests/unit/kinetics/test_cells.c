/* Closures on joint histograms: integrals over cells against quadrature, derivatives against
 * differences, the events that they came from as bins get finer, limits, hops. */

#include <pelrate/committor.h>
#include <pelrate/constants.h>
#include <pelrate/kmc.h>
#include <pelrate/map.h>
#include <pelrate/quadrature.h>
#include <pelrate/random.h>
#include <pelrate/rate.h>
#include <pelrate/tilted.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../near.h"
#include "fixtures.h"

enum { LEVELS = 3, N_A = 7, N_R = 5 };
static const struct pel_landscape_head head = {.atoms = 2000.0,
                                               .paths = 640.0,
                                               .attempt_frequency_Hz = 4.7e12,
                                               .molar_mass_g_per_mol = 75.7};

/* Bins of uneven width, one in ten of the cells empty, flickers and broad barriers. */
static struct pel_landscape *make_cells(void)
{
    static double lo[LEVELS][2][N_A], hi[LEVELS][2][N_A], density[LEVELS][2][N_A];
    static double cell[LEVELS][N_A * N_R];
    struct pel_landscape_level levels[LEVELS];
    struct pel_landscape_cells cells[LEVELS];
    struct pel_random random;
    pel_random_init(&random, 77, 1, 1);
    memset(density, 0, sizeof density);
    for (int k = 0; k < LEVELS; k++) {
        const size_t n[2] = {N_A, N_R};
        double total = 0.0;
        for (int s = 0; s < 2; s++)
            for (size_t i = 0; i < n[s]; i++) {
                lo[k][s][i] = i > 0 ? hi[k][s][i - 1] : 0.013 * s;
                hi[k][s][i] = lo[k][s][i] + (0.05 + 0.05 * (double)i) *
                                                (0.7 + pel_random_uniform(&random));
            }
        for (size_t i = 0; i < N_A; i++)
            for (size_t j = 0; j < N_R; j++) {
                double *c = &cell[k][i * N_R + j];
                *c = pel_random_below(&random, 10) == 0
                         ? 0.0
                         : exp(pel_random_normal(&random) - 0.4 * fabs((double)(i - j)));
                total += *c * (hi[k][0][i] - lo[k][0][i]) * (hi[k][1][j] - lo[k][1][j]);
            }
        for (size_t i = 0; i < N_A; i++)
            for (size_t j = 0; j < N_R; j++) {
                double *c = &cell[k][i * N_R + j];
                *c /= total;
                density[k][0][i] += *c * (hi[k][1][j] - lo[k][1][j]);
                density[k][1][j] += *c * (hi[k][0][i] - lo[k][0][i]);
            }
        levels[k] = (struct pel_landscape_level){
            .e_is_eV_per_atom = -4.70 + 0.013 * k + 0.002 * (k == 2),
            .activation = {N_A, lo[k][0], hi[k][0], density[k][0], NULL},
            .relaxation = {N_R, lo[k][1], hi[k][1], density[k][1], NULL}};
        cells[k] = (struct pel_landscape_cells){.density = cell[k]};
    }
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    if (pel_landscape_create_joint(&head, LEVELS, levels, cells, &l, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return l;
}

static struct pel_committor_z *constant(double z)
{
    struct pel_committor_z *made = NULL;
    const double e = -4.7;
    assert_int_equal(pel_committor_z_create(1, &e, &z, &made, NULL), PEL_OK);
    return made;
}

static struct pel_closure own[8];
static int n_own;

/* name: committor (with z) or two-level (with pair_eV). */
static struct pel_rate *make(const struct pel_landscape *l, const char *name,
                             const struct pel_committor_z *z, double pair_eV)
{
    const struct pel_closure *c = NULL;
    struct pel_rate *rate = NULL;
    struct pel_error err = {0};
    struct pel_closure *mine = &own[n_own++ % 8];
    assert_int_equal(pel_closure_find(name, &c, NULL), PEL_OK);
    *mine = *c;
    mine->z = z;
    mine->pair_eV = pair_eV;
    if (pel_rate_create(l, mine, PEL_RANGE_EXTRAPOLATE, &rate, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return rate;
}

/* ---- by quadrature ------------------------------------------------------------------- */

struct integrand {
    double beta, x;
    int what; /* of E_A: E^what exp(-beta E); of E_R: E^what p */
    int of_r;
};

static int integrand(double e, void *context, double *f)
{
    const struct integrand *i = context;
    const double w = i->of_r ? 1.0 / (1.0 + exp(-i->x - i->beta * e)) : exp(-i->beta * e);
    *f = (i->what == 0 ? 1.0 : e) * w;
    return 0;
}

static double integral(double lo, double hi, double beta, double x, int what, int of_r)
{
    struct integrand i = {.beta = beta, .x = x, .what = what, .of_r = of_r};
    struct pel_quadrature_settings set = pel_quadrature_settings_defaults();
    set.rtol = 1e-13;
    double value = 0.0;
    struct pel_error err = {0};
    if (pel_quadrature_integrate(integrand, &i, lo, hi, &set, &value, NULL, &err) !=
        PEL_OK)
        fail_msg("%s", err.text);
    return value;
}

/* <p exp(-beta E_A)> and the drift <p exp(-beta E_A)(E_A - E_R)> of level k. */
static void averages(const struct pel_landscape *l, size_t k, double beta, double x,
                     double *mean, double *drift)
{
    struct pel_histogram a, r;
    struct pel_landscape_cells c;
    assert_int_equal(pel_landscape_histogram(l, k, PEL_ACTIVATION, &a, NULL), PEL_OK);
    assert_int_equal(pel_landscape_histogram(l, k, PEL_RELAXATION, &r, NULL), PEL_OK);
    assert_int_equal(pel_landscape_cells(l, k, &c, NULL), PEL_OK);
    double of_a[2][N_A], of_r[2][N_R];
    for (int what = 0; what < 2; what++) {
        for (size_t i = 0; i < a.n; i++)
            of_a[what][i] = integral(a.lo_eV[i], a.hi_eV[i], beta, x, what, 0);
        for (size_t j = 0; j < r.n; j++)
            of_r[what][j] = integral(r.lo_eV[j], r.hi_eV[j], beta, x, what, 1);
    }
    *mean = *drift = 0.0;
    for (size_t i = 0; i < a.n; i++)
        for (size_t j = 0; j < r.n; j++) {
            const double d = c.density[i * r.n + j];
            *mean += d * of_a[0][i] * of_r[0][j];
            *drift += d * (of_a[1][i] * of_r[0][j] - of_a[0][i] * of_r[1][j]);
        }
}

/* At the root that the closure says the equations hold, cell by cell. */
static void cells_are_integrated_exactly(void **state)
{
    (void)state;
    struct pel_landscape *l = make_cells();
    int checked = 0;
    for (double zz = 1.7; zz < 500.0; zz *= 9.0) {
        struct pel_committor_z *z = constant(zz);
        struct pel_rate *rate = make(l, "committor", z, 0.0);
        for (size_t k = 0; k < LEVELS; k++)
            for (double T = 70.0; T < 4000.0; T *= 1.9) {
                const double beta = 1.0 / (PEL_KB * T);
                const struct pel_rate_point p =
                    point_at(rate, pel_landscape_level_e_is(l, k), T);
                if (!(p.ln_open > 1e-3)) continue;
                const double per_hop = 4.7e12 * 640.0 / 2000.0;
                const double ln_hops = p.ln_abs_rate - log(fabs(p.e_x - p.e_r)) -
                                       log(per_hop); /* <p exp(-beta E_A)> */
                double mean, drift;
                averages(l, k, beta, ln_hops + log(zz), &mean, &drift);
                NEAR_REL(exp(ln_hops), mean, 1e-10);
                NEAR_ABS(p.rate, per_hop * drift, per_hop * 1e-10 * fabs(mean));
                checked++;
            }
        pel_rate_free(rate);
        pel_committor_z_free(z);
    }
    assert_true(checked > 20);
    pel_landscape_free(l);
}

static void derivatives_are_central_differences(void **state)
{
    (void)state;
    struct pel_landscape *l = make_cells();
    const double ze[3] = {-4.699, -4.68, -4.675}, zz[3] = {3.1, 5.2, 2.9};
    struct pel_committor_z *z = NULL;
    assert_int_equal(pel_committor_z_create(3, ze, zz, &z, NULL), PEL_OK);
    struct pel_rate *rates[3] = {make(l, "committor", z, 0.0),
                                 make(l, "two-level", NULL, 0.1),
                                 make_rate(l, "joint", PEL_RANGE_EXTRAPOLATE)};
    int checked = 0;
    for (int k = 0; k < 3; k++)
        for (double T = 23.0; T < 3000.0; T *= 1.67)
            for (double e = -4.7023; e < -4.669; e += 0.00437) {
                const double hT = 1e-5 * T, he = 1e-8;
                const struct pel_rate_point p = point_at(rates[k], e, T);
                const struct pel_rate_point T1 = point_at(rates[k], e, T + hT);
                const struct pel_rate_point T0 = point_at(rates[k], e, T - hT);
                const struct pel_rate_point e1 = point_at(rates[k], e + he, T);
                const struct pel_rate_point e0 = point_at(rates[k], e - he, T);
                NEAR_ABS(p.e_pairs == 0.0 ? 0.0 : 1.0, k == 1 ? 1.0 : 0.0, 0.0);
                if (p.sign == 0 || p.ln_abs_rate < -600.0) continue;
                if (T1.sign != p.sign || T0.sign != p.sign || e1.sign != p.sign ||
                    e0.sign != p.sign)
                    continue;
                if (fabs(p.d_ln_rate_d_T) * hT > 3e-3) continue; /* at a steady state */
                NEAR_ABS(p.d_ln_rate_d_T, (T1.ln_abs_rate - T0.ln_abs_rate) / (2.0 * hT),
                         2e-5 * fabs(p.d_ln_rate_d_T) + 1e-7);
                NEAR_ABS(p.d_ln_rate_d_e, (e1.ln_abs_rate - e0.ln_abs_rate) / (2.0 * he),
                         1e-4 * fabs(p.d_ln_rate_d_e) + 1e-2);
                checked++;
            }
    assert_true(checked > 100);
    for (int k = 0; k < 3; k++)
        pel_rate_free(rates[k]);
    pel_committor_z_free(z);
    pel_landscape_free(l);
}

/* ---- the events that it came from ---------------------------------------------------- */

enum { EVENTS = 90 };
static const double coarse = 0.09; /* [eV] */

/* Events in the middle of coarse bins: also of bins three and nine times finer. */
static void draw_pairs(double e_is[], double e_a[], double e_r[])
{
    struct pel_random random;
    pel_random_init(&random, 5, 1, 1);
    for (int i = 0; i < EVENTS; i++) {
        e_is[i] = i % 2 == 0 ? -4.70 : -4.68;
        e_a[i] = coarse * ((double)pel_random_below(&random, 12) + 0.5);
        e_r[i] = coarse * ((double)pel_random_below(&random, 9) + 0.5);
    }
}

/* The joint histogram of them with bins of coarse/parts. */
static struct pel_landscape *bin_pairs(size_t parts)
{
    double e_is[EVENTS], e_a[EVENTS], e_r[EVENTS];
    draw_pairs(e_is, e_a, e_r);
    const size_t n_a = 12 * parts, n_r = 9 * parts, n = n_a + n_r;
    const double width = coarse / (double)parts;
    double *edge = calloc(2 * n, sizeof *edge), *density = calloc(2 * n, sizeof *density);
    double *cell = calloc(2 * n_a * n_r, sizeof *cell);
    assert_true(edge != NULL && density != NULL && cell != NULL);
    for (size_t i = 0; i < n_a; i++) {
        edge[i] = width * (double)i;
        edge[n + i] = width * (double)(i + 1);
    }
    struct pel_landscape_level levels[2];
    struct pel_landscape_cells cells[2];
    for (size_t k = 0; k < 2; k++) {
        double *a = density + k * n, *r = a + n_a, *c = cell + k * n_a * n_r;
        for (size_t i = k; i < EVENTS; i += 2) {
            const size_t at_a = (size_t)(e_a[i] / width), at_r = (size_t)(e_r[i] / width);
            a[at_a] += 2.0 / EVENTS / width;
            r[at_r] += 2.0 / EVENTS / width;
            c[at_a * n_r + at_r] += 2.0 / EVENTS / width / width;
        }
        levels[k] =
            (struct pel_landscape_level){.e_is_eV_per_atom = k == 0 ? -4.70 : -4.68,
                                         .activation = {n_a, edge, edge + n, a, NULL},
                                         .relaxation = {n_r, edge, edge + n, r, NULL}};
        cells[k] = (struct pel_landscape_cells){.density = c};
    }
    struct pel_landscape *l = NULL;
    struct pel_error err = {0};
    if (pel_landscape_create_joint(&head, 2, levels, cells, &l, &err) != PEL_OK)
        fail_msg("%s", err.text);
    free(edge);
    free(density);
    free(cell);
    return l;
}

static void finer_bins_come_to_the_events(void **state)
{
    (void)state;
    double e_is[EVENTS], e_a[EVENTS], e_r[EVENTS];
    draw_pairs(e_is, e_a, e_r);
    struct pel_landscape *l[4] = {NULL, bin_pairs(1), bin_pairs(3), bin_pairs(9)};
    assert_int_equal(
        pel_landscape_create_events(&head, EVENTS, NULL, e_is, e_a, e_r, &l[0], NULL),
        PEL_OK);
    struct pel_committor_z *z = constant(5.3);
    const char *const names[3] = {"joint", "committor", "two-level"};
    for (int c = 0; c < 3; c++) {
        struct pel_rate *rate[4];
        for (int k = 0; k < 4; k++)
            rate[k] = make(l[k], names[c], c == 1 ? z : NULL, c == 2 ? 0.18 : 0.0);
        for (double T = 600.0; T < 2500.0; T *= 1.7)
            for (double e = -4.70; e < -4.679; e += 0.01) {
                const struct pel_rate_point want = point_at(rate[0], e, T);
                double off[3], pairs[3];
                for (int k = 0; k < 3; k++) {
                    const struct pel_rate_point p = point_at(rate[k + 1], e, T);
                    off[k] = p.rate - want.rate;
                    pairs[k] = p.e_pairs - want.e_pairs;
                }
                /* Second order: nine times less for bins three times finer. */
                NEAR_REL(off[1] / off[2], 9.0, 0.03);
                NEAR_REL(off[0] / off[1], 9.0, 0.25);
                if (c == 2) NEAR_REL(pairs[1] / pairs[2], 9.0, 0.03);
            }
        for (int k = 0; k < 4; k++)
            pel_rate_free(rate[k]);
    }
    for (int k = 0; k < 4; k++)
        pel_landscape_free(l[k]);
    pel_committor_z_free(z);
}

/* ---- limits -------------------------------------------------------------------------- */

static void the_limits_are_the_joint_closure(void **state)
{
    (void)state;
    struct pel_landscape *l = make_cells();
    struct pel_committor_z *z = constant(1e300);
    struct pel_rate *many = make(l, "committor", z, 0.0);
    struct pel_rate *none = make(l, "two-level", NULL, 1e-12);
    struct pel_rate *joint = make_rate(l, "joint", PEL_RANGE_EXTRAPOLATE);
    for (double T = 150.0; T < 4000.0; T *= 1.43)
        for (size_t k = 0; k < LEVELS; k++) {
            const double e = pel_landscape_level_e_is(l, k);
            const struct pel_rate_point want = point_at(joint, e, T);
            const struct pel_rate_point a = point_at(many, e, T),
                                        b = point_at(none, e, T);
            NEAR_REL(a.ln_abs_rate, want.ln_abs_rate, 1e-10);
            NEAR_REL(b.ln_abs_rate, want.ln_abs_rate, 1e-10);
            NEAR_REL(b.d_rate_d_T, want.d_rate_d_T, 1e-7);
            NEAR_REL(b.d_rate_d_e, want.d_rate_d_e, 1e-7);
        }
    pel_rate_free(many);
    pel_rate_free(none);
    pel_rate_free(joint);
    pel_committor_z_free(z);
    pel_landscape_free(l);
}

/* One cell: E_A between a and b, E_R independent of it. */
static void one_cell_has_a_closed_form(void **state)
{
    (void)state;
    const double lo[2] = {0.31, 0.22}, hi[2] = {0.74, 0.93};
    const double one[2] = {1.0 / (hi[0] - lo[0]), 1.0 / (hi[1] - lo[1])};
    const double density = one[0] * one[1];
    const struct pel_landscape_level level = {
        .e_is_eV_per_atom = -4.7,
        .activation = {1, &lo[0], &hi[0], &one[0], NULL},
        .relaxation = {1, &lo[1], &hi[1], &one[1], NULL}};
    const struct pel_landscape_cells cells = {.density = &density};
    struct pel_landscape *l = NULL;
    assert_int_equal(pel_landscape_create_joint(&head, 1, &level, &cells, &l, NULL),
                     PEL_OK);
    struct pel_rate *joint = make_rate(l, "joint", PEL_RANGE_STRICT);
    struct pel_rate *kinetic = make_rate(l, "kinetic", PEL_RANGE_STRICT);
    for (double T = 1.0; T < 5000.0; T *= 2.3) {
        const double beta = 1.0 / (PEL_KB * T), w = hi[0] - lo[0];
        const double a = lo[0] + 1.0 / beta - w / expm1(beta * w);
        const struct pel_rate_point p = point_at(joint, -4.7, T),
                                    k = point_at(kinetic, -4.7, T);
        NEAR_REL(p.e_x, a, 1e-12);
        NEAR_REL(p.e_r, 0.5 * (lo[1] + hi[1]), 1e-14);
        NEAR_REL(p.ln_abs_rate, k.ln_abs_rate, 1e-13);
    }
    /* Every cell is a pair: nothing is left. */
    const struct pel_closure *c;
    struct pel_rate *rate = NULL;
    struct pel_error err = {0};
    assert_int_equal(pel_closure_find("two-level", &c, NULL), PEL_OK);
    own[0] = *c;
    own[0].pair_eV = 1.0;
    assert_int_equal(pel_rate_create(l, &own[0], PEL_RANGE_STRICT, &rate, &err),
                     PEL_EARG);
    assert_string_equal(err.text, "level -4.7 eV/atom: all cells have both barriers "
                                  "below 1 eV, nothing is left but two-level pairs");
    pel_rate_free(joint);
    pel_rate_free(kinetic);
    pel_landscape_free(l);
}

/* The map of them, which goes its own way, is the rate point by point. */
static void the_map_is_the_rate(void **state)
{
    (void)state;
    enum { N_E = 5, N_T = 7 };
    struct pel_landscape *l = make_cells();
    double e[N_E], T[N_T], rates[N_E * N_T];
    for (int i = 0; i < N_E; i++)
        e[i] = -4.699 + 0.0061 * i;
    for (int j = 0; j < N_T; j++)
        T[j] = 171.0 * pow(1.5, j);
    const char *const names[3] = {"log-mean", "kinetic", "joint"};
    for (int c = 0; c < 3; c++) {
        struct pel_rate *rate = make_rate(l, names[c], PEL_RANGE_STRICT);
        assert_int_equal(pel_map_rates(rate, N_E, e, N_T, T, NULL, rates, NULL, NULL),
                         PEL_OK);
        for (int i = 0; i < N_E; i++)
            for (int j = 0; j < N_T; j++)
                NEAR_REL(rates[i * N_T + j], point_at(rate, e[i], T[j]).rate, 1e-11);
        pel_rate_free(rate);
    }
    pel_landscape_free(l);
}

/* Hops drawn from the cells drift as the closure says. */
static void hops_are_drawn_from_the_cells(void **state)
{
    (void)state;
    struct pel_landscape *l = make_cells();
    struct pel_rate *joint = make_rate(l, "joint", PEL_RANGE_STRICT);
    struct pel_kmc_settings set = pel_kmc_settings_defaults();
    set.replicas = 40;
    set.cells = 400;
    set.threads = 1;
    assert_int_equal(pel_kmc_mode_find("joint", &set.mode, NULL), PEL_OK);
    for (int k = 0; k < 2; k++) {
        const double e = k == 0 ? -4.6931 : pel_landscape_level_e_is(l, 1), T = 640.0;
        const struct pel_rate_point p = point_at(joint, e, T);
        const double time = 1e-5 / fabs(p.rate); /* hardly moves */
        struct pel_programme *hold = NULL;
        struct pel_kmc *kmc = NULL;
        struct pel_error err = {0};
        assert_int_equal(pel_programme_isothermal(T, time, &hold, NULL), PEL_OK);
        if (pel_kmc_run(l, hold, e, &set, NULL, &kmc, &err) != PEL_OK)
            fail_msg("%s", err.text);
        const struct pel_kmc_row *last = &kmc->rows[kmc->n - 1];
        assert_true(kmc->hops > 10000 && last->standard_error < 0.1e-5);
        NEAR_ABS(last->e_is - e, p.rate * time, 3.5 * last->standard_error + 0.02e-5);
        pel_kmc_free(kmc);
        pel_programme_free(hold);
    }
    pel_rate_free(joint);
    pel_landscape_free(l);
}

static void tilted_bars(void **state)
{
    (void)state;
    struct pel_tilted t, up, down;
    for (double x = -900.0; x < 900.0; x += 7.3) {
        pel_tilted_unit(x, &t);
        struct pel_tilted other;
        pel_tilted_unit(-x, &other);
        NEAR_ABS(other.ln_sum, t.ln_sum + x, 1e-12 * (1.0 + fabs(x)));
        NEAR_REL(other.mean, 1.0 - t.mean, 1e-12);
    }
    for (double x = 1e-9; x < 50.0; x *= 1.17) {
        const double h = 1e-4 * fmax(x, 0.1);
        pel_tilted_unit(x, &t);
        pel_tilted_unit(x + h, &up);
        pel_tilted_unit(x - h, &down);
        NEAR_REL(t.mean, -(up.ln_sum - down.ln_sum) / (2.0 * h), 1e-6);
        NEAR_REL(t.spread, -(up.mean - down.mean) / (2.0 * h), 1e-6);
        NEAR_REL(exp(t.ln_sum), -expm1(-x) / x, 1e-14);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tilted_bars),
        cmocka_unit_test(cells_are_integrated_exactly),
        cmocka_unit_test(derivatives_are_central_differences),
        cmocka_unit_test(finer_bins_come_to_the_events),
        cmocka_unit_test(the_limits_are_the_joint_closure),
        cmocka_unit_test(one_cell_has_a_closed_form),
        cmocka_unit_test(the_map_is_the_rate),
        cmocka_unit_test(hops_are_drawn_from_the_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

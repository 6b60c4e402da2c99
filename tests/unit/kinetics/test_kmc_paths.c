#include <pelrate/constants.h>
#include <pelrate/kmc.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "../near.h"

static const double nu = 2.3e12;

/* n events at one level of a cell of 50 atoms; paths as wanted. */
static struct pel_landscape *make(size_t n, const double e_a[], const double e_r[],
                                  double paths)
{
    const struct pel_landscape_head head = {.name = "few events",
                                            .atoms = 50.0,
                                            .paths = paths,
                                            .attempt_frequency_Hz = nu,
                                            .molar_mass_g_per_mol = 70.0};
    const double e_is[8] = {-4.7, -4.7, -4.7, -4.7, -4.7, -4.7, -4.7, -4.7};
    struct pel_landscape *l = NULL;
    assert_int_equal(
        pel_landscape_create_events(&head, n, NULL, e_is, e_a, e_r, &l, NULL), PEL_OK);
    return l;
}

static struct pel_kmc_settings paths(uint64_t region, uint64_t cells, uint64_t replicas)
{
    struct pel_kmc_settings set = pel_kmc_settings_defaults();
    assert_int_equal(pel_kmc_mode_find("paths", &set.mode, NULL), PEL_OK);
    set.range = PEL_RANGE_EXTRAPOLATE;
    set.region = region;
    set.cells = cells;
    set.replicas = replicas;
    return set;
}

static struct pel_kmc *run(const struct pel_landscape *l,
                           const struct pel_programme *programme,
                           const struct pel_kmc_settings *set)
{
    struct pel_kmc *kmc = NULL;
    struct pel_error err = {0};
    if (pel_kmc_run(l, programme, -4.7, set, NULL, &kmc, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return kmc;
}

/* A region of one path is a two-level system: out over one of the events, and back over the
 * same. Occupation of the other side: k/(k + k') (1 - exp(-(k + k') t)) for each event. */
static void one_path_goes_to_and_fro(void **state)
{
    (void)state;
    enum { N = 3 };
    const double e_a[N] = {0.41, 0.37, 0.52}, e_r[N] = {0.33, 0.34, 0.41}, T = 731.0;
    struct pel_landscape *l = make(N, e_a, e_r, 4.0);
    const struct pel_kmc_settings set = paths(1, 20, 400); /* 80 regions */
    struct pel_programme *hold;
    assert_int_equal(pel_programme_isothermal(T, 4e-9, &hold, NULL), PEL_OK);
    struct pel_kmc *kmc = run(l, hold, &set);
    double moved = 0.0;
    for (size_t i = 1; i < kmc->n; i++) {
        double want = 0.0;
        for (int j = 0; j < N; j++) {
            const double out = nu * exp(-e_a[j] / (PEL_KB * T));
            const double back = nu * exp(-e_r[j] / (PEL_KB * T));
            want += 80.0 / N * (e_a[j] - e_r[j]) / (50.0 * 20.0) * out / (out + back) *
                    -expm1(-(out + back) * kmc->rows[i].time_s);
        }
        NEAR_ABS(kmc->rows[i].e_is + 4.7, want,
                 4.0 * kmc->rows[i].standard_error + 1e-12);
        moved = want;
    }
    assert_true(fabs(moved) > 15.0 * kmc->rows[kmc->n - 1].standard_error);
    pel_kmc_free(kmc);
    pel_programme_free(hold);
    pel_landscape_free(l);
}

/* The same two-level system through a ramp: its master equation, in small steps. */
static void one_path_in_a_ramp(void **state)
{
    (void)state;
    const double e_a = 0.61, e_r = 0.52, from = 300.0, to = 700.0, rate = 4e9;
    struct pel_landscape *l = make(1, &e_a, &e_r, 4.0);
    struct pel_kmc_settings set = paths(0, 20, 500);
    set.region = 1;
    set.max_dT_K = 20.0;
    set.window = 3.0; /* thinning has much to do */
    struct pel_programme *ramp;
    assert_int_equal(pel_programme_ramp(from, to, rate, &ramp, NULL), PEL_OK);
    struct pel_kmc *kmc = run(l, ramp, &set);
    enum { STEPS = 200000 };
    double p = 0.0;
    size_t row = 1;
    for (int i = 0; i < STEPS; i++) {
        const double T = from + (to - from) * (i + 0.5) / STEPS;
        const double out = nu * exp(-e_a / (PEL_KB * T)),
                     back = nu * exp(-e_r / (PEL_KB * T));
        p += (out * (1.0 - p) - back * p) * (to - from) / rate / STEPS;
        const double T_end = from + (to - from) * (i + 1.0) / STEPS;
        if (row < kmc->n && T_end >= kmc->rows[row].temperature_K * (1.0 - 1e-12)) {
            NEAR_ABS(kmc->rows[row].e_is + 4.7, 80.0 * p * (e_a - e_r) / 1000.0,
                     4.2 * kmc->rows[row].standard_error + 6e-7);
            row++;
        }
    }
    assert_int_equal(row, kmc->n);
    assert_true(p > 0.01);
    pel_kmc_free(kmc);
    pel_programme_free(ramp);
    pel_landscape_free(l);
}

/* Three paths of one kind, all uphill: a walk about the root of a tree. In equilibrium a node
 * at depth d has the weight q^d, q = exp(-beta (E_A - E_R)), and there are 3 2^(d-1) of
 * them. Ways are as deep as ten: lists are forgotten and drawn again. */
static void a_tree_in_equilibrium(void **state)
{
    (void)state;
    const double e_a = 0.30, e_r = 0.24, T = 760.0, q = exp(-(e_a - e_r) / (PEL_KB * T));
    assert_true(2.0 * q < 0.9 && 2.0 * q > 0.6);
    struct pel_landscape *l = make(1, &e_a, &e_r, 3.0);
    const struct pel_kmc_settings set = paths(3, 50, 40);
    struct pel_programme *hold;
    assert_int_equal(pel_programme_isothermal(T, 2e-9, &hold, NULL), PEL_OK);
    struct pel_kmc *kmc = run(l, hold, &set);
    double weight = 1.0, depth = 0.0, sum = 1.0;
    for (int d = 1; d < 2000; d++) {
        weight *= d == 1 ? 3.0 * q : 2.0 * q;
        sum += weight;
        depth += d * weight;
    }
    const struct pel_kmc_row *last = &kmc->rows[kmc->n - 1];
    NEAR_ABS(last->e_is + 4.7, depth / sum * (e_a - e_r) / 50.0,
             3.5 * last->standard_error);
    pel_kmc_free(kmc);
    pel_programme_free(hold);
    pel_landscape_free(l);
}

/* The whole cell as one region, on any number of threads; other kinds have paths too. */
static void threads_change_nothing(void **state)
{
    (void)state;
    const double e_a[3] = {0.41, 0.37, 0.52}, e_r[3] = {0.53, 0.60, 0.34};
    struct pel_landscape *l = make(3, e_a, e_r, 40.0);
    struct pel_kmc_settings set = paths(0, 3, 40);
    struct pel_programme *hold;
    struct pel_kmc *kmc[2];
    assert_int_equal(pel_programme_isothermal(600.0, 1e-10, &hold, NULL), PEL_OK);
    for (int k = 0; k < 2; k++) {
        set.threads = 1 + 2 * (size_t)k;
        kmc[k] = run(l, hold, &set);
    }
    assert_true(kmc[0]->hops > 200);
    for (size_t i = 0; i < kmc[0]->n; i++)
        assert_true(kmc[0]->rows[i].e_is == kmc[1]->rows[i].e_is);
    for (int k = 0; k < 2; k++)
        pel_kmc_free(kmc[k]);
    pel_programme_free(hold);
    pel_landscape_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_path_goes_to_and_fro),
        cmocka_unit_test(one_path_in_a_ramp),
        cmocka_unit_test(a_tree_in_equilibrium),
        cmocka_unit_test(threads_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

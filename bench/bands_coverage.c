/* How often bands cover the truth (spread.h): event landscapes are drawn from one that is
 * known, each gets its bands from replicates, and what is counted is the share that holds
 * the known value. Rows: how many samples of how many events a level has, and by how much
 * samples differ (tau); columns: the share for each quantity, at the middle level.
 *
 *   bands_coverage [truths] [replicates] [scans]
 *
 * T_max and the scan are worked out for the first `scans` truths of samples that do not
 * differ: they cost a hundred times what the others do.
 */

#include "../tests/unit/kinetics/truth.h"

#include <math.h>
#include <pelrate/constants.h>
#include <pelrate/dsc.h>
#include <pelrate/map.h>
#include <pelrate/spread.h>
#include <stdio.h>

enum { QUANTITIES = 9 };
static const char *const names[QUANTITIES] = {"E_log 500K", "E_log 700K", "E_log 900K",
                                              "E_kin 700K", "E_R",        "T_ss",
                                              "T_max",      "e_glass",    "peak"};

/* T_ss between temperatures that hold it, by bisection; NaN where they do not. */
static double steady(struct pel_rate *rate, double tau)
{
    double lo = 100.0, hi = 4000.0;
    struct pel_rate_point p;
    for (int k = 0; k < 40; k++) {
        const double T = 0.5 * (lo + hi);
        if (pel_rate_evaluate(rate, truth_e[1], T, &p, NULL) != PEL_OK) return NAN;
        /* A spread between samples lowers E_log of all of them together. */
        if (p.e_log - 0.5 * tau * tau / (PEL_KB * T) < p.e_r)
            lo = T;
        else
            hi = T;
    }
    return lo > 101.0 && hi < 3999.0 ? 0.5 * (lo + hi) : NAN;
}

static pel_status values_of(struct pel_rate *rate, void *context, double values[],
                            struct pel_error *err)
{
    const double tau = *(const double *)context;
    static const double T[3] = {500.0, 700.0, 900.0};
    struct pel_rate_point p;
    for (size_t k = 0; k < 3; k++) {
        const pel_status status = pel_rate_evaluate(rate, truth_e[1], T[k], &p, err);
        if (status != PEL_OK) return status;
        const double beta = 1.0 / (PEL_KB * T[k]);
        values[k] = p.e_log - 0.5 * tau * tau * beta;
        if (k == 1) values[3] = p.e_kin - tau * tau * beta;
        values[4] = p.e_r;
    }
    values[5] = steady(rate, tau);
    values[6] = values[7] = values[8] = NAN;
    return PEL_OK;
}

static pel_status with_scan(struct pel_rate *rate, void *context, double values[],
                            struct pel_error *err)
{
    const pel_status status = values_of(rate, context, values, err);
    if (status != PEL_OK) return status;
    struct pel_map_curve curve;
    if (pel_map_curve(rate, truth_e[1], NULL, &curve, NULL) == PEL_OK)
        values[6] = curve.T_max_K;
    struct pel_dsc_settings set = pel_dsc_settings_defaults();
    struct pel_dsc *dsc = NULL;
    set.e_start = -4.665;
    set.start_K = 800.0;
    set.end_K = 700.0;
    set.ageing.rtol = 1e-6;
    set.ageing.max_dT_K = 2.0;
    if (pel_dsc_run(rate, &set, NULL, &dsc, NULL) == PEL_OK) {
        values[7] = dsc->peaks.e_glass;
        values[8] = dsc->peaks.peak_K;
    }
    pel_dsc_free(dsc);
    return PEL_OK;
}

static int count(struct pel_rate *known, size_t samples, size_t events, double tau,
                 size_t truths, size_t replicates, size_t scans)
{
    double want[QUANTITIES], zero = 0.0;
    if (with_scan(known, &tau, want, NULL) != PEL_OK) return -1;
    size_t covered[QUANTITIES] = {0}, there[QUANTITIES] = {0};
    for (uint64_t k = 0; k < truths; k++) {
        struct pel_landscape *l = truth_draw(1000 + k, samples, events, tau);
        const pel_spread_function f = tau == 0.0 && k < scans ? with_scan : values_of;
        const struct pel_closure *closure = pel_closure_at(0);
        const struct pel_spread_settings set = {
            .replicates = replicates, .seed = k, .share = 0.6827};
        struct pel_rate *rate = NULL;
        double lo[QUANTITIES], hi[QUANTITIES];
        if (l == NULL ||
            pel_rate_create(l, closure, PEL_RANGE_EXTRAPOLATE, &rate, NULL) != PEL_OK ||
            pel_spread_run(rate, &set, QUANTITIES, f, &zero, NULL, lo, hi, NULL, NULL) !=
                PEL_OK)
            return -1;
        for (size_t i = 0; i < QUANTITIES; i++) {
            there[i] += lo[i] <= hi[i];
            covered[i] += lo[i] <= want[i] && want[i] <= hi[i];
        }
        pel_rate_free(rate);
        pel_landscape_free(l);
    }
    printf("%8zu %7zu %5.2f", samples, events, tau);
    for (size_t i = 0; i < QUANTITIES; i++)
        if (there[i] > 0)
            printf(" %10.2f", (double)covered[i] / (double)there[i]);
        else
            printf(" %10s", "-");
    printf("\n");
    fflush(stdout);
    return 0;
}

int main(int argc, char **argv)
{
    const size_t truths = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
    const size_t replicates = argc > 2 ? strtoul(argv[2], NULL, 10) : 60;
    const size_t scans = argc > 3 ? strtoul(argv[3], NULL, 10) : truths / 5;
    struct pel_landscape *truth = truth_make();
    struct pel_rate *known = NULL;
    if (truth == NULL || pel_rate_create(truth, pel_closure_at(0), PEL_RANGE_EXTRAPOLATE,
                                         &known, NULL) != PEL_OK)
        return 1;
    printf("share of %zu truths that bands of %zu replicates cover, expected 0.68 +- "
           "%.2f\n samples  events   tau",
           truths, replicates, sqrt(0.68 * 0.32 / (double)truths));
    for (size_t i = 0; i < QUANTITIES; i++)
        printf(" %10s", names[i]);
    printf("\n");
    static const struct {
        size_t samples, events;
        double tau;
    } cases[] = {{1, 100, 0.0},  {1, 400, 0.0}, {4, 100, 0.0},  {4, 100, 0.02},
                 {4, 100, 0.05}, {3, 100, 0.0}, {10, 100, 0.0}, {10, 100, 0.05}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++)
        if (count(known, cases[c].samples, cases[c].events, cases[c].tau, truths,
                  replicates, scans) != 0)
            return 1;
    pel_rate_free(known);
    pel_landscape_free(truth);
    return 0;
}

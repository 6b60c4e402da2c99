#include <pelrate/map.h>

#include <pelrate/constants.h>
#include <pelrate/exponentials.h>
#include <pelrate/raster.h>
#include <pelrate/root.h>

#include <math.h>
#include <stdlib.h>

pel_status pel_map_run(struct pel_rate *rate, size_t n_e, const double e_is[], size_t n_T,
                       const double temperature_K[], const struct pel_progress *progress,
                       struct pel_rate_point points[], struct pel_error *err)
{
    /* Temperature outside: the spectra of all levels at one temperature are worked out
     * once. */
    for (size_t j = 0; j < n_T; j++) {
        for (size_t i = 0; i < n_e; i++) {
            const pel_status status = pel_rate_evaluate(rate, e_is[i], temperature_K[j],
                                                        &points[i * n_T + j], err);
            if (status != PEL_OK) return status;
        }
        if (pel_progress_report(progress, (double)(j + 1), (double)n_T, "map") != PEL_OK)
            return pel_error_set(err, PEL_ESTOPPED,
                                 "interrupted at temperature %zu of %zu", j + 1, n_T);
    }
    return PEL_OK;
}

/* Point by point. */
static pel_status evaluate_rates(struct pel_rate *rate, size_t n_e, const double e_is[],
                                 size_t n_T, const double temperature_K[],
                                 const struct pel_progress *progress, double rates[],
                                 int extrapolated[], struct pel_error *err)
{
    for (size_t j = 0; j < n_T; j++) {
        for (size_t i = 0; i < n_e; i++) {
            struct pel_rate_point point;
            const pel_status status =
                pel_rate_evaluate(rate, e_is[i], temperature_K[j], &point, err);
            if (status != PEL_OK) return status;
            rates[i * n_T + j] = point.rate;
            if (extrapolated != NULL) extrapolated[i] = point.extrapolated;
        }
        if (pel_progress_report(progress, (double)(j + 1), (double)n_T, "map") != PEL_OK)
            return pel_error_set(err, PEL_ESTOPPED,
                                 "interrupted at temperature %zu of %zu", j + 1, n_T);
    }
    return PEL_OK;
}

/* One E_IS, all temperatures: f = hops * gain, hops = (nu M/N) Z. */
static void rates_of_row(const struct pel_closure *closure, double ln_prefactor,
                         const struct pel_raster_row *row, double gain[], double rates[])
{
    closure->gains(row, gain);
    for (size_t j = 0; j < row->n; j++)
        rates[j] = ln_prefactor + row->ln_z[j];
    pel_exponentials(row->n, rates, rates);
    for (size_t j = 0; j < row->n; j++)
        rates[j] *= gain[j];
}

pel_status pel_map_rates(struct pel_rate *rate, size_t n_e, const double e_is[],
                         size_t n_T, const double temperature_K[],
                         const struct pel_progress *progress, double rates[],
                         int extrapolated[], struct pel_error *err)
{
    const struct pel_landscape *landscape = pel_rate_landscape(rate);
    const struct pel_closure *closure = pel_rate_closure(rate);
    if (n_T == 0 || n_e == 0) return PEL_OK;
    if (closure->gains == NULL || pel_landscape_levels(landscape) == 0)
        return evaluate_rates(rate, n_e, e_is, n_T, temperature_K, progress, rates,
                              extrapolated, err);
    const struct pel_landscape_head *head = pel_landscape_head(landscape);
    const double ln_prefactor =
        log(head->attempt_frequency_Hz * head->paths / head->atoms);
    struct pel_raster *raster = NULL;
    double *beta = calloc(2 * n_T, sizeof *beta), *gain = beta + n_T;
    if (beta == NULL) return pel_error_set(err, PEL_ENOMEM, "map: out of memory");
    pel_status status = PEL_OK;
    for (size_t j = 0; j < n_T && status == PEL_OK; j++) {
        if (!(temperature_K[j] > 0.0 && isfinite(temperature_K[j])))
            status =
                pel_error_set(err, PEL_EARG, "temperature is %g K, expected a number > 0",
                              temperature_K[j]);
        beta[j] = 1.0 / (PEL_KB * temperature_K[j]);
    }
    if (status == PEL_OK)
        status =
            pel_raster_create(landscape, closure->gains_want, n_T, beta, &raster, err);
    for (size_t i = 0; i < n_e && status == PEL_OK; i++) {
        struct pel_raster_row row;
        status = pel_raster_at(raster, e_is[i], pel_rate_range(rate), &row, err);
        if (status != PEL_OK) break;
        rates_of_row(closure, ln_prefactor, &row, gain, rates + i * n_T);
        if (extrapolated != NULL) extrapolated[i] = row.extrapolated;
        if (pel_progress_report(progress, (double)(i + 1), (double)n_e, "map") != PEL_OK)
            status = pel_error_set(err, PEL_ESTOPPED, "interrupted at E_IS %zu of %zu",
                                   i + 1, n_e);
    }
    pel_raster_free(raster);
    free(beta);
    return status;
}

struct pel_map_settings pel_map_settings_defaults(void)
{
    return (struct pel_map_settings){
        .T_min_K = 30.0, .T_max_K = 5000.0, .n_scan = 200, .rtol = 1e-12};
}

struct at_energy {
    struct pel_rate *rate;
    double e_is;
};

static int balance(double temperature, void *context, double *f)
{
    const struct at_energy *at = context;
    struct pel_rate_point point;
    if (pel_rate_evaluate(at->rate, at->e_is, temperature, &point, NULL) != PEL_OK)
        return -1;
    *f = point.e_x - point.e_r;
    return 0;
}

static int slope(double temperature, void *context, double *f)
{
    const struct at_energy *at = context;
    struct pel_rate_point point;
    if (pel_rate_evaluate(at->rate, at->e_is, temperature, &point, NULL) != PEL_OK)
        return -1;
    *f = point.hop_slope_T;
    return 0;
}

static int openness(double temperature, void *context, double *f)
{
    const struct at_energy *at = context;
    struct pel_rate_point point;
    if (pel_rate_evaluate(at->rate, at->e_is, temperature, &point, NULL) != PEL_OK)
        return -1;
    *f = point.ln_open;
    return 0;
}

/* The first stretch of temperature in which the system is trapped; open[n + 1] says where it
 * is not. */
static void find_trap(struct at_energy *at, const struct pel_map_settings *set,
                      const double T[], const double open[], struct pel_map_curve *out)
{
    struct pel_root_settings root = pel_root_settings_defaults();
    root.xrtol = set->rtol;
    size_t k = 0;
    while (k <= set->n_scan && !(open[k] <= 0.0))
        k++; /* NaN: another closure */
    if (k > set->n_scan) return;
    out->trapped_from_K = T[0];
    if (k > 0 && pel_root_find(openness, at, T[k - 1], T[k], &root, &out->trapped_from_K,
                               NULL, NULL) != PEL_OK)
        out->trapped_from_K = T[k];
    while (k <= set->n_scan && open[k] <= 0.0)
        k++;
    out->trapped_to_K = T[set->n_scan];
    if (k <= set->n_scan && pel_root_find(openness, at, T[k - 1], T[k], &root,
                                          &out->trapped_to_K, NULL, NULL) != PEL_OK)
        out->trapped_to_K = T[k - 1];
}

/* Pieces of an interval in which a sign of df/dT that the scan did not show is looked
 * for. */
#define FINE_PIECES 64

/* The minimum of f between lo and hi, of which the scan says that f
 * is lower in between. */
static pel_status find_fastest(struct at_energy *at, const struct pel_map_settings *set,
                               double lo, double hi, double *temperature)
{
    struct pel_root_settings root = pel_root_settings_defaults();
    root.xrtol = set->rtol;
    double below = lo, slope_below, lowest = INFINITY;
    pel_status status = PEL_ENOROOT;
    if (slope(lo, at, &slope_below) != 0) return PEL_ENOROOT;
    for (int k = 1; k <= FINE_PIECES; k++) {
        const double above = k < FINE_PIECES ? lo + (hi - lo) * k / FINE_PIECES : hi;
        double slope_above, T;
        if (slope(above, at, &slope_above) != 0) return PEL_ENOROOT;
        if (slope_below < 0.0 && slope_above >= 0.0 &&
            pel_root_find(slope, at, below, above, &root, &T, NULL, NULL) == PEL_OK) {
            struct pel_rate_point point;
            /* Several minima: the deepest. f cannot underflow so near its largest value
             * unless everything does; ln|f| decides. */
            if (pel_rate_evaluate(at->rate, at->e_is, T, &point, NULL) == PEL_OK &&
                point.sign < 0 && -point.ln_abs_rate < lowest) {
                lowest = -point.ln_abs_rate;
                *temperature = T;
                status = PEL_OK;
            }
        }
        below = above;
        slope_below = slope_above;
    }
    return status;
}

/* Signs of f over temperature, and where it is most negative. */
struct scan {
    double *T;      /* [n + 1] [K], owned */
    double *open;   /* [n + 1] ln_open, owned */
    int *sign;      /* [n + 1] owned */
    size_t fastest; /* n + 1: it rejuvenates at every temperature */
};

static void free_scan(struct scan *scan)
{
    free(scan->T);
    free(scan->open);
    free(scan->sign);
}

/* out: crossings and extrapolated. The caller frees the scan, also after an error. */
static pel_status run_scan(struct pel_rate *rate, double e_is,
                           const struct pel_map_settings *set, struct scan *scan,
                           struct pel_map_curve *out, struct pel_error *err)
{
    const size_t n = set->n_scan;
    *scan = (struct scan){.fastest = n + 1};
    if (!(set->T_min_K > 0.0 && set->T_max_K > set->T_min_K && isfinite(set->T_max_K) &&
          set->n_scan >= 2 && set->rtol > 0.0))
        return pel_error_set(err, PEL_EARG,
                             "map: expected 0 < T_min < T_max, two scan intervals and a "
                             "tolerance > 0 (%g K, %g K, %zu, %g)",
                             set->T_min_K, set->T_max_K, set->n_scan, set->rtol);
    scan->T = calloc(n + 1, sizeof *scan->T);
    scan->open = calloc(n + 1, sizeof *scan->open);
    scan->sign = calloc(n + 1, sizeof *scan->sign);
    if (scan->T == NULL || scan->open == NULL || scan->sign == NULL)
        return pel_error_set(err, PEL_ENOMEM, "map: out of memory");
    double ln_fastest = -INFINITY;
    for (size_t k = 0; k <= n; k++) {
        struct pel_rate_point point;
        scan->T[k] =
            set->T_min_K * pow(set->T_max_K / set->T_min_K, (double)k / (double)n);
        const pel_status status = pel_rate_evaluate(rate, e_is, scan->T[k], &point, err);
        if (status != PEL_OK) return status;
        scan->sign[k] = point.sign;
        scan->open[k] = point.ln_open;
        out->extrapolated = point.extrapolated;
        if (k > 0 && scan->sign[k] * scan->sign[k - 1] < 0) out->crossings++;
        if (point.sign < 0 && point.ln_abs_rate > ln_fastest) {
            ln_fastest = point.ln_abs_rate;
            scan->fastest = k;
        }
    }
    return PEL_OK;
}

static void find_steady(struct at_energy *at, const struct pel_map_settings *set,
                        const struct scan *scan, struct pel_map_curve *out)
{
    for (size_t k = scan->fastest + 1; k <= set->n_scan; k++) {
        if (scan->sign[k] <= 0) continue;
        struct pel_root_settings root = pel_root_settings_defaults();
        root.xrtol = set->rtol;
        out->T_ss_status = pel_root_find(balance, at, scan->T[k - 1], scan->T[k], &root,
                                         &out->T_ss_K, NULL, NULL);
        if (out->T_ss_status != PEL_OK) out->T_ss_K = NAN;
        break;
    }
}

static struct pel_map_curve empty_curve(double e_is)
{
    return (struct pel_map_curve){.e_is = e_is,
                                  .T_max_K = NAN,
                                  .rate_at_T_max = NAN,
                                  .T_ss_K = NAN,
                                  .trapped_from_K = NAN,
                                  .trapped_to_K = NAN,
                                  .T_max_status = PEL_ENOROOT,
                                  .T_ss_status = PEL_ENOROOT};
}

pel_status pel_map_steady(struct pel_rate *rate, double e_is,
                          const struct pel_map_settings *settings, double *T_ss_K,
                          struct pel_error *err)
{
    const struct pel_map_settings set =
        settings != NULL ? *settings : pel_map_settings_defaults();
    struct at_energy at = {.rate = rate, .e_is = e_is};
    struct pel_map_curve curve = empty_curve(e_is);
    struct scan scan;
    const pel_status status = run_scan(rate, e_is, &set, &scan, &curve, err);
    if (status == PEL_OK) find_steady(&at, &set, &scan, &curve);
    free_scan(&scan);
    *T_ss_K = curve.T_ss_K;
    return status;
}

pel_status pel_map_curve(struct pel_rate *rate, double e_is,
                         const struct pel_map_settings *settings,
                         struct pel_map_curve *out, struct pel_error *err)
{
    const struct pel_map_settings set =
        settings != NULL ? *settings : pel_map_settings_defaults();
    struct at_energy at = {.rate = rate, .e_is = e_is};
    struct scan scan;
    *out = empty_curve(e_is);
    pel_status status = run_scan(rate, e_is, &set, &scan, out, err);
    if (status != PEL_OK) goto done;
    find_trap(&at, &set, scan.T, scan.open, out);
    if (scan.fastest > 0 && scan.fastest < set.n_scan &&
        find_fastest(&at, &set, scan.T[scan.fastest - 1], scan.T[scan.fastest + 1],
                     &out->T_max_K) == PEL_OK) {
        struct pel_rate_point point;
        status = pel_rate_evaluate(rate, e_is, out->T_max_K, &point, err);
        if (status != PEL_OK) goto done;
        out->rate_at_T_max = point.rate;
        out->T_max_status = PEL_OK;
    }
    find_steady(&at, &set, &scan, out);
done:
    free_scan(&scan);
    return status;
}

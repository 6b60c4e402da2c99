#include <pelrate/dma.h>

#include <pelrate/constants.h>
#include <pelrate/root.h>

#include <math.h>
#include <stdlib.h>

struct pel_dma {
    struct pel_qpd qpd;
    double energy_eV;         /* E_beta under the stress; NaN: no temperature */
    double ln_beta_reference; /* ln tau_beta under the stress at the set's temperature */
    struct pel_hierarchy hierarchy;
    struct pel_relaxation *spectrum[PEL_QPD_COMPONENTS]; /* relative times; NULL; owned */
};

struct pel_dma_settings pel_dma_settings_defaults(void)
{
    return (struct pel_dma_settings){.spectra = pel_gumbel_settings_defaults(),
                                     .stress_MPa = 0.0};
}

void pel_dma_free(struct pel_dma *dma)
{
    if (dma == NULL) return;
    for (int c = 0; c < PEL_QPD_COMPONENTS; c++)
        pel_relaxation_free(dma->spectrum[c]);
    free(dma);
}

struct pel_hierarchy pel_dma_hierarchy(const struct pel_dma *dma)
{
    return dma->hierarchy;
}

/* chi, tau_0 and T_g: those of the set, or those that meet its times. */
static pel_status set_hierarchy(struct pel_dma *dma, struct pel_error *err)
{
    const struct pel_qpd *q = &dma->qpd;
    dma->hierarchy = (struct pel_hierarchy){.chi = q->chi,
                                            .tau0_s = q->hierarchy_tau0_s,
                                            .glass_K = INFINITY,
                                            .chi_slope_per_K = 0.0};
    if (isnan(q->glass_K) != isnan(q->chi_slope_per_K))
        return pel_error_set(
            err, PEL_EARG, "%s without %s, expected both or neither",
            isnan(q->glass_K) ? "hierarchy chi_slope" : "glass temperature",
            isnan(q->glass_K) ? "glass temperature" : "hierarchy chi_slope");
    if (!isnan(q->glass_K)) {
        dma->hierarchy.glass_K = q->glass_K;
        dma->hierarchy.chi_slope_per_K = q->chi_slope_per_K;
    }
    if (isnan(q->chi) != isnan(q->hierarchy_tau0_s))
        return pel_error_set(
            err, PEL_EARG, "hierarchy %s without hierarchy %s, expected both or neither",
            isnan(q->chi) ? "tau0" : "chi", isnan(q->chi) ? "chi" : "tau0");
    if (!isnan(q->chi) || !pel_qpd_has(q, PEL_QPD_ANELASTIC) ||
        !pel_qpd_has(q, PEL_QPD_VISCOPLASTIC))
        return PEL_OK;
    /* The set's times are those without a stress. */
    return pel_hierarchy_solve(q->part[PEL_QPD_BETA].tau_s,
                               q->part[PEL_QPD_ANELASTIC].tau_s,
                               q->part[PEL_QPD_VISCOPLASTIC].tau_s, &dma->hierarchy.chi,
                               &dma->hierarchy.tau0_s, err);
}

static pel_status set_thermal(struct pel_dma *dma, double stress_MPa,
                              struct pel_error *err)
{
    const struct pel_qpd *q = &dma->qpd;
    dma->energy_eV = NAN;
    dma->hierarchy = (struct pel_hierarchy){.chi = NAN, .tau0_s = NAN};
    const int thermal = pel_qpd_require(q, PEL_QPD_THERMAL, NULL, NULL) == PEL_OK;
    if (!(stress_MPa >= 0.0))
        return pel_error_set(err, PEL_EARG, "stress is %g MPa, expected 0 or more",
                             stress_MPa);
    if (!thermal) {
        if (stress_MPa == 0.0) return PEL_OK;
        return pel_qpd_require(q, PEL_QPD_THERMAL | PEL_QPD_STRESS, NULL, err);
    }
    dma->energy_eV = q->activation_energy_eV;
    dma->ln_beta_reference = log(q->part[PEL_QPD_BETA].tau_s);
    if (stress_MPa > 0.0) {
        pel_status status = pel_qpd_require(q, PEL_QPD_STRESS, NULL, err);
        if (status == PEL_OK)
            status = pel_hierarchy_barrier(q->activation_energy_eV, stress_MPa,
                                           q->barrier_stress_MPa, &dma->energy_eV, err);
        if (status != PEL_OK) return status;
        /* tau_0 of Eq. 17 stays: the time at the set's temperature falls with E_beta. */
        dma->ln_beta_reference -=
            (q->activation_energy_eV - dma->energy_eV) / (PEL_KB * q->temperature_K);
    }
    return set_hierarchy(dma, err);
}

pel_status pel_dma_create(const struct pel_qpd *qpd,
                          const struct pel_dma_settings *settings, struct pel_dma **out,
                          struct pel_error *err)
{
    *out = NULL;
    const struct pel_dma_settings set =
        settings != NULL ? *settings : pel_dma_settings_defaults();
    pel_status status = pel_qpd_require(qpd, PEL_QPD_COMPLIANCES, NULL, err);
    if (status != PEL_OK) return status;
    struct pel_dma *dma = calloc(1, sizeof *dma);
    if (dma == NULL) return pel_error_set(err, PEL_ENOMEM, "dma");
    dma->qpd = *qpd;
    status = set_thermal(dma, set.stress_MPa, err);
    if (status == PEL_OK) status = pel_qpd_spectra(qpd, &set.spectra, dma->spectrum, err);
    if (status != PEL_OK) {
        pel_dma_free(dma);
        return status;
    }
    *out = dma;
    return PEL_OK;
}

/* ln tau of each component [ln s] and its derivative by T [1/K]. */
static void times_at(const struct pel_dma *dma, double T, int below, double ln_tau[],
                     double by_T[], double *chi)
{
    const struct pel_qpd *q = &dma->qpd;
    *chi = NAN;
    for (int c = 0; c < PEL_QPD_COMPONENTS; c++) {
        ln_tau[c] =
            pel_qpd_has(q, (enum pel_qpd_component)c) ? log(q->part[c].tau_s) : NAN;
        by_T[c] = 0.0;
    }
    if (isnan(T) || isnan(dma->energy_eV)) return;
    const double ln_given = ln_tau[PEL_QPD_BETA], e = dma->energy_eV / PEL_KB;
    const double ln_beta =
        dma->ln_beta_reference + e * (1.0 / T - 1.0 / q->temperature_K);
    const double slope = -e / (T * T);
    ln_tau[PEL_QPD_BETA] = ln_beta;
    by_T[PEL_QPD_BETA] = slope;
    if (isnan(dma->hierarchy.chi)) {
        for (int c = PEL_QPD_ANELASTIC; c < PEL_QPD_COMPONENTS; c++) {
            ln_tau[c] += ln_beta - ln_given;
            by_T[c] = slope;
        }
        return;
    }
    struct pel_hierarchy_times times;
    pel_hierarchy_at(&dma->hierarchy, T, ln_beta, slope, below, &times);
    *chi = times.chi;
    ln_tau[PEL_QPD_ANELASTIC] = times.ln_an;
    by_T[PEL_QPD_ANELASTIC] = times.ln_an_by_T;
    ln_tau[PEL_QPD_VISCOPLASTIC] = times.ln_vp;
    by_T[PEL_QPD_VISCOPLASTIC] = times.ln_vp_by_T;
}

/* E'' and its derivative from J', J'' and theirs. */
static double loss_slope(double storage, double loss, double storage_slope,
                         double loss_slope_)
{
    const double square = storage * storage + loss * loss;
    return (loss_slope_ -
            loss / square * 2.0 * (storage * storage_slope + loss * loss_slope_)) /
           square;
}

static void evaluate(const struct pel_dma *dma, double frequency_Hz, double T, int below,
                     struct pel_dma_point *out)
{
    const struct pel_qpd *q = &dma->qpd;
    double ln_tau[PEL_QPD_COMPONENTS], by_T[PEL_QPD_COMPONENTS];
    *out = (struct pel_dma_point){.storage_per_GPa = q->elastic_per_GPa,
                                  .unrelaxed_GPa = 1.0 / q->elastic_per_GPa};
    times_at(dma, T, below, ln_tau, by_T, &out->chi);
    const double ln_omega = log(2.0 * PEL_PI * frequency_Hz);
    double storage_T = 0.0, loss_T = 0.0, storage_f = 0.0, loss_f = 0.0;
    for (int c = 0; c < PEL_QPD_COMPONENTS; c++) {
        out->tau_s[c] = dma->spectrum[c] != NULL ? exp(ln_tau[c]) : NAN;
        if (dma->spectrum[c] == NULL) continue;
        /* A time beyond the range of numbers: nothing moves, or all has. */
        const double omega_tau = exp(fmin(fmax(ln_omega + ln_tau[c], -300.0), 300.0));
        const double J = q->part[c].compliance_per_GPa;
        struct pel_relaxation_wave wave;
        pel_relaxation_wave(dma->spectrum[c], omega_tau, &wave);
        out->storage_per_GPa += J * wave.storage;
        out->loss_per_GPa += J * wave.loss;
        storage_T += J * wave.storage_slope * by_T[c];
        loss_T += J * wave.loss_slope * by_T[c];
        storage_f += J * wave.storage_slope;
        loss_f += J * wave.loss_slope;
    }
    const double s = out->storage_per_GPa, l = out->loss_per_GPa, square = s * s + l * l;
    out->storage_GPa = s / square;
    out->loss_GPa = l / square;
    out->tan_delta = l / s;
    out->loss_by_T = loss_slope(s, l, storage_T, loss_T);
    out->loss_by_ln_f = loss_slope(s, l, storage_f, loss_f);
}

static pel_status check(const struct pel_dma *dma, double frequency_Hz,
                        double temperature_K, struct pel_error *err)
{
    if (!(frequency_Hz > 0.0 && isfinite(frequency_Hz)))
        return pel_error_set(err, PEL_EARG, "frequency is %g Hz, expected a number > 0",
                             frequency_Hz);
    if (isnan(temperature_K)) return PEL_OK;
    if (!(temperature_K > 0.0 && isfinite(temperature_K)))
        return pel_error_set(err, PEL_EARG, "temperature is %g K, expected a number > 0",
                             temperature_K);
    if (isnan(dma->energy_eV))
        return pel_qpd_require(&dma->qpd, PEL_QPD_THERMAL, NULL, err);
    return PEL_OK;
}

pel_status pel_dma_at(const struct pel_dma *dma, double frequency_Hz,
                      double temperature_K, struct pel_dma_point *out,
                      struct pel_error *err)
{
    const pel_status status = check(dma, frequency_Hz, temperature_K, err);
    if (status == PEL_OK) evaluate(dma, frequency_Hz, temperature_K, 0, out);
    return status;
}

/* ---- peaks ------------------------------------------------------------------------- */

/* Along which axis, and which side of a corner the derivative is taken on. */
struct scan {
    const struct pel_dma *dma;
    double frequency_Hz, temperature_K; /* the one that is held */
    int over_T;
    int below;
};

static double slope_at(const struct scan *scan, double x, double *loss)
{
    struct pel_dma_point point;
    evaluate(scan->dma, scan->over_T ? scan->frequency_Hz : exp(x),
             scan->over_T ? x : scan->temperature_K, scan->below, &point);
    if (loss != NULL) *loss = point.loss_GPa;
    return scan->over_T ? point.loss_by_T : point.loss_by_ln_f;
}

static int slope_function(double x, void *context, double *f)
{
    *f = slope_at(context, x, NULL);
    return 0;
}

static void keep(const struct scan *scan, double x, int corner, size_t room, size_t *n,
                 struct pel_dma_peak peaks[])
{
    if (*n < room) {
        peaks[*n] =
            (struct pel_dma_peak){.at = scan->over_T ? x : exp(x), .corner = corner};
        slope_at(scan, x, &peaks[*n].loss_GPa);
    }
    ++*n;
}

/* Maxima between a and b, where E'' is smooth; what the slope is at b from below. */
static pel_status scan_piece(struct scan *scan, double a, double b, size_t n_scan,
                             size_t room, size_t *n, struct pel_dma_peak peaks[],
                             double *slope_end, struct pel_error *err)
{
    scan->below = 0;
    double x = a, slope = slope_at(scan, a, NULL);
    for (size_t i = 1; i <= n_scan; i++) {
        const double next = i < n_scan ? a + (b - a) * (double)i / (double)n_scan : b;
        scan->below = i == n_scan;
        const double next_slope = slope_at(scan, next, NULL);
        if (slope > 0.0 && next_slope <= 0.0) {
            double top;
            const pel_status status =
                pel_root_find(slope_function, scan, x, next, NULL, &top, NULL, err);
            if (status != PEL_OK) return status;
            keep(scan, top, 0, room, n, peaks);
        }
        x = next;
        slope = next_slope;
    }
    *slope_end = slope;
    return PEL_OK;
}

pel_status pel_dma_peaks(const struct pel_dma *dma, double frequency_Hz, double T_lo_K,
                         double T_hi_K, size_t n_scan, size_t *n_peaks,
                         struct pel_dma_peak peaks[], struct pel_error *err)
{
    const size_t room = *n_peaks;
    *n_peaks = 0;
    pel_status status = check(dma, frequency_Hz, T_lo_K, err);
    if (status != PEL_OK) return status;
    if (!(T_hi_K > T_lo_K && isfinite(T_hi_K)) || n_scan == 0)
        return pel_error_set(err, PEL_EARG,
                             "peaks from %g to %g K in %zu steps, expected a range and a "
                             "step",
                             T_lo_K, T_hi_K, n_scan);
    struct scan scan = {.dma = dma, .frequency_Hz = frequency_Hz, .over_T = 1};
    /* Corners of chi(T) cut the range: the slope of E'' jumps there. */
    const struct pel_hierarchy *h = &dma->hierarchy;
    const double corners[2] = {h->glass_K,
                               h->glass_K + (1.0 - h->chi) / h->chi_slope_per_K};
    double from = T_lo_K;
    for (int k = 0; k <= 2; k++) {
        const int is_corner = k < 2 && corners[k] > from && corners[k] < T_hi_K;
        if (k < 2 && !is_corner) continue;
        const double to = is_corner ? corners[k] : T_hi_K;
        const double share = (to - from) / (T_hi_K - T_lo_K);
        double before;
        status = scan_piece(&scan, from, to, (size_t)ceil((double)n_scan * share) + 1,
                            room, n_peaks, peaks, &before, err);
        if (status != PEL_OK) return status;
        scan.below = 0;
        if (is_corner && before > 0.0 && slope_at(&scan, to, NULL) < 0.0)
            keep(&scan, to, 1, room, n_peaks, peaks);
        from = to;
    }
    return PEL_OK;
}

pel_status pel_dma_frequency_peaks(const struct pel_dma *dma, double temperature_K,
                                   double f_lo_Hz, double f_hi_Hz, size_t n_scan,
                                   size_t *n_peaks, struct pel_dma_peak peaks[],
                                   struct pel_error *err)
{
    const size_t room = *n_peaks;
    *n_peaks = 0;
    const pel_status status = check(dma, f_lo_Hz, temperature_K, err);
    if (status != PEL_OK) return status;
    if (!(f_hi_Hz > f_lo_Hz && isfinite(f_hi_Hz)) || n_scan == 0)
        return pel_error_set(
            err, PEL_EARG,
            "peaks from %g to %g Hz in %zu steps, expected a range and a "
            "step",
            f_lo_Hz, f_hi_Hz, n_scan);
    struct scan scan = {.dma = dma, .temperature_K = temperature_K, .over_T = 0};
    double end;
    return scan_piece(&scan, log(f_lo_Hz), log(f_hi_Hz), n_scan, room, n_peaks, peaks,
                      &end, err);
}

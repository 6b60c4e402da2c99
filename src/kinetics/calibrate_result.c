#include "calibrate_priv.h"

#include <pelrate/statistics.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *pel_calibrate_verdict_name(enum pel_calibrate_verdict verdict)
{
    switch (verdict) {
    case PEL_CALIBRATE_DETERMINED:
        return "yes";
    case PEL_CALIBRATE_ONE_SIDED:
        return "one-sided";
    case PEL_CALIBRATE_UNDETERMINED:
        return "no";
    }
    return "";
}

void pel_calibrate_free(struct pel_calibrate *result)
{
    if (result == NULL) return;
    for (size_t s = 0; s < result->n_scans; s++) {
        if (result->fitted != NULL) free(result->fitted[s]);
        if (result->baseline != NULL) free(result->baseline[s]);
    }
    free(result->fitted);
    free(result->baseline);
    free(result->sigma);
    free(result->parameter);
    pel_landscape_free(result->landscape);
    free(result);
}

pel_status calibration_result(const struct calibration *fit, struct pel_calibrate **out,
                              struct pel_error *err)
{
    struct pel_calibrate *result = calloc(1, sizeof *result);
    if (result == NULL)
        return pel_error_set(err, PEL_ENOMEM, "calibration: out of memory");
    result->n_free = fit->n_free;
    result->n = fit->n;
    result->n_scans = fit->n_scans;
    result->points = fit->m;
    result->parameter = calloc(fit->n, sizeof *result->parameter);
    result->sigma = calloc(fit->n_scans, sizeof *result->sigma);
    result->fitted = calloc(fit->n_scans, sizeof *result->fitted);
    result->baseline = calloc(fit->n_scans, sizeof *result->baseline);
    if (result->parameter == NULL || result->sigma == NULL || result->fitted == NULL ||
        result->baseline == NULL) {
        pel_calibrate_free(result);
        return pel_error_set(err, PEL_ENOMEM, "calibration: out of memory");
    }
    *out = result;
    return PEL_OK;
}

/* Of the residuals of neighbouring points. */
static double autocorrelation(const struct calibration *fit)
{
    double both = 0.0, square = 0.0;
    const double *r = fit->r;
    for (size_t s = 0; s < fit->n_scans; s++) {
        for (size_t i = 0; i < fit->scans[s].n; i++) {
            square += r[i] * r[i];
            if (i > 0) both += r[i] * r[i - 1];
        }
        r += fit->scans[s].n;
    }
    return square > 0.0 ? both / square : 0.0;
}

/* Model and baselines at x, which is where fit->r is. */
static pel_status keep_curves(const struct calibration *fit, const double x[],
                              struct pel_calibrate *result, struct pel_error *err)
{
    const double *r = fit->r;
    for (size_t s = 0; s < fit->n_scans; s++) {
        const struct pel_calibrate_scan *scan = &fit->scans[s];
        result->fitted[s] = calloc(scan->n, sizeof *result->fitted[s]);
        result->baseline[s] = calloc(scan->n, sizeof *result->baseline[s]);
        if (result->fitted[s] == NULL || result->baseline[s] == NULL)
            return pel_error_set(err, PEL_ENOMEM, "calibration: out of memory");
        for (size_t i = 0; i < scan->n; i++) {
            result->fitted[s][i] = scan->heat_flow[i] + r[i] * fit->sigma[s];
            result->baseline[s][i] = calibration_baseline(fit, x, s, scan->T_K[i]);
        }
        r += scan->n;
    }
    return PEL_OK;
}

/* The landscape at x, over the range of that given and what the scans reach. */
static pel_status keep_landscape(const struct calibration *fit, const double x[],
                                 struct pel_calibrate *result, struct pel_error *err)
{
    double values[2 * 3 * PEL_FAMILY_PARAMETERS + 1];
    for (size_t k = 0; k < fit->n_free; k++)
        values[k] = calibration_value(fit, x, k);
    const double window[2] = {
        fmin(pel_landscape_e_is_min(fit->landscape), result->e_lowest),
        fmax(pel_landscape_e_is_max(fit->landscape), result->e_highest)};
    return pel_coefficient_replace(fit->landscape, fit->n_free, fit->c, values, window,
                                   &result->landscape, err);
}

pel_status calibration_keep(const struct calibration *fit, const double x[],
                            struct pel_calibrate *result, struct pel_error *err)
{
    memcpy(result->sigma, fit->sigma, fit->n_scans * sizeof *result->sigma);
    result->e_lowest = fit->e_lowest;
    result->e_highest = fit->e_highest;
    result->autocorrelation = autocorrelation(fit);
    const pel_status status = keep_curves(fit, x, result, err);
    return status == PEL_OK ? keep_landscape(fit, x, result, err) : status;
}

static void name_baseline(const struct calibration *fit, size_t i,
                          struct pel_calibrate_parameter *p, double *unit)
{
    static const char *const names[CALIBRATE_BASELINES] = {"offset", "slope", "step"};
    const size_t s = i / fit->n_baseline, b = i % fit->n_baseline;
    const struct pel_calibrate_scan *scan = &fit->scans[s];
    snprintf(p->name, sizeof p->name, "scan_%zu.%s", s + 1, names[b]);
    snprintf(p->unit, sizeof p->unit, b == 1 ? "W/g/K" : "W/g");
    *unit = fit->height[s];
    if (b == 1) *unit *= 2.0 / (scan->T_K[scan->n - 1] - scan->T_K[0]);
}

/* One unknown as the user sees it. */
static void report(const struct calibration *fit, size_t i, const double x[],
                   const double limits[2], struct pel_calibrate_parameter *p)
{
    p->lower = limits[0];
    p->upper = limits[1];
    if (i < fit->n_free) {
        const struct pel_coefficient *c = &fit->c[i];
        const int is_log = c->parameter == PEL_FAMILY_PARAMETERS;
        memcpy(p->name, c->name, sizeof p->name);
        memcpy(p->unit, c->unit, sizeof p->unit);
        p->start = pel_coefficient_value(fit->landscape, c);
        p->value = calibration_value(fit, x, i);
        double *const of_x[] = {&p->lower, &p->upper};
        for (int k = 0; k < 2; k++)
            *of_x[k] = is_log ? exp(*of_x[k]) : *of_x[k] * fit->scale[i];
        p->bound_lower = is_log ? exp(fit->lower[i]) : fit->lower[i] * fit->scale[i];
        p->bound_upper = is_log ? exp(fit->upper[i]) : fit->upper[i] * fit->scale[i];
    } else {
        double unit;
        name_baseline(fit, i - fit->n_free, p, &unit);
        p->value = x[i] * unit;
        p->lower *= unit;
        p->upper *= unit;
        p->bound_lower = -INFINITY;
        p->bound_upper = INFINITY;
    }
    const int ends = isfinite(p->lower) + isfinite(p->upper);
    p->verdict = ends == 2   ? PEL_CALIBRATE_DETERMINED
                 : ends == 1 ? PEL_CALIBRATE_ONE_SIDED
                             : PEL_CALIBRATE_UNDETERMINED;
}

pel_status calibration_judge(struct calibration *fit, const struct calibration_end *end,
                             struct pel_calibrate *result, struct pel_error *err)
{
    const size_t n = fit->n;
    double *block = calloc(2 * n, sizeof *block);
    size_t *partner = calloc(n, sizeof *partner);
    pel_status status = PEL_OK;
    if (block == NULL || partner == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "calibration: out of memory");
        goto done;
    }
    double *lower = block, *upper = block + n;
    const double *x = end->x, chi2 = end->report.chi2;
    const double left = (double)(fit->m - n), r = result->autocorrelation;
    /* Within chance of 0 there is nothing to correct; nor where residuals are as small as
     * the errors of the integration, which has its scatter from LEAST_SIGMA. */
    const int correlated = r > 2.0 / sqrt((double)fit->m) && chi2 > 0.5 * left;
    result->widening = correlated ? sqrt((1.0 + r) / (1.0 - r)) : 1.0;
    const double t = pel_statistics_student_t(left, fit->set->confidence);
    /* Residuals are in units of the scatter, unless that was below what is believed. */
    const double s2 = fmax(chi2 / left, 1.0);
    const double rise = s2 * pow(t * result->widening, 2.0);
    for (size_t i = 0; i < n; i++) {
        const double reach = sqrt(end->covariance[i * n + i] * rise);
        lower[i] = isfinite(reach) ? x[i] - reach : NAN;
        upper[i] = isfinite(reach) ? x[i] + reach : NAN;
        partner[i] = i;
    }
    if (fit->set->profile)
        status = calibration_profile(fit, end, rise, lower, upper, partner, err);
    for (size_t i = 0; i < n && status == PEL_OK; i++) {
        report(fit, i, x, (double[]){lower[i], upper[i]}, &result->parameter[i]);
        result->parameter[i].partner = partner[i];
    }
done:
    free(block);
    free(partner);
    return status;
}

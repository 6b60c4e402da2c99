#include "calibrate_priv.h"

#include <pelrate/constants.h>

#include <math.h>
#include <string.h>

/* The model: residuals and their derivatives at one set of unknowns. */

static int is_frequency(const struct pel_coefficient *c)
{
    return c->parameter == PEL_FAMILY_PARAMETERS;
}

double calibration_value(const struct calibration *fit, const double x[], size_t k)
{
    return is_frequency(&fit->c[k]) ? exp(x[k]) : x[k] * fit->scale[k];
}

double calibration_slope(const struct calibration *fit, const double x[], size_t k)
{
    return is_frequency(&fit->c[k]) ? exp(x[k]) : fit->scale[k];
}

/* The landscape with the coefficients of x, valid over as much as possible of its range;
 * with wide, of that and as much again on either side. */
static pel_status make_landscape(const struct calibration *fit, const double x[],
                                 int wide, struct pel_landscape **out,
                                 struct pel_error *err)
{
    double values[2 * 3 * PEL_FAMILY_PARAMETERS + 1];
    const double lo = pel_landscape_e_is_min(fit->landscape);
    const double hi = pel_landscape_e_is_max(fit->landscape);
    const double more = wide ? hi - lo : 0.0;
    for (size_t k = 0; k < fit->n_free; k++)
        values[k] = calibration_value(fit, x, k);
    return pel_coefficient_replace(fit->landscape, fit->n_free, fit->c, values,
                                   (double[]){lo - more, hi + more}, out, err);
}

/* Absolute tolerance of the integration for a relative one of 1 [eV/atom]: E_IS changes by
 * some hundredths of an eV/atom. */
#define ATOL_OF_RTOL 1e-4

/* One scan of the landscape at x. The steady state it starts from is looked for in the
 * range of the landscape given, and beyond it when there is none: on the way to the
 * minimum it may lie there. */
static pel_status model(struct calibration *fit, const double x[], size_t s, int with_J,
                        struct pel_sensitivity *out, struct pel_error *err)
{
    const struct pel_calibrate_scan *scan = &fit->scans[s];
    struct pel_sensitivity_settings set = pel_sensitivity_settings_defaults();
    set.cool_K_per_s = scan->cool_K_per_s;
    set.heat_K_per_s = scan->heat_K_per_s;
    set.start_K = scan->start_K;
    set.bottom_K = scan->bottom_K;
    set.rtol = fit->rtol;
    set.atol = ATOL_OF_RTOL * fit->rtol;
    set.slack = fit->slack;
    pel_status status = PEL_ENOROOT;
    /* Of two failures the first is told: it is about the range that the user knows. */
    struct pel_error unused;
    for (int wide = 0; wide < 2 && (status == PEL_ENOROOT || status == PEL_ERANGE);
         wide++) {
        if (wide) err = &unused;
        struct pel_landscape *landscape = NULL;
        struct pel_rate *rate = NULL;
        status = make_landscape(fit, x, wide, &landscape, err);
        if (status == PEL_OK)
            status = pel_rate_create(landscape, fit->closure, PEL_RANGE_EXTRAPOLATE,
                                     &rate, err);
        if (status == PEL_OK)
            status = pel_sensitivity_scan(rate, with_J ? fit->n_free : 0, fit->c, &set,
                                          scan->n, scan->T_K, NULL, out, err);
        pel_rate_free(rate);
        pel_landscape_free(landscape);
    }
    return status;
}

/* The functions that make up a baseline, at T. */
static void baseline_terms(const struct calibration *fit, size_t s, double T,
                           double terms[CALIBRATE_BASELINES])
{
    const struct pel_calibrate_scan *scan = &fit->scans[s];
    const double lo = scan->T_K[0], hi = scan->T_K[scan->n - 1];
    terms[0] = 1.0;
    terms[1] = 2.0 * (T - lo) / (hi - lo) - 1.0;
    terms[2] = 1.0 / (1.0 + exp((fit->set->step_K - T) / fit->set->step_width_K));
}

double calibration_baseline(const struct calibration *fit, const double x[], size_t s,
                            double T)
{
    const size_t first = fit->n_free + s * fit->n_baseline;
    double terms[CALIBRATE_BASELINES], sum = 0.0;
    baseline_terms(fit, s, T, terms);
    for (size_t b = 0; b < fit->n_baseline; b++)
        sum += fit->height[s] * x[first + b] * terms[b];
    return sum;
}

/* What stood at each point of a scan becomes its integral over temperature from the first
 * point on, per range of temperature. stride: of consecutive points. */
static void integrate(const struct pel_calibrate_scan *scan, double y[], size_t stride)
{
    const double range = scan->T_K[scan->n - 1] - scan->T_K[0];
    double sum = 0.0, last = y[0];
    y[0] = 0.0;
    for (size_t i = 1; i < scan->n; i++) {
        const double now = y[i * stride];
        sum += 0.5 * (now + last) * (scan->T_K[i] - scan->T_K[i - 1]) / range;
        last = now;
        y[i * stride] = sum;
    }
}

/* Residuals and derivatives of scan s from its model, into r[n of scan] and J (NULL: not
 * wanted) [n of scan * fit->n]. */
static void compare(const struct calibration *fit, const double x[], size_t s, double r[],
                    double J[])
{
    const struct pel_calibrate_scan *scan = &fit->scans[s];
    const double W_per_g =
        PEL_EV_J_PER_MOL / pel_landscape_head(fit->landscape)->molar_mass_g_per_mol;
    const double per = 1.0 / fit->sigma[s];
    const size_t first = fit->n_free + s * fit->n_baseline;
    for (size_t i = 0; i < scan->n; i++) {
        double terms[CALIBRATE_BASELINES];
        baseline_terms(fit, s, scan->T_K[i], terms);
        double q = -W_per_g * fit->rate[i];
        for (size_t b = 0; b < fit->n_baseline; b++)
            q += fit->height[s] * x[first + b] * terms[b];
        r[i] = (q - scan->heat_flow[i]) * per;
        if (J == NULL) continue;
        double *row = J + i * fit->n;
        memset(row, 0, fit->n * sizeof *row);
        for (size_t k = 0; k < fit->n_free; k++)
            row[k] = -W_per_g * fit->by[i * fit->n_free + k] *
                     calibration_slope(fit, x, k) * per;
        for (size_t b = 0; b < fit->n_baseline; b++)
            row[first + b] = fit->height[s] * terms[b] * per;
    }
    if (!fit->integrated) return;
    integrate(scan, r, 1);
    for (size_t k = 0; J != NULL && k < fit->n; k++)
        integrate(scan, J + k, fit->n);
}

int calibration_evaluate(struct calibration *fit, const double x[], int with_J)
{
    fit->is_there = 0;
    fit->e_lowest = INFINITY;
    fit->e_highest = -INFINITY;
    if (!fit->stopped && pel_progress_report(fit->progress, fit->done, fit->total,
                                             "calibration") != PEL_OK)
        fit->stopped = 1;
    if (fit->stopped) return 1;
    fit->evaluations++;
    size_t at = 0;
    for (size_t s = 0; s < fit->n_scans; s++) {
        struct pel_sensitivity out = {.rate = fit->rate, .by = fit->by};
        fit->why = (struct pel_error){0};
        if (model(fit, x, s, with_J, &out, &fit->why) != PEL_OK) return 1;
        compare(fit, x, s, fit->r + at, with_J ? fit->J + at * fit->n : NULL);
        at += fit->scans[s].n;
        fit->e_lowest = fmin(fit->e_lowest, out.e_lowest);
        fit->e_highest = fmax(fit->e_highest, out.e_highest);
    }
    for (size_t i = 0; i < fit->m; i++)
        if (!isfinite(fit->r[i])) return 1;
    for (size_t i = 0; with_J && i < fit->m * fit->n; i++)
        if (!isfinite(fit->J[i])) return 1;
    memcpy(fit->x, x, fit->n * sizeof *x);
    fit->is_there = with_J;
    return 0;
}

/* Residuals with their derivatives: steps are mostly taken, and then both are wanted; and
 * a point counts as possible only where both are. */
static int residual(size_t n, const double x[], size_t m, void *context, double r[])
{
    struct calibration *fit = context;
    (void)n;
    if (calibration_evaluate(fit, x, 1) != 0) return 1;
    memcpy(r, fit->r, m * sizeof *r);
    return 0;
}

static int jacobian(size_t n, const double x[], size_t m, void *context, double J[])
{
    struct calibration *fit = context;
    if ((!fit->is_there || memcmp(fit->x, x, n * sizeof *x) != 0) &&
        calibration_evaluate(fit, x, 1) != 0)
        return 1;
    memcpy(J, fit->J, m * n * sizeof *J);
    return 0;
}

pel_status calibration_descend(struct calibration *fit, size_t held, double x[],
                               const struct pel_leastsquares_settings *settings,
                               double covariance[], enum pel_leastsquares_state state[],
                               struct pel_leastsquares_report *report,
                               struct pel_error *err)
{
    *report = (struct pel_leastsquares_report){.chi2 = NAN};
    const double bounds[2] = {held < fit->n ? fit->lower[held] : 0.0,
                              held < fit->n ? fit->upper[held] : 0.0};
    if (held < fit->n) fit->lower[held] = fit->upper[held] = x[held];
    const struct pel_leastsquares_problem problem = {.m = fit->m,
                                                     .n = fit->n,
                                                     .residual = residual,
                                                     .jacobian = jacobian,
                                                     .context = fit,
                                                     .lower = fit->lower,
                                                     .upper = fit->upper};
    pel_status status =
        pel_leastsquares_fit(&problem, settings, x, covariance, state, report, err);
    if (held < fit->n) {
        fit->lower[held] = bounds[0];
        fit->upper[held] = bounds[1];
    }
    if (fit->stopped) status = pel_error_set(err, PEL_ESTOPPED, "interrupted");
    return status;
}

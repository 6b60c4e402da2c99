#include "calibrate_priv.h"

#include <pelrate/constants.h>
#include <pelrate/statistics.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pel_calibrate_settings pel_calibrate_settings_defaults(void)
{
    return (struct pel_calibrate_settings){.baseline = PEL_CALIBRATE_NONE,
                                           .step_K = NAN,
                                           .step_width_K = 10.0,
                                           .starts = 3,
                                           .draws = 200,
                                           .spread = 0.25,
                                           .seed = 1,
                                           .confidence = 0.95,
                                           .profile = 1,
                                           .rtol = 1e-7};
}

size_t pel_calibrate_choice(const struct pel_landscape *landscape,
                            struct pel_coefficient c[4])
{
    const size_t n = pel_coefficient_count(landscape);
    size_t chosen = 0, first[2] = {n, n};
    for (size_t k = n; k-- > 0;) {
        const struct pel_coefficient at = pel_coefficient_at(landscape, k);
        if (at.parameter == PEL_FAMILY_PARAMETERS || at.order > 0) continue;
        const size_t best = first[at.spectrum];
        if (best < n && strcmp(at.unit, "eV") != 0 &&
            strcmp(pel_coefficient_at(landscape, best).unit, "eV") == 0)
            continue;
        first[at.spectrum] = k;
    }
    for (size_t k = 0; k < n; k++) {
        const struct pel_coefficient at = pel_coefficient_at(landscape, k);
        const int constant = k == first[PEL_ACTIVATION];
        const int slope =
            (k == first[PEL_ACTIVATION] + 1 || k == first[PEL_RELAXATION] + 1) &&
            pel_coefficient_value(landscape, &at) != 0.0;
        if (constant || slope || at.parameter == PEL_FAMILY_PARAMETERS) c[chosen++] = at;
    }
    return chosen;
}

/* ---- what is asked ----------------------------------------------------------------- */

static pel_status check_scan(const struct pel_calibrate_scan *scan, struct pel_error *err)
{
    if (scan->n < 2)
        return pel_error_set(err, PEL_EARG, "%s: %zu points, expected at least 2",
                             scan->name, scan->n);
    for (size_t i = 0; i < scan->n; i++) {
        if (!isfinite(scan->heat_flow[i]))
            return pel_error_set(err, PEL_EARG, "%s: heat flow %zu is not a number",
                                 scan->name, i + 1);
        if (!(isfinite(scan->T_K[i]) && (i == 0 || scan->T_K[i] > scan->T_K[i - 1])))
            return pel_error_set(err, PEL_EARG,
                                 "%s: temperature %zu is %.9g K, expected increasing "
                                 "numbers",
                                 scan->name, i + 1, scan->T_K[i]);
    }
    if (!(scan->cool_K_per_s > 0.0 && isfinite(scan->cool_K_per_s) &&
          scan->heat_K_per_s > 0.0 && isfinite(scan->heat_K_per_s)))
        return pel_error_set(err, PEL_EARG,
                             "%s: cooled at %g K/s, heated at %g K/s, expected rates "
                             "above 0",
                             scan->name, scan->cool_K_per_s, scan->heat_K_per_s);
    if (!(scan->bottom_K > 0.0 && scan->bottom_K < scan->start_K &&
          isfinite(scan->start_K) && scan->T_K[0] >= scan->bottom_K))
        return pel_error_set(
            err, PEL_EARG,
            "%s: cooled from %g K to %g K, scanned from %g K on, expected "
            "bottom below start and below the scan",
            scan->name, scan->start_K, scan->bottom_K, scan->T_K[0]);
    return PEL_OK;
}

static pel_status check_settings(const struct pel_calibrate_settings *s,
                                 struct pel_error *err)
{
    if (!(s->starts > 0 && s->draws >= s->starts))
        return pel_error_set(
            err, PEL_EARG,
            "%zu starts of %zu draws, expected at least one, and as many "
            "draws",
            s->starts, s->draws);
    if (!(s->spread > 0.0 && s->spread < 1.0))
        return pel_error_set(err, PEL_EARG, "spread %g, expected within (0, 1)",
                             s->spread);
    if (!(s->confidence > 0.0 && s->confidence < 1.0))
        return pel_error_set(err, PEL_EARG, "confidence %g, expected within (0, 1)",
                             s->confidence);
    if (!(s->rtol > 0.0 && s->rtol < 1.0))
        return pel_error_set(err, PEL_EARG, "rtol %g, expected within (0, 1)", s->rtol);
    if (s->baseline == PEL_CALIBRATE_STEP &&
        !(isfinite(s->step_K) && s->step_width_K > 0.0))
        return pel_error_set(err, PEL_EARG,
                             "a step at %g K over %g K, expected a temperature and a "
                             "width above 0",
                             s->step_K, s->step_width_K);
    return PEL_OK;
}

static pel_status check(const struct calibration *fit, struct pel_error *err)
{
    if (fit->n_free == 0)
        return pel_error_set(err, PEL_EARG, "no free parameter, expected at least one");
    if (fit->n_scans == 0)
        return pel_error_set(err, PEL_EARG, "no scan, expected at least one");
    if (fit->closure->events_only)
        return pel_error_set(err, PEL_EARG,
                             "closure %s needs events, a parametric landscape has none",
                             fit->closure->name);
    pel_status status = check_settings(fit->set, err);
    for (size_t s = 0; s < fit->n_scans && status == PEL_OK; s++)
        status = check_scan(&fit->scans[s], err);
    for (size_t k = 0; k < fit->n_free && status == PEL_OK; k++)
        for (size_t j = 0; j < k; j++)
            if (strcmp(fit->c[j].name, fit->c[k].name) == 0)
                return pel_error_set(err, PEL_EARG, "parameter %s is free twice",
                                     fit->c[k].name);
    if (status == PEL_OK && fit->m <= fit->n)
        return pel_error_set(err, PEL_EARG,
                             "%zu points for %zu parameters, expected more points",
                             fit->m, fit->n);
    return status;
}

/* ---- setting up -------------------------------------------------------------------- */

static void release(struct calibration *fit)
{
    double *const blocks[] = {fit->scale, fit->height, fit->sigma, fit->lower,
                              fit->upper, fit->x,      fit->fresh, fit->r,
                              fit->J,     fit->rate,   fit->by};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(blocks[i]);
}

static pel_status allocate(struct calibration *fit, struct pel_error *err)
{
    struct {
        double **block;
        size_t n;
    } blocks[] = {{&fit->scale, fit->n_free},
                  {&fit->height, fit->n_scans},
                  {&fit->sigma, fit->n_scans},
                  {&fit->fresh, fit->n_scans},
                  {&fit->lower, fit->n},
                  {&fit->upper, fit->n},
                  {&fit->x, fit->n},
                  {&fit->r, fit->m},
                  {&fit->J, fit->m * fit->n},
                  {&fit->rate, fit->largest},
                  {&fit->by, fit->largest * fit->n_free}};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        *blocks[i].block = calloc(blocks[i].n, sizeof(double));
        if (*blocks[i].block == NULL)
            return pel_error_set(err, PEL_ENOMEM, "calibration: out of memory");
    }
    return PEL_OK;
}

/* Bounds unless told. */
#define BOUND_FACTOR     2.0  /* of a coefficient: from 0 to so many times its value */
#define BOUND_SIZES      10.0 /* of one that is 0: so many times its size either way */
#define FREQUENCY_FACTOR 1e4  /* of the attempt frequency */

/* Scales, bounds and the start x of the coefficients. */
static pel_status set_coefficient(struct calibration *fit, size_t k, double x[],
                                  struct pel_error *err)
{
    const struct pel_calibrate_settings *set = fit->set;
    const struct pel_coefficient *c = &fit->c[k];
    const int is_log = c->parameter == PEL_FAMILY_PARAMETERS;
    const double value = pel_coefficient_value(fit->landscape, c);
    const double size = pel_coefficient_scale(fit->landscape, c);
    double lower = value == 0.0 ? -BOUND_SIZES * size : fmin(0.0, BOUND_FACTOR * value);
    double upper = value == 0.0 ? BOUND_SIZES * size : fmax(0.0, BOUND_FACTOR * value);
    if (is_log) {
        lower = value / FREQUENCY_FACTOR;
        upper = value * FREQUENCY_FACTOR;
    }
    if (set->lower != NULL && !isnan(set->lower[k])) lower = set->lower[k];
    if (set->upper != NULL && !isnan(set->upper[k])) upper = set->upper[k];
    if (!(lower < value && value < upper) || (is_log && !(lower > 0.0)))
        return pel_error_set(err, PEL_EARG,
                             "bounds of %s are %g and %g, expected %s them and its value "
                             "%g between",
                             c->name, lower, upper, is_log ? "0 below" : "numbers for",
                             value);
    fit->scale[k] = size;
    fit->lower[k] = is_log ? log(lower) : lower / size;
    fit->upper[k] = is_log ? log(upper) : upper / size;
    x[k] = is_log ? log(value) : value / size;
    return PEL_OK;
}

/* Residuals count relative to this part of a scan's height, until the fit itself tells
 * the scatter. */
#define FIRST_SIGMA 0.02
/* The scatter is not taken for less than this part of the height: of the integration. */
#define LEAST_SIGMA 1e-5

static pel_status set_up(struct calibration *fit, double x[], struct pel_error *err)
{
    for (size_t k = 0; k < fit->n_free; k++) {
        const pel_status status = set_coefficient(fit, k, x, err);
        if (status != PEL_OK) return status;
    }
    for (size_t s = 0; s < fit->n_scans; s++) {
        const struct pel_calibrate_scan *scan = &fit->scans[s];
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < scan->n; i++) {
            low = fmin(low, scan->heat_flow[i]);
            high = fmax(high, scan->heat_flow[i]);
        }
        fit->height[s] = high - low;
        if (!(fit->height[s] > 0.0))
            return pel_error_set(err, PEL_EARG, "%s: the heat flow is %g W/g everywhere",
                                 scan->name, low);
        fit->sigma[s] = FIRST_SIGMA * fit->height[s];
        for (size_t b = 0; b < fit->n_baseline; b++) {
            const size_t i = fit->n_free + s * fit->n_baseline + b;
            fit->lower[i] = -INFINITY;
            fit->upper[i] = INFINITY;
            /* The glass below its transition has no excess. */
            x[i] = b == 0 ? scan->heat_flow[0] / fit->height[s] : 0.0;
        }
    }
    return PEL_OK;
}

/* ---- the fit ----------------------------------------------------------------------- */

/* Ends of two descents are the same when their chi2 agree to this part. */
#define SAME_CHI2 1e-3

/* Improve each candidate; the best end into x[0 .. n). */
static pel_status improve(struct calibration *fit, size_t found, double x[],
                          struct pel_calibrate *result, struct pel_error *err)
{
    struct pel_leastsquares_settings set = pel_leastsquares_settings_defaults();
    set.gradient = 1e-6;
    set.step = 1e-7;
    set.max_iterations = 100;
    double *ends = calloc(found, sizeof *ends);
    if (ends == NULL) return pel_error_set(err, PEL_ENOMEM, "calibration: out of memory");
    pel_status status = PEL_OK;
    size_t best = 0;
    struct pel_error why = {0};
    struct pel_leastsquares_report report;
    for (size_t i = 0; i < found && status != PEL_ESTOPPED; i++) {
        double *at = x + i * fit->n;
        ends[i] = INFINITY;
        for (int step = 0; step < 2; step++) {
            fit->integrated = step == 0;
            set.progress = step == 0 ? 1e-3 : 1e-5;
            status =
                calibration_descend(fit, fit->n, at, &set, NULL, NULL, &report, &why);
            ends[i] = report.chi2;
            if (status == PEL_ENOCONV && isfinite(ends[i])) status = PEL_OK;
            if (status != PEL_OK) break;
        }
        if (status != PEL_OK || !isfinite(ends[i])) {
            ends[i] = INFINITY;
            continue;
        }
        result->improved++;
        if (ends[i] < ends[best]) best = i;
        fit->done += 1.0;
    }
    fit->integrated = 0;
    for (size_t i = 0; i < found; i++)
        result->agreeing +=
            isfinite(ends[i]) && ends[i] <= ends[best] * (1.0 + SAME_CHI2);
    free(ends);
    if (fit->stopped) return pel_error_set(err, PEL_ESTOPPED, "interrupted");
    if (result->improved == 0)
        return pel_error_set(err, PEL_ENOCONV, "no descent ends: %s", why.text);
    if (best > 0) memcpy(x, x + best * fit->n, fit->n * sizeof *x);
    return PEL_OK;
}

/* Scatter of each scan about the residuals in fit->r; parameters are shared out over the
 * points. It replaces that of before if any changes by more than `least` of it; returns
 * whether it did. */
static int measure_sigma(struct calibration *fit, double least)
{
    double *now = fit->fresh;
    double change = 0.0;
    const double share = (double)(fit->m - fit->n) / (double)fit->m;
    const double *r = fit->r;
    for (size_t s = 0; s < fit->n_scans; s++) {
        double sum = 0.0;
        for (size_t i = 0; i < fit->scans[s].n; i++)
            sum += r[i] * r[i];
        r += fit->scans[s].n;
        const double rms = sqrt(sum / ((double)fit->scans[s].n * share));
        now[s] = fmax(rms * fit->sigma[s], LEAST_SIGMA * fit->height[s]);
        change = fmax(change, fabs(now[s] / fit->sigma[s] - 1.0));
    }
    if (!(change > least)) return 0;
    memcpy(fit->sigma, now, fit->n_scans * sizeof *now);
    return 1;
}

/* The scatter is measured and the fit repeated with it, so often at most or until no
 * scatter changes by more than this part. */
#define SIGMA_ROUNDS 4
#define SIGMA_AGREES 0.02

/* The end is found with derivatives as accurate as they can be had: they decide what is
 * undetermined. A direction in which the residuals change by less than this part of the
 * largest change (columns of unit length) is one without influence; those that three scans
 * of a glass with 2 % noise just determine are at 1e-6. */
#define END_RTOL  1e-9
#define END_SLACK 1.0
#define END_RANK  1e-7

/* From near the minimum to it, each scan by its own scatter. */
static pel_status finish(struct calibration *fit, struct calibration_end *end,
                         struct pel_error *err)
{
    struct pel_leastsquares_settings set = pel_leastsquares_settings_defaults();
    set.errors = PEL_LEASTSQUARES_WEIGHTS;
    set.gradient = 1e-6;
    set.step = 1e-8;
    set.progress = 1e-7;
    set.rank = END_RANK;
    set.max_iterations = 200;
    const double rtol = fit->rtol, slack = fit->slack;
    fit->rtol = fmin(rtol, END_RTOL);
    fit->slack = END_SLACK;
    pel_status status = PEL_OK;
    for (int round = 0; round < SIGMA_ROUNDS && status == PEL_OK; round++) {
        if (calibration_evaluate(fit, end->x, 1) != 0)
            return fit->stopped ? pel_error_set(err, PEL_ESTOPPED, "interrupted")
                                : pel_error_set(err, PEL_ENOCONV, "%s", fit->why.text);
        if (!measure_sigma(fit, round > 0 ? SIGMA_AGREES : 0.0) && round > 0) break;
        status = calibration_descend(fit, fit->n, end->x, &set, end->covariance,
                                     end->state, &end->report, err);
    }
    fit->rtol = rtol;
    fit->slack = slack;
    return status;
}

/* On the way derivatives may be so many times less accurate than the scan. */
#define WAY_SLACK 10.0

pel_status pel_calibrate_run(const struct pel_landscape *landscape,
                             const struct pel_closure *closure, size_t n,
                             const struct pel_coefficient c[], size_t n_scans,
                             const struct pel_calibrate_scan scans[],
                             const struct pel_calibrate_settings *settings,
                             const struct pel_progress *progress,
                             struct pel_calibrate **out, struct pel_error *err)
{
    *out = NULL;
    const struct pel_calibrate_settings set =
        settings != NULL ? *settings : pel_calibrate_settings_defaults();
    struct calibration fit = {.landscape = landscape,
                              .closure = closure,
                              .set = &set,
                              .n_free = n,
                              .c = c,
                              .n_scans = n_scans,
                              .scans = scans,
                              .n_baseline = (size_t)set.baseline,
                              .rtol = set.rtol,
                              .slack = WAY_SLACK,
                              .progress = progress};
    fit.n = n + n_scans * fit.n_baseline;
    for (size_t s = 0; s < n_scans; s++) {
        fit.m += scans[s].n;
        fit.largest = scans[s].n > fit.largest ? scans[s].n : fit.largest;
    }
    /* Of the work, about: looking, descents, finishing, profiles. */
    fit.total = (double)set.starts + 2.0 + (set.profile ? (double)set.starts : 0.0);
    struct pel_calibrate *result = NULL;
    struct calibration_end end = {0};
    size_t found = 0;

    pel_status status = check(&fit, err);
    if (status == PEL_OK) status = calibration_result(&fit, &result, err);
    if (status == PEL_OK) status = allocate(&fit, err);
    if (status != PEL_OK) goto done;
    end.x = calloc(set.starts * fit.n, sizeof *end.x);
    end.covariance = calloc(fit.n * fit.n, sizeof *end.covariance);
    end.state = calloc(fit.n, sizeof *end.state);
    if (end.x == NULL || end.covariance == NULL || end.state == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "calibration: out of memory");
        goto done;
    }
    status = set_up(&fit, end.x, err);
    if (status == PEL_OK)
        status = calibration_candidates(&fit, end.x, &found, &result->candidates, err);
    fit.done = 1.0;
    if (status == PEL_OK) status = improve(&fit, found, end.x, result, err);
    if (status == PEL_OK) status = finish(&fit, &end, err);
    if (status == PEL_OK && calibration_evaluate(&fit, end.x, 0) != 0)
        status = pel_error_set(err, fit.stopped ? PEL_ESTOPPED : PEL_ENOCONV, "%s",
                               fit.why.text);
    if (status != PEL_OK) goto done;
    fit.done = 2.0 + (double)set.starts;
    status = calibration_keep(&fit, end.x, result, err);
    if (status == PEL_OK) status = calibration_judge(&fit, &end, result, err);
    if (status != PEL_OK) goto done;
    result->evaluations = fit.evaluations;
    *out = result;
    result = NULL;
done:
    pel_calibrate_free(result);
    release(&fit);
    free(end.x);
    free(end.covariance);
    free(end.state);
    return status;
}

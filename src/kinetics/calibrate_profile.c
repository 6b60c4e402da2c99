#include "calibrate_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Profiles: how far each unknown can be moved, all others following, before chi2 has risen
 * by what is allowed. In z = sqrt((chi2 - smallest)/rise), which is a straight line for a
 * quadratic chi2, the limit is at z = 1. */

#define Z_TOLERANCE   0.01 /* of a limit, in units of its distance */
#define FIRST_MOVE    0.02 /* where no variance tells: part of the unknown's size */
#define LARGEST_MOVE  4.0 /* from one point of the profile to the next: this many times */
#define MAX_POINTS    24  /* of the profile on one side */
#define AT_BOUND      1e-3 /* of the width between the bounds: this near is on it */
#define CLOSE_TO_WALL 0.02 /* between possible and impossible: this near is near enough */

/* One side of the profile of unknown j. */
struct side {
    struct calibration *fit;
    size_t j;
    int direction;    /* +1, -1 */
    const double *x0; /* [n] the minimum */
    double chi2, rise;
    double far;      /* distance of the bound */
    double *x;       /* [n] the minimum with j held, at the last possible point */
    double *trial;   /* [n] scratch */
    double distance; /* of that point; 0: none yet */
};

static struct pel_leastsquares_settings descent(void)
{
    struct pel_leastsquares_settings set = pel_leastsquares_settings_defaults();
    set.gradient = 1e-7;
    set.step = 1e-8;
    set.progress = 1e-6;
    set.max_iterations = 60;
    return set;
}

/* The profile at a distance: z into *z. Others start on the straight line through the
 * minimum and the last point. Errors: whatever keeps it from being computed. */
static pel_status look(struct side *side, double distance, double *z,
                       struct pel_error *err)
{
    const struct calibration *fit = side->fit;
    const double part = side->distance > 0.0 ? distance / side->distance : 0.0;
    for (size_t i = 0; i < fit->n; i++) {
        side->trial[i] = side->x0[i] + part * (side->x[i] - side->x0[i]);
        side->trial[i] = fmin(fmax(side->trial[i], fit->lower[i]), fit->upper[i]);
    }
    side->trial[side->j] = side->x0[side->j] + side->direction * distance;
    const struct pel_leastsquares_settings set = descent();
    struct pel_leastsquares_report report;
    pel_status status = calibration_descend(side->fit, side->j, side->trial, &set, NULL,
                                            NULL, &report, err);
    /* Not quite there is the best seen. */
    if (status == PEL_ENOCONV && isfinite(report.chi2)) status = PEL_OK;
    if (status == PEL_EARG && part > 0.0) {
        /* The straight line left what is possible: from the last point as it is. */
        memcpy(side->trial, side->x, fit->n * sizeof *side->x);
        side->trial[side->j] = side->x0[side->j] + side->direction * distance;
        status = calibration_descend(side->fit, side->j, side->trial, &set, NULL, NULL,
                                     &report, err);
        if (status == PEL_ENOCONV && isfinite(report.chi2)) status = PEL_OK;
    }
    if (status != PEL_OK) return status;
    memcpy(side->x, side->trial, fit->n * sizeof *side->x);
    side->distance = distance;
    *z = sqrt(fmax(report.chi2 - side->chi2, 0.0) / side->rise);
    return PEL_OK;
}

/* Whether another coefficient, at the last point, could not follow because of its bound:
 * then it is the bound that makes chi2 rise, not the data. */
static int is_blocked(const struct side *side)
{
    const struct calibration *fit = side->fit;
    for (size_t i = 0; i < fit->n_free; i++) {
        const double near = AT_BOUND * (fit->upper[i] - fit->lower[i]);
        if (i != side->j && near > 0.0 &&
            (side->x[i] - fit->lower[i] < near || fit->upper[i] - side->x[i] < near))
            return 1;
    }
    return 0;
}

/* Distance at which z = 1; NaN: it does not come to that. first: where to look first.
 * Errors: PEL_ESTOPPED alone. */
static pel_status find_limit(struct side *side, double first, double *limit,
                             struct pel_error *err)
{
    double low = 0.0, z_low = 0.0, high = NAN, z_high = NAN, wall = INFINITY;
    double d = fmin(first, side->far);
    *limit = NAN;
    for (int point = 0; point < MAX_POINTS && d > 0.0; point++) {
        double z;
        const pel_status status = look(side, d, &z, err);
        if (status == PEL_ESTOPPED || status == PEL_ENOMEM) return status;
        if (status != PEL_OK) {
            /* Nothing can be computed there: no limit can lie beyond. */
            wall = d;
            if (wall - low <= CLOSE_TO_WALL * wall) return PEL_OK;
            d = 0.5 * (low + wall);
            continue;
        }
        if (fabs(z - 1.0) <= Z_TOLERANCE) {
            if (!is_blocked(side)) *limit = d / z;
            return PEL_OK;
        }
        if (z < 1.0) {
            if (d >= side->far) return PEL_OK; /* the bound, and it does not matter */
            low = d;
            z_low = z;
        } else {
            high = d;
            z_high = z;
        }
        if (!isnan(high)) {
            d = low + (high - low) * (1.0 - z_low) / (z_high - z_low);
            /* A profile that bends: keep off the ends of the bracket. */
            d = fmin(fmax(d, low + 0.05 * (high - low)), high - 0.05 * (high - low));
        } else {
            const double more = z > 1.0 / LARGEST_MOVE ? 1.05 / z : LARGEST_MOVE;
            d = fmin(d * more, side->far);
            if (d >= wall) d = 0.5 * (low + wall);
            if (isfinite(wall) && wall - low <= CLOSE_TO_WALL * wall) return PEL_OK;
        }
    }
    if (!isnan(high) && !is_blocked(side))
        *limit = low + (high - low) * (1.0 - z_low) / (z_high - z_low);
    return PEL_OK;
}

/* Which other coefficient moved most, relative to its size, against unknown j. */
static size_t find_partner(const struct calibration *fit, size_t j, const double x0[],
                           const double x[])
{
    const double least = 1e-3; /* of its size: less is no partner */
    double most = least;
    size_t partner = j;
    for (size_t i = 0; i < fit->n_free; i++) {
        const int is_log = fit->c[i].parameter == PEL_FAMILY_PARAMETERS;
        const double size = is_log ? 1.0 : fmax(fabs(x0[i]), 1e-3);
        if (i == j || !(fabs(x[i] - x0[i]) > most * size)) continue;
        most = fabs(x[i] - x0[i]) / size;
        partner = i;
    }
    return partner;
}

/* Along a direction without influence the others would wander: of the undetermined
 * coefficients as many are held as there are such directions. Bounds of before into
 * kept[2 * n]. */
static void hold_undetermined(struct calibration *fit, const struct calibration_end *end,
                              double kept[])
{
    size_t directions = end->report.n_free - end->report.rank;
    memcpy(kept, fit->lower, fit->n * sizeof *kept);
    memcpy(kept + fit->n, fit->upper, fit->n * sizeof *kept);
    for (size_t i = 0; i < fit->n_free && directions > 0; i++) {
        if (end->state[i] != PEL_LEASTSQUARES_UNDETERMINED) continue;
        fit->lower[i] = fit->upper[i] = end->x[i];
        directions--;
    }
}

/* The next undetermined coefficient after j, in a circle. */
static size_t next_undetermined(const struct calibration *fit,
                                const struct calibration_end *end, size_t j)
{
    size_t i = j;
    do
        i = (i + 1) % fit->n_free;
    while (i != j && end->state[i] != PEL_LEASTSQUARES_UNDETERMINED);
    return i;
}

pel_status calibration_profile(struct calibration *fit, const struct calibration_end *end,
                               double rise, double lower[], double upper[],
                               size_t partner[], struct pel_error *err)
{
    const size_t n = fit->n;
    const double *x = end->x;
    double *block = calloc(4 * n, sizeof *block);
    if (block == NULL)
        return pel_error_set(err, PEL_ENOMEM, "calibration: out of memory");
    pel_status status = PEL_OK;
    const double done = fit->done;
    hold_undetermined(fit, end, block + 2 * n);
    /* The smallest chi2 of the accuracy that the profile is made with. */
    double chi2 = 0.0;
    if (calibration_evaluate(fit, x, 1) != 0)
        status = fit->stopped ? pel_error_set(err, PEL_ESTOPPED, "interrupted")
                              : pel_error_set(err, PEL_ENOCONV, "%s", fit->why.text);
    for (size_t i = 0; i < fit->m; i++)
        chi2 += fit->r[i] * fit->r[i];
    for (size_t j = 0; j < fit->n_free && status == PEL_OK; j++) {
        if (end->state[j] == PEL_LEASTSQUARES_UNDETERMINED) {
            lower[j] = upper[j] = NAN;
            partner[j] = next_undetermined(fit, end, j);
            continue;
        }
        for (int direction = -1; direction <= 1 && status == PEL_OK; direction += 2) {
            struct side side = {.fit = fit,
                                .j = j,
                                .direction = direction,
                                .x0 = x,
                                .chi2 = chi2,
                                .rise = rise,
                                .x = block,
                                .trial = block + n};
            side.far = direction < 0 ? x[j] - fit->lower[j] : fit->upper[j] - x[j];
            double first = sqrt(end->covariance[j * n + j] * rise), limit = NAN;
            const double size = fmax(fabs(x[j]), FIRST_MOVE);
            if (!(first > 0.0 && first < size)) first = FIRST_MOVE * size;
            status = find_limit(&side, first, &limit, err);
            if (direction < 0)
                lower[j] = x[j] - limit;
            else
                upper[j] = x[j] + limit;
            if (side.distance > 0.0) {
                const size_t p = find_partner(fit, j, x, side.x);
                if (p != j) partner[j] = p;
            }
            fit->done += (fit->total - done) / (2.0 * (double)fit->n_free);
        }
    }
    memcpy(fit->lower, block + 2 * n, n * sizeof *fit->lower);
    memcpy(fit->upper, block + 3 * n, n * sizeof *fit->upper);
    free(block);
    return status;
}

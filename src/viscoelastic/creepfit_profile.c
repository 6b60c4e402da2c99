#include "creepfit_priv.h"

#include <math.h>
#include <string.h>

/* Intervals by the profile: chi2, lowest over all other parameters, against one of them.
 *
 * Where two components overlap there are several minima that the data do not tell apart,
 * with valleys between them that rise above what is allowed: the values that are allowed
 * need not be connected. The interval reaches from the first to the last of them: each
 * end is sought from the minimum that lies outermost on its side, and beyond it. */

enum { N = PEL_CREEPFIT_PARAMETERS };

struct walk {
    struct pel_creepfit_job *job;
    double lowest, rise;                 /* chi2; by how much it may be above */
    size_t n_allowed;                    /* minima of the job that are within that */
    struct pel_creepfit_minimum *better; /* receives what is below the lowest */
    int has_better;
};

/* The lowest chi2 from `at` with parameter k where it is there. INFINITY: none found. */
static double chi2_at(struct walk *walk, size_t k, struct pel_creepfit_minimum *at)
{
    const double same = 1e-3; /* of a variance */
    if (pel_creepfit_descend(walk->job, k, 0, at, NULL) != PEL_OK && isnan(at->chi2))
        return INFINITY;
    if (at->chi2 < walk->lowest - same * walk->job->variance &&
        (!walk->has_better || at->chi2 < walk->better->chi2)) {
        *walk->better = *at;
        walk->has_better = 1;
    }
    return at->chi2;
}

/* Keep the lower of *least at x and what is found from `from`, parameter k at `value`. */
static void try_from(struct walk *walk, size_t k, double value, const double from[],
                     double x[], double *least)
{
    struct pel_creepfit_minimum at;
    memcpy(at.x, from, sizeof at.x);
    at.x[k] = value;
    const double chi2 = chi2_at(walk, k, &at);
    if (!(chi2 < *least)) return;
    *least = chi2;
    memcpy(x, at.x, sizeof at.x);
}

/* chi2 above the lowest with parameter k at `value`: from where the profile has been (x,
 * in and out) and, should that be above what is allowed, from the other minima too, and
 * thoroughly from their other arrangements. */
static double over_at(struct walk *walk, size_t k, double value, int thoroughly,
                      double x[])
{
    const struct pel_creepfit_job *job = walk->job;
    const double enough = walk->lowest + walk->rise;
    double least = INFINITY, from[N];
    memcpy(from, x, sizeof from);
    try_from(walk, k, value, from, x, &least);
    for (size_t s = 0; s < walk->n_allowed && !(least <= enough); s++)
        try_from(walk, k, value, job->minimum[s].x, x, &least);
    for (int which = 0;
         thoroughly && which < PEL_CREEPFIT_ARRANGEMENTS && !(least <= enough); which++) {
        memcpy(from, job->minimum[0].x, sizeof from);
        if (pel_creepfit_arrange(job, which, from))
            try_from(walk, k, value, from, x, &least);
    }
    return least - walk->lowest;
}

/* How far to go next, chi2 being c + q d^2 around a minimum: by the point at d, between
 * what is known to be allowed (in) and not to be (out). */
static double next_distance(double d, double over, double c, double rise, double in,
                            double out)
{
    const double inside = 0.1; /* of the bracket, to each side */
    double next = over > c ? d * sqrt((rise - c) / (over - c)) : 2.5 * d;
    if (isfinite(out))
        return fmin(fmax(next, in + inside * (out - in)), out - inside * (out - in));
    return fmin(fmax(next, 1.2 * d), 2.5 * d);
}

/* One end of the interval of parameter k. Where that is beyond the bound, the bound, and
 * *open is 1. */
static double profile_end(struct walk *walk, size_t k, int side, int *open)
{
    enum { TRIES = 16, LOOKS = 2 };
    const double near = 0.03;                 /* of the distance */
    const double beyond[LOOKS] = {1.05, 1.5}; /* where another branch may be */
    const struct pel_creepfit_job *job = walk->job;
    const struct pel_creepfit_minimum *from = &job->minimum[0];
    for (size_t s = 1; s < walk->n_allowed; s++)
        if (side * (job->minimum[s].x[k] - from->x[k]) > 0.0) from = &job->minimum[s];
    const double at = from->x[k], bound = side > 0 ? job->upper[k] : job->lower[k];
    const double most = fabs(bound - at), rise = walk->rise,
                 c = fmin(fmax(from->chi2 - walk->lowest, 0.0), 0.99 * rise);
    double sd = sqrt(from->covariance[k * N + k]);
    if (!(sd > 0.0 && isfinite(sd))) sd = 1e-3 * (job->upper[k] - job->lower[k]);
    double d = fmin(sd * sqrt((rise - c) / job->variance), most), in = 0.0,
           out = INFINITY, x[N], found = NAN;
    int looks = 0;
    memcpy(x, from->x, sizeof x);
    /* Follow the valley by its slope at the minimum at first, then by where it was. */
    for (size_t j = 0; j < N; j++) {
        const double slope = from->covariance[j * N + k] / from->covariance[k * N + k];
        if (j != k && isfinite(slope)) x[j] += side * d * slope;
    }
    *open = 0;
    for (int i = 0; i < TRIES && !walk->has_better; i++) {
        const double over = over_at(walk, k, at + side * d, !isnan(found), x);
        if (!isfinite(over)) {
            *open = 1;
            return bound;
        }
        const int is_inside = over < rise;
        if (is_inside && d >= most) {
            *open = 1;
            return bound;
        }
        if (isnan(found)) {
            if (is_inside)
                in = fmax(in, d);
            else
                out = fmin(out, d);
            if (fabs(sqrt(fmax(over, 0.0) / rise) - 1.0) <= near ||
                out - in <= near * out) {
                found = d * fmin(fmax(over > c ? sqrt((rise - c) / (over - c)) : 1.0,
                                      1.0 - near),
                                 1.0 + near);
                found = fmin(found, most);
            } else {
                d = fmin(next_distance(d, over, c, rise, in, out), most);
                continue;
            }
        } else if (is_inside) { /* another branch: on from there */
            in = d;
            out = INFINITY;
            found = NAN;
            looks = 0;
            d = fmin(1.2 * d, most);
            continue;
        }
        if (looks == LOOKS || found >= most) return at + side * found;
        d = fmin(beyond[looks++] * found, most);
    }
    if (!isnan(found)) return at + side * found;
    if (isfinite(out)) return at + side * out;
    *open = 1;
    return bound;
}

static void put(const struct pel_creepfit_job *job, size_t k, double lower, double upper)
{
    struct pel_creepfit_parameter *p = &job->out->parameter[k];
    const int as_logarithm = pel_creepfit_is_logarithm(k);
    p->lower = as_logarithm ? exp(lower) : lower;
    p->upper = as_logarithm ? exp(upper) : upper;
}

/* The minima that are allowed, to the last digit. */
static void know_allowed(struct walk *walk)
{
    struct pel_creepfit_job *job = walk->job;
    walk->n_allowed = 1;
    while (walk->n_allowed < job->n_minima &&
           job->minimum[walk->n_allowed].chi2 <= walk->lowest + walk->rise)
        walk->n_allowed++;
    for (size_t s = 1; s < walk->n_allowed; s++) {
        struct pel_creepfit_minimum fine = job->minimum[s];
        if (fine.is_known || pel_creepfit_descend(job, N, 1, &fine, NULL) != PEL_OK)
            continue;
        job->minimum[s] = fine;
    }
}

int pel_creepfit_profile(struct pel_creepfit_job *job,
                         struct pel_creepfit_minimum *better)
{
    const struct pel_creepfit_minimum *best = &job->minimum[0];
    struct walk walk = {.job = job,
                        .lowest = best->chi2,
                        .rise = job->half * job->half * job->variance,
                        .better = better};
    const int by_curvature = job->set->intervals == PEL_CREEPFIT_CURVATURE;
    if (!by_curvature) know_allowed(&walk);
    for (size_t k = 0; k < N; k++) {
        struct pel_creepfit_parameter *p = &job->out->parameter[k];
        const double variance = best->covariance[k * N + k];
        p->lower = p->upper = NAN;
        p->determined = 0;
        const int is_free = best->state[k] == PEL_LEASTSQUARES_FREE && variance > 0.0,
                  is_on_bound = best->state[k] == PEL_LEASTSQUARES_LOWER ||
                                best->state[k] == PEL_LEASTSQUARES_UPPER;
        if (!is_free && (!is_on_bound || by_curvature)) continue;
        if (by_curvature) {
            const double reach = job->half * sqrt(variance);
            put(job, k, best->x[k] - reach, best->x[k] + reach);
            continue;
        }
        int open_below, open_above;
        const double lower = profile_end(&walk, k, -1, &open_below);
        const double upper = profile_end(&walk, k, 1, &open_above);
        if (walk.has_better) return 1;
        put(job, k, lower, upper);
        /* J_el may be 0: a curve from which the instantaneous strain was taken. */
        p->determined = is_free && (!open_below || k == PEL_CREEPFIT_ELASTIC) &&
                        !open_above &&
                        !(pel_creepfit_is_logarithm(k) &&
                          fmax(upper - best->x[k], best->x[k] - lower) >
                              job->set->decades * log(10.0));
    }
    return 0;
}

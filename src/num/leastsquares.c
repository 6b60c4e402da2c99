#include "gsl_priv.h"
#include "leastsquares_priv.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pel_leastsquares_settings pel_leastsquares_settings_defaults(void)
{
    return (struct pel_leastsquares_settings){.errors = PEL_LEASTSQUARES_SCATTER,
                                              .gradient = 1e-13,
                                              .step = 1e-12,
                                              .progress = 1e-15,
                                              .difference = 6e-6,
                                              .inside = 1e-2,
                                              .pin = 1e-6,
                                              .rank = 1e-9,
                                              .null_share = 1e-6,
                                              .max_iterations = 500,
                                              .max_rounds = 20};
}

const char *pel_leastsquares_state_name(enum pel_leastsquares_state state)
{
    switch (state) {
    case PEL_LEASTSQUARES_FREE:
        return "free";
    case PEL_LEASTSQUARES_LOWER:
        return "lower";
    case PEL_LEASTSQUARES_UPPER:
        return "upper";
    case PEL_LEASTSQUARES_FIXED:
        return "fixed";
    case PEL_LEASTSQUARES_UNDETERMINED:
        return "undetermined";
    }
    return "";
}

static int has(double bound)
{
    return isfinite(bound);
}

static double to_x(const struct pel_leastsquares_variable *v, double u)
{
    /* Rounding may put the sine's ends a digit beyond. */
    if (has(v->lower) && has(v->upper))
        return fmin(
            fmax(v->lower + (v->upper - v->lower) * 0.5 * (1.0 + sin(u)), v->lower),
            v->upper);
    /* sqrt(u^2 + 1) - 1 without cancellation. */
    const double grown = u * u / (sqrt(u * u + 1.0) + 1.0);
    if (has(v->lower)) return v->lower + v->size * grown;
    if (has(v->upper)) return v->upper - v->size * grown;
    return v->size * u;
}

static double to_u(const struct pel_leastsquares_variable *v, double x)
{
    if (has(v->lower) && has(v->upper))
        return asin(
            fmin(fmax(2.0 * (x - v->lower) / (v->upper - v->lower) - 1.0, -1.0), 1.0));
    if (!has(v->lower) && !has(v->upper)) return x / v->size;
    const double grown = (has(v->lower) ? x - v->lower : v->upper - x) / v->size;
    return sqrt(grown * (grown + 2.0));
}

/* dx/du */
static double slope_at(const struct pel_leastsquares_variable *v, double u)
{
    if (has(v->lower) && has(v->upper)) return 0.5 * (v->upper - v->lower) * cos(u);
    if (!has(v->lower) && !has(v->upper)) return v->size;
    return (has(v->lower) ? v->size : -v->size) * u / sqrt(u * u + 1.0);
}

/* Take x into the interior: on a bound dx/du is zero and the search would not start. */
static double move_in(const struct pel_leastsquares_variable *v, double share, double x)
{
    const double d =
        share * (has(v->lower) && has(v->upper) ? v->upper - v->lower : v->size);
    if (has(v->lower)) x = fmax(x, v->lower + d);
    if (has(v->upper)) x = fmin(x, v->upper - d);
    return x;
}

/* sqrt(w) r at x. Non-zero: outside the domain. */
static int residuals(struct pel_leastsquares_job *job, const double x[], double r[])
{
    const struct pel_leastsquares_problem *p = job->problem;
    job->report.residuals++;
    for (size_t j = 0; j < p->n; j++)
        if (!isfinite(x[j])) return 1;
    if (p->residual(p->n, x, p->m, p->context, r) != 0) return 1;
    for (size_t i = 0; i < p->m; i++) {
        if (p->weight != NULL)
            r[i] = p->weight[i] > 0.0 ? sqrt(p->weight[i]) * r[i] : 0.0;
        if (!isfinite(r[i])) return 1;
    }
    return 0;
}

static double sum_of_squares(size_t m, const double r[])
{
    double sum = 0.0;
    for (size_t i = 0; i < m; i++)
        sum += r[i] * r[i];
    return sum;
}

/* One column by differences: central, or towards the inside where a bound (or the border
 * of the domain) is in the way. */
static int difference_column(struct pel_leastsquares_job *job, double x[], size_t j)
{
    const struct pel_leastsquares_problem *p = job->problem;
    const struct pel_leastsquares_variable *v = &job->variable[j];
    const double small = 0.01; /* where x has come near 0 */
    const double at = x[j], d = job->set->difference * fmax(fabs(at), small * v->typical);
    double up = at + d, down = at - d;
    double *r_up = job->a, *r_down = job->b;
    int ok_up = 0, ok_down = 0, ok_here = 0;
    if (up <= v->upper) {
        x[j] = up;
        ok_up = residuals(job, x, r_up) == 0;
    }
    if (down >= v->lower) {
        x[j] = down;
        ok_down = residuals(job, x, r_down) == 0;
    }
    x[j] = at;
    if (ok_up != ok_down) {
        ok_here = residuals(job, x, ok_up ? r_down : r_up) == 0;
        if (ok_up) down = at;
        if (ok_down) up = at;
    }
    if (!(ok_up && ok_down) && !ok_here) return 1;
    for (size_t i = 0; i < p->m; i++)
        job->J[i * p->n + j] = (r_up[i] - r_down[i]) / (up - down);
    return 0;
}

/* job->J = sqrt(w) dr/dx at x, all columns. */
static int jacobian(struct pel_leastsquares_job *job, double x[])
{
    const struct pel_leastsquares_problem *p = job->problem;
    if (p->jacobian == NULL) {
        for (size_t j = 0; j < p->n; j++) {
            if (job->variable[j].state == PEL_LEASTSQUARES_FIXED)
                for (size_t i = 0; i < p->m; i++)
                    job->J[i * p->n + j] = 0.0;
            else if (difference_column(job, x, j) != 0)
                return 1;
        }
        return 0;
    }
    job->report.jacobians++;
    if (p->jacobian(p->n, x, p->m, p->context, job->J) != 0) return 1;
    for (size_t i = 0; i < p->m; i++)
        for (size_t j = 0; j < p->n; j++) {
            double *entry = &job->J[i * p->n + j];
            if (p->weight != NULL)
                *entry = p->weight[i] > 0.0 ? sqrt(p->weight[i]) * *entry : 0.0;
            if (!isfinite(*entry)) return 1;
        }
    return 0;
}

/* job->x from GSL's variables; those not free stand as they are. */
static void take_u(struct pel_leastsquares_job *job, const gsl_vector *u)
{
    for (size_t k = 0; k < job->n_free; k++)
        job->x[job->free[k]] = to_x(&job->variable[job->free[k]], gsl_vector_get(u, k));
}

static int gsl_residuals(const gsl_vector *u, void *context, gsl_vector *f)
{
    struct pel_leastsquares_job *job = context;
    take_u(job, u);
    /* A finite value that is higher than any accepted one: the step is refused. */
    if (residuals(job, job->x, job->a) != 0) {
        gsl_vector_set_all(f, job->outside);
        return GSL_SUCCESS;
    }
    memcpy(f->data, job->a, job->problem->m * sizeof *job->a);
    const double chi2 = sum_of_squares(job->problem->m, job->a);
    if (chi2 < job->chi2) {
        job->chi2 = chi2;
        memcpy(job->best, job->x, job->problem->n * sizeof *job->x);
        memcpy(job->r, job->a, job->problem->m * sizeof *job->a);
    }
    return GSL_SUCCESS;
}

static int gsl_jacobian(const gsl_vector *u, void *context, gsl_matrix *out)
{
    struct pel_leastsquares_job *job = context;
    take_u(job, u);
    if (jacobian(job, job->x) != 0) {
        job->failed = 1;
        return GSL_EBADFUNC;
    }
    for (size_t k = 0; k < job->n_free; k++) {
        const size_t j = job->free[k];
        const double slope = slope_at(&job->variable[j], gsl_vector_get(u, k));
        for (size_t i = 0; i < job->problem->m; i++)
            gsl_matrix_set(out, i, k, job->J[i * job->problem->n + j] * slope);
    }
    return GSL_SUCCESS;
}

double pel_leastsquares_along(const struct pel_leastsquares_job *job, const double r[],
                              size_t j, double *length)
{
    const size_t m = job->problem->m, n = job->problem->n;
    double dot = 0.0, square = 0.0;
    for (size_t i = 0; i < m; i++) {
        const double entry = job->J[i * n + j];
        dot += r[i] * entry;
        square += entry * entry;
    }
    *length = sqrt(square);
    return dot;
}

/* The largest cosine between r and a free column: 0 at a minimum, whatever the units. */
static double gradient_of(const struct pel_leastsquares_job *job, const double r[])
{
    const double r_length = sqrt(sum_of_squares(job->problem->m, r));
    double most = 0.0;
    for (size_t k = 0; k < job->n_free; k++) {
        double length;
        const double dot = pel_leastsquares_along(job, r, job->free[k], &length);
        if (length > 0.0 && r_length > 0.0)
            most = fmax(most, fabs(dot) / (length * r_length));
    }
    return most;
}

static void list_free(struct pel_leastsquares_job *job)
{
    job->n_free = 0;
    for (size_t j = 0; j < job->problem->n; j++)
        if (job->variable[j].state == PEL_LEASTSQUARES_FREE) job->free[job->n_free++] = j;
}

/* Set free parameters on a bound they are pushed against; whether there were any. */
static int pin(struct pel_leastsquares_job *job, double x[], const double r[],
               double nearness, int again)
{
    int pinned = 0;
    for (size_t k = 0; k < job->n_free; k++) {
        const size_t j = job->free[k];
        struct pel_leastsquares_variable *v = &job->variable[j];
        if (v->was_pinned && !again) continue;
        const double d =
            nearness * (has(v->lower) && has(v->upper) ? v->upper - v->lower : v->size);
        double length;
        const double uphill = pel_leastsquares_along(job, r, j, &length);
        if (has(v->lower) && x[j] - v->lower <= d && uphill > 0.0) {
            v->state = PEL_LEASTSQUARES_LOWER;
            x[j] = v->lower;
            pinned = 1;
        } else if (has(v->upper) && v->upper - x[j] <= d && uphill < 0.0) {
            v->state = PEL_LEASTSQUARES_UPPER;
            x[j] = v->upper;
            pinned = 1;
        }
    }
    return pinned;
}

/* Free parameters on a bound from which chi2 falls inwards; whether there were any. */
static int release(struct pel_leastsquares_job *job, double x[], const double r[])
{
    int released = 0;
    const double r_length = sqrt(sum_of_squares(job->problem->m, r));
    for (size_t j = 0; j < job->problem->n; j++) {
        struct pel_leastsquares_variable *v = &job->variable[j];
        const int at_lower = v->state == PEL_LEASTSQUARES_LOWER;
        if (!at_lower && v->state != PEL_LEASTSQUARES_UPPER) continue;
        double length;
        const double uphill = pel_leastsquares_along(job, r, j, &length);
        const double inward = at_lower ? -uphill : uphill;
        /* Once is enough: a parameter that comes back is as good as there. */
        if (v->was_pinned || !(inward > job->set->gradient * length * r_length)) continue;
        v->state = PEL_LEASTSQUARES_FREE;
        v->was_pinned = 1;
        x[j] = move_in(v, job->set->inside, x[j]);
        released = 1;
    }
    return released;
}

enum outcome { ARRIVED, PINNED, EXHAUSTED, BROKEN };

/* chi2 below the rounding of where it began. */
static int is_exact(const struct pel_leastsquares_job *job)
{
    const double rounding = 0x1p-52;
    return job->chi2 <= rounding * rounding * job->report.chi2_start;
}

/* What to make of the solver after an iteration; ARRIVED sets the rule, PINNED means that
 * nothing is decided unless job->variable changed. */
static int arrived(struct pel_leastsquares_job *job,
                   const gsl_multifit_nlinear_workspace *w, int code, double before)
{
    const struct pel_leastsquares_settings *set = job->set;
    job->report.gradient = gradient_of(job, job->r);
    if (is_exact(job)) {
        job->report.rule = PEL_LEASTSQUARES_EXACT;
        return 1;
    }
    if (job->report.gradient <= set->gradient) {
        job->report.rule = PEL_LEASTSQUARES_GRADIENT;
        return 1;
    }
    /* GSL found no lower point however small the step. */
    if (code != GSL_SUCCESS || !(before - job->chi2 > set->progress * before)) {
        job->report.rule = PEL_LEASTSQUARES_PROGRESS;
        return 1;
    }
    for (size_t k = 0; k < job->n_free; k++)
        if (!(fabs(gsl_vector_get(w->dx, k)) <=
              set->step * (1.0 + fabs(gsl_vector_get(w->x, k)))))
            return 0;
    job->report.rule = PEL_LEASTSQUARES_STEP;
    return 1;
}

/* One descent in the free parameters from job->best. */
static enum outcome descend(struct pel_leastsquares_job *job,
                            gsl_multifit_nlinear_workspace *w, gsl_vector *u)
{
    const size_t n = job->problem->n;
    gsl_multifit_nlinear_fdf function = {.f = gsl_residuals,
                                         .df = gsl_jacobian,
                                         .n = job->problem->m,
                                         .p = job->n_free,
                                         .params = job};
    memcpy(job->x, job->best, n * sizeof *job->x);
    for (size_t k = 0; k < job->n_free; k++)
        gsl_vector_set(u, k, to_u(&job->variable[job->free[k]], job->x[job->free[k]]));
    int code = gsl_multifit_nlinear_init(u, &function, w);
    if (code != GSL_SUCCESS || job->failed) return BROKEN;
    if (gradient_of(job, job->r) <= job->set->gradient || is_exact(job)) {
        arrived(job, w, GSL_SUCCESS, INFINITY);
        return ARRIVED;
    }
    while (job->report.iterations < job->set->max_iterations) {
        const double before = job->chi2;
        job->report.iterations++;
        code = gsl_multifit_nlinear_iterate(w);
        if (job->failed || (code != GSL_SUCCESS && code != GSL_ENOPROG)) return BROKEN;
        if (code == GSL_SUCCESS && pin(job, job->best, job->r, job->set->pin, 0))
            return PINNED;
        if (arrived(job, w, code, before)) return ARRIVED;
    }
    return EXHAUSTED;
}

/* Evaluate at job->best after it was changed by hand. */
static int settle(struct pel_leastsquares_job *job)
{
    if (residuals(job, job->best, job->r) != 0) return 1;
    job->chi2 = sum_of_squares(job->problem->m, job->r);
    return 0;
}

/* Rounds until nothing is pinned or released. */
static pel_status search(struct pel_leastsquares_job *job, struct pel_error *err)
{
    const struct pel_leastsquares_problem *p = job->problem;
    gsl_multifit_nlinear_parameters params = gsl_multifit_nlinear_default_parameters();
    params.scale = gsl_multifit_nlinear_scale_more;
    for (;; job->report.rounds++) {
        if (job->report.rounds >= job->set->max_rounds)
            return pel_error_set(
                err, PEL_ENOCONV,
                "least squares: parameters come and go from their bounds "
                "after %zu rounds",
                job->report.rounds);
        list_free(job);
        enum outcome outcome = ARRIVED;
        if (job->n_free > 0) {
            gsl_vector *u = gsl_vector_alloc(job->n_free);
            gsl_multifit_nlinear_workspace *w = gsl_multifit_nlinear_alloc(
                gsl_multifit_nlinear_trust, &params, p->m, job->n_free);
            if (u != NULL && w != NULL) outcome = descend(job, w, u);
            const int made = u != NULL && w != NULL;
            if (w != NULL) gsl_multifit_nlinear_free(w);
            gsl_vector_free(u);
            if (!made) return pel_error_set(err, PEL_ENOMEM, "least squares");
        } else {
            job->report.rule = PEL_LEASTSQUARES_EXACT;
            job->report.gradient = 0.0;
        }
        if (outcome == EXHAUSTED)
            return pel_error_set(err, PEL_ENOCONV,
                                 "least squares: no minimum after %zu iterations (cosine "
                                 "of the gradient %g, expected at most %g)",
                                 job->report.iterations, job->report.gradient,
                                 job->set->gradient);
        if (outcome == BROKEN || (memcpy(job->x, job->best, p->n * sizeof *job->x),
                                  jacobian(job, job->x) != 0))
            return pel_error_set(err, PEL_ENOCONV,
                                 "least squares: the derivatives cannot be evaluated");
        const int changed = outcome == PINNED ||
                            pin(job, job->best, job->r, job->set->pin, 1) ||
                            release(job, job->best, job->r);
        if (!changed) return PEL_OK;
        if (settle(job) != 0)
            return pel_error_set(err, PEL_ENOCONV,
                                 "least squares: outside the domain on a bound");
    }
}

/* ---- the call ---------------------------------------------------------------------- */

static pel_status check(const struct pel_leastsquares_problem *p,
                        const struct pel_leastsquares_settings *s, const double x[],
                        struct pel_error *err)
{
    if (p->n == 0 || p->m < p->n)
        return pel_error_set(err, PEL_EARG,
                             "least squares: %zu residuals and %zu parameters, expected "
                             "at least one parameter and a residual for each",
                             p->m, p->n);
    if (!(s->gradient >= 0.0 && s->step >= 0.0 && s->progress >= 0.0 &&
          s->difference > 0.0 && s->inside > 0.0 && s->inside < 0.5 && s->pin >= 0.0 &&
          s->pin < s->inside && s->rank >= 0.0 && s->null_share >= 0.0))
        return pel_error_set(err, PEL_EARG, "least squares: a setting out of range");
    for (size_t j = 0; j < p->n; j++) {
        const double lower = p->lower != NULL ? p->lower[j] : -INFINITY;
        const double upper = p->upper != NULL ? p->upper[j] : INFINITY;
        if (!(lower <= upper) || lower == INFINITY || upper == -INFINITY)
            return pel_error_set(err, PEL_EARG,
                                 "least squares: bounds %g and %g of parameter %zu, "
                                 "expected lower <= upper",
                                 lower, upper, j);
        if (!isfinite(x[j]))
            return pel_error_set(err, PEL_EARG,
                                 "least squares: parameter %zu starts at %g, expected a "
                                 "finite number",
                                 j, x[j]);
    }
    for (size_t i = 0; p->weight != NULL && i < p->m; i++)
        if (!(p->weight[i] >= 0.0 && isfinite(p->weight[i])))
            return pel_error_set(err, PEL_EARG,
                                 "least squares: weight %zu is %g, expected a finite "
                                 "number >= 0",
                                 i, p->weight[i]);
    return PEL_OK;
}

static void set_up(struct pel_leastsquares_job *job, const double x[])
{
    const struct pel_leastsquares_problem *p = job->problem;
    for (size_t j = 0; j < p->n; j++) {
        struct pel_leastsquares_variable *v = &job->variable[j];
        v->lower = p->lower != NULL ? p->lower[j] : -INFINITY;
        v->upper = p->upper != NULL ? p->upper[j] : INFINITY;
        const double at = fmin(fmax(x[j], v->lower), v->upper);
        const double from = has(v->lower) ? v->lower : has(v->upper) ? v->upper : 0.0;
        v->size = fabs(at - from);
        if (!(v->size > 0.0)) v->size = fabs(from) > 0.0 ? fabs(from) : 1.0;
        if (has(v->lower) && has(v->upper))
            v->size = fmin(0.5 * (v->upper - v->lower),
                           fabs(at) > 0.0 ? fabs(at) : v->upper - v->lower);
        v->typical = fabs(at) > 0.0 ? fabs(at) : v->size;
        v->state = v->lower == v->upper ? PEL_LEASTSQUARES_FIXED : PEL_LEASTSQUARES_FREE;
        job->best[j] =
            v->state == PEL_LEASTSQUARES_FIXED ? at : move_in(v, job->set->inside, at);
    }
}

pel_status pel_leastsquares_fit(const struct pel_leastsquares_problem *problem,
                                const struct pel_leastsquares_settings *settings,
                                double x[], double covariance[],
                                enum pel_leastsquares_state state[],
                                struct pel_leastsquares_report *report,
                                struct pel_error *err)
{
    const struct pel_leastsquares_settings defaults =
        pel_leastsquares_settings_defaults();
    const struct pel_leastsquares_settings *set = settings != NULL ? settings : &defaults;
    if (report != NULL)
        *report = (struct pel_leastsquares_report){
            .chi2_start = NAN, .chi2 = NAN, .gradient = NAN, .condition = NAN};
    pel_status status = check(problem, set, x, err);
    if (status != PEL_OK) return status;
    pel_gsl_quiet();
    const size_t n = problem->n, m = problem->m;
    struct pel_leastsquares_job job = {.problem = problem,
                                       .set = set,
                                       .variable = calloc(n, sizeof *job.variable),
                                       .free = calloc(n, sizeof *job.free),
                                       .x = calloc(n, sizeof *job.x),
                                       .best = calloc(n, sizeof *job.best),
                                       .r = calloc(m, sizeof *job.r),
                                       .J = calloc(m * n, sizeof *job.J),
                                       .a = calloc(m, sizeof *job.a),
                                       .b = calloc(m, sizeof *job.b)};
    if (job.variable == NULL || job.free == NULL || job.x == NULL || job.best == NULL ||
        job.r == NULL || job.J == NULL || job.a == NULL || job.b == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "least squares in %zu parameters", n);
        goto done;
    }
    set_up(&job, x);
    if (settle(&job) != 0) {
        status = pel_error_set(err, PEL_EARG,
                               "least squares: the start is outside the domain");
        goto done;
    }
    job.report.chi2_start = job.chi2;
    job.report.gradient = NAN;
    job.outside = 10.0 * (1.0 + sqrt(job.chi2));
    status = search(&job, err);
    memcpy(x, job.best, n * sizeof *x);
    if (status == PEL_OK) status = pel_leastsquares_judge(&job, covariance, err);
    for (size_t j = 0; state != NULL && j < n; j++)
        state[j] = job.variable[j].state;
    job.report.chi2 = job.chi2;
    if (report != NULL) *report = job.report;
done:
    free(job.variable);
    free(job.free);
    free(job.x);
    free(job.best);
    free(job.r);
    free(job.J);
    free(job.a);
    free(job.b);
    return status;
}

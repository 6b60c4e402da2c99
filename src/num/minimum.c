#include "gsl_priv.h"

#include <pelrate/minimum.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pel_minimum_settings pel_minimum_settings_defaults(void)
{
    return (struct pel_minimum_settings){.gradient = 1e-9,
                                         .stalled_gradient = 1e-5,
                                         .first_step = 0.1,
                                         .line_tolerance = 0.1,
                                         .max_iterations = 2000};
}

/* One search. GSL asks for f and its gradient on its own vectors; the best point seen is
 * kept here, because a line search may end on a worse one. */
struct job {
    pel_minimum_function f;
    void *context;
    size_t n;
    const struct pel_minimum_settings *settings;
    double outside;   /* finite value given to GSL for points outside the domain */
    double *best;     /* [n] owned */
    double *gradient; /* [n] at best; owned */
    double *g;        /* [n] scratch; owned */
    double f_best;
    size_t iterations, evaluations;
};

static double largest(size_t n, const double g[])
{
    double most = 0.0;
    for (size_t i = 0; i < n; i++)
        if (!(fabs(g[i]) <= most)) most = fabs(g[i]); /* a NaN stays */
    return most;
}

/* f and, unless g is NULL, its gradient at x. Non-zero: outside. */
static int evaluate(struct job *job, const double x[], double *f, double g[])
{
    job->evaluations++;
    for (size_t i = 0; i < job->n; i++)
        if (!isfinite(x[i])) return 1;
    if (job->f(job->n, x, job->context, f, g) != 0 || !isfinite(*f)) return 1;
    if (g == NULL) return 0;
    for (size_t i = 0; i < job->n; i++)
        if (!isfinite(g[i])) return 1;
    if (*f < job->f_best) {
        job->f_best = *f;
        memcpy(job->best, x, job->n * sizeof *x);
        memcpy(job->gradient, g, job->n * sizeof *g);
    }
    return 0;
}

static double gsl_f(const gsl_vector *x, void *context)
{
    struct job *job = context;
    double f;
    return evaluate(job, x->data, &f, NULL) == 0 ? f : job->outside;
}

static void gsl_fdf(const gsl_vector *x, void *context, double *f, gsl_vector *g)
{
    struct job *job = context;
    double value;
    if (evaluate(job, x->data, &value, job->g) != 0) {
        value = job->outside;
        memset(job->g, 0, job->n * sizeof *job->g);
    }
    *f = value;
    for (size_t i = 0; i < job->n; i++)
        gsl_vector_set(g, i, job->g[i]);
}

static void gsl_df(const gsl_vector *x, void *context, gsl_vector *g)
{
    double f;
    gsl_fdf(x, context, &f, g);
}

static int arrived(const struct job *job)
{
    return largest(job->n, job->gradient) <= job->settings->gradient;
}

/* BFGS from the best point until it arrives or makes no progress. */
static pel_status descend(struct job *job, struct pel_error *err)
{
    gsl_vector *start = gsl_vector_alloc(job->n);
    gsl_multimin_fdfminimizer *bfgs =
        gsl_multimin_fdfminimizer_alloc(gsl_multimin_fdfminimizer_vector_bfgs2, job->n);
    if (start == NULL || bfgs == NULL) {
        gsl_vector_free(start);
        if (bfgs != NULL) gsl_multimin_fdfminimizer_free(bfgs);
        return pel_error_set(err, PEL_ENOMEM, "minimum in %zu variables", job->n);
    }
    gsl_multimin_function_fdf function = {
        .f = gsl_f, .df = gsl_df, .fdf = gsl_fdf, .n = job->n, .params = job};
    memcpy(start->data, job->best, job->n * sizeof *job->best);
    int code = gsl_multimin_fdfminimizer_set(
        bfgs, &function, start, job->settings->first_step, job->settings->line_tolerance);
    while (code == GSL_SUCCESS && !arrived(job) &&
           job->iterations < job->settings->max_iterations) {
        job->iterations++;
        code = gsl_multimin_fdfminimizer_iterate(bfgs);
    }
    gsl_multimin_fdfminimizer_free(bfgs);
    gsl_vector_free(start);
    return PEL_OK;
}

/* The simplex from the best point: slow and without a gradient, but it does not mind a
 * kink, a narrow valley along the border of the domain, or a poor start. */
static pel_status crawl(struct job *job, struct pel_error *err)
{
    gsl_vector *start = gsl_vector_alloc(job->n), *step = gsl_vector_alloc(job->n);
    gsl_multimin_fminimizer *simplex =
        gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, job->n);
    if (start == NULL || step == NULL || simplex == NULL) {
        gsl_vector_free(start);
        gsl_vector_free(step);
        if (simplex != NULL) gsl_multimin_fminimizer_free(simplex);
        return pel_error_set(err, PEL_ENOMEM, "minimum in %zu variables", job->n);
    }
    gsl_multimin_function function = {.f = gsl_f, .n = job->n, .params = job};
    memcpy(start->data, job->best, job->n * sizeof *job->best);
    gsl_vector_set_all(step, job->settings->first_step);
    int code = gsl_multimin_fminimizer_set(simplex, &function, start, step);
    const double small = 1e-3 * job->settings->first_step;
    while (code == GSL_SUCCESS && job->iterations < job->settings->max_iterations) {
        job->iterations++;
        code = gsl_multimin_fminimizer_iterate(simplex);
        if (gsl_multimin_fminimizer_size(simplex) < small) break;
    }
    double f;
    evaluate(job, gsl_multimin_fminimizer_x(simplex)->data, &f, job->g);
    gsl_multimin_fminimizer_free(simplex);
    gsl_vector_free(start);
    gsl_vector_free(step);
    return PEL_OK;
}

/* Newton's step from the best point, with the Hessian from central differences of the
 * gradient. A line search compares values of f and is blind below the square root of its
 * rounding; the gradient is not. Returns PEL_OK also where nothing was gained. */
static pel_status polish(struct job *job, struct pel_error *err)
{
    const size_t n = job->n;
    const double h = cbrt(0x1p-52);
    gsl_matrix *hessian = gsl_matrix_alloc(n, n);
    gsl_vector *step = gsl_vector_alloc(n);
    double *x = malloc(n * sizeof *x), *up = malloc(n * sizeof *up);
    pel_status status = PEL_OK;
    if (hessian == NULL || step == NULL || x == NULL || up == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "minimum in %zu variables", n);
        goto done;
    }
    double f;
    const double best = job->f_best;
    memcpy(x, job->best, n * sizeof *x);
    memcpy(step->data, job->gradient, n * sizeof *x);
    for (size_t i = 0; i < n; i++) {
        const double at = x[i], d = h * (1.0 + fabs(at));
        x[i] = at + d;
        const int outside = evaluate(job, x, &f, up);
        x[i] = at - d;
        if (evaluate(job, x, &f, job->g) != 0 || outside) goto done;
        for (size_t j = 0; j < n; j++)
            gsl_matrix_set(hessian, i, j, (up[j] - job->g[j]) / (2.0 * d));
        x[i] = at;
    }
    /* A difference may have found a lower point: then this Hessian
     * is not that of best. */
    if (job->f_best < best) goto done;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            const double mean =
                0.5 * (gsl_matrix_get(hessian, i, j) + gsl_matrix_get(hessian, j, i));
            gsl_matrix_set(hessian, i, j, mean);
            gsl_matrix_set(hessian, j, i, mean);
        }
    if (gsl_linalg_cholesky_decomp1(hessian) != GSL_SUCCESS ||
        gsl_linalg_cholesky_svx(hessian, step) != GSL_SUCCESS)
        goto done;
    for (size_t i = 0; i < n; i++)
        x[i] -= gsl_vector_get(step, i);
    if (evaluate(job, x, &f, job->g) == 0 &&
        f <= best + job->settings->gradient * (1.0 + fabs(best)) &&
        largest(n, job->g) < largest(n, job->gradient)) {
        job->f_best = f;
        memcpy(job->best, x, n * sizeof *x);
        memcpy(job->gradient, job->g, n * sizeof *x);
    }
done:
    if (hessian != NULL) gsl_matrix_free(hessian);
    if (step != NULL) gsl_vector_free(step);
    free(x);
    free(up);
    return status;
}

/* - BFGS, restarted with a fresh metric as long as that makes progress
 * - Newton steps, which get the last digits
 * - if the gradient is still large: simplex, then the same again
 * - judge what was reached */
static pel_status search(struct job *job, struct pel_minimum_report *report,
                         struct pel_error *err)
{
    enum { RESTARTS = 8, ROUNDS = 4, POLISHES = 6 };
    for (int round = 0; round < ROUNDS; round++) {
        for (int restart = 0; restart < RESTARTS && !arrived(job); restart++) {
            const double before = job->f_best;
            const pel_status status = descend(job, err);
            if (status != PEL_OK) return status;
            if (!(job->f_best < before)) break;
        }
        for (int step = 0; step < POLISHES && !arrived(job); step++) {
            const double before = largest(job->n, job->gradient);
            const pel_status status = polish(job, err);
            if (status != PEL_OK) return status;
            if (!(largest(job->n, job->gradient) < before)) break;
        }
        if (largest(job->n, job->gradient) <= job->settings->stalled_gradient ||
            job->iterations >= job->settings->max_iterations || round + 1 == ROUNDS)
            break;
        const pel_status status = crawl(job, err);
        if (status != PEL_OK) return status;
    }
    *report = (struct pel_minimum_report){.rule = arrived(job) ? PEL_MINIMUM_GRADIENT
                                                               : PEL_MINIMUM_STALLED,
                                          .iterations = job->iterations,
                                          .evaluations = job->evaluations,
                                          .f = job->f_best,
                                          .gradient = largest(job->n, job->gradient)};
    if (report->gradient <= job->settings->stalled_gradient) return PEL_OK;
    return pel_error_set(err, PEL_ENOCONV,
                         "no minimum after %zu iterations: gradient %g, expected at most "
                         "%g",
                         report->iterations, report->gradient,
                         job->settings->stalled_gradient);
}

pel_status pel_minimum_find(pel_minimum_function f, void *context, size_t n, double x[],
                            const struct pel_minimum_settings *settings,
                            struct pel_minimum_report *report, struct pel_error *err)
{
    const struct pel_minimum_settings defaults = pel_minimum_settings_defaults();
    const struct pel_minimum_settings *s = settings != NULL ? settings : &defaults;
    struct pel_minimum_report unused;
    if (report == NULL) report = &unused;
    *report = (struct pel_minimum_report){.f = NAN, .gradient = NAN};
    if (n == 0 || !(s->gradient >= 0.0) || !(s->stalled_gradient >= s->gradient) ||
        !(s->first_step > 0.0) || !(s->line_tolerance > 0.0 && s->line_tolerance < 1.0))
        return pel_error_set(err, PEL_EARG, "minimum: no variables, or bad settings");

    struct job job = {.f = f,
                      .context = context,
                      .n = n,
                      .settings = s,
                      .best = malloc(n * sizeof(double)),
                      .gradient = malloc(n * sizeof(double)),
                      .g = malloc(n * sizeof(double)),
                      .f_best = INFINITY};
    pel_status status = PEL_OK;
    pel_gsl_quiet();
    double f_start;
    if (job.best == NULL || job.gradient == NULL || job.g == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "minimum in %zu variables", n);
    } else if (evaluate(&job, x, &f_start, job.g) != 0) {
        status = pel_error_set(err, PEL_EARG, "minimum: the start is outside the domain");
    } else {
        /* Far above the start, but finite: GSL interpolates between the two. */
        job.outside = f_start + 10.0 * (1.0 + fabs(f_start));
        status = search(&job, report, err);
        memcpy(x, job.best, n * sizeof *x);
    }
    free(job.best);
    free(job.gradient);
    free(job.g);
    return status;
}

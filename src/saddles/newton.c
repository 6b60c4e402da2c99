#include <pelrate/newton.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vector_priv.h"

/* A step is halved at most so often before the search is over. */
enum { most_halvings = 12 };
/* A step that leaves more than this share of |gradient| is the last: where H is singular,
 * |gradient| has minima that are no stationary points. */
static const double least_gain = 0.98;

struct pel_newton_settings pel_newton_defaults(void)
{
    return (struct pel_newton_settings){.force_tolerance = 1e-8,
                                        .max_steps = 30,
                                        .max_products = 600,
                                        .max_step_A = 0.1,
                                        .difference_A = 1e-3,
                                        .forcing = 0.05,
                                        .translations = 0};
}

/* All that one call owns. */
struct newton {
    const struct pel_surface *surface;
    const struct pel_newton_settings *settings;
    size_t n;                        /* coordinates */
    const double *x;                 /* [n] the point under way, borrowed */
    double *gradient;                /* [n] there */
    double *step;                    /* [n] the solution of the linear system */
    double *trial, *ahead;           /* [n] a point that is tried, and its gradient */
    double *v, *before, *after;      /* [n] vectors of MINRES */
    double *w, *w_before, *w_oldest; /* [n] */
    size_t evaluations;
};

static pel_status evaluate(struct newton *s, const double x[], double *energy,
                           double gradient[], struct pel_error *err)
{
    s->evaluations++;
    pel_status status =
        s->surface->evaluate(s->surface->context, x, energy, gradient, err);
    /* What is left of a net force is rounding; along a translation nothing resists. */
    if (status == PEL_OK && s->settings->translations)
        vector_no_translation(s->n, gradient);
    return status;
}

/* w = H v for a unit vector v. */
static pel_status hessian_times(struct newton *s, const double v[], double w[],
                                struct pel_error *err)
{
    const double d = s->settings->difference_A;
    double energy;
    for (size_t i = 0; i < s->n; i++)
        s->trial[i] = s->x[i] + d * v[i];
    const pel_status status = evaluate(s, s->trial, &energy, w, err);
    for (size_t i = 0; status == PEL_OK && i < s->n; i++)
        w[i] = (w[i] - s->gradient[i]) / d;
    return status;
}

static void rotate(double **a, double **b, double **c)
{
    double *first = *a;
    *a = *b;
    *b = *c;
    *c = first;
}

/* step = the solution of H step = -gradient, to a residual of `share` of |gradient|. In the
 * letters of Paige & Saunders: alpha, beta of the Lanczos process, c and s of the
 * rotations. */
static pel_status solve(struct newton *s, double share, struct pel_error *err)
{
    const size_t n = s->n;
    const double norm = vector_norm(n, s->gradient);
    memset(s->step, 0, n * sizeof *s->step);
    memset(s->before, 0, n * sizeof *s->before);
    memset(s->w_before, 0, n * sizeof *s->w_before);
    memset(s->w_oldest, 0, n * sizeof *s->w_oldest);
    for (size_t i = 0; i < n; i++)
        s->v[i] = -s->gradient[i] / norm;
    double beta = 0.0, residual = norm, c = 1.0, c_before = 1.0, sine = 0.0,
           sine_before = 0.0;
    for (size_t k = 0; k < s->settings->max_products; k++) {
        const pel_status status = hessian_times(s, s->v, s->after, err);
        if (status != PEL_OK) return status;
        const double alpha = vector_dot(n, s->v, s->after);
        vector_add(n, -alpha, s->v, s->after);
        vector_add(n, -beta, s->before, s->after);
        const double next = vector_norm(n, s->after);
        const double delta = c * alpha - c_before * sine * beta,
                     r2 = sine * alpha + c_before * c * beta, r3 = sine_before * beta,
                     r1 = hypot(delta, next);
        if (!(r1 > 0.0)) break;
        c_before = c;
        sine_before = sine;
        c = delta / r1;
        sine = next / r1;
        for (size_t i = 0; i < n; i++)
            s->w[i] = (s->v[i] - r3 * s->w_oldest[i] - r2 * s->w_before[i]) / r1;
        vector_add(n, c * residual, s->w, s->step);
        residual *= -sine;
        if (!(fabs(residual) > share * norm) || !(next > 0.0)) break;
        beta = next;
        for (size_t i = 0; i < n; i++)
            s->after[i] /= next;
        rotate(&s->before, &s->v, &s->after);
        rotate(&s->w_oldest, &s->w_before, &s->w);
    }
    return PEL_OK;
}

/* Go along the step as far as |gradient| falls. *moved: whether it did. */
static pel_status advance(struct newton *s, double x[], double *energy, int *moved,
                          struct pel_error *err)
{
    const size_t n = s->n;
    const double norm = vector_norm(n, s->gradient), most = vector_max(n, s->step);
    double share = most > s->settings->max_step_A ? s->settings->max_step_A / most : 1.0;
    const int bounded = share < 1.0;
    *moved = 0;
    for (int halving = 0; halving < most_halvings; halving++, share *= 0.5) {
        double trial_energy;
        memcpy(s->trial, x, n * sizeof *x);
        vector_add(n, share, s->step, s->trial);
        const pel_status status = evaluate(s, s->trial, &trial_energy, s->ahead, err);
        if (status != PEL_OK) return status;
        const double left = vector_norm(n, s->ahead);
        if (!(left < norm)) continue;
        memcpy(x, s->trial, n * sizeof *x);
        memcpy(s->gradient, s->ahead, n * sizeof *s->gradient);
        *energy = trial_energy;
        *moved = bounded || left < least_gain * norm;
        break;
    }
    return PEL_OK;
}

static pel_status check(const struct pel_surface *surface,
                        const struct pel_newton_settings *s, struct pel_error *err)
{
    if (surface->n == 0 || (s->translations && (surface->n % 3 != 0 || surface->n < 6)))
        return pel_error_set(err, PEL_EARG, "a surface of %zu coordinates", surface->n);
    if (!(s->force_tolerance > 0.0) || !(s->max_step_A > 0.0) ||
        !(s->difference_A > 0.0) || !(s->forcing > 0.0 && s->forcing < 1.0) ||
        s->max_steps < 1 || s->max_products < 1)
        return pel_error_set(err, PEL_EARG,
                             "Newton's method to %g eV/A in %zu steps of %zu products, "
                             "%g A, difference %g A, forcing %g: expected numbers > 0, "
                             "the last < 1",
                             s->force_tolerance, s->max_steps, s->max_products,
                             s->max_step_A, s->difference_A, s->forcing);
    return PEL_OK;
}

pel_status pel_newton(const struct pel_surface *surface,
                      const struct pel_newton_settings *settings, double x[],
                      struct pel_newton_report *report, struct pel_error *err)
{
    *report = (struct pel_newton_report){0};
    pel_status status = check(surface, settings, err);
    if (status != PEL_OK) return status;
    const size_t n = surface->n;
    double *memory = malloc(10 * n * sizeof *memory);
    if (memory == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu coordinates", n);
    struct newton s = {.surface = surface,
                       .settings = settings,
                       .n = n,
                       .x = x,
                       .gradient = memory,
                       .step = memory + n,
                       .trial = memory + 2 * n,
                       .ahead = memory + 3 * n,
                       .v = memory + 4 * n,
                       .before = memory + 5 * n,
                       .after = memory + 6 * n,
                       .w = memory + 7 * n,
                       .w_before = memory + 8 * n,
                       .w_oldest = memory + 9 * n};
    status = evaluate(&s, x, &report->energy, s.gradient, err);
    int moved = 1;
    while (status == PEL_OK) {
        report->max_force = vector_max(n, s.gradient);
        report->converged = report->max_force < settings->force_tolerance;
        if (report->converged || !moved || report->steps == settings->max_steps) break;
        /* The closer, the better the step is worth being; |g| in eV/A is a number of order
         * one where the surface stops being a parabola. */
        const double norm = vector_norm(n, s.gradient);
        status = solve(&s, fmin(settings->forcing, norm), err);
        if (status == PEL_OK) status = advance(&s, x, &report->energy, &moved, err);
        report->steps += status == PEL_OK;
    }
    report->evaluations = s.evaluations;
    free(memory);
    return status;
}

#include <pelrate/flow.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vector_priv.h"

/* Damping of the Chebyshev polynomials: w0 = 1 + damping / s^2. */
static const double damping = 2.0 / 13.0;
/* How much a step may grow or shrink, and how far below the bound it aims. */
static const double most_growth = 3.0, least_growth = 0.2, safety = 0.8;

struct pel_flow_settings pel_flow_defaults(void)
{
    return (struct pel_flow_settings){.force_tolerance = 1e-3,
                                      .path_error_A = 0.01,
                                      .stiffness_eV_per_A2 = 100.0,
                                      .max_stages = 40,
                                      .max_evaluations = 20000};
}

/* All that one call owns. */
struct flow {
    const struct pel_surface *surface;
    size_t n;                    /* coordinates */
    double *slope;               /* [n] -gradient at the point under way */
    double *ahead;               /* [n] ... and at a stage, at last at the new point */
    double *old, *middle, *next; /* [n] stages j - 2, j - 1, j */
    double energy;               /* of the last evaluation */
    size_t evaluations;
};

static pel_status fall(struct flow *f, const double x[], double slope[],
                       struct pel_error *err)
{
    f->evaluations++;
    const pel_status status =
        f->surface->evaluate(f->surface->context, x, &f->energy, slope, err);
    for (size_t i = 0; status == PEL_OK && i < f->n; i++)
        slope[i] = -slope[i];
    return status;
}

/* Longest stable step times stiffness of a step of so many stages. */
static double reach(size_t stages)
{
    const double s = (double)stages;
    return 2.0 / 3.0 * (s * s - 1.0) * (1.0 - 2.0 / 15.0 * damping);
}

/* Chebyshev polynomials at w0: value, first and second derivative, degree by degree. */
struct chebyshev {
    double t[2], d[2], dd[2]; /* of degrees j - 1 and j */
};

static void raise(struct chebyshev *c, double w0)
{
    const double t = 2.0 * w0 * c->t[1] - c->t[0];
    const double d = 2.0 * c->t[1] + 2.0 * w0 * c->d[1] - c->d[0];
    const double dd = 4.0 * c->d[1] + 2.0 * w0 * c->dd[1] - c->dd[0];
    *c = (struct chebyshev){{c->t[1], t}, {c->d[1], d}, {c->dd[1], dd}};
}

/* One step of length h from x into f->next, its slope there into f->ahead; in the letters
 * of Sommeijer, Shampine & Verwer, Eqs. (2.2) to (2.6). */
static pel_status step_once(struct flow *f, const double x[], double h, size_t stages,
                            struct pel_error *err)
{
    const size_t n = f->n;
    const double w0 = 1.0 + damping / (double)(stages * stages);
    struct chebyshev c = {{1.0, w0}, {0.0, 1.0}, {0.0, 0.0}};
    for (size_t j = 2; j <= stages; j++)
        raise(&c, w0);
    const double w1 = c.d[1] / c.dd[1];
    c = (struct chebyshev){{1.0, w0}, {0.0, 1.0}, {0.0, 0.0}};
    raise(&c, w0);
    /* b_0 = b_1 = b_2; a_j = 1 - b_j T_j(w0) */
    double b = c.dd[1] / (c.d[1] * c.d[1]), b_before = b, b_old = b;
    double a = 1.0 - b * w0;
    memcpy(f->old, x, n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        f->middle[i] = x[i] + b * w1 * h * f->slope[i];
    for (size_t j = 2; j <= stages; j++) {
        if (j > 2) {
            raise(&c, w0);
            b = c.dd[1] / (c.d[1] * c.d[1]);
        }
        const pel_status status = fall(f, f->middle, f->ahead, err);
        if (status != PEL_OK) return status;
        const double mu = 2.0 * b * w0 / b_before, nu = -b / b_old,
                     rate = 2.0 * b * w1 / b_before, gamma = -a * rate;
        for (size_t i = 0; i < n; i++)
            f->next[i] = (1.0 - mu - nu) * x[i] + mu * f->middle[i] + nu * f->old[i] +
                         h * (rate * f->ahead[i] + gamma * f->slope[i]);
        a = 1.0 - b * c.t[1];
        b_old = b_before;
        b_before = b;
        double *first = f->old;
        f->old = f->middle;
        f->middle = f->next;
        f->next = first;
    }
    double *last = f->next;
    f->next = f->middle;
    f->middle = last;
    return fall(f, f->next, f->ahead, err);
}

/* Estimate of the error of the step from x to f->next, whole vector. */
static double error_of(const struct flow *f, const double x[], double h)
{
    double sum = 0.0;
    for (size_t i = 0; i < f->n; i++) {
        const double e =
            0.8 * (x[i] - f->next[i]) + 0.4 * h * (f->slope[i] + f->ahead[i]);
        sum += e * e;
    }
    return sqrt(sum);
}

static pel_status check(const struct pel_surface *surface,
                        const struct pel_flow_settings *s, struct pel_error *err)
{
    if (surface->n == 0)
        return pel_error_set(err, PEL_EARG, "a surface of no coordinates");
    if (!(s->force_tolerance > 0.0) || !(s->path_error_A > 0.0) ||
        !(s->stiffness_eV_per_A2 > 0.0) || s->max_stages < 2 || s->max_evaluations < 1)
        return pel_error_set(err, PEL_EARG,
                             "steepest descent to %g eV/A with errors of %g A, stiffness "
                             "%g eV/A^2, %zu stages, %zu evaluations: expected numbers "
                             "> 0, 2 stages or more",
                             s->force_tolerance, s->path_error_A, s->stiffness_eV_per_A2,
                             s->max_stages, s->max_evaluations);
    return PEL_OK;
}

static pel_status descend(struct flow *f, const struct pel_flow_settings *s, double x[],
                          struct pel_flow_report *report, struct pel_error *err)
{
    const size_t n = f->n;
    const double longest = reach(s->max_stages) / s->stiffness_eV_per_A2;
    pel_status status = fall(f, x, f->slope, err);
    report->energy = f->energy;
    double h = 1.0 / s->stiffness_eV_per_A2;
    while (status == PEL_OK) {
        report->max_force = vector_max(n, f->slope);
        report->converged = report->max_force < s->force_tolerance;
        if (report->converged || report->arrived || f->evaluations >= s->max_evaluations)
            break;
        h = fmin(h, longest);
        size_t stages = 2;
        while (reach(stages) < h * s->stiffness_eV_per_A2)
            stages++;
        status = step_once(f, x, h, stages, err);
        if (status != PEL_OK) break;
        const double error = error_of(f, x, h);
        double growth = safety * cbrt(s->path_error_A / error);
        if (!(growth > least_growth)) growth = least_growth;
        /* Downhill, and within the bound; a stiffness that was too low shows as a rise. */
        if (error < s->path_error_A && f->energy <= report->energy) {
            for (size_t i = 0; i < n; i++)
                f->old[i] = f->next[i] - x[i];
            report->length_A += vector_norm(n, f->old);
            report->energy = f->energy;
            report->steps++;
            memcpy(x, f->next, n * sizeof *x);
            memcpy(f->slope, f->ahead, n * sizeof *f->slope);
            if (s->arrived != NULL) report->arrived = s->arrived(s->context, x);
        } else if (growth > 0.5) {
            growth = 0.5;
        }
        h *= fmin(growth, most_growth);
        if (!(h * s->stiffness_eV_per_A2 > 1e-6)) break; /* rounding, not the surface */
    }
    report->evaluations = f->evaluations;
    return status;
}

pel_status pel_flow(const struct pel_surface *surface,
                    const struct pel_flow_settings *settings, double x[],
                    struct pel_flow_report *report, struct pel_error *err)
{
    *report = (struct pel_flow_report){0};
    pel_status status = check(surface, settings, err);
    if (status != PEL_OK) return status;
    const size_t n = surface->n;
    double *memory = malloc(5 * n * sizeof *memory);
    if (memory == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu coordinates", n);
    struct flow f = {.surface = surface,
                     .n = n,
                     .slope = memory,
                     .ahead = memory + n,
                     .old = memory + 2 * n,
                     .middle = memory + 3 * n,
                     .next = memory + 4 * n};
    status = descend(&f, settings, x, report, err);
    free(memory);
    return status;
}

#include "minimise_priv.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sufficient decrease (Armijo), Nocedal & Wright, Numerical
 * Optimization (2006), Eq. 3.4. */
static const double DECREASE = 1e-4;
/* Each refused step is shortened to a share of itself within these bounds. */
static const double SHORTEST = 0.1, LONGEST = 0.5;
enum { MAX_REFUSALS = 30 };
/* A pair (s, y) with less curvature than this, relative, says nothing about a minimum. */
static const double LEAST_CURVATURE = 1e-10;
/* Energies closer than this, relative, are the same to within the
 * rounding of their sums. */
static const double ENERGY_NOISE = 1e-13;
/* First guess of a curvature [eV/A^2], before any pair is known:
 * stiffer than most atoms. */
static const double FIRST_CURVATURE = 50.0;

/* The last few steps s and changes of gradient y, in a ring. */
struct memory {
    size_t n, room; /* coordinates, pairs that fit */
    size_t used, next;
    double *s, *y;       /* [room][n] owned */
    double *rho, *alpha; /* [room] 1 / s.y; scratch; owned */
};

static double dot(size_t n, const double a[], const double b[])
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void remember(struct memory *m, const double x[], const double x_old[],
                     const double g[], const double g_old[])
{
    double *s = m->s + m->next * m->n, *y = m->y + m->next * m->n;
    for (size_t i = 0; i < m->n; i++) {
        s[i] = x[i] - x_old[i];
        y[i] = g[i] - g_old[i];
    }
    const double sy = dot(m->n, s, y), ss = dot(m->n, s, s), yy = dot(m->n, y, y);
    if (!(sy > LEAST_CURVATURE * sqrt(ss * yy))) return;
    m->rho[m->next] = 1.0 / sy;
    m->next = (m->next + 1) % m->room;
    if (m->used < m->room) m->used++;
}

/* d = -H g, H the inverse Hessian that the pairs suggest: the two-loop recursion,
 * Nocedal, Math. Comp. 35:773 (1980). */
static void direction(struct memory *m, const double g[], double d[])
{
    const size_t n = m->n;
    for (size_t i = 0; i < n; i++)
        d[i] = -g[i];
    double scale = 1.0 / FIRST_CURVATURE;
    for (size_t back = 1; back <= m->used; back++) {
        const size_t k = (m->next + m->room - back) % m->room;
        const double *s = m->s + k * n, *y = m->y + k * n;
        if (back == 1) scale = 1.0 / (m->rho[k] * dot(n, y, y));
        m->alpha[k] = m->rho[k] * dot(n, s, d);
        for (size_t i = 0; i < n; i++)
            d[i] -= m->alpha[k] * y[i];
    }
    for (size_t i = 0; i < n; i++)
        d[i] *= scale;
    for (size_t back = m->used; back >= 1; back--) {
        const size_t k = (m->next + m->room - back) % m->room;
        const double *s = m->s + k * n, *y = m->y + k * n;
        const double beta = m->rho[k] * dot(n, y, d);
        for (size_t i = 0; i < n; i++)
            d[i] += (m->alpha[k] - beta) * s[i];
    }
}

static void limit(size_t n, double d[], double max_step)
{
    double largest = 0.0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(d[i]));
    if (!(largest > max_step)) return;
    for (size_t i = 0; i < n; i++)
        d[i] *= max_step / largest;
}

/* Whether a step of length t along d, slope0 = g.d < 0, is good enough. Near the minimum
 * the decrease drowns in the rounding of the energy; there the slope decides (approximate
 * Wolfe condition, Hager & Zhang, SIAM J. Optim. 16:170 (2005), Eq. 4.1). */
static int accepts(double energy0, double slope0, double t, double energy, double slope)
{
    if (energy <= energy0 + DECREASE * t * slope0) return 1;
    const double noise = ENERGY_NOISE * fabs(energy0) + DBL_MIN;
    return energy <= energy0 + noise &&
           fabs(slope) <= (1.0 - 2.0 * DECREASE) * fabs(slope0);
}

struct point {
    double *x, *g; /* [n] */
    double energy;
};

/* Backtracking from here along d until a step is accepted into there. *found: 0 none was.
 * Errors: those of the surface. */
static pel_status search(const struct pel_descent *descent, const struct point *here,
                         const double d[], struct point *there, int *found,
                         struct pel_minimise_report *report, struct pel_error *err)
{
    const size_t n = descent->surface->n;
    const double slope0 = dot(n, here->g, d);
    double t = 1.0;
    *found = 0;
    for (int refusals = 0; refusals < MAX_REFUSALS; refusals++) {
        if (report->evaluations >= descent->settings->max_evaluations) return PEL_OK;
        for (size_t i = 0; i < n; i++)
            there->x[i] = here->x[i] + t * d[i];
        const pel_status status = pel_descent_evaluate(descent, there->x, &there->energy,
                                                       there->g, report, err);
        if (status != PEL_OK) return status;
        if (accepts(here->energy, slope0, t, there->energy, dot(n, there->g, d))) {
            *found = 1;
            return PEL_OK;
        }
        /* Minimum of the parabola through the two energies and the first slope. */
        const double rise = there->energy - here->energy - t * slope0;
        double share = -0.5 * t * slope0 / rise;
        if (!(share > SHORTEST)) share = SHORTEST;
        if (share > LONGEST) share = LONGEST;
        t *= share;
    }
    return PEL_OK;
}

static pel_status descend(const struct pel_descent *descent, struct memory *m,
                          struct point *here, struct point *there, double *d,
                          struct pel_minimise_report *report, struct pel_error *err)
{
    const size_t n = descent->surface->n;
    pel_status status =
        pel_descent_evaluate(descent, here->x, &here->energy, here->g, report, err);
    int found = 1; /* whether here is where the last evaluation was */
    while (status == PEL_OK) {
        report->stop = PEL_MINIMISE_CONVERGED;
        if (found && descent->measure(descent->context, here->g) < 1.0) return PEL_OK;
        report->stop = PEL_MINIMISE_EVALUATIONS;
        if (report->evaluations >= descent->settings->max_evaluations) return PEL_OK;
        direction(m, here->g, d);
        if (!(dot(n, here->g, d) < 0.0)) {
            m->used = 0;
            direction(m, here->g, d);
        }
        limit(n, d, descent->settings->max_step);
        status = search(descent, here, d, there, &found, report, err);
        if (status != PEL_OK) return status;
        if (found) {
            remember(m, there->x, here->x, there->g, here->g);
            const struct point swap = *here;
            *here = *there;
            *there = swap;
            report->iterations++;
        } else if (m->used > 0) {
            m->used = 0; /* once more, straight down */
        } else if (report->evaluations < descent->settings->max_evaluations) {
            report->stop = PEL_MINIMISE_STALLED;
            return PEL_OK;
        }
    }
    return status;
}

static pel_status run(const struct pel_descent *descent, double x[], double gradient[],
                      struct pel_minimise_report *report, struct pel_error *err)
{
    const size_t n = descent->surface->n, room = descent->settings->memory;
    struct memory m = {.n = n, .room = room};
    pel_status status;
    double *points = calloc(5 * n + 1, sizeof *points);
    m.s = calloc(n * room + 1, sizeof *m.s);
    m.y = calloc(n * room + 1, sizeof *m.y);
    m.rho = calloc(room, sizeof *m.rho);
    m.alpha = calloc(room, sizeof *m.alpha);
    if (points == NULL || m.s == NULL || m.y == NULL || m.rho == NULL ||
        m.alpha == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "minimising %zu coordinates", n);
        goto done;
    }
    struct point here = {points, points + n, 0.0},
                 there = {points + 2 * n, points + 3 * n, 0.0};
    memcpy(here.x, x, n * sizeof *x);
    status = descend(descent, &m, &here, &there, points + 4 * n, report, err);
    memcpy(x, here.x, n * sizeof *x);
    memcpy(gradient, here.g, n * sizeof *x);
    report->energy = here.energy;

done:
    free(points);
    free(m.s);
    free(m.y);
    free(m.rho);
    free(m.alpha);
    return status;
}

const struct pel_minimiser pel_minimiser_lbfgs = {
    .name = "lbfgs",
    .doc = "Limited-memory quasi-Newton steps, each no longer than max_step and each "
           "lowering "
           "the energy: stays in the basin where it starts. The default.",
    .reference = "Liu & Nocedal, Math. Program. 45:503 (1989)",
    .run = run,
};

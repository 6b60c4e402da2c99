#include "minimise_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Names and values of Bitzek et al., PRL 97:170201 (2006): f_inc, f_dec, alpha_start,
 * f_alpha, N_min. Masses are 1 eV t^2/A^2 in a time unit t of our own, so the time step
 * is in units of an oscillation of curvature 1 eV/A^2. */
static const double F_INC = 1.1, F_DEC = 0.5, ALPHA_START = 0.1, F_ALPHA = 0.99;
enum { N_MIN = 5 };
static const double DT_START = 0.05; /* a tenth of the stiffest oscillation of a metal */
static const double DT_MAX = 0.3;
static const double DT_MIN = 1e-12; /* below this no step moves anything */

static double dot(size_t n, const double a[], const double b[])
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Semi-implicit Euler under FIRE's rules. Differences from the paper: a step is shortened
 * where it would move a coordinate by more than max_step; and the lowest point seen is
 * what an unconverged run leaves behind, because FIRE may go uphill on its way. */
static pel_status run(const struct pel_descent *descent, double x[], double gradient[],
                      struct pel_minimise_report *report, struct pel_error *err)
{
    const size_t n = descent->surface->n;
    const struct pel_minimise_settings *s = descent->settings;
    double dt = DT_START, alpha = ALPHA_START, energy, lowest = INFINITY;
    int downhill = 0;
    double *v = calloc(n + 1, sizeof *v), *best = calloc(2 * n + 1, sizeof *best);
    pel_status status = PEL_OK;
    if (v == NULL || best == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "minimising %zu coordinates", n);
        goto done;
    }
    for (;;) {
        status = pel_descent_evaluate(descent, x, &energy, gradient, report, err);
        if (status != PEL_OK) {
            if (lowest < INFINITY) memcpy(x, best, n * sizeof *x);
            goto done;
        }
        report->stop = PEL_MINIMISE_CONVERGED;
        report->energy = energy;
        if (descent->measure(descent->context, gradient) < 1.0) break;
        if (energy < lowest) {
            lowest = energy;
            memcpy(best, x, n * sizeof *x);
            memcpy(best + n, gradient, n * sizeof *x);
        }
        report->stop = dt < DT_MIN ? PEL_MINIMISE_STALLED : PEL_MINIMISE_EVALUATIONS;
        if (dt < DT_MIN || report->evaluations >= s->max_evaluations) {
            report->energy = lowest;
            memcpy(x, best, n * sizeof *x);
            memcpy(gradient, best + n, n * sizeof *x);
            break;
        }
        const double power = -dot(n, gradient, v),
                     force = sqrt(dot(n, gradient, gradient));
        if (power > 0.0) {
            const double turn = alpha * sqrt(dot(n, v, v)) / force;
            for (size_t i = 0; i < n; i++)
                v[i] = (1.0 - alpha) * v[i] - turn * gradient[i];
            if (++downhill > N_MIN) {
                dt = fmin(dt * F_INC, DT_MAX);
                alpha *= F_ALPHA;
            }
        } else {
            /* The first step has no velocity yet: that is no reason to slow down. */
            if (report->iterations > 0) dt *= F_DEC;
            memset(v, 0, n * sizeof *v);
            alpha = ALPHA_START;
            downhill = 0;
        }
        double largest = 0.0;
        for (size_t i = 0; i < n; i++) {
            v[i] -= dt * gradient[i];
            largest = fmax(largest, fabs(v[i]));
        }
        const double step = dt * largest > s->max_step ? s->max_step / largest : dt;
        for (size_t i = 0; i < n; i++)
            x[i] += step * v[i];
        report->iterations++;
    }

done:
    free(v);
    free(best);
    return status;
}

const struct pel_minimiser pel_minimiser_fire = {
    .name = "fire",
    .doc =
        "Fast inertial relaxation engine: damped dynamics that speeds up while it goes "
        "downhill and stops when it does not. Robust; needs more evaluations than lbfgs.",
    .reference = "Bitzek, Koskinen, Gaehler, Moseler, Gumbsch, PRL 97:170201 (2006)",
    .run = run,
};

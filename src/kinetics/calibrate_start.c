#include "calibrate_priv.h"

#include <pelrate/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where to start from. Scans of neighbouring parameters may have their peaks a hundred
 * kelvins apart, or not exist at all (no steady state to start from): descents begin where
 * a look around says that it is worth while. */

/* Looking is allowed to be inaccurate. */
#define LOOK_RTOL 1e-5

static void draw(const struct calibration *fit, const double given[],
                 struct pel_random *random, double x[])
{
    const double spread = fit->set->spread;
    for (size_t k = 0; k < fit->n_free; k++) {
        const double u = spread * (2.0 * pel_random_uniform(random) - 1.0);
        if (fit->c[k].parameter == PEL_FAMILY_PARAMETERS)
            x[k] = given[k] + log1p(u);
        else
            x[k] = given[k] + u * (given[k] != 0.0 ? given[k] : 1.0);
        x[k] = fmin(fmax(x[k], fit->lower[k]), fit->upper[k]);
    }
}

/* x into the list of the best, kept by increasing misfit. */
static void keep(size_t n, size_t most, size_t *found, double x[], double misfit[],
                 const double candidate[], double its)
{
    size_t at = *found < most ? (*found)++ : most;
    if (at == most && !(its < misfit[most - 1])) return;
    if (at == most) at = most - 1;
    for (; at > 0 && its < misfit[at - 1]; at--) {
        misfit[at] = misfit[at - 1];
        memcpy(x + at * n, x + (at - 1) * n, n * sizeof *x);
    }
    misfit[at] = its;
    memcpy(x + at * n, candidate, n * sizeof *x);
}

pel_status calibration_candidates(struct calibration *fit, double x[], size_t *found,
                                  size_t *possible, struct pel_error *err)
{
    const size_t n = fit->n, most = fit->set->starts;
    const double rtol = fit->rtol;
    struct pel_error first = {0};
    struct pel_random random;
    pel_random_init(&random, fit->set->seed, 0, 0);
    double *block = calloc(2 * n + most, sizeof *block);
    if (block == NULL)
        return pel_error_set(err, PEL_ENOMEM, "calibration: out of memory");
    double *given = block, *candidate = block + n, *misfit = block + 2 * n;
    memcpy(given, x, n * sizeof *given);
    memcpy(candidate, x, n * sizeof *given);
    *found = *possible = 0;
    fit->integrated = 1;
    fit->rtol = LOOK_RTOL;
    for (size_t i = 0; i < fit->set->draws && !fit->stopped; i++) {
        if (i > 0) draw(fit, given, &random, candidate);
        fit->done = (double)i / (double)fit->set->draws;
        if (calibration_evaluate(fit, candidate, 0) != 0) {
            if (i == 0) first = fit->why;
            continue;
        }
        double sum = 0.0;
        for (size_t k = 0; k < fit->m; k++)
            sum += fit->r[k] * fit->r[k];
        (*possible)++;
        keep(n, most, found, x, misfit, candidate, sum);
    }
    fit->integrated = 0;
    fit->rtol = rtol;
    free(block);
    if (fit->stopped) return pel_error_set(err, PEL_ESTOPPED, "interrupted");
    if (*found > 0) return PEL_OK;
    if (fit->set->draws == 1)
        return pel_error_set(err, PEL_ENOCONV, "the scans cannot be computed: %s",
                             first.text);
    return pel_error_set(
        err, PEL_ENOCONV,
        "the scans cannot be computed, neither with the parameters given "
        "nor with %zu others within %g %% of them: %s",
        fit->set->draws - 1, 100.0 * fit->set->spread, first.text);
}

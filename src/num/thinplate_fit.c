#include "lapack_priv.h"
#include "thinplate_priv.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is lost in a matrix, relative to its largest eigenvalue. */
static const double rounding = 1e-15;

struct pel_thinplate_settings pel_thinplate_settings_defaults(void)
{
    return (struct pel_thinplate_settings){
        .lowest = 1e-12, .highest = 1e2, .n_scan = 57, .rtol = 1e-3};
}

void pel_thinplate_fit_release(struct pel_thinplate_fit *fit)
{
    free(fit->coefficients);
    free(fit->reduced);
    fit->coefficients = fit->reduced = NULL;
}

/* Scratch of the tridiagonal equations: three copies of D, and g. */
struct solver {
    const struct pel_thinplate *plate;
    const double *z;             /* [free] right-hand side, borrowed */
    double *below, *at, *above;  /* [free] */
    double *g;                   /* [free] the solution */
    double rss, parameters, gcv; /* at the last smoothing */
};

static pel_status solver_init(struct solver *solver, const struct pel_thinplate *plate,
                              struct pel_error *err)
{
    const size_t m = plate->free > 0 ? plate->free : 1;
    *solver = (struct solver){.plate = plate, .below = calloc(4 * m, sizeof(double))};
    if (solver->below == NULL)
        return pel_error_set(err, PEL_ENOMEM, "thin plate of %zu points", plate->n);
    solver->at = solver->below + m;
    solver->above = solver->below + 2 * m;
    solver->g = solver->below + 3 * m;
    return PEL_OK;
}

static void solver_end(struct solver *solver)
{
    free(solver->below);
}

/* (D + L) g = z. Returns LAPACK's info. */
static int solve(struct solver *solver, double smoothing)
{
    const struct pel_thinplate *plate = solver->plate;
    const size_t m = plate->free;
    solver->parameters = PLANE;
    solver->rss = 0.0;
    solver->gcv = NAN;
    if (m == 0) return 0;
    for (size_t i = 0; i < m; i++) {
        solver->at[i] = plate->diagonal[i] + smoothing;
        if (i + 1 < m) solver->below[i] = solver->above[i] = plate->off[i];
    }
    memcpy(solver->g, solver->z, m * sizeof *solver->g);
    const int info = LAPACKE_dgtsv_work(LAPACK_COL_MAJOR, (int)m, 1, solver->below,
                                        solver->at, solver->above, solver->g, (int)m);
    /* What is left of S z is L g; dividing both by L, nothing is lost as L goes to 0. */
    double squares = 0.0, trace = 0.0;
    for (size_t i = 0; i < m; i++) {
        squares += solver->g[i] * solver->g[i];
        trace += 1.0 / (fmax(plate->eigenvalues[i], 0.0) + smoothing);
    }
    solver->rss = smoothing * smoothing * squares;
    solver->parameters = (double)plate->n - smoothing * trace;
    solver->gcv = (double)plate->n * squares / (trace * trace);
    return info;
}

/* Least GCV: the lowest of a scan even in ln L, then a golden section beside it. */
static double least_gcv(struct solver *solver,
                        const struct pel_thinplate_settings *settings)
{
    const size_t m = solver->plate->free;
    const double largest = m > 0 ? solver->plate->eigenvalues[m - 1] : 0.0;
    if (!(largest > 0.0)) return 1.0;
    const double lo = log(settings->lowest * largest);
    const double hi = log(settings->highest * largest);
    const double step = (hi - lo) / (double)(settings->n_scan - 1);
    double best = lo, lowest = INFINITY;
    for (size_t k = 0; k < settings->n_scan; k++) {
        const double at = lo + step * (double)k;
        if (solve(solver, exp(at)) == 0 && solver->gcv < lowest) {
            lowest = solver->gcv;
            best = at;
        }
    }
    const double golden = 0.5 * (sqrt(5.0) - 1.0);
    double a = fmax(best - step, lo), b = fmin(best + step, hi);
    while (b - a > settings->rtol) {
        const double left = b - golden * (b - a), right = a + golden * (b - a);
        solve(solver, exp(left));
        const double at_left = solver->gcv;
        solve(solver, exp(right));
        if (at_left <= solver->gcv)
            b = right;
        else
            a = left;
    }
    return exp(0.5 * (a + b));
}

/* Coefficients of count functions from their g (in the rows of c below the third, one
 * column each) and from what the planes are asked for.
 *   column  [count * n] in: 3 numbers (Q^T S z) and g; out: of no use */
static int unfold(const struct pel_thinplate *plate, size_t count, double column[],
                  double coefficients[])
{
    const size_t n = plate->n, m = plate->free;
    int info = 0;
    if (m > 0) {
        double *corner = plate->matrix + PLANE * n + PLANE;
        info = LAPACKE_dormtr(LAPACK_COL_MAJOR, 'L', 'L', 'N', (int)m, (int)count, corner,
                              (int)n, plate->u_tau, column + PLANE, (int)n);
        if (info != 0) return info;
    }
    for (size_t r = 0; r < count; r++) {
        double *c = column + r * n;
        double *plane = coefficients + r * (n + PLANE) + n;
        for (size_t k = 0; k < PLANE; k++) {
            plane[k] = c[k];
            for (size_t j = 0; j < m; j++)
                plane[k] -= plate->border[j * PLANE + k] * c[PLANE + j];
            c[k] = 0.0;
        }
        for (size_t k = PLANE; k-- > 0;) {
            for (size_t l = k + 1; l < PLANE; l++)
                plane[k] -= plate->q[l * n + k] * plane[l];
            plane[k] /= plate->q[k * n + k];
        }
    }
    info = LAPACKE_dormqr(LAPACK_COL_MAJOR, 'L', 'N', (int)n, (int)count, PLANE, plate->q,
                          (int)n, plate->q_tau, column, (int)n);
    for (size_t r = 0; info == 0 && r < count; r++)
        for (size_t i = 0; i < n; i++)
            coefficients[r * (n + PLANE) + i] = plate->root_w[i] * column[r * n + i];
    return info;
}

static pel_status check_settings(const struct pel_thinplate_settings *set,
                                 struct pel_error *err)
{
    if (set->lowest > 0.0 && set->highest > set->lowest && isfinite(set->highest) &&
        set->n_scan >= 3 && set->rtol > 0.0)
        return PEL_OK;
    return pel_error_set(err, PEL_EARG,
                         "thin plate: expected 0 < lowest < highest, three values or "
                         "more and a tolerance > 0 (%g, %g, %zu, %g)",
                         set->lowest, set->highest, set->n_scan, set->rtol);
}

/* In: z in the weighted basis Q. Out: U^T of its rows below the third. */
static int reduce(const struct pel_thinplate *plate, double reduced[])
{
    const size_t n = plate->n;
    int info = LAPACKE_dormqr(LAPACK_COL_MAJOR, 'L', 'T', (int)n, 1, PLANE, plate->q,
                              (int)n, plate->q_tau, reduced, (int)n);
    if (info == 0 && plate->free > 0)
        info = LAPACKE_dormtr(LAPACK_COL_MAJOR, 'L', 'L', 'T', (int)plate->free, 1,
                              plate->matrix + PLANE * n + PLANE, (int)n, plate->u_tau,
                              reduced + PLANE, (int)n);
    return info;
}

static pel_status run(const struct pel_thinplate *plate, const double z[],
                      double smoothing, const struct pel_thinplate_settings *set,
                      struct solver *solver, struct pel_thinplate_fit *fit,
                      struct pel_error *err)
{
    const size_t n = plate->n;
    for (size_t i = 0; i < n; i++)
        fit->reduced[i] = plate->root_w[i] * z[i];
    int info = reduce(plate, fit->reduced);
    if (info != 0) return pel_thinplate_failed(info, "dormtr", n, err);
    solver->z = fit->reduced + PLANE;
    fit->smoothing = isnan(smoothing) ? least_gcv(solver, set) : smoothing;
    info = solve(solver, fit->smoothing);
    for (size_t i = 0; info == 0 && i < plate->free; i++)
        if (!isfinite(solver->g[i])) info = 1;
    if (info != 0)
        return pel_error_set(err, PEL_ENOCONV,
                             "thin plate of %zu points: singular with smoothing %g", n,
                             fit->smoothing);
    fit->rss = solver->rss;
    fit->parameters = solver->parameters;
    fit->gcv = solver->gcv;
    const double left = (double)n - fit->parameters;
    fit->variance = left > 0.0 ? fit->rss / left : NAN;

    double *column = malloc(n * sizeof *column);
    if (column == NULL) return pel_thinplate_failed(LAPACK_WORK_MEMORY_ERROR, "", n, err);
    memcpy(column, fit->reduced, PLANE * sizeof *column);
    memcpy(column + PLANE, solver->g, plate->free * sizeof *column);
    info = unfold(plate, 1, column, fit->coefficients);
    free(column);
    return info == 0 ? PEL_OK : pel_thinplate_failed(info, "dormtr", n, err);
}

pel_status pel_thinplate_run(const struct pel_thinplate *plate, const double z[],
                             double smoothing,
                             const struct pel_thinplate_settings *settings,
                             struct pel_thinplate_fit *fit, struct pel_error *err)
{
    const struct pel_thinplate_settings set =
        settings != NULL ? *settings : pel_thinplate_settings_defaults();
    *fit = (struct pel_thinplate_fit){0};
    pel_status status = check_settings(&set, err);
    if (status != PEL_OK) return status;
    if (smoothing < 0.0 || isinf(smoothing))
        return pel_error_set(
            err, PEL_EARG, "thin plate: smoothing is %g, expected 0 or more", smoothing);
    for (size_t i = 0; i < plate->n; i++)
        if (!isfinite(z[i]))
            return pel_error_set(err, PEL_EARG, "thin plate: value %zu is not finite", i);
    struct solver solver;
    status = solver_init(&solver, plate, err);
    if (status != PEL_OK) return status;
    fit->coefficients = malloc(pel_thinplate_size(plate) * sizeof(double));
    fit->reduced = malloc(plate->n * sizeof(double));
    if (fit->coefficients == NULL || fit->reduced == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "thin plate of %zu points", plate->n);
    } else {
        const int is_alone = pel_lapack_begin();
        status = run(plate, z, smoothing, &set, &solver, fit, err);
        pel_lapack_end(is_alone);
    }
    solver_end(&solver);
    if (status != PEL_OK) {
        pel_thinplate_fit_release(fit);
        *fit = (struct pel_thinplate_fit){0};
    }
    return status;
}

/* D = L d L^T, L with ones on its diagonal. D is positive but for rounding, against which
 * it gets what is lost in it anyway.
 *   d [free], below [free] receive both */
static int split(const struct pel_thinplate *plate, double d[], double below[])
{
    const size_t m = plate->free;
    double shift = rounding * fmax(plate->eigenvalues[m - 1], 0.0);
    int info = 1;
    for (int turn = 0; info != 0 && turn < 8; turn++, shift *= 10.0) {
        for (size_t i = 0; i < m; i++) {
            d[i] = plate->diagonal[i] + shift;
            if (i + 1 < m) below[i] = plate->off[i];
        }
        info = LAPACKE_dpttrf_work((int)m, d, below);
    }
    return info;
}

/* In the reduced basis, where white noise stays white: g of covariance variance / L D^-1 is
 * the drawn function, D g + noise is what is seen of it.
 *   scratch  [4 * n] */
static int replicate(struct solver *solver, const struct pel_thinplate_fit *fit,
                     const struct pel_thinplate_settings *set, double sd, int reselect,
                     struct pel_random *random, size_t count, double column[],
                     double scratch[])
{
    const struct pel_thinplate *plate = solver->plate;
    const size_t n = plate->n, m = plate->free;
    double *d = scratch, *below = scratch + n, *g = scratch + 2 * n, *z = scratch + 3 * n;
    const int is_prior = m > 0 && fit->smoothing > 0.0;
    if (is_prior && split(plate, d, below) != 0) return 1;
    /* Every column starts with what the fit is. */
    solver->z = fit->reduced + PLANE;
    if (solve(solver, fit->smoothing) != 0) return 1;
    for (size_t r = 0; r < count; r++) {
        memcpy(column + r * n, fit->reduced, PLANE * sizeof *column);
        memcpy(column + r * n + PLANE, solver->g, m * sizeof *column);
    }
    solver->z = z;
    for (size_t r = 0; r < count; r++) {
        double *c = column + r * n;
        for (size_t k = 0; k < PLANE; k++)
            c[k] -= sd * pel_random_normal(random);
        for (size_t i = m; i-- > 0;) {
            g[i] = is_prior ? sd / sqrt(fit->smoothing * d[i]) * pel_random_normal(random)
                            : 0.0;
            if (is_prior && i + 1 < m) g[i] -= below[i] * g[i + 1];
        }
        for (size_t i = 0; i < m; i++) {
            z[i] = plate->diagonal[i] * g[i] + sd * pel_random_normal(random);
            if (i > 0) z[i] += plate->off[i - 1] * g[i - 1];
            if (i + 1 < m) z[i] += plate->off[i] * g[i + 1];
        }
        const double smoothing = reselect ? least_gcv(solver, set) : fit->smoothing;
        if (solve(solver, smoothing) != 0) return 1;
        for (size_t i = 0; i < m; i++)
            c[PLANE + i] += g[i] - solver->g[i];
    }
    return 0;
}

pel_status pel_thinplate_bootstrap(const struct pel_thinplate *plate,
                                   const struct pel_thinplate_fit *fit, double variance,
                                   int reselect,
                                   const struct pel_thinplate_settings *settings,
                                   struct pel_random *random, size_t n_replicates,
                                   double coefficients[], struct pel_error *err)
{
    const struct pel_thinplate_settings set =
        settings != NULL ? *settings : pel_thinplate_settings_defaults();
    pel_status status = check_settings(&set, err);
    if (status != PEL_OK) return status;
    if (!(variance >= 0.0 && isfinite(variance)))
        return pel_error_set(err, PEL_EARG,
                             "thin plate: variance is %g, expected 0 or more", variance);
    if (n_replicates == 0) return PEL_OK;
    struct solver solver;
    status = solver_init(&solver, plate, err);
    if (status != PEL_OK) return status;
    double *column = malloc(n_replicates * plate->n * sizeof *column);
    double *scratch = malloc(4 * plate->n * sizeof *scratch);
    if (column == NULL || scratch == NULL) {
        status =
            pel_error_set(err, PEL_ENOMEM, "thin plate: %zu replicates of %zu points",
                          n_replicates, plate->n);
    } else {
        const int is_alone = pel_lapack_begin();
        int info = replicate(&solver, fit, &set, sqrt(variance), reselect, random,
                             n_replicates, column, scratch);
        if (info == 0) info = unfold(plate, n_replicates, column, coefficients);
        pel_lapack_end(is_alone);
        if (info != 0) status = pel_thinplate_failed(info, "a replicate", plate->n, err);
    }
    free(column);
    free(scratch);
    solver_end(&solver);
    return status;
}

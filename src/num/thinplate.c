#include "lapack_priv.h"

#include <pelrate/constants.h>
#include <pelrate/thinplate.h>

#include <lapacke.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns on which LAPACK works at once: its own choice for these routines. */
enum { BLOCK = 64 };
/* Planes in two dimensions: 1, x, y. */
enum { PLANE = 3 };
/* Points whose distance from a line is below this, relative to their spread, are on it. */
static const double flat = 1e-9;
/* What is lost in a matrix, relative to its largest eigenvalue. */
static const double rounding = 1e-15;

/* With S = sqrt(w), K_ij = phi(|p_i - p_j|) and T the planes at the points: S T = Q R,
 * Q^T S K S Q has the blocks B (first 3 rows) and M below, M = U D U^T with D
 * tridiagonal. c = S Q [0; U g], and (D + L) g = U^T (Q^T S z)_below. */
struct pel_thinplate {
    size_t n;               /* points */
    size_t free;            /* n - 3: rows of M */
    double *x, *y;          /* [n] owned */
    double *root_w;         /* [n] S, owned */
    double mean[2], per[2]; /* planes are 1, (x - mean) / per, ... */
    double *matrix;         /* [n * n] columns; U as dsytrd leaves it, owned */
    double *q, *q_tau;      /* [n * 3], [3] Q and R as dgeqrf leaves them, owned */
    double *u_tau;          /* [free] owned */
    double *border;         /* [3 * free] B, column after column, owned */
    double *diagonal, *off; /* [free] D, owned */
    double *eigenvalues;    /* [free] of D, lowest first, owned */
};

void pel_thinplate_free(struct pel_thinplate *plate)
{
    if (plate == NULL) return;
    double *const owned[] = {plate->x,      plate->y,          plate->root_w,
                             plate->matrix, plate->q,          plate->q_tau,
                             plate->u_tau,  plate->border,     plate->diagonal,
                             plate->off,    plate->eigenvalues};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        free(owned[i]);
    free(plate);
}

size_t pel_thinplate_size(const struct pel_thinplate *plate)
{
    return plate->n + PLANE;
}

static double phi(double square)
{
    return square > 0.0 ? square * log(square) / (16.0 * PEL_PI) : 0.0;
}

static void put_plane(const struct pel_thinplate *plate, double x, double y, double out[])
{
    out[0] = 1.0;
    out[1] = (x - plate->mean[0]) / plate->per[0];
    out[2] = (y - plate->mean[1]) / plate->per[1];
}

struct place {
    double x, y;
    size_t i;
};

static int by_place(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    if (p->x != q->x) return p->x < q->x ? -1 : 1;
    if (p->y != q->y) return p->y < q->y ? -1 : 1;
    return p->i < q->i ? -1 : p->i > q->i;
}

static pel_status check_points(size_t n, const double x[], const double y[],
                               const double weight[], struct pel_error *err)
{
    if (n < PLANE || n > INT_MAX / BLOCK)
        return pel_error_set(err, PEL_EARG, "thin plate: %zu points, expected 3 or more",
                             n);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]) || !isfinite(y[i]) ||
            (weight != NULL && !(weight[i] > 0.0 && isfinite(weight[i]))))
            return pel_error_set(err, PEL_EARG,
                                 "thin plate: point %zu is at %g, %g with weight %g, "
                                 "expected finite numbers and a weight > 0",
                                 i, x[i], y[i], weight != NULL ? weight[i] : 1.0);
    struct place *places = malloc(n * sizeof *places);
    if (places == NULL)
        return pel_error_set(err, PEL_ENOMEM, "thin plate of %zu points", n);
    for (size_t i = 0; i < n; i++)
        places[i] = (struct place){x[i], y[i], i};
    qsort(places, n, sizeof *places, by_place);
    pel_status status = PEL_OK;
    for (size_t i = 1; status == PEL_OK && i < n; i++)
        if (places[i].x == places[i - 1].x && places[i].y == places[i - 1].y)
            status = pel_error_set(err, PEL_EARG,
                                   "thin plate: points %zu and %zu are the same",
                                   places[i - 1].i, places[i].i);
    free(places);
    return status;
}

static void spread(size_t n, const double x[], double *mean, double *per)
{
    double lo = x[0], hi = x[0];
    for (size_t i = 1; i < n; i++) {
        lo = fmin(lo, x[i]);
        hi = fmax(hi, x[i]);
    }
    *mean = 0.5 * (lo + hi);
    *per = hi > lo ? 0.5 * (hi - lo) : 1.0;
}

static pel_status allocate(struct pel_thinplate *plate, size_t n, struct pel_error *err)
{
    plate->n = n;
    plate->free = n - PLANE;
    const size_t at_least_one = plate->free > 0 ? plate->free : 1;
    struct {
        double **at;
        size_t size;
    } const wanted[] = {{&plate->x, n},
                        {&plate->y, n},
                        {&plate->root_w, n},
                        {&plate->matrix, n * n},
                        {&plate->q, n * PLANE},
                        {&plate->q_tau, PLANE},
                        {&plate->u_tau, at_least_one},
                        {&plate->border, PLANE * at_least_one},
                        {&plate->diagonal, at_least_one},
                        {&plate->off, at_least_one},
                        {&plate->eigenvalues, at_least_one}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        *wanted[i].at = malloc(wanted[i].size * sizeof(double));
        if (*wanted[i].at == NULL)
            return pel_error_set(err, PEL_ENOMEM, "thin plate of %zu points", n);
    }
    return PEL_OK;
}

/* S K S, whole. */
static void fill(struct pel_thinplate *plate)
{
    const size_t n = plate->n;
    for (size_t j = 0; j < n; j++) {
        plate->matrix[j * n + j] = 0.0;
        for (size_t i = j + 1; i < n; i++) {
            const double dx = plate->x[i] - plate->x[j], dy = plate->y[i] - plate->y[j];
            const double value =
                plate->root_w[i] * plate->root_w[j] * phi(dx * dx + dy * dy);
            plate->matrix[j * n + i] = value;
            plate->matrix[i * n + j] = value;
        }
    }
}

static pel_status failed(int info, const char *what, size_t n, struct pel_error *err)
{
    if (info == LAPACK_WORK_MEMORY_ERROR || info == LAPACK_TRANSPOSE_MEMORY_ERROR)
        return pel_error_set(err, PEL_ENOMEM, "thin plate of %zu points", n);
    return pel_error_set(err, PEL_ENOCONV, "thin plate of %zu points: %s gave %d", n,
                         what, info);
}

/* - planes: S T = Q R
 * - Q^T S K S Q, its border put aside
 * - M to tridiagonal, and the eigenvalues of that */
static pel_status factorise(struct pel_thinplate *plate, struct pel_error *err)
{
    const int n = (int)plate->n, m = (int)plate->free;
    for (size_t i = 0; i < plate->n; i++) {
        double row[PLANE];
        put_plane(plate, plate->x[i], plate->y[i], row);
        for (size_t k = 0; k < PLANE; k++)
            plate->q[k * plate->n + i] = plate->root_w[i] * row[k];
    }
    int info = LAPACKE_dgeqrf(LAPACK_COL_MAJOR, n, PLANE, plate->q, n, plate->q_tau);
    if (info != 0) return failed(info, "dgeqrf", plate->n, err);
    double longest = 0.0, shortest = INFINITY;
    for (size_t k = 0; k < PLANE; k++) {
        longest = fmax(longest, fabs(plate->q[k * plate->n + k]));
        shortest = fmin(shortest, fabs(plate->q[k * plate->n + k]));
    }
    if (!(shortest > flat * longest))
        return pel_error_set(err, PEL_EARG, "thin plate: all %zu points are on one line",
                             plate->n);

    fill(plate);
    info = LAPACKE_dormqr(LAPACK_COL_MAJOR, 'L', 'T', n, n, PLANE, plate->q, n,
                          plate->q_tau, plate->matrix, n);
    if (info == 0)
        info = LAPACKE_dormqr(LAPACK_COL_MAJOR, 'R', 'N', n, n, PLANE, plate->q, n,
                              plate->q_tau, plate->matrix, n);
    if (info != 0) return failed(info, "dormqr", plate->n, err);
    for (size_t j = 0; j < plate->free; j++)
        for (size_t k = 0; k < PLANE; k++)
            plate->border[j * PLANE + k] = plate->matrix[(j + PLANE) * plate->n + k];
    if (m == 0) return PEL_OK;
    double *corner = plate->matrix + PLANE * plate->n + PLANE;
    info = LAPACKE_dsytrd(LAPACK_COL_MAJOR, 'L', m, corner, n, plate->diagonal,
                          plate->off, plate->u_tau);
    if (info != 0) return failed(info, "dsytrd", plate->n, err);
    double *scratch = malloc(plate->free * sizeof *scratch);
    if (scratch == NULL) return failed(LAPACK_WORK_MEMORY_ERROR, "", plate->n, err);
    memcpy(plate->eigenvalues, plate->diagonal, plate->free * sizeof(double));
    memcpy(scratch, plate->off, (plate->free - 1) * sizeof(double));
    info = LAPACKE_dsterf(m, plate->eigenvalues, scratch);
    free(scratch);
    return info == 0 ? PEL_OK : failed(info, "dsterf", plate->n, err);
}

pel_status pel_thinplate_create(size_t n, const double x[], const double y[],
                                const double weight[], struct pel_thinplate **out,
                                struct pel_error *err)
{
    *out = NULL;
    pel_status status = check_points(n, x, y, weight, err);
    if (status != PEL_OK) return status;
    struct pel_thinplate *plate = calloc(1, sizeof *plate);
    if (plate == NULL)
        return pel_error_set(err, PEL_ENOMEM, "thin plate of %zu points", n);
    status = allocate(plate, n, err);
    if (status == PEL_OK) {
        memcpy(plate->x, x, n * sizeof *x);
        memcpy(plate->y, y, n * sizeof *y);
        for (size_t i = 0; i < n; i++)
            plate->root_w[i] = weight != NULL ? sqrt(weight[i]) : 1.0;
        spread(n, x, &plate->mean[0], &plate->per[0]);
        spread(n, y, &plate->mean[1], &plate->per[1]);
        const int is_alone = pel_lapack_begin();
        status = factorise(plate, err);
        pel_lapack_end(is_alone);
    }
    if (status != PEL_OK) {
        pel_thinplate_free(plate);
        return status;
    }
    *out = plate;
    return PEL_OK;
}

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
    if (info != 0) return failed(info, "dormtr", n, err);
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
    if (column == NULL) return failed(LAPACK_WORK_MEMORY_ERROR, "", n, err);
    memcpy(column, fit->reduced, PLANE * sizeof *column);
    memcpy(column + PLANE, solver->g, plate->free * sizeof *column);
    info = unfold(plate, 1, column, fit->coefficients);
    free(column);
    return info == 0 ? PEL_OK : failed(info, "dormtr", n, err);
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
        if (info != 0) status = failed(info, "a replicate", plate->n, err);
    }
    free(column);
    free(scratch);
    solver_end(&solver);
    return status;
}

void pel_thinplate_basis(const struct pel_thinplate *plate, double x, double y,
                         double basis[], double d_x[], double d_y[])
{
    const size_t n = plate->n;
    for (size_t i = 0; i < n; i++) {
        const double dx = x - plate->x[i], dy = y - plate->y[i];
        const double square = dx * dx + dy * dy;
        const double ln = square > 0.0 ? log(square) : 0.0;
        if (basis != NULL) basis[i] = square * ln / (16.0 * PEL_PI);
        if (d_x != NULL) d_x[i] = dx * (ln + 1.0) / (8.0 * PEL_PI);
        if (d_y != NULL) d_y[i] = dy * (ln + 1.0) / (8.0 * PEL_PI);
    }
    if (basis != NULL) put_plane(plate, x, y, basis + n);
    if (d_x != NULL) {
        d_x[n] = d_x[n + 2] = 0.0;
        d_x[n + 1] = 1.0 / plate->per[0];
    }
    if (d_y != NULL) {
        d_y[n] = d_y[n + 1] = 0.0;
        d_y[n + 2] = 1.0 / plate->per[1];
    }
}

double pel_thinplate_sum(const struct pel_thinplate *plate, const double basis[],
                         const double coefficients[])
{
    /* Four sums at once: one alone would wait for each addition. */
    double sum[4] = {0.0};
    size_t k = 0;
    for (; k + 4 <= plate->n + PLANE; k += 4)
        for (size_t l = 0; l < 4; l++)
            sum[l] += basis[k + l] * coefficients[k + l];
    for (; k < plate->n + PLANE; k++)
        sum[0] += basis[k] * coefficients[k];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

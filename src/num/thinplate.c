#include "lapack_priv.h"
#include "thinplate_priv.h"

#include <pelrate/constants.h>

#include <lapacke.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns on which LAPACK works at once: its own choice for these routines. */
enum { BLOCK = 64 };
/* Points whose distance from a line is below this, relative to their spread, are on it. */
static const double flat = 1e-9;

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

pel_status pel_thinplate_failed(int info, const char *what, size_t n,
                                struct pel_error *err)
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
    if (info != 0) return pel_thinplate_failed(info, "dgeqrf", plate->n, err);
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
    if (info != 0) return pel_thinplate_failed(info, "dormqr", plate->n, err);
    for (size_t j = 0; j < plate->free; j++)
        for (size_t k = 0; k < PLANE; k++)
            plate->border[j * PLANE + k] = plate->matrix[(j + PLANE) * plate->n + k];
    if (m == 0) return PEL_OK;
    double *corner = plate->matrix + PLANE * plate->n + PLANE;
    info = LAPACKE_dsytrd(LAPACK_COL_MAJOR, 'L', m, corner, n, plate->diagonal,
                          plate->off, plate->u_tau);
    if (info != 0) return pel_thinplate_failed(info, "dsytrd", plate->n, err);
    double *scratch = malloc(plate->free * sizeof *scratch);
    if (scratch == NULL)
        return pel_thinplate_failed(LAPACK_WORK_MEMORY_ERROR, "", plate->n, err);
    memcpy(plate->eigenvalues, plate->diagonal, plate->free * sizeof(double));
    memcpy(scratch, plate->off, (plate->free - 1) * sizeof(double));
    info = LAPACKE_dsterf(m, plate->eigenvalues, scratch);
    free(scratch);
    return info == 0 ? PEL_OK : pel_thinplate_failed(info, "dsterf", plate->n, err);
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

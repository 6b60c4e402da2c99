#include <pelrate/lanczos.h>
#include <pelrate/tridiagonal.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vector_priv.h"

/* What is left of a vector after orthogonalisation counts as nothing below this share of
 * what it was: the Krylov space is exhausted. */
static const double exhausted = 1e-10;
/* Most that a Lanczos vector may hold of the rigid motions, which were projected out of the
 * first: what rounding leaves of them grows from vector to vector, as every eigenvalue does
 * that lies outside of the others. Unchecked they come back, as eigenvalues of about 0. */
static const double crept_in = 1e-8;
/* A rotation that moves the atoms by less than this share of their extent moves none. */
static const double still = 1e-8;

struct pel_lanczos_settings pel_lanczos_defaults(void)
{
    return (struct pel_lanczos_settings){.step_A = 0.005,
                                         .central = 0,
                                         .min_vectors = 3,
                                         .max_vectors = 20,
                                         .tolerance = 0.01,
                                         .floor = 0.01,
                                         .translations = 0,
                                         .rotations = 0};
}

/* All that one call owns. */
struct lanczos {
    const struct pel_surface *surface;
    const struct pel_lanczos_settings *settings;
    const double *x;        /* [n] the point, borrowed */
    const double *gradient; /* [n] gradient there, borrowed or in base */
    size_t n;               /* coordinates */
    double *basis;          /* [max_vectors * n] Lanczos vectors */
    double *turns;          /* [3 * n] rigid rotations at x, orthonormal or 0 */
    double *moved, *ahead, *behind, *base, *w; /* [n] each */
    double *alpha, *beta; /* [max_vectors] elements of the tridiagonal matrix */
    double *values;       /* [max_vectors] */
    double *vectors;      /* [max_vectors^2] */
    size_t evaluations;
};

/* Take translations out of v, and rotations, where there are any. */
static void project(const struct lanczos *l, double v[])
{
    if (l->settings->translations) vector_no_translation(l->n, v);
    if (!l->settings->rotations) return;
    for (size_t k = 0; k < 3; k++) {
        const double *turn = l->turns + k * l->n;
        vector_add(l->n, -vector_dot(l->n, turn, v), turn, v);
    }
}

/* The rotations about the three axes through the centroid, made orthonormal; those that
 * move nothing (atoms on one axis) stay 0. */
static void find_rotations(struct lanczos *l)
{
    const size_t n = l->n;
    memcpy(l->w, l->x, n * sizeof *l->w);
    vector_no_translation(n, l->w);
    const double size = vector_norm(n, l->w);
    for (size_t k = 0; k < 3; k++) {
        const size_t a = (k + 1) % 3, b = (k + 2) % 3;
        double *turn = l->turns + k * n;
        for (size_t i = 0; i < n; i += 3) {
            turn[i + a] = -l->w[i + b];
            turn[i + b] = l->w[i + a];
        }
        for (size_t j = 0; j < k; j++) {
            const double *other = l->turns + j * n;
            vector_add(n, -vector_dot(n, other, turn), other, turn);
        }
        if (!(vector_normalise(n, turn) > still * size))
            memset(turn, 0, n * sizeof *turn);
    }
}

static pel_status gradient_at(struct lanczos *l, double along, const double direction[],
                              double gradient[], struct pel_error *err)
{
    double energy;
    for (size_t i = 0; i < l->n; i++)
        l->moved[i] = l->x[i] + (direction != NULL ? along * direction[i] : 0.0);
    l->evaluations++;
    return l->surface->evaluate(l->surface->context, l->moved, &energy, gradient, err);
}

/* w = H v by differences. */
static pel_status hessian_times(struct lanczos *l, const double v[], double w[],
                                struct pel_error *err)
{
    const double d = l->settings->step_A;
    const double *behind = l->gradient;
    double width = d;
    pel_status status = gradient_at(l, d, v, l->ahead, err);
    if (status != PEL_OK) return status;
    if (l->settings->central) {
        status = gradient_at(l, -d, v, l->behind, err);
        if (status != PEL_OK) return status;
        behind = l->behind;
        width = 2.0 * d;
    }
    for (size_t i = 0; i < l->n; i++)
        w[i] = (l->ahead[i] - behind[i]) / width;
    project(l, w);
    return PEL_OK;
}

/* mode = lowest Ritz vector of the first k vectors. */
static void ritz_vector(const struct lanczos *l, size_t k, double mode[])
{
    memset(mode, 0, l->n * sizeof *mode);
    for (size_t j = 0; j < k; j++)
        vector_add(l->n, l->vectors[j], l->basis + j * l->n, mode);
    vector_normalise(l->n, mode);
}

static pel_status check(const struct pel_surface *surface,
                        const struct pel_lanczos_settings *s, struct pel_error *err)
{
    if (surface->n == 0)
        return pel_error_set(err, PEL_EARG, "a surface of no coordinates");
    if (s->translations && surface->n % 3 != 0)
        return pel_error_set(err, PEL_EARG, "%zu coordinates are not those of atoms",
                             surface->n);
    if (s->rotations && !s->translations)
        return pel_error_set(err, PEL_EARG, "rotations go with translations");
    if (!(s->step_A > 0.0) || !isfinite(s->step_A))
        return pel_error_set(err, PEL_EARG, "difference step %g A is not positive",
                             s->step_A);
    if (s->min_vectors < 1 || s->max_vectors < s->min_vectors)
        return pel_error_set(err, PEL_EARG, "%zu to %zu vectors: need 1 <= least <= most",
                             s->min_vectors, s->max_vectors);
    if (!(s->tolerance >= 0.0) || !(s->floor >= 0.0))
        return pel_error_set(err, PEL_EARG,
                             "tolerance %g, floor %g: must not be negative", s->tolerance,
                             s->floor);
    return PEL_OK;
}

static pel_status allocate(struct lanczos *l, size_t m, struct pel_error *err)
{
    const size_t n = l->n;
    double *memory = calloc(m * n + 8 * n + 3 * m + m * m, sizeof *memory);
    if (memory == NULL)
        return pel_error_set(err, PEL_ENOMEM, "%zu vectors of %zu coordinates", m, n);
    l->basis = memory;
    l->turns = l->basis + m * n;
    l->moved = l->turns + 3 * n;
    l->ahead = l->moved + n;
    l->behind = l->ahead + n;
    l->base = l->behind + n;
    l->w = l->base + n;
    l->alpha = l->w + n;
    l->beta = l->alpha + m;
    l->values = l->beta + m;
    l->vectors = l->values + m;
    return PEL_OK;
}

/* Take the first k Lanczos vectors out of w; returns the length of what is left. Twice is
 * enough (Kahan, in Parlett, The Symmetric Eigenvalue Problem, 6-9). */
static double orthogonalise(struct lanczos *l, size_t k)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t j = 0; j < k; j++) {
            const double *qj = l->basis + j * l->n;
            vector_add(l->n, -vector_dot(l->n, qj, l->w), qj, l->w);
        }
    return vector_norm(l->n, l->w);
}

/* Whether w, of that length, holds rigid motions that have to be taken out. */
static int is_moving(struct lanczos *l, double length)
{
    memcpy(l->moved, l->w, l->n * sizeof *l->w);
    project(l, l->moved);
    vector_add(l->n, -1.0, l->w, l->moved);
    return vector_norm(l->n, l->moved) > crept_in * length;
}

/* The process itself: from the unit vector in basis, grow until the lowest Ritz value
 * rests. */
static pel_status iterate(struct lanczos *l, size_t most,
                          struct pel_lanczos_report *report, struct pel_error *err)
{
    const struct pel_lanczos_settings *s = l->settings;
    const size_t n = l->n;
    double before = INFINITY;
    for (size_t k = 0; k < most; k++) {
        const double *q = l->basis + k * n;
        pel_status status = hessian_times(l, q, l->w, err);
        if (status != PEL_OK) return status;
        const double size = vector_norm(n, l->w);
        l->alpha[k] = vector_dot(n, q, l->w);
        l->beta[k] = orthogonalise(l, k + 1);
        if (is_moving(l, l->beta[k])) {
            project(l, l->w);
            l->beta[k] = orthogonalise(l, k + 1);
        }
        status =
            pel_tridiagonal_eigen(k + 1, l->alpha, l->beta, l->values, l->vectors, err);
        if (status != PEL_OK) return status;

        report->vectors = k + 1;
        report->eigenvalue = l->values[0];
        report->second = k > 0 ? l->values[1] : NAN;
        report->highest = l->values[k];
        report->change = before - l->values[0];
        report->residual = l->beta[k] * fabs(l->vectors[k]);
        before = l->values[0];
        if (!(l->beta[k] > exhausted * size) ||
            (k + 1 >= s->min_vectors &&
             report->change <= s->tolerance * (fabs(before) + s->floor))) {
            report->converged = 1;
            break;
        }
        if (k + 1 == most) break;
        double *next = l->basis + (k + 1) * n;
        for (size_t i = 0; i < n; i++)
            next[i] = l->w[i] / l->beta[k];
    }
    return PEL_OK;
}

pel_status pel_lanczos_lowest(const struct pel_surface *surface,
                              const struct pel_lanczos_settings *settings,
                              const double x[], const double gradient[], double mode[],
                              struct pel_lanczos_report *report, struct pel_error *err)
{
    *report = (struct pel_lanczos_report){0};
    pel_status status = check(surface, settings, err);
    if (status != PEL_OK) return status;
    const size_t n = surface->n;
    const size_t gone = settings->rotations ? 6 : settings->translations ? 3 : 0;
    if (gone >= n)
        return pel_error_set(err, PEL_EARG, "no direction is left of %zu coordinates", n);
    const size_t most =
        settings->max_vectors < n - gone ? settings->max_vectors : n - gone;
    struct lanczos l = {
        .surface = surface, .settings = settings, .x = x, .gradient = gradient, .n = n};
    status = allocate(&l, most, err);
    if (status != PEL_OK) return status;

    if (settings->rotations) find_rotations(&l);
    memcpy(l.basis, mode, n * sizeof *mode);
    const double given = vector_normalise(n, l.basis);
    project(&l, l.basis);
    if (!(given > 0.0) || !isfinite(given) ||
        !(vector_normalise(n, l.basis) > exhausted)) {
        status = pel_error_set(err, PEL_EARG, "the starting vector vanishes");
        goto done;
    }
    if (gradient == NULL && !settings->central) {
        status = gradient_at(&l, 0.0, NULL, l.base, err);
        if (status != PEL_OK) goto done;
        l.gradient = l.base;
    }
    status = iterate(&l, most, report, err);
    if (status != PEL_OK) goto done;
    if (report->vectors == n - gone) report->converged = 1;
    ritz_vector(&l, report->vectors, l.w);
    const double sign = vector_dot(n, l.w, l.basis) < 0.0 ? -1.0 : 1.0;
    for (size_t i = 0; i < n; i++)
        mode[i] = sign * l.w[i];

done:
    report->evaluations = l.evaluations;
    free(l.basis);
    return status;
}

#include <pelrate/hessian.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "potential_priv.h"

/* A pair i, k: with n the unit vector from k to i and d the difference of a vector at the
 * two, it adds c n (n d) + t d at i and takes it away at k. */
struct stiff_pair {
    size_t i, k;
    double n[3];
    double c, t; /* psi'' - psi'/r, psi'/r [eV/A^2] */
};

/* What the density at an atom feels of the position of another one (or of its own). */
struct density_slope {
    size_t atom;
    double d[3]; /* d rho / d x [1/A] */
};

struct pel_hessian {
    size_t n;                     /* atoms */
    size_t n_pairs;               /* pairs of different atoms */
    struct stiff_pair *pairs;     /* [n_pairs]; owned */
    size_t *first;                /* [n + 1] where the slopes of an atom begin; owned */
    struct density_slope *slopes; /* [first[n]] of each atom, the first by its own place;
                                     owned */
    double *curvature;            /* [n] F'' at each atom [eV]; owned */
};

/* A pair on the way: what is known before the densities are. */
struct raw_pair {
    size_t i, k;
    double n[3], r;
    struct pel_pair_curves curves; /* a: i, b: k */
};

void pel_hessian_free(struct pel_hessian *hessian)
{
    if (hessian == NULL) return;
    free(hessian->pairs);
    free(hessian->first);
    free(hessian->slopes);
    free(hessian->curvature);
    free(hessian);
}

/* Species of the potential for each atom, and all pairs of atoms. */
static pel_status make_list(const struct pel_potential *potential,
                            const struct pel_structure *structure, int type[],
                            const double x[], struct pel_neighbor **list,
                            struct pel_error *err)
{
    double inner[PEL_MAX_SPECIES * PEL_MAX_SPECIES],
        outer[PEL_MAX_SPECIES * PEL_MAX_SPECIES];
    pel_status status =
        pel_potential_match(potential, structure, type, inner, outer, err);
    if (status == PEL_OK)
        status = pel_neighbor_create(structure->n, type, (int)potential->n, outer, outer,
                                     0.0, list, err);
    size_t bad = structure->n;
    if (status == PEL_OK)
        status = pel_neighbor_update(*list, &structure->cell, x, &bad, err);
    if (status == PEL_EARG && bad < structure->n)
        pel_error_set(err, PEL_EARG, "position of atom %lld is not finite",
                      (long long)structure->id[bad]);
    return status;
}

/* All pairs of different atoms, with their curves; rho receives the densities. An atom
 * and its own image keep their distance, so that nothing but the density comes of
 * them. */
static size_t take_pairs(const struct pel_potential *potential,
                         const struct pel_neighbor *list, struct raw_pair pairs[],
                         double rho[])
{
    const size_t segments = 2 * (size_t)list->n_types;
    size_t n = 0;
    for (size_t a = 0; a < list->n; a++)
        for (int s = list->first[segments * a]; s < list->first[segments * (a + 1)];
             s++) {
            const size_t g = (size_t)list->neighbors[s], b = (size_t)list->owner[g];
            struct raw_pair pair = {.i = (size_t)list->order[a],
                                    .k = (size_t)list->order[b]};
            double r2 = 0.0;
            for (size_t c = 0; c < 3; c++) {
                pair.n[c] = list->x[4 * a + c] - list->x[4 * g + c];
                r2 += pair.n[c] * pair.n[c];
            }
            pair.r = sqrt(r2);
            if (!(pair.r < list->range)) continue;
            for (size_t c = 0; c < 3; c++)
                pair.n[c] /= pair.r;
            potential->method->pair_curves(potential, (size_t)list->type[a],
                                           (size_t)list->type[b], pair.r, &pair.curves);
            rho[pair.i] += pair.curves.at_a[0];
            rho[pair.k] += pair.curves.at_b[0];
            if (pair.i != pair.k) pairs[n++] = pair;
        }
    return n;
}

/* The pairs as springs, now that the slopes of embedding are known. */
static void fill_pairs(struct pel_hessian *h, const struct raw_pair raw[],
                       const double slope[])
{
    for (size_t p = 0; p < h->n_pairs; p++) {
        const struct raw_pair *q = &raw[p];
        double psi[3];
        for (int d = 1; d < 3; d++)
            psi[d] = q->curves.energy[d] + slope[q->i] * q->curves.at_a[d] +
                     slope[q->k] * q->curves.at_b[d];
        const double t = psi[1] / q->r;
        h->pairs[p] = (struct stiff_pair){.i = q->i, .k = q->k, .c = psi[2] - t, .t = t};
        memcpy(h->pairs[p].n, q->n, sizeof q->n);
    }
}

/* How the density at each atom changes with its neighbours' positions and its own. */
static void fill_slopes(struct pel_hessian *h, const struct raw_pair raw[], size_t fill[])
{
    for (size_t i = 0; i < h->n; i++) {
        h->slopes[h->first[i]] = (struct density_slope){.atom = i};
        fill[i] = h->first[i] + 1;
    }
    for (size_t p = 0; p < h->n_pairs; p++) {
        const struct raw_pair *q = &raw[p];
        struct density_slope *at_i = &h->slopes[fill[q->i]++],
                             *at_k = &h->slopes[fill[q->k]++];
        at_i->atom = q->k;
        at_k->atom = q->i;
        for (int c = 0; c < 3; c++) {
            at_i->d[c] = -q->curves.at_a[1] * q->n[c];
            at_k->d[c] = q->curves.at_b[1] * q->n[c];
            h->slopes[h->first[q->i]].d[c] -= at_i->d[c];
            h->slopes[h->first[q->k]].d[c] -= at_k->d[c];
        }
    }
}

pel_status pel_hessian_create(const struct pel_potential *potential,
                              const struct pel_structure *structure, const double x[],
                              struct pel_hessian **out, struct pel_error *err)
{
    *out = NULL;
    if (potential->method->pair_curves == NULL)
        return pel_error_set(err, PEL_EARG, "%s has no second derivatives in closed form",
                             potential->method->name);
    const size_t n = structure->n;
    struct pel_neighbor *list = NULL;
    struct raw_pair *raw = NULL;
    struct pel_hessian *h = calloc(1, sizeof *h);
    int *type = malloc(n * sizeof *type);
    double *rho = calloc(n, 2 * sizeof *rho), *slope = rho + n;
    size_t *fill = malloc(n * sizeof *fill);
    pel_status status = PEL_OK;
    if (h == NULL || type == NULL || rho == NULL || fill == NULL) goto nomem;
    status = make_list(potential, structure, type, x, &list, err);
    if (status != PEL_OK) goto done;

    const size_t most = (size_t)list->first[2 * (size_t)list->n_types * list->n];
    raw = malloc((most + 1) * sizeof *raw);
    if (raw == NULL) goto nomem;
    h->n = n;
    h->n_pairs = take_pairs(potential, list, raw, rho);
    h->pairs = malloc((h->n_pairs + 1) * sizeof *h->pairs);
    h->first = calloc(n + 1, sizeof *h->first);
    h->slopes = malloc((2 * h->n_pairs + n) * sizeof *h->slopes);
    h->curvature = malloc(n * sizeof *h->curvature);
    if (h->pairs == NULL || h->first == NULL || h->slopes == NULL || h->curvature == NULL)
        goto nomem;
    for (size_t i = 0; i < n; i++) {
        double f[3];
        potential->method->embedding_curve(potential, (size_t)type[i], rho[i], f);
        slope[i] = f[1];
        h->curvature[i] = f[2];
        h->first[i + 1] = 1;
    }
    for (size_t p = 0; p < h->n_pairs; p++) {
        h->first[raw[p].i + 1]++;
        h->first[raw[p].k + 1]++;
    }
    for (size_t i = 0; i < n; i++)
        h->first[i + 1] += h->first[i];
    fill_pairs(h, raw, slope);
    fill_slopes(h, raw, fill);
    *out = h;
    h = NULL;
    goto done;

nomem:
    status = pel_error_set(err, PEL_ENOMEM, "Hessian of %zu atoms", n);
done:
    pel_hessian_free(h);
    pel_neighbor_free(list);
    free(raw);
    free(type);
    free(rho);
    free(fill);
    return status;
}

void pel_hessian_times(const struct pel_hessian *hessian, const double v[], double w[])
{
    memset(w, 0, 3 * hessian->n * sizeof *w);
    for (size_t p = 0; p < hessian->n_pairs; p++) {
        const struct stiff_pair *q = &hessian->pairs[p];
        const double *a = v + 3 * q->i, *b = v + 3 * q->k;
        double *wa = w + 3 * q->i, *wb = w + 3 * q->k;
        const double d[3] = {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
        const double along = q->c * (q->n[0] * d[0] + q->n[1] * d[1] + q->n[2] * d[2]);
        for (int c = 0; c < 3; c++) {
            const double f = along * q->n[c] + q->t * d[c];
            wa[c] += f;
            wb[c] -= f;
        }
    }
    for (size_t i = 0; i < hessian->n; i++) {
        double change = 0.0;
        for (size_t s = hessian->first[i]; s < hessian->first[i + 1]; s++) {
            const struct density_slope *g = &hessian->slopes[s];
            const double *a = v + 3 * g->atom;
            change += g->d[0] * a[0] + g->d[1] * a[1] + g->d[2] * a[2];
        }
        change *= hessian->curvature[i];
        for (size_t s = hessian->first[i]; s < hessian->first[i + 1]; s++) {
            const struct density_slope *g = &hessian->slopes[s];
            for (size_t c = 0; c < 3; c++)
                w[3 * g->atom + c] += change * g->d[c];
        }
    }
}

/* Add b to the block of atoms i, k of a matrix of `rows` rows. */
static inline void add_block(double *dense, size_t rows, size_t i, size_t k,
                             double factor, const double b[3][3])
{
    double *to = dense + 3 * i * rows + 3 * k;
    for (size_t r = 0; r < 3; r++)
        for (size_t c = 0; c < 3; c++)
            to[r * rows + c] += factor * b[r][c];
}

/* The slopes of one density by the atoms that move, packed; returns how many. */
static size_t pick_slopes(const struct pel_hessian *h, size_t i, const size_t place[],
                          size_t atoms[], double d[])
{
    size_t count = 0;
    for (size_t s = h->first[i]; s < h->first[i + 1]; s++) {
        const struct density_slope *g = &h->slopes[s];
        if (place[g->atom] == SIZE_MAX) continue;
        atoms[count] = place[g->atom];
        memcpy(d + 3 * count, g->d, sizeof g->d);
        count++;
    }
    return count;
}

static void add_densities(const struct pel_hessian *h, const size_t place[], size_t rows,
                          double dense[], size_t atoms[], double d[])
{
    for (size_t i = 0; i < h->n; i++) {
        const size_t count = pick_slopes(h, i, place, atoms, d);
        for (size_t p = 0; p < count; p++)
            for (size_t r = 0; r < 3; r++) {
                const double factor = h->curvature[i] * d[3 * p + r];
                double *restrict row = dense + (3 * atoms[p] + r) * rows;
                for (size_t q = 0; q < count; q++)
                    for (size_t c = 0; c < 3; c++)
                        row[3 * atoms[q] + c] += factor * d[3 * q + c];
            }
    }
}

pel_status pel_hessian_dense(const struct pel_hessian *hessian, size_t n_moving,
                             const size_t moving[], double dense[], struct pel_error *err)
{
    const size_t n = hessian->n, rows = 3 * n_moving;
    if (n_moving == 0 || n_moving > n)
        return pel_error_set(err, PEL_EARG, "%zu atoms to move of %zu", n_moving, n);
    size_t most = 1;
    for (size_t i = 0; i < n; i++)
        if (hessian->first[i + 1] - hessian->first[i] > most)
            most = hessian->first[i + 1] - hessian->first[i];
    size_t *place = malloc((n + most) * sizeof *place);
    double *d = malloc(3 * most * sizeof *d);
    if (place == NULL || d == NULL) {
        free(place);
        free(d);
        return pel_error_set(err, PEL_ENOMEM, "Hessian of %zu atoms", n_moving);
    }
    for (size_t i = 0; i < n; i++)
        place[i] = SIZE_MAX;
    pel_status status = PEL_OK;
    for (size_t m = 0; status == PEL_OK && m < n_moving; m++) {
        const size_t i = moving != NULL ? moving[m] : m;
        if (i >= n || (m > 0 && moving != NULL && i <= moving[m - 1]))
            status = pel_error_set(err, PEL_EARG,
                                   "moving atom %zu is index %zu of %zu, expected "
                                   "increasing ones",
                                   m, i, n);
        else
            place[i] = m;
    }
    if (status == PEL_OK) {
        memset(dense, 0, rows * rows * sizeof *dense);
        for (size_t p = 0; p < hessian->n_pairs; p++) {
            const struct stiff_pair *q = &hessian->pairs[p];
            const size_t i = place[q->i], k = place[q->k];
            double b[3][3];
            for (int r = 0; r < 3; r++)
                for (int c = 0; c < 3; c++)
                    b[r][c] = q->c * q->n[r] * q->n[c] + (r == c ? q->t : 0.0);
            if (i != SIZE_MAX) add_block(dense, rows, i, i, 1.0, (const double(*)[3])b);
            if (k != SIZE_MAX) add_block(dense, rows, k, k, 1.0, (const double(*)[3])b);
            if (i == SIZE_MAX || k == SIZE_MAX) continue;
            add_block(dense, rows, i, k, -1.0, (const double(*)[3])b);
            add_block(dense, rows, k, i, -1.0, (const double(*)[3])b);
        }
        add_densities(hessian, place, rows, dense, place + n, d);
    }
    free(place);
    free(d);
    return status;
}

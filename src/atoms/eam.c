#include "potential_priv.h"

#include "eamfile_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The embedded-atom method:
 *
 *   E = sum_i F_a(rho_i) + sum_{i<j} phi_ab(r_ij),   rho_i = sum_{j != i} rho_ba(r_ij)
 *
 * a, b types of i and j; rho_ba the density that an atom of type b makes at an atom of
 * type a. Daw & Baskes, Phys. Rev. B 29:6443 (1984); densities that depend on both types:
 * Finnis & Sinclair, Philos. Mag. A 50:45 (1984), as in Mendelev et al., Philos. Mag.
 * 89:967 (2009).
 *
 * Tables are interpolated as LAMMPS does it (documentation of pair_style eam), so that
 * the same file gives the same energy: a cubic on each interval, from the values and from
 * slopes that are five-point central differences of the values (two-point at the ends);
 * r phi is tabulated, not phi; beyond the last rho, F goes on as a straight line. */

/* A function on a grid: value f and slope s (per interval, not per unit) at each point.
 * An interval needs f, s at both of its ends: cubic Hermite. */

/* What one pair of types, a <= b, needs; interleaved so that one pair of atoms reads two
 * neighbouring lines of memory. */
struct pair_table {
    int same;        /* a == b: one density function, else two */
    double *density; /* [n_r][2] f s (same), or [n_r][4]: f s of the density of b at a,
                        then of the density of a at b; owned */
    double *phi;     /* [n_r][2] f s of r phi(r) [eV A]; owned */
    double inner;    /* densities are zero from here on [A] */
    double outer;    /* everything is zero from here on [A] */
};

struct eam {
    struct pel_potential base; /* first: a pel_potential is where this starts */
    size_t n_r, n_rho;         /* points of the tables */
    double r_scale, rho_scale; /* 1 / spacing */
    double rho_max;            /* last point of F */
    double *embedding;         /* [n][n_rho][2] f s of F_a [eV]; owned */
    struct pair_table *pairs;  /* [n][n], only a <= b filled; owned */
};

struct eam_work {
    size_t atoms_alloc, pairs_alloc;
    double *slope;         /* [n_all] dF/drho of atoms and ghosts [eV] */
    int *first;            /* [n + 1] where the stored pairs of an atom start */
    int *stored;           /* [pairs] second atom of each pair within the inner range */
    double *density_slope; /* [pairs][2] (drho_i/dr) / r and (drho_j/dr) / r [1/A^2] */
    /* The neighbours of one atom that are in range. */
    size_t near_alloc;
    int *near_atom;
    int *near_node;  /* interval of the tables */
    double *near_d;  /* [4 near] x_i - x_j [A] */
    double *near_r2; /* [A^2] */
    double *near_1r; /* 1 / r [1/A] */
    double *near_p;  /* place in the interval, 0..1 */
};

/* Slopes at the points of a table f[0], f[stride], ...: into f[1], f[1 + stride], ... */
static void fill_slopes(double *f, size_t n, size_t stride)
{
#define F(k) f[(k)*stride]
#define S(k) f[(k)*stride + 1]
    S(0) = F(1) - F(0);
    S(1) = 0.5 * (F(2) - F(0));
    S(n - 2) = 0.5 * (F(n - 1) - F(n - 3));
    S(n - 1) = F(n - 1) - F(n - 2);
    for (size_t k = 2; k + 2 < n; k++)
        S(k) = ((F(k - 2) - F(k + 2)) + 8.0 * (F(k + 1) - F(k - 1))) / 12.0;
#undef F
#undef S
}

static void fill(double *to, size_t stride, const double from[], size_t n)
{
    for (size_t k = 0; k < n; k++)
        to[k * stride] = from[k];
    fill_slopes(to, n, stride);
}

/* Where a table [n][width] becomes exactly zero and stays so, slopes included [A]. */
static double range_of(const double table[], size_t n, size_t width, double spacing,
                       double cutoff)
{
    size_t k = n * width;
    while (k > 0 && table[k - 1] == 0.0)
        k--;
    const size_t points = (k + width - 1) / width; /* that are not zero */
    /* The last point not zero: beyond the table its value goes on up to the cutoff. */
    if (points == n) return cutoff;
    return fmin(cutoff, (double)points * spacing);
}

static void eam_free(struct pel_potential *potential)
{
    struct eam *eam = (struct eam *)potential;
    if (eam->pairs != NULL)
        for (size_t k = 0; k < eam->base.n * eam->base.n; k++) {
            free(eam->pairs[k].density);
            free(eam->pairs[k].phi);
        }
    free(eam->pairs);
    free(eam->embedding);
    free(eam);
}

static int fill_pair(struct eam *eam, const struct pel_eamfile *file, size_t a, size_t b)
{
    struct pair_table *t = &eam->pairs[a * file->n + b];
    const size_t n = file->n_r, width = a == b ? 2 : 4;
    t->same = a == b;
    t->density = calloc(width * n, sizeof *t->density);
    t->phi = calloc(2 * n, sizeof *t->phi);
    if (t->density == NULL || t->phi == NULL) return 0;
    fill(t->density, width, file->density + (b * file->n + a) * n, n);
    if (a != b) fill(t->density + 2, width, file->density + (a * file->n + b) * n, n);
    fill(t->phi, 2, file->pair + (a * file->n + b) * n, n);
    t->inner = range_of(t->density, n, width, file->d_r, file->cutoff);
    t->outer = fmax(t->inner, range_of(t->phi, n, 2, file->d_r, file->cutoff));
    return 1;
}

static pel_status eam_read(const struct pel_potential_method *method,
                           enum pel_eamfile_kind kind, const char *path,
                           size_t n_elements, const char *const elements[],
                           struct pel_potential **out, struct pel_error *err)
{
    struct pel_eamfile file;
    const pel_status status =
        pel_eamfile_read(path, kind, n_elements, elements, &file, err);
    if (status != PEL_OK) return status;
    const size_t n = file.n;
    struct eam *eam = calloc(1, sizeof *eam);
    if (eam == NULL) goto nomem;
    eam->base.method = method;
    eam->base.n = n;
    eam->n_r = file.n_r;
    eam->n_rho = file.n_rho;
    eam->r_scale = 1.0 / file.d_r;
    eam->rho_scale = 1.0 / file.d_rho;
    eam->rho_max = (double)(file.n_rho - 1) * file.d_rho;
    eam->embedding = calloc(n * file.n_rho, 2 * sizeof *eam->embedding);
    eam->pairs = calloc(n * n, sizeof *eam->pairs);
    if (eam->embedding == NULL || eam->pairs == NULL) goto nomem;
    for (size_t a = 0; a < n; a++) {
        strcpy(eam->base.element[a], elements[a]);
        eam->base.mass[a] = file.mass[a];
        fill(eam->embedding + 2 * a * file.n_rho, 2, file.embedding + a * file.n_rho,
             file.n_rho);
        for (size_t b = a; b < n; b++) {
            if (!fill_pair(eam, &file, a, b)) goto nomem;
            eam->base.cutoff = fmax(eam->base.cutoff, eam->pairs[a * n + b].outer);
        }
    }
    pel_eamfile_free(&file);
    *out = &eam->base;
    return PEL_OK;

nomem:
    if (eam != NULL) eam_free(&eam->base);
    pel_eamfile_free(&file);
    return pel_error_set(err, PEL_ENOMEM, "potential of %zu elements", n_elements);
}

static const struct pair_table *pair_of(const struct eam *eam, size_t a, size_t b)
{
    return &eam->pairs[a <= b ? a * eam->base.n + b : b * eam->base.n + a];
}

static double eam_inner(const struct pel_potential *potential, size_t a, size_t b)
{
    return pair_of((const struct eam *)potential, a, b)->inner;
}

static double eam_outer(const struct pel_potential *potential, size_t a, size_t b)
{
    return pair_of((const struct eam *)potential, a, b)->outer;
}

/* Value, slope and curvature of a table (points width apart) at place p of the interval
 * that starts at node, in the unit of 1 / scale. */
static void curve(const double node[], size_t width, double p, double scale,
                  double out[3])
{
    const double f0 = node[0], s0 = node[1], f1 = node[width], s1 = node[width + 1];
    const double step = f1 - f0;
    const double c2 = 3.0 * step - 2.0 * s0 - s1, c3 = s0 + s1 - 2.0 * step;
    out[0] = ((c3 * p + c2) * p + s0) * p + f0;
    out[1] = ((3.0 * c3 * p + 2.0 * c2) * p + s0) * scale;
    out[2] = (6.0 * c3 * p + 2.0 * c2) * scale * scale;
}

/* Interval and place in it as the kernel finds them: beyond the table the value stays. */
static size_t place_of(double at, size_t n, double *p)
{
    const size_t m = at < (double)(n - 1) ? (size_t)at : n - 2;
    *p = fmin(at - (double)m, 1.0);
    return m;
}

static void eam_pair_curves(const struct pel_potential *potential, size_t a, size_t b,
                            double r, struct pel_pair_curves *out)
{
    const struct eam *eam = (const struct eam *)potential;
    const struct pair_table *table = pair_of(eam, a, b);
    const size_t width = table->same ? 2 : 4, swapped = a > b ? 2 : 0;
    double p, z[3];
    *out = (struct pel_pair_curves){0};
    const size_t m = place_of(r * eam->r_scale, eam->n_r, &p);
    if (r < table->outer) {
        /* phi = z / r */
        curve(table->phi + 2 * m, 2, p, eam->r_scale, z);
        out->energy[0] = z[0] / r;
        out->energy[1] = (z[1] - out->energy[0]) / r;
        out->energy[2] = (z[2] - 2.0 * out->energy[1]) / r;
    }
    if (r < table->inner) {
        const double *node = table->density + width * m;
        curve(node + swapped, width, p, eam->r_scale, out->at_a);
        curve(node + (width == 4 ? 2 - swapped : 0), width, p, eam->r_scale, out->at_b);
    }
}

static void eam_embedding_curve(const struct pel_potential *potential, size_t a,
                                double rho, double out[3])
{
    const struct eam *eam = (const struct eam *)potential;
    double p;
    const size_t m = place_of(fmax(rho, 0.0) * eam->rho_scale, eam->n_rho, &p);
    if (rho < 0.0) p = rho * eam->rho_scale;
    curve(eam->embedding + 2 * (a * eam->n_rho + m), 2, p, eam->rho_scale, out);
    if (rho > eam->rho_max) {
        out[0] += out[1] * (rho - eam->rho_max);
        out[2] = 0.0;
    }
}

static void *eam_work_create(void)
{
    return calloc(1, sizeof(struct eam_work));
}

static void eam_work_free(void *work)
{
    struct eam_work *w = work;
    if (w == NULL) return;
    free(w->slope);
    free(w->first);
    free(w->stored);
    free(w->density_slope);
    free(w->near_atom);
    free(w->near_node);
    free(w->near_d);
    free(w->near_r2);
    free(w->near_1r);
    free(w->near_p);
    free(w);
}

static int renew(void **memory, size_t n, size_t size)
{
    free(*memory);
    *memory = malloc(n * size);
    return *memory != NULL;
}

static pel_status grow_work(struct eam_work *w, const struct pel_neighbor *list,
                            struct pel_error *err)
{
    const size_t segments = 2 * (size_t)list->n_types;
    const size_t pairs = (size_t)list->first[segments * list->n_rows] + 1;
    size_t most = 1;
    for (size_t k = 0; k < list->n_rows; k++) {
        const size_t own =
            (size_t)(list->first[(k + 1) * segments] - list->first[k * segments]);
        if (own + 1 > most) most = own + 1;
    }
    int good = 1;
    if (list->n_all >= w->atoms_alloc) {
        w->atoms_alloc = list->n_all + list->n_all / 4 + 1;
        good = renew((void **)&w->slope, w->atoms_alloc, sizeof *w->slope) &&
               renew((void **)&w->first, w->atoms_alloc, sizeof *w->first);
    }
    if (good && pairs > w->pairs_alloc) {
        w->pairs_alloc = pairs + pairs / 4;
        good = renew((void **)&w->stored, w->pairs_alloc, sizeof *w->stored) &&
               renew((void **)&w->density_slope, w->pairs_alloc,
                     2 * sizeof *w->density_slope);
    }
    if (good && most > w->near_alloc) {
        w->near_alloc = most + most / 4;
        good = renew((void **)&w->near_atom, w->near_alloc, sizeof *w->near_atom) &&
               renew((void **)&w->near_node, w->near_alloc, sizeof *w->near_node) &&
               renew((void **)&w->near_d, w->near_alloc, 4 * sizeof *w->near_d) &&
               renew((void **)&w->near_r2, w->near_alloc, sizeof *w->near_r2) &&
               renew((void **)&w->near_1r, w->near_alloc, sizeof *w->near_1r) &&
               renew((void **)&w->near_p, w->near_alloc, sizeof *w->near_p);
    }
    if (good) return PEL_OK;
    w->atoms_alloc = w->pairs_alloc = w->near_alloc = 0;
    return pel_error_set(err, PEL_ENOMEM, "forces on %zu atoms", list->n);
}

/* Append the atoms of list[first..last) within range2 of atom i; returns the new count.
 * The write is unconditional and the count moves only for those in range: a branch here
 * would be guessed wrong for every fifth pair. */
static inline size_t select_near(struct eam_work *restrict w, const double *restrict x,
                                 const int *restrict atoms, int first, int last,
                                 const double here[3], double range2, size_t count)
{
    for (int k = first; k < last; k++) {
        const int j = atoms[k];
        const double *restrict there = x + 4 * (size_t)j;
        const double dx = here[0] - there[0], dy = here[1] - there[1],
                     dz = here[2] - there[2];
        const double r2 = dx * dx + dy * dy + dz * dz;
        w->near_atom[count] = j;
        w->near_d[4 * count] = dx;
        w->near_d[4 * count + 1] = dy;
        w->near_d[4 * count + 2] = dz;
        w->near_r2[count] = r2;
        count += r2 < range2;
    }
    return count;
}

/* 1/r, interval and place in it for all that were selected. Two plain loops, because the
 * compiler turns only those into vectors; what lies beyond the last interval is rare and
 * put right afterwards. Returns how many are closer than closest2. */
static int locate(int count, const double *restrict r2, double *restrict one_over_r,
                  double *restrict p, int *restrict node, double scale, int last_node,
                  double closest2)
{
    int beyond = 0;
    for (int k = 0; k < count; k++) {
        const double r = sqrt(r2[k]), at = r * scale;
        const int m = (int)at;
        one_over_r[k] = 1.0 / r;
        p[k] = at - m;
        node[k] = m;
        beyond += m > last_node;
    }
    long close = 0;
    for (int k = 0; k < count; k++)
        close += r2[k] < closest2;
    for (int k = 0; beyond > 0 && k < count; k++)
        if (node[k] > last_node) {
            node[k] = last_node;
            p[k] = 1.0;
        }
    return close > 0;
}

/* Value and slope (per interval) of a table at place p of the interval that starts at
 * node; the next node is width further. */
static inline void hermite(const double *restrict node, size_t width, double p,
                           double *restrict value, double *restrict slope)
{
    const double f0 = node[0], s0 = node[1], f1 = node[width], s1 = node[width + 1];
    const double step = f1 - f0;
    const double c2 = 3.0 * step - 2.0 * s0 - s1, c3 = s0 + s1 - 2.0 * step;
    *value = ((c3 * p + c2) * p + s0) * p + f0;
    *slope = (3.0 * c3 * p + 2.0 * c2) * p + s0;
}

/* One pass over the selected pairs of a segment, which share their types.
 * f: force, f[4 j + 3] the density at j; here[4]: the same of atom i,
 * kept in registers. */
struct segment {
    const struct pair_table *table;
    int swapped;     /* atom i is of the second type of the table */
    int inner;       /* densities may be non-zero */
    double inner2;   /* inner range squared [A^2] */
    size_t from, to; /* selected pairs */
};

static inline size_t sum_segment(const struct eam *eam, struct eam_work *restrict w,
                                 const struct segment *g, double *restrict f,
                                 double *restrict here, double *restrict energy,
                                 double *restrict own, double *restrict share,
                                 size_t stored, const int same, const int inner)
{
    const double scale = eam->r_scale;
    const double *restrict phi_table = g->table->phi;
    const double *restrict density_table = g->table->density;
    const size_t at_i = g->swapped ? 2 : 0, at_j = g->swapped ? 0 : 2;
    for (size_t k = g->from; k < g->to; k++) {
        const size_t m = (size_t)w->near_node[k], j = (size_t)w->near_atom[k];
        const double p = w->near_p[k], one_over_r = w->near_1r[k];
        const double *restrict d = w->near_d + 4 * k;
        double *restrict there = f + 4 * j;
        double z, dz;
        /* phi = z / r, phi' = (z' - phi) / r; pull = -phi' / r */
        hermite(phi_table + 2 * m, 2, p, &z, &dz);
        const double phi = z * one_over_r;
        const double pull = (phi - dz * scale) * one_over_r * one_over_r;
        *energy += phi;
        if (share != NULL) {
            *own += 0.5 * phi;
            share[j] += 0.5 * phi;
        }
        if (inner) {
            double at_i_value, at_i_slope, at_j_value, at_j_slope;
            if (same) {
                hermite(density_table + 2 * m, 2, p, &at_i_value, &at_i_slope);
                at_j_value = at_i_value;
                at_j_slope = at_i_slope;
            } else {
                hermite(density_table + 4 * m + at_i, 4, p, &at_i_value, &at_i_slope);
                hermite(density_table + 4 * m + at_j, 4, p, &at_j_value, &at_j_slope);
            }
            here[3] += at_i_value;
            there[3] += at_j_value;
            w->stored[stored] = (int)j;
            w->density_slope[2 * stored] = at_i_slope * scale * one_over_r;
            w->density_slope[2 * stored + 1] = at_j_slope * scale * one_over_r;
            stored += w->near_r2[k] < g->inner2;
        }
        for (int c = 0; c < 3; c++) {
            here[c] += d[c] * pull;
            there[c] -= d[c] * pull;
        }
    }
    return stored;
}

/* First pass: pair terms (energy and force) and densities; keeps the slopes of the
 * densities of each pair for the second pass. Returns the number of an atom that has
 * another one too close, or -1. */
static int sum_pairs(const struct eam *eam, const struct pel_neighbor *list,
                     double closest2, struct eam_work *restrict w,
                     struct pel_kernel_result *result)
{
    const int types = list->n_types, last_node = (int)eam->n_r - 2;
    double *f = result->force, *share = result->atom_energy;
    size_t stored = 0;
    struct segment segments[2 * PEL_NEIGHBOR_TYPES];
    for (size_t i = 0; i < list->n_rows; i++) {
        const int a = list->type[i], *first = list->first + 2 * (size_t)types * i;
        const double *x = list->x + 4 * i;
        size_t count = 0;
        for (int s = 0; s < 2 * types; s++) {
            const struct pair_table *table = pair_of(eam, (size_t)a, (size_t)(s / 2));
            segments[s] = (struct segment){.table = table,
                                           .swapped = a > s / 2,
                                           .inner = s % 2 == 0,
                                           .inner2 = table->inner * table->inner,
                                           .from = count};
            count = select_near(w, list->x, list->neighbors, first[s], first[s + 1], x,
                                table->outer * table->outer, count);
            segments[s].to = count;
        }
        if (locate((int)count, w->near_r2, w->near_1r, w->near_p, w->near_node,
                   eam->r_scale, last_node, closest2))
            return (int)i;
        /* Summed atom by atom: one long sum over all pairs would lose two more digits. */
        double here[4] = {0.0, 0.0, 0.0, 0.0}, own = 0.0, energy = 0.0;
        w->first[i] = (int)stored;
        for (int s = 0; s < 2 * types; s++) {
            const struct segment *g = &segments[s];
            if (!g->inner)
                sum_segment(eam, w, g, f, here, &energy, &own, share, stored, 0, 0);
            else if (g->table->same)
                stored =
                    sum_segment(eam, w, g, f, here, &energy, &own, share, stored, 1, 1);
            else
                stored =
                    sum_segment(eam, w, g, f, here, &energy, &own, share, stored, 0, 1);
        }
        for (int c = 0; c < 4; c++)
            f[4 * i + (size_t)c] += here[c];
        if (share != NULL) share[i] += own;
        result->energy += energy;
    }
    w->first[list->n_rows] = (int)stored;
    return -1;
}

/* Energy of embedding [eV] at a density and its slope. */
static double embedding_of(const struct eam *eam, int type, double rho, double *slope)
{
    const double *table = eam->embedding + 2 * (size_t)type * eam->n_rho;
    const int last = (int)eam->n_rho - 2;
    const double at = rho * eam->rho_scale;
    /* A density below 0 or beyond the table is extrapolated from its first or last
     * interval, the upper one linearly. */
    int m = at < (double)last ? (int)at : last;
    if (m < 0) m = 0;
    const double place = at - m;
    double value;
    hermite(table + 2 * (size_t)m, 2, place < 1.0 ? place : 1.0, &value, slope);
    *slope *= eam->rho_scale;
    return rho > eam->rho_max ? value + *slope * (rho - eam->rho_max) : value;
}

/* Densities are complete once those at ghosts have joined their owners. */
static void join_densities(const struct pel_neighbor *list, double *f)
{
    for (size_t g = list->n; g < list->n_all; g++)
        f[4 * (size_t)list->owner[g] + 3] += f[4 * g + 3];
}

/* Energies of embedding and their slopes. */
static void embed(const struct eam *eam, const struct pel_neighbor *list,
                  struct eam_work *w, struct pel_kernel_result *result)
{
    join_densities(list, result->force);
    for (size_t i = 0; i < list->n; i++) {
        const double value =
            embedding_of(eam, list->type[i], result->force[4 * i + 3], &w->slope[i]);
        const double base =
            result->background != NULL ? result->background[2 * i + 1] : 0.0;
        result->energy += value - base;
        if (result->atom_energy != NULL) result->atom_energy[i] += value - base;
    }
    for (size_t g = list->n; g < list->n_all; g++)
        w->slope[g] = w->slope[list->owner[g]];
}

/* Second pass: the force through the densities,
 * -(F_i' drho_i/dr + F_j' drho_j/dr) along the pair. */
static void add_embedding_forces(const struct pel_neighbor *list,
                                 const struct eam_work *w, double *restrict f)
{
    const double *restrict x = list->x, *restrict slope = w->slope;
    const double *restrict density_slope = w->density_slope;
    for (size_t i = 0; i < list->n_rows; i++) {
        const double *restrict xi = x + 4 * i;
        double here[3] = {0.0, 0.0, 0.0};
        const double slope_i = slope[i];
        for (int k = w->first[i]; k < w->first[i + 1]; k++) {
            const size_t j = (size_t)w->stored[k];
            const double pull = -(slope_i * density_slope[2 * (size_t)k] +
                                  slope[j] * density_slope[2 * (size_t)k + 1]);
            for (size_t c = 0; c < 3; c++) {
                const double along = (xi[c] - x[4 * j + c]) * pull;
                here[c] += along;
                f[4 * j + c] -= along;
            }
        }
        for (size_t c = 0; c < 3; c++)
            f[4 * i + c] += here[c];
    }
}

/* The first pass; what stands in w->near tells who is too close. */
static pel_status first_pass(const struct eam *eam, const struct pel_neighbor *list,
                             double closest, struct eam_work *w,
                             struct pel_kernel_result *result, struct pel_error *err)
{
    const pel_status status = grow_work(w, list, err);
    if (status != PEL_OK) return status;
    result->close[0] = sum_pairs(eam, list, closest * closest, w, result);
    if (result->close[0] < 0) return PEL_OK;
    size_t k = 0;
    while (!(w->near_r2[k] < closest * closest))
        k++;
    result->close[1] = w->near_atom[k];
    return PEL_OK;
}

static pel_status eam_compute(const struct pel_potential *potential,
                              const struct pel_neighbor *list, double closest, void *work,
                              struct pel_kernel_result *result, struct pel_error *err)
{
    const struct eam *eam = (const struct eam *)potential;
    struct eam_work *w = work;
    if (result->background != NULL)
        for (size_t i = 0; i < list->n; i++)
            result->force[4 * i + 3] = result->background[2 * i];
    const pel_status status = first_pass(eam, list, closest, w, result, err);
    if (status != PEL_OK || result->close[0] >= 0) return status;
    embed(eam, list, w, result);
    add_embedding_forces(list, w, result->force);
    return PEL_OK;
}

static pel_status eam_background(const struct pel_potential *potential,
                                 const struct pel_neighbor *list, double closest,
                                 void *work, struct pel_kernel_result *result,
                                 double background[], struct pel_error *err)
{
    const struct eam *eam = (const struct eam *)potential;
    const pel_status status = first_pass(eam, list, closest, work, result, err);
    if (status != PEL_OK || result->close[0] >= 0) return status;
    join_densities(list, result->force);
    for (size_t i = 0; i < list->n; i++) {
        double slope;
        background[2 * i] = result->force[4 * i + 3];
        background[2 * i + 1] =
            embedding_of(eam, list->type[i], background[2 * i], &slope);
    }
    return PEL_OK;
}

static pel_status eam_fs_read(const char *path, size_t n_elements,
                              const char *const elements[], struct pel_potential **out,
                              struct pel_error *err)
{
    return eam_read(&pel_potential_eam_fs, PEL_EAMFILE_FS, path, n_elements, elements,
                    out, err);
}

static pel_status eam_alloy_read(const char *path, size_t n_elements,
                                 const char *const elements[], struct pel_potential **out,
                                 struct pel_error *err)
{
    return eam_read(&pel_potential_eam_alloy, PEL_EAMFILE_ALLOY, path, n_elements,
                    elements, out, err);
}

const struct pel_potential_method pel_potential_eam_fs = {
    .name = "eam/fs",
    .doc =
        "Embedded-atom tables whose density depends on both the atom that makes it and "
        "the one that feels it; LAMMPS file format eam/fs (name ends in .fs).",
    .reference = "Finnis & Sinclair, Philos. Mag. A 50:45 (1984)",
    .suffix = ".fs",
    .read = eam_fs_read,
    .free = eam_free,
    .inner = eam_inner,
    .outer = eam_outer,
    .pair_curves = eam_pair_curves,
    .embedding_curve = eam_embedding_curve,
    .work_create = eam_work_create,
    .work_free = eam_work_free,
    .compute = eam_compute,
    .background = eam_background,
};

const struct pel_potential_method pel_potential_eam_alloy = {
    .name = "eam/alloy",
    .doc = "Embedded-atom tables whose density depends on the atom that makes it alone; "
           "LAMMPS file format eam/alloy (DYNAMO setfl).",
    .reference = "Daw & Baskes, Phys. Rev. B 29:6443 (1984)",
    .suffix = "",
    .read = eam_alloy_read,
    .free = eam_free,
    .inner = eam_inner,
    .outer = eam_outer,
    .pair_curves = eam_pair_curves,
    .embedding_curve = eam_embedding_curve,
    .work_create = eam_work_create,
    .work_free = eam_work_free,
    .compute = eam_compute,
    .background = eam_background,
};

#include "eam_priv.h"

#include "eamfile_priv.h"

#include <limits.h>
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

/* Where a function on a grid [n][stride] becomes exactly zero and stays so, slopes
 * included [A]. */
static double range_of(const double table[], size_t n, size_t stride, double spacing,
                       double cutoff)
{
    size_t points = n; /* up to the last one that is not zero */
    while (points > 0 && table[stride * (points - 1)] == 0.0 &&
           table[stride * (points - 1) + 1] == 0.0)
        points--;
    /* The last point not zero: beyond the table its value goes on up to the cutoff. */
    if (points == n) return cutoff;
    return fmin(cutoff, (double)points * spacing);
}

static void eam_free(struct pel_potential *potential)
{
    struct eam *eam = (struct eam *)potential;
    free(eam->pairs);
    free(eam->arena);
    free(eam->embedding);
    free(eam);
}

/* Numbers that fill whole lines of memory: tables start on one. */
static int whole_lines(size_t numbers)
{
    return (int)((numbers + 7) / 8 * 8);
}

/* The tables of the types a <= b, from *offset on in the arena. */
static void fill_pair(struct eam *eam, const struct pel_eamfile *file, size_t a, size_t b,
                      size_t *offset)
{
    const size_t n = file->n_r;
    struct eam_pair *pair = &eam->pairs[a * file->n + b];
    const double *phi = file->pair + (a * file->n + b) * n;
    pair->record = (int)*offset;
    pair->phi = pair->record + whole_lines(4 * n);
    pair->second = pair->phi + whole_lines(2 * n);
    pair->flags = a == b ? EAM_SAME : 0;
    *offset = (size_t)(pair->second + (a == b ? 0 : whole_lines(2 * n)));
    double *record = eam->arena + pair->record, *second = eam->arena + pair->second;
    fill(record, 4, phi, n);
    fill(record + 2, 4, file->density + (b * file->n + a) * n, n);
    fill(eam->arena + pair->phi, 2, phi, n);
    pair->inner = range_of(record + 2, n, 4, file->d_r, file->cutoff);
    if (a != b) {
        fill(second, 2, file->density + (a * file->n + b) * n, n);
        pair->inner = fmax(pair->inner, range_of(second, n, 2, file->d_r, file->cutoff));
    }
    pair->outer = fmax(pair->inner, range_of(record, n, 4, file->d_r, file->cutoff));
    struct eam_pair *other = &eam->pairs[b * file->n + a];
    *other = *pair;
    if (a != b) other->flags = EAM_SWAPPED;
    eam->base.cutoff = fmax(eam->base.cutoff, pair->outer);
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
    eam->kernel = pel_eam_kernel(0);
    /* For each element a record and a pair term, for each pair of two a second density. */
    const size_t room =
        n * (n + 1) / 2 *
            (size_t)(whole_lines(4 * file.n_r) + whole_lines(2 * file.n_r)) +
        n * (n - 1) / 2 * (size_t)whole_lines(2 * file.n_r);
    if (room <= INT_MAX) eam->arena = aligned_alloc(64, room * sizeof *eam->arena);
    if (eam->embedding == NULL || eam->pairs == NULL || eam->arena == NULL) goto nomem;
    memset(eam->arena, 0, room * sizeof *eam->arena);
    size_t offset = 0;
    for (size_t a = 0; a < n; a++) {
        strcpy(eam->base.element[a], elements[a]);
        eam->base.mass[a] = file.mass[a];
        fill(eam->embedding + 2 * a * file.n_rho, 2, file.embedding + a * file.n_rho,
             file.n_rho);
        for (size_t b = a; b < n; b++)
            fill_pair(eam, &file, a, b, &offset);
    }
    pel_eamfile_free(&file);
    *out = &eam->base;
    return PEL_OK;

nomem:
    if (eam != NULL) eam_free(&eam->base);
    pel_eamfile_free(&file);
    return pel_error_set(err, PEL_ENOMEM, "potential of %zu elements", n_elements);
}

static const struct eam_pair *pair_of(const struct eam *eam, size_t a, size_t b)
{
    return &eam->pairs[a * eam->base.n + b];
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
    const struct eam_pair *pair = pair_of(eam, a, b);
    double p, z[3];
    *out = (struct pel_pair_curves){0};
    const size_t m = place_of(r * eam->r_scale, eam->n_r, &p);
    const double *record = eam->arena + pair->record + 4 * m;
    if (r < pair->outer) {
        /* phi = z / r */
        curve(record, 4, p, eam->r_scale, z);
        out->energy[0] = z[0] / r;
        out->energy[1] = (z[1] - out->energy[0]) / r;
        out->energy[2] = (z[2] - 2.0 * out->energy[1]) / r;
    }
    if (r < pair->inner) {
        double first[3], second[3];
        curve(record + 2, 4, p, eam->r_scale, first);
        memcpy(second, first, sizeof second);
        if (!(pair->flags & EAM_SAME))
            curve(eam->arena + pair->second + 2 * m, 2, p, eam->r_scale, second);
        memcpy(out->at_a, pair->flags & EAM_SWAPPED ? second : first, sizeof first);
        memcpy(out->at_b, pair->flags & EAM_SWAPPED ? first : second, sizeof first);
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

static const char *eam_kernel_of(const struct pel_potential *potential)
{
    return ((const struct eam *)potential)->kernel->name;
}

static int eam_set_kernel(struct pel_potential *potential, const char *name)
{
    const struct eam_kernel *kernel = pel_eam_kernel(0);
    for (size_t k = 0; kernel != NULL && name != NULL && strcmp(kernel->name, name) != 0;)
        kernel = pel_eam_kernel(++k);
    if (kernel == NULL) return 0;
    ((struct eam *)potential)->kernel = kernel;
    return 1;
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
    .work_create = pel_eam_work_create,
    .work_free = pel_eam_work_free,
    .compute = pel_eam_compute,
    .background = pel_eam_background,
    .kernel = eam_kernel_of,
    .set_kernel = eam_set_kernel,
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
    .work_create = pel_eam_work_create,
    .work_free = pel_eam_work_free,
    .compute = pel_eam_compute,
    .background = pel_eam_background,
    .kernel = eam_kernel_of,
    .set_kernel = eam_set_kernel,
};

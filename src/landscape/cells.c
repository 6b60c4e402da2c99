#include "landscape_priv.h"

#include <pelrate/tilted.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Joint histograms: which E_A goes with which E_R. */

int pel_landscape_has_pairs(const struct pel_landscape *landscape)
{
    return landscape->pairs;
}

pel_status pel_landscape_cells(const struct pel_landscape *landscape, size_t level,
                               struct pel_landscape_cells *out, struct pel_error *err)
{
    *out = (struct pel_landscape_cells){0};
    if (level >= landscape->n_levels || landscape->levels[level].cells == NULL)
        return pel_error_set(err, PEL_EARG,
                             "no joint histogram of level %zu in this landscape of kind "
                             "%s",
                             level, pel_landscape_kind_name(landscape->kind));
    const struct level *l = &landscape->levels[level];
    *out = (struct pel_landscape_cells){
        .density = l->cells, .count = l->cells + l->histogram[0].n * l->histogram[1].n};
    return PEL_OK;
}

static double width(const struct pel_histogram *h, size_t i)
{
    return h->hi_eV[i] - h->lo_eV[i];
}

/* One bin of one of the two histograms against the sum of its cells [1]. */
static pel_status check_sum(double e_is, const struct pel_histogram *h, int which,
                            size_t i, double sum, struct pel_error *err)
{
    const double share = h->density[i] * width(h, i);
    if (fabs(sum - share) <= PEL_SPECTRUM_NORM_TOLERANCE) return PEL_OK;
    return pel_error_set(err, PEL_EARG,
                         "level %.9g eV/atom: the joint histogram has %.9g in the %s bin "
                         "from %g to %g eV, expected %.9g as the %s histogram",
                         e_is, sum, pel_landscape_spectrum_names[which], h->lo_eV[i],
                         h->hi_eV[i], share, pel_landscape_spectrum_names[which]);
}

pel_status pel_landscape_check_cells(double e_is, const struct pel_histogram *a,
                                     const struct pel_histogram *r,
                                     const struct pel_landscape_cells *cells,
                                     struct pel_error *err)
{
    for (size_t i = 0; i < a->n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < r->n; j++) {
            const double density = cells->density[i * r->n + j];
            const double count = cells->count != NULL ? cells->count[i * r->n + j] : NAN;
            if (!(density >= 0.0 && isfinite(density)) || count < 0.0)
                return pel_error_set(
                    err, PEL_EARG,
                    "level %.9g eV/atom: joint density %g and count %g at E_A from %g, "
                    "E_R from %g eV, expected numbers >= 0",
                    e_is, density, count, a->lo_eV[i], r->lo_eV[j]);
            sum += density * width(a, i) * width(r, j);
        }
        const pel_status status = check_sum(e_is, a, PEL_ACTIVATION, i, sum, err);
        if (status != PEL_OK) return status;
    }
    for (size_t j = 0; j < r->n; j++) {
        double sum = 0.0;
        for (size_t i = 0; i < a->n; i++)
            sum += cells->density[i * r->n + j] * width(a, i) * width(r, j);
        const pel_status status = check_sum(e_is, r, PEL_RELAXATION, j, sum, err);
        if (status != PEL_OK) return status;
    }
    return PEL_OK;
}

pel_status pel_landscape_take_cells(struct pel_landscape *landscape, size_t k,
                                    const struct pel_landscape_cells *cells,
                                    struct pel_error *err)
{
    struct level *level = &landscape->levels[k];
    const struct pel_histogram *a = &level->histogram[PEL_ACTIVATION];
    const struct pel_histogram *r = &level->histogram[PEL_RELAXATION];
    const pel_status status = pel_landscape_check_cells(level->e_is, a, r, cells, err);
    if (status != PEL_OK) return status;
    const size_t n = a->n * r->n;
    level->cells = calloc(2 * n, sizeof *level->cells);
    level->row_e_r = calloc(a->n, sizeof *level->row_e_r);
    if (level->cells == NULL || level->row_e_r == NULL)
        return pel_error_set(err, PEL_ENOMEM, "landscape: out of memory");
    memcpy(level->cells, cells->density, n * sizeof *level->cells);
    for (size_t c = 0; c < n; c++)
        level->cells[n + c] = cells->count != NULL ? cells->count[c] : NAN;
    for (size_t i = 0; i < a->n; i++) {
        double sum = 0.0, mean = 0.0;
        for (size_t j = 0; j < r->n; j++) {
            const double w = cells->density[i * r->n + j] * width(r, j);
            sum += w;
            mean += w * 0.5 * (r->lo_eV[j] + r->hi_eV[j]);
        }
        if (sum > 0.0) level->row_e_r[i] = mean / sum;
    }
    return PEL_OK;
}

void pel_landscape_weigh_cells(const struct level *level, double beta, double *mean,
                               double *by_beta)
{
    const struct pel_histogram *h = &level->histogram[PEL_ACTIVATION];
    double top = -INFINITY, sum = 0.0, a = 0.0, r = 0.0, co = 0.0;
    struct pel_tilted t;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < h->n; i++) {
            const double w = width(h, i), share = h->density[i] * w;
            if (!(share > 0.0)) continue;
            pel_tilted_unit(beta * w, &t);
            const double ln_w = log(share) - beta * h->lo_eV[i] + t.ln_sum;
            if (pass == 0) {
                top = fmax(top, ln_w);
                continue;
            }
            const double weight = exp(ln_w - top);
            if (!(weight > 0.0)) continue;
            sum += weight;
            const double da = h->lo_eV[i] + w * t.mean - a;
            a += da * weight / sum;
            r += (level->row_e_r[i] - r) * weight / sum;
            co += weight * da * (level->row_e_r[i] - r);
        }
    *mean = r;
    *by_beta = -co / sum; /* within a cell E_A and E_R are independent */
}

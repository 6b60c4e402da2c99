#include <pelrate/raster.h>

#include "landscape_priv.h"
#include "spectrum_priv.h"

#include <pelrate/steffen.h>

#include <math.h>
#include <stdlib.h>

/* What is interpolated between levels: its values and its slopes there. */
struct sheet {
    double *value; /* [n_levels * n], a level after the other */
    double *slope; /* [n_levels * n] [1/(eV/atom)] */
    double *row;   /* [n] at the last e_is */
};

enum { LN_Z, LN_Z_B, E_RB, SHEETS };

struct pel_raster {
    const struct pel_landscape *landscape; /* borrowed */
    struct pel_landscape_scratch *scratch; /* owned */
    enum pel_raster_want want;
    size_t n;
    double *kT;                 /* [n] [eV] */
    struct sheet sheet[SHEETS]; /* E_RB: of pairs */
    double *memory;             /* of all arrays, owned */
};

void pel_raster_free(struct pel_raster *raster)
{
    if (raster == NULL) return;
    pel_landscape_scratch_free(raster->scratch);
    free(raster->memory);
    free(raster);
}

static int has_pairs(const struct pel_raster *raster)
{
    return raster->landscape->pairs;
}

static int allocate(struct pel_raster *raster)
{
    const size_t n = raster->n, levels = raster->landscape->n_levels;
    const size_t sheets = has_pairs(raster) ? SHEETS : E_RB;
    double *next = calloc(n + sheets * (2 * levels + 1) * n, sizeof *next);
    if (next == NULL) return -1;
    raster->memory = next;
    raster->kT = next;
    next += n;
    for (size_t s = 0; s < sheets; s++) {
        raster->sheet[s] = (struct sheet){
            .value = next, .slope = next + levels * n, .row = next + 2 * levels * n};
        next += (2 * levels + 1) * n;
    }
    return 0;
}

/* One level at all temperatures. */
static void fill_level(struct pel_raster *raster, size_t level, const double beta[])
{
    const struct pel_landscape *l = raster->landscape;
    double *ln_z = raster->sheet[LN_Z].value + level * raster->n;
    double *ln_z_b = raster->sheet[LN_Z_B].value + level * raster->n;
    double *e_rb =
        has_pairs(raster) ? raster->sheet[E_RB].value + level * raster->n : NULL;
    if (l->kind != PEL_LANDSCAPE_EVENTS) {
        double unused;
        pel_spectrum_ln_z_many(l->levels[level].spectrum[PEL_ACTIVATION], raster->n, beta,
                               ln_z, ln_z_b);
        for (size_t j = 0;
             e_rb != NULL && raster->want == PEL_RASTER_WEIGHTED && j < raster->n; j++)
            pel_landscape_weigh_cells(&l->levels[level], beta[j], &e_rb[j], &unused);
        return;
    }
    for (size_t j = 0; j < raster->n; j++) {
        struct pel_level_average a;
        pel_landscape_level_average(l, level, beta[j], &a);
        ln_z[j] = a.ln_z;
        ln_z_b[j] = a.ln_z_b;
        e_rb[j] = a.e_rb;
    }
}

/* Slopes of a sheet at the levels, by the branches that another takes. */
static void fill_slopes(struct pel_raster *raster, int by, int sheet)
{
    const struct pel_landscape *l = raster->landscape;
    pel_steffen_slopes(l->n_levels, l->e_is, raster->n, raster->sheet[by].value,
                       raster->sheet[sheet].value, raster->sheet[sheet].slope);
}

pel_status pel_raster_create(const struct pel_landscape *landscape,
                             enum pel_raster_want want, size_t n, const double beta[],
                             struct pel_raster **out, struct pel_error *err)
{
    *out = NULL;
    if (landscape->n_levels == 0 || n == 0)
        return pel_error_set(err, PEL_EARG,
                             "a raster needs a landscape made of levels and one "
                             "temperature at least");
    for (size_t j = 0; j < n; j++)
        if (!(beta[j] > 0.0 && isfinite(beta[j])))
            return pel_error_set(err, PEL_EARG, "beta is %g 1/eV, expected a number > 0",
                                 beta[j]);
    struct pel_raster *raster = calloc(1, sizeof *raster);
    pel_status status = PEL_ENOMEM;
    if (raster == NULL) goto fail;
    raster->landscape = landscape;
    raster->want = want;
    raster->n = n;
    if (allocate(raster) != 0) goto fail;
    status = pel_landscape_scratch_create(landscape, &raster->scratch, err);
    if (status != PEL_OK) goto fail;
    for (size_t j = 0; j < n; j++)
        raster->kT[j] = 1.0 / beta[j];
    for (size_t k = 0; k < landscape->n_levels; k++)
        fill_level(raster, k, beta);
    fill_slopes(raster, LN_Z, LN_Z);
    /* The derivative by beta has the branches of ln Z itself (steffen.h). */
    if (want == PEL_RASTER_WEIGHTED) fill_slopes(raster, LN_Z, LN_Z_B);
    if (want == PEL_RASTER_WEIGHTED && has_pairs(raster)) fill_slopes(raster, E_RB, E_RB);
    *out = raster;
    return PEL_OK;
fail:
    if (status == PEL_ENOMEM) pel_error_set(err, PEL_ENOMEM, "raster: out of memory");
    pel_raster_free(raster);
    return status;
}

static void interpolate(const struct pel_raster *raster, const struct sheet *sheet,
                        const struct pel_steffen_piece *p)
{
    const size_t n = raster->n;
    const double *y0 = sheet->value + p->lower * n, *y1 = sheet->value + p->upper * n;
    const double *s0 = sheet->slope + p->lower * n, *s1 = sheet->slope + p->upper * n;
    double *row = sheet->row;
    for (size_t j = 0; j < n; j++)
        row[j] = p->y[0] * y0[j] + p->y[1] * y1[j] + (p->s[0] * s0[j] + p->s[1] * s1[j]);
}

pel_status pel_raster_at(struct pel_raster *raster, double e_is,
                         enum pel_landscape_range range, struct pel_raster_row *out,
                         struct pel_error *err)
{
    *out = (struct pel_raster_row){0};
    const struct pel_landscape *l = raster->landscape;
    double shift = 0.0;
    pel_status status =
        pel_landscape_check_range(l, e_is, range, &out->extrapolated, err);
    if (status == PEL_OK)
        status = pel_landscape_shift(l, e_is, raster->scratch, &shift, err);
    if (status != PEL_OK) return status;
    struct pel_steffen_piece piece;
    pel_steffen_piece(l->n_levels, l->e_is, e_is, &piece);
    interpolate(raster, &raster->sheet[LN_Z], &piece);
    out->n = raster->n;
    out->kT = raster->kT;
    out->ln_z = raster->sheet[LN_Z].row;
    out->e_r = pel_landscape_mean_e_r(l, e_is) + shift;
    if (raster->want != PEL_RASTER_WEIGHTED) return PEL_OK;
    interpolate(raster, &raster->sheet[LN_Z_B], &piece);
    out->ln_z_b = raster->sheet[LN_Z_B].row;
    if (!has_pairs(raster)) return PEL_OK;
    interpolate(raster, &raster->sheet[E_RB], &piece);
    for (size_t j = 0; j < raster->n; j++)
        raster->sheet[E_RB].row[j] += shift;
    out->e_rb = raster->sheet[E_RB].row;
    return PEL_OK;
}

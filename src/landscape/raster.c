#include <pelrate/raster.h>

#include "landscape_priv.h"

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
    size_t n;
    double *kT;                 /* [n] [eV] */
    struct sheet sheet[SHEETS]; /* E_RB: events only */
    double *memory;             /* of all arrays, owned */
};

void pel_raster_free(struct pel_raster *raster)
{
    if (raster == NULL) return;
    pel_landscape_scratch_free(raster->scratch);
    free(raster->memory);
    free(raster);
}

static int is_events(const struct pel_raster *raster)
{
    return raster->landscape->kind == PEL_LANDSCAPE_EVENTS;
}

static int allocate(struct pel_raster *raster)
{
    const size_t n = raster->n, levels = raster->landscape->n_levels;
    const size_t sheets = is_events(raster) ? SHEETS : E_RB;
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

/* One temperature: y[n_levels] of a sheet, by the weights that follow from `by`. */
static void fill_slopes(struct pel_raster *raster, struct sheet *sheet, size_t j,
                        const double by[], const double y[])
{
    const struct pel_landscape *l = raster->landscape;
    for (size_t k = 0; k < l->n_levels; k++) {
        struct pel_steffen st;
        pel_steffen_weights(l->n_levels, l->e_is, by, l->e_is[k], &st);
        double slope = 0.0;
        for (size_t i = 0; i < st.n; i++)
            slope += st.d[i] * y[st.first + i];
        sheet->value[k * raster->n + j] = y[k];
        sheet->slope[k * raster->n + j] = slope;
    }
}

/* y: scratch [SHEETS * n_levels]. */
static void fill_temperature(struct pel_raster *raster, size_t j, double beta, double y[])
{
    const size_t levels = raster->landscape->n_levels;
    for (size_t k = 0; k < levels; k++) {
        struct pel_level_average a;
        pel_landscape_level_average(raster->landscape, k, beta, &a);
        y[LN_Z * levels + k] = a.ln_z;
        y[LN_Z_B * levels + k] = a.ln_z_b;
        y[E_RB * levels + k] = a.e_rb;
    }
    raster->kT[j] = 1.0 / beta;
    /* The derivative by beta has the weights of ln Z itself (steffen.h). */
    fill_slopes(raster, &raster->sheet[LN_Z], j, y, y);
    fill_slopes(raster, &raster->sheet[LN_Z_B], j, y, y + LN_Z_B * levels);
    if (is_events(raster))
        fill_slopes(raster, &raster->sheet[E_RB], j, y + E_RB * levels,
                    y + E_RB * levels);
}

pel_status pel_raster_create(const struct pel_landscape *landscape, size_t n,
                             const double beta[], struct pel_raster **out,
                             struct pel_error *err)
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
    double *y = calloc(SHEETS * landscape->n_levels, sizeof *y);
    pel_status status = PEL_ENOMEM;
    if (raster == NULL || y == NULL) goto fail;
    raster->landscape = landscape;
    raster->n = n;
    if (allocate(raster) != 0) goto fail;
    status = pel_landscape_scratch_create(landscape, &raster->scratch, err);
    if (status != PEL_OK) goto fail;
    for (size_t j = 0; j < n; j++)
        fill_temperature(raster, j, beta[j], y);
    free(y);
    *out = raster;
    return PEL_OK;
fail:
    if (status == PEL_ENOMEM) pel_error_set(err, PEL_ENOMEM, "raster: out of memory");
    free(y);
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
    interpolate(raster, &raster->sheet[LN_Z_B], &piece);
    out->n = raster->n;
    out->kT = raster->kT;
    out->ln_z = raster->sheet[LN_Z].row;
    out->ln_z_b = raster->sheet[LN_Z_B].row;
    out->e_r = pel_landscape_mean_e_r(l, e_is) + shift;
    if (!is_events(raster)) return PEL_OK;
    interpolate(raster, &raster->sheet[E_RB], &piece);
    for (size_t j = 0; j < raster->n; j++)
        raster->sheet[E_RB].row[j] += shift;
    out->e_rb = raster->sheet[E_RB].row;
    return PEL_OK;
}

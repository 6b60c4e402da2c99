#ifndef PEL_RASTER_H
#define PEL_RASTER_H

#include <pelrate/landscape.h>
#include <pelrate/status.h>
#include <stddef.h>

/* Averages of a landscape made of levels (histogram, events) at fixed temperatures and many
 * E_IS: the levels are averaged once per temperature, so that a point costs no more than the
 * interpolation between them. The same averages as pel_landscape_average, up to rounding;
 * without the derivatives that a map does not need. */
struct pel_raster;

/* Which averages. */
enum pel_raster_want {
    PEL_RASTER_PLAIN,   /* ln_z and e_r */
    PEL_RASTER_WEIGHTED /* those with the weight exp(-beta E_A) too: ln_z_b, e_rb */
};

/* What all E_IS share is worked out here.
 *   landscape  borrowed until pel_raster_free; of levels
 *   beta       [n] 1/(k_B T) [1/eV], each > 0; copied
 *   out        receives the raster; release it with pel_raster_free()
 * Errors: PEL_EARG a parametric landscape, n = 0, a beta that is not positive and finite;
 * PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_raster_create(const struct pel_landscape *landscape,
                                     enum pel_raster_want want, size_t n,
                                     const double beta[], struct pel_raster **out,
                                     struct pel_error *err);
/* Release a raster. NULL is allowed. */
PEL_API void pel_raster_free(struct pel_raster *raster);

/* The averages at one e_is and all temperatures; as in pel_average. Arrays [n] borrowed from
 * the raster, until the next e_is. */
struct pel_raster_row {
    size_t n;             /* temperatures */
    const double *kT;     /* 1/beta [eV] */
    const double *ln_z;   /* [1] */
    const double *ln_z_b; /* [eV]; NULL: not wanted */
    const double *e_rb;   /* [eV], the shift of an equilibrium line included; NULL: not of
                             events, or not wanted */
    double e_r;           /* [eV], of all temperatures */
    int extrapolated;
};

/* Errors: as pel_landscape_average. */
PEL_API pel_status pel_raster_at(struct pel_raster *raster, double e_is,
                                 enum pel_landscape_range range,
                                 struct pel_raster_row *out, struct pel_error *err);

#endif /* PEL_RASTER_H */

#ifndef PEL_MAPGRID_H
#define PEL_MAPGRID_H

#include <pelrate/agemap.h>
#include <pelrate/status.h>
#include <stddef.h>

/* A map (agemap.h) as a function of E_IS and T: between the points of its grid by bilinear
 * interpolation, of ln |rate| where the four around have one sign, of the rate where they
 * have not. Its curves between their E_IS likewise, linear. For holding one map against
 * another. */
struct pel_mapgrid;

/* Lay the points out.
 *   map   borrowed: must outlive the grid
 *   out   receives the grid; release it with pel_mapgrid_free()
 * Errors: PEL_EARG the points are no full grid (each E_IS at each T once) or the curves not in
 * the order of rising E_IS; PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_mapgrid_create(const struct pel_agemap *map,
                                      struct pel_mapgrid **out, struct pel_error *err);
/* Release. NULL is allowed. */
PEL_API void pel_mapgrid_free(struct pel_mapgrid *grid);

/* The map it was made of. Borrowed. */
PEL_API const struct pel_agemap *pel_mapgrid_map(const struct pel_mapgrid *grid);

/* The rate at a point, of the map or of one of its replicates (1 to map->n_replicates; 0:
 * the map).
 *   e_is [eV/atom], temperature_K [K]
 *   ln_abs_rate  receives ln |rate| [ln(eV/atom/s)]; -inf where it is 0
 *   sign         receives -1, 0 or 1
 *   resolved     receives whether its sign is known: no band around holds 0; may be NULL
 * Errors: PEL_ERANGE outside the grid, or a point around it is extrapolated; PEL_EARG no
 * such replicate. */
PEL_API pel_status pel_mapgrid_rate(const struct pel_mapgrid *grid, size_t replicate,
                                    double e_is, double temperature_K,
                                    double *ln_abs_rate, int *sign, int *resolved,
                                    struct pel_error *err);

/* T_max and T_ss at e_is [eV/atom], with their bands [K]. NaN where there are none. */
PEL_API void pel_mapgrid_curve(const struct pel_mapgrid *grid, double e_is,
                               struct pel_agemap_value *T_max,
                               struct pel_agemap_value *T_ss);

#endif /* PEL_MAPGRID_H */

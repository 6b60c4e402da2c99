#ifndef PEL_COEFFICIENT_H
#define PEL_COEFFICIENT_H

#include <pelrate/landscape.h>
#include <pelrate/status.h>
#include <stddef.h>

/* The numbers of a parametric landscape that can be varied: the coefficients c0, c1, c2 of
 * each parameter of its two families, and the attempt frequency. Each has a name,
 *
 *     activation.offset.c0   spectrum, parameter, coefficient as in the file
 *     attempt_frequency_Hz
 *
 * by which it is found, a value, a unit, the derivative of the averages by it; and a
 * landscape can be made again with other values. */

enum { PEL_COEFFICIENT_NAME = 64 }; /* bytes of a name or a unit, with its 0 */

/* One of them, of one landscape. Plain value. */
struct pel_coefficient {
    enum pel_landscape_spectrum spectrum; /* of a family's parameter */
    size_t parameter; /* its index in the family; PEL_FAMILY_PARAMETERS:
                                             this is the attempt frequency */
    size_t order;     /* 0, 1, 2: factor of (e_is - reference)^order */
    char name[PEL_COEFFICIENT_NAME];
    char unit[PEL_COEFFICIENT_NAME]; /* "eV", "eV/(eV/atom)", "1", "Hz" */
};

/* How many a landscape has (0: it is not parametric, or it lies on an equilibrium line and
 * has its relaxation energies from there), and the k-th, k < count: those of the
 * activation spectrum in the order of its family, each c0, c1, c2; those of the relaxation
 * spectrum; the attempt frequency. */
PEL_API size_t pel_coefficient_count(const struct pel_landscape *landscape);
PEL_API struct pel_coefficient pel_coefficient_at(const struct pel_landscape *landscape,
                                                  size_t k);

/* The one of a name; "activation.offset" is short for its c0.
 * Errors: PEL_EARG the landscape has none at all, or none of the name (the message
 * lists what there is). */
PEL_API pel_status pel_coefficient_find(const struct pel_landscape *landscape,
                                        const char *name, struct pel_coefficient *out,
                                        struct pel_error *err);

/* Its value, in its unit. */
PEL_API double pel_coefficient_value(const struct pel_landscape *landscape,
                                     const struct pel_coefficient *coefficient);

/* Its size, > 0: |value|, or for 0 what changes the parameter by its own size over the
 * range of the landscape. For tolerances and first steps. */
PEL_API double pel_coefficient_scale(const struct pel_landscape *landscape,
                                     const struct pel_coefficient *coefficient);

/* The landscape with n coefficients at other values.
 *   window  the new range [eV/atom] is the longest part of [window[0], window[1]] in which
 *           every parameter of both families is in its domain
 *   out     receives it; release it with pel_landscape_free()
 * Errors: PEL_EARG it has none, an empty window, a value not finite, an attempt
 * frequency not positive; PEL_ERANGE no such part of the window (the parameter is named);
 * PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_coefficient_replace(const struct pel_landscape *landscape,
                                           size_t n,
                                           const struct pel_coefficient coefficients[],
                                           const double values[], const double window[2],
                                           struct pel_landscape **out,
                                           struct pel_error *err);

/* Derivatives of the averages at one (e_is, beta) by one coefficient, per its unit. The
 * attempt frequency has none: it is a factor of the rate. */
struct pel_coefficient_slope {
    double ln_z;   /* d ln Z / dc */
    double ln_z_b; /* d2 ln Z / d beta dc [eV] */
    double e_r;    /* d <E_R> / dc [eV] */
};

/* Averages as pel_landscape_average gives them, and their derivatives by[n]: from the
 * families' own, in closed form where those are.
 * Errors: as pel_landscape_average; PEL_EARG the landscape has no coefficients. */
PEL_API pel_status pel_coefficient_average(
    const struct pel_landscape *landscape, double e_is, double beta,
    enum pel_landscape_range range, struct pel_landscape_scratch *scratch, size_t n,
    const struct pel_coefficient coefficients[], struct pel_average *out,
    struct pel_coefficient_slope by[], struct pel_error *err);

#endif /* PEL_COEFFICIENT_H */

#ifndef PEL_DISTINCT_H
#define PEL_DISTINCT_H

#include <pelrate/catalogue.h>

/* How many times same_distance_A the saddles of the same event may be apart: a search ends
 * where the force is small, and where the saddle is flat, as those of flickers are, that is
 * a region. Of 883 events of Cu56Zr44 told apart by 0.2 A, 19 had the final minimum of an
 * earlier one and both energies within 5 meV, most within 1 meV, with the saddles 0.2 to
 * 0.5 A apart. */
#define PEL_DISTINCT_SADDLES 2.5

/* Which valid events of one sample are the same. Two are when e_a and e_r differ by less
 * than same_energy_eV, the final minima are closer than same_distance_A (whole vector) and
 * the saddles closer than PEL_DISTINCT_SADDLES times that. Fed in the order of the search
 * numbers, the verdict on a search depends on the searches with lower numbers alone: not
 * on threads or time. */
struct pel_distinct;

/* An empty list.
 *   same_energy_eV    [eV], > 0
 *   same_distance_A   whole vector [A], > 0
 *   out               receives it; release it with pel_distinct_free()
 * Errors: PEL_EARG a tolerance that is not positive; PEL_ENOMEM. On error *out is
 * NULL. */
PEL_API pel_status pel_distinct_create(double same_energy_eV, double same_distance_A,
                                       struct pel_distinct **out, struct pel_error *err);
/* Release a list. NULL is allowed. */
PEL_API void pel_distinct_free(struct pel_distinct *distinct);

/* Judge the next search, with a number higher than any before.
 *   search         copied from; a valid one holds saddle and final
 *   duplicate_of   receives the lowest number of the same event, -1 where it is the first
 *                  or is not valid
 * Errors: PEL_EARG number not higher; PEL_ENOMEM. */
PEL_API pel_status pel_distinct_add(struct pel_distinct *distinct,
                                    const struct pel_catalogue_search *search,
                                    int64_t *duplicate_of, struct pel_error *err);

/* Number of distinct valid events so far. */
PEL_API size_t pel_distinct_count(const struct pel_distinct *distinct);

#endif /* PEL_DISTINCT_H */

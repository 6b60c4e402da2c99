#ifndef PEL_NEAR_PRIV_H
#define PEL_NEAR_PRIV_H

#include <pelrate/art.h>
#include <pelrate/potential.h>

/* The atoms around one of a glass as the near surface of a search: they move, all others
 * stand. */
struct near_atoms;

/*   structure   atoms and cell
 *   x           [3n] positions [A]
 *   atom        in the middle
 *   radius_A    atoms within it move [A], > 0
 *   out         receives them; release with pel_near_free(). NULL where the engine of the
 *               potential has no local forces, and where fewer than half of the atoms
 *               would stand: then it does not pay.
 * Errors: PEL_ENOMEM. On error *out is NULL. */
pel_status pel_near_create(const struct pel_potential *potential,
                           const struct pel_structure *structure, const double x[],
                           size_t atom, double radius_A, struct near_atoms **out,
                           struct pel_error *err);
void pel_near_free(struct near_atoms *near);
/* As a search wants it; NULL for NULL. Borrowed. */
const struct pel_art_near *pel_near_surface(const struct near_atoms *near);

#endif /* PEL_NEAR_PRIV_H */

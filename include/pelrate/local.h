#ifndef PEL_LOCAL_H
#define PEL_LOCAL_H

#include <pelrate/potential.h>
#include <pelrate/surface.h>

/* Some atoms of a structure move while all the others stand still: energy and forces of
 * the moving ones, exactly those of the whole cell, for the cost of the pairs that have a
 * moving atom. What standing atoms make at each other is summed once.
 *
 * With m the moving and s the standing atoms, of an embedded-atom potential
 *
 *   E - E(x) = sum_m F(rho_m) + sum_s [F(rho_s) - F(rho_s^s)]
 *            + sum_{pairs with an m} phi  -  the same at x
 *
 * where rho_s^s is what standing atoms alone make at s: F of all standing atoms that a
 * moving one comes near changes, and is counted. Atoms may move as far as they like; the
 * list follows them. One thread at a time; one object per thread. */
struct pel_local;

/* Local forces.
 *   potential   borrowed until pel_local_free
 *   structure   atoms, types, cell and ids for messages (copied); its positions are not
 *               used
 *   x           [3n] reference positions, where the standing atoms stay [A]; unwrapped is
 *               fine; copied
 *   moving      [n_moving] indices of the moving atoms, increasing, 1 to n of them; copied
 *   skin_A      extra range of the neighbour list [A], >= 0
 *   out         receives the local forces; release them with pel_local_free()
 * Costs about as much as a neighbour list and an evaluation of the moving atoms and all
 * that they see; nothing of the order of n but copies.
 * Errors: PEL_EARG  no moving atom, one beyond n, not increasing; skin < 0; a species
 *                   that the potential lacks; a position that is not finite; two atoms of
 *                   the surroundings closer than 0.1 A; a style of potential without
 *                   local forces
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_local_create(const struct pel_potential *potential,
                                    const struct pel_structure *structure,
                                    const double x[], size_t n_moving,
                                    const size_t moving[], double skin_A,
                                    struct pel_local **out, struct pel_error *err);
/* Release local forces. NULL is allowed. */
PEL_API void pel_local_free(struct pel_local *local);

/* The surface of 3 n_moving coordinates: x y z of each moving atom [A], in the order of
 * `moving`; energy [eV] that of the whole cell minus that at the reference; gradient
 * [eV/A] exact. Borrowed, lives as long as local. Errors of an evaluation: as
 * pel_forces_evaluate. */
PEL_API const struct pel_surface *pel_local_surface(struct pel_local *local);

/* Cost of one evaluation as a share of one of the whole cell, 0..1: pairs with a moving
 * atom over all pairs, the latter from the mean number of neighbours of the moving atoms
 * times n / 2. Where all move it is 1. */
PEL_API double pel_local_share(const struct pel_local *local);

/* Evaluations so far. */
PEL_API size_t pel_local_calls(const struct pel_local *local);

#endif /* PEL_LOCAL_H */

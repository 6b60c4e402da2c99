#ifndef PEL_HESSIAN_H
#define PEL_HESSIAN_H

#include <pelrate/potential.h>

/* Second derivatives of the energy of a structure at one point, in closed form:
 *
 *   H[ia][kb] = d2 E / (d x_ia d x_kb)   [eV/A^2],   i, k atoms, a, b of x y z
 *
 * Kept as what the pairs give, so that the product with a vector costs about one force
 * call, and written out as a dense matrix for as many of the atoms as are wanted. It is
 * the derivative of the forces as they are interpolated: exact to rounding, but for the
 * curvature of the tables, which jumps by a little from one interval to the next.
 *
 * Embedded-atom method: E = sum F(rho_i) + sum phi(r_ij), hence
 *
 *   H = sum over pairs  (psi'' n n + psi'/r (1 - n n)) on the difference of the two atoms,
 *       psi' = phi' + F'_i rho_i' + F'_k rho_k', psi'' alike,
 *     + sum over atoms  F''_i (grad rho_i) (grad rho_i)^T */
struct pel_hessian;

/* The Hessian at positions x[3n] [A] of a structure (ids, types and cell are read, its
 * own positions are not).
 *   potential   borrowed for the call
 *   out         receives it; release it with pel_hessian_free()
 * Errors: PEL_EARG  a species that the potential lacks, a position that is not finite, a
 *                   potential without second derivatives in closed form
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_hessian_create(const struct pel_potential *potential,
                                      const struct pel_structure *structure,
                                      const double x[], struct pel_hessian **out,
                                      struct pel_error *err);
/* Release a Hessian. NULL is allowed. */
PEL_API void pel_hessian_free(struct pel_hessian *hessian);

/* w[3n] = H v for v[3n]; they must not overlap. */
PEL_API void pel_hessian_times(const struct pel_hessian *hessian, const double v[],
                               double w[]);

/* The rows and columns of some atoms, all others held: a dense matrix.
 *   n_moving   atoms, at least 1
 *   moving     [n_moving] their indices, increasing; NULL: the first n_moving of all
 *   dense      [(3 n_moving)^2] receives it, both triangles [eV/A^2]
 * Errors: PEL_EARG indices that do not increase or are too large; PEL_ENOMEM. */
PEL_API pel_status pel_hessian_dense(const struct pel_hessian *hessian, size_t n_moving,
                                     const size_t moving[], double dense[],
                                     struct pel_error *err);

#endif /* PEL_HESSIAN_H */

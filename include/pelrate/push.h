#ifndef PEL_PUSH_H
#define PEL_PUSH_H

#include <pelrate/random.h>
#include <pelrate/structure.h>

/* A random local push, the start of an ART search: the chosen atom and its neighbours
 * within radius_A (minimum image) each get an independent isotropic normal vector, all
 * other atoms none; the whole is of unit length. Neighbours at equal rights with the
 * centre, after Malek & Mousseau, PRE 62:7723 (2000).
 *
 *   random      stream; the atom is drawn first, then the vectors in the order of the
 *               atoms; advanced
 *   structure   cell and number n of atoms
 *   x           [3n] positions [A] (unwrapped is fine)
 *   radius_A    [A], > 0
 *   atom        receives the index of the atom in the centre
 *   direction   [3n] receives the push, of unit length [1]
 *
 * Errors: PEL_EARG radius not positive or not finite. */
PEL_API pel_status pel_push_local(struct pel_random *random,
                                  const struct pel_structure *structure, const double x[],
                                  double radius_A, size_t *atom, double direction[],
                                  struct pel_error *err);

/* The same with a centre drawn from centres[n_centres], indices of atoms. Errors: also
 * PEL_EARG no centre, or one that is no atom of the structure. */
PEL_API pel_status pel_push_among(struct pel_random *random,
                                  const struct pel_structure *structure, const double x[],
                                  double radius_A, size_t n_centres,
                                  const size_t centres[], size_t *atom,
                                  double direction[], struct pel_error *err);

#endif /* PEL_PUSH_H */

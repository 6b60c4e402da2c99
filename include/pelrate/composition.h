#ifndef PEL_COMPOSITION_H
#define PEL_COMPOSITION_H

#include <pelrate/potential.h>
#include <pelrate/random.h>

/* Which elements an alloy is made of, and in what shares. */
struct pel_composition {
    size_t n;                                        /* number of elements */
    char element[PEL_MAX_SPECIES][PEL_ELEMENT_NAME]; /* names, in the order of the text */
    double fraction[PEL_MAX_SPECIES];                /* atomic fractions, sum 1 */
};

/* Read "Cu56Zr44", "Cu0.56Zr0.44" or "CuZr": elements, each with an amount (1 where none
 * is written); only the ratios count.
 * Errors: PEL_EARG the text is empty, has anything that is neither an element nor a
 * number, an element twice, an amount that is not positive, more than PEL_MAX_SPECIES
 * elements. */
PEL_API pel_status pel_composition_parse(const char *text, struct pel_composition *out,
                                         struct pel_error *err);

/* Share n_atoms among the elements by largest remainder (ties: the first element).
 *   counts  [composition->n] receives the number of atoms of each element; they sum to
 *           n_atoms
 * Errors: PEL_EARG an element would have no atom at all. */
PEL_API pel_status pel_composition_counts(const struct pel_composition *composition,
                                          size_t n_atoms, size_t counts[],
                                          struct pel_error *err);

/* A random alloy in a cubic cell: atoms at random on the sites of a loosened simple cubic
 * lattice, which no metal keeps. No two atoms are close, so it can be heated at once.
 *
 *   n_atoms     number of atoms
 *   volume_A3   volume of an atom [A^3], > 0
 *   potential   gives the masses; must know every element
 *   random      stream to draw from; advanced
 *   out         receives the structure, without velocities; species in the order of the
 *               text; release it with pel_structure_free()
 *
 * Errors: those of pel_composition_counts; PEL_EARG an element that the potential lacks,
 * a volume that is not positive; PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_composition_structure(const struct pel_composition *composition,
                                             size_t n_atoms, double volume_A3,
                                             const struct pel_potential *potential,
                                             struct pel_random *random,
                                             struct pel_structure **out,
                                             struct pel_error *err);

#endif /* PEL_COMPOSITION_H */

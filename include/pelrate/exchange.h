#ifndef PEL_EXCHANGE_H
#define PEL_EXCHANGE_H

#include <pelrate/potential.h>

/* What the energy of a cell does when two atoms change places and nothing else moves:
 * from the neighbours of the two alone, for 2000 atoms 300 times cheaper than an
 * evaluation of the cell. For Monte Carlo in the species (swap.h).
 *
 * The places stay; which atom stands where is what changes. An exchange that was asked
 * for is tentative until it is kept. One thread at a time; one object per thread. */
struct pel_exchange;

/* Exchanges among the atoms of a structure.
 *   potential  borrowed until pel_exchange_free
 *   structure  gives n and the types (copied); positions come with pel_exchange_place
 *   out        receives the exchanges; release them with pel_exchange_free()
 * Errors: PEL_EARG a species of the structure that the potential lacks, or a style of
 * potential that knows no single pairs; PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_exchange_create(const struct pel_potential *potential,
                                       const struct pel_structure *structure,
                                       struct pel_exchange **out, struct pel_error *err);

/* Release exchanges. NULL is allowed. */
PEL_API void pel_exchange_free(struct pel_exchange *exchange);

/* Every atom stands at its own position x[3n] [A] of a cell (any size) again. Costs as much
 * as some evaluations of the cell and keeps what all pairs of places are to each other:
 * two species and 100 neighbours take 10 kB an atom.
 * Errors: PEL_EARG a position is not finite; PEL_ENOMEM. */
PEL_API pel_status pel_exchange_place(struct pel_exchange *exchange,
                                      const struct pel_cell *cell, const double x[],
                                      struct pel_error *err);

/* Let what stands at places i and j, i != j, change places, tentatively: a change that
 * was not kept before is undone first. Returns the energy after it minus the energy
 * before it [eV]: what pel_forces_evaluate gives for the two arrangements, up to rounding
 * (1e-10 eV). Needs pel_exchange_place before. */
PEL_API double pel_exchange_try(struct pel_exchange *exchange, size_t i, size_t j);

/* Keep the last change. Does nothing where none is tentative. */
PEL_API void pel_exchange_keep(struct pel_exchange *exchange);

/* Which atom stands at place i, after all that was kept. */
PEL_API size_t pel_exchange_atom(const struct pel_exchange *exchange, size_t i);
/* Number of atoms. */
PEL_API size_t pel_exchange_atoms(const struct pel_exchange *exchange);

#endif /* PEL_EXCHANGE_H */

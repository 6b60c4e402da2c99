/* Not for users: the inherent structure below a configuration. */
#ifndef PEL_INHERENT_PRIV_H
#define PEL_INHERENT_PRIV_H

#include <pelrate/minimise.h>

/* Bring a structure down to the minimum below it, in place: without velocities, wrapped
 * into the cell before and after, the neighbour list begun afresh, so that the same atoms
 * end in the same bits whatever the forces did before.
 *   report  receives what was done; may be NULL
 * Errors: those of pel_minimise_structure; the structure holds the best point so far. */
pel_status pel_inherent_descend(struct pel_forces *forces,
                                struct pel_structure *structure,
                                enum pel_relax_cell relax, double pressure_tolerance_bar,
                                const struct pel_minimise_settings *settings,
                                struct pel_minimise_report *report,
                                struct pel_error *err);

#endif /* PEL_INHERENT_PRIV_H */

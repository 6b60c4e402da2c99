#ifndef PEL_NEIGHBORBUILD_PRIV_H
#define PEL_NEIGHBORBUILD_PRIV_H

#include "neighbor_priv.h"

/* Scratch of building; NULL: out of memory. */
struct pel_neighbor_work *pel_neighbor_work_create(size_t n);
void pel_neighbor_work_free(struct pel_neighbor_work *work);

/* Build the list anew; positions of atoms and ghosts are the caller's to fill. Errors: as
 * pel_neighbor_update. */
pel_status pel_neighbor_build(struct pel_neighbor *list, const struct pel_cell *cell,
                              const double x[], size_t *bad, struct pel_error *err);

#endif /* PEL_NEIGHBORBUILD_PRIV_H */

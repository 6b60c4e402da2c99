#ifndef PEL_RANKS_PRIV_H
#define PEL_RANKS_PRIV_H

#include <pelrate/ranks.h>

/* Bytes between ranks, called by the main thread of each alone. Processes of one run have
 * one program on one kind of machine, so that structs travel as they are. Faults of MPI
 * itself end the run. */

/* From rank 0 to all: bytes[n]. */
void pel_ranks_share(struct pel_ranks *ranks, void *bytes, size_t n);
/* To one: bytes[n], on its way when this returns. */
void pel_ranks_send(struct pel_ranks *ranks, size_t to, const void *bytes, size_t n);
/* Whatever has arrived from anyone: 1 and the message (free *bytes), or 0 for nothing; -1
 * no memory for it. */
int pel_ranks_receive(struct pel_ranks *ranks, size_t *from, void **bytes, size_t *n);

#endif /* PEL_RANKS_PRIV_H */

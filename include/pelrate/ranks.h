#ifndef PEL_RANKS_H
#define PEL_RANKS_H

#include <pelrate/status.h>
#include <stddef.h>

/* The processes of an MPI run ("mpirun -n 4 pelrate campaign ..."): rank 0 of them owns
 * every file that is written, the others work for it. A build without MPI has these
 * functions too, and they say so.
 *
 * A rank that dies takes the run with it, as is MPI's way: what was stored stays, and the
 * same line goes on from there. */
struct pel_ranks;

/* Whether this library was built with MPI. */
PEL_API int pel_ranks_available(void);

/* Join the run that this process was started in; once in the life of a process.
 *   out   receives it; pel_ranks_leave() ends it
 * Errors: PEL_EARG built without MPI; PEL_EIO MPI cannot be started; PEL_ENOMEM.
 * On error *out is NULL. */
PEL_API pel_status pel_ranks_join(struct pel_ranks **out, struct pel_error *err);
/* Leave, which waits for all others to do so. NULL is allowed. */
PEL_API void pel_ranks_leave(struct pel_ranks *ranks);

/* Number of this process, from 0, and how many there are. NULL: 0 of 1. */
PEL_API size_t pel_ranks_rank(const struct pel_ranks *ranks);
PEL_API size_t pel_ranks_count(const struct pel_ranks *ranks);

/* Called by all: the fault of the lowest rank that has one is everybody's ("rank 2: text"
 * where it is not rank 0's). Returns it; PEL_OK where nobody has one. NULL: status. */
PEL_API pel_status pel_ranks_agree(struct pel_ranks *ranks, pel_status status,
                                   struct pel_error *err);

#endif /* PEL_RANKS_H */

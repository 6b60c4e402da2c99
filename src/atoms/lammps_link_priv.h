#ifndef PEL_LAMMPS_LINK_PRIV_H
#define PEL_LAMMPS_LINK_PRIV_H

#include <pelrate/status.h>

/* A worker process of the engine lammps and the socket to it (lammps_wire.h says what
 * they talk about). */
struct pel_lammps_link;

/* Start a worker and wait until it has connected.
 *   worker  the program
 *   launch  words in front of it, separated by blanks; NULL: none
 * Errors: PEL_EOPEN   no such program
 *         PEL_EFORMAT it ended at once (its message is in ours), or is of another version
 *         PEL_ENOMEM  no process, socket or temporary file to be had, or it did not
 *                     connect in time
 * On error *out is NULL. */
pel_status pel_lammps_link_open(const char *worker, const char *launch,
                                struct pel_lammps_link **out, struct pel_error *err);
/* End the worker. NULL is allowed. */
void pel_lammps_link_close(struct pel_lammps_link *link);

/* n bytes to or from the worker; 0: it has gone. */
int pel_lammps_link_put(struct pel_lammps_link *link, const void *bytes, size_t n);
int pel_lammps_link_get(struct pel_lammps_link *link, void *bytes, size_t n);

/* What the worker wrote so far is of no interest any more. */
void pel_lammps_link_forget(struct pel_lammps_link *link);

/* After 0: why the worker has gone, in one line: LAMMPS's message without its place in
 * the source, and the command it was about. Returns 1 if LAMMPS said so, 0 if the process
 * was ended from outside. */
int pel_lammps_link_why(struct pel_lammps_link *link, char *text, size_t size);

#endif /* PEL_LAMMPS_LINK_PRIV_H */

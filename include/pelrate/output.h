#ifndef PEL_OUTPUT_H
#define PEL_OUTPUT_H

#include <pelrate/status.h>
#include <stdio.h>

/* An output file that is there whole or not at all: written beside its place
 * ("NAME.tmp-PID"), flushed to the disk, then renamed.
 *
 * Something that is no regular file (a terminal, a pipe, /dev/full) is written
 * directly. */
struct pel_output;

enum pel_output_mode {
    PEL_OUTPUT_NEW,    /* an existing regular file is an error */
    PEL_OUTPUT_REPLACE /* an existing file is replaced at commit */
};

/* Open for writing. path NULL or "-": standard output, which commit flushes and checks.
 * Errors: PEL_EEXIST  exists, and mode is PEL_OUTPUT_NEW
 *         PEL_EIO     the place cannot be written
 *         PEL_ENOMEM
 * On error *out is NULL; otherwise commit or discard releases it. */
PEL_API pel_status pel_output_open(const char *path, enum pel_output_mode mode,
                                   struct pel_output **out, struct pel_error *err);

/* Where to write. Borrowed; do not close. */
PEL_API FILE *pel_output_stream(struct pel_output *output);

/* Finish: everything is on the disk under its name, or nothing is. Releases output either
 * way.
 * Errors: PEL_EIO     a write failed, the disk is full
 *         PEL_EEXIST  somebody made the file meanwhile (PEL_OUTPUT_NEW) */
PEL_API pel_status pel_output_commit(struct pel_output *output, struct pel_error *err);

/* Give up: what was written is removed. Releases output. NULL is allowed. */
PEL_API void pel_output_discard(struct pel_output *output);

#endif /* PEL_OUTPUT_H */

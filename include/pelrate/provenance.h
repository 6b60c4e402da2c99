#ifndef PEL_PROVENANCE_H
#define PEL_PROVENANCE_H

#include <pelrate/status.h>
#include <stdio.h>

/* How a file was made: the `# key: value` lines with which every output starts. */

/* Version of the library, "0.1.0" or "0.1.0+<git revision>". */
PEL_API const char *pel_version(void);

/* SHA-256 of a file as 64 hexadecimal digits and a 0 (the same as sha256sum prints).
 * Errors: PEL_EOPEN cannot be opened; PEL_EIO cannot be read. */
enum { PEL_HASH = 65 };
PEL_API pel_status pel_provenance_hash_file(const char *path, char hash[PEL_HASH],
                                            struct pel_error *err);
/* The same for bytes in memory. */
PEL_API void pel_provenance_hash(const void *bytes, size_t n, char hash[PEL_HASH]);

/* One line "# key: value"; line breaks in the value become blanks. */
PEL_API void pel_provenance_put(FILE *stream, const char *key, const char *format, ...)
    PEL_PRINTF(3, 4);

/* The block that starts a file:
 *   # format: FORMAT            e.g. "pelrate-dsc 1"
 *   # pelrate: VERSION
 *   # command: COMMAND          the command line, NULL: left out
 *   # input_1: PATH sha256:...  one line for each of the n_inputs files
 * Further keys follow by pel_provenance_put. Errors of writing show at
 * pel_output_commit.
 * Errors: PEL_EOPEN an input cannot be opened; PEL_EIO one cannot be read. */
PEL_API pel_status pel_provenance_begin(FILE *stream, const char *format,
                                        const char *command, size_t n_inputs,
                                        const char *const inputs[],
                                        struct pel_error *err);

#endif /* PEL_PROVENANCE_H */

#ifndef PEL_CLI_STRUCTURE_WRITE_H
#define PEL_CLI_STRUCTURE_WRITE_H

#include "command.h"

#include <pelrate/structure.h>

/* A structure, as LAMMPS data where the name ends in .data or .lmp, else (standard output
 * too) as extended XYZ, with a comment line that tells how it was made: keys
 * ("a=1 b=2"), then seed, version and command line.
 * Errors: those of pel_output_open and pel_output_commit, of the writers; PEL_ENOMEM. */
pel_status cli_structure_write(const struct cli *cli, const char *path,
                               enum pel_output_mode mode,
                               const struct pel_structure *structure, const char *keys,
                               struct pel_error *err);

#endif /* PEL_CLI_STRUCTURE_WRITE_H */

#ifndef PEL_CLI_INTERACTION_H
#define PEL_CLI_INTERACTION_H

#include "command.h"

#include <pelrate/potential.h>

/* Which potential of which engine: the options that every command with atoms has. */
struct cli_interaction {
    const char *engine;                              /* --engine; NULL: builtin */
    const char *table;                               /* --potential */
    const char *style;                               /* --style */
    const char *commands, *script, *launch, *worker; /* --lammps-... */
    const char *model;                               /* --kim-model */
    const char *kernel;                              /* --kernel */
};

/* The lines of a command's table of options, from a struct cli_interaction *. */
#define CLI_INTERACTION_OPTIONS(it)                                                      \
    {"potential", CLI_TEXT, &(it)->table, "FILE", "eam/fs or eam/alloy table"},          \
        {"style", CLI_TEXT, &(it)->style, "STYLE",                                       \
         "eam/fs or eam/alloy (default: by the name of the file)"},                      \
        {"engine", CLI_TEXT, &(it)->engine, "NAME",                                      \
         "builtin, lammps or kim (default: builtin)"},                                   \
        {"lammps-commands", CLI_TEXT, &(it)->commands, "TEXT",                           \
         "that choose the pair style, with ';' between them"},                           \
        {"lammps-script", CLI_TEXT, &(it)->script, "FILE", "with such commands"},        \
        {"lammps-launch", CLI_TEXT, &(it)->launch, "TEXT",                               \
         "run LAMMPS on several processors: 'mpirun -n 4'"},                             \
        {"lammps-worker", CLI_TEXT, &(it)->worker, "FILE",                               \
         "the program pelrate-lammps (default: beside pelrate)"},                        \
        {"kim-model", CLI_TEXT, &(it)->model, "NAME",                                    \
         "full name of an installed model of the KIM API"},                              \
    {                                                                                    \
        "kernel", CLI_TEXT, &(it)->kernel, "NAME",                                       \
            "avx512, avx2 or portable (default: the best of this processor; the last "   \
            "bits depend on it)"                                                         \
    }

/* Whether the options fit together. Returns CLI_DONE or CLI_USAGE (the message has been
 * printed). */
int cli_interaction_check(const struct cli *cli, const struct cli_interaction *it);

/* Files that are read for the potential and are to be hashed as inputs, at most 1;
 * returns their number. */
enum { CLI_INTERACTION_INPUTS = 1 };
size_t cli_interaction_inputs(const struct cli_interaction *it,
                              const char *inputs[CLI_INTERACTION_INPUTS]);

/* The potential for these elements, in this order. Errors: those of pel_potential_open;
 * PEL_EOPEN, PEL_EIO the script cannot be read; PEL_EARG a kernel that this processor
 * does not have. */
pel_status cli_interaction_open(struct cli *cli, const struct cli_interaction *it,
                                size_t n_elements, const char *const elements[],
                                struct pel_potential **out, struct pel_error *err);

/* Header lines of an output that say which potential it was. */
void cli_interaction_put(FILE *stream, const struct pel_potential *potential);

#endif /* PEL_CLI_INTERACTION_H */

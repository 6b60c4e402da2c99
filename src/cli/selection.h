#ifndef PEL_CLI_SELECTION_H
#define PEL_CLI_SELECTION_H

#include "command.h"

#include <pelrate/pool.h>

/* Which events count and which samples form a level: the options that the commands share
 * which read event records. */
struct cli_selection {
    double gap;                         /* --level-gap; NAN: not given [eV/atom] */
    struct cli_list edges;              /* --level-edges [eV/atom] */
    const char *groups;                 /* --level-groups */
    int pool_settings;                  /* --pool-settings */
    struct pel_pool_settings selection; /* what they come to */
};
struct cli_selection cli_selection_defaults(void);

/* The options, for the command's table: CLI_SELECTION_OPTIONS(&selection). */
#define CLI_SELECTION_OPTIONS(s)                                                         \
    {"min-e-a", CLI_NUMBER, &(s)->selection.min_e_a_eV, "E",                             \
     "leave out events with a smaller E_A (eV; default: 0, none)"},                      \
        {"min-e-r", CLI_NUMBER, &(s)->selection.min_e_r_eV, "E",                         \
         "leave out events with a smaller E_R (eV; default: 0, none)"},                  \
        {"level-gap", CLI_NUMBER, &(s)->gap, "X",                                        \
         "a new level after each step wider than this (eV/atom)"},                       \
        {"level-edges", CLI_LIST, &(s)->edges, "X[,X...]",                               \
         "boundaries between levels (eV/atom)"},                                         \
        {"level-groups", CLI_TEXT, &(s)->groups, "FILE",                                 \
         "CSV with columns sample,level: equal names form a level"},                     \
    {                                                                                    \
        "pool-settings", CLI_FLAG, &(s)->pool_settings, NULL,                            \
            "pool events of different sampler settings"                                  \
    }

/* Fill selection from the options, but for the groups. Returns CLI_DONE or CLI_USAGE (the
 * message has been printed). */
int cli_selection_check(const struct cli *cli, struct cli_selection *s);

/* The pool of the event files paths[n], groups read where they were asked for.
 * Errors: those of pel_pool_read and, for the groups, of the table. */
pel_status cli_selection_pool(struct cli *cli, struct cli_selection *s, size_t n,
                              const char *const paths[], struct pel_pool **out,
                              struct pel_error *err);

/* What is read, for the provenance: paths[n], then the file of groups. *n_inputs receives
 * how many. The list is the cli's; NULL where there is no memory. */
const char *const *cli_selection_inputs(struct cli *cli, const struct cli_selection *s,
                                        size_t n, const char *const paths[],
                                        size_t *n_inputs);

#endif /* PEL_CLI_SELECTION_H */

#ifndef PEL_CLI_REPLICATES_H
#define PEL_CLI_REPLICATES_H

#include "theory.h"

#include <pelrate/spread.h>
#include <stdio.h>

/* --bands N: what the commands of the rate theory share that say how sure their numbers
 * are. */
struct cli_replicates {
    long long n;                     /* --bands; 0: not wanted */
    double share;                    /* --band-share */
    double *lo, *hi;                 /* [values] the ends; owned by the cli */
    struct pel_spread_report report; /* once they are there */
};

/* The options, for the command's table: CLI_REPLICATES_OPTIONS(&replicates). The command
 * takes CLI_WITH_SEED too. */
#define CLI_REPLICATES_OPTIONS(r)                                                        \
    {"bands", CLI_INTEGER, &(r)->n, "N",                                                 \
     "bands from N replicates of the landscape (200, say)"},                             \
    {                                                                                    \
        "band-share", CLI_NUMBER, &(r)->share, "x",                                      \
            "share of truths that a band should hold (default: 0.6827)"                  \
    }

struct cli_replicates cli_replicates_defaults(void);

/* Returns CLI_DONE or CLI_USAGE (the message has been printed). */
int cli_replicates_check(const struct cli *cli, const struct cli_replicates *r);

/* Fill lo and hi for n values, if bands are wanted. Errors as pel_spread_run. */
pel_status cli_replicates_run(struct cli *cli, const struct cli_theory *theory,
                              struct cli_replicates *r, size_t n,
                              pel_spread_function function, void *context,
                              struct pel_error *err);

/* Keys that say how the bands were made; nothing without bands. */
void cli_replicates_keys(const struct cli_replicates *r, const struct cli_theory *theory,
                         FILE *stream);

/* What the user must know of replicates that were left out. */
void cli_replicates_note(const struct cli *cli, const struct cli_replicates *r);

/* For a title below a picture: ", bands: 68 % of 200 replicates", or "". */
const char *cli_replicates_title(const struct cli_replicates *r, char buffer[64]);

#endif /* PEL_CLI_REPLICATES_H */

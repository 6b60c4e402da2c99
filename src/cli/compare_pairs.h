#ifndef PEL_CLI_COMPARE_PAIRS_H
#define PEL_CLI_COMPARE_PAIRS_H

#include "replicates.h"
#include "theory.h"

#include <pelrate/compare.h>

/* A landscape under a closure, or a second map. */
struct cli_pair {
    const char *path;    /* borrowed */
    const char *closure; /* borrowed; NULL: path is a map */
    int recorded;        /* whether the landscape said the closure, with its parameter */
    struct pel_comparison result;
    struct pel_compare_curve *curves; /* [map->n_curves], owned by the cli */
    double *lo, *hi; /* [CLI_PAIR_BANDED + 2 map->n_curves] bands from replicates of the
                        theory: of the numbers below, then T_max and T_ss of each curve;
                        NULL: none. Owned by the cli */
};

/* What of a comparison has bands: rms, mean, agreement, mean differences of T_max and of
 * T_ss. */
enum { CLI_PAIR_BANDED = 5 };

/* A pair that is open. */
struct cli_pair_theory {
    struct cli_theory landscape;
    struct pel_agemap *map;   /* owned; NULL: a landscape */
    struct pel_mapgrid *grid; /* owned, likewise */
    struct pel_compare_map of;
    struct pel_compare_theory theory;
};

/* Whether a file holds a map rather than a landscape. Errors as pel_table_read. */
pel_status cli_pair_is_map(const char *path, int *is_map, struct pel_error *err);

/* Without --closure: take what the landscape says, else log-mean. Errors as
 * pel_landscape_read. */
pel_status cli_pair_take_treatment(struct cli_pair *pair, struct pel_error *err);

/* Open a pair.
 *   options   of the theory; of --z and --pair-barrier those that the closure needs count
 *   out       close it with cli_pair_close(), also after an error; must not move
 * Errors as the library's. */
pel_status cli_pair_open(const struct cli_pair *pair, const struct cli_theory *options,
                         struct cli_pair_theory *out, struct pel_error *err);
void cli_pair_close(struct cli_pair_theory *theory);

/* Fill in result and curves, and bands if replicates->n > 0 (a note tells where there can be
 * none). */
pel_status cli_pair_compare(struct cli *cli, const struct pel_agemap *map, double share,
                            const struct cli_replicates *replicates,
                            const struct cli_theory *options, struct cli_pair *pair,
                            struct pel_error *err);

#endif /* PEL_CLI_COMPARE_PAIRS_H */

#ifndef PEL_CLI_THEORY_H
#define PEL_CLI_THEORY_H

#include "command.h"

#include <pelrate/ageing.h>
#include <pelrate/rate.h>
#include <stddef.h>
#include <stdio.h>

/* What the commands of the rate theory share: a landscape under a closure, and how they
 * say what it is. */
struct cli_theory {
    const char *path;                /* of the landscape; borrowed */
    const char *closure;             /* --closure */
    int extrapolate;                 /* --extrapolate */
    const char *z;                   /* --z: a number or a file */
    const char *z_column;            /* --z-column; NULL: z_chao1 */
    double pair_eV;                  /* --pair-barrier [eV]; 0: not given */
    int recorded;                    /* whether the landscape said the closure */
    double z_value;                  /* z, where it is a number */
    int z_is_file;                   /* whether z names a file */
    struct pel_closure own;          /* the closure with its parameters */
    struct pel_committor_z *z_table; /* of own; owned */
    struct pel_landscape *landscape; /* owned */
    struct pel_rate *rate;           /* owned */
};

/* Their options, for the command's table: CLI_THEORY_OPTIONS(&theory). */
#define CLI_THEORY_OPTIONS(theory)                                                             \
    {"closure", CLI_TEXT, &(theory)->closure, "NAME",                                          \
     "default: what the landscape says, else log-mean; kinetic, joint, committor, two-level"}, \
        {"z", CLI_TEXT, &(theory)->z, "z|FILE",                                                \
         "committor: paths onward, a number or a table over E_IS (CSV)"},                      \
        {"z-column", CLI_TEXT, &(theory)->z_column, "NAME",                                    \
         "its column beside e_is_eV_per_atom (default: z_chao1)"},                             \
        {"pair-barrier", CLI_NUMBER, &(theory)->pair_eV, "E",                                  \
         "two-level: pairs have both barriers below this (eV)"},                               \
    {                                                                                          \
        "extrapolate", CLI_FLAG, &(theory)->extrapolate, NULL,                                 \
            "go beyond the sampled E_IS; rows say extrapolated"                                \
    }

/* Read the landscape and join the closure to it. Errors as the library's. */
pel_status cli_theory_open(struct cli_theory *theory, const char *path,
                           struct pel_error *err);
void cli_theory_close(struct cli_theory *theory);

/* Whether it is said what to follow: E_IS [eV/atom] and a programme (NULL: none), or a
 * temperature [K] for a time [s]; NaN: not given. CLI_DONE, or usage that was told. */
int cli_history_check(struct cli *cli, double e_is, const char *programme,
                      double temperature_K, double time_s);

/* cli_open with the landscape as first input (and `more`, may be NULL, as second), then
 * the keys that say which landscape and closure. */
pel_status cli_theory_output(const struct cli *cli, const struct cli_theory *theory,
                             const char *path, const char *more, const char *format,
                             struct pel_output **out, struct pel_error *err);

/* The row of column names, with `extrapolated` at the end where rows may be so. */
void cli_theory_columns(const struct cli_theory *theory, FILE *stream,
                        const char *columns);
/* One row of n numbers, and whether it was made by extrapolation. */
void cli_theory_row(const struct cli_theory *theory, FILE *stream, size_t n,
                    const double values[], int extrapolated);

/* Title of a picture: `what` and the landscape's name; below, its kind and the closure,
 * and `more` (may be "") in gnuplot's markup. */
void cli_theory_title(const struct cli_theory *theory, FILE *script, const char *what,
                      const char *more);

/* What the user must know: an equilibrium line that holds for another closure, and n of
 * total rows made by extrapolation. */
void cli_theory_note(const struct cli *cli, const struct cli_theory *theory, size_t n,
                     size_t total);

/* With --verbose: what the integrator did for so many rows. */
void cli_theory_stats(const struct cli *cli, size_t rows,
                      const struct pel_ageing_stats *stats);

#endif /* PEL_CLI_THEORY_H */

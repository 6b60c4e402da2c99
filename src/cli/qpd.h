#ifndef PEL_CLI_QPD_H
#define PEL_CLI_QPD_H

#include "command.h"

#include <pelrate/qpd.h>
#include <stdio.h>

/* What the actions of `pelrate qpd` share: each is a command of its own in a file
 * qpd_<action>.c, called as `pelrate qpd ACTION`. */
extern const struct cli_command cli_qpd_spectrum, cli_qpd_creep, cli_qpd_dma,
    cli_qpd_work, cli_qpd_fragility, cli_qpd_fit, cli_qpd_landscape;

/* A parameter set and where it comes from. */
struct cli_qpd {
    const char *path;   /* of the file; borrowed */
    const char *sample; /* --sample; NULL: the only one */
    double accuracy;    /* --accuracy: of the spectra */
    struct pel_qpd qpd; /* the set */
    struct pel_gumbel_settings settings;
};

/* Their options, for the action's table: CLI_QPD_OPTIONS(&set). */
#define CLI_QPD_OPTIONS(set)                                                             \
    {"sample", CLI_TEXT, &(set)->sample, "NAME", "which set of the file"},               \
    {                                                                                    \
        "accuracy", CLI_NUMBER, &(set)->accuracy, "x",                                   \
            "error of the sum over relaxation times (default: 1e-10)"                    \
    }

/* Before the options are parsed. */
struct cli_qpd cli_qpd_begin(void);

/* What is wrong with the options; CLI_DONE or CLI_USAGE. */
int cli_qpd_check(struct cli *cli, const struct cli_qpd *set);

/* Read the set, which must have what `needs` (enum pel_qpd_need) says. */
pel_status cli_qpd_open(struct cli_qpd *set, const char *path, unsigned needs,
                        struct pel_error *err);

/* The library's refusal (PEL_EARG) of what a file holds, as that file's fault. */
pel_status cli_qpd_blame(const char *path, pel_status status, struct pel_error *err);

/* cli_open with the parameter file as input (and `more`, may be NULL), then the keys that
 * say which sample, and each parameter as component_parameter_unit. */
pel_status cli_qpd_output(const struct cli *cli, const struct cli_qpd *set,
                          const char *path, const char *more, const char *format,
                          struct pel_output **out, struct pel_error *err);

/* Title of a picture: `what` and the sample; `more` below in gnuplot's markup. */
void cli_qpd_title(const struct cli_qpd *set, FILE *script, const char *what,
                   const char *more);

/* Colour of a component, "#rrggbb". */
const char *cli_qpd_colour(enum pel_qpd_component component);

/* "beta", ... in gnuplot's markup. */
const char *cli_qpd_word(enum pel_qpd_component component);

/* Values even in their logarithm from A to B (n of them) into an array of the cli; NULL:
 * out of memory. */
double *cli_qpd_decades(struct cli *cli, double a, double b, size_t n);

/* "A:B:n" of an option that runs over decades, both > 0, 2 <= n <= 1000000. Text NULL:
 * the default "a:b:n" as given. CLI_DONE or CLI_USAGE. */
int cli_qpd_range(struct cli *cli, const char *option, const char *text,
                  struct cli_list *list);

#endif /* PEL_CLI_QPD_H */

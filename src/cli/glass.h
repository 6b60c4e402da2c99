#ifndef PEL_CLI_GLASS_H
#define PEL_CLI_GLASS_H

#include "interaction.h"

#include <pelrate/quench.h>

/* What the user asked for. */
struct glass_request {
    const char *composition; /* --composition */
    long long n_atoms;       /* --atoms */
    const char *from;        /* --from; NULL: start from a random alloy */
    struct cli_texts elements;
    struct cli_interaction interaction;
    double volume_A3; /* of an atom, where a start is made up [A^3] */
    double timestep_fs;
    const char *thermostat, *barostat, *cell;
    const char *checkpoint, *log, *melt;
    int instant;             /* --instant: no cooling */
    long long swaps, settle; /* --swaps, --settle */
    struct pel_quench_settings settings;
};

/* What the run holds; freed at its end. */
struct glass_work {
    struct pel_structure *start;
    struct pel_potential *potential;
    struct pel_quench *quench;
    char label[240]; /* of the checkpoint: what is quenched */
};

/* The structure, with a comment line that tells how it was made: keys, then what all of
 * them have. */
pel_status cli_glass_structure(const struct cli *cli, const char *path,
                               const struct glass_request *request,
                               const struct pel_structure *structure, const char *keys,
                               struct pel_error *err);

/* The record of the run. */
pel_status cli_glass_log(const struct cli *cli, const struct glass_request *request,
                         const struct glass_work *work,
                         const struct pel_quench_report *report, struct pel_error *err);

/* The glass itself, its keys from the report. */
pel_status cli_glass_write(const struct cli *cli, const struct glass_request *request,
                           const struct glass_work *work,
                           const struct pel_quench_report *report, struct pel_error *err);

#endif /* PEL_CLI_GLASS_H */

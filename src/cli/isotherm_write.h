#ifndef PEL_CLI_ISOTHERM_WRITE_H
#define PEL_CLI_ISOTHERM_WRITE_H

#include "interaction.h"

#include <pelrate/isotherm.h>

/* What the user asked for. */
struct isotherm_request {
    const char *glass; /* the operand */
    struct cli_texts elements;
    struct cli_interaction interaction;
    const char *time, *is_every, *ramp_time; /* texts with or without unit */
    long long replicas;
    double timestep_fs;
    const char *thermostat, *barostat, *is_cell;
    const char *checkpoint, *log, *snapshots;
    int keep_checkpoint;
    struct pel_isotherm_settings settings;
};

/* What the run holds; freed at its end. */
struct isotherm_work {
    struct pel_structure *glass;
    struct pel_potential *potential;
    struct pel_isotherm *isotherm;
    char label[240]; /* of the checkpoint: what is annealed */
};

/* "fixed", "isotropic", "full". */
const char *cli_isotherm_cell(enum pel_relax_cell relax);

/* The curves; the log. */
pel_status cli_isotherm_curve(const struct cli *cli,
                              const struct isotherm_request *request,
                              const struct isotherm_work *work, struct pel_error *err);
pel_status cli_isotherm_log(const struct cli *cli, const struct isotherm_request *request,
                            const struct isotherm_work *work, struct pel_error *err);

/* The picture of the curves. */
pel_status cli_isotherm_plot(const struct cli *cli,
                             const struct isotherm_request *request,
                             const struct isotherm_work *work, struct pel_error *err);

#endif /* PEL_CLI_ISOTHERM_WRITE_H */

#ifndef PEL_CLI_CALIBRATE_PLOT_H
#define PEL_CLI_CALIBRATE_PLOT_H

#include "command.h"

#include <pelrate/calibrate.h>

/* The picture of a calibration: what was measured, and the fit through it. */
pel_status cli_calibrate_plot(const struct cli *cli, const struct pel_calibrate *fit,
                              const struct pel_calibrate_scan scans[],
                              const char *closure, struct pel_error *err);

#endif /* PEL_CLI_CALIBRATE_PLOT_H */

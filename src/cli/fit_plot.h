#ifndef PEL_CLI_FIT_PLOT_H
#define PEL_CLI_FIT_PLOT_H

#include "command.h"

#include <pelrate/fit.h>

/* Picture of a fit: the spectra of all levels above each other, E_A left and E_R right,
 * as histograms, with the fitted densities over them where there are any. */
pel_status cli_fit_plot(const struct cli *cli, const struct pel_fit *fit,
                        const struct pel_pool *pool, struct pel_error *err);

#endif /* PEL_CLI_FIT_PLOT_H */

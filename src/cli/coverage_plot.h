#ifndef PEL_CLI_COVERAGE_PLOT_H
#define PEL_CLI_COVERAGE_PLOT_H

#include "command.h"

#include <pelrate/pool.h>

/* Picture of the discovery curves: paths found over searches, each sample a line in the
 * colour of its level; all paths left, those below tail_eV right. */
pel_status cli_coverage_plot(const struct cli *cli, const struct pel_pool *pool,
                             double tail_eV, struct pel_error *err);

#endif /* PEL_CLI_COVERAGE_PLOT_H */

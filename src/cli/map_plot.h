#ifndef PEL_CLI_MAP_PLOT_H
#define PEL_CLI_MAP_PLOT_H

#include "command.h"
#include "theory.h"

/* Draw the ageing map over the range of the two lists, on a grid of its own that is fine
 * enough for the eye: colour for the sign and decade of the rate, a line for each decade,
 * the temperature of fastest ageing and the steady state (as Liu et al. (2020),
 * Fig. 4b). */
pel_status cli_map_plot(const struct cli *cli, struct cli_theory *theory,
                        const struct cli_list *temperature, const struct cli_list *e_is,
                        struct pel_error *err);

#endif /* PEL_CLI_MAP_PLOT_H */

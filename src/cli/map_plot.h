#ifndef PEL_CLI_MAP_PLOT_H
#define PEL_CLI_MAP_PLOT_H

#include "command.h"
#include "theory.h"

/* Bands of the curves at each E_IS of the list: value k * stride is T_max [K], value
 * k * stride + 2 is T_ss [K]; NaN where there is none. Borrowed. */
struct cli_map_bands {
    const double *lo, *hi;
    size_t stride;
};

/* Draw the ageing map over the range of the two lists, on a grid of its own that is fine
 * enough for the eye: colour for the sign and decade of the rate, a line for each decade,
 * the temperature of fastest ageing and the steady state (as Liu et al. (2020),
 * Fig. 4b), with their bands (NULL: none). */
pel_status cli_map_plot(const struct cli *cli, struct cli_theory *theory,
                        const struct cli_list *temperature, const struct cli_list *e_is,
                        const struct cli_map_bands *bands, struct pel_error *err);

#endif /* PEL_CLI_MAP_PLOT_H */

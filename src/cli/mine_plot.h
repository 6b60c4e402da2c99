#ifndef PEL_CLI_MINE_PLOT_H
#define PEL_CLI_MINE_PLOT_H

#include "command.h"

#include <pelrate/mine.h>
#include <stdio.h>

/* The picture of `pelrate mine` (Liu et al. (2020), Figs. 2 and A1): the curves, coloured
 * by temperature, and what was mined from them over temperature and E_IS. */
pel_status cli_mine_plot(const struct cli *cli, const struct pel_curves *curves,
                         const struct pel_mine *mine, struct pel_error *err);

/* A signed logarithmic colour for rates between -most and most [eV/atom/s]: sign times
 * decades above `floor`, 0 below. */
double cli_signed_decades(double rate, double floor);

/* Palette, range and labels of the colours: ageing blue, rejuvenation red. */
void cli_signed_colours(FILE *script, double floor, double most);

#endif /* PEL_CLI_MINE_PLOT_H */

#ifndef PEL_CLI_COMPARE_PLOT_H
#define PEL_CLI_COMPARE_PLOT_H

#include "compare_pairs.h"

/* Liu et al. (2020), Fig. 4b: colours and curves of the theory, and over them T_max, T_ss
 * and one contour of the measured map. */
pel_status cli_compare_plot(const struct cli *cli, const struct cli_pair *pair,
                            struct cli_pair_theory *theory, const struct pel_agemap *map,
                            struct pel_error *err);

/* Whether there is anything to draw on. Errors: PEL_ERANGE one temperature or one E_IS. */
pel_status cli_compare_plot_check(const struct pel_agemap *map, struct pel_error *err);

#endif /* PEL_CLI_COMPARE_PLOT_H */

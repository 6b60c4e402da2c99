#ifndef PEL_CLI_COMPARE_PLOT_H
#define PEL_CLI_COMPARE_PLOT_H

#include "theory.h"

#include <pelrate/compare.h>

/* Liu et al. (2020), Fig. 4b: colours and curves of the theory, and over them T_max, T_ss
 * and one contour of the measured map. */
pel_status cli_compare_plot(const struct cli *cli, struct cli_theory *theory,
                            const struct pel_agemap *map,
                            const struct pel_compare_curve curves[],
                            const struct pel_comparison *result, struct pel_error *err);

#endif /* PEL_CLI_COMPARE_PLOT_H */

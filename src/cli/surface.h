#ifndef PEL_CLI_SURFACE_H
#define PEL_CLI_SURFACE_H

#include "command.h"

#include <pelrate/ratemap.h>

/* What cmd_surface.c and its picture share. */
struct cli_surface {
    struct cli_list temperature, e_is, scan_e_is; /* [K], [eV/atom] */
    const struct pel_ratemap *map;                /* borrowed */
    struct pel_ratemap_curve *curve;              /* [e_is.n], owned by the cli */
    struct pel_ratemap_curve *scan_curve;         /* [scan_e_is.n], owned by the cli */
};

/* Liu et al. (2020), Fig. 3: the map in signed logarithmic colours with T_max, T_ss and
 * their bands, and horizontal scans. */
pel_status cli_surface_plot(const struct cli *cli, const struct cli_surface *surface,
                            struct pel_error *err);

#endif /* PEL_CLI_SURFACE_H */

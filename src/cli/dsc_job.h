#ifndef PEL_CLI_DSC_JOB_H
#define PEL_CLI_DSC_JOB_H

#include "replicates.h"
#include "theory.h"

#include <pelrate/dsc.h>
#include <pelrate/heat_capacity.h>

/* The scans of one `pelrate dsc`: what cmd_dsc.c makes, dsc_write.c puts into tables and
 * dsc_plot.c draws. */

/* One scan and how its glass was treated. */
struct dsc_scan {
    double cool_K_per_s, heat_K_per_s;
    double anneal_s;     /* 0: not annealed [s] */
    struct pel_dsc *dsc; /* owned */
    size_t first_band;   /* index of its first number in the bands */
};

/* The numbers of a scan's peaks that have bands, in the order of their columns. */
enum { DSC_PEAKS = 10 };
void dsc_peaks_values(const struct pel_dsc_peaks *peaks, double values[DSC_PEAKS]);

struct dsc_job {
    struct cli_list cool, heat;          /* as given, in unit; after the check in K/s */
    const char *unit;                    /* of both */
    const char *exo;                     /* "up", "down" */
    double anneal_K;                     /* NaN: not annealed [K] */
    struct cli_list anneal_s;            /* [s] */
    const char *peaks;                   /* file; NULL: not wanted */
    const char *kissinger;               /* file; NULL: not wanted */
    const char *cp;                      /* model; NULL: not wanted */
    struct pel_heat_capacity vibrations; /* where cp is wanted */
    double e_start;                      /* [eV/atom]; NaN: the steady state */
    struct pel_dsc_settings settings;
    size_t n_scans;
    struct dsc_scan *scan; /* [n_scans] cool slow, anneal, heat fast; owned by the cli */
    size_t rows, extrapolated;
    struct cli_replicates bands; /* of the heat flow in each row, then of the peaks */
};

/* Whole heat flow of a row with that of the vibrations [W/g]. */
double dsc_total_heat_flow(const struct dsc_job *job, const struct dsc_scan *scan,
                           const struct pel_dsc_row *row);

/* The tables. Errors: as cli_theory_output, pel_output_commit; PEL_ENOMEM. */
pel_status dsc_write_scans(const struct cli *cli, const struct cli_theory *theory,
                           const struct dsc_job *job, struct pel_error *err);
pel_status dsc_write_peaks(const struct cli *cli, const struct cli_theory *theory,
                           const struct dsc_job *job, struct pel_error *err);
pel_status dsc_write_kissinger(const struct cli *cli, const struct cli_theory *theory,
                               const struct dsc_job *job, struct pel_error *err);

/* The scans over each other, slow cooling in blue, fast in red; their exotherms marked. */
pel_status dsc_draw(const struct cli *cli, const struct cli_theory *theory,
                    const struct dsc_job *job, struct pel_error *err);

#endif /* PEL_CLI_DSC_JOB_H */

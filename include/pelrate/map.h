#ifndef PEL_MAP_H
#define PEL_MAP_H

#include <pelrate/progress.h>
#include <pelrate/rate.h>
#include <pelrate/status.h>
#include <stddef.h>

/* The ageing map: the rate over (E_IS, T), and the two curves of Liu et al. (2020), Fig. 4b, found
 * by root finding, never read off the grid. */

/* rates[i * n_T + j] at e_is[i] and temperature[j].
 *   points  [n_e * n_T], caller's; every member of each is filled
 * Errors: as pel_rate_evaluate; PEL_ESTOPPED. */
PEL_API pel_status pel_map_run(struct pel_rate *rate, size_t n_e, const double e_is[],
                               size_t n_T, const double temperature_K[],
                               const struct pel_progress *progress,
                               struct pel_rate_point points[], struct pel_error *err);

/* Where to look for the curves. */
struct pel_map_settings {
    double T_min_K; /* lowest temperature considered [K] */
    double T_max_K; /* highest [K] */
    size_t n_scan;  /* temperatures, spaced evenly in ln T, between which roots are
                       bracketed */
    double rtol;    /* of the refined temperatures [1] */
};

/* 30 K, 5000 K, 200, 1e-12. */
PEL_API struct pel_map_settings pel_map_settings_defaults(void);

/* One point of the two curves. NaN where there is none; the status says why. */
struct pel_map_curve {
    double e_is;             /* [eV/atom] */
    double T_max_K;          /* fastest ageing: df/dT = 0 where f is most negative */
    double rate_at_T_max;    /* [eV/atom/s] */
    double T_ss_K;           /* steady state f = 0: the lowest change from ageing to
                                rejuvenation on heating that lies above T_max */
    pel_status T_max_status; /* PEL_OK, or PEL_ENOROOT */
    pel_status T_ss_status;  /* PEL_OK, or PEL_ENOROOT */
    size_t crossings;        /* sign changes of f in the whole range: 1 on a well-behaved
                                landscape; the joint closure may have 2 */
    int extrapolated;
};

/* Both curves at e_is [eV/atom]. A missing curve is no error.
 *   settings  NULL: the defaults
 * Errors: PEL_EARG settings; PEL_ERANGE e_is outside the landscape. */
PEL_API pel_status pel_map_curve(struct pel_rate *rate, double e_is,
                                 const struct pel_map_settings *settings,
                                 struct pel_map_curve *out, struct pel_error *err);

#endif /* PEL_MAP_H */

#ifndef PEL_MAP_H
#define PEL_MAP_H

#include <pelrate/progress.h>
#include <pelrate/rate.h>
#include <pelrate/status.h>
#include <stddef.h>

/* The ageing map: the rate over (E_IS, T) (Liu et al. (2020), Fig. 4b), and the two
 * curves on it, found by root finding, never read off the grid:
 *
 *   T_max(E_IS)  fastest ageing, df/dT = 0
 *   T_ss(E_IS)   steady state, f = 0 */

/* Evaluate the rate at all points of a grid.
 *   e_is           [n_e] [eV/atom]
 *   temperature_K  [n_T] [K]
 *   progress       may be NULL; done and total count temperatures
 *   points         [n_e * n_T] receives point i * n_T + j at e_is[i], temperature_K[j]
 * Errors: as pel_rate_evaluate; PEL_ESTOPPED progress asked to stop. */
PEL_API pel_status pel_map_run(struct pel_rate *rate, size_t n_e, const double e_is[],
                               size_t n_T, const double temperature_K[],
                               const struct pel_progress *progress,
                               struct pel_rate_point points[], struct pel_error *err);

/* The rates alone, [eV/atom/s], equal to those of pel_map_run up to rounding: 1e-12 of the
 * energies that a hop climbs and releases, times how often it happens. Where the landscape is
 * made of levels and the closure needs no more than their averages, everything that does
 * not depend on E_IS is worked out once a temperature.
 *   rates         [n_e * n_T] receives the rate at e_is[i], temperature_K[j] as
 *                 rates[i * n_T + j]
 *   extrapolated  [n_e] receives 1 where e_is[i] is outside the landscape; may be NULL
 *   progress      may be NULL; done and total count parts of the map
 * Errors: as pel_map_run; PEL_ENOMEM. */
PEL_API pel_status pel_map_rates(struct pel_rate *rate, size_t n_e, const double e_is[],
                                 size_t n_T, const double temperature_K[],
                                 const struct pel_progress *progress, double rates[],
                                 int extrapolated[], struct pel_error *err);

/* Where to look for the curves. */
struct pel_map_settings {
    double T_min_K; /* lowest temperature considered [K] */
    double T_max_K; /* highest [K] */
    size_t n_scan;  /* intervals, even in ln T, in which roots are bracketed; >= 2 */
    double rtol;    /* of the refined temperatures [1] */
};

/* From 30 K to 5000 K, 200 intervals, rtol 1e-12. */
PEL_API struct pel_map_settings pel_map_settings_defaults(void);

/* One point of the two curves. NaN where there is none; the status says why. */
struct pel_map_curve {
    double e_is;             /* [eV/atom] */
    double T_max_K;          /* fastest ageing: df/dT = 0 where f is most negative [K] */
    double rate_at_T_max;    /* [eV/atom/s] */
    double T_ss_K;           /* steady state f = 0: the lowest change from ageing to
                                rejuvenation on heating that lies above T_max [K] */
    pel_status T_max_status; /* PEL_OK, or PEL_ENOROOT */
    pel_status T_ss_status;  /* PEL_OK, or PEL_ENOROOT */
    size_t crossings;        /* sign changes of f in the whole range: 1 on a well-behaved
                                landscape; the joint closure may have 2 */
    double trapped_from_K; /* committor: lowest temperature at which the system is trapped
                                (closure.h), the lowest considered if there already [K];
                                NaN: nowhere, or another closure */
    double trapped_to_K; /* ... and the end of that stretch, the highest considered if it
                                does not end [K] */
    int extrapolated;    /* 1: e_is outside the landscape */
};

/* Both curves at e_is [eV/atom]. A missing curve is no error.
 *   settings  NULL: the defaults
 * Errors: PEL_EARG settings out of their range, e_is not finite; PEL_ERANGE e_is outside
 * the landscape, and the rate does not extrapolate; PEL_ENOMEM. */
PEL_API pel_status pel_map_curve(struct pel_rate *rate, double e_is,
                                 const struct pel_map_settings *settings,
                                 struct pel_map_curve *out, struct pel_error *err);

/* T_ss_K of pel_map_curve alone [K], at a part of its cost; NaN where there is none.
 * Errors: as pel_map_curve. */
PEL_API pel_status pel_map_steady(struct pel_rate *rate, double e_is,
                                  const struct pel_map_settings *settings, double *T_ss_K,
                                  struct pel_error *err);

#endif /* PEL_MAP_H */

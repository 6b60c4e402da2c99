#ifndef PEL_COMPARE_H
#define PEL_COMPARE_H

#include <pelrate/agemap.h>
#include <pelrate/rate.h>
#include <pelrate/status.h>
#include <stddef.h>

/* A landscape under a closure held against a measured map of the ageing rate (Liu et al.
 * (2020), Fig. 4b: theory and molecular dynamics in one picture).
 *
 * The common region is where the map has data (extrapolated = 0) and the landscape is
 * sampled. In it a point is resolved where the band of the measured rate does not hold 0:
 * elsewhere neither its sign nor its logarithm is known. Differences are theory minus
 * measurement. */

/* A number with its band: the spread over the replicates of the map about their mean, laid
 * about the number. They know the noise of the measurement and nothing of that of the
 * landscape. NaN without replicates. */
struct pel_compare_value {
    double value, low, high;
};

struct pel_comparison {
    size_t points;   /* of the map in the common region */
    size_t resolved; /* of them */
    size_t zero;     /* resolved ones where the theory's rate is 0 (trapped, steady): no
                         logarithm, left out of the next two, a wrong sign in the third */
    struct pel_compare_value rms;       /* of log10 |rate|, root-mean-square difference */
    struct pel_compare_value mean;      /* of log10 |rate|, mean difference */
    struct pel_compare_value agreement; /* share of resolved points of the same sign */
    double noise;   /* rms of log10 |rate| between replicates and map: what a perfect
                         theory would show; NaN without replicates */
    size_t n_T_max; /* E_IS at which both have one */
    double T_max_mean_K, T_max_rms_K; /* differences there; NaN: none [K] */
    size_t n_T_ss;
    double T_ss_mean_K, T_ss_rms_K; /* [K] */
};

/* At one E_IS of the map's curves. NaN where there is none. */
struct pel_compare_curve {
    double e_is;            /* [eV/atom] */
    double T_max_K, T_ss_K; /* of the theory [K] */
    struct pel_compare_value T_max_difference_K, T_ss_difference_K; /* [K] */
};

struct pel_compare_settings {
    double share; /* of the replicates inside a band, 0 to 1 */
};
/* 0.6827. */
PEL_API struct pel_compare_settings pel_compare_settings_defaults(void);

/* Compare.
 *   rate     landscape and closure; where it extrapolates, so does the common region
 *   curves   [map->n_curves] receives the curves; may be NULL
 * Errors: PEL_EARG share out of range; PEL_ERANGE no point in common; PEL_ENOMEM. */
PEL_API pel_status pel_compare_run(const struct pel_agemap *map, struct pel_rate *rate,
                                   const struct pel_compare_settings *settings,
                                   struct pel_comparison *out,
                                   struct pel_compare_curve curves[],
                                   struct pel_error *err);

#endif /* PEL_COMPARE_H */

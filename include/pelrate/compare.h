#ifndef PEL_COMPARE_H
#define PEL_COMPARE_H

#include <pelrate/agemap.h>
#include <pelrate/mapgrid.h>
#include <pelrate/rate.h>
#include <pelrate/status.h>
#include <stddef.h>

/* A theory of the ageing rate held against a measured map of it (Liu et al. (2020), Fig. 4b:
 * theory and molecular dynamics in one picture). The theory is a landscape under a closure,
 * or a second map: of other simulations, or of a kinetic Monte Carlo.
 *
 * The common region is where the map has data (extrapolated = 0) and the theory is defined.
 * In it a point is resolved where the band of the measured rate does not hold 0 (nor, of a
 * second map, that one's): elsewhere neither its sign nor its logarithm is known, and what
 * a theory can be told is that it is too fast to have gone unseen. Differences are theory
 * minus measurement. */

/* What is held against a map, as two functions of a context. */
struct pel_compare_theory {
    void *context; /* borrowed */
    /* ln |rate| [ln(eV/atom/s)] and sign at e_is [eV/atom] and temperature_K; *resolved (1 on
     * entry): 0 where the theory does not know its sign. PEL_ERANGE: not defined there. */
    pel_status (*rate)(void *context, double e_is, double temperature_K,
                       double *ln_abs_rate, int *sign, int *resolved,
                       struct pel_error *err);
    /* T_max and T_ss at e_is [K]; NaN: none. PEL_ERANGE: not defined there. */
    pel_status (*curve)(void *context, double e_is, double *T_max_K, double *T_ss_K,
                        struct pel_error *err);
};
/* A landscape and closure (borrowed). Where it extrapolates, so does the common region. */
PEL_API struct pel_compare_theory pel_compare_of_rate(struct pel_rate *rate);

/* A second map, or one of its replicates (mapgrid.h). */
struct pel_compare_map {
    const struct pel_mapgrid *grid; /* borrowed */
    size_t replicate;               /* 0: the map itself */
};
/* map is borrowed. The curves are those of the map, whatever the replicate. */
PEL_API struct pel_compare_theory pel_compare_of_map(struct pel_compare_map *map);

/* A number with its band: the spread over the replicates of the map about their mean, laid
 * about the number. They know the noise of the measurement and nothing of that of the
 * theory: for that, compare replicates of the theory (spread.h). NaN without replicates. */
struct pel_compare_value {
    double value, low, high;
};

struct pel_comparison {
    size_t points;   /* of the map in the common region */
    size_t resolved; /* of them */
    size_t zero;     /* resolved ones where the theory's rate is 0 (trapped, steady): no
                         logarithm, left out of the next two, a wrong sign in the third */
    size_t too_fast; /* of those that are not resolved: the theory is faster than twice
                         what the band of the map allows */
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
 *   theory   used during the call only
 *   curves   [map->n_curves] receives the curves; may be NULL
 * Errors: PEL_EARG share out of range; PEL_ERANGE no point in common; those of the
 * theory; PEL_ENOMEM. */
PEL_API pel_status pel_compare_run(const struct pel_agemap *map,
                                   const struct pel_compare_theory *theory,
                                   const struct pel_compare_settings *settings,
                                   struct pel_comparison *out,
                                   struct pel_compare_curve curves[],
                                   struct pel_error *err);

#endif /* PEL_COMPARE_H */

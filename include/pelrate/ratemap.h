#ifndef PEL_RATEMAP_H
#define PEL_RATEMAP_H

#include <pelrate/progress.h>
#include <pelrate/rates.h>
#include <pelrate/status.h>
#include <stddef.h>
#include <stdint.h>

/* A surface of the ageing rate over (E_IS, T) through mined rates: a thin-plate smoothing
 * spline (thinplate.h; Liu et al. (2020), Fig. 3a and Appendix A2, who take the one of
 * OriginLab with a smoothing of 6 in units of its own), weighted by the standard errors,
 * with bands.
 *
 * Bands are those of a parametric bootstrap (pel_thinplate_bootstrap): surfaces as rough as
 * this one are drawn with noise as large as the standard errors (larger where the rates
 * scatter more about the surface than those say), the spline is fitted to each, smoothing
 * and all, and what it misses them by is added to the surface: noise, and what smoothing
 * takes away. They cover the truth as often as they say on average over the surface, less
 * where it bends most. Errors of neighbouring rates count as independent; those of mined
 * slopes are anticorrelated through the points they share, so that the bands err on the
 * wide side. */
struct pel_ratemap;

enum pel_ratemap_scale {
    PEL_RATEMAP_LINEAR,    /* the spline is the rate: noise averages out without bias */
    PEL_RATEMAP_SIGNED_LOG /* asinh(rate / unit): rates of many decades, all well above
                              their errors; noise that is not small against the rate biases
                              it */
};

struct pel_ratemap_settings {
    double smoothing; /* >= 0 on the scaled axes, with weights of mean 1; NaN: by
                               generalised cross-validation */
    double T_scale_K; /* one unit of the spline's axis; NaN: standard deviation of
                               the temperatures [K] */
    double e_scale;   /* likewise of E_IS [eV/atom] */
    enum pel_ratemap_scale scale;
    double unit;         /* of asinh; NaN: median of |rate| [eV/atom/s] */
    size_t n_replicates; /* of the bootstrap; 0: no bands */
    uint64_t seed;       /* of their random numbers */
    double share;        /* of the replicates inside a band, 0 to 1 */
    double T_join_K;     /* temperatures within this are one row of data [K] */
    size_t n_scan;       /* intervals in which the curves are bracketed; >= 2 */
    double rtol;         /* of the refined temperatures [1] */
    size_t most_knots;   /* more rates are refused: time goes with the third power */
};
/* Cross-validated, deviations, linear, 200 replicates, seed 1, a share of 0.6827 (one
 * standard deviation to both sides, as in fit.h), 1 K, 120 intervals, 1e-9, 10000 knots. */
PEL_API struct pel_ratemap_settings pel_ratemap_settings_defaults(void);

/* What the fit was. */
struct pel_ratemap_report {
    size_t knots;      /* rates */
    double smoothing;  /* [1] */
    double parameters; /* effective number */
    double scatter;    /* of the rates about the surface over their standard errors: about
                           1 if these are right; NaN without errors or freedom */
    double T_scale_K, e_scale; /* [K], [eV/atom] */
    double T_min_K, T_max_K;   /* of the rates [K] */
    double e_min, e_max;       /* [eV/atom] */
    double unit;               /* of asinh [eV/atom/s]; NaN: linear */
};

/* Fit.
 *   rates      used during the call only
 *   settings   NULL: the defaults
 *   progress   may be NULL
 *   out        receives the surface; release it with pel_ratemap_free()
 * Errors: PEL_EARG settings out of their range, fewer than 3 rates, all on one line, more
 * than most_knots; PEL_ENOCONV smoothing 0 with rates too close to each other;
 * PEL_ESTOPPED progress asked to stop; PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_ratemap_create(const struct pel_rates *rates,
                                      const struct pel_ratemap_settings *settings,
                                      const struct pel_progress *progress,
                                      struct pel_ratemap **out, struct pel_error *err);
/* Release. NULL is allowed. */
PEL_API void pel_ratemap_free(struct pel_ratemap *map);

PEL_API struct pel_ratemap_report pel_ratemap_report(const struct pel_ratemap *map);
PEL_API size_t pel_ratemap_replicates(const struct pel_ratemap *map);

/* A value with its band; NaN where there is none. */
struct pel_ratemap_value {
    double value, low, high;
    double share; /* of the replicates that have such a value; NaN without replicates */
};

/* The rate at a point.
 *   e_is [eV/atom], temperature_K
 *   rate         receives it [eV/atom/s]
 *   replicates   [pel_ratemap_replicates] receives that of each; may be NULL
 *   extrapolated receives 1 where no rates are around (pel_ratemap_is_inside says no);
 *                may be NULL
 * Errors: PEL_EARG not finite; PEL_ENOMEM. */
PEL_API pel_status pel_ratemap_rate(const struct pel_ratemap *map, double e_is,
                                    double temperature_K, struct pel_ratemap_value *rate,
                                    double replicates[], int *extrapolated,
                                    struct pel_error *err);

/* The rate alone [eV/atom/s], fast. NaN: out of memory, or an argument that is not
 * finite. */
PEL_API double pel_ratemap_surface(const struct pel_ratemap *map, double e_is,
                                   double temperature_K);

/* Whether rates are around: within the polygon of the lowest and highest E_IS of
 * neighbouring temperatures. */
PEL_API int pel_ratemap_is_inside(const struct pel_ratemap *map, double e_is,
                                  double temperature_K);

/* The two curves at one E_IS, refined by root finding: T_max (df/dT = 0 where f is most
 * negative) and T_ss, the lowest change from ageing to rejuvenation on heating above T_max
 * (or above the lowest temperature, where ageing is fastest there). Sought between the
 * temperatures of the rates that are around this E_IS. */
struct pel_ratemap_curve {
    double e_is;                            /* [eV/atom] */
    double T_lo_K, T_hi_K;                  /* where they were sought; NaN: nowhere [K] */
    struct pel_ratemap_value T_max_K;       /* [K] */
    struct pel_ratemap_value rate_at_T_max; /* [eV/atom/s] */
    struct pel_ratemap_value T_ss_K;        /* [K] */
};

/* Both at e_is [eV/atom]. A missing curve is no error.
 * Errors: PEL_EARG e_is not finite; PEL_ENOMEM. */
PEL_API pel_status pel_ratemap_curve(const struct pel_ratemap *map, double e_is,
                                     struct pel_ratemap_curve *out,
                                     struct pel_error *err);

#endif /* PEL_RATEMAP_H */

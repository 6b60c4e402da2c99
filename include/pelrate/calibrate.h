#ifndef PEL_CALIBRATE_H
#define PEL_CALIBRATE_H

#include <pelrate/closure.h>
#include <pelrate/coefficient.h>
#include <pelrate/landscape.h>
#include <pelrate/progress.h>
#include <pelrate/sensitivity.h>
#include <pelrate/status.h>
#include <stddef.h>
#include <stdint.h>

/* Calibration: the parameters of a parametric landscape (and its attempt frequency) that
 * make its DSC scans those that were measured, several scans and rates at once.
 *
 *     chi2 = sum over scans s and points i  ((q_model(T_si) + b_s(T_si) - q_si)/sigma_s)^2
 *
 * q the excess heat flow per mass, exothermic positive; b_s a baseline of each scan. Least
 * squares by leastsquares.h with the sensitivities of sensitivity.h. sigma_s is the
 * scatter of scan s about the fit itself.
 *
 * The way there: candidates drawn around the landscape that is given; of those that can be
 * computed at all the best are improved, first with heat flows integrated over temperature
 * (peaks that do not overlap yet still pull each other together), then as they are; the
 * lowest chi2 is kept.
 *
 * How sure the result is: the profile of each parameter, that is the smallest chi2 that
 * all the others can reach while it is held at a value. Its limits are where the profile
 * has risen by F(1, m - n) s^2, s^2 = chi2/(m - n); where it does not rise by so much
 * within the bounds there is no limit, and the parameter is not determined. Residuals of a
 * model that misses something are not independent: their lag-1 correlation r > 0 widens
 * the limits as if only (1 - r)/(1 + r) of the points were there.
 *
 * What scans never say: E_IS has no zero for them. With c1 in both spectra, shifting the
 * zero trades activation.*.c0 for relaxation.*.c0 exactly: leave one of them alone. */

/* One measured scan; everything borrowed. */
struct pel_calibrate_scan {
    const char *name;        /* of the file, for messages */
    size_t n;                /* points, >= 2 */
    const double *T_K;       /* [n] increasing, from bottom_K on [K] */
    const double *heat_flow; /* [n] exothermic positive [W/g] */
    double cool_K_per_s;     /* how the glass was made [K/s] */
    double heat_K_per_s;     /* rate of the scan [K/s] */
    double start_K;          /* cooling starts here, in the steady state [K] */
    double bottom_K;         /* cooling ends and heating starts here [K] */
};

/* Baseline of each scan: this much and what stands above it, fitted with the rest. */
enum pel_calibrate_baseline {
    PEL_CALIBRATE_NONE,   /* the heat flow is the excess already */
    PEL_CALIBRATE_OFFSET, /* a constant */
    PEL_CALIBRATE_SLOPE,  /* ... and a slope */
    PEL_CALIBRATE_STEP /* ... and a step at step_K, 1/(1 + exp((step_K - T)/step_width_K))
                             high: of the heat capacity at the glass transition */
};

struct pel_calibrate_settings {
    enum pel_calibrate_baseline baseline;
    double step_K, step_width_K; /* of the step [K] */
    size_t starts;               /* candidates that are improved, >= 1 */
    size_t draws;                /* candidates looked at, the landscape given the first */
    double spread; /* relative distance of a candidate from the values given, at most */
    uint64_t seed; /* of the candidates */
    double confidence; /* of the limits, within (0, 1) */
    int profile; /* 0: limits from the covariance alone, value -+ t sqrt(variance) */
    double rtol; /* of the integration (sensitivity.h) */
    const double *lower,
        *upper; /* [n] bounds of the free coefficients in their units; NULL:
                                    from 0 to twice the value, 0: +-10 times its size,
                                    attempt frequency: a factor of 1e4 either way */
};

/* No baseline, 3 starts of 200 draws within 0.25, seed 1, confidence 0.95, with profile,
 * rtol 1e-7, bounds as above. */
PEL_API struct pel_calibrate_settings pel_calibrate_settings_defaults(void);

/* What the data say about a parameter. */
enum pel_calibrate_verdict {
    PEL_CALIBRATE_DETERMINED, /* both limits exist */
    PEL_CALIBRATE_ONE_SIDED,  /* one of them */
    PEL_CALIBRATE_UNDETERMINED
};

/* "yes", "one-sided", "no". */
PEL_API const char *pel_calibrate_verdict_name(enum pel_calibrate_verdict verdict);

struct pel_calibrate_parameter {
    char name
        [PEL_COEFFICIENT_NAME]; /* of the coefficient; "scan_1.offset" of a baseline */
    char unit[PEL_COEFFICIENT_NAME];
    double start;                    /* as given [unit] */
    double value;                    /* fitted [unit] */
    double lower, upper;             /* limits [unit]; NaN: none */
    double bound_lower, bound_upper; /* where the search for them ends [unit] */
    enum pel_calibrate_verdict verdict;
    size_t partner; /* which other parameter moves most, for its limits, when this one is
                       held away from its value; itself: none */
};

struct pel_calibrate {
    size_t n_free; /* coefficients; further parameters belong to baselines */
    size_t n;      /* parameters */
    struct pel_calibrate_parameter *parameter; /* [n] owned */
    struct pel_landscape *landscape; /* fitted; owned. Its range is that of the landscape
                                        given, widened to what the scans reach, narrowed to
                                        where the families exist */
    double e_lowest, e_highest;      /* E_IS that the fitted scans reach [eV/atom] */
    size_t n_scans;
    double *sigma;     /* [n_scans] scatter of each scan about the fit [W/g], owned */
    double **fitted;   /* [n_scans][n of the scan] model and baseline [W/g], owned */
    double **baseline; /* [n_scans][n of the scan] baseline alone [W/g], owned */
    size_t points;     /* m of all scans */
    double autocorrelation; /* of residuals of neighbouring points */
    double widening;        /* of the limits for it, >= 1 */
    size_t candidates;      /* draws that could be computed */
    size_t agreeing;    /* of the starts improved, those that ended at the same chi2 */
    size_t improved;    /* starts that ended at all */
    size_t evaluations; /* of all scans together, with sensitivities */
};

/* Which coefficients are free unless told: of the first parameter in eV (else the first)
 * of the activation spectrum c0 and c1, of that of the relaxation spectrum c1, and the
 * attempt frequency; a c1 that is 0 is left out. c[4] receives them; returns how many. */
PEL_API size_t pel_calibrate_choice(const struct pel_landscape *landscape,
                                    struct pel_coefficient c[4]);

/* Fit.
 *   landscape  parametric; where the search starts, and all that is not free
 *   closure    of the rate
 *   n, c       free coefficients, n >= 1
 *   n_scans, scans
 *   settings   NULL: the defaults
 *   progress   may be NULL
 *   out        receives the result; release it with pel_calibrate_free()
 * Errors: PEL_EARG     no coefficient or scan, one coefficient twice, fewer points than
 *                      parameters, a scan that is not one, a setting, bounds that do not
 *                      contain the value
 *         PEL_ENOCONV  no candidate can be computed (message: why the landscape given
 *                      cannot), no descent ends
 *         PEL_ESTOPPED progress asked to stop
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_calibrate_run(const struct pel_landscape *landscape,
                                     const struct pel_closure *closure, size_t n,
                                     const struct pel_coefficient c[], size_t n_scans,
                                     const struct pel_calibrate_scan scans[],
                                     const struct pel_calibrate_settings *settings,
                                     const struct pel_progress *progress,
                                     struct pel_calibrate **out, struct pel_error *err);
/* Release a result. NULL is allowed. */
PEL_API void pel_calibrate_free(struct pel_calibrate *result);

#endif /* PEL_CALIBRATE_H */

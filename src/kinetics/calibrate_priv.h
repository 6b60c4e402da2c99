#ifndef PEL_CALIBRATE_PRIV_H
#define PEL_CALIBRATE_PRIV_H

/* What the files of calibrate.h share. Not for users. */

#include <pelrate/calibrate.h>
#include <pelrate/leastsquares.h>

enum { CALIBRATE_BASELINES = 3 }; /* numbers of a baseline at most */

/* The least-squares problem. Its unknowns x: coefficients over their size (attempt
 * frequency: logarithm), then the baseline of each scan in parts of the scan's height. */
struct calibration {
    const struct pel_landscape *landscape; /* as given */
    const struct pel_closure *closure;
    const struct pel_calibrate_settings *set;
    size_t n_free;
    const struct pel_coefficient *c; /* [n_free] */
    size_t n_scans;
    const struct pel_calibrate_scan *scans;
    size_t n_baseline;     /* of each scan */
    size_t n;              /* unknowns: n_free + n_scans * n_baseline */
    size_t m;              /* points of all scans */
    size_t largest;        /* points of the largest scan */
    double *scale;         /* [n_free] size of the coefficients */
    double *height;        /* [n_scans] of the heat flow [W/g] */
    double *sigma;         /* [n_scans] scatter by which residuals are divided [W/g] */
    double *fresh;         /* [n_scans] the same, being measured */
    double *lower, *upper; /* [n] bounds of x */
    double rtol;           /* of the integration */
    double slack;          /* of its derivatives (sensitivity.h) */
    int integrated;        /* 1: residuals of heat flows integrated over temperature */

    double *x;         /* [n] where r and J are; owned as all arrays here */
    int is_there;      /* whether they are anywhere */
    double *r;         /* [m] */
    double *J;         /* [m * n] */
    double *rate, *by; /* [largest], [largest * n_free]: of one scan */
    double e_lowest, e_highest;
    size_t evaluations;
    const struct pel_progress *progress;
    double done, total;   /* descents, for the progress */
    int stopped;          /* it asked to */
    struct pel_error why; /* the last evaluation was not possible */
};

/* What a coefficient is at x, and how fast it moves: dc/dx. */
double calibration_value(const struct calibration *fit, const double x[], size_t k);
double calibration_slope(const struct calibration *fit, const double x[], size_t k);

/* Residuals at x into fit->r; with J, their derivatives into fit->J. Non-zero: the scans
 * cannot be computed there (fit->why), or a stop was asked for (fit->stopped). */
int calibration_evaluate(struct calibration *fit, const double x[], int with_J);

/* The baseline of scan s at temperature T [W/g]. */
double calibration_baseline(const struct calibration *fit, const double x[], size_t s,
                            double T);

/* Descend from x. held < n: that unknown stays where it is. settings NULL: the defaults of
 * leastsquares.h. report is filled (chi2 NaN: not even a start). Errors: as
 * pel_leastsquares_fit, PEL_ESTOPPED. */
pel_status calibration_descend(struct calibration *fit, size_t held, double x[],
                               const struct pel_leastsquares_settings *settings,
                               double covariance[], enum pel_leastsquares_state state[],
                               struct pel_leastsquares_report *report,
                               struct pel_error *err);

/* Candidates around the landscape given: the best settings.starts of them into x[starts *
 * n]; how many there are into *found, how many could be computed into *possible.
 * Errors: PEL_ENOCONV none; PEL_ESTOPPED; PEL_ENOMEM. (calibrate_start.c) */
pel_status calibration_candidates(struct calibration *fit, double x[], size_t *found,
                                  size_t *possible, struct pel_error *err);

/* What the fit came to. */
struct calibration_end {
    double *x;                             /* [n] */
    double *covariance;                    /* [n * n] */
    enum pel_leastsquares_state *state;    /* [n] */
    struct pel_leastsquares_report report; /* of the last descent */
};

/* Limits of the coefficients by their profiles: rise of chi2 allowed. Limits are of x;
 * NaN: none. partner as in calibrate.h. What is undetermined in the end gets no profile.
 * Errors: PEL_ESTOPPED, PEL_ENOMEM. (calibrate_profile.c) */
pel_status calibration_profile(struct calibration *fit, const struct calibration_end *end,
                               double rise, double lower[], double upper[],
                               size_t partner[], struct pel_error *err);

/* ---- calibrate_result.c ---- */

/* Room for the answer. Errors: PEL_ENOMEM. */
pel_status calibration_result(const struct calibration *fit, struct pel_calibrate **out,
                              struct pel_error *err);

/* Curves, scatter and landscape at x, which is where fit->r is, into the result.
 * Errors: those of pel_coefficient_replace; PEL_ENOMEM. */
pel_status calibration_keep(const struct calibration *fit, const double x[],
                            struct pel_calibrate *result, struct pel_error *err);

/* Limits of all unknowns, and what becomes of them; result->autocorrelation is known.
 * Errors: PEL_ESTOPPED, PEL_ENOMEM. */
pel_status calibration_judge(struct calibration *fit, const struct calibration_end *end,
                             struct pel_calibrate *result, struct pel_error *err);

#endif /* PEL_CALIBRATE_PRIV_H */

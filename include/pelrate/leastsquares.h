#ifndef PEL_LEASTSQUARES_H
#define PEL_LEASTSQUARES_H

#include <pelrate/status.h>
#include <stddef.h>

/* Nonlinear least squares with bounds: the x[n] that makes
 *
 *     chi2(x) = sum_i w_i r_i(x)^2 ,  lower_j <= x_j <= upper_j
 *
 * smallest near a start, how well the residuals determine each parameter, and which ones
 * they do not determine at all. Trust region (Levenberg-Marquardt) by GSL's
 * gsl_multifit_nlinear.
 *
 * One call is one descent from one start; who fears several minima calls it from several
 * starts and keeps the lowest chi2. Parameters should be of comparable influence: a time
 * over decades is fitted as its logarithm. */

/* r[m] at x[n], within the bounds. Non-zero return: x is outside the domain (not an
 * error: the search stays away from there). */
typedef int (*pel_leastsquares_residual)(size_t n, const double x[], size_t m,
                                         void *context, double r[]);

/* J[m * n], row-major: J[i * n + j] = dr_i / dx_j at x[n], for all n. Non-zero return: the
 * fit fails with PEL_ENOCONV. */
typedef int (*pel_leastsquares_jacobian)(size_t n, const double x[], size_t m,
                                         void *context, double J[]);

/* What is fitted. Everything is borrowed for the call. */
struct pel_leastsquares_problem {
    size_t m;                           /* residuals, >= n */
    size_t n;                           /* parameters, >= 1 */
    pel_leastsquares_residual residual; /* r, any unit */
    pel_leastsquares_jacobian jacobian; /* NULL: differences of r (two evaluations of r a
                                           parameter) */
    void *context;                      /* handed to both */
    const double *weight;               /* [m] w_i >= 0 [1/unit of r^2]; NULL: all 1 */
    const double *lower;                /* [n] or NULL; -INFINITY: none [unit of x_j] */
    const double *upper; /* [n] or NULL; INFINITY: none. Equal to lower: the
                                           parameter stays fixed */
};

/* What the variances rest on. */
enum pel_leastsquares_errors {
    PEL_LEASTSQUARES_SCATTER, /* w is relative: variances times chi2 / (m - rank) */
    PEL_LEASTSQUARES_WEIGHTS  /* w_i = 1/sigma_i^2 is known: variances as they are */
};

struct pel_leastsquares_settings {
    enum pel_leastsquares_errors errors;
    double gradient; /* arrived: cosine between r and each column of J at most this [1] */
    double step;     /* arrived: step of each parameter, relative to its size [1] */
    double progress; /* arrived: relative decrease of chi2 in a step [1] */
    double difference; /* step of the differences relative to a parameter's size [1] */
    double inside;     /* a start on a bound is moved in by this share [1] */
    double pin;  /* a parameter that is pushed out and this near to its bound, relative
                          to the width or its size, is set on it [1] */
    double rank; /* singular values of J (columns of unit length) below this times
                          the largest count as zero [1] */
    double null_share;     /* a parameter with this share (squared) in directions without
                          influence is undetermined [1] */
    size_t max_iterations; /* all rounds together */
    size_t max_rounds;     /* of setting parameters on their bounds and freeing them */
};

/* errors SCATTER, gradient 1e-13, step 1e-12, progress 1e-15, difference 6e-6 (cube root
 * of the rounding), inside 1e-2, pin 1e-6, rank 1e-9, null_share 1e-6, 500 iterations, 20
 * rounds. */
PEL_API struct pel_leastsquares_settings pel_leastsquares_settings_defaults(void);

/* What became of a parameter. */
enum pel_leastsquares_state {
    PEL_LEASTSQUARES_FREE,         /* determined, inside its bounds */
    PEL_LEASTSQUARES_LOWER,        /* on its lower bound, chi2 would fall beyond */
    PEL_LEASTSQUARES_UPPER,        /* on its upper bound, chi2 would fall beyond */
    PEL_LEASTSQUARES_FIXED,        /* lower = upper */
    PEL_LEASTSQUARES_UNDETERMINED, /* moves along a direction without influence on r */
};

/* "free", "lower", "upper", "fixed", "undetermined"; "" for anything else. */
PEL_API const char *pel_leastsquares_state_name(enum pel_leastsquares_state state);

/* Which rule stopped it. */
enum pel_leastsquares_rule {
    PEL_LEASTSQUARES_GRADIENT, /* settings.gradient */
    PEL_LEASTSQUARES_STEP,     /* settings.step */
    PEL_LEASTSQUARES_PROGRESS, /* settings.progress, or no smaller chi2 can be found: as
                                  with STEP, a gradient that is still large then means the
                                  border of the domain, or a wrong Jacobian */
    PEL_LEASTSQUARES_EXACT     /* chi2 is 0 to rounding, or nothing is free */
};

struct pel_leastsquares_report {
    enum pel_leastsquares_rule rule;
    size_t iterations, rounds;
    size_t residuals, jacobians; /* evaluations; differences count as residuals */
    double chi2_start, chi2;     /* [unit of w r^2] */
    double gradient;             /* largest cosine between r and a free column of J [1] */
    size_t n_free;               /* parameters neither fixed nor on a bound */
    size_t rank;                 /* of J in the free parameters */
    double condition; /* largest over smallest singular value of J in the free parameters,
                         columns of unit length; INFINITY: a column is zero, NaN: none
                         free */
};

/* Fit from x[n] (in: the start, taken into the bounds; out: the minimum, or on PEL_ENOCONV
 * the best point seen).
 *   settings    NULL: the defaults
 *   covariance  NULL, or [n * n] row-major [unit of x_i x_j], of the free parameters with
 *               those on a bound held there. Rows and columns of a fixed parameter are 0,
 *               of one on a bound NaN, of an undetermined one NaN with INFINITY on the
 *               diagonal: never a small number for what the data do not say
 *   state       NULL, or [n]
 *   report      NULL, or filled (on PEL_ENOCONV too)
 * Bounds are kept by the substitutions of James & Roos, Comput. Phys. Commun. 10:343
 * (1975): x = mid + half sin u between two, x = lower + s (sqrt(u^2 + 1) - 1) beyond one.
 * These crawl towards a minimum that lies on the bound: a parameter that is nearly there
 * is set on it, and freed again if chi2 falls inwards at the end of the round. The
 * covariance is that of x, not of u.
 * Errors: PEL_EARG     m < n, n = 0, a weight negative, lower > upper, a value or setting
 *                      not a number, or the start outside the domain of r
 *         PEL_ENOCONV  more iterations or rounds than allowed, or J cannot be had
 *         PEL_ENOMEM */
PEL_API pel_status pel_leastsquares_fit(const struct pel_leastsquares_problem *problem,
                                        const struct pel_leastsquares_settings *settings,
                                        double x[], double covariance[],
                                        enum pel_leastsquares_state state[],
                                        struct pel_leastsquares_report *report,
                                        struct pel_error *err);

#endif /* PEL_LEASTSQUARES_H */

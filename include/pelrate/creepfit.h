#ifndef PEL_CREEPFIT_H
#define PEL_CREEPFIT_H

#include <pelrate/creep.h>
#include <pelrate/leastsquares.h>

/* Fit the QPD model to a creep curve: Eq. 28 of Zhang et al. (2023), J. Mater. Sci.
 * Technol. 149:207, for B, tau and Delta J of each component and J_el.
 *
 * Least squares (leastsquares.h) of ln J, or of J by its errors where these are known, with
 * the analytic Jacobian. Fitted are J_el, B, ln tau and ln Delta J. Several starts, of
 * which the lowest minimum counts, and from it the other arrangements of components that
 * overlap: the first the wider or the second, their times equal or apart; and, if nothing is
 * held, two in one and the third in two.
 *
 * The three components have one form. Their names are defined by the order of their times,
 * beta <= anelastic <= viscoplastic, which every descent keeps; the lowest chi2 may
 * lie where two times are equal (`tied`). Only times that are held out of order lift this.
 *
 * Intervals are those of the profile: the values at which chi2, lowest over all the other
 * parameters, rises by t^2 variances above its minimum (t: Student's 95 % quantile). The
 * valleys of this problem are long and bent, and the curvature at the minimum alone says
 * too little about them. There may be several that the data do not tell apart: the
 * interval reaches from the first value that is allowed to the last.
 *
 * The likelihood ratio of a straight problem follows chi2 of one degree of freedom. Here its
 * mean at the truth is more where components overlap: 1.04 to 1.07 for the beta component and
 * 1.12 to 1.14 for the others in 300 curves of S3 of the paper (1 % noise, compliances
 * held), so that t^2 alone holds the truth in 92 to 96 of 100. As by Bartlett (1937), Proc.
 * R. Soc. A 160:268, the rise is multiplied by that mean.
 *
 * The paper reads the compliances off a storage modulus and fits widths and times. From a
 * curve that ends long before tau, Delta J tau^-B is known and neither of the two; such
 * parameters are reported as not determined. */

/* A measured curve, all arrays [n], borrowed. */
struct pel_creepfit_data {
    size_t n;
    const double *time_s;             /* [s], > 0, strictly increasing */
    const double *compliance_per_GPa; /* [1/GPa], > 0 */
    const double
        *error_per_GPa; /* standard deviations [1/GPa], > 0; NULL: in proportion to
                                    J, the proportion found from the scatter */
    double *block;      /* owned, of a curve that was read; NULL */
};

/* Read a curve: columns time_s and compliance_per_GPa (or strain, with the stress), and
 * error_per_GPa where there is one (strain: error_strain). Further columns are passed over.
 *   stress_MPa  for a file of strains, > 0; NaN: none given
 *   out         receives it; the arrays are one block: release it with
 *               pel_creepfit_data_free()
 * Errors: PEL_EOPEN, PEL_EIO
 *         PEL_EFORMAT (FILE:LINE: what, expected what) a column missing, no rows, a value
 *                     that is not a number or not positive, times not increasing, strains
 *                     without a stress
 *         PEL_ENOMEM */
PEL_API pel_status pel_creepfit_read(const char *path, double stress_MPa,
                                     struct pel_creepfit_data *out,
                                     struct pel_error *err);
PEL_API void pel_creepfit_data_free(struct pel_creepfit_data *data);

/* Parameters of the fit; also indices and bits. */
enum pel_creepfit_index {
    PEL_CREEPFIT_ELASTIC,                                /* J_el [1/GPa] */
    PEL_CREEPFIT_B,                                      /* of the beta component */
    PEL_CREEPFIT_TAU,                                    /* [s] */
    PEL_CREEPFIT_COMPLIANCE,                             /* [1/GPa] */
    PEL_CREEPFIT_PARAMETERS = 1 + 3 * PEL_QPD_COMPONENTS /* the others follow */
};
#define PEL_CREEPFIT_OF(which, component) ((size_t)(which) + 3 * (size_t)(component))

enum pel_creepfit_intervals {
    PEL_CREEPFIT_PROFILE,  /* as above */
    PEL_CREEPFIT_CURVATURE /* from the covariance alone: quick, and here often too narrow;
                              nothing then counts as determined */
};

struct pel_creepfit_settings {
    enum pel_creepfit_intervals intervals;
    struct pel_qpd
        start;           /* values from which to start (NaN: chosen), and, for those held,
                             the values */
    unsigned hold;       /* bits 1u << index: stays at its value in start */
    unsigned components; /* bits 1u << enum pel_qpd_component: in the fit */
    size_t starts;       /* descents, >= 1 */
    unsigned long long seed;     /* of the choice of starts */
    double accuracy;             /* of the spectra [1] */
    double B_min;                /* lower bound of the widths [1] */
    double tau_below, tau_above; /* bounds of the times: first time (of the curve, or
                                      held) over this, last time times this [1] */
    double compliance_range;     /* bounds of the compliances: largest J over and times
                                      this [1] */
    double
        decades; /* tau and Delta J are determined if their 95 % interval reaches at most
                       so many decades to each side [1] */
    double bartlett; /* mean of the likelihood ratio at the truth, by which the rise of
                        chi2 that bounds an interval is multiplied [1]; see above */
    struct pel_leastsquares_settings descent;
};

/* Profiles, nothing given or held, all components, 4 starts, seed 1, accuracy 1e-9, B_min 0.08,
 * tau_below 1e4, tau_above 1e4, compliance_range 1e6, decades 1, bartlett 1.13, descent
 * to a gradient of 1e-9 or a progress of 1e-11 with at most 400 iterations. */
PEL_API struct pel_creepfit_settings pel_creepfit_settings_defaults(void);

/* One fitted parameter. */
struct pel_creepfit_parameter {
    double value; /* in its unit; NaN: not in the fit */
    double lower,
        upper; /* 95 % interval in its unit, an end that is beyond a bound of the
                             fit standing on it; NaN: fixed, without influence, or (by
                             curvature) on a bound */
    enum pel_leastsquares_state state;
    int determined; /* 1: value and interval may be used. 0: no interval, a value or an
                             end of it on a bound, or one that reaches over more decades
                             than allowed: the value is one of many */
};

/* The result. A plain value. */
struct pel_creepfit {
    struct pel_qpd qpd; /* the parameters as a set (elastic and parts only) */
    struct pel_creepfit_parameter parameter[PEL_CREEPFIT_PARAMETERS];
    double covariance[PEL_CREEPFIT_PARAMETERS * PEL_CREEPFIT_PARAMETERS]; /* of J_el, B,
                                            ln tau, ln Delta J; NaN as in leastsquares.h */
    double scatter;   /* standard deviation of ln J around the fit [1], or, with errors,
                         of (J - fit) / error */
    double chi2;      /* sum of squares of the same */
    size_t n;         /* points */
    double condition; /* leastsquares.h */
    size_t starts, arrived; /* descents, and those that ended in a minimum */
    size_t agree;           /* descents that ended within 1e-4 of the lowest chi2 */
    unsigned tied; /* bits 1u << enum pel_qpd_component of components whose times are
                      equal, and would cross if the order let them */
    size_t iterations, evaluations; /* of all descents */
};

/* Fit.
 *   settings  NULL: the defaults
 *   out       receives the result
 * Errors: PEL_EARG     fewer points than free parameters plus one, times not increasing, a
 *                      value not positive (the point is named), a setting out of range, a
 *                      parameter held that has no value
 *         PEL_ENOCONV  no descent arrived
 *         PEL_ENOMEM */
PEL_API pel_status pel_creepfit_run(const struct pel_creepfit_data *data,
                                    const struct pel_creepfit_settings *settings,
                                    struct pel_creepfit *out, struct pel_error *err);

/* Residuals r[n] and, unless NULL, their Jacobian J[n * PEL_CREEPFIT_PARAMETERS] at
 * p[PEL_CREEPFIT_PARAMETERS] = J_el, and for each component B, ln tau, ln Delta J; those of
 * components outside the fit are not read. For who wants to check.
 * Errors: PEL_EARG p out of its domain; PEL_ENOMEM. */
PEL_API pel_status pel_creepfit_residuals(const struct pel_creepfit_data *data,
                                          unsigned components, double accuracy,
                                          const double p[], double r[], double J[],
                                          struct pel_error *err);

#endif /* PEL_CREEPFIT_H */

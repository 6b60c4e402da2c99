#ifndef PEL_LEASTSQUARES_PRIV_H
#define PEL_LEASTSQUARES_PRIV_H

/* What the files of leastsquares.h share. Not for users. */

#include <pelrate/leastsquares.h>

/* A parameter and the variable u that GSL sees in its place. */
struct pel_leastsquares_variable {
    double lower, upper; /* [unit of x]; infinite: none */
    double size;         /* of x - bound, or of x; > 0 [unit of x] */
    double typical;      /* |x| at the start; > 0 [unit of x] */
    enum pel_leastsquares_state state;
    int was_pinned; /* has been set on a bound and freed: not again before the end */
};

/* One call of pel_leastsquares_fit. */
struct pel_leastsquares_job {
    const struct pel_leastsquares_problem *problem;
    const struct pel_leastsquares_settings *set;
    struct pel_leastsquares_variable *variable; /* [n] owned */
    size_t n_free;
    size_t *free;   /* [n_free] which parameters; owned */
    double *x;      /* [n] being tried; owned */
    double *best;   /* [n] lowest chi2 seen; owned */
    double *r;      /* [m] sqrt(w) r at best; owned */
    double *J;      /* [m * n] sqrt(w) dr/dx where it was last asked for; owned */
    double *a, *b;  /* [m] scratch of the differences; owned */
    double chi2;    /* at best */
    double outside; /* value of each residual outside the domain: higher than the start */
    int failed;     /* the Jacobian */
    struct pel_leastsquares_report report;
};

/* r . J_j, for job->J.
 *   r       [m] sqrt(w) r
 *   j       which parameter, < n
 *   length  receives |J_j| */
double pel_leastsquares_along(const struct pel_leastsquares_job *job, const double r[],
                              size_t j, double *length);

/* What the data determine, at job->best, where job->J is that of the last round: n_free,
 * rank and condition into job->report, which parameters are undetermined into
 * job->variable, and the covariance.
 *   covariance  [n * n] receives it as pel_leastsquares_fit says; NULL: not wanted
 * Errors: PEL_ENOCONV J has no singular values; PEL_ENOMEM. (leastsquares_judge.c) */
pel_status pel_leastsquares_judge(struct pel_leastsquares_job *job, double covariance[],
                                  struct pel_error *err);

#endif /* PEL_LEASTSQUARES_PRIV_H */

#ifndef PEL_MINIMISE_PRIV_H
#define PEL_MINIMISE_PRIV_H

#include <pelrate/minimise.h>

/* What a method is to minimise, and when it is done. */
struct pel_descent {
    const struct pel_surface *surface;
    const struct pel_minimise_settings *settings;
    /* How far a gradient is from what was asked for: converged below 1. Asked right after
     * the evaluation that gave the gradient, so it may know more about that point. */
    double (*measure)(const void *context, const double gradient[]);
    const void *context; /* of measure; borrowed */
};

/* A method: one value of this struct and a line in the table of minimise.c. */
struct pel_minimiser {
    const char *name;      /* "lbfgs" */
    const char *doc;       /* one paragraph */
    const char *reference; /* where it comes from */
    /* From x[n] down, in place; gradient[n] is scratch and holds the gradient at x in the
     * end. Fills energy, evaluations, iterations and stop of the report. PEL_OK whichever
     * rule stopped it; errors are those of the surface, or PEL_ENOMEM. */
    pel_status (*run)(const struct pel_descent *descent, double x[], double gradient[],
                      struct pel_minimise_report *report, struct pel_error *err);
};

extern const struct pel_minimiser pel_minimiser_fire;
extern const struct pel_minimiser pel_minimiser_lbfgs;

/* pel_minimise with another measure of convergence; gradient[n] as in run. */
pel_status pel_descent_run(const struct pel_descent *descent, double x[],
                           double gradient[], struct pel_minimise_report *report,
                           struct pel_error *err);

/* Energy and gradient, counted. */
pel_status pel_descent_evaluate(const struct pel_descent *descent, const double x[],
                                double *energy, double gradient[],
                                struct pel_minimise_report *report,
                                struct pel_error *err);

#endif /* PEL_MINIMISE_PRIV_H */

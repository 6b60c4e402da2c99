#ifndef PEL_FLOW_H
#define PEL_FLOW_H

#include <pelrate/surface.h>

/* Steepest descent as it is defined, the path dx/dt = -grad E, followed with an error
 * bound: to which minimum a point belongs. A minimiser may jump from one basin into
 * another; this does not.
 *
 * The path is stiff, and the stabilised explicit method of second order of Runge, Kutta &
 * Chebyshev takes steps that grow with the square of its stages (Sommeijer, Shampine &
 * Verwer, J. Comput. Appl. Math. 88:315 (1997)). */
struct pel_flow_settings {
    double force_tolerance; /* stop when the largest |gradient component| is below this
                               [eV/A], > 0 */
    double path_error_A;    /* error of one step, whole vector [A], > 0 */
    /* No eigenvalue of the Hessian on the way is larger [eV/A^2], > 0 */
    double stiffness_eV_per_A2;
    /* Asked after each step, may be NULL: not 0 ends the path. A saddle's own forces are
     * as small as a minimum's: who starts near one tells an arrival by the place. */
    int (*arrived)(void *context, const double x[]);
    void *context;          /* handed to arrived; borrowed */
    size_t max_stages;      /* of one step, >= 2 */
    size_t max_evaluations; /* give up after so many, >= 1 */
};
/* 1e-3 eV/A, 0.01 A a step, 100 eV/A^2, 40 stages, 20000 evaluations. */
PEL_API struct pel_flow_settings pel_flow_defaults(void);

struct pel_flow_report {
    double energy;      /* at the end [eV] */
    double max_force;   /* largest |gradient component| there [eV/A] */
    double length_A;    /* of the path, whole vector [A] */
    size_t steps;       /* that were accepted */
    size_t evaluations; /* of the surface */
    int converged;      /* max_force < force_tolerance */
    int arrived;        /* what settings->arrived said last */
};

/* Down from x.
 *   x        [n] in: where to start; out: the end of the path [A]
 *   report   receives what was done; may not be NULL
 * Not arriving within max_evaluations is no error: report->converged says so.
 * Errors: PEL_EARG a setting out of range, no coordinates; PEL_ENOMEM; those of the
 * surface. */
PEL_API pel_status pel_flow(const struct pel_surface *surface,
                            const struct pel_flow_settings *settings, double x[],
                            struct pel_flow_report *report, struct pel_error *err);

#endif /* PEL_FLOW_H */

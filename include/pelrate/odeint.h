#ifndef PEL_ODEINT_H
#define PEL_ODEINT_H

#include <pelrate/status.h>
#include <stddef.h>

/* Stiff ordinary differential equations y' = f(t, y), y[n]: SUNDIALS CVODES with BDF and
 * Newton's method, dense analytic Jacobian, one step at a time with dense output.
 *
 * The Jacobian is evaluated and the linear system set up at *every* step. CVODE's
 * defaults keep them for 20-50 steps; when an eigenvalue falls by decades meanwhile (a
 * liquid that becomes a glass) the old, much too stiff Newton matrix turns every
 * correction into a tiny one, which passes for convergence, and the solution stays on the
 * steady state without any error flag. */
struct pel_odeint;

/* The system. Return 0; > 0: cannot be evaluated there, try a smaller step; < 0: give up.
 */
struct pel_odeint_system {
    size_t n; /* equations */
    int (*rhs)(double t, const double y[], double dydt[], void *context);
    /* jacobian[i * n + j] = d f_i / d y_j */
    int (*jacobian)(double t, const double y[], double jacobian[], void *context);
    void *context; /* borrowed */
};

struct pel_odeint_settings {
    double rtol;         /* [1] */
    double atol;         /* in the unit of y */
    double max_step;     /* in the unit of t; 0: none */
    double initial_step; /* 0: chosen by the solver */
    size_t max_steps;    /* between two calls of restart */
};

/* 1e-8, 1e-12, 0, 0, 1e6. */
PEL_API struct pel_odeint_settings pel_odeint_settings_defaults(void);

/* Sums since creation. */
struct pel_odeint_stats {
    size_t restarts;
    size_t steps;
    size_t evaluations;
    size_t jacobians;
    size_t newton_iterations;
    size_t newton_failures;
    size_t error_failures;
};

/* Start at t0 with y0[n], to stop exactly at t_stop > t0. system is copied, y0 too.
 * Errors: PEL_EARG, PEL_ENOMEM. */
PEL_API pel_status pel_odeint_create(const struct pel_odeint_system *system,
                                     const struct pel_odeint_settings *settings,
                                     double t0, const double y0[], double t_stop,
                                     struct pel_odeint **out, struct pel_error *err);
PEL_API void pel_odeint_free(struct pel_odeint *ode);

/* Start again (a corner: f or its derivative jumps). */
PEL_API pel_status pel_odeint_restart(struct pel_odeint *ode, double t0,
                                      const double y0[], double t_stop,
                                      struct pel_error *err);

/* One step towards t_stop. *t receives the time reached, t_stop exactly at the end; y[n]
 * the solution there. The step covered is [*t - h, *t], h in *step. Errors: PEL_ENOCONV
 * the solver gives up (message: why, where); max_steps. */
PEL_API pel_status pel_odeint_step(struct pel_odeint *ode, double *t, double *step,
                                   double y[], struct pel_error *err);

/* Solution (order 0) or its derivative by t (order 1) from the solver's own polynomial,
 * at t within the last step. Errors: PEL_EARG t outside it. */
PEL_API pel_status pel_odeint_dense(const struct pel_odeint *ode, double t, int order,
                                    double y[], struct pel_error *err);

PEL_API struct pel_odeint_stats pel_odeint_stats(const struct pel_odeint *ode);

#endif /* PEL_ODEINT_H */

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

/* The system. Both functions return 0; > 0: cannot be evaluated there, try a smaller
 * step; < 0: give up. */
struct pel_odeint_system {
    size_t n; /* equations */
    /* dydt[n] = f(t, y[n]) */
    int (*rhs)(double t, const double y[], double dydt[], void *context);
    /* jacobian[i * n + j] = d f_i / d y_j */
    int (*jacobian)(double t, const double y[], double jacobian[], void *context);
    void *context; /* borrowed */
};

struct pel_odeint_settings {
    double rtol;         /* relative tolerance of a step [1] */
    double atol;         /* absolute tolerance of a step [unit of y] */
    double max_step;     /* longest step [unit of t]; 0: any */
    double initial_step; /* first step after each start [unit of t]; 0: by the solver */
    size_t max_steps;    /* between two starts; more are an error */
};

/* rtol 1e-8, atol 1e-12, any step, first step by the solver, 1e6 steps. */
PEL_API struct pel_odeint_settings pel_odeint_settings_defaults(void);

/* Sums since creation. */
struct pel_odeint_stats {
    size_t restarts;          /* calls of pel_odeint_restart */
    size_t steps;             /* steps taken */
    size_t evaluations;       /* of f */
    size_t jacobians;         /* of its Jacobian */
    size_t newton_iterations; /* of all steps */
    size_t newton_failures;   /* Newton iterations that did not converge */
    size_t error_failures;    /* steps repeated because the local error was too large */
};

/* Start at t0 with y0[n], to stop exactly at t_stop > t0.
 *   system    copied; its context is borrowed until pel_odeint_free
 *   settings  copied; NULL: the defaults
 *   y0        [n] copied
 *   out       receives the integration; release it with pel_odeint_free()
 * Errors: PEL_EARG     a system without functions or equations, negative tolerances or
 *                      steps, t0 or y0 not finite, t_stop not after t0
 *         PEL_ENOCONV  the solver refuses the start (message: why)
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_odeint_create(const struct pel_odeint_system *system,
                                     const struct pel_odeint_settings *settings,
                                     double t0, const double y0[], double t_stop,
                                     struct pel_odeint **out, struct pel_error *err);
/* Release an integration. NULL is allowed. */
PEL_API void pel_odeint_free(struct pel_odeint *ode);

/* The first step [unit of t] of the next restarts; 0: by the solver. What is not >= 0 is
 * taken as 0. */
PEL_API void pel_odeint_first_step(struct pel_odeint *ode, double step);

/* Start again at t0 with y0[n] (a corner: f or its derivative jumps), to stop at t_stop.
 * Errors: PEL_EARG t0 or y0 not finite, t_stop not after t0; PEL_ENOCONV the solver
 * refuses the start. */
PEL_API pel_status pel_odeint_restart(struct pel_odeint *ode, double t0,
                                      const double y0[], double t_stop,
                                      struct pel_error *err);

/* One step towards t_stop. *t receives the time reached, t_stop exactly at the end; y[n]
 * the solution there. The step covered is [*t - h, *t], h in *step.
 * Errors: PEL_ENOCONV the solver gives up (message: why, where), more than max_steps;
 * PEL_EARG t_stop is reached already. */
PEL_API pel_status pel_odeint_step(struct pel_odeint *ode, double *t, double *step,
                                   double y[], struct pel_error *err);

/* Solution (order 0) or its derivative by t (order 1) from the solver's own polynomial,
 * at t within the last step; y[n] receives it.
 * Errors: PEL_EARG t outside the last step, another order. */
PEL_API pel_status pel_odeint_dense(struct pel_odeint *ode, double t, int order,
                                    double y[], struct pel_error *err);

/* What was done so far, all starts together. */
PEL_API struct pel_odeint_stats pel_odeint_stats(const struct pel_odeint *ode);

#endif /* PEL_ODEINT_H */

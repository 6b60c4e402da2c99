#ifndef PEL_ODESENS_H
#define PEL_ODESENS_H

#include <pelrate/odeint.h>
#include <pelrate/status.h>
#include <stddef.h>

/* Stiff ordinary differential equations y' = f(t, y; p), y[n], together with the
 * sensitivities of their solution to parameters p[m], s_k = dy/dp_k:
 *
 *     s_k' = (df/dy) s_k + df/dp_k
 *
 * SUNDIALS CVODES, forward, staggered: the sensitivities are solved for after each step of
 * y with its Newton matrix, and the step is chosen so that they keep to their tolerances
 * too. Everything else is as in odeint.h. */
struct pel_odesens;

/* The system. The functions return 0; > 0: cannot be evaluated there, try a smaller step;
 * < 0: give up. */
struct pel_odesens_system {
    struct pel_odeint_system ode; /* f and df/dy, with their context */
    size_t m;                     /* parameters, >= 1 */
    /* by[k * n + i] = d f_i / d p_k, context that of ode */
    int (*by_parameter)(double t, const double y[], double by[], void *context);
    /* [m] size of each parameter, > 0: the absolute tolerance of s_k is that of y over
     * scale[k], times slack */
    const double *scale;
    double slack; /* tolerances of s are this many times those of y; 0: the same */
};

/* Start at t0 with y0[n] and s0[m * n] (s0[k * n + i] = d y_i / d p_k), to stop exactly at
 * t_stop > t0.
 *   system    copied, scale too; its context is borrowed until pel_odesens_free
 *   settings  copied; NULL: the defaults of odeint.h
 *   out       receives the integration; release it with pel_odesens_free()
 * Errors: as pel_odeint_create; PEL_EARG no parameters, no function, a scale that is not
 * positive, s0 not finite. On error *out is NULL. */
PEL_API pel_status pel_odesens_create(const struct pel_odesens_system *system,
                                      const struct pel_odeint_settings *settings,
                                      double t0, const double y0[], const double s0[],
                                      double t_stop, struct pel_odesens **out,
                                      struct pel_error *err);
/* Release an integration. NULL is allowed. */
PEL_API void pel_odesens_free(struct pel_odesens *sens);

/* Start again at t0 with y0[n] and s0[m * n], to stop at t_stop.
 * Errors: as pel_odeint_restart; PEL_EARG s0 not finite. */
PEL_API pel_status pel_odesens_restart(struct pel_odesens *sens, double t0,
                                       const double y0[], const double s0[],
                                       double t_stop, struct pel_error *err);

/* One step towards t_stop. *t receives the time reached, t_stop exactly at the end; y[n]
 * the solution there. The step covered is [*t - h, *t], h in *step.
 * Errors: as pel_odeint_step. */
PEL_API pel_status pel_odesens_step(struct pel_odesens *sens, double *t, double *step,
                                    double y[], struct pel_error *err);

/* Solution and sensitivities (order 0) or their derivatives by t (order 1) from the
 * solver's own polynomials, at t within the last step: y[n] and s[m * n] receive them.
 * Errors: PEL_EARG t outside the last step, another order. */
PEL_API pel_status pel_odesens_dense(const struct pel_odesens *sens, double t, int order,
                                     double y[], double s[], struct pel_error *err);

/* What was done so far, all starts together; Newton iterations and failures are those of
 * y alone. */
PEL_API struct pel_odeint_stats pel_odesens_stats(const struct pel_odesens *sens);

#endif /* PEL_ODESENS_H */

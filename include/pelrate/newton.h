#ifndef PEL_NEWTON_H
#define PEL_NEWTON_H

#include <pelrate/surface.h>

/* The stationary point next to a point of a surface, whatever its index: Newton's method
 * on the gradient. Each step solves H d = -g by MINRES (Paige & Saunders, SIAM J. Numer.
 * Anal. 12:617 (1975)), which an indefinite H does not trouble, as far as it pays (Dembo,
 * Eisenstat & Steihaug, SIAM J. Numer. Anal. 19:400 (1982)); products with H are forward
 * differences of the gradient. The step is halved until |g| falls.
 *
 * Where L-BFGS ends because the energy has no digits left, this goes on: it looks at the
 * gradient alone. */
struct pel_newton_settings {
    double force_tolerance; /* stop when the largest |gradient component| is below this
                               [eV/A], > 0 */
    size_t max_steps;       /* Newton steps, >= 1 */
    size_t max_products;    /* products with H in one step, >= 1 */
    double max_step_A;      /* largest move of a coordinate in one step [A], > 0 */
    double difference_A;    /* length of the difference vector [A], > 0 */
    double forcing;   /* the linear system is solved to this times the gradient, or less
                           close to the end, in (0, 1) [1] */
    int translations; /* 1: coordinates are atoms, x y z each: rigid translations are
                           projected out; n % 3 must be 0 */
};
/* 1e-8 eV/A, 30 steps of at most 600 products and 0.1 A, differences of 1e-3 A, forcing
 * 0.05, coordinates of any kind. */
PEL_API struct pel_newton_settings pel_newton_defaults(void);

struct pel_newton_report {
    double energy;      /* at the end [eV] */
    double max_force;   /* largest |gradient component| there [eV/A] */
    size_t steps;       /* Newton steps */
    size_t evaluations; /* of the surface */
    int converged;      /* max_force < force_tolerance */
};

/* From x to the stationary point.
 *   x        [n] in: where to start; out: the best point found [A]
 *   report   receives what was done; may not be NULL
 * Not converging is no error: report->converged says so.
 * Errors: PEL_EARG a setting out of range, no coordinates or not those of atoms;
 * PEL_ENOMEM; those of the surface. */
PEL_API pel_status pel_newton(const struct pel_surface *surface,
                              const struct pel_newton_settings *settings, double x[],
                              struct pel_newton_report *report, struct pel_error *err);

#endif /* PEL_NEWTON_H */

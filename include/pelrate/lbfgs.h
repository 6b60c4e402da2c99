#ifndef PEL_LBFGS_H
#define PEL_LBFGS_H

#include <pelrate/status.h>
#include <stddef.h>

/* The limited-memory approximation of an inverse Hessian from the last few steps and the
 * changes of the gradient that they made: the two-loop recursion of Nocedal, Math. Comp.
 * 35:773 (1980), with the first scaling of Liu & Nocedal, Math. Program. 45:503 (1989).
 * It only proposes directions; bounding and accepting steps is up to the user. */
struct pel_lbfgs;

/*   n        coordinates, >= 1
 *   memory   pairs kept, >= 1
 * Errors: PEL_EARG; PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_lbfgs_create(size_t n, size_t memory, struct pel_lbfgs **out,
                                    struct pel_error *err);
PEL_API void pel_lbfgs_free(struct pel_lbfgs *lbfgs);

/* Forget all pairs. */
PEL_API void pel_lbfgs_reset(struct pel_lbfgs *lbfgs);

/* Add the pair step[n], change[n] of the gradient. A pair of no positive curvature is
 * left out (the approximation stays positive definite); returns whether it was taken. */
PEL_API int pel_lbfgs_add(struct pel_lbfgs *lbfgs, const double step[],
                          const double change[]);

/* direction[n] = -(inverse Hessian) gradient. Without pairs: -scale * gradient. */
PEL_API void pel_lbfgs_direction(struct pel_lbfgs *lbfgs, const double gradient[],
                                 double scale, double direction[]);

#endif /* PEL_LBFGS_H */

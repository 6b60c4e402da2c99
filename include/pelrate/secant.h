#ifndef PEL_SECANT_H
#define PEL_SECANT_H

#include <pelrate/status.h>
#include <stddef.h>

/* The limited-memory approximation of an inverse Hessian from the last few steps and the
 * changes of the gradient that they made: the two-loop recursion of Nocedal, Math. Comp.
 * 35:773 (1980), with the first scaling of Liu & Nocedal, Math. Program. 45:503 (1989).
 * It only proposes directions; bounding and accepting steps is up to the user. */
struct pel_secant;

/* An approximation without pairs.
 *   n        coordinates, >= 1
 *   memory   pairs kept, >= 1; the oldest makes room
 *   out      receives it; release it with pel_secant_free()
 * Errors: PEL_EARG n or memory is 0; PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_secant_create(size_t n, size_t memory, struct pel_secant **out,
                                     struct pel_error *err);
/* Release it. NULL is allowed. */
PEL_API void pel_secant_free(struct pel_secant *secant);

/* Forget all pairs. */
PEL_API void pel_secant_reset(struct pel_secant *secant);

/* Add the pair step[n], change[n] of the gradient. A pair of no positive curvature is
 * left out (the approximation stays positive definite); returns whether it was taken. */
PEL_API int pel_secant_add(struct pel_secant *secant, const double step[],
                           const double change[]);

/* direction[n] = -(inverse Hessian) gradient. Without pairs: -scale * gradient. */
PEL_API void pel_secant_direction(struct pel_secant *secant, const double gradient[],
                                  double scale, double direction[]);

#endif /* PEL_SECANT_H */

#ifndef PEL_STEFFEN_H
#define PEL_STEFFEN_H

#include <pelrate/status.h>
#include <stddef.h>

/* Monotone C1 interpolation of M. Steffen, Astron. Astrophys. 239, 443 (1990): cubic
 * pieces that have extrema only at data points. The same scheme as gsl_interp_steffen
 * (the tests compare them), but it gives the weights of the data: for fixed branches of
 * Steffen's limiter the interpolant is linear in the data, so the same weights applied to
 * derivatives of the data (by temperature, say) give the exact derivative of the
 * interpolant. GSL's object cannot be differentiated through.
 *
 * Outside the data it goes on linearly with the slope at the end. */

struct pel_steffen {
    size_t first; /* index of the first data point with a weight */
    size_t n;     /* how many, 1 to 4 */
    double w[4];  /* value = sum w[j] y[first + j] */
    double d[4];  /* d value / d x = sum d[j] y[first + j] */
};

/* The points that matter at x: fills first and n; y is not needed for this.
 *   x     [n] strictly increasing; n >= 1 (n = 1: constant, n = 2: straight line)
 *   at    where, in the unit of x
 *   out   receives first and n; w and d are 0 */
PEL_API void pel_steffen_stencil(size_t n, const double x[], double at,
                                 struct pel_steffen *out);

/* The weights at `at`. y[out->first .. first + n) must be filled; others are not read. */
PEL_API void pel_steffen_weights(size_t n, const double x[], const double y[], double at,
                                 struct pel_steffen *out);

/* The same interpolant from what is known at the ends of a piece, once the slopes at the data
 * points have been worked out (d of pel_steffen_weights there):
 * value = y[0] y_lower + y[1] y_upper + s[0] slope_lower + s[1] slope_upper. */
struct pel_steffen_piece {
    size_t lower, upper; /* data points at both ends; the same for n = 1 */
    double y[2], s[2];
};

/* The piece at `at`; x [n] strictly increasing, n >= 1. */
PEL_API void pel_steffen_piece(size_t n, const double x[], double at,
                               struct pel_steffen_piece *out);

/* Slopes at all data points of m sets of data at once: slope[k * m + j] is d y_j / d x at
 * x[k] for y[k * m + j], by the branches that `by` (of the same shape) takes; by = y: the
 * interpolant's own. x [n] strictly increasing, n >= 1. */
PEL_API void pel_steffen_slopes(size_t n, const double x[], size_t m, const double by[],
                                const double y[], double slope[]);

#endif /* PEL_STEFFEN_H */

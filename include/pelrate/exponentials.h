#ifndef PEL_EXPONENTIALS_H
#define PEL_EXPONENTIALS_H

#include <pelrate/status.h>
#include <stddef.h>

/* Exponentials by the thousand, several at a time where the processor can. The
 * last bit depends on the processor, as it does with libm. */

/* y[i] = e^x[i] to 2e-16 relative, from 0 (underflow) to infinity. x and y may be the same array, but must not overlap otherwise. */
PEL_API void pel_exponentials(size_t n, const double x[], double y[]);

/* Moments under the weights w_i exp(-beta a_i). */
struct pel_tilt {
    double ln_sum; /* ln sum w_i exp(-beta a_i) [1] */
    double mean;   /* of a [unit of a] */
    double spread; /* variance of a [its square] */
    double other;  /* mean of r [unit of r]; NaN: no r */
    double shared; /* covariance of a and r [product of their units]; NaN: no r */
};

/* Of samples, all w_i = 1. What is left out changes no digit: weights below 1e-17 of the
 * sum, all together.
 *   a  [n] increasing, finite; n >= 1
 *   r  [n] what belongs to each a, or NULL
 *   beta  >= 0 [1 / unit of a] */
PEL_API void pel_exponentials_samples(size_t n, const double a[], const double r[],
                                      double beta, struct pel_tilt *out);

/* Of equidistant points a_i = first + i step with weights w[n] from 0 to 1, w[0] > 0:
 * powers of one number, three exponentials do for all of them. Rounding grows with n, to
 * some 1e-16 (8 + n/4) of the sum. */
PEL_API void pel_exponentials_lattice(size_t n, const double w[], double first,
                                      double step, double beta, struct pel_tilt *out);

/* Sum and mean of the same lattice at many beta[m], which is faster than one by one: ln_sum[m]
 * and mean[m] as in pel_tilt. Rounding: some 1e-16 n of the sum. */
PEL_API void pel_exponentials_lattices(size_t n, const double w[], double first,
                                       double step, size_t m, const double beta[],
                                       double ln_sum[], double mean[]);

#endif /* PEL_EXPONENTIALS_H */

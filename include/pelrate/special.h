#ifndef PEL_SPECIAL_H
#define PEL_SPECIAL_H

#include <pelrate/status.h>
#include <stddef.h>

/* Special functions (GSL's, with its error handler out of the way) and careful
 * logarithms. */

/* ln Gamma(x), digamma(x) for x > 0. */
PEL_API double pel_special_ln_gamma(double x);
PEL_API double pel_special_digamma(double x);

/* Regularised lower incomplete gamma function P(a, x), a > 0, x >= 0. */
PEL_API double pel_special_gamma_p(double a, double x);

/* The upper tail of a standard normal deviate beyond x (any x), without cancellation
 * where the tail is thin: phi the density, Q the probability. */
struct pel_normal_tail {
    double ln_q;   /* ln Q(x) */
    double hazard; /* h = phi/Q */
    double excess; /* h - x: mean of (deviate - x) beyond x; > 0 */
    double spread; /* 1 - h (h - x): variance of the deviate beyond x; in (0, 1) */
};
PEL_API void pel_special_normal_tail(double x, struct pel_normal_tail *out);

/* Probability of a standard normal deviate below x. */
PEL_API double pel_special_normal_cdf(double x);

/* Debye's function D_3(x) = 3/x^3 int_0^x t^3/(e^t - 1) dt, x >= 0. */
PEL_API double pel_special_debye_3(double x);

/* ln sum exp(a_i) without overflow; -inf for n = 0 or all -inf. */
PEL_API double pel_special_ln_sum_exp(size_t n, const double a[]);

/* ln(1 - exp(-x)) for x > 0. */
PEL_API double pel_special_ln_1m_exp(double x);

#endif /* PEL_SPECIAL_H */

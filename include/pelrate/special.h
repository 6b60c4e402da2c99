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

/* Probability of a standard normal deviate below x, and its logarithm without underflow.
 */
PEL_API double pel_special_normal_cdf(double x);
PEL_API double pel_special_ln_normal_cdf(double x);

/* Ratio density/probability phi(x)/Phi(x) of a standard normal deviate, any x. */
PEL_API double pel_special_normal_hazard(double x);

/* ln sum exp(a_i) without overflow; -inf for n = 0 or all -inf. */
PEL_API double pel_special_ln_sum_exp(size_t n, const double a[]);

/* ln(1 - exp(-x)) for x > 0. */
PEL_API double pel_special_ln_1m_exp(double x);

#endif /* PEL_SPECIAL_H */

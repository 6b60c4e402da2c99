#ifndef PEL_GUMBEL_H
#define PEL_GUMBEL_H

#include <pelrate/relaxation.h>

/* The discrete normalised Gumbel distribution of relaxation times: Zhang et al. (2023),
 * J. Mater. Sci. Technol. 149:207, Eqs. 9, 22 and 25:
 *
 *     w_i = x_i exp(-x_i) / sum_j x_j exp(-x_j) ,   x_i = (tau_i / tau)^B .
 *
 * Departures. Eq. 9 divides tau_i by tau_beta in one place and by the mean time in the
 * other three: one time is meant, as in Eqs. 22 and 25. The paper calls it the average
 * time; it is the most probable one in ln tau (the mean of tau is tau Gamma(1 + 1/B), far
 * above it for small B). On a grid even in ln tau, w is the density of ln tau, and tau
 * then follows Weibull's distribution of shape B and scale tau: P(below) = 1 - exp(-x).
 *
 * The paper does not say on which times the sum runs. Here the sum is the integral over
 * ln tau to a stated accuracy. The nodes are even in ln tau with the step h, between the
 * times where the shares left out add up to a thousandth of the accuracy. Every quantity
 * asked of the units is analytic in the strip |Im ln tau| < pi/2 (where 1 + i omega tau
 * has its zeros), and there the trapezoid rule errs by less than
 *
 *     2 e^2 (pi/h)^2 exp(-pi^2/h)
 *
 * of the whole, whatever B in (0, 1], t and omega are; h is the one for which this is the
 * accuracy. So doubling the density changes less than that. */

struct pel_gumbel_settings {
    double accuracy; /* absolute error of a share, 1e-14 to 1e-2 [1] */
    size_t refine;   /* nodes in each step h: 1, or more to see that nothing changes */
};

/* accuracy 1e-10, refine 1. */
PEL_API struct pel_gumbel_settings pel_gumbel_settings_defaults(void);

/* The step h in ln tau for an accuracy [1] (the bound above solved for h). */
PEL_API double pel_gumbel_step(double accuracy);

/* The units of a distribution.
 *   tau_s     its most probable time in ln tau [s], > 0; 1: times relative to it
 *   B         its width, in (0, 1] [1]: 1 the narrowest, the smaller the wider
 *   settings  NULL: the defaults
 *   out       receives it; release it with pel_relaxation_free()
 * Errors: PEL_EARG tau, B or a setting out of range, or times that leave the range of a
 * double (B below about 0.05); PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_gumbel_create(double tau_s, double B,
                                     const struct pel_gumbel_settings *settings,
                                     struct pel_relaxation **out, struct pel_error *err);

/* Density of ln tau [1] at tau_i [s]: B x exp(-x). Its integral over ln tau is 1. */
PEL_API double pel_gumbel_density(double tau_s, double B, double tau_i_s);

#endif /* PEL_GUMBEL_H */

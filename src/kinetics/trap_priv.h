#ifndef PEL_TRAP_PRIV_H
#define PEL_TRAP_PRIV_H

#include "rate_priv.h"

/* The threshold of the closure committor along a ramp. Where the rate drives a glass onto it,
 * the glass stays there as long as the threshold, moving with the temperature, leads it on
 * (it slides along: the rate is what the threshold's motion wants, at a distance of 1e-14
 * eV/atom and less); as soon as the threshold comes back the glass is trapped, and rests
 * until it is freed. */

/* Whether it rests at e_is [eV/atom] and temperature [K], which changes by slope [K/s]. near:
 * distance from the threshold within which it may slide [eV/atom]. */
int trap_holds(struct pel_rate *rate, double e_is, double temperature, double slope,
               double near);

/* Since `from` [s] it rests at e_is, at T0 + slope t [K]. When it is free, or `to` if not
 * before. */
double trap_release(struct pel_rate *rate, double e_is, double T0, double slope,
                    double from, double to);

#endif /* PEL_TRAP_PRIV_H */

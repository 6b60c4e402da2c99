#include "trap_priv.h"

#include <float.h>
#include <math.h>

int trap_holds(struct pel_rate *rate, double e_is, double temperature, double slope,
               double near)
{
    struct pel_rate_threshold t;
    pel_rate_threshold(rate, e_is, temperature, &t);
    if (t.ln_open > 0.0) return 0;
    const int at_threshold = t.ln_open >= -near * fabs(t.ln_open_e);
    const int driven_to_it = t.sign * t.ln_open_e < 0.0;
    const int is_opening = t.ln_open_T * slope > 0.0;
    return !(at_threshold && driven_to_it && is_opening);
}

/* Free for good: ln_open is above its own rounding (beta E, up to 1e4, has 1e-12). That
 * delays it by 1e-7 K at most. */
#define OPEN_ENOUGH 1e-11

static int is_open(struct pel_rate *rate, double e_is, double temperature)
{
    struct pel_rate_threshold t;
    pel_rate_threshold(rate, e_is, temperature, &t);
    return t.ln_open > OPEN_ENOUGH;
}

/* At one e_is ln_open is convex in beta (a mean, with weights that are not negative, of
 * logarithms of Laplace transforms): it is trapped in one stretch of temperature, and if it
 * is at both ends it is in between. */
double trap_release(struct pel_rate *rate, double e_is, double T0, double slope,
                    double from, double to)
{
    if (slope == 0.0 || !is_open(rate, e_is, T0 + slope * to)) return to;
    double held = from, free_at = to;
    for (;;) {
        const double mid = held + 0.5 * (free_at - held);
        const double dT = fabs(slope * (free_at - held));
        if (!(mid > held && mid < free_at && dT > DBL_EPSILON * (T0 + slope * held)))
            return free_at;
        if (is_open(rate, e_is, T0 + slope * mid))
            free_at = mid;
        else
            held = mid;
    }
}

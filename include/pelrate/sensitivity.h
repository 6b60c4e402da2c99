#ifndef PEL_SENSITIVITY_H
#define PEL_SENSITIVITY_H

#include <pelrate/coefficient.h>
#include <pelrate/progress.h>
#include <pelrate/rate.h>
#include <pelrate/status.h>
#include <stddef.h>

/* How the rate of ageing, and a DSC scan, answer to the numbers of a parametric landscape
 * (coefficient.h): forward sensitivities, integrated with the scan itself (odesens.h).
 * With f(e, T; c) of rate.h and s = de/dc along the scan
 *
 *     ds/dt = (df/de) s + df/dc ,   s = -(df/dc)/(df/de) in the steady state it starts in */

/* The rate at e_is [eV/atom] and temperature [K], and by[n] = df/dc [eV/atom/s per unit of
 * the coefficient].
 * Errors: as pel_rate_evaluate; PEL_EARG the landscape is not parametric. */
PEL_API pel_status pel_sensitivity_rate(struct pel_rate *rate, double e_is,
                                        double temperature, size_t n,
                                        const struct pel_coefficient coefficients[],
                                        struct pel_rate_point *point, double by[],
                                        struct pel_error *err);

/* Cooling from start to bottom, heating from there (dsc.h). */
struct pel_sensitivity_settings {
    double cool_K_per_s; /* rate of cooling [K/s], > 0 */
    double heat_K_per_s; /* rate of heating [K/s], > 0 */
    double start_K;      /* cooling starts here [K] */
    double bottom_K;     /* ... ends here, and heating starts [K] */
    double e_start;      /* E_IS at start_K [eV/atom], the same whatever the coefficients;
                            NaN: the steady state there, which depends on them */
    double rtol;         /* relative tolerance on the change of e since the start [1] */
    double atol;         /* absolute tolerance on e [eV/atom] */
    double slack;        /* tolerances on the sensitivities s = de/dc are so many times as
                            large (the absolute one over the size of c) [1] */
    size_t max_steps;    /* of each ramp; more are an error */
};

/* Cooling at 20 K/s, heating at 1 K/s, from the steady state at 900 K to 300 K, rtol 1e-7,
 * atol 1e-11 eV/atom, slack 1, 1e5 steps. */
PEL_API struct pel_sensitivity_settings pel_sensitivity_settings_defaults(void);

/* What the scan is, at the temperatures asked for. The arrays are the caller's. */
struct pel_sensitivity {
    double *rate;   /* [n_T] de/dt while heating [eV/atom/s] */
    double *by;     /* [n_T * n] its derivatives, by[j * n + k] by coefficient k; not used
                        for n = 0 */
    double e_glass; /* E_IS after cooling [eV/atom] */
    double e_lowest; /* least and largest E_IS of cooling and heating [eV/atom] */
    double e_highest;
    size_t steps; /* of the integrator */
};

/* Cool and scan.
 *   rate          outside the range of its landscape it goes on as far as the families do,
 *                 whatever it says itself: out->e_lowest and e_highest tell
 *   n             coefficients; 0: the scan alone
 *   settings      NULL: the defaults
 *   n_T, T        temperatures of heating [K], increasing, from bottom_K on
 *   progress      may be NULL; asked once a ramp
 *   out           its arrays are filled
 * Errors: PEL_EARG     settings or temperatures; the landscape is not parametric
 *         PEL_ENOROOT  no steady state at start_K
 *         PEL_ENOCONV  the integrator gives up (a parameter leaves its domain, mostly)
 *         PEL_ESTOPPED progress asked to stop
 *         PEL_ENOMEM */
PEL_API pel_status pel_sensitivity_scan(struct pel_rate *rate, size_t n,
                                        const struct pel_coefficient coefficients[],
                                        const struct pel_sensitivity_settings *settings,
                                        size_t n_T, const double T[],
                                        const struct pel_progress *progress,
                                        struct pel_sensitivity *out,
                                        struct pel_error *err);

#endif /* PEL_SENSITIVITY_H */

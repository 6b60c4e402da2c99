#ifndef PEL_QUADRATURE_H
#define PEL_QUADRATURE_H

#include <pelrate/status.h>
#include <stddef.h>

/* f(x). Non-zero return: x cannot be evaluated; the integral fails with PEL_ENOCONV. */
typedef int (*pel_quadrature_function)(double x, void *context, double *f);

struct pel_quadrature_settings {
    double rtol;      /* relative tolerance [1] */
    double atol;      /* absolute tolerance, in the unit of the integral */
    size_t intervals; /* at most so many, >= 1 */
};

/* rtol 1e-10, atol 0, 1000 intervals. */
PEL_API struct pel_quadrature_settings pel_quadrature_settings_defaults(void);

struct pel_quadrature_report {
    double error; /* estimated absolute error, in the unit of the integral */
    size_t evaluations;
};

/* int_a^b f dx by adaptive Gauss-Kronrod with extrapolation (GSL QAGS): the ends may be
 * integrable singularities (they are not evaluated).
 *   context   handed to f; borrowed for the call
 *   settings  NULL: the defaults
 *   integral  receives the integral
 *   report    may be NULL
 * Errors: PEL_EARG     limits not finite, no intervals
 *         PEL_ENOCONV  f cannot be evaluated somewhere, or the tolerance is not reached
 *         PEL_ENOMEM */
PEL_API pel_status
pel_quadrature_integrate(pel_quadrature_function f, void *context, double a, double b,
                         const struct pel_quadrature_settings *settings, double *integral,
                         struct pel_quadrature_report *report, struct pel_error *err);

#endif /* PEL_QUADRATURE_H */

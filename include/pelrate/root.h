#ifndef PEL_ROOT_H
#define PEL_ROOT_H

#include <pelrate/status.h>
#include <stddef.h>

/* Roots of a function of one variable inside a bracket. */

/* f(x). Non-zero return: x cannot be evaluated, the search gives up with PEL_ENOCONV. */
typedef int (*pel_root_function)(double x, void *context, double *f);

struct pel_root_settings {
    double xrtol;          /* width of the final bracket relative to |x| [1] */
    double xatol;          /* ... plus this, in the unit of x */
    size_t max_iterations; /* more are an error */
};

/* xrtol 1e-13, xatol 0, 200 iterations. */
PEL_API struct pel_root_settings pel_root_settings_defaults(void);

struct pel_root_report {
    size_t iterations;
    double width;    /* of the last bracket, in the unit of x */
    double residual; /* f at the root, in its unit */
};

/* Brent's method (GSL) on [a, b], where f has different signs at the ends (or is 0).
 *   context   handed to f; borrowed for the call
 *   settings  NULL: the defaults
 *   root      receives the root, in the unit of x
 *   report    may be NULL
 * Errors: PEL_EARG     a, b not finite, or a >= b
 *         PEL_ENOROOT  the signs at the ends are the same
 *         PEL_ENOCONV  f failed or gave NaN; more than max_iterations
 *         PEL_ENOMEM */
PEL_API pel_status pel_root_find(pel_root_function f, void *context, double a, double b,
                                 const struct pel_root_settings *settings, double *root,
                                 struct pel_root_report *report, struct pel_error *err);

#endif /* PEL_ROOT_H */

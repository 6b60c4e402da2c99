#ifndef PEL_MINIMUM_H
#define PEL_MINIMUM_H

#include <pelrate/status.h>
#include <stddef.h>

/* Local minimum of a smooth function of a few variables (fits; atoms have their own
 * minimiser). */

/* f(x) and, unless g is NULL, its gradient g[n]. Non-zero return: x is outside the domain
 * (not an error: the search stays away from there). */
typedef int (*pel_minimum_function)(size_t n, const double x[], void *context, double *f,
                                    double g[]);

struct pel_minimum_settings {
    double gradient;         /* stop when no |g_i| is larger [unit of f / unit of x] */
    double stalled_gradient; /* accept this where rounding stops progress [the same] */
    double first_step;       /* length of the first trial step [unit of x] */
    double line_tolerance;   /* of GSL's line search, 0 to 1 [1] */
    size_t max_iterations;   /* all methods together */
};

/* gradient 1e-9, stalled_gradient 1e-5, first_step 0.1, line_tolerance 0.1, 2000
 * iterations: for f of order one and x of order one. */
PEL_API struct pel_minimum_settings pel_minimum_settings_defaults(void);

enum pel_minimum_rule {
    PEL_MINIMUM_GRADIENT, /* the gradient is below settings.gradient */
    PEL_MINIMUM_STALLED   /* no further progress, gradient below stalled_gradient */
};

struct pel_minimum_report {
    enum pel_minimum_rule rule; /* which rule stopped it */
    size_t iterations;
    size_t evaluations;
    double f;        /* at the minimum [unit of f] */
    double gradient; /* largest |g_i| there [unit of f / unit of x] */
};

/* Minimise from x[n] (in: start, inside the domain; out: the minimum): BFGS (GSL
 * vector_bfgs2, restarted), and where that does not arrive the simplex of Nelder and Mead
 * (GSL nmsimplex2) followed by BFGS again.
 *   context   handed to f; borrowed for the call
 *   settings  NULL: the defaults
 *   report    may be NULL; filled on PEL_ENOCONV too
 * Errors: PEL_EARG     the start is outside the domain, f is not finite there, n = 0, or
 *                      a setting out of range
 *         PEL_ENOCONV  no point with a small enough gradient; x is the best point seen
 *         PEL_ENOMEM */
PEL_API pel_status pel_minimum_find(pel_minimum_function f, void *context, size_t n,
                                    double x[],
                                    const struct pel_minimum_settings *settings,
                                    struct pel_minimum_report *report,
                                    struct pel_error *err);

#endif /* PEL_MINIMUM_H */

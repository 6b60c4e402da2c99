#include <pelrate/root.h>

#include "gsl_priv.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>

struct pel_root_settings pel_root_settings_defaults(void)
{
    return (struct pel_root_settings){
        .xrtol = 1e-13, .xatol = 0.0, .max_iterations = 200};
}

/* GSL's callback cannot fail: the failure is kept here. */
struct guarded {
    pel_root_function f;
    void *context;
    int failed;
};

static double call_guarded(double x, void *context)
{
    struct guarded *g = context;
    double f = NAN;
    if (!g->failed && g->f(x, g->context, &f) != 0) g->failed = 1;
    if (isnan(f)) g->failed = 1;
    return f;
}

static pel_status accept(double root, double width, size_t iterations, double residual,
                         double *out, struct pel_root_report *report)
{
    *out = root;
    if (report != NULL)
        *report = (struct pel_root_report){
            .iterations = iterations, .width = width, .residual = residual};
    return PEL_OK;
}

pel_status pel_root_find(pel_root_function f, void *context, double a, double b,
                         const struct pel_root_settings *settings, double *root,
                         struct pel_root_report *report, struct pel_error *err)
{
    const struct pel_root_settings set =
        settings != NULL ? *settings : pel_root_settings_defaults();
    if (!(isfinite(a) && isfinite(b) && a < b))
        return pel_error_set(err, PEL_EARG, "root: bracket [%g, %g] is not an interval",
                             a, b);
    pel_gsl_quiet();
    struct guarded g = {.f = f, .context = context};
    /* The ends first: a root that lies on one is found, and equal signs are told apart
     * from a function that fails. */
    const double fa = call_guarded(a, &g), fb = call_guarded(b, &g);
    if (g.failed)
        return pel_error_set(err, PEL_ENOCONV,
                             "root: the function cannot be evaluated at %g or %g", a, b);
    if (fa == 0.0) return accept(a, 0.0, 0, 0.0, root, report);
    if (fb == 0.0) return accept(b, 0.0, 0, 0.0, root, report);
    if ((fa > 0.0) == (fb > 0.0))
        return pel_error_set(err, PEL_ENOROOT,
                             "root: no change of sign between %g (%g) and %g (%g)", a, fa,
                             b, fb);
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (solver == NULL) return pel_error_set(err, PEL_ENOMEM, "root: out of memory");
    gsl_function gf = {.function = call_guarded, .params = &g};
    pel_status status = PEL_ENOCONV;
    int code = gsl_root_fsolver_set(solver, &gf, a, b);
    for (size_t i = 1; code == GSL_SUCCESS && !g.failed && i <= set.max_iterations; i++) {
        code = gsl_root_fsolver_iterate(solver);
        if (code != GSL_SUCCESS || g.failed) break;
        const double x = gsl_root_fsolver_root(solver);
        const double width =
            gsl_root_fsolver_x_upper(solver) - gsl_root_fsolver_x_lower(solver);
        const double fx = call_guarded(x, &g);
        if (g.failed) break;
        if (fx == 0.0 || width <= set.xrtol * fabs(x) + set.xatol) {
            status = accept(x, fx == 0.0 ? 0.0 : width, i, fx, root, report);
            break;
        }
    }
    gsl_root_fsolver_free(solver);
    if (status == PEL_OK) return PEL_OK;
    if (g.failed)
        return pel_error_set(err, PEL_ENOCONV,
                             "root: the function cannot be evaluated within [%g, %g]", a,
                             b);
    return pel_error_set(err, PEL_ENOCONV, "root: not found within %zu iterations (%s)",
                         set.max_iterations, gsl_strerror(code));
}

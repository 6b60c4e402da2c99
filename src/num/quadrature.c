#include <pelrate/quadrature.h>

#include "gsl_priv.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <math.h>

struct pel_quadrature_settings pel_quadrature_settings_defaults(void)
{
    return (struct pel_quadrature_settings){
        .rtol = 1e-10, .atol = 0.0, .intervals = 1000};
}

/* GSL's callback cannot fail: the failure is kept here. */
struct guarded {
    pel_quadrature_function f;
    void *context;
    size_t evaluations;
    int failed;
    double failed_at;
};

static double call_guarded(double x, void *context)
{
    struct guarded *g = context;
    double f = NAN;
    if (g->failed) return 0.0;
    g->evaluations++;
    if (g->f(x, g->context, &f) != 0 || !isfinite(f)) {
        g->failed = 1;
        g->failed_at = x;
        return 0.0;
    }
    return f;
}

pel_status
pel_quadrature_integrate(pel_quadrature_function f, void *context, double a, double b,
                         const struct pel_quadrature_settings *settings, double *integral,
                         struct pel_quadrature_report *report, struct pel_error *err)
{
    const struct pel_quadrature_settings set =
        settings != NULL ? *settings : pel_quadrature_settings_defaults();
    if (!(isfinite(a) && isfinite(b)))
        return pel_error_set(err, PEL_EARG, "quadrature: limits %g, %g are not finite", a,
                             b);
    if (set.intervals == 0)
        return pel_error_set(err, PEL_EARG, "quadrature: needs at least one interval");
    pel_gsl_quiet();
    gsl_integration_workspace *workspace = gsl_integration_workspace_alloc(set.intervals);
    if (workspace == NULL)
        return pel_error_set(err, PEL_ENOMEM, "quadrature: out of memory");
    struct guarded g = {.f = f, .context = context};
    gsl_function gf = {.function = call_guarded, .params = &g};
    double value = 0.0, error = 0.0;
    const int code = gsl_integration_qags(&gf, a, b, set.atol, set.rtol, set.intervals,
                                          workspace, &value, &error);
    gsl_integration_workspace_free(workspace);
    if (g.failed)
        return pel_error_set(err, PEL_ENOCONV,
                             "quadrature: the function cannot be evaluated at %.17g",
                             g.failed_at);
    /* Round-off stops QAGS when it cannot prove its tolerance any more; the estimate is
     * still an estimate, so it decides. */
    if (code == GSL_EROUND && error <= 10.0 * (set.rtol * fabs(value) + set.atol)) {
    } else if (code != GSL_SUCCESS) {
        return pel_error_set(err, PEL_ENOCONV,
                             "quadrature over [%g, %g]: %s (value %g, error %g)", a, b,
                             gsl_strerror(code), value, error);
    }
    *integral = value;
    if (report != NULL)
        *report =
            (struct pel_quadrature_report){.error = error, .evaluations = g.evaluations};
    return PEL_OK;
}

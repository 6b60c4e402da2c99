#include <pelrate/line.h>

#include "gsl_priv.h"

#include <gsl/gsl_fit.h>
#include <math.h>

pel_status pel_line_fit(size_t n, const double x[], const double y[],
                        struct pel_line *out, struct pel_error *err)
{
    *out = (struct pel_line){NAN, NAN, NAN, NAN, NAN};
    if (n < 2)
        return pel_error_set(
            err, PEL_EARG, "a straight line through %zu points, expected two or more", n);
    int differ = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(isfinite(x[i]) && isfinite(y[i])))
            return pel_error_set(err, PEL_EARG, "point %zu of a line is not finite",
                                 i + 1);
        differ |= x[i] != x[0];
    }
    if (!differ)
        return pel_error_set(err, PEL_EARG, "a straight line through points at one x");
    double c00, c01, c11, squares;
    pel_gsl_quiet();
    gsl_fit_linear(x, 1, y, 1, n, &out->intercept, &out->slope, &c00, &c01, &c11,
                   &squares);
    if (n == 2) return PEL_OK;
    out->intercept_se = sqrt(c00);
    out->slope_se = sqrt(c11);
    out->rms = sqrt(squares / (double)(n - 2));
    return PEL_OK;
}

#ifndef PEL_LINE_H
#define PEL_LINE_H

#include <pelrate/status.h>
#include <stddef.h>

/* A straight line through points by least squares, all of the same weight. */
struct pel_line {
    double intercept, slope;       /* y = intercept + slope x */
    double intercept_se, slope_se; /* their standard errors; NaN for two points */
    double rms; /* of the residuals, divisor n - 2; NaN for two points */
};

/* Fit x[n], y[n].
 * Errors: PEL_EARG fewer than two points, a value not finite, all x the same. */
PEL_API pel_status pel_line_fit(size_t n, const double x[], const double y[],
                                struct pel_line *out, struct pel_error *err);

#endif /* PEL_LINE_H */

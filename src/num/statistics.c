#include "gsl_priv.h"

#include <pelrate/constants.h>
#include <pelrate/statistics.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

double pel_statistics_mean(size_t n, const double x[], const double w[])
{
    if (n == 0) return NAN;
    return w == NULL ? gsl_stats_mean(x, 1, n) : gsl_stats_wmean(w, 1, x, 1, n);
}

double pel_statistics_sd(size_t n, const double x[], const double w[])
{
    if (n < 2) return NAN;
    return w == NULL ? gsl_stats_sd(x, 1, n) : gsl_stats_wsd(w, 1, x, 1, n);
}

void pel_statistics_sort(size_t n, double x[])
{
    if (n > 1) gsl_sort(x, 1, n);
}

double pel_statistics_quantile(size_t n, const double sorted[], double f)
{
    if (n == 0 || !(f >= 0.0 && f <= 1.0)) return NAN;
    pel_gsl_quiet();
    return gsl_stats_quantile_from_sorted_data(sorted, 1, n, f);
}

void pel_statistics_band(size_t n, double values[], double share, double *lo, double *hi)
{
    pel_statistics_sort(n, values);
    *lo = pel_statistics_quantile(n, values, 0.5 * (1.0 - share));
    *hi = pel_statistics_quantile(n, values, 0.5 * (1.0 + share));
}

double pel_statistics_bootstrap_share(double share, size_t n)
{
    if (n < PEL_BOOTSTRAP_LEAST) return share;
    const double free_degrees = (double)(n - 1);
    const double half =
        sqrt((double)n / free_degrees) * pel_statistics_student_t(free_degrees, share);
    return erf(half / sqrt(2.0));
}

double pel_statistics_pearson(size_t n, const double x[], const double y[])
{
    if (n < 2) return NAN;
    /* A constant has no correlation; GSL would give 0/0 or, by rounding, anything. */
    double lo_x, hi_x, lo_y, hi_y;
    gsl_stats_minmax(&lo_x, &hi_x, x, 1, n);
    gsl_stats_minmax(&lo_y, &hi_y, y, 1, n);
    if (!(lo_x < hi_x && lo_y < hi_y)) return NAN;
    return gsl_stats_correlation(x, 1, y, 1, n);
}

pel_status pel_statistics_spearman(size_t n, const double x[], const double y[],
                                   double *rho, struct pel_error *err)
{
    *rho = NAN;
    if (n < 2) return PEL_OK;
    double lo_x, hi_x, lo_y, hi_y;
    gsl_stats_minmax(&lo_x, &hi_x, x, 1, n);
    gsl_stats_minmax(&lo_y, &hi_y, y, 1, n);
    if (!(lo_x < hi_x && lo_y < hi_y)) return PEL_OK;
    double *work = malloc(2 * n * sizeof *work);
    if (work == NULL) return pel_error_set(err, PEL_ENOMEM, "ranks of %zu values", n);
    *rho = gsl_stats_spearman(x, 1, y, 1, n, work);
    free(work);
    return PEL_OK;
}

double pel_statistics_correlation_p(size_t n, double r)
{
    if (n < 3 || !(fabs(r) <= 1.0)) return NAN;
    const double free_degrees = (double)(n - 2);
    const double t = fabs(r) * sqrt(free_degrees / ((1.0 - r) * (1.0 + r)));
    if (isinf(t)) return 0.0;
    pel_gsl_quiet();
    return 2.0 * gsl_cdf_tdist_Q(t, free_degrees);
}

double pel_statistics_student_t(double free_degrees, double confidence)
{
    if (!(free_degrees > 0.0 && confidence > 0.0 && confidence < 1.0)) return NAN;
    pel_gsl_quiet();
    return gsl_cdf_tdist_Qinv(0.5 * (1.0 - confidence), free_degrees);
}

double pel_statistics_kolmogorov_p(double n, double d)
{
    if (!(n > 0.0 && d >= 0.0)) return NAN;
    const double root = sqrt(n), z = (root + 0.12 + 0.11 / root) * d;
    /* Two forms of the same theta function; each converges fast where it is used. At 1.18
     * both need four terms for double precision. */
    if (z < 1.18) {
        if (!(z > 0.04)) return 1.0; /* 1 - 1e-300 */
        const double y = exp(-PEL_PI * PEL_PI / (8.0 * z * z));
        return 1.0 -
               sqrt(2.0 * PEL_PI) / z * (y + pow(y, 9.0) + pow(y, 25.0) + pow(y, 49.0));
    }
    const double y = exp(-2.0 * z * z);
    return 2.0 * (y - pow(y, 4.0) + pow(y, 9.0) - pow(y, 16.0));
}

double pel_statistics_n_eff(size_t n, const double ln_w[])
{
    if (n == 0) return 0.0;
    const double highest = gsl_stats_max(ln_w, 1, n);
    if (!(highest > -INFINITY)) return 0.0;
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double w = exp(ln_w[i] - highest);
        sum += w;
        squares += w * w;
    }
    return sum * sum / squares;
}

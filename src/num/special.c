#include <pelrate/special.h>

#include <pelrate/constants.h>

#include "gsl_priv.h"

#include <gsl/gsl_sf_debye.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>

double pel_special_ln_gamma(double x)
{
    pel_gsl_quiet();
    return gsl_sf_lngamma(x);
}

double pel_special_digamma(double x)
{
    pel_gsl_quiet();
    return gsl_sf_psi(x);
}

double pel_special_gamma_p(double a, double x)
{
    pel_gsl_quiet();
    return gsl_sf_gamma_inc_P(a, x);
}

double pel_special_debye_3(double x)
{
    pel_gsl_quiet();
    return gsl_sf_debye_3(x);
}

double pel_special_normal_cdf(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}

void pel_special_normal_tail(double x, struct pel_normal_tail *out)
{
    /* From here on the continued fraction of Mills' ratio, 1/h = 1/(x + 1/(x + 2/(x +
     * ...))) (Laplace; Abramowitz & Stegun 26.2.14), gives every member without
     * cancellation; with so many terms it is exact to rounding for x >= TAIL_FROM. */
    enum { TAIL_TERMS = 80 };
    const double tail_from = 4.0;
    const double ln_sqrt_2pi = 0.5 * log(2.0 * PEL_PI);
    if (x >= tail_from) {
        double inner = x; /* x + 3/(x + 4/(...)) */
        for (int k = TAIL_TERMS; k >= 3; k--)
            inner = x + k / inner;
        const double second = 2.0 / inner; /* epsilon: h - x = 1/(x + epsilon) */
        out->excess = 1.0 / (x + second);
        out->hazard = x + out->excess;
        out->spread = (second - out->excess) / (x + second);
        out->ln_q = -0.5 * x * x - ln_sqrt_2pi - log(out->hazard);
        return;
    }
    const double below = 0.5 * erfc(-x / sqrt(2.0)), q = 0.5 * erfc(x / sqrt(2.0));
    out->ln_q = x < 0.0 ? log1p(-below) : log(q);
    out->hazard = exp(-0.5 * x * x - ln_sqrt_2pi) / q;
    out->excess = out->hazard - x;
    out->spread = 1.0 - out->hazard * out->excess;
}

double pel_special_ln_sum_exp(size_t n, const double a[])
{
    double largest = -INFINITY;
    for (size_t i = 0; i < n; i++)
        if (a[i] > largest) largest = a[i];
    if (!(largest > -INFINITY)) return largest;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += exp(a[i] - largest);
    return largest + log(sum);
}

double pel_special_ln_1m_exp(double x)
{
    return x > 0.6931471805599453 ? log1p(-exp(-x)) : log(-expm1(-x));
}

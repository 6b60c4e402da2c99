#include "score_priv.h"

#include <pelrate/constants.h>
#include <pelrate/special.h>

#include <math.h>
#include <string.h>

/* In all sums: x the energy, w its weight, and the score written term by term beside the
 * density it belongs to. */

static double weight_of(const double weight[], size_t i)
{
    return weight != NULL ? weight[i] : 1.0;
}

/* ---- gamma from an offset o, shape k, scale q --------------------------------------
 *   ln P = (k-1) ln(x/q) - x/q - ln q - ln Gamma(k),  x = E - o */

static double gamma_sum(double o, double k, double q, size_t n, const double e[],
                        const double weight[], double *g_o, double *g_k, double *g_q)
{
    const double ln_norm = -log(q) - pel_special_ln_gamma(k);
    const double psi = pel_special_digamma(k);
    double sum = 0.0, by_o = 0.0, by_k = 0.0, by_q = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double x = e[i] - o, w = weight_of(weight, i);
        if (!(x > 0.0)) return -INFINITY;
        const double ln_x = log(x / q);
        sum += w * ((k - 1.0) * ln_x - x / q + ln_norm);
        by_o += w * (1.0 / q - (k - 1.0) / x);
        by_k += w * (ln_x - psi);
        by_q += w * (x / q - k) / q;
    }
    if (g_o != NULL) *g_o = by_o;
    if (g_k != NULL) *g_k = by_k;
    *g_q = by_q;
    return sum;
}

static double sum_gamma(const double p[], size_t n, const double e[],
                        const double weight[], double g[])
{
    return gamma_sum(0.0, p[0], p[1], n, e, weight, NULL, &g[0], &g[1]);
}

static void start_gamma(const struct pel_score_moments *m, double p[])
{
    p[0] = m->mean * m->mean / (m->sd * m->sd);
    p[1] = m->sd * m->sd / m->mean;
}

static double sum_shifted_gamma(const double p[], size_t n, const double e[],
                                const double weight[], double g[])
{
    return gamma_sum(p[0], p[1], p[2], n, e, weight, &g[0], &g[1], &g[2]);
}

static void start_shifted_gamma(const struct pel_score_moments *m, double p[])
{
    p[0] = 0.5 * m->lowest;
    const double mean = m->mean - p[0], shape = mean * mean / (m->sd * m->sd);
    p[1] = shape > 1.2 ? shape : 1.2;
    p[2] = mean / p[1];
}

static double sum_exponential(const double p[], size_t n, const double e[],
                              const double weight[], double g[])
{
    return gamma_sum(0.0, 1.0, p[0], n, e, weight, NULL, NULL, &g[0]);
}

static void start_exponential(const struct pel_score_moments *m, double p[])
{
    p[0] = m->mean;
}

/* ---- weibull, shape k, scale q -----------------------------------------------------
 *   ln P = ln k - ln q + (k-1) ln(x/q) - (x/q)^k */

static double sum_weibull(const double p[], size_t n, const double e[],
                          const double weight[], double g[])
{
    const double k = p[0], q = p[1], ln_norm = log(k) - log(q);
    double sum = 0.0;
    g[0] = g[1] = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double w = weight_of(weight, i), l = log(e[i] / q);
        const double power = exp(k * l);
        sum += w * (ln_norm + (k - 1.0) * l - power);
        g[0] += w * (1.0 / k + l - power * l);
        g[1] += w * k * (power - 1.0) / q;
    }
    return sum;
}

static void start_weibull(const struct pel_score_moments *m, double p[])
{
    /* sd/mean ~ k^-0.93 within a few percent for 0.5 < k < 10. */
    p[0] = pow(m->mean / m->sd, 1.0 / 0.93);
    p[1] = m->mean / exp(pel_special_ln_gamma(1.0 + 1.0 / p[0]));
}

/* ---- lognormal, log_mean m, log_sd s -----------------------------------------------
 *   ln P = -ln x - ln s - ln(2 pi)/2 - ((ln x - m)/s)^2/2 */

static double sum_lognormal(const double p[], size_t n, const double e[],
                            const double weight[], double g[])
{
    const double s = p[1], ln_norm = -log(s) - 0.5 * log(2.0 * PEL_PI);
    double sum = 0.0;
    g[0] = g[1] = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double w = weight_of(weight, i), ln_x = log(e[i]), z = (ln_x - p[0]) / s;
        sum += w * (ln_norm - ln_x - 0.5 * z * z);
        g[0] += w * z / s;
        g[1] += w * (z * z - 1.0) / s;
    }
    return sum;
}

static void start_lognormal(const struct pel_score_moments *m, double p[])
{
    p[0] = m->ln_mean;
    p[1] = m->ln_sd;
}

/* ---- normal above zero, mean m and sd s before truncation --------------------------
 *   ln P = -z^2/2 - ln s - ln(2 pi)/2 - ln Q(-m/s),  z = (x - m)/s, Q the upper tail */

static double sum_truncated_normal(const double p[], size_t n, const double e[],
                                   const double weight[], double g[])
{
    const double m = p[0], s = p[1];
    struct pel_normal_tail tail;
    pel_special_normal_tail(-m / s, &tail);
    const double ln_norm = -log(s) - 0.5 * log(2.0 * PEL_PI) - tail.ln_q;
    double sum = 0.0;
    g[0] = g[1] = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double w = weight_of(weight, i), z = (e[i] - m) / s;
        sum += w * (ln_norm - 0.5 * z * z);
        g[0] += w * (z - tail.hazard) / s;
        g[1] += w * (z * z - 1.0 + tail.hazard * m / s) / s;
    }
    return sum;
}

static void start_truncated_normal(const struct pel_score_moments *m, double p[])
{
    p[0] = m->mean;
    p[1] = m->sd;
}

static const struct pel_score scores[] = {
    {"shifted_gamma", {0.0, 1.0, 0.0}, start_shifted_gamma, sum_shifted_gamma},
    {"gamma", {0.0, 0.0}, start_gamma, sum_gamma},
    {"weibull", {0.01, 0.0}, start_weibull, sum_weibull},
    {"lognormal", {-INFINITY, 0.0}, start_lognormal, sum_lognormal},
    {"truncated_normal", {-INFINITY, 0.0}, start_truncated_normal, sum_truncated_normal},
    {"exponential", {0.0}, start_exponential, sum_exponential},
};

const struct pel_score *pel_score_find(const struct pel_family *family)
{
    for (size_t i = 0; i < sizeof scores / sizeof scores[0]; i++)
        if (strcmp(scores[i].family, family->name) == 0) return &scores[i];
    return NULL;
}

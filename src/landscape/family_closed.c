#include "family_priv.h"

#include <pelrate/constants.h>
#include <pelrate/special.h>

#include <math.h>

/* Families with a closed Laplace transform. In all of them: b = beta, d[] the derivatives
 * by the parameters in the order of the family's list, bd[] those of d ln Z / d beta. */

/* ---- gamma, shape k, scale q, from offset o:  ln Z = -b o - k ln(1 + q b) ---------- */

static void gamma_ln_z(double o, double k, double q, double b, struct pel_ln_z *z,
                       double d[3], double bd[3])
{
    const double ln1 = log1p(q * b), tilted = q / (1.0 + q * b); /* scale of P exp(-bE) */
    z->value = -b * o - k * ln1;
    z->b = -o - k * tilted;
    z->bb = k * tilted * tilted;
    d[0] = -b;
    d[1] = -ln1;
    d[2] = -k * b / (1.0 + q * b);
    bd[0] = -1.0;
    bd[1] = -tilted;
    bd[2] = -k / ((1.0 + q * b) * (1.0 + q * b));
}

static double gamma_ln_density(double k, double q, double x)
{
    if (x < 0.0) return -INFINITY;
    /* x = 0: 0 * ln 0 must be 0 for k = 1. */
    const double power = k == 1.0 ? 0.0 : (k - 1.0) * log(x / q);
    return power - x / q - log(q) - pel_special_ln_gamma(k);
}

static double gamma_cumulative(double k, double q, double x)
{
    return x > 0.0 ? pel_special_gamma_p(k, x / q) : 0.0;
}

static void copy(size_t n, const double from[], double to[])
{
    if (to == NULL) return;
    for (size_t i = 0; i < n; i++)
        to[i] = from[i];
}

static void shifted_gamma_ln_z(const double p[], double beta, struct pel_ln_z *z,
                               double d[], double bd[])
{
    double all[3], all_b[3];
    gamma_ln_z(p[0], p[1], p[2], beta, z, all, all_b);
    copy(3, all, d);
    copy(3, all_b, bd);
}

static double shifted_gamma_mean(const double p[], double d[])
{
    copy(3, (const double[]){1.0, p[2], p[1]}, d);
    return p[0] + p[1] * p[2];
}

static double shifted_gamma_ln_density(const double p[], double e)
{
    return gamma_ln_density(p[1], p[2], e - p[0]);
}

static double shifted_gamma_cumulative(const double p[], double e)
{
    return gamma_cumulative(p[1], p[2], e - p[0]);
}

static double shifted_gamma_draw(const double p[], double beta, double ln_z,
                                 const struct pel_ziggurat *z, struct pel_random *random)
{
    (void)ln_z; /* P exp(-beta E) is the same family with a smaller scale */
    return p[0] + p[2] / (1.0 + p[2] * beta) * pel_ziggurat_gamma(z, random, p[1]);
}

const struct pel_family pel_family_shifted_gamma = {
    .name = "shifted_gamma",
    .doc = "P(E) ~ (E - offset)^(shape-1) exp(-(E - offset)/scale) above offset; "
           "ln Z = -beta offset - shape ln(1 + scale beta).",
    .n_parameters = 3,
    .parameter = {{"offset", "eV", 0.0, 1, "smallest energy"},
                  {"shape", "1", 0.0, 0, "exponent plus one"},
                  {"scale", "eV", 0.0, 0, "decay of the tail"}},
    .ln_z = shifted_gamma_ln_z,
    .mean = shifted_gamma_mean,
    .ln_density = shifted_gamma_ln_density,
    .cumulative = shifted_gamma_cumulative,
    .draw = shifted_gamma_draw,
};

static void plain_gamma_ln_z(const double p[], double beta, struct pel_ln_z *z,
                             double d[], double bd[])
{
    double all[3], all_b[3];
    gamma_ln_z(0.0, p[0], p[1], beta, z, all, all_b);
    copy(2, all + 1, d);
    copy(2, all_b + 1, bd);
}

static double plain_gamma_mean(const double p[], double d[])
{
    copy(2, (const double[]){p[1], p[0]}, d);
    return p[0] * p[1];
}

static double plain_gamma_ln_density(const double p[], double e)
{
    return gamma_ln_density(p[0], p[1], e);
}

static double plain_gamma_cumulative(const double p[], double e)
{
    return gamma_cumulative(p[0], p[1], e);
}

static double plain_gamma_draw(const double p[], double beta, double ln_z,
                               const struct pel_ziggurat *z, struct pel_random *random)
{
    (void)ln_z;
    return p[1] / (1.0 + p[1] * beta) * pel_ziggurat_gamma(z, random, p[0]);
}

const struct pel_family pel_family_gamma = {
    .name = "gamma",
    .doc = "P(E) ~ E^(shape-1) exp(-E/scale); ln Z = -shape ln(1 + scale beta).",
    .n_parameters = 2,
    .parameter = {{"shape", "1", 0.0, 0, "exponent plus one"},
                  {"scale", "eV", 0.0, 0, "decay of the tail"}},
    .ln_z = plain_gamma_ln_z,
    .mean = plain_gamma_mean,
    .ln_density = plain_gamma_ln_density,
    .cumulative = plain_gamma_cumulative,
    .draw = plain_gamma_draw,
};

/* ---- exponential: the gamma of shape 1 --------------------------------------------- */

static void exponential_ln_z(const double p[], double beta, struct pel_ln_z *z,
                             double d[], double bd[])
{
    double all[3], all_b[3];
    gamma_ln_z(0.0, 1.0, p[0], beta, z, all, all_b);
    copy(1, all + 2, d);
    copy(1, all_b + 2, bd);
}

static double exponential_mean(const double p[], double d[])
{
    copy(1, (const double[]){1.0}, d);
    return p[0];
}

static double exponential_ln_density(const double p[], double e)
{
    return e >= 0.0 ? -e / p[0] - log(p[0]) : -INFINITY;
}

static double exponential_cumulative(const double p[], double e)
{
    return e > 0.0 ? -expm1(-e / p[0]) : 0.0;
}

static double exponential_draw(const double p[], double beta, double ln_z,
                               const struct pel_ziggurat *z, struct pel_random *random)
{
    (void)ln_z;
    return p[0] / (1.0 + p[0] * beta) * pel_ziggurat_exponential(z, random);
}

const struct pel_family pel_family_exponential = {
    .name = "exponential",
    .doc = "P(E) = exp(-E/scale)/scale; ln Z = -ln(1 + scale beta).",
    .n_parameters = 1,
    .parameter = {{"scale", "eV", 0.0, 0, "mean"}},
    .ln_z = exponential_ln_z,
    .mean = exponential_mean,
    .ln_density = exponential_ln_density,
    .cumulative = exponential_cumulative,
    .draw = exponential_draw,
};

/* ---- delta ------------------------------------------------------------------------- */

static void delta_ln_z(const double p[], double beta, struct pel_ln_z *z, double d[],
                       double bd[])
{
    z->value = -beta * p[0];
    z->b = -p[0];
    z->bb = 0.0;
    copy(1, (const double[]){-beta}, d);
    copy(1, (const double[]){-1.0}, bd);
}

static double delta_mean(const double p[], double d[])
{
    copy(1, (const double[]){1.0}, d);
    return p[0];
}

static double delta_ln_density(const double p[], double e)
{
    (void)p, (void)e;
    return -INFINITY;
}

static double delta_cumulative(const double p[], double e)
{
    return e > p[0] ? 1.0 : 0.0;
}

static double delta_draw(const double p[], double beta, double ln_z,
                         const struct pel_ziggurat *z, struct pel_random *random)
{
    (void)beta, (void)ln_z, (void)z, (void)random;
    return p[0];
}

const struct pel_family pel_family_delta = {
    .name = "delta",
    .doc = "One single energy; ln Z = -beta value.",
    .n_parameters = 1,
    .parameter = {{"value", "eV", 0.0, 1, "the energy"}},
    .ln_z = delta_ln_z,
    .mean = delta_mean,
    .ln_density = delta_ln_density,
    .cumulative = delta_cumulative,
    .draw = delta_draw,
};

/* ---- normal of mean m and deviation s, cut off at 0 --------------------------------
 *
 * With Q the upper tail of the standard normal, x0 = -m/s and x1 = x0 + b s,
 *     Z = exp(b^2 s^2/2 - b m) Q(x1)/Q(x0).
 * The exponent and ln Q(x1) cancel each other to many digits at low temperature (both
 * ~1e7 at 1 K), so ln Q(x) + x^2/2 = -ln h(x) - ln sqrt(2 pi) is used where x > 0. */

static void truncated_normal_ln_z(const double p[], double beta, struct pel_ln_z *z,
                                  double d[], double bd[])
{
    const double m = p[0], s = p[1], x0 = -m / s, bs = beta * s, x1 = x0 + bs;
    struct pel_normal_tail t0, t1;
    pel_special_normal_tail(x0, &t0);
    pel_special_normal_tail(x1, &t1);
    if (x0 > 0.0)
        z->value = log(t0.hazard / t1.hazard);
    else if (x1 > 0.0)
        z->value = -0.5 * x0 * x0 - t0.ln_q - 0.5 * log(2.0 * PEL_PI) - log(t1.hazard);
    else
        z->value = bs * (0.5 * bs + x0) + t1.ln_q - t0.ln_q;
    z->b = -s * t1.excess;
    z->bb = s * s * t1.spread;
    /* d/dx (ln Q + x^2/2) = -excess;  d excess/dx = -spread */
    copy(2,
         (const double[]){(t1.excess - t0.excess) / s,
                          -t1.excess * (beta + m / (s * s)) + t0.excess * m / (s * s)},
         d);
    copy(2,
         (const double[]){-t1.spread, -t1.excess + s * t1.spread * (beta + m / (s * s))},
         bd);
}

static double truncated_normal_mean(const double p[], double d[])
{
    struct pel_normal_tail t0;
    pel_special_normal_tail(-p[0] / p[1], &t0);
    copy(2, (const double[]){t0.spread, t0.excess - t0.spread * p[0] / p[1]}, d);
    return p[1] * t0.excess;
}

static double truncated_normal_ln_density(const double p[], double e)
{
    if (e < 0.0) return -INFINITY;
    struct pel_normal_tail t0;
    pel_special_normal_tail(-p[0] / p[1], &t0);
    const double x = (e - p[0]) / p[1];
    return -0.5 * x * x - log(p[1] * sqrt(2.0 * PEL_PI)) - t0.ln_q;
}

static double truncated_normal_cumulative(const double p[], double e)
{
    if (!(e > 0.0)) return 0.0;
    struct pel_normal_tail t0, t;
    pel_special_normal_tail(-p[0] / p[1], &t0);
    pel_special_normal_tail((e - p[0]) / p[1], &t);
    return -expm1(t.ln_q - t0.ln_q);
}

/* P exp(-beta E) is the normal moved down by beta sd^2 and cut off at 0. Far in its tail
 * an exponential of the best slope is the hat (C. P. Robert, Stat. Comput. 5, 121
 * (1995)). */
static double truncated_normal_draw(const double p[], double beta, double ln_z,
                                    const struct pel_ziggurat *z,
                                    struct pel_random *random)
{
    (void)ln_z;
    const double s = p[1], lowest = beta * s - p[0] / s; /* of the standard normal */
    double x;
    if (lowest < 0.5) {
        do
            x = pel_ziggurat_normal(z, random);
        while (!(x >= lowest));
    } else {
        const double slope = 0.5 * (lowest + sqrt(lowest * lowest + 4.0));
        double miss;
        do {
            x = lowest + pel_ziggurat_exponential(z, random) / slope;
            miss = 0.5 * (x - slope) * (x - slope);
        } while (!(pel_ziggurat_exponential(z, random) >= miss));
    }
    return s * (x - lowest);
}

const struct pel_family pel_family_truncated_normal = {
    .name = "truncated_normal",
    .doc = "P(E) ~ exp(-(E - mean)^2/(2 sd^2)) for E >= 0; mean and sd are those of the "
           "whole "
           "normal. Z = exp(beta^2 sd^2/2 - beta mean) Q(beta sd - mean/sd)/Q(-mean/sd).",
    .n_parameters = 2,
    .parameter = {{"mean", "eV", -INFINITY, 0, "centre before truncation"},
                  {"sd", "eV", 0.0, 0, "standard deviation before truncation"}},
    .ln_z = truncated_normal_ln_z,
    .mean = truncated_normal_mean,
    .ln_density = truncated_normal_ln_density,
    .cumulative = truncated_normal_cumulative,
    .draw = truncated_normal_draw,
};

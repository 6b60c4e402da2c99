#include "family_priv.h"

#include <pelrate/constants.h>
#include <pelrate/special.h>

#include <math.h>

/* Families without a closed Laplace transform. Both are E = x(u; p) of a variable u whose
 * density exp(a(u)) does not depend on the parameters:
 *
 *   weibull    x = scale exp(u/shape)         a = u - e^u   (e^u is a unit exponential)
 *   lognormal  x = exp(log_mean + log_sd u)   a = -u^2/2 - ln sqrt(2 pi)
 *
 * so Z = int exp(a(u) - beta x(u)) du over the whole line. The exponent is concave, its
 * second derivative at the maximum of order one at every temperature, and the integrand
 * is analytic with (at least) exponential tails: there the trapezoid rule converges
 * faster than any power of its step, and so do all weighted means, taken with the same
 * nodes. */

struct tilt {
    const double *p;
    double beta;
    /* exponent at u, and x(u) */
    double (*exponent)(const double p[], double beta, double u, double *x);
    /* u d(ln x)/dp_1, d(ln x)/dp_0: both families have x_p = x times these at most linear
     * in u */
    double slope;   /* d ln x / d p[0] = slope */
    double slope_u; /* d ln x / d p[1] = slope_u u */
};

/* Sums over nodes of weight w = exp(exponent - largest): mean x about
 * a centre, x u, ... */
struct sums {
    double w, wx, wxx; /* of w, w dx, w dx^2 */
    double wxu, wxxu;  /* of w x u, w dx x u */
};

static void add(const struct tilt *tilt, double u, double largest, double centre,
                struct sums *s, double *weight)
{
    double x;
    const double w = exp(tilt->exponent(tilt->p, tilt->beta, u, &x) - largest);
    *weight = 0.0;
    if (!(w > 0.0)) return; /* x may overflow there: 0 times infinity */
    const double dx = x - centre;
    s->w += w;
    s->wx += w * dx;
    s->wxx += w * dx * dx;
    s->wxu += w * x * u;
    s->wxxu += w * dx * x * u;
    *weight = w;
}

/* Node spacing starts at FIRST_STEP widths of the integrand; nodes go on until their
 * weight is below TAIL of the largest; spacings are halved until ln Z moves less than
 * AGREE. Halving squares the error of this rule, so the last value is good to AGREE
 * squared, beyond a double. */
#define TILT_FIRST_STEP 0.5
#define TILT_TAIL       1e-19
#define TILT_AGREE      1e-9
#define TILT_HALVINGS   6
/* So many nodes on one side mean parameters far from any spectrum, as a wild extrapolation
 * has them: the averages are NaN then. */
#define TILT_MOST 20000

/* Everything from the maximum of the exponent at u0, of width `width` there. d and bd:
 * [0] by the parameter with the constant slope, [1] by the other. */
static void evaluate(const struct tilt *tilt, double u0, double width, struct pel_ln_z *z,
                     double d[], double bd[])
{
    double centre;
    const double largest = tilt->exponent(tilt->p, tilt->beta, u0, &centre);
    struct sums s = {0};
    double step = TILT_FIRST_STEP * width, weight, ln_z = 0.0;
    add(tilt, u0, largest, centre, &s, &weight);
    for (int level = 0; level <= TILT_HALVINGS; level++) {
        /* Level 0: u0 +- k h. Later levels: the nodes half-way between those so far. */
        const double first = level == 0 ? step : 0.5 * step;
        for (int side = -1; side <= 1; side += 2) {
            double u = u0 + side * first;
            size_t nodes = 0;
            do {
                add(tilt, u, largest, centre, &s, &weight);
                u += side * step;
            } while (weight > TILT_TAIL && ++nodes < TILT_MOST);
            if (nodes == TILT_MOST) s.w = NAN;
        }
        if (isnan(s.w)) break;
        if (level > 0) step *= 0.5;
        const double before = ln_z;
        ln_z = largest + log(s.w * step);
        if (level > 0 && fabs(ln_z - before) <= TILT_AGREE * (1.0 + fabs(ln_z))) break;
    }
    const double beta = tilt->beta;
    const double dx = s.wx / s.w, mean = centre + dx, var = s.wxx / s.w - dx * dx;
    const double xu = s.wxu / s.w, cov = s.wxxu / s.w - dx * xu; /* <x u>, Cov(x, x u) */
    z->value = ln_z;
    z->b = -mean;
    z->bb = var;
    const double c0 = tilt->slope, c1 = tilt->slope_u;
    /* ln Z_p = -beta <x_p>;  -d<x>/dp = -<x_p> + beta Cov(x, x_p) */
    if (d != NULL) {
        d[0] = -beta * c0 * mean;
        d[1] = -beta * c1 * xu;
    }
    if (bd != NULL) {
        bd[0] = c0 * (beta * var - mean);
        bd[1] = c1 * (beta * cov - xu);
    }
}

/* A deviate of the log-concave density c exp(exponent(u) - exponent(mode)), c its value
 * at the mode: under a hat that is flat for |u - mode| < 1/c and falls off exponentially
 * outside, of area 4 (L. Devroye, Non-uniform random variate generation (1986), VII.2). */
static double draw_log_concave(const double p[], double beta, double mode, double ln_z,
                               double (*exponent)(const double p[], double beta, double u,
                                                  double *x),
                               const struct pel_ziggurat *z, struct pel_random *random)
{
    double x;
    const double top = exponent(p, beta, mode, &x), c = exp(top - ln_z);
    for (;;) {
        double y = 4.0 * pel_random_uniform(random) - 2.0, hat = 0.0;
        if (fabs(y) > 1.0) {
            const double beyond = pel_ziggurat_exponential(z, random);
            y = copysign(1.0 + beyond, y);
            hat = -beyond;
        }
        const double u = mode + y / c, ln_ratio = exponent(p, beta, u, &x) - top - hat;
        if (-pel_ziggurat_exponential(z, random) <= ln_ratio) return x;
    }
}

/* Least shape: the integrand is a wall of width `shape` before a tail of length one, which
 * takes 1/shape nodes. At 0.01 the mean is 1e158 times the scale already. */
#define WEIBULL_LEAST 0.01

/* ---- weibull ----------------------------------------------------------------------- */

static double weibull_exponent(const double p[], double beta, double u, double *x)
{
    *x = p[1] * exp(u / p[0]);
    return u - exp(u) - beta * *x;
}

static double weibull_mode(const double p[], double beta)
{
    const double k = p[0], c = beta * p[1] / k;
    /* Maximum: e^u + c e^{u/k} = 1. The left side is convex and rising, the start is to
     * the right of the root: Newton comes down without overshooting. */
    double u = c > 1.0 ? -k * log(c) : 0.0;
    if (u > 0.0) u = 0.0;
    for (int i = 0; i < 60; i++) {
        const double e1 = exp(u), e2 = c * exp(u / k);
        const double down = (e1 + e2 - 1.0) / (e1 + e2 / k);
        u -= down;
        if (!(down > 1e-9)) break;
    }
    return u;
}

static void weibull_ln_z(const double p[], double beta, struct pel_ln_z *z, double d[],
                         double bd[])
{
    const double k = p[0], scale = p[1], u = weibull_mode(p, beta);
    const double curvature = exp(u) + beta * scale / (k * k) * exp(u / k);
    const struct tilt tilt = {.p = p,
                              .beta = beta,
                              .exponent = weibull_exponent,
                              .slope = 1.0 / scale,
                              .slope_u = -1.0 / (k * k)};
    double by[2],
        by_b[2]; /* evaluate: [0] the factor without u (scale), [1] with u (shape) */
    evaluate(&tilt, u, 1.0 / sqrt(curvature), z, by, by_b);
    if (d != NULL) d[0] = by[1], d[1] = by[0];
    if (bd != NULL) bd[0] = by_b[1], bd[1] = by_b[0];
}

static double weibull_mean(const double p[], double d[])
{
    const double g = exp(pel_special_ln_gamma(1.0 + 1.0 / p[0]));
    if (d != NULL) {
        d[0] = -p[1] * g * pel_special_digamma(1.0 + 1.0 / p[0]) / (p[0] * p[0]);
        d[1] = g;
    }
    return p[1] * g;
}

static double weibull_ln_density(const double p[], double e)
{
    if (e < 0.0) return -INFINITY;
    const double ln = log(e / p[1]), power = p[0] == 1.0 ? 0.0 : (p[0] - 1.0) * ln;
    return log(p[0] / p[1]) + power - exp(p[0] * ln);
}

static double weibull_cumulative(const double p[], double e)
{
    return e > 0.0 ? -expm1(-pow(e / p[1], p[0])) : 0.0;
}

static double weibull_draw(const double p[], double beta, double ln_z,
                           const struct pel_ziggurat *z, struct pel_random *random)
{
    return draw_log_concave(p, beta, weibull_mode(p, beta), ln_z, weibull_exponent, z,
                            random);
}

const struct pel_family pel_family_weibull = {
    .name = "weibull",
    .doc = "P(E) ~ E^(shape-1) exp(-(E/scale)^shape); no closed ln Z: trapezoid rule "
           "about the "
           "saddle point.",
    .n_parameters = 2,
    .parameter = {{"shape", "1", WEIBULL_LEAST, 0, "exponent"},
                  {"scale", "eV", 0.0, 0, "energy with 63 % below"}},
    .ln_z = weibull_ln_z,
    .mean = weibull_mean,
    .ln_density = weibull_ln_density,
    .cumulative = weibull_cumulative,
    .draw = weibull_draw,
    .draw_needs_ln_z = 1,
};

/* ---- lognormal --------------------------------------------------------------------- */

/* exp of less is 0. */
#define LEAST_LN (-746.0)

static double lognormal_exponent(const double p[], double beta, double u, double *x)
{
    const double ln_x = p[0] + p[1] * u;
    *x = ln_x > LEAST_LN ? exp(ln_x) : 0.0; /* a slow way to say so */
    return -0.5 * u * u - 0.5 * log(2.0 * PEL_PI) - beta * *x;
}

static double lognormal_mode(const double p[], double beta)
{
    /* Maximum: u + c e^{su} = 0 with c = beta s e^log_mean, that is u = -w/s with Lambert's
     * w e^w = c s. In logarithms, w + ln w = ln(c s): concave and rising, so Newton comes up
     * from any start below the root, in a few steps however large c is. */
    const double s = p[1], ln_cs = log(beta) + p[0] + 2.0 * log(s);
    if (ln_cs < -40.0) return -exp(ln_cs) / s; /* w = c s to a double */
    double w = ln_cs > 1.0 ? ln_cs - log(ln_cs) : exp(ln_cs) / (1.0 + exp(ln_cs));
    for (int i = 0; i < 60; i++) {
        const double before = w;
        w *= (1.0 + ln_cs - log(w)) / (1.0 + w);
        if (!(fabs(w - before) > 1e-12 * w)) break;
    }
    return -w / s;
}

static void lognormal_ln_z(const double p[], double beta, struct pel_ln_z *z, double d[],
                           double bd[])
{
    const double s = p[1], u = lognormal_mode(p, beta);
    const double curvature = 1.0 + beta * s * s * exp(p[0] + s * u);
    const struct tilt tilt = {.p = p,
                              .beta = beta,
                              .exponent = lognormal_exponent,
                              .slope = 1.0,
                              .slope_u = 1.0};
    evaluate(&tilt, u, 1.0 / sqrt(curvature), z, d, bd);
}

static double lognormal_mean(const double p[], double d[])
{
    const double mean = exp(p[0] + 0.5 * p[1] * p[1]);
    if (d != NULL) {
        d[0] = mean;
        d[1] = p[1] * mean;
    }
    return mean;
}

static double lognormal_ln_density(const double p[], double e)
{
    if (!(e > 0.0)) return -INFINITY;
    const double x = (log(e) - p[0]) / p[1];
    return -0.5 * x * x - log(e * p[1] * sqrt(2.0 * PEL_PI));
}

static double lognormal_cumulative(const double p[], double e)
{
    return e > 0.0 ? pel_special_normal_cdf((log(e) - p[0]) / p[1]) : 0.0;
}

static double lognormal_draw(const double p[], double beta, double ln_z,
                             const struct pel_ziggurat *z, struct pel_random *random)
{
    return draw_log_concave(p, beta, lognormal_mode(p, beta), ln_z, lognormal_exponent, z,
                            random);
}

/* exp(700) eV is the end of the doubles; long before, log_mean + log_sd u has lost what u
 * means. */
#define LARGEST_LOG_MEAN 700.0

const struct pel_family pel_family_lognormal = {
    .name = "lognormal",
    .doc =
        "ln(E / 1 eV) is normal with mean log_mean and deviation log_sd; no closed ln Z: "
        "trapezoid rule about the saddle point.",
    .n_parameters = 2,
    .parameter = {{"log_mean", "1", -INFINITY, 0, "mean of ln(E / 1 eV)",
                   LARGEST_LOG_MEAN},
                  {"log_sd", "1", 0.0, 0, "standard deviation of ln E"}},
    .ln_z = lognormal_ln_z,
    .mean = lognormal_mean,
    .ln_density = lognormal_ln_density,
    .cumulative = lognormal_cumulative,
    .draw = lognormal_draw,
    .draw_needs_ln_z = 1,
};

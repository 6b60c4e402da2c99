#include "exponentials_priv.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* The loops below run over LANES numbers at a time and are left to the vectoriser of the
 * compiler; the versions differ in what it may assume of the processor. */
#define LANES 8

#if defined(__x86_64__) && defined(__GNUC__)
#define VERSIONS
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif

/* a b + c, in one rounding where the processor has that: as the functions of libm do. */
INLINE double multiply_add(int fused, double a, double b, double c)
{
    return fused ? __builtin_fma(a, b, c) : a * b + c;
}

/* 2^k of a whole number k to which EXPONENT_SHIFT was added: k stands in the low bits. */
#define EXPONENT_SHIFT 0x1.8p52
INLINE double power_of_two(double shifted)
{
    uint64_t bits;
    double power;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023) << 52;
    memcpy(&power, &bits, sizeof power);
    return power;
}

/* e^x = 2^k e^r with |r| <= ln 2/2, and the series of e^r, whose term of degree 14 is below
 * 5e-18. Without branches; 2^k in two steps, because near both ends of the range it is no
 * normal number. */
INLINE double exponential(int fused, double x)
{
    const double lowest = -746.0, highest = 710.0; /* 0 and infinity come of them */
    const double per_ln2 = 0x1.71547652b82fep0;
    const double ln2_hi = 0x1.62e42feep-1, ln2_lo = 0x1.a39ef35793c76p-33;
    const double shift = EXPONENT_SHIFT; /* adding it rounds to a whole number */
    double at = lowest > x ? lowest : x; /* NaN stays */
    at = highest < at ? highest : at;
    const double k = multiply_add(fused, at, per_ln2, shift) - shift;
    const double r = multiply_add(fused, -k, ln2_lo, multiply_add(fused, -k, ln2_hi, at));
    double p = 1.0 / 6227020800.0;
    p = multiply_add(fused, p, r, 1.0 / 479001600.0);
    p = multiply_add(fused, p, r, 1.0 / 39916800.0);
    p = multiply_add(fused, p, r, 1.0 / 3628800.0);
    p = multiply_add(fused, p, r, 1.0 / 362880.0);
    p = multiply_add(fused, p, r, 1.0 / 40320.0);
    p = multiply_add(fused, p, r, 1.0 / 5040.0);
    p = multiply_add(fused, p, r, 1.0 / 720.0);
    p = multiply_add(fused, p, r, 1.0 / 120.0);
    p = multiply_add(fused, p, r, 1.0 / 24.0);
    p = multiply_add(fused, p, r, 1.0 / 6.0);
    p = multiply_add(fused, p, r, 0.5);
    p = 1.0 + multiply_add(fused, r * r, p, r);
    const double half = multiply_add(fused, k, 0.5, shift),
                 rest = (k - (half - shift)) + shift;
    return p * power_of_two(half) * power_of_two(rest);
}

INLINE void all_exponentials(int fused, size_t n, const double x[], double y[])
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            y[i + l] = exponential(fused, x[i + l]);
    for (; i < n; i++)
        y[i] = exponential(fused, x[i]);
}

/* The same order whatever the processor. */
INLINE double total(const double lane[LANES])
{
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/* Lane by lane, the sums of weights and, about (a0 + of_a, of_r), of what they weigh. */
struct lanes {
    double w[LANES], a[LANES], r[LANES], aa[LANES], ar[LANES];
};

INLINE void add_sample(int fused, double a, double r, double beta, double of_a,
                       double of_r, size_t l, struct lanes *sum)
{
    const double w = exponential(fused, -beta * a);
    const double da = a - of_a, dr = r - of_r, wa = w * da;
    sum->w[l] += w;
    sum->a[l] += wa;
    sum->r[l] = multiply_add(fused, w, dr, sum->r[l]);
    sum->aa[l] = multiply_add(fused, wa, da, sum->aa[l]);
    sum->ar[l] = multiply_add(fused, wa, dr, sum->ar[l]);
}

/* Weights below this part of the sum, all together, are left out: e^-40 = 4e-18. */
#define LEFT_OUT_LN 40.0
/* Samples between two looks at it. */
#define LOOK 64

/* Samples [from, to). */
INLINE void add_samples(int fused, size_t from, size_t to, const double a[],
                        const double r[], double a0, double beta, double of_a,
                        double of_r, struct lanes *sum)
{
    size_t i = from;
    for (; i + LANES <= to; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            add_sample(fused, a[i + l] - a0, r[i + l], beta, of_a, of_r, l, sum);
    for (size_t l = 0; i < to; i++, l++)
        add_sample(fused, a[i] - a0, r[i], beta, of_a, of_r, l, sum);
}

/* Moments about the means of the first samples. Weights fall, so that these have at least
 * their share of the sum: the differences below lose no more than a factor n/LOOK. */
INLINE void samples(int fused, size_t n, const double a[], const double r[], double beta,
                    struct pel_tilt *out)
{
    const double a0 = a[0], farthest = LEFT_OUT_LN + log((double)n);
    struct lanes sum = {0};
    add_samples(fused, 0, n < LOOK ? n : LOOK, a, r, a0, beta, 0.0, r[0], &sum);
    const double first = total(sum.w);
    const double of_a = total(sum.a) / first, of_r = r[0] + total(sum.r) / first;
    sum = (struct lanes){0};
    for (size_t i = 0; i < n && beta * (a[i] - a0) <= farthest; i += LOOK)
        add_samples(fused, i, n - i < LOOK ? n : i + LOOK, a, r, a0, beta, of_a, of_r,
                    &sum);
    const double w = total(sum.w), da = total(sum.a) / w, dr = total(sum.r) / w;
    *out = (struct pel_tilt){.ln_sum = log(w) - beta * a0,
                             .mean = a0 + (of_a + da),
                             .spread = fmax(total(sum.aa) / w - da * da, 0.0),
                             .other = of_r + dr,
                             .shared = total(sum.ar) / w - da * dr};
}

/* Once all further powers together are below this part of the sum, they are left out. */
#define LEFT_OUT 1e-22
/* sum[0] = sum of w_i q^i, sum[1] of w_i q^i (i - from)^power with power 1 or 2. */
INLINE void lattice_sums(int fused, size_t n, const double w[],
                         const double powers[LANES], double next, double from, int power,
                         double sum[2])
{
    double q[LANES], at[LANES], zero[LANES] = {0}, one[LANES] = {0};
    for (size_t l = 0; l < LANES; l++) {
        q[l] = powers[l];
        at[l] = (double)l - from;
    }
    size_t i = 0;
    while (i + LANES <= n) {
        const size_t end = n - i < LOOK ? i + (n - i) / LANES * LANES : i + LOOK;
        for (; i < end; i += LANES)
            for (size_t l = 0; l < LANES; l++) {
                const double p = w[i + l] * q[l];
                zero[l] += p;
                one[l] = multiply_add(fused, power == 1 ? p : p * at[l], at[l], one[l]);
                q[l] *= next;
                at[l] += (double)LANES;
            }
        if (q[0] * (double)(n - i) <= LEFT_OUT * total(zero)) {
            i = n;
            break;
        }
    }
    for (size_t l = 0; i < n; i++, l++) {
        const double p = w[i] * q[l];
        zero[l] += p;
        one[l] = multiply_add(fused, power == 1 ? p : p * at[l], at[l], one[l]);
    }
    sum[0] = total(zero);
    sum[1] = total(one);
}

INLINE void lattice(int fused, size_t n, const double w[], double first, double step,
                    double beta, struct pel_tilt *out)
{
    double powers[LANES], sum[2];
    const double q = exp(-beta * step), q4 = exp(-4.0 * beta * step);
    const double next = exp(-(double)LANES * beta * step);
    powers[0] = 1.0;
    powers[1] = q;
    powers[2] = q * q;
    powers[3] = powers[2] * q;
    for (size_t l = 4; l < LANES; l++)
        powers[l] = q4 * powers[l - 4];
    lattice_sums(fused, n, w, powers, next, 0.0, 1, sum);
    const double mean = sum[1] / sum[0], ln_sum = log(sum[0]) - beta * first;
    lattice_sums(fused, n, w, powers, next, mean, 2, sum);
    *out = (struct pel_tilt){.ln_sum = ln_sum,
                             .mean = first + step * mean,
                             .spread = step * step * (sum[1] / sum[0]),
                             .other = NAN,
                             .shared = NAN};
}

/* Numbers beta at a time: enough of them to hide how long an addition takes. */
#define MANY (4 * LANES)

/* Horner's rule for the polynomial of weights in q = exp(-beta step), and its derivative. */
INLINE void lattices(int fused, size_t n, const double w[], double first, double step,
                     size_t m, const double beta[], double ln_sum[], double mean[])
{
    for (size_t j = 0; j < m; j += MANY) {
        double q[MANY], p[MANY] = {0}, d[MANY] = {0};
        for (size_t l = 0; l < MANY; l++)
            q[l] = -step * beta[j + l < m ? j + l : m - 1];
        all_exponentials(fused, MANY, q, q);
        for (size_t i = n; i-- > 0;)
            for (size_t l = 0; l < MANY; l++) {
                d[l] = multiply_add(fused, d[l], q[l], p[l]);
                p[l] = multiply_add(fused, p[l], q[l], w[i]);
            }
        for (size_t l = 0; l < MANY && j + l < m; l++) {
            ln_sum[j + l] = log(p[l]) - beta[j + l] * first;
            mean[j + l] = first + step * (q[l] * d[l] / p[l]);
        }
    }
}

/* ---- versions ---------------------------------------------------------------------- */

#define MAKE(suffix, fused, attribute)                                                   \
    attribute static void exponentials_##suffix(size_t n, const double x[], double y[])  \
    {                                                                                    \
        all_exponentials(fused, n, x, y);                                                \
    }                                                                                    \
    attribute static void samples_##suffix(size_t n, const double a[], const double r[], \
                                           double beta, struct pel_tilt *out)            \
    {                                                                                    \
        samples(fused, n, a, r, beta, out);                                              \
    }                                                                                    \
    attribute static void lattice_##suffix(size_t n, const double w[], double first,     \
                                           double step, double beta,                     \
                                           struct pel_tilt *out)                         \
    {                                                                                    \
        lattice(fused, n, w, first, step, beta, out);                                    \
    }                                                                                    \
    attribute static void lattices_##suffix(size_t n, const double w[], double first,    \
                                            double step, size_t m, const double beta[],  \
                                            double ln_sum[], double mean[])              \
    {                                                                                    \
        lattices(fused, n, w, first, step, m, beta, ln_sum, mean);                       \
    }                                                                                    \
    static const struct pel_exponentials_version version_##suffix = {                    \
        #suffix, exponentials_##suffix, samples_##suffix, lattice_##suffix,              \
        lattices_##suffix};

MAKE(portable, 0, )
#ifdef VERSIONS
MAKE(avx2, 1, __attribute__((target("avx2,fma"))))
MAKE(avx512, 1, __attribute__((target("avx512f,fma,prefer-vector-width=512"))))
#endif

const struct pel_exponentials_version *pel_exponentials_version(size_t k)
{
    const struct pel_exponentials_version *can[3];
    size_t n = 0;
#ifdef VERSIONS
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("fma"))
        can[n++] = &version_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        can[n++] = &version_avx2;
#endif
    can[n++] = &version_portable;
    return k < n ? can[k] : NULL;
}

void pel_exponentials(size_t n, const double x[], double y[])
{
    pel_exponentials_version(0)->of(n, x, y);
}

void pel_exponentials_samples(size_t n, const double a[], const double r[], double beta,
                              struct pel_tilt *out)
{
    /* Without r: a stands in for it, and what comes of it is forgotten. */
    pel_exponentials_version(0)->samples(n, a, r != NULL ? r : a, beta, out);
    if (r == NULL) out->other = out->shared = NAN;
}

void pel_exponentials_lattice(size_t n, const double w[], double first, double step,
                              double beta, struct pel_tilt *out)
{
    pel_exponentials_version(0)->lattice(n, w, first, step, beta, out);
}

void pel_exponentials_lattices(size_t n, const double w[], double first, double step,
                               size_t m, const double beta[], double ln_sum[],
                               double mean[])
{
    pel_exponentials_version(0)->lattices(n, w, first, step, m, beta, ln_sum, mean);
}

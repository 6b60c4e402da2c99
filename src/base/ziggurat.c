#include <pelrate/ziggurat.h>

#include <pelrate/constants.h>

#include <math.h>

/* Where the tail begins: the edges that make 256 layers of one area close at the top
 * (Marsaglia & Tsang (2000); test_ziggurat.c checks that they do). */
#define NORMAL_TAIL      3.6541528853610088
#define EXPONENTIAL_TAIL 7.69711747013104972

static double normal_density(double x)
{
    return exp(-0.5 * x * x);
}

static double normal_inverse(double f)
{
    return sqrt(-2.0 * log(f));
}

static double exponential_density(double x)
{
    return exp(-x);
}

static double exponential_inverse(double f)
{
    return -log(f);
}

/* Edges downwards from the tail; area is that of one layer, the lowest with its tail. */
static void build(double tail, double area, double (*density)(double),
                  double (*inverse)(double), double x[], double f[])
{
    x[0] = area / density(tail);
    f[0] = 0.0;
    x[1] = tail;
    f[1] = density(tail);
    for (int i = 2; i < PEL_ZIGGURAT_LAYERS; i++) {
        f[i] = f[i - 1] + area / x[i - 1];
        x[i] = inverse(f[i]);
    }
    x[PEL_ZIGGURAT_LAYERS] = 0.0;
    f[PEL_ZIGGURAT_LAYERS] = 1.0;
}

void pel_ziggurat_init(struct pel_ziggurat *z)
{
    const double r = NORMAL_TAIL, q = EXPONENTIAL_TAIL;
    build(r, r * normal_density(r) + sqrt(0.5 * PEL_PI) * erfc(r / sqrt(2.0)),
          normal_density, normal_inverse, z->normal_x, z->normal_f);
    build(q, (q + 1.0) * exponential_density(q), exponential_density, exponential_inverse,
          z->exponential_x, z->exponential_f);
}

/* Uniform in [0, 1) from the upper 53 bits; the lower 11 are left for other uses. */
static double unit(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

double pel_ziggurat_normal(const struct pel_ziggurat *z, struct pel_random *random)
{
    for (;;) {
        const uint64_t bits = pel_random_bits(random);
        const unsigned layer = bits & 0xff;
        const double side = bits & 0x100 ? -1.0 : 1.0;
        const double x = unit(bits) * z->normal_x[layer];
        if (x < z->normal_x[layer + 1]) return side * x;
        if (layer == 0) { /* beyond the lowest edge: Marsaglia's tail */
            double a, b;
            do {
                a = -log(pel_random_uniform(random)) / NORMAL_TAIL;
                b = -log(pel_random_uniform(random));
            } while (!(2.0 * b > a * a));
            return side * (NORMAL_TAIL + a);
        }
        const double low = z->normal_f[layer], high = z->normal_f[layer + 1];
        if (low + pel_random_uniform(random) * (high - low) < normal_density(x))
            return side * x;
    }
}

double pel_ziggurat_exponential(const struct pel_ziggurat *z, struct pel_random *random)
{
    double beyond = 0.0;
    for (;;) {
        const uint64_t bits = pel_random_bits(random);
        const unsigned layer = bits & 0xff;
        /* Half a spacing up: never 0. */
        const double x = (unit(bits) + 0x1p-54) * z->exponential_x[layer];
        if (x < z->exponential_x[layer + 1]) return beyond + x;
        if (layer == 0) { /* the tail is the whole again, further out */
            beyond += EXPONENTIAL_TAIL;
            continue;
        }
        const double low = z->exponential_f[layer], high = z->exponential_f[layer + 1];
        if (low + pel_random_uniform(random) * (high - low) < exponential_density(x))
            return beyond + x;
    }
}

double pel_ziggurat_gamma(const struct pel_ziggurat *z, struct pel_random *random,
                          double shape)
{
    /* A shape below 1 is one more, times a power of a uniform. */
    double boost = 1.0;
    if (shape < 1.0) {
        boost = exp(-pel_ziggurat_exponential(z, random) / shape);
        shape += 1.0;
    }
    const double d = shape - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        const double x = pel_ziggurat_normal(z, random), v1 = 1.0 + c * x;
        if (!(v1 > 0.0)) continue;
        const double v = v1 * v1 * v1, u = pel_random_uniform(random), x2 = x * x;
        if (u < 1.0 - 0.0331 * x2 * x2) return boost * d * v;
        if (log(u) < 0.5 * x2 + d * (1.0 - v + log(v))) return boost * d * v;
    }
}

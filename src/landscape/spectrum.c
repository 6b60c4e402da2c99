#include "spectrum_priv.h"

#include <pelrate/exponentials.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A bin of width w is a rectangle; a sample is a bin of width 0. */
struct bar {
    double lo;        /* [eV] */
    double width;     /* [eV] */
    double ln_weight; /* ln of the probability in it; -inf: empty */
};

struct pel_spectrum {
    const struct pel_family *family; /* NULL: bars */
    double p[PEL_FAMILY_PARAMETERS];
    const char *name;
    double mean;      /* [eV] */
    size_t n;         /* bars, by increasing lo, none empty */
    struct bar *bars; /* [n] owned */
    /* The same, laid out for sums of many exponentials: */
    double *energies; /* samples: [n] increasing [eV], owned; NULL: a histogram */
    double
        *weights;  /* even bins: [n_even] probabilities from bars[0] on, owned; NULL: not
                         even */
    size_t n_even; /* bins of weights, empty ones within it too */
    double step;   /* their width [eV] */
};

void pel_spectrum_free(struct pel_spectrum *spectrum)
{
    if (spectrum == NULL) return;
    free(spectrum->bars);
    free(spectrum->energies);
    free(spectrum->weights);
    free(spectrum);
}

const char *pel_spectrum_name(const struct pel_spectrum *spectrum)
{
    return spectrum->name;
}

double pel_spectrum_mean(const struct pel_spectrum *spectrum)
{
    return spectrum->mean;
}

static struct pel_spectrum *create_bars(size_t n, const char *name)
{
    struct pel_spectrum *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->name = name;
    s->bars = calloc(n, sizeof *s->bars);
    if (s->bars == NULL) {
        free(s);
        return NULL;
    }
    return s;
}

/* Whether a histogram is one. */
static pel_status check_histogram(const struct pel_histogram *h, struct pel_error *err)
{
    if (h->n == 0) return pel_error_set(err, PEL_EARG, "histogram without bins");
    double sum = 0.0;
    for (size_t i = 0; i < h->n; i++) {
        const double lo = h->lo_eV[i], hi = h->hi_eV[i], density = h->density[i];
        if (!(lo >= 0.0 && isfinite(hi) && hi > lo))
            return pel_error_set(
                err, PEL_EARG,
                "bin %zu from %g to %g eV, expected 0 <= lower < upper edge", i + 1, lo,
                hi);
        if (i > 0 && !(lo >= h->hi_eV[i - 1]))
            return pel_error_set(
                err, PEL_EARG,
                "bin %zu starts at %g eV, expected bins sorted and without "
                "overlap (bin %zu ends at %g eV)",
                i + 1, lo, i, h->hi_eV[i - 1]);
        if (!(density >= 0.0 && isfinite(density)))
            return pel_error_set(err, PEL_EARG, "density %g of bin %zu, expected >= 0",
                                 density, i + 1);
        if (h->count != NULL && !isnan(h->count[i]) && !(h->count[i] >= 0.0))
            return pel_error_set(err, PEL_EARG, "count %g of bin %zu, expected >= 0",
                                 h->count[i], i + 1);
        sum += density * (hi - lo);
    }
    if (!(fabs(sum - 1.0) <= PEL_SPECTRUM_NORM_TOLERANCE))
        return pel_error_set(err, PEL_EARG,
                             "sum of density x width is %.9g, expected 1 within %g", sum,
                             PEL_SPECTRUM_NORM_TOLERANCE);
    return PEL_OK;
}

/* More bins than this many for each that is not empty: a lattice would be mostly empty. */
#define SPARSE 4

/* Lay a histogram out as a lattice if its edges are one within their own rounding. 0, or -1
 * without memory. */
static int lay_out_even(struct pel_spectrum *s)
{
    const struct bar *first = &s->bars[0], *last = &s->bars[s->n - 1];
    const double end = last->lo + last->width;
    const double bins = round((end - first->lo) / first->width);
    if (!(bins >= 1.0 && bins <= (double)(SPARSE * s->n))) return 0;
    const double step = (end - first->lo) / bins;
    for (size_t i = 0; i < s->n; i++) {
        const struct bar *bar = &s->bars[i];
        const double k = round((bar->lo - first->lo) / step);
        if (!(fabs(first->lo + k * step - bar->lo) <= DBL_EPSILON * end &&
              fabs(first->lo + (k + 1.0) * step - (bar->lo + bar->width)) <=
                  DBL_EPSILON * end))
            return 0;
    }
    s->weights = calloc((size_t)bins, sizeof *s->weights);
    if (s->weights == NULL) return -1;
    s->n_even = (size_t)bins;
    s->step = step;
    for (size_t i = 0; i < s->n; i++)
        s->weights[(size_t)round((s->bars[i].lo - first->lo) / step)] =
            exp(s->bars[i].ln_weight);
    return 0;
}

pel_status pel_spectrum_histogram(const struct pel_histogram *histogram,
                                  struct pel_spectrum **out, struct pel_error *err)
{
    *out = NULL;
    const pel_status status = check_histogram(histogram, err);
    if (status != PEL_OK) return status;
    struct pel_spectrum *s = create_bars(histogram->n, "histogram");
    if (s == NULL) return pel_error_set(err, PEL_ENOMEM, "spectrum: out of memory");
    for (size_t i = 0; i < histogram->n; i++) {
        const double lo = histogram->lo_eV[i], width = histogram->hi_eV[i] - lo;
        const double weight = histogram->density[i] * width;
        if (!(weight > 0.0)) continue;
        s->bars[s->n++] =
            (struct bar){.lo = lo, .width = width, .ln_weight = log(weight)};
        s->mean += weight * (lo + 0.5 * width);
    }
    if (lay_out_even(s) != 0) {
        pel_spectrum_free(s);
        return pel_error_set(err, PEL_ENOMEM, "spectrum: out of memory");
    }
    *out = s;
    return PEL_OK;
}

static int compare_bars(const void *a, const void *b)
{
    const double x = ((const struct bar *)a)->lo, y = ((const struct bar *)b)->lo;
    return (x > y) - (x < y);
}

pel_status pel_spectrum_samples(size_t n, const double e_eV[], struct pel_spectrum **out,
                                struct pel_error *err)
{
    *out = NULL;
    if (n == 0) return pel_error_set(err, PEL_EARG, "spectrum without samples");
    for (size_t i = 0; i < n; i++)
        if (!(e_eV[i] > 0.0 && isfinite(e_eV[i])))
            return pel_error_set(err, PEL_EARG, "sample %zu is %g eV, expected > 0",
                                 i + 1, e_eV[i]);
    struct pel_spectrum *s = create_bars(n, "samples");
    if (s != NULL) s->energies = calloc(n, sizeof *s->energies);
    if (s == NULL || s->energies == NULL) {
        pel_spectrum_free(s);
        return pel_error_set(err, PEL_ENOMEM, "spectrum: out of memory");
    }
    const double ln_weight = -log((double)n);
    for (size_t i = 0; i < n; i++)
        s->bars[i] = (struct bar){.lo = e_eV[i], .ln_weight = ln_weight};
    s->n = n;
    qsort(s->bars, n, sizeof *s->bars, compare_bars);
    for (size_t i = 0; i < n; i++) {
        s->energies[i] = s->bars[i].lo;
        s->mean += (e_eV[i] - s->mean) / (double)(i + 1);
    }
    *out = s;
    return PEL_OK;
}

pel_status pel_spectrum_family(const struct pel_family *family, const double p[],
                               struct pel_spectrum **out, struct pel_error *err)
{
    *out = NULL;
    const pel_status status = pel_family_check(family, p, err);
    if (status != PEL_OK) return status;
    struct pel_spectrum *s = calloc(1, sizeof *s);
    if (s == NULL) return pel_error_set(err, PEL_ENOMEM, "spectrum: out of memory");
    s->family = family;
    s->name = family->name;
    memcpy(s->p, p, family->n_parameters * sizeof *p);
    s->mean = family->mean(p, NULL);
    *out = s;
    return PEL_OK;
}

/* What a rectangle of unit probability on [0, 1] gives at x = beta * width:
 *   g = ln((1 - e^-x)/x),  mean = -g',  var = g''.
 * Below the switches the closed forms lose digits, and the series (Bernoulli numbers) are
 * exact to rounding. */
static void unit_bar(double x, double *g, double *mean, double *var)
{
    const double y = x * x, left = -expm1(-x), gone = 1.0 - left; /* gone: e^-x */
    *g = x > 0.0 ? log(left / x) : 0.0;
    if (x < 0.2)
        *mean = 0.5 - x * (1.0 / 12.0 -
                           y * (1.0 / 720.0 -
                                y * (1.0 / 30240.0 -
                                     y * (1.0 / 1209600.0 - y * (1.0 / 47900160.0)))));
    else
        *mean = 1.0 / x - gone / left;
    if (x < 0.4)
        *var = 1.0 / 12.0 -
               y * (3.0 / 720.0 - y * (5.0 / 30240.0 -
                                       y * (7.0 / 1209600.0 -
                                            y * (9.0 / 47900160.0 -
                                                 y * (11.0 * 691.0 / 1307674368000.0)))));
    else
        *var = 1.0 / y - gone / (left * left);
}

/* A bar whose weight is this far below the heaviest one changes no digit. */
#define NEGLIGIBLE_LN_WEIGHT 60.0

void pel_spectrum_ln_z_plain(const struct pel_spectrum *spectrum, double beta,
                             struct pel_ln_z *ln_z)
{
    /* One pass: sums relative to the heaviest bar so far, mean and variance by West's
     * updates (no difference of large sums). */
    double largest = -INFINITY, sum = 0.0, mean = 0.0, spread = 0.0;
    for (size_t i = 0; i < spectrum->n; i++) {
        const struct bar *bar = &spectrum->bars[i];
        double a = bar->ln_weight - beta * bar->lo; /* g <= 0: an upper bound */
        if (a < largest - NEGLIGIBLE_LN_WEIGHT) continue;
        double at = bar->lo, within = 0.0;
        if (bar->width > 0.0) {
            double g, unit_mean, unit_var;
            unit_bar(beta * bar->width, &g, &unit_mean, &unit_var);
            a += g;
            at += bar->width * unit_mean;
            within = bar->width * bar->width * unit_var;
        }
        if (a > largest) {
            const double scale = exp(largest - a);
            sum *= scale;
            spread *= scale;
            largest = a;
        }
        const double w = exp(a - largest), delta = at - mean;
        sum += w;
        mean += delta * w / sum;
        spread += w * (delta * (at - mean) + within);
    }
    ln_z->value = largest + log(sum);
    ln_z->b = -mean;
    ln_z->bb = spread / sum;
}

void pel_spectrum_ln_z(const struct pel_spectrum *spectrum, double beta,
                       struct pel_ln_z *ln_z)
{
    struct pel_tilt tilt;
    if (spectrum->family != NULL) {
        spectrum->family->ln_z(spectrum->p, beta, ln_z, NULL, NULL);
    } else if (spectrum->energies != NULL) {
        pel_exponentials_samples(spectrum->n, spectrum->energies, NULL, beta, &tilt);
        *ln_z = (struct pel_ln_z){.value = tilt.ln_sum - log((double)spectrum->n),
                                  .b = -tilt.mean,
                                  .bb = tilt.spread};
    } else if (spectrum->weights != NULL) {
        /* Lower edges on a lattice, and the same rectangle on each. */
        const double step = spectrum->step;
        double g, mean, var;
        pel_exponentials_lattice(spectrum->n_even, spectrum->weights,
                                 spectrum->bars[0].lo, step, beta, &tilt);
        unit_bar(beta * step, &g, &mean, &var);
        *ln_z = (struct pel_ln_z){.value = tilt.ln_sum + g,
                                  .b = -(tilt.mean + step * mean),
                                  .bb = tilt.spread + step * step * var};
    } else {
        pel_spectrum_ln_z_plain(spectrum, beta, ln_z);
    }
}

void pel_spectrum_ln_z_many(const struct pel_spectrum *spectrum, size_t n,
                            const double beta[], double ln_z[], double ln_z_b[])
{
    if (spectrum->weights == NULL) {
        for (size_t j = 0; j < n; j++) {
            struct pel_ln_z z;
            pel_spectrum_ln_z(spectrum, beta[j], &z);
            ln_z[j] = z.value;
            ln_z_b[j] = z.b;
        }
        return;
    }
    const double step = spectrum->step;
    pel_exponentials_lattices(spectrum->n_even, spectrum->weights, spectrum->bars[0].lo,
                              step, n, beta, ln_z, ln_z_b);
    for (size_t j = 0; j < n; j++) {
        double g, mean, var;
        unit_bar(beta[j] * step, &g, &mean, &var);
        ln_z[j] += g;
        ln_z_b[j] = -(ln_z_b[j] + step * mean);
    }
}

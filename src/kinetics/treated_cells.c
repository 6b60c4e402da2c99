#include "treated_cells_priv.h"

#include <pelrate/tilted.h>

#include <math.h>
#include <stdlib.h>

/* A bin of one of the two barriers. */
struct side {
    double lo, width; /* [eV] */
};

/* What a bin of E_A gives at one beta. */
struct gone {
    double ln; /* ln <exp(-beta E_A)> */
    double mean, spread;
};

/* What a bin of E_R gives at one (x, beta), under the weight 1/(e^x + exp(-beta E_R)). */
struct back {
    double ln;     /* ln of the mean weight; x = inf: of weight times e^x */
    double mean;   /* <E_R> [eV] */
    double p;      /* probability not to be undone */
    double g;      /* <(1 - p) E_R> [eV] */
    double with_p; /* covariance of E_R and p [eV] */
    double with_g; /* of E_R and (1 - p) E_R [eV^2] */
};

struct cell {
    size_t a, r;     /* bins */
    double ln_share; /* ln of its probability */
};

struct treated_cells {
    size_t n_a, n_r, n, n_pairs;
    size_t most;        /* cells there is room for */
    struct side *a, *r; /* [n_a], [n_r] owned */
    struct cell *cell;  /* [most]: n no pairs, and pairs from the end; owned */
    struct gone *gone;  /* [n_a] owned */
    struct back *back;  /* [n_r] owned */
    double *ln_w;       /* [n] owned */
    double beta;        /* of gone; 0: none yet */
};

/* Beyond this p is 1, or exp(x + beta E_R), to a double. */
#define CERTAIN 40.0
/* Longest piece in u = x + beta E_R. */
#define PIECE 2.0
/* Weights this far below the largest change no digit. */
#define NEGLIGIBLE_LN_WEIGHT 60.0

/* Nodes and weights on [-1, 1] (A. H. Stroud, D. Secrest, Gaussian Quadrature Formulas
 * (1966)): the positive ones. */
enum { HALF = 5 };
static const double node[HALF] = {0.14887433898163121, 0.43339539412924719,
                                  0.67940956829902441, 0.86506336668898451,
                                  0.97390652851717172};
static const double node_weight[HALF] = {0.29552422471475287, 0.26926671930999636,
                                         0.21908636251598204, 0.14945134915058059,
                                         0.066671344308688138};

void treated_cells_free(struct treated_cells *cells)
{
    if (cells == NULL) return;
    free(cells->a);
    free(cells->r);
    free(cells->cell);
    free(cells->gone);
    free(cells->back);
    free(cells->ln_w);
    free(cells);
}

/* Bins cut at an energy; *parts[k] is how many a bin k becomes. Returns how many. */
static size_t cut(const struct pel_histogram *h, double at, struct side *out,
                  size_t *first)
{
    size_t n = 0;
    for (size_t k = 0; k < h->n; k++) {
        const double lo = h->lo_eV[k], hi = h->hi_eV[k];
        first[k] = n;
        if (at > lo && at < hi) {
            out[n++] = (struct side){lo, at - lo};
            out[n++] = (struct side){at, hi - at};
        } else {
            out[n++] = (struct side){lo, hi - lo};
        }
    }
    first[h->n] = n;
    return n;
}

/* One cell of the landscape, in up to four parts. Pairs are filled from the end. */
static void add_cell(struct treated_cells *c, double share, const size_t a[2],
                     const size_t r[2], double pair_eV)
{
    double width[2] = {0.0, 0.0};
    for (size_t i = a[0]; i < a[1]; i++)
        width[0] += c->a[i].width;
    for (size_t j = r[0]; j < r[1]; j++)
        width[1] += c->r[j].width;
    for (size_t i = a[0]; i < a[1]; i++)
        for (size_t j = r[0]; j < r[1]; j++) {
            const int pair = c->a[i].lo < pair_eV && c->r[j].lo < pair_eV;
            const double part =
                share * (c->a[i].width / width[0]) * (c->r[j].width / width[1]);
            const struct cell cell = {.a = i, .r = j, .ln_share = log(part)};
            if (pair)
                c->cell[c->most - ++c->n_pairs] = cell;
            else
                c->cell[c->n++] = cell;
        }
}

pel_status treated_cells_create(const struct pel_landscape *landscape, size_t level,
                                double pair_eV, struct treated_cells **out,
                                size_t *n_left, struct pel_error *err)
{
    struct pel_landscape_cells cells;
    struct pel_histogram h[2];
    *out = NULL;
    *n_left = 0;
    pel_status status = pel_landscape_cells(landscape, level, &cells, err);
    for (int s = 0; s < 2 && status == PEL_OK; s++)
        status = pel_landscape_histogram(
            landscape, level, s == 0 ? PEL_ACTIVATION : PEL_RELAXATION, &h[s], err);
    if (status != PEL_OK) return status;
    const size_t most = (h[0].n + 1) * (h[1].n + 1);
    struct treated_cells *c = calloc(1, sizeof *c);
    size_t *first = calloc(h[0].n + h[1].n + 2, sizeof *first);
    if (c != NULL) {
        c->a = calloc(h[0].n + 1, sizeof *c->a);
        c->r = calloc(h[1].n + 1, sizeof *c->r);
        c->cell = calloc(most, sizeof *c->cell);
        c->gone = calloc(h[0].n + 1, sizeof *c->gone);
        c->back = calloc(h[1].n + 1, sizeof *c->back);
        c->ln_w = calloc(most, sizeof *c->ln_w);
    }
    if (c == NULL || first == NULL || c->a == NULL || c->r == NULL || c->cell == NULL ||
        c->gone == NULL || c->back == NULL || c->ln_w == NULL) {
        treated_cells_free(c);
        free(first);
        return pel_error_set(err, PEL_ENOMEM, "rate: out of memory");
    }
    c->most = most;
    size_t *first_r = first + h[0].n + 1;
    c->n_a = cut(&h[0], pair_eV, c->a, first);
    c->n_r = cut(&h[1], pair_eV, c->r, first_r);
    for (size_t i = 0; i < h[0].n; i++) {
        /* The share of a bin of E_A as its own histogram has it: rounded sums differ. */
        const double *density = cells.density + i * h[1].n;
        double sum = 0.0;
        for (size_t j = 0; j < h[1].n; j++)
            sum += density[j] * (h[1].hi_eV[j] - h[1].lo_eV[j]);
        for (size_t j = 0; j < h[1].n; j++) {
            const double share = h[0].density[i] * (h[0].hi_eV[i] - h[0].lo_eV[i]) *
                                 (density[j] * (h[1].hi_eV[j] - h[1].lo_eV[j]) / sum);
            if (share > 0.0) add_cell(c, share, first + i, first_r + j, pair_eV);
        }
    }
    free(first);
    *n_left = c->n;
    *out = c;
    return PEL_OK;
}

/* ---- bins -------------------------------------------------------------------------- */

static void fill_gone(struct treated_cells *c, double beta)
{
    if (c->beta == beta) return;
    for (size_t i = 0; i < c->n_a; i++) {
        const struct side *s = &c->a[i];
        struct pel_tilted t;
        pel_tilted_unit(beta * s->width, &t);
        c->gone[i] = (struct gone){.ln = -beta * s->lo + t.ln_sum,
                                   .mean = s->lo + s->width * t.mean,
                                   .spread = s->width * s->width * t.spread};
    }
    c->beta = beta;
}

/* 1 - p = 1/(1 + e^u). */
static double undone(double u)
{
    const double f = exp(-fabs(u));
    return u > 0.0 ? f / (1.0 + f) : 1.0 / (1.0 + f);
}

/* Joins part (weight w, about to be normalised) to *b, whose weight so far is *sum. */
static void join(struct back *b, double *sum, const struct back *part, double w)
{
    if (!(w > 0.0)) return;
    const double share = w / (*sum += w), rest = 1.0 - share;
    const double dr = part->mean - b->mean, dp = part->p - b->p, dg = part->g - b->g;
    b->with_p = rest * b->with_p + share * part->with_p + share * rest * dr * dp;
    b->with_g = rest * b->with_g + share * part->with_g + share * rest * dr * dg;
    b->mean += share * dr;
    b->p += share * dp;
    b->g += share * dg;
}

/* [lo, lo + width] where u < -CERTAIN: the weight is exp(beta E_R), p = exp(u). ln: of the
 * mean weight. */
static struct back mostly_undone(double lo, double width, double x, double beta)
{
    struct pel_tilted one, two;
    pel_tilted_unit(-beta * width, &one);
    pel_tilted_unit(-2.0 * beta * width, &two);
    /* At x = -inf: of p by e^x. */
    const double p =
        exp((x == -INFINITY ? 0.0 : x) + beta * lo + two.ln_sum - one.ln_sum);
    const double mean = lo + width * one.mean;
    return (struct back){.ln = beta * lo + one.ln_sum,
                         .mean = mean,
                         .p = p,
                         .g = mean,
                         .with_p = p * width * (two.mean - one.mean),
                         .with_g = width * width * one.spread};
}

/* Between: [lo, hi]. The weight is e^-x p; *weight receives int p dE_R. */
static struct back between(double lo, double hi, double x, double beta, double *weight)
{
    const size_t pieces = (size_t)ceil(beta * (hi - lo) / PIECE);
    const double half = 0.5 * (hi - lo) / (double)pieces, centre = 0.5 * (lo + hi);
    const double p0 = 1.0 - undone(x + beta * centre), g0 = (1.0 - p0) * centre;
    double sum = 0.0, r = 0.0, p = 0.0, g = 0.0, rp = 0.0, rg = 0.0;
    for (size_t k = 0; k < pieces; k++)
        for (int i = -HALF; i < HALF; i++) {
            const int m = i < 0 ? -1 - i : i;
            const double at =
                lo + half * (2.0 * (double)k + 1.0 + (i < 0 ? -node[m] : node[m]));
            const double u = x + beta * at, f = exp(-fabs(u)), over = 1.0 / (1.0 + f);
            const double here = u > 0.0 ? over : f * over, q = u > 0.0 ? f * over : over;
            const double w = half * node_weight[m] * here;
            const double dr = at - centre, dp = here - p0, dg = q * at - g0;
            sum += w;
            r += w * dr;
            p += w * dp;
            g += w * dg;
            rp += w * dr * dp;
            rg += w * dr * dg;
        }
    *weight = sum;
    r /= sum;
    p /= sum;
    g /= sum;
    return (struct back){.mean = centre + r,
                         .p = p0 + p,
                         .g = g0 + g,
                         .with_p = rp / sum - r * p,
                         .with_g = rg / sum - r * g};
}

static struct back fill_bin(const struct side *s, double x, double beta)
{
    const double lo = s->lo, hi = s->lo + s->width;
    if (x == INFINITY)
        return (struct back){.ln = 0.0, .mean = lo + 0.5 * s->width, .p = 1.0};
    if (x == -INFINITY || x + beta * hi <= -CERTAIN)
        return mostly_undone(lo, s->width, x, beta);
    /* E_R where u is -CERTAIN and CERTAIN, within the bin. */
    const double low = fmin(fmax((-CERTAIN - x) / beta, lo), hi);
    const double high = fmin(fmax((CERTAIN - x) / beta, lo), hi);
    /* The weight rises with E_R. */
    const double u = x + beta * hi;
    const double ln_top = u > 0.0 ? -x - log1p(exp(-u)) : beta * hi - log1p(exp(u));
    struct back b = {.ln = 0.0};
    double sum = 0.0;
    if (high < hi) {
        const struct back part = {.mean = 0.5 * (high + hi), .p = 1.0};
        join(&b, &sum, &part, (hi - high) * exp(-x - ln_top));
    }
    if (high > low) {
        double weight;
        const struct back part = between(low, high, x, beta, &weight);
        join(&b, &sum, &part, weight * exp(-x - ln_top));
    }
    if (low > lo) {
        const struct back part = mostly_undone(lo, low - lo, x, beta);
        join(&b, &sum, &part, (low - lo) * exp(part.ln - ln_top));
    }
    b.ln = ln_top + log(sum / s->width);
    return b;
}

/* ---- sums -------------------------------------------------------------------------- */

void treated_cells_sum(struct treated_cells *c, double x, double beta,
                       struct treated_sums *out)
{
    fill_gone(c, beta);
    for (size_t j = 0; j < c->n_r; j++)
        c->back[j] = fill_bin(&c->r[j], x, beta);
    double largest = -INFINITY;
    for (size_t i = 0; i < c->n; i++) {
        const struct cell *cell = &c->cell[i];
        c->ln_w[i] = cell->ln_share + c->gone[cell->a].ln + c->back[cell->r].ln;
        largest = fmax(largest, c->ln_w[i]);
    }
    double sum = 0.0, a = 0.0, r = 0.0, p = 0.0, g = 0.0;
    double ap = 0.0, ag = 0.0, rp = 0.0, rg = 0.0;
    for (size_t i = 0; i < c->n; i++) {
        if (c->ln_w[i] < largest - NEGLIGIBLE_LN_WEIGHT) continue;
        const struct gone *gone = &c->gone[c->cell[i].a];
        const struct back *back = &c->back[c->cell[i].r];
        /* West's updates; g = d ln w/d beta. Within a cell E_A varies alone, and E_R with
         * p and (1 - p) E_R. */
        const double w = exp(c->ln_w[i] - largest), part = w / (sum += w);
        const double slope = -gone->mean + back->g;
        const double da = gone->mean - a, dr = back->mean - r;
        a += da * part;
        r += dr * part;
        p += (back->p - p) * part;
        g += (slope - g) * part;
        ap += w * da * (back->p - p);
        ag += w * (da * (slope - g) - gone->spread);
        rp += w * (dr * (back->p - p) + back->with_p);
        rg += w * (dr * (slope - g) + back->with_g);
    }
    *out = (struct treated_sums){.l = largest + log(sum),
                                 .l_x = -p,
                                 .l_b = g,
                                 .a = a,
                                 .a_x = -ap / sum,
                                 .a_b = ag / sum,
                                 .r = r,
                                 .r_x = -rp / sum,
                                 .r_b = rg / sum};
}

double treated_cells_ln_fall(const struct treated_cells *c, double beta)
{
    double top[2] = {-INFINITY, -INFINITY}, sum[2] = {0.0, 0.0};
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < c->n; i++) {
            const struct side *a = &c->a[c->cell[i].a], *r = &c->r[c->cell[i].r];
            for (int k = 0; k < 2; k++) {
                struct pel_tilted gone, back;
                pel_tilted_unit(beta * a->width, &gone);
                pel_tilted_unit(-(1 + k) * beta * r->width, &back);
                const double ln_w = c->cell[i].ln_share - beta * a->lo + gone.ln_sum +
                                    (1 + k) * beta * r->lo + back.ln_sum;
                if (pass == 0)
                    top[k] = fmax(top[k], ln_w);
                else
                    sum[k] += exp(ln_w - top[k]);
            }
        }
    return top[1] - top[0] + log(sum[1] / sum[0]);
}

/* ---- pairs ------------------------------------------------------------------------- */

/* Of d = E_A - E_R: its share above at energies d, and minus the derivative of that by beta
 * over d, times the density of d, a trapezoid between d0 and d3 with its plateau from d1 to
 * d2. Joins [lo, hi], on which the trapezoid has no corner. */
static void add_piece(const double d[4], double lo, double hi, double beta, double *mean,
                      double *by_beta)
{
    if (!(hi > lo)) return;
    /* exp(-beta |d|) is nothing beyond CERTAIN/beta, and the integrand a polynomial. */
    const double length = beta * (hi - lo);
    const int smooth = beta * lo >= CERTAIN || beta * hi <= -CERTAIN;
    const size_t pieces = smooth ? 1 : (size_t)ceil(length / PIECE);
    const double half = 0.5 * (hi - lo) / (double)pieces;
    const double height = 2.0 / ((d[3] - d[0]) + (d[2] - d[1]));
    for (size_t k = 0; k < pieces; k++)
        for (int i = -HALF; i < HALF; i++) {
            const int m = i < 0 ? -1 - i : i;
            const double at =
                lo + half * (2.0 * (double)k + 1.0 + (i < 0 ? -node[m] : node[m]));
            double density = height;
            if (at < d[1]) density *= (at - d[0]) / (d[1] - d[0]);
            if (at > d[2]) density *= (d[3] - at) / (d[3] - d[2]);
            const double w = half * node_weight[m] * density, f = exp(-beta * fabs(at));
            const double there = at > 0.0 ? f / (1.0 + f) : 1.0 / (1.0 + f);
            *mean += w * at * there;
            *by_beta -= w * at * at * f / ((1.0 + f) * (1.0 + f));
        }
}

void treated_cells_pairs(const struct treated_cells *c, double beta, double *mean,
                         double *by_beta)
{
    *mean = *by_beta = 0.0;
    for (size_t i = c->most - c->n_pairs; i < c->most; i++) {
        const struct side *a = &c->a[c->cell[i].a], *r = &c->r[c->cell[i].r];
        const double d0 = a->lo - r->lo - r->width, d3 = a->lo + a->width - r->lo;
        const double narrow = fmin(a->width, r->width), share = exp(c->cell[i].ln_share);
        const double d[4] = {d0, d0 + narrow, d3 - narrow, d3};
        const double limit = CERTAIN / beta;
        double sum = 0.0, slope = 0.0;
        for (int k = 0; k < 3; k++) {
            /* Three stretches: below -limit, between, above it. */
            const double low = fmin(fmax(-limit, d[k]), d[k + 1]);
            const double high = fmin(fmax(limit, d[k]), d[k + 1]);
            add_piece(d, d[k], low, beta, &sum, &slope);
            add_piece(d, low, high, beta, &sum, &slope);
            add_piece(d, high, d[k + 1], beta, &sum, &slope);
        }
        *mean += share * sum;
        *by_beta += share * slope;
    }
}

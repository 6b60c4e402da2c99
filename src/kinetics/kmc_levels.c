#include "kmc_priv.h"

#include <pelrate/alias.h>

#include <math.h>
#include <stdlib.h>

/* Hops of a landscape with levels. What depends on beta is computed for the two ends of the
 * window, and only where it is asked for. */

/* One thing that can be drawn: an event, or a bin of a histogram. */
struct item {
    double e_a;       /* barrier, or the lower edge of the bin [eV] */
    double width;     /* of the bin; 0: an event [eV] */
    double e_r;       /* of the event, or the lower edge of the cell [eV]; not used for a
                         bin */
    double r_width;   /* of the cell; 0: an event [eV] */
    double ln_weight; /* ln of its probability at beta = 0 */
};

struct level {
    size_t n, n_r;            /* items of activation, and of relaxation */
    struct item *activation;  /* [n] owned */
    struct item *relaxation;  /* [n_r] histograms: bins; owned. NULL: events */
    struct pel_alias by_rate; /* activation at beta_hot */
    struct pel_alias by_r;    /* bins of relaxation; events: not used */
    struct pel_alias by_a;    /* bins of activation at beta = 0; events: not used */
    double lowest;            /* e_a of any item [eV] */
    int filled;               /* by_rate is that of the window */
};

/* A cubic in x = e - e of the lower level; linear outside the levels. */
struct cubic {
    double c[4];
};

/* What is interpolated between two levels at one beta. */
struct interpolated {
    struct cubic ln_z, e_kin, e_r; /* e_r: <E_R>, of pairs weighted */
    double e_kin_at[2], e_r_at[2]; /* at the two levels [eV] */
};

struct interval {
    double e0, width;           /* lower level, and to the next one [eV/atom] */
    int filled;                 /* end[] is that of the window */
    struct interpolated end[2]; /* at beta_hot and beta_cold */
};

struct levels {
    struct kmc_source base;
    size_t n;                  /* levels */
    struct level *level;       /* [n] owned */
    struct interval *interval; /* [n - 1], at least 1; owned */
    size_t n_weights;
    double *weights;                       /* [n_weights], most items of a level; owned */
    struct pel_landscape_scratch *scratch; /* owned */
    double beta[2];                        /* hot and cold; 0: no window */
    const struct interval *at;             /* that of the last ln_z */
    size_t lower;                          /* its index */
    double part;                           /* 0 at its lower level, 1 at the upper */
};

static void free_levels(struct kmc_source *source)
{
    struct levels *l = (struct levels *)source;
    for (size_t k = 0; l->level != NULL && k < l->n; k++) {
        free(l->level[k].activation);
        free(l->level[k].relaxation);
        pel_alias_free(&l->level[k].by_rate);
        pel_alias_free(&l->level[k].by_r);
        pel_alias_free(&l->level[k].by_a);
    }
    free(l->level);
    free(l->interval);
    free(l->weights);
    pel_landscape_scratch_free(l->scratch);
    free(l);
}

/* ---- a window ---------------------------------------------------------------------- */

static pel_status window(struct kmc_source *source, double beta_hot, double beta_cold,
                         struct pel_error *err)
{
    struct levels *l = (struct levels *)source;
    (void)err;
    if (l->beta[0] == beta_hot && l->beta[1] == beta_cold) return PEL_OK;
    for (size_t k = 0; k < l->n; k++)
        l->level[k].filled = 0;
    for (size_t k = 0; k == 0 || k + 1 < l->n; k++)
        l->interval[k].filled = 0;
    l->beta[0] = beta_hot;
    l->beta[1] = beta_cold;
    return PEL_OK;
}

/* The cubic of given values and slopes at the ends of [0, width]. */
static struct cubic hermite(double width, double y0, double y1, double d0, double d1)
{
    if (!(width > 0.0)) return (struct cubic){{y0}};
    const double s = (y1 - y0) / width;
    return (struct cubic){{y0, d0, (3.0 * s - 2.0 * d0 - d1) / width,
                           (d0 + d1 - 2.0 * s) / (width * width)}};
}

static double cubic_at(const struct cubic *q, double x, double width)
{
    if (x < 0.0) return q->c[0] + x * q->c[1];
    if (x > width) {
        const double end =
            q->c[0] + width * (q->c[1] + width * (q->c[2] + width * q->c[3]));
        return end +
               (x - width) * (q->c[1] + width * (2.0 * q->c[2] + width * 3.0 * q->c[3]));
    }
    return q->c[0] + x * (q->c[1] + x * (q->c[2] + x * q->c[3]));
}

/* The interpolants of landscape.h are cubics in e between levels: values and slopes at the
 * levels are all there is to know. */
static pel_status fill_interval(struct levels *l, struct interval *v,
                                struct pel_error *err)
{
    const int pairs = l->base.pairs;
    for (int b = 0; b < 2; b++) {
        if (b == 1 && l->beta[1] == l->beta[0]) {
            v->end[1] = v->end[0];
            break;
        }
        struct pel_average a[2];
        for (int i = 0; i < 2; i++) {
            const pel_status status =
                pel_landscape_average(l->base.landscape, v->e0 + i * v->width, l->beta[b],
                                      PEL_RANGE_EXTRAPOLATE, l->scratch, &a[i], err);
            if (status != PEL_OK) return status;
        }
        struct interpolated *end = &v->end[b];
        end->ln_z = hermite(v->width, a[0].ln_z, a[1].ln_z, a[0].ln_z_e, a[1].ln_z_e);
        end->e_kin =
            hermite(v->width, -a[0].ln_z_b, -a[1].ln_z_b, -a[0].ln_z_be, -a[1].ln_z_be);
        end->e_r = pairs
                       ? hermite(v->width, a[0].e_rb, a[1].e_rb, a[0].e_rb_e, a[1].e_rb_e)
                       : hermite(v->width, a[0].e_r, a[1].e_r, a[0].e_r_e, a[1].e_r_e);
        for (int i = 0; i < 2; i++) {
            end->e_kin_at[i] = -a[i].ln_z_b;
            end->e_r_at[i] = pairs ? a[i].e_rb : a[i].e_r;
        }
    }
    v->filled = 1;
    return PEL_OK;
}

/* ln of the integral of exp(-beta E) over a bin of unit probability, from its lower edge. */
static double ln_bin(double beta, double width)
{
    const double x = beta * width;
    return x > 0.0 ? log(-expm1(-x) / x) : 0.0;
}

static void fill_level(struct levels *l, struct level *v)
{
    const double beta = l->beta[0];
    double largest = -INFINITY;
    for (size_t i = 0; i < v->n; i++) {
        const struct item *item = &v->activation[i];
        l->weights[i] = item->ln_weight - beta * item->e_a + ln_bin(beta, item->width);
        if (l->weights[i] > largest) largest = l->weights[i];
    }
    for (size_t i = 0; i < v->n; i++)
        l->weights[i] = exp(l->weights[i] - largest);
    pel_alias_fill(&v->by_rate, l->weights);
    v->filled = 1;
}

/* ---- hops -------------------------------------------------------------------------- */

/* The interval of e, its index and where in it e is. */
static pel_status locate(struct levels *l, double e, struct pel_error *err)
{
    size_t k = l->lower;
    while (k > 0 && e < l->interval[k].e0)
        k--;
    while (k + 2 < l->n && e >= l->interval[k + 1].e0)
        k++;
    struct interval *v = &l->interval[k];
    l->lower = k;
    l->at = v;
    l->part = v->width > 0.0 ? fmin(fmax((e - v->e0) / v->width, 0.0), 1.0) : 0.0;
    return v->filled ? PEL_OK : fill_interval(l, v, err);
}

static pel_status ln_z(struct kmc_source *source, double e, double beta, double *value,
                       struct pel_error *err)
{
    struct levels *l = (struct levels *)source;
    const pel_status status = locate(l, e, err);
    if (status != PEL_OK) return status;
    const struct interval *v = l->at;
    const double x = e - v->e0, w = v->width;
    *value = cubic_at(&v->end[0].ln_z, x, w);
    if (beta == l->beta[0]) return PEL_OK;
    const double step = l->beta[1] - l->beta[0];
    const struct cubic in_beta =
        hermite(step, *value, cubic_at(&v->end[1].ln_z, x, w),
                -cubic_at(&v->end[0].e_kin, x, w), -cubic_at(&v->end[1].e_kin, x, w));
    *value = cubic_at(&in_beta, beta - l->beta[0], step);
    return PEL_OK;
}

/* Energy within a bin under the weight exp(-beta E). */
static double within(const struct item *item, double beta, struct pel_random *random)
{
    const double u = pel_random_uniform(random), x = beta * item->width;
    if (x < 1e-9) return item->e_a + u * item->width;
    return item->e_a - log1p(u * expm1(-x)) / beta;
}

/* What the means of a mixture must be multiplied by to be those of the interpolation. */
static double correction(const struct cubic *q, const double at[2], double part, double x,
                         double width)
{
    const double mixture = at[0] + part * (at[1] - at[0]);
    return mixture > 0.0 ? cubic_at(q, x, width) / mixture : 1.0;
}

static void draw(struct kmc_source *source, double e, double beta, double ln_z_value,
                 struct pel_random *random, double *e_a, double *e_r)
{
    struct levels *l = (struct levels *)source;
    (void)ln_z_value;
    /* Only memory can fail it, and this interval was there when its rate was asked for. */
    (void)locate(l, e, NULL);
    const struct interval *v = l->at;
    const size_t upper = l->part > 0.0 && pel_random_uniform(random) < l->part;
    struct level *from = &l->level[l->lower + upper];
    if (!from->filled) fill_level(l, from);

    /* In a ramp by rejection: the table is that of the hottest moment. */
    const struct item *item;
    const double colder = beta - l->beta[0];
    do {
        item = &from->activation[pel_alias_draw(&from->by_rate, pel_random_bits(random))];
        *e_a = item->width > 0.0 ? within(item, l->beta[0], random) : item->e_a;
    } while (colder > 0.0 && !(pel_ziggurat_exponential(source->ziggurat, random) >=
                               colder * (*e_a - from->lowest)));
    if (l->base.pairs) {
        *e_r = item->e_r;
        if (item->r_width > 0.0) *e_r += pel_random_uniform(random) * item->r_width;
    } else if (from->relaxation == NULL) {
        *e_r = from->activation[pel_random_below(random, from->n)].e_r;
    } else {
        const struct item *bin =
            &from->relaxation[pel_alias_draw(&from->by_r, pel_random_bits(random))];
        *e_r = bin->e_a + pel_random_uniform(random) * bin->width;
    }
    /* At a level of its own both are 1. */
    if (v->width > 0.0 && l->part > 0.0 && l->part < 1.0) {
        const double x = e - v->e0, w = v->width;
        const double cold = colder > 0.0 ? colder / (l->beta[1] - l->beta[0]) : 0.0;
        double a = correction(&v->end[0].e_kin, v->end[0].e_kin_at, l->part, x, w);
        double r = correction(&v->end[0].e_r, v->end[0].e_r_at, l->part, x, w);
        if (cold > 0.0) {
            a += cold *
                 (correction(&v->end[1].e_kin, v->end[1].e_kin_at, l->part, x, w) - a);
            r += cold * (correction(&v->end[1].e_r, v->end[1].e_r_at, l->part, x, w) - r);
        }
        *e_a *= a;
        *e_r *= r;
    } else if (e < v->e0 || e > v->e0 + v->width) { /* extrapolated */
        *e_a *= correction(&v->end[0].e_kin, v->end[0].e_kin_at, l->part, e - v->e0,
                           v->width);
        *e_r *=
            correction(&v->end[0].e_r, v->end[0].e_r_at, l->part, e - v->e0, v->width);
    }
}

/* Of one of the two levels, the nearer one more often; energies as they are. */
static void path(struct kmc_source *source, double e, struct pel_random *random,
                 double *e_a, double *e_r)
{
    struct levels *l = (struct levels *)source;
    size_t k = l->lower;
    while (k > 0 && e < l->interval[k].e0)
        k--;
    while (k + 2 < l->n && e >= l->interval[k + 1].e0)
        k++;
    const double width = l->interval[k].width;
    const double part = width > 0.0 ? (e - l->interval[k].e0) / width : 0.0;
    l->lower = k;
    const struct level *from =
        &l->level[k + (part > 0.0 && pel_random_uniform(random) < part)];
    if (from->relaxation == NULL) {
        const struct item *item = &from->activation[pel_random_below(random, from->n)];
        *e_a = item->e_a;
        *e_r = l->base.pairs ? item->e_r
                             : from->activation[pel_random_below(random, from->n)].e_r;
        return;
    }
    const struct item *bin =
        &from->activation[pel_alias_draw(&from->by_a, pel_random_bits(random))];
    *e_a = bin->e_a + pel_random_uniform(random) * bin->width;
    if (l->base.pairs) {
        *e_r = bin->e_r + pel_random_uniform(random) * bin->r_width;
        return;
    }
    bin = &from->relaxation[pel_alias_draw(&from->by_r, pel_random_bits(random))];
    *e_r = bin->e_a + pel_random_uniform(random) * bin->width;
}

static const struct kmc_source_kind kind = {
    .free = free_levels, .window = window, .ln_z = ln_z, .path = path, .draw = draw};

/* ---- making one -------------------------------------------------------------------- */

static pel_status out_of_memory(struct pel_error *err)
{
    return pel_error_set(err, PEL_ENOMEM, "kmc: out of memory");
}

/* Bins of one spectrum that are not empty. */
static pel_status take_bins(const struct pel_landscape *landscape, size_t k,
                            enum pel_landscape_spectrum which, size_t *n,
                            struct item **items, struct pel_error *err)
{
    struct pel_histogram h;
    const pel_status status = pel_landscape_histogram(landscape, k, which, &h, err);
    if (status != PEL_OK) return status;
    *items = calloc(h.n, sizeof **items);
    if (*items == NULL) return out_of_memory(err);
    for (size_t i = 0; i < h.n; i++) {
        const double width = h.hi_eV[i] - h.lo_eV[i], weight = h.density[i] * width;
        if (weight > 0.0)
            (*items)[(*n)++] = (struct item){
                .e_a = h.lo_eV[i], .width = width, .ln_weight = log(weight)};
    }
    return PEL_OK;
}

/* Cells of a joint histogram that are not empty. */
static pel_status take_cells(const struct pel_landscape *landscape, size_t k, size_t *n,
                             struct item **items, struct pel_error *err)
{
    struct pel_landscape_cells cells;
    struct pel_histogram a, r;
    pel_status status = pel_landscape_cells(landscape, k, &cells, err);
    if (status == PEL_OK)
        status = pel_landscape_histogram(landscape, k, PEL_ACTIVATION, &a, err);
    if (status == PEL_OK)
        status = pel_landscape_histogram(landscape, k, PEL_RELAXATION, &r, err);
    if (status != PEL_OK) return status;
    *items = calloc(a.n * r.n, sizeof **items);
    if (*items == NULL) return out_of_memory(err);
    for (size_t i = 0; i < a.n; i++)
        for (size_t j = 0; j < r.n; j++) {
            const double width = a.hi_eV[i] - a.lo_eV[i];
            const double r_width = r.hi_eV[j] - r.lo_eV[j];
            const double weight = cells.density[i * r.n + j] * width * r_width;
            if (weight > 0.0)
                (*items)[(*n)++] = (struct item){.e_a = a.lo_eV[i],
                                                 .width = width,
                                                 .e_r = r.lo_eV[j],
                                                 .r_width = r_width,
                                                 .ln_weight = log(weight)};
        }
    return PEL_OK;
}

static pel_status take_events(const struct pel_landscape *landscape, size_t k,
                              struct level *level, struct pel_error *err)
{
    const double *e_a, *e_r;
    const pel_status status =
        pel_landscape_pairs(landscape, k, &level->n, &e_a, &e_r, err);
    if (status != PEL_OK) return status;
    level->activation = calloc(level->n, sizeof *level->activation);
    if (level->activation == NULL) return out_of_memory(err);
    for (size_t i = 0; i < level->n; i++)
        level->activation[i] = (struct item){.e_a = e_a[i], .e_r = e_r[i]};
    return PEL_OK;
}

static pel_status take_level(struct levels *l, size_t k, struct pel_error *err)
{
    struct level *level = &l->level[k];
    const struct pel_landscape *landscape = l->base.landscape;
    pel_status status;
    if (pel_landscape_kind(landscape) == PEL_LANDSCAPE_EVENTS) {
        status = take_events(landscape, k, level, err);
    } else {
        status = l->base.pairs
                     ? take_cells(landscape, k, &level->n, &level->activation, err)
                     : take_bins(landscape, k, PEL_ACTIVATION, &level->n,
                                 &level->activation, err);
        if (status == PEL_OK)
            status = take_bins(landscape, k, PEL_RELAXATION, &level->n_r,
                               &level->relaxation, err);
        if (status == PEL_OK) status = pel_alias_init(&level->by_r, level->n_r, err);
        if (status == PEL_OK) status = pel_alias_init(&level->by_a, level->n, err);
    }
    if (status == PEL_OK) status = pel_alias_init(&level->by_rate, level->n, err);
    if (status != PEL_OK) return status;
    const size_t most = level->n > level->n_r ? level->n : level->n_r;
    if (most > l->n_weights) {
        double *grown = realloc(l->weights, most * sizeof *grown);
        if (grown == NULL) return out_of_memory(err);
        l->weights = grown;
        l->n_weights = most;
    }
    level->lowest = INFINITY;
    for (size_t i = 0; i < level->n; i++)
        level->lowest = fmin(level->lowest, level->activation[i].e_a);
    for (size_t i = 0; i < level->n_r; i++)
        l->weights[i] = exp(level->relaxation[i].ln_weight);
    if (level->n_r == 0) return PEL_OK;
    pel_alias_fill(&level->by_r, l->weights);
    for (size_t i = 0; i < level->n; i++)
        l->weights[i] = exp(level->activation[i].ln_weight);
    pel_alias_fill(&level->by_a, l->weights);
    return PEL_OK;
}

pel_status kmc_levels_create(const struct pel_landscape *landscape,
                             const struct pel_ziggurat *ziggurat, int pairs,
                             struct kmc_source **out, struct pel_error *err)
{
    *out = NULL;
    struct levels *l = calloc(1, sizeof *l);
    if (l == NULL) return out_of_memory(err);
    l->base = (struct kmc_source){
        .kind = &kind, .landscape = landscape, .ziggurat = ziggurat, .pairs = pairs};
    l->n = pel_landscape_levels(landscape);
    l->level = calloc(l->n, sizeof *l->level);
    l->interval = calloc(l->n, sizeof *l->interval);
    pel_status status = PEL_OK;
    if (l->level == NULL || l->interval == NULL)
        status = out_of_memory(err);
    else
        status = pel_landscape_scratch_create(landscape, &l->scratch, err);
    for (size_t k = 0; k < l->n && status == PEL_OK; k++)
        status = take_level(l, k, err);
    if (status != PEL_OK) {
        free_levels(&l->base);
        return status;
    }
    for (size_t k = 0; k == 0 || k + 1 < l->n; k++) {
        l->interval[k].e0 = pel_landscape_level_e_is(landscape, k);
        l->interval[k].width =
            k + 1 < l->n ? pel_landscape_level_e_is(landscape, k + 1) - l->interval[k].e0
                         : 0.0;
    }
    *out = &l->base;
    return PEL_OK;
}

#include "landscape_priv.h"

#include <pelrate/random.h>
#include <pelrate/statistics.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Counts of one spectrum that are drawn one by one. */
#define MOST_COUNTS 1e7

static pel_status no_memory(struct pel_error *err)
{
    return pel_error_set(err, PEL_ENOMEM, "landscape: out of memory");
}

/* ---- events ------------------------------------------------------------------------ */

/* An event by its place, to sort those of a level by sample. */
struct place {
    const char *sample;
    size_t index;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    const int order = strcmp(p->sample, q->sample);
    if (order != 0) return order;
    return (p->index > q->index) - (p->index < q->index);
}

/* Indices of the events of one level drawn anew. A level may come out larger or smaller,
 * as samples are. */
struct drawn {
    size_t n, n_alloc;
    size_t *index; /* [n] owned */
};

static int add(struct drawn *drawn, size_t index)
{
    if (drawn->n == drawn->n_alloc) {
        const size_t more = drawn->n_alloc > 0 ? 2 * drawn->n_alloc : 256;
        size_t *grown = realloc(drawn->index, more * sizeof *grown);
        if (grown == NULL) return -1;
        drawn->index = grown;
        drawn->n_alloc = more;
    }
    drawn->index[drawn->n++] = index;
    return 0;
}

/* The events of a level sample by sample: returns how many samples there are; those of
 * number s are places[start[s]] to places[start[s + 1] - 1]. */
static size_t sort_level(const struct pel_landscape *l, const struct level *level,
                         struct place places[], size_t start[])
{
    const size_t n = level->n_events;
    for (size_t i = 0; i < n; i++)
        places[i] = (struct place){l->sample[level->first + i], level->first + i};
    qsort(places, n, sizeof *places, compare_places);
    size_t samples = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || strcmp(places[i].sample, places[i - 1].sample) != 0)
            start[samples++] = i;
    start[samples] = n;
    return samples;
}

static int draw_level(const struct pel_landscape *l, const struct level *level,
                      struct pel_random *random, struct place places[], size_t start[],
                      struct drawn *drawn)
{
    const size_t samples = sort_level(l, level, places, start);
    for (size_t s = 0; s < samples; s++) {
        const size_t from = pel_random_below(random, samples);
        const size_t size = start[from + 1] - start[from];
        for (size_t i = 0; i < size; i++) {
            /* A sample among many comes whole: samples differ by their events' own
             * scatter already, which would count twice. */
            const size_t k =
                samples >= PEL_BOOTSTRAP_LEAST ? i : pel_random_below(random, size);
            if (add(drawn, places[start[from] + k].index) != 0) return -1;
        }
    }
    return 0;
}

static pel_status redraw_events(const struct pel_landscape *l, struct pel_random *random,
                                struct pel_landscape **out, struct pel_error *err)
{
    struct drawn drawn = {0};
    struct place *places = calloc(l->n_events, sizeof *places);
    size_t *start = calloc(l->n_events + 1, sizeof *start);
    double *values = NULL;
    const char **sample = NULL;
    size_t *end = calloc(l->n_levels, sizeof *end);
    pel_status status = PEL_ENOMEM;
    if (places == NULL || start == NULL || end == NULL) goto done;
    for (size_t k = 0; k < l->n_levels; k++) {
        if (draw_level(l, &l->levels[k], random, places, start, &drawn) != 0) goto done;
        end[k] = drawn.n;
    }
    values = calloc(3 * drawn.n, sizeof *values);
    sample = calloc(drawn.n, sizeof *sample);
    if (values == NULL || sample == NULL) goto done;
    for (size_t i = 0, k = 0; i < drawn.n; i++) {
        while (i >= end[k])
            k++;
        values[i] = l->e_is[k];
        values[drawn.n + i] = l->e_a[drawn.index[i]];
        values[2 * drawn.n + i] = l->e_r[drawn.index[i]];
        sample[i] = l->sample[drawn.index[i]];
    }
    status =
        pel_landscape_create_events(&l->head, drawn.n, sample, values, values + drawn.n,
                                    values + 2 * drawn.n, out, err);
done:
    if (status == PEL_ENOMEM) no_memory(err);
    free(drawn.index);
    free(places);
    free(start);
    free(end);
    free(values);
    free(sample);
    return status;
}

pel_status pel_landscape_fewest_samples(const struct pel_landscape *landscape,
                                        size_t *fewest, struct pel_error *err)
{
    *fewest = 0;
    if (landscape->kind != PEL_LANDSCAPE_EVENTS) return PEL_OK;
    struct place *places = calloc(landscape->n_events, sizeof *places);
    size_t *start = calloc(landscape->n_events + 1, sizeof *start);
    pel_status status = PEL_OK;
    if (places == NULL || start == NULL) status = no_memory(err);
    for (size_t k = 0; status == PEL_OK && k < landscape->n_levels; k++) {
        const size_t n = sort_level(landscape, &landscape->levels[k], places, start);
        if (n >= PEL_BOOTSTRAP_LEAST && (*fewest == 0 || n < *fewest)) *fewest = n;
    }
    free(places);
    free(start);
    return status;
}

/* ---- histogram --------------------------------------------------------------------- */

static double total_count(const struct pel_histogram *h)
{
    double sum = 0.0;
    for (size_t i = 0; i < h->n; i++)
        sum += h->count[i]; /* NaN: not known */
    return sum;
}

/* total draws into count[n], of shares whose sums up to each are below[n]. */
static void draw_counts(size_t n, const double below[], size_t total,
                        struct pel_random *random, double count[])
{
    for (size_t i = 0; i < n; i++)
        count[i] = 0.0;
    for (size_t k = 0; k < total; k++) {
        const double u = below[n - 1] * pel_random_uniform(random);
        size_t lo = 0, hi = n - 1; /* the first with u < below */
        while (lo < hi) {
            const size_t mid = lo + (hi - lo) / 2;
            if (u < below[mid])
                hi = mid;
            else
                lo = mid + 1;
        }
        count[lo] += 1.0;
    }
}

static double bin_width(const struct pel_histogram *h, size_t i)
{
    return h->hi_eV[i] - h->lo_eV[i];
}

/* Counts and densities of a spectrum drawn anew into count[n] and density[n]; below[n] is
 * scratch. */
static void draw_bins(const struct pel_histogram *h, struct pel_random *random,
                      double below[], double count[], double density[])
{
    const size_t total = (size_t)(total_count(h) + 0.5);
    double sum = 0.0;
    for (size_t i = 0; i < h->n; i++) {
        sum += h->density[i] * bin_width(h, i);
        below[i] = sum;
    }
    draw_counts(h->n, below, total, random, count);
    for (size_t i = 0; i < h->n; i++)
        density[i] = count[i] / ((double)total * bin_width(h, i));
}

/* The same of a joint histogram: cells are drawn, and the two histograms are their sums.
 * below is scratch and receives, as count and density, [n_a n_r]; sums: counts [n_a], [n_r]
 * and densities [n_a], [n_r] of the two. */
static void draw_cells(const struct level *level, struct pel_random *random,
                       double below[], double count[], double density[], double *sums[4])
{
    const struct pel_histogram *a = &level->histogram[PEL_ACTIVATION];
    const struct pel_histogram *r = &level->histogram[PEL_RELAXATION];
    const size_t total = (size_t)(total_count(a) + 0.5);
    double sum = 0.0;
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < r->n; j++) {
            sum += level->cells[i * r->n + j] * bin_width(a, i) * bin_width(r, j);
            below[i * r->n + j] = sum;
        }
    draw_counts(a->n * r->n, below, total, random, count);
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < r->n; j++) {
            const double n = count[i * r->n + j];
            sums[0][i] += n;
            sums[1][j] += n;
            density[i * r->n + j] =
                n / ((double)total * bin_width(a, i) * bin_width(r, j));
        }
    for (size_t i = 0; i < a->n; i++)
        sums[2][i] = sums[0][i] / ((double)total * bin_width(a, i));
    for (size_t j = 0; j < r->n; j++)
        sums[3][j] = sums[1][j] / ((double)total * bin_width(r, j));
}

static pel_status redraw_joint(const struct pel_landscape *l, struct pel_random *random,
                               struct pel_landscape **out, struct pel_error *err)
{
    size_t need = 0;
    for (size_t k = 0; k < l->n_levels; k++) {
        const size_t n_a = l->levels[k].histogram[0].n, n_r = l->levels[k].histogram[1].n;
        need += 3 * n_a * n_r + 2 * (n_a + n_r);
    }
    struct pel_landscape_level *levels = calloc(l->n_levels, sizeof *levels);
    struct pel_landscape_cells *cells = calloc(l->n_levels, sizeof *cells);
    double *block = calloc(need, sizeof *block), *at = block;
    pel_status status = PEL_OK;
    if (levels == NULL || cells == NULL || block == NULL) status = no_memory(err);
    for (size_t k = 0; status == PEL_OK && k < l->n_levels; k++) {
        const struct level *from = &l->levels[k];
        const size_t n_a = from->histogram[0].n, n_r = from->histogram[1].n;
        double *below = at, *count = below + n_a * n_r, *density = count + n_a * n_r;
        double *sums[4] = {density + n_a * n_r};
        sums[1] = sums[0] + n_a;
        sums[2] = sums[1] + n_r;
        sums[3] = sums[2] + n_a;
        at = sums[3] + n_r;
        draw_cells(from, random, below, count, density, sums);
        levels[k] = (struct pel_landscape_level){.e_is_eV_per_atom = l->e_is[k],
                                                 .activation = from->histogram[0],
                                                 .relaxation = from->histogram[1]};
        levels[k].activation.count = sums[0];
        levels[k].relaxation.count = sums[1];
        levels[k].activation.density = sums[2];
        levels[k].relaxation.density = sums[3];
        cells[k] = (struct pel_landscape_cells){.density = density, .count = count};
    }
    if (status == PEL_OK)
        status =
            pel_landscape_create_joint(&l->head, l->n_levels, levels, cells, out, err);
    free(levels);
    free(cells);
    free(block);
    return status;
}

static pel_status redraw_histograms(const struct pel_landscape *l,
                                    struct pel_random *random, struct pel_landscape **out,
                                    struct pel_error *err)
{
    size_t bins = 0;
    for (size_t k = 0; k < l->n_levels; k++)
        bins += l->levels[k].histogram[0].n + l->levels[k].histogram[1].n;
    struct pel_landscape_level *levels = calloc(l->n_levels, sizeof *levels);
    double *block = calloc(3 * bins, sizeof *block), *at = block;
    pel_status status = PEL_OK;
    if (levels == NULL || block == NULL) status = no_memory(err);
    for (size_t k = 0; status == PEL_OK && k < l->n_levels; k++) {
        levels[k].e_is_eV_per_atom = l->e_is[k];
        for (int s = 0; s < 2; s++) {
            const struct pel_histogram *h = &l->levels[k].histogram[s];
            struct pel_histogram *to =
                s == PEL_ACTIVATION ? &levels[k].activation : &levels[k].relaxation;
            draw_bins(h, random, at, at + h->n, at + 2 * h->n);
            *to = *h;
            to->count = at + h->n;
            to->density = at + 2 * h->n;
            at += 3 * h->n;
        }
    }
    if (status == PEL_OK)
        status = pel_landscape_create_histogram(&l->head, l->n_levels, levels, out, err);
    free(levels);
    free(block);
    return status;
}

/* ---- both -------------------------------------------------------------------------- */

pel_status pel_landscape_can_redraw(const struct pel_landscape *landscape,
                                    struct pel_error *err)
{
    if (landscape->kind == PEL_LANDSCAPE_PARAMETRIC)
        return pel_error_set(err, PEL_EARG,
                             "a parametric landscape has no events to draw anew: bands "
                             "need one of kind events or histogram (pelrate fit --bands "
                             "has those of a parametric fit)");
    for (size_t k = 0;
         landscape->kind == PEL_LANDSCAPE_HISTOGRAM && k < landscape->n_levels; k++)
        for (int s = 0; s < 2; s++) {
            const double n = total_count(&landscape->levels[k].histogram[s]);
            if (n >= 0.5 && n <= MOST_COUNTS) continue;
            return pel_error_set(
                err, PEL_EARG,
                "%s spectrum at %.9g eV/atom: %s events in its bins, expected 1 to %g "
                "(column count) to draw them anew",
                pel_landscape_spectrum_names[s], landscape->e_is[k],
                isnan(n)          ? "an unknown number of"
                : n > MOST_COUNTS ? "too many"
                                  : "no",
                MOST_COUNTS);
        }
    return PEL_OK;
}

pel_status pel_landscape_redraw(const struct pel_landscape *landscape, uint64_t seed,
                                uint64_t replicate, struct pel_landscape **out,
                                struct pel_error *err)
{
    *out = NULL;
    const pel_status status = pel_landscape_can_redraw(landscape, err);
    if (status != PEL_OK) return status;
    struct pel_random random;
    pel_random_init(&random, seed, replicate, 0);
    return landscape->kind == PEL_LANDSCAPE_EVENTS
               ? redraw_events(landscape, &random, out, err)
           : landscape->pairs ? redraw_joint(landscape, &random, out, err)
                              : redraw_histograms(landscape, &random, out, err);
}

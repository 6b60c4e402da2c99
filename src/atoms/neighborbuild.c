#include "neighborbuild_priv.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Building a neighbour list: atoms are sorted into bins, slabs of bins make the rows of
 * their atoms, each on its own, and what they made is put together. How many slabs there
 * are depends on the number of atoms alone, and neither the rows nor the numbers of the
 * ghosts depend on it: the list is the same for any number of threads. */

/* Bins per range of the list: half the range is the usual optimum between testing too
 * many pairs and visiting too many bins. */
static const double BINS_PER_RANGE = 2.0;
/* Empty space gets no more bins than this many for each atom. */
static const double BINS_PER_ATOM = 8.0;
/* Guards the range against the rounding of fractional coordinates, relative. */
static const double RANGE_GUARD = 1e-12;
/* A wrapped coordinate beyond this many cells is no position any more (and no int). */
static const double FAR_AWAY = 1e9;

/* Atoms of a slab. */
static const double ATOMS_PER_SLAB = 500.0;

/* The grid of bins of one build. */
struct grid {
    int bins[3];   /* in each direction */
    int reach[3];  /* bins that a range covers */
    int images[3]; /* cells that a range covers */
    int behind;    /* images backwards in the first direction: none, or as many */
    size_t n_bins, n_shifts;
    double range2; /* of the list, largest [A^2] */
};

static int grow(void **memory, size_t size, size_t *allocated, size_t wanted)
{
    if (wanted <= *allocated) return 1;
    const size_t room = wanted + wanted / 2;
    void *larger = realloc(*memory, room * size);
    if (larger == NULL) return 0;
    *memory = larger;
    *allocated = room;
    return 1;
}

struct pel_neighbor_work *pel_neighbor_work_create(size_t n)
{
    struct pel_neighbor_work *w = calloc(1, sizeof *w);
    if (w == NULL) return NULL;
    w->n_slabs = (size_t)fmax(1.0, floor((double)n / ATOMS_PER_SLAB));
    w->wrapped = calloc(n, 3 * sizeof *w->wrapped);
    w->image = calloc(n, 3 * sizeof *w->image);
    w->bin = calloc(n, sizeof *w->bin);
    w->slabs = calloc(w->n_slabs, sizeof *w->slabs);
    if (w->wrapped != NULL && w->image != NULL && w->bin != NULL && w->slabs != NULL)
        return w;
    pel_neighbor_work_free(w);
    return NULL;
}

void pel_neighbor_work_free(struct pel_neighbor_work *w)
{
    if (w == NULL) return;
    for (size_t s = 0; w->slabs != NULL && s < w->n_slabs; s++) {
        struct slab *slab = &w->slabs[s];
        free(slab->entries);
        free(slab->ghosts);
        free(slab->cx);
        free(slab->cy);
        free(slab->cz);
        free(slab->distance2);
        free(slab->candidate);
        free(slab->candidate_shift);
        free(slab->near);
        free(slab->hits);
    }
    free(w->slabs);
    free(w->wrapped);
    free(w->image);
    free(w->bin);
    free(w->bin_first);
    free(w->ghost_of);
    free(w);
}

static struct grid grid_of(const struct pel_neighbor *list, const struct pel_cell *cell)
{
    struct grid g;
    double heights[3];
    const double range = (list->range + list->skin) * (1.0 + RANGE_GUARD);
    g.range2 = range * range;
    pel_cell_heights(cell, heights);
    double count[3];
    for (int d = 0; d < 3; d++)
        count[d] = fmax(1.0, floor(BINS_PER_RANGE * heights[d] / range));
    while (count[0] * count[1] * count[2] > BINS_PER_ATOM * (double)list->n + 64.0) {
        int most = 0;
        for (int d = 1; d < 3; d++)
            if (count[d] > count[most]) most = d;
        count[most] = ceil(0.5 * count[most]);
    }
    g.n_bins = 1;
    for (int d = 0; d < 3; d++) {
        g.bins[d] = (int)count[d];
        g.reach[d] = (int)ceil(range * count[d] / heights[d]);
        g.images[d] = (g.bins[d] - 1 + g.reach[d]) / g.bins[d];
        g.n_bins *= (size_t)g.bins[d];
    }
    /* Only bins ahead in the first direction are visited, so only images ahead; a moving
     * atom looks at standing ones in all directions. */
    g.behind = list->moving != NULL ? g.images[0] : 0;
    g.n_shifts = (size_t)(g.behind + g.images[0] + 1) * (size_t)(2 * g.images[1] + 1) *
                 (size_t)(2 * g.images[2] + 1);
    return g;
}

static size_t shift_index(const struct grid *g, const int n[3])
{
    return ((size_t)(n[0] + g->behind) * (size_t)(2 * g->images[1] + 1) +
            (size_t)(n[1] + g->images[1])) *
               (size_t)(2 * g->images[2] + 1) +
           (size_t)(n[2] + g->images[2]);
}

/* Wrap, find bins, and sort atoms by bin into list order. */
static pel_status sort_into_bins(struct pel_neighbor *list, const struct grid *g,
                                 const struct pel_cell *cell, const double x[],
                                 size_t *bad, struct pel_error *err)
{
    struct pel_neighbor_work *w = list->work;
    memset(w->bin_first, 0, (g->n_bins + 1) * sizeof *w->bin_first);
    for (size_t i = 0; i < list->n; i++) {
        const double *r = x + 3 * i;
        double d[3], *n = w->image + 3 * i, *to = w->wrapped + 3 * i;
        size_t bin = 0;
        for (int c = 0; c < 3; c++)
            d[c] = r[c] - cell->origin[c];
        for (int c = 0; c < 3; c++) {
            const double s = d[0] * cell->inverse[0][c] + d[1] * cell->inverse[1][c] +
                             d[2] * cell->inverse[2][c];
            if (!(fabs(s) < FAR_AWAY)) {
                *bad = i;
                return pel_error_set(err, PEL_EARG, "position is not finite");
            }
            n[c] = floor(s);
            int b = (int)((s - n[c]) * g->bins[c]);
            if (b >= g->bins[c]) b = g->bins[c] - 1;
            bin = bin * (size_t)g->bins[c] + (size_t)b;
        }
        for (int c = 0; c < 3; c++)
            to[c] = r[c] -
                    (n[0] * cell->h[0][c] + n[1] * cell->h[1][c] + n[2] * cell->h[2][c]);
        w->bin[i] = (int)bin;
        w->bin_first[bin + 1]++;
    }
    for (size_t b = 0; b < g->n_bins; b++)
        w->bin_first[b + 1] += w->bin_first[b];
    /* Each bin's start serves as its cursor, and is put back afterwards. */
    for (size_t i = 0; i < list->n; i++) {
        const size_t k = (size_t)w->bin_first[w->bin[i]]++;
        list->order[k] = (int)i;
        list->type[k] = list->type_of[i];
        memcpy(list->x_built + 3 * k, w->wrapped + 3 * i, 3 * sizeof(double));
        memcpy(list->image + 3 * k, w->image + 3 * i, 3 * sizeof(double));
    }
    for (size_t b = g->n_bins; b > 0; b--)
        w->bin_first[b] = w->bin_first[b - 1];
    w->bin_first[0] = 0;
    return PEL_OK;
}

static int renew(void **memory, size_t size)
{
    free(*memory);
    return (*memory = malloc(size)) != NULL;
}

/* Room for so many candidates; those that are there stay. */
static int grow_candidates(struct slab *s, size_t segments, size_t wanted)
{
    if (wanted <= s->candidates_alloc) return 1;
    size_t a = s->candidates_alloc, b = a, c = a, d = a, e = a;
    if (!grow((void **)&s->cx, sizeof *s->cx, &a, wanted) ||
        !grow((void **)&s->cy, sizeof *s->cy, &b, wanted) ||
        !grow((void **)&s->cz, sizeof *s->cz, &c, wanted) ||
        !grow((void **)&s->candidate, sizeof *s->candidate, &d, wanted) ||
        !grow((void **)&s->candidate_shift, sizeof *s->candidate_shift, &e, wanted) ||
        !renew((void **)&s->distance2, a * sizeof *s->distance2) ||
        !renew((void **)&s->near, a * sizeof *s->near) ||
        !renew((void **)&s->hits, a * segments * sizeof *s->hits))
        return 0;
    s->candidates_alloc = a;
    return 1;
}

/* Append the atoms of a bin, shifted by whole cell vectors, to the candidates; returns
 * their new number, 0 when out of memory. */
static size_t append_bin(const struct pel_neighbor *list, const struct pel_cell *cell,
                         struct slab *slab, size_t bin, const int n[3], size_t shift,
                         size_t count)
{
    const int *bin_first = list->work->bin_first;
    const int first = bin_first[bin], last = bin_first[bin + 1];
    if (!grow_candidates(slab, 2 * (size_t)list->n_types,
                         count + (size_t)(last - first) + 1))
        return 0;
    double s[3];
    for (int c = 0; c < 3; c++)
        s[c] = n[0] * cell->h[0][c] + n[1] * cell->h[1][c] + n[2] * cell->h[2][c];
    for (int j = first; j < last; j++) {
        const double *from = list->x_built + 3 * (size_t)j;
        slab->cx[count] = from[0] + s[0];
        slab->cy[count] = from[1] + s[1];
        slab->cz[count] = from[2] + s[2];
        slab->candidate[count] = j;
        slab->candidate_shift[count] = (int)shift;
        count++;
    }
    return count;
}

static int floor_div(int a, int b)
{
    return a >= 0 ? a / b : -((b - 1 - a) / b);
}

/* The bins ahead of bin at[3] (side 1) or behind it (side -1), half of space. */
static size_t append_side(const struct pel_neighbor *list, const struct pel_cell *cell,
                          const struct grid *g, struct slab *slab, const int at[3],
                          int side, size_t count)
{
    int o[3];
    for (o[0] = 0; o[0] <= g->reach[0]; o[0]++)
        for (o[1] = o[0] > 0 ? -g->reach[1] : 0; o[1] <= g->reach[1]; o[1]++)
            for (o[2] = o[0] > 0 || o[1] > 0 ? -g->reach[2] : 1; o[2] <= g->reach[2];
                 o[2]++) {
                int n[3];
                size_t bin = 0;
                for (int d = 0; d < 3; d++) {
                    const int to = at[d] + side * o[d];
                    n[d] = floor_div(to, g->bins[d]);
                    bin = bin * (size_t)g->bins[d] + (size_t)(to - n[d] * g->bins[d]);
                }
                count = append_bin(list, cell, slab, bin, n, shift_index(g, n), count);
                if (count == 0) return 0;
            }
    return count;
}

/* Everything that the atoms of a bin may see: first the bin itself, then the bins ahead
 * (*ahead candidates so far), in a limited list also those behind. Returns the number of
 * candidates, 0 when out of memory. */
static size_t gather(const struct pel_neighbor *list, const struct pel_cell *cell,
                     const struct grid *g, struct slab *slab, size_t bin, size_t *ahead)
{
    static const int here[3] = {0, 0, 0};
    const size_t n1 = (size_t)g->bins[1], n2 = (size_t)g->bins[2];
    const int at[3] = {(int)(bin / n2 / n1), (int)(bin / n2 % n1), (int)(bin % n2)};
    size_t count = append_bin(list, cell, slab, bin, here, shift_index(g, here), 0);
    if (count > 0) count = append_side(list, cell, g, slab, at, 1, count);
    *ahead = count;
    if (count > 0 && list->moving != NULL)
        count = append_side(list, cell, g, slab, at, -1, count);
    return count;
}

/* Which candidates an atom looks at. Every pair of moving atoms has one that sees the
 * other ahead: behind itself an atom of a limited list looks for standing ones only. */
struct view {
    size_t self;  /* itself */
    size_t ahead; /* from the next one up to here: ahead; all others: behind */
    size_t count; /* all */
};

static int is_mine(const struct pel_neighbor *list, const struct slab *slab,
                   const struct view *view, size_t c)
{
    if (c > view->self && c < view->ahead) return 1;
    return c != view->self && !list->moving[list->order[slab->candidate[c]]];
}

/* The candidates within the largest range of atom k, in their order; returns how many.
 * Written unconditionally, because a branch would be guessed wrong for every fourth. */
static size_t select_near(const struct pel_neighbor *list, const struct grid *g,
                          struct slab *slab, size_t k, const struct view *view)
{
    const double x = list->x_built[3 * k], y = list->x_built[3 * k + 1],
                 z = list->x_built[3 * k + 2], range2 = g->range2;
    const double *restrict cx = slab->cx, *restrict cy = slab->cy,
                           *restrict cz = slab->cz;
    double *restrict distance2 = slab->distance2;
    int *restrict near = slab->near;
    const size_t from = list->moving != NULL ? 0 : view->self + 1;
    for (size_t c = from; c < view->count; c++) {
        const double dx = cx[c] - x, dy = cy[c] - y, dz = cz[c] - z;
        distance2[c] = dx * dx + dy * dy + dz * dz;
    }
    size_t count = 0;
    for (size_t c = from; c < view->count; c++) {
        near[count] = (int)c;
        count += distance2[c] < range2;
    }
    if (list->moving == NULL) return count;
    size_t kept = 0;
    for (size_t h = 0; h < count; h++) {
        near[kept] = near[h];
        kept += (size_t)is_mine(list, slab, view, (size_t)near[h]);
    }
    return kept;
}

/* The neighbours of atom k among the candidates, appended to the slab in segments as those
 * of a row. */
static int append_row(const struct pel_neighbor *list, const struct grid *g, int here,
                      struct slab *slab, size_t row, size_t k, const struct view *view)
{
    const size_t segments = 2 * (size_t)list->n_types;
    const size_t of = (size_t)list->type[k] * (size_t)list->n_types;
    int *first = list->first + row * segments;
    double far2[PEL_NEIGHBOR_TYPES], near2[PEL_NEIGHBOR_TYPES];
    for (size_t t = 0; t < (size_t)list->n_types; t++) {
        const double far = list->outer[of + t] + list->skin,
                     near = list->inner[of + t] + list->skin;
        far2[t] = far * far;
        near2[t] = near * near;
    }
    const size_t count = select_near(list, g, slab, k, view);
    if (!grow((void **)&slab->ghosts, sizeof *slab->ghosts, &slab->ghosts_alloc,
              slab->n_ghosts + count + 1) ||
        !grow((void **)&slab->entries, sizeof *slab->entries, &slab->entries_alloc,
              slab->n_entries + count + PEL_NEIGHBOR_SLACK))
        return 0;
    size_t number[2 * PEL_NEIGHBOR_TYPES] = {0}; /* in each segment */
    for (size_t h = 0; h < count; h++) {
        const size_t c = (size_t)slab->near[h];
        const int j = slab->candidate[c], t = list->type[j];
        const double r2 = slab->distance2[c];
        const int ours = r2 < far2[t];
        const size_t segment = (size_t)(2 * t + (r2 >= near2[t]));
        int entry = j;
        if (slab->candidate_shift[c] != here) {
            slab->ghosts[slab->n_ghosts] =
                (size_t)slab->candidate_shift[c] * list->n + (size_t)j;
            entry = -1 - (int)slab->n_ghosts;
            slab->n_ghosts += (size_t)ours;
        }
        slab->hits[segment * slab->candidates_alloc + number[segment]] = entry;
        number[segment] += (size_t)ours;
    }
    for (size_t s = 0; s < segments; s++) {
        first[s] = (int)slab->n_entries;
        memcpy(slab->entries + slab->n_entries, slab->hits + s * slab->candidates_alloc,
               number[s] * sizeof *slab->entries);
        slab->n_entries += number[s];
    }
    return 1;
}

static int moves(const struct pel_neighbor *list, int k)
{
    return list->moving == NULL || list->moving[list->order[k]];
}

/* All rows of a slab; where segments start is counted from the slab's first one. */
static void fill_slab(const struct pel_neighbor *list, const struct pel_cell *cell,
                      const struct grid *g, int here, struct slab *slab)
{
    const int *bin_first = list->work->bin_first;
    size_t row = slab->row;
    slab->n_entries = slab->n_ghosts = 0;
    slab->failed = 0;
    for (size_t bin = slab->from; bin < slab->to; bin++) {
        const int first = bin_first[bin], last = bin_first[bin + 1];
        struct view view = {.count = 0};
        for (int k = first; k < last; k++) {
            if (!moves(list, k)) continue;
            if (view.count == 0)
                view.count = gather(list, cell, g, slab, bin, &view.ahead);
            view.self = (size_t)(k - first);
            if (view.count == 0 ||
                !append_row(list, g, here, slab, row++, (size_t)k, &view)) {
                slab->failed = 1;
                return;
            }
        }
    }
}

/* Bins with about as many atoms each; returns the number of rows. */
static size_t divide(struct pel_neighbor *list, const struct grid *g)
{
    struct pel_neighbor_work *w = list->work;
    size_t bin = 0, row = 0;
    for (size_t s = 0; s < w->n_slabs; s++) {
        struct slab *slab = &w->slabs[s];
        const double end = (double)list->n * (double)(s + 1) / (double)w->n_slabs;
        slab->from = bin;
        slab->row = row;
        while (bin < g->n_bins && (s + 1 == w->n_slabs || w->bin_first[bin] < end))
            bin++;
        slab->to = bin;
        for (int k = w->bin_first[slab->from]; k < w->bin_first[bin]; k++)
            row += (size_t)moves(list, k);
    }
    return row;
}

/* Ghosts get their numbers in the order in which rows see them first. */
static int number_ghosts(struct pel_neighbor *list)
{
    struct pel_neighbor_work *w = list->work;
    size_t n_all = list->n;
    for (size_t s = 0; s < w->n_slabs; s++)
        for (size_t k = 0; k < w->slabs[s].n_ghosts; k++) {
            size_t *ghost = &w->slabs[s].ghosts[k];
            int *number = &w->ghost_of[*ghost];
            if (*number < 0) {
                size_t a = list->n_alloc, b = a;
                if (!grow((void **)&list->owner, sizeof *list->owner, &a, n_all + 1) ||
                    !grow((void **)&list->shift, sizeof *list->shift, &b, n_all + 1))
                    return 0;
                list->n_alloc = a;
                list->owner[n_all] = (int)(*ghost % list->n);
                list->shift[n_all] = (int)(*ghost / list->n);
                *number = (int)n_all++;
            }
            *ghost = (size_t)*number;
        }
    list->n_all = n_all;
    return 1;
}

/* The slabs' rows one after the other. */
static int join(struct pel_neighbor *list)
{
    struct pel_neighbor_work *w = list->work;
    const size_t segments = 2 * (size_t)list->n_types;
    size_t pairs = 0;
    for (size_t s = 0; s < w->n_slabs; s++)
        pairs += w->slabs[s].n_entries;
    if (pairs > INT_MAX) return 0;
    if (pairs + PEL_NEIGHBOR_SLACK > list->pairs_alloc) {
        /* What was there is of no use: no copy. */
        list->pairs_alloc = 0;
        const size_t room = pairs + pairs / 8 + PEL_NEIGHBOR_SLACK;
        if (!renew((void **)&list->neighbors, room * sizeof *list->neighbors)) return 0;
        list->pairs_alloc = room;
    }
    size_t *start = malloc((w->n_slabs + 1) * sizeof *start);
    if (start == NULL) return 0;
    start[0] = 0;
    for (size_t s = 0; s < w->n_slabs; s++)
        start[s + 1] = start[s] + w->slabs[s].n_entries;
#pragma omp parallel for schedule(dynamic, 1)                                            \
    num_threads(list->threads) if (list->threads > 1)
    for (size_t s = 0; s < w->n_slabs; s++) {
        const struct slab *slab = &w->slabs[s];
        int *restrict to = list->neighbors + start[s];
        const int *restrict from = slab->entries;
        for (size_t k = 0; k < slab->n_entries; k++)
            to[k] = from[k] >= 0 ? from[k] : (int)slab->ghosts[-1 - from[k]];
        const size_t end = s + 1 < w->n_slabs ? w->slabs[s + 1].row : list->n_rows;
        for (size_t k = segments * slab->row; k < segments * end; k++)
            list->first[k] += (int)start[s];
    }
    free(start);
    list->first[segments * list->n_rows] = (int)pairs;
    memset(list->neighbors + pairs, 0, PEL_NEIGHBOR_SLACK * sizeof *list->neighbors);
    return 1;
}

/* A limited list keeps what its pairs need: moving atoms first, then the standing ones
 * that they see, then ghosts. */
static void renumber(struct pel_neighbor *list)
{
    struct pel_neighbor_work *w = list->work;
    const size_t n = list->n, ghosts = list->n_all - n;
    /* Scratch that building is done with. */
    int *number = w->ghost_of, *order = w->bin;
    const int pairs = list->first[2 * (size_t)list->n_types * list->n_rows];
    for (size_t k = 0; k < n; k++)
        number[k] = -1;
    for (int p = 0; p < pairs; p++)
        number[list->owner[list->neighbors[p]]] = 0;
    int rows = 0, count = (int)list->n_rows;
    for (size_t k = 0; k < n; k++) {
        if (list->moving[list->order[k]])
            number[k] = rows++;
        else if (number[k] == 0)
            number[k] = count++;
        if (number[k] >= 0) order[number[k]] = list->order[k];
    }
    for (int p = 0; p < pairs; p++) {
        const int j = list->neighbors[p];
        list->neighbors[p] = (size_t)j < n ? number[j] : j - (int)n + count;
    }
    for (size_t k = 0; k < ghosts; k++) {
        list->owner[(size_t)count + k] = number[list->owner[n + k]];
        list->shift[(size_t)count + k] = list->shift[n + k];
    }
    list->n = (size_t)count;
    list->n_all = (size_t)count + ghosts;
    for (size_t k = 0; k < list->n; k++) {
        const size_t i = (size_t)order[k];
        list->order[k] = order[k];
        list->type[k] = list->type_of[i];
        list->owner[k] = (int)k;
        memcpy(list->x_built + 3 * k, w->wrapped + 3 * i, 3 * sizeof(double));
        memcpy(list->image + 3 * k, w->image + 3 * i, 3 * sizeof(double));
    }
}

static int prepare_shifts(struct pel_neighbor *list, const struct grid *g)
{
    struct pel_neighbor_work *w = list->work;
    if (!grow((void **)&w->bin_first, sizeof *w->bin_first, &w->bins_alloc,
              g->n_bins + 1) ||
        !grow((void **)&list->shifts, sizeof *list->shifts, &list->shifts_alloc,
              g->n_shifts) ||
        !grow((void **)&w->ghost_of, sizeof *w->ghost_of, &w->ghost_of_alloc,
              g->n_shifts * list->n))
        return 0;
    memset(w->ghost_of, 0xff, g->n_shifts * list->n * sizeof *w->ghost_of);
    int n[3];
    for (n[0] = -g->behind; n[0] <= g->images[0]; n[0]++)
        for (n[1] = -g->images[1]; n[1] <= g->images[1]; n[1]++)
            for (n[2] = -g->images[2]; n[2] <= g->images[2]; n[2]++)
                for (int d = 0; d < 3; d++)
                    list->shifts[shift_index(g, n)][d] = n[d];
    size_t a = list->n_alloc, b = a;
    if (!grow((void **)&list->owner, sizeof *list->owner, &a, list->n) ||
        !grow((void **)&list->shift, sizeof *list->shift, &b, list->n))
        return 0;
    list->n_alloc = a;
    return 1;
}

/* Positions on whole lines of memory. */
static int place_positions(struct pel_neighbor *list)
{
    if (list->n_all <= list->x_alloc) return 1;
    const size_t room = (list->n_all + list->n_all / 4 + 1) / 2 * 2;
    free(list->x);
    list->x = aligned_alloc(64, room * 4 * sizeof *list->x);
    list->x_alloc = list->x != NULL ? room : 0;
    return list->x != NULL;
}

pel_status pel_neighbor_build(struct pel_neighbor *list, const struct pel_cell *cell,
                              const double x[], size_t *bad, struct pel_error *err)
{
    static const int nowhere[3] = {0, 0, 0};
    struct pel_neighbor_work *w = list->work;
    list->valid = 0;
    list->n = list->n_given;
    const struct grid g = grid_of(list, cell);
    if (!prepare_shifts(list, &g)) goto nomem;
    const pel_status status = sort_into_bins(list, &g, cell, x, bad, err);
    if (status != PEL_OK) return status;

    const int here = (int)shift_index(&g, nowhere);
    for (size_t k = 0; k < list->n; k++) {
        list->owner[k] = (int)k;
        list->shift[k] = here;
    }
    list->n_rows = divide(list, &g);
    int failed = 0;
#pragma omp parallel for schedule(dynamic, 1) num_threads(list->threads)                 \
    reduction(|                                                                          \
              : failed) if (list->threads > 1)
    for (size_t s = 0; s < w->n_slabs; s++) {
        fill_slab(list, cell, &g, here, &w->slabs[s]);
        failed |= w->slabs[s].failed;
    }
    if (failed || !number_ghosts(list) || !join(list)) goto nomem;
    if (list->moving != NULL) renumber(list);
    if (!place_positions(list)) goto nomem;
    list->built = *cell;
    list->valid = 1;
    list->builds++;
    return PEL_OK;

nomem:
    return pel_error_set(err, PEL_ENOMEM, "neighbour list of %zu atoms", list->n_given);
}

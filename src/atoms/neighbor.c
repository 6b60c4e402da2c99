#include "neighbor_priv.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bins per range of the list: half the range is the usual optimum between testing too
 * many pairs and visiting too many bins. */
static const double BINS_PER_RANGE = 2.0;
/* Empty space gets no more bins than this many for each atom. */
static const double BINS_PER_ATOM = 8.0;
/* Guards the range against the rounding of fractional coordinates, relative. */
static const double RANGE_GUARD = 1e-12;
/* A wrapped coordinate beyond this many cells is no position any more (and no int). */
static const double FAR_AWAY = 1e9;

struct pel_neighbor_work {
    double *wrapped; /* [3n] wrapped positions, caller's order [A] */
    double *image;   /* [3n] images, caller's order */
    int *bin;        /* [n] bin of each atom, caller's order */
    int *bin_first;  /* [bins + 1] */
    size_t bins_alloc;

    /* Candidates: everything that the atoms of one bin may see. */
    size_t candidates_alloc;
    double *cx, *cy, *cz; /* positions, shifted [A] */
    double *distance2;    /* from the atom at hand [A^2] */
    int *candidate;       /* atom */
    int *candidate_shift; /* shift, as in ghost_of */

    size_t hits_alloc;
    int *hit, *hit_key; /* neighbours of one atom and their segments */

    int *ghost_of; /* [shifts * n] ghost of an atom under a shift; -1: none yet */
    size_t ghost_of_alloc;
    double (*shifts)[3]; /* [shifts] the cell vectors of a shift, as numbers */
    size_t shifts_alloc;
};

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

pel_status pel_neighbor_create(size_t n, const int type[], int n_types,
                               const double inner[], const double outer[], double skin,
                               struct pel_neighbor **out, struct pel_error *err)
{
    *out = NULL;
    const size_t pairs = (size_t)n_types * (size_t)n_types;
    if (n > 1u << 26) return pel_error_set(err, PEL_EARG, "%zu atoms are too many", n);
    assert(n_types <= PEL_NEIGHBOR_TYPES);
    struct pel_neighbor *list = calloc(1, sizeof *list);
    if (list == NULL) goto nomem;
    list->n = list->n_rows = list->n_given = n;
    list->n_types = n_types;
    list->skin = skin;
    list->inner = calloc(pairs, sizeof *list->inner);
    list->outer = calloc(pairs, sizeof *list->outer);
    list->type_of = calloc(n, sizeof *list->type_of);
    list->order = calloc(n, sizeof *list->order);
    list->type = calloc(n, sizeof *list->type);
    list->first = calloc(2 * (size_t)n_types * n + 1, sizeof *list->first);
    list->x_built = calloc(n, 3 * sizeof *list->x_built);
    list->image = calloc(n, 3 * sizeof *list->image);
    list->work = calloc(1, sizeof *list->work);
    if (list->inner == NULL || list->outer == NULL || list->type_of == NULL ||
        list->order == NULL || list->type == NULL || list->first == NULL ||
        list->x_built == NULL || list->image == NULL || list->work == NULL)
        goto nomem;
    list->work->wrapped = calloc(n, 3 * sizeof *list->work->wrapped);
    list->work->image = calloc(n, 3 * sizeof *list->work->image);
    list->work->bin = calloc(n, sizeof *list->work->bin);
    if (list->work->wrapped == NULL || list->work->image == NULL ||
        list->work->bin == NULL)
        goto nomem;
    memcpy(list->type_of, type, n * sizeof *type);
    memcpy(list->inner, inner, pairs * sizeof *inner);
    memcpy(list->outer, outer, pairs * sizeof *outer);
    for (size_t k = 0; k < pairs; k++)
        list->range = fmax(list->range, outer[k]);
    *out = list;
    return PEL_OK;

nomem:
    pel_neighbor_free(list);
    return pel_error_set(err, PEL_ENOMEM, "neighbour list of %zu atoms", n);
}

pel_status pel_neighbor_limit(struct pel_neighbor *list, size_t n_moving,
                              const size_t moving[], struct pel_error *err)
{
    if (list->moving == NULL) list->moving = malloc(list->n_given);
    if (list->moving == NULL)
        return pel_error_set(err, PEL_ENOMEM, "neighbour list of %zu atoms", n_moving);
    memset(list->moving, 0, list->n_given);
    for (size_t k = 0; k < n_moving; k++)
        list->moving[moving[k]] = 1;
    list->valid = 0;
    return PEL_OK;
}

void pel_neighbor_free(struct pel_neighbor *list)
{
    if (list == NULL) return;
    struct pel_neighbor_work *w = list->work;
    if (w != NULL) {
        free(w->wrapped);
        free(w->image);
        free(w->bin);
        free(w->bin_first);
        free(w->cx);
        free(w->cy);
        free(w->cz);
        free(w->distance2);
        free(w->candidate);
        free(w->candidate_shift);
        free(w->hit);
        free(w->hit_key);
        free(w->ghost_of);
        free(w->shifts);
        free(w);
    }
    free(list->inner);
    free(list->outer);
    free(list->type_of);
    free(list->order);
    free(list->type);
    free(list->owner);
    free(list->shift);
    free(list->x);
    free(list->first);
    free(list->neighbors);
    free(list->x_built);
    free(list->image);
    free(list->moving);
    free(list);
}

/* Upper bound of how much a distance can have shrunk through the change of cell alone:
 * |d_then| <= stretch |d_now| for vectors fixed in the cell. Spectral norm of the way
 * back, bounded by 1 + the Frobenius norm of its difference from the identity. */
static double stretch_of(const struct pel_cell *then, const struct pel_cell *now)
{
    if (memcmp(then->h, now->h, sizeof now->h) == 0) return 1.0;
    double sum = 0.0;
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            double a = i == k ? -1.0 : 0.0;
            for (int l = 0; l < 3; l++)
                a += now->inverse[i][l] * then->h[l][k];
            sum += a * a;
        }
    return 1.0 + sqrt(sum);
}

/* Positions of the first count atoms from x; the largest squared displacement [A^2]
 * since the list was built beyond what the cell carries along. */
static double refresh(struct pel_neighbor *list, const struct pel_cell *cell,
                      const double x[], size_t count)
{
    const struct pel_cell *then = &list->built;
    const int same = memcmp(then->h, cell->h, sizeof cell->h) == 0;
    double carry[3][3]; /* a position then, times this, is where the cell carried it */
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            carry[i][k] = 0.0;
            for (int l = 0; l < 3; l++)
                carry[i][k] += then->inverse[i][l] * cell->h[l][k];
        }
    double largest = 0.0;
    int finite = 1;
    for (size_t k = 0; k < count; k++) {
        const double *from = x + 3 * (size_t)list->order[k];
        const double *n = list->image + 3 * k, *was = list->x_built + 3 * k;
        double *to = list->x + 4 * k, u2 = 0.0, base[3];
        if (same) {
            for (int c = 0; c < 3; c++)
                base[c] = was[c];
        } else {
            double d[3];
            for (int c = 0; c < 3; c++)
                d[c] = was[c] - then->origin[c];
            for (int c = 0; c < 3; c++)
                base[c] = cell->origin[c] + d[0] * carry[0][c] + d[1] * carry[1][c] +
                          d[2] * carry[2][c];
        }
        for (int c = 0; c < 3; c++) {
            to[c] = from[c] -
                    (n[0] * cell->h[0][c] + n[1] * cell->h[1][c] + n[2] * cell->h[2][c]);
            u2 += (to[c] - base[c]) * (to[c] - base[c]);
        }
        to[3] = 0.0;
        finite &= u2 < INFINITY;
        if (u2 > largest) largest = u2;
    }
    return finite ? largest : INFINITY;
}

static void refresh_ghosts(struct pel_neighbor *list, const struct pel_cell *cell)
{
    for (size_t g = list->n; g < list->n_all; g++) {
        const double *n = list->work->shifts[list->shift[g]];
        const double *from = list->x + 4 * (size_t)list->owner[g];
        double *to = list->x + 4 * g;
        for (int c = 0; c < 3; c++)
            to[c] = from[c] +
                    (n[0] * cell->h[0][c] + n[1] * cell->h[1][c] + n[2] * cell->h[2][c]);
        to[3] = 0.0;
    }
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

static int grow_candidates(struct pel_neighbor_work *w, size_t wanted)
{
    if (wanted <= w->candidates_alloc) return 1;
    size_t a = w->candidates_alloc, b = a, c = a, d = a, e = a, f = a;
    if (!grow((void **)&w->cx, sizeof *w->cx, &a, wanted) ||
        !grow((void **)&w->cy, sizeof *w->cy, &b, wanted) ||
        !grow((void **)&w->cz, sizeof *w->cz, &c, wanted) ||
        !grow((void **)&w->distance2, sizeof *w->distance2, &d, wanted) ||
        !grow((void **)&w->candidate, sizeof *w->candidate, &e, wanted) ||
        !grow((void **)&w->candidate_shift, sizeof *w->candidate_shift, &f, wanted))
        return 0;
    w->candidates_alloc = a;
    return 1;
}

/* Append the atoms of a bin, shifted by whole cell vectors; returns the new number of
 * candidates, 0 when out of memory. */
static size_t append_bin(struct pel_neighbor *list, const struct pel_cell *cell,
                         size_t bin, const int n[3], size_t shift, size_t count)
{
    struct pel_neighbor_work *w = list->work;
    const int first = w->bin_first[bin], last = w->bin_first[bin + 1];
    if (!grow_candidates(w, count + (size_t)(last - first) + 1)) return 0;
    double s[3];
    for (int c = 0; c < 3; c++)
        s[c] = n[0] * cell->h[0][c] + n[1] * cell->h[1][c] + n[2] * cell->h[2][c];
    for (int j = first; j < last; j++) {
        const double *from = list->x_built + 3 * (size_t)j;
        w->cx[count] = from[0] + s[0];
        w->cy[count] = from[1] + s[1];
        w->cz[count] = from[2] + s[2];
        w->candidate[count] = j;
        w->candidate_shift[count] = (int)shift;
        count++;
    }
    return count;
}

static int floor_div(int a, int b)
{
    return a >= 0 ? a / b : -((b - 1 - a) / b);
}

/* The bins ahead of bin at[3] (side 1) or behind it (side -1), half of space. */
static size_t append_side(struct pel_neighbor *list, const struct pel_cell *cell,
                          const struct grid *g, const int at[3], int side, size_t count)
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
                count = append_bin(list, cell, bin, n, shift_index(g, n), count);
                if (count == 0) return 0;
            }
    return count;
}

/* Everything that the atoms of bin at[3] may see: first the bin itself, then the bins
 * ahead (*ahead candidates so far), in a limited list also those behind. Returns the
 * number of candidates, 0 when out of memory. */
static size_t gather(struct pel_neighbor *list, const struct pel_cell *cell,
                     const struct grid *g, const int at[3], size_t *ahead)
{
    static const int here[3] = {0, 0, 0};
    const size_t own =
        ((size_t)at[0] * (size_t)g->bins[1] + (size_t)at[1]) * (size_t)g->bins[2] +
        (size_t)at[2];
    size_t count = append_bin(list, cell, own, here, shift_index(g, here), 0);
    if (count > 0) count = append_side(list, cell, g, at, 1, count);
    *ahead = count;
    if (count > 0 && list->moving != NULL)
        count = append_side(list, cell, g, at, -1, count);
    return count;
}

/* The number of an image in the list; -1 when out of memory. */
static int ghost_of(struct pel_neighbor *list, int shift, int atom)
{
    struct pel_neighbor_work *w = list->work;
    int *ghost = &w->ghost_of[(size_t)shift * list->n + (size_t)atom];
    if (*ghost >= 0) return *ghost;
    size_t a = list->n_alloc, b = a, c = a;
    const size_t wanted = list->n_all + 1;
    if (!grow((void **)&list->owner, sizeof *list->owner, &a, wanted) ||
        !grow((void **)&list->shift, sizeof *list->shift, &b, wanted) ||
        !grow((void **)&list->x, 4 * sizeof *list->x, &c, wanted))
        return -1;
    list->n_alloc = a;
    list->owner[list->n_all] = atom;
    list->shift[list->n_all] = shift;
    *ghost = (int)list->n_all++;
    return *ghost;
}

/* Which candidates an atom looks at. Every pair of moving atoms has one that sees the
 * other ahead: behind itself an atom of a limited list looks for standing ones only. */
struct view {
    size_t self;  /* itself */
    size_t ahead; /* from the next one up to here: ahead; all others: behind */
    size_t count; /* all */
};

static int is_mine(const struct pel_neighbor *list, const struct view *view, size_t c)
{
    if (c > view->self && c < view->ahead) return 1;
    return c != view->self && !list->moving[list->order[list->work->candidate[c]]];
}

/* The neighbours of atom k among the candidates, appended to the list in segments as
 * those of a row. */
static int append_neighbors(struct pel_neighbor *list, const struct grid *g, int here,
                            size_t row, size_t k, const struct view *view)
{
    struct pel_neighbor_work *w = list->work;
    const size_t segments = 2 * (size_t)list->n_types;
    int *first = list->first + row * segments;
    const double *inner = list->inner + (size_t)list->type[k] * (size_t)list->n_types;
    const double *outer = list->outer + (size_t)list->type[k] * (size_t)list->n_types;
    const double x = list->x_built[3 * k], y = list->x_built[3 * k + 1],
                 z = list->x_built[3 * k + 2];
    const size_t from = list->moving != NULL ? 0 : view->self + 1, count = view->count;
    for (size_t c = from; c < count; c++) {
        const double dx = w->cx[c] - x, dy = w->cy[c] - y, dz = w->cz[c] - z;
        w->distance2[c] = dx * dx + dy * dy + dz * dz;
    }
    int number[2 * PEL_NEIGHBOR_TYPES] = {0}; /* of hits in each segment */
    size_t hits = 0;
    for (size_t c = from; c < count; c++) {
        if (!(w->distance2[c] < g->range2) || !is_mine(list, view, c)) continue;
        const int j = w->candidate[c], t = list->type[j];
        const double far = outer[t] + list->skin, near = inner[t] + list->skin;
        if (!(w->distance2[c] < far * far)) continue;
        const int image =
            w->candidate_shift[c] == here ? j : ghost_of(list, w->candidate_shift[c], j);
        if (image < 0) return 0;
        size_t a = w->hits_alloc, b = a;
        if (!grow((void **)&w->hit, sizeof *w->hit, &a, hits + 1) ||
            !grow((void **)&w->hit_key, sizeof *w->hit_key, &b, hits + 1))
            return 0;
        w->hits_alloc = a;
        w->hit[hits] = image;
        w->hit_key[hits] = 2 * t + !(w->distance2[c] < near * near);
        number[w->hit_key[hits]]++;
        hits++;
    }
    if (!grow((void **)&list->neighbors, sizeof *list->neighbors, &list->pairs_alloc,
              (size_t)first[0] + hits + PEL_NEIGHBOR_SLACK))
        return 0;
    int cursor[2 * PEL_NEIGHBOR_TYPES];
    for (size_t s = 0; s < segments; s++) {
        cursor[s] = first[s];
        first[s + 1] = first[s] + number[s];
    }
    for (size_t h = 0; h < hits; h++)
        list->neighbors[cursor[w->hit_key[h]]++] = w->hit[h];
    return 1;
}

static int prepare_shifts(struct pel_neighbor *list, const struct grid *g)
{
    struct pel_neighbor_work *w = list->work;
    if (!grow((void **)&w->bin_first, sizeof *w->bin_first, &w->bins_alloc,
              g->n_bins + 1) ||
        !grow((void **)&w->shifts, sizeof *w->shifts, &w->shifts_alloc, g->n_shifts) ||
        !grow((void **)&w->ghost_of, sizeof *w->ghost_of, &w->ghost_of_alloc,
              g->n_shifts * list->n))
        return 0;
    memset(w->ghost_of, 0xff, g->n_shifts * list->n * sizeof *w->ghost_of);
    int n[3];
    for (n[0] = -g->behind; n[0] <= g->images[0]; n[0]++)
        for (n[1] = -g->images[1]; n[1] <= g->images[1]; n[1]++)
            for (n[2] = -g->images[2]; n[2] <= g->images[2]; n[2]++)
                for (int d = 0; d < 3; d++)
                    w->shifts[shift_index(g, n)][d] = n[d];
    size_t a = list->n_alloc, b = a, c = a;
    if (!grow((void **)&list->owner, sizeof *list->owner, &a, list->n) ||
        !grow((void **)&list->shift, sizeof *list->shift, &b, list->n) ||
        !grow((void **)&list->x, 4 * sizeof *list->x, &c, list->n))
        return 0;
    list->n_alloc = a;
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

static int bin_moves(const struct pel_neighbor *list, int first, int last)
{
    if (list->moving == NULL) return last > first;
    for (int k = first; k < last; k++)
        if (list->moving[list->order[k]]) return 1;
    return 0;
}

static pel_status build(struct pel_neighbor *list, const struct pel_cell *cell,
                        const double x[], size_t *bad, struct pel_error *err)
{
    static const int nowhere[3] = {0, 0, 0};
    list->valid = 0;
    list->n = list->n_given;
    const struct grid g = grid_of(list, cell);
    if (!prepare_shifts(list, &g)) goto nomem;
    const pel_status status = sort_into_bins(list, &g, cell, x, bad, err);
    if (status != PEL_OK) return status;

    list->n_all = list->n;
    list->first[0] = 0;
    const int here = (int)shift_index(&g, nowhere);
    for (size_t k = 0; k < list->n; k++) {
        list->owner[k] = (int)k;
        list->shift[k] = here;
    }
    int at[3];
    size_t bin = 0, row = 0;
    for (at[0] = 0; at[0] < g.bins[0]; at[0]++)
        for (at[1] = 0; at[1] < g.bins[1]; at[1]++)
            for (at[2] = 0; at[2] < g.bins[2]; at[2]++, bin++) {
                const int first = list->work->bin_first[bin];
                const int last = list->work->bin_first[bin + 1];
                if (!bin_moves(list, first, last)) continue;
                struct view view;
                view.count = gather(list, cell, &g, at, &view.ahead);
                if (view.count == 0) goto nomem;
                for (int k = first; k < last; k++) {
                    if (list->moving != NULL && !list->moving[list->order[k]]) continue;
                    view.self = (size_t)(k - first);
                    if (!append_neighbors(list, &g, here, row++, (size_t)k, &view))
                        goto nomem;
                }
            }
    list->n_rows = row;
    if (!grow((void **)&list->neighbors, sizeof *list->neighbors, &list->pairs_alloc,
              PEL_NEIGHBOR_SLACK))
        goto nomem;
    memset(list->neighbors + list->first[2 * (size_t)list->n_types * row], 0,
           PEL_NEIGHBOR_SLACK * sizeof *list->neighbors);
    if (list->moving != NULL) renumber(list);
    list->built = *cell;
    list->valid = 1;
    list->builds++;
    return PEL_OK;

nomem:
    return pel_error_set(err, PEL_ENOMEM, "neighbour list of %zu atoms", list->n);
}

pel_status pel_neighbor_update(struct pel_neighbor *list, const struct pel_cell *cell,
                               const double x[], size_t *bad, struct pel_error *err)
{
    int fresh = 0;
    if (list->valid) {
        /* A pair that is within range now was, then, within
         * (range + 2 displacements) * stretch: is that still inside range + skin? */
        const double moved = sqrt(refresh(list, cell, x, list->n_rows));
        const double reach = (list->range + 2.0 * moved) * stretch_of(&list->built, cell);
        fresh = reach <= list->range + list->skin;
    }
    if (!fresh) {
        const pel_status status = build(list, cell, x, bad, err);
        if (status != PEL_OK) return status;
        refresh(list, cell, x, list->n);
    }
    refresh_ghosts(list, cell);
    return PEL_OK;
}

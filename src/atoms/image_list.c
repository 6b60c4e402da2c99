#include "image_list_priv.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

pel_status pel_image_list_create(size_t n, double reach, double skin, int n_lists,
                                 const double cutoff[], const int of_images[],
                                 struct pel_image_list **out, struct pel_error *err)
{
    *out = NULL;
    if (n > INT_MAX / 64)
        return pel_error_set(err, PEL_EARG, "%zu atoms are too many", n);
    struct pel_image_list *l = calloc(1, sizeof *l);
    if (l == NULL) goto nomem;
    l->n = n;
    l->skin = skin;
    l->n_lists = n_lists;
    l->cutoff = malloc((size_t)n_lists * sizeof *l->cutoff);
    l->of_images = malloc((size_t)n_lists * sizeof *l->of_images);
    l->x_built = malloc(3 * n * sizeof *l->x_built);
    l->shift = malloc(3 * n * sizeof *l->shift);
    if (l->cutoff == NULL || l->of_images == NULL || l->x_built == NULL ||
        l->shift == NULL)
        goto nomem;
    memcpy(l->cutoff, cutoff, (size_t)n_lists * sizeof *cutoff);
    memcpy(l->of_images, of_images, (size_t)n_lists * sizeof *of_images);
    l->reach = reach;
    for (int k = 0; k < n_lists; k++)
        l->reach = fmax(l->reach, cutoff[k]);
    *out = l;
    return PEL_OK;

nomem:
    pel_image_list_free(l);
    return pel_error_set(err, PEL_ENOMEM, "neighbours of %zu atoms", n);
}

void pel_image_list_free(struct pel_image_list *l)
{
    if (l == NULL) return;
    free(l->cutoff);
    free(l->of_images);
    free(l->x);
    free(l->owner);
    free(l->image);
    free(l->first);
    free(l->neighbors);
    free(l->close);
    free(l->x_built);
    free(l->shift);
    free(l);
}

/* Boxes into which particles are sorted: the cell with the margin of its images. */
struct boxes {
    double margin[3]; /* in units of the cell vectors */
    int count[3];
    size_t n;     /* count[0] count[1] count[2] */
    int *first;   /* [n + 1] owned */
    int *content; /* [n_all] particles, box after box; owned */
    int *box_of;  /* [n_all] owned */
};

static void fractional(const struct pel_cell *cell, const double x[3], double s[3])
{
    for (int d = 0; d < 3; d++) {
        s[d] = 0.0;
        for (int c = 0; c < 3; c++)
            s[d] += (x[c] - cell->origin[c]) * cell->inverse[c][d];
    }
}

static int reserve(struct pel_image_list *l, size_t wanted)
{
    if (wanted <= l->n_alloc) return 1;
    const size_t room = wanted + wanted / 4;
    if (room > INT_MAX / 4) return 0;
    double *x = realloc(l->x, 3 * room * sizeof *x);
    if (x != NULL) l->x = x;
    int *owner = realloc(l->owner, room * sizeof *owner);
    if (owner != NULL) l->owner = owner;
    int *image = realloc(l->image, 3 * room * sizeof *image);
    if (image != NULL) l->image = image;
    if (x == NULL || owner == NULL || image == NULL) return 0;
    l->n_alloc = room;
    return 1;
}

/* Positions of the atoms, wrapped as at the last build, and of their images. */
static void place(struct pel_image_list *l, const struct pel_cell *cell, const double x[])
{
    for (size_t i = 0; i < 3 * l->n; i++)
        l->x[i] = x[i] - l->shift[i];
    for (size_t g = l->n; g < l->n_all; g++) {
        const double *from = l->x + 3 * (size_t)l->owner[g];
        for (size_t d = 0; d < 3; d++) {
            double v = from[d];
            for (size_t k = 0; k < 3; k++)
                v += l->image[3 * g + k] * cell->h[k][d];
            l->x[3 * g + d] = v;
        }
    }
}

/* Every image whose fractional coordinates are within the margin of the cell. */
static int find_images(struct pel_image_list *l, const struct pel_cell *cell,
                       const double x[], const double margin[3])
{
    int most[3];
    for (int d = 0; d < 3; d++)
        most[d] = (int)ceil(margin[d]);
    if (!reserve(l, l->n)) return 0;
    for (size_t i = 0; i < l->n; i++) {
        double s[3];
        fractional(cell, x + 3 * i, s);
        for (size_t d = 0; d < 3; d++) {
            double shift = 0.0;
            for (int k = 0; k < 3; k++)
                shift += floor(s[k]) * cell->h[k][d];
            l->shift[3 * i + d] = shift;
            l->image[3 * i + d] = 0;
        }
        l->owner[i] = (int)i;
    }
    l->n_all = l->n;
    place(l, cell, x);
    for (int a = -most[0]; a <= most[0]; a++)
        for (int b = -most[1]; b <= most[1]; b++)
            for (int c = -most[2]; c <= most[2]; c++) {
                if (a == 0 && b == 0 && c == 0) continue;
                const int image[3] = {a, b, c};
                for (size_t i = 0; i < l->n; i++) {
                    double s[3];
                    int near = 1;
                    fractional(cell, l->x + 3 * i, s);
                    for (int d = 0; d < 3; d++)
                        near = near && s[d] + image[d] >= -margin[d] &&
                               s[d] + image[d] < 1.0 + margin[d];
                    if (!near) continue;
                    if (!reserve(l, l->n_all + 1)) return 0;
                    l->owner[l->n_all] = (int)i;
                    memcpy(l->image + 3 * l->n_all, image, sizeof image);
                    l->n_all++;
                }
            }
    place(l, cell, x);
    return 1;
}

static int fill_boxes(const struct pel_image_list *l, const struct pel_cell *cell,
                      const double heights[3], double range, struct boxes *b)
{
    b->n = 1;
    for (int d = 0; d < 3; d++) {
        const double wanted = (1.0 + 2.0 * b->margin[d]) * heights[d] / range;
        /* No more boxes than particles: a dilute cell needs no fine ones. */
        const double most = cbrt((double)l->n_all) + 1.0;
        b->count[d] = (int)fmax(1.0, floor(fmin(wanted, most)));
        b->n *= (size_t)b->count[d];
    }
    b->first = calloc(b->n + 1, sizeof *b->first);
    b->content = malloc(l->n_all * sizeof *b->content);
    b->box_of = malloc(l->n_all * sizeof *b->box_of);
    if (b->first == NULL || b->content == NULL || b->box_of == NULL) return 0;
    for (size_t i = 0; i < l->n_all; i++) {
        double s[3];
        size_t box = 0;
        fractional(cell, l->x + 3 * i, s);
        for (int d = 0; d < 3; d++) {
            const double at = (s[d] + b->margin[d]) / (1.0 + 2.0 * b->margin[d]);
            const double k = floor(at * b->count[d]);
            box =
                box * (size_t)b->count[d] + (size_t)fmin(fmax(k, 0.0), b->count[d] - 1.0);
        }
        b->box_of[i] = (int)box;
        b->first[box + 1]++;
    }
    for (size_t k = 0; k < b->n; k++)
        b->first[k + 1] += b->first[k];
    for (size_t i = l->n_all; i-- > 0;) /* backwards, from the ends of the boxes */
        b->content[--b->first[b->box_of[i] + 1]] = (int)i;
    /* Each end has moved to its start: shift them back. */
    for (size_t k = 0; k < b->n; k++)
        b->first[k] = b->first[k + 1];
    b->first[b->n] = (int)l->n_all;
    return 1;
}

static int keep(int **array, size_t *room, size_t n, int value)
{
    if (n >= *room) {
        const size_t more = 2 * *room + 1024;
        int *grown = more < INT_MAX ? realloc(*array, more * sizeof *grown) : NULL;
        if (grown == NULL) return 0;
        *array = grown;
        *room = more;
    }
    (*array)[n] = value;
    return 1;
}

static int fill_list(struct pel_image_list *l, const struct boxes *b, int k, size_t *n,
                     double closest)
{
    const double range = l->cutoff[k] + l->skin, range2 = range * range;
    const double near = closest + l->skin, near2 = near * near;
    int *first = l->first + (size_t)k * (l->n_all + 1);
    const size_t last = l->of_images[k] ? l->n_all : l->n;
    for (size_t i = 0; i < l->n_all; i++) {
        first[i] = (int)*n;
        if (i >= last) continue;
        const int box = b->box_of[i];
        const int at[3] = {box / (b->count[1] * b->count[2]),
                           box / b->count[2] % b->count[1], box % b->count[2]};
        int low[3], high[3];
        for (int d = 0; d < 3; d++) {
            low[d] = at[d] > 0 ? at[d] - 1 : 0;
            high[d] = at[d] < b->count[d] - 1 ? at[d] + 1 : at[d];
        }
        for (int u = low[0]; u <= high[0]; u++)
            for (int v = low[1]; v <= high[1]; v++) {
                /* Boxes along the last direction follow each other. */
                const int row = (u * b->count[1] + v) * b->count[2];
                for (int p = b->first[row + low[2]]; p < b->first[row + high[2] + 1];
                     p++) {
                    const size_t j = (size_t)b->content[p];
                    if (j == i) continue;
                    double d2 = 0.0;
                    for (size_t d = 0; d < 3; d++) {
                        const double w = l->x[3 * j + d] - l->x[3 * i + d];
                        d2 += w * w;
                    }
                    if (d2 >= range2) continue;
                    if (!keep(&l->neighbors, &l->pairs_alloc, *n, (int)j)) return 0;
                    (*n)++;
                    if (k > 0 || i >= l->n || d2 >= near2) continue;
                    if (!keep(&l->close, &l->close_alloc, 2 * l->n_close, (int)i) ||
                        !keep(&l->close, &l->close_alloc, 2 * l->n_close + 1, (int)j))
                        return 0;
                    l->n_close++;
                }
            }
    }
    first[l->n_all] = (int)*n;
    return 1;
}

static pel_status build(struct pel_image_list *l, const struct pel_cell *cell,
                        const double x[], double closest, struct pel_error *err)
{
    struct boxes boxes = {0};
    double heights[3], range = 0.0;
    size_t n = 0;
    int done = 0;
    l->valid = 0;
    pel_cell_heights(cell, heights);
    for (int d = 0; d < 3; d++)
        boxes.margin[d] = (l->reach + l->skin) / heights[d];
    for (int k = 0; k < l->n_lists; k++)
        range = fmax(range, l->cutoff[k] + l->skin);
    /* A cell squeezed flat would have more images than can be counted. */
    const double particles = (double)l->n * (1.0 + 2.0 * boxes.margin[0]) *
                             (1.0 + 2.0 * boxes.margin[1]) *
                             (1.0 + 2.0 * boxes.margin[2]);
    if (!(particles < INT_MAX / 16))
        return pel_error_set(err, PEL_EARG, "the cell is too thin: %.3g images",
                             particles);
    if (!find_images(l, cell, x, boxes.margin)) goto done;
    free(l->first);
    l->first = malloc((size_t)l->n_lists * (l->n_all + 1) * sizeof *l->first);
    if (l->first == NULL || !fill_boxes(l, cell, heights, range, &boxes)) goto done;
    l->n_close = 0;
    for (int k = 0; k < l->n_lists; k++)
        if (!fill_list(l, &boxes, k, &n, closest)) goto done;
    l->built = *cell;
    memcpy(l->x_built, x, 3 * l->n * sizeof *x);
    l->builds++;
    l->valid = 1;
    done = 1;
done:
    free(boxes.first);
    free(boxes.content);
    free(boxes.box_of);
    return done ? PEL_OK
                : pel_error_set(err, PEL_ENOMEM, "neighbours of %zu atoms", l->n);
}

static int moved(const struct pel_image_list *l, const double x[])
{
    const double most = 0.25 * l->skin * l->skin;
    for (size_t i = 0; i < l->n; i++) {
        double d2 = 0.0;
        for (size_t d = 0; d < 3; d++) {
            const double w = x[3 * i + d] - l->x_built[3 * i + d];
            d2 += w * w;
        }
        if (!(d2 < most)) return 1;
    }
    return 0;
}

pel_status pel_image_list_update(struct pel_image_list *l, const struct pel_cell *cell,
                                 const double x[], double closest, int close[2],
                                 size_t *bad, struct pel_error *err)
{
    close[0] = close[1] = -1;
    for (size_t i = 0; i < 3 * l->n; i++)
        if (!isfinite(x[i])) {
            *bad = i / 3;
            return pel_error_set(err, PEL_EARG, "a position is not finite");
        }
    if (!l->valid || memcmp(cell->h, l->built.h, sizeof cell->h) != 0 ||
        memcmp(cell->origin, l->built.origin, sizeof cell->origin) != 0 || moved(l, x)) {
        const pel_status status = build(l, cell, x, closest, err);
        if (status != PEL_OK) return status;
    } else {
        place(l, cell, x);
    }
    for (size_t p = 0; p < l->n_close; p++) {
        const int i = l->close[2 * p], j = l->close[2 * p + 1];
        double d2 = 0.0;
        for (int d = 0; d < 3; d++) {
            const double w = l->x[3 * j + d] - l->x[3 * i + d];
            d2 += w * w;
        }
        if (d2 < closest * closest) {
            close[0] = l->owner[i];
            close[1] = l->owner[j];
            break;
        }
    }
    return PEL_OK;
}

const int *pel_image_list_of(const struct pel_image_list *l, int k, size_t particle,
                             int *n)
{
    const int *first = l->first + (size_t)k * (l->n_all + 1);
    *n = first[particle + 1] - first[particle];
    return *n > 0 ? l->neighbors + first[particle] : NULL;
}

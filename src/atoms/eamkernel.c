#include "eam_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What all kernels share: scratch, blocks, embedding. */

/* Rows of two blocks: enough that adding up what blocks did costs little beside it; an
 * even number of blocks, from four on, because two threads are the most common. Fewer
 * rows are one block. */
enum { TWO_BLOCKS_ROWS = 1500, FEWEST_BLOCKS = 4, MOST_BLOCKS = 64 };

static const struct eam_kernel *const kernels[] = {
#ifdef PEL_EAM_X86
    &pel_eam_avx512,
    &pel_eam_avx2,
#endif
    &pel_eam_portable,
};

const struct eam_kernel *pel_eam_kernel(size_t k)
{
    for (size_t at = 0; at < sizeof kernels / sizeof *kernels; at++)
        if (kernels[at]->available() && k-- == 0) return kernels[at];
    return NULL;
}

void *pel_eam_work_create(void)
{
    return calloc(1, sizeof(struct eam_work));
}

static void drop_blocks(struct eam_work *w)
{
    for (size_t b = 0; w->blocks != NULL && b < w->n_blocks; b++) {
        struct eam_block *block = &w->blocks[b];
        if (w->n_blocks > 1) free(block->force);
        free(block->near_memory);
        free(block->first);
        free(block->stored);
        free(block->slope_i);
        free(block->slope_j);
    }
    free(w->blocks);
    free(w->sums);
    w->blocks = NULL;
    w->sums = NULL;
    w->n_blocks = 0;
    w->list = NULL;
}

void pel_eam_work_free(void *work)
{
    struct eam_work *w = work;
    if (w == NULL) return;
    drop_blocks(w);
    free(w->place);
    free(w);
}

/* n numbers on a line of memory of their own. */
static double *lines(size_t n)
{
    return aligned_alloc(64, (n * sizeof(double) + 63) / 64 * 64);
}

static void take(struct eam_near *near, size_t room, char **memory)
{
    double **const numbers[] = {&near->r2, &near->x,          &near->y,
                                &near->z,  &near->one_over_r, &near->p};
    int **const integers[] = {&near->atom, &near->node, &near->table, &near->second,
                              &near->flags};
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++, *memory += 8 * room)
        *numbers[k] = (double *)(void *)*memory;
    for (size_t k = 0; k < sizeof integers / sizeof *integers; k++, *memory += 4 * room)
        *integers[k] = (int *)(void *)*memory;
}

/* What the pairs of a block touch, and its memory: room for its longest row, and for the
 * pairs that may lie within the density range. Memory is kept from list to list: fresh
 * pages would cost as much as the list. */
static int furnish(const struct pel_neighbor *list, struct eam_block *block, int shared)
{
    const size_t segments = 2 * (size_t)list->n_types;
    size_t longest = 0, pairs = 0;
    block->low = block->ghost_low = list->n_all;
    block->high = block->ghost_high = 0;
    for (size_t i = block->from; i < block->to; i++) {
        const int *first = list->first + segments * i;
        const size_t own = (size_t)(first[segments] - first[0]);
        if (own > longest) longest = own;
        for (size_t s = 0; s < segments; s += 2)
            pairs += (size_t)(first[s + 1] - first[s]);
        pairs += EAM_LANES;
        for (int k = first[0]; k < first[segments]; k++) {
            const size_t j = (size_t)list->neighbors[k];
            if (j >= list->n) {
                if (j < block->ghost_low) block->ghost_low = j;
                if (j >= block->ghost_high) block->ghost_high = j + 1;
            } else {
                if (j < block->low) block->low = j;
                if (j >= block->high) block->high = j + 1;
            }
        }
    }
    if (block->from < block->low) block->low = block->from;
    if (block->to > block->high) block->high = block->to;
    if (block->ghost_high == 0) block->ghost_low = 0;
    const size_t room = (longest + 2 * EAM_LANES) / 16 * 16 + 16;
    if (room > block->near_room) {
        block->near_room = room + room / 4 / 16 * 16;
        free(block->near_memory);
        block->near_memory = lines(2 * block->near_room * (6 + 3));
        if (block->near_memory == NULL) block->near_room = 0;
    }
    if (block->to - block->from + 1 > block->rows_room) {
        block->rows_room = (block->to - block->from + 1) * 9 / 8;
        free(block->first);
        block->first = malloc(block->rows_room * sizeof *block->first);
        if (block->first == NULL) block->rows_room = 0;
    }
    if (pairs + EAM_LANES > block->pairs_room) {
        block->pairs_room = pairs + pairs / 8 + EAM_LANES;
        free(block->stored);
        free(block->slope_i);
        free(block->slope_j);
        block->stored = malloc(block->pairs_room * sizeof *block->stored);
        block->slope_i = lines(block->pairs_room);
        block->slope_j = lines(block->pairs_room);
        if (block->stored == NULL || block->slope_i == NULL || block->slope_j == NULL)
            block->pairs_room = 0;
    }
    if (!shared && list->n_all > block->force_room) {
        block->force_room = list->n_all + list->n_all / 8;
        free(block->force);
        block->force = lines(4 * block->force_room);
        if (block->force == NULL) block->force_room = 0;
    }
    if (block->near_room == 0 || block->rows_room == 0 || block->pairs_room == 0 ||
        (!shared && block->force_room == 0))
        return 0;
    char *memory = block->near_memory;
    take(&block->inner, block->near_room, &memory);
    take(&block->outer, block->near_room, &memory);
    return 1;
}

/* Blocks with about as many pairs each. */
static pel_status plan(struct eam_work *w, const struct pel_neighbor *list,
                       struct pel_error *err)
{
    if (w->list == list && w->builds == list->builds) return PEL_OK;
    w->list = NULL;
    size_t n = 2 * (list->n_rows / TWO_BLOCKS_ROWS);
    if (n < FEWEST_BLOCKS) n = 1;
    if (n > MOST_BLOCKS) n = MOST_BLOCKS;
    if (n != w->n_blocks) {
        drop_blocks(w);
        w->blocks = calloc(n, sizeof *w->blocks);
        w->sums = calloc(n, sizeof *w->sums);
        if (w->blocks == NULL || w->sums == NULL) goto nomem;
        w->n_blocks = n;
    }
    if (list->n_all > w->place_alloc) {
        w->place_alloc = list->n_all + list->n_all / 4;
        free(w->place);
        w->place = lines(4 * w->place_alloc);
        if (w->place == NULL) w->place_alloc = 0;
        if (w->place == NULL) goto nomem;
    }
    const size_t segments = 2 * (size_t)list->n_types;
    const double pairs = (double)list->first[segments * list->n_rows];
    size_t row = 0;
    for (size_t b = 0; b < n; b++) {
        const double end = pairs * (double)(b + 1) / (double)n;
        w->blocks[b].from = row;
        while (row < list->n_rows && (double)list->first[segments * row] < end)
            row++;
        w->blocks[b].to = row = b + 1 == n ? list->n_rows : row;
    }
    int good = 1;
#pragma omp parallel for schedule(dynamic, 1) num_threads(list->threads)                 \
    reduction(& : good) if (list->threads > 1)
    for (size_t b = 0; b < n; b++)
        good &= furnish(list, &w->blocks[b], n == 1);
    if (!good) goto nomem;
    w->list = list;
    w->builds = list->builds;
    return PEL_OK;

nomem:
    drop_blocks(w);
    return pel_error_set(err, PEL_ENOMEM, "forces on %zu atoms", list->n);
}

/* Energy of embedding [eV] at a density and its slope. */
static double embedding_of(const struct eam *eam, int type, double rho, double *slope)
{
    const double *table = eam->embedding + 2 * (size_t)type * eam->n_rho;
    const int last = (int)eam->n_rho - 2;
    const double at = rho * eam->rho_scale;
    /* A density below 0 or beyond the table is extrapolated from its first or last
     * interval, the upper one linearly. */
    int m = at < (double)last ? (int)at : last;
    if (m < 0) m = 0;
    const double place = at - m;
    double value;
    pel_eam_hermite(table + 2 * (size_t)m, 2, place < 1.0 ? place : 1.0, &value, slope);
    *slope *= eam->rho_scale;
    return rho > eam->rho_max ? value + *slope * (rho - eam->rho_max) : value;
}

/* The blocks in their order, into the common forces: components first..last of part p of
 * the atoms and ghosts, out of as many parts as blocks. */
static void join_part(const struct eam_work *w, double *restrict f, size_t p, int first,
                      int last)
{
    const size_t n_all = w->list->n_all;
    const size_t from = n_all * p / w->n_blocks, to = n_all * (p + 1) / w->n_blocks;
    for (size_t b = 0; b < w->n_blocks; b++) {
        const struct eam_block *block = &w->blocks[b];
        const size_t low[2] = {block->low, block->ghost_low},
                     high[2] = {block->high, block->ghost_high};
        for (int range = 0; range < 2; range++)
            for (size_t k = low[range] > from ? low[range] : from;
                 k < high[range] && k < to; k++)
                for (int c = first; c < last; c++)
                    f[4 * k + (size_t)c] += block->force[4 * k + (size_t)c];
    }
}

static void join_blocks(const struct eam_work *w, double *f, int first, int last)
{
    if (w->n_blocks == 1) return;
#pragma omp parallel for schedule(dynamic, 1)                                            \
    num_threads(w->list->threads) if (w->list->threads > 1)
    for (size_t p = 0; p < w->n_blocks; p++)
        join_part(w, f, p, first, last);
}

static void first_block(const struct eam *eam, const struct pel_neighbor *list,
                        double closest2, struct eam_block *block)
{
    memset(block->force + 4 * block->low, 0,
           4 * (block->high - block->low) * sizeof *block->force);
    memset(block->force + 4 * block->ghost_low, 0,
           4 * (block->ghost_high - block->ghost_low) * sizeof *block->force);
    eam->kernel->first(eam, list, closest2, block);
}

/* The first pass of all blocks, and complete densities. Atoms that overlap: result->close
 * names them, and the rest is of no use. */
static pel_status first_pass(const struct eam *eam, const struct pel_neighbor *list,
                             double closest, struct eam_work *w,
                             struct pel_kernel_result *result, struct pel_error *err)
{
    const pel_status status = plan(w, list, err);
    if (status != PEL_OK) return status;
    if (w->n_blocks == 1) {
        w->blocks[0].force = result->force;
        eam->kernel->first(eam, list, closest * closest, &w->blocks[0]);
    } else {
#pragma omp parallel for schedule(dynamic, 1)                                            \
    num_threads(list->threads) if (list->threads > 1)
        for (size_t b = 0; b < w->n_blocks; b++)
            first_block(eam, list, closest * closest, &w->blocks[b]);
    }
    for (size_t b = 0; b < w->n_blocks; b++) {
        const int i = w->blocks[b].close;
        result->energy += w->blocks[b].energy;
        if (i < 0) continue;
        const size_t segments = 2 * (size_t)list->n_types;
        result->close[0] = i;
        for (int k = list->first[segments * (size_t)i];
             k < list->first[segments * ((size_t)i + 1)]; k++) {
            double r2 = 0.0;
            for (size_t c = 0; c < 3; c++) {
                const double d = list->x[4 * (size_t)i + c] -
                                 list->x[4 * (size_t)list->neighbors[k] + c];
                r2 += d * d;
            }
            result->close[1] = list->neighbors[k];
            if (r2 < closest * closest) return PEL_OK;
        }
    }
    double *f = result->force;
    join_blocks(w, f, 3, 4);
    for (size_t g = list->n; g < list->n_all; g++)
        f[4 * (size_t)list->owner[g] + 3] += f[4 * g + 3];
    return PEL_OK;
}

/* Energies of embedding and their slopes, of part p of the atoms; returns their sum. */
static double embed_part(const struct eam *eam, const struct pel_neighbor *list,
                         struct eam_work *w, size_t p, struct pel_kernel_result *result)
{
    double energy = 0.0;
    const size_t from = list->n * p / w->n_blocks, to = list->n * (p + 1) / w->n_blocks;
    for (size_t i = from; i < to; i++) {
        double *place = w->place + 4 * i;
        memcpy(place, list->x + 4 * i, 3 * sizeof *place);
        const double value =
            embedding_of(eam, list->type[i], result->force[4 * i + 3], place + 3);
        const double base =
            result->background != NULL ? result->background[2 * i + 1] : 0.0;
        energy += value - base;
        if (result->atom_energy != NULL) result->atom_energy[i] += value - base;
    }
    return energy;
}

static void embed(const struct eam *eam, const struct pel_neighbor *list,
                  struct eam_work *w, struct pel_kernel_result *result)
{
    double *place = w->place;
#pragma omp parallel for schedule(static)                                                \
    num_threads(list->threads) if (list->threads > 1)
    for (size_t p = 0; p < w->n_blocks; p++)
        w->sums[p] = embed_part(eam, list, w, p, result);
    for (size_t p = 0; p < w->n_blocks; p++)
        result->energy += w->sums[p];
#pragma omp parallel for schedule(static)                                                \
    num_threads(list->threads) if (list->threads > 1)
    for (size_t g = list->n; g < list->n_all; g++) {
        memcpy(place + 4 * g, list->x + 4 * g, 3 * sizeof *place);
        place[4 * g + 3] = place[4 * (size_t)list->owner[g] + 3];
    }
}

/* Half of each pair term to each of the two; rarely wanted, so in plain C. */
static void share_pairs(const struct eam *eam, const struct pel_neighbor *list,
                        double *share)
{
    const size_t segments = 2 * (size_t)list->n_types;
    for (size_t i = 0; i < list->n_rows; i++)
        for (size_t s = 0; s < segments; s++) {
            const struct eam_pair *pair =
                &eam->pairs[(size_t)list->type[i] * eam->base.n + s / 2];
            const int *first = list->first + segments * i + s;
            for (int k = first[0]; k < first[1]; k++) {
                const size_t j = (size_t)list->neighbors[k];
                double r2 = 0.0, z, slope;
                for (size_t c = 0; c < 3; c++) {
                    const double d = list->x[4 * i + c] - list->x[4 * j + c];
                    r2 += d * d;
                }
                if (!(r2 < pair->outer * pair->outer)) continue;
                const double r = sqrt(r2), at = r * eam->r_scale;
                const size_t last = eam->n_r - 2,
                             m = at < (double)last ? (size_t)at : last;
                pel_eam_hermite(eam->arena + pair->phi + 2 * m, 2,
                                fmin(at - (double)m, 1.0), &z, &slope);
                share[i] += 0.5 * z / r;
                share[j] += 0.5 * z / r;
            }
        }
}

pel_status pel_eam_compute(const struct pel_potential *potential,
                           const struct pel_neighbor *list, double closest, void *work,
                           struct pel_kernel_result *result, struct pel_error *err)
{
    const struct eam *eam = (const struct eam *)potential;
    struct eam_work *w = work;
    if (result->background != NULL)
        for (size_t i = 0; i < list->n; i++)
            result->force[4 * i + 3] = result->background[2 * i];
    const pel_status status = first_pass(eam, list, closest, w, result, err);
    if (status != PEL_OK || result->close[0] >= 0) return status;
    if (result->atom_energy != NULL) share_pairs(eam, list, result->atom_energy);
    embed(eam, list, w, result);
#pragma omp parallel for schedule(dynamic, 1)                                            \
    num_threads(list->threads) if (list->threads > 1)
    for (size_t b = 0; b < w->n_blocks; b++)
        eam->kernel->second(w->place, &w->blocks[b]);
    join_blocks(w, result->force, 0, 3);
    return PEL_OK;
}

pel_status pel_eam_background(const struct pel_potential *potential,
                              const struct pel_neighbor *list, double closest, void *work,
                              struct pel_kernel_result *result, double background[],
                              struct pel_error *err)
{
    const struct eam *eam = (const struct eam *)potential;
    struct eam_work *w = work;
    const pel_status status = first_pass(eam, list, closest, w, result, err);
    /* The list is gone after this, and another one may stand in its place. */
    w->list = NULL;
    if (status != PEL_OK || result->close[0] >= 0) return status;
    for (size_t i = 0; i < list->n; i++) {
        double slope;
        background[2 * i] = result->force[4 * i + 3];
        background[2 * i + 1] =
            embedding_of(eam, list->type[i], background[2 * i], &slope);
    }
    return PEL_OK;
}

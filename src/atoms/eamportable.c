#include "eam_priv.h"

#include <math.h>

/* The sums in plain C: what the other kernels are measured against, and what runs where
 * there is none of them. */

/* Append the atoms of list[first..last) within range2 of atom i that are not within
 * beyond2; returns the new count. The write is unconditional and the count moves only for
 * those in range: a branch here would be guessed wrong for every fifth pair. */
static inline size_t select_near(struct eam_near *near, const double *restrict x,
                                 const int *restrict atoms, int first, int last,
                                 const double here[3], double beyond2, double range2,
                                 const struct eam_pair *pair, int table, size_t count)
{
    for (int k = first; k < last; k++) {
        const int j = atoms[k];
        const double *restrict there = x + 4 * (size_t)j;
        const double dx = here[0] - there[0], dy = here[1] - there[1],
                     dz = here[2] - there[2];
        const double r2 = dx * dx + dy * dy + dz * dz;
        near->atom[count] = j;
        near->table[count] = table;
        near->second[count] = pair->second;
        near->flags[count] = pair->flags;
        near->x[count] = dx;
        near->y[count] = dy;
        near->z[count] = dz;
        near->r2[count] = r2;
        count += (r2 >= beyond2) & (r2 < range2);
    }
    return count;
}

/* 1/r, interval and place in it for all that were selected. Two plain loops, because the
 * compiler turns only those into vectors; what lies beyond the last interval is rare and
 * put right afterwards. Returns whether one is closer than closest2. */
static int locate(const struct eam *eam, int count, const double *restrict r2,
                  double *restrict one_over_r, double *restrict p, int *restrict node,
                  double closest2)
{
    const int last_node = (int)eam->n_r - 2;
    const double scale = eam->r_scale;
    int beyond = 0;
    for (int k = 0; k < count; k++) {
        const double r = sqrt(r2[k]), at = r * scale;
        const int m = (int)at;
        one_over_r[k] = 1.0 / r;
        p[k] = at - m;
        node[k] = m;
        beyond += m > last_node;
    }
    long close = 0;
    for (int k = 0; k < count; k++)
        close += r2[k] < closest2;
    for (int k = 0; beyond > 0 && k < count; k++)
        if (node[k] > last_node) {
            node[k] = last_node;
            p[k] = 1.0;
        }
    return close > 0;
}

/* Energy phi = z / r and pull = -phi' / r with phi' = (z' - phi) / r; here[] and f[4 j]
 * receive the force. */
static inline double push_pair(const struct eam_near *near, size_t k, double z, double dz,
                               double *restrict here, double *restrict f)
{
    const double one_over_r = near->one_over_r[k], phi = z * one_over_r;
    const double pull = (phi - dz) * one_over_r * one_over_r;
    const double d[3] = {near->x[k], near->y[k], near->z[k]};
    double *restrict there = f + 4 * (size_t)near->atom[k];
    for (int c = 0; c < 3; c++) {
        here[c] += d[c] * pull;
        there[c] -= d[c] * pull;
    }
    return phi;
}

/* Pairs beyond the densities. */
static double sum_outer(const struct eam *eam, const struct eam_near *near, size_t count,
                        double *restrict here, double *restrict f)
{
    double energy = 0.0;
    for (size_t k = 0; k < count; k++) {
        double z, dz;
        pel_eam_hermite(eam->arena + near->table[k] + 2 * (size_t)near->node[k], 2,
                        near->p[k], &z, &dz);
        energy += push_pair(near, k, z, dz * eam->r_scale, here, f);
    }
    return energy;
}

/* Pairs with densities, which here[3] and f[4 j + 3] receive. */
static double sum_inner(const struct eam *eam, const struct eam_near *near, size_t count,
                        double *restrict here, double *restrict f, int *restrict stored,
                        double *restrict slope_i, double *restrict slope_j)
{
    double energy = 0.0;
    for (size_t k = 0; k < count; k++) {
        const size_t m = (size_t)near->node[k];
        const double p = near->p[k];
        const double *record = eam->arena + near->table[k] + 4 * m;
        double z, dz, value[2], slope[2];
        pel_eam_hermite(record, 4, p, &z, &dz);
        energy += push_pair(near, k, z, dz * eam->r_scale, here, f);
        pel_eam_hermite(record + 2, 4, p, &value[0], &slope[0]);
        value[1] = value[0];
        slope[1] = slope[0];
        if (!(near->flags[k] & EAM_SAME))
            pel_eam_hermite(eam->arena + near->second[k] + 2 * m, 2, p, &value[1],
                            &slope[1]);
        const int at_i = (near->flags[k] & EAM_SWAPPED) != 0;
        const double scale = eam->r_scale * near->one_over_r[k];
        here[3] += value[at_i];
        f[4 * (size_t)near->atom[k] + 3] += value[!at_i];
        stored[k] = near->atom[k];
        slope_i[k] = slope[at_i] * scale;
        slope_j[k] = slope[!at_i] * scale;
    }
    return energy;
}

static void first_pass(const struct eam *eam, const struct pel_neighbor *list,
                       double closest2, struct eam_block *block)
{
    const int types = list->n_types;
    struct eam_near *inner = &block->inner, *outer = &block->outer;
    double *f = block->force;
    size_t at = 0;
    block->energy = 0.0;
    block->close = -1;
    for (size_t i = block->from; i < block->to; i++) {
        const int *first = list->first + 2 * (size_t)types * i;
        const double *x = list->x + 4 * i;
        size_t n_inner = 0, n_outer = 0;
        for (int t = 0; t < types; t++, first += 2) {
            const struct eam_pair *pair =
                &eam->pairs[(size_t)list->type[i] * eam->base.n + (size_t)t];
            const double inner2 = pair->inner * pair->inner,
                         outer2 = pair->outer * pair->outer;
            n_inner = select_near(inner, list->x, list->neighbors, first[0], first[1], x,
                                  0.0, inner2, pair, pair->record, n_inner);
            n_outer = select_near(outer, list->x, list->neighbors, first[0], first[2], x,
                                  inner2, outer2, pair, pair->phi, n_outer);
        }
        if (locate(eam, (int)n_inner, inner->r2, inner->one_over_r, inner->p, inner->node,
                   closest2) +
                locate(eam, (int)n_outer, outer->r2, outer->one_over_r, outer->p,
                       outer->node, closest2) >
            0) {
            block->close = (int)i;
            return;
        }
        /* Summed atom by atom: one long sum over all pairs would lose two more digits. */
        double here[4] = {0.0, 0.0, 0.0, 0.0};
        block->first[i - block->from] = (int)at;
        const double energy = sum_inner(eam, inner, n_inner, here, f, block->stored + at,
                                        block->slope_i + at, block->slope_j + at);
        at += n_inner;
        block->energy += energy + sum_outer(eam, outer, n_outer, here, f);
        for (size_t c = 0; c < 4; c++)
            f[4 * i + c] += here[c];
    }
    block->first[block->to - block->from] = (int)at;
}

static void second_pass(const double *restrict place, struct eam_block *block)
{
    double *restrict f = block->force;
    for (size_t i = block->from; i < block->to; i++) {
        const double *restrict here = place + 4 * i;
        const int *first = block->first + (i - block->from);
        double sum[3] = {0.0, 0.0, 0.0};
        for (int k = first[0]; k < first[1]; k++) {
            const size_t j = (size_t)block->stored[k];
            const double *restrict there = place + 4 * j;
            const double pull =
                -(here[3] * block->slope_i[k] + there[3] * block->slope_j[k]);
            for (size_t c = 0; c < 3; c++) {
                const double along = (here[c] - there[c]) * pull;
                sum[c] += along;
                f[4 * j + c] -= along;
            }
        }
        for (size_t c = 0; c < 3; c++)
            f[4 * i + c] += sum[c];
    }
}

static int always(void)
{
    return 1;
}

const struct eam_kernel pel_eam_portable = {
    .name = "portable",
    .doc = "plain C, on any processor",
    .available = always,
    .first = first_pass,
    .second = second_pass,
};

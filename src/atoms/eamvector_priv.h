/* The two passes over pairs, W of them at a time; included by a file that says how its
 * processor does the following, each function marked KERNEL:
 *
 *   W                        lanes
 *   vec, ints, mask          W doubles, W ints, W truth values
 *   splat, isplat            one value to all lanes
 *   load, iload, store, istore   from and to memory
 *   add sub mul div_ root least  lane by lane
 *   fma_(a, b, c)            a b + c, rounded once; fms_: a b - c; fnma_: c - a b
 *   keep(m, a)               a where m, else 0
 *   pick(m, a, b)            a where not m, b where m
 *   less(a, b), both(m, n), but(m, n)     truth values; but: m and not n
 *   first_lanes(n)           the first n lanes (all of them where n >= W)
 *   bits(m)                  a bit for each lane
 *   squeeze, squeeze_ints    store the lanes where m, one after the other (W values are
 *                            written, the rest is rubbish)
 *   gather4(base, index, shift, out)      out[c] = base[(index[k] << shift) + c], lane k
 *   spread4(f, index, a)     f[4 index[k] + c] -= a[c] of lane k, k = 0, 1, ...
 *   gain4(f, a)              f[c] += sum over lanes of a[c]
 *   sum(a)                   of all lanes, always in the same order
 *   to_ints, to_vec          towards zero, and back
 *   iadd, ishift(a, n), ileast, iand      lane by lane
 *   idrop(m, a), flagged(a, bit)          0 where m, else a; where a has the bit */

#include "eam_priv.h"

/* Append the lanes m. */
KERNEL static inline size_t append(struct eam_near *near, size_t count, mask m, vec r2,
                                   const vec d[3], ints atom, int table, int second)
{
    squeeze(near->r2 + count, m, r2);
    squeeze(near->x + count, m, d[0]);
    squeeze(near->y + count, m, d[1]);
    squeeze(near->z + count, m, d[2]);
    squeeze_ints(near->atom + count, m, atom);
    istore(near->table + count, isplat(table));
    istore(near->second + count, isplat(second));
    return count + (size_t)__builtin_popcount((unsigned)bits(m));
}

/* Neighbours of atom i in range among those of list[first[0]..first[1]), which may be
 * within the density range, and of list[first[1]..first[2]), which are not. Returns
 * whether one of them is too close. */
KERNEL static inline int select_near(const struct pel_neighbor *list, const int first[3],
                                     const vec here[3], const struct eam_pair *pair,
                                     double closest2, struct eam_block *block,
                                     size_t count[2])
{
    const vec inner2 = splat(pair->inner * pair->inner),
              outer2 = splat(pair->outer * pair->outer), too_close = splat(closest2);
    /* Tables start at multiples of 8: their offset has room for the flags. */
    const int second = (pair->flags & EAM_SAME ? 0 : pair->second) + pair->flags;
    int close = 0;
    for (int part = 0; part < 2; part++)
        for (int k = first[part]; k < first[part + 1]; k += W) {
            vec there[4], d[3];
            gather4(list->x, list->neighbors + k, 2, there);
            for (int c = 0; c < 3; c++)
                d[c] = sub(here[c], there[c]);
            const vec r2 = fma_(d[2], d[2], fma_(d[1], d[1], mul(d[0], d[0])));
            const mask near = both(first_lanes(first[part + 1] - k), less(r2, outer2));
            const ints atom = iload(list->neighbors + k);
            close |= bits(both(near, less(r2, too_close)));
            if (part == 0) {
                const mask within = less(r2, inner2);
                count[0] = append(&block->inner, count[0], both(near, within), r2, d,
                                  atom, pair->record, second);
                count[1] = append(&block->outer, count[1], but(near, within), r2, d, atom,
                                  pair->phi, 0);
            } else {
                count[1] =
                    append(&block->outer, count[1], near, r2, d, atom, pair->phi, 0);
            }
        }
    return close != 0;
}

/* Fill the lanes after the last one with atom i itself, at no distance that a force could
 * act along. */
KERNEL static inline void pad(struct eam_near *near, size_t count, size_t i)
{
    store(near->r2 + count, splat(1.0));
    store(near->x + count, splat(0.0));
    store(near->y + count, splat(0.0));
    store(near->z + count, splat(0.0));
    istore(near->atom + count, isplat((int)i));
    istore(near->table + count, isplat(0));
    istore(near->second + count, isplat(EAM_SAME));
}

/* 1 / r, place in the interval, and where in the tables all pairs of an atom are: shift is
 * log2 of what a point of their first table holds. In a loop of its own, because the way
 * from a distance to what a table says is long: here the ways of many pairs overlap, and
 * the loops after this one know at once what to read. */
KERNEL static inline void locate(const struct eam *eam, struct eam_near *near,
                                 size_t count, int shift)
{
    const vec one = splat(1.0), scale = splat(eam->r_scale);
    const ints last = isplat((int)eam->n_r - 2);
    for (size_t k = 0; k < count; k += W) {
        const vec r = root(load(near->r2 + k)), at = mul(r, scale);
        const ints node = ileast(to_ints(at), last), code = iload(near->second + k);
        store(near->one_over_r + k, div_(one, r));
        store(near->p + k, least(sub(at, to_vec(node)), one));
        istore(near->node + k, iadd(iload(near->table + k), ishift(node, shift)));
        istore(near->flags + k, code);
        istore(near->second + k, idrop(flagged(code, EAM_SAME),
                                       iadd(iand(code, isplat(~3)), ishift(node, 1))));
    }
}

/* As pel_eam_hermite. */
KERNEL static inline void hermite(vec f0, vec s0, vec f1, vec s1, vec p, vec *value,
                                  vec *slope)
{
    const vec two = splat(2.0), three = splat(3.0), step = sub(f1, f0);
    const vec c2 = sub(fms_(three, step, s1), mul(two, s0)),
              c3 = fnma_(two, step, add(s0, s1));
    *value = fma_(fma_(fma_(c3, p, c2), p, s0), p, f0);
    *slope = fma_(fma_(mul(three, c3), p, mul(two, c2)), p, s0);
}

/* Energy and force of W pairs from r phi and its slope; a[3] is set, sum[3] gains. */
KERNEL static inline vec push_pairs(const struct eam_near *near, size_t k, vec one_over_r,
                                    vec z, vec dz, double scale, vec a[3], vec total[3])
{
    const vec phi = mul(z, one_over_r);
    const vec pull = mul(mul(fnma_(dz, splat(scale), phi), one_over_r), one_over_r);
    a[0] = mul(load(near->x + k), pull);
    a[1] = mul(load(near->y + k), pull);
    a[2] = mul(load(near->z + k), pull);
    for (int c = 0; c < 3; c++)
        total[c] = add(total[c], a[c]);
    return phi;
}

/* Pairs with densities; the fourth of total is the density at the atom itself. */
KERNEL static inline vec sum_inner(const struct eam *eam, const struct eam_near *near,
                                   size_t count, double *f, vec total[4], int *stored,
                                   double *slope_i, double *slope_j)
{
    vec energy = splat(0.0);
    for (size_t k = 0; k < count; k += W) {
        const vec one_over_r = load(near->one_over_r + k), p = load(near->p + k);
        const mask live = first_lanes((int)(count - k));
        const ints code = iload(near->flags + k);
        const mask same = flagged(code, EAM_SAME), swapped = flagged(code, EAM_SWAPPED);
        vec low[4], high[4], a[4], z, dz, value[2], slope[2];
        gather4(eam->arena, near->node + k, 0, low);
        gather4(eam->arena + 4, near->node + k, 0, high);
        hermite(low[0], low[1], high[0], high[1], p, &z, &dz);
        hermite(low[2], low[3], high[2], high[3], p, &value[0], &slope[0]);
        gather4(eam->arena, near->second + k, 0, low);
        hermite(low[0], low[1], low[2], low[3], p, &value[1], &slope[1]);
        value[1] = pick(same, value[1], value[0]);
        slope[1] = pick(same, slope[1], slope[0]);
        const vec phi = push_pairs(near, k, one_over_r, z, dz, eam->r_scale, a, total);
        energy = add(energy, keep(live, phi));
        total[3] = add(total[3], keep(live, pick(swapped, value[0], value[1])));
        a[3] = sub(splat(0.0), keep(live, pick(swapped, value[1], value[0])));
        spread4(f, near->atom + k, a);
        const vec scale = mul(splat(eam->r_scale), one_over_r);
        istore(stored + k, iload(near->atom + k));
        store(slope_i + k, mul(pick(swapped, slope[0], slope[1]), scale));
        store(slope_j + k, mul(pick(swapped, slope[1], slope[0]), scale));
    }
    return energy;
}

/* Pairs beyond the densities. */
KERNEL static inline vec sum_outer(const struct eam *eam, const struct eam_near *near,
                                   size_t count, double *f, vec total[4])
{
    vec energy = splat(0.0);
    for (size_t k = 0; k < count; k += W) {
        const vec one_over_r = load(near->one_over_r + k), p = load(near->p + k);
        vec node[4], a[4], z, dz;
        gather4(eam->arena, near->node + k, 0, node);
        hermite(node[0], node[1], node[2], node[3], p, &z, &dz);
        const vec phi = push_pairs(near, k, one_over_r, z, dz, eam->r_scale, a, total);
        energy = add(energy, keep(first_lanes((int)(count - k)), phi));
        a[3] = splat(0.0);
        spread4(f, near->atom + k, a);
    }
    return energy;
}

KERNEL static void first_pass(const struct eam *eam, const struct pel_neighbor *list,
                              double closest2, struct eam_block *block)
{
    const size_t types = (size_t)list->n_types;
    double *f = block->force;
    size_t at = 0;
    block->energy = 0.0;
    block->close = -1;
    for (size_t i = block->from; i < block->to; i++) {
        const int *first = list->first + 2 * types * i;
        const double *x = list->x + 4 * i;
        const struct eam_pair *pairs = eam->pairs + (size_t)list->type[i] * types;
        const vec here[3] = {splat(x[0]), splat(x[1]), splat(x[2])};
        size_t count[2] = {0, 0};
        for (size_t t = 0; t < types; t++)
            if (select_near(list, first + 2 * t, here, pairs + t, closest2, block,
                            count)) {
                block->close = (int)i;
                return;
            }
        pad(&block->inner, count[0], i);
        pad(&block->outer, count[1], i);
        locate(eam, &block->inner, count[0], 2);
        locate(eam, &block->outer, count[1], 1);
        vec total[4] = {splat(0.0), splat(0.0), splat(0.0), splat(0.0)};
        block->first[i - block->from] = (int)at;
        const vec energy =
            sum_inner(eam, &block->inner, count[0], f, total, block->stored + at,
                      block->slope_i + at, block->slope_j + at);
        at += (count[0] + W - 1) / W * W;
        block->energy +=
            sum(add(energy, sum_outer(eam, &block->outer, count[1], f, total)));
        gain4(f + 4 * i, total);
    }
    block->first[block->to - block->from] = (int)at;
}

KERNEL static void second_pass(const double *place, struct eam_block *block)
{
    double *f = block->force;
    for (size_t i = block->from; i < block->to; i++) {
        const int *first = block->first + (i - block->from);
        const double *x = place + 4 * i;
        const vec here[4] = {splat(x[0]), splat(x[1]), splat(x[2]), splat(x[3])};
        vec total[4] = {splat(0.0), splat(0.0), splat(0.0), splat(0.0)};
        for (int k = first[0]; k < first[1]; k += W) {
            vec there[4], a[4];
            gather4(place, block->stored + k, 2, there);
            const vec pull = fma_(here[3], load(block->slope_i + k),
                                  mul(there[3], load(block->slope_j + k)));
            /* Along x_j - x_i: the sign of the force is in it. */
            for (int c = 0; c < 3; c++) {
                a[c] = mul(sub(there[c], here[c]), pull);
                total[c] = add(total[c], a[c]);
            }
            a[3] = splat(0.0);
            spread4(f, block->stored + k, a);
        }
        gain4(f + 4 * i, total);
    }
}

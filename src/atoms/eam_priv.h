#ifndef PEL_EAM_PRIV_H
#define PEL_EAM_PRIV_H

#include "potential_priv.h"

/* The tables of an embedded-atom potential, and the kernels that sum them.
 *
 * A function on a grid is a value f and a slope s (per interval, not per unit) at each
 * point; an interval needs both ends: cubic Hermite. What a pair of atoms within the
 * density range needs at once lies together, so that it reads as few lines of memory as
 * can be: a record of the pair term and the density at one of the two. */

/* A pair of types as seen from the first of them; offsets into the arena. (a, b) and
 * (b, a) share their tables. */
struct eam_pair {
    int record; /* [n_r][4]: f s of r phi(r) [eV A], f s of a density: the one at the atom
                   whose type is lower */
    int second; /* [n_r][2] f s of the other density; types that differ */
    int phi;    /* [n_r][2] f s of r phi(r) once more, for pairs beyond the density */
    int flags;  /* EAM_SAME, EAM_SWAPPED */
    double inner, outer; /* densities, everything: zero from here on [A] */
};
enum {
    EAM_SAME = 1,   /* one type: the density at both is that of the record */
    EAM_SWAPPED = 2 /* the first type is the higher one: the record's density is that at
                       the second atom */
};

struct eam {
    struct pel_potential base; /* first: a pel_potential is where this starts */
    size_t n_r, n_rho;         /* points of the tables */
    double r_scale, rho_scale; /* 1 / spacing */
    double rho_max;            /* last point of F */
    double *embedding;         /* [n][n_rho][2] f s of F_a [eV]; owned */
    double *arena;             /* the tables of pairs; owned */
    struct eam_pair *pairs;    /* [n][n]; owned */
    const struct eam_kernel *kernel;
};

/* Neighbours of one atom that are in range, one array a quantity. */
struct eam_near {
    double *r2, *x, *y, *z; /* [capacity] distance squared [A^2], x_i - x_j [A] */
    double *one_over_r, *p; /* [capacity] 1 / r [1/A], place in the interval, 0..1 */
    int *atom;              /* [capacity] atom or ghost */
    int *node;              /* [capacity] interval of the tables */
    int *table;             /* [capacity] record (phi: beyond the density) */
    int *second;            /* [capacity] second */
    int *flags;             /* [capacity] */
};

/* A share of the rows of a list, which one thread sums. Which rows make a block depends on
 * the list alone, never on the number of threads: sums keep their order. */
struct eam_block {
    size_t from, to;  /* rows */
    size_t low, high; /* atoms that its pairs touch lie in here */
    size_t ghost_low, ghost_high;
    double *force; /* [4 n_all] of its pairs; its own where there are several blocks */
    double energy; /* of its pairs [eV] */
    int close;     /* a row with another atom too close; -1: none */
    struct eam_near inner, outer; /* scratch; within the density range, and beyond */
    void *near_memory;            /* of both; owned */
    int *first;      /* [to - from + 1] where the stored pairs of a row start; owned */
    int *stored;     /* second atom of each pair within the density range; owned */
    double *slope_i; /* (d rho_i / dr) / r of each [1/A^2]; owned */
    double *slope_j; /* (d rho_j / dr) / r; owned */
    /* Capacities: of near_memory, first, stored (slopes), force [atoms]. */
    size_t near_room, rows_room, pairs_room, force_room;
};

struct eam_work {
    const struct pel_neighbor *list; /* that the plan below is for, when it was built */
    size_t builds;                   /* the builds-th time */
    size_t n_blocks;
    struct eam_block *blocks; /* [n_blocks]; owned */
    double *sums;             /* [n_blocks] energies of embedding [eV]; owned */
    double *place; /* [4 n_all] x y z [A] and dF/drho [eV] of atoms and ghosts; owned */
    size_t place_alloc;
};

/* One way to sum; all give the same but for the last digits. */
struct eam_kernel {
    const char *name;
    const char *doc;
    int (*available)(void); /* on this processor */
    /* Pair terms (energy and force) and densities (the fourth of force) of a block; keeps
     * what the second pass needs. */
    void (*first)(const struct eam *eam, const struct pel_neighbor *list, double closest2,
                  struct eam_block *block);
    /* The force through the densities. */
    void (*second)(const double *place, struct eam_block *block);
};

enum { EAM_LANES = 8 }; /* of the widest kernel: arrays have so much more room */

extern const struct eam_kernel pel_eam_portable;
#if defined(__x86_64__) && defined(__GNUC__)
#define PEL_EAM_X86
extern const struct eam_kernel pel_eam_avx2, pel_eam_avx512;
#endif
/* Kernel k, best first; NULL beyond the last one, the portable one. */
const struct eam_kernel *pel_eam_kernel(size_t k);

/* Methods of the potential; contracts as in potential_priv.h. */
void *pel_eam_work_create(void);
void pel_eam_work_free(void *work);
pel_status pel_eam_compute(const struct pel_potential *potential,
                           const struct pel_neighbor *list, double closest, void *work,
                           struct pel_kernel_result *result, struct pel_error *err);
pel_status pel_eam_background(const struct pel_potential *potential,
                              const struct pel_neighbor *list, double closest, void *work,
                              struct pel_kernel_result *result, double background[],
                              struct pel_error *err);

/* Value and slope (per interval) of a table at place p of the interval that starts at
 * node; the next node is width further. */
static inline void pel_eam_hermite(const double *restrict node, size_t width, double p,
                                   double *restrict value, double *restrict slope)
{
    const double f0 = node[0], s0 = node[1], f1 = node[width], s1 = node[width + 1];
    const double step = f1 - f0;
    const double c2 = 3.0 * step - 2.0 * s0 - s1, c3 = s0 + s1 - 2.0 * step;
    *value = ((c3 * p + c2) * p + s0) * p + f0;
    *slope = (3.0 * c3 * p + 2.0 * c2) * p + s0;
}

#endif /* PEL_EAM_PRIV_H */

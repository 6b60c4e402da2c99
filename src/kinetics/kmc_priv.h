#ifndef PEL_KMC_PRIV_H
#define PEL_KMC_PRIV_H

#include <pelrate/kmc.h>
#include <pelrate/random.h>
#include <pelrate/ziggurat.h>

/* Where hops come from: a landscape seen by one thread. A window is a stretch of
 * temperature, [beta_hot, beta_cold], in which the source answers; equal in a hold. */
struct kmc_source;

struct kmc_source_kind {
    void (*free)(struct kmc_source *source);
    pel_status (*window)(struct kmc_source *source, double beta_hot, double beta_cold,
                         struct pel_error *err);
    /* ln Z and E_kin [eV] at e [eV/atom] and a beta of the window. */
    pel_status (*ln_z)(struct kmc_source *source, double e, double beta, double *ln_z,
                       struct pel_error *err);
    /* A hop at the e of the last ln_z, whose value is given: barriers [eV]. */
    void (*draw)(struct kmc_source *source, double e, double beta, double ln_z,
                 struct pel_random *random, double *e_a, double *e_r);
};

/* In a hold the mean residence is read off cubics in e, in cells even over the range of the
 * landscape, each computed when it is first needed. Where ln Z changes by 0.01 over a cell
 * the residence is wrong by 1e-9 of itself; at a kink (a level, where ln Z has a step in
 * its second derivative) by 1e-6. */
enum { KMC_CELLS = 4096 };

struct kmc_cell {
    double c[4]; /* of x in [0, 1) [s]; c[0] NaN: not yet */
};

struct kmc_cells {
    double beta;  /* [1/eV]; 0: none yet */
    double per_e; /* cells per eV/atom, the first at the lower end */
    struct kmc_cell cell[KMC_CELLS];
};

struct kmc_source {
    const struct kmc_source_kind *kind;
    const struct pel_landscape *landscape; /* borrowed */
    const struct pel_ziggurat *ziggurat;   /* borrowed */
    int pairs;                             /* joint: E_A and E_R of one event */
    int needs_ln_z;                        /* draw() does; else it may be given NaN */
    struct kmc_cells cells;                /* of walks in a hold, one after another */
};

/* Sources of parametric landscapes, and of those with levels. Errors: PEL_ENOMEM. */
pel_status kmc_families_create(const struct pel_landscape *landscape,
                               const struct pel_ziggurat *ziggurat,
                               struct kmc_source **out, struct pel_error *err);
pel_status kmc_levels_create(const struct pel_landscape *landscape,
                             const struct pel_ziggurat *ziggurat, int pairs,
                             struct kmc_source **out, struct pel_error *err);

/* Rows that are wanted, segment by segment (corner k - 1 to corner k). */
struct kmc_grid {
    size_t n;
    size_t *segment; /* [n] k; 0: the start; owned */
    double *tau;     /* [n] since the start of the segment [s]; owned */
};

/* What one replica needs to run. */
struct kmc_run {
    const struct pel_kmc_settings *set;
    const struct pel_programme *programme;
    const struct kmc_grid *grid;
    double e_start;                   /* [eV/atom] */
    double lo, hi;                    /* range of the landscape [eV/atom] */
    double ln_frequency;              /* ln(nu M cells) [ln 1/s] */
    double per_hop;                   /* 1/(N cells) [1] */
    int (*is_stopped)(void *context); /* asked now and then: non-zero: give up */
    void *context;                    /* of is_stopped */
};

/* What it did. */
struct kmc_count {
    uint64_t hops, proposals;
};

/* Replica number r: e_row[grid.n] receives e at the rows. */
pel_status kmc_walk(const struct kmc_run *run, struct kmc_source *source,
                    uint64_t replica, double e_row[], struct kmc_count *count,
                    struct pel_error *err);

#endif /* PEL_KMC_PRIV_H */

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
    /* ln Z at e [eV/atom] and a beta of the window. */
    pel_status (*ln_z)(struct kmc_source *source, double e, double beta, double *ln_z,
                       struct pel_error *err);
    /* A path at e drawn without weight, as the spectra are: barriers [eV]. */
    void (*path)(struct kmc_source *source, double e, struct pel_random *random,
                 double *e_a, double *e_r);
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
    double per_path;                  /* nu [1/s] */
    int (*is_stopped)(void *context); /* asked now and then: non-zero: give up */
    void *context;                    /* of is_stopped */
};

/* What it did. */
struct kmc_count {
    uint64_t hops, proposals;
};

/* A replica on its way. Times count from the start of the segment. */
struct kmc_walker {
    const struct kmc_run *run;
    struct kmc_source *source;
    uint64_t replica;
    struct pel_random random;
    double e;         /* [eV/atom] */
    double t;         /* [s] */
    double T0, slope; /* of the segment [K], [K/s] */
    size_t segment;   /* its number */
    size_t row;       /* next row to be filled */
    double *e_row;
    struct kmc_count count;
};

/* Rows of this segment up to time t are those of the state so far. */
void kmc_fill_rows(struct kmc_walker *w, double t);
/* Errors: PEL_ERANGE e has left the range, and it is strict. */
pel_status kmc_check_range(const struct kmc_walker *w, struct pel_error *err);
/* Before a hop. Errors: PEL_ESTOPPED; PEL_ENOCONV too many hops. */
pel_status kmc_is_allowed(const struct kmc_walker *w, struct pel_error *err);
/* beta [1/eV] at time t of the segment. */
double kmc_beta_at(const struct kmc_walker *w, double t);

/* States with paths of their own (mode paths): memory of one thread for one replica after
 * another. Errors: PEL_ENOMEM. */
struct kmc_paths;
pel_status kmc_paths_create(const struct kmc_run *run, double paths,
                            struct kmc_paths **out, struct pel_error *err);
void kmc_paths_free(struct kmc_paths *paths);
/* Every region at the root of its tree. */
void kmc_paths_start(struct kmc_paths *paths, const struct kmc_walker *w);
/* Hop until `end`, within one window whose hottest beta is given. */
pel_status kmc_paths_hop(struct kmc_paths *paths, struct kmc_walker *w, double end,
                         double beta_hot, struct pel_error *err);

/* Replica number r: e_row[grid.n] receives e at the rows.
 *   paths  NULL: hops are drawn anew */
pel_status kmc_walk(const struct kmc_run *run, struct kmc_source *source,
                    struct kmc_paths *paths, uint64_t replica, double e_row[],
                    struct kmc_count *count, struct pel_error *err);

#endif /* PEL_KMC_PRIV_H */

#ifndef PEL_KMC_H
#define PEL_KMC_H

#include <pelrate/landscape.h>
#include <pelrate/programme.h>
#include <pelrate/progress.h>
#include <pelrate/status.h>
#include <stddef.h>
#include <stdint.h>

/* Kinetic Monte Carlo of the hops that a landscape describes: rejection-free, by residence
 * times (A. B. Bortz, M. H. Kalos, J. L. Lebowitz, J. Comput. Phys. 17, 10 (1975)). The
 * referee of the closures (closure.h), which replace the hops by their mean.
 *
 * The state is e = E_IS per atom of a system of `cells` cells that share it: cells x N
 * atoms, cells x M paths. A hop over E_A that releases E_R moves e by (E_A - E_R)/(cells
 * N). The rate equation is the limit of many cells; fewer fluctuate, and the mean of the
 * fluctuating rate is not the rate of the mean: the difference falls as 1/cells.
 *
 *   independent  hops at the rate cells M nu Z(beta; e); E_A from the Boltzmann-weighted
 *                spectrum P(E_A) exp(-beta E_A)/Z, E_R from its own. Mean drift: the
 *                closure `kinetic`, exactly.
 *   joint        the same with pairs (E_A, E_R). Mean drift: the closure `joint`.
 *   paths        every state has paths of its own, drawn once from the spectra at its e
 *                (pairs where the landscape has events), each crossed at nu exp(-beta E_A).
 *                They stand in regions of `region` paths that know of each other only
 *                through e. A hop over (E_A, E_R) takes its region to a state whose first
 *                path is the way back, (E_R, E_A), and whose region - 1 others are new; back
 *                there, the region finds the paths that it left. One region a cell (the
 *                default): all paths of a cell are new after a hop but the way back.
 *
 * With paths, time goes by in hops to and fro where barriers are low both ways: nothing is
 * averaged over them, and long times are out of reach.
 *
 * Between two levels of a histogram or of events the rate follows the interpolated ln Z
 * (landscape.h); the hop is drawn from one of the two levels, the nearer one more often
 * (linearly), and its energies are multiplied by what makes their means those of the
 * interpolation: 1 at the levels.
 *
 * While the temperature changes, hops are thinned (P. A. W. Lewis, G. S. Shedler, Nav. Res.
 * Logist. 26, 403 (1979)): proposed at the rate of the hottest moment of a short window and
 * accepted with the ratio of the rate at their own moment to that; no temperature is frozen
 * over a wait. Exact for parametric landscapes; for levels, ln Z within a window is a cubic
 * in beta through the exact values and slopes at its ends (error of the rate below 1e-5 at
 * the default window, and falling with its fourth power). */

/* A way to draw hops. */
struct pel_kmc_mode {
    const char *name; /* "independent" */
    const char *doc;  /* one paragraph */
    int needs_pairs;  /* 1: pairs of E_A and E_R */
    int keeps_paths;  /* 1: paths stay with their state */
};

/* The modes in a fixed order: how many, and number k (NULL for k >= count). */
PEL_API size_t pel_kmc_mode_count(void);
PEL_API const struct pel_kmc_mode *pel_kmc_mode_at(size_t k);

/* The mode of a name. Errors: PEL_EARG unknown (the message lists the names); *out is
 * NULL. */
PEL_API pel_status pel_kmc_mode_find(const char *name, const struct pel_kmc_mode **out,
                                     struct pel_error *err);

struct pel_kmc_settings {
    const struct pel_kmc_mode *mode; /* default independent */
    uint64_t cells;                  /* cells that share e; >= 1 */
    uint64_t region;   /* mode paths: of a region, at most all; 0: a cell's */
    uint64_t replicas; /* independent runs; >= 1 */
    uint64_t seed;     /* replica r draws from the stream (seed, r) */
    size_t threads;    /* 0: all; the result does not depend on it */
    enum pel_landscape_range range; /* what leaving the range of E_IS means */
    double rows_per_decade;         /* of time, in a hold [1] */
    double max_dT_K;                /* between rows, in a ramp [K] */
    double window;     /* ln of the ratio of rates within a window of thinning [1] */
    uint64_t max_hops; /* more in one replica are an error */
    uint64_t max_rows; /* more rows are too */
};

/* independent, 1 cell, 100 replicas, seed 1, all threads, strict, 10 rows a decade, 1 K,
 * window 0.2, 1e11 hops, 1e6 rows. */
PEL_API struct pel_kmc_settings pel_kmc_settings_defaults(void);

/* One row: the state of the replicas at one time. */
struct pel_kmc_row {
    double time_s;         /* [s] since the start of the programme */
    double temperature_K;  /* [K] */
    double e_is;           /* mean over the replicas [eV/atom] */
    double standard_error; /* of that mean [eV/atom]; NaN for one replica */
    int extrapolated;      /* 1: at least one replica is outside the landscape */
};

/* Owns rows. */
struct pel_kmc {
    size_t n;                 /* rows */
    struct pel_kmc_row *rows; /* [n], time increasing; first at 0, last at the end: at the
                                 corners of the programme, every max_dT_K of a ramp, and in
                                 a hold evenly in ln t from about the first hop on */
    uint64_t hops;            /* over all replicas */
    uint64_t proposals;       /* hops and those that thinning refused */
};

/* Run replicas of a programme from e_is [eV/atom].
 *   settings  NULL: the defaults
 *   progress  may be NULL; done and total count replicas
 *   out       receives the history; release it with pel_kmc_free()
 * Errors: PEL_EARG      a setting out of its range, e_is not finite; a mode that needs
 *                       pairs and a landscape without (the message says which have them)
 *         PEL_ERANGE    a replica leaves the range of the landscape (message: replica, time
 *                       and temperature) and range is strict, or a parameter its domain
 *         PEL_ENOCONV   more than max_hops or max_rows
 *         PEL_ESTOPPED  progress asked to stop
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_kmc_run(const struct pel_landscape *landscape,
                               const struct pel_programme *programme, double e_is,
                               const struct pel_kmc_settings *settings,
                               const struct pel_progress *progress, struct pel_kmc **out,
                               struct pel_error *err);
/* Release a history. NULL is allowed. */
PEL_API void pel_kmc_free(struct pel_kmc *kmc);

#endif /* PEL_KMC_H */

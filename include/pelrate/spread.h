#ifndef PEL_SPREAD_H
#define PEL_SPREAD_H

#include <pelrate/progress.h>
#include <pelrate/rate.h>
#include <pelrate/status.h>
#include <stddef.h>
#include <stdint.h>

/* How sure the numbers are that follow from a landscape: they are worked out again for
 * replicates of it whose events are drawn anew (pel_landscape_redraw), and the share of
 * the replicates in the middle is a band: that share which holds the truth with the
 * probability asked for (pel_statistics_bootstrap_share), as few samples tell less of
 * their spread than many do. A share near 1 of few samples wants more than their replicates
 * can show (0.9 of four: 99.3 % of them): the band is then the range of all, and too narrow.
 *
 * What such a band does not know: the lowest barriers that no search has found. Where few
 * events carry the average (n_eff below some 20), bands cover the truth less often than
 * their share says, and the truth then lies below them in E_log. And nothing of what is
 * the same in all replicates: levels, attempt frequency, paths, the closure. */

struct pel_spread_settings {
    size_t replicates; /* >= 2 */
    uint64_t seed;     /* of the drawing */
    double share;      /* of truths that a band should hold, 0 to 1 [1] */
};
/* 200 replicates, seed 1, a share of 0.6827 (that of one standard deviation to both sides
 * of a normal distribution). */
PEL_API struct pel_spread_settings pel_spread_settings_defaults(void);

/* What follows from one landscape: fill values[n]; NaN where there is no such thing. The
 * rate is the replicate's. Non-zero statuses leave the replicate out, but for PEL_ENOMEM
 * and PEL_ESTOPPED, which end everything. */
typedef pel_status (*pel_spread_function)(struct pel_rate *rate, void *context,
                                          double values[], struct pel_error *err);

/* What came of it. */
struct pel_spread_report {
    size_t replicates; /* that were asked for */
    size_t failed;     /* that have no values: left out */
    size_t samples;    /* of the level with the fewest of those drawn whole; 0: none */
};

/* Bands of n numbers.
 *   rate       of the landscape itself; its closure and range are those of the replicates
 *   settings   NULL: the defaults
 *   progress   may be NULL; done and total count replicates
 *   lo, hi     [n] receive the ends of the band; NaN where fewer than half of the
 *              replicates have the number
 *   report     may be NULL
 * Errors: PEL_EARG      a setting out of its range, more numbers than fit into memory
 *                       (n * replicates > 2^27), what pel_landscape_redraw refuses
 *         PEL_ENOCONV   more than half of the replicates failed (the last reason is said)
 *         PEL_ESTOPPED  progress asked to stop
 *         PEL_ENOMEM */
PEL_API pel_status pel_spread_run(const struct pel_rate *rate,
                                  const struct pel_spread_settings *settings, size_t n,
                                  pel_spread_function function, void *context,
                                  const struct pel_progress *progress, double lo[],
                                  double hi[], struct pel_spread_report *report,
                                  struct pel_error *err);

#endif /* PEL_SPREAD_H */

#ifndef PEL_SETTLE_H
#define PEL_SETTLE_H

#include <pelrate/minimise.h>
#include <pelrate/progress.h>
#include <pelrate/random.h>

/* Settling: a glass that was minimised right after a quench often sits in a marginal
 * minimum, with barriers of a few meV to lower ones that any experiment would have
 * crossed. Kicks, bursts of dynamics at a few tens of kelvin and minimisation, take it
 * through those; the lowest minimum is kept, until several kicks in a row find no lower
 * one. */

struct pel_settle_settings {
    size_t patience;      /* stop after so many kicks in a row in vain, >= 1 */
    size_t max_kicks;     /* stop after so many in any case, >= 1 */
    double temperature_K; /* at which a kick begins [K], > 0; it falls to nearly 0 during
                             the kick, so that what is flipped ends on its lower side */
    double time_ps;       /* length of a kick [ps], > 0 */
    double timestep_ps;   /* of its dynamics [ps], > 0 */
    double friction_time_ps;   /* of its Langevin bath [ps], > 0 */
    double min_gain_eV;        /* a minimum lower by less than this is the same one [eV],
                                > 0 */
    enum pel_relax_cell relax; /* what of the cell each minimisation may change */
    double pressure_tolerance_bar;         /* of each minimisation [bar], > 0 */
    struct pel_minimise_settings minimise; /* of each minimisation */
};

/* Stop after 8 kicks in vain or 200; 60 K for 1 ps, 2 fs, bath 0.2 ps; 1 meV; isotropic
 * relaxation to 1e-4 eV/A and 1 bar. */
PEL_API struct pel_settle_settings pel_settle_defaults(void);

/* What was done. */
struct pel_settle_report {
    size_t kicks;   /* tried */
    size_t moves;   /* of them downhill: each led to a lower minimum */
    int settled;    /* 1: the last `patience` kicks found nothing lower */
    double gain_eV; /* energy of the first minimum minus that of the last [eV], >= 0 */
    size_t evaluations;                  /* of the forces */
    struct pel_minimise_report minimise; /* of the minimum that was kept */
};

/* Settle a structure, in place: first to the minimum below it, then down from there.
 *
 *   forces     made for this structure; borrowed for the call
 *   structure  in: start; out: the lowest minimum, without velocities, wrapped
 *   random     stream of the kicks
 *   progress   done and total count kicks; may be NULL
 *   report     receives what was done; may be NULL
 *
 * Errors: PEL_EARG a setting out of range; PEL_ESTOPPED progress asked to stop (structure
 * holds the lowest minimum so far); those of pel_minimise_structure for the first
 * minimum, of pel_md_run, of the forces; PEL_ENOMEM. A kick whose minimisation does not
 * converge is in vain. */
PEL_API pel_status pel_settle(struct pel_forces *forces, struct pel_structure *structure,
                              const struct pel_settle_settings *settings,
                              struct pel_random *random,
                              const struct pel_progress *progress,
                              struct pel_settle_report *report, struct pel_error *err);

#endif /* PEL_SETTLE_H */

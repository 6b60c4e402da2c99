#ifndef PEL_CLOSURE_H
#define PEL_CLOSURE_H

#include <pelrate/committor.h>
#include <pelrate/raster.h>
#include <pelrate/landscape.h>
#include <pelrate/status.h>

/* A closure: how the drift of E_IS per hop is built from the averages of the spectra.
 *
 *     de/dt = (nu M / N) Z (E_x - E_R)
 *
 * Liu et al. (2020), Eq. 1, with the factor M/N written out: e = E_IS per atom, nu the
 * attempt frequency of each of M escape paths, N atoms. Z, E_log, E_kin: spectrum.h.
 *
 *   log-mean  E_x = E_log: the equation of the paper to the letter for N = M = 1; the
 *             default
 *   kinetic   E_x = E_kin: the exact mean drift of a kinetic Monte Carlo that draws E_A
 *             and E_R independently
 *   joint     Z (E_x - E_R) = <exp(-beta E_A) (E_A - E_R)> over the joint events: E_x =
 *             E_kin, and E_R carries the weight of its own barrier. Only where pairs
 *             are known: events, joint histograms.
 *
 * Two more treat reversible events, which flip to and fro at low barriers and dominate Z
 * without leading anywhere. Both are for pairs, and have a parameter: copy the closure that
 * pel_closure_find gives and set it.
 *
 *   committor  A hop counts with the probability that it is not undone at once:
 *
 *                  p_i = K/(K + nu exp(-beta E_R,i))
 *                  K   = z nu <p exp(-beta E_A)>
 *                  Z (E_x - E_R) = <p exp(-beta E_A) (E_A - E_R)>
 *
 *              z other paths lead on from where a hop arrives; K, the rate of leaving over
 *              them for good, is a fixed point. It is nonzero only if z <exp(-beta (E_A -
 *              E_R))> > 1, a branching threshold: else the system is trapped, the rate is 0.
 *              Our own; for z -> infinity it is `joint`. Between levels its averages are
 *              interpolated linearly, beyond them (extrapolated) they stay.
 *   two-level  Events with both barriers below pair_eV are pairs of states in equilibrium:
 *              they add their equilibrium energy (pel_rate_point.e_pairs) and no drift. The
 *              others as `joint`. */

/* Energy balance of a mean hop and its derivatives. */
struct pel_closure_balance {
    double e_x; /* energy climbed [eV] */
    double e_r; /* energy released [eV] */
    double e;   /* d (e_x - e_r) / d e_is [eV/(eV/atom)] */
    double b;   /* d (e_x - e_r) / d beta [eV^2] */
};

/* A closure: one const struct each. */
struct pel_closure {
    const char *name; /* "log-mean" */
    const char *doc;  /* one paragraph */
    int events_only;  /* 1: needs pairs: events, or a joint histogram */
    /* Fill out from the averages at one (e_is, beta). Always possible; events_only: NaN
     * where the averages hold no joint ones. */
    void (*balance)(const struct pel_average *average, struct pel_closure_balance *out);
    /* gain[n] = e_x - e_r [eV] at all temperatures of a row, as balance gives it. NULL: the
     * averages of the landscape are not enough. */
    void (*gains)(const struct pel_raster_row *row, double gain[]);
    enum pel_raster_want gains_want; /* what it reads */
    int needs_z;                     /* 1: z must be set */
    const struct pel_committor_z *z; /* committor.h; borrowed; NULL: not set */
    int needs_pair_eV;               /* 1: pair_eV must be set */
    double pair_eV;                  /* [eV] > 0; 0: not set, no event is a pair */
};

/* The closures in a fixed order, log-mean first: how many, and number k (NULL for
 * k >= pel_closure_count()). */
PEL_API size_t pel_closure_count(void);
PEL_API const struct pel_closure *pel_closure_at(size_t k);

/* The closure of a name.
 * Errors: PEL_EARG unknown (the message lists the names); *out is NULL. */
PEL_API pel_status pel_closure_find(const char *name, const struct pel_closure **out,
                                    struct pel_error *err);

#endif /* PEL_CLOSURE_H */

#ifndef PEL_SWAP_H
#define PEL_SWAP_H

#include <pelrate/exchange.h>
#include <pelrate/md.h>

/* Monte Carlo in the species between stretches of dynamics: two atoms of unlike species
 * change places with the probability min(1, exp(-dU / kB T)) of Metropolis et al., J.
 * Chem. Phys. 21:1087 (1953), T the bath's target. Diffusion by jumps that dynamics would
 * wait long for: glasses come out deeper for the same time (Grigera & Parisi, Phys. Rev.
 * E 63:045102 (2001); Ninarello, Berthier & Coslovich, Phys. Rev. X 7:021039 (2017)).
 *
 * What is done with the velocities: each atom takes its own along. The kinetic energy and
 * the total momentum are then the same before and after, whatever the masses, so that
 * dU alone decides; momenta stay independent of positions, as in the canonical ensemble.
 * A pair is proposed as often in one order as in the other, so detailed balance holds at
 * constant T; on a ramp as far as the ramp is slow. */

/* How often it was tried and done. */
struct pel_swap_count {
    unsigned long long tried, accepted;
};

/* Try n_tries exchanges, one after the other, in a trajectory as it stands; then evaluate
 * its forces anew. Each pair is drawn uniformly from all pairs of unlike species.
 *
 *   exchange  made for the structure of md
 *   random    stream of pairs and decisions
 *   count     what was tried and accepted is added to it
 *
 * The work of the accepted ones goes to md->work, so that pel_md_conserved holds.
 * Errors: PEL_EARG a temperature that is not positive, a structure of one species, an
 * exchange for another number of atoms; those of pel_exchange_place and of the forces. */
PEL_API pel_status pel_swap_run(struct pel_md *md, struct pel_exchange *exchange,
                                size_t n_tries, struct pel_random *random,
                                struct pel_swap_count *count, struct pel_error *err);

#endif /* PEL_SWAP_H */

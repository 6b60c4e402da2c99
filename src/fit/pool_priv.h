#ifndef PEL_POOL_PRIV_H
#define PEL_POOL_PRIV_H

#include <pelrate/pool.h>

/* Steps that making a pool and resampling one share. */

/* Places of samples and events, and the sums of the counts, from n_levels, n_samples of
 * each level, and the counts of the samples. */
void pel_pool_layout(struct pel_pool *pool);

/* e_a, e_r and weight for pool->n events. Errors: PEL_ENOMEM. */
pel_status pel_pool_allocate(struct pel_pool *pool, struct pel_error *err);

/* Fill weight[]: mean 1 within each level. */
void pel_pool_weigh(struct pel_pool *pool, enum pel_pool_weighting weighting);

#endif /* PEL_POOL_PRIV_H */

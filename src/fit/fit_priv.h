#ifndef PEL_FIT_PRIV_H
#define PEL_FIT_PRIV_H

#include <pelrate/fit.h>

/* The events of a pool level as the likelihood wants them. Borrowed from the pool. */
struct pel_likelihood_level pel_fit_events(const struct pel_pool *pool, size_t level,
                                           enum pel_landscape_spectrum which);

/* Fill fit->levels from the pool and, for the parametric kind, the trials.
 * Errors: PEL_ENOMEM. */
pel_status pel_fit_diagnose(struct pel_fit *fit, const struct pel_pool *pool,
                            struct pel_error *err);

/* Fill paths and attempt frequency of the fit and of its levels.
 * Errors: PEL_EARG no event has a frequency, and they are to be measured; PEL_EFORMAT
 * paths by Chao1, and searches are missing; PEL_ENOMEM. */
pel_status pel_fit_prefactor(struct pel_fit *fit, const struct pel_pool *pool,
                             struct pel_error *err);

#endif /* PEL_FIT_PRIV_H */

#ifndef PEL_SEARCH_PRIV_H
#define PEL_SEARCH_PRIV_H

#include <pelrate/catalogue.h>
#include <pelrate/potential.h>
#include <pelrate/random.h>
#include <pelrate/sampler.h>

/* The work of a campaign, without its book-keeping: a glass made ready, and one search
 * from its minimum. Both depend on their arguments alone, so that they may be done
 * anywhere, in any order, and again. */

/* Minimise a glass and find its lowest eigenvalue: fills all of *row but name and hash.
 * row->structure is owned by the row, also after an error.
 * Errors: PEL_ENOCONV it cannot be minimised; PEL_ENOMEM; those of the potential. */
pel_status pel_search_prepare(const struct pel_potential *potential,
                              const struct pel_sampler_settings *settings,
                              const struct pel_structure *structure,
                              struct pel_catalogue_sample *row, struct pel_error *err);

/* The key of a glass among the random streams: 64 bits of the SHA-256 of its hash text,
 * so that its searches are the same in whatever catalogue, beside whatever others. */
uint64_t pel_search_key(const char *hash);

/* One search from the minimum of a glass (structure: its atoms and cell; minimum: where
 * they are), random giving the push: around one of centres[n_centres] (indices of atoms),
 * or around any atom where centres is NULL. *row receives what was found, but for its
 * sample and its number; release it with pel_catalogue_search_free().
 * Errors: those of pel_art_search, pel_push_among and pel_forces_create. */
pel_status pel_search_once(const struct pel_potential *potential,
                           const struct pel_sampler_settings *settings,
                           const struct pel_structure *structure,
                           const struct pel_catalogue_sample *minimum, size_t n_centres,
                           const size_t centres[], struct pel_random *random,
                           struct pel_catalogue_search *row, struct pel_error *err);

/* The same with everything that the search tells. result: made for the coordinates of the
 * glass. */
pel_status pel_search_find(const struct pel_potential *potential,
                           const struct pel_sampler_settings *settings,
                           const struct pel_structure *structure,
                           const struct pel_catalogue_sample *minimum, size_t n_centres,
                           const size_t centres[], struct pel_random *random,
                           size_t *atom, struct pel_art_result *result,
                           struct pel_error *err);

#endif /* PEL_SEARCH_PRIV_H */

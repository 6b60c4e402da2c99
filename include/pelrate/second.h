#ifndef PEL_SECOND_H
#define PEL_SECOND_H

#include <pelrate/campaign.h>
#include <pelrate/successor.h>

/* The second generation of a sampling campaign: searches from the final states of events
 * that an earlier campaign found. They tell whether a hop is undone at once, and how many
 * other paths the region that moved has from where it is now.
 *
 * Of each sample a number of distinct valid events is chosen at random: those with the
 * lowest random number of a stream keyed by seed, sample and search, so that a choice
 * grows with the number asked for, and that what the first catalogue gains later hardly
 * changes it. The final state of each becomes a sample of a catalogue of its own, called
 * "SAMPLE/SEARCH" after where it comes from; it is minimised, and searched as every
 * sample, but with pushes centred on the atoms of the moved region: those that the hop,
 * initial to final, displaced by more than region_distance_A (at least the one that it
 * displaced most). */
struct pel_second_settings {
    size_t events;            /* first hops of each sample; default 20 */
    size_t searches;          /* from each final state; default 12 */
    double max_e_a_eV;        /* hops with a higher barrier are not chosen: they hardly
                                 happen [eV]; default INFINITY */
    double region_distance_A; /* of the moved region [A]; default 0.2 */
    double back_residual;     /* a hop with less of it left is undone [1]; default 0.25 */
    double local_overlap; /* a path whose moved region shares at least this with that of
                                 the hop, counted by the smaller of the two, is local
                                 [1]; default 0.5 */
    size_t threads;       /* 0: as many as OpenMP offers */
};
PEL_API struct pel_second_settings pel_second_defaults(void);

/* The sampler's settings that a catalogue was made with, but for the seed and the batch,
 * which are the defaults.
 * Errors: PEL_EFORMAT a setting is missing, or out of its range. */
PEL_API pel_status pel_second_sampler(const struct pel_catalogue *first,
                                      struct pel_sampler_settings *sampler,
                                      struct pel_error *err);

/* Search from the final states, or go on with it.
 *
 *   first      the earlier catalogue
 *   settings   NULL: the defaults
 *   sampler    of the searches
 *   potential  the one of the first catalogue
 *   path       of the catalogue of the second generation, made if there is none
 *   progress   may be NULL; done counts searches
 *   report     receives the counts of the campaign
 *
 * Errors: PEL_EMISMATCH another potential than the first catalogue's; a second catalogue
 *                       of other settings
 *         PEL_EARG      a setting out of its range, no valid event in the first
 *                       catalogue, a name that becomes too long
 *         PEL_ENOMEM
 * and those of pel_campaign_run, PEL_ESTOPPED above all, and of the catalogues. */
PEL_API pel_status pel_second_run(struct pel_catalogue *first,
                                  const struct pel_second_settings *settings,
                                  const struct pel_sampler_settings *sampler,
                                  const struct pel_potential *potential, const char *path,
                                  const struct pel_progress *progress,
                                  struct pel_campaign_report *report,
                                  struct pel_error *err);

/* What the second catalogue says about the hops of the first: a row a search.
 *
 * A valid event is, by the first of these that holds,
 *   back                        its final state is the minimum where the hop began, and
 *                               its saddle that of the hop: both within the distances and
 *                               energies of equal events (distinct.h)
 *   back over another saddle    the minimum alone is
 *   back but for something else |d1 + d2| < back_residual |d1| over the atoms of the moved
 *                               region, d1 the displacements of the hop, d2 those after it
 *   onward                      its moved region shares at least local_overlap with that
 *                               of the hop, as a part of the smaller of the two
 *   elsewhere                   anything else
 * Moved regions as above, translations of the whole cell taken out.
 *
 *   first, second   the two catalogues
 *   settings        NULL: the defaults; events, searches and threads are not used, and
 *                   region_distance_A is that of the second catalogue
 *   out             receives the rows; release them with pel_successor_list_free()
 * Errors: PEL_EFORMAT   the second is no catalogue of a second generation, or not of this
 *                       first one
 *         PEL_ENOMEM; those of the catalogues. On error *out is NULL. */
PEL_API pel_status pel_second_list(struct pel_catalogue *first,
                                   struct pel_catalogue *second,
                                   const struct pel_second_settings *settings,
                                   struct pel_successor_list **out,
                                   struct pel_error *err);

#endif /* PEL_SECOND_H */

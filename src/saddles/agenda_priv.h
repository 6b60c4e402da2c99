#ifndef PEL_AGENDA_PRIV_H
#define PEL_AGENDA_PRIV_H

#include <pelrate/campaign.h>

/* Which search comes next: the books of a campaign over many samples, without atoms and
 * without threads.
 *
 * The rule is that of campaign.h: the searches of a sample come in batches; at the end of
 * a batch it is finished once the searches so far hold as many distinct valid events as it
 * has to. What is decided by that rule does not depend on the order in which searches
 * end. But no batch has to wait for the one before where it is certain to be needed: with
 * d distinct events after p searches, even if every search after that found a new one, the
 * end of the batch in which d grows to the goal has to be reached. Searches up to there
 * are handed out at once, so that only the last batch or two of a sample can leave cores
 * waiting; and those of the other samples fill them. */
struct pel_agenda;

/* An empty one.
 *   n                 samples
 *   goals[n]          copied; one of the two numbers is not 0
 *   batch             searches between two looks at the goal, > 0
 *   same_energy_eV, same_distance_A   as in distinct.h
 * Errors: those of pel_distinct_create; PEL_ENOMEM. On error *out is NULL. */
pel_status pel_agenda_create(size_t n, const struct pel_campaign_goal goals[],
                             size_t batch, double same_energy_eV, double same_distance_A,
                             struct pel_agenda **out, struct pel_error *err);
/* Release it. NULL is allowed. */
void pel_agenda_free(struct pel_agenda *agenda);

/* A search of sample k has ended, or was found in a catalogue: all of these are told
 * before the first pel_agenda_next. Takes the arrays of *search, which is empty then;
 * search->search is its number.
 * Errors: PEL_EFORMAT the number was told before; PEL_ENOMEM. */
pel_status pel_agenda_take(struct pel_agenda *agenda, size_t k,
                           struct pel_catalogue_search *search, struct pel_error *err);

/* What is there to do. JOB: search *search of sample *k, which is given out by this; WAIT:
 * only what is given out already can tell; DONE: nothing any more. The sample with the
 * fewest searches comes first, so that all grow alike. */
enum pel_agenda_answer {
    PEL_AGENDA_JOB,
    PEL_AGENDA_WAIT,
    PEL_AGENDA_DONE,
    PEL_AGENDA_NO_MEMORY
};
enum pel_agenda_answer pel_agenda_next(struct pel_agenda *agenda, size_t *k,
                                       size_t *search);

/* How far sample k is; and how much of its work is done, 0 to 1. */
struct pel_campaign_counts pel_agenda_counts(const struct pel_agenda *agenda, size_t k);
double pel_agenda_fraction(const struct pel_agenda *agenda, size_t k);

#endif /* PEL_AGENDA_PRIV_H */

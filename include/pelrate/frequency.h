#ifndef PEL_FREQUENCY_H
#define PEL_FREQUENCY_H

#include <pelrate/catalogue_frequency.h>
#include <pelrate/progress.h>
#include <pelrate/vineyard.h>

/* Attempt frequencies of the events of a catalogue, computed on many threads and stored
 * one by one: what was finished survives a kill, and a second run goes on from there. */

/* What was done. */
struct pel_frequency_report {
    size_t events; /* distinct valid events asked for */
    size_t stored; /* of these: with a row before */
    size_t done;   /* frequencies that were computed */
    size_t failed; /* rows without frequencies, stored with their reason */
};

/* The settings as they are stored: "cell_atoms=2500; moved_A=0.1; shell_A=8; ...".
 * Returns text. */
PEL_API const char *pel_frequency_settings(const struct pel_vineyard_settings *settings,
                                           char text[PEL_FREQUENCY_SETTINGS]);

/* Compute and store what is missing.
 *
 *   catalogue   opened to add to it
 *   most        distinct valid events in each sample, in the order of their searches; 0:
 *               all
 *   threads     0: as many as OpenMP offers
 *   progress    may be NULL
 *   report      receives the counts; may not be NULL
 *
 * Errors: PEL_EMISMATCH  the catalogue holds frequencies of other settings
 *         PEL_ESTOPPED   progress asked to stop (what was finished is stored)
 * and those of pel_vineyard_event and of the catalogue. */
PEL_API pel_status pel_frequency_run(struct pel_catalogue *catalogue,
                                     const struct pel_potential *potential,
                                     const struct pel_vineyard_settings *settings,
                                     size_t most, size_t threads,
                                     const struct pel_progress *progress,
                                     struct pel_frequency_report *report,
                                     struct pel_error *err);

#endif /* PEL_FREQUENCY_H */

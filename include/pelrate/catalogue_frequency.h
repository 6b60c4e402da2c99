#ifndef PEL_CATALOGUE_FREQUENCY_H
#define PEL_CATALOGUE_FREQUENCY_H

#include <pelrate/catalogue.h>

/* Attempt frequencies in a catalogue: a table beside the searches, append-only as they
 * are, at most one row a search. */

enum { PEL_FREQUENCY_STATUS = 32, PEL_FREQUENCY_SETTINGS = 192 };

struct pel_catalogue_frequency {
    size_t sample, search;                 /* which event */
    char status[PEL_FREQUENCY_STATUS];     /* word of an enum pel_vineyard_status */
    double frequency_Hz;                   /* of the hop; NaN: none */
    double reverse_frequency_Hz;           /* of the hop back; NaN: none */
    size_t region_atoms;                   /* over which the determinants were taken */
    char settings[PEL_FREQUENCY_SETTINGS]; /* what it was computed with */
};

/* Add a row: on disk when this returns. Errors: PEL_EEXIST the search has one; PEL_EIO disk
 * full, locked, read-only, or opened to read. */
PEL_API pel_status pel_catalogue_add_frequency(
    struct pel_catalogue *catalogue, const struct pel_catalogue_frequency *frequency,
    struct pel_error *err);
/* Call visit for the rows of a sample in the order of their searches. visit returns PEL_OK
 * to go on; anything else ends the walk and is returned. Errors: PEL_EIO; those of
 * visit. */
PEL_API pel_status pel_catalogue_walk_frequencies(
    struct pel_catalogue *catalogue, size_t sample,
    pel_status (*visit)(void *context, const struct pel_catalogue_frequency *frequency,
                        struct pel_error *err),
    void *context, struct pel_error *err);

#endif /* PEL_CATALOGUE_FREQUENCY_H */

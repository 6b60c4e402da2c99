#ifndef PEL_PICK_PRIV_H
#define PEL_PICK_PRIV_H

#include <pelrate/catalogue.h>

/* Events of a catalogue that something is to be computed of: chosen by their keys first,
 * then read, so that threads can work on them without the database. */
struct pel_pick {
    size_t n;                            /* events */
    struct pel_catalogue_search *events; /* [n] by sample and search; owned, and what they
                                             hold */
    size_t n_samples;                    /* samples of the catalogue */
    struct pel_catalogue_sample *samples; /* [n_samples]; owned, and what they hold */
};

/* Keys and samples of the valid events; is_distinct != 0: of the distinct ones among them,
 * by the catalogue's own settings. Energies are there, positions not yet.
 * Errors: PEL_EFORMAT the catalogue does not say when events are the same; PEL_ENOMEM;
 * those of the catalogue. On error the pick is empty. */
pel_status pel_pick_keys(struct pel_catalogue *catalogue, int is_distinct,
                         struct pel_pick *pick, struct pel_error *err);
/* Read the positions of those that are left. Errors: PEL_ENOMEM; those of the
 * catalogue. */
pel_status pel_pick_read(struct pel_catalogue *catalogue, struct pel_pick *pick,
                         struct pel_error *err);
void pel_pick_free(struct pel_pick *pick);

#endif /* PEL_PICK_PRIV_H */

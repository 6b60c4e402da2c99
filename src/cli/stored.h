#ifndef PEL_CLI_STORED_H
#define PEL_CLI_STORED_H

#include "interaction.h"

#include <pelrate/catalogue_frequency.h>

/* A setting of a catalogue as a number; 0 where it is none. */
double cli_stored_number(const struct pel_catalogue *catalogue, const char *key);
/* Open, or make, the catalogue at path with all settings of the one at like. Errors: those
 * of pel_catalogue_read and pel_catalogue_open; PEL_ENOMEM. */
pel_status cli_stored_open_like(const char *like, const char *path,
                                struct pel_catalogue **out, struct pel_error *err);

/* The potential that the events of a catalogue were found with: its elements are those of
 * the catalogue, and a potential of another identity is refused. Errors: those of
 * cli_interaction_open; PEL_EMISMATCH another potential; PEL_EFORMAT a catalogue that does
 * not say. */
pel_status cli_stored_potential(struct cli *cli, const struct pel_catalogue *catalogue,
                                const struct cli_interaction *it,
                                struct pel_potential **out, struct pel_error *err);

/* The attempt frequencies of one sample, to be met by its searches: both come in the order
 * of the searches. */
struct cli_frequencies {
    struct pel_catalogue_frequency *rows; /* [n] owned */
    size_t n, n_alloc, at;
};
/* Read them; to be released by cli_frequencies_free(), also after an error. Errors:
 * PEL_ENOMEM; those of the catalogue. */
pel_status cli_frequencies_read(struct pel_catalogue *catalogue, size_t sample,
                                struct cli_frequencies *frequencies,
                                struct pel_error *err);
/* That of a search with a number higher than any before; NULL: none. */
const struct pel_catalogue_frequency *
cli_frequencies_of(struct cli_frequencies *frequencies, size_t search);
void cli_frequencies_free(struct cli_frequencies *frequencies);

#endif /* PEL_CLI_STORED_H */

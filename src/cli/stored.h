#ifndef PEL_CLI_STORED_H
#define PEL_CLI_STORED_H

#include "interaction.h"

#include <pelrate/catalogue.h>

/* The potential that the events of a catalogue were found with: its elements are those of
 * the catalogue, and a potential of another identity is refused. Errors: those of
 * cli_interaction_open; PEL_EMISMATCH another potential; PEL_EFORMAT a catalogue that does
 * not say. */
pel_status cli_stored_potential(struct cli *cli, const struct pel_catalogue *catalogue,
                                const struct cli_interaction *it,
                                struct pel_potential **out, struct pel_error *err);

#endif /* PEL_CLI_STORED_H */

#ifndef PEL_CLI_EVENTS_VERIFY_H
#define PEL_CLI_EVENTS_VERIFY_H

#include "stored.h"

/* `pelrate events --verify N`: recompute n events (0: all) and write the verdicts.
 * Returns an exit status: CLI_FAILED also where fewer than 99 % pass. */
int cli_events_verify(struct cli *cli, struct pel_catalogue *catalogue,
                      const struct cli_interaction *it, size_t n);

#endif /* PEL_CLI_EVENTS_VERIFY_H */

#ifndef PEL_CLI_SAMPLING_H
#define PEL_CLI_SAMPLING_H

#include "interaction.h"

#include <pelrate/campaign.h>
#include <pelrate/event.h>
#include <pelrate/provenance.h>

/* What the commands that search for events share: options of the sampler, the glasses,
 * the catalogue. */
struct cli_sampling {
    struct cli_interaction interaction;
    struct cli_texts elements;
    struct pel_sampler_settings settings;
    const char **values; /* [pel_sampler_count()] options of the sampler, NULL: default */
    size_t n;            /* glasses */
    struct pel_structure **structures; /* [n] */
    char (*names)[PEL_EVENT_NAME];     /* [n] */
    char (*hashes)[PEL_HASH];          /* [n] */
    const char **name_list;            /* [n] into names */
    const char **hash_list;            /* [n] into hashes */
    struct pel_potential *potential;
};

/* A command's own options with those of potential, elements and sampler, one for each
 * setting: "push_step_A" is --push-step-A (the seed is one of the common options). Also
 * fills sampling with the defaults. NULL: no memory. */
struct cli_option *cli_sampling_options(struct cli *cli, struct cli_sampling *sampling,
                                        size_t n_own, const struct cli_option own[]);
/* What the options say, after cli_parse. Returns CLI_DONE or CLI_USAGE (the message has
 * been printed). */
int cli_sampling_check(struct cli *cli, struct cli_sampling *sampling);

/* Read potential and glasses.
 *   names   [n] of the samples; NULL: those of their files
 * Errors: those of the readers; PEL_EARG a name too long; PEL_ENOMEM. */
pel_status cli_sampling_read(struct cli *cli, struct cli_sampling *sampling, size_t n,
                             const char *const paths[], const char *const names[],
                             struct pel_error *err);
/* Open, or make, the catalogue of these settings. Errors: those of pel_campaign_open. */
pel_status cli_sampling_open(const struct cli_sampling *sampling, const char *path,
                             struct pel_catalogue **out, struct pel_error *err);
/* The campaign over these glasses, goals still to be set. */
struct pel_campaign cli_sampling_campaign(const struct cli *cli,
                                          const struct cli_sampling *sampling);
/* A remark on how much was searched. */
void cli_sampling_note(const struct cli *cli, pel_status status,
                       const struct pel_campaign_report *report);
/* What `pelrate events` writes of a catalogue, to a file (cmd_events.c): one row a search
 * where csv is 1, one row a sample where it is 0. Honours --force. Errors: those of the
 * catalogue and of the output. */
pel_status cli_events_export(const struct cli *cli, struct pel_catalogue *catalogue,
                             int csv, const char *path, struct pel_error *err);
/* Release what it holds. */
void cli_sampling_free(struct cli_sampling *sampling);

#endif /* PEL_CLI_SAMPLING_H */

#include "sampling.h"

#include <pelrate/plan.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cli_option *cli_sampling_options(struct cli *cli, struct cli_sampling *sampling,
                                        size_t n_own, const struct cli_option own[])
{
    const struct cli_option shared[] = {
        CLI_INTERACTION_OPTIONS(&sampling->interaction),
        {"elements", CLI_TEXTS, &sampling->elements, "E1,E2",
         "species of the atom types in their order (required)"}};
    const size_t n_shared = sizeof shared / sizeof *shared, n = pel_sampler_count();
    struct cli_option *options =
        cli_own(cli, calloc(n_own + n_shared + n + 1, sizeof *options));
    char(*names)[48] = cli_own(cli, calloc(n, sizeof *names));
    char(*helps)[128] = cli_own(cli, calloc(n, sizeof *helps));
    sampling->settings = pel_sampler_defaults();
    sampling->values = cli_own(cli, calloc(n, sizeof *sampling->values));
    if (options == NULL || names == NULL || helps == NULL || sampling->values == NULL)
        return NULL;
    if (n_own > 0) memcpy(options, own, n_own * sizeof *own);
    memcpy(options + n_own, shared, sizeof shared);
    size_t at = n_own + n_shared;
    for (size_t k = 0; k < n; k++) {
        const struct pel_sampler_setting *setting = pel_sampler_setting(k);
        if (strcmp(setting->key, "seed") == 0) continue;
        char value[PEL_SAMPLER_VALUE];
        snprintf(names[k], sizeof names[k], "%s", setting->key);
        for (char *c = names[k]; *c != '\0'; c++)
            if (*c == '_') *c = '-';
        snprintf(helps[k], sizeof helps[k], "%s (default: %s)", setting->help,
                 pel_sampler_value(&sampling->settings, k, value));
        options[at++] = (struct cli_option){names[k], CLI_TEXT, &sampling->values[k],
                                            setting->unit, helps[k]};
    }
    return options;
}

int cli_sampling_check(struct cli *cli, struct cli_sampling *sampling)
{
    struct pel_error err = {0};
    const int status = cli_interaction_check(cli, &sampling->interaction);
    if (status != CLI_DONE) return status;
    if (sampling->elements.n == 0) return cli_usage(cli, "--elements E1,E2 is missing");
    if (cli->seed < 0) return cli_usage(cli, "--seed: expected 0 or more");
    sampling->settings.seed = (uint64_t)cli->seed;
    for (size_t k = 0; k < pel_sampler_count(); k++)
        if (sampling->values[k] != NULL &&
            pel_sampler_set(&sampling->settings, k, sampling->values[k], &err) != PEL_OK)
            return cli_usage(cli, "%s", err.text);
    return CLI_DONE;
}

static pel_status read_glass(struct cli_sampling *sampling, size_t k, const char *path,
                             const char *given, struct pel_error *err)
{
    char name[PEL_ERROR_FILE];
    pel_status status =
        pel_structure_read(path, sampling->elements.n, sampling->elements.values,
                           &sampling->structures[k], err);
    if (status == PEL_OK)
        status = pel_provenance_hash_file(path, sampling->hashes[k], err);
    if (status != PEL_OK) return status;
    if (given != NULL)
        snprintf(name, sizeof name, "%s", given);
    else
        pel_plan_name(path, sizeof name, name);
    /* An event record has no room for more, and cut names could be the same. */
    if (strlen(name) >= PEL_EVENT_NAME)
        return pel_error_at(err, PEL_EARG, path, 0,
                            "a sample's name of %zu characters, expected %d or less",
                            strlen(name), PEL_EVENT_NAME - 1);
    strcpy(sampling->names[k], name);
    sampling->name_list[k] = sampling->names[k];
    sampling->hash_list[k] = sampling->hashes[k];
    return PEL_OK;
}

pel_status cli_sampling_read(struct cli *cli, struct cli_sampling *sampling, size_t n,
                             const char *const paths[], const char *const names[],
                             struct pel_error *err)
{
    sampling->n = n;
    sampling->structures = calloc(n, sizeof *sampling->structures);
    sampling->names = calloc(n, sizeof *sampling->names);
    sampling->hashes = calloc(n, sizeof *sampling->hashes);
    sampling->name_list = calloc(n, sizeof *sampling->name_list);
    sampling->hash_list = calloc(n, sizeof *sampling->hash_list);
    if (sampling->structures == NULL || sampling->names == NULL ||
        sampling->hashes == NULL || sampling->name_list == NULL ||
        sampling->hash_list == NULL)
        return pel_error_set(err, PEL_ENOMEM, "%zu glasses", n);
    pel_status status =
        cli_interaction_open(cli, &sampling->interaction, sampling->elements.n,
                             sampling->elements.values, &sampling->potential, err);
    for (size_t k = 0; status == PEL_OK && k < n; k++)
        status = read_glass(sampling, k, paths[k], names != NULL ? names[k] : NULL, err);
    return status;
}

pel_status cli_sampling_open(const struct cli_sampling *sampling, const char *path,
                             struct pel_catalogue **out, struct pel_error *err)
{
    char elements[PEL_MAX_SPECIES * PEL_ELEMENT_NAME + 1] = "";
    const char *identity = pel_potential_identity(sampling->potential);
    *out = NULL;
    if (identity[0] == '\0')
        return pel_error_set(err, PEL_EARG,
                             "--potential: no regular file, whose hash the catalogue "
                             "would hold");
    for (size_t k = 0; k < sampling->elements.n; k++) {
        const size_t used = strlen(elements);
        snprintf(elements + used, sizeof elements - used, "%s%s", k > 0 ? "," : "",
                 sampling->elements.values[k]);
    }
    return pel_campaign_open(path, &sampling->settings, identity, elements, 0, NULL, out,
                             err);
}

struct pel_campaign cli_sampling_campaign(const struct cli *cli,
                                          const struct cli_sampling *sampling)
{
    return (struct pel_campaign){
        .potential = sampling->potential,
        .settings = &sampling->settings,
        .n_samples = sampling->n,
        .structures = (const struct pel_structure *const *)sampling->structures,
        .names = sampling->name_list,
        .hashes = sampling->hash_list,
        .threads = (size_t)cli->threads};
}

void cli_sampling_note(const struct cli *cli, pel_status status,
                       const struct pel_campaign_report *report)
{
    const double per_valid = report->work / (double)(report->valid + !report->valid);
    /* Which events are distinct is known once a batch is whole: not after a stop. */
    if (status == PEL_OK)
        cli_note(cli,
                 "%zu searches (%zu new), %zu valid events, %zu distinct, %.0f whole "
                 "force calls per valid event",
                 report->searches, report->new_searches, report->valid, report->distinct,
                 per_valid);
    else if (report->searches > 0)
        cli_note(cli, "%zu searches (%zu new), %zu valid events so far", report->searches,
                 report->new_searches, report->valid);
}

void cli_sampling_free(struct cli_sampling *sampling)
{
    pel_potential_free(sampling->potential);
    for (size_t k = 0; sampling->structures != NULL && k < sampling->n; k++)
        pel_structure_free(sampling->structures[k]);
    free(sampling->structures);
    free(sampling->names);
    free(sampling->hashes);
    free(sampling->name_list);
    free(sampling->hash_list);
}

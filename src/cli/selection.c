#include "selection.h"

#include <pelrate/table.h>

#include <math.h>
#include <stdlib.h>

struct cli_selection cli_selection_defaults(void)
{
    return (struct cli_selection){.gap = NAN, .selection = pel_pool_settings_defaults()};
}

int cli_selection_check(const struct cli *cli, struct cli_selection *s)
{
    struct pel_pool_settings *to = &s->selection;
    if (!isnan(s->gap) + (s->edges.n > 0) + (s->groups != NULL) > 1)
        return cli_usage(cli,
                         "--level-gap, --level-edges and --level-groups exclude each "
                         "other");
    if (!isnan(s->gap)) {
        to->grouping = PEL_POOL_GAP;
        to->gap_eV_per_atom = s->gap;
        if (!(s->gap > 0.0))
            return cli_usage(cli, "--level-gap: %g eV/atom, expected more than 0",
                             s->gap);
    } else if (s->edges.n > 0) {
        to->grouping = PEL_POOL_EDGES;
        to->n_edges = s->edges.n;
        to->edges_eV_per_atom = s->edges.values;
    } else if (s->groups != NULL) {
        to->grouping = PEL_POOL_GROUPS;
    }
    if (!(to->min_e_a_eV >= 0.0))
        return cli_usage(cli, "--min-e-a: %g eV, expected 0 or more", to->min_e_a_eV);
    if (!(to->min_e_r_eV >= 0.0))
        return cli_usage(cli, "--min-e-r: %g eV, expected 0 or more", to->min_e_r_eV);
    to->other_settings = s->pool_settings;
    return CLI_DONE;
}

/* The groups of --level-groups; the texts stay in the table. */
static pel_status read_groups(struct cli *cli, struct cli_selection *s,
                              struct pel_table **table, struct pel_error *err)
{
    *table = NULL;
    if (s->groups == NULL) return PEL_OK;
    size_t sample, level;
    pel_status status = pel_table_read(s->groups, table, err);
    if (status == PEL_OK) status = pel_table_column(*table, "sample", &sample, err);
    if (status == PEL_OK) status = pel_table_column(*table, "level", &level, err);
    if (status != PEL_OK) return status;
    const size_t n = pel_table_rows(*table);
    struct pel_pool_group *groups = cli_own(cli, calloc(n + 1, sizeof *groups));
    if (groups == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu groups", n);
    for (size_t i = 0; i < n; i++)
        groups[i] = (struct pel_pool_group){.sample = pel_table_text(*table, i, sample),
                                            .label = pel_table_text(*table, i, level)};
    s->selection.n_groups = n;
    s->selection.groups = groups;
    return PEL_OK;
}

pel_status cli_selection_pool(struct cli *cli, struct cli_selection *s, size_t n,
                              const char *const paths[], struct pel_pool **out,
                              struct pel_error *err)
{
    struct pel_table *groups = NULL;
    *out = NULL;
    pel_status status = read_groups(cli, s, &groups, err);
    if (status == PEL_OK) status = pel_pool_read(n, paths, &s->selection, out, err);
    pel_table_free(groups);
    s->selection.groups = NULL; /* its texts were the table's */
    return status;
}

const char *const *cli_selection_inputs(struct cli *cli, const struct cli_selection *s,
                                        size_t n, const char *const paths[],
                                        size_t *n_inputs)
{
    const char **inputs = cli_own(cli, calloc(n + 1, sizeof *inputs));
    *n_inputs = n;
    if (inputs == NULL) return NULL;
    for (size_t i = 0; i < n; i++)
        inputs[i] = paths[i];
    if (s->groups != NULL) inputs[(*n_inputs)++] = s->groups;
    return inputs;
}

#include "compare_pairs.h"

#include <pelrate/closure.h>
#include <pelrate/landscape.h>
#include <pelrate/statistics.h>
#include <pelrate/table.h>

#include <math.h>
#include <stdlib.h>

pel_status cli_pair_is_map(const char *path, int *is_map, struct pel_error *err)
{
    struct pel_table *table;
    size_t rate;
    const pel_status status = pel_table_read(path, &table, err);
    if (status != PEL_OK) return status;
    pel_table_find(table, "rate_eV_per_atom_per_s", &rate);
    *is_map = rate < pel_table_columns(table);
    pel_table_free(table);
    return PEL_OK;
}

static pel_status open_map(const struct cli_pair *pair, struct cli_pair_theory *out,
                           struct pel_error *err)
{
    struct pel_error why = {0};
    pel_status status = pel_agemap_read(pair->path, &out->map, err);
    if (status != PEL_OK) return status;
    status = pel_mapgrid_create(out->map, &out->grid, &why);
    if (status == PEL_EARG) /* the file is to blame */
        return pel_error_at(err, PEL_EFORMAT, pair->path, 0, "%s", why.text);
    if (status != PEL_OK) return pel_error_set(err, status, "%s", why.text);
    out->of.grid = out->grid;
    out->theory = pel_compare_of_map(&out->of);
    return PEL_OK;
}

pel_status cli_pair_take_treatment(struct cli_pair *pair, struct pel_error *err)
{
    struct pel_landscape *landscape;
    const pel_status status = pel_landscape_read(pair->path, &landscape, err);
    if (status != PEL_OK) return status;
    const enum pel_landscape_treats kind = pel_landscape_head(landscape)->treatment.kind;
    pair->recorded = kind != PEL_TREATMENT_UNSAID;
    pair->closure = pair->recorded ? pel_landscape_treatment_name(kind) : "log-mean";
    pel_landscape_free(landscape);
    return PEL_OK;
}

pel_status cli_pair_open(const struct cli_pair *pair, const struct cli_theory *options,
                         struct cli_pair_theory *out, struct pel_error *err)
{
    const struct pel_closure *closure;
    *out = (struct cli_pair_theory){0};
    if (pair->closure == NULL) return open_map(pair, out, err);
    pel_status status = pel_closure_find(pair->closure, &closure, err);
    if (status != PEL_OK) return status;
    out->landscape = *options;
    out->landscape.closure = pair->recorded ? NULL : pair->closure;
    if (!closure->needs_z) out->landscape.z = out->landscape.z_column = NULL;
    if (!closure->needs_pair_eV) out->landscape.pair_eV = 0.0;
    status = cli_theory_open(&out->landscape, pair->path, err);
    if (status == PEL_OK) out->theory = pel_compare_of_rate(out->landscape.rate);
    return status;
}

void cli_pair_close(struct cli_pair_theory *theory)
{
    cli_theory_close(&theory->landscape);
    pel_mapgrid_free(theory->grid);
    pel_agemap_free(theory->map);
}

/* What a replicate is compared with. */
struct against {
    const struct pel_agemap *map;
    const struct pel_compare_settings *settings;
    struct pel_compare_curve *curves; /* [map->n_curves] scratch */
};

/* The numbers that have bands, of one theory. */
static pel_status evaluate(const struct against *against,
                           const struct pel_compare_theory *theory, double values[],
                           struct pel_error *err)
{
    struct pel_comparison c;
    const pel_status status = pel_compare_run(against->map, theory, against->settings, &c,
                                              against->curves, err);
    if (status != PEL_OK) return status;
    const double numbers[CLI_PAIR_BANDED] = {c.rms.value, c.mean.value, c.agreement.value,
                                             c.T_max_mean_K, c.T_ss_mean_K};
    for (size_t k = 0; k < CLI_PAIR_BANDED; k++)
        values[k] = numbers[k];
    for (size_t i = 0; i < against->map->n_curves; i++) {
        values[CLI_PAIR_BANDED + 2 * i] = against->curves[i].T_max_K;
        values[CLI_PAIR_BANDED + 2 * i + 1] = against->curves[i].T_ss_K;
    }
    return PEL_OK;
}

static pel_status evaluate_landscape(struct pel_rate *rate, void *context,
                                     double values[], struct pel_error *err)
{
    const struct pel_compare_theory theory = pel_compare_of_rate(rate);
    return evaluate(context, &theory, values, err);
}

/* The replicates that a map has. Its curves have bands of their own. */
static pel_status band_of_map(struct cli *cli, const struct against *against,
                              const struct cli_pair_theory *open, double share,
                              struct cli_pair *pair, struct pel_error *err)
{
    const size_t n = open->map->n_replicates;
    const size_t width = CLI_PAIR_BANDED + 2 * against->map->n_curves;
    double *values = calloc((n + 1) * width, sizeof *values);
    double *column = calloc(n + 1, sizeof *column);
    pair->lo = cli_own(cli, calloc(width, sizeof *pair->lo));
    pair->hi = cli_own(cli, calloc(width, sizeof *pair->hi));
    pel_status status = PEL_OK;
    if (values == NULL || column == NULL || pair->lo == NULL || pair->hi == NULL)
        status = pel_error_set(err, PEL_ENOMEM, "bands");
    for (size_t r = 0; status == PEL_OK && r < n; r++) {
        struct pel_compare_map of = {.grid = open->grid, .replicate = r + 1};
        const struct pel_compare_theory theory = pel_compare_of_map(&of);
        status = evaluate(against, &theory, values + r * width, err);
    }
    for (size_t k = 0; status == PEL_OK && k < width; k++) {
        size_t there = 0;
        for (size_t r = 0; r < n; r++)
            if (!isnan(values[r * width + k])) column[there++] = values[r * width + k];
        pair->lo[k] = pair->hi[k] = NAN;
        /* Replicates have no curves of their own. */
        if (2 * there >= n && k < 3)
            pel_statistics_band(there, column, share, &pair->lo[k], &pair->hi[k]);
    }
    for (size_t i = 0; status == PEL_OK && i < against->map->n_curves; i++) {
        struct pel_agemap_value T[2];
        pel_mapgrid_curve(open->grid, against->map->curve_e_is[i], &T[0], &T[1]);
        for (size_t k = 0; k < 2; k++) {
            pair->lo[CLI_PAIR_BANDED + 2 * i + k] = T[k].low;
            pair->hi[CLI_PAIR_BANDED + 2 * i + k] = T[k].high;
        }
    }
    free(values);
    free(column);
    return status;
}

static pel_status find_bands(struct cli *cli, struct against *against,
                             const struct cli_pair_theory *open,
                             const struct cli_replicates *replicates,
                             struct cli_pair *pair, struct pel_error *err)
{
    struct cli_replicates r = *replicates;
    struct pel_error why = {0};
    pel_status status = PEL_OK;
    against->curves = calloc(against->map->n_curves + 1, sizeof *against->curves);
    if (against->curves == NULL) return pel_error_set(err, PEL_ENOMEM, "bands");
    if (open->map != NULL) {
        status = band_of_map(cli, against, open, r.share, pair, err);
    } else if (pel_landscape_can_redraw(open->landscape.landscape, &why) != PEL_OK) {
        cli_note(cli, "%s: no bands: %s", pair->path, why.text);
    } else {
        status = cli_replicates_run(cli, &open->landscape, &r,
                                    CLI_PAIR_BANDED + 2 * against->map->n_curves,
                                    evaluate_landscape, against, &why);
        if (status == PEL_OK) {
            pair->lo = r.lo;
            pair->hi = r.hi;
            cli_replicates_note(cli, &r);
        } else if (status == PEL_ENOCONV) {
            cli_note(cli, "%s, %s: no bands: %s", pair->path, pair->closure, why.text);
            status = PEL_OK;
        } else {
            pel_error_set(err, status, "%s", why.text);
        }
    }
    free(against->curves);
    return status;
}

pel_status cli_pair_compare(struct cli *cli, const struct pel_agemap *map, double share,
                            const struct cli_replicates *replicates,
                            const struct cli_theory *options, struct cli_pair *pair,
                            struct pel_error *err)
{
    struct cli_pair_theory open;
    const struct pel_compare_settings settings = {.share = share};
    struct against against = {.map = map, .settings = &settings};
    pair->curves = cli_own(cli, calloc(map->n_curves + 1, sizeof *pair->curves));
    if (pair->curves == NULL) return pel_error_set(err, PEL_ENOMEM, "comparison");
    pel_status status = cli_pair_open(pair, options, &open, err);
    if (status == PEL_OK)
        status = pel_compare_run(map, &open.theory, &settings, &pair->result,
                                 pair->curves, err);
    if (status == PEL_OK && replicates->n > 0)
        status = find_bands(cli, &against, &open, replicates, pair, err);
    cli_pair_close(&open);
    return status;
}

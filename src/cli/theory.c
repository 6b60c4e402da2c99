#include "theory.h"

#include "plot.h"

#include <pelrate/closure.h>
#include <pelrate/landscape.h>
#include <pelrate/provenance.h>
#include <pelrate/table.h>
#include <pelrate/text.h>

#include <math.h>
#include <string.h>

int cli_history_check(struct cli *cli, double e_is, const char *programme,
                      double temperature_K, double time_s)
{
    const int isothermal = !isnan(temperature_K) || !isnan(time_s);
    if (isnan(e_is)) return cli_usage(cli, "--e-is is missing");
    if (programme != NULL && isothermal)
        return cli_usage(cli, "--programme excludes --temperature and --time");
    if (programme == NULL && !isothermal)
        return cli_usage(cli, "--temperature and --time, or --programme, are missing");
    if (programme == NULL && isnan(temperature_K))
        return cli_usage(cli, "--temperature is missing");
    if (programme == NULL && isnan(time_s)) return cli_usage(cli, "--time is missing");
    if (programme == NULL && !(temperature_K > 0.0))
        return cli_usage(cli, "--temperature: %g K, expected above 0 K", temperature_K);
    if (programme == NULL && !(time_s > 0.0))
        return cli_usage(cli, "--time: %g s, expected above 0 s", time_s);
    return CLI_DONE;
}

/* z as a number, else as a table. */
static pel_status open_z(struct cli_theory *theory, struct pel_error *err)
{
    double z;
    const char *column = theory->z_column != NULL ? theory->z_column : "z_chao1";
    if (pel_text_to_double(theory->z, &z) == 0) {
        const double anywhere = 0.0;
        if (theory->z_column != NULL)
            return pel_error_set(err, PEL_EARG, "--z-column belongs to --z FILE");
        theory->z_value = z;
        return pel_committor_z_create(1, &anywhere, &z, &theory->z_table, err);
    }
    theory->z_is_file = 1;
    return pel_committor_z_read(theory->z, column, &theory->z_table, err);
}

/* Without --closure, what the landscape recommends: its parameters are those that the options
 * leave open. */
static pel_status take_treatment(struct cli_theory *theory, struct pel_error *err)
{
    const struct pel_landscape_treatment *t =
        &pel_landscape_head(theory->landscape)->treatment;
    const double anywhere = 0.0;
    if (theory->closure != NULL || t->kind == PEL_TREATMENT_UNSAID) return PEL_OK;
    theory->closure = pel_landscape_treatment_name(t->kind);
    theory->recorded = 1;
    if (t->kind == PEL_TREATMENT_TWO_LEVEL && theory->pair_eV == 0.0)
        theory->pair_eV = t->pair_eV;
    if (t->kind != PEL_TREATMENT_COMMITTOR || theory->z != NULL) return PEL_OK;
    theory->z_value = t->z;
    return pel_committor_z_create(1, &anywhere, &t->z, &theory->z_table, err);
}

/* The closure of the options, with its parameters. */
static pel_status open_closure(struct cli_theory *theory, struct pel_error *err)
{
    const struct pel_closure *closure;
    pel_status status = take_treatment(theory, err);
    if (status == PEL_OK)
        status = pel_closure_find(theory->closure != NULL ? theory->closure : "log-mean",
                                  &closure, err);
    if (status != PEL_OK) return status;
    theory->own = *closure;
    if (theory->z == NULL && theory->z_column != NULL)
        return pel_error_set(err, PEL_EARG, "--z-column belongs to --z FILE");
    if ((theory->z != NULL || theory->z_table != NULL) != closure->needs_z)
        return pel_error_set(err, PEL_EARG,
                             closure->needs_z ? "--closure committor needs --z"
                                              : "--z belongs to --closure committor");
    if ((theory->pair_eV != 0.0) != closure->needs_pair_eV)
        return pel_error_set(err, PEL_EARG,
                             closure->needs_pair_eV
                                 ? "--closure two-level needs --pair-barrier"
                                 : "--pair-barrier belongs to --closure two-level");
    if (theory->z != NULL) status = open_z(theory, err);
    theory->own.z = theory->z_table;
    theory->own.pair_eV = theory->pair_eV;
    return status;
}

pel_status cli_theory_open(struct cli_theory *theory, const char *path,
                           struct pel_error *err)
{
    theory->path = path;
    pel_status status = pel_landscape_read(path, &theory->landscape, err);
    if (status == PEL_OK) status = open_closure(theory, err);
    if (status != PEL_OK) return status;
    return pel_rate_create(theory->landscape, &theory->own,
                           theory->extrapolate ? PEL_RANGE_EXTRAPOLATE : PEL_RANGE_STRICT,
                           &theory->rate, err);
}

void cli_theory_close(struct cli_theory *theory)
{
    pel_rate_free(theory->rate);
    pel_landscape_free(theory->landscape);
    pel_committor_z_free(theory->z_table);
    theory->z_table = NULL;
    theory->rate = NULL;
    theory->landscape = NULL;
}

static const char *kind_of(const struct cli_theory *theory)
{
    return pel_landscape_kind_name(pel_landscape_kind(theory->landscape));
}

pel_status cli_theory_output(const struct cli *cli, const struct cli_theory *theory,
                             const char *path, const char *more, const char *format,
                             struct pel_output **out, struct pel_error *err)
{
    const char *inputs[3] = {theory->path};
    size_t n = 1;
    if (more != NULL) inputs[n++] = more;
    if (theory->z_is_file) inputs[n++] = theory->z;
    const pel_status status = cli_open(cli, path, format, n, inputs, out, err);
    if (status != PEL_OK) return status;

    FILE *stream = pel_output_stream(*out);
    const struct pel_landscape_head *head = pel_landscape_head(theory->landscape);
    char low[PEL_TEXT_DOUBLE], high[PEL_TEXT_DOUBLE];
    pel_provenance_put(stream, "landscape", "%s (%s)", head->name, kind_of(theory));
    pel_provenance_put(stream, "landscape_e_is_eV_per_atom", "%s %s",
                       pel_text_double(low, pel_landscape_e_is_min(theory->landscape)),
                       pel_text_double(high, pel_landscape_e_is_max(theory->landscape)));
    pel_provenance_put(stream, "closure", "%s", pel_rate_closure(theory->rate)->name);
    if (theory->recorded)
        pel_provenance_put(stream, "closure_from", "treatment in the landscape");
    if (theory->z_is_file)
        pel_provenance_put(stream, "z", "column %s of %s",
                           theory->z_column != NULL ? theory->z_column : "z_chao1",
                           theory->z);
    else if (theory->z_table != NULL)
        pel_provenance_put(stream, "z", "%s", pel_text_double(low, theory->z_value));
    if (theory->pair_eV > 0.0)
        pel_provenance_put(stream, "pair_barrier_eV", "%.17g", theory->pair_eV);
    if (head->equilibrium != NULL)
        pel_provenance_put(
            stream, "equilibrium_closure", "%s",
            pel_equilibrium_closure_name(pel_equilibrium_closure(head->equilibrium)));
    return PEL_OK;
}

void cli_theory_columns(const struct cli_theory *theory, FILE *stream,
                        const char *columns)
{
    fprintf(stream, "%s%s\n", columns, theory->extrapolate ? ",extrapolated" : "");
}

void cli_theory_row(const struct cli_theory *theory, FILE *stream, size_t n,
                    const double values[], int extrapolated)
{
    double row[32];
    size_t m = 0;
    for (; m < n && m < sizeof row / sizeof row[0] - 1; m++)
        row[m] = values[m];
    if (theory->extrapolate) row[m++] = extrapolated != 0;
    pel_table_put_row(stream, m, row);
}

void cli_theory_title(const struct cli_theory *theory, FILE *script, const char *what,
                      const char *more)
{
    const struct pel_landscape_head *head = pel_landscape_head(theory->landscape);
    char title[512], below[512];
    if (head->name[0] != '\0')
        snprintf(title, sizeof title, "%s: %s", what, head->name);
    else
        snprintf(title, sizeof title, "%s", what);
    snprintf(below, sizeof below, "%s landscape, closure %s%s%s", kind_of(theory),
             pel_rate_closure(theory->rate)->name, more[0] != '\0' ? "; " : "", more);
    cli_plot_title(script, title, below);
}

void cli_theory_note(const struct cli *cli, const struct cli_theory *theory, size_t n,
                     size_t total)
{
    const struct pel_equilibrium *line =
        pel_landscape_head(theory->landscape)->equilibrium;
    const char *closure = pel_rate_closure(theory->rate)->name;
    if (line != NULL &&
        strcmp(closure, pel_equilibrium_closure_name(pel_equilibrium_closure(line))) != 0)
        cli_note(
            cli,
            "the equilibrium line of the landscape holds for closure %s: with %s the "
            "glass is steady elsewhere",
            pel_equilibrium_closure_name(pel_equilibrium_closure(line)), closure);
    if (n == 0) return;
    cli_note(cli,
             "%zu of %zu rows are extrapolated: E_IS outside %.6g to %.6g eV/atom, which "
             "the landscape covers",
             n, total, pel_landscape_e_is_min(theory->landscape),
             pel_landscape_e_is_max(theory->landscape));
}

void cli_theory_stats(const struct cli *cli, size_t rows,
                      const struct pel_ageing_stats *stats)
{
    if (!cli->verbose) return;
    cli_note(
        cli,
        "%zu rows, %zu segments, %zu steps (%zu repeated), %zu rates, %zu Jacobians, "
        "%zu Newton iterations (%zu failed)",
        rows, stats->segments, stats->steps, stats->error_failures, stats->evaluations,
        stats->jacobians, stats->newton_iterations, stats->newton_failures);
}

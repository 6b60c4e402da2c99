#include "theory.h"

#include "plot.h"

#include <pelrate/closure.h>
#include <pelrate/landscape.h>
#include <pelrate/provenance.h>
#include <pelrate/table.h>
#include <pelrate/text.h>
#include <string.h>

pel_status cli_theory_open(struct cli_theory *theory, const char *path,
                           struct pel_error *err)
{
    const struct pel_closure *closure;
    theory->path = path;
    pel_status status = pel_closure_find(
        theory->closure != NULL ? theory->closure : "log-mean", &closure, err);
    if (status != PEL_OK) return status;
    status = pel_landscape_read(path, &theory->landscape, err);
    if (status != PEL_OK) return status;
    return pel_rate_create(theory->landscape, closure,
                           theory->extrapolate ? PEL_RANGE_EXTRAPOLATE : PEL_RANGE_STRICT,
                           &theory->rate, err);
}

void cli_theory_close(struct cli_theory *theory)
{
    pel_rate_free(theory->rate);
    pel_landscape_free(theory->landscape);
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
    const char *const inputs[] = {theory->path, more};
    const pel_status status =
        cli_open(cli, path, format, more != NULL ? 2 : 1, inputs, out, err);
    if (status != PEL_OK) return status;

    FILE *stream = pel_output_stream(*out);
    const struct pel_landscape_head *head = pel_landscape_head(theory->landscape);
    char low[PEL_TEXT_DOUBLE], high[PEL_TEXT_DOUBLE];
    pel_provenance_put(stream, "landscape", "%s (%s)", head->name, kind_of(theory));
    pel_provenance_put(stream, "landscape_e_is_eV_per_atom", "%s %s",
                       pel_text_double(low, pel_landscape_e_is_min(theory->landscape)),
                       pel_text_double(high, pel_landscape_e_is_max(theory->landscape)));
    pel_provenance_put(stream, "closure", "%s", pel_rate_closure(theory->rate)->name);
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

#include "command.h"
#include "plot.h"

#include <pelrate/equilibration.h>
#include <pelrate/provenance.h>
#include <pelrate/table.h>

#include <math.h>
#include <stdint.h>

static const char details[] =
    "The equilibrium line of a liquid, E_IS against temperature, from annealing curves of\n"
    "pelrate md: some that came from above (a hotter melt, or a glass of higher E_IS) and\n"
    "some from below (a glass of lower E_IS), which ramp_from_K and start_e_is_eV_per_atom\n"
    "in the header of a file say. A temperature is in equilibrium if on each side the means\n"
    "of both halves agree, both sides agree, within --limit standard errors, and each error\n"
    "is small enough to prove something.\n"
    "\n"
    "Columns: temperature_K,e_is_eV_per_atom,standard_error_eV_per_atom, of the temperatures\n"
    "that passed, as fit --equilibrium-line reads them; then n_effective (independent\n"
    "values) and the tests in standard errors: above_halves,below_halves,sides.\n"
    "--report: every temperature, a row for each side that has curves: temperature_K,side,\n"
    "curves,points,e_is_eV_per_atom,standard_error_eV_per_atom,n_effective,\n"
    "halves_eV_per_atom (second minus first),halves_error_eV_per_atom,\n"
    "sides_eV_per_atom (above minus below),sides_error_eV_per_atom,equilibrium (1 or 0).\n"
    "\n"
    "Errors know that neighbouring snapshots are correlated; fluctuations slower than the\n"
    "curves are underestimated, so that a curve that is too short is rather refused.\n"
    "\n"
    "  $ printf '# start_e_is_eV_per_atom: -4.6\\nreplica,time_ps,temperature_K,"
    "e_is_eV_per_atom\\n' >above.csv\n"
    "  $ for i in 0 1 2 3 4 5 6 7 8 9; do echo \"1,$i,1500,-4.66$((i % 3))\"; done "
    ">>above.csv\n"
    "  $ sed s/-4.6$/-4.7/ above.csv >below.csv\n"
    "  $ pelrate equilibrium above.csv below.csv -o equilibrium.csv --report tests.csv\n";

struct job {
    struct pel_equilibration_settings settings;
    const char *report;
    double error_meV;
    struct pel_curves *curves;               /* owned */
    struct pel_equilibration *equilibration; /* owned */
};

static const char *const side_names[PEL_SIDES] = {"above", "below"};

static pel_status open_table(const struct cli *cli, const struct job *job,
                             const char *path, const char *format,
                             struct pel_output **out, struct pel_error *err)
{
    const pel_status status =
        cli_open(cli, path, format, cli->n_operands, cli->operands, out, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(*out);
    if (!isnan(job->curves->atoms))
        pel_provenance_put(stream, "atoms", "%.15g", job->curves->atoms);
    pel_provenance_put(stream, "discard", "%.15g", job->settings.discard);
    pel_provenance_put(stream, "limit", "%.15g", job->settings.limit);
    pel_provenance_put(stream, "max_error_eV_per_atom", "%.15g", job->settings.max_error);
    pel_provenance_put(stream, "one_side", "%s", job->settings.one_side ? "yes" : "no");
    return PEL_OK;
}

static pel_status write_line(const struct cli *cli, const struct job *job,
                             struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status =
        open_table(cli, job, cli->output, "pelrate-equilibrium 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    fputs("temperature_K,e_is_eV_per_atom,standard_error_eV_per_atom,n_effective,"
          "above_halves,below_halves,sides\n",
          stream);
    for (size_t i = 0; i < job->equilibration->n; i++) {
        const struct pel_equilibration_point *p = &job->equilibration->point[i];
        const struct pel_equilibration_side *above = &p->side[PEL_ABOVE];
        const struct pel_equilibration_side *below = &p->side[PEL_BELOW];
        if (!p->equilibrium) continue;
        const double row[] = {p->temperature_K,
                              p->e_is,
                              p->error,
                              above->n_eff + below->n_eff,
                              above->halves / above->halves_error,
                              below->halves / below->halves_error,
                              p->sides / p->sides_error};
        pel_table_put_row(stream, sizeof row / sizeof *row, row);
    }
    return pel_output_commit(output, err);
}

static pel_status write_report(const struct cli *cli, const struct job *job,
                               struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status =
        open_table(cli, job, job->report, "pelrate-equilibration 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    fputs("temperature_K,side,curves,points,e_is_eV_per_atom,standard_error_eV_per_atom,"
          "n_effective,halves_eV_per_atom,halves_error_eV_per_atom,sides_eV_per_atom,"
          "sides_error_eV_per_atom,equilibrium\n",
          stream);
    for (size_t i = 0; i < job->equilibration->n; i++) {
        const struct pel_equilibration_point *p = &job->equilibration->point[i];
        for (int k = 0; k < PEL_SIDES; k++) {
            const struct pel_equilibration_side *s = &p->side[k];
            if (s->curves == 0) continue;
            pel_table_put_number(stream, p->temperature_K);
            fprintf(stream, ",%s,", side_names[k]);
            const double row[] = {(double)s->curves, (double)s->points, s->e_is,
                                  s->error,          s->n_eff,          s->halves,
                                  s->halves_error,   p->sides,          p->sides_error,
                                  p->equilibrium};
            pel_table_put_row(stream, sizeof row / sizeof *row, row);
        }
    }
    return pel_output_commit(output, err);
}

static pel_status draw(const struct cli *cli, const struct job *job,
                       struct pel_error *err)
{
    struct cli_plot *plot = NULL;
    const pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    const struct pel_equilibration *e = job->equilibration;
    cli_plot_title(script, "Equilibrium line",
                   "inherent structures of the liquid, from above and from below");
    for (int k = 0; k < PEL_SIDES; k++) {
        fprintf(script, "$%s << EOD\n", side_names[k]);
        cli_plot_row(script, 3, (const double[]){NAN, NAN, NAN}); /* never empty */
        for (size_t i = 0; i < e->n; i++)
            if (e->point[i].side[k].curves > 0)
                cli_plot_row(script, 3,
                             (const double[]){e->point[i].temperature_K,
                                              e->point[i].side[k].e_is,
                                              e->point[i].side[k].error});
        fputs("EOD\n", script);
    }
    fputs("$line << EOD\n", script);
    cli_plot_row(script, 2, (const double[]){NAN, NAN});
    for (size_t i = 0; i < e->n; i++)
        if (e->point[i].equilibrium)
            cli_plot_row(script, 2,
                         (const double[]){e->point[i].temperature_K, e->point[i].e_is});
    fputs(
        "EOD\nset xlabel 'temperature (K)'\n"
        "set ylabel '{/:Italic E}_{IS} (eV/atom)'\nset format y '%.3f'\n"
        "set key top left\nset grid lc rgb '#e4e4e4' lt 1\n"
        "set offsets graph 0.03,graph 0.03,graph 0.04,graph 0.04\n"
        "plot $line using 1:2 with lines lw 3 lc rgb '#9ecae1' title 'equilibrium', \\\n"
        "  $above using 1:2:3 with yerrorbars pt 11 ps 1.2 lc rgb '#d7301f' title 'from "
        "above', \\\n"
        "  $below using 1:2:3 with yerrorbars pt 9 ps 1.2 lc rgb '#2c7fb8' title 'from "
        "below'\n",
        script);
    return cli_plot_draw(plot, err);
}

/* Returns how many temperatures passed; notes what a reader of the line will stumble
 * over. */
static size_t tell(const struct cli *cli, const struct job *job)
{
    size_t passed = 0;
    double last_K = NAN, last_e = NAN;
    for (size_t i = 0; i < job->equilibration->n; i++) {
        const struct pel_equilibration_point *p = &job->equilibration->point[i];
        if (!p->equilibrium) {
            const int both = p->side[0].curves > 0 && p->side[1].curves > 0;
            const char *why = "not steady, or too short";
            if (!both && !job->settings.one_side) why = "reached from one side alone";
            if (both && p->side[0].steady && p->side[1].steady)
                why = "above and below differ";
            cli_note(cli, "%g K is left out: %s", p->temperature_K, why);
            continue;
        }
        passed++;
        if (p->e_is <= last_e)
            cli_note(cli,
                     "E_IS does not rise from %g to %g K: fit --equilibrium-line will "
                     "refuse it",
                     last_K, p->temperature_K);
        last_K = p->temperature_K;
        last_e = p->e_is;
    }
    return passed;
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.settings = pel_equilibration_defaults()};
    job.error_meV = 1e3 * job.settings.max_error;
    const struct cli_option options[] = {
        {"report", CLI_TEXT, &job.report, "FILE", "write the tests of all temperatures"},
        {"discard", CLI_NUMBER, &job.settings.discard, "F",
         "share of each curve, from its beginning, to leave out (default: 0.25)"},
        {"limit", CLI_NUMBER, &job.settings.limit, "Z",
         "standard errors that halves and sides may differ by (default: 3)"},
        {"max-error", CLI_NUMBER, &job.error_meV, "meV/atom",
         "largest standard error of a side (default: 1)"},
        {"one-side", CLI_FLAG, &job.settings.one_side, NULL,
         "accept temperatures that were reached from one side alone"},
        {0}};
    const char *const *operands;
    size_t n;
    int finished;
    int exit_status = cli_parse(cli, options, CLI_WITH_OUTPUT | CLI_WITH_PLOT, argc, argv,
                                1, SIZE_MAX, &n, &operands, &finished);
    if (exit_status != CLI_DONE || finished) return exit_status;
    job.settings.max_error = 1e-3 * job.error_meV;
    exit_status = cli_outputs_check(cli, 1, &job.report);
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    pel_status status = pel_curves_read(n, operands, &job.curves, &err);
    if (status == PEL_OK)
        status = pel_equilibration_run(job.curves, operands, &job.settings,
                                       &job.equilibration, &err);
    if (status == PEL_OK && job.report != NULL) status = write_report(cli, &job, &err);
    if (status == PEL_OK && cli->plot != NULL) status = draw(cli, &job, &err);
    if (status == PEL_OK && tell(cli, &job) == 0)
        status = pel_error_set(&err, PEL_ENOCONV, "no temperature is in equilibrium");
    if (status == PEL_OK) status = write_line(cli, &job, &err);
    pel_equilibration_free(job.equilibration);
    pel_curves_free(job.curves);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_equilibrium = {
    "equilibrium", "the equilibrium line of a liquid, tested, from annealing curves",
    "CURVE.csv...", details, run};

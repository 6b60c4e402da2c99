#include "command.h"
#include "plot.h"
#include "replicates.h"
#include "theory.h"

#include <math.h>
#include <pelrate/ageing.h>
#include <pelrate/constants.h>
#include <pelrate/heat_capacity.h>
#include <pelrate/modulation.h>
#include <pelrate/programme.h>
#include <pelrate/provenance.h>
#include <pelrate/rate.h>
#include <stdlib.h>

static const char details[] =
    "The history of E_IS along a temperature programme: either --temperature and --time, "
    "or\n"
    "a file with the columns target_K,rate_K_per_s,hold_s, one row a ramp to the target\n"
    "followed by a hold; the first row's target is the temperature at the start (`pelrate\n"
    "programme` makes them; rate_K_per_min and hold_min are read too).\n\n"
    "Columns: time_s,temperature_K,e_is_eV_per_atom,rate_eV_per_atom_per_s (and "
    "extrapolated\n"
    "with --extrapolate). --bands adds e_is_lo_eV_per_atom,e_is_hi_eV_per_atom, the ends of\n"
    "a band at each time, from replicates of an event or histogram landscape whose events\n"
    "are drawn anew. --enthalpy adds enthalpy_J_per_g, what the glass has released since the\n"
    "start, and heat_flow_W_per_g (exo up); --cp also cp_J_per_g_K of the vibrations and\n"
    "total_heat_flow_W_per_g, as a calorimeter would see it. Rows are placed so that no\n"
    "feature falls between them.\n\n"
    "--split FILE with --period: a modulated programme's heat flow in its parts, four rows a\n"
    "period: time_s,temperature_K,rate_K_per_s,amplitude_K_per_s,reversing_cp_J_per_g_K,\n"
    "phase_rad,total_heat_flow_W_per_g,reversing_heat_flow_W_per_g,\n"
    "non_reversing_heat_flow_W_per_g (exo up; temperature and rate are the underlying ones).\n\n"
    "Example: a day at 550 K\n"
    "  $ pelrate anneal data/reference/r1.landscape.csv --e-is -4.684 --temperature 550 "
    "--time 86400\n";

/* Which history is wanted, and what it gave. */
struct job {
    double e_is;           /* [eV/atom]; NaN: not given */
    double temperature_K;  /* NaN: not given */
    double time_s;         /* NaN: not given */
    const char *programme; /* file; NULL: not given */
    struct pel_ageing_settings settings;
    struct pel_ageing *ageing;        /* owned */
    size_t extrapolated;              /* rows */
    struct pel_programme *course;     /* owned */
    int enthalpy;                     /* --enthalpy, or --cp */
    const char *cp;                   /* model; NULL: not wanted */
    const char *split;                /* file; NULL: not wanted */
    double period_s;                  /* of the modulation; NaN: not given */
    struct pel_modulation_row *parts; /* [n_parts] of the heat flow; owned */
    size_t n_parts;
    struct pel_heat_capacity vibrations;
    struct cli_replicates bands; /* of e_is in each row */
};

static pel_status integrate(struct cli *cli, struct cli_theory *theory, struct job *job,
                            struct pel_error *err)
{
    pel_status status = job->programme != NULL
                            ? pel_programme_read(job->programme, &job->course, err)
                            : pel_programme_isothermal(job->temperature_K, job->time_s,
                                                       &job->course, err);
    if (status != PEL_OK) return status;
    job->vibrations.molar_mass_g_per_mol =
        pel_landscape_head(theory->landscape)->molar_mass_g_per_mol;
    cli_progress_start(cli, "anneal");
    status = pel_ageing_run(theory->rate, job->course, job->e_is, &job->settings,
                            &cli->progress, &job->ageing, err);
    cli_progress_end(cli);
    if (status != PEL_OK) return status;
    for (size_t i = 0; i < job->ageing->n; i++)
        job->extrapolated += job->ageing->rows[i].extrapolated != 0;
    if (job->split != NULL)
        status = pel_modulation_split(job->ageing, job->course,
                                      job->cp != NULL ? &job->vibrations : NULL,
                                      job->vibrations.molar_mass_g_per_mol, job->period_s,
                                      &job->parts, &job->n_parts, err);
    return status;
}

/* The same history by a replicate, at the times of the table. */
static pel_status integrate_banded(struct pel_rate *rate, void *context, double values[],
                                   struct pel_error *err)
{
    const struct job *job = context;
    struct pel_ageing *again = NULL;
    const pel_status status =
        pel_ageing_run(rate, job->course, job->e_is, &job->settings, NULL, &again, err);
    if (status != PEL_OK) return status;
    for (size_t i = 0; i < job->ageing->n; i++)
        values[i] = pel_ageing_e_is(again, job->ageing->rows[i].time_s);
    pel_ageing_free(again);
    return PEL_OK;
}

/* What --enthalpy and --cp add to a row. */
static size_t put_heat(const struct job *job, const struct cli_theory *theory, size_t i,
                       double row[])
{
    if (!job->enthalpy) return 0;
    const struct pel_ageing_row *r = &job->ageing->rows[i];
    const double J_per_g =
        PEL_EV_J_PER_MOL / pel_landscape_head(theory->landscape)->molar_mass_g_per_mol;
    size_t n = 0;
    row[n++] = (job->ageing->rows[0].e_is - r->e_is) * J_per_g;
    row[n++] = -r->rate * J_per_g;
    if (job->cp == NULL) return n;
    /* Every corner is a row: between two rows the temperature is a straight line. */
    const struct pel_ageing_row *a = i > 0 ? r - 1 : r, *b = i > 0 ? r : r + 1;
    const double slope = (b->temperature_K - a->temperature_K) / (b->time_s - a->time_s);
    row[n] = pel_heat_capacity_at(&job->vibrations, r->temperature_K);
    row[n + 1] = row[n - 1] - row[n] * slope;
    return n + 2;
}

static pel_status write_table(const struct cli *cli, const struct cli_theory *theory,
                              const struct job *job, struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status = cli_theory_output(cli, theory, cli->output, job->programme,
                                                "pelrate-anneal 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    cli_replicates_keys(&job->bands, theory, stream);
    if (job->cp != NULL) pel_provenance_put(stream, "heat_capacity", "%s", job->cp);
    char columns[256];
    snprintf(columns, sizeof columns,
             "time_s,temperature_K,e_is_eV_per_atom,rate_eV_per_atom_per_s%s%s%s",
             job->enthalpy ? ",enthalpy_J_per_g,heat_flow_W_per_g" : "",
             job->cp != NULL ? ",cp_J_per_g_K,total_heat_flow_W_per_g" : "",
             job->bands.n > 0 ? ",e_is_lo_eV_per_atom,e_is_hi_eV_per_atom" : "");
    cli_theory_columns(theory, stream, columns);
    for (size_t i = 0; i < job->ageing->n; i++) {
        const struct pel_ageing_row *r = &job->ageing->rows[i];
        double row[10] = {r->time_s, r->temperature_K, r->e_is, r->rate};
        size_t n = 4 + put_heat(job, theory, i, row + 4);
        if (job->bands.n > 0) {
            row[n++] = job->bands.lo[i];
            row[n++] = job->bands.hi[i];
        }
        cli_theory_row(theory, stream, n, row, r->extrapolated);
    }
    return pel_output_commit(output, err);
}

/* The parts of a modulated heat flow (--split). */
static pel_status write_split(const struct cli *cli, const struct cli_theory *theory,
                              const struct job *job, struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status = cli_theory_output(cli, theory, job->split, job->programme,
                                                "pelrate-modulation 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    pel_provenance_put(stream, "heat_capacity", "%s", job->cp != NULL ? job->cp : "none");
    pel_provenance_put(stream, "period_s", "%.17g", job->period_s);
    pel_provenance_put(stream, "extrapolated_rows_of_history", "%zu", job->extrapolated);
    fputs("time_s,temperature_K,rate_K_per_s,amplitude_K_per_s,reversing_cp_J_per_g_K,"
          "phase_rad,total_heat_flow_W_per_g,reversing_heat_flow_W_per_g,"
          "non_reversing_heat_flow_W_per_g\n",
          stream);
    for (size_t i = 0; i < job->n_parts; i++) {
        const struct pel_modulation_row *r = &job->parts[i];
        fprintf(stream, "%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g\n",
                r->time_s, r->temperature_K, r->rate_K_per_s, r->amplitude_K_per_s,
                r->reversing_cp_J_per_g_K, r->phase_rad, r->total_W_per_g,
                r->reversing_W_per_g, r->non_reversing_W_per_g);
    }
    return pel_output_commit(output, err);
}

/* In a hold: the decade before anything visible happens. */
static double first_decade(const struct pel_ageing *ageing)
{
    double low = ageing->rows[0].e_is, high = low;
    for (size_t i = 1; i < ageing->n; i++) {
        low = fmin(low, ageing->rows[i].e_is);
        high = fmax(high, ageing->rows[i].e_is);
    }
    size_t k = 1;
    while (k + 1 < ageing->n &&
           !(fabs(ageing->rows[k].e_is - ageing->rows[0].e_is) > 1e-3 * (high - low)))
        k++;
    return pow(10.0, floor(log10(ageing->rows[k].time_s)) - 1.0);
}

/* E_IS over the time, which is logarithmic in a hold, where nothing else sets a scale;
 * the temperature in a panel below where it changes. Colour: sampled;
 * grey: extrapolated. */
static pel_status draw(const struct cli *cli, const struct cli_theory *theory,
                       const struct job *job, struct pel_error *err)
{
    struct cli_plot *plot;
    const pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    const int isothermal = job->programme == NULL;
    char more[160] = "", bands[64];
    cli_replicates_title(&job->bands, bands);
    if (isothermal)
        snprintf(more, sizeof more, "%.6g K%s%s", job->temperature_K,
                 bands[0] != '\0' ? "; " : "", bands);
    else
        snprintf(more, sizeof more, "%s", bands);
    cli_theory_title(theory, script, "Anneal", more);
    fputs("$history << EOD\n", script);
    for (size_t i = 0; i < job->ageing->n; i++) {
        const struct pel_ageing_row *r = &job->ageing->rows[i];
        const double row[] = {isothermal && r->time_s <= 0.0 ? NAN : r->time_s,
                              r->temperature_K,
                              r->e_is,
                              r->extrapolated ? NAN : r->e_is,
                              job->bands.n > 0 ? job->bands.lo[i] : NAN,
                              job->bands.n > 0 ? job->bands.hi[i] : NAN};
        cli_plot_row(script, sizeof row / sizeof row[0], row);
    }
    fputs("EOD\nset autoscale xfix\nset grid lc rgb '#e4e4e4' lt 1\nset key top right\n"
          "set offsets 0,0,graph 0.04,graph 0.04\nset lmargin at screen 0.135\nset "
          "rmargin at screen 0.965\n",
          script);
    if (isothermal)
        fprintf(script,
                "set bmargin at screen 0.12\nset tmargin at screen 0.88\n"
                "set logscale x\nset format x '10^{%%L}'\nset xlabel 'time (s)'\n"
                "set xrange [%.9g:%.9g]\n",
                first_decade(job->ageing), job->time_s);
    else
        fputs("set multiplot\nset bmargin at screen 0.41\nset tmargin at screen 0.88\n"
              "set format x ''\n",
              script);
    fprintf(script,
            "set ylabel '{/:Italic E}_{IS} (eV/atom)'\nset format y '%%.4f'\n"
            "plot %s$history using 1:3 with lines lw 2 lc rgb '#b8b8b8' %s, \\\n"
            "  $history using 1:4 with lines lw 2.5 lc rgb '#2c7fb8' notitle\n",
            job->bands.n > 0 ? "$history using 1:5:6 with filledcurves fs transparent "
                               "solid 0.22 noborder lc rgb '#2c7fb8' notitle, "
                             : "",
            job->extrapolated > 0 ? "title 'extrapolated'" : "notitle");
    if (!isothermal)
        fputs("unset title\nset bmargin at screen 0.12\nset tmargin at screen 0.38\n"
              "set format x '%g'\nset format y '%g'\nset xlabel 'time (s)'\n"
              "set ylabel 'temperature (K)'\n"
              "plot $history using 1:2 with lines lw 2.5 lc rgb '#d7301f' notitle\n"
              "unset multiplot\n",
              script);
    return cli_plot_draw(plot, err);
}

static int check(struct cli *cli, struct job *job)
{
    struct pel_error err = {0};
    if (job->cp != NULL) {
        /* The molar mass comes with the landscape. */
        if (pel_heat_capacity_parse(job->cp, 1.0, &job->vibrations, &err) != PEL_OK)
            return cli_usage(cli, "--cp: %s", err.text);
        job->enthalpy = 1;
    }
    const int status = cli_history_check(cli, job->e_is, job->programme,
                                         job->temperature_K, job->time_s);
    if (status != CLI_DONE) return status;
    if (!(job->settings.rtol > 0.0 && job->settings.rtol < 1.0))
        return cli_usage(cli, "--rtol: expected a number between 0 and 1");
    if ((job->split != NULL) != !isnan(job->period_s))
        return cli_usage(cli, "--split and --period belong together");
    if (job->split != NULL && job->programme == NULL)
        return cli_usage(cli, "--split needs a modulated --programme");
    if (job->split != NULL && !(job->period_s > 0.0))
        return cli_usage(cli, "--period: %g s, expected above 0", job->period_s);
    return cli_outputs_check(cli, 1, &job->split);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct cli_theory theory = {0};
    struct job job = {.e_is = NAN,
                      .temperature_K = NAN,
                      .time_s = NAN,
                      .period_s = NAN,
                      .bands = cli_replicates_defaults(),
                      .settings = pel_ageing_settings_defaults()};
    const struct cli_option options[] = {
        {"e-is", CLI_NUMBER, &job.e_is, "X", "E_IS at the start (eV/atom)"},
        {"temperature", CLI_NUMBER, &job.temperature_K, "T",
         "hold at this temperature (K)"},
        {"time", CLI_NUMBER, &job.time_s, "t", "for this time (s)"},
        {"programme", CLI_TEXT, &job.programme, "FILE", "temperature programme (CSV)"},
        {"enthalpy", CLI_FLAG, &job.enthalpy, NULL,
         "add enthalpy released and heat flow"},
        {"cp", CLI_TEXT, &job.cp, "MODEL",
         "vibrations: dulong-petit, einstein:THETA or debye:THETA (K)"},
        {"split", CLI_TEXT, &job.split, "FILE",
         "parts of a modulated heat flow: reversing, non-reversing"},
        {"period", CLI_NUMBER, &job.period_s, "s", "period of the modulation (s)"},
        {"rtol", CLI_NUMBER, &job.settings.rtol, "x",
         "relative tolerance of the integration (default: 1e-8)"},
        CLI_REPLICATES_OPTIONS(&job.bands),
        CLI_THEORY_OPTIONS(&theory),
        {0}};
    const char *const *operands;
    size_t n;
    int finished;
    int exit_status =
        cli_parse(cli, options, CLI_WITH_OUTPUT | CLI_WITH_PLOT | CLI_WITH_SEED, argc,
                  argv, 1, 1, &n, &operands, &finished);
    if (exit_status != CLI_DONE || finished) return exit_status;
    exit_status = check(cli, &job);
    if (exit_status == CLI_DONE) exit_status = cli_replicates_check(cli, &job.bands);
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    pel_status status = cli_theory_open(&theory, operands[0], &err);
    if (status == PEL_OK) status = integrate(cli, &theory, &job, &err);
    if (status == PEL_OK)
        status = cli_replicates_run(cli, &theory, &job.bands, job.ageing->n,
                                    integrate_banded, &job, &err);
    if (status == PEL_OK) status = write_table(cli, &theory, &job, &err);
    if (status == PEL_OK && job.split != NULL)
        status = write_split(cli, &theory, &job, &err);
    if (status == PEL_OK && cli->plot != NULL) status = draw(cli, &theory, &job, &err);
    if (status == PEL_OK) {
        cli_theory_stats(cli, job.ageing->n, &job.ageing->stats);
        cli_theory_note(cli, &theory, job.extrapolated, job.ageing->n);
        cli_replicates_note(cli, &job.bands);
    }
    free(job.parts);
    pel_programme_free(job.course);
    pel_ageing_free(job.ageing);
    cli_theory_close(&theory);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_anneal = {
    "anneal", "history of E_IS along a temperature programme", "LANDSCAPE", details, run};

#include "command.h"
#include "dsc_job.h"

#include <math.h>
#include <pelrate/rate.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const char details[] =
    "Calorimetry: cool from the steady state at --start to --bottom, then heat to --end.\n"
    "The heat flow is the excess over that of the vibrations, -(de/dt) per mass; its sign is\n"
    "in the header and on the picture. Several rates of cooling and of heating make a scan\n"
    "each; --anneal-temperature and --anneal-time hold the glass on its way down.\n"
    "\n"
    "Columns: cool_K_per_s,time_s,temperature_K,e_is_eV_per_atom,de_dT_eV_per_atom_per_K,\n"
    "heat_flow_W_per_g, the heating scans one after the other; then, where asked for,\n"
    "heat_K_per_s (several rates of heating), anneal_s, cp_J_per_g_K and\n"
    "total_heat_flow_W_per_g (--cp), heat_flow_lo_W_per_g,heat_flow_hi_W_per_g (--bands),\n"
    "extrapolated (--extrapolate).\n"
    "--peaks: cool_K_per_s,e_glass_eV_per_atom,fictive_temperature_K,onset_K,peak_K,\n"
    "peak_heat_flow_W_per_g,end_K,enthalpy_J_per_g,enthalpy_kJ_per_mol,endotherm_peak_K,\n"
    "fictive_equal_area_K, and the same further columns; a field is empty where there is no\n"
    "such thing. The fictive temperature is that of the theory, T_ss(e_glass), and the one\n"
    "that equal areas give from the scan alone.\n"
    "--kissinger: feature,cool_K_per_s,anneal_s,rates,kissinger_eV,kissinger_se_eV,ozawa_eV,\n"
    "ozawa_se_eV from two or more rates of heating, for the temperatures of --peaks.\n"
    "--cp: the heat capacity of the vibrations, so that the curve looks like a measured one.\n"
    "\n"
    "Example: the glasses of 20, 200 and 2000 K/s, scanned at 1 K/s\n"
    "  $ pelrate dsc data/reference/r1.landscape.csv --cool 20,200,2000 --heat 1 --start 900 --bottom 300 --end 900 --peaks peaks.csv -o scans.csv\n"
    "Example: one glass at four rates in K/min, and its activation energies\n"
    "  $ pelrate dsc data/reference/r1.landscape.csv --cool 20 --heat 5,10,20,40 --unit K/min --cp debye:250 --kissinger energies.csv -o rates.csv\n";
/* clang-format on */

static int check_annealing(struct cli *cli, struct dsc_job *job)
{
    const struct pel_dsc_settings *s = &job->settings;
    if (isnan(job->anneal_K) != (job->anneal_s.n == 0))
        return cli_usage(cli, "--anneal-temperature and --anneal-time go together");
    if (isnan(job->anneal_K)) return CLI_DONE;
    if (!(job->anneal_K >= s->bottom_K && job->anneal_K <= s->start_K))
        return cli_usage(cli,
                         "--anneal-temperature: %g K, expected between --bottom and "
                         "--start",
                         job->anneal_K);
    for (size_t i = 0; i < job->anneal_s.n; i++)
        if (!(job->anneal_s.values[i] >= 0.0))
            return cli_usage(cli, "--anneal-time: %g s, expected 0 or more",
                             job->anneal_s.values[i]);
    return CLI_DONE;
}

static int check(struct cli *cli, struct dsc_job *job)
{
    const struct pel_dsc_settings *s = &job->settings;
    const char *const paths[] = {job->peaks, job->kissinger};
    struct pel_error err = {0};
    double per_second = 1.0;
    if (strcmp(job->unit, "K/min") == 0)
        per_second = 1.0 / 60.0;
    else if (strcmp(job->unit, "K/s") != 0)
        return cli_usage(cli, "--unit: '%s', expected K/s or K/min", job->unit);
    if (strcmp(job->exo, "up") == 0)
        job->settings.sign = PEL_DSC_EXO_UP;
    else if (strcmp(job->exo, "down") == 0)
        job->settings.sign = PEL_DSC_EXO_DOWN;
    else
        return cli_usage(cli, "--exo: '%s', expected up or down", job->exo);
    if (job->cool.n == 0) return cli_usage(cli, "--cool is missing");
    for (size_t i = 0; i < job->cool.n; i++)
        if (!(job->cool.values[i] > 0.0))
            return cli_usage(cli, "--cool: %g, expected rates above 0",
                             job->cool.values[i]);
    for (size_t i = 0; i < job->heat.n; i++)
        if (!(job->heat.values[i] > 0.0))
            return cli_usage(cli, "--heat: %g, expected a rate above 0",
                             job->heat.values[i]);
    if (!(s->bottom_K > 0.0 && s->bottom_K < s->start_K && s->bottom_K < s->end_K))
        return cli_usage(cli,
                         "--bottom: %g K, expected above 0 and below --start and --end",
                         s->bottom_K);
    int exit_status = check_annealing(cli, job);
    if (exit_status == CLI_DONE) exit_status = cli_replicates_check(cli, &job->bands);
    if (exit_status != CLI_DONE) return exit_status;
    /* The molar mass comes with the landscape. */
    if (job->cp != NULL &&
        pel_heat_capacity_parse(job->cp, 1.0, &job->vibrations, &err) != PEL_OK)
        return cli_usage(cli, "--cp: %s", err.text);
    if (job->kissinger != NULL && job->heat.n < 2)
        return cli_usage(cli, "--kissinger needs two or more rates of heating");
    for (size_t i = 0; i < job->cool.n; i++)
        job->cool.values[i] *= per_second;
    for (size_t i = 0; i < job->heat.n; i++)
        job->heat.values[i] *= per_second;
    job->settings.e_start = job->e_start;
    return cli_outputs_check(cli, 2, paths);
}

/* The scans: no annealing where none was given. */
static int fill_scans(struct cli *cli, struct dsc_job *job)
{
    const size_t anneals = job->anneal_s.n > 0 ? job->anneal_s.n : 1;
    job->n_scans = job->cool.n * anneals * job->heat.n;
    job->scan = cli_own(cli, calloc(job->n_scans, sizeof *job->scan));
    if (job->scan == NULL) return -1;
    for (size_t i = 0; i < job->n_scans; i++) {
        job->scan[i].heat_K_per_s = job->heat.values[i % job->heat.n];
        job->scan[i].anneal_s =
            job->anneal_s.n > 0 ? job->anneal_s.values[i / job->heat.n % anneals] : 0.0;
        job->scan[i].cool_K_per_s = job->cool.values[i / job->heat.n / anneals];
    }
    return 0;
}

static pel_status scan_one(struct pel_rate *rate, const struct dsc_job *job,
                           const struct dsc_scan *scan,
                           const struct pel_progress *progress, struct pel_dsc **out,
                           struct pel_error *err)
{
    struct pel_dsc_settings settings = job->settings;
    settings.cool_K_per_s = scan->cool_K_per_s;
    settings.heat_K_per_s = scan->heat_K_per_s;
    settings.anneal_K = scan->anneal_s > 0.0 ? job->anneal_K : 0.0;
    settings.anneal_s = scan->anneal_s;
    return pel_dsc_run(rate, &settings, progress, out, err);
}

static pel_status scan_all(struct cli *cli, struct cli_theory *theory,
                           struct dsc_job *job, struct pel_error *err)
{
    size_t band = 0;
    job->vibrations.molar_mass_g_per_mol =
        pel_landscape_head(theory->landscape)->molar_mass_g_per_mol;
    for (size_t i = 0; i < job->n_scans; i++) {
        struct dsc_scan *scan = &job->scan[i];
        cli_progress_start(cli, "dsc");
        const pel_status status =
            scan_one(theory->rate, job, scan, &cli->progress, &scan->dsc, err);
        cli_progress_end(cli);
        if (status != PEL_OK) return status;
        for (size_t k = 0; k < scan->dsc->n; k++)
            job->extrapolated += scan->dsc->rows[k].extrapolated != 0;
        job->rows += scan->dsc->n;
        scan->first_band = band;
        band += scan->dsc->n + DSC_PEAKS;
        cli_theory_stats(cli, scan->dsc->n, &scan->dsc->stats);
    }
    return PEL_OK;
}

/* Heat flow of a scan at a temperature, between its rows. */
static double heat_flow_at(const struct pel_dsc *dsc, double temperature_K)
{
    size_t lo = 0, hi = dsc->n - 1;
    while (hi - lo > 1) {
        const size_t mid = lo + (hi - lo) / 2;
        if (dsc->rows[mid].temperature_K <= temperature_K)
            lo = mid;
        else
            hi = mid;
    }
    const struct pel_dsc_row *a = &dsc->rows[lo], *b = &dsc->rows[hi];
    const double h = b->temperature_K - a->temperature_K;
    const double w = h > 0.0 ? (temperature_K - a->temperature_K) / h : 0.0;
    return a->heat_flow + fmin(fmax(w, 0.0), 1.0) * (b->heat_flow - a->heat_flow);
}

/* The same scans of a replicate, at the temperatures of the table. */
static pel_status scan_banded(struct pel_rate *rate, void *context, double values[],
                              struct pel_error *err)
{
    const struct dsc_job *job = context;
    for (size_t i = 0; i < job->n_scans; i++) {
        const struct dsc_scan *scan = &job->scan[i];
        struct pel_dsc *again = NULL;
        const pel_status status = scan_one(rate, job, scan, NULL, &again, err);
        if (status != PEL_OK) return status;
        double *at = values + scan->first_band;
        for (size_t k = 0; k < scan->dsc->n; k++)
            at[k] = heat_flow_at(again, scan->dsc->rows[k].temperature_K);
        dsc_peaks_values(&again->peaks, at + scan->dsc->n);
        pel_dsc_free(again);
    }
    return PEL_OK;
}

static pel_status compute_and_write(struct cli *cli, struct cli_theory *theory,
                                    struct dsc_job *job, struct pel_error *err)
{
    pel_status status = scan_all(cli, theory, job, err);
    if (status == PEL_OK)
        status = cli_replicates_run(cli, theory, &job->bands,
                                    job->rows + DSC_PEAKS * job->n_scans, scan_banded,
                                    job, err);
    if (status == PEL_OK) status = dsc_write_scans(cli, theory, job, err);
    if (status == PEL_OK && job->peaks != NULL)
        status = dsc_write_peaks(cli, theory, job, err);
    if (status == PEL_OK && job->kissinger != NULL)
        status = dsc_write_kissinger(cli, theory, job, err);
    if (status == PEL_OK && cli->plot != NULL) status = dsc_draw(cli, theory, job, err);
    if (status != PEL_OK) return status;
    cli_theory_note(cli, theory, job->extrapolated, job->rows);
    cli_replicates_note(cli, &job->bands);
    return PEL_OK;
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct cli_theory theory = {0};
    double heat = pel_dsc_settings_defaults().heat_K_per_s;
    struct dsc_job job = {.unit = "K/s",
                          .exo = "up",
                          .anneal_K = NAN,
                          .e_start = NAN,
                          .heat = {.n = 1, .values = &heat},
                          .bands = cli_replicates_defaults(),
                          .settings = pel_dsc_settings_defaults()};
    const struct cli_option options[] = {
        {"cool", CLI_LIST, &job.cool, "R[,R...]", "cooling rates (K/s, see --unit)"},
        {"heat", CLI_LIST, &job.heat, "R[,R...]",
         "heating rates (K/s, see --unit; default: 1)"},
        {"unit", CLI_TEXT, &job.unit, "UNIT",
         "of --cool and --heat: K/s (default) or K/min"},
        {"start", CLI_NUMBER, &job.settings.start_K, "T",
         "cooling starts here (K; default: 900)"},
        {"bottom", CLI_NUMBER, &job.settings.bottom_K, "T",
         "cooling ends and heating starts here (K; default: 300)"},
        {"end", CLI_NUMBER, &job.settings.end_K, "T",
         "heating ends here (K; default: 900)"},
        {"anneal-temperature", CLI_NUMBER, &job.anneal_K, "T",
         "cooling pauses here (K), as below the glass transition"},
        {"anneal-time", CLI_LIST, &job.anneal_s, "t[,t...]", "for so long (s)"},
        {"e-is", CLI_NUMBER, &job.e_start, "X",
         "E_IS at --start (eV/atom; default: the steady state)"},
        {"exo", CLI_TEXT, &job.exo, "up|down",
         "where exothermic heat flow points (default: up)"},
        {"cp", CLI_TEXT, &job.cp, "MODEL",
         "vibrations: dulong-petit, einstein:THETA or debye:THETA (K)"},
        {"peaks", CLI_TEXT, &job.peaks, "FILE", "write onset, peak, end, enthalpy here"},
        {"kissinger", CLI_TEXT, &job.kissinger, "FILE",
         "write activation energies from the rates of heating here"},
        {"rtol", CLI_NUMBER, &job.settings.ageing.rtol, "x",
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
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    pel_status status = fill_scans(cli, &job) == 0
                            ? cli_theory_open(&theory, operands[0], &err)
                            : pel_error_set(&err, PEL_ENOMEM, "scans");
    if (status == PEL_OK) status = compute_and_write(cli, &theory, &job, &err);
    for (size_t i = 0; job.scan != NULL && i < job.n_scans; i++)
        pel_dsc_free(job.scan[i].dsc);
    cli_theory_close(&theory);
    if (status == PEL_OK) return CLI_DONE;
    exit_status = cli_fail(cli, &err);
    if (status == PEL_ENOROOT && isnan(job.e_start))
        cli_note(cli, "without a steady state at --start, give E_IS there with --e-is");
    return exit_status;
}

const struct cli_command cli_dsc = {
    "dsc", "calorimetry: scans and peaks of cooled glasses", "LANDSCAPE", details, run};

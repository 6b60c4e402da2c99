#include "command.h"
#include "map_plot.h"
#include "replicates.h"
#include "theory.h"

#include <math.h>
#include <pelrate/map.h>
#include <pelrate/rate.h>
#include <stdlib.h>

static const char details[] =
    "The ageing map: the rate de/dt over E_IS and temperature, negative where the glass "
    "ages,"
    "\npositive where it rejuvenates.\n\n"
    "Columns: e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s (and extrapolated "
    "with\n"
    "--extrapolate). --curves, refined by root finding at every E_IS of the grid:\n"
    "e_is_eV_per_atom,T_max_K,rate_at_T_max_eV_per_atom_per_s,T_ss_K, the temperature of "
    "the\n"
    "fastest ageing, the rate there, and the steady state; empty where there is none. With "
    "the\n"
    "closure committor also trapped_from_K,trapped_to_K, between which no hop is for good.\n"
    "--bands adds T_max_lo_K,T_max_hi_K and so on to the curves, from replicates of an\n"
    "event or histogram landscape whose events are drawn anew; the picture shows them.\n\n"
    "Example: the map of a calibrated landscape and its two curves\n"
    "  $ pelrate map data/reference/r1.landscape.csv --temperature 300:1200:91 "
    "--e-is -4.70:-4.662:39 --curves curves.csv -o map.csv\n";

struct job {
    struct cli_list temperature, e_is;
    const char *curves; /* file; NULL: not wanted */
    double *rate;       /* [e_is.n * temperature.n] [eV/atom/s], owned by the cli */
    int *outside;       /* [e_is.n] 1: extrapolated, owned by the cli */
    struct pel_map_curve *curve; /* [e_is.n], owned by the cli; NULL: not wanted */
    size_t extrapolated;         /* rows */
    struct cli_replicates bands; /* of BANDED numbers of each curve */
};

/* T_max, the rate there, and T_ss have bands. */
enum { BANDED = 3 };

/* The curves of a replicate. */
static pel_status curves_banded(struct pel_rate *rate, void *context, double values[],
                                struct pel_error *err)
{
    const struct job *job = context;
    for (size_t i = 0; i < job->e_is.n; i++) {
        struct pel_map_curve c;
        const pel_status status = pel_map_curve(rate, job->e_is.values[i], NULL, &c, err);
        if (status != PEL_OK) return status;
        values[BANDED * i] = c.T_max_K;
        values[BANDED * i + 1] = c.rate_at_T_max;
        values[BANDED * i + 2] = c.T_ss_K;
    }
    return PEL_OK;
}

static pel_status compute(struct cli *cli, struct cli_theory *theory, struct job *job,
                          struct pel_error *err)
{
    const size_t n = job->e_is.n * job->temperature.n;
    job->rate = cli_own(cli, calloc(n, sizeof *job->rate));
    job->outside = cli_own(cli, calloc(job->e_is.n, sizeof *job->outside));
    if (job->curves != NULL)
        job->curve = cli_own(cli, calloc(job->e_is.n, sizeof *job->curve));
    if (job->rate == NULL || job->outside == NULL ||
        (job->curves != NULL && job->curve == NULL))
        return pel_error_set(err, PEL_ENOMEM, "map");
    cli_progress_start(cli, "map");
    pel_status status = pel_map_rates(theory->rate, job->e_is.n, job->e_is.values,
                                      job->temperature.n, job->temperature.values,
                                      &cli->progress, job->rate, job->outside, err);
    cli_progress_end(cli);
    for (size_t i = 0; status == PEL_OK && job->curve != NULL && i < job->e_is.n; i++)
        status =
            pel_map_curve(theory->rate, job->e_is.values[i], NULL, &job->curve[i], err);
    for (size_t i = 0; status == PEL_OK && i < job->e_is.n; i++)
        job->extrapolated += job->outside[i] ? job->temperature.n : 0;
    return status;
}

static pel_status write_map(const struct cli *cli, const struct cli_theory *theory,
                            const struct job *job, struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status =
        cli_theory_output(cli, theory, cli->output, NULL, "pelrate-map 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    cli_theory_columns(theory, stream,
                       "e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s");
    const size_t n_T = job->temperature.n;
    for (size_t k = 0; k < job->e_is.n * n_T; k++) {
        const double row[] = {job->e_is.values[k / n_T], job->temperature.values[k % n_T],
                              job->rate[k]};
        cli_theory_row(theory, stream, sizeof row / sizeof row[0], row,
                       job->outside[k / n_T]);
    }
    return pel_output_commit(output, err);
}

static pel_status write_curves(const struct cli *cli, const struct cli_theory *theory,
                               const struct job *job, struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status = cli_theory_output(cli, theory, job->curves, NULL,
                                                "pelrate-map-curves 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    const int traps = pel_rate_closure(theory->rate)->needs_z;
    cli_replicates_keys(&job->bands, theory, stream);
    char columns[512];
    snprintf(columns, sizeof columns,
             "e_is_eV_per_atom,T_max_K,rate_at_T_max_eV_per_atom_per_s,T_ss_K%s%s",
             traps ? ",trapped_from_K,trapped_to_K" : "",
             job->bands.n == 0
                 ? ""
                 : ",T_max_lo_K,T_max_hi_K,"
                   "rate_at_T_max_lo_eV_per_atom_per_s,"
                   "rate_at_T_max_hi_eV_per_atom_per_s,T_ss_lo_K,T_ss_hi_K");
    cli_theory_columns(theory, stream, columns);
    for (size_t i = 0; i < job->e_is.n; i++) {
        const struct pel_map_curve *c = &job->curve[i];
        double row[6 + 2 * BANDED] = {c->e_is,   c->T_max_K,        c->rate_at_T_max,
                                      c->T_ss_K, c->trapped_from_K, c->trapped_to_K};
        size_t n = traps ? 6 : 4;
        for (size_t k = 0; job->bands.n > 0 && k < BANDED; k++) {
            row[n++] = job->bands.lo[BANDED * i + k];
            row[n++] = job->bands.hi[BANDED * i + k];
        }
        cli_theory_row(theory, stream, n, row, c->extrapolated);
    }
    return pel_output_commit(output, err);
}

/* Curves need not exist; where they do not, the empty fields are explained. */
static void tell(const struct cli *cli, const struct cli_theory *theory,
                 const struct job *job)
{
    size_t no_max = 0, no_steady = 0, several = 0, trapped = 0;
    for (size_t i = 0; job->curve != NULL && i < job->e_is.n; i++) {
        no_max += job->curve[i].T_max_status != PEL_OK;
        no_steady += job->curve[i].T_ss_status != PEL_OK;
        several += job->curve[i].crossings > 1;
        trapped += !isnan(job->curve[i].trapped_from_K);
    }
    const struct pel_map_settings range = pel_map_settings_defaults();
    if (no_max > 0)
        cli_note(cli, "no temperature of fastest ageing at %zu of %zu E_IS (%g to %g K)",
                 no_max, job->e_is.n, range.T_min_K, range.T_max_K);
    if (no_steady > 0)
        cli_note(cli, "no steady state at %zu of %zu E_IS (%g to %g K)", no_steady,
                 job->e_is.n, range.T_min_K, range.T_max_K);
    if (trapped > 0)
        cli_note(cli, "trapped somewhere at %zu of %zu E_IS", trapped, job->e_is.n);
    if (several > 0)
        cli_note(cli, "the rate changes its sign more than once at %zu of %zu E_IS",
                 several, job->e_is.n);
    cli_theory_note(cli, theory, job->extrapolated, job->e_is.n * job->temperature.n);
    cli_replicates_note(cli, &job->bands);
}

static int is_one_value(const struct cli_list *list)
{
    for (size_t i = 1; i < list->n; i++)
        if (list->values[i] != list->values[0]) return 0;
    return 1;
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct cli_theory theory = {0};
    struct job job = {.bands = cli_replicates_defaults()};
    const struct cli_option options[] = {
        {"temperature", CLI_LIST, &job.temperature, "A:B:n",
         "n temperatures from A to B (K), or a list A,B,..."},
        {"e-is", CLI_LIST, &job.e_is, "A:B:n",
         "n values of E_IS from A to B (eV/atom), or a list"},
        {"curves", CLI_TEXT, &job.curves, "FILE", "write T_max and T_ss over E_IS here"},
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
    if (job.temperature.n == 0) return cli_usage(cli, "--temperature is missing");
    if (job.e_is.n == 0) return cli_usage(cli, "--e-is is missing");
    if (cli->plot != NULL && (is_one_value(&job.temperature) || is_one_value(&job.e_is)))
        return cli_usage(cli, "--plot needs more than one temperature and E_IS");
    if (job.bands.n != 0 && job.curves == NULL)
        return cli_usage(cli, "--bands are those of the curves: --curves is missing");
    exit_status = cli_replicates_check(cli, &job.bands);
    if (exit_status == CLI_DONE) exit_status = cli_outputs_check(cli, 1, &job.curves);
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    pel_status status = cli_theory_open(&theory, operands[0], &err);
    if (status == PEL_OK) status = compute(cli, &theory, &job, &err);
    if (status == PEL_OK)
        status = cli_replicates_run(cli, &theory, &job.bands, BANDED * job.e_is.n,
                                    curves_banded, &job, &err);
    if (status == PEL_OK) status = write_map(cli, &theory, &job, &err);
    if (status == PEL_OK && job.curves != NULL)
        status = write_curves(cli, &theory, &job, &err);
    if (status == PEL_OK && cli->plot != NULL)
        status = cli_map_plot(
            cli, &theory, &job.temperature, &job.e_is,
            job.bands.n > 0 ? &(struct cli_map_bands){job.bands.lo, job.bands.hi, BANDED}
                            : NULL,
            &err);
    if (status == PEL_OK) tell(cli, &theory, &job);
    cli_theory_close(&theory);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_map = {"map",
                                    "rate over E_IS and temperature, with its two curves",
                                    "LANDSCAPE", details, run};

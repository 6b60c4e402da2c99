#include "command.h"
#include "mine_plot.h"

#include <math.h>
#include <pelrate/curve.h>
#include <pelrate/mine.h>
#include <pelrate/provenance.h>
#include <pelrate/table.h>
#include <stdint.h>

static const char details[] =
    "Ageing rates out of annealing curves: the slope between neighbouring points of a "
    "curve\nis a rate at the curve's temperature and at the E_IS half-way between them "
    "(Liu et al.\n2020, inset of Fig. 2); slopes that fall on one place are averaged.\n\n"
    "A CURVE.csv has the columns replica,time_ps,temperature_K,e_is_eV_per_atom, as "
    "`pelrate\nmd` writes it; files whose key `# atoms:` differs are refused. Columns of "
    "the\ntable: e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s,standard_error "
    "(eV/atom/s),\ncount (slopes averaged).\n\n"
    "Standard errors: E_IS(t) is taken for a smooth trend with noise of each point and a "
    "random\nwalk, both found from the curves of a temperature (in the header). "
    "Neighbouring slopes\nshare a point and err in opposite directions; the error of "
    "their mean knows it.\n\n"
    "The slope of a long interval D is not the rate: about -(k D)^2/12 of it where E_IS "
    "relaxes\nas exp(-k t), -(rate D/s)^2/24 where the rate grows as exp(E_IS/s).\n\n"
    "Example: the rates in the synthetic curves of M1\n"
    "  $ pelrate mine data/reference/m1.curves.csv -o rates.csv --plot rates.svg\n";

struct job {
    struct pel_mine_settings settings;
    const char *method;
    struct pel_curves *curves; /* owned */
    struct pel_mine *mine;     /* owned */
};

/* A key with a number for each temperature. */
static void put_list(FILE *stream, const char *key, const struct pel_mine *mine,
                     double (*of)(const struct pel_mine_noise *))
{
    fprintf(stream, "# %s:", key);
    for (size_t k = 0; k < mine->n_noises; k++)
        fprintf(stream, " %.6g", of(&mine->noise[k]));
    fputc('\n', stream);
}

static double temperature_of(const struct pel_mine_noise *noise)
{
    return noise->temperature_K;
}

static double point_of(const struct pel_mine_noise *noise)
{
    return noise->point;
}

static double walk_of(const struct pel_mine_noise *noise)
{
    return noise->walk;
}

static pel_status write_rates(const struct cli *cli, const struct job *job,
                              struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status = cli_open(cli, cli->output, "pelrate-rates 1",
                                       cli->n_operands, cli->operands, &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    const struct pel_mine *mine = job->mine;
    if (!isnan(job->curves->atoms))
        pel_provenance_put(stream, "atoms", "%.15g", job->curves->atoms);
    pel_provenance_put(stream, "method", "%s",
                       pel_mine_method_name(job->settings.method));
    pel_provenance_put(stream, "window_ps", "%.15g", job->settings.window_ps);
    pel_provenance_put(stream, "from_ps", "%.15g", job->settings.from_ps);
    pel_provenance_put(stream, "bin_eV_per_atom", "%.15g", job->settings.bin);
    pel_provenance_put(stream, "curves", "%zu", job->curves->n);
    pel_provenance_put(stream, "slopes", "%zu", mine->slopes);
    put_list(stream, "noise_temperature_K", mine, temperature_of);
    put_list(stream, "noise_of_points_eV_per_atom", mine, point_of);
    put_list(stream, "noise_of_walk_eV_per_atom_per_sqrt_ps", mine, walk_of);
    fputs("e_is_eV_per_atom,temperature_K,rate_eV_per_atom_per_s,standard_error,count\n",
          stream);
    for (size_t i = 0; i < mine->n; i++) {
        const struct pel_mined *r = &mine->rows[i];
        const double row[] = {r->e_is, r->temperature_K, r->rate, r->standard_error,
                              (double)r->count};
        pel_table_put_row(stream, sizeof row / sizeof row[0], row);
    }
    return pel_output_commit(output, err);
}

static void tell(const struct cli *cli, const struct job *job)
{
    size_t without = 0, borrowed = 0;
    for (size_t i = 0; i < job->mine->n; i++)
        without += isnan(job->mine->rows[i].standard_error) != 0;
    for (size_t k = 0; k < job->mine->n_noises; k++)
        borrowed += job->mine->noise[k].borrowed != 0;
    if (without > 0)
        cli_note(cli, "the curves are too short to tell their noise: no standard errors");
    else if (borrowed > 0)
        cli_note(cli,
                 "too few points at %zu of %zu temperatures to tell their noise: that of "
                 "all temperatures is taken",
                 borrowed, job->mine->n_noises);
    if (job->mine->unused > 0)
        cli_note(cli, "%zu of %zu points at the ends of curves fill no window",
                 job->mine->unused, job->curves->points);
    if (cli->verbose)
        cli_note(cli, "%zu rates from %zu slopes of %zu curves", job->mine->n,
                 job->mine->slopes, job->curves->n);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.settings = pel_mine_settings_defaults()};
    const struct cli_option options[] = {
        {"method", CLI_TEXT, &job.method, "NAME",
         "ends: slope between the ends of a window (default); line: of the least-squares "
         "line"},
        {"window-ps", CLI_NUMBER, &job.settings.window_ps, "t",
         "length of a window (ps; default: neighbouring points)"},
        {"from-ps", CLI_NUMBER, &job.settings.from_ps, "t",
         "leave out points before this time (ps; default: 0)"},
        {"bin", CLI_NUMBER, &job.settings.bin, "x",
         "average slopes within this much of E_IS (eV/atom; default: 2e-4; 0: repeated "
         "E_IS alone)"},
        {0}};
    const char *const *operands;
    size_t n;
    int finished;
    int exit_status = cli_parse(cli, options, CLI_WITH_OUTPUT | CLI_WITH_PLOT, argc, argv,
                                1, SIZE_MAX, &n, &operands, &finished);
    if (exit_status != CLI_DONE || finished) return exit_status;
    struct pel_error err = {0};
    if (job.method != NULL &&
        pel_mine_method_find(job.method, &job.settings.method, &err) != PEL_OK)
        return cli_usage(cli, "--method: %s", err.text);
    if (!(job.settings.window_ps >= 0.0) || !(job.settings.from_ps >= 0.0) ||
        !(job.settings.bin >= 0.0))
        return cli_usage(cli, "--window-ps, --from-ps and --bin: expected 0 or more");
    exit_status = cli_outputs_check(cli, 0, NULL);
    if (exit_status != CLI_DONE) return exit_status;

    pel_status status = pel_curves_read(n, operands, &job.curves, &err);
    if (status == PEL_OK) status = pel_curves_check_repeats(job.curves, operands, &err);
    if (status == PEL_OK)
        status = pel_mine_run(job.curves, &job.settings, &job.mine, &err);
    if (status == PEL_OK) status = write_rates(cli, &job, &err);
    if (status == PEL_OK && cli->plot != NULL)
        status = cli_mine_plot(cli, job.curves, job.mine, &err);
    if (status == PEL_OK) tell(cli, &job);
    pel_mine_free(job.mine);
    pel_curves_free(job.curves);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_mine = {"mine", "ageing rates from annealing curves",
                                     "CURVE.csv...", details, run};

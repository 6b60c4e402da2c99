#include "plot.h"
#include "qpd.h"

#include <pelrate/barriers.h>
#include <pelrate/constants.h>
#include <pelrate/provenance.h>
#include <pelrate/table.h>
#include <pelrate/text.h>

#include <math.h>
#include <stdlib.h>

static const char details[] =
    "The beta relaxation of a sampled glass: every escape path of a landscape is a relaxation\n"
    "unit of the time tau = exp(E_A/kT)/nu, weighted by its probability; all three kinds of\n"
    "landscapes.\n\n"
    "Columns: e_is_eV_per_atom,frequency_Hz,temperature_K,storage_share,loss_share,\n"
    "storage_relative,loss_relative, with shares of Delta J (J''/Delta J = loss_share) and\n"
    "E'/E_u, E''/E_u for the strength Delta J/J_u of --strength, which a landscape does not\n"
    "know. --peaks: e_is_eV_per_atom,frequency_Hz,peak_K,loss_relative, the highest E'' of\n"
    "each, refined by root finding. --spectrum (at --at): e_is_eV_per_atom,tau_s,density of\n"
    "log10 tau. Without --e-is: at all levels, or at five E_IS.\n\n"
    "Example: R1 from rejuvenated to well aged, at 1 Hz\n"
    "  $ pelrate qpd from-landscape data/reference/r1.landscape.csv --e-is -4.70:-4.665:8 --temperature 100:900:161 --peaks peaks.csv -o loss.csv --plot loss.png\n";

struct job {
    const char *path;
    struct cli_list e_is, temperature, frequency;
    const char *peaks, *spectrum;
    double strength, at_K, smear_eV;
    struct pel_landscape *landscape; /* owned */
    struct pel_barriers **barriers; /* [e_is.n], owned one by one; the array by the cli */
};

/* Levels of the landscape, or five energies of a parametric one. */
static pel_status choose_e_is(struct cli *cli, struct job *job, struct pel_error *err)
{
    const size_t levels = pel_landscape_levels(job->landscape);
    if (job->e_is.n == 0) {
        enum { FIVE = 5 };
        const double lo = pel_landscape_e_is_min(job->landscape),
                     hi = pel_landscape_e_is_max(job->landscape);
        job->e_is.n = levels > 0 ? levels : FIVE;
        job->e_is.values = cli_own(cli, calloc(job->e_is.n, sizeof *job->e_is.values));
        if (job->e_is.values == NULL) return pel_error_set(err, PEL_ENOMEM, "E_IS");
        for (size_t i = 0; i < job->e_is.n; i++) {
            const double s = (double)i / (FIVE - 1);
            job->e_is.values[i] = levels > 0 ? pel_landscape_level_e_is(job->landscape, i)
                                  : i + 1 == FIVE ? hi
                                                  : (1.0 - s) * lo + s * hi;
        }
    }
    return PEL_OK;
}

static pel_status open_all(struct cli *cli, struct job *job, struct pel_error *err)
{
    pel_status status = pel_landscape_read(job->path, &job->landscape, err);
    if (status == PEL_OK) status = choose_e_is(cli, job, err);
    if (status != PEL_OK) return status;
    job->barriers = cli_own(cli, calloc(job->e_is.n, sizeof(struct pel_barriers *)));
    if (job->barriers == NULL) return pel_error_set(err, PEL_ENOMEM, "barriers");
    for (size_t i = 0; status == PEL_OK && i < job->e_is.n; i++)
        status = pel_barriers_create(job->landscape, job->e_is.values[i], NULL,
                                     &job->barriers[i], err);
    return status;
}

static void close_all(struct job *job)
{
    for (size_t i = 0; job->barriers != NULL && i < job->e_is.n; i++)
        pel_barriers_free(job->barriers[i]);
    pel_landscape_free(job->landscape);
}

static double attempts(const struct job *job)
{
    return pel_landscape_head(job->landscape)->attempt_frequency_Hz;
}

static pel_status begin(const struct cli *cli, const struct job *job, const char *path,
                        const char *format, struct pel_output **out,
                        struct pel_error *err)
{
    const pel_status status = cli_open(cli, path, format, 1, &job->path, out, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(*out);
    char number[PEL_TEXT_DOUBLE];
    pel_provenance_put(stream, "landscape", "%s (%s)",
                       pel_landscape_head(job->landscape)->name,
                       pel_landscape_kind_name(pel_landscape_kind(job->landscape)));
    pel_provenance_put(stream, "attempt_frequency_Hz", "%s",
                       pel_text_double(number, attempts(job)));
    pel_provenance_put(stream, "strength", "%s", pel_text_double(number, job->strength));
    return PEL_OK;
}

static double loss_at(const struct job *job, size_t e, double f, double T, double row[4])
{
    struct pel_barriers_wave wave;
    double slope;
    pel_barriers_wave(job->barriers[e], 2.0 * PEL_PI * f, T, attempts(job), &wave);
    row[0] = wave.storage;
    row[1] = wave.loss;
    pel_barriers_modulus(&wave, job->strength, &row[2], &row[3], &slope);
    return row[3];
}

static pel_status write_table(const struct cli *cli, const struct job *job,
                              struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status =
        begin(cli, job, cli->output, "pelrate-qpd-from-landscape 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    fputs("e_is_eV_per_atom,frequency_Hz,temperature_K,storage_share,loss_share,"
          "storage_relative,loss_relative\n",
          stream);
    for (size_t e = 0; e < job->e_is.n; e++)
        for (size_t k = 0; k < job->frequency.n; k++)
            for (size_t i = 0; i < job->temperature.n; i++) {
                double row[7] = {job->e_is.values[e], job->frequency.values[k],
                                 job->temperature.values[i]};
                loss_at(job, e, row[1], row[2], row + 3);
                pel_table_put_row(stream, 7, row);
            }
    return pel_output_commit(output, err);
}

static pel_status write_peaks(const struct cli *cli, const struct job *job,
                              struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status =
        begin(cli, job, job->peaks, "pelrate-qpd-from-landscape-peaks 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    fputs("e_is_eV_per_atom,frequency_Hz,peak_K,loss_relative\n", stream);
    size_t none = 0;
    for (size_t e = 0; e < job->e_is.n; e++)
        for (size_t k = 0; k < job->frequency.n; k++) {
            double row[4] = {job->e_is.values[e], job->frequency.values[k], NAN, NAN};
            none += pel_barriers_peak(job->barriers[e], row[1], attempts(job),
                                      job->strength, job->temperature.values[0],
                                      job->temperature.values[job->temperature.n - 1],
                                      &row[2], &row[3], NULL) != PEL_OK;
            pel_table_put_row(stream, 4, row);
        }
    if (none > 0)
        cli_note(cli, "E'' has no maximum from %g to %g K in %zu of %zu cases",
                 job->temperature.values[0],
                 job->temperature.values[job->temperature.n - 1], none,
                 job->e_is.n * job->frequency.n);
    return pel_output_commit(output, err);
}

static pel_status write_spectrum(const struct cli *cli, const struct job *job,
                                 struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status = begin(
        cli, job, job->spectrum, "pelrate-qpd-from-landscape-spectrum 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    char number[PEL_TEXT_DOUBLE];
    pel_provenance_put(stream, "temperature_K", "%s", pel_text_double(number, job->at_K));
    pel_provenance_put(stream, "smear_eV", "%s", pel_text_double(number, job->smear_eV));
    fputs("e_is_eV_per_atom,tau_s,density\n", stream);
    for (size_t e = 0; e < job->e_is.n; e++) {
        /* From the fastest path to the slowest, twenty points a decade. */
        double lo, hi, share, least = INFINITY, most = 0.0;
        for (size_t i = 0; i < pel_barriers_bands(job->barriers[e]); i++) {
            pel_barriers_band(job->barriers[e], i, &lo, &hi, &share);
            least = fmin(least, lo);
            most = fmax(most, hi);
        }
        const double per = 1.0 / (PEL_KB * job->at_K * log(10.0)), step = 0.05,
                     beyond = 4.0 * job->smear_eV;
        const double shift = log10(attempts(job));
        for (double x = floor((least - beyond) * per / step) * step - shift;
             x <= (most + beyond) * per - shift && x < 300.0; x += step) {
            const double tau = pow(10.0, x);
            const double row[] = {job->e_is.values[e], tau,
                                  pel_barriers_density(job->barriers[e], tau, job->at_K,
                                                       attempts(job), job->smear_eV)};
            pel_table_put_row(stream, 3, row);
        }
    }
    return pel_output_commit(output, err);
}

/* E''/E_u over temperature, a colour an E_IS, the first frequency. */
static pel_status draw(const struct cli *cli, const struct job *job,
                       struct pel_error *err)
{
    struct cli_plot *plot;
    const pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    char below[160], f[CLI_PLOT_NUMBER], strength[CLI_PLOT_NUMBER];
    const struct pel_landscape_head *head = pel_landscape_head(job->landscape);
    char title[512];
    snprintf(title, sizeof title, "Loss from barriers%s%s", head->name[0] ? ": " : "",
             head->name);
    snprintf(below, sizeof below,
             "%s Hz, {/Symbol D}{/:Italic J}/{/:Italic J}_u = %s; %s landscape",
             cli_plot_number(f, job->frequency.values[0]),
             cli_plot_number(strength, job->strength),
             pel_landscape_kind_name(pel_landscape_kind(job->landscape)));
    cli_plot_title(script, title, below);
    for (size_t e = 0; e < job->e_is.n; e++) {
        fprintf(script, "$curve%zu << EOD\n", e);
        for (size_t i = 0; i < job->temperature.n; i++) {
            double share[4];
            const double row[] = {job->temperature.values[i],
                                  loss_at(job, e, job->frequency.values[0],
                                          job->temperature.values[i], share)};
            cli_plot_row(script, 2, row);
        }
        fputs("EOD\n", script);
    }
    fputs(
        "set autoscale xfix\nset grid lc rgb '#e4e4e4' lt 1\nset key top left Left reverse\n"
        "set xlabel 'temperature (K)'\nset ylabel '{/:Italic E}″/{/:Italic E}_u'\n"
        "set yrange [0:*]\nplot ",
        script);
    for (size_t e = 0; e < job->e_is.n; e++)
        fprintf(
            script,
            "$curve%zu using 1:2 with lines lw 2.5 lc rgb '%s' title '%s eV/atom', \\\n  ",
            e, cli_plot_colour(e, job->e_is.n), cli_plot_number(f, job->e_is.values[e]));
    fputs("NaN notitle\n", script);
    return cli_plot_draw(plot, err);
}

static int check(struct cli *cli, struct job *job)
{
    if (job->frequency.n == 0) {
        job->frequency.values = cli_qpd_decades(cli, 1.0, 1.0, 1);
        if (job->frequency.values == NULL) return CLI_FAILED;
        job->frequency.n = 1;
    }
    if (job->temperature.n < 2)
        return cli_usage(cli, "--temperature: expected A:B:n or a list of two or more");
    for (size_t i = 0; i < job->temperature.n; i++)
        if (!(job->temperature.values[i] >
              (i > 0 ? job->temperature.values[i - 1] : 0.0)))
            return cli_usage(cli,
                             "--temperature: %g K, expected increasing values above 0",
                             job->temperature.values[i]);
    for (size_t i = 0; i < job->frequency.n; i++)
        if (!(job->frequency.values[i] > 0.0))
            return cli_usage(cli, "--frequency: %g Hz, expected above 0",
                             job->frequency.values[i]);
    if (!(job->strength > 0.0))
        return cli_usage(cli, "--strength: %g, expected above 0", job->strength);
    if (job->spectrum != NULL && isnan(job->at_K))
        return cli_usage(cli, "--spectrum needs --at");
    if (!isnan(job->at_K) && !(job->at_K > 0.0))
        return cli_usage(cli, "--at: %g K, expected above 0", job->at_K);
    if (!(job->smear_eV >= 0.0))
        return cli_usage(cli, "--smear: %g eV, expected 0 or more", job->smear_eV);
    const char *const outputs[] = {job->peaks, job->spectrum};
    return cli_outputs_check(cli, 2, outputs);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.strength = 0.2, .at_K = NAN, .smear_eV = 0.02};
    const struct cli_option options[] = {
        {"e-is", CLI_LIST, &job.e_is, "X[,X...]",
         "inherent-structure energies (eV/atom), or A:B:n"},
        {"temperature", CLI_LIST, &job.temperature, "A:B:n",
         "n temperatures from A to B (K)"},
        {"frequency", CLI_LIST, &job.frequency, "f[,f...]",
         "frequencies (Hz; default: 1)"},
        {"strength", CLI_NUMBER, &job.strength, "x", "Delta J/J_u (default: 0.2)"},
        {"peaks", CLI_TEXT, &job.peaks, "FILE", "write the peak temperatures here"},
        {"spectrum", CLI_TEXT, &job.spectrum, "FILE",
         "write the relaxation times here ..."},
        {"at", CLI_NUMBER, &job.at_K, "K", "... at this temperature"},
        {"smear", CLI_NUMBER, &job.smear_eV, "eV",
         "width of single events in --spectrum (default: 0.02)"},
        {0}};
    const char *const *operands;
    size_t n;
    int finished;
    int exit_status = cli_parse(cli, options, CLI_WITH_OUTPUT | CLI_WITH_PLOT, argc, argv,
                                1, 1, &n, &operands, &finished);
    if (exit_status != CLI_DONE || finished) return exit_status;
    exit_status = check(cli, &job);
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    job.path = operands[0];
    pel_status status = open_all(cli, &job, &err);
    if (status == PEL_OK) status = write_table(cli, &job, &err);
    if (status == PEL_OK && job.peaks != NULL) status = write_peaks(cli, &job, &err);
    if (status == PEL_OK && job.spectrum != NULL)
        status = write_spectrum(cli, &job, &err);
    if (status == PEL_OK && cli->plot != NULL) status = draw(cli, &job, &err);
    close_all(&job);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_qpd_landscape = {
    "qpd from-landscape", "loss of the beta relaxation from a landscape", "LANDSCAPE",
    details, run};

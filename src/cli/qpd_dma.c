#include "plot.h"
#include "qpd.h"

#include <pelrate/dma.h>
#include <pelrate/provenance.h>
#include <pelrate/table.h>
#include <pelrate/text.h>

#include <math.h>
#include <stdlib.h>

static const char details[] =
    "Dynamic mechanical analysis (Zhang et al. (2023), Eqs. 3, 4, 12, 13, 17 to 21): against\n"
    "temperature at fixed frequencies, or against frequency at fixed temperatures (without\n"
    "--temperature: that of the set). E* = E' + iE'' = 1/J*, J* = J' - iJ''.\n\n"
    "Columns: frequency_Hz,temperature_K,storage_GPa,loss_GPa,tan_delta,loss_relative,\n"
    "storage_per_GPa,loss_per_GPa,tau_beta_s,tau_anelastic_s,tau_viscoplastic_s,chi, with\n"
    "loss_relative = E''/E_u. --peaks: frequency_Hz,temperature_K,loss_GPa,loss_relative,\n"
    "corner, the maxima of E'' along the axis, refined by root finding; corner is 1 where\n"
    "only the slope of chi jumps (at T_g).\n\n"
    "Example: E'' of the trained glass S1 at 1 Hz and two more frequencies\n"
    "  $ pelrate qpd dma data/qpd/la30ce30.csv --sample S1 --frequency 0.1,1,10 --temperature 300:520:221 --peaks peaks.csv -o dma.csv --plot dma.png\n";

enum { MAX_PEAKS = 16, SCAN = 2000 };

struct job {
    struct cli_qpd set;
    struct cli_list frequency, temperature;
    const char *frequencies, *peaks;
    double stress_MPa;
    struct pel_dma *dma;         /* owned */
    int over_T;                  /* the axis */
    size_t n;                    /* rows */
    struct pel_dma_point *point; /* [n] owned by the cli */
};

static double frequency_of(const struct job *job, size_t i)
{
    return job->frequency
        .values[job->over_T ? i / job->temperature.n : i % job->frequency.n];
}

static double temperature_of(const struct job *job, size_t i)
{
    if (job->temperature.n == 0) return NAN;
    return job->temperature
        .values[job->over_T ? i % job->temperature.n : i / job->frequency.n];
}

/* What the row says: without --temperature, where the times are given. */
static double shown_temperature(const struct job *job, size_t i)
{
    return job->temperature.n > 0 ? temperature_of(job, i) : job->set.qpd.temperature_K;
}

static pel_status compute(struct cli *cli, struct job *job, struct pel_error *err)
{
    struct pel_dma_settings settings = pel_dma_settings_defaults();
    settings.spectra = job->set.settings;
    settings.stress_MPa = job->stress_MPa;
    job->n = job->frequency.n * (job->temperature.n > 0 ? job->temperature.n : 1);
    job->point = cli_own(cli, calloc(job->n, sizeof *job->point));
    if (job->point == NULL) return pel_error_set(err, PEL_ENOMEM, "dma");
    pel_status status = cli_qpd_blame(
        job->set.path, pel_dma_create(&job->set.qpd, &settings, &job->dma, err), err);
    for (size_t i = 0; status == PEL_OK && i < job->n; i++)
        status = pel_dma_at(job->dma, frequency_of(job, i), temperature_of(job, i),
                            &job->point[i], err);
    return status;
}

static pel_status begin(const struct cli *cli, const struct job *job, const char *path,
                        const char *format, struct pel_output **out,
                        struct pel_error *err)
{
    const pel_status status =
        cli_qpd_output(cli, &job->set, path, NULL, format, out, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(*out);
    char number[PEL_TEXT_DOUBLE];
    const struct pel_hierarchy h = pel_dma_hierarchy(job->dma);
    if (!isnan(h.chi) && isnan(job->set.qpd.chi)) {
        pel_provenance_put(stream, "solved_chi", "%s", pel_text_double(number, h.chi));
        pel_provenance_put(stream, "solved_tau0_s", "%s",
                           pel_text_double(number, h.tau0_s));
    }
    if (job->stress_MPa > 0.0)
        pel_provenance_put(stream, "stress_MPa", "%s",
                           pel_text_double(number, job->stress_MPa));
    return PEL_OK;
}

static pel_status write_table(const struct cli *cli, const struct job *job,
                              struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status =
        begin(cli, job, cli->output, "pelrate-qpd-dma 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    fputs(
        "frequency_Hz,temperature_K,storage_GPa,loss_GPa,tan_delta,loss_relative,"
        "storage_per_GPa,loss_per_GPa,tau_beta_s,tau_anelastic_s,tau_viscoplastic_s,chi\n",
        stream);
    for (size_t i = 0; i < job->n; i++) {
        const struct pel_dma_point *p = &job->point[i];
        const double row[] = {frequency_of(job, i),
                              shown_temperature(job, i),
                              p->storage_GPa,
                              p->loss_GPa,
                              p->tan_delta,
                              p->loss_GPa / p->unrelaxed_GPa,
                              p->storage_per_GPa,
                              p->loss_per_GPa,
                              p->tau_s[PEL_QPD_BETA],
                              p->tau_s[PEL_QPD_ANELASTIC],
                              p->tau_s[PEL_QPD_VISCOPLASTIC],
                              p->chi};
        pel_table_put_row(stream, sizeof row / sizeof row[0], row);
    }
    return pel_output_commit(output, err);
}

/* Maxima along the axis, curve by curve. */
static pel_status write_peaks(const struct cli *cli, const struct job *job,
                              struct pel_error *err)
{
    struct pel_output *output;
    pel_status status =
        begin(cli, job, job->peaks, "pelrate-qpd-dma-peaks 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    fputs("frequency_Hz,temperature_K,loss_GPa,loss_relative,corner\n", stream);
    const struct cli_list *axis = job->over_T ? &job->temperature : &job->frequency;
    const size_t curves = job->n / axis->n;
    for (size_t k = 0; status == PEL_OK && k < curves; k++) {
        struct pel_dma_peak peaks[MAX_PEAKS];
        size_t n = MAX_PEAKS;
        const double f = frequency_of(job, k * axis->n),
                     T = temperature_of(job, k * axis->n);
        status = job->over_T
                     ? pel_dma_peaks(job->dma, f, axis->values[0],
                                     axis->values[axis->n - 1], SCAN, &n, peaks, err)
                     : pel_dma_frequency_peaks(job->dma, T, axis->values[0],
                                               axis->values[axis->n - 1], SCAN, &n, peaks,
                                               err);
        if (status != PEL_OK) break;
        if (n == 0)
            cli_note(cli, "E'' has no maximum at %g %s from %g to %g %s",
                     job->over_T ? f : T, job->over_T ? "Hz" : "K", axis->values[0],
                     axis->values[axis->n - 1], job->over_T ? "K" : "Hz");
        for (size_t i = 0; i < n && i < MAX_PEAKS; i++) {
            const double row[] = {
                job->over_T ? f : peaks[i].at,
                job->over_T ? peaks[i].at : shown_temperature(job, k * axis->n),
                peaks[i].loss_GPa, peaks[i].loss_GPa * job->set.qpd.elastic_per_GPa,
                peaks[i].corner};
            pel_table_put_row(stream, sizeof row / sizeof row[0], row);
        }
    }
    if (status == PEL_OK) return pel_output_commit(output, err);
    pel_output_discard(output);
    return status;
}

/* E' above, E'' below, a colour a curve. */
static pel_status draw(const struct cli *cli, const struct job *job,
                       struct pel_error *err)
{
    struct cli_plot *plot;
    const pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    const size_t along = job->over_T ? job->temperature.n : job->frequency.n;
    const size_t curves = job->n / along;
    char below[96] = "quasi-point-defect model", number[CLI_PLOT_NUMBER];
    if (job->stress_MPa > 0.0)
        snprintf(below, sizeof below, "quasi-point-defect model under %s MPa",
                 cli_plot_number(number, job->stress_MPa));
    cli_qpd_title(&job->set, script, "Dynamic mechanical analysis", below);
    for (size_t k = 0; k < curves; k++) {
        fprintf(script, "$curve%zu << EOD\n", k);
        for (size_t a = 0; a < along; a++) {
            const size_t i = k * along + a;
            const double row[] = {job->over_T ? shown_temperature(job, i)
                                              : frequency_of(job, i),
                                  job->point[i].storage_GPa, job->point[i].loss_GPa};
            cli_plot_row(script, 3, row);
        }
        fputs("EOD\n", script);
    }
    fprintf(script,
            "set multiplot\nset autoscale xfix\nset grid lc rgb '#e4e4e4' lt 1\n"
            "set lmargin at screen 0.11\nset rmargin at screen 0.83\n"
            "set bmargin at screen 0.52\nset tmargin at screen 0.88\nset format x ''\n"
            "set ylabel '{/:Italic E}′ (GPa)'\nset yrange [0:*]\n"
            "set key at screen 0.84,0.88 left top Left reverse\n%splot ",
            job->over_T ? "" : "set logscale x\n");
    for (size_t k = 0; k < curves; k++) {
        const size_t i = k * along;
        fprintf(script,
                "$curve%zu using 1:2 with lines lw 2.5 lc rgb '%s' title '%s %s', \\\n  ",
                k, cli_plot_colour(k, curves),
                cli_plot_number(number, job->over_T ? frequency_of(job, i)
                                                    : shown_temperature(job, i)),
                job->over_T ? "Hz" : "K");
    }
    fprintf(script,
            "NaN notitle\nunset title\nunset key\nset bmargin at screen 0.11\n"
            "set tmargin at screen 0.49\nset format x '%s'\nset xlabel '%s'\n"
            "set ylabel '{/:Italic E}″ (GPa)'\nset yrange [*:*]\nset logscale y\n"
            "set format y '10^{%%L}'\nplot ",
            job->over_T ? "%g" : "10^{%L}",
            job->over_T ? "temperature (K)" : "frequency (Hz)");
    for (size_t k = 0; k < curves; k++)
        fprintf(script, "$curve%zu using 1:3 with lines lw 2.5 lc rgb '%s', \\\n  ", k,
                cli_plot_colour(k, curves));
    fputs("NaN notitle\nunset multiplot\n", script);
    return cli_plot_draw(plot, err);
}

static int check(struct cli *cli, struct job *job)
{
    int status = cli_qpd_check(cli, &job->set);
    if (status != CLI_DONE) return status;
    if (job->frequencies != NULL && job->frequency.n > 0)
        return cli_usage(cli, "--frequency-range excludes --frequency");
    if (job->frequencies != NULL)
        status = cli_qpd_range(cli, "frequency-range", job->frequencies, &job->frequency);
    else if (job->frequency.n == 0)
        return cli_usage(cli, "--frequency or --frequency-range is missing");
    if (status != CLI_DONE) return status;
    job->over_T = job->frequencies == NULL && job->temperature.n > 1;
    for (size_t i = 0; i < job->frequency.n; i++)
        if (!(job->frequency.values[i] > 0.0))
            return cli_usage(cli, "--frequency: %g Hz, expected above 0",
                             job->frequency.values[i]);
    for (size_t i = 0; i < job->temperature.n; i++)
        if (!(job->temperature.values[i] > 0.0))
            return cli_usage(cli, "--temperature: %g K, expected above 0",
                             job->temperature.values[i]);
    const struct cli_list *axis = job->over_T ? &job->temperature : &job->frequency;
    for (size_t i = 1; i < axis->n; i++)
        if (!(axis->values[i] > axis->values[i - 1]) && (job->peaks || cli->plot))
            return cli_usage(cli, "--%s: expected increasing values",
                             job->over_T ? "temperature" : "frequency");
    if ((cli->plot != NULL || job->peaks != NULL) && axis->n < 2)
        return cli_usage(cli,
                         "%s needs more than one temperature, or a range of frequencies",
                         cli->plot != NULL ? "--plot" : "--peaks");
    if (!(job->stress_MPa >= 0.0))
        return cli_usage(cli, "--stress: %g MPa, expected 0 or more", job->stress_MPa);
    return cli_outputs_check(cli, 1, &job->peaks);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.set = cli_qpd_begin()};
    const struct cli_option options[] = {
        {"frequency", CLI_LIST, &job.frequency, "f[,f...]", "frequencies (Hz)"},
        {"frequency-range", CLI_TEXT, &job.frequencies, "A:B:n",
         "n frequencies from A to B, even in the logarithm (Hz)"},
        {"temperature", CLI_LIST, &job.temperature, "A:B:n",
         "n temperatures from A to B (K), or a list; default: that of the set"},
        {"stress", CLI_NUMBER, &job.stress_MPa, "MPa",
         "static stress that lowers the barriers (default: 0)"},
        {"peaks", CLI_TEXT, &job.peaks, "FILE", "write the maxima of E'' here"},
        CLI_QPD_OPTIONS(&job.set),
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
    const unsigned needs = PEL_QPD_COMPLIANCES |
                           (job.temperature.n > 0 ? PEL_QPD_THERMAL : 0u) |
                           (job.stress_MPa > 0.0 ? PEL_QPD_THERMAL | PEL_QPD_STRESS : 0u);
    pel_status status = cli_qpd_open(&job.set, operands[0], needs, &err);
    if (status == PEL_OK) status = compute(cli, &job, &err);
    if (status == PEL_OK) status = write_table(cli, &job, &err);
    if (status == PEL_OK && job.peaks != NULL) status = write_peaks(cli, &job, &err);
    if (status == PEL_OK && cli->plot != NULL) status = draw(cli, &job, &err);
    pel_dma_free(job.dma);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_qpd_dma = {
    "qpd dma", "moduli over temperature or frequency, and their peaks", "PARAMETERS",
    details, run};

#include "plot.h"
#include "qpd.h"

#include <pelrate/provenance.h>
#include <pelrate/table.h>
#include <pelrate/text.h>
#include <pelrate/work.h>

#include <math.h>
#include <stdlib.h>

static const char details[] =
    "Training work: per cycle, pi E'' strain^2, and summed over the cycles of a heating ramp\n"
    "(Zhang et al. (2023), Fig. 1).\n\n"
    "Columns: frequency_Hz,temperature_K,loss_GPa,loss_relative,cycle_J_per_m3,\n"
    "power_W_per_m3, sum_J_per_m3,cycles. --exponents: temperature_K,exponent,error, with sum\n"
    "~ frequency^exponent at each temperature.\n\n"
    "Example: the frequencies and terminal temperatures of the paper\n"
    "  $ pelrate qpd work data/qpd/la30ce30.csv --sample S1 --frequency 0.01,0.1,1,10 --temperature 303:383:81 --exponents exponents.csv -o work.csv --plot work.png\n";

struct job {
    struct cli_qpd set;
    struct cli_list frequency, temperature;
    const char *exponents;
    struct pel_work_programme programme;
    double rate_K_per_min;
    struct pel_work_point *point; /* [frequency.n * temperature.n] owned by the cli */
};

static pel_status compute(struct cli *cli, struct job *job, struct pel_error *err)
{
    const size_t n = job->temperature.n;
    struct pel_dma_settings settings = pel_dma_settings_defaults();
    settings.spectra = job->set.settings;
    job->point = cli_own(cli, calloc(job->frequency.n * n, sizeof *job->point));
    if (job->point == NULL) return pel_error_set(err, PEL_ENOMEM, "work");
    struct pel_dma *dma;
    pel_status status = cli_qpd_blame(
        job->set.path, pel_dma_create(&job->set.qpd, &settings, &dma, err), err);
    if (status != PEL_OK) return status;
    for (size_t k = 0; status == PEL_OK && k < job->frequency.n; k++)
        status = pel_work_ramp(dma, &job->programme, job->frequency.values[k], n,
                               job->temperature.values, job->point + k * n, err);
    pel_dma_free(dma);
    return status;
}

static pel_status begin(const struct cli *cli, const struct job *job, const char *path,
                        const char *format, struct pel_output **out,
                        struct pel_error *err)
{
    const pel_status status =
        cli_qpd_output(cli, &job->set, path, NULL, format, out, err);
    if (status != PEL_OK) return status;
    char number[PEL_TEXT_DOUBLE];
    FILE *stream = pel_output_stream(*out);
    pel_provenance_put(stream, "strain", "%s",
                       pel_text_double(number, job->programme.strain));
    pel_provenance_put(stream, "start_K", "%s",
                       pel_text_double(number, job->programme.start_K));
    pel_provenance_put(stream, "rate_K_per_min", "%s",
                       pel_text_double(number, job->rate_K_per_min));
    return PEL_OK;
}

static pel_status write_table(const struct cli *cli, const struct job *job,
                              struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status =
        begin(cli, job, cli->output, "pelrate-qpd-work 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    fputs(
        "frequency_Hz,temperature_K,loss_GPa,loss_relative,cycle_J_per_m3,power_W_per_m3,"
        "sum_J_per_m3,cycles\n",
        stream);
    for (size_t k = 0; k < job->frequency.n; k++)
        for (size_t i = 0; i < job->temperature.n; i++) {
            const struct pel_work_point *p = &job->point[k * job->temperature.n + i];
            const double row[] = {job->frequency.values[k],
                                  p->temperature_K,
                                  p->loss_GPa,
                                  p->loss_GPa * job->set.qpd.elastic_per_GPa,
                                  p->cycle_J_per_m3,
                                  p->power_W_per_m3,
                                  p->sum_J_per_m3,
                                  p->cycles};
            pel_table_put_row(stream, sizeof row / sizeof row[0], row);
        }
    return pel_output_commit(output, err);
}

static pel_status write_exponents(struct cli *cli, const struct job *job,
                                  struct pel_error *err)
{
    double *work = cli_own(cli, calloc(job->frequency.n, sizeof *work));
    if (work == NULL) return pel_error_set(err, PEL_ENOMEM, "exponents");
    struct pel_output *output;
    pel_status status =
        begin(cli, job, job->exponents, "pelrate-qpd-work-exponents 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    fputs("temperature_K,exponent,error\n", stream);
    for (size_t i = 0; status == PEL_OK && i < job->temperature.n; i++) {
        double row[3] = {job->temperature.values[i], NAN, NAN};
        for (size_t k = 0; k < job->frequency.n; k++)
            work[k] = job->point[k * job->temperature.n + i].sum_J_per_m3;
        /* At the start itself nothing has been done yet. */
        if (row[0] > job->programme.start_K)
            status = pel_work_exponent(job->frequency.n, job->frequency.values, work,
                                       &row[1], &row[2], err);
        if (status == PEL_OK) pel_table_put_row(stream, 3, row);
    }
    if (status == PEL_OK) return pel_output_commit(output, err);
    pel_output_discard(output);
    return status;
}

/* E''/E_u above, the sum below. */
static pel_status draw(const struct cli *cli, const struct job *job,
                       struct pel_error *err)
{
    struct cli_plot *plot;
    const pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    const size_t n = job->temperature.n, curves = job->frequency.n;
    char below[128], strain[CLI_PLOT_NUMBER], rate[CLI_PLOT_NUMBER];
    snprintf(below, sizeof below, "strain amplitude %s, heated at %s K/min",
             cli_plot_number(strain, job->programme.strain),
             cli_plot_number(rate, job->rate_K_per_min));
    cli_qpd_title(&job->set, script, "Training work", below);
    for (size_t k = 0; k < curves; k++) {
        fprintf(script, "$curve%zu << EOD\n", k);
        for (size_t i = 0; i < n; i++) {
            const struct pel_work_point *p = &job->point[k * n + i];
            const double row[] = {p->temperature_K,
                                  p->loss_GPa * job->set.qpd.elastic_per_GPa,
                                  p->sum_J_per_m3 > 0.0 ? p->sum_J_per_m3 : NAN};
            cli_plot_row(script, 3, row);
        }
        fputs("EOD\n", script);
    }
    fputs("set multiplot\nset autoscale xfix\nset grid lc rgb '#e4e4e4' lt 1\n"
          "set lmargin at screen 0.12\nset rmargin at screen 0.84\n"
          "set bmargin at screen 0.52\nset tmargin at screen 0.88\nset format x ''\n"
          "set ylabel '{/:Italic E}″/{/:Italic E}_u'\n"
          "set key at screen 0.85,0.88 left top Left reverse\nplot ",
          script);
    for (size_t k = 0; k < curves; k++) {
        char number[CLI_PLOT_NUMBER];
        fprintf(script,
                "$curve%zu using 1:2 with lines lw 2.5 lc rgb '%s' title '%s Hz', \\\n  ",
                k, cli_plot_colour(k, curves),
                cli_plot_number(number, job->frequency.values[k]));
    }
    fputs("NaN notitle\nunset title\nunset key\nset bmargin at screen 0.11\n"
          "set tmargin at screen 0.49\nset format x '%g'\nset xlabel 'temperature (K)'\n"
          "set ylabel 'work {/:Italic W} (J/m^3)'\nset logscale y\n"
          "set format y '10^{%L}'\nplot ",
          script);
    for (size_t k = 0; k < curves; k++)
        fprintf(script, "$curve%zu using 1:3 with lines lw 2.5 lc rgb '%s', \\\n  ", k,
                cli_plot_colour(k, curves));
    fputs("NaN notitle\nunset multiplot\n", script);
    return cli_plot_draw(plot, err);
}

static int check(struct cli *cli, struct job *job)
{
    const int status = cli_qpd_check(cli, &job->set);
    if (status != CLI_DONE) return status;
    if (job->frequency.n == 0) return cli_usage(cli, "--frequency is missing");
    if (job->temperature.n == 0) return cli_usage(cli, "--temperature is missing");
    for (size_t i = 0; i < job->frequency.n; i++)
        if (!(job->frequency.values[i] > 0.0))
            return cli_usage(cli, "--frequency: %g Hz, expected above 0",
                             job->frequency.values[i]);
    double before = 0.0;
    for (size_t i = 0; i < job->temperature.n; i++) {
        if (!(job->temperature.values[i] > before))
            return cli_usage(cli,
                             "--temperature: %g K, expected increasing values above 0",
                             job->temperature.values[i]);
        before = job->temperature.values[i];
    }
    if (isnan(job->programme.start_K))
        job->programme.start_K = job->temperature.values[0];
    if (!(job->programme.start_K > 0.0 &&
          job->programme.start_K <= job->temperature.values[0]))
        return cli_usage(cli,
                         "--start: %g K, expected above 0 and not after the first "
                         "temperature",
                         job->programme.start_K);
    if (!(job->programme.strain > 0.0))
        return cli_usage(cli, "--strain: %g, expected above 0", job->programme.strain);
    if (!(job->rate_K_per_min > 0.0))
        return cli_usage(cli, "--rate: %g K/min, expected above 0", job->rate_K_per_min);
    job->programme.rate_K_per_s = job->rate_K_per_min / 60.0;
    if (job->exponents != NULL && job->frequency.n < 2)
        return cli_usage(cli, "--exponents needs more than one frequency");
    for (size_t i = 0; job->exponents != NULL && i < job->frequency.n; i++)
        for (size_t k = 0; k < i; k++)
            if (job->frequency.values[k] == job->frequency.values[i])
                return cli_usage(cli,
                                 "--exponents: %g Hz twice, expected different "
                                 "frequencies",
                                 job->frequency.values[i]);
    if (cli->plot != NULL && job->temperature.n < 2)
        return cli_usage(cli, "--plot needs more than one temperature");
    return cli_outputs_check(cli, 1, &job->exponents);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.set = cli_qpd_begin(),
                      .programme = pel_work_programme_defaults(),
                      .rate_K_per_min = 3.0};
    job.programme.start_K = NAN;
    const struct cli_option options[] = {
        {"frequency", CLI_LIST, &job.frequency, "f[,f...]", "training frequencies (Hz)"},
        {"temperature", CLI_LIST, &job.temperature, "A:B:n",
         "n temperatures from A to B (K), or a list"},
        {"start", CLI_NUMBER, &job.programme.start_K, "K",
         "where the ramp starts (default: the first temperature)"},
        {"rate", CLI_NUMBER, &job.rate_K_per_min, "K/min", "of heating (default: 3)"},
        {"strain", CLI_NUMBER, &job.programme.strain, "x", "amplitude (default: 0.002)"},
        {"exponents", CLI_TEXT, &job.exponents, "FILE",
         "write the exponents of the sum over frequency here"},
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
    pel_status status =
        cli_qpd_open(&job.set, operands[0], PEL_QPD_COMPLIANCES | PEL_QPD_THERMAL, &err);
    if (status == PEL_OK) status = compute(cli, &job, &err);
    if (status == PEL_OK) status = write_table(cli, &job, &err);
    if (status == PEL_OK && job.exponents != NULL)
        status = write_exponents(cli, &job, &err);
    if (status == PEL_OK && cli->plot != NULL) status = draw(cli, &job, &err);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_qpd_work = {
    "qpd work", "the work of training by cyclic load", "PARAMETERS", details, run};

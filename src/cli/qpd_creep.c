#include "plot.h"
#include "qpd.h"

#include <pelrate/creep.h>
#include <pelrate/table.h>

#include <math.h>
#include <stdlib.h>

static const char details[] =
    "Creep: the compliance J(t) after a stress is put on (Zhang et al. (2023), Eq. 28) and\n"
    "what the elastic, beta, anelastic and viscoplastic components add to it; with --stress\n"
    "the strain of each beside it.\n\n"
    "Columns: time_s,compliance_per_GPa,elastic_per_GPa,beta_per_GPa,anelastic_per_GPa,\n"
    "viscoplastic_per_GPa and, with --stress, strain,strain_elastic,strain_beta,\n"
    "strain_anelastic, strain_viscoplastic.\n\n"
    "Example: S1 of the paper over twenty decades of time, at 25 MPa\n"
    "  $ pelrate qpd creep data/qpd/la30ce30.csv --sample S1 --time 1e-8:1e12:401 --stress 25 -o creep.csv --plot creep.png\n";

struct job {
    struct cli_qpd set;
    const char *range; /* --time */
    double stress_MPa; /* NaN: no strain */
    struct cli_list time;
    struct pel_creep_point *point; /* [time.n] owned by the cli */
};

static pel_status compute(struct cli *cli, struct job *job, struct pel_error *err)
{
    job->point = cli_own(cli, calloc(job->time.n, sizeof *job->point));
    if (job->point == NULL) return pel_error_set(err, PEL_ENOMEM, "creep");
    struct pel_creep *creep;
    const pel_status status = cli_qpd_blame(
        job->set.path, pel_creep_create(&job->set.qpd, &job->set.settings, &creep, err),
        err);
    if (status != PEL_OK) return status;
    for (size_t i = 0; i < job->time.n; i++)
        pel_creep_at(creep, job->time.values[i], &job->point[i]);
    pel_creep_free(creep);
    return PEL_OK;
}

static pel_status write_table(const struct cli *cli, const struct job *job,
                              struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status = cli_qpd_output(cli, &job->set, cli->output, NULL,
                                             "pelrate-qpd-creep 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    const int strain = !isnan(job->stress_MPa);
    fprintf(stream,
            "time_s,compliance_per_GPa,elastic_per_GPa,beta_per_GPa,anelastic_per_GPa,"
            "viscoplastic_per_GPa%s\n",
            strain ? ",strain,strain_elastic,strain_beta,strain_anelastic,"
                     "strain_viscoplastic"
                   : "");
    for (size_t i = 0; i < job->time.n; i++) {
        const struct pel_creep_point *p = &job->point[i];
        double row[11] = {job->time.values[i], p->total,   p->elastic,
                          p->part[0],          p->part[1], p->part[2]};
        for (size_t k = 0; k < 5; k++)
            row[6 + k] = pel_creep_strain(row[1 + k], job->stress_MPa);
        pel_table_put_row(stream, strain ? 11 : 6, row);
    }
    return pel_output_commit(output, err);
}

static pel_status draw(const struct cli *cli, const struct job *job,
                       struct pel_error *err)
{
    struct cli_plot *plot;
    const pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    const int strain = !isnan(job->stress_MPa);
    char below[128] = "elastic, β, anelastic and viscoplastic components",
         number[CLI_PLOT_NUMBER];
    if (strain)
        snprintf(below, sizeof below, "strain under %s MPa",
                 cli_plot_number(number, job->stress_MPa));
    cli_qpd_title(&job->set, script, "Creep", below);
    fputs("$creep << EOD\n", script);
    for (size_t i = 0; i < job->time.n; i++) {
        const struct pel_creep_point *p = &job->point[i];
        const double scale = strain ? pel_creep_strain(1.0, job->stress_MPa) : 1.0;
        double row[6] = {job->time.values[i], p->total * scale,   p->elastic * scale,
                         p->part[0] * scale,  p->part[1] * scale, p->part[2] * scale};
        for (size_t k = 0; k < 6; k++) /* nothing to see on a logarithmic axis */
            if (!(row[k] > 0.0)) row[k] = NAN;
        cli_plot_row(script, 6, row);
    }
    /* From a ten-thousandth of what there is in the end. */
    const struct pel_creep_point *last = &job->point[job->time.n - 1];
    const double top =
        strain ? pel_creep_strain(last->total, job->stress_MPa) : last->total;
    fprintf(
        script,
        "EOD\nset grid lc rgb '#e4e4e4' lt 1\nset key top left Left reverse\n"
        "set logscale xy\nset format x '10^{%%L}'\nset format y '10^{%%L}'\n"
        "set xlabel 'time (s)'\nset ylabel '%s'\nset yrange [%.3g:*]\nset autoscale "
        "xfix\nplot ",
        strain ? "strain" : "compliance {/:Italic J} (1/GPa)",
        fmin(1e-3 * top, 0.3 * job->point[0].elastic *
                             (strain ? pel_creep_strain(1.0, job->stress_MPa) : 1.0)));
    fputs(
        "$creep using 1:2 with lines lw 3.5 lc rgb '#202020' title 'total', \\\n"
        "  $creep using 1:3 with lines lw 2 dt 2 lc rgb '#808080' title 'elastic', \\\n  ",
        script);
    for (int c = 0; c < PEL_QPD_COMPONENTS; c++) {
        const enum pel_qpd_component component = (enum pel_qpd_component)c;
        if (!pel_qpd_has(&job->set.qpd, component)) continue;
        fprintf(script,
                "$creep using 1:%d with lines lw 2.5 lc rgb '%s' title '%s', \\\n  ",
                4 + c, cli_qpd_colour(component), cli_qpd_word(component));
    }
    fputs("NaN notitle\n", script);
    return cli_plot_draw(plot, err);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {
        .set = cli_qpd_begin(), .range = "1e-8:1e12:401", .stress_MPa = NAN};
    const struct cli_option options[] = {
        {"time", CLI_TEXT, &job.range, "A:B:n",
         "n times from A to B, even in the logarithm (s; default: 1e-8:1e12:401)"},
        {"stress", CLI_NUMBER, &job.stress_MPa, "MPa", "give the strain too"},
        CLI_QPD_OPTIONS(&job.set),
        {0}};
    const char *const *operands;
    size_t n;
    int finished;
    int exit_status = cli_parse(cli, options, CLI_WITH_OUTPUT | CLI_WITH_PLOT, argc, argv,
                                1, 1, &n, &operands, &finished);
    if (exit_status != CLI_DONE || finished) return exit_status;
    exit_status = cli_qpd_check(cli, &job.set);
    if (exit_status == CLI_DONE)
        exit_status = cli_qpd_range(cli, "time", job.range, &job.time);
    if (exit_status == CLI_DONE && !isnan(job.stress_MPa) && !(job.stress_MPa > 0.0))
        exit_status =
            cli_usage(cli, "--stress: %g MPa, expected above 0", job.stress_MPa);
    if (exit_status == CLI_DONE) exit_status = cli_outputs_check(cli, 0, NULL);
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    pel_status status = cli_qpd_open(&job.set, operands[0], PEL_QPD_COMPLIANCES, &err);
    if (status == PEL_OK) status = compute(cli, &job, &err);
    if (status == PEL_OK) status = write_table(cli, &job, &err);
    if (status == PEL_OK && cli->plot != NULL) status = draw(cli, &job, &err);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_qpd_creep = {"qpd creep", "compliance and strain over time",
                                          "PARAMETERS", details, run};

#include "plot.h"
#include "qpd.h"

#include <pelrate/creepfit.h>
#include <pelrate/provenance.h>
#include <pelrate/table.h>
#include <pelrate/text.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char details[] =
    "Fit a creep curve (columns time_s and compliance_per_GPa, or strain with --stress; with\n"
    "known errors error_per_GPa or error_strain) for J_el and B, tau and Delta J of each\n"
    "component. The components are named by the order of their times.\n\n"
    "The table is a parameter set (component,parameter,value,unit) that the other actions\n"
    "read, with the columns lower_95,upper_95,status after it in --report. Status:\n"
    "determined; held; undetermined (the data allow too much: the value is one of many);\n"
    "lower or upper (on a bound). --start FILE gives values to start from, --hold their\n"
    "names: elastic.compliance,beta.B,...\n\n"
    "Example: make a curve, and fit it with the compliances known from elsewhere\n"
    "  $ pelrate qpd creep data/qpd/la30ce30.csv --sample S1 --time 1e-5:1e11:200 -o c.csv\n"
    "  $ pelrate qpd fit c.csv --start data/qpd/la30ce30.csv --sample S1 --hold compliances -o fit.csv --report report.csv --plot fit.png\n";

struct job {
    const char *path, *start, *sample, *report;
    struct cli_texts hold, components;
    double stress_MPa;
    long long starts;
    struct pel_creepfit_settings settings;
    struct pel_creepfit_data data; /* owned */
    struct pel_creepfit fit;
};

/* Parameter k of the fit as files name it. */
static const struct pel_qpd_parameter *name_of(size_t k)
{
    static const char *const names[] = {"B", "tau", "compliance"};
    return pel_qpd_parameter(
        k == PEL_CREEPFIT_ELASTIC
            ? pel_qpd_find("elastic", "compliance")
            : pel_qpd_find(pel_qpd_component_name((enum pel_qpd_component)((k - 1) / 3)),
                           names[(k - 1) % 3]));
}

/* "beta.tau", or "compliances" for all of these. */
static int take_hold(struct cli *cli, struct job *job)
{
    for (size_t i = 0; i < job->hold.n; i++) {
        unsigned found = 0;
        for (size_t k = 0; k < PEL_CREEPFIT_PARAMETERS; k++) {
            const struct pel_qpd_parameter *p = name_of(k);
            char name[64];
            snprintf(name, sizeof name, "%s.%s", p->component, p->name);
            if (strcmp(job->hold.values[i], name) == 0 ||
                (strcmp(job->hold.values[i], "compliances") == 0 &&
                 strcmp(p->name, "compliance") == 0))
                found |= 1u << k;
        }
        if (found == 0)
            return cli_usage(cli,
                             "--hold: '%s', expected compliances or COMPONENT.PARAMETER",
                             job->hold.values[i]);
        job->settings.hold |= found;
    }
    return CLI_DONE;
}

static int take_components(struct cli *cli, struct job *job)
{
    if (job->components.n == 0) return CLI_DONE;
    job->settings.components = 0;
    for (size_t i = 0; i < job->components.n; i++) {
        int found = 0;
        for (int c = 0; c < PEL_QPD_COMPONENTS; c++)
            if (strcmp(job->components.values[i],
                       pel_qpd_component_name((enum pel_qpd_component)c)) == 0) {
                job->settings.components |= 1u << c;
                found = 1;
            }
        if (!found)
            return cli_usage(
                cli, "--components: '%s', expected beta, anelastic or viscoplastic",
                job->components.values[i]);
    }
    return CLI_DONE;
}

/* The values of --start; a held compliance of a component that is left out does not
 * matter. */
static pel_status take_start(struct job *job, struct pel_error *err)
{
    struct pel_creepfit_settings *set = &job->settings;
    for (int c = 0; c < PEL_QPD_COMPONENTS; c++)
        if (!(set->components >> c & 1u))
            set->hold &= ~(7u << PEL_CREEPFIT_OF(PEL_CREEPFIT_B, c));
    if (job->start == NULL) return PEL_OK;
    const pel_status status = pel_qpd_read(job->start, job->sample, &set->start, err);
    if (status != PEL_OK) return status;
    for (size_t k = 0; k < PEL_CREEPFIT_PARAMETERS; k++) {
        const struct pel_qpd_parameter *p = name_of(k);
        if ((set->hold >> k & 1u) &&
            isnan(pel_qpd_value(&set->start, pel_qpd_find(p->component, p->name))))
            return pel_error_at(err, PEL_EFORMAT, job->start, 0,
                                "no %s of component %s to hold, expected a row "
                                "%s,%s,number,%s",
                                p->name, p->component, p->component, p->name, p->unit);
    }
    return PEL_OK;
}

static const char *status_of(const struct job *job, size_t k)
{
    const struct pel_creepfit_parameter *p = &job->fit.parameter[k];
    if (job->settings.hold >> k & 1u) return "held";
    if (p->determined) return "determined";
    if (p->state == PEL_LEASTSQUARES_LOWER || p->state == PEL_LEASTSQUARES_UPPER)
        return pel_leastsquares_state_name(p->state);
    return "undetermined";
}

static pel_status begin(const struct cli *cli, const struct job *job, const char *path,
                        const char *format, struct pel_output **out,
                        struct pel_error *err)
{
    const char *const inputs[] = {job->path, job->start};
    const pel_status status =
        cli_open(cli, path, format, job->start != NULL ? 2 : 1, inputs, out, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(*out);
    char number[PEL_TEXT_DOUBLE];
    pel_provenance_put(stream, "fit_points", "%zu", job->fit.n);
    pel_provenance_put(stream, "fit_scatter", "%s",
                       pel_text_double(number, job->fit.scatter));
    pel_provenance_put(stream, "fit_chi2", "%s", pel_text_double(number, job->fit.chi2));
    pel_provenance_put(stream, "fit_condition", "%s",
                       pel_text_double(number, job->fit.condition));
    pel_provenance_put(stream, "fit_descents",
                       "%zu of %zu arrived, %zu at the lowest minimum", job->fit.arrived,
                       job->fit.starts, job->fit.agree);
    for (int c = 1; c < PEL_QPD_COMPONENTS; c++)
        for (int before = 0; before < c; before++)
            if (job->fit.tied >> c & 1u && job->fit.tied >> before & 1u)
                fprintf(stream,
                        "# tau of %s and of %s are equal: without their order they would "
                        "cross\n",
                        pel_qpd_component_name((enum pel_qpd_component)before),
                        pel_qpd_component_name((enum pel_qpd_component)c));
    for (size_t k = 0; k < PEL_CREEPFIT_PARAMETERS; k++)
        if (!isnan(job->fit.parameter[k].value) &&
            strcmp(status_of(job, k), "determined") != 0)
            fprintf(stream, "# %s %s is %s\n", name_of(k)->component, name_of(k)->name,
                    status_of(job, k));
    return PEL_OK;
}

static pel_status write_set(const struct cli *cli, const struct job *job,
                            struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status = begin(cli, job, cli->output, PEL_QPD_FORMAT, &output, err);
    if (status != PEL_OK) return status;
    pel_qpd_write(&job->fit.qpd, pel_output_stream(output));
    return pel_output_commit(output, err);
}

static pel_status write_report(const struct cli *cli, const struct job *job,
                               struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status =
        begin(cli, job, job->report, "pelrate-qpd-fit 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    fputs("component,parameter,value,unit,lower_95,upper_95,status\n", stream);
    for (size_t k = 0; k < PEL_CREEPFIT_PARAMETERS; k++) {
        const struct pel_creepfit_parameter *p = &job->fit.parameter[k];
        if (isnan(p->value)) continue;
        fprintf(stream, "%s,%s,", name_of(k)->component, name_of(k)->name);
        pel_table_put_number(stream, p->value);
        fprintf(stream, ",%s,", name_of(k)->unit);
        if (!isnan(p->lower)) pel_table_put_number(stream, p->lower);
        fputc(',', stream);
        if (!isnan(p->upper)) pel_table_put_number(stream, p->upper);
        fprintf(stream, ",%s\n", status_of(job, k));
    }
    return pel_output_commit(output, err);
}

/* The curve, the fit and its components above, the residuals below. */
static pel_status draw(const struct cli *cli, const struct job *job,
                       struct pel_error *err)
{
    struct pel_creep *creep;
    pel_status status = pel_creep_create(&job->fit.qpd, NULL, &creep, err);
    if (status != PEL_OK) return status;
    struct cli_plot *plot;
    status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) {
        pel_creep_free(creep);
        return status;
    }
    FILE *script = cli_plot_script(plot);
    char below[128];
    snprintf(below, sizeof below, "%zu points, scatter %.3g", job->fit.n,
             job->fit.scatter);
    cli_plot_title(script, "Fit of a creep curve", below);
    fputs("$creep << EOD\n", script);
    for (size_t i = 0; i < job->data.n; i++) {
        struct pel_creep_point p;
        pel_creep_at(creep, job->data.time_s[i], &p);
        double row[7] = {job->data.time_s[i],
                         job->data.compliance_per_GPa[i],
                         p.total,
                         p.part[0],
                         p.part[1],
                         p.part[2],
                         100.0 * (job->data.compliance_per_GPa[i] / p.total - 1.0)};
        for (size_t k = 3; k < 6; k++)
            if (!(row[k] > 1e-3 * p.total)) row[k] = NAN;
        cli_plot_row(script, 7, row);
    }
    pel_creep_free(creep);
    fputs(
        "EOD\nset multiplot\nset autoscale xfix\nset grid lc rgb '#e4e4e4' lt 1\n"
        "set logscale x\nset lmargin at screen 0.12\nset rmargin at screen 0.96\n"
        "set bmargin at screen 0.36\nset tmargin at screen 0.88\nset format x ''\n"
        "set logscale y\nset format y '10^{%L}'\nset key top left Left reverse\n"
        "set ylabel 'compliance {/:Italic J} (1/GPa)'\nplot \\\n"
        "  $creep using 1:2 with points pt 6 ps 0.5 lc rgb '#707070' title 'measured', \\\n",
        script);
    for (int c = 0; c < PEL_QPD_COMPONENTS; c++)
        if (pel_qpd_has(&job->fit.qpd, (enum pel_qpd_component)c))
            fprintf(script,
                    "  $creep using 1:%d with lines lw 2 lc rgb '%s' title '%s', \\\n",
                    4 + c, cli_qpd_colour((enum pel_qpd_component)c),
                    cli_qpd_word((enum pel_qpd_component)c));
    fputs("  $creep using 1:3 with lines lw 2.5 lc rgb '#202020' title 'fit'\n"
          "unset title\nunset key\nunset logscale y\nset bmargin at screen 0.11\n"
          "set tmargin at screen 0.33\nset format x '10^{%L}'\nset format y '%g'\n"
          "set xlabel 'time (s)'\nset ylabel 'measured/fit − 1 (%)'\n"
          "plot $creep using 1:7 with points pt 6 ps 0.5 lc rgb '#707070', \\\n"
          "  0 with lines lw 1 lc rgb '#202020'\nunset multiplot\n",
          script);
    return cli_plot_draw(plot, err);
}

static int check(struct cli *cli, struct job *job)
{
    int status = take_components(cli, job);
    if (status == CLI_DONE) status = take_hold(cli, job);
    if (status != CLI_DONE) return status;
    if (job->settings.hold != 0 && job->start == NULL)
        return cli_usage(cli, "--hold needs --start");
    if (job->sample != NULL && job->start == NULL)
        return cli_usage(cli, "--sample needs --start");
    if (!isnan(job->stress_MPa) && !(job->stress_MPa > 0.0))
        return cli_usage(cli, "--stress: %g MPa, expected above 0", job->stress_MPa);
    if (job->starts < 1 || job->starts > 1000)
        return cli_usage(cli, "--starts: %lld, expected 1 to 1000", job->starts);
    if (!(job->settings.B_min > 0.0 && job->settings.B_min < 1.0))
        return cli_usage(cli, "--b-min: %g, expected a number between 0 and 1",
                         job->settings.B_min);
    job->settings.starts = (size_t)job->starts;
    job->settings.seed = (unsigned long long)cli->seed;
    return cli_outputs_check(cli, 1, &job->report);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.stress_MPa = NAN, .settings = pel_creepfit_settings_defaults()};
    job.starts = (long long)job.settings.starts;
    const struct cli_option options[] = {
        {"stress", CLI_NUMBER, &job.stress_MPa, "MPa", "stress of a file of strains"},
        {"components", CLI_TEXTS, &job.components, "A,B",
         "components of the fit (default: beta,anelastic,viscoplastic)"},
        {"start", CLI_TEXT, &job.start, "FILE", "parameter set to start from"},
        {"sample", CLI_TEXT, &job.sample, "NAME", "which set of that file"},
        {"hold", CLI_TEXTS, &job.hold, "A,B",
         "parameters that stay as in --start: beta.tau, ..., or compliances"},
        {"starts", CLI_INTEGER, &job.starts, "N",
         "descents from different starts (default: 4)"},
        {"b-min", CLI_NUMBER, &job.settings.B_min, "x",
         "lower bound of the widths B (default: 0.08)"},
        {"report", CLI_TEXT, &job.report, "FILE", "write intervals and status here"},
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
    job.path = operands[0];
    pel_status status = take_start(&job, &err);
    if (status == PEL_OK)
        status = pel_creepfit_read(job.path, job.stress_MPa, &job.data, &err);
    if (status == PEL_OK)
        status = cli_qpd_blame(
            job.path, pel_creepfit_run(&job.data, &job.settings, &job.fit, &err), &err);
    if (status == PEL_OK) status = write_set(cli, &job, &err);
    if (status == PEL_OK && job.report != NULL) status = write_report(cli, &job, &err);
    if (status == PEL_OK && cli->plot != NULL) status = draw(cli, &job, &err);
    size_t undetermined = 0;
    for (size_t k = 0; status == PEL_OK && k < PEL_CREEPFIT_PARAMETERS; k++)
        undetermined += !isnan(job.fit.parameter[k].value) &&
                        !job.fit.parameter[k].determined &&
                        !(job.settings.hold >> k & 1u);
    if (undetermined > 0)
        cli_note(cli, "%zu parameters are not determined by these data", undetermined);
    if (status == PEL_OK && cli->verbose)
        cli_note(cli, "%zu descents, %zu iterations, %zu evaluations", job.fit.starts,
                 job.fit.iterations, job.fit.evaluations);
    pel_creepfit_data_free(&job.data);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_qpd_fit = {"qpd fit", "parameters from a creep curve",
                                        "CURVE", details, run};

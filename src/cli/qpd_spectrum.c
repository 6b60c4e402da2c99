#include "plot.h"
#include "qpd.h"

#include <pelrate/table.h>

#include <math.h>

static const char details[] =
    "The spectra of relaxation times: discrete normalised Gumbel distributions (Zhang et al.\n"
    "(2023), Eqs. 9, 22, 25), one for each component of the set.\n\n"
    "Columns: component,tau_s,weight,density. The weights of a component add up to 1 and are\n"
    "those that creep and dma sum over; density is that of ln tau.\n\n"
    "Example: the spectra of the trained glass S1\n"
    "  $ pelrate qpd spectrum data/qpd/la30ce30.csv --sample S1 -o spectrum.csv --plot spectrum.png\n";

static pel_status write_table(const struct cli *cli, const struct cli_qpd *set,
                              struct pel_relaxation *const spectrum[],
                              struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status = cli_qpd_output(cli, set, cli->output, NULL,
                                             "pelrate-qpd-spectrum 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    fputs("component,tau_s,weight,density\n", stream);
    for (int c = 0; c < PEL_QPD_COMPONENTS; c++) {
        if (spectrum[c] == NULL) continue;
        const struct pel_qpd_part *part = &set->qpd.part[c];
        for (size_t i = 0; i < pel_relaxation_units(spectrum[c]); i++) {
            const double tau = pel_relaxation_tau(spectrum[c], i);
            const double row[] = {tau * part->tau_s,
                                  pel_relaxation_weight(spectrum[c], i),
                                  pel_gumbel_density(1.0, part->B, tau)};
            fprintf(stream, "%s,", pel_qpd_component_name((enum pel_qpd_component)c));
            pel_table_put_row(stream, sizeof row / sizeof row[0], row);
        }
    }
    return pel_output_commit(output, err);
}

/* Densities of ln tau over the decades where there is something to see. */
static pel_status draw(const struct cli *cli, const struct cli_qpd *set,
                       struct pel_error *err)
{
    struct cli_plot *plot;
    const pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    cli_qpd_title(set, script, "Relaxation times",
                  "discrete normalised Gumbel distributions");
    enum { POINTS = 400 };
    for (int c = 0; c < PEL_QPD_COMPONENTS; c++) {
        if (!pel_qpd_has(&set->qpd, (enum pel_qpd_component)c)) continue;
        const struct pel_qpd_part *part = &set->qpd.part[c];
        fprintf(script, "$part%d << EOD\n", c);
        for (int i = 0; i <= POINTS; i++) {
            const double u = -7.0 + 9.5 * i / POINTS;
            const double tau = part->tau_s * exp(u / part->B);
            const double row[] = {log10(tau),
                                  pel_gumbel_density(part->tau_s, part->B, tau)};
            cli_plot_row(script, 2, row);
        }
        fputs("EOD\n", script);
    }
    fputs("set grid lc rgb '#e4e4e4' lt 1\nset key top left Left reverse\n"
          "set format x '10^{%g}'\nset xlabel 'relaxation time {/:Italic τ} (s)'\n"
          "set ylabel 'density of ln {/:Italic τ}'\nset yrange [0:*]\nplot ",
          script);
    for (int c = 0; c < PEL_QPD_COMPONENTS; c++) {
        const enum pel_qpd_component component = (enum pel_qpd_component)c;
        if (!pel_qpd_has(&set->qpd, component)) continue;
        char width[CLI_PLOT_NUMBER];
        fprintf(script,
                "$part%d using 1:2 with lines lw 2.5 lc rgb '%s' "
                "title '%s, {/:Italic B} = %s', \\\n  ",
                c, cli_qpd_colour(component), cli_qpd_word(component),
                cli_plot_number(width, set->qpd.part[c].B));
    }
    fputs("NaN notitle\n", script);
    return cli_plot_draw(plot, err);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct cli_qpd set = cli_qpd_begin();
    const struct cli_option options[] = {CLI_QPD_OPTIONS(&set), {0}};
    const char *const *operands;
    size_t n;
    int finished;
    int exit_status = cli_parse(cli, options, CLI_WITH_OUTPUT | CLI_WITH_PLOT, argc, argv,
                                1, 1, &n, &operands, &finished);
    if (exit_status != CLI_DONE || finished) return exit_status;
    exit_status = cli_qpd_check(cli, &set);
    if (exit_status == CLI_DONE) exit_status = cli_outputs_check(cli, 0, NULL);
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    struct pel_relaxation *spectrum[PEL_QPD_COMPONENTS] = {NULL};
    pel_status status = cli_qpd_open(&set, operands[0], PEL_QPD_SPECTRA, &err);
    if (status == PEL_OK)
        status = cli_qpd_blame(
            set.path, pel_qpd_spectra(&set.qpd, &set.settings, spectrum, &err), &err);
    if (status == PEL_OK) status = write_table(cli, &set, spectrum, &err);
    if (status == PEL_OK && cli->plot != NULL) status = draw(cli, &set, &err);
    for (int c = 0; c < PEL_QPD_COMPONENTS; c++)
        pel_relaxation_free(spectrum[c]);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_qpd_spectrum = {
    "qpd spectrum", "spectra of relaxation times", "PARAMETERS", details, run};

#include "qpd.h"

#include "plot.h"

#include <pelrate/provenance.h>
#include <pelrate/text.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The actions; the name of each is "qpd ACTION". */
static const struct cli_command *const actions[] = {
    &cli_qpd_spectrum,  &cli_qpd_creep, &cli_qpd_dma,       &cli_qpd_work,
    &cli_qpd_fragility, &cli_qpd_fit,   &cli_qpd_landscape, NULL};

static const char *word_of(const struct cli_command *action)
{
    return strchr(action->name, ' ') + 1;
}

static void print_help(FILE *stream)
{
    fputs("pelrate qpd: the quasi-point-defect model of creep, DMA and training\n\n"
          "Usage: pelrate qpd ACTION [OPTION...] [OPERAND...]\n\nActions:\n",
          stream);
    for (size_t i = 0; actions[i] != NULL; i++)
        fprintf(stream, "  %-15s %s\n", word_of(actions[i]), actions[i]->summary);
    fputs(
        "\nA parameter set is a CSV file with the columns component,parameter,value,unit "
        "and, where\nthere are several sets, sample. Its rows:\n\n",
        stream);
    for (size_t k = 0; k < pel_qpd_count(); k++) {
        const struct pel_qpd_parameter *p = pel_qpd_parameter(k);
        char name[64];
        snprintf(name, sizeof name, "%s,%s", p->component, p->name);
        fprintf(stream, "  %-25s %-6s %s\n", name, p->unit, p->doc);
    }
    fputs("\nEquations: Zhang et al., J. Mater. Sci. Technol. 149, 207 (2023).\n"
          "`pelrate qpd ACTION --help` tells the options of one action with a worked "
          "example.\n",
          stream);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    if (argc < 2)
        return cli_usage(cli,
                         "no action, expected spectrum, creep, dma, work, fragility, "
                         "fit or from-landscape");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return CLI_DONE;
    }
    for (size_t i = 0; actions[i] != NULL; i++) {
        if (strcmp(argv[1], word_of(actions[i])) != 0) continue;
        cli->command = actions[i];
        return actions[i]->run(cli, argc - 1, argv + 1);
    }
    if (argv[1][0] == '-') return cli_usage(cli, "%s: unknown option", argv[1]);
    return cli_usage(cli, "unknown action '%s'", argv[1]);
}

const struct cli_command cli_qpd = {
    "qpd", "beta relaxation: creep, DMA, training, fits, and from a landscape", "ACTION",
    NULL, run};

/* ---- what the actions share -------------------------------------------------------- */

struct cli_qpd cli_qpd_begin(void)
{
    const struct pel_gumbel_settings settings = pel_gumbel_settings_defaults();
    return (struct cli_qpd){
        .accuracy = settings.accuracy, .qpd = pel_qpd_none(), .settings = settings};
}

int cli_qpd_check(struct cli *cli, const struct cli_qpd *set)
{
    if (!(set->accuracy >= 1e-14 && set->accuracy <= 1e-2))
        return cli_usage(cli, "--accuracy: %g, expected 1e-14 to 1e-2", set->accuracy);
    return CLI_DONE;
}

pel_status cli_qpd_open(struct cli_qpd *set, const char *path, unsigned needs,
                        struct pel_error *err)
{
    set->path = path;
    set->settings.accuracy = set->accuracy;
    const pel_status status = pel_qpd_read(path, set->sample, &set->qpd, err);
    if (status != PEL_OK) return status;
    return pel_qpd_require(&set->qpd, needs, path, err);
}

pel_status cli_qpd_blame(const char *path, pel_status status, struct pel_error *err)
{
    if (status != PEL_EARG) return status;
    char text[sizeof err->text];
    memcpy(text, err->text, sizeof text);
    return pel_error_at(err, PEL_EFORMAT, path, 0, "%s", text);
}

pel_status cli_qpd_output(const struct cli *cli, const struct cli_qpd *set,
                          const char *path, const char *more, const char *format,
                          struct pel_output **out, struct pel_error *err)
{
    const char *const inputs[] = {set->path, more};
    const pel_status status =
        cli_open(cli, path, format, more != NULL ? 2 : 1, inputs, out, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(*out);
    if (set->sample != NULL) pel_provenance_put(stream, "sample", "%s", set->sample);
    for (size_t k = 0; k < pel_qpd_count(); k++) {
        const struct pel_qpd_parameter *p = pel_qpd_parameter(k);
        const double value = pel_qpd_value(&set->qpd, k);
        char key[96], number[PEL_TEXT_DOUBLE];
        if (isnan(value)) continue;
        snprintf(key, sizeof key, "%s_%s%s%s%s", p->component, p->name,
                 strcmp(p->unit, "1") == 0 ? "" : "_",
                 p->unit[0] == '1' && p->unit[1] == '/' ? "per_" : "",
                 strcmp(p->unit, "1") == 0                ? ""
                 : p->unit[0] == '1' && p->unit[1] == '/' ? p->unit + 2
                                                          : p->unit);
        pel_provenance_put(stream, key, "%s", pel_text_double(number, value));
    }
    return PEL_OK;
}

void cli_qpd_title(const struct cli_qpd *set, FILE *script, const char *what,
                   const char *more)
{
    char title[512];
    if (set->sample != NULL)
        snprintf(title, sizeof title, "%s, sample %s", what, set->sample);
    else
        snprintf(title, sizeof title, "%s", what);
    cli_plot_title(script, title, more);
}

const char *cli_qpd_colour(enum pel_qpd_component component)
{
    return component == PEL_QPD_BETA        ? "#d7301f"
           : component == PEL_QPD_ANELASTIC ? "#2c7fb8"
                                            : "#238b45";
}

const char *cli_qpd_word(enum pel_qpd_component component)
{
    return component == PEL_QPD_BETA ? "β relaxation" : pel_qpd_component_name(component);
}

double *cli_qpd_decades(struct cli *cli, double a, double b, size_t n)
{
    double *values = cli_own(cli, calloc(n, sizeof *values));
    for (size_t i = 0; values != NULL && i < n; i++) {
        const double s = n > 1 ? (double)i / (double)(n - 1) : 0.0;
        /* The ends to the bit, round numbers as one would type them. */
        char text[PEL_TEXT_DOUBLE];
        snprintf(text, sizeof text, "%.12g",
                 i == 0       ? a
                 : i + 1 == n ? b
                              : exp((1.0 - s) * log(a) + s * log(b)));
        values[i] = strtod(text, NULL);
    }
    return values;
}

int cli_qpd_range(struct cli *cli, const char *option, const char *text,
                  struct cli_list *list)
{
    double part[3];
    char copy[3][64];
    const int bad =
        sscanf(text, "%63[^:]:%63[^:]:%63s", copy[0], copy[1], copy[2]) != 3 ||
        pel_text_to_double(copy[0], &part[0]) != 0 ||
        pel_text_to_double(copy[1], &part[1]) != 0 ||
        pel_text_to_double(copy[2], &part[2]) != 0 || !(part[0] > 0.0) ||
        !(part[1] > part[0]) || !(part[2] >= 2.0 && part[2] <= 1e6) ||
        part[2] != floor(part[2]);
    if (bad)
        return cli_usage(
            cli,
            "--%s: '%s', expected A:B:n with 0 < A < B and an integer n of 2 "
            "to 1000000",
            option, text);
    list->n = (size_t)part[2];
    list->values = cli_qpd_decades(cli, part[0], part[1], list->n);
    if (list->values != NULL) return CLI_DONE;
    struct pel_error err = {0};
    pel_error_set(&err, PEL_ENOMEM, "--%s", option);
    return cli_fail(cli, &err);
}

#include "command.h"

#include "plot.h"

#include <pelrate/provenance.h>
#include <pelrate/text.h>

#include <popt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The exit status of each library status. A file that is read is an input; one that
 * cannot be written is a failed computation; one that exists is a misuse (--force was
 * left out). */
static int exit_of(const struct pel_error *err)
{
    switch (err->status) {
    case PEL_OK:
        return CLI_DONE;
    case PEL_EOPEN:
    case PEL_EFORMAT:
    case PEL_EMISMATCH:
        return CLI_INPUT;
    case PEL_EARG:
    case PEL_EEXIST:
        return CLI_USAGE;
    default:
        return CLI_FAILED;
    }
}

int cli_fail(const struct cli *cli, const struct pel_error *err)
{
    const char *what = pel_status_text(err->status);
    if (err->text[0] == '\0')
        fprintf(stderr, "pelrate %s: %s\n", cli->command->name, what);
    else if (err->status == PEL_ENOMEM && strstr(err->text, what) == NULL)
        /* Such texts often only name what there was no memory for. */
        fprintf(stderr, "pelrate %s: %s: %s\n", cli->command->name, what, err->text);
    else
        fprintf(stderr, "pelrate %s: %s\n", cli->command->name, err->text);
    return exit_of(err);
}

int cli_usage(const struct cli *cli, const char *format, ...)
{
    fprintf(stderr, "pelrate %s: ", cli->command->name);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, " (see 'pelrate %s --help')\n", cli->command->name);
    return CLI_USAGE;
}

void cli_note(const struct cli *cli, const char *format, ...)
{
    if (cli->quiet) return;
    fprintf(stderr, "pelrate %s: ", cli->command->name);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

void *cli_own(struct cli *cli, void *memory)
{
    if (memory == NULL) return NULL;
    void **owned = realloc(cli->owned, (cli->n_owned + 1) * sizeof *owned);
    if (owned == NULL) {
        free(memory);
        return NULL;
    }
    cli->owned = owned;
    cli->owned[cli->n_owned++] = memory;
    return memory;
}

int cli_init(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    *cli = (struct cli){.command = command, .seed = 1};
    size_t size = 1;
    for (int i = 0; i < argc; i++)
        size += 3 * strlen(argv[i]) + 3;
    cli->command_line = cli_own(cli, malloc(size));
    if (cli->command_line == NULL) {
        fputs("pelrate: out of memory\n", stderr);
        return CLI_FAILED;
    }
    /* The program by its name, not by the path it was found at; anything that a shell
     * would split is quoted, so that the line can be pasted. */
    char *end = cli->command_line + sprintf(cli->command_line, "pelrate");
    for (int i = 1; i < argc; i++) {
        const int quote =
            argv[i][0] == '\0' || strpbrk(argv[i], " \t'\"$*?;&|<>()") != NULL;
        end += sprintf(end, quote ? " '%s'" : " %s", argv[i]);
    }
    return CLI_DONE;
}

void cli_end(struct cli *cli)
{
    for (size_t i = cli->n_owned; i-- > 0;)
        free(cli->owned[i]);
    free(cli->owned);
}

static int out_of_memory(const struct cli *cli)
{
    fprintf(stderr, "pelrate %s: out of memory\n", cli->command->name);
    return CLI_FAILED;
}

/* "A,B,C", or "A:B:n": n evenly spaced values from A to B. */
static int parse_list(struct cli *cli, const struct cli_option *option, const char *text)
{
    struct cli_list *list = option->target;
    size_t parts = 1;
    const char separator = strchr(text, ':') != NULL ? ':' : ',';
    for (const char *c = text; *c != '\0'; c++)
        parts += *c == separator;
    double *values = cli_own(cli, calloc(parts, sizeof *values));
    char *copy = cli_own(cli, malloc(strlen(text) + 1));
    if (values == NULL || copy == NULL) return out_of_memory(cli);
    strcpy(copy, text);

    char *part = copy;
    for (size_t i = 0; i < parts; i++) {
        char *end = strchr(part, separator);
        if (end != NULL) *end = '\0';
        if (pel_text_to_double(part, &values[i]) != 0)
            return cli_usage(cli, "--%s: '%s' is not a finite number", option->name,
                             part);
        if (end != NULL) part = end + 1;
    }
    if (separator == ',') {
        *list = (struct cli_list){.n = parts, .values = values};
        return CLI_DONE;
    }

    const double count = parts == 3 ? values[2] : 0.0;
    if (!(count >= 2.0 && count <= 1e6) || count != (double)(size_t)count)
        return cli_usage(cli,
                         "--%s: '%s', expected A:B:n with an integer n of 2 to 1000000",
                         option->name, text);
    const size_t n = (size_t)count;
    double *grid = cli_own(cli, calloc(n, sizeof *grid));
    if (grid == NULL) return out_of_memory(cli);
    for (size_t i = 0; i < n; i++) {
        const double s = (double)i / (double)(n - 1);
        /* 14 digits: -4.665 and not -4.664999999999999, as one would have typed it. */
        char rounded[PEL_TEXT_DOUBLE];
        snprintf(rounded, sizeof rounded, "%.14g", (1.0 - s) * values[0] + s * values[1]);
        grid[i] = strtod(rounded, NULL);
    }
    *list = (struct cli_list){.n = n, .values = grid};
    return CLI_DONE;
}

static int parse_texts(struct cli *cli, const struct cli_option *option, char *text)
{
    struct cli_texts *texts = option->target;
    size_t n = 1;
    for (const char *c = text; *c != '\0'; c++)
        n += *c == ',';
    const char **values = cli_own(cli, calloc(n, sizeof *values));
    if (values == NULL) return out_of_memory(cli);
    for (size_t i = 0; i < n; i++) {
        values[i] = text;
        char *comma = strchr(text, ',');
        if (comma != NULL) *comma = '\0';
        if (*values[i] == '\0')
            return cli_usage(cli, "--%s: an empty name in the list", option->name);
        if (comma != NULL) text = comma + 1;
    }
    *texts = (struct cli_texts){.n = n, .values = values};
    return CLI_DONE;
}

static int take_option(struct cli *cli, const struct cli_option *option, char *text)
{
    switch (option->kind) {
    case CLI_FLAG:
        *(int *)option->target = 1;
        return CLI_DONE;
    case CLI_TEXT:
        *(const char **)option->target = text;
        return CLI_DONE;
    case CLI_NUMBER:
        if (pel_text_to_double(text, option->target) == 0) return CLI_DONE;
        return cli_usage(cli, "--%s: '%s' is not a finite number", option->name, text);
    case CLI_INTEGER:
        if (pel_text_to_long(text, option->target) == 0) return CLI_DONE;
        return cli_usage(cli, "--%s: '%s' is not an integer", option->name, text);
    case CLI_LIST:
        return parse_list(cli, option, text);
    case CLI_TEXTS:
        return parse_texts(cli, option, text);
    }
    return CLI_FAILED;
}

/* The table of a sub-command and the common options that it takes, as one. */
static size_t collect(struct cli *cli, const struct cli_option *options, unsigned common,
                      struct cli_option *all)
{
    const struct {
        unsigned group;
        struct cli_option option;
    } shared[] = {
        {CLI_WITH_OUTPUT,
         {"output", CLI_TEXT, &cli->output, "FILE",
          "write here (default: standard output)"}},
        {CLI_WITH_OUTPUT | CLI_WITH_PLOT,
         {"force", CLI_FLAG, &cli->force, NULL, "replace output files that exist"}},
        {CLI_WITH_PLOT,
         {"plot", CLI_TEXT, &cli->plot, "FILE", "draw it: FILE.svg, .png or .pdf"}},
        {CLI_WITH_PLOT,
         {"keep-gnuplot", CLI_FLAG, &cli->keep_gnuplot, NULL,
          "keep the script as FILE.gnuplot"}},
        {CLI_WITH_SEED,
         {"seed", CLI_INTEGER, &cli->seed, "N",
          "seed of the random numbers (default: 1)"}},
        {CLI_WITH_THREADS,
         {"threads", CLI_INTEGER, &cli->threads, "N",
          "threads (default: one for each core)"}},
        {~0u, {"quiet", CLI_FLAG, &cli->quiet, NULL, "no remarks, no progress"}},
        {~0u, {"verbose", CLI_FLAG, &cli->verbose, NULL, "tell what the solvers did"}},
    };
    size_t n = 0;
    while (options[n].name != NULL)
        n++;
    if (all != NULL) memcpy(all, options, n * sizeof *all);
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
        if ((shared[i].group & common) == 0 && shared[i].group != ~0u) continue;
        if (all != NULL) all[n] = shared[i].option;
        n++;
    }
    return n;
}

static void print_help(const struct cli *cli, poptContext context)
{
    printf("pelrate %s: %s\n\n", cli->command->name, cli->command->summary);
    fflush(stdout);
    poptPrintHelp(context, stdout, 0);
    if (cli->command->details != NULL) printf("\n%s", cli->command->details);
}

int cli_parse(struct cli *cli, const struct cli_option *options, unsigned common,
              int argc, const char **argv, size_t min, size_t max, size_t *n_operands,
              const char *const **operands, int *finished)
{
    *finished = 0;
    *n_operands = 0;
    const size_t n = collect(cli, options, common, NULL);
    struct cli_option *all = cli_own(cli, calloc(n + 1, sizeof *all));
    struct poptOption *popt = cli_own(cli, calloc(n + 2, sizeof *popt));
    const char **found = cli_own(cli, calloc((size_t)argc + 1, sizeof *found));
    char *name = cli_own(cli, malloc(strlen(cli->command->name) + 16));
    if (all == NULL || popt == NULL || found == NULL || name == NULL)
        return out_of_memory(cli);
    collect(cli, options, common, all);
    cli->common = common;
    for (size_t i = 0; i < n; i++)
        popt[i] = (struct poptOption){
            .longName = all[i].name,
            .shortName = strcmp(all[i].name, "output") == 0 ? 'o' : '\0',
            .argInfo = all[i].kind == CLI_FLAG ? POPT_ARG_NONE : POPT_ARG_STRING,
            .val = (int)i + 1,
            .descrip = all[i].help,
            .argDescrip = all[i].argument};
    popt[n] = (struct poptOption){.longName = "help",
                                  .shortName = 'h',
                                  .argInfo = POPT_ARG_NONE,
                                  .val = (int)n + 1,
                                  .descrip = "show this help"};

    sprintf(name, "pelrate %s", cli->command->name);
    /* popt's help calls the program by its first word. */
    const char **words = cli_own(cli, calloc((size_t)argc + 1, sizeof *words));
    if (words == NULL) return out_of_memory(cli);
    memcpy(words, argv, (size_t)argc * sizeof *words);
    words[0] = name;
    poptContext context = poptGetContext(name, argc, words, popt, 0);
    if (context == NULL) return out_of_memory(cli);
    char *operand_help = cli_own(cli, malloc(strlen(cli->command->operands) + 16));
    int status = operand_help != NULL ? CLI_DONE : out_of_memory(cli);
    if (operand_help != NULL) {
        sprintf(operand_help, "[OPTION...] %s", cli->command->operands);
        poptSetOtherOptionHelp(context, operand_help);
    }
    int value;
    while (status == CLI_DONE && (value = poptGetNextOpt(context)) > 0) {
        char *text = cli_own(cli, poptGetOptArg(context));
        if ((size_t)value == n + 1) {
            print_help(cli, context);
            *finished = 1;
            break;
        }
        status = take_option(cli, &all[value - 1], text);
    }
    if (status == CLI_DONE && !*finished && value < -1)
        status = cli_usage(cli, "%s: %s", poptBadOption(context, POPT_BADOPTION_NOALIAS),
                           poptStrerror(value));
    const char **rest = status == CLI_DONE && !*finished ? poptGetArgs(context) : NULL;
    for (; rest != NULL && *rest != NULL; rest++) {
        char *copy = cli_own(cli, malloc(strlen(*rest) + 1));
        if (copy == NULL) {
            status = out_of_memory(cli);
            break;
        }
        found[(*n_operands)++] = strcpy(copy, *rest);
    }
    poptFreeContext(context);
    if (status != CLI_DONE || *finished) return status;
    if (*n_operands < min || *n_operands > max)
        return cli_usage(cli, "%zu operands, expected %s", *n_operands,
                         cli->command->operands[0] != '\0' ? cli->command->operands
                                                           : "none");
    if (cli->plot != NULL && !cli_plot_can(cli->plot))
        return cli_usage(cli, "--plot: '%s', expected .svg, .png or .pdf", cli->plot);
    if (cli->keep_gnuplot && cli->plot == NULL)
        return cli_usage(cli, "--keep-gnuplot without --plot");
    if (cli->threads < 0) return cli_usage(cli, "--threads: expected 1 or more");
    *operands = cli->operands = found;
    cli->n_operands = *n_operands;
    return CLI_DONE;
}

int cli_is_same_file(const char *a, const char *b)
{
    struct stat at, bt;
    return stat(a, &at) == 0 && stat(b, &bt) == 0 && S_ISREG(at.st_mode) &&
           at.st_dev == bt.st_dev && at.st_ino == bt.st_ino;
}

/* One output: its path, and what it shares no name with. */
static int check_output(const struct cli *cli, const char *path, size_t n,
                        const char *const others[])
{
    struct stat info;
    if (path == NULL || strcmp(path, "-") == 0) return CLI_DONE;
    for (size_t i = 0; i < n; i++)
        if (others[i] != NULL && strcmp(path, others[i]) == 0)
            return cli_usage(cli, "'%s' is the name of two outputs", path);
    for (size_t i = 0; cli->force && i < cli->n_operands; i++)
        if (cli_is_same_file(path, cli->operands[i]))
            return cli_usage(cli, "'%s' is an input, expected another name", path);
    if (cli->force || stat(path, &info) != 0 || !S_ISREG(info.st_mode)) return CLI_DONE;
    struct pel_error err = {0};
    pel_error_at(&err, PEL_EEXIST, path, 0,
                 "exists already, expected a new name (or --force)");
    return cli_fail(cli, &err);
}

int cli_outputs_check(struct cli *cli, size_t n, const char *const paths[])
{
    const char **all = cli_own(cli, calloc(n + 3, sizeof *all));
    if (all == NULL) return out_of_memory(cli);
    for (size_t i = 0; i < n; i++)
        all[i] = paths[i];
    all[n] = cli->output;
    all[n + 1] = cli->plot;
    if (cli->keep_gnuplot) {
        char *script = cli_own(cli, malloc(strlen(cli->plot) + sizeof ".gnuplot"));
        if (script == NULL) return out_of_memory(cli);
        all[n + 2] = strcat(strcpy(script, cli->plot), ".gnuplot");
    }
    int status = CLI_DONE;
    for (size_t i = 0; status == CLI_DONE && i < n + 3; i++)
        status = check_output(cli, all[i], i, all);
    return status;
}

int cli_names_check(struct cli *cli, const char *checkpoint, size_t n,
                    const char *const paths[], size_t n_inputs,
                    const char *const inputs[])
{
    const int status = cli_outputs_check(cli, n, paths);
    if (status != CLI_DONE) return status;
    for (size_t i = 0; i < n + 2; i++) {
        const char *output = i < n ? paths[i] : i == n ? cli->output : checkpoint;
        if (output == NULL) continue;
        for (size_t k = 0; k < n_inputs; k++)
            if (inputs[k] != NULL && cli_is_same_file(output, inputs[k]))
                return cli_usage(cli, "'%s' is an input, expected another name", output);
        if (i <= n && checkpoint != NULL && strcmp(output, checkpoint) == 0)
            return cli_usage(cli, "'%s' is the name of two outputs", checkpoint);
    }
    return CLI_DONE;
}

pel_status cli_output_try(const struct cli *cli, const char *path, struct pel_error *err)
{
    if (path == NULL) return PEL_OK;
    struct pel_output *output = NULL;
    const pel_status status = pel_output_open(
        path, cli->force ? PEL_OUTPUT_REPLACE : PEL_OUTPUT_NEW, &output, err);
    pel_output_discard(output);
    return status;
}

pel_status cli_open(const struct cli *cli, const char *path, const char *format,
                    size_t n_inputs, const char *const inputs[], struct pel_output **out,
                    struct pel_error *err)
{
    for (size_t i = 0; path != NULL && i < n_inputs; i++)
        if (cli_is_same_file(path, inputs[i]))
            return pel_error_set(err, PEL_EARG, "'%s' is an input, expected another name",
                                 path);
    pel_status status =
        pel_output_open(path, cli->force ? PEL_OUTPUT_REPLACE : PEL_OUTPUT_NEW, out, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(*out);
    status =
        pel_provenance_begin(stream, format, cli->command_line, n_inputs, inputs, err);
    if (status != PEL_OK) {
        pel_output_discard(*out);
        *out = NULL;
    } else if (cli->common & CLI_WITH_SEED) {
        pel_provenance_put(stream, "seed", "%lld", cli->seed);
    }
    return status;
}

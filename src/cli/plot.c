#include "plot.h"

#include <errno.h>
#include <math.h>
#include <pelrate/provenance.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Sizes differ so that letters and lines keep their size relative to the picture. */
static const struct terminal {
    const char *extension;
    const char *command;
} terminals[] = {
    {"svg",
     "svg size 960,720 enhanced rounded font 'sans-serif,15' background '#ffffff'"},
    {"png", "pngcairo size 1440,1080 enhanced rounded font 'sans-serif,17' linewidth 1.5 "
            "pointscale 1.5 background '#ffffff'"},
    {"pdf",
     "pdfcairo size 19.2cm,14.4cm enhanced rounded font 'sans-serif,11' linewidth 1.2 "
     "pointscale 0.6 background '#ffffff'"},
};

/* What all pictures share: quiet axes, data in front, a true minus sign. */
static const char style[] = "set encoding utf8\n"
                            "set minussign\n"
                            "set border linewidth 1 linecolor rgb '#404040'\n"
                            "set tics nomirror out scale 0.7 textcolor rgb '#202020'\n"
                            "set key opaque samplen 2.5 spacing 1.15\n"
                            "set style fill solid border\n";

struct cli_plot {
    char *path; /* of the picture, owned */
    const struct terminal *terminal;
    const char *command_line;   /* for the kept script, borrowed */
    struct pel_output *picture; /* owned */
    struct pel_output *kept;    /* owned; NULL without --keep-gnuplot */
    FILE *script;               /* into text */
    char *text;                 /* owned; valid once script is closed */
    size_t size;                /* of text */
};

static const struct terminal *terminal_of(const char *path)
{
    const char *name = strrchr(path, '/');
    const char *dot = strrchr(name != NULL ? name : path, '.');
    if (dot == NULL) return NULL;
    for (size_t i = 0; i < sizeof terminals / sizeof terminals[0]; i++)
        if (strcmp(dot + 1, terminals[i].extension) == 0) return &terminals[i];
    return NULL;
}

int cli_plot_can(const char *path)
{
    return terminal_of(path) != NULL;
}

void cli_plot_discard(struct cli_plot *plot)
{
    if (plot == NULL) return;
    if (plot->script != NULL) fclose(plot->script);
    pel_output_discard(plot->picture);
    pel_output_discard(plot->kept);
    free(plot->text);
    free(plot->path);
    free(plot);
}

pel_status cli_plot_open(const struct cli *cli, struct cli_plot **out,
                         struct pel_error *err)
{
    *out = NULL;
    struct cli_plot *plot = calloc(1, sizeof *plot);
    if (plot == NULL) return pel_error_set(err, PEL_ENOMEM, "plot");
    const enum pel_output_mode mode = cli->force ? PEL_OUTPUT_REPLACE : PEL_OUTPUT_NEW;
    plot->terminal = terminal_of(cli->plot);
    plot->command_line = cli->command_line;
    plot->path = malloc(strlen(cli->plot) + sizeof ".gnuplot");
    pel_status status = PEL_OK;
    if (plot->terminal == NULL)
        status = pel_error_set(err, PEL_EARG, "--plot: '%s', expected .svg, .png or .pdf",
                               cli->plot);
    else if (plot->path == NULL ||
             (plot->script = open_memstream(&plot->text, &plot->size)) == NULL)
        status = pel_error_set(err, PEL_ENOMEM, "plot");
    if (status == PEL_OK) status = pel_output_open(cli->plot, mode, &plot->picture, err);
    if (status == PEL_OK && cli->keep_gnuplot) {
        strcat(strcpy(plot->path, cli->plot), ".gnuplot");
        status = pel_output_open(plot->path, mode, &plot->kept, err);
    }
    if (status != PEL_OK) {
        cli_plot_discard(plot);
        return status;
    }
    strcpy(plot->path, cli->plot);
    fputs(style, plot->script);
    *out = plot;
    return PEL_OK;
}

FILE *cli_plot_script(struct cli_plot *plot)
{
    return plot->script;
}

static void put_escaped(FILE *script, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\'') fputc('\'', script);
        /* What enhanced text would take for markup. */
        if (strchr("_^{}@&~\\", *c) != NULL) fputc('\\', script);
        fputc(*c == '\n' ? ' ' : *c, script);
    }
}

void cli_plot_title(FILE *script, const char *title, const char *subtitle)
{
    /* A line break needs double quotes; one quoted string is joined to the other. */
    fputs("set title '{/:Bold ", script);
    put_escaped(script, title);
    fprintf(script, "}'.\"\\n\".'{/*0.85 %s}' textcolor rgb '#202020'\n", subtitle);
}

void cli_plot_row(FILE *script, size_t n, const double values[])
{
    for (size_t i = 0; i < n; i++) {
        if (isfinite(values[i]))
            fprintf(script, "%s%.9g", i > 0 ? " " : "", values[i]);
        else
            fprintf(script, "%sNaN", i > 0 ? " " : "");
    }
    fputc('\n', script);
}

const char *cli_plot_number(char buffer[CLI_PLOT_NUMBER], double value)
{
    snprintf(buffer, CLI_PLOT_NUMBER, "%s%.6g", value < 0.0 ? "−" : "", fabs(value));
    return buffer;
}

const char *cli_plot_colour(size_t k, size_t n)
{
    static const char *const colours[] = {
        "#313695", "#2e5aa6", "#2c7fb8", "#238ea3", "#1a9e8f", "#4a9e4c", "#7a9f0a",
        "#a99705", "#d98f00", "#d85f0f", "#d7301f", "#b12534", "#8b1a4a"};
    const size_t count = sizeof colours / sizeof colours[0];
    if (n < 2) return colours[2];
    if (n > count) return colours[k % count];
    return colours[k * (count - 1) / (n - 1)];
}

/* Run gnuplot: script on its standard input, picture from its standard output. The
 * picture comes through a pipe, because gnuplot does not notice a disk that is full; we
 * do. Returns its exit status, -1 when it could not be run. */
static int run_gnuplot(FILE *script, FILE *picture, FILE *complaints)
{
    int ends[2];
    if (pipe(ends) != 0) return -1;
    const pid_t child = fork();
    if (child == 0) {
        if (dup2(fileno(script), STDIN_FILENO) < 0 || dup2(ends[1], STDOUT_FILENO) < 0 ||
            dup2(fileno(complaints), STDERR_FILENO) < 0)
            _exit(126);
        close(ends[0]);
        close(ends[1]);
        /* -d: whatever the user's own start-up file sets, the picture stays the same. */
        execlp("gnuplot", "gnuplot", "-d", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    char buffer[1 << 16];
    ssize_t n = 0;
    size_t total = 0;
    while (child > 0 &&
           ((n = read(ends[0], buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR)))
        if (n > 0) total += fwrite(buffer, 1, (size_t)n, picture);
    close(ends[0]);
    int status;
    while (child > 0 && waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    if (child < 0 || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status) == 0 && total == 0 && !ferror(picture)
               ? -1
               : WEXITSTATUS(status);
}

/* The line of gnuplot's complaint that says what is wrong. */
static void complaint_of(FILE *complaints, char *text, size_t size)
{
    char line[256];
    *text = '\0';
    rewind(complaints);
    while (fgets(line, sizeof line, complaints) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        const char *start = line + strspn(line, " \t^");
        const char *colon = strstr(start, "line ");
        if (*start != '\0' && (*text == '\0' || colon != NULL))
            snprintf(text, size, "%.200s", start);
    }
}

static pel_status draw(struct cli_plot *plot, FILE *script, FILE *complaints,
                       struct pel_error *err)
{
    FILE *picture = pel_output_stream(plot->picture);
    fprintf(script, "set terminal %s\n", plot->terminal->command);
    fwrite(plot->text, 1, plot->size, script);
    if (fflush(script) != 0 || fseek(script, 0, SEEK_SET) != 0)
        return pel_error_at(err, PEL_EIO, plot->path, 0, "not drawn: %s",
                            strerror(errno));

    const int status = run_gnuplot(script, picture, complaints);
    if (status == 127)
        return pel_error_at(err, PEL_EIO, plot->path, 0,
                            "not drawn: gnuplot is not installed");
    if (status != 0) {
        char complaint[256];
        complaint_of(complaints, complaint, sizeof complaint);
        return pel_error_at(err, PEL_EIO, plot->path, 0, "not drawn by gnuplot: %s",
                            complaint[0] != '\0' ? complaint : "nothing came");
    }
    return PEL_OK;
}

static pel_status keep(struct cli_plot *plot, struct pel_error *err)
{
    FILE *stream = pel_output_stream(plot->kept);
    const char *name = strrchr(plot->path, '/');
    name = name != NULL ? name + 1 : plot->path;
    fprintf(stream,
            "# pelrate: %s\n# command: %s\n"
            "# `gnuplot` with the name of this file makes the picture again, in the\n"
            "# present folder.\n",
            pel_version(), plot->command_line);
    fprintf(stream, "set terminal %s\nset output ", plot->terminal->command);
    fputc('\'', stream);
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '\'') fputc('\'', stream);
        fputc(*c, stream);
    }
    fputs("'\n", stream);
    fwrite(plot->text, 1, plot->size, stream);
    fputs("unset output\n", stream);
    struct pel_output *output = plot->kept;
    plot->kept = NULL;
    return pel_output_commit(output, err);
}

pel_status cli_plot_draw(struct cli_plot *plot, struct pel_error *err)
{
    const int failed = fclose(plot->script) != 0;
    plot->script = NULL;
    FILE *script = tmpfile();
    FILE *complaints = tmpfile();
    pel_status status = PEL_OK;
    if (failed || script == NULL || complaints == NULL)
        status = pel_error_at(err, PEL_EIO, plot->path, 0,
                              "not drawn: no room for the script");
    /* The script first: when gnuplot fails or is missing, it is what the user needs. */
    if (status == PEL_OK && plot->kept != NULL) status = keep(plot, err);
    if (status == PEL_OK) status = draw(plot, script, complaints, err);
    if (status == PEL_OK) {
        struct pel_output *output = plot->picture;
        plot->picture = NULL;
        status = pel_output_commit(output, err);
    }
    if (script != NULL) fclose(script);
    if (complaints != NULL) fclose(complaints);
    cli_plot_discard(plot);
    return status;
}

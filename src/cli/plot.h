#ifndef PEL_CLI_PLOT_H
#define PEL_CLI_PLOT_H

#include "command.h"

#include <stddef.h>
#include <stdio.h>

/* Pictures, drawn by gnuplot: a sub-command writes a script with its data inline, gnuplot
 * turns it into the file of --plot, whose extension (.svg, .png, .pdf) says what it is.
 * The picture is there whole or not at all, as every output; --keep-gnuplot keeps the
 * script as FILE.gnuplot, which makes the picture again when gnuplot is given it. */
struct cli_plot;

/* Whether gnuplot has a terminal for the extension of path. */
int cli_plot_can(const char *path);

/* Start a picture: the file is that of cli->plot. The script gets the terminal and the
 * style that all pictures share. Errors: as pel_output_open; PEL_ENOMEM. */
pel_status cli_plot_open(const struct cli *cli, struct cli_plot **out,
                         struct pel_error *err);

/* Where the script goes. Borrowed. */
FILE *cli_plot_script(struct cli_plot *plot);

/* `set title`: a line in bold, shown as it is, and a smaller one below that may hold
 * gnuplot's markup (without single quotes). */
void cli_plot_title(FILE *script, const char *title, const char *subtitle);

/* One row of an inline data block; NaN is written so that gnuplot
 * breaks the line there. */
void cli_plot_row(FILE *script, size_t n, const double values[]);

/* A number for a title or a key, with a true minus sign. Returns buffer. */
enum { CLI_PLOT_NUMBER = 32 };
const char *cli_plot_number(char buffer[CLI_PLOT_NUMBER], double value);

/* Let gnuplot draw and give the files their names. Releases plot either way.
 * Errors: PEL_EIO gnuplot is not installed or complains (the message is gnuplot's own);
 * as pel_output_commit. */
pel_status cli_plot_draw(struct cli_plot *plot, struct pel_error *err);

/* Give up. NULL is allowed. */
void cli_plot_discard(struct cli_plot *plot);

/* Colour k of n in a row from cold and slow to warm and fast, "#rrggbb"; readable on
 * white and with impaired colour vision. */
const char *cli_plot_colour(size_t k, size_t n);

#endif /* PEL_CLI_PLOT_H */

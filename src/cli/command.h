#ifndef PEL_CLI_COMMAND_H
#define PEL_CLI_COMMAND_H

#include <pelrate/output.h>
#include <pelrate/progress.h>
#include <pelrate/status.h>

/* The frame that every sub-command stands in: options from one table, exit statuses,
 * messages, outputs with their provenance. A sub-command is one file, cmd_<name>.c, that
 * defines `const struct cli_command cli_<name>` and is listed in commands.h. */

/* Exit statuses of the program. */
enum cli_exit {
    CLI_DONE = 0,   /* done */
    CLI_FAILED = 1, /* the computation failed */
    CLI_USAGE = 2,  /* bad usage */
    CLI_INPUT = 3   /* bad input file */
};

struct cli;

struct cli_command {
    const char *name;     /* "dsc" */
    const char *summary;  /* one line for `pelrate --help` */
    const char *operands; /* what follows the options: "LANDSCAPE" */
    const char *details;  /* for --help: what is computed, columns, one worked example */
    int (*run)(struct cli *cli, int argc, const char **argv); /* an enum cli_exit */
};

/* Values of an option that takes a list "A,B,C" or an even grid "A:B:n". */
struct cli_list {
    size_t n;       /* how many */
    double *values; /* [n]; owned by the cli */
};

/* What an option's text must be, and the type of its target. */
enum cli_kind {
    CLI_FLAG,    /* no argument; int *, set to 1 */
    CLI_TEXT,    /* const char **, owned by the cli */
    CLI_NUMBER,  /* double *, finite */
    CLI_INTEGER, /* long long * */
    CLI_LIST,    /* struct cli_list * */
    CLI_TEXTS    /* struct cli_texts *: comma-separated */
};

/* Comma-separated texts: "Cu,Zr". */
struct cli_texts {
    size_t n;            /* how many */
    const char **values; /* [n]; owned by the cli */
};

/* One line of a sub-command's table of options. The table ends with {0}. */
struct cli_option {
    const char *name; /* long name without dashes */
    enum cli_kind kind;
    void *target;         /* left as it is when the option is not given */
    const char *argument; /* name of the argument in the help, with its unit: "K" */
    const char *help;     /* one line, with the default */
};

/* State of one run of a sub-command; everything it holds is released by main. */
struct cli {
    const struct cli_command *command;
    char *command_line;           /* the whole command line, for provenance */
    const char *output;           /* -o; NULL: standard output */
    const char *plot;             /* --plot; NULL: none */
    int force;                    /* --force */
    int keep_gnuplot;             /* --keep-gnuplot */
    int quiet;                    /* --quiet */
    int verbose;                  /* --verbose */
    long long seed;               /* --seed */
    long long threads;            /* --threads; 0: all */
    size_t n_operands;            /* files that are read, mostly */
    const char *const *operands;  /* [n_operands] owned */
    unsigned common;              /* groups of common options that the command takes */
    struct pel_progress progress; /* bar on a terminal, stops at SIGINT and SIGTERM */
    void **owned;                 /* memory released at the end */
    size_t n_owned;
};

/* Which of the common options a sub-command takes beside its own. */
enum cli_common {
    CLI_WITH_OUTPUT = 1, /* -o/--output, --force */
    CLI_WITH_PLOT = 2,   /* --plot, --keep-gnuplot */
    CLI_WITH_SEED = 4,   /* --seed */
    CLI_WITH_THREADS = 8 /* --threads */
};

/* Parse options and operands. --help prints and sets *finished.
 * Returns CLI_DONE or CLI_USAGE (the message has been printed).
 *   operands   receives the n_operands texts (owned by the cli), at least min, at most
 * max */
int cli_parse(struct cli *cli, const struct cli_option *options, unsigned common,
              int argc, const char **argv, size_t min, size_t max, size_t *n_operands,
              const char *const **operands, int *finished);

/* "pelrate NAME: message" on standard error; the exit status that belongs to it. */
int cli_fail(const struct cli *cli, const struct pel_error *err);
int cli_usage(const struct cli *cli, const char *format, ...) PEL_PRINTF(2, 3);
/* A remark on standard error unless --quiet. */
void cli_note(const struct cli *cli, const char *format, ...) PEL_PRINTF(2, 3);

/* Before a long computation: whether its outputs can be written in the end. Looks at -o,
 * --plot with the script that is kept, and n further paths (NULL: not wanted): none may
 * exist already without --force, be asked for twice, nor (even with --force) be an
 * operand. Returns CLI_DONE or CLI_USAGE (the message has been printed). */
int cli_outputs_check(struct cli *cli, size_t n, const char *const paths[]);

/* The same for a command with a checkpoint (NULL: none), which is removed in the end, and
 * inputs that are no operands (NULL: not given): no output nor the checkpoint may be one of
 * them, no output the checkpoint. With one name for two, the later would not be written,
 * hours later, or the checkpoint take the result with it. */
int cli_names_check(struct cli *cli, const char *checkpoint, size_t n,
                    const char *const paths[], size_t n_inputs,
                    const char *const inputs[]);

/* Whether an output (NULL: none) can be written, before hours are spent on what goes into
 * it. Errors: those of pel_output_open. */
pel_status cli_output_try(const struct cli *cli, const char *path, struct pel_error *err);

/* Whether two names are of one regular file that exists, also through a link. */
int cli_is_same_file(const char *a, const char *b);

/* Keep memory until the end of the run. Returns it; NULL stays NULL. */
void *cli_own(struct cli *cli, void *memory);

/* Open an output (path NULL: standard output; honours --force) and write its provenance:
 * format, version, command line, inputs with their hashes, the seed if the command takes
 * one. Errors: those of pel_output_open; PEL_EARG the output is one of the inputs. */
pel_status cli_open(const struct cli *cli, const char *path, const char *format,
                    size_t n_inputs, const char *const inputs[], struct pel_output **out,
                    struct pel_error *err);

/* Fill cli->progress for a job: `what` is shown before the bar. */
void cli_progress_start(struct cli *cli, const char *what);
void cli_progress_end(struct cli *cli);

/* For main: before and after the run of a sub-command. */
int cli_init(struct cli *cli, const struct cli_command *command, int argc, char **argv);
void cli_end(struct cli *cli);

#endif /* PEL_CLI_COMMAND_H */

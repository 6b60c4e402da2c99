#include "command.h"
#include "commands.h"

#include <pelrate/provenance.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define CLI_DECLARE(name) extern const struct cli_command cli_##name;
CLI_COMMANDS(CLI_DECLARE)
#undef CLI_DECLARE

static const struct cli_command *const commands[] = {
#define CLI_ENTRY(name) &cli_##name,
    CLI_COMMANDS(CLI_ENTRY)
#undef CLI_ENTRY
        NULL};

static void print_help(FILE *stream)
{
    fputs("Usage: pelrate COMMAND [OPTION...] [OPERAND...]\n"
          "How does this glass age? From the barriers of its energy landscape to DSC "
          "scans\n"
          "and ageing maps, and from an interatomic potential to the "
          "barriers.\n\nCommands:\n",
          stream);
    for (size_t i = 0; commands[i] != NULL; i++)
        fprintf(stream, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fputs(
        "\n`pelrate COMMAND --help` tells the options of one command with a worked "
        "example.\n"
        "`pelrate --version` tells the version.\n"
        "Exit status: 0 done, 1 the computation failed, 2 bad usage, 3 bad input file.\n",
        stream);
}

/* Standard output is checked: a help text cut off by a full disk is a failure too. */
static int finish_stdout(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return CLI_DONE;
    fputs("pelrate: standard output: cannot write\n", stderr);
    return CLI_FAILED;
}

int main(int argc, char **argv)
{
#ifdef SIGXFSZ
    /* A limit on the size of files is a failed write, which is told, and no sudden end. */
    signal(SIGXFSZ, SIG_IGN);
#endif
    if (argc < 2) {
        print_help(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return finish_stdout();
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("pelrate %s\n", pel_version());
        return finish_stdout();
    }
    for (size_t i = 0; commands[i] != NULL; i++) {
        if (strcmp(argv[1], commands[i]->name) != 0) continue;
        struct cli cli;
        int status = cli_init(&cli, commands[i], argc, argv);
        if (status == CLI_DONE)
            status = commands[i]->run(&cli, argc - 1, (const char **)(argv + 1));
        cli_end(&cli);
        return status != CLI_DONE ? status : finish_stdout();
    }
    fprintf(stderr, "pelrate: unknown command '%s', see 'pelrate --help'\n", argv[1]);
    return CLI_USAGE;
}

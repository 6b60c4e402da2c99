#include "structure_write.h"

#include <pelrate/provenance.h>

#include <stdlib.h>
#include <string.h>

/* NAME.data and NAME.lmp are LAMMPS data, as people name them; everything else (standard
 * output too) is extended XYZ. */
static int is_lammps(const char *path)
{
    const char *end = path != NULL ? strrchr(path, '.') : NULL;
    return end != NULL && (strcmp(end, ".data") == 0 || strcmp(end, ".lmp") == 0);
}

pel_status cli_structure_write(const struct cli *cli, const char *path,
                               enum pel_output_mode mode,
                               const struct pel_structure *structure, const char *keys,
                               struct pel_error *err)
{
    /* Quotes of the command line are escaped for the quotes around it. */
    const size_t size = 2 * strlen(cli->command_line) + strlen(keys) + 256;
    char *text = malloc(size);
    if (text == NULL) return pel_error_set(err, PEL_ENOMEM, "a comment line");
    int at = snprintf(text, size, "%s", keys);
    at += snprintf(text + at, size - (size_t)at, " seed=%lld pelrate=%s command=\"",
                   cli->seed, pel_version());
    for (const char *c = cli->command_line; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') text[at++] = '\\';
        text[at++] = *c == '\n' ? ' ' : *c;
    }
    text[at++] = '"';
    text[at] = '\0';

    struct pel_output *output = NULL;
    pel_status status = pel_output_open(path, mode, &output, err);
    if (status == PEL_OK)
        status =
            (is_lammps(path) ? pel_structure_write_lammps : pel_structure_write_extxyz)(
                structure, pel_output_stream(output), text, err);
    free(text);
    /* What a write failed for, commit says, with the name of the file. */
    if (status != PEL_OK && status != PEL_EIO) {
        pel_output_discard(output);
        return status;
    }
    if (output == NULL) return status;
    return pel_output_commit(output, err);
}

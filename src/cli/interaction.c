#include "interaction.h"

#include <pelrate/provenance.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cli_interaction_check(const struct cli *cli, const struct cli_interaction *it)
{
    const char *engine = it->engine != NULL ? it->engine : "builtin";
    size_t k = 0;
    while (pel_potential_engine_name(k) != NULL &&
           strcmp(pel_potential_engine_name(k), engine) != 0)
        k++;
    if (pel_potential_engine_name(k) == NULL)
        return cli_usage(cli, "--engine: '%s', expected builtin, lammps or kim", engine);
    const int builtin = k == 0;
    const struct {
        const char *option, *value, *engine;
    } parts[] = {{"potential", it->table, "builtin"},
                 {"style", it->style, "builtin"},
                 {"lammps-commands", it->commands, "lammps"},
                 {"lammps-script", it->script, "lammps"},
                 {"lammps-launch", it->launch, "lammps"},
                 {"lammps-worker", it->worker, "lammps"},
                 {"kim-model", it->model, "kim"},
                 {"kernel", it->kernel, "builtin"}};
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
        if (parts[p].value != NULL && strcmp(parts[p].engine, engine) != 0)
            return cli_usage(cli, "--%s is for --engine %s", parts[p].option,
                             parts[p].engine);
    for (k = 0; it->kernel != NULL; k++) {
        const char *name = pel_potential_kernel_name(k);
        if (name == NULL)
            return cli_usage(cli, "--kernel: '%s', which this processor does not have",
                             it->kernel);
        if (strcmp(name, it->kernel) == 0) break;
    }
    if (builtin && it->table == NULL) return cli_usage(cli, "--potential is missing");
    if (strcmp(engine, "lammps") == 0 && (it->commands == NULL) == (it->script == NULL))
        return cli_usage(
            cli, it->script == NULL
                     ? "--lammps-commands is missing"
                     : "--lammps-commands and --lammps-script: expected one of them");
    if (strcmp(engine, "kim") == 0 && it->model == NULL)
        return cli_usage(cli, "--kim-model is missing");
    return CLI_DONE;
}

size_t cli_interaction_inputs(const struct cli_interaction *it,
                              const char *inputs[CLI_INTERACTION_INPUTS])
{
    inputs[0] = it->table != NULL ? it->table : it->script;
    return inputs[0] != NULL;
}

/* A whole file as text, owned by the cli. */
static pel_status read_script(struct cli *cli, const char *path, const char **text,
                              struct pel_error *err)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return pel_error_at(err, PEL_EOPEN, path, 0, "cannot open: %s", strerror(errno));
    size_t n = 0, room = 4096;
    char *all = NULL;
    for (;;) {
        char *more = realloc(all, room);
        if (more == NULL) break;
        all = more;
        n += fread(all + n, 1, room - 1 - n, file);
        if (n < room - 1) break;
        room *= 2;
    }
    const int failed = ferror(file), whole = feof(file);
    fclose(file);
    if (all == NULL || (!whole && !failed)) {
        free(all);
        return pel_error_set(err, PEL_ENOMEM, "%s", path);
    }
    all[n] = '\0';
    *text = cli_own(cli, all);
    if (failed) return pel_error_at(err, PEL_EIO, path, 0, "cannot read");
    if (strlen(all) != n)
        return pel_error_at(err, PEL_EFORMAT, path, 0, "a NUL byte, expected text");
    return PEL_OK;
}

/* pelrate-lammps lies beside pelrate, in the build folder as where it is installed; NULL:
 * it does not, and the library's own idea is asked. */
static const char *worker_beside(struct cli *cli)
{
    static const char name[] = "pelrate-lammps";
    char own[4096];
    const ssize_t n = readlink("/proc/self/exe", own, sizeof own - sizeof name - 1);
    if (n <= 0) return NULL;
    own[n] = '\0';
    char *slash = strrchr(own, '/');
    if (slash == NULL) return NULL;
    strcpy(slash + 1, name);
    return access(own, X_OK) == 0 ? cli_own(cli, strdup(own)) : NULL;
}

pel_status cli_interaction_open(struct cli *cli, const struct cli_interaction *it,
                                size_t n_elements, const char *const elements[],
                                struct pel_potential **out, struct pel_error *err)
{
    *out = NULL;
    struct pel_potential_source source = {.engine = it->engine,
                                          .file = it->table,
                                          .style = it->style,
                                          .commands = it->commands,
                                          .launch = it->launch,
                                          .worker = it->worker,
                                          .model = it->model,
                                          .n_elements = n_elements,
                                          .elements = elements};
    if (it->script != NULL) {
        const pel_status status = read_script(cli, it->script, &source.commands, err);
        if (status != PEL_OK) return status;
    }
    if (it->engine != NULL && strcmp(it->engine, "lammps") == 0 && it->worker == NULL)
        source.worker = worker_beside(cli);
    pel_status status = pel_potential_open(&source, out, err);
    if (status != PEL_OK || it->kernel == NULL) return status;
    status = pel_potential_set_kernel(*out, it->kernel, err);
    if (status == PEL_OK) return PEL_OK;
    pel_potential_free(*out);
    *out = NULL;
    return status;
}

void cli_interaction_put(FILE *stream, const struct pel_potential *potential)
{
    pel_provenance_put(stream, "potential", "%s", pel_potential_style(potential));
    pel_provenance_put(stream, "potential_identity", "%s",
                       pel_potential_identity(potential));
    pel_provenance_put(stream, "kernel", "%s", pel_potential_kernel(potential));
}

#include "potential_priv.h"

#include "eam_priv.h"
#include "structure_priv.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A style whose suffix is "" takes what no other one claims: it comes last. */
static const struct pel_potential_method *const methods[] = {
    &pel_potential_eam_fs,
    &pel_potential_eam_alloy,
};
enum { N_METHODS = sizeof methods / sizeof *methods };

static const struct pel_potential_method *method_of(const char *path, const char *style)
{
    const size_t length = strlen(path);
    for (size_t k = 0; k < N_METHODS; k++) {
        const char *suffix = methods[k]->suffix;
        if (style != NULL) {
            if (strcmp(style, methods[k]->name) == 0) return methods[k];
        } else if (length >= strlen(suffix) &&
                   strcmp(path + length - strlen(suffix), suffix) == 0) {
            return methods[k];
        }
    }
    return NULL;
}

/* Engines that evaluate whole cells; our own comes before them. */
static const struct pel_engine *const engines[] = {
    &pel_engine_lammps,
    &pel_engine_kim,
};
enum { N_ENGINES = sizeof engines / sizeof *engines };

static pel_status check_elements(size_t n, const char *const elements[],
                                 struct pel_error *err)
{
    if (n == 0 || n > PEL_MAX_SPECIES)
        return pel_error_set(err, PEL_EARG, "%zu elements, expected 1 to %d", n,
                             PEL_MAX_SPECIES);
    for (size_t k = 0; k < n; k++)
        if (!pel_structure_name_fits(elements[k]))
            return pel_error_set(err, PEL_EARG, "\"%.40s\" cannot be an element",
                                 elements[k]);
    return PEL_OK;
}

/* The identity of a table is its hash; what came through a pipe is gone, and has none. */
static pel_status identify_file(struct pel_potential *potential, const char *path,
                                struct pel_error *err)
{
    struct stat info;
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode)) {
        const pel_status status = pel_provenance_hash_file(path, potential->hash, err);
        if (status != PEL_OK) return status;
    }
    potential->identity = strdup(potential->hash);
    if (potential->identity == NULL) return pel_error_set(err, PEL_ENOMEM, "%s", path);
    return PEL_OK;
}

pel_status pel_potential_read(const char *path, const char *style, size_t n_elements,
                              const char *const elements[], struct pel_potential **out,
                              struct pel_error *err)
{
    *out = NULL;
    const struct pel_potential_method *method = method_of(path, style);
    if (method == NULL)
        return pel_error_set(
            err, PEL_EARG,
            "unknown potential style \"%.40s\", expected eam/fs or eam/alloy", style);
    pel_status status = check_elements(n_elements, elements, err);
    if (status == PEL_OK) status = method->read(path, n_elements, elements, out, err);
    if (status == PEL_OK) status = identify_file(*out, path, err);
    if (status == PEL_OK) return PEL_OK;
    pel_potential_free(*out);
    *out = NULL;
    return status;
}

/* What is given must belong to the engine. */
static pel_status check_source(const struct pel_potential_source *source,
                               const char *engine, struct pel_error *err)
{
    const struct {
        const char *what, *value, *engine;
    } parts[] = {{"a table", source->file, "builtin"},
                 {"a style", source->style, "builtin"},
                 {"commands", source->commands, "lammps"},
                 {"a launcher", source->launch, "lammps"},
                 {"a worker", source->worker, "lammps"},
                 {"a model", source->model, "kim"}};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        if (parts[k].value != NULL && strcmp(parts[k].engine, engine) != 0)
            return pel_error_set(err, PEL_EARG,
                                 "%s (\"%.80s\") is for the engine %s, not for %s",
                                 parts[k].what, parts[k].value, parts[k].engine, engine);
    return PEL_OK;
}

pel_status pel_potential_open(const struct pel_potential_source *source,
                              struct pel_potential **out, struct pel_error *err)
{
    *out = NULL;
    const char *name = source->engine != NULL ? source->engine : "builtin";
    const struct pel_engine *engine = NULL;
    for (size_t k = 0; k < N_ENGINES; k++)
        if (strcmp(engines[k]->name, name) == 0) engine = engines[k];
    if (engine == NULL && strcmp(name, "builtin") != 0)
        return pel_error_set(err, PEL_EARG,
                             "unknown engine \"%.40s\", expected builtin, lammps or kim",
                             name);
    pel_status status = check_source(source, name, err);
    if (status != PEL_OK) return status;
    if (engine == NULL) {
        if (source->file == NULL)
            return pel_error_set(err, PEL_EARG, "the engine builtin needs a table");
        return pel_potential_read(source->file, source->style, source->n_elements,
                                  source->elements, out, err);
    }
    status = check_elements(source->n_elements, source->elements, err);
    if (status == PEL_OK) status = engine->open(source, out, err);
    if (status == PEL_OK)
        pel_provenance_hash((*out)->identity, strlen((*out)->identity), (*out)->hash);
    return status;
}

void pel_potential_free(struct pel_potential *potential)
{
    if (potential == NULL) return;
    free(potential->identity);
    potential->method->free(potential);
}

const char *pel_potential_engine_name(size_t k)
{
    if (k == 0) return "builtin";
    return k <= N_ENGINES ? engines[k - 1]->name : NULL;
}

const char *pel_potential_engine_doc(size_t k)
{
    if (k == 0)
        return "Embedded-atom tables (LAMMPS file formats eam/fs and eam/alloy) with our "
               "own kernel.";
    return k <= N_ENGINES ? engines[k - 1]->doc : NULL;
}

int pel_potential_engine_built(size_t k)
{
    return k == 0 || (k <= N_ENGINES && engines[k - 1]->built);
}

const char *pel_potential_identity(const struct pel_potential *potential)
{
    return potential->identity;
}

const char *pel_potential_hash(const struct pel_potential *potential)
{
    return potential->hash;
}

int pel_potential_has_local(const struct pel_potential *potential)
{
    return potential->method->background != NULL;
}

const char *pel_potential_kernel_name(size_t k)
{
    const struct eam_kernel *kernel = pel_eam_kernel(k);
    return kernel != NULL ? kernel->name : NULL;
}

const char *pel_potential_kernel_doc(size_t k)
{
    const struct eam_kernel *kernel = pel_eam_kernel(k);
    return kernel != NULL ? kernel->doc : NULL;
}

const char *pel_potential_kernel(const struct pel_potential *potential)
{
    const struct pel_potential_method *method = potential->method;
    return method->kernel != NULL ? method->kernel(potential) : method->name;
}

pel_status pel_potential_set_kernel(struct pel_potential *potential, const char *name,
                                    struct pel_error *err)
{
    const struct pel_potential_method *method = potential->method;
    if (method->set_kernel == NULL)
        return pel_error_set(err, PEL_EARG, "%s has no kernels to choose from",
                             method->name);
    if (!method->set_kernel(potential, name))
        return pel_error_set(err, PEL_EARG,
                             "this processor has no kernel \"%.40s\", "
                             "expected portable or another one of its list",
                             name);
    return PEL_OK;
}

const char *pel_potential_style_name(size_t k)
{
    return k < N_METHODS ? methods[k]->name : NULL;
}

const char *pel_potential_style_doc(size_t k)
{
    return k < N_METHODS ? methods[k]->doc : NULL;
}

double pel_potential_cutoff(const struct pel_potential *potential)
{
    return potential->cutoff;
}

const char *pel_potential_style(const struct pel_potential *potential)
{
    return potential->method->name;
}

size_t pel_potential_species(const struct pel_potential *potential)
{
    return potential->n;
}

const char *pel_potential_element(const struct pel_potential *potential, size_t k)
{
    return potential->element[k];
}

double pel_potential_mass(const struct pel_potential *potential, size_t k)
{
    return potential->mass[k];
}

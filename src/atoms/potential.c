#include "potential_priv.h"

#include "structure_priv.h"

#include <string.h>

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
    if (n_elements == 0 || n_elements > PEL_MAX_SPECIES)
        return pel_error_set(err, PEL_EARG, "%zu elements, expected 1 to %d", n_elements,
                             PEL_MAX_SPECIES);
    for (size_t k = 0; k < n_elements; k++)
        if (!pel_structure_name_fits(elements[k]))
            return pel_error_set(err, PEL_EARG, "\"%.40s\" cannot be an element",
                                 elements[k]);
    return method->read(path, n_elements, elements, out, err);
}

void pel_potential_free(struct pel_potential *potential)
{
    if (potential != NULL) potential->method->free(potential);
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

#include "landscape_priv.h"

#include <pelrate/table.h>
#include <pelrate/text.h>

#include <stdlib.h>
#include <string.h>

static int starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Keys of the landscape itself, and the kind they belong to (-1: all). */
static const struct {
    const char *name;
    int kind;
} own_keys[] = {{"format", -1},
                {"kind", -1},
                {"name", -1},
                {"atoms", -1},
                {"paths", -1},
                {"attempt_frequency_Hz", -1},
                {"molar_mass_g_per_mol", -1},
                {"treatment", -1},
                {"treatment_z", -1},
                {"treatment_pair_barrier_eV", -1},
                {"equilibrium_closure", -1},
                {"equilibrium_temperature_K", -1},
                {"equilibrium_e_is_eV_per_atom", -1},
                {"reference_e_is_eV_per_atom", PEL_LANDSCAPE_PARAMETRIC},
                {"e_is_min_eV_per_atom", PEL_LANDSCAPE_PARAMETRIC},
                {"e_is_max_eV_per_atom", PEL_LANDSCAPE_PARAMETRIC}};

/* Where it comes from: free text of whoever wrote the file. */
static const char *const provenance_keys[] = {
    "command", "pelrate", "seed",   "input", "made", "selection", "settings",
    "units",   "note",    "source", "licen", "cite", "fit_",      "x_"};

static pel_status check_keys(const struct pel_table *table, enum pel_landscape_kind kind,
                             struct pel_error *err)
{
    const char *path = pel_table_path(table);
    for (size_t i = 0; i < pel_table_keys(table); i++) {
        const char *name = pel_table_key_name(table, i);
        int known = 0;
        for (size_t k = 0; k < sizeof own_keys / sizeof own_keys[0]; k++) {
            if (strcmp(name, own_keys[k].name) != 0) continue;
            if (own_keys[k].kind >= 0 && own_keys[k].kind != (int)kind)
                return pel_error_at(
                    err, PEL_EFORMAT, path, pel_table_key_line(table, i),
                    "key '%s' belongs to the %s kind, the file says '# kind: %s'", name,
                    pel_landscape_kind_name((enum pel_landscape_kind)own_keys[k].kind),
                    pel_landscape_kind_name(kind));
            known = 1;
        }
        for (size_t k = 0; k < sizeof provenance_keys / sizeof provenance_keys[0]; k++)
            if (starts_with(name, provenance_keys[k])) known = 1;
        if (!known)
            return pel_error_at(
                err, PEL_EFORMAT, path, pel_table_key_line(table, i),
                "key '%s' is not known; a landscape has atoms, paths, "
                "attempt_frequency_Hz, molar_mass_g_per_mol (further keys "
                "start with x_)",
                name);
    }
    return PEL_OK;
}

/* A key that must be there as a number > 0. */
static pel_status read_positive(const struct pel_table *table, const char *name,
                                double *value, struct pel_error *err)
{
    const pel_status status = pel_table_key_number(table, name, value, err);
    if (status != PEL_OK || *value > 0.0) return status;
    size_t line = 0;
    for (size_t i = 0; i < pel_table_keys(table); i++)
        if (strcmp(pel_table_key_name(table, i), name) == 0)
            line = pel_table_key_line(table, i);
    return pel_error_at(err, PEL_EFORMAT, pel_table_path(table), line,
                        "%s is %g, expected a number > 0", name, *value);
}

/* Columns that only one kind has: a file with those of another is a mixture. */
static const struct {
    const char *name;
    enum pel_landscape_kind kind;
} own_columns[] = {{"e_lo_eV", PEL_LANDSCAPE_HISTOGRAM},
                   {"e_hi_eV", PEL_LANDSCAPE_HISTOGRAM},
                   {"density_per_eV", PEL_LANDSCAPE_HISTOGRAM},
                   {"density_per_eV2", PEL_LANDSCAPE_HISTOGRAM},
                   {"family", PEL_LANDSCAPE_PARAMETRIC},
                   {"parameter", PEL_LANDSCAPE_PARAMETRIC},
                   {"c0", PEL_LANDSCAPE_PARAMETRIC},
                   {"e_a_eV", PEL_LANDSCAPE_EVENTS},
                   {"e_r_eV", PEL_LANDSCAPE_EVENTS}};

pel_status pel_landscape_read_head(const struct pel_table *table,
                                   enum pel_landscape_kind *kind,
                                   struct pel_landscape_head *head, struct pel_error *err)
{
    const char *path = pel_table_path(table);
    const char *format = pel_table_key(table, "format");
    if (format == NULL || strcmp(format, PEL_LANDSCAPE_FORMAT) != 0)
        return pel_error_at(err, PEL_EFORMAT, path, 1,
                            "format is '%s', expected '# format: " PEL_LANDSCAPE_FORMAT
                            "'",
                            format != NULL ? format : "missing");
    const char *text = pel_table_key(table, "kind");
    int found = 0;
    for (int k = PEL_LANDSCAPE_HISTOGRAM; k <= PEL_LANDSCAPE_EVENTS; k++)
        if (text != NULL &&
            strcmp(text, pel_landscape_kind_name((enum pel_landscape_kind)k)) == 0) {
            *kind = (enum pel_landscape_kind)k;
            found = 1;
        }
    if (!found)
        return pel_error_at(
            err, PEL_EFORMAT, path, 1,
            "kind is '%s', expected '# kind: histogram', parametric or events",
            text != NULL ? text : "missing");
    pel_status status = check_keys(table, *kind, err);
    if (status != PEL_OK) return status;
    for (size_t k = 0; k < sizeof own_columns / sizeof own_columns[0]; k++) {
        size_t column;
        if (own_columns[k].kind == *kind) continue;
        pel_table_find(table, own_columns[k].name, &column);
        if (column < pel_table_columns(table))
            return pel_error_at(err, PEL_EFORMAT, path, pel_table_header_line(table),
                                "column '%s' belongs to the %s kind, the file says "
                                "'# kind: %s'; expected one kind in a file",
                                own_columns[k].name,
                                pel_landscape_kind_name(own_columns[k].kind), text);
    }
    head->name = pel_table_key(table, "name");
    status = read_positive(table, "atoms", &head->atoms, err);
    if (status == PEL_OK) status = read_positive(table, "paths", &head->paths, err);
    if (status == PEL_OK)
        status = read_positive(table, "attempt_frequency_Hz", &head->attempt_frequency_Hz,
                               err);
    if (status == PEL_OK)
        status = read_positive(table, "molar_mass_g_per_mol", &head->molar_mass_g_per_mol,
                               err);
    return status;
}

static size_t key_line(const struct pel_table *table, const char *name)
{
    for (size_t i = 0; i < pel_table_keys(table); i++)
        if (strcmp(pel_table_key_name(table, i), name) == 0)
            return pel_table_key_line(table, i);
    return 0;
}

/* Numbers between spaces. *values [*n] is the caller's to free. */
static pel_status read_list(const struct pel_table *table, const char *name, size_t *n,
                            double **values, struct pel_error *err)
{
    const char *text = pel_table_key(table, name);
    *n = 0;
    /* Every number takes a character and a space at least. */
    *values = calloc(strlen(text) / 2 + 1, sizeof **values);
    char *copy = malloc(strlen(text) + 1);
    pel_status status = PEL_OK;
    if (*values == NULL || copy == NULL)
        status = pel_error_set(err, PEL_ENOMEM, "landscape: out of memory");
    char *rest = NULL;
    if (copy != NULL) strcpy(copy, text);
    for (char *word = status == PEL_OK ? strtok_r(copy, " \t", &rest) : NULL;
         word != NULL && status == PEL_OK; word = strtok_r(NULL, " \t", &rest))
        if (pel_text_to_double(word, &(*values)[(*n)++]) != 0)
            status = pel_error_at(
                err, PEL_EFORMAT, pel_table_path(table), key_line(table, name),
                "'%.40s' in %s, expected numbers between spaces", word, name);
    free(copy);
    return status;
}

pel_status pel_landscape_read_line(const struct pel_table *table,
                                   struct pel_equilibrium **line, struct pel_error *err)
{
    static const char *const keys[3] = {"equilibrium_closure",
                                        "equilibrium_temperature_K",
                                        "equilibrium_e_is_eV_per_atom"};
    const char *path = pel_table_path(table);
    size_t given = 0, n[2] = {0}, at = 0;
    for (size_t k = 0; k < 3; k++) {
        if (pel_table_key(table, keys[k]) == NULL) continue;
        given++;
        at = key_line(table, keys[k]);
    }
    if (given == 0) return PEL_OK;
    if (given < 3)
        return pel_error_at(err, PEL_EFORMAT, path, at,
                            "%zu of the keys of an equilibrium line, expected %s, %s and "
                            "%s",
                            given, keys[0], keys[1], keys[2]);
    struct pel_error why = {0};
    enum pel_equilibrium_closure closure;
    if (pel_equilibrium_closure_find(pel_table_key(table, keys[0]), &closure, &why) !=
        PEL_OK)
        return pel_error_at(err, PEL_EFORMAT, path, key_line(table, keys[0]), "%s",
                            why.text);
    double *values[2] = {NULL, NULL};
    pel_status status = read_list(table, keys[1], &n[0], &values[0], err);
    if (status == PEL_OK) status = read_list(table, keys[2], &n[1], &values[1], err);
    if (status == PEL_OK && n[0] != n[1])
        status = pel_error_at(err, PEL_EFORMAT, path, key_line(table, keys[2]),
                              "%zu energies of an equilibrium line, expected %zu as of "
                              "the temperatures",
                              n[1], n[0]);
    if (status == PEL_OK) {
        status = pel_equilibrium_create(closure, n[0], values[0], values[1], line, &why);
        if (status == PEL_EARG)
            status = pel_error_at(err, PEL_EFORMAT, path, key_line(table, keys[1]), "%s",
                                  why.text);
        else if (status != PEL_OK)
            status = pel_error_set(err, status, "%s", why.text);
    }
    free(values[0]);
    free(values[1]);
    return status;
}

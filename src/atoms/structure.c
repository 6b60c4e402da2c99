#include "structure_priv.h"

#include <pelrate/element.h>
#include <pelrate/text.h>

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

pel_status pel_structure_create(size_t n, struct pel_structure **out,
                                struct pel_error *err)
{
    *out = NULL;
    if (n == 0)
        return pel_error_set(err, PEL_EARG, "a structure needs at least one atom");
    struct pel_structure *s = calloc(1, sizeof *s);
    if (s == NULL) goto nomem;
    s->n = n;
    s->id = calloc(n, sizeof *s->id);
    s->type = calloc(n, sizeof *s->type);
    s->x = calloc(n, 3 * sizeof *s->x);
    if (s->id == NULL || s->type == NULL || s->x == NULL) goto nomem;
    for (size_t i = 0; i < n; i++)
        s->id[i] = (int64_t)i + 1;
    *out = s;
    return PEL_OK;

nomem:
    pel_structure_free(s);
    return pel_error_set(err, PEL_ENOMEM, "structure of %zu atoms", n);
}

void pel_structure_free(struct pel_structure *structure)
{
    if (structure == NULL) return;
    free(structure->id);
    free(structure->type);
    free(structure->x);
    free(structure->v);
    free(structure);
}

pel_status pel_structure_copy(const struct pel_structure *structure,
                              struct pel_structure **out, struct pel_error *err)
{
    *out = NULL;
    const size_t n = structure->n;
    struct pel_structure *s;
    const pel_status status = pel_structure_create(n, &s, err);
    if (status != PEL_OK) return status;
    if (structure->v != NULL && (s->v = malloc(3 * n * sizeof *s->v)) == NULL) {
        pel_structure_free(s);
        return pel_error_set(err, PEL_ENOMEM, "structure of %zu atoms", n);
    }
    struct pel_structure arrays = *s;
    *s = *structure;
    s->id = arrays.id;
    s->type = arrays.type;
    s->x = arrays.x;
    s->v = arrays.v;
    memcpy(s->id, structure->id, n * sizeof *s->id);
    memcpy(s->type, structure->type, n * sizeof *s->type);
    memcpy(s->x, structure->x, 3 * n * sizeof *s->x);
    if (s->v != NULL) memcpy(s->v, structure->v, 3 * n * sizeof *s->v);
    *out = s;
    return PEL_OK;
}

int pel_structure_species_index(const struct pel_structure *structure, const char *name)
{
    for (size_t k = 0; k < structure->n_species; k++)
        if (strcmp(structure->species[k], name) == 0) return (int)k;
    return -1;
}

int pel_structure_name_fits(const char *name)
{
    const size_t length = strlen(name);
    if (length == 0 || length >= PEL_ELEMENT_NAME) return 0;
    for (size_t k = 0; k < length; k++)
        if (!isgraph((unsigned char)name[k])) return 0;
    return 1;
}

void pel_structure_set_species(struct pel_structure *structure, size_t k,
                               const char *name)
{
    memset(structure->species[k], 0, PEL_ELEMENT_NAME);
    memcpy(structure->species[k], name, strlen(name));
    if (!(structure->mass[k] > 0.0)) structure->mass[k] = pel_element_mass(name);
}

/* One atom while it is being sorted. */
struct row {
    int64_t id;
    int type;
    size_t line;
    double x[3], v[3];
};

static int by_id_then_line(const void *a, const void *b)
{
    const struct row *p = a, *q = b;
    if (p->id != q->id) return p->id < q->id ? -1 : 1;
    return p->line < q->line ? -1 : p->line > q->line;
}

pel_status pel_structure_sort(struct pel_structure *s, size_t line[], const char *path,
                              struct pel_error *err)
{
    pel_status status = PEL_OK;
    struct row *rows = calloc(s->n, sizeof *rows);
    if (rows == NULL)
        return pel_error_set(err, PEL_ENOMEM, "structure of %zu atoms", s->n);
    for (size_t i = 0; i < s->n; i++) {
        rows[i] = (struct row){.id = s->id[i], .type = s->type[i], .line = line[i]};
        memcpy(rows[i].x, s->x + 3 * i, sizeof rows[i].x);
        if (s->v != NULL) memcpy(rows[i].v, s->v + 3 * i, sizeof rows[i].v);
    }
    qsort(rows, s->n, sizeof *rows, by_id_then_line);
    for (size_t i = 0; i < s->n; i++) {
        if (i > 0 && rows[i].id == rows[i - 1].id) {
            status = pel_error_at(err, PEL_EFORMAT, path, rows[i].line,
                                  "atom %lld comes a second time (first on line %zu), "
                                  "expected every id once",
                                  (long long)rows[i].id, rows[i - 1].line);
            break;
        }
        s->id[i] = rows[i].id;
        s->type[i] = rows[i].type;
        line[i] = rows[i].line;
        memcpy(s->x + 3 * i, rows[i].x, sizeof rows[i].x);
        if (s->v != NULL) memcpy(s->v + 3 * i, rows[i].v, sizeof rows[i].v);
    }
    free(rows);
    return status;
}

pel_status pel_structure_check(const struct pel_structure *s, const char *comment,
                               struct pel_error *err)
{
    if (comment != NULL && strpbrk(comment, "\r\n") != NULL)
        return pel_error_set(err, PEL_EARG, "a line break in the comment of a structure");
    if (s->n_species == 0 || s->n_species > PEL_MAX_SPECIES)
        return pel_error_set(err, PEL_EARG, "structure of %zu species, expected 1 to %d",
                             s->n_species, PEL_MAX_SPECIES);
    for (size_t k = 0; k < s->n_species; k++)
        if (!pel_structure_name_fits(s->species[k]))
            return pel_error_set(err, PEL_EARG, "species %zu has no usable name", k + 1);
    for (size_t i = 0; i < s->n; i++) {
        if (s->type[i] < 0 || (size_t)s->type[i] >= s->n_species)
            return pel_error_set(err, PEL_EARG, "atom %lld has type %d of %zu species",
                                 (long long)s->id[i], s->type[i], s->n_species);
        for (int k = 0; k < 3; k++)
            if (!isfinite(s->x[3 * i + k]) ||
                (s->v != NULL && !isfinite(s->v[3 * i + k])))
                return pel_error_set(err, PEL_EARG,
                                     "position or velocity of atom %lld is not finite",
                                     (long long)s->id[i]);
    }
    return PEL_OK;
}

static const char *line_after(const char *line)
{
    line += strcspn(line, "\n");
    return *line == '\n' ? line + 1 : line;
}

/* Extended XYZ starts with a line that holds a count and nothing else. The first line of
 * a LAMMPS file is a comment, which may be a number too; there the second line is blank
 * and the third starts with a count, where XYZ has the name of an element. */
static int looks_like_extxyz(const char *text)
{
    char first[64];
    const size_t length = strcspn(text, "\n");
    if (length >= sizeof first) return 0;
    memcpy(first, text, length);
    first[length] = '\0';
    long long count;
    if (pel_text_to_long(first, &count) != 0) return 0;
    const char *second = line_after(text), *third = line_after(second);
    second += strspn(second, " \t\r");
    if (*second != '\n') return 1;
    third += strspn(third, " \t\r");
    return isalpha((unsigned char)*third);
}

pel_status pel_structure_read(const char *path, size_t n_elements,
                              const char *const elements[], struct pel_structure **out,
                              struct pel_error *err)
{
    *out = NULL;
    if (n_elements > PEL_MAX_SPECIES)
        return pel_error_set(err, PEL_EARG, "%zu elements, expected at most %d",
                             n_elements, PEL_MAX_SPECIES);
    for (size_t k = 0; k < n_elements; k++) {
        if (!pel_structure_name_fits(elements[k]))
            return pel_error_set(err, PEL_EARG,
                                 "\"%.40s\" cannot be an element, expected 1 to %d "
                                 "characters without blanks",
                                 elements[k], PEL_ELEMENT_NAME - 1);
        for (size_t l = 0; l < k; l++)
            if (strcmp(elements[k], elements[l]) == 0)
                return pel_error_set(err, PEL_EARG, "element %s is named twice",
                                     elements[k]);
    }
    struct pel_lines lines;
    pel_status status = pel_lines_open(&lines, path, err);
    if (status != PEL_OK) return status;
    const struct pel_names names = {.n = n_elements, .names = elements};
    if (lines.size == 0)
        status = pel_error_at(err, PEL_EFORMAT, path, 1,
                              "an empty file, expected extended XYZ or LAMMPS data");
    else if (looks_like_extxyz(lines.text))
        status = pel_extxyz_read(&lines, &names, out, err);
    else
        status = pel_lammpsdata_read(&lines, &names, out, err);
    pel_lines_close(&lines);
    return status;
}

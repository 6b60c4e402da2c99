#include "structure_priv.h"

#include <pelrate/text.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Extended XYZ: the number of atoms; a line of key=value with Lattice="ax ay az bx by bz
 * cx cy cz" and Properties=name:kind:columns:...; one line an atom. */

/* Where a wanted property stands in a line of atoms; first < 0: not there. */
struct column {
    int first; /* index of its first column, from 0 */
    int width; /* columns */
};

struct layout {
    struct column species, pos, id, velo, mass;
    int columns; /* of a line */
};

/* The keys of the second line that matter here; pointers into that line, NULL: absent. */
struct keys {
    char *lattice, *origin, *properties, *pbc;
};

static pel_status fault(const struct pel_lines *lines, struct pel_error *err,
                        const char *message)
{
    return pel_error_at(err, PEL_EFORMAT, lines->path, lines->line, "%s", message);
}

/* Cut the second line into keys and values: key, key=word, key="any words". */
static pel_status parse_keys(const struct pel_lines *lines, char *text, struct keys *keys,
                             struct pel_error *err)
{
    while (*(text += strspn(text, " \t")) != '\0') {
        char *key = text, *value;
        text += strcspn(text, "= \t");
        if (*text != '=') {
            if (*text != '\0') *text++ = '\0';
            continue;
        }
        *text++ = '\0';
        if (*text == '"' || *text == '\'' || *text == '{') {
            const char end[2] = {*text == '{' ? '}' : *text, '\0'};
            value = ++text;
            text += strcspn(text, end);
            if (*text == '\0')
                return pel_error_at(err, PEL_EFORMAT, lines->path, lines->line,
                                    "the value of %.40s has no closing %s", key, end);
        } else {
            value = text;
            text += strcspn(text, " \t");
        }
        if (*text != '\0') *text++ = '\0';
        if (strcasecmp(key, "Lattice") == 0) keys->lattice = value;
        if (strcasecmp(key, "Origin") == 0) keys->origin = value;
        if (strcasecmp(key, "Properties") == 0) keys->properties = value;
        if (strcasecmp(key, "pbc") == 0) keys->pbc = value;
    }
    return PEL_OK;
}

static pel_status parse_numbers(const struct pel_lines *lines, char *text,
                                const char *what, size_t n, double values[],
                                struct pel_error *err)
{
    for (size_t k = 0; k < n; k++) {
        const pel_status status = pel_lines_double(lines, &text, what, &values[k], err);
        if (status != PEL_OK) return status;
    }
    if (pel_lines_word(&text) != NULL)
        return pel_error_at(err, PEL_EFORMAT, lines->path, lines->line,
                            "%s has too many numbers, expected %zu", what, n);
    return PEL_OK;
}

static pel_status parse_cell(const struct pel_lines *lines, const struct keys *keys,
                             struct pel_cell *cell, struct pel_error *err)
{
    if (keys->lattice == NULL)
        return fault(lines, err,
                     "no Lattice=\"...\", expected the nine numbers of a cell");
    double h[3][3], origin[3] = {0.0, 0.0, 0.0};
    pel_status status = parse_numbers(lines, keys->lattice, "Lattice", 9, &h[0][0], err);
    if (status == PEL_OK && keys->origin != NULL)
        status = parse_numbers(lines, keys->origin, "Origin", 3, origin, err);
    if (status != PEL_OK) return status;
    if (keys->pbc != NULL) {
        char *pbc = keys->pbc;
        for (int k = 0; k < 3; k++) {
            const char *word = pel_lines_word(&pbc);
            if (word == NULL || strchr("Tt1", word[0]) == NULL)
                return fault(lines, err,
                             "not periodic in every direction, expected pbc=\"T T T\"");
        }
    }
    struct pel_error inner;
    if (pel_cell_init(cell, (const double(*)[3])h, origin, &inner) != PEL_OK)
        return fault(lines, err, inner.text);
    return PEL_OK;
}

/* Properties=species:S:1:pos:R:3:... A property of ours with another kind or width than
 * it should have is a fault; a property that is not ours is skipped. */
static pel_status parse_layout(const struct pel_lines *lines, char *text,
                               struct layout *layout, struct pel_error *err)
{
    const struct column none = {-1, 0};
    *layout = (struct layout){none, none, none, none, none, 0};
    char plain[] = "species:S:1:pos:R:3", *rest = NULL;
    if (text == NULL) text = plain;
    const struct {
        const char *name;
        struct column *column;
        char kind;
        int width;
    } wanted[] = {
        {"species", &layout->species, 'S', 1}, {"element", &layout->species, 'S', 1},
        {"pos", &layout->pos, 'R', 3},         {"id", &layout->id, 'I', 1},
        {"velo", &layout->velo, 'R', 3},       {"vel", &layout->velo, 'R', 3},
        {"mass", &layout->mass, 'R', 1},       {"masses", &layout->mass, 'R', 1},
    };
    for (char *name = strtok_r(text, ":", &rest); name != NULL;
         name = strtok_r(NULL, ":", &rest)) {
        const char *kind = strtok_r(NULL, ":", &rest),
                   *count = strtok_r(NULL, ":", &rest);
        long long width;
        if (kind == NULL || strlen(kind) != 1 || strchr("SRIL", *kind) == NULL ||
            count == NULL || pel_text_to_long(count, &width) != 0 || width < 1 ||
            width > 1000)
            return pel_error_at(err, PEL_EFORMAT, lines->path, lines->line,
                                "property %.40s of Properties is malformed, expected "
                                "name:kind:columns with kind S, R, I or L",
                                name);
        for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++) {
            if (strcmp(name, wanted[k].name) != 0) continue;
            if (*kind != wanted[k].kind || width != wanted[k].width)
                return pel_error_at(err, PEL_EFORMAT, lines->path, lines->line,
                                    "property %s is %c:%lld, expected %c:%d", name, *kind,
                                    width, wanted[k].kind, wanted[k].width);
            *wanted[k].column = (struct column){layout->columns, (int)width};
        }
        layout->columns += (int)width;
        if (layout->columns > 1000) break;
    }
    if (layout->columns > 1000)
        return fault(lines, err, "Properties has more than 1000 columns");
    if (layout->species.first < 0 || layout->pos.first < 0)
        return fault(lines, err,
                     "Properties lacks species or pos, expected "
                     "Properties=species:S:1:pos:R:3...");
    return PEL_OK;
}

/* Species of an atom by name, numbered as the caller asked or by appearance. */
static pel_status species_of(const struct pel_lines *lines,
                             const struct pel_names *elements, const char *name,
                             struct pel_structure *s, int *type, struct pel_error *err)
{
    if (!pel_structure_name_fits(name))
        return pel_error_at(
            err, PEL_EFORMAT, lines->path, lines->line,
            "species \"%.40s\" is too long, expected at most %d characters", name,
            PEL_ELEMENT_NAME - 1);
    *type = pel_structure_species_index(s, name);
    if (*type >= 0) return PEL_OK;
    if (elements->n > 0)
        return pel_error_at(err, PEL_EFORMAT, lines->path, lines->line,
                            "species %s is not among the given elements", name);
    if (s->n_species == PEL_MAX_SPECIES)
        return pel_error_at(err, PEL_EFORMAT, lines->path, lines->line,
                            "species %s is one too many, expected at most %d", name,
                            PEL_MAX_SPECIES);
    *type = (int)s->n_species;
    pel_structure_set_species(s, s->n_species++, name);
    return PEL_OK;
}

static pel_status read_vector(const struct pel_lines *lines, char **words,
                              struct column column, const char *what, double values[],
                              struct pel_error *err)
{
    pel_status status = PEL_OK;
    for (int k = 0; k < column.width && status == PEL_OK; k++)
        status = pel_lines_double(lines, &words[column.first + k], what, &values[k], err);
    return status;
}

static pel_status read_atom(struct pel_lines *lines, const struct layout *layout,
                            const struct pel_names *elements, char **words,
                            struct pel_structure *s, size_t i, struct pel_error *err)
{
    char *text = pel_lines_next(lines);
    if (text == NULL)
        return pel_error_at(err, PEL_EFORMAT, lines->path, lines->line,
                            "the file ends after %zu atoms, expected %zu", i, s->n);
    int found = 0;
    char *word;
    while ((word = pel_lines_word(&text)) != NULL) {
        if (found < layout->columns) words[found] = word;
        found++;
    }
    if (found != layout->columns)
        return pel_error_at(err, PEL_EFORMAT, lines->path, lines->line,
                            "%d columns, expected %d (atom %zu of %zu)", found,
                            layout->columns, i + 1, s->n);
    pel_status status =
        species_of(lines, elements, words[layout->species.first], s, &s->type[i], err);
    if (status == PEL_OK)
        status = read_vector(lines, words, layout->pos, "pos", s->x + 3 * i, err);
    if (status == PEL_OK && s->v != NULL)
        status = read_vector(lines, words, layout->velo, "velo", s->v + 3 * i, err);
    if (status == PEL_OK && layout->mass.first >= 0) {
        double *mass = &s->mass[s->type[i]];
        status = read_vector(lines, words, layout->mass, "mass", mass, err);
        if (status == PEL_OK && !(*mass > 0.0))
            status = fault(lines, err, "mass is not positive, expected g/mol");
    }
    if (status == PEL_OK && layout->id.first >= 0) {
        long long id;
        status =
            pel_lines_int(lines, &words[layout->id.first], "id", 0, INT64_MAX, &id, err);
        if (status == PEL_OK) s->id[i] = id;
    }
    return status;
}

pel_status pel_extxyz_read(struct pel_lines *lines, const struct pel_names *elements,
                           struct pel_structure **out, struct pel_error *err)
{
    struct pel_structure *s = NULL;
    size_t *line_of = NULL;
    char **words = NULL;
    struct keys keys = {0};
    struct layout layout;
    struct pel_cell cell;
    long long n;

    char *first = pel_lines_next(lines);
    pel_status status = pel_lines_count(lines, &first, "the number of atoms", &n, err);
    if (status != PEL_OK) return status;
    char *second = pel_lines_next(lines);
    if (second == NULL)
        return pel_error_at(err, PEL_EFORMAT, lines->path, lines->line,
                            "the file ends here, expected a line with Lattice=\"...\"");
    status = parse_keys(lines, second, &keys, err);
    if (status == PEL_OK) status = parse_cell(lines, &keys, &cell, err);
    if (status == PEL_OK) status = parse_layout(lines, keys.properties, &layout, err);
    if (status == PEL_OK) status = pel_structure_create((size_t)n, &s, err);
    if (status != PEL_OK) return status;

    s->cell = cell;
    s->n_species = elements->n;
    for (size_t k = 0; k < elements->n; k++)
        pel_structure_set_species(s, k, elements->names[k]);
    line_of = calloc(s->n, sizeof *line_of);
    words = calloc((size_t)layout.columns, sizeof *words);
    if (layout.velo.first >= 0) s->v = calloc(s->n, 3 * sizeof *s->v);
    if (line_of == NULL || words == NULL || (layout.velo.first >= 0 && s->v == NULL)) {
        status = pel_error_set(err, PEL_ENOMEM, "structure of %zu atoms", s->n);
        goto done;
    }
    for (size_t i = 0; i < s->n; i++) {
        status = read_atom(lines, &layout, elements, words, s, i, err);
        if (status != PEL_OK) goto done;
        line_of[i] = lines->line;
    }
    status = pel_structure_sort(s, line_of, lines->path, err);

done:
    free(line_of);
    free(words);
    if (status == PEL_OK)
        *out = s;
    else
        pel_structure_free(s);
    return status;
}

static void write_numbers(FILE *file, size_t n, const double values[], const char *first)
{
    char buffer[PEL_TEXT_DOUBLE];
    for (size_t k = 0; k < n; k++)
        fprintf(file, "%s%s", k == 0 ? first : " ", pel_text_double(buffer, values[k]));
}

pel_status pel_structure_write_extxyz(const struct pel_structure *s, FILE *file,
                                      const char *comment_keys, struct pel_error *err)
{
    const pel_status status = pel_structure_check(s, comment_keys, err);
    if (status != PEL_OK) return status;
    fprintf(file, "%zu\nLattice=\"", s->n);
    write_numbers(file, 9, &s->cell.h[0][0], "");
    fputs("\" Origin=\"", file);
    write_numbers(file, 3, s->cell.origin, "");
    fprintf(file, "\" Properties=species:S:1:pos:R:3:id:I:1%s pbc=\"T T T\"%s%s\n",
            s->v != NULL ? ":velo:R:3" : "",
            comment_keys != NULL && *comment_keys != '\0' ? " " : "",
            comment_keys != NULL ? comment_keys : "");
    for (size_t i = 0; i < s->n; i++) {
        fputs(s->species[s->type[i]], file);
        write_numbers(file, 3, s->x + 3 * i, " ");
        fprintf(file, " %lld", (long long)s->id[i]);
        if (s->v != NULL) write_numbers(file, 3, s->v + 3 * i, " ");
        fputc('\n', file);
    }
    if (ferror(file)) return pel_error_set(err, PEL_EIO, "writing extended XYZ failed");
    return PEL_OK;
}

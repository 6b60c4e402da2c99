#include "structure_priv.h"

#include <pelrate/element.h>
#include <pelrate/text.h>

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* LAMMPS data files, atom_style atomic. */

/* A file while it is being read. */
struct reading {
    struct pel_lines *lines;
    const struct pel_names *elements;
    struct pel_structure *s; /* NULL before the header is complete; owned */
    size_t *line_of;         /* [n] line of each atom; owned */
    long long atoms, types;  /* of the header; 0: not seen */
    double low[3], high[3];  /* box [A] */
    double tilt[3];          /* xy xz yz [A] */
    int has_box[3];
    int has_atoms;
    char names[PEL_MAX_SPECIES][PEL_ELEMENT_NAME]; /* from Masses or Atom Type Labels */
    double mass[PEL_MAX_SPECIES];                  /* [g/mol]; 0: not seen */
};

static pel_status fault(const struct reading *r, struct pel_error *err,
                        const char *message)
{
    return pel_error_at(err, PEL_EFORMAT, r->lines->path, r->lines->line, "%s", message);
}

/* Cut a comment off and give it back without leading blanks; "" when there is none. */
static char *cut_comment(char *text)
{
    char *mark = strchr(text, '#');
    if (mark == NULL) return text + strlen(text);
    *mark++ = '\0';
    return mark + strspn(mark, " \t");
}

static int ends_with(const char *text, const char *end, size_t *length)
{
    size_t n = strlen(text);
    while (n > 0 && isspace((unsigned char)text[n - 1]))
        n--;
    const size_t m = strlen(end);
    if (n < m || strncmp(text + n - m, end, m) != 0) return 0;
    *length = n - m;
    return n == m || isspace((unsigned char)text[n - m - 1]);
}

static pel_status expect_end(const struct reading *r, char **cursor,
                             struct pel_error *err)
{
    const char *word = pel_lines_word(cursor);
    if (word == NULL) return PEL_OK;
    return pel_error_at(err, PEL_EFORMAT, r->lines->path, r->lines->line,
                        "\"%.40s\" is one column too many", word);
}

/* A header line ends with its keyword. */
static pel_status header_line(struct reading *r, char *text, struct pel_error *err)
{
    static const char *const boxes[] = {"xlo xhi", "ylo yhi", "zlo zhi"};
    static const char *const bonded[] = {
        "bonds",      "angles",      "dihedrals",      "impropers",
        "bond types", "angle types", "dihedral types", "improper types",
        "ellipsoids", "lines",       "triangles",      "bodies"};
    size_t end = 0;
    pel_status status;
    long long count;
    if (ends_with(text, "atoms", &end)) {
        text[end] = '\0';
        status = pel_lines_count(r->lines, &text, "the number of atoms", &r->atoms, err);
        return status == PEL_OK ? expect_end(r, &text, err) : status;
    }
    if (ends_with(text, "atom types", &end)) {
        text[end] = '\0';
        status = pel_lines_int(r->lines, &text, "the number of atom types", 1,
                               PEL_MAX_SPECIES, &r->types, err);
        if (status == PEL_OK && r->elements->n > 0 && r->elements->n < (size_t)r->types)
            return pel_error_at(err, PEL_EFORMAT, r->lines->path, r->lines->line,
                                "%lld atom types, but only %zu elements were named",
                                r->types, r->elements->n);
        return status == PEL_OK ? expect_end(r, &text, err) : status;
    }
    for (int k = 0; k < 3; k++) {
        if (!ends_with(text, boxes[k], &end)) continue;
        text[end] = '\0';
        status = pel_lines_double(r->lines, &text, boxes[k], &r->low[k], err);
        if (status == PEL_OK)
            status = pel_lines_double(r->lines, &text, boxes[k], &r->high[k], err);
        if (status == PEL_OK && !(r->high[k] > r->low[k]))
            return pel_error_at(err, PEL_EFORMAT, r->lines->path, r->lines->line,
                                "%s: hi is not above lo", boxes[k]);
        r->has_box[k] = 1;
        return status == PEL_OK ? expect_end(r, &text, err) : status;
    }
    if (ends_with(text, "xy xz yz", &end)) {
        text[end] = '\0';
        status = PEL_OK;
        for (int k = 0; k < 3 && status == PEL_OK; k++)
            status = pel_lines_double(r->lines, &text, "xy xz yz", &r->tilt[k], err);
        return status == PEL_OK ? expect_end(r, &text, err) : status;
    }
    for (size_t k = 0; k < sizeof bonded / sizeof *bonded; k++) {
        if (!ends_with(text, bonded[k], &end)) continue;
        text[end] = '\0';
        return pel_lines_int(r->lines, &text, "a count of what atom_style atomic has not",
                             0, 0, &count, err);
    }
    return pel_error_at(
        err, PEL_EFORMAT, r->lines->path, r->lines->line,
        "\"%.60s\" is no known header line or section, expected \"N atoms\", "
        "\"N atom types\", \"lo hi xlo xhi\", Masses, Atoms, ...",
        text);
}

/* The header is over: everything it must have said is there. */
static pel_status begin_sections(struct reading *r, struct pel_error *err)
{
    if (r->atoms == 0) return fault(r, err, "the header ends without \"N atoms\"");
    if (r->types == 0) return fault(r, err, "the header ends without \"N atom types\"");
    for (int k = 0; k < 3; k++)
        if (!r->has_box[k])
            return pel_error_at(err, PEL_EFORMAT, r->lines->path, r->lines->line,
                                "the header ends without \"lo hi %clo %chi\"", 'x' + k,
                                'x' + k);
    pel_status status = pel_structure_create((size_t)r->atoms, &r->s, err);
    if (status != PEL_OK) return status;
    r->line_of = calloc(r->s->n, sizeof *r->line_of);
    if (r->line_of == NULL)
        return pel_error_set(err, PEL_ENOMEM, "structure of %zu atoms", r->s->n);
    const double h[3][3] = {{r->high[0] - r->low[0], 0.0, 0.0},
                            {r->tilt[0], r->high[1] - r->low[1], 0.0},
                            {r->tilt[1], r->tilt[2], r->high[2] - r->low[2]}};
    struct pel_error inner;
    if (pel_cell_init(&r->s->cell, h, r->low, &inner) != PEL_OK)
        return fault(r, err, inner.text);
    return PEL_OK;
}

/* Next row of a section, blank lines skipped: its words; what is the section. */
static pel_status next_row(struct reading *r, const char *what, long long row,
                           long long rows, char **text, char **comment,
                           struct pel_error *err)
{
    do {
        *text = pel_lines_next(r->lines);
        if (*text == NULL)
            return pel_error_at(err, PEL_EFORMAT, r->lines->path, r->lines->line,
                                "the file ends after %lld of %lld rows of %s", row, rows,
                                what);
        *comment = cut_comment(*text);
        *text += strspn(*text, " \t");
    } while (**text == '\0');
    if (isalpha((unsigned char)**text))
        return pel_error_at(err, PEL_EFORMAT, r->lines->path, r->lines->line,
                            "\"%.40s\" after %lld rows of %s, expected %lld rows", *text,
                            row, what, rows);
    return PEL_OK;
}

/* First word of a comment, if that can be a name. */
static void name_from(char *text, char name[PEL_ELEMENT_NAME])
{
    const char *word = pel_lines_word(&text);
    if (word != NULL && pel_structure_name_fits(word)) strcpy(name, word);
}

static pel_status read_masses(struct reading *r, struct pel_error *err)
{
    for (long long k = 0; k < r->types; k++) {
        char *text, *comment;
        long long type;
        double mass;
        pel_status status = next_row(r, "Masses", k, r->types, &text, &comment, err);
        if (status == PEL_OK)
            status = pel_lines_int(r->lines, &text, "atom type", 1, r->types, &type, err);
        if (status == PEL_OK)
            status = pel_lines_double(r->lines, &text, "mass", &mass, err);
        if (status == PEL_OK) status = expect_end(r, &text, err);
        if (status != PEL_OK) return status;
        if (!(mass > 0.0)) return fault(r, err, "mass is not positive, expected g/mol");
        if (r->mass[type - 1] > 0.0)
            return fault(r, err, "the mass of a type comes twice");
        r->mass[type - 1] = mass;
        name_from(comment, r->names[type - 1]);
        /* A comment may be any word; where it is an element, it must not contradict. */
        const char *said = r->names[type - 1];
        if (r->elements->n > 0 && pel_element_mass(said) > 0.0 &&
            strcmp(said, r->elements->names[type - 1]) != 0)
            return pel_error_at(err, PEL_EFORMAT, r->lines->path, r->lines->line,
                                "type %lld is %s in this file, but element %lld of those "
                                "named is %s",
                                type, said, type, r->elements->names[type - 1]);
    }
    return PEL_OK;
}

static pel_status read_labels(struct reading *r, struct pel_error *err)
{
    for (long long k = 0; k < r->types; k++) {
        char *text, *comment;
        long long type;
        pel_status status =
            next_row(r, "Atom Type Labels", k, r->types, &text, &comment, err);
        if (status == PEL_OK)
            status = pel_lines_int(r->lines, &text, "atom type", 1, r->types, &type, err);
        if (status != PEL_OK) return status;
        name_from(text, r->names[type - 1]);
    }
    return PEL_OK;
}

static pel_status read_atoms(struct reading *r, struct pel_error *err)
{
    if (r->has_atoms) return fault(r, err, "section Atoms comes a second time");
    r->has_atoms = 1;
    struct pel_structure *s = r->s;
    for (size_t i = 0; i < s->n; i++) {
        char *text, *comment;
        long long id, type, image[3] = {0, 0, 0};
        double *x = s->x + 3 * i;
        pel_status status =
            next_row(r, "Atoms", (long long)i, r->atoms, &text, &comment, err);
        if (status == PEL_OK)
            status = pel_lines_int(r->lines, &text, "atom id", 1, INT64_MAX, &id, err);
        if (status == PEL_OK)
            status = pel_lines_int(r->lines, &text, "atom type", 1, r->types, &type, err);
        for (int k = 0; k < 3 && status == PEL_OK; k++)
            status = pel_lines_double(r->lines, &text, "position", &x[k], err);
        text += status == PEL_OK ? strspn(text, " \t") : 0;
        if (status == PEL_OK && *text != '\0') {
            for (int k = 0; k < 3 && status == PEL_OK; k++)
                status = pel_lines_int(r->lines, &text, "image flag", -1000000, 1000000,
                                       &image[k], err);
            if (status == PEL_OK) status = expect_end(r, &text, err);
        }
        if (status != PEL_OK) return status;
        s->id[i] = id;
        s->type[i] = (int)type - 1;
        r->line_of[i] = r->lines->line;
        for (int d = 0; d < 3; d++)
            for (int k = 0; k < 3; k++)
                if (image[d] != 0) x[k] += (double)image[d] * s->cell.h[d][k];
    }
    return pel_structure_sort(s, r->line_of, r->lines->path, err);
}

static int by_id(const void *a, const void *b)
{
    const int64_t p = *(const int64_t *)a, q = *(const int64_t *)b;
    return p < q ? -1 : p > q;
}

static pel_status read_velocities(struct reading *r, struct pel_error *err)
{
    struct pel_structure *s = r->s;
    if (!r->has_atoms)
        return fault(r, err, "Velocities before Atoms, expected Atoms first");
    if (s->v != NULL) return fault(r, err, "section Velocities comes a second time");
    s->v = calloc(s->n, 3 * sizeof *s->v);
    if (s->v == NULL)
        return pel_error_set(err, PEL_ENOMEM, "structure of %zu atoms", s->n);
    for (size_t i = 0; i < s->n; i++) {
        char *text, *comment;
        long long id;
        pel_status status =
            next_row(r, "Velocities", (long long)i, r->atoms, &text, &comment, err);
        if (status == PEL_OK)
            status = pel_lines_int(r->lines, &text, "atom id", 1, INT64_MAX, &id, err);
        if (status != PEL_OK) return status;
        const int64_t key = id;
        const int64_t *found = bsearch(&key, s->id, s->n, sizeof *s->id, by_id);
        if (found == NULL)
            return pel_error_at(err, PEL_EFORMAT, r->lines->path, r->lines->line,
                                "atom %lld of Velocities is not in Atoms", id);
        double *v = s->v + 3 * (found - s->id);
        for (int k = 0; k < 3 && status == PEL_OK; k++)
            status = pel_lines_double(r->lines, &text, "velocity", &v[k], err);
        if (status == PEL_OK) status = expect_end(r, &text, err);
        if (status != PEL_OK) return status;
    }
    return PEL_OK;
}

static int is_section(const char *text, const char *name)
{
    size_t rest;
    return ends_with(text, name, &rest) && rest == 0;
}

/* Coefficients of pair styles belong to the potential, which comes from its own file. */
static void skip_rows(struct pel_lines *lines)
{
    const char *ahead;
    while ((ahead = pel_lines_peek(lines)) != NULL) {
        ahead += strspn(ahead, " \t\r");
        if (isalpha((unsigned char)*ahead)) return;
        pel_lines_next(lines);
    }
}

enum section { NO_SECTION, MASSES, LABELS, ATOMS, VELOCITIES, COEFFICIENTS };

static enum section section_of(const char *text)
{
    if (is_section(text, "Masses")) return MASSES;
    if (is_section(text, "Atom Type Labels")) return LABELS;
    if (is_section(text, "Atoms")) return ATOMS;
    if (is_section(text, "Velocities")) return VELOCITIES;
    if (is_section(text, "Pair Coeffs") || is_section(text, "PairIJ Coeffs"))
        return COEFFICIENTS;
    return NO_SECTION;
}

static pel_status read_section(struct reading *r, enum section section, const char *style,
                               struct pel_error *err)
{
    if (r->s == NULL) {
        const pel_status status = begin_sections(r, err);
        if (status != PEL_OK) return status;
    }
    switch (section) {
    case MASSES:
        return read_masses(r, err);
    case LABELS:
        return read_labels(r, err);
    case VELOCITIES:
        return read_velocities(r, err);
    case ATOMS:
        if (*style != '\0' && !is_section(style, "atomic"))
            return pel_error_at(err, PEL_EFORMAT, r->lines->path, r->lines->line,
                                "atom style \"%.40s\", expected atomic", style);
        return read_atoms(r, err);
    case COEFFICIENTS:
    case NO_SECTION:
        break;
    }
    skip_rows(r->lines);
    return PEL_OK;
}

/* Names and masses, from whoever knows them: the caller, the file, the
 * table of elements. */
static pel_status name_species(struct reading *r, struct pel_error *err)
{
    struct pel_structure *s = r->s;
    s->n_species = (size_t)r->types;
    for (size_t k = 0; k < s->n_species; k++) {
        const char *name = r->elements->n > 0 ? r->elements->names[k] : r->names[k];
        if (*name == '\0')
            return pel_error_at(
                err, PEL_EFORMAT, r->lines->path, 0,
                "atom type %zu has no element, expected \"%zu mass # Cu\" in "
                "Masses or the elements named by the user",
                k + 1, k + 1);
        for (size_t l = 0; l < k; l++)
            if (strcmp(name, s->species[l]) == 0)
                return pel_error_at(
                    err, PEL_EFORMAT, r->lines->path, 0,
                    "atom types %zu and %zu are both %s, expected one type "
                    "per element",
                    l + 1, k + 1, name);
        s->mass[k] = r->mass[k];
        pel_structure_set_species(s, k, name);
    }
    return PEL_OK;
}

pel_status pel_lammpsdata_read(struct pel_lines *lines, const struct pel_names *elements,
                               struct pel_structure **out, struct pel_error *err)
{
    struct reading r = {.lines = lines, .elements = elements};
    pel_status status = PEL_OK;
    pel_lines_next(lines); /* LAMMPS, too, takes the first line for a comment */
    char *text;
    while (status == PEL_OK && (text = pel_lines_next(lines)) != NULL) {
        const char *comment = cut_comment(text);
        text += strspn(text, " \t");
        if (*text == '\0') continue;
        const enum section section = section_of(text);
        if (section != NO_SECTION)
            status = read_section(&r, section, comment, err);
        else if (r.s == NULL)
            status = header_line(&r, text, err);
        else
            status = pel_error_at(
                err, PEL_EFORMAT, lines->path, lines->line,
                "\"%.40s\" is %s, expected Masses, Atoms or Velocities", text,
                isalpha((unsigned char)*text) ? "no known section" : "one row too many");
    }
    if (status == PEL_OK && !r.has_atoms)
        status = pel_error_at(err, PEL_EFORMAT, lines->path, lines->line,
                              "the file ends without a section Atoms");
    if (status == PEL_OK) status = name_species(&r, err);
    free(r.line_of);
    if (status == PEL_OK)
        *out = r.s;
    else
        pel_structure_free(r.s);
    return status;
}

/* Cell and frame as LAMMPS wants them. */
struct frame {
    double h[3][3]; /* lower triangular, tilts at most half a length [A] */
    double e[3][3]; /* rows: the axes x, y, z of LAMMPS in the structure's frame */
    int rotated;    /* 0: e is the identity */
};

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static struct frame lammps_frame(const struct pel_cell *cell)
{
    struct frame f = {.e = {{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}}};
    const double(*h)[3] = cell->h;
    f.rotated = h[0][1] != 0.0 || h[0][2] != 0.0 || h[1][2] != 0.0 || !(h[0][0] > 0.0) ||
                !(h[1][1] > 0.0);
    if (f.rotated) {
        /* Gram-Schmidt: x along a, y along what b has beside it, z = x cross y. */
        const double a = sqrt(dot(h[0], h[0]));
        for (int k = 0; k < 3; k++)
            f.e[0][k] = h[0][k] / a;
        const double along = dot(h[1], f.e[0]);
        for (int k = 0; k < 3; k++)
            f.e[1][k] = h[1][k] - along * f.e[0][k];
        const double b = sqrt(dot(f.e[1], f.e[1]));
        for (int k = 0; k < 3; k++)
            f.e[1][k] /= b;
        for (int k = 0; k < 3; k++)
            f.e[2][k] = f.e[0][(k + 1) % 3] * f.e[1][(k + 2) % 3] -
                        f.e[0][(k + 2) % 3] * f.e[1][(k + 1) % 3];
    }
    for (int i = 0; i < 3; i++)
        for (int k = 0; k <= i; k++)
            f.h[i][k] = f.rotated ? dot(h[i], f.e[k]) : h[i][k];
    /* Beyond half a length LAMMPS refuses or warns; the tilt is subtracted in whole
     * vectors, b by a, c by b, then c by a. */
    static const int of[3] = {1, 2, 2}, by[3] = {0, 1, 0};
    for (int step = 0; step < 3; step++) {
        const int i = of[step], k = by[step];
        if (!(fabs(f.h[i][k]) > 0.5 * f.h[k][k])) continue;
        const double times = nearbyint(f.h[i][k] / f.h[k][k]);
        for (int c = 0; c <= k; c++)
            f.h[i][c] -= times * f.h[k][c];
    }
    return f;
}

/* hi such that hi - lo gives the length back, where such a number exists. */
static double box_high(double low, double length)
{
    const double high = low + length;
    if (high - low == length) return high;
    const double above = nextafter(high, INFINITY), below = nextafter(high, -INFINITY);
    if (above - low == length) return above;
    if (below - low == length) return below;
    return high;
}

pel_status pel_structure_write_lammps(const struct pel_structure *s, FILE *file,
                                      const char *comment, struct pel_error *err)
{
    pel_status status = pel_structure_check(s, comment, err);
    if (status != PEL_OK) return status;
    for (size_t k = 0; k < s->n_species; k++)
        if (!(s->mass[k] > 0.0))
            return pel_error_set(err, PEL_EARG, "species %s has no mass", s->species[k]);
    const struct frame f = lammps_frame(&s->cell);
    const double *o = s->cell.origin;
    char b[3][PEL_TEXT_DOUBLE];

    fprintf(
        file, "LAMMPS data file by pelrate %s, units metal%s%s%s\n\n", PEL_VERSION,
        f.rotated ? "; rotated about the corner of the cell to a along x, b in xy" : "",
        comment != NULL && *comment != '\0' ? "; " : "", comment != NULL ? comment : "");
    fprintf(file, "%zu atoms\n%zu atom types\n\n", s->n, s->n_species);
    for (int k = 0; k < 3; k++)
        fprintf(file, "%s %s %clo %chi\n", pel_text_double(b[0], o[k]),
                pel_text_double(b[1], box_high(o[k], f.h[k][k])), 'x' + k, 'x' + k);
    if (f.h[1][0] != 0.0 || f.h[2][0] != 0.0 || f.h[2][1] != 0.0)
        fprintf(file, "%s %s %s xy xz yz\n", pel_text_double(b[0], f.h[1][0]),
                pel_text_double(b[1], f.h[2][0]), pel_text_double(b[2], f.h[2][1]));
    fputs("\nMasses\n\n", file);
    for (size_t k = 0; k < s->n_species; k++)
        fprintf(file, "%zu %s # %s\n", k + 1, pel_text_double(b[0], s->mass[k]),
                s->species[k]);
    fputs("\nAtoms # atomic\n\n", file);
    for (size_t i = 0; i < s->n; i++) {
        const double *x = s->x + 3 * i;
        const double d[3] = {x[0] - o[0], x[1] - o[1], x[2] - o[2]};
        fprintf(file, "%lld %d", (long long)s->id[i], s->type[i] + 1);
        for (int k = 0; k < 3; k++)
            fprintf(file, " %s",
                    pel_text_double(b[0], f.rotated ? dot(d, f.e[k]) + o[k] : x[k]));
        fputc('\n', file);
    }
    if (s->v != NULL) fputs("\nVelocities\n\n", file);
    for (size_t i = 0; s->v != NULL && i < s->n; i++) {
        const double *v = s->v + 3 * i;
        fprintf(file, "%lld", (long long)s->id[i]);
        for (int k = 0; k < 3; k++)
            fprintf(file, " %s",
                    pel_text_double(b[0], f.rotated ? dot(v, f.e[k]) : v[k]));
        fputc('\n', file);
    }
    if (ferror(file)) return pel_error_set(err, PEL_EIO, "writing LAMMPS data failed");
    return PEL_OK;
}

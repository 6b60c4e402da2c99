#include "eamfile_priv.h"

#include "lines_priv.h"

#include <pelrate/text.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The setfl format (LAMMPS, pair_style eam/alloy and eam/fs): three lines of comment; the
 * number of elements and their names; n_rho, d_rho, n_r, d_r, cutoff; then for each
 * element a line (atomic number, mass, ...) and its tables F and density (eam/fs: one
 * density for each element that feels it), then r phi for each pair
 * of elements a >= b. */

enum { COMMENT_LINES = 3, FEWEST_POINTS = 5, FILE_ELEMENTS = 64, TABLE_NAME = 64 };

struct reading {
    struct pel_lines lines;
    struct pel_eamfile *tables;
    size_t n; /* elements of the file */
    char name[FILE_ELEMENTS][16];
    int wanted[FILE_ELEMENTS]; /* index among those asked for; -1: skip */
};

static pel_status fault(const struct reading *r, struct pel_error *err,
                        const char *message)
{
    return pel_error_at(err, PEL_EFORMAT, r->lines.path, r->lines.line, "%s", message);
}

static pel_status next_line(struct reading *r, const char *what, char **text,
                            struct pel_error *err)
{
    *text = pel_lines_next(&r->lines);
    if (*text != NULL) return PEL_OK;
    return pel_error_at(err, PEL_EFORMAT, r->lines.path, r->lines.line,
                        "the file ends here, expected %s", what);
}

static pel_status read_names(struct reading *r, size_t n_elements,
                             const char *const elements[], struct pel_error *err)
{
    char *text, all[128] = "";
    long long n;
    pel_status status = next_line(r, "the names of the elements", &text, err);
    if (status == PEL_OK)
        status = pel_lines_int(&r->lines, &text, "the number of elements", 1,
                               FILE_ELEMENTS, &n, err);
    if (status != PEL_OK) return status;
    r->n = (size_t)n;
    for (size_t k = 0; k < r->n; k++) {
        const char *word = pel_lines_word(&text);
        if (word == NULL)
            return pel_error_at(err, PEL_EFORMAT, r->lines.path, r->lines.line,
                                "%zu names of elements, expected %zu", k, r->n);
        snprintf(r->name[k], sizeof r->name[k], "%s", word);
        const size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", k > 0 ? " " : "", r->name[k]);
        r->wanted[k] = -1;
    }
    for (size_t e = 0; e < n_elements; e++) {
        size_t k = 0;
        while (k < r->n && strcmp(r->name[k], elements[e]) != 0)
            k++;
        if (k == r->n)
            return pel_error_at(
                err, PEL_EFORMAT, r->lines.path, r->lines.line,
                "element %s is not in this potential, expected one of: %s", elements[e],
                all);
        if (r->wanted[k] >= 0)
            return pel_error_set(err, PEL_EARG, "element %s is named twice", elements[e]);
        r->wanted[k] = (int)e;
    }
    return PEL_OK;
}

static pel_status read_grid(struct reading *r, struct pel_error *err)
{
    struct pel_eamfile *t = r->tables;
    long long n_rho, n_r;
    char *text;
    pel_status status = next_line(r, "n_rho d_rho n_r d_r cutoff", &text, err);
    if (status == PEL_OK)
        status = pel_lines_count(&r->lines, &text, "n_rho", &n_rho, err);
    if (status == PEL_OK)
        status = pel_lines_double(&r->lines, &text, "d_rho", &t->d_rho, err);
    if (status == PEL_OK) status = pel_lines_count(&r->lines, &text, "n_r", &n_r, err);
    if (status == PEL_OK)
        status = pel_lines_double(&r->lines, &text, "d_r", &t->d_r, err);
    if (status == PEL_OK)
        status = pel_lines_double(&r->lines, &text, "the cutoff", &t->cutoff, err);
    if (status != PEL_OK) return status;
    if (n_rho < FEWEST_POINTS || n_r < FEWEST_POINTS)
        return pel_error_at(err, PEL_EFORMAT, r->lines.path, r->lines.line,
                            "tables of %lld and %lld points, expected at least %d", n_rho,
                            n_r, FEWEST_POINTS);
    if (!(t->d_rho > 0.0)) return fault(r, err, "d_rho is not positive");
    if (!(t->d_r > 0.0)) return fault(r, err, "d_r is not positive");
    if (!(t->cutoff > 0.0)) return fault(r, err, "the cutoff is not positive");
    t->n_rho = (size_t)n_rho;
    t->n_r = (size_t)n_r;
    return PEL_OK;
}

static pel_status allocate(struct pel_eamfile *t, size_t n, struct pel_error *err)
{
    t->n = n;
    t->embedding = calloc(n * t->n_rho, sizeof *t->embedding);
    t->density = calloc(n * n * t->n_r, sizeof *t->density);
    t->pair = calloc(n * n * t->n_r, sizeof *t->pair);
    if (t->embedding == NULL || t->density == NULL || t->pair == NULL)
        return pel_error_set(err, PEL_ENOMEM, "potential of %zu elements", n);
    return PEL_OK;
}

/* A table that starts on a new line and fills its last line; to NULL: only checked. */
static pel_status read_table(struct reading *r, const char *what, size_t n, double *to,
                             struct pel_error *err)
{
    size_t k = 0;
    while (k < n) {
        char *text = pel_lines_next(&r->lines);
        if (text == NULL)
            return pel_error_at(err, PEL_EFORMAT, r->lines.path, r->lines.line,
                                "the file ends after %zu of %zu values of %s", k, n,
                                what);
        const char *word;
        while ((word = pel_lines_word(&text)) != NULL) {
            double value;
            if (k == n)
                return pel_error_at(
                    err, PEL_EFORMAT, r->lines.path, r->lines.line,
                    "\"%.40s\" after the last of %zu values of %s, expected "
                    "a new line",
                    word, n, what);
            if (pel_text_to_double(word, &value) != 0)
                return pel_error_at(
                    err, PEL_EFORMAT, r->lines.path, r->lines.line,
                    "value %zu of %zu of %s is \"%.40s\", expected a finite "
                    "number",
                    k + 1, n, what, word);
            if (to != NULL) to[k] = value;
            k++;
        }
    }
    return PEL_OK;
}

static pel_status read_element(struct reading *r, enum pel_eamfile_kind kind, size_t k,
                               struct pel_error *err)
{
    struct pel_eamfile *t = r->tables;
    const int a = r->wanted[k];
    char *text, what[TABLE_NAME];
    long long number;
    double mass;
    snprintf(what, sizeof what, "atomic number and mass of %s", r->name[k]);
    pel_status status = next_line(r, what, &text, err);
    if (status == PEL_OK)
        status = pel_lines_int(&r->lines, &text, "atomic number", 0, 1000, &number, err);
    if (status == PEL_OK) status = pel_lines_double(&r->lines, &text, "mass", &mass, err);
    if (status != PEL_OK) return status;
    if (!(mass > 0.0)) return fault(r, err, "mass is not positive, expected g/mol");

    snprintf(what, sizeof what, "F(rho) of %s", r->name[k]);
    status = read_table(r, what, t->n_rho,
                        a < 0 ? NULL : t->embedding + (size_t)a * t->n_rho, err);
    if (a >= 0) t->mass[a] = mass;

    const size_t tables = kind == PEL_EAMFILE_FS ? r->n : 1;
    for (size_t l = 0; l < tables && status == PEL_OK; l++) {
        const int b = r->wanted[l];
        double *to = NULL;
        if (kind == PEL_EAMFILE_FS) {
            snprintf(what, sizeof what, "density of %s at %s", r->name[k], r->name[l]);
            if (a >= 0 && b >= 0)
                to = t->density + ((size_t)a * t->n + (size_t)b) * t->n_r;
        } else {
            snprintf(what, sizeof what, "density of %s", r->name[k]);
            if (a >= 0) to = t->density + (size_t)a * t->n * t->n_r;
        }
        status = read_table(r, what, t->n_r, to, err);
    }
    /* eam/alloy: every element feels the same density. */
    if (kind == PEL_EAMFILE_ALLOY && a >= 0 && status == PEL_OK)
        for (size_t b = 1; b < t->n; b++)
            memcpy(t->density + ((size_t)a * t->n + b) * t->n_r,
                   t->density + (size_t)a * t->n * t->n_r, t->n_r * sizeof(double));
    return status;
}

static pel_status read_pair(struct reading *r, size_t k, size_t l, struct pel_error *err)
{
    struct pel_eamfile *t = r->tables;
    const int a = r->wanted[k], b = r->wanted[l];
    char what[TABLE_NAME];
    snprintf(what, sizeof what, "r phi of %s and %s", r->name[k], r->name[l]);
    if (a < 0 || b < 0) return read_table(r, what, t->n_r, NULL, err);
    double *to = t->pair + ((size_t)a * t->n + (size_t)b) * t->n_r;
    const pel_status status = read_table(r, what, t->n_r, to, err);
    if (status == PEL_OK && a != b)
        memcpy(t->pair + ((size_t)b * t->n + (size_t)a) * t->n_r, to,
               t->n_r * sizeof(double));
    return status;
}

pel_status pel_eamfile_read(const char *path, enum pel_eamfile_kind kind,
                            size_t n_elements, const char *const elements[],
                            struct pel_eamfile *tables, struct pel_error *err)
{
    struct reading r = {.tables = tables};
    *tables = (struct pel_eamfile){0};
    pel_status status = pel_lines_open(&r.lines, path, err);
    if (status != PEL_OK) return status;
    char *text;
    for (int k = 0; k < COMMENT_LINES && status == PEL_OK; k++)
        status = next_line(&r, "three lines of comment", &text, err);
    if (status == PEL_OK) status = read_names(&r, n_elements, elements, err);
    if (status == PEL_OK) status = read_grid(&r, err);
    if (status == PEL_OK) status = allocate(tables, n_elements, err);
    for (size_t k = 0; k < r.n && status == PEL_OK; k++)
        status = read_element(&r, kind, k, err);
    for (size_t k = 0; k < r.n && status == PEL_OK; k++)
        for (size_t l = 0; l <= k && status == PEL_OK; l++)
            status = read_pair(&r, k, l, err);
    pel_lines_close(&r.lines);
    if (status != PEL_OK) pel_eamfile_free(tables);
    return status;
}

void pel_eamfile_free(struct pel_eamfile *tables)
{
    free(tables->embedding);
    free(tables->density);
    free(tables->pair);
    *tables = (struct pel_eamfile){0};
}

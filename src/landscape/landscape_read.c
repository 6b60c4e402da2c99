#include "landscape_priv.h"

#include <pelrate/table.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static pel_status read_spectrum_name(const struct pel_table *table, size_t row,
                                     size_t column, enum pel_landscape_spectrum *which,
                                     struct pel_error *err)
{
    const char *text = pel_table_text(table, row, column);
    for (int s = 0; s < 2; s++)
        if (strcmp(text, pel_landscape_spectrum_names[s]) == 0) {
            *which = (enum pel_landscape_spectrum)s;
            return PEL_OK;
        }
    return pel_error_at(err, PEL_EFORMAT, pel_table_path(table),
                        pel_table_line(table, row),
                        "spectrum is '%s', expected activation or relaxation", text);
}

/* Columns by name, all of them needed. */
static pel_status find_columns(const struct pel_table *table, size_t n,
                               const char *const names[], size_t columns[],
                               struct pel_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const pel_status status = pel_table_column(table, names[i], &columns[i], err);
        if (status != PEL_OK) return status;
    }
    return PEL_OK;
}

/* ---- histogram --------------------------------------------------------------------- */

/* Rows of one spectrum at one level, as they come. */
struct group {
    double e_is;
    enum pel_landscape_spectrum which;
    size_t line;   /* of its first row */
    size_t n;      /* bins so far */
    double *block; /* [4][capacity] lo, hi, density, count; owned */
    size_t capacity;
};

struct groups {
    size_t n, capacity;
    struct group *group; /* owned */
};

static void free_groups(struct groups *groups)
{
    for (size_t i = 0; i < groups->n; i++)
        free(groups->group[i].block);
    free(groups->group);
}

/* The group of a level and spectrum, made when it is new; NULL: out of memory. */
static struct group *find_group(struct groups *groups, double e_is,
                                enum pel_landscape_spectrum which, size_t line,
                                size_t capacity)
{
    /* From the back: rows of one group mostly follow each other. */
    for (size_t i = groups->n; i-- > 0;)
        if (groups->group[i].e_is == e_is && groups->group[i].which == which)
            return &groups->group[i];
    if (groups->n == groups->capacity) {
        const size_t more = groups->capacity > 0 ? 2 * groups->capacity : 16;
        struct group *grown = realloc(groups->group, more * sizeof *grown);
        if (grown == NULL) return NULL;
        groups->group = grown;
        groups->capacity = more;
    }
    struct group *g = &groups->group[groups->n];
    *g = (struct group){.e_is = e_is, .which = which, .line = line};
    g->capacity = capacity < 32 ? capacity : 32;
    g->block = calloc(4 * g->capacity, sizeof *g->block);
    if (g->block == NULL) return NULL;
    groups->n++;
    return g;
}

static int add_bin(struct group *g, const double bin[4])
{
    if (g->n == g->capacity) {
        const size_t more = 2 * g->capacity;
        double *grown = calloc(4 * more, sizeof *grown);
        if (grown == NULL) return -1;
        for (int k = 0; k < 4; k++)
            memcpy(grown + (size_t)k * more, g->block + (size_t)k * g->capacity,
                   g->n * sizeof *grown);
        free(g->block);
        g->block = grown;
        g->capacity = more;
    }
    for (int k = 0; k < 4; k++)
        g->block[(size_t)k * g->capacity + g->n] = bin[k];
    g->n++;
    return 0;
}

static struct pel_histogram group_histogram(const struct group *g)
{
    return (struct pel_histogram){.n = g->n,
                                  .lo_eV = g->block,
                                  .hi_eV = g->block + g->capacity,
                                  .density = g->block + 2 * g->capacity,
                                  .count = g->block + 3 * g->capacity};
}

/* One row, with everything that can be wrong in it said at its line. */
static pel_status read_bin(const struct pel_table *table, size_t row,
                           const size_t column[6], struct groups *groups,
                           struct pel_error *err)
{
    const char *path = pel_table_path(table);
    const size_t line = pel_table_line(table, row);
    enum pel_landscape_spectrum which = PEL_ACTIVATION;
    double e_is = 0.0, bin[4] = {0.0, 0.0, 0.0, NAN};
    pel_status status = read_spectrum_name(table, row, column[0], &which, err);
    if (status == PEL_OK) status = pel_table_number(table, row, column[1], &e_is, err);
    for (int k = 0; k < 3 && status == PEL_OK; k++)
        status = pel_table_number(table, row, column[2 + k], &bin[k], err);
    if (status == PEL_OK && pel_table_text(table, row, column[5])[0] != '\0')
        status = pel_table_number(table, row, column[5], &bin[3], err);
    if (status != PEL_OK) return status;
    if (!(bin[0] >= 0.0 && bin[1] > bin[0]))
        return pel_error_at(err, PEL_EFORMAT, path, line,
                            "bin from %g to %g eV, expected 0 <= e_lo_eV < e_hi_eV",
                            bin[0], bin[1]);
    if (!(bin[2] >= 0.0))
        return pel_error_at(err, PEL_EFORMAT, path, line,
                            "density_per_eV is %g, expected a number >= 0", bin[2]);
    if (bin[3] < 0.0)
        return pel_error_at(err, PEL_EFORMAT, path, line, "count is %g, expected >= 0",
                            bin[3]);
    struct group *g = find_group(groups, e_is, which, line, pel_table_rows(table));
    if (g == NULL) return pel_error_set(err, PEL_ENOMEM, "landscape: out of memory");
    const double end = g->n > 0 ? g->block[g->capacity + g->n - 1] : 0.0;
    if (g->n > 0 && !(bin[0] >= end))
        return pel_error_at(
            err, PEL_EFORMAT, path, line,
            "bin starts at %g eV, expected bins of a level sorted and without "
            "overlap (the one before ends at %g eV)",
            bin[0], end);
    if (add_bin(g, bin) != 0)
        return pel_error_set(err, PEL_ENOMEM, "landscape: out of memory");
    return PEL_OK;
}

static int compare_groups(const void *a, const void *b)
{
    const struct group *p = a, *q = b;
    if (p->e_is != q->e_is) return p->e_is > q->e_is ? 1 : -1;
    return (p->which > q->which) - (p->which < q->which);
}

static pel_status read_histogram(const struct pel_table *table,
                                 const struct pel_landscape_head *head,
                                 struct pel_landscape **out, struct pel_error *err)
{
    static const char *const names[6] = {"spectrum", "e_is_eV_per_atom", "e_lo_eV",
                                         "e_hi_eV",  "density_per_eV",   "count"};
    const char *path = pel_table_path(table);
    size_t column[6];
    struct groups groups = {0};
    struct pel_landscape_level *levels = NULL;
    struct pel_landscape_cells *cells = NULL;
    double *block = NULL;
    struct pel_error why = {0};
    pel_status status = find_columns(table, 6, names, column, err);
    for (size_t row = 0; row < pel_table_rows(table) && status == PEL_OK; row++)
        if (strcmp(pel_table_text(table, row, column[0]), PEL_LANDSCAPE_JOINT) != 0)
            status = read_bin(table, row, column, &groups, err);
    if (status != PEL_OK) goto done;
    if (groups.n == 0) {
        status = pel_error_at(err, PEL_EFORMAT, path, pel_table_header_line(table),
                              "no rows, expected the bins of at least one level");
        goto done;
    }
    qsort(groups.group, groups.n, sizeof *groups.group, compare_groups);
    levels = calloc(groups.n, sizeof *levels);
    if (levels == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "landscape: out of memory");
        goto done;
    }
    size_t n_levels = 0;
    for (size_t i = 0; i < groups.n; i++) {
        const struct group *g = &groups.group[i];
        const struct pel_histogram h = group_histogram(g);
        struct pel_spectrum *probe;
        status = pel_spectrum_histogram(&h, &probe, &why);
        if (status != PEL_OK) {
            status =
                pel_error_at(err, status == PEL_EARG ? PEL_EFORMAT : status, path,
                             g->line, "%s spectrum at %.9g eV/atom: %s",
                             pel_landscape_spectrum_names[g->which], g->e_is, why.text);
            goto done;
        }
        pel_spectrum_free(probe);
        /* Sorted: activation, then relaxation of the same level. */
        const int second = i > 0 && groups.group[i - 1].e_is == g->e_is;
        const int paired =
            second || (i + 1 < groups.n && groups.group[i + 1].e_is == g->e_is);
        if (!paired) {
            status =
                pel_error_at(err, PEL_EFORMAT, path, g->line,
                             "level %.9g eV/atom has no %s spectrum, expected both",
                             g->e_is, pel_landscape_spectrum_names[1 - (int)g->which]);
            goto done;
        }
        if (second) {
            levels[n_levels++].relaxation = h;
        } else {
            levels[n_levels].e_is_eV_per_atom = g->e_is;
            levels[n_levels].activation = h;
        }
    }
    status = pel_landscape_read_cells(table, n_levels, levels, &cells, &block, err);
    if (status != PEL_OK) goto done;
    status = pel_landscape_create_joint(head, n_levels, levels, cells, out, &why);
    if (status != PEL_OK)
        status = pel_error_at(err, status == PEL_EARG ? PEL_EFORMAT : status, path, 0,
                              "%s", why.text);
done:
    free(levels);
    free(cells);
    free(block);
    free_groups(&groups);
    return status;
}

/* ---- parametric -------------------------------------------------------------------- */

static pel_status read_row(const struct pel_table *table, size_t row,
                           const size_t column[7], const double range[3],
                           struct pel_landscape_row *out, struct pel_error *err)
{
    const char *path = pel_table_path(table);
    const size_t line = pel_table_line(table, row);
    struct pel_error why = {0};
    pel_status status = read_spectrum_name(table, row, column[0], &out->spectrum, err);
    out->family = pel_table_text(table, row, column[1]);
    out->parameter = pel_table_text(table, row, column[2]);
    for (int k = 0; k < 3 && status == PEL_OK; k++)
        status = pel_table_number(table, row, column[4 + k], &out->c[k], err);
    if (status != PEL_OK) return status;
    if (pel_landscape_row_check(out, range[0], range[1], range[2], &why) != PEL_OK)
        return pel_error_at(err, PEL_EFORMAT, path, line, "%s", why.text);
    const struct pel_family *family = pel_family_find(out->family);
    const char *expected =
        family->parameter[pel_landscape_parameter_index(family, out->parameter)].unit;
    const char *unit = pel_table_text(table, row, column[3]);
    if (strcmp(unit, expected) != 0)
        return pel_error_at(err, PEL_EFORMAT, path, line,
                            "unit of %s %s is '%s', expected '%s'", family->name,
                            out->parameter, unit, expected);
    return PEL_OK;
}

/* Whether row fits the rows before it: one family a spectrum, each parameter once. */
static pel_status check_company(const struct pel_table *table, size_t row,
                                const struct pel_landscape_row rows[],
                                struct pel_error *err)
{
    const struct pel_landscape_row *r = &rows[row];
    for (size_t i = 0; i < row; i++) {
        if (rows[i].spectrum != r->spectrum) continue;
        if (strcmp(rows[i].family, r->family) != 0)
            return pel_error_at(
                err, PEL_EFORMAT, pel_table_path(table), pel_table_line(table, row),
                "family '%s' after '%s', expected one family for the %s "
                "spectrum",
                r->family, rows[i].family, pel_landscape_spectrum_names[r->spectrum]);
        if (strcmp(rows[i].parameter, r->parameter) == 0)
            return pel_error_at(err, PEL_EFORMAT, pel_table_path(table),
                                pel_table_line(table, row),
                                "parameter '%s' is given twice, first at line %zu",
                                r->parameter, pel_table_line(table, i));
    }
    return PEL_OK;
}

static pel_status read_parametric(const struct pel_table *table,
                                  const struct pel_landscape_head *head,
                                  struct pel_landscape **out, struct pel_error *err)
{
    static const char *const names[7] = {"spectrum", "family", "parameter", "unit",
                                         "c0",       "c1",     "c2"};
    static const char *const keys[3] = {"reference_e_is_eV_per_atom",
                                        "e_is_min_eV_per_atom", "e_is_max_eV_per_atom"};
    const char *path = pel_table_path(table);
    const size_t n = pel_table_rows(table);
    size_t column[7];
    double range[3] = {0};
    struct pel_error why = {0};
    pel_status status = find_columns(table, 7, names, column, err);
    for (int k = 0; k < 3 && status == PEL_OK; k++)
        status = pel_table_key_number(table, keys[k], &range[k], err);
    if (status != PEL_OK) return status;
    if (!(range[1] < range[2])) {
        size_t line = 0;
        for (size_t i = 0; i < pel_table_keys(table); i++)
            if (strcmp(pel_table_key_name(table, i), keys[2]) == 0)
                line = pel_table_key_line(table, i);
        return pel_error_at(err, PEL_EFORMAT, path, line,
                            "%s is %.9g, expected more than the minimum %.9g", keys[2],
                            range[2], range[1]);
    }
    struct pel_landscape_row *rows = calloc(n > 0 ? n : 1, sizeof *rows);
    if (rows == NULL) return pel_error_set(err, PEL_ENOMEM, "landscape: out of memory");
    for (size_t row = 0; row < n && status == PEL_OK; row++) {
        status = read_row(table, row, column, range, &rows[row], err);
        if (status == PEL_OK) status = check_company(table, row, rows, err);
    }
    if (status == PEL_OK) {
        status = pel_landscape_create_parametric(head, range[0], range[1], range[2], n,
                                                 rows, out, &why);
        /* What is left is about rows that are not there. */
        if (status != PEL_OK)
            status = pel_error_at(err, status == PEL_EARG ? PEL_EFORMAT : status, path,
                                  n > 0 ? pel_table_line(table, n - 1)
                                        : pel_table_header_line(table),
                                  "%s", why.text);
    }
    free(rows);
    return status;
}

/* ---- events ------------------------------------------------------------------------ */

static pel_status read_events(const struct pel_table *table,
                              const struct pel_landscape_head *head,
                              struct pel_landscape **out, struct pel_error *err)
{
    static const char *const names[4] = {"sample", "e_is_eV_per_atom", "e_a_eV",
                                         "e_r_eV"};
    const char *path = pel_table_path(table);
    const size_t n = pel_table_rows(table);
    size_t column[4];
    struct pel_error why = {0};
    pel_status status = find_columns(table, 4, names, column, err);
    if (status != PEL_OK) return status;
    if (n == 0)
        return pel_error_at(err, PEL_EFORMAT, path, pel_table_header_line(table),
                            "no rows, expected at least one event");
    double *values = calloc(3 * n, sizeof *values);
    const char **sample = calloc(n, sizeof *sample);
    if (values == NULL || sample == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "landscape: out of memory");
        goto done;
    }
    for (size_t row = 0; row < n; row++) {
        sample[row] = pel_table_text(table, row, column[0]);
        for (size_t k = 0; k < 3; k++) {
            status =
                pel_table_number(table, row, column[1 + k], &values[k * n + row], err);
            if (status != PEL_OK) goto done;
            if (k > 0 && !(values[k * n + row] > 0.0)) {
                status = pel_error_at(err, PEL_EFORMAT, path, pel_table_line(table, row),
                                      "%s is %g, expected a number > 0", names[1 + k],
                                      values[k * n + row]);
                goto done;
            }
        }
    }
    status = pel_landscape_create_events(head, n, sample, values, values + n,
                                         values + 2 * n, out, &why);
    if (status != PEL_OK)
        status = pel_error_at(err, status == PEL_EARG ? PEL_EFORMAT : status, path, 0,
                              "%s", why.text);
done:
    free(values);
    free(sample);
    return status;
}

pel_status pel_landscape_read(const char *path, struct pel_landscape **out,
                              struct pel_error *err)
{
    *out = NULL;
    struct pel_table *table = NULL;
    pel_status status = pel_table_read(path, &table, err);
    if (status != PEL_OK) return status;
    enum pel_landscape_kind kind = PEL_LANDSCAPE_HISTOGRAM;
    struct pel_landscape_head head = {0};
    struct pel_equilibrium *line = NULL;
    status = pel_landscape_read_head(table, &kind, &head, err);
    if (status == PEL_OK)
        status = pel_landscape_read_treatment(table, &head.treatment, err);
    if (status == PEL_OK) status = pel_landscape_read_line(table, &line, err);
    head.equilibrium = line;
    if (status == PEL_OK && kind == PEL_LANDSCAPE_HISTOGRAM)
        status = read_histogram(table, &head, out, err);
    else if (status == PEL_OK && kind == PEL_LANDSCAPE_PARAMETRIC)
        status = read_parametric(table, &head, out, err);
    else if (status == PEL_OK)
        status = read_events(table, &head, out, err);
    pel_equilibrium_free(line);
    pel_table_free(table);
    return status;
}

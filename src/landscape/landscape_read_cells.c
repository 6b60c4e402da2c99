#include "landscape_priv.h"

#include <pelrate/table.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Joint histograms in files: rows of spectrum joint, whose columns e_lo_eV, e_hi_eV are a bin
 * of E_A and e_r_lo_eV, e_r_hi_eV one of E_R, those of the activation and of the relaxation
 * histogram of the level to the last digit; density_per_eV2 is the density. Cells that have
 * no row are empty. */

enum { E_IS, LO, HI, DENSITY, COUNT, R_LO, R_HI, DENSITY2, COLUMNS };
static const char *const names[COLUMNS] = {
    "e_is_eV_per_atom", "e_lo_eV",   "e_hi_eV",        "density_per_eV", "count",
    "e_r_lo_eV",        "e_r_hi_eV", "density_per_eV2"};

struct reading {
    const struct pel_table *table;
    size_t spectrum, column[COLUMNS];
    size_t n_levels;
    const struct pel_landscape_level *levels;
    struct pel_landscape_cells *cells; /* [n_levels] */
    double *block;                     /* density and count of all levels */
    size_t *line;                      /* [n_levels] of the first joint row; 0: none */
    size_t level, bin[2];              /* of the row before: where to look first */
};

static int is_joint(const struct reading *r, size_t row)
{
    return strcmp(pel_table_text(r->table, row, r->spectrum), PEL_LANDSCAPE_JOINT) == 0;
}

/* Index of the bin with these edges from `first` on, round about; n: none. */
static size_t find_bin(const struct pel_histogram *h, size_t first, double lo, double hi)
{
    for (size_t k = 0; k < h->n; k++) {
        const size_t i = (first + k) % h->n;
        if (h->lo_eV[i] == lo && h->hi_eV[i] == hi) return i;
    }
    return h->n;
}

static size_t find_level(const struct reading *r, double e_is)
{
    for (size_t k = 0; k < r->n_levels; k++) {
        const size_t level = (r->level + k) % r->n_levels;
        if (r->levels[level].e_is_eV_per_atom == e_is) return level;
    }
    return r->n_levels;
}

static double *density_of(const struct reading *r, size_t level)
{
    double *at = r->block;
    for (size_t k = 0; k < level; k++)
        at += 2 * r->levels[k].activation.n * r->levels[k].relaxation.n;
    return at;
}

static pel_status no_bin(const struct reading *r, size_t line, const char *which,
                         double lo, double hi, double e_is, struct pel_error *err)
{
    return pel_error_at(err, PEL_EFORMAT, pel_table_path(r->table), line,
                        "level %.9g eV/atom has no %s bin from %.17g to %.17g eV, "
                        "expected the bins of its histograms",
                        e_is, which, lo, hi);
}

static pel_status read_cell(struct reading *r, size_t row, struct pel_error *err)
{
    const char *path = pel_table_path(r->table);
    const size_t line = pel_table_line(r->table, row);
    double value[COLUMNS] = {[COUNT] = NAN};
    for (size_t c = 0; c < COLUMNS; c++) {
        const char *text = pel_table_text(r->table, row, r->column[c]);
        if (c == DENSITY && text[0] != '\0')
            return pel_error_at(err, PEL_EFORMAT, path, line,
                                "%s is '%s' in a row of spectrum joint, expected it "
                                "empty and %s instead",
                                names[c], text, names[DENSITY2]);
        if (c == DENSITY || (c == COUNT && text[0] == '\0')) continue;
        const pel_status status =
            pel_table_number(r->table, row, r->column[c], &value[c], err);
        if (status != PEL_OK) return status;
    }
    if (!(value[DENSITY2] >= 0.0) || value[COUNT] < 0.0)
        return pel_error_at(err, PEL_EFORMAT, path, line,
                            "%s is %g, count is %g, expected numbers >= 0",
                            names[DENSITY2], value[DENSITY2], value[COUNT]);
    const size_t k = find_level(r, value[E_IS]);
    if (k == r->n_levels)
        return pel_error_at(err, PEL_EFORMAT, path, line,
                            "level %.17g eV/atom has a joint but neither an activation "
                            "nor a relaxation spectrum, expected both",
                            value[E_IS]);
    const struct pel_histogram *a = &r->levels[k].activation;
    const struct pel_histogram *b = &r->levels[k].relaxation;
    const size_t i = find_bin(a, r->bin[0], value[LO], value[HI]);
    const size_t j = find_bin(b, r->bin[1], value[R_LO], value[R_HI]);
    if (i == a->n)
        return no_bin(r, line, pel_landscape_spectrum_names[PEL_ACTIVATION], value[LO],
                      value[HI], value[E_IS], err);
    if (j == b->n)
        return no_bin(r, line, pel_landscape_spectrum_names[PEL_RELAXATION], value[R_LO],
                      value[R_HI], value[E_IS], err);
    double *density = density_of(r, k) + i * b->n + j;
    if (!isnan(*density))
        return pel_error_at(err, PEL_EFORMAT, path, line,
                            "the cell from %g and %g eV is given twice at %.9g eV/atom",
                            value[LO], value[R_LO], value[E_IS]);
    *density = value[DENSITY2];
    density[a->n * b->n] = value[COUNT];
    if (r->line[k] == 0) r->line[k] = line;
    r->level = k;
    r->bin[0] = i;
    r->bin[1] = j;
    return PEL_OK;
}

/* Cells without a row are empty; what is there has to be complete. */
static pel_status finish(struct reading *r, struct pel_error *err)
{
    const char *path = pel_table_path(r->table);
    double *at = r->block;
    for (size_t k = 0; k < r->n_levels; k++) {
        const struct pel_landscape_level *level = &r->levels[k];
        const size_t n = level->activation.n * level->relaxation.n;
        int counted = 1;
        if (r->line[k] == 0)
            return pel_error_at(err, PEL_EFORMAT, path, pel_table_header_line(r->table),
                                "level %.9g eV/atom has no rows of spectrum joint, "
                                "others have; expected all levels or none",
                                level->e_is_eV_per_atom);
        for (size_t c = 0; c < n; c++)
            if (!isnan(at[c]) && isnan(at[n + c])) counted = 0;
        for (size_t c = 0; c < n; c++)
            if (isnan(at[c])) {
                at[c] = 0.0;
                at[n + c] = counted ? 0.0 : NAN;
            }
        r->cells[k] = (struct pel_landscape_cells){.density = at, .count = at + n};
        struct pel_error why = {0};
        if (pel_landscape_check_cells(level->e_is_eV_per_atom, &level->activation,
                                      &level->relaxation, &r->cells[k], &why) != PEL_OK)
            return pel_error_at(err, PEL_EFORMAT, path, r->line[k], "%s", why.text);
        at += 2 * n;
    }
    return PEL_OK;
}

/* Columns of cells say nothing in other rows. */
static pel_status check_others(const struct reading *r, size_t row, struct pel_error *err)
{
    for (size_t c = R_LO; c <= DENSITY2; c++) {
        if (r->column[c] >= pel_table_columns(r->table)) continue;
        const char *text = pel_table_text(r->table, row, r->column[c]);
        if (text[0] != '\0')
            return pel_error_at(
                err, PEL_EFORMAT, pel_table_path(r->table), pel_table_line(r->table, row),
                "%s is '%s' in a row of spectrum %s, expected it empty "
                "unless the spectrum is joint",
                names[c], text, pel_table_text(r->table, row, r->spectrum));
    }
    return PEL_OK;
}

pel_status pel_landscape_read_cells(const struct pel_table *table, size_t n_levels,
                                    const struct pel_landscape_level levels[],
                                    struct pel_landscape_cells **cells, double **block,
                                    struct pel_error *err)
{
    struct reading r = {.table = table, .n_levels = n_levels, .levels = levels};
    size_t joint = 0, n = 0;
    *cells = NULL;
    *block = NULL;
    pel_table_find(table, "spectrum", &r.spectrum);
    for (size_t c = 0; c < COLUMNS; c++)
        pel_table_find(table, names[c], &r.column[c]);
    pel_status status = PEL_OK;
    for (size_t row = 0; row < pel_table_rows(table) && status == PEL_OK; row++) {
        const int cell = is_joint(&r, row);
        joint += (size_t)cell;
        if (!cell) status = check_others(&r, row, err);
    }
    if (status != PEL_OK || joint == 0) return status;
    for (size_t c = 0; c < COLUMNS && status == PEL_OK; c++)
        status = pel_table_column(table, names[c], &r.column[c], err);
    if (status != PEL_OK) return status;
    for (size_t k = 0; k < n_levels; k++)
        n += levels[k].activation.n * levels[k].relaxation.n;
    r.block = calloc(2 * n, sizeof *r.block);
    r.cells = calloc(n_levels, sizeof *r.cells);
    r.line = calloc(n_levels, sizeof *r.line);
    if (r.block == NULL || r.cells == NULL || r.line == NULL)
        status = pel_error_set(err, PEL_ENOMEM, "landscape: out of memory");
    else
        for (size_t i = 0; i < 2 * n; i++)
            r.block[i] = NAN;
    for (size_t row = 0; row < pel_table_rows(table) && status == PEL_OK; row++)
        if (is_joint(&r, row)) status = read_cell(&r, row, err);
    if (status == PEL_OK) status = finish(&r, err);
    free(r.line);
    if (status != PEL_OK) {
        free(r.block);
        free(r.cells);
        return status;
    }
    *cells = r.cells;
    *block = r.block;
    return PEL_OK;
}

#include <pelrate/qpd.h>

#include <pelrate/table.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns of a parameter file. */
enum { COMPONENT, PARAMETER, VALUE, UNIT, NEEDED };
static const char *const columns[NEEDED] = {"component", "parameter", "value", "unit"};
static const char *const others[] = {"sample", "source", "note"};

struct file {
    struct pel_table *table; /* owned */
    size_t column[NEEDED];
    size_t sample; /* column; pel_table_columns(): none */
};

static pel_status open_file(const char *path, struct file *file, struct pel_error *err)
{
    *file = (struct file){0};
    pel_status status = pel_table_read(path, &file->table, err);
    if (status != PEL_OK) return status;
    struct pel_table *table = file->table;
    for (size_t i = 0; status == PEL_OK && i < NEEDED; i++)
        status = pel_table_column(table, columns[i], &file->column[i], err);
    for (size_t i = 0; status == PEL_OK && i < pel_table_columns(table); i++) {
        const char *name = pel_table_column_name(table, i);
        int known = 0;
        for (size_t k = 0; k < NEEDED; k++)
            known = known || strcmp(name, columns[k]) == 0;
        for (size_t k = 0; k < sizeof others / sizeof others[0]; k++)
            known = known || strcmp(name, others[k]) == 0;
        if (!known)
            status = pel_error_at(err, PEL_EFORMAT, path, pel_table_header_line(table),
                                  "column '%s', expected component, parameter, value, "
                                  "unit, sample, source or note",
                                  name);
    }
    const char *format = pel_table_key(table, "format");
    if (status == PEL_OK && format != NULL && strcmp(format, PEL_QPD_FORMAT) != 0)
        status = pel_error_at(err, PEL_EFORMAT, path, 1,
                              "format is '%s', expected '# format: " PEL_QPD_FORMAT "'",
                              format);
    if (status == PEL_OK && pel_table_rows(table) == 0)
        status = pel_error_at(err, PEL_EFORMAT, path, pel_table_header_line(table),
                              "no rows, expected parameters");
    pel_table_find(table, "sample", &file->sample);
    if (status != PEL_OK) {
        pel_table_free(table);
        file->table = NULL;
    }
    return status;
}

static const char *sample_of(const struct file *file, size_t row)
{
    return file->sample < pel_table_columns(file->table)
               ? pel_table_text(file->table, row, file->sample)
               : "";
}

/* Whether the sample of a row is named for the first time there. */
static int is_new(const struct file *file, size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (strcmp(sample_of(file, i), sample_of(file, row)) == 0) return 0;
    return sample_of(file, row)[0] != '\0';
}

/* Parameter, unit and domain of a row. Rows of other samples are held to them too. */
static pel_status take_row(const struct file *file, size_t row, struct pel_qpd *qpd,
                           struct pel_error *err)
{
    const struct pel_table *table = file->table;
    const char *path = pel_table_path(table);
    const size_t line = pel_table_line(table, row);
    const char *component = pel_table_text(table, row, file->column[COMPONENT]);
    const char *name = pel_table_text(table, row, file->column[PARAMETER]);
    const char *unit = pel_table_text(table, row, file->column[UNIT]);
    const size_t k = pel_qpd_find(component, name);
    if (k == pel_qpd_count()) {
        /* Which half is wrong. */
        char names[256] = "";
        for (size_t i = 0; i < pel_qpd_count(); i++) {
            const struct pel_qpd_parameter *p = pel_qpd_parameter(i);
            if (strcmp(p->component, component) != 0) continue;
            strncat(names, names[0] != '\0' ? ", " : "",
                    sizeof names - strlen(names) - 1);
            strncat(names, p->name, sizeof names - strlen(names) - 1);
        }
        if (names[0] != '\0')
            return pel_error_at(err, PEL_EFORMAT, path, line,
                                "parameter '%s' of component %s, expected %s", name,
                                component, names);
        return pel_error_at(err, PEL_EFORMAT, path, line,
                            "component '%s', expected elastic, beta, anelastic, "
                            "viscoplastic, reference, hierarchy, glass, stress, alpha or "
                            "crossing",
                            component);
    }
    if (strcmp(unit, pel_qpd_parameter(k)->unit) != 0)
        return pel_error_at(err, PEL_EFORMAT, path, line,
                            "unit of %s %s is '%s', expected %s", component, name, unit,
                            pel_qpd_parameter(k)->unit);
    double value;
    pel_status status = pel_table_number(table, row, file->column[VALUE], &value, err);
    if (status != PEL_OK) return status;
    if (!isnan(pel_qpd_value(qpd, k)))
        return pel_error_at(err, PEL_EFORMAT, path, line,
                            "%s %s a second time, expected once", component, name);
    struct pel_error why = {0};
    if (pel_qpd_set(qpd, k, value, &why) != PEL_OK)
        return pel_error_at(err, PEL_EFORMAT, path, line, "%s", why.text);
    return PEL_OK;
}

/* One sample: its own rows and those of all. */
static pel_status take_sample(const struct file *file, const char *sample,
                              struct pel_qpd *qpd, struct pel_error *err)
{
    *qpd = pel_qpd_none();
    for (size_t row = 0; row < pel_table_rows(file->table); row++) {
        const char *of = sample_of(file, row);
        if (of[0] != '\0' && strcmp(of, sample) != 0) continue;
        const pel_status status = take_row(file, row, qpd, err);
        if (status != PEL_OK) return status;
    }
    return PEL_OK;
}

pel_status pel_qpd_samples(const char *path, size_t *n, char ***names,
                           struct pel_error *err)
{
    *names = NULL;
    *n = 0;
    struct file file;
    const pel_status status = open_file(path, &file, err);
    if (status != PEL_OK) return status;
    size_t size = 1;
    for (size_t row = 0; row < pel_table_rows(file.table); row++)
        if (is_new(&file, row)) {
            ++*n;
            size += strlen(sample_of(&file, row)) + 1;
        }
    const int nameless = *n == 0;
    if (nameless) *n = 1;
    char **list = calloc(1, *n * sizeof *list + size);
    if (list == NULL) {
        pel_table_free(file.table);
        return pel_error_set(err, PEL_ENOMEM, "%s: samples", path);
    }
    char *text = (char *)(list + *n);
    list[0] = text;
    size_t k = 0;
    for (size_t row = 0; !nameless && row < pel_table_rows(file.table); row++)
        if (is_new(&file, row)) {
            list[k++] = strcpy(text, sample_of(&file, row));
            text += strlen(text) + 1;
        }
    pel_table_free(file.table);
    *names = list;
    return PEL_OK;
}

static pel_status no_such_sample(const char *path, const char *sample, size_t n,
                                 char *const names[], struct pel_error *err)
{
    char text[256] = "";
    for (size_t i = 0; i < n; i++) {
        strncat(text, i > 0 ? ", " : "", sizeof text - strlen(text) - 1);
        strncat(text, names[i], sizeof text - strlen(text) - 1);
    }
    if (sample == NULL)
        return pel_error_set(err, PEL_EARG, "%s has %zu samples, expected one of %s",
                             path, n, text);
    if (n == 1 && text[0] == '\0')
        return pel_error_set(
            err, PEL_EARG, "%s names no samples, sample '%s' is not there", path, sample);
    return pel_error_set(err, PEL_EARG, "sample '%s' is not in %s, expected one of %s",
                         sample, path, text);
}

pel_status pel_qpd_read(const char *path, const char *sample, struct pel_qpd *out,
                        struct pel_error *err)
{
    *out = pel_qpd_none();
    char **names = NULL;
    size_t n;
    struct file file = {0};
    pel_status status = pel_qpd_samples(path, &n, &names, err);
    if (status == PEL_OK) status = open_file(path, &file, err);
    /* All of the file is held to the rules, not only the sample that is wanted. */
    size_t found = n;
    for (size_t k = 0; status == PEL_OK && k < n; k++) {
        struct pel_qpd qpd;
        status = take_sample(&file, names[k], &qpd, err);
        const int wanted = sample != NULL ? strcmp(sample, names[k]) == 0 : n == 1;
        if (status == PEL_OK && wanted) {
            *out = qpd;
            found = k;
        }
    }
    if (status == PEL_OK && found == n)
        status = no_such_sample(path, sample, n, names, err);
    pel_table_free(file.table);
    free(names);
    return status;
}

void pel_qpd_write(const struct pel_qpd *qpd, FILE *stream)
{
    fputs("component,parameter,value,unit\n", stream);
    for (size_t k = 0; k < pel_qpd_count(); k++) {
        const struct pel_qpd_parameter *p = pel_qpd_parameter(k);
        const double value = pel_qpd_value(qpd, k);
        if (isnan(value)) continue;
        fprintf(stream, "%s,%s,", p->component, p->name);
        pel_table_put_number(stream, value);
        fprintf(stream, ",%s\n", p->unit);
    }
}

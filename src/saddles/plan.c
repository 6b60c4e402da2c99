#include <pelrate/plan.h>
#include <pelrate/table.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The columns; the index in the table of each, its number of columns where it is not
 * there. */
enum column { STRUCTURE, SEARCHES, EVENTS, NAME, LEVEL, N_COLUMNS };
static const char *const column_names[N_COLUMNS] = {"structure", "searches", "events",
                                                    "name", "level"};

struct reading {
    const struct pel_table *table;
    size_t column[N_COLUMNS];
    struct pel_plan *plan;
    struct pel_error *err;
};

void pel_plan_free(struct pel_plan *plan)
{
    if (plan == NULL) return;
    for (size_t k = 0; plan->samples != NULL && k < plan->n; k++) {
        free(plan->samples[k].structure);
        free(plan->samples[k].path);
    }
    free(plan->samples);
    free(plan->path);
    free(plan);
}

void pel_plan_name(const char *path, size_t size, char name[])
{
    const char *base = strrchr(path, '/');
    snprintf(name, size, "%s", base != NULL ? base + 1 : path);
    char *dot = strrchr(name, '.');
    if (dot != NULL && dot != name) *dot = '\0';
}

static pel_status find_columns(struct reading *reading)
{
    const struct pel_table *table = reading->table;
    for (size_t c = 0; c < pel_table_columns(table); c++) {
        int k = 0;
        while (k < N_COLUMNS &&
               strcmp(pel_table_column_name(table, c), column_names[k]) != 0)
            k++;
        if (k == N_COLUMNS)
            return pel_error_at(
                reading->err, PEL_EFORMAT, pel_table_path(table),
                pel_table_header_line(table),
                "unknown column '%s', expected structure, searches, events, name or level",
                pel_table_column_name(table, c));
    }
    for (int k = 0; k < N_COLUMNS; k++)
        pel_table_find(table, column_names[k], &reading->column[k]);
    size_t index;
    return pel_table_column(table, column_names[STRUCTURE], &index, reading->err);
}

/* A field as text; "" where the table lacks the column. */
static const char *field(const struct reading *reading, size_t row, enum column column)
{
    return reading->column[column] < pel_table_columns(reading->table)
               ? pel_table_text(reading->table, row, reading->column[column])
               : "";
}

/* A positive whole number; 0 where the field is empty. */
static pel_status count(const struct reading *reading, size_t row, enum column column,
                        size_t *value)
{
    long long number = 0;
    *value = 0;
    if (*field(reading, row, column) == '\0') return PEL_OK;
    pel_status status = pel_table_integer(reading->table, row, reading->column[column],
                                          &number, reading->err);
    if (status != PEL_OK) return status;
    if (number < 1)
        return pel_error_at(reading->err, PEL_EFORMAT, reading->plan->path,
                            pel_table_line(reading->table, row),
                            "%s is %lld, expected 1 or more (or nothing)",
                            column_names[column], number);
    *value = (size_t)number;
    return PEL_OK;
}

static char *copy(const char *text)
{
    char *to = malloc(strlen(text) + 1);
    return to != NULL ? strcpy(to, text) : NULL;
}

/* The file of a sample, seen from where the program is. */
static char *path_of(const char *plan, const char *structure)
{
    const char *base = strrchr(plan, '/');
    const size_t folder =
        structure[0] == '/' || base == NULL ? 0 : (size_t)(base + 1 - plan);
    char *path = malloc(folder + strlen(structure) + 1);
    if (path == NULL) return NULL;
    memcpy(path, plan, folder);
    strcpy(path + folder, structure);
    return path;
}

static pel_status take_name(const struct reading *reading, size_t row)
{
    struct pel_plan_sample *sample = &reading->plan->samples[row];
    const char *file = reading->plan->path;
    const char *given = field(reading, row, NAME), *level = field(reading, row, LEVEL);
    char name[2 * PEL_PLAN_NAME];
    if (*given != '\0')
        snprintf(name, sizeof name, "%s", given);
    else
        pel_plan_name(sample->structure, sizeof name, name);
    if (strlen(name) >= sizeof sample->name || strlen(level) >= sizeof sample->level)
        return pel_error_at(reading->err, PEL_EFORMAT, file, sample->line,
                            "a name or level of more than %d characters",
                            PEL_PLAN_NAME - 1);
    strcpy(sample->name, name);
    strcpy(sample->level, level);
    for (size_t k = 0; k < row; k++)
        if (strcmp(reading->plan->samples[k].name, name) == 0)
            return pel_error_at(reading->err, PEL_EFORMAT, file, sample->line,
                                "sample '%s' is there twice, expected another name",
                                name);
    return PEL_OK;
}

static pel_status take_row(const struct reading *reading, size_t row)
{
    struct pel_plan_sample *sample = &reading->plan->samples[row];
    const char *structure = field(reading, row, STRUCTURE);
    sample->line = pel_table_line(reading->table, row);
    if (*structure == '\0')
        return pel_error_at(reading->err, PEL_EFORMAT, reading->plan->path, sample->line,
                            "no structure, expected the name of a file");
    sample->structure = copy(structure);
    sample->path = path_of(reading->plan->path, structure);
    if (sample->structure == NULL || sample->path == NULL)
        return pel_error_set(reading->err, PEL_ENOMEM, "plan of %zu samples",
                             reading->plan->n);
    pel_status status = take_name(reading, row);
    if (status == PEL_OK) status = count(reading, row, SEARCHES, &sample->goal.searches);
    if (status == PEL_OK) status = count(reading, row, EVENTS, &sample->goal.events);
    if (status != PEL_OK) return status;
    if (sample->goal.searches == 0 && sample->goal.events == 0)
        return pel_error_at(reading->err, PEL_EFORMAT, reading->plan->path, sample->line,
                            "neither searches nor events, expected one of them or both");
    return PEL_OK;
}

pel_status pel_plan_read(const char *path, struct pel_plan **out, struct pel_error *err)
{
    *out = NULL;
    struct pel_table *table = NULL;
    pel_status status = pel_table_read(path, &table, err);
    if (status != PEL_OK) return status;
    const size_t n = pel_table_rows(table);
    struct pel_plan *plan = calloc(1, sizeof *plan);
    if (plan != NULL) {
        plan->n = n;
        plan->path = copy(path);
        plan->samples = calloc(n + 1, sizeof *plan->samples);
    }
    struct reading reading = {.table = table, .plan = plan, .err = err};
    if (plan == NULL || plan->path == NULL || plan->samples == NULL)
        status = pel_error_set(err, PEL_ENOMEM, "plan of %zu samples", n);
    if (status == PEL_OK) status = find_columns(&reading);
    if (status == PEL_OK && n == 0)
        status = pel_error_at(err, PEL_EFORMAT, path, pel_table_header_line(table),
                              "no rows, expected one for each sample");
    for (size_t row = 0; status == PEL_OK && row < n; row++)
        status = take_row(&reading, row);
    pel_table_free(table);
    if (status != PEL_OK) {
        pel_plan_free(plan);
        return status;
    }
    *out = plan;
    return PEL_OK;
}

/* 0 is no limit: more than any number. */
static int is_lower(size_t now, size_t before)
{
    return now != 0 && (before == 0 || now < before);
}

static pel_status compare_number(const struct pel_plan *after,
                                 const struct pel_plan_sample *sample, const char *what,
                                 size_t now, size_t before, struct pel_error *err)
{
    char was[32] = "none";
    if (!is_lower(now, before)) return PEL_OK;
    if (before > 0) snprintf(was, sizeof was, "%zu", before);
    return pel_error_at(err, PEL_EMISMATCH, after->path, sample->line,
                        "%s of sample '%s' is %zu, expected no less than before (%s)",
                        what, sample->name, now, was);
}

pel_status pel_plan_compare(const struct pel_plan *before, const struct pel_plan *after,
                            struct pel_error *err)
{
    for (size_t k = 0; k < before->n; k++) {
        const struct pel_plan_sample *old = &before->samples[k], *now = after->samples;
        while (now < after->samples + after->n && strcmp(now->name, old->name) != 0)
            now++;
        if (now == after->samples + after->n)
            return pel_error_at(err, PEL_EMISMATCH, after->path, 0,
                                "sample '%s' is not there any more, expected all that %s "
                                "has",
                                old->name, before->path);
        const int same_level = strcmp(now->level, old->level) == 0;
        if (!same_level || strcmp(now->structure, old->structure) != 0)
            return pel_error_at(err, PEL_EMISMATCH, after->path, now->line,
                                "%s of sample '%s' is '%s', expected '%s' as before",
                                same_level ? "structure" : "level", now->name,
                                same_level ? now->structure : now->level,
                                same_level ? old->structure : old->level);
        pel_status status = compare_number(after, now, "searches", now->goal.searches,
                                           old->goal.searches, err);
        if (status == PEL_OK)
            status = compare_number(after, now, "events", now->goal.events,
                                    old->goal.events, err);
        if (status != PEL_OK) return status;
    }
    return PEL_OK;
}

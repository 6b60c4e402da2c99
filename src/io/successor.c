#include <pelrate/successor.h>

#include <pelrate/table.h>

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word, *text;
} kinds[PEL_SUCCESSOR_N] = {
#define KIND_ROW(name, word, text) {word, text},
    PEL_SUCCESSOR_LIST(KIND_ROW)
#undef KIND_ROW
};

const char *pel_successor_word(enum pel_successor_kind kind)
{
    return (int)kind >= 0 && kind < PEL_SUCCESSOR_N ? kinds[kind].word : NULL;
}

const char *pel_successor_text(enum pel_successor_kind kind)
{
    return (int)kind >= 0 && kind < PEL_SUCCESSOR_N ? kinds[kind].text : NULL;
}

int pel_successor_is_back(enum pel_successor_kind kind)
{
    return kind == PEL_SUCCESSOR_BACK || kind == PEL_SUCCESSOR_BACK_OTHER ||
           kind == PEL_SUCCESSOR_BACK_LOCAL;
}

/* The columns in the order of the file, each with the member it is. */
enum type { NAME, STATUS, COUNT, NUMBER, KIND };

static const struct {
    const char *name;
    enum type type;
    size_t offset; /* of the member in struct pel_successor */
} columns[] = {
#define COLUMN(name, type, member)                                                       \
    {                                                                                    \
        name, type, offsetof(struct pel_successor, member)                               \
    }
    COLUMN("sample", NAME, event.sample),
    COLUMN("e_is_eV_per_atom", NUMBER, event.e_is),
    COLUMN("search", COUNT, event.search),
    COLUMN("atom", COUNT, event.atom),
    COLUMN("status", STATUS, event.status),
    COLUMN("e_a_eV", NUMBER, event.e_a),
    COLUMN("e_r_eV", NUMBER, event.e_r),
    COLUMN("eigenvalue_eV_per_A2", NUMBER, event.eigenvalue),
    COLUMN("force_calls", COUNT, event.force_calls),
    COLUMN("displacement_A", NUMBER, event.displacement),
    COLUMN("moved_atoms", COUNT, event.moved_atoms),
    COLUMN("duplicate_of", COUNT, event.duplicate_of),
    COLUMN("first_sample", NAME, first_sample),
    COLUMN("first_search", COUNT, first_search),
    COLUMN("first_e_is_eV_per_atom", NUMBER, first_e_is),
    COLUMN("first_e_a_eV", NUMBER, first_e_a),
    COLUMN("first_e_r_eV", NUMBER, first_e_r),
    COLUMN("drift_A", NUMBER, drift),
    COLUMN("kind", KIND, kind),
    COLUMN("overlap", NUMBER, overlap),
    COLUMN("residual", NUMBER, residual),
#undef COLUMN
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

void pel_successor_put_names(FILE *stream)
{
    for (size_t i = 0; i < N_COLUMNS; i++)
        fprintf(stream, "%s%s", i > 0 ? "," : "", columns[i].name);
    fputc('\n', stream);
}

void pel_successor_put(FILE *stream, const struct pel_successor *row)
{
    for (size_t i = 0; i < N_COLUMNS; i++) {
        const void *member = (const char *)row + columns[i].offset;
        if (i > 0) fputc(',', stream);
        switch (columns[i].type) {
        case NAME:
        case STATUS:
            pel_table_put_text(stream, member);
            break;
        case COUNT:
            if (*(const int64_t *)member >= 0)
                fprintf(stream, "%" PRId64, *(const int64_t *)member);
            break;
        case NUMBER:
            if (!isnan(*(const double *)member))
                pel_table_put_number(stream, *(const double *)member);
            break;
        case KIND:
            pel_table_put_text(stream, kinds[row->kind].word);
            break;
        }
    }
    fputc('\n', stream);
}

void pel_successor_list_free(struct pel_successor_list *list)
{
    if (list == NULL) return;
    free(list->rows);
    free(list);
}

static pel_status bad_field(const struct pel_table *table, size_t row, size_t column,
                            const char *expected, struct pel_error *err)
{
    return pel_error_at(err, PEL_EFORMAT, pel_table_path(table),
                        pel_table_line(table, row), "%s is '%.80s', expected %s",
                        pel_table_column_name(table, column),
                        pel_table_text(table, row, column), expected);
}

static pel_status read_field(const struct pel_table *table, size_t row, size_t column,
                             size_t i, struct pel_successor *to, struct pel_error *err)
{
    const char *field = pel_table_text(table, row, column);
    void *member = (char *)to + columns[i].offset;
    switch (columns[i].type) {
    case NAME:
    case STATUS: {
        const size_t size = columns[i].type == NAME ? PEL_EVENT_NAME : PEL_EVENT_STATUS;
        if (field[0] == '\0' || strlen(field) >= size)
            return bad_field(table, row, column, "a text that is not empty or too long",
                             err);
        memcpy(member, field, strlen(field) + 1);
        return PEL_OK;
    }
    case COUNT: {
        long long number = -1;
        pel_status status = PEL_OK;
        if (field[0] != '\0')
            status = pel_table_integer(table, row, column, &number, err);
        *(int64_t *)member = number;
        return status;
    }
    case NUMBER:
        *(double *)member = NAN;
        if (field[0] == '\0') return PEL_OK;
        return pel_table_number(table, row, column, member, err);
    case KIND:
        break;
    }
    for (int kind = 0; kind < PEL_SUCCESSOR_N; kind++)
        if (strcmp(kinds[kind].word, field) == 0) {
            to->kind = (enum pel_successor_kind)kind;
            return PEL_OK;
        }
    return bad_field(table, row, column, "back, onward, elsewhere, ... or nothing", err);
}

static pel_status read_list(const struct pel_table *table,
                            struct pel_successor_list *list, struct pel_error *err)
{
    size_t at[N_COLUMNS];
    for (size_t i = 0; i < N_COLUMNS; i++) {
        const pel_status status = pel_table_column(table, columns[i].name, &at[i], err);
        if (status != PEL_OK) return status;
    }
    list->n = pel_table_rows(table);
    list->rows = calloc(list->n + 1, sizeof *list->rows);
    if (list->rows == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu rows", list->n);
    for (size_t k = 0; k < list->n; k++) {
        struct pel_successor *row = &list->rows[k];
        for (size_t i = 0; i < N_COLUMNS; i++) {
            const pel_status status = read_field(table, k, at[i], i, row, err);
            if (status != PEL_OK) return status;
        }
        const int is_valid = strcmp(row->event.status, PEL_EVENT_VALID) == 0;
        if (!(row->first_e_a > 0.0 && row->first_e_r > 0.0) ||
            (is_valid && !(row->event.e_a > 0.0 && row->event.e_r > 0.0)))
            return pel_error_at(err, PEL_EFORMAT, pel_table_path(table),
                                pel_table_line(table, k),
                                "barriers that are not positive, expected all > 0");
        if (is_valid != (row->kind != PEL_SUCCESSOR_NONE))
            return pel_error_at(err, PEL_EFORMAT, pel_table_path(table),
                                pel_table_line(table, k),
                                "status '%s' with kind '%s', expected a kind for a valid "
                                "event alone",
                                row->event.status, kinds[row->kind].word);
    }
    return PEL_OK;
}

pel_status pel_successor_list_read(const char *path, struct pel_successor_list **out,
                                   struct pel_error *err)
{
    *out = NULL;
    struct pel_table *table = NULL;
    pel_status status = pel_table_read(path, &table, err);
    if (status != PEL_OK) return status;
    struct pel_successor_list *list = calloc(1, sizeof *list);
    status = list != NULL ? read_list(table, list, err)
                          : pel_error_set(err, PEL_ENOMEM, "%s: successors", path);
    pel_table_free(table);
    if (status != PEL_OK) {
        pel_successor_list_free(list);
        return status;
    }
    *out = list;
    return PEL_OK;
}

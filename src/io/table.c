#include <pelrate/table.h>

#include <pelrate/text.h>

#include <csv.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct key {
    char *name;  /* owned */
    char *value; /* owned */
    size_t line; /* from 1 */
};

struct pel_table {
    char *path;          /* owned */
    size_t n_keys;       /* header keys */
    struct key *keys;    /* [n_keys] owned */
    size_t n_columns;    /* fields of a row */
    size_t n_rows;       /* rows below the column names */
    size_t header_line;  /* line of the column names */
    size_t *lines;       /* [n_rows] line of each row; owned */
    char **fields;       /* [n_columns (1 + n_rows)] names first, then rows; owned */
    size_t n_fields;     /* used so far */
    size_t fields_alloc; /* capacity of fields */
    size_t lines_alloc;  /* capacity of lines */
};

void pel_table_free(struct pel_table *table)
{
    if (table == NULL) return;
    for (size_t i = 0; i < table->n_keys; i++) {
        free(table->keys[i].name);
        free(table->keys[i].value);
    }
    for (size_t i = 0; i < table->n_fields; i++)
        free(table->fields[i]);
    free(table->keys);
    free(table->fields);
    free(table->lines);
    free(table->path);
    free(table);
}

static char *copy_span(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (copy == NULL) return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

/* Room for one more element of a growing array; NULL when memory ends. */
static void *grow(void *array, size_t used, size_t *alloc, size_t size)
{
    if (used < *alloc) return array;
    const size_t wanted = *alloc > 0 ? 2 * *alloc : 64;
    void *bigger = realloc(array, wanted * size);
    if (bigger != NULL) *alloc = wanted;
    return bigger;
}

/* What the libcsv callbacks see while one file is parsed. */
struct reading {
    struct pel_table *table;
    struct pel_error *err;
    pel_status status;
    size_t line;       /* line being fed */
    size_t row_line;   /* line on which the current row began */
    size_t row_fields; /* fields of the current row so far */
    int row_is_open;   /* a row continues on the next line (quoted line break) */
};

static void take_field(void *text, size_t length, void *context)
{
    struct reading *reading = context;
    struct pel_table *table = reading->table;
    if (reading->status != PEL_OK) return;
    char **fields =
        grow(table->fields, table->n_fields, &table->fields_alloc, sizeof *fields);
    char *copy = fields != NULL ? copy_span(text != NULL ? text : "", length) : NULL;
    if (fields != NULL) table->fields = fields;
    if (copy == NULL) {
        reading->status =
            pel_error_set(reading->err, PEL_ENOMEM, "%s: table", table->path);
        return;
    }
    table->fields[table->n_fields++] = copy;
    reading->row_fields++;
}

static pel_status take_names(struct reading *reading)
{
    struct pel_table *table = reading->table;
    table->n_columns = reading->row_fields;
    table->header_line = reading->row_line;
    for (size_t i = 0; i < table->n_columns; i++) {
        if (table->fields[i][0] == '\0')
            return pel_error_at(reading->err, PEL_EFORMAT, table->path, reading->row_line,
                                "column %zu has no name, expected a row of column names",
                                i + 1);
        for (size_t j = 0; j < i; j++)
            if (strcmp(table->fields[i], table->fields[j]) == 0)
                return pel_error_at(
                    reading->err, PEL_EFORMAT, table->path, reading->row_line,
                    "column '%s' twice, expected different names", table->fields[i]);
    }
    return PEL_OK;
}

static void take_row(int end, void *context)
{
    (void)end;
    struct reading *reading = context;
    struct pel_table *table = reading->table;
    reading->row_is_open = 0;
    if (reading->status != PEL_OK) return;
    if (table->n_columns == 0) {
        reading->status = take_names(reading);
    } else if (reading->row_fields != table->n_columns) {
        reading->status = pel_error_at(reading->err, PEL_EFORMAT, table->path,
                                       reading->row_line, "%zu fields, expected %zu",
                                       reading->row_fields, table->n_columns);
    } else {
        size_t *lines =
            grow(table->lines, table->n_rows, &table->lines_alloc, sizeof *lines);
        if (lines == NULL) {
            reading->status = pel_error_set(reading->err, PEL_ENOMEM, "%s", table->path);
            return;
        }
        table->lines = lines;
        table->lines[table->n_rows++] = reading->row_line;
    }
    reading->row_fields = 0;
}

/* "# key: value"; anything else after # is a comment. */
static pel_status take_key(struct reading *reading, const char *text, size_t length)
{
    struct pel_table *table = reading->table;
    const char *end = text + length;
    text++; /* the # */
    while (text < end && isspace((unsigned char)*text))
        text++;
    const char *name = text;
    while (text < end && (isalnum((unsigned char)*text) || *text == '_' || *text == '-'))
        text++;
    if (text == name || text == end || *text != ':') return PEL_OK;
    const size_t name_length = (size_t)(text - name);
    text++;
    while (text < end && isspace((unsigned char)*text))
        text++;
    while (end > text && isspace((unsigned char)end[-1]))
        end--;

    struct key *keys = realloc(table->keys, (table->n_keys + 1) * sizeof *keys);
    if (keys == NULL) goto nomem;
    table->keys = keys;
    struct key *key = &keys[table->n_keys++];
    *key = (struct key){.name = copy_span(name, name_length),
                        .value = copy_span(text, (size_t)(end - text)),
                        .line = reading->line};
    if (key->name == NULL || key->value == NULL) goto nomem;
    for (size_t i = 0; i + 1 < table->n_keys; i++)
        if (strcmp(table->keys[i].name, key->name) == 0)
            return pel_error_at(reading->err, PEL_EFORMAT, table->path, reading->line,
                                "key '%s' twice, expected once (first on line %zu)",
                                key->name, table->keys[i].line);
    return PEL_OK;

nomem:
    return pel_error_set(reading->err, PEL_ENOMEM, "%s: header", table->path);
}

static pel_status feed_line(struct reading *reading, struct csv_parser *parser,
                            const char *text, size_t length)
{
    reading->line++;
    /* Spreadsheets put a byte order mark before the first key. */
    if (reading->line == 1 && length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        length -= 3;
    }
    /* A field would end there unseen: 0.8 of a damaged 0.8\0125, or a UTF-16 file. */
    if (memchr(text, '\0', length) != NULL)
        return pel_error_at(reading->err, PEL_EFORMAT, reading->table->path,
                            reading->line, "a byte of value zero, expected text");
    if (!reading->row_is_open && length > 0 && text[0] == '#')
        return take_key(reading, text, length);
    if (!reading->row_is_open) reading->row_line = reading->line;
    reading->row_is_open = 1;
    const size_t parsed = csv_parse(parser, text, length, take_field, take_row, reading);
    if (reading->status != PEL_OK) return reading->status;
    if (parsed != length)
        return pel_error_at(reading->err, PEL_EFORMAT, reading->table->path,
                            reading->line, "%s, expected comma-separated fields",
                            csv_strerror(csv_error(parser)));
    /* A blank line ends no row and opens none. */
    if (reading->row_fields == 0 && strspn(text, " \t\r\n") >= length)
        reading->row_is_open = 0;
    return PEL_OK;
}

static pel_status parse_stream(struct reading *reading, FILE *stream)
{
    struct pel_table *table = reading->table;
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return pel_error_set(reading->err, PEL_ENOMEM, "%s: CSV parser", table->path);
    char *text = NULL;
    size_t alloc = 0;
    ssize_t length;
    pel_status status = PEL_OK;
    errno = 0;
    while (status == PEL_OK && (length = getline(&text, &alloc, stream)) > 0)
        status = feed_line(reading, &parser, text, (size_t)length);
    if (status == PEL_OK && ferror(stream))
        status = pel_error_at(reading->err, errno == EISDIR ? PEL_EOPEN : PEL_EIO,
                              table->path, 0, "cannot read: %s", strerror(errno));
    if (status == PEL_OK) {
        /* Ends a last row that has no line break. */
        if (csv_fini(&parser, take_field, take_row, reading) != 0)
            status =
                pel_error_at(reading->err, PEL_EFORMAT, table->path, reading->row_line,
                             "a quote is not closed, expected one before the end");
        else
            status = reading->status;
    }
    if (status == PEL_OK && table->n_columns == 0)
        status = pel_error_at(reading->err, PEL_EFORMAT, table->path, reading->line,
                              "the file ends, expected a row of column names");
    free(text);
    csv_free(&parser);
    return status;
}

pel_status pel_table_read(const char *path, struct pel_table **out, struct pel_error *err)
{
    *out = NULL;
    FILE *stream = fopen(path, "r");
    if (stream == NULL)
        return pel_error_at(err, PEL_EOPEN, path, 0, "cannot open: %s", strerror(errno));
    struct pel_table *table = calloc(1, sizeof *table);
    if (table != NULL) table->path = copy_span(path, strlen(path));
    if (table == NULL || table->path == NULL) {
        fclose(stream);
        pel_table_free(table);
        return pel_error_set(err, PEL_ENOMEM, "%s: table", path);
    }
    struct reading reading = {.table = table, .err = err};
    const pel_status status = parse_stream(&reading, stream);
    fclose(stream);
    if (status != PEL_OK) {
        pel_table_free(table);
        return status;
    }
    *out = table;
    return PEL_OK;
}

const char *pel_table_path(const struct pel_table *table)
{
    return table->path;
}

size_t pel_table_rows(const struct pel_table *table)
{
    return table->n_rows;
}

size_t pel_table_columns(const struct pel_table *table)
{
    return table->n_columns;
}

const char *pel_table_column_name(const struct pel_table *table, size_t column)
{
    return table->fields[column];
}

size_t pel_table_header_line(const struct pel_table *table)
{
    return table->header_line;
}

size_t pel_table_line(const struct pel_table *table, size_t row)
{
    return table->lines[row];
}

size_t pel_table_keys(const struct pel_table *table)
{
    return table->n_keys;
}

const char *pel_table_key_name(const struct pel_table *table, size_t i)
{
    return table->keys[i].name;
}

const char *pel_table_key_value(const struct pel_table *table, size_t i)
{
    return table->keys[i].value;
}

size_t pel_table_key_line(const struct pel_table *table, size_t i)
{
    return table->keys[i].line;
}

static const struct key *find_key(const struct pel_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_keys; i++)
        if (strcmp(table->keys[i].name, name) == 0) return &table->keys[i];
    return NULL;
}

const char *pel_table_key(const struct pel_table *table, const char *name)
{
    const struct key *key = find_key(table, name);
    return key != NULL ? key->value : NULL;
}

pel_status pel_table_key_number(const struct pel_table *table, const char *name,
                                double *value, struct pel_error *err)
{
    const struct key *key = find_key(table, name);
    if (key == NULL)
        return pel_error_at(err, PEL_EFORMAT, table->path, table->header_line,
                            "no key '%s' in the header, expected '# %s: number'", name,
                            name);
    if (pel_text_to_double(key->value, value) != 0)
        return pel_error_at(err, PEL_EFORMAT, table->path, key->line,
                            "%s is '%s', expected a finite number", name, key->value);
    return PEL_OK;
}

void pel_table_find(const struct pel_table *table, const char *name, size_t *index)
{
    *index = 0;
    while (*index < table->n_columns && strcmp(table->fields[*index], name) != 0)
        ++*index;
}

pel_status pel_table_column(const struct pel_table *table, const char *name,
                            size_t *index, struct pel_error *err)
{
    pel_table_find(table, name, index);
    if (*index < table->n_columns) return PEL_OK;
    return pel_error_at(err, PEL_EFORMAT, table->path, table->header_line,
                        "no column '%s', expected one of that name", name);
}

const char *pel_table_text(const struct pel_table *table, size_t row, size_t column)
{
    return table->fields[(row + 1) * table->n_columns + column];
}

pel_status pel_table_number(const struct pel_table *table, size_t row, size_t column,
                            double *value, struct pel_error *err)
{
    const char *text = pel_table_text(table, row, column);
    if (pel_text_to_double(text, value) == 0) return PEL_OK;
    return pel_error_at(err, PEL_EFORMAT, table->path, table->lines[row],
                        "%s is '%s', expected a finite number", table->fields[column],
                        text);
}

pel_status pel_table_integer(const struct pel_table *table, size_t row, size_t column,
                             long long *value, struct pel_error *err)
{
    const char *text = pel_table_text(table, row, column);
    if (pel_text_to_long(text, value) == 0) return PEL_OK;
    return pel_error_at(err, PEL_EFORMAT, table->path, table->lines[row],
                        "%s is '%s', expected an integer", table->fields[column], text);
}

void pel_table_put_text(FILE *stream, const char *text)
{
    if (strpbrk(text, ",\"\n\r#") == NULL)
        fputs(text, stream);
    else
        csv_fwrite(stream, text, strlen(text));
}

void pel_table_put_number(FILE *stream, double value)
{
    char buffer[PEL_TEXT_DOUBLE];
    fputs(pel_text_double(buffer, value), stream);
}

void pel_table_put_row(FILE *stream, size_t n, const double values[])
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0) fputc(',', stream);
        if (!isnan(values[i])) pel_table_put_number(stream, values[i]);
    }
    fputc('\n', stream);
}

#ifndef PEL_TABLE_H
#define PEL_TABLE_H

#include <pelrate/status.h>
#include <stddef.h>
#include <stdio.h>

/* Reading CSV tables: `# key: value` lines, one row of column names, rows of fields.
 *
 * The whole file is held in memory, every row and key with its line, so that a reader can
 * say FILE:LINE about anything it does not like. Fields are text until asked for as
 * numbers. A `#` line without "key:" (a word, then a colon) is a comment. */
struct pel_table;

/* Read a file. The column names must be there and differ; every row has as many fields.
 *   out   receives the table; release it with pel_table_free()
 * Errors: PEL_EOPEN    cannot be opened, or is a folder
 *         PEL_EIO      reading fails
 *         PEL_EFORMAT  no column names, a name twice, a key twice, a row of another
 *                      length, a quote that is not closed (FILE:LINE: what, what was
 *                      expected)
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_table_read(const char *path, struct pel_table **out,
                                  struct pel_error *err);

/* Release a table. NULL is allowed. */
PEL_API void pel_table_free(struct pel_table *table);

/* The path it was read from; number of rows and columns; name of a column. Texts are
 * borrowed from the table; rows and columns count from 0. */
PEL_API const char *pel_table_path(const struct pel_table *table);
PEL_API size_t pel_table_rows(const struct pel_table *table);
PEL_API size_t pel_table_columns(const struct pel_table *table);
PEL_API const char *pel_table_column_name(const struct pel_table *table, size_t column);

/* Line, from 1, of the column names, and of a row. */
PEL_API size_t pel_table_header_line(const struct pel_table *table);
PEL_API size_t pel_table_line(const struct pel_table *table, size_t row);

/* Header keys in file order: how many, the i-th one, its value, its line. */
PEL_API size_t pel_table_keys(const struct pel_table *table);
PEL_API const char *pel_table_key_name(const struct pel_table *table, size_t i);
PEL_API const char *pel_table_key_value(const struct pel_table *table, size_t i);
PEL_API size_t pel_table_key_line(const struct pel_table *table, size_t i);

/* Value of a key, or NULL. Borrowed from the table. */
PEL_API const char *pel_table_key(const struct pel_table *table, const char *name);

/* Value of a key that must be there, as a finite number.
 * Errors: PEL_EFORMAT missing, or not a number. */
PEL_API pel_status pel_table_key_number(const struct pel_table *table, const char *name,
                                        double *value, struct pel_error *err);

/* Index of a column that may be absent: *index = pel_table_columns() then. */
PEL_API void pel_table_find(const struct pel_table *table, const char *name,
                            size_t *index);

/* Index of a column that must be there. Errors: PEL_EFORMAT names the column. */
PEL_API pel_status pel_table_column(const struct pel_table *table, const char *name,
                                    size_t *index, struct pel_error *err);

/* A field as text. Borrowed from the table; never NULL ("" for an empty field). */
PEL_API const char *pel_table_text(const struct pel_table *table, size_t row,
                                   size_t column);

/* A field as a finite number or integer.
 * Errors: PEL_EFORMAT "FILE:LINE: NAME is 'x', expected a finite number". */
PEL_API pel_status pel_table_number(const struct pel_table *table, size_t row,
                                    size_t column, double *value, struct pel_error *err);
PEL_API pel_status pel_table_integer(const struct pel_table *table, size_t row,
                                     size_t column, long long *value,
                                     struct pel_error *err);

/* Write one field, quoted where it must be; one number as pel_text_double prints it. They
 * write no separator: the caller's printf does. Errors show at pel_output_commit. */
PEL_API void pel_table_put_text(FILE *stream, const char *text);
PEL_API void pel_table_put_number(FILE *stream, double value);

/* One row of n numbers separated by commas and ended; NaN is an empty field. */
PEL_API void pel_table_put_row(FILE *stream, size_t n, const double values[]);

#endif /* PEL_TABLE_H */

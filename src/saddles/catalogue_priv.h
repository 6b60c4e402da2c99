#ifndef PEL_CATALOGUE_PRIV_H
#define PEL_CATALOGUE_PRIV_H

#include <pelrate/catalogue.h>

/* What the files of the catalogue share; a table of the database has a file of its own.
 * SQLite's types by their tags: its header stays in the .c files. */
struct sqlite3;
struct sqlite3_stmt;

struct pel_catalogue {
    char *path;                             /* owned */
    struct sqlite3 *db;                     /* owned */
    struct sqlite3_stmt *insert;            /* of a search, owned; NULL when only read */
    size_t n_settings;                      /* number of settings */
    struct pel_catalogue_setting *settings; /* [n_settings]; texts in storage; owned */
    char **texts;                           /* [2 n_settings] keys and values; owned */
};

/* The status and message of what SQLite said last. */
pel_status pel_db_fault(const struct pel_catalogue *catalogue, int code,
                        struct pel_error *err);
pel_status pel_db_prepare(const struct pel_catalogue *catalogue, const char *sql,
                          struct sqlite3_stmt **statement, struct pel_error *err);
/* A statement, or several, without rows. */
pel_status pel_db_execute(const struct pel_catalogue *catalogue, const char *sql,
                          struct pel_error *err);
/* One whole number that a statement gives. */
pel_status pel_db_ask(const struct pel_catalogue *catalogue, const char *sql,
                      long long *number, struct pel_error *err);

/* NaN is "not reached": NULL in the database. */
int pel_db_bind(struct sqlite3_stmt *statement, int place, double value);
double pel_db_number(struct sqlite3_stmt *statement, int column);
/* Text of a column, cut to size. */
void pel_db_text(struct sqlite3_stmt *statement, int column, char *text, size_t size);
/* Copy of a blob of numbers of `size` bytes each; n receives how many. */
pel_status pel_db_blob(const struct pel_catalogue *catalogue,
                       struct sqlite3_stmt *statement, int column, size_t size, size_t *n,
                       void **copy, struct pel_error *err);

/* Whether the settings are those of the catalogue, both ways. Errors: PEL_EMISMATCH. */
pel_status pel_catalogue_compare(const struct pel_catalogue *catalogue, size_t n,
                                 const struct pel_catalogue_setting wanted[],
                                 struct pel_error *err);

/* Whether an array of displacements was thinned (catalogue_thin.c); and then as a full one,
 * [*coordinates], to be freed. Errors: PEL_EFORMAT damaged; PEL_ENOMEM. */
int pel_catalogue_is_thin(const void *bytes, size_t n);
pel_status pel_catalogue_fill(const struct pel_catalogue *catalogue, const void *bytes,
                              size_t n, size_t *coordinates, float **full,
                              struct pel_error *err);

/* SQL that adds a search. */
extern const char pel_catalogue_insert_search[];

#endif /* PEL_CATALOGUE_PRIV_H */

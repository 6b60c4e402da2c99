#include <pelrate/catalogue.h>

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue_priv.h"

/* The tables are taken as they are in the database: whatever has a sample and a search for
 * its key comes along, and none of its columns has to be known here. Samples are numbered
 * anew, and what belongs to them follows by their hash. */

/* The columns of a table as SQL. Made by sqlite3_str, to be freed by sqlite3_free. */
struct columns {
    char *list;  /* ", name, name" of all but sample */
    char *from;  /* ", o.name, o.name" of the same */
    char *equal; /* " AND m.name IS o.name" of the same but the name of a sample */
};

static void free_columns(struct columns *columns)
{
    sqlite3_free(columns->list);
    sqlite3_free(columns->from);
    sqlite3_free(columns->equal);
}

static pel_status no_memory(struct pel_error *err)
{
    return pel_error_set(err, PEL_ENOMEM, "merging catalogues");
}

static pel_status read_columns(const struct pel_catalogue *catalogue, const char *table,
                               struct columns *columns, struct pel_error *err)
{
    *columns = (struct columns){0};
    sqlite3_stmt *statement = NULL;
    pel_status status = pel_db_prepare(
        catalogue, "SELECT name FROM pragma_table_info(?1) WHERE name <> 'sample'",
        &statement, err);
    if (status != PEL_OK) return status;
    sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
    sqlite3_str *list = sqlite3_str_new(catalogue->db),
                *from = sqlite3_str_new(catalogue->db),
                *equal = sqlite3_str_new(catalogue->db);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        sqlite3_str_appendf(list, ", \"%w\"", name);
        sqlite3_str_appendf(from, ", o.\"%w\"", name);
        if (strcmp(name, "name") != 0)
            sqlite3_str_appendf(equal, " AND m.\"%w\" IS o.\"%w\"", name, name);
    }
    if (code != SQLITE_DONE) status = pel_db_fault(catalogue, code, err);
    sqlite3_finalize(statement);
    columns->list = sqlite3_str_finish(list);
    columns->from = sqlite3_str_finish(from);
    columns->equal = sqlite3_str_finish(equal);
    if (status == PEL_OK &&
        (columns->list == NULL || columns->from == NULL || columns->equal == NULL))
        status = no_memory(err);
    return status;
}

/* Prepare and step once, the text being freed; *statement is at its row, or NULL where
 * there is none. */
static pel_status first_row(const struct pel_catalogue *catalogue, char *sql,
                            sqlite3_stmt **statement, struct pel_error *err)
{
    *statement = NULL;
    if (sql == NULL) return no_memory(err);
    pel_status status = pel_db_prepare(catalogue, sql, statement, err);
    sqlite3_free(sql);
    if (status != PEL_OK) return status;
    const int code = sqlite3_step(*statement);
    if (code == SQLITE_ROW) return PEL_OK;
    sqlite3_finalize(*statement);
    *statement = NULL;
    return code == SQLITE_DONE ? PEL_OK : pel_db_fault(catalogue, code, err);
}

/* A statement that has no rows; *changed receives how many it has written. */
static pel_status run(const struct pel_catalogue *catalogue, char *sql, size_t *changed,
                      struct pel_error *err)
{
    sqlite3_stmt *statement;
    pel_status status = first_row(catalogue, sql, &statement, err);
    sqlite3_finalize(statement);
    if (changed != NULL)
        *changed = status == PEL_OK ? (size_t)sqlite3_changes(catalogue->db) : 0;
    return status;
}

static pel_status merge_samples(const struct pel_catalogue *into, const char *path,
                                size_t *added, struct pel_error *err)
{
    struct columns columns;
    sqlite3_stmt *row = NULL;
    pel_status status = read_columns(into, "samples", &columns, err);
    /* The same name, another glass. */
    if (status == PEL_OK)
        status = first_row(into,
                           sqlite3_mprintf("SELECT o.name FROM other.samples o JOIN "
                                           "main.samples m USING(name) WHERE m.hash <> "
                                           "o.hash ORDER BY o.sample LIMIT 1"),
                           &row, err);
    if (status == PEL_OK && row != NULL)
        status = pel_error_at(err, PEL_EMISMATCH, path, 0,
                              "sample '%s' is another glass than that of the same name "
                              "before",
                              sqlite3_column_text(row, 0));
    sqlite3_finalize(row);
    /* The same glass, minimised otherwise. */
    row = NULL;
    if (status == PEL_OK)
        status = first_row(into,
                           sqlite3_mprintf("SELECT o.name FROM other.samples o JOIN "
                                           "main.samples m USING(hash) WHERE NOT (1%s) "
                                           "ORDER BY o.sample LIMIT 1",
                                           columns.equal),
                           &row, err);
    if (status == PEL_OK && row != NULL)
        status = pel_error_at(err, PEL_EMISMATCH, path, 0,
                              "the minimum of sample '%s' is not the one found before",
                              sqlite3_column_text(row, 0));
    sqlite3_finalize(row);
    row = NULL;
    if (status == PEL_OK)
        status =
            first_row(into,
                      sqlite3_mprintf("SELECT o.name, o.atoms, m.atoms FROM "
                                      "other.samples o, main.samples m WHERE o.atoms "
                                      "<> m.atoms LIMIT 1"),
                      &row, err);
    if (status == PEL_OK && row != NULL)
        status = pel_error_at(
            err, PEL_EMISMATCH, path, 0, "sample '%s' has %lld atoms, those before %lld",
            sqlite3_column_text(row, 0), (long long)sqlite3_column_int64(row, 1),
            (long long)sqlite3_column_int64(row, 2));
    sqlite3_finalize(row);
    if (status == PEL_OK)
        status =
            run(into,
                sqlite3_mprintf("INSERT INTO main.samples(sample%s) SELECT (SELECT "
                                "count(*) FROM main.samples) - 1 + row_number() OVER "
                                "(ORDER BY o.sample)%s FROM other.samples o WHERE "
                                "o.hash NOT IN (SELECT hash FROM main.samples) ORDER "
                                "BY o.sample",
                                columns.list, columns.from),
                added, err);
    free_columns(&columns);
    return status;
}

/* A table whose key is (sample, search). */
static pel_status merge_rows(const struct pel_catalogue *into, const char *path,
                             const char *table, size_t *added, struct pel_error *err)
{
    struct columns columns;
    sqlite3_stmt *row = NULL;
    pel_status status = read_columns(into, table, &columns, err);
    /* s: the sample here that o's sample is. */
    if (status == PEL_OK)
        status = first_row(
            into,
            sqlite3_mprintf("SELECT s.name, o.search FROM other.\"%w\" o JOIN "
                            "other.samples t USING(sample) JOIN main.samples s USING"
                            "(hash) JOIN main.\"%w\" m ON m.sample = s.sample AND "
                            "m.search = o.search WHERE NOT (1%s) ORDER BY o.sample, "
                            "o.search LIMIT 1",
                            table, table, columns.equal),
            &row, err);
    if (status == PEL_OK && row != NULL)
        status = pel_error_at(
            err, PEL_EMISMATCH, path, 0,
            "search %lld of sample '%s' is not the one found before (%s)",
            (long long)sqlite3_column_int64(row, 1), sqlite3_column_text(row, 0), table);
    sqlite3_finalize(row);
    if (status == PEL_OK)
        status =
            run(into,
                sqlite3_mprintf("INSERT INTO main.\"%w\"(sample%s) SELECT s.sample%s "
                                "FROM other.\"%w\" o JOIN other.samples t USING"
                                "(sample) JOIN main.samples s USING(hash) WHERE NOT "
                                "EXISTS (SELECT 1 FROM main.\"%w\" m WHERE m.sample "
                                "= s.sample AND m.search = o.search) ORDER BY "
                                "s.sample, o.search",
                                table, columns.list, columns.from, table, table),
                added, err);
    free_columns(&columns);
    return status;
}

/* All tables that have a row a search, those of searches first: others refer to them. */
static pel_status merge_tables(const struct pel_catalogue *into, const char *path,
                               struct pel_catalogue_merged *merged, struct pel_error *err)
{
    sqlite3_stmt *tables = NULL;
    long long there = 0;
    pel_status status = merge_samples(into, path, &merged->samples, err);
    if (status == PEL_OK)
        status = merge_rows(into, path, "searches", &merged->searches, err);
    if (status == PEL_OK)
        status = pel_db_ask(into, "SELECT count(*) FROM other.searches", &there, err);
    merged->same = (size_t)there - merged->searches;
    if (status == PEL_OK)
        status = pel_db_prepare(
            into,
            "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name <> "
            "'searches' AND 2 = (SELECT count(*) FROM pragma_table_info(sqlite_master.name)"
            " WHERE name IN ('sample', 'search') AND pk > 0) ORDER BY name",
            &tables, err);
    int code;
    while (status == PEL_OK && (code = sqlite3_step(tables)) != SQLITE_DONE)
        status = code == SQLITE_ROW
                     ? merge_rows(into, path,
                                  (const char *)sqlite3_column_text(tables, 0), NULL, err)
                     : pel_db_fault(into, code, err);
    sqlite3_finalize(tables);
    return status;
}

/* The other catalogue is one, and made with the same settings. */
static pel_status check_other(const struct pel_catalogue *into, const char *path,
                              struct pel_error *err)
{
    struct pel_catalogue *other = NULL;
    pel_status status = pel_catalogue_read(path, &other, err);
    if (status == PEL_OK)
        status = pel_catalogue_compare(other, into->n_settings, into->settings, err);
    pel_catalogue_close(other);
    return status;
}

pel_status pel_catalogue_merge(struct pel_catalogue *into, const char *path,
                               struct pel_catalogue_merged *merged, struct pel_error *err)
{
    *merged = (struct pel_catalogue_merged){0};
    pel_status status = check_other(into, path, err);
    if (status != PEL_OK) return status;
    status = run(into, sqlite3_mprintf("ATTACH %Q AS other", path), NULL, err);
    if (status != PEL_OK) return status;
    status = run(into, sqlite3_mprintf("BEGIN IMMEDIATE"), NULL, err);
    if (status == PEL_OK) {
        status = merge_tables(into, path, merged, err);
        if (status == PEL_OK) status = run(into, sqlite3_mprintf("COMMIT"), NULL, err);
        if (status != PEL_OK) sqlite3_exec(into->db, "ROLLBACK", NULL, NULL, NULL);
    }
    sqlite3_exec(into->db, "DETACH other", NULL, NULL, NULL);
    if (status != PEL_OK) *merged = (struct pel_catalogue_merged){0};
    return status;
}

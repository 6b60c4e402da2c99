#include <pelrate/catalogue_frequency.h>

#include <sqlite3.h>

#include "catalogue_priv.h"

pel_status pel_catalogue_add_frequency(struct pel_catalogue *catalogue,
                                       const struct pel_catalogue_frequency *frequency,
                                       struct pel_error *err)
{
    sqlite3_stmt *statement = NULL;
    if (catalogue->insert == NULL)
        return pel_error_at(err, PEL_EIO, catalogue->path, 0, "was opened to read");
    pel_status status =
        pel_db_prepare(catalogue, "INSERT INTO frequencies VALUES(?1,?2,?3,?4,?5,?6,?7)",
                       &statement, err);
    if (status != PEL_OK) return status;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)frequency->sample);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)frequency->search);
    sqlite3_bind_text(statement, 3, frequency->status, -1, SQLITE_STATIC);
    pel_db_bind(statement, 4, frequency->frequency_Hz);
    pel_db_bind(statement, 5, frequency->reverse_frequency_Hz);
    sqlite3_bind_int64(statement, 6, (sqlite3_int64)frequency->region_atoms);
    sqlite3_bind_text(statement, 7, frequency->settings, -1, SQLITE_STATIC);
    const int code = sqlite3_step(statement);
    if (code != SQLITE_DONE) status = pel_db_fault(catalogue, code, err);
    sqlite3_finalize(statement);
    return status;
}

pel_status pel_catalogue_walk_frequencies(
    struct pel_catalogue *catalogue, size_t sample,
    pel_status (*visit)(void *context, const struct pel_catalogue_frequency *frequency,
                        struct pel_error *err),
    void *context, struct pel_error *err)
{
    sqlite3_stmt *statement = NULL;
    pel_status status = pel_db_prepare(
        catalogue, "SELECT * FROM frequencies WHERE sample = ?1 ORDER BY search",
        &statement, err);
    if (status != PEL_OK) return status;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)sample);
    int code;
    while (status == PEL_OK && (code = sqlite3_step(statement)) != SQLITE_DONE) {
        if (code != SQLITE_ROW) {
            status = pel_db_fault(catalogue, code, err);
            break;
        }
        struct pel_catalogue_frequency row = {
            .sample = (size_t)sqlite3_column_int64(statement, 0),
            .search = (size_t)sqlite3_column_int64(statement, 1),
            .frequency_Hz = pel_db_number(statement, 3),
            .reverse_frequency_Hz = pel_db_number(statement, 4),
            .region_atoms = (size_t)sqlite3_column_int64(statement, 5)};
        pel_db_text(statement, 2, row.status, sizeof row.status);
        pel_db_text(statement, 6, row.settings, sizeof row.settings);
        status = visit(context, &row, err);
    }
    sqlite3_finalize(statement);
    return status;
}

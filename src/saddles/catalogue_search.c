#include <pelrate/catalogue.h>

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue_priv.h"

const char pel_catalogue_insert_search[] =
    "INSERT INTO searches VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,"
    "?15)";

void pel_catalogue_search_free(struct pel_catalogue_search *search)
{
    if (search == NULL) return;
    free(search->saddle);
    free(search->final);
    *search = (struct pel_catalogue_search){0};
}

pel_status pel_catalogue_add_search(struct pel_catalogue *catalogue,
                                    const struct pel_catalogue_search *search,
                                    struct pel_error *err)
{
    sqlite3_stmt *statement = catalogue->insert;
    if (statement == NULL)
        return pel_error_at(err, PEL_EIO, catalogue->path, 0, "was opened to read");
    const size_t bytes = search->n * sizeof *search->saddle;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)search->sample);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)search->search);
    sqlite3_bind_int64(statement, 3, search->atom);
    sqlite3_bind_text(statement, 4, pel_art_status_word(search->status), -1,
                      SQLITE_STATIC);
    pel_db_bind(statement, 5, search->e_a_eV);
    pel_db_bind(statement, 6, search->e_r_eV);
    pel_db_bind(statement, 7, search->eigenvalue_eV_per_A2);
    pel_db_bind(statement, 8, search->second_eV_per_A2);
    sqlite3_bind_int64(statement, 9, (sqlite3_int64)search->force_calls);
    pel_db_bind(statement, 10, search->displacement_A);
    sqlite3_bind_int64(statement, 11, (sqlite3_int64)search->moved_atoms);
    sqlite3_bind_blob64(statement, 12, search->saddle, bytes, SQLITE_STATIC);
    sqlite3_bind_blob64(statement, 13, search->final, bytes, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 14, (sqlite3_int64)search->full_calls);
    pel_db_bind(statement, 15, search->work);
    const int code = sqlite3_step(statement);
    pel_status status = code == SQLITE_DONE ? PEL_OK : pel_db_fault(catalogue, code, err);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return status;
}

/* An array of displacements, in full also where the catalogue has the moved atoms alone. */
static pel_status displacements(const struct pel_catalogue *catalogue,
                                sqlite3_stmt *statement, int column, size_t *n,
                                float **array, struct pel_error *err)
{
    const void *blob = sqlite3_column_blob(statement, column);
    const size_t bytes = (size_t)sqlite3_column_bytes(statement, column);
    void *copy = NULL;
    *array = NULL;
    if (blob != NULL && pel_catalogue_is_thin(blob, bytes))
        return pel_catalogue_fill(catalogue, blob, bytes, n, array, err);
    const pel_status status =
        pel_db_blob(catalogue, statement, column, sizeof **array, n, &copy, err);
    *array = copy;
    return status;
}

/* The row under the statement as a search. */
static pel_status take_search(const struct pel_catalogue *catalogue,
                              sqlite3_stmt *statement,
                              struct pel_catalogue_search *search, struct pel_error *err)
{
    char word[PEL_ERROR_FILE];
    size_t n_saddle = 0, n_final = 0;
    *search = (struct pel_catalogue_search){
        .sample = (size_t)sqlite3_column_int64(statement, 0),
        .search = (size_t)sqlite3_column_int64(statement, 1),
        .atom = sqlite3_column_int64(statement, 2),
        .e_a_eV = pel_db_number(statement, 4),
        .e_r_eV = pel_db_number(statement, 5),
        .eigenvalue_eV_per_A2 = pel_db_number(statement, 6),
        .second_eV_per_A2 = pel_db_number(statement, 7),
        .force_calls = (size_t)sqlite3_column_int64(statement, 8),
        .displacement_A = pel_db_number(statement, 9),
        .moved_atoms = (size_t)sqlite3_column_int64(statement, 10),
        .full_calls = (size_t)sqlite3_column_int64(statement, 13),
        .work = pel_db_number(statement, 14)};
    pel_db_text(statement, 3, word, sizeof word);
    int found = 0;
    while (found < PEL_ART_N_STATUS &&
           strcmp(pel_art_status_word((enum pel_art_status)found), word) != 0)
        found++;
    if (found == PEL_ART_N_STATUS)
        return pel_error_at(err, PEL_EFORMAT, catalogue->path, 0,
                            "sample %zu, search %zu: unknown status '%s'", search->sample,
                            search->search, word);
    search->status = (enum pel_art_status)found;
    pel_status status =
        displacements(catalogue, statement, 11, &n_saddle, &search->saddle, err);
    if (status == PEL_OK)
        status = displacements(catalogue, statement, 12, &n_final, &search->final, err);
    if (status != PEL_OK) return status;
    search->n = n_saddle;
    if (n_saddle != n_final)
        return pel_error_at(
            err, PEL_EFORMAT, catalogue->path, 0,
            "sample %zu, search %zu: saddle and final minimum differ in size",
            search->sample, search->search);
    return PEL_OK;
}

pel_status pel_catalogue_walk(
    struct pel_catalogue *catalogue, size_t sample,
    pel_status (*visit)(void *context, const struct pel_catalogue_search *search,
                        struct pel_error *err),
    void *context, struct pel_error *err)
{
    sqlite3_stmt *statement = NULL;
    pel_status status = pel_db_prepare(
        catalogue, "SELECT * FROM searches WHERE sample = ?1 ORDER BY search", &statement,
        err);
    if (status != PEL_OK) return status;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)sample);
    int code;
    while (status == PEL_OK && (code = sqlite3_step(statement)) != SQLITE_DONE) {
        if (code != SQLITE_ROW) {
            status = pel_db_fault(catalogue, code, err);
            break;
        }
        struct pel_catalogue_search search;
        status = take_search(catalogue, statement, &search, err);
        if (status == PEL_OK) status = visit(context, &search, err);
        pel_catalogue_search_free(&search);
    }
    sqlite3_finalize(statement);
    return status;
}

#include <pelrate/catalogue.h>

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalogue_priv.h"

/* Format of the database: changes whenever a table does. */
enum { application_id = 0x70656c72 /* "pelr" */, format_version = 2 };

/* How long another program may keep the database locked [ms]. */
enum { patience_ms = 10000 };

/* Positions and displacements are arrays of IEEE numbers, low byte first. */
static const char schema[] =
    "CREATE TABLE settings(place INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,"
    " value TEXT NOT NULL);"
    "CREATE TABLE samples(sample INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " hash TEXT NOT NULL UNIQUE, atoms INTEGER NOT NULL, molar_mass_g_per_mol REAL,"
    " energy_eV REAL, e_is_eV_per_atom REAL, max_force_eV_per_A REAL,"
    " eigenvalue_eV_per_A2 REAL, x_A_float64 BLOB NOT NULL,"
    " cell_A_float64 BLOB NOT NULL, species TEXT NOT NULL,"
    " mass_g_per_mol_float64 BLOB NOT NULL, type_int32 BLOB NOT NULL,"
    " id_int64 BLOB NOT NULL);"
    "CREATE TABLE searches(sample INTEGER NOT NULL REFERENCES samples(sample),"
    " search INTEGER NOT NULL, atom INTEGER, status TEXT NOT NULL, e_a_eV REAL,"
    " e_r_eV REAL, eigenvalue_eV_per_A2 REAL, second_eV_per_A2 REAL, force_calls INTEGER,"
    " displacement_A REAL, moved_atoms INTEGER, saddle_A_float32 BLOB,"
    " final_A_float32 BLOB, full_calls INTEGER, work REAL,"
    " PRIMARY KEY(sample, search));"
    "CREATE TABLE frequencies(sample INTEGER NOT NULL, search INTEGER NOT NULL,"
    " status TEXT NOT NULL, attempt_frequency_Hz REAL, reverse_attempt_frequency_Hz REAL,"
    " region_atoms INTEGER, settings TEXT NOT NULL, PRIMARY KEY(sample, search),"
    " FOREIGN KEY(sample, search) REFERENCES searches(sample, search));";

/* The status and message of what SQLite said last. */
pel_status pel_db_fault(const struct pel_catalogue *catalogue, int code,
                        struct pel_error *err)
{
    const char *path = catalogue->path;
    switch (code & 0xff) {
    case SQLITE_FULL:
        return pel_error_at(err, PEL_EIO, path, 0, "cannot write, the disk is full");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return pel_error_at(err, PEL_EIO, path, 0,
                            "locked by another program for more than %d s",
                            patience_ms / 1000);
    case SQLITE_READONLY:
        return pel_error_at(err, PEL_EIO, path, 0, "cannot write, it is read-only");
    case SQLITE_CANTOPEN:
        return pel_error_at(err, PEL_EIO, path, 0, "cannot be opened or made");
    case SQLITE_NOTADB:
        return pel_error_at(err, PEL_EFORMAT, path, 0,
                            "no event catalogue, expected an SQLite database");
    case SQLITE_CORRUPT:
        return pel_error_at(err, PEL_EFORMAT, path, 0, "the database is damaged");
    case SQLITE_CONSTRAINT:
        return pel_error_at(err, PEL_EEXIST, path, 0, "is there already (%s)",
                            sqlite3_errmsg(catalogue->db));
    case SQLITE_IOERR:
        /* SQLite does not keep the reason of a write that was cut short. */
        return pel_error_at(err, PEL_EIO, path, 0, "%s",
                            sqlite3_extended_errcode(catalogue->db) == SQLITE_IOERR_READ
                                ? "cannot read, the disk fails"
                                : "cannot write, there is no room or the disk fails");
    case SQLITE_NOMEM:
        return pel_error_set(err, PEL_ENOMEM, "%s: out of memory", path);
    }
    return pel_error_at(err, PEL_EIO, path, 0, "%s", sqlite3_errmsg(catalogue->db));
}

pel_status pel_db_prepare(const struct pel_catalogue *catalogue, const char *sql,
                          sqlite3_stmt **statement, struct pel_error *err)
{
    const int code = sqlite3_prepare_v2(catalogue->db, sql, -1, statement, NULL);
    return code == SQLITE_OK ? PEL_OK : pel_db_fault(catalogue, code, err);
}

pel_status pel_db_execute(const struct pel_catalogue *catalogue, const char *sql,
                          struct pel_error *err)
{
    const int code = sqlite3_exec(catalogue->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? PEL_OK : pel_db_fault(catalogue, code, err);
}

/* One whole number that a statement gives. */
pel_status pel_db_ask(const struct pel_catalogue *catalogue, const char *sql,
                      long long *number, struct pel_error *err)
{
    sqlite3_stmt *statement = NULL;
    pel_status status = pel_db_prepare(catalogue, sql, &statement, err);
    if (status != PEL_OK) return status;
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *number = sqlite3_column_int64(statement, 0);
    else
        status = pel_db_fault(catalogue, code, err);
    sqlite3_finalize(statement);
    return status;
}

static char *copy_text(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

/* NaN is "not reached": NULL in the database. */
int pel_db_bind(sqlite3_stmt *statement, int place, double value)
{
    return isnan(value) ? sqlite3_bind_null(statement, place)
                        : sqlite3_bind_double(statement, place, value);
}

double pel_db_number(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL
               ? NAN
               : sqlite3_column_double(statement, column);
}

static pel_status check_format(const struct pel_catalogue *catalogue, int *is_empty,
                               struct pel_error *err)
{
    long long id = 0, version = 0, tables = 0;
    pel_status status = pel_db_ask(catalogue, "PRAGMA application_id", &id, err);
    if (status == PEL_OK)
        status = pel_db_ask(catalogue, "PRAGMA user_version", &version, err);
    if (status == PEL_OK)
        status =
            pel_db_ask(catalogue, "SELECT count(*) FROM sqlite_master", &tables, err);
    if (status != PEL_OK) return status;
    *is_empty = tables == 0 && id == 0;
    if (*is_empty) return PEL_OK;
    if (id != application_id)
        return pel_error_at(err, PEL_EFORMAT, catalogue->path, 0,
                            "an SQLite database, but no event catalogue of pelrate");
    if (version == 1)
        return pel_error_at(err, PEL_EFORMAT, catalogue->path, 0,
                            "catalogue of format 1, expected %d: it lacks the cells and "
                            "types of its samples; sample the glasses again",
                            format_version);
    if (version != format_version)
        return pel_error_at(err, PEL_EFORMAT, catalogue->path, 0,
                            "catalogue of format %lld, expected %d", version,
                            format_version);
    return PEL_OK;
}

/* Tables and settings, all in one transaction: a kill leaves either an empty file, which
 * the next run fills, or a whole catalogue. */
static pel_status fill_new(const struct pel_catalogue *catalogue, size_t n_settings,
                           const struct pel_catalogue_setting settings[],
                           struct pel_error *err)
{
    char pragmas[96];
    snprintf(pragmas, sizeof pragmas,
             "PRAGMA application_id = %d; PRAGMA user_version = %d;", application_id,
             format_version);
    sqlite3_stmt *statement = NULL;
    pel_status status = pel_db_execute(catalogue, "BEGIN IMMEDIATE", err);
    if (status != PEL_OK) return status;
    if (status == PEL_OK) status = pel_db_execute(catalogue, pragmas, err);
    if (status == PEL_OK) status = pel_db_execute(catalogue, schema, err);
    if (status == PEL_OK)
        status = pel_db_prepare(catalogue, "INSERT INTO settings VALUES(?1,?2,?3)",
                                &statement, err);
    for (size_t k = 0; status == PEL_OK && k < n_settings; k++) {
        sqlite3_bind_int64(statement, 1, (sqlite3_int64)k);
        sqlite3_bind_text(statement, 2, settings[k].key, -1, SQLITE_TRANSIENT);
        sqlite3_bind_text(statement, 3, settings[k].value, -1, SQLITE_TRANSIENT);
        const int code = sqlite3_step(statement);
        if (code != SQLITE_DONE) status = pel_db_fault(catalogue, code, err);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    if (status == PEL_OK) status = pel_db_execute(catalogue, "COMMIT", err);
    if (status != PEL_OK) sqlite3_exec(catalogue->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static pel_status read_settings(struct pel_catalogue *catalogue, struct pel_error *err)
{
    long long count = 0;
    pel_status status =
        pel_db_ask(catalogue, "SELECT count(*) FROM settings", &count, err);
    if (status != PEL_OK) return status;
    const size_t n = (size_t)count;
    catalogue->settings = calloc(n + 1, sizeof *catalogue->settings);
    catalogue->texts = calloc(2 * n + 1, sizeof *catalogue->texts);
    if (catalogue->settings == NULL || catalogue->texts == NULL)
        return pel_error_set(err, PEL_ENOMEM, "%zu settings", n);
    sqlite3_stmt *statement = NULL;
    status = pel_db_prepare(catalogue, "SELECT key, value FROM settings ORDER BY place",
                            &statement, err);
    while (status == PEL_OK && catalogue->n_settings < n) {
        const int code = sqlite3_step(statement);
        if (code != SQLITE_ROW) {
            status = pel_db_fault(catalogue, code, err);
            break;
        }
        const size_t k = catalogue->n_settings++;
        for (int c = 0; c < 2; c++) {
            const char *text = (const char *)sqlite3_column_text(statement, c);
            catalogue->texts[2 * k + (size_t)c] = copy_text(text != NULL ? text : "");
            if (catalogue->texts[2 * k + (size_t)c] == NULL)
                status = pel_error_set(err, PEL_ENOMEM, "%zu settings", n);
        }
        catalogue->settings[k] = (struct pel_catalogue_setting){
            .key = catalogue->texts[2 * k], .value = catalogue->texts[2 * k + 1]};
    }
    sqlite3_finalize(statement);
    return status;
}

/* Both ways: a setting that the catalogue lacks is a difference too. */
pel_status pel_catalogue_compare(const struct pel_catalogue *catalogue, size_t n,
                                 const struct pel_catalogue_setting wanted[],
                                 struct pel_error *err)
{
    for (size_t k = 0; k < n; k++) {
        size_t i = 0;
        while (i < catalogue->n_settings &&
               strcmp(catalogue->settings[i].key, wanted[k].key) != 0)
            i++;
        const char *there =
            i < catalogue->n_settings ? catalogue->settings[i].value : NULL;
        if (there == NULL || strcmp(there, wanted[k].value) != 0)
            return pel_error_at(
                err, PEL_EMISMATCH, catalogue->path, 0,
                "a catalogue of other settings: %s is %s there and %s here",
                wanted[k].key, there != NULL ? there : "not set", wanted[k].value);
    }
    for (size_t i = 0; i < catalogue->n_settings; i++) {
        size_t k = 0;
        while (k < n && strcmp(catalogue->settings[i].key, wanted[k].key) != 0)
            k++;
        if (k == n)
            return pel_error_at(err, PEL_EMISMATCH, catalogue->path, 0,
                                "a catalogue of other settings: %s is %s there and not "
                                "set here",
                                catalogue->settings[i].key, catalogue->settings[i].value);
    }
    return PEL_OK;
}

/* The handle with the database open; what is in it comes after. */
static pel_status open_handle(const char *path, int flags, struct pel_catalogue **out,
                              struct pel_error *err)
{
    struct pel_catalogue *catalogue = calloc(1, sizeof *catalogue);
    if (catalogue != NULL) catalogue->path = copy_text(path);
    if (catalogue == NULL || catalogue->path == NULL) {
        pel_catalogue_close(catalogue);
        return pel_error_set(err, PEL_ENOMEM, "catalogue %s", path);
    }
    const int code = sqlite3_open_v2(path, &catalogue->db, flags, NULL);
    if (code != SQLITE_OK) {
        pel_status status = pel_db_fault(catalogue, code, err);
        pel_catalogue_close(catalogue);
        return status;
    }
    sqlite3_busy_timeout(catalogue->db, patience_ms);
    *out = catalogue;
    return PEL_OK;
}

pel_status pel_catalogue_open(const char *path, size_t n_settings,
                              const struct pel_catalogue_setting settings[],
                              struct pel_catalogue **out, struct pel_error *err)
{
    *out = NULL;
    struct pel_catalogue *catalogue = NULL;
    int is_empty = 0;
    pel_status status =
        open_handle(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &catalogue, err);
    if (status != PEL_OK) return status;
    status = check_format(catalogue, &is_empty, err);
    if (status == PEL_OK && is_empty)
        status = fill_new(catalogue, n_settings, settings, err);
    if (status == PEL_OK) status = read_settings(catalogue, err);
    if (status == PEL_OK)
        status = pel_catalogue_compare(catalogue, n_settings, settings, err);
    if (status == PEL_OK)
        status = pel_db_prepare(catalogue, pel_catalogue_insert_search,
                                &catalogue->insert, err);
    if (status != PEL_OK) {
        pel_catalogue_close(catalogue);
        return status;
    }
    *out = catalogue;
    return PEL_OK;
}

pel_status pel_catalogue_read(const char *path, struct pel_catalogue **out,
                              struct pel_error *err)
{
    *out = NULL;
    struct stat info;
    const int is_folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    if (is_folder || access(path, R_OK) != 0)
        return pel_error_at(err, PEL_EOPEN, path, 0, "cannot be opened: %s",
                            strerror(is_folder ? EISDIR : errno));
    struct pel_catalogue *catalogue = NULL;
    int is_empty = 0;
    pel_status status = open_handle(path, SQLITE_OPEN_READONLY, &catalogue, err);
    if (status != PEL_OK) return status;
    status = check_format(catalogue, &is_empty, err);
    if (status == PEL_OK && is_empty)
        status =
            pel_error_at(err, PEL_EFORMAT, path, 0, "no event catalogue, it is empty");
    if (status == PEL_OK) status = read_settings(catalogue, err);
    if (status != PEL_OK) {
        pel_catalogue_close(catalogue);
        return status;
    }
    *out = catalogue;
    return PEL_OK;
}

void pel_catalogue_close(struct pel_catalogue *catalogue)
{
    if (catalogue == NULL) return;
    sqlite3_finalize(catalogue->insert);
    sqlite3_close(catalogue->db);
    for (size_t k = 0; catalogue->texts != NULL && k < 2 * catalogue->n_settings; k++)
        free(catalogue->texts[k]);
    free(catalogue->texts);
    free(catalogue->settings);
    free(catalogue->path);
    free(catalogue);
}

size_t pel_catalogue_settings(const struct pel_catalogue *catalogue)
{
    return catalogue->n_settings;
}

struct pel_catalogue_setting pel_catalogue_setting(const struct pel_catalogue *catalogue,
                                                   size_t k)
{
    return k < catalogue->n_settings ? catalogue->settings[k]
                                     : (struct pel_catalogue_setting){NULL, NULL};
}

/* Copy of a blob of numbers of `size` bytes each; n receives how many. */
pel_status pel_db_blob(const struct pel_catalogue *catalogue, sqlite3_stmt *statement,
                       int column, size_t size, size_t *n, void **copy,
                       struct pel_error *err)
{
    const void *blob = sqlite3_column_blob(statement, column);
    const size_t bytes = (size_t)sqlite3_column_bytes(statement, column);
    *n = bytes / size;
    *copy = NULL;
    if (bytes % size != 0)
        return pel_error_at(err, PEL_EFORMAT, catalogue->path, 0,
                            "an array of %zu bytes, expected a multiple of %zu", bytes,
                            size);
    if (blob == NULL) return PEL_OK;
    *copy = malloc(bytes);
    if (*copy == NULL) return pel_error_set(err, PEL_ENOMEM, "array of %zu bytes", bytes);
    memcpy(*copy, blob, bytes);
    return PEL_OK;
}

void pel_db_text(sqlite3_stmt *statement, int column, char *text, size_t size)
{
    const char *found = (const char *)sqlite3_column_text(statement, column);
    snprintf(text, size, "%s", found != NULL ? found : "");
}

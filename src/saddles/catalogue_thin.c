#include <pelrate/catalogue.h>
#include <pelrate/text.h>

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue_priv.h"

/* A thin array of displacements: the mark, which as a float is no number and stands in no
 * full array; the number of coordinates; then, for each atom that moved, its index and its
 * displacement. */
static const uint32_t mark = 0x7fc07e1fu;

struct head {
    uint32_t mark, coordinates;
};
struct moved {
    uint32_t atom;
    float d[3]; /* [A] */
};

/* SQL's thin(array): what it is without the atoms that moved less. */
static void thin(sqlite3_context *context, int n_values, sqlite3_value **values)
{
    (void)n_values;
    const double least = *(const double *)sqlite3_user_data(context);
    const float *full = sqlite3_value_blob(values[0]);
    const size_t atoms = (size_t)sqlite3_value_bytes(values[0]) / (3 * sizeof *full);
    if (full == NULL) {
        sqlite3_result_null(context);
        return;
    }
    const size_t most = sizeof(struct head) + atoms * sizeof(struct moved);
    char *bytes = malloc(most);
    if (bytes == NULL) {
        sqlite3_result_error_nomem(context);
        return;
    }
    const struct head head = {mark, (uint32_t)(3 * atoms)};
    memcpy(bytes, &head, sizeof head);
    size_t size = sizeof head;
    for (size_t i = 0; i < atoms; i++) {
        struct moved moved = {.atom = (uint32_t)i};
        memcpy(moved.d, full + 3 * i, sizeof moved.d);
        const double x = moved.d[0], y = moved.d[1], z = moved.d[2];
        if (!(sqrt(x * x + y * y + z * z) > least)) continue;
        memcpy(bytes + size, &moved, sizeof moved);
        size += sizeof moved;
    }
    sqlite3_result_blob64(context, bytes, size, free);
}

/* The searches that stay whole. */
struct whole {
    size_t n;
    const struct pel_catalogue_key *keys;
};

/* SQL's is_whole(sample, search). */
static void is_whole(sqlite3_context *context, int n_values, sqlite3_value **values)
{
    (void)n_values;
    const struct whole *whole = sqlite3_user_data(context);
    const size_t sample = (size_t)sqlite3_value_int64(values[0]);
    const size_t search = (size_t)sqlite3_value_int64(values[1]);
    int found = 0;
    for (size_t k = 0; k < whole->n && !found; k++)
        found = whole->keys[k].sample == sample && whole->keys[k].search == search;
    sqlite3_result_int(context, found);
}

int pel_catalogue_is_thin(const void *bytes, size_t n)
{
    struct head head;
    if (n < sizeof head) return 0;
    memcpy(&head, bytes, sizeof head);
    return head.mark == mark;
}

pel_status pel_catalogue_fill(const struct pel_catalogue *catalogue, const void *bytes,
                              size_t n, size_t *coordinates, float **full,
                              struct pel_error *err)
{
    struct head head;
    memcpy(&head, bytes, sizeof head);
    const size_t atoms = head.coordinates / 3;
    const size_t n_moved = (n - sizeof head) / sizeof(struct moved);
    *coordinates = head.coordinates;
    *full = calloc((size_t)head.coordinates + 1, sizeof **full);
    if (*full == NULL)
        return pel_error_set(err, PEL_ENOMEM, "event of %u coordinates",
                             (unsigned)head.coordinates);
    int is_list = n == sizeof head + n_moved * sizeof(struct moved);
    for (size_t k = 0; k < n_moved && is_list; k++) {
        struct moved moved;
        memcpy(&moved, (const char *)bytes + sizeof head + k * sizeof moved,
               sizeof moved);
        is_list = moved.atom < atoms;
        if (is_list) memcpy(*full + 3 * (size_t)moved.atom, moved.d, sizeof moved.d);
    }
    if (is_list) return PEL_OK;
    free(*full);
    *full = NULL;
    return pel_error_at(err, PEL_EFORMAT, catalogue->path, 0,
                        "a list of displaced atoms that is none");
}

/* The setting by which the catalogue is known as a thin one. */
static pel_status put_setting(struct pel_catalogue *catalogue, double moved_over_A,
                              struct pel_error *err)
{
    char text[PEL_TEXT_DOUBLE];
    sqlite3_stmt *statement = NULL;
    pel_status status = pel_db_prepare(
        catalogue,
        "INSERT INTO settings VALUES((SELECT count(*) FROM settings), 'moved_over_A', ?1)",
        &statement, err);
    if (status != PEL_OK) return status;
    sqlite3_bind_text(statement, 1, pel_text_double(text, moved_over_A), -1,
                      SQLITE_STATIC);
    const int code = sqlite3_step(statement);
    if (code != SQLITE_DONE) status = pel_db_fault(catalogue, code, err);
    sqlite3_finalize(statement);
    return status;
}

pel_status pel_catalogue_thin(struct pel_catalogue *catalogue, double moved_over_A,
                              size_t n_whole, const struct pel_catalogue_key whole[],
                              struct pel_error *err)
{
    struct whole kept = {n_whole, whole};
    if (!(moved_over_A > 0.0) || !isfinite(moved_over_A))
        return pel_error_set(err, PEL_EARG,
                             "atoms that moved more than %g A, expected a number > 0",
                             moved_over_A);
    for (size_t k = 0; k < catalogue->n_settings; k++)
        if (strcmp(catalogue->settings[k].key, "moved_over_A") == 0)
            return pel_error_set(
                err, PEL_EARG,
                "the catalogue holds displaced atoms alone already (over "
                "%s A)",
                catalogue->settings[k].value);
    int code = sqlite3_create_function(catalogue->db, "thin", 1, SQLITE_UTF8,
                                       &moved_over_A, thin, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_create_function(catalogue->db, "is_whole", 2, SQLITE_UTF8, &kept,
                                       is_whole, NULL, NULL);
    if (code != SQLITE_OK) return pel_db_fault(catalogue, code, err);
    pel_status status = pel_db_execute(catalogue, "BEGIN IMMEDIATE", err);
    if (status == PEL_OK) {
        status = put_setting(catalogue, moved_over_A, err);
        if (status == PEL_OK)
            status =
                pel_db_execute(catalogue,
                               "UPDATE searches SET saddle_A_float32 = "
                               "thin(saddle_A_float32), final_A_float32 = "
                               "thin(final_A_float32) WHERE saddle_A_float32 IS NOT NULL "
                               "AND NOT is_whole(sample, search)",
                               err);
        if (status == PEL_OK) status = pel_db_execute(catalogue, "COMMIT", err);
        if (status != PEL_OK) sqlite3_exec(catalogue->db, "ROLLBACK", NULL, NULL, NULL);
    }
    sqlite3_create_function(catalogue->db, "thin", 1, SQLITE_UTF8, NULL, NULL, NULL,
                            NULL);
    sqlite3_create_function(catalogue->db, "is_whole", 2, SQLITE_UTF8, NULL, NULL, NULL,
                            NULL);
    /* The room that has become free is given back. */
    return status == PEL_OK ? pel_db_execute(catalogue, "VACUUM", err) : status;
}

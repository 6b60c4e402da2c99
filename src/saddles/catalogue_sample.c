#include <pelrate/catalogue.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue_priv.h"

void pel_catalogue_sample_free(struct pel_catalogue_sample *sample)
{
    if (sample == NULL) return;
    pel_structure_free(sample->structure);
    *sample = (struct pel_catalogue_sample){0};
}

pel_status pel_catalogue_samples(struct pel_catalogue *catalogue, size_t *n,
                                 struct pel_error *err)
{
    long long count = 0;
    pel_status status =
        pel_db_ask(catalogue, "SELECT count(*) FROM samples", &count, err);
    *n = (size_t)count;
    return status;
}

/* Sample of a text in a column that is unique; n where there is none. */
static pel_status find_text(struct pel_catalogue *catalogue, const char *sql,
                            const char *text, size_t n, size_t *index,
                            struct pel_error *err)
{
    sqlite3_stmt *statement = NULL;
    *index = n;
    pel_status status = pel_db_prepare(catalogue, sql, &statement, err);
    if (status != PEL_OK) return status;
    sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *index = (size_t)sqlite3_column_int64(statement, 0);
    else if (code != SQLITE_DONE)
        status = pel_db_fault(catalogue, code, err);
    sqlite3_finalize(statement);
    return status;
}

pel_status pel_catalogue_find(struct pel_catalogue *catalogue, const char *name,
                              const char *hash, size_t *by_name, size_t *by_hash,
                              struct pel_error *err)
{
    size_t n;
    pel_status status = pel_catalogue_samples(catalogue, &n, err);
    if (status == PEL_OK)
        status = find_text(catalogue, "SELECT sample FROM samples WHERE name = ?1", name,
                           n, by_name, err);
    if (status == PEL_OK)
        status = find_text(catalogue, "SELECT sample FROM samples WHERE hash = ?1", hash,
                           n, by_hash, err);
    return status;
}

/* The cell as it is stored: three vectors, then the origin [A]. */
enum { cell_numbers = 12 };

static void pack_cell(const struct pel_cell *cell, double packed[cell_numbers])
{
    memcpy(packed, cell->h, sizeof cell->h);
    memcpy(packed + 9, cell->origin, sizeof cell->origin);
}

static pel_status unpack_cell(const double packed[cell_numbers], struct pel_cell *cell,
                              struct pel_error *err)
{
    double h[3][3];
    memcpy(h, packed, sizeof h);
    return pel_cell_init(cell, (const double(*)[3])h, packed + 9, err);
}

/* "Cu,Zr" of the species, in their order. */
enum { species_text = PEL_MAX_SPECIES * PEL_ELEMENT_NAME + 1 };

static void pack_species(const struct pel_structure *structure, char text[species_text])
{
    text[0] = '\0';
    for (size_t k = 0; k < structure->n_species; k++) {
        const size_t used = strlen(text);
        snprintf(text + used, species_text - used, "%s%s", k > 0 ? "," : "",
                 structure->species[k]);
    }
}

/* Names from "Cu,Zr"; 0 where one does not fit or there are too many. */
static size_t unpack_species(const char *text, struct pel_structure *structure)
{
    size_t n = 0;
    while (*text != '\0' && n < PEL_MAX_SPECIES) {
        const size_t length = strcspn(text, ",");
        if (length == 0 || length >= PEL_ELEMENT_NAME) return 0;
        memcpy(structure->species[n], text, length);
        structure->species[n++][length] = '\0';
        text += length;
        if (*text == ',') text++;
    }
    return *text == '\0' ? n : 0;
}

pel_status pel_catalogue_add_sample(struct pel_catalogue *catalogue,
                                    const struct pel_catalogue_sample *sample,
                                    size_t *index, struct pel_error *err)
{
    const struct pel_structure *structure = sample->structure;
    const size_t n = sample->atoms;
    if (structure == NULL || structure->n != n)
        return pel_error_set(err, PEL_EARG, "sample '%s' has no structure of %zu atoms",
                             sample->name, n);
    sqlite3_stmt *statement = NULL;
    pel_status status = pel_catalogue_samples(catalogue, index, err);
    if (status == PEL_OK)
        status = pel_db_prepare(catalogue,
                                "INSERT INTO samples VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,"
                                "?10,?11,?12,?13,?14,?15)",
                                &statement, err);
    if (status != PEL_OK) return status;
    double cell[cell_numbers];
    char species[species_text];
    pack_cell(&structure->cell, cell);
    pack_species(structure, species);
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)*index);
    sqlite3_bind_text(statement, 2, sample->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, sample->hash, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 4, (sqlite3_int64)n);
    pel_db_bind(statement, 5, sample->molar_mass_g_per_mol);
    pel_db_bind(statement, 6, sample->energy_eV);
    pel_db_bind(statement, 7, sample->e_is_eV_per_atom);
    pel_db_bind(statement, 8, sample->max_force_eV_per_A);
    pel_db_bind(statement, 9, sample->eigenvalue_eV_per_A2);
    const struct {
        int place;
        const void *data;
        size_t bytes;
    } blobs[] = {
        {10, structure->x, 3 * n * sizeof *structure->x},
        {11, cell, sizeof cell},
        {13, structure->mass, structure->n_species * sizeof *structure->mass},
        {14, structure->type, n * sizeof *structure->type},
        {15, structure->id, n * sizeof *structure->id},
    };
    for (size_t k = 0; k < sizeof blobs / sizeof *blobs; k++)
        sqlite3_bind_blob64(statement, blobs[k].place, blobs[k].data, blobs[k].bytes,
                            SQLITE_STATIC);
    sqlite3_bind_text(statement, 12, species, -1, SQLITE_STATIC);
    const int code = sqlite3_step(statement);
    if (code != SQLITE_DONE) status = pel_db_fault(catalogue, code, err);
    sqlite3_finalize(statement);
    return status;
}

/* A blob of exactly n numbers of `size` bytes each into `to`. */
static pel_status fill(const struct pel_catalogue *catalogue, sqlite3_stmt *statement,
                       int column, size_t n, size_t size, void *to, struct pel_error *err)
{
    const void *blob = sqlite3_column_blob(statement, column);
    const size_t bytes = (size_t)sqlite3_column_bytes(statement, column);
    if (bytes != n * size || (blob == NULL && n > 0))
        return pel_error_at(err, PEL_EFORMAT, catalogue->path, 0,
                            "sample %lld: %s has %zu bytes, expected %zu",
                            (long long)sqlite3_column_int64(statement, 0),
                            sqlite3_column_name(statement, column), bytes, n * size);
    if (n > 0) memcpy(to, blob, bytes);
    return PEL_OK;
}

/* Atoms, types and cell of the row under the statement. */
static pel_status take_structure(const struct pel_catalogue *catalogue,
                                 sqlite3_stmt *statement, struct pel_structure *s,
                                 struct pel_error *err)
{
    double cell[cell_numbers];
    char species[species_text];
    pel_db_text(statement, 11, species, sizeof species);
    s->n_species = unpack_species(species, s);
    pel_status status = fill(catalogue, statement, 9, 3 * s->n, sizeof *s->x, s->x, err);
    if (status == PEL_OK)
        status = fill(catalogue, statement, 10, cell_numbers, sizeof *cell, cell, err);
    if (status == PEL_OK)
        status =
            fill(catalogue, statement, 12, s->n_species, sizeof *s->mass, s->mass, err);
    if (status == PEL_OK)
        status = fill(catalogue, statement, 13, s->n, sizeof *s->type, s->type, err);
    if (status == PEL_OK)
        status = fill(catalogue, statement, 14, s->n, sizeof *s->id, s->id, err);
    if (status != PEL_OK) return status;
    for (size_t i = 0; i < s->n; i++)
        if (s->type[i] < 0 || (size_t)s->type[i] >= s->n_species)
            return pel_error_at(err, PEL_EFORMAT, catalogue->path, 0,
                                "an atom of type %d, expected 0 to %zu", s->type[i],
                                s->n_species - (s->n_species > 0));
    return unpack_cell(cell, &s->cell, err) == PEL_OK
               ? PEL_OK
               : pel_error_at(err, PEL_EFORMAT, catalogue->path, 0,
                              "a sample's cell is none");
}

pel_status pel_catalogue_sample(struct pel_catalogue *catalogue, size_t index,
                                struct pel_catalogue_sample *sample,
                                struct pel_error *err)
{
    *sample = (struct pel_catalogue_sample){0};
    sqlite3_stmt *statement = NULL;
    pel_status status = pel_db_prepare(
        catalogue, "SELECT * FROM samples WHERE sample = ?1", &statement, err);
    if (status != PEL_OK) return status;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)index);
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE)
        status = pel_error_at(err, PEL_EARG, catalogue->path, 0, "there is no sample %zu",
                              index);
    else if (code != SQLITE_ROW)
        status = pel_db_fault(catalogue, code, err);
    if (status == PEL_OK) {
        pel_db_text(statement, 1, sample->name, sizeof sample->name);
        pel_db_text(statement, 2, sample->hash, sizeof sample->hash);
        sample->atoms = (size_t)sqlite3_column_int64(statement, 3);
        sample->molar_mass_g_per_mol = pel_db_number(statement, 4);
        sample->energy_eV = pel_db_number(statement, 5);
        sample->e_is_eV_per_atom = pel_db_number(statement, 6);
        sample->max_force_eV_per_A = pel_db_number(statement, 7);
        sample->eigenvalue_eV_per_A2 = pel_db_number(statement, 8);
        /* A damaged count must not ask for all memory: the positions know better. */
        if (sample->atoms == 0 || (size_t)sqlite3_column_bytes(statement, 9) !=
                                      3 * sample->atoms * sizeof *sample->x)
            status =
                pel_error_at(err, PEL_EFORMAT, catalogue->path, 0,
                             "sample %zu of %zu atoms has %d bytes of positions", index,
                             sample->atoms, sqlite3_column_bytes(statement, 9));
    }
    if (status == PEL_OK)
        status = pel_structure_create(sample->atoms, &sample->structure, err);
    if (status == PEL_OK)
        status = take_structure(catalogue, statement, sample->structure, err);
    if (status == PEL_OK) sample->x = sample->structure->x;
    sqlite3_finalize(statement);
    if (status != PEL_OK) pel_catalogue_sample_free(sample);
    return status;
}

#ifndef PEL_CATALOGUE_H
#define PEL_CATALOGUE_H

#include <pelrate/art.h>
#include <pelrate/structure.h>
#include <stdint.h>

/* The catalogue of a sampling campaign: one SQLite database. Append-only: rows are added,
 * each in a transaction of its own, and never changed (but by pel_catalogue_thin), so that
 * whatever was finished survives a kill at any moment.
 *
 *   settings      key, value            what every row was made with
 *   samples       sample, name, ...     the minimised glasses: atoms, types, cell
 *   searches      sample, search, ...   one row a search, failures too
 *   frequencies   sample, search, ...   attempt frequencies (catalogue_frequency.h)
 *
 * A catalogue is used by one thread at a time. */
struct pel_catalogue;

/* Key and value of a setting, both as text. */
struct pel_catalogue_setting {
    const char *key;
    const char *value;
};

/* A sample as it is stored. */
struct pel_catalogue_sample {
    char name[64];               /* of the glass, unique in the catalogue */
    char hash[80];               /* of its file: the same glass is known again by it */
    size_t atoms;                /* number of atoms */
    double energy_eV;            /* of the cell at the minimum [eV] */
    double molar_mass_g_per_mol; /* mean of its atoms [g/mol] */
    double e_is_eV_per_atom;     /* energy_eV / atoms [eV/atom] */
    double max_force_eV_per_A;   /* left after minimisation [eV/A] */
    double eigenvalue_eV_per_A2; /* lowest, translations excluded [eV/A^2] */
    struct pel_structure *structure; /* ids, types, masses, cell; its x is the minimum;
                                        owned */
    double *x;                       /* [3 atoms] minimum [A]: structure->x; borrowed */
};
/* Release the structure of a sample; not the struct itself. */
PEL_API void pel_catalogue_sample_free(struct pel_catalogue_sample *sample);

/* A search as it is stored. NaN: not reached. */
struct pel_catalogue_search {
    size_t sample;               /* index of the sample, from 0 */
    size_t search;               /* index of the search within the sample, from 0 */
    int64_t atom;                /* id of the atom that was pushed */
    enum pel_art_status status;  /* how it ended */
    double e_a_eV;               /* activation energy, whole cell [eV] */
    double e_r_eV;               /* relaxation energy, whole cell [eV] */
    double eigenvalue_eV_per_A2; /* lowest at the saddle [eV/A^2] */
    double second_eV_per_A2;     /* second-lowest at the saddle [eV/A^2] */
    size_t force_calls;          /* all evaluations of the search, local ones too */
    size_t full_calls;           /* of these: of the whole cell */
    double work; /* what they cost: evaluations of the whole cell, local ones counted by
                    their share of its pairs [1] */
    double displacement_A; /* |final - initial|, translation removed [A] */
    size_t moved_atoms;    /* that moved more than moved_distance_A */
    size_t n;              /* coordinates of the two below, 0: none stored */
    float *saddle;         /* [n] saddle - initial minimum [A]; valid events; owned */
    float *final;          /* [n] final - initial minimum [A]; valid events; owned */
};
/* Release the arrays of a search; not the struct itself. */
PEL_API void pel_catalogue_search_free(struct pel_catalogue_search *search);

/* Open a catalogue to add to it; made if there is no file.
 *
 *   path        file
 *   settings    [n_settings] what the rows will be made with. Those of an existing
 *               catalogue must be the same, key by key.
 *   out         receives the catalogue; release it with pel_catalogue_close()
 *
 * Errors: PEL_EMISMATCH  a setting differs (key and both values are said)
 *         PEL_EFORMAT    no pelrate catalogue, one of another format version, or damaged
 *         PEL_EIO        cannot be opened, made or written, disk full, locked by another
 *                        program for more than 10 s
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_catalogue_open(const char *path, size_t n_settings,
                                      const struct pel_catalogue_setting settings[],
                                      struct pel_catalogue **out, struct pel_error *err);
/* Open an existing one to read.
 * Errors: PEL_EOPEN    no such file, or it may not be read
 *         PEL_EFORMAT  no pelrate catalogue, an empty one, one of another format version,
 *                      or damaged
 *         PEL_EIO      cannot be read, locked by another program for more than 10 s
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_catalogue_read(const char *path, struct pel_catalogue **out,
                                      struct pel_error *err);
/* Close. NULL is allowed. */
PEL_API void pel_catalogue_close(struct pel_catalogue *catalogue);

/* Settings in their stored order: their number, and row k < number (borrowed until the
 * close). */
PEL_API size_t pel_catalogue_settings(const struct pel_catalogue *catalogue);
PEL_API struct pel_catalogue_setting
pel_catalogue_setting(const struct pel_catalogue *catalogue, size_t k);

/* Number of samples. Errors: PEL_EIO. */
PEL_API pel_status pel_catalogue_samples(struct pel_catalogue *catalogue, size_t *n,
                                         struct pel_error *err);
/* Add a sample, positions those of its structure; index receives its number.
 * Errors: PEL_EARG no structure, or one of another number of atoms; PEL_EEXIST name or
 * hash there already; PEL_EIO. */
PEL_API pel_status pel_catalogue_add_sample(struct pel_catalogue *catalogue,
                                            const struct pel_catalogue_sample *sample,
                                            size_t *index, struct pel_error *err);
/* The samples of a name and of a hash; where there is none, the number of samples.
 * Errors: PEL_EIO. */
PEL_API pel_status pel_catalogue_find(struct pel_catalogue *catalogue, const char *name,
                                      const char *hash, size_t *by_name, size_t *by_hash,
                                      struct pel_error *err);
/* Read sample index into *sample, to be released by pel_catalogue_sample_free().
 * Errors: PEL_EARG no such sample; PEL_EIO; PEL_ENOMEM; PEL_EFORMAT damaged row. */
PEL_API pel_status pel_catalogue_sample(struct pel_catalogue *catalogue, size_t index,
                                        struct pel_catalogue_sample *sample,
                                        struct pel_error *err);

/* Add a search: on disk when this returns.
 * Errors: PEL_EEXIST its number is taken (another run works on this file); PEL_EIO disk
 * full, locked, read-only, or opened to read. */
PEL_API pel_status pel_catalogue_add_search(struct pel_catalogue *catalogue,
                                            const struct pel_catalogue_search *search,
                                            struct pel_error *err);
/* Call visit for each search of a sample in the order of their numbers; the search is
 * borrowed for the call. visit returns PEL_OK to go on; anything else ends the walk and
 * is returned. Errors: PEL_EIO; PEL_EFORMAT damaged row; PEL_ENOMEM; those of visit. */
PEL_API pel_status pel_catalogue_walk(
    struct pel_catalogue *catalogue, size_t sample,
    pel_status (*visit)(void *context, const struct pel_catalogue_search *search,
                        struct pel_error *err),
    void *context, struct pel_error *err);

/* What came of a merge. */
struct pel_catalogue_merged {
    size_t samples;  /* that were new */
    size_t searches; /* that were new */
    size_t same;     /* that were there already, and are the same */
};
/* Add another catalogue, all or nothing: samples that are new by their hash behind those
 * that are there, searches that are new by sample and number, and whatever else is stored
 * of a search.
 *   path     of the other one, which stays as it is
 *   merged   receives the counts
 * Errors: PEL_EMISMATCH  other settings (key and values are said), a name that is another
 *                        glass here, another number of atoms, a sample or search that is
 *                        here with another content; and those of pel_catalogue_read and
 *                        pel_catalogue_add_search. */
PEL_API pel_status pel_catalogue_merge(struct pel_catalogue *catalogue, const char *path,
                                       struct pel_catalogue_merged *merged,
                                       struct pel_error *err);

/* A search, by its sample and its number in it. */
struct pel_catalogue_key {
    size_t sample, search;
};
/* Forget the displacements of atoms that moved moved_over_A [A] or less, to the saddle or
 * to the final minimum: they are 0 from then on, and the file is a small part of what it
 * was. Energies and all other columns stay, and all of the n_whole searches in whole[],
 * which may be NULL for none. The catalogue gets a setting of this, so that no campaign
 * goes on with it and what was forgotten is said. For catalogues that are to be handed on:
 * who moves what and how far. The surroundings have to be relaxed anew; in a cell of 2000
 * atoms what is forgotten at 0.1 A adds up to some 1 A, and Newton's method from there
 * found 12 of 20 events again (pel_verify). Close it afterwards.
 * Errors: PEL_EARG not positive, or forgotten already; PEL_EIO; PEL_ENOMEM. */
PEL_API pel_status pel_catalogue_thin(struct pel_catalogue *catalogue,
                                      double moved_over_A, size_t n_whole,
                                      const struct pel_catalogue_key whole[],
                                      struct pel_error *err);

#endif /* PEL_CATALOGUE_H */

#ifndef PEL_EVENT_H
#define PEL_EVENT_H

#include <pelrate/status.h>
#include <stdint.h>
#include <stdio.h>

/* The event record: one search of a sampler, as the sampler's side writes it and the
 * fitting side reads it. The two wings of the library meet here and nowhere else.
 *
 * CSV, format "pelrate-events 1": one row a search, failed searches too, columns
 *   sample,e_is_eV_per_atom,search,atom,status,e_a_eV,e_r_eV,eigenvalue_eV_per_A2,
 *   force_calls,displacement_A,moved_atoms,duplicate_of,full_calls,work,
 *   attempt_frequency_Hz,reverse_attempt_frequency_Hz
 * (the last four may be missing)
 * with, in the header, `# atoms:` (atoms of each sample), `# molar_mass_g_per_mol:` and
 * `# settings:` (everything that decides which events are found: events of different
 * settings do not belong to one spectrum). */

enum { PEL_EVENT_NAME = 64, PEL_EVENT_STATUS = 32 };

/* The status of a search that gave a valid event; any other text is the reason of a
 * failure. */
#define PEL_EVENT_VALID "valid"

struct pel_event {
    char sample[PEL_EVENT_NAME];   /* name of the sample */
    double e_is;                   /* IS energy of the sample [eV/atom] */
    int64_t search;                /* number of the search in its sample, from 0 */
    int64_t atom;                  /* id of the atom that was pushed */
    char status[PEL_EVENT_STATUS]; /* PEL_EVENT_VALID, or why there is no event */
    double e_a;                    /* activation energy, whole cell [eV]; NaN: none */
    double e_r;                    /* relaxation energy, whole cell [eV]; NaN: none */
    double eigenvalue;             /* lowest at the saddle [eV/A^2]; NaN: none */
    int64_t force_calls;  /* force evaluations that this search was charged with */
    double displacement;  /* |final - initial| over all atoms [A]; NaN: none */
    int64_t moved_atoms;  /* atoms that moved more than the sampler's moved_distance_A,
                             initial to final; -1: none */
    int64_t duplicate_of; /* first search with the same event; -1: none */
    int64_t full_calls;   /* those of force_calls that were of the whole cell, not of the
                             atoms near the push alone; -1: not told */
    double work; /* what all of force_calls cost, in evaluations of the whole cell [1];
                    NaN: not told */
    double attempt_frequency; /* harmonic, of the hop from the sample's minimum [1/s];
                                 NaN: not measured */
    double reverse_attempt_frequency; /* ... of the hop back to it [1/s] */
};

/* Whether it is a valid event and no duplicate: what spectra are made of. */
PEL_API int pel_event_is_distinct(const struct pel_event *event);

/* Events of one file. */
struct pel_event_list {
    size_t n;                 /* number of events */
    struct pel_event *events; /* [n] in file order; owned */
    size_t *lines;            /* [n] line of each in its file; owned */
    double atoms;             /* atoms of each sample */
    double molar_mass;        /* mean of the atoms [g/mol] */
    char *settings;           /* sampler settings; owned */
};

/* Read the CSV.
 *   out   receives the list; release it with pel_event_list_free()
 * Errors: PEL_EOPEN    cannot be opened
 *         PEL_EIO      cannot be read
 *         PEL_EFORMAT  (FILE:LINE) a column or key is missing, a field is no number, a
 *                      valid event without energies or with energies that are not
 *                      positive, an attempt frequency that is not positive
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_event_list_read(const char *path, struct pel_event_list **out,
                                       struct pel_error *err);

/* Release a list. NULL is allowed. */
PEL_API void pel_event_list_free(struct pel_event_list *list);

/* Write the row of column names, and one event. (The header keys come before, from the
 * caller: pel_provenance_begin, then atoms, molar_mass_g_per_mol, settings.) Errors of
 * writing show at pel_output_commit. */
PEL_API void pel_event_put_names(FILE *stream);
PEL_API void pel_event_put(FILE *stream, const struct pel_event *event);

#endif /* PEL_EVENT_H */

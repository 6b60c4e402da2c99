#ifndef PEL_SUCCESSOR_H
#define PEL_SUCCESSOR_H

#include <pelrate/event.h>

/* The second generation: a search that started from the final state of an event, the
 * first hop, and what it says about that hop. As the event record, it is where the
 * sampler's side and the theory's side meet.
 *
 * CSV, format "pelrate-successors 1": one row a search, failed searches too, columns
 *   sample,e_is_eV_per_atom,search,atom,status,e_a_eV,e_r_eV,eigenvalue_eV_per_A2,
 *   force_calls,displacement_A,moved_atoms,duplicate_of
 * as in the event record, of the search from the final state, then
 *   first_sample,first_search,first_e_is_eV_per_atom,first_e_a_eV,first_e_r_eV,drift_A,
 *   kind,overlap,residual */

/* Where a valid event of the second generation leads: name, word used in files,
 * explanation. One table. */
#define PEL_SUCCESSOR_LIST(X)                                                            \
    X(PEL_SUCCESSOR_NONE, "", "no valid event")                                          \
    X(PEL_SUCCESSOR_BACK, "back", "the first hop reversed: its saddle, its minimum")     \
    X(PEL_SUCCESSOR_BACK_OTHER, "back over another saddle",                              \
      "to the minimum where the first hop began, over another saddle")                   \
    X(PEL_SUCCESSOR_BACK_LOCAL, "back but for something else",                           \
      "the moved region returns to where it was, something else changes too")            \
    X(PEL_SUCCESSOR_ONWARD, "onward", "another path that moves the moved region")        \
    X(PEL_SUCCESSOR_ELSEWHERE, "elsewhere", "a path that leaves the moved region alone")

enum pel_successor_kind {
#define PEL_SUCCESSOR_ENUM(name, word, text) name,
    PEL_SUCCESSOR_LIST(PEL_SUCCESSOR_ENUM)
#undef PEL_SUCCESSOR_ENUM
        PEL_SUCCESSOR_N
};

/* Word used in files, and explanation; NULL for a number that is no kind. */
PEL_API const char *pel_successor_word(enum pel_successor_kind kind);
PEL_API const char *pel_successor_text(enum pel_successor_kind kind);

/* Whether the kind leads back: the first hop is undone. */
PEL_API int pel_successor_is_back(enum pel_successor_kind kind);

struct pel_successor {
    struct pel_event event; /* of the search from the final state: its sample is
                                          the state, its e_is that of the state */
    char first_sample[PEL_EVENT_NAME]; /* sample of the first hop */
    int64_t first_search;              /* and its search */
    double first_e_is;                 /* IS energy where it began [eV/atom] */
    double first_e_a;                  /* its activation energy, whole cell [eV] */
    double first_e_r; /* its relaxation energy: E_A of the way back [eV] */
    double drift;     /* from its final state as it was found to the state
                                          as it was minimised again, whole vector [A] */
    enum pel_successor_kind kind;
    double overlap; /* share of the smaller moved region that both have [1]; NaN: none */
    /* What is left of the first hop in its moved region, |d1 + d2| / |d1|: 0 where it is
     * undone, 1 where it stays [1]; NaN: none */
    double residual;
};

/* Rows in the order of first sample, first search, search. */
struct pel_successor_list {
    size_t n;                   /* number of rows */
    struct pel_successor *rows; /* [n]; owned */
};

/* Read the CSV.
 *   out   receives the list; release it with pel_successor_list_free()
 * Errors: PEL_EOPEN    cannot be opened
 *         PEL_EIO      cannot be read
 *         PEL_EFORMAT  (FILE:LINE) a column is missing, a field is no number, an unknown
 *                      kind, energies that are not positive
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_successor_list_read(const char *path,
                                           struct pel_successor_list **out,
                                           struct pel_error *err);

/* Release a list. NULL is allowed. */
PEL_API void pel_successor_list_free(struct pel_successor_list *list);

/* Write the row of column names, and one row. Errors of writing show at
 * pel_output_commit. */
PEL_API void pel_successor_put_names(FILE *stream);
PEL_API void pel_successor_put(FILE *stream, const struct pel_successor *row);

#endif /* PEL_SUCCESSOR_H */

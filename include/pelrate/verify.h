#ifndef PEL_VERIFY_H
#define PEL_VERIFY_H

#include <pelrate/catalogue.h>
#include <pelrate/potential.h>
#include <pelrate/progress.h>

/* Stored events recomputed from the stored configurations, far below the tolerances that
 * found them: both minima and the saddle converged by Newton's method, the signs of all
 * eigenvalues of the Hessian there, both energies, and where the paths of steepest descent
 * from the saddle lead.
 *
 * An event that passes is what it says: a first-order saddle between its two minima, with
 * its energies. */

/* What is wrong with an event: name, word used in files, explanation. The first that
 * holds is told. */
#define PEL_VERIFY_REASON_LIST(X)                                                        \
    X(PEL_VERIFY_PASS, "pass", "nothing")                                                \
    X(PEL_VERIFY_SURFACE, "surface failed", "the energy could not be evaluated")         \
    X(PEL_VERIFY_INITIAL, "initial not converged",                                       \
      "the initial minimum is not reached within the tolerance")                         \
    X(PEL_VERIFY_SADDLE, "saddle not converged",                                         \
      "the saddle is not reached within the tolerance")                                  \
    X(PEL_VERIFY_FINAL, "final not converged",                                           \
      "the final minimum is not reached within the tolerance")                           \
    X(PEL_VERIFY_MOVED, "another point",                                                 \
      "a point converges to another one than was stored")                                \
    X(PEL_VERIFY_INDEX, "saddle index", "the saddle has not one negative eigenvalue")    \
    X(PEL_VERIFY_MINIMUM, "minimum index", "a minimum has a negative eigenvalue")        \
    X(PEL_VERIFY_ENERGY, "energy", "an energy differs from the stored one")              \
    X(PEL_VERIFY_PATH, "not connected",                                                  \
      "steepest descent from the saddle does not end in both minima")

enum pel_verify_reason {
#define PEL_VERIFY_REASON_ENUM(name, word, text) name,
    PEL_VERIFY_REASON_LIST(PEL_VERIFY_REASON_ENUM)
#undef PEL_VERIFY_REASON_ENUM
        PEL_VERIFY_N_REASON
};
/* Word used in files and explanation; "unknown" for a number that is no reason. */
PEL_API const char *pel_verify_reason_word(enum pel_verify_reason reason);
PEL_API const char *pel_verify_reason_text(enum pel_verify_reason reason);

struct pel_verify_settings {
    double force_eV_per_A;  /* largest |force component| at minima and saddle, > 0 */
    double energy_eV;       /* most that a stored energy may be off, > 0 */
    double same_distance_A; /* most that a point may move, whole vector, translation
                               removed, > 0 [A] */
    size_t dense_atoms;     /* signs of the eigenvalues by factorisation of the whole
                               Hessian up to so many atoms, by Lanczos beyond */
    size_t vectors;         /* of Lanczos, >= 2 */
    double push_A;          /* off the saddle, where the descents begin, > 0 [A] */
    double capture_A;       /* a descent this close to a minimum (or a quarter of the
                               saddle's distance from it) has arrived, > 0 [A] */
    double descent_force_eV_per_A; /* ... and has ended elsewhere below this, > 0 */
};
/* 1e-8 eV/A, 1e-6 eV, 0.2 A, 2500 atoms, 300 vectors, 0.1 A, 0.05 A, 1e-4 eV/A. */
PEL_API struct pel_verify_settings pel_verify_defaults(void);

/* An event as it was recomputed. NaN: not reached. */
struct pel_verify_result {
    size_t sample, search;         /* which */
    enum pel_verify_reason reason; /* PEL_VERIFY_PASS, or what is wrong */
    double e_a_eV, e_r_eV;         /* recomputed */
    double e_a_difference_eV;      /* recomputed - stored */
    double e_r_difference_eV;
    double force_initial_eV_per_A; /* largest component left */
    double force_saddle_eV_per_A;
    double force_final_eV_per_A;
    double moved_saddle_A; /* from the stored one, whole vector, translation removed */
    double moved_final_A;
    size_t negative_saddle; /* negative eigenvalues (Lanczos: 0, 1, or 2 for more) */
    size_t negative_initial, negative_final;
    int dense;                   /* 1: by factorisation, 0: by Lanczos */
    double eigenvalue_eV_per_A2; /* lowest, at the saddle */
    double connected_initial_A;  /* from where the nearer descent ended */
    double connected_final_A;
    size_t force_calls; /* for all that */
};

/* What events of one sample share: its initial minimum, converged. */
struct pel_verify;

/* Prepare a sample.
 *   potential   borrowed until pel_verify_free
 *   settings    copied
 *   sample      borrowed until pel_verify_free
 *   out         receives it; release it with pel_verify_free()
 * Errors: PEL_EARG a setting out of range, a species that the potential lacks;
 * PEL_ENOMEM; those of the potential. An initial minimum that does not converge is no
 * error: every event says so. On error *out is NULL. */
PEL_API pel_status pel_verify_create(const struct pel_potential *potential,
                                     const struct pel_verify_settings *settings,
                                     const struct pel_catalogue_sample *sample,
                                     struct pel_verify **out, struct pel_error *err);
/* Release. NULL is allowed. */
PEL_API void pel_verify_free(struct pel_verify *verify);

/* Recompute a valid event of the sample. May be called from several threads at once.
 * Errors: PEL_EARG a search without an event; PEL_ENOMEM. What is wrong with the event is
 * in the result. */
PEL_API pel_status pel_verify_event(const struct pel_verify *verify,
                                    const struct pel_catalogue_search *search,
                                    struct pel_verify_result *result,
                                    struct pel_error *err);

/* Recompute valid events of a catalogue, drawn at random, each at most once.
 *
 *   n          how many; 0, or more than there are: all
 *   seed       of the draw
 *   threads    0: as many as OpenMP offers
 *   progress   may be NULL
 *   results    receives [*n_results] in the order of sample and search; to be freed by
 *              the caller
 *
 * Errors: as above; PEL_ESTOPPED progress asked to stop; those of the catalogue. On error
 * *results is NULL. */
PEL_API pel_status pel_verify_catalogue(
    struct pel_catalogue *catalogue, const struct pel_potential *potential,
    const struct pel_verify_settings *settings, size_t n, uint64_t seed, size_t threads,
    const struct pel_progress *progress, size_t *n_results,
    struct pel_verify_result **results, struct pel_error *err);

#endif /* PEL_VERIFY_H */

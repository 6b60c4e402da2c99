#ifndef PEL_ART_H
#define PEL_ART_H

#include <pelrate/surface.h>

/* One search of the activation-relaxation technique (ART nouveau): from a minimum, uphill
 * to a first-order saddle, and down on both sides of it.
 *
 * Method: Barkema & Mousseau, PRL 77:4358 (1996); Malek & Mousseau, PRE 62:7723 (2000);
 * Cances et al., J. Chem. Phys. 130:114711 (2009). Departures: while the lowest mode is
 * held, the step along it (Newton, with its own curvature) and the relaxation
 * perpendicular to it (L-BFGS in the hyperplane) are made with the same gradient, instead
 * of one after the other; the two sides are followed down the steepest path first
 * (descent_error_A), then relaxed by L-BFGS with bounded steps; where a saddle leads
 * elsewhere, the search goes back from there, towards the initial minimum, to the saddle
 * that is on the way (return_tries); and all but the last steps may be made with the atoms
 * near the push alone (struct pel_art_near).
 *
 *   initial minimum --push--> inflection --climb along the mode--> saddle
 *        saddle --relax--> the initial minimum? --order? --both steepest paths--> verdict
 *
 * What counts as an event is decided here and nowhere later:
 *   - the saddle has every |gradient component| below saddle_force and exactly one
 *     negative eigenvalue;
 *   - the side that points back leads to the initial minimum again, as a minimiser goes
 *     and down the steepest path: relaxed to minimum_force it is within connect_distance of
 *     it, or it came so close that it could only arrive there (home_recognised_A);
 *   - the other side, down the steepest path and relaxed to minimum_force, is another
 *     minimum;
 *   - e_a > 0 and e_r > 0. */

/* How a search ended: name, word used in files, explanation. One table. */
#define PEL_ART_STATUS_LIST(X)                                                           \
    X(PEL_ART_VALID, "valid", "an event that fulfils every rule")                        \
    X(PEL_ART_NOT_LEFT, "basin not left", "the push ended with no negative curvature")   \
    X(PEL_ART_LOST, "curvature lost",                                                    \
      "the lowest eigenvalue became positive on the climb")                              \
    X(PEL_ART_NOT_CONVERGED, "not converged",                                            \
      "saddle or minimum not converged within its number of steps")                      \
    X(PEL_ART_CALLS, "too many force calls", "the search used up max_force_calls")       \
    X(PEL_ART_TOO_HIGH, "too high", "the energy rose by more than max_barrier")          \
    X(PEL_ART_ORDER, "higher-order saddle", "more than one negative eigenvalue")         \
    X(PEL_ART_NOT_SADDLE, "no negative eigenvalue", "the converged point is a minimum")  \
    X(PEL_ART_BELOW, "below the start", "the saddle is not above the initial minimum")   \
    X(PEL_ART_NOT_CONNECTED, "saddle not connected",                                     \
      "the side that points back does not relax to the initial minimum")                 \
    X(PEL_ART_SAME, "same minimum", "both sides relax to the initial minimum")           \
    X(PEL_ART_FLAT, "no relaxation", "the final minimum is not below the saddle")        \
    X(PEL_ART_BROKEN, "surface failed", "the surface could not be evaluated on the way")

enum pel_art_status {
#define PEL_ART_STATUS_ENUM(name, word, text) name,
    PEL_ART_STATUS_LIST(PEL_ART_STATUS_ENUM)
#undef PEL_ART_STATUS_ENUM
        PEL_ART_N_STATUS
};

/* Word used in files ("valid", "curvature lost", ...) and explanation; "unknown" for a
 * number that is no status. Never NULL. */
PEL_API const char *pel_art_status_word(enum pel_art_status status);
PEL_API const char *pel_art_status_text(enum pel_art_status status);

/* Settings of a search; pel_art_defaults() fills them, sampler.h names and documents each
 * for files and options. They decide which barriers are found: science needs them beside
 * the events. */
struct pel_art_settings {
    /* leaving the basin */
    double push_step_A;      /* one push along the direction, whole vector [A] */
    size_t push_relax_steps; /* relaxation steps perpendicular to it after each push */
    double push_growth; /* the mode is sought only after a push that makes the gradient
                           along the push grow by no more than this times the most that
                           any did; 1: after each [1] */
    size_t max_pushes;  /* pushes before the basin counts as not left */
    double climb_threshold_eV_per_A2; /* lowest eigenvalue that ends the pushes, < 0 */
    /* Lanczos vectors that turn the push towards the softest modes of the initial minimum
     * first; 0: the push as it is */
    size_t soft_vectors;
    /* climbing */
    double climb_step_A;     /* longest step along the mode, whole vector [A] */
    double perp_step_A;      /* longest step perpendicular to it, whole vector [A] */
    size_t hold_steps_first; /* steps with the mode held: at the start of the climb, */
    size_t hold_steps_last;  /* and in the end (one more each time the mode is renewed) */
    double hold_ratio; /* the mode is renewed early once the gradient perpendicular to it
                          is smaller than this times the gradient along it, >= 0 [1] */
    size_t lost_limit; /* renewals with a positive eigenvalue before it is lost */
    size_t max_climbs; /* renewals of the mode before it is not converged */
    double saddle_force_eV_per_A; /* largest |gradient component| at a saddle */
    double max_barrier_eV;        /* give up when the energy has risen by more */
    double local_force_eV_per_A;  /* largest |gradient component| that ends a climb on the
                                     near surface */
    size_t return_tries; /* from where a saddle leads that does not lead home, searches go
                            back towards the initial minimum, at most so many */
    double back_threshold_eV_per_A2; /* lowest eigenvalue that ends the pushes on the way
                                        back, < 0: saddles on it may be flat */
    /* lowest mode */
    double lanczos_step_A;      /* difference step, whole vector [A] */
    size_t lanczos_min_vectors; /* leaving the basin: fewest vectors, */
    size_t lanczos_max_vectors; /* most vectors, */
    double lanczos_tolerance;   /* relative change of the eigenvalue that ends it [1] */
    size_t climb_min_vectors;   /* on the climb: fewest vectors, */
    size_t climb_max_vectors;   /* most vectors, */
    double climb_tolerance;     /* relative change of the eigenvalue that ends it [1] */
    size_t order_vectors;       /* most vectors for the eigenvalues at the saddle */
    /* both sides */
    double rough_force_eV_per_A;   /* largest |gradient component| that ends a relaxation
                                    which only looks where a side leads, or one on the
                                    near surface */
    double push_over_A;            /* along the mode, off the saddle, whole vector [A] */
    double descent_error_A;        /* error of a step down the steepest paths to the two
                                    minima, whole vector; 0: minimised at once, which may
                                    jump into another basin [A] */
    double descent_force_eV_per_A; /* largest |gradient component| at which the steepest
                                    path is left for a minimiser, which at 3e-4 still
                                    leaves basins that are a few meV deep */
    double minimum_force_eV_per_A; /* largest |gradient component| at a minimum */
    double relax_step_A;           /* longest move of a coordinate in one step [A] */
    double home_recognised_A;      /* closer to the initial minimum than this, downhill
                                  towards it and on the parabola of its basin, a
                                  relaxation has arrived, whole vector; 0: never [A] */
    double connect_distance_A;     /* |x - x0| of the same minimum, whole vector [A] */
    double moved_distance_A;       /* an atom that moved more than this is counted [A] */
    size_t max_force_calls;        /* of the whole search, everything charged */
    size_t atoms; /* 1: coordinates are atoms (x y z each): translations are projected out
                     of modes and distances; 2: atoms of a free cluster: rotations are
                     projected out of modes as well; 0: any coordinates */
};
PEL_API struct pel_art_settings pel_art_defaults(void);

/* What a search found. Energies and vectors hold what was reached; NaN where nothing
 * was. */
struct pel_art_result {
    enum pel_art_status status;
    double e_a_eV;               /* E(saddle) - E(initial) [eV] */
    double e_r_eV;               /* E(saddle) - E(final) [eV] */
    double eigenvalue_eV_per_A2; /* lowest, at the saddle (or where the search ended)
                                    [eV/A^2] */
    double second_eV_per_A2;     /* second-lowest at the saddle, upper bound [eV/A^2] */
    double max_force_eV_per_A;   /* largest |gradient component| where the climb ended
                                    [eV/A] */
    size_t force_calls;          /* evaluations: all of them, local ones too */
    size_t full_calls;           /* of these: of the surface itself */
    double work;        /* what all cost, in evaluations of the surface itself: local ones
                    counted by their share [1] */
    size_t push_calls;  /* of these: leaving the basin */
    size_t climb_calls; /* climbing, modes included */
    size_t order_calls; /* eigenvalues at the saddle */
    size_t relax_calls; /* both sides */
    size_t climbs;      /* renewals of the mode, in the last climb */
    size_t tries;       /* pushes on and searches back, before the last climb */
    double displacement_A; /* |final - initial|, whole vector, translation removed [A] */
    size_t moved_atoms;    /* atoms (or coordinates) moved more than moved_distance_A */
    size_t n;              /* coordinates */
    double *saddle;        /* [n] the saddle [A]; owned */
    double *final;         /* [n] the other minimum [A]; owned */
    /* Where the side that points back is not the initial minimum ("saddle not connected"):
     * how high the minimum there is above it, and how far from it; final holds it. */
    double e_near_eV; /* [eV] */
    double near_A;    /* [A] */
};

/* Arrays for n coordinates, everything NaN. Errors: PEL_EARG n = 0; PEL_ENOMEM. */
PEL_API pel_status pel_art_result_init(struct pel_art_result *result, size_t n,
                                       struct pel_error *err);
/* Release the arrays of a result. NULL is allowed. */
PEL_API void pel_art_result_free(struct pel_art_result *result);

/* Where a cheap surface is at hand on which only some coordinates, those near the push,
 * move and all others stand: searches leave the basin and climb on it first, look there
 * whether the saddle leads home, and relax on it first on the way home. It decides what is
 * worth going on with and nothing else: what it finds is climbed on, judged and relaxed on
 * the surface itself. What stands cannot flip. */
struct pel_art_near {
    const struct pel_surface *surface; /* of the moving coordinates: gradient and
                                          differences of energy are those of the surface
                                          itself; borrowed */
    const size_t *index;               /* [surface->n] which coordinates they are, in
                                          increasing order; borrowed */
    double share;  /* cost of an evaluation, in those of the surface itself [1] */
    void *context; /* handed to stand; borrowed */
    /* Let the others stand where they are in x[n], all coordinates; may set share anew.
     * Charged as one evaluation of the near surface. Errors: ends the search. */
    pel_status (*stand)(void *context, const double x[], struct pel_error *err);
};

/* Search once.
 *
 *   surface    the surface; evaluations are counted here
 *   near       surface of some of the coordinates, where there is one; the push must move
 *              some of them. NULL: none.
 *   settings   see above
 *   initial    [n] the initial minimum [A], converged at least to minimum_force
 *   energy     energy at the initial minimum [eV]
 *   push       [n] direction of the push; any length > 0 (with settings->atoms: after the
 *              mean translation is taken out)
 *   result     made by pel_art_result_init() with the same n; overwritten
 *
 * Returns PEL_OK whenever the search came to an end, valid or not: result->status is the
 * verdict, also where the surface could not be evaluated. A search is deterministic: the
 * same arguments give the same numbers.
 * Errors: PEL_EARG    a setting out of range (its name is said), a push of length 0, an n
 *                     that differs, or (atoms) is not that of two atoms or more
 *         PEL_ENOMEM */
PEL_API pel_status pel_art_search(const struct pel_surface *surface,
                                  const struct pel_art_near *near,
                                  const struct pel_art_settings *settings,
                                  const double initial[], double energy,
                                  const double push[], struct pel_art_result *result,
                                  struct pel_error *err);

/* Converge to the saddle near a point: the climb of a search alone.
 *
 *   surface    the surface
 *   settings   those of the climb, the lowest mode and max_force_calls are used;
 *              max_barrier_eV counts from x
 *   x          [n] where to start [A]
 *   mode       [n] guess of the lowest mode there, any length; NULL: none
 *   result     made by pel_art_result_init() with the same n; overwritten: saddle (where
 *              the climb ended), e_a_eV (its energy less that of x, of either sign), the
 *              eigenvalues, force_calls = climb_calls + order_calls
 *
 * result->status is PEL_ART_VALID at a saddle of first order, converged to saddle_force.
 * Deterministic. Errors: those of pel_art_search, a mode of length 0. */
PEL_API pel_status pel_art_saddle(const struct pel_surface *surface,
                                  const struct pel_art_settings *settings,
                                  const double x[], const double mode[],
                                  struct pel_art_result *result, struct pel_error *err);

/* Distance of two points a[n], b[n] [A]: of the whole vector, |b - a|; with atoms != 0
 * (n % 3 == 0) after the mean translation of all atoms is taken out. */
PEL_API double pel_art_distance(size_t n, const double a[], const double b[], int atoms);

#endif /* PEL_ART_H */

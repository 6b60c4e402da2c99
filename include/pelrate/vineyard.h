#ifndef PEL_VINEYARD_H
#define PEL_VINEYARD_H

#include <pelrate/potential.h>

/* Attempt frequencies of hops by harmonic transition-state theory: G. H. Vineyard, J.
 * Phys. Chem. Solids 3:121 (1957), Eq. (4),
 *
 *   nu = prod_i nu_i(minimum) / prod'_i nu_i(saddle)
 *
 * over all real normal modes; the saddle has one fewer. Written with the Hessians H0 at
 * the minimum and H1 at the saddle and the one negative eigenvalue -w^2 of H1 weighted
 * with the masses (Langer, Ann. Phys. 54:258 (1969)):
 *
 *   nu = w / (2 pi) sqrt(det H0 / |det H1|)
 *
 * The masses of all but the unstable mode cancel, and determinants come from
 * factorisations: no other eigenvalue is needed. Quantum effects are left out.
 *
 * The determinants are taken over the whole cell, one atom held (that takes the translations
 * out, and changes no ratio), or, in cells too large for it, over a region alone with all
 * other atoms held: those that move more than a threshold between the three points, and a
 * shell around them. The region is the lesser way, because a hop strains and shifts what is
 * around it, and in a glass the sum over all modes of the rest does not vanish: against the
 * whole cell, 2000 atoms of Cu56Zr44, shells of 3, 5, 7 and 9 A were off by 2.1, 1.6, 1.3
 * and 1.0 in ln nu (rms, 12 frequencies), where ln nu scatters by 2.8 from event to event. */
struct pel_vineyard_settings {
    size_t cell_atoms; /* cells of up to so many atoms are taken whole: (3 n)^2 numbers
                              are stored */
    double moved_A;    /* else: an atom that moves more than this belongs to the core,
                              > 0 [A] */
    double shell_A;    /* ... and atoms this close to one to the region, >= 0 [A] */
    double force_eV_per_A; /* points whose largest force component is larger are converged
                              by Newton's method first, > 0 */
};
/* 2500 atoms, 0.1 A, 8 A, 2e-4 eV/A. */
PEL_API struct pel_vineyard_settings pel_vineyard_defaults(void);

/* How a computation ended: name, word used in files, explanation. */
#define PEL_VINEYARD_STATUS_LIST(X)                                                      \
    X(PEL_VINEYARD_DONE, "done", "both frequencies are known")                           \
    X(PEL_VINEYARD_POINT, "not converged",                                               \
      "a point of the event does not converge, or to another one")                       \
    X(PEL_VINEYARD_INDEX, "index",                                                       \
      "a Hessian has not the signs of its point: a minimum none below 0, a saddle one")  \
    X(PEL_VINEYARD_SURFACE, "surface failed", "the energy could not be evaluated")

enum pel_vineyard_status {
#define PEL_VINEYARD_STATUS_ENUM(name, word, text) name,
    PEL_VINEYARD_STATUS_LIST(PEL_VINEYARD_STATUS_ENUM)
#undef PEL_VINEYARD_STATUS_ENUM
        PEL_VINEYARD_N_STATUS
};
/* Word used in files and explanation; "unknown" for a number that is no status. */
PEL_API const char *pel_vineyard_status_word(enum pel_vineyard_status status);
PEL_API const char *pel_vineyard_status_text(enum pel_vineyard_status status);

struct pel_vineyard_result {
    enum pel_vineyard_status status;
    double frequency_Hz;         /* of the hop from the initial minimum; NaN: none */
    double reverse_frequency_Hz; /* of the hop back from the final one; NaN: none */
    double unstable_Hz;          /* w / (2 pi) of the saddle's unstable mode; NaN: none */
    size_t core_atoms;           /* that move more than moved_A */
    size_t region_atoms;         /* over which the determinants were taken */
};

/* The equation itself [Hz].
 *   log_det_minimum   ln det H0, in units of eV/A^2 per row
 *   log_det_saddle    ln |det H1|, over the same rows
 *   unstable          w^2, of the saddle: minus its negative eigenvalue weighted with the
 *                     masses [eV / (A^2 g/mol)], > 0; else NaN is returned */
PEL_API double pel_vineyard_frequency(double log_det_minimum, double log_det_saddle,
                                      double unstable);

/* What the events of one minimum share: the minimum, converged, and its determinant. */
struct pel_vineyard;

/* Prepare a minimum.
 *
 *   potential   borrowed until pel_vineyard_free
 *   structure   types, masses and cell, borrowed until then; its positions are not read
 *   settings    copied
 *   initial     [3n] the minimum [A]
 *   out         receives it; release it with pel_vineyard_free()
 *
 * Errors: PEL_EARG a setting out of range, a mass that is not known, a potential without
 * second derivatives in closed form, fewer than 3 atoms; PEL_ENOMEM. A minimum that is
 * none is no error: every event says so. On error *out is NULL. */
PEL_API pel_status pel_vineyard_create(const struct pel_potential *potential,
                                       const struct pel_structure *structure,
                                       const struct pel_vineyard_settings *settings,
                                       const double initial[], struct pel_vineyard **out,
                                       struct pel_error *err);
/* Release. NULL is allowed. */
PEL_API void pel_vineyard_free(struct pel_vineyard *vineyard);

/* Both frequencies of an event. May be called from several threads at once.
 *   saddle, final   [3n] points of the event [A]
 *   result          receives them; may not be NULL
 * Errors: PEL_ENOMEM. What is wrong with the event is in result->status. */
PEL_API pel_status pel_vineyard_event(const struct pel_vineyard *vineyard,
                                      const double saddle[], const double final[],
                                      struct pel_vineyard_result *result,
                                      struct pel_error *err);

#endif /* PEL_VINEYARD_H */

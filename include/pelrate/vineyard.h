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
 * Far from what moves, the Hessian is the same at both points. So the determinants are
 * taken over a region alone, all other atoms held: those that move more than a threshold
 * between the three points of an event, and a shell around them. What the region leaves
 * out is the change of the elastic response of what is around it; it is to be told by
 * larger shells. */
struct pel_vineyard_settings {
    double moved_A; /* an atom that moves more than this belongs to the core, > 0 [A] */
    double shell_A; /* atoms this close to the core belong to the region, >= 0 [A] */
    double force_eV_per_A; /* points whose largest force component is larger are converged
                              by Newton's method first, > 0 */
    size_t max_atoms;      /* no region of more atoms: (3 n)^2 numbers are stored */
};
PEL_API struct pel_vineyard_settings pel_vineyard_defaults(void);

/* How a computation ended: name, word used in files, explanation. */
#define PEL_VINEYARD_STATUS_LIST(X)                                                      \
    X(PEL_VINEYARD_DONE, "done", "both frequencies are known")                           \
    X(PEL_VINEYARD_POINT, "not converged",                                               \
      "a point of the event does not converge, or to another one")                       \
    X(PEL_VINEYARD_LARGE, "region too large", "more atoms move than max_atoms")          \
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
    size_t core_atoms;           /* that move */
    size_t region_atoms;         /* over which the determinants were taken */
};

/* The equation itself [Hz].
 *   log_det_minimum   ln det H0, in units of eV/A^2 per row
 *   log_det_saddle    ln |det H1|, over the same rows
 *   unstable          w^2, of the saddle: minus its negative eigenvalue weighted with the
 *                     masses [eV / (A^2 g/mol)], > 0; else NaN is returned */
PEL_API double pel_vineyard_frequency(double log_det_minimum, double log_det_saddle,
                                      double unstable);

/* Both frequencies of an event.
 *
 *   structure   types, masses and cell; its positions are not read
 *   initial, saddle, final   [3n] points of the event [A]
 *   result      receives them; may not be NULL
 *
 * Errors: PEL_EARG a setting out of range, a mass that is not known, a potential without
 * second derivatives in closed form, fewer than 3 atoms; PEL_ENOMEM. What is wrong with
 * the event is in result->status. */
PEL_API pel_status pel_vineyard_event(const struct pel_potential *potential,
                                      const struct pel_structure *structure,
                                      const struct pel_vineyard_settings *settings,
                                      const double initial[], const double saddle[],
                                      const double final[],
                                      struct pel_vineyard_result *result,
                                      struct pel_error *err);

#endif /* PEL_VINEYARD_H */

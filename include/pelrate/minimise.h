#ifndef PEL_MINIMISE_H
#define PEL_MINIMISE_H

#include <pelrate/potential.h>
#include <pelrate/surface.h>

/* Local minimisation on a surface, and of structures. */
struct pel_minimise_settings {
    const char *method; /* "fire" (Bitzek et al., PRL 97:170201 (2006)) or "lbfgs" (Liu &
                           Nocedal, Math. Program. 45:503 (1989), with a step bound; stays
                           in its basin); borrowed */
    double force_tolerance; /* stop when the largest |gradient component| is below this
                               [eV/A], > 0 */
    size_t max_evaluations; /* give up after so many, >= 1 */
    double max_step;        /* largest move of any coordinate in one step [A], > 0 */
    size_t memory;          /* pairs kept by lbfgs, 1 to 1000 */
};
/* lbfgs, forces below 1e-4 eV/A, at most 10000 evaluations, steps of 0.1 A, 12 pairs. */
PEL_API struct pel_minimise_settings pel_minimise_defaults(void);
/* Name and one paragraph of documentation of method k, NULL beyond the last one. */
PEL_API const char *pel_minimise_method_name(size_t k);
PEL_API const char *pel_minimise_method_doc(size_t k);

/* Which rule ended a minimisation. */
enum pel_minimise_stop {
    PEL_MINIMISE_CONVERGED,   /* the tolerance was met */
    PEL_MINIMISE_EVALUATIONS, /* max_evaluations used up */
    PEL_MINIMISE_STALLED /* no step lowers the energy any more: the tolerance is below
                            what rounding allows, or the gradient is not that of the
                            energy */
};

struct pel_minimise_report {
    double energy;      /* at the end [eV] */
    double max_force;   /* largest |gradient component| at the end [eV/A] */
    size_t evaluations; /* of the surface */
    size_t iterations;  /* steps that were accepted */
    int converged; /* max_force < force_tolerance (and the pressure, where it relaxes) */
    enum pel_minimise_stop stop; /* which rule ended it */
    double pressure_bar[6];      /* xx yy zz xy xz yz at the end [bar]; filled by
                                    pel_minimise_structure only */
};

/* Minimise a surface.
 *   x       [n] in: where to start; out: the minimum [A]
 *   report  receives what was done; may be NULL
 * Errors: PEL_ENOCONV  max_evaluations reached or stalled (x and report hold the best
 *                      point so far; report->stop tells which)
 *         PEL_EARG     unknown method, a setting out of range, an energy that is not
 *                      finite
 *         PEL_ENOMEM
 * and those of the surface. */
PEL_API pel_status pel_minimise(const struct pel_surface *surface,
                                const struct pel_minimise_settings *settings, double x[],
                                struct pel_minimise_report *report,
                                struct pel_error *err);

/* The atoms of a cell as a surface, the cell fixed. The surface points into this struct:
 * it must not be copied or moved after pel_atoms_surface_init. */
struct pel_atoms_surface {
    struct pel_surface surface; /* hand &this.surface to minimisers and searches */
    struct pel_forces *forces;  /* borrowed */
    struct pel_cell cell;       /* copied */
};

/* Make the surface of n_atoms atoms in a cell under forces made for as many. */
PEL_API void pel_atoms_surface_init(struct pel_atoms_surface *atoms,
                                    struct pel_forces *forces,
                                    const struct pel_cell *cell, size_t n_atoms);

/* What of the cell may change beside the positions: nothing, the volume, all six
 * strains. */
enum pel_relax_cell { PEL_RELAX_FIXED, PEL_RELAX_ISOTROPIC, PEL_RELAX_FULL };

/* Relax the positions of a structure and, where relax allows it, its cell together to
 * pressure 0, in place: Tadmor, Smith, Bernstein & Kaxiras, Phys. Rev. B 59:235 (1999).
 * Departures: the strain is symmetric (the cell does not turn), and scaled by a length
 * that makes it about as stiff as an atom.
 *
 *   forces                   made for this structure; borrowed for the call
 *   structure                in: start; out: the minimum. The origin of the cell stays
 *                            where it is; velocities are not touched.
 *   pressure_tolerance_bar   [bar], > 0; not read for PEL_RELAX_FIXED
 *   settings                 max_step also bounds a strain, by max_step / sqrt(2 A^2 n)
 *   report                   receives what was done; may be NULL
 *
 * Converged when forces are below force_tolerance and each (isotropic: the mean) pressure
 * component is below pressure_tolerance_bar.
 * Errors: as pel_minimise; PEL_EARG a tolerance that is not positive, forces made for
 * another number of atoms; those of the forces. */
PEL_API pel_status pel_minimise_structure(
    struct pel_forces *forces, struct pel_structure *structure, enum pel_relax_cell relax,
    double pressure_tolerance_bar, const struct pel_minimise_settings *settings,
    struct pel_minimise_report *report, struct pel_error *err);

#endif /* PEL_MINIMISE_H */

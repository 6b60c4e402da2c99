#ifndef PEL_POTENTIAL_H
#define PEL_POTENTIAL_H

#include <pelrate/structure.h>

/* An interatomic potential, read once, then constant: threads may share it.
 * What a computation needs beside it (neighbour list, scratch) is in struct pel_forces.
 */
struct pel_potential;

/* Read an embedded-atom table, LAMMPS formats eam/alloy or eam/fs.
 *
 *   path        file; "....eam.fs" or "....fs" is eam/fs, else eam/alloy, unless style
 * says style       "eam/fs", "eam/alloy" or NULL (from the name) elements    species in
 * the order of the structure's types; each must be in the file
 *
 * Errors: PEL_EOPEN cannot be opened; PEL_EFORMAT cut short, text for a number, a grid
 * that is not positive, an element that the file lacks (FILE:LINE: what, and what was
 * expected); PEL_EARG unknown style. */
PEL_API pel_status pel_potential_read(const char *path, const char *style,
                                      size_t n_elements, const char *const elements[],
                                      struct pel_potential **out, struct pel_error *err);
PEL_API void pel_potential_free(struct pel_potential *potential);

/* Styles that can be read: name and one paragraph of documentation of style k, NULL
 * beyond the last one. */
PEL_API const char *pel_potential_style_name(size_t k);
PEL_API const char *pel_potential_style_doc(size_t k);

/* Largest distance at which two atoms interact [A]. */
PEL_API double pel_potential_cutoff(const struct pel_potential *potential);
/* Name of the style: "eam/fs". */
PEL_API const char *pel_potential_style(const struct pel_potential *potential);
/* Number of species, their names and masses [g/mol] from the file. */
PEL_API size_t pel_potential_species(const struct pel_potential *potential);
PEL_API const char *pel_potential_element(const struct pel_potential *potential,
                                          size_t k);
PEL_API double pel_potential_mass(const struct pel_potential *potential, size_t k);

/* Energies and forces of one structure under a potential: owns the neighbour list (with
 * skin, rebuilt by itself when an atom has moved more than half of it or the cell has
 * changed) and all scratch. One thread at a time; one object per thread. */
struct pel_forces;

/* What one evaluation can give; the pointers that are NULL are not computed. */
struct pel_forces_result {
    double energy;       /* potential energy of the cell [eV] */
    double *force;       /* [3n] forces [eV/A]; borrowed; may be NULL */
    double *atom_energy; /* [n] energy of each atom [eV]; borrowed; may be NULL */
    double virial[6];    /* W_ab = sum_i r_ia f_ib, xx yy zz xy xz yz [eV] = -V stress;
                            pressure = tr(W)/3V + kinetic. Always filled. */
};

/*   structure  gives n and the types (copied); positions come with each evaluation
 *   skin_A     extra range of the neighbour list [A], >= 0
 * Errors: PEL_EARG a species of the structure that the potential lacks, skin < 0;
 * PEL_ENOMEM. The potential is borrowed. */
PEL_API pel_status pel_forces_create(const struct pel_potential *potential,
                                     const struct pel_structure *structure, double skin_A,
                                     struct pel_forces **out, struct pel_error *err);
PEL_API void pel_forces_free(struct pel_forces *forces);

/* Evaluate at positions x[3n] [A] (unwrapped is fine) in a cell (any size: images of an
 * atom within the cut-off are all counted). Errors: PEL_EARG a position is not finite;
 * two atoms closer than 0.1 A are an error that names their ids ("overlapping atoms"):
 * PEL_EARG; PEL_ENOMEM. */
PEL_API pel_status pel_forces_evaluate(struct pel_forces *forces,
                                       const struct pel_cell *cell, const double x[],
                                       struct pel_forces_result *result,
                                       struct pel_error *err);

/* How many evaluations so far: the "force calls" that searches are charged with. */
PEL_API size_t pel_forces_calls(const struct pel_forces *forces);
/* How many times the neighbour list was built so far. */
PEL_API size_t pel_forces_builds(const struct pel_forces *forces);
/* Number of atoms. */
PEL_API size_t pel_forces_atoms(const struct pel_forces *forces);

/* Forget the neighbour list; the next evaluation builds a new one.
 *
 * The order in which pairs are summed, and so the last bits of energy and forces, depends
 * on where the atoms were when the list was built. A computation that must give the same
 * bits whatever this object did before (a search that is to be resumed, or that may run
 * in any thread) starts with this. */
PEL_API void pel_forces_reset(struct pel_forces *forces);

#endif /* PEL_POTENTIAL_H */

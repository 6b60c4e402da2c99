#ifndef PEL_POTENTIAL_H
#define PEL_POTENTIAL_H

#include <pelrate/structure.h>

/* An interatomic potential, read once, then constant: threads may share it.
 * What a computation needs beside it (neighbour list, scratch) is in struct
 * pel_forces. */
struct pel_potential;

/* Read an embedded-atom table, LAMMPS formats eam/alloy or eam/fs (Daw & Baskes, Phys.
 * Rev. B 29:6443 (1984); Finnis & Sinclair, Philos. Mag. A 50:45 (1984)), interpolated as
 * LAMMPS does it.
 *
 *   path        file
 *   style       "eam/fs", "eam/alloy", or NULL: eam/fs where the path ends in ".fs", else
 *               eam/alloy
 *   elements    [n_elements] the species of the potential, in this order; each must be in
 *               the file; 1 to PEL_MAX_SPECIES
 *   out         receives the potential; release it with pel_potential_free()
 *
 * Errors: PEL_EOPEN    cannot be opened
 *         PEL_EIO      cannot be read
 *         PEL_EFORMAT  cut short, text for a number, a grid that is not positive, an
 *                      element that the file lacks (FILE:LINE: what, and what was
 *                      expected)
 *         PEL_EARG     unknown style, no or too many elements, one named twice or that is
 *                      no name
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_potential_read(const char *path, const char *style,
                                      size_t n_elements, const char *const elements[],
                                      struct pel_potential **out, struct pel_error *err);
/* Where a potential comes from: a table for our own kernels, or another engine that does
 * the whole evaluation. What does not belong to the engine must be NULL. */
struct pel_potential_source {
    const char *engine;   /* "builtin", "lammps" or "kim"; NULL: builtin */
    const char *file;     /* builtin: the table, as pel_potential_read takes it */
    const char *style;    /* builtin: its style; NULL: by the name of the file */
    const char *commands; /* lammps: the commands of an input script that choose the pair
                             style, one a line or separated by ";" (units metal; type k is
                             the k-th element) */
    const char *launch;   /* lammps: what runs the worker on several processors, such as
                             "mpirun -n 4"; words separated by blanks; NULL: nothing */
    const char *worker;   /* lammps: the program pelrate-lammps; NULL: where it was to be
                             installed */
    const char *model;    /* kim: full name of a portable model of the KIM API */
    size_t n_elements;    /* 1 to PEL_MAX_SPECIES */
    const char *const *elements; /* [n_elements] species of the potential, in this order;
                                    borrowed */
};

/* Open a potential of any engine.
 *   source  borrowed until the call returns
 *   out     receives the potential; release it with pel_potential_free() after every
 *           struct pel_forces made from it
 * Errors: PEL_EARG    unknown engine, one that this library was built without, something
 *                     of another engine is given or something of this one is missing
 *         PEL_EFORMAT a species that the model lacks; a command that LAMMPS refuses (its
 *                     message is in ours)
 *         PEL_EOPEN   no such model, no worker
 *         and those of pel_potential_read.
 *
 * Threads. builtin: nothing is shared. lammps: each struct pel_forces has a process with
 * an instance of LAMMPS of its own, that waits for the next one when it is released; MPI,
 * if `launch` has it, is that of these processes, and ours (if we have one) is none of
 * theirs. kim: each struct pel_forces has an instance of the model of its own; only its
 * creation is serialised.
 * On error *out is NULL. */
PEL_API pel_status pel_potential_open(const struct pel_potential_source *source,
                                      struct pel_potential **out, struct pel_error *err);

/* Release a potential. NULL is allowed. */
PEL_API void pel_potential_free(struct pel_potential *potential);

/* Engines: name and one paragraph of documentation of engine k, NULL beyond the last one;
 * whether the library was built with it. */
PEL_API const char *pel_potential_engine_name(size_t k);
PEL_API const char *pel_potential_engine_doc(size_t k);
PEL_API int pel_potential_engine_built(size_t k);

/* What a potential is, so that results under it are told from results under another one:
 * builtin, the SHA-256 of the table; lammps, the commands, with the SHA-256 behind the
 * name of each file in them; kim, the full name of the model. Borrowed. Empty for a table
 * that was no regular file. */
PEL_API const char *pel_potential_identity(const struct pel_potential *potential);
/* The same as 64 hexadecimal digits: what is no hash yet is hashed. Borrowed. */
PEL_API const char *pel_potential_hash(const struct pel_potential *potential);
/* Whether forces of some atoms alone can be had (pel_local_create): not from an engine
 * that evaluates whole cells. */
PEL_API int pel_potential_has_local(const struct pel_potential *potential);

/* Styles that can be read: name and one paragraph of documentation of style k, NULL
 * beyond the last one. */
PEL_API const char *pel_potential_style_name(size_t k);
PEL_API const char *pel_potential_style_doc(size_t k);

/* Kernels: an embedded-atom table is summed by code for this processor, chosen when the
 * program runs. All agree to rounding (1e-12 of forces and energies); the last bits, and
 * so where a long trajectory or a search ends, depend on the choice. Name and one line of
 * documentation of kernel k that this processor can run, best first; the last one is
 * "portable", plain C; NULL beyond it. */
PEL_API const char *pel_potential_kernel_name(size_t k);
PEL_API const char *pel_potential_kernel_doc(size_t k);
/* The kernel that a potential uses: the best one unless another was set; the style, where
 * an engine does the whole evaluation. */
PEL_API const char *pel_potential_kernel(const struct pel_potential *potential);
/* Use the kernel of that name from now on ("portable": the same bits on any processor;
 * NULL: the best one). Before threads share the potential.
 * Errors: PEL_EARG no such kernel, one that this processor cannot run, an engine that has
 * none; the potential is as before. */
PEL_API pel_status pel_potential_set_kernel(struct pel_potential *potential,
                                            const char *name, struct pel_error *err);

/* Largest distance at which two atoms interact [A]; 0: only the engine knows. */
PEL_API double pel_potential_cutoff(const struct pel_potential *potential);
/* Name of the style: "eam/fs"; of another engine, its name: "lammps". */
PEL_API const char *pel_potential_style(const struct pel_potential *potential);
/* Number of species; name and mass [g/mol] of species k < that number: from the table, or
 * what the commands for LAMMPS set; else from the table of elements (0: not there). */
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
    double *atom_energy; /* [n] energy of each atom [eV], NaN where a model of the KIM
                            API has none; borrowed; may be NULL */
    double virial[6];    /* W_ab = sum_i r_ia f_ib, xx yy zz xy xz yz [eV] = -V stress;
                            pressure = tr(W)/3V + kinetic. Always filled. */
};

/* Forces on the atoms of a structure.
 *   potential  borrowed until pel_forces_free
 *   structure  gives n and the types (copied); positions come with each evaluation
 *   skin_A     extra range of the neighbour list [A], >= 0
 *   out        receives the forces; release them with pel_forces_free()
 * Errors: PEL_EARG a species of the structure that the potential lacks, skin < 0;
 * PEL_ENOMEM; those of pel_potential_open where the engine starts something for each
 * object (a worker of LAMMPS, an instance of a model). On error *out is NULL. */
PEL_API pel_status pel_forces_create(const struct pel_potential *potential,
                                     const struct pel_structure *structure, double skin_A,
                                     struct pel_forces **out, struct pel_error *err);
/* Release forces. NULL is allowed. */
PEL_API void pel_forces_free(struct pel_forces *forces);

/* Evaluate at positions x[3n] [A] (unwrapped is fine) in a cell (any size: images of an
 * atom within the cut-off are all counted). result->force and result->atom_energy say
 * where to write, or are NULL.
 * Errors: PEL_EARG   a position is not finite; two atoms (the message names their ids) are
 *                    closer than 0.1 A (lammps: or what LAMMPS itself says of them); an
 *                    engine fails or gives a number that is not finite
 *         PEL_ENOMEM no memory, or no worker of LAMMPS to be had any more */
PEL_API pel_status pel_forces_evaluate(struct pel_forces *forces,
                                       const struct pel_cell *cell, const double x[],
                                       struct pel_forces_result *result,
                                       struct pel_error *err);

/* How many threads share one evaluation; 1 at first, because searches and campaigns share
 * out whole searches, which costs nothing. The result does not depend on it, to the last
 * bit. Worth while from some 3000 atoms on; an engine that evaluates whole cells keeps
 * threads of its own. Errors: PEL_EARG less than 1. */
PEL_API pel_status pel_forces_set_threads(struct pel_forces *forces, int threads,
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

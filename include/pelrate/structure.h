#ifndef PEL_STRUCTURE_H
#define PEL_STRUCTURE_H

#include <pelrate/cell.h>
#include <stdint.h>
#include <stdio.h>

enum { PEL_ELEMENT_NAME = 8, PEL_MAX_SPECIES = 16 };

/* Atoms in a periodic cell. Owns its arrays; every array is indexed by the position of
 * the atom in the structure (the order of the file, sorted by id where the file has
 * ids). */
struct pel_structure {
    size_t n;                                        /* number of atoms */
    struct pel_cell cell;                            /* periodic cell */
    size_t n_species;                                /* number of species */
    char species[PEL_MAX_SPECIES][PEL_ELEMENT_NAME]; /* names: "Cu"; type k of a LAMMPS
                                                        file is species k-1 */
    double mass[PEL_MAX_SPECIES];                    /* [g/mol]; 0: neither the file nor
                                                        the table of elements knows it */
    int64_t *id; /* [n] id in the file, from 1; owned */
    int *type;   /* [n] index into species; owned */
    double *x;   /* [3n] positions, Cartesian, unwrapped where the file says so [A];
                    owned */
    double *v;   /* [3n] velocities [A/ps]; owned; NULL: none */
};

/* A structure of n atoms with everything zero; types and positions are to be filled.
 * Errors: PEL_EARG n = 0; PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_structure_create(size_t n, struct pel_structure **out,
                                        struct pel_error *err);

/* Release a structure. NULL is allowed. */
PEL_API void pel_structure_free(struct pel_structure *structure);

/* A copy that shares nothing. Errors: PEL_ENOMEM. */
PEL_API pel_status pel_structure_copy(const struct pel_structure *structure,
                                      struct pel_structure **out, struct pel_error *err);

/* Read extended XYZ (first frame) or a LAMMPS data file (atom_style atomic); which of
 * them, the content decides.
 *
 *   elements   names of the species in the order of a LAMMPS file's types, n_elements of
 *              them; for extended XYZ it fixes the numbering of the species (0: order of
 *              appearance). A LAMMPS file without names in "Masses" comments needs it.
 *
 *   out        receives the structure; release it with pel_structure_free()
 *
 * Errors: PEL_EOPEN    cannot be opened
 *         PEL_EIO      cannot be read
 *         PEL_EFORMAT  FILE:LINE: what, and what was expected (a missing section, text
 *                      for a number, a wrong count, a type without element, no lattice,
 *                      ...)
 *         PEL_EARG     more than PEL_MAX_SPECIES elements, one named twice or that is no
 *                      name
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_structure_read(const char *path, size_t n_elements,
                                      const char *const elements[],
                                      struct pel_structure **out, struct pel_error *err);

/* Write one frame of extended XYZ, as OVITO and ASE read it: columns species, pos, id
 * and, where the structure has velocities, velo [A/ps]; Lattice, Origin and pbc in the
 * second line. Numbers are written so that reading gives the same bits again.
 *
 *   file          open for writing; not closed; whether the disk took everything is told
 *                 by the caller's fclose
 *   comment_keys  further "key=value" text of the second line, such as "energy=-1.5";
 *                 NULL: none. Must not hold a line break.
 *
 * Errors: PEL_EARG  a number that is not finite, a line break in comment_keys, a species
 *                   without a name, a type without a species
 *         PEL_EIO   writing failed */
PEL_API pel_status pel_structure_write_extxyz(const struct pel_structure *structure,
                                              FILE *file, const char *comment_keys,
                                              struct pel_error *err);

/* Write a LAMMPS data file (atom_style atomic, units metal) with element names as
 * comments in Masses, so that pel_structure_read needs no names.
 *
 * LAMMPS wants a along x and b in the xy plane. A cell that is not like that is rotated
 * together with positions and velocities, and the first line says so; tilts beyond half a
 * cell length are reduced by a choice of cell vectors that spans the same lattice (the
 * crystal of all images stays the same). A cell that is already as LAMMPS wants it is
 * written as it is, and reading gives the same bits again (the box is stored as lo and
 * hi: hi - lo may differ from the cell in the last bit when the origin is not 0).
 *
 * Arguments as above; comment goes to the first line (NULL: none).
 * Errors: PEL_EARG as above, or an unknown mass; PEL_EIO writing failed; PEL_ENOMEM. */
PEL_API pel_status pel_structure_write_lammps(const struct pel_structure *structure,
                                              FILE *file, const char *comment,
                                              struct pel_error *err);

#endif /* PEL_STRUCTURE_H */

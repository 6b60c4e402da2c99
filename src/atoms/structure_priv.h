#ifndef PEL_STRUCTURE_PRIV_H
#define PEL_STRUCTURE_PRIV_H

#include <pelrate/structure.h>

#include "lines_priv.h"

/* Names of species that the caller of a reader asked for. */
struct pel_names {
    size_t n;                 /* 0: take what the file says */
    const char *const *names; /* [n] borrowed */
};

/* The two readers behind pel_structure_read; lines is at its start. */
pel_status pel_extxyz_read(struct pel_lines *lines, const struct pel_names *elements,
                           struct pel_structure **out, struct pel_error *err);
pel_status pel_lammpsdata_read(struct pel_lines *lines, const struct pel_names *elements,
                               struct pel_structure **out, struct pel_error *err);

/* Index of a species by name; -1: none. */
int pel_structure_species_index(const struct pel_structure *structure, const char *name);
/* Give species k a name, and a mass from the table of elements where it has none. */
void pel_structure_set_species(struct pel_structure *structure, size_t k,
                               const char *name);
/* Whether a text can be the name of a species: not empty, fits PEL_ELEMENT_NAME, no
 * blank. */
int pel_structure_name_fits(const char *name);

/* Sort atoms by id; line[n] (the line each atom came from) follows. Where an id comes
 * twice: PEL_EFORMAT at the later line. */
pel_status pel_structure_sort(struct pel_structure *structure, size_t line[],
                              const char *path, struct pel_error *err);

/* What writers ask before the first byte: all numbers finite, types and names usable. */
pel_status pel_structure_check(const struct pel_structure *structure, const char *comment,
                               struct pel_error *err);

#endif /* PEL_STRUCTURE_PRIV_H */

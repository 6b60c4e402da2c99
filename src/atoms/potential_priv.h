#ifndef PEL_POTENTIAL_PRIV_H
#define PEL_POTENTIAL_PRIV_H

#include <pelrate/potential.h>

#include "neighbor_priv.h"

/* What a kernel fills, in the numbering of the list; arrays zeroed by the caller. */
struct pel_kernel_result {
    double energy; /* of all atoms [eV] */
    double *force; /* [4 n_all] force on atoms and ghosts [eV/A]; the fourth of each is
                      the kernel's own; the caller adds ghosts to their owners */
    double *atom_energy; /* [n_all] share of each atom and ghost [eV]; NULL: not wanted */
    int close[2]; /* an atom and an atom or ghost that overlap; close[0] < 0: none */
};

/* A style of potential: one value of this struct and a line in the
 * table of potential.c. */
struct pel_potential_method {
    const char *name;      /* "eam/fs" */
    const char *doc;       /* one paragraph */
    const char *reference; /* where it comes from */
    const char *suffix;    /* files called so are of this style; "": any */

    pel_status (*read)(const char *path, size_t n_elements, const char *const elements[],
                       struct pel_potential **out, struct pel_error *err);
    void (*free)(struct pel_potential *potential);
    /* Range [A] of the pair a, b: inner ends what needs the first pass (densities), outer
     * is all. */
    double (*inner)(const struct pel_potential *potential, size_t a, size_t b);
    double (*outer)(const struct pel_potential *potential, size_t a, size_t b);
    /* Scratch of the kernel, one for each struct pel_forces; NULL: out of memory. */
    void *(*work_create)(void);
    void (*work_free)(void *work);
    /* Atoms closer than closest [A] are reported, and the result is then of no use.
     * Errors: PEL_ENOMEM. */
    pel_status (*compute)(const struct pel_potential *potential,
                          const struct pel_neighbor *list, double closest, void *work,
                          struct pel_kernel_result *result, struct pel_error *err);
};

/* What every potential starts with. */
struct pel_potential {
    const struct pel_potential_method *method;
    size_t n; /* species */
    char element[PEL_MAX_SPECIES][PEL_ELEMENT_NAME];
    double mass[PEL_MAX_SPECIES]; /* [g/mol] */
    double cutoff;                /* [A] */
};

extern const struct pel_potential_method pel_potential_eam_fs;
extern const struct pel_potential_method pel_potential_eam_alloy;

#endif /* PEL_POTENTIAL_PRIV_H */

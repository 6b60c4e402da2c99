#ifndef PEL_POTENTIAL_PRIV_H
#define PEL_POTENTIAL_PRIV_H

#include <pelrate/potential.h>
#include <pelrate/provenance.h>

#include "neighbor_priv.h"

/* What a kernel fills, in the numbering of the list; arrays zeroed by the caller. */
struct pel_kernel_result {
    double energy; /* of all atoms [eV] */
    double *force; /* [4 n_all] force on atoms and ghosts [eV/A]; the fourth of each is
                      the kernel's own; the caller adds ghosts to their owners */
    double *atom_energy; /* [n_all] share of each atom and ghost [eV]; NULL: not wanted */
    int close[2]; /* an atom and an atom or ghost that overlap; close[0] < 0: none */
    const double *background; /* [2 n] what pairs beyond the list do to each atom, as made
                                 by the method's background, or 0 and 0; NULL: nothing */
};

/* What an engine that evaluates whole cells has in place of a kernel. Positions are any
 * (unwrapped), the cell is any and may be another one at each call. */
struct pel_engine_method {
    /* What one struct pel_forces needs: n atoms of types type[n]. Errors: PEL_ENOMEM and
     * the engine's own; *work is NULL then. */
    pel_status (*work_create)(const struct pel_potential *potential, size_t n,
                              const int type[], double skin_A, void **work,
                              struct pel_error *err);
    void (*work_free)(void *work); /* NULL is allowed */
    /* Fills energy, virial, and the arrays that are not NULL (atom_energy with NaN where
     * the model has none). id[n] is for messages. Errors: those of pel_forces_evaluate. */
    pel_status (*evaluate)(void *work, const struct pel_cell *cell, const double x[],
                           const int64_t id[], struct pel_forces_result *result,
                           struct pel_error *err);
    void (*reset)(void *work);          /* as pel_forces_reset */
    size_t (*builds)(const void *work); /* as pel_forces_builds */
};

/* Value, first and second derivative against the distance of what a pair of atoms of
 * types a and b has. */
struct pel_pair_curves {
    double energy[3]; /* of the pair [eV, eV/A, eV/A^2] */
    double at_a[3];   /* density that b makes at a */
    double at_b[3];   /* density that a makes at b */
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
    /* For second derivatives, one distance [A] or density at a time, as the kernel
     * interpolates; energy of embedding, its slope and curvature. */
    void (*pair_curves)(const struct pel_potential *potential, size_t a, size_t b,
                        double r, struct pel_pair_curves *out);
    void (*embedding_curve)(const struct pel_potential *potential, size_t a, double rho,
                            double out[3]);
    /* Scratch of the kernel, one for each struct pel_forces; NULL: out of memory. */
    void *(*work_create)(void);
    void (*work_free)(void *work);
    /* Atoms closer than closest [A] are reported, and the result is then of no use.
     * Errors: PEL_ENOMEM. */
    pel_status (*compute)(const struct pel_potential *potential,
                          const struct pel_neighbor *list, double closest, void *work,
                          struct pel_kernel_result *result, struct pel_error *err);
    /* For local forces: two numbers for each atom of the list, out of all its pairs
     * there: what it feels (a density), and the energy [eV] that this gives it. compute
     * starts at the first and counts energies from the second. result gives room for
     * forces. NULL: the style has no local forces. Errors: as compute. */
    pel_status (*background)(const struct pel_potential *potential,
                             const struct pel_neighbor *list, double closest, void *work,
                             struct pel_kernel_result *result, double background[],
                             struct pel_error *err);
    /* Kernels: the name of the one in use; another one (NULL: the best), whether it could
     * be had. */
    const char *(*kernel)(const struct pel_potential *potential);
    int (*set_kernel)(struct pel_potential *potential, const char *name);
    /* Evaluates whole cells: then all from inner to here are NULL. NULL: they
     * are there, and work on our own list. */
    const struct pel_engine_method *engine;
};

/* What every potential starts with. */
struct pel_potential {
    const struct pel_potential_method *method;
    size_t n; /* species */
    char element[PEL_MAX_SPECIES][PEL_ELEMENT_NAME];
    double mass[PEL_MAX_SPECIES]; /* [g/mol] */
    double cutoff;                /* [A]; 0: only the engine knows */
    char *identity;               /* owned by whoever opened the potential: freed by
                                     pel_potential_free, not by the method */
    char hash[PEL_HASH];          /* of the identity */
};

/* An engine beside our own: one value of this struct and a line in the table of
 * potential.c. */
struct pel_engine {
    const char *name; /* "lammps" */
    const char *doc;  /* one paragraph */
    int built;        /* whether the library was built with it */
    /* The elements have been checked; fills all but the hash. */
    pel_status (*open)(const struct pel_potential_source *source,
                       struct pel_potential **out, struct pel_error *err);
};
extern const struct pel_engine pel_engine_lammps;
extern const struct pel_engine pel_engine_kim;

extern const struct pel_potential_method pel_potential_eam_fs;
extern const struct pel_potential_method pel_potential_eam_alloy;

/* Types of the atoms of a structure as a potential numbers them, type[n], and the ranges
 * of its pairs of types, [species * species] each [A]. Errors: PEL_EARG a species that the
 * potential lacks. */
pel_status pel_potential_match(const struct pel_potential *potential,
                               const struct pel_structure *structure, int type[],
                               double inner[], double outer[], struct pel_error *err);
/* Which two atoms of a list overlap, as an error; id[] in the caller's order. */
pel_status pel_potential_overlap(const struct pel_neighbor *list, const int close[2],
                                 const int64_t id[], double closest,
                                 struct pel_error *err);

/* Two atoms closer than this are a mistake of the input, not physics [A]. */
static const double PEL_CLOSEST = 0.1;

#endif /* PEL_POTENTIAL_PRIV_H */

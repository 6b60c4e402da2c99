#ifndef PEL_EAMFILE_PRIV_H
#define PEL_EAMFILE_PRIV_H

#include <pelrate/structure.h>

/* The tables of an embedded-atom file, as they stand in it, for the elements asked for.
 * Values stand at r = k dr and rho = k drho, k = 0, 1, ... */
struct pel_eamfile {
    size_t n;                     /* elements */
    size_t n_rho, n_r;            /* points of the tables */
    double d_rho, d_r;            /* their spacing [1], [A] */
    double cutoff;                /* [A] */
    double mass[PEL_MAX_SPECIES]; /* [g/mol] */
    double *embedding;            /* [n][n_rho] F(rho) of element a [eV]; owned */
    double *density; /* [n][n][n_r] density that an atom of element a makes at the place
                        of an atom of element b [1]; owned */
    double *pair;    /* [n][n][n_r] r phi(r), symmetric [eV A]; owned */
};

enum pel_eamfile_kind { PEL_EAMFILE_ALLOY, PEL_EAMFILE_FS };

/* Errors: as pel_potential_read. On error tables is empty. */
pel_status pel_eamfile_read(const char *path, enum pel_eamfile_kind kind,
                            size_t n_elements, const char *const elements[],
                            struct pel_eamfile *tables, struct pel_error *err);
void pel_eamfile_free(struct pel_eamfile *tables);

#endif /* PEL_EAMFILE_PRIV_H */

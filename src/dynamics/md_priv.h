/* Not for users: what the parts of the dynamics share. */
#ifndef PEL_MD_PRIV_H
#define PEL_MD_PRIV_H

#include <pelrate/md.h>

/* Multiply all velocities by one factor. */
void pel_md_scale_velocities(struct pel_md *md, double factor);

/* Take the velocity of the centre of mass out, unless the atoms sit in an outer field. */
void pel_md_stop_centre(struct pel_md *md);

/* Mass of all atoms [g/mol]. */
double pel_md_total_mass(const struct pel_md *md);

/* A setting that has to be positive. */
struct pel_md_positive {
    const char *what, *unit;
    double value;
    int zero; /* whether 0 is allowed */
};
/* Errors: PEL_EARG the first that is not, or not finite. */
pel_status pel_md_check_positive(size_t n, const struct pel_md_positive settings[],
                                 struct pel_error *err);

#endif /* PEL_MD_PRIV_H */

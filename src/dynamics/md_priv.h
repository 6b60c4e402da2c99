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

#endif /* PEL_MD_PRIV_H */

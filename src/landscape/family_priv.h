#ifndef PEL_FAMILY_PRIV_H
#define PEL_FAMILY_PRIV_H

#include <pelrate/spectrum.h>

/* The families whose ln Z has a closed form ... (family_closed.c) */
extern const struct pel_family pel_family_shifted_gamma;
extern const struct pel_family pel_family_gamma;
extern const struct pel_family pel_family_truncated_normal;
extern const struct pel_family pel_family_exponential;
extern const struct pel_family pel_family_delta;
/* ... and those that need a sum (family_tilted.c). */
extern const struct pel_family pel_family_weibull;
extern const struct pel_family pel_family_lognormal;

#endif /* PEL_FAMILY_PRIV_H */

#ifndef PEL_SPECTRUM_PRIV_H
#define PEL_SPECTRUM_PRIV_H

#include <pelrate/spectrum.h>

/* pel_spectrum_ln_z of a histogram or of samples, bar by bar with libm: what a histogram
 * with bins of different widths gets, and what tests hold the others against. Not for a
 * family. */
void pel_spectrum_ln_z_plain(const struct pel_spectrum *spectrum, double beta,
                             struct pel_ln_z *ln_z);

/* ln Z and its derivative by beta at many beta[n]. */
void pel_spectrum_ln_z_many(const struct pel_spectrum *spectrum, size_t n,
                            const double beta[], double ln_z[], double ln_z_b[]);

#endif /* PEL_SPECTRUM_PRIV_H */

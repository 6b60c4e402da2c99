#ifndef PEL_ZIGGURAT_H
#define PEL_ZIGGURAT_H

#include <pelrate/random.h>

/* Deviates for simulations that draw by the hundred million: standard normal and standard
 * exponential by the ziggurat method (Marsaglia & Tsang, J. Stat. Softw. 5, 8 (2000)), 256
 * layers, with layer, sign and abscissa from different bits of one draw; gamma from those
 * (Marsaglia & Tsang, ACM TOMS 26, 363 (2000)). Exact but for the 53 bits of the abscissa.
 * GSL has the same methods, but only on generators of its own (random.h says why ours is
 * not one). */

enum { PEL_ZIGGURAT_LAYERS = 256 };

/* Edges x and densities f of the layers, from the widest (0) to the top. */
struct pel_ziggurat {
    double normal_x[PEL_ZIGGURAT_LAYERS + 1], normal_f[PEL_ZIGGURAT_LAYERS + 1];
    double exponential_x[PEL_ZIGGURAT_LAYERS + 1], exponential_f[PEL_ZIGGURAT_LAYERS + 1];
};

/* Compute the tables. Constant afterwards: threads may share them. */
PEL_API void pel_ziggurat_init(struct pel_ziggurat *ziggurat);

/* Standard normal deviate. */
PEL_API double pel_ziggurat_normal(const struct pel_ziggurat *ziggurat,
                                   struct pel_random *random);

/* Standard exponential deviate, > 0. */
PEL_API double pel_ziggurat_exponential(const struct pel_ziggurat *ziggurat,
                                        struct pel_random *random);

/* Gamma deviate of a shape > 0 and scale 1, >= 0 (a tiny shape underflows). */
PEL_API double pel_ziggurat_gamma(const struct pel_ziggurat *ziggurat,
                                  struct pel_random *random, double shape);

#endif /* PEL_ZIGGURAT_H */

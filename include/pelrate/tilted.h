#ifndef PEL_TILTED_H
#define PEL_TILTED_H

#include <pelrate/status.h>

/* A uniform density tilted by an exponential: what a bin of a histogram gives. */
struct pel_tilted {
    double ln_sum; /* ln int_0^1 exp(-x t) dt [1] */
    double mean;   /* of t under the weight exp(-x t) [1] */
    double spread; /* variance of t [1] */
};

/* At any finite x [1], negative too. To 1e-15 of each, but for the mean where it is near 0
 * (x large: 1/x to 1e-15) and the spread to 1e-13. */
PEL_API void pel_tilted_unit(double x, struct pel_tilted *out);

#endif /* PEL_TILTED_H */

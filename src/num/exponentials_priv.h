#ifndef PEL_EXPONENTIALS_PRIV_H
#define PEL_EXPONENTIALS_PRIV_H

#include <pelrate/exponentials.h>

/* The functions of exponentials.h for one kind of processor; r of samples may not be
 * NULL. */
struct pel_exponentials_version {
    const char *name;
    void (*of)(size_t n, const double x[], double y[]);
    void (*samples)(size_t n, const double a[], const double r[], double beta,
                    struct pel_tilt *out);
    void (*lattice)(size_t n, const double w[], double first, double step, double beta,
                    struct pel_tilt *out);
    void (*lattices)(size_t n, const double w[], double first, double step, size_t m,
                     const double beta[], double ln_sum[], double mean[]);
};

/* Those that this processor can do, the fastest (which is used) first; NULL beyond. */
const struct pel_exponentials_version *pel_exponentials_version(size_t k);

#endif /* PEL_EXPONENTIALS_PRIV_H */

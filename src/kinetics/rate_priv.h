#ifndef PEL_RATE_PRIV_H
#define PEL_RATE_PRIV_H

#include <pelrate/rate.h>

/* pel_rate_evaluate with another answer to what happens outside the sampled range than the
 * rate was made with. */
pel_status pel_rate_evaluate_in(struct pel_rate *rate, enum pel_landscape_range range,
                                double e_is, double temperature,
                                struct pel_rate_point *out, struct pel_error *err);

/* The rate of the closure committor at and beyond its threshold (closure.h). The rate has a
 * kink there: beyond it is 0. An integrator needs what is smooth: the straight line in
 * ln_open that leaves the threshold with the slope of the rate. */
struct pel_rate_threshold {
    double ln_open;    /* ln(z <exp(-beta (E_A - E_R))>): trapped where <= 0 [1] */
    double ln_open_T;  /* its derivative by temperature [1/K] */
    double ln_open_e;  /* ... by e_is [1/(eV/atom)] */
    double rate;       /* the continued rate [eV/atom/s] */
    double d_rate_d_e; /* its derivative by e_is [1/s] */
    int sign;          /* of the rate where it is not trapped: +1, -1; 0: none */
};

/* Whether the closure has a threshold. */
int pel_rate_has_threshold(const struct pel_rate *rate);

/* At e_is [eV/atom], wherever it is, and temperature [K] > 0. Only where there is one. */
void pel_rate_threshold(struct pel_rate *rate, double e_is, double temperature,
                        struct pel_rate_threshold *out);

#endif /* PEL_RATE_PRIV_H */

#ifndef PEL_RATE_H
#define PEL_RATE_H

#include <pelrate/closure.h>
#include <pelrate/landscape.h>
#include <pelrate/status.h>

/* The rate of ageing f(e, T) = de/dt [eV/atom/s] of a landscape under a closure, with its
 * derivatives (Liu et al. (2020), Eqs. 1 and 2; closure.h has the equation and the factor
 * M/N that differs). One object per thread: it remembers the spectra at the temperatures
 * of its last evaluations. */
struct pel_rate;

/* A rate.
 *   landscape, closure  borrowed until pel_rate_free
 *   range               what to do outside the sampled range of E_IS
 *   out                 receives the rate; release it with pel_rate_free()
 * Errors: PEL_EARG the closure needs joint events and the landscape has none, or a parameter
 * that is not set; two-level: a level without any other event; PEL_ENOMEM.
 * On error *out is NULL. */
PEL_API pel_status pel_rate_create(const struct pel_landscape *landscape,
                                   const struct pel_closure *closure,
                                   enum pel_landscape_range range, struct pel_rate **out,
                                   struct pel_error *err);
/* Release a rate. NULL is allowed. */
PEL_API void pel_rate_free(struct pel_rate *rate);

/* What it was made of; the landscape and the closure are borrowed. */
PEL_API const struct pel_landscape *pel_rate_landscape(const struct pel_rate *rate);
PEL_API const struct pel_closure *pel_rate_closure(const struct pel_rate *rate);
PEL_API enum pel_landscape_range pel_rate_range(const struct pel_rate *rate);

/* Everything at one point. */
struct pel_rate_point {
    double e_is;          /* [eV/atom] */
    double temperature;   /* [K] */
    double ln_z;          /* [1] */
    double e_log;         /* -k_B T ln Z [eV] */
    double e_kin;         /* -d ln Z/d beta [eV] */
    double e_r;           /* what the closure subtracts: <E_R>; joint: weighted [eV] */
    double e_x;           /* what the closure climbs [eV] */
    double rate;          /* f [eV/atom/s], < 0: ageing; 0 where |f| underflows */
    double ln_abs_rate;   /* ln |f / (eV/atom/s)|, no underflow; -inf for f = 0 */
    int sign;             /* of f: -1 ageing, 0 steady, +1 rejuvenation */
    double d_rate_d_e;    /* df/de [1/s] */
    double d_rate_d_T;    /* df/dT [eV/atom/s/K] */
    double hop_slope_T;   /* (df/dT) / (nu M Z / N) [eV/K]: its sign, no underflow */
    double d_ln_rate_d_T; /* d ln|f| / dT [1/K] */
    double d_ln_rate_d_e; /* d ln|f| / de [1/(eV/atom)] */
    double ln_open;   /* committor: ln(z <exp(-beta (E_A - E_R))>), trapped where <= 0;
                             else NaN [1] */
    double e_pairs;   /* two-level: equilibrium energy of the pairs [eV/atom]; else 0 */
    int extrapolated; /* 1: e_is outside the landscape */
};

/* Evaluate at e_is [eV/atom] and temperature [K].
 * Errors: PEL_EARG temperature not positive (NaN included), e_is not finite; PEL_ERANGE
 * as pel_landscape_average. */
PEL_API pel_status pel_rate_evaluate(struct pel_rate *rate, double e_is,
                                     double temperature, struct pel_rate_point *out,
                                     struct pel_error *err);

/* Steady state at one temperature [K]: the e_is with f = 0 that is approached in time
 * (df/de < 0). With several, the highest: the one that a liquid cooled from above meets.
 *   e_is        receives it [eV/atom]
 * Errors: PEL_ENOROOT none within the range of the landscape (the message gives the signs
 * of f at the ends); PEL_EARG and PEL_ERANGE as pel_rate_evaluate; PEL_ENOCONV. */
PEL_API pel_status pel_rate_steady_e_is(struct pel_rate *rate, double temperature,
                                        double *e_is, struct pel_error *err);

#endif /* PEL_RATE_H */

#ifndef PEL_TREATED_PRIV_H
#define PEL_TREATED_PRIV_H

#include <pelrate/closure.h>
#include <pelrate/landscape.h>

/* Averages over joint events in which reversible ones are treated: the closures committor
 * and two-level. Per thread, as a rate. */
struct pel_treated;

/* What a hop that counts is on the average at one (e_is, beta). Suffixes as in
 * pel_average. */
struct pel_treated_average {
    double ln_z; /* ln <p exp(-beta E_A)>; -inf: trapped */
    double ln_z_b, ln_z_e;
    double e_a, e_r;       /* means with the weight p exp(-beta E_A) [eV] */
    double gain_b, gain_e; /* derivatives of e_a - e_r */
    double ln_open;   /* ln(z <exp(-beta (E_A - E_R))>), trapped where <= 0; NaN: no z */
    double e_pairs;   /* equilibrium energy of the two-level pairs, a path [eV] */
    double e_pairs_b; /* its derivative by beta [eV^2] */
};

/* Errors: PEL_EARG a level without an event that is no pair (named); PEL_ENOMEM. */
pel_status pel_treated_create(const struct pel_landscape *landscape,
                              const struct pel_closure *closure, struct pel_treated **out,
                              struct pel_error *err);
void pel_treated_free(struct pel_treated *treated);

/* The range of e_is is for the caller to judge: beyond it everything goes on as
 * landscape.h says. */
void pel_treated_average(struct pel_treated *treated, double e_is, double beta,
                         struct pel_treated_average *out);

/* At and beyond the threshold of the committor, ln_open = 0. */
struct pel_treated_threshold {
    double ln_open;      /* as in pel_treated_average */
    double ln_open_b;    /* its derivative by beta [eV] */
    double ln_open_e;    /* ... by e_is [1/(eV/atom)] */
    double ln_slope;     /* ln of d <p exp(-beta E_A)> / d ln_open at the threshold */
    double ln_slope_e;   /* its derivative by e_is */
    double gain, gain_e; /* e_a - e_r at the threshold [eV], and by e_is */
};

/* Only for a closure with z. */
void pel_treated_threshold(struct pel_treated *treated, double e_is, double beta,
                           struct pel_treated_threshold *out);

#endif /* PEL_TREATED_PRIV_H */

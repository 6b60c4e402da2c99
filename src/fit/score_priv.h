#ifndef PEL_SCORE_PRIV_H
#define PEL_SCORE_PRIV_H

#include <pelrate/spectrum.h>

/* What maximum likelihood needs of a family beyond pel_family: where the search starts,
 * how far a parameter may go, and the log-likelihood with its score (gradient by the
 * parameters), summed over many events in one call because the normalisation is the same
 * for all of them. */

/* Moments of the energies that a start is made from. */
struct pel_score_moments {
    double mean, sd;       /* [eV]; sd > 0 */
    double ln_mean, ln_sd; /* of ln(E/eV) */
    double lowest;         /* [eV] */
};

struct pel_score {
    const char *family;
    /* A fitted parameter stays above this; -inf: any number. At least the bound of the
     * family, higher where the likelihood would have no maximum. */
    double floor[PEL_FAMILY_PARAMETERS];
    /* Start by the method of moments; inside the floors and with every event in the
     * support. */
    void (*start)(const struct pel_score_moments *m, double p[]);
    /* sum w_i ln P(E_i; p); g[] receives its derivatives by p. weight NULL: all 1. -inf
     * (g then unset) if an event is outside the support. */
    double (*sum)(const double p[], size_t n, const double e[], const double weight[],
                  double g[]);
};

/* The entry of a family, or NULL. */
const struct pel_score *pel_score_find(const struct pel_family *family);

#endif /* PEL_SCORE_PRIV_H */

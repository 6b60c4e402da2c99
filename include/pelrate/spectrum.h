#ifndef PEL_SPECTRUM_H
#define PEL_SPECTRUM_H

#include <pelrate/status.h>
#include <pelrate/ziggurat.h>
#include <stddef.h>

/* A spectrum: the probability density P(E) [1/eV] of an activation or relaxation energy
 * at one inherent-structure energy, and the averages of it that the rate theory needs.
 *
 * With beta = 1/(k_B T) [1/eV]
 *
 *     Z(beta) = int P(E) exp(-beta E) dE   Laplace transform; Z(0) = 1
 *     E_log   = -ln Z / beta               <E_A> of Liu et al. (2020), Eq. 2
 *     E_kin   = -d ln Z / d beta           mean of the barriers that are climbed
 *     mean    = int E P(E) dE              <E_R> of Liu et al. (2020), Eq. 2
 *
 * All of it is kept as ln Z, because Z itself leaves the range of a double below
 * ~20 K. */

/* ln Z and its derivatives at one beta. */
struct pel_ln_z {
    double value; /* ln Z [1] */
    double b;     /* d ln Z / d beta [eV] = -E_kin */
    double bb; /* d2 ln Z / d beta2 [eV^2]: variance of the Boltzmann-weighted barriers */
};

/* ---- parametric families ----------------------------------------------------------- */

enum { PEL_FAMILY_PARAMETERS = 4 }; /* no family has more */

/* One parameter of a family. */
struct pel_family_parameter {
    const char *name; /* as in files: "shape" */
    const char *unit; /* "eV" or "1" */
    double lower;     /* must be above this (or equal, if closed), in its unit; -inf: any
                         finite number */
    int closed;       /* whether lower itself is allowed */
    const char *doc;  /* one sentence */
    double upper;     /* must not be above this, in its unit; 0: any finite number */
};

/* A family of densities: one const struct each, listed by pel_family_at(). Parameters p[]
 * stand in the order of parameter[]; the functions expect parameters that
 * pel_family_check() accepts. */
struct pel_family {
    const char *name; /* as in files: "shifted_gamma" */
    const char *doc;  /* the density, and where its closed form comes from */
    size_t n_parameters;
    struct pel_family_parameter parameter[PEL_FAMILY_PARAMETERS];

    /* ln Z at beta [1/eV] >= 0 with its derivatives; and by parameter k:
     * d_p[k] = d ln Z / d p_k, d_bp[k] = d2 ln Z / d beta d p_k (both may be NULL).
     * Closed forms, except weibull and lognormal: a trapezoid rule around the saddle
     * point of the integrand, refined until two levels agree (relative 1e-13 of Z). */
    void (*ln_z)(const double p[], double beta, struct pel_ln_z *ln_z, double d_p[],
                 double d_bp[]);
    /* Mean [eV] and its derivatives by parameter (may be NULL). */
    double (*mean)(const double p[], double d_p[]);
    /* ln of the density [ln 1/eV] at E [eV]; -inf outside the support (and for delta). */
    double (*ln_density)(const double p[], double e_eV);
    /* Probability of a value below E [eV]. */
    double (*cumulative)(const double p[], double e_eV);
    /* An energy [eV] drawn from P(E) exp(-beta E)/Z, beta [1/eV] >= 0; ln_z is what ln_z()
     * gives at the same parameters and beta, and may be NaN unless draw_needs_ln_z.
     * Exact: no table stands between. */
    double (*draw)(const double p[], double beta, double ln_z,
                   const struct pel_ziggurat *ziggurat, struct pel_random *random);
    int draw_needs_ln_z;
};

/* The families, in a fixed order: shifted_gamma, gamma, weibull, lognormal,
 * truncated_normal, exponential, delta. NULL for k >= pel_family_count(). */
PEL_API size_t pel_family_count(void);
PEL_API const struct pel_family *pel_family_at(size_t k);

/* The family of a name, or NULL. */
PEL_API const struct pel_family *pel_family_find(const char *name);

/* Whether parameters p[n_parameters] lie in the domain of the family.
 * Errors: PEL_EARG names the parameter and the bound. */
PEL_API pel_status pel_family_check(const struct pel_family *family, const double p[],
                                    struct pel_error *err);

/* ---- one spectrum ------------------------------------------------------------------ */

/* Piecewise constant density. All arrays [n], borrowed. */
struct pel_histogram {
    size_t n;              /* bins, >= 1 */
    const double *lo_eV;   /* lower edges [eV], increasing; lo >= 0 */
    const double *hi_eV;   /* upper edges [eV], lo < hi <= next lo */
    const double *density; /* [1/eV], >= 0 */
    const double *count;   /* events in the bin; NULL or NaN: not known */
};

/* A histogram, sampled values or a family with its parameters; owns copies. */
struct pel_spectrum;

/* How far sum(density * width) of a histogram may be from 1. Within it the densities are
 * used as they are, without normalising them again. */
#define PEL_SPECTRUM_NORM_TOLERANCE 1e-6

/* From a histogram.
 * Errors: PEL_EARG bins unsorted, overlapping or empty, an edge or density negative or
 * NaN, the sum is not 1 within PEL_SPECTRUM_NORM_TOLERANCE (the bin is named);
 * PEL_ENOMEM. */
PEL_API pel_status pel_spectrum_histogram(const struct pel_histogram *histogram,
                                          struct pel_spectrum **out,
                                          struct pel_error *err);

/* From sampled values e_eV[n] [eV], n >= 1, each > 0 and finite; Z is the plain mean of
 * exp(-beta E).
 * Errors: PEL_EARG no values, or one that is not positive and finite; PEL_ENOMEM. */
PEL_API pel_status pel_spectrum_samples(size_t n, const double e_eV[],
                                        struct pel_spectrum **out, struct pel_error *err);

/* From a family and its parameters p[n_parameters]. Errors: as pel_family_check;
 * PEL_ENOMEM. */
PEL_API pel_status pel_spectrum_family(const struct pel_family *family, const double p[],
                                       struct pel_spectrum **out, struct pel_error *err);

/* Release a spectrum. NULL is allowed. */
PEL_API void pel_spectrum_free(struct pel_spectrum *spectrum);

/* What it is made of: "histogram", "samples", or the name of the family. */
PEL_API const char *pel_spectrum_name(const struct pel_spectrum *spectrum);

/* ln Z and its derivatives at beta [1/eV] >= 0. Exact for the given spectrum: closed
 * forms per bin, plain sums over samples, the family's own. Valid for 1 K to 5000 K and
 * beyond. */
PEL_API void pel_spectrum_ln_z(const struct pel_spectrum *spectrum, double beta,
                               struct pel_ln_z *ln_z);

/* Mean [eV]. */
PEL_API double pel_spectrum_mean(const struct pel_spectrum *spectrum);

#endif /* PEL_SPECTRUM_H */

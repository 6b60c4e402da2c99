#ifndef PEL_LIKELIHOOD_H
#define PEL_LIKELIHOOD_H

#include <pelrate/minimum.h>
#include <pelrate/spectrum.h>
#include <pelrate/status.h>
#include <stddef.h>

/* Maximum likelihood: a family of densities whose parameters are polynomials in E_IS,
 * fitted to the events of all levels together.
 *
 *     ln L = sum_i w_i ln P(E_i; p(e_i))
 *     p_k(e) = c_k0 + c_k1 x + c_k2 x^2,   x = e - ref   [eV/atom]
 *
 * A parameter that must be positive is positive over the whole range of levels, by
 * construction and not by penalty: it is a polynomial in Bernstein form whose
 * coefficients are written as exponentials (degree 2: b1 = -sqrt(b0 b2) + exp u, which is
 * exactly the positive ones). The search starts from the best constant parameters and
 * raises the degree one by one. */

/* Events of one level. All borrowed. */
struct pel_likelihood_level {
    double e_is;          /* [eV/atom] */
    size_t n;             /* number of events */
    const double *energy; /* [n] E_A or E_R [eV], > 0 */
    const double *weight; /* [n] >= 0; NULL: all 1 */
};

/* What was found. */
struct pel_likelihood {
    const struct pel_family *family;
    size_t degree;         /* of the polynomials */
    double reference_e_is; /* ref [eV/atom]: mean over the levels */
    /* Coefficients in the order of family->parameter, in its unit per (eV/atom)^j. */
    double c[PEL_FAMILY_PARAMETERS][3];
    double ln_likelihood; /* at the maximum; energies in eV [1] */
    size_t n_free;        /* coefficients that were fitted */
    double aic;           /* 2 n_free - 2 ln_likelihood [1] */
    int at_border; /* 1: in a corner of the domain, see pel_likelihood_maximise() */
    struct pel_minimum_report report; /* of the last stage; f is -ln L per event */
};

/* Whether a family can be fitted: all of pel_family_at() but "delta". */
PEL_API int pel_likelihood_has(const struct pel_family *family);

/* Fit.
 *   family     one that pel_likelihood_has()
 *   degree     0, 1 or 2; below the number of levels
 *   levels     [n_levels] increasing in e_is, each with at least one event
 *   settings   NULL: the defaults of pel_minimum
 *   out        receives the fit; nothing in it is owned
 *
 * shifted_gamma is fitted with shape >= 1 and offset >= 0: below shape 1 its likelihood
 * has no maximum (it grows without bound as the offset approaches the lowest event).
 * Where the data want just that, the maximum lies in a corner of the domain; it is then
 * found within 1e-6 of ln L per event by an interior-point search, and at_border says so.
 *
 * Errors: PEL_EARG    family that cannot be fitted, degree, levels not increasing, an
 *                     energy that is not positive (NaN included), no spread in the
 *                     energies
 *         PEL_ENOCONV the maximum was not found (degree and gradient are said)
 *         PEL_ENOMEM */
PEL_API pel_status pel_likelihood_maximise(const struct pel_family *family, size_t degree,
                                           size_t n_levels,
                                           const struct pel_likelihood_level levels[],
                                           const struct pel_minimum_settings *settings,
                                           struct pel_likelihood *out,
                                           struct pel_error *err);

/* Parameters p[PEL_FAMILY_PARAMETERS] of a fit at e_is [eV/atom]. */
PEL_API void pel_likelihood_parameters(const struct pel_likelihood *fit, double e_is,
                                       double p[]);

/* Kolmogorov-Smirnov distance between the events of a level and the fitted distribution
 * there: sup |F_n - F|, weights respected; *distance receives it [1].
 * Errors: PEL_ENOMEM. */
PEL_API pel_status pel_likelihood_distance(const struct pel_likelihood *fit,
                                           const struct pel_likelihood_level *level,
                                           double *distance, struct pel_error *err);

#endif /* PEL_LIKELIHOOD_H */

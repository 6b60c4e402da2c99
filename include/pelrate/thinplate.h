#ifndef PEL_THINPLATE_H
#define PEL_THINPLATE_H

#include <pelrate/random.h>
#include <pelrate/status.h>
#include <stddef.h>

/* Thin-plate smoothing spline: the function f(x, y) that minimises
 *
 *     sum_i w_i (z_i - f(x_i, y_i))^2 + L J(f),   J = int f_xx^2 + 2 f_xy^2 + f_yy^2
 *
 * (Duchon (1977); Wahba, Spline Models for Observational Data (1990), ch. 2.4). It is
 *
 *     f = sum_i c_i phi(|p - p_i|) + a plane,   phi(r) = r^2 ln(r) / (8 pi)
 *
 * with c orthogonal to all planes; these it gives back exactly, with any smoothing L, and
 * with L = 0 it goes through all points. J knows no direction: bring x and y to scales on
 * which f is equally rough.
 *
 * The points and weights are factorised once: QR takes the planes out, and what is left
 * becomes tridiagonal (LAPACK's dsytrd), of which the eigenvalues are found: 4/3 n^3
 * products in all, memory for n^2 numbers. Each fit, its generalised cross-validation
 * included, then costs n^2. */
struct pel_thinplate;

/* Factorise.
 *   n        points, >= 3
 *   x, y     [n] where they are, both on scales that are to be compared; copied
 *   weight   [n] > 0, 1 / variance of z up to a factor, or NULL: all 1; copied
 *   out      receives the factorisation; release it with pel_thinplate_free()
 * Errors: PEL_EARG fewer than 3 points, a number that is not finite, a weight that is not
 * positive, a point given twice (the message counts from 0), all on one line; PEL_ENOCONV
 * LAPACK failed; PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_thinplate_create(size_t n, const double x[], const double y[],
                                        const double weight[], struct pel_thinplate **out,
                                        struct pel_error *err);
/* Release. NULL is allowed. */
PEL_API void pel_thinplate_free(struct pel_thinplate *plate);

/* Numbers that make up a function on these points: one for each, and 3 for the plane. */
PEL_API size_t pel_thinplate_size(const struct pel_thinplate *plate);

/* Where the smoothing is looked for when it is not given, and how finely. */
struct pel_thinplate_settings {
    double lowest;  /* smallest smoothing, relative to the largest eigenvalue [1] */
    double highest; /* largest, likewise: a plane for all that can be seen [1] */
    size_t n_scan;  /* values tried first, even in ln L; >= 3 */
    double rtol;    /* of the L that is found [1] */
};
/* 1e-12 to 1e2, 57 values, 1e-3. */
PEL_API struct pel_thinplate_settings pel_thinplate_settings_defaults(void);

/* A function fitted to values. */
struct pel_thinplate_fit {
    double smoothing;     /* L [unit of w * (unit of x)^2] */
    double gcv;           /* n rss / (n - parameters)^2; NaN where nothing is free */
    double rss;           /* sum w (z - f)^2 */
    double parameters;    /* effective number: trace of the influence matrix; 3 to n */
    double variance;      /* rss / (n - parameters): of a value of weight 1; NaN for
                             parameters = n */
    double *coefficients; /* [pel_thinplate_size] owned */
    double *reduced;      /* [n] owned; the values in the basis of the factorisation */
};

/* Fit values.
 *   z          [n]
 *   smoothing  >= 0, or NaN: where generalised cross-validation (Craven & Wahba, Numer.
 *              Math. 31, 377 (1979)) is least
 *   settings   NULL: the defaults
 *   fit        receives the fit; release it with pel_thinplate_fit_release()
 * Errors: PEL_EARG a z that is not finite, smoothing < 0, settings out of range;
 * PEL_ENOCONV smoothing is 0 and points so close that the equations are singular;
 * PEL_ENOMEM. On error *fit is empty. */
PEL_API pel_status pel_thinplate_run(const struct pel_thinplate *plate, const double z[],
                                     double smoothing,
                                     const struct pel_thinplate_settings *settings,
                                     struct pel_thinplate_fit *fit,
                                     struct pel_error *err);
/* Release what a fit holds; an empty one is allowed. */
PEL_API void pel_thinplate_fit_release(struct pel_thinplate_fit *fit);

/* Parametric bootstrap of the model that the spline stands for (Wahba, J. R. Stat. Soc. B 45,
 * 133 (1983); Nychka, J. Am. Stat. Assoc. 83, 1134 (1988)): smooth functions of which J is
 * as large as `variance` / L allows, seen at the points with normal noise of variance
 * `variance` / w_i. A function and noise are drawn, the spline is fitted to them, and what
 * it misses the function by is added to the fit: noise, and what smoothing takes away. With
 * the same smoothing (reselect 0) the replicates at point i have variance `variance` A_ii /
 * w_i, A the influence matrix; with its own cross-validation for each (1) they know too how
 * badly smoothing is known.
 *   variance       >= 0, of a value of weight 1
 *   n_replicates   how many
 *   coefficients   [n_replicates * pel_thinplate_size] receives them
 * Errors: PEL_EARG variance < 0; as pel_thinplate_run. */
PEL_API pel_status pel_thinplate_bootstrap(const struct pel_thinplate *plate,
                                           const struct pel_thinplate_fit *fit,
                                           double variance, int reselect,
                                           const struct pel_thinplate_settings *settings,
                                           struct pel_random *random, size_t n_replicates,
                                           double coefficients[], struct pel_error *err);

/* The basis at a point: f = sum_k basis[k] coefficients[k], of any number of functions.
 *   basis, d_x, d_y   [pel_thinplate_size] receive it and its derivatives; each may be
 *                     NULL */
PEL_API void pel_thinplate_basis(const struct pel_thinplate *plate, double x, double y,
                                 double basis[], double d_x[], double d_y[]);

/* sum_k basis[k] coefficients[k]. */
PEL_API double pel_thinplate_sum(const struct pel_thinplate *plate, const double basis[],
                                 const double coefficients[]);

#endif /* PEL_THINPLATE_H */

#ifndef PEL_STATISTICS_H
#define PEL_STATISTICS_H

#include <pelrate/status.h>
#include <stddef.h>

/* Statistics of samples: GSL's, with its error handler out of the way. All values finite
 * unless said otherwise; what is not defined (too few values, no spread) is NaN. */

/* Mean of x[n] with weights w[n] >= 0 (NULL: all equal). */
PEL_API double pel_statistics_mean(size_t n, const double x[], const double w[]);

/* Standard deviation around that mean, divisor n - 1 (weighted: sum(w) - sum(w^2)/sum(w),
 * which is the same for equal weights). NaN for n < 2. */
PEL_API double pel_statistics_sd(size_t n, const double x[], const double w[]);

/* Sort x[n] in place, increasing. */
PEL_API void pel_statistics_sort(size_t n, double x[]);

/* Value below which the share f of sorted[n] lies (increasing; linear between order
 * statistics, (n-1) f counted from the lowest). NaN for n = 0 or f outside [0, 1]. */
PEL_API double pel_statistics_quantile(size_t n, const double sorted[], double f);

/* The ends between which the middle `share` of values[n] lies; sorts them in place. NaN
 * for n = 0. */
PEL_API void pel_statistics_band(size_t n, double values[], double share, double *lo,
                                 double *hi);

/* So many things at least can be drawn whole: of two, all replicates lie at one or the other
 * or half-way, however far apart the two happen to be. */
enum { PEL_BOOTSTRAP_LEAST = 3 };

/* The share of bootstrap replicates that a band must hold so that it covers the truth with
 * probability `share`, where n things were drawn from n (Hesterberg, Am. Stat. 69, 371
 * (2015), the expanded percentile interval): replicates scatter less than the truth does by
 * sqrt((n-1)/n), and few things follow Student's t. Exact for the mean of normal deviates.
 * `share` itself for n < PEL_BOOTSTRAP_LEAST. */
PEL_API double pel_statistics_bootstrap_share(double share, size_t n);

/* Pearson's correlation of x[n] and y[n]. NaN for n < 2 or a constant. */
PEL_API double pel_statistics_pearson(size_t n, const double x[], const double y[]);

/* Spearman's: Pearson's of the ranks, ties sharing their mean rank; *rho receives it.
 * Errors: PEL_ENOMEM. */
PEL_API pel_status pel_statistics_spearman(size_t n, const double x[], const double y[],
                                           double *rho, struct pel_error *err);

/* Probability of a correlation of n pairs at least as far from 0 as r when there is none
 * (Student's t with n - 2 degrees of freedom; exact for Pearson of normal deviates,
 * approximate for Spearman). NaN for n < 3 or a NaN. */
PEL_API double pel_statistics_correlation_p(size_t n, double r);

/* Value t > 0 that Student's t with so many degrees of freedom (> 0, any number) exceeds
 * in size with probability 1 - confidence, 0 < confidence < 1. NaN else. */
PEL_API double pel_statistics_student_t(double free_degrees, double confidence);

/* Probability of a Kolmogorov-Smirnov distance of at least d between n values and the
 * distribution they were drawn from: Kolmogorov's series at (sqrt(n) + 0.12 +
 * 0.11/sqrt(n)) d (Stephens, J. R. Stat. Soc. B 32, 115 (1970)). n may be an effective
 * number. Where parameters were fitted to the same values, the true probability is
 * smaller. */
PEL_API double pel_statistics_kolmogorov_p(double n, double d);

/* Effective number of values under weights: (sum w)^2 / sum w^2, from ln w[n]: without
 * overflow or underflow. 0 for n = 0. */
PEL_API double pel_statistics_n_eff(size_t n, const double ln_w[]);

#endif /* PEL_STATISTICS_H */

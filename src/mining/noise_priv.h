#ifndef PEL_MINING_NOISE_PRIV_H
#define PEL_MINING_NOISE_PRIV_H

#include <pelrate/mine.h>

/* Sums over residuals r of chords against the line through two others of the curve:
 * sum of r^2 = s^2 * sum(of_point) + g * sum(of_walk), once for the neighbours, once for
 * the next but one. */
struct noise_sums {
    double squares[2], of_point[2], of_walk[2];
    size_t n[2];
};

/* Add the residuals of a curve's points from number `first` on, except those that noise of
 * s^2 = point and g = walk does not explain (NaN: all). */
void pel_noise_add(struct noise_sums *sums, const struct pel_curve *curve, size_t first,
                   double point, double walk);

/* s^2 [(eV/atom)^2] and g [(eV/atom)^2/ps], both >= 0; NaN where there are no residuals. */
void pel_noise_solve(const struct noise_sums *sums, double *point, double *walk);

#endif /* PEL_MINING_NOISE_PRIV_H */

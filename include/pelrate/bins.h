#ifndef PEL_BINS_H
#define PEL_BINS_H

#include <pelrate/status.h>
#include <stddef.h>

/* Even bins for histograms: bin k is [origin + k width, origin + (k+1) width). */
struct pel_bins {
    double origin; /* [eV] */
    double width;  /* [eV] */
    size_t n;      /* number of bins */
};

/* How a width is chosen. */
enum pel_bins_rule {
    PEL_BINS_FREEDMAN_DIACONIS, /* 2 IQR n^(-1/3), median over the groups */
    PEL_BINS_KNUTH              /* most probable number of bins, all groups together */
};

/* Bins that hold all of the values of several groups, with a given width.
 *   origin    lower edge of the first bin [eV], not above any value
 *   width     of each bin [eV], > 0
 *   n_groups  number of groups (levels)
 *   n         [n_groups] values in each group
 *   values    [n_groups][n] the values [eV]
 *   out       receives the bins; n = 0 on error
 * Errors: PEL_EARG no values, a value below origin or not finite, a width that is not
 * positive or makes more than 100000 bins. */
PEL_API pel_status pel_bins_of_width(double origin, double width, size_t n_groups,
                                     const size_t n[], const double *const values[],
                                     struct pel_bins *out, struct pel_error *err);

/* The same with a width chosen by a rule.
 *
 * Freedman and Diaconis, Z. Wahrscheinlichkeitstheorie verw. Geb. 57, 453 (1981): width
 * 2 IQR n^(-1/3). Between groups the median: one level with few events does not decide
 * for the others.
 * Knuth, Digital Signal Processing 95, 102581 (2019), Eq. 31: the number M of bins with
 * the largest
 *   ln p = n ln M + lnG(M/2) - M lnG(1/2) - lnG(n + M/2) + sum_k lnG(n_k + 1/2),
 * lnG = ln Gamma, here summed over the groups; M from 1 to max_bins, bins from origin to
 * the highest value.
 *
 *   max_bins  most bins that Knuth's rule tries, 1 to 100000
 * Errors: as above; PEL_EARG max_bins out of range, no spread in the values;
 * PEL_ENOMEM. */
PEL_API pel_status pel_bins_by_rule(enum pel_bins_rule rule, double origin,
                                    size_t max_bins, size_t n_groups, const size_t n[],
                                    const double *const values[], struct pel_bins *out,
                                    struct pel_error *err);

/* Lower edge of bin k [eV], 0 <= k <= n: edge n is the upper one of the last bin. */
PEL_API double pel_bins_edge(const struct pel_bins *bins, size_t k);

/* Bin of a value: the k with edge(k) <= value < edge(k+1); the upper edge of the last bin
 * belongs to it; n if the value is outside. */
PEL_API size_t pel_bins_find(const struct pel_bins *bins, double value);

/* Counts and, where asked for, summed weights of values in each bin.
 *   values  [n] [eV]
 *   weight  [n]; NULL: all 1
 *   count   [bins->n] receives how many values lie in each bin
 *   sum     [bins->n] receives their summed weights; may be NULL
 * Errors: PEL_EARG a value outside the bins. */
PEL_API pel_status pel_bins_count(const struct pel_bins *bins, size_t n,
                                  const double values[], const double weight[],
                                  double count[], double sum[], struct pel_error *err);

#endif /* PEL_BINS_H */

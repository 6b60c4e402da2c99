#ifndef PEL_COVERAGE_H
#define PEL_COVERAGE_H

#include <pelrate/pool.h>
#include <stddef.h>
#include <stdio.h>

/* How much of the escape paths of a glass its searches have found: estimates from how
 * often each path was found again.
 *
 * Every valid search is taken as one draw, with replacement, of one of the paths of the
 * sample; draws are independent (each search has a random stream of its own). Searches
 * hit paths with very unequal probabilities, and some paths not at all (those that the
 * settings of the sampler exclude). Chao1 and capture-recapture are therefore LOWER bounds
 * of the number of paths: equal only where all probabilities are. The Good-Turing share is
 * one of searches, not of paths: paths that are hard to find count little in it.
 *
 * Paths of different samples are different paths: numbers of a level are sums over its
 * samples. */
struct pel_coverage {
    size_t searches;           /* all, failures too */
    size_t valid;              /* draws: searches that gave a path counted here */
    size_t distinct;           /* paths found */
    size_t singletons;         /* of them found once */
    size_t doubletons;         /* of them found twice */
    double found_share;        /* probability that the next draw is of a known path [1];
                                            NaN without a draw */
    double chao1, chao1_sd;    /* paths, and its standard deviation */
    double chao1_lo, chao1_hi; /* its 95 % interval */
    size_t even, odd, both;    /* paths found by searches of even numbers, of odd
                                            numbers, by both */
    double recapture, recapture_sd; /* paths by capture-recapture between the two, and
                                            its standard deviation */
};

/* From how often each path was found.
 *
 * found_share: 1 - f1/n (Good, Biometrika 40, 237 (1953), Eq. 9).
 * chao1: S + (n-1)/n f1 (f1-1) / (2 (f2+1)), the bias-corrected form of Chao, Scand. J.
 *   Statist. 11, 265 (1984), Eq. 4; its variance and the log-normal interval after Chao,
 *   Biometrics 43, 783 (1987). Where f1 <= 1, nothing is left to estimate: variance and
 *   interval are those of the number of paths found by n draws, S exp(-n/S) (1 -
 *   exp(-n/S)).
 * recapture: (n1+1) (n2+1) / (m+1) - 1 (Chapman, Univ. Calif. Publ. Statist. 1, 131
 *   (1951)), variance (n1+1) (n2+1) (n1-m) (n2-m) / ((m+1)^2 (m+2)) (Seber, Biometrika 57,
 *   313 (1970)).
 *
 *   searches   all of them
 *   n          number of paths
 *   hits       [n][2] how many searches of even and of odd number found each; a path with
 *              neither does not count */
PEL_API void pel_coverage_of(size_t searches, size_t n, const size_t hits[][2],
                             struct pel_coverage *out);

/* Add a sample to the sums of a level, which starts as {0}: numbers and estimates add up,
 * and so do variances; found_share and the interval are made anew. */
PEL_API void pel_coverage_add(struct pel_coverage *level,
                              const struct pel_coverage *sample);

/* Of the kept events of one sample of a pool.
 *   below_e_a_eV   only events with a smaller E_A [eV]; INFINITY: all
 * Errors: PEL_EARG no such sample; PEL_EFORMAT searches of it are missing in the file (one
 * with distinct events alone says nothing about coverage); PEL_ENOMEM. */
PEL_API pel_status pel_coverage_of_sample(const struct pel_pool *pool, size_t sample,
                                          double below_e_a_eV, struct pel_coverage *out,
                                          struct pel_error *err);
/* The sum over the samples of a level. Errors: the same. */
PEL_API pel_status pel_coverage_of_level(const struct pel_pool *pool, size_t level,
                                         double below_e_a_eV, struct pel_coverage *out,
                                         struct pel_error *err);

/* A point of the discovery curve of a sample. */
struct pel_coverage_point {
    size_t searches; /* the first so many searches */
    size_t distinct; /* paths that they found */
    double expected; /* mean of that over all orders of the searches */
};

/* The discovery curve of a sample: points[n_points], evenly from the first search to the
 * last. The expectation is that of Hurlbert, Ecology 52, 577 (1971), Eq. 4, over searches
 * (failures count):  sum_i [1 - C(T - X_i, t) / C(T, t)]  for t of T searches and X_i
 * searches that found path i.
 *   below_e_a_eV   as above
 *   n_points       1 to the number of searches
 * Errors: as pel_coverage_of_sample; PEL_EARG n_points out of its range; PEL_ENOMEM. */
PEL_API pel_status pel_coverage_discovery(const struct pel_pool *pool, size_t sample,
                                          double below_e_a_eV, size_t n_points,
                                          struct pel_coverage_point points[],
                                          struct pel_error *err);

#endif /* PEL_COVERAGE_H */

#ifndef PEL_TREATED_CELLS_PRIV_H
#define PEL_TREATED_CELLS_PRIV_H

#include <pelrate/landscape.h>

/* Sums over a level at one (x, beta), w = exp(-beta E_A)/(e^x + exp(-beta E_R)): L = ln <w>
 * and means under the weight w, with their derivatives by x and beta (treated.c). */
struct treated_sums {
    double l, l_x, l_b; /* L and its derivatives */
    double a, a_x, a_b; /* <E_A>_w [eV] */
    double r, r_x, r_b; /* <E_R>_w [eV] */
};

/* A level of a joint histogram. E_A and E_R are uniform and independent within a cell, and w
 * is a product of a function of each: integrals over bins of E_A are closed, and so are those
 * over bins of E_R where |x + beta E_R| > 40; between, pieces of 2/beta at most with ten nodes
 * of Gauss and Legendre each (poles at distance pi/beta: relative error below 1e-15). */
struct treated_cells;

/* Cells with both barriers below pair_eV are two-level pairs; those across are cut in two.
 *   n_left  receives the number of cells that are no pairs
 * Errors: PEL_ENOMEM, those of pel_landscape_cells. */
pel_status treated_cells_create(const struct pel_landscape *landscape, size_t level,
                                double pair_eV, struct treated_cells **out,
                                size_t *n_left, struct pel_error *err);
void treated_cells_free(struct treated_cells *cells);

/* x = -inf: p = 0, l_x the slope by e^x (maybe not finite); x = +inf: the limit of L + x,
 * ln Z. */
void treated_cells_sum(struct treated_cells *cells, double x, double beta,
                       struct treated_sums *out);

/* Equilibrium energy of the pairs, a path [eV], and its derivative by beta [eV^2]. */
void treated_cells_pairs(const struct treated_cells *cells, double beta, double *mean,
                         double *by_beta);

/* ln <exp(beta (2 E_R - E_A))> - ln <exp(beta (E_R - E_A))>. */
double treated_cells_ln_fall(const struct treated_cells *cells, double beta);

#endif /* PEL_TREATED_CELLS_PRIV_H */

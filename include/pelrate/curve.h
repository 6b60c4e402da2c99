#ifndef PEL_CURVE_H
#define PEL_CURVE_H

#include <pelrate/status.h>
#include <stddef.h>

/* Annealing curves: E_IS of one glass over time while it is held at one temperature, as
 * molecular dynamics gives them (Liu et al. (2020), Fig. 2).
 *
 * A file has the columns replica,time_ps,temperature_K,e_is_eV_per_atom (others are not
 * read). Rows of one replica at one temperature are a curve; curves may follow each other
 * or alternate. The key `# atoms:` says how large the sample was; species, potential_hash
 * and is_cell what E_IS is the energy of; start_e_is_eV_per_atom and ramp_from_K where the
 * curves came from. */

struct pel_curve {
    size_t file;          /* which of the files, from 0 */
    size_t line;          /* of its first row */
    long long replica;    /* as the file says */
    double temperature_K; /* [K] */
    double start_e_is;  /* E_IS before the anneal [eV/atom]; NaN: its file does not say */
    double ramp_from_K; /* where the ramp to temperature_K began [K]; NaN: likewise */
    size_t n;           /* points, >= 2 */
    double *time_ps;    /* [n] strictly increasing [ps]; owned */
    double *e_is;       /* [n] [eV/atom]; owned */
};

struct pel_curves {
    size_t n;                /* curves, >= 1 */
    struct pel_curve *curve; /* [n] in the order of their first rows; owned */
    size_t points;           /* of all */
    double atoms;            /* in each sample; NaN: no file says */
};

/* Read one or more files.
 *   out   receives the curves; release them with pel_curves_free()
 * Errors: as pel_table_read; PEL_EARG no files; PEL_EFORMAT a column is missing, a number
 * is none or out of range, time does not increase along a curve, a curve has one point
 * (also where the temperature changes from row to row), a file without rows, samples of
 * different size (or a file that does not say beside one that does), or of different
 * species, potential or is_cell, where two files say it. On error *out is
 * NULL. */
PEL_API pel_status pel_curves_read(size_t n_files, const char *const paths[],
                                   struct pel_curves **out, struct pel_error *err);

/* Whether a curve is there twice: two of them at one temperature that are the same to the bit
 * at all times that both have (a file given twice, or a run beside the one that went on
 * from it). They would count as two measurements. Curves that never change may be alike.
 *   paths   [files] as for pel_curves_read
 * Errors: PEL_EFORMAT the second of them, and where the first is. */
PEL_API pel_status pel_curves_check_repeats(const struct pel_curves *curves,
                                            const char *const paths[],
                                            struct pel_error *err);

/* Release curves. NULL is allowed. */
PEL_API void pel_curves_free(struct pel_curves *curves);

#endif /* PEL_CURVE_H */

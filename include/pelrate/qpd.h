#ifndef PEL_QPD_H
#define PEL_QPD_H

#include <pelrate/gumbel.h>
#include <pelrate/relaxation.h>
#include <pelrate/status.h>
#include <stddef.h>
#include <stdio.h>

/* The quasi-point-defect (QPD) model of a glass as Zhang et al. (2023), J. Mater. Sci.
 * Technol. 149:207 (DOI 10.1016/j.jmst.2023.02.031) write it: its parameters, and the file
 * that they come from.
 *
 * The glass answers a stress at once (elastic), and by three components, each a spectrum
 * of relaxation units (gumbel.h) with a compliance of its own: the beta relaxation, the
 * anelastic one (shear microdomains that open) and the viscoplastic one (that merge). All
 * three saturate, Eq. 28; the compliances are those of the test (tension in the paper).
 *
 * Units: s, K, eV, 1/GPa for compliances, GPa for moduli, MPa for stresses. */

/* The components, in the order of their times; also an index. */
enum pel_qpd_component {
    PEL_QPD_BETA,
    PEL_QPD_ANELASTIC,
    PEL_QPD_VISCOPLASTIC,
    PEL_QPD_COMPONENTS
};

/* "beta", "anelastic", "viscoplastic"; "" for anything else. */
PEL_API const char *pel_qpd_component_name(enum pel_qpd_component component);

/* One component. NaN: not given. */
struct pel_qpd_part {
    double B;                  /* width of the distribution, (0, 1] [1]; Table 1 */
    double tau_s;              /* its most probable time [s]; Table 1 */
    double compliance_per_GPa; /* what it adds in the end, Delta J [1/GPa] */
};

/* A parameter set. NaN: not given; what a calculation needs, it asks for. */
struct pel_qpd {
    double elastic_per_GPa; /* J_el, Eq. 28 [1/GPa] */
    struct pel_qpd_part part[PEL_QPD_COMPONENTS];
    double temperature_K;        /* at which the times above hold [K] */
    double activation_energy_eV; /* E_beta, Eq. 13 [eV] */
    double chi;              /* correlation factor of the frozen glass, (0, 1], Eq. 18 */
    double hierarchy_tau0_s; /* tau_0 of Eq. 18 [s] */
    double chi_slope_per_K;  /* chi_0 above T_g, Eq. 21 [1/K] */
    double glass_K;          /* T_g of Eq. 21 [K] */
    double barrier_stress_MPa; /* sigma_0: takes the barriers away, Eq. 17 [MPa] */
    double vft_B_K;            /* B of tau_alpha = tau_0 exp(B / (T - T_0)) [K] */
    double vft_T0_K;           /* its T_0 [K] */
    double crossing_K;         /* where the tau_beta meet tau_alpha, Eq. 14 [K] */
    double crossing_tau_s;     /* ... and at which time [s] */
};

/* All NaN. */
PEL_API struct pel_qpd pel_qpd_none(void);

/* ---- files ------------------------------------------------------------------------- */

/* Value of the `# format:` key of a parameter file. */
#define PEL_QPD_FORMAT "pelrate-qpd 1"

/* One parameter as files name it. The table is const; NULL for k >= pel_qpd_count(). */
struct pel_qpd_parameter {
    const char *component; /* "beta" */
    const char *name;      /* "tau" */
    const char *unit;      /* "s" */
    const char *doc;       /* one line */
};
PEL_API size_t pel_qpd_count(void);
PEL_API const struct pel_qpd_parameter *pel_qpd_parameter(size_t k);

/* Value of parameter k of a set (NaN: not given), in its unit. */
PEL_API double pel_qpd_value(const struct pel_qpd *qpd, size_t k);

/* Set it. Errors: PEL_EARG outside its domain (named). */
PEL_API pel_status pel_qpd_set(struct pel_qpd *qpd, size_t k, double value,
                               struct pel_error *err);

/* Index of a parameter, or pel_qpd_count(). */
PEL_API size_t pel_qpd_find(const char *component, const char *name);

/* Read a set: columns component,parameter,value,unit, and, if there are several sets in
 * the file, `sample` (a row with an empty sample belongs to all of them); further columns
 * `source` and `note` are passed over.
 *   path    the file
 *   sample  which set; NULL: the only one
 *   out     receives it; what the file does not give is NaN
 * Errors: PEL_EOPEN, PEL_EIO as pel_table_read
 *         PEL_EFORMAT (FILE:LINE: what, expected what) no rows, a column missing or
 *                     unknown, a component or parameter that is not known, another unit
 *                     than the parameter's, a value that is not a number or outside its
 *                     domain, a parameter given twice
 *         PEL_EARG    sample is NULL and there are several, or it is none of them (the
 *                     names are listed)
 *         PEL_ENOMEM */
PEL_API pel_status pel_qpd_read(const char *path, const char *sample, struct pel_qpd *out,
                                struct pel_error *err);

/* Names of the sets of a file, in file order.
 *   n      receives how many; 1 with an empty name for a file without the column `sample`
 *   names  receives an array of n texts that is one block: release it with free()
 * Errors: as pel_qpd_read; *names is NULL then. */
PEL_API pel_status pel_qpd_samples(const char *path, size_t *n, char ***names,
                                   struct pel_error *err);

/* Write the rows of a set, with their column names, what is NaN left out; the caller has
 * written `# format: pelrate-qpd 1`. */
PEL_API void pel_qpd_write(const struct pel_qpd *qpd, FILE *stream);

/* ---- what calculations ask for ----------------------------------------------------- */

enum pel_qpd_need {
    PEL_QPD_SPECTRA = 1, /* B and tau of at least one component, both or none of each */
    PEL_QPD_COMPLIANCES = 2, /* ... and its compliance, and J_el */
    PEL_QPD_THERMAL = 4, /* the beta component, its activation energy and temperature */
    PEL_QPD_STRESS = 8   /* the barrier stress */
};

/* Errors: PEL_EFORMAT with the file's name (path NULL: PEL_EARG without): what is missing,
 * as the row that is expected. */
PEL_API pel_status pel_qpd_require(const struct pel_qpd *qpd, unsigned needs,
                                   const char *path, struct pel_error *err);

/* Whether a component is there. */
PEL_API int pel_qpd_has(const struct pel_qpd *qpd, enum pel_qpd_component component);

/* The spectra of the components that are there, in times relative to their tau_s: out[c]
 * is NULL for the others. Errors: as pel_gumbel_create; all NULL then. */
PEL_API pel_status pel_qpd_spectra(const struct pel_qpd *qpd,
                                   const struct pel_gumbel_settings *settings,
                                   struct pel_relaxation *out[PEL_QPD_COMPONENTS],
                                   struct pel_error *err);

#endif /* PEL_QPD_H */

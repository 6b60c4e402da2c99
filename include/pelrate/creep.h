#ifndef PEL_CREEP_H
#define PEL_CREEP_H

#include <pelrate/qpd.h>

/* Creep by the QPD model: Zhang et al. (2023), J. Mater. Sci. Technol. 149:207, Eq. 28,
 *
 *     J(t) = J_el + sum_c Delta J_c sum_i w_i (1 - exp(-t / tau_i)) ,   c = beta, an, vp,
 *
 * the sum of the integrals of Eqs. 10, 22 and 25 for a stress put on at t = 0. Eq. 22
 * prints gamma^2 where the equilibrium strain gamma^infinity of Eq. 23 is meant, and
 * Eq. 24 Delta J_an where the viscoplastic compliance Delta J_vp of Eqs. 26 and 27 is. The
 * text before Eq. 28 names Eqs. 10, 22 and 26 as those integrated; Eq. 26 has no rate. */
struct pel_creep;

/* A creep test of a parameter set (needs PEL_QPD_COMPLIANCES). The set is copied.
 *   settings  of the spectra; NULL: the defaults
 *   out       receives it; release it with pel_creep_free()
 * Errors: PEL_EARG something is missing or out of range; PEL_ENOMEM. On error *out is
 * NULL. */
PEL_API pel_status pel_creep_create(const struct pel_qpd *qpd,
                                    const struct pel_gumbel_settings *settings,
                                    struct pel_creep **out, struct pel_error *err);

/* Release it. NULL is allowed. */
PEL_API void pel_creep_free(struct pel_creep *creep);

/* Compliances a time after the stress was put on. */
struct pel_creep_point {
    double total;                    /* J [1/GPa] */
    double elastic;                  /* J_el [1/GPa] */
    double part[PEL_QPD_COMPONENTS]; /* what each component has added [1/GPa]; 0 for one
                                        that is not there */
    double slope;                    /* dJ / d ln t [1/GPa] */
};

/* At t [s] >= 0 (INFINITY allowed). NaN for a t that is negative or NaN. */
PEL_API void pel_creep_at(const struct pel_creep *creep, double t_s,
                          struct pel_creep_point *out);

/* Strain [1] of a compliance [1/GPa] under a stress [MPa]. */
PEL_API double pel_creep_strain(double compliance_per_GPa, double stress_MPa);

#endif /* PEL_CREEP_H */

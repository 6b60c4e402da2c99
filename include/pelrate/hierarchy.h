#ifndef PEL_HIERARCHY_H
#define PEL_HIERARCHY_H

#include <pelrate/status.h>
#include <stddef.h>

/* The times of correlated movements from those of the elementary one: Zhang et al. (2023),
 * J. Mater. Sci. Technol. 149:207, Eqs. 17 to 21,
 *
 *     tau_mol = tau_0 (tau_beta / tau_0)^(1/chi)               Eq. 18
 *     tau_an  = tau_mol chi^(1/chi) ,  tau_vp = tau_mol        Eqs. 20, 24
 *     chi     = chi_g               below T_g                  Eq. 21
 *             = chi_g + chi_0 (T - T_g) above, up to 1
 *
 * with the correlation factor chi: 0 for a perfect crystal, 1 for a gas. Eq. 21 lost its
 * chi in print; its terms in the anelastic and viscoplastic strains are left out, as
 * everything here is linear in the stress. That tau_vp is tau_mol is read off Eqs. 24 to
 * 26: a viscoplastic strain rate of sigma Delta J / tau_mol.
 *
 * What does not fit together in the paper:
 * - Eq. 19 takes Eq. 18 for each unit i. Then ln tau_mol is spread 1/chi times as much as
 *   ln tau_beta, that is B_an = B_vp = chi B_beta < B_beta; Table 1 has B_beta < B_an <
 *   B_vp. Here the equations give the most probable times, and the widths are parameters.
 * - Eqs. 18 and 20 hold for Table 1 only with a tau_0 of 7e-9 to 1.4e-7 s that differs from
 *   sample to sample (pel_hierarchy_solve); with a tau_0 of vibrations, 1e-13 s, Eq. 18
 *   wants chi = 0.57 to 0.58, and Eq. 20 then tau_an = 0.37 tau_vp, where the table has
 *   0.11 to 0.15 tau_vp. */
struct pel_hierarchy {
    double chi;             /* of the frozen glass, (0, 1] [1] */
    double tau0_s;          /* [s], > 0 */
    double glass_K;         /* T_g [K]; INFINITY: frozen at all temperatures */
    double chi_slope_per_K; /* chi_0 [1/K], >= 0 */
};

/* Times at one temperature, and their derivatives by it. */
struct pel_hierarchy_times {
    double chi;        /* [1] */
    double ln_an;      /* ln tau_an [ln s] */
    double ln_vp;      /* ln tau_vp [ln s] */
    double ln_an_by_T; /* d ln tau_an / dT [1/K] */
    double ln_vp_by_T; /* [1/K] */
};

/* At T [K], for a beta time of ln_beta = ln tau_beta [ln s] and its derivative by T [1/K].
 * The derivatives are those from above at T_g and at the temperature where chi reaches 1,
 * unless `below` is not 0. */
PEL_API void pel_hierarchy_at(const struct pel_hierarchy *hierarchy, double temperature_K,
                              double ln_beta, double ln_beta_by_T, int below,
                              struct pel_hierarchy_times *out);

/* chi and tau_0 for which Eqs. 18 and 20 give three times [s]: chi^(1/chi) = tau_an/tau_vp
 * by root finding, then tau_0 from Eq. 18. With tau_an = tau_vp, chi is 1 and tau_0 has no
 * influence (tau_vp = tau_beta must hold).
 * Errors: PEL_EARG a time not positive and finite, or out of the order tau_beta < tau_vp,
 * tau_an < tau_vp; PEL_ENOROOT none found. */
PEL_API pel_status pel_hierarchy_solve(double tau_beta_s, double tau_an_s,
                                       double tau_vp_s, double *chi, double *tau0_s,
                                       struct pel_error *err);

/* E_beta [eV] that a stress has left of it: E_beta (1 - sigma/sigma_0)^(3/2), Eq. 17.
 *   stress_MPa, barrier_stress_MPa   sigma_a, sigma_0
 * Errors: PEL_EARG sigma_a negative, or at or above sigma_0 (no barrier is left). */
PEL_API pel_status pel_hierarchy_barrier(double energy_eV, double stress_MPa,
                                         double barrier_stress_MPa, double *left_eV,
                                         struct pel_error *err);

#endif /* PEL_HIERARCHY_H */

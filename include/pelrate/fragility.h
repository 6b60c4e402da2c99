#ifndef PEL_FRAGILITY_H
#define PEL_FRAGILITY_H

#include <pelrate/status.h>
#include <stddef.h>

/* How relaxation times depend on temperature: Zhang et al. (2023), J. Mater. Sci. Technol.
 * 149:207, Eqs. 13 to 16 and Figs. 4 and 5.
 *
 *     beta    f = f_0 exp(-E_beta / k_B T) , tau = 1 / (2 pi f)               Eq. 13
 *     alpha   tau = tau_0 exp(B / (T - T_0))                                  VFT
 *     m       = d log10 tau_alpha / d (T_g / T) at T = T_g                    Eq. 15
 *     m_beta  = d log10 tau_beta  / d (T_g / T) at T = T_g                    Eq. 16
 *
 * Eq. 15 prints n for m and forgets "at T = T_g" (the text has it). Eq. 14 prints
 * exp(-E_beta / k_B T) for a time, which must grow on cooling: it is exp(+E_beta / k_B T),
 * and its second line reads tau(566.67 K) = 5e-4 s.
 *
 * T_g is where tau_alpha is 100 s. */

/* ---- beta: Arrhenius --------------------------------------------------------------- */

/* tau = tau_0 exp(E / k_B T). */
struct pel_arrhenius {
    double energy_eV; /* E_beta [eV] */
    double ln_tau0;   /* ln(tau_0 / 1 s) = -ln(2 pi f_0 / 1 Hz) */
};

/* The one of energy E [eV] that passes through tau [s] at T [K] (Eq. 14). */
PEL_API struct pel_arrhenius pel_arrhenius_through(double energy_eV, double temperature_K,
                                                   double tau_s);

/* tau [s] at T [K]. */
PEL_API double pel_arrhenius_tau(const struct pel_arrhenius *law, double temperature_K);

/* What a fit of peak temperatures gives. */
struct pel_arrhenius_fit {
    struct pel_arrhenius law;
    double energy_error_eV; /* standard error [eV]; NaN for two points */
    double ln_f0;           /* ln(f_0 / 1 Hz) */
    double ln_f0_error;     /* [1]; NaN for two points */
    double correlation;     /* of the two errors [1] */
    double scatter;         /* standard deviation of ln f around the line [1] */
};

/* Fit E_beta and f_0 to peak temperatures at several frequencies: ln f against 1/T by
 * least squares.
 *   n              points, >= 2
 *   frequency_Hz   [n] > 0
 *   temperature_K  [n] > 0, at least two different
 * Errors: PEL_EARG fewer than two points, one not positive (named), one temperature only,
 * or frequencies that fall with temperature (E_beta would be negative). */
PEL_API pel_status pel_arrhenius_fit(size_t n, const double frequency_Hz[],
                                     const double temperature_K[],
                                     struct pel_arrhenius_fit *out,
                                     struct pel_error *err);

/* ---- alpha: VFT -------------------------------------------------------------------- */

/* tau = tau_0 exp(B / (T - T_0)) for T > T_0. */
struct pel_vft {
    double B_K;     /* [K], > 0 */
    double T0_K;    /* [K], >= 0; 0: Arrhenius */
    double ln_tau0; /* ln(tau_0 / 1 s) */
};

/* The one of B [K] and T_0 [K] that passes through tau [s] at T [K] > T_0. */
PEL_API struct pel_vft pel_vft_through(double B_K, double T0_K, double temperature_K,
                                       double tau_s);

/* tau [s] at T [K]; INFINITY at and below T_0. */
PEL_API double pel_vft_tau(const struct pel_vft *law, double temperature_K);

/* The temperature [K] where tau is tau_s [s]: T_0 + B / ln(tau / tau_0); NaN for a tau at
 * or below tau_0. */
PEL_API double pel_vft_temperature(const struct pel_vft *law, double tau_s);

/* What a fit of alpha times gives. */
struct pel_vft_fit {
    struct pel_vft law;
    double error[3]; /* standard errors of B [K], T_0 [K], ln tau_0 [1]; NaN for three
                         points; INFINITY for what the data do not determine */
    int at_zero;     /* 1: T_0 = 0, the data do not bend (its error is NaN) */
    double scatter;  /* standard deviation of ln tau around the curve [1] */
    size_t iterations;
};

/* Fit B, T_0 and tau_0 to times: least squares of ln tau (leastsquares.h), 0 <= T_0 < the
 * lowest temperature.
 *   n              points, >= 3
 *   temperature_K  [n] > 0, at least three different
 *   tau_s          [n] > 0
 * Errors: PEL_EARG too few points or temperatures, one not positive, times that do not
 * fall with temperature on the whole; PEL_ENOCONV no minimum; PEL_ENOMEM. */
PEL_API pel_status pel_vft_fit(size_t n, const double temperature_K[],
                               const double tau_s[], struct pel_vft_fit *out,
                               struct pel_error *err);

/* ---- both -------------------------------------------------------------------------- */

/* tau_alpha at T_g [s]. */
#define PEL_FRAGILITY_GLASS_TAU 100.0

/* m = B T_g / ((T_g - T_0)^2 ln 10) [1], Eq. 15, T_g [K] > T_0. */
PEL_API double pel_fragility_alpha(const struct pel_vft *law, double glass_K);

/* m_beta = E_beta / (k_B T_g ln 10) [1], Eq. 16: linear in E_beta, through the origin. */
PEL_API double pel_fragility_beta(double energy_eV, double glass_K);

/* Temperatures [K] above T_0 where tau_beta = tau_alpha: B/(T - T_0) - E/(k_B T) is
 * constant there, a quadratic in T.
 *   temperature_K  receives them, increasing
 * Returns how many there are: 0, 1 or 2. With two the beta relaxation is the slower one
 * between them. */
PEL_API size_t pel_fragility_crossings(const struct pel_arrhenius *beta,
                                       const struct pel_vft *alpha,
                                       double temperature_K[2]);

/* The slope d ln tau / d (1 / k_B T) of the VFT law at T [K] > T_0: its apparent energy
 * [eV]. The beta relaxation splits off on cooling where this exceeds E_beta. */
PEL_API double pel_vft_energy(const struct pel_vft *law, double temperature_K);

#endif /* PEL_FRAGILITY_H */

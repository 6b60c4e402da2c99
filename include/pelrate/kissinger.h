#ifndef PEL_KISSINGER_H
#define PEL_KISSINGER_H

#include <pelrate/status.h>
#include <stddef.h>

/* Activation energies from the shift of a temperature (an onset, a peak) with the rate of
 * heating q, as laboratories read them off scans:
 *
 *   Kissinger   ln(q/T^2) = -E/(k_B T) + constant     Anal. Chem. 29, 1702 (1957)
 *   Ozawa       ln q = -1.052 E/(k_B T) + constant    Bull. Chem. Soc. Jpn. 38, 1881
 *                                                     (1965), with the integral of Doyle,
 *                                                     good for E/(k_B T) from 20 to 60
 *
 * by straight lines through all points. Standard errors are those of the slope: they know
 * the scatter around the line, not whether one energy is the right picture. */
struct pel_kissinger {
    size_t n;                          /* points: finite ones */
    double kissinger_eV, kissinger_se; /* [eV]; the error NaN for two points */
    double ozawa_eV, ozawa_se;         /* [eV] */
};

/* From n temperatures [K] at rates of heating [K/s]; points of which one is NaN are passed
 * over.
 * Errors: PEL_EARG a rate or a temperature that is not positive, fewer than two points
 * left, or all at one temperature. */
PEL_API pel_status pel_kissinger_fit(size_t n, const double heat_K_per_s[],
                                     const double temperature_K[],
                                     struct pel_kissinger *out, struct pel_error *err);

#endif /* PEL_KISSINGER_H */

#ifndef PEL_BARRIERS_H
#define PEL_BARRIERS_H

#include <pelrate/landscape.h>

/* The mechanical loss of a sampled glass: from the activation spectrum P(E_A | E_IS) of a
 * landscape to relaxation times and the loss of its beta relaxation.
 *
 * Each escape path is a relaxation unit of the time
 *
 *     tau = exp(E_A / k_B T) / nu ,
 *
 * nu the attempt frequency per path of the landscape, and its share in the compliance is its
 * probability. With units of this kind instead of Gumbel's, the answer to a stress is that
 * of Zhang et al. (2023), J. Mater. Sci. Technol. 149:207, Eq. 12: J*(omega) = J_u (1 +
 * Delta int P(E) / (1 + i omega tau(E)) dE).
 *
 * What the landscape does not say, and what therefore is not said here: how strongly a path
 * couples to a stress (all of them alike), and Delta as a whole. Paths that lead back at
 * once (small E_R) count as much as others. */

/* The activation energies at one E_IS: bands of constant density, or single energies
 * (lo = hi), each with its share; exact for histograms and events. A family is cut into
 * bands of equal width, each with its exact probability (pel_barriers_settings). */
struct pel_barriers;

struct pel_barriers_settings {
    double width_eV; /* of the bands of a family [eV] */
    double tail;     /* probability left out beyond the last band [1] */
};

/* Bands of 0.5 meV, 1e-12 left out. Halving the width changes the loss by less than 1e-6 of
 * the whole at 100 K and above: within a band the density of a family is taken as constant,
 * an error of second order in width / k_B T. */
PEL_API struct pel_barriers_settings pel_barriers_settings_defaults(void);

/* From a landscape.
 *   e_is      [eV/atom], within its range; between the levels of a histogram or events
 *             landscape the spectra of the two levels beside it are mixed linearly (ln Z,
 *             which the rate theory interpolates, has no density)
 *   settings  NULL: the defaults
 *   out       receives it; release it with pel_barriers_free()
 * Errors: PEL_ERANGE e_is outside the range (named); PEL_EARG a setting out of range, or
 * more than ten million bands; PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_barriers_create(const struct pel_landscape *landscape, double e_is,
                                       const struct pel_barriers_settings *settings,
                                       struct pel_barriers **out, struct pel_error *err);

/* Release it. NULL is allowed. */
PEL_API void pel_barriers_free(struct pel_barriers *barriers);

/* Number of bands; band i: from lo to hi [eV], its share [1]. In increasing order of lo
 * within each level; bands of two levels may overlap. */
PEL_API size_t pel_barriers_bands(const struct pel_barriers *barriers);
PEL_API void pel_barriers_band(const struct pel_barriers *barriers, size_t i,
                               double *lo_eV, double *hi_eV, double *share);

/* The answer at a frequency and temperature, as shares of Delta J, and its derivatives. */
struct pel_barriers_wave {
    double storage;   /* int P / (1 + (omega tau)^2) dE [1] */
    double loss;      /* int P omega tau / (1 + (omega tau)^2) dE [1]; > 0 */
    double storage_T; /* d storage / dT [1/K] */
    double loss_T;    /* [1/K] */
};

/* At omega [rad/s] > 0 and T [K] > 0, nu [Hz] > 0: closed forms over each band
 * (k_B T arctan and k_B T ln(1 + s^2)/2). NaN for anything else. */
PEL_API void pel_barriers_wave(const struct pel_barriers *barriers,
                               double omega_rad_per_s, double temperature_K,
                               double attempt_frequency_Hz,
                               struct pel_barriers_wave *out);

/* E''/E_u = Im(J_u / J*) and its derivative by T [1/K] for a relaxation strength Delta =
 * Delta J / J_u [1] >= 0. */
PEL_API void pel_barriers_modulus(const struct pel_barriers_wave *wave, double strength,
                                  double *storage, double *loss, double *loss_T);

/* Density of log10(tau / 1 s) [1] at tau [s] and T [K]: k_B T ln 10 P(E) at E = k_B T
 * ln(nu tau). Single energies have none: they are spread over `smear_eV` [eV] (a Gaussian
 * of that standard deviation); 0 leaves them out. */
PEL_API double pel_barriers_density(const struct pel_barriers *barriers, double tau_s,
                                    double temperature_K, double attempt_frequency_Hz,
                                    double smear_eV);

/* The highest maximum of E''/E_u over temperature.
 *   frequency_Hz, attempt_frequency_Hz, strength  as above
 *   T_lo_K, T_hi_K  range
 *   temperature_K   receives it, refined by root finding [K]
 *   loss            receives E''/E_u there [1]
 * Errors: PEL_EARG a value out of range; PEL_ENOROOT E'' has no maximum inside the range. */
PEL_API pel_status pel_barriers_peak(const struct pel_barriers *barriers,
                                     double frequency_Hz, double attempt_frequency_Hz,
                                     double strength, double T_lo_K, double T_hi_K,
                                     double *temperature_K, double *loss,
                                     struct pel_error *err);

#endif /* PEL_BARRIERS_H */

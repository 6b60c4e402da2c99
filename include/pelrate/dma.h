#ifndef PEL_DMA_H
#define PEL_DMA_H

#include <pelrate/hierarchy.h>
#include <pelrate/qpd.h>

/* Dynamic mechanical analysis by the QPD model: Zhang et al. (2023), J. Mater. Sci.
 * Technol. 149:207, Eqs. 3, 4, 12, 13 and 17 to 21. Under a stress exp(i omega t)
 *
 *     J* = J' - i J'' = J_el + sum_c Delta J_c sum_i w_i / (1 + i omega tau_i)
 *     E* = E' + i E'' = 1 / J* ,   tan delta = E''/E' = J''/J' .
 *
 * Departures: Eq. 12 has J_beta for its Delta J_beta, and J' + i J'' for a quantity whose
 * imaginary part is negative; here J'' is the loss, positive. With E'' > 0 Eq. 5 must read
 * sigma = epsilon_0 (E' sin omega t + E'' cos omega t) for epsilon = epsilon_0 sin omega t
 * (it prints cos for sin and a minus; the integrand of Eq. 6 is the right one).
 *
 * Temperature moves the times and nothing else: tau_beta by Eq. 13 with f = 1 / (2 pi tau)
 * from its value at the set's temperature, the barrier lowered by a stress as in Eq. 17;
 * tau_an and tau_vp by the hierarchy, whose chi and tau_0, where the set does not give
 * them, are those that meet the set's three times. Without a viscoplastic component the
 * anelastic one keeps its distance to the beta time, and the other way round. */
struct pel_dma;

struct pel_dma_settings {
    struct pel_gumbel_settings spectra;
    double stress_MPa; /* static stress that lowers the barriers, Eq. 17 [MPa]; 0: none */
};

/* Those of the spectra, no stress. */
PEL_API struct pel_dma_settings pel_dma_settings_defaults(void);

/* A test of a parameter set (needs PEL_QPD_COMPLIANCES). Without what PEL_QPD_THERMAL asks
 * for it answers at the set's own temperature only. The set is copied.
 *   settings  NULL: the defaults
 *   out       receives it; release it with pel_dma_free()
 * Errors: PEL_EARG something is missing or out of range (a stress without the barrier
 * stress, T_g without chi_0 or the other way round, times out of order for the hierarchy);
 * PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_dma_create(const struct pel_qpd *qpd,
                                  const struct pel_dma_settings *settings,
                                  struct pel_dma **out, struct pel_error *err);

/* Release it. NULL is allowed. */
PEL_API void pel_dma_free(struct pel_dma *dma);

/* The hierarchy in use (chi and tau0_s NaN: none). */
PEL_API struct pel_hierarchy pel_dma_hierarchy(const struct pel_dma *dma);

/* The answer at one frequency and temperature. */
struct pel_dma_point {
    double storage_per_GPa, loss_per_GPa; /* J', J'' [1/GPa] */
    double storage_GPa, loss_GPa;         /* E', E'' [GPa] */
    double tan_delta;                     /* [1] */
    double unrelaxed_GPa;             /* E_u = 1 / J_el [GPa]; INFINITY for J_el = 0 */
    double loss_by_T;                 /* dE''/dT [GPa/K]; 0 without a temperature */
    double loss_by_ln_f;              /* dE''/d ln f [GPa] */
    double tau_s[PEL_QPD_COMPONENTS]; /* most probable times [s]; NaN: not there */
    double chi;                       /* [1]; NaN: no hierarchy */
};

/* At a frequency [Hz] > 0 and a temperature [K] > 0 (NaN: the set's own, times as given).
 * Errors: PEL_EARG a frequency or temperature out of range, or a temperature for a set
 * that has no activation energy. */
PEL_API pel_status pel_dma_at(const struct pel_dma *dma, double frequency_Hz,
                              double temperature_K, struct pel_dma_point *out,
                              struct pel_error *err);

/* A maximum of E''. */
struct pel_dma_peak {
    double at; /* temperature [K], or frequency [Hz] */
    double loss_GPa;
    int corner; /* 1: where chi begins to move (T_g) or has reached 1: the slope of E''
                      changes its sign there without being zero */
};

/* Maxima of E'' over temperature at a frequency [Hz], between T_lo and T_hi [K], refined
 * by root finding of dE''/dT between n_scan + 1 temperatures.
 *   n_peaks, peaks  in: room; out: how many there are (those that fit are filled,
 *                   temperatures increasing)
 * Errors: as pel_dma_at; PEL_EARG an empty range, n_scan = 0; PEL_ENOMEM. */
PEL_API pel_status pel_dma_peaks(const struct pel_dma *dma, double frequency_Hz,
                                 double T_lo_K, double T_hi_K, size_t n_scan,
                                 size_t *n_peaks, struct pel_dma_peak peaks[],
                                 struct pel_error *err);

/* The same over frequency [Hz] at a temperature [K] (NaN: the set's own). */
PEL_API pel_status pel_dma_frequency_peaks(const struct pel_dma *dma,
                                           double temperature_K, double f_lo_Hz,
                                           double f_hi_Hz, size_t n_scan, size_t *n_peaks,
                                           struct pel_dma_peak peaks[],
                                           struct pel_error *err);

#endif /* PEL_DMA_H */

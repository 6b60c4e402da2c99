#ifndef PEL_WORK_H
#define PEL_WORK_H

#include <pelrate/dma.h>

/* The mechanical work that training puts into a glass: Zhang et al. (2023), J. Mater. Sci.
 * Technol. 149:207, section 3 and Fig. 1(b) to (d).
 *
 * A cycle of strain amplitude epsilon_0 takes Delta W_0 = pi E'' epsilon_0^2 per volume.
 * (Eq. 6 integrates sigma d epsilon over t and lost a factor omega on the way; its result
 * is right.) While the temperature rises at q, f dT/q cycles pass in dT:
 *
 *     W(T) = (f / q) int_T0^T pi E''(T', f) epsilon_0^2 dT' .
 *
 * The paper calls W "the sum of Delta W_0" and does not say that it counts cycles. It must:
 * Fig. 1(b) has Delta W_0 growing with f at every temperature where E'' does not, so what
 * it draws is work per time, f Delta W_0; and W ~ f^0.84 to f^1.00 is what a sum over
 * cycles gives, while that of Delta W_0 alone goes as f^(-0.16 to 0). */

/* How a glass is trained. */
struct pel_work_programme {
    double strain;       /* amplitude epsilon_0 [1], > 0; 0.002 in the paper */
    double start_K;      /* T0 [K], > 0 */
    double rate_K_per_s; /* q [K/s], > 0; 3 K/min in the paper */
    double rtol;         /* of the integral [1] */
};

/* Strain 0.002, from 300 K at 3 K/min, rtol 1e-10. */
PEL_API struct pel_work_programme pel_work_programme_defaults(void);

/* Work at one temperature. */
struct pel_work_point {
    double temperature_K;
    double loss_GPa;       /* E'' [GPa] */
    double cycle_J_per_m3; /* Delta W_0 [J/m^3] */
    double power_W_per_m3; /* f Delta W_0 [W/m^3] */
    double sum_J_per_m3;   /* W since the start [J/m^3] */
    double cycles;         /* since the start [1] */
};

/* Delta W_0 [J/m^3] for E'' [GPa] and a strain amplitude [1]. */
PEL_API double pel_work_cycle(double loss_GPa, double strain);

/* Train at one frequency [Hz].
 *   n, temperature_K   [n] at which to say something, increasing, from start_K on [K]
 *   points             [n] receives it
 * Errors: PEL_EARG a setting out of range, temperatures not increasing or before the
 * start, those of pel_dma_at; PEL_ENOCONV, PEL_ENOMEM of the quadrature. */
PEL_API pel_status pel_work_ramp(const struct pel_dma *dma,
                                 const struct pel_work_programme *programme,
                                 double frequency_Hz, size_t n,
                                 const double temperature_K[],
                                 struct pel_work_point points[], struct pel_error *err);

/* The exponent a of work ~ frequency^a: the slope of a straight line through the points
 * in logarithms, and its standard error (NaN for two points).
 *   n             points, >= 2
 *   frequency_Hz  [n] [Hz], > 0, at least two different
 *   work          [n] [any unit], > 0
 * Errors: PEL_EARG too few points, one not positive, or all frequencies the same. */
PEL_API pel_status pel_work_exponent(size_t n, const double frequency_Hz[],
                                     const double work[], double *exponent, double *error,
                                     struct pel_error *err);

#endif /* PEL_WORK_H */

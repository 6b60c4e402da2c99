#ifndef PEL_RELAXATION_H
#define PEL_RELAXATION_H

#include <pelrate/status.h>
#include <stddef.h>

/* A spectrum of relaxation units: unit i relaxes by itself with the time tau_i and carries
 * the share w_i of the whole, sum w_i = 1. The sums over units of Zhang et al. (2023),
 * J. Mater. Sci. Technol. 149:207 (DOI 10.1016/j.jmst.2023.02.031), Eqs. 11, 12 and 28.
 *
 * Times are in seconds, or relative to a common time that the caller keeps: then t / tau
 * and omega tau are handed over in place of t and omega. Constant once made. */
struct pel_relaxation;

/* From units in any order; the weights are divided by their sum. Everything is copied.
 *   n         units, >= 1
 *   tau_s     [n] times [s], > 0
 *   weight    [n] >= 0, some > 0 [any unit]
 *   out       receives it; release it with pel_relaxation_free()
 * Errors: PEL_EARG no units, a time not positive, a weight negative or NaN, or all 0;
 * PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_relaxation_create(size_t n, const double tau_s[],
                                         const double weight[],
                                         struct pel_relaxation **out,
                                         struct pel_error *err);

/* One unit: a Debye unit. Errors: as above. */
PEL_API pel_status pel_relaxation_debye(double tau_s, struct pel_relaxation **out,
                                        struct pel_error *err);

/* Release it. NULL is allowed. */
PEL_API void pel_relaxation_free(struct pel_relaxation *relaxation);

/* Number of units; time [s] and weight [1] of unit i, times increasing. */
PEL_API size_t pel_relaxation_units(const struct pel_relaxation *relaxation);
PEL_API double pel_relaxation_tau(const struct pel_relaxation *relaxation, size_t i);
PEL_API double pel_relaxation_weight(const struct pel_relaxation *relaxation, size_t i);

/* What the units have done a time t after a stress was put on, as a share of what they
 * will do in the end, and its derivatives. With s_i = t / tau_i: */
struct pel_relaxation_step {
    double value;  /* sum w_i (1 - exp(-s_i)) [1]; 0 at t = 0, 1 at t = INFINITY */
    double slope;  /* d value / d ln t = sum w_i s_i exp(-s_i) [1] */
    double spread; /* sum w_i s_i exp(-s_i) ln(tau_i / 1 s) [1]: what widening the
                      spectrum about ln tau = 0 changes */
};

/* At t [s] >= 0 (INFINITY allowed); NaN for a t that is negative or NaN. Units much faster
 * or slower than t enter through sums that are kept, the latter by five terms of the
 * series (error below 1e-14). */
PEL_API void pel_relaxation_step(const struct pel_relaxation *relaxation, double t_s,
                                 struct pel_relaxation_step *out);

/* The answer to a stress exp(i omega t), as a share: sum w_i / (1 + i omega tau_i) =
 * storage - i loss. Both are positive: Eq. 12 of Zhang et al. writes J' + i J'', which
 * with exp(+i omega t) gives J'' < 0; the sign here makes J'' the loss. With
 * s_i = omega tau_i, and the derivatives by a common shift of ln tau (or of ln omega): */
struct pel_relaxation_wave {
    double storage;       /* sum w_i / (1 + s_i^2) [1] */
    double loss;          /* sum w_i s_i / (1 + s_i^2) [1] */
    double storage_slope; /* d storage / d ln tau [1] */
    double loss_slope;    /* d loss / d ln tau [1] */
};

/* At omega [rad/s] >= 0; NaN for an omega that is negative or NaN. */
PEL_API void pel_relaxation_wave(const struct pel_relaxation *relaxation,
                                 double omega_rad_per_s, struct pel_relaxation_wave *out);

#endif /* PEL_RELAXATION_H */

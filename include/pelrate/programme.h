#ifndef PEL_PROGRAMME_H
#define PEL_PROGRAMME_H

#include <pelrate/status.h>
#include <stddef.h>
#include <stdio.h>

/* Temperature programme T(t): piecewise linear, ramps and holds, from t = 0 s. The
 * corners are the knots, the end included; time 0 is corner 0. Owns copies of what it was
 * given. */
struct pel_programme;

/* A ramp to target at |rate|, then a hold. */
struct pel_programme_row {
    double target_K;     /* [K] > 0 */
    double rate_K_per_s; /* [K/s] > 0; not used in the first row, whose target is the
                            start, nor where the temperature does not change */
    double hold_s;       /* [s] >= 0 */
};

/* From n >= 1 rows. The first row's target is the starting temperature.
 *   out   receives the programme; release it with pel_programme_free()
 * Errors: PEL_EARG no rows, a target not above 0 K, a rate not positive where the
 * temperature changes, a negative hold (the row is named), a total duration that is 0 or
 * not finite; PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_programme_create(size_t n, const struct pel_programme_row rows[],
                                        struct pel_programme **out,
                                        struct pel_error *err);

/* Hold at temperature [K] for time [s]. Errors: as pel_programme_create. */
PEL_API pel_status pel_programme_isothermal(double temperature_K, double time_s,
                                            struct pel_programme **out,
                                            struct pel_error *err);

/* From start [K] to end [K] at |rate| [K/s]. Errors: as pel_programme_create. */
PEL_API pel_status pel_programme_ramp(double start_K, double end_K, double rate_K_per_s,
                                      struct pel_programme **out, struct pel_error *err);

/* From start [K] to end [K] at |rate| [K/s], with a sine of the given amplitude [K] and
 * period [s] on top of it, as a modulated scan has it (Reading, Elliott and Hill, J. Therm.
 * Anal. 40, 949 (1993)): T = start + rate t + amplitude sin(2 pi t/period), a straight line
 * between `points` times a period, even in time. The amplitude of what is made falls short
 * of the sine's by (pi/points)^2/2 at most where a crest lies between two points.
 * Errors: PEL_EARG a value that is not positive, points < 4, T below 0 K, more than 1e6
 * points; as pel_programme_create. */
PEL_API pel_status pel_programme_modulated(double start_K, double end_K,
                                           double rate_K_per_s, double amplitude_K,
                                           double period_s, size_t points,
                                           struct pel_programme **out,
                                           struct pel_error *err);

/* From start [K] to end [K] in steps of step [K] > 0 (the last is shorter), each at
 * |rate| [K/s] and followed by a hold [s]; it begins with a hold.
 * Errors: PEL_EARG a value that is not positive, more than 1e6 steps; as
 * pel_programme_create. */
PEL_API pel_status pel_programme_stepwise(double start_K, double end_K, double step_K,
                                          double rate_K_per_s, double hold_s,
                                          struct pel_programme **out,
                                          struct pel_error *err);

/* Write the column names target_K,rate_K_per_s,hold_s and the rows that make the same
 * programme when they are read. Errors: PEL_EIO the stream reports an error. */
PEL_API pel_status pel_programme_write(const struct pel_programme *programme,
                                       FILE *stream, struct pel_error *err);

/* Read the CSV columns target_K,rate_K_per_s,hold_s. The first row's rate may be empty.
 * Minutes are read too: rate_K_per_min instead of rate_K_per_s, hold_min instead of hold_s.
 * Errors: PEL_EOPEN    cannot be opened
 *         PEL_EIO      cannot be read
 *         PEL_EFORMAT  (FILE:LINE: ...) no table of these columns, one quantity in both
 *                      units, or what
 *                      pel_programme_create refuses
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_programme_read(const char *path, struct pel_programme **out,
                                      struct pel_error *err);

/* Release a programme. NULL is allowed. */
PEL_API void pel_programme_free(struct pel_programme *programme);

/* Number of corners (>= 2), time [s] and temperature [K] of corner k. */
PEL_API size_t pel_programme_corners(const struct pel_programme *programme);
PEL_API double pel_programme_corner_time(const struct pel_programme *programme, size_t k);
PEL_API double pel_programme_corner_temperature(const struct pel_programme *programme,
                                                size_t k);

/* How long [s] it takes from corner k - 1 to corner k (k >= 1), > 0. Their times differ by
 * it but for rounding, which after a long hold may be longer than a fast ramp: two corners
 * then have the same time. */
PEL_API double pel_programme_segment(const struct pel_programme *programme, size_t k);

/* Duration [s]; temperature [K] at time t [s] (constant before 0 and after the end). */
PEL_API double pel_programme_duration(const struct pel_programme *programme);
PEL_API double pel_programme_temperature(const struct pel_programme *programme,
                                         double t_s);

#endif /* PEL_PROGRAMME_H */

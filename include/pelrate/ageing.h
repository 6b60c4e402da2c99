#ifndef PEL_AGEING_H
#define PEL_AGEING_H

#include <pelrate/programme.h>
#include <pelrate/progress.h>
#include <pelrate/rate.h>
#include <pelrate/status.h>
#include <stddef.h>

/* Ageing of a glass along a temperature programme: de/dt = f(e, T(t)) with the rate f of
 * rate.h (Liu et al. (2020), Eq. 1), integrated by SUNDIALS CVODES (BDF, Newton, analytic
 * df/de), restarted at every corner of the programme. */

/* max_dT_K, max_de and rate_tolerance may be infinite: rows are then those of the steps. */
struct pel_ageing_settings {
    double rtol;     /* relative tolerance on the change of e since the start [1] */
    double atol;     /* absolute tolerance on e [eV/atom] */
    double max_dT_K; /* rows are at most this far apart in temperature [K] */
    double max_de;   /* ... and in e [eV/atom] */
    double rows_per_decade; /* ... and in a hold, so many rows a decade of time [1] */
    double rate_tolerance; /* ... and a straight line misses the rate half-way between two
                              rows by at most this part of the larger |rate| of the two,
                              or of 1e-3 of the largest since the last corner [1] */
    size_t max_rows;       /* more rows are an error */
    size_t max_steps;      /* more steps of the integrator between two corners are, too */
};

/* rtol 1e-8, atol 1e-12 eV/atom, max_dT 1 K, max_de 2e-4 eV/atom, 20 rows a decade,
 * rate_tolerance 0.02, 2e6 rows, 1e5 steps. */
PEL_API struct pel_ageing_settings pel_ageing_settings_defaults(void);

/* One row of the history. */
struct pel_ageing_row {
    double time_s;        /* [s] since the start of the programme */
    double temperature_K; /* [K] */
    double e_is;          /* [eV/atom] */
    double rate;      /* de/dt [eV/atom/s], from the integrator's own derivative: f(e, T)
                         would be the small difference of huge rates near the steady
                         state. Only at t = 0 it is f. */
    int extrapolated; /* 1: e_is outside the landscape */
};

/* What the integrator did, summed over the restarts. */
struct pel_ageing_stats {
    size_t segments;    /* restarts */
    size_t steps;       /* steps taken */
    size_t evaluations; /* of f */
    size_t jacobians;   /* of df/de */
    size_t newton_iterations;
    size_t newton_failures; /* Newton iterations that did not converge */
    size_t error_failures;  /* steps repeated because the local error was too large */
};

/* Owns rows. */
struct pel_ageing {
    size_t n;                    /* rows */
    struct pel_ageing_row *rows; /* [n], time increasing; first at 0, last at the end */
    struct pel_ageing_stats stats;
};

/* Run a programme from e_is [eV/atom] at time 0.
 *   rate      used during the call; whether it extrapolates decides what leaving the
 *             range of the landscape means
 *   settings  NULL: the defaults
 *   progress  may be NULL; done and total are times [s]
 *   out       receives the history; release it with pel_ageing_free()
 * Errors: PEL_ERANGE    e leaves the range of the landscape (message: range, time,
 *                       temperature) and the rate does not extrapolate; extrapolated, it
 *                       runs away (by 10 eV/atom, or in a finite time) or a parameter
 *                       leaves its domain
 *         PEL_ENOCONV   the integrator gives up, started again several times (message:
 *                       time, temperature, e_is, rate, its reason), or more than
 *                       max_steps or max_rows
 *         PEL_ESTOPPED  progress asked to stop
 *         PEL_EARG      a setting that is not positive, e_is not finite
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_ageing_run(struct pel_rate *rate,
                                  const struct pel_programme *programme, double e_is,
                                  const struct pel_ageing_settings *settings,
                                  const struct pel_progress *progress,
                                  struct pel_ageing **out, struct pel_error *err);
/* e_is [eV/atom] at a time [s] of the history: between two rows the cubic that has their
 * values and rates; before the first and after the last row theirs. */
PEL_API double pel_ageing_e_is(const struct pel_ageing *ageing, double time_s);

/* Release a history. NULL is allowed. */
PEL_API void pel_ageing_free(struct pel_ageing *ageing);

/* Time [s] to go from e_from to e_to [eV/atom] at constant temperature [K]:
 * t = int_e_from^e_to de / f(e, T) >= 0, by adaptive quadrature. An independent check of
 * the integration.
 * Errors: PEL_ENOROOT  f has the wrong sign or vanishes on the way
 *         PEL_ERANGE   an end outside the landscape, and the rate does not extrapolate
 *         PEL_ENOCONV  the quadrature does not reach its tolerance
 *         PEL_EARG     temperature not positive, an end not finite
 *         PEL_ENOMEM */
PEL_API pel_status pel_ageing_time_of_flight(struct pel_rate *rate, double temperature_K,
                                             double e_from, double e_to, double *time_s,
                                             struct pel_error *err);

#endif /* PEL_AGEING_H */

#ifndef PEL_MODULATION_H
#define PEL_MODULATION_H

#include <pelrate/ageing.h>
#include <pelrate/heat_capacity.h>
#include <pelrate/programme.h>
#include <pelrate/status.h>
#include <stddef.h>

/* What a modulated scan is made for: its heat flow split into a part that follows the
 * modulation and a part that does not (Reading, Elliott and Hill, J. Therm. Anal. 40, 949
 * (1993)). Over each stretch of one period, from the rate of temperature r and the rate of
 * enthalpy q (absorbed), both averaged and as the complex amplitudes r1, q1 of the period:
 *
 *   complex heat capacity   c* = q1/r1
 *   total heat flow         -<q>                (exo up)
 *   reversing               -|c*| <r>
 *   non-reversing           total - reversing
 *   phase                   of c* [rad]; below 0 where the enthalpy lags behind
 *
 * The amplitudes come from enthalpy and temperature themselves, integrated by parts; no
 * derivative is taken of a table. Where the average changes within one period, the split is
 * as blurred as that of an instrument. */

struct pel_modulation_row {
    double time_s;                 /* middle of the period [s] */
    double temperature_K;          /* mean over it [K] */
    double rate_K_per_s;           /* underlying rate <r> [K/s] */
    double amplitude_K_per_s;      /* |r1| [K/s] */
    double reversing_cp_J_per_g_K; /* |c*| [J/g/K] */
    double phase_rad;              /* [rad] */
    double total_W_per_g;          /* exo up [W/g] */
    double reversing_W_per_g;      /* [W/g] */
    double non_reversing_W_per_g;  /* [W/g] */
};

/* So many rows a period. */
enum { PEL_MODULATION_ROWS = 4 };

/* Split a history.
 *   ageing                  along the programme, at least one period long
 *   vibrations              what they take up as well; NULL: the excess alone
 *   molar_mass_g_per_mol    > 0
 *   period_s                of the modulation [s] > 0
 *   rows, n                 receive the rows (release them with free()); stretches without
 *                           modulation (below 1e-3 of the largest amplitude) are left out
 * Errors: PEL_EARG   a period that is not above 0, or longer than the history; no modulation
 *                    of this period (its amplitude is below 1e-6 of the largest rate of the
 *                    temperature); more than 1e6 rows
 *         PEL_ENOMEM
 * On error *rows is NULL. */
PEL_API pel_status pel_modulation_split(const struct pel_ageing *ageing,
                                        const struct pel_programme *programme,
                                        const struct pel_heat_capacity *vibrations,
                                        double molar_mass_g_per_mol, double period_s,
                                        struct pel_modulation_row **rows, size_t *n,
                                        struct pel_error *err);

#endif /* PEL_MODULATION_H */

#ifndef PEL_EQUILIBRIUM_H
#define PEL_EQUILIBRIUM_H

#include <pelrate/status.h>
#include <stddef.h>

/* An equilibrium line: the E_IS that the liquid has in equilibrium at each temperature,
 * known from molecular dynamics or experiment. A landscape that carries one
 * (pel_landscape_head) ages towards it and stays there: its relaxation energies are moved
 * by one energy for all hops of an IS energy,
 *
 *     s(e) = E_x(e, T_line(e)) - E_R(e, T_line(e))
 *
 * so that the rate of one closure vanishes exactly at T_line(e), at every e and not at
 * levels alone. It needs data from elsewhere because spectra have no detailed balance in
 * them: a few hundredths of an eV in <E_R> move the steady state by tens of kelvins.
 *
 * The line is what determines <E_R>; of the relaxation spectrum the shape is left. Other
 * closures than the one it was made for see the same <E_R>(e) and are steady elsewhere.
 *
 * T_line(e) is Steffen's monotone interpolation between the points (steffen.h); beyond
 * them it goes on as a straight line. Owns copies. */
struct pel_equilibrium;

/* Which energy balance vanishes on the line; the words are those of the closures. */
enum pel_equilibrium_closure {
    PEL_EQUILIBRIUM_LOG_MEAN, /* E_log = <E_R> */
    PEL_EQUILIBRIUM_KINETIC,  /* E_kin = <E_R> */
    PEL_EQUILIBRIUM_JOINT     /* E_kin = <E_R exp(-beta E_A)>/Z: pairs */
};

/* "log-mean", "kinetic", "joint". */
PEL_API const char *pel_equilibrium_closure_name(enum pel_equilibrium_closure closure);
/* The closure of a name. Errors: PEL_EARG unknown (the message lists the names). */
PEL_API pel_status pel_equilibrium_closure_find(const char *name,
                                                enum pel_equilibrium_closure *closure,
                                                struct pel_error *err);

/* A line through n >= 2 points in any order.
 *   closure        which balance vanishes on it
 *   temperature_K  [n] [K]
 *   e_is           [n] [eV/atom], rises with the temperature
 *   out            receives the line; release it with pel_equilibrium_free()
 * Errors: PEL_EARG fewer than two points, a value not finite, a temperature not above
 * 0 K, the same temperature twice, an e_is that does not rise (the temperature is named);
 * PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_equilibrium_create(enum pel_equilibrium_closure closure, size_t n,
                                          const double temperature_K[],
                                          const double e_is[],
                                          struct pel_equilibrium **out,
                                          struct pel_error *err);

/* Read the CSV columns temperature_K,e_is_eV_per_atom (further columns are passed over).
 * Errors: PEL_EOPEN    cannot be opened
 *         PEL_EIO      cannot be read
 *         PEL_EFORMAT  (FILE:LINE: ...) no table of these columns, or what
 *                      pel_equilibrium_create refuses
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_equilibrium_read(const char *path,
                                        enum pel_equilibrium_closure closure,
                                        struct pel_equilibrium **out,
                                        struct pel_error *err);

/* Release a line. NULL is allowed. */
PEL_API void pel_equilibrium_free(struct pel_equilibrium *line);

/* What it was made of, points with rising temperature; arrays borrowed. */
PEL_API enum pel_equilibrium_closure
pel_equilibrium_closure(const struct pel_equilibrium *line);
PEL_API size_t pel_equilibrium_points(const struct pel_equilibrium *line);
PEL_API const double *pel_equilibrium_temperatures(const struct pel_equilibrium *line);
PEL_API const double *pel_equilibrium_energies(const struct pel_equilibrium *line);

/* T_line at e_is [eV/atom].
 *   temperature_K  receives it [K]; beyond the points it may be <= 0
 *   slope          receives dT_line/de [K/(eV/atom)] > 0; may be NULL */
PEL_API void pel_equilibrium_temperature(const struct pel_equilibrium *line, double e_is,
                                         double *temperature_K, double *slope);

#endif /* PEL_EQUILIBRIUM_H */

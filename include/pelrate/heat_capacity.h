#ifndef PEL_HEAT_CAPACITY_H
#define PEL_HEAT_CAPACITY_H

#include <pelrate/status.h>

/* Heat capacity of the vibrations, at constant volume: what a calorimeter measures beside
 * the excess that the theory gives (dsc.h), so that a curve looks like a measured one.
 *
 *   dulong-petit   3 R
 *   einstein       3 R x^2 e^x/(e^x - 1)^2,  x = theta/T
 *   debye          3 R (4 D_3(x) - 3 x/(e^x - 1)),  x = theta/T, D_3 Debye's function
 *
 * per mole of atoms, here divided by their molar mass. */
enum pel_heat_capacity_model {
    PEL_HEAT_CAPACITY_DULONG_PETIT,
    PEL_HEAT_CAPACITY_EINSTEIN,
    PEL_HEAT_CAPACITY_DEBYE
};

struct pel_heat_capacity {
    enum pel_heat_capacity_model model;
    double theta_K;              /* of Einstein or Debye [K] > 0; else not used */
    double molar_mass_g_per_mol; /* mean of the atoms [g/mol] > 0 */
};

/* From its word: "dulong-petit", "einstein:THETA", "debye:THETA" with THETA in K.
 * Errors: PEL_EARG another word, a temperature that is not above 0 (the message says what
 * is expected). */
PEL_API pel_status pel_heat_capacity_parse(const char *text, double molar_mass_g_per_mol,
                                           struct pel_heat_capacity *out,
                                           struct pel_error *err);

/* At a temperature [K] > 0, in J/g/K. */
PEL_API double pel_heat_capacity_at(const struct pel_heat_capacity *model,
                                    double temperature_K);

#endif /* PEL_HEAT_CAPACITY_H */

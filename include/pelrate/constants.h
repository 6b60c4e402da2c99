#ifndef PEL_CONSTANTS_H
#define PEL_CONSTANTS_H

/* The one table of physical constants: CODATA 2018 (SI 2019), one unit system a wing.
 *   theory: eV, K, s          atoms: eV, Angstrom, ps, g/mol, K, bar
 * Constants that belong to another program are named after it and serve only to
 * compare. */

/* clang-format off */
#define PEL_PI              3.14159265358979323846 /* 1 */
#define PEL_KB              8.617333262e-5      /* Boltzmann [eV/K], CODATA 2018 */
#define PEL_EV              1.602176634e-19     /* electron volt [J], exact since 2019 */
#define PEL_AVOGADRO        6.02214076e23       /* [1/mol], exact since 2019 */
#define PEL_DALTON          1.66053906660e-27   /* atomic mass unit [kg], CODATA 2018 */

/* Derived: 1 eV per atom = 96485.33... J/mol (exact product of the two above). */
#define PEL_EV_J_PER_MOL    (PEL_EV * PEL_AVOGADRO)          /* [J/mol per eV] */
/* m v^2 in g/mol (A/ps)^2 -> eV: 1 u (100 m/s)^2 / 1 eV. */
#define PEL_MVV_EV          (PEL_DALTON * 1e4 / PEL_EV)      /* [eV / (g/mol A^2/ps^2)] */
#define PEL_EV_PER_A3_BAR   (PEL_EV * 1e30 / 1e5)            /* [bar per eV/A^3] */

/* Only to compare with LAMMPS, units metal (update.cpp): not the constants above. */
#define PEL_LAMMPS_METAL_KB        8.617343e-5  /* [eV/K], 1.1e-6 above exact */
#define PEL_LAMMPS_METAL_NKTV2P    1.6021765e6  /* [bar per eV/A^3] */
/* clang-format on */

#endif /* PEL_CONSTANTS_H */

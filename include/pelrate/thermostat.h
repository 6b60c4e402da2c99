#ifndef PEL_THERMOSTAT_H
#define PEL_THERMOSTAT_H

#include <pelrate/status.h>

struct pel_md;

/* Numbers that a thermostat may keep between steps; all of them go into a checkpoint. */
enum { PEL_BATH_STATE = 8 };

/* A way to hold the temperature. One velocity-Verlet step of length dt is
 *
 *     outer(dt/2)  kick(dt/2)  drift(dt/2)
 *     middle(dt)
 *     drift(dt/2)  forces  kick(dt/2)  outer(dt/2)
 *
 * and a thermostat fills in what it needs; the splitting is symmetric whatever it fills
 * in, so the order in dt stays two. A new method is one file and one line of the
 * table. */
struct pel_thermostat {
    const char *name;       /* as given on a command line: "nose-hoover" */
    const char *doc;        /* one paragraph for a reader */
    const char *references; /* papers */
    /* Act on the velocities at both ends of the step, for dt_ps [ps]; NULL: nothing. */
    void (*outer)(struct pel_md *md, double dt_ps);
    /* Act on the velocities between the two drifts, for dt_ps [ps]; NULL: nothing. */
    void (*middle)(struct pel_md *md, double dt_ps);
    /* What must be added to the energy of the atoms so that the sum is conserved while
     * the target temperature is held [eV]; NULL: nothing. */
    double (*energy)(const struct pel_md *md);
};

/* Constant energy: plain velocity Verlet. */
extern PEL_API const struct pel_thermostat pel_thermostat_nve;
/* Langevin dynamics, BAOAB splitting (Leimkuhler & Matthews, Appl. Math. Res. Express
 * 2013:34 (2013)). Departure: the centre of mass is held at rest, which is the exact
 * Ornstein-Uhlenbeck step on that subspace. */
extern PEL_API const struct pel_thermostat pel_thermostat_langevin;
/* Nose-Hoover chain of three (Martyna, Tuckerman, Tobias & Klein, Mol. Phys. 87:1117
 * (1996)), third-order Suzuki-Yoshida weights. */
extern PEL_API const struct pel_thermostat pel_thermostat_nose_hoover;

/* The k-th thermostat of the library, NULL past the last. */
PEL_API const struct pel_thermostat *pel_thermostat_at(size_t k);

/* The thermostat of a name.
 * Errors: PEL_EARG unknown name (the known ones are listed); *out is NULL then. */
PEL_API pel_status pel_thermostat_find(const char *name,
                                       const struct pel_thermostat **out,
                                       struct pel_error *err);

#endif /* PEL_THERMOSTAT_H */

#ifndef PEL_MD_H
#define PEL_MD_H

#include <pelrate/barostat.h>
#include <pelrate/potential.h>
#include <pelrate/random.h>
#include <pelrate/thermostat.h>

/* Molecular dynamics of one periodic structure.
 *
 * Units: eV, A, ps, g/mol, K, bar. Positions stay unwrapped: a trajectory is continuous.
 * Pressure is positive under compression. Tensors are xx yy zz xy xz yz.
 * The total momentum is zero and stays zero (3N-3 degrees of freedom), unless the
 * settings say that the atoms sit in an outer field. */

/* Where the dynamics gets its forces: pel_forces, or anything else that fills a
 * result. */
struct pel_md_forces {
    void *context; /* handed to evaluate; borrowed */
    /* Energy, forces and virial at x[3n] [A]; fills result->force, which is never
     * NULL. */
    pel_status (*evaluate)(void *context, const struct pel_cell *cell, const double x[],
                           struct pel_forces_result *result, struct pel_error *err);
};

/* The forces of a potential as a source for the dynamics; forces is borrowed. */
PEL_API struct pel_md_forces pel_md_forces_of(struct pel_forces *forces);

struct pel_md_settings {
    double timestep_ps;                      /* [ps], > 0 */
    const struct pel_thermostat *thermostat; /* borrowed; never NULL */
    double temperature_K;                    /* target [K]; > 0 unless nothing holds it */
    double thermostat_time_ps; /* Langevin: 1/friction; Nose-Hoover: period / 2 pi [ps],
                                  > 0 */
    const struct pel_barostat *barostat; /* borrowed; never NULL */
    double pressure_bar;                 /* target [bar] */
    double barostat_time_ps;             /* relaxation time of the volume [ps], > 0 */
    double compressibility_per_bar; /* of the matter, roughly [1/bar], > 0: only the ratio
                                       to barostat_time_ps matters */
    unsigned barostat_interval;     /* steps between two rescalings, >= 1 */
    int outer_field; /* 1: forces do not sum to zero, the momentum is free (3N degrees of
                        freedom) and never touched; 0: it stays zero */
};

/* 2 fs, Nose-Hoover at 300 K with 0.1 ps, constant volume; for a barostat 0 bar, 0.5 ps,
 * 1e-6/bar (100 GPa: metals), every 10 steps. */
PEL_API struct pel_md_settings pel_md_defaults(void);

/* A trajectory at one instant. Read what you like; change it through functions only. */
struct pel_md {
    struct pel_structure *structure; /* positions, velocities, cell; owned */
    struct pel_md_forces source;     /* borrowed */
    struct pel_md_settings settings;
    struct pel_random random;    /* noise of thermostat and barostat */
    double *force;               /* [3n] at the current positions [eV/A]; owned */
    double *mass;                /* [n] [g/mol]; owned */
    double potential_energy;     /* [eV] */
    double virial[6];            /* sum r_a f_b, xx yy zz xy xz yz [eV] */
    unsigned long long step;     /* steps done; time is step * timestep_ps */
    double bath[PEL_BATH_STATE]; /* the thermostat's own numbers, in its own units */
    double work; /* energy that rescalings and exchanges of atoms have put in [eV] */
};

/* Start from a structure (copied, with its velocities; without any, all are 0).
 *
 *   source      of the forces; what its context points to is borrowed until pel_md_free
 *   settings    copied
 *   random      state of the stream from which all noise is drawn (copied)
 *   out         receives the trajectory; release it with pel_md_free()
 *
 * A total momentum is taken out of the velocities, unless settings->outer_field.
 * Errors: PEL_EARG     a setting out of range, a mass that is not positive, fewer than
 *                      two atoms without outer field
 *         PEL_ENOCONV  the energy is not finite
 *         PEL_ENOMEM
 * and those of the forces, which are evaluated once. On error *out is NULL. */
PEL_API pel_status pel_md_create(struct pel_md_forces source,
                                 const struct pel_structure *structure,
                                 const struct pel_md_settings *settings,
                                 const struct pel_random *random, struct pel_md **out,
                                 struct pel_error *err);

/* Release a trajectory. NULL is allowed. */
PEL_API void pel_md_free(struct pel_md *md);

/* Draw velocities from the Maxwell distribution, without total momentum, then scale them
 * so that the temperature is exactly temperature_K [K], >= 0. */
PEL_API void pel_md_draw_velocities(struct pel_md *md, double temperature_K);

/* Change the target temperature [K].
 * Errors: PEL_EARG negative or not finite, or not positive where a thermostat or barostat
 * needs it. */
PEL_API pel_status pel_md_set_temperature(struct pel_md *md, double temperature_K,
                                          struct pel_error *err);

/* Evaluate the forces again from a source (the same, or a new one), at the current
 * positions. A source that keeps a neighbour list adds in an order that depends on the
 * list's age; starting it afresh is what makes a run repeatable from a checkpoint.
 * Errors: those of the source. */
PEL_API pel_status pel_md_set_forces(struct pel_md *md, struct pel_md_forces source,
                                     struct pel_error *err);

/* Take n_steps steps: velocity Verlet (Swope et al., J. Chem. Phys. 76:637 (1982)) with
 * the thermostat's parts, and every barostat_interval steps a rescaling with a new
 * evaluation of the forces, so that no pressure is stale.
 * Errors: PEL_ENOCONV energy or volume no longer finite, or a rescaling by more than a
 * factor of 1.2 in volume: the time step or a coupling is unfit; those of the forces. The
 * trajectory is then good for nothing but pel_md_free. */
PEL_API pel_status pel_md_run(struct pel_md *md, unsigned long long n_steps,
                              struct pel_error *err);

/* Time since the start [ps]. */
PEL_API double pel_md_time(const struct pel_md *md);
/* Degrees of freedom: 3N-3, or 3N in an outer field. */
PEL_API double pel_md_degrees(const struct pel_md *md);
/* Kinetic energy [eV]. */
PEL_API double pel_md_kinetic_energy(const struct pel_md *md);
/* Temperature [K]: 2 K / (degrees of freedom kB). */
PEL_API double pel_md_temperature(const struct pel_md *md);
/* Potential plus kinetic energy [eV]. */
PEL_API double pel_md_total_energy(const struct pel_md *md);
/* What the dynamics conserves while targets are held, up to the error of the time step
 * [eV]: total energy, plus the thermostat's, minus the work of rescalings and
 * exchanges. */
PEL_API double pel_md_conserved(const struct pel_md *md);
/* Pressure tensor [bar], xx yy zz xy xz yz: (sum m v_a v_b + virial) / V. */
PEL_API void pel_md_pressure_tensor(const struct pel_md *md, double pressure_bar[6]);
/* A third of its trace [bar]. */
PEL_API double pel_md_pressure(const struct pel_md *md);

#endif /* PEL_MD_H */

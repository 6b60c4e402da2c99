#ifndef PEL_ISOTHERM_H
#define PEL_ISOTHERM_H

#include <pelrate/md.h>
#include <pelrate/minimise.h>
#include <pelrate/progress.h>

/* Isothermal anneals: a glass is heated to a temperature (or a liquid cooled to it), held
 * there, and every so often the inherent structure (IS) below it is found: E_IS(t), the
 * ageing curve of Liu et al. (2020), Fig. 2. Several replicas start from the same atoms
 * with velocities and noise of their own; they run side by side on threads.
 *
 * Time 0 is the end of the ramp; during the ramp it is negative. Finding an IS works on a
 * copy: the trajectory does not notice, except that its neighbour list begins afresh.
 *
 * A replica depends on seed, its number, start and settings alone: not on how many
 * replicas there are, nor on threads, nor on how often it was interrupted. */

/* What a snapshot gave. Means are over the steps since the snapshot before; at time 0
 * they are the values of that instant, because the ramp is no state to average over. */
struct pel_isotherm_point {
    double time_ps;               /* since the end of the ramp [ps] */
    double e_is_eV_per_atom;      /* energy of the IS [eV/atom] */
    double is_pressure_bar;       /* pressure of the IS [bar] */
    double is_volume_A3_per_atom; /* volume of the IS [A^3/atom] */
    double pressure_bar;          /* mean of the dynamics [bar] */
    double temperature_K;         /* likewise, kinetic [K] */
    double volume_A3_per_atom;    /* likewise [A^3/atom] */
    double energy_eV_per_atom;    /* likewise, potential plus kinetic [eV/atom] */
};

/* One row of the log: means over the interval that ends at time_ps. */
struct pel_isotherm_row {
    double time_ps;               /* since the end of the ramp [ps]; < 0 in the ramp */
    double target_K;              /* target temperature at the end [K] */
    double temperature_K;         /* [K] */
    double pressure_bar;          /* [bar] */
    double volume_A3_per_atom;    /* [A^3/atom] */
    double energy_eV_per_atom;    /* potential plus kinetic energy [eV/atom] */
    double potential_eV_per_atom; /* potential energy [eV/atom] */
};

/* Who is shown each inherent structure. */
struct pel_isotherm_viewer {
    void *context; /* handed to see; borrowed */
    /* replica counts from 1; point and structure (the IS, without velocities) are borrowed
     * for the call. One call at a time, from any thread. Anything but PEL_OK ends the
     * run. After a kill some are shown again, the same to the last bit. */
    pel_status (*see)(void *context, size_t replica,
                      const struct pel_isotherm_point *point,
                      const struct pel_structure *structure, struct pel_error *err);
};

struct pel_isotherm_settings {
    uint64_t seed;        /* of velocities and noise */
    const char *label;    /* what is annealed, for checkpoints: one made under another
                             label is not resumed; borrowed; NULL: nothing is said */
    size_t replicas;      /* how many, >= 1 */
    double temperature_K; /* at which they are held [K], > 0 */
    double ramp_from_K;   /* where the ramp begins [K], > 0; NaN: the temperature of the
                             velocities that the structure has, 300 K where it has none */
    double ramp_time_ps;  /* of the linear ramp from there to temperature_K [ps], >= 0; 0:
                             held at temperature_K from the first step */
    double time_ps;       /* to be spent at temperature_K [ps], >= 0, a multiple of
                             is_interval_ps */
    double is_interval_ps;     /* time between two inherent structures [ps], > 0 */
    struct pel_md_settings md; /* time step, thermostat, barostat; its temperature_K is
                                  not used; a barostat of none keeps the volume */
    double row_interval_ps;    /* time between two rows of the log [ps], > 0; a run can
                                  stop, and be resumed, at rows */
    int keep_rows;             /* whether there is a log */
    double skin_A;             /* of the neighbour list [A] */
    int threads;               /* in all; 0: one for each replica, if there are as many;
                                  nothing of the result depends on it */
    enum pel_relax_cell relax; /* what of the cell finding an IS may change */
    double pressure_tolerance_bar;         /* of that [bar], > 0 */
    struct pel_minimise_settings minimise; /* of that */
    struct pel_isotherm_viewer viewer;     /* see NULL: nobody */
    const char *checkpoint_path;   /* where the state is kept, NULL: nowhere; borrowed */
    double checkpoint_interval_ps; /* time between two writings [ps], > 0 */
};

/* One replica at 600 K for 500 ps after a ramp of 5 ps, an IS every 50 ps: relaxed with
 * its volume to 1e-4 eV/A and 1 bar. 2 fs, Nose-Hoover chain 0.1 ps, stochastic cell
 * rescaling at 0 bar, a row every 1 ps but no log, no checkpoint (where there is one:
 * every 20 ps). */
PEL_API struct pel_isotherm_settings pel_isotherm_defaults(void);

/* How the replicas were set on their way. */
struct pel_isotherm_start {
    double ramp_from_K; /* where the ramp begins [K]; temperature_K without ramp */
    double drawn_K;     /* temperature that the velocities were drawn at [K] */
    double
        e_is_eV_per_atom; /* of the IS below the start, found as all others [eV/atom] */
};

/* Anneals on their way: structures, velocities, baths, random streams, curves. */
struct pel_isotherm;

/* Set out from a structure; it is copied for each replica. Velocities are drawn anew: at
 * the temperature where the ramp begins if the structure has some (it is a configuration
 * of that temperature), at twice that if it has none (it is a minimum: half of the kinetic
 * energy goes into vibration within a tenth of a picosecond).
 *
 *   potential   borrowed until pel_isotherm_free
 *   settings    copied; what they point to is borrowed until pel_isotherm_free
 *   out         receives the anneals; release them with pel_isotherm_free()
 *
 * Errors: PEL_EARG a setting out of range; those of forces, dynamics and minimiser;
 * PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_isotherm_create(const struct pel_potential *potential,
                                       const struct pel_structure *structure,
                                       const struct pel_isotherm_settings *settings,
                                       struct pel_isotherm **out, struct pel_error *err);

/* Go on from a checkpoint file; the run continues bit by bit as if it had not stopped.
 * time_ps may be longer than it was: the curves go on as if they had always been to.
 * Errors: PEL_EOPEN      cannot be opened
 *         PEL_EFORMAT    (FILE:LINE: ...) malformed or cut short
 *         PEL_EMISMATCH  written by a run with other settings or another potential (the
 *                        first difference is named), or beyond time_ps already
 *         PEL_EARG       a setting out of range
 *         PEL_ENOMEM
 * and those of the forces. On error *out is NULL. */
PEL_API pel_status pel_isotherm_resume(const struct pel_potential *potential,
                                       const char *path,
                                       const struct pel_isotherm_settings *settings,
                                       struct pel_isotherm **out, struct pel_error *err);

/* Release anneals. NULL is allowed. */
PEL_API void pel_isotherm_free(struct pel_isotherm *isotherm);

/* Write the state to a file, beside it first and then renamed: it is whole or absent.
 * Errors: PEL_EIO it cannot be written; PEL_ENOMEM. */
PEL_API pel_status pel_isotherm_save(const struct pel_isotherm *isotherm,
                                     const char *path, struct pel_error *err);

/* Run all replicas to the end. Returns at once where that is done. The state is in the
 * checkpoint file at the end too, if there is one.
 * Errors: PEL_ESTOPPED progress asked to stop: the state was saved if there is a
 * checkpoint_path, and calling again goes on; PEL_ENOCONV an IS that was not found within
 * the minimiser's evaluations; those of pel_md_run, of the viewer, of pel_isotherm_save.
 * The message names the replica. After an error other than PEL_ESTOPPED the anneals are
 * good for nothing but pel_isotherm_free. */
PEL_API pel_status pel_isotherm_run(struct pel_isotherm *isotherm,
                                    const struct pel_progress *progress,
                                    struct pel_error *err);

/* How they started; borrowed. */
PEL_API const struct pel_isotherm_start *
pel_isotherm_start(const struct pel_isotherm *isotherm);

/* Number of atoms; steps done by all replicas together. */
PEL_API size_t pel_isotherm_atoms(const struct pel_isotherm *isotherm);
PEL_API unsigned long long pel_isotherm_steps(const struct pel_isotherm *isotherm);

/* Curve and log of a replica (from 1) so far; *n receives the number of points or rows;
 * borrowed. */
PEL_API const struct pel_isotherm_point *
pel_isotherm_points(const struct pel_isotherm *isotherm, size_t replica, size_t *n);
PEL_API const struct pel_isotherm_row *
pel_isotherm_rows(const struct pel_isotherm *isotherm, size_t replica, size_t *n);

#endif /* PEL_ISOTHERM_H */

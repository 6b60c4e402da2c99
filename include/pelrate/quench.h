#ifndef PEL_QUENCH_H
#define PEL_QUENCH_H

#include <pelrate/md.h>
#include <pelrate/minimise.h>
#include <pelrate/progress.h>
#include <pelrate/settle.h>
#include <pelrate/swap.h>

/* Making a glass: melt, cool at a constant rate, on the way anneal where that is asked
 * for, minimise to the inherent structure. Atoms of unlike species may change places all
 * along (swap.h). */

struct pel_quench_settings {
    uint64_t seed;     /* of velocities and noise */
    const char *label; /* what is quenched, for checkpoints: one made under another
                          label is not resumed; borrowed; NULL: nothing is said */
    double melt_temperature_K; /* of the melt [K], >= end_temperature_K; equal: nothing is
                                  cooled, the melt itself is minimised */
    double melt_time_ps;       /* time spent there [ps], >= 0 */
    double cool_K_per_ps;      /* cooling rate [K/ps], > 0 */
    double end_temperature_K;  /* where cooling ends and minimisation begins [K], > 0 */
    double anneal_temperature_K; /* where cooling pauses [K], from end to melt; not read
                                    where anneal_time_ps is 0 */
    double anneal_time_ps;       /* for how long [ps], >= 0 */
    size_t swap_tries; /* exchanges of unlike atoms that are tried at a time; 0: none */
    double swap_interval_ps;   /* time between such times [ps], > 0 */
    struct pel_md_settings md; /* time step, thermostat, barostat; its temperature_K is
                                  not used; a barostat of none keeps the volume */
    double row_interval_ps;    /* time between two rows of the record [ps], > 0; a run can
                                  stop, and be resumed, at rows */
    double skin_A;             /* of the neighbour list [A] */
    int threads;               /* that share one evaluation of the forces, >= 1; nothing
                                  of the result depends on it */
    enum pel_relax_cell relax; /* what of the cell the last minimisation may change */
    double pressure_tolerance_bar;         /* of that minimisation [bar], > 0 */
    struct pel_minimise_settings minimise; /* of that minimisation */
    struct pel_settle_settings settle; /* what follows it; patience 0: nothing does. Its
                                          minimisations are made as the last one */
    const char *checkpoint_path;   /* where the state is kept, NULL: nowhere; borrowed */
    double checkpoint_interval_ps; /* time between two writings [ps], > 0 */
};

/* 2000 K for 20 ps, 100 K/ps to 300 K without pause or exchanges (where there are some:
 * every 0.1 ps), 2 fs, Nose-Hoover chain 0.1 ps, stochastic cell
 * rescaling at 0 bar, a row every 0.5 ps, isotropic relaxation to 1e-4 eV/A and 1 bar, no
 * settling, one thread, no checkpoint (where there is one: every 5 ps). */
PEL_API struct pel_quench_settings pel_quench_defaults(void);

/* One row of the record: means over the interval that ends at time_ps. */
struct pel_quench_row {
    double time_ps;            /* end of the interval [ps] */
    double target_K;           /* target temperature at the end [K] */
    double temperature_K;      /* [K] */
    double pressure_bar;       /* [bar] */
    double volume_A3_per_atom; /* [A^3/atom] */
    double energy_eV_per_atom; /* potential plus kinetic energy [eV/atom] */
    double swaps_tried;        /* exchanges in the interval, not means */
    double swaps_accepted;
};

/* What came out. */
struct pel_quench_report {
    double e_is_eV_per_atom;             /* energy of the inherent structure [eV/atom] */
    double volume_A3_per_atom;           /* of the inherent structure [A^3/atom] */
    double density_g_per_cm3;            /* of the inherent structure [g/cm^3] */
    double pressure_bar;                 /* of the inherent structure [bar] */
    unsigned long long steps;            /* of MD */
    struct pel_swap_count swaps;         /* exchanges, all along */
    struct pel_minimise_report minimise; /* of the minimum that was kept */
    struct pel_settle_report settle;     /* all 0 where nothing was settled */
};

/* A quench on its way: structure, velocities, bath, random stream, record. */
struct pel_quench;

/* Set out from a structure; it is copied. Velocities that it has are kept (a melt that
 * was equilibrated before), else they are drawn at the melt's temperature.
 *
 *   potential   borrowed until pel_quench_free
 *   settings    copied; what they point to is borrowed until pel_quench_free
 *   out         receives the quench; release it with pel_quench_free()
 *
 * A structure without velocities is first relaxed a little at constant volume.
 * Errors: PEL_EARG a setting out of range; those of forces and minimiser; PEL_ENOMEM.
 * On error *out is NULL. */
PEL_API pel_status pel_quench_create(const struct pel_potential *potential,
                                     const struct pel_structure *structure,
                                     const struct pel_quench_settings *settings,
                                     struct pel_quench **out, struct pel_error *err);

/* Go on from a checkpoint file; the run continues bit by bit as if it had not stopped, on
 * any number of threads, where the potential has the kernel that it had then
 * (pel_potential_set_kernel; the file does not say which).
 * Errors: PEL_EOPEN      cannot be opened
 *         PEL_EFORMAT    (FILE:LINE: ...) malformed or cut short
 *         PEL_EMISMATCH  written by a run with other settings or another potential (the
 *                        first difference is named)
 *         PEL_EARG       a setting out of range
 *         PEL_ENOMEM
 * and those of the forces. On error *out is NULL. */
PEL_API pel_status pel_quench_resume(const struct pel_potential *potential,
                                     const char *path,
                                     const struct pel_quench_settings *settings,
                                     struct pel_quench **out, struct pel_error *err);

/* Release a quench. NULL is allowed. */
PEL_API void pel_quench_free(struct pel_quench *quench);

/* Write the state to a file, beside it first and then renamed: it is whole or absent.
 * Errors: PEL_EIO it cannot be written; PEL_ENOMEM. */
PEL_API pel_status pel_quench_save(const struct pel_quench *quench, const char *path,
                                   struct pel_error *err);

/* Spend the time in the melt. Returns at once where that is done.
 * Errors: PEL_ESTOPPED progress asked to stop: the state was saved if there is a
 * checkpoint_path, and calling again goes on; those of pel_md_run, of pel_quench_save. */
PEL_API pel_status pel_quench_melt(struct pel_quench *quench,
                                   const struct pel_progress *progress,
                                   struct pel_error *err);

/* Melt (if that is not done), cool, anneal on the way, minimise, settle.
 *   report   receives what came out; may be NULL
 * Errors: those of pel_quench_melt; PEL_ENOCONV also where the minimiser gives up; those
 * of pel_settle. Stopped while settling, a resumed run settles from the start again. */
PEL_API pel_status pel_quench_run(struct pel_quench *quench,
                                  const struct pel_progress *progress,
                                  struct pel_quench_report *report,
                                  struct pel_error *err);

/* The structure as it is now (after pel_quench_run: the inherent structure, without
 * velocities, wrapped into the cell); borrowed. */
PEL_API const struct pel_structure *pel_quench_structure(const struct pel_quench *quench);

/* The record so far; *n receives the number of rows; borrowed. */
PEL_API const struct pel_quench_row *pel_quench_rows(const struct pel_quench *quench,
                                                     size_t *n);

#endif /* PEL_QUENCH_H */

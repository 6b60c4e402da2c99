/* Not for users: isothermal anneals from inside, for the code that keeps them in files. */
#ifndef PEL_ISOTHERM_PRIV_H
#define PEL_ISOTHERM_PRIV_H

#include "state_priv.h"

#include <pelrate/isotherm.h>

/* What means are made of: sums over steps. All numbers, so that a file can hold them. */
struct pel_isotherm_sums {
    double steps;       /* that were added */
    double temperature; /* [K] */
    double pressure;    /* [bar] */
    double volume;      /* [A^3/atom] */
    double energy;      /* [eV/atom] */
    double potential;   /* [eV/atom] */
};
enum { PEL_ISOTHERM_SUMS = 6 }; /* numbers in it */

struct pel_isotherm_replica {
    struct pel_forces *forces; /* owned */
    struct pel_md *md;         /* owned; at a row whenever no call is running */
    struct pel_isotherm_sums since_point; /* since the last snapshot */
    struct pel_isotherm_sums since_row;   /* since the last row */
    struct pel_isotherm_point *points;    /* [points_alloc], n_points used; owned */
    size_t n_points;
    size_t points_alloc;
    struct pel_isotherm_row *rows; /* [rows_alloc], n_rows used; owned */
    size_t n_rows;
    size_t rows_alloc;
};

struct pel_isotherm {
    const struct pel_potential *potential; /* borrowed */
    struct pel_isotherm_settings settings;
    struct pel_isotherm_start start;
    struct pel_isotherm_replica *replicas; /* [settings.replicas]; owned */
};

/* What of settings and potential decides a replica: see pel_state_describe. Neither the
 * time that is to be spent nor who looks on. */
int pel_isotherm_describe(const struct pel_potential *potential,
                          const struct pel_isotherm_settings *settings, int i,
                          char text[PEL_STATE_TEXT]);

/* Anneals without structures. Errors: as pel_isotherm_create. */
pel_status pel_isotherm_empty(const struct pel_potential *potential,
                              const struct pel_isotherm_settings *settings,
                              struct pel_isotherm **out, struct pel_error *err);

/* Put replica k (from 0) around a structure with velocities, which is copied. */
pel_status pel_isotherm_place(struct pel_isotherm *isotherm, size_t k,
                              const struct pel_structure *structure,
                              struct pel_error *err);

/* Steps of the ramp, and until the end. */
unsigned long long pel_isotherm_ramp_steps(const struct pel_isotherm_settings *settings);
unsigned long long pel_isotherm_all_steps(const struct pel_isotherm_settings *settings);

#endif /* PEL_ISOTHERM_PRIV_H */

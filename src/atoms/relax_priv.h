#ifndef PEL_RELAX_PRIV_H
#define PEL_RELAX_PRIV_H

#include "minimise_priv.h"

/* Positions and cell together as one surface (relax.c says how). */
struct pel_strained {
    struct pel_forces *forces;   /* borrowed */
    const struct pel_cell *cell; /* at the start; borrowed */
    size_t n;                    /* atoms */
    int strains;                 /* 1 isotropic, 6 full */
    double scale;                /* coordinate per strain [A] */
    double *x;                   /* [3n] real positions [A]; owned by the caller */
    double force_tolerance;      /* [eV/A] */
    double pressure_tolerance;   /* [bar] */
    double max_force;            /* of the last evaluation [eV/A] */
    double pressure[6];          /* of the last evaluation [bar] */
    struct pel_cell now;         /* of the last evaluation */
};

/* The surface: y[3n + strains], context a struct pel_strained whose inputs are filled. */
pel_status pel_strained_evaluate(void *context, const double y[], double *energy,
                                 double gradient[], struct pel_error *err);

#endif /* PEL_RELAX_PRIV_H */

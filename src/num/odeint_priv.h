#ifndef PEL_ODEINT_PRIV_H
#define PEL_ODEINT_PRIV_H

/* The solver behind odeint.h, for the noun that adds sensitivities to it. Not for users. */

#include <pelrate/odeint.h>

#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>

struct pel_odesens;

struct pel_odeint {
    struct pel_odeint_system system;
    struct pel_odeint_settings settings;
    SUNContext context;     /* owned */
    void *cvode;            /* owned */
    N_Vector y;             /* [n] owned */
    N_Vector dense;         /* [n] owned, scratch of dense() */
    SUNMatrix matrix;       /* [n, n] owned */
    SUNLinearSolver solver; /* owned */
    double *jacobian;       /* [n * n] rows as our callback gives them, owned */
    double t;               /* reached */
    double step;            /* last step */
    double t_stop;
    size_t steps_since_restart;
    struct pel_odeint_stats before; /* sums up to the last restart */
    char reason[256];               /* last message of CVODES */
    struct pel_odesens *sens;       /* who solves for sensitivities with it; borrowed */
};

#endif /* PEL_ODEINT_PRIV_H */

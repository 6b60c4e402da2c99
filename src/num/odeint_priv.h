#ifndef PEL_ODEINT_PRIV_H
#define PEL_ODEINT_PRIV_H

/* What is behind odeint.h, for the noun that adds sensitivities to it. Not for users. No
 * header names a type of SUNDIALS: its objects go by as void *. */

#include <pelrate/odeint.h>

struct pel_odesens;

/* The memory of CVODES, and a vector of length n to clone (an N_Vector); both stay ode's. */
void *pel_odeint_solver(struct pel_odeint *ode);
void *pel_odeint_vector(struct pel_odeint *ode);

/* What was asked for. Borrowed. */
const struct pel_odeint_system *pel_odeint_system(const struct pel_odeint *ode);
const struct pel_odeint_settings *pel_odeint_settings(const struct pel_odeint *ode);

/* Last message of CVODES; "": none. Borrowed. */
const char *pel_odeint_reason(const struct pel_odeint *ode);

/* CVODES hands ode to every callback: who solves for sensitivities with it is found there.
 * Borrowed. */
void pel_odeint_attach(struct pel_odeint *ode, struct pel_odesens *sens);
struct pel_odesens *pel_odeint_attached(const struct pel_odeint *ode);

#endif /* PEL_ODEINT_PRIV_H */

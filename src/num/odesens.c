#include <pelrate/odesens.h>

#include "odeint_priv.h"

#include <cvodes/cvodes.h>
#include <math.h>
#include <nvector/nvector_serial.h>
#include <stdlib.h>
#include <string.h>

struct pel_odesens {
    struct pel_odesens_system system;
    struct pel_odeint *ode; /* owned */
    double *scale;          /* [m] owned */
    double *jacobian;       /* [n * n] df/dy, owned */
    double *by;             /* [m * n] df/dp, owned */
    N_Vector *s;            /* [m] sensitivities, owned */
    N_Vector dense;         /* [n] owned, scratch of dense() */
};

void pel_odesens_free(struct pel_odesens *sens)
{
    if (sens == NULL) return;
    if (sens->s != NULL) N_VDestroyVectorArray(sens->s, (int)sens->system.m);
    if (sens->dense != NULL) N_VDestroy(sens->dense);
    pel_odeint_free(sens->ode);
    free(sens->scale);
    free(sens->jacobian);
    free(sens->by);
    free(sens);
}

/* All right-hand sides at one (t, y): df/dy and df/dp are evaluated once for them. */
static int call_rhs(int m, realtype t, N_Vector y, N_Vector dydt, N_Vector *s,
                    N_Vector *dsdt, void *data, N_Vector t1, N_Vector t2)
{
    (void)dydt, (void)t1, (void)t2;
    struct pel_odesens *sens = pel_odeint_attached(data);
    const struct pel_odeint_system *ode = &sens->system.ode;
    const size_t n = ode->n;
    const double *at = N_VGetArrayPointer(y);
    int code = ode->jacobian(t, at, sens->jacobian, ode->context);
    if (code != 0) return code;
    code = sens->system.by_parameter(t, at, sens->by, ode->context);
    if (code != 0) return code;
    for (size_t k = 0; k < (size_t)m; k++) {
        const double *sk = N_VGetArrayPointer(s[k]);
        double *out = N_VGetArrayPointer(dsdt[k]);
        for (size_t i = 0; i < n; i++) {
            out[i] = sens->by[k * n + i];
            for (size_t j = 0; j < n; j++)
                out[i] += sens->jacobian[i * n + j] * sk[j];
        }
    }
    return 0;
}

static pel_status set_sensitivities(struct pel_odesens *sens, const double s0[],
                                    struct pel_error *err)
{
    const size_t n = sens->system.ode.n;
    for (size_t i = 0; i < sens->system.m * n; i++)
        if (!isfinite(s0[i]))
            return pel_error_set(err, PEL_EARG,
                                 "integration: sensitivity %zu is not finite", i);
    for (size_t k = 0; k < sens->system.m; k++)
        memcpy(N_VGetArrayPointer(sens->s[k]), s0 + k * n, n * sizeof *s0);
    return PEL_OK;
}

/* Solver objects beside those of ode. 0, or -1 when something is not there. */
static int set_up(struct pel_odesens *sens)
{
    void *cvode = pel_odeint_solver(sens->ode);
    const struct pel_odeint_settings *set = pel_odeint_settings(sens->ode);
    const size_t m = sens->system.m;
    const double slack = sens->system.slack > 0.0 ? sens->system.slack : 1.0;
    double *atol = calloc(m, sizeof *atol);
    if (atol == NULL) return -1;
    for (size_t k = 0; k < m; k++)
        atol[k] = slack * set->atol / sens->scale[k];
    const int failed =
        CVodeSensInit(cvode, (int)m, CV_STAGGERED, call_rhs, sens->s) != CV_SUCCESS ||
        CVodeSensSStolerances(cvode, slack * set->rtol, atol) != CV_SUCCESS ||
        CVodeSetSensErrCon(cvode, SUNTRUE) != CV_SUCCESS;
    free(atol);
    return failed ? -1 : 0;
}

pel_status pel_odesens_create(const struct pel_odesens_system *system,
                              const struct pel_odeint_settings *settings, double t0,
                              const double y0[], const double s0[], double t_stop,
                              struct pel_odesens **out, struct pel_error *err)
{
    *out = NULL;
    const size_t m = system->m, n = system->ode.n;
    if (m == 0 || system->by_parameter == NULL || system->scale == NULL)
        return pel_error_set(err, PEL_EARG,
                             "integration: sensitivities need parameters, their sizes "
                             "and df/dp");
    for (size_t k = 0; k < m; k++)
        if (!(system->scale[k] > 0.0 && isfinite(system->scale[k])))
            return pel_error_set(err, PEL_EARG,
                                 "integration: size of parameter %zu is %g, expected > 0",
                                 k, system->scale[k]);
    struct pel_odesens *sens = calloc(1, sizeof *sens);
    if (sens == NULL) return pel_error_set(err, PEL_ENOMEM, "integration: out of memory");
    sens->system = *system;
    pel_status status =
        pel_odeint_create(&system->ode, settings, t0, y0, t_stop, &sens->ode, err);
    if (status != PEL_OK) goto fail;
    pel_odeint_attach(sens->ode, sens);
    sens->scale = calloc(m, sizeof *sens->scale);
    sens->jacobian = calloc(n * n, sizeof *sens->jacobian);
    sens->by = calloc(m * n, sizeof *sens->by);
    sens->s = N_VCloneVectorArray((int)m, pel_odeint_vector(sens->ode));
    sens->dense = N_VClone(pel_odeint_vector(sens->ode));
    status = PEL_ENOMEM;
    if (sens->scale == NULL || sens->jacobian == NULL || sens->by == NULL ||
        sens->s == NULL || sens->dense == NULL)
        goto no_memory;
    memcpy(sens->scale, system->scale, m * sizeof *sens->scale);
    sens->system.scale = sens->scale;
    status = set_sensitivities(sens, s0, err);
    if (status != PEL_OK) goto fail;
    if (set_up(sens) != 0) goto no_memory;
    *out = sens;
    return PEL_OK;
no_memory:
    status = pel_error_set(err, PEL_ENOMEM, "integration: cannot set up CVODES");
fail:
    pel_odesens_free(sens);
    return status;
}

pel_status pel_odesens_restart(struct pel_odesens *sens, double t0, const double y0[],
                               const double s0[], double t_stop, struct pel_error *err)
{
    pel_status status = pel_odeint_restart(sens->ode, t0, y0, t_stop, err);
    if (status == PEL_OK) status = set_sensitivities(sens, s0, err);
    if (status != PEL_OK) return status;
    if (CVodeSensReInit(pel_odeint_solver(sens->ode), CV_STAGGERED, sens->s) !=
        CV_SUCCESS)
        return pel_error_set(err, PEL_ENOCONV, "integration at t = %.9g: %s", t0,
                             pel_odeint_reason(sens->ode));
    return PEL_OK;
}

pel_status pel_odesens_step(struct pel_odesens *sens, double *t, double *step, double y[],
                            struct pel_error *err)
{
    return pel_odeint_step(sens->ode, t, step, y, err);
}

pel_status pel_odesens_dense(const struct pel_odesens *sens, double t, int order,
                             double y[], double s[], struct pel_error *err)
{
    const pel_status status = pel_odeint_dense(sens->ode, t, order, y, err);
    if (status != PEL_OK) return status;
    const size_t n = sens->system.ode.n;
    for (size_t k = 0; k < sens->system.m; k++) {
        if (CVodeGetSensDky1(pel_odeint_solver(sens->ode), t, order, (int)k,
                             sens->dense) != CV_SUCCESS)
            return pel_error_set(err, PEL_EARG,
                                 "dense output at t = %.9g: not in the last step", t);
        memcpy(s + k * n, N_VGetArrayPointer(sens->dense), n * sizeof *s);
    }
    return PEL_OK;
}

struct pel_odeint_stats pel_odesens_stats(const struct pel_odesens *sens)
{
    return pel_odeint_stats(sens->ode);
}

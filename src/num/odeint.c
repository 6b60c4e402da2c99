#include "odeint_priv.h"

#include <cvodes/cvodes.h>
#include <float.h>
#include <math.h>
#include <nvector/nvector_serial.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sundials/sundials_config.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>

#if SUNDIALS_VERSION_MAJOR != 6
#error "written for SUNDIALS 6: the error handler and the context differ in others"
#endif

/* Highest order of BDF in CVODES. */
enum { MOST_ORDER = 5 };

/* One equation: the solver's polynomial of the last step, y = sum c[k] x^k with x = (t -
 * end)/h. */
struct polynomial {
    int order; /* -1: not read yet */
    double end, h;
    double c[MOST_ORDER + 1];
};

struct pel_odeint {
    struct pel_odeint_system system;
    struct pel_odeint_settings settings;
    SUNContext context;     /* owned */
    void *cvode;            /* owned */
    N_Vector y;             /* [n] owned */
    N_Vector dense;         /* [n] owned, scratch of dense() */
    N_Vector terms;         /* [MOST_ORDER + 1] owned, keeps the terms of a sum; n = 1 */
    SUNMatrix matrix;       /* [n, n] owned */
    SUNLinearSolver solver; /* owned */
    double *jacobian;       /* [n * n] rows as our callback gives them, owned */
    double t;               /* reached */
    double step;            /* last step */
    double t_stop;
    size_t steps_since_restart;
    struct pel_odeint_stats before; /* sums up to the last restart */
    struct polynomial last;         /* n = 1 */
    char reason[256];               /* last message of CVODES */
    struct pel_odesens *sens;       /* borrowed */
};

void *pel_odeint_solver(struct pel_odeint *ode)
{
    return ode->cvode;
}

void *pel_odeint_vector(struct pel_odeint *ode)
{
    return ode->y;
}

const struct pel_odeint_system *pel_odeint_system(const struct pel_odeint *ode)
{
    return &ode->system;
}

const struct pel_odeint_settings *pel_odeint_settings(const struct pel_odeint *ode)
{
    return &ode->settings;
}

const char *pel_odeint_reason(const struct pel_odeint *ode)
{
    return ode->reason;
}

void pel_odeint_attach(struct pel_odeint *ode, struct pel_odesens *sens)
{
    ode->sens = sens;
}

struct pel_odesens *pel_odeint_attached(const struct pel_odeint *ode)
{
    return ode->sens;
}

struct pel_odeint_settings pel_odeint_settings_defaults(void)
{
    return (struct pel_odeint_settings){
        .rtol = 1e-8, .atol = 1e-12, .max_steps = 1000000};
}

static int call_rhs(realtype t, N_Vector y, N_Vector dydt, void *data)
{
    struct pel_odeint *ode = data;
    return ode->system.rhs(t, N_VGetArrayPointer(y), N_VGetArrayPointer(dydt),
                           ode->system.context);
}

static int call_jacobian(realtype t, N_Vector y, N_Vector fy, SUNMatrix matrix,
                         void *data, N_Vector t1, N_Vector t2, N_Vector t3)
{
    (void)fy, (void)t1, (void)t2, (void)t3;
    struct pel_odeint *ode = data;
    const size_t n = ode->system.n;
    const int code = ode->system.jacobian(t, N_VGetArrayPointer(y), ode->jacobian,
                                          ode->system.context);
    if (code != 0) return code;
    for (size_t j = 0; j < n; j++) {
        double *column = SUNDenseMatrix_Column(matrix, (sunindextype)j);
        for (size_t i = 0; i < n; i++)
            column[i] = ode->jacobian[i * n + j];
    }
    return 0;
}

/* Instead of printing on standard error. */
static void keep_message(int code, const char *module, const char *function,
                         char *message, void *data)
{
    (void)code, (void)module;
    struct pel_odeint *ode = data;
    snprintf(ode->reason, sizeof ode->reason, "%s: %s", function, message);
}

static pel_status refuse(struct pel_odeint *ode, pel_status status, struct pel_error *err)
{
    return pel_error_set(err, status, "integration at t = %.9g: %s", ode->t,
                         ode->reason[0] != '\0' ? ode->reason : "set-up failed");
}

void pel_odeint_free(struct pel_odeint *ode)
{
    if (ode == NULL) return;
    if (ode->cvode != NULL) CVodeFree(&ode->cvode);
    if (ode->solver != NULL) SUNLinSolFree(ode->solver);
    if (ode->matrix != NULL) SUNMatDestroy(ode->matrix);
    if (ode->y != NULL) N_VDestroy(ode->y);
    if (ode->dense != NULL) N_VDestroy(ode->dense);
    if (ode->terms != NULL) N_VDestroy(ode->terms);
    if (ode->context != NULL) SUNContext_Free(&ode->context);
    free(ode->jacobian);
    free(ode);
}

/* ---- one equation ------------------------------------------------------------------ */

/* With one equation CVODES spends a third of its time in the loops of its vectors and
 * matrices, which run once. The same operations without them. */

static double *only(N_Vector v)
{
    return NV_DATA_S(v);
}

static void linear_sum_of_one(realtype a, N_Vector x, realtype b, N_Vector y, N_Vector z)
{
    *only(z) = a * *only(x) + b * *only(y);
}

static void scale_one(realtype c, N_Vector x, N_Vector z)
{
    *only(z) = c * *only(x);
}

static void set_one(realtype c, N_Vector z)
{
    *only(z) = c;
}

static void magnitude_of_one(N_Vector x, N_Vector z)
{
    *only(z) = fabs(*only(x));
}

static void add_to_one(N_Vector x, realtype b, N_Vector z)
{
    *only(z) = *only(x) + b;
}

static void invert_one(N_Vector x, N_Vector z)
{
    *only(z) = 1.0 / *only(x);
}

static realtype norm_of_one(N_Vector x, N_Vector w)
{
    return fabs(*only(x) * *only(w));
}

static int combine_ones(int n, realtype *c, N_Vector *x, N_Vector z)
{
    double sum = c[0] * *only(x[0]);
    for (int i = 1; i < n; i++)
        sum = c[i] * *only(x[i]) + sum;
    *only(z) = sum;
    return 0;
}

static int add_to_ones(int n, realtype *a, N_Vector x, N_Vector *y, N_Vector *z)
{
    for (int i = 0; i < n; i++)
        *only(z[i]) = a[i] * *only(x) + *only(y[i]);
    return 0;
}

/* Instead of a sum: its terms without their factors. */
static int keep_terms(int n, realtype *c, N_Vector *x, N_Vector z)
{
    (void)c;
    if (n > MOST_ORDER + 1) return -1;
    for (int i = 0; i < n; i++)
        NV_DATA_S(z)[i] = *only(x[i]);
    return 0;
}

/* Clones have the operations of what they are cloned from. */
static void use_ones(N_Vector v)
{
    v->ops->nvlinearsum = linear_sum_of_one;
    v->ops->nvscale = scale_one;
    v->ops->nvconst = set_one;
    v->ops->nvabs = magnitude_of_one;
    v->ops->nvaddconst = add_to_one;
    v->ops->nvinv = invert_one;
    v->ops->nvwrmsnorm = norm_of_one;
    v->ops->nvlinearcombination = combine_ones;
    v->ops->nvscaleaddmulti = add_to_ones;
}

static int copy_one_by_one(SUNMatrix a, SUNMatrix b)
{
    SM_DATA_D(b)[0] = SM_DATA_D(a)[0];
    return SUNMAT_SUCCESS;
}

static int add_identity_to_one_by_one(realtype c, SUNMatrix a)
{
    SM_DATA_D(a)[0] = c * SM_DATA_D(a)[0] + 1.0;
    return SUNMAT_SUCCESS;
}

static int check_one_by_one(SUNLinearSolver solver, SUNMatrix a)
{
    (void)solver;
    return SM_DATA_D(a)[0] != 0.0 ? SUNLS_SUCCESS : SUNLS_LUFACT_FAIL;
}

static int solve_one_by_one(SUNLinearSolver solver, SUNMatrix a, N_Vector x, N_Vector b,
                            realtype tolerance)
{
    (void)solver, (void)tolerance;
    *only(x) = *only(b) / SM_DATA_D(a)[0];
    return SUNLS_SUCCESS;
}

/* Solver objects that live as long as ode. 0, or -1 when something is not there. */
static int set_up(struct pel_odeint *ode, double t0)
{
    const sunindextype n = (sunindextype)ode->system.n;
    const struct pel_odeint_settings *set = &ode->settings;
    if (SUNContext_Create(NULL, &ode->context) != 0) return -1;
    ode->y = N_VNew_Serial(n, ode->context);
    ode->dense = N_VNew_Serial(n, ode->context);
    ode->matrix = SUNDenseMatrix(n, n, ode->context);
    ode->jacobian = calloc(ode->system.n * ode->system.n, sizeof *ode->jacobian);
    ode->cvode = CVodeCreate(CV_BDF, ode->context);
    if (ode->y == NULL || ode->dense == NULL || ode->matrix == NULL ||
        ode->jacobian == NULL || ode->cvode == NULL)
        return -1;
    if (n == 1) {
        use_ones(ode->y);
        use_ones(ode->dense);
        ode->terms = N_VNew_Serial(MOST_ORDER + 1, ode->context);
        if (ode->terms == NULL) return -1;
        ode->terms->ops->nvlinearcombination = keep_terms;
    }
    ode->solver = SUNLinSol_Dense(ode->y, ode->matrix, ode->context);
    if (ode->solver == NULL) return -1;
    if (n == 1) {
        ode->matrix->ops->copy = copy_one_by_one;
        ode->matrix->ops->scaleaddi = add_identity_to_one_by_one;
        ode->solver->ops->setup = check_one_by_one;
        ode->solver->ops->solve = solve_one_by_one;
    }
    N_VConst(0.0, ode->y);
    /* CVODES' own default of 10 Newton failures in a row and 7 error failures stay. */
    if (CVodeSetErrHandlerFn(ode->cvode, keep_message, ode) != CV_SUCCESS ||
        CVodeInit(ode->cvode, call_rhs, t0, ode->y) != CV_SUCCESS ||
        CVodeSetUserData(ode->cvode, ode) != CV_SUCCESS ||
        CVodeSStolerances(ode->cvode, set->rtol, set->atol) != CV_SUCCESS ||
        CVodeSetLinearSolver(ode->cvode, ode->solver, ode->matrix) != CVLS_SUCCESS ||
        CVodeSetJacFn(ode->cvode, call_jacobian) != CVLS_SUCCESS ||
        CVodeSetJacEvalFrequency(ode->cvode, 1) != CVLS_SUCCESS ||
        CVodeSetLSetupFrequency(ode->cvode, 1) != CV_SUCCESS ||
        CVodeSetMaxHnilWarns(ode->cvode, -1) != CV_SUCCESS ||
        CVodeSetMaxStep(ode->cvode, set->max_step) != CV_SUCCESS)
        return -1;
    return 0;
}

static pel_status start(struct pel_odeint *ode, double t0, const double y0[],
                        double t_stop, struct pel_error *err)
{
    if (!(isfinite(t0) && isfinite(t_stop) && t_stop > t0))
        return pel_error_set(err, PEL_EARG, "integration from %g to %g: not an interval",
                             t0, t_stop);
    for (size_t i = 0; i < ode->system.n; i++)
        if (!isfinite(y0[i]))
            return pel_error_set(err, PEL_EARG, "integration: y[%zu] is not finite", i);
    memcpy(N_VGetArrayPointer(ode->y), y0, ode->system.n * sizeof *y0);
    ode->t = t0;
    ode->step = 0.0;
    ode->t_stop = t_stop;
    ode->steps_since_restart = 0;
    ode->last.order = -1;
    if (CVodeReInit(ode->cvode, t0, ode->y) != CV_SUCCESS ||
        CVodeSetInitStep(ode->cvode, ode->settings.initial_step) != CV_SUCCESS ||
        CVodeSetStopTime(ode->cvode, t_stop) != CV_SUCCESS)
        return refuse(ode, PEL_ENOCONV, err);
    return PEL_OK;
}

pel_status pel_odeint_create(const struct pel_odeint_system *system,
                             const struct pel_odeint_settings *settings, double t0,
                             const double y0[], double t_stop, struct pel_odeint **out,
                             struct pel_error *err)
{
    *out = NULL;
    const struct pel_odeint_settings set =
        settings != NULL ? *settings : pel_odeint_settings_defaults();
    if (system->n == 0 || system->rhs == NULL || system->jacobian == NULL)
        return pel_error_set(err, PEL_EARG,
                             "integration: a system with rhs and Jacobian");
    if (!(set.rtol >= 0.0 && set.atol >= 0.0 && set.rtol + set.atol > 0.0 &&
          set.max_step >= 0.0 && set.initial_step >= 0.0))
        return pel_error_set(
            err, PEL_EARG,
            "integration: tolerances and steps must not be negative (rtol "
            "%g, atol %g)",
            set.rtol, set.atol);
    struct pel_odeint *ode = calloc(1, sizeof *ode);
    if (ode == NULL) return pel_error_set(err, PEL_ENOMEM, "integration: out of memory");
    ode->system = *system;
    ode->settings = set;
    pel_status status;
    if (set_up(ode, t0) != 0)
        status = pel_error_set(err, PEL_ENOMEM, "integration: cannot set up CVODES");
    else
        status = start(ode, t0, y0, t_stop, err);
    if (status != PEL_OK) {
        pel_odeint_free(ode);
        return status;
    }
    *out = ode;
    return PEL_OK;
}

/* What CVODES counted since its last re-initialisation. */
static struct pel_odeint_stats count(void *cvode)
{
    long steps = 0, rhs = 0, jacobians = 0, newton = 0, newton_fails = 0, error_fails = 0;
    CVodeGetNumSteps(cvode, &steps);
    CVodeGetNumRhsEvals(cvode, &rhs);
    CVodeGetNumJacEvals(cvode, &jacobians);
    CVodeGetNumNonlinSolvIters(cvode, &newton);
    CVodeGetNumNonlinSolvConvFails(cvode, &newton_fails);
    CVodeGetNumErrTestFails(cvode, &error_fails);
    return (struct pel_odeint_stats){.steps = (size_t)steps,
                                     .evaluations = (size_t)rhs,
                                     .jacobians = (size_t)jacobians,
                                     .newton_iterations = (size_t)newton,
                                     .newton_failures = (size_t)newton_fails,
                                     .error_failures = (size_t)error_fails};
}

struct pel_odeint_stats pel_odeint_stats(const struct pel_odeint *ode)
{
    struct pel_odeint_stats sum = ode->before;
    const struct pel_odeint_stats now = count(ode->cvode);
    sum.steps += now.steps;
    sum.evaluations += now.evaluations;
    sum.jacobians += now.jacobians;
    sum.newton_iterations += now.newton_iterations;
    sum.newton_failures += now.newton_failures;
    sum.error_failures += now.error_failures;
    return sum;
}

void pel_odeint_first_step(struct pel_odeint *ode, double step)
{
    ode->settings.initial_step = step >= 0.0 ? step : 0.0;
}

pel_status pel_odeint_restart(struct pel_odeint *ode, double t0, const double y0[],
                              double t_stop, struct pel_error *err)
{
    const struct pel_odeint_stats sum = pel_odeint_stats(ode);
    const pel_status status = start(ode, t0, y0, t_stop, err);
    if (status != PEL_OK) return status;
    ode->before = sum;
    ode->before.restarts++;
    return PEL_OK;
}

pel_status pel_odeint_step(struct pel_odeint *ode, double *t, double *step, double y[],
                           struct pel_error *err)
{
    if (ode->steps_since_restart >= ode->settings.max_steps)
        return pel_error_set(err, PEL_ENOCONV,
                             "integration at t = %.9g: more than %zu steps", ode->t,
                             ode->settings.max_steps);
    if (!(ode->t < ode->t_stop))
        return pel_error_set(err, PEL_EARG, "integration: the end %g is reached",
                             ode->t_stop);
    ode->reason[0] = '\0';
    ode->last.order = -1;
    realtype reached = ode->t;
    const int code = CVode(ode->cvode, ode->t_stop, ode->y, &reached, CV_ONE_STEP);
    if (code != CV_SUCCESS && code != CV_TSTOP_RETURN) {
        ode->t = reached;
        return refuse(ode, PEL_ENOCONV, err);
    }
    /* A step may end within rounding of the stop time without being told so. */
    ode->step = reached - ode->t;
    ode->t = code == CV_TSTOP_RETURN ? ode->t_stop : reached;
    ode->steps_since_restart++;
    *t = ode->t;
    *step = ode->step;
    memcpy(y, N_VGetArrayPointer(ode->y), ode->system.n * sizeof *y);
    return PEL_OK;
}

/* Read the polynomial of the last step. 0, or -1: it cannot be had so. CVodeGetDky sums the
 * columns of the history array, the highest power first: one call that keeps them, instead
 * of one call for every point at which they are wanted. */
static int read_polynomial(struct pel_odeint *ode)
{
    struct polynomial *p = &ode->last;
    int order;
    if (CVodeGetLastOrder(ode->cvode, &order) != CV_SUCCESS || order < 1 ||
        order > MOST_ORDER || CVodeGetCurrentTime(ode->cvode, &p->end) != CV_SUCCESS ||
        CVodeGetLastStep(ode->cvode, &p->h) != CV_SUCCESS ||
        CVodeGetDky(ode->cvode, p->end, 0, ode->terms) != CV_SUCCESS)
        return -1;
    const double *terms = N_VGetArrayPointer(ode->terms);
    for (int k = 0; k <= order; k++)
        p->c[k] = terms[order - k];
    p->order = order;
    return 0;
}

/* The polynomial at t, or -1 where it is not known: outside the last step, or in one so
 * short that its derivatives are no numbers. */
static int evaluate_polynomial(struct pel_odeint *ode, double t, int derivative,
                               double *y)
{
    struct polynomial *p = &ode->last;
    if (p->order < 0 && read_polynomial(ode) != 0) return -1;
    const double x = (t - p->end) / p->h;
    if (!(t <= ode->t && x >= -1.0)) return -1;
    double value = 0.0, slope = 0.0;
    for (int k = p->order; k >= 0; k--) {
        slope = slope * x + value;
        value = value * x + p->c[k];
    }
    *y = derivative ? slope / p->h : value;
    return isfinite(*y) ? 0 : -1;
}

pel_status pel_odeint_dense(struct pel_odeint *ode, double t, int order, double y[],
                            struct pel_error *err)
{
    if (order != 0 && order != 1)
        return pel_error_set(err, PEL_EARG, "dense output: order %d, expected 0 or 1",
                             order);
    if (ode->system.n == 1 && evaluate_polynomial(ode, t, order, y) == 0) return PEL_OK;
    if (CVodeGetDky(ode->cvode, t, order, ode->dense) != CV_SUCCESS)
        return pel_error_set(
            err, PEL_EARG,
            "dense output: t = %.17g is not within the last step [%.17g, "
            "%.17g]",
            t, ode->t - ode->step, ode->t);
    memcpy(y, N_VGetArrayPointer(ode->dense), ode->system.n * sizeof *y);
    return PEL_OK;
}

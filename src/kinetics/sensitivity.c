#include <pelrate/sensitivity.h>

#include <pelrate/constants.h>
#include <pelrate/odesens.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pel_sensitivity_settings pel_sensitivity_settings_defaults(void)
{
    return (struct pel_sensitivity_settings){.cool_K_per_s = 20.0,
                                             .heat_K_per_s = 1.0,
                                             .start_K = 900.0,
                                             .bottom_K = 300.0,
                                             .e_start = NAN,
                                             .rtol = 1e-7,
                                             .atol = 1e-11,
                                             .slack = 1.0,
                                             .max_steps = 100000};
}

/* Coefficients of a parametric landscape at most: two families and the frequency. */
enum { MAX_COEFFICIENTS = 2 * 3 * PEL_FAMILY_PARAMETERS + 1 };

pel_status pel_sensitivity_rate(struct pel_rate *rate, double e_is, double temperature,
                                size_t n, const struct pel_coefficient coefficients[],
                                struct pel_rate_point *point, double by[],
                                struct pel_error *err)
{
    pel_status status = pel_rate_evaluate(rate, e_is, temperature, point, err);
    if (status != PEL_OK || n == 0) return status;
    if (n > MAX_COEFFICIENTS)
        return pel_error_set(err, PEL_EARG, "%zu coefficients, expected at most %d", n,
                             MAX_COEFFICIENTS);
    const struct pel_landscape *landscape = pel_rate_landscape(rate);
    struct pel_coefficient_slope slope[MAX_COEFFICIENTS];
    struct pel_average a;
    /* A parametric landscape needs no scratch. */
    status = pel_coefficient_average(landscape, e_is, 1.0 / (PEL_KB * temperature),
                                     pel_rate_range(rate), NULL, n, coefficients, &a,
                                     slope, err);
    if (status != PEL_OK) return status;
    const struct pel_landscape_head *head = pel_landscape_head(landscape);
    const double hops =
        exp(log(head->attempt_frequency_Hz * head->paths / head->atoms) + a.ln_z);
    const double gain = point->e_x - point->e_r;
    for (size_t k = 0; k < n; k++) {
        if (coefficients[k].parameter == PEL_FAMILY_PARAMETERS) {
            by[k] = point->rate / head->attempt_frequency_Hz;
            continue;
        }
        /* The closure carries derivatives by e_is over to the balance of a hop; those by
         * a coefficient in their place are carried over just so. */
        struct pel_closure_balance balance;
        a.ln_z_e = slope[k].ln_z;
        a.ln_z_be = slope[k].ln_z_b;
        a.e_r_e = slope[k].e_r;
        pel_rate_closure(rate)->balance(&a, &balance);
        by[k] = hops * (slope[k].ln_z * gain + balance.e);
    }
    return PEL_OK;
}

/* ---- a scan ------------------------------------------------------------------------ */

/* A scan in progress. Within a ramp time counts from its start; the solver's variable is y
 * = e - e_start, so that its relative tolerance is one on the change of e. */
struct scan {
    struct pel_rate *rate; /* extrapolates; owned */
    size_t n;
    const struct pel_coefficient *coefficients;
    double e_start;   /* [eV/atom] */
    double T0, slope; /* of the ramp [K], [K/s] */
    struct pel_rate_point at;
    double by[MAX_COEFFICIENTS]; /* df/dc at the same place */
    double at_t, at_y;           /* last evaluation */
    struct pel_odeint *ode;      /* without coefficients; owned */
    struct pel_odesens *sens;    /* with them; owned */
};

static int evaluate(struct scan *scan, double t, double y)
{
    if (scan->at_t == t && scan->at_y == y) return 0;
    scan->at_y = NAN;
    if (pel_sensitivity_rate(scan->rate, scan->e_start + y, scan->T0 + scan->slope * t,
                             scan->n, scan->coefficients, &scan->at, scan->by,
                             NULL) != PEL_OK)
        return 1; /* a smaller step may do */
    scan->at_t = t;
    scan->at_y = y;
    return 0;
}

static int rhs(double t, const double y[], double dydt[], void *context)
{
    struct scan *scan = context;
    if (evaluate(scan, t, y[0]) != 0) return 1;
    dydt[0] = scan->at.rate;
    return isfinite(dydt[0]) ? 0 : 1;
}

static int jacobian(double t, const double y[], double j[], void *context)
{
    struct scan *scan = context;
    if (evaluate(scan, t, y[0]) != 0) return 1;
    j[0] = scan->at.d_rate_d_e;
    return isfinite(j[0]) ? 0 : 1;
}

static int by_parameter(double t, const double y[], double by[], void *context)
{
    struct scan *scan = context;
    if (evaluate(scan, t, y[0]) != 0) return 1;
    for (size_t k = 0; k < scan->n; k++) {
        by[k] = scan->by[k];
        if (!isfinite(by[k])) return 1;
    }
    return 0;
}

/* The two solvers under one name. */
static pel_status step(struct scan *scan, double *t, double *h, double *y,
                       struct pel_error *err)
{
    if (scan->n == 0) return pel_odeint_step(scan->ode, t, h, y, err);
    return pel_odesens_step(scan->sens, t, h, y, err);
}

static pel_status dense(const struct scan *scan, double t, int order, double *y,
                        double s[], struct pel_error *err)
{
    if (scan->n == 0) return pel_odeint_dense(scan->ode, t, order, y, err);
    return pel_odesens_dense(scan->sens, t, order, y, s, err);
}

static pel_status start_ramp(struct scan *scan, const struct pel_odeint_settings *set,
                             double slack, double from_K, double to_K, double K_per_s,
                             double y, const double s[], double *duration,
                             struct pel_error *err)
{
    const struct pel_landscape *landscape = pel_rate_landscape(scan->rate);
    const struct pel_odeint_system ode = {
        .n = 1, .rhs = rhs, .jacobian = jacobian, .context = scan};
    *duration = fabs(to_K - from_K) / K_per_s;
    scan->T0 = from_K;
    scan->slope = to_K > from_K ? K_per_s : -K_per_s;
    scan->at_y = NAN;
    if (scan->n == 0)
        return scan->ode == NULL
                   ? pel_odeint_create(&ode, set, 0.0, &y, *duration, &scan->ode, err)
                   : pel_odeint_restart(scan->ode, 0.0, &y, *duration, err);
    if (scan->sens != NULL)
        return pel_odesens_restart(scan->sens, 0.0, &y, s, *duration, err);
    double scale[MAX_COEFFICIENTS];
    for (size_t k = 0; k < scan->n; k++)
        scale[k] = pel_coefficient_scale(landscape, &scan->coefficients[k]);
    const struct pel_odesens_system system = {.ode = ode,
                                              .m = scan->n,
                                              .by_parameter = by_parameter,
                                              .scale = scale,
                                              .slack = slack};
    return pel_odesens_create(&system, set, 0.0, &y, s, *duration, &scan->sens, err);
}

/* One ramp to its end; what lies at T[first .. n_T) on the way is written to out (NULL:
 * nothing). y and s: at the start, then at the end. */
static pel_status run_ramp(struct scan *scan, double duration, size_t n_T,
                           const double T[], double *y, double s[],
                           struct pel_sensitivity *out, struct pel_error *err)
{
    double t = 0.0, h, unused;
    size_t next = 0;
    /* Before the first step only f itself tells the rate, and the steady state (where f is
     * the small difference of huge numbers) is far from here. */
    while (next < n_T && T[next] <= scan->T0) {
        if (evaluate(scan, 0.0, *y) != 0)
            return pel_error_set(err, PEL_ENOCONV,
                                 "the rate cannot be evaluated at %.6g K", scan->T0);
        out->rate[next] = scan->at.rate;
        for (size_t k = 0; k < scan->n; k++)
            out->by[next * scan->n + k] = scan->at.d_rate_d_e * s[k] + scan->by[k];
        next++;
    }
    while (t < duration) {
        pel_status status = step(scan, &t, &h, y, err);
        if (status != PEL_OK) return status;
        out->steps++;
        out->e_lowest = fmin(out->e_lowest, scan->e_start + *y);
        out->e_highest = fmax(out->e_highest, scan->e_start + *y);
        for (; next < n_T; next++) {
            double at = (T[next] - scan->T0) / scan->slope;
            if (at > t) {
                if (t < duration) break;
                at = t; /* rounding at the end */
            }
            status = dense(scan, at, 1, &out->rate[next],
                           scan->n > 0 ? &out->by[next * scan->n] : NULL, err);
            if (status != PEL_OK) return status;
        }
    }
    return dense(scan, t, 0, &unused, s, err);
}

static pel_status check_settings(const struct pel_sensitivity_settings *s, size_t n_T,
                                 const double T[], struct pel_error *err)
{
    if (!(s->cool_K_per_s > 0.0 && isfinite(s->cool_K_per_s) && s->heat_K_per_s > 0.0 &&
          isfinite(s->heat_K_per_s)))
        return pel_error_set(
            err, PEL_EARG,
            "rates of cooling %g K/s and heating %g K/s, expected numbers > 0",
            s->cool_K_per_s, s->heat_K_per_s);
    if (!(s->bottom_K > 0.0 && s->start_K > s->bottom_K && isfinite(s->start_K)))
        return pel_error_set(err, PEL_EARG,
                             "temperatures start %g K, bottom %g K, expected 0 < bottom "
                             "< start",
                             s->start_K, s->bottom_K);
    if (!(s->rtol > 0.0 && s->atol > 0.0 && s->slack > 0.0 && s->max_steps > 0))
        return pel_error_set(err, PEL_EARG,
                             "a scan: tolerances and steps must be positive");
    for (size_t i = 0; i < n_T; i++)
        if (!(isfinite(T[i]) && T[i] >= s->bottom_K && (i == 0 || T[i] > T[i - 1])))
            return pel_error_set(err, PEL_EARG,
                                 "temperature %zu is %.9g K, expected increasing ones "
                                 "from %g K on",
                                 i + 1, T[i], s->bottom_K);
    if (n_T == 0 || !(T[n_T - 1] > s->bottom_K))
        return pel_error_set(err, PEL_EARG, "no temperature above the bottom, %g K",
                             s->bottom_K);
    return PEL_OK;
}

pel_status pel_sensitivity_scan(struct pel_rate *rate, size_t n,
                                const struct pel_coefficient coefficients[],
                                const struct pel_sensitivity_settings *settings,
                                size_t n_T, const double T[],
                                const struct pel_progress *progress,
                                struct pel_sensitivity *out, struct pel_error *err)
{
    const struct pel_sensitivity_settings set =
        settings != NULL ? *settings : pel_sensitivity_settings_defaults();
    pel_status status = check_settings(&set, n_T, T, err);
    if (status != PEL_OK) return status;
    if (n > MAX_COEFFICIENTS)
        return pel_error_set(err, PEL_EARG, "%zu coefficients, expected at most %d", n,
                             MAX_COEFFICIENTS);
    struct scan scan = {.n = n, .coefficients = coefficients, .e_start = set.e_start};
    struct pel_odeint_settings ode = pel_odeint_settings_defaults();
    ode.rtol = set.rtol;
    ode.atol = set.atol;
    ode.max_steps = set.max_steps;
    double y = 0.0, s[MAX_COEFFICIENTS] = {0.0}, duration;

    status = pel_rate_create(pel_rate_landscape(rate), pel_rate_closure(rate),
                             PEL_RANGE_EXTRAPOLATE, &scan.rate, err);
    if (status == PEL_OK && isnan(set.e_start)) {
        status = pel_rate_steady_e_is(scan.rate, set.start_K, &scan.e_start, err);
        if (status == PEL_OK)
            status = pel_sensitivity_rate(scan.rate, scan.e_start, set.start_K, n,
                                          coefficients, &scan.at, scan.by, err);
        for (size_t k = 0; status == PEL_OK && k < n; k++)
            s[k] = -scan.by[k] / scan.at.d_rate_d_e;
    }
    out->e_lowest = out->e_highest = scan.e_start;
    out->steps = 0;
    const double ramp[2][3] = {
        {set.start_K, set.bottom_K, set.cool_K_per_s},
        {set.bottom_K, n_T > 0 ? T[n_T - 1] : NAN, set.heat_K_per_s}};
    for (int i = 0; i < 2 && status == PEL_OK; i++) {
        status = start_ramp(&scan, &ode, set.slack, ramp[i][0], ramp[i][1], ramp[i][2], y,
                            s, &duration, err);
        if (status == PEL_OK)
            status = run_ramp(&scan, duration, i == 0 ? 0 : n_T, T, &y, s, out, err);
        if (i == 0) out->e_glass = scan.e_start + y;
        if (status == PEL_OK &&
            pel_progress_report(progress, i + 1.0, 2.0, "scan") != PEL_OK)
            status = pel_error_set(err, PEL_ESTOPPED, "interrupted");
    }
    pel_odeint_free(scan.ode);
    pel_odesens_free(scan.sens);
    pel_rate_free(scan.rate);
    return status;
}

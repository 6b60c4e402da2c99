#include "creepfit_priv.h"

#include <pelrate/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = PEL_CREEPFIT_PARAMETERS, PARTS = PEL_QPD_COMPONENTS };

/* Minima whose chi2 differ by less than this, in variances, are alike to the data: 95 % of
 * chi2 of one degree of freedom. */
static const double indistinct = 3.841;

struct pel_creepfit_settings pel_creepfit_settings_defaults(void)
{
    struct pel_creepfit_settings set = {.intervals = PEL_CREEPFIT_PROFILE,
                                        .start = pel_qpd_none(),
                                        .hold = 0,
                                        .components = 7,
                                        .starts = 4,
                                        .seed = 1,
                                        .accuracy = 1e-9,
                                        .B_min = 0.08,
                                        .tau_below = 1e4,
                                        .tau_above = 1e4,
                                        .compliance_range = 1e6,
                                        .decades = 1.0,
                                        .descent = pel_leastsquares_settings_defaults()};
    /* A thousandth of a standard error is enough of a minimum. */
    set.descent.gradient = 1e-9;
    set.descent.progress = 1e-11;
    set.descent.max_iterations = 400;
    return set;
}

/* What one descent found. */
struct minimum {
    double chi2; /* INFINITY: nothing */
    double x[N];
    unsigned disordered; /* bits of components whose times are not in order, and that may
                            not be renamed */
};

struct job {
    const struct pel_creepfit_data *data;
    const struct pel_creepfit_settings *set;
    struct pel_creepfit_model model;
    double lower[N], upper[N]; /* J_el, B, ln tau, ln Delta J */
    struct pel_creepfit *out;
    double best[N];
    double variance;              /* of a residual */
    const struct minimum *minima; /* [n_minima] what the descents found */
    size_t n_minima;
};

static size_t of(enum pel_creepfit_index which, int component)
{
    return PEL_CREEPFIT_OF(which, component);
}

static int is_in(const struct job *job, int component)
{
    return (job->set->components >> component & 1u) != 0;
}

static int is_logarithm(size_t k)
{
    return k != PEL_CREEPFIT_ELASTIC && (k - 1) % 3 != 0;
}

/* A parameter of a set, NaN where it has none, in the units of the set. */
static double given(const struct pel_qpd *qpd, size_t k)
{
    if (k == PEL_CREEPFIT_ELASTIC) return qpd->elastic_per_GPa;
    const struct pel_qpd_part *part = &qpd->part[(k - 1) / 3];
    return (k - 1) % 3 == 0   ? part->B
           : (k - 1) % 3 == 1 ? part->tau_s
                              : part->compliance_per_GPa;
}

static int is_held(const struct job *job, size_t k)
{
    return (job->set->hold >> k & 1u) != 0;
}

/* ---- bounds and starts ------------------------------------------------------------- */

static pel_status set_bounds(struct job *job, struct pel_error *err)
{
    const struct pel_creepfit_data *d = job->data;
    const struct pel_creepfit_settings *s = job->set;
    const double J_last = d->compliance_per_GPa[d->n - 1];
    double J_most = 0.0;
    for (size_t i = 0; i < d->n; i++)
        J_most = fmax(J_most, d->compliance_per_GPa[i]);
    job->lower[PEL_CREEPFIT_ELASTIC] = 0.0;
    job->upper[PEL_CREEPFIT_ELASTIC] = fmax(J_most, J_last);
    for (int c = 0; c < PARTS; c++) {
        job->lower[of(PEL_CREEPFIT_B, c)] = s->B_min;
        job->upper[of(PEL_CREEPFIT_B, c)] = 1.0;
        job->lower[of(PEL_CREEPFIT_TAU, c)] = log(d->time_s[0] / s->tau_below);
        job->upper[of(PEL_CREEPFIT_TAU, c)] = log(d->time_s[d->n - 1] * s->tau_above);
        job->lower[of(PEL_CREEPFIT_COMPLIANCE, c)] = log(J_most / s->compliance_range);
        job->upper[of(PEL_CREEPFIT_COMPLIANCE, c)] = log(J_most * s->compliance_range);
    }
    for (size_t k = 0; k < N; k++) {
        const int part = k == PEL_CREEPFIT_ELASTIC ? -1 : (int)(k - 1) / 3;
        const double value = given(&s->start, k);
        if (part >= 0 && !is_in(job, part)) {
            job->lower[k] = job->upper[k] = is_logarithm(k) ? 0.0 : 0.5;
        } else if (is_held(job, k)) {
            if (isnan(value))
                return pel_error_set(err, PEL_EARG,
                                     "creep: a parameter is held that has no value");
            job->lower[k] = job->upper[k] = is_logarithm(k) ? log(value) : value;
        }
    }
    return PEL_OK;
}

/* Measured compliance at a time, linear between points in ln t. */
static double measured(const struct pel_creepfit_data *d, double t)
{
    size_t i = 0;
    while (i + 1 < d->n && d->time_s[i + 1] < t)
        i++;
    if (i + 1 == d->n || t <= d->time_s[0]) return d->compliance_per_GPa[i];
    const double s = log(t / d->time_s[i]) / log(d->time_s[i + 1] / d->time_s[i]);
    return (1.0 - s) * d->compliance_per_GPa[i] + s * d->compliance_per_GPa[i + 1];
}

/* A start: times spread over the window of the curve (evenly in the first, at random in
 * the others), compliances from what the curve gains around each. */
static void choose_start(const struct job *job, size_t start, struct pel_random *random,
                         double x[])
{
    const struct pel_creepfit_data *d = job->data;
    const double t_lo = log(d->time_s[0]), t_hi = log(d->time_s[d->n - 1]);
    const double widths[PARTS] = {0.4, 0.5, 0.6};
    double y[PARTS + 2], u[PARTS];
    for (int c = 0; c < PARTS; c++)
        u[c] = start == 0 ? (c + 0.5) / PARTS : pel_random_uniform(random);
    for (int a = 0; a < PARTS; a++) /* in order */
        for (int b = a + 1; b < PARTS; b++)
            if (u[b] < u[a]) {
                const double swap = u[a];
                u[a] = u[b];
                u[b] = swap;
            }
    for (int c = 0; c < PARTS; c++)
        y[c + 1] = t_lo + (t_hi - t_lo) * u[c];
    y[0] = 2.0 * t_lo - y[1];
    y[PARTS + 1] = 2.0 * t_hi - y[PARTS];
    const double J_lo = d->compliance_per_GPa[0];
    x[PEL_CREEPFIT_ELASTIC] = 0.9 * J_lo;
    for (int c = 0; c < PARTS; c++) {
        const double gain = measured(d, exp(0.5 * (y[c + 1] + y[c + 2]))) -
                            measured(d, exp(0.5 * (y[c] + y[c + 1])));
        x[of(PEL_CREEPFIT_B, c)] = widths[c];
        x[of(PEL_CREEPFIT_TAU, c)] = y[c + 1];
        x[of(PEL_CREEPFIT_COMPLIANCE, c)] = log(fmax(gain, 0.01 * J_lo));
    }
    for (size_t k = 0; k < N; k++) {
        const double value = given(&job->set->start, k);
        if (!isnan(value)) x[k] = is_logarithm(k) ? log(fmax(value, 1e-300)) : value;
        x[k] = fmin(fmax(x[k], job->lower[k]), job->upper[k]);
    }
}

/* ---- result ------------------------------------------------------------------------ */

/* Half the width of the 95 % interval in standard errors: Student's t for nu degrees of
 * freedom from the normal quantile (Abramowitz & Stegun 26.7.5; 1e-3 for nu >= 6). */
static double student(double nu)
{
    const double z = 1.959963984540054, z2 = z * z;
    if (!(nu >= 1.0)) return INFINITY;
    return z + z * (z2 + 1.0) / (4.0 * nu) +
           z * ((5.0 * z2 + 16.0) * z2 + 3.0) / (96.0 * nu * nu) +
           z * (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / (384.0 * nu * nu * nu);
}

static void put(struct pel_qpd *qpd, size_t k, double value)
{
    if (k == PEL_CREEPFIT_ELASTIC) {
        qpd->elastic_per_GPa = value;
        return;
    }
    struct pel_qpd_part *part = &qpd->part[(k - 1) / 3];
    *((k - 1) % 3 == 0   ? &part->B
      : (k - 1) % 3 == 1 ? &part->tau_s
                         : &part->compliance_per_GPa) = value;
}

static void put_value(struct job *job, size_t k)
{
    struct pel_creepfit_parameter *p = &job->out->parameter[k];
    p->value = is_logarithm(k) ? exp(job->best[k]) : job->best[k];
    put(&job->out->qpd, k, p->value);
}

/* Exchange all that belongs to the components a and b. */
static void exchange(struct minimum *at, int a, int b)
{
    for (int which = PEL_CREEPFIT_B; which <= PEL_CREEPFIT_COMPLIANCE; which++) {
        double *x = &at->x[of((enum pel_creepfit_index)which, a)],
               *y = &at->x[of((enum pel_creepfit_index)which, b)];
        const double swap = *x;
        *x = *y;
        *y = swap;
    }
}

/* Whether two components may change their names: nothing of either is held. */
static int is_nameless(const struct job *job, int component)
{
    for (int which = PEL_CREEPFIT_B; which <= PEL_CREEPFIT_COMPLIANCE; which++)
        if (is_held(job, of((enum pel_creepfit_index)which, component))) return 0;
    return 1;
}

/* Bring the components into the order of their times, where they may be renamed. */
static void put_in_order(const struct job *job, struct minimum *at)
{
    for (int pass = 0; pass < PARTS; pass++)
        for (int a = 0; a < PARTS; a++)
            for (int b = a + 1; b < PARTS; b++)
                if (is_in(job, a) && is_in(job, b) && is_nameless(job, a) &&
                    is_nameless(job, b) &&
                    at->x[of(PEL_CREEPFIT_TAU, a)] > at->x[of(PEL_CREEPFIT_TAU, b)])
                    exchange(at, a, b);
    for (int a = 0; a < PARTS; a++)
        for (int b = a + 1; b < PARTS; b++)
            if (is_in(job, a) && is_in(job, b) &&
                at->x[of(PEL_CREEPFIT_TAU, a)] > at->x[of(PEL_CREEPFIT_TAU, b)])
                at->disordered |= 1u << a | 1u << b;
}

/* ---- profile ----------------------------------------------------------------------- */

/* Descents that only look round, or follow a profile, need not arrive to the last digit. */
static struct pel_leastsquares_settings roughly(const struct job *job)
{
    struct pel_leastsquares_settings rough = job->set->descent;
    rough.gradient = fmax(rough.gradient, 1e-6);
    rough.progress = fmax(rough.progress, 1e-7);
    return rough;
}

/* The lowest chi2 with parameter k held at x[k], from x (in: a guess; out: the minimum).
 * NaN: none found. */
static double chi2_at(struct job *job, size_t k, double x[])
{
    double lower[N], upper[N];
    memcpy(lower, job->lower, sizeof lower);
    memcpy(upper, job->upper, sizeof upper);
    lower[k] = upper[k] = x[k];
    const struct pel_leastsquares_problem problem = {
        .m = job->data->n,
        .n = N,
        .residual = pel_creepfit_model_residuals,
        .jacobian = pel_creepfit_model_jacobian,
        .context = &job->model,
        .lower = lower,
        .upper = upper};
    struct pel_leastsquares_report report;
    const struct pel_leastsquares_settings rough = roughly(job);
    const pel_status status =
        pel_leastsquares_fit(&problem, &rough, x, NULL, NULL, &report, NULL);
    job->out->iterations += report.iterations;
    job->out->evaluations += report.residuals;
    return status == PEL_OK ? report.chi2 : NAN;
}

/* The lowest chi2 with parameter k at `value`: from where the profile has been (x, in and
 * out), and, should that be above `enough`, from the other minima too: a valley may have
 * branches. NaN: none found. */
static double chi2_around(struct job *job, size_t k, double value, double enough,
                          double x[])
{
    x[k] = value;
    double lowest = chi2_at(job, k, x);
    for (size_t s = 0; s < job->n_minima && !(lowest <= enough); s++) {
        double other[N];
        if (!isfinite(job->minima[s].chi2) || job->minima[s].disordered) continue;
        memcpy(other, job->minima[s].x, sizeof other);
        other[k] = value;
        const double chi2 = chi2_at(job, k, other);
        if (chi2 < lowest || isnan(lowest)) {
            lowest = chi2;
            memcpy(x, other, sizeof other);
        }
    }
    return lowest;
}

/* One end of the interval of parameter k: where chi2, lowest over all others, is `rise`
 * above its minimum. Its square root is nearly linear in the distance, so that a few secant
 * steps do. Where that is beyond the bound, the bound, and *open is 1. */
static double profile_end(struct job *job, size_t k, int side, double rise, int *open)
{
    enum { TRIES = 10 };
    const double near = 0.03; /* of the distance */
    const double *C = job->out->covariance;
    const double at = job->best[k], bound = side > 0 ? job->upper[k] : job->lower[k];
    const double most = fabs(bound - at), sd = sqrt(C[k * N + k]);
    double distance = fmin(sqrt(rise / job->variance) * sd, most), from = 0.0, x[N];
    memcpy(x, job->best, sizeof x);
    *open = 0;
    for (int i = 0; i < TRIES; i++) {
        /* Follow the valley by its slope at the minimum at first, then by where it was. */
        for (size_t j = 0; j < N && i == 0; j++)
            if (job->out->parameter[j].state == PEL_LEASTSQUARES_FREE && j != k)
                x[j] += side * distance * C[j * N + k] / C[k * N + k];
        const double over =
            chi2_around(job, k, at + side * distance, job->out->chi2 + rise, x) -
            job->out->chi2;
        if (isnan(over) || (distance >= most && over < rise)) {
            *open = 1;
            return bound;
        }
        if (fabs(sqrt(fmax(over, 0.0) / rise) - 1.0) <= near)
            return at + side * distance * sqrt(rise / over);
        const double factor = over > 0.0 ? sqrt(rise / over) : 2.0;
        /* Never back to where it was too near already. */
        if (over < rise) from = distance;
        distance = fmin(fmax(distance * fmin(fmax(factor, 0.3), 2.5), from), most);
    }
    return at + side * distance;
}

static void profile(struct job *job, double half)
{
    const double rise = half * half * job->variance;
    for (size_t k = 0; k < N; k++) {
        struct pel_creepfit_parameter *p = &job->out->parameter[k];
        p->lower = p->upper = NAN;
        if (p->state != PEL_LEASTSQUARES_FREE) continue;
        if (!(job->out->covariance[k * N + k] > 0.0)) continue;
        if (job->set->intervals == PEL_CREEPFIT_CURVATURE) {
            const double reach = half * sqrt(job->out->covariance[k * N + k]);
            p->lower = is_logarithm(k) ? exp(job->best[k] - reach) : job->best[k] - reach;
            p->upper = is_logarithm(k) ? exp(job->best[k] + reach) : job->best[k] + reach;
            continue;
        }
        int open_below, open_above;
        const double lower = profile_end(job, k, -1, rise, &open_below);
        const double upper = profile_end(job, k, 1, rise, &open_above);
        /* J_el may be 0: a curve from which the instantaneous strain was taken. */
        p->determined =
            (!open_below || k == PEL_CREEPFIT_ELASTIC) && !open_above &&
            !(is_logarithm(k) && fmax(upper - job->best[k], job->best[k] - lower) >
                                     job->set->decades * log(10.0));
        p->lower = is_logarithm(k) ? exp(lower) : lower;
        p->upper = is_logarithm(k) ? exp(upper) : upper;
    }
}

static void finish(struct job *job)
{
    struct pel_creepfit *out = job->out;
    size_t n_free = 0;
    for (size_t k = 0; k < N; k++)
        n_free += out->parameter[k].state != PEL_LEASTSQUARES_FIXED;
    const double nu = (double)job->data->n - (double)n_free;
    out->scatter = sqrt(out->chi2 / nu);
    /* With errors that are known the scatter is none of the intervals' business. */
    job->variance = job->data->error_per_GPa != NULL ? 1.0 : out->scatter * out->scatter;
    const double half =
        job->data->error_per_GPa != NULL ? student(INFINITY) : student(nu);
    for (size_t k = 0; k < N; k++) {
        const int part = k == PEL_CREEPFIT_ELASTIC ? -1 : (int)(k - 1) / 3;
        if (part >= 0 && !is_in(job, part))
            out->parameter[k] =
                (struct pel_creepfit_parameter){.value = NAN,
                                                .lower = NAN,
                                                .upper = NAN,
                                                .state = PEL_LEASTSQUARES_FIXED};
        else
            put_value(job, k);
    }
    profile(job, half);
}

static struct pel_leastsquares_problem problem_of(struct job *job)
{
    return (struct pel_leastsquares_problem){.m = job->data->n,
                                             .n = N,
                                             .residual = pel_creepfit_model_residuals,
                                             .jacobian = pel_creepfit_model_jacobian,
                                             .context = &job->model,
                                             .lower = job->lower,
                                             .upper = job->upper};
}

/* Another minimum that the data cannot tell from the lowest belongs to the interval; one
 * that is elsewhere, or components out of order, leave a parameter undetermined. */
static void doubt(struct job *job, const struct minimum *best)
{
    struct pel_creepfit *out = job->out;
    for (size_t s = 0; s < job->n_minima; s++) {
        const struct minimum *at = &job->minima[s];
        if (at->disordered && !best->disordered) continue;
        if (!(at->chi2 <= out->chi2 + indistinct * job->variance)) continue;
        for (size_t k = 0; k < N; k++) {
            struct pel_creepfit_parameter *p = &out->parameter[k];
            const double value = is_logarithm(k) ? exp(at->x[k]) : at->x[k];
            if (isnan(p->lower)) continue;
            if (value < p->lower || value > p->upper) p->determined = 0;
            p->lower = fmin(p->lower, value);
            p->upper = fmax(p->upper, value);
            if (k != PEL_CREEPFIT_ELASTIC && (best->disordered >> (k - 1) / 3 & 1u))
                p->determined = 0;
        }
    }
}

/* From the lowest minimum to the last digit, and what is to be said about it. */
static pel_status take(struct job *job, const struct minimum *best, struct pel_error *err)
{
    struct pel_creepfit *out = job->out;
    const struct pel_leastsquares_problem problem = problem_of(job);
    struct pel_leastsquares_settings descent = job->set->descent;
    descent.errors = job->data->error_per_GPa != NULL ? PEL_LEASTSQUARES_WEIGHTS
                                                      : PEL_LEASTSQUARES_SCATTER;
    enum pel_leastsquares_state state[N];
    struct pel_leastsquares_report report;
    memcpy(job->best, best->x, sizeof job->best);
    const pel_status status = pel_leastsquares_fit(&problem, &descent, job->best,
                                                   out->covariance, state, &report, err);
    out->iterations += report.iterations;
    out->evaluations += report.residuals;
    if (status != PEL_OK) return status;
    out->chi2 = report.chi2;
    out->condition = report.condition;
    for (size_t k = 0; k < N; k++)
        out->parameter[k].state = state[k];
    const double same = 1e-4;
    for (size_t s = 0; s < job->n_minima; s++)
        out->agree += job->minima[s].chi2 <= out->chi2 * (1.0 + same);
    out->disordered = best->disordered != 0;
    finish(job);
    doubt(job, best);
    return PEL_OK;
}

/* ---- the call ---------------------------------------------------------------------- */

/* Exchange what is free of components whose times are out of order: a start for a descent
 * that may stay in order. Whether there was anything to exchange. */
static int turn_round(const struct job *job, double x[])
{
    int turned = 0;
    for (int a = 0; a < PARTS; a++)
        for (int b = a + 1; b < PARTS; b++) {
            if (!is_in(job, a) || !is_in(job, b) ||
                x[of(PEL_CREEPFIT_TAU, a)] <= x[of(PEL_CREEPFIT_TAU, b)])
                continue;
            for (int which = PEL_CREEPFIT_B; which <= PEL_CREEPFIT_COMPLIANCE; which++) {
                const size_t i = of((enum pel_creepfit_index)which, a),
                             j = of((enum pel_creepfit_index)which, b);
                if (is_held(job, i) || is_held(job, j)) continue;
                const double swap = x[i];
                x[i] = x[j];
                x[j] = swap;
                turned = 1;
            }
        }
    return turned;
}

/* One descent from at->x. */
static pel_status descend(struct job *job, struct minimum *at, struct pel_error *err)
{
    const struct pel_leastsquares_problem problem = problem_of(job);
    const struct pel_leastsquares_settings rough = roughly(job);
    struct pel_leastsquares_report report;
    at->chi2 = INFINITY;
    const pel_status status =
        pel_leastsquares_fit(&problem, &rough, at->x, NULL, NULL, &report, err);
    job->out->iterations += report.iterations;
    job->out->evaluations += report.residuals;
    if (status != PEL_OK) return status;
    at->chi2 = report.chi2;
    put_in_order(job, at);
    return PEL_OK;
}

static pel_status descend_from_all(struct job *job, struct pel_error *err)
{
    struct pel_creepfit *out = job->out;
    const size_t starts = job->set->starts;
    struct pel_random random;
    pel_random_init(&random, job->set->seed, 0, 0);
    struct minimum *minima = calloc(2 * starts, sizeof *minima);
    if (minima == NULL) return pel_error_set(err, PEL_ENOMEM, "creep fit");
    pel_status status = PEL_OK;
    job->minima = minima;
    out->starts = starts;
    for (size_t s = 0; status != PEL_ENOMEM && s < starts; s++) {
        struct minimum *at = &minima[job->n_minima];
        choose_start(job, s, &random, at->x);
        status = descend(job, at, err);
        if (status != PEL_OK) continue;
        out->arrived++;
        job->n_minima++;
        if (at->disordered == 0) continue;
        memcpy(at[1].x, at->x, sizeof at->x);
        if (turn_round(job, at[1].x)) {
            status = descend(job, &at[1], err);
            job->n_minima += status == PEL_OK;
        }
    }
    const struct minimum *best = NULL;
    for (size_t s = 0; s < job->n_minima; s++) {
        const struct minimum *at = &minima[s];
        if (best == NULL || (at->disordered == 0 && best->disordered != 0) ||
            ((at->disordered == 0) == (best->disordered == 0) && at->chi2 < best->chi2))
            best = at;
    }
    if (status != PEL_ENOMEM) status = best != NULL ? take(job, best, err) : PEL_ENOCONV;
    free(minima);
    job->minima = NULL;
    return status;
}

pel_status pel_creepfit_run(const struct pel_creepfit_data *data,
                            const struct pel_creepfit_settings *settings,
                            struct pel_creepfit *out, struct pel_error *err)
{
    const struct pel_creepfit_settings defaults = pel_creepfit_settings_defaults();
    struct job job = {
        .data = data, .set = settings != NULL ? settings : &defaults, .out = out};
    const struct pel_creepfit_settings *s = job.set;
    *out = (struct pel_creepfit){.qpd = pel_qpd_none(), .n = data->n};
    if (s->starts == 0 || (s->components & 7u) == 0 || s->components > 7u ||
        !(s->B_min > 0.0 && s->B_min < 1.0) || !(s->tau_below >= 1.0) ||
        !(s->tau_above >= 1.0) || !(s->compliance_range > 1.0) || !(s->decades > 0.0))
        return pel_error_set(err, PEL_EARG,
                             "creep: a setting of the fit is out of range");
    pel_status status = pel_creepfit_check(data, err);
    size_t n_free = 1;
    for (int c = 0; c < PARTS; c++)
        n_free += is_in(&job, c) ? 3 : 0;
    for (size_t k = 0; k < N; k++)
        n_free -= is_held(&job, k) && n_free > 0;
    if (status == PEL_OK && (data->n < N || data->n < n_free + 1))
        return pel_error_set(err, PEL_EARG,
                             "creep: %zu points, expected at least %d for this fit",
                             data->n, (int)N + 1);
    if (status == PEL_OK) status = set_bounds(&job, err);
    if (status == PEL_OK)
        status =
            pel_creepfit_model_begin(&job.model, data, s->components, s->accuracy, err);
    if (status != PEL_OK) return status;
    status = descend_from_all(&job, err);
    pel_creepfit_model_end(&job.model);
    return status;
}

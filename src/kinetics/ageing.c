#include <pelrate/ageing.h>

#include "rate_priv.h"
#include "trap_priv.h"

#include <pelrate/odeint.h>
#include <pelrate/quadrature.h>
#include <pelrate/root.h>

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

struct pel_ageing_settings pel_ageing_settings_defaults(void)
{
    return (struct pel_ageing_settings){.rtol = 1e-8,
                                        .atol = 1e-12,
                                        .max_dT_K = 1.0,
                                        .max_de = 2e-4,
                                        .rows_per_decade = 20.0,
                                        .rate_tolerance = 0.02,
                                        .max_rows = 2000000,
                                        .max_steps = 100000};
}

void pel_ageing_free(struct pel_ageing *ageing)
{
    if (ageing == NULL) return;
    free(ageing->rows);
    free(ageing);
}

double pel_ageing_e_is(const struct pel_ageing *ageing, double time_s)
{
    const struct pel_ageing_row *rows = ageing->rows;
    size_t lo = 0, hi = ageing->n - 1;
    if (!(time_s > rows[lo].time_s)) return rows[lo].e_is;
    if (!(time_s < rows[hi].time_s)) return rows[hi].e_is;
    while (hi - lo > 1) {
        const size_t mid = lo + (hi - lo) / 2;
        if (rows[mid].time_s <= time_s)
            lo = mid;
        else
            hi = mid;
    }
    const struct pel_ageing_row *a = &rows[lo], *b = &rows[hi];
    const double h = b->time_s - a->time_s, t = (time_s - a->time_s) / h, u = 1.0 - t;
    const double cubic = a->e_is + t * t * (3.0 - 2.0 * t) * (b->e_is - a->e_is) +
                         h * t * u * (u * a->rate - t * b->rate);
    /* A row at a corner has the rate of one side: what leaves the two values is not it. */
    return fmin(fmax(cubic, fmin(a->e_is, b->e_is)), fmax(a->e_is, b->e_is));
}

/* Errors of single steps add up to some thirty times what the integrator allows each of
 * them (measured against the time of flight over twenty decades of time): it is allowed
 * so much less, and the result keeps to the tolerance. */
#define STEP_PART 0.03

/* So far beyond the range nothing means anything: no solid is bound by that [eV/atom]. */
#define FAR_AWAY 10.0

/* A run in progress. Within a segment (corner to corner) time counts from its start, tau,
 * so that steps of 1e-13 s are possible after a day; and the solver's variable is y = e -
 * e_start, so that its relative tolerance is one on the change of e. */
struct run {
    const struct pel_ageing_settings *set;
    struct pel_rate *rate;    /* borrowed */
    int strict;               /* whether it ends at the range of the landscape */
    double e_start;           /* [eV/atom] */
    double t0, T0, slope;     /* segment: start [s], [K], [K/s] */
    double lo, hi;            /* range of the landscape [eV/atom] */
    struct pel_odeint *ode;   /* owned */
    struct pel_rate_point at; /* last evaluation */
    double at_tau, at_y;      /* and where it was */
    struct pel_error why;     /* why f could not be evaluated */
    double largest_rate;      /* of the segment [eV/atom/s] */
    struct pel_ageing *out;   /* owned until the end */
    size_t n_alloc;
};

/* The rate goes on outside the range: steps are judged when taken. */
static pel_status rate_at(const struct run *run, double e_is, double temperature,
                          struct pel_rate_point *out, struct pel_error *err)
{
    return pel_rate_evaluate_in(run->rate, PEL_RANGE_EXTRAPOLATE, e_is, temperature, out,
                                err);
}

static int evaluate(struct run *run, double tau, double y)
{
    if (run->at_tau == tau && run->at_y == y)
        return 0; /* df/de is asked for where f was */
    const double e = run->e_start + y;
    if (!(e >= run->lo - 2.0 * FAR_AWAY && e <= run->hi + 2.0 * FAR_AWAY))
        return 1; /* a trial that went astray */
    if (rate_at(run, run->e_start + y, run->T0 + run->slope * tau, &run->at, &run->why) !=
        PEL_OK) {
        run->at_y = NAN;
        return 1; /* a smaller step may do */
    }
    if (run->at.ln_open <= 0.0) { /* smooth where the rate has its kink; NaN: has none */
        struct pel_rate_threshold beyond;
        pel_rate_threshold(run->rate, e, run->T0 + run->slope * tau, &beyond);
        run->at.rate = beyond.rate;
        run->at.d_rate_d_e = beyond.d_rate_d_e;
    }
    run->at_tau = tau;
    run->at_y = y;
    return 0;
}

static int rhs(double tau, const double y[], double dydt[], void *context)
{
    struct run *run = context;
    if (evaluate(run, tau, y[0]) != 0) return 1;
    dydt[0] = run->at.rate;
    return isfinite(dydt[0]) ? 0 : 1;
}

static int jacobian(double tau, const double y[], double j[], void *context)
{
    struct run *run = context;
    if (evaluate(run, tau, y[0]) != 0) return 1;
    j[0] = run->at.d_rate_d_e;
    return isfinite(j[0]) ? 0 : 1;
}

/* ---- rows -------------------------------------------------------------------------- */

/* The same as the landscape's own (RANGE_SLACK in average.c): a start on the edge is
 * inside. */
static int is_outside(const struct run *run, double e)
{
    const double slack = 1e-11;
    return !(e >= run->lo - slack && e <= run->hi + slack);
}

static pel_status add_row(struct run *run, const struct pel_ageing_row *row,
                          struct pel_error *err)
{
    struct pel_ageing *out = run->out;
    if (out->n >= run->set->max_rows)
        return pel_error_set(err, PEL_ENOCONV, "more than %zu rows at t = %.9g s",
                             run->set->max_rows, row->time_s);
    if (out->n == run->n_alloc) {
        const size_t more = run->n_alloc > 0 ? 2 * run->n_alloc : 256;
        struct pel_ageing_row *grown = realloc(out->rows, more * sizeof *grown);
        if (grown == NULL) return pel_error_set(err, PEL_ENOMEM, "ageing: out of memory");
        out->rows = grown;
        run->n_alloc = more;
    }
    out->rows[out->n++] = *row;
    return PEL_OK;
}

/* The row at tau within the last step; row->time_s is tau until it is stored. */
static pel_status sample(const struct run *run, double tau, struct pel_ageing_row *row,
                         struct pel_error *err)
{
    double y, rate;
    pel_status status = pel_odeint_dense(run->ode, tau, 0, &y, err);
    if (status == PEL_OK) status = pel_odeint_dense(run->ode, tau, 1, &rate, err);
    if (status != PEL_OK) return status;
    *row = (struct pel_ageing_row){.time_s = tau,
                                   .temperature_K = run->T0 + run->slope * tau,
                                   .e_is = run->e_start + y,
                                   .rate = rate};
    row->extrapolated = is_outside(run, row->e_is);
    return PEL_OK;
}

/* Part of the largest rate of a segment below which the shape of the rate does not
 * matter. */
#define RATE_FLOOR 1e-3
/* Bisections of one step at most. */
#define MAX_DEPTH 14

/* Whether two rows are further apart than they may be. */
static int is_far(const struct run *run, const struct pel_ageing_row *a,
                  const struct pel_ageing_row *b)
{
    const struct pel_ageing_settings *set = run->set;
    return fabs(b->temperature_K - a->temperature_K) > set->max_dT_K ||
           fabs(b->e_is - a->e_is) > set->max_de ||
           (run->slope == 0.0 && a->time_s > 0.0 &&
            log10(b->time_s / a->time_s) > 1.0 / set->rows_per_decade);
}

/* Whether the rate bends between two rows; mid is half-way. */
static int is_bent(const struct run *run, const struct pel_ageing_row *a,
                   const struct pel_ageing_row *b, const struct pel_ageing_row *mid)
{
    const double w = (mid->time_s - a->time_s) / (b->time_s - a->time_s);
    const double straight = a->rate + w * (b->rate - a->rate);
    const double scale =
        fmax(fmax(fabs(a->rate), fabs(b->rate)), RATE_FLOOR * run->largest_rate);
    return fabs(mid->rate - straight) > run->set->rate_tolerance * scale;
}

/* Rows after a, up to and with b, both within the last step. */
static pel_status refine(struct run *run, const struct pel_ageing_row *a,
                         const struct pel_ageing_row *b, int depth, struct pel_error *err)
{
    /* Half-way in ln t where the two are far apart in it. */
    const double tau = a->time_s > 0.0 && b->time_s > 2.0 * a->time_s
                           ? sqrt(a->time_s * b->time_s)
                           : a->time_s + 0.5 * (b->time_s - a->time_s);
    struct pel_ageing_row mid;
    const int far = is_far(run, a, b);
    if ((far || isfinite(run->set->rate_tolerance)) && depth < MAX_DEPTH &&
        tau > a->time_s && tau < b->time_s) {
        pel_status status = sample(run, tau, &mid, err);
        if (status != PEL_OK) return status;
        if (far || is_bent(run, a, b, &mid)) {
            status = refine(run, a, &mid, depth + 1, err);
            if (status != PEL_OK) return status;
            return refine(run, &mid, b, depth + 1, err);
        }
    }
    struct pel_ageing_row row = *b;
    /* Times of starts within a segment round otherwise than those of its corners. */
    row.time_s = fmax(run->t0 + row.time_s, run->out->rows[run->out->n - 1].time_s);
    return add_row(run, &row, err);
}

/* ---- segments ---------------------------------------------------------------------- */

/* Where the last step leaves the range, as a root in tau. */
struct exit {
    const struct run *run;
    double edge;
};

static int distance_to_edge(double tau, void *context, double *f)
{
    const struct exit *x = context;
    double y;
    if (pel_odeint_dense(x->run->ode, tau, 0, &y, NULL) != PEL_OK) return -1;
    *f = x->run->e_start + y - x->edge;
    return 0;
}

static pel_status report_exit(const struct run *run, const struct pel_ageing_row *before,
                              const struct pel_ageing_row *after, struct pel_error *err)
{
    struct exit x = {.run = run, .edge = after->e_is < run->lo ? run->lo : run->hi};
    double tau = after->time_s;
    if (pel_root_find(distance_to_edge, &x, before->time_s, after->time_s, NULL, &tau,
                      NULL, NULL) != PEL_OK)
        tau = after->time_s;
    return pel_error_set(
        err, PEL_ERANGE,
        "e_is leaves the range [%.9g, %.9g] eV/atom of the landscape at its "
        "%s end, at t = %.6g s, T = %.6g K",
        run->lo, run->hi, after->e_is < run->lo ? "lower" : "upper", run->t0 + tau,
        run->T0 + run->slope * tau);
}

/* Why the integrator gave up after the step that ended in `last`, and where. */
static pel_status report_failure(const struct run *run, const struct pel_ageing_row *last,
                                 pel_status status, struct pel_error *err)
{
    const struct pel_error solver = err != NULL ? *err : (struct pel_error){0};
    const double t = run->t0 + last->time_s;
    struct pel_rate_point p;
    struct pel_error why = {0};
    if (run->why.status == PEL_ERANGE)
        return pel_error_set(err, PEL_ERANGE, "at t = %.6g s: %s", t, run->why.text);
    if (rate_at(run, last->e_is, last->temperature_K, &p, &why) != PEL_OK)
        return pel_error_set(err, why.status, "at t = %.6g s: %s", t, why.text);
    if (is_outside(run, last->e_is))
        return pel_error_set(
            err, PEL_ERANGE,
            "e_is runs away beyond the range [%.9g, %.9g] eV/atom of the landscape: %.9g "
            "eV/atom, %.3g eV/atom/s at t = %.6g s, T = %.6g K",
            run->lo, run->hi, last->e_is, p.rate, t, last->temperature_K);
    return pel_error_set(err, status,
                         "at t = %.6g s, T = %.6g K, e_is = %.9g eV/atom, %.3g "
                         "eV/atom/s: %.160s",
                         t, last->temperature_K, last->e_is, p.rate,
                         solver.text[0] != '\0' ? solver.text
                                                : "the steps of the solver go to zero");
}

/* Steps in a row that are shorter than the time can tell apart: the solver stands. */
#define STANDING_STEPS 20
/* Steps after a start again by which the time has moved by so large a part of itself, where
 * it is no wall beyond which there is no rate. */
#define CRAWLING_STEPS 400
#define CRAWLING_PART  1e-12
/* How often the integrator is started again within a segment. */
#define MOST_STARTS 60
/* First step after that: part of the relaxation time, and of the absolute tolerance. */
#define FIRST_PART 1e-3

/* How often a glass is trapped within a segment at most. */
#define MOST_RESTS 1000

/* ... and where the landscape is extrapolated already. */
#define MOST_STARTS_OUTSIDE 3
/* Start again at `last`, with time from there and a first step far below all scales. It is
 * what crosses a jump of the rate: E_kin jumps with the temperature where the
 * interpolation between levels changes its branch, and times are told apart better near
 * the start. And the solver's own first step may be far too long where the rate is of
 * another magnitude than before the corner. *duration becomes what is left. */
static pel_status start_again(struct run *run, struct pel_ageing_row *last,
                              double *duration, struct pel_error *err)
{
    struct pel_rate_point p;
    run->t0 += last->time_s;
    *duration -= last->time_s;
    run->T0 = last->temperature_K;
    last->time_s = 0.0;
    run->at_y = NAN;
    run->why = (struct pel_error){0};
    if (!(*duration > 0.0)) return PEL_OK;
    const pel_status status = rate_at(run, last->e_is, last->temperature_K, &p, err);
    if (status != PEL_OK) return status;
    double first = FIRST_PART * *duration;
    if (p.rate != 0.0) first = fmin(first, FIRST_PART * run->set->atol / fabs(p.rate));
    if (p.d_rate_d_e != 0.0) first = fmin(first, FIRST_PART / fabs(p.d_rate_d_e));
    const double y = last->e_is - run->e_start;
    pel_odeint_first_step(run->ode, fmax(first, DBL_MIN));
    const pel_status started = pel_odeint_restart(run->ode, 0.0, &y, *duration, err);
    pel_odeint_first_step(run->ode, 0.0);
    return started;
}

/* ---- trapped ----------------------------------------------------------------------- */

static int is_trapped(const struct run *run, const struct pel_ageing_row *row)
{
    return trap_holds(run->rate, row->e_is, row->temperature_K, run->slope,
                      run->set->atol);
}

/* If the step from `last` ends trapped (closure.h: committor), *now becomes the row at which
 * it is so first. */
static pel_status find_trap(const struct run *run, const struct pel_ageing_row *last,
                            struct pel_ageing_row *now, int *trapped,
                            struct pel_error *err)
{
    *trapped = pel_rate_has_threshold(run->rate) && is_trapped(run, now);
    double free_at = last->time_s;
    while (*trapped) {
        struct pel_ageing_row mid;
        const double tau = free_at + 0.5 * (now->time_s - free_at);
        if (!(tau > free_at && tau < now->time_s)) break;
        const pel_status status = sample(run, tau, &mid, err);
        if (status != PEL_OK) return status;
        if (is_trapped(run, &mid))
            *now = mid;
        else
            free_at = tau;
    }
    return PEL_OK;
}

/* Rows of a glass at rest from `last` until it is free again, or until the end. */
static pel_status rest(struct run *run, struct pel_ageing_row *last, double duration,
                       struct pel_error *err)
{
    const double from = last->time_s, t_last = run->out->rows[run->out->n - 1].time_s;
    const double until =
        trap_release(run->rate, last->e_is, run->T0, run->slope, from, duration);
    const double dT = fabs(run->slope * (until - from));
    const size_t n = (size_t)fmin(ceil(dT / run->set->max_dT_K), (double)SIZE_MAX / 2.0);
    pel_status status = PEL_OK;
    last->rate = 0.0;
    for (size_t i = 1; i <= (n > 0 ? n : 1) && status == PEL_OK; i++) {
        last->time_s = i < n ? from + (until - from) * (double)i / (double)n : until;
        last->temperature_K = run->T0 + run->slope * last->time_s;
        struct pel_ageing_row row = *last;
        row.time_s = fmax(run->t0 + row.time_s, t_last);
        status = add_row(run, &row, err);
    }
    return status;
}

/* Ask the progress, and check the first time, once in so many steps. */
#define STEPS_A_REPORT 64

static pel_status run_segment(struct run *run, double duration, double total,
                              const struct pel_progress *progress, struct pel_error *err)
{
    struct pel_ageing_row last = run->out->rows[run->out->n - 1];
    last.time_s = 0.0;
    run->largest_rate = 0.0;
    size_t starts = 0, standing = 0, rests = 0, started_at = 0;
    int trapped = pel_rate_has_threshold(run->rate) && is_trapped(run, &last);
    for (size_t step = 1; last.time_s < duration; step++) {
        double tau = 0.0, h = 0.0, y;
        struct pel_ageing_row now;
        pel_status status = PEL_OK;
        if (trapped) {
            trapped = 0;
            status = rest(run, &last, duration, err);
            if (status == PEL_OK) status = start_again(run, &last, &duration, err);
            if (status != PEL_OK) return status;
            if (++rests > MOST_RESTS) return report_failure(run, &last, PEL_ENOCONV, err);
            continue;
        }
        if (step > run->set->max_steps) {
            pel_error_set(err, PEL_ENOCONV, "more than %zu steps", run->set->max_steps);
            return report_failure(run, &last, PEL_ENOCONV, err);
        }
        status = pel_odeint_step(run->ode, &tau, &h, &y, err);
        standing = h <= 4.0 * DBL_EPSILON * tau ? standing + 1 : 0;
        /* ... or crawls where even the start again told times apart. */
        const int crawling = starts > 0 && step - started_at > CRAWLING_STEPS &&
                             tau <= CRAWLING_PART * run->t0;
        if (crawling) standing = STANDING_STEPS;
        if (status == PEL_ENOCONV || standing == STANDING_STEPS) {
            const pel_status why = status == PEL_OK ? PEL_ENOCONV : status;
            standing = 0;
            /* Outside, a family that leaves its domain does so again. */
            const int outside = is_outside(run, last.e_is);
            if ((outside && (crawling || run->why.status == PEL_ERANGE)) ||
                starts++ >= (outside ? MOST_STARTS_OUTSIDE : MOST_STARTS) ||
                start_again(run, &last, &duration, NULL) != PEL_OK)
                return report_failure(run, &last, why, err);
            started_at = step;
            continue;
        }
        if (status != PEL_OK) return report_failure(run, &last, status, err);
        status = sample(run, tau, &now, err);
        if (status != PEL_OK) return status;
        if (run->strict && is_outside(run, now.e_is))
            return report_exit(run, &last, &now, err);
        status = find_trap(run, &last, &now, &trapped, err);
        if (status != PEL_OK) return status;
        run->largest_rate = fmax(run->largest_rate, fabs(now.rate));
        status = refine(run, &last, &now, 0, err);
        if (status != PEL_OK) return status;
        last = now;
        if (last.e_is < run->lo - FAR_AWAY || last.e_is > run->hi + FAR_AWAY)
            return report_failure(run, &last, PEL_ERANGE, err);
        if (step % STEPS_A_REPORT == 0 &&
            pel_progress_report(progress, run->t0 + tau, total, "ageing") != PEL_OK)
            return pel_error_set(err, PEL_ESTOPPED, "interrupted at t = %.6g s",
                                 run->t0 + tau);
    }
    return PEL_OK;
}

static pel_status check_settings(const struct pel_ageing_settings *s,
                                 struct pel_error *err)
{
    if (s->rtol > 0.0 && s->atol > 0.0 && s->max_dT_K > 0.0 && s->max_de > 0.0 &&
        s->rows_per_decade > 0.0 && s->rate_tolerance > 0.0 && s->max_rows > 0 &&
        s->max_steps > 0)
        return PEL_OK;
    return pel_error_set(err, PEL_EARG, "ageing: every setting must be > 0");
}

pel_status pel_ageing_run(struct pel_rate *rate, const struct pel_programme *programme,
                          double e_is, const struct pel_ageing_settings *settings,
                          const struct pel_progress *progress, struct pel_ageing **out,
                          struct pel_error *err)
{
    *out = NULL;
    const struct pel_ageing_settings set =
        settings != NULL ? *settings : pel_ageing_settings_defaults();
    pel_status status = check_settings(&set, err);
    if (status != PEL_OK) return status;
    /* The first point by the caller's rate: it decides whether the start is in range. */
    struct pel_rate_point first;
    status = pel_rate_evaluate(rate, e_is, pel_programme_corner_temperature(programme, 0),
                               &first, err);
    if (status != PEL_OK) return status;
    const struct pel_landscape *landscape = pel_rate_landscape(rate);
    struct run run = {.set = &set,
                      .rate = rate,
                      .strict = pel_rate_range(rate) == PEL_RANGE_STRICT,
                      .e_start = e_is,
                      .lo = pel_landscape_e_is_min(landscape),
                      .hi = pel_landscape_e_is_max(landscape),
                      .at_tau = NAN,
                      .at_y = NAN};
    const struct pel_odeint_system system = {
        .n = 1, .rhs = rhs, .jacobian = jacobian, .context = &run};
    struct pel_odeint_settings ode_settings = pel_odeint_settings_defaults();
    ode_settings.rtol = STEP_PART * set.rtol;
    ode_settings.atol = STEP_PART * set.atol;
    ode_settings.max_steps = set.max_steps;

    run.out = calloc(1, sizeof *run.out);
    if (run.out == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "ageing: out of memory");
        goto done;
    }
    status = add_row(&run,
                     &(struct pel_ageing_row){.temperature_K = first.temperature,
                                              .e_is = e_is,
                                              .rate = first.rate,
                                              .extrapolated = first.extrapolated},
                     err);
    const double total = pel_programme_duration(programme);
    for (size_t k = 1; status == PEL_OK && k < pel_programme_corners(programme); k++) {
        run.t0 = pel_programme_corner_time(programme, k - 1);
        run.T0 = pel_programme_corner_temperature(programme, k - 1);
        const double duration = pel_programme_segment(programme, k);
        run.slope = (pel_programme_corner_temperature(programme, k) - run.T0) / duration;
        run.at_y = NAN;
        const double y = run.out->rows[run.out->n - 1].e_is - run.e_start;
        if (run.ode == NULL)
            status = pel_odeint_create(&system, &ode_settings, 0.0, &y, duration,
                                       &run.ode, err);
        else
            status = pel_odeint_restart(run.ode, 0.0, &y, duration, err);
        if (status != PEL_OK) break;
        run.out->stats.segments++;
        status = run_segment(&run, duration, total, progress, err);
    }
    if (status == PEL_OK) {
        const struct pel_odeint_stats s = pel_odeint_stats(run.ode);
        run.out->stats.steps = s.steps;
        run.out->stats.evaluations = s.evaluations;
        run.out->stats.jacobians = s.jacobians;
        run.out->stats.newton_iterations = s.newton_iterations;
        run.out->stats.newton_failures = s.newton_failures;
        run.out->stats.error_failures = s.error_failures;
        *out = run.out;
        run.out = NULL;
    }
done:
    pel_odeint_free(run.ode);
    pel_ageing_free(run.out);
    return status;
}

/* ---- time of flight ---------------------------------------------------------------- */

struct flight {
    struct pel_rate *rate;
    double temperature;
    int sign;       /* that f must have */
    int wrong_sign; /* whether it had another */
    double wrong_at;
};

static int inverse_rate(double e, void *context, double *f)
{
    struct flight *flight = context;
    struct pel_rate_point point;
    if (pel_rate_evaluate(flight->rate, e, flight->temperature, &point, NULL) != PEL_OK)
        return -1;
    if (point.sign != flight->sign) {
        flight->wrong_sign = 1;
        flight->wrong_at = e;
        return -1;
    }
    *f = 1.0 / point.rate;
    return 0;
}

pel_status pel_ageing_time_of_flight(struct pel_rate *rate, double temperature_K,
                                     double e_from, double e_to, double *time_s,
                                     struct pel_error *err)
{
    struct pel_rate_point ends[2];
    pel_status status = pel_rate_evaluate(rate, e_from, temperature_K, &ends[0], err);
    if (status == PEL_OK)
        status = pel_rate_evaluate(rate, e_to, temperature_K, &ends[1], err);
    if (status != PEL_OK) return status;
    *time_s = 0.0;
    if (e_from == e_to) return PEL_OK;
    struct flight flight = {
        .rate = rate, .temperature = temperature_K, .sign = e_to > e_from ? 1 : -1};
    struct pel_quadrature_settings set = pel_quadrature_settings_defaults();
    set.rtol = 1e-9; /* near a steady state f is a small difference: no more digits */
    status = pel_quadrature_integrate(inverse_rate, &flight, e_from, e_to, &set, time_s,
                                      NULL, err);
    if (status != PEL_OK && flight.wrong_sign)
        return pel_error_set(
            err, PEL_ENOROOT,
            "e_is does not go from %.9g to %.9g eV/atom at %.6g K: the rate "
            "at %.9g has the other sign",
            e_from, e_to, temperature_K, flight.wrong_at);
    return status;
}

#include "creepfit_priv.h"

#include <pelrate/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = PEL_CREEPFIT_PARAMETERS, PARTS = PEL_QPD_COMPONENTS };

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
                                        .bartlett = 1.13,
                                        .descent = pel_leastsquares_settings_defaults()};
    /* A thousandth of a standard error is enough of a minimum. */
    set.descent.gradient = 1e-9;
    set.descent.progress = 1e-11;
    set.descent.max_iterations = 400;
    return set;
}

static size_t of(enum pel_creepfit_index which, int component)
{
    return PEL_CREEPFIT_OF(which, component);
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

/* ---- bounds and starts ------------------------------------------------------------- */

static pel_status set_bounds(struct pel_creepfit_job *job, struct pel_error *err)
{
    const struct pel_creepfit_data *d = job->data;
    const struct pel_creepfit_settings *s = job->set;
    const double J_last = d->compliance_per_GPa[d->n - 1];
    double J_most = 0.0;
    for (size_t i = 0; i < d->n; i++)
        J_most = fmax(J_most, d->compliance_per_GPa[i]);
    /* Times that are held may lie outside the curve: the others may lie beyond them. */
    double t_lo = d->time_s[0], t_hi = d->time_s[d->n - 1];
    for (int c = 0; c < PARTS; c++) {
        const size_t k = of(PEL_CREEPFIT_TAU, c);
        if (!pel_creepfit_is_in(job, c) || !pel_creepfit_is_held(job, k)) continue;
        t_lo = fmin(t_lo, given(&s->start, k));
        t_hi = fmax(t_hi, given(&s->start, k));
    }
    job->lower[PEL_CREEPFIT_ELASTIC] = 0.0;
    job->upper[PEL_CREEPFIT_ELASTIC] = fmax(J_most, J_last);
    for (int c = 0; c < PARTS; c++) {
        job->lower[of(PEL_CREEPFIT_B, c)] = s->B_min;
        job->upper[of(PEL_CREEPFIT_B, c)] = 1.0;
        job->lower[of(PEL_CREEPFIT_TAU, c)] = log(t_lo / s->tau_below);
        job->upper[of(PEL_CREEPFIT_TAU, c)] = log(t_hi * s->tau_above);
        job->lower[of(PEL_CREEPFIT_COMPLIANCE, c)] = log(J_most / s->compliance_range);
        job->upper[of(PEL_CREEPFIT_COMPLIANCE, c)] = log(J_most * s->compliance_range);
    }
    for (size_t k = 0; k < N; k++) {
        const int part = k == PEL_CREEPFIT_ELASTIC ? -1 : (int)(k - 1) / 3;
        const double value = given(&s->start, k);
        if (part >= 0 && !pel_creepfit_is_in(job, part)) {
            job->lower[k] = job->upper[k] = pel_creepfit_is_logarithm(k) ? 0.0 : 0.5;
        } else if (pel_creepfit_is_held(job, k)) {
            if (isnan(value))
                return pel_error_set(err, PEL_EARG,
                                     "creep: a parameter is held that has no value");
            job->lower[k] = job->upper[k] =
                pel_creepfit_is_logarithm(k) ? log(value) : value;
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
static void choose_start(const struct pel_creepfit_job *job, size_t start,
                         struct pel_random *random, double x[])
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
        if (!isnan(value))
            x[k] = pel_creepfit_is_logarithm(k) ? log(fmax(value, 1e-300)) : value;
        x[k] = fmin(fmax(x[k], job->lower[k]), job->upper[k]);
    }
}

/* ---- minima ------------------------------------------------------------------------ */

/* Keep a minimum among those found, lowest first, each once. */
static void keep(struct pel_creepfit_job *job, const struct pel_creepfit_minimum *at)
{
    const double same = 0.01; /* in B and in the logarithms */
    struct pel_creepfit_minimum *list = job->minimum;
    if (!isfinite(at->chi2)) return;
    for (size_t s = 0; s < job->n_minima; s++) {
        double most = 0.0;
        for (size_t k = 1; k < N; k++)
            most = fmax(most, fabs(at->x[k] - list[s].x[k]));
        if (most > same) continue;
        if (list[s].chi2 <= at->chi2) return;
        job->n_minima--;
        memmove(&list[s], &list[s + 1], (job->n_minima - s) * sizeof *list);
        break;
    }
    size_t place = job->n_minima;
    while (place > 0 && list[place - 1].chi2 > at->chi2)
        place--;
    if (place >= job->most_minima) return;
    if (job->n_minima == job->most_minima) job->n_minima--;
    memmove(&list[place + 1], &list[place], (job->n_minima - place) * sizeof *list);
    list[place] = *at;
    job->n_minima++;
}

/* Exchange what is free of two components, the times left out. Whether there was any. */
static int exchange(const struct pel_creepfit_job *job, int a, int b, double x[])
{
    const enum pel_creepfit_index what[] = {PEL_CREEPFIT_B, PEL_CREEPFIT_COMPLIANCE};
    int exchanged = 0;
    for (size_t w = 0; w < sizeof what / sizeof *what; w++) {
        const size_t i = of(what[w], a), j = of(what[w], b);
        if (pel_creepfit_is_held(job, i) || pel_creepfit_is_held(job, j)) continue;
        const double swap = x[i];
        x[i] = x[j];
        x[j] = swap;
        exchanged = 1;
    }
    return exchanged;
}

/* Descend, and keep what is found. Where two times would cross, the components are
 * exchanged and the descent goes on: they have one form, and if nothing of them is held
 * this is the same curve. */
static pel_status descend(struct pel_creepfit_job *job, struct pel_creepfit_minimum *at,
                          struct pel_error *err)
{
    pel_status status = pel_creepfit_descend(job, N, 0, at, err);
    if (status != PEL_OK) return status;
    keep(job, at);
    for (int b = 1; b < PARTS && status == PEL_OK; b++) {
        const int a = b - 1;
        if (!(at->tied >> a & 1u) || !(at->tied >> b & 1u)) continue;
        struct pel_creepfit_minimum other = *at;
        if (!exchange(job, a, b, other.x)) continue;
        if (pel_creepfit_descend(job, N, 0, &other, NULL) != PEL_OK) continue;
        keep(job, &other);
        if (other.chi2 < at->chi2) *at = other;
    }
    return PEL_OK;
}

/* Components that overlap can often be told apart in several ways. */
static void look_across(struct pel_creepfit_job *job)
{
    for (int which = 0; which < PEL_CREEPFIT_ARRANGEMENTS; which++) {
        struct pel_creepfit_minimum at = job->minimum[0];
        if (pel_creepfit_arrange(job, which, at.x)) descend(job, &at, NULL);
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

/* All but the intervals, from the lowest minimum. */
static void report(struct pel_creepfit_job *job)
{
    struct pel_creepfit *out = job->out;
    const struct pel_creepfit_minimum *best = &job->minimum[0];
    size_t n_free = 0;
    out->chi2 = best->chi2;
    out->condition = best->condition;
    out->tied = best->tied;
    memcpy(out->covariance, best->covariance, sizeof out->covariance);
    for (size_t k = 0; k < N; k++) {
        struct pel_creepfit_parameter *p = &out->parameter[k];
        const int part = k == PEL_CREEPFIT_ELASTIC ? -1 : (int)(k - 1) / 3;
        *p = (struct pel_creepfit_parameter){
            .value = NAN, .lower = NAN, .upper = NAN, .state = best->state[k]};
        n_free += p->state != PEL_LEASTSQUARES_FIXED;
        if (part >= 0 && !pel_creepfit_is_in(job, part)) continue;
        p->value = pel_creepfit_is_logarithm(k) ? exp(best->x[k]) : best->x[k];
        put(&out->qpd, k, p->value);
    }
    const double nu = (double)job->data->n - (double)n_free;
    out->scatter = sqrt(out->chi2 / nu);
    /* With errors that are known the scatter is none of the intervals' business. */
    const int is_known = job->data->error_per_GPa != NULL;
    job->variance = is_known ? 1.0 : out->scatter * out->scatter;
    job->half = student(is_known ? INFINITY : nu) * sqrt(job->set->bartlett);
}

/* From the lowest minimum to the last digit, and what is to be said about it. The profiles
 * may come across a lower one: then again from there. */
static pel_status finish(struct pel_creepfit_job *job, struct pel_error *err)
{
    enum { ROUNDS = 10 };
    struct pel_creepfit_minimum better;
    for (int round = 0; round < ROUNDS; round++) {
        struct pel_creepfit_minimum fine = job->minimum[0];
        const pel_status status = pel_creepfit_descend(job, N, 1, &fine, err);
        if (status != PEL_OK) return status;
        job->minimum[0] = fine;
        report(job);
        if (!pel_creepfit_profile(job, &better)) break;
        if (descend(job, &better, NULL) != PEL_OK) keep(job, &better);
    }
    return PEL_OK;
}

/* ---- the call ---------------------------------------------------------------------- */

static pel_status descend_from_all(struct pel_creepfit_job *job, struct pel_error *err)
{
    enum { MORE = 16 }; /* than one of each start */
    const double same = 1e-4;
    struct pel_creepfit *out = job->out;
    const size_t starts = job->set->starts;
    struct pel_random random;
    pel_random_init(&random, job->set->seed, 0, 0);
    job->most_minima = starts + MORE;
    job->minimum = calloc(job->most_minima + 1, sizeof *job->minimum);
    double *reached = calloc(starts, sizeof *reached);
    pel_status status = job->minimum != NULL && reached != NULL
                            ? PEL_OK
                            : pel_error_set(err, PEL_ENOMEM, "creep fit");
    out->starts = starts;
    for (size_t s = 0; status != PEL_ENOMEM && s < starts; s++) {
        struct pel_creepfit_minimum at = {.chi2 = INFINITY};
        choose_start(job, s, &random, at.x);
        status = descend(job, &at, err);
        if (status == PEL_OK) reached[out->arrived++] = at.chi2;
    }
    if (status != PEL_ENOMEM) {
        status = job->n_minima > 0 ? PEL_OK : PEL_ENOCONV;
        if (status == PEL_OK) look_across(job);
        if (status == PEL_OK) status = finish(job, err);
        for (size_t s = 0; s < out->arrived; s++)
            out->agree += reached[s] <= out->chi2 * (1.0 + same);
    }
    free(job->minimum);
    free(reached);
    return status;
}

pel_status pel_creepfit_run(const struct pel_creepfit_data *data,
                            const struct pel_creepfit_settings *settings,
                            struct pel_creepfit *out, struct pel_error *err)
{
    const struct pel_creepfit_settings defaults = pel_creepfit_settings_defaults();
    struct pel_creepfit_job job = {
        .data = data, .set = settings != NULL ? settings : &defaults, .out = out};
    const struct pel_creepfit_settings *s = job.set;
    *out = (struct pel_creepfit){.qpd = pel_qpd_none(), .n = data->n};
    if (s->starts == 0 || (s->components & 7u) == 0 || s->components > 7u ||
        !(s->B_min > 0.0 && s->B_min < 1.0) || !(s->tau_below >= 1.0) ||
        !(s->tau_above >= 1.0) || !(s->compliance_range > 1.0) || !(s->decades > 0.0) ||
        !(s->bartlett > 0.0 && isfinite(s->bartlett)))
        return pel_error_set(err, PEL_EARG,
                             "creep: a setting of the fit is out of range");
    pel_status status = pel_creepfit_check(data, err);
    size_t n_free = 1;
    for (int c = 0; c < PARTS; c++)
        n_free += pel_creepfit_is_in(&job, c) ? 3 : 0;
    for (size_t k = 0; k < N; k++)
        n_free -=
            pel_creepfit_is_held(&job, k) &&
            (k == PEL_CREEPFIT_ELASTIC || pel_creepfit_is_in(&job, (int)(k - 1) / 3));
    const size_t least = n_free + 1 > N ? n_free + 1 : N;
    if (status == PEL_OK && data->n < least)
        return pel_error_set(err, PEL_EARG,
                             "creep: %zu points, expected at least %zu for this fit",
                             data->n, least);
    if (status == PEL_OK) status = set_bounds(&job, err);
    if (status == PEL_OK)
        status =
            pel_creepfit_model_begin(&job.model, data, s->components, s->accuracy, err);
    if (status != PEL_OK) return status;
    status = descend_from_all(&job, err);
    pel_creepfit_model_end(&job.model);
    return status;
}

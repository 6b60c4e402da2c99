#include "creepfit_priv.h"

#include <math.h>
#include <string.h>

/* Descents that keep the times in order, beta <= anelastic <= viscoplastic.
 *
 * leastsquares.h knows bounds, and no relation of one parameter to another. So a time that
 * has a free neighbour is not descended in itself but as the share z of the way from
 * that neighbour (the reference) to the end of the window:
 *
 *     ln tau = ln tau_reference + z (end - ln tau_reference) ,   0 <= z <= 1 .
 *
 * On z = 0 the two times are equal. A time between fixed ones has those as its bounds. */

enum { N = PEL_CREEPFIT_PARAMETERS, PARTS = PEL_QPD_COMPONENTS, NONE = -1 };

struct order {
    struct pel_creepfit_job *job;
    double lower[N], upper[N]; /* of z */
    int reference[PARTS];      /* component; NONE: the time is its own variable */
    double end[PARTS];         /* of those with a reference [ln s] */
};

static size_t tau_of(int component)
{
    return PEL_CREEPFIT_OF(PEL_CREEPFIT_TAU, component);
}

/* Whether the times that are fixed are in order themselves. */
static int can_be_kept(const struct pel_creepfit_job *job, const int is_fixed[],
                       const double x[])
{
    double last = -INFINITY;
    for (int c = 0; c < PARTS; c++) {
        if (!pel_creepfit_is_in(job, c) || !is_fixed[c]) continue;
        if (x[tau_of(c)] < last) return 0;
        last = x[tau_of(c)];
    }
    return 1;
}

/* Bounds and references. `fixed`: as in pel_creepfit_descend. */
static void arrange(struct order *order, struct pel_creepfit_job *job, size_t fixed,
                    const double x[])
{
    order->job = job;
    memcpy(order->lower, job->lower, sizeof order->lower);
    memcpy(order->upper, job->upper, sizeof order->upper);
    if (fixed < N) order->lower[fixed] = order->upper[fixed] = x[fixed];
    int is_fixed[PARTS];
    for (int c = 0; c < PARTS; c++) {
        order->reference[c] = NONE;
        is_fixed[c] = order->lower[tau_of(c)] == order->upper[tau_of(c)];
    }
    if (!can_be_kept(job, is_fixed, x)) return;
    int middle = NONE;
    for (int c = 0; c < PARTS; c++) {
        if (!pel_creepfit_is_in(job, c)) continue;
        const size_t k = tau_of(c);
        if (!is_fixed[c]) {
            /* The second of those that are free has a neighbour to each side. */
            if (middle == NONE || middle == 0) middle = c;
            continue;
        }
        for (int other = 0; other < PARTS; other++) {
            double *lower = &order->lower[tau_of(other)],
                   *upper = &order->upper[tau_of(other)];
            if (is_fixed[other] || !pel_creepfit_is_in(job, other)) continue;
            if (other > c) *lower = fmax(*lower, order->upper[k]);
            if (other < c) *upper = fmin(*upper, order->lower[k]);
        }
    }
    for (int c = 0; c < PARTS; c++) {
        const size_t k = tau_of(c);
        if (!pel_creepfit_is_in(job, c) || is_fixed[c] || c == middle) continue;
        /* A fixed time between the two keeps them in order already. */
        int apart = 0;
        for (int between = c < middle ? c + 1 : middle + 1;
             between < (c < middle ? middle : c); between++)
            apart = apart || (pel_creepfit_is_in(job, between) && is_fixed[between]);
        if (apart) continue;
        order->reference[c] = middle;
        order->end[c] = c < middle ? order->lower[k] : order->upper[k];
        order->lower[k] = 0.0;
        order->upper[k] = 1.0;
    }
}

static void to_x(const struct order *order, const double z[], double x[])
{
    memcpy(x, z, N * sizeof *x);
    for (int c = 0; c < PARTS; c++)
        if (order->reference[c] != NONE) {
            const double from = z[tau_of(order->reference[c])];
            x[tau_of(c)] = from + z[tau_of(c)] * (order->end[c] - from);
        }
}

/* Times out of order become equal. */
static void to_z(const struct order *order, const double x[], double z[])
{
    for (size_t k = 0; k < N; k++)
        z[k] = fmin(fmax(x[k], order->lower[k]), order->upper[k]);
    for (int c = 0; c < PARTS; c++)
        if (order->reference[c] != NONE) {
            const double from = z[tau_of(order->reference[c])],
                         way = order->end[c] - from;
            const double share = way != 0.0 ? (x[tau_of(c)] - from) / way : 0.0;
            z[tau_of(c)] = fmin(fmax(share, 0.0), 1.0);
        }
}

static int residuals(size_t n, const double z[], size_t m, void *context, double r[])
{
    const struct order *order = context;
    double x[N];
    to_x(order, z, x);
    return pel_creepfit_model_residuals(n, x, m, &order->job->model, r);
}

static int jacobian(size_t n, const double z[], size_t m, void *context, double J[])
{
    const struct order *order = context;
    double x[N];
    to_x(order, z, x);
    if (pel_creepfit_model_jacobian(n, x, m, &order->job->model, J) != 0) return 1;
    for (int c = 0; c < PARTS; c++) {
        if (order->reference[c] == NONE) continue;
        const size_t k = tau_of(c), from = tau_of(order->reference[c]);
        for (size_t i = 0; i < m; i++) {
            J[i * n + from] += J[i * n + k] * (1.0 - z[k]);
            J[i * n + k] *= order->end[c] - z[from];
        }
    }
    return 0;
}

/* States and covariance of x from those of z. A time that is tied to its reference moves
 * with it. */
static void judge(const struct order *order, const double z[], const double C[],
                  const enum pel_leastsquares_state state[],
                  struct pel_creepfit_minimum *at)
{
    double slope[N * N] = {0.0}; /* dx_i / dz_j */
    for (size_t k = 0; k < N; k++) {
        slope[k * N + k] = 1.0;
        at->state[k] = state[k];
    }
    for (int c = 0; c < PARTS; c++) {
        if (order->reference[c] == NONE) continue;
        const size_t k = tau_of(c), from = tau_of(order->reference[c]);
        slope[k * N + k] = order->end[c] - z[from];
        slope[k * N + from] = 1.0 - z[k];
        if (state[k] == PEL_LEASTSQUARES_LOWER) {
            at->state[k] = state[from];
            slope[k * N + k] = 0.0;
        } else if (state[k] == PEL_LEASTSQUARES_UPPER) {
            at->state[k] =
                c < order->reference[c] ? PEL_LEASTSQUARES_LOWER : PEL_LEASTSQUARES_UPPER;
        } else if (state[from] == PEL_LEASTSQUARES_UNDETERMINED) {
            at->state[k] = PEL_LEASTSQUARES_UNDETERMINED;
        }
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            double sum = 0.0;
            for (size_t a = 0; a < N; a++)
                for (size_t b = 0; b < N; b++)
                    if (slope[i * N + a] != 0.0 && slope[j * N + b] != 0.0)
                        sum += slope[i * N + a] * slope[j * N + b] * C[a * N + b];
            if (at->state[i] == PEL_LEASTSQUARES_UNDETERMINED)
                sum = i == j ? INFINITY : NAN;
            at->covariance[i * N + j] = sum;
        }
}

/* Descents that only look round, or follow a profile, need not arrive to the last digit. */
static struct pel_leastsquares_settings roughly(const struct pel_creepfit_job *job)
{
    struct pel_leastsquares_settings rough = job->set->descent;
    rough.gradient = fmax(rough.gradient, 1e-6);
    rough.progress = fmax(rough.progress, 1e-7);
    return rough;
}

pel_status pel_creepfit_descend(struct pel_creepfit_job *job, size_t fixed, int finely,
                                struct pel_creepfit_minimum *at, struct pel_error *err)
{
    struct order order;
    arrange(&order, job, fixed, at->x);
    const struct pel_leastsquares_problem problem = {.m = job->data->n,
                                                     .n = N,
                                                     .residual = residuals,
                                                     .jacobian = jacobian,
                                                     .context = &order,
                                                     .lower = order.lower,
                                                     .upper = order.upper};
    struct pel_leastsquares_settings set = finely ? job->set->descent : roughly(job);
    set.errors = job->data->error_per_GPa != NULL ? PEL_LEASTSQUARES_WEIGHTS
                                                  : PEL_LEASTSQUARES_SCATTER;
    double z[N], C[N * N];
    enum pel_leastsquares_state state[N];
    struct pel_leastsquares_report report;
    to_z(&order, at->x, z);
    pel_status status;
    for (int again = 0;; again++) {
        status = pel_leastsquares_fit(&problem, &set, z, finely ? C : NULL, state,
                                      &report, err);
        job->out->iterations += report.iterations;
        job->out->evaluations += report.residuals;
        if (status != PEL_ENOCONV || !finely || again == 1) break;
        /* Two components that are nearly one make a valley whose floor is so flat that the
         * last digits take for ever: what is left to gain there is nothing to the data. */
        set.gradient = roughly(job).gradient;
        set.progress = roughly(job).progress;
    }
    at->chi2 = report.chi2;
    to_x(&order, z, at->x);
    at->tied = 0;
    for (int c = 0; c < PARTS && status == PEL_OK; c++)
        if (order.reference[c] != NONE && state[tau_of(c)] == PEL_LEASTSQUARES_LOWER)
            at->tied |= 1u << c | 1u << order.reference[c];
    at->is_known = finely && status == PEL_OK;
    if (at->is_known) {
        judge(&order, z, C, state, at);
        at->condition = report.condition;
    }
    return status;
}

static double part_of(const double x[], int component)
{
    return exp(x[PEL_CREEPFIT_OF(PEL_CREEPFIT_COMPLIANCE, component)]);
}

/* The first two in one and the last in two, or (`last`) the other way round. */
static int share_out(const struct pel_creepfit_job *job, int last, double x[])
{
    enum { WHICH = PEL_CREEPFIT_COMPLIANCE - PEL_CREEPFIT_B + 1 };
    const double narrower = 1.1, apart = 0.35;
    for (size_t k = PEL_CREEPFIT_B; k < N; k++)
        if (pel_creepfit_is_held(job, k)) return 0;
    for (int c = 0; c < PARTS; c++)
        if (!pel_creepfit_is_in(job, c)) return 0;
    const int a = last ? 1 : 0, b = a + 1, from = last ? 0 : 2, to = last ? 2 : 0,
              half = last ? 0 : 1;
    const int larger = part_of(x, a) > part_of(x, b) ? a : b;
    double one[WHICH], two[WHICH];
    memcpy(one, &x[PEL_CREEPFIT_OF(PEL_CREEPFIT_B, larger)], sizeof one);
    memcpy(two, &x[PEL_CREEPFIT_OF(PEL_CREEPFIT_B, from)], sizeof two);
    one[WHICH - 1] = log(part_of(x, a) + part_of(x, b));
    two[WHICH - 1] -= log(2.0);
    two[0] *= narrower;
    memcpy(&x[PEL_CREEPFIT_OF(PEL_CREEPFIT_B, to)], one, sizeof one);
    for (int c = half; c < half + 2; c++) {
        memcpy(&x[PEL_CREEPFIT_OF(PEL_CREEPFIT_B, c)], two, sizeof two);
        x[tau_of(c)] += (c == half ? -apart : apart) / two[0];
    }
    return 1;
}

int pel_creepfit_arrange(const struct pel_creepfit_job *job, int which, double x[])
{
    if (which >= PEL_CREEPFIT_OF_PAIRS)
        return share_out(job, which - PEL_CREEPFIT_OF_PAIRS, x);
    enum { EXCHANGED = 1, APART = 2 };
    const double far = 0.35; /* of the sum of the widths */
    const int a = which / 3, b = a + 1, what = which % 3 + 1;
    if (!pel_creepfit_is_in(job, a) || !pel_creepfit_is_in(job, b)) return 0;
    const size_t B_a = PEL_CREEPFIT_OF(PEL_CREEPFIT_B, a),
                 B_b = PEL_CREEPFIT_OF(PEL_CREEPFIT_B, b);
    double *tau_a = &x[tau_of(a)], *tau_b = &x[tau_of(b)];
    const double width = 1.0 / x[B_a] + 1.0 / x[B_b];
    if (!(*tau_b - *tau_a < width)) return 0;
    if (what & EXCHANGED) {
        if (pel_creepfit_is_held(job, B_a) || pel_creepfit_is_held(job, B_b)) return 0;
        const double swap = x[B_a];
        x[B_a] = x[B_b];
        x[B_b] = swap;
    }
    if (what & APART) {
        if (pel_creepfit_is_held(job, tau_of(a)) || pel_creepfit_is_held(job, tau_of(b)))
            return 0;
        /* Around the centre of both. */
        const double share = part_of(x, a) / (part_of(x, a) + part_of(x, b)),
                     centre = share * *tau_a + (1.0 - share) * *tau_b;
        *tau_a = centre - (1.0 - share) * far * width;
        *tau_b = centre + share * far * width;
    }
    return 1;
}

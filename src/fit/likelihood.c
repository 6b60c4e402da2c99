#include "score_priv.h"

#include <pelrate/likelihood.h>
#include <pelrate/statistics.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COEFFICIENTS = 3, DEGREES = 3 };

/* The likelihood of one family at one degree as a function of free variables u[].
 *
 * Each parameter is floor + sum_j b_j B_j(t), t = (e - e_min)/(e_max - e_min) in [0, 1],
 * B_j the Bernstein polynomials of the degree; bounded parameters have b = b(u) > 0 in
 * the sense of the header, free ones b = u. u[k * (degree + 1) + j]. */
struct job {
    const struct pel_family *family;
    const struct pel_score *score;
    size_t degree;
    size_t n_levels;
    const struct pel_likelihood_level *levels;
    double e_min, e_max; /* [eV/atom] */
    double weight;       /* of all events */
    double barrier;      /* see climb_border(); 0: none */
};

static int is_free(const struct job *job, size_t k)
{
    return isinf(job->score->floor[k]);
}

/* A family whose support moves with a parameter: its first one. */
enum { OFFSET = 0 };

static int is_shifted(const struct pel_family *family)
{
    return strcmp(family->name, "shifted_gamma") == 0;
}

/* Bernstein polynomials of a degree at t. */
static void bernstein(size_t degree, double t, double B[COEFFICIENTS])
{
    const double s = 1.0 - t;
    if (degree == 0) {
        B[0] = 1.0;
    } else if (degree == 1) {
        B[0] = s;
        B[1] = t;
    } else {
        B[0] = s * s;
        B[1] = 2.0 * s * t;
        B[2] = t * t;
    }
}

/* Coefficients b of parameter k from its variables u, both [degree + 1]. */
static void to_bernstein(const struct job *job, size_t k, const double u[], double b[])
{
    for (size_t j = 0; j <= job->degree; j++)
        b[j] = is_free(job, k) ? u[j] : exp(u[j]);
    if (job->degree == 2 && !is_free(job, k)) b[1] -= sqrt(b[0]) * sqrt(b[2]);
}

/* The inverse; b must be positive in the sense of the header, or underflow to zero. */
static void from_bernstein(const struct job *job, size_t k, const double b[], double u[])
{
    for (size_t j = 0; j <= job->degree; j++) {
        const double root = job->degree == 2 && j == 1 ? sqrt(b[0]) * sqrt(b[2]) : 0.0;
        u[j] = is_free(job, k) ? b[j] : log(fmax(b[j] + root, DBL_MIN));
    }
}

/* Derivatives by u from those by b, in place. */
static void chain(const struct job *job, size_t k, const double u[], double g[])
{
    if (is_free(job, k)) return;
    if (job->degree == 2) {
        const double root = exp(0.5 * (u[0] + u[2]));
        g[0] = g[0] * exp(u[0]) - 0.5 * root * g[1];
        g[2] = g[2] * exp(u[2]) - 0.5 * root * g[1];
        g[1] *= exp(u[1]);
    } else {
        for (size_t j = 0; j <= job->degree; j++)
            g[j] *= exp(u[j]);
    }
}

static double lowest(const struct pel_likelihood_level *level)
{
    double e = INFINITY;
    for (size_t i = 0; i < level->n; i++)
        if (level->energy[i] < e) e = level->energy[i];
    return e;
}

static double position(const struct job *job, double e_is)
{
    return job->e_max > job->e_min ? (e_is - job->e_min) / (job->e_max - job->e_min)
                                   : 0.0;
}

/* -ln L per unit of weight, and its gradient: what the minimiser sees. */
static int objective(size_t n, const double u[], void *context, double *f, double g[])
{
    const struct job *job = context;
    const size_t stride = job->degree + 1;
    double b[PEL_FAMILY_PARAMETERS][COEFFICIENTS];
    for (size_t k = 0; k < job->family->n_parameters; k++)
        to_bernstein(job, k, &u[k * stride], b[k]);
    if (g != NULL) memset(g, 0, n * sizeof *g);

    double sum = 0.0;
    for (size_t l = 0; l < job->n_levels; l++) {
        const struct pel_likelihood_level *level = &job->levels[l];
        double B[COEFFICIENTS], p[PEL_FAMILY_PARAMETERS], by_p[PEL_FAMILY_PARAMETERS];
        bernstein(job->degree, position(job, level->e_is), B);
        for (size_t k = 0; k < job->family->n_parameters; k++) {
            p[k] = is_free(job, k) ? 0.0 : job->score->floor[k];
            for (size_t j = 0; j < stride; j++)
                p[k] += b[k][j] * B[j];
        }
        /* Exponentials can underflow to the bound itself. */
        if (pel_family_check(job->family, p, NULL) != PEL_OK) return 1;
        const double ln =
            job->score->sum(p, level->n, level->energy, level->weight, by_p);
        if (!isfinite(ln)) return 1;
        sum += ln;
        if (job->barrier > 0.0) {
            const double slack = lowest(level) - p[OFFSET];
            sum += job->barrier * job->weight * log(slack);
            by_p[OFFSET] -= job->barrier * job->weight / slack;
        }
        for (size_t k = 0; g != NULL && k < job->family->n_parameters; k++)
            for (size_t j = 0; j < stride; j++)
                g[k * stride + j] -= by_p[k] * B[j] / job->weight;
    }
    *f = -sum / job->weight;
    for (size_t k = 0; g != NULL && k < job->family->n_parameters; k++)
        chain(job, k, &u[k * stride], &g[k * stride]);
    return 0;
}

/* The maximum where it lies in a corner of the domain (offset at the lowest event, shape
 * 1): there no gradient vanishes. A barrier of the logarithm of the distance to the
 * lowest event of each level keeps the search inside and is made weaker step by step
 * (interior point). */
static pel_status climb_border(struct job *job, size_t n, double u[],
                               const struct pel_minimum_settings *settings,
                               struct pel_minimum_report *report, struct pel_error *err)
{
    const double weakest = 1e-6; /* in units of ln L per event */
    pel_status status = PEL_OK;
    for (job->barrier = 1e-2; status == PEL_OK && job->barrier > 0.9 * weakest;
         job->barrier *= 0.1)
        status = pel_minimum_find(objective, job, n, u, settings, report, err);
    job->barrier = 0.0;
    double f;
    if (status == PEL_OK && objective(n, u, job, &f, NULL) == 0) report->f = f;
    return status;
}

/* The same function written with one degree more. */
static void elevate(struct job *job, double u[])
{
    double old[PEL_FAMILY_PARAMETERS][COEFFICIENTS];
    const size_t d = job->degree;
    for (size_t k = 0; k < job->family->n_parameters; k++)
        to_bernstein(job, k, &u[k * (d + 1)], old[k]);
    job->degree = d + 1;
    for (size_t k = 0; k < job->family->n_parameters; k++) {
        const double *b = old[k];
        const double up[COEFFICIENTS] = {b[0], d == 0 ? b[0] : 0.5 * (b[0] + b[1]),
                                         d == 0 ? b[0] : b[1]};
        from_bernstein(job, k, up, &u[k * (d + 2)]);
    }
}

/* c of value = c0 + c1 x + c2 x^2, x = e_is - reference, from the variables. */
static void to_power(const struct job *job, size_t k, const double u[], double reference,
                     double c[COEFFICIENTS])
{
    double b[COEFFICIENTS] = {0};
    to_bernstein(job, k, u, b);
    double q[COEFFICIENTS] = {b[0], 0.0, 0.0}; /* in powers of t */
    if (job->degree == 1) {
        q[1] = b[1] - b[0];
    } else if (job->degree == 2) {
        q[1] = 2.0 * (b[1] - b[0]);
        q[2] = b[0] - 2.0 * b[1] + b[2];
    }
    const double floor = is_free(job, k) ? 0.0 : job->score->floor[k];
    const double range = job->e_max - job->e_min;
    const double s = range > 0.0 ? 1.0 / range : 0.0, a = (reference - job->e_min) * s;
    c[0] = floor + q[0] + q[1] * a + q[2] * a * a;
    c[1] = s * (q[1] + 2.0 * q[2] * a);
    c[2] = s * s * q[2];

    /* Where a parameter touches its bound, rounding may have carried it across: lift it
     * by as much. */
    if (is_free(job, k)) return;
    double lowest = INFINITY;
    const double turn = c[2] > 0.0 ? -0.5 * c[1] / c[2] : 0.0;
    const double at[] = {job->e_min - reference, job->e_max - reference, turn};
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        if (!(at[i] >= at[0] && at[i] <= at[1])) continue;
        const double value = c[0] + at[i] * (c[1] + at[i] * c[2]);
        if (value < lowest) lowest = value;
    }
    const double bound = job->family->parameter[k].lower;
    const double room = 4.0 * 0x1p-52 * (fabs(c[0]) + fabs(bound));
    if (lowest < bound + room) c[0] += bound + room - lowest;
}

static pel_status check_levels(size_t n_levels,
                               const struct pel_likelihood_level levels[],
                               struct pel_score_moments *moments, double *weight,
                               struct pel_error *err)
{
    /* Weighted moments over all levels, in one pass each. */
    double sum = 0.0, sum_e = 0.0, sum_l = 0.0, highest = 0.0;
    moments->lowest = INFINITY;
    for (size_t l = 0; l < n_levels; l++) {
        if (levels[l].n == 0)
            return pel_error_set(err, PEL_EARG, "likelihood: level %zu has no events", l);
        if (!isfinite(levels[l].e_is) ||
            (l > 0 && !(levels[l].e_is > levels[l - 1].e_is)))
            return pel_error_set(err, PEL_EARG,
                                 "likelihood: level %zu: E_IS does not increase", l);
        for (size_t i = 0; i < levels[l].n; i++) {
            const double e = levels[l].energy[i];
            const double w = levels[l].weight != NULL ? levels[l].weight[i] : 1.0;
            if (!(e > 0.0 && isfinite(e) && w >= 0.0 && isfinite(w)))
                return pel_error_set(
                    err, PEL_EARG,
                    "likelihood: level %zu, event %zu: energy %g eV with "
                    "weight %g, expected > 0 and >= 0",
                    l, i, e, w);
            sum += w;
            sum_e += w * e;
            sum_l += w * log(e);
            if (e < moments->lowest) moments->lowest = e;
            if (e > highest) highest = e;
        }
    }
    if (!(sum > 0.0 && highest > moments->lowest))
        return pel_error_set(err, PEL_EARG,
                             "likelihood: the energies do not differ, nothing to fit");
    *weight = sum;
    moments->mean = sum_e / sum;
    moments->ln_mean = sum_l / sum;
    double var = 0.0, ln_var = 0.0;
    for (size_t l = 0; l < n_levels; l++)
        for (size_t i = 0; i < levels[l].n; i++) {
            const double e = levels[l].energy[i];
            const double w = levels[l].weight != NULL ? levels[l].weight[i] : 1.0;
            var += w * (e - moments->mean) * (e - moments->mean);
            ln_var += w * (log(e) - moments->ln_mean) * (log(e) - moments->ln_mean);
        }
    moments->sd = sqrt(var / sum);
    moments->ln_sd = sqrt(ln_var / sum);
    if (!(moments->sd > 0.0 && moments->ln_sd > 0.0))
        return pel_error_set(err, PEL_EARG,
                             "likelihood: the energies do not differ, nothing to fit");
    return PEL_OK;
}

int pel_likelihood_has(const struct pel_family *family)
{
    return family != NULL && pel_score_find(family) != NULL;
}

/* - start: constant parameters by the method of moments
 * - minimise, raise the degree, minimise again up to the degree asked for
 * - write the polynomials in powers of x */
pel_status pel_likelihood_maximise(const struct pel_family *family, size_t degree,
                                   size_t n_levels,
                                   const struct pel_likelihood_level levels[],
                                   const struct pel_minimum_settings *settings,
                                   struct pel_likelihood *out, struct pel_error *err)
{
    *out = (struct pel_likelihood){.family = family, .degree = degree};
    if (!pel_likelihood_has(family))
        return pel_error_set(err, PEL_EARG, "likelihood: family %s cannot be fitted",
                             family != NULL ? family->name : "none");
    if (n_levels == 0 || degree >= DEGREES || degree >= n_levels)
        return pel_error_set(
            err, PEL_EARG,
            "likelihood: degree %zu with %zu levels, expected at most %d "
            "and fewer than levels",
            degree, n_levels, DEGREES - 1);
    struct job job = {.family = family,
                      .score = pel_score_find(family),
                      .n_levels = n_levels,
                      .levels = levels,
                      .e_min = levels[0].e_is,
                      .e_max = levels[n_levels - 1].e_is};
    struct pel_score_moments moments;
    pel_status status = check_levels(n_levels, levels, &moments, &job.weight, err);
    if (status != PEL_OK) return status;

    double p[PEL_FAMILY_PARAMETERS], u[PEL_FAMILY_PARAMETERS * COEFFICIENTS];
    job.score->start(&moments, p);
    for (size_t k = 0; k < family->n_parameters; k++) {
        const double b[COEFFICIENTS] = {p[k] -
                                        (is_free(&job, k) ? 0.0 : job.score->floor[k])};
        from_bernstein(&job, k, b, &u[k]);
    }
    for (;;) {
        out->n_free = family->n_parameters * (job.degree + 1);
        double start[PEL_FAMILY_PARAMETERS * COEFFICIENTS];
        memcpy(start, u, out->n_free * sizeof *u);
        struct pel_error why = {0};
        out->at_border = 0;
        status = pel_minimum_find(objective, &job, out->n_free, u, settings, &out->report,
                                  &why);
        if (status == PEL_ENOCONV && is_shifted(family)) {
            out->at_border = 1;
            memcpy(u, start, out->n_free * sizeof *u);
            status = climb_border(&job, out->n_free, u, settings, &out->report, &why);
        }
        if (status != PEL_OK)
            return pel_error_set(err, status, "%s of degree %zu: %s", family->name,
                                 job.degree, why.text);
        if (job.degree == degree) break;
        elevate(&job, u);
    }

    double sum = 0.0;
    for (size_t l = 0; l < n_levels; l++)
        sum += levels[l].e_is;
    out->reference_e_is = sum / (double)n_levels;
    for (size_t k = 0; k < family->n_parameters; k++)
        to_power(&job, k, &u[k * (degree + 1)], out->reference_e_is, out->c[k]);
    out->ln_likelihood = -out->report.f * job.weight;
    out->aic = 2.0 * (double)out->n_free - 2.0 * out->ln_likelihood;
    return PEL_OK;
}

void pel_likelihood_parameters(const struct pel_likelihood *fit, double e_is, double p[])
{
    const double x = e_is - fit->reference_e_is;
    for (size_t k = 0; k < fit->family->n_parameters; k++)
        p[k] = fit->c[k][0] + x * (fit->c[k][1] + x * fit->c[k][2]);
}

struct weighted {
    double e, w;
};

static int by_energy(const void *a, const void *b)
{
    const double x = ((const struct weighted *)a)->e, y = ((const struct weighted *)b)->e;
    return (x > y) - (x < y);
}

pel_status pel_likelihood_distance(const struct pel_likelihood *fit,
                                   const struct pel_likelihood_level *level,
                                   double *distance, struct pel_error *err)
{
    double p[PEL_FAMILY_PARAMETERS], total = 0.0, below = 0.0;
    pel_likelihood_parameters(fit, level->e_is, p);
    struct weighted *sorted = malloc((level->n + 1) * sizeof *sorted);
    if (sorted == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu events", level->n);
    for (size_t i = 0; i < level->n; i++) {
        const double w = level->weight != NULL ? level->weight[i] : 1.0;
        sorted[i] = (struct weighted){level->energy[i], w};
        total += w;
    }
    qsort(sorted, level->n, sizeof *sorted, by_energy);
    /* The empirical distribution jumps at each event: the largest distance is just before
     * or just after one. */
    *distance = 0.0;
    for (size_t i = 0; i < level->n; i++) {
        const double F = fit->family->cumulative(p, sorted[i].e);
        const double before = fabs(F - below / total);
        below += sorted[i].w;
        const double after = fabs(F - below / total);
        *distance = fmax(*distance, fmax(before, after));
    }
    free(sorted);
    return PEL_OK;
}

#include <pelrate/relaxation.h>

#include <pelrate/exponentials.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Terms of the series of 1 - exp(-s) for slow units, and up to which s they do. */
enum { TERMS = 5 };
static const double slow = 4e-3; /* s^6 / 720 = 6e-18 */
/* Units whose exponentials are taken together. */
enum { AT_ONCE = 32 };
/* exp(-s) is below the rounding of 1 from here on. */
static const double fast = 38.0;

struct pel_relaxation {
    size_t n;
    double *ln_tau; /* [n] increasing [ln s]; owns the block of all arrays */
    double *tau;    /* [n] [s] */
    double *weight; /* [n] */
    double *before; /* [n + 1] sum of the weights of the units 0 .. i-1 */
    /* Of the units from i on, for the series: */
    double *after;    /* [n * TERMS] sum w_j (tau_i / tau_j)^k, k = 1 .. TERMS */
    double *ln_after; /* [n * TERMS] the same with ln tau_j */
};

struct unit {
    double tau, weight;
};

static int by_tau(const void *a, const void *b)
{
    const double x = ((const struct unit *)a)->tau, y = ((const struct unit *)b)->tau;
    return (x > y) - (x < y);
}

void pel_relaxation_free(struct pel_relaxation *relaxation)
{
    if (relaxation == NULL) return;
    free(relaxation->ln_tau);
    free(relaxation);
}

static struct pel_relaxation *allocate(size_t n)
{
    struct pel_relaxation *r = calloc(1, sizeof *r);
    if (r == NULL) return NULL;
    double *block = calloc(4 * n + 1 + 2 * TERMS * n, sizeof *block);
    if (block == NULL) {
        free(r);
        return NULL;
    }
    r->n = n;
    r->ln_tau = block;
    r->tau = block + n;
    r->weight = block + 2 * n;
    r->before = block + 3 * n;
    r->after = block + 4 * n + 1;
    r->ln_after = r->after + TERMS * n;
    return r;
}

static void sum_up(struct pel_relaxation *r)
{
    for (size_t i = 0; i < r->n; i++)
        r->before[i + 1] = r->before[i] + r->weight[i];
    for (size_t i = r->n; i-- > 0;) {
        /* (tau_i / tau_(i+1))^k, which underflows to no harm. */
        const double ratio = i + 1 < r->n ? r->tau[i] / r->tau[i + 1] : 0.0;
        double power = 1.0;
        for (size_t k = 0; k < TERMS; k++) {
            power *= ratio;
            double *sum = &r->after[i * TERMS + k], *ln_sum = &r->ln_after[i * TERMS + k];
            *sum = r->weight[i];
            *ln_sum = r->weight[i] * r->ln_tau[i];
            if (i + 1 < r->n) {
                *sum += power * sum[TERMS];
                *ln_sum += power * ln_sum[TERMS];
            }
        }
    }
}

pel_status pel_relaxation_create(size_t n, const double tau_s[], const double weight[],
                                 struct pel_relaxation **out, struct pel_error *err)
{
    *out = NULL;
    if (n == 0)
        return pel_error_set(err, PEL_EARG,
                             "relaxation: no units, expected at least one");
    double total = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (!(tau_s[i] > 0.0 && isfinite(tau_s[i])))
            return pel_error_set(err, PEL_EARG,
                                 "relaxation: time %zu is %g s, expected a number > 0", i,
                                 tau_s[i]);
        if (!(weight[i] >= 0.0 && isfinite(weight[i])))
            return pel_error_set(err, PEL_EARG,
                                 "relaxation: weight %zu is %g, expected a number >= 0",
                                 i, weight[i]);
        total += weight[i];
    }
    if (!(total > 0.0 && isfinite(total)))
        return pel_error_set(err, PEL_EARG,
                             "relaxation: the weights add up to %g, expected a sum > 0",
                             total);
    struct unit *unit = calloc(n, sizeof *unit);
    struct pel_relaxation *r = allocate(n);
    if (unit == NULL || r == NULL) {
        free(unit);
        pel_relaxation_free(r);
        return pel_error_set(err, PEL_ENOMEM, "relaxation of %zu units", n);
    }
    int is_sorted = 1;
    for (size_t i = 0; i < n; i++) {
        unit[i] = (struct unit){.tau = tau_s[i], .weight = weight[i] / total};
        is_sorted = is_sorted && (i == 0 || tau_s[i] >= tau_s[i - 1]);
    }
    /* Spectra come sorted, and a fit makes thousands. */
    if (!is_sorted) qsort(unit, n, sizeof *unit, by_tau);
    for (size_t i = 0; i < n; i++) {
        r->tau[i] = unit[i].tau;
        r->ln_tau[i] = log(unit[i].tau);
        r->weight[i] = unit[i].weight;
    }
    free(unit);
    sum_up(r);
    *out = r;
    return PEL_OK;
}

pel_status pel_relaxation_debye(double tau_s, struct pel_relaxation **out,
                                struct pel_error *err)
{
    const double one = 1.0;
    return pel_relaxation_create(1, &tau_s, &one, out, err);
}

size_t pel_relaxation_units(const struct pel_relaxation *relaxation)
{
    return relaxation->n;
}

double pel_relaxation_tau(const struct pel_relaxation *relaxation, size_t i)
{
    return relaxation->tau[i];
}

double pel_relaxation_weight(const struct pel_relaxation *relaxation, size_t i)
{
    return relaxation->weight[i];
}

/* The first unit whose time is above tau; n: none. */
static size_t first_above(const struct pel_relaxation *r, double tau)
{
    size_t lo = 0, hi = r->n;
    while (lo < hi) {
        const size_t middle = lo + (hi - lo) / 2;
        if (r->tau[middle] > tau)
            hi = middle;
        else
            lo = middle + 1;
    }
    return lo;
}

void pel_relaxation_step(const struct pel_relaxation *relaxation, double t_s,
                         struct pel_relaxation_step *out)
{
    const struct pel_relaxation *r = relaxation;
    *out = (struct pel_relaxation_step){.value = NAN, .slope = NAN, .spread = NAN};
    if (!(t_s >= 0.0)) return;
    const size_t i_fast = first_above(r, t_s / fast), i_slow = first_above(r, t_s / slow);
    double value = r->before[i_fast], slope = 0.0, spread = 0.0;
    for (size_t first = i_fast; first < i_slow; first += AT_ONCE) {
        const size_t n = i_slow - first < AT_ONCE ? i_slow - first : AT_ONCE;
        double s[AT_ONCE], left[AT_ONCE];
        for (size_t i = 0; i < n; i++)
            left[i] = -(s[i] = t_s / r->tau[first + i]);
        pel_exponentials(n, left, left);
        for (size_t i = 0; i < n; i++) {
            const double weight = r->weight[first + i], part = weight * s[i] * left[i];
            value += weight * (1.0 - left[i]);
            slope += part;
            spread += part * r->ln_tau[first + i];
        }
    }
    if (i_slow < r->n) {
        /* s^k / k! with alternating sign */
        const double s = t_s / r->tau[i_slow];
        const double *after = &r->after[i_slow * TERMS],
                     *ln_after = &r->ln_after[i_slow * TERMS];
        double term = -1.0;
        for (size_t k = 0; k < TERMS; k++) {
            term *= -s / (double)(k + 1);
            value += term * after[k];
            slope += term * (double)(k + 1) * after[k];
            spread += term * (double)(k + 1) * ln_after[k];
        }
    }
    *out = (struct pel_relaxation_step){.value = value, .slope = slope, .spread = spread};
}

void pel_relaxation_wave(const struct pel_relaxation *relaxation, double omega_rad_per_s,
                         struct pel_relaxation_wave *out)
{
    const struct pel_relaxation *r = relaxation;
    const double w = omega_rad_per_s;
    *out = (struct pel_relaxation_wave){
        .storage = NAN, .loss = NAN, .storage_slope = NAN, .loss_slope = NAN};
    if (!(w >= 0.0)) return;
    struct pel_relaxation_wave sum = {0};
    for (size_t i = 0; i < r->n; i++) {
        const double s = w * r->tau[i];
        /* Both shares stay finite where s overflows when squared: by 1/s then. */
        const double q = s < 1.0 ? s : 1.0 / s, d = 1.0 / (1.0 + q * q);
        const double storage = s < 1.0 ? d : q * q * d, loss = q * d;
        sum.storage += r->weight[i] * storage;
        sum.loss += r->weight[i] * loss;
        sum.storage_slope -= r->weight[i] * 2.0 * loss * loss;
        /* s (1 - s^2) / (1 + s^2)^2 = loss (2 storage - 1) */
        sum.loss_slope += r->weight[i] * loss * (2.0 * storage - 1.0);
    }
    *out = sum;
}

#include "hull_priv.h"

#include <math.h>
#include <stdlib.h>

void pel_hull_release(struct hull *hull)
{
    free(hull->T);
    *hull = (struct hull){0};
}

static int by_temperature(const void *a, const void *b)
{
    const struct pel_mined *const *p = a, *const *q = b;
    if ((*p)->temperature_K == (*q)->temperature_K) return 0;
    return (*p)->temperature_K < (*q)->temperature_K ? -1 : 1;
}

pel_status pel_hull_create(struct hull *hull, const struct pel_rates *rates, double join,
                           struct pel_error *err)
{
    const size_t n = rates->n;
    *hull = (struct hull){0};
    const struct pel_mined **sorted = malloc(n * sizeof *sorted);
    double *memory = malloc(3 * n * sizeof *memory);
    if (sorted == NULL || memory == NULL) {
        free(sorted);
        free(memory);
        return pel_error_set(err, PEL_ENOMEM, "surface of %zu rates", n);
    }
    for (size_t i = 0; i < n; i++)
        sorted[i] = &rates->rows[i];
    qsort(sorted, n, sizeof *sorted, by_temperature);
    *hull = (struct hull){.T = memory, .lo = memory + n, .hi = memory + 2 * n};
    for (size_t i = 0, j; i < n; i = j) {
        double lo = INFINITY, hi = -INFINITY, sum = 0.0;
        /* From the first on: rates strewn over temperature must not all become one. */
        for (j = i; j < n && sorted[j]->temperature_K - sorted[i]->temperature_K <= join;
             j++) {
            lo = fmin(lo, sorted[j]->e_is);
            hi = fmax(hi, sorted[j]->e_is);
            sum += sorted[j]->temperature_K - sorted[i]->temperature_K;
        }
        hull->T[hull->n] = sorted[i]->temperature_K + sum / (double)(j - i);
        hull->lo[hull->n] = lo;
        hull->hi[hull->n++] = hi;
    }
    free(sorted);
    return PEL_OK;
}

int pel_hull_inside(const struct hull *hull, double e_is, double T)
{
    for (size_t k = 1; k < hull->n; k++) {
        if (!(T >= hull->T[k - 1] && T <= hull->T[k])) continue;
        const double s = (T - hull->T[k - 1]) / (hull->T[k] - hull->T[k - 1]);
        const double lo = (1.0 - s) * hull->lo[k - 1] + s * hull->lo[k];
        const double hi = (1.0 - s) * hull->hi[k - 1] + s * hull->hi[k];
        if (e_is >= lo && e_is <= hi) return 1;
    }
    return 0;
}

/* Where a border between two temperatures passes an E_IS. */
static void widen(double T0, double T1, double e0, double e1, double e_is, double *T_lo,
                  double *T_hi)
{
    if ((e0 - e_is) * (e1 - e_is) > 0.0 || e0 == e1) return;
    const double T = T0 + (T1 - T0) * (e_is - e0) / (e1 - e0);
    *T_lo = fmin(*T_lo, T);
    *T_hi = fmax(*T_hi, T);
}

int pel_hull_range(const struct hull *hull, double e_is, double *T_lo, double *T_hi)
{
    *T_lo = INFINITY;
    *T_hi = -INFINITY;
    for (size_t k = 0; k < hull->n; k++) {
        if (e_is >= hull->lo[k] && e_is <= hull->hi[k]) {
            *T_lo = fmin(*T_lo, hull->T[k]);
            *T_hi = fmax(*T_hi, hull->T[k]);
        }
        if (k == 0) continue;
        widen(hull->T[k - 1], hull->T[k], hull->lo[k - 1], hull->lo[k], e_is, T_lo, T_hi);
        widen(hull->T[k - 1], hull->T[k], hull->hi[k - 1], hull->hi[k], e_is, T_lo, T_hi);
    }
    return *T_lo < *T_hi ? 0 : -1;
}

#include <pelrate/mapgrid.h>

#include <pelrate/statistics.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pel_mapgrid {
    const struct pel_agemap *map; /* borrowed */
    size_t n_e, n_T;
    double *e_is;          /* [n_e] rising [eV/atom] */
    double *temperature_K; /* [n_T] rising [K] */
    size_t *at;            /* [n_e * n_T] the map's point */
};

void pel_mapgrid_free(struct pel_mapgrid *grid)
{
    if (grid == NULL) return;
    free(grid->e_is);
    free(grid->temperature_K);
    free(grid->at);
    free(grid);
}

const struct pel_agemap *pel_mapgrid_map(const struct pel_mapgrid *grid)
{
    return grid->map;
}

/* The different ones among values[n], rising. NULL: out of memory. */
static double *distinct(size_t n, const double values[], size_t *n_out)
{
    double *sorted = malloc(n * sizeof *sorted);
    if (sorted == NULL) return NULL;
    memcpy(sorted, values, n * sizeof *sorted);
    pel_statistics_sort(n, sorted);
    *n_out = 0;
    for (size_t i = 0; i < n; i++)
        if (*n_out == 0 || sorted[i] != sorted[*n_out - 1])
            sorted[(*n_out)++] = sorted[i];
    return sorted;
}

/* The last of axis[n], rising, that is not above x; n: there is none. */
static size_t below(size_t n, const double axis[], double x)
{
    if (!(n > 0 && x >= axis[0])) return n;
    size_t lo = 0, hi = n;
    while (hi - lo > 1) {
        const size_t middle = lo + (hi - lo) / 2;
        if (axis[middle] <= x)
            lo = middle;
        else
            hi = middle;
    }
    return lo;
}

static pel_status lay_out(struct pel_mapgrid *grid, struct pel_error *err)
{
    const struct pel_agemap *map = grid->map;
    grid->e_is = distinct(map->n, map->e_is, &grid->n_e);
    grid->temperature_K = distinct(map->n, map->temperature_K, &grid->n_T);
    grid->at = malloc(map->n * sizeof *grid->at);
    if (grid->e_is == NULL || grid->temperature_K == NULL || grid->at == NULL)
        return pel_error_set(err, PEL_ENOMEM, "grid of a map");
    /* So many points as places, and no place twice: each once. */
    if (map->n % grid->n_e != 0 || map->n / grid->n_e != grid->n_T)
        return pel_error_set(
            err, PEL_EARG,
            "%zu points of %zu E_IS and %zu temperatures, expected a full "
            "grid",
            map->n, grid->n_e, grid->n_T);
    for (size_t i = 0; i < map->n; i++)
        grid->at[i] = map->n;
    for (size_t i = 0; i < map->n; i++) {
        size_t *at =
            &grid->at[below(grid->n_e, grid->e_is, map->e_is[i]) * grid->n_T +
                      below(grid->n_T, grid->temperature_K, map->temperature_K[i])];
        if (*at != map->n)
            return pel_error_set(
                err, PEL_EARG,
                "E_IS %.15g eV/atom at %.15g K twice, expected a full grid", map->e_is[i],
                map->temperature_K[i]);
        *at = i;
    }
    for (size_t i = 1; i < map->n_curves; i++)
        if (!(map->curve_e_is[i] > map->curve_e_is[i - 1]))
            return pel_error_set(
                err, PEL_EARG,
                "E_IS of the curves: %.15g after %.15g, expected them to "
                "rise",
                map->curve_e_is[i], map->curve_e_is[i - 1]);
    return PEL_OK;
}

pel_status pel_mapgrid_create(const struct pel_agemap *map, struct pel_mapgrid **out,
                              struct pel_error *err)
{
    *out = NULL;
    struct pel_mapgrid *grid = calloc(1, sizeof *grid);
    if (grid == NULL) return pel_error_set(err, PEL_ENOMEM, "grid of a map");
    grid->map = map;
    const pel_status status = lay_out(grid, err);
    if (status != PEL_OK) {
        pel_mapgrid_free(grid);
        return status;
    }
    *out = grid;
    return PEL_OK;
}

/* Where x lies on an axis: between i and i + 1, the share s of the way. 0: outside. */
static int locate(size_t n, const double axis[], double x, size_t *i, double *s)
{
    *i = below(n, axis, x);
    *s = 0.0;
    if (*i == n || x > axis[n - 1]) return 0;
    if (*i + 1 < n) *s = (x - axis[*i]) / (axis[*i + 1] - axis[*i]);
    return 1;
}

pel_status pel_mapgrid_rate(const struct pel_mapgrid *grid, size_t replicate, double e_is,
                            double temperature_K, double *ln_abs_rate, int *sign,
                            int *resolved, struct pel_error *err)
{
    const struct pel_agemap *map = grid->map;
    size_t i, j;
    double s, t;
    if (replicate > map->n_replicates)
        return pel_error_set(err, PEL_EARG, "replicate %zu, expected at most %zu",
                             replicate, map->n_replicates);
    if (!locate(grid->n_e, grid->e_is, e_is, &i, &s) ||
        !locate(grid->n_T, grid->temperature_K, temperature_K, &j, &t))
        return pel_error_set(err, PEL_ERANGE,
                             "E_IS %.6g eV/atom at %.6g K is outside the map", e_is,
                             temperature_K);
    const double weights[] = {(1.0 - s) * (1.0 - t), (1.0 - s) * t, s * (1.0 - t), s * t};
    double rate = 0.0, ln = 0.0;
    int one_sign = 0, known = 1;
    for (int k = 0; k < 4; k++) {
        /* A point without weight need not even be there. */
        if (weights[k] == 0.0) continue;
        const size_t at =
            grid->at[(i + (size_t)(k / 2)) * grid->n_T + j + (size_t)(k % 2)];
        const double value =
            replicate == 0 ? map->rate[at]
                           : map->replicates[at * map->n_replicates + replicate - 1];
        if (map->extrapolated[at])
            return pel_error_set(err, PEL_ERANGE,
                                 "E_IS %.6g eV/atom at %.6g K: the map is extrapolated",
                                 e_is, temperature_K);
        const int this_sign = (value > 0.0) - (value < 0.0);
        if (one_sign == 0) one_sign = this_sign;
        if (this_sign == 0 || this_sign != one_sign) one_sign = 2;
        rate += weights[k] * value;
        ln += weights[k] * log(fabs(value));
        known &= pel_agemap_is_resolved(map, at);
    }
    *ln_abs_rate = one_sign == 2 ? log(fabs(rate)) : ln;
    *sign = one_sign == 2 ? (rate > 0.0) - (rate < 0.0) : one_sign;
    if (resolved != NULL) *resolved = known;
    return PEL_OK;
}

static struct pel_agemap_value between(const struct pel_agemap_value curve[], size_t i,
                                       double s)
{
    if (s == 0.0) return curve[i];
    const struct pel_agemap_value *a = &curve[i], *b = &curve[i + 1];
    return (struct pel_agemap_value){(1.0 - s) * a->value + s * b->value,
                                     (1.0 - s) * a->low + s * b->low,
                                     (1.0 - s) * a->high + s * b->high};
}

void pel_mapgrid_curve(const struct pel_mapgrid *grid, double e_is,
                       struct pel_agemap_value *T_max, struct pel_agemap_value *T_ss)
{
    size_t i;
    double s;
    *T_max = *T_ss = (struct pel_agemap_value){NAN, NAN, NAN};
    if (!locate(grid->map->n_curves, grid->map->curve_e_is, e_is, &i, &s)) return;
    *T_max = between(grid->map->T_max, i, s);
    *T_ss = between(grid->map->T_ss, i, s);
}

#include <pelrate/distinct.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is remembered of a distinct event. */
struct known {
    size_t search; /* its number */
    double e_a;    /* [eV] */
    double e_r;    /* [eV] */
    size_t n;      /* coordinates */
    float *saddle; /* [n] displacement from the initial minimum [A]; owned */
    float *final;  /* [n] the same; in the block of saddle */
};

struct pel_distinct {
    double same_energy;   /* [eV] */
    double same_distance; /* [A] */
    size_t n, n_alloc;    /* distinct events, room for them */
    struct known *known;  /* [n_alloc]; owned */
    int64_t last;         /* highest number fed so far, -1 before the first */
};

pel_status pel_distinct_create(double same_energy_eV, double same_distance_A,
                               struct pel_distinct **out, struct pel_error *err)
{
    *out = NULL;
    if (!(same_energy_eV > 0.0) || !(same_distance_A > 0.0))
        return pel_error_set(err, PEL_EARG,
                             "tolerances of %g eV and %g A: both must be positive",
                             same_energy_eV, same_distance_A);
    struct pel_distinct *distinct = calloc(1, sizeof *distinct);
    if (distinct == NULL)
        return pel_error_set(err, PEL_ENOMEM, "list of distinct events");
    distinct->same_energy = same_energy_eV;
    distinct->same_distance = same_distance_A;
    distinct->last = -1;
    *out = distinct;
    return PEL_OK;
}

void pel_distinct_free(struct pel_distinct *distinct)
{
    if (distinct == NULL) return;
    for (size_t k = 0; k < distinct->n; k++)
        free(distinct->known[k].saddle);
    free(distinct->known);
    free(distinct);
}

static int is_near(size_t n, const float a[], const float b[], double distance)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double d = (double)a[i] - (double)b[i];
        sum += d * d;
    }
    return sum < distance * distance;
}

static int is_same(const struct pel_distinct *distinct, const struct known *known,
                   const struct pel_catalogue_search *search)
{
    return fabs(known->e_a - search->e_a_eV) < distinct->same_energy &&
           fabs(known->e_r - search->e_r_eV) < distinct->same_energy &&
           known->n == search->n &&
           is_near(known->n, known->final, search->final, distinct->same_distance) &&
           is_near(known->n, known->saddle, search->saddle,
                   PEL_DISTINCT_SADDLES * distinct->same_distance);
}

pel_status pel_distinct_add(struct pel_distinct *distinct,
                            const struct pel_catalogue_search *search,
                            int64_t *duplicate_of, struct pel_error *err)
{
    *duplicate_of = -1;
    if ((int64_t)search->search <= distinct->last)
        return pel_error_set(err, PEL_EARG, "search %zu after search %lld",
                             search->search, (long long)distinct->last);
    if (search->status != PEL_ART_VALID) {
        distinct->last = (int64_t)search->search;
        return PEL_OK;
    }
    for (size_t k = 0; k < distinct->n; k++)
        if (is_same(distinct, &distinct->known[k], search)) {
            *duplicate_of = (int64_t)distinct->known[k].search;
            distinct->last = (int64_t)search->search;
            return PEL_OK;
        }

    if (distinct->n == distinct->n_alloc) {
        const size_t more = distinct->n_alloc > 0 ? 2 * distinct->n_alloc : 64;
        struct known *grown = realloc(distinct->known, more * sizeof *grown);
        if (grown == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu events", more);
        distinct->known = grown;
        distinct->n_alloc = more;
    }
    float *copy = malloc((2 * search->n + 1) * sizeof *copy);
    if (copy == NULL)
        return pel_error_set(err, PEL_ENOMEM, "event of %zu coordinates", search->n);
    if (search->n > 0) {
        memcpy(copy, search->saddle, search->n * sizeof *copy);
        memcpy(copy + search->n, search->final, search->n * sizeof *copy);
    }
    distinct->known[distinct->n++] = (struct known){.search = search->search,
                                                    .e_a = search->e_a_eV,
                                                    .e_r = search->e_r_eV,
                                                    .n = search->n,
                                                    .saddle = copy,
                                                    .final = copy + search->n};
    distinct->last = (int64_t)search->search;
    return PEL_OK;
}

size_t pel_distinct_count(const struct pel_distinct *distinct)
{
    return distinct->n;
}

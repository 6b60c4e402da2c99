#include "pool_priv.h"

#include <pelrate/random.h>
#include <pelrate/statistics.h>

#include <stdlib.h>
#include <string.h>

/* A copy of the frame of a pool: levels and samples, no events yet. */
static struct pel_pool *copy_frame(const struct pel_pool *pool)
{
    struct pel_pool *copy = malloc(sizeof *copy);
    if (copy == NULL) return NULL;
    *copy = *pool;
    copy->e_a = copy->e_r = copy->weight = NULL;
    copy->attempt_frequency = NULL;
    copy->search = NULL;
    copy->hits = NULL;
    copy->levels = malloc(pool->n_levels * sizeof *copy->levels);
    copy->samples = malloc(pool->n_samples * sizeof *copy->samples);
    copy->settings = malloc(strlen(pool->settings) + 1);
    if (copy->levels == NULL || copy->samples == NULL || copy->settings == NULL) {
        pel_pool_free(copy);
        return NULL;
    }
    memcpy(copy->levels, pool->levels, pool->n_levels * sizeof *copy->levels);
    memcpy(copy->samples, pool->samples, pool->n_samples * sizeof *copy->samples);
    strcpy(copy->settings, pool->settings);
    return copy;
}

pel_status pel_pool_resample(const struct pel_pool *pool, uint64_t seed,
                             uint64_t replicate, struct pel_pool **out,
                             struct pel_error *err)
{
    *out = NULL;
    struct pel_pool *copy = copy_frame(pool);
    size_t *source = malloc(pool->n_samples * sizeof *source);
    pel_status status = copy != NULL && source != NULL
                            ? PEL_OK
                            : pel_error_set(err, PEL_ENOMEM, "resampled pool");
    if (status == PEL_OK) {
        struct pel_random random;
        pel_random_init(&random, seed, replicate, 0);
        for (size_t l = 0; l < pool->n_levels; l++) {
            const struct pel_pool_level *level = &pool->levels[l];
            for (size_t s = 0; s < level->n_samples; s++) {
                const size_t to = level->first_sample + s;
                source[to] =
                    level->first_sample + pel_random_below(&random, level->n_samples);
                copy->samples[to] = pool->samples[source[to]];
            }
        }
        pel_pool_layout(copy);
        status = pel_pool_allocate(copy, err);
        for (size_t s = 0; status == PEL_OK && s < copy->n_samples; s++) {
            const size_t from = pool->samples[source[s]].first;
            const size_t n = copy->samples[s].counts.kept;
            /* A sample among many comes whole. */
            const int whole =
                pool->levels[copy->samples[s].level].n_samples >= PEL_BOOTSTRAP_LEAST;
            for (size_t i = 0; i < n; i++) {
                const size_t drawn =
                    from + (whole ? i : (size_t)pel_random_below(&random, n));
                const size_t to = copy->samples[s].first + i;
                copy->e_a[to] = pool->e_a[drawn];
                copy->e_r[to] = pool->e_r[drawn];
                copy->attempt_frequency[to] = pool->attempt_frequency[drawn];
                copy->search[to] = pool->search[drawn];
                memcpy(copy->hits[to], pool->hits[drawn], sizeof copy->hits[to]);
            }
        }
    }
    free(source);
    if (status != PEL_OK) {
        pel_pool_free(copy);
        return status;
    }
    pel_pool_weigh(copy, pool->weighting);
    *out = copy;
    return PEL_OK;
}

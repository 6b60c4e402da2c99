#include "pick_priv.h"

#include <pelrate/distinct.h>
#include <pelrate/text.h>

#include <stdlib.h>
#include <string.h>

void pel_pick_free(struct pel_pick *pick)
{
    for (size_t k = 0; k < pick->n; k++)
        pel_catalogue_search_free(&pick->events[k]);
    for (size_t k = 0; k < pick->n_samples; k++)
        pel_catalogue_sample_free(&pick->samples[k]);
    free(pick->events);
    free(pick->samples);
    *pick = (struct pel_pick){0};
}

/* A setting of the catalogue as a number. */
static pel_status setting(const struct pel_catalogue *catalogue, const char *key,
                          double *value, struct pel_error *err)
{
    for (size_t k = 0; k < pel_catalogue_settings(catalogue); k++) {
        const struct pel_catalogue_setting s = pel_catalogue_setting(catalogue, k);
        if (strcmp(s.key, key) == 0 && pel_text_to_double(s.value, value) == 0)
            return PEL_OK;
    }
    return pel_error_set(err, PEL_EFORMAT, "the catalogue has no setting %s", key);
}

struct picking {
    struct pel_pick *pick;
    size_t n_alloc;
    struct pel_distinct *distinct; /* NULL: every valid one */
};

static pel_status take_key(void *context, const struct pel_catalogue_search *search,
                           struct pel_error *err)
{
    struct picking *picking = context;
    struct pel_pick *pick = picking->pick;
    int64_t duplicate_of = -1;
    if (picking->distinct != NULL) {
        const pel_status status =
            pel_distinct_add(picking->distinct, search, &duplicate_of, err);
        if (status != PEL_OK) return status;
    }
    if (search->status != PEL_ART_VALID || duplicate_of >= 0) return PEL_OK;
    if (pick->n == picking->n_alloc) {
        const size_t wanted = 2 * picking->n_alloc + 64;
        struct pel_catalogue_search *more =
            realloc(pick->events, wanted * sizeof *pick->events);
        if (more == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu events", wanted);
        pick->events = more;
        picking->n_alloc = wanted;
    }
    struct pel_catalogue_search *event = &pick->events[pick->n++];
    *event = *search;
    event->n = 0;
    event->saddle = event->final = NULL;
    return PEL_OK;
}

pel_status pel_pick_keys(struct pel_catalogue *catalogue, int is_distinct,
                         struct pel_pick *pick, struct pel_error *err)
{
    double same_energy = 0.0, same_distance = 0.0;
    size_t n = 0;
    *pick = (struct pel_pick){0};
    struct picking picking = {.pick = pick};
    pel_status status = pel_catalogue_samples(catalogue, &n, err);
    if (status == PEL_OK && is_distinct)
        status = setting(catalogue, "same_energy_eV", &same_energy, err);
    if (status == PEL_OK && is_distinct)
        status = setting(catalogue, "same_distance_A", &same_distance, err);
    if (status != PEL_OK) return status;
    pick->samples = calloc(n + 1, sizeof *pick->samples);
    if (pick->samples == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu samples", n);
    while (status == PEL_OK && pick->n_samples < n) {
        const size_t k = pick->n_samples++;
        status = pel_catalogue_sample(catalogue, k, &pick->samples[k], err);
        if (status == PEL_OK && is_distinct)
            status =
                pel_distinct_create(same_energy, same_distance, &picking.distinct, err);
        if (status == PEL_OK)
            status = pel_catalogue_walk(catalogue, k, take_key, &picking, err);
        pel_distinct_free(picking.distinct);
        picking.distinct = NULL;
    }
    if (status != PEL_OK) pel_pick_free(pick);
    return status;
}

struct reading {
    struct pel_pick *pick;
    size_t at; /* next event to be read */
};

static pel_status take_positions(void *context, const struct pel_catalogue_search *search,
                                 struct pel_error *err)
{
    struct reading *reading = context;
    if (reading->at == reading->pick->n) return PEL_OK;
    struct pel_catalogue_search *event = &reading->pick->events[reading->at];
    if (event->sample != search->sample || event->search != search->search) return PEL_OK;
    reading->at++;
    if (search->n == 0) return PEL_OK;
    const size_t bytes = search->n * sizeof *event->saddle;
    event->saddle = malloc(bytes);
    event->final = malloc(bytes);
    if (event->saddle == NULL || event->final == NULL)
        return pel_error_set(err, PEL_ENOMEM, "event of %zu coordinates", search->n);
    event->n = search->n;
    memcpy(event->saddle, search->saddle, bytes);
    memcpy(event->final, search->final, bytes);
    return PEL_OK;
}

pel_status pel_pick_read(struct pel_catalogue *catalogue, struct pel_pick *pick,
                         struct pel_error *err)
{
    struct reading reading = {.pick = pick};
    pel_status status = PEL_OK;
    for (size_t k = 0; status == PEL_OK && k < pick->n_samples; k++)
        status = pel_catalogue_walk(catalogue, k, take_positions, &reading, err);
    return status;
}

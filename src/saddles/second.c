#include "second_priv.h"

#include <pelrate/distinct.h>
#include <pelrate/provenance.h>
#include <pelrate/second.h>
#include <pelrate/text.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "search_priv.h"

/* Keeps the choice of the hops apart from the pushes of a campaign of the same seed. */
static const uint64_t choice_salt = 0x5eC0D6e4e7a71095u;

struct pel_second_settings pel_second_defaults(void)
{
    return (struct pel_second_settings){.events = 20,
                                        .searches = 12,
                                        .max_e_a_eV = INFINITY,
                                        .region_distance_A = 0.2,
                                        .back_residual = 0.25,
                                        .local_overlap = 0.5};
}

const char *pel_second_value(const struct pel_catalogue *catalogue, const char *key)
{
    for (size_t k = 0; k < pel_catalogue_settings(catalogue); k++) {
        const struct pel_catalogue_setting setting = pel_catalogue_setting(catalogue, k);
        if (strcmp(setting.key, key) == 0) return setting.value;
    }
    return NULL;
}

pel_status pel_second_sampler(const struct pel_catalogue *first,
                              struct pel_sampler_settings *sampler, struct pel_error *err)
{
    *sampler = pel_sampler_defaults();
    for (size_t k = 0; k < pel_sampler_count(); k++) {
        const char *key = pel_sampler_setting(k)->key;
        if (strcmp(key, "seed") == 0 || strcmp(key, "batch") == 0) continue;
        const char *value = pel_second_value(first, key);
        struct pel_error why;
        if (value == NULL)
            return pel_error_set(err, PEL_EFORMAT,
                                 "the catalogue has no setting %s, expected those of the "
                                 "sampler",
                                 key);
        if (pel_sampler_set(sampler, k, value, &why) != PEL_OK)
            return pel_error_set(err, PEL_EFORMAT, "setting of the catalogue: %s",
                                 why.text);
    }
    return PEL_OK;
}

/* --- hops --- */

pel_status pel_second_hop_copy(const struct pel_catalogue_search *search,
                               struct second_hop *hop, struct pel_error *err)
{
    const size_t bytes = search->n * sizeof *hop->saddle;
    hop->search = search->search;
    hop->e_a_eV = search->e_a_eV;
    hop->e_r_eV = search->e_r_eV;
    hop->n = search->n;
    hop->saddle = malloc(bytes + 1);
    hop->final = malloc(bytes + 1);
    if (hop->saddle == NULL || hop->final == NULL)
        return pel_error_set(err, PEL_ENOMEM, "event of %zu coordinates", search->n);
    if (bytes > 0) {
        memcpy(hop->saddle, search->saddle, bytes);
        memcpy(hop->final, search->final, bytes);
    }
    return PEL_OK;
}

void pel_second_hop_free(struct second_hop *hop)
{
    free(hop->saddle);
    free(hop->final);
    *hop = (struct second_hop){0};
}

static double squared(const float d[])
{
    double sum = 0.0;
    for (size_t c = 0; c < 3; c++)
        sum += (double)d[c] * (double)d[c];
    return sum;
}

size_t pel_second_region(size_t atoms, const float d[], double distance_A,
                         size_t region[])
{
    size_t n = 0, most = 0;
    for (size_t i = 0; i < atoms; i++) {
        if (squared(d + 3 * i) > distance_A * distance_A) region[n++] = i;
        if (squared(d + 3 * i) > squared(d + 3 * most)) most = i;
    }
    if (n == 0) region[n++] = most;
    return n;
}

/* --- the choice --- */

struct choice {
    uint64_t seed, key;            /* of the streams */
    double max_e_a_eV;             /* [eV] */
    size_t sample;                 /* in the first catalogue */
    struct pel_distinct *distinct; /* owned */
    size_t n, n_most;              /* chosen so far, of how many */
    struct second_hop *hops;       /* [n_most] in any order; borrowed */
};

static pel_status consider(void *context, const struct pel_catalogue_search *search,
                           struct pel_error *err)
{
    struct choice *choice = context;
    int64_t duplicate;
    pel_status status = pel_distinct_add(choice->distinct, search, &duplicate, err);
    if (status != PEL_OK || search->status != PEL_ART_VALID || duplicate >= 0 ||
        search->e_a_eV > choice->max_e_a_eV)
        return status;
    struct pel_random random;
    pel_random_init(&random, choice->seed ^ choice_salt, choice->key, search->search);
    const uint64_t priority = pel_random_bits(&random);
    size_t at = choice->n;
    if (choice->n == choice->n_most) {
        /* The one with the highest number gives way, if that is not this one. */
        at = 0;
        for (size_t k = 1; k < choice->n; k++)
            if (choice->hops[k].priority > choice->hops[at].priority) at = k;
        if (choice->hops[at].priority <= priority) return PEL_OK;
        pel_second_hop_free(&choice->hops[at]);
    } else {
        choice->n++;
    }
    choice->hops[at].sample = choice->sample;
    choice->hops[at].priority = priority;
    return pel_second_hop_copy(search, &choice->hops[at], err);
}

static int by_search(const void *a, const void *b)
{
    const struct second_hop *x = a, *y = b;
    return (x->search > y->search) - (x->search < y->search);
}

/* Choose the hops of one sample into hops[settings->events], in the order of their searches. */
static pel_status choose(struct pel_catalogue *first, size_t index,
                         const struct pel_catalogue_sample *sample,
                         const struct pel_second_settings *settings,
                         const struct pel_sampler_settings *sampler,
                         struct second_hop hops[], size_t *n, struct pel_error *err)
{
    struct choice choice = {.seed = sampler->seed,
                            .key = pel_search_key(sample->hash),
                            .sample = index,
                            .max_e_a_eV = settings->max_e_a_eV,
                            .n_most = settings->events,
                            .hops = hops};
    *n = 0;
    pel_status status = pel_distinct_create(
        sampler->same_energy_eV, sampler->same_distance_A, &choice.distinct, err);
    if (status == PEL_OK)
        status = pel_catalogue_walk(first, index, consider, &choice, err);
    pel_distinct_free(choice.distinct);
    if (choice.n > 0) qsort(hops, choice.n, sizeof *hops, by_search);
    *n = choice.n;
    return status;
}

/* --- the samples of the second generation --- */

struct states {
    size_t n;                          /* final states */
    struct pel_structure **structures; /* [n]; owned */
    char (*names)[PEL_EVENT_NAME];     /* [n]; owned */
    char (*hashes)[PEL_HASH];          /* [n]; owned */
    const char **name_list;            /* [n] into names; owned */
    const char **hash_list;            /* [n] into hashes; owned */
    size_t *n_centres;                 /* [n]; owned */
    size_t **centres;                  /* [n][n_centres]; owned, and what they point to */
};

static void free_states(struct states *states)
{
    for (size_t k = 0; k < states->n; k++) {
        if (states->structures != NULL) pel_structure_free(states->structures[k]);
        if (states->centres != NULL) free(states->centres[k]);
    }
    free(states->structures);
    free(states->names);
    free(states->hashes);
    free(states->name_list);
    free(states->hash_list);
    free(states->n_centres);
    free(states->centres);
}

static pel_status allocate_states(struct states *states, size_t n, struct pel_error *err)
{
    states->structures = calloc(n, sizeof *states->structures);
    states->names = calloc(n, sizeof *states->names);
    states->hashes = calloc(n, sizeof *states->hashes);
    states->name_list = calloc(n, sizeof *states->name_list);
    states->hash_list = calloc(n, sizeof *states->hash_list);
    states->n_centres = calloc(n, sizeof *states->n_centres);
    states->centres = calloc(n, sizeof *states->centres);
    return states->structures != NULL && states->names != NULL &&
                   states->hashes != NULL && states->name_list != NULL &&
                   states->hash_list != NULL && states->n_centres != NULL &&
                   states->centres != NULL
               ? PEL_OK
               : pel_error_set(err, PEL_ENOMEM, "%zu final states", n);
}

/* The final state of a hop as a sample. Its hash is that of what it comes from and where
 * its atoms are: two paths to one minimum are two states. */
static pel_status add_state(struct states *states,
                            const struct pel_catalogue_sample *sample,
                            const struct second_hop *hop, double region_distance_A,
                            struct pel_error *err)
{
    const size_t k = states->n++, n = 3 * sample->atoms;
    pel_status status =
        pel_structure_copy(sample->structure, &states->structures[k], err);
    if (status != PEL_OK) return status;
    struct pel_structure *structure = states->structures[k];
    for (size_t i = 0; i < n; i++)
        structure->x[i] += (double)hop->final[i];

    const int length = snprintf(states->names[k], sizeof states->names[k], "%s/%zu",
                                sample->name, hop->search);
    if (length < 0 || (size_t)length >= sizeof states->names[k])
        return pel_error_set(err, PEL_EARG,
                             "sample name '%s/%zu' is too long, expected less than %d "
                             "characters",
                             sample->name, hop->search, PEL_EVENT_NAME);
    char text[2 * PEL_HASH + 32], positions[PEL_HASH];
    pel_provenance_hash(structure->x, n * sizeof *structure->x, positions);
    snprintf(text, sizeof text, "%.80s/%zu/%s", sample->hash, hop->search, positions);
    pel_provenance_hash(text, strlen(text), states->hashes[k]);
    states->name_list[k] = states->names[k];
    states->hash_list[k] = states->hashes[k];

    states->centres[k] = malloc(sample->atoms * sizeof **states->centres);
    if (states->centres[k] == NULL)
        return pel_error_set(err, PEL_ENOMEM, "region of %zu atoms", sample->atoms);
    states->n_centres[k] = pel_second_region(sample->atoms, hop->final, region_distance_A,
                                             states->centres[k]);
    return PEL_OK;
}

/* The states of all samples of the first catalogue. */
static pel_status make_states(struct pel_catalogue *first,
                              const struct pel_second_settings *settings,
                              const struct pel_sampler_settings *sampler,
                              struct states *states, struct pel_error *err)
{
    size_t n_samples = 0;
    pel_status status = pel_catalogue_samples(first, &n_samples, err);
    if (status != PEL_OK) return status;
    status = allocate_states(states, n_samples * settings->events + 1, err);
    struct second_hop *hops = calloc(settings->events, sizeof *hops);
    if (status == PEL_OK && hops == NULL)
        status = pel_error_set(err, PEL_ENOMEM, "%zu events", settings->events);
    for (size_t s = 0; status == PEL_OK && s < n_samples; s++) {
        struct pel_catalogue_sample sample = {0};
        size_t n = 0;
        status = pel_catalogue_sample(first, s, &sample, err);
        if (status == PEL_OK)
            status = choose(first, s, &sample, settings, sampler, hops, &n, err);
        for (size_t k = 0; k < n; k++) {
            if (status == PEL_OK && hops[k].n != 3 * sample.atoms)
                status = pel_error_set(err, PEL_EFORMAT,
                                       "sample '%s', search %zu: %zu coordinates, "
                                       "expected %zu",
                                       sample.name, hops[k].search, hops[k].n,
                                       3 * sample.atoms);
            if (status == PEL_OK)
                status = add_state(states, &sample, &hops[k], settings->region_distance_A,
                                   err);
            pel_second_hop_free(&hops[k]);
        }
        pel_catalogue_sample_free(&sample);
    }
    free(hops);
    if (status == PEL_OK && states->n == 0)
        status = pel_error_set(err, PEL_EARG,
                               "no such valid event in the catalogue, no state to start "
                               "from");
    return status;
}

static pel_status check(const struct pel_catalogue *first,
                        const struct pel_second_settings *s,
                        const struct pel_potential *potential, struct pel_error *err)
{
    if (s->events == 0 || s->searches == 0)
        return pel_error_set(err, PEL_EARG,
                             "%zu events and %zu searches, expected 1 or more of both",
                             s->events, s->searches);
    if (!(s->region_distance_A > 0.0 && isfinite(s->region_distance_A)))
        return pel_error_set(err, PEL_EARG,
                             "moved region: %g A, expected a distance more than 0",
                             s->region_distance_A);
    if (!(s->max_e_a_eV > 0.0))
        return pel_error_set(err, PEL_EARG, "barriers up to %g eV, expected more than 0",
                             s->max_e_a_eV);
    const char *identity = pel_second_value(first, "potential_sha256");
    if (identity == NULL || strcmp(identity, pel_potential_identity(potential)) != 0)
        return pel_error_set(err, PEL_EMISMATCH,
                             "the events were found with another potential: %s there and "
                             "%s here",
                             identity != NULL ? identity : "none",
                             pel_potential_identity(potential));
    if (pel_second_value(first, "elements") == NULL)
        return pel_error_set(err, PEL_EFORMAT,
                             "the catalogue has no setting elements, expected one");
    return PEL_OK;
}

pel_status pel_second_run(struct pel_catalogue *first,
                          const struct pel_second_settings *settings,
                          const struct pel_sampler_settings *sampler,
                          const struct pel_potential *potential, const char *path,
                          const struct pel_progress *progress,
                          struct pel_campaign_report *report, struct pel_error *err)
{
    *report = (struct pel_campaign_report){0};
    const struct pel_second_settings defaults = pel_second_defaults();
    if (settings == NULL) settings = &defaults;
    pel_status status = check(first, settings, potential, err);
    if (status != PEL_OK) return status;

    struct states states = {0};
    struct pel_catalogue *second = NULL;
    status = make_states(first, settings, sampler, &states, err);
    if (status == PEL_OK) {
        char distance[PEL_TEXT_DOUBLE];
        const struct pel_catalogue_setting more[] = {
            {"push_centres", "moved region of the event before"},
            {SECOND_REGION_KEY, pel_text_double(distance, settings->region_distance_A)}};
        status = pel_campaign_open(path, sampler, pel_potential_identity(potential),
                                   pel_second_value(first, "elements"),
                                   sizeof more / sizeof *more, more, &second, err);
    }
    if (status == PEL_OK) {
        const struct pel_campaign campaign = {
            .potential = potential,
            .settings = sampler,
            .n_samples = states.n,
            .structures = (const struct pel_structure *const *)states.structures,
            .names = states.name_list,
            .hashes = states.hash_list,
            .n_centres = states.n_centres,
            .centres = (const size_t *const *)states.centres,
            .searches = settings->searches,
            .threads = settings->threads};
        status = pel_campaign_run(&campaign, second, progress, report, err);
    }
    pel_catalogue_close(second);
    free_states(&states);
    return status;
}

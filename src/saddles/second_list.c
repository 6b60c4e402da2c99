#include "second_priv.h"

#include <pelrate/distinct.h>
#include <pelrate/second.h>
#include <pelrate/text.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One sample of the second catalogue and the hop that leads to it. */
struct state {
    size_t index;          /* in the second catalogue */
    size_t first;          /* sample of the first catalogue */
    struct second_hop hop; /* owned; its search is known before the rest */
    int found;             /* whether the first catalogue has it */
};

/* What judging one state needs. */
struct judging {
    const struct pel_second_settings *settings;
    double region_distance_A, same_energy_eV, same_distance_A;
    const struct pel_catalogue_sample *first; /* where the hop began */
    const struct pel_catalogue_sample *state; /* where it led */
    const struct state *from;
    double drift_A;                  /* of the state from the hop's final state */
    size_t n_region;                 /* atoms of the moved region */
    size_t *region, *other;          /* [atoms]; owned */
    unsigned char *is_moved;         /* [atoms] whether in the region; owned */
    double *path;                    /* [3 atoms] first minimum to a point; owned */
    struct pel_distinct *distinct;   /* owned */
    struct pel_successor_list *list; /* receives */
    size_t n_alloc;                  /* rows that it has room for */
};

/* From the first minimum to the state displaced by d (NULL: by nothing), without the mean
 * translation. */
static void path_from_first(struct judging *j, const float d[])
{
    const size_t atoms = j->state->atoms;
    double mean[3] = {0};
    for (size_t i = 0; i < 3 * atoms; i++) {
        j->path[i] = j->state->x[i] - j->first->x[i] + (d != NULL ? (double)d[i] : 0.0);
        mean[i % 3] += j->path[i] / (double)atoms;
    }
    for (size_t i = 0; i < 3 * atoms; i++)
        j->path[i] -= mean[i % 3];
}

/* Distance of the path's end from `there`, displacements from the first minimum (NULL: the
 * first minimum itself), translations left out. */
static double distance_to(const struct judging *j, const float there[])
{
    const size_t atoms = j->state->atoms;
    double mean[3] = {0}, sum = 0.0;
    for (size_t i = 0; there != NULL && i < 3 * atoms; i++)
        mean[i % 3] += (double)there[i] / (double)atoms;
    for (size_t i = 0; i < 3 * atoms; i++) {
        const double d =
            j->path[i] - (there != NULL ? (double)there[i] - mean[i % 3] : 0.0);
        sum += d * d;
    }
    return sqrt(sum);
}

/* What is left of the hop in its region where the path ends. */
static double residual_of(const struct judging *j)
{
    double left = 0.0, whole = 0.0;
    for (size_t k = 0; k < j->n_region; k++)
        for (size_t c = 0; c < 3; c++) {
            const size_t i = 3 * j->region[k] + c;
            left += j->path[i] * j->path[i];
            whole += (double)j->from->hop.final[i] * (double)j->from->hop.final[i];
        }
    return sqrt(left / whole);
}

static double overlap_of(struct judging *j, const float final[])
{
    const size_t n =
        pel_second_region(j->state->atoms, final, j->region_distance_A, j->other);
    size_t both = 0;
    for (size_t k = 0; k < n; k++)
        both += j->is_moved[j->other[k]];
    return (double)both / (double)(n < j->n_region ? n : j->n_region);
}

/* See second.h for the rules. */
static void judge(struct judging *j, const struct pel_catalogue_search *search,
                  struct pel_successor *row)
{
    const double e_saddle = j->state->energy_eV + search->e_a_eV - j->first->energy_eV;
    const double e_final = e_saddle - search->e_r_eV;
    row->overlap = overlap_of(j, search->final);
    path_from_first(j, search->saddle);
    const int same_saddle =
        fabs(e_saddle - j->from->hop.e_a_eV) < j->same_energy_eV &&
        distance_to(j, j->from->hop.saddle) < PEL_DISTINCT_SADDLES * j->same_distance_A;
    path_from_first(j, search->final);
    row->residual = residual_of(j);
    if (fabs(e_final) < j->same_energy_eV && distance_to(j, NULL) < j->same_distance_A)
        row->kind = same_saddle ? PEL_SUCCESSOR_BACK : PEL_SUCCESSOR_BACK_OTHER;
    else if (row->residual < j->settings->back_residual)
        row->kind = PEL_SUCCESSOR_BACK_LOCAL;
    else if (row->overlap >= j->settings->local_overlap)
        row->kind = PEL_SUCCESSOR_ONWARD;
    else
        row->kind = PEL_SUCCESSOR_ELSEWHERE;
}

static pel_status add_row(void *context, const struct pel_catalogue_search *search,
                          struct pel_error *err)
{
    struct judging *j = context;
    int64_t duplicate_of;
    pel_status status = pel_distinct_add(j->distinct, search, &duplicate_of, err);
    if (status != PEL_OK) return status;
    if (j->list->n == j->n_alloc) {
        const size_t more = j->n_alloc > 0 ? 2 * j->n_alloc : 256;
        struct pel_successor *grown = realloc(j->list->rows, more * sizeof *grown);
        if (grown == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu searches", more);
        j->list->rows = grown;
        j->n_alloc = more;
    }
    const int is_valid = search->status == PEL_ART_VALID;
    if (is_valid && search->n != 3 * j->state->atoms)
        return pel_error_set(
            err, PEL_EFORMAT, "sample '%s', search %zu: %zu coordinates, expected %zu",
            j->state->name, search->search, search->n, 3 * j->state->atoms);
    struct pel_successor row = {
        .event = {.e_is = j->state->e_is_eV_per_atom,
                  .search = (int64_t)search->search,
                  .atom = search->atom,
                  .e_a = search->e_a_eV,
                  .e_r = search->e_r_eV,
                  .eigenvalue = search->eigenvalue_eV_per_A2,
                  .force_calls = (int64_t)search->force_calls,
                  .displacement = search->displacement_A,
                  .moved_atoms = is_valid ? (int64_t)search->moved_atoms : -1,
                  .duplicate_of = duplicate_of,
                  .full_calls = (int64_t)search->full_calls,
                  .work = search->work,
                  .attempt_frequency = NAN,
                  .reverse_attempt_frequency = NAN},
        .first_search = (int64_t)j->from->hop.search,
        .first_e_is = j->first->e_is_eV_per_atom,
        .first_e_a = j->from->hop.e_a_eV,
        .first_e_r = j->from->hop.e_r_eV,
        .drift = j->drift_A,
        .overlap = NAN,
        .residual = NAN};
    snprintf(row.event.sample, sizeof row.event.sample, "%s", j->state->name);
    snprintf(row.event.status, sizeof row.event.status, "%s",
             pel_art_status_word(search->status));
    snprintf(row.first_sample, sizeof row.first_sample, "%s", j->first->name);
    if (is_valid) judge(j, search, &row);
    j->list->rows[j->list->n++] = row;
    return PEL_OK;
}

/* All searches of one state. */
static pel_status judge_state(struct judging *j, struct pel_catalogue *second,
                              struct pel_error *err)
{
    const size_t atoms = j->state->atoms;
    if (j->first->atoms != atoms || j->from->hop.n != 3 * atoms)
        return pel_error_set(err, PEL_EFORMAT,
                             "sample '%s' has %zu atoms, expected %zu as '%s'",
                             j->state->name, atoms, j->first->atoms, j->first->name);
    j->region = malloc(atoms * sizeof *j->region);
    j->other = malloc(atoms * sizeof *j->other);
    j->is_moved = calloc(atoms, 1);
    j->path = malloc(3 * atoms * sizeof *j->path);
    pel_status status = PEL_OK;
    if (j->region == NULL || j->other == NULL || j->is_moved == NULL || j->path == NULL)
        status = pel_error_set(err, PEL_ENOMEM, "%zu atoms", atoms);
    if (status == PEL_OK) {
        j->n_region =
            pel_second_region(atoms, j->from->hop.final, j->region_distance_A, j->region);
        for (size_t k = 0; k < j->n_region; k++)
            j->is_moved[j->region[k]] = 1;
        path_from_first(j, NULL);
        j->drift_A = distance_to(j, j->from->hop.final);
        status =
            pel_distinct_create(j->same_energy_eV, j->same_distance_A, &j->distinct, err);
    }
    if (status == PEL_OK)
        status = pel_catalogue_walk(second, j->from->index, add_row, j, err);
    pel_distinct_free(j->distinct);
    j->distinct = NULL;
    free(j->region);
    free(j->other);
    free(j->is_moved);
    free(j->path);
    return status;
}

/* --- what belongs together --- */

/* "r10-s1/17" is search 17 of sample r10-s1. */
static int parse_name(const char *name, char sample[PEL_EVENT_NAME], size_t *search)
{
    const char *slash = strrchr(name, '/');
    long long number;
    if (slash == NULL || slash == name || pel_text_to_long(slash + 1, &number) != 0 ||
        number < 0)
        return 0;
    snprintf(sample, PEL_EVENT_NAME, "%.*s", (int)(slash - name), name);
    *search = (size_t)number;
    return 1;
}

static int by_first(const void *a, const void *b)
{
    const struct state *x = a, *y = b;
    if (x->first != y->first) return x->first > y->first ? 1 : -1;
    return (x->hop.search > y->hop.search) - (x->hop.search < y->hop.search);
}

/* The states of the second catalogue, in the order of the first one. */
static pel_status find_states(struct pel_catalogue *first, struct pel_catalogue *second,
                              size_t *n, struct state **states, struct pel_error *err)
{
    size_t n_first = 0;
    *n = 0;
    *states = NULL;
    pel_status status = pel_catalogue_samples(first, &n_first, err);
    if (status == PEL_OK) status = pel_catalogue_samples(second, n, err);
    if (status != PEL_OK) return status;
    char(*names)[PEL_EVENT_NAME] = calloc(n_first + 1, sizeof *names);
    *states = calloc(*n + 1, sizeof **states);
    if (names == NULL || *states == NULL)
        status = pel_error_set(err, PEL_ENOMEM, "%zu states", *n);
    for (size_t s = 0; status == PEL_OK && s < n_first; s++) {
        struct pel_catalogue_sample sample;
        status = pel_catalogue_sample(first, s, &sample, err);
        if (status == PEL_OK) snprintf(names[s], sizeof names[s], "%s", sample.name);
        pel_catalogue_sample_free(&sample);
    }
    for (size_t k = 0; status == PEL_OK && k < *n; k++) {
        struct pel_catalogue_sample sample;
        char name[PEL_EVENT_NAME];
        struct state *state = &(*states)[k];
        state->index = k;
        status = pel_catalogue_sample(second, k, &sample, err);
        if (status != PEL_OK) break;
        state->first = n_first;
        if (parse_name(sample.name, name, &state->hop.search))
            for (state->first = 0; state->first < n_first; state->first++)
                if (strcmp(names[state->first], name) == 0) break;
        if (state->first == n_first)
            status = pel_error_set(err, PEL_EFORMAT,
                                   "sample '%s' is no final state of an event of the "
                                   "first catalogue",
                                   sample.name);
        pel_catalogue_sample_free(&sample);
    }
    free(names);
    if (status == PEL_OK && *n > 0) qsort(*states, *n, sizeof **states, by_first);
    return status;
}

/* The hops of the states of one first sample. */
struct fetching {
    size_t n;
    struct state *states; /* [n] in the order of their searches */
};

static pel_status fetch_hop(void *context, const struct pel_catalogue_search *search,
                            struct pel_error *err)
{
    struct fetching *fetching = context;
    for (size_t k = 0; k < fetching->n; k++) {
        struct state *state = &fetching->states[k];
        if (state->hop.search != search->search) continue;
        if (search->status != PEL_ART_VALID) continue;
        state->found = 1;
        return pel_second_hop_copy(search, &state->hop, err);
    }
    return PEL_OK;
}

/* The states [from, to) of the first sample that they share. */
static pel_status judge_sample(struct judging *j, struct pel_catalogue *first,
                               struct pel_catalogue *second, size_t n,
                               struct state states[], struct pel_error *err)
{
    struct pel_catalogue_sample where = {0};
    struct fetching fetching = {.n = n, .states = states};
    pel_status status = pel_catalogue_sample(first, states[0].first, &where, err);
    if (status == PEL_OK)
        status = pel_catalogue_walk(first, states[0].first, fetch_hop, &fetching, err);
    for (size_t k = 0; status == PEL_OK && k < n; k++) {
        struct pel_catalogue_sample state = {0};
        status = pel_catalogue_sample(second, states[k].index, &state, err);
        if (status == PEL_OK && !states[k].found)
            status = pel_error_set(err, PEL_EFORMAT,
                                   "sample '%s': the first catalogue has no valid event "
                                   "of that number",
                                   state.name);
        j->first = &where;
        j->state = &state;
        j->from = &states[k];
        if (status == PEL_OK) status = judge_state(j, second, err);
        pel_catalogue_sample_free(&state);
        pel_second_hop_free(&states[k].hop);
    }
    pel_catalogue_sample_free(&where);
    return status;
}

/* A setting of the second catalogue as a positive number. */
static pel_status read_number(const struct pel_catalogue *second, const char *key,
                              double *value, struct pel_error *err)
{
    const char *text = pel_second_value(second, key);
    if (text == NULL || pel_text_to_double(text, value) != 0 || !(*value > 0.0))
        return pel_error_set(err, PEL_EFORMAT,
                             "no catalogue of a second generation: %s is %s, expected a "
                             "positive number",
                             key, text != NULL ? text : "not set");
    return PEL_OK;
}

pel_status pel_second_list(struct pel_catalogue *first, struct pel_catalogue *second,
                           const struct pel_second_settings *settings,
                           struct pel_successor_list **out, struct pel_error *err)
{
    *out = NULL;
    const struct pel_second_settings defaults = pel_second_defaults();
    struct judging j = {.settings = settings != NULL ? settings : &defaults};
    size_t n = 0;
    struct state *states = NULL;
    pel_status status = read_number(second, SECOND_REGION_KEY, &j.region_distance_A, err);
    if (status == PEL_OK)
        status = read_number(second, "same_energy_eV", &j.same_energy_eV, err);
    if (status == PEL_OK)
        status = read_number(second, "same_distance_A", &j.same_distance_A, err);
    if (status == PEL_OK) status = find_states(first, second, &n, &states, err);
    j.list = calloc(1, sizeof *j.list);
    if (status == PEL_OK && j.list == NULL)
        status = pel_error_set(err, PEL_ENOMEM, "%zu states", n);
    for (size_t from = 0; status == PEL_OK && from < n;) {
        size_t to = from;
        while (to < n && states[to].first == states[from].first)
            to++;
        status = judge_sample(&j, first, second, to - from, states + from, err);
        from = to;
    }
    for (size_t k = 0; states != NULL && k < n; k++)
        pel_second_hop_free(&states[k].hop);
    free(states);
    if (status != PEL_OK) {
        pel_successor_list_free(j.list);
        return status;
    }
    *out = j.list;
    return PEL_OK;
}

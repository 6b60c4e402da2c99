#include "pool_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pel_pool_settings pel_pool_settings_defaults(void)
{
    return (struct pel_pool_settings){.grouping = PEL_POOL_EACH_SAMPLE,
                                      .weighting = PEL_POOL_EACH_EVENT};
}

void pel_pool_free(struct pel_pool *pool)
{
    if (pool == NULL) return;
    free(pool->levels);
    free(pool->samples);
    free(pool->e_a);
    free(pool->e_r);
    free(pool->weight);
    free(pool->attempt_frequency);
    free(pool->search);
    free(pool->hits);
    free(pool->settings);
    free(pool);
}

static pel_status no_memory(struct pel_error *err)
{
    return pel_error_set(err, PEL_ENOMEM, "pool of events");
}

static pel_status check_settings(const struct pel_pool_settings *s, struct pel_error *err)
{
    if (!(s->min_e_a_eV >= 0.0 && isfinite(s->min_e_a_eV)))
        return pel_error_set(err, PEL_EARG, "smallest E_A is %g eV, expected 0 or more",
                             s->min_e_a_eV);
    if (!(s->min_e_r_eV >= 0.0 && isfinite(s->min_e_r_eV)))
        return pel_error_set(err, PEL_EARG, "smallest E_R is %g eV, expected 0 or more",
                             s->min_e_r_eV);
    if (s->grouping == PEL_POOL_GAP &&
        !(s->gap_eV_per_atom > 0.0 && isfinite(s->gap_eV_per_atom)))
        return pel_error_set(err, PEL_EARG,
                             "gap between levels is %g eV/atom, expected more than 0",
                             s->gap_eV_per_atom);
    if (s->grouping == PEL_POOL_EDGES) {
        if (s->n_edges == 0)
            return pel_error_set(err, PEL_EARG, "no level edges, expected at least one");
        for (size_t i = 0; i < s->n_edges; i++)
            if (!isfinite(s->edges_eV_per_atom[i]) ||
                (i > 0 && !(s->edges_eV_per_atom[i] > s->edges_eV_per_atom[i - 1])))
                return pel_error_set(err, PEL_EARG,
                                     "level edge %zu is %g eV/atom, expected increasing "
                                     "numbers",
                                     i + 1, s->edges_eV_per_atom[i]);
    }
    return PEL_OK;
}

/* ---- settings of the sampler ------------------------------------------------------- */

/* The first entry (between semicolons) in which two texts of settings differ. */
static void first_difference(const char *a, const char *b, int *n_a, const char **in_a,
                             int *n_b, const char **in_b)
{
    enum { SHOWN = 120 };
    for (;;) {
        a += strspn(a, "; ");
        b += strspn(b, "; ");
        const size_t la = strcspn(a, ";"), lb = strcspn(b, ";");
        if (la != lb || memcmp(a, b, la) != 0 || la == 0) {
            *in_a = a;
            *in_b = b;
            *n_a = la < SHOWN ? (int)la : SHOWN;
            *n_b = lb < SHOWN ? (int)lb : SHOWN;
            return;
        }
        a += la;
        b += lb;
    }
}

/* Whether all lists may stand in one pool; collects their different settings. */
static pel_status check_lists(size_t n, const struct pel_event_list *const lists[],
                              const char *const names[], int other_settings,
                              struct pel_pool *pool, struct pel_error *err)
{
    /* Molar masses of one composition printed with five digits still agree. */
    const double same_mass = 1e-5;
    size_t size = 1;
    for (size_t i = 0; i < n; i++)
        size += strlen(lists[i]->settings) + 3;
    pool->settings = calloc(size, 1);
    if (pool->settings == NULL) return no_memory(err);
    pool->atoms = lists[0]->atoms;
    pool->molar_mass = lists[0]->molar_mass;
    for (size_t i = 0; i < n; i++) {
        if (!(lists[i]->atoms == pool->atoms))
            return pel_error_at(err, PEL_EMISMATCH, names[i], 0,
                                "samples of %g atoms, expected %g as in %s: barriers "
                                "belong to a cell",
                                lists[i]->atoms, pool->atoms, names[0]);
        if (!(fabs(lists[i]->molar_mass - pool->molar_mass) <=
              same_mass * pool->molar_mass))
            return pel_error_at(err, PEL_EMISMATCH, names[i], 0,
                                "molar mass %g g/mol, expected %g as in %s: one "
                                "composition",
                                lists[i]->molar_mass, pool->molar_mass, names[0]);
        size_t j = 0;
        while (strcmp(lists[j]->settings, lists[i]->settings) != 0)
            j++;
        if (j < i) continue;
        if (i > 0 && !other_settings) {
            int n_here, n_there;
            const char *here, *there;
            first_difference(lists[i]->settings, lists[0]->settings, &n_here, &here,
                             &n_there, &there);
            return pel_error_at(
                err, PEL_EMISMATCH, names[i], 0,
                "sampler setting '%.*s', expected '%.*s' as in %s: events "
                "of different settings make no common spectrum",
                n_here, here, n_there, there, names[0]);
        }
        if (i > 0) strcat(pool->settings, " | ");
        strcat(pool->settings, lists[i]->settings);
        pool->n_settings++;
    }
    return PEL_OK;
}

/* ---- samples and levels ------------------------------------------------------------ */

static size_t line_of(const struct pel_event_list *list, size_t event)
{
    return list->lines != NULL ? list->lines[event] : 0;
}

/* Index of the sample of an event among samples [from, n), or n. */
static size_t find_sample(const struct pel_pool_sample *samples, size_t from, size_t n,
                          const char *name)
{
    while (from < n && strcmp(samples[from].name, name) != 0)
        from++;
    return from;
}

/* What becomes of a search: the one place that decides. */
enum fate { FAILED, DUPLICATE, BELOW_E_A, BELOW_E_R, KEPT };

static enum fate fate_of(const struct pel_pool_settings *s, const struct pel_event *event)
{
    if (strcmp(event->status, PEL_EVENT_VALID) != 0) return FAILED;
    if (!pel_event_is_distinct(event)) return DUPLICATE;
    if (!(event->e_a >= s->min_e_a_eV)) return BELOW_E_A;
    if (!(event->e_r >= s->min_e_r_eV)) return BELOW_E_R;
    return KEPT;
}

static void count_event(const struct pel_pool_settings *s, const struct pel_event *event,
                        struct pel_pool_counts *counts)
{
    const enum fate fate = fate_of(s, event);
    counts->searches++;
    if (event->force_calls > 0) counts->force_calls += event->force_calls;
    counts->valid += fate != FAILED;
    counts->distinct += fate != FAILED && fate != DUPLICATE;
    counts->below_e_a += fate == BELOW_E_A;
    counts->below_e_r += fate == BELOW_E_R;
    counts->kept += fate == KEPT;
}

/* Samples in order of appearance; `first` holds that order. */
static pel_status collect_samples(size_t n, const struct pel_event_list *const lists[],
                                  const char *const names[],
                                  const struct pel_pool_settings *settings,
                                  struct pel_pool *pool, struct pel_error *err)
{
    for (size_t l = 0; l < n; l++) {
        const size_t from = pool->n_samples;
        size_t at = from;
        for (size_t i = 0; i < lists[l]->n; i++) {
            const struct pel_event *event = &lists[l]->events[i];
            if (!(at < pool->n_samples &&
                  strcmp(pool->samples[at].name, event->sample) == 0))
                at = find_sample(pool->samples, from, pool->n_samples, event->sample);
            if (at == pool->n_samples) {
                const size_t other = find_sample(pool->samples, 0, from, event->sample);
                if (other < from && pool->samples[other].e_is == event->e_is)
                    return pel_error_at(
                        err, PEL_EFORMAT, names[l], line_of(lists[l], i),
                        "sample '%s' is in %s too, its events would count twice",
                        event->sample, names[pool->samples[other].list]);
                struct pel_pool_sample *grown =
                    realloc(pool->samples, (at + 1) * sizeof *grown);
                if (grown == NULL) return no_memory(err);
                pool->samples = grown;
                pool->samples[at] =
                    (struct pel_pool_sample){.list = l, .e_is = event->e_is, .first = at};
                memcpy(pool->samples[at].name, event->sample, sizeof event->sample);
                pool->n_samples++;
            }
            struct pel_pool_sample *sample = &pool->samples[at];
            if (!(sample->e_is == event->e_is))
                return pel_error_at(err, PEL_EFORMAT, names[l], line_of(lists[l], i),
                                    "sample '%s' at %.10g eV/atom, expected %.10g as in "
                                    "its first row",
                                    event->sample, event->e_is, sample->e_is);
            count_event(settings, event, &sample->counts);
        }
    }
    if (pool->n_samples == 0)
        return pel_error_at(err, PEL_EARG, names[0], 0, "no searches, nothing to fit");
    return PEL_OK;
}

static int by_e_is(const void *a, const void *b)
{
    const struct pel_pool_sample *x = a, *y = b;
    if (x->e_is != y->e_is) return x->e_is > y->e_is ? 1 : -1;
    return (x->first > y->first) - (x->first < y->first);
}

static int by_level(const void *a, const void *b)
{
    const struct pel_pool_sample *x = a, *y = b;
    if (x->level != y->level) return x->level > y->level ? 1 : -1;
    return by_e_is(a, b);
}

/* Number the groups of the samples, which are sorted by E_IS, in `level`: 0, 1, .. in any
 * order. */
static pel_status group_samples(const struct pel_pool_settings *s, struct pel_pool *pool,
                                struct pel_error *err)
{
    struct pel_pool_sample *samples = pool->samples;
    for (size_t i = 0; i < pool->n_samples; i++) {
        size_t label = 0;
        switch (s->grouping) {
        case PEL_POOL_EACH_SAMPLE:
        case PEL_POOL_GAP: {
            const double gap = s->grouping == PEL_POOL_GAP ? s->gap_eV_per_atom : 0.0;
            if (i > 0)
                label =
                    samples[i - 1].level + (samples[i].e_is - samples[i - 1].e_is > gap);
            break;
        }
        case PEL_POOL_EDGES:
            while (label < s->n_edges && samples[i].e_is >= s->edges_eV_per_atom[label])
                label++;
            break;
        case PEL_POOL_GROUPS: {
            size_t row = 0;
            while (row < s->n_groups &&
                   strcmp(s->groups[row].sample, samples[i].name) != 0)
                row++;
            if (row == s->n_groups)
                return pel_error_set(err, PEL_EARG, "sample '%s' has no group",
                                     samples[i].name);
            /* Its label is known by the first row that has it. */
            while (strcmp(s->groups[label].label, s->groups[row].label) != 0)
                label++;
            break;
        }
        }
        samples[i].level = label;
    }
    return PEL_OK;
}

static int level_by_e_is(const void *a, const void *b)
{
    const double x = ((const struct pel_pool_level *)a)->e_is;
    const double y = ((const struct pel_pool_level *)b)->e_is;
    return (x > y) - (x < y);
}

/* Levels from the labels of the samples, in order of their mean E_IS; samples sorted to
 * match. */
static pel_status make_levels(struct pel_pool *pool, struct pel_error *err)
{
    /* first_sample holds the label until the order is known. */
    pool->levels = calloc(pool->n_samples, sizeof *pool->levels);
    if (pool->levels == NULL) return no_memory(err);
    for (size_t i = 0; i < pool->n_samples; i++) {
        const struct pel_pool_sample *sample = &pool->samples[i];
        size_t l = 0;
        while (l < pool->n_levels && pool->levels[l].first_sample != sample->level)
            l++;
        struct pel_pool_level *level = &pool->levels[l];
        if (l == pool->n_levels) {
            pool->n_levels++;
            level->first_sample = sample->level;
            level->e_is_min = level->e_is_max = sample->e_is;
        }
        level->e_is += sample->e_is;
        level->e_is_min = fmin(level->e_is_min, sample->e_is);
        level->e_is_max = fmax(level->e_is_max, sample->e_is);
        level->n_samples++;
    }
    for (size_t l = 0; l < pool->n_levels; l++)
        pool->levels[l].e_is /= (double)pool->levels[l].n_samples;
    qsort(pool->levels, pool->n_levels, sizeof *pool->levels, level_by_e_is);
    for (size_t l = 1; l < pool->n_levels; l++)
        if (!(pool->levels[l].e_is > pool->levels[l - 1].e_is))
            return pel_error_set(err, PEL_EARG,
                                 "two groups of samples have the same mean E_IS, %.10g "
                                 "eV/atom, expected different levels",
                                 pool->levels[l].e_is);
    for (size_t i = 0; i < pool->n_samples; i++) {
        size_t l = 0;
        while (pool->levels[l].first_sample != pool->samples[i].level)
            l++;
        pool->samples[i].level = l;
    }
    qsort(pool->samples, pool->n_samples, sizeof *pool->samples, by_level);
    return PEL_OK;
}

static void add_counts(struct pel_pool_counts *to, const struct pel_pool_counts *from)
{
    to->searches += from->searches;
    to->valid += from->valid;
    to->distinct += from->distinct;
    to->below_e_a += from->below_e_a;
    to->below_e_r += from->below_e_r;
    to->kept += from->kept;
    to->force_calls += from->force_calls;
}

void pel_pool_layout(struct pel_pool *pool)
{
    size_t sample = 0;
    pool->n = 0;
    pool->counts = (struct pel_pool_counts){0};
    for (size_t l = 0; l < pool->n_levels; l++) {
        struct pel_pool_level *level = &pool->levels[l];
        level->first_sample = sample;
        level->first = pool->n;
        level->counts = (struct pel_pool_counts){0};
        for (; sample < level->first_sample + level->n_samples; sample++) {
            pool->samples[sample].first = pool->n;
            pool->n += pool->samples[sample].counts.kept;
            add_counts(&level->counts, &pool->samples[sample].counts);
        }
        add_counts(&pool->counts, &level->counts);
    }
}

pel_status pel_pool_allocate(struct pel_pool *pool, struct pel_error *err)
{
    pool->e_a = malloc((pool->n + 1) * sizeof *pool->e_a);
    pool->e_r = malloc((pool->n + 1) * sizeof *pool->e_r);
    pool->weight = malloc((pool->n + 1) * sizeof *pool->weight);
    pool->attempt_frequency = calloc(pool->n + 1, sizeof *pool->attempt_frequency);
    pool->search = calloc(pool->n + 1, sizeof *pool->search);
    pool->hits = calloc(pool->n + 1, sizeof *pool->hits);
    return pool->e_a != NULL && pool->e_r != NULL && pool->weight != NULL &&
                   pool->attempt_frequency != NULL && pool->search != NULL &&
                   pool->hits != NULL
               ? PEL_OK
               : no_memory(err);
}

void pel_pool_weigh(struct pel_pool *pool, enum pel_pool_weighting weighting)
{
    for (size_t i = 0; i < pool->n; i++)
        pool->weight[i] = 1.0;
    if (weighting == PEL_POOL_EACH_EVENT) return;
    for (size_t l = 0; l < pool->n_levels; l++) {
        const struct pel_pool_level *level = &pool->levels[l];
        const struct pel_pool_sample *samples = &pool->samples[level->first_sample];
        size_t used = 0; /* a sample without kept events has no say */
        for (size_t s = 0; s < level->n_samples; s++)
            used += samples[s].counts.kept > 0;
        for (size_t s = 0; s < level->n_samples; s++)
            for (size_t i = 0; i < samples[s].counts.kept; i++)
                pool->weight[samples[s].first + i] =
                    (double)level->counts.kept /
                    ((double)used * (double)samples[s].counts.kept);
    }
}

/* Whether the list has a distinct event of that number in the sample. */
static int has_original(const struct pel_event_list *list, const char *sample,
                        int64_t search)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->events[i].search == search && pel_event_is_distinct(&list->events[i]) &&
            strcmp(list->events[i].sample, sample) == 0)
            return 1;
    return 0;
}

/* Count a valid search for the kept event that it found; one that the selection removed
 * is nobody's. */
static void count_hit(const struct pel_event_list *list, const struct pel_event *event,
                      struct pel_pool_sample *sample, struct pel_pool *pool)
{
    const int64_t found = event->duplicate_of >= 0 ? event->duplicate_of : event->search;
    const size_t end = sample->first + sample->counts.kept;
    size_t i = sample->first;
    while (i < end && pool->search[i] != found)
        i++;
    if (i < end)
        pool->hits[i][event->search % 2 != 0]++;
    else if (!has_original(list, sample->name, found))
        sample->complete = 0;
}

static void fill_events(const struct pel_event_list *const lists[],
                        const struct pel_pool_settings *settings, struct pel_pool *pool)
{
    for (size_t s = 0; s < pool->n_samples; s++) {
        struct pel_pool_sample *sample = &pool->samples[s];
        const struct pel_event_list *list = lists[sample->list];
        size_t to = sample->first;
        int64_t last = -1;
        int has_number = 1;
        for (size_t i = 0; i < list->n; i++) {
            const struct pel_event *event = &list->events[i];
            if (strcmp(event->sample, sample->name) != 0) continue;
            last = event->search > last ? event->search : last;
            has_number = has_number && event->search >= 0;
            if (fate_of(settings, event) != KEPT) continue;
            pool->e_a[to] = event->e_a;
            pool->e_r[to] = event->e_r;
            pool->attempt_frequency[to] = event->attempt_frequency;
            pool->search[to] = event->search;
            to++;
        }
        sample->complete = has_number && last + 1 == (int64_t)sample->counts.searches;
        for (size_t i = 0; i < list->n; i++) {
            const struct pel_event *event = &list->events[i];
            if (strcmp(event->sample, sample->name) == 0 &&
                strcmp(event->status, PEL_EVENT_VALID) == 0)
                count_hit(list, event, sample, pool);
        }
    }
}

/* - do the lists belong together
 * - samples: collect, group, order
 * - events: count, copy, weigh */
pel_status pel_pool_create(size_t n_lists, const struct pel_event_list *const lists[],
                           const char *const names[],
                           const struct pel_pool_settings *settings,
                           struct pel_pool **out, struct pel_error *err)
{
    *out = NULL;
    const struct pel_pool_settings defaults = pel_pool_settings_defaults();
    if (settings == NULL) settings = &defaults;
    if (n_lists == 0) return pel_error_set(err, PEL_EARG, "no events, nothing to fit");
    pel_status status = check_settings(settings, err);
    if (status != PEL_OK) return status;
    struct pel_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) return no_memory(err);

    status = check_lists(n_lists, lists, names, settings->other_settings, pool, err);
    if (status == PEL_OK)
        status = collect_samples(n_lists, lists, names, settings, pool, err);
    if (status == PEL_OK) {
        qsort(pool->samples, pool->n_samples, sizeof *pool->samples, by_e_is);
        status = group_samples(settings, pool, err);
    }
    if (status == PEL_OK) status = make_levels(pool, err);
    if (status == PEL_OK) {
        pel_pool_layout(pool);
        if (pool->n == 0)
            status = pel_error_set(err, PEL_EARG,
                                   "no events left: %zu distinct, of them %zu below the "
                                   "smallest E_A and %zu below the smallest E_R",
                                   pool->counts.distinct, pool->counts.below_e_a,
                                   pool->counts.below_e_r);
    }
    if (status == PEL_OK) status = pel_pool_allocate(pool, err);
    if (status != PEL_OK) {
        pel_pool_free(pool);
        return status;
    }
    fill_events(lists, settings, pool);
    pel_pool_weigh(pool, settings->weighting);
    pool->weighting = settings->weighting;
    pool->min_e_a_eV = settings->min_e_a_eV;
    pool->min_e_r_eV = settings->min_e_r_eV;
    *out = pool;
    return PEL_OK;
}

pel_status pel_pool_read(size_t n_paths, const char *const paths[],
                         const struct pel_pool_settings *settings, struct pel_pool **out,
                         struct pel_error *err)
{
    *out = NULL;
    struct pel_event_list **lists = calloc(n_paths + 1, sizeof *lists);
    if (lists == NULL) return no_memory(err);
    pel_status status = PEL_OK;
    for (size_t i = 0; status == PEL_OK && i < n_paths; i++)
        status = pel_event_list_read(paths[i], &lists[i], err);
    if (status == PEL_OK)
        status = pel_pool_create(n_paths, (const struct pel_event_list *const *)lists,
                                 paths, settings, out, err);
    for (size_t i = 0; i < n_paths; i++)
        pel_event_list_free(lists[i]);
    free(lists);
    return status;
}

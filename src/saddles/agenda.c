#include "agenda_priv.h"

#include <pelrate/distinct.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What is known of a search that is not judged yet. */
enum state { FREE, GIVEN, FILLED };
struct slot {
    enum state state;
    struct pel_catalogue_search search; /* FILLED: owned */
};

/* One sample. Searches below `judged` are all there and judged; those above wait in a
 * window that begins with search `judged`. */
struct entry {
    struct pel_campaign_goal goal;
    struct pel_distinct *distinct; /* of the judged ones; owned */
    size_t judged;
    struct slot *slots; /* [n_slots] of searches judged, judged + 1, ...; owned */
    size_t n_slots;
    size_t top;       /* one above the highest search that was stored or given out */
    size_t need;      /* searches below this are needed for certain */
    size_t next;      /* no search below this is free */
    size_t n_pending; /* valid ones in the window */
    struct pel_campaign_counts counts;
};

struct pel_agenda {
    size_t n;              /* samples */
    size_t batch;          /* searches */
    struct entry *entries; /* [n]; owned */
};

static int is_filled(const struct entry *entry, size_t search)
{
    if (search < entry->judged) return 1;
    const size_t i = search - entry->judged;
    return i < entry->n_slots && entry->slots[i].state == FILLED;
}

/* Where the certain searches end (agenda_priv.h says why they are), and those that are
 * needed because their batch has begun. */
static size_t find_need(const struct pel_agenda *agenda, const struct entry *entry)
{
    const size_t limit = entry->goal.searches > 0 ? entry->goal.searches : SIZE_MAX;
    size_t end = entry->judged, most = pel_distinct_count(entry->distinct);
    while (end < limit) {
        if (end % agenda->batch == 0 && end >= entry->top && entry->goal.events > 0 &&
            most >= entry->goal.events)
            return end;
        if (entry->goal.events == 0) return limit;
        const size_t i = end++ - entry->judged;
        most += i >= entry->n_slots || entry->slots[i].state != FILLED ||
                entry->slots[i].search.status == PEL_ART_VALID;
    }
    return limit;
}

/* What is needed now, and whether it is all there. */
static void look(const struct pel_agenda *agenda, struct entry *entry)
{
    entry->need = find_need(agenda, entry);
    entry->counts.finished = 1;
    for (size_t s = entry->judged; s < entry->need && entry->counts.finished; s++)
        entry->counts.finished = is_filled(entry, s);
}

pel_status pel_agenda_create(size_t n, const struct pel_campaign_goal goals[],
                             size_t batch, double same_energy_eV, double same_distance_A,
                             struct pel_agenda **out, struct pel_error *err)
{
    *out = NULL;
    struct pel_agenda *agenda = calloc(1, sizeof *agenda);
    if (agenda != NULL) agenda->entries = calloc(n, sizeof *agenda->entries);
    if (agenda == NULL || agenda->entries == NULL) {
        pel_agenda_free(agenda);
        return pel_error_set(err, PEL_ENOMEM, "%zu samples", n);
    }
    agenda->n = n;
    agenda->batch = batch;
    for (size_t k = 0; k < n; k++) {
        struct entry *entry = &agenda->entries[k];
        entry->goal = goals[k];
        const pel_status status =
            pel_distinct_create(same_energy_eV, same_distance_A, &entry->distinct, err);
        if (status != PEL_OK) {
            pel_agenda_free(agenda);
            return status;
        }
        look(agenda, entry);
    }
    *out = agenda;
    return PEL_OK;
}

void pel_agenda_free(struct pel_agenda *agenda)
{
    if (agenda == NULL) return;
    for (size_t k = 0; agenda->entries != NULL && k < agenda->n; k++) {
        struct entry *entry = &agenda->entries[k];
        for (size_t i = 0; i < entry->n_slots; i++)
            pel_catalogue_search_free(&entry->slots[i].search);
        free(entry->slots);
        pel_distinct_free(entry->distinct);
    }
    free(agenda->entries);
    free(agenda);
}

/* The slot of a search at or above `judged`; NULL: no memory. */
static struct slot *slot_of(struct entry *entry, size_t search)
{
    const size_t i = search - entry->judged;
    /* The number of a damaged row may be anything. */
    if (i >= SIZE_MAX / (2 * sizeof *entry->slots)) return NULL;
    if (i >= entry->n_slots) {
        const size_t more = i + 1 > 2 * entry->n_slots ? i + 1 : 2 * entry->n_slots;
        struct slot *grown = realloc(entry->slots, more * sizeof *grown);
        if (grown == NULL) return NULL;
        memset(grown + entry->n_slots, 0, (more - entry->n_slots) * sizeof *grown);
        entry->slots = grown;
        entry->n_slots = more;
    }
    return &entry->slots[i];
}

/* Judge what is in line, in the order of the numbers. */
static pel_status judge(struct entry *entry, struct pel_error *err)
{
    size_t n = 0;
    pel_status status = PEL_OK;
    while (status == PEL_OK && n < entry->n_slots && entry->slots[n].state == FILLED) {
        int64_t duplicate;
        struct pel_catalogue_search *search = &entry->slots[n].search;
        status = pel_distinct_add(entry->distinct, search, &duplicate, err);
        entry->n_pending -= search->status == PEL_ART_VALID;
        pel_catalogue_search_free(search);
        n++;
    }
    if (n == 0) return status;
    entry->judged += n;
    entry->n_slots -= n;
    memmove(entry->slots, entry->slots + n, entry->n_slots * sizeof *entry->slots);
    return status;
}

pel_status pel_agenda_take(struct pel_agenda *agenda, size_t k,
                           struct pel_catalogue_search *search, struct pel_error *err)
{
    struct entry *entry = &agenda->entries[k];
    if (is_filled(entry, search->search))
        return pel_error_set(err, PEL_EFORMAT, "search %zu of sample %zu is there twice",
                             search->search, k);
    struct slot *slot = slot_of(entry, search->search);
    if (slot == NULL)
        return pel_error_set(err, PEL_ENOMEM, "%zu searches", search->search);
    if (search->search >= entry->top) entry->top = search->search + 1;
    entry->counts.searches++;
    entry->counts.force_calls += search->force_calls;
    entry->counts.work += search->work;
    if (search->status == PEL_ART_VALID) {
        entry->counts.valid++;
        entry->n_pending++;
    }
    slot->state = FILLED;
    slot->search = *search;
    *search = (struct pel_catalogue_search){0};
    const pel_status status = judge(entry, err);
    look(agenda, entry);
    return status;
}

/* The lowest free search of those needed; `need` where there is none. */
static size_t find_free(struct entry *entry)
{
    if (entry->next < entry->judged) entry->next = entry->judged;
    while (entry->next < entry->need) {
        const size_t i = entry->next - entry->judged;
        if (i >= entry->n_slots || entry->slots[i].state == FREE) break;
        entry->next++;
    }
    return entry->next < entry->need ? entry->next : entry->need;
}

enum pel_agenda_answer pel_agenda_next(struct pel_agenda *agenda, size_t *k,
                                       size_t *search)
{
    size_t best = agenda->n, lowest = SIZE_MAX;
    int all_finished = 1;
    for (size_t i = 0; i < agenda->n; i++) {
        struct entry *entry = &agenda->entries[i];
        const size_t free_one = find_free(entry);
        all_finished = all_finished && entry->counts.finished;
        if (free_one < entry->need && free_one < lowest) {
            lowest = free_one;
            best = i;
        }
    }
    if (best == agenda->n) return all_finished ? PEL_AGENDA_DONE : PEL_AGENDA_WAIT;
    struct entry *entry = &agenda->entries[best];
    struct slot *slot = slot_of(entry, lowest);
    if (slot == NULL) return PEL_AGENDA_NO_MEMORY;
    slot->state = GIVEN;
    if (lowest >= entry->top) entry->top = lowest + 1;
    *k = best;
    *search = lowest;
    return PEL_AGENDA_JOB;
}

struct pel_campaign_counts pel_agenda_counts(const struct pel_agenda *agenda, size_t k)
{
    struct pel_campaign_counts counts = agenda->entries[k].counts;
    counts.distinct = pel_distinct_count(agenda->entries[k].distinct);
    return counts;
}

double pel_agenda_fraction(const struct pel_agenda *agenda, size_t k)
{
    const struct entry *entry = &agenda->entries[k];
    /* Valid ones that are not judged yet count as they come: most are new. */
    const double found = (double)(pel_distinct_count(entry->distinct) + entry->n_pending);
    double fraction = entry->counts.finished ? 1.0 : 0.0;
    if (entry->goal.events > 0 && found / (double)entry->goal.events > fraction)
        fraction = found / (double)entry->goal.events;
    if (entry->goal.searches > 0 &&
        (double)entry->counts.searches / (double)entry->goal.searches > fraction)
        fraction = (double)entry->counts.searches / (double)entry->goal.searches;
    return fraction < 1.0 ? fraction : 1.0;
}

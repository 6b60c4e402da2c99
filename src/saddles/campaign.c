#include <pelrate/campaign.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crew_priv.h"
#include "search_priv.h"

/* One glass of the campaign. */
struct sample {
    const struct pel_structure *structure; /* borrowed */
    struct pel_catalogue_sample row;       /* its minimum; owned */
    size_t index;                          /* in the catalogue */
    uint64_t key;                          /* of its random streams */
};

/* The campaign under way. */
struct campaign {
    const struct pel_campaign *plan;
    struct pel_catalogue *catalogue; /* NULL in ranks above 0 */
    const struct pel_progress *progress;
    struct pel_campaign_report *report;
    size_t n;                  /* samples */
    struct sample *samples;    /* [n]; owned */
    struct pel_agenda *agenda; /* owned */
    pel_status status;         /* first fault of the workers */
    struct pel_error *err;     /* and its text */
};

pel_status pel_campaign_open(const char *path,
                             const struct pel_sampler_settings *settings,
                             const char *potential_hash, const char *elements,
                             size_t n_more, const struct pel_catalogue_setting more[],
                             struct pel_catalogue **out, struct pel_error *err)
{
    *out = NULL;
    pel_status status = pel_sampler_check(settings, err);
    if (status != PEL_OK) return status;
    const size_t n = pel_sampler_count();
    struct pel_catalogue_setting *list = calloc(n + 2 + n_more, sizeof *list);
    char(*values)[PEL_SAMPLER_VALUE] = calloc(n, sizeof *values);
    if (list == NULL || values == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "%zu settings", n);
        goto done;
    }
    list[0] = (struct pel_catalogue_setting){"potential_sha256", potential_hash};
    list[1] = (struct pel_catalogue_setting){"elements", elements};
    for (size_t k = 0; k < n; k++) {
        list[k + 2].key = pel_sampler_setting(k)->key;
        list[k + 2].value = pel_sampler_value(settings, k, values[k]);
    }
    for (size_t k = 0; k < n_more; k++)
        list[n + 2 + k] = more[k];
    status = pel_catalogue_open(path, n + 2 + n_more, list, out, err);

done:
    free(list);
    free(values);
    return status;
}

/* --- samples --- */

static struct pel_campaign_goal goal_of(const struct pel_campaign *plan, size_t k)
{
    return plan->goals != NULL ? plan->goals[k]
                               : (struct pel_campaign_goal){plan->events, plan->searches};
}

/* Whether the catalogue has glass k, and then its row; its name must not be another's. */
static pel_status find_row(struct campaign *campaign, size_t k, int *is_there,
                           struct pel_error *err)
{
    struct sample *sample = &campaign->samples[k];
    const char *name = campaign->plan->names[k];
    size_t n, by_hash, by_name;
    pel_status status = pel_catalogue_samples(campaign->catalogue, &n, err);
    if (status == PEL_OK)
        status = pel_catalogue_find(campaign->catalogue, name, campaign->plan->hashes[k],
                                    &by_name, &by_hash, err);
    if (status != PEL_OK) return status;
    *is_there = by_hash < n;
    if (by_name < n && by_name != by_hash)
        return pel_error_set(err, PEL_EARG,
                             "sample '%s' of the catalogue is another glass", name);
    sample->index = by_hash;
    if (n == 0) return PEL_OK;
    status = pel_catalogue_sample(campaign->catalogue, *is_there ? by_hash : 0,
                                  &sample->row, err);
    if (status != PEL_OK) return status;
    if (sample->row.atoms != sample->structure->n)
        return *is_there
                   ? pel_error_set(err, PEL_EARG,
                                   "sample '%s' has %zu atoms in the catalogue and %zu "
                                   "here",
                                   sample->row.name, sample->row.atoms,
                                   sample->structure->n)
                   : pel_error_set(err, PEL_EARG,
                                   "sample '%s' has %zu atoms, those of the catalogue "
                                   "%zu",
                                   name, sample->structure->n, sample->row.atoms);
    if (!*is_there) pel_catalogue_sample_free(&sample->row);
    return PEL_OK;
}

struct loading {
    struct campaign *campaign;
    size_t k;
};

static pel_status load_search(void *context, const struct pel_catalogue_search *search,
                              struct pel_error *err)
{
    const struct loading *loading = context;
    struct pel_catalogue_search copy = *search;
    copy.saddle = copy.final = NULL;
    if (search->n > 0) {
        const size_t bytes = search->n * sizeof *copy.saddle;
        copy.saddle = malloc(bytes);
        copy.final = malloc(bytes);
        if (copy.saddle == NULL || copy.final == NULL) {
            pel_catalogue_search_free(&copy);
            return pel_error_set(err, PEL_ENOMEM, "event of %zu coordinates", search->n);
        }
        memcpy(copy.saddle, search->saddle, bytes);
        memcpy(copy.final, search->final, bytes);
    }
    pel_status status =
        pel_agenda_take(loading->campaign->agenda, loading->k, &copy, err);
    pel_catalogue_search_free(&copy);
    return status;
}

/* Everything that is known of a sample: from the catalogue, or made and added. */
static pel_status load_sample(struct campaign *campaign, size_t k, struct pel_error *err)
{
    struct sample *sample = &campaign->samples[k];
    int is_there;
    pel_status status = find_row(campaign, k, &is_there, err);
    if (status != PEL_OK) return status;
    if (!is_there) {
        snprintf(sample->row.name, sizeof sample->row.name, "%s",
                 campaign->plan->names[k]);
        snprintf(sample->row.hash, sizeof sample->row.hash, "%s",
                 campaign->plan->hashes[k]);
        status = pel_search_prepare(campaign->plan->potential, campaign->plan->settings,
                                    sample->structure, &sample->row, err);
        if (status != PEL_OK) return status;
        status = pel_catalogue_add_sample(campaign->catalogue, &sample->row,
                                          &sample->index, err);
        if (status != PEL_OK) return status;
    }
    struct loading loading = {.campaign = campaign, .k = k};
    return pel_catalogue_walk(campaign->catalogue, sample->index, load_search, &loading,
                              err);
}

/* The minimum of a sample from rank 0 to all. */
static pel_status share_sample(struct campaign *campaign, size_t k, struct pel_error *err)
{
    struct sample *sample = &campaign->samples[k];
    struct pel_ranks *ranks = campaign->plan->ranks;
    struct pel_structure *structure = sample->row.structure;
    pel_status status = PEL_OK;
    if (pel_ranks_rank(ranks) > 0)
        status = pel_structure_copy(sample->structure, &structure, err);
    status = pel_ranks_agree(ranks, status, err);
    if (status != PEL_OK) {
        if (pel_ranks_rank(ranks) > 0) pel_structure_free(structure);
        return status;
    }
    pel_ranks_share(ranks, &sample->row, sizeof sample->row);
    pel_ranks_share(ranks, &sample->index, sizeof sample->index);
    sample->row.structure = structure;
    sample->row.x = structure->x;
    pel_ranks_share(ranks, sample->row.x, 3 * structure->n * sizeof *sample->row.x);
    return PEL_OK;
}

static pel_status load(struct campaign *campaign, struct pel_error *err)
{
    struct pel_ranks *ranks = campaign->plan->ranks;
    pel_status status = PEL_OK;
    for (size_t k = 0; k < campaign->n && status == PEL_OK; k++) {
        campaign->samples[k].structure = campaign->plan->structures[k];
        campaign->samples[k].key = pel_search_key(campaign->plan->hashes[k]);
        if (pel_ranks_rank(ranks) == 0) {
            status = load_sample(campaign, k, err);
            if (status == PEL_OK &&
                pel_progress_report(campaign->progress, 0.0, 0.0,
                                    "minimising the glasses") != PEL_OK)
                status = pel_error_set(err, PEL_ESTOPPED, "interrupted");
        }
        status = pel_ranks_agree(ranks, status, err);
        if (status == PEL_OK && ranks != NULL) status = share_sample(campaign, k, err);
    }
    return status;
}

/* --- searches --- */

/* A search is told by its key alone. */
static pel_status work(const void *context, size_t k, size_t search,
                       struct pel_catalogue_search *row, struct pel_error *err)
{
    const struct campaign *campaign = context;
    const struct pel_campaign *plan = campaign->plan;
    const struct sample *sample = &campaign->samples[k];
    struct pel_random random;
    pel_random_init(&random, plan->settings->seed, sample->key, search);
    pel_status status = pel_search_once(
        plan->potential, plan->settings, sample->structure, &sample->row,
        plan->centres != NULL ? plan->n_centres[k] : 0,
        plan->centres != NULL ? plan->centres[k] : NULL, &random, row, err);
    row->sample = sample->index;
    row->search = search;
    return status;
}

/* Sums over the samples, and the line of text that progress shows. */
static pel_status tell(struct campaign *campaign)
{
    struct pel_campaign_report *report = campaign->report;
    report->searches = report->valid = report->distinct = report->force_calls = 0;
    report->work = 0.0;
    double done = 0.0, total = 0.0;
    for (size_t k = 0; k < campaign->n; k++) {
        const struct pel_campaign_counts counts = pel_agenda_counts(campaign->agenda, k);
        const struct pel_campaign_goal goal = goal_of(campaign->plan, k);
        const double weight = (double)(goal.events > 0 ? goal.events : goal.searches);
        if (campaign->plan->counts != NULL) campaign->plan->counts[k] = counts;
        report->searches += counts.searches;
        report->valid += counts.valid;
        report->distinct += counts.distinct;
        report->force_calls += counts.force_calls;
        report->work += counts.work;
        done += weight * pel_agenda_fraction(campaign->agenda, k);
        total += weight;
    }
    char text[96];
    snprintf(text, sizeof text, "%zu searches, %.0f %% valid, %.0f calls each",
             report->searches,
             100.0 * (double)report->valid /
                 (double)(report->searches + !report->searches),
             report->work / (double)(report->valid + !report->valid));
    return pel_progress_report(campaign->progress, done, total, text);
}

static void fail(struct campaign *campaign, pel_status status,
                 const struct pel_error *why)
{
    if (campaign->status != PEL_OK) return; /* the first one counts */
    campaign->status = status;
    if (campaign->err != NULL) *campaign->err = *why;
}

static enum pel_agenda_answer next(void *context, size_t *k, size_t *search)
{
    struct campaign *campaign = context;
    if (campaign->status != PEL_OK) return PEL_AGENDA_DONE;
    const enum pel_agenda_answer answer = pel_agenda_next(campaign->agenda, k, search);
    if (answer != PEL_AGENDA_NO_MEMORY) return answer;
    struct pel_error err;
    fail(campaign, pel_error_set(&err, PEL_ENOMEM, "books of the searches"), &err);
    return PEL_AGENDA_DONE;
}

/* Store a finished search. */
static void take(void *context, size_t k, pel_status status,
                 struct pel_catalogue_search *row, const struct pel_error *why)
{
    struct campaign *campaign = context;
    struct pel_error err = *why;
    if (status == PEL_OK) {
        status = pel_catalogue_add_search(campaign->catalogue, row, &err);
        if (status == PEL_OK) status = pel_agenda_take(campaign->agenda, k, row, &err);
        if (status == PEL_OK) {
            campaign->report->new_searches++;
            status = tell(campaign);
            if (status != PEL_OK)
                pel_error_set(&err, status, "interrupted; what was finished is stored");
        }
    }
    pel_catalogue_search_free(row);
    if (status != PEL_OK) fail(campaign, status, &err);
}

static pel_status search(struct campaign *campaign)
{
    struct pel_crew crew = {.context = campaign,
                            .next = next,
                            .work = work,
                            .take = take,
                            .threads = campaign->plan->threads,
                            .ranks = campaign->plan->ranks};
    const size_t count = pel_ranks_count(crew.ranks);
    pel_status status = PEL_OK;
    if (pel_ranks_rank(crew.ranks) == 0) {
        crew.waiting = calloc(count, 1);
        if (crew.waiting == NULL)
            status = pel_error_set(campaign->err, PEL_ENOMEM, "%zu ranks", count);
        else if (tell(campaign) != PEL_OK)
            status = pel_error_set(campaign->err, PEL_ESTOPPED,
                                   "interrupted; what was finished is stored");
    }
    status = pel_ranks_agree(crew.ranks, status, campaign->err);
    if (status == PEL_OK && pel_ranks_rank(crew.ranks) == 0) {
        pel_crew_run(&crew);
        status = campaign->status;
    } else if (status == PEL_OK) {
        pel_crew_serve(&crew);
    }
    free(crew.waiting);
    return pel_ranks_agree(crew.ranks, status, campaign->err);
}

static pel_status check(const struct pel_campaign *plan, struct pel_error *err)
{
    pel_status status = pel_sampler_check(plan->settings, err);
    if (status != PEL_OK) return status;
    if (plan->n_samples == 0) return pel_error_set(err, PEL_EARG, "no glass to sample");
    if (pel_ranks_count(plan->ranks) > 1 && plan->threads > 1)
        return pel_error_set(err, PEL_EARG,
                             "%zu threads in each rank, expected 1: start more ranks",
                             plan->threads);
    for (size_t k = 0; k < plan->n_samples; k++) {
        const struct pel_campaign_goal goal = goal_of(plan, k);
        if (goal.events == 0 && goal.searches == 0)
            return pel_error_set(err, PEL_EARG,
                                 "neither a number of events nor of searches is given");
        if (plan->structures[k]->n < 2)
            return pel_error_set(err, PEL_EARG, "sample '%s' has fewer than 2 atoms",
                                 plan->names[k]);
        if (strlen(plan->names[k]) >= sizeof((struct pel_catalogue_sample *)NULL)->name)
            return pel_error_set(err, PEL_EARG, "sample name '%s' is too long",
                                 plan->names[k]);
        for (size_t j = 0; j < k; j++)
            if (strcmp(plan->names[j], plan->names[k]) == 0 ||
                strcmp(plan->hashes[j], plan->hashes[k]) == 0)
                return pel_error_set(err, PEL_EARG, "sample '%s' is given twice",
                                     plan->names[k]);
    }
    return PEL_OK;
}

static pel_status begin(struct campaign *campaign, struct pel_error *err)
{
    const struct pel_campaign *plan = campaign->plan;
    pel_status status = check(plan, err);
    if (status != PEL_OK) return status;
    struct pel_campaign_goal *goals = calloc(campaign->n, sizeof *goals);
    campaign->samples = calloc(campaign->n, sizeof *campaign->samples);
    if (campaign->samples == NULL || goals == NULL) {
        free(goals);
        return pel_error_set(err, PEL_ENOMEM, "%zu samples", campaign->n);
    }
    for (size_t k = 0; k < campaign->n; k++)
        goals[k] = goal_of(plan, k);
    status = pel_agenda_create(campaign->n, goals, plan->settings->batch,
                               plan->settings->same_energy_eV,
                               plan->settings->same_distance_A, &campaign->agenda, err);
    free(goals);
    return status;
}

pel_status pel_campaign_run(const struct pel_campaign *plan,
                            struct pel_catalogue *catalogue,
                            const struct pel_progress *progress,
                            struct pel_campaign_report *report, struct pel_error *err)
{
    *report = (struct pel_campaign_report){0};
    struct campaign campaign = {.plan = plan,
                                .catalogue = catalogue,
                                .progress = progress,
                                .report = report,
                                .n = plan->n_samples,
                                .err = err};
    pel_status status = pel_ranks_agree(plan->ranks, begin(&campaign, err), err);
    if (status == PEL_OK) status = load(&campaign, err);
    if (status == PEL_OK) status = search(&campaign);
    const int is_first = pel_ranks_rank(plan->ranks) == 0; /* it has the books */
    for (size_t k = 0; status == PEL_OK && is_first && k < campaign.n; k++)
        report->short_of +=
            pel_agenda_counts(campaign.agenda, k).distinct < goal_of(plan, k).events;

    for (size_t k = 0; campaign.samples != NULL && k < campaign.n; k++)
        pel_catalogue_sample_free(&campaign.samples[k].row);
    free(campaign.samples);
    pel_agenda_free(campaign.agenda);
    return status;
}

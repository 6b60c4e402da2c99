#include <pelrate/campaign.h>
#include <pelrate/distinct.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "search_priv.h"

/* One glass of the campaign. Batch by batch: `base` is the first search of the batch that
 * is being made, its finished searches wait in `slots` until all of them are there;
 * searches below base have been judged. */
struct sample {
    const struct pel_structure *structure; /* borrowed */
    struct pel_catalogue_sample row;       /* its minimum; owned */
    size_t index;                          /* in the catalogue */
    uint64_t key;                          /* of its random streams */
    struct pel_distinct *distinct;         /* owned */
    size_t base;                           /* first search of the batch */
    struct pel_catalogue_search *slots;    /* [batch]; owned, and what they hold */
    unsigned char *filled;                 /* [batch] whether a slot is; owned */
    size_t n_filled;                       /* how many are */
    size_t searches, valid, force_calls;   /* of all stored */
    int finished;                          /* by the stop rule */
};

/* A search to be made. */
struct job {
    struct sample *sample;
    size_t search;
};

/* The campaign under way. */
struct campaign {
    const struct pel_campaign *plan;
    const struct pel_sampler_settings *settings;
    struct pel_catalogue *catalogue;
    const struct pel_progress *progress;
    struct pel_campaign_report *report;
    size_t n;               /* samples */
    struct sample *samples; /* [n]; owned */
    struct job *jobs;       /* [n * batch]; owned */
    size_t n_jobs;
    pel_status status;     /* first fault of the workers */
    struct pel_error *err; /* and its text */
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

/* Index of the glass in the catalogue, by hash; *n where it is not there. */
static pel_status find_row(struct campaign *campaign, size_t k, size_t *index, size_t *n,
                           struct pel_error *err)
{
    pel_status status = pel_catalogue_samples(campaign->catalogue, n, err);
    for (*index = 0; status == PEL_OK && *index < *n; (*index)++) {
        struct sample *sample = &campaign->samples[k];
        status = pel_catalogue_sample(campaign->catalogue, *index, &sample->row, err);
        if (status != PEL_OK) break;
        const int is_it = strcmp(sample->row.hash, campaign->plan->hashes[k]) == 0;
        const int has_name = strcmp(sample->row.name, campaign->plan->names[k]) == 0;
        if (is_it && sample->row.atoms != sample->structure->n)
            status = pel_error_set(
                err, PEL_EARG, "sample '%s' has %zu atoms in the catalogue and %zu here",
                sample->row.name, sample->row.atoms, sample->structure->n);
        else if (!is_it && has_name)
            status = pel_error_set(err, PEL_EARG,
                                   "sample '%s' of the catalogue is another glass",
                                   sample->row.name);
        else if (is_it)
            return PEL_OK;
        else if (sample->row.atoms != sample->structure->n)
            status = pel_error_set(
                err, PEL_EARG, "sample '%s' has %zu atoms, those of the catalogue %zu",
                campaign->plan->names[k], sample->structure->n, sample->row.atoms);
        pel_catalogue_sample_free(&sample->row);
    }
    return status;
}

/* Take a finished search into its slot; *search is empty then. */
static pel_status fill_slot(struct sample *sample, size_t batch,
                            struct pel_catalogue_search *search, struct pel_error *err)
{
    const size_t slot = search->search - sample->base;
    if (search->search < sample->base || slot >= batch || sample->filled[slot])
        return pel_error_set(
            err, PEL_EFORMAT,
            "catalogue: sample %zu has search %zu before all of %zu to %zu",
            sample->index, search->search, sample->base, sample->base + batch - 1);
    sample->slots[slot] = *search;
    sample->filled[slot] = 1;
    sample->n_filled++;
    sample->searches++;
    sample->valid += search->status == PEL_ART_VALID;
    sample->force_calls += search->force_calls;
    *search = (struct pel_catalogue_search){0};
    return PEL_OK;
}

/* Judge what is in the slots, in order, and begin the next batch. */
static pel_status judge_batch(struct sample *sample, size_t batch, struct pel_error *err)
{
    pel_status status = PEL_OK;
    for (size_t slot = 0; slot < batch; slot++) {
        int64_t duplicate;
        if (status == PEL_OK && sample->filled[slot])
            status =
                pel_distinct_add(sample->distinct, &sample->slots[slot], &duplicate, err);
        pel_catalogue_search_free(&sample->slots[slot]);
        sample->filled[slot] = 0;
    }
    sample->n_filled = 0;
    sample->base += batch;
    return status;
}

struct loading {
    struct sample *sample;
    size_t batch;
};

static pel_status load_search(void *context, const struct pel_catalogue_search *search,
                              struct pel_error *err)
{
    struct loading *loading = context;
    struct sample *sample = loading->sample;
    if (sample->n_filled == loading->batch) {
        pel_status status = judge_batch(sample, loading->batch, err);
        if (status != PEL_OK) return status;
    }
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
    pel_status status = fill_slot(sample, loading->batch, &copy, err);
    pel_catalogue_search_free(&copy);
    return status;
}

/* Everything that is known of a sample: from the catalogue, or made and added. */
static pel_status load_sample(struct campaign *campaign, size_t k, struct pel_error *err)
{
    const struct pel_sampler_settings *settings = campaign->settings;
    struct sample *sample = &campaign->samples[k];
    size_t n = 0;
    sample->structure = campaign->plan->structures[k];
    sample->key = pel_search_key(campaign->plan->hashes[k]);
    pel_status status = find_row(campaign, k, &sample->index, &n, err);
    if (status != PEL_OK) return status;
    if (sample->index == n) {
        snprintf(sample->row.name, sizeof sample->row.name, "%s",
                 campaign->plan->names[k]);
        snprintf(sample->row.hash, sizeof sample->row.hash, "%s",
                 campaign->plan->hashes[k]);
        status = pel_search_prepare(campaign->plan->potential, campaign->settings,
                                    sample->structure, &sample->row, err);
        if (status != PEL_OK) return status;
        status = pel_catalogue_add_sample(campaign->catalogue, &sample->row,
                                          &sample->index, err);
        if (status != PEL_OK) return status;
    }
    status = pel_distinct_create(settings->same_energy_eV, settings->same_distance_A,
                                 &sample->distinct, err);
    if (status != PEL_OK) return status;
    sample->slots = calloc(settings->batch, sizeof *sample->slots);
    sample->filled = calloc(settings->batch, 1);
    if (sample->slots == NULL || sample->filled == NULL)
        return pel_error_set(err, PEL_ENOMEM, "batch of %zu searches", settings->batch);
    struct loading loading = {.sample = sample, .batch = settings->batch};
    return pel_catalogue_walk(campaign->catalogue, sample->index, load_search, &loading,
                              err);
}

static void free_sample(struct sample *sample, size_t batch)
{
    for (size_t slot = 0; sample->slots != NULL && slot < batch; slot++)
        pel_catalogue_search_free(&sample->slots[slot]);
    free(sample->slots);
    free(sample->filled);
    pel_distinct_free(sample->distinct);
    pel_catalogue_sample_free(&sample->row);
}

/* --- searches --- */

/* A search is told by its key alone. */
static pel_status search_once(const struct campaign *campaign, const struct job *job,
                              struct pel_catalogue_search *row, struct pel_error *err)
{
    const struct sample *sample = job->sample;
    struct pel_random random;
    pel_random_init(&random, campaign->settings->seed, sample->key, job->search);
    const struct pel_campaign *plan = campaign->plan;
    const size_t k = (size_t)(sample - campaign->samples);
    pel_status status = pel_search_once(
        plan->potential, campaign->settings, sample->structure, &sample->row,
        plan->centres != NULL ? plan->n_centres[k] : 0,
        plan->centres != NULL ? plan->centres[k] : NULL, &random, row, err);
    row->sample = sample->index;
    row->search = job->search;
    return status;
}

/* Sums over the samples, and the line of text that progress shows. */
static pel_status tell(struct campaign *campaign)
{
    struct pel_campaign_report *report = campaign->report;
    report->searches = report->valid = report->distinct = report->force_calls = 0;
    double done = 0.0, total = 0.0;
    for (size_t k = 0; k < campaign->n; k++) {
        const struct sample *sample = &campaign->samples[k];
        const size_t distinct = pel_distinct_count(sample->distinct);
        const size_t goal = campaign->plan->events;
        report->searches += sample->searches;
        report->valid += sample->valid;
        report->distinct += distinct;
        report->force_calls += sample->force_calls;
        if (goal > 0) {
            /* Events of the batch under way are not judged yet; count
             * them as they come. */
            size_t found = distinct;
            for (size_t slot = 0; slot < campaign->settings->batch; slot++)
                found +=
                    sample->filled[slot] && sample->slots[slot].status == PEL_ART_VALID;
            done += (double)(sample->finished || found > goal ? goal : found);
            total += (double)goal;
        } else {
            done += (double)sample->searches;
            total += (double)campaign->plan->searches;
        }
    }
    char text[96];
    snprintf(text, sizeof text, "%zu searches, %.0f %% valid, %.0f calls each",
             report->searches,
             100.0 * (double)report->valid /
                 (double)(report->searches + !report->searches),
             (double)report->force_calls / (double)(report->valid + !report->valid));
    return pel_progress_report(campaign->progress, done, total, text);
}

/* Store a finished search. Called by one thread at a time. */
static void take(struct campaign *campaign, const struct job *job, pel_status status,
                 struct pel_catalogue_search *row, const struct pel_error *why)
{
    struct pel_error err = *why;
    if (status == PEL_OK) {
        status = pel_catalogue_add_search(campaign->catalogue, row, &err);
        if (status == PEL_OK)
            status = fill_slot(job->sample, campaign->settings->batch, row, &err);
        if (status == PEL_OK) {
            campaign->report->new_searches++;
            status = tell(campaign);
            if (status != PEL_OK)
                pel_error_set(&err, status, "interrupted; what was finished is stored");
        }
    }
    pel_catalogue_search_free(row);
    if (status == PEL_OK || campaign->status != PEL_OK) return;
    campaign->status = status;
    if (campaign->err != NULL) *campaign->err = err;
}

static pel_status run_jobs(struct campaign *campaign)
{
#ifdef _OPENMP
    const int threads = campaign->plan->threads > 0 ? (int)campaign->plan->threads
                                                    : omp_get_max_threads();
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
#endif
    for (size_t k = 0; k < campaign->n_jobs; k++) {
        int go;
#ifdef _OPENMP
#pragma omp critical
#endif
        go = campaign->status == PEL_OK;
        if (!go) continue;
        struct pel_catalogue_search row = {0};
        struct pel_error err = {0};
        pel_status status = search_once(campaign, &campaign->jobs[k], &row, &err);
#ifdef _OPENMP
#pragma omp critical
#endif
        take(campaign, &campaign->jobs[k], status, &row, &err);
    }
    return campaign->status;
}

/* The stop rule, at the beginning of a batch; what has begun is always finished. */
static int is_finished(const struct campaign *campaign, const struct sample *sample)
{
    const struct pel_campaign *plan = campaign->plan;
    if (plan->searches > 0 && sample->searches >= plan->searches) return 1;
    return sample->n_filled == 0 && plan->events > 0 &&
           pel_distinct_count(sample->distinct) >= plan->events;
}

/* The searches that the batches of all unfinished samples lack, samples in turn so that
 * they grow alike. */
static void plan_round(struct campaign *campaign)
{
    const size_t batch = campaign->settings->batch, limit = campaign->plan->searches;
    campaign->n_jobs = 0;
    for (size_t slot = 0; slot < batch; slot++)
        for (size_t k = 0; k < campaign->n; k++) {
            struct sample *sample = &campaign->samples[k];
            const size_t search = sample->base + slot;
            if (sample->finished || sample->filled[slot]) continue;
            if (limit > 0 && search >= limit) continue;
            campaign->jobs[campaign->n_jobs++] =
                (struct job){.sample = sample, .search = search};
        }
}

static pel_status run_rounds(struct campaign *campaign, struct pel_error *err)
{
    const size_t batch = campaign->settings->batch;
    for (;;) {
        for (size_t k = 0; k < campaign->n; k++) {
            struct sample *sample = &campaign->samples[k];
            const int cut = campaign->plan->searches > 0 &&
                            sample->searches >= campaign->plan->searches;
            if (!sample->finished && (sample->n_filled == batch || cut)) {
                pel_status status = judge_batch(sample, batch, err);
                if (status != PEL_OK) return status;
            }
            sample->finished = is_finished(campaign, sample);
        }
        if (tell(campaign) != PEL_OK)
            return pel_error_set(err, PEL_ESTOPPED,
                                 "interrupted; what was finished is stored");
        plan_round(campaign);
        if (campaign->n_jobs == 0) return PEL_OK;
        pel_status status = run_jobs(campaign);
        if (status != PEL_OK) return status;
    }
}

static pel_status check(const struct pel_campaign *plan, struct pel_error *err)
{
    pel_status status = pel_sampler_check(plan->settings, err);
    if (status != PEL_OK) return status;
    if (plan->n_samples == 0) return pel_error_set(err, PEL_EARG, "no glass to sample");
    if (plan->events == 0 && plan->searches == 0)
        return pel_error_set(err, PEL_EARG,
                             "neither a number of events nor of searches is given");
    for (size_t k = 0; k < plan->n_samples; k++) {
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

pel_status pel_campaign_run(const struct pel_campaign *plan,
                            struct pel_catalogue *catalogue,
                            const struct pel_progress *progress,
                            struct pel_campaign_report *report, struct pel_error *err)
{
    *report = (struct pel_campaign_report){0};
    pel_status status = check(plan, err);
    if (status != PEL_OK) return status;
    struct campaign campaign = {.plan = plan,
                                .settings = plan->settings,
                                .catalogue = catalogue,
                                .progress = progress,
                                .report = report,
                                .n = plan->n_samples,
                                .err = err};
    campaign.samples = calloc(plan->n_samples, sizeof *campaign.samples);
    campaign.jobs =
        calloc(plan->n_samples * plan->settings->batch, sizeof *campaign.jobs);
    if (campaign.samples == NULL || campaign.jobs == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "%zu samples", plan->n_samples);
        goto done;
    }
    for (size_t k = 0; k < plan->n_samples && status == PEL_OK; k++) {
        status = load_sample(&campaign, k, err);
        if (status == PEL_OK &&
            pel_progress_report(progress, 0.0, 0.0, "minimising the glasses") != PEL_OK)
            status = pel_error_set(err, PEL_ESTOPPED, "interrupted");
    }
    if (status == PEL_OK) status = run_rounds(&campaign, err);
    for (size_t k = 0; k < plan->n_samples; k++)
        report->short_of +=
            campaign.samples[k].distinct != NULL && plan->events > 0 &&
            pel_distinct_count(campaign.samples[k].distinct) < plan->events;

done:
    for (size_t k = 0; campaign.samples != NULL && k < plan->n_samples; k++)
        free_sample(&campaign.samples[k], plan->settings->batch);
    free(campaign.samples);
    free(campaign.jobs);
    return status;
}

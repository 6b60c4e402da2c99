#include <pelrate/frequency.h>
#include <pelrate/text.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "pick_priv.h"

const char *pel_frequency_settings(const struct pel_vineyard_settings *settings,
                                   char text[PEL_FREQUENCY_SETTINGS])
{
    char moved[PEL_TEXT_DOUBLE], shell[PEL_TEXT_DOUBLE], force[PEL_TEXT_DOUBLE];
    snprintf(text, PEL_FREQUENCY_SETTINGS,
             "cell_atoms=%zu; moved_A=%s; shell_A=%s; force_eV_per_A=%s",
             settings->cell_atoms, pel_text_double(moved, settings->moved_A),
             pel_text_double(shell, settings->shell_A),
             pel_text_double(force, settings->force_eV_per_A));
    return text;
}

/* Which events have a row already. */
struct known {
    struct pel_pick *pick;
    const char *settings;
    size_t at;          /* event that is looked at next: both lists have one order */
    unsigned char *has; /* [pick->n] */
};

static pel_status see(void *context, const struct pel_catalogue_frequency *row,
                      struct pel_error *err)
{
    struct known *known = context;
    const struct pel_pick *pick = known->pick;
    if (strcmp(row->settings, known->settings) != 0)
        return pel_error_set(err, PEL_EMISMATCH,
                             "the catalogue holds frequencies of other settings: %s "
                             "there, %s here",
                             row->settings, known->settings);
    while (known->at < pick->n && (pick->events[known->at].sample < row->sample ||
                                   (pick->events[known->at].sample == row->sample &&
                                    pick->events[known->at].search < row->search)))
        known->at++;
    if (known->at < pick->n && pick->events[known->at].sample == row->sample &&
        pick->events[known->at].search == row->search)
        known->has[known->at] = 1;
    return PEL_OK;
}

/* Leave the events that are wanted and not there yet. */
static pel_status sift(struct pel_catalogue *catalogue, const char *settings, size_t most,
                       struct pel_pick *pick, struct pel_frequency_report *report,
                       struct pel_error *err)
{
    struct known known = {.pick = pick, .settings = settings};
    known.has = calloc(pick->n + 1, 1);
    if (known.has == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu events", pick->n);
    pel_status status = PEL_OK;
    for (size_t k = 0; status == PEL_OK && k < pick->n_samples; k++)
        status = pel_catalogue_walk_frequencies(catalogue, k, see, &known, err);
    size_t left = 0, of_sample = 0, sample = 0;
    for (size_t k = 0; status == PEL_OK && k < pick->n; k++) {
        if (pick->events[k].sample != sample) of_sample = 0;
        sample = pick->events[k].sample;
        if (most > 0 && of_sample++ >= most) continue;
        report->events++;
        report->stored += known.has[k];
        if (!known.has[k]) pick->events[left++] = pick->events[k];
    }
    if (status == PEL_OK) pick->n = left; /* keys hold no memory yet */
    free(known.has);
    return status;
}

/* What the threads share. */
struct work {
    struct pel_catalogue *catalogue;
    const struct pel_potential *potential;
    const struct pel_vineyard_settings *settings;
    char text[PEL_FREQUENCY_SETTINGS];
    const struct pel_pick *pick;
    const struct pel_vineyard *vineyard; /* of the sample under way */
    const struct pel_progress *progress;
    struct pel_frequency_report *report;
    pel_status status; /* first fault */
    struct pel_error *err;
};

static pel_status compute(const struct work *work,
                          const struct pel_catalogue_search *event,
                          struct pel_vineyard_result *result, struct pel_error *err)
{
    const struct pel_catalogue_sample *sample = &work->pick->samples[event->sample];
    const size_t n = 3 * sample->atoms;
    double *saddle = malloc(2 * n * sizeof *saddle), *final = saddle + n;
    if (saddle == NULL || event->n != n) {
        free(saddle);
        return saddle == NULL
                   ? pel_error_set(err, PEL_ENOMEM, "event of %zu coordinates", n)
                   : pel_error_set(err, PEL_EFORMAT,
                                   "search %zu of sample '%s' holds no positions",
                                   event->search, sample->name);
    }
    for (size_t i = 0; i < n; i++) {
        saddle[i] = sample->x[i] + event->saddle[i];
        final[i] = sample->x[i] + event->final[i];
    }
    const pel_status status =
        pel_vineyard_event(work->vineyard, saddle, final, result, err);
    free(saddle);
    return status;
}

/* Store a result. Called by one thread at a time. */
static void take(struct work *work, const struct pel_catalogue_search *event,
                 pel_status status, const struct pel_vineyard_result *result,
                 const struct pel_error *why)
{
    struct pel_error err = *why;
    struct pel_frequency_report *report = work->report;
    if (status == PEL_OK) {
        struct pel_catalogue_frequency row = {.sample = event->sample,
                                              .search = event->search,
                                              .frequency_Hz = result->frequency_Hz,
                                              .reverse_frequency_Hz =
                                                  result->reverse_frequency_Hz,
                                              .region_atoms = result->region_atoms};
        snprintf(row.status, sizeof row.status, "%s",
                 pel_vineyard_status_word(result->status));
        memcpy(row.settings, work->text, sizeof row.settings);
        status = pel_catalogue_add_frequency(work->catalogue, &row, &err);
    }
    if (status == PEL_OK) {
        if (result->status == PEL_VINEYARD_DONE)
            report->done++;
        else
            report->failed++;
        char text[64];
        snprintf(text, sizeof text, "%zu without", report->failed);
        status = pel_progress_report(
            work->progress, (double)(report->stored + report->done + report->failed),
            (double)report->events, text);
        if (status != PEL_OK)
            pel_error_set(&err, status, "interrupted; what was finished is stored");
    }
    if (status == PEL_OK || work->status != PEL_OK) return;
    work->status = status;
    if (work->err != NULL) *work->err = err;
}

/* Events from..to of one sample. */
static void run(struct work *work, size_t from, size_t to, size_t threads)
{
#ifdef _OPENMP
    const int n_threads = threads > 0 ? (int)threads : omp_get_max_threads();
#pragma omp parallel for schedule(dynamic, 1) num_threads(n_threads)
#else
    (void)threads;
#endif
    for (size_t k = from; k < to; k++) {
        int go;
#ifdef _OPENMP
#pragma omp critical
#endif
        go = work->status == PEL_OK;
        if (!go) continue;
        struct pel_error err = {0};
        struct pel_vineyard_result result;
        const struct pel_catalogue_search *event = &work->pick->events[k];
        const pel_status status = compute(work, event, &result, &err);
#ifdef _OPENMP
#pragma omp critical
#endif
        take(work, event, status, &result, &err);
    }
}

/* Sample by sample: its minimum is done once for all of its events. */
static pel_status run_samples(struct work *work, size_t threads, struct pel_error *err)
{
    const struct pel_pick *pick = work->pick;
    pel_status status = PEL_OK;
    for (size_t from = 0, to; status == PEL_OK && from < pick->n; from = to) {
        const struct pel_catalogue_sample *sample =
            &pick->samples[pick->events[from].sample];
        struct pel_vineyard *vineyard = NULL;
        for (to = from; to < pick->n; to++)
            if (pick->events[to].sample != pick->events[from].sample) break;
        status = pel_vineyard_create(work->potential, sample->structure, work->settings,
                                     sample->x, &vineyard, err);
        if (status != PEL_OK) break;
        work->vineyard = vineyard;
        run(work, from, to, threads);
        status = work->status;
        pel_vineyard_free(vineyard);
    }
    return status;
}

pel_status pel_frequency_run(struct pel_catalogue *catalogue,
                             const struct pel_potential *potential,
                             const struct pel_vineyard_settings *settings, size_t most,
                             size_t threads, const struct pel_progress *progress,
                             struct pel_frequency_report *report, struct pel_error *err)
{
    *report = (struct pel_frequency_report){0};
    struct pel_pick pick;
    struct work work = {.catalogue = catalogue,
                        .potential = potential,
                        .settings = settings,
                        .pick = &pick,
                        .progress = progress,
                        .report = report,
                        .err = err};
    pel_frequency_settings(settings, work.text);
    pel_status status = pel_pick_keys(catalogue, 1, &pick, err);
    if (status != PEL_OK) return status;
    status = sift(catalogue, work.text, most, &pick, report, err);
    if (status == PEL_OK) status = pel_pick_read(catalogue, &pick, err);
    if (status == PEL_OK) status = run_samples(&work, threads, err);
    pel_pick_free(&pick);
    return status;
}

#include <pelrate/random.h>
#include <pelrate/verify.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "pick_priv.h"

static int by_key(const void *a, const void *b)
{
    const struct pel_catalogue_search *p = a, *q = b;
    if (p->sample != q->sample) return p->sample < q->sample ? -1 : 1;
    return (p->search > q->search) - (p->search < q->search);
}

/* Keep n events drawn at random, in their order. */
static void draw(struct pel_pick *pick, size_t n, uint64_t seed)
{
    struct pel_random random;
    if (n == 0 || n >= pick->n) return;
    pel_random_init(&random, seed, 0, 0);
    for (size_t k = 0; k < n; k++) {
        const size_t other = k + (size_t)pel_random_below(&random, pick->n - k);
        const struct pel_catalogue_search swap = pick->events[k];
        pick->events[k] = pick->events[other];
        pick->events[other] = swap;
    }
    pick->n = n; /* keys hold no memory yet */
    qsort(pick->events, n, sizeof *pick->events, by_key);
}

/* What the threads share. */
struct checking {
    const struct pel_pick *pick;
    struct pel_verify **samples; /* [n_samples] NULL where none is needed */
    struct pel_verify_result *results;
    const struct pel_progress *progress;
    size_t done, passed;
    pel_status status; /* first fault */
    struct pel_error *err;
};

/* Called by one thread at a time. */
static void take(struct checking *c, size_t k, pel_status status,
                 const struct pel_error *why)
{
    struct pel_error err = *why;
    if (status == PEL_OK) {
        c->done++;
        c->passed += c->results[k].reason == PEL_VERIFY_PASS;
        char text[64];
        snprintf(text, sizeof text, "%zu of %zu pass", c->passed, c->done);
        status =
            pel_progress_report(c->progress, (double)c->done, (double)c->pick->n, text);
        if (status != PEL_OK) pel_error_set(&err, status, "interrupted");
    }
    if (status == PEL_OK || c->status != PEL_OK) return;
    c->status = status;
    if (c->err != NULL) *c->err = err;
}

static void check_events(struct checking *c, size_t threads)
{
#ifdef _OPENMP
    const int n_threads = threads > 0 ? (int)threads : omp_get_max_threads();
#pragma omp parallel for schedule(dynamic, 1) num_threads(n_threads)
#else
    (void)threads;
#endif
    for (size_t k = 0; k < c->pick->n; k++) {
        int go;
#ifdef _OPENMP
#pragma omp critical
#endif
        go = c->status == PEL_OK;
        if (!go) continue;
        struct pel_error err = {0};
        const struct pel_catalogue_search *event = &c->pick->events[k];
        const pel_status status =
            pel_verify_event(c->samples[event->sample], event, &c->results[k], &err);
#ifdef _OPENMP
#pragma omp critical
#endif
        take(c, k, status, &err);
    }
}

pel_status pel_verify_catalogue(struct pel_catalogue *catalogue,
                                const struct pel_potential *potential,
                                const struct pel_verify_settings *settings, size_t n,
                                uint64_t seed, size_t threads,
                                const struct pel_progress *progress, size_t *n_results,
                                struct pel_verify_result **results, struct pel_error *err)
{
    *results = NULL;
    *n_results = 0;
    struct pel_pick pick;
    pel_status status = pel_pick_keys(catalogue, 0, &pick, err);
    if (status != PEL_OK) return status;
    draw(&pick, n, seed);
    status = pel_pick_read(catalogue, &pick, err);
    struct checking c = {.pick = &pick, .progress = progress, .err = err};
    c.samples = calloc(pick.n_samples + 1, sizeof(struct pel_verify *));
    c.results = calloc(pick.n + 1, sizeof *c.results);
    if (status == PEL_OK && (c.samples == NULL || c.results == NULL))
        status = pel_error_set(err, PEL_ENOMEM, "%zu events", pick.n);
    for (size_t k = 0; status == PEL_OK && k < pick.n; k++) {
        const size_t sample = pick.events[k].sample;
        if (c.samples[sample] == NULL)
            status = pel_verify_create(potential, settings, &pick.samples[sample],
                                       &c.samples[sample], err);
    }
    if (status == PEL_OK) {
        check_events(&c, threads);
        status = c.status;
    }
    for (size_t k = 0; c.samples != NULL && k < pick.n_samples; k++)
        pel_verify_free(c.samples[k]);
    free(c.samples);
    if (status == PEL_OK) {
        *n_results = pick.n;
        *results = c.results;
    } else {
        free(c.results);
    }
    pel_pick_free(&pick);
    return status;
}

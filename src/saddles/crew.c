#include "crew_priv.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef _OPENMP
#include <omp.h>
#endif

/* How often one who waits looks again [ns]: far shorter than a search, and nearly free. */
enum { nap_ns = 1000000 };

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = nap_ns}, NULL);
}

static enum pel_agenda_answer ask(const struct pel_crew *crew, size_t *k, size_t *search)
{
    enum pel_agenda_answer answer;
#ifdef _OPENMP
#pragma omp critical
#endif
    answer = crew->next(crew->context, k, search);
    return answer;
}

static void hand_in(const struct pel_crew *crew, size_t k, pel_status status,
                    struct pel_catalogue_search *row, const struct pel_error *err)
{
#ifdef _OPENMP
#pragma omp critical
#endif
    crew->take(crew->context, k, status, row, err);
}

static void work_here(const struct pel_crew *crew)
{
    size_t k, search;
    enum pel_agenda_answer answer;
    while ((answer = ask(crew, &k, &search)) != PEL_AGENDA_DONE) {
        if (answer != PEL_AGENDA_JOB) {
            nap();
            continue;
        }
        struct pel_catalogue_search row = {0};
        struct pel_error err = {0};
        const pel_status status = crew->work(crew->context, k, search, &row, &err);
        hand_in(crew, k, status, &row, &err);
    }
}

/* --- between ranks --- */

/* What rank 0 tells another: what to do next. */
struct order {
    int stop;
    size_t k, search;
};

/* What it is told: how that went. The two arrays of the search follow. */
struct answer {
    size_t k;
    pel_status status;
    struct pel_error err;
    struct pel_catalogue_search row; /* its pointers mean nothing */
};

static void *pack(const struct answer *answer, size_t *size)
{
    const size_t n = answer->row.n * sizeof(float);
    *size = sizeof *answer + 2 * n;
    char *bytes = malloc(*size);
    if (bytes == NULL) return NULL;
    memcpy(bytes, answer, sizeof *answer);
    if (n > 0) {
        memcpy(bytes + sizeof *answer, answer->row.saddle, n);
        memcpy(bytes + sizeof *answer + n, answer->row.final, n);
    }
    return bytes;
}

/* Into *answer, whose row owns its arrays then. */
static void unpack(const char *bytes, struct answer *answer)
{
    memcpy(answer, bytes, sizeof *answer);
    const size_t n = answer->row.n * sizeof(float);
    answer->row.saddle = answer->row.final = NULL;
    if (n == 0) return;
    answer->row.saddle = malloc(n);
    answer->row.final = malloc(n);
    if (answer->row.saddle == NULL || answer->row.final == NULL) {
        pel_catalogue_search_free(&answer->row);
        answer->status =
            pel_error_set(&answer->err, PEL_ENOMEM, "event of %zu bytes", 2 * n);
        return;
    }
    memcpy(answer->row.saddle, bytes + sizeof *answer, n);
    memcpy(answer->row.final, bytes + sizeof *answer + n, n);
}

/* Take what has arrived, and say who is waiting for work now. Returns whether there was
 * anything. */
static int listen_once(const struct pel_crew *crew)
{
    size_t from, n;
    void *bytes;
    const int found = pel_ranks_receive(crew->ranks, &from, &bytes, &n);
    if (found <= 0) return 0; /* no memory: it waits, and may fit later */
    crew->waiting[from] = 1;
    if (n > 0) { /* the first message of a rank is empty */
        struct answer answer;
        unpack(bytes, &answer);
        hand_in(crew, answer.k, answer.status, &answer.row, &answer.err);
    }
    free(bytes);
    return 1;
}

/* Hand out work to the other ranks until there is none. */
static void direct(const struct pel_crew *crew)
{
    const size_t count = pel_ranks_count(crew->ranks);
    size_t left = count - 1;
    while (left > 0) {
        const int heard = listen_once(crew);
        for (size_t rank = 1; rank < count; rank++) {
            if (!crew->waiting[rank]) continue;
            struct order order = {0};
            const enum pel_agenda_answer answer = ask(crew, &order.k, &order.search);
            if (answer != PEL_AGENDA_JOB && answer != PEL_AGENDA_DONE) break;
            order.stop = answer == PEL_AGENDA_DONE;
            left -= (size_t)order.stop;
            crew->waiting[rank] = 0;
            pel_ranks_send(crew->ranks, rank, &order, sizeof order);
        }
        if (!heard) nap();
    }
}

void pel_crew_run(const struct pel_crew *crew)
{
    const size_t count = pel_ranks_count(crew->ranks);
#ifdef _OPENMP
    const int threads = crew->threads > 0 ? (int)crew->threads : omp_get_max_threads();
    /* One more for the ranks: it sleeps nearly all the time. It is the main thread, the
     * only one that may call MPI. */
#pragma omp parallel num_threads(threads + (count > 1))
    {
        if (count > 1 && omp_get_thread_num() == 0)
            direct(crew);
        else
            work_here(crew);
    }
#else
    if (count > 1)
        direct(crew);
    else
        work_here(crew);
#endif
}

/* One search after the other, until it is told to stop. */
static void obey(const struct pel_crew *crew)
{
    pel_ranks_send(crew->ranks, 0, NULL, 0);
    for (;;) {
        size_t from, n;
        void *bytes;
        if (pel_ranks_receive(crew->ranks, &from, &bytes, &n) <= 0) {
            nap();
            continue;
        }
        struct order order;
        memcpy(&order, bytes, sizeof order);
        free(bytes);
        if (order.stop) return;
        struct answer answer = {.k = order.k};
        answer.status =
            crew->work(crew->context, order.k, order.search, &answer.row, &answer.err);
        size_t size;
        void *message = pack(&answer, &size);
        if (message == NULL) {
            answer.status =
                pel_error_set(&answer.err, PEL_ENOMEM, "event of %zu bytes", size);
            answer.row.n = 0;
            size = sizeof answer;
        }
        pel_ranks_send(crew->ranks, 0, message != NULL ? message : &answer, size);
        free(message);
        pel_catalogue_search_free(&answer.row);
    }
}

void pel_crew_serve(const struct pel_crew *crew)
{
#ifdef _OPENMP
    /* The other cores have ranks of their own: the forces keep to this one. */
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    obey(crew);
    omp_set_num_threads(threads);
#else
    obey(crew);
#endif
}

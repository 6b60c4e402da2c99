#include "ranks_priv.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef PEL_MPI
#include <limits.h>
#include <mpi.h>

struct pel_ranks {
    int rank, count;
};

int pel_ranks_available(void)
{
    return 1;
}

pel_status pel_ranks_join(struct pel_ranks **out, struct pel_error *err)
{
    *out = NULL;
    struct pel_ranks *ranks = calloc(1, sizeof *ranks);
    if (ranks == NULL) return pel_error_set(err, PEL_ENOMEM, "ranks");
    /* Only the main thread of each rank talks. */
    int given = 0;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given) != MPI_SUCCESS ||
        given < MPI_THREAD_FUNNELED) {
        free(ranks);
        return pel_error_set(err, PEL_EIO, "MPI cannot be started with threads");
    }
    MPI_Comm_rank(MPI_COMM_WORLD, &ranks->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks->count);
    *out = ranks;
    return PEL_OK;
}

void pel_ranks_leave(struct pel_ranks *ranks)
{
    if (ranks == NULL) return;
    MPI_Finalize();
    free(ranks);
}

size_t pel_ranks_rank(const struct pel_ranks *ranks)
{
    return ranks != NULL ? (size_t)ranks->rank : 0;
}

size_t pel_ranks_count(const struct pel_ranks *ranks)
{
    return ranks != NULL ? (size_t)ranks->count : 1;
}

pel_status pel_ranks_agree(struct pel_ranks *ranks, pel_status status,
                           struct pel_error *err)
{
    if (ranks == NULL) return status;
    int mine = status != PEL_OK ? ranks->rank : INT_MAX, lowest;
    MPI_Allreduce(&mine, &lowest, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    if (lowest == INT_MAX) return PEL_OK;
    struct pel_error said = {.status = status};
    if (lowest == ranks->rank && err != NULL) said = *err;
    MPI_Bcast(&said, (int)sizeof said, MPI_BYTE, lowest, MPI_COMM_WORLD);
    if (lowest == 0 || lowest == ranks->rank) {
        if (err != NULL) *err = said;
        return said.status;
    }
    return pel_error_set(err, said.status, "rank %d: %s", lowest, said.text);
}

void pel_ranks_share(struct pel_ranks *ranks, void *bytes, size_t n)
{
    (void)ranks;
    char *at = bytes;
    while (n > 0) {
        const size_t part = n < INT_MAX ? n : INT_MAX;
        MPI_Bcast(at, (int)part, MPI_BYTE, 0, MPI_COMM_WORLD);
        at += part;
        n -= part;
    }
}

void pel_ranks_send(struct pel_ranks *ranks, size_t to, const void *bytes, size_t n)
{
    (void)ranks;
    /* Events of more than 2 GiB are not to be expected: 80 million atoms. */
    MPI_Send(bytes, (int)n, MPI_BYTE, (int)to, 0, MPI_COMM_WORLD);
}

int pel_ranks_receive(struct pel_ranks *ranks, size_t *from, void **bytes, size_t *n)
{
    (void)ranks;
    MPI_Status status;
    int is_there = 0, size = 0;
    *bytes = NULL;
    MPI_Iprobe(MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, &is_there, &status);
    if (!is_there) return 0;
    MPI_Get_count(&status, MPI_BYTE, &size);
    *n = (size_t)size;
    *from = (size_t)status.MPI_SOURCE;
    *bytes = malloc(*n + 1);
    if (*bytes == NULL) return -1;
    MPI_Recv(*bytes, size, MPI_BYTE, status.MPI_SOURCE, 0, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
    return 1;
}

#else /* one process */

int pel_ranks_available(void)
{
    return 0;
}

pel_status pel_ranks_join(struct pel_ranks **out, struct pel_error *err)
{
    *out = NULL;
    return pel_error_set(err, PEL_EARG, "pelrate was built without MPI");
}

void pel_ranks_leave(struct pel_ranks *ranks)
{
    (void)ranks;
}

size_t pel_ranks_rank(const struct pel_ranks *ranks)
{
    (void)ranks;
    return 0;
}

size_t pel_ranks_count(const struct pel_ranks *ranks)
{
    (void)ranks;
    return 1;
}

pel_status pel_ranks_agree(struct pel_ranks *ranks, pel_status status,
                           struct pel_error *err)
{
    (void)ranks;
    (void)err;
    return status;
}

void pel_ranks_share(struct pel_ranks *ranks, void *bytes, size_t n)
{
    (void)ranks;
    (void)bytes;
    (void)n;
}

void pel_ranks_send(struct pel_ranks *ranks, size_t to, const void *bytes, size_t n)
{
    (void)ranks;
    (void)to;
    (void)bytes;
    (void)n;
}

int pel_ranks_receive(struct pel_ranks *ranks, size_t *from, void **bytes, size_t *n)
{
    (void)ranks;
    *from = *n = 0;
    *bytes = NULL;
    return 0;
}

#endif

#ifndef PEL_CREW_PRIV_H
#define PEL_CREW_PRIV_H

#include "agenda_priv.h"
#include "ranks_priv.h"

/* Who works on a campaign: threads of this process, and other ranks. */
struct pel_crew {
    void *context; /* handed to the functions; borrowed */
    /* The next search to be made; one caller at a time. */
    enum pel_agenda_answer (*next)(void *context, size_t *k, size_t *search);
    /* Make search `search` of sample k; many callers at a time. */
    pel_status (*work)(const void *context, size_t k, size_t search,
                       struct pel_catalogue_search *row, struct pel_error *err);
    /* Receives what work returned, and owns what *row holds; one caller at a time. */
    void (*take)(void *context, size_t k, pel_status status,
                 struct pel_catalogue_search *row, const struct pel_error *err);
    size_t threads;          /* 0: as many as OpenMP offers */
    struct pel_ranks *ranks; /* borrowed; NULL: this process alone */
    unsigned char *waiting;  /* [ranks] zeros, for pel_crew_run with ranks; borrowed */
};

/* Rank 0, or a process by itself: work, and let others work, until next says that there
 * is nothing more, and what was begun has been taken. */
void pel_crew_run(const struct pel_crew *crew);

/* Any other rank: work for rank 0 until it says that there is nothing more. Needs context,
 * work and ranks. */
void pel_crew_serve(const struct pel_crew *crew);

#endif /* PEL_CREW_PRIV_H */

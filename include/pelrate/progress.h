#ifndef PEL_PROGRESS_H
#define PEL_PROGRESS_H

#include <pelrate/status.h>

/* How a long computation tells how far it is, and learns that it should stop.
 * The library calls, the program decides what to show: the library never prints. */
struct pel_progress {
    void *context; /* handed to report; borrowed */
    /* done of total (same unit; total 0: unknown), with a short text of what is
     * happening. Non-zero: please stop; the computation returns PEL_ESTOPPED with
     * everything finished so far kept. Called from one thread at a time. */
    int (*report)(void *context, double done, double total, const char *text);
};

/* Report to a progress that may be NULL. PEL_OK, or PEL_ESTOPPED if asked to stop. */
PEL_API pel_status pel_progress_report(const struct pel_progress *progress, double done,
                                       double total, const char *text);

#endif /* PEL_PROGRESS_H */

#include "lapack_priv.h"

#include <pthread.h>
#include <stddef.h>

/* OpenBLAS built for one thread shares its scratch without a lock: two threads that call it
 * at once get wrong numbers (Debian's libopenblas0-serial). Other libraries do not have the
 * function, and other builds return something else. */
extern int openblas_get_parallel(void) __attribute__((weak));

/* The one static that changes: what it guards is a global of the library. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

int pel_lapack_begin(void)
{
    const int is_alone = openblas_get_parallel != NULL && openblas_get_parallel() == 0;
    if (is_alone) pthread_mutex_lock(&one_at_a_time);
    return is_alone;
}

void pel_lapack_end(int is_alone)
{
    if (is_alone) pthread_mutex_unlock(&one_at_a_time);
}

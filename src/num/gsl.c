#include "gsl_priv.h"

#include <gsl/gsl_errno.h>
#include <pthread.h>

static void switch_off(void)
{
    gsl_set_error_handler_off();
}

void pel_gsl_quiet(void)
{
    /* The one static that changes: the handler is a global of GSL, so is its guard. */
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, switch_off);
}

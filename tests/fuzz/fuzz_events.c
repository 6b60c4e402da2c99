/* The reader of event records, and what the fit does with what it accepts: a pool, and a
 * landscape of each kind from it. */

#include "bytes.h"

#include <pelrate/event.h>
#include <pelrate/fit.h>

/* Enough for every branch; a fit of a large pool would only be slow. */
enum { MOST = 200 };

static void fit(const struct pel_event_list *list)
{
    const char *const names[] = {"fuzz"};
    struct pel_pool *pool = NULL;
    struct pel_error err = {0};
    if (pel_pool_create(1, &list, names, NULL, &pool, &err) != PEL_OK) {
        MUST_HOLD(pool == NULL && err.text[0] != '\0');
        return;
    }
    MUST_HOLD(pool->n >= 1 && pool->n_levels >= 1);
    static const enum pel_landscape_kind kinds[] = {PEL_LANDSCAPE_HISTOGRAM,
                                                    PEL_LANDSCAPE_EVENTS};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct pel_fit_settings settings = pel_fit_settings_defaults();
        settings.kind = kinds[k];
        settings.min_events = 1;
        settings.max_bins = 20;
        struct pel_fit *made = NULL;
        if (pel_fit_create(pool, &settings, &made, &err) != PEL_OK)
            MUST_HOLD(made == NULL && err.text[0] != '\0');
        pel_fit_free(made);
    }
    pel_pool_free(pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pel_event_list *list = NULL;
    struct pel_error err = {0};
    if (pel_event_list_read(bytes_as_file(data, size), &list, &err) != PEL_OK) {
        MUST_HOLD(list == NULL && err.text[0] != '\0');
        return 0;
    }
    if (list->n <= MOST) fit(list);
    pel_event_list_free(list);
    return 0;
}

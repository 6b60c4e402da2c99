#include <pelrate/random.h>

#include <math.h>
#include <string.h>

#include "art_priv.h"
#include "vector_priv.h"

/* The mode that nobody gave: any vector that has a part in every mode. */
static void any_mode(const struct art_search *search)
{
    struct pel_random random;
    pel_random_init(&random, 0, 0, 0);
    for (size_t i = 0; i < search->n; i++)
        search->mode[i] = pel_random_normal(&random);
}

/* Up from search->x; then the proof of what was found. */
static pel_status converge(struct art_search *search, struct pel_error *err)
{
    struct pel_art_result *result = search->result;
    pel_status status = pel_art_evaluate(search, err);
    if (status != PEL_OK) return status;
    search->initial_energy = search->energy;
    status = pel_art_first_mode(search, err);
    if (status == PEL_OK) status = pel_art_climb(search, err);
    result->climb_calls = result->force_calls;
    if (status != PEL_OK) return status;
    memcpy(result->saddle, search->x, search->n * sizeof *search->x);
    result->e_a_eV = search->energy - search->initial_energy;
    result->max_force_eV_per_A = vector_max(search->n, search->gradient);
    if (result->status != PEL_ART_VALID) return PEL_OK;
    status = pel_art_judge_order(search, err);
    result->order_calls = result->force_calls - result->climb_calls;
    return status;
}

pel_status pel_art_saddle(const struct pel_surface *surface,
                          const struct pel_art_settings *settings, const double x[],
                          const double mode[], struct pel_art_result *result,
                          struct pel_error *err)
{
    pel_status status = pel_art_check(surface, settings, result, err);
    if (status != PEL_OK) return status;
    pel_art_blank(result);
    const size_t n = surface->n;
    struct art_search search = {0};
    status = pel_art_begin(&search, surface, 1.0, settings, result, err);
    if (status != PEL_OK) goto done;
    search.initial = x;
    memcpy(search.x, x, n * sizeof *x);
    if (mode != NULL)
        memcpy(search.mode, mode, n * sizeof *mode);
    else
        any_mode(&search);
    const double length = vector_normalise(n, search.mode);
    if (!(length > 0.0) || !isfinite(length)) {
        status = pel_error_set(err, PEL_EARG, "the mode has no direction");
        goto done;
    }
    status = pel_art_verdict(&search, converge(&search, err), err);

done:
    pel_art_end(&search);
    return status;
}

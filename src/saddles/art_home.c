#include <string.h>

#include "art_priv.h"
#include "vector_priv.h"

/* A relaxation that only looks where it leads has come home when it ends within this many
 * times connect_distance. */
static const double roughly_home = 10.0;

/* Leave the basin of search->x along unit, and climb. */
static pel_status leave_and_climb(struct art_search *search, const double unit[],
                                  struct pel_error *err)
{
    struct pel_art_result *result = search->result;
    pel_status status = pel_art_evaluate(search, err);
    if (status == PEL_OK) status = pel_art_leave(search, unit, err);
    if (result->push_calls == 0) result->push_calls = result->force_calls;
    if (status != PEL_OK || result->status != PEL_ART_VALID) return status;
    return pel_art_climb(search, err);
}

/* Where the climb has led: relax into x[n] from its end, a saddle on the side that points
 * back. */
static pel_status look(struct art_search *search, double x[], struct pel_art_side *side,
                       struct pel_error *err)
{
    memcpy(x, search->x, search->n * sizeof *x);
    if (search->result->status == PEL_ART_VALID)
        vector_add(search->n, pel_art_back(search, search->x), search->mode, x);
    return pel_art_relax(search, search->settings->rough_force_eV_per_A, x, side, err);
}

/* unit = direction from a to b */
static void direction(size_t n, const double a[], const double b[], double unit[])
{
    for (size_t i = 0; i < n; i++)
        unit[i] = b[i] - a[i];
    vector_normalise(n, unit);
}

/* Turn the push towards the softest mode that it has a part in. */
static pel_status soften(struct art_search *search, double unit[], struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    const struct pel_lanczos_settings lanczos = {.step_A = s->lanczos_step_A,
                                                 .min_vectors = s->soft_vectors,
                                                 .max_vectors = s->soft_vectors,
                                                 .translations = s->atoms != 0,
                                                 .rotations = s->atoms == 2};
    struct pel_lanczos_report report;
    return pel_lanczos_lowest(&search->surface, &lanczos, search->x, NULL, unit, &report,
                              err);
}

/* A climb ends in one of three ways. At a saddle that leads home: done. At one that leads
 * elsewhere, or lost in another basin: the way home from there has a saddle, so the search
 * goes back. Lost in the initial basin: given up. */
pel_status pel_art_climb_from_home(struct art_search *search, double unit[], double x[],
                                   struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    struct pel_art_settings back = *s;
    back.climb_threshold_eV_per_A2 = s->back_threshold_eV_per_A2;
    struct pel_art_result *result = search->result;
    pel_status status = PEL_OK;
    if (s->soft_vectors > 0) status = soften(search, unit, err);
    if (status == PEL_OK) status = leave_and_climb(search, unit, err);
    size_t returns = 0;
    while (status == PEL_OK &&
           (result->status == PEL_ART_VALID || result->status == PEL_ART_LOST)) {
        const int is_lost = result->status == PEL_ART_LOST;
        struct pel_art_side side;
        status = look(search, x, &side, err);
        if (status != PEL_OK) break;
        const int is_home = side.distance < roughly_home * s->connect_distance_A;
        if (is_home && !is_lost) {
            search->is_home = side.distance == 0.0;
            break;
        }
        if (is_home || returns == s->return_tries) {
            result->status = is_lost ? PEL_ART_LOST : PEL_ART_NOT_CONNECTED;
            if (!is_lost) {
                result->near_A = side.distance;
                result->e_near_eV = side.energy - search->initial_energy;
            }
            break;
        }
        returns++;
        result->tries++;
        result->status = PEL_ART_VALID;
        memcpy(search->x, x, search->n * sizeof *x);
        direction(search->n, x, search->initial, unit);
        search->settings = &back;
        status = leave_and_climb(search, unit, err);
    }
    search->settings = s;
    return status;
}

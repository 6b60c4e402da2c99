#include <pelrate/minimise.h>

#include <stdlib.h>
#include <string.h>

#include "art_priv.h"
#include "vector_priv.h"

/* The part of full[] that moves. */
static void gather(const struct pel_art_near *near, const double full[], double part[])
{
    for (size_t k = 0; k < near->surface->n; k++)
        part[k] = full[near->index[k]];
}

/* Put the moving part in its place in full[]. */
static void scatter(const struct pel_art_near *near, const double part[], double full[])
{
    for (size_t k = 0; k < near->surface->n; k++)
        full[near->index[k]] = part[k];
}

/* Stand the others where they are in x: lists are made and standing atoms are summed, at
 * about the price of one evaluation on the near surface. */
static pel_status stand(struct art_search *search, const struct pel_art_near *near,
                        const double x[], struct pel_error *err)
{
    pel_status status = near->stand(near->context, x, err);
    search->result->force_calls++;
    search->result->work += near->share;
    return status;
}

pel_status pel_art_climb_near(struct art_search *search, const struct pel_art_near *near,
                              const double push[], struct pel_error *err)
{
    struct pel_art_result *result = search->result;
    const size_t n = near->surface->n;
    /* Nothing is left to slide as a whole where most atoms stand. */
    struct pel_art_settings settings = *search->settings;
    settings.atoms = 0;
    settings.saddle_force_eV_per_A = settings.local_force_eV_per_A;
    struct art_search local = {0};
    double *unit = malloc(3 * n * sizeof *unit);
    pel_status status = unit != NULL ? pel_art_begin(&local, near->surface, near->share,
                                                     &settings, result, err)
                                     : pel_error_set(err, PEL_ENOMEM, "push");
    if (status != PEL_OK) goto done;
    double *home = unit + n;
    local.is_local = 1;
    gather(near, search->initial, local.x);
    gather(near, search->initial, home);
    local.initial = home;
    gather(near, push, unit);
    if (!(vector_normalise(n, unit) > 0.0)) {
        status = pel_error_set(err, PEL_EARG, "the push moves none of what is near it");
        goto done;
    }
    status = stand(search, near, search->initial, err);
    local.share = near->share;
    if (status == PEL_OK) status = pel_art_evaluate(&local, err);
    local.initial_energy = local.energy; /* it has a zero of its own */
    if (status == PEL_OK)
        status = pel_art_climb_from_home(&local, unit, unit + 2 * n, err);
    if (status != PEL_OK || result->status != PEL_ART_VALID) goto done;

    scatter(near, local.x, search->x);
    memset(search->mode, 0, search->n * sizeof *search->mode);
    scatter(near, local.mode, search->mode);
    search->eigenvalue = local.eigenvalue;
    search->stiffness = local.stiffness;
    status = pel_art_evaluate(search, err);

done:
    search->out_of_calls |= local.out_of_calls;
    pel_art_end(&local);
    free(unit);
    return status;
}

pel_status pel_art_relax_near(struct art_search *search, const struct pel_art_near *near,
                              double x[], struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    const size_t n = near->surface->n;
    struct pel_minimise_settings minimise = pel_minimise_defaults();
    minimise.force_tolerance = s->rough_force_eV_per_A;
    minimise.max_evaluations = s->max_force_calls;
    minimise.max_step = s->relax_step_A;
    struct art_search local = {0};
    double *part = malloc(n * sizeof *part);
    pel_status status =
        part != NULL
            ? pel_art_begin(&local, near->surface, near->share, s, search->result, err)
            : pel_error_set(err, PEL_ENOMEM, "%zu coordinates", n);
    if (status != PEL_OK) goto done;
    local.is_local = 1;
    status = stand(search, near, x, err);
    if (status != PEL_OK) goto done;
    local.share = near->share;
    gather(near, x, part);
    struct pel_minimise_report report;
    status = pel_minimise(&local.surface, &minimise, part, &report, err);
    if (status == PEL_OK) scatter(near, part, x);

done:
    search->out_of_calls |= local.out_of_calls;
    pel_art_end(&local);
    free(part);
    return status;
}

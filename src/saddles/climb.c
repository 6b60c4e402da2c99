#include "art_priv.h"

#include <math.h>
#include <string.h>

#include "vector_priv.h"

/* The lowest mode at x, warm from the one before, by so many vectors. */
static pel_status renew_mode(struct art_search *search,
                             struct pel_lanczos_settings lanczos, size_t *vectors,
                             struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    lanczos.step_A = s->lanczos_step_A;
    lanczos.floor = -s->climb_threshold_eV_per_A2 * lanczos.tolerance;
    lanczos.translations = s->atoms != 0;
    lanczos.rotations = s->atoms == 2;
    struct pel_lanczos_report report;
    pel_status status = pel_lanczos_lowest(&search->surface, &lanczos, search->x,
                                           search->gradient, search->mode, &report, err);
    if (status != PEL_OK) return status;
    *vectors = report.vectors;
    search->eigenvalue = report.eigenvalue;
    search->stiffness = fmax(report.highest, fabs(report.eigenvalue));
    search->result->eigenvalue_eV_per_A2 = report.eigenvalue;
    return PEL_OK;
}

/* While the basin is left the eigenvalue decides, and has to be right. */
static pel_status renew_pushed(struct art_search *search, size_t *vectors,
                               struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    return renew_mode(search,
                      (struct pel_lanczos_settings){.min_vectors = s->lanczos_min_vectors,
                                                    .max_vectors = s->lanczos_max_vectors,
                                                    .tolerance = s->lanczos_tolerance},
                      vectors, err);
}

/* Where nothing is known of the mode, as many vectors as that takes. */
pel_status pel_art_first_mode(struct art_search *search, struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    size_t vectors;
    return renew_mode(search,
                      (struct pel_lanczos_settings){
                          .min_vectors = s->lanczos_min_vectors,
                          .max_vectors = s->lanczos_max_vectors > s->order_vectors
                                             ? s->lanczos_max_vectors
                                             : s->order_vectors,
                          .tolerance = s->lanczos_tolerance},
                      &vectors, err);
}

/* On the climb the mode is renewed so often that a few vectors each time will do. */
pel_status pel_art_renew(struct art_search *search, struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    size_t vectors;
    return renew_mode(search,
                      (struct pel_lanczos_settings){.min_vectors = s->climb_min_vectors,
                                                    .max_vectors = s->climb_max_vectors,
                                                    .tolerance = s->climb_tolerance},
                      &vectors, err);
}

/* perp = gradient without its part along v; returns that part. */
static double split(const struct art_search *search, const double v[], double perp[])
{
    const double along = vector_dot(search->n, search->gradient, v);
    memcpy(perp, search->gradient, search->n * sizeof *perp);
    vector_add(search->n, -along, v, perp);
    return along;
}

/* Step in the hyperplane perpendicular to v, from perp, bounded in length. */
static void hyperplane_step(struct art_search *search, const double v[])
{
    const size_t n = search->n;
    const double bound = search->settings->perp_step_A;
    pel_secant_direction(search->secant, search->perp, 1.0 / search->stiffness,
                         search->step);
    vector_add(n, -vector_dot(n, search->step, v), v, search->step);
    const double length = vector_norm(n, search->step);
    if (length > bound)
        for (size_t i = 0; i < n; i++)
            search->step[i] *= bound / length;
}

/* One move with v held: along it by `along` [A], and one relaxation step perpendicular to
 * it, for one evaluation. search->perp must be that of x; it is kept up to date. Returns
 * through *g_along the gradient along v at the new x. */
static pel_status held_move(struct art_search *search, const double v[], double along,
                            double *g_along, struct pel_error *err)
{
    const size_t n = search->n;
    hyperplane_step(search, v);
    vector_add(n, along, v, search->x);
    vector_add(n, 1.0, search->step, search->x);
    memcpy(search->old, search->perp, n * sizeof *search->old);
    pel_status status = pel_art_evaluate(search, err);
    if (status != PEL_OK) return status;
    *g_along = split(search, v, search->perp);
    for (size_t i = 0; i < n; i++)
        search->change[i] = search->perp[i] - search->old[i];
    pel_secant_add(search->secant, search->step, search->change);
    return PEL_OK;
}

pel_status pel_art_leave(struct art_search *search, const double push[],
                         struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    const size_t n = search->n;
    memcpy(search->mode, push, n * sizeof *push);
    /* The minimum is where the stiffness is first measured; its modes
     * are worth nothing. */
    size_t vectors;
    pel_status status = renew_pushed(search, &vectors, err);
    if (status != PEL_OK) return status;
    memcpy(search->mode, push, n * sizeof *push);

    pel_secant_reset(search->secant);
    double before = 0.0, steepest = 0.0;
    for (size_t k = 0; k < s->max_pushes; k++) {
        double g_along = split(search, push, search->perp);
        for (size_t j = 0; j <= s->push_relax_steps; j++) {
            status =
                held_move(search, push, j == 0 ? s->push_step_A : 0.0, &g_along, err);
            if (status != PEL_OK) return status;
        }
        if (search->energy - search->initial_energy > s->max_barrier_eV) {
            search->result->status = PEL_ART_TOO_HIGH;
            return PEL_OK;
        }
        /* As long as the way stiffens there is nothing to be found. */
        const double growth = g_along - before;
        before = g_along;
        steepest = fmax(steepest, growth);
        if (growth > s->push_growth * steepest) continue;
        status = renew_pushed(search, &vectors, err);
        if (status == PEL_OK && vectors < s->lanczos_min_vectors) {
            /* The mode of before still is an eigenvector, lowest or not: on a symmetric
             * surface nothing disturbs it. Look along the push as well. */
            vector_add(n, 1.0, push, search->mode);
            status = renew_pushed(search, &vectors, err);
        }
        if (status != PEL_OK) return status;
        if (search->eigenvalue < s->climb_threshold_eV_per_A2) return PEL_OK;
    }
    search->result->status = PEL_ART_NOT_LEFT;
    return PEL_OK;
}

/* How far to go along the mode: to where the gradient along it vanishes if its curvature
 * stays (Newton, uphill), within what is left of the bound. Where the curvature is not
 * negative: uphill as far as allowed. */
static double mode_step(const struct art_search *search, double g_along, double left)
{
    double step = search->eigenvalue < 0.0 ? -g_along / search->eigenvalue
                                           : copysign(left, g_along);
    if (fabs(step) > left) step = copysign(left, step);
    return step;
}

/* Hold the mode for a number of moves. Ends early once the saddle is converged, or once
 * the hyperplane is relaxed as far as it is worth before the mode is renewed. */
static pel_status hold(struct art_search *search, size_t moves, struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    const size_t n = search->n;
    double left = s->climb_step_A; /* of the way along the mode [A] */
    double g_along = split(search, search->mode, search->perp);
    for (size_t j = 0; j < moves; j++) {
        const double along = mode_step(search, g_along, left);
        left -= fabs(along);
        pel_status status = held_move(search, search->mode, along, &g_along, err);
        if (status != PEL_OK) return status;
        if (vector_max(n, search->gradient) <= s->saddle_force_eV_per_A) break;
        const double perp = vector_norm(n, search->perp);
        if (left <= 0.0 && perp < s->hold_ratio * fabs(g_along)) break;
    }
    return PEL_OK;
}

/* Where the curvature is positive there is no ridge to relax on: on along the mode,
 * uphill, to where it bends again. */
static pel_status uphill(struct art_search *search, struct pel_error *err)
{
    const double slope = vector_dot(search->n, search->gradient, search->mode);
    vector_add(search->n, copysign(search->settings->climb_step_A, slope), search->mode,
               search->x);
    pel_secant_reset(search->secant);
    return pel_art_evaluate(search, err);
}

pel_status pel_art_climb(struct art_search *search, struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    struct pel_art_result *result = search->result;
    size_t moves = s->hold_steps_first;
    size_t lost = 0; /* renewals with a positive eigenvalue */
    pel_secant_reset(search->secant);
    for (result->climbs = 0; result->climbs < s->max_climbs; result->climbs++) {
        if (result->climbs > 0) { /* leaving the basin has just made the first one */
            pel_status status = pel_art_renew(search, err);
            if (status != PEL_OK) return status;
        }
        result->max_force_eV_per_A = vector_max(search->n, search->gradient);
        const int is_positive = !(search->eigenvalue < 0.0);
        lost += is_positive;
        if (lost > s->lost_limit) {
            result->status = PEL_ART_LOST;
            return PEL_OK;
        }
        if (!is_positive && result->max_force_eV_per_A <= s->saddle_force_eV_per_A)
            return PEL_OK;
        if (search->energy - search->initial_energy > s->max_barrier_eV) {
            result->status = PEL_ART_TOO_HIGH;
            return PEL_OK;
        }
        if (is_positive) {
            pel_status status = uphill(search, err);
            if (status != PEL_OK) return status;
            continue;
        }
        pel_status status = hold(search, moves, err);
        if (status != PEL_OK) return status;
        if (moves < s->hold_steps_last) moves++;
    }
    result->status = PEL_ART_NOT_CONVERGED;
    return PEL_OK;
}

#include <pelrate/flow.h>
#include <pelrate/minimise.h>

#include <math.h>
#include <string.h>

#include "art_priv.h"
#include "vector_priv.h"

/* A side that stops between connect_distance and this many times it is relaxed further:
 * along a soft mode the tolerance on the force leaves an error of that size. */
static const double nearly_connected = 10.0;
/* ... to this share of the tolerance. */
static const double tighter = 0.05;

/* How far the energy on the way home may be from that of a parabola through the minimum,
 * relative. */
static const double parabolic = 0.3;

/* Compressed pairs on the way down are stiffer than any at the saddle [1]. */
static const double stiffer = 2.0;
/* The steepest path is left at the latest when the force is this share of that at its
 * start. */
static const double start_share = 0.3;
/* A descent that comes to this share of the saddle's distance has arrived. */
static const double capture_share = 0.25;

void pel_art_difference(size_t n, const double a[], const double b[], int atoms,
                        double d[])
{
    for (size_t i = 0; i < n; i++)
        d[i] = b[i] - a[i];
    if (atoms) vector_no_translation(n, d);
}

/* How many atoms (or coordinates) moved by more than `far`. */
static size_t count_moved(size_t n, const double d[], int atoms, double far)
{
    const size_t group = atoms ? 3 : 1;
    size_t moved = 0;
    for (size_t i = 0; i + group <= n; i += group)
        if (vector_norm(group, d + i) > far) moved++;
    return moved;
}

/* A relaxation that ends early where it can only lead back to the initial minimum: close
 * to it, downhill towards it, and in energy where the parabola of its basin is. (With the
 * slope g.d at the end of the way d from the minimum, a parabola is g.d / 2 above it.) */
struct watch {
    struct art_search *search;
    double *from_home; /* [n] scratch */
    int is_home;
};

static pel_status watched(void *context, const double x[], double *energy,
                          double gradient[], struct pel_error *err)
{
    struct watch *watch = context;
    struct art_search *search = watch->search;
    pel_status status =
        search->surface.evaluate(search->surface.context, x, energy, gradient, err);
    if (status != PEL_OK) return status;
    const double distance =
        pel_art_distance(search->n, search->initial, x, search->settings->atoms != 0);
    if (!(distance < search->settings->home_recognised_A)) return PEL_OK;
    pel_art_difference(search->n, search->initial, x, search->settings->atoms != 0,
                       watch->from_home);
    const double slope = vector_dot(search->n, gradient, watch->from_home);
    const double rise = *energy - search->initial_energy;
    watch->is_home = slope > 0.0 && fabs(rise - 0.5 * slope) < parabolic * 0.5 * slope;
    return watch->is_home ? pel_error_set(err, PEL_ESTOPPED, "home") : PEL_OK;
}

pel_status pel_art_relax(struct art_search *search, double tolerance, double x[],
                         struct pel_art_side *side, struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    struct watch watch = {.search = search, .from_home = search->change};
    const struct pel_surface surface = {
        .n = search->n, .context = &watch, .evaluate = watched};
    struct pel_minimise_settings minimise = pel_minimise_defaults();
    minimise.method = "lbfgs";
    minimise.force_tolerance = tolerance;
    minimise.max_evaluations = s->max_force_calls; /* the search has its own limit */
    minimise.max_step = s->relax_step_A;
    for (int pass = 0; pass < 2; pass++) {
        struct pel_minimise_report report;
        pel_status status = pel_minimise(&surface, &minimise, x, &report, err);
        if (watch.is_home) {
            if (err != NULL) *err = (struct pel_error){0};
            memcpy(x, search->initial, search->n * sizeof *x);
            *side = (struct pel_art_side){.energy = search->initial_energy};
            return PEL_OK;
        }
        if (status != PEL_OK && !(pass == 1 && report.stop == PEL_MINIMISE_STALLED))
            return status;
        side->energy = report.energy;
        side->distance = pel_art_distance(search->n, search->initial, x, s->atoms != 0);
        if (search->is_local || side->distance < s->connect_distance_A ||
            side->distance > nearly_connected * s->connect_distance_A)
            break;
        minimise.force_tolerance *= tighter;
    }
    return PEL_OK;
}

double pel_art_back(const struct art_search *search, const double saddle[])
{
    double product = 0.0;
    for (size_t i = 0; i < search->n; i++)
        product += (search->initial[i] - saddle[i]) * search->mode[i];
    return copysign(search->settings->push_over_A, product);
}

/* The start on one side: the saddle, pushed over by `over` along the mode. */
static void push_over(const struct art_search *search, double over, double x[])
{
    memcpy(x, search->result->saddle, search->n * sizeof *x);
    vector_add(search->n, over, search->mode, x);
}

/* The initial minimum, as a place to arrive at. */
struct goal {
    const struct art_search *search;
    double capture; /* [A] */
};

static int is_there(void *context, const double x[])
{
    const struct goal *goal = context;
    const struct art_search *search = goal->search;
    return pel_art_distance(search->n, search->initial, x, search->settings->atoms != 0) <
           goal->capture;
}

/* Down the steepest path from x, until a minimiser cannot miss the minimum any more, or
 * the initial one is near. */
static pel_status descend(struct art_search *search, double x[], struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    double energy;
    if (!(s->descent_error_A > 0.0)) return PEL_OK;
    pel_status status =
        search->surface.evaluate(search->surface.context, x, &energy, search->step, err);
    if (status != PEL_OK) return status;
    /* The saddle of a flicker is itself near. */
    struct goal goal = {.search = search};
    goal.capture =
        fmin(s->home_recognised_A,
             capture_share * pel_art_distance(search->n, search->initial,
                                              search->result->saddle, s->atoms != 0));
    struct pel_flow_settings flow = pel_flow_defaults();
    /* Just off a flat saddle the forces are small too. */
    flow.force_tolerance = fmin(s->descent_force_eV_per_A,
                                start_share * vector_max(search->n, search->step));
    flow.path_error_A = s->descent_error_A;
    flow.stiffness_eV_per_A2 = stiffer * search->stiffness;
    flow.arrived = is_there;
    flow.context = &goal;
    if (!(flow.force_tolerance > s->minimum_force_eV_per_A)) return PEL_OK;
    struct pel_flow_report report;
    return pel_flow(&search->surface, &flow, x, &report, err);
}

/* One side, down the steepest path to its minimum. */
static pel_status follow(struct art_search *search, double over, double x[],
                         struct pel_art_side *side, struct pel_error *err)
{
    push_over(search, over, x);
    pel_status status = descend(search, x, err);
    if (status != PEL_OK) return status;
    return pel_art_relax(search, search->settings->minimum_force_eV_per_A, x, side, err);
}

/* Where a minimiser goes from the side that points back, the atoms near the push first. */
static pel_status look_home(struct art_search *search, const struct pel_art_near *near,
                            double back, double x[], struct pel_art_side *side,
                            struct pel_error *err)
{
    pel_status status = PEL_OK;
    push_over(search, back, x);
    if (near != NULL) status = pel_art_relax_near(search, near, x, err);
    if (status != PEL_OK) return status;
    return pel_art_relax(search, search->settings->minimum_force_eV_per_A, x, side, err);
}

/* The side does not lead home; kept is where the search ought to have started. */
static void not_home(struct art_search *search, const struct pel_art_side *side)
{
    search->result->e_near_eV = side->energy - search->initial_energy;
    search->result->near_A = side->distance;
    search->result->status = PEL_ART_NOT_CONNECTED;
}

pel_status pel_art_judge_home(struct art_search *search, const struct pel_art_near *near,
                              struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    struct pel_art_side side;
    double *x = search->result->final;
    const double back = pel_art_back(search, search->result->saddle);
    const pel_status status = look_home(search, near, back, x, &side, err);
    if (status == PEL_OK && !(side.distance < s->connect_distance_A))
        not_home(search, &side);
    return status;
}

pel_status pel_art_judge_sides(struct art_search *search, struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    struct pel_art_result *result = search->result;
    struct pel_art_side side;
    const double back = pel_art_back(search, result->saddle);
    pel_status status = PEL_OK;
    if (s->descent_error_A > 0.0) {
        status = follow(search, back, result->final, &side, err);
        if (status == PEL_OK && !(side.distance < s->connect_distance_A)) {
            not_home(search, &side);
            return PEL_OK;
        }
    }
    if (status == PEL_OK) status = follow(search, -back, result->final, &side, err);
    if (status != PEL_OK) return status;
    if (side.distance < s->connect_distance_A) {
        result->status = PEL_ART_SAME;
        return PEL_OK;
    }
    pel_art_difference(search->n, search->initial, result->final, s->atoms != 0,
                       search->step);
    result->displacement_A = side.distance;
    result->moved_atoms =
        count_moved(search->n, search->step, s->atoms != 0, s->moved_distance_A);
    result->e_r_eV = result->e_a_eV - (side.energy - search->initial_energy);
    if (!(result->e_r_eV > 0.0)) result->status = PEL_ART_FLAT;
    return PEL_OK;
}

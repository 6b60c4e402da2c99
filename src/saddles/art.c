#include <pelrate/minimise.h>
#include <pelrate/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "art_priv.h"
#include "vector_priv.h"

/* Pairs that the relaxations remember: more do not pay in glasses. */
enum { lbfgs_memory = 12 };

/* A side that stops between connect_distance and this many times it is relaxed further:
 * along a soft mode the tolerance on the force leaves an error of that size. */
static const double nearly_connected = 10.0;
/* ... to this share of the tolerance. */
static const double tighter = 0.05;

const char *pel_art_status_word(enum pel_art_status status)
{
    switch (status) {
#define PEL_ART_WORD(name, word, text)                                                   \
    case name:                                                                           \
        return word;
        PEL_ART_STATUS_LIST(PEL_ART_WORD)
#undef PEL_ART_WORD
    case PEL_ART_N_STATUS:
        break;
    }
    return "unknown";
}

const char *pel_art_status_text(enum pel_art_status status)
{
    switch (status) {
#define PEL_ART_TEXT(name, word, text)                                                   \
    case name:                                                                           \
        return text;
        PEL_ART_STATUS_LIST(PEL_ART_TEXT)
#undef PEL_ART_TEXT
    case PEL_ART_N_STATUS:
        break;
    }
    return "unknown";
}

struct pel_art_settings pel_art_defaults(void)
{
    return (struct pel_art_settings){.push_step_A = 0.2,
                                     .push_relax_steps = 5,
                                     .max_pushes = 60,
                                     .climb_threshold_eV_per_A2 = -0.5,
                                     .climb_step_A = 0.15,
                                     .perp_step_A = 0.15,
                                     .hold_steps_first = 4,
                                     .hold_steps_last = 15,
                                     .hold_ratio = 0.5,
                                     .lost_limit = 25,
                                     .max_climbs = 150,
                                     .saddle_force_eV_per_A = 1e-3,
                                     .max_barrier_eV = 10.0,
                                     .lanczos_step_A = 0.005,
                                     .lanczos_min_vectors = 5,
                                     .lanczos_max_vectors = 12,
                                     .lanczos_tolerance = 0.01,
                                     .order_vectors = 40,
                                     .push_over_A = 0.2,
                                     .minimum_force_eV_per_A = 1e-4,
                                     .relax_step_A = 0.1,
                                     .home_tries = 2,
                                     .home_distance_A = 3.0,
                                     .connect_distance_A = 0.1,
                                     .moved_distance_A = 0.1,
                                     .max_force_calls = 2500,
                                     .atoms = 0};
}

pel_status pel_art_result_init(struct pel_art_result *result, size_t n,
                               struct pel_error *err)
{
    *result = (struct pel_art_result){.n = n};
    if (n == 0) return pel_error_set(err, PEL_EARG, "a result of no coordinates");
    result->saddle = calloc(n, sizeof *result->saddle);
    result->final = calloc(n, sizeof *result->final);
    if (result->saddle == NULL || result->final == NULL) {
        pel_art_result_free(result);
        return pel_error_set(err, PEL_ENOMEM, "result of %zu coordinates", n);
    }
    return PEL_OK;
}

void pel_art_result_free(struct pel_art_result *result)
{
    if (result == NULL) return;
    free(result->saddle);
    free(result->final);
    *result = (struct pel_art_result){0};
}

/* b - a without translation, into d. */
static void difference(size_t n, const double a[], const double b[], int atoms,
                       double d[])
{
    for (size_t i = 0; i < n; i++)
        d[i] = b[i] - a[i];
    if (atoms) vector_no_translation(n, d);
}

double pel_art_distance(size_t n, const double a[], const double b[], int atoms)
{
    double sum = 0.0, mean[3] = {0.0, 0.0, 0.0};
    if (atoms) {
        for (size_t i = 0; i < n; i++)
            mean[i % 3] += b[i] - a[i];
        for (size_t c = 0; c < 3; c++)
            mean[c] /= (double)(n / 3);
    }
    for (size_t i = 0; i < n; i++) {
        const double d = b[i] - a[i] - (atoms ? mean[i % 3] : 0.0);
        sum += d * d;
    }
    return sqrt(sum);
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

/* The caller's surface, counted: what is charged to the search is everything that passes
 * here. */
static pel_status counted(void *context, const double x[], double *energy,
                          double gradient[], struct pel_error *err)
{
    struct art_search *search = context;
    if (search->result->force_calls >= search->settings->max_force_calls) {
        search->out_of_calls = 1;
        return pel_error_set(err, PEL_ENOCONV, "the limit of %zu force calls is reached",
                             search->settings->max_force_calls);
    }
    search->result->force_calls++;
    search->result->full_calls++;
    search->result->work += 1.0;
    pel_status status =
        search->below->evaluate(search->below->context, x, energy, gradient, err);
    if (status == PEL_OK && !isfinite(*energy))
        return pel_error_set(err, PEL_EARG, "the energy is not finite");
    return status;
}

pel_status pel_art_evaluate(struct art_search *search, struct pel_error *err)
{
    return counted(search, search->x, &search->energy, search->gradient, err);
}

/* Whether the converged point is a saddle of first order above the initial minimum. */
static pel_status judge_saddle(struct art_search *search, struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    struct pel_art_result *result = search->result;
    memcpy(result->saddle, search->x, search->n * sizeof *search->x);
    result->e_a_eV = search->energy - search->initial_energy;
    result->max_force_eV_per_A = vector_max(search->n, search->gradient);
    if (!(result->e_a_eV > 0.0)) {
        result->status = PEL_ART_BELOW;
        return PEL_OK;
    }

    /* One run for the two lowest: from the mode, and as much of a vector that has a part
     * in every other mode. Both Ritz values are upper bounds, so two negative ones are
     * proof. */
    struct pel_random random;
    pel_random_init(&random, 0, 0, 0);
    for (size_t i = 0; i < search->n; i++)
        search->step[i] = pel_random_normal(&random);
    if (s->atoms) vector_no_translation(search->n, search->step);
    vector_normalise(search->n, search->step);
    vector_add(search->n, 1.0, search->mode, search->step);
    const struct pel_lanczos_settings lanczos = {.step_A = s->lanczos_step_A,
                                                 .min_vectors = s->order_vectors,
                                                 .max_vectors = s->order_vectors,
                                                 .translations = s->atoms != 0};
    struct pel_lanczos_report report;
    pel_status status = pel_lanczos_lowest(&search->surface, &lanczos, search->x,
                                           search->gradient, search->step, &report, err);
    if (status != PEL_OK) return status;
    memcpy(search->mode, search->step, search->n * sizeof *search->mode);
    result->eigenvalue_eV_per_A2 = report.eigenvalue;
    result->second_eV_per_A2 = report.second;
    if (!(report.eigenvalue < 0.0))
        result->status = PEL_ART_NOT_SADDLE;
    else if (report.second < 0.0)
        result->status = PEL_ART_ORDER;
    return PEL_OK;
}

/* Relax from the saddle, pushed over by `over` along the mode, into x[n]. *distance
 * receives how far that is from the initial minimum, *energy how high. */
static pel_status relax_side(struct art_search *search, double over, double x[],
                             double *distance, double *energy, struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    const size_t n = search->n;
    struct pel_minimise_settings minimise = pel_minimise_defaults();
    minimise.method = "lbfgs";
    minimise.force_tolerance = s->minimum_force_eV_per_A;
    minimise.max_evaluations = s->max_force_calls; /* the search has its own limit */
    minimise.max_step = s->relax_step_A;
    minimise.memory = lbfgs_memory;
    memcpy(x, search->result->saddle, n * sizeof *x);
    vector_add(n, over, search->mode, x);
    for (int pass = 0; pass < 2; pass++) {
        struct pel_minimise_report report;
        pel_status status = pel_minimise(&search->surface, &minimise, x, &report, err);
        if (status != PEL_OK && !(pass == 1 && report.stop == PEL_MINIMISE_STALLED))
            return status;
        *energy = report.energy;
        *distance = pel_art_distance(n, search->initial, x, s->atoms != 0);
        if (*distance < s->connect_distance_A ||
            *distance > nearly_connected * s->connect_distance_A)
            break;
        minimise.force_tolerance *= tighter;
    }
    return PEL_OK;
}

/* Relax both sides and judge the connection. */
static pel_status judge_sides(struct art_search *search, struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    struct pel_art_result *result = search->result;
    const size_t n = search->n;
    double near, far, near_energy, far_energy;
    double *near_x = search->old, *far_x = result->final;

    /* First the side that points back: most unconnected saddles show there. */
    difference(n, result->saddle, search->initial, s->atoms != 0, search->step);
    const double back =
        copysign(s->push_over_A, vector_dot(n, search->step, search->mode));
    pel_status status = relax_side(search, back, near_x, &near, &near_energy, err);
    if (status != PEL_OK) return status;
    status = relax_side(search, -back, far_x, &far, &far_energy, err);
    if (status != PEL_OK) return status;
    if (!(near < s->connect_distance_A)) {
        if (!(far < s->connect_distance_A)) {
            /* The nearer one is kept: where the search ought to have started. */
            if (near < far) memcpy(far_x, near_x, n * sizeof *far_x);
            result->e_near_eV =
                (near < far ? near_energy : far_energy) - search->initial_energy;
            result->near_A = near < far ? near : far;
            result->status = PEL_ART_NOT_CONNECTED;
            return PEL_OK;
        }
        /* The saddle was passed sideways: the far side is the one that leads home. */
        far = near;
        far_energy = near_energy;
        memcpy(far_x, near_x, n * sizeof *far_x);
    } else if (far < s->connect_distance_A) {
        result->status = PEL_ART_SAME;
        return PEL_OK;
    }
    difference(n, search->initial, far_x, s->atoms != 0, search->step);
    result->displacement_A = far;
    result->moved_atoms =
        count_moved(n, search->step, s->atoms != 0, s->moved_distance_A);
    result->e_r_eV = result->e_a_eV - (far_energy - search->initial_energy);
    if (!(result->e_r_eV > 0.0)) result->status = PEL_ART_FLAT;
    return PEL_OK;
}

/* Soft spots elsewhere in a glass flip under any push, and back under the next: the
 * saddle then belongs to a neighbour of the initial minimum, at nearly its energy.
 * Whether it is worth another climb with that flip taken back. */
static int can_go_home(const struct art_search *search, size_t tries)
{
    return search->result->status == PEL_ART_NOT_CONNECTED &&
           tries < search->settings->home_tries &&
           search->result->near_A < search->settings->home_distance_A;
}

/* From the saddle to where it should be with the flip taken back: less the difference
 * between the neighbour, in result->final, and the initial minimum. The mode at the
 * saddle is still good; whatever is found from here is judged like any saddle. */
static pel_status go_home(struct art_search *search, struct pel_error *err)
{
    struct pel_art_result *result = search->result;
    difference(search->n, search->initial, result->final, search->settings->atoms != 0,
               search->step);
    memcpy(search->x, result->saddle, search->n * sizeof *search->x);
    vector_add(search->n, -1.0, search->step, search->x);
    search->eigenvalue = result->eigenvalue_eV_per_A2;
    result->status = PEL_ART_VALID;
    result->e_a_eV = NAN;
    result->e_near_eV = NAN;
    result->near_A = NAN;
    return pel_art_evaluate(search, err);
}

/* The search itself, from the initial minimum in search->x. */
static pel_status run(struct art_search *search, const double push[],
                      struct pel_error *err)
{
    struct pel_art_result *result = search->result;
    pel_status status = pel_art_evaluate(search, err);
    if (status == PEL_OK) status = pel_art_leave(search, push, err);
    result->push_calls = result->force_calls;
    if (status != PEL_OK || result->status != PEL_ART_VALID) return status;

    status = pel_art_climb(search, err);
    result->climb_calls = result->force_calls - result->push_calls;
    if (status != PEL_OK || result->status != PEL_ART_VALID) return status;

    for (size_t tries = 0;; tries++) {
        size_t before = result->force_calls;
        status = judge_saddle(search, err);
        result->order_calls += result->force_calls - before;
        if (status != PEL_OK || result->status != PEL_ART_VALID) return status;

        before = result->force_calls;
        status = judge_sides(search, err);
        result->relax_calls += result->force_calls - before;
        if (status != PEL_OK || !can_go_home(search, tries)) return status;

        before = result->force_calls;
        status = go_home(search, err);
        if (status == PEL_OK) status = pel_art_climb(search, err);
        result->climb_calls += result->force_calls - before;
        if (status != PEL_OK || result->status != PEL_ART_VALID) return status;
    }
}

static pel_status check(const struct pel_surface *surface,
                        const struct pel_art_settings *s,
                        const struct pel_art_result *result, struct pel_error *err)
{
    if (surface->n == 0 || result->n != surface->n)
        return pel_error_set(err, PEL_EARG,
                             "a result of %zu coordinates for a surface of %zu",
                             result->n, surface->n);
    if (s->atoms && (surface->n % 3 != 0 || surface->n < 6))
        return pel_error_set(err, PEL_EARG,
                             "%zu coordinates are not those of two atoms or more",
                             surface->n);
    const struct {
        const char *name;
        double value;
    } positive[] = {{"push_step_A", s->push_step_A},
                    {"climb_step_A", s->climb_step_A},
                    {"perp_step_A", s->perp_step_A},
                    {"saddle_force_eV_per_A", s->saddle_force_eV_per_A},
                    {"max_barrier_eV", s->max_barrier_eV},
                    {"lanczos_step_A", s->lanczos_step_A},
                    {"lanczos_tolerance", s->lanczos_tolerance},
                    {"push_over_A", s->push_over_A},
                    {"minimum_force_eV_per_A", s->minimum_force_eV_per_A},
                    {"relax_step_A", s->relax_step_A},
                    {"connect_distance_A", s->connect_distance_A},
                    {"moved_distance_A", s->moved_distance_A},
                    {"-climb_threshold_eV_per_A2", -s->climb_threshold_eV_per_A2},
                    {"hold_steps_first", (double)s->hold_steps_first},
                    {"max_pushes", (double)s->max_pushes},
                    {"max_climbs", (double)s->max_climbs},
                    {"lanczos_min_vectors", (double)s->lanczos_min_vectors},
                    {"order_vectors", (double)s->order_vectors},
                    {"max_force_calls", (double)s->max_force_calls}};
    for (size_t k = 0; k < sizeof positive / sizeof *positive; k++)
        if (!(positive[k].value > 0.0) || !isfinite(positive[k].value))
            return pel_error_set(err, PEL_EARG, "%s = %g must be positive and finite",
                                 positive[k].name, positive[k].value);
    if (!(s->hold_ratio >= 0.0))
        return pel_error_set(err, PEL_EARG, "hold_ratio = %g must not be negative",
                             s->hold_ratio);
    if (s->lanczos_max_vectors < s->lanczos_min_vectors)
        return pel_error_set(err, PEL_EARG,
                             "lanczos_max_vectors = %zu is below the least, %zu",
                             s->lanczos_max_vectors, s->lanczos_min_vectors);
    return PEL_OK;
}

pel_status pel_art_search(const struct pel_surface *surface,
                          const struct pel_art_settings *settings, const double initial[],
                          double energy, const double push[],
                          struct pel_art_result *result, struct pel_error *err)
{
    pel_status status = check(surface, settings, result, err);
    if (status != PEL_OK) return status;
    const size_t n = surface->n;
    double *saddle = result->saddle, *final = result->final;
    *result = (struct pel_art_result){.status = PEL_ART_VALID,
                                      .e_a_eV = NAN,
                                      .e_r_eV = NAN,
                                      .eigenvalue_eV_per_A2 = NAN,
                                      .second_eV_per_A2 = NAN,
                                      .max_force_eV_per_A = NAN,
                                      .displacement_A = NAN,
                                      .e_near_eV = NAN,
                                      .near_A = NAN,
                                      .n = n,
                                      .saddle = saddle,
                                      .final = final};
    for (size_t i = 0; i < n; i++)
        saddle[i] = final[i] = NAN;

    struct art_search search = {.surface = {.n = n, .evaluate = counted},
                                .below = surface,
                                .settings = settings,
                                .result = result,
                                .n = n,
                                .initial = initial,
                                .initial_energy = energy};
    search.surface.context = &search;
    double *memory = calloc(8 * n, sizeof *memory);
    if (memory == NULL)
        return pel_error_set(err, PEL_ENOMEM, "search in %zu coordinates", n);
    double **const parts[] = {&search.x,    &search.gradient, &search.mode, &search.perp,
                              &search.step, &search.change,   &search.old};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        *parts[k] = memory + k * n;
    double *unit = memory + 7 * n;
    status = pel_secant_create(n, lbfgs_memory, &search.secant, err);
    if (status != PEL_OK) goto done;

    memcpy(search.x, initial, n * sizeof *initial);
    memcpy(unit, push, n * sizeof *push);
    if (settings->atoms) vector_no_translation(n, unit);
    const double length = vector_normalise(n, unit);
    if (!(length > 0.0) || !isfinite(length)) {
        status = pel_error_set(err, PEL_EARG, "the push has no direction");
        goto done;
    }
    status = run(&search, unit, err);

    /* What stopped the surface or the minimiser is a verdict on this search, no fault of
     * the caller; only a lack of memory is. */
    if (status != PEL_OK && status != PEL_ENOMEM) {
        result->status = search.out_of_calls     ? PEL_ART_CALLS
                         : status == PEL_ENOCONV ? PEL_ART_NOT_CONVERGED
                                                 : PEL_ART_BROKEN;
        status = PEL_OK;
        if (err != NULL) *err = (struct pel_error){0};
    }
    /* Without verdict "valid" the barrier is that of no event. */
    if (result->status != PEL_ART_VALID) result->displacement_A = NAN;

done:
    pel_secant_free(search.secant);
    free(memory);
    return status;
}

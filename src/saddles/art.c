#include <pelrate/random.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "art_priv.h"
#include "vector_priv.h"

/* Pairs that the relaxation of the hyperplane remembers: more do not pay in glasses. */
enum { lbfgs_memory = 12 };

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
                                     .soft_vectors = 0,
                                     .push_growth = 0.9,
                                     .climb_threshold_eV_per_A2 = -0.5,
                                     .climb_step_A = 0.15,
                                     .perp_step_A = 0.15,
                                     .hold_steps_first = 4,
                                     .hold_steps_last = 15,
                                     .hold_ratio = 0.5,
                                     .lost_limit = 10,
                                     .max_climbs = 150,
                                     .saddle_force_eV_per_A = 3e-5,
                                     .max_barrier_eV = 10.0,
                                     .return_tries = 2,
                                     .back_threshold_eV_per_A2 = -0.05,
                                     .local_force_eV_per_A = 0.05,
                                     .lanczos_step_A = 0.005,
                                     .lanczos_min_vectors = 5,
                                     .lanczos_max_vectors = 12,
                                     .lanczos_tolerance = 0.01,
                                     .climb_min_vectors = 3,
                                     .climb_max_vectors = 6,
                                     .climb_tolerance = 0.1,
                                     .order_vectors = 40,
                                     .push_over_A = 0.1,
                                     .rough_force_eV_per_A = 0.01,
                                     .descent_error_A = 0.01,
                                     .descent_force_eV_per_A = 1e-4,
                                     .minimum_force_eV_per_A = 2e-5,
                                     .relax_step_A = 0.1,
                                     .home_recognised_A = 0.25,
                                     .connect_distance_A = 0.1,
                                     .moved_distance_A = 0.1,
                                     .max_force_calls = 4000,
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
    search->result->full_calls += !search->is_local;
    search->result->work += search->share;
    pel_status status =
        search->below->evaluate(search->below->context, x, energy, gradient, err);
    if (status == PEL_OK && !isfinite(*energy))
        return pel_error_set(err, PEL_EARG, "the energy is not finite");
    return status;
}

pel_status pel_art_begin(struct art_search *search, const struct pel_surface *below,
                         double share, const struct pel_art_settings *settings,
                         struct pel_art_result *result, struct pel_error *err)
{
    const size_t n = below->n;
    *search = (struct art_search){.surface = {.n = n, .evaluate = counted},
                                  .below = below,
                                  .share = share,
                                  .settings = settings,
                                  .result = result,
                                  .n = n};
    search->surface.context = search;
    search->x = calloc(7 * n, sizeof *search->x);
    if (search->x == NULL)
        return pel_error_set(err, PEL_ENOMEM, "search in %zu coordinates", n);
    double **const parts[] = {&search->gradient, &search->mode,   &search->perp,
                              &search->step,     &search->change, &search->old};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        *parts[k] = search->x + (k + 1) * n;
    return pel_secant_create(n, lbfgs_memory, &search->secant, err);
}

void pel_art_end(struct art_search *search)
{
    pel_secant_free(search->secant);
    free(search->x);
    *search = (struct art_search){0};
}

pel_status pel_art_evaluate(struct art_search *search, struct pel_error *err)
{
    return counted(search, search->x, &search->energy, search->gradient, err);
}

/* Keep the converged point as the saddle, if it is above the initial minimum. */
static void keep_saddle(struct art_search *search)
{
    struct pel_art_result *result = search->result;
    memcpy(result->saddle, search->x, search->n * sizeof *search->x);
    result->e_a_eV = search->energy - search->initial_energy;
    result->max_force_eV_per_A = vector_max(search->n, search->gradient);
    if (!(result->e_a_eV > 0.0)) result->status = PEL_ART_BELOW;
}

pel_status pel_art_judge_order(struct art_search *search, struct pel_error *err)
{
    const struct pel_art_settings *s = search->settings;
    struct pel_art_result *result = search->result;
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
                                                 .translations = s->atoms != 0,
                                                 .rotations = s->atoms == 2};
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

/* From the initial minimum, in search->x, to a converged saddle. unit: the push, changed
 * on the way. */
static pel_status climb(struct art_search *search, const struct pel_art_near *near,
                        double unit[], struct pel_error *err)
{
    if (near == NULL)
        return pel_art_climb_from_home(search, unit, search->result->final, err);
    pel_status status = pel_art_climb_near(search, near, unit, err);
    if (status != PEL_OK || search->result->status != PEL_ART_VALID) return status;
    return pel_art_climb(search, err);
}

/* The search itself, from the initial minimum in search->x. What fails most often is
 * judged first. */
static pel_status run(struct art_search *search, const struct pel_art_near *near,
                      double unit[], struct pel_error *err)
{
    struct pel_art_result *result = search->result;
    pel_status status = climb(search, near, unit, err);
    if (result->push_calls == 0) result->push_calls = result->force_calls;
    result->climb_calls = result->force_calls - result->push_calls;
    if (status != PEL_OK || result->status != PEL_ART_VALID) return status;
    keep_saddle(search);
    if (result->status != PEL_ART_VALID) return PEL_OK;

    size_t before = result->force_calls;
    if (!search->is_home) status = pel_art_judge_home(search, near, err);
    result->relax_calls += result->force_calls - before;
    if (status != PEL_OK || result->status != PEL_ART_VALID) return status;

    before = result->force_calls;
    status = pel_art_judge_order(search, err);
    result->order_calls += result->force_calls - before;
    if (status != PEL_OK || result->status != PEL_ART_VALID) return status;

    before = result->force_calls;
    status = pel_art_judge_sides(search, err);
    result->relax_calls += result->force_calls - before;
    return status;
}

void pel_art_blank(struct pel_art_result *result)
{
    const size_t n = result->n;
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
}

/* What stopped the surface or the minimiser is a verdict on this search, no fault of the
 * caller; only a lack of memory is. */
pel_status pel_art_verdict(const struct art_search *search, pel_status status,
                           struct pel_error *err)
{
    if (status == PEL_OK || status == PEL_ENOMEM) return status;
    search->result->status = search->out_of_calls    ? PEL_ART_CALLS
                             : status == PEL_ENOCONV ? PEL_ART_NOT_CONVERGED
                                                     : PEL_ART_BROKEN;
    if (err != NULL) *err = (struct pel_error){0};
    return PEL_OK;
}

pel_status pel_art_check(const struct pel_surface *surface,
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
                    {"local_force_eV_per_A", s->local_force_eV_per_A},
                    {"rough_force_eV_per_A", s->rough_force_eV_per_A},
                    {"descent_force_eV_per_A", s->descent_force_eV_per_A},
                    {"-back_threshold_eV_per_A2", -s->back_threshold_eV_per_A2},
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
                    {"climb_tolerance", s->climb_tolerance},
                    {"climb_min_vectors", (double)s->climb_min_vectors},
                    {"order_vectors", (double)s->order_vectors},
                    {"max_force_calls", (double)s->max_force_calls}};
    for (size_t k = 0; k < sizeof positive / sizeof *positive; k++)
        if (!(positive[k].value > 0.0) || !isfinite(positive[k].value))
            return pel_error_set(err, PEL_EARG, "%s = %g must be positive and finite",
                                 positive[k].name, positive[k].value);
    if (!(s->hold_ratio >= 0.0))
        return pel_error_set(err, PEL_EARG, "hold_ratio = %g must not be negative",
                             s->hold_ratio);
    if (!(s->push_growth >= 0.0))
        return pel_error_set(err, PEL_EARG, "push_growth = %g must not be negative",
                             s->push_growth);
    if (s->climb_max_vectors < s->climb_min_vectors)
        return pel_error_set(err, PEL_EARG,
                             "climb_max_vectors = %zu is below the least, %zu",
                             s->climb_max_vectors, s->climb_min_vectors);
    if (s->lanczos_max_vectors < s->lanczos_min_vectors)
        return pel_error_set(err, PEL_EARG,
                             "lanczos_max_vectors = %zu is below the least, %zu",
                             s->lanczos_max_vectors, s->lanczos_min_vectors);
    return PEL_OK;
}

pel_status pel_art_search(const struct pel_surface *surface,
                          const struct pel_art_near *near,
                          const struct pel_art_settings *settings, const double initial[],
                          double energy, const double push[],
                          struct pel_art_result *result, struct pel_error *err)
{
    pel_status status = pel_art_check(surface, settings, result, err);
    if (status != PEL_OK) return status;
    const size_t n = surface->n;
    pel_art_blank(result);
    struct art_search search = {0};
    double *unit = malloc(n * sizeof *unit);
    status = unit != NULL
                 ? pel_art_begin(&search, surface, 1.0, settings, result, err)
                 : pel_error_set(err, PEL_ENOMEM, "search in %zu coordinates", n);
    if (status != PEL_OK) goto done;
    search.initial = initial;
    search.initial_energy = energy;

    memcpy(search.x, initial, n * sizeof *initial);
    memcpy(unit, push, n * sizeof *push);
    if (settings->atoms) vector_no_translation(n, unit);
    const double length = vector_normalise(n, unit);
    if (!(length > 0.0) || !isfinite(length)) {
        status = pel_error_set(err, PEL_EARG, "the push has no direction");
        goto done;
    }
    status = run(&search, near, unit, err);

    status = pel_art_verdict(&search, status, err);
    /* Without verdict "valid" the barrier is that of no event. */
    if (result->status != PEL_ART_VALID) result->displacement_A = NAN;

done:
    pel_art_end(&search);
    free(unit);
    return status;
}

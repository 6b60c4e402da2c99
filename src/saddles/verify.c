#include <pelrate/verify.h>

#include <pelrate/hessian.h>
#include <pelrate/flow.h>
#include <pelrate/lanczos.h>
#include <pelrate/minimise.h>
#include <pelrate/newton.h>
#include <pelrate/random.h>
#include <pelrate/symmetric.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vector_priv.h"

/* Skin of the neighbour lists [A]. */
static const double skin_A = 0.8;
/* Vectors for the lowest mode where the signs come from a factorisation, and the relative
 * change that ends them. */
enum { mode_vectors = 120 };
static const double mode_tolerance = 1e-5;
/* Difference step of Lanczos, whole vector [A]. */
static const double difference_A = 2e-3;
/* Compressed pairs on the way down are stiffer than any at the saddle [1]. */
static const double stiffer = 1.5;
/* A descent that comes to a quarter of the saddle's distance has arrived [1]. */
static const double capture_share = 0.25;
/* Force at which the bottom of a basin is told, as a share of that where a descent ends. */
static const double bottom_share = 1e-2;

const char *pel_verify_reason_word(enum pel_verify_reason reason)
{
    switch (reason) {
#define PEL_VERIFY_WORD(name, word, text)                                                \
    case name:                                                                           \
        return word;
        PEL_VERIFY_REASON_LIST(PEL_VERIFY_WORD)
#undef PEL_VERIFY_WORD
    case PEL_VERIFY_N_REASON:
        break;
    }
    return "unknown";
}

const char *pel_verify_reason_text(enum pel_verify_reason reason)
{
    switch (reason) {
#define PEL_VERIFY_TEXT(name, word, text)                                                \
    case name:                                                                           \
        return text;
        PEL_VERIFY_REASON_LIST(PEL_VERIFY_TEXT)
#undef PEL_VERIFY_TEXT
    case PEL_VERIFY_N_REASON:
        break;
    }
    return "unknown";
}

struct pel_verify_settings pel_verify_defaults(void)
{
    return (struct pel_verify_settings){.force_eV_per_A = 1e-8,
                                        .energy_eV = 1e-6,
                                        .same_distance_A = 0.2,
                                        .dense_atoms = 2500,
                                        .vectors = 300,
                                        .push_A = 0.1,
                                        .capture_A = 0.05,
                                        .descent_force_eV_per_A = 1e-4};
}

struct pel_verify {
    const struct pel_potential *potential; /* borrowed */
    struct pel_verify_settings settings;
    const struct pel_catalogue_sample *sample; /* borrowed */
    double *x;                                 /* [3 atoms] initial minimum; owned */
    double energy;                             /* there [eV] */
    double max_force;                          /* there [eV/A] */
    int converged;
    double moved_A;  /* from the stored one */
    size_t negative; /* eigenvalues there */
    int dense;
};

/* A structure to be looked at: the surface of its atoms. */
struct bench {
    const struct pel_verify *verify;
    struct pel_forces *forces; /* owned */
    struct pel_atoms_surface atoms;
};

static pel_status bench_init(struct bench *bench, const struct pel_verify *verify,
                             struct pel_error *err)
{
    const struct pel_structure *structure = verify->sample->structure;
    bench->verify = verify;
    pel_status status =
        pel_forces_create(verify->potential, structure, skin_A, &bench->forces, err);
    if (status == PEL_OK)
        pel_atoms_surface_init(&bench->atoms, bench->forces, &structure->cell,
                               structure->n);
    return status;
}

static pel_status converge(const struct bench *bench, double x[],
                           struct pel_newton_report *report, struct pel_error *err)
{
    struct pel_newton_settings newton = pel_newton_defaults();
    newton.force_tolerance = bench->verify->settings.force_eV_per_A;
    newton.translations = 1;
    return pel_newton(&bench->atoms.surface, &newton, x, report, err);
}

/* Signs of the eigenvalues at x, translations left out: that one atom is held changes
 * none of the others' (H t = 0 makes H congruent to what is left). */
static pel_status count_dense(const struct pel_verify *verify, const double x[],
                              size_t *negative, struct pel_error *err)
{
    const size_t held = verify->sample->atoms - 1;
    struct pel_hessian *hessian = NULL;
    struct pel_symmetric_inertia inertia;
    double *dense = malloc(9 * held * held * sizeof *dense);
    pel_status status =
        dense != NULL ? pel_hessian_create(verify->potential, verify->sample->structure,
                                           x, &hessian, err)
                      : pel_error_set(err, PEL_ENOMEM, "Hessian of %zu atoms", held);
    if (status == PEL_OK) status = pel_hessian_dense(hessian, held, NULL, dense, err);
    pel_hessian_free(hessian);
    if (status == PEL_OK) status = pel_symmetric_inertia(3 * held, dense, &inertia, err);
    if (status == PEL_OK) *negative = inertia.negative + inertia.zero;
    free(dense);
    return status;
}

/* The lowest eigenvalue and its mode, from the given direction and a vector that has a
 * part in every other mode. */
static pel_status lowest(const struct bench *bench, const double x[], size_t vectors,
                         double tolerance, double mode[],
                         struct pel_lanczos_report *report, struct pel_error *err)
{
    const size_t n = bench->atoms.surface.n;
    struct pel_random random;
    pel_random_init(&random, 0, 0, 0);
    vector_no_translation(n, mode);
    vector_normalise(n, mode);
    const double share = 1.0 / sqrt((double)n);
    for (size_t i = 0; i < n; i++)
        mode[i] += share * pel_random_normal(&random);
    const struct pel_lanczos_settings settings = {.step_A = difference_A,
                                                  .central = 1,
                                                  .min_vectors = vectors / 4 + 1,
                                                  .max_vectors = vectors,
                                                  .tolerance = tolerance,
                                                  .translations = 1};
    return pel_lanczos_lowest(&bench->atoms.surface, &settings, x, NULL, mode, report,
                              err);
}

/* How many negative eigenvalues at x, by the better way that there is; mode may hold a
 * direction to look along first, and receives the lowest one. */
static pel_status count_negative(const struct bench *bench, const double x[], int *dense,
                                 size_t *negative, double mode[],
                                 struct pel_lanczos_report *report, struct pel_error *err)
{
    const struct pel_verify *verify = bench->verify;
    const struct pel_verify_settings *s = &verify->settings;
    struct pel_error why;
    *dense = verify->sample->atoms <= s->dense_atoms;
    pel_status status = PEL_EARG;
    if (*dense) status = count_dense(verify, x, negative, &why);
    if (status ==
        PEL_EARG) /* too large, or a potential that has no Hessian in closed form */
        *dense = 0;
    else if (status != PEL_OK)
        return pel_error_set(err, status, "%s", why.text);
    status = lowest(bench, x, *dense ? mode_vectors : s->vectors,
                    *dense ? mode_tolerance : 0.0, mode, report, err);
    if (status == PEL_OK && !*dense)
        *negative = (size_t)(report->eigenvalue < 0.0) + (size_t)(report->second < 0.0);
    return status;
}

static pel_status check(const struct pel_verify_settings *s, struct pel_error *err)
{
    if (!(s->force_eV_per_A > 0.0) || !(s->energy_eV > 0.0) ||
        !(s->same_distance_A > 0.0) || !(s->push_A > 0.0) || !(s->capture_A > 0.0) ||
        !(s->descent_force_eV_per_A > 0.0) || s->vectors < 2)
        return pel_error_set(err, PEL_EARG,
                             "tolerances of a check are %g eV/A, %g eV, %g, %g, %g A, %g "
                             "eV/A and %zu vectors: expected numbers > 0, 2 vectors or "
                             "more",
                             s->force_eV_per_A, s->energy_eV, s->same_distance_A,
                             s->push_A, s->capture_A, s->descent_force_eV_per_A,
                             s->vectors);
    return PEL_OK;
}

pel_status pel_verify_create(const struct pel_potential *potential,
                             const struct pel_verify_settings *settings,
                             const struct pel_catalogue_sample *sample,
                             struct pel_verify **out, struct pel_error *err)
{
    *out = NULL;
    pel_status status = check(settings, err);
    if (status != PEL_OK) return status;
    if (sample->atoms < 2)
        return pel_error_set(err, PEL_EARG, "a sample of %zu atoms", sample->atoms);
    const size_t n = 3 * sample->atoms;
    struct bench bench = {0};
    struct pel_verify *verify = calloc(1, sizeof *verify);
    double *mode = malloc(n * sizeof *mode);
    if (verify == NULL || mode == NULL ||
        (verify->x = malloc(n * sizeof *mode)) == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "sample of %zu atoms", sample->atoms);
        goto done;
    }
    verify->potential = potential;
    verify->settings = *settings;
    verify->sample = sample;
    memcpy(verify->x, sample->x, n * sizeof *verify->x);
    status = bench_init(&bench, verify, err);
    struct pel_newton_report report = {0};
    if (status == PEL_OK) status = converge(&bench, verify->x, &report, err);
    if (status != PEL_OK) goto done;
    verify->energy = report.energy;
    verify->max_force = report.max_force;
    verify->converged = report.converged;
    verify->moved_A = pel_art_distance(n, sample->x, verify->x, 1);
    struct pel_lanczos_report lanczos;
    for (size_t i = 0; i < n; i++)
        mode[i] = i % 3 == 0 ? (double)(i % 7) - 3.0 : 1.0;
    status = count_negative(&bench, verify->x, &verify->dense, &verify->negative, mode,
                            &lanczos, err);

done:
    pel_forces_free(bench.forces);
    free(mode);
    if (status != PEL_OK) {
        pel_verify_free(verify);
        return status;
    }
    *out = verify;
    return PEL_OK;
}

void pel_verify_free(struct pel_verify *verify)
{
    if (verify == NULL) return;
    free(verify->x);
    free(verify);
}

/* The two minima that a descent may end in. */
struct goals {
    size_t n;
    const double *x[2];
    double capture[2]; /* [A] */
};

static int has_arrived(void *context, const double x[])
{
    const struct goals *goals = context;
    for (int k = 0; k < 2; k++)
        if (pel_art_distance(goals->n, goals->x[k], x, 1) < goals->capture[k])
            return k + 1;
    return 0;
}

/* Both paths of steepest descent from the saddle. Connected when one ends in each
 * minimum. */
static pel_status descend(const struct bench *bench, const double saddle[],
                          const double final[], const double mode[], double stiffness,
                          struct pel_verify_result *result, int *connected,
                          struct pel_error *err)
{
    const struct pel_verify *verify = bench->verify;
    const struct pel_verify_settings *s = &verify->settings;
    const size_t n = bench->atoms.surface.n;
    struct goals goals = {.n = n, .x = {verify->x, final}};
    for (int k = 0; k < 2; k++)
        goals.capture[k] = fmin(
            s->capture_A, capture_share * pel_art_distance(n, goals.x[k], saddle, 1));
    struct pel_flow_settings flow = pel_flow_defaults();
    flow.force_tolerance = s->descent_force_eV_per_A;
    flow.stiffness_eV_per_A2 = stiffer * stiffness;
    flow.arrived = has_arrived;
    flow.context = &goals;
    struct pel_minimise_settings bottom = pel_minimise_defaults();
    bottom.force_tolerance = bottom_share * s->descent_force_eV_per_A;
    bottom.max_step = s->capture_A;
    double *x = malloc(n * sizeof *x);
    if (x == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu coordinates", n);
    pel_status status = PEL_OK;
    int ends[2] = {0, 0};
    double nearest[2] = {INFINITY, INFINITY};
    for (int side = 0; status == PEL_OK && side < 2; side++) {
        struct pel_flow_report report;
        memcpy(x, saddle, n * sizeof *x);
        vector_add(n, side == 0 ? s->push_A : -s->push_A, mode, x);
        status = pel_flow(&bench->atoms.surface, &flow, x, &report, err);
        /* At the bottom of a flat basin no force is left to go on with: a minimiser
         * settles where that is. */
        if (status == PEL_OK && !report.arrived && report.converged)
            status = pel_minimise(&bench->atoms.surface, &bottom, x, NULL, err);
        if (status == PEL_ENOCONV) status = PEL_OK;
        ends[side] = has_arrived(&goals, x);
        for (int k = 0; k < 2; k++)
            nearest[k] = fmin(nearest[k], pel_art_distance(n, goals.x[k], x, 1));
    }
    result->connected_initial_A = nearest[0];
    result->connected_final_A = nearest[1];
    *connected = (ends[0] == 1 && ends[1] == 2) || (ends[0] == 2 && ends[1] == 1);
    free(x);
    return status;
}

/* A stored point, converged; *moved receives how far that is from it. */
static pel_status restore(const struct bench *bench, const float displacement[],
                          double x[], double *moved, struct pel_newton_report *report,
                          struct pel_error *err)
{
    const struct pel_catalogue_sample *sample = bench->verify->sample;
    const size_t n = bench->atoms.surface.n;
    double sum = 0.0, mean[3] = {0.0, 0.0, 0.0};
    for (size_t i = 0; i < n; i++)
        x[i] = sample->x[i] + displacement[i];
    const pel_status status = converge(bench, x, report, err);
    for (size_t i = 0; i < n; i++)
        mean[i % 3] += 3.0 / (double)n * (x[i] - sample->x[i] - displacement[i]);
    for (size_t i = 0; i < n; i++) {
        const double d = x[i] - sample->x[i] - displacement[i] - mean[i % 3];
        sum += d * d;
    }
    *moved = sqrt(sum);
    return status;
}

/* All of the check; the first thing wrong is the reason. */
static pel_status examine(const struct bench *bench,
                          const struct pel_catalogue_search *search, double saddle[],
                          double final[], double mode[], struct pel_verify_result *result,
                          struct pel_error *err)
{
    const struct pel_verify *verify = bench->verify;
    const struct pel_verify_settings *s = &verify->settings;
    const size_t n = bench->atoms.surface.n;
    struct pel_newton_report top = {0}, end = {0};
    struct pel_lanczos_report lanczos = {0}, unread;
    pel_status status =
        restore(bench, search->saddle, saddle, &result->moved_saddle_A, &top, err);
    if (status == PEL_OK)
        status = restore(bench, search->final, final, &result->moved_final_A, &end, err);
    if (status != PEL_OK) return status;
    result->force_initial_eV_per_A = verify->max_force;
    result->force_saddle_eV_per_A = top.max_force;
    result->force_final_eV_per_A = end.max_force;
    result->e_a_eV = top.energy - verify->energy;
    result->e_r_eV = top.energy - end.energy;
    result->e_a_difference_eV = result->e_a_eV - search->e_a_eV;
    result->e_r_difference_eV = result->e_r_eV - search->e_r_eV;

    for (size_t i = 0; i < n; i++)
        mode[i] = verify->x[i] - final[i];
    status = count_negative(bench, final, &result->dense, &result->negative_final, mode,
                            &unread, err);
    if (status != PEL_OK) return status;
    for (size_t i = 0; i < n; i++)
        mode[i] = final[i] - verify->x[i];
    status = count_negative(bench, saddle, &result->dense, &result->negative_saddle, mode,
                            &lanczos, err);
    if (status != PEL_OK) return status;
    result->negative_initial = verify->negative;
    result->eigenvalue_eV_per_A2 = lanczos.eigenvalue;

    int connected = 0;
    if (top.converged && lanczos.eigenvalue < 0.0)
        status =
            descend(bench, saddle, final, mode, lanczos.highest, result, &connected, err);
    if (!verify->converged)
        result->reason = PEL_VERIFY_INITIAL;
    else if (!top.converged)
        result->reason = PEL_VERIFY_SADDLE;
    else if (!end.converged)
        result->reason = PEL_VERIFY_FINAL;
    else if (!(result->moved_saddle_A < s->same_distance_A &&
               result->moved_final_A < s->same_distance_A &&
               verify->moved_A < s->same_distance_A))
        result->reason = PEL_VERIFY_MOVED;
    else if (result->negative_saddle != 1)
        result->reason = PEL_VERIFY_INDEX;
    else if (result->negative_initial > 0 || result->negative_final > 0)
        result->reason = PEL_VERIFY_MINIMUM;
    else if (!(fabs(result->e_a_difference_eV) < s->energy_eV &&
               fabs(result->e_r_difference_eV) < s->energy_eV))
        result->reason = PEL_VERIFY_ENERGY;
    else if (!connected)
        result->reason = PEL_VERIFY_PATH;
    return status;
}

pel_status pel_verify_event(const struct pel_verify *verify,
                            const struct pel_catalogue_search *search,
                            struct pel_verify_result *result, struct pel_error *err)
{
    const size_t n = 3 * verify->sample->atoms;
    *result = (struct pel_verify_result){.sample = search->sample,
                                         .search = search->search,
                                         .e_a_eV = NAN,
                                         .e_r_eV = NAN,
                                         .e_a_difference_eV = NAN,
                                         .e_r_difference_eV = NAN,
                                         .force_initial_eV_per_A = NAN,
                                         .force_saddle_eV_per_A = NAN,
                                         .force_final_eV_per_A = NAN,
                                         .moved_saddle_A = NAN,
                                         .moved_final_A = NAN,
                                         .eigenvalue_eV_per_A2 = NAN,
                                         .connected_initial_A = NAN,
                                         .connected_final_A = NAN};
    if (search->status != PEL_ART_VALID || search->n != n)
        return pel_error_set(err, PEL_EARG,
                             "search %zu of sample %zu holds no event of %zu coordinates",
                             search->search, search->sample, n);
    struct bench bench = {0};
    struct pel_error why;
    double *memory = malloc(3 * n * sizeof *memory);
    pel_status status =
        memory != NULL ? bench_init(&bench, verify, err)
                       : pel_error_set(err, PEL_ENOMEM, "event of %zu coordinates", n);
    if (status == PEL_OK) {
        status =
            examine(&bench, search, memory, memory + n, memory + 2 * n, result, &why);
        if (status == PEL_ENOMEM) {
            pel_error_set(err, status, "%s", why.text);
        } else if (status != PEL_OK) { /* the event, not the program */
            result->reason = PEL_VERIFY_SURFACE;
            status = PEL_OK;
        }
        result->force_calls = pel_forces_calls(bench.forces);
    }
    pel_forces_free(bench.forces);
    free(memory);
    return status;
}

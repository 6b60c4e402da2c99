#include <pelrate/vineyard.h>

#include <pelrate/art.h>
#include <pelrate/constants.h>
#include <pelrate/hessian.h>
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
/* A point that moves further than this when it is converged was another one, whole vector
 * [A]. */
static const double same_A = 0.5;
/* Vectors for the unstable mode, and the relative change that ends them. */
enum { least_vectors = 30, most_vectors = 300 };
static const double mode_tolerance = 1e-6;

enum { INITIAL, SADDLE, FINAL, N_POINTS };

const char *pel_vineyard_status_word(enum pel_vineyard_status status)
{
    switch (status) {
#define PEL_VINEYARD_WORD(name, word, text)                                              \
    case name:                                                                           \
        return word;
        PEL_VINEYARD_STATUS_LIST(PEL_VINEYARD_WORD)
#undef PEL_VINEYARD_WORD
    case PEL_VINEYARD_N_STATUS:
        break;
    }
    return "unknown";
}

const char *pel_vineyard_status_text(enum pel_vineyard_status status)
{
    switch (status) {
#define PEL_VINEYARD_TEXT(name, word, text)                                              \
    case name:                                                                           \
        return text;
        PEL_VINEYARD_STATUS_LIST(PEL_VINEYARD_TEXT)
#undef PEL_VINEYARD_TEXT
    case PEL_VINEYARD_N_STATUS:
        break;
    }
    return "unknown";
}

struct pel_vineyard_settings pel_vineyard_defaults(void)
{
    return (struct pel_vineyard_settings){
        .cell_atoms = 2500, .moved_A = 0.1, .shell_A = 8.0, .force_eV_per_A = 2e-4};
}

double pel_vineyard_frequency(double log_det_minimum, double log_det_saddle,
                              double unstable)
{
    if (!(unstable > 0.0)) return NAN;
    /* eV / (A^2 g/mol) -> 1/ps^2 -> Hz */
    const double w = sqrt(unstable / PEL_MVV_EV) * 1e12;
    return w / (2.0 * PEL_PI) * exp(0.5 * (log_det_minimum - log_det_saddle));
}

struct pel_vineyard {
    const struct pel_potential *potential; /* borrowed */
    const struct pel_structure *structure; /* borrowed */
    struct pel_vineyard_settings settings;
    enum pel_vineyard_status status; /* whether the minimum is one */
    int is_whole;                    /* the determinants are of the whole cell */
    double *x;                       /* [3n] the minimum [A]; owned */
    struct pel_hessian *hessian;     /* there, where regions differ; owned */
    double log_det;                  /* there, of the whole cell */
};

/* All that one event owns. */
struct event {
    const struct pel_vineyard *vineyard;
    double *x[N_POINTS]; /* [3n] each; the first is the minimum's, the second owns two */
    size_t n_region;
    size_t *region; /* [n_region] increasing; owned */
    double *dense;  /* [(3 n_region)^2] scratch; owned */
};

/* Stored points may be rough: as near to the stationary one as the settings want. What is
 * wrong with the point is in *verdict. */
static pel_status converge(const struct pel_vineyard *v, double x[],
                           enum pel_vineyard_status *verdict, struct pel_error *err)
{
    const size_t n = 3 * v->structure->n;
    struct pel_forces *forces = NULL;
    double *before = malloc(n * sizeof *before);
    pel_status status =
        before != NULL
            ? pel_forces_create(v->potential, v->structure, skin_A, &forces, err)
            : pel_error_set(err, PEL_ENOMEM, "event of %zu coordinates", n);
    if (status == PEL_OK) {
        struct pel_atoms_surface atoms;
        struct pel_newton_settings newton = pel_newton_defaults();
        struct pel_newton_report report;
        newton.force_tolerance = v->settings.force_eV_per_A;
        newton.translations = 1;
        pel_atoms_surface_init(&atoms, forces, &v->structure->cell, v->structure->n);
        memcpy(before, x, n * sizeof *before);
        status = pel_newton(&atoms.surface, &newton, x, &report, err);
        if (status != PEL_OK && status != PEL_ENOMEM) {
            *verdict = PEL_VINEYARD_SURFACE;
            status = PEL_OK;
        } else if (!report.converged || !(pel_art_distance(n, before, x, 1) < same_A)) {
            *verdict = PEL_VINEYARD_POINT;
        }
    }
    pel_forces_free(forces);
    free(before);
    return status;
}

/* Whether an atom moves more than the threshold between two points that have no common
 * translation. */
static int moves(const double a[3], const double b[3], double far)
{
    const double d[3] = {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
    return !(d[0] * d[0] + d[1] * d[1] + d[2] * d[2] <= far * far);
}

/* Take the mean displacement from the initial point out of the others. */
static void align(struct event *event)
{
    const size_t n = 3 * event->vineyard->structure->n;
    for (int p = SADDLE; p < N_POINTS; p++) {
        double mean[3] = {0.0, 0.0, 0.0};
        for (size_t i = 0; i < n; i++)
            mean[i % 3] += 3.0 / (double)n * (event->x[p][i] - event->x[INITIAL][i]);
        for (size_t i = 0; i < n; i++)
            event->x[p][i] -= mean[i % 3];
    }
}

/* The atoms that move and those around them, but for the last one of the cell, which is
 * held: the determinants are then those of all modes but for a factor that is the same at
 * all points. */
static pel_status choose_region(struct event *event, size_t *core, struct pel_error *err)
{
    const struct pel_structure *s = event->vineyard->structure;
    const double far = event->vineyard->settings.moved_A,
                 shell = event->vineyard->settings.shell_A;
    unsigned char *kind = calloc(s->n, 1); /* 1: core, 2: shell */
    event->region = malloc(s->n * sizeof *event->region);
    if (kind == NULL || event->region == NULL) {
        free(kind);
        return pel_error_set(err, PEL_ENOMEM, "%zu atoms", s->n);
    }
    const int is_whole = event->vineyard->is_whole;
    *core = 0;
    for (size_t i = 0; i < s->n; i++) {
        const double *a = event->x[INITIAL] + 3 * i, *b = event->x[SADDLE] + 3 * i,
                     *c = event->x[FINAL] + 3 * i;
        kind[i] = moves(a, b, far) || moves(b, c, far) || moves(a, c, far);
        *core += kind[i];
    }
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; !is_whole && kind[i] == 1 && k < s->n; k++) {
            if (kind[k] != 0) continue;
            double d[3];
            for (size_t c = 0; c < 3; c++)
                d[c] = event->x[INITIAL][3 * k + c] - event->x[INITIAL][3 * i + c];
            pel_cell_minimum_image(&s->cell, d);
            if (d[0] * d[0] + d[1] * d[1] + d[2] * d[2] <= shell * shell) kind[k] = 2;
        }
    for (size_t i = 0; i + 1 < s->n; i++)
        if (is_whole || kind[i] != 0) event->region[event->n_region++] = i;
    free(kind);
    return PEL_OK;
}

/* A Hessian weighted with the masses, as a surface whose gradient it is. */
struct weighted {
    const struct pel_hessian *hessian;
    size_t n;
    const double *root; /* [n] 1 / sqrt(mass) of each coordinate */
    double *v;          /* [n] scratch */
};

static pel_status weighted_times(void *context, const double x[], double *energy,
                                 double gradient[], struct pel_error *err)
{
    const struct weighted *w = context;
    (void)err;
    for (size_t i = 0; i < w->n; i++)
        w->v[i] = w->root[i] * x[i];
    pel_hessian_times(w->hessian, w->v, gradient);
    *energy = 0.0;
    for (size_t i = 0; i < w->n; i++) {
        gradient[i] *= w->root[i];
        *energy += 0.5 * x[i] * gradient[i];
    }
    return PEL_OK;
}

/* w^2 of the saddle's unstable mode; the surface is a parabola, so that differences give
 * the product itself. */
static pel_status find_unstable(const struct event *event,
                                const struct pel_hessian *hessian, double *unstable,
                                struct pel_error *err)
{
    const struct pel_structure *s = event->vineyard->structure;
    const size_t n = 3 * s->n;
    double *memory = calloc(5 * n, sizeof *memory);
    if (memory == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu coordinates", n);
    double *root = memory, *mode = memory + 2 * n;
    struct pel_random random;
    pel_random_init(&random, 0, 0, 0);
    double norm = 0.0;
    for (size_t i = 0; i < n; i++) {
        root[i] = 1.0 / sqrt(s->mass[s->type[i / 3]]);
        mode[i] = (event->x[FINAL][i] - event->x[INITIAL][i]) / root[i];
        norm += mode[i] * mode[i];
    }
    norm = sqrt(norm / (double)n);
    for (size_t i = 0; i < n; i++)
        mode[i] += norm * pel_random_normal(&random);
    struct weighted weighted = {
        .hessian = hessian, .n = n, .root = root, .v = memory + n};
    const struct pel_surface surface = {
        .n = n, .context = &weighted, .evaluate = weighted_times};
    const struct pel_lanczos_settings lanczos = {.step_A = 1.0,
                                                 .min_vectors = least_vectors,
                                                 .max_vectors = most_vectors,
                                                 .tolerance = mode_tolerance};
    struct pel_lanczos_report report;
    /* Around 0, where the gradient is 0: memory + 3 n and what follows are zeros. */
    pel_status status = pel_lanczos_lowest(&surface, &lanczos, memory + 3 * n,
                                           memory + 4 * n, mode, &report, err);
    *unstable = -report.eigenvalue;
    free(memory);
    return status;
}

/* ln |det| over some atoms, and how many eigenvalues are not positive; dense[(3 n_rows)^2]
 * is scratch. */
static pel_status factorise(const struct pel_hessian *hessian, size_t n_rows,
                            const size_t rows[], double dense[], double *log_det,
                            size_t *negative, struct pel_error *err)
{
    struct pel_symmetric_inertia inertia;
    pel_status status = pel_hessian_dense(hessian, n_rows, rows, dense, err);
    if (status == PEL_OK)
        status = pel_symmetric_inertia(3 * n_rows, dense, &inertia, err);
    if (status != PEL_OK) return status;
    *log_det = inertia.log_abs_det;
    *negative = inertia.negative + inertia.zero;
    return PEL_OK;
}

/* Determinants of the three points, and the unstable mode of the saddle. */
static pel_status factorise_all(const struct event *event, double log_det[N_POINTS],
                                size_t negative[N_POINTS], double *unstable,
                                struct pel_error *err)
{
    const struct pel_vineyard *v = event->vineyard;
    pel_status status = PEL_OK;
    log_det[INITIAL] = v->log_det;
    negative[INITIAL] = 0;
    if (!v->is_whole)
        status = factorise(v->hessian, event->n_region, event->region, event->dense,
                           &log_det[INITIAL], &negative[INITIAL], err);
    for (int p = SADDLE; status == PEL_OK && p < N_POINTS; p++) {
        struct pel_hessian *hessian = NULL;
        status =
            pel_hessian_create(v->potential, v->structure, event->x[p], &hessian, err);
        if (status == PEL_OK)
            status = factorise(hessian, event->n_region, event->region, event->dense,
                               &log_det[p], &negative[p], err);
        if (status == PEL_OK && p == SADDLE)
            status = find_unstable(event, hessian, unstable, err);
        pel_hessian_free(hessian);
    }
    return status;
}

static pel_status compute(struct event *event, struct pel_vineyard_result *result,
                          struct pel_error *err)
{
    pel_status status = PEL_OK;
    for (int p = SADDLE; status == PEL_OK && p < N_POINTS; p++)
        status = converge(event->vineyard, event->x[p], &result->status, err);
    if (status != PEL_OK || result->status != PEL_VINEYARD_DONE) return status;
    align(event);
    status = choose_region(event, &result->core_atoms, err);
    if (status != PEL_OK) return status;
    result->region_atoms = event->n_region;
    if (result->core_atoms == 0 || event->n_region == 0) { /* nothing moves */
        result->status = PEL_VINEYARD_POINT;
        return PEL_OK;
    }
    event->dense = malloc(9 * event->n_region * event->n_region * sizeof(double));
    if (event->dense == NULL)
        return pel_error_set(err, PEL_ENOMEM, "Hessian of %zu atoms", event->n_region);
    double log_det[N_POINTS] = {0.0}, unstable = NAN;
    size_t negative[N_POINTS] = {0};
    status = factorise_all(event, log_det, negative, &unstable, err);
    if (status != PEL_OK) return status;
    if (negative[INITIAL] != 0 || negative[SADDLE] != 1 || negative[FINAL] != 0 ||
        !(unstable > 0.0)) {
        result->status = PEL_VINEYARD_INDEX;
        return PEL_OK;
    }
    result->frequency_Hz =
        pel_vineyard_frequency(log_det[INITIAL], log_det[SADDLE], unstable);
    result->reverse_frequency_Hz =
        pel_vineyard_frequency(log_det[FINAL], log_det[SADDLE], unstable);
    result->unstable_Hz = pel_vineyard_frequency(0.0, 0.0, unstable);
    return PEL_OK;
}

static pel_status check(const struct pel_structure *structure,
                        const struct pel_vineyard_settings *s, struct pel_error *err)
{
    if (!(s->moved_A > 0.0) || !(s->shell_A >= 0.0) || !(s->force_eV_per_A > 0.0))
        return pel_error_set(
            err, PEL_EARG,
            "region of atoms that move %g A with a shell of %g A, points "
            "to %g eV/A: expected numbers > 0",
            s->moved_A, s->shell_A, s->force_eV_per_A);
    if (structure->n < 3)
        return pel_error_set(err, PEL_EARG, "a structure of %zu atoms", structure->n);
    for (size_t k = 0; k < structure->n_species; k++)
        if (!(structure->mass[k] > 0.0))
            return pel_error_set(err, PEL_EARG, "the mass of %s is not known",
                                 structure->species[k]);
    return PEL_OK;
}

/* The determinant at the minimum, and whether it is one. */
static pel_status factorise_minimum(struct pel_vineyard *v, struct pel_error *err)
{
    const size_t rows = v->structure->n - 1;
    size_t negative = 0;
    double *dense = malloc(9 * rows * rows * sizeof *dense);
    if (dense == NULL)
        return pel_error_set(err, PEL_ENOMEM, "Hessian of %zu atoms", rows);
    const pel_status status =
        factorise(v->hessian, rows, NULL, dense, &v->log_det, &negative, err);
    free(dense);
    if (negative > 0) v->status = PEL_VINEYARD_INDEX;
    pel_hessian_free(v->hessian);
    v->hessian = NULL;
    return status;
}

pel_status pel_vineyard_create(const struct pel_potential *potential,
                               const struct pel_structure *structure,
                               const struct pel_vineyard_settings *settings,
                               const double initial[], struct pel_vineyard **out,
                               struct pel_error *err)
{
    *out = NULL;
    pel_status status = check(structure, settings, err);
    if (status != PEL_OK) return status;
    const size_t n = 3 * structure->n;
    struct pel_vineyard *v = calloc(1, sizeof *v);
    if (v == NULL || (v->x = malloc(n * sizeof *v->x)) == NULL) {
        free(v);
        return pel_error_set(err, PEL_ENOMEM, "minimum of %zu coordinates", n);
    }
    v->potential = potential;
    v->structure = structure;
    v->settings = *settings;
    v->is_whole = structure->n <= settings->cell_atoms;
    memcpy(v->x, initial, n * sizeof *v->x);
    status = converge(v, v->x, &v->status, err);
    if (status == PEL_OK)
        status = pel_hessian_create(potential, structure, v->x, &v->hessian, err);
    if (status == PEL_OK && v->is_whole) status = factorise_minimum(v, err);
    if (status != PEL_OK) {
        pel_vineyard_free(v);
        return status;
    }
    *out = v;
    return PEL_OK;
}

void pel_vineyard_free(struct pel_vineyard *vineyard)
{
    if (vineyard == NULL) return;
    free(vineyard->x);
    pel_hessian_free(vineyard->hessian);
    free(vineyard);
}

pel_status pel_vineyard_event(const struct pel_vineyard *vineyard, const double saddle[],
                              const double final[], struct pel_vineyard_result *result,
                              struct pel_error *err)
{
    *result = (struct pel_vineyard_result){.status = vineyard->status,
                                           .frequency_Hz = NAN,
                                           .reverse_frequency_Hz = NAN,
                                           .unstable_Hz = NAN};
    if (vineyard->status != PEL_VINEYARD_DONE) return PEL_OK;
    const size_t n = 3 * vineyard->structure->n;
    struct event event = {.vineyard = vineyard};
    double *points = malloc(2 * n * sizeof *points);
    if (points == NULL)
        return pel_error_set(err, PEL_ENOMEM, "event of %zu coordinates", n);
    event.x[INITIAL] = vineyard->x;
    event.x[SADDLE] = points;
    event.x[FINAL] = points + n;
    memcpy(points, saddle, n * sizeof *points);
    memcpy(points + n, final, n * sizeof *points);
    const pel_status status = compute(&event, result, err);
    free(points);
    free(event.region);
    free(event.dense);
    return status;
}

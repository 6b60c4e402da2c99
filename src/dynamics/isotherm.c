#include "inherent_priv.h"
#include "md_priv.h"
#include "isotherm_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

/* Random streams of a replica (its number, from 1, is the second part of the key). */
enum { STREAM_DYNAMICS };

/* Where a ramp begins, of a structure without velocities [K]. */
static const double room_temperature = 300.0;

struct pel_isotherm_settings pel_isotherm_defaults(void)
{
    struct pel_isotherm_settings s = {
        .seed = 1,
        .replicas = 1,
        .temperature_K = 600.0,
        .ramp_from_K = NAN,
        .ramp_time_ps = 5.0,
        .time_ps = 500.0,
        .is_interval_ps = 50.0,
        .md = pel_md_defaults(),
        .row_interval_ps = 1.0,
        .skin_A = 0.6,
        .threads = 0,
        .relax = PEL_RELAX_ISOTROPIC,
        .pressure_tolerance_bar = 1.0,
        .minimise = pel_minimise_defaults(),
        .checkpoint_interval_ps = 20.0,
    };
    s.md.barostat = &pel_barostat_rescaling;
    s.minimise.force_tolerance = 1e-4;
    return s;
}

static unsigned long long steps_of(const struct pel_isotherm_settings *s, double time_ps)
{
    return (unsigned long long)llround(time_ps / s->md.timestep_ps);
}

/* At least one. */
static unsigned long long interval_of(const struct pel_isotherm_settings *s,
                                      double time_ps)
{
    const unsigned long long steps = steps_of(s, time_ps);
    return steps > 0 ? steps : 1;
}

unsigned long long pel_isotherm_ramp_steps(const struct pel_isotherm_settings *s)
{
    return steps_of(s, s->ramp_time_ps);
}

unsigned long long pel_isotherm_all_steps(const struct pel_isotherm_settings *s)
{
    const double snapshots = round(s->time_ps / s->is_interval_ps);
    return pel_isotherm_ramp_steps(s) +
           (unsigned long long)snapshots * interval_of(s, s->is_interval_ps);
}

static double target_at(const struct pel_isotherm *isotherm, unsigned long long step)
{
    const struct pel_isotherm_settings *s = &isotherm->settings;
    const unsigned long long ramp = pel_isotherm_ramp_steps(s);
    if (step >= ramp) return s->temperature_K;
    const double share = (double)step / (double)ramp, from = isotherm->start.ramp_from_K;
    return from + share * (s->temperature_K - from);
}

static pel_status check_settings(const struct pel_isotherm_settings *s,
                                 struct pel_error *err)
{
    const struct pel_md_positive positive[] = {
        {"temperature", "K", s->temperature_K, 0},
        {"start of the ramp", "K", isnan(s->ramp_from_K) ? 1.0 : s->ramp_from_K, 0},
        {"time of the ramp", "ps", s->ramp_time_ps, 1},
        {"time", "ps", s->time_ps, 1},
        {"time between snapshots", "ps", s->is_interval_ps, 0},
        {"time step", "ps", s->md.timestep_ps, 0},
        {"time between rows", "ps", s->row_interval_ps, 0},
        {"time between checkpoints", "ps", s->checkpoint_interval_ps, 0},
        {"tolerance of the pressure", "bar", s->pressure_tolerance_bar, 0},
    };
    const pel_status status =
        pel_md_check_positive(sizeof positive / sizeof *positive, positive, err);
    if (status != PEL_OK) return status;
    if (s->replicas < 1)
        return pel_error_set(err, PEL_EARG, "there must be one replica at least");
    if (s->threads < 0)
        return pel_error_set(err, PEL_EARG, "%d threads, expected 0 or more", s->threads);
    /* Else a longer run would not go on where a shorter one ended. */
    const double snapshots = s->time_ps / s->is_interval_ps;
    if (!(fabs(snapshots - round(snapshots)) < 1e-9 * fmax(snapshots, 1.0)))
        return pel_error_set(err, PEL_EARG,
                             "the time (%g ps) must be a multiple of the time between "
                             "snapshots (%g ps)",
                             s->time_ps, s->is_interval_ps);
    return PEL_OK;
}

/* Threads in all, and of them those for each replica. */
static int threads_of(const struct pel_isotherm_settings *s, int *of_each)
{
    *of_each = 1;
#ifdef _OPENMP
    const int replicas = s->replicas < 4096 ? (int)s->replicas : 4096;
    if (s->threads == 0)
        return replicas < omp_get_max_threads() ? replicas : omp_get_max_threads();
    if (s->threads > replicas) *of_each = s->threads / replicas;
    return s->threads < replicas ? s->threads : replicas;
#else
    (void)s;
    return 1;
#endif
}

pel_status pel_isotherm_empty(const struct pel_potential *potential,
                              const struct pel_isotherm_settings *settings,
                              struct pel_isotherm **out, struct pel_error *err)
{
    *out = NULL;
    const pel_status status = check_settings(settings, err);
    if (status != PEL_OK) return status;
    struct pel_isotherm *isotherm = calloc(1, sizeof *isotherm);
    if (isotherm == NULL) return pel_error_set(err, PEL_ENOMEM, "an isotherm");
    isotherm->replicas = calloc(settings->replicas, sizeof *isotherm->replicas);
    if (isotherm->replicas == NULL) {
        free(isotherm);
        return pel_error_set(err, PEL_ENOMEM, "%zu replicas", settings->replicas);
    }
    isotherm->potential = potential;
    isotherm->settings = *settings;
    isotherm->settings.md.temperature_K = settings->temperature_K;
    *out = isotherm;
    return PEL_OK;
}

pel_status pel_isotherm_place(struct pel_isotherm *isotherm, size_t k,
                              const struct pel_structure *structure,
                              struct pel_error *err)
{
    struct pel_isotherm_replica *replica = &isotherm->replicas[k];
    const struct pel_isotherm_settings *s = &isotherm->settings;
    pel_status status = pel_forces_create(isotherm->potential, structure, s->skin_A,
                                          &replica->forces, err);
    if (status != PEL_OK) return status;
    int of_each;
    threads_of(s, &of_each);
    status = pel_forces_set_threads(replica->forces, of_each, err);
    if (status != PEL_OK) return status;
    struct pel_random random;
    pel_random_init(&random, s->seed, k + 1, STREAM_DYNAMICS);
    return pel_md_create(pel_md_forces_of(replica->forces), structure, &s->md, &random,
                         &replica->md, err);
}

/* The IS below a configuration, which is left as it is. */
static pel_status descend(const struct pel_isotherm *isotherm, struct pel_forces *forces,
                          const struct pel_structure *from, struct pel_structure **out,
                          struct pel_minimise_report *found, struct pel_error *err)
{
    const struct pel_isotherm_settings *s = &isotherm->settings;
    pel_status status = pel_structure_copy(from, out, err);
    if (status == PEL_OK)
        status = pel_inherent_descend(forces, *out, s->relax, s->pressure_tolerance_bar,
                                      &s->minimise, found, err);
    return status;
}

pel_status pel_isotherm_create(const struct pel_potential *potential,
                               const struct pel_structure *structure,
                               const struct pel_isotherm_settings *settings,
                               struct pel_isotherm **out, struct pel_error *err)
{
    struct pel_structure *is = NULL;
    struct pel_minimise_report found = {0};
    pel_status status = pel_isotherm_empty(potential, settings, out, err);
    if (status != PEL_OK) return status;
    struct pel_isotherm *isotherm = *out;
    struct pel_isotherm_start *start = &isotherm->start;
    for (size_t k = 0; status == PEL_OK && k < settings->replicas; k++)
        status = pel_isotherm_place(isotherm, k, structure, err);
    if (status == PEL_OK)
        status =
            descend(isotherm, isotherm->replicas[0].forces, structure, &is, &found, err);
    pel_structure_free(is);
    if (status != PEL_OK) {
        pel_isotherm_free(isotherm);
        *out = NULL;
        return status;
    }

    /* Velocities that are all 0 are none. */
    const double own = pel_md_temperature(isotherm->replicas[0].md);
    start->e_is_eV_per_atom = found.energy / (double)structure->n;
    start->ramp_from_K = settings->temperature_K;
    if (pel_isotherm_ramp_steps(settings) > 0) {
        start->ramp_from_K = settings->ramp_from_K;
        if (isnan(start->ramp_from_K))
            start->ramp_from_K = own > 0.0 ? own : room_temperature;
    }
    start->drawn_K = (own > 0.0 ? 1.0 : 2.0) * start->ramp_from_K;
    for (size_t k = 0; k < settings->replicas; k++) {
        struct pel_isotherm_replica *replica = &isotherm->replicas[k];
        pel_md_draw_velocities(replica->md, start->drawn_K);
        /* As a resumed run begins. */
        pel_forces_reset(replica->forces);
        status = pel_md_set_forces(replica->md, replica->md->source, err);
        if (status != PEL_OK) break;
    }
    if (status == PEL_OK) return PEL_OK;
    pel_isotherm_free(isotherm);
    *out = NULL;
    return status;
}

void pel_isotherm_free(struct pel_isotherm *isotherm)
{
    if (isotherm == NULL) return;
    for (size_t k = 0; k < isotherm->settings.replicas; k++) {
        struct pel_isotherm_replica *replica = &isotherm->replicas[k];
        pel_md_free(replica->md);
        pel_forces_free(replica->forces);
        free(replica->points);
        free(replica->rows);
    }
    free(isotherm->replicas);
    free(isotherm);
}

static void add(struct pel_isotherm_sums *sums, const struct pel_md *md)
{
    const double n = (double)md->structure->n;
    sums->steps += 1.0;
    sums->temperature += pel_md_temperature(md);
    sums->pressure += pel_md_pressure(md);
    sums->volume += md->structure->cell.volume / n;
    sums->energy += pel_md_total_energy(md) / n;
    sums->potential += md->potential_energy / n;
}

/* Time of a step, 0 at the end of the ramp [ps]. */
static double time_of(const struct pel_isotherm_settings *s, unsigned long long step)
{
    return ((double)step - (double)pel_isotherm_ramp_steps(s)) * s->md.timestep_ps;
}

/* Room for one more in an array; returns the array, which may have moved, or NULL. */
static void *grow(void *array, size_t used, size_t *n_alloc, size_t size)
{
    if (used < *n_alloc) return array;
    const size_t n = *n_alloc > 0 ? 2 * *n_alloc : 64;
    void *more = realloc(array, n * size);
    if (more != NULL) *n_alloc = n;
    return more;
}

static pel_status add_row(const struct pel_isotherm *isotherm,
                          struct pel_isotherm_replica *replica, struct pel_error *err)
{
    const struct pel_isotherm_settings *s = &isotherm->settings;
    const struct pel_isotherm_sums sums = replica->since_row;
    replica->since_row = (struct pel_isotherm_sums){0};
    if (!s->keep_rows) return PEL_OK;
    struct pel_isotherm_row *rows =
        grow(replica->rows, replica->n_rows, &replica->rows_alloc, sizeof *rows);
    if (rows == NULL)
        return pel_error_set(err, PEL_ENOMEM, "a log of %zu rows", replica->n_rows + 1);
    replica->rows = rows;
    rows[replica->n_rows++] = (struct pel_isotherm_row){
        .time_ps = time_of(s, replica->md->step),
        .target_K = target_at(isotherm, replica->md->step),
        .temperature_K = sums.temperature / sums.steps,
        .pressure_bar = sums.pressure / sums.steps,
        .volume_A3_per_atom = sums.volume / sums.steps,
        .energy_eV_per_atom = sums.energy / sums.steps,
        .potential_eV_per_atom = sums.potential / sums.steps,
    };
    return PEL_OK;
}

/* The snapshot that is due. */
static pel_status add_point(const struct pel_isotherm *isotherm, size_t k,
                            struct pel_error *err)
{
    const struct pel_isotherm_settings *s = &isotherm->settings;
    struct pel_isotherm_replica *replica = &isotherm->replicas[k];
    struct pel_isotherm_sums sums = replica->since_point;
    replica->since_point = (struct pel_isotherm_sums){0};
    if (replica->n_points == 0) {
        sums = (struct pel_isotherm_sums){0};
        add(&sums, replica->md);
    }
    struct pel_isotherm_point *points =
        grow(replica->points, replica->n_points, &replica->points_alloc, sizeof *points);
    if (points == NULL)
        return pel_error_set(err, PEL_ENOMEM, "a curve of %zu points",
                             replica->n_points + 1);
    replica->points = points;

    struct pel_structure *is = NULL;
    struct pel_minimise_report found = {0};
    pel_status status =
        descend(isotherm, replica->forces, replica->md->structure, &is, &found, err);
    if (status == PEL_OK) {
        const double n = (double)is->n;
        const double *p = found.pressure_bar;
        struct pel_isotherm_point *point = &points[replica->n_points];
        *point = (struct pel_isotherm_point){
            .time_ps = time_of(s, replica->md->step),
            .e_is_eV_per_atom = found.energy / n,
            .is_pressure_bar = (p[0] + p[1] + p[2]) / 3.0,
            .is_volume_A3_per_atom = is->cell.volume / n,
            .pressure_bar = sums.pressure / sums.steps,
            .temperature_K = sums.temperature / sums.steps,
            .volume_A3_per_atom = sums.volume / sums.steps,
            .energy_eV_per_atom = sums.energy / sums.steps,
        };
        if (s->viewer.see != NULL) {
#ifdef _OPENMP
#pragma omp critical
#endif
            status = s->viewer.see(s->viewer.context, k + 1, point, is, err);
        }
    }
    if (status == PEL_OK) replica->n_points++;
    pel_structure_free(is);
    return status;
}

/* The step of snapshot i (from 0). */
static unsigned long long point_step(const struct pel_isotherm_settings *s, size_t i)
{
    return pel_isotherm_ramp_steps(s) + i * interval_of(s, s->is_interval_ps);
}

/* On to the next row or snapshot, whichever comes first. */
static pel_status next_stop(const struct pel_isotherm *isotherm, size_t k,
                            struct pel_error *err)
{
    const struct pel_isotherm_settings *s = &isotherm->settings;
    struct pel_isotherm_replica *replica = &isotherm->replicas[k];
    struct pel_md *md = replica->md;
    const unsigned long long row_steps = interval_of(s, s->row_interval_ps);
    const unsigned long long point = point_step(s, replica->n_points);
    const unsigned long long row = (md->step / row_steps + 1) * row_steps;
    const unsigned long long end = row < point ? row : point;

    while (md->step < end) {
        pel_status status =
            pel_md_set_temperature(md, target_at(isotherm, md->step + 1), err);
        if (status == PEL_OK) status = pel_md_run(md, 1, err);
        if (status != PEL_OK) return status;
        add(&replica->since_point, md);
        add(&replica->since_row, md);
    }
    pel_status status = PEL_OK;
    if (replica->since_row.steps > 0.0) status = add_row(isotherm, replica, err);
    if (status == PEL_OK && end == point) status = add_point(isotherm, k, err);
    if (status != PEL_OK) return status;

    /* Start the neighbour list afresh, as a run that is resumed here does. */
    pel_forces_reset(replica->forces);
    return pel_md_set_forces(md, md->source, err);
}

/* Whether all that a replica was to do until a step is done. */
static int is_done(const struct pel_isotherm *isotherm, size_t k, unsigned long long end)
{
    const struct pel_isotherm_replica *replica = &isotherm->replicas[k];
    const struct pel_isotherm_settings *s = &isotherm->settings;
    return replica->md->step >= end && point_step(s, replica->n_points) > end;
}

/* What the threads of a round share; touched by one at a time. */
struct shared {
    const struct pel_progress *progress;
    double done, total; /* of all replicas [ps] */
    int stop;           /* no more: asked to, or something failed */
    pel_status status;  /* the first failure, */
    struct pel_error failure;
};

/* Whether to go on, after some more was done. */
static int goes_on(struct shared *shared, double done_ps, pel_status status, size_t k,
                   const struct pel_error *failure)
{
    int on;
#ifdef _OPENMP
#pragma omp critical
#endif
    {
        shared->done += done_ps;
        if (status != PEL_OK && shared->status == PEL_OK)
            shared->status = pel_error_set(&shared->failure, status,
                                           "replica %zu: %.200s", k + 1, failure->text);
        if (shared->status != PEL_OK ||
            pel_progress_report(shared->progress, shared->done, shared->total,
                                "anneal") != PEL_OK)
            shared->stop = 1;
        on = !shared->stop;
    }
    return on;
}

/* One replica up to a step, or until told to stop. */
static void advance(const struct pel_isotherm *isotherm, size_t k, unsigned long long end,
                    struct shared *shared)
{
    const struct pel_md *md = isotherm->replicas[k].md;
    struct pel_error err = {0};
    pel_status status = PEL_OK;
    double done_ps = 0.0;
    while (goes_on(shared, done_ps, status, k, &err) && !is_done(isotherm, k, end)) {
        const double before = pel_md_time(md);
        status = next_stop(isotherm, k, &err);
        done_ps = pel_md_time(md) - before;
    }
}

/* All replicas up to a step, side by side. */
static void advance_all(const struct pel_isotherm *isotherm, unsigned long long end,
                        struct shared *shared)
{
    const size_t n = isotherm->settings.replicas;
#ifdef _OPENMP
    int of_each;
    const int threads = threads_of(&isotherm->settings, &of_each);
    /* Threads of one replica are a team within the team. */
    const int levels = omp_get_max_active_levels();
    if (of_each > 1 && threads > 1 && levels < 2) omp_set_max_active_levels(2);
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (threads > 1)
#endif
    for (size_t k = 0; k < n; k++)
        advance(isotherm, k, end, shared);
#ifdef _OPENMP
    if (omp_get_max_active_levels() != levels) omp_set_max_active_levels(levels);
#endif
}

static pel_status keep(const struct pel_isotherm *isotherm, struct pel_error *err)
{
    const char *path = isotherm->settings.checkpoint_path;
    return path != NULL ? pel_isotherm_save(isotherm, path, err) : PEL_OK;
}

pel_status pel_isotherm_run(struct pel_isotherm *isotherm,
                            const struct pel_progress *progress, struct pel_error *err)
{
    const struct pel_isotherm_settings *s = &isotherm->settings;
    const unsigned long long all = pel_isotherm_all_steps(s);
    const unsigned long long round = interval_of(s, s->checkpoint_interval_ps);
    const double timestep_ps = s->md.timestep_ps;
    struct shared shared = {.progress = progress,
                            .total = (double)all * (double)s->replicas * timestep_ps,
                            .done = (double)pel_isotherm_steps(isotherm) * timestep_ps};
    for (;;) {
        /* In rounds, so that one file can hold all of them: until the one that is furthest
         * behind is past another interval. */
        unsigned long long least = all;
        int done = 1;
        for (size_t k = 0; k < s->replicas; k++) {
            const unsigned long long step = isotherm->replicas[k].md->step;
            if (step < least) least = step;
            done &= is_done(isotherm, k, all);
        }
        if (done) break;
        unsigned long long end = (least / round + 1) * round;
        if (end > all) end = all;
        advance_all(isotherm, end, &shared);
        if (shared.status != PEL_OK) {
            if (err != NULL) *err = shared.failure;
            return shared.status;
        }
        const pel_status status = keep(isotherm, err);
        if (status != PEL_OK) return status;
        if (shared.stop)
            return pel_error_set(err, PEL_ESTOPPED, "interrupted at %g of %g ps%s%s",
                                 shared.done, shared.total,
                                 s->checkpoint_path != NULL ? ", kept in " : "",
                                 s->checkpoint_path != NULL ? s->checkpoint_path : "");
    }
    return PEL_OK;
}

const struct pel_isotherm_start *pel_isotherm_start(const struct pel_isotherm *isotherm)
{
    return &isotherm->start;
}

size_t pel_isotherm_atoms(const struct pel_isotherm *isotherm)
{
    return isotherm->replicas[0].md->structure->n;
}

unsigned long long pel_isotherm_steps(const struct pel_isotherm *isotherm)
{
    unsigned long long steps = 0;
    for (size_t k = 0; k < isotherm->settings.replicas; k++)
        steps += isotherm->replicas[k].md->step;
    return steps;
}

const struct pel_isotherm_point *pel_isotherm_points(const struct pel_isotherm *isotherm,
                                                     size_t replica, size_t *n)
{
    *n = isotherm->replicas[replica - 1].n_points;
    return isotherm->replicas[replica - 1].points;
}

const struct pel_isotherm_row *pel_isotherm_rows(const struct pel_isotherm *isotherm,
                                                 size_t replica, size_t *n)
{
    *n = isotherm->replicas[replica - 1].n_rows;
    return isotherm->replicas[replica - 1].rows;
}

#include "kmc_priv.h"

#include <pelrate/constants.h>

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#ifdef _OPENMP
#include <omp.h>
#endif

static const struct pel_kmc_mode modes[] = {
    {.name = "independent",
     .doc =
         "E_A from the Boltzmann-weighted spectrum, E_R from its own, drawn anew at every "
         "hop: the referee of the closures log-mean and kinetic.",
     .needs_pairs = 0},
    {.name = "joint",
     .doc =
         "Pairs (E_A, E_R) with the Boltzmann weight of E_A, drawn anew at every hop: the "
         "referee of the closure joint. Needs pairs: events, or a joint histogram.",
     .needs_pairs = 1},
    {.name = "paths",
     .doc =
         "Paths that a state keeps: whoever comes back to it finds them again, and the way "
         "back of a hop is the hop reversed. What no closure of averages captures.",
     .keeps_paths = 1},
};

size_t pel_kmc_mode_count(void)
{
    return sizeof modes / sizeof modes[0];
}

const struct pel_kmc_mode *pel_kmc_mode_at(size_t k)
{
    return k < pel_kmc_mode_count() ? &modes[k] : NULL;
}

pel_status pel_kmc_mode_find(const char *name, const struct pel_kmc_mode **out,
                             struct pel_error *err)
{
    *out = NULL;
    for (size_t k = 0; k < pel_kmc_mode_count(); k++)
        if (strcmp(modes[k].name, name) == 0) {
            *out = &modes[k];
            return PEL_OK;
        }
    return pel_error_set(err, PEL_EARG,
                         "mode '%s' is not known, expected independent, joint or paths",
                         name);
}

struct pel_kmc_settings pel_kmc_settings_defaults(void)
{
    return (struct pel_kmc_settings){.mode = &modes[0],
                                     .cells = 1,
                                     .replicas = 100,
                                     .seed = 1,
                                     .threads = 0,
                                     .range = PEL_RANGE_STRICT,
                                     .rows_per_decade = 10.0,
                                     .max_dT_K = 1.0,
                                     .window = 0.2,
                                     .max_hops = 100000000000u,
                                     .max_rows = 1000000};
}

void pel_kmc_free(struct pel_kmc *kmc)
{
    if (kmc == NULL) return;
    free(kmc->rows);
    free(kmc);
}

/* ---- rows -------------------------------------------------------------------------- */

static void free_grid(struct kmc_grid *grid)
{
    free(grid->segment);
    free(grid->tau);
}

/* Hold: decades of time before its end at which rows begin, at most. */
#define MOST_DECADES 30.0

/* How many rows segment k has, the first of them at `from` in a hold [s]. */
static double rows_of_segment(const struct pel_programme *programme, size_t k,
                              double from, const struct pel_kmc_settings *set)
{
    const double dT = pel_programme_corner_temperature(programme, k) -
                      pel_programme_corner_temperature(programme, k - 1);
    if (dT != 0.0) return ceil(fabs(dT) / set->max_dT_K);
    return ceil(log10(pel_programme_segment(programme, k) / from) *
                set->rows_per_decade) +
           1.0;
}

/* When rows begin in a hold: about when the first hop is due from e, or at a tenth. */
static pel_status first_time(const struct pel_landscape *landscape,
                             const struct pel_programme *programme, size_t k, double e,
                             double ln_frequency, struct pel_landscape_scratch *scratch,
                             double *from, struct pel_error *err)
{
    const double lasts = pel_programme_segment(programme, k);
    const double beta = 1.0 / (PEL_KB * pel_programme_corner_temperature(programme, k));
    struct pel_average a;
    const pel_status status = pel_landscape_average(
        landscape, e, beta, PEL_RANGE_EXTRAPOLATE, scratch, &a, err);
    if (status != PEL_OK) return status;
    *from = exp(-(ln_frequency + a.ln_z));
    *from = fmin(fmax(*from, lasts * pow(10.0, -MOST_DECADES)), 0.1 * lasts);
    return PEL_OK;
}

static pel_status make_grid(const struct pel_landscape *landscape,
                            const struct pel_programme *programme, double e,
                            double ln_frequency, const struct pel_kmc_settings *set,
                            struct kmc_grid *grid, struct pel_error *err)
{
    *grid = (struct kmc_grid){0};
    struct pel_landscape_scratch *scratch = NULL;
    const size_t corners = pel_programme_corners(programme);
    double *from = calloc(corners, sizeof *from);
    pel_status status = pel_landscape_scratch_create(landscape, &scratch, err);
    if (status == PEL_OK && from == NULL)
        status = pel_error_set(err, PEL_ENOMEM, "kmc: out of memory");
    double n = 1.0;
    for (size_t k = 1; k < corners && status == PEL_OK; k++) {
        status =
            first_time(landscape, programme, k, e, ln_frequency, scratch, &from[k], err);
        if (status == PEL_OK) n += rows_of_segment(programme, k, from[k], set);
    }
    if (status == PEL_OK && !(n <= (double)set->max_rows))
        status = pel_error_set(err, PEL_ENOCONV, "%.0f rows are wanted, at most %llu", n,
                               (unsigned long long)set->max_rows);
    if (status != PEL_OK) goto done;
    grid->segment = calloc((size_t)n, sizeof *grid->segment);
    grid->tau = calloc((size_t)n, sizeof *grid->tau);
    if (grid->segment == NULL || grid->tau == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "kmc: out of memory");
        goto done;
    }
    grid->n = 1;
    for (size_t k = 1; k < corners; k++) {
        const double lasts = pel_programme_segment(programme, k);
        const int hold = pel_programme_corner_temperature(programme, k) ==
                         pel_programme_corner_temperature(programme, k - 1);
        const size_t m = (size_t)rows_of_segment(programme, k, from[k], set);
        for (size_t i = 1; i <= m; i++) {
            grid->segment[grid->n] = k;
            grid->tau[grid->n++] =
                i == m ? lasts
                : hold ? from[k] * pow(lasts / from[k], (double)(i - 1) / (double)(m - 1))
                       : lasts * (double)i / (double)m;
        }
    }
done:
    free(from);
    pel_landscape_scratch_free(scratch);
    return status;
}

/* ---- replicas ---------------------------------------------------------------------- */

/* Replicas are gathered in so many blocks at most, each in order by one thread, and the
 * blocks in order afterwards: sums do not depend on the number of threads. */
#define MOST_BLOCKS 128

struct block {
    double n;
    double *mean, *spread; /* [rows] Welford's sums; owned with the work */
    int *outside;          /* [rows] */
};

struct work {
    struct kmc_run run;
    const struct pel_landscape *landscape;
    struct pel_ziggurat ziggurat;
    const struct pel_progress *progress;
    size_t n_blocks;
    struct block *blocks; /* [n_blocks] owned */
    double *sums;         /* owned */
    int *outside;         /* owned */
    atomic_int stop;
    uint64_t done; /* replicas; under the lock */
    struct kmc_count count;
    pel_status status; /* of the first replica that failed, in their order */
    uint64_t failed;   /* its number */
    struct pel_error err;
};

static void free_work(struct work *work)
{
    free(work->blocks);
    free(work->sums);
    free(work->outside);
}

static pel_status make_work(struct work *work, struct pel_error *err)
{
    const uint64_t replicas = work->run.set->replicas;
    const size_t rows = work->run.grid->n;
    work->n_blocks = replicas < MOST_BLOCKS ? (size_t)replicas : MOST_BLOCKS;
    work->blocks = calloc(work->n_blocks, sizeof *work->blocks);
    work->sums = calloc(work->n_blocks * rows * 2, sizeof *work->sums);
    work->outside = calloc(work->n_blocks * rows, sizeof *work->outside);
    if (work->blocks == NULL || work->sums == NULL || work->outside == NULL)
        return pel_error_set(err, PEL_ENOMEM, "kmc: out of memory");
    for (size_t b = 0; b < work->n_blocks; b++)
        work->blocks[b] = (struct block){.mean = work->sums + 2 * rows * b,
                                         .spread = work->sums + 2 * rows * b + rows,
                                         .outside = work->outside + rows * b};
    return PEL_OK;
}

static void add_to_block(const struct kmc_run *run, struct block *block,
                         const double e_row[])
{
    block->n += 1.0;
    for (size_t i = 0; i < run->grid->n; i++) {
        const double delta = e_row[i] - block->mean[i];
        block->mean[i] += delta / block->n;
        block->spread[i] += delta * (e_row[i] - block->mean[i]);
        block->outside[i] |= !(e_row[i] >= run->lo && e_row[i] <= run->hi);
    }
}

/* Whether to give up; tells the progress that it goes on. */
static int is_stopped(void *context)
{
    struct work *work = context;
    if (atomic_load(&work->stop) != 0) return 1;
    pel_status status;
#ifdef _OPENMP
#pragma omp critical
#endif
    status = pel_progress_report(work->progress, (double)work->done,
                                 (double)work->run.set->replicas, "replicas");
    return status != PEL_OK;
}

/* One replica is over. Called by one thread at a time. */
static void finish_replica(struct work *work, uint64_t replica, pel_status status,
                           const struct kmc_count *count, const struct pel_error *why)
{
    struct pel_error err = *why;
    work->count.hops += count->hops;
    work->count.proposals += count->proposals;
    if (status == PEL_OK) {
        work->done++;
        status = pel_progress_report(work->progress, (double)work->done,
                                     (double)work->run.set->replicas, "replicas");
        if (status != PEL_OK) pel_error_set(&err, status, "stopped");
    }
    if (status == PEL_OK) return;
    atomic_store(&work->stop, 1);
    /* Replicas that only stopped because another one failed have nothing to say. */
    if (work->status != PEL_OK &&
        (status == PEL_ESTOPPED ||
         (work->status != PEL_ESTOPPED && work->failed < replica)))
        return;
    work->status = status;
    work->failed = replica;
    work->err = err;
}

static pel_status make_source(const struct work *work, struct kmc_source **out,
                              struct pel_error *err)
{
    if (pel_landscape_kind(work->landscape) == PEL_LANDSCAPE_PARAMETRIC)
        return kmc_families_create(work->landscape, &work->ziggurat, out, err);
    const struct pel_kmc_mode *mode = work->run.set->mode;
    return kmc_levels_create(work->landscape, &work->ziggurat,
                             pel_landscape_has_pairs(work->landscape) &&
                                 (mode->needs_pairs || mode->keeps_paths),
                             out, err);
}

/* The replicas of one block. */
static void run_block(struct work *work, size_t b)
{
    const uint64_t replicas = work->run.set->replicas;
    const uint64_t first = replicas * b / work->n_blocks;
    const uint64_t last = replicas * (b + 1) / work->n_blocks;
    struct pel_error err = {0};
    struct kmc_source *source = NULL;
    struct kmc_paths *paths = NULL;
    double *e_row = calloc(work->run.grid->n, sizeof *e_row);
    pel_status status = e_row == NULL
                            ? pel_error_set(&err, PEL_ENOMEM, "kmc: out of memory")
                            : make_source(work, &source, &err);
    if (status == PEL_OK && work->run.set->mode->keeps_paths)
        status = kmc_paths_create(&work->run, pel_landscape_head(work->landscape)->paths,
                                  &paths, &err);
    for (uint64_t r = first; r < last; r++) {
        struct kmc_count count = {0};
        if (atomic_load(&work->stop) != 0) break;
        if (status == PEL_OK)
            status = kmc_walk(&work->run, source, paths, r, e_row, &count, &err);
        if (status == PEL_OK) add_to_block(&work->run, &work->blocks[b], e_row);
#ifdef _OPENMP
#pragma omp critical
#endif
        finish_replica(work, r, status, &count, &err);
        if (status != PEL_OK) break;
    }
    if (source != NULL) source->kind->free(source);
    kmc_paths_free(paths);
    free(e_row);
}

static void run_blocks(struct work *work, size_t threads)
{
#ifdef _OPENMP
    const int n_threads = threads > 0 ? (int)threads : omp_get_max_threads();
#pragma omp parallel for schedule(dynamic, 1) num_threads(n_threads)
#else
    (void)threads;
#endif
    for (size_t b = 0; b < work->n_blocks; b++)
        run_block(work, b);
}

/* Rows from the blocks, in their order (T. F. Chan, G. H. Golub, R. J. LeVeque (1979)). */
static void gather(const struct work *work, struct pel_kmc *out)
{
    const struct kmc_grid *grid = work->run.grid;
    const struct pel_programme *programme = work->run.programme;
    for (size_t i = 0; i < grid->n; i++) {
        double n = 0.0, mean = 0.0, spread = 0.0;
        int outside = 0;
        for (size_t b = 0; b < work->n_blocks; b++) {
            const struct block *block = &work->blocks[b];
            const double delta = block->mean[i] - mean, sum = n + block->n;
            mean += delta * block->n / sum;
            spread += block->spread[i] + delta * delta * n * block->n / sum;
            n = sum;
            outside |= block->outside[i];
        }
        const size_t k = grid->segment[i];
        const double T0 = pel_programme_corner_temperature(programme, k > 0 ? k - 1 : 0);
        const double part =
            k > 0 ? grid->tau[i] / pel_programme_segment(programme, k) : 0.0;
        out->rows[i] = (struct pel_kmc_row){
            .time_s =
                k > 0 ? pel_programme_corner_time(programme, k - 1) + grid->tau[i] : 0.0,
            .temperature_K =
                T0 + part * (pel_programme_corner_temperature(programme, k) - T0),
            .e_is = mean,
            .standard_error = n > 1.0 ? sqrt(spread / (n * (n - 1.0))) : NAN,
            .extrapolated = outside};
    }
    out->n = grid->n;
    out->hops = work->count.hops;
    out->proposals = work->count.proposals;
}

static pel_status check(const struct pel_landscape *landscape, double e_is,
                        const struct pel_kmc_settings *s, struct pel_error *err)
{
    if (!isfinite(e_is))
        return pel_error_set(err, PEL_EARG, "e_is is not a finite number");
    if (s->mode == NULL || s->cells < 1 || s->replicas < 1 || s->max_hops < 1)
        return pel_error_set(err, PEL_EARG,
                             "a mode, and at least 1 cell, replica and hop are needed");
    if (!(s->rows_per_decade > 0.0 && s->max_dT_K > 0.0 && s->window > 0.0))
        return pel_error_set(err, PEL_EARG,
                             "rows_per_decade %g, max_dT_K %g and window %g, expected "
                             "numbers > 0",
                             s->rows_per_decade, s->max_dT_K, s->window);
    if (s->mode->needs_pairs && !pel_landscape_has_pairs(landscape))
        return pel_error_set(err, PEL_EARG,
                             "mode %s needs a landscape of kind events or a joint "
                             "histogram (pairs of E_A and E_R), this one is of kind %s",
                             s->mode->name,
                             pel_landscape_kind_name(pel_landscape_kind(landscape)));
    if (pel_landscape_head(landscape)->equilibrium != NULL)
        return pel_error_set(
            err, PEL_EARG,
            "hops cannot be drawn with an equilibrium line, which replaces "
            "the relaxation energies of the landscape");
    const double lo = pel_landscape_e_is_min(landscape);
    const double hi = pel_landscape_e_is_max(landscape);
    if (s->range == PEL_RANGE_STRICT && !(e_is >= lo && e_is <= hi))
        return pel_error_set(
            err, PEL_ERANGE,
            "e_is = %.9g eV/atom is outside the range [%.9g, %.9g] of the "
            "landscape",
            e_is, lo, hi);
    return PEL_OK;
}

pel_status pel_kmc_run(const struct pel_landscape *landscape,
                       const struct pel_programme *programme, double e_is,
                       const struct pel_kmc_settings *settings,
                       const struct pel_progress *progress, struct pel_kmc **out,
                       struct pel_error *err)
{
    *out = NULL;
    const struct pel_kmc_settings set =
        settings != NULL ? *settings : pel_kmc_settings_defaults();
    pel_status status = check(landscape, e_is, &set, err);
    if (status != PEL_OK) return status;
    const struct pel_landscape_head *head = pel_landscape_head(landscape);
    struct kmc_grid grid = {0};
    struct work work = {
        .run = {.set = &set,
                .programme = programme,
                .grid = &grid,
                .e_start = e_is,
                .lo = pel_landscape_e_is_min(landscape),
                .hi = pel_landscape_e_is_max(landscape),
                .ln_frequency = log(head->attempt_frequency_Hz * head->paths) +
                                log((double)set.cells),
                .per_path = head->attempt_frequency_Hz,
                .per_hop = 1.0 / (head->atoms * (double)set.cells)},
        .landscape = landscape,
        .progress = progress};
    struct pel_kmc *kmc = NULL;
    work.run.is_stopped = is_stopped;
    work.run.context = &work;
    pel_ziggurat_init(&work.ziggurat);
    status =
        make_grid(landscape, programme, e_is, work.run.ln_frequency, &set, &grid, err);
    if (status == PEL_OK) status = make_work(&work, err);
    if (status == PEL_OK)
        status = pel_progress_report(progress, 0.0, (double)set.replicas, "");
    if (status != PEL_OK) goto done;
    run_blocks(&work, set.threads);
    status = work.status;
    if (status != PEL_OK) {
        if (err != NULL) *err = work.err;
        goto done;
    }
    kmc = calloc(1, sizeof *kmc);
    if (kmc != NULL) kmc->rows = calloc(grid.n, sizeof *kmc->rows);
    if (kmc == NULL || kmc->rows == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "kmc: out of memory");
        goto done;
    }
    gather(&work, kmc);
    *out = kmc;
    kmc = NULL;
done:
    pel_kmc_free(kmc);
    free_work(&work);
    free_grid(&grid);
    return status;
}

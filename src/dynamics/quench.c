#include "inherent_priv.h"
#include "md_priv.h"
#include "quench_priv.h"

#include <math.h>
#include <pelrate/constants.h>
#include <stdlib.h>
#include <string.h>

/* Before anything moves, forces of a made-up start come down to this [eV/A], or as far as
 * so many evaluations take them: the melt forgets the rest. */
static const double start_force = 1.0;
enum { START_EVALUATIONS = 200 };

/* Random streams of one seed; 0 belongs to whoever makes the structure. */
enum { STREAM_START, STREAM_DYNAMICS, STREAM_SWAPS, STREAM_SETTLE };

struct pel_quench_settings pel_quench_defaults(void)
{
    struct pel_quench_settings s = {
        .seed = 1,
        .melt_temperature_K = 2000.0,
        .melt_time_ps = 20.0,
        .cool_K_per_ps = 100.0,
        .end_temperature_K = 300.0,
        .anneal_temperature_K = 300.0,
        .anneal_time_ps = 0.0,
        .swap_tries = 0,
        .swap_interval_ps = 0.1,
        .md = pel_md_defaults(),
        .row_interval_ps = 0.5,
        .skin_A = 0.6,
        .threads = 1,
        .relax = PEL_RELAX_ISOTROPIC,
        .pressure_tolerance_bar = 1.0,
        .minimise = pel_minimise_defaults(),
        .settle = pel_settle_defaults(),
        .checkpoint_interval_ps = 5.0,
    };
    s.md.barostat = &pel_barostat_rescaling;
    s.minimise.force_tolerance = 1e-4;
    s.settle.patience = 0;
    return s;
}

static unsigned long long steps_of(double time_ps, double timestep_ps)
{
    return (unsigned long long)llround(time_ps / timestep_ps);
}

static unsigned long long melt_steps(const struct pel_quench_settings *s)
{
    return steps_of(s->melt_time_ps, s->md.timestep_ps);
}

static unsigned long long anneal_steps(const struct pel_quench_settings *s)
{
    return steps_of(s->anneal_time_ps, s->md.timestep_ps);
}

static unsigned long long cool_steps(const struct pel_quench_settings *s, double from_K,
                                     double to_K)
{
    if (!(from_K > to_K)) return 0;
    return (unsigned long long)ceil((from_K - to_K) / s->cool_K_per_ps /
                                    s->md.timestep_ps);
}

/* Steps until the anneal begins, or where there is none, until the end. */
static unsigned long long first_steps(const struct pel_quench_settings *s)
{
    return melt_steps(s) + cool_steps(s, s->melt_temperature_K,
                                      anneal_steps(s) > 0 ? s->anneal_temperature_K
                                                          : s->end_temperature_K);
}

static unsigned long long all_steps(const struct pel_quench_settings *s)
{
    const unsigned long long anneal = anneal_steps(s);
    if (anneal == 0) return first_steps(s);
    return first_steps(s) + anneal +
           cool_steps(s, s->anneal_temperature_K, s->end_temperature_K);
}

/* Target temperature after a number of steps [K]. */
static double target_at(const struct pel_quench_settings *s, unsigned long long step)
{
    const unsigned long long melt = melt_steps(s), first = first_steps(s);
    const unsigned long long anneal = anneal_steps(s);
    const double per_step = s->cool_K_per_ps * s->md.timestep_ps;
    if (step <= melt) return s->melt_temperature_K;
    if (anneal == 0 || step < first)
        return fmax(s->melt_temperature_K - per_step * (double)(step - melt),
                    anneal == 0 ? s->end_temperature_K : s->anneal_temperature_K);
    if (step <= first + anneal) return s->anneal_temperature_K;
    return fmax(s->anneal_temperature_K - per_step * (double)(step - first - anneal),
                s->end_temperature_K);
}

/* Steps between two times of exchanges. */
static unsigned long long swap_steps(const struct pel_quench_settings *s)
{
    const unsigned long long steps = steps_of(s->swap_interval_ps, s->md.timestep_ps);
    return steps > 0 ? steps : 1;
}

static pel_status check_settings(const struct pel_quench_settings *s,
                                 struct pel_error *err)
{
    const struct pel_md_positive positive[] = {
        {"temperature of the melt", "K", s->melt_temperature_K, 0},
        {"time in the melt", "ps", s->melt_time_ps, 1},
        {"cooling rate", "K/ps", s->cool_K_per_ps, 0},
        {"end temperature", "K", s->end_temperature_K, 0},
        {"time of the anneal", "ps", s->anneal_time_ps, 1},
        {"time between exchanges", "ps", s->swap_interval_ps, 0},
        {"time step", "ps", s->md.timestep_ps, 0},
        {"time between rows", "ps", s->row_interval_ps, 0},
        {"time between checkpoints", "ps", s->checkpoint_interval_ps, 0},
        {"tolerance of the pressure", "bar", s->pressure_tolerance_bar, 0},
    };
    const pel_status status =
        pel_md_check_positive(sizeof positive / sizeof *positive, positive, err);
    if (status != PEL_OK) return status;
    if (!(s->end_temperature_K <= s->melt_temperature_K))
        return pel_error_set(
            err, PEL_EARG, "the end temperature (%g K) is above that of the melt (%g K)",
            s->end_temperature_K, s->melt_temperature_K);
    if (s->anneal_time_ps > 0.0 && !(s->anneal_temperature_K >= s->end_temperature_K &&
                                     s->anneal_temperature_K <= s->melt_temperature_K))
        return pel_error_set(err, PEL_EARG,
                             "the anneal (%g K) must be between the end (%g K) and the "
                             "melt (%g K)",
                             s->anneal_temperature_K, s->end_temperature_K,
                             s->melt_temperature_K);
    return PEL_OK;
}

pel_status pel_quench_add_row(struct pel_quench *q, const struct pel_quench_row *row,
                              struct pel_error *err)
{
    if (q->n_rows == q->n_alloc) {
        const size_t n_alloc = q->n_alloc > 0 ? 2 * q->n_alloc : 256;
        struct pel_quench_row *rows = realloc(q->rows, n_alloc * sizeof *rows);
        if (rows == NULL)
            return pel_error_set(err, PEL_ENOMEM, "a record of %zu rows", n_alloc);
        q->rows = rows;
        q->n_alloc = n_alloc;
    }
    q->rows[q->n_rows++] = *row;
    return PEL_OK;
}

pel_status pel_quench_wrap(const struct pel_potential *potential,
                           const struct pel_structure *structure,
                           const struct pel_quench_settings *settings,
                           struct pel_quench **out, struct pel_error *err)
{
    *out = NULL;
    pel_status status = check_settings(settings, err);
    if (status != PEL_OK) return status;
    struct pel_quench *q = calloc(1, sizeof *q);
    if (q == NULL) return pel_error_set(err, PEL_ENOMEM, "a quench");
    q->potential = potential;
    q->settings = *settings;
    q->settings.md.temperature_K = settings->melt_temperature_K;
    status = pel_forces_create(potential, structure, settings->skin_A, &q->forces, err);
    if (status == PEL_OK)
        status = pel_forces_set_threads(q->forces, settings->threads, err);
    if (status != PEL_OK) goto fail;
    struct pel_random random;
    pel_random_init(&random, settings->seed, 0, STREAM_DYNAMICS);
    status = pel_md_create(pel_md_forces_of(q->forces), structure, &q->settings.md,
                           &random, &q->md, err);
    if (status == PEL_OK && settings->swap_tries > 0)
        status = pel_exchange_create(potential, structure, &q->exchange, err);
    if (status != PEL_OK) goto fail;
    pel_random_init(&q->swap_random, settings->seed, 0, STREAM_SWAPS);
    *out = q;
    return PEL_OK;

fail:
    pel_quench_free(q);
    return status;
}

/* Take the strongest forces out of a start that was made up. */
static pel_status soften(const struct pel_potential *potential,
                         const struct pel_quench_settings *settings,
                         struct pel_structure *s, struct pel_error *err)
{
    struct pel_forces *forces = NULL;
    pel_status status = pel_forces_create(potential, s, settings->skin_A, &forces, err);
    if (status != PEL_OK) return status;
    /* Settings have not been checked yet; whoever goes on with them will. */
    if (settings->threads > 1) pel_forces_set_threads(forces, settings->threads, err);
    struct pel_atoms_surface atoms;
    pel_atoms_surface_init(&atoms, forces, &s->cell, s->n);
    struct pel_minimise_settings minimise = pel_minimise_defaults();
    minimise.force_tolerance = start_force;
    minimise.max_evaluations = START_EVALUATIONS;
    struct pel_minimise_report report;
    status = pel_minimise(&atoms.surface, &minimise, s->x, &report, err);
    pel_forces_free(forces);
    return status == PEL_ENOCONV ? PEL_OK : status;
}

pel_status pel_quench_create(const struct pel_potential *potential,
                             const struct pel_structure *structure,
                             const struct pel_quench_settings *settings,
                             struct pel_quench **out, struct pel_error *err)
{
    *out = NULL;
    pel_status status = check_settings(settings, err);
    if (status != PEL_OK) return status;
    struct pel_structure *start = NULL;
    status = pel_structure_copy(structure, &start, err);
    if (status != PEL_OK) return status;
    if (start->v == NULL) status = soften(potential, settings, start, err);
    if (status == PEL_OK) status = pel_quench_wrap(potential, start, settings, out, err);
    if (status == PEL_OK && structure->v == NULL)
        pel_md_draw_velocities((*out)->md, settings->melt_temperature_K);
    pel_structure_free(start);
    return status;
}

void pel_quench_free(struct pel_quench *q)
{
    if (q == NULL) return;
    pel_md_free(q->md);
    pel_exchange_free(q->exchange);
    pel_forces_free(q->forces);
    pel_structure_free(q->glass);
    free(q->rows);
    free(q);
}

/* Run up to a step and add the row of means that ends there. */
static pel_status run_row(struct pel_quench *q, unsigned long long end,
                          struct pel_error *err)
{
    struct pel_md *md = q->md;
    const double n_steps = (double)(end - md->step);
    const double n_atoms = (double)md->structure->n;
    struct pel_quench_row row = {0};
    struct pel_swap_count swaps = {0};
    while (md->step < end) {
        pel_status status =
            pel_md_set_temperature(md, target_at(&q->settings, md->step + 1), err);
        if (status == PEL_OK) status = pel_md_run(md, 1, err);
        if (status == PEL_OK && q->exchange != NULL &&
            md->step % swap_steps(&q->settings) == 0)
            status = pel_swap_run(md, q->exchange, q->settings.swap_tries,
                                  &q->swap_random, &swaps, err);
        if (status != PEL_OK) return status;
        row.temperature_K += pel_md_temperature(md) / n_steps;
        row.pressure_bar += pel_md_pressure(md) / n_steps;
        row.volume_A3_per_atom += md->structure->cell.volume / n_atoms / n_steps;
        row.energy_eV_per_atom += pel_md_total_energy(md) / n_atoms / n_steps;
    }
    row.time_ps = pel_md_time(md);
    row.target_K = target_at(&q->settings, md->step);
    row.swaps_tried = (double)swaps.tried;
    row.swaps_accepted = (double)swaps.accepted;
    const pel_status status = pel_quench_add_row(q, &row, err);
    if (status != PEL_OK) return status;

    /* Start the neighbour list afresh, as a run that is resumed here does. */
    pel_forces_reset(q->forces);
    return pel_md_set_forces(md, md->source, err);
}

/* Run to a step, row by row; keep the state in a file where that is asked for. */
static pel_status advance(struct pel_quench *q, unsigned long long end, const char *what,
                          const struct pel_progress *progress, struct pel_error *err)
{
    const struct pel_quench_settings *s = &q->settings;
    unsigned long long row_steps = steps_of(s->row_interval_ps, s->md.timestep_ps);
    if (row_steps == 0) row_steps = 1;
    const double total = (double)all_steps(s) * s->md.timestep_ps;

    while (q->md->step < end) {
        if (pel_progress_report(progress, pel_md_time(q->md), total, what) != PEL_OK) {
            pel_status status = PEL_OK;
            if (s->checkpoint_path != NULL)
                status = pel_quench_save(q, s->checkpoint_path, err);
            if (status != PEL_OK) return status;
            return pel_error_set(err, PEL_ESTOPPED, "interrupted at %g of %g ps%s%s",
                                 pel_md_time(q->md), total,
                                 s->checkpoint_path != NULL ? ", kept in " : "",
                                 s->checkpoint_path != NULL ? s->checkpoint_path : "");
        }
        unsigned long long row_end = (q->md->step / row_steps + 1) * row_steps;
        if (row_end > end) row_end = end;
        pel_status status = run_row(q, row_end, err);
        if (status != PEL_OK) return status;
        const double now = pel_md_time(q->md);
        if (s->checkpoint_path != NULL &&
            now - q->saved_ps >= s->checkpoint_interval_ps) {
            status = pel_quench_save(q, s->checkpoint_path, err);
            if (status != PEL_OK) return status;
            q->saved_ps = now;
        }
    }
    return PEL_OK;
}

pel_status pel_quench_melt(struct pel_quench *q, const struct pel_progress *progress,
                           struct pel_error *err)
{
    return advance(q, melt_steps(&q->settings), "melt", progress, err);
}

/* The inherent structure below the atoms as they are now. */
static pel_status minimise(struct pel_quench *q, const struct pel_progress *progress,
                           struct pel_quench_report *report, struct pel_error *err)
{
    const struct pel_quench_settings *s = &q->settings;
    pel_structure_free(q->glass);
    q->glass = NULL;
    pel_status status = pel_structure_copy(q->md->structure, &q->glass, err);
    if (status != PEL_OK) return status;
    struct pel_structure *glass = q->glass;
    struct pel_minimise_report found = {0};
    status = pel_inherent_descend(q->forces, glass, s->relax, s->pressure_tolerance_bar,
                                  &s->minimise, &found, err);
    if (status != PEL_OK) return status;

    struct pel_settle_report settled = {0};
    if (s->settle.patience > 0) {
        struct pel_settle_settings settle = s->settle;
        settle.relax = s->relax;
        settle.pressure_tolerance_bar = s->pressure_tolerance_bar;
        settle.minimise = s->minimise;
        struct pel_random random;
        pel_random_init(&random, s->seed, 0, STREAM_SETTLE);
        status = pel_settle(q->forces, glass, &settle, &random, progress, &settled, err);
        if (status != PEL_OK) return status;
        found = settled.minimise;
    }

    const double n = (double)glass->n;
    *report = (struct pel_quench_report){
        .e_is_eV_per_atom = found.energy / n,
        .volume_A3_per_atom = glass->cell.volume / n,
        .pressure_bar =
            (found.pressure_bar[0] + found.pressure_bar[1] + found.pressure_bar[2]) / 3.0,
        .steps = q->md->step,
        .minimise = found,
        .settle = settled,
    };
    for (size_t k = 0; k < q->n_rows; k++) {
        report->swaps.tried += (unsigned long long)q->rows[k].swaps_tried;
        report->swaps.accepted += (unsigned long long)q->rows[k].swaps_accepted;
    }
    double mass = 0.0;
    for (size_t i = 0; i < glass->n; i++)
        mass += glass->mass[glass->type[i]];
    /* kg to g and A^3 to cm^3 */
    report->density_g_per_cm3 = mass * PEL_DALTON * 1e3 / (glass->cell.volume * 1e-24);
    return PEL_OK;
}

pel_status pel_quench_run(struct pel_quench *q, const struct pel_progress *progress,
                          struct pel_quench_report *report, struct pel_error *err)
{
    struct pel_quench_report mine;
    pel_status status = pel_quench_melt(q, progress, err);
    if (status != PEL_OK) return status;
    status = advance(q, all_steps(&q->settings), "cool", progress, err);
    if (status != PEL_OK) return status;
    const char *path = q->settings.checkpoint_path;
    if (path != NULL) status = pel_quench_save(q, path, err);
    if (status != PEL_OK) return status;
    return minimise(q, progress, report != NULL ? report : &mine, err);
}

const struct pel_structure *pel_quench_structure(const struct pel_quench *q)
{
    return q->glass != NULL ? q->glass : q->md->structure;
}

const struct pel_quench_row *pel_quench_rows(const struct pel_quench *q, size_t *n)
{
    *n = q->n_rows;
    return q->rows;
}

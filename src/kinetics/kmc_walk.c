#include "kmc_priv.h"

#include <pelrate/constants.h>

#include <math.h>

/* Hops between two looks at whether to stop. */
#define LOOK_EVERY 65536

/* The same as the landscape's own (RANGE_SLACK in average.c). */
#define RANGE_SLACK 1e-11

/* Windows narrower than this in ln beta are not halved again. */
#define NARROWEST 1e-9

/* Hops to be expected in a window at its hottest moment [1], below which its width does not
 * matter: in the cold. */
#define NEGLIGIBLE_HOPS 1e-9

/* Hops at one temperature before the cells are worth it. */
#define PATIENCE 1000

/* Rows of this segment up to time t are those of the state so far. */
void kmc_fill_rows(struct kmc_walker *w, double t)
{
    const struct kmc_grid *grid = w->run->grid;
    while (w->row < grid->n && grid->segment[w->row] <= w->segment &&
           grid->tau[w->row] <= t)
        w->e_row[w->row++] = w->e;
}

pel_status kmc_check_range(const struct kmc_walker *w, struct pel_error *err)
{
    const struct kmc_run *run = w->run;
    if ((w->e >= run->lo - RANGE_SLACK && w->e <= run->hi + RANGE_SLACK) ||
        run->set->range != PEL_RANGE_STRICT)
        return PEL_OK;
    const double time =
        pel_programme_corner_time(w->run->programme, w->segment - 1) + w->t;
    return pel_error_set(err, PEL_ERANGE,
                         "replica %llu reaches e_is = %.9g eV/atom at %.6g s and %.6g K, "
                         "outside the range [%.9g, %.9g] of the landscape (more cells "
                         "fluctuate less)",
                         (unsigned long long)w->replica, w->e, time,
                         w->T0 + w->slope * w->t, w->run->lo, w->run->hi);
}

pel_status kmc_is_allowed(const struct kmc_walker *w, struct pel_error *err)
{
    const struct kmc_run *run = w->run;
    if (w->count.proposals % LOOK_EVERY == LOOK_EVERY - 1 &&
        run->is_stopped(run->context))
        return pel_error_set(err, PEL_ESTOPPED, "stopped");
    if (w->count.hops >= run->set->max_hops)
        return pel_error_set(
            err, PEL_ENOCONV, "replica %llu: more than %llu hops at %.6g s and %.6g K",
            (unsigned long long)w->replica, (unsigned long long)run->set->max_hops,
            pel_programme_corner_time(run->programme, w->segment - 1) + w->t,
            w->T0 + w->slope * w->t);
    return PEL_OK;
}

/* The cubic of a cell through the nodes at x = -1, 0, 1, 2, x = 0 its lower end. */
static pel_status fill_cell(struct kmc_walker *w, size_t k, double beta,
                            struct pel_error *err)
{
    struct kmc_cells *cells = &w->source->cells;
    double y[4];
    for (int i = 0; i < 4; i++) {
        double ln_z;
        const double e = w->run->lo + ((double)k + i - 1.0) / cells->per_e;
        const pel_status status = w->source->kind->ln_z(w->source, e, beta, &ln_z, err);
        if (status != PEL_OK) return status;
        y[i] = exp(-(w->run->ln_frequency + ln_z));
    }
    double *c = cells->cell[k].c;
    c[0] = y[1];
    c[1] = y[2] - y[0] / 3.0 - 0.5 * y[1] - y[3] / 6.0;
    c[2] = 0.5 * (y[0] + y[2]) - y[1];
    c[3] = (y[3] - y[0]) / 6.0 + 0.5 * (y[1] - y[2]);
    return PEL_OK;
}

/* Mean residence [s] and ln Z at the hottest moment of the window. */
static pel_status residence_at(struct kmc_walker *w, double beta, int tabulated,
                               double *residence, double *ln_z, struct pel_error *err)
{
    const struct kmc_cells *cells = &w->source->cells;
    const double at = (w->e - w->run->lo) * cells->per_e;
    /* The outermost cells are left out: their nodes would lie beyond the range. */
    if (tabulated && at >= 1.0 && at < KMC_CELLS - 1.0) {
        const size_t k = (size_t)at;
        const double *c = cells->cell[k].c, x = at - (double)k;
        if (!(c[0] >= 0.0)) {
            const pel_status status = fill_cell(w, k, beta, err);
            if (status != PEL_OK) return status;
        }
        *residence = c[0] + x * (c[1] + x * (c[2] + x * c[3]));
        *ln_z = w->source->needs_ln_z ? -log(*residence) - w->run->ln_frequency : NAN;
        return PEL_OK;
    }
    const pel_status status = w->source->kind->ln_z(w->source, w->e, beta, ln_z, err);
    if (status == PEL_OK) *residence = exp(-(w->run->ln_frequency + *ln_z));
    return status;
}

/* Make the cells of the source those of this hold. */
static void start_cells(struct kmc_walker *w, double beta)
{
    struct kmc_cells *cells = &w->source->cells;
    if (cells->beta == beta) return;
    cells->beta = beta;
    cells->per_e = KMC_CELLS / (w->run->hi - w->run->lo);
    for (size_t k = 0; k < KMC_CELLS; k++)
        cells->cell[k].c[0] = NAN;
}

double kmc_beta_at(const struct kmc_walker *w, double t)
{
    return 1.0 / (PEL_KB * (w->T0 + w->slope * t));
}

/* Hop until `end`, within one window whose hottest beta is given. */
static pel_status hop_through(struct kmc_walker *w, double end, double beta_hot,
                              struct pel_error *err)
{
    const struct kmc_run *run = w->run;
    struct kmc_source *source = w->source;
    const int steady = w->slope == 0.0 && run->hi > run->lo;
    int tabulated = steady && source->cells.beta == beta_hot;
    for (uint64_t n = 0;; n++) {
        double ln_z = NAN, residence = NAN;
        if (n == PATIENCE && steady) {
            start_cells(w, beta_hot);
            tabulated = 1;
        }
        pel_status status = kmc_is_allowed(w, err);
        if (status == PEL_OK)
            status = residence_at(w, beta_hot, tabulated, &residence, &ln_z, err);
        if (status != PEL_OK) return status;
        const double wait =
            pel_ziggurat_exponential(source->ziggurat, &w->random) * residence;
        if (!(w->t + wait < end)) {
            w->t = end; /* waiting has no memory: start again in the next window */
            return PEL_OK;
        }
        w->count.proposals++;
        double beta = beta_hot;
        if (w->slope != 0.0) {
            const double ln_z_hot = ln_z;
            beta = kmc_beta_at(w, w->t + wait);
            status = source->kind->ln_z(source, w->e, beta, &ln_z, err);
            if (status != PEL_OK) return status;
            if (!(-pel_ziggurat_exponential(source->ziggurat, &w->random) <=
                  ln_z - ln_z_hot)) {
                w->t += wait;
                continue;
            }
        }
        kmc_fill_rows(w, w->t + wait);
        w->t += wait;
        double e_a, e_r;
        source->kind->draw(source, w->e, beta, ln_z, &w->random, &e_a, &e_r);
        w->e += (e_a - e_r) * run->per_hop;
        w->count.hops++;
        status = kmc_check_range(w, err);
        if (status != PEL_OK) return status;
    }
}

/* The end of a window that begins now: the rates at its two ends differ by a factor of at
 * most exp(window). Gives the source its window. */
static pel_status open_window(struct kmc_walker *w, double lasts, double *end,
                              double *beta_hot, struct pel_error *err)
{
    struct kmc_source *source = w->source;
    const double beta0 = kmc_beta_at(w, w->t);
    *end = lasts;
    *beta_hot = beta0;
    if (w->slope == 0.0) return source->kind->window(source, beta0, beta0, err);
    double width = 0.1; /* of the window in ln beta */
    for (;;) {
        const double beta1 =
            w->slope > 0.0 ? beta0 * (1.0 - width) : beta0 * (1.0 + width);
        *end = (1.0 / (PEL_KB * beta1) - w->T0) / w->slope;
        if (!(*end < lasts)) *end = lasts;
        const double beta_end = kmc_beta_at(w, *end);
        *beta_hot = fmin(beta0, beta_end);
        double hot, cold;
        pel_status status =
            source->kind->window(source, *beta_hot, fmax(beta0, beta_end), err);
        if (status == PEL_OK)
            status = source->kind->ln_z(source, w->e, *beta_hot, &hot, err);
        if (status == PEL_OK)
            status = source->kind->ln_z(source, w->e, fmax(beta0, beta_end), &cold, err);
        if (status != PEL_OK) return status;
        const double ln_ratio = hot - cold, allowed = w->run->set->window;
        if (ln_ratio <= allowed || width < NARROWEST) break;
        if (exp(w->run->ln_frequency + hot) * (*end - w->t) <= NEGLIGIBLE_HOPS) break;
        width = fmin(0.5 * width, width * 0.9 * allowed / ln_ratio);
    }
    /* A segment shorter than the resolution of its end is over. */
    if (!(*end > w->t)) *end = lasts;
    return PEL_OK;
}

pel_status kmc_walk(const struct kmc_run *run, struct kmc_source *source,
                    struct kmc_paths *paths, uint64_t replica, double e_row[],
                    struct kmc_count *count, struct pel_error *err)
{
    struct kmc_walker w = {.run = run,
                           .source = source,
                           .replica = replica,
                           .e = run->e_start,
                           .e_row = e_row};
    pel_random_init(&w.random, run->set->seed, replica, 0);
    kmc_fill_rows(&w, 0.0);
    const size_t corners = pel_programme_corners(run->programme);
    pel_status status = PEL_OK;
    if (paths != NULL) kmc_paths_start(paths, &w);
    for (size_t k = 1; k < corners && status == PEL_OK; k++) {
        const double lasts = pel_programme_segment(run->programme, k);
        w.segment = k;
        w.t = 0.0;
        w.T0 = pel_programme_corner_temperature(run->programme, k - 1);
        w.slope = (pel_programme_corner_temperature(run->programme, k) - w.T0) / lasts;
        while (w.t < lasts && status == PEL_OK) {
            double end, beta_hot;
            status = open_window(&w, lasts, &end, &beta_hot, err);
            if (status != PEL_OK) break;
            status = paths != NULL ? kmc_paths_hop(paths, &w, end, beta_hot, err)
                                   : hop_through(&w, end, beta_hot, err);
        }
        if (status == PEL_OK) kmc_fill_rows(&w, lasts);
    }
    *count = w.count;
    return status;
}

#ifndef PEL_TEST_RANDOM_LANDSCAPE_H
#define PEL_TEST_RANDOM_LANDSCAPE_H

/* Landscapes and programmes at random: everything that the readers accept, wild ones
 * included. */

#include <math.h>
#include <pelrate/landscape.h>
#include <pelrate/programme.h>
#include <pelrate/random.h>

/* Between lo and hi, evenly in the logarithm. */
static inline double draw_log(struct pel_random *r, double lo, double hi)
{
    return lo * exp(pel_random_uniform(r) * log(hi / lo));
}

static inline double draw_even(struct pel_random *r, double lo, double hi)
{
    return lo + pel_random_uniform(r) * (hi - lo);
}

static inline struct pel_landscape_head draw_head(struct pel_random *r)
{
    /* One in three is a wild one. */
    const int wild = pel_random_below(r, 3) == 0;
    return (struct pel_landscape_head){
        .atoms = wild ? draw_log(r, 1e-3, 1e9) : draw_log(r, 1.0, 1e4),
        .paths = wild ? draw_log(r, 1e-3, 1e9) : draw_log(r, 1.0, 1e4),
        .attempt_frequency_Hz = wild ? draw_log(r, 1e-10, 1e25) : draw_log(r, 1e11, 1e14),
        .molar_mass_g_per_mol = draw_log(r, 1.0, 300.0)};
}

/* An energy scale: mostly of barriers, sometimes of anything. */
static inline double draw_energy(struct pel_random *r)
{
    return pel_random_below(r, 4) == 0 ? draw_log(r, 1e-9, 1e3) : draw_log(r, 0.02, 4.0);
}

static inline struct pel_landscape *draw_parametric(struct pel_random *r)
{
    const struct pel_landscape_head head = draw_head(r);
    struct pel_landscape_row rows[2 * PEL_FAMILY_PARAMETERS];
    size_t n = 0;
    const double lo = draw_even(r, -6.0, -3.0), range = draw_log(r, 1e-4, 0.5);
    for (int s = 0; s < 2; s++) {
        const struct pel_family *f =
            pel_family_at(pel_random_below(r, pel_family_count()));
        for (size_t k = 0; k < f->n_parameters; k++) {
            const struct pel_family_parameter *q = &f->parameter[k];
            double value = q->unit[0] == 'e' ? draw_energy(r) : draw_log(r, 0.3, 30.0);
            if (q->lower == -INFINITY) value = draw_even(r, -3.0, 2.0);
            struct pel_landscape_row row = {.spectrum =
                                                s == 0 ? PEL_ACTIVATION : PEL_RELAXATION,
                                            .family = f->name,
                                            .parameter = q->name,
                                            .c = {value, 0.0, 0.0}};
            /* A slope that keeps it in its domain over the range. */
            if (pel_random_below(r, 2) == 0)
                row.c[1] = draw_even(r, -0.9, 0.9) * fabs(value) / range;
            if (pel_random_below(r, 4) == 0)
                row.c[2] = draw_even(r, 0.0, 0.9) * fabs(value) / range / range;
            rows[n++] = row;
        }
    }
    struct pel_landscape *l = NULL;
    pel_landscape_create_parametric(&head, lo + 0.5 * range, lo, lo + range, n, rows, &l,
                                    NULL);
    return l;
}

/* Levels that rise by steps of any size. */
static inline size_t draw_levels(struct pel_random *r, double e[8])
{
    const size_t n = 1 + pel_random_below(r, 8);
    e[0] = draw_even(r, -6.0, -3.0);
    for (size_t k = 1; k < n; k++)
        e[k] = e[k - 1] + draw_log(r, 1e-5, 0.05);
    return n;
}

static inline struct pel_landscape *draw_histogram(struct pel_random *r)
{
    enum { MOST = 12 };
    static double lo[8][2][MOST], hi[8][2][MOST], density[8][2][MOST];
    const struct pel_landscape_head head = draw_head(r);
    struct pel_landscape_level levels[8];
    double e[8];
    const size_t n = draw_levels(r, e);
    for (size_t k = 0; k < n; k++) {
        struct pel_histogram h[2];
        for (int s = 0; s < 2; s++) {
            const size_t bins = 1 + pel_random_below(r, MOST);
            double at = pel_random_below(r, 2) == 0 ? 0.0 : draw_energy(r), sum = 0.0;
            for (size_t b = 0; b < bins; b++) {
                if (pel_random_below(r, 4) == 0) at += draw_energy(r);
                lo[k][s][b] = at;
                at += 0.2 * draw_energy(r);
                hi[k][s][b] = at;
                density[k][s][b] =
                    b > 0 && pel_random_below(r, 3) == 0 ? 0.0 : draw_log(r, 1e-6, 1.0);
                sum += density[k][s][b] * (hi[k][s][b] - lo[k][s][b]);
            }
            for (size_t b = 0; b < bins; b++)
                density[k][s][b] /= sum;
            h[s] = (struct pel_histogram){bins, lo[k][s], hi[k][s], density[k][s], NULL};
        }
        levels[k] = (struct pel_landscape_level){e[k], h[0], h[1]};
    }
    struct pel_landscape *l = NULL;
    pel_landscape_create_histogram(&head, n, levels, &l, NULL);
    return l;
}

/* The joint histogram of histograms whose E_A and E_R prefer each other bin by bin. */
static inline struct pel_landscape *draw_joint(struct pel_random *r)
{
    enum { MOST = 12, LEVELS = 8 };
    static double cell[LEVELS][MOST * MOST], density[LEVELS][2][MOST];
    struct pel_landscape *plain = draw_histogram(r), *l = NULL;
    if (plain == NULL) return NULL;
    const double prefer = draw_even(r, 0.0, 3.0);
    struct pel_landscape_level levels[LEVELS];
    struct pel_landscape_cells cells[LEVELS];
    const size_t n = pel_landscape_levels(plain);
    for (size_t k = 0; k < n; k++) {
        struct pel_histogram h[2];
        pel_landscape_histogram(plain, k, PEL_ACTIVATION, &h[0], NULL);
        pel_landscape_histogram(plain, k, PEL_RELAXATION, &h[1], NULL);
        double total = 0.0;
        for (size_t i = 0; i < h[0].n; i++)
            for (size_t j = 0; j < h[1].n; j++) {
                double *c = &cell[k][i * h[1].n + j];
                *c = h[0].density[i] * h[1].density[j] *
                     exp(-prefer * fabs((double)i - (double)j));
                total += *c * (h[0].hi_eV[i] - h[0].lo_eV[i]) *
                         (h[1].hi_eV[j] - h[1].lo_eV[j]);
            }
        for (size_t i = 0; i < MOST; i++)
            density[k][0][i] = density[k][1][i] = 0.0;
        for (size_t i = 0; i < h[0].n; i++)
            for (size_t j = 0; j < h[1].n; j++) {
                double *c = &cell[k][i * h[1].n + j];
                *c /= total;
                density[k][0][i] += *c * (h[1].hi_eV[j] - h[1].lo_eV[j]);
                density[k][1][j] += *c * (h[0].hi_eV[i] - h[0].lo_eV[i]);
            }
        levels[k] =
            (struct pel_landscape_level){pel_landscape_level_e_is(plain, k), h[0], h[1]};
        levels[k].activation.density = density[k][0];
        levels[k].relaxation.density = density[k][1];
        cells[k] = (struct pel_landscape_cells){.density = cell[k]};
    }
    pel_landscape_create_joint(pel_landscape_head(plain), n, levels, cells, &l, NULL);
    pel_landscape_free(plain);
    return l;
}

static inline struct pel_landscape *draw_events(struct pel_random *r)
{
    enum { MOST = 160 };
    const struct pel_landscape_head head = draw_head(r);
    double e[8], values[3][MOST];
    const size_t levels = draw_levels(r, e), n = levels + pel_random_below(r, MOST - 8);
    const double scale = draw_energy(r), width = draw_log(r, 1e-3, 1.0);
    for (size_t i = 0; i < n; i++) {
        values[0][i] = e[i % levels];
        values[1][i] = scale * (1.0 + width * pel_random_uniform(r));
        values[2][i] = pel_random_below(r, 2) == 0 ? values[1][i] * draw_even(r, 0.5, 1.5)
                                                   : draw_energy(r);
    }
    struct pel_landscape *l = NULL;
    pel_landscape_create_events(&head, n, NULL, values[0], values[1], values[2], &l,
                                NULL);
    return l;
}

/* NULL where what was drawn is refused. */
static inline struct pel_landscape *draw_landscape(struct pel_random *r)
{
    switch (pel_random_below(r, 4)) {
    case 0:
        return draw_parametric(r);
    case 1:
        return draw_histogram(r);
    case 2:
        return draw_joint(r);
    default:
        return draw_events(r);
    }
}

/* Ramps and holds between 1 and 3000 K, |rates| from 1e-6 to 1e15 K/s. */
static inline struct pel_programme *draw_programme(struct pel_random *r)
{
    struct pel_programme_row rows[5];
    const size_t n = 2 + pel_random_below(r, 4);
    for (size_t k = 0; k < n; k++)
        rows[k] = (struct pel_programme_row){
            .target_K = pel_random_below(r, 2) == 0 ? draw_log(r, 1.0, 3000.0)
                                                    : draw_even(r, 1.0, 3000.0),
            .rate_K_per_s = draw_log(r, 1e-6, 1e15),
            .hold_s = pel_random_below(r, 2) == 0 ? 0.0 : draw_log(r, 1e-13, 1e13)};
    struct pel_programme *p = NULL;
    pel_programme_create(n, rows, &p, NULL);
    return p;
}

#endif

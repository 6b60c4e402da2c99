#ifndef PEL_TEST_TRUTH_H
#define PEL_TEST_TRUTH_H

/* A landscape that is known, and event landscapes drawn from it: what bands must cover.
 * The known one has fine histograms at the same levels as the drawn ones, so that the same
 * interpolation lies between them. */

#include "../fit/synthetic.h"

#include <pelrate/landscape.h>
#include <stdlib.h>

enum { TRUTH_LEVELS = 3, TRUTH_BINS = 4000 };
static const double truth_e[TRUTH_LEVELS] = {-4.70, -4.68, -4.66};

static const struct pel_landscape_head truth_head = {.name = "known",
                                                     .atoms = 1.0,
                                                     .paths = 1.0,
                                                     .attempt_frequency_Hz = 1e13,
                                                     .molar_mass_g_per_mol = 75.7};

/* Offset, shape and scale of P(E_A), shape and scale of P(E_R) at a level. */
static inline void truth_parameters(size_t level, double activation[3],
                                    double relaxation[2])
{
    activation[0] = 1.17 - 12.0 * (truth_e[level] + 4.68);
    activation[1] = 2.0;
    activation[2] = 0.35;
    relaxation[0] = 90.0;
    relaxation[1] = 1.55 / 90.0;
}

/* The landscape that is known; the spread between samples (tau [eV], normal) smears both
 * spectra out. NULL where there is no memory. Only for tau = 0 without sums. */
static inline struct pel_landscape *truth_make(void)
{
    static double lo[TRUTH_BINS], hi[TRUTH_BINS], density[TRUTH_LEVELS][2][TRUTH_BINS];
    struct pel_landscape_level levels[TRUTH_LEVELS];
    const double width = 8.0 / TRUTH_BINS;
    for (size_t b = 0; b < TRUTH_BINS; b++) {
        lo[b] = width * (double)b;
        hi[b] = width * (double)(b + 1);
    }
    for (size_t l = 0; l < TRUTH_LEVELS; l++) {
        double a[3], r[2];
        truth_parameters(l, a, r);
        for (size_t s = 0; s < 2; s++) {
            const struct pel_family *family =
                pel_family_find(s == 0 ? "shifted_gamma" : "gamma");
            const double *p = s == 0 ? a : r;
            double sum = 0.0;
            for (size_t b = 0; b < TRUTH_BINS; b++) {
                density[l][s][b] =
                    family->cumulative(p, hi[b]) - family->cumulative(p, lo[b]);
                sum += density[l][s][b];
            }
            for (size_t b = 0; b < TRUTH_BINS; b++)
                density[l][s][b] /= sum * (hi[b] - lo[b]);
        }
        levels[l] = (struct pel_landscape_level){
            .e_is_eV_per_atom = truth_e[l],
            .activation = {TRUTH_BINS, lo, hi, density[l][0], NULL},
            .relaxation = {TRUTH_BINS, lo, hi, density[l][1], NULL}};
    }
    struct pel_landscape *l = NULL;
    pel_landscape_create_histogram(&truth_head, TRUTH_LEVELS, levels, &l, NULL);
    return l;
}

/* Events of it: at each level `samples` samples of `events` events; tau [eV] moves both
 * energies of a sample, so that samples differ. */
static inline struct pel_landscape *truth_draw(uint64_t seed, size_t samples,
                                               size_t events, double tau)
{
    const size_t n = TRUTH_LEVELS * samples * events;
    double *values = malloc(3 * n * sizeof *values);
    const char **label = malloc(n * sizeof *label);
    static char names[100][8];
    struct pel_landscape *l = NULL;
    if (values == NULL || label == NULL) goto done;
    for (size_t level = 0, i = 0; level < TRUTH_LEVELS; level++) {
        double a[3], r[2];
        truth_parameters(level, a, r);
        for (size_t s = 0; s < samples; s++) {
            struct pel_random random;
            pel_random_init(&random, seed, level, s);
            snprintf(names[s], sizeof names[s], "s%zu", s % 100);
            const double move = tau * pel_random_normal(&random);
            for (size_t k = 0; k < events; k++, i++) {
                values[i] = truth_e[level];
                values[n + i] = move + synthetic_energy(&random, "shifted_gamma", a);
                values[2 * n + i] = move + synthetic_energy(&random, "gamma", r);
                label[i] = names[s];
            }
        }
    }
    pel_landscape_create_events(&truth_head, n, label, values, values + n, values + 2 * n,
                                &l, NULL);
done:
    free(values);
    free(label);
    return l;
}

#endif

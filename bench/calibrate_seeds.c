/* Does calibration find what made the scans, and are its limits what they say?
 *
 *     calibrate_seeds LANDSCAPE SEEDS NOISE [FIRST_SEED]
 *
 * For each seed: scans of LANDSCAPE (glasses cooled at 20, 200 and 2000 K/s from 900 K,
 * heated at 1 K/s; 350 to 750 K in steps of 1 K), normal noise of NOISE times the height of
 * the exotherm of each; every free parameter moved by 10 to 20 % of itself, up or down; the
 * default fit from there. Counted: limits that contain the truth, for each parameter and
 * for all four at once. */

#include <math.h>
#include <pelrate/calibrate.h>
#include <pelrate/constants.h>
#include <pelrate/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SCANS = 3, POINTS = 401, FREE = 4 };

static double T[POINTS], clean[SCANS][POINTS], height[SCANS], noisy[SCANS][POINTS];
static const double cool[SCANS] = {20.0, 200.0, 2000.0};

static int make_scans(const struct pel_landscape *l, const struct pel_closure *closure,
                      struct pel_error *err)
{
    const double W_per_g = PEL_EV_J_PER_MOL / pel_landscape_head(l)->molar_mass_g_per_mol;
    struct pel_rate *rate = NULL;
    if (pel_rate_create(l, closure, PEL_RANGE_STRICT, &rate, err) != PEL_OK) return -1;
    for (int i = 0; i < POINTS; i++)
        T[i] = 350.0 + i;
    for (int s = 0; s < SCANS; s++) {
        struct pel_sensitivity_settings set = pel_sensitivity_settings_defaults();
        struct pel_sensitivity scan = {.rate = clean[s]};
        set.cool_K_per_s = cool[s];
        set.rtol = 1e-9;
        set.atol = 1e-13;
        if (pel_sensitivity_scan(rate, 0, NULL, &set, POINTS, T, NULL, &scan, err) !=
            PEL_OK)
            return -1;
        for (int i = 0; i < POINTS; i++) {
            clean[s][i] *= -W_per_g;
            height[s] = fmax(height[s], clean[s][i]);
        }
    }
    pel_rate_free(rate);
    return 0;
}

int main(int argc, char **argv)
{
    struct pel_error err = {0};
    struct pel_landscape *truth = NULL;
    const struct pel_closure *closure = NULL;
    struct pel_coefficient c[FREE];
    if (argc < 4 || argc > 5) {
        fputs("usage: calibrate_seeds LANDSCAPE SEEDS NOISE [FIRST_SEED]\n", stderr);
        return 2;
    }
    const int seeds = atoi(argv[2]), first = argc == 5 ? atoi(argv[4]) : 1;
    const double noise = atof(argv[3]);
    if (pel_landscape_read(argv[1], &truth, &err) != PEL_OK ||
        pel_closure_find("log-mean", &closure, &err) != PEL_OK ||
        make_scans(truth, closure, &err) != 0) {
        fprintf(stderr, "calibrate_seeds: %s\n", err.text);
        return 1;
    }
    const size_t n = pel_calibrate_choice(truth, c);
    const double window[2] = {pel_landscape_e_is_min(truth),
                              pel_landscape_e_is_max(truth)};
    int inside[FREE] = {0}, all = 0, failed = 0;
    double off[FREE] = {0.0}, width[FREE] = {0.0};
    const clock_t begin = clock();
    for (int seed = first; seed < first + seeds; seed++) {
        struct pel_random random;
        pel_random_init(&random, (uint64_t)seed, 0, 0);
        struct pel_calibrate_scan scans[SCANS];
        for (int s = 0; s < SCANS; s++) {
            for (int i = 0; i < POINTS; i++)
                noisy[s][i] =
                    clean[s][i] + noise * height[s] * pel_random_normal(&random);
            scans[s] = (struct pel_calibrate_scan){.name = "scan",
                                                   .n = POINTS,
                                                   .T_K = T,
                                                   .heat_flow = noisy[s],
                                                   .cool_K_per_s = cool[s],
                                                   .heat_K_per_s = 1.0,
                                                   .start_K = 900.0,
                                                   .bottom_K = 300.0};
        }
        double values[FREE];
        for (size_t k = 0; k < n; k++) {
            const double by = 0.1 + 0.1 * pel_random_uniform(&random);
            const double sign = pel_random_uniform(&random) < 0.5 ? -1.0 : 1.0;
            values[k] = pel_coefficient_value(truth, &c[k]) * (1.0 + sign * by);
        }
        struct pel_landscape *start = NULL;
        struct pel_calibrate *fit = NULL;
        struct pel_calibrate_settings set = pel_calibrate_settings_defaults();
        set.seed = (uint64_t)seed;
        if (pel_coefficient_replace(truth, n, c, values, window, &start, &err) !=
                PEL_OK ||
            pel_calibrate_run(start, closure, n, c, SCANS, scans, &set, NULL, &fit,
                              &err) != PEL_OK) {
            printf("seed %d: %s\n", seed, err.text);
            failed++;
            pel_landscape_free(start);
            continue;
        }
        int in = 0;
        double rise = 0.0; /* of chi2, from the fit to the truth */
        for (int s = 0; s < SCANS; s++)
            for (int i = 0; i < POINTS; i++)
                rise += (pow(clean[s][i] - noisy[s][i], 2.0) -
                         pow(fit->fitted[s][i] - noisy[s][i], 2.0)) /
                        pow(fit->sigma[s], 2.0);
        printf("seed %d: chi2 rises by %.2f to the truth;", seed, rise);
        for (size_t k = 0; k < n; k++) {
            const struct pel_calibrate_parameter *p = &fit->parameter[k];
            const double want = pel_coefficient_value(truth, &c[k]);
            const int here = p->lower <= want && want <= p->upper;
            printf("  %s%.6g [%.6g, %.6g]", here ? "" : "*", p->value, p->lower,
                   p->upper);
            inside[k] += here;
            in += here;
            off[k] += pow(p->value / want - 1.0, 2.0);
            width[k] += 0.5 * (p->upper - p->lower) / fabs(want);
        }
        printf("  candidates %zu, %zu of %zu agree, %zu evaluations, sigma/noise %.3f\n",
               fit->candidates, fit->agreeing, fit->improved, fit->evaluations,
               fit->sigma[0] / (noise * height[0]));
        fflush(stdout);
        all += in == (int)n;
        pel_calibrate_free(fit);
        pel_landscape_free(start);
    }
    for (size_t k = 0; k < n; k++)
        printf("%-24s inside %d of %d; rms error %.3g %%, mean half width %.3g %%\n",
               c[k].name, inside[k], seeds, 100.0 * sqrt(off[k] / (seeds - failed)),
               100.0 * width[k] / (seeds - failed));
    printf("all of them at once: %d of %d; failed %d; %.2f s a fit\n", all, seeds, failed,
           (double)(clock() - begin) / CLOCKS_PER_SEC / seeds);
    pel_landscape_free(truth);
    return 0;
}

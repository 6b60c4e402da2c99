/* Force calls to a saddle, beside the published figures for the 38-atom Lennard-Jones
 * cluster (optbench.org, transition-state optimisation and minimisation).
 *
 *   bench_lj38 [KEY=VALUE ...]
 *
 * KEY is any setting of a search, as `pelrate sample` names them; lengths and energies
 * are in units of the potential; rows=1 prints a row a start.
 *
 * Saddles: N_STARTS different first-order saddles, found on a walk that begins at the
 * global minimum (the truncated octahedron), none higher than -158; each is displaced by
 * a normal deviate of NOISE in every coordinate, and converged from there, knowing
 * nothing else, until no component of the gradient is above 1e-3 / sqrt(114), so that its
 * norm is below 1e-3 as in OptBench. The set of OptBench differs: its 100 starts are given
 * as files (not stored here), and how far they are from their saddles is not said, so
 * that the figures may be compared in size, not to a few calls. Every evaluation counts,
 * those of the first mode included; the proof of the index, which the OptBench figures
 * leave out, is a row of its own. Failed: no first-order saddle.
 *
 * Minima: N_MINIMA random clusters, positions uniform in a ball in which no two atoms are
 * closer than 0.5, to a gradient of norm below 0.01. */

#include <pelrate/art.h>
#include <pelrate/minimise.h>
#include <pelrate/random.h>
#include <pelrate/sampler.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ATOMS = 38,
    N = 3 * ATOMS,
    N_STARTS = 100,
    N_MINIMA = 200,
    MOST_SEARCHES = 5000,
    MOST_IN_VAIN = 50
};
static const double saddle_norm = 1e-3, minimum_norm = 0.01;
static const double highest = -158.0; /* of the saddles that are taken */
static const double noises[] = {0.03, 0.06, 0.1};
enum { N_NOISES = sizeof noises / sizeof *noises };

static pel_status lennard_jones(void *context, const double x[], double *energy,
                                double g[], struct pel_error *err)
{
    (void)context;
    *energy = 0.0;
    memset(g, 0, N * sizeof *g);
    for (size_t i = 0; i < N; i += 3)
        for (size_t j = 0; j < i; j += 3) {
            const double d[3] = {x[i] - x[j], x[i + 1] - x[j + 1], x[i + 2] - x[j + 2]};
            const double r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
            if (!(r2 > 1e-4)) return pel_error_set(err, PEL_EARG, "atoms overlap");
            const double s6 = 1.0 / (r2 * r2 * r2);
            *energy += 4.0 * s6 * (s6 - 1.0);
            const double slope = 24.0 * s6 * (1.0 - 2.0 * s6) / r2;
            for (size_t c = 0; c < 3; c++) {
                g[i + c] += slope * d[c];
                g[j + c] -= slope * d[c];
            }
        }
    return PEL_OK;
}

static const struct pel_surface surface = {.n = N, .evaluate = lennard_jones};

/* The global minimum: 38 sites of the face-centred cubic lattice around the middle of an
 * octahedron, minimised. */
static pel_status octahedron(double x[], double *energy, struct pel_error *err)
{
    size_t n = 0;
    for (int a = -2; a <= 2; a++)
        for (int b = -2; b <= 2; b++)
            for (int c = -2; c <= 2; c++) {
                if (abs(a + b + c) % 2 == 0 || a * a + b * b + c * c > 5) continue;
                x[n++] = 0.78 * a;
                x[n++] = 0.78 * b;
                x[n++] = 0.78 * c;
            }
    struct pel_minimise_settings settings = pel_minimise_defaults();
    struct pel_minimise_report report;
    settings.force_tolerance = 1e-9;
    pel_status status = pel_minimise(&surface, &settings, x, &report, err);
    *energy = report.energy;
    return status;
}

/* Settings for a cluster whose bonds are 1.1 long. */
static struct pel_art_settings small_steps(void)
{
    struct pel_art_settings s = pel_art_defaults();
    const double length = 0.4; /* of a bond, over that of a metal */
    s.push_step_A *= length;
    s.climb_step_A *= length;
    s.perp_step_A *= length;
    s.lanczos_step_A *= length * 0.1;
    s.push_over_A *= length;
    s.relax_step_A *= length;
    s.connect_distance_A *= length;
    s.climb_threshold_eV_per_A2 = -1.0;
    s.max_barrier_eV = 40.0;
    s.climb_max_vectors = 12;
    s.hold_steps_first = 8; /* a start is near its saddle: the mode changes little */
    s.hold_steps_last = 30;
    s.lost_limit = 100; /* nor need any eigenvalue be negative there yet */
    s.max_force_calls = 5000;
    s.atoms = 2;
    return s;
}

/* Fills saddles[N_STARTS * N]. From a minimum, displaced far enough to be out of its basin,
 * to a saddle; from there, displaced a little, down to the next minimum. */
static pel_status walk(double saddles[], struct pel_error *err)
{
    static const double far = 0.12, near = 0.03; /* normal deviates */
    double minimum[N], x[N], energy, heights[N_STARTS];
    struct pel_art_result result;
    pel_status status = octahedron(minimum, &energy, err);
    if (status != PEL_OK) return status;
    fprintf(stderr, "global minimum %.6f\n", energy);
    status = pel_art_result_init(&result, N, err);
    struct pel_art_settings settings = small_steps();
    settings.saddle_force_eV_per_A = 1e-7;
    struct pel_minimise_settings down = pel_minimise_defaults();
    struct pel_minimise_report report;
    size_t found = 0;
    for (uint64_t k = 0; status == PEL_OK && found < N_STARTS; k++) {
        struct pel_random random;
        pel_random_init(&random, 38, 1, k);
        for (size_t i = 0; i < N; i++)
            x[i] = minimum[i] + far * pel_random_normal(&random);
        status = k < MOST_SEARCHES
                     ? pel_art_saddle(&surface, &settings, x, NULL, &result, err)
                     : pel_error_set(err, PEL_ENOCONV, "%zu saddles in %d searches",
                                     found, (int)MOST_SEARCHES);
        if (status != PEL_OK || result.status != PEL_ART_VALID) continue;
        double height, g[N];
        lennard_jones(NULL, result.saddle, &height, g, NULL);
        if (!(height < highest)) { /* falling apart: from the start again */
            status = octahedron(minimum, &energy, err);
            continue;
        }
        size_t same = 0;
        while (same < found && fabs(heights[same] - height) > 1e-5)
            same++;
        if (same == found) {
            heights[found] = height;
            memcpy(saddles + N * found++, result.saddle, N * sizeof *saddles);
        }
        for (size_t i = 0; i < N; i++)
            minimum[i] = result.saddle[i] + near * pel_random_normal(&random);
        status = pel_minimise(&surface, &down, minimum, &report, err);
    }
    pel_art_result_free(&result);
    return status;
}

static int ascending(const void *a, const void *b)
{
    const double *p = a, *q = b;
    return (*p > *q) - (*p < *q);
}

static void summary(const char *what, size_t n, double calls[], size_t failed)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++)
        sum += calls[k];
    qsort(calls, n, sizeof *calls, ascending);
    printf("%s,%zu,%.0f,%.0f,%.0f,%.0f,%zu\n", what, n + failed, sum / (double)n,
           n > 0 ? calls[n / 2] : NAN, n > 0 ? calls[0] : NAN, n > 0 ? calls[n - 1] : NAN,
           failed);
}

static pel_status converge(const double saddles[],
                           const struct pel_art_settings *settings, double noise,
                           int rows, struct pel_error *err)
{
    double calls[N_STARTS], proof[N_STARTS], x[N];
    size_t done = 0, failed = 0, others = 0;
    struct pel_art_result result;
    pel_status status = pel_art_result_init(&result, N, err);
    for (size_t k = 0; status == PEL_OK && k < N_STARTS; k++) {
        struct pel_random random;
        pel_random_init(&random, 38, 2, k);
        for (size_t i = 0; i < N; i++)
            x[i] = saddles[k * N + i] + noise * pel_random_normal(&random);
        status = pel_art_saddle(&surface, settings, x, NULL, &result, err);
        if (status != PEL_OK) break;
        const double far = pel_art_distance(N, saddles + k * N, result.saddle, 1);
        if (rows)
            printf("# %zu,%s,%zu,%zu,%.3f,%.4f,%.3f,%zu\n", k,
                   pel_art_status_word(result.status), result.climb_calls,
                   result.order_calls, far, result.eigenvalue_eV_per_A2, result.e_a_eV,
                   result.climbs);
        if (result.status != PEL_ART_VALID) {
            failed++;
            continue;
        }
        others += far > 0.5;
        calls[done] = (double)result.climb_calls;
        proof[done++] = (double)result.order_calls;
    }
    pel_art_result_free(&result);
    char what[64];
    snprintf(what, sizeof what, "saddles from noise %g", noise);
    summary(what, done, calls, failed);
    summary("  proof of the index", done, proof, failed);
    printf("#   another saddle than the one displaced: %zu\n", others);
    return status;
}

static pel_status minima(struct pel_error *err)
{
    double calls[N_MINIMA], x[N];
    struct pel_minimise_settings settings = pel_minimise_defaults();
    settings.force_tolerance = minimum_norm / sqrt(N);
    size_t done = 0, failed = 0;
    for (size_t k = 0; k < N_MINIMA; k++) {
        struct pel_random random;
        struct pel_minimise_report report;
        pel_random_init(&random, 38, 3, k);
        for (size_t i = 0; i < N;) {
            double d[3], r2 = 0.0, nearest = INFINITY;
            for (size_t c = 0; c < 3; c++) {
                d[c] = 2.6 * (2.0 * pel_random_uniform(&random) - 1.0);
                r2 += d[c] * d[c];
            }
            for (size_t j = 0; j < i; j += 3)
                nearest = fmin(
                    nearest, hypot(hypot(d[0] - x[j], d[1] - x[j + 1]), d[2] - x[j + 2]));
            if (r2 > 2.6 * 2.6 || nearest < 0.5) continue;
            memcpy(x + i, d, sizeof d);
            i += 3;
        }
        if (pel_minimise(&surface, &settings, x, &report, err) == PEL_OK)
            calls[done++] = (double)report.evaluations;
        else
            failed++;
    }
    summary("minima of random clusters", done, calls, failed);
    return PEL_OK;
}

int main(int argc, char *argv[])
{
    struct pel_error err = {0};
    struct pel_sampler_settings settings = pel_sampler_defaults();
    int rows = 0;
    settings.art = small_steps();
    settings.art.saddle_force_eV_per_A = saddle_norm / sqrt(N);
    pel_status status = PEL_OK;
    for (int k = 1; status == PEL_OK && k < argc; k++) {
        char key[64] = "";
        const char *equals = strchr(argv[k], '=');
        if (strcmp(argv[k], "rows=1") == 0)
            rows = 1;
        else if (equals == NULL || (size_t)(equals - argv[k]) >= sizeof key)
            status = pel_error_set(&err, PEL_EARG, "%s: expected KEY=VALUE", argv[k]);
        else {
            memcpy(key, argv[k], (size_t)(equals - argv[k]));
            status = pel_sampler_set(&settings, pel_sampler_find(key), equals + 1, &err);
        }
    }
    double *saddles = calloc(N_STARTS * N, sizeof *saddles);
    if (saddles == NULL) status = pel_error_set(&err, PEL_ENOMEM, "starts");
    if (status == PEL_OK) status = walk(saddles, &err);
    printf("what,starts,mean,median,least,most,failed\n");
    for (size_t k = 0; status == PEL_OK && k < N_NOISES; k++)
        status = converge(saddles, &settings.art, noises[k], rows, &err);
    if (status == PEL_OK) status = minima(&err);
    free(saddles);
    if (status != PEL_OK) fprintf(stderr, "bench_lj38: %s\n", err.text);
    return status == PEL_OK ? 0 : 1;
}

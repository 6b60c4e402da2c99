/* The surface of mined rates against their number: factorisation, cross-validated fit,
 * bootstrap and curves.
 *
 *   bench_surface [RATES ...]
 *
 * A row: rates, seconds on the wall and of the processor for the surface with 200
 * replicates, for 40 E_IS of its two curves, and what the map says of itself. */

#include <pelrate/random.h>
#include <pelrate/ratemap.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Ageing that is fastest near 750 K and turns at 850 K, with noise. */
static void fill(struct pel_rates *rates)
{
    struct pel_random random;
    pel_random_init(&random, 1, 2, 3);
    for (size_t i = 0; i < rates->n; i++) {
        const double x = 0.02 * pel_random_uniform(&random) - 0.01;
        const double T = 500.0 + 400.0 * pel_random_uniform(&random);
        const double truth = 3e6 * exp(x / 0.004) * (pow((T - 750.0) / 100.0, 2) - 1.0);
        rates->rows[i] = (struct pel_mined){
            x - 4.675, T, truth + 3e5 * pel_random_normal(&random), 3e5, 1};
    }
}

static int measure(size_t n)
{
    struct pel_rates rates = {n, calloc(n, sizeof *rates.rows), NULL, 1};
    struct pel_ratemap *map = NULL;
    struct pel_error err = {0};
    if (rates.rows == NULL) return 1;
    fill(&rates);
    double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    if (pel_ratemap_create(&rates, NULL, NULL, &map, &err) != PEL_OK) {
        printf("%s\n", err.text);
        free(rates.rows);
        return 1;
    }
    const double fit_wall = now(CLOCK_MONOTONIC) - wall;
    const double fit_cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    struct pel_ratemap_curve curve = {0};
    for (int k = 0; k < 40; k++)
        pel_ratemap_curve(map, -4.684 + 0.00045 * k, &curve, &err);
    const struct pel_ratemap_report r = pel_ratemap_report(map);
    printf(
        "%6zu rates: surface %6.2f s (%6.2f of the processor), curves %6.2f s (%6.2f); "
        "%.0f parameters, scatter %.2f, T_ss %.0f K at -4.66645 eV/atom\n",
        n, fit_wall, fit_cpu, now(CLOCK_MONOTONIC) - wall,
        now(CLOCK_PROCESS_CPUTIME_ID) - cpu, r.parameters, r.scatter, curve.T_ss_K.value);
    fflush(stdout);
    pel_ratemap_free(map);
    free(rates.rows);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int k = 1; k < argc; k++)
        failed |= measure((size_t)strtoul(argv[k], NULL, 10));
    if (argc == 1) failed = measure(500) | measure(1500) | measure(3000);
    return failed;
}

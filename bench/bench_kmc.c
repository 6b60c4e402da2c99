/* Hops per second and core of kinetic Monte Carlo: independent mode on R1 and on a sampled
 * landscape, joint mode on the latter, in a hold; by processor time, one thread.
 *
 *   bench_kmc R1.landscape.csv EVENTS.landscape.csv */
#include <pelrate/kmc.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void fail(const struct pel_error *err)
{
    fprintf(stderr, "bench_kmc: %s\n", err->text);
    exit(1);
}

static void measure(const char *path, const char *mode, double e, double T, double t,
                    double cells)
{
    struct pel_error err = {0};
    struct pel_landscape *landscape;
    struct pel_programme *programme;
    struct pel_kmc *kmc;
    struct pel_kmc_settings set = pel_kmc_settings_defaults();
    set.replicas = 4;
    set.threads = 1;
    set.range = PEL_RANGE_EXTRAPOLATE;
    if (pel_landscape_read(path, &landscape, &err) != PEL_OK) fail(&err);
    if (e > 0.0) /* a share of the range */
        e = pel_landscape_e_is_min(landscape) +
            e * (pel_landscape_e_is_max(landscape) - pel_landscape_e_is_min(landscape));
    if (pel_programme_isothermal(T, t, &programme, &err) != PEL_OK) fail(&err);
    if (pel_kmc_mode_find(mode, &set.mode, &err) != PEL_OK) fail(&err);
    set.cells = (uint64_t)cells;
    const clock_t start = clock();
    if (pel_kmc_run(landscape, programme, e, &set, NULL, &kmc, &err) != PEL_OK)
        fail(&err);
    const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    printf("%-12s %-60.60s %10.3g hops, %6.1f ns each, %8.3g per second and core\n", mode,
           pel_landscape_head(landscape)->name, (double)kmc->hops,
           1e9 * seconds / (double)kmc->hops, (double)kmc->hops / seconds);
    pel_kmc_free(kmc);
    pel_programme_free(programme);
    pel_landscape_free(landscape);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: bench_kmc R1.landscape.csv EVENTS.landscape.csv\n");
        return 2;
    }
    for (int k = 0; k < 3; k++)
        measure(argv[1], "independent", -4.672, 700.0, 1.0, 2e7);
    measure(argv[2], "independent", 0.5, 600.0, 1e-12, 2e4);
    measure(argv[2], "joint", 0.5, 600.0, 1e-12, 2e4);
    return 0;
}

/* Speed of the theory on one core, by processor time: maps, scans, tables.
 *
 *   bench_theory R1.landscape.csv                  everything
 *   bench_theory make R1.landscape.csv FOLDER       the landscapes that are made
 *   bench_theory map LANDSCAPE N OUT.bin            the rates of a map of N x N points, and
 *                                                   the seconds that it takes
 *   bench_theory scan LANDSCAPE CLOSURE RTOL ATOL   e_glass, peak, seconds a scan, steps
 *
 * The last three are for the peers (peers/theory.py). Landscapes that are made, from R1: a
 * histogram of 10 levels with 200 bins each, and events of as many levels and pairs
 * as data/cuzr/events.landscape.csv. Both have the glass transition of R1, where real
 * events have none. */
#include <pelrate/dsc.h>
#include <pelrate/map.h>
#include <pelrate/table.h>

#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { LEVELS = 10, BINS = 200, EVENT_LEVELS = 6, EVENTS = 740 };

/* Measured at least so long, and the best of so many times [s]. */
#define SHORTEST 0.25
#define REPEATS  5

static void fail(const struct pel_error *err)
{
    fprintf(stderr, "bench_theory: %s\n", err->text);
    exit(1);
}

static void *need(void *memory)
{
    if (memory == NULL) {
        fprintf(stderr, "bench_theory: out of memory\n");
        exit(1);
    }
    return memory;
}

static double clock_of(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double cpu(void)
{
    return clock_of(CLOCK_PROCESS_CPUTIME_ID);
}

static long peak_kB(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return use.ru_maxrss;
}

static struct pel_landscape *read_landscape(const char *path)
{
    struct pel_landscape *l;
    struct pel_error err = {0};
    if (pel_landscape_read(path, &l, &err) != PEL_OK) fail(&err);
    return l;
}

static struct pel_rate *make_rate(const struct pel_landscape *l, const char *name)
{
    const struct pel_closure *closure;
    struct pel_rate *rate;
    struct pel_error err = {0};
    if (pel_closure_find(name, &closure, &err) != PEL_OK ||
        pel_rate_create(l, closure, PEL_RANGE_STRICT, &rate, &err) != PEL_OK)
        fail(&err);
    return rate;
}

/* ---- landscapes -------------------------------------------------------------------- */

static double level_e_is(const struct pel_landscape *r1, int k, int n)
{
    const double lo = pel_landscape_e_is_min(r1), hi = pel_landscape_e_is_max(r1);
    return lo + (hi - lo) * k / (n - 1);
}

/* Bins of 0.025 eV of a family. */
static struct pel_histogram bin(const struct pel_landscape *r1, double e,
                                enum pel_landscape_spectrum which)
{
    const struct pel_family *family;
    double p[PEL_FAMILY_PARAMETERS], sum = 0.0;
    struct pel_error err = {0};
    if (pel_landscape_parameters(r1, e, which, &family, p, &err) != PEL_OK) fail(&err);
    double *edges = need(calloc(2 * BINS + 1, sizeof *edges));
    double *density = edges + BINS + 1;
    for (int i = 0; i <= BINS; i++)
        edges[i] = 0.025 * i;
    for (int i = 0; i < BINS; i++) {
        density[i] =
            family->cumulative(p, edges[i + 1]) - family->cumulative(p, edges[i]);
        sum += density[i] * (edges[i + 1] - edges[i]);
    }
    for (int i = 0; i < BINS; i++)
        density[i] /= sum;
    return (struct pel_histogram){
        .n = BINS, .lo_eV = edges, .hi_eV = edges + 1, .density = density};
}

static struct pel_landscape *make_histogram(const struct pel_landscape *r1)
{
    struct pel_landscape_level levels[LEVELS];
    struct pel_landscape *l;
    struct pel_error err = {0};
    for (int k = 0; k < LEVELS; k++) {
        const double e = level_e_is(r1, k, LEVELS);
        levels[k] =
            (struct pel_landscape_level){.e_is_eV_per_atom = e,
                                         .activation = bin(r1, e, PEL_ACTIVATION),
                                         .relaxation = bin(r1, e, PEL_RELAXATION)};
    }
    if (pel_landscape_create_histogram(pel_landscape_head(r1), LEVELS, levels, &l,
                                       &err) != PEL_OK)
        fail(&err);
    for (int k = 0; k < LEVELS; k++) {
        free((void *)(uintptr_t)levels[k].activation.lo_eV);
        free((void *)(uintptr_t)levels[k].relaxation.lo_eV);
    }
    return l;
}

/* Energy below which part u of a family lies. */
static double quantile(const struct pel_family *family, const double p[], double u)
{
    double lo = 0.0, hi = 50.0;
    for (int i = 0; i < 60; i++) {
        const double mid = 0.5 * (lo + hi);
        if (family->cumulative(p, mid) < u)
            lo = mid;
        else
            hi = mid;
    }
    return 0.5 * (lo + hi);
}

/* Barriers at even quantiles; relaxation energies too, in the order of the golden ratio, so that
 * any few barriers have them all. */
static struct pel_landscape *make_events(const struct pel_landscape *r1)
{
    enum { N = EVENT_LEVELS * EVENTS };
    static double e_is[N], e_a[N], e_r[N];
    struct pel_landscape *l;
    struct pel_error err = {0};
    for (int i = 0; i < N; i++) {
        const struct pel_family *family;
        double p[PEL_FAMILY_PARAMETERS];
        e_is[i] = level_e_is(r1, i / EVENTS, EVENT_LEVELS);
        if (pel_landscape_parameters(r1, e_is[i], PEL_ACTIVATION, &family, p, &err) !=
            PEL_OK)
            fail(&err);
        e_a[i] = quantile(family, p, (i % EVENTS + 0.5) / EVENTS);
        if (pel_landscape_parameters(r1, e_is[i], PEL_RELAXATION, &family, p, &err) !=
            PEL_OK)
            fail(&err);
        e_r[i] = quantile(family, p, fmod(0.5 + 0.6180339887498949 * i, 1.0));
    }
    if (pel_landscape_create_events(pel_landscape_head(r1), N, NULL, e_is, e_a, e_r, &l,
                                    &err) != PEL_OK)
        fail(&err);
    return l;
}

static void write_landscape(const struct pel_landscape *l, const char *folder,
                            const char *name)
{
    char path[4096];
    struct pel_error err = {0};
    snprintf(path, sizeof path, "%s/%s.landscape.csv", folder, name);
    FILE *stream = need(fopen(path, "w"));
    fputs("# format: pelrate-landscape 1\n", stream);
    if (pel_landscape_write(l, stream, &err) != PEL_OK) fail(&err);
    fclose(stream);
}

/* ---- maps -------------------------------------------------------------------------- */

struct map {
    size_t n_e, n_T;
    double *e_is, *T, *rates;
};

static struct map make_map(const struct pel_landscape *l, size_t n_e, size_t n_T)
{
    struct map m = {.n_e = n_e, .n_T = n_T};
    m.e_is = need(calloc(n_e, sizeof *m.e_is));
    m.T = need(calloc(n_T, sizeof *m.T));
    m.rates = need(calloc(n_e * n_T, sizeof *m.rates));
    const double lo = pel_landscape_e_is_min(l), hi = pel_landscape_e_is_max(l);
    for (size_t i = 0; i < n_e; i++)
        m.e_is[i] = lo + (hi - lo) * (double)i / (double)(n_e - 1);
    for (size_t j = 0; j < n_T; j++)
        m.T[j] = 300.0 + 900.0 * (double)j / (double)(n_T - 1);
    return m;
}

static void free_map(struct map *m)
{
    free(m->e_is);
    free(m->T);
    free(m->rates);
}

static double best_map(struct pel_rate *rate, struct map *m)
{
    double best = INFINITY;
    struct pel_error err = {0};
    const double begin = cpu();
    for (int k = 0; k < REPEATS || cpu() - begin < SHORTEST; k++) {
        const double start = cpu();
        if (pel_map_rates(rate, m->n_e, m->e_is, m->n_T, m->T, NULL, m->rates, NULL,
                          &err) != PEL_OK)
            fail(&err);
        best = fmin(best, cpu() - start);
    }
    return best;
}

/* By pel_map_run, everything at every point. */
static double plain_map(struct pel_rate *rate, const struct map *m, double *off)
{
    struct pel_error err = {0};
    struct pel_rate_point *points = need(calloc(m->n_e * m->n_T, sizeof *points));
    const double start = cpu();
    if (pel_map_run(rate, m->n_e, m->e_is, m->n_T, m->T, NULL, points, &err) != PEL_OK)
        fail(&err);
    const double seconds = cpu() - start;
    *off = 0.0;
    for (size_t k = 0; k < m->n_e * m->n_T; k++) {
        const struct pel_rate_point *p = &points[k];
        const double hops = p->rate / (p->e_x - p->e_r);
        *off = fmax(*off,
                    fabs(m->rates[k] - p->rate) / (hops * (fabs(p->e_x) + fabs(p->e_r))));
    }
    free(points);
    return seconds;
}

static void measure_maps(const struct pel_landscape *l, const char *name,
                         const char *closure)
{
    struct pel_rate *rate = make_rate(l, closure);
    const size_t sizes[][2] = {{1000, 250}, {1000, 500}, {1000, 1000}, {2000, 1000}};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        struct map m = make_map(l, sizes[k][0], sizes[k][1]);
        const double seconds = best_map(rate, &m);
        printf("map  %-9s %-8s %4zu x %4zu: %7.2f ms, %5.2f ns a point, peak %ld kB",
               name, closure, m.n_e, m.n_T, 1e3 * seconds,
               1e9 * seconds / (double)(m.n_e * m.n_T), peak_kB());
        if (m.n_e * m.n_T <= 250000) {
            double off;
            const double plain = plain_map(rate, &m, &off);
            printf("; point by point %.1f ms, off by %.1e", 1e3 * plain, off);
        }
        printf("\n");
        free_map(&m);
    }
    pel_rate_free(rate);
}

/* ---- scans ------------------------------------------------------------------------- */

/* Accuracy asked for: e_glass [eV/atom] and peak [K] against a tight reference. */
#define GLASS_OFF 1e-7
#define PEAK_OFF  0.05

static struct pel_dsc *scan(struct pel_rate *rate, const struct pel_dsc_settings *set)
{
    struct pel_dsc *dsc;
    struct pel_error err = {0};
    if (pel_dsc_run(rate, set, NULL, &dsc, &err) != PEL_OK) fail(&err);
    return dsc;
}

static struct pel_dsc_settings scan_settings(double rtol, double atol)
{
    struct pel_dsc_settings set = pel_dsc_settings_defaults();
    set.cool_K_per_s = 200.0;
    set.heat_K_per_s = 1.0;
    set.ageing.rtol = rtol;
    set.ageing.atol = atol;
    return set;
}

/* Rows as far apart as a peak needs them. */
static struct pel_dsc_settings asked_settings(double rtol, double atol)
{
    struct pel_dsc_settings set = scan_settings(rtol, atol);
    set.ageing.max_dT_K = 2.0;
    return set;
}

static double best_scan(struct pel_rate *rate, const struct pel_dsc_settings *set)
{
    double best = INFINITY;
    const double begin = cpu();
    for (int k = 0; k < REPEATS || cpu() - begin < SHORTEST; k++) {
        enum { SCANS = 20 };
        const double start = cpu();
        for (int i = 0; i < SCANS; i++)
            pel_dsc_free(scan(rate, set));
        best = fmin(best, (cpu() - start) / SCANS);
    }
    return best;
}

/* rtol, atol: those that keep to the accuracy asked for with a margin, found by trying. */
static void measure_scans(const struct pel_landscape *l, const char *name,
                          const char *closure, double rtol, double atol)
{
    struct pel_rate *rate = make_rate(l, closure);
    const struct pel_dsc_settings tight = scan_settings(1e-9, 1e-13);
    struct pel_dsc *want = scan(rate, &tight);
    const struct {
        const char *what;
        struct pel_dsc_settings set;
    } tries[] = {{"defaults", scan_settings(1e-8, 1e-12)},
                 {"as asked", asked_settings(rtol, atol)}};
    for (size_t k = 0; k < sizeof tries / sizeof tries[0]; k++) {
        struct pel_dsc *got = scan(rate, &tries[k].set);
        const double glass = got->peaks.e_glass - want->peaks.e_glass;
        const double peak = got->peaks.peak_K - want->peaks.peak_K;
        const double seconds = best_scan(rate, &tries[k].set);
        printf("scan %-9s %-8s %s: %7.1f us, %6.0f a second; %zu steps, %zu evaluations, "
               "%zu rows; e_glass off by %8.1e eV/atom, peak by %7.4f K%s\n",
               name, closure, tries[k].what, 1e6 * seconds, 1.0 / seconds,
               got->stats.steps, got->stats.evaluations, got->n, glass, peak,
               fabs(glass) <= GLASS_OFF && fabs(peak) <= PEAK_OFF ? "" : " TOO MUCH");
        pel_dsc_free(got);
    }
    pel_dsc_free(want);
    pel_rate_free(rate);
}

/* ---- threads and tables ---------------------------------------------------------------- */

/* One thread's share: maps and scans with a rate of its own. */
struct share {
    const struct pel_landscape *map, *scan;
};

static void *work(void *context)
{
    const struct share *share = context;
    struct pel_rate *map = make_rate(share->map, "log-mean");
    struct pel_rate *scans = make_rate(share->scan, "log-mean");
    const struct pel_dsc_settings set = asked_settings(3e-5, 1e-7);
    struct map m = make_map(share->map, 1000, 1000);
    struct pel_error err = {0};
    for (int k = 0; k < 40; k++) {
        if (pel_map_rates(map, m.n_e, m.e_is, m.n_T, m.T, NULL, m.rates, NULL, &err) !=
            PEL_OK)
            fail(&err);
        for (int i = 0; i < 15; i++)
            pel_dsc_free(scan(scans, &set));
    }
    free_map(&m);
    pel_rate_free(map);
    pel_rate_free(scans);
    return NULL;
}

/* The same for each of one and two threads: twice the work in the same time, if there are two
 * cores; twice the processor time in any case. */
static void measure_threads(const struct pel_landscape *histogram,
                            const struct pel_landscape *r1)
{
    struct share share = {.map = histogram, .scan = r1};
    double wall[2], used[2];
    for (int n = 1; n <= 2; n++) {
        pthread_t thread[2];
        wall[n - 1] = -clock_of(CLOCK_MONOTONIC);
        used[n - 1] = -cpu();
        for (int k = 0; k < n; k++)
            if (pthread_create(&thread[k], NULL, work, &share) != 0) exit(1);
        for (int k = 0; k < n; k++)
            pthread_join(thread[k], NULL);
        wall[n - 1] += clock_of(CLOCK_MONOTONIC);
        used[n - 1] += cpu();
    }
    printf("two threads, 40 maps and 600 scans each: %.2f times the throughput of one, "
           "processor time %.2f times; peak %ld kB\n",
           2.0 * wall[0] / wall[1], used[1] / used[0], peak_kB());
}

static void measure_table(void)
{
    enum { ROWS = 100000 };
    FILE *stream = need(tmpfile());
    const double start = cpu();
    for (int i = 0; i < ROWS; i++) {
        const double T = 300.0 + 0.5 * (i % 1000), e = -4.7 + 1e-3 * (i / 1000);
        const double row[] = {e, T, -exp(30.0 - 2e4 * (1.0 + 3.0 * (e + 4.7)) / T)};
        pel_table_put_row(stream, sizeof row / sizeof row[0], row);
    }
    fflush(stream);
    const double seconds = cpu() - start, bytes = (double)ftell(stream);
    printf("a table of %d rows like those of a map: %.1f MB/s, %.0f ns a number\n", ROWS,
           1e-6 * bytes / seconds, 1e9 * seconds / (3.0 * ROWS));
    fclose(stream);
}

/* ---- for the peers ------------------------------------------------------------------- */

static int make(const char *r1_path, const char *folder)
{
    struct pel_landscape *r1 = read_landscape(r1_path);
    struct pel_landscape *made[] = {make_histogram(r1), make_events(r1)};
    const char *names[] = {"histogram", "events"};
    for (int k = 0; k < 2; k++) {
        write_landscape(made[k], folder, names[k]);
        pel_landscape_free(made[k]);
    }
    pel_landscape_free(r1);
    return 0;
}

static int map_for_peers(const char *path, size_t n, const char *out)
{
    struct pel_landscape *l = read_landscape(path);
    struct pel_rate *rate = make_rate(l, "log-mean");
    struct map m = make_map(l, n, n);
    printf("%.9g\n", best_map(rate, &m));
    FILE *stream = need(fopen(out, "wb"));
    fwrite(m.rates, sizeof *m.rates, n * n, stream);
    const int failed = fclose(stream) != 0;
    free_map(&m);
    pel_rate_free(rate);
    pel_landscape_free(l);
    return failed;
}

/* "e_glass peak seconds-a-scan steps" */
static int scan_for_peers(const char *path, const char *closure, double rtol, double atol)
{
    struct pel_landscape *l = read_landscape(path);
    struct pel_rate *rate = make_rate(l, closure);
    const struct pel_dsc_settings set = asked_settings(rtol, atol);
    struct pel_dsc *got = scan(rate, &set);
    printf("%.12f %.9f %.9g %zu\n", got->peaks.e_glass, got->peaks.peak_K,
           best_scan(rate, &set), got->stats.steps);
    pel_dsc_free(got);
    pel_rate_free(rate);
    pel_landscape_free(l);
    return 0;
}

static int measure_all(const char *r1_path)
{
    struct pel_landscape *r1 = read_landscape(r1_path);
    struct pel_landscape *histogram = make_histogram(r1), *events = make_events(r1);
    measure_maps(histogram, "histogram", "log-mean");
    measure_maps(histogram, "histogram", "kinetic");
    measure_maps(events, "events", "joint");
    measure_scans(r1, "R1", "log-mean", 3e-5, 1e-7);
    measure_scans(histogram, "histogram", "log-mean", 3e-5, 1e-7);
    measure_scans(events, "events", "log-mean", 1e-5, 3e-8);
    measure_scans(events, "events", "joint", 1e-5, 3e-8);
    measure_threads(histogram, r1);
    measure_table();
    pel_landscape_free(events);
    pel_landscape_free(histogram);
    pel_landscape_free(r1);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2) return measure_all(argv[1]);
    if (argc == 4 && strcmp(argv[1], "make") == 0) return make(argv[2], argv[3]);
    if (argc == 5 && strcmp(argv[1], "map") == 0)
        return map_for_peers(argv[2], strtoul(argv[3], NULL, 10), argv[4]);
    if (argc == 6 && strcmp(argv[1], "scan") == 0)
        return scan_for_peers(argv[2], argv[3], atof(argv[4]), atof(argv[5]));
    fprintf(stderr, "usage: bench_theory R1.landscape.csv\n"
                    "       bench_theory make R1.landscape.csv FOLDER\n"
                    "       bench_theory map LANDSCAPE N OUT.bin\n"
                    "       bench_theory scan LANDSCAPE CLOSURE RTOL ATOL\n");
    return 2;
}

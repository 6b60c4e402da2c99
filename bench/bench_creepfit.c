/* Coverage and cost of the creep fit: curves of S1 to S4 with 1 % noise, fitted back from
 * starts that know nothing. Prints, for each sample and parameter, in how many of the seeds
 * the truth lies inside the 95 % interval, how often the parameter counts as determined,
 * and how often it does with the truth outside; and the processor time of a fit, without
 * and with the profiles behind the intervals.
 *
 * The compliances are held at their values, as the paper takes them from elsewhere, unless
 * told `free`. SAMPLES: digits, 1234 for all of them.
 *
 * usage: bench_creepfit PARAMETERS [SEEDS [FIRST_s LAST_s [STARTS [held|free [SAMPLES]]]]] */

#include <pelrate/creepfit.h>
#include <pelrate/random.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { POINTS = 200, N = PEL_CREEPFIT_PARAMETERS };

static double truth_of(const struct pel_qpd *q, size_t k)
{
    if (k == 0) return q->elastic_per_GPa;
    const struct pel_qpd_part *p = &q->part[(k - 1) / 3];
    return (k - 1) % 3 == 0 ? p->B : (k - 1) % 3 == 1 ? p->tau_s : p->compliance_per_GPa;
}

int main(int argc, char **argv)
{
    static const char *const names[N] = {"J_el",   "B_b",  "tau_b", "J_b",    "B_an",
                                         "tau_an", "J_an", "B_vp",  "tau_vp", "J_vp"};
    if (argc < 2) return 2;
    const int seeds = argc > 2 ? atoi(argv[2]) : 100;
    const double first = argc > 4 ? atof(argv[3]) : 1e-5,
                 last = argc > 4 ? atof(argv[4]) : 1e11;
    struct pel_creepfit_settings set = pel_creepfit_settings_defaults();
    if (argc > 5) set.starts = (size_t)atoi(argv[5]);
    const int hold = argc <= 6 || strcmp(argv[6], "free") != 0;
    const char *samples = argc > 7 ? argv[7] : "1234";
    printf("sample,seeds,all_inside,fit_cpu_ms,with_intervals_cpu_ms,iterations,agree");
    for (int k = 0; k < N; k++)
        printf(",%s_inside,%s_determined,%s_wrong", names[k], names[k], names[k]);
    printf("\n");
    for (int sample = 1; sample <= 4; sample++) {
        char name[3] = {'S', (char)('0' + sample), 0};
        struct pel_qpd qpd;
        struct pel_error err = {0};
        if (strchr(samples, '0' + sample) == NULL) continue;
        struct pel_creep *creep = NULL;
        if (pel_qpd_read(argv[1], name, &qpd, &err) != PEL_OK ||
            pel_creep_create(&qpd, NULL, &creep, &err) != PEL_OK) {
            fprintf(stderr, "%s\n", err.text);
            return 1;
        }
        if (hold) {
            set.start = pel_qpd_none();
            set.start.elastic_per_GPa = qpd.elastic_per_GPa;
            for (int c = 0; c < PEL_QPD_COMPONENTS; c++)
                set.start.part[c].compliance_per_GPa = qpd.part[c].compliance_per_GPa;
            set.hold = 1u | 1u << 3 | 1u << 6 | 1u << 9;
        }
        int inside[N] = {0}, determined[N] = {0}, wrong[N] = {0}, all = 0;
        size_t iterations = 0, agree = 0;
        double cpu = 0.0, cpu_fit = 0.0;
        for (int seed = 0; seed < seeds; seed++) {
            double t[POINTS], J[POINTS];
            struct pel_random random;
            pel_random_init(&random, (uint64_t)seed + 1, (uint64_t)sample, 0);
            for (int i = 0; i < POINTS; i++) {
                struct pel_creep_point p;
                t[i] = first * pow(last / first, i / (POINTS - 1.0));
                pel_creep_at(creep, t[i], &p);
                J[i] = p.total * (1.0 + 0.01 * pel_random_normal(&random));
            }
            const struct pel_creepfit_data data = {
                .n = POINTS, .time_s = t, .compliance_per_GPa = J};
            struct pel_creepfit fit;
            const clock_t before = clock();
            if (pel_creepfit_run(&data, &set, &fit, &err) != PEL_OK) {
                fprintf(stderr, "%s seed %d: %s\n", name, seed, err.text);
                continue;
            }
            cpu += (double)(clock() - before) / CLOCKS_PER_SEC;
            struct pel_creepfit quick;
            struct pel_creepfit_settings curvature = set;
            curvature.intervals = PEL_CREEPFIT_CURVATURE;
            const clock_t start = clock();
            pel_creepfit_run(&data, &curvature, &quick, &err);
            cpu_fit += (double)(clock() - start) / CLOCKS_PER_SEC;
            iterations += fit.iterations;
            agree += fit.agree;
            int every = 1;
            for (size_t k = 0; k < N; k++) {
                const double truth = truth_of(&qpd, k);
                const struct pel_creepfit_parameter *p = &fit.parameter[k];
                const int in = p->lower <= truth && truth <= p->upper;
                inside[k] += in;
                determined[k] += p->determined;
                wrong[k] += p->determined && !in;
                every = every && (in || isnan(p->lower));
            }
            all += every;
        }
        printf("%s,%d,%d,%.2f,%.2f,%.1f,%.2f", name, seeds, all, 1e3 * cpu_fit / seeds,
               1e3 * cpu / seeds, (double)iterations / seeds, (double)agree / seeds);
        for (int k = 0; k < N; k++)
            printf(",%d,%d,%d", inside[k], determined[k], wrong[k]);
        printf("\n");
        fflush(stdout);
        pel_creep_free(creep);
    }
    return 0;
}

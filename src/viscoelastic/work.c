#include <pelrate/work.h>

#include <pelrate/constants.h>
#include <pelrate/quadrature.h>

#include <math.h>

static const double per_GPa_J_per_m3 = 1e9; /* 1 GPa = 1e9 J/m^3 */

struct pel_work_programme pel_work_programme_defaults(void)
{
    return (struct pel_work_programme){
        .strain = 0.002, .start_K = 300.0, .rate_K_per_s = 3.0 / 60.0, .rtol = 1e-10};
}

double pel_work_cycle(double loss_GPa, double strain)
{
    return PEL_PI * loss_GPa * strain * strain * per_GPa_J_per_m3;
}

struct at_frequency {
    const struct pel_dma *dma;
    double frequency_Hz;
};

static int loss(double T, void *context, double *f)
{
    const struct at_frequency *at = context;
    struct pel_dma_point point;
    if (pel_dma_at(at->dma, at->frequency_Hz, T, &point, NULL) != PEL_OK) return -1;
    *f = point.loss_GPa;
    return 0;
}

pel_status pel_work_ramp(const struct pel_dma *dma,
                         const struct pel_work_programme *programme, double frequency_Hz,
                         size_t n, const double temperature_K[],
                         struct pel_work_point points[], struct pel_error *err)
{
    const struct pel_work_programme *p = programme;
    if (!(p->strain > 0.0 && isfinite(p->strain) && p->start_K > 0.0 &&
          p->rate_K_per_s > 0.0 && isfinite(p->rate_K_per_s) && p->rtol > 0.0))
        return pel_error_set(err, PEL_EARG,
                             "work: strain %g, start %g K, rate %g K/s, expected numbers "
                             "> 0",
                             p->strain, p->start_K, p->rate_K_per_s);
    struct at_frequency at = {.dma = dma, .frequency_Hz = frequency_Hz};
    struct pel_quadrature_settings set = pel_quadrature_settings_defaults();
    set.rtol = p->rtol;
    double from = p->start_K, sum = 0.0; /* int E'' dT [GPa K] */
    for (size_t i = 0; i < n; i++) {
        const double T = temperature_K[i];
        if (!(T >= from && isfinite(T)) || (i > 0 && !(T > from)))
            return pel_error_set(err, PEL_EARG,
                                 "work: temperature %zu is %g K, expected above the %g K "
                                 "before it",
                                 i, T, from);
        struct pel_dma_point point;
        pel_status status = pel_dma_at(dma, frequency_Hz, T, &point, err);
        double piece = 0.0;
        if (status == PEL_OK && T > from)
            status =
                pel_quadrature_integrate(loss, &at, from, T, &set, &piece, NULL, err);
        if (status != PEL_OK) return status;
        sum += piece;
        from = T;
        const double cycle = pel_work_cycle(point.loss_GPa, p->strain);
        points[i] = (struct pel_work_point){
            .temperature_K = T,
            .loss_GPa = point.loss_GPa,
            .cycle_J_per_m3 = cycle,
            .power_W_per_m3 = frequency_Hz * cycle,
            .sum_J_per_m3 =
                frequency_Hz / p->rate_K_per_s * pel_work_cycle(sum, p->strain),
            .cycles = frequency_Hz * (T - p->start_K) / p->rate_K_per_s};
    }
    return PEL_OK;
}

pel_status pel_work_exponent(size_t n, const double frequency_Hz[], const double work[],
                             double *exponent, double *error, struct pel_error *err)
{
    double x = 0.0, y = 0.0, xx = 0.0, xy = 0.0, yy = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (!(frequency_Hz[i] > 0.0 && work[i] > 0.0 && isfinite(frequency_Hz[i]) &&
              isfinite(work[i])))
            return pel_error_set(err, PEL_EARG,
                                 "exponent: work %g at %g Hz, expected numbers > 0",
                                 work[i], frequency_Hz[i]);
        x += log(frequency_Hz[i]) / (double)n;
        y += log(work[i]) / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        const double dx = log(frequency_Hz[i]) - x, dy = log(work[i]) - y;
        xx += dx * dx;
        xy += dx * dy;
        yy += dy * dy;
    }
    if (n < 2 || !(xx > 0.0))
        return pel_error_set(
            err, PEL_EARG, "exponent: %zu points, expected at least two frequencies", n);
    *exponent = xy / xx;
    *error = n > 2 ? sqrt(fmax(yy - xy * xy / xx, 0.0) / (double)(n - 2) / xx) : NAN;
    return PEL_OK;
}

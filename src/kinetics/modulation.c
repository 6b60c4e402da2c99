#include <pelrate/modulation.h>

#include <pelrate/constants.h>

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Samples of a period, even: a corner of the programme between two of them costs 1e-5. */
enum { SAMPLES = 400 };

/* Smaller amplitudes are rounding, not modulation: of the largest rate, and of the largest
 * amplitude. */
#define LEAST_OF_RATE      1e-6
#define LEAST_OF_AMPLITUDE 1e-3
#define MOST_ROWS          1e6

/* What is split. */
struct source {
    const struct pel_ageing *ageing;
    const struct pel_programme *programme;
    const struct pel_heat_capacity *vibrations;
    double J_per_g; /* of 1 eV/atom */
    double period_s;
};

/* Over one period from a quantity's values[SAMPLES + 1]: 1/P int dx/dt e^{-i w t} dt by
 * parts, times two for the amplitude; its mean rate. Trapezoids, of a function without its
 * straight line: what is left has one value at both ends. */
static double complex amplitude(const double values[], double period, double *mean_rate)
{
    const double rise = values[SAMPLES] - values[0];
    const double omega = 2.0 * PEL_PI / period;
    double complex sum = 0.0;
    for (int k = 0; k < SAMPLES; k++) {
        const double phase = 2.0 * PEL_PI * k / SAMPLES;
        sum +=
            (values[k] - values[0] - rise * k / SAMPLES) * (cos(phase) - I * sin(phase));
    }
    *mean_rate = rise / period;
    return 2.0 * I * omega * sum / SAMPLES;
}

/* The period that begins at t. */
static struct pel_modulation_row split(const struct source *source, double t,
                                       double T[SAMPLES + 1], double h[SAMPLES + 1])
{
    double taken_up = 0.0, mean = 0.0;
    for (int k = 0; k <= SAMPLES; k++) {
        const double at = t + source->period_s * k / SAMPLES;
        T[k] = pel_programme_temperature(source->programme, at);
        if (k > 0) mean += 0.5 * (T[k] + T[k - 1]) / SAMPLES;
        if (k > 0 && source->vibrations != NULL)
            taken_up += (T[k] - T[k - 1]) *
                        pel_heat_capacity_at(source->vibrations, 0.5 * (T[k] + T[k - 1]));
        h[k] = taken_up + source->J_per_g * pel_ageing_e_is(source->ageing, at);
    }
    double rate, absorbed;
    const double complex r1 = amplitude(T, source->period_s, &rate);
    const double complex q1 = amplitude(h, source->period_s, &absorbed);
    const double complex c = q1 / r1;
    struct pel_modulation_row row = {.time_s = t + 0.5 * source->period_s,
                                     .temperature_K = mean,
                                     .rate_K_per_s = rate,
                                     .amplitude_K_per_s = cabs(r1),
                                     .reversing_cp_J_per_g_K = cabs(c),
                                     .phase_rad = carg(c),
                                     .total_W_per_g = -absorbed};
    row.reversing_W_per_g = -row.reversing_cp_J_per_g_K * rate;
    row.non_reversing_W_per_g = row.total_W_per_g - row.reversing_W_per_g;
    return row;
}

static double largest_rate(const struct pel_programme *programme)
{
    double largest = 0.0;
    for (size_t k = 1; k < pel_programme_corners(programme); k++)
        largest = fmax(largest, fabs(pel_programme_corner_temperature(programme, k) -
                                     pel_programme_corner_temperature(programme, k - 1)) /
                                    pel_programme_segment(programme, k));
    return largest;
}

pel_status pel_modulation_split(const struct pel_ageing *ageing,
                                const struct pel_programme *programme,
                                const struct pel_heat_capacity *vibrations,
                                double molar_mass_g_per_mol, double period_s,
                                struct pel_modulation_row **rows, size_t *n,
                                struct pel_error *err)
{
    *rows = NULL;
    *n = 0;
    const double duration = pel_programme_duration(programme);
    if (!(period_s > 0.0 && period_s <= duration))
        return pel_error_set(err, PEL_EARG,
                             "period of the modulation is %g s, expected above 0 and at "
                             "most the %g s of the programme",
                             period_s, duration);
    const double step = period_s / PEL_MODULATION_ROWS;
    const double most = floor((duration - period_s) / step * (1.0 + 1e-12)) + 1.0;
    if (!(most <= MOST_ROWS))
        return pel_error_set(err, PEL_EARG,
                             "%.6g rows of periods of %g s in %g s, expected at most %g",
                             most, period_s, duration, MOST_ROWS);
    const struct source source = {.ageing = ageing,
                                  .programme = programme,
                                  .vibrations = vibrations,
                                  .J_per_g = PEL_EV_J_PER_MOL / molar_mass_g_per_mol,
                                  .period_s = period_s};
    struct pel_modulation_row *all = calloc((size_t)most, sizeof *all);
    double *values = calloc(2 * (SAMPLES + 1), sizeof *values);
    pel_status status = PEL_OK;
    if (all == NULL || values == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "modulation: out of memory");
        goto done;
    }
    double largest = 0.0;
    for (size_t i = 0; i < (size_t)most; i++) {
        all[i] = split(&source, fmin(step * (double)i, duration - period_s), values,
                       values + SAMPLES + 1);
        largest = fmax(largest, all[i].amplitude_K_per_s);
    }
    if (!(largest > LEAST_OF_RATE * largest_rate(programme))) {
        status = pel_error_set(err, PEL_EARG,
                               "the programme has no modulation with a period of %g s",
                               period_s);
        goto done;
    }
    for (size_t i = 0; i < (size_t)most; i++)
        if (all[i].amplitude_K_per_s > LEAST_OF_AMPLITUDE * largest) all[(*n)++] = all[i];
    *rows = all;
    all = NULL;
done:
    free(all);
    free(values);
    return status;
}

#include <pelrate/dsc.h>

#include <pelrate/constants.h>
#include <pelrate/map.h>

#include <math.h>
#include <stdlib.h>

struct pel_dsc_settings pel_dsc_settings_defaults(void)
{
    struct pel_dsc_settings set = {.cool_K_per_s = 20.0,
                                   .heat_K_per_s = 1.0,
                                   .start_K = 900.0,
                                   .bottom_K = 300.0,
                                   .end_K = 900.0,
                                   .e_start = NAN,
                                   .sign = PEL_DSC_EXO_UP,
                                   .ageing = pel_ageing_settings_defaults()};
    set.ageing.max_dT_K = 0.5;
    return set;
}

void pel_dsc_free(struct pel_dsc *dsc)
{
    if (dsc == NULL) return;
    free(dsc->rows);
    free(dsc);
}

/* ---- reading a scan ---------------------------------------------------------------- */

/* A curve y(T) at points that are not too close: rows of the integrator may be, and
 * slopes between those would be its noise. */
struct curve {
    size_t n;
    double *T, *y; /* [n] owned by the caller's block */
};

/* Smallest distance of two points [K]; the shape of a peak is kelvins wide. */
#define POINT_SPACING_K 0.2

static void thin(const struct pel_dsc *dsc, double exo_sign, struct curve *out)
{
    out->n = 0;
    for (size_t i = 0; i < dsc->n; i++) {
        const struct pel_dsc_row *row = &dsc->rows[i];
        if (out->n > 0 && row->temperature_K - out->T[out->n - 1] < POINT_SPACING_K)
            continue;
        out->T[out->n] = row->temperature_K;
        out->y[out->n++] = exo_sign * row->heat_flow;
    }
}

/* Vertex of the parabola through points k - 1, k, k + 1. */
static void vertex(const struct curve *c, size_t k, double *T, double *y)
{
    const double h1 = c->T[k] - c->T[k - 1], h2 = c->T[k + 1] - c->T[k];
    const double s1 = (c->y[k] - c->y[k - 1]) / h1, s2 = (c->y[k + 1] - c->y[k]) / h2;
    const double curvature = (s2 - s1) / (h1 + h2); /* y''/2 */
    const double slope = (s1 * h2 + s2 * h1) / (h1 + h2);
    const double move = curvature != 0.0 ? -0.5 * slope / curvature : 0.0;
    *T = c->T[k] + move;
    *y = c->y[k] + move * (slope + curvature * move);
}

static double slope_at(const struct curve *c, size_t k)
{
    const double h1 = c->T[k] - c->T[k - 1], h2 = c->T[k + 1] - c->T[k];
    const double s1 = (c->y[k] - c->y[k - 1]) / h1, s2 = (c->y[k + 1] - c->y[k]) / h2;
    return (s1 * h2 + s2 * h1) / (h1 + h2);
}

/* Where the tangent at the steepest point in (from, to) meets zero; direction +1: rising.
 * NaN: nothing rises (falls) there. */
static double tangent_foot(const struct curve *c, size_t from, size_t to,
                           double direction)
{
    double steepest = 0.0, foot = NAN;
    for (size_t k = from + 1; k < to; k++) {
        const double s = slope_at(c, k);
        if (!(direction * s > steepest)) continue;
        steepest = direction * s;
        foot = c->T[k] - c->y[k] / s;
    }
    return foot;
}

/* Exotherm (unless nothing was lost) and overshoot of a curve with exothermic heat flow
 * upwards. */
static void read_peaks(const struct curve *c, double exo_sign, int has_exotherm,
                       struct pel_dsc_peaks *peaks)
{
    if (c->n < 3) return;
    size_t top = 0;
    for (size_t k = 1; k < c->n; k++)
        if (c->y[k] > c->y[top]) top = k;
    size_t after = 0; /* where an overshoot is looked for */
    if (has_exotherm && top > 0 && top + 1 < c->n && c->y[top] > 0.0) {
        vertex(c, top, &peaks->peak_K, &peaks->peak_heat_flow);
        peaks->peak_heat_flow *= exo_sign;
        peaks->onset_K = tangent_foot(c, 0, top + 1, 1.0);
        size_t end = top;
        while (end + 1 < c->n && c->y[end] > 0.0)
            end++;
        peaks->end_K = tangent_foot(c, top, end, -1.0);
        after = top;
    }
    size_t bottom = after;
    for (size_t k = after; k < c->n; k++)
        if (c->y[k] < c->y[bottom]) bottom = k;
    if (bottom > 0 && bottom + 1 < c->n && c->y[bottom] < 0.0) {
        vertex(c, bottom, &peaks->endotherm_peak_K, &peaks->endotherm_heat_flow);
        peaks->endotherm_heat_flow *= exo_sign;
    }
}

/* atol [eV/atom]: of the integration; what the glass loses below that is its noise. */
static pel_status analyse(struct pel_rate *rate, double e_glass, double exo_sign,
                          double W_per_g, double atol, struct pel_dsc *dsc,
                          struct pel_error *err)
{
    struct pel_dsc_peaks *peaks = &dsc->peaks;
    *peaks = (struct pel_dsc_peaks){.e_glass = e_glass,
                                    .fictive_temperature_K = NAN,
                                    .onset_K = NAN,
                                    .peak_K = NAN,
                                    .peak_heat_flow = NAN,
                                    .end_K = NAN,
                                    .endotherm_peak_K = NAN,
                                    .endotherm_heat_flow = NAN};
    struct pel_map_curve curves;
    pel_status status = pel_map_curve(rate, e_glass, NULL, &curves, err);
    if (status != PEL_OK) return status;
    peaks->fictive_temperature_K = curves.T_ss_K;
    double lowest = e_glass;
    for (size_t i = 0; i < dsc->n; i++)
        lowest = fmin(lowest, dsc->rows[i].e_is);
    peaks->enthalpy_J_per_g = (e_glass - lowest) * W_per_g;
    peaks->enthalpy_kJ_per_mol = (e_glass - lowest) * PEL_EV_J_PER_MOL * 1e-3;
    double *block = calloc(2 * dsc->n, sizeof *block);
    if (block == NULL) return pel_error_set(err, PEL_ENOMEM, "dsc: out of memory");
    struct curve curve = {.T = block, .y = block + dsc->n};
    thin(dsc, exo_sign, &curve);
    read_peaks(&curve, exo_sign, e_glass - lowest > atol, peaks);
    free(block);
    return PEL_OK;
}

/* ---- making a scan ----------------------------------------------------------------- */

static pel_status check_settings(const struct pel_dsc_settings *s, struct pel_error *err)
{
    if (!(s->cool_K_per_s > 0.0 && isfinite(s->cool_K_per_s) && s->heat_K_per_s > 0.0 &&
          isfinite(s->heat_K_per_s)))
        return pel_error_set(
            err, PEL_EARG,
            "rates of cooling %g K/s and heating %g K/s, expected numbers > 0",
            s->cool_K_per_s, s->heat_K_per_s);
    if (!(s->bottom_K > 0.0 && s->start_K > s->bottom_K && s->end_K > s->bottom_K &&
          isfinite(s->start_K) && isfinite(s->end_K)))
        return pel_error_set(err, PEL_EARG,
                             "temperatures start %g K, bottom %g K, end %g K, expected "
                             "0 < bottom < start and bottom < end",
                             s->start_K, s->bottom_K, s->end_K);
    return PEL_OK;
}

/* One constant-rate ramp. */
static pel_status ramp(struct pel_rate *rate, double from_K, double to_K, double K_per_s,
                       double e_is, const struct pel_ageing_settings *settings,
                       const struct pel_progress *progress, struct pel_ageing **out,
                       struct pel_error *err)
{
    *out = NULL;
    struct pel_programme *programme = NULL;
    pel_status status = pel_programme_ramp(from_K, to_K, K_per_s, &programme, err);
    if (status != PEL_OK) return status;
    status = pel_ageing_run(rate, programme, e_is, settings, progress, out, err);
    pel_programme_free(programme);
    return status;
}

static struct pel_ageing_stats add_stats(struct pel_ageing_stats a,
                                         const struct pel_ageing_stats *b)
{
    a.segments += b->segments;
    a.steps += b->steps;
    a.evaluations += b->evaluations;
    a.jacobians += b->jacobians;
    a.newton_iterations += b->newton_iterations;
    a.newton_failures += b->newton_failures;
    a.error_failures += b->error_failures;
    return a;
}

pel_status pel_dsc_run(struct pel_rate *rate, const struct pel_dsc_settings *settings,
                       const struct pel_progress *progress, struct pel_dsc **out,
                       struct pel_error *err)
{
    *out = NULL;
    const struct pel_dsc_settings set =
        settings != NULL ? *settings : pel_dsc_settings_defaults();
    pel_status status = check_settings(&set, err);
    if (status != PEL_OK) return status;
    struct pel_ageing *cooling = NULL, *heating = NULL;
    struct pel_dsc *dsc = NULL;
    const double exo_sign = set.sign == PEL_DSC_EXO_UP ? 1.0 : -1.0;
    /* 1 eV/atom/s is so many W/g. */
    const double W_per_g =
        PEL_EV_J_PER_MOL /
        pel_landscape_head(pel_rate_landscape(rate))->molar_mass_g_per_mol;

    double e_is = set.e_start;
    if (isnan(e_is)) {
        status = pel_rate_steady_e_is(rate, set.start_K, &e_is, err);
        if (status != PEL_OK) return status;
    }
    status = ramp(rate, set.start_K, set.bottom_K, set.cool_K_per_s, e_is, &set.ageing,
                  progress, &cooling, err);
    if (status != PEL_OK) goto done;
    const double e_glass = cooling->rows[cooling->n - 1].e_is;
    status = ramp(rate, set.bottom_K, set.end_K, set.heat_K_per_s, e_glass, &set.ageing,
                  progress, &heating, err);
    if (status != PEL_OK) goto done;

    dsc = calloc(1, sizeof *dsc);
    if (dsc != NULL) dsc->rows = calloc(heating->n, sizeof *dsc->rows);
    if (dsc == NULL || dsc->rows == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "dsc: out of memory");
        goto done;
    }
    dsc->n = heating->n;
    for (size_t i = 0; i < heating->n; i++) {
        const struct pel_ageing_row *row = &heating->rows[i];
        dsc->rows[i] = (struct pel_dsc_row){.time_s = row->time_s,
                                            .temperature_K = row->temperature_K,
                                            .e_is = row->e_is,
                                            .rate = row->rate,
                                            .de_dT = row->rate / set.heat_K_per_s,
                                            .heat_flow = -exo_sign * row->rate * W_per_g,
                                            .extrapolated = row->extrapolated};
    }
    dsc->stats = add_stats(cooling->stats, &heating->stats);
    status = analyse(rate, e_glass, exo_sign, W_per_g, set.ageing.atol, dsc, err);
    if (status != PEL_OK) goto done;
    *out = dsc;
    dsc = NULL;
done:
    pel_dsc_free(dsc);
    pel_ageing_free(cooling);
    pel_ageing_free(heating);
    return status;
}

#include <pelrate/dsc.h>

#include <pelrate/constants.h>
#include <pelrate/line.h>
#include <pelrate/map.h>

#include <float.h>
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
                       int has_endotherm, struct pel_dsc_peaks *peaks)
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
    if (has_endotherm && bottom > 0 && bottom + 1 < c->n && c->y[bottom] < 0.0) {
        vertex(c, bottom, &peaks->endotherm_peak_K, &peaks->endotherm_heat_flow);
        peaks->endotherm_heat_flow *= exo_sign;
    }
}

/* ---- fictive temperature by equal areas -------------------------------------------- */

/* A scan is steady where it is so near to T_ss(e) [K]. The distance falls by a factor e
 * over some ten kelvins: de/dT is then that of the liquid to a thousandth. */
#define STEADY_LAG_K 0.01
/* Least and most of the steady part that the liquid's heat capacity is read from [K]. */
#define LIQUID_LEAST_K 5.0
#define LIQUID_MOST_K  50.0

/* Whether the scan has reached the steady state at a row: how far its temperature is from
 * T_ss(e), by the slope of the balance there. */
static int is_steady(struct pel_rate *rate, const struct pel_dsc_row *row)
{
    struct pel_rate_point p;
    if (pel_rate_evaluate(rate, row->e_is, row->temperature_K, &p, NULL) != PEL_OK)
        return 0;
    const double gain = p.e_x - p.e_r;
    const double ln_z_T = p.e_kin / (PEL_KB * p.temperature * p.temperature);
    const double gain_T = p.hop_slope_T - ln_z_T * gain;
    return gain_T > 0.0 && fabs(gain) <= STEADY_LAG_K * gain_T;
}

/* Rows at a time that are asked on the way back. */
#define STRIDE 8

/* T[n] and c[n] are scratch. */
static double equal_area(struct pel_rate *rate, const struct pel_dsc *dsc, double e_glass,
                         double T[], double c[])
{
    /* Back in strides, then row by row within the last one. */
    size_t from = dsc->n;
    while (from >= STRIDE && is_steady(rate, &dsc->rows[from - STRIDE]))
        from -= STRIDE;
    while (from > 0 && is_steady(rate, &dsc->rows[from - 1]))
        from--;
    size_t n = 0;
    double e_star = NAN;
    for (size_t i = from; i < dsc->n; i++) {
        const struct pel_dsc_row *row = &dsc->rows[i];
        if (n > 0 && row->temperature_K - T[0] > LIQUID_MOST_K) break;
        T[n] = row->temperature_K;
        c[n++] = row->de_dT;
        e_star = row->e_is;
    }
    struct pel_line line;
    if (n < 3 || !(T[n - 1] - T[0] >= LIQUID_LEAST_K) ||
        pel_line_fit(n, T, c, &line, NULL) != PEL_OK)
        return NAN;
    /* With x = T* - Tf: the liquid gains a x - b x^2/2 on the way, the scan gained area. */
    const double a = line.intercept + line.slope * T[n - 1], b = line.slope;
    const double area = e_star - e_glass;
    return T[n - 1] - 2.0 * area / (a + sqrt(a * a - 2.0 * b * area));
}

/* atol [eV/atom]: of the integration; what the glass loses or gains below that is noise. */
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
                                    .endotherm_heat_flow = NAN,
                                    .equal_area_K = NAN};
    const pel_status status =
        pel_map_steady(rate, e_glass, NULL, &peaks->fictive_temperature_K, err);
    if (status != PEL_OK) return status;
    double lowest = e_glass, gained = 0.0;
    for (size_t i = 0; i < dsc->n; i++) {
        lowest = fmin(lowest, dsc->rows[i].e_is);
        gained = fmax(gained, dsc->rows[i].e_is - lowest);
    }
    peaks->enthalpy_J_per_g = (e_glass - lowest) * W_per_g;
    peaks->enthalpy_kJ_per_mol = (e_glass - lowest) * PEL_EV_J_PER_MOL * 1e-3;
    double *block = calloc(2 * dsc->n, sizeof *block);
    if (block == NULL) return pel_error_set(err, PEL_ENOMEM, "dsc: out of memory");
    struct curve curve = {.T = block, .y = block + dsc->n};
    thin(dsc, exo_sign, &curve);
    read_peaks(&curve, exo_sign, e_glass - lowest > atol, gained > atol, peaks);
    peaks->equal_area_K = equal_area(rate, dsc, e_glass, curve.T, curve.y);
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
    if (!(s->anneal_s >= 0.0 && isfinite(s->anneal_s)))
        return pel_error_set(err, PEL_EARG, "annealing for %g s, expected 0 or more",
                             s->anneal_s);
    if (s->anneal_s > 0.0 && !(s->anneal_K >= s->bottom_K && s->anneal_K <= s->start_K))
        return pel_error_set(err, PEL_EARG,
                             "annealing at %g K, expected between bottom %g K and start "
                             "%g K",
                             s->anneal_K, s->bottom_K, s->start_K);
    return PEL_OK;
}

/* For cooling, of which the last row alone is wanted. */
static struct pel_ageing_settings without_rows(const struct pel_ageing_settings *settings)
{
    struct pel_ageing_settings set = *settings;
    set.max_dT_K = set.max_de = set.rate_tolerance = INFINITY;
    set.rows_per_decade = DBL_MIN;
    return set;
}

/* From one temperature to another, maybe with a hold on the way. */
static pel_status ramp(struct pel_rate *rate, double from_K, double to_K, double K_per_s,
                       double hold_K, double hold_s, double e_is,
                       const struct pel_ageing_settings *settings,
                       const struct pel_progress *progress, struct pel_ageing **out,
                       struct pel_error *err)
{
    *out = NULL;
    struct pel_programme *programme = NULL;
    const struct pel_programme_row rows[3] = {
        {.target_K = from_K},
        {.target_K = hold_s > 0.0 ? hold_K : to_K,
         .rate_K_per_s = K_per_s,
         .hold_s = hold_s},
        {.target_K = to_K, .rate_K_per_s = K_per_s}};
    pel_status status = pel_programme_create(3, rows, &programme, err);
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
    const struct pel_ageing_settings cooling_set = without_rows(&set.ageing);
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
    status = ramp(rate, set.start_K, set.bottom_K, set.cool_K_per_s, set.anneal_K,
                  set.anneal_s, e_is, &cooling_set, progress, &cooling, err);
    if (status != PEL_OK) goto done;
    const double e_glass = cooling->rows[cooling->n - 1].e_is;
    status = ramp(rate, set.bottom_K, set.end_K, set.heat_K_per_s, 0.0, 0.0, e_glass,
                  &set.ageing, progress, &heating, err);
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
        dsc->rows[i] =
            (struct pel_dsc_row){.time_s = row->time_s,
                                 .temperature_K = row->temperature_K,
                                 .e_is = row->e_is,
                                 .rate = row->rate,
                                 .de_dT = row->rate / set.heat_K_per_s,
                                 .heat_flow = 0.0 - exo_sign * W_per_g * row->rate,
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

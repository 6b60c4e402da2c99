#include <pelrate/equilibration.h>

#include <math.h>
#include <stdlib.h>

/* Fewer points of a curve say nothing about their correlation. */
enum { MIN_POINTS = 8 };
/* The sum of correlations ends at so many correlation times. */
static const double window = 5.0;

struct pel_equilibration_settings pel_equilibration_defaults(void)
{
    return (struct pel_equilibration_settings){
        .discard = 0.25, .limit = 3.0, .max_error = 1e-3, .one_side = 0};
}

void pel_equilibration_free(struct pel_equilibration *equilibration)
{
    if (equilibration == NULL) return;
    free(equilibration->point);
    free(equilibration);
}

/* The part of a curve that is looked at. */
struct part {
    double temperature_K;
    int side;
    size_t n;
    const double *time_ps; /* [n], into the curve */
    const double *e_is;    /* [n], into the curve */
};

static int compare_parts(const void *a, const void *b)
{
    const struct part *p = a, *q = b;
    if (p->temperature_K != q->temperature_K)
        return p->temperature_K > q->temperature_K ? 1 : -1;
    return (p->side > q->side) - (p->side < q->side);
}

static double mean_of(size_t n, const double x[])
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

static pel_status take_part(const struct pel_curve *curve, const char *path,
                            double discard, struct part *part, struct pel_error *err)
{
    if (!isfinite(curve->start_e_is))
        return pel_error_at(err, PEL_EFORMAT, path, 0,
                            "no key 'start_e_is_eV_per_atom', expected the E_IS before "
                            "the anneal: it says from which side it came");
    const size_t skip = (size_t)(discard * (double)curve->n);
    *part = (struct part){.temperature_K = curve->temperature_K,
                          .n = curve->n - skip,
                          .time_ps = curve->time_ps + skip,
                          .e_is = curve->e_is + skip};
    if (part->n < MIN_POINTS)
        return pel_error_at(err, PEL_EFORMAT, path, curve->line,
                            "replica %lld has %zu points to look at, expected %d or more",
                            curve->replica, part->n, (int)MIN_POINTS);
    /* A hotter liquid came from above, even if one configuration of it, its start, was a
     * low one; a heated glass may have been above or below. */
    const int above = curve->ramp_from_K > curve->temperature_K ||
                      curve->start_e_is >= mean_of(part->n, part->e_is);
    part->side = above ? PEL_ABOVE : PEL_BELOW;
    return PEL_OK;
}

/* Straight line in time through all points of a side: E_IS at time 0 and slope. */
static void fit_line(size_t n_parts, const struct part parts[], double *at_0,
                     double *slope)
{
    double n = 0.0, t = 0.0, e = 0.0, tt = 0.0, te = 0.0;
    for (size_t k = 0; k < n_parts; k++)
        for (size_t i = 0; i < parts[k].n; i++) {
            n += 1.0;
            t += parts[k].time_ps[i];
            e += parts[k].e_is[i];
        }
    t /= n;
    e /= n;
    for (size_t k = 0; k < n_parts; k++)
        for (size_t i = 0; i < parts[k].n; i++) {
            const double d = parts[k].time_ps[i] - t;
            tt += d * d;
            te += d * (parts[k].e_is[i] - e);
        }
    *slope = te / tt; /* times of a curve differ */
    *at_0 = e - *slope * t;
}

/* Sum over pairs of points `lag` apart of what is left beside the line. */
static double covariance(size_t n_parts, const struct part parts[], double at_0,
                         double slope, size_t lag)
{
    double sum = 0.0;
    for (size_t k = 0; k < n_parts; k++) {
        const struct part *p = &parts[k];
        for (size_t i = 0; i + lag < p->n; i++)
            sum += (p->e_is[i] - at_0 - slope * p->time_ps[i]) *
                   (p->e_is[i + lag] - at_0 - slope * p->time_ps[i + lag]);
    }
    return sum;
}

static struct pel_equilibration_side
test_side(size_t n_parts, const struct part parts[],
          const struct pel_equilibration_settings *settings)
{
    struct pel_equilibration_side side = {.e_is = NAN,
                                          .error = NAN,
                                          .n_eff = 0.0,
                                          .halves = NAN,
                                          .halves_error = NAN,
                                          .curves = n_parts};
    if (n_parts == 0) return side;
    double sum = 0.0, half[2] = {0.0, 0.0}, in_half = 0.0;
    size_t longest = 0;
    for (size_t k = 0; k < n_parts; k++) {
        const struct part *p = &parts[k];
        const size_t middle = p->n / 2;
        side.points += p->n;
        if (p->n > longest) longest = p->n;
        in_half += (double)middle;
        for (size_t i = 0; i < p->n; i++)
            sum += p->e_is[i];
        for (size_t i = 0; i < middle; i++) {
            half[0] += p->e_is[i];
            half[1] += p->e_is[p->n - middle + i];
        }
    }
    const double n = (double)side.points;
    side.e_is = sum / n;
    side.halves = (half[1] - half[0]) / in_half;

    double at_0, slope;
    fit_line(n_parts, parts, &at_0, &slope);
    const double variance = covariance(n_parts, parts, at_0, slope, 0);
    double correlation = 1.0; /* 1 + 2 sum rho: points that one independent value takes */
    for (size_t lag = 1; lag < longest && (double)lag < window * 0.5 * correlation + 1.0;
         lag++)
        correlation +=
            2.0 * covariance(n_parts, parts, at_0, slope, lag) / fmax(variance, 1e-300);
    correlation = fmax(correlation, 1.0);
    side.n_eff = n / correlation;
    /* Mean and slope were taken from the values themselves: two are spent. */
    side.error = sqrt(variance / n / fmax(side.n_eff - 2.0, 1e-300));
    /* Each half has half of the values; both errors add. */
    side.halves_error = 2.0 * side.error;
    side.steady = fabs(side.halves) <= settings->limit * side.halves_error &&
                  side.error <= settings->max_error;
    return side;
}

static void conclude(struct pel_equilibration_point *point,
                     const struct pel_equilibration_settings *settings)
{
    double weight = 0.0, sum = 0.0;
    size_t reached = 0;
    int steady = 1;
    for (int k = 0; k < PEL_SIDES; k++) {
        const struct pel_equilibration_side *side = &point->side[k];
        if (side->curves == 0) continue;
        reached++;
        steady &= side->steady;
        /* values that are all the same have no error: they count alone */
        const double w = 1.0 / fmax(side->error * side->error, 1e-300);
        weight += w;
        sum += w * side->e_is;
    }
    point->e_is = sum / weight;
    point->error = sqrt(1.0 / weight);
    point->sides = point->side[PEL_ABOVE].e_is - point->side[PEL_BELOW].e_is;
    point->sides_error =
        hypot(point->side[PEL_ABOVE].error, point->side[PEL_BELOW].error);
    const int agree = fabs(point->sides) <= settings->limit * point->sides_error;
    point->equilibrium = steady && (reached == PEL_SIDES ? agree : settings->one_side);
}

static pel_status check_settings(const struct pel_equilibration_settings *s,
                                 struct pel_error *err)
{
    if (!(s->discard >= 0.0 && s->discard < 1.0))
        return pel_error_set(err, PEL_EARG,
                             "the share to discard must be 0 to below 1, got %g",
                             s->discard);
    if (!(s->limit > 0.0 && isfinite(s->limit)))
        return pel_error_set(
            err, PEL_EARG, "the limit of differences must be positive, got %g", s->limit);
    if (!(s->max_error > 0.0))
        return pel_error_set(err, PEL_EARG,
                             "the largest error must be positive, got %g eV/atom",
                             s->max_error);
    return PEL_OK;
}

pel_status pel_equilibration_run(const struct pel_curves *curves,
                                 const char *const paths[],
                                 const struct pel_equilibration_settings *settings,
                                 struct pel_equilibration **out, struct pel_error *err)
{
    *out = NULL;
    pel_status status = check_settings(settings, err);
    if (status != PEL_OK) return status;
    struct part *parts = calloc(curves->n, sizeof *parts);
    struct pel_equilibration *result = calloc(1, sizeof *result);
    if (result != NULL) result->point = calloc(curves->n, sizeof *result->point);
    if (parts == NULL || result == NULL || result->point == NULL)
        status = pel_error_set(err, PEL_ENOMEM, "%zu curves", curves->n);
    for (size_t i = 0; status == PEL_OK && i < curves->n; i++)
        status = take_part(&curves->curve[i], paths[curves->curve[i].file],
                           settings->discard, &parts[i], err);
    if (status != PEL_OK) {
        free(parts);
        pel_equilibration_free(result);
        return status;
    }
    qsort(parts, curves->n, sizeof *parts, compare_parts);
    for (size_t first = 0, next; first < curves->n; first = next) {
        struct pel_equilibration_point *point = &result->point[result->n++];
        point->temperature_K = parts[first].temperature_K;
        next = first;
        for (int k = 0; k < PEL_SIDES; k++) {
            const size_t begin = next;
            while (next < curves->n &&
                   parts[next].temperature_K == point->temperature_K &&
                   parts[next].side == k)
                next++;
            point->side[k] = test_side(next - begin, parts + begin, settings);
        }
        conclude(point, settings);
    }
    free(parts);
    *out = result;
    return PEL_OK;
}

#include <pelrate/mine.h>

#include "noise_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Picoseconds in a second. */
static const double ps_per_s = 1e12;
/* Fewer residuals than this: the noise of all temperatures is taken. */
enum { ENOUGH = 20 };
/* The noise is looked for so often at most. */
enum { MOST_TURNS = 30 };
/* A window that is this much of itself too short is long enough: times are rounded. */
static const double short_by = 1e-9;

static const char *const method_names[] = {"ends", "line"};

const char *pel_mine_method_name(enum pel_mine_method method)
{
    return method == PEL_MINE_LINE ? method_names[1] : method_names[0];
}

pel_status pel_mine_method_find(const char *name, enum pel_mine_method *method,
                                struct pel_error *err)
{
    for (int k = 0; k < 2; k++)
        if (strcmp(name, method_names[k]) == 0) {
            *method = (enum pel_mine_method)k;
            return PEL_OK;
        }
    return pel_error_set(err, PEL_EARG, "unknown method '%s', expected ends or line",
                         name);
}

struct pel_mine_settings pel_mine_settings_defaults(void)
{
    return (struct pel_mine_settings){
        .method = PEL_MINE_ENDS, .window_ps = 0.0, .from_ps = 0.0, .bin = 2e-4};
}

void pel_mine_free(struct pel_mine *mine)
{
    if (mine == NULL) return;
    free(mine->rows);
    free(mine->noise);
    free(mine);
}

/* A rate from one window. slope = sum over its points of weight * E_IS. */
struct slope {
    double temperature_K, e_is;
    double place;         /* bin, or E_IS itself without bins */
    double rate;          /* [eV/atom/ps] */
    double first, last;   /* weights of the two end points [1/ps] */
    double squares;       /* sum of squared weights [1/ps^2] */
    double walk;          /* variance by a walk of g = 1 [1/ps] */
    size_t curve, window; /* which one */
};

static int by_place(const void *a, const void *b)
{
    const struct slope *p = a, *q = b;
    if (p->temperature_K != q->temperature_K)
        return p->temperature_K < q->temperature_K ? -1 : 1;
    if (p->place != q->place) return p->place < q->place ? -1 : 1;
    if (p->curve != q->curve) return p->curve < q->curve ? -1 : 1;
    return p->window < q->window ? -1 : p->window > q->window;
}

/* The window of points i to j of a curve. */
static struct slope measure(const struct pel_curve *curve,
                            const struct pel_mine_settings *set, size_t i, size_t j)
{
    struct slope s = {.temperature_K = curve->temperature_K};
    const double *t = curve->time_ps, *e = curve->e_is;
    const double n = (double)(j - i + 1);
    double mean_t = 0.0, mean_e = 0.0, spread = 0.0, cumulated = 0.0;
    for (size_t k = i; k <= j; k++) {
        mean_t += (t[k] - t[i]) / n;
        mean_e += (e[k] - e[i]) / n;
    }
    for (size_t k = i; k <= j; k++)
        spread += pow(t[k] - t[i] - mean_t, 2);
    for (size_t k = i; k <= j; k++) {
        double weight = 0.0;
        if (set->method == PEL_MINE_LINE)
            weight = (t[k] - t[i] - mean_t) / spread;
        else if (k == i || k == j)
            weight = (k == j ? 1.0 : -1.0) / (t[j] - t[i]);
        if (k == i) s.first = weight;
        if (k == j) s.last = weight;
        /* Weights add up to 0: differences to e[i] lose nothing. */
        s.rate += weight * (e[k] - e[i]);
        s.squares += weight * weight;
        /* By increments: those between k - 1 and k count for what comes from k on. */
        if (k > i) s.walk += cumulated * cumulated * (t[k] - t[k - 1]);
        cumulated -= weight;
    }
    s.e_is = set->method == PEL_MINE_LINE ? e[i] + mean_e : e[i] + 0.5 * (e[j] - e[i]);
    s.place = set->bin > 0.0 ? floor(s.e_is / set->bin) : s.e_is;
    return s;
}

/* First point that is used. */
static size_t first_of(const struct pel_curve *curve, double from_ps)
{
    size_t first = 0;
    while (first < curve->n && curve->time_ps[first] < from_ps)
        first++;
    return first;
}

static size_t add_slopes(const struct pel_curve *curve, size_t index,
                         const struct pel_mine_settings *set, struct slope slopes[],
                         size_t *unused)
{
    const double enough = set->window_ps * (1.0 - short_by);
    const size_t least = set->method == PEL_MINE_LINE ? 2 : 1;
    size_t n = 0, i = first_of(curve, set->from_ps);
    while (i < curve->n) {
        size_t j = i + least;
        while (j < curve->n && curve->time_ps[j] - curve->time_ps[i] < enough)
            j++;
        if (j >= curve->n) break;
        slopes[n] = measure(curve, set, i, j);
        slopes[n].curve = index;
        slopes[n].window = n;
        n++;
        i = j;
    }
    /* The last point of the last window was used. */
    if (i < curve->n) *unused += n > 0 ? curve->n - 1 - i : curve->n - i;
    return n;
}

static int by_temperature(const void *a, const void *b)
{
    const struct pel_mine_noise *p = a, *q = b;
    return p->temperature_K < q->temperature_K ? -1 : p->temperature_K > q->temperature_K;
}

/* The noise of the curves at a temperature (NaN: at all). Glasses that have just been
 * heated relax in a bend: what does not look like noise is left out, until nothing is. */
static struct noise_sums noise_of(const struct pel_curves *curves, double temperature_K,
                                  double from_ps, double *point, double *walk)
{
    struct noise_sums sums = {.n = {0}};
    *point = *walk = NAN;
    for (int turn = 0; turn < MOST_TURNS; turn++) {
        const size_t before = sums.n[0] + sums.n[1];
        sums = (struct noise_sums){.n = {0}};
        for (size_t i = 0; i < curves->n; i++)
            if (isnan(temperature_K) || curves->curve[i].temperature_K == temperature_K)
                pel_noise_add(&sums, &curves->curve[i],
                              first_of(&curves->curve[i], from_ps), *point, *walk);
        pel_noise_solve(&sums, point, walk);
        if (sums.n[0] + sums.n[1] == before) break;
    }
    return sums;
}

/* The noise of each temperature of the curves. */
static pel_status find_noise(const struct pel_curves *curves, double from_ps,
                             struct pel_mine *mine, struct pel_error *err)
{
    mine->noise = calloc(curves->n, sizeof *mine->noise);
    if (mine->noise == NULL) return pel_error_set(err, PEL_ENOMEM, "noise of curves");
    for (size_t i = 0; i < curves->n; i++) {
        size_t k = 0;
        while (k < mine->n_noises &&
               mine->noise[k].temperature_K != curves->curve[i].temperature_K)
            k++;
        mine->noise[k].temperature_K = curves->curve[i].temperature_K;
        if (k == mine->n_noises) mine->n_noises++;
    }
    qsort(mine->noise, mine->n_noises, sizeof *mine->noise, by_temperature);
    double point, walk;
    noise_of(curves, NAN, from_ps, &point, &walk);
    for (size_t k = 0; k < mine->n_noises; k++) {
        struct pel_mine_noise *noise = &mine->noise[k];
        double own_point, own_walk;
        const struct noise_sums sums =
            noise_of(curves, noise->temperature_K, from_ps, &own_point, &own_walk);
        noise->residuals = sums.n[0];
        noise->borrowed = mine->n_noises > 1 && sums.n[1] < ENOUGH;
        noise->point = sqrt(noise->borrowed ? point : own_point);
        noise->walk = sqrt(noise->borrowed ? walk : own_walk);
    }
    return PEL_OK;
}

/* The mean of slopes at one place, and its error. */
static struct pel_mined average(const struct slope slopes[], size_t n,
                                const struct pel_mine_noise *noise)
{
    struct pel_mined row = {.temperature_K = slopes[0].temperature_K, .count = n};
    double variance = 0.0;
    const double point = noise->point * noise->point, walk = noise->walk * noise->walk;
    for (size_t i = 0; i < n; i++) {
        /* From the first: a mean of equal numbers is that number. */
        row.e_is += (slopes[i].e_is - slopes[0].e_is) / (double)n;
        row.rate += slopes[i].rate / (double)n;
        variance += point * slopes[i].squares + walk * slopes[i].walk;
        if (i > 0 && slopes[i].curve == slopes[i - 1].curve &&
            slopes[i].window == slopes[i - 1].window + 1)
            variance += 2.0 * point * slopes[i - 1].last * slopes[i].first;
    }
    row.e_is += slopes[0].e_is;
    row.rate *= ps_per_s;
    row.standard_error = sqrt(fmax(variance, 0.0)) / (double)n * ps_per_s;
    if (isnan(variance)) row.standard_error = NAN;
    return row;
}

static pel_status gather(const struct pel_curves *curves,
                         const struct pel_mine_settings *set, struct slope slopes[],
                         struct pel_mine *mine, struct pel_error *err)
{
    for (size_t i = 0; i < curves->n; i++)
        mine->slopes +=
            add_slopes(&curves->curve[i], i, set, slopes + mine->slopes, &mine->unused);
    if (mine->slopes == 0)
        return pel_error_set(err, PEL_ERANGE,
                             "no curve has a window of %g ps after %g ps", set->window_ps,
                             set->from_ps);
    qsort(slopes, mine->slopes, sizeof *slopes, by_place);
    mine->rows = calloc(mine->slopes, sizeof *mine->rows);
    if (mine->rows == NULL) return pel_error_set(err, PEL_ENOMEM, "rates");
    const pel_status status = find_noise(curves, set->from_ps, mine, err);
    if (status != PEL_OK) return status;
    size_t k = 0;
    for (size_t i = 0, j; i < mine->slopes; i = j) {
        j = i + 1;
        while (j < mine->slopes && slopes[j].temperature_K == slopes[i].temperature_K &&
               slopes[j].place == slopes[i].place)
            j++;
        while (mine->noise[k].temperature_K != slopes[i].temperature_K)
            k++;
        mine->rows[mine->n++] = average(slopes + i, j - i, &mine->noise[k]);
    }
    return PEL_OK;
}

pel_status pel_mine_run(const struct pel_curves *curves,
                        const struct pel_mine_settings *settings, struct pel_mine **out,
                        struct pel_error *err)
{
    *out = NULL;
    const struct pel_mine_settings set =
        settings != NULL ? *settings : pel_mine_settings_defaults();
    if (!(set.window_ps >= 0.0 && isfinite(set.window_ps) && set.from_ps >= 0.0 &&
          isfinite(set.from_ps) && set.bin >= 0.0 && isfinite(set.bin)))
        return pel_error_set(err, PEL_EARG,
                             "mining: window %g ps, from %g ps, bins of %g eV/atom, "
                             "expected numbers of 0 or more",
                             set.window_ps, set.from_ps, set.bin);
    struct pel_mine *mine = calloc(1, sizeof *mine);
    struct slope *slopes = calloc(curves->points + 1, sizeof *slopes);
    const pel_status status = mine != NULL && slopes != NULL
                                  ? gather(curves, &set, slopes, mine, err)
                                  : pel_error_set(err, PEL_ENOMEM, "slopes");
    free(slopes);
    if (status != PEL_OK) {
        pel_mine_free(mine);
        return status;
    }
    *out = mine;
    return PEL_OK;
}

#include "treated_cells_priv.h"
#include "treated_priv.h"

#include <pelrate/committor.h>
#include <pelrate/steffen.h>

#include <math.h>
#include <stdlib.h>

/* The fixed point of the committor (closure.h). With x = ln(K/nu) and, at a level,
 *
 *     L(x, beta) = ln <exp(-beta E_A) / (e^x + exp(-beta E_R))>
 *
 * a nonzero K is a root of F = ln z + L. L falls with x (slope -<p>, between -1 and 0) from
 * ln <exp(-beta (E_A - E_R))> at x = -inf: there is a root if that, plus ln z, is above 0. For
 * large x it is ln Z - x: p = 1, the closure joint. Between levels L and the means are
 * interpolated linearly, beyond them they are those of the last: with weights that are never
 * negative L falls with x everywhere, and there is one root. (Steffen's scheme has negative
 * ones: where hops at one level are mostly undone and at the next one are not, roots came
 * and went, and the rate jumped.) Derivatives of the root follow from those of F. Without z
 * everything is interpolated as landscape.h does. */

struct level {
    struct treated_cells *cells; /* joint histogram: nothing of the rest; owned */
    size_t n, n_all;             /* events that are no pairs, and all */
    double *e_a, *e_r;           /* [n] [eV]; owned */
    double *pair;                /* [n_all - n] E_A - E_R of the pairs [eV]; owned */
    double ln_share;             /* ln(n / n_all) */
    double highest;              /* of all barriers [eV] */
    double beta;                 /* of the next two [1/eV]; 0: none yet */
    double *gone;                /* [n] exp(-beta E_A); owned */
    double *back;                /* [n] exp(-beta E_R); owned */
};

struct pel_treated {
    size_t n;                        /* levels */
    double *e_is;                    /* [n] [eV/atom]; owned */
    struct level *levels;            /* [n] owned */
    double *weights;                 /* [most events of a level] owned */
    double *data;                    /* [3 n] L, a, r of the levels; owned */
    struct treated_sums *sums;       /* [n] owned */
    const struct pel_committor_z *z; /* borrowed; NULL: every hop counts */
};

void pel_treated_free(struct pel_treated *treated)
{
    if (treated == NULL) return;
    for (size_t k = 0; treated->levels != NULL && k < treated->n; k++) {
        treated_cells_free(treated->levels[k].cells);
        free(treated->levels[k].e_a);
        free(treated->levels[k].e_r);
        free(treated->levels[k].pair);
        free(treated->levels[k].gone);
        free(treated->levels[k].back);
    }
    free(treated->levels);
    free(treated->e_is);
    free(treated->weights);
    free(treated->data);
    free(treated->sums);
    free(treated);
}

static pel_status take_cells(const struct pel_landscape *landscape, size_t k,
                             double pair_eV, struct level *level, struct pel_error *err)
{
    size_t left;
    const pel_status status =
        treated_cells_create(landscape, k, pair_eV, &level->cells, &left, err);
    if (status == PEL_OK && left == 0)
        return pel_error_set(err, PEL_EARG,
                             "level %.9g eV/atom: all cells have both barriers below %g "
                             "eV, nothing is left but two-level pairs",
                             pel_landscape_level_e_is(landscape, k), pair_eV);
    return status;
}

static pel_status take_level(const struct pel_landscape *landscape, size_t k,
                             double pair_eV, struct level *level, struct pel_error *err)
{
    const double *e_a, *e_r;
    size_t n;
    const pel_status status = pel_landscape_pairs(landscape, k, &n, &e_a, &e_r, err);
    if (status != PEL_OK) return status;
    level->n_all = n;
    level->e_a = calloc(n, sizeof *level->e_a);
    level->e_r = calloc(n, sizeof *level->e_r);
    level->pair = calloc(n, sizeof *level->pair);
    level->gone = calloc(n, sizeof *level->gone);
    level->back = calloc(n, sizeof *level->back);
    if (level->e_a == NULL || level->e_r == NULL || level->pair == NULL ||
        level->gone == NULL || level->back == NULL)
        return pel_error_set(err, PEL_ENOMEM, "rate: out of memory");
    size_t pairs = 0;
    for (size_t i = 0; i < n; i++) {
        if (e_a[i] < pair_eV && e_r[i] < pair_eV) {
            level->pair[pairs++] = e_a[i] - e_r[i];
            continue;
        }
        level->highest = fmax(level->highest, fmax(e_a[i], e_r[i]));
        level->e_a[level->n] = e_a[i];
        level->e_r[level->n++] = e_r[i];
    }
    if (level->n == 0)
        return pel_error_set(
            err, PEL_EARG,
            "level %.9g eV/atom: all %zu events have both barriers below "
            "%g eV, nothing is left but two-level pairs",
            pel_landscape_level_e_is(landscape, k), n, pair_eV);
    level->ln_share = log((double)level->n / (double)n);
    return PEL_OK;
}

pel_status pel_treated_create(const struct pel_landscape *landscape,
                              const struct pel_closure *closure, struct pel_treated **out,
                              struct pel_error *err)
{
    *out = NULL;
    struct pel_treated *t = calloc(1, sizeof *t);
    if (t == NULL) return pel_error_set(err, PEL_ENOMEM, "rate: out of memory");
    t->n = pel_landscape_levels(landscape);
    t->z = closure->z;
    t->e_is = calloc(t->n, sizeof *t->e_is);
    t->levels = calloc(t->n, sizeof *t->levels);
    t->data = calloc(3 * t->n, sizeof *t->data);
    t->sums = calloc(t->n, sizeof *t->sums);
    pel_status status = PEL_OK;
    size_t most = 1;
    if (t->e_is == NULL || t->levels == NULL || t->data == NULL || t->sums == NULL)
        status = pel_error_set(err, PEL_ENOMEM, "rate: out of memory");
    for (size_t k = 0; status == PEL_OK && k < t->n; k++) {
        t->e_is[k] = pel_landscape_level_e_is(landscape, k);
        status = pel_landscape_kind(landscape) == PEL_LANDSCAPE_EVENTS
                     ? take_level(landscape, k, closure->pair_eV, &t->levels[k], err)
                     : take_cells(landscape, k, closure->pair_eV, &t->levels[k], err);
        if (t->levels[k].n > most) most = t->levels[k].n;
    }
    if (status == PEL_OK) {
        t->weights = calloc(most, sizeof *t->weights);
        if (t->weights == NULL)
            status = pel_error_set(err, PEL_ENOMEM, "rate: out of memory");
    }
    if (status != PEL_OK) {
        pel_treated_free(t);
        return status;
    }
    *out = t;
    return PEL_OK;
}

/* ---- one level --------------------------------------------------------------------- */

/* 1 - p = exp(-beta E_R)/(e^x + exp(-beta E_R)) from u = x + beta E_R. */
static double undone(double u)
{
    if (u > 0.0) {
        const double f = exp(-u);
        return f / (1.0 + f);
    }
    return 1.0 / (1.0 + exp(u));
}

/* Exponents up to this leave the range of a double nowhere below. */
#define PLAIN_EXPONENT 300.0

/* L and its slope by x where no exponential underflows: the sums as they stand, with
 * exponentials that are kept from one x to the next. */
static void sum_plainly(struct level *level, double x, double beta,
                        struct treated_sums *out)
{
    if (level->beta != beta) {
        for (size_t i = 0; i < level->n; i++) {
            level->gone[i] = exp(-beta * level->e_a[i]);
            level->back[i] = exp(-beta * level->e_r[i]);
        }
        level->beta = beta;
    }
    /* At x = -inf p falls with e^x as exp(beta E_R): that is what l_x is there. */
    const double k = exp(x), rise = x == -INFINITY ? 1.0 : k;
    double sum = 0.0, stays = 0.0;
    for (size_t i = 0; i < level->n; i++) {
        const double over = 1.0 / (k + level->back[i]), w = level->gone[i] * over;
        sum += w;
        stays += w * rise * over;
    }
    out->l = log(sum) - log((double)level->n) + level->ln_share;
    out->l_x = -stays / sum;
}

/* Weights this far below the largest change no digit. */
#define NEGLIGIBLE_LN_WEIGHT 60.0

/* L, its slope by x and, if all is wanted, the rest. x = -inf: p = 0, l_x the slope by e^x,
 * or 0 where it is beyond a double; x = +inf: the limit of L + x, ln Z. */
static void sum_level(struct pel_treated *t, size_t k, double x, double beta, int all,
                      struct treated_sums *out)
{
    struct level *level = &t->levels[k];
    if (level->cells != NULL) {
        treated_cells_sum(level->cells, x, beta, out);
        return;
    }
    double largest = -INFINITY, *ln_w = t->weights;
    if (!all && x < PLAIN_EXPONENT && (x > -PLAIN_EXPONENT || x == -INFINITY) &&
        beta * level->highest < PLAIN_EXPONENT) {
        sum_plainly(level, x, beta, out);
        return;
    }
    const int joint = x == INFINITY;
    for (size_t i = 0; i < level->n; i++) {
        const double u = joint ? 0.0 : x + beta * level->e_r[i];
        /* exp(-beta E_A)/(e^x + r) = exp(beta (E_R - E_A))/(1 + e^u), or with e^u outside
         * where it is large; the bracket is below 2 and waits for the sum. */
        ln_w[i] = joint     ? -beta * level->e_a[i]
                  : u > 0.0 ? -beta * level->e_a[i] - x
                            : beta * (level->e_r[i] - level->e_a[i]);
        if (ln_w[i] > largest) largest = ln_w[i];
    }
    double sum = 0.0, a = 0.0, r = 0.0, p = 0.0, g = 0.0;
    double ap = 0.0, ag = 0.0, rp = 0.0, rg = 0.0;
    for (size_t i = 0; i < level->n; i++) {
        if (ln_w[i] < largest - NEGLIGIBLE_LN_WEIGHT) continue;
        double w = exp(ln_w[i] - largest), q = 0.0; /* q = 1 - p */
        const double e_a = level->e_a[i], e_r = level->e_r[i];
        if (!joint) {
            const double u = x + beta * e_r;
            q = undone(u);
            w *= u > 0.0 ? 1.0 - q : q;
        }
        if (!(w > 0.0)) continue;
        /* Means and covariances by West's updates: g = d ln w/d beta. */
        const double slope = -e_a + q * e_r, part = w / (sum += w);
        const double da = e_a - a, dr = e_r - r, dp = (1.0 - q) - p, dg = slope - g;
        a += da * part;
        r += dr * part;
        p += dp * part;
        g += dg * part;
        if (!all) continue;
        ap += w * da * ((1.0 - q) - p);
        ag += w * da * (slope - g);
        rp += w * dr * ((1.0 - q) - p);
        rg += w * dr * (slope - g);
    }
    *out = (struct treated_sums){.l = largest + log(sum) - log((double)level->n) +
                                      level->ln_share,
                                 .l_x = -p,
                                 .l_b = g,
                                 .a = a,
                                 .a_x = -ap / sum,
                                 .a_b = ag / sum,
                                 .r = r,
                                 .r_x = -rp / sum,
                                 .r_b = rg / sum};
}

/* ---- between levels ---------------------------------------------------------------- */

/* Which levels matter at e: all of pel_steffen_stencil without z, else the two beside it. */
static void find_stencil(const struct pel_treated *t, double e, struct pel_steffen *st)
{
    pel_steffen_stencil(t->n, t->e_is, e, st);
    if (t->z == NULL || t->n == 1) return;
    size_t k = 0;
    while (k + 2 < t->n && e >= t->e_is[k + 1])
        k++;
    *st = (struct pel_steffen){.first = k, .n = 2};
}

/* Their weights, for the data[first .. first + n) in t. */
static void find_weights(const struct pel_treated *t, double e, struct pel_steffen *st)
{
    if (t->z == NULL || t->n == 1) {
        pel_steffen_weights(t->n, t->e_is, t->data, e, st);
        return;
    }
    const double e0 = t->e_is[st->first], width = t->e_is[st->first + 1] - e0;
    const double part = (e - e0) / width;
    const int inside = part >= 0.0 && part <= 1.0;
    st->w[1] = fmin(fmax(part, 0.0), 1.0);
    st->w[0] = 1.0 - st->w[1];
    st->d[1] = inside ? 1.0 / width : 0.0;
    st->d[0] = -st->d[1];
}

/* L at e and x and its slope by x; leaves the weights of L's interpolation. */
static double interpolate(struct pel_treated *t, double e, double x, double beta, int all,
                          struct pel_steffen *st, double *slope)
{
    find_stencil(t, e, st);
    for (size_t j = 0; j < st->n; j++) {
        const size_t k = st->first + j;
        sum_level(t, k, x, beta, all, &t->sums[k]);
        t->data[k] = t->sums[k].l;
    }
    find_weights(t, e, st);
    double value = 0.0;
    *slope = 0.0;
    for (size_t j = 0; j < st->n; j++) {
        value += st->w[j] * t->data[st->first + j];
        *slope += st->w[j] * t->sums[st->first + j].l_x;
    }
    return value;
}

/* Iterations at most; a step of Newton below this is the last. */
#define MOST_STEPS 200
#define LAST_STEP  1e-13
/* ln(K/nu) below this is no escape. */
#define LOWEST_LN_K (-1e6)

/* The root x of ln z + L(x), which is ln_open > 0 at -inf and falls, first with slope `fall`
 * in e^x (not finite or 0: not known). Newton's method, kept within a bracket. Returns -inf
 * where the root is lost in rounding. */
static double solve(struct pel_treated *t, double e, double beta, double ln_z,
                    double ln_open, double fall)
{
    struct pel_steffen st;
    double slope, low = -INFINITY, step = 1.0;
    /* Above the root: with p = 1, L = ln Z - x, which the true one does not exceed, but for
     * rounding. */
    double high = interpolate(t, e, INFINITY, beta, 0, &st, &slope) + ln_z;
    high += LAST_STEP * (1.0 + fabs(high));
    double x = high;
    /* If every event were the same, e^x = (exp(ln_open) - 1)/c. */
    if (fall < 0.0 && isfinite(fall))
        x = fmin(high, (ln_open < 1.0 ? log(expm1(ln_open)) : ln_open) - log(-fall));
    for (int i = 0; i < MOST_STEPS; i++) {
        const double f = ln_z + interpolate(t, e, x, beta, 0, &st, &slope);
        if (f > 0.0)
            low = x;
        else
            high = x;
        const double move = -f / slope;
        if (!(fabs(move) > LAST_STEP * (1.0 + fabs(x)))) return x + move;
        const double before = x;
        x += move;
        if (low == -INFINITY && !(x >= before - step)) {
            x = before - step;
            step *= 2.0;
            if (x < LOWEST_LN_K) return -INFINITY;
        }
        if (!(x > low && x < high))
            x = low > -INFINITY ? 0.5 * (low + high) : high - step;
        if (!(high > low)) break;
    }
    return x;
}

/* Pairs hop to and fro in equilibrium: E/(1 + exp(beta E)) each, E = E_A - E_R. */
static void sum_pairs(const struct pel_treated *t, double e, double beta,
                      struct pel_treated_average *out)
{
    struct pel_steffen st;
    double mean[4] = {0.0}, by_beta[4] = {0.0};
    find_stencil(t, e, &st);
    for (size_t j = 0; j < st.n; j++) {
        const struct level *level = &t->levels[st.first + j];
        if (level->cells != NULL)
            treated_cells_pairs(level->cells, beta, &mean[j], &by_beta[j]);
        for (size_t i = 0; i < level->n_all - level->n; i++) {
            const double d = level->pair[i], there = undone(beta * d);
            mean[j] += d * there / (double)level->n_all;
            by_beta[j] -= d * d * there * (1.0 - there) / (double)level->n_all;
        }
        t->data[st.first + j] = mean[j];
    }
    find_weights(t, e, &st);
    out->e_pairs = out->e_pairs_b = 0.0;
    for (size_t j = 0; j < st.n; j++) {
        out->e_pairs += st.w[j] * mean[j];
        out->e_pairs_b += st.w[j] * by_beta[j];
    }
}

void pel_treated_average(struct pel_treated *t, double e, double beta,
                         struct pel_treated_average *out)
{
    struct pel_steffen st, st_r;
    double x = INFINITY, ln_z = 0.0, ln_z_slope = 0.0, slope;
    *out = (struct pel_treated_average){.ln_open = NAN};
    sum_pairs(t, e, beta, out);
    if (t->z != NULL) {
        ln_z = pel_committor_ln_z(t->z, e, &ln_z_slope);
        out->ln_open = ln_z + interpolate(t, e, -INFINITY, beta, 0, &st, &slope);
        x = out->ln_open > 0.0 ? solve(t, e, beta, ln_z, out->ln_open, slope) : -INFINITY;
        if (x == -INFINITY) {
            out->ln_z = -INFINITY;
            return;
        }
    }
    const double l = interpolate(t, e, x, beta, 1, &st, &slope);
    double l_e = 0.0, l_b = 0.0, a_b = 0.0, a_x = 0.0, a_e = 0.0;
    for (size_t j = 0; j < st.n; j++) {
        const struct treated_sums *s = &t->sums[st.first + j];
        l_e += st.d[j] * s->l;
        l_b += st.w[j] * s->l_b;
        out->e_a += st.w[j] * s->a;
        a_b += st.w[j] * s->a_b;
        a_x += st.w[j] * s->a_x;
        a_e += st.d[j] * s->a;
        t->data[st.first + j] = s->r;
    }
    find_stencil(t, e, &st_r);
    find_weights(t, e, &st_r);
    double r_b = 0.0, r_x = 0.0, r_e = 0.0;
    for (size_t j = 0; j < st_r.n; j++) {
        const struct treated_sums *s = &t->sums[st_r.first + j];
        out->e_r += st_r.w[j] * s->r;
        r_b += st_r.w[j] * s->r_b;
        r_x += st_r.w[j] * s->r_x;
        r_e += st_r.d[j] * s->r;
    }
    /* With z: <p exp(-beta E_A)> = (K/nu)/z, and the root moves with beta and e. */
    double x_b = 0.0, x_e = 0.0;
    if (t->z != NULL) {
        x_b = -l_b / slope;
        x_e = -(ln_z_slope + l_e) / slope;
        out->ln_z = x - ln_z;
        out->ln_z_b = x_b;
        out->ln_z_e = x_e - ln_z_slope;
    } else {
        out->ln_z = l;
        out->ln_z_b = l_b;
        out->ln_z_e = l_e;
    }
    out->gain_b = a_b - r_b + x_b * (a_x - r_x);
    out->gain_e = a_e - r_e + x_e * (a_x - r_x);
}

/* ln <exp(beta (2 E_R - E_A))> - ln <exp(beta (E_R - E_A))> of a level: L falls by its
 * exponential times e^x where that is small. */
static double ln_fall(const struct level *level, double beta)
{
    if (level->cells != NULL) return treated_cells_ln_fall(level->cells, beta);
    double top[2] = {-INFINITY, -INFINITY}, sum[2] = {0.0, 0.0};
    for (int twice = 0; twice < 2; twice++) {
        for (size_t i = 0; i < level->n; i++)
            top[twice] =
                fmax(top[twice], beta * ((1 + twice) * level->e_r[i] - level->e_a[i]));
        for (size_t i = 0; i < level->n; i++)
            sum[twice] +=
                exp(beta * ((1 + twice) * level->e_r[i] - level->e_a[i]) - top[twice]);
    }
    return top[1] - top[0] + log(sum[1] / sum[0]);
}

/* Near the threshold ln_open = c e^x with c = sum of the weights and exp(ln_fall), and
 * <p exp(-beta E_A)> = e^x/z. */
void pel_treated_threshold(struct pel_treated *t, double e, double beta,
                           struct pel_treated_threshold *out)
{
    struct pel_steffen st;
    double slope, ln_z_slope, ln_c[4], top = -INFINITY, c = 0.0, c_e = 0.0;
    const double ln_z = pel_committor_ln_z(t->z, e, &ln_z_slope);
    *out = (struct pel_treated_threshold){.ln_open_e = ln_z_slope};
    out->ln_open = ln_z + interpolate(t, e, -INFINITY, beta, 1, &st, &slope);
    for (size_t j = 0; j < st.n; j++) {
        const struct treated_sums *s = &t->sums[st.first + j];
        out->ln_open_b += st.w[j] * s->l_b;
        out->ln_open_e += st.d[j] * s->l;
        out->gain += st.w[j] * (s->a - s->r);
        out->gain_e += st.d[j] * (s->a - s->r);
        ln_c[j] = ln_fall(&t->levels[st.first + j], beta);
        top = fmax(top, ln_c[j]);
    }
    for (size_t j = 0; j < st.n; j++) {
        c += st.w[j] * exp(ln_c[j] - top);
        c_e += st.d[j] * exp(ln_c[j] - top);
    }
    out->ln_slope = -ln_z - top - log(c);
    out->ln_slope_e = -ln_z_slope - c_e / c;
}

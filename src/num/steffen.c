#include <pelrate/steffen.h>

#include <assert.h>
#include <math.h>
#include <string.h>

/* Index i of the interval [x_i, x_i+1] that holds `at`, the end intervals beyond the
 * ends. */
static size_t find_interval(size_t n, const double x[], double at)
{
    size_t lo = 0, hi = n - 1;
    while (hi - lo > 1) {
        const size_t mid = lo + (hi - lo) / 2;
        if (x[mid] <= at)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

void pel_steffen_stencil(size_t n, const double x[], double at, struct pel_steffen *out)
{
    assert(n >= 1);
    memset(out, 0, sizeof *out);
    if (n == 1) {
        out->n = 1;
        return;
    }
    const size_t i = find_interval(n, x, at);
    /* A slope at a knot needs its two neighbours: one point more on either side. */
    out->first = i > 0 ? i - 1 : 0;
    const size_t last = i + 2 < n ? i + 2 : n - 1;
    out->n = last - out->first + 1;
}

/* Weights g[4] of the slope at knot k, counted in the stencil. */
static void weigh_slope(size_t n, const double x[], const double y[], size_t k,
                        size_t first, double g[4])
{
    memset(g, 0, 4 * sizeof *g);
    if (k == 0 || k == n - 1) {
        /* End: the slope of the end piece, as in gsl_interp_steffen. */
        const size_t i = k == 0 ? 0 : n - 2;
        const double h = x[i + 1] - x[i];
        g[i - first] = -1.0 / h;
        g[i + 1 - first] = 1.0 / h;
        return;
    }
    const double hl = x[k] - x[k - 1], hr = x[k + 1] - x[k];
    const double sl = (y[k] - y[k - 1]) / hl, sr = (y[k + 1] - y[k]) / hr;
    const double p = (sl * hr + sr * hl) / (hl + hr); /* Eq. 8: slope of the parabola */
    /* Eq. 11: (sign sl + sign sr) min(|sl|, |sr|, |p|/2). Every branch is linear in y. */
    if (!(sl * sr > 0.0)) return;
    const double a = fabs(sl), b = fabs(sr), c = 0.5 * fabs(p);
    double wl = 0.0, wr = 0.0; /* slope = wl sl + wr sr */
    if (a <= b && a <= c) {
        wl = 2.0;
    } else if (b <= c) {
        wr = 2.0;
    } else {
        wl = hr / (hl + hr);
        wr = hl / (hl + hr);
    }
    g[k - 1 - first] -= wl / hl;
    g[k - first] += wl / hl - wr / hr;
    g[k + 1 - first] += wr / hr;
}

void pel_steffen_piece(size_t n, const double x[], double at,
                       struct pel_steffen_piece *out)
{
    *out = (struct pel_steffen_piece){.y = {1.0, 0.0}};
    if (n == 1) return;
    const size_t i = find_interval(n, x, at);
    out->lower = i;
    out->upper = i + 1;
    if (at < x[0]) {
        out->s[0] = at - x[0];
        return;
    }
    if (at > x[n - 1]) {
        out->y[0] = 0.0;
        out->y[1] = 1.0;
        out->s[1] = at - x[n - 1];
        return;
    }
    /* Hermite form of the cubic (Eqs. 2-5). */
    const double h = x[i + 1] - x[i], t = (at - x[i]) / h;
    out->y[1] = t * t * (3.0 - 2.0 * t);
    out->y[0] = 1.0 - out->y[1];
    out->s[0] = h * t * (1.0 - t) * (1.0 - t);
    out->s[1] = h * t * t * (t - 1.0);
}

void pel_steffen_weights(size_t n, const double x[], const double y[], double at,
                         struct pel_steffen *out)
{
    pel_steffen_stencil(n, x, at, out);
    if (n == 1) {
        out->w[0] = 1.0;
        return;
    }
    const size_t i = find_interval(n, x, at), first = out->first;
    double g0[4], g1[4]; /* weights of the slopes at both ends of the interval */
    weigh_slope(n, x, y, i, first, g0);
    weigh_slope(n, x, y, i + 1, first, g1);
    struct pel_steffen_piece p;
    pel_steffen_piece(n, x, at, &p);
    for (size_t j = 0; j < out->n; j++)
        out->w[j] = p.y[0] * (first + j == i ? 1.0 : 0.0) +
                    p.y[1] * (first + j == i + 1 ? 1.0 : 0.0) + p.s[0] * g0[j] +
                    p.s[1] * g1[j];
    if (at < x[0] || at > x[n - 1]) {
        memcpy(out->d, at < x[0] ? g0 : g1, sizeof out->d);
        return;
    }
    const double h = x[i + 1] - x[i], t = (at - x[i]) / h;
    const double dp1 = 6.0 * t * (1.0 - t) / h, dq0 = (1.0 - t) * (1.0 - 3.0 * t);
    const double dq1 = t * (3.0 * t - 2.0);
    for (size_t j = 0; j < out->n; j++) {
        const double at0 = first + j == i ? 1.0 : 0.0,
                     at1 = first + j == i + 1 ? 1.0 : 0.0;
        out->d[j] = dp1 * (at1 - at0) + dq0 * g0[j] + dq1 * g1[j];
    }
}

void pel_steffen_slopes(size_t n, const double x[], size_t m, const double by[],
                        const double y[], double slope[])
{
    for (size_t k = 0; k < n; k++) {
        double *to = slope + k * m;
        if (n == 1) {
            memset(to, 0, m * sizeof *to);
            continue;
        }
        const size_t l = k > 0 ? k - 1 : 0, r = k + 1 < n ? k + 1 : k;
        const double hl = x[k] - x[l], hr = x[r] - x[k];
        const double *yl = y + l * m, *yk = y + k * m, *yr = y + r * m;
        if (l == k || r == k) {
            for (size_t j = 0; j < m; j++)
                to[j] = (yr[j] - yl[j]) / (l == k ? hr : hl);
            continue;
        }
        /* weigh_slope, its branches as choices. */
        const double *bl = by + l * m, *bk = by + k * m, *br = by + r * m;
        const double pl = hr / (hl + hr), pr = hl / (hl + hr);
        for (size_t j = 0; j < m; j++) {
            const double sl = (bk[j] - bl[j]) / hl, sr = (br[j] - bk[j]) / hr;
            const double a = fabs(sl), b = fabs(sr), c = 0.5 * fabs(sl * pl + sr * pr);
            const int left = (a <= b) & (a <= c), right = b <= c;
            double wl = left ? 2.0 : (right ? 0.0 : pl);
            double wr = left ? 0.0 : (right ? 2.0 : pr);
            wl = sl * sr > 0.0 ? wl : 0.0;
            wr = sl * sr > 0.0 ? wr : 0.0;
            to[j] = wl * ((yk[j] - yl[j]) / hl) + wr * ((yr[j] - yk[j]) / hr);
        }
    }
}

#include "noise_priv.h"

#include <math.h>

/* Residuals of more standard deviations than this are a trend that bends sharply. */
static const double unexplained = 4.0;

/* One residual: chord i against the line through chords i - step and i + step, at its
 * middle time. Weighted so that residuals beside short chords, which scatter more, do not
 * rule the sums. */
static void add_residual(struct noise_sums *sums, const struct pel_curve *curve, size_t i,
                         size_t step, double point, double walk)
{
    const size_t at[3] = {i - step, i, i + step};
    double length[3], middle[3], slope[3];
    for (int k = 0; k < 3; k++) {
        const double t0 = curve->time_ps[at[k]], t1 = curve->time_ps[at[k] + 1];
        length[k] = t1 - t0;
        middle[k] = 0.5 * (t0 + t1);
        slope[k] = (curve->e_is[at[k] + 1] - curve->e_is[at[k]]) / length[k];
    }
    const double s = (middle[1] - middle[0]) / (middle[2] - middle[0]);
    const double c[3] = {s - 1.0, 1.0, -s};
    double residual = 0.0, of_point = 0.0, of_walk = 0.0;
    for (int k = 0; k < 3; k++) {
        const double a = c[k] / length[k];
        residual += c[k] * slope[k];
        of_point += 2.0 * a * a;
        of_walk += a * a * length[k];
        /* Neighbours share a point. */
        if (step == 1 && k > 0) of_point -= 2.0 * a * c[k - 1] / length[k - 1];
    }
    const double square = residual * residual;
    if (square > unexplained * unexplained * (point * of_point + walk * of_walk)) return;
    const double scale = 1.0 / of_point;
    const size_t which = step - 1;
    sums->squares[which] += square * scale;
    sums->of_point[which] += 1.0;
    sums->of_walk[which] += of_walk * scale;
    sums->n[which]++;
}

void pel_noise_add(struct noise_sums *sums, const struct pel_curve *curve, size_t first,
                   double point, double walk)
{
    for (size_t step = 1; step <= 2; step++)
        for (size_t i = first + step; i + step + 1 < curve->n; i++)
            add_residual(sums, curve, i, step, point, walk);
}

void pel_noise_solve(const struct noise_sums *sums, double *point, double *walk)
{
    *point = *walk = NAN;
    if (sums->n[0] == 0) return;
    if (sums->n[1] == 0) { /* curves of four or five points: all in the points */
        *point = sums->squares[0] / sums->of_point[0];
        *walk = 0.0;
        return;
    }
    const double *a = sums->of_point, *b = sums->of_walk, *r = sums->squares;
    const double det = a[0] * b[1] - a[1] * b[0];
    *point = (r[0] * b[1] - r[1] * b[0]) / det;
    *walk = (a[0] * r[1] - a[1] * r[0]) / det;
    /* The second sum has no covariances in it: it fixes the variance of a chord, whichever
     * kind of noise has to give way. */
    if (!(*point >= 0.0)) {
        *point = 0.0;
        *walk = r[1] / b[1];
    } else if (!(*walk >= 0.0)) {
        *point = r[1] / a[1];
        *walk = 0.0;
    }
}

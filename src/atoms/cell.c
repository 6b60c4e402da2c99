#include <pelrate/cell.h>

#include <math.h>
#include <string.h>

static void cross(const double a[3], const double b[3], double out[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

pel_status pel_cell_init(struct pel_cell *cell, const double h[3][3],
                         const double origin[3], struct pel_error *err)
{
    struct pel_cell made = {0};
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            if (!isfinite(h[i][k]))
                return pel_error_set(err, PEL_EARG, "cell vector %c is not finite",
                                     'a' + i);
            made.h[i][k] = h[i][k];
        }
        made.origin[i] = origin == NULL ? 0.0 : origin[i];
        if (!isfinite(made.origin[i]))
            return pel_error_set(err, PEL_EARG, "the origin of the cell is not finite");
    }
    double normal[3][3]; /* b x c, c x a, a x b */
    for (int i = 0; i < 3; i++)
        cross(h[(i + 1) % 3], h[(i + 2) % 3], normal[i]);
    made.volume = dot(h[0], normal[0]);
    if (!(made.volume > 0.0) || !isfinite(made.volume))
        return pel_error_set(err, PEL_EARG,
                             "cell volume a.(b x c) is %g A^3, expected a positive one "
                             "(right-handed cell vectors)",
                             made.volume);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            made.inverse[k][i] = normal[i][k] / made.volume;
    *cell = made;
    return PEL_OK;
}

void pel_cell_heights(const struct pel_cell *cell, double heights[3])
{
    /* Column i of the inverse is the face normal divided by the height. */
    for (int i = 0; i < 3; i++) {
        const double g[3] = {cell->inverse[0][i], cell->inverse[1][i],
                             cell->inverse[2][i]};
        heights[i] = 1.0 / sqrt(dot(g, g));
    }
}

static double fraction(const struct pel_cell *cell, const double d[3], int i)
{
    return d[0] * cell->inverse[0][i] + d[1] * cell->inverse[1][i] +
           d[2] * cell->inverse[2][i];
}

static void subtract_vectors(const struct pel_cell *cell, double r[3], const double n[3])
{
    for (int k = 0; k < 3; k++)
        r[k] -= n[0] * cell->h[0][k] + n[1] * cell->h[1][k] + n[2] * cell->h[2][k];
}

void pel_cell_wrap(const struct pel_cell *cell, double r[3], int image[3])
{
    const double d[3] = {r[0] - cell->origin[0], r[1] - cell->origin[1],
                         r[2] - cell->origin[2]};
    double n[3];
    for (int i = 0; i < 3; i++) {
        n[i] = floor(fraction(cell, d, i));
        if (image != NULL) image[i] = (int)n[i];
    }
    /* A point inside keeps its bits. */
    if (n[0] != 0.0 || n[1] != 0.0 || n[2] != 0.0) subtract_vectors(cell, r, n);
}

void pel_cell_minimum_image(const struct pel_cell *cell, double d[3])
{
    double s[3], n[3], heights[3];
    for (int i = 0; i < 3; i++)
        n[i] = nearbyint(fraction(cell, d, i));
    subtract_vectors(cell, d, n);

    pel_cell_heights(cell, heights);
    const double smallest = fmin(heights[0], fmin(heights[1], heights[2]));
    double best = dot(d, d);
    /* A lattice vector is at least as long as the smallest height, so below half of that
     * nothing shorter exists. */
    if (!(4.0 * best > smallest * smallest)) return;

    /* An image shorter than |d| has every fractional coordinate below |d| / height. */
    const double length = sqrt(best), start[3] = {d[0], d[1], d[2]};
    double low[3], high[3];
    for (int i = 0; i < 3; i++) {
        s[i] = fraction(cell, d, i);
        low[i] = ceil(s[i] - length / heights[i]);
        high[i] = floor(s[i] + length / heights[i]);
    }
    for (n[0] = low[0]; n[0] <= high[0]; n[0]++)
        for (n[1] = low[1]; n[1] <= high[1]; n[1]++)
            for (n[2] = low[2]; n[2] <= high[2]; n[2]++) {
                double trial[3] = {start[0], start[1], start[2]};
                subtract_vectors(cell, trial, n);
                const double square = dot(trial, trial);
                if (square < best) {
                    best = square;
                    memcpy(d, trial, sizeof trial);
                }
            }
}

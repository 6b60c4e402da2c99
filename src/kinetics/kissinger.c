#include <pelrate/kissinger.h>

#include <pelrate/constants.h>
#include <pelrate/line.h>

#include <math.h>
#include <stdlib.h>

/* Of Doyle's linear integral: d ln p / d(E/k_B T) with p = exp(-5.331 - 1.052 E/k_B T). */
#define DOYLE 1.052

pel_status pel_kissinger_fit(size_t n, const double heat_K_per_s[],
                             const double temperature_K[], struct pel_kissinger *out,
                             struct pel_error *err)
{
    *out = (struct pel_kissinger){0, NAN, NAN, NAN, NAN};
    double *x = malloc(3 * (n + 1) * sizeof *x);
    if (x == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu heating rates", n);
    double *kissinger = x + n, *ozawa = x + 2 * n;
    pel_status status = PEL_OK;
    for (size_t i = 0; status == PEL_OK && i < n; i++) {
        const double q = heat_K_per_s[i], T = temperature_K[i];
        if (isnan(q) || isnan(T)) continue;
        if (!(q > 0.0 && isfinite(q) && T > 0.0 && isfinite(T)))
            status = pel_error_set(err, PEL_EARG,
                                   "%g K at a heating rate of %g K/s, expected numbers "
                                   "> 0",
                                   T, q);
        x[out->n] = -1.0 / (PEL_KB * T);
        kissinger[out->n] = log(q / (T * T));
        ozawa[out->n++] = log(q);
    }
    struct pel_line line;
    if (status == PEL_OK) status = pel_line_fit(out->n, x, kissinger, &line, err);
    if (status == PEL_OK) {
        out->kissinger_eV = line.slope;
        out->kissinger_se = line.slope_se;
        status = pel_line_fit(out->n, x, ozawa, &line, err);
    }
    if (status == PEL_OK) {
        out->ozawa_eV = line.slope / DOYLE;
        out->ozawa_se = line.slope_se / DOYLE;
    }
    free(x);
    return status;
}

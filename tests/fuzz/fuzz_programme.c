/* The reader of temperature programmes. What it accepts has at least two corners, lasts a
 * finite time, never goes back in time and never leaves the temperatures of its corners. */

#include "bytes.h"

#include <math.h>
#include <pelrate/programme.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pel_programme *p = NULL;
    struct pel_error err = {0};
    if (pel_programme_read(bytes_as_file(data, size), &p, &err) != PEL_OK) {
        MUST_HOLD(p == NULL && err.text[0] != '\0');
        return 0;
    }
    const size_t n = pel_programme_corners(p);
    const double duration = pel_programme_duration(p);
    double low = INFINITY, high = 0.0;
    MUST_HOLD(n >= 2 && duration > 0.0 && isfinite(duration));
    for (size_t k = 0; k < n; k++) {
        const double T = pel_programme_corner_temperature(p, k);
        MUST_HOLD(T > 0.0 && isfinite(T));
        low = fmin(low, T);
        high = fmax(high, T);
        if (k == 0) continue;
        MUST_HOLD(pel_programme_segment(p, k) > 0.0);
        MUST_HOLD(pel_programme_corner_time(p, k) >= pel_programme_corner_time(p, k - 1));
    }
    for (int k = -1; k <= 17; k++) {
        const double T = pel_programme_temperature(p, duration * k / 16.0);
        MUST_HOLD(T >= low * (1.0 - 1e-12) && T <= high * (1.0 + 1e-12));
    }
    pel_programme_free(p);
    return 0;
}

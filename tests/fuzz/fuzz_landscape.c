/* The reader of landscapes. What it accepts has averages that are numbers at every
 * temperature, and is the same landscape when it is written and read again. */

#include "bytes.h"

#include <math.h>
#include <pelrate/constants.h>
#include <pelrate/landscape.h>
#include <string.h>

static void check_averages(const struct pel_landscape *l)
{
    static const double temperatures[] = {1.0, 77.0, 300.0, 900.0, 3000.0};
    const double lo = pel_landscape_e_is_min(l), hi = pel_landscape_e_is_max(l);
    struct pel_landscape_scratch *scratch = NULL;
    if (pel_landscape_scratch_create(l, &scratch, NULL) != PEL_OK) return;
    for (int k = 0; k < 3; k++)
        for (size_t t = 0; t < sizeof temperatures / sizeof temperatures[0]; t++) {
            struct pel_average a;
            struct pel_error err = {0};
            const double e = k == 2 ? hi : lo + 0.37 * k * (hi - lo);
            const pel_status status =
                pel_landscape_average(l, e, 1.0 / (PEL_KB * temperatures[t]),
                                      PEL_RANGE_STRICT, scratch, &a, &err);
            if (status != PEL_OK) {
                MUST_HOLD(err.text[0] != '\0');
                continue;
            }
            MUST_HOLD(!isnan(a.ln_z) && !isnan(a.ln_z_b) && !isnan(a.e_r));
        }
    pel_landscape_scratch_free(scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pel_landscape *l = NULL, *again = NULL;
    struct pel_error err = {0};
    if (pel_landscape_read(bytes_as_file(data, size), &l, &err) != PEL_OK) {
        MUST_HOLD(l == NULL && err.text[0] != '\0');
        return 0;
    }
    check_averages(l);
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (stream == NULL) abort();
    fprintf(stream, "# format: %s\n", PEL_LANDSCAPE_FORMAT);
    MUST_HOLD(pel_landscape_write(l, stream, &err) == PEL_OK);
    fclose(stream);
    const pel_status status =
        pel_landscape_read(bytes_as_file((const uint8_t *)text, length), &again, &err);
    if (status != PEL_OK) fprintf(stderr, "%s\n%s\n", err.text, text);
    MUST_HOLD(status == PEL_OK);
    MUST_HOLD(pel_landscape_levels(again) == pel_landscape_levels(l));
    MUST_HOLD(pel_landscape_e_is_min(again) == pel_landscape_e_is_min(l));
    MUST_HOLD(pel_landscape_e_is_max(again) == pel_landscape_e_is_max(l));
    free(text);
    pel_landscape_free(again);
    pel_landscape_free(l);
    return 0;
}

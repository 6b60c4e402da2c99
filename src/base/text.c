#include <pelrate/text.h>

#include "decimal_priv.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *pel_text_double(char buffer[PEL_TEXT_DOUBLE], double value)
{
    if (pel_decimal_print(buffer, value) == 0) return buffer;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, PEL_TEXT_DOUBLE, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value) break;
    }
    return buffer;
}

/* Only blanks may follow a number. */
static int is_rest_blank(const char *rest)
{
    while (isspace((unsigned char)*rest))
        rest++;
    return *rest == '\0';
}

int pel_text_to_double(const char *text, double *value)
{
    char *end;
    const double number = strtod(text, &end);
    if (end == text || !is_rest_blank(end) || !isfinite(number)) return -1;
    *value = number;
    return 0;
}

int pel_text_to_long(const char *text, long long *value)
{
    char *end;
    errno = 0;
    const long long number = strtoll(text, &end, 10);
    if (end == text || !is_rest_blank(end) || errno == ERANGE) return -1;
    *value = number;
    return 0;
}

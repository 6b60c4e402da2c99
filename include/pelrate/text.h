#ifndef PEL_TEXT_H
#define PEL_TEXT_H

#include <pelrate/status.h>

enum { PEL_TEXT_DOUBLE = 32 };

/* Shortest of %.15g, %.16g, %.17g that reads back as the same number (so that what is
 * printed loses nothing and 0.1 stays 0.1). Returns buffer. Locale "C" is assumed. */
PEL_API const char *pel_text_double(char buffer[PEL_TEXT_DOUBLE], double value);

/* A whole text as a finite number: no rest, no empty text, no NaN, no infinity.
 * Returns 0 when it is one, -1 otherwise (*value untouched). */
PEL_API int pel_text_to_double(const char *text, double *value);

/* The same for an integer in base 10. */
PEL_API int pel_text_to_long(const char *text, long long *value);

#endif /* PEL_TEXT_H */

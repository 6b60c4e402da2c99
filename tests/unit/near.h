#ifndef PEL_TEST_NEAR_H
#define PEL_TEST_NEAR_H

/* Comparisons of numbers that say what they compared. Include after cmocka.h. */

#include <math.h>

#define NEAR_REL(value, want, tolerance)                                                 \
    near_check((value), (want), (tolerance)*fabs(want), (tolerance), #value, __FILE__,   \
               __LINE__)
#define NEAR_ABS(value, want, tolerance)                                                 \
    near_check((value), (want), (tolerance), (tolerance), #value, __FILE__, __LINE__)

static inline void near_check(double value, double want, double allowed, double tolerance,
                              const char *what, const char *file, int line)
{
    if (value == want || fabs(value - want) <= allowed) return;
    print_error("%s = %.17g, want %.17g: off by %.3g (relative %.3g), allowed %.3g\n",
                what, value, want, value - want, (value - want) / want, tolerance);
    _fail(file, line);
}

#endif

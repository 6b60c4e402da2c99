#ifndef PEL_SADDLES_VECTOR_PRIV_H
#define PEL_SADDLES_VECTOR_PRIV_H

#include <math.h>
#include <stddef.h>

/* The few operations on vectors that this room repeats. */

static inline double vector_dot(size_t n, const double a[], const double b[])
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static inline double vector_norm(size_t n, const double a[])
{
    return sqrt(vector_dot(n, a, a));
}

/* b += factor * a */
static inline void vector_add(size_t n, double factor, const double a[], double b[])
{
    for (size_t i = 0; i < n; i++)
        b[i] += factor * a[i];
}

/* Make a unit vector; returns the length that it had (0: left alone). */
static inline double vector_normalise(size_t n, double a[])
{
    const double length = vector_norm(n, a);
    if (length > 0.0)
        for (size_t i = 0; i < n; i++)
            a[i] /= length;
    return length;
}

/* Largest |component|; NaN if any is. */
static inline double vector_max(size_t n, const double a[])
{
    double most = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(a[i])) return a[i];
        if (fabs(a[i]) > most) most = fabs(a[i]);
    }
    return most;
}

/* Subtract the mean of each Cartesian component (x y z of every atom in turn). */
static inline void vector_no_translation(size_t n, double a[])
{
    double mean[3] = {0.0, 0.0, 0.0};
    for (size_t i = 0; i < n; i++)
        mean[i % 3] += a[i];
    for (size_t c = 0; c < 3; c++)
        mean[c] /= (double)(n / 3);
    for (size_t i = 0; i < n; i++)
        a[i] -= mean[i % 3];
}

#endif /* PEL_SADDLES_VECTOR_PRIV_H */

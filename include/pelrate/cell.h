#ifndef PEL_CELL_H
#define PEL_CELL_H

#include <pelrate/status.h>

/* A periodic cell, general triclinic.
 *
 * Conventions, for every header that holds a cell:
 *   vectors are ROWS:  h[0] = a, h[1] = b, h[2] = c   [A]
 *   Cartesian r = origin + s h   (row vector s of fractional coordinates, in [0, 1))
 *   right-handed: volume = a . (b x c) > 0
 *   all three directions are periodic */
struct pel_cell {
    double h[3][3];       /* cell vectors as rows [A] */
    double inverse[3][3]; /* h^-1, kept by pel_cell_init [1/A] */
    double origin[3];     /* corner of the cell [A] */
    double volume;        /* a . (b x c) [A^3] */
};

/* Fill a cell from its vectors (rows, [A]) and its origin [A]; NULL origin means 0.
 * Errors: PEL_EARG  a vector is not finite, or the volume is not positive. */
PEL_API pel_status pel_cell_init(struct pel_cell *cell, const double h[3][3],
                                 const double origin[3], struct pel_error *err);

/* Distance between opposite faces along each direction [A]: volume / |b x c|, ... */
PEL_API void pel_cell_heights(const struct pel_cell *cell, double heights[3]);

/* Move r [A] into the cell by whole cell vectors; image (may be NULL) receives how many
 * of each vector were subtracted. */
PEL_API void pel_cell_wrap(const struct pel_cell *cell, double r[3], int image[3]);

/* Replace the difference d [A] of two positions by its shortest periodic image. Exact for
 * any cell (neighbouring images are searched), also for a strongly tilted one. */
PEL_API void pel_cell_minimum_image(const struct pel_cell *cell, double d[3]);

#endif /* PEL_CELL_H */

#ifndef PEL_SURFACE_H
#define PEL_SURFACE_H

#include <pelrate/status.h>
#include <stddef.h>

/* A potential-energy surface: energy and gradient of a point x in n dimensions.
 *
 * Minimisers and saddle searches know nothing else, so they are tested on surfaces in
 * closed form before any atom is involved. Coordinates are Cartesian [A] and unwrapped:
 * a point moves continuously and the distance of two points of one run is |x - y|.
 * (Surfaces in closed form may take any unit; tolerances then change their unit too.) */
struct pel_surface {
    size_t n;      /* number of coordinates */
    void *context; /* handed to evaluate; borrowed */
    /* Energy [eV] and gradient[n] = dE/dx [eV/A] (minus the force) at x[n] [A].
     * Errors: those of the surface behind it; PEL_EARG if x is not finite. */
    pel_status (*evaluate)(void *context, const double x[], double *energy,
                           double gradient[], struct pel_error *err);
};

#endif /* PEL_SURFACE_H */

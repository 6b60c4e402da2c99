#ifndef PEL_COMMITTOR_H
#define PEL_COMMITTOR_H

#include <pelrate/status.h>
#include <stddef.h>

/* The number of paths onward, z, of the closure `committor` (closure.h): how many other
 * escape paths there are, local to the state where a hop arrives. Over E_IS, or constant.
 * Between its points ln z is interpolated by Steffen's scheme (steffen.h); beyond them z is
 * that of the nearest. Constant once made. */
struct pel_committor_z;

/* From n >= 1 points, e_is[n] strictly increasing [eV/atom], z[n] > 0 [1]; copied. n = 1: a
 * constant. Errors: PEL_EARG what is said above does not hold; PEL_ENOMEM. On error *out is
 * NULL. */
PEL_API pel_status pel_committor_z_create(size_t n, const double e_is[], const double z[],
                                          struct pel_committor_z **out,
                                          struct pel_error *err);

/* From the CSV columns e_is_eV_per_atom and `column` ("z_chao1"), such as `pelrate successors
 * --levels` writes. Errors: PEL_EOPEN, PEL_EIO; PEL_EFORMAT (FILE:LINE: ...) columns or rows
 * missing, what pel_committor_z_create refuses; PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_committor_z_read(const char *path, const char *column,
                                        struct pel_committor_z **out,
                                        struct pel_error *err);

/* Release it. NULL is allowed. */
PEL_API void pel_committor_z_free(struct pel_committor_z *z);

/* ln z at e_is [eV/atom], and d ln z / d e_is [1/(eV/atom)]. */
PEL_API double pel_committor_ln_z(const struct pel_committor_z *z, double e_is,
                                  double *slope);

#endif /* PEL_COMMITTOR_H */

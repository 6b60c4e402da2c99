#ifndef PEL_BAROSTAT_H
#define PEL_BAROSTAT_H

#include <pelrate/status.h>

struct pel_md;

/* A way to hold the pressure: every few steps all of space is scaled by one factor, cell
 * and positions alike, so that any triclinic cell keeps its shape. */
struct pel_barostat {
    const char *name;       /* as given on a command line: "cell-rescaling" */
    const char *doc;        /* one paragraph for a reader */
    const char *references; /* papers */
    int scales_velocities;  /* whether velocities are divided by the factor */
    int needs_temperature;  /* whether a target temperature above 0 K is needed */
    /* Factor of all lengths for dt_ps [ps] since the last one; not finite or not positive
     * where the settings are unfit for the state. NULL: the volume is constant. */
    double (*factor)(struct pel_md *md, double dt_ps);
};

/* Constant volume. */
extern PEL_API const struct pel_barostat pel_barostat_none;
/* Stochastic cell rescaling (Bernetti & Bussi, J. Chem. Phys. 153:114107 (2020)),
 * isotropic: samples the isothermal-isobaric ensemble. Integrated in the square root of
 * the volume, whose noise does not depend on the volume. */
extern PEL_API const struct pel_barostat pel_barostat_rescaling;
/* Weak coupling (Berendsen et al., J. Chem. Phys. 81:3684 (1984)): brings the pressure to
 * its target, but the volume fluctuates too little. Velocities are left alone. */
extern PEL_API const struct pel_barostat pel_barostat_berendsen;

/* The k-th barostat of the library, NULL past the last. */
PEL_API const struct pel_barostat *pel_barostat_at(size_t k);

/* The barostat of a name.
 * Errors: PEL_EARG unknown name (the known ones are listed); *out is NULL then. */
PEL_API pel_status pel_barostat_find(const char *name, const struct pel_barostat **out,
                                     struct pel_error *err);

#endif /* PEL_BAROSTAT_H */

#include "potential_priv.h"

static pel_status open_lammps(const struct pel_potential_source *source,
                              struct pel_potential **out, struct pel_error *err)
{
    (void)source;
    *out = NULL;
    return pel_error_set(err, PEL_EARG, "built without the engine lammps");
}

const struct pel_engine pel_engine_lammps = {
    .name = "lammps",
    .doc =
        "Any pair style of LAMMPS (Thompson et al., Comput. Phys. Commun. 271:108171 (2022)), in units metal, chosen by commands of its input script; each structure is held by a worker process of its own.",
    .open = open_lammps,
};

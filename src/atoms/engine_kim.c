#include "potential_priv.h"

static pel_status open_kim(const struct pel_potential_source *source,
                           struct pel_potential **out, struct pel_error *err)
{
    (void)source;
    *out = NULL;
    return pel_error_set(err, PEL_EARG, "built without the engine kim");
}

const struct pel_engine pel_engine_kim = {
    .name = "kim",
    .doc =
        "Any portable model of the KIM API (Tadmor et al., JOM 63:17 (2011)) that is installed, by its full name.",
    .open = open_kim,
};

#include "inherent_priv.h"

#include <stdlib.h>

static void wrap(struct pel_structure *s)
{
    for (size_t i = 0; i < s->n; i++)
        pel_cell_wrap(&s->cell, &s->x[3 * i], NULL);
}

pel_status pel_inherent_descend(struct pel_forces *forces,
                                struct pel_structure *structure,
                                enum pel_relax_cell relax, double pressure_tolerance_bar,
                                const struct pel_minimise_settings *settings,
                                struct pel_minimise_report *report, struct pel_error *err)
{
    free(structure->v);
    structure->v = NULL;
    wrap(structure);
    pel_forces_reset(forces);
    const pel_status status = pel_minimise_structure(
        forces, structure, relax, pressure_tolerance_bar, settings, report, err);
    wrap(structure);
    return status;
}

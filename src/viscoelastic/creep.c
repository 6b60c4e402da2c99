#include <pelrate/creep.h>

#include <math.h>
#include <stdlib.h>

struct pel_creep {
    struct pel_qpd qpd;
    struct pel_relaxation *spectrum[PEL_QPD_COMPONENTS]; /* relative times; NULL; owned */
};

void pel_creep_free(struct pel_creep *creep)
{
    if (creep == NULL) return;
    for (int c = 0; c < PEL_QPD_COMPONENTS; c++)
        pel_relaxation_free(creep->spectrum[c]);
    free(creep);
}

pel_status pel_creep_create(const struct pel_qpd *qpd,
                            const struct pel_gumbel_settings *settings,
                            struct pel_creep **out, struct pel_error *err)
{
    *out = NULL;
    pel_status status = pel_qpd_require(qpd, PEL_QPD_COMPLIANCES, NULL, err);
    if (status != PEL_OK) return status;
    struct pel_creep *creep = calloc(1, sizeof *creep);
    if (creep == NULL) return pel_error_set(err, PEL_ENOMEM, "creep");
    creep->qpd = *qpd;
    status = pel_qpd_spectra(qpd, settings, creep->spectrum, err);
    if (status != PEL_OK) {
        pel_creep_free(creep);
        return status;
    }
    *out = creep;
    return PEL_OK;
}

void pel_creep_at(const struct pel_creep *creep, double t_s, struct pel_creep_point *out)
{
    *out = (struct pel_creep_point){.elastic = creep->qpd.elastic_per_GPa,
                                    .total = creep->qpd.elastic_per_GPa};
    for (int c = 0; c < PEL_QPD_COMPONENTS; c++) {
        if (creep->spectrum[c] == NULL) continue;
        const struct pel_qpd_part *part = &creep->qpd.part[c];
        struct pel_relaxation_step step;
        pel_relaxation_step(creep->spectrum[c], t_s / part->tau_s, &step);
        out->part[c] = part->compliance_per_GPa * step.value;
        out->total += out->part[c];
        out->slope += part->compliance_per_GPa * step.slope;
    }
    if (!(t_s >= 0.0)) out->total = NAN;
}

double pel_creep_strain(double compliance_per_GPa, double stress_MPa)
{
    return compliance_per_GPa * 1e-3 * stress_MPa;
}

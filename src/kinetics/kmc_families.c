#include "kmc_priv.h"

#include <stdlib.h>

/* Hops of a parametric landscape: closed forms at every e and beta, nothing tabulated. */
struct families {
    struct kmc_source base;
    const struct pel_family *family[2]; /* by enum pel_landscape_spectrum */
    double c[2][PEL_FAMILY_PARAMETERS][3];
    double reference; /* [eV/atom] */
};

static void free_families(struct kmc_source *source)
{
    free(source);
}

static pel_status window(struct kmc_source *source, double beta_hot, double beta_cold,
                         struct pel_error *err)
{
    (void)source, (void)beta_hot, (void)beta_cold, (void)err;
    return PEL_OK;
}

static void parameters_at(const struct families *f, int which, double e, double p[])
{
    const double x = e - f->reference;
    for (size_t k = 0; k < f->family[which]->n_parameters; k++) {
        const double *c = f->c[which][k];
        p[k] = c[0] + x * (c[1] + x * c[2]);
    }
}

static pel_status ln_z(struct kmc_source *source, double e, double beta, double *value,
                       struct pel_error *err)
{
    const struct families *f = (const struct families *)source;
    double p[2][PEL_FAMILY_PARAMETERS];
    for (int s = 0; s < 2; s++) {
        struct pel_error why = {0};
        parameters_at(f, s, e, p[s]);
        if (pel_family_check(f->family[s], p[s], &why) != PEL_OK)
            return pel_error_set(
                err, PEL_ERANGE, "%s spectrum at e_is = %.9g eV/atom: %s",
                s == PEL_ACTIVATION ? "activation" : "relaxation", e, why.text);
    }
    struct pel_ln_z z;
    f->family[PEL_ACTIVATION]->ln_z(p[PEL_ACTIVATION], beta, &z, NULL, NULL);
    *value = z.value;
    return PEL_OK;
}

static void draw(struct kmc_source *source, double e, double beta, double ln_z_value,
                 struct pel_random *random, double *e_a, double *e_r)
{
    const struct families *f = (const struct families *)source;
    double p[PEL_FAMILY_PARAMETERS];
    parameters_at(f, PEL_ACTIVATION, e, p);
    *e_a = f->family[PEL_ACTIVATION]->draw(p, beta, ln_z_value, source->ziggurat, random);
    parameters_at(f, PEL_RELAXATION, e, p);
    *e_r = f->family[PEL_RELAXATION]->draw(p, 0.0, 0.0, source->ziggurat, random);
}

static void path(struct kmc_source *source, double e, struct pel_random *random,
                 double *e_a, double *e_r)
{
    draw(source, e, 0.0, 0.0, random, e_a, e_r); /* ln Z(0) = 0 */
}

static const struct kmc_source_kind kind = {
    .free = free_families, .window = window, .ln_z = ln_z, .path = path, .draw = draw};

pel_status kmc_families_create(const struct pel_landscape *landscape,
                               const struct pel_ziggurat *ziggurat,
                               struct kmc_source **out, struct pel_error *err)
{
    *out = NULL;
    struct families *f = calloc(1, sizeof *f);
    if (f == NULL) return pel_error_set(err, PEL_ENOMEM, "kmc: out of memory");
    f->base =
        (struct kmc_source){.kind = &kind, .landscape = landscape, .ziggurat = ziggurat};
    for (int s = 0; s < 2; s++) {
        const pel_status status =
            pel_landscape_polynomials(landscape, (enum pel_landscape_spectrum)s,
                                      &f->family[s], f->c[s], &f->reference, err);
        if (status != PEL_OK) {
            free(f);
            return status;
        }
    }
    f->base.needs_ln_z = f->family[PEL_ACTIVATION]->draw_needs_ln_z;
    *out = &f->base;
    return PEL_OK;
}

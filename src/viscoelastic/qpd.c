#include <pelrate/qpd.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *pel_qpd_component_name(enum pel_qpd_component component)
{
    switch (component) {
    case PEL_QPD_BETA:
        return "beta";
    case PEL_QPD_ANELASTIC:
        return "anelastic";
    case PEL_QPD_VISCOPLASTIC:
        return "viscoplastic";
    case PEL_QPD_COMPONENTS:
        break;
    }
    return "";
}

/* What values a parameter may have. */
enum domain {
    POSITIVE,     /* > 0 */
    NOT_NEGATIVE, /* >= 0 */
    SHARE         /* in (0, 1] */
};

/* The one table of parameters: files, requirements and printing go by it. */
#define PART(c, word)                                                                    \
    {{word, "B", "1", "width of the distribution of times, 0 to 1"},                     \
     offsetof(struct pel_qpd, part[c].B),                                                \
     SHARE},                                                                             \
        {{word, "tau", "s", "most probable time"},                                       \
         offsetof(struct pel_qpd, part[c].tau_s),                                        \
         POSITIVE},                                                                      \
    {                                                                                    \
        {word, "compliance", "1/GPa", "what it adds to J in the end"},                   \
            offsetof(struct pel_qpd, part[c].compliance_per_GPa), NOT_NEGATIVE           \
    }

static const struct entry {
    struct pel_qpd_parameter parameter;
    size_t offset; /* in struct pel_qpd */
    enum domain domain;
} entries[] = {
    {{"elastic", "compliance", "1/GPa", "instantaneous compliance J_el"},
     offsetof(struct pel_qpd, elastic_per_GPa),
     NOT_NEGATIVE},
    PART(PEL_QPD_BETA, "beta"),
    PART(PEL_QPD_ANELASTIC, "anelastic"),
    PART(PEL_QPD_VISCOPLASTIC, "viscoplastic"),
    {{"reference", "temperature", "K", "temperature at which the times hold"},
     offsetof(struct pel_qpd, temperature_K),
     POSITIVE},
    {{"beta", "activation_energy", "eV", "E_beta of Eq. 13"},
     offsetof(struct pel_qpd, activation_energy_eV),
     POSITIVE},
    {{"hierarchy", "chi", "1", "correlation factor of the frozen glass"},
     offsetof(struct pel_qpd, chi),
     SHARE},
    {{"hierarchy", "tau0", "s", "tau_0 of Eq. 18"},
     offsetof(struct pel_qpd, hierarchy_tau0_s),
     POSITIVE},
    {{"hierarchy", "chi_slope", "1/K", "chi_0 of Eq. 21, above T_g"},
     offsetof(struct pel_qpd, chi_slope_per_K),
     NOT_NEGATIVE},
    {{"glass", "temperature", "K", "T_g of Eq. 21"},
     offsetof(struct pel_qpd, glass_K),
     POSITIVE},
    {{"stress", "barrier", "MPa", "sigma_0 of Eq. 17"},
     offsetof(struct pel_qpd, barrier_stress_MPa),
     POSITIVE},
    {{"alpha", "vft_B", "K", "B of the VFT law"},
     offsetof(struct pel_qpd, vft_B_K),
     POSITIVE},
    {{"alpha", "vft_T0", "K", "T_0 of the VFT law"},
     offsetof(struct pel_qpd, vft_T0_K),
     POSITIVE},
    {{"crossing", "temperature", "K", "where tau_beta meets tau_alpha, Eq. 14"},
     offsetof(struct pel_qpd, crossing_K),
     POSITIVE},
    {{"crossing", "tau", "s", "the time there"},
     offsetof(struct pel_qpd, crossing_tau_s),
     POSITIVE},
};
enum { N_ENTRIES = sizeof entries / sizeof entries[0] };

static double *member(struct pel_qpd *qpd, size_t k)
{
    return (double *)(void *)((char *)qpd + entries[k].offset);
}

struct pel_qpd pel_qpd_none(void)
{
    struct pel_qpd qpd;
    for (size_t k = 0; k < N_ENTRIES; k++)
        *member(&qpd, k) = NAN;
    return qpd;
}

size_t pel_qpd_count(void)
{
    return N_ENTRIES;
}

const struct pel_qpd_parameter *pel_qpd_parameter(size_t k)
{
    return k < N_ENTRIES ? &entries[k].parameter : NULL;
}

double pel_qpd_value(const struct pel_qpd *qpd, size_t k)
{
    struct pel_qpd copy = *qpd;
    return k < N_ENTRIES ? *member(&copy, k) : NAN;
}

pel_status pel_qpd_set(struct pel_qpd *qpd, size_t k, double value, struct pel_error *err)
{
    if (k >= N_ENTRIES)
        return pel_error_set(err, PEL_EARG, "parameter %zu, expected one of %d", k,
                             (int)N_ENTRIES);
    const struct pel_qpd_parameter *p = &entries[k].parameter;
    const enum domain domain = entries[k].domain;
    const int ok =
        isfinite(value) &&
        (domain == NOT_NEGATIVE ? value >= 0.0
                                : value > 0.0 && (domain != SHARE || value <= 1.0));
    if (!ok)
        return pel_error_set(err, PEL_EARG, "%s %s is %g%s%s, expected a number %s",
                             p->component, p->name, value,
                             strcmp(p->unit, "1") == 0 ? "" : " ",
                             strcmp(p->unit, "1") == 0 ? "" : p->unit,
                             domain == SHARE      ? "in (0, 1]"
                             : domain == POSITIVE ? "> 0"
                                                  : ">= 0");
    *member(qpd, k) = value;
    return PEL_OK;
}

size_t pel_qpd_find(const char *component, const char *name)
{
    for (size_t k = 0; k < N_ENTRIES; k++)
        if (strcmp(component, entries[k].parameter.component) == 0 &&
            strcmp(name, entries[k].parameter.name) == 0)
            return k;
    return N_ENTRIES;
}

int pel_qpd_has(const struct pel_qpd *qpd, enum pel_qpd_component component)
{
    return !isnan(qpd->part[component].tau_s) && !isnan(qpd->part[component].B);
}

static pel_status missing(const char *component, const char *name, const char *path,
                          struct pel_error *err)
{
    const struct pel_qpd_parameter *p = pel_qpd_parameter(pel_qpd_find(component, name));
    if (path == NULL) return pel_error_set(err, PEL_EARG, "no %s %s", component, name);
    return pel_error_at(err, PEL_EFORMAT, path, 0,
                        "no %s of component %s, expected a row %s,%s,number,%s", name,
                        component, component, name, p->unit);
}

pel_status pel_qpd_require(const struct pel_qpd *qpd, unsigned needs, const char *path,
                           struct pel_error *err)
{
    int any = 0;
    for (int c = 0; c < PEL_QPD_COMPONENTS; c++) {
        const char *name = pel_qpd_component_name((enum pel_qpd_component)c);
        const struct pel_qpd_part *part = &qpd->part[c];
        if (isnan(part->B) && isnan(part->tau_s) && isnan(part->compliance_per_GPa))
            continue;
        any = 1;
        if (isnan(part->tau_s)) return missing(name, "tau", path, err);
        if (isnan(part->B)) return missing(name, "B", path, err);
        if ((needs & PEL_QPD_COMPLIANCES) && isnan(part->compliance_per_GPa))
            return missing(name, "compliance", path, err);
    }
    if ((needs & (PEL_QPD_SPECTRA | PEL_QPD_COMPLIANCES)) && !any)
        return missing("beta", "tau", path, err);
    if ((needs & PEL_QPD_COMPLIANCES) && isnan(qpd->elastic_per_GPa))
        return missing("elastic", "compliance", path, err);
    if (needs & PEL_QPD_THERMAL) {
        if (!pel_qpd_has(qpd, PEL_QPD_BETA)) return missing("beta", "tau", path, err);
        if (isnan(qpd->activation_energy_eV))
            return missing("beta", "activation_energy", path, err);
        if (isnan(qpd->temperature_K))
            return missing("reference", "temperature", path, err);
    }
    if ((needs & PEL_QPD_STRESS) && isnan(qpd->barrier_stress_MPa))
        return missing("stress", "barrier", path, err);
    return PEL_OK;
}

pel_status pel_qpd_spectra(const struct pel_qpd *qpd,
                           const struct pel_gumbel_settings *settings,
                           struct pel_relaxation *out[PEL_QPD_COMPONENTS],
                           struct pel_error *err)
{
    for (int c = 0; c < PEL_QPD_COMPONENTS; c++)
        out[c] = NULL;
    pel_status status = PEL_OK;
    for (int c = 0; status == PEL_OK && c < PEL_QPD_COMPONENTS; c++)
        if (pel_qpd_has(qpd, (enum pel_qpd_component)c))
            status = pel_gumbel_create(1.0, qpd->part[c].B, settings, &out[c], err);
    for (int c = 0; status != PEL_OK && c < PEL_QPD_COMPONENTS; c++) {
        pel_relaxation_free(out[c]);
        out[c] = NULL;
    }
    return status;
}

#include <pelrate/md.h>

#include <string.h>

const struct pel_thermostat pel_thermostat_nve = {
    .name = "nve",
    .doc = "No thermostat: the energy is constant.",
    .references = "Swope, Andersen, Berens & Wilson, J. Chem. Phys. 76, 637 (1982)",
};

static const struct pel_thermostat *const thermostats[] = {
    &pel_thermostat_nve,
    &pel_thermostat_langevin,
    &pel_thermostat_nose_hoover,
};

const struct pel_thermostat *pel_thermostat_at(size_t k)
{
    return k < sizeof thermostats / sizeof *thermostats ? thermostats[k] : NULL;
}

pel_status pel_thermostat_find(const char *name, const struct pel_thermostat **out,
                               struct pel_error *err)
{
    *out = NULL;
    for (size_t k = 0; pel_thermostat_at(k) != NULL; k++)
        if (strcmp(name, pel_thermostat_at(k)->name) == 0) {
            *out = pel_thermostat_at(k);
            return PEL_OK;
        }
    char known[PEL_ERROR_TEXT / 2] = "";
    for (size_t k = 0; pel_thermostat_at(k) != NULL; k++) {
        if (k > 0) strncat(known, ", ", sizeof known - strlen(known) - 1);
        strncat(known, pel_thermostat_at(k)->name, sizeof known - strlen(known) - 1);
    }
    return pel_error_set(err, PEL_EARG,
                         "unknown thermostat \"%.40s\", expected one of %s", name, known);
}

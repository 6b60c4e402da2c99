#include <pelrate/heat_capacity.h>

#include <pelrate/constants.h>
#include <pelrate/special.h>
#include <pelrate/text.h>

#include <math.h>
#include <string.h>

pel_status pel_heat_capacity_parse(const char *text, double molar_mass_g_per_mol,
                                   struct pel_heat_capacity *out, struct pel_error *err)
{
    static const struct {
        const char *word;
        enum pel_heat_capacity_model model;
    } models[] = {{"einstein:", PEL_HEAT_CAPACITY_EINSTEIN},
                  {"debye:", PEL_HEAT_CAPACITY_DEBYE}};
    *out = (struct pel_heat_capacity){.molar_mass_g_per_mol = molar_mass_g_per_mol};
    if (strcmp(text, "dulong-petit") == 0) return PEL_OK;
    for (size_t k = 0; k < sizeof models / sizeof models[0]; k++) {
        const size_t n = strlen(models[k].word);
        if (strncmp(text, models[k].word, n) != 0) continue;
        out->model = models[k].model;
        if (pel_text_to_double(text + n, &out->theta_K) == 0 && out->theta_K > 0.0)
            return PEL_OK;
    }
    return pel_error_set(
        err, PEL_EARG,
        "'%s', expected dulong-petit, einstein:THETA or debye:THETA with "
        "THETA in K above 0",
        text);
}

double pel_heat_capacity_at(const struct pel_heat_capacity *model, double temperature_K)
{
    const double limit =
        3.0 * PEL_KB * PEL_EV_J_PER_MOL / model->molar_mass_g_per_mol; /* 3 R */
    const double x = model->theta_K / temperature_K;
    /* x/(e^x - 1), which goes to 1 for x = 0 and underflows for large x. */
    const double occupied = x > 0.0 ? x / expm1(x) : 1.0;
    switch (model->model) {
    case PEL_HEAT_CAPACITY_DULONG_PETIT:
        break;
    case PEL_HEAT_CAPACITY_EINSTEIN:
        /* x^2 e^x/(e^x - 1)^2 with the factor e^x of both brackets gone. */
        return limit * x * x * exp(-x) / (expm1(-x) * expm1(-x));
    case PEL_HEAT_CAPACITY_DEBYE:
        return limit * (4.0 * pel_special_debye_3(x) - 3.0 * occupied);
    }
    return limit;
}

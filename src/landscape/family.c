#include "family_priv.h"

#include <math.h>
#include <string.h>

static const struct pel_family *const families[] = {
    &pel_family_shifted_gamma,
    &pel_family_gamma,
    &pel_family_weibull,
    &pel_family_lognormal,
    &pel_family_truncated_normal,
    &pel_family_exponential,
    &pel_family_delta,
};

size_t pel_family_count(void)
{
    return sizeof families / sizeof families[0];
}

const struct pel_family *pel_family_at(size_t k)
{
    return k < pel_family_count() ? families[k] : NULL;
}

const struct pel_family *pel_family_find(const char *name)
{
    for (size_t k = 0; k < pel_family_count(); k++)
        if (strcmp(families[k]->name, name) == 0) return families[k];
    return NULL;
}

pel_status pel_family_check(const struct pel_family *family, const double p[],
                            struct pel_error *err)
{
    for (size_t k = 0; k < family->n_parameters; k++) {
        const struct pel_family_parameter *q = &family->parameter[k];
        const int above = q->upper > 0.0 && p[k] > q->upper;
        if (isfinite(p[k]) && !above && (q->closed ? p[k] >= q->lower : p[k] > q->lower))
            continue;
        if (!above && isinf(q->lower))
            return pel_error_set(err, PEL_EARG, "%s: %s is %g, expected a finite number",
                                 family->name, q->name, p[k]);
        const char *wish = above ? "<=" : q->closed ? ">=" : ">";
        return pel_error_set(err, PEL_EARG, "%s: %s is %g, expected a number %s %g",
                             family->name, q->name, p[k], wish,
                             above ? q->upper : q->lower);
    }
    return PEL_OK;
}

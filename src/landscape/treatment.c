#include "landscape_priv.h"

#include <pelrate/table.h>

#include <math.h>
#include <string.h>

/* How the events of a landscape are to be treated, and how files say it: `treatment`, and the
 * one key that it needs. */
static const struct {
    enum pel_landscape_treats kind;
    const char *name, *key;
} treatments[] = {{PEL_TREATMENT_COMMITTOR, "committor", "treatment_z"},
                  {PEL_TREATMENT_TWO_LEVEL, "two-level", "treatment_pair_barrier_eV"}};
enum { TREATMENTS = sizeof treatments / sizeof treatments[0] };

const char *pel_landscape_treatment_name(enum pel_landscape_treats kind)
{
    for (size_t k = 0; k < TREATMENTS; k++)
        if (treatments[k].kind == kind) return treatments[k].name;
    return "";
}

pel_status pel_landscape_treatment_find(const char *name, enum pel_landscape_treats *kind,
                                        struct pel_error *err)
{
    *kind = PEL_TREATMENT_UNSAID;
    for (size_t k = 0; k < TREATMENTS; k++)
        if (strcmp(name, treatments[k].name) == 0) *kind = treatments[k].kind;
    if (*kind != PEL_TREATMENT_UNSAID) return PEL_OK;
    return pel_error_set(err, PEL_EARG,
                         "treatment '%s' is not known, expected committor or two-level",
                         name);
}

pel_status pel_landscape_check_treatment(const struct pel_landscape_treatment *t,
                                         struct pel_error *err)
{
    const double value = t->kind == PEL_TREATMENT_COMMITTOR ? t->z : t->pair_eV;
    if (t->kind == PEL_TREATMENT_UNSAID || (value > 0.0 && isfinite(value)))
        return PEL_OK;
    return pel_error_set(err, PEL_EARG, "%s of treatment %s is %g, expected a number > 0",
                         t->kind == PEL_TREATMENT_COMMITTOR ? "z" : "pair barrier",
                         pel_landscape_treatment_name(t->kind), value);
}

static size_t line_of(const struct pel_table *table, const char *name)
{
    for (size_t i = 0; i < pel_table_keys(table); i++)
        if (strcmp(pel_table_key_name(table, i), name) == 0)
            return pel_table_key_line(table, i);
    return 0;
}

pel_status pel_landscape_read_treatment(const struct pel_table *table,
                                        struct pel_landscape_treatment *out,
                                        struct pel_error *err)
{
    const char *path = pel_table_path(table), *name = pel_table_key(table, "treatment");
    struct pel_error why = {0};
    *out = (struct pel_landscape_treatment){.kind = PEL_TREATMENT_UNSAID};
    if (name != NULL && pel_landscape_treatment_find(name, &out->kind, &why) != PEL_OK)
        return pel_error_at(err, PEL_EFORMAT, path, line_of(table, "treatment"), "%s",
                            why.text);
    for (size_t k = 0; k < TREATMENTS; k++) {
        const char *key = treatments[k].key;
        if (treatments[k].kind != out->kind) {
            if (pel_table_key(table, key) == NULL) continue;
            return pel_error_at(err, PEL_EFORMAT, path, line_of(table, key),
                                "key '%s' without '# treatment: %s', expected both", key,
                                treatments[k].name);
        }
        double value;
        const pel_status status = pel_table_key_number(table, key, &value, err);
        if (status != PEL_OK) return status;
        if (!(value > 0.0))
            return pel_error_at(err, PEL_EFORMAT, path, line_of(table, key),
                                "%s is %g, expected a number > 0", key, value);
        if (out->kind == PEL_TREATMENT_COMMITTOR)
            out->z = value;
        else
            out->pair_eV = value;
    }
    return PEL_OK;
}

void pel_landscape_put_treatment(const struct pel_landscape_treatment *t, FILE *stream)
{
    for (size_t k = 0; k < TREATMENTS; k++) {
        if (treatments[k].kind != t->kind) continue;
        fprintf(stream, "# treatment: %s\n# %s: ", treatments[k].name, treatments[k].key);
        pel_table_put_number(stream,
                             t->kind == PEL_TREATMENT_COMMITTOR ? t->z : t->pair_eV);
        fputc('\n', stream);
    }
}

#include "creepfit_priv.h"

#include <pelrate/table.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

pel_status pel_creepfit_check(const struct pel_creepfit_data *data, struct pel_error *err)
{
    for (size_t i = 0; i < data->n; i++) {
        const double t = data->time_s[i], J = data->compliance_per_GPa[i];
        if (!(t > 0.0 && isfinite(t)) || (i > 0 && !(t > data->time_s[i - 1])))
            return pel_error_set(
                err, PEL_EARG,
                "creep: time %zu is %g s, expected times > 0 that increase", i, t);
        if (!(J > 0.0 && isfinite(J)))
            return pel_error_set(
                err, PEL_EARG, "creep: compliance %zu is %g 1/GPa, expected a number > 0",
                i, J);
        if (data->error_per_GPa != NULL &&
            !(data->error_per_GPa[i] > 0.0 && isfinite(data->error_per_GPa[i])))
            return pel_error_set(err, PEL_EARG,
                                 "creep: error %zu is %g 1/GPa, expected a number > 0", i,
                                 data->error_per_GPa[i]);
    }
    return PEL_OK;
}

/* ---- files ------------------------------------------------------------------------- */

void pel_creepfit_data_free(struct pel_creepfit_data *data)
{
    free(data->block);
    *data = (struct pel_creepfit_data){0};
}

/* A positive number, times `scale`. */
static pel_status take(const struct pel_table *table, size_t row, size_t column,
                       double scale, double *value, struct pel_error *err)
{
    const pel_status status = pel_table_number(table, row, column, value, err);
    if (status != PEL_OK) return status;
    if (!(*value > 0.0))
        return pel_error_at(err, PEL_EFORMAT, pel_table_path(table),
                            pel_table_line(table, row), "%s is %g, expected a number > 0",
                            pel_table_column_name(table, column), *value);
    *value *= scale;
    return PEL_OK;
}

static pel_status take_rows(const struct pel_table *table, double stress_MPa,
                            double *block, int *has_error, struct pel_error *err)
{
    const size_t n = pel_table_rows(table), none = pel_table_columns(table);
    size_t time, compliance, strain, error;
    pel_status status = pel_table_column(table, "time_s", &time, err);
    if (status != PEL_OK) return status;
    pel_table_find(table, "compliance_per_GPa", &compliance);
    pel_table_find(table, "strain", &strain);
    const int by_strain = compliance == none && strain < none;
    if (by_strain && isnan(stress_MPa))
        return pel_error_at(err, PEL_EFORMAT, pel_table_path(table),
                            pel_table_header_line(table),
                            "strains, and no stress given, expected --stress or a column "
                            "compliance_per_GPa");
    if (!by_strain) {
        status = pel_table_column(table, "compliance_per_GPa", &compliance, err);
        if (status != PEL_OK) return status;
    }
    pel_table_find(table, by_strain ? "error_strain" : "error_per_GPa", &error);
    *has_error = error < none;
    const double scale = by_strain ? 1e3 / stress_MPa : 1.0;
    for (size_t i = 0; status == PEL_OK && i < n; i++) {
        status = take(table, i, time, 1.0, &block[i], err);
        if (status == PEL_OK && i > 0 && !(block[i] > block[i - 1]))
            status = pel_error_at(err, PEL_EFORMAT, pel_table_path(table),
                                  pel_table_line(table, i),
                                  "time_s is %g after %g, expected increasing times",
                                  block[i], block[i - 1]);
        if (status == PEL_OK)
            status = take(table, i, by_strain ? strain : compliance, scale, &block[n + i],
                          err);
        if (status == PEL_OK && *has_error)
            status = take(table, i, error, scale, &block[2 * n + i], err);
    }
    return status;
}

pel_status pel_creepfit_read(const char *path, double stress_MPa,
                             struct pel_creepfit_data *out, struct pel_error *err)
{
    *out = (struct pel_creepfit_data){0};
    struct pel_table *table;
    pel_status status = pel_table_read(path, &table, err);
    if (status != PEL_OK) return status;
    const size_t n = pel_table_rows(table);
    if (n == 0) {
        status = pel_error_at(err, PEL_EFORMAT, path, pel_table_header_line(table),
                              "no rows, expected a creep curve");
        pel_table_free(table);
        return status;
    }
    double *block = calloc(3 * n, sizeof *block);
    int has_error = 0;
    status = block != NULL ? take_rows(table, stress_MPa, block, &has_error, err)
                           : pel_error_set(err, PEL_ENOMEM, "%s: %zu rows", path, n);
    pel_table_free(table);
    if (status != PEL_OK) {
        free(block);
        return status;
    }
    *out = (struct pel_creepfit_data){.n = n,
                                      .time_s = block,
                                      .compliance_per_GPa = block + n,
                                      .error_per_GPa = has_error ? block + 2 * n : NULL,
                                      .block = block};
    return PEL_OK;
}

/* ---- the model --------------------------------------------------------------------- */

pel_status pel_creepfit_model_begin(struct pel_creepfit_model *model,
                                    const struct pel_creepfit_data *data,
                                    unsigned components, double accuracy,
                                    struct pel_error *err)
{
    *model = (struct pel_creepfit_model){
        .data = data, .components = components, .accuracy = accuracy};
    model->step = calloc(PEL_QPD_COMPONENTS * data->n, sizeof *model->step);
    model->J = calloc(data->n, sizeof *model->J);
    if (model->step != NULL && model->J != NULL) return PEL_OK;
    pel_creepfit_model_end(model);
    return pel_error_set(err, PEL_ENOMEM, "creep fit of %zu points", data->n);
}

void pel_creepfit_model_end(struct pel_creepfit_model *model)
{
    free(model->step);
    free(model->J);
    *model = (struct pel_creepfit_model){0};
}

static int is_in(const struct pel_creepfit_model *model, int component)
{
    return (model->components >> component & 1u) != 0;
}

/* Fill the model at p. Non-zero: p is outside the domain. */
static int fill(struct pel_creepfit_model *model, const double p[])
{
    const size_t n = model->data->n;
    if (model->is_filled && memcmp(model->p, p, sizeof model->p) == 0) return 0;
    model->is_filled = 0;
    struct pel_gumbel_settings set = pel_gumbel_settings_defaults();
    set.accuracy = model->accuracy;
    for (size_t i = 0; i < n; i++)
        model->J[i] = p[PEL_CREEPFIT_ELASTIC];
    for (int c = 0; c < PEL_QPD_COMPONENTS; c++) {
        if (!is_in(model, c)) continue;
        const double B = p[PEL_CREEPFIT_OF(PEL_CREEPFIT_B, c)],
                     tau = exp(p[PEL_CREEPFIT_OF(PEL_CREEPFIT_TAU, c)]),
                     J = exp(p[PEL_CREEPFIT_OF(PEL_CREEPFIT_COMPLIANCE, c)]);
        /* As before where B has not moved: the spectrum is in relative times. */
        struct pel_relaxation *spectrum = NULL;
        if (!isfinite(tau) || !isfinite(J) ||
            pel_gumbel_create(1.0, B, &set, &spectrum, NULL) != PEL_OK)
            return 1;
        for (size_t i = 0; i < n; i++) {
            struct pel_relaxation_step *step = &model->step[(size_t)c * n + i];
            pel_relaxation_step(spectrum, model->data->time_s[i] / tau, step);
            model->J[i] += J * step->value;
        }
        pel_relaxation_free(spectrum);
    }
    memcpy(model->p, p, sizeof model->p);
    model->is_filled = 1;
    return 0;
}

int pel_creepfit_model_residuals(size_t n, const double p[], size_t m, void *context,
                                 double r[])
{
    (void)n;
    struct pel_creepfit_model *model = context;
    const struct pel_creepfit_data *d = model->data;
    if (fill(model, p) != 0) return 1;
    for (size_t i = 0; i < m; i++) {
        if (!(model->J[i] > 0.0)) return 1;
        r[i] = d->error_per_GPa != NULL
                   ? (model->J[i] - d->compliance_per_GPa[i]) / d->error_per_GPa[i]
                   : log(model->J[i] / d->compliance_per_GPa[i]);
    }
    return 0;
}

int pel_creepfit_model_jacobian(size_t n, const double p[], size_t m, void *context,
                                double J[])
{
    struct pel_creepfit_model *model = context;
    const struct pel_creepfit_data *d = model->data;
    if (fill(model, p) != 0) return 1;
    for (size_t i = 0; i < m; i++) {
        double *row = &J[i * n];
        /* dr/dJ */
        const double by_J =
            d->error_per_GPa != NULL ? 1.0 / d->error_per_GPa[i] : 1.0 / model->J[i];
        memset(row, 0, n * sizeof *row);
        row[PEL_CREEPFIT_ELASTIC] = by_J;
        for (int c = 0; c < PEL_QPD_COMPONENTS; c++) {
            if (!is_in(model, c)) continue;
            const struct pel_relaxation_step *s = &model->step[(size_t)c * d->n + i];
            const double B = p[PEL_CREEPFIT_OF(PEL_CREEPFIT_B, c)],
                         part =
                             by_J * exp(p[PEL_CREEPFIT_OF(PEL_CREEPFIT_COMPLIANCE, c)]);
            /* x = (tau_i/tau)^B is what the weights hang on: with B every relative
             * ln tau_i = ln x / B moves by -ln tau_i / B. */
            row[PEL_CREEPFIT_OF(PEL_CREEPFIT_B, c)] = part * s->spread / B;
            row[PEL_CREEPFIT_OF(PEL_CREEPFIT_TAU, c)] = -part * s->slope;
            row[PEL_CREEPFIT_OF(PEL_CREEPFIT_COMPLIANCE, c)] = part * s->value;
        }
    }
    return 0;
}

pel_status pel_creepfit_residuals(const struct pel_creepfit_data *data,
                                  unsigned components, double accuracy, const double p[],
                                  double r[], double J[], struct pel_error *err)
{
    struct pel_creepfit_model model;
    pel_status status = pel_creepfit_check(data, err);
    if (status == PEL_OK)
        status = pel_creepfit_model_begin(&model, data, components, accuracy, err);
    if (status != PEL_OK) return status;
    const size_t n = PEL_CREEPFIT_PARAMETERS;
    if (pel_creepfit_model_residuals(n, p, data->n, &model, r) != 0 ||
        (J != NULL && pel_creepfit_model_jacobian(n, p, data->n, &model, J) != 0))
        status = pel_error_set(err, PEL_EARG, "creep: parameters out of their domain");
    pel_creepfit_model_end(&model);
    return status;
}

#include <pelrate/measured.h>

#include <pelrate/table.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pel_measured_given pel_measured_nothing(void)
{
    return (struct pel_measured_given){.cool_K_per_s = NAN,
                                       .heat_K_per_s = NAN,
                                       .start_K = NAN,
                                       .bottom_K = NAN,
                                       .mass_mg = NAN,
                                       .from_K = NAN,
                                       .to_K = NAN};
}

void pel_measured_free(struct pel_measured *measured)
{
    if (measured == NULL) return;
    for (size_t i = 0; i < measured->n; i++) {
        free(measured->scan[i].T_K);
        free(measured->scan[i].heat_flow);
    }
    free(measured->scan);
    free(measured);
}

/* Header and caller say the same when they differ by this part: other units, fewer
 * digits. */
#define SAME_NUMBER 1e-6

/* ---- header ------------------------------------------------------------------------ */

static size_t key_line(const struct pel_table *table, const char *name)
{
    for (size_t i = 0; i < pel_table_keys(table); i++)
        if (strcmp(pel_table_key_name(table, i), name) == 0)
            return pel_table_key_line(table, i);
    return 0;
}

/* A number above 0 from the header (times factor), or from the caller. *value stays NaN
 * where neither says it. */
static pel_status find_number(const struct pel_table *table, const char *name,
                              double factor, double given, double *value,
                              struct pel_error *err)
{
    const char *path = pel_table_path(table);
    size_t column;
    pel_table_find(table, name, &column);
    /* Where a column says it of each row, the header may hold a list of them. */
    if (column < pel_table_columns(table)) return PEL_OK;
    if (pel_table_key(table, name) == NULL) {
        if (isnan(*value)) *value = given;
        return PEL_OK;
    }
    double its;
    const pel_status status = pel_table_key_number(table, name, &its, err);
    if (status != PEL_OK) return status;
    if (!(its > 0.0))
        return pel_error_at(err, PEL_EFORMAT, path, key_line(table, name),
                            "%s is %g, expected a number > 0", name, its);
    its *= factor;
    if (!isnan(given) && !(fabs(its - given) <= SAME_NUMBER * its))
        return pel_error_at(err, PEL_EARG, path, key_line(table, name),
                            "%s is %g in the header and %g is given, expected one of the "
                            "two",
                            name, its, given);
    *value = its;
    return PEL_OK;
}

static pel_status lacks(const struct pel_table *table, const char *name,
                        struct pel_error *err)
{
    return pel_error_at(err, PEL_EFORMAT, pel_table_path(table), 0,
                        "the header has no %s, expected it there or given", name);
}

/* Programme and sample, as far as header and caller say. */
static pel_status find_programme(const struct pel_table *table,
                                 const struct pel_measured_given *given,
                                 struct pel_measured_given *out, struct pel_error *err)
{
    *out = pel_measured_nothing();
    const struct {
        const char *name;
        double factor, given;
        double *value;
    } numbers[] = {
        {"cool_K_per_s", 1.0, given->cool_K_per_s, &out->cool_K_per_s},
        {"cool_K_per_min", 1.0 / 60.0, given->cool_K_per_s, &out->cool_K_per_s},
        {"heat_K_per_s", 1.0, given->heat_K_per_s, &out->heat_K_per_s},
        {"heat_K_per_min", 1.0 / 60.0, given->heat_K_per_s, &out->heat_K_per_s},
        {"start_K", 1.0, given->start_K, &out->start_K},
        {"bottom_K", 1.0, given->bottom_K, &out->bottom_K},
        {"mass_mg", 1.0, given->mass_mg, &out->mass_mg}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const pel_status status = find_number(table, numbers[i].name, numbers[i].factor,
                                              numbers[i].given, numbers[i].value, err);
        if (status != PEL_OK) return status;
    }
    const char *exo = pel_table_key(table, "exo");
    out->exo = given->exo;
    if (exo == NULL)
        return out->exo != 0 ? PEL_OK : lacks(table, "exo (up or down)", err);
    const int its = strcmp(exo, "up") == 0 ? 1 : strcmp(exo, "down") == 0 ? -1 : 0;
    if (its == 0)
        return pel_error_at(err, PEL_EFORMAT, pel_table_path(table),
                            key_line(table, "exo"), "exo is '%s', expected up or down",
                            exo);
    if (given->exo != 0 && given->exo != its)
        return pel_error_at(err, PEL_EARG, pel_table_path(table), key_line(table, "exo"),
                            "exo is %s in the header and %s is given, expected one of "
                            "the two",
                            exo, its > 0 ? "down" : "up");
    out->exo = its;
    return PEL_OK;
}

/* ---- columns ----------------------------------------------------------------------- */

#define KELVIN_AT_0_C 273.15

/* Where the numbers are: temperature = T_zero + field, heat flow [W/g] = factor * field. */
struct columns {
    size_t T, q;
    size_t cool, heat, anneal; /* pel_table_columns() if absent */
    double T_zero, factor;
};

static pel_status find_columns(const struct pel_table *table,
                               const struct pel_measured_given *programme,
                               double molar_mass, struct columns *out,
                               struct pel_error *err)
{
    const size_t none = pel_table_columns(table);
    const struct {
        const char *name;
        double factor;
    } flows[] = {{"heat_flow_W_per_g", 1.0},
                 {"heat_flow_mW_per_mg", 1.0},
                 {"heat_flow_mW_per_g", 1e-3},
                 {"heat_flow_W_per_mol", 1.0 / molar_mass},
                 {"heat_flow_mW", 1.0 / programme->mass_mg}};
    size_t celsius;
    pel_table_find(table, "temperature_K", &out->T);
    pel_table_find(table, "temperature_C", &celsius);
    out->T_zero = out->T < none ? 0.0 : KELVIN_AT_0_C;
    if (out->T >= none) out->T = celsius;
    if (out->T >= none || (celsius < none && out->T != celsius))
        return pel_error_at(err, PEL_EFORMAT, pel_table_path(table),
                            pel_table_header_line(table),
                            "%s, expected a column temperature_K or temperature_C",
                            out->T >= none ? "no temperature" : "two temperatures");
    size_t found = 0;
    for (size_t i = 0; i < sizeof flows / sizeof flows[0]; i++) {
        size_t column;
        pel_table_find(table, flows[i].name, &column);
        if (column >= none) continue;
        found++;
        out->q = column;
        out->factor = flows[i].factor;
    }
    if (found != 1)
        return pel_error_at(
            err, PEL_EFORMAT, pel_table_path(table), pel_table_header_line(table),
            "%zu columns of heat flow, expected one of heat_flow_W_per_g, "
            "_mW_per_mg, _mW_per_g, _W_per_mol, _mW",
            found);
    if (isnan(out->factor)) return lacks(table, "mass_mg", err);
    pel_table_find(table, "cool_K_per_s", &out->cool);
    pel_table_find(table, "heat_K_per_s", &out->heat);
    pel_table_find(table, "anneal_s", &out->anneal);
    return PEL_OK;
}

/* ---- rows -------------------------------------------------------------------------- */

static pel_status begin_scan(struct pel_measured *measured, size_t rows,
                             const struct pel_measured_given *programme, double cool,
                             double heat, struct pel_error *err)
{
    struct pel_measured_scan *scan = &measured->scan[measured->n];
    *scan = (struct pel_measured_scan){.T_K = calloc(rows, sizeof(double)),
                                       .heat_flow = calloc(rows, sizeof(double)),
                                       .cool_K_per_s = cool,
                                       .heat_K_per_s = heat,
                                       .start_K = programme->start_K,
                                       .bottom_K = programme->bottom_K};
    measured->n++;
    if (scan->T_K != NULL && scan->heat_flow != NULL) return PEL_OK;
    return pel_error_set(err, PEL_ENOMEM, "scans: out of memory");
}

static pel_status end_scan(const struct pel_table *table, size_t row,
                           struct pel_measured_scan *scan, struct pel_error *err)
{
    const size_t line = pel_table_line(table, row);
    if (scan->n < 2)
        return pel_error_at(err, PEL_EFORMAT, pel_table_path(table), line,
                            "the scan has %zu point%s, expected at least 2", scan->n,
                            scan->n == 1 ? "" : "s");
    if (isnan(scan->bottom_K)) scan->bottom_K = scan->T_K[0];
    if (!(scan->bottom_K < scan->start_K))
        return pel_error_at(err, PEL_EFORMAT, pel_table_path(table), 0,
                            "cooling from start_K %g to bottom_K %g, expected the first "
                            "above the second",
                            scan->start_K, scan->bottom_K);
    return PEL_OK;
}

/* One row into the last scan. */
static pel_status add_row(const struct pel_table *table, size_t row,
                          const struct columns *columns,
                          const struct pel_measured_given *programme,
                          const struct pel_measured_given *given,
                          struct pel_measured_scan *scan, struct pel_error *err)
{
    double T, q;
    const char *path = pel_table_path(table);
    const size_t line = pel_table_line(table, row);
    pel_status status = pel_table_number(table, row, columns->T, &T, err);
    if (status == PEL_OK) status = pel_table_number(table, row, columns->q, &q, err);
    if (status != PEL_OK) return status;
    T += columns->T_zero;
    if (!(T > 0.0))
        return pel_error_at(err, PEL_EFORMAT, path, line,
                            "temperature is %.9g K, expected above 0", T);
    if (T < given->from_K || T > given->to_K) return PEL_OK;
    if (T < programme->bottom_K)
        return pel_error_at(
            err, PEL_EFORMAT, path, line,
            "temperature is %.9g K, expected nothing below bottom_K, %.9g", T,
            programme->bottom_K);
    if (scan->n > 0 && !(T > scan->T_K[scan->n - 1]))
        return pel_error_at(err, PEL_EFORMAT, path, line,
                            "temperature is %.9g K after %.9g K, expected it to increase",
                            T, scan->T_K[scan->n - 1]);
    scan->T_K[scan->n] = T;
    scan->heat_flow[scan->n++] = programme->exo * columns->factor * q;
    return PEL_OK;
}

/* A rate of one row from its column, where there is one. */
static pel_status read_rate(const struct pel_table *table, size_t row, size_t column,
                            const char *name, double given, double *rate,
                            struct pel_error *err)
{
    if (column >= pel_table_columns(table)) return PEL_OK;
    const pel_status status = pel_table_number(table, row, column, rate, err);
    if (status != PEL_OK) return status;
    if (!(*rate > 0.0))
        return pel_error_at(err, PEL_EFORMAT, pel_table_path(table),
                            pel_table_line(table, row), "%s is %g, expected a number > 0",
                            name, *rate);
    if (!isnan(given) && !(fabs(*rate - given) <= SAME_NUMBER * given))
        return pel_error_at(err, PEL_EARG, pel_table_path(table),
                            pel_table_line(table, row),
                            "%s is %g in its column and %g is given, expected one of the "
                            "two",
                            name, *rate, given);
    return PEL_OK;
}

/* Glasses that were annealed before the scan have another history than the two ramps. */
static pel_status refuse_anneal(const struct pel_table *table, size_t row, size_t column,
                                struct pel_error *err)
{
    double anneal = 0.0;
    if (column >= pel_table_columns(table)) return PEL_OK;
    const pel_status status = pel_table_number(table, row, column, &anneal, err);
    if (status != PEL_OK || anneal == 0.0) return status;
    return pel_error_at(
        err, PEL_EFORMAT, pel_table_path(table), pel_table_line(table, row),
        "anneal_s is %g, expected 0: scans after an anneal are not fitted", anneal);
}

static pel_status read_rows(const struct pel_table *table, const struct columns *columns,
                            const struct pel_measured_given *programme,
                            const struct pel_measured_given *given,
                            struct pel_measured *measured, struct pel_error *err)
{
    const size_t rows = pel_table_rows(table);
    pel_status status = PEL_OK;
    double cool = programme->cool_K_per_s, heat = programme->heat_K_per_s;
    double last[2] = {NAN, NAN};
    for (size_t row = 0; row < rows && status == PEL_OK; row++) {
        status = read_rate(table, row, columns->cool, "cool_K_per_s", given->cool_K_per_s,
                           &cool, err);
        if (status == PEL_OK)
            status = read_rate(table, row, columns->heat, "heat_K_per_s",
                               given->heat_K_per_s, &heat, err);
        if (status == PEL_OK) status = refuse_anneal(table, row, columns->anneal, err);
        if (status == PEL_OK && (row == 0 || cool != last[0] || heat != last[1])) {
            if (row > 0)
                status = end_scan(table, row - 1, &measured->scan[measured->n - 1], err);
            if (status == PEL_OK)
                status = begin_scan(measured, rows - row, programme, cool, heat, err);
            last[0] = cool;
            last[1] = heat;
        }
        if (status == PEL_OK)
            status = add_row(table, row, columns, programme, given,
                             &measured->scan[measured->n - 1], err);
    }
    if (status != PEL_OK) return status;
    if (rows == 0)
        return pel_error_at(err, PEL_EFORMAT, pel_table_path(table),
                            pel_table_header_line(table),
                            "no rows, expected at least two points");
    return end_scan(table, rows - 1, &measured->scan[measured->n - 1], err);
}

pel_status pel_measured_read(const char *path, const struct pel_measured_given *given,
                             double molar_mass, struct pel_measured **out,
                             struct pel_error *err)
{
    *out = NULL;
    struct pel_table *table = NULL;
    struct pel_measured *measured = NULL;
    struct pel_measured_given programme;
    struct columns columns;
    const struct pel_measured_given all = given != NULL ? *given : pel_measured_nothing();
    pel_status status = pel_table_read(path, &table, err);
    if (status != PEL_OK) return status;
    status = find_programme(table, &all, &programme, err);
    if (status == PEL_OK)
        status = find_columns(table, &programme, molar_mass, &columns, err);
    if (status == PEL_OK && isnan(programme.heat_K_per_s) &&
        columns.heat >= pel_table_columns(table))
        status = lacks(table, "heat_K_per_s", err);
    if (status == PEL_OK && isnan(programme.start_K))
        status = lacks(table, "start_K", err);
    if (status == PEL_OK && isnan(programme.cool_K_per_s) &&
        columns.cool >= pel_table_columns(table))
        status = lacks(table, "cool_K_per_s", err);
    if (status != PEL_OK) goto done;
    measured = calloc(1, sizeof *measured);
    if (measured != NULL)
        measured->scan = calloc(pel_table_rows(table) + 1, sizeof *measured->scan);
    if (measured == NULL || measured->scan == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "scans: out of memory");
        goto done;
    }
    status = read_rows(table, &columns, &programme, &all, measured, err);
    if (status != PEL_OK) goto done;
    *out = measured;
    measured = NULL;
done:
    pel_measured_free(measured);
    pel_table_free(table);
    return status;
}

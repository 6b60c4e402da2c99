#include <pelrate/rates.h>

#include <pelrate/table.h>

#include <math.h>
#include <stdlib.h>

void pel_rates_free(struct pel_rates *rates)
{
    if (rates == NULL) return;
    free(rates->rows);
    free(rates->lines);
    free(rates);
}

enum { ENERGY, TEMPERATURE, RATE, ERROR, N_COLUMNS };
static const char *const names[N_COLUMNS] = {"e_is_eV_per_atom", "temperature_K",
                                             "rate_eV_per_atom_per_s", "standard_error"};

static pel_status read_row(const struct pel_table *table, size_t row, const size_t at[],
                           size_t count, struct pel_mined *to, struct pel_error *err)
{
    const size_t line = pel_table_line(table, row);
    double *const member[] = {&to->e_is, &to->temperature_K, &to->rate,
                              &to->standard_error};
    pel_status status = PEL_OK;
    for (int k = 0; status == PEL_OK && k < N_COLUMNS; k++) {
        *member[k] = NAN;
        if (k != ERROR || pel_table_text(table, row, at[k])[0] != '\0')
            status = pel_table_number(table, row, at[k], member[k], err);
    }
    long long n = 1;
    if (status == PEL_OK && count < pel_table_columns(table))
        status = pel_table_integer(table, row, count, &n, err);
    if (status != PEL_OK) return status;
    to->count = n > 0 ? (size_t)n : 0;
    if (!(to->temperature_K > 0.0) || n < 1)
        return pel_error_at(err, PEL_EFORMAT, pel_table_path(table), line,
                            "temperature_K is %.15g and count %lld, expected both above "
                            "0",
                            to->temperature_K, n);
    if (!isnan(to->standard_error) && !(to->standard_error > 0.0))
        return pel_error_at(err, PEL_EFORMAT, pel_table_path(table), line,
                            "standard_error is %.15g, expected a number above 0, or "
                            "nothing",
                            to->standard_error);
    return PEL_OK;
}

/* E_IS closer than this are one place: no measurement tells them apart, and an interpolating
 * surface would stand on end between them [eV/atom]. */
static const double same_e_is = 1e-10;

struct place {
    double e_is, temperature_K;
    size_t line;
};

static int by_place(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    if (p->temperature_K != q->temperature_K)
        return p->temperature_K < q->temperature_K ? -1 : 1;
    if (p->e_is != q->e_is) return p->e_is < q->e_is ? -1 : 1;
    return p->line < q->line ? -1 : p->line > q->line;
}

static pel_status check_places(const struct pel_table *table,
                               const struct pel_rates *rates, struct pel_error *err)
{
    struct place *places = malloc(rates->n * sizeof *places);
    if (places == NULL)
        return pel_error_set(err, PEL_ENOMEM, "%s: rates", pel_table_path(table));
    for (size_t i = 0; i < rates->n; i++)
        places[i] = (struct place){rates->rows[i].e_is, rates->rows[i].temperature_K,
                                   rates->lines[i]};
    qsort(places, rates->n, sizeof *places, by_place);
    pel_status status = PEL_OK;
    for (size_t i = 1; status == PEL_OK && i < rates->n; i++)
        if (places[i].e_is - places[i - 1].e_is <= same_e_is &&
            places[i].temperature_K == places[i - 1].temperature_K)
            status =
                pel_error_at(err, PEL_EFORMAT, pel_table_path(table), places[i].line,
                             "E_IS %.15g eV/atom at %.15g K stands in line %zu too, "
                             "expected each place once",
                             places[i].e_is, places[i].temperature_K, places[i - 1].line);
    free(places);
    return status;
}

static pel_status read_rows(const struct pel_table *table, struct pel_rates *rates,
                            struct pel_error *err)
{
    size_t at[N_COLUMNS], count;
    for (int k = 0; k < N_COLUMNS; k++) {
        const pel_status status = pel_table_column(table, names[k], &at[k], err);
        if (status != PEL_OK) return status;
    }
    pel_table_find(table, "count", &count);
    rates->n = pel_table_rows(table);
    if (rates->n == 0)
        return pel_error_at(err, PEL_EFORMAT, pel_table_path(table),
                            pel_table_header_line(table), "no rows, expected rates");
    rates->rows = calloc(rates->n, sizeof *rates->rows);
    rates->lines = calloc(rates->n, sizeof *rates->lines);
    if (rates->rows == NULL || rates->lines == NULL)
        return pel_error_set(err, PEL_ENOMEM, "%s: rates", pel_table_path(table));
    for (size_t i = 0; i < rates->n; i++) {
        const pel_status status = read_row(table, i, at, count, &rates->rows[i], err);
        if (status != PEL_OK) return status;
        rates->lines[i] = pel_table_line(table, i);
        const int has_error = !isnan(rates->rows[i].standard_error);
        if (i == 0) rates->has_errors = has_error;
        if (has_error != rates->has_errors)
            return pel_error_at(err, PEL_EFORMAT, pel_table_path(table), rates->lines[i],
                                "%s standard_error, expected it in all rows or in none",
                                has_error ? "a" : "no");
    }
    return check_places(table, rates, err);
}

pel_status pel_rates_read(const char *path, struct pel_rates **out, struct pel_error *err)
{
    *out = NULL;
    struct pel_table *table = NULL;
    pel_status status = pel_table_read(path, &table, err);
    if (status != PEL_OK) return status;
    struct pel_rates *rates = calloc(1, sizeof *rates);
    status = rates != NULL ? read_rows(table, rates, err)
                           : pel_error_set(err, PEL_ENOMEM, "%s: rates", path);
    pel_table_free(table);
    if (status != PEL_OK) {
        pel_rates_free(rates);
        return status;
    }
    *out = rates;
    return PEL_OK;
}

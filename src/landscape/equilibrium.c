#include <pelrate/equilibrium.h>

#include <pelrate/steffen.h>
#include <pelrate/table.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pel_equilibrium {
    enum pel_equilibrium_closure closure;
    size_t n;
    double *temperature; /* [n] K, increasing; owned, with e_is behind it */
    double *e_is;        /* [n] eV/atom, increasing */
};

static const char *const names[] = {"log-mean", "kinetic", "joint"};

const char *pel_equilibrium_closure_name(enum pel_equilibrium_closure closure)
{
    return names[closure];
}

pel_status pel_equilibrium_closure_find(const char *name,
                                        enum pel_equilibrium_closure *closure,
                                        struct pel_error *err)
{
    for (int k = PEL_EQUILIBRIUM_LOG_MEAN; k <= PEL_EQUILIBRIUM_JOINT; k++)
        if (strcmp(name, names[k]) == 0) {
            *closure = (enum pel_equilibrium_closure)k;
            return PEL_OK;
        }
    return pel_error_set(err, PEL_EARG,
                         "closure '%s' has no equilibrium line, expected log-mean, "
                         "kinetic or joint",
                         name);
}

void pel_equilibrium_free(struct pel_equilibrium *line)
{
    if (line == NULL) return;
    free(line->temperature);
    free(line);
}

/* A point and where the caller had it. */
struct place {
    double temperature, e_is;
    size_t index;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    if (p->temperature != q->temperature) return p->temperature > q->temperature ? 1 : -1;
    return (p->index > q->index) - (p->index < q->index);
}

/* Sorts the points. *bad receives the index of the point that an error is about. */
static pel_status check_points(size_t n, struct place places[], size_t *bad,
                               struct pel_error *err)
{
    for (size_t i = 0; i < n; i++) {
        *bad = places[i].index;
        if (!(places[i].temperature > 0.0 && isfinite(places[i].temperature)))
            return pel_error_set(err, PEL_EARG,
                                 "temperature_K is %g, expected a number > 0",
                                 places[i].temperature);
        if (!isfinite(places[i].e_is))
            return pel_error_set(err, PEL_EARG, "e_is_eV_per_atom is not finite");
    }
    qsort(places, n, sizeof *places, compare_places);
    for (size_t i = 1; i < n; i++) {
        *bad = places[i].index;
        if (!(places[i].temperature > places[i - 1].temperature))
            return pel_error_set(err, PEL_EARG, "%.9g K is there twice, expected once",
                                 places[i].temperature);
        if (!(places[i].e_is > places[i - 1].e_is))
            return pel_error_set(err, PEL_EARG,
                                 "e_is is %.9g eV/atom at %.9g K after %.9g at %.9g K, "
                                 "expected it to rise with the temperature",
                                 places[i].e_is, places[i].temperature,
                                 places[i - 1].e_is, places[i - 1].temperature);
    }
    return PEL_OK;
}

static pel_status create(enum pel_equilibrium_closure closure, size_t n,
                         const double temperature_K[], const double e_is[], size_t *bad,
                         struct pel_equilibrium **out, struct pel_error *err)
{
    *bad = 0;
    if (n < 2)
        return pel_error_set(
            err, PEL_EARG, "%zu points of an equilibrium line, expected at least two", n);
    struct place *places = calloc(n, sizeof *places);
    struct pel_equilibrium *line = calloc(1, sizeof *line);
    if (line != NULL) line->temperature = calloc(2 * n, sizeof *line->temperature);
    pel_status status = PEL_OK;
    if (places == NULL || line == NULL || line->temperature == NULL)
        status = pel_error_set(err, PEL_ENOMEM, "equilibrium line");
    for (size_t i = 0; status == PEL_OK && i < n; i++)
        places[i] = (struct place){temperature_K[i], e_is[i], i};
    if (status == PEL_OK) status = check_points(n, places, bad, err);
    if (status == PEL_OK) {
        line->closure = closure;
        line->n = n;
        line->e_is = line->temperature + n;
        for (size_t i = 0; i < n; i++) {
            line->temperature[i] = places[i].temperature;
            line->e_is[i] = places[i].e_is;
        }
        *out = line;
        line = NULL;
    }
    pel_equilibrium_free(line);
    free(places);
    return status;
}

pel_status pel_equilibrium_create(enum pel_equilibrium_closure closure, size_t n,
                                  const double temperature_K[], const double e_is[],
                                  struct pel_equilibrium **out, struct pel_error *err)
{
    *out = NULL;
    size_t bad;
    return create(closure, n, temperature_K, e_is, &bad, out, err);
}

pel_status pel_equilibrium_read(const char *path, enum pel_equilibrium_closure closure,
                                struct pel_equilibrium **out, struct pel_error *err)
{
    *out = NULL;
    struct pel_table *table = NULL;
    double *values = NULL;
    struct pel_error why = {0};
    size_t column[2];
    pel_status status = pel_table_read(path, &table, err);
    if (status == PEL_OK)
        status = pel_table_column(table, "temperature_K", &column[0], err);
    if (status == PEL_OK)
        status = pel_table_column(table, "e_is_eV_per_atom", &column[1], err);
    if (status != PEL_OK) goto done;
    const size_t n = pel_table_rows(table);
    values = calloc(2 * n + 1, sizeof *values);
    if (values == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "equilibrium line");
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 2; k++) {
            status = pel_table_number(table, i, column[k], &values[k * n + i], err);
            if (status != PEL_OK) goto done;
        }
    size_t bad;
    status = create(closure, n, values, values + n, &bad, out, &why);
    if (status == PEL_EARG)
        status = pel_error_at(err, PEL_EFORMAT, path,
                              n > 0 ? pel_table_line(table, bad)
                                    : pel_table_header_line(table),
                              "%s", why.text);
    else if (status != PEL_OK)
        status = pel_error_set(err, status, "%s", why.text);
done:
    free(values);
    pel_table_free(table);
    return status;
}

enum pel_equilibrium_closure pel_equilibrium_closure(const struct pel_equilibrium *line)
{
    return line->closure;
}

size_t pel_equilibrium_points(const struct pel_equilibrium *line)
{
    return line->n;
}

const double *pel_equilibrium_temperatures(const struct pel_equilibrium *line)
{
    return line->temperature;
}

const double *pel_equilibrium_energies(const struct pel_equilibrium *line)
{
    return line->e_is;
}

void pel_equilibrium_temperature(const struct pel_equilibrium *line, double e_is,
                                 double *temperature_K, double *slope)
{
    struct pel_steffen st;
    pel_steffen_weights(line->n, line->e_is, line->temperature, e_is, &st);
    *temperature_K = 0.0;
    double rise = 0.0;
    for (size_t j = 0; j < st.n; j++) {
        *temperature_K += st.w[j] * line->temperature[st.first + j];
        rise += st.d[j] * line->temperature[st.first + j];
    }
    if (slope != NULL) *slope = rise;
}

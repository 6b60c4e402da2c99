#include <pelrate/agemap.h>

#include <pelrate/table.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pel_agemap_free(struct pel_agemap *map)
{
    if (map == NULL) return;
    free(map->e_is);
    free(map->temperature_K);
    free(map->rate);
    free(map->low);
    free(map->high);
    free(map->extrapolated);
    free(map->replicates);
    free(map->curve_e_is);
    free(map->T_max);
    free(map->T_ss);
    free(map);
}

int pel_agemap_is_resolved(const struct pel_agemap *map, size_t i)
{
    if (map->rate[i] == 0.0) return 0;
    if (isnan(map->low[i]) || isnan(map->high[i])) return 1;
    return map->low[i] * map->high[i] > 0.0;
}

enum { ENERGY, TEMPERATURE, RATE, LOW, HIGH, N_COLUMNS };
static const char *const names[N_COLUMNS] = {
    "e_is_eV_per_atom", "temperature_K", "rate_eV_per_atom_per_s",
    "rate_low_eV_per_atom_per_s", "rate_high_eV_per_atom_per_s"};

/* Indices of the columns; those that are not there are the number of columns. */
struct layout {
    size_t at[N_COLUMNS], extrapolated, first_replicate;
};

static pel_status find_columns(const struct pel_table *table, struct pel_agemap *map,
                               struct layout *layout, struct pel_error *err)
{
    for (int k = 0; k < N_COLUMNS; k++) {
        pel_status status = PEL_OK;
        if (k <= RATE)
            status = pel_table_column(table, names[k], &layout->at[k], err);
        else
            pel_table_find(table, names[k], &layout->at[k]);
        if (status != PEL_OK) return status;
    }
    pel_table_find(table, "extrapolated", &layout->extrapolated);
    pel_table_find(table, "replicate_1", &layout->first_replicate);
    char name[32];
    for (size_t k = layout->first_replicate; k < pel_table_columns(table); k++) {
        snprintf(name, sizeof name, "replicate_%zu", map->n_replicates + 1);
        if (strcmp(pel_table_column_name(table, k), name) != 0) break;
        map->n_replicates++;
    }
    return PEL_OK;
}

static pel_status read_row(const struct pel_table *table, size_t row,
                           const struct layout *layout, struct pel_agemap *map,
                           struct pel_error *err)
{
    double *const to[N_COLUMNS] = {&map->e_is[row], &map->temperature_K[row],
                                   &map->rate[row], &map->low[row], &map->high[row]};
    pel_status status = PEL_OK;
    for (int k = 0; status == PEL_OK && k < N_COLUMNS; k++) {
        *to[k] = NAN;
        if (k > RATE && (layout->at[k] == pel_table_columns(table) ||
                         pel_table_text(table, row, layout->at[k])[0] == '\0'))
            continue;
        status = pel_table_number(table, row, layout->at[k], to[k], err);
    }
    if (status != PEL_OK) return status;
    if (!(map->temperature_K[row] > 0.0))
        return pel_error_at(
            err, PEL_EFORMAT, pel_table_path(table), pel_table_line(table, row),
            "temperature_K is %.15g, expected a number above 0", map->temperature_K[row]);
    if (map->low[row] > map->high[row])
        return pel_error_at(err, PEL_EFORMAT, pel_table_path(table),
                            pel_table_line(table, row),
                            "the band of the rate is %.15g to %.15g, expected it to rise",
                            map->low[row], map->high[row]);
    long long extrapolated = 0;
    if (layout->extrapolated < pel_table_columns(table))
        status = pel_table_integer(table, row, layout->extrapolated, &extrapolated, err);
    map->extrapolated[row] = extrapolated != 0;
    for (size_t k = 0; status == PEL_OK && k < map->n_replicates; k++)
        status = pel_table_number(table, row, layout->first_replicate + k,
                                  &map->replicates[row * map->n_replicates + k], err);
    return status;
}

/* A key's list of numbers and "nan"; *values is NULL without the key. */
static pel_status read_list(const struct pel_table *table, const char *key, size_t *n,
                            double **values, struct pel_error *err)
{
    const char *text = pel_table_key(table, key);
    *values = NULL;
    *n = 0;
    if (text == NULL) return PEL_OK;
    *values = calloc(strlen(text) + 1, sizeof **values);
    if (*values == NULL) return pel_error_set(err, PEL_ENOMEM, "%s", key);
    for (;;) {
        char *end;
        text += strspn(text, " \t");
        if (*text == '\0') return PEL_OK;
        (*values)[*n] = strtod(text, &end);
        if (end == text || (*end != ' ' && *end != '\t' && *end != '\0') ||
            isinf((*values)[*n]))
            return pel_error_at(err, PEL_EFORMAT, pel_table_path(table), 0,
                                "key %s, number %zu is '%.40s', expected a finite number "
                                "or nan",
                                key, *n + 1, text);
        text = end;
        (*n)++;
    }
}

/* One kind of curve: its values and band. */
static pel_status read_curve(const struct pel_table *table, const char *name,
                             struct pel_agemap *map, struct pel_agemap_value **out,
                             struct pel_error *err)
{
    static const char *const ends[] = {"_K", "_low_K", "_high_K"};
    struct pel_agemap_value *curve = calloc(map->n_curves, sizeof *curve);
    if (curve == NULL) return pel_error_set(err, PEL_ENOMEM, "curves");
    *out = curve;
    pel_status status = PEL_OK;
    for (int k = 0; status == PEL_OK && k < 3; k++) {
        char key[64];
        double *values;
        size_t n;
        snprintf(key, sizeof key, "curve_%s%s", name, ends[k]);
        status = read_list(table, key, &n, &values, err);
        if (status == PEL_OK && n != map->n_curves)
            status = pel_error_at(err, PEL_EFORMAT, pel_table_path(table), 0,
                                  "key %s has %zu numbers, expected %zu as "
                                  "curve_e_is_eV_per_atom",
                                  key, n, map->n_curves);
        for (size_t i = 0; status == PEL_OK && i < n; i++)
            *(k == 0   ? &curve[i].value
              : k == 1 ? &curve[i].low
                       : &curve[i].high) = values[i];
        free(values);
    }
    return status;
}

struct place {
    double e_is, temperature_K;
    size_t line;
};

static int by_place(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    if (p->e_is != q->e_is) return p->e_is < q->e_is ? -1 : 1;
    if (p->temperature_K != q->temperature_K)
        return p->temperature_K < q->temperature_K ? -1 : 1;
    return p->line < q->line ? -1 : p->line > q->line;
}

/* A point that is there twice would count twice, with two rates perhaps. */
static pel_status check_places(const struct pel_table *table,
                               const struct pel_agemap *map, struct pel_error *err)
{
    struct place *places = malloc(map->n * sizeof *places);
    if (places == NULL)
        return pel_error_set(err, PEL_ENOMEM, "%s: map", pel_table_path(table));
    for (size_t i = 0; i < map->n; i++)
        places[i] =
            (struct place){map->e_is[i], map->temperature_K[i], pel_table_line(table, i)};
    qsort(places, map->n, sizeof *places, by_place);
    pel_status status = PEL_OK;
    for (size_t i = 1; status == PEL_OK && i < map->n; i++)
        if (places[i].e_is == places[i - 1].e_is &&
            places[i].temperature_K == places[i - 1].temperature_K)
            status =
                pel_error_at(err, PEL_EFORMAT, pel_table_path(table), places[i].line,
                             "E_IS %.15g eV/atom at %.15g K stands in line %zu too, "
                             "expected each point once",
                             places[i].e_is, places[i].temperature_K, places[i - 1].line);
    free(places);
    return status;
}

static pel_status read_map(const struct pel_table *table, struct pel_agemap *map,
                           struct pel_error *err)
{
    struct layout layout;
    pel_status status = find_columns(table, map, &layout, err);
    if (status != PEL_OK) return status;
    const size_t n = map->n = pel_table_rows(table);
    if (n == 0)
        return pel_error_at(err, PEL_EFORMAT, pel_table_path(table),
                            pel_table_header_line(table), "no rows, expected a map");
    map->e_is = calloc(n, sizeof(double));
    map->temperature_K = calloc(n, sizeof(double));
    map->rate = calloc(n, sizeof(double));
    map->low = calloc(n, sizeof(double));
    map->high = calloc(n, sizeof(double));
    map->extrapolated = calloc(n, sizeof(int));
    map->replicates = calloc(n * map->n_replicates + 1, sizeof(double));
    if (map->e_is == NULL || map->temperature_K == NULL || map->rate == NULL ||
        map->low == NULL || map->high == NULL || map->extrapolated == NULL ||
        map->replicates == NULL)
        return pel_error_set(err, PEL_ENOMEM, "%s: map", pel_table_path(table));
    for (size_t row = 0; status == PEL_OK && row < n; row++)
        status = read_row(table, row, &layout, map, err);
    if (status == PEL_OK) status = check_places(table, map, err);
    if (status == PEL_OK)
        status = read_list(table, "curve_e_is_eV_per_atom", &map->n_curves,
                           &map->curve_e_is, err);
    if (status == PEL_OK && map->n_curves > 0) {
        status = read_curve(table, "T_max", map, &map->T_max, err);
        if (status == PEL_OK) status = read_curve(table, "T_ss", map, &map->T_ss, err);
    }
    return status;
}

pel_status pel_agemap_read(const char *path, struct pel_agemap **out,
                           struct pel_error *err)
{
    *out = NULL;
    struct pel_table *table = NULL;
    pel_status status = pel_table_read(path, &table, err);
    if (status != PEL_OK) return status;
    struct pel_agemap *map = calloc(1, sizeof *map);
    status = map != NULL ? read_map(table, map, err)
                         : pel_error_set(err, PEL_ENOMEM, "%s: map", path);
    pel_table_free(table);
    if (status != PEL_OK) {
        pel_agemap_free(map);
        return status;
    }
    *out = map;
    return PEL_OK;
}

#include <pelrate/curve.h>

#include <pelrate/table.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REPLICA, TIME, TEMPERATURE, ENERGY, N_COLUMNS };
static const char *const names[N_COLUMNS] = {"replica", "time_ps", "temperature_K",
                                             "e_is_eV_per_atom"};

void pel_curves_free(struct pel_curves *curves)
{
    if (curves == NULL) return;
    for (size_t i = 0; i < curves->n; i++) {
        free(curves->curve[i].time_ps);
        free(curves->curve[i].e_is);
    }
    free(curves->curve);
    free(curves);
}

static pel_status add_point(struct pel_curve *curve, const struct pel_table *table,
                            size_t row, double time, double e_is, struct pel_error *err)
{
    if (curve->n > 0 && !(time > curve->time_ps[curve->n - 1]))
        return pel_error_at(
            err, PEL_EFORMAT, pel_table_path(table), pel_table_line(table, row),
            "time_ps is %.15g after %.15g in replica %lld at %.6g K, "
            "expected times that increase",
            time, curve->time_ps[curve->n - 1], curve->replica, curve->temperature_K);
    /* Powers of two, so that growing costs little. */
    if ((curve->n & (curve->n - 1)) == 0) {
        const size_t size = (curve->n > 0 ? 2 * curve->n : 1) * sizeof(double);
        double *times = realloc(curve->time_ps, size);
        if (times != NULL) curve->time_ps = times;
        double *energies = realloc(curve->e_is, size);
        if (energies != NULL) curve->e_is = energies;
        if (times == NULL || energies == NULL)
            return pel_error_set(err, PEL_ENOMEM, "%s: curves", pel_table_path(table));
    }
    curve->time_ps[curve->n] = time;
    curve->e_is[curve->n++] = e_is;
    return PEL_OK;
}

/* The curve of a replica at a temperature among those of this file: mostly the last. */
static struct pel_curve *find_curve(struct pel_curves *curves, size_t first,
                                    long long replica, double temperature)
{
    for (size_t i = curves->n; i-- > first;)
        if (curves->curve[i].replica == replica &&
            curves->curve[i].temperature_K == temperature)
            return &curves->curve[i];
    return NULL;
}

static pel_status read_row(const struct pel_table *table, size_t row, const size_t at[],
                           size_t file, size_t first, struct pel_curves *curves,
                           struct pel_error *err)
{
    double value[N_COLUMNS];
    long long replica;
    pel_status status = pel_table_integer(table, row, at[REPLICA], &replica, err);
    for (int k = TIME; status == PEL_OK && k < N_COLUMNS; k++)
        status = pel_table_number(table, row, at[k], &value[k], err);
    if (status != PEL_OK) return status;
    if (!(value[TEMPERATURE] > 0.0) || !(value[TIME] >= 0.0))
        return pel_error_at(err, PEL_EFORMAT, pel_table_path(table),
                            pel_table_line(table, row),
                            "time_ps is %.15g and temperature_K %.15g, expected a time "
                            "of 0 or more and a temperature above 0",
                            value[TIME], value[TEMPERATURE]);
    struct pel_curve *curve = find_curve(curves, first, replica, value[TEMPERATURE]);
    if (curve == NULL) {
        struct pel_curve *more =
            realloc(curves->curve, (curves->n + 1) * sizeof *curves->curve);
        if (more == NULL)
            return pel_error_set(err, PEL_ENOMEM, "%s: curves", pel_table_path(table));
        curves->curve = more;
        curve = &curves->curve[curves->n++];
        *curve = (struct pel_curve){.file = file,
                                    .line = pel_table_line(table, row),
                                    .replica = replica,
                                    .temperature_K = value[TEMPERATURE]};
    }
    curves->points++;
    return add_point(curve, table, row, value[TIME], value[ENERGY], err);
}

/* Files whose E_IS are not to be compared: where two say it, they must say the same. */
static const char *const same_keys[] = {"species", "potential_hash", "is_cell"};
enum { N_SAME = sizeof same_keys / sizeof same_keys[0] };

/* What the files read so far say of same_keys, and which of them said it. */
struct said {
    char *text[N_SAME]; /* owned */
    const char *path[N_SAME];
};

static pel_status check_keys(const struct pel_table *table, struct said *said,
                             struct pel_error *err)
{
    for (int k = 0; k < N_SAME; k++) {
        const char *text = pel_table_key(table, same_keys[k]);
        if (text == NULL) continue;
        if (said->text[k] == NULL) {
            said->text[k] = strdup(text);
            said->path[k] = pel_table_path(table);
            if (said->text[k] == NULL)
                return pel_error_set(err, PEL_ENOMEM, "%s: curves", said->path[k]);
        }
    }
    for (int k = 0; k < N_SAME; k++) {
        const char *text = pel_table_key(table, same_keys[k]);
        if (text == NULL || strcmp(text, said->text[k]) == 0) continue;
        return pel_error_at(err, PEL_EFORMAT, pel_table_path(table), 0,
                            "%s is '%.60s', expected '%.60s' as in %s", same_keys[k],
                            text, said->text[k], said->path[k]);
    }
    return PEL_OK;
}

/* Samples of different size are not to be mixed: their E_IS scatter differently, and the
 * size may matter. */
static pel_status check_atoms(const struct pel_table *table, const char *first_path,
                              struct pel_curves *curves, size_t file,
                              struct pel_error *err)
{
    double atoms = NAN;
    if (pel_table_key(table, "atoms") != NULL) {
        const pel_status status = pel_table_key_number(table, "atoms", &atoms, err);
        if (status != PEL_OK) return status;
        if (!(atoms > 0.0))
            return pel_error_at(err, PEL_EFORMAT, pel_table_path(table), 0,
                                "atoms is %.15g, expected a number above 0", atoms);
    }
    if (file == 0) curves->atoms = atoms;
    if (atoms == curves->atoms || (isnan(atoms) && isnan(curves->atoms))) return PEL_OK;
    if (isnan(atoms) || isnan(curves->atoms))
        return pel_error_at(err, PEL_EFORMAT,
                            isnan(atoms) ? pel_table_path(table) : first_path, 0,
                            "no key 'atoms', expected it, as %s has it",
                            isnan(atoms) ? first_path : pel_table_path(table));
    return pel_error_at(err, PEL_EFORMAT, pel_table_path(table), 0,
                        "samples of %.15g atoms, expected %.15g as in %s", atoms,
                        curves->atoms, first_path);
}

/* A key that need not be there: NaN then. */
static pel_status read_optional(const struct pel_table *table, const char *key,
                                double *value, struct pel_error *err)
{
    *value = NAN;
    if (pel_table_key(table, key) == NULL) return PEL_OK;
    return pel_table_key_number(table, key, value, err);
}

static pel_status read_file(const char *path, const char *first_path, size_t file,
                            struct said *said, struct pel_curves *curves,
                            struct pel_error *err)
{
    struct pel_table *table = NULL;
    pel_status status = pel_table_read(path, &table, err);
    if (status != PEL_OK) return status;
    const size_t first = curves->n;
    size_t at[N_COLUMNS];
    for (int k = 0; status == PEL_OK && k < N_COLUMNS; k++)
        status = pel_table_column(table, names[k], &at[k], err);
    if (status == PEL_OK) status = check_atoms(table, first_path, curves, file, err);
    if (status == PEL_OK) status = check_keys(table, said, err);
    double start_e_is = NAN, ramp_from_K = NAN;
    if (status == PEL_OK)
        status = read_optional(table, "start_e_is_eV_per_atom", &start_e_is, err);
    if (status == PEL_OK) status = read_optional(table, "ramp_from_K", &ramp_from_K, err);
    for (size_t row = 0; status == PEL_OK && row < pel_table_rows(table); row++)
        status = read_row(table, row, at, file, first, curves, err);
    if (status == PEL_OK && curves->n == first)
        status = pel_error_at(err, PEL_EFORMAT, path, pel_table_header_line(table),
                              "no rows, expected an annealing curve");
    for (size_t i = first; i < curves->n; i++) {
        curves->curve[i].start_e_is = start_e_is;
        curves->curve[i].ramp_from_K = ramp_from_K;
    }
    for (size_t i = first; status == PEL_OK && i < curves->n; i++)
        if (curves->curve[i].n < 2)
            status = pel_error_at(
                err, PEL_EFORMAT, path, curves->curve[i].line,
                "replica %lld has one point at %.10g K, expected a curve of two or more "
                "at one temperature",
                curves->curve[i].replica, curves->curve[i].temperature_K);
    /* Its texts go, the path that the caller holds stays. */
    for (int k = 0; k < N_SAME; k++)
        if (said->path[k] == pel_table_path(table)) said->path[k] = path;
    pel_table_free(table);
    return status;
}

static int is_repeat(const struct pel_curve *a, const struct pel_curve *b)
{
    const size_t n = a->n < b->n ? a->n : b->n;
    int moves = 0;
    if (a->temperature_K != b->temperature_K) return 0;
    for (size_t k = 0; k < n; k++) {
        if (a->time_ps[k] != b->time_ps[k] || a->e_is[k] != b->e_is[k]) return 0;
        moves |= a->e_is[k] != a->e_is[0];
    }
    return moves;
}

pel_status pel_curves_check_repeats(const struct pel_curves *curves,
                                    const char *const paths[], struct pel_error *err)
{
    for (size_t j = 1; j < curves->n; j++)
        for (size_t i = 0; i < j; i++) {
            const struct pel_curve *a = &curves->curve[i], *b = &curves->curve[j];
            if (is_repeat(a, b))
                return pel_error_at(err, PEL_EFORMAT, paths[b->file], b->line,
                                    "replica %lld at %.10g K is the curve in line %zu of "
                                    "%s again, expected each curve once",
                                    b->replica, b->temperature_K, a->line,
                                    paths[a->file]);
        }
    return PEL_OK;
}

pel_status pel_curves_read(size_t n_files, const char *const paths[],
                           struct pel_curves **out, struct pel_error *err)
{
    *out = NULL;
    if (n_files == 0) return pel_error_set(err, PEL_EARG, "no annealing curves");
    struct pel_curves *curves = calloc(1, sizeof *curves);
    if (curves == NULL) return pel_error_set(err, PEL_ENOMEM, "curves");
    pel_status status = PEL_OK;
    struct said said = {.text = {NULL}};
    for (size_t i = 0; status == PEL_OK && i < n_files; i++)
        status = read_file(paths[i], paths[0], i, &said, curves, err);
    for (int k = 0; k < N_SAME; k++)
        free(said.text[k]);
    if (status != PEL_OK) {
        pel_curves_free(curves);
        return status;
    }
    *out = curves;
    return PEL_OK;
}

#include <pelrate/programme.h>

#include <pelrate/constants.h>
#include <pelrate/table.h>

#include <math.h>
#include <stdlib.h>

struct pel_programme {
    size_t n;            /* corners */
    double *time;        /* [n] s, increasing; owned */
    double *lasts;       /* [n] s, > 0: what corner k is after corner k - 1; owned */
    double *temperature; /* [n] K; owned */
};

void pel_programme_free(struct pel_programme *programme)
{
    if (programme == NULL) return;
    free(programme->time);
    free(programme->lasts);
    free(programme->temperature);
    free(programme);
}

/* Whether a row makes sense after one that ended at `from` [K] (first: NaN). */
static pel_status check_row(const struct pel_programme_row *row, double from,
                            struct pel_error *err)
{
    if (!(row->target_K > 0.0 && isfinite(row->target_K)))
        return pel_error_set(err, PEL_EARG,
                             "target_K is %g, expected a temperature above 0 K",
                             row->target_K);
    if (!isnan(from) && row->target_K != from &&
        !(row->rate_K_per_s > 0.0 && isfinite(row->rate_K_per_s)))
        return pel_error_set(
            err, PEL_EARG,
            "rate_K_per_s is %g from %g K to %g K, expected a number > 0 (the "
            "target gives the direction)",
            row->rate_K_per_s, from, row->target_K);
    if (!(row->hold_s >= 0.0 && isfinite(row->hold_s)))
        return pel_error_set(err, PEL_EARG, "hold_s is %g, expected a number >= 0",
                             row->hold_s);
    return PEL_OK;
}

static void add_corner(struct pel_programme *p, double duration, double temperature)
{
    if (!(duration > 0.0)) return;
    p->time[p->n] = p->time[p->n - 1] + duration;
    p->lasts[p->n] = duration;
    p->temperature[p->n++] = temperature;
}

pel_status pel_programme_create(size_t n, const struct pel_programme_row rows[],
                                struct pel_programme **out, struct pel_error *err)
{
    *out = NULL;
    if (n == 0) return pel_error_set(err, PEL_EARG, "a programme needs at least one row");
    struct pel_error why = {0};
    for (size_t i = 0; i < n; i++)
        if (check_row(&rows[i], i > 0 ? rows[i - 1].target_K : NAN, &why) != PEL_OK)
            return pel_error_set(err, PEL_EARG, "row %zu: %s", i + 1, why.text);
    struct pel_programme *p = calloc(1, sizeof *p);
    if (p != NULL) {
        p->time = calloc(2 * n + 1, sizeof *p->time);
        p->lasts = calloc(2 * n + 1, sizeof *p->lasts);
        p->temperature = calloc(2 * n + 1, sizeof *p->temperature);
    }
    if (p == NULL || p->time == NULL || p->lasts == NULL || p->temperature == NULL) {
        pel_programme_free(p);
        return pel_error_set(err, PEL_ENOMEM, "programme: out of memory");
    }
    p->n = 1;
    p->temperature[0] = rows[0].target_K;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && rows[i].target_K != rows[i - 1].target_K)
            add_corner(
                p, fabs(rows[i].target_K - rows[i - 1].target_K) / rows[i].rate_K_per_s,
                rows[i].target_K);
        add_corner(p, rows[i].hold_s, rows[i].target_K);
    }
    if (p->n < 2 || !isfinite(p->time[p->n - 1])) {
        const double end = p->time[p->n - 1];
        pel_programme_free(p);
        return pel_error_set(err, PEL_EARG,
                             "the programme lasts %g s, expected a finite time > 0", end);
    }
    *out = p;
    return PEL_OK;
}

pel_status pel_programme_isothermal(double temperature_K, double time_s,
                                    struct pel_programme **out, struct pel_error *err)
{
    const struct pel_programme_row row = {.target_K = temperature_K, .hold_s = time_s};
    return pel_programme_create(1, &row, out, err);
}

pel_status pel_programme_ramp(double start_K, double end_K, double rate_K_per_s,
                              struct pel_programme **out, struct pel_error *err)
{
    const struct pel_programme_row rows[2] = {
        {.target_K = start_K}, {.target_K = end_K, .rate_K_per_s = rate_K_per_s}};
    return pel_programme_create(2, rows, out, err);
}

/* Pieces of a programme that is made at most. */
#define MOST_PIECES 1e6

static pel_status no_memory(struct pel_error *err)
{
    return pel_error_set(err, PEL_ENOMEM, "programme: out of memory");
}

/* Whether start, end and the rate of a programme to be made make sense, and it has no more
 * than so many pieces. */
static pel_status check_course(double start_K, double end_K, double rate_K_per_s,
                               double pieces, struct pel_error *err)
{
    if (!(start_K > 0.0 && end_K > 0.0 && isfinite(start_K) && isfinite(end_K) &&
          start_K != end_K))
        return pel_error_set(err, PEL_EARG,
                             "from %g K to %g K, expected two temperatures above 0 K",
                             start_K, end_K);
    if (!(rate_K_per_s > 0.0 && isfinite(rate_K_per_s)))
        return pel_error_set(err, PEL_EARG, "a rate of %g K/s, expected a number > 0",
                             rate_K_per_s);
    if (!(pieces <= MOST_PIECES))
        return pel_error_set(err, PEL_EARG,
                             "a programme of %.3g pieces, expected at most %g", pieces,
                             MOST_PIECES);
    return PEL_OK;
}

pel_status pel_programme_modulated(double start_K, double end_K, double rate_K_per_s,
                                   double amplitude_K, double period_s, size_t points,
                                   struct pel_programme **out, struct pel_error *err)
{
    *out = NULL;
    if (!(amplitude_K > 0.0 && isfinite(amplitude_K) && period_s > 0.0 &&
          isfinite(period_s) && points >= 4))
        return pel_error_set(err, PEL_EARG,
                             "an amplitude of %g K, a period of %g s, %zu points, "
                             "expected numbers > 0 and four points",
                             amplitude_K, period_s, points);
    const double lasts = fabs(end_K - start_K) / rate_K_per_s;
    const double step = period_s / (double)points;
    pel_status status =
        check_course(start_K, end_K, rate_K_per_s, ceil(lasts / step), err);
    if (status != PEL_OK) return status;
    /* A last piece that only rounding makes is none. */
    const size_t n = (size_t)ceil(lasts / step * (1.0 - 1e-12)) + 1;
    struct pel_programme_row *rows = calloc(n, sizeof *rows);
    if (rows == NULL) return no_memory(err);
    const double slope = end_K > start_K ? rate_K_per_s : -rate_K_per_s;
    double before = 0.0;
    for (size_t k = 0; k < n; k++) {
        const double t = k + 1 < n ? step * (double)k : lasts;
        rows[k].target_K =
            start_K + slope * t + amplitude_K * sin(2.0 * PEL_PI * (t / period_s));
        if (k > 0 && rows[k].target_K != rows[k - 1].target_K)
            rows[k].rate_K_per_s =
                fabs(rows[k].target_K - rows[k - 1].target_K) / (t - before);
        else if (k > 0)
            rows[k].hold_s = t - before;
        before = t;
    }
    status = pel_programme_create(n, rows, out, err);
    free(rows);
    return status;
}

pel_status pel_programme_stepwise(double start_K, double end_K, double step_K,
                                  double rate_K_per_s, double hold_s,
                                  struct pel_programme **out, struct pel_error *err)
{
    *out = NULL;
    if (!(step_K > 0.0 && isfinite(step_K) && hold_s > 0.0 && isfinite(hold_s)))
        return pel_error_set(err, PEL_EARG,
                             "steps of %g K with holds of %g s, expected numbers > 0",
                             step_K, hold_s);
    const double steps = ceil(fabs(end_K - start_K) / step_K * (1.0 - 1e-12));
    pel_status status = check_course(start_K, end_K, rate_K_per_s, steps, err);
    if (status != PEL_OK) return status;
    const size_t n = (size_t)steps + 1;
    struct pel_programme_row *rows = calloc(n, sizeof *rows);
    if (rows == NULL) return no_memory(err);
    const double up = end_K > start_K ? step_K : -step_K;
    for (size_t k = 0; k < n; k++)
        rows[k] = (struct pel_programme_row){
            .target_K = k + 1 < n ? start_K + up * (double)k : end_K,
            .rate_K_per_s = rate_K_per_s,
            .hold_s = hold_s};
    status = pel_programme_create(n, rows, out, err);
    free(rows);
    return status;
}

pel_status pel_programme_write(const struct pel_programme *programme, FILE *stream,
                               struct pel_error *err)
{
    fputs("target_K,rate_K_per_s,hold_s\n", stream);
    const double start[] = {programme->temperature[0], NAN, 0.0};
    pel_table_put_row(stream, 3, start);
    for (size_t k = 1; k < programme->n; k++) {
        const double T = programme->temperature[k], lasts = programme->lasts[k];
        const double change = fabs(T - programme->temperature[k - 1]);
        /* A hold is a row that goes nowhere: at some rate. */
        const double row[] = {T, change > 0.0 ? change / lasts : 1.0,
                              change > 0.0 ? 0.0 : lasts};
        pel_table_put_row(stream, 3, row);
    }
    if (ferror(stream))
        return pel_error_set(err, PEL_EIO, "a programme cannot be written");
    return PEL_OK;
}

/* The column of a quantity in seconds, or the one in minutes, with the factor that makes
 * seconds of its values. */
static pel_status find_time_column(const struct pel_table *table, const char *in_s,
                                   const char *in_min, double minute, size_t *column,
                                   double *factor, struct pel_error *err)
{
    size_t other;
    *factor = 1.0;
    pel_table_find(table, in_min, &other);
    if (!(other < pel_table_columns(table)))
        return pel_table_column(table, in_s, column, err);
    pel_table_find(table, in_s, column);
    if (*column < pel_table_columns(table))
        return pel_error_at(
            err, PEL_EFORMAT, pel_table_path(table), pel_table_header_line(table),
            "columns '%s' and '%s', expected one of the two", in_s, in_min);
    *column = other;
    *factor = minute;
    return PEL_OK;
}

pel_status pel_programme_read(const char *path, struct pel_programme **out,
                              struct pel_error *err)
{
    *out = NULL;
    struct pel_table *table = NULL;
    struct pel_programme_row *rows = NULL;
    struct pel_error why = {0};
    size_t column[3];
    double factor[3] = {1.0, 1.0, 1.0};
    pel_status status = pel_table_read(path, &table, err);
    if (status == PEL_OK) status = pel_table_column(table, "target_K", &column[0], err);
    if (status == PEL_OK)
        status = find_time_column(table, "rate_K_per_s", "rate_K_per_min", 1.0 / 60.0,
                                  &column[1], &factor[1], err);
    if (status == PEL_OK)
        status = find_time_column(table, "hold_s", "hold_min", 60.0, &column[2],
                                  &factor[2], err);
    if (status != PEL_OK) goto done;
    const size_t n = pel_table_rows(table);
    if (n == 0) {
        status = pel_error_at(err, PEL_EFORMAT, path, pel_table_header_line(table),
                              "no rows, expected at least one");
        goto done;
    }
    rows = calloc(n, sizeof *rows);
    if (rows == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "programme: out of memory");
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        double *const value[3] = {&rows[i].target_K, &rows[i].rate_K_per_s,
                                  &rows[i].hold_s};
        for (int k = 0; k < 3; k++) {
            /* The first row starts somewhere: no rate. */
            if (i == 0 && k == 1 && pel_table_text(table, i, column[k])[0] == '\0')
                continue;
            status = pel_table_number(table, i, column[k], value[k], err);
            if (status != PEL_OK) goto done;
            *value[k] *= factor[k];
        }
        if (check_row(&rows[i], i > 0 ? rows[i - 1].target_K : NAN, &why) != PEL_OK) {
            status = pel_error_at(err, PEL_EFORMAT, path, pel_table_line(table, i), "%s",
                                  why.text);
            goto done;
        }
    }
    status = pel_programme_create(n, rows, out, &why);
    if (status != PEL_OK)
        status = pel_error_at(err, status == PEL_EARG ? PEL_EFORMAT : status, path,
                              pel_table_line(table, n - 1), "%s", why.text);
done:
    free(rows);
    pel_table_free(table);
    return status;
}

size_t pel_programme_corners(const struct pel_programme *programme)
{
    return programme->n;
}

double pel_programme_corner_time(const struct pel_programme *programme, size_t k)
{
    return k < programme->n ? programme->time[k] : NAN;
}

double pel_programme_segment(const struct pel_programme *programme, size_t k)
{
    return k > 0 && k < programme->n ? programme->lasts[k] : NAN;
}

double pel_programme_corner_temperature(const struct pel_programme *programme, size_t k)
{
    return k < programme->n ? programme->temperature[k] : NAN;
}

double pel_programme_duration(const struct pel_programme *programme)
{
    return programme->time[programme->n - 1];
}

double pel_programme_temperature(const struct pel_programme *programme, double t_s)
{
    const double *t = programme->time, *T = programme->temperature;
    if (!(t_s > 0.0)) return T[0];
    if (t_s > t[programme->n - 1]) return T[programme->n - 1];
    size_t before = 0, k = programme->n - 1; /* t[before] < t_s <= t[k] */
    while (k - before > 1) {
        const size_t mid = before + (k - before) / 2;
        if (t[mid] < t_s)
            before = mid;
        else
            k = mid;
    }
    /* Never beyond its ends, however far apart they are or near to 0. */
    const double part = (t_s - t[before]) / (t[k] - t[before]);
    const double between = (1.0 - part) * T[before] + part * T[k];
    return fmin(fmax(between, fmin(T[before], T[k])), fmax(T[before], T[k]));
}

#include <pelrate/event.h>

#include <pelrate/table.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns in the order of the file. */
enum column {
    SAMPLE,
    E_IS,
    SEARCH,
    ATOM,
    STATUS,
    E_A,
    E_R,
    EIGENVALUE,
    FORCE_CALLS,
    DISPLACEMENT,
    MOVED_ATOMS,
    DUPLICATE_OF,
    N_REQUIRED, /* the others may be missing */
    FULL_CALLS = N_REQUIRED,
    WORK,
    ATTEMPT_FREQUENCY,
    REVERSE_ATTEMPT_FREQUENCY,
    N_COLUMNS
};

static const char *const column_names[N_COLUMNS] = {"sample",
                                                    "e_is_eV_per_atom",
                                                    "search",
                                                    "atom",
                                                    "status",
                                                    "e_a_eV",
                                                    "e_r_eV",
                                                    "eigenvalue_eV_per_A2",
                                                    "force_calls",
                                                    "displacement_A",
                                                    "moved_atoms",
                                                    "duplicate_of",
                                                    "full_calls",
                                                    "work",
                                                    "attempt_frequency_Hz",
                                                    "reverse_attempt_frequency_Hz"};

int pel_event_is_distinct(const struct pel_event *event)
{
    return strcmp(event->status, PEL_EVENT_VALID) == 0 && event->duplicate_of < 0;
}

void pel_event_list_free(struct pel_event_list *list)
{
    if (list == NULL) return;
    free(list->events);
    free(list->lines);
    free(list->settings);
    free(list);
}

/* Place of a column that the file lacks. */
static const size_t absent = SIZE_MAX;

/* An empty field is "none": NaN, or -1 for a count. */
static pel_status optional_number(const struct pel_table *table, size_t row,
                                  size_t column, double *value, struct pel_error *err)
{
    *value = NAN;
    if (column == absent) return PEL_OK;
    if (pel_table_text(table, row, column)[0] == '\0') return PEL_OK;
    return pel_table_number(table, row, column, value, err);
}

static pel_status optional_integer(const struct pel_table *table, size_t row,
                                   size_t column, int64_t *value, struct pel_error *err)
{
    *value = -1;
    if (column == absent) return PEL_OK;
    if (pel_table_text(table, row, column)[0] == '\0') return PEL_OK;
    long long number = 0;
    const pel_status status = pel_table_integer(table, row, column, &number, err);
    if (status == PEL_OK) *value = number;
    return status;
}

/* A text of bounded length; longer ones would silently merge two names. */
static pel_status short_text(const struct pel_table *table, size_t row, size_t column,
                             char *text, size_t size, struct pel_error *err)
{
    const char *field = pel_table_text(table, row, column);
    if (field[0] == '\0' || strlen(field) >= size)
        return pel_error_at(err, PEL_EFORMAT, pel_table_path(table),
                            pel_table_line(table, row),
                            "%s is '%.80s', expected 1 to %zu characters",
                            pel_table_column_name(table, column), field, size - 1);
    memcpy(text, field, strlen(field) + 1);
    return PEL_OK;
}

static pel_status read_event(const struct pel_table *table, const size_t at[N_COLUMNS],
                             size_t row, struct pel_event *event, struct pel_error *err)
{
    pel_status status =
        short_text(table, row, at[SAMPLE], event->sample, sizeof event->sample, err);
    if (status == PEL_OK)
        status =
            short_text(table, row, at[STATUS], event->status, sizeof event->status, err);
    if (status == PEL_OK)
        status = pel_table_number(table, row, at[E_IS], &event->e_is, err);

    const struct {
        enum column column;
        double *value;
    } numbers[] = {{E_A, &event->e_a},
                   {E_R, &event->e_r},
                   {EIGENVALUE, &event->eigenvalue},
                   {DISPLACEMENT, &event->displacement},
                   {WORK, &event->work},
                   {ATTEMPT_FREQUENCY, &event->attempt_frequency},
                   {REVERSE_ATTEMPT_FREQUENCY, &event->reverse_attempt_frequency}};
    for (size_t i = 0; status == PEL_OK && i < sizeof numbers / sizeof numbers[0]; i++)
        status =
            optional_number(table, row, at[numbers[i].column], numbers[i].value, err);

    const struct {
        enum column column;
        int64_t *value;
    } integers[] = {{SEARCH, &event->search},
                    {ATOM, &event->atom},
                    {FORCE_CALLS, &event->force_calls},
                    {MOVED_ATOMS, &event->moved_atoms},
                    {DUPLICATE_OF, &event->duplicate_of},
                    {FULL_CALLS, &event->full_calls}};
    for (size_t i = 0; status == PEL_OK && i < sizeof integers / sizeof integers[0]; i++)
        status =
            optional_integer(table, row, at[integers[i].column], integers[i].value, err);
    if (status != PEL_OK) return status;

    if (strcmp(event->status, PEL_EVENT_VALID) == 0 &&
        !(event->e_a > 0.0 && event->e_r > 0.0))
        return pel_error_at(
            err, PEL_EFORMAT, pel_table_path(table), pel_table_line(table, row),
            "a valid event with e_a_eV '%s' and e_r_eV '%s', expected both > 0",
            pel_table_text(table, row, at[E_A]), pel_table_text(table, row, at[E_R]));
    const struct {
        enum column column;
        double value;
    } positive[] = {{ATTEMPT_FREQUENCY, event->attempt_frequency},
                    {REVERSE_ATTEMPT_FREQUENCY, event->reverse_attempt_frequency}};
    for (size_t i = 0; i < sizeof positive / sizeof positive[0]; i++)
        if (positive[i].value <= 0.0)
            return pel_error_at(
                err, PEL_EFORMAT, pel_table_path(table), pel_table_line(table, row),
                "%s is '%s', expected more than 0", column_names[positive[i].column],
                pel_table_text(table, row, at[positive[i].column]));
    return PEL_OK;
}

static pel_status read_list(const struct pel_table *table, struct pel_event_list *list,
                            struct pel_error *err)
{
    size_t at[N_COLUMNS];
    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (i >= N_REQUIRED &&
            pel_table_column(table, column_names[i], &at[i], NULL) != PEL_OK) {
            at[i] = absent;
            continue;
        }
        const pel_status status = pel_table_column(table, column_names[i], &at[i], err);
        if (status != PEL_OK) return status;
    }
    pel_status status = pel_table_key_number(table, "atoms", &list->atoms, err);
    if (status == PEL_OK)
        status =
            pel_table_key_number(table, "molar_mass_g_per_mol", &list->molar_mass, err);
    if (status != PEL_OK) return status;
    const char *settings = pel_table_key(table, "settings");
    if (settings == NULL)
        return pel_error_at(
            err, PEL_EFORMAT, pel_table_path(table), pel_table_header_line(table),
            "no key 'settings' in the header, expected the sampler's settings");

    list->n = pel_table_rows(table);
    list->settings = malloc(strlen(settings) + 1);
    list->events = calloc(list->n + 1, sizeof *list->events);
    list->lines = calloc(list->n + 1, sizeof *list->lines);
    if (list->settings == NULL || list->events == NULL || list->lines == NULL)
        return pel_error_set(err, PEL_ENOMEM, "%zu events", list->n);
    memcpy(list->settings, settings, strlen(settings) + 1);
    for (size_t i = 0; i < list->n; i++) {
        list->lines[i] = pel_table_line(table, i);
        status = read_event(table, at, i, &list->events[i], err);
        if (status != PEL_OK) return status;
    }
    return PEL_OK;
}

pel_status pel_event_list_read(const char *path, struct pel_event_list **out,
                               struct pel_error *err)
{
    *out = NULL;
    struct pel_table *table = NULL;
    pel_status status = pel_table_read(path, &table, err);
    if (status != PEL_OK) return status;
    struct pel_event_list *list = calloc(1, sizeof *list);
    status = list != NULL ? read_list(table, list, err)
                          : pel_error_set(err, PEL_ENOMEM, "%s: events", path);
    pel_table_free(table);
    if (status != PEL_OK) {
        pel_event_list_free(list);
        return status;
    }
    *out = list;
    return PEL_OK;
}

void pel_event_put_names(FILE *stream)
{
    for (size_t i = 0; i < N_COLUMNS; i++)
        fprintf(stream, "%s%s", i > 0 ? "," : "", column_names[i]);
    fputc('\n', stream);
}

static void put_optional(FILE *stream, double value)
{
    fputc(',', stream);
    if (!isnan(value)) pel_table_put_number(stream, value);
}

static void put_count(FILE *stream, int64_t value)
{
    fputc(',', stream);
    if (value >= 0) fprintf(stream, "%" PRId64, value);
}

void pel_event_put(FILE *stream, const struct pel_event *event)
{
    pel_table_put_text(stream, event->sample);
    put_optional(stream, event->e_is);
    put_count(stream, event->search);
    put_count(stream, event->atom);
    fputc(',', stream);
    pel_table_put_text(stream, event->status);
    put_optional(stream, event->e_a);
    put_optional(stream, event->e_r);
    put_optional(stream, event->eigenvalue);
    put_count(stream, event->force_calls);
    put_optional(stream, event->displacement);
    put_count(stream, event->moved_atoms);
    put_count(stream, event->duplicate_of);
    put_count(stream, event->full_calls);
    put_optional(stream, event->work);
    put_optional(stream, event->attempt_frequency);
    put_optional(stream, event->reverse_attempt_frequency);
    fputc('\n', stream);
}

#include "quench_priv.h"

#include <errno.h>
#include <pelrate/output.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The state of a quench in a text file; numbers in hexadecimal floating point, so that
 * what is read is what was written to the last bit.
 *
 *   # format: pelrate-quench 2
 *   setting NAME VALUE              one line each, all that decides the trajectory
 *   step N
 *   bath 8 numbers                  the thermostat's own
 *   work W                          of the barostat [eV]
 *   random 4 words, spare, 0 or 1   of velocities and noise
 *   swap_random likewise            of exchanges
 *   cell 9 numbers                  vectors as rows [A]
 *   origin 3 numbers                [A]
 *   rows N                          then N lines: time [ps] target [K] T [K] P [bar]
 *                                   V [A^3/atom] E [eV/atom] exchanges tried, accepted
 *   species N                       then N lines: name mass [g/mol]
 *   atoms N                         then N lines: id type x y z [A] vx vy vz [A/ps]
 *   end */
enum { ROW_NUMBERS = 8 };
static const char format_line[] = "# format: pelrate-quench 2";

int pel_quench_describe(const struct pel_potential *potential,
                        const struct pel_quench_settings *s, int i,
                        char text[PEL_QUENCH_TEXT])
{
    const struct {
        const char *name;
        double value;
    } numbers[] = {
        {"melt_temperature_K", s->melt_temperature_K},
        {"melt_time_ps", s->melt_time_ps},
        {"cool_K_per_ps", s->cool_K_per_ps},
        {"end_temperature_K", s->end_temperature_K},
        {"anneal_temperature_K", s->anneal_time_ps > 0.0 ? s->anneal_temperature_K : 0.0},
        {"anneal_time_ps", s->anneal_time_ps},
        {"swap_tries", (double)s->swap_tries},
        {"swap_interval_ps", s->swap_tries > 0 ? s->swap_interval_ps : 0.0},
        {"timestep_ps", s->md.timestep_ps},
        {"thermostat_time_ps", s->md.thermostat_time_ps},
        {"pressure_bar", s->md.pressure_bar},
        {"barostat_time_ps", s->md.barostat_time_ps},
        {"compressibility_per_bar", s->md.compressibility_per_bar},
        {"barostat_interval", s->md.barostat_interval},
        {"row_interval_ps", s->row_interval_ps},
        {"skin_A", s->skin_A},
        {"potential_cutoff_A", pel_potential_cutoff(potential)},
    };
    const struct {
        const char *name, *value;
    } texts[] = {
        {"label", s->label != NULL ? s->label : ""},
        {"thermostat", s->md.thermostat->name},
        {"barostat", s->md.barostat->name},
        {"potential_style", pel_potential_style(potential)},
    };
    const int n_texts = sizeof texts / sizeof *texts;
    const int n_numbers = sizeof numbers / sizeof *numbers;
    if (i < n_texts) {
        snprintf(text, PEL_QUENCH_TEXT, "%s %s", texts[i].name, texts[i].value);
    } else if (i < n_texts + n_numbers) {
        snprintf(text, PEL_QUENCH_TEXT, "%s %.17g", numbers[i - n_texts].name,
                 numbers[i - n_texts].value);
    } else if (i == n_texts + n_numbers) {
        snprintf(text, PEL_QUENCH_TEXT, "seed %llu", (unsigned long long)s->seed);
    } else {
        return 0;
    }
    /* one line of a file: what would break it is blanked */
    for (char *c = text; *c != '\0'; c++)
        if (*c == '\n' || *c == '\r') *c = ' ';
    return 1;
}

static void put_numbers(FILE *file, const char *name, size_t n, const double values[])
{
    fputs(name, file);
    for (size_t i = 0; i < n; i++)
        fprintf(file, *name == '\0' && i == 0 ? "%a" : " %a", values[i]);
    fputc('\n', file);
}

static void put_random(FILE *file, const char *name, const struct pel_random *random)
{
    fputs(name, file);
    for (int k = 0; k < 4; k++)
        fprintf(file, " %llu", (unsigned long long)random->s[k]);
    fprintf(file, " %a %d\n", random->spare, random->has_spare);
}

pel_status pel_quench_save(const struct pel_quench *q, const char *path,
                           struct pel_error *err)
{
    struct pel_output *output = NULL;
    pel_status status = pel_output_open(path, PEL_OUTPUT_REPLACE, &output, err);
    if (status != PEL_OK) return status;
    FILE *file = pel_output_stream(output);
    const struct pel_md *md = q->md;
    const struct pel_structure *s = md->structure;

    fprintf(file, "%s\n", format_line);
    char text[PEL_QUENCH_TEXT];
    for (int i = 0; pel_quench_describe(q->potential, &q->settings, i, text); i++)
        fprintf(file, "setting %s\n", text);
    fprintf(file, "step %llu\n", md->step);
    put_numbers(file, "bath", PEL_BATH_STATE, md->bath);
    put_numbers(file, "work", 1, &md->work);
    put_random(file, "random", &md->random);
    put_random(file, "swap_random", &q->swap_random);
    put_numbers(file, "cell", 9, &s->cell.h[0][0]);
    put_numbers(file, "origin", 3, s->cell.origin);
    fprintf(file, "rows %zu\n", q->n_rows);
    for (size_t i = 0; i < q->n_rows; i++) {
        const struct pel_quench_row *r = &q->rows[i];
        const double values[] = {
            r->time_ps,      r->target_K,           r->temperature_K,
            r->pressure_bar, r->volume_A3_per_atom, r->energy_eV_per_atom,
            r->swaps_tried,  r->swaps_accepted};
        put_numbers(file, "", ROW_NUMBERS, values);
    }
    fprintf(file, "species %zu\n", s->n_species);
    for (size_t k = 0; k < s->n_species; k++)
        fprintf(file, "%s %a\n", s->species[k], s->mass[k]);
    fprintf(file, "atoms %zu\n", s->n);
    for (size_t i = 0; i < s->n; i++)
        fprintf(file, "%lld %d %a %a %a %a %a %a\n", (long long)s->id[i], s->type[i],
                s->x[3 * i], s->x[3 * i + 1], s->x[3 * i + 2], s->v[3 * i],
                s->v[3 * i + 1], s->v[3 * i + 2]);
    fputs("end\n", file);
    return pel_output_commit(output, err);
}

/* A file read line by line. */
struct reader {
    const char *path;
    FILE *file;
    char *text;     /* the current line, without its end; owned */
    size_t n_alloc; /* of text */
    size_t line;    /* its number, from 1 */
};

static pel_status next_line(struct reader *r, const char *expected, struct pel_error *err)
{
    const ssize_t length = getline(&r->text, &r->n_alloc, r->file);
    r->line++;
    if (length < 0)
        return pel_error_at(err, PEL_EFORMAT, r->path, r->line,
                            "the file ends, expected %s", expected);
    if (length > 0 && r->text[length - 1] == '\n') r->text[length - 1] = '\0';
    return PEL_OK;
}

/* n numbers from *at, which moves on. */
static pel_status take_numbers(struct reader *r, const char **at, size_t n,
                               double values[], const char *what, struct pel_error *err)
{
    for (size_t i = 0; i < n; i++) {
        char *end;
        values[i] = strtod(*at, &end);
        if (end == *at || values[i] - values[i] != 0.0)
            return pel_error_at(err, PEL_EFORMAT, r->path, r->line,
                                "number %zu of %s is missing or not finite, expected %zu",
                                i + 1, what, n);
        *at = end;
    }
    return PEL_OK;
}

static pel_status take_integer(struct reader *r, const char **at,
                               unsigned long long *value, const char *what,
                               struct pel_error *err)
{
    char *end;
    errno = 0;
    *value = strtoull(*at, &end, 10);
    if (end == *at || errno != 0)
        return pel_error_at(err, PEL_EFORMAT, r->path, r->line,
                            "%s is missing, expected an integer", what);
    *at = end;
    return PEL_OK;
}

static pel_status at_end(struct reader *r, const char *at, struct pel_error *err)
{
    if (*at == '\0') return PEL_OK;
    return pel_error_at(err, PEL_EFORMAT, r->path, r->line,
                        "'%.40s' is too much, expected the end of the line", at);
}

/* The next line must start with a word; *at points behind it. */
static pel_status keyword(struct reader *r, const char *word, const char **at,
                          struct pel_error *err)
{
    pel_status status = next_line(r, word, err);
    if (status != PEL_OK) return status;
    const size_t length = strlen(word);
    if (strncmp(r->text, word, length) != 0 ||
        (r->text[length] != ' ' && r->text[length] != '\0'))
        return pel_error_at(err, PEL_EFORMAT, r->path, r->line,
                            "'%.40s', expected a line '%s ...'", r->text, word);
    *at = r->text + length;
    return PEL_OK;
}

static pel_status read_numbers(struct reader *r, const char *word, size_t n,
                               double values[], struct pel_error *err)
{
    const char *at = "";
    pel_status status = keyword(r, word, &at, err);
    if (status == PEL_OK) status = take_numbers(r, &at, n, values, word, err);
    if (status == PEL_OK) status = at_end(r, at, err);
    return status;
}

static pel_status read_count(struct reader *r, const char *word, unsigned long long limit,
                             unsigned long long *n, struct pel_error *err)
{
    const char *at = "";
    pel_status status = keyword(r, word, &at, err);
    if (status == PEL_OK) status = take_integer(r, &at, n, word, err);
    if (status == PEL_OK) status = at_end(r, at, err);
    if (status == PEL_OK && *n > limit)
        status = pel_error_at(err, PEL_EFORMAT, r->path, r->line,
                              "%s %llu, expected %llu "
                              "at most",
                              word, *n, limit);
    return status;
}

static pel_status read_settings(struct reader *r, const struct pel_potential *potential,
                                const struct pel_quench_settings *settings,
                                struct pel_error *err)
{
    pel_status status = next_line(r, format_line, err);
    if (status != PEL_OK) return status;
    if (strcmp(r->text, format_line) != 0)
        return pel_error_at(err, PEL_EFORMAT, r->path, r->line, "'%.40s', expected '%s'",
                            r->text, format_line);
    char text[PEL_QUENCH_TEXT];
    for (int i = 0; pel_quench_describe(potential, settings, i, text); i++) {
        const char *at = "";
        status = keyword(r, "setting", &at, err);
        if (status != PEL_OK) return status;
        if (*at == '\0' || strcmp(at + 1, text) != 0)
            return pel_error_at(err, PEL_EMISMATCH, r->path, r->line,
                                "was made with '%.100s', this run has '%.100s'",
                                *at != '\0' ? at + 1 : "", text);
    }
    return PEL_OK;
}

/* What a file holds beside settings, before there is a quench to put it in. */
struct state {
    unsigned long long step;
    double bath[PEL_BATH_STATE];
    double work;
    struct pel_random random, swap_random;
    struct pel_cell cell;
    struct pel_quench_row *rows; /* [n_rows]; owned */
    size_t n_rows;
    struct pel_structure *structure; /* owned */
};

static pel_status read_random(struct reader *r, const char *name,
                              struct pel_random *random, struct pel_error *err)
{
    const char *at = "";
    unsigned long long word;
    pel_status status = keyword(r, name, &at, err);
    for (int k = 0; k < 4 && status == PEL_OK; k++) {
        status = take_integer(r, &at, &word, "a word of the random state", err);
        random->s[k] = word;
    }
    if (status == PEL_OK) status = take_numbers(r, &at, 1, &random->spare, "spare", err);
    if (status == PEL_OK) status = take_integer(r, &at, &word, "has_spare", err);
    if (status == PEL_OK) status = at_end(r, at, err);
    if (status == PEL_OK) random->has_spare = word != 0;
    return status;
}

static pel_status read_rows(struct reader *r, struct state *state, struct pel_error *err)
{
    unsigned long long n;
    /* a row takes a step at least */
    pel_status status = read_count(r, "rows", state->step, &n, err);
    if (status != PEL_OK || n == 0) return status;
    state->rows = calloc(n, sizeof *state->rows);
    if (state->rows == NULL) return pel_error_set(err, PEL_ENOMEM, "%llu rows", n);
    for (; state->n_rows < n; state->n_rows++) {
        double value[ROW_NUMBERS];
        status = next_line(r, "a row of 8 numbers", err);
        const char *at = r->text;
        if (status == PEL_OK)
            status = take_numbers(r, &at, ROW_NUMBERS, value, "a row", err);
        if (status == PEL_OK) status = at_end(r, at, err);
        if (status != PEL_OK) return status;
        state->rows[state->n_rows] =
            (struct pel_quench_row){value[0], value[1], value[2], value[3],
                                    value[4], value[5], value[6], value[7]};
    }
    return PEL_OK;
}

static int knows(const struct pel_potential *potential, const char *name)
{
    for (size_t k = 0; k < pel_potential_species(potential); k++)
        if (strcmp(pel_potential_element(potential, k), name) == 0) return 1;
    return 0;
}

static pel_status read_species(struct reader *r, const struct pel_potential *potential,
                               size_t *n_species, char species[][PEL_ELEMENT_NAME],
                               double mass[], struct pel_error *err)
{
    unsigned long long n;
    pel_status status = read_count(r, "species", PEL_MAX_SPECIES, &n, err);
    if (status != PEL_OK) return status;
    *n_species = (size_t)n;
    for (size_t k = 0; k < n; k++) {
        status = next_line(r, "a name and a mass", err);
        if (status != PEL_OK) return status;
        const size_t length = strcspn(r->text, " ");
        if (length == 0 || length >= PEL_ELEMENT_NAME)
            return pel_error_at(err, PEL_EFORMAT, r->path, r->line,
                                "'%.40s', expected a name and a mass", r->text);
        memcpy(species[k], r->text, length);
        species[k][length] = '\0';
        if (!knows(potential, species[k]))
            return pel_error_at(err, PEL_EMISMATCH, r->path, r->line,
                                "%s, which the potential does not know", species[k]);
        const char *at = r->text + length;
        status = take_numbers(r, &at, 1, &mass[k], "mass", err);
        if (status == PEL_OK) status = at_end(r, at, err);
        if (status != PEL_OK) return status;
    }
    return PEL_OK;
}

static pel_status read_atoms(struct reader *r, const struct pel_potential *potential,
                             struct state *state, struct pel_error *err)
{
    size_t n_species = 0;
    char species[PEL_MAX_SPECIES][PEL_ELEMENT_NAME] = {""};
    double mass[PEL_MAX_SPECIES] = {0};
    unsigned long long n;
    pel_status status = read_species(r, potential, &n_species, species, mass, err);
    if (status == PEL_OK) status = read_count(r, "atoms", 100000000, &n, err);
    if (status == PEL_OK)
        status = pel_structure_create((size_t)n, &state->structure, err);
    if (status != PEL_OK) return status;
    struct pel_structure *s = state->structure;
    s->cell = state->cell;
    s->n_species = n_species;
    memcpy(s->species, species, sizeof species);
    memcpy(s->mass, mass, sizeof mass);
    s->v = calloc(3 * s->n, sizeof *s->v);
    if (s->v == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu velocities", 3 * s->n);
    for (size_t i = 0; i < s->n; i++) {
        unsigned long long id = 0, type = 0;
        status = next_line(r, "id type x y z vx vy vz", err);
        const char *at = r->text;
        if (status == PEL_OK) status = take_integer(r, &at, &id, "id", err);
        if (status == PEL_OK) status = take_integer(r, &at, &type, "type", err);
        if (status == PEL_OK)
            status = take_numbers(r, &at, 3, &s->x[3 * i], "position", err);
        if (status == PEL_OK)
            status = take_numbers(r, &at, 3, &s->v[3 * i], "velocity", err);
        if (status == PEL_OK) status = at_end(r, at, err);
        if (status == PEL_OK && type >= s->n_species)
            status =
                pel_error_at(err, PEL_EFORMAT, r->path, r->line,
                             "type %llu, expected less than %zu", type, s->n_species);
        if (status != PEL_OK) return status;
        s->id[i] = (int64_t)id;
        s->type[i] = (int)type;
    }
    const char *at = "";
    return keyword(r, "end", &at, err);
}

static pel_status read_state(struct reader *r, const struct pel_potential *potential,
                             struct state *state, struct pel_error *err)
{
    double h[3][3], origin[3];
    pel_status status = read_count(r, "step", ~0ULL, &state->step, err);
    if (status == PEL_OK)
        status = read_numbers(r, "bath", PEL_BATH_STATE, state->bath, err);
    if (status == PEL_OK) status = read_numbers(r, "work", 1, &state->work, err);
    if (status == PEL_OK) status = read_random(r, "random", &state->random, err);
    if (status == PEL_OK)
        status = read_random(r, "swap_random", &state->swap_random, err);
    if (status == PEL_OK) status = read_numbers(r, "cell", 9, &h[0][0], err);
    if (status == PEL_OK) status = read_numbers(r, "origin", 3, origin, err);
    if (status != PEL_OK) return status;
    if (pel_cell_init(&state->cell, (const double(*)[3])h, origin, NULL) != PEL_OK)
        return pel_error_at(err, PEL_EFORMAT, r->path, r->line - 1,
                            "the cell's volume is not positive");
    status = read_rows(r, state, err);
    if (status == PEL_OK) status = read_atoms(r, potential, state, err);
    return status;
}

pel_status pel_quench_resume(const struct pel_potential *potential, const char *path,
                             const struct pel_quench_settings *settings,
                             struct pel_quench **out, struct pel_error *err)
{
    *out = NULL;
    struct reader reader = {.path = path, .file = fopen(path, "r")};
    if (reader.file == NULL)
        return pel_error_at(err, PEL_EOPEN, path, 0, "%s", strerror(errno));
    struct state state = {0};
    pel_status status = read_settings(&reader, potential, settings, err);
    if (status == PEL_OK) status = read_state(&reader, potential, &state, err);
    if (status == PEL_OK)
        status = pel_quench_wrap(potential, state.structure, settings, out, err);
    if (status == PEL_OK) {
        struct pel_quench *q = *out;
        struct pel_md *md = q->md;
        md->step = state.step;
        memcpy(md->bath, state.bath, sizeof md->bath);
        md->work = state.work;
        md->random = state.random;
        q->swap_random = state.swap_random;
        /* As written: creation takes a last bit of total momentum out. */
        memcpy(md->structure->v, state.structure->v,
               3 * md->structure->n * sizeof(double));
        q->saved_ps = pel_md_time(md);
        q->rows = state.rows;
        q->n_rows = q->n_alloc = state.n_rows;
        state.rows = NULL;
    }
    free(state.rows);
    pel_structure_free(state.structure);
    free(reader.text);
    fclose(reader.file);
    return status;
}

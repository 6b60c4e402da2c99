#include "state_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* More atoms than that are no file of ours. */
static const unsigned long long max_atoms = 100000000;

int pel_state_describe(int n_texts, const struct pel_state_text texts[], int n_numbers,
                       const struct pel_state_number numbers[], uint64_t seed, int i,
                       char text[PEL_STATE_TEXT])
{
    if (i < n_texts) {
        snprintf(text, PEL_STATE_TEXT, "%s %s", texts[i].name, texts[i].value);
    } else if (i < n_texts + n_numbers) {
        snprintf(text, PEL_STATE_TEXT, "%s %.17g", numbers[i - n_texts].name,
                 numbers[i - n_texts].value);
    } else if (i == n_texts + n_numbers) {
        snprintf(text, PEL_STATE_TEXT, "seed %llu", (unsigned long long)seed);
    } else {
        return 0;
    }
    /* one line of a file: what would break it is blanked */
    for (char *c = text; *c != '\0'; c++)
        if (*c == '\n' || *c == '\r') *c = ' ';
    return 1;
}

void pel_state_put_numbers(FILE *file, const char *name, size_t n, const double values[])
{
    fputs(name, file);
    for (size_t i = 0; i < n; i++)
        fprintf(file, *name == '\0' && i == 0 ? "%a" : " %a", values[i]);
    fputc('\n', file);
}

void pel_state_put_random(FILE *file, const char *name, const struct pel_random *random)
{
    fputs(name, file);
    for (int k = 0; k < 4; k++)
        fprintf(file, " %llu", (unsigned long long)random->s[k]);
    fprintf(file, " %a %d\n", random->spare, random->has_spare);
}

void pel_state_put_motion(FILE *file, const struct pel_md *md)
{
    fprintf(file, "step %llu\n", md->step);
    pel_state_put_numbers(file, "bath", PEL_BATH_STATE, md->bath);
    pel_state_put_numbers(file, "work", 1, &md->work);
    pel_state_put_random(file, "random", &md->random);
}

void pel_state_put_cell(FILE *file, const struct pel_cell *cell)
{
    pel_state_put_numbers(file, "cell", 9, &cell->h[0][0]);
    pel_state_put_numbers(file, "origin", 3, cell->origin);
}

void pel_state_put_atoms(FILE *file, const struct pel_structure *s)
{
    fprintf(file, "species %zu\n", s->n_species);
    for (size_t k = 0; k < s->n_species; k++)
        fprintf(file, "%s %a\n", s->species[k], s->mass[k]);
    fprintf(file, "atoms %zu\n", s->n);
    for (size_t i = 0; i < s->n; i++)
        fprintf(file, "%lld %d %a %a %a %a %a %a\n", (long long)s->id[i], s->type[i],
                s->x[3 * i], s->x[3 * i + 1], s->x[3 * i + 2], s->v[3 * i],
                s->v[3 * i + 1], s->v[3 * i + 2]);
}

pel_status pel_state_open(struct pel_state_reader *r, const char *path,
                          const char *format_line, struct pel_error *err)
{
    *r = (struct pel_state_reader){.path = path, .file = fopen(path, "r")};
    if (r->file == NULL)
        return pel_error_at(err, PEL_EOPEN, path, 0, "%s", strerror(errno));
    pel_status status = pel_state_next_line(r, format_line, err);
    if (status == PEL_OK && strcmp(r->text, format_line) != 0)
        status = pel_error_at(err, PEL_EFORMAT, r->path, r->line,
                              "'%.40s', expected '%s'", r->text, format_line);
    return status;
}

void pel_state_close(struct pel_state_reader *r)
{
    free(r->text);
    if (r->file != NULL) fclose(r->file);
    *r = (struct pel_state_reader){0};
}

pel_status pel_state_next_line(struct pel_state_reader *r, const char *expected,
                               struct pel_error *err)
{
    const ssize_t length = getline(&r->text, &r->n_alloc, r->file);
    r->line++;
    if (length < 0)
        return pel_error_at(err, PEL_EFORMAT, r->path, r->line,
                            "the file ends, expected %s", expected);
    if (length > 0 && r->text[length - 1] == '\n') r->text[length - 1] = '\0';
    return PEL_OK;
}

pel_status pel_state_take_numbers(struct pel_state_reader *r, const char **at, size_t n,
                                  double values[], const char *what,
                                  struct pel_error *err)
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

pel_status pel_state_take_integer(struct pel_state_reader *r, const char **at,
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

pel_status pel_state_at_end(struct pel_state_reader *r, const char *at,
                            struct pel_error *err)
{
    if (*at == '\0') return PEL_OK;
    return pel_error_at(err, PEL_EFORMAT, r->path, r->line,
                        "'%.40s' is too much, expected the end of the line", at);
}

pel_status pel_state_keyword(struct pel_state_reader *r, const char *word,
                             const char **at, struct pel_error *err)
{
    pel_status status = pel_state_next_line(r, word, err);
    if (status != PEL_OK) return status;
    const size_t length = strlen(word);
    if (strncmp(r->text, word, length) != 0 ||
        (r->text[length] != ' ' && r->text[length] != '\0'))
        return pel_error_at(err, PEL_EFORMAT, r->path, r->line,
                            "'%.40s', expected a line '%s ...'", r->text, word);
    *at = r->text + length;
    return PEL_OK;
}

pel_status pel_state_read_numbers(struct pel_state_reader *r, const char *word, size_t n,
                                  double values[], struct pel_error *err)
{
    const char *at = "";
    pel_status status = pel_state_keyword(r, word, &at, err);
    if (status == PEL_OK) status = pel_state_take_numbers(r, &at, n, values, word, err);
    if (status == PEL_OK) status = pel_state_at_end(r, at, err);
    return status;
}

pel_status pel_state_read_row(struct pel_state_reader *r, size_t n, double values[],
                              struct pel_error *err)
{
    char expected[32];
    snprintf(expected, sizeof expected, "a row of %zu numbers", n);
    pel_status status = pel_state_next_line(r, expected, err);
    const char *at = r->text;
    if (status == PEL_OK)
        status = pel_state_take_numbers(r, &at, n, values, "a row", err);
    if (status == PEL_OK) status = pel_state_at_end(r, at, err);
    return status;
}

pel_status pel_state_read_count(struct pel_state_reader *r, const char *word,
                                unsigned long long limit, unsigned long long *n,
                                struct pel_error *err)
{
    const char *at = "";
    pel_status status = pel_state_keyword(r, word, &at, err);
    if (status == PEL_OK) status = pel_state_take_integer(r, &at, n, word, err);
    if (status == PEL_OK) status = pel_state_at_end(r, at, err);
    if (status == PEL_OK && *n > limit)
        status = pel_error_at(err, PEL_EFORMAT, r->path, r->line,
                              "%s %llu, expected %llu at most", word, *n, limit);
    return status;
}

pel_status pel_state_read_setting(struct pel_state_reader *r, const char *text,
                                  struct pel_error *err)
{
    const char *at = "";
    pel_status status = pel_state_keyword(r, "setting", &at, err);
    if (status == PEL_OK && (*at == '\0' || strcmp(at + 1, text) != 0))
        status = pel_error_at(err, PEL_EMISMATCH, r->path, r->line,
                              "was made with '%.100s', this run has '%.100s'",
                              *at != '\0' ? at + 1 : "", text);
    return status;
}

pel_status pel_state_read_random(struct pel_state_reader *r, const char *name,
                                 struct pel_random *random, struct pel_error *err)
{
    const char *at = "";
    unsigned long long word;
    pel_status status = pel_state_keyword(r, name, &at, err);
    for (int k = 0; k < 4 && status == PEL_OK; k++) {
        status = pel_state_take_integer(r, &at, &word, "a word of the random state", err);
        random->s[k] = word;
    }
    if (status == PEL_OK)
        status = pel_state_take_numbers(r, &at, 1, &random->spare, "spare", err);
    if (status == PEL_OK)
        status = pel_state_take_integer(r, &at, &word, "has_spare", err);
    if (status == PEL_OK) status = pel_state_at_end(r, at, err);
    if (status == PEL_OK) random->has_spare = word != 0;
    return status;
}

pel_status pel_state_read_motion(struct pel_state_reader *r,
                                 struct pel_state_motion *motion, struct pel_error *err)
{
    pel_status status = pel_state_read_count(r, "step", ~0ULL, &motion->step, err);
    if (status == PEL_OK)
        status = pel_state_read_numbers(r, "bath", PEL_BATH_STATE, motion->bath, err);
    if (status == PEL_OK)
        status = pel_state_read_numbers(r, "work", 1, &motion->work, err);
    if (status == PEL_OK)
        status = pel_state_read_random(r, "random", &motion->random, err);
    return status;
}

pel_status pel_state_read_cell(struct pel_state_reader *r, struct pel_cell *cell,
                               struct pel_error *err)
{
    double h[3][3], origin[3];
    pel_status status = pel_state_read_numbers(r, "cell", 9, &h[0][0], err);
    if (status == PEL_OK) status = pel_state_read_numbers(r, "origin", 3, origin, err);
    if (status != PEL_OK) return status;
    if (pel_cell_init(cell, (const double(*)[3])h, origin, NULL) != PEL_OK)
        return pel_error_at(err, PEL_EFORMAT, r->path, r->line - 1,
                            "the cell's volume is not positive");
    return PEL_OK;
}

static int knows(const struct pel_potential *potential, const char *name)
{
    for (size_t k = 0; k < pel_potential_species(potential); k++)
        if (strcmp(pel_potential_element(potential, k), name) == 0) return 1;
    return 0;
}

static pel_status read_species(struct pel_state_reader *r,
                               const struct pel_potential *potential, size_t *n_species,
                               char species[][PEL_ELEMENT_NAME], double mass[],
                               struct pel_error *err)
{
    unsigned long long n;
    pel_status status = pel_state_read_count(r, "species", PEL_MAX_SPECIES, &n, err);
    if (status != PEL_OK) return status;
    *n_species = (size_t)n;
    for (size_t k = 0; k < n; k++) {
        status = pel_state_next_line(r, "a name and a mass", err);
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
        status = pel_state_take_numbers(r, &at, 1, &mass[k], "mass", err);
        if (status == PEL_OK) status = pel_state_at_end(r, at, err);
        if (status != PEL_OK) return status;
    }
    return PEL_OK;
}

static pel_status read_atom(struct pel_state_reader *r, struct pel_structure *s, size_t i,
                            struct pel_error *err)
{
    unsigned long long id = 0, type = 0;
    pel_status status = pel_state_next_line(r, "id type x y z vx vy vz", err);
    const char *at = r->text;
    if (status == PEL_OK) status = pel_state_take_integer(r, &at, &id, "id", err);
    if (status == PEL_OK) status = pel_state_take_integer(r, &at, &type, "type", err);
    if (status == PEL_OK)
        status = pel_state_take_numbers(r, &at, 3, &s->x[3 * i], "position", err);
    if (status == PEL_OK)
        status = pel_state_take_numbers(r, &at, 3, &s->v[3 * i], "velocity", err);
    if (status == PEL_OK) status = pel_state_at_end(r, at, err);
    if (status == PEL_OK && type >= s->n_species)
        status = pel_error_at(err, PEL_EFORMAT, r->path, r->line,
                              "type %llu, expected less than %zu", type, s->n_species);
    if (status != PEL_OK) return status;
    s->id[i] = (int64_t)id;
    s->type[i] = (int)type;
    return PEL_OK;
}

pel_status pel_state_read_atoms(struct pel_state_reader *r,
                                const struct pel_potential *potential,
                                const struct pel_cell *cell, struct pel_structure **out,
                                struct pel_error *err)
{
    *out = NULL;
    size_t n_species = 0;
    char species[PEL_MAX_SPECIES][PEL_ELEMENT_NAME] = {""};
    double mass[PEL_MAX_SPECIES] = {0};
    unsigned long long n = 0;
    struct pel_structure *s = NULL;
    pel_status status = read_species(r, potential, &n_species, species, mass, err);
    if (status == PEL_OK) status = pel_state_read_count(r, "atoms", max_atoms, &n, err);
    if (status == PEL_OK) status = pel_structure_create((size_t)n, &s, err);
    if (status != PEL_OK) return status;
    s->cell = *cell;
    s->n_species = n_species;
    memcpy(s->species, species, sizeof species);
    memcpy(s->mass, mass, sizeof mass);
    s->v = calloc(3 * s->n, sizeof *s->v);
    if (s->v == NULL) status = pel_error_set(err, PEL_ENOMEM, "%zu velocities", 3 * s->n);
    for (size_t i = 0; status == PEL_OK && i < s->n; i++)
        status = read_atom(r, s, i, err);
    if (status == PEL_OK) {
        *out = s;
        return PEL_OK;
    }
    pel_structure_free(s);
    return status;
}

void pel_state_restore(struct pel_md *md, const struct pel_state_motion *motion,
                       const struct pel_structure *structure)
{
    md->step = motion->step;
    memcpy(md->bath, motion->bath, sizeof md->bath);
    md->work = motion->work;
    md->random = motion->random;
    memcpy(md->structure->v, structure->v, 3 * md->structure->n * sizeof(double));
}

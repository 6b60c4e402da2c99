#include "lines_priv.h"

#include <pelrate/text.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes asked for at once; doubled as the file goes on. */
enum { FIRST_CHUNK = 1 << 16 };

static pel_status read_all(FILE *file, struct pel_lines *lines, struct pel_error *err)
{
    size_t room = FIRST_CHUNK, size = 0;
    char *text = malloc(room + 1);
    while (text != NULL) {
        size += fread(text + size, 1, room - size, file);
        if (size < room) break;
        room *= 2;
        char *larger = realloc(text, room + 1);
        if (larger == NULL) free(text);
        text = larger;
    }
    if (text == NULL)
        return pel_error_set(err, PEL_ENOMEM, "%s: out of memory", lines->path);
    text[size] = '\0';
    lines->text = lines->next = text;
    lines->size = size;
    if (ferror(file))
        return pel_error_at(err, errno == EISDIR ? PEL_EOPEN : PEL_EIO, lines->path, 0,
                            "cannot be read: %s", strerror(errno));
    const char *nul = memchr(text, '\0', size);
    if (nul != NULL) {
        size_t line = 1;
        for (const char *c = text; c < nul; c++)
            line += *c == '\n';
        return pel_error_at(err, PEL_EFORMAT, lines->path, line,
                            "a NUL byte, expected a text file");
    }
    return PEL_OK;
}

pel_status pel_lines_open(struct pel_lines *lines, const char *path,
                          struct pel_error *err)
{
    *lines = (struct pel_lines){.path = path};
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return pel_error_at(err, PEL_EOPEN, path, 0, "cannot be opened: %s",
                            strerror(errno));
    const pel_status status = read_all(file, lines, err);
    fclose(file);
    if (status != PEL_OK) pel_lines_close(lines);
    return status;
}

void pel_lines_close(struct pel_lines *lines)
{
    free(lines->text);
    *lines = (struct pel_lines){0};
}

char *pel_lines_next(struct pel_lines *lines)
{
    if (*lines->next == '\0') return NULL;
    char *line = lines->next;
    const size_t length = strcspn(line, "\n");
    lines->next = line + length + (line[length] == '\n');
    line[length] = '\0';
    if (length > 0 && line[length - 1] == '\r') line[length - 1] = '\0';
    lines->line++;
    return line;
}

const char *pel_lines_peek(struct pel_lines *lines)
{
    return *lines->next == '\0' ? NULL : lines->next;
}

char *pel_lines_word(char **cursor)
{
    static const char blanks[] = " \t\v\f\r";
    char *word = *cursor + strspn(*cursor, blanks);
    if (*word == '\0') {
        *cursor = word;
        return NULL;
    }
    char *end = word + strcspn(word, blanks);
    *cursor = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}

pel_status pel_lines_double(const struct pel_lines *lines, char **cursor,
                            const char *what, double *value, struct pel_error *err)
{
    const char *word = pel_lines_word(cursor);
    if (word == NULL)
        return pel_error_at(err, PEL_EFORMAT, lines->path, lines->line,
                            "%s is missing, expected a number", what);
    if (pel_text_to_double(word, value) != 0)
        return pel_error_at(err, PEL_EFORMAT, lines->path, lines->line,
                            "%s is \"%.40s\", expected a finite number", what, word);
    return PEL_OK;
}

pel_status pel_lines_int(const struct pel_lines *lines, char **cursor, const char *what,
                         long long low, long long high, long long *value,
                         struct pel_error *err)
{
    const char *word = pel_lines_word(cursor);
    if (word == NULL)
        return pel_error_at(err, PEL_EFORMAT, lines->path, lines->line,
                            "%s is missing, expected an integer", what);
    if (pel_text_to_long(word, value) == 0 && *value >= low && *value <= high)
        return PEL_OK;
    char limit[48] = "";
    if (high < INT64_MAX) snprintf(limit, sizeof limit, " and at most %lld", high);
    return pel_error_at(err, PEL_EFORMAT, lines->path, lines->line,
                        "%s is \"%.40s\", expected an integer of at least %lld%s", what,
                        word, low, limit);
}

pel_status pel_lines_count(const struct pel_lines *lines, char **cursor, const char *what,
                           long long *value, struct pel_error *err)
{
    const pel_status status =
        pel_lines_int(lines, cursor, what, 1, INT64_MAX, value, err);
    if (status != PEL_OK || (unsigned long long)*value <= lines->size) return status;
    return pel_error_at(err, PEL_EFORMAT, lines->path, lines->line,
                        "%s is %lld, more than this file can hold", what, *value);
}

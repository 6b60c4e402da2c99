#ifndef PEL_LINES_PRIV_H
#define PEL_LINES_PRIV_H

#include <pelrate/status.h>

/* A text file read into memory and handed out line by line, so that every reader of the
 * room can say FILE:LINE. */
struct pel_lines {
    const char *path; /* borrowed */
    char *text;       /* whole file, cut into lines as they are handed out; owned */
    char *next;       /* start of the next line */
    size_t size;      /* bytes of the file: no count in it can be larger */
    size_t line;      /* number of the line handed out last, from 1 */
};

/* Errors: PEL_EOPEN cannot be opened; PEL_EIO cannot be read; PEL_EFORMAT a NUL byte;
 * PEL_ENOMEM. */
pel_status pel_lines_open(struct pel_lines *lines, const char *path,
                          struct pel_error *err);
void pel_lines_close(struct pel_lines *lines);

/* Next line without its end (LF or CR LF); NULL after the last one. The caller may write
 * into it. */
char *pel_lines_next(struct pel_lines *lines);
/* The line that pel_lines_next would give, cut at its end; NULL: none. */
const char *pel_lines_peek(struct pel_lines *lines);

/* Next word of a line, NUL-terminated in place; NULL: none left. */
char *pel_lines_word(char **cursor);

/* Next word as a finite number, or as an integer from low to high; else PEL_EFORMAT
 * "FILE:LINE: WHAT is "x", expected a number", or "WHAT is missing". */
pel_status pel_lines_double(const struct pel_lines *lines, char **cursor,
                            const char *what, double *value, struct pel_error *err);
pel_status pel_lines_int(const struct pel_lines *lines, char **cursor, const char *what,
                         long long low, long long high, long long *value,
                         struct pel_error *err);

/* Next word as a number of things that the file goes on to list: 1 or more, and no more
 * than it has bytes, so that a mistyped count does not ask for all
 * the memory there is. */
pel_status pel_lines_count(const struct pel_lines *lines, char **cursor, const char *what,
                           long long *value, struct pel_error *err);

#endif /* PEL_LINES_PRIV_H */

/* Not for users: the text files that dynamics are kept in (quench, isotherm). Numbers are
 * hexadecimal floating point: what is read is what was written to the last bit. */
#ifndef PEL_STATE_PRIV_H
#define PEL_STATE_PRIV_H

#include <pelrate/md.h>

#include <stdio.h>

/* What decides a trajectory, as lines "setting NAME VALUE". */
struct pel_state_text {
    const char *name, *value;
};
struct pel_state_number {
    const char *name;
    double value;
};

/* The i-th of texts, then numbers, then the seed, as "name value" without what would break
 * a line; 0 past the last. */
enum { PEL_STATE_TEXT = 256 };
int pel_state_describe(int n_texts, const struct pel_state_text texts[], int n_numbers,
                       const struct pel_state_number numbers[], uint64_t seed, int i,
                       char text[PEL_STATE_TEXT]);

/* --- writing; whether the disk took it is told by pel_output_commit --- */

/* "NAME v0 v1 ...", a name that is "" left out. */
void pel_state_put_numbers(FILE *file, const char *name, size_t n, const double values[]);
/* "NAME 4 words, spare, 0 or 1". */
void pel_state_put_random(FILE *file, const char *name, const struct pel_random *random);
/* Lines step, bath, work and random of a trajectory. */
void pel_state_put_motion(FILE *file, const struct pel_md *md);
/* Lines cell and origin. */
void pel_state_put_cell(FILE *file, const struct pel_cell *cell);
/* "species N" and "atoms N" with their lines; there must be velocities. */
void pel_state_put_atoms(FILE *file, const struct pel_structure *structure);

/* --- reading; errors are PEL_EFORMAT (FILE:LINE: ...) unless said otherwise --- */

struct pel_state_reader {
    const char *path;
    FILE *file;
    char *text;     /* the current line, without its end; owned */
    size_t n_alloc; /* of text */
    size_t line;    /* its number, from 1 */
};

/* Open a file whose first line must be format_line. Close it either way.
 * Errors: PEL_EOPEN cannot be opened. */
pel_status pel_state_open(struct pel_state_reader *reader, const char *path,
                          const char *format_line, struct pel_error *err);
void pel_state_close(struct pel_state_reader *reader);

pel_status pel_state_next_line(struct pel_state_reader *reader, const char *expected,
                               struct pel_error *err);
/* The next line must start with a word; *at points behind it. */
pel_status pel_state_keyword(struct pel_state_reader *reader, const char *word,
                             const char **at, struct pel_error *err);
/* n finite numbers, or an integer, from *at, which moves on. */
pel_status pel_state_take_numbers(struct pel_state_reader *reader, const char **at,
                                  size_t n, double values[], const char *what,
                                  struct pel_error *err);
pel_status pel_state_take_integer(struct pel_state_reader *reader, const char **at,
                                  unsigned long long *value, const char *what,
                                  struct pel_error *err);
/* Nothing may be left of the line. */
pel_status pel_state_at_end(struct pel_state_reader *reader, const char *at,
                            struct pel_error *err);

/* A line "WORD n numbers"; n numbers without a word; a line "WORD N" with N up to a
 * limit. */
pel_status pel_state_read_numbers(struct pel_state_reader *reader, const char *word,
                                  size_t n, double values[], struct pel_error *err);
pel_status pel_state_read_row(struct pel_state_reader *reader, size_t n, double values[],
                              struct pel_error *err);
pel_status pel_state_read_count(struct pel_state_reader *reader, const char *word,
                                unsigned long long limit, unsigned long long *n,
                                struct pel_error *err);
/* The next line must be "setting TEXT". Errors: also PEL_EMISMATCH it is another one. */
pel_status pel_state_read_setting(struct pel_state_reader *reader, const char *text,
                                  struct pel_error *err);
pel_status pel_state_read_random(struct pel_state_reader *reader, const char *name,
                                 struct pel_random *random, struct pel_error *err);
pel_status pel_state_read_cell(struct pel_state_reader *reader, struct pel_cell *cell,
                               struct pel_error *err);

/* What pel_state_put_motion wrote. */
struct pel_state_motion {
    unsigned long long step;
    double bath[PEL_BATH_STATE];
    double work;
    struct pel_random random;
};
pel_status pel_state_read_motion(struct pel_state_reader *reader,
                                 struct pel_state_motion *motion, struct pel_error *err);

/* What pel_state_put_atoms wrote, in a cell. Errors: also PEL_EMISMATCH an element that
 * the potential does not know; PEL_ENOMEM. On error *out is NULL. */
pel_status pel_state_read_atoms(struct pel_state_reader *reader,
                                const struct pel_potential *potential,
                                const struct pel_cell *cell, struct pel_structure **out,
                                struct pel_error *err);

/* Put a trajectory that was made from the structure of the file where it was; velocities
 * as written: creation takes a last bit of total momentum out. */
void pel_state_restore(struct pel_md *md, const struct pel_state_motion *motion,
                       const struct pel_structure *structure);

#endif /* PEL_STATE_PRIV_H */

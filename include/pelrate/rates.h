#ifndef PEL_RATES_H
#define PEL_RATES_H

#include <pelrate/mine.h>
#include <pelrate/status.h>
#include <stddef.h>

/* The table of mined rates. A file has the columns e_is_eV_per_atom,temperature_K,
 * rate_eV_per_atom_per_s,standard_error,count; standard_error [eV/atom/s] may be empty in
 * all rows, count may be missing. */
struct pel_rates {
    size_t n;               /* >= 1 */
    struct pel_mined *rows; /* [n] in the order of the file; owned */
    size_t *lines;          /* [n] of the file; owned */
    int has_errors;         /* 1: each row has a standard error > 0; 0: none has one */
};

/* Read a table.
 *   out   receives it; release it with pel_rates_free()
 * Errors: as pel_table_read; PEL_EFORMAT a column is missing, a number is none or out of
 * its range, no rows, a place (T, and E_IS within
 * 1e-10 eV/atom) given twice, a standard error in some rows but
 * not in all. On error *out is NULL. */
PEL_API pel_status pel_rates_read(const char *path, struct pel_rates **out,
                                  struct pel_error *err);
/* Release a table. NULL is allowed. */
PEL_API void pel_rates_free(struct pel_rates *rates);

#endif /* PEL_RATES_H */

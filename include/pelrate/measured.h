#ifndef PEL_MEASURED_H
#define PEL_MEASURED_H

#include <pelrate/status.h>
#include <stddef.h>

/* DSC scans from files: those that `pelrate dsc` writes, and those of a laboratory.
 *
 * Columns, others are passed over:
 *   temperature_K or temperature_C
 *   heat_flow_W_per_g, heat_flow_mW_per_mg, heat_flow_mW_per_g, heat_flow_W_per_mol or
 *   heat_flow_mW (that of the sample: its mass must be known)
 *   cool_K_per_s, heat_K_per_s   may be there: each run of rows with the same is a scan of
 *                                its own
 *   anneal_s       may be there and 0: what was annealed before the scan is refused
 * Keys of the header: cool_K_per_s, heat_K_per_s (or ..._K_per_min), start_K, bottom_K,
 * exo (up or down), mass_mg. What a header lacks must be given; what is given must not
 * contradict it. Without bottom_K a scan starts where its first row is. */

/* What the caller knows about a file. NaN (sign: 0): nothing. */
struct pel_measured_given {
    double cool_K_per_s; /* how the glass was made [K/s] */
    double heat_K_per_s; /* rate of the scan [K/s] */
    double start_K;      /* where cooling started, in equilibrium [K] */
    double bottom_K;     /* where it ended and heating started [K] */
    double mass_mg;      /* of the sample [mg] */
    double from_K, to_K; /* rows outside are left out [K] */
    int exo;             /* +1: exothermic heat flow points up, -1: down */
};

/* Nothing known. */
PEL_API struct pel_measured_given pel_measured_nothing(void);

struct pel_measured_scan {
    size_t n;          /* points */
    double *T_K;       /* [n] increasing [K], owned */
    double *heat_flow; /* [n] exothermic positive [W/g], owned */
    double cool_K_per_s, heat_K_per_s, start_K, bottom_K;
};

/* Owns its scans. */
struct pel_measured {
    size_t n;                       /* scans, >= 1 */
    struct pel_measured_scan *scan; /* [n] owned */
};

/* Read the scans of a file.
 *   molar_mass  mean molar mass of an atom [g/mol], for heat flows per mol
 *   out         receives them; release with pel_measured_free()
 * Errors: PEL_EOPEN, PEL_EIO
 *         PEL_EFORMAT  (FILE:LINE: ...) no such columns, text or NaN for a number,
 *                      temperatures that do not increase or lie below bottom_K, fewer than
 *                      two rows in a scan, a key that is no number above 0, something that
 *                      neither the header nor the caller says
 *         PEL_EARG     header and caller say different things
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_measured_read(const char *path,
                                     const struct pel_measured_given *given,
                                     double molar_mass, struct pel_measured **out,
                                     struct pel_error *err);
/* Release them. NULL is allowed. */
PEL_API void pel_measured_free(struct pel_measured *measured);

#endif /* PEL_MEASURED_H */

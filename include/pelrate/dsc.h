#ifndef PEL_DSC_H
#define PEL_DSC_H

#include <pelrate/ageing.h>
#include <pelrate/progress.h>
#include <pelrate/rate.h>
#include <pelrate/status.h>

/* Differential scanning calorimetry of a glass: cool from the steady state at start to
 * bottom, then heat to end, each at a constant rate (Liu et al. (2020), Fig. 4c and
 * appendix A3; there by small steps of time, here by the integrator of ageing.h).
 *
 * Heat flow is the excess over that of the vibrations, per mass:
 *
 *     q = -(de/dt) q_e N_A / M_mol   [W/g]   with exo up, its negative with exo down
 *
 * de/dt in eV/atom/s, q_e the elementary charge (1 eV in J), M_mol the mean molar mass of
 * an atom [g/mol]. */

/* Which way an exothermic peak points. */
enum pel_dsc_sign { PEL_DSC_EXO_UP, PEL_DSC_EXO_DOWN };

struct pel_dsc_settings {
    double cool_K_per_s;    /* rate of cooling [K/s], > 0 */
    double heat_K_per_s;    /* rate of heating [K/s], > 0 */
    double start_K;         /* cooling starts here, in the steady state [K] */
    double bottom_K;        /* ... ends here, and heating starts [K] */
    double end_K;           /* heating ends here [K] */
    double anneal_K;        /* on the way down it is held here [K] ... */
    double anneal_s;        /* ... for so long [s]; 0 (default): it is not */
    double e_start;         /* E_IS at start_K [eV/atom]; NaN: the steady state there */
    enum pel_dsc_sign sign; /* of heat_flow */
    struct pel_ageing_settings ageing; /* tolerances; max_dT_K is 0.5 K by default here */
};

/* Cooling at 20 K/s, heating at 1 K/s, 900 K to 300 K to 900 K, from the steady state,
 * exo up, the defaults of ageing with max_dT 0.5 K. */
PEL_API struct pel_dsc_settings pel_dsc_settings_defaults(void);

/* One row of the heating scan. */
struct pel_dsc_row {
    double time_s;        /* [s] since the start of heating */
    double temperature_K; /* [K] */
    double e_is;          /* [eV/atom] */
    double rate;          /* de/dt [eV/atom/s] */
    double de_dT;         /* [eV/atom/K] */
    double heat_flow;     /* [W/g], sign as asked */
    int extrapolated;     /* 1: e_is outside the landscape */
};

/* What one reads off a scan. NaN where there is no such thing; a loss of E_IS below the
 * absolute tolerance of the integration is no exotherm.
 * Onset and end are extrapolated as ISO 11357-1 does for a peak: the tangent at the
 * steepest point of the flank meets the baseline, which is zero excess heat flow.
 *
 * The fictive temperature is there twice: fictive_temperature_K from the steady state of
 * the theory, equal_area_K from the scan alone, as a laboratory has it (Moynihan et al.,
 * J. Am. Ceram. Soc. 59, 12 (1976)):
 *
 *     int_Tf^T* (c_liquid - c_glass) dT = int_bottom^T* (c - c_glass) dT
 *
 * with the excess heat capacity c = de/dT, 0 in the glass, and c_liquid the straight line
 * through the first 50 K of the scan within 0.01 K of the steady state (up to T*). Both agree as far as
 * the liquid's heat capacity is that line down to Tf; NaN where no 5 K are steady. */
struct pel_dsc_peaks {
    double e_glass;               /* E_IS after cooling [eV/atom] */
    double fictive_temperature_K; /* T_ss(e_glass): where e_glass would be steady [K] */
    double onset_K;               /* of the exotherm [K] */
    double peak_K;                /* where the exothermic heat flow is largest [K] */
    double peak_heat_flow;        /* there [W/g], sign as asked */
    double end_K;                 /* of the exotherm [K] */
    double enthalpy_J_per_g;      /* released, e_glass - smallest e of the scan, >= 0
                                     [J/g] */
    double enthalpy_kJ_per_mol;   /* the same per mole of atoms [kJ/mol] */
    double endotherm_peak_K;      /* where the endothermic one (overshoot) is [K] */
    double endotherm_heat_flow;   /* there [W/g], sign as asked */
    double equal_area_K;          /* fictive temperature by equal areas, see above [K] */
};

/* Owns rows. */
struct pel_dsc {
    size_t n;                      /* rows */
    struct pel_dsc_row *rows;      /* [n], the heating scan; owned */
    struct pel_dsc_peaks peaks;    /* what is read off it */
    struct pel_ageing_stats stats; /* cooling and heating */
};

/* Cool and scan.
 *   settings  NULL: the defaults
 *   progress  may be NULL
 *   out       receives the scan; release it with pel_dsc_free()
 * Errors: as pel_ageing_run; PEL_EARG settings (expected bottom < start, bottom < end,
 * all positive); PEL_ENOROOT no steady state at start_K. On error *out is NULL. */
PEL_API pel_status pel_dsc_run(struct pel_rate *rate,
                               const struct pel_dsc_settings *settings,
                               const struct pel_progress *progress, struct pel_dsc **out,
                               struct pel_error *err);
/* Release a scan. NULL is allowed. */
PEL_API void pel_dsc_free(struct pel_dsc *dsc);

#endif /* PEL_DSC_H */

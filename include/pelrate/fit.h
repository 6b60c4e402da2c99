#ifndef PEL_FIT_H
#define PEL_FIT_H

#include <pelrate/bins.h>
#include <pelrate/landscape.h>
#include <pelrate/likelihood.h>
#include <pelrate/pool.h>
#include <pelrate/progress.h>
#include <pelrate/status.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* From a pool of events to a landscape, with everything that tells how far to trust
 * it. */

/* Where the number of escape paths comes from. A landscape has one number for all levels,
 * so that its spectra alone say what changes with E_IS; each way takes the mean over the
 * samples of all levels. All of them count the kept events: what the selection removed is
 * no path of the landscape. */
enum pel_fit_paths {
    PEL_FIT_PATHS_FOUND, /* kept events per sample: grows with the effort while searches find
                            new ones */
    PEL_FIT_PATHS_CHAO1, /* Chao1 per sample (coverage.h): at least so many, whatever the
                            effort */
    PEL_FIT_PATHS_GIVEN  /* the setting paths */
};

/* Where the attempt frequency comes from. */
enum pel_fit_frequency {
    PEL_FIT_FREQUENCY_ASSUMED, /* the setting attempt_frequency_Hz */
    PEL_FIT_FREQUENCY_MEASURED /* exp of the mean of ln nu over the kept events that have
                                  one, with their weights in the pool */
};

struct pel_fit_settings {
    const char *name;                      /* of the landscape; NULL: "" */
    enum pel_landscape_kind kind;          /* default PEL_LANDSCAPE_HISTOGRAM */
    enum pel_fit_frequency frequency_from; /* default PEL_FIT_FREQUENCY_ASSUMED */
    double attempt_frequency_Hz;   /* where assumed, per path [1/s]; default 1e13 */
    enum pel_fit_paths paths_from; /* default PEL_FIT_PATHS_FOUND */
    double paths;                  /* where given: escape paths of the cell */
    size_t min_events;             /* a level with fewer is an error; default 10 */
    /* Where the glass is to be steady (equilibrium.h): decides <E_R>(E_IS), the events
       keep their part in the shape of P(E_R); NULL (default): the events decide.
       Borrowed. */
    const struct pel_equilibrium *equilibrium;
    /* Recorded in the landscape, which must know pairs (events, joint); default: unsaid */
    struct pel_landscape_treatment treatment;

    /* histogram */
    enum pel_bins_rule bins; /* default Freedman-Diaconis */
    double bin_width_eV[2];  /* by enum pel_landscape_spectrum [eV]; 0: by the rule */
    size_t max_bins;         /* for Knuth's rule; default 200 */
    int joint; /* 1: the joint histogram too, which keeps what E_A and E_R have to do with
                  each other; default 0 */

    /* parametric; a family NULL: the lowest AIC decides */
    const struct pel_family *activation;
    const struct pel_family *relaxation;
    int degree;                          /* of the parameters in E_IS; -1 (default): 1 */
    struct pel_minimum_settings minimum; /* of the search for the parameters */
};
/* The defaults above. */
PEL_API struct pel_fit_settings pel_fit_settings_defaults(void);

enum { PEL_FIT_N_EFF = 3, PEL_FIT_FAMILIES = 8 };

/* Temperature [K] at which e_log of the events and of the landscape are compared. */
#define PEL_FIT_E_LOG_K 600.0

/* Temperature [K] of n_eff[k], k < PEL_FIT_N_EFF: 300, 600, 900. */
PEL_API double pel_fit_n_eff_temperature(size_t k);

/* Measured attempt frequencies of kept events, with their weights in the pool. */
struct pel_fit_frequencies {
    size_t n;         /* events that have one; 0: the rest is NaN */
    double mean_Hz;   /* exp <ln nu> [1/s] */
    double sd_log10;  /* standard deviation of log10 nu [1] */
    double pearson;   /* of E_A and ln nu, each event once [1] */
    double pearson_p; /* its two-sided probability [1] */
    /* <nu exp(-E_A/k_B T)> / <exp(-E_A/k_B T)> at 600 K: the one number that gives their
     * rate; off mean_Hz where they are correlated [1/s] */
    double at_600K_Hz;
};

/* What is known about one level. Correlations count each event once; means, spreads and
 * n_eff carry the weights of the pool. */
struct pel_fit_level {
    double mean_e_a, sd_e_a;     /* [eV] */
    double mean_e_r, sd_e_r;     /* [eV] */
    double min_e_a;              /* lowest kept barrier [eV] */
    double downhill;             /* share of events with E_R > E_A [1] */
    double pearson, pearson_p;   /* of (E_A, E_R), and its two-sided probability [1] */
    double spearman, spearman_p; /* the same of their ranks [1] */
    /* (sum w)^2 / sum w^2 with w = (weight in the pool) exp(-E_A / k_B T) [1] */
    double n_eff[PEL_FIT_N_EFF];
    /* -k_B T ln Z at 600 K [eV]: of the events themselves, and of the landscape */
    double e_log_events, e_log_fit;
    double e_is_sd; /* between the samples of the level [eV/atom]; NaN for one */
    double force_calls_per_distinct; /* force calls of all searches per distinct event */
    /* Distance of Kolmogorov and Smirnov to the fitted density, and its probability
     * (optimistic: the parameters were fitted to the same events) [1]; NaN unless
     * parametric. */
    double ks_activation, ks_activation_p;
    double ks_relaxation, ks_relaxation_p;
    /* Paths per sample: found, and at least there are; NaN where searches are missing */
    double paths_found, paths_chao1, paths_chao1_sd;
    struct pel_fit_frequencies frequencies; /* of its events */
    double e_r_shift; /* by how much the equilibrium line moves <E_R> [eV]; 0 without */
};

/* A family that was tried for a spectrum. */
struct pel_fit_trial {
    const struct pel_family *family;
    int converged;             /* 0: fit means nothing, reason says why */
    struct pel_likelihood fit; /* parameters, likelihood, AIC */
    char reason[160];          /* why it did not converge */
};

/* Result. Read only. */
struct pel_fit {
    struct pel_fit_settings settings; /* as used; name and the families borrowed */
    struct pel_landscape *landscape;  /* owned */
    size_t n_levels;
    struct pel_fit_level *levels; /* [n_levels] in the order of the pool; owned */
    double paths;                 /* as in the landscape */
    double attempt_frequency_Hz;  /* as in the landscape [1/s] */
    struct pel_fit_frequencies frequencies; /* of all levels together */
    size_t degree;                          /* parametric: as used */
    struct pel_bins bins[2]; /* histogram: by enum pel_landscape_spectrum */
    size_t n_trials[2];      /* parametric: families that were tried */
    struct pel_fit_trial trials[2][PEL_FIT_FAMILIES]; /* increasing AIC, failures last */
};

/* Fit a landscape to a pool.
 *
 *   histogram   common even bins for all levels, from the floor of the selection on (so
 *               that no density is spread below it);
 *               density = weight in the bin / (weight of the level * width)
 *               joint: cells of both, with the same weights
 *   parametric  maximum likelihood over all levels together (likelihood.h). The densities
 *               reach down to 0 (shifted_gamma: its offset) whatever the selection left
 *               out.
 *   events      the events themselves, with the E_IS of their level
 *
 *   settings   NULL: the defaults
 *   out        receives the fit; release it with pel_fit_free()
 *
 * Errors: PEL_EARG     a setting out of its range; a level with fewer than min_events;
 *                      events of different weights (the events kind has none); one level,
 *                      a degree not below the number of levels, or a family that cannot
 *                      be fitted (parametric); attempt frequencies to be measured and no
 *                      event that has one; an equilibrium line that the landscape
 *                      refuses (landscape.h)
 *         PEL_EFORMAT  paths by Chao1 and searches are missing in the pool
 *         PEL_ENOCONV  no family could be fitted (the reason of the last is said)
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_fit_create(const struct pel_pool *pool,
                                  const struct pel_fit_settings *settings,
                                  struct pel_fit **out, struct pel_error *err);

/* Release a fit. NULL is allowed. */
PEL_API void pel_fit_free(struct pel_fit *fit);

/* Write the landscape file after its provenance (pel_provenance_begin with
 * PEL_LANDSCAPE_FORMAT): `# fit_...` keys with selection, levels, counts, families and
 * diagnostics, then the landscape.
 *   selection  what the pool was made with
 * Errors: PEL_EIO. */
PEL_API pel_status pel_fit_write(const struct pel_fit *fit, const struct pel_pool *pool,
                                 const struct pel_pool_settings *selection, FILE *stream,
                                 struct pel_error *err);

/* Write the table of levels (format "pelrate-fit-report 1"): column names and one row a
 * level; the provenance has been written. */
#define PEL_FIT_REPORT_FORMAT "pelrate-fit-report 1"
PEL_API void pel_fit_write_report(const struct pel_fit *fit, const struct pel_pool *pool,
                                  FILE *stream);

/* ---- bootstrap --------------------------------------------------------------------- */

struct pel_fit_bands_settings {
    size_t replicates;         /* >= 2 */
    uint64_t seed;             /* of the resampling */
    size_t n_temperatures;     /* >= 1 */
    const double *temperature; /* [n_temperatures] [K], > 0; borrowed */
    double share;              /* of truths that a band should hold, 0 to 1 [1] */
};
/* 200 replicates, seed 1, a share of 0.6827 (that of one standard deviation to both sides
 * of a normal distribution), no temperatures. */
PEL_API struct pel_fit_bands_settings pel_fit_bands_settings_defaults(void);

/* One level at one temperature: the fit itself, and the ends of the band. */
struct pel_fit_band {
    double e_is;                      /* [eV/atom] */
    double temperature;               /* [K] */
    double e_log, e_log_lo, e_log_hi; /* -k_B T ln Z [eV] */
    double e_kin, e_kin_lo, e_kin_hi; /* [eV] */
    double e_r, e_r_lo, e_r_hi;       /* <E_R> [eV] */
};

/* Bands: the whole fit (same kind, same bins, same families) repeated on pools that are
 * resampled over samples, of one or two over their events too
 * (pel_pool_resample); one sample knows nothing of the spread between glasses: its bands
 * are too narrow. The quantiles allow for how few samples a level has
 * (pel_statistics_bootstrap_share).
 *
 *   progress   may be NULL
 *   bands      [n_levels * n_temperatures] receives the bands, level by level
 *   failed     receives the number of replicates that could not be fitted, left out
 *
 * Errors: PEL_EARG      a setting out of its range
 *         PEL_ENOCONV   more than half of the replicates failed
 *         PEL_ESTOPPED  progress asked to stop
 *         PEL_ENOMEM */
PEL_API pel_status pel_fit_bands(const struct pel_fit *fit, const struct pel_pool *pool,
                                 const struct pel_fit_bands_settings *settings,
                                 const struct pel_progress *progress,
                                 struct pel_fit_band bands[], size_t *failed,
                                 struct pel_error *err);

/* Write the table of bands[n] (format "pelrate-fit-bands 1"): column names and one row a
 * band; the provenance has been written. */
#define PEL_FIT_BANDS_FORMAT "pelrate-fit-bands 1"
PEL_API void pel_fit_write_bands(size_t n, const struct pel_fit_band bands[],
                                 FILE *stream);

#endif /* PEL_FIT_H */

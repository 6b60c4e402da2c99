#ifndef PEL_LANDSCAPE_H
#define PEL_LANDSCAPE_H

#include <pelrate/equilibrium.h>
#include <pelrate/spectrum.h>
#include <pelrate/status.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A landscape: the spectra P(E_A | E_IS) and P(E_R | E_IS) over a range of
 * inherent-structure energy E_IS [eV/atom], with the number of atoms of the cell they
 * belong to, the attempt frequency and the number of escape paths. Constant once made:
 * threads may share it (each with its own scratch).
 *
 * Three kinds. Histogram and events have spectra at levels of E_IS: between levels
 * ln Z(beta) and <E_R> are interpolated by Steffen's monotone C1 scheme, and every
 * derivative, E_kin included, is the exact derivative of the interpolated ln Z.
 * Parametric landscapes interpolate their parameters:
 *
 *     parameter = c0 + c1 x + c2 x^2,   x = E_IS - reference   [eV/atom]
 *
 * Outside [e_is_min, e_is_max] evaluation is an error, unless extrapolation is asked for:
 * then ln Z and <E_R> go on linearly with the slope at the end (parametric: the
 * polynomials go on, and leaving the domain of the family is an error), and the result
 * says so. A landscape with one level has values at that level only; extrapolated, it is
 * constant. */
struct pel_landscape;

/* Value of the `# format:` key, which whoever starts the file writes
 * (pel_provenance_begin). */
#define PEL_LANDSCAPE_FORMAT "pelrate-landscape 1"

enum pel_landscape_kind {
    PEL_LANDSCAPE_HISTOGRAM,  /* piecewise constant densities at levels */
    PEL_LANDSCAPE_PARAMETRIC, /* families of densities, parameters polynomials in E_IS */
    PEL_LANDSCAPE_EVENTS      /* pairs (E_A, E_R) at levels */
};

/* Which of the two spectra; also an index. */
enum pel_landscape_spectrum { PEL_ACTIVATION, PEL_RELAXATION };

/* What to do outside the sampled range of E_IS. */
enum pel_landscape_range {
    PEL_RANGE_STRICT,     /* PEL_ERANGE */
    PEL_RANGE_EXTRAPOLATE /* go on, and say so in the result */
};

/* How reversible events are to be treated (closure.h): what whoever made the landscape
 * recommends. Commands take it unless told otherwise; the library does not by itself. */
enum pel_landscape_treats {
    PEL_TREATMENT_UNSAID,
    PEL_TREATMENT_COMMITTOR, /* closure committor with z */
    PEL_TREATMENT_TWO_LEVEL  /* closure two-level with pair_eV */
};

struct pel_landscape_treatment {
    enum pel_landscape_treats kind;
    double z;       /* committor: paths onward [1]; > 0 */
    double pair_eV; /* two-level: both barriers of a pair are below this [eV]; > 0 */
};

/* The word in files, which is the closure's name ("" for unsaid), and the other way round.
 * Errors: PEL_EARG not known. */
PEL_API const char *pel_landscape_treatment_name(enum pel_landscape_treats kind);
PEL_API pel_status pel_landscape_treatment_find(const char *name,
                                                enum pel_landscape_treats *kind,
                                                struct pel_error *err);

/* What all kinds share. Copied by the create functions, which refuse (PEL_EARG) an
 * equilibrium line that does not cover the landscape, is of closure joint without events,
 * or on which no steady state can lie (a spectrum without spread). */
struct pel_landscape_head {
    const char *name;            /* one line; NULL: "" */
    double atoms;                /* N, atoms of the sampled cell [1]; > 0 */
    double paths;                /* M, distinct escape paths of the cell [1]; > 0 */
    double attempt_frequency_Hz; /* nu, per path [1/s]; > 0 */
    double molar_mass_g_per_mol; /* mean molar mass of an atom [g/mol]; > 0 */
    const struct pel_equilibrium *equilibrium; /* NULL: none; its e_is must cover those of
                                                  the landscape */
    struct pel_landscape_treatment treatment;
};

/* ---- making one in memory ---------------------------------------------------------- */

/* The two histograms at one level. */
struct pel_landscape_level {
    double e_is_eV_per_atom; /* [eV/atom] */
    struct pel_histogram activation;
    struct pel_histogram relaxation;
};

/* Histogram kind: n_levels >= 1 levels, e_is strictly increasing. Everything is copied.
 * Errors: PEL_EARG a head value that is not positive, levels not increasing, a histogram
 * that pel_spectrum_histogram refuses (the level is named); PEL_ENOMEM. On error *out is
 * NULL. */
PEL_API pel_status
pel_landscape_create_histogram(const struct pel_landscape_head *head, size_t n_levels,
                               const struct pel_landscape_level levels[],
                               struct pel_landscape **out, struct pel_error *err);

/* One parameter of a parametric landscape: value = c0 + c1 x + c2 x^2. */
struct pel_landscape_row {
    enum pel_landscape_spectrum spectrum;
    const char *family;    /* "shifted_gamma"; the same in all rows of a spectrum */
    const char *parameter; /* "shape"; each of the family's exactly once */
    double c[3];           /* coefficients, in the parameter's unit per (eV/atom)^k */
};

/* Parametric kind, valid over [e_is_min, e_is_max] [eV/atom] around the reference energy.
 * Errors: PEL_EARG a head value that is not positive, unknown family or parameter, one
 * missing or given twice, a parameter that leaves its domain somewhere in the range (the
 * message says at which e_is), a range that is empty; PEL_ENOMEM. On error *out is
 * NULL. */
PEL_API pel_status pel_landscape_create_parametric(const struct pel_landscape_head *head,
                                                   double reference_e_is, double e_is_min,
                                                   double e_is_max, size_t n_rows,
                                                   const struct pel_landscape_row rows[],
                                                   struct pel_landscape **out,
                                                   struct pel_error *err);

/* Events kind: n events in any order; events with exactly the same e_is form a level (who
 * pools samples writes their common level energy in e_is). Everything is copied.
 *   sample  [n] label of the sample of each; NULL: none
 *   e_is    [n] IS energy of their level [eV/atom]
 *   e_a     [n] activation energies, whole cell [eV], > 0
 *   e_r     [n] relaxation energies, whole cell [eV], > 0
 * Errors: PEL_EARG a head value that is not positive, n = 0, a value not finite, a
 * barrier not positive; PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_landscape_create_events(const struct pel_landscape_head *head,
                                               size_t n, const char *const sample[],
                                               const double e_is[], const double e_a[],
                                               const double e_r[],
                                               struct pel_landscape **out,
                                               struct pel_error *err);

/* Release a landscape. NULL is allowed. */
PEL_API void pel_landscape_free(struct pel_landscape *landscape);

/* Which E_A goes with which E_R, for the levels of a histogram landscape: densities over
 * its bins of E_A times its bins of E_R. Within such a cell both are uniform and
 * independent. */
struct pel_landscape_cells {
    const double
        *density;        /* [activation.n * relaxation.n], all E_R of the first bin of E_A
                              first [1/eV^2] */
    const double *count; /* [the same] events in each; NULL or NaN: not known */
};

/* Histogram kind with cells[n_levels]: a joint histogram, for which every closure is defined.
 * Errors: as pel_landscape_create_histogram; PEL_EARG a density negative or not finite, cells
 * whose sums over E_R (over E_A) are not the activation (relaxation) histogram within
 * PEL_SPECTRUM_NORM_TOLERANCE of probability (the level and the bin are named). */
PEL_API pel_status pel_landscape_create_joint(const struct pel_landscape_head *head,
                                              size_t n_levels,
                                              const struct pel_landscape_level levels[],
                                              const struct pel_landscape_cells cells[],
                                              struct pel_landscape **out,
                                              struct pel_error *err);

/* ---- drawn anew -------------------------------------------------------------------- */

/* A replicate for the bootstrap: a landscape as this one would be had the same searches
 * found other events.
 *
 *   events     in each level as many samples as it has are drawn with replacement, each
 *              with all its events (the scheme of pel_pool_resample): what differs between
 *              samples holds the scatter of their events already, and drawing these anew
 *              too would count it twice. Of a level of fewer than PEL_BOOTSTRAP_LEAST samples
 *              the events are drawn too. One sample knows nothing of the spread between
 *              glasses: its bands are too narrow.
 *   histogram  in each spectrum of a level as many events as its bins count, with the
 *              probabilities of the bins. Bins do not know their samples, nor (but for
 *              those of a joint histogram, whose cells are drawn) which E_A goes with
 *              which E_R: the spread between glasses is left out.
 *   parametric cannot be: it has no events
 *
 * Levels keep their e_is, the head stays as it is.
 *   seed, replicate   the key of the random stream
 *   out               receives the replicate; release it with pel_landscape_free()
 * Errors: PEL_EARG a parametric landscape; a histogram without counts, or with more than
 * 1e7 in a spectrum; an equilibrium line that the replicate cannot meet; PEL_ENOMEM. On
 * error *out is NULL. */
PEL_API pel_status pel_landscape_redraw(const struct pel_landscape *landscape,
                                        uint64_t seed, uint64_t replicate,
                                        struct pel_landscape **out,
                                        struct pel_error *err);

/* How many samples the level has that has the fewest, of those with PEL_BOOTSTRAP_LEAST or
 * more: what pel_statistics_bootstrap_share needs. 0 where there is none, and for the other
 * kinds.
 * Errors: PEL_ENOMEM. */
PEL_API pel_status pel_landscape_fewest_samples(const struct pel_landscape *landscape,
                                                size_t *fewest, struct pel_error *err);

/* Whether it can be drawn anew at all. Errors: the PEL_EARG above, but for the line. */
PEL_API pel_status pel_landscape_can_redraw(const struct pel_landscape *landscape,
                                            struct pel_error *err);

/* ---- files ------------------------------------------------------------------------- */

/* Read any of the three kinds (`# format: pelrate-landscape 1`). Keys that begin with
 * `fit_` tell how a fitted landscape was made; they are passed over.
 * Errors: PEL_EOPEN    cannot be opened
 *         PEL_EIO      cannot be read
 *         PEL_EFORMAT  (FILE:LINE: what, expected what) missing or unknown key, missing
 *                      column, columns of another kind, text for a number, bins that are
 *                      negative or unsorted, unknown family or parameter, and whatever
 *                      the create functions refuse
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_landscape_read(const char *path, struct pel_landscape **out,
                                      struct pel_error *err);

/* Write the keys of the landscape (from `# kind:` on), the column names and the rows. The
 * caller has written `# format: pelrate-landscape 1` and its own provenance before.
 * Further columns of an events file that was read are not kept.
 * Errors: PEL_EIO the stream reports an error. */
PEL_API pel_status pel_landscape_write(const struct pel_landscape *landscape,
                                       FILE *stream, struct pel_error *err);

/* ---- asking ------------------------------------------------------------------------ */

/* The kind, and its word in files: "histogram", "parametric" or "events". */
PEL_API enum pel_landscape_kind pel_landscape_kind(const struct pel_landscape *landscape);
PEL_API const char *pel_landscape_kind_name(enum pel_landscape_kind kind);

/* What all kinds share. Borrowed; its name is never NULL. */
PEL_API const struct pel_landscape_head *
pel_landscape_head(const struct pel_landscape *landscape);

/* Sampled range of E_IS [eV/atom]. Equal for a landscape with one level. */
PEL_API double pel_landscape_e_is_min(const struct pel_landscape *landscape);
PEL_API double pel_landscape_e_is_max(const struct pel_landscape *landscape);

/* Number of levels (0 for a parametric landscape), their energy [eV/atom], and how many
 * events each has (histogram: sum of the activation counts, NaN if not known). NaN where
 * there is no such level. */
PEL_API size_t pel_landscape_levels(const struct pel_landscape *landscape);
PEL_API double pel_landscape_level_e_is(const struct pel_landscape *landscape,
                                        size_t level);
PEL_API double pel_landscape_level_events(const struct pel_landscape *landscape,
                                          size_t level);

/* The histogram of a level, arrays borrowed from the landscape.
 * Errors: PEL_EARG not a histogram landscape, no such level. */
PEL_API pel_status pel_landscape_histogram(const struct pel_landscape *landscape,
                                           size_t level,
                                           enum pel_landscape_spectrum which,
                                           struct pel_histogram *out,
                                           struct pel_error *err);

/* Whether it knows which E_A goes with which E_R: events, or a joint histogram. */
PEL_API int pel_landscape_has_pairs(const struct pel_landscape *landscape);

/* The cells of a level of a joint histogram, borrowed from the landscape; count is never
 * NULL. Errors: PEL_EARG it is none, no such level. */
PEL_API pel_status pel_landscape_cells(const struct pel_landscape *landscape,
                                       size_t level, struct pel_landscape_cells *out,
                                       struct pel_error *err);

/* The events of a level: e_a[n] and e_r[n] [eV] in pairs, borrowed from the landscape.
 * Errors: PEL_EARG not an events landscape, no such level; *n is 0 then. */
PEL_API pel_status pel_landscape_pairs(const struct pel_landscape *landscape,
                                       size_t level, size_t *n, const double **e_a,
                                       const double **e_r, struct pel_error *err);

/* Family and parameters of a parametric landscape at e_is [eV/atom] (any e_is: no range
 * check, no domain check). p[PEL_FAMILY_PARAMETERS] receives the values.
 * Errors: PEL_EARG not a parametric landscape. */
PEL_API pel_status pel_landscape_parameters(const struct pel_landscape *landscape,
                                            double e_is,
                                            enum pel_landscape_spectrum which,
                                            const struct pel_family **family, double p[],
                                            struct pel_error *err);

/* The same as polynomials: c[k] are the coefficients of parameter k in x = e_is -
 * reference [eV/atom]. Errors: PEL_EARG not a parametric landscape. */
PEL_API pel_status pel_landscape_polynomials(const struct pel_landscape *landscape,
                                             enum pel_landscape_spectrum which,
                                             const struct pel_family **family,
                                             double c[PEL_FAMILY_PARAMETERS][3],
                                             double *reference, struct pel_error *err);

/* ---- averages ---------------------------------------------------------------------- */

/* Averages at one (e_is, beta) and their derivatives; suffix _b: by beta, _e: by e_is.
 * The e_rb set is the relaxation energy averaged with the Boltzmann weight of the
 * activation energy of the same event, <E_R exp(-beta E_A)>/Z: known only for events
 * and joint histograms, else NaN. */
struct pel_average {
    double beta;      /* 1/(k_B T) [1/eV] */
    double ln_z;      /* ln Z [1] */
    double ln_z_b;    /* d ln Z / d beta = -E_kin [eV] */
    double ln_z_bb;   /* d2 ln Z / d beta2 [eV^2] */
    double ln_z_e;    /* d ln Z / d e_is [1/(eV/atom)] */
    double ln_z_be;   /* d2 ln Z / d beta d e_is [eV/(eV/atom)] */
    double e_r;       /* <E_R> [eV] */
    double e_r_e;     /* d <E_R> / d e_is [eV/(eV/atom)] */
    double e_rb;      /* <E_R exp(-beta E_A)> / Z [eV] */
    double e_rb_b;    /* its derivative by beta [eV^2] */
    double e_rb_e;    /* its derivative by e_is [eV/(eV/atom)] */
    int extrapolated; /* 1: outside [e_is_min, e_is_max] */
};

/* What a thread keeps between evaluations of one landscape (the level values at some
 * hundred temperatures): makes a map or an isothermal run cheap. One per thread. */
struct pel_landscape_scratch;

/* Scratch for one landscape (borrowed).
 * Errors: PEL_ENOMEM; *out is NULL then. Freeing NULL is allowed. */
PEL_API pel_status pel_landscape_scratch_create(const struct pel_landscape *landscape,
                                                struct pel_landscape_scratch **out,
                                                struct pel_error *err);
PEL_API void pel_landscape_scratch_free(struct pel_landscape_scratch *scratch);

/* Averages at e_is [eV/atom] and beta [1/eV] > 0: those of Liu et al. (2020), Eq. 2, and
 * the others that the closures use, exact for the given spectra (spectrum.h).
 *   range    what to do outside the sampled range
 *   scratch  of this landscape
 *   out      receives the averages
 * Errors: PEL_ERANGE  e_is outside the range (named) with PEL_RANGE_STRICT; extrapolated,
 *                     a parameter outside its domain
 *         PEL_EARG    beta not positive, e_is not finite */
PEL_API pel_status pel_landscape_average(const struct pel_landscape *landscape,
                                         double e_is, double beta,
                                         enum pel_landscape_range range,
                                         struct pel_landscape_scratch *scratch,
                                         struct pel_average *out, struct pel_error *err);

/* By how much the equilibrium line of the landscape moves all relaxation energies at e_is
 * [eV/atom] (equilibrium.h): e_r and e_rb of pel_landscape_average contain it, the
 * spectra themselves do not.
 *   shift  receives it [eV]; 0 without a line
 * Errors: PEL_EARG e_is is not finite; PEL_ERANGE the line does not go on so far, a
 * parameter outside its domain. */
PEL_API pel_status pel_landscape_shift(const struct pel_landscape *landscape, double e_is,
                                       struct pel_landscape_scratch *scratch,
                                       double *shift, struct pel_error *err);

#endif /* PEL_LANDSCAPE_H */

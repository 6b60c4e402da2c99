#ifndef PEL_LANDSCAPE_PRIV_H
#define PEL_LANDSCAPE_PRIV_H

#include <pelrate/landscape.h>

/* One level of a histogram or events landscape. */
struct level {
    double e_is;                      /* [eV/atom] */
    struct pel_spectrum *spectrum[2]; /* by enum pel_landscape_spectrum; owned */
    double mean_e_r;                  /* [eV] */
    /* histogram: arrays within one owned block each */
    struct pel_histogram histogram[2];
    double *block[2];
    /* joint histogram: [n_a * n_r] density [1/eV^2], then count; owned */
    double *cells;
    double *row_e_r; /* [n_a] mean E_R of the pairs with E_A in each bin [eV]; owned */
    /* events: [first, first + n_events) of the landscape's arrays */
    size_t first, n_events;
};

/* One spectrum of a parametric landscape. */
struct conditional {
    const struct pel_family *family;
    double c[PEL_FAMILY_PARAMETERS][3]; /* parameter = c0 + c1 x + c2 x^2 */
};

struct pel_landscape {
    enum pel_landscape_kind kind;
    struct pel_landscape_head head;
    char *name;                          /* head.name, owned */
    struct pel_equilibrium *equilibrium; /* head.equilibrium, owned */
    double e_is_min, e_is_max;           /* [eV/atom] */
    size_t n_levels;                     /* 0: parametric */
    double *e_is;                        /* [n_levels] increasing [eV/atom], owned */
    double *mean_e_r;                    /* [n_levels] [eV], owned */
    struct level *levels;                /* [n_levels] owned */
    int pairs;                           /* events, or a joint histogram */
    size_t n_events;                     /* events kind */
    char **sample;                       /* [n_events] labels, owned */
    double *e_a, *e_r;                   /* [n_events] sorted by level [eV], owned */
    double *rising_a,
        *rising_r;    /* [n_events] the same, by e_a within each level; owned */
    double reference; /* parametric: x = e_is - reference [eV/atom] */
    struct conditional conditional[2];
};

/* Words in files. */
extern const char *const pel_landscape_spectrum_names[2];

/* Whether the parameter of a row exists in its family and stays in its domain over the
 * range. Errors: PEL_EARG. */
pel_status pel_landscape_row_check(const struct pel_landscape_row *row,
                                   double reference_e_is, double e_is_min,
                                   double e_is_max, struct pel_error *err);

/* Whether the equilibrium line of a finished landscape (if it has one) can be met.
 * Errors: PEL_EARG it does not cover the landscape, is of closure joint without pairs,
 * or no steady state can lie on it; PEL_ENOMEM. */
pel_status pel_landscape_check_line(const struct pel_landscape *landscape,
                                    struct pel_error *err);

/* Whether cells fit the histograms of a level. Errors: as pel_landscape_create_joint. */
pel_status pel_landscape_check_cells(double e_is, const struct pel_histogram *activation,
                                     const struct pel_histogram *relaxation,
                                     const struct pel_landscape_cells *cells,
                                     struct pel_error *err);

/* The cells of level k, checked and copied. Errors: as pel_landscape_create_joint. */
pel_status pel_landscape_take_cells(struct pel_landscape *landscape, size_t k,
                                    const struct pel_landscape_cells *cells,
                                    struct pel_error *err);

/* <E_R exp(-beta E_A)>/Z of a level with cells, and its derivative by beta. */
void pel_landscape_weigh_cells(const struct level *level, double beta, double *mean,
                               double *by_beta);

struct pel_table;

/* A treatment: whether it is complete, its keys in a header, and their writing. Errors:
 * PEL_EARG; PEL_EFORMAT. */
pel_status pel_landscape_check_treatment(const struct pel_landscape_treatment *treatment,
                                         struct pel_error *err);
pel_status pel_landscape_read_treatment(const struct pel_table *table,
                                        struct pel_landscape_treatment *out,
                                        struct pel_error *err);
void pel_landscape_put_treatment(const struct pel_landscape_treatment *treatment,
                                 FILE *stream);

/* The header of a file: its kind, which the columns must be of too, and the name (borrowed
 * from the table) and numbers of head; the treatment and the equilibrium line have readers
 * of their own. Errors: PEL_EFORMAT. (landscape_read_head.c) */
pel_status pel_landscape_read_head(const struct pel_table *table,
                                   enum pel_landscape_kind *kind,
                                   struct pel_landscape_head *head,
                                   struct pel_error *err);

/* The keys of an equilibrium line: all three, or none (*line stays NULL). *line is the
 * caller's to free. Errors: PEL_EFORMAT, PEL_ENOMEM. (landscape_read_head.c) */
pel_status pel_landscape_read_line(const struct pel_table *table,
                                   struct pel_equilibrium **line, struct pel_error *err);

/* The rows of spectrum joint in a histogram file whose levels have been read. *cells
 * [n_levels] is the caller's to free, with *block, on which it stands; NULL: there are no
 * such rows. Errors: PEL_EFORMAT, PEL_ENOMEM. */
pel_status pel_landscape_read_cells(const struct pel_table *table, size_t n_levels,
                                    const struct pel_landscape_level levels[],
                                    struct pel_landscape_cells **cells, double **block,
                                    struct pel_error *err);
#define PEL_LANDSCAPE_JOINT "joint" /* spectrum of these rows */

/* Averages of one level at one beta. */
struct pel_level_average {
    double ln_z, ln_z_b, ln_z_bb; /* as in pel_average */
    double e_rb, e_rb_b;          /* events: as in pel_average; else NaN */
};

/* beta [1/eV] > 0, level < n_levels. */
void pel_landscape_level_average(const struct pel_landscape *landscape, size_t level,
                                 double beta, struct pel_level_average *out);

/* Whether e_is [eV/atom] is inside.
 * Errors: PEL_ERANGE it is not, and range is strict; PEL_EARG it is not finite. */
pel_status pel_landscape_check_range(const struct pel_landscape *landscape, double e_is,
                                     enum pel_landscape_range range, int *extrapolated,
                                     struct pel_error *err);

/* Mean of E_R [eV] between levels, without the shift of an equilibrium line. */
double pel_landscape_mean_e_r(const struct pel_landscape *landscape, double e_is);

/* Index of a parameter in its family, or n_parameters. */
size_t pel_landscape_parameter_index(const struct pel_family *family, const char *name);

/* Derivatives of the averages by the parameters of the two families, in their order. */
struct pel_landscape_slopes {
    double ln_z[PEL_FAMILY_PARAMETERS];   /* d ln Z / d p_k, activation */
    double ln_z_b[PEL_FAMILY_PARAMETERS]; /* d2 ln Z / d beta d p_k, activation */
    double e_r[PEL_FAMILY_PARAMETERS];    /* d <E_R> / d p_k, relaxation */
};

/* pel_landscape_average, with slopes (may be NULL; not filled for landscapes of other kinds
 * than parametric). */
pel_status pel_landscape_average_slopes(
    const struct pel_landscape *landscape, double e_is, double beta,
    enum pel_landscape_range range, struct pel_landscape_scratch *scratch,
    struct pel_average *out, struct pel_landscape_slopes *slopes, struct pel_error *err);

#endif /* PEL_LANDSCAPE_PRIV_H */

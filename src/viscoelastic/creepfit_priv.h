#ifndef PEL_CREEPFIT_PRIV_H
#define PEL_CREEPFIT_PRIV_H

#include <pelrate/creepfit.h>

/* ---- the model (creepfit_model.c) -------------------------------------------------- */

/* The model at one set of parameters, kept so that the Jacobian, which is asked for where
 * the residuals have just been, costs nothing. */
struct pel_creepfit_model {
    const struct pel_creepfit_data *data; /* borrowed */
    unsigned components;
    double accuracy;
    int is_filled;                     /* the rest is that of p */
    double p[PEL_CREEPFIT_PARAMETERS]; /* ln tau, ln Delta J */
    struct pel_relaxation_step *step;  /* [PEL_QPD_COMPONENTS * n], owned */
    double *J;                         /* [n] compliance, owned */
};

pel_status pel_creepfit_model_begin(struct pel_creepfit_model *model,
                                    const struct pel_creepfit_data *data,
                                    unsigned components, double accuracy,
                                    struct pel_error *err);
void pel_creepfit_model_end(struct pel_creepfit_model *model);

/* As leastsquares.h wants them, over all parameters; context is the model. */
int pel_creepfit_model_residuals(size_t n, const double p[], size_t m, void *context,
                                 double r[]);
int pel_creepfit_model_jacobian(size_t n, const double p[], size_t m, void *context,
                                double J[]);

/* PEL_EARG: too few points, times not increasing, a value not positive. */
pel_status pel_creepfit_check(const struct pel_creepfit_data *data,
                              struct pel_error *err);

/* ---- one fit ----------------------------------------------------------------------- */

/* What one descent found. */
struct pel_creepfit_minimum {
    double chi2;
    double x[PEL_CREEPFIT_PARAMETERS]; /* J_el, B, ln tau, ln Delta J */
    unsigned tied; /* bits of components whose times are equal and would cross if they
                      could */
    int is_known;  /* the following have been asked for */
    double covariance[PEL_CREEPFIT_PARAMETERS * PEL_CREEPFIT_PARAMETERS];
    enum pel_leastsquares_state state[PEL_CREEPFIT_PARAMETERS];
    double condition;
};

struct pel_creepfit_job {
    const struct pel_creepfit_data *data;
    const struct pel_creepfit_settings *set;
    struct pel_creepfit_model model;
    double lower[PEL_CREEPFIT_PARAMETERS], upper[PEL_CREEPFIT_PARAMETERS];
    struct pel_creepfit *out;
    double variance, half; /* of a residual; of the 95 % interval in standard errors */
    struct pel_creepfit_minimum *minimum; /* [n_minima] distinct, lowest first; owned */
    size_t n_minima, most_minima;
};

static inline int pel_creepfit_is_in(const struct pel_creepfit_job *job, int component)
{
    return (job->set->components >> component & 1u) != 0;
}

static inline int pel_creepfit_is_held(const struct pel_creepfit_job *job, size_t k)
{
    return (job->set->hold >> k & 1u) != 0;
}

/* Whether parameter k is fitted as its logarithm. */
static inline int pel_creepfit_is_logarithm(size_t k)
{
    return k != PEL_CREEPFIT_ELASTIC && (k - 1) % 3 != 0;
}

/* The descent from at->x, in the order of times (creepfit_order.c).
 *   fixed   a parameter that stays where it is; PEL_CREEPFIT_PARAMETERS: none
 *   finely  0: to a share of the variance, enough to look round; 1: to the settings, and
 *           covariance, state and condition are given
 * Errors: as pel_leastsquares_fit. at->chi2 and at->x are then the best point seen. */
pel_status pel_creepfit_descend(struct pel_creepfit_job *job, size_t fixed, int finely,
                                struct pel_creepfit_minimum *at, struct pel_error *err);

/* Another arrangement of the components, from which a descent may find another valley: of
 * two neighbours that overlap the first the wider or the second, the times equal or apart;
 * and, with all of them free, two in one and the third in two.
 *   which  0 to PEL_CREEPFIT_ARRANGEMENTS - 1
 *   x      in and out
 * Returns whether there is such a one. */
enum {
    PEL_CREEPFIT_OF_PAIRS = 3 * (PEL_QPD_COMPONENTS - 1),
    PEL_CREEPFIT_ARRANGEMENTS = PEL_CREEPFIT_OF_PAIRS + 2
};
int pel_creepfit_arrange(const struct pel_creepfit_job *job, int which, double x[]);

/* All 95 % intervals into job->out (creepfit_profile.c), whose minimum is job->minimum[0].
 *   better  receives a point with a lower chi2 than that if there is one: then the
 *           intervals are not done, and 1 is returned */
int pel_creepfit_profile(struct pel_creepfit_job *job,
                         struct pel_creepfit_minimum *better);

#endif /* PEL_CREEPFIT_PRIV_H */

#ifndef PEL_CREEPFIT_PRIV_H
#define PEL_CREEPFIT_PRIV_H

#include <pelrate/creepfit.h>

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

#endif /* PEL_CREEPFIT_PRIV_H */

#include <pelrate/gumbel.h>

#include <pelrate/constants.h>
#include <pelrate/exponentials.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>

struct pel_gumbel_settings pel_gumbel_settings_defaults(void)
{
    return (struct pel_gumbel_settings){.accuracy = 1e-10, .refine = 1};
}

double pel_gumbel_step(double accuracy)
{
    /* h = pi^2 / ln(2 e^2 (pi/h)^2 / accuracy): a few rounds from any h settle it. */
    enum { ROUNDS = 60 };
    double h = 0.5;
    for (int i = 0; i < ROUNDS; i++)
        h = PEL_PI * PEL_PI / (log(2.0 / accuracy) + 2.0 + 2.0 * log(PEL_PI / h));
    return h;
}

double pel_gumbel_density(double tau_s, double B, double tau_i_s)
{
    const double u = B * log(tau_i_s / tau_s);
    return B * exp(u - exp(u));
}

pel_status pel_gumbel_create(double tau_s, double B,
                             const struct pel_gumbel_settings *settings,
                             struct pel_relaxation **out, struct pel_error *err)
{
    *out = NULL;
    const struct pel_gumbel_settings set =
        settings != NULL ? *settings : pel_gumbel_settings_defaults();
    if (!(tau_s > 0.0 && isfinite(tau_s)))
        return pel_error_set(err, PEL_EARG,
                             "relaxation time is %g s, expected a number > 0", tau_s);
    if (!(B > 0.0 && B <= 1.0))
        return pel_error_set(err, PEL_EARG, "B is %g, expected a number in (0, 1]", B);
    if (!(set.accuracy >= 1e-14 && set.accuracy <= 1e-2) || set.refine == 0 ||
        set.refine > 1000)
        return pel_error_set(err, PEL_EARG,
                             "accuracy %g and refinement %zu, expected 1e-14 to 1e-2 and "
                             "1 to 1000",
                             set.accuracy, set.refine);
    /* u = ln x: below, P = x; above, 1 - P = exp(-x). */
    const double tail = 1e-3 * set.accuracy;
    const double u_lo = log(tail), u_hi = log(-log(tail)), ln_tau = log(tau_s);
    if (ln_tau + u_lo / B < log(DBL_MIN) || ln_tau + u_hi / B > log(DBL_MAX))
        return pel_error_set(err, PEL_EARG,
                             "B is %g around %g s: its times leave the range of numbers, "
                             "expected a larger B",
                             B, tau_s);
    const double h = pel_gumbel_step(set.accuracy) / (double)set.refine;
    /* A node on the most probable time. */
    const double n_lo = ceil(-u_lo / (B * h)), n_hi = ceil(u_hi / (B * h));
    const size_t n = (size_t)n_lo + (size_t)n_hi + 1;
    double *tau = calloc(n, sizeof *tau), *weight = calloc(n, sizeof *weight),
           *x = calloc(n, sizeof *x);
    pel_status status = PEL_OK;
    if (tau == NULL || weight == NULL || x == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "relaxation of %zu units", n);
    } else {
        for (size_t i = 0; i < n; i++) {
            tau[i] = ((double)i - n_lo) * h;
            x[i] = weight[i] = B * tau[i];
        }
        pel_exponentials(n, tau, tau);
        pel_exponentials(n, x, x);
        for (size_t i = 0; i < n; i++) {
            tau[i] *= tau_s;
            weight[i] -= x[i];
        }
        pel_exponentials(n, weight, weight);
        status = pel_relaxation_create(n, tau, weight, out, err);
    }
    free(tau);
    free(weight);
    free(x);
    return status;
}

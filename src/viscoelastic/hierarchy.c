#include <pelrate/hierarchy.h>

#include <pelrate/root.h>

#include <math.h>

void pel_hierarchy_at(const struct pel_hierarchy *hierarchy, double temperature_K,
                      double ln_beta, double ln_beta_by_T, int below,
                      struct pel_hierarchy_times *out)
{
    const struct pel_hierarchy *h = hierarchy;
    double chi = h->chi, chi_by_T = 0.0;
    const int above = below ? temperature_K > h->glass_K : temperature_K >= h->glass_K;
    if (above) {
        const double grown = h->chi + h->chi_slope_per_K * (temperature_K - h->glass_K);
        chi = fmin(grown, 1.0);
        if (below ? grown <= 1.0 : grown < 1.0) chi_by_T = h->chi_slope_per_K;
    }
    const double ln_tau0 = log(h->tau0_s), over = ln_beta - ln_tau0;
    /* ln chi^(1/chi) and its derivative by chi. */
    const double factor = log(chi) / chi, factor_slope = (1.0 - log(chi)) / (chi * chi);
    out->chi = chi;
    out->ln_vp = ln_tau0 + over / chi;
    out->ln_vp_by_T = ln_beta_by_T / chi - over / (chi * chi) * chi_by_T;
    out->ln_an = out->ln_vp + factor;
    out->ln_an_by_T = out->ln_vp_by_T + factor_slope * chi_by_T;
}

static int excess(double chi, void *context, double *f)
{
    *f = log(chi) / chi - *(const double *)context;
    return 0;
}

pel_status pel_hierarchy_solve(double tau_beta_s, double tau_an_s, double tau_vp_s,
                               double *chi, double *tau0_s, struct pel_error *err)
{
    if (!(tau_beta_s > 0.0 && tau_an_s > 0.0 && tau_vp_s > tau_beta_s &&
          tau_an_s < tau_vp_s && isfinite(tau_vp_s)))
        return pel_error_set(err, PEL_EARG,
                             "times of beta %g s, anelastic %g s and viscoplastic %g s, "
                             "expected 0 < tau_beta < tau_vp and 0 < tau_an < tau_vp",
                             tau_beta_s, tau_an_s, tau_vp_s);
    /* ln chi / chi rises from -infinity to 0 on (0, 1]; below 1/1000 it is -6900. */
    double ln_ratio = log(tau_an_s) - log(tau_vp_s);
    const pel_status status =
        pel_root_find(excess, &ln_ratio, 1e-3, 1.0, NULL, chi, NULL, err);
    if (status != PEL_OK) return status;
    *tau0_s = exp((*chi * log(tau_vp_s) - log(tau_beta_s)) / (*chi - 1.0));
    if (!(*tau0_s > 0.0 && isfinite(*tau0_s)))
        return pel_error_set(err, PEL_ENOROOT, "no tau_0 for chi = %g", *chi);
    return PEL_OK;
}

pel_status pel_hierarchy_barrier(double energy_eV, double stress_MPa,
                                 double barrier_stress_MPa, double *left_eV,
                                 struct pel_error *err)
{
    if (!(stress_MPa >= 0.0 && stress_MPa < barrier_stress_MPa))
        return pel_error_set(err, PEL_EARG,
                             "stress is %g MPa, expected 0 to below the %g MPa that take "
                             "the barriers away",
                             stress_MPa, barrier_stress_MPa);
    *left_eV = energy_eV * pow(1.0 - stress_MPa / barrier_stress_MPa, 1.5);
    return PEL_OK;
}

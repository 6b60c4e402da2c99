#include <pelrate/fragility.h>

#include <pelrate/constants.h>
#include <pelrate/leastsquares.h>

#include <math.h>

/* ---- beta -------------------------------------------------------------------------- */

struct pel_arrhenius pel_arrhenius_through(double energy_eV, double temperature_K,
                                           double tau_s)
{
    return (struct pel_arrhenius){.energy_eV = energy_eV,
                                  .ln_tau0 =
                                      log(tau_s) - energy_eV / (PEL_KB * temperature_K)};
}

double pel_arrhenius_tau(const struct pel_arrhenius *law, double temperature_K)
{
    return exp(law->ln_tau0 + law->energy_eV / (PEL_KB * temperature_K));
}

pel_status pel_arrhenius_fit(size_t n, const double frequency_Hz[],
                             const double temperature_K[], struct pel_arrhenius_fit *out,
                             struct pel_error *err)
{
    *out = (struct pel_arrhenius_fit){.law = {NAN, NAN},
                                      .energy_error_eV = NAN,
                                      .ln_f0 = NAN,
                                      .ln_f0_error = NAN,
                                      .correlation = NAN,
                                      .scatter = NAN};
    if (n < 2) return pel_error_set(err, PEL_EARG, "%zu peaks, expected two or more", n);
    double x = 0.0, y = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (!(frequency_Hz[i] > 0.0 && temperature_K[i] > 0.0 &&
              isfinite(frequency_Hz[i]) && isfinite(temperature_K[i])))
            return pel_error_set(err, PEL_EARG,
                                 "peak %zu at %g Hz and %g K, expected numbers > 0", i,
                                 frequency_Hz[i], temperature_K[i]);
        x += 1.0 / (PEL_KB * temperature_K[i]) / (double)n;
        y += log(frequency_Hz[i]) / (double)n;
    }
    double xx = 0.0, xy = 0.0, yy = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double dx = 1.0 / (PEL_KB * temperature_K[i]) - x,
                     dy = log(frequency_Hz[i]) - y;
        xx += dx * dx;
        xy += dx * dy;
        yy += dy * dy;
    }
    if (!(xx > 0.0))
        return pel_error_set(err, PEL_EARG,
                             "all peaks at %g K, expected different temperatures",
                             temperature_K[0]);
    const double energy = -xy / xx;
    if (!(energy > 0.0))
        return pel_error_set(
            err, PEL_EARG,
            "the frequencies do not grow with the peak temperature (E_beta "
            "= %g eV), expected an activated process",
            energy);
    out->law.energy_eV = energy;
    out->ln_f0 = y + energy * x;
    out->law.ln_tau0 = -out->ln_f0 - log(2.0 * PEL_PI);
    if (n == 2) return PEL_OK;
    const double variance = fmax(yy - xy * xy / xx, 0.0) / (double)(n - 2);
    out->scatter = sqrt(variance);
    out->energy_error_eV = sqrt(variance / xx);
    out->ln_f0_error = sqrt(variance * (1.0 / (double)n + x * x / xx));
    out->correlation = x / sqrt(xx / (double)n + x * x);
    return PEL_OK;
}

/* ---- alpha ------------------------------------------------------------------------- */

struct pel_vft pel_vft_through(double B_K, double T0_K, double temperature_K,
                               double tau_s)
{
    return (struct pel_vft){
        .B_K = B_K, .T0_K = T0_K, .ln_tau0 = log(tau_s) - B_K / (temperature_K - T0_K)};
}

double pel_vft_tau(const struct pel_vft *law, double temperature_K)
{
    if (!(temperature_K > law->T0_K)) return isnan(temperature_K) ? NAN : INFINITY;
    return exp(law->ln_tau0 + law->B_K / (temperature_K - law->T0_K));
}

double pel_vft_temperature(const struct pel_vft *law, double tau_s)
{
    const double over = log(tau_s) - law->ln_tau0;
    return over > 0.0 ? law->T0_K + law->B_K / over : NAN;
}

/* Parameters of the fit: ln tau at the mean of 1/T and the slope there, which the data
 * know well whatever T_0 is, and T_0. */
enum { LEVEL, SLOPE, T0, N_VFT };

struct times {
    size_t n;
    const double *T, *tau;
    double T_mid; /* [K] */
};

/* tau(T) = level + slope u(T), u = (T_mid - T0)^2 / (T - T0) - (T_mid - T0), the VFT law
 * with B = slope (T_mid - T0)^2. */
static double shape(double T, double T_mid, double t0)
{
    return (T_mid - t0) * (T_mid - T) / (T - t0);
}

static int vft_residual(size_t n, const double x[], size_t m, void *context, double r[])
{
    (void)n;
    const struct times *times = context;
    for (size_t i = 0; i < m; i++)
        r[i] = x[LEVEL] + x[SLOPE] * shape(times->T[i], times->T_mid, x[T0]) -
               log(times->tau[i]);
    return 0;
}

static int vft_jacobian(size_t n, const double x[], size_t m, void *context, double J[])
{
    const struct times *times = context;
    for (size_t i = 0; i < m; i++) {
        const double T = times->T[i], mid = times->T_mid, t0 = x[T0];
        J[i * n + LEVEL] = 1.0;
        J[i * n + SLOPE] = shape(T, mid, t0);
        /* d shape / d T0 = (T_mid - T) (T_mid - T) / (T - T0)^2 */
        J[i * n + T0] = x[SLOPE] * (mid - T) * (mid - T) / ((T - t0) * (T - t0));
    }
    return 0;
}

static pel_status check_times(const struct times *times, double *lowest, double *highest,
                              struct pel_error *err)
{
    *lowest = INFINITY;
    *highest = 0.0;
    size_t different = 0;
    double mean = 0.0, y = 0.0, xy = 0.0;
    for (size_t i = 0; i < times->n; i++) {
        const double T = times->T[i], tau = times->tau[i];
        if (!(T > 0.0 && tau > 0.0 && isfinite(T) && isfinite(tau)))
            return pel_error_set(err, PEL_EARG,
                                 "time %zu is %g s at %g K, expected numbers > 0", i, tau,
                                 T);
        *lowest = fmin(*lowest, T);
        *highest = fmax(*highest, T);
        int seen = 0;
        for (size_t k = 0; k < i; k++)
            seen = seen || times->T[k] == T;
        different += !seen;
        mean += T / (double)times->n;
        y += log(tau) / (double)times->n;
    }
    if (different < 3)
        return pel_error_set(
            err, PEL_EARG,
            "%zu different temperatures, expected three or more for a VFT "
            "law",
            different);
    for (size_t i = 0; i < times->n; i++)
        xy += (times->T[i] - mean) * (log(times->tau[i]) - y);
    if (!(xy < 0.0))
        return pel_error_set(
            err, PEL_EARG, "the times do not fall with temperature, expected a VFT law");
    return PEL_OK;
}

pel_status pel_vft_fit(size_t n, const double temperature_K[], const double tau_s[],
                       struct pel_vft_fit *out, struct pel_error *err)
{
    *out = (struct pel_vft_fit){
        .law = {NAN, NAN, NAN}, .error = {NAN, NAN, NAN}, .scatter = NAN};
    struct times times = {.n = n, .T = temperature_K, .tau = tau_s};
    double lowest, highest;
    pel_status status = check_times(&times, &lowest, &highest, err);
    if (status != PEL_OK) return status;
    times.T_mid = 0.5 * (lowest + highest);
    const double nearest = 1e-3; /* of the lowest temperature: T_0 stays below it */
    const double lower[N_VFT] = {-INFINITY, 0.0, 0.0},
                 upper[N_VFT] = {INFINITY, INFINITY, lowest * (1.0 - nearest)};
    const struct pel_leastsquares_problem problem = {.m = n,
                                                     .n = N_VFT,
                                                     .residual = vft_residual,
                                                     .jacobian = vft_jacobian,
                                                     .context = &times,
                                                     .lower = lower,
                                                     .upper = upper};
    /* From a glass that is neither strong nor fragile, and from both ends. */
    const double starts[] = {0.5, 0.8, 0.1};
    double best = INFINITY, covariance[N_VFT * N_VFT];
    for (size_t k = 0; k < sizeof starts / sizeof starts[0]; k++) {
        double x[N_VFT] = {0.0, 1.0, starts[k] * lowest}, c[N_VFT * N_VFT];
        enum pel_leastsquares_state state[N_VFT];
        struct pel_leastsquares_report report;
        for (size_t i = 0; i < n; i++)
            x[LEVEL] += log(tau_s[i]) / (double)n;
        x[SLOPE] = 0.1; /* [1/K] */
        const pel_status one =
            pel_leastsquares_fit(&problem, NULL, x, c, state, &report, err);
        out->iterations += report.iterations;
        if (one == PEL_ENOMEM) return one;
        if (one != PEL_OK || !(report.chi2 < best)) continue;
        best = report.chi2;
        for (size_t i = 0; i < N_VFT * N_VFT; i++)
            covariance[i] = c[i];
        const double reach = times.T_mid - x[T0];
        out->law = (struct pel_vft){.B_K = x[SLOPE] * reach * reach,
                                    .T0_K = x[T0],
                                    .ln_tau0 = x[LEVEL] - x[SLOPE] * reach};
        out->at_zero = state[T0] == PEL_LEASTSQUARES_LOWER;
        /* B and ln tau_0 from the parameters of the fit; the parameter on its bound is
         * held there. */
        const double by_B[N_VFT] = {0.0, reach * reach,
                                    out->at_zero ? 0.0 : -2.0 * x[SLOPE] * reach},
                     by_tau0[N_VFT] = {1.0, -reach, out->at_zero ? 0.0 : x[SLOPE]};
        double B = 0.0, tau0 = 0.0;
        for (size_t i = 0; i < N_VFT; i++)
            for (size_t j = 0; j < N_VFT; j++) {
                if (out->at_zero && (i == T0 || j == T0)) continue;
                B += by_B[i] * by_B[j] * covariance[i * N_VFT + j];
                tau0 += by_tau0[i] * by_tau0[j] * covariance[i * N_VFT + j];
            }
        out->error[0] = sqrt(B);
        out->error[1] = sqrt(covariance[T0 * N_VFT + T0]);
        out->error[2] = sqrt(tau0);
        out->scatter = n > N_VFT ? sqrt(best / (double)(n - N_VFT)) : NAN;
    }
    if (best < INFINITY) return PEL_OK;
    return pel_error_set(err, PEL_ENOCONV, "no VFT law fits the times");
}

/* ---- both -------------------------------------------------------------------------- */

double pel_fragility_alpha(const struct pel_vft *law, double glass_K)
{
    const double over = glass_K - law->T0_K;
    return law->B_K * glass_K / (over * over * log(10.0));
}

double pel_fragility_beta(double energy_eV, double glass_K)
{
    return energy_eV / (PEL_KB * glass_K * log(10.0));
}

double pel_vft_energy(const struct pel_vft *law, double temperature_K)
{
    const double share = temperature_K / (temperature_K - law->T0_K);
    return PEL_KB * law->B_K * share * share;
}

size_t pel_fragility_crossings(const struct pel_arrhenius *beta,
                               const struct pel_vft *alpha, double temperature_K[2])
{
    const double e = beta->energy_eV / PEL_KB, d = alpha->ln_tau0 - beta->ln_tau0;
    /* d T (T - T0) + B T - e (T - T0) = 0 */
    const double b = alpha->B_K - e - d * alpha->T0_K, c = e * alpha->T0_K;
    const double square = b * b - 4.0 * d * c;
    if (!(square >= 0.0)) return 0;
    /* Without cancellation; d = 0 leaves one root. */
    const double q = -0.5 * (b + copysign(sqrt(square), b));
    const double root[2] = {q != 0.0 ? c / q : NAN, d != 0.0 ? q / d : NAN};
    size_t n = 0;
    for (int i = 0; i < 2; i++)
        if (root[i] > alpha->T0_K && isfinite(root[i])) temperature_K[n++] = root[i];
    if (n == 2 && temperature_K[0] > temperature_K[1]) {
        const double upper = temperature_K[0];
        temperature_K[0] = temperature_K[1];
        temperature_K[1] = upper;
    }
    return n;
}

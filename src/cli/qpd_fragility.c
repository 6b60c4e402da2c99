#include "plot.h"
#include "qpd.h"

#include <pelrate/constants.h>
#include <pelrate/fragility.h>
#include <pelrate/table.h>
#include <pelrate/text.h>

#include <math.h>
#include <stdlib.h>

static const char details[] =
    "Arrhenius law of the beta relaxation, VFT law of the alpha relaxation, where they cross,\n"
    "and the fragilities m and m_beta at T_g, where tau_alpha = 100 s (Zhang et al. (2023),\n"
    "Eqs. 13 to 16). The alpha law is that of the set (vft_B, vft_T0 through the crossing\n"
    "point) or, with --alpha FILE (temperature_K,tau_s), fitted; the beta law is that of the\n"
    "set's E_beta through the crossing point or, with --peaks FILE (frequency_Hz,\n"
    "temperature_K), fitted.\n\n"
    "Columns: quantity,value,error,unit. --family: activation_energy_eV,temperature_K,\n"
    "tau_beta_s,tau_alpha_s,m_beta for the --energies, through the crossing point (Eq. 14).\n\n"
    "Example: the numbers of the paper and the family of its Fig. 5\n"
    "  $ pelrate qpd fragility data/qpd/la30ce30.csv --sample S1 --energies 0.08:2.08:9 --family family.csv -o fragility.csv --plot family.png\n";

struct job {
    struct cli_qpd set;
    const char *peaks, *alpha, *family;
    struct cli_list energies, temperature;
    struct pel_arrhenius_fit beta;
    struct pel_vft_fit vft;
    int has_beta, beta_fitted, vft_fitted;
    double glass_K;
};

/* Two columns of positive numbers. The arrays are the cli's. */
static pel_status read_pairs(struct cli *cli, const char *path, const char *first,
                             const char *second, size_t *n, double **a, double **b,
                             struct pel_error *err)
{
    struct pel_table *table;
    pel_status status = pel_table_read(path, &table, err);
    if (status != PEL_OK) return status;
    size_t column[2];
    *n = pel_table_rows(table);
    status = pel_table_column(table, first, &column[0], err);
    if (status == PEL_OK) status = pel_table_column(table, second, &column[1], err);
    if (status == PEL_OK && *n == 0)
        status = pel_error_at(err, PEL_EFORMAT, path, pel_table_header_line(table),
                              "no rows, expected %s,%s", first, second);
    double *values[2] = {NULL, NULL};
    for (int k = 0; status == PEL_OK && k < 2; k++) {
        values[k] = cli_own(cli, calloc(*n, sizeof *values[k]));
        if (values[k] == NULL) status = pel_error_set(err, PEL_ENOMEM, "%s", path);
        for (size_t i = 0; status == PEL_OK && i < *n; i++) {
            status = pel_table_number(table, i, column[k], &values[k][i], err);
            if (status == PEL_OK && !(values[k][i] > 0.0))
                status = pel_error_at(err, PEL_EFORMAT, path, pel_table_line(table, i),
                                      "%s is %g, expected a number > 0",
                                      k == 0 ? first : second, values[k][i]);
        }
    }
    pel_table_free(table);
    *a = values[0];
    *b = values[1];
    return status;
}

/* A fault of the data as a whole, with the name of the file. */
static pel_status of_file(const char *path, pel_status status, struct pel_error *err)
{
    if (status != PEL_EARG) return status;
    const struct pel_error why = *err;
    return pel_error_at(err, PEL_EFORMAT, path, 0, "%s", why.text);
}

static pel_status missing(const struct job *job, const char *row, struct pel_error *err)
{
    return pel_error_at(err, PEL_EFORMAT, job->set.path, 0, "expected a row %s", row);
}

static pel_status find_laws(struct cli *cli, struct job *job, struct pel_error *err)
{
    const struct pel_qpd *q = &job->set.qpd;
    const int crossing = !isnan(q->crossing_K) && !isnan(q->crossing_tau_s);
    pel_status status = PEL_OK;
    size_t n;
    double *a, *b;
    if (job->alpha != NULL) {
        status = read_pairs(cli, job->alpha, "temperature_K", "tau_s", &n, &a, &b, err);
        if (status == PEL_OK)
            status = of_file(job->alpha, pel_vft_fit(n, a, b, &job->vft, err), err);
        job->vft_fitted = 1;
    } else {
        if (isnan(q->vft_B_K)) return missing(job, "alpha,vft_B,number,K", err);
        if (isnan(q->vft_T0_K)) return missing(job, "alpha,vft_T0,number,K", err);
        if (!crossing) return missing(job, "crossing,temperature,number,K", err);
        if (!(q->crossing_K > q->vft_T0_K))
            return pel_error_at(err, PEL_EFORMAT, job->set.path, 0,
                                "crossing at %g K, expected above T_0 = %g K",
                                q->crossing_K, q->vft_T0_K);
        job->vft.law =
            pel_vft_through(q->vft_B_K, q->vft_T0_K, q->crossing_K, q->crossing_tau_s);
    }
    if (status != PEL_OK) return status;
    if (job->peaks != NULL) {
        status =
            read_pairs(cli, job->peaks, "frequency_Hz", "temperature_K", &n, &a, &b, err);
        if (status == PEL_OK)
            status =
                of_file(job->peaks, pel_arrhenius_fit(n, a, b, &job->beta, err), err);
        job->has_beta = job->beta_fitted = 1;
    } else if (crossing && !isnan(q->activation_energy_eV)) {
        job->beta.law = pel_arrhenius_through(q->activation_energy_eV, q->crossing_K,
                                              q->crossing_tau_s);
        job->has_beta = 1;
    }
    if (status == PEL_OK && job->energies.n > 0 && !crossing)
        return missing(job, "crossing,temperature,number,K", err);
    job->glass_K = pel_vft_temperature(&job->vft.law, PEL_FRAGILITY_GLASS_TAU);
    if (status == PEL_OK && isnan(job->glass_K))
        return pel_error_set(err, PEL_ENOROOT, "tau_alpha is never %g s, there is no T_g",
                             PEL_FRAGILITY_GLASS_TAU);
    return status;
}

static void put(FILE *stream, const char *quantity, double value, double error,
                const char *unit)
{
    fprintf(stream, "%s,", quantity);
    pel_table_put_number(stream, value);
    fputc(',', stream);
    if (isfinite(error)) pel_table_put_number(stream, error);
    fprintf(stream, ",%s\n", unit);
}

static pel_status write_table(const struct cli *cli, const struct job *job,
                              struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status = cli_qpd_output(cli, &job->set, cli->output,
                                             job->peaks != NULL ? job->peaks : job->alpha,
                                             "pelrate-qpd-fragility 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    const double T_g = job->glass_K;
    fputs("quantity,value,error,unit\n", stream);
    put(stream, "vft_B", job->vft.law.B_K, job->vft_fitted ? job->vft.error[0] : NAN,
        "K");
    put(stream, "vft_T0", job->vft.law.T0_K, job->vft_fitted ? job->vft.error[1] : NAN,
        "K");
    put(stream, "vft_ln_tau0", job->vft.law.ln_tau0,
        job->vft_fitted ? job->vft.error[2] : NAN, "ln s");
    put(stream, "vft_tau0", exp(job->vft.law.ln_tau0), NAN, "s");
    put(stream, "T_g", T_g, NAN, "K");
    put(stream, "m", pel_fragility_alpha(&job->vft.law, T_g), NAN, "1");
    put(stream, "m_beta_per_E_beta", pel_fragility_beta(1.0, T_g), NAN, "1/eV");
    if (job->has_beta) {
        const struct pel_arrhenius *law = &job->beta.law;
        const double error = job->beta_fitted ? job->beta.energy_error_eV : NAN;
        put(stream, "E_beta", law->energy_eV, error, "eV");
        put(stream, "ln_f0", -law->ln_tau0 - log(2.0 * PEL_PI),
            job->beta_fitted ? job->beta.ln_f0_error : NAN, "ln Hz");
        put(stream, "m_beta", pel_fragility_beta(law->energy_eV, T_g),
            pel_fragility_beta(error, T_g), "1");
        double T[2];
        const size_t n = pel_fragility_crossings(law, &job->vft.law, T);
        for (size_t i = 0; i < n; i++) {
            /* On cooling through the crossing the alpha relaxation becomes the slower one,
             * or the beta relaxation does. */
            const int splits = pel_vft_energy(&job->vft.law, T[i]) > law->energy_eV;
            put(stream, splits ? "T_crossing" : "T_other_crossing", T[i], NAN, "K");
            put(stream, splits ? "tau_crossing" : "tau_other_crossing",
                pel_arrhenius_tau(law, T[i]), NAN, "s");
        }
    }
    return pel_output_commit(output, err);
}

static pel_status write_family(const struct cli *cli, const struct job *job,
                               struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status = cli_qpd_output(cli, &job->set, job->family, job->alpha,
                                             "pelrate-qpd-family 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    fputs("activation_energy_eV,temperature_K,tau_beta_s,tau_alpha_s,m_beta\n", stream);
    for (size_t k = 0; k < job->energies.n; k++) {
        const struct pel_arrhenius law =
            pel_arrhenius_through(job->energies.values[k], job->set.qpd.crossing_K,
                                  job->set.qpd.crossing_tau_s);
        for (size_t i = 0; i < job->temperature.n; i++) {
            const double T = job->temperature.values[i],
                         tau = pel_vft_tau(&job->vft.law, T);
            const double row[] = {law.energy_eV, T, pel_arrhenius_tau(&law, T),
                                  isfinite(tau) ? tau : NAN,
                                  pel_fragility_beta(law.energy_eV, job->glass_K)};
            pel_table_put_row(stream, sizeof row / sizeof row[0], row);
        }
    }
    return pel_output_commit(output, err);
}

/* log10 tau over 1000/T: the alpha law, the family, and the beta law. */
static pel_status draw(const struct cli *cli, const struct job *job,
                       struct pel_error *err)
{
    struct cli_plot *plot;
    const pel_status status = cli_plot_open(cli, &plot, err);
    if (status != PEL_OK) return status;
    FILE *script = cli_plot_script(plot);
    char below[96];
    snprintf(below, sizeof below, "{/:Italic T}_g = %.1f K, {/:Italic m} = %.1f",
             job->glass_K, pel_fragility_alpha(&job->vft.law, job->glass_K));
    cli_qpd_title(&job->set, script, "Relaxation times", below);
    const struct cli_list *T = &job->temperature;
    fputs("$alpha << EOD\n", script);
    for (size_t i = 0; i < T->n; i++) {
        const double tau = log10(pel_vft_tau(&job->vft.law, T->values[i]));
        const double row[] = {1000.0 / T->values[i], tau < 12.0 ? tau : NAN};
        cli_plot_row(script, 2, row);
    }
    fputs("EOD\n", script);
    for (size_t k = 0; k < job->energies.n + (size_t)job->has_beta; k++) {
        const struct pel_arrhenius law =
            k < job->energies.n
                ? pel_arrhenius_through(job->energies.values[k], job->set.qpd.crossing_K,
                                        job->set.qpd.crossing_tau_s)
                : job->beta.law;
        fprintf(script, "$beta%zu << EOD\n", k);
        for (size_t i = 0; i < T->n; i++) {
            const double tau = log10(pel_arrhenius_tau(&law, T->values[i]));
            const double row[] = {1000.0 / T->values[i], tau < 12.0 ? tau : NAN};
            cli_plot_row(script, 2, row);
        }
        fputs("EOD\n", script);
    }
    fputs(
        "set autoscale xfix\nset grid lc rgb '#e4e4e4' lt 1\nset key top left Left reverse\n"
        "set xlabel '1000/{/:Italic T} (1/K)'\nset ylabel 'log_{10} {/:Italic τ} (s)'\nplot ",
        script);
    for (size_t k = 0; k < job->energies.n; k++) {
        char number[CLI_PLOT_NUMBER];
        fprintf(script,
                "$beta%zu using 1:2 with lines lw 2 lc rgb '%s' title '%s eV', \\\n  ", k,
                cli_plot_colour(k, job->energies.n),
                cli_plot_number(number, job->energies.values[k]));
    }
    if (job->has_beta) {
        char number[CLI_PLOT_NUMBER];
        fprintf(
            script,
            "$beta%zu using 1:2 with lines lw 3 lc rgb '#d7301f' title 'β, %s eV', \\\n  ",
            job->energies.n, cli_plot_number(number, job->beta.law.energy_eV));
    }
    fputs("$alpha using 1:2 with lines lw 3 dt 2 lc rgb '#202020' title 'α, VFT'\n",
          script);
    return cli_plot_draw(plot, err);
}

static int check(struct cli *cli, struct job *job)
{
    int status = cli_qpd_check(cli, &job->set);
    if (status != CLI_DONE) return status;
    for (size_t i = 0; i < job->energies.n; i++)
        if (!(job->energies.values[i] > 0.0))
            return cli_usage(cli, "--energies: %g eV, expected above 0",
                             job->energies.values[i]);
    for (size_t i = 0; i < job->temperature.n; i++)
        if (!(job->temperature.values[i] > 0.0))
            return cli_usage(cli, "--temperature: %g K, expected above 0",
                             job->temperature.values[i]);
    if (job->family != NULL && job->energies.n == 0)
        return cli_usage(cli, "--family needs --energies");
    if (job->energies.n > 0 && job->family == NULL && cli->plot == NULL)
        return cli_usage(cli, "--energies needs --family or --plot");
    if (job->temperature.n == 0) {
        enum { POINTS = 121 };
        job->temperature.n = POINTS;
        job->temperature.values =
            cli_own(cli, calloc(POINTS, sizeof *job->temperature.values));
        for (int i = 0; job->temperature.values != NULL && i < POINTS; i++)
            job->temperature.values[i] = 300.0 + 2.5 * i;
        if (job->temperature.values == NULL) return CLI_FAILED;
    }
    return cli_outputs_check(cli, 1, &job->family);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.set = cli_qpd_begin()};
    const struct cli_option options[] = {
        {"peaks", CLI_TEXT, &job.peaks, "FILE",
         "fit E_beta to peak temperatures: frequency_Hz,temperature_K"},
        {"alpha", CLI_TEXT, &job.alpha, "FILE",
         "fit the VFT law to alpha times: temperature_K,tau_s"},
        {"energies", CLI_LIST, &job.energies, "A:B:n",
         "activation energies of a family (eV)"},
        {"temperature", CLI_LIST, &job.temperature, "A:B:n",
         "of --family and --plot (K; default: 300:600:121)"},
        {"family", CLI_TEXT, &job.family, "FILE", "write the family here"},
        CLI_QPD_OPTIONS(&job.set),
        {0}};
    const char *const *operands;
    size_t n;
    int finished;
    int exit_status = cli_parse(cli, options, CLI_WITH_OUTPUT | CLI_WITH_PLOT, argc, argv,
                                1, 1, &n, &operands, &finished);
    if (exit_status != CLI_DONE || finished) return exit_status;
    exit_status = check(cli, &job);
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    pel_status status = cli_qpd_open(&job.set, operands[0], 0, &err);
    if (status == PEL_OK) status = find_laws(cli, &job, &err);
    if (status == PEL_OK) status = write_table(cli, &job, &err);
    if (status == PEL_OK && job.family != NULL) status = write_family(cli, &job, &err);
    if (status == PEL_OK && cli->plot != NULL) status = draw(cli, &job, &err);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_qpd_fragility = {
    "qpd fragility", "Arrhenius and VFT laws, their crossing, fragilities", "PARAMETERS",
    details, run};

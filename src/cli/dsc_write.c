#include "dsc_job.h"

#include <math.h>
#include <pelrate/kissinger.h>
#include <pelrate/provenance.h>
#include <pelrate/table.h>
#include <pelrate/text.h>
#include <stdlib.h>

void dsc_peaks_values(const struct pel_dsc_peaks *p, double values[DSC_PEAKS])
{
    const double all[DSC_PEAKS] = {p->e_glass,          p->fictive_temperature_K,
                                   p->onset_K,          p->peak_K,
                                   p->peak_heat_flow,   p->end_K,
                                   p->enthalpy_J_per_g, p->enthalpy_kJ_per_mol,
                                   p->endotherm_peak_K, p->equal_area_K};
    for (size_t i = 0; i < DSC_PEAKS; i++)
        values[i] = all[i];
}

double dsc_total_heat_flow(const struct dsc_job *job, const struct dsc_scan *scan,
                           const struct pel_dsc_row *row)
{
    const double taken_up =
        pel_heat_capacity_at(&job->vibrations, row->temperature_K) * scan->heat_K_per_s;
    return row->heat_flow + (job->settings.sign == PEL_DSC_EXO_UP ? -taken_up : taken_up);
}

static void put_key(FILE *stream, const char *key, double value)
{
    char text[PEL_TEXT_DOUBLE];
    pel_provenance_put(stream, key, "%s", pel_text_double(text, value));
}

static void put_list(FILE *stream, const char *key, const struct cli_list *list)
{
    char text[PEL_TEXT_DOUBLE];
    fprintf(stream, "# %s:", key);
    for (size_t i = 0; i < list->n; i++)
        fprintf(stream, " %s", pel_text_double(text, list->values[i]));
    fputc('\n', stream);
}

/* All tables say how the glasses were treated. */
static pel_status open_table(const struct cli *cli, const struct cli_theory *theory,
                             const struct dsc_job *job, const char *path,
                             const char *format, struct pel_output **out,
                             struct pel_error *err)
{
    const pel_status status =
        cli_theory_output(cli, theory, path, NULL, format, out, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(*out);
    put_list(stream, "heat_K_per_s", &job->heat);
    put_key(stream, "start_K", job->settings.start_K);
    put_key(stream, "bottom_K", job->settings.bottom_K);
    put_key(stream, "end_K", job->settings.end_K);
    if (!isnan(job->anneal_K)) {
        put_key(stream, "anneal_K", job->anneal_K);
        put_list(stream, "anneal_s", &job->anneal_s);
    }
    pel_provenance_put(stream, "exo", "%s", job->exo);
    if (job->cp != NULL) pel_provenance_put(stream, "heat_capacity", "%s", job->cp);
    cli_replicates_keys(&job->bands, theory, stream);
    return PEL_OK;
}

/* Columns that only some commands need: which of several treatments a scan had. */
static const char *more_columns(const struct dsc_job *job)
{
    if (job->heat.n > 1)
        return isnan(job->anneal_K) ? ",heat_K_per_s" : ",heat_K_per_s,anneal_s";
    return isnan(job->anneal_K) ? "" : ",anneal_s";
}

static size_t put_treatment(const struct dsc_job *job, const struct dsc_scan *scan,
                            double row[])
{
    size_t n = 0;
    if (job->heat.n > 1) row[n++] = scan->heat_K_per_s;
    if (!isnan(job->anneal_K)) row[n++] = scan->anneal_s;
    return n;
}

pel_status dsc_write_scans(const struct cli *cli, const struct cli_theory *theory,
                           const struct dsc_job *job, struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status =
        open_table(cli, theory, job, cli->output, "pelrate-dsc 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    char columns[512];
    snprintf(columns, sizeof columns,
             "cool_K_per_s,time_s,temperature_K,e_is_eV_per_atom,"
             "de_dT_eV_per_atom_per_K,heat_flow_W_per_g%s%s%s",
             more_columns(job),
             job->cp != NULL ? ",cp_J_per_g_K,total_heat_flow_W_per_g" : "",
             job->bands.n > 0 ? ",heat_flow_lo_W_per_g,heat_flow_hi_W_per_g" : "");
    cli_theory_columns(theory, stream, columns);
    for (size_t i = 0; i < job->n_scans; i++) {
        const struct dsc_scan *scan = &job->scan[i];
        for (size_t k = 0; k < scan->dsc->n; k++) {
            const struct pel_dsc_row *r = &scan->dsc->rows[k];
            double row[12] = {scan->cool_K_per_s, r->time_s,   r->temperature_K, r->e_is,
                              r->de_dT,           r->heat_flow};
            size_t n = 6;
            n += put_treatment(job, scan, row + n);
            if (job->cp != NULL) {
                row[n++] = pel_heat_capacity_at(&job->vibrations, r->temperature_K);
                row[n++] = dsc_total_heat_flow(job, scan, r);
            }
            if (job->bands.n > 0) {
                row[n++] = job->bands.lo[scan->first_band + k];
                row[n++] = job->bands.hi[scan->first_band + k];
            }
            cli_theory_row(theory, stream, n, row, r->extrapolated);
        }
    }
    return pel_output_commit(output, err);
}

pel_status dsc_write_peaks(const struct cli *cli, const struct cli_theory *theory,
                           const struct dsc_job *job, struct pel_error *err)
{
    static const char *const names[DSC_PEAKS][2] = {{"e_glass", "eV_per_atom"},
                                                    {"fictive_temperature", "K"},
                                                    {"onset", "K"},
                                                    {"peak", "K"},
                                                    {"peak_heat_flow", "W_per_g"},
                                                    {"end", "K"},
                                                    {"enthalpy", "J_per_g"},
                                                    {"enthalpy", "kJ_per_mol"},
                                                    {"endotherm_peak", "K"},
                                                    {"fictive_equal_area", "K"}};
    struct pel_output *output;
    const pel_status status =
        open_table(cli, theory, job, job->peaks, "pelrate-dsc-peaks 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    char columns[2048];
    size_t used = (size_t)snprintf(columns, sizeof columns, "cool_K_per_s");
    for (size_t k = 0; k < DSC_PEAKS; k++)
        used += (size_t)snprintf(columns + used, sizeof columns - used, ",%s_%s",
                                 names[k][0], names[k][1]);
    used +=
        (size_t)snprintf(columns + used, sizeof columns - used, "%s", more_columns(job));
    for (size_t k = 0; job->bands.n > 0 && k < DSC_PEAKS; k++)
        used +=
            (size_t)snprintf(columns + used, sizeof columns - used, ",%s_lo_%s,%s_hi_%s",
                             names[k][0], names[k][1], names[k][0], names[k][1]);
    cli_theory_columns(theory, stream, columns);
    for (size_t i = 0; i < job->n_scans; i++) {
        const struct dsc_scan *scan = &job->scan[i];
        double row[3 * DSC_PEAKS + 4] = {scan->cool_K_per_s};
        size_t n = 1;
        dsc_peaks_values(&scan->dsc->peaks, row + n);
        n += DSC_PEAKS;
        n += put_treatment(job, scan, row + n);
        for (size_t k = 0; job->bands.n > 0 && k < DSC_PEAKS; k++) {
            row[n++] = job->bands.lo[scan->first_band + scan->dsc->n + k];
            row[n++] = job->bands.hi[scan->first_band + scan->dsc->n + k];
        }
        int extrapolated = 0;
        for (size_t k = 0; k < scan->dsc->n; k++)
            extrapolated |= scan->dsc->rows[k].extrapolated;
        cli_theory_row(theory, stream, n, row, extrapolated);
    }
    return pel_output_commit(output, err);
}

/* A temperature of a scan that moves with the rate of heating. */
static double feature_K(const struct pel_dsc_peaks *peaks, size_t feature)
{
    const double all[] = {peaks->onset_K, peaks->peak_K, peaks->endotherm_peak_K};
    return all[feature];
}

pel_status dsc_write_kissinger(const struct cli *cli, const struct cli_theory *theory,
                               const struct dsc_job *job, struct pel_error *err)
{
    static const char *const features[] = {"onset", "peak", "endotherm_peak"};
    const size_t n = job->heat.n;
    double *T = malloc(n * sizeof *T);
    if (T == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu heating rates", n);
    struct pel_output *output;
    const pel_status status =
        open_table(cli, theory, job, job->kissinger, "pelrate-kissinger 1", &output, err);
    if (status != PEL_OK) {
        free(T);
        return status;
    }
    FILE *stream = pel_output_stream(output);
    fputs("feature,cool_K_per_s,anneal_s,rates,kissinger_eV,kissinger_se_eV,ozawa_eV,"
          "ozawa_se_eV\n",
          stream);
    for (size_t first = 0; first < job->n_scans; first += n)
        for (size_t f = 0; f < sizeof features / sizeof features[0]; f++) {
            const struct dsc_scan *scan = &job->scan[first];
            for (size_t k = 0; k < n; k++)
                T[k] = feature_K(&scan[k].dsc->peaks, f);
            /* Fewer than two: empty fields. */
            struct pel_kissinger fit;
            pel_kissinger_fit(n, job->heat.values, T, &fit, NULL);
            fprintf(stream, "%s,", features[f]);
            const double row[] = {scan->cool_K_per_s, scan->anneal_s,   (double)fit.n,
                                  fit.kissinger_eV,   fit.kissinger_se, fit.ozawa_eV,
                                  fit.ozawa_se};
            pel_table_put_row(stream, sizeof row / sizeof row[0], row);
        }
    free(T);
    return pel_output_commit(output, err);
}

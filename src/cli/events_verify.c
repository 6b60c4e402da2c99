#include "events_verify.h"

#include <pelrate/provenance.h>
#include <pelrate/table.h>
#include <pelrate/text.h>
#include <pelrate/verify.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Share of events that must pass. */
static const double wanted = 0.99;

static const char columns[] =
    "sample,search,pass,reason,e_a_eV,e_a_difference_eV,e_r_eV,e_r_difference_eV,"
    "max_force_initial_eV_per_A,max_force_saddle_eV_per_A,max_force_final_eV_per_A,"
    "moved_saddle_A,moved_final_A,negative_eigenvalues,negative_eigenvalues_initial,"
    "negative_eigenvalues_final,method,eigenvalue_eV_per_A2,connected_initial_A,"
    "connected_final_A,force_calls\n";

static void put_row(FILE *stream, const char *sample, const struct pel_verify_result *r)
{
    const double first[] = {r->e_a_eV,
                            r->e_a_difference_eV,
                            r->e_r_eV,
                            r->e_r_difference_eV,
                            r->force_initial_eV_per_A,
                            r->force_saddle_eV_per_A,
                            r->force_final_eV_per_A,
                            r->moved_saddle_A,
                            r->moved_final_A};
    const double last[] = {r->eigenvalue_eV_per_A2, r->connected_initial_A,
                           r->connected_final_A};
    pel_table_put_text(stream, sample);
    fprintf(stream, ",%zu,%d,%s", r->search, r->reason == PEL_VERIFY_PASS,
            pel_verify_reason_word(r->reason));
    for (size_t k = 0; k < sizeof first / sizeof *first; k++) {
        fputc(',', stream);
        if (!isnan(first[k])) pel_table_put_number(stream, first[k]);
    }
    fprintf(stream, ",%zu,%zu,%zu,%s", r->negative_saddle, r->negative_initial,
            r->negative_final, r->dense ? "factorisation" : "lanczos");
    for (size_t k = 0; k < sizeof last / sizeof *last; k++) {
        fputc(',', stream);
        if (isfinite(last[k])) pel_table_put_number(stream, last[k]);
    }
    fprintf(stream, ",%zu\n", r->force_calls);
}

/* A catalogue of displaced atoms alone begins elsewhere: a point may be found as far away as
 * what was left out amounts to. Its energy has to be the same as ever. */
static void allow_for_thin(struct pel_catalogue *catalogue,
                           struct pel_verify_settings *settings)
{
    const double moved_over = cli_stored_number(catalogue, "moved_over_A");
    struct pel_catalogue_sample sample;
    if (!(moved_over > 0.0) ||
        pel_catalogue_sample(catalogue, 0, &sample, NULL) != PEL_OK)
        return;
    settings->same_distance_A += moved_over * sqrt((double)sample.atoms);
    pel_catalogue_sample_free(&sample);
}

static void put_settings(FILE *stream, const struct pel_verify_settings *s)
{
    const struct {
        const char *key;
        double value;
    } rows[] = {{"verify_force_eV_per_A", s->force_eV_per_A},
                {"verify_energy_eV", s->energy_eV},
                {"verify_same_distance_A", s->same_distance_A},
                {"verify_dense_atoms", (double)s->dense_atoms},
                {"verify_lanczos_vectors", (double)s->vectors},
                {"verify_push_A", s->push_A},
                {"verify_capture_A", s->capture_A},
                {"verify_descent_force_eV_per_A", s->descent_force_eV_per_A}};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        char text[PEL_TEXT_DOUBLE];
        pel_provenance_put(stream, rows[k].key, "%s",
                           pel_text_double(text, rows[k].value));
    }
}

static pel_status write_table(struct cli *cli, struct pel_catalogue *catalogue,
                              const struct pel_potential *potential,
                              const struct pel_verify_settings *settings, size_t n,
                              size_t passed, const struct pel_verify_result results[],
                              struct pel_error *err)
{
    struct pel_output *output = NULL;
    pel_status status =
        cli_open(cli, cli->output, "pelrate-verify 1", 0, NULL, &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    cli_interaction_put(stream, potential);
    put_settings(stream, settings);
    pel_provenance_put(stream, "events", "%zu", n);
    pel_provenance_put(stream, "passed", "%zu", passed);
    fputs(columns, stream);
    struct pel_catalogue_sample sample = {0};
    for (size_t k = 0; status == PEL_OK && k < n; k++) {
        if (k == 0 || results[k].sample != results[k - 1].sample) {
            pel_catalogue_sample_free(&sample);
            status = pel_catalogue_sample(catalogue, results[k].sample, &sample, err);
        }
        if (status == PEL_OK) put_row(stream, sample.name, &results[k]);
    }
    pel_catalogue_sample_free(&sample);
    if (status == PEL_OK) return pel_output_commit(output, err);
    pel_output_discard(output);
    return status;
}

/* How many pass, what is wrong with the others, how far the stored energies are off. */
static void tell(const struct cli *cli, size_t n,
                 const struct pel_verify_result results[])
{
    size_t count[PEL_VERIFY_N_REASON] = {0};
    double most = 0.0;
    for (size_t k = 0; k < n; k++) {
        count[results[k].reason]++;
        most = fmax(most, fmax(fabs(results[k].e_a_difference_eV),
                               fabs(results[k].e_r_difference_eV)));
    }
    cli_note(cli,
             "%zu of %zu events pass (%.1f %%); stored energies are off by %.2g eV at "
             "most",
             count[PEL_VERIFY_PASS], n,
             n > 0 ? 100.0 * (double)count[PEL_VERIFY_PASS] / (double)n : 0.0, most);
    for (int k = PEL_VERIFY_PASS + 1; k < PEL_VERIFY_N_REASON; k++)
        if (count[k] > 0)
            cli_note(cli, "  %zu %s: %s", count[k],
                     pel_verify_reason_word((enum pel_verify_reason)k),
                     pel_verify_reason_text((enum pel_verify_reason)k));
}

int cli_events_verify(struct cli *cli, struct pel_catalogue *catalogue,
                      const struct cli_interaction *it, size_t n)
{
    struct pel_error err = {0};
    struct pel_potential *potential = NULL;
    struct pel_verify_result *results = NULL;
    struct pel_verify_settings settings = pel_verify_defaults();
    size_t n_results = 0, passed = 0;
    allow_for_thin(catalogue, &settings);
    pel_status status = cli_stored_potential(cli, catalogue, it, &potential, &err);
    if (status == PEL_OK) {
        cli_progress_start(cli, "verify");
        status = pel_verify_catalogue(catalogue, potential, &settings, n,
                                      (uint64_t)cli->seed, (size_t)cli->threads,
                                      &cli->progress, &n_results, &results, &err);
        cli_progress_end(cli);
    }
    for (size_t k = 0; k < n_results; k++)
        passed += results[k].reason == PEL_VERIFY_PASS;
    if (status == PEL_OK)
        status = write_table(cli, catalogue, potential, &settings, n_results, passed,
                             results, &err);
    if (status == PEL_OK) tell(cli, n_results, results);
    free(results);
    pel_potential_free(potential);
    if (status != PEL_OK) return cli_fail(cli, &err);
    if ((double)passed >= wanted * (double)n_results) return CLI_DONE;
    pel_error_set(&err, PEL_ENOCONV, "%zu of %zu events fail, expected 1 %% at most",
                  n_results - passed, n_results);
    return cli_fail(cli, &err);
}

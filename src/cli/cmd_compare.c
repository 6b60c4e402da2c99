#include "command.h"
#include "compare_pairs.h"
#include "compare_plot.h"

#include <math.h>
#include <pelrate/agemap.h>
#include <pelrate/closure.h>
#include <pelrate/compare.h>
#include <pelrate/provenance.h>
#include <pelrate/table.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char details[] =
    "Landscapes held against a measured map of the ageing rate, as `pelrate surface` "
    "writes it\n(Liu et al. 2020, Fig. 4b): one row for each landscape and closure "
    "(--closure NAME,...).\nSelections of events are landscapes of their own, made by "
    "`pelrate fit`. A second map\n(of `surface` or `map`; closure `map` in the table) is "
    "held against the first likewise.\n\n"
    "Where the map has data and the landscape is sampled (points), and the sign of the "
    "rate is\nknown (resolved): rms_log10 and mean_log10 of theory over measurement, the "
    "share of\nequal signs, each with its band over the replicates of the map; "
    "noise_log10 is what a\nperfect theory would show; zero counts points where the "
    "theory stands still, too_fast\nthose not resolved where it is faster than twice what "
    "the band allows. Then mean and rms\ndifference of T_max and T_ss (K). --curves: "
    "these at each E_IS, with bands.\n--bands adds columns theory_low and theory_high: "
    "bands over replicates of the landscape\nwhose events are drawn anew (of a second "
    "map: over those in it). --plot draws the pair\nof lowest rms_log10.\n\n"
    "Example: a map of rates that M1 made, beside M1 and R1\n"
    "  $ pelrate mine data/reference/m1.curves.csv -o rates.csv\n"
    "  $ pelrate surface rates.csv --temperature 500:900:41 --e-is -4.678:-4.667:23 "
    "-o map.csv\n"
    "  $ pelrate compare map.csv data/reference/m1.landscape.csv "
    "data/reference/r1.landscape.csv --closure log-mean,kinetic -o table.csv "
    "--plot compare.svg\n";

struct job {
    struct cli_texts closures;
    const char *curves; /* file; NULL: not wanted */
    double share;
    struct cli_replicates bands;
    struct cli_theory theory; /* its options; paths and closures come and go */
    struct pel_agemap *map;   /* owned */
    struct cli_pair *pairs;   /* [n_pairs], owned by the cli */
    size_t n_pairs;
};

static const char *name_of(const struct cli_pair *pair)
{
    return pair->closure != NULL ? pair->closure : "map";
}

/* The pairs to be: every landscape under every closure, every map once. */
static pel_status list_pairs(struct cli *cli, struct job *job, struct cli_pair **out,
                             size_t *n, struct pel_error *err)
{
    struct cli_pair *pairs =
        cli_own(cli, calloc((cli->n_operands - 1) * job->closures.n, sizeof *pairs));
    if (pairs == NULL) return pel_error_set(err, PEL_ENOMEM, "comparison");
    *n = 0;
    for (size_t i = 1; i < cli->n_operands; i++) {
        int is_map;
        pel_status status = cli_pair_is_map(cli->operands[i], &is_map, err);
        if (status != PEL_OK) return status;
        for (size_t k = 0; k < (is_map ? 1 : job->closures.n); k++)
            pairs[(*n)++] =
                (struct cli_pair){.path = cli->operands[i],
                                  .closure = is_map ? NULL : job->closures.values[k]};
        if (is_map || job->theory.closure != NULL) continue;
        status = cli_pair_take_treatment(&pairs[*n - 1], err);
        if (status != PEL_OK) return status;
    }
    *out = pairs;
    return PEL_OK;
}

/* Whether the options of closures belong to a closure of the pairs: without --closure the
 * landscapes say these. */
static pel_status check_parameters(const struct job *job, const struct cli_pair *pairs,
                                   size_t n, struct pel_error *err)
{
    int needs_z = 0, needs_pair = 0;
    for (size_t k = 0; k < n; k++) {
        const struct pel_closure *closure;
        if (pairs[k].closure == NULL) continue;
        const pel_status status = pel_closure_find(pairs[k].closure, &closure, err);
        if (status != PEL_OK) return status;
        needs_z |= closure->needs_z;
        needs_pair |= closure->needs_pair_eV;
    }
    if ((job->theory.z != NULL || job->theory.z_column != NULL) && !needs_z)
        return pel_error_set(err, PEL_EARG, "--z belongs to --closure committor");
    if (job->theory.pair_eV != 0.0 && !needs_pair)
        return pel_error_set(err, PEL_EARG,
                             "--pair-barrier belongs to --closure two-level");
    return PEL_OK;
}

/* All pairs. One that cannot be, such as a closure of events under a landscape without
 * any, is left out and said; none at all is an error. */
static pel_status compare_all(struct cli *cli, struct job *job, struct pel_error *err)
{
    size_t n = 0;
    pel_status status = list_pairs(cli, job, &job->pairs, &n, err);
    if (status == PEL_OK) status = check_parameters(job, job->pairs, n, err);
    if (status != PEL_OK) return status;
    cli_progress_start(cli, "compare");
    for (size_t k = 0; k < n; k++) {
        struct cli_pair *pair = &job->pairs[job->n_pairs];
        *pair = job->pairs[k];
        status = cli_pair_compare(cli, job->map, job->share, &job->bands, &job->theory,
                                  pair, err);
        if (status == PEL_OK)
            job->n_pairs++;
        else if (n > 1 && (status == PEL_EARG || status == PEL_ERANGE))
            cli_note(cli, "%s, %s: left out: %s", pair->path, name_of(pair), err->text);
        else
            break;
        if (pel_progress_report(&cli->progress, (double)(k + 1), (double)n, "compare") !=
            PEL_OK) {
            status = pel_error_set(err, PEL_ESTOPPED, "interrupted");
            break;
        }
        status = PEL_OK;
    }
    cli_progress_end(cli);
    if (status == PEL_OK && job->n_pairs == 0)
        status = pel_error_set(err, PEL_ERANGE, "no landscape and closure to compare");
    return status;
}

static pel_status open_table(const struct cli *cli, const struct job *job,
                             const char *path, const char *format,
                             struct pel_output **output, struct pel_error *err)
{
    const pel_status status =
        cli_open(cli, path, format, cli->n_operands, cli->operands, output, err);
    if (status != PEL_OK) return status;
    pel_provenance_put(pel_output_stream(*output), "band_share", "%.6g", job->share);
    pel_provenance_put(pel_output_stream(*output), "replicates", "%zu",
                       job->map->n_replicates);
    if (job->theory.z != NULL)
        pel_provenance_put(pel_output_stream(*output), "z", "%s", job->theory.z);
    if (job->theory.pair_eV > 0.0)
        pel_provenance_put(pel_output_stream(*output), "pair_barrier_eV", "%.17g",
                           job->theory.pair_eV);
    for (size_t k = 0; k < job->n_pairs; k++)
        if (job->pairs[k].recorded) {
            pel_provenance_put(pel_output_stream(*output), "closure_from",
                               "treatment in the landscape, where it has one");
            break;
        }
    if (job->bands.n > 0)
        pel_provenance_put(pel_output_stream(*output), "theory_replicates", "%lld",
                           job->bands.n);
    return PEL_OK;
}

/* The start of a row. */
static void put_pair(FILE *stream, const struct cli_pair *pair)
{
    pel_table_put_text(stream, pair->path);
    fprintf(stream, ",%s,", name_of(pair));
}

/* The end of a row: n numbers, with --bands the ends of m bands of the theory from the
 * first-th on. */
static void put_numbers(FILE *stream, const struct job *job, size_t n, const double row[],
                        const struct cli_pair *pair, size_t first, size_t m)
{
    double all[64];
    size_t k = 0;
    for (; k < n; k++)
        all[k] = row[k];
    for (size_t i = first; job->bands.n > 0 && i < first + m; i++) {
        all[k++] = pair->lo != NULL ? pair->lo[i] : NAN;
        all[k++] = pair->hi != NULL ? pair->hi[i] : NAN;
    }
    pel_table_put_row(stream, k, all);
}

static pel_status write_table(const struct cli *cli, const struct job *job,
                              struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status =
        open_table(cli, job, cli->output, "pelrate-compare 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    fputs("landscape,closure,points,resolved,zero,too_fast,rms_log10,rms_log10_low,"
          "rms_log10_high,mean_log10,mean_log10_low,mean_log10_high,sign_agreement,"
          "sign_agreement_low,sign_agreement_high,noise_log10,T_max_count,T_max_mean_K,"
          "T_max_rms_K,T_ss_count,T_ss_mean_K,T_ss_rms_K",
          stream);
    if (job->bands.n > 0)
        fputs(",rms_log10_theory_low,rms_log10_theory_high,mean_log10_theory_low,"
              "mean_log10_theory_high,sign_agreement_theory_low,"
              "sign_agreement_theory_high,T_max_mean_theory_low_K,"
              "T_max_mean_theory_high_K,T_ss_mean_theory_low_K,T_ss_mean_theory_high_K",
              stream);
    fputc('\n', stream);
    for (size_t k = 0; k < job->n_pairs; k++) {
        const struct pel_comparison *r = &job->pairs[k].result;
        const double row[] = {(double)r->points,  (double)r->resolved,
                              (double)r->zero,    (double)r->too_fast,
                              r->rms.value,       r->rms.low,
                              r->rms.high,        r->mean.value,
                              r->mean.low,        r->mean.high,
                              r->agreement.value, r->agreement.low,
                              r->agreement.high,  r->noise,
                              (double)r->n_T_max, r->T_max_mean_K,
                              r->T_max_rms_K,     (double)r->n_T_ss,
                              r->T_ss_mean_K,     r->T_ss_rms_K};
        put_pair(stream, &job->pairs[k]);
        put_numbers(stream, job, sizeof row / sizeof row[0], row, &job->pairs[k], 0,
                    CLI_PAIR_BANDED);
    }
    return pel_output_commit(output, err);
}

static pel_status write_curves(const struct cli *cli, const struct job *job,
                               struct pel_error *err)
{
    struct pel_output *output;
    const pel_status status =
        open_table(cli, job, job->curves, "pelrate-compare-curves 1", &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    fputs("landscape,closure,e_is_eV_per_atom,T_max_K,T_max_difference_K,"
          "T_max_difference_low_K,T_max_difference_high_K,T_ss_K,T_ss_difference_K,"
          "T_ss_difference_low_K,T_ss_difference_high_K",
          stream);
    if (job->bands.n > 0)
        fputs(",T_max_theory_low_K,T_max_theory_high_K,T_ss_theory_low_K,"
              "T_ss_theory_high_K",
              stream);
    fputc('\n', stream);
    for (size_t k = 0; k < job->n_pairs; k++)
        for (size_t i = 0; i < job->map->n_curves; i++) {
            const struct pel_compare_curve *c = &job->pairs[k].curves[i];
            const double row[] = {c->e_is,
                                  c->T_max_K,
                                  c->T_max_difference_K.value,
                                  c->T_max_difference_K.low,
                                  c->T_max_difference_K.high,
                                  c->T_ss_K,
                                  c->T_ss_difference_K.value,
                                  c->T_ss_difference_K.low,
                                  c->T_ss_difference_K.high};
            put_pair(stream, &job->pairs[k]);
            put_numbers(stream, job, sizeof row / sizeof row[0], row, &job->pairs[k],
                        CLI_PAIR_BANDED + 2 * i, 2);
        }
    return pel_output_commit(output, err);
}

/* The pair that comes closest, in colours. */
static pel_status draw(const struct cli *cli, const struct job *job,
                       struct pel_error *err)
{
    const struct cli_pair *best = &job->pairs[0];
    for (size_t k = 1; k < job->n_pairs; k++)
        if (job->pairs[k].result.rms.value < best->result.rms.value ||
            isnan(best->result.rms.value))
            best = &job->pairs[k];
    struct cli_pair_theory theory;
    pel_status status = cli_pair_open(best, &job->theory, &theory, err);
    if (status == PEL_OK) status = cli_compare_plot(cli, best, &theory, job->map, err);
    cli_pair_close(&theory);
    return status;
}

static void tell(const struct cli *cli, const struct job *job)
{
    if (job->map->n_replicates == 0) cli_note(cli, "the map has no replicates: no bands");
    if (job->map->n_curves == 0)
        cli_note(cli, "the map has no T_max and T_ss: rates alone are compared");
    for (size_t k = 0; k < job->n_pairs; k++)
        if (job->pairs[k].result.resolved == 0)
            cli_note(cli, "%s, %s: no rate of the map in common is told from 0",
                     job->pairs[k].path, name_of(&job->pairs[k]));
}

/* --closure holds one name or several, separated by commas. Returns 0, or -1: a name is
 * empty. */
static int split_closures(struct cli *cli, struct job *job)
{
    const char *text = job->theory.closure != NULL ? job->theory.closure : "log-mean";
    char *copy = cli_own(cli, strdup(text));
    job->closures.values =
        cli_own(cli, calloc(strlen(text) + 1, sizeof *job->closures.values));
    if (copy == NULL || job->closures.values == NULL) return -1;
    for (char *name = copy, *comma; name != NULL; name = comma) {
        comma = strchr(name, ',');
        if (comma != NULL) *comma++ = '\0';
        if (*name == '\0') return -1;
        job->closures.values[job->closures.n++] = name;
    }
    return 0;
}

static int check(struct cli *cli, struct job *job)
{
    struct pel_error err = {0};
    if (split_closures(cli, job) != 0) return cli_usage(cli, "--closure: no name");
    int needs_z = 0, needs_pair = 0;
    for (size_t k = 0; k < job->closures.n; k++) {
        const struct pel_closure *closure;
        if (pel_closure_find(job->closures.values[k], &closure, &err) != PEL_OK)
            return cli_usage(cli, "--closure: %s", err.text);
        needs_z |= closure->needs_z;
        needs_pair |= closure->needs_pair_eV;
    }
    const int named =
        job->theory.closure != NULL; /* else the landscapes say what is needed */
    if (named && (job->theory.z != NULL || job->theory.z_column != NULL) && !needs_z)
        return cli_usage(cli, "--z belongs to a closure that needs it");
    if (job->theory.z == NULL && needs_z) return cli_usage(cli, "--z is missing");
    if (named && job->theory.pair_eV != 0.0 && !needs_pair)
        return cli_usage(cli, "--pair-barrier belongs to a closure that needs it");
    if (!(job->theory.pair_eV > 0.0) && needs_pair)
        return cli_usage(cli, "--pair-barrier is missing, or not above 0 eV");
    if (!(job->share > 0.0 && job->share < 1.0))
        return cli_usage(cli, "--band-share: expected a number between 0 and 1");
    job->bands.share = job->share;
    if (job->bands.n != 0 && cli_replicates_check(cli, &job->bands) != CLI_DONE)
        return CLI_USAGE;
    return cli_outputs_check(cli, 1, &job->curves);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.share = pel_compare_settings_defaults().share,
                      .bands = cli_replicates_defaults()};
    const struct cli_option options[] = {
        {"curves", CLI_TEXT, &job.curves, "FILE",
         "write T_max, T_ss and their differences over E_IS here"},
        {"bands", CLI_INTEGER, &job.bands.n, "N",
         "bands of the theory too, from N replicates of each landscape (200, say)"},
        {"band-share", CLI_NUMBER, &job.share, "x",
         "share of the replicates in a band (default: 0.6827)"},
        CLI_THEORY_OPTIONS(&job.theory),
        {0}};
    const char *const *operands;
    size_t n;
    int finished;
    int exit_status =
        cli_parse(cli, options, CLI_WITH_OUTPUT | CLI_WITH_PLOT | CLI_WITH_SEED, argc,
                  argv, 2, SIZE_MAX, &n, &operands, &finished);
    if (exit_status != CLI_DONE || finished) return exit_status;
    exit_status = check(cli, &job);
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    pel_status status = pel_agemap_read(operands[0], &job.map, &err);
    if (status == PEL_OK && cli->plot != NULL)
        status = cli_compare_plot_check(job.map, &err);
    if (status == PEL_OK) status = compare_all(cli, &job, &err);
    if (status == PEL_OK) status = write_table(cli, &job, &err);
    if (status == PEL_OK && job.curves != NULL) status = write_curves(cli, &job, &err);
    if (status == PEL_OK && cli->plot != NULL) status = draw(cli, &job, &err);
    if (status == PEL_OK) tell(cli, &job);
    pel_agemap_free(job.map);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_compare = {"compare",
                                        "landscapes held against a measured map",
                                        "MAP.csv LANDSCAPE|MAP.csv...", details, run};

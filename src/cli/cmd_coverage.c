#include "command.h"
#include "coverage_plot.h"
#include "selection.h"

#include <pelrate/coverage.h>
#include <pelrate/provenance.h>
#include <pelrate/table.h>

#include <math.h>
#include <stdlib.h>

/* clang-format off */
static const char details[] =
    "How much of the escape paths the searches have found, from how often each path was\n"
    "found again: for each sample and each level (the sum over its samples; column sample\n"
    "is empty), for all paths and for the low tail that decides the rates (column\n"
    "below_e_a_eV is empty for all).\n"
    "\n"
    "Columns: searches, valid (searches that gave a path counted here), distinct,\n"
    "singletons and doubletons (paths found once, twice), found_share (Good 1953:\n"
    "probability that the next valid search finds a known path), chao1 (Chao 1984, bias-\n"
    "corrected) with standard deviation and 95 % interval, and capture-recapture between\n"
    "searches of even and of odd number (Chapman 1951): found by either, by both, estimate\n"
    "and standard deviation.\n"
    "\n"
    "Both estimates suppose that searches are independent draws. They hit paths with very\n"
    "unequal probabilities, so both are LOWER bounds of the number of paths that these\n"
    "settings can find, and the intervals those of the bounds.\n"
    "\n"
    "--discovery: sample,e_is_eV_per_atom,searches,distinct,expected and the same of the\n"
    "tail, where expected is the mean over all orders of the searches (rarefaction).\n"
    "\n"
    "  $ pelrate coverage data/cuzr/events.csv --level-edges -4.679,-4.6715 --discovery curves.csv -o coverage.csv\n";
/* clang-format on */

/* Points of a discovery curve: all searches, or this many. */
enum { CURVE_POINTS = 500 };

struct job {
    struct cli_selection selection;
    double tail_eV;        /* --tail */
    const char *discovery; /* --discovery */
    size_t n_inputs;
    const char *const *inputs;
};

static void put_row(FILE *stream, size_t level, double e_is, const char *sample,
                    double below_e_a_eV, const struct pel_coverage *c)
{
    fprintf(stream, "%zu,", level + 1);
    pel_table_put_number(stream, e_is);
    fputc(',', stream);
    pel_table_put_text(stream, sample);
    fputc(',', stream);
    const double row[] = {isfinite(below_e_a_eV) ? below_e_a_eV : NAN,
                          (double)c->searches,
                          (double)c->valid,
                          (double)c->distinct,
                          (double)c->singletons,
                          (double)c->doubletons,
                          c->found_share,
                          c->chao1,
                          c->chao1_sd,
                          c->chao1_lo,
                          c->chao1_hi,
                          (double)c->even,
                          (double)c->odd,
                          (double)c->both,
                          c->recapture,
                          c->recapture_sd};
    pel_table_put_row(stream, sizeof row / sizeof *row, row);
}

/* Samples of a level, then the level. */
static pel_status put_level(const struct pel_pool *pool, size_t l, double below_e_a_eV,
                            FILE *stream, struct pel_error *err)
{
    const struct pel_pool_level *level = &pool->levels[l];
    struct pel_coverage c;
    for (size_t s = level->first_sample; s < level->first_sample + level->n_samples;
         s++) {
        const pel_status status = pel_coverage_of_sample(pool, s, below_e_a_eV, &c, err);
        if (status != PEL_OK) return status;
        put_row(stream, l, pool->samples[s].e_is, pool->samples[s].name, below_e_a_eV,
                &c);
    }
    const pel_status status = pel_coverage_of_level(pool, l, below_e_a_eV, &c, err);
    if (status == PEL_OK) put_row(stream, l, level->e_is, "", below_e_a_eV, &c);
    return status;
}

static pel_status write_coverage(const struct cli *cli, const struct job *job,
                                 const struct pel_pool *pool, struct pel_error *err)
{
    struct pel_output *output;
    pel_status status = cli_open(cli, cli->output, "pelrate-coverage 1", job->n_inputs,
                                 job->inputs, &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    pel_provenance_put(stream, "estimates",
                       "lower bounds: searches hit paths with "
                       "unequal probabilities");
    pel_provenance_put(stream, "settings", "%s", pool->settings);
    fputs("level,e_is_eV_per_atom,sample,below_e_a_eV,searches,valid,distinct,singletons,"
          "doubletons,found_share,chao1,chao1_sd,chao1_lo,chao1_hi,even,odd,both,"
          "recapture,recapture_sd\n",
          stream);
    for (size_t l = 0; status == PEL_OK && l < pool->n_levels; l++) {
        status = put_level(pool, l, INFINITY, stream, err);
        if (status == PEL_OK) status = put_level(pool, l, job->tail_eV, stream, err);
    }
    if (status == PEL_OK) return pel_output_commit(output, err);
    pel_output_discard(output);
    return status;
}

static pel_status put_curve(struct cli *cli, const struct pel_pool *pool, size_t s,
                            double tail_eV, FILE *stream, struct pel_error *err)
{
    const struct pel_pool_sample *sample = &pool->samples[s];
    const size_t all = sample->counts.searches;
    const size_t n = all < CURVE_POINTS ? all : CURVE_POINTS;
    struct pel_coverage_point *points = cli_own(cli, calloc(2 * n, sizeof *points));
    if (points == NULL) return pel_error_set(err, PEL_ENOMEM, "discovery curve");
    pel_status status = pel_coverage_discovery(pool, s, INFINITY, n, points, err);
    if (status == PEL_OK)
        status = pel_coverage_discovery(pool, s, tail_eV, n, points + n, err);
    for (size_t k = 0; status == PEL_OK && k < n; k++) {
        pel_table_put_text(stream, sample->name);
        fputc(',', stream);
        const double row[] = {sample->e_is,
                              (double)points[k].searches,
                              (double)points[k].distinct,
                              points[k].expected,
                              (double)points[n + k].distinct,
                              points[n + k].expected};
        pel_table_put_row(stream, sizeof row / sizeof *row, row);
    }
    return status;
}

static pel_status write_discovery(struct cli *cli, const struct job *job,
                                  const struct pel_pool *pool, struct pel_error *err)
{
    struct pel_output *output;
    pel_status status = cli_open(cli, job->discovery, "pelrate-discovery 1",
                                 job->n_inputs, job->inputs, &output, err);
    if (status != PEL_OK) return status;
    FILE *stream = pel_output_stream(output);
    pel_provenance_put(stream, "tail_below_e_a_eV", "%.17g", job->tail_eV);
    fputs("sample,e_is_eV_per_atom,searches,distinct,expected,tail_distinct,"
          "tail_expected\n",
          stream);
    for (size_t s = 0; status == PEL_OK && s < pool->n_samples; s++)
        status = put_curve(cli, pool, s, job->tail_eV, stream, err);
    if (status == PEL_OK) return pel_output_commit(output, err);
    pel_output_discard(output);
    return status;
}

static pel_status tell(const struct cli *cli, const struct job *job,
                       const struct pel_pool *pool, struct pel_error *err)
{
    for (size_t l = 0; l < pool->n_levels; l++) {
        struct pel_coverage all, tail;
        pel_status status = pel_coverage_of_level(pool, l, INFINITY, &all, err);
        if (status == PEL_OK)
            status = pel_coverage_of_level(pool, l, job->tail_eV, &tail, err);
        if (status != PEL_OK) return status;
        const double n = (double)pool->levels[l].n_samples;
        cli_note(cli,
                 "%.6g eV/atom: %.4g paths a sample found, at least %.4g (95 %%: %.4g to "
                 "%.4g); below %g eV %.4g found, at least %.4g (%.4g to %.4g)",
                 pool->levels[l].e_is, (double)all.distinct / n, all.chao1 / n,
                 all.chao1_lo / n, all.chao1_hi / n, job->tail_eV,
                 (double)tail.distinct / n, tail.chao1 / n, tail.chao1_lo / n,
                 tail.chao1_hi / n);
    }
    return PEL_OK;
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.selection = cli_selection_defaults(), .tail_eV = 0.5};
    const struct cli_option options[] = {
        {"tail", CLI_NUMBER, &job.tail_eV, "E",
         "the low tail are events with a smaller E_A (eV; default: 0.5)"},
        {"discovery", CLI_TEXT, &job.discovery, "FILE",
         "write the discovery curves of the samples here"},
        CLI_SELECTION_OPTIONS(&job.selection),
        {0}};
    const char *const *operands;
    size_t n;
    int finished;
    int exit_status = cli_parse(cli, options, CLI_WITH_OUTPUT | CLI_WITH_PLOT, argc, argv,
                                1, (size_t)argc, &n, &operands, &finished);
    if (exit_status != CLI_DONE || finished) return exit_status;
    if (!(job.tail_eV > 0.0))
        return cli_usage(cli, "--tail: %g eV, expected more than 0", job.tail_eV);
    exit_status = cli_selection_check(cli, &job.selection);
    if (exit_status != CLI_DONE) return exit_status;
    exit_status = cli_outputs_check(cli, 1, &job.discovery);
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    struct pel_pool *pool = NULL;
    job.inputs = cli_selection_inputs(cli, &job.selection, n, operands, &job.n_inputs);
    pel_status status =
        job.inputs != NULL
            ? cli_selection_pool(cli, &job.selection, n, operands, &pool, &err)
            : pel_error_set(&err, PEL_ENOMEM, "out of memory");
    if (status == PEL_OK) status = write_coverage(cli, &job, pool, &err);
    if (status == PEL_OK && job.discovery != NULL)
        status = write_discovery(cli, &job, pool, &err);
    if (status == PEL_OK && cli->plot != NULL)
        status = cli_coverage_plot(cli, pool, job.tail_eV, &err);
    if (status == PEL_OK) status = tell(cli, &job, pool, &err);
    pel_pool_free(pool);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_coverage = {
    "coverage", "how much of the escape paths the searches have found", "EVENTS...",
    details, run};

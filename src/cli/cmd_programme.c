#include "command.h"

#include <math.h>
#include <pelrate/programme.h>
#include <pelrate/provenance.h>
#include <pelrate/text.h>
#include <string.h>

/* clang-format off */
static const char details[] =
    "Makes a temperature programme for `pelrate anneal --programme`: a ramp; a modulated one,\n"
    "a sine on top of the ramp, drawn with --points straight lines a period; or steps, each\n"
    "a short ramp and a hold.\n"
    "\n"
    "Columns: target_K,rate_K_per_s,hold_s, one row a ramp to the target followed by a hold;\n"
    "the first row's target is the temperature at the start. Programmes written by hand may\n"
    "have rate_K_per_min and hold_min instead.\n"
    "\n"
    "Example: 3 K/min with 0.5 K and 60 s of modulation, and what a glass does\n"
    "  $ pelrate programme --start 560 --end 700 --rate 3 --unit K/min --modulate 0.5,60 -o modulated.csv\n"
    "  $ pelrate anneal data/reference/r1.landscape.csv --e-is -4.686 --programme modulated.csv --cp debye:250 -o run.csv\n";
/* clang-format on */

struct job {
    double start_K, end_K;    /* NaN: not given */
    double rate;              /* in unit; NaN: not given */
    const char *unit;         /* "K/s", "K/min" */
    struct cli_list modulate; /* amplitude [K], period [s] */
    long long points;
    double step_K, hold_s; /* NaN: not given */
};

static int check(struct cli *cli, struct job *job)
{
    const struct {
        const char *name;
        double value;
    } must[] = {{"start", job->start_K}, {"end", job->end_K}, {"rate", job->rate}};
    for (size_t i = 0; i < sizeof must / sizeof must[0]; i++) {
        if (isnan(must[i].value)) return cli_usage(cli, "--%s is missing", must[i].name);
        if (!(must[i].value > 0.0))
            return cli_usage(cli, "--%s: %g, expected a number above 0", must[i].name,
                             must[i].value);
    }
    if (strcmp(job->unit, "K/min") == 0)
        job->rate /= 60.0;
    else if (strcmp(job->unit, "K/s") != 0)
        return cli_usage(cli, "--unit: '%s', expected K/s or K/min", job->unit);
    if (job->modulate.n != 0 && !isnan(job->step_K))
        return cli_usage(cli, "--modulate excludes --step");
    if (job->modulate.n != 0 &&
        (job->modulate.n != 2 || !(job->modulate.values[0] > 0.0) ||
         !(job->modulate.values[1] > 0.0)))
        return cli_usage(cli, "--modulate: expected an amplitude (K) and a period (s), "
                              "both above 0");
    if (job->points < 4 || job->points > 10000)
        return cli_usage(cli, "--points: %lld, expected 4 to 10000", job->points);
    if (!isnan(job->step_K) && !(job->step_K > 0.0))
        return cli_usage(cli, "--step: %g K, expected above 0", job->step_K);
    if (isnan(job->step_K) != isnan(job->hold_s))
        return cli_usage(cli, "--step and --hold go together");
    if (!isnan(job->hold_s) && !(job->hold_s > 0.0))
        return cli_usage(cli, "--hold: %g s, expected above 0", job->hold_s);
    return cli_outputs_check(cli, 0, NULL);
}

static pel_status make(const struct job *job, struct pel_programme **out,
                       struct pel_error *err)
{
    if (job->modulate.n == 2)
        return pel_programme_modulated(job->start_K, job->end_K, job->rate,
                                       job->modulate.values[0], job->modulate.values[1],
                                       (size_t)job->points, out, err);
    if (!isnan(job->step_K))
        return pel_programme_stepwise(job->start_K, job->end_K, job->step_K, job->rate,
                                      job->hold_s, out, err);
    return pel_programme_ramp(job->start_K, job->end_K, job->rate, out, err);
}

static int run(struct cli *cli, int argc, const char **argv)
{
    struct job job = {.start_K = NAN,
                      .end_K = NAN,
                      .rate = NAN,
                      .unit = "K/s",
                      .points = 32,
                      .step_K = NAN,
                      .hold_s = NAN};
    const struct cli_option options[] = {
        {"start", CLI_NUMBER, &job.start_K, "T", "temperature at the start (K)"},
        {"end", CLI_NUMBER, &job.end_K, "T", "and at the end (K)"},
        {"rate", CLI_NUMBER, &job.rate, "R", "of the ramps (K/s, see --unit)"},
        {"unit", CLI_TEXT, &job.unit, "UNIT", "of --rate: K/s (default) or K/min"},
        {"modulate", CLI_LIST, &job.modulate, "A,P",
         "a sine of this amplitude (K) and period (s)"},
        {"points", CLI_INTEGER, &job.points, "N",
         "straight lines a period (default: 32)"},
        {"step", CLI_NUMBER, &job.step_K, "D", "go in steps of so much (K)"},
        {"hold", CLI_NUMBER, &job.hold_s, "t", "and hold after each (s)"},
        {0}};
    const char *const *operands;
    size_t n;
    int finished;
    int exit_status = cli_parse(cli, options, CLI_WITH_OUTPUT, argc, argv, 0, 0, &n,
                                &operands, &finished);
    if (exit_status != CLI_DONE || finished) return exit_status;
    exit_status = check(cli, &job);
    if (exit_status != CLI_DONE) return exit_status;

    struct pel_error err = {0};
    struct pel_programme *programme = NULL;
    struct pel_output *output = NULL;
    pel_status status = make(&job, &programme, &err);
    if (status == PEL_OK)
        status =
            cli_open(cli, cli->output, "pelrate-programme 1", 0, NULL, &output, &err);
    if (status == PEL_OK) {
        char lasts[PEL_TEXT_DOUBLE];
        FILE *stream = pel_output_stream(output);
        pel_provenance_put(stream, "duration_s", "%s",
                           pel_text_double(lasts, pel_programme_duration(programme)));
        status = pel_programme_write(programme, stream, &err);
        /* A stream that failed fails again here, with the name of the file. */
        if (status == PEL_OK || status == PEL_EIO)
            status = pel_output_commit(output, &err);
        else
            pel_output_discard(output);
    }
    pel_programme_free(programme);
    return status == PEL_OK ? CLI_DONE : cli_fail(cli, &err);
}

const struct cli_command cli_programme = {
    "programme", "temperature programmes: ramps, modulated, in steps", "", details, run};
